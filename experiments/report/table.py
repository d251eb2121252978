"""The comparison as a table for people: a row a plan, references apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

from experiments.comparison.differences import Difference
from experiments.comparison.whole import Comparison
from experiments.labels import label
from experiments.report.answer import capital
from experiments.report.numbers import UNKNOWN, dollars, in_unit, size_of


@dataclass(frozen=True)
class Cell:
    """One difference: its mean, interval and spread over futures; '' where there is none."""

    mean: str
    interval: str = ""
    spread: str = ""


@dataclass(frozen=True)
class Row:
    """A plan's line: name, verdict, futures it is better in, a cell a metric, two costs."""

    name: str
    verdict: str
    tone: str
    futures: str
    cells: list[Cell]
    costs: list[str]


@dataclass(frozen=True)
class Table:
    """The whole table: heads of the metrics' columns, plans in order, references."""

    heads: list[str]
    rows: list[Row]
    references: list[Row]
    baseline: str
    has_costs: bool


def table(comparison: Comparison) -> Table:
    """The table of a comparison."""
    metrics = list(comparison.metrics)
    heads = []
    for metric in metrics:
        row = next(row for row in comparison.rows if row.metric == metric)
        heads.append(capital(row.title) + (f", {row.unit}" if row.unit != "share" else ""))
    costs = {place.policy: place for place in comparison.pareto}

    def line(policy: str) -> Row:
        primary = comparison.row(policy, comparison.primary)
        place = costs.get(policy)
        prices = [] if place is None else [
            price(ratio.value, ratio.low, ratio.high)
            for ratio in (place.cost_per_identified, place.cost_per_person_year)
        ]  # fmt: skip
        return Row(
            name=label(policy),
            verdict=primary.verdict,
            tone=tone(primary.verdict),
            futures=f"{primary.better_in} of {primary.futures}",
            cells=[cell(comparison.row(policy, metric)) for metric in metrics],
            costs=prices,
        )

    return Table(
        heads=heads,
        rows=[line(policy) for policy in comparison.policies()],
        references=[line(policy) for policy in comparison.policies(reference=True)],
        baseline=label(comparison.baseline),
        has_costs=bool(costs),
    )


def cell(row: Difference) -> Cell:
    """A difference as the table shows it."""
    size = size_of(row)
    mean = in_unit(row.difference, row.unit, size)
    if mean == UNKNOWN:
        return Cell("cannot be measured")
    low, high = (in_unit(v, row.unit, size) for v in (row.mc_low, row.mc_high))
    interval = "" if math.isnan(row.mc_low) else f"{low} to {high}"
    spread = ""
    if row.futures > 1 and not math.isnan(row.future_low):
        ends = (in_unit(v, row.unit, size) for v in (row.future_low, row.future_high))
        spread = " to ".join(ends)
    return Cell(mean, interval, spread)


def price(value: float, low: float, high: float) -> str:
    """Dollars for one more, with the interval; 'undefined' where there may be none at all.

    Below 0 it is no price: the policy gains and spends less.
    """
    if math.isnan(value):
        return "undefined"
    if high < 0:
        return "saves money"
    return f"{dollars(value)} ({dollars(low)} to {dollars(high)})"


def tone(verdict: str) -> str:
    """Class of a verdict in the page's style: a mark stands beside the word, never colour alone."""
    if verdict.startswith("clearly"):
        return "better" if "better" in verdict else "worse"
    return "open"
