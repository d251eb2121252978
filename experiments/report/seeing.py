"""Reports are not harm: what the money does to reports, youth found, exploitation and errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from streetlight.experiments.analyse.study import Plan, Row, Study
from streetlight.experiments.looks import GOOD, HARM, NEUTRAL
from streetlight.experiments.report.chosen import leading
from streetlight.experiments.report.conditions import among
from streetlight.experiments.report.rounded import count, percent, signed
from streetlight.experiments.words import has, named, say

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
    key = f"seeing.title_{rows['reports'].way}_{rows['harm'].way}"
    return {
        "title": say(key if has(key) else "seeing.title_other"), "says": list(follows(study, plan)),
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
        yield (wrong.way == "up" and followed(wrong, false)) or say(f"seeing.wrong_{wrong.way}")


def followed(wrong: Row, false: Row) -> str:
    """That more of the wrong reports are investigated than before, where that is so."""
    counts = (wrong.base, false.base), (wrong.mean, false.mean)
    before, after = (some / every if every else math.nan for some, every in counts)
    shares = {"before": percent(before), "after": percent(after)}
    return say("seeing.wrong_up_share", **shares) if after - before >= 0.01 else ""


def signs(study: Study, plan: Plan) -> Iterator[str]:
    """In how many futures reports and exploitation rise or fall under the plan."""
    n = len(study.futures)
    for name in ("reports", "harm") if n > 1 else ():
        what = {"what": say(f"seeing.{name}"), "one": 1 + (name == "reports"), "n": n}
        rows = list(study.by_future(BARS[name][0], plan))
        found = [(way, [f for f, row in rows if moves(row) == way]) for way in ("down", "up")]
        (fewer, few), (more, most) = sorted(found, key=lambda one: len(one[1]))
        where = say(f"seeing.{'all_of' if len(most) == n else 'some_of'}", k=len(most), n=n)
        told = say(f"seeing.mostly_{more}", where=where, **what)
        told += say(f"seeing.but_{fewer}", when=among(few), **what) if few else "."
        yield told if most else say("seeing.never", **what)


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
