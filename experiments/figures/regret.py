"""What each plan falls short of the best in each future."""

from __future__ import annotations

import math
from typing import NamedTuple

from streetlight.experiments.analyse.regret import BEST, Regret
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures.figure import Absent, Figure, Panel, Series, number
from streetlight.experiments.looks import NEUTRAL, Look
from streetlight.experiments.metrics import METRICS

NAME = "regret"
QUESTION = "If another future comes, how much was lost by this plan?"
HEADLINE = "{plan} falls least behind in the future that is worst for it: by at most {most} {unit}."
NONE = "{plan} is the best one in every future."
CAPTION = (
    "What a plan falls short of the best one run in that future, in {metric} ({unit}), references "
    "included. 0: it is the best there. Luck makes the largest of these too large."
)


class Shortfall(NamedTuple):
    """A row of the table: a regret, which has no interval of its own."""

    plan: str
    future: str
    metric: str
    best: str
    value: float
    low: float
    high: float
    standard_error: float
    within_noise: bool


def shortfall(row: Regret) -> Shortfall:
    """A row of the study's regrets as it is drawn."""
    return Shortfall(
        row.policy, row.future, row.metric, row.best, row.value, math.nan, math.nan,
        row.standard_error, row.within_noise,
    )  # fmt: skip


def make(study: Study) -> Figure | Absent:
    """A table of futures and plans."""
    if len(study.futures) < 2:
        return Absent(NAME, "There is one future, so no plan can be regretted in another.")
    about = METRICS[study.primary]
    found = {
        (row.policy, row.future): shortfall(row)
        for row in study.comparison.regret
        if row.against == BEST
    }
    plans = [plan for plan in study.ranked if (plan.name, study.futures[0].name) in found]
    if not plans:
        return Absent(NAME, f"{about.title.capitalize()} cannot be measured here.")
    share = 100.0 if about.unit == "share" else 1.0
    unit = "points of 100" if share > 1 else about.unit
    series = []
    for future in study.futures:
        points = [found.get((plan.name, future.name)) for plan in plans]
        series.append(Series(future.title, Look(NEUTRAL, "square"), points))
    most = {
        plan.label: max(row.value for (name, _), row in found.items() if name == plan.name)
        for plan in plans
    }
    least = min(most, key=most.__getitem__)
    text = (HEADLINE if most[least] > 0 else NONE).format(
        plan=least, most=number(most[least] * share), unit=unit
    )
    panel = Panel("", [plan.label for plan in plans], series, unit, share)
    caption = CAPTION.format(metric=about.title, unit=unit)
    return Figure(NAME, QUESTION, text, caption, [panel], "heat", list(found.values()))
