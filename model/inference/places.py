"""Counts of places, and what all of it says of the rates of victimization behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streetlight.model.arrays import FloatArray, IndexArray, lock_fields
from streetlight.model.inference.design import PoolingDesign, by_class_and_poverty
from streetlight.model.inference.empirical_bayes import EmpiricalBayes, empirical_bayes
from streetlight.model.inference.hidden_risk import HIDDEN_CV, RelativeRates, relative_rates


@dataclass(frozen=True, eq=False, kw_only=True)
class PlaceCounts:
    """Counts of cases by place over known years; arrays are (C,).

    counts: cases recorded; years: known for the place, 0 where nothing is; youth: persons;
    place_class: numbers of `names.PlaceClass`; poverty_share: 0 to 1.
    """

    counts: FloatArray
    years: FloatArray
    youth: FloatArray
    place_class: IndexArray
    poverty_share: FloatArray

    def __post_init__(self) -> None:
        lock_fields(self)

    @property
    def exposure(self) -> FloatArray:
        """Youth-years (C,)."""
        return np.asarray(self.youth * self.years)

    @property
    def design(self) -> PoolingDesign:
        """Columns by which the places are pooled."""
        return by_class_and_poverty(self.place_class, self.poverty_share)


def yearly(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sums of counts (C, Y) over their known years, and how many these are: (C,) each.

    >>> yearly(np.array([[2.0, np.nan, 3.0]]))
    (array([5.]), array([2.]))
    """
    known = ~np.isnan(counts)
    return np.where(known, counts, 0.0).sum(axis=1), known.sum(axis=1).astype(float)


def relative_of(
    table: PlaceCounts, fit: EmpiricalBayes | None = None, hidden_cv: float = HIDDEN_CV
) -> RelativeRates:
    """Relative rates of victimization by empirical Bayes, most of what differs put to attention."""
    fit = fit or empirical_bayes(table.counts, table.exposure, table.design)
    usual = fit.usual * table.exposure
    return relative_rates(
        table.counts, usual, fit.spread, table.design, fit.peak, table.youth, hidden_cv
    )
