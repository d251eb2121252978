"""Numbers as readers see them, and what a sentence is made of: percentages, lists, places."""

from __future__ import annotations

import math
from collections.abc import Sequence

# How a place class is called inside a sentence, in the order of `PlaceClass`.
PLACES = ("large metros", "small metros", "towns", "rural places")
# How it is called as the title of a panel.
PLACE_TITLES = ("Large metro", "Small metro", "Town", "Rural")
# How it is called in tables.

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"


def listing(items: Sequence[str], word: str = "and") -> str:
    """'a', 'a and b', 'a, b and c'."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def capitalised(sentence: str) -> str:
    """The sentence with its first letter in upper case, the rest untouched."""
    return sentence[:1].upper() + sentence[1:]


def percent(value: float, decimals: int | None = None) -> str:
    """A percentage for a sentence; only exact zero is '0%' and only exact hundred '100%'."""
    if value in (0.0, 100.0):
        return f"{value:.0f}%"
    if decimals is None:
        decimals = 1 if abs(value) < 10 else 0
    step = 10.0**-decimals
    if 0 < value < step / 2:
        return f"under {step:g}%"
    if 100 - step / 2 < value < 100:
        return f"over {100 - step:g}%"
    return f"{value:.{decimals}f}%".replace("-", MINUS)


def percents(first: float, second: float) -> tuple[str, str]:
    """Two percentages with just enough decimals to differ when the numbers do (at most 3)."""
    least = 1 if min(abs(first), abs(second)) < 10 else 0
    for decimals in range(least, 4):
        texts = percent(first, decimals), percent(second, decimals)
        if first == second or texts[0] != texts[1]:
            return texts
    return texts


def number(value: float, signed: bool = False) -> str:
    """A number with about three significant digits and thousands separators; '' when undefined."""
    if not math.isfinite(value):
        return ""
    size = abs(value)
    decimals = 0 if size >= 100 or value == int(value) else 1 if size >= 1 else 2
    text = f"{size:,.{decimals}f}"
    if size and float(text.replace(",", "")) == 0:
        return f"under {10.0**-decimals:g}"
    sign = MINUS if value < 0 else "+" if signed and value > 0 else ""
    return sign + text


def numbers(first: float, second: float) -> tuple[str, str]:
    """Two numbers with just enough decimals to differ when they do (at most 5)."""
    texts = number(first), number(second)
    for decimals in range(3, 6):
        if first == second or texts[0] != texts[1]:
            break
        texts = f"{first:,.{decimals}f}", f"{second:,.{decimals}f}"
    return texts[0].replace("-", MINUS), texts[1].replace("-", MINUS)


def tenths(value: float) -> str:
    """A share per 100 beside its bar: one decimal, '0' only for exact zero."""
    return "0" if value == 0 else f"{value:.1f}" if value >= 0.05 else "<0.1"


def dollars(value: float, digits: int = 3) -> str:
    """An amount of money with so many significant digits: '$1,230,000', '$12.30', '$0.05'."""
    if value == 0:
        return "$0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    places = 0 if abs(value) >= 100 else 2
    text = f"${round(abs(value), decimals):,.{places}f}"
    return (MINUS if value < 0 else "") + (text if float(text[1:].replace(",", "")) else "$0.01")


def tick(value: float) -> str:
    """A difference at an axis tick, in full and with its sign."""
    text = f"{abs(value):,.6g}"
    return text if value == 0 else (MINUS if value < 0 else "+") + text


def correlation(value: float) -> str:
    """A correlation with two decimals."""
    text = f"{abs(value):.2f}"
    return MINUS + text if value < 0 and float(text) else text


def count_range(counts: Sequence[int]) -> str:
    """'20' when all are equal, else '18 to 20'."""
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def plural(count: int, word: str) -> str:
    """'1 future', '3 futures'."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
