"""Resampling in two stages that are never mixed: replicates within futures, and futures.

*Replicates within futures* (Monte-Carlo error, the futures given). A resample of the means of all
policies in a future is

    m*_p = m_p + sum_r g_r (x_pr - m_p) / sqrt(n (n - 1)),    g_r independent N(0, 1),

the same g for all policies of a world, so that pairing is kept: the multiplier bootstrap
(Chernozhukov, Chetverikov and Kato 2013). Its covariance is exactly the estimated one of the means;
a plain bootstrap of n replicates has (n - 1) / n of it, three quarters with four replicates.
Where resamples are to say how likely something is (`student`), the spread of each future is drawn
too, times sqrt((n - 1) / chi^2(n - 1)): few replicates do not know it, and resamples are then
t-distributed.

*Futures* (only sampled ones are a sample of anything). The means d_f of F sampled futures vary by
what differs between futures and by Monte-Carlo error, and the spread of d_f holds both. So futures
are drawn with replacement and keep their replicates. Drawing replicates again inside a future that
was drawn would count their error twice: the variance of the mean would be (B + 2 W / n) / F, not
(B + W / n) / F, with B the variance between futures and W within (Davison and Hinkley 1997,
section 3.8). The interval is the bootstrap-t of the mean of F (Efron and Tibshirani 1993,
chapter 12), which follows skewness where the percentile interval is too narrow with few futures. A
design that spreads futures evenly (Latin hypercube, Sobol) has means that vary less than those of
independent draws (Stein 1987; Owen 1997), so that the interval is then on the wide side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streetlight.experiments.analyse.intervals import ALPHA
from streetlight.model.arrays import FloatArray

#: Fewest sampled futures for which an interval of their population is given.
LEAST_FUTURES = 8
RESAMPLES = 2000
#: First numbers of the spawn keys of resamples; they belong to no run.
REPLICATES_KEY, FUTURES_KEY = 7302, 7303


@dataclass(frozen=True)
class Population:
    """Mean over sampled futures, and its 95% interval for the design they are drawn from."""

    mean: float = math.nan
    low: float = math.nan
    high: float = math.nan


def population(means: FloatArray, alpha: float = ALPHA, resamples: int = RESAMPLES) -> Population:
    """Mean and interval from the means (F,) of sampled futures; no interval below 8."""
    means = means[np.isfinite(means)]
    n = len(means)
    if n == 0:
        return Population()
    mean = float(means.mean())
    if n < LEAST_FUTURES:
        return Population(mean)
    error = float(means.std(ddof=1)) / math.sqrt(n)
    if error == 0.0 or means.min() == means.max():
        return Population(mean, mean, mean)
    drawn = means[drawn_futures(n, resamples)]
    with np.errstate(invalid="ignore", divide="ignore"):
        t = (drawn.mean(axis=1) - mean) / (drawn.std(axis=1, ddof=1) / math.sqrt(n))
    t = np.where(np.isnan(t), 0.0, t)
    upper, lower = np.quantile(t, [1 - alpha / 2, alpha / 2], method="inverted_cdf")
    return Population(mean, mean - float(upper) * error, mean - float(lower) * error)


def drawn_futures(n: int, resamples: int) -> NDArray[np.int64]:
    """Positions of futures drawn with replacement (B, F), the same for every policy and metric."""
    rng = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(FUTURES_KEY, n)))
    return rng.integers(0, n, (resamples, n))


def resampled_means(values: FloatArray, resamples: int, *, student: bool = False) -> FloatArray:
    """Means (B, K, F) of values (K, F, R), replicates resampled within futures.

    Values are of the same worlds for all K, NaN where there is none; several metrics may be put
    one after another to be resampled together. A future with one replicate stays as it is.
    student: whether resamples are t-distributed with n - 1 degrees of freedom, and not normal.
    """
    k, f, _ = values.shape
    means = np.full((resamples, k, f), math.nan)
    for i in range(f):
        kept = values[:, i, np.isfinite(values[:, i]).all(axis=0)]
        n = kept.shape[1]
        if n == 0:
            continue
        mean = kept.mean(axis=1)
        means[:, :, i] = mean
        if n > 1:
            seed = np.random.SeedSequence(0, spawn_key=(REPLICATES_KEY, i))
            rng = np.random.default_rng(seed)
            g = rng.standard_normal((resamples, n))
            if student:
                g *= np.sqrt((n - 1) / rng.chisquare(n - 1, resamples))[:, None]
            means[:, :, i] += g @ ((kept - mean[:, None]) / math.sqrt(n * (n - 1))).T
    return means
