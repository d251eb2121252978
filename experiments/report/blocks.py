"""Blocks of the part for analysts: tables and the numbers in them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from streetlight.experiments.report.rounded import MINUS
from streetlight.experiments.words import say

Block = Mapping[str, Any]
Cell = dict[str, Any]
Line = tuple[str, Sequence[Cell]]


def block(
    key: str, text: Sequence[str] = (), *, first: str = "", heads: Sequence[str] = (),
    rows: Sequence[Line] = (), caption: str = "", facts: Sequence[tuple[str, str]] = (),
    fold: bool = False, **fields: Any,
) -> Block:  # fmt: skip
    """What html/analysts.html draws: a title by its key, sentences, and a table or facts.

    first: key of the head of the first column, heads: of the others; a column is sorted by a press
    where its cells have values. fields: of the title.
    """
    sorts = [any(cells[k]["v"] != "" for _, cells in rows) for k in range(len(heads))]
    table = {
        "first": say(f"analysts.{first}"), "caption": caption,
        "heads": list(zip(heads, sorts, strict=True)),
        "rows": [{"head": head, "cells": cells} for head, cells in rows],
    } if rows else None  # fmt: skip
    return {"title": say(f"analysts.{key}", **fields), "text": [*text], "table": table,
            "facts": facts, "fold": fold}  # fmt: skip


def cell(value: float | None, text: str, small: str = "") -> Cell:
    """A cell: its text, what it is sorted by, and what stands small beneath."""
    known = value is not None and math.isfinite(value)
    return {"text": text, "v": f"{value:.6g}" if known else "", "small": small}


def texts(*values: str) -> list[Cell]:
    """Cells of text by which nothing is sorted."""
    return [cell(None, value) for value in values]


def heads(*keys: str) -> list[str]:
    """Heads of columns, by their keys in the catalogue."""
    return [say(f"analysts.{key}") for key in keys]


def figure(value: float, unit: str, signed: bool = True, size: float | None = None) -> str:
    """A number with the digits that a number of this size bears; shares in points.

    >>> from streetlight.experiments.report.blocks import figure
    >>> figure(0.0377, "share"), figure(14000.6, "youth")
    ('+3.8', '+14,001')
    """
    if not math.isfinite(value):
        return say("numbers.unknown")
    scale = 100.0 if unit == "share" else 1.0
    value, size = scale * value, scale * abs(value if size is None else size)
    digits = 0 if size >= 100 or size == 0 else 1 if size >= 1 else 1 - math.floor(math.log10(size))
    text = f"{abs(value):,.{digits}f}"
    if not float(text.replace(",", "")):
        return text
    return (MINUS if value < 0 else "+" if signed else "") + text


def with_interval(value: float, low: float, high: float, unit: str) -> str:
    """A difference and its interval: +3.5 (3.4 to 3.6)."""
    if not math.isfinite(value):
        return say("numbers.unknown")
    size = max(abs(one) for one in (value, low, high) if math.isfinite(one))
    text = figure(value, unit, size=size)
    if not (math.isfinite(low) and math.isfinite(high)):
        return text
    ends = (figure(end, unit, signed=False, size=size) for end in (low, high))
    return f"{text} ({' to '.join(ends)})"
