"""What to write instead of a value that was meant as a number or as a share."""

from __future__ import annotations

import re

NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
PERCENT = re.compile(r"([0-9]+(\.[0-9]+)?) ?%")
DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


def number_advice(value: object) -> str:
    """How a text that looks like a number is written as one, after a semicolon; else ""."""
    if isinstance(value, list | tuple) and len(value) == 1:
        (only,) = value
        return f"; as one number, without brackets: {only}" if is_number(only) else ""
    if not isinstance(value, str):
        return ""
    plain = value.strip().lstrip("$€£").strip()
    if NUMBER.fullmatch(value):
        return f"; without quotes: {value}"
    if found := PERCENT.fullmatch(plain):
        return f"; as a number: {float(found[1]) / 100:.10g}"
    if THOUSANDS.fullmatch(plain):
        return f"; as a number: {plain.replace(',', '')}"
    if DECIMAL_COMMA.fullmatch(plain):
        return f"; with a point: {plain.replace(',', '.')}"
    if NUMBER.fullmatch(plain):
        return f"; as a number: {plain}"
    return ""


def is_number(value: object) -> bool:
    """Whether a value is a number, or a text that is one."""
    text = isinstance(value, str) and NUMBER.fullmatch(value) is not None
    return text or (isinstance(value, int | float) and not isinstance(value, bool))


def share_advice(value: float) -> str:
    """How a percentage is written as a share, after a semicolon; "" for what is hardly one.

    >>> share_advice(16.7), share_advice(1.01)
    ('; if it is a percentage, divide by 100: 0.167', '')
    """
    percent = 2 <= value <= 100
    return f"; if it is a percentage, divide by 100: {value / 100:.10g}" if percent else ""
