"""Wrong investigations by group of places: who bears the errors of each plan."""

from __future__ import annotations

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures.figure import (
    DIFFERENCE,
    PLACES,
    Absent,
    Figure,
    Panel,
    Rows,
    number,
)
from streetlight.experiments.figures.groups import FIFTHS, by_group, shown

NAME = "errors_borne"
QUESTION = "Who bears the errors?"
HEADLINE = "{plan} brings {more} wrong investigations than {baseline}, {found} for every youth more it finds."
SURELY_NOT = "Whether {plan} changes the number of wrong investigations cannot be told."
CAPTION = (
    "Wrong investigations more than under {baseline}, in the same worlds: an investigation of "
    "someone who was not exploited. Fifths are of places by poverty."
)


def make(study: Study) -> Figure | Absent:
    """A row a group, a mark a plan."""
    measure = "false_investigated"
    groups = shown(study, measure, (*PLACES, *FIFTHS))
    if not groups or not study.ranked:
        return Absent(NAME, "No wrong investigation is counted in any group of places.")
    empty = Panel("Wrong investigations, more than without a plan", (), (), "investigations")
    panel, form = by_group(Rows(study, DIFFERENCE), measure, groups, study.plans, empty)
    best = study.ranked[0]
    wrong, found = study.row(measure, best), study.row("identified", best)
    rate = wrong.difference / found.difference if found.difference > 0 else float("nan")
    words = "none more" if wrong.difference == 0 else number(wrong.difference, signed=True)
    text = (HEADLINE if wrong.sure or wrong.difference == 0 else SURELY_NOT).format(
        plan=best.label, more=words, baseline=study.baseline.label, found=number(rate)
    )
    if not rate > 0:
        text = text.split(", ")[0].rstrip(".") + "."
    return Figure(NAME, QUESTION, text, CAPTION.format(baseline=study.baseline.label), [panel], form)
