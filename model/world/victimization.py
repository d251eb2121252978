"""The truth: first spells, and how a spell is drawn (what could happen to it: `occasions`).

Everything here is free of policy: it depends on parameters, region and the world's key alone.
"""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import FloatArray, Int32Array, Table, Uint32Array
from streetlight.model.compiled import kernel, part
from streetlight.model.draws import Decision, uniforms
from streetlight.model.equations import triangular_age
from streetlight.model.names import BLAMES, FAMILY, HIGH_RISK, KNOWN_OFFENDER, UNBLAMABLE, End
from streetlight.model.world.occasions import MOST_OFFSETS, occasions, tip_after
from streetlight.model.world.rows import OCCASION, SPELL, TRAIT_BITS, empty_spells
from streetlight.model.world.state import N_PREPARED, Kind


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
def draw_false_tips(world, rates, communities, n_steps, step, community):
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
def fill_spells(
    world, rates, communities, attention, conditions, spells, n_steps, item, bucket, out, needed
):
    """Draw the attributes and occasions of first spells (community, number, start given).

    Writes the occasions (OCCASION) and their bucket (step * N_PREPARED + kind) and returns how many
    there are; a number above the length of `item` asks for a second call with longer columns.
    out, needed: room for the occasions of one spell.
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
        k = occasions(world, rates, attention, conditions, community, row, seen, out, needed)
        who = (np.uint32(row.community) << np.uint32(TRAIT_BITS)) | np.uint32(row.traits)
        for j in range(k + 1):
            offset = out[0, j] if j < k else length
            kind = out[1, j] if j < k else Kind.EXIT
            if start + offset < n_steps:
                if m < item.shape[0]:
                    occasion, bucket[m] = item[m], (start + offset) * N_PREPARED + kind
                    occasion.spell, occasion.who = i, who
                    occasion.needed = needed[j] if j < k and kind >= Kind.NOTICE else 0.0
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
    one = np.zeros(1, SPELL)
    for name in ("knew_at", "signal_at", "known_at", "case", "first_channel"):
        one[name] = -1
    one["end_reason"] = End.AHEAD
    spells = empty_spells(n, zeroed=False)
    # as words: numpy writes columns one by one, which takes twice as long
    spells.view(np.uint64).reshape(n, SPELL.itemsize // 8)[...] = one.view(np.uint64)
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
        n = draw_false_tips(world, rates[0], communities, n_steps, step, community)
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
) -> tuple[Int32Array, Table]:
    """Fill the attributes of first spells; returns their occasions (prepared_start, prepared)."""
    scratch = np.empty((2, N_PREPARED * max(128 * 6, min(n_steps, MOST_OFFSETS))), np.int64)
    needed = np.empty(scratch.shape[1])
    size = 4 * len(spells) + 1024
    while True:
        item, bucket = np.empty(size, OCCASION), np.empty(size, np.int32)
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
            needed,
        )
        if m <= size:
            break
        size = m
    start = np.empty(n_steps * N_PREPARED + 1, np.int32)
    prepared = np.empty(m, OCCASION)
    counting_sort(bucket, item, m, start, prepared)
    return start, prepared
