"""Rules by formula, from public facts alone: head counts, poverty, size."""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.money.registry import rule
from streetlight.model.record.view import OracleView, RecordView


@rule(
    title="No spending",
    sees="nothing",
    used_by="nobody; the baseline that others are measured against",
    spends=False,
)
def none(view: RecordView) -> FloatArray:
    """Nobody gets anything."""
    return np.zeros(view.n_communities)


@rule(
    title="Equal shares",
    sees="nothing",
    used_by="programmes that give every county or coalition the same grant",
)
def equal_shares(view: RecordView) -> FloatArray:
    """Every community gets the same: 1/C of the budget, whatever its size."""
    return np.ones(view.n_communities)


@rule(title="Per youth", sees="youth aged 10-17", used_by="formula grants by head count")
def per_youth(view: RecordView) -> FloatArray:
    """In proportion to the number of youth aged 10-17."""
    return view.youth


@rule(
    title="Youth in poverty",
    sees="youth aged 10-17, poverty share",
    used_by="formula grants that follow need, as for schools with many poor pupils",
)
def poverty_need(view: RecordView) -> FloatArray:
    """In proportion to the number of youth in poverty: youth times poverty share."""
    return view.youth * view.poverty_share


@rule(
    title="Small towns first",
    sees="youth aged 10-17, population",
    used_by="rural set-asides; the remedy for barriers in small places",
)
def small_towns_first(view: RecordView, *, half_population: float = 25_000.0) -> FloatArray:
    """In proportion to youth times a small-town index 1 / (1 + population / 25,000).

    The index is near 1 in a village, 1/2 at `half_population` (25,000) people and near 0 in a large
    city. It is what an agency might write down beforehand, not a measurement.
    """
    return view.youth / (1.0 + view.population / half_population)


@rule(
    title="Information oracle",
    sees="onsets expected in the coming year, which nobody can know",
    used_by="nobody; a reference for what perfect information about risk would do",
)
def information_oracle(view: OracleView) -> FloatArray:
    """In proportion to the first onsets expected in the coming year.

    It knows the true rates at the period's start, not what will happen, and not where money works
    best: a reference, not a bound.
    """
    return view.expected_onsets
