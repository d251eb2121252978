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
HEADLINE = "Under {plan} there are {more} wrong investigations than under {baseline}"
FOR_EACH = ", {rate} for every youth more that is found"
SURELY_NOT = "Whether {plan} changes the number of wrong investigations cannot be told."
CAPTION = (
    "Wrong investigations more than under {baseline}, in the same worlds: an investigation of "
    "someone who was not exploited. Fifths are of places by poverty."
)


def make(study: Study) -> Figure | Absent:
    """A row a group, a mark a plan."""
    measure = "false_investigated"
    rows = Rows(study, DIFFERENCE)
    groups = shown(rows, measure, (*PLACES, *FIFTHS))
    if not groups or not study.ranked:
        return Absent(NAME, "No wrong investigation is counted in any group of places.")
    empty = Panel("Wrong investigations, more than without a plan", (), (), "investigations")
    panel, form = by_group(rows, measure, groups, study.plans, empty)
    best = study.ranked[0]
    wrong, found = study.row(measure, best), study.row("identified", best)
    change = wrong.difference
    more = f"{number(abs(change))} {'more' if change > 0 else 'fewer'}" if change else "no more"
    text = HEADLINE.format(plan=best.label, more=more, baseline=study.baseline.label)
    if wrong.sure and change > 0 and found.sure and found.difference > 0:
        text += FOR_EACH.format(rate=number(change / found.difference))
    elif not wrong.sure and change:
        text = SURELY_NOT.format(plan=best.label)
    text = text.rstrip(".") + "."
    return Figure(
        NAME, QUESTION, text, CAPTION.format(baseline=study.baseline.label), [panel], form
    )
