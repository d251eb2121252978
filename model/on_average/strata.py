"""Kinds of place and kinds of youth: the conditions and hazards of a spell of each.

Everything is at the fixed points of docs/model.md section 3: no spending, no salience, no tool.
Axes: K kinds of place, F = 2 (not family-controlled, family-controlled), R strata of risk group,
type and gender, I sources of reports other than disclosure (the public, then the sectors).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import FloatArray
from streetlight.model.equations import (
    FULLY,
    acquaintance,
    disclosure,
    fading,
    group_of,
    notice_hazard,
    p_step,
    recognition,
    skill_at_rest,
    small_town,
    told_at_large,
)
from streetlight.model.names import FAMILY, HIGH_RISK, KNOWN_OFFENDER, N_CLASSES, N_SECTORS
from streetlight.model.parameters import Parameters
from streetlight.model.rates import rates_of, report_ratios

#: Packed traits of the strata, (R,): risk group, type and gender, the last one fastest.
STRATA = np.array(
    [
        high | kind | gender << 2
        for high in (0, HIGH_RISK)
        for kind in range(3)
        for gender in range(3)
    ]
)
FAMILIES = np.array([0, FAMILY])
ALL_SECTORS = np.arange(N_SECTORS)


@dataclass(frozen=True)
class Setting:
    """Conditions of K kinds of place, each (K,): what place class decides about ascertainment."""

    trained: FloatArray  # share of responders trained
    denial: FloatArray  # share of responders who hold it does not happen here
    awareness: FloatArray  # share of the public aware
    family: FloatArray  # share of youth who are family-controlled
    known_offender: FloatArray  # share of youth whose offender is known in the community
    report_ratio: FloatArray  # factor on the probability of a report given recognition
    served: FloatArray  # share of the identified who are served

    @classmethod
    def of_classes(cls, parameters: Parameters) -> Setting:
        """The place classes as the parameters have them; nobody is served."""
        return cls(
            trained=np.array(parameters.training.trained_share),
            denial=np.array(parameters.denial.leaders),
            awareness=np.array(parameters.awareness.hotline),
            family=np.array(parameters.incidence.family_controlled),
            known_offender=np.array(parameters.incidence.known_offender),
            report_ratio=report_ratios(parameters),
            served=np.zeros(N_CLASSES),
        )

    def rows(self, index: npt.NDArray[np.intp]) -> Setting:
        """The kinds of place at `index`, repeated as asked."""
        return replace(self, **{name: getattr(self, name)[index] for name in vars(self)})

    def skill(self, parameters: Parameters) -> FloatArray:
        """Skill of responders where it rests, (K,)."""
        t = parameters.training
        return np.asarray(skill_at_rest(self.trained, t.turnover, fading(t.skill_half_life)))


def density_of(parameters: Parameters, population: FloatArray) -> FloatArray:
    """Acquaintance density of communities of a given population, 0-1, same shape."""
    d = parameters.disclosure
    return np.asarray(acquaintance(population, d.acquaintance_population, d.acquaintance_slope))


def disclosure_hazard(
    parameters: Parameters, awareness: FloatArray, density: FloatArray, offender_known: bool
) -> FloatArray:
    """Disclosure per step of a youth who knows and does not blame itself.

    awareness and density broadcast; offender_known: whether the offender is known in the community.
    """
    rates = rates_of(parameters)
    m = small_town(rates, density, KNOWN_OFFENDER if offender_known else 0)
    return np.asarray(disclosure(rates, m, False, rates.channel_base * awareness))


@dataclass(frozen=True)
class Strata:
    """Youth by risk group, type and gender (R = 18), and what differs between them."""

    weights: FloatArray  # (R,) shares of all onsets, sum 1
    #: (K, F, R, I) probability per step of a true report from each source at full recognisability.
    by_source: FloatArray
    told: FloatArray  # (K,) mean probability per step of being told


def weights_of(parameters: Parameters) -> FloatArray:
    """Shares of the strata among all first onsets, (R,)."""
    i, high = parameters.incidence, rates_of(parameters).high_risk_p
    by_type = np.multiply.outer([1.0 - high, high], i.type_mix)
    return np.asarray(np.multiply.outer(by_type, i.gender_mix).ravel())


def recognised_by_eye(parameters: Parameters, setting: Setting) -> FloatArray:
    """Recognition at a contact without a tool, (K, F, R, sectors)."""
    skill, denial = (
        column[:, None, None, None] for column in (setting.skill(parameters), setting.denial)
    )
    traits = (FAMILIES[:, None] | STRATA)[:, :, None]
    return np.asarray(recognition(rates_of(parameters), ALL_SECTORS, skill, denial, 0.0, traits))


def strata(parameters: Parameters, setting: Setting) -> Strata:
    """The strata with their report probabilities and told hazards in K kinds of place."""
    rates, weights = rates_of(parameters), weights_of(parameters)
    traits, group = FAMILIES[:, None] | STRATA, group_of(STRATA)
    recognised = recognised_by_eye(parameters, setting) * rates.p_contact[group]
    reported = recognised * np.multiply.outer(setting.report_ratio, rates.report)[:, None, None]
    awareness = setting.awareness[:, None, None]
    notice = notice_hazard(rates, awareness, parameters.denial.public, traits, FULLY)
    by_source = np.concatenate([p_step(notice)[..., None], reported], axis=-1)
    told = np.zeros(len(setting.trained))
    if rates.told_on:
        by_contact = weights @ rates.tell_contact[group].sum(1)
        at_large = told_at_large(
            rates.tell_base, 0.0, rates.tell_spread, parameters.knowing.told_stock
        )
        told = p_step(at_large + by_contact * setting.trained)
    return Strata(weights, by_source, told)
