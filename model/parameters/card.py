"""What every number carries: a title, a unit, a range, a distribution, a grade and a source.

    tool_use: float = card(0.35, "screening done where required", "probability", 0.1, 0.8, "S",
        "R37", "P33", "beta", "probability")

makes a field of a `ParameterGroup` with its default and its `Card`, so that the number and where it
comes from are read together.  A group checks every value against its card when it is built, and is
frozen.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streetlight.model.advice import number_advice, share_advice
from streetlight.model.errors import InputError, did_you_mean

Domain = Literal["probability", "share", "positive", "non-negative", "real"]
Distribution = Literal["lognormal", "beta", "uniform", "triangular", "dirichlet", "fixed"]

#: Evidence grades, in the words used in every table.
GRADES = {
    "S": "seen in the source",
    "S2": "seen in a secondary report",
    "D": "our arithmetic on seen numbers",
    "U": "general knowledge, unverified",
    "A": "assumed",
}

#: Far beyond what any study varies. Logarithms and exponents become factors; years, memory.
LARGEST_OF_ALL = 1e24
LARGEST = {
    "log ratio": 20.0, "probit": 20.0, "standard deviation of the logit": 20.0, "exponent": 20.0,
    "correlation": 1.0, "coefficient of variation": 1000.0, "standard deviation": 1000.0,
    "years": 50.0, "weeks": 10_000.0,
}  # fmt: skip

ByClass = tuple[float, float, float, float]
BySector = tuple[float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Card:
    """The provenance of one parameter.

    `low` and `high` are the range the evidence allows (what a study should vary); `domain` is what
    the mathematics allows.  `number` is the P-number of the evidence tables, or "" for a parameter
    that is ours.
    """

    title: str
    unit: str
    low: float
    high: float
    grade: str
    source: str
    number: str = ""
    distribution: Distribution = "fixed"
    domain: Domain = "non-negative"
    labels: tuple[str, ...] = ()

    @property
    def largest(self) -> float:
        """The largest value, and by size the smallest, with which numbers stay numbers."""
        return LARGEST.get(self.unit, LARGEST_OF_ALL)

    def problem(self, value: float) -> str | None:
        """Say why `value` is outside the domain, or return None."""
        if not math.isfinite(value):
            return "must be a finite number"
        if self.domain in ("probability", "share") and not 0.0 <= value <= 1.0:
            return f"must lie between 0 and 1{share_advice(value)}"
        if self.domain == "positive" and value <= 0.0:
            return "must be above 0"
        if self.domain == "positive" and value < 1.0 / LARGEST_OF_ALL:
            return f"must be {1.0 / LARGEST_OF_ALL:g} or more ({self.unit})"
        if self.domain == "non-negative" and value < 0.0:
            return "must not be negative"
        if abs(value) > self.largest:
            least = f"between -{self.largest:,g} and" if self.domain == "real" else "at most"
            return f"must be {least} {self.largest:,g} ({self.unit})"
        return None


def frozen(name: str, value: str) -> str:
    """What is said where a parameter is set in its place."""
    return (
        f"{name}: parameters are frozen; parameters.with_values({{\"{name}\": {value}}}) is a copy "
        "with another value"
    )


def card(default: Any, title: str, unit: str, low: float, high: float, *others: Any) -> Any:
    """A field with this default and a `Card` of the rest, in the order of its fields."""
    # pydantic keeps this for schemas of its own making, and nobody asks it for one
    made: Any = {"card": Card(title, unit, low, high, *others)}
    return Field(default, json_schema_extra=made)


class ParameterGroup(BaseModel):
    """A frozen set of parameters with a card each.

    below_one, at_least_one: names of parameters that have a bound at 1 beside their domain.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)
    below_one: ClassVar[tuple[str, ...]] = ()
    at_least_one: ClassVar[tuple[str, ...]] = ()

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse it in words: a copy with another value is made by `Parameters.with_values`."""
        group, known = type(self).__name__.lower(), self.cards()
        if name not in known:
            raise InputError(f'{group}: no parameter is called "{name}"{did_you_mean(name, known)}')
        raise InputError(frozen(f"{group}.{name}", repr(value)))

    def __delattr__(self, name: str) -> None:
        """Refuse it, as setting is."""
        raise InputError(frozen(f"{type(self).__name__.lower()}.{name}", "..."))

    @classmethod
    def cards(cls) -> dict[str, Card]:
        """The cards by field name, in the order of the class body."""
        return dict(cards_of(cls))

    @model_validator(mode="before")
    @classmethod
    def _no_booleans_for_numbers(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for name, card in cards_of(cls).items():
                items = data.get(name)
                for item in items if isinstance(items, (list, tuple)) else (items,):
                    if isinstance(item, (bool, str)) and card.unit not in ("switch", "choice"):
                        allowed = f"must be a number ({card.unit}){number_advice(item)}"
                        raise ValueError(f"{name}: {item!r}: {allowed}")
        return data

    @model_validator(mode="after")
    def _inside_the_domain(self) -> Self:
        for name, card in cards_of(type(self)).items():
            value = getattr(self, name)
            if card.unit in ("switch", "choice"):
                continue
            for item in value if isinstance(value, tuple) else (value,):
                problem = card.problem(float(item))
                if name in self.below_one and item >= 1.0:
                    problem = problem or "must be below 1"
                if name in self.at_least_one and item < 1.0:
                    problem = problem or "must be 1 or more"
                if problem:
                    raise ValueError(f"{name}: {item!r}: {problem}")
        return self


@functools.cache
def cards_of(group: type[ParameterGroup]) -> dict[str, Card]:
    """The cards of a group, gathered once: `ParameterGroup.cards` hands out copies."""
    held: dict[str, Any] = {name: f.json_schema_extra for name, f in group.model_fields.items()}
    return {name: extra["card"] for name, extra in held.items() if extra}
