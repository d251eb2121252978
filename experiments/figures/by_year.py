"""Year by year: reported, found and exploited, and who gets the money and makes the reports."""

from __future__ import annotations

import math

from streetlight.experiments.analyse.measures import ALL
from streetlight.experiments.analyse.money import money_by_year
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures import parts
from streetlight.experiments.figures.parts import CHANGE, LEVEL, Absent, Figure, Panel, Rows, say
from streetlight.experiments.words import listing

MEASURES = ("reports", "identified", "active", "onsets")


def years(study: Study) -> Figure | Absent:
    """Two rows of panels: levels of two plans, and the change under all."""
    at, panels, what, along = range(study.years + 1), [], [], say("years", "along")
    for kind, plans in ((LEVEL, (study.baseline, *study.ranked[:1])), (CHANGE, study.plans)):
        rows = Rows(study, kind)
        for measure in MEASURES:
            series = [parts.plan_series(p, [rows(measure, p, year=y) for y in at]) for p in plans]
            unit = CHANGE if kind == CHANGE else "youth" if measure == "active" else "number"
            scale, line = (100.0, 0.0) if kind == CHANGE else (1.0, None)
            title, axis = say("years", measure), say("years", unit)
            panels.append(Panel(title, at, series, axis, scale, along=along, line=line))
    for measure in MEASURES[:3] if study.plans else ():
        change = study.row(measure, study.ranked[0], ALL, "", study.years).change
        if math.isfinite(change):
            what.append(say("years", f"{measure}_are", percent=100 * (1 + change)))
    if not what:
        return parts.absent("years")
    text = say("years", "finding", plan=study.ranked[0].label, what=listing(what))
    return parts.figure("years", text, panels, "lines", baseline=study.baseline.label)


def money_and_reports(study: Study) -> Figure | Absent:
    """Two rows of panels, a panel a kind of place, a line a plan."""
    name, rows, at = "money_and_reports", Rows(study), range(study.years + 1)
    groups = study.groups
    paying = [plan for plan in study.ranked if study.row("spending", plan).mean > 0]
    if not paying or len(groups) < 2:
        return parts.absent(name)
    money, panels = money_by_year(study), []
    ends: dict[str, tuple[float, float]] = {}
    for what, plans in (("money", paying), ("reports", [study.baseline, *paying])):
        for group in groups:
            series = [
                parts.plan_series(p, (
                    money.get((p.name, group, y)) if what == "money"
                    else rows("published_share", p, group, year=y) for y in at))
                for p in plans
            ]  # fmt: skip
            title, unit = say(name, f"title_{what}", place=parts.place(group)), say(name, what)
            panels.append(Panel(title, at, series, unit, 100.0, along=say("years", "along")))
    for group in groups:
        first, last = (
            100 * rows("published_share", paying[0], group, year=y).value for y in (0, at[-1])
        )
        ends |= {group: (first, last)} if math.isfinite(last - first) else {}
    text = say(name, "silent")
    if ends:
        most = max(ends, key=lambda group: abs(ends[group][1] - ends[group][0]))
        text = say(
            name, "finding", plan=paying[0].label, place=parts.place(most).lower(),
            money=100 * rows("money_share", paying[0], most).value, first=ends[most][0],
            last=ends[most][1],
        )  # fmt: skip
    return parts.figure(name, text, panels, "lines", across=len(groups))
