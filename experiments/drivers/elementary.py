"""Elementary effects of Morris: what a step of one input alone does to y.

A step along the grid covers 2/3 of a number's quantiles (with 4 levels); its effect is the change
of y over the step's length, that is as if it went on over the whole range. A switch or choice has
no range: whatever the length of the step, its value has changed or not. So its effect is the plain
change of y, over the steps that change the value, and the two can be ranked together: y = 10 when a
switch is on, plus 10 times a number's quantile, gives 10 and 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streetlight.model.arrays import FloatArray

IntArray = NDArray[np.intp]

#: Fewer effects than this have no standard error.
FEWEST = 2


def step_of(levels: int) -> float:
    """Length of a step on a grid of so many levels from 0 to 1."""
    return levels / (2 * (levels - 1))


def changes(x: FloatArray, y: FloatArray, j: int) -> tuple[FloatArray, IntArray]:
    """What the steps of input j did to y, upwards in x, and their lower and upper points.

    x: trajectories of d + 1 points one after another (N, d); y: (N,). Returns (r,) and (r, 2), one
    row a trajectory, in which each input moves once.
    """
    size = x.shape[1] + 1
    before = np.flatnonzero(x[1:, j] != x[:-1, j])
    before = before[(before + 1) % size != 0]  # from one trajectory to the next is no step
    up = x[before + 1, j] > x[before, j]
    ends = np.stack([np.where(up, before, before + 1), np.where(up, before + 1, before)], axis=1)
    return y[ends[:, 1]] - y[ends[:, 0]], ends


def of_number(x: FloatArray, y: FloatArray, j: int, step: float) -> FloatArray:
    """Effects (r,) of a number, for its whole range."""
    return np.asarray(changes(x, y, j)[0] / step)


def of_choice(x: FloatArray, y: FloatArray, j: int, codes: IntArray) -> FloatArray:
    """Effects of a choice whose values are codes (N,): one a step that changes the value."""
    change, ends = changes(x, y, j)
    return np.asarray(change[codes[ends[:, 0]] != codes[ends[:, 1]]])


def never_met(x: FloatArray, j: int, codes: IntArray, n: int) -> list[tuple[int, int]]:
    """Pairs of a choice's n values between which no step goes."""
    _, ends = changes(x, np.zeros(len(x)), j)
    met = {(min(pair), max(pair)) for pair in codes[ends].tolist()}
    return [pair for pair in combinations(range(n), 2) if pair not in met]


def codes_of(column: Sequence[Any], values: Sequence[Any]) -> IntArray:
    """The place of each value of a column among the values of its choice, (N,)."""
    return np.array([values.index(one) for one in column], dtype=np.intp)


def mean_and_half(effects: FloatArray) -> tuple[float, float]:
    """mu_star, and half its 95% interval: 1.96 standard errors of the mean absolute effect."""
    size = np.abs(effects)
    return float(size.mean()), float(1.959964 * size.std(ddof=1) / np.sqrt(len(size)))
