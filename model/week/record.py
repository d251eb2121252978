"""Phase *record*: running totals."""

from __future__ import annotations

from streetlight.model.columns import Public
from streetlight.model.compiled import phase

_AWARENESS = int(Public.AWARENESS)


@phase
def record(s, when):
    """Phase *record*: add this step to the running totals."""
    for c in range(s.places.shape[0]):
        k = s.places[c].place_class
        s.person_steps[0, when.year, c] += s.active[0, c]
        s.person_steps[1, when.year, c] += s.active[1, c]
        s.active_sum[when.month, k] += s.active[0, c]
        s.awareness_sum[when.month, c] += s.public[_AWARENESS, c]
