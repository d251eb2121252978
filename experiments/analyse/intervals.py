"""Means over futures with Monte-Carlo intervals, for one policy and for many at once.

d_fr is the difference between policy and baseline in replicate r of future f, both in the same
world; n_f replicates, mean d_f, sample variance s_f^2. Futures count alike and are given:

    D = sum_f d_f / F,    V = sum_f (s_f^2 / n_f) / F^2,    D +- t(nu) sqrt(V)
    nu = (sum_f v_f)^2 / sum_f (v_f^2 / (n_f - 1)),    v_f = s_f^2 / n_f

(Welch 1938, Satterthwaite 1946).

*Many policies against one baseline.* All use the same worlds, so that their t-statistics are
correlated, and the largest |t| of the family is less than if they were independent. `family_level`
gives the level at which each interval is to be set so that all hold together with 95%: it draws
the family's t-statistics (numerators normal with the estimated correlations, denominators the
diagonal of a Wishart matrix with the same correlations: what replicates of normal luck give), takes
the quantile of the largest, and turns it into a level, which each policy uses with its own nu.
This is Dunnett's (1955) idea without equal variances and equal correlations, after Hasler and
Hothorn (2008), who plug estimated correlations into a multivariate t, each contrast with its own
nu. Estimated from few replicates, correlations are first shrunk towards 0 by the intensity of
Schaefer and Strimmer (2005); independence is the safe side (Sidak 1967). The level lies between
Bonferroni's alpha / K and alpha, whatever is drawn.

*A spread of zero* is taken at its word: the interval is the mean alone. A policy that never differs
from the baseline, as one without money, so has [0, 0].
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from streetlight.model.arrays import FloatArray

ALPHA = 0.05
#: Draws of the family of t-statistics; the share covered is then known to 0.2 per cent points.
DRAWS = 10_000
#: Degrees of freedom above which more change the level by less than its own Monte-Carlo error.
MOST_DF = 40
#: First number of the spawn key of the draws, which belong to no run.
FAMILY_KEY = 7301


@dataclass(frozen=True, eq=False)
class Estimate:
    """A mean over futures of means over replicates, with its Monte-Carlo error.

    variance, df: of the mean, NaN if a future has one replicate; future_means, future_variances,
    replicates: of each future (F,), the variances being those of the means.
    """

    mean: float
    variance: float
    df: float
    future_means: FloatArray
    future_variances: FloatArray
    replicates: FloatArray

    def interval(self, alpha: float = ALPHA) -> tuple[float, float]:
        """Two-sided t-interval that misses with probability alpha."""
        return interval(self.mean, self.variance, self.df, alpha)

    @property
    def low(self) -> float:
        """Lower end of the 95% interval."""
        return self.interval()[0]

    @property
    def high(self) -> float:
        """Upper end of the 95% interval."""
        return self.interval()[1]

    @property
    def n_futures(self) -> int:
        """Futures with a value."""
        return int(np.sum(self.replicates > 0))


def interval(mean: float, variance: float, df: float, alpha: float = ALPHA) -> tuple[float, float]:
    """t-interval of a mean whose estimate has this variance; NaN without degrees of freedom."""
    half = float(half_width(np.array(variance), np.array(df), alpha))
    return mean - half, mean + half


def half_width(variance: FloatArray, df: FloatArray, alpha: float = ALPHA) -> FloatArray:
    """Half-widths of t-intervals; 0 without spread, NaN without degrees of freedom."""
    known = df > 0
    quantile = t_quantile(alpha / 2, np.where(known, df, 1.0))
    half = np.where(variance == 0.0, 0.0, quantile * np.sqrt(variance))
    return np.where(known, half, math.nan)


def t_quantile(upper: float, df: Any) -> Any:
    """What Student's t exceeds with probability `upper`; df: a number, or an array of them."""
    from scipy.special import stdtrit

    return -stdtrit(df, upper)  # the lower tail: it keeps its digits where upper is tiny


def estimate(values: FloatArray) -> Estimate:
    """Estimate from values (F, R), NaN where there is no pair."""
    n, means, variances = moments(values)
    mean, variance, df = map(float, over_futures(n, means, variances))
    return Estimate(mean, variance, df, means, variances, n)


