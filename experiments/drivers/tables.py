"""Tables that sensitivity and discovery wrote, read again for their pictures."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from streetlight.experiments.drivers.sensitivity import amount
from streetlight.model.text import unmarked

#: What a condition may say of an input: columns of discover.csv.
SIDES = ("low", "high", "levels")


class Driven(NamedTuple):
    """A row of sensitivity.csv as it is drawn."""

    title: str
    kind: str
    says: str
    value: float
    low: float
    high: float
    floor: float


class Condition(NamedTuple):
    """A limit of discover.csv as it is drawn: in hundredths of the input's range."""

    title: str
    limit: str
    value: float
    low: float
    high: float
    start: float
    end: float


def read(path: Path) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """What a driver says of its table, and its rows; nothing without it."""
    if not (path.is_file() and path.with_suffix(".json").is_file()):
        return {}, []
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{k: unmarked(v) for k, v in row.items()} for row in csv.DictReader(file)]
    return json.loads(path.with_suffix(".json").read_text(encoding="utf-8")), rows


def real(text: str) -> float:
    """A number of a table, NaN where it is blank."""
    return float(text) if text else math.nan


def driven_row(row: dict[str, str]) -> Driven:
    """A row of sensitivity.csv."""
    value, low, high, floor = (real(row[key]) for key in ("value", "low", "high", "floor"))
    return Driven(row["title"], row["index"], row["says"], value, low, high, floor)


def condition(row: dict[str, str], side: str) -> Condition:
    """One limit: `low`, `high`, or the `levels` that are left."""
    if side == "levels":
        return Condition(row["title"], row["levels"], math.nan, math.nan, math.nan, 0.0, 0.0)
    least, most = real(row["range_low"]), real(row["range_high"])
    value, low, high = (
        100 * (real(row[key]) - least) / ((most - least) or 1.0)
        for key in (side, f"{side}_from", f"{side}_to")
    )
    words = f"{amount(real(row[side]))} or {'more' if side == 'low' else 'less'}"
    start, end = (value, 100.0) if side == "low" else (0.0, value)
    return Condition(row["title"], words, value, low, high, start, end)
