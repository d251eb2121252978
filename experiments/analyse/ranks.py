"""Ranks and their 90% ranges, from which policies are surely better and which surely worse.

    rank_low = 1 + number of policies surely better,    rank_high = K - number surely worse

(Mogstad, Romano, Shaikh and Wilhelm 2024). A range holds the true rank of its policy whenever none
of its sure statements is wrong, and that has a probability of 90%, however close the policies
are: the 2 (K - 1) one-sided p-values of a policy are judged one after another by Holm's (1979)
rule, the r-th smallest at 10% / (2 (K - 1) + 1 - r). Resampling ranks themselves has no such
warrant: where policies are close, the ranks of resamples scatter about those of the run, which
scatter about the true ones (Hall and Miller 2009).

*Means over futures* have exact paired t-tests under normal luck (`mean_tests`). For other criteria
the difference of two policies is held against its standard deviation over resamples
(`resampled_tests`), which is approximate: they are no smooth functions of the means.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streetlight.experiments.analyse.intervals import by_future
from streetlight.model.arrays import FloatArray

#: Probability with which a range may miss.
MISSES = 0.1
#: Differences of scores below this share of their size are rounding.
ROUNDING = 1e-12


def rank(score: FloatArray) -> FloatArray:
    """1 plus the number of strictly higher scores, along the last axis."""
    return np.asarray(1 + (score[..., None, :] > score[..., :, None]).sum(axis=-1))


def rank_range(better: FloatArray, misses: float = MISSES) -> NDArray[np.int64]:
    """Ends of the ranges of ranks (2, K) from p-values (K, K): small where j is better than i."""
    k = len(better)
    ends = np.ones((2, k), dtype=np.int64)
    ends[1] = k
    for i in range(k):
        others = np.arange(k) != i
        both = np.concatenate([better[i, others], better[others, i]])
        order = np.argsort(both, kind="stable")
        passed = both[order] < misses / (len(both) - np.arange(len(both)))
        n = len(both) if passed.all() else int(passed.argmin())
        sure = order[:n]
        ends[0, i] += int(np.sum(sure < k - 1))
        ends[1, i] -= int(np.sum(sure >= k - 1))
    return ends


def mean_tests(good: FloatArray) -> FloatArray:
    """p-values (K, K) of "j is no better than i" in the mean over futures, values (K, F, R)."""
    found = np.empty((len(good), len(good)))
    for i, own in enumerate(good):
        n, means, variances = by_future(good - own)
        there = n > 0
        parts = variances[:, there]
        total = parts.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            df = total**2 / np.sum(parts**2 / (n[there] - 1), axis=1)
        gain, error = means[:, there].mean(axis=1), np.sqrt(total) / there.sum()
        found[i] = one_sided(gain, error, np.where(total > 0, df, 1.0))
    return found


def resampled_tests(score: FloatArray, drawn: FloatArray, df: float) -> FloatArray:
    """p-values (K, K) of "j is no better than i" from scores (K,) and those of resamples (B, K).

    df: degrees of freedom of the spread.
    """
    rounding = ROUNDING * float(np.abs(drawn).max())
    found = np.empty((len(score), len(score)))
    for i in range(len(score)):
        gain, error = score - score[i], (drawn - drawn[:, i : i + 1]).std(axis=0)
        gain[np.abs(gain) <= rounding], error[error <= rounding] = 0.0, 0.0
        found[i] = one_sided(gain, error, np.full(len(score), df))
    return found


def one_sided(gain: FloatArray, error: FloatArray, df: FloatArray) -> FloatArray:
    """p-value of a gain against none or less, Student's t; without spread it is 0 or 1."""
    from scipy.special import stdtr

    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(error > 0, gain / error, np.where(gain > 0, np.inf, -np.inf))
    return np.asarray(stdtr(df, -t))
