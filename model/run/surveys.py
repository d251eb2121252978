"""What a prevalence survey finds: anonymous answers of so many youth, a year at a time.

Asked at the end of a policy year, so that its result is known when the next begins.  A survey reads
the truth and changes nothing of it.
"""

from __future__ import annotations

import numpy as np
from scipy.special import bdtrik

from streetlight.model.arrays import FloatArray, Table, Uint32Array
from streetlight.model.compiled import kernel
from streetlight.model.draws import Decision, uniforms

ROUNDING = 1e-9  # a thousand respondents less what dividing dollars loses are a thousand


@kernel
def survey_luck(world, communities, year, out):
    """The luck of every community's survey of a year, bought or not: fills out (C,)."""
    for c in range(communities.shape[0]):
        out[c] = uniforms(world, communities[c].key, year, Decision.SURVEY, 0, 0)[0]


def respondents(units: FloatArray, youth_12_17: FloatArray) -> FloatArray:
    """How many youth answer (C,), of so many paid for (C,): whole persons who live there."""
    return np.asarray(np.floor(np.minimum(units + ROUNDING, youth_12_17)))


def estimates(
    asked: FloatArray,
    active: FloatArray,
    youth_12_17: FloatArray,
    disclosed: float,
    luck: FloatArray,
) -> FloatArray:
    """Estimated share of youth 12-17 who are exploited (C,), 0 where nobody is asked.

    asked (C,): respondents; active (C,): youth exploited now; disclosed: share of these who say so;
    luck (C,): uniforms. Unbiased: those who say so, over those asked times `disclosed`.
    """
    true = np.divide(active, youth_12_17, out=np.zeros_like(asked), where=youth_12_17 > 0.0)
    said_so = binomial(asked, np.minimum(true, 1.0) * disclosed, luck)
    return np.divide(said_so, asked * disclosed, out=np.zeros_like(asked), where=asked > 0.0)


def binomial(n: FloatArray, p: FloatArray, u: FloatArray) -> FloatArray:
    """The binomial quantiles of u (C,): the smallest k with P(X <= k) >= u."""
    k = np.where(p >= 1.0, n, 0.0)
    open_ = (n > 0.0) & (p > 0.0) & (p < 1.0)
    k[open_] = np.ceil(bdtrik(u[open_], n[open_], p[open_]))
    return k


def year_of_luck(world: Uint32Array, communities: Table, year: int) -> FloatArray:
    """Luck (C,) of the surveys of a year, counted from the start of filling."""
    luck = np.empty(len(communities))
    survey_luck(world, communities, year, luck)
    return luck
