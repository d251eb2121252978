"""Orders of communities: ranks, how far two orders agree, and who is in which stretch of one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from streetlight.model.arrays import FloatArray


def ranks(values: FloatArray) -> FloatArray:
    """Average ranks 1..n; equal values share a rank."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    shared: FloatArray = (last - (sizes - 1) / 2)[group]
    return shared


def rank_agreement(first: FloatArray, second: FloatArray) -> float:
    """Spearman's correlation; NaN with fewer than two values or when either is constant."""
    if first.size < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return math.nan
    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


def membership(values: FloatArray, edges: Sequence[int]) -> FloatArray:
    """Part (0..1) of each value in each stretch of the order from the most, (n, len(edges) - 1).

    edges: how many places come before each stretch, and before the end of the last. Values that tie
    across an edge share the places on both sides, so that no order of the file decides.
    """
    _, group, sizes = np.unique(-values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    low, high = np.array(edges[:-1]), np.array(edges[1:])
    inside = np.minimum(last[:, None], high) - np.maximum((last - sizes)[:, None], low)
    parts: FloatArray = (np.maximum(inside, 0) / sizes[:, None])[group]
    return parts


def top_size(n: int) -> int:
    """Size of the top of n communities: ten, or a quarter where they are fewer than 40.

    A place in a top that holds most of the communities would say nothing.
    """
    return max(1, min(10, n // 4))
