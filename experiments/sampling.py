"""Futures drawn by Latin hypercube from the ranges on the parameters' cards.

A card's `low` and `high` bound every draw; the default is the most likely value (triangular, beta)
or the median before truncation (lognormal). A parameter that is a tuple (by place class or sector)
is varied by one common factor, so that its pattern is kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.errors import InputError
from model.parameters import Parameters
from model.parameters.card import Card

FloatArray = NDArray[np.float64]

# Draws that break a rule between parameters are replaced from further hypercubes, this many.
MOST_HYPERCUBES = 50
# 95% of a lognormal lies between low and high before truncation.
SPAN = 2 * 1.959964
# Child of the experiment's seed that draws the futures (SeedSequence spawn key); never reused.
SAMPLING_KEY = 1


def not_sampled(name: str) -> str | None:
    """Why a parameter cannot be sampled, or None."""
    card, default = Parameters.all_cards()[name], value_of(Parameters(), name)
    if card.unit in ("switch", "choice"):
        return "a switch or choice is not sampled; set it in a named future"
    if card.distribution == "dirichlet":
        return "shares that sum to 1 are not sampled; set them in a named future"
    if card.distribution == "fixed" or card.low >= card.high:
        return "its card gives no range to sample from; set it in a named future"
    if isinstance(default, tuple) and not any(default):
        return "all its values are 0, which a common factor cannot vary"
    return None


def value_of(parameters: Parameters, name: str) -> Any:
    """The value of a parameter by dotted name."""
    group, _, field = name.partition(".")
    return getattr(getattr(parameters, group), field)


def quantile(card: Card, default: float, low: float, high: float, u: FloatArray) -> FloatArray:
    """Values in [low, high] at the probabilities u (n,), by the card's distribution."""
    from scipy import stats

    middle = min(max(default, low), high)
    place = (middle - low) / (high - low)
    if card.distribution == "lognormal" and low > 0:
        sd = (math.log(high) - math.log(low)) / SPAN
        a, b = (math.log(low / middle) / sd, math.log(high / middle) / sd)
        return np.asarray(np.exp(stats.truncnorm.ppf(u, a, b, math.log(middle), sd)))
    if card.distribution == "beta":  # PERT: beta with its mode at the default
        return np.asarray(stats.beta.ppf(u, 1 + 4 * place, 5 - 4 * place, low, high - low))
    if card.distribution in ("triangular", "lognormal"):
        return np.asarray(stats.triang.ppf(u, place, low, high - low))
    return low + u * (high - low)


def values_at(name: str, base: Parameters, u: FloatArray) -> list[Any]:
    """Values of one parameter at the probabilities u (n,); floats, or tuples for a tuple."""
    card, default = Parameters.all_cards()[name], value_of(base, name)
    if not isinstance(default, tuple):
        return [float(v) for v in quantile(card, float(default), card.low, card.high, u)]
    positive = [value for value in default if value > 0]
    low, high = min(1.0, card.low / min(positive)), max(1.0, card.high / max(positive))
    factors = quantile(card, 1.0, low, high, u) if low < high else np.ones(len(u))
    return [tuple(float(factor * value) for value in default) for factor in factors]


def sample(
    names: Sequence[str], n: int, seed: int, base: Parameters
) -> list[tuple[dict[str, Any], Parameters]]:
    """n futures: overrides by dotted name, and the parameters they make. Reproducible by seed.

    InputError when the rules between the parameters leave too few draws valid.
    """
    from scipy.stats import qmc

    sequence = np.random.SeedSequence(seed, spawn_key=(SAMPLING_KEY,))
    hypercube = qmc.LatinHypercube(d=len(names), rng=np.random.default_rng(sequence))
    futures: list[tuple[dict[str, Any], Parameters]] = []
    for _ in range(MOST_HYPERCUBES):
        u = hypercube.random(n)
        columns = [values_at(name, base, u[:, k]) for k, name in enumerate(names)]
        for values in zip(*columns, strict=True):
            overrides = dict(zip(names, values, strict=True))
            try:
                parameters = base.with_values(overrides)
            except ValueError:  # two parameters that cannot be true together
                continue
            futures.append((overrides, parameters))
            if len(futures) == n:
                return futures
    raise InputError(
        f"only {len(futures)} of {n} futures are valid: these parameters' ranges contradict one "
        "another; sample fewer of them"
    )
