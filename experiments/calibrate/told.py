"""What targets say of the numbers that are free: which they fix, and which they leave open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streetlight.model.arrays import FloatArray

#: A direction is told if half a range along it moves the targets by this much, in tolerances.
LEAST = 1.0
#: A number is open alone if nearly all of it lies in directions that are not told, and in part if
#: more than this does.
ALONE, IN_PART = 0.95, 0.3
#: A number stands at an end if it is nearer than this, in halves of its range.
NEAR = 0.02


@dataclass(frozen=True)
class Identified:
    """n_told: independent directions that the targets tell; alone: numbers (by position) that no
    target tells; together: numbers of which the targets tell combinations alone."""

    n_told: int
    alone: tuple[int, ...]
    together: tuple[int, ...]


def identified(slopes: FloatArray) -> Identified:
    """What slopes (T, n), in tolerances by half a range, say of n numbers."""
    _, sizes, directions = np.linalg.svd(slopes)
    n_told = int((sizes >= LEAST).sum())
    open_part = np.sqrt((directions[n_told:] ** 2).sum(axis=0))
    alone = np.flatnonzero(open_part > ALONE)
    together = np.flatnonzero((open_part > IN_PART) & (open_part <= ALONE))
    return Identified(n_told, tuple(alone.tolist()), tuple(together.tolist()))
