"""What could happen to a spell: its candidate occasions, and what each needs to count.

Everything here is free of policy: it depends on parameters, region and the world's key alone.
"""

from __future__ import annotations

import numpy as np

from streetlight.model.compiled import kernel, part
from streetlight.model.draws import Decision, slot, uniforms
from streetlight.model.equations import (
    FULLY,
    group_of,
    hazard_of,
    most_looked,
    notice_hazard,
    p_step,
    ramp,
    recognition,
    tips,
    with_unit,
)
from streetlight.model.names import FAMILY
from streetlight.model.world.state import N_PREPARED, AttentionRow, FixedPoint, Kind

#: Most occasions of a spell that age ends: of every kind in each step of six years of up to 128.
SCRATCH = N_PREPARED * 128 * 6
#: Steps of a spell in which something can happen, as an occasion has 12 bits for its step.  Only
#: without ageing out does a spell last as long.
MOST_OFFSETS = 1 << 12
#: First gaps of a spell, two draws of four; platforms, where they are on, have a draw of their own.
FIRST_GAPS = 8
assert N_PREPARED - 2 == FIRST_GAPS, f"{N_PREPARED - 2} kinds share {FIRST_GAPS} first gaps"
#: More than rounding can make of a product.
ROUNDING = 1.0 + 1e-9
THIRD = 1.0 / 3.0


