"""Parameters as the equations use them: one packed row of numbers per step, by group and sector.

Kernels and the stationary expectation read the same row.  Rates hold what is the same everywhere;
what belongs to a community is in its row (`world.communities`).
"""

from __future__ import annotations

import functools
import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammainc, gammaincinv, ndtr, ndtri

from streetlight.model.arrays import FloatArray, Table, row_type
from streetlight.model.equations import (
    campaign_dose,
    fading,
    inflow_to_hold,
    p_step,
    share_at_risk,
    steps_of_months,
    steps_of_weeks,
)
from streetlight.model.names import (
    N_CLASSES,
    N_GROUPS,
    N_RANKS,
    N_SECTORS,
    N_VISIBILITIES,
    SECTORS,
)

if TYPE_CHECKING:
    from streetlight.model.parameters import Parameters


def pack(**fields: float | bool | int | FloatArray) -> Table:
    """One row of named numbers, for kernels: floats, switches, whole numbers, small arrays."""
    columns = []
    for name, value in fields.items():
        code = "?" if isinstance(value, bool) else "i8" if isinstance(value, int) else "f8"
        columns.append((name, code, np.shape(value)))
    row = np.zeros(1, row_type(columns))
    for name, value in fields.items():
        row[name][0] = value
    return row


def p_ranked_before(accuracy: float) -> FloatArray:
    """Probabilities that a true case joins a queue up to each one (N_RANKS,); false ones: equal.

    accuracy: chance that the evidence of a true case is stronger than that of a false one.
    """
    upper = np.arange(1, N_RANKS + 1) / N_RANKS
    return np.asarray(ndtr(math.sqrt(2.0) * ndtri(accuracy) + ndtri(upper)))


@functools.lru_cache(maxsize=64)
def rates_of(parameters: Parameters) -> SimpleNamespace:
    """The row for the stationary expectation, with false suspicions as the parameters have them.

    As attributes, which Python reads fifty times faster than those of a row.
    """
    row = make_rates(parameters, 1.0)[0]
    return SimpleNamespace(**{name: row[name] for name in row.dtype.names})


def by_type(labour: FloatArray | float) -> FloatArray:
    """A ratio by type (3, ...): 1, that of labour or criminal, their geometric mean if both."""
    return np.stack([np.ones_like(labour), labour, np.sqrt(labour)])


def contact_rates(parameters: Parameters) -> FloatArray:
    """Contacts per month by group and sector (section 7): (N_GROUPS, N_SECTORS)."""
    e = parameters.encounter
    types = by_type(np.array(e.contact_ratio_labour))
    by_risk = np.stack([np.ones(N_SECTORS), np.array(e.contact_ratio_high_risk)])
    rates = np.array(e.contact_rate) * types[:, None, :] * by_risk[None, :, :]
    return np.ascontiguousarray(rates.reshape(N_GROUPS, N_SECTORS))


def barrier(parameters: Parameters, ratio: float, on: bool) -> float:
    """A small-town barrier (P19, P20, P40) to the power of its scale; 1 where not in force."""
    denial = parameters.denial
    return ratio**denial.barrier_scale if on and denial.form == "mechanisms" else 1.0


def report_ratios(parameters: Parameters) -> FloatArray:
    """Factor on what is reported by place class: 1 but in the reduced form of denial."""
    denial = parameters.denial
    return np.array(denial.reduced_report_ratio if denial.form == "reduced" else (1.0,) * N_CLASSES)


def gap_scale(p: FloatArray | float) -> FloatArray:
    """1 / log(1 - p): what turns log(u) into a geometric gap; without end where p is 0."""
    p = np.asarray(p, float)
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(p > 0.0, 1.0 / np.log1p(-p), -np.inf))


def visibilities(cv: float) -> FloatArray:
    """Levels of visibility of a youth, equally frequent and of mean 1: (N_VISIBILITIES,).

    Each is the mean of its part of a gamma distribution, so that there is a highest one.
    """
    if cv == 0.0:
        return np.ones(N_VISIBILITIES)
    shape = 1.0 / cv**2
    cuts = gammaincinv(shape, np.arange(N_VISIBILITIES + 1) / N_VISIBILITIES)
    return np.asarray(np.diff(gammainc(shape + 1.0, cuts)) * N_VISIBILITIES)


