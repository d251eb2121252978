"""How communities truly respond to money, on average, by arithmetic on the expected cascade.

Each lever's gain is what moving the conditions it moves to where it would hold them does to the
expected cascade of docs/model.md (`on_average.cascade`): the same equations as the engine's,
without luck.  A planner's model of it is `money/response.py`.  docs/planning.md compares what this
predicts with what the engine does.
"""

from __future__ import annotations

import functools
import math
from dataclasses import replace

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.equations import (
    added,
    awareness,
    campaign_week,
    eased,
    fading,
    held_by,
    inflow_to_hold,
    settled,
    share_at_risk,
)
from streetlight.model.names import (
    LEVER_INDEX,
    LEVER_NAMES,
    N_CLASSES,
    N_LEVERS,
    SECTORS,
    Channel,
)
from streetlight.model.on_average.cascade import (
    Expected,
    baseline_investigators,
    expected_cascade,
    false_by_sector,
    false_scale,
    seen_posts,
    share_of,
)
from streetlight.model.on_average.onsets import pools_of
from streetlight.model.on_average.strata import Setting, recognised_by_eye, weights_of
from streetlight.model.parameters import Parameters
from streetlight.model.rates import rates_of
from streetlight.model.record.beliefs import SOURCES, Responses

NEARLY_ALL = 1.0 - 1e-9  # largest share that a fixed point is moved to
BY_SECTOR = slice(Channel.SCHOOL, Channel.PLATFORM)  # channels of responders
CAMPAIGN_YEARS = 6  # of equal campaigns, after which awareness is as good as steady


def true_responses(
    parameters: Parameters,
    region: Region,
    investigators: FloatArray | None = None,
    years_left: float = math.inf,
) -> Responses:
    """How the world of these parameters responds, on average.

    investigators (C,): posts that stand in this world (default: those of an average one), from
    which its load follows; years_left: years from now in which what happens is counted.
    """
    r = _true_responses(parameters, region)
    if investigators is not None:
        r = standing(r, parameters, investigators)
    if math.isinf(years_left):
        return r
    lasting = [_lasting(loss, years_left) for loss in _losses(parameters)]
    return replace(r, lasting=np.array(lasting), horizon_years=max(0.5, min(5.0, years_left)))


def standing(r: Responses, parameters: Parameters, investigators: FloatArray) -> Responses:
    """Responses with the posts (C,) that stand in a world, and the work that busies them."""
    usual = r.true_load + r.false_load
    if parameters.assessment.posts == "solved":
        load = investigators * r.per_post * parameters.assessment.utilisation
    else:  # more work where more posts follow more effort
        share = np.divide(investigators, r.posts, out=np.ones_like(usual), where=r.posts > 0.0)
        load = usual * share
    part = np.divide(r.true_load, usual, out=np.zeros_like(usual), where=usual > 0.0)
    return replace(r, posts=investigators, true_load=load * part, false_load=load * (1.0 - part))


def _losses(parameters: Parameters) -> list[float]:
    """Rate a year at which what a lever fills is lost again (L,); inf for what lasts the year.

    Of skill and told youth the excess over the fixed point, which background inflow pulls down too.
    """
    t, k = parameters.training, parameters.knowing
    trained, told = float(np.mean(t.trained_share)), fading(k.told_half_life)
    skill_loss = t.turnover / (1.0 - trained) + fading(t.skill_half_life)
    losses = {"training": skill_loss, "education": told / (1.0 - k.told_stock), "prevention": told}
    return [losses.get(name, math.inf) for name in LEVER_NAMES]


def _lasting(loss: float, years: float) -> float:
    """Share of what a year's inflow into a stock does that comes within so many years."""
    if math.isinf(loss) or loss <= 0.0:
        return 1.0
    return 1.0 - math.exp(-loss * (years - 1.0)) * -math.expm1(-loss) / loss


