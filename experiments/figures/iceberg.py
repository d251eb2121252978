"""Exploitation, what of it is reported and what is found, stacked by kind of place."""

from __future__ import annotations

from streetlight.experiments.analyse.measures import ALL
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures.figure import (
    LEVEL,
    PLACES,
    Absent,
    Drawn,
    Figure,
    Panel,
    Rows,
    Series,
    number,
    places,
)
from streetlight.experiments.looks import Look

NAME = "iceberg"
QUESTION = "How much of exploitation is above the water?"
PARTS = {"Found": "#00558c", "Reported, not found": "#8fabc4", "Never reported": "#e2ddd0"}
HEADLINE = (
    "Without a plan {hidden} of 100 exploited youth are never reported and {found} are found{more}."
)
CAPTION = "Of 100 youth first exploited in the years with money, by kind of place."


def make(study: Study) -> Figure | Absent:
    """A panel for the baseline and the plan with the best mean, a bar a kind of place."""
    rows = Rows(study, LEVEL)
    groups = [ALL, *places(study)]

    def share(what: str, plan: str, group: str) -> Drawn:
        return rows(f"cohort_{what}_share" if group == ALL else f"{what}_share", plan, group)

    plans = (study.baseline, *study.ranked[:1])
    known = share("known", study.baseline.name, ALL).value
    found = share("identified", study.baseline.name, ALL).value
    if known != known:
        return Absent(NAME, "Nobody's exploitation began early enough to be followed.")
    table, panels = [], []
    for plan in plans:
        parts: list[list[Drawn]] = [[], [], []]
        for group in groups:
            told, seen = (share(what, plan.name, group) for what in ("known", "identified"))
            table += [told, seen]
            values = seen.value, told.value - seen.value, 1.0 - told.value
            for part, value in zip(parts, values, strict=True):
                part.append(seen._replace(value=value))
        series = [
            Series(label, Look(colour, "square"), points)
            for (label, colour), points in zip(PARTS.items(), parts, strict=True)
        ]
        titles = ["All places", *(PLACES[g] for g in groups[1:])]
        panels.append(Panel(plan.label, titles, series, "of 100 exploited youth", 100.0))
    more = ""
    if study.ranked:
        best = study.ranked[0]
        more = f"; under {best.label} {number(100 * share('identified', best.name, ALL).value)}"
    text = HEADLINE.format(hidden=number(100 * (1 - known)), found=number(100 * found), more=more)
    return Figure(NAME, QUESTION, text, CAPTION, panels, "stacks", table)
