"""What the expected cascade needs of the parameters: baseline conditions and hazards by stratum.

Everything is at the fixed points of docs/model.md section 3: no spending, no salience, no tool.
Axes: K kinds of place, F = 2 (not family-controlled, family-controlled), R strata of risk group,
type and gender, I = 6 sources of reports other than disclosure (the public, then five sectors).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.parameters import Parameters

LN2 = math.log(2.0)


def p_step(parameters: Parameters, hazard: float | FloatArray) -> FloatArray:
    """Probability per step of a hazard per month: 1 - exp(-12 h / S)."""
    hazard = np.asarray(hazard, dtype=float)
    return np.asarray(-np.expm1(-12.0 * hazard / parameters.time.steps_per_year))


def steps_of_weeks(parameters: Parameters, weeks: float) -> int:
    """A delay in weeks as a number of steps."""
    return round(weeks * parameters.time.steps_per_year / 52)


def steps_of_months(parameters: Parameters, months: float) -> int:
    """A time in months as a number of steps."""
    return round(months * parameters.time.steps_per_year / 12)


@dataclass(frozen=True)
class Setting:
    """Conditions of K kinds of place, each (K,): what place class decides about ascertainment."""

    trained: FloatArray
    denial: FloatArray
    awareness: FloatArray
    family: FloatArray
    known_offender: FloatArray
    report_ratio: FloatArray
    served: FloatArray

    @classmethod
    def of_classes(cls, parameters: Parameters) -> Setting:
        """The four place classes as the parameters have them; nobody is served."""
        reduced = parameters.denial.form == "reduced"
        ratio = parameters.denial.reduced_report_ratio if reduced else (1.0,) * 4
        return cls(
            trained=np.array(parameters.training.trained_share),
            denial=np.array(parameters.denial.leaders),
            awareness=np.array(parameters.awareness.hotline),
            family=np.array(parameters.incidence.family_controlled),
            known_offender=np.array(parameters.incidence.known_offender),
            report_ratio=np.array(ratio),
            served=np.zeros(4),
        )

    def rows(self, index: npt.NDArray[np.intp]) -> Setting:
        """The kinds of place at `index`, repeated as asked."""
        return replace(self, **{name: getattr(self, name)[index] for name in vars(self)})


@dataclass(frozen=True)
class Barriers:
    """Scaled log multipliers of anonymity (P19), known offender (P20) and denial (P40)."""

    anonymity: float
    known_offender: float
    denial: float


def barriers(parameters: Parameters) -> Barriers:
    """The barriers in force: 0 where switched off or with the reduced form."""
    switches, denial = parameters.switches, parameters.denial
    scale = denial.barrier_scale if denial.form == "mechanisms" else 0.0

    def log_of(ratio: float, on: bool) -> float:
        return scale * math.log(max(ratio, 1e-12)) if on and scale > 0.0 else 0.0

    return Barriers(
        anonymity=log_of(parameters.disclosure.anonymity_ratio, switches.anonymity),
        known_offender=log_of(parameters.disclosure.known_offender_ratio, switches.known_offender),
        denial=log_of(denial.ratio, switches.denial),
    )


def acquaintance(parameters: Parameters, population: FloatArray) -> FloatArray:
    """Acquaintance density a of communities of a given population, 0-1, same shape."""
    d = parameters.disclosure
    with np.errstate(divide="ignore"):
        logs = np.log(np.asarray(population, dtype=float) / d.acquaintance_population)
    return np.asarray(1.0 / (1.0 + np.exp(np.clip(d.acquaintance_slope * logs, -700.0, 700.0))))


def pools_of(parameters: Parameters, region: Region) -> npt.NDArray[np.int32]:
    """Investigation region of each community, (C,)."""
    if not parameters.switches.pooling:
        return np.arange(region.n_communities, dtype=np.int32)
    a = parameters.assessment
    return region.investigation_region(a.pool_population, a.pool_size)


def disclosure_hazard(
    parameters: Parameters, awareness: FloatArray, density: FloatArray, known: float
) -> FloatArray:
    """Disclosure per month of a youth who knows and does not blame itself (section 5).

    awareness and density broadcast; known is 1 if the offender is known in the community.
    """
    d, logs = parameters.disclosure, barriers(parameters)
    if not parameters.switches.disclosure:
        return np.zeros(np.broadcast(awareness, density).shape)
    m = np.exp(density * logs.anonymity + known * logs.known_offender)
    channel = d.channel_coverage * awareness
    relieved = d.channel_ratio * m ** (1.0 - d.channel_relief)
    return np.asarray(d.hazard * ((1.0 - channel) * m + channel * relieved))


def skill(parameters: Parameters, trained: FloatArray) -> FloatArray:
    """Fixed point Q* of skill where a share `trained` is trained, same shape."""
    t = parameters.training
    background = t.turnover * trained / (1.0 - trained)
    fading = LN2 / (t.skill_half_life / 12.0)
    total = background + t.turnover + fading
    return np.asarray(background / np.where(total > 0.0, total, 1.0))


@dataclass(frozen=True)
class Strata:
    """Youth by risk group, type and gender (R = 18), and what differs between them.

    weights: (R,) shares of all onsets, sum 1; by_source: (K, F, R, I) probability per step of a
    true report from each source at full recognisability; told: (K,) mean probability per step of
    being told.
    """

    weights: FloatArray
    by_source: FloatArray
    told: FloatArray


def _contacts(parameters: Parameters) -> FloatArray:
    """Contacts per month by risk group, type and sector: (2, 3, 5)."""
    e = parameters.encounter
    labour = np.array(e.contact_ratio_labour)
    by_type = np.stack([np.ones(5), labour, np.sqrt(labour)])
    by_risk = np.stack([np.ones(5), np.array(e.contact_ratio_high_risk)])
    rates = np.array(e.contact_rate) * by_risk[:, None, :] * by_type[None, :, :]
    return np.asarray(rates if parameters.switches.encounters else 0.0 * rates)


def _recognition(parameters: Parameters, setting: Setting) -> FloatArray:
    """Recognition at a contact without a tool: (K, F, 3 types, 3 genders, 5 sectors)."""
    e = parameters.encounter
    untrained, trained = np.array(e.untrained), np.array(e.trained)
    base = untrained + (trained - untrained) * skill(parameters, setting.trained)[:, None]
    base = base * (1.0 + setting.denial * math.expm1(barriers(parameters).denial))[:, None]
    types = np.array([1.0, e.labour_ratio, math.sqrt(e.labour_ratio)])
    families = np.array([1.0, e.family_ratio])
    return np.asarray(
        base[:, None, None, None, :]
        * families[None, :, None, None, None]
        * types[None, None, :, None, None]
        * np.array(e.gender_ratio)[None, None, None, :, None]
    )


def high_risk_at_onset(parameters: Parameters) -> float:
    """Share of first onsets that happen to high-risk youth."""
    share, ratio = parameters.incidence.high_risk_share, parameters.incidence.high_risk_ratio
    return share * ratio / (1.0 + share * (ratio - 1.0))


def strata(parameters: Parameters, setting: Setting) -> Strata:
    """The strata with their report probabilities and told hazards in K kinds of place."""
    p, n_kinds = parameters, len(setting.trained)
    high = high_risk_at_onset(p)
    weights = np.multiply.outer([1.0 - high, high], p.incidence.type_mix)
    weights = np.multiply.outer(weights, p.incidence.gender_mix)
    contact = _contacts(p)
    recognised = _recognition(p, setting)[:, :, None] * p_step(p, contact)[None, None, :, :, None]
    passed_on = np.multiply.outer(setting.report_ratio, np.array(p.reporting.report))
    reported = recognised * passed_on[:, None, None, None, None, :]
    gate = 1.0 + p.denial.public * math.expm1(barriers(p).denial)
    notice = p.encounter.public_rate * gate * setting.awareness if p.switches.public_notice else 0.0
    families = np.array([1.0, p.encounter.family_public_ratio])
    public = p_step(p, np.multiply.outer(notice * np.ones(n_kinds), families))
    public = np.broadcast_to(public[:, :, None, None, None, None], (*reported.shape[:-1], 1))
    by_source = np.concatenate([public, reported], axis=-1).reshape(n_kinds, 2, 18, 6)
    return Strata(weights.reshape(18), by_source, _told(p, setting, weights.sum(2), contact))


def _told(
    parameters: Parameters, setting: Setting, weights: FloatArray, contact: FloatArray
) -> FloatArray:
    """Mean probability per step of being told, (K,); weights (2, 3), contact (2, 3, 5)."""
    k = parameters.knowing
    if not parameters.switches.telling:
        return np.zeros(len(setting.trained))
    background = k.told_stock * LN2 / k.told_half_life / (1.0 - k.told_stock)
    spread = parameters.awareness.diffusion * k.contacts * k.told_stock
    by_contact = k.told_per_trained_contact * float((weights * contact.sum(2)).sum())
    return p_step(parameters, background + spread + by_contact * setting.trained)


@functools.lru_cache(maxsize=64)
def survival_to_18(parameters: Parameters) -> FloatArray:
    """P(not yet 18 at step i after first onset), i = 0 .. 6 S - 1, in the phases after *exits*."""
    s, mode = parameters.time.steps_per_year, parameters.incidence.age_mode
    age = 18.0 - np.arange(6 * s) / s  # onset before this age leaves more than i steps
    with np.errstate(divide="ignore", invalid="ignore"):
        below = (age - 12.0) ** 2 / (6.0 * (mode - 12.0))
        above = 1.0 - (18.0 - age) ** 2 / (6.0 * (18.0 - mode))
    survival = np.where(age < mode, below, above)
    survival[0] = 1.0
    survival.setflags(write=False)
    return survival
