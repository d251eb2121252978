"""Comparisons made of a few numbers, for tests of what the report says about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from experiments.comparison.differences import differences
from experiments.comparison.values import Worlds
from experiments.comparison.whole import Comparison
from experiments.experiment import ComparedMetric

#: Luck of four replicates, with mean 0: what a policy's own differences vary by.
LUCK = np.array([-1.5, -0.5, 0.5, 1.5])

Means = Mapping[str, Sequence[float]]


def values_of(means: Means, luck: float, replicates: int) -> np.ndarray:
    """Values (P, F, R): a mean for each future, and luck of each policy's own around it.

    The first policy has none; the others the same luck in another order or size, so that they differ.
    """
    parts = []
    for p, of in enumerate(means.values()):
        own = np.roll(LUCK, p)[:replicates] * luck * bool(p) * (1 + p // 4 / 2)
        parts.append(np.array(of)[:, None] + (own - own.mean())[None, :])
    return np.array(parts)


def comparison(
    metrics: Mapping[str, Means],
    *,
    luck: float = 0.1,
    replicates: int = 4,
    oracles: Sequence[str] = (),
    matters: float = 1.0,
) -> Comparison:
    """Metric by metric the policies' means in each future, the baseline first.

        comparison({"identified": {"none": [0, 0], "per_youth": [5, 9]}})

    luck: spread of a policy's differences over replicates; matters: of every metric, in its unit
    (a share in hundredths).
    """
    first = next(iter(metrics.values()))
    policies = tuple(first)
    values = {name: values_of(means, luck, replicates) for name, means in metrics.items()}
    about: dict[str, dict[str, Any]] = {}
    for name in metrics:
        small = 100.0 if "share" in name else 1.0
        values[name] = values[name] / small
        entry = asdict(ComparedMetric.default(name)) | {"relative_to": ""}
        about[name] = entry | {"matters": matters / small}
    n_futures = len(next(iter(first.values())))
    worlds = Worlds(
        policies=policies,
        futures=tuple(f"future {f}" for f in range(n_futures)),
        references=np.array([name in oracles for name in policies]),
        sampled=np.zeros(n_futures, dtype=bool),
        values=values,
        n_runs=len(policies) * n_futures * replicates,
        n_expected=len(policies) * n_futures * replicates,
    )
    rows = [differences(worlds, one, 0, 0) for one in about.values()]
    return Comparison(
        title="Made up",
        baseline=policies[0],
        primary=next(iter(metrics)),
        rows=[row for by_policy in zip(*rows, strict=True) for row in by_policy],
        worlds=worlds,
        metrics=about,
        origin=policies[0],
    )
