"""Phases *disclose*, *notice* and *encounter*: who comes to see that a youth is exploited.

Each goes through the candidate occasions of its kinds in this step and keeps those that the
probabilities of the moment allow.  What passes is handed to *report* as a signal.

Candidates were drawn with the highest probability that any spending can bring about, the bound, so
that they are the same under all policies.  A candidate therefore counts with the ratio of the
probability of the moment to that bound: together they make the probability of the moment.  Tips of
platforms hang on nothing that a policy moves, so all of theirs count.

Whether it counts is a comparison of the candidate's uniform, which is drawn with the world, with
that ratio.  Candidates of notice and recognition carry the comparison solved for what a policy can
move, the hazard of notice or the recognition of the moment: what they *need*.
"""

from __future__ import annotations

import numpy as np

from streetlight.model.compiled import part, phase
from streetlight.model.equations import (
    FULLY,
    accepted,
    added,
    applied,
    disclosure,
    disclosure_barrier,
    group_of,
    looked,
    most_looked,
    notice_hazard,
    p_step,
    recognition,
    tool_coverage,
    with_unit,
)
from streetlight.model.names import HIGH_RISK, N_SECTORS, Channel, Tally
from streetlight.model.week.calendar import count, due, entered, still_open
from streetlight.model.week.spells import is_blaming, is_told, occasion_draws
from streetlight.model.world.occasions import seen_at_rest, visibility_of
from streetlight.model.world.rows import TRAIT_BITS
from streetlight.model.world.state import (
    AttentionRow,
    Block,
    Bought,
    Calendar,
    Count,
    Covered,
    Hand,
    Kind,
    Public,
)

TRAITS = (1 << TRAIT_BITS) - 1


@part
def signal(s, i, channel, when):
    """Someone sees; channel -1: and makes no report."""
    row = s.spells[i]
    if row.signal_at < 0:
        row.signal_at = when.step
        count(s, Tally.RECOGNISED, row.community, when)
    if channel >= 0:
        n = s.counts[Count.SIGNALS]
        s.handed[Hand.SIGNALS, n], s.handed[Hand.SIGNAL_CHANNEL, n] = i, channel
        s.counts[Count.SIGNALS] = n + 1


@part
def recognise_self(s, i, when):
    """A candidate of self-recognition: always accepted if told, less often if not."""
    row, rates = s.spells[i], s.rates[0]
    if row.knew_at >= 0:
        return
    if not is_told(s, row):
        u = occasion_draws(s, row, Kind.RECOGNISE_SELF, when.step)[0]
        if not accepted(u, rates.p_self, rates.p_self_bound):
            return
    row.knew_at = when.step
    count(s, Tally.KNEW, row.community, when)


@part
def tell_someone(s, i, when):
    """A candidate of disclosure by a youth who knows: to a formal body, a peer or an adult."""
    row, rates = s.spells[i], s.rates[0]
    if row.knew_at < 0:
        return
    c = row.community
    u = occasion_draws(s, row, Kind.DISCLOSE, when.step)
    coverage = added(rates.channel_base, s.conditions[Bought.CHANNEL, c])
    m = disclosure_barrier(rates, s.communities[c].acquaintance, row.traits)
    h = disclosure(rates, m, is_blaming(s, row), coverage * s.conditions[Public.AWARENESS, c])
    if not accepted(u[0], p_step(h), p_step(rates.h_disclose_bound)):
        return
    channel = -1  # a confidant who does not act
    if u[1] < rates.formal_share:
        channel = Channel.SELF
    elif u[2] < rates.confidant_acts:
        channel = Channel.CONFIDANT
    signal(s, i, channel, when)


@part
def covered_by_tool(s, sector, c, traits):
    """Share of contacts of a youth with a sector in which the screening tool is used."""
    universal = s.conditions[Bought.SCREENING_UNIVERSAL, c]
    targeted = s.conditions[Bought.SCREENING_TARGETED, c]
    return tool_coverage(s.rates[0].tool[sector], universal, targeted, (traits & HIGH_RISK) != 0)


@part
def recognition_now(s, sector, c, traits):
    """Probability of recognition at a contact in this step, apart from the ramp."""
    skill, denial = s.conditions[Block.SKILL + sector, c], s.conditions[Block.DENIAL + sector, c]
    covered = covered_by_tool(s, sector, c, traits)
    return recognition(s.rates[0], sector, skill, denial, covered, traits)


