"""What is due in a step, and the ledger in which phases count what happens."""

from __future__ import annotations

from streetlight.model.compiled import part
from streetlight.model.names import End
from streetlight.model.world.state import Calendar, Count, Hand


@part
def count(s, tally, c, when):
    """Add one to a tally of community c."""
    s.yearly[tally, when.year, c] += 1
    s.monthly[tally, when.month, s.communities[c].place_class] += 1


@part
def push(s, step, kind, item):
    """Enter one item (a spell, or a case to decide) in the calendar: one row of `nodes`."""
    node = s.counts[Count.NODES]
    s.counts[Count.NODES] = node + 1
    s.nodes[node, 0] = item
    s.nodes[node, 1] = s.calendar[step, Calendar.HEAD + kind]
    s.calendar[step, Calendar.HEAD + kind] = node
    s.calendar[step, Calendar.ENTERED] += 1


@part
def entered(s, step, kind, n):
    """Put what was pushed for a step and kind into `items` from position n, the last one first.

    Returns the new n.
    """
    node = s.calendar[step, Calendar.HEAD + kind]
    while node >= 0:
        s.handed[Hand.ITEMS, n] = s.nodes[node, 0]
        n += 1
        node = s.nodes[node, 1]
    return n


@part
def due(s, step, kind):
    """Put the spells with an occasion of a kind in this step into `items`, prepared and pushed.

    Spells that are closed are left out.  Returns how many; whoever goes through them must not ask
    for others before the end, as there is one list of `items`.  A pass before the work is done: the
    rows are fetched all at once instead of one by one, which is most of what an occasion costs.
    """
    n, items, column = 0, s.handed[Hand.ITEMS], Calendar.PREPARED + kind
    for a in range(s.calendar[step, column], s.calendar[step, column + 1]):
        items[n] = s.prepared[a]
        n += 1
    n = entered(s, step, kind, n)
    kept = 0
    for j in range(n):
        i = items[j]
        items[kept] = i
        kept += s.spells[i].end_reason == End.OPEN
    return kept
