"""Empirical Bayes: recorded rates drawn towards what places of their kind have.

    Y_i ~ Poisson(t_i),  t_i = exposure_i m_i g_i,  log m_i = columns_i b,  g_i ~ Gamma(k, k)

b and k are those of the highest marginal (negative binomial) likelihood with a weak prior. Given
them g_i is Gamma(k + Y_i, k + exposure_i m_i). Clayton and Kaldor (1987), Biometrics 43, 671-681.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln, zeta

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.design import PoolingDesign
from streetlight.model.inference.identified import (
    LEVEL,
    Interval,
    NotIdentifiedError,
    checked_counts,
    tails,
)
from streetlight.model.inference.laplace import Peak, newton_peak

#: Normal prior of log k: g has a coefficient of variation of 1, or 0.23 to 4.3 in 95 of 100.
LOG_K_MEAN, LOG_K_SPREAD = 0.0, 1.5
DRAWS = 400
FEWEST_PLACES = 2


@dataclass(frozen=True, eq=False)
class PooledRates:
    """Recorded rates, shrunken. Arrays are (C,) unless it is said.

    rate: posterior mean; usual: m_i, the rate of places of its kind; spread: standard deviation of
    the log of a lognormal that varies as g does; peak: of b and log k.
    """

    rate: FloatArray
    usual: FloatArray
    spread: float
    peak: Peak


@dataclass(frozen=True, eq=False)
class EmpiricalBayes(PooledRates):
    """The same with intervals of the rate, doubt about b and k included."""

    interval: Interval


def pooled_rates(counts: FloatArray, exposure: FloatArray, design: PoolingDesign) -> PooledRates:
    """Shrunken rates of counts (C,) over exposure (C,), places pooled by the design's columns.

    A place without exposure, or whose count is NaN, has the rate of its kind. Assumes that counts
    are Poisson given the rate, that one k holds for all places, and that columns act on the log.
    NotIdentifiedError without two places and a count.

    >>> from streetlight.model.inference.design import by_class_and_poverty
    >>> design = by_class_and_poverty(np.zeros(4, int), np.zeros(4))
    >>> found = pooled_rates(np.array([2.0, 9.0, 4.0, 5.0]), np.full(4, 1000.0), design)
    >>> (1e3 * found.rate).round(1).tolist()
    [3.2, 7.4, 4.4, 5.0]
    """
    checked_counts(counts, exposure)
    used = (exposure > 0.0) & ~np.isnan(counts)
    if used.sum() < FEWEST_PLACES:
        raise NotIdentifiedError("nothing to pool: fewer than two places", "more places")
    if not counts[used].any():
        raise NotIdentifiedError("no case was recorded anywhere", "more years")
    y, e = np.where(used, counts, 0.0), np.where(used, exposure, 0.0)
    peak = negative_binomial_peak(y[used], e[used], design, design.columns[used])
    usual, k = np.exp(design.columns @ peak.at[:-1]), float(np.exp(peak.at[-1]))
    return PooledRates(
        rate=(k + y) * usual / (k + e * usual),
        usual=usual,
        spread=float(np.sqrt(np.log1p(1.0 / k))),
        peak=peak,
    )


def empirical_bayes(
    counts: FloatArray,
    exposure: FloatArray,
    design: PoolingDesign,
    level: float = LEVEL,
    seed: int = 0,
) -> EmpiricalBayes:
    """The same with intervals of the *recorded* rate, which hold so often (level).

    An interval mixes the gamma posteriors of draws of (b, log k) from the normal distribution at
    their peak. Errors as of `pooled_rates`.
    """
    found = pooled_rates(counts, exposure, design)
    known = (exposure > 0.0) & ~np.isnan(counts)
    y, e = np.where(known, counts, 0.0), np.where(known, exposure, 0.0)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(11,)))
    drawn = found.peak.draws(DRAWS, rng)
    mean, k = np.exp(drawn[:, :-1] @ design.columns.T), np.exp(drawn[:, -1:])
    rates = rng.standard_gamma(k + y) * mean / (k + e * mean)
    return EmpiricalBayes(
        **vars(found), interval=Interval(*np.quantile(rates, tails(level), axis=0))
    )


def negative_binomial_peak(
    y: FloatArray, exposure: FloatArray, design: PoolingDesign, columns: FloatArray
) -> Peak:
    """The peak of (b, log k) for counts (n,), exposure (n,) and columns (n, m)."""
    m = columns.shape[1]
    different, times = np.unique(y, return_counts=True)  # so that few logs of gamma are taken

    def loss(theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        b, k = theta[:m], np.exp(np.clip(theta[m], -12.0, 12.0))
        mean = exposure * np.exp(np.clip(columns @ b, -60.0, 40.0))
        whole = k + mean
        together, over, share = np.log(whole), (y + k) / whole, mean / whole
        value = k * (np.log(k) - together) + y * (np.log(np.maximum(mean, 1e-300)) - together)
        total = float(value.sum()) + times @ (gammaln(different + k) - gammaln(k))
        residual = (y - mean) * k / whole
        by_k = float((np.log(k) + 1.0 - together - over).sum())
        by_k += times @ (digamma(different + k) - digamma(k))
        by_k_twice = float((1.0 / k - (2.0 - over) / whole).sum())
        by_k_twice += times @ (zeta(2.0, different + k) - zeta(2.0, k))  # trigamma
        prior, slope = design.penalty(b)
        z = float(theta[m] - LOG_K_MEAN) / LOG_K_SPREAD
        gradient = np.append(slope - residual @ columns, z / LOG_K_SPREAD - k * by_k)
        curvature = np.diag(np.append(design.spread, LOG_K_SPREAD) ** -2.0)
        curvature[:m, :m] += (columns.T * (k * share * over)) @ columns
        curvature[m, :m] = curvature[:m, m] = -(residual * share) @ columns
        curvature[m, m] -= k * (by_k + k * by_k_twice)
        return prior + z * z / 2.0 - float(total), gradient, curvature

    start = np.append(design.mean, 0.0)
    start[0] = np.log(y.sum() / exposure.sum())
    return newton_peak(loss, start)
