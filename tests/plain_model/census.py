"""Section 3 and 9: how many youth really live in a place, and how many the census counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model import PlainModel

SHARE_OF_RESIDENTS = 0.10345


def draw_true_youth(model: PlainModel, region: Any) -> list[float]:
    """True youth over the youth of the table, place by place."""
    spread = model.parameters.incidence.youth_spread
    n = len(region.population)
    if spread == 0.0:
        return [1.0] * n
    own = model.rng.standard_normal(n).tolist()
    factors = []
    for i in range(n):
        start, end = region.neighbour_start[i], region.neighbour_start[i + 1]
        together = [own[i], *(own[int(j)] for j in region.neighbour_index[start:end])]
        score = sum(together) / math.sqrt(len(together))
        factors.append(1.0 + spread / SHARE_OF_RESIDENTS * max(-3.0, min(3.0, score)))
    there = [float(youth) for youth in region.youth]
    total = sum(youth * factor for youth, factor in zip(there, factors, strict=True))
    factors = [factor * sum(there) / total for factor in factors]
    return [
        min(factor, float(people) / youth) if youth > 0.0 else factor
        for factor, people, youth in zip(factors, region.population, there, strict=True)
    ]


def draw_counted_youth(model: PlainModel, region: Any) -> list[float]:
    """What the census counts over what is there; region: with its true youth."""
    error = model.parameters.agency.youth_error
    if model.parameters.incidence.youth_spread == 0.0 or error == 0.0:
        return [1.0] * len(region.population)
    factors = []
    for people, youth in zip(region.population, region.youth, strict=True):
        sigma = max(0.005, error * math.sqrt(10_000 / max(people, 1.0)))
        off = max(-0.5, min(0.5, sigma * model.random.gauss(0.0, 1.0)))
        factors.append(min(1.0 + off, people / youth) if youth > 0.0 else 1.0 + off)
    return factors