@functools.lru_cache(maxsize=8)
def _true_responses(parameters: Parameters, region: Region) -> Responses:
    p, base = parameters, expected_cascade(parameters, region)
    scale = false_scale(p, region)
    signals = _by_source(base)
    leave, keep, keep_served = _keeps(p, region)
    served, on = p.services, float(p.switches.services)
    places = np.array(served.places)[region.place_class] * region.youth / 1e5
    gain, bend, false_gain, channel_gain = _gains(p, region, base, signals)
    unit = LEVER_INDEX["unit"]
    gain[unit, 0], false_gain[unit] = _unit_gains(p, region, base)
    tool_gain, replaced, false_added = _tools(p, region, base, scale)
    onset_gain, onset_bend = _onset_gains(p, region)
    return Responses(
        pool=pools_of(p, region),
        true_load=base.joining,
        false_load=scale * base.false_investigated_per_scale + base.false_tips_investigated,
        posts=seen_posts(p, region) if p.assessment.posts == "seen"
        else baseline_investigators(p, region, base, scale),
        per_post=12.0 * p.assessment.investigations_per_month,
        places=places * on, place_years=12.0 / served.service_months,
        signals=signals, confirmed=np.nan_to_num(share_of(base.identified, base.joining)),
        leave=leave, keep=keep, keep_served=keep_served,
        wanted=np.full(region.n_communities, served.uptake * on),
        distance=np.array(served.distance_ratio)[region.place_class],
        late_ratio=p.assessment.backlog_ratio, late_years=p.assessment.backlog_weeks / 52.0,
        gain=gain, bend=bend, tool_gain=tool_gain, replaced=replaced,
        false_gain=false_gain, false_added=false_added,
        channel_gain=channel_gain, heard=_heard(p, region, bend[LEVER_INDEX["campaign"], 2]),
        onset_gain=onset_gain, onset_bend=onset_bend,
        lasting=np.ones(N_LEVERS), sees_queue=p.switches.limited_capacity,
    )  # fmt: skip


#: Two effects a year of each lever at which its gain is read off: a modest one and a large one.
READ_AT = {
    "training": (0.25, 1.0), "campaign": (0.25, 1.0), "education": (0.05, 0.2),
    "channel": (0.3, 0.8),
}  # fmt: skip


