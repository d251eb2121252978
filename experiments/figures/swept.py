"""Outcome against the one number that the futures sweep."""

from __future__ import annotations

import math
from collections.abc import Callable

from streetlight.experiments.analyse.measures import ALL
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.distributions import value_of
from streetlight.experiments.figures.figure import (
    DIFFERENCE,
    Absent,
    Figure,
    Panel,
    Rows,
    capitalised,
    listing,
    plan_series,
)
from streetlight.experiments.metrics import METRICS
from streetlight.model.parameters import Parameters

NAME = "swept"
QUESTION = "What changes with {title}?"
HEADLINE = {
    1: "{first} has the best mean in {metric} at every value.",
    2: "Which plan has the best mean in {metric} depends on it: {first}.",
}
CAPTION = (
    "Difference to {baseline} in the same worlds, one mark a future, against {title} ({unit}). "
    "Bands: 95% intervals of simulation noise."
)


def swept(study: Study) -> tuple[str, dict[float, str]]:
    """The one setting, a number, in which the futures differ, and the future of each value."""
    keys = {key for future in study.futures for key in future.sets}
    if len(keys) != 1 or len(study.futures) < 3:
        return "", {}
    (key,) = keys
    default = value_of(Parameters(), key) if key in Parameters.all_cards() else None
    found = {}
    for future in study.futures:
        value = future.sets.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return "", {}
        found[float(value)] = future.name
    return (key, dict(sorted(found.items()))) if len(found) > 2 else ("", {})


def make(study: Study) -> Figure | Absent:
    """A panel a compared metric, a line a plan."""
    key, values = swept(study)
    if not values or not study.plans:
        return Absent(NAME, "The futures do not sweep one number alone.")
    card, rows = Parameters.all_cards()[key], Rows(study, DIFFERENCE)
    panels = []
    for metric in study.comparison.metrics:
        about = METRICS[metric]
        share = about.unit == "share"
        series = [
            plan_series(plan, [rows(metric, plan, ALL, name) for name in values.values()])
            for plan in study.plans
        ]
        unit = "points of 100" if share else about.unit
        panels.append(
            Panel(capitalised(about.title), list(values), series, unit, 100.0 if share else 1.0,
                  along=card.title, line=0.0)
        )  # fmt: skip
    first = list(dict.fromkeys(map(best_in(study), values.values())))
    text = HEADLINE[min(2, len(first))].format(
        first=listing(first[:4]), metric=METRICS[study.primary].title
    )
    title = QUESTION.format(title=card.title)
    caption = CAPTION.format(baseline=study.baseline.label, title=card.title, unit=card.unit)
    return Figure(NAME, title, text, caption, panels, "lines")


def best_in(study: Study) -> Callable[[str], str]:
    """Which plan has the best mean of the first metric in a future."""
    metric = study.primary
    sign = 1.0 if study.comparison.metrics[metric]["direction"] == "more" else -1.0

    def best(future: str) -> str:
        gains = {p.label: sign * study.row(metric, p, ALL, future).mean for p in study.plans}
        return max(gains, key=lambda label: (not math.isnan(gains[label]), gains[label]))

    return best
