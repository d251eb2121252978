"""Shares of money and of reports, year by year, by kind of place."""

from __future__ import annotations

import math

from streetlight.experiments.analyse.money import money_by_year
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures.figure import (
    LEVEL,
    PLACES,
    Absent,
    Figure,
    Panel,
    Rows,
    number,
    places,
    plan_series,
)

NAME = "money_and_reports"
QUESTION = "Does money follow reports, and do reports follow money?"
HEADLINE = (
    "Under {plan} {place} get {money} of 100 dollars; their share of reports goes from {first} to "
    "{last} of 100."
)
CAPTION = (
    "Above: share of the year's money that each kind of place gets. Below: its share of the year's "
    "published reports; year 0 is the last before the money."
)


def make(study: Study) -> Figure | Absent:
    """Two rows of panels, a panel a kind of place, a line a plan."""
    groups = places(study)
    paying = [p for p in study.plans if study.row("spending", p).mean > 0]
    if not paying or len(groups) < 2:
        return Absent(NAME, "No money is spent, or all youth live in one kind of place.")
    money = money_by_year(study)
    rows, at = Rows(study, LEVEL), list(range(study.years + 1))
    panels = []
    for group in groups:
        series = [plan_series(p, [money.get((p.name, group, y)) for y in at]) for p in paying]
        title = f"{PLACES[group]}: money"
        panels.append(Panel(title, at, series, "of 100 dollars", 100.0, along="year"))
    for group in groups:
        series = [
            plan_series(p, [rows("published_share", p, group, "", y) for y in at])
            for p in (study.baseline, *paying)
        ]
        title = f"{PLACES[group]}: reports"
        panels.append(Panel(title, at, series, "of 100 reports", 100.0, along="year"))
    best = next(plan for plan in study.ranked if plan in paying)
    gained = {
        g: rows("published_share", best, g, "", study.years).value
        - rows("published_share", best, g, "", 0).value
        for g in groups
    }
    told = {g: abs(v) for g, v in gained.items() if math.isfinite(v)}
    if not told:
        text = "No report is published in these runs, so money cannot follow reports."
    else:
        most = max(told, key=told.__getitem__)
        text = HEADLINE.format(
            plan=best.label, place=PLACES[most].lower(),
            money=number(100 * rows("money_share", best, most).value),
            first=number(100 * rows("published_share", best, most, "", 0).value),
            last=number(100 * rows("published_share", best, most, "", study.years).value),
        )  # fmt: skip
    return Figure(NAME, QUESTION, text, CAPTION, panels, "lines", across=len(groups))
