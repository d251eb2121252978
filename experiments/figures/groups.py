"""By group of places: how many of 100 are found, and who is wrongly investigated."""

from __future__ import annotations

import math
from collections.abc import Sequence

from streetlight.experiments.analyse.measures import BEFORE, FIFTHS
from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.figures import parts
from streetlight.experiments.figures.parts import DIFFERENCE, Absent, Figure, Panel, Rows, say
from streetlight.model.names import CLASSES

#: With more plans than this marks would lie on each other: the figure is a table of numbers.
MOST_IN_ROWS = 6


def left_behind(study: Study) -> Figure | Absent:
    """A row a group, a mark a plan."""
    rows = Rows(study)
    groups = shown(rows, "identified_share", (*CLASSES, *BEFORE))
    kinds = [group for group in groups if group in CLASSES]
    if not kinds or not study.ranked:
        return parts.absent("left_behind")
    best = study.ranked[0]
    found = {group: 100 * rows("identified_share", best, group).value for group in kinds}
    worst, top = (of(found, key=found.__getitem__) for of in (min, max))
    text = say(
        "left_behind", "one" if worst == top else "finding", plan=best.label, low=found[worst],
        high=found[top], worst=parts.place(worst).lower(), best=parts.place(top).lower(),
        before=100 * rows("identified_share", study.baseline, worst).value,
        baseline=study.baseline.label,
    )  # fmt: skip
    plans = (study.baseline, *study.plans)
    return by_group("left_behind", text, rows, "identified_share", groups, plans, 100.0)


def errors_borne(study: Study) -> Figure | Absent:
    """A row a group, a mark a plan."""
    rows = Rows(study, DIFFERENCE)
    groups = shown(rows, "false_investigated", (*CLASSES, *FIFTHS))
    if not groups or not study.ranked:
        return parts.absent("errors_borne")
    best = study.ranked[0]
    wrong, found = (study.row(name, best) for name in ("false_investigated", "identified"))
    change, key = wrong.difference, "finding"
    if change and not wrong.sure:
        key = "unsure"
    elif change > 0 and found.sure and found.difference > 0:
        key = "each"
    word = "more" if change > 0 else "fewer" if change else "no_more"
    text = say(
        "errors_borne", key, plan=best.label, baseline=study.baseline.label,
        more=say("shared", word, n=abs(change)),
        rate=change / (found.difference or math.nan),
    )  # fmt: skip
    return by_group("errors_borne", text, rows, "false_investigated", groups, study.plans, 1.0)


def shown(rows: Rows, measure: str, groups: Sequence[str]) -> list[str]:
    """Those of the groups in which the measure is known under some plan.

    A level without any variation is of too few youth to tell.
    """
    study, found = rows.study, []
    for group in groups:
        points = [rows(measure, plan, group) for plan in (study.baseline, *study.plans)]
        varies = rows.kind == DIFFERENCE or any(point.low != point.high for point in points)
        told = any(math.isfinite(point.value) for point in points)
        if told and varies and (group in study.groups or group not in CLASSES):
            found.append(group)
    return found


def by_group(
    name: str, text: str, rows: Rows, measure: str, groups: Sequence[str], plans: Sequence[Plan],
    scale: float,
) -> Figure:  # fmt: skip
    """Groups as rows and plans as marks, or a table where plans are many."""
    at = [parts.place(group) for group in groups]
    series = [parts.plan_series(p, [rows(measure, p, group) for group in groups]) for p in plans]
    panel = Panel(say(name, "title"), at, series, say(name, "axis"), scale)
    form = "rows" if len(plans) <= MOST_IN_ROWS else "heat"
    return parts.figure(name, text, [panel], form, baseline=rows.study.baseline.label)
