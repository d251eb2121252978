"""What another dollar buys, its numbers: spending against what is gained by it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.analyse.pareto import same_cost
from streetlight.experiments.figures.dollar_words import MEASURES, DollarFinding, Price
from streetlight.experiments.figures.estimates import (
    RunMean,
    clearly_above,
    contenders,
    estimate,
    ratio_of_means,
)
from streetlight.experiments.figures.spread import Spread, spread
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy, floats, run_batches
from streetlight.model.arrays import FloatArray

FILE, SPENDING = "runs.parquet", "spending"
# Policies within this share of each other's spending show what one budget buys.
SAME_BUDGET = 0.05


@dataclass(frozen=True)
class DollarRow:
    """One mark: what a policy spends and gains more than the baseline in the same worlds.

    spent: dollars a youth (see `yearly`); gained: per 100,000 youth; both means with a 95%
    Monte-Carlo interval; dollars: more spent for one more gained, blank where undefined (the
    interval of what is gained covers 0 or lies below it); dominated_by: a policy on offer, or the
    baseline, that costs no more (within 1%) and gains clearly more; on_frontier: on the line that
    bounds what can be gained for each amount, by means; gained_future: how what is gained spreads
    over futures.
    """

    measure: str
    policy: str
    is_baseline: bool
    is_oracle: bool
    spent: float
    spent_low: float
    spent_high: float
    yearly: bool
    gained: float
    gained_low: float
    gained_high: float
    dollars: float
    dollars_low: float
    dollars_high: float
    dominated_by: str
    on_frontier: bool
    gained_future: Spread
    futures: int
    runs: int


@dataclass(frozen=True)
class Dollars:
    """All that is drawn."""

    rows: list[DollarRow]
    finding: DollarFinding


@dataclass(frozen=True)
class _Money:
    """What each policy spends and gains more than the baseline, (W,) each, by its name."""

    results: ResultTables
    cost: Mapping[str, FloatArray]
    gain: Mapping[tuple[str, str], FloatArray]
    youth: FloatArray

    @property
    def choices(self) -> tuple[ShownPolicy, ...]:
        return tuple(policy for policy in self.results.policies if not policy.is_oracle)

    def mean_cost(self, policy: ShownPolicy) -> float:
        return estimate(self.cost[policy.name], self.results.future).mean

    def mean_gain(self, measure: str, policy: ShownPolicy) -> float:
        return estimate(self.gain[measure, policy.name], self.results.future).mean


def dollars_of(results: ResultTables) -> Dollars:
    """The numbers of the figure for these results."""
    money = _money(results)
    rows: list[DollarRow] = []
    prices = {}
    for measure in MEASURES:
        dominated = {policy.name: _dominating(money, measure, policy) for policy in money.choices}
        frontier = _frontier(money, measure)
        rows.extend(
            _row(money, measure, policy, dominated.get(policy.name, ""), policy.name in frontier)
            for policy in results.policies
        )
        prices[measure] = _price_of(money, measure, dominated)
    spends = any(money.mean_cost(policy) > 0 for policy in results.ranked)
    finding = DollarFinding(results.baseline.label, len(results.ranked), spends, prices)
    return Dollars(rows, finding)


def _money(results: ResultTables) -> _Money:
    spending = np.full(results.has_run.shape, math.nan)
    for row, world, batch in run_batches(results, FILE, (SPENDING,)):
        spending[row, world] = floats(batch[SPENDING])
    base = results.position(results.baseline)
    cost: dict[str, FloatArray] = {}
    gain: dict[tuple[str, str], FloatArray] = {}
    for p, policy in enumerate(results.policies):
        cost[policy.name] = spending[p] - spending[base]
        for measure in MEASURES:
            values = results.metrics[measure][p]
            if policy.is_baseline:
                values = np.where(results.has_run[p], 0.0, math.nan)
            gain[measure, policy.name] = np.where(np.isfinite(cost[policy.name]), values, math.nan)
    youth: FloatArray = results.sums["youth"][base].sum(axis=1)
    return _Money(results, cost, gain, youth)


def _row(
    money: _Money, measure: str, policy: ShownPolicy, dominated_by: str, on_frontier: bool
) -> DollarRow:
    results = money.results
    cost, gain = money.cost[policy.name], money.gain[measure, policy.name]
    youth = np.where(money.youth > 0, money.youth, math.nan)
    spent = estimate(cost / youth / (results.years or 1), results.future)
    per_youth = 1e5 * gain / youth
    gained = estimate(per_youth, results.future)
    price = price_of(money.results, cost, gain, policy)
    return DollarRow(
        measure,
        policy.name,
        policy.is_baseline,
        policy.is_oracle,
        spent.mean,
        spent.low,
        spent.high,
        bool(results.years),
        gained.mean,
        gained.low,
        gained.high,
        price.mean,
        price.low,
        price.high,
        dominated_by,
        on_frontier,
        spread(per_youth, results),
        len(gained.futures),
        gained.n_runs,
    )


def price_of(
    results: ResultTables, cost: FloatArray, gain: FloatArray, policy: ShownPolicy
) -> RunMean:
    """More dollars for one more gained; undefined for the baseline itself."""
    if policy.is_baseline:
        return RunMean(math.nan, math.nan, math.nan, (), 0)
    return ratio_of_means(cost, gain, results.future)


def _dominating(money: _Money, measure: str, policy: ShownPolicy) -> str:
    """The name of the choice that dominates this one, '' if none does."""
    n_pairs = len(money.choices) * (len(money.choices) - 1) // 2
    mine = money.gain[measure, policy.name]
    cost = money.mean_cost(policy)
    better = [
        other
        for other in money.choices
        if other is not policy
        and (money.mean_cost(other) < cost or same_cost(money.mean_cost(other), cost))
        and clearly_above(
            money.gain[measure, other.name], mine, money.results.future, max(n_pairs, 1)
        )
    ]
    most = max(better, key=lambda other: money.mean_gain(measure, other), default=None)
    return most.name if most else ""


def _frontier(money: _Money, measure: str) -> tuple[str, ...]:
    """Names of the choices on the upper hull of gain over cost, from the baseline on, by means."""
    points = sorted(
        (money.mean_cost(policy), -money.mean_gain(measure, policy), policy.order, policy.name)
        for policy in money.choices
        if math.isfinite(money.mean_cost(policy))
        and math.isfinite(money.mean_gain(measure, policy))
    )
    hull: list[tuple[float, float, str]] = []
    for cost, loss, _, name in points:
        gain = -loss
        if hull and gain <= hull[-1][1]:
            continue
        while len(hull) > 1 and _slope(hull[-2], hull[-1]) <= _slope(hull[-2], (cost, gain, name)):
            hull.pop()
        hull.append((cost, gain, name))
    return tuple(name for _, _, name in hull)


def _slope(one: tuple[float, float, str], other: tuple[float, float, str]) -> float:
    run = other[0] - one[0]
    return (other[1] - one[1]) / run if run > 0 else math.inf


def _price_of(money: _Money, measure: str, dominated: Mapping[str, str]) -> Price:
    """Who gains most per dollar, among the policies on offer that spend more than the baseline.

    What is gained per dollar is defined whatever is gained; its inverse, the price, need not be,
    and a policy whose gain is not clear may still be the one that gains most.
    """
    results = money.results
    prices: dict[str, RunMean] = {}
    per_dollar: dict[str, FloatArray] = {}
    for policy in results.ranked:
        cost, gain = money.cost[policy.name], money.gain[measure, policy.name]
        if money.mean_cost(policy) > 0 and np.isfinite(gain).any():
            prices[policy.name] = price_of(results, cost, gain, policy)
            per_dollar[policy.name] = _linear_ratio(results, gain, cost)
    left = contenders(per_dollar, results.future) if per_dollar else ()
    labels = {policy.name: policy.label for policy in results.ranked}
    losers = tuple(p.label for p in results.ranked if dominated.get(p.name))
    return Price(
        tuple(labels[name] for name in left),
        tuple(prices[name] for name in left),
        losers,
        sum(math.isfinite(price.mean) for price in prices.values()),
    )


def _linear_ratio(results: ResultTables, top: FloatArray, bottom: FloatArray) -> FloatArray:
    """One value a world (W,) whose mean is the ratio of the means, to first order in its noise."""
    below = estimate(bottom, results.future).mean
    ratio = estimate(top, results.future).mean / below
    values: FloatArray = ratio + (top - ratio * bottom) / below
    return values


def same_budget(rows: Sequence[DollarRow]) -> bool:
    """Whether all policies on offer spend the same, within 5%."""
    spent = [r.spent for r in rows if not (r.is_baseline or r.is_oracle) and math.isfinite(r.spent)]
    return len(spent) > 1 and max(spent) - min(spent) <= SAME_BUDGET * abs(max(spent, key=abs))
