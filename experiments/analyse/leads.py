"""Whether one plan is surely ahead of another, and by enough to matter.

The differences to the baseline do not say it: two plans share most of their luck, so theirs is
looked at directly, world by world.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from streetlight.experiments.analyse.intervals import ALPHA, estimate
from streetlight.experiments.analyse.whole import Comparison


def alike(comparison: Comparison, metric: str, policy: str, other: str) -> bool:
    """Whether two plans surely differ by less than matters: the whole interval lies within it."""
    low, high = lead(comparison, metric, policy, other)
    matters = smallest(comparison, metric)
    return -matters < low and high < matters


def ahead_by_enough(comparison: Comparison, metric: str, policy: str, other: str) -> bool:
    """Whether the lead of one plan over another surely is one, and one that matters."""
    low, _ = lead(comparison, metric, policy, other)
    return low > 0 and low >= smallest(comparison, metric)


def smallest(comparison: Comparison, metric: str) -> float:
    """The smallest difference that matters, of all policies' the largest; 0 without any."""
    rows = [row for row in comparison.rows if row.metric == metric and not row.reference]
    return max((row.matters for row in rows if row.matters > 0), default=0.0)


def lead(
    comparison: Comparison, metric: str, policy: str, other: str, future: str = ""
) -> tuple[float, float]:
    """The interval of how much better one plan is than another, by the paired difference.

    future: in this one alone; "" for the mean over all.
    """
    worlds = comparison.worlds
    values = comparison.gains(metric)
    if future:
        values = values[:, [worlds.futures.index(future)]]
    own, its = (values[worlds.policies.index(name)] for name in (policy, other))
    picked_from = max(int(np.sum(~worlds.references)) - 1, 1)
    return estimate(own - its).interval(ALPHA / picked_from)


def overtaking(
    comparison: Comparison, metric: str, leaders: Sequence[str], others: Sequence[str], future: int
) -> str:
    """The best of `others` in one future where it is past all leaders; '' where none is.

    Past: its mean is above the best leader's by what matters at least, and surely above it.
    """
    gains, names = comparison.gains(metric)[:, future], comparison.worlds.policies
    means = {n: estimate(gains[names.index(n)][None]).mean for n in (*leaders, *others)}
    known = {name: mean for name, mean in means.items() if not math.isnan(mean)}
    if not known or max(known, key=known.__getitem__) in leaders:
        return ""
    best = max(known, key=known.__getitem__)
    first = max((n for n in leaders if n in known), key=known.__getitem__, default="")
    if not first or known[best] - known[first] < smallest(comparison, metric):
        return ""
    own, its = gains[names.index(best)], gains[names.index(first)]
    return best if estimate((own - its)[None]).low > 0 else ""
