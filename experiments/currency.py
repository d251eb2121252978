"""The word for money: dollars, unless an experiment has another currency. No number moves by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

DOLLARS = "USD"
_spoken: ContextVar[str] = ContextVar("currency", default=DOLLARS)


@contextmanager
def speaking(config: Mapping[str, Any]) -> Iterator[None]:
    """Within it money is in the currency of a resolved configuration."""
    before = _spoken.set(str(config.get("currency", DOLLARS)))
    try:
        yield
    finally:
        _spoken.reset(before)


def money_word() -> str:
    """What amounts are counted in: 'dollars', or a code such as 'GBP'."""
    return "dollars" if _spoken.get() == DOLLARS else _spoken.get()


def money_sign() -> str:
    """What stands before an amount: a dollar sign, or a code and a space."""
    return "$" if _spoken.get() == DOLLARS else f"{_spoken.get()} "


def in_currency(unit: str) -> str:
    """A unit with the word for money in it, such as 'dollars a year'."""
    return unit.replace("dollars", money_word())
