"""Prevalence surveys: what a year's anonymous answers of the youth asked say of each community.

Youth are asked at the end of a policy year, so that policies know the result when the next begins.
A survey reads the truth and changes nothing.  What agencies learn from it: `inference/surveys.py`.
"""

from __future__ import annotations

import numpy as np
from scipy.special import bdtrik

from streetlight.model.arrays import FloatArray, Table, Uint32Array
from streetlight.model.compiled import kernel
from streetlight.model.draws import Decision, uniforms

#: Added to units bought before they are cut to whole respondents: dollars divided by a price can
#: give 999.9999999999999 where 1,000 were paid for.
ROUNDING = 1e-9


@kernel
def survey_uniforms(world, communities, year, out):
    """A uniform for every community's survey of a year, bought or not: fills out (C,)."""
    for c in range(communities.shape[0]):
        out[c] = uniforms(world, communities[c].key, year, Decision.SURVEY, 0, 0)[0]


def respondents(units: FloatArray, youth_12_17: FloatArray) -> FloatArray:
    """How many youth answer (C,), of so many paid for (C,): whole persons who live there."""
    return np.asarray(np.floor(np.minimum(units + ROUNDING, youth_12_17)))


def estimates(
    asked: FloatArray, active: FloatArray, youth_12_17: FloatArray, disclosed: float, u: FloatArray
) -> FloatArray:
    """Estimated share of youth 12-17 who are exploited (C,), 0 where nobody is asked.

    asked (C,): respondents; active (C,): youth exploited now; disclosed: share of these who say so;
    u (C,): uniforms. Unbiased: those who say so, over those asked times `disclosed`.
    """
    true = np.divide(active, youth_12_17, out=np.zeros_like(asked), where=youth_12_17 > 0.0)
    said_so = binomial(asked, np.minimum(true, 1.0) * disclosed, u)
    return np.divide(said_so, asked * disclosed, out=np.zeros_like(asked), where=asked > 0.0)


def binomial(n: FloatArray, p: FloatArray, u: FloatArray) -> FloatArray:
    """The binomial quantiles of u (C,): the smallest k with P(X <= k) >= u."""
    k = np.where(p >= 1.0, n, 0.0)
    open_ = (n > 0.0) & (p > 0.0) & (p < 1.0)
    k[open_] = np.ceil(bdtrik(u[open_], n[open_], p[open_]))
    return k


def uniforms_of_year(world: Uint32Array, communities: Table, year: int) -> FloatArray:
    """Uniforms (C,) for the surveys of a year, counted from the start of filling."""
    u = np.empty(len(communities))
    survey_uniforms(world, communities, year, u)
    return u
