"""Values as a file has them, and how a percentage is written that is none yet."""

from __future__ import annotations

import re

from streetlight.experiments.config.yaml_tree import Node
from streetlight.model.advice import NUMBER

NEARLY_PERCENT = re.compile(
    r"([0-9]+\.?[0-9]*|\.[0-9]+) ?(%|percent|per ?cent|pct\.?)?( ?of (?:the )?(gain|baseline))?"
)


def as_percentage(text: str, of_gain: bool) -> str:
    """How a text is written as a percentage, after a semicolon; "" where that cannot be told.

    of_gain: whether it may be one of the gain.
    """
    found = NEARLY_PERCENT.fullmatch(text.strip().casefold())
    if NUMBER.fullmatch(text):
        return f"; without quotes: {text}"
    if found is None or not 0 < float(found[1]) < 1000 or (found[4] == "gain" and not of_gain):
        return ""
    return f"; as {float(found[1]):g}%" + " of gain" * (found[4] == "gain")


def as_written(node: Node) -> object:
    """A value as its file has it: text that would be none without them in its quotes."""
    quoted = isinstance(node.value, str) and (
        NUMBER.fullmatch(node.value) or node.value in ("true", "false")
    )
    if quoted:
        return f"'{node.value}'"
    return node.text or node.plain()
