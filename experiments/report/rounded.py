"""Numbers in words of the page: rounded to what is known, never "nan", "inf" or a bare zero."""

from __future__ import annotations

import math
from collections.abc import Iterable

from streetlight.experiments.currency import money_sign, money_word

MINUS = "\N{MINUS SIGN}"
UNKNOWN = "not known"
#: Shares that have a word of their own, and the word.
FRACTIONS = {
    0.05: "a twentieth", 0.1: "a tenth", 0.2: "a fifth", 0.25: "a quarter", 1 / 3: "a third",
    0.5: "half", 2 / 3: "two thirds", 0.75: "three quarters",
}  # fmt: skip


def digits(value: float, n: int = 2) -> float:
    """The value with n significant digits; 0 where it is not known.

    >>> from streetlight.experiments.report.rounded import digits
    >>> digits(14215.8), digits(0.0123, 1)
    (14000.0, 0.01)
    """
    if not math.isfinite(value) or value == 0:
        return 0.0
    return round(value, n - 1 - math.floor(math.log10(abs(value))))


def count(value: float) -> str:
    """A count without sign, such as 14,000; small ones whole, or 'less than 1'."""
    if not math.isfinite(value):
        return UNKNOWN
    size = abs(value)
    if 0 < size < 0.95:
        return "less than 1"
    return f"{round(size) if size < 100 else digits(size):,.0f}"


def signed_count(value: float) -> str:
    """A count with a minus sign where it is below 0."""
    return (MINUS if value < 0 else "") + count(value)


def dollars(value: float, n: int = 3) -> str:
    """Money: $161 million, $48,000, 50 cents."""
    if not math.isfinite(value):
        return UNKNOWN
    size = digits(abs(value), n)
    if 0 < size < 1 and money_word() == "dollars":
        return f"{100 * size:.0f} cents"
    for unit, word in ((1e9, " billion"), (1e6, " million")):
        if size >= unit:
            number = f"{size / unit:,.{1 if size < 10 * unit else 0}f}{word}".replace(".0 ", " ")
            return money_sign() + number
    whole = size >= 100 or size == round(size)
    return money_sign() + (f"{size:,.0f}" if whole else f"{size:,.2f}")


def percent(share: float) -> str:
    """A share in percent without sign: 39%, 1.2%, under 0.1%."""
    if not math.isfinite(share):
        return UNKNOWN
    size = abs(100 * share)
    if size == 0:
        return "0%"
    if size < 0.1:
        return "under 0.1%"
    return f"{size:,.{0 if size >= 1.95 else 1}f}%".replace(".0%", "%")


def whole_percent(share: float) -> str:
    """A share in whole percent: 56%, under 1%."""
    return f"{100 * share:.0f}%" if share >= 0.0095 else "under 1%"


def signed(share: float) -> str:
    """A change in percent with its sign: +14%, or 'no change'."""
    if not math.isfinite(share):
        return UNKNOWN
    if share == 0:
        return "no change"
    text = percent(share)
    return text if text.startswith("under") else ("+" if share > 0 else MINUS) + text


def of_100(share: float) -> str:
    """How many of 100: 7.0, 39, 'none'."""
    if not math.isfinite(share):
        return UNKNOWN
    size = 100 * share
    if size == 0:
        return "none"
    if size < 0.05:
        return "under 0.1"
    return f"{size:.1f}" if size < 9.95 else f"{size:.0f}"


def rate(value: float) -> str:
    """A rate with two digits, such as 1.7 or 0.27 of 1,000 youth a year."""
    if not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "none"
    if value < 0.005:
        return "under 0.01"
    return f"{value:,.{0 if value >= 9.95 else 1 if value >= 0.995 else 2}f}"


def portion(share: float) -> str:
    """A share in a word where one is near ('a third'), else in percent.

    >>> from streetlight.experiments.report.rounded import portion
    >>> portion(0.31), portion(0.14)
    ('a third', '14%')
    """
    for known, word in FRACTIONS.items():
        if abs(share - known) <= 0.07 * known:
            return word
    return percent(share)


def span(texts: Iterable[str]) -> str:
    """The first and the last of some rounded numbers, with their unit once: 29 to 39%."""
    low, *rest = list(texts)
    high = rest[-1] if rest else low
    if low == high:
        return low
    for unit in ("%", " million", " billion"):
        if low.endswith(unit) and high.endswith(unit):
            low = low.removesuffix(unit)
            break
    return f"{low} to {high}"
