"""Numbers as the report prints them: with a unit, a sign and as many digits as they bear."""

from __future__ import annotations

import math

from streetlight.experiments.analyse.differences import Difference
from streetlight.experiments.figures.words import MINUS

UNKNOWN = "?"
#: Percentage points, which do not part from their number at the end of a line.
POINTS = "\N{NO-BREAK SPACE}pp"


def decimals(size: float) -> int:
    """Decimals of numbers of this size: 100 and more none, 1 and more one, else two digits."""
    if size >= 100 or size == 0 or math.isnan(size):
        return 0
    return 1 if size >= 1 else 1 - math.floor(math.log10(size))


def plain(value: float, size: float, signed: bool = True) -> str:
    """A number with the decimals that a number of this size bears."""
    if math.isnan(value):
        return UNKNOWN
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    text = f"{abs(value):,.{decimals(size)}f}"
    return text if float(text.replace(",", "")) == 0 else sign + text


def in_unit(value: float, unit: str, size: float, signed: bool = True) -> str:
    """A number as tables show it: the head says the unit, a share is in percentage points."""
    if unit == "share" and not math.isnan(value):
        return f"{plain(100 * value, 100 * size, signed)}{POINTS}"
    return plain(value, size, signed)


def ends(row: Difference) -> tuple[float, float]:
    """The interval that the verdict is made of; a reference's alone, which has no verdict."""
    return (row.mc_low, row.mc_high) if row.reference else (row.sim_low, row.sim_high)


def size_of(row: Difference) -> float:
    """The largest of the numbers of a row that stand together."""
    values = (row.difference, *ends(row))
    return max((abs(v) for v in values if not math.isnan(v)), default=0.0)


def with_interval(row: Difference) -> str:
    """'+14,074 person-years (95% interval 13,986 to 14,161)'."""
    scale, unit = (100.0, "percentage points") if row.unit == "share" else (1.0, row.unit)
    size = scale * size_of(row)
    mean = f"{plain(scale * row.difference, size)} {unit}"
    low, high = (plain(scale * end, size, signed=False) for end in ends(row))
    return mean if UNKNOWN in (low, high) else f"{mean} (95% interval {low} to {high})"


def amount(value: float, unit: str) -> str:
    """A number with its unit and no sign, in a sentence."""
    scale, unit = (100.0, "percentage points") if unit == "share" else (1.0, unit)
    return f"{plain(scale * value, scale * abs(value), signed=False)} {unit}"


def dollars(value: float) -> str:
    """An amount of money; in millions and billions where it is large."""
    sign, size = MINUS if value < 0 else "", abs(value)
    for unit, word in ((1e9, " billion"), (1e6, " million")):
        if size >= unit:
            return f"{sign}${size / unit:,.1f}{word}"
    return f"{sign}${size:,.0f}"
