"""Parameters turned into what a step needs: probabilities per step, by group and sector.

Rates hold what is the same everywhere, places what belongs to a community.  All units are per
step unless the name says otherwise.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv

from streetlight.model.arrays import FloatArray, Table
from streetlight.model.clock import LN2, Clock
from streetlight.model.communities.region import Region
from streetlight.model.compiled import kernel
from streetlight.model.draws import Decision, uniforms
from streetlight.model.names import N_GROUPS, N_SECTORS
from streetlight.model.on_average import cascade
from streetlight.model.on_average.rates import pools_of
from streetlight.model.parameters import Parameters
from streetlight.model.world.rows import PLACE, row_type


def pack(**fields: float | bool | int | FloatArray) -> Table:
    """One row of named numbers, for kernels: floats, switches, whole numbers, small arrays."""
    columns: list[tuple[str, str, tuple[int, ...]]] = []
    for name, value in fields.items():
        code = "?" if isinstance(value, bool) else "i8" if isinstance(value, int) else "f8"
        columns.append((name, code, np.shape(value)))
    row = np.zeros(1, row_type(columns))
    for name, value in fields.items():
        row[name][0] = value
    return row


def _contact_rates(parameters: Parameters) -> FloatArray:
    """Contacts per month by group and sector: (N_GROUPS, N_SECTORS)."""
    e = parameters.encounter
    labour = np.array(e.contact_ratio_labour)
    by_type = np.stack([np.ones(N_SECTORS), labour, np.sqrt(labour)])
    by_risk = np.stack([np.ones(N_SECTORS), np.array(e.contact_ratio_high_risk)])
    rates = np.array(e.contact_rate) * by_type[:, None, :] * by_risk[None, :, :]
    return np.ascontiguousarray(rates.reshape(N_GROUPS, N_SECTORS))


def small_town_logs(parameters: Parameters) -> tuple[float, float, float]:
    """Scaled log multipliers of anonymity (P19), known offender (P20) and denial (P40)."""
    switches, denial = parameters.switches, parameters.denial
    scale = denial.barrier_scale if denial.form == "mechanisms" else 0.0

    def scaled(value: float, on: bool) -> float:
        if not on or scale == 0.0:
            return 0.0
        return scale * math.log(value) if value > 0.0 else -math.inf

    return (
        scaled(parameters.disclosure.anonymity_ratio, switches.anonymity),
        scaled(parameters.disclosure.known_offender_ratio, switches.known_offender),
        scaled(denial.ratio, switches.denial),
    )


def gap_scale(p: FloatArray | float) -> FloatArray:
    """1 / log(1 - p): what turns log(u) into a geometric gap; without end where p is 0."""
    p = np.asarray(p, float)
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(p > 0.0, 1.0 / np.log1p(-p), -np.inf))


def make_rates(parameters: Parameters, clock: Clock, false_scale: float) -> Table:
    """Turn parameters into per-step numbers, one row (rates).

    Hazards `h_...` are per step, probabilities `p_...` per step, groups g = 2 * type + high-risk,
    arrays over groups and sectors (6, 5), over sectors (5,).  `bound` is the upper bound of
    recognition per contact; `deny` is recognition under denial (M); `tool` is the share of
    contacts screened where the tool is required; `told_*` and `tell_*` are section 5's rates.
    """
    p, s = parameters, parameters.switches
    month = 12.0 / clock.steps_per_year  # months in a step
    dt = 1.0 / clock.steps_per_year
    e, k, d, r, a, w = p.encounter, p.knowing, p.disclosure, p.reporting, p.assessment, p.awareness
    contact = _contact_rates(p) * month
    log_anonymity, log_known, log_deny = small_town_logs(p)
    high = np.array(r.general_contact_rate) * np.array([1.0] + [r.general_contact_high_risk] * 4)
    told_fade = LN2 / (k.told_half_life / 12.0)
    tool_true = e.tool_sensitivity * e.second_look_true
    ratio, share = p.incidence.high_risk_ratio, p.incidence.high_risk_share
    reference = w.hotline[0]
    hazard = d.hazard if s.disclosure else 0.0
    h_disclose, h_public = hazard * month, e.public_rate * month if s.public_notice else 0.0
    p_self_bound = float(clock.per_month(k.self_recognition * k.told_ratio))
    p_contact = -np.expm1(-contact) if s.encounters else np.zeros_like(contact)
    bound = np.maximum(e.trained, np.where(np.array(e.tool_sectors) > 0, tool_true, 0.0))
    labour = e.labour_ratio
    return pack(
        steps_per_month=1.0 / month,
        p_exit=float(clock.per_month(p.spell.exit_hazard)),
        p_self=float(clock.per_month(k.self_recognition)),
        p_self_bound=p_self_bound,
        h_disclose=h_disclose,
        h_disclose_bound=h_disclose * d.channel_ratio,
        h_public=h_public,
        family_public=e.family_public_ratio,
        p_contact=p_contact,
        bound=bound,
        gap_self=float(gap_scale(p_self_bound)),
        gap_disclose=float(gap_scale(-math.expm1(-h_disclose * d.channel_ratio))),
        gap_notice=gap_scale(-np.expm1(-h_public * np.array([1.0, e.family_public_ratio]))),
        gap_contact=gap_scale(p_contact * bound),
        untrained=np.array(e.untrained),
        trained=np.array(e.trained),
        type_ratio=np.array([1.0, labour, math.sqrt(labour)]),
        gender_ratio=np.array(e.gender_ratio),
        family_ratio=e.family_ratio,
        tool=np.array(e.tool_sectors) * e.tool_use,
        tool_true=tool_true,
        tool_false=(1.0 - e.tool_specificity) * e.second_look_false,
        deny=math.exp(log_deny),
        ramp_floor=p.spell.recognisable_floor,
        ramp_steps=max(1.0, float(clock.months(p.spell.recognisable_months))),
        ramp_on=s.ramp,
        blame_ratio=d.blame_ratio,
        log_anonymity=log_anonymity,
        log_known=log_known,
        channel_ratio=d.channel_ratio,
        channel_relief=d.channel_relief,
        channel_base=d.channel_coverage,
        formal_share=d.formal_share,
        peer_share=d.peer_share,
        confidant_acts=d.confidant_acts,
        told_on=s.telling,
        tell_base=told_fade * k.told_stock / (1.0 - k.told_stock) * dt,
        tell_spread=w.diffusion * k.contacts * month,
        tell_contact=contact * k.told_per_trained_contact,
        self_blame=k.self_blame if s.self_blame else 0.0,
        unblame=k.told_not_ones_fault,
        report=np.array(r.report),
        false_general=np.array(r.general_contact_rate) * month,
        false_high_risk=high * month,
        false_base=np.array(r.false_suspicion) * false_scale,
        false_trained=r.false_trained_ratio,
        false_on=s.false_reports,
        after_closed=a.after_closed_ratio,
        limited=s.limited_capacity,
        delay=clock.weeks(a.investigation_weeks),
        backlog_steps=clock.weeks(a.backlog_weeks),
        substantiation=a.substantiation,
        family_substantiation=a.family_ratio,
        backlog_ratio=a.backlog_ratio,
        wrong_substantiation=a.wrong_substantiation,
        uptake=p.services.uptake,
        services_on=s.services,
        again_on=s.reexploitation,
        again_any_end=p.spell.reexploited_after == "any end",
        h_again=-math.log1p(-p.spell.reexploited_12m) / 12.0 * month,
        again_served=p.spell.reexploited_ratio_served,
        again_steps=clock.months(12.0),
        touch_steps=clock.months(p.recording.touch_months),
        p_touch=float(clock.per_month(p.recording.touch_rate)),
        prevention_ratio=p.levers.prevention_ratio,
        economic_ratio=p.levers.economic_ratio,
        turnover=p.training.turnover * dt,
        skill_fade=LN2 / (p.training.skill_half_life / 12.0) * dt,
        attitude_fade=LN2 / (p.denial.half_life / 12.0) * dt,
        training_denial=p.denial.training_effect,
        norm_fade=LN2 / (w.norm_half_life / 12.0) * dt,
        salience_keep=2.0 ** (-month / w.salience_half_life),
        told_fade=told_fade * dt,
        dt=dt,
        diffusion=w.diffusion * month,
        neighbour_share=w.neighbour_share if s.neighbours else 0.0,
        spread_on=s.spread,
        dose=math.log((1.0 - reference) / (1.0 - w.campaign_lift * reference)),
        residue=w.residue,
        campaign_denial=p.denial.campaign_effect,
        campaign_steps=clock.weeks(13),
        rise_steps=clock.weeks(4),
        publicity_on=s.publicity,
        publicity_denial=p.feedback.publicity_denial,
        publicity_dose=p.feedback.publicity_salience,
        high_risk_p=share * ratio / (1.0 + share * (ratio - 1.0)),
        high_risk_share=share,
        age_mode=p.incidence.age_mode,
        type_cut=np.cumsum(p.incidence.type_mix),
        gender_cut=np.cumsum(p.incidence.gender_mix),
    )


@kernel
def place_uniforms(world, keys, out):
    """Two uniforms a community (frailty, screening-in): fills out (2, C)."""
    for c in range(keys.shape[0]):
        out[0, c], out[1, c], _, _ = uniforms(world, keys[c], 0, Decision.PLACE, 0, 0)


def draw_frailty(parameters: Parameters, u: FloatArray) -> FloatArray:
    """Gamma frailty of mean 1 from uniforms (C,)."""
    cv = parameters.incidence.frailty_cv
    if cv == 0.0:
        return np.ones_like(u)
    shape = 1.0 / cv**2
    return np.asarray(gammaincinv(shape, u) / shape)


def draw_screen_in(parameters: Parameters, u: FloatArray) -> FloatArray:
    """Screen-in probability of each community from uniforms (C,)."""
    mean, sd = parameters.assessment.screen_in, parameters.assessment.screen_in_sd
    if sd == 0.0:
        return np.full_like(u, mean)
    weight = mean * (1.0 - mean) / sd**2 - 1.0
    return np.asarray(betaincinv(mean * weight, (1.0 - mean) * weight, u))


@kernel
def publishers(world, places, n_years, out):
    """Which communities take part in publication in which year: fills out (n_years, C)."""
    for c in range(places.shape[0]):
        for year in range(n_years):
            u = uniforms(world, places[c].key, year, Decision.TAKES_PART, 0, 0)[0]
            out[year, c] = u < places[c].takes_part


def make_places(
    parameters: Parameters, region: Region, clock: Clock, world: NDArray[np.uint32]
) -> Table:
    """Draw and compute the numbers of each community."""
    p = parameters
    k = region.place_class.astype(np.intp)
    u = np.empty((2, region.n_communities))
    place_uniforms(world, np.ascontiguousarray(region.keys), u)
    frailty = draw_frailty(p, u[0])
    norm = cascade.rate_norm(p, region)
    annual = cascade.onset_rate(p, region, norm, frailty)
    share, ratio, poverty = (
        p.incidence.high_risk_share,
        p.incidence.high_risk_ratio,
        p.incidence.poverty_ratio,
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        per_youth = np.where(region.youth_12_17 > 0, annual / region.youth_12_17, 0.0)
    q = region.poverty_share
    trained0 = np.array(p.training.trained_share)[k]
    background = p.training.turnover * trained0 / (1.0 - trained0)
    fade = LN2 / (p.training.skill_half_life / 12.0)
    rec = p.recording
    large = region.population / (region.population + rec.publish_population)
    takes_part = rec.publish_small + (rec.publish_large - rec.publish_small) * large
    reduced = np.array(p.denial.reduced_report_ratio)[k]
    d = p.disclosure
    density = (region.population / d.acquaintance_population) ** d.acquaintance_slope
    columns = dict(
        key=region.keys,
        population=region.population,
        youth=region.youth,
        place_class=k,
        pool=pools_of(p, region),
        acquaintance=1.0 / (1.0 + density),
        screen_in=draw_screen_in(p, u[1]),
        frailty=frailty,
        onset=annual / clock.steps_per_year,
        again=per_youth / (1.0 + share * (ratio - 1.0)) * ratio / clock.steps_per_year,
        poor=poverty * q / (1.0 + (poverty - 1.0) * q),
        family=np.array(p.incidence.family_controlled)[k],
        known=np.array(p.incidence.known_offender)[k],
        report_ratio=reduced if p.denial.form == "reduced" else 1.0,
        norm0=np.array(p.awareness.hotline)[k],
        denial0=np.array(p.denial.leaders)[k],
        denial_public0=p.denial.public,
        training0=background,
        trained0=trained0,
        skill0=background / (background + p.training.turnover + fade),
        distance=np.array(p.services.distance_ratio)[k],
        news_scale=1e5 / np.maximum(region.population, p.feedback.news_market),
        takes_part=takes_part if p.switches.publication else 1.0,
    )
    places = np.zeros(region.n_communities, PLACE)
    for name, values in columns.items():
        places[name] = values
    return places
