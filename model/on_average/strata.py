"""Kinds of place and kinds of youth: the hazards of a spell of each, and nodes that stand for them.

Everything is at the fixed points of docs/model.md section 3: no spending, no salience, no tool.
Axes: K kinds of place, F = 2 (not family-controlled, family-controlled), R strata of risk group,
type and gender, I sources of reports other than disclosure (public, sectors, platforms).

The recursion of `on_average.spell` runs on a few nodes instead of on every stratum and community:
these are weighted combinations of nodes (Lagrange interpolation, which also is the quadrature over
strata).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import FloatArray
from streetlight.model.equations import (
    FULLY,
    acquaintance,
    disclosure,
    disclosure_barrier,
    fading,
    group_of,
    notice_hazard,
    p_step,
    recognition,
    skill_at_rest,
    told_at_large,
)
from streetlight.model.names import FAMILIES, HIGH_RISK, KNOWN_OFFENDER, N_CLASSES, N_SECTORS
from streetlight.model.rates import rates_of, report_ratios

if TYPE_CHECKING:
    from streetlight.model.parameters import Parameters

#: Packed traits of the strata, (R,): risk group, type and gender, the last one fastest.
STRATA = np.array(
    [
        high | kind | gender << 2
        for high in (0, HIGH_RISK)
        for kind in range(3)
        for gender in range(3)
    ]
)
#: The strata of either kind of family: (F, R).
TRAITS = np.bitwise_or.outer(FAMILIES, STRATA)
ALL_SECTORS = np.arange(N_SECTORS)

REPORT_NODES, DISCLOSURE_NODES, SCREENING_NODES = 4, 4, 4


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
    m = disclosure_barrier(rates, density, KNOWN_OFFENDER if offender_known else 0)
    return np.asarray(disclosure(rates, m, False, rates.channel_base * awareness))


@dataclass(frozen=True)
class Strata:
    """Youth by risk group, type and gender (R = 18), and what differs between them.

    Where youth differ in visibility each of these has a level of it too (R = 18 times the levels).
    """

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
    rates, traits = rates_of(parameters), TRAITS[:, :, None]
    return np.asarray(recognition(rates, ALL_SECTORS, skill, denial, 0.0, traits))


def strata(parameters: Parameters, setting: Setting) -> Strata:
    """The strata with their report probabilities and told hazards in K kinds of place."""
    rates, weights = rates_of(parameters), weights_of(parameters)
    group = group_of(STRATA)
    visible = rates.visibility if rates.visibility_on else np.ones(1)
    contacts = p_step(visible[:, None, None] * rates.h_contact[group])
    recognised = recognised_by_eye(parameters, setting)[:, :, None] * contacts
    reported = (
        recognised * np.multiply.outer(setting.report_ratio, rates.report)[:, None, None, None]
    )
    awareness = setting.awareness[:, None, None]
    notice = notice_hazard(rates, awareness, parameters.denial.public, TRAITS, FULLY)
    notice = notice[:, :, None] * visible[:, None]
    tipped = np.full((*notice.shape, 1), rates.p_platform)
    by_source = np.concatenate([p_step(notice)[..., None], reported, tipped], axis=-1)
    told = np.zeros(len(setting.trained))
    if rates.told_on:
        by_contact = weights @ rates.tell_contact[group].sum(1)
        at_large = told_at_large(
            rates.tell_base, 0.0, rates.tell_spread, parameters.knowing.told_stock
        )
        told = p_step(at_large + by_contact * setting.trained)
    kinds, families, levels, groups, sources = by_source.shape
    by_source = by_source.reshape(kinds, families, levels * groups, sources)
    return Strata(np.tile(weights / levels, levels), by_source, told)


# ---------------------------------------------------------------- nodes of the recursion


def node_places(n: int) -> FloatArray:
    """Chebyshev-Lobatto points on [0, 1], (n,); one point: 0."""
    return np.asarray((1.0 - np.cos(np.pi * np.arange(n) / max(n - 1, 1))) / 2.0)


def node_weights(x: FloatArray, low: FloatArray, high: FloatArray, n: int) -> FloatArray:
    """Lagrange weights (..., n) of points x (...) on n nodes between low and high (broadcast)."""
    places = node_places(n)
    t = (np.asarray(x) - low) / (high - low)
    weights = np.ones((*np.shape(t), n))
    for j in range(n):
        for i in range(n):
            if i != j:
                weights[..., j] *= (t - places[i]) / (places[j] - places[i])
    return weights


def node_values(low: FloatArray, high: FloatArray, n: int) -> FloatArray:
    """The n nodes between low and high: (..., n)."""
    return np.asarray(low[..., None] + (high - low)[..., None] * node_places(n))


def widened(low: FloatArray, high: FloatArray) -> FloatArray:
    """`high`, or a little above `low` where the two coincide, so that nodes stay apart."""
    return np.maximum(high, low + np.maximum(1e-3 * low, 1e-9))


@dataclass(frozen=True)
class Nodes:
    """Where the recursion runs, and how strata weigh on its nodes."""

    report: FloatArray  # (K, F, R) probability per step
    #: (K, F) number of equal sources with the same mean square, so that two reports in one step are
    #: counted right.
    spread: FloatArray
    disclosure: FloatArray  # (K, D) hazard per step
    screening: FloatArray  # (G,) probability
    by_stratum: FloatArray  # (K, F, R) weights of the strata, sum 1
    by_source: FloatArray  # (K, F, R, sources) the same times the report probability of each source
    told: FloatArray  # (K,) probability per step of being told

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Numbers of nodes (F, R, D, G)."""
        _, families, reports = self.report.shape
        return families, reports, self.disclosure.shape[1], len(self.screening)

    @classmethod
    def of(cls, parameters: Parameters, setting: Setting, screening: FloatArray) -> Nodes:
        """Nodes that span all strata and all acquaintance densities of the kinds of place."""
        groups = strata(parameters, setting)
        total = groups.by_source.sum(-1)  # (K, F, strata)
        low, high = total.min(-1), total.max(-1)
        high = widened(low, high)
        weights = node_weights(total, low[..., None], high[..., None], REPORT_NODES)
        weights = weights * groups.weights[:, None]
        squares = (groups.by_source**2).sum(-1) @ groups.weights
        spread = np.where(squares > 0.0, (total**2) @ groups.weights, 1.0)
        ends = disclosure_ends(parameters, setting.awareness)
        return cls(
            report=node_values(low, high, REPORT_NODES),
            spread=spread / np.where(squares > 0.0, squares, 1.0),
            disclosure=node_values(*ends, DISCLOSURE_NODES),
            screening=screening,
            by_stratum=weights.sum(-2),
            by_source=np.einsum("kfsi,kfsr->kfri", groups.by_source, weights),
            told=groups.told,
        )


def disclosure_ends(parameters: Parameters, awareness: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest disclosure hazard per step that a place can have, (K,) each.

    They depend on the parameters alone, so a community's expectation does not depend on the region.
    """
    ends = [
        disclosure_hazard(parameters, awareness, np.array(float(small)), small)
        for small in (True, False)
    ]
    low, high = np.minimum(*ends), np.maximum(*ends)
    return low, widened(low, high)
