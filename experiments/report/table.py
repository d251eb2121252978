"""The comparison as a table for people: a row a plan, references apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

from streetlight.experiments.analyse.differences import Difference
from streetlight.experiments.analyse.pareto import AVERTED, COST, FOUND, Place, Ratio
from streetlight.experiments.analyse.whole import Comparison
from streetlight.experiments.figures.words import capitalised
from streetlight.experiments.labels import label
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.report.numbers import POINTS, UNKNOWN, dollars, ends, in_unit, size_of

#: What the two prices are for: the metric, and the part of a row of pareto.csv.
PRICES = ((FOUND, "cost_per_identified"), (AVERTED, "cost_per_person_year"))


@dataclass(frozen=True)
class TableCell:
    """One difference: its mean, interval and spread over futures; '' where there is none."""

    mean: str
    interval: str = ""
    spread: str = ""


@dataclass(frozen=True)
class TableRow:
    """A plan's line: name, verdict, futures it is better in, a cell a metric, two costs.

    tone: class of the verdict in the page's style.
    """

    name: str
    verdict: str
    tone: str
    futures: str
    cells: list[TableCell]
    costs: list[TableCell]


@dataclass(frozen=True)
class PlanTable:
    """The whole table: heads of the metrics' columns, plans in order, references."""

    heads: list[str]
    rows: list[TableRow]
    references: list[TableRow]
    baseline: str
    has_costs: bool


def table(comparison: Comparison) -> PlanTable:
    """The table of a comparison."""
    costs = {place.policy: place for place in comparison.pareto}
    priced = any(not math.isnan(place.values.get(COST, math.nan)) for place in costs.values())

    def line(policy: str) -> TableRow:
        primary = comparison.row(policy, comparison.primary)
        against = costs[comparison.baseline] if priced else None
        return TableRow(
            name=label(policy),
            verdict=primary.verdict,
            tone=tone(primary.verdict),
            futures=f"{primary.better_in} of {primary.futures}",
            cells=[cell(comparison.row(policy, metric)) for metric in comparison.metrics],
            costs=prices(costs[policy], against) if against else [],
        )

    return PlanTable(
        heads=[head(metric, about["direction"]) for metric, about in comparison.metrics.items()],
        rows=[line(policy) for policy in comparison.policies()],
        references=[line(policy) for policy in comparison.policies(reference=True)],
        baseline=label(comparison.baseline),
        has_costs=priced,
    )


def head(metric: str, direction: str) -> str:
    """The head of a metric's column: title, its unit where the title lacks it, what is better."""
    about = METRICS[metric]
    text = capitalised(about.title)
    if about.unit != "share" and about.unit not in about.title:
        text += f", {about.unit}"
    return text if direction == "more" else f"{text} (less is better)"


def cell(row: Difference) -> TableCell:
    """A difference as the table shows it, with the interval that its verdict is made of."""
    size = size_of(row)
    mean = in_unit(row.difference, row.unit, size)
    if mean == UNKNOWN:
        return TableCell("cannot be measured")
    interval = spread = ""
    if not math.isnan(ends(row)[0]):
        interval = between(ends(row), row.unit, size)
    if row.futures > 1 and not math.isnan(row.future_low):
        spread = between((row.future_low, row.future_high), row.unit, size)
    return TableCell(mean, interval, spread)


def between(values: tuple[float, float], unit: str, size: float) -> str:
    """'+3.3 to +3.4 pp'."""
    low, high = (in_unit(value, unit, size) for value in values)
    return f"{low.removesuffix(POINTS)} to {high}"


def prices(place: Place, against: Place) -> list[TableCell]:
    """Dollars for one more youth identified, and for one person-year averted."""
    found = []
    for metric, part in PRICES:
        spent, gained = (
            place.values.get(name, math.nan) - against.values.get(name, math.nan)
            for name in (COST, metric)
        )
        found.append(price(getattr(place, part), spent, gained))
    return found


def price(ratio: Ratio, spent: float, gained: float) -> TableCell:
    """Dollars for one more, with the interval; 'undefined' where it is not sure that money gains.

    spent, gained: extra money and extra of what it is to buy.
    """
    if math.isnan(ratio.value) or gained < 0:
        return TableCell("undefined")
    if spent < 0:
        return TableCell("costs less and gains")
    return TableCell(dollars(ratio.value), f"{dollars(ratio.low)} to {dollars(ratio.high)}")


def tone(verdict: str) -> str:
    """Class of a verdict in the page's style: a mark stands beside the word, never colour alone."""
    if verdict.startswith("clearly"):
        return "better" if "better" in verdict else "worse"
    return "open"