def make_rates(parameters: Parameters, false_scale: float) -> Table:
    """Turn parameters into per-step numbers, one row (rates).

    Hazards `h_...` are per step, probabilities `p_...` per step, groups g = 2 * type + high-risk,
    arrays over groups and sectors, or over sectors alone; `gap_...` are as `gap_scale` makes them.
    """
    p = parameters
    return pack(
        **_times(p), **_spells(p), **_telling(p), **_disclosure(p), **_notice(p), **_encounters(p),
        **_platforms(p), **_false_reports(p, false_scale), **_agencies(p), **_conditions(p),
    )  # fmt: skip


def _month(p: Parameters) -> float:
    """Months in a step."""
    return 12.0 / p.time.steps_per_year


def _times(p: Parameters) -> dict[str, Any]:
    """Steps of the calendar, and delays."""
    steps, a = p.time.steps_per_year, p.assessment
    return dict(
        dt=1.0 / steps,
        steps_per_month=1.0 / _month(p),
        steps_per_year=steps,
        lapse_steps=max(1, steps_of_weeks(a.lapse_weeks, steps)) if a.lapse_weeks > 0.0 else 0,
        decision_steps=steps_of_weeks(a.investigation_weeks, steps),
        backlog_steps=steps_of_weeks(a.backlog_weeks, steps),
        again_steps=steps_of_months(12.0, steps),
        touch_steps=steps_of_months(p.recording.touch_months, steps),
        campaign_steps=steps_of_weeks(13, steps),
        rise_steps=steps_of_weeks(4, steps),
        ramp_steps=max(1.0, float(steps_of_months(p.spell.recognisable_months, steps))),
    )


def _spells(p: Parameters) -> dict[str, Any]:
    """Who is victimized, what prevents it, how a spell ends and another follows (4 and 8)."""
    i, month = p.incidence, _month(p)
    return dict(
        high_risk_p=share_at_risk(i.high_risk_share, i.high_risk_ratio),
        high_risk_share=i.high_risk_share,
        age_mode=i.age_mode,
        type_cut=np.cumsum(i.type_mix),
        gender_cut=np.cumsum(i.gender_mix),
        prevention_ratio=p.levers.prevention_ratio,
        economic_ratio=p.levers.economic_ratio,
        p_exit=p_step(p.spell.exit_hazard * month),
        ageing_out=p.switches.ageing_out,
        again_on=p.switches.reexploitation,
        again_any_end=p.spell.reexploited_after == "any end",
        h_again=-math.log1p(-p.spell.reexploited_12m) / 12.0 * month,
        again_served=p.spell.reexploited_ratio_served,
    )


def _telling(p: Parameters) -> dict[str, Any]:
    """How youth are told, and whether they blame themselves (5): `tell_*` are inflows."""
    k, month = p.knowing, _month(p)
    told_fade, dt = fading(k.told_half_life), 1.0 / p.time.steps_per_year
    return dict(
        told_on=p.switches.telling,
        told_fade=told_fade * dt,
        tell_base=inflow_to_hold(k.told_stock, told_fade) * dt,
        tell_spread=p.awareness.diffusion * k.contacts * month,
        tell_contact=contact_rates(p) * month * k.told_per_trained_contact,
        self_blame=k.self_blame if p.switches.self_blame else 0.0,
        unblame=k.told_not_ones_fault,
    )


def _disclosure(p: Parameters) -> dict[str, Any]:
    """Self-recognition and disclosure (5)."""
    d, k, s, month = p.disclosure, p.knowing, p.switches, _month(p)
    h_disclose = d.hazard * month if s.disclosure else 0.0
    p_self_bound = p_step(k.self_recognition * k.told_ratio * month)
    return dict(
        p_self=p_step(k.self_recognition * month),
        p_self_bound=p_self_bound,
        gap_self=float(gap_scale(p_self_bound)),
        h_disclose=h_disclose,
        h_disclose_bound=h_disclose * d.channel_ratio,
        gap_disclose=float(gap_scale(p_step(h_disclose * d.channel_ratio))),
        blame_ratio=d.blame_ratio,
        anonymity_ratio=barrier(p, d.anonymity_ratio, s.anonymity),
        known_offender_ratio=barrier(p, d.known_offender_ratio, s.known_offender),
        channel_ratio=d.channel_ratio,
        channel_relief=d.channel_relief,
        channel_base=d.channel_coverage,
        formal_share=d.formal_share,
        confidant_acts=d.confidant_acts,
    )


def _notice(p: Parameters) -> dict[str, Any]:
    """Notice by the public, the ramp, and `deny`, recognition under denial (M; 6 and 7)."""
    e, s = p.encounter, p.switches
    h_public = e.public_rate * _month(p) if s.public_notice else 0.0
    return dict(
        h_public=h_public,
        family_public=e.family_public_ratio,
        gap_notice=gap_scale(p_step(h_public * np.array([1.0, e.family_public_ratio]))),
        deny=barrier(p, p.denial.ratio, s.denial),
        ramp_floor=p.spell.recognisable_floor if s.ramp else 1.0,
    )