@part
def unit_looks(s, sector, c):
    """Whether a unit makes more contacts here than what an occasion needs was worked out for."""
    return s.rates[0].unit_ratio[sector] > 1.0 and s.conditions[Covered.UNIT, c] > 0.0


@part
def enough(s, kind, c, traits, needed):
    """Whether conditions in community c reach what an occasion needs to count.

    Where a unit looks that is settled later, in `seen_by_unit`.
    """
    if kind == Kind.NOTICE:
        awareness, denial = s.conditions[Public.AWARENESS, c], s.conditions[Public.DENIAL, c]
        return notice_hazard(s.rates[0], awareness, denial, traits, FULLY) > needed
    sector = kind - Kind.SCHOOL
    return unit_looks(s, sector, c) or recognition_now(s, sector, c, traits) > needed


@part
def reached(s, step, kind):
    """Put the spells with an occasion of notice or of a sector that counts into `items`.

    As `due`, but most occasions are turned down by what they need, and without their spell, which
    is what takes time.  Returns how many are left.
    """
    n, items, column = 0, s.handed[Hand.ITEMS], Calendar.PREPARED + kind
    for a in range(s.calendar[step, column], s.calendar[step, column + 1]):
        occasion = s.prepared[a]
        c, traits = np.int64(occasion.who >> TRAIT_BITS), np.int64(occasion.who & TRAITS)
        items[n] = occasion.spell
        n += enough(s, kind, c, traits, occasion.needed)
    n_entered = entered(s, step, kind, n)
    for j in range(n, n_entered):
        row = s.spells[items[j]]
        items[n] = items[j]
        n += enough(s, kind, row.community, row.traits, s.scratch[j])
    return still_open(s, n)


@part
def visibility(s, row):
    """How visible a youth is to the public and to responders, 1 where all are alike."""
    if not s.rates[0].visibility_on:
        return 1.0
    return visibility_of(s.world, s.rates[0], s.communities[row.community].key, row)


@part
def seen_by_unit(s, i, sector, when):
    """Whether a candidate of recognition counts where a unit looks.

    Contacts and what money adds to recognition weigh apart where places differ in effort.
    Candidates were drawn as if a unit looked everywhere: without one fewer of them are contacts.
    """
    row, rates = s.spells[i], s.rates[0]
    c, p, bound = row.community, recognition_now(s, sector, row.community, row.traits), 0.0
    hazard = visibility(s, row) * rates.h_contact[group_of(row.traits), sector]
    most = rates.unit_ratio[sector]
    times = applied(most, s.conditions[Covered.UNIT, c])
    if rates.effort_on:
        attention = s.attention[when.year]
        rest = seen_at_rest(rates, s.conditions, sector, row)
        effort, weight = attention[AttentionRow.EFFORT, c], attention[AttentionRow.WEIGHT, c]
        own, bought = with_unit(effort, weight, times)
        p = looked(p_step(hazard * own), p_step(hazard * bought), rest, p)
        own, bought = with_unit(effort, weight, most)
        bound = p_step(hazard * most_looked(own, bought, rest, rates.bound[sector]))
    else:
        p, bound = p * p_step(hazard * times), rates.bound[sector] * p_step(hazard * most)
    return accepted(occasion_draws(s, row, Kind.SCHOOL + sector, when.step)[0], p, bound)


@phase
def disclose(s, when):
    """Phase *disclose*: self-recognition, then disclosure; a youth may do both in one step."""
    s.counts[Count.SIGNALS] = 0
    for j in range(due(s, when.step, Kind.RECOGNISE_SELF)):
        recognise_self(s, s.handed[Hand.ITEMS, j], when)
    for j in range(due(s, when.step, Kind.DISCLOSE)):
        tell_someone(s, s.handed[Hand.ITEMS, j], when)


@phase
def notice(s, when):
    """Phase *notice*: the public."""
    for j in range(reached(s, when.step, Kind.NOTICE)):
        signal(s, s.handed[Hand.ITEMS, j], Channel.PUBLIC, when)


@phase
def encounter(s, when):
    """Phase *encounter*: responders, sector by sector, then platforms."""
    for sector in range(N_SECTORS):
        for j in range(reached(s, when.step, Kind.SCHOOL + sector)):
            i = s.handed[Hand.ITEMS, j]
            if not unit_looks(s, sector, s.spells[i].community) or seen_by_unit(s, i, sector, when):
                signal(s, i, Channel.SCHOOL + sector, when)
    for j in range(due(s, when.step, Kind.PLATFORM)):
        signal(s, s.handed[Hand.ITEMS, j], Channel.PLATFORM, when)