def _gains(
    p: Parameters, region: Region, base: Expected, signals: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """gain, bend (L, 4, C), false_gain (L, C) and channel_gain (C,) as `Responses` has them."""
    shape = (N_LEVERS, len(SOURCES), region.n_communities)
    gain, bend = np.zeros(shape), np.full(shape, np.inf)
    false_gain = np.zeros((N_LEVERS, region.n_communities))
    for name, effects in READ_AT.items():
        row, (modest, large) = LEVER_INDEX[name], effects
        changed = [expected_cascade(_moved(p, name, y), region) for y in effects]
        rises = [_rise(_by_source(e), signals) for e in changed]
        gain[row], bend[row] = _through(modest, rises[0], large, rises[1])
        if name == "training":
            rise = _rise(changed[1].false_reports_per_scale, base.false_reports_per_scale)
            false_gain[row] = rise / large
    channel, youth = LEVER_INDEX["channel"], SOURCES.index("youth")
    channel_gain = gain[channel, youth].copy()
    gain[channel], bend[channel] = 0.0, np.inf  # it works on the youth's own reports only
    return gain, bend, false_gain, channel_gain


def _unit_gains(p: Parameters, region: Region, base: Expected) -> tuple[FloatArray, FloatArray]:
    """Relative gain of responders' true reports, and of false ones, under full coverage: (C,) each.

    A unit multiplies contacts of police, so by the part that police have in the reports.  Records
    posts have no gain, as they move no truth.
    """
    more, police = p.encounter.unit_ratio - 1.0, SECTORS.index("police")
    true, false = base.channels[:, BY_SECTOR], false_by_sector(p, region)
    parts = (share_of(rows[:, police], rows.sum(axis=1)) for rows in (true, false))
    true_gain, false_gain = (more * np.nan_to_num(part) for part in parts)
    return true_gain, false_gain


def _tools(
    p: Parameters, region: Region, base: Expected, scale: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """tool_gain, replaced and false_added (L, C) as `Responses` has them."""
    rows = np.zeros((3, N_LEVERS, region.n_communities))
    for name in ("screening_universal", "screening_targeted"):
        rows[:, LEVER_INDEX[name]] = _screened(p, region, base, name, scale)
    return rows[0], rows[1], rows[2]


def _rise(now: FloatArray, before: FloatArray) -> FloatArray:
    """now / before - 1, 0 where there was nothing."""
    return np.divide(now - before, before, out=np.zeros_like(now), where=before > 0.0)


def _by_source(e: Expected) -> FloatArray:
    """Investigations begun per exploited youth and year, by `SOURCES`: (4, C)."""
    youth, public = e.channels[:, :2].sum(1), e.channels[:, Channel.PUBLIC]
    platforms = e.channels[:, Channel.PLATFORM]
    parts = np.stack([e.channels[:, BY_SECTOR].sum(1), public, youth, platforms])
    begun = share_of(e.joining, e.reports)
    return np.asarray(np.nan_to_num(parts * begun / np.where(e.active > 0.0, e.active, 1.0)))


def _keeps(p: Parameters, region: Region) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Rate of leaving otherwise, and the part of an identification that lasts: (C,) each.

    The part without and with services.  First onsets over person-years are linear in the hazard of
    being identified, leave + keep h: both are read off two cascades without services, in one of
    which more of what is investigated is substantiated, and a third in which all are served.
    """
    usual = min(p.assessment.substantiation, 1.0 / 1.2)
    (low, low_h), (high, high_h) = (
        _loss_and_hazard(p.with_values({"assessment.substantiation": share}), region, served=0.0)
        for share in (usual, 1.2 * usual)
    )
    own, own_h = _loss_and_hazard(p, region, served=0.0)
    steps = high_h - low_h
    keep = np.divide(high - low, steps, out=np.ones_like(low), where=steps > 0.0)
    keep = np.clip(keep, 0.0, 1.0)
    served, _ = _loss_and_hazard(p, region, served=float(p.switches.services))
    gained = np.divide(served - own, own_h, out=np.zeros_like(own), where=own_h > 0.0)
    leave = np.maximum(own - keep * own_h, 1e-6)
    return leave, keep, np.clip(keep + np.maximum(gained, 0.0), 0.0, 1.0)


def _loss_and_hazard(p: Parameters, region: Region, served: float) -> tuple[FloatArray, FloatArray]:
    """First onsets, and identified, a year over youth exploited at a time: (C,) each."""
    e = expected_cascade(p, region, served=served)
    loss = share_of(e.first_onsets, e.active)
    return np.nan_to_num(loss, nan=1.0), np.nan_to_num(share_of(e.identified, e.active))


def _through(
    low: float, at_low: FloatArray, high: float, at_high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """gain and bend of gain y / (1 + y / bend) through two points, straight if it rises faster."""
    a, b = at_low / low, at_high / high
    with np.errstate(divide="ignore", invalid="ignore"):
        bend = (high * b - low * a) / (a - b)  # from y / m = (1 + y / bend) / gain at both points
        curved = (a > b) & (b > 0.0) & np.isfinite(bend) & (bend > 0.0)
        bend = np.where(curved, bend, np.inf)
        gain = np.where(curved, a * (1.0 + low / bend), (a + b) / 2.0)
    return np.nan_to_num(gain), bend


def _moved(p: Parameters, lever: str, y: float) -> Parameters:
    """Parameters whose fixed points are where an effect y a year of a lever would hold them."""
    t, k = p.training, p.knowing
    if lever == "training":
        trained = np.array(t.trained_share)
        inflow = inflow_to_hold(trained, t.turnover) + y
        kept = held_by(fading(p.denial.half_life), y * p.denial.training_effect)
        denial = np.array(p.denial.leaders) * kept
        held = np.minimum(held_by(inflow, t.turnover), NEARLY_ALL)
        return p.with_values(
            {"training.trained_share": tuple(held), "denial.leaders": tuple(denial)}
        )
    if lever == "campaign":
        aware, denial_public = _aware(p, y)
        moved = {
            "awareness.hotline": tuple(np.minimum(aware, NEARLY_ALL)),
            "awareness.campaign_lift": 1.0,  # the cascade has no campaigns, and need not leave room
            "denial.public": float(denial_public),
        }
        return p.with_values(moved)
    if lever == "education":
        loss = fading(k.told_half_life)
        told = held_by(inflow_to_hold(k.told_stock, loss) + y, loss)
        return p.with_values({"knowing.told_stock": told})
    coverage = added(p.disclosure.channel_coverage, y)
    return p.with_values({"disclosure.channel_coverage": coverage})


@functools.lru_cache(maxsize=8)
def _aware(p: Parameters, campaigns: float) -> tuple[FloatArray, float]:
    """Mean awareness by place class, and public denial, in a year of so many campaigns a year.

    The equations of docs/model.md section 3 for a community without neighbours or publicity.
    """
    rates, steps, rest = rates_of(p), p.time.steps_per_year, np.array(p.awareness.hotline)
    norm, salience, denial = rest.copy(), np.zeros(N_CLASSES), float(p.denial.public)
    diffusion, heard, denied = rates.diffusion * rates.spread_on, np.zeros(N_CLASSES), 0.0
    for step in range(CAMPAIGN_YEARS * steps):
        excess = np.maximum(awareness(norm, salience) - rest, 0.0)
        norm = settled(norm, rest, rates.norm_fade, diffusion * excess)
        denial = eased(denial, p.denial.public, rates.attitude_fade, 0.0)
        salience, norm, denial = campaign_week(
            rates, salience, norm, denial, campaigns, step % steps
        )
        if step >= (CAMPAIGN_YEARS - 1) * steps:
            heard += awareness(norm, salience) / steps
            denied += denial / steps
    return np.clip(heard, 0.0, 1.0), min(1.0, denied)


def _heard(p: Parameters, region: Region, bend: FloatArray) -> FloatArray:
    """Relative gain of awareness per bent campaign effect (C,), by which a channel is heard of.

    bend (C,): of a campaign on the youth's own reports.
    """
    base = np.array(p.awareness.hotline)
    risen = (_aware(p, 0.25)[0] - base) / np.where(base > 0, base, 1.0)
    bent = 0.25 / (1.0 + 0.25 / bend)
    return np.asarray(np.where(base > 0, risen, 0.0)[region.place_class] / bent)


def _screened(
    p: Parameters, region: Region, base: Expected, name: str, scale: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What full coverage of a screening tool does: (C,) each.

    The relative gain of responders' true reports, the share of their own looks whose place it
    takes, and the false investigations a year it adds.
    The tool takes the place of a worker's own look (docs/model.md, sections 7 and 8).
    """
    rates, kind, targeted = rates_of(p), region.place_class, name == "screening_targeted"
    setting = Setting.of_classes(p)
    families = np.stack([1.0 - setting.family, setting.family], axis=-1)
    by_eye = recognised_by_eye(p, setting)
    own = np.einsum("kfrs,kf,r->ks", by_eye, families, weights_of(p))
    ratio = rates.tool_true / np.maximum(own, 1e-12) - 1.0  # by place class and sector
    by_channel = base.channels[:, BY_SECTOR]
    part = by_channel / np.maximum(by_channel.sum(1, keepdims=True), 1e-12) * rates.tool
    among = rates.high_risk_p if targeted else 1.0
    true, taken = (part * ratio[kind]).sum(1) * among, part.sum(1) * among
    coverage = {"targeted": 1.0} if targeted else {"universal": 1.0}
    with_tool = false_by_sector(p, region, scale, **coverage)
    more = (with_tool - false_by_sector(p, region, scale)).sum(1) * p.assessment.screen_in
    return np.asarray(true), np.asarray(taken), np.asarray(more)


def _onset_gains(p: Parameters, region: Region) -> tuple[FloatArray, FloatArray]:
    """gain and bend (L, C) of prevention groups and economic support on first onsets."""
    shape = (N_LEVERS, region.n_communities)
    gain, bend = np.zeros(shape), np.full(shape, np.inf)
    loss = fading(p.knowing.told_half_life)
    row = LEVER_INDEX["prevention"]
    gain[row], bend[row] = (1.0 - p.levers.prevention_ratio) / loss, loss
    poor = share_at_risk(region.poverty_share, p.incidence.poverty_ratio)
    gain[LEVER_INDEX["economic"]] = poor * (1.0 - p.levers.economic_ratio)
    return gain, bend
