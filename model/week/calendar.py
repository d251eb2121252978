"""What is due in a step, and where phases write what happens: counts and touches of cases."""

from __future__ import annotations

import numpy as np

from streetlight.model.compiled import part
from streetlight.model.names import End
from streetlight.model.world.rows import ENTRIES
from streetlight.model.world.state import Calendar, Count, Hand


@part
def count(s, tally, c, when):
    """Add one to a tally of community c."""
    s.yearly[tally, when.year, c] += 1
    s.monthly[tally, when.month, s.communities[c].place_class] += 1


@part
def touch(s, case, channel, step, is_report, recorded):
    """Write a touch into the case file; recorded: whether it is a report in the books."""
    n = s.counts[Count.TOUCHES]
    s.counts[Count.TOUCHES] = n + 1
    row = s.touches[n]
    row.case, row.channel, row.step, row.report = case, channel, step, is_report
    row.recorded = recorded


@part
def push(s, step, kind, subject, needed):
    """Enter a spell, or a case to decide, in the calendar: in the last of its `nodes`."""
    before = np.int64(s.calendar[step, Calendar.LAST + kind])
    entry = before + 1
    if entry % ENTRIES == 0:  # the last node is full, or there is none
        n = s.counts[Count.NODES]
        s.counts[Count.NODES] = n + 1
        s.nodes[n].before = before
        entry = n * ENTRIES
    s.calendar[step, Calendar.LAST + kind] = entry
    node, i = s.nodes[entry // ENTRIES], entry % ENTRIES
    node.subject[i], node.needed[i] = subject, needed
    s.calendar[step, Calendar.ENTERED] += 1


@part
def entered(s, step, kind, n):
    """Put what was pushed for a step and kind into `items` from position n, the last one first.

    What each needs goes into `scratch`.  Returns the new n.
    """
    entry = np.int64(s.calendar[step, Calendar.LAST + kind])
    while entry >= 0:
        node = s.nodes[entry // ENTRIES]
        for i in range(entry % ENTRIES, -1, -1):
            s.handed[Hand.ITEMS, n], s.scratch[n] = node.subject[i], node.needed[i]
            n += 1
        entry = np.int64(node.before)
    return n


@part
def due(s, step, kind):
    """Put the spells with an occasion of a kind in this step into `items`, prepared and pushed.

    Spells that are closed are left out.  Returns how many; whoever goes through them must not ask
    for others before the end, as there is one list of `items`.
    """
    n, items, column = 0, s.handed[Hand.ITEMS], Calendar.PREPARED + kind
    for a in range(s.calendar[step, column], s.calendar[step, column + 1]):
        items[n] = s.prepared[a].spell
        n += 1
    return still_open(s, entered(s, step, kind, n))


@part
def still_open(s, n):
    """Keep the first n `items` whose spells are open; returns how many.

    A pass before the work is done: the rows are fetched all at once instead of one by one.
    """
    kept, items = 0, s.handed[Hand.ITEMS]
    for j in range(n):
        i = items[j]
        items[kept] = i
        kept += s.spells[i].end_reason == End.OPEN
    return kept
