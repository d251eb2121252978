"""Reports are not harm: what the money does to reports, youth found, exploitation and errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from streetlight.experiments.analyse.study import Plan, Row, Study
from streetlight.experiments.looks import GOOD, HARM, NEUTRAL
from streetlight.experiments.report.chosen import leading
from streetlight.experiments.report.conditions import among
from streetlight.experiments.report.rounded import count, ends, percent, signed
from streetlight.experiments.words import inside, named, say

#: Bars and the measures they show, with the colours of more and of less.
BARS = {
    "reports": ("all_reports", NEUTRAL, NEUTRAL),
    "found": ("identified", GOOD, HARM),
    "harm": ("person_years", HARM, GOOD),
    "wrong": ("false_investigated", HARM, GOOD),
}
#: Percent of a bar's track that the bars may fill; the rest is for their numbers.
ROOM = 68.0


def section(study: Study) -> dict[str, Any]:
    """The change in four counts under the leading plan, and whether it holds in every future."""
    plan = leading(study)
    if plan is None:
        return {}
    rows = {name: study.row(measure, plan) for name, (measure, _, _) in BARS.items()}
    if all(math.isnan(row.difference) for row in rows.values()):
        return {}
    key = f"{rows['reports'].way}_{rows['harm'].way}"
    key = key if key in ("up_down", "up_unsure", "up_up", "down_down") else "other"
    return {
        "title": say(f"seeing.title_{key}"), "says": list(follows(study, plan)),
        "signs": list(signs(study, plan)), "bars": bars(rows, study.years),
        "caption": say("seeing.caption", years=study.years, plan=named(plan)),
    }  # fmt: skip


def moves(row: Row) -> str:
    """Which way a difference goes in one future, where a single run says at least that."""
    if math.isfinite(row.difference_low) or not row.difference:
        return row.way
    return "unsure" if math.isnan(row.difference) else "up" if row.difference > 0 else "down"


def follows(study: Study, plan: Plan) -> Iterator[str]:
    """What the extra reports are about, and their price."""
    every, false = study.row("all_reports", plan), study.row("false_reports", plan)
    if every.way == "up" and 0 <= false.difference < every.difference:
        tenths = round(10 * (1 - false.difference / every.difference))
        yield say("seeing.all_true" if tenths > 9 else "seeing.true", tenths=tenths)
    wrong = study.row("false_investigated", plan)
    if wrong.sure:
        yield say(f"seeing.wrong_{wrong.way}")


def signs(study: Study, plan: Plan) -> Iterator[str]:
    """Whether reports and exploitation move alike under every plan, in every future."""
    if len(study.futures) < 2:
        return
    for name in ("reports", "harm"):
        measure = BARS[name][0]
        pairs = [row for plan in study.plans for _, row in study.by_future(measure, plan)]
        changes = [row.change for row in pairs if math.isfinite(row.change)]
        ways = {moves(row) for row in pairs}
        one, n = 1 + (name == "reports"), len(study.futures)
        what = {"what": say(f"seeing.{name}"), "one": one, "n": n}
        if len(ways) == 1 and "unsure" not in ways and changes:
            sizes = ends(percent, map(abs, changes))
            yield say(f"seeing.always_{ways.pop()}", sizes=sizes, **what)
        else:
            yield from mixed(study, plan, measure, what)


def mixed(study: Study, plan: Plan, measure: str, what: Mapping[str, Any]) -> Iterator[str]:
    """In how many futures a measure rises under one plan, and under which it falls."""
    rows = list(study.by_future(measure, plan))
    found = {way: [f for f, row in rows if moves(row) == way] for way in ("up", "down")}
    more, fewer = sorted(found, key=lambda way: -len(found[way]))
    if not found[more]:
        yield say("seeing.never", plan=inside(plan), **what)
        return
    which = "all_of" if len(found[more]) == what["n"] else "some_of"
    where = say(f"seeing.{which}", k=len(found[more]), n=what["n"])
    text = say(f"seeing.mostly_{more}", where=where, plan=inside(plan), **what)
    but = say(f"seeing.but_{fewer}", when=among(found[fewer]), **what) if found[fewer] else "."
    yield text + but


def bars(rows: Mapping[str, Row], years: int) -> list[dict[str, Any]]:
    """A bar each, from the line of no change; positions in percent of the track."""
    changes = {name: row.change if math.isfinite(row.change) else 0.0 for name, row in rows.items()}
    low, high = min(0.0, *changes.values()), max(0.0, *changes.values())
    scale = ROOM / (high - low) if high > low else 0.0
    zero = 6.0 - low * scale * (low < 0)
    drawn = []
    for name, row in rows.items():
        width, more = abs(changes[name]) * scale, changes[name] > 0
        left = zero if changes[name] >= 0 else zero - width
        places = {"zero": zero, "left": left, "width": width, "at": max(left + width, zero) + 1.5}
        drawn.append({
            **{key: round(place, 1) for key, place in places.items()},
            "name": say(f"seeing.{name}"), "colour": BARS[name][1 if more else 2],
            "text": in_words(row), "note": note(name, rows, years),
        })  # fmt: skip
    return drawn


def in_words(row: Row) -> str:
    """A bar's number."""
    if math.isnan(row.difference) or row.mean == row.base == 0:
        return say("seeing.none")
    if row.difference == 0 or not math.isfinite(row.change):
        return say("seeing.same" if row.difference == 0 else "seeing.from_none")
    known = row.sure or math.isnan(row.difference_low)
    return signed(row.change) if known else say("seeing.unsure")


def note(name: str, rows: Mapping[str, Row], years: int) -> str:
    """What stands beside a bar: the count, and one wrong investigation for how many youth found."""
    row, found = rows[name], rows["found"]
    if not row.sure:
        return ""
    text = say(f"seeing.{name}_{row.way}_n", n=count(row.difference), years=years)
    if name == "wrong" and row.way == found.way == "up":
        each = found.difference / row.difference
        key = "one_for" if each >= 1.5 else "one_each" if each > 0.67 else "many_for"
        text += say(f"seeing.{key}", n=max(round(each if each > 1 else 1 / each), 1))
    return text