def _encounters(p: Parameters) -> dict[str, Any]:
    """Contacts with responders, recognition and report (7 and 8).

    `bound` is the upper bound of recognition per contact, `unit_ratio` that of the factor on
    contacts; `tool` is the share of contacts screened where the tool is required.
    """
    e = p.encounter
    hazard = contact_rates(p) * _month(p) * p.switches.encounters
    tool_true = e.tool_sensitivity * e.second_look_true
    bound = np.maximum(e.trained, np.where(np.array(e.tool_sectors) > 0, tool_true, 0.0))
    unit_ratio = np.ones(N_SECTORS)
    unit_ratio[SECTORS.index("police")] = e.unit_ratio
    return dict(
        h_contact=hazard,
        visibility_on=e.visibility_cv > 0.0,
        visibility=visibilities(e.visibility_cv),
        effort_on=p.attention.effort_differs,
        bound=bound,
        unit_ratio=unit_ratio,
        gap_contact=gap_scale(p_step(hazard * unit_ratio) * bound),
        untrained=np.array(e.untrained),
        trained=np.array(e.trained),
        type_ratio=by_type(e.labour_ratio),
        gender_ratio=np.array(e.gender_ratio),
        family_ratio=e.family_ratio,
        tool=np.array(e.tool_sectors) * e.tool_use,
        tool_true=tool_true,
        tool_false=(1.0 - e.tool_specificity) * e.second_look_false,
        report=np.array(p.reporting.report),
    )


def _platforms(p: Parameters) -> dict[str, Any]:
    """Tips of online platforms (8)."""
    r = p.reporting
    h_platform = r.platform_rate * _month(p) if p.switches.platforms else 0.0
    return dict(
        h_platform=h_platform,
        p_platform=p_step(h_platform),
        mandate_ratio=r.platform_mandate_ratio,
    )


def _false_reports(p: Parameters, scale: float) -> dict[str, Any]:
    """False suspicions of responders (8), all of them times the scale."""
    r, month = p.reporting, _month(p)
    ratios = np.full(N_SECTORS, r.general_contact_high_risk)
    ratios[SECTORS.index("school")] = 1.0
    general = np.array(r.general_contact_rate)
    return dict(
        false_on=p.switches.false_reports,
        false_general=general * month,
        false_high_risk=general * ratios * month,
        false_base=np.array(r.false_suspicion) * scale,
        false_trained=r.false_trained_ratio,
    )


def _agencies(p: Parameters) -> dict[str, Any]:
    """Assessment, services and what is recorded afterwards (8 and 9)."""
    a = p.assessment
    return dict(
        limited=p.switches.limited_capacity,
        after_closed=a.after_closed_ratio,
        ranks=N_RANKS if a.discipline != "first come" else 1,
        youngest=a.discipline == "youngest",
        recording_on=p.attention.recording_differs,
        rank_true=p_ranked_before(a.triage_accuracy),
        substantiation=a.substantiation,
        family_substantiation=a.family_ratio,
        backlog_ratio=a.backlog_ratio,
        wrong_substantiation=a.wrong_substantiation,
        services_on=p.switches.services,
        uptake=p.services.uptake,
        p_touch=p_step(p.recording.touch_rate * _month(p)),
    )


def _conditions(p: Parameters) -> dict[str, Any]:
    """Learning, forgetting, campaigns and publicity (3 and 9)."""
    w, s, month = p.awareness, p.switches, _month(p)
    dt = 1.0 / p.time.steps_per_year
    return dict(
        turnover=p.training.turnover * dt,
        skill_fade=fading(p.training.skill_half_life) * dt,
        attitude_fade=fading(p.denial.half_life) * dt,
        training_denial=p.denial.training_effect,
        norm_fade=fading(w.norm_half_life) * dt,
        salience_keep=2.0 ** (-month / w.salience_half_life),
        spread_on=s.spread,
        diffusion=w.diffusion * month,
        neighbour_share=w.neighbour_share if s.neighbours else 0.0,
        dose=campaign_dose(w.hotline[0], w.campaign_lift),
        residue=w.residue,
        campaign_denial=p.denial.campaign_effect,
        publicity_on=s.publicity,
        publicity_denial=p.feedback.publicity_denial,
        publicity_dose=p.feedback.publicity_salience,
    )
