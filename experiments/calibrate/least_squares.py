"""The fit of free numbers: bounded least squares, with the departure from where they stood."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from streetlight.experiments.calibrate.free import FreeNumber, steps_at_ends, values_at
from streetlight.model.arrays import FloatArray

#: Step of a difference quotient, in halves of a range: wide enough that what is rounded to whole
#: weeks moves.
STEP = 0.02
#: What every miss is worth where values cannot hold together.
IMPOSSIBLE = 1e3
MOST_EVALUATIONS = 40

#: From values (n,) to how far each aim is missed (m,), in tolerances; ValueError where they cannot
#: hold together.
Misses = Callable[[FloatArray], FloatArray]


def fit_steps(
    free: Sequence[FreeNumber],
    misses: Misses,
    weight: float = 1.0,
    start: FloatArray | None = None,
    radius: float = np.inf,
) -> FloatArray:
    """Steps (n,) at which misses and departures have the smallest sum of squares.

    weight: what a departure by half a range counts for, in tolerances; radius: the farthest that
    a step may be from `start`.
    """
    from scipy.optimize import least_squares

    low, high = steps_at_ends(free)
    start = np.clip(np.zeros(len(free)) if start is None else start, low, high)
    low, high = np.maximum(low, start - radius), np.minimum(high, start + radius)
    size = len(misses(values_at(free, start)))

    def residuals(steps: FloatArray) -> FloatArray:
        try:
            found = misses(values_at(free, steps))
        except ValueError:
            found = np.full(size, IMPOSSIBLE)
        return np.concatenate([found, weight * steps])

    def slopes(steps: FloatArray) -> FloatArray:
        return np.vstack([slopes_of(free, misses, steps), weight * np.eye(len(free))])

    found = least_squares(
        residuals, start, jac=slopes, bounds=(low, high), max_nfev=MOST_EVALUATIONS,
        ftol=1e-4, xtol=1e-4, gtol=1e-4,
    )  # fmt: skip
    return np.asarray(found.x)


def slopes_of(
    free: Sequence[FreeNumber], misses: Misses, steps: FloatArray, step: float = STEP
) -> FloatArray:
    """How misses (m,) change with each number, (m, n), by difference quotients into the range.

    A number that can be moved neither way, as values cannot hold together, counts as without
    effect.
    """
    (_, high), now = steps_at_ends(free), misses(values_at(free, steps))
    out = np.zeros((len(now), len(free)))
    for j in range(len(free)):
        up = step if steps[j] + step <= high[j] else -step
        for by in (up, -up):
            moved = steps.copy()
            moved[j] += by
            try:
                out[:, j] = (misses(values_at(free, moved)) - now) / by
            except ValueError:
                continue
            break
    return out
