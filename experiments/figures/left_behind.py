"""Of 100 exploited youth, how many each plan finds, by group of places."""

from __future__ import annotations

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures.figure import (
    LEVEL,
    PLACES,
    Absent,
    Figure,
    Panel,
    Rows,
    number,
)
from streetlight.experiments.figures.groups import BEFORE, TITLES, by_group, shown

NAME = "left_behind"
QUESTION = "Who is found, and who is left behind?"
HEADLINE = (
    "Under {plan} {low} of 100 exploited youth are found in {worst} and {high} in {best}; without "
    "a plan, {before} in {worst}."
)
ONE = "Under {plan} {low} of 100 exploited youth are found in {worst}; without a plan, {before}."
CAPTION = (
    "Of 100 youth who were first exploited in the years with money and could be followed for "
    "years, how many were found. The last groups are told apart by the record before the money."
)


def make(study: Study) -> Figure | Absent:
    """A row a group, a mark a plan."""
    rows = Rows(study, LEVEL)
    groups = shown(rows, "identified_share", (*PLACES, *BEFORE))
    if not groups or not study.ranked:
        return Absent(NAME, "In no group of places is anybody found, or they are too few to tell.")
    plans = (study.baseline, *study.plans)
    empty = Panel("Found, of 100 exploited", (), (), "of 100", 100.0)
    panel, form = by_group(rows, "identified_share", groups, plans, empty)
    best = study.ranked[0]
    found = sorted(
        (row.mean, group) for group in groups
        if group in PLACES and (row := study.row("identified_share", best, group)).mean >= 0
    )  # fmt: skip
    if not found:
        return Absent(NAME, "In no kind of place can the share found be told.")
    (low, worst), (high, top) = found[0], found[-1]
    before = study.row("identified_share", study.baseline, worst).mean
    text = (ONE if worst == top else HEADLINE).format(
        plan=best.label, low=number(100 * low), worst=TITLES[worst].lower(),
        high=number(100 * high), best=TITLES[top].lower(), before=number(100 * before),
    )  # fmt: skip
    return Figure(NAME, QUESTION, text, CAPTION, [panel], form)
