"""One policy against the baseline in one metric: a row of comparison.csv.

Two kinds of uncertainty are kept apart. *Monte-Carlo error*, given the futures: mc_low to mc_high,
and sim_low to sim_high for all ranked policies at once; more replicates make them narrower. *What
the future will be*: future_low to future_high is the spread over the futures run; where futures are
sampled, population_low to population_high is about the mean over all futures of that design.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from streetlight.experiments.analyse.bootstrap import Population, population
from streetlight.experiments.analyse.intervals import ALPHA, estimate, family_level
from streetlight.experiments.analyse.values import Worlds, defined, sign_of
from streetlight.experiments.analyse.verdicts import REFERENCE, verdict
from streetlight.experiments.currency import in_currency
from streetlight.experiments.metrics import METRICS, OF_GAIN
from streetlight.model.arrays import BoolArray, FloatArray

FUTURE_QUANTILES = (0.05, 0.95)


@dataclass(frozen=True)
class Difference:
    """One policy against the baseline in one metric: a row of comparison.csv.

    baseline, mean: means over futures of the means over replicates; difference: policy minus
    baseline; mc_low, mc_high: its Monte-Carlo interval alone; sim_low, sim_high: that which holds
    for all ranked policies at once (NaN for a reference); future_low, future_high: its spread over
    futures; population, population_low, population_high: mean over the sampled futures, and its
    interval for the design they are drawn from (NaN below 8); futures, replicates: how many pairs
    there are (replicates: the fewest in any future); better_in, worse_in: futures in which the mean
    is better or worse; matters: the smallest difference that matters. NaN where undefined.
    """

    policy: str
    metric: str
    title: str
    unit: str
    direction: str
    reference: bool
    baseline: float
    mean: float
    difference: float
    mc_low: float
    mc_high: float
    sim_low: float
    sim_high: float
    future_low: float
    future_high: float
    population: float
    population_low: float
    population_high: float
    futures: int
    replicates: int
    better_in: int
    worse_in: int
    matters: float
    verdict: str


def differences(
    worlds: Worlds, metric: Mapping[str, Any], against: int, baseline: int
) -> list[Difference]:
    """A row for each policy but `against`, in one metric; numbers of policies are positions.

    baseline: the policy of which the smallest difference that matters may be a share; where that
    would be a share of 0, as of the money of a baseline without any, it is one of the policy's own.
    """
    values = defined(worlds.values[metric["name"]])
    pairs = values - values[against]
    others = [p for p in range(len(pairs)) if p != against]
    ranked = [p for p in others if not worlds.references[p] and np.isfinite(pairs[p]).any()]
    alpha = family_level(pairs[ranked]) if ranked else ALPHA
    shares = worlds.values.get(metric["relative_to"], values)
    nothing = estimate(shares[baseline]).mean == 0.0
    if metric["relative_to"] == OF_GAIN:
        metric = {**metric, "matters": metric["matters"] * gain(values, worlds, metric, baseline)}
    return [
        difference(
            worlds.policies[p], metric, values[p], values[against],
            shares[p if nothing else baseline],
            bool(worlds.references[p]), alpha, worlds.sampled, max(len(ranked), 1),
        )
        for p in others
    ]  # fmt: skip


def gain(values: FloatArray, worlds: Worlds, metric: Mapping[str, Any], baseline: int) -> float:
    """The most that a policy on offer surely gains on the baseline; infinite where none does.

    Nothing matters then: all policies are level.
    """
    sign = sign_of(metric)
    on_offer = [p for p in range(len(values)) if p != baseline and not worlds.references[p]]
    found = [estimate(sign * (values[p] - values[baseline])) for p in on_offer]
    return max((one.mean for one in found if one.low > 0), default=math.inf)


def difference(
    policy: str,
    metric: Mapping[str, Any],
    own: FloatArray,
    baseline: FloatArray,
    relative_to: FloatArray,
    is_oracle: bool,
    alpha: float = ALPHA,
    sampled: BoolArray | Sequence[bool] = (),
    n_ranked: int = 1,
) -> Difference:
    """One row: values of policy and baseline, each (F, R), NaN where there is no run.

    alpha: level of the simultaneous interval; sampled: which futures were drawn (F,); n_ranked: how
    many policies are judged together.
    """
    pairs = own - baseline
    found = estimate(pairs)
    sign = sign_of(metric)
    matters = float(metric["matters"])
    if metric["relative_to"] not in ("", OF_GAIN):
        matters *= abs(estimate(relative_to).mean)
    means = found.future_means[~np.isnan(found.future_means)]
    spread = (math.nan, math.nan)
    if len(means):
        spread = tuple(np.quantile(means, FUTURE_QUANTILES, method="inverted_cdf").tolist())
    drawn = Population()
    if np.any(sampled):
        drawn = population(found.future_means[np.asarray(sampled, dtype=bool)])
    paired = ~np.isnan(pairs)
    judged = REFERENCE
    if not is_oracle:
        judged = verdict(estimate(sign * pairs), matters, alpha, ALPHA / n_ranked)
    mc_low, mc_high = found.interval()
    sim_low, sim_high = (math.nan, math.nan) if is_oracle else found.interval(alpha)
    info = METRICS[metric["name"]]
    return Difference(
        policy=policy,
        metric=metric["name"],
        title=info.title,
        unit=in_currency(info.unit),
        direction=metric["direction"],
        reference=is_oracle,
        baseline=estimate(np.where(paired, baseline, math.nan)).mean,
        mean=estimate(np.where(paired, own, math.nan)).mean,
        difference=found.mean,
        mc_low=mc_low,
        mc_high=mc_high,
        sim_low=sim_low,
        sim_high=sim_high,
        future_low=spread[0],
        future_high=spread[1],
        population=drawn.mean,
        population_low=drawn.low,
        population_high=drawn.high,
        futures=len(means),
        replicates=int(found.replicates[found.replicates > 0].min()) if len(means) else 0,
        better_in=int(np.sum(sign * means > 0)),
        worse_in=int(np.sum(sign * means < 0)),
        matters=matters,
        verdict=judged,
    )
