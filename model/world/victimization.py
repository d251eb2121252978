"""The truth: first spells, what could happen to a spell, and how it is drawn.

Everything here is free of policy: it depends on parameters, region and the world's key alone.
"""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import FloatArray, Int32Array, Table, Uint32Array
from streetlight.model.compiled import kernel, part
from streetlight.model.draws import Decision, slot, uniforms
from streetlight.model.equations import (
    group_of,
    most_looked,
    p_step,
    ramp,
    recognition,
    tips,
    triangular_age,
    with_unit,
)
from streetlight.model.names import BLAMES, FAMILY, HIGH_RISK, KNOWN_OFFENDER, UNBLAMABLE, End
from streetlight.model.world.rows import empty_spells
from streetlight.model.world.state import N_PREPARED, AttentionRow, FixedPoint, Kind

#: Most occasions of a spell that age ends: of every kind in each step of six years of up to 128.
SCRATCH = N_PREPARED * 128 * 6
#: Steps of a spell in which something can happen, as an occasion has 12 bits for its step.  Only
#: without ageing out does a spell last as long.
MOST_OFFSETS = 1 << 12
#: First gaps of a spell, two draws of four; platforms, where they are on, have a draw of their own.
FIRST_GAPS = 8
assert N_PREPARED - 2 == FIRST_GAPS, f"{N_PREPARED - 2} kinds share {FIRST_GAPS} first gaps"


@kernel
def onset_steps(world, communities, n_steps, step, community, number):
    """First onsets of every community as a Poisson process in continuous time.

    Fills step, community, number (each long enough or not) and returns how many there are: a
    number above their length asks for a second call with longer columns.
    """
    n = 0
    for c in range(communities.shape[0]):
        here = communities[c]
        if here.onset <= 0.0:
            continue
        t = 0.0
        j = 0
        while True:
            gaps = uniforms(world, here.key, 0, Decision.ONSET, 0, j >> 2)
            t -= np.log(gaps[j & 3]) / here.onset
            if t >= n_steps:
                break
            if n < step.shape[0]:
                step[n], community[n], number[n] = int(t), c, j
            n += 1
            j += 1
    return n


@kernel
def category(u, cut):
    """Index of the category of a uniform, given cumulative shares of three."""
    return 0 if u < cut[0] else (1 if u < cut[1] else 2)


@kernel
def geometric(u, p):
    """Number of failures before the first success, from a uniform; huge if p is 0."""
    if p <= 0.0:
        return 1 << 28
    if p >= 1.0:
        return 0
    return int(min(np.log(u) / np.log1p(-p), 268435456.0))


@kernel
def draw_youth(world, rates, community, number):
    """Traits of a youth (without those of the spell) and the steps from onset to age 18."""
    a = uniforms(world, community.key, number, Decision.YOUTH, 0, 0)
    b = uniforms(world, community.key, number, Decision.HOME, 0, 0)
    traits = category(a[2], rates.type_cut) | (category(a[3], rates.gender_cut) << 2)
    if a[0] < rates.high_risk_p:
        traits |= HIGH_RISK
    if b[0] < community.family:
        traits |= FAMILY
    if b[1] < community.known_offender:
        traits |= KNOWN_OFFENDER
    years = 18.0 - triangular_age(a[1], rates.age_mode)
    return traits, max(1, int(np.ceil(years / rates.dt)))


@part
def until_it_ends(rates, leaves, ages_out):
    """Steps from the start of a spell to its policy-free end, by natural exit or at 18."""
    return min(leaves, ages_out) if rates.ageing_out else leaves


@kernel
def visibility_of(world, rates, key, row):
    """How visible a youth is to the public and to responders (v), the same in all its spells."""
    u = uniforms(world, key, row.number, Decision.HOME, 0, 0)[2]
    return rates.visibility[int(u * rates.visibility.shape[0])]


