"""Phase *record*: running totals."""

from __future__ import annotations

from streetlight.model.compiled import phase
from streetlight.model.world.state import Block, Public, Stock


@phase
def record(s, when):
    """Phase *record*: add this step to the running totals."""
    active, known = s.conditions[Block.ACTIVE], s.conditions[Block.KNOWN_ACTIVE]
    steps, known_steps = s.yearly[Stock.ACTIVE, when.year], s.yearly[Stock.KNOWN, when.year]
    for c in range(active.shape[0]):
        steps[c] += int(active[c])
        known_steps[c] += int(known[c])
    awareness = s.conditions[Public.AWARENESS]
    total = s.conditions[Block.AWARENESS_SUM + when.month]
    for c in range(total.shape[0]):
        total[c] += awareness[c]
    by_class = s.monthly[Stock.ACTIVE, when.month]
    for c in range(active.shape[0]):
        by_class[s.communities[c].place_class] += int(active[c])
