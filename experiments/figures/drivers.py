"""Pictures of what `streetlight sensitivity` and `streetlight discover` wrote into the folder."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures.figure import Absent, Figure, Panel, Series, number
from streetlight.experiments.labels import label
from streetlight.experiments.looks import GOOD, NEUTRAL, Look
from streetlight.experiments.metrics import METRICS
from streetlight.model.text import unmarked

SENSITIVITY, DISCOVER = "sensitivity", "discover"
DRIVES = "What drives the difference between {policy} and {against}?"
DRIVEN = "{n} of {all} inputs matter for it{which}."
DRIVER_CAPTION = (
    "Index {index} of the difference in {metric}; grey: what an input that nothing reads would "
    "reach; line: 95% interval. An input matters when its whole interval is beyond the grey."
)
FAILS = "When is {policy} worse than {against}?"
FAILED = "It is worse in {failures} of {futures} futures: {where}."
FAIL_CAPTION = (
    "From 0, the least value of an input over the futures, to 100, its most. Grey: the condition "
    "under which the plan is usually worse. Line: where resamples put its limits."
)
MOST = 20


class Driven(NamedTuple):
    """A row of sensitivity.csv as it is drawn."""

    input: str
    title: str
    kind: str
    value: float
    low: float
    high: float
    floor: float
    says: str


class Condition(NamedTuple):
    """A row of discover.csv as it is drawn: a limit in hundredths of the input's range."""

    input: str
    title: str
    side: str
    limit: float
    value: float
    low: float
    high: float


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{k: unmarked(v) for k, v in row.items()} for row in csv.DictReader(file)]


def told(path: Path) -> dict[str, Any]:
    """What a driver says of its table; empty without it."""
    try:
        found = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and path.is_file() else {}


def real(text: str) -> float:
    """A number of a table, NaN where it is blank."""
    return float(text) if text else math.nan


def sensitivity(study: Study) -> Figure | Absent:
    """What was asked last in the folder of a study."""
    return driven(study.folder)


def discover(study: Study) -> Figure | Absent:
    """What was asked last in the folder of a study."""
    return failing(study.folder)


def driven(folder: Path) -> Figure | Absent:
    """A row an input, the largest above its floor first."""
    path = folder / "sensitivity.csv"
    about = told(path)
    if not about:
        return Absent(SENSITIVITY, "Not asked here yet: streetlight sensitivity RESULTS.")
    rows = [
        Driven(r["input"], r["title"], r["index"], real(r["value"]), real(r["low"]),
               real(r["high"]), real(r["floor"]), r["says"])
        for r in table(path)
    ]  # fmt: skip
    main = {"morris": "mu_star", "sobol": "ST"}.get(about["method"], about["method"])
    mine = [row for row in rows if row.kind == main][:MOST]
    ranges = [(0.0, row.floor if math.isfinite(row.floor) else 0.0) for row in mine]
    panel = Panel(
        f"Index {main}", [f"{row.title} ({row.says})" for row in mine],
        [Series(main, Look(GOOD, "circle"), mine)], main, ranges=ranges,
    )  # fmt: skip
    matter = [row.title for row in mine if row.says == "matters"]
    which = f": {'; '.join(matter[:3])}" if matter else ""
    return Figure(
        SENSITIVITY, DRIVES.format(policy=label(about["policy"]), against=label(about["against"])),
        DRIVEN.format(n=len(matter) or "None", all=len(mine), which=which),
        DRIVER_CAPTION.format(index=main, metric=METRICS[about["metric"]].title), [panel], "rows",
        rows,
    )  # fmt: skip


def failing(folder: Path) -> Figure | Absent:
    """A row an input that the condition limits."""
    path = folder / "discover.csv"
    about = told(path)
    if not about:
        return Absent(DISCOVER, "Not asked here yet: streetlight discover RESULTS.")
    names = {key: label(about[key]) for key in ("policy", "against")}
    found = table(path)
    if not about["failures"]:
        return Absent(DISCOVER, f"{names['policy']} is worse in none of the sampled futures.")
    at, ranges, marks, rows = [], [], [], []
    for row in found:
        low, high = real(row["range_low"]), real(row["range_high"])
        wide = (high - low) or 1.0
        limits = {side: (real(row[side]) - low) / wide * 100 for side in ("low", "high")}
        start, end = limits["low"], limits["high"]
        ranges.append((start if start == start else 0.0, end if end == end else 100.0))
        at.append(f"{row['title']} ({words(row)})")
        sides = [
            Condition(row["input"], row["title"], side, real(row[side]), value,
                      *((real(row[f"{side}_{end}"]) - low) / wide * 100 for end in ("from", "to")))
            for side, value in limits.items()
        ]  # fmt: skip
        rows += [one for one in sides if one.value == one.value]
        marks.append([one if one.value == one.value else None for one in sides])
    series = [
        Series(name, Look(colour, marker), [pair[k] for pair in marks])
        for k, (name, colour, marker) in enumerate(
            (("Lower limit", GOOD, "triangle"), ("Upper limit", NEUTRAL, "down"))
        )
    ]
    where = "; ".join(at[:3]) if about["is_condition"] else "no condition is clearer than chance"
    return Figure(
        DISCOVER, FAILS.format(**names),
        FAILED.format(failures=about["failures"], futures=about["futures"], where=where),
        FAIL_CAPTION, [Panel("", at, series, "of the input's range", 1.0, ranges)], "rows", rows,
    )  # fmt: skip


def words(row: dict[str, str]) -> str:
    """The condition on an input."""
    low, high = real(row["low"]), real(row["high"])
    if row["levels"]:
        return row["levels"]
    if low == low and high == high:
        return f"{number(low)} to {number(high)}"
    return f"{number(low)} or more" if low == low else f"{number(high)} or less"
