"""Means over runs with their Monte-Carlo intervals, kept apart from the spread over futures.

A sample is one number a world (future, replicate); `future` says which future a world belongs to.
Futures weigh the same. The interval is about the luck of the replicates in the futures that were
run; how far futures lie apart is a different question and is given as the futures' own means.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from streetlight.model.arrays import FloatArray, IntArray

LEVEL = 0.95


@dataclass(frozen=True)
class RunMean:
    """A mean over runs.

    mean: mean of the futures' means; low, high: its Monte-Carlo interval, NaN unless every future
    has two replicates; futures: one mean a future with a defined value; n_runs: worlds used.
    """

    mean: float
    low: float
    high: float
    futures: tuple[float, ...]
    n_runs: int

    @property
    def has_interval(self) -> bool:
        """Whether the replicates allow an interval."""
        return math.isfinite(self.low)

    @property
    def covers_zero(self) -> bool:
        """Whether zero cannot be ruled out, as always without an interval."""
        return not (self.low > 0 or self.high < 0)


def estimate(values: FloatArray, future: IntArray, level: float = LEVEL) -> RunMean:
    """Mean of `values` (W,) over worlds, `future` (W,) being each world's future; NaN is left out.

    The interval is that of `experiments.analyse.intervals`: variance stratified by future,
    Student's t with Satterthwaite's degrees of freedom; there is none if a future has only one
    replicate.
    """
    kept = np.isfinite(values)
    groups = [values[kept & (future == f)] for f in np.unique(future[kept])]
    n_runs = int(kept.sum())
    if not groups:
        return RunMean(math.nan, math.nan, math.nan, (), 0)
    means = tuple(float(group.mean()) for group in groups)
    mean = float(np.mean(means))
    half = _half_width(groups, level)
    return RunMean(mean, mean - half, mean + half, means, n_runs)


def _half_width(groups: list[FloatArray], level: float) -> float:
    """Half the interval's width for one array of replicates a future."""
    if any(group.size < 2 for group in groups):
        return math.nan
    parts = [float(group.var(ddof=1)) / group.size for group in groups]
    total = sum(parts)
    if total == 0:
        return 0.0
    from scipy.special import stdtrit

    shared = sum(part**2 / (group.size - 1) for part, group in zip(parts, groups, strict=True))
    quantile = float(stdtrit(total**2 / shared, 0.5 + level / 2))
    return quantile * math.sqrt(total) / len(groups)


def ratio_values(top: FloatArray, bottom: FloatArray, future: IntArray) -> FloatArray:
    """One value a world whose mean in each future is the ratio of sums, sum(top) / sum(bottom).

    The ratio's residuals, (top - ratio * bottom) / mean(bottom), are added to it, so that the
    spread of the values gives the ratio's Monte-Carlo error to first order. All arrays (W,); NaN
    where a world is missing or its future has a zero bottom.
    """
    values = np.full(top.shape, math.nan)
    kept = np.isfinite(top) & np.isfinite(bottom)
    for f in np.unique(future[kept]):
        mine = kept & (future == f)
        below = bottom[mine].sum()
        if below > 0:
            ratio = top[mine].sum() / below
            values[mine] = ratio + (top[mine] - ratio * bottom[mine]) / (below / mine.sum())
    return values


def ratio_of_means(top: FloatArray, bottom: FloatArray, future: IntArray) -> RunMean:
    """Mean of `top` over mean of `bottom`, futures weighing the same, with Fieller's interval.

    Undefined (NaN) when the interval of the bottom's mean covers 0 or lies below it; without
    replicates there is no interval, and the ratio is undefined only if the bottom's mean is not
    above 0. All arrays (W,). Source: Fieller (1954), "Some problems in interval estimation".
    """
    kept = np.isfinite(top) & np.isfinite(bottom)
    above = estimate(top[kept], future[kept])
    below = estimate(bottom[kept], future[kept])
    nothing = RunMean(math.nan, math.nan, math.nan, (), below.n_runs)
    if not below.mean > 0 or (below.has_interval and below.covers_zero):
        return nothing
    ratio = above.mean / below.mean
    if not below.has_interval:
        return RunMean(ratio, math.nan, math.nan, (), below.n_runs)
    groups = [kept & (future == f) for f in np.unique(future[kept])]
    spread = sum(np.cov(top[one], bottom[one]) / one.sum() for one in groups) / len(groups) ** 2
    half = np.array([above.high - above.mean, below.high - below.mean])
    # Student's quantile squared, that of the bottom where it varies at all.
    part = 1 if spread[1, 1] > 0 else 0
    t2 = half[part] ** 2 / spread[part, part] if spread[part, part] > 0 else 0.0
    square = below.mean**2 - t2 * spread[1, 1]
    middle = above.mean * below.mean - t2 * spread[0, 1]
    root = math.sqrt(max(middle**2 - square * (above.mean**2 - t2 * spread[0, 0]), 0.0))
    ends = (middle - root) / square, (middle + root) / square
    return RunMean(ratio, *ends, (), below.n_runs)


def clearly_above(
    first: FloatArray, second: FloatArray, future: IntArray, n_comparisons: int = 1
) -> bool:
    """Whether the paired difference first - second has its whole interval above zero.

    The level is Bonferroni-adjusted: all `n_comparisons` hold together at 95%.
    """
    level = 1 - (1 - LEVEL) / max(n_comparisons, 1)
    return estimate(first - second, future, level).low > 0


def contenders(values: Mapping[str, FloatArray], future: IntArray) -> tuple[str, ...]:
    """The names that are not clearly below any other, in the order given.

    values: one sample (W,) a name, paired by world. Every pair is compared, all at 95% together.
    """
    names = list(values)
    n_pairs = len(names) * (len(names) - 1) // 2
    left = tuple(
        name
        for name in names
        if not any(
            clearly_above(values[other], values[name], future, n_pairs)
            for other in names
            if other != name
        )
    )
    return left or tuple(names)  # missing worlds could make the comparisons run in a circle
