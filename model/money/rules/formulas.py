"""Rules by formula, from public facts alone: head counts, poverty, size."""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.money.registry import rule
from streetlight.model.record.view import OracleView, RecordView

#: People at which the next population band of `small_towns_first` begins.
BANDS = (10_000.0, 50_000.0, 250_000.0)


@rule(
    title="No added money",
    summary="Nobody gets anything.",
    sees="nothing",
    used_by="nobody; the baseline that others are measured against",
    spends=False,
)
def none(view: RecordView) -> FloatArray:
    """Nobody gets anything."""
    return np.zeros(view.n_communities)


@rule(
    title="Same sum for every place",
    summary="Every place the same amount, large or small.",
    sees="nothing",
    used_by="programmes that give every county or coalition the same grant",
)
def equal_shares(view: RecordView) -> FloatArray:
    """Every community gets the same: 1/C of the budget, whatever its size."""
    return np.ones(view.n_communities)


@rule(
    title="By number of youth",
    summary="Each place by how many 10- to 17-year-olds live there.",
    sees="youth aged 10-17",
    used_by="formula grants by head count",
)
def per_youth(view: RecordView) -> FloatArray:
    """In proportion to the number of youth aged 10-17."""
    return view.youth


@rule(
    title="By youth in poverty",
    summary="Each place by how many of its youth live in poverty.",
    sees="youth aged 10-17, poverty share",
    used_by="formula grants that follow need, as for schools with many poor pupils",
)
def poverty_need(view: RecordView) -> FloatArray:
    """In proportion to the number of youth in poverty: youth times poverty share.

    The share is that of census data, which in small places is far from the true one.
    """
    return view.youth * view.poverty_share


@rule(
    title="Small towns first",
    summary="By number of youth, with more for each of them the smaller the place.",
    sees="youth aged 10-17, population",
    used_by="rural set-asides; the remedy for barriers in small places",
)
def small_towns_first(
    view: RecordView,
    *,
    under_10000: float = 0.85,
    under_50000: float = 0.5,
    under_250000: float = 0.15,
    larger: float = 0.03,
) -> FloatArray:
    """In proportion to youth times a weight for the population band, as a set-aside has it.

    A youth counts `under_10000` (0.85) in a place of fewer than 10,000 people, `under_50000` (0.5)
    and `under_250000` (0.15) in larger ones, and `larger` (0.03) from 250,000 on. They are near
    1 / (1 + population / 25,000) in the middle of each band (0.83 at 5,000, 0.45 at 30,000, 0.14 at
    150,000, 0.03 at 800,000), the index this rule had before, in round numbers.
    """
    band = np.searchsorted(BANDS, view.population, side="right")
    weight = np.array([under_10000, under_50000, under_250000, larger])[band]
    return np.asarray(view.youth * weight)


@rule(
    title="By true need",
    summary="Each place by how many youth will come to harm there, which nobody can know.",
    sees="onsets expected in the coming year, which nobody can know",
    used_by="nobody; a reference for what perfect information about risk would do",
)
def information_oracle(view: OracleView) -> FloatArray:
    """In proportion to the first onsets expected in the coming year.

    It knows the true rates at the period's start, not what will happen, and not where money works
    best: a reference, not a bound.
    """
    return view.expected_onsets
