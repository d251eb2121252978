"""Which plans may be first in a metric, and whether one is surely ahead of another.

The differences to the baseline do not say it: two plans share most of their luck, so theirs is
looked at directly, world by world.
"""

from __future__ import annotations

import numpy as np

from experiments.comparison.best import may_be_best
from experiments.comparison.intervals import ALPHA, FloatArray, estimate
from experiments.comparison.values import defined
from experiments.comparison.whole import Comparison


def gains(comparison: Comparison, metric: str) -> FloatArray:
    """A metric's values (P, F, R), counted so that more is better."""
    about = comparison.metrics[metric]
    sign = 1.0 if about["direction"] == "more" else -1.0
    return sign * defined(comparison.worlds.values[about["name"]])


def may_lead(comparison: Comparison, metric: str) -> list[str]:
    """Plans, the baseline among them, that may be the best in a metric, with 95%."""
    if metric == comparison.primary:
        return comparison.may_be_best
    worlds = comparison.worlds
    values = gains(comparison, metric)
    rows = np.flatnonzero(np.isfinite(values).any(axis=(1, 2)) & ~worlds.references)
    if not len(rows):
        return []
    found = may_be_best(values[rows])
    return [worlds.policies[p] for p, kept in zip(rows, found, strict=True) if kept]


def clearly_ahead(comparison: Comparison, metric: str, policy: str, other: str) -> bool:
    """Whether the plan with the best mean is better than another by more than chance explains.

    By the paired difference. As the plan was picked for its mean, the level is shared among all
    that could have been picked (Bonferroni).
    """
    worlds = comparison.worlds
    values = gains(comparison, metric)
    own, its = (values[worlds.policies.index(name)] for name in (policy, other))
    picked_from = max(int(np.sum(~worlds.references)) - 1, 1)
    return estimate(own - its).interval(ALPHA / picked_from)[0] > 0
