"""Figures by group of places: who is found, and who is wrongly investigated."""

from __future__ import annotations

import math
from collections.abc import Sequence

from streetlight.experiments.analyse.study import Plan
from streetlight.experiments.figures.figure import LEVEL, PLACES, Panel, Rows, places, plan_series

#: With more plans than this marks would lie on each other: the figure is a table of numbers.
MOST_IN_ROWS = 6
BEFORE = {
    "silent": "Had reported nothing", "unpublished": "Had published nothing",
    "effort low": "Lowest third of attention", "effort high": "Highest third of attention",
}  # fmt: skip
FIFTHS = {
    f"poverty fifth {k}": title
    for k, title in enumerate(
        ("Least poor fifth", "Second fifth", "Middle fifth", "Fourth fifth", "Poorest fifth"), 1
    )
}
TITLES = PLACES | BEFORE | FIFTHS


def shown(rows: Rows, measure: str, groups: Sequence[str]) -> list[str]:
    """Those of the groups in which the measure is known under some plan.

    A level without any variation is of too few youth to tell.
    """
    study = rows.study
    there, plans = places(study), (study.baseline, *study.plans)
    found = []
    for group in groups:
        points = [rows(measure, plan, group) for plan in plans]
        told = any(math.isfinite(point.value) for point in points)
        varies = rows.kind != LEVEL or any(point.low != point.high for point in points)
        if told and varies and (group in there or group not in PLACES):
            found.append(group)
    return found


def by_group(
    rows: Rows, measure: str, groups: Sequence[str], plans: Sequence[Plan], panel: Panel
) -> tuple[Panel, str]:
    """The panel filled: groups as rows and plans as marks, or a table where plans are many."""
    at = [TITLES[group] for group in groups]
    series = [plan_series(p, [rows(measure, p, g) for g in groups]) for p in plans]
    form = "rows" if len(plans) <= MOST_IN_ROWS else "heat"
    return Panel(panel.title, at, series, panel.axis, panel.scale), form
