"""How things go year by year: three small pictures, and what the chooser needs to draw others."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.report import conditions
from streetlight.experiments.report.chosen import leading, shown
from streetlight.experiments.report.marks import Axis, axis, marker, ticks
from streetlight.experiments.report.rounded import signed
from streetlight.experiments.words import brief_name, inside, named, place, say

MEASURES = ("all_reports", "identified", "active")
#: Futures that can be chosen beside the mean; more would make the page heavy.
MOST_FUTURES = 12


def section(study: Study) -> dict[str, Any]:
    """Three pictures of the plans that the page follows, and the chooser."""
    plans = shown(study)
    changes = {name: [(plan, change(study, name, plan)) for plan in plans] for name in MEASURES}
    known = [v for of in changes.values() for _, values in of for v in values if math.isfinite(v)]
    if len(plans) < 2 or not known:
        return {}
    scale = axis([*(100 * v for v in known), -5.0, 5.0])
    return {
        "title": title(study), "key": [line(plan) for plan in plans],
        "panels": [panel(study, name, changes[name], scale) for name in MEASURES],
        "base": inside(study.baseline), "choices": choices(study, plans),
        "data": json.dumps(data(study), separators=(",", ":")).replace("<", "\\u003c"),
    }  # fmt: skip


def change(study: Study, name: str, plan: Plan, group: str = "all") -> list[float]:
    """Change against the baseline of the same year, from the last year without money."""
    rows = [study.row(name, plan, group, year=year) for year in range(study.years + 1)]
    return [0.0 if row.difference == 0 else row.change for row in rows]


def panel(
    study: Study, name: str, changes: Sequence[tuple[Plan, list[float]]], scale: Axis
) -> dict[str, Any]:
    """One picture: lines as points in a box of 100 by 100."""
    last = study.years
    told = [
        say("years.value", plan=brief_name(plan), change=signed(values[last]))
        for plan, values in changes
        if not plan.is_baseline
    ]
    at = {0.0: say("years.before"), 100.0: f"{last}"}
    at |= {} if last % 2 else {50.0: say("years.year", y=f"{last // 2}")}
    return {
        "measure": name, "title": say(f"years.{name}"), "ticks": ticks(scale, "%"),
        "lines": [{**line(plan), "points": points(values, scale)} for plan, values in changes],
        "years": [{"at": place, "text": text} for place, text in at.items()],
        "read": say("years.read", year=f"{last}", values=", ".join(told)),
    }  # fmt: skip


def points(values: Sequence[float], scale: Axis) -> str:
    """A line's points, of a year each."""
    last = len(values) - 1
    at = ((100 * y / last, 100 - scale.at(100 * v)) for y, v in enumerate(values)
          if math.isfinite(v))  # fmt: skip
    return " ".join(f"{x:.4g},{y:.4g}" for x, y in at)


def line(plan: Plan) -> dict[str, str]:
    """A plan in the key."""
    dash = " ".join(map(str, plan.look.dash))
    return {"name": named(plan), "colour": plan.look.colour, "dash": dash}


def title(study: Study) -> str:
    """Whether finding comes at once and prevention slowly."""
    plan = leading(study)
    if plan is None or study.years < 2:
        return say("years.title")
    found = change(study, "identified", plan)
    row = study.row("active", plan, year=study.years)
    at_once = math.isfinite(found[1]) and found[1] > 0.5 * found[-1] > 0
    return say("years.title_slow" if at_once and row.difference_high < 0 else "years.title")


def choices(study: Study, plans: Sequence[Plan]) -> dict[str, Any]:
    """What can be picked."""
    checked = {plan.name for plan in plans}
    futures = {"": [("", say("years.mean", n=len(study.futures)))]}
    heads = conditions.rows(chosen_futures(study))
    for question, asked in conditions.by_question(chosen_futures(study)).items():
        futures.setdefault(question, []).extend((f.name, heads[f.name]) for f in asked)
    return {
        "plans": [
            {"value": p.name, "name": named(p), "marker": marker(p.look), "on": p.name in checked}
            for p in (study.baseline, *study.plans)
        ],
        "future": futures,
        "place": {"": [("all", say("years.all_places")), *((g, place(g)) for g in study.groups)]},
    }


def chosen_futures(study: Study) -> list[Any]:
    """Futures that can be picked; none where there is only one."""
    own = [future for future in study.futures if not future.sampled]
    return own[:MOST_FUTURES] if len(study.futures) > 1 else []


def data(study: Study) -> dict[str, Any]:
    """Numbers for the chooser: lists by measure, place, plan and future of a value each year."""
    groups, plans = ("all", *study.groups), (study.baseline, *study.plans)
    futures = ["", *(future.name for future in chosen_futures(study))]

    def values(name: str, group: str, plan: Plan, future: str) -> list[float | int | None]:
        rows = (study.row(name, plan, group, future, year) for year in range(study.years + 1))
        return [short(row.mean) for row in rows]

    def by_place(name: str) -> list[list[list[list[float | int | None]]]]:
        return [[[values(name, g, plan, f) for f in futures] for plan in plans] for g in groups]

    return {
        "years": study.years, "base": study.baseline.name, "measures": MEASURES,
        "plans": {p.name: {"inside": brief_name(p), **line(p)} for p in plans},
        "places": groups, "futures": futures,
        "values": [by_place(name) for name in MEASURES],
        "words": {key: say(f"years.js_{key}") for key in WORDS},
    }  # fmt: skip


WORDS = ("year", "before", "choose", "one_scale", "own_scale")


def short(value: float) -> float | int | None:
    """A number with the digits that a picture can show; none where it is not known."""
    if not math.isfinite(value):
        return None
    return round(value) if abs(value) >= 1000 else float(f"{value:.4g}")
