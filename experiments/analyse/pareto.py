"""What money buys: the Pareto front over cost, identified, equity and the primary metric.

A policy is dominated when another ranked policy is at least as good in every objective and better
in one, by means over futures. Spending within 1% counts as the same (`same_cost`): budgets leave
small rests, and a few cents are no reason to be on the front. How sure that is: the share of
resamples (replicates within futures, the same luck for all policies and objectives) in which the
policy is on the front. Oracles are no members.

Cost per identified youth is extra spending over extra identified youth, both against the baseline,
a ratio of means over futures with Fieller's interval; cost per person-year averted likewise. It is
defined only where the denominator is surely above 0: of a policy that may find fewer, or surely
does, there is nothing to price. Below 0 it is that of a policy that gains and spends less.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from streetlight.experiments.analyse.bootstrap import resampled_means
from streetlight.experiments.analyse.intervals import (
    by_future,
    covariance_of_means,
    fieller,
    interval,
)
from streetlight.experiments.analyse.values import Worlds, defined, sign_of
from streetlight.model.arrays import BoolArray, FloatArray

COST, FOUND, EQUITY, AVERTED = (
    "spending", "identified", "worst_class_identified_share", "averted_person_years",
)  # fmt: skip
#: What the front is over, beside the primary metric: 1 where more is better.
OBJECTIVES = {COST: -1.0, FOUND: 1.0, EQUITY: 1.0}
NEEDED = (COST, FOUND, EQUITY, AVERTED)
RESAMPLES = 1000
#: Spending that differs by no more than this share of the larger counts as the same.
SAME_COST = 0.01


@dataclass(frozen=True)
class Ratio:
    """Dollars for one of something, and the 95% interval; NaN where undefined."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Place:
    """A row of pareto.csv: one policy.

    values: means over futures by metric; on_front, dominated_by, front_share: by the module's
    text, None, empty and NaN for an oracle and where an objective is undefined.
    """

    policy: str
    reference: bool
    values: Mapping[str, float]
    on_front: bool | None
    dominated_by: tuple[str, ...]
    front_share: float
    cost_per_identified: Ratio
    cost_per_person_year: Ratio


def pareto(worlds: Worlds, primary: Mapping[str, Any], baseline: int) -> list[Place]:
    """A row a policy, in their order. Objectives that no policy has are left out."""
    signs = objectives(primary)
    given = {name: defined(worlds.values[name]) for name in signs if name in worlds.values}
    values = {name: array for name, array in given.items() if np.isfinite(array).any()}
    means = {name: overall(by_future_loosely(array)) for name, array in values.items()}
    whole = [
        p for p in range(len(worlds.policies))
        if not worlds.references[p] and values and all(np.isfinite(m[p]) for m in means.values())
    ]  # fmt: skip
    good = np.array([signs[name] * means[name][whole] for name in values]).T
    beaten = dominated(good, tolerances(values))
    shares = front_shares(values, signs, whole)
    rows = []
    for p, policy in enumerate(worlds.policies):
        k = whole.index(p) if p in whole else None
        by = (
            () if k is None else tuple(worlds.policies[whole[j]] for j in np.flatnonzero(beaten[k]))
        )
        rows.append(Place(
            policy=policy,
            reference=bool(worlds.references[p]),
            values={name: float(m[p]) for name, m in means.items()},
            on_front=None if k is None else not by,
            dominated_by=by,
            front_share=math.nan if k is None else float(shares[k]),
            cost_per_identified=ratio(worlds, COST, FOUND, p, baseline),
            cost_per_person_year=ratio(worlds, COST, AVERTED, p, baseline),
        ))  # fmt: skip
    return rows


def objectives(primary: Mapping[str, Any]) -> dict[str, float]:
    """The objectives and their signs, with the primary metric last unless it is one of them."""
    sign = sign_of(primary)
    return {**OBJECTIVES, primary["name"]: sign}


def by_future_loosely(values: FloatArray) -> FloatArray:
    """Means over replicates (P, F) of values (P, F, R); NaN for a policy without any."""
    found = np.full(values.shape[:2], math.nan)
    rows = np.isfinite(values).any(axis=(1, 2))
    found[rows] = by_future(values[rows])[1]
    return found


def overall(means: FloatArray) -> FloatArray:
    """Means over those futures that have any (P,)."""
    there = np.isfinite(means)
    n = there.sum(axis=1)
    total = np.where(there, means, 0.0).sum(axis=1)
    return np.where(n > 0, total / np.maximum(n, 1), math.nan)


def same_cost(one: FloatArray | float, other: FloatArray | float) -> BoolArray:
    """Whether two amounts of spending count as the same."""
    return near(np.asarray(one), np.asarray(other), SAME_COST)


def near(one: FloatArray, other: FloatArray, tolerance: FloatArray | float) -> BoolArray:
    """Whether numbers differ by no more than a share of the larger."""
    return np.asarray(
        np.abs(one - other) <= tolerance * np.maximum(np.abs(one), np.abs(other)), dtype=bool
    )


def tolerances(names: Iterable[str]) -> FloatArray:
    """Share by which each objective may differ and count as the same (M,)."""
    return np.array([SAME_COST if name == COST else 0.0 for name in names])


def dominated(good: FloatArray, tolerance: FloatArray | float = 0.0) -> BoolArray:
    """Whether policy k is dominated by j (..., K, K), from scores (..., K, M), more is better.

    tolerance (M,): share by which scores may differ and count as the same.
    """
    mine, others = good[..., :, None, :], good[..., None, :, :]
    same = near(mine, others, tolerance)
    return np.asarray(
        (same | (others > mine)).all(axis=-1) & (~same & (others > mine)).any(axis=-1)
    )


def front_shares(
    values: Mapping[str, FloatArray], signs: Mapping[str, float], rows: list[int]
) -> FloatArray:
    """Share of resamples in which each of the K policies is on the front (K,)."""
    if not rows:
        return np.zeros(0)
    together = np.concatenate([values[name][rows] for name in values])
    together = np.where(np.isfinite(together).all(axis=0), together, math.nan)
    if not np.isfinite(together).any():
        return np.full(len(rows), math.nan)
    if (np.isfinite(together[0]).sum(axis=1) == 1).any():
        return np.full(len(rows), math.nan)  # one replicate says nothing of Monte-Carlo error
    drawn = np.nanmean(resampled_means(together, RESAMPLES), axis=2)
    drawn = drawn.reshape(RESAMPLES, len(values), len(rows))
    good = np.moveaxis(drawn * np.array([signs[name] for name in values])[:, None], 1, 2)
    beaten = dominated(good, tolerances(values)).any(axis=-1)
    return np.asarray(np.mean(~beaten, axis=0))


def ratio(worlds: Worlds, top: str, bottom: str, policy: int, baseline: int) -> Ratio:
    """Extra `top` for one more of `bottom`, both against the baseline; see the module's text."""
    if policy == baseline or not {top, bottom} <= set(worlds.values):
        return Ratio()
    pairs = np.array([worlds.values[name][policy] - worlds.values[name][baseline]
                      for name in (top, bottom)])  # fmt: skip
    pairs = np.where(np.isfinite(pairs).all(axis=0), pairs, math.nan)
    covariance, df = covariance_of_means(pairs)
    if not np.isfinite(covariance).all():
        return Ratio()
    means = overall(by_future(pairs)[1])
    if not interval(float(means[1]), float(covariance[1, 1]), float(df[1]))[0] > 0:
        return Ratio()
    return Ratio(*fieller(float(means[0]), float(means[1]), covariance, float(df[1])))
