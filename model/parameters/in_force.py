"""Numbers that are pairs, one for a reading of attention alone and one for `mixed`.

In force is here the one that the reading takes; what years bring is in `later.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streetlight.model.parameters import Parameters


def in_force(parameters: Parameters, name: str) -> float:
    """The value of a number by its dotted name; of a pair, the one in force."""
    group, field = name.split(".")
    value = getattr(getattr(parameters, group), field)
    return float(parameters.attention.of(value) if isinstance(value, tuple) else value)


def with_in_force(parameters: Parameters, values: Mapping[str, float]) -> Parameters:
    """Parameters with these numbers; of a pair, the one in force is replaced.

    ValueError for values that cannot hold together.
    """
    changed: dict[str, Any] = {}
    for name, value in values.items():
        group, field = name.split(".")
        now = getattr(getattr(parameters, group), field)
        changed[name] = float(value)
        if isinstance(now, tuple):
            mixed = parameters.attention.reading == "mixed"
            changed[name] = (now[0], float(value)) if mixed else (float(value), now[1])
    return parameters.with_values(changed)
