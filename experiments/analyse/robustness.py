"""How a policy does over futures: regret, the worst future, the share that is good enough.

Everything is of the metric's own means over replicates, m_pf, and of all futures alike. With g the
means counted so that more is better, the regret of p in f is max_q g_qf - g_pf over all policies
and oracles (Savage 1951); an oracle is never ranked. The criteria of a policy:

    regret_max, regret_p90, regret_mean   largest, 90th percentile and mean over futures
    worst                                 the worst future's mean (Wald's maximin)
    satisfied                             share of futures whose mean is as good as `enough`

*Noise makes regret too large.* The best of noisy means is better than the best policy (the winner's
curse), and the largest of noisy regrets larger than the largest. So regret_max and regret_mean err
upwards (Jensen). Beside each stands a cross-fitted value: the comparator of each future, and for
the maximum the future, are chosen on half of the replicates and the regret is measured on the other
half, and the two ways round are averaged. That measures the true regret against a choice that
may not be the best, so it errs downwards. The truth lies, on average, between the two.

*Ranks* have 90% ranges (`ranks`). rank_low to rank_high: Monte-Carlo error, futures given, by
t-tests for the mean regret and by replicates resampled within futures for the others.
population_rank_low to _high: of all futures, by those drawn, where there are 8 or more; not for
the largest regret and the worst future, which are extremes of the futures run and say nothing of
others. There the mean regret and the satisfied share are means of futures, and have t-tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streetlight.experiments.analyse.bootstrap import (
    LEAST_FUTURES,
    drawn_futures,
    resampled_means,
)
from streetlight.experiments.analyse.intervals import by_future
from streetlight.experiments.analyse.ranks import mean_tests, rank, rank_range, resampled_tests
from streetlight.experiments.analyse.values import Worlds, defined, sign_of
from streetlight.model.arrays import FloatArray

RESAMPLES = 1000
REGRET_QUANTILE = 0.9


@dataclass(frozen=True)
class Criterion:
    """One criterion's value for a policy, and its place among the ranked policies.

    rank: 1 is best; equal policies share the better rank. Ranges as the module's text says; None
    where undefined, and for an oracle.
    """

    value: float = math.nan
    rank: int | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    population_rank_low: int | None = None
    population_rank_high: int | None = None


@dataclass(frozen=True)
class Robustness:
    """A row of robustness.csv: one policy in one metric.

    gaps: to each oracle, the mean over futures of policy minus oracle, in the metric's unit.
    """

    policy: str
    metric: str
    reference: bool
    futures: int
    criteria: Mapping[str, Criterion]
    regret_max_crossfit: float
    regret_mean_crossfit: float
    gaps: Mapping[str, float]


#: A criterion from good (..., F), regret (..., F) and good enough (..., F); more is better.
CRITERIA: dict[str, Callable[[FloatArray, FloatArray, FloatArray], FloatArray]] = {
    "regret_max": lambda good, regret, enough: -regret.max(axis=-1),
    "regret_p90": lambda good, regret, enough: -quantile(regret, REGRET_QUANTILE),
    "regret_mean": lambda good, regret, enough: -regret.mean(axis=-1),
    "worst": lambda good, regret, enough: good.min(axis=-1),
    "satisfied": lambda good, regret, enough: satisfied(good, enough),
}
#: Those that have ranges of ranks for all futures too.
OF_A_POPULATION = ("regret_p90", "regret_mean", "satisfied")


def quantile(values: FloatArray, share: float) -> FloatArray:
    """The smallest value that `share` of the values (..., F) do not exceed."""
    n = values.shape[-1]
    k = max(math.ceil(share * n - 1e-9) - 1, 0)
    return np.asarray(np.partition(values, k, axis=-1)[..., k])


def satisfied(good: FloatArray, enough: FloatArray) -> FloatArray:
    """Share of futures with at least the level; NaN where no level is set."""
    share = np.where(np.isnan(enough), math.nan, good >= enough).mean(axis=-1)
    return np.asarray(share, dtype=float)


@dataclass(frozen=True, eq=False)
class Means:
    """What robustness is worked out from: the policies in which the metric is defined.

    rows, futures: their positions among the policies, and of the futures that have it; values
    (K, F, R); means (K, F); ranked, sampled: which of these are no oracles, and were drawn; sign: 1
    where more is better; enough: sign times the satisficing level in each future (F,).
    """

    rows: list[int]
    futures: list[int]
    values: FloatArray
    means: FloatArray
    ranked: list[int]
    sampled: list[int]
    sign: float
    enough: FloatArray

    @classmethod
    def of(cls, worlds: Worlds, metric: Mapping[str, Any], baseline: int) -> Means | None:
        """The means of a metric, or None where no world has it."""
        values = defined(worlds.values[metric["name"]])
        there = np.isfinite(values)
        rows = np.flatnonzero(there.any(axis=(1, 2)))
        if not len(rows):
            return None
        futures = np.flatnonzero(there.any(axis=(0, 2)))
        kept = values[np.ix_(rows, futures)]
        sign = sign_of(metric)
        level = enough_in_each(worlds, metric, baseline)[futures]
        return cls(
            rows=rows.tolist(),
            futures=futures.tolist(),
            values=kept,
            means=by_future(kept)[1],
            ranked=[k for k, p in enumerate(rows) if not worlds.references[p]],
            sampled=np.flatnonzero(worlds.sampled[futures]).tolist(),
            sign=sign,
            enough=sign * level,
        )


def enough_in_each(worlds: Worlds, metric: Mapping[str, Any], baseline: int) -> FloatArray:
    """The satisficing level in each future (F,); NaN where none is set.

    As a share, it is one of the baseline's mean in the same future.
    """
    level = metric.get("enough")
    n = len(worlds.futures)
    if level is None:
        return np.full(n, math.nan)
    of = metric.get("enough_relative_to")
    if not of:
        return np.full(n, float(level))
    return np.asarray(float(level) * by_future(worlds.values[of][baseline][None])[1][0])


def regrets(good: FloatArray) -> FloatArray:
    """What each policy falls short of the best (..., K, F), 0 or more."""
    return np.asarray(good.max(axis=-2, keepdims=True) - good)


def robustness(worlds: Worlds, metric: Mapping[str, Any], baseline: int) -> list[Robustness]:
    """A row a policy in which the metric is defined, in the order of the policies."""
    base = Means.of(worlds, metric, baseline)
    if base is None:
        return []
    criteria = criteria_of(base)
    largest, mean = crossfitted(base)
    oracles = [k for k, p in enumerate(base.rows) if worlds.references[p]]
    return [
        Robustness(
            policy=worlds.policies[p],
            metric=metric["name"],
            reference=k in oracles,
            futures=base.means.shape[1],
            criteria={name: found[k] for name, found in criteria.items()},
            regret_max_crossfit=float(largest[k]),
            regret_mean_crossfit=float(mean[k]),
            gaps={
                worlds.policies[base.rows[o]]: float((base.means[k] - base.means[o]).mean())
                for o in oracles
            },
        )
        for k, p in enumerate(base.rows)
    ]


def criteria_of(base: Means) -> dict[str, list[Criterion]]:
    """Each criterion of each of the K policies, with ranks and their ranges."""
    good = base.sign * base.means
    replicated, of_all = ranges_given_futures(base, good), ranges_of_all_futures(base, good)
    return {
        name: placed(
            score(good, regrets(good), base.enough), base,
            replicated.get(name), of_all.get(name), name,
        )
        for name, score in CRITERIA.items()
    }  # fmt: skip


def ranges_given_futures(base: Means, good: FloatArray) -> dict[str, NDArray[np.int64]]:
    """Rank ranges (2, K) by Monte-Carlo error, K ranked; none if a future has one replicate."""
    n = np.isfinite(base.values[0]).sum(axis=1)
    if (n < 2).any() or not base.ranked:
        return {}
    drawn = base.sign * resampled_means(base.values, RESAMPLES)
    regret = regrets(drawn)
    found = {"regret_mean": rank_range(mean_tests(base.sign * base.values[base.ranked]))}
    for name, score in CRITERIA.items():
        if name not in found:
            own = score(good, regrets(good), base.enough)[base.ranked]
            some = score(drawn, regret, base.enough)[:, base.ranked]
            found[name] = rank_range(resampled_tests(own, some, float((n - 1).sum())))
    return found


def ranges_of_all_futures(base: Means, good: FloatArray) -> dict[str, NDArray[np.int64]]:
    """Rank ranges (2, K) for all futures of the design, by those drawn; none below 8."""
    n = len(base.sampled)
    if n < LEAST_FUTURES or not base.ranked:
        return {}
    regret, ranked = regrets(good), base.ranked
    chosen = np.array(base.sampled)[drawn_futures(n, RESAMPLES)]
    some = -quantile(np.moveaxis(regret[ranked][:, chosen], 0, 1), REGRET_QUANTILE)
    own = -quantile(regret[ranked][:, base.sampled], REGRET_QUANTILE)
    reached = (good >= base.enough)[ranked][:, base.sampled].astype(float)
    return {
        "regret_p90": rank_range(resampled_tests(own, some, n - 1.0)),
        "regret_mean": rank_range(mean_tests(good[ranked][:, None, base.sampled])),
        "satisfied": rank_range(mean_tests(reached[:, None, :])),
    }


def placed(own: FloatArray, base: Means, ranges: Any, by_design: Any, name: str) -> list[Criterion]:
    """A criterion's values (K,) with rank and ranges; in the metric's own sign again."""
    sign = {"worst": base.sign, "satisfied": 1.0}.get(name, -1.0)
    found = [Criterion(value=sign * float(value) + 0.0) for value in own]
    if np.isnan(own).any():
        return found
    ranks = rank(own[base.ranked])
    for i, k in enumerate(base.ranked):
        bounds = (None, None) if ranges is None else (int(ranges[0][i]), int(ranges[1][i]))
        design = (None, None) if by_design is None else (int(by_design[0][i]), int(by_design[1][i]))
        found[k] = Criterion(found[k].value, int(ranks[i]), *bounds, *design)
    return found


def crossfitted(base: Means) -> tuple[FloatArray, FloatArray]:
    """Largest and mean regret (K,) with comparators chosen on one half of replicates.

    NaN where a future has one replicate.
    """
    halves = [base.sign * half for half in halved(base.values)]
    if any(np.isnan(half).any() for half in halves):
        nothing = np.full(len(base.rows), math.nan)
        return nothing, nothing
    largest, mean = np.zeros((2, len(base.rows)))
    futures, own = np.arange(base.means.shape[1]), np.arange(len(base.rows))
    for choosing, measuring in (halves, halves[::-1]):
        best = choosing.argmax(axis=0)
        regret = measuring[best, futures] - measuring
        worst = regrets(choosing).argmax(axis=1)
        largest += regret[own, worst] / 2
        mean += regret.mean(axis=1) / 2
    return largest, mean


def halved(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Means (K, F) over every other complete replicate, and over the rest; NaN if empty."""
    place = np.cumsum(np.isfinite(values[0]), axis=1)
    first, second = (by_future(np.where(place % 2 == half, values, math.nan))[1] for half in (1, 0))
    return first, second
