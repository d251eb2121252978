"""How a spell starts, ends, and is followed by another (phases *exits* and *onsets*)."""

from __future__ import annotations

import numpy as np

from streetlight.model.columns import (
    BLAMES,
    N_PREPARED,
    UNBLAMABLE,
    Bought,
    Count,
    End,
    Kind,
    Outcome,
    Public,
    Tally,
)
from streetlight.model.compiled import kernel, phase
from streetlight.model.draws import Decision, uniforms
from streetlight.model.equations import group_of, onset_kept, steps_until_again
from streetlight.model.world.victimization import draw_spell, occasions

_CLOCK = int(Decision.CLOCK)
_OPEN, _NATURAL, _AGED = int(End.OPEN), int(End.NATURAL), int(End.AGED_OUT)
_IDENTIFIED, _PREVENTED, _AHEAD = int(End.IDENTIFIED), int(End.PREVENTED), int(End.AHEAD)
_START, _EXIT = int(Kind.START), int(Kind.EXIT)
_WAITING, _ENDED = int(Outcome.WAITING), int(Outcome.SPELL_ENDED)
_N_SPELLS, _N_NODES = int(Count.SPELLS), int(Count.NODES)
_FIRST, _LATER, _NOT = int(Tally.FIRST_ONSETS), int(Tally.LATER_ONSETS), int(Tally.PREVENTED)
_TOLD, _GROUPS, _ECONOMIC = int(Public.TOLD), int(Public.PREVENTION), int(Bought.ECONOMIC)
_LAST_ORDINAL = 62


@kernel
def count(s, tally, c, when):
    """Add one to a tally of community c."""
    s.yearly[tally, when.year, c] += 1
    s.monthly[tally, when.month, s.places[c].place_class] += 1


@kernel
def push(s, step, kind, item):
    """Enter an item (a spell, or a case to decide) in the calendar."""
    node = s.counts[_N_NODES]
    s.counts[_N_NODES] = node + 1
    s.nodes[node, 0] = item
    s.nodes[node, 1] = s.head[step, kind]
    s.head[step, kind] = node
    s.n_due[0, step] += 1


@kernel
def due(s, step, kind):
    """Put the spells with an occasion of a kind in this step that are still open into `items`.

    Returns how many.  One pass before the work is done: the rows are fetched all at once instead
    of one by one, which is most of what an occasion costs.
    """
    n = 0
    bucket = step * N_PREPARED + kind
    for a in range(s.prepared_start[bucket], s.prepared_start[bucket + 1]):
        i = np.int64(s.prepared[a])
        s.items[n] = i
        n += s.spells[i].end_reason == _OPEN
    node = s.head[step, kind]
    while node >= 0:
        i = np.int64(s.nodes[node, 0])
        s.items[n] = i
        n += s.spells[i].end_reason == _OPEN
        node = s.nodes[node, 1]
    return n


@kernel
def is_told(s, row):
    """Whether the youth has been told by now: its clock against the community's hazard."""
    return s.told_hazard[group_of(row.traits), row.community] >= row.told_at


@kernel
def is_blaming(s, row):
    """Whether the youth blames itself: being told ends that for the unblamable."""
    if (row.traits & BLAMES) == 0:
        return False
    if (row.traits & UNBLAMABLE) == 0:
        return True
    return not is_told(s, row)


@kernel
def begin(s, i, when):
    """Start a spell, or prevent a first one."""
    row = s.spells[i]
    c, rates = row.community, s.rates[0]
    if row.ordinal == 0:
        place = s.places[c]
        kept = onset_kept(rates, s.public[_GROUPS, c], s.bought[_ECONOMIC, c], place.poor)
        if kept < 1.0:
            if uniforms(s.world, place.key, row.number, _CLOCK, 0, 0)[2] >= kept:
                row.end_reason = _PREVENTED
                row.end = row.start
                count(s, _NOT, c, when)
                return
    count(s, _FIRST if row.ordinal == 0 else _LATER, c, when)
    row.end_reason = _OPEN
    if not rates.told_on:
        row.told_at = np.inf
    elif row.told_before < s.public[_TOLD, c]:
        row.told_at = -1.0
    else:
        g = group_of(row.traits)
        row.told_at += s.told_hazard[g, c] - s.told_step[g, c]
    s.active[0, c] += 1


@kernel
def begin_later(s, i, out):
    """Draw a later spell at its start: its policy-free end and its occasions."""
    row = s.spells[i]
    rates, key = s.rates[0], s.places[row.community].key
    row.traits &= ~np.uint16(BLAMES | UNBLAMABLE)
    length = draw_spell(s.world, rates, key, row)
    start, n_steps = row.start, s.head.shape[0]
    length = min(length, row.age_out - start)
    row.end = start + length
    k = occasions(s.world, rates, key, row, length, out)
    for j in range(k):
        if start + out[0, j] < n_steps:
            push(s, start + out[0, j], out[1, j], i)
    if start + length < n_steps:
        push(s, start + length, _EXIT, i)


@kernel
def plan_next(s, i, step, served):
    """Enter the youth's next spell, if its clock lets one start before 18 and the horizon."""
    row = s.spells[i]
    rates, place = s.rates[0], s.places[row.community]
    if not rates.again_on or row.ordinal >= _LAST_ORDINAL:
        return
    u = uniforms(s.world, place.key, row.number, _CLOCK, row.ordinal, 0)[1]
    start = step + steps_until_again(rates, place.again, -np.log(u), served)
    if start >= row.age_out or start >= s.head.shape[0]:
        return
    j = s.counts[_N_SPELLS]
    s.counts[_N_SPELLS] = j + 1
    later = s.spells[j]
    later.community, later.number, later.traits = row.community, row.number, row.traits
    later.ordinal = row.ordinal + 1
    later.start, later.end, later.age_out = start, start, row.age_out
    later.end_reason = _AHEAD
    later.knew_at = later.signal_at = later.known_at = later.case = -1
    later.first_channel = -1
    later.closed_cases = later.n_reports = 0
    later.stage = 0
    s.n_due[1, start] += 1
    push(s, start, _START, j)


@kernel
def finish(s, i, step, reason):
    """End a spell; a case still waiting closes with it and leaves the queue."""
    row = s.spells[i]
    row.end = step
    row.end_reason = reason
    s.active[0, row.community] -= 1
    if row.known_at >= 0:
        s.active[1, row.community] -= 1
    if row.case >= 0 and reason != _IDENTIFIED:
        case = s.cases[row.case]
        if case.outcome == _WAITING:
            case.outcome = _ENDED
            case.closed = step
            row.case = -1
            s.pools[s.places[row.community].pool].backlog -= 1


@phase
def exits(s, when):
    """Phase *exits*: natural exits and ageing out due in this step."""
    step = when.step
    for j in range(due(s, step, _EXIT)):
        i = s.items[j]
        reason = _AGED if step >= s.spells[i].age_out else _NATURAL
        finish(s, i, step, reason)
        if reason == _NATURAL and s.rates[0].again_any_end:
            plan_next(s, i, step, False)


@phase
def onsets(s, when):
    """Phase *onsets*: first and later spells that start in this step."""
    for i in range(s.first_start[when.step], s.first_start[when.step + 1]):
        s.spells[i] = s.drawn[i]
        begin(s, i, when)
    node = s.head[when.step, _START]
    while node >= 0:
        later = np.int64(s.nodes[node, 0])
        begin_later(s, later, s.scratch)
        begin(s, later, when)
        node = s.nodes[node, 1]
