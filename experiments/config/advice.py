"""What to write instead of a text that was meant as a number."""

from __future__ import annotations

import re

from streetlight.experiments.config.yaml_tree import Node

NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
PERCENT = re.compile(r"([0-9]+(\.[0-9]+)?) ?%")
DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")


def number_advice(text: str) -> str:
    """How a text that looks like a number is written as one, after a semicolon; else ""."""
    plain = text.strip().lstrip("$€£").strip()
    if NUMBER.fullmatch(text):
        return f"; without quotes: {text}"
    if found := PERCENT.fullmatch(plain):
        return f"; as a number: {float(found[1]) / 100:.10g}"
    if THOUSANDS.fullmatch(plain):
        return f"; as a number: {plain.replace(',', '')}"
    if DECIMAL_COMMA.fullmatch(plain):
        return f"; with a point: {plain.replace(',', '.')}"
    if NUMBER.fullmatch(plain):
        return f"; as a number: {plain}"
    return ""


def as_written(node: Node) -> object:
    """A value as its file has it: text that would be none without them in its quotes."""
    quoted = isinstance(node.value, str) and (
        NUMBER.fullmatch(node.value) or node.value in ("true", "false")
    )
    if quoted:
        return f"'{node.value}'"
    return node.text or node.plain()