def moments(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Replicates, means and variances of the means (..., F) of values (..., F, R) with NaN.

    One replicate has no variance: NaN.
    """
    there = np.isfinite(values)
    n = there.sum(axis=-1).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(there, values, 0.0).sum(axis=-1) / n
        low = np.where(there, values, math.inf).min(axis=-1)
        same = low == np.where(there, values, -math.inf).max(axis=-1)
        means = np.where(same, low, means)  # exactly, without the rounding of a sum
        squares = (np.where(there, values - means[..., None], 0.0) ** 2).sum(axis=-1)
        return n, means, squares / (n - 1) / n


def over_futures(
    n: FloatArray, means: FloatArray, variances: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean over futures, its variance and df (...), of what `moments` gives; NaN without any."""
    present = n > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        n_futures = present.sum(axis=-1)
        mean = np.where(present, means, 0.0).sum(axis=-1) / n_futures
        parts = np.where(present, variances, 0.0)
        total = parts.sum(axis=-1)
        satterthwaite = total**2 / (parts**2 / np.where(present, n - 1, 1.0)).sum(axis=-1)
        df = np.where(total == 0.0, n.sum(axis=-1) - n_futures, satterthwaite)
        return mean, total / n_futures**2, np.where(n_futures > 0, df, math.nan)


def by_future(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Replicates (F,), means and variances of the means (K, F) of values (K, F, R) with NaN.

    The worlds must be the same for all K.
    """
    n, means, variances = moments(values)
    if not (n == n[0]).all() or not (np.isfinite(values) == np.isfinite(values[0])).all():
        raise ValueError("the K sets of values are not of the same worlds")
    return n[0], means, variances


def family_level(
    values: FloatArray, alpha: float = ALPHA, *, sides: int = 2, draws: int = DRAWS,
    most_df: int = MOST_DF,
) -> float:  # fmt: skip
    """Level of each of K intervals such that all K hold together with probability 1 - alpha.

    values (K, F, R): the K differences, in the same worlds. Those without spread are sure and do
    not count. sides: 2 for intervals, 1 for bounds from above or below. NaN without two replicates.
    """
    from scipy.special import stdtr

    covariance, df = covariance_of_means(values)
    if not np.isfinite(covariance).all():
        return math.nan
    noisy = np.diagonal(covariance) > 0
    k = int(noisy.sum())
    if k <= 1:
        return alpha
    sd = np.sqrt(np.diagonal(covariance)[noisy])
    correlation = covariance[np.ix_(noisy, noisy)] / np.outer(sd, sd)
    freedom = float(np.median(df[noisy]))
    root = np.linalg.cholesky(shrunk(correlation, freedom)).T
    whole = int(np.clip(math.floor(freedom), 1, most_df))
    rng = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(FAMILY_KEY, k, sides)))
    squares = np.zeros((draws, k))
    for _ in range(whole):
        squares += (rng.standard_normal((draws, k)) @ root) ** 2
    t = (rng.standard_normal((draws, k)) @ root) / np.sqrt(squares / whole)
    largest = (np.abs(t) if sides == 2 else t).max(axis=1)
    critical = float(np.quantile(largest, 1 - alpha, method="higher"))
    return float(np.clip(sides * stdtr(whole, -critical), alpha / k, alpha))


def covariance_of_means(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Covariance (K, K) of the means over futures of values (K, F, R), and each one's df (K,)."""
    n, means, variances = by_future(values)
    present = n > 0
    if not present.any() or (n[present] < 2).any():
        k = len(values)
        return np.full((k, k), math.nan), np.full(k, math.nan)
    n, variances = n[present], variances[:, present]
    gaps = np.nan_to_num(values[:, present] - means[:, present, None], nan=0.0)
    gaps /= np.sqrt(n * (n - 1))[None, :, None] * len(n)
    flat = gaps.reshape(len(values), -1)
    covariance = flat @ flat.T
    constant = variances.sum(axis=1) == 0
    covariance[constant], covariance[:, constant] = 0.0, 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        df = variances.sum(axis=1) ** 2 / np.sum(variances**2 / (n - 1), axis=1)
    return covariance, np.where(constant, float(np.sum(n - 1)), df)


def shrunk(correlation: FloatArray, df: float) -> FloatArray:
    """A correlation matrix moved towards the identity, more so the fewer degrees of freedom.

    Intensity: the sum of the correlations' sampling variances (1 - r^2)^2 / df over the sum of
    their squares (Schaefer and Strimmer 2005), at most 1; at least a trifle, to be invertible.
    """
    off = correlation[~np.eye(len(correlation), dtype=bool)]
    squares = float(np.sum(off**2))
    noise = float(np.sum((1 - np.minimum(off**2, 1.0)) ** 2)) / max(df, 1.0)
    intensity = 1.0 if squares <= noise else max(noise / squares, 1e-6)
    matrix = (1 - intensity) * correlation
    np.fill_diagonal(matrix, 1.0)
    return matrix


def fieller(
    top: float, bottom: float, covariance: FloatArray, df: float, alpha: float = ALPHA
) -> tuple[float, float, float]:
    """Ratio of two means and its interval (Fieller 1954); NaN where the ratio is undefined.

    covariance (2, 2): of the two means. Undefined: the interval of the bottom holds 0, and then no
    bounded interval of the ratio exists either.
    """
    nothing = (math.nan, math.nan, math.nan)
    low, high = interval(bottom, float(covariance[1, 1]), df, alpha)
    if math.isnan(low) or math.isnan(top) or low <= 0 <= high:
        return nothing
    t2 = t_quantile(alpha / 2, df) ** 2
    a = bottom**2 - t2 * float(covariance[1, 1])
    b = top * bottom - t2 * float(covariance[0, 1])
    c = top**2 - t2 * float(covariance[0, 0])
    root = math.sqrt(max(b * b - a * c, 0.0))
    return top / bottom, (b - root) / a, (b + root) / a
