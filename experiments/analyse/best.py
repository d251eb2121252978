"""Which policies may be the best: multiple comparisons with the best (Hsu 1984, 1996).

Policy i stays unless some other policy j is surely better: unless, for some j,

    D_j - D_i > t(nu_ij; a_i) sqrt(V_ij),

with D the mean over futures counted so that more is better, V_ij and nu_ij the Monte-Carlo variance
and degrees of freedom of the paired difference, and a_i the one-sided level that holds for all j
at once (`family_level`). The set so left holds the policy that is truly best with 95%.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streetlight.experiments.analyse.intervals import ALPHA, covariance_of_means, family_level
from streetlight.model.arrays import FloatArray

#: Draws a policy; the level is needed only where Bonferroni and no adjustment disagree.
DRAWS, MOST_DF = 4000, 20


def may_be_best(values: FloatArray, alpha: float = ALPHA) -> NDArray[np.bool_]:
    """Whether each of K policies may be the best, from values (K, F, R) of the same worlds.

    More is better. Without two replicates in every future all may be.
    """
    k = len(values)
    return np.array([stays(np.delete(values, i, 0) - values[i], alpha) for i in range(k)], bool)


def stays(gains: FloatArray, alpha: float) -> bool:
    """Whether none of the others' gains (K - 1, F, R) over a policy is surely above 0."""
    from scipy.special import stdtr

    if not len(gains):
        return True
    covariance, df = covariance_of_means(gains)
    variances = np.diagonal(covariance)
    means = np.nanmean(np.nanmean(gains, axis=2), axis=1)
    if not np.isfinite(variances).all():
        return True
    sure = variances == 0
    if (means[sure] > 0).any():
        return False
    t = means[~sure] / np.sqrt(variances[~sure])
    if not len(t):
        return True
    smallest = float(stdtr(df[~sure], -t).min())  # one-sided p-value of the strongest rival
    if smallest >= alpha:
        return True
    if smallest < alpha / len(t):
        return False
    return smallest >= family_level(gains, alpha, sides=1, draws=DRAWS, most_df=MOST_DF)
