"""Phase *record* (running totals), and who publishes."""

from __future__ import annotations

from model.columns import Public
from model.compiled import kernel
from model.draws import Decision, uniforms

_TAKES_PART = int(Decision.TAKES_PART)
_AWARENESS = int(Public.AWARENESS)


@kernel
def publishers(world, places, n_years, out):
    """Which communities take part in publication in which year: fills out (n_years, C)."""
    for c in range(places.shape[0]):
        for year in range(n_years):
            u = uniforms(world, places[c].key, year, _TAKES_PART, 0, 0)[0]
            out[year, c] = u < places[c].takes_part


@kernel
def record(s, when):
    """Phase *record*: add this step to the running totals."""
    for c in range(s.places.shape[0]):
        k = s.places[c].place_class
        s.person_steps[0, when.year, c] += s.active[0, c]
        s.person_steps[1, when.year, c] += s.active[1, c]
        s.active_sum[when.month, k] += s.active[0, c]
        s.awareness_sum[when.month, c] += s.public[_AWARENESS, c]
