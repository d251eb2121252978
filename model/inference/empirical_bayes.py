"""Empirical Bayes: recorded rates drawn towards what places of their kind have.

    Y_i ~ Poisson(t_i),  t_i = exposure_i m_i g_i,  log m_i = columns_i b,  g_i ~ Gamma(k, k)

b and k are those of the highest marginal (negative binomial) likelihood with a weak prior. Given
them g_i is Gamma(k + Y_i, k + exposure_i m_i). Clayton and Kaldor (1987), Biometrics 43, 671-681.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.design import PoolingDesign
from streetlight.model.inference.identified import (
    LEVEL,
    Interval,
    NotIdentifiedError,
    checked_counts,
    tails,
)
from streetlight.model.inference.laplace import Peak, peak_of

#: Normal prior of log k: g has a coefficient of variation of 1, or 0.23 to 4.3 in 95 of 100.
LOG_K_MEAN, LOG_K_SPREAD = 0.0, 1.5
DRAWS = 400
FEWEST_PLACES = 2


@dataclass(frozen=True, eq=False)
class EmpiricalBayes:
    """Recorded rates, shrunken. Arrays are (C,) unless it is said.

    rate: posterior mean; interval: of the rate, doubt about b and k included; usual: m_i, the rate
    of places of its kind; spread: standard deviation of the log of a lognormal that varies as g
    does; peak: of b and log k.
    """

    rate: FloatArray
    interval: Interval
    usual: FloatArray
    spread: float
    peak: Peak


def empirical_bayes(
    counts: FloatArray,
    exposure: FloatArray,
    design: PoolingDesign,
    level: float = LEVEL,
    seed: int = 0,
) -> EmpiricalBayes:
    """Shrunken rates of counts (C,) over exposure (C,), places pooled by the design's columns.

    A place without exposure, or whose count is NaN, has the rate of its kind. Assumes that counts
    are Poisson given the rate, that one k holds for all places, and that columns act on the log.
    The interval is of the *recorded* rate; it mixes the gamma posteriors of draws of (b, log k)
    from the normal distribution at their peak. NotIdentifiedError without two places and a count.
    """
    checked_counts(counts, exposure)
    used = (exposure > 0.0) & ~np.isnan(counts)
    if used.sum() < FEWEST_PLACES:
        raise NotIdentifiedError("nothing to pool: fewer than two places", "more places")
    if not counts[used].any():
        raise NotIdentifiedError("no case was recorded anywhere", "more years")
    y, e = np.where(used, counts, 0.0), np.where(used, exposure, 0.0)
    peak = negative_binomial_peak(y[used], e[used], design, design.columns[used])
    m = design.columns.shape[1]
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(11,)))
    drawn = peak.draws(DRAWS, rng)
    mean, k = np.exp(drawn[:, :m] @ design.columns.T), np.exp(drawn[:, m:])
    rates = rng.standard_gamma(k + y) * mean / (k + e * mean)
    usual, at_k = np.exp(design.columns @ peak.at[:m]), float(np.exp(peak.at[m]))
    return EmpiricalBayes(
        rate=(at_k + y) * usual / (at_k + e * usual),
        interval=Interval(*np.quantile(rates, tails(level), axis=0)),
        usual=usual,
        spread=float(np.sqrt(np.log1p(1.0 / at_k))),
        peak=peak,
    )


def negative_binomial_peak(
    y: FloatArray, exposure: FloatArray, design: PoolingDesign, columns: FloatArray
) -> Peak:
    """The peak of (b, log k) for counts (n,), exposure (n,) and columns (n, m)."""
    m = columns.shape[1]

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        b, k = theta[:m], np.exp(np.clip(theta[m], -12.0, 12.0))
        mean = exposure * np.exp(np.clip(columns @ b, -60.0, 40.0))
        together = np.log(k + mean)
        value = gammaln(y + k) - gammaln(k) + k * (np.log(k) - together)
        value += y * (np.log(np.maximum(mean, 1e-300)) - together)
        residual = (y - mean) * k / (k + mean)
        by_k = digamma(y + k) - digamma(k) + np.log(k) + 1.0 - together - (y + k) / (k + mean)
        prior, slope = design.penalty(b)
        z = float(theta[m] - LOG_K_MEAN) / LOG_K_SPREAD
        gradient = np.append(slope - residual @ columns, z / LOG_K_SPREAD - k * by_k.sum())
        return prior + z * z / 2.0 - float(value.sum()), np.asarray(gradient)

    start = np.append(design.mean, 0.0)
    start[0] = np.log(y.sum() / exposure.sum())
    return peak_of(loss, start)
