"""The shape of a table of counts: zeros, size, overdispersion, persistence, areas.

A table holds counts of places in years that follow each other, (C, Y); NaN is unknown, and what is
unknown is left out of every number.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln
from scipy.stats import binom

from streetlight.model.arrays import BoolArray, FloatArray, IntArray

#: A place counts as small below this population, where flicker is measured.
SMALL = 100_000.0
#: Areas that must have people and a known count for the spread of their rates to say anything.
FEWEST_AREAS = 3


class Slope(NamedTuple):
    """A negative-binomial regression of counts on log population."""

    slope: float
    standard_error: float
    alpha: float  # variance of a count: mean + alpha mean^2


def thinned(counts: FloatArray, uniforms: FloatArray, volume: float) -> FloatArray:
    """Counts (C, Y) of which each case is kept with one probability, so that `volume` a year stay.

    uniforms: (C, Y), one a count, so that tables that differ little are thinned alike.
    """
    share = min(1.0, volume / max(float(np.nansum(counts)) / counts.shape[1], 1e-300))
    return counts if share == 1.0 else np.asarray(binom.ppf(uniforms, counts, share))


def negative_binomial(
    total: FloatArray, population: FloatArray, years: FloatArray | float = 1.0
) -> Slope:
    """Most likely slope of counts (C,) on log population, and overdispersion.

    years (C,): what a count was collected over, in any unit.
    """
    x = np.log(population) - np.log(population).mean()

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        mean, r = years * np.exp(theta[0] + theta[1] * x), np.exp(-theta[2])  # r: 1 / alpha
        together = np.log(r + mean)
        value = gammaln(total + r) - gammaln(r) + r * (np.log(r) - together)
        value += total * (np.log(mean) - together)
        residual = (total - mean) * r / (r + mean)
        step = 1e-5 * r  # the derivative by r: a central difference of what gammaln gives
        by_gamma = gammaln(total + r + step) - gammaln(total + r - step)
        by_gamma += gammaln(r - step) - gammaln(r + step)
        by_r = by_gamma / (2.0 * step) + np.log(r) + 1.0 - together - (total + r) / (r + mean)
        gradient = [-residual.sum(), -(residual * x).sum(), (by_r * r).sum()]
        return -float(value.sum()), np.array(gradient)

    start = np.array([np.log(max(total.mean(), 1e-9)), 1.0, 0.0])
    bounds = [(None, None), (-5.0, 5.0), (-12.0, 6.0)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    mean, alpha = years * np.exp(found[0] + found[1] * x), float(np.exp(found[2]))
    weight = mean / (1.0 + alpha * mean)
    design = np.stack([np.ones_like(x), x])
    covariance = np.linalg.inv((design * weight) @ design.T)
    return Slope(float(found[1]), float(np.sqrt(covariance[1, 1])), alpha)


def correlation(x: FloatArray, y: FloatArray) -> float:
    """Pearson's correlation where both are known; NaN where one of the two does not vary."""
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = x[both], y[both]
    spread = float(x.std() * y.std()) if len(x) else 0.0
    return float(((x - x.mean()) * (y - y.mean())).mean()) / spread if spread > 0.0 else np.nan


def between_years(counts: FloatArray) -> tuple[float, float]:
    """Correlation of log(1 + n): mean over neighbouring years, and the first with the last."""
    logs = np.log1p(counts)
    years = [correlation(logs[:, y], logs[:, y + 1]) for y in range(counts.shape[1] - 1)]
    told = [one for one in years if not np.isnan(one)]
    return float(np.mean(told)) if told else np.nan, correlation(logs[:, 0], logs[:, -1])


def gone_next_year(counts: FloatArray, small: BoolArray) -> float:
    """Of small places with a report in a year, the share without one in the next year."""
    now, after = counts[small, :-1], counts[small, 1:]
    had = (now > 0) & ~np.isnan(after)
    return float((had & (after == 0)).sum() / had.sum()) if had.any() else np.nan


def by_area(values: FloatArray, area: IntArray) -> FloatArray:
    """Sums of values (C,) by area."""
    return np.asarray(np.bincount(area, values), float)


def shape_of(counts: FloatArray, population: FloatArray, area: IntArray) -> dict[str, float]:
    """Numbers that describe a table (C, Y), by name; NaN where the table is too small to tell.

    area (C,): number of the area of each place. PATTERNS says what each number is.
    """
    years = (~np.isnan(counts)).sum(axis=1).astype(float)
    used = (population > 0.0) & (years > 0.0)
    counts, population, area, years = counts[used], population[used], area[used], years[used]
    total = np.nansum(counts, axis=1)
    neighbouring, far = between_years(counts) if counts.shape[1] > 1 else (np.nan, np.nan)
    slope = alpha = np.nan
    if total.any() and np.ptp(np.log(population)) > 0.0:
        found = negative_binomial(total, population, years / years.mean())
        slope, alpha = found.slope, found.alpha
    found_by_area = by_area(total, area), by_area(population * years, area)
    return {
        "zeros": float((counts == 0).sum() / years.sum()) if len(years) else np.nan,
        "never": float((total == 0).mean()) if len(years) else np.nan,
        "slope": slope,
        "alpha": alpha,
        "neighbouring years": neighbouring,
        "first and last year": far if counts.shape[1] > 2 else np.nan,
        "gone next year": gone_next_year(counts, population < SMALL),
        "areas": spread_of_rates(*found_by_area),
    }


#: What each number of `shape_of` is, in words.
PATTERNS = {
    "zeros": "place-years without any, of those known",
    "never": "places without any in all their known years",
    "slope": "slope of counts on log population (1: in proportion)",
    "alpha": "overdispersion of counts given population",
    "neighbouring years": "correlation of log(1 + n), neighbouring years",
    "first and last year": "correlation of log(1 + n), first with last year",
    "gone next year": "places under 100,000 with one and none next year",
    "areas": "variation of rates between areas (CV)",
}


def spread_of_rates(total: FloatArray, people: FloatArray) -> float:
    """Coefficient of variation of the rates of areas; NaN for few areas, or without any count."""
    rates = total[people > 0.0] / people[people > 0.0]
    return (
        float(rates.std() / rates.mean()) if len(rates) >= FEWEST_AREAS and total.any() else np.nan
    )
