"""Regret in each future and gaps to each oracle, with their noise: the rows of regret.csv.

The standard error is that of the paired difference between the policy and what it is compared with
in that future. A regret is within noise when its one-sided t-bound, at 5% over all policies that
might be chosen as the best (Bonferroni), does not exceed 0; a gap, when its two-sided 95% interval
holds 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from streetlight.experiments.analyse.intervals import ALPHA, by_future, t_quantile
from streetlight.experiments.analyse.robustness import Means
from streetlight.experiments.analyse.values import Worlds

BEST = "best"


class Regret(NamedTuple):
    """One policy in one future against the best there, or against one oracle.

    against: "best", or an oracle's name; best: which policy or oracle is best there; value: what
    the policy falls short of `against`, negative where it is ahead of that oracle; standard_error:
    of it, NaN with one replicate.
    """

    policy: str
    future: str
    metric: str
    against: str
    best: str
    value: float
    standard_error: float
    within_noise: bool


def regret_rows(worlds: Worlds, metric: Mapping[str, Any], baseline: int) -> list[Regret]:
    """Rows policy by policy, future by future: the regret first, then the gap to each oracle."""
    base = Means.of(worlds, metric, baseline)
    if base is None:
        return []
    names = [worlds.policies[p] for p in base.rows]
    futures = [worlds.futures[f] for f in base.futures]
    good = base.sign * base.means
    best = good.argmax(axis=0)
    every = np.arange(len(futures))
    oracles = [k for k, p in enumerate(base.rows) if worlds.references[p]]
    columns = [(BEST, base.values[best, every])]
    columns += [(names[o], base.values[o]) for o in oracles]
    rows: list[list[list[Regret]]] = [[[] for _ in futures] for _ in names]
    for against, other in columns:
        n, gap, variance = by_future(base.sign * (other - base.values))
        alpha = ALPHA / max(len(names) - 1, 1) if against == BEST else ALPHA / 2
        for k, name in enumerate(names):
            for f, future in enumerate(futures):
                error = math.sqrt(variance[k, f]) if n[f] > 1 else math.nan
                rows[k][f].append(Regret(
                    name, future, metric["name"], against, names[best[f]],
                    float(gap[k, f]) + 0.0, error, is_noise(gap[k, f], error, n[f], alpha),
                ))  # fmt: skip
    return [row for policy in rows for future in policy for row in future]


def is_noise(gap: float, error: float, n: float, alpha: float) -> bool:
    """Whether a gap of this standard error from n replicates may be 0."""
    if gap == 0.0 or math.isnan(error):
        return True
    return bool(abs(gap) <= t_quantile(alpha, n - 1) * error)
