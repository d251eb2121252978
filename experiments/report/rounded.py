"""Numbers in words of the page: rounded to what is known, never "nan", "inf" or a bare zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import wraps

from streetlight.experiments.currency import money_sign, money_word
from streetlight.experiments.words import say

MINUS = "\N{MINUS SIGN}"
#: Shares that have a word of their own, by their keys in the catalogue.
FRACTIONS = {
    "twentieth": 0.05, "tenth": 0.1, "fifth": 0.2, "quarter": 0.25, "third": 1 / 3, "half": 0.5,
    "two_thirds": 2 / 3, "three_quarters": 0.75,
}  # fmt: skip
Written = Callable[[float], str]


def known(written: Written) -> Written:
    """The function, with "not known" for what is not finite."""

    @wraps(written)
    def or_unknown(value: float) -> str:
        return written(value) if math.isfinite(value) else say("numbers.unknown")

    return or_unknown


def digits(value: float, n: int = 2) -> float:
    """The value with n significant digits; 0 where it is not known.

    >>> from streetlight.experiments.report.rounded import digits
    >>> digits(14215.8), digits(0.0123, 1)
    (14000.0, 0.01)
    """
    if not math.isfinite(value) or value == 0:
        return 0.0
    return round(value, n - 1 - math.floor(math.log10(abs(value))))


@known
def count(value: float) -> str:
    """A count without sign, such as 14,000; small ones whole, or 'less than 1'."""
    size = abs(value)
    if 0 < size < 0.95:
        return say("numbers.below_one")
    return f"{round(size) if size < 100 else digits(size):,.0f}"


def signed_count(value: float) -> str:
    """A count with a minus sign where it is below 0."""
    return (MINUS if value < 0 else "") + count(value)


@known
def dollars(value: float) -> str:
    """Money: $161 million, $48,000, 50 cents."""
    size = digits(abs(value), 3)
    if 0 < size < 1 and money_word() == "dollars":
        return say("numbers.cents", n=f"{100 * size:.0f}")
    for unit, word in ((1e9, "billion"), (1e6, "million")):
        if size >= unit:
            amount = f"{size / unit:,.{1 if size < 10 * unit else 0}f}".removesuffix(".0")
            return say(f"numbers.{word}", n=amount)
    whole = size >= 100 or size == round(size)
    return money_sign() + (f"{size:,.0f}" if whole else f"{size:,.2f}")


@known
def percent(share: float) -> str:
    """A share in percent without sign: 39%, 1.2%, under 0.1%."""
    size = abs(100 * share)
    if 0 < size < 0.1:
        return say("numbers.under", n="0.1%")
    return f"{size:,.{0 if size >= 1.95 or not size else 1}f}%".replace(".0%", "%")


def with_sign(share: float) -> str:
    """A share in percent, with a sign when it is below 0, unless it is under 0.1%."""
    return (MINUS if share <= -0.001 else "") + percent(share)


def whole_percent(share: float) -> str:
    """A share in whole percent: 56%, under 1%."""
    return f"{100 * share:.0f}%" if share >= 0.0095 else say("numbers.under", n="1%")


@known
def signed(share: float) -> str:
    """A change in percent with its sign: +14%, or 'no change'."""
    if share == 0:
        return say("numbers.no_change")
    sign = "" if abs(share) < 0.001 else "+" if share > 0 else MINUS
    return sign + percent(share)


@known
def of_100(share: float) -> str:
    """How many of 100: 7.0, 39, 'none'."""
    size = 100 * share
    if 0 < size < 0.05:
        return say("numbers.under", n="0.1")
    return f"{size:.{1 if size < 9.95 else 0}f}" if size else say("numbers.none")


@known
def rate(value: float) -> str:
    """A rate with two digits, such as 1.7 or 0.27 of 1,000 youth a year."""
    if 0 < value < 0.005:
        return say("numbers.under", n="0.01")
    places = 0 if value >= 9.95 else 1 if value >= 0.995 else 2
    return f"{value:,.{places}f}" if value else say("numbers.none")


def portion(share: float) -> str:
    """A share in a word where one is near ('a third'), else in percent.

    >>> from streetlight.experiments.report.rounded import portion
    >>> portion(0.31), portion(0.14)
    ('a third', '14%')
    """
    near = (name for name, known in FRACTIONS.items() if abs(share - known) <= 0.07 * known)
    name = next(near, "")
    return say(f"numbers.{name}") if name else percent(share)


def span(texts: Iterable[str]) -> str:
    """The first and the last of some rounded numbers, with their unit once: 29 to 39%."""
    low, *rest = list(texts)
    high = rest[-1] if rest else low
    if low == high:
        return low
    # as amounts end: what the catalogue says of no number, without the sign of dollars
    units = ("%", say("numbers.million", n="")[1:], say("numbers.billion", n="")[1:])
    unit = next((one for one in units if low.endswith(one) and high.endswith(one)), "")
    return say("numbers.span", low=low.removesuffix(unit), high=high)


def ends(written: Written, values: Iterable[float]) -> str:
    """The least and the most of some values, as they are written."""
    least, *_, most = sorted([*values] * 2)
    return span((written(least), written(most)))
