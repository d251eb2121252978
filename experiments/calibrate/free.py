"""Numbers that a fit may move: each between two ends, on a scale of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from scipy.special import expit, logit

from streetlight.experiments.distributions import value_of
from streetlight.model.arrays import FloatArray
from streetlight.model.parameters import Parameters

Scale = Literal["log", "logit", "linear"]


@dataclass(frozen=True)
class FreeNumber:
    """A number that a fit may move between two ends, from where it stands (`central`).

    name: a parameter by dotted name; entry: which of its values, where it has several; factor_of:
    instead, values by parameter that all get one factor, which is then the number; scale: on which
    half of the range is one step.
    """

    name: str
    central: float
    low: float
    high: float
    entry: int | None = None
    scale: Scale = "log"
    factor_of: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    label: str = ""

    def scaled(self, value: float) -> float:
        """A value on the number's scale."""
        if self.scale == "log":
            return math.log(value)
        return float(logit(value)) if self.scale == "logit" else value

    @property
    def half(self) -> float:
        """Half of the range, on the scale."""
        return (self.scaled(self.high) - self.scaled(self.low)) / 2.0

    def step_of(self, value: float) -> float:
        """Where a value stands: 0 where the number stood, 1 half of the range above it."""
        return (self.scaled(value) - self.scaled(self.central)) / self.half

    def value_at(self, step: float) -> float:
        """The value at a step; what rounding takes beyond an end is cut."""
        x = self.scaled(self.central) + step * self.half
        value = {"log": np.exp, "logit": expit, "linear": float}[self.scale](x)
        return min(max(float(value), self.low), self.high)


def steps_at_ends(free: Sequence[FreeNumber]) -> tuple[FloatArray, FloatArray]:
    """The steps (n,) at the lower and upper ends."""
    low = np.array([one.step_of(one.low) for one in free])
    return low, np.array([one.step_of(one.high) for one in free])


def values_at(free: Sequence[FreeNumber], steps: FloatArray) -> FloatArray:
    """The values (n,) at steps (n,)."""
    return np.array([one.value_at(float(x)) for one, x in zip(free, steps, strict=True)])


def with_free(parameters: Parameters, free: Sequence[FreeNumber], values: FloatArray) -> Parameters:
    """Parameters with these values (n,); ValueError for some that cannot hold together."""
    return parameters.with_values(overrides_of(parameters, free, values))


def overrides_of(
    parameters: Parameters, free: Sequence[FreeNumber], values: FloatArray
) -> dict[str, Any]:
    """What these values (n,) make of parameters by name; tuples where there are several."""
    changed: dict[str, Any] = {}
    for one, value in zip(free, values.tolist(), strict=True):
        if one.factor_of:
            changed |= {name: tuple(value * x for x in xs) for name, xs in one.factor_of.items()}
        elif one.entry is None:
            changed[one.name] = value
        else:
            now = list(changed.get(one.name, value_of(parameters, one.name)))
            now[one.entry] = value
            changed[one.name] = tuple(now)
    return changed
