"""How a spell starts, ends, and is followed by another (phases *exits* and *onsets*)."""

from __future__ import annotations

import numpy as np

from streetlight.model.compiled import part, phase
from streetlight.model.draws import Decision, uniforms
from streetlight.model.equations import group_of, onset_kept, steps_until_again, still_blames
from streetlight.model.names import BLAMES, SERVED, UNBLAMABLE, End, Outcome, Tally
from streetlight.model.week.calendar import count, due, entered, push
from streetlight.model.world.occasions import MOST_OFFSETS, occasion_uniforms, occasions
from streetlight.model.world.state import Block, Bought, Calendar, Count, Hand, Kind, Public
from streetlight.model.world.victimization import draw_spell, until_it_ends

_LAST_ORDINAL = 62  # a draw has 6 bits for the spell, and 63 stands for no spell (false cases)


@part
def is_told(s, row):
    """Whether the youth has been told by now: its clock against the community's hazard."""
    hazard = s.conditions[Block.TOLD_HAZARD + group_of(row.traits), row.community]
    return hazard >= row.told_threshold


@part
def is_blaming(s, row):
    """Whether the youth blames itself by now."""
    return still_blames(row.traits, is_told(s, row))


@part
def occasion_draws(s, row, kind, step):
    """The four uniforms of an occasion; who has which lane is listed at `Decision.OCCASION`."""
    key = s.communities[row.community].key
    return occasion_uniforms(s.world, key, row, kind, step - row.start)


@part
def begin(s, i, when):
    """Start a spell, or prevent a first one."""
    row = s.spells[i]
    c, rates = row.community, s.rates[0]
    if row.ordinal == 0:
        community = s.communities[c]
        groups, support = s.conditions[Public.PREVENTION, c], s.conditions[Bought.ECONOMIC, c]
        kept = onset_kept(rates, groups, support, community.poor)
        if kept < 1.0:
            if uniforms(s.world, community.key, row.number, Decision.CLOCK, 0, 0)[2] >= kept:
                row.end_reason = End.PREVENTED
                row.end = row.start
                count(s, Tally.PREVENTED, c, when)
                return
    count(s, Tally.FIRST_ONSETS if row.ordinal == 0 else Tally.LATER_ONSETS, c, when)
    row.end_reason = End.OPEN
    if not rates.told_on:
        row.told_threshold = np.inf
    elif row.told_before < s.conditions[Public.TOLD, c]:
        row.told_threshold = -1.0
    else:
        g = group_of(row.traits)
        before = s.conditions[Block.TOLD_HAZARD + g, c] - s.conditions[Block.TOLD_STEP + g, c]
        row.told_threshold += before
    s.conditions[Block.ACTIVE, c] += 1


@part
def begin_later(s, i, out):
    """Draw a later spell at its start: its policy-free end and its occasions."""
    row = s.spells[i]
    rates, community = s.rates[0], s.communities[row.community]
    length = draw_spell(s.world, rates, community.key, row)
    start, n_steps = row.start, s.calendar.shape[0] - 1
    length = until_it_ends(rates, length, row.age_out - start)
    row.end = start + length
    seen = min(length, n_steps - start, MOST_OFFSETS)
    needed = s.scratch
    k = occasions(s.world, rates, s.attention, s.conditions, community, row, seen, out, needed)
    for j in range(k):
        if start + out[0, j] < n_steps:
            push(s, start + out[0, j], out[1, j], i, needed[j])
    if start + length < n_steps:
        push(s, start + length, Kind.EXIT, i, 0.0)


@part
def plan_next(s, i, step):
    """Enter the youth's next spell, if its clock lets one start before 18 and the horizon."""
    row = s.spells[i]
    rates, community = s.rates[0], s.communities[row.community]
    if not rates.again_on or row.ordinal >= _LAST_ORDINAL:
        return
    u = uniforms(s.world, community.key, row.number, Decision.CLOCK, row.ordinal, 0)[1]
    start = step + steps_until_again(rates, community.again, -np.log(u), row.stage & SERVED != 0)
    if start >= row.age_out or start >= s.calendar.shape[0] - 1:
        return
    j = s.counts[Count.SPELLS]
    s.counts[Count.SPELLS] = j + 1
    later = s.spells[j]
    later.community, later.number, later.traits = row.community, row.number, row.traits
    later.ordinal = row.ordinal + 1
    later.start, later.end, later.age_out = start, start, row.age_out
    later.end_reason = End.AHEAD
    later.knew_at = later.signal_at = later.known_at = later.case = -1
    later.first_channel = -1
    later.closed_cases = later.n_reports = 0
    later.stage = 0
    s.calendar[start, Calendar.LATER] += 1
    push(s, start, Kind.START, j, 0.0)


@part
def finish(s, i, step, reason):
    """End a spell; a case still waiting closes with it and leaves the queue."""
    row = s.spells[i]
    row.end = step
    row.end_reason = reason
    s.conditions[Block.ACTIVE, row.community] -= 1
    if row.known_at >= 0:
        s.conditions[Block.KNOWN_ACTIVE, row.community] -= 1
    if row.case >= 0 and reason != End.IDENTIFIED:
        case = s.cases[row.case]
        if case.outcome == Outcome.WAITING:
            case.outcome = Outcome.SPELL_ENDED
            case.closed = step
            row.case = -1
            s.pools[s.communities[row.community].pool].backlog -= 1


@phase
def exits(s, when):
    """Phase *exits*: natural exits and ageing out due in this step."""
    step = when.step
    for j in range(due(s, step, Kind.EXIT)):
        i = s.handed[Hand.ITEMS, j]
        at_18 = s.rates[0].ageing_out and step >= s.spells[i].age_out
        reason = End.AGED_OUT if at_18 else End.NATURAL
        finish(s, i, step, reason)
        if reason == End.NATURAL and s.rates[0].again_any_end:
            plan_next(s, i, step)


@phase
def onsets(s, when):
    """Phase *onsets*: first and later spells that start in this step."""
    step = when.step
    for i in range(s.calendar[step, Calendar.FIRST], s.calendar[step + 1, Calendar.FIRST]):
        s.spells[i] = s.drawn[i]
        begin(s, i, when)
    n = entered(s, step, Kind.START, 0)
    for j in range(n):  # all rows at once, as in `still_open`
        s.spells[s.handed[Hand.ITEMS, j]].traits &= ~np.uint16(BLAMES | UNBLAMABLE)
    for j in range(n):
        later = s.handed[Hand.ITEMS, j]
        begin_later(s, later, s.handed[Hand.OCCASIONS : Hand.OCCASION_KIND + 1])
        begin(s, later, when)