@kernel
def draw_spell(world, rates, key, row):
    """Draw self-blame and being told into a row; returns the steps until natural exit."""
    s = uniforms(world, key, row.number, Decision.SPELL, row.ordinal, 0)
    if s[2] < rates.self_blame:
        row.traits |= np.uint16(BLAMES)
    if s[3] < rates.unblame:
        row.traits |= np.uint16(UNBLAMABLE)
    row.told_before = s[1]
    clock = uniforms(world, key, row.number, Decision.CLOCK, row.ordinal, 0)
    row.told_threshold = -np.log(clock[0])
    return 1 + geometric(s[0], rates.p_exit)


@kernel
def waited(attention, community, per_year, step, gap, rest, bound, most):
    """Steps until a gap is used up from a step on, of contacts that could be recognised.

    gap: in steps of contacts at effort 1, all recognised; rest, bound: recognition at a contact at
    the start values of the place, and at most; most: how many times the contacts a unit makes.
    """
    at, last = step, attention.shape[0] - 1
    while True:
        year = min(at // per_year, last)
        here = attention[year]
        effort, bought = here[AttentionRow.EFFORT, community], here[AttentionRow.BOUGHT, community]
        own, bought = with_unit(effort, bought, most)
        pace = most_looked(own, bought, rest, bound)
        left = (year + 1) * per_year - at
        if year == last or gap < left * pace:
            return at - step + int(min(gap / pace, 268435456.0))
        gap -= left * pace
        at += left


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


@kernel
def false_tips(world, rates, communities, n_steps, step, community):
    """False tips of platforms: a Poisson process in each community, free of policy.

    Fills step and community, in order of community and step, and returns how many there are: a
    number above their length asks for a second call with longer columns.
    """
    n = 0
    for c in range(communities.shape[0]):
        here = communities[c]
        at, j = 0.0, 0
        while here.false_tips > 0.0:
            u = uniforms(world, here.key, 0, Decision.FALSE_TIP, 0, j >> 2)[j & 3]
            at = tip_after(rates, here, here.false_tips, at, -np.log(u))
            if at >= n_steps:
                break
            if n < step.shape[0]:
                step[n], community[n] = int(at), c
            n += 1
            j += 1
    return n


@kernel
def skip(world, rates, attention, community, row, kind, start, stop, scale, first, rest, out, n):
    """Candidate occasions of one kind: every step in [start, stop) with the same probability p.

    scale: 1 / log(1 - p), so that log(u) * scale is the exponential behind a geometric gap; first:
    uniform of the first gap.  Where effort differs, contacts with a sector come at the pace of
    each year: scale is then -1 over contacts per step at effort 1, rest as `waited` has it.
    Tips of platforms come at the pace of the law, whoever looks.
    Writes offsets and kind to `out` (2, n_most) from position n and returns the new n.
    """
    t = start - 1
    u, gaps, j = first, (0.0, 0.0, 0.0, 0.0), 0
    while True:
        gap = min(np.log(u) * scale, 268435456.0)
        if kind == Kind.PLATFORM:
            now = row.start + t + 1
            after = tip_after(rates, community, rates.h_platform, float(now), -np.log(u))
            t += 1 + int(after) - now
        elif rates.effort_on and kind >= Kind.SCHOOL:
            now, sector, per_year = row.start + t + 1, kind - Kind.SCHOOL, rates.steps_per_year
            bound, most = rates.bound[sector], rates.unit_ratio[sector]
            t += 1 + waited(attention, row.community, per_year, now, gap, rest, bound, most)
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


@part
def occasion_uniforms(world, key, row, kind, offset):
    """The four uniforms of an occasion: the ramp has the last one, the week the others."""
    at = slot(kind, offset)
    return uniforms(world, key, row.number, Decision.OCCASION, row.ordinal, at)


@kernel
def thin_by_ramp(world, rates, key, row, kind, out, first, n):
    """Keep the occasions from position `first` at which the youth can be recognised already."""
    kept = first
    for i in range(first, n):
        u = occasion_uniforms(world, key, row, kind, out[0, i])[3]
        if u < ramp(rates, out[0, i]):
            out[0, kept], out[1, kept] = out[0, i], out[1, i]
            kept += 1
    return kept


@kernel
def seen_at_rest(rates, conditions, sector, row):
    """Recognition of a youth at a contact with a sector, at the start values of the place."""
    skill = conditions[FixedPoint.SKILL, row.community]
    denial = conditions[FixedPoint.DENIAL, row.community]
    return recognition(rates, sector, skill, denial, 0.0, row.traits)


@kernel
def occasions(world, rates, attention, conditions, community, row, length, out):
    """All candidate occasions of a spell of policy-free `length`, as offsets from its start.

    Bounds are hard: they hold whatever is spent.  Recognisability (the ramp) is the youth's own
    and free of policy, so it thins provider occasions here.  A youth cannot disclose before
    recognising itself, so disclosure candidates start at the first candidate of that.  Most kinds
    have no candidate at all, so their first gaps share two draws (kind 0 has none: exits).
    """
    key = community.key
    a = uniforms(world, key, row.number, Decision.SKIP, row.ordinal, 0)
    b = uniforms(world, key, row.number, Decision.SKIP, row.ordinal, 1)
    first, g, n, rest = a + b, group_of(row.traits), 0, 0.0
    visible = visibility_of(world, rates, key, row) if rates.visibility_on else 1.0
    for kind in range(Kind.RECOGNISE_SELF, N_PREPARED):
        start, kept, gap = 0, n, 0.0
        if kind == Kind.RECOGNISE_SELF:
            gap = rates.gap_self
        elif kind == Kind.DISCLOSE:
            if n == 0:
                continue
            start, gap = out[0, 0], rates.gap_disclose
        elif kind == Kind.NOTICE:
            gap = rates.gap_notice[1 if row.traits & FAMILY else 0] / visible
        elif kind == Kind.PLATFORM:
            if rates.h_platform <= 0.0:
                continue
            u = uniforms(world, key, row.number, Decision.SKIP, row.ordinal, 2)[0]
        else:
            sector = kind - Kind.SCHOOL
            gap = rates.gap_contact[g, sector]
            if rates.effort_on:
                rest = seen_at_rest(rates, conditions, sector, row)
                gap = -1.0 / (visible * rates.h_contact[g, sector])
            elif rates.visibility_on:
                seen = visible * rates.h_contact[g, sector] * rates.unit_ratio[sector]
                p = p_step(seen) * rates.bound[sector]
                gap = 1.0 / np.log1p(-p) if p > 0.0 else -np.inf
        if kind < Kind.PLATFORM:
            u = first[kind - 1]
        n = skip(world, rates, attention, community, row, kind, start, length, gap, u, rest, out, n)
        if kind >= Kind.SCHOOL and rates.ramp_on:
            n = thin_by_ramp(world, rates, key, row, kind, out, kept, n)
    return n


@kernel
def fill_spells(
    world, rates, communities, attention, conditions, spells, n_steps, item, bucket, out
):
    """Draw the attributes and occasions of first spells (community, number, start given).

    Writes the occasions' spell and bucket (step * N_PREPARED + kind) and returns how many there
    are; a number above the length of `item` asks for a second call with longer columns.
    """
    m = 0
    for i in range(spells.shape[0]):
        row = spells[i]
        community = communities[row.community]
        number, start = row.number, row.start
        traits, left = draw_youth(world, rates, community, number)
        row.traits = traits
        length = until_it_ends(rates, draw_spell(world, rates, community.key, row), left)
        row.age_out = start + left
        row.end = start + length
        seen = min(length, n_steps - start, MOST_OFFSETS)
        k = occasions(world, rates, attention, conditions, community, row, seen, out)
        for j in range(k + 1):
            offset = out[0, j] if j < k else length
            kind = out[1, j] if j < k else Kind.EXIT
            if start + offset < n_steps:
                if m < item.shape[0]:
                    item[m], bucket[m] = i, (start + offset) * N_PREPARED + kind
                m += 1
    return m


@kernel
def counting_sort(bucket, item, n, start, out):
    """Stable sort of items by bucket: start (n_buckets + 1,) and out (n,) are filled."""
    start[:] = 0
    for i in range(n):
        start[bucket[i] + 1] += 1
    for b in range(start.shape[0] - 1):
        start[b + 1] += start[b]
    for i in range(n):  # use the starts as positions, then move them back
        b = bucket[i]
        out[start[b]] = item[i]
        start[b] += 1
    for b in range(start.shape[0] - 1, 0, -1):
        start[b] = start[b - 1]
    start[0] = 0


def untouched_spells(n: int) -> Table:
    """A table for n spells to which nothing has happened yet."""
    spells = empty_spells(n)
    for name in ("knew_at", "signal_at", "known_at", "case", "first_channel"):
        spells[name] = -1
    spells["end_reason"] = End.AHEAD
    return spells


def first_spells(
    world: Uint32Array,
    communities: Table,
    n_steps: int,
    added: tuple[Int32Array, Int32Array, Uint32Array],
) -> tuple[Table, Int32Array]:
    """Draw the first spells: (spells, first_start).

    added: steps, communities and youth numbers of onsets that shocks add.

    Rows are in order of onset step, then community, then number of the youth; `first_start[t]` is
    the first row that starts in step t or later.
    """
    expected = float(communities["onset"].sum()) * n_steps
    size = int(expected + 6.0 * np.sqrt(expected) + 64)
    while True:
        step, community = np.empty(size, np.int32), np.empty(size, np.int32)
        number = np.empty(size, np.uint32)
        n = onset_steps(world, communities, n_steps, step, community, number)
        if n <= size:
            break
        size = n
    step = np.concatenate([step[:n], added[0]])
    community = np.concatenate([community[:n], added[1]])
    number = np.concatenate([number[:n], added[2]])
    n = len(step)
    first_start = np.zeros(n_steps + 1, np.int32)
    order = np.empty(n, np.int32)
    counting_sort(step, np.arange(n, dtype=np.int32), n, first_start, order)
    spells = untouched_spells(n)
    spells["community"], spells["number"] = community[order], number[order]
    spells["start"] = step[order]
    return spells, first_start


def false_tips_of(
    world: Uint32Array, rates: Table, communities: Table, n_steps: int
) -> tuple[Int32Array, Int32Array]:
    """Steps and communities of the false tips of platforms, in order of community and step."""
    size = 1024
    while True:
        step, community = np.empty(size, np.int32), np.empty(size, np.int32)
        n = false_tips(world, rates[0], communities, n_steps, step, community)
        if n <= size:
            return step[:n], community[:n]
        size = n


def prepare(
    world: Uint32Array,
    rates: Table,
    communities: Table,
    attention: FloatArray,
    conditions: FloatArray,
    spells: Table,
    n_steps: int,
) -> tuple[Int32Array, Int32Array]:
    """Fill the attributes of first spells; returns their occasions (prepared_start, prepared)."""
    scratch = np.empty((2, N_PREPARED * max(128 * 6, min(n_steps, MOST_OFFSETS))), np.int64)
    size = 4 * len(spells) + 1024
    while True:
        item, bucket = np.empty(size, np.int32), np.empty(size, np.int32)
        m = fill_spells(
            world,
            rates[0],
            communities,
            attention,
            conditions,
            spells,
            n_steps,
            item,
            bucket,
            scratch,
        )
        if m <= size:
            break
        size = m
    start = np.empty(n_steps * N_PREPARED + 1, np.int32)
    prepared = np.empty(m, np.int32)
    counting_sort(bucket, item, m, start, prepared)
    return start, prepared