@kernel
def steps_until_used_up(attention, community, per_year, step, within, gap, rest, bound, most):
    """Steps until a gap is used up from a step on, of contacts that could be recognised.

    within: steps in which anybody asks: what is `within` or more may be anything above.
    gap: in steps of contacts at effort 1, all recognised; rest, bound: recognition at a contact at
    the start values of the place, and at most; most: how many times the contacts a unit makes.
    """
    at, last = step, attention.shape[0] - 1
    year = min(at // per_year, last)
    while at - step < within:
        here = attention[year]
        effort, bought = here[AttentionRow.EFFORT, community], here[AttentionRow.WEIGHT, community]
        own, bought = with_unit(effort, bought, most)
        pace = most_looked(own, bought, rest, bound)
        left = (year + 1) * per_year - at
        if year == last or gap < left * pace:
            return at - step + int(min(gap / pace, 268435456.0))
        gap -= left * pace
        at += left
        year += 1
    return within


@kernel
def tip_after(rates, community, usual, at, gap):
    """The time, in steps, at which a unit exponential `gap` of tips is used up from a time on.

    usual: tips a step where no law covers platforms.
    """
    while True:
        covered, ends = 0.0, np.inf  # until when: a law that starts or ends, if one is ahead
        if at < community.mandate_start:
            ends = float(community.mandate_start)
        elif at < community.mandate_stop:
            covered, ends = community.mandate, float(community.mandate_stop)
        pace = tips(rates, usual, covered)
        if gap < (ends - at) * pace:
            return at + gap / pace
        gap -= (ends - at) * pace
        at = ends


@part
def sooner(u):
    """At most -log(u), and quicker: the first terms of its series in v = 1 - u."""
    v = 1.0 - u
    return v + v * v * (0.5 + v * THIRD)


@kernel
def skip(
    world, rates, attention, community, row, kind, start, stop, scale, most, first, rest, out, n
):
    """Candidate occasions of one kind: every step in [start, stop) with the same probability p.

    scale: 1 / log(1 - p), so that log(u) * scale is the exponential behind a geometric gap; first:
    uniform of the first gap.  Where effort differs, contacts with a sector come at the pace of
    each year: scale is then -1 over contacts per step at effort 1; rest: `steps_until_used_up`.
    Tips of platforms come at the pace of the law, whoever looks.
    most: at least the exponential that is used up by `stop`; most gaps end beyond, and are passed
    over without a logarithm.
    Writes offsets and kind to `out` (2, n_most) from position n and returns the new n.
    """
    t = start - 1
    u, gaps, j = first, (0.0, 0.0, 0.0, 0.0), 0
    while sooner(u) <= most:
        log_u = np.log(u)
        most += log_u
        gap = min(log_u * scale, 268435456.0)
        if kind == Kind.PLATFORM:
            now = row.start + t + 1
            after = tip_after(rates, community, rates.h_platform, float(now), -log_u)
            t += 1 + int(after) - now
        elif rates.effort_on and kind >= Kind.SCHOOL:
            now, sector, per_year = row.start + t + 1, kind - Kind.SCHOOL, rates.steps_per_year
            bound, unit, left = rates.bound[sector], rates.unit_ratio[sector], stop - t - 1
            t += 1 + steps_until_used_up(
                attention, row.community, per_year, now, left, gap, rest, bound, unit
            )
        else:
            t += 1 + int(gap)
        if t >= stop or n >= out.shape[1]:
            return n
        out[0, n], out[1, n] = t, kind
        n += 1
        if j & 3 == 0:
            at = slot(kind, j >> 2)
            gaps = uniforms(world, community.key, row.number, Decision.SKIP, row.ordinal, at)
        u = gaps[j & 3]
        j += 1
    return n


@part
def occasion_uniforms(world, key, row, kind, offset):
    """The four uniforms of an occasion; who has which lane is listed at `Decision.OCCASION`."""
    at = slot(kind, offset)
    return uniforms(world, key, row.number, Decision.OCCASION, row.ordinal, at)


@kernel
def seen_at_rest(rates, conditions, sector, row):
    """Recognition of a youth at a contact with a sector, at the start values of the place."""
    skill = conditions[FixedPoint.SKILL, row.community]
    denial = conditions[FixedPoint.DENIAL, row.community]
    return recognition(rates, sector, skill, denial, 0.0, row.traits)


@kernel
def visibility_of(world, rates, key, row):
    """How visible a youth is to the public and to responders (v), the same in all its spells."""
    u = uniforms(world, key, row.number, Decision.HOME, 0, 0)[2]
    return rates.visibility[int(u * rates.visibility.shape[0])]


@part
def noticed_above(rates, traits, offset, visible, u):
    """What `notice_hazard` of a spell long begun must exceed for a candidate of notice to count."""
    bound = visible * notice_hazard(rates, 1.0, 0.0, traits, FULLY)
    share = visible * ramp(rates, offset)
    return hazard_of(u * p_step(bound)) / share if share > 0.0 else np.inf


@part
def recognised_above(rates, attention, sector, row, step, visible, rest, u):
    """What `recognition` must exceed for a candidate of a sector to count, where no unit looks.

    This is `looked` solved for what it makes of a contact, with the uniform's part of the bound on
    the other side.
    """
    hazard = visible * rates.h_contact[group_of(row.traits), sector]
    bound, most = rates.bound[sector], rates.unit_ratio[sector]
    if not rates.effort_on:
        return u * bound if most <= 1.0 else u * bound * p_step(hazard * most) / p_step(hazard)
    here = attention[min(step // rates.steps_per_year, attention.shape[0] - 1)]
    effort = here[AttentionRow.EFFORT, row.community]
    weight = here[AttentionRow.WEIGHT, row.community]
    own, bought = with_unit(effort, weight, most)
    wanted = u * p_step(hazard * most_looked(own, bought, rest, bound))
    own = p_step(hazard * effort)
    at_rest = own * rest
    if wanted < at_rest:
        return wanted / own
    bought = p_step(hazard * weight)
    return rest + (wanted - at_rest) / bought if bought > 0.0 else np.inf


@kernel
def weigh(world, rates, attention, key, row, kind, visible, rest, out, needed, first, n):
    """What the occasions from position `first` need to count; returns the new n.

    Those of responders and platforms at which the youth cannot be recognised yet are left out.
    """
    kept = first
    for i in range(first, n):
        offset = out[0, i]
        u = occasion_uniforms(world, key, row, kind, offset)
        if kind >= Kind.SCHOOL and u[3] >= ramp(rates, offset):
            continue
        out[0, kept], out[1, kept], needed[kept] = offset, kind, 0.0
        if kind == Kind.NOTICE:
            needed[kept] = noticed_above(rates, row.traits, offset, visible, u[0])
        elif kind < Kind.PLATFORM:
            sector, step = kind - Kind.SCHOOL, row.start + offset
            needed[kept] = recognised_above(
                rates, attention, sector, row, step, visible, rest, u[0]
            )
        kept += 1
    return kept


@part
def looked_in_all(rates, attention, row, length):
    """Effort, and weight of what is bought, summed over the steps of a spell."""
    per_year, last = rates.steps_per_year, attention.shape[0] - 1
    at, stop, year = row.start, row.start + length, min(row.start // rates.steps_per_year, last)
    effort, weight = 0.0, 0.0
    while at < stop:
        ends = min(stop, (year + 1) * per_year) if year < last else stop
        effort += (ends - at) * attention[year, AttentionRow.EFFORT, row.community]
        weight += (ends - at) * attention[year, AttentionRow.WEIGHT, row.community]
        at, year = ends, year + 1
    return effort, weight


@part
def gap_and_most(rates, kind, traits, visible, rest, looked, steps):
    """Scale of the gaps of a kind (see `skip`), and how many candidates so many steps expect.

    visible: as `visibility_of` has it; rest: as `seen_at_rest`; looked: as `looked_in_all`.
    """
    sector = kind - Kind.SCHOOL
    if kind == Kind.PLATFORM:
        return 0.0, rates.h_platform * max(1.0, rates.mandate_ratio) * steps
    if rates.effort_on and kind >= Kind.SCHOOL:
        hazard = visible * rates.h_contact[group_of(traits), sector]
        own, bought = with_unit(looked[0], looked[1], rates.unit_ratio[sector])
        return -1.0 / hazard, hazard * most_looked(own, bought, rest, rates.bound[sector])
    if kind == Kind.RECOGNISE_SELF:
        gap = rates.gap_self
    elif kind == Kind.DISCLOSE:
        gap = rates.gap_disclose
    elif kind == Kind.NOTICE:
        gap = rates.gap_notice[1 if traits & FAMILY else 0] / visible
    elif rates.visibility_on:
        seen = visible * rates.h_contact[group_of(traits), sector] * rates.unit_ratio[sector]
        p = p_step(seen) * rates.bound[sector]
        gap = 1.0 / np.log1p(-p) if p > 0.0 else -np.inf
    else:
        gap = rates.gap_contact[group_of(traits), sector]
    return gap, -steps / gap if gap < 0.0 else np.inf


@kernel
def occasions(world, rates, attention, conditions, community, row, length, out, needed):
    """All candidate occasions of a spell of policy-free `length`, as offsets from its start.

    Bounds are hard: they hold whatever is spent.  Recognisability (the ramp) is the youth's own
    and free of policy, so it thins provider occasions here.  A youth cannot disclose before
    recognising itself, so disclosure candidates start at the first candidate of that.  Most kinds
    have no candidate at all, so their first gaps share two draws (kind 0 has none: exits).
    `needed` of an occasion is as `weigh` has it, and of no meaning before the public's.
    Of `conditions`, which policies move, only rows `FixedPoint` are read.
    """
    key = community.key
    a = uniforms(world, key, row.number, Decision.SKIP, row.ordinal, 0)
    b = uniforms(world, key, row.number, Decision.SKIP, row.ordinal, 1)
    first, n, rest = a + b, 0, 0.0
    visible = visibility_of(world, rates, key, row) if rates.visibility_on else 1.0
    looked = looked_in_all(rates, attention, row, length) if rates.effort_on else (0.0, 0.0)
    for kind in range(Kind.RECOGNISE_SELF, N_PREPARED):
        start, kept = 0, n
        if kind == Kind.PLATFORM:
            if rates.h_platform <= 0.0:
                continue
            u = uniforms(world, key, row.number, Decision.SKIP, row.ordinal, 2)[0]
        else:
            u = first[kind - 1]
        if kind == Kind.DISCLOSE:
            if n == 0:
                continue
            start = out[0, 0]
        if rates.effort_on and Kind.SCHOOL <= kind < Kind.PLATFORM:
            rest = seen_at_rest(rates, conditions, kind - Kind.SCHOOL, row)
        gap, most = gap_and_most(rates, kind, row.traits, visible, rest, looked, length - start)
        most *= ROUNDING
        n = skip(
            world, rates, attention, community, row, kind, start, length, gap, most, u, rest, out, n
        )
        if kind >= Kind.NOTICE:
            n = weigh(world, rates, attention, key, row, kind, visible, rest, out, needed, kept, n)
    return n
