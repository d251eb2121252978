"""Numbers as the report prints them: with a unit, a sign and as many digits as they bear."""

from __future__ import annotations

import math

from experiments.comparison.differences import Difference
from experiments.figures.words import MINUS

#: Decimals of a number by its size: 100 and more none, 1 and more one, below that three.
UNKNOWN = "?"


def plain(value: float, size: float, signed: bool = True) -> str:
    """A number with the decimals that a number of this size bears."""
    if math.isnan(value):
        return UNKNOWN
    decimals = 0 if size >= 100 else 1 if size >= 1 else 3
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    text = f"{abs(value):,.{decimals}f}"
    return text if float(text.replace(",", "")) == 0 else sign + text


def in_unit(value: float, unit: str, size: float, signed: bool = True) -> str:
    """A number in its unit, a share as percentage points."""
    if unit == "share":
        return f"{plain(100 * value, 1.0, signed)} pp" if not math.isnan(value) else UNKNOWN
    return plain(value, size, signed)


def size_of(row: Difference) -> float:
    """The largest of the numbers of a row that stand together."""
    values = (row.difference, row.mc_low, row.mc_high)
    return max((abs(v) for v in values if not math.isnan(v)), default=0.0)


def with_interval(row: Difference) -> str:
    """'+14,074 person-years (95% interval 13,986 to 14,161)'."""
    size = size_of(row)
    unit = "percentage points" if row.unit == "share" else row.unit
    mean = f"{bare(row.difference, row, size)} {unit}"
    if math.isnan(row.mc_low):
        return mean
    low, high = (bare(v, row, size) for v in (row.mc_low, row.mc_high))
    return f"{mean} (95% interval {low.removeprefix('+')} to {high.removeprefix('+')})"


def bare(value: float, row: Difference, size: float) -> str:
    """A number of a row without its unit, a share in percentage points."""
    return plain(100 * value, 1.0) if row.unit == "share" else plain(value, size)


def amount(value: float, unit: str) -> str:
    """A number with its unit and no sign."""
    if unit == "share":
        return in_unit(value, unit, value, signed=False)
    return f"{plain(value, abs(value), signed=False)} {unit}"


def dollars(value: float) -> str:
    """An amount of money; in thousands and millions where it is large."""
    if math.isnan(value):
        return "undefined"
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if abs(value) >= size:
            return f"${value / size:,.1f}{word}"
    return f"${value:,.0f}"
