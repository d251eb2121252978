"""Rates as they are recorded, with exact intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.identified import LEVEL, Interval, checked_counts, tails


@dataclass(frozen=True, eq=False)
class RawRates:
    """Recorded rates. rate: counts over exposure, NaN where that is 0; interval: its ends."""

    rate: FloatArray
    interval: Interval


def raw_rates(counts: FloatArray, exposure: FloatArray, level: float = LEVEL) -> RawRates:
    """Counts over exposure, with the interval of Garwood (1936), Biometrika 28, 437-442.

    counts, exposure: one shape; an exposure of 0 and an unknown count (NaN) give NaN. Assumes that
    counts are Poisson. The interval is then right at least as often as `level` says, for the
    *recorded* rate: it knows nothing of years to come, of attention, or of the truth.

    >>> raw_rates(np.array([0.0, 10.0]), np.array([2.0, 5.0]), 0.95).interval.high.round(3).tolist()
    [1.844, 3.678]
    """
    checked_counts(counts, exposure)
    low, high = tails(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = Interval(
            np.where(counts > 0, chi2.ppf(low, 2.0 * counts) / 2.0, 0.0) / exposure,
            chi2.ppf(high, 2.0 * counts + 2.0) / 2.0 / exposure,
        )
        rate = counts / exposure
    known = (exposure > 0.0) & ~np.isnan(counts)
    return RawRates(
        np.where(known, rate, np.nan), Interval(*(np.where(known, end, np.nan) for end in ends))
    )
