"""What a parameter may be in a sampled future: a distribution of its number, or a choice of values.

A range comes from the parameter's card (`of_evidence`) or from the file. A parameter that is a
tuple (by place class or sector) is varied by one common factor, so that its pattern is kept: a
distribution of a tuple parameter is a distribution of that factor. Choices are whole values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.card import Card

Kind = Literal["uniform", "triangular", "beta", "lognormal"]

# Probability beyond each bound of a lognormal before it is cut there, and where that begins on a
# standard normal distribution.
TAIL, Z = 0.025, 1.959964


@dataclass(frozen=True)
class Range:
    """A distribution of a number, or of the factor of a tuple, that never leaves [low, high].

    middle: most likely value (triangular; beta, which is PERT) or median (lognormal, see
    `lognormal`); not used by uniform. A lognormal that starts at 0 is triangular.
    """

    kind: Kind
    low: float
    middle: float
    high: float

    def at(self, u: FloatArray) -> FloatArray:
        """Values at the probabilities u (n,)."""
        from scipy import stats

        low, high = self.low, self.high
        if not low < high:
            return np.full(len(u), low)
        middle = min(max(self.middle, low), high)
        place = (middle - low) / (high - low)
        if self.kind == "lognormal" and low > 0.0:
            values = lognormal(u, low, middle, high)
        elif self.kind == "beta":
            values = stats.beta.ppf(u, 1 + 4 * place, 5 - 4 * place, low, high - low)
        elif self.kind == "uniform":
            values = low + u * (high - low)
        else:
            values = stats.triang.ppf(u, place, low, high - low)
        return np.asarray(np.clip(values, low, high))  # rounding may step over a bound


def lognormal(u: FloatArray, low: float, middle: float, high: float) -> FloatArray:
    """Quantiles (n,) at u (n,) of a lognormal in two pieces, whose median is `middle`.

    The logarithm is half a normal distribution on each side of log(middle), with half the
    probability and a spread of its own: `low` and `high` are the 2.5th and 97.5th percentiles, at
    which the sides are then cut. At the geometric mean of the bounds this is a lognormal cut at
    its 95% bounds. Elsewhere it is the two-piece normal of Wallis (2014, Statistical Science 29)
    in its scales, but not in its weights: there the density is continuous and the middle is the
    mode, here the middle is the median and the density has a step. When `middle` is a bound, one
    side has all the probability.
    """
    from scipy import special

    below = TAIL if low < middle else 0.5
    above = 1 - TAIL if middle < high else 0.5
    z = special.ndtri(below + u * (above - below))
    down, up = math.log(middle) - math.log(low), math.log(high) - math.log(middle)
    return np.asarray(middle * np.exp(z / Z * np.where(z < 0.0, down, up)))


@dataclass(frozen=True)
class Choice:
    """Some values of any kind, each with a probability in proportion to its weight."""

    values: tuple[Any, ...]
    weights: tuple[float, ...] = ()

    def at(self, u: FloatArray) -> list[Any]:
        """Values at the probabilities u (n,)."""
        weights = np.array(self.weights or (1.0,) * len(self.values))
        weights /= weights.max()  # so that the sum stays finite
        bounds = np.cumsum(weights) / weights.sum()
        return [self.values[i] for i in np.searchsorted(bounds[:-1], u, side="right")]


@dataclass(frozen=True)
class Varied:
    """One parameter of a design.

    levels: how many quantiles of its range a grid takes; from_evidence: the range is the card's.
    """

    name: str
    distribution: Range | Choice
    levels: int = 3
    from_evidence: bool = False

    def values(self, base: Parameters, u: FloatArray) -> list[Any]:
        """Values of the parameter at the probabilities u (n,): numbers, tuples or choices."""
        if isinstance(self.distribution, Choice):
            return self.distribution.at(u)
        numbers, default = self.distribution.at(u), value_of(base, self.name)
        if not isinstance(default, tuple):
            return [float(number) for number in numbers]
        return [tuple(float(factor * value) for value in default) for factor in numbers]

    def described(self, base: Parameters) -> dict[str, Any]:
        """The distribution as plain values, and the range of the evidence where there is one.

        middle: as in `Range`, a median of a lognormal and otherwise a mode.
        outside_evidence: whether it reaches beyond that range, in which case results rest on values
        that no source supports.
        """
        if isinstance(self.distribution, Choice):
            weights = {"weights": list(self.distribution.weights)}
            found: dict[str, Any] = {"choice": [plain(one) for one in self.distribution.values]}
            return found | (weights if self.distribution.weights else {})
        one = self.distribution
        middle = {} if one.kind == "uniform" else {"middle": one.middle}
        found = {"distribution": one.kind, "low": one.low, **middle, "high": one.high}
        found |= {"of": "factor"} if isinstance(value_of(base, self.name), tuple) else {}
        if not_sampled(self.name, base) is None:
            card = of_evidence(self.name, base)
            found["evidence"] = [card.low, card.high]
            found["outside_evidence"] = one.low < card.low or one.high > card.high
        return found


def from_description(name: str, described: Mapping[str, Any]) -> Varied:
    """The parameter that `Varied.described` describes, for designs of other kinds over it."""
    if "choice" in described:
        values = tuple(tuple(v) if isinstance(v, list) else v for v in described["choice"])
        return Varied(name, Choice(values, tuple(described.get("weights", ()))))
    low, high = described["low"], described["high"]
    middle = described.get("middle", (low + high) / 2)
    return Varied(name, Range(described["distribution"], low, middle, high))


def plain(value: Any) -> Any:
    """A value as a file holds it: tuples as lists."""
    return list(value) if isinstance(value, tuple) else value


def value_of(parameters: Parameters, name: str) -> Any:
    """The value of a parameter by dotted name."""
    group, _, field = name.partition(".")
    return getattr(getattr(parameters, group), field)


def no_range(card: Card, default: Any) -> str | None:
    """Why no distribution can be given for a parameter, or None."""
    if card.unit in ("switch", "choice"):
        return "a switch or choice has no range; give its choice, or set it in a named future"
    if card.distribution == "dirichlet":
        return "shares that sum to 1 have no range; give their choice, or set them by name"
    if isinstance(default, int):
        return "is a whole number; give its choice, or set it in a named future"
    if isinstance(default, tuple) and not any(default):
        return "all its values are 0, which a common factor cannot vary"
    return None


def not_sampled(name: str, base: Parameters | None = None) -> str | None:
    """Why a parameter cannot be sampled from the evidence, or None."""
    card, default = Parameters.all_cards()[name], value_of(base or Parameters(), name)
    if card.distribution == "fixed" or card.low >= card.high:
        if card.unit not in ("switch", "choice"):
            return "its card gives no range to sample from; set it in a named future"
    return no_range(card, default)


def of_evidence(name: str, base: Parameters) -> Range:
    """The range on a parameter's card, its value in `base` the middle; of a tuple, of its factor.

    The factor moves no value of the tuple beyond the card's range, as far as `base` lies within it.
    """
    card, default = Parameters.all_cards()[name], value_of(base, name)
    kind: Kind = "uniform"
    if card.distribution in ("triangular", "beta", "lognormal"):
        kind = card.distribution
    if not isinstance(default, tuple):
        return Range(kind, card.low, min(max(float(default), card.low), card.high), card.high)
    positive = [value for value in default if value > 0]
    low, high = min(1.0, card.low / min(positive)), max(1.0, card.high / max(positive))
    return Range(kind, low, 1.0, high)


def all_from_evidence(names: Sequence[str], base: Parameters) -> list[Varied]:
    """Each named parameter by its card."""
    return [Varied(name, of_evidence(name, base), from_evidence=True) for name in names]
