"""How things go year by year: reported, found and exploited, with the money and without."""

from __future__ import annotations

import math

from streetlight.experiments.analyse.measures import ALL
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures.figure import (
    CHANGE,
    LEVEL,
    Absent,
    Figure,
    Panel,
    Rows,
    listing,
    number,
    plan_series,
)

NAME = "years"
QUESTION = "How do things go, year by year?"
MEASURES = {
    "reports": "Reports", "identified": "Youth found", "active": "Exploited at a time",
    "onsets": "Exploitation that begins",
}  # fmt: skip
HEADLINE = "In the last year under {plan}, {what} of what it would be without it."
NAMED = {"reports": "reports are {}", "identified": "youth found {}", "active": "exploitation {}"}
CAPTION = (
    "Above: {baseline} and the plan with the best mean. Below: all plans, change against "
    "{baseline} in the same worlds. Year 0 is the last before the money; there every plan is alike."
)


def make(study: Study) -> Figure | Absent:
    """Two rows of panels: levels of two plans, and the change under all."""
    if not study.plans:
        return Absent(NAME, "There is no plan besides the baseline.")
    at = range(study.years + 1)
    best = study.ranked[0]
    panels = []
    for kind, plans, scale, axis in (
        (LEVEL, (study.baseline, best), 1.0, "a year"),
        (CHANGE, study.plans, 100.0, "change, %"),
    ):
        rows = Rows(study, kind)
        for measure, title in MEASURES.items():
            series = [plan_series(p, [rows(measure, p, ALL, "", y) for y in at]) for p in plans]
            line = 0.0 if kind == CHANGE else None
            unit = "youth" if kind == LEVEL and measure == "active" else axis
            panels.append(Panel(title, list(at), series, unit, scale, along="year", line=line))
    changes = {name: study.row(name, best, ALL, "", study.years).change for name in NAMED}
    what = [
        words.format(f"{number(100 * (1 + changes[name]))}%")
        for name, words in NAMED.items()
        if math.isfinite(changes[name])
    ]
    if not what:
        return Absent(NAME, "Nothing is reported, found or exploited without a plan.")
    text = HEADLINE.format(plan=best.label, what=listing(what))
    caption = CAPTION.format(baseline=study.baseline.label)
    return Figure(NAME, QUESTION, text, caption, panels, "lines")
