"""Phase *record*: running totals of the truth and of awareness.

What agencies write down is settled before, at each report (`assess.enter_books`).
"""

from __future__ import annotations

from streetlight.model.compiled import phase
from streetlight.model.world.state import Block, Public, Stock


@phase
def record(s, when):
    """Phase *record*: add this step to the running totals."""
    for c in range(s.communities.shape[0]):
        k = s.communities[c].place_class
        active = int(s.conditions[Block.ACTIVE, c])
        s.yearly[Stock.ACTIVE_STEPS, when.year, c] += active
        s.yearly[Stock.KNOWN_STEPS, when.year, c] += int(s.conditions[Block.KNOWN_ACTIVE, c])
        s.monthly[Stock.ACTIVE_STEPS, when.month, k] += active
        s.conditions[Block.AWARENESS_SUM + when.month, c] += s.conditions[Public.AWARENESS, c]
