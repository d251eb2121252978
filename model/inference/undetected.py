"""What an agency estimates from its counts: how many victimizations there are, how many it sees.

In community i, with E_i victimizations a year expected from youth and poverty alone, a share a_i of
them is published in a year in which the agency takes part:

    log a_i = b0 + b1 log(population_i) + b2 log(1 + dollars a resident)      (attention)
    Y_i ~ Poisson(t_i a_i N_i),   N_i ~ Gamma(mean E_i, shape k)              (counts of t_i years)

b is fitted to all communities together (N_i = E_i, ridge); the level of a is not in the record, it
is the agency's belief `share_seen`.  Then N_i given Y_i is Gamma(k + Y_i, k / E_i + t_i a_i), and
N_i (1 - a_i) is what is left undetected.

Where surveys were made (`surveys` has that part of the model) E_i is first multiplied by what they
say of its class of place, exp(c), and a community's own survey counts beside its reports:

    X_i ~ Poisson(x_i N_i),   N_i given Y_i and X_i ~ Gamma(k + Y_i + X_i, k / E_i + t_i a_i + x_i)

X_i: those who said so; x_i: how many of them one victimization a year brings.

All numbers here are the agency's own beliefs.  Its `poverty_ratio` is drawn around the truth once
a future (`on_average.agency`) unless a policy sets it; the others are set before any run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.regression import poisson_fit
from streetlight.model.inference.surveys import answers
from streetlight.model.record.view import RecordView

MOST = 0.95  # largest share that an agency believes to see


def expected(view: RecordView, poverty_ratio: float | None) -> FloatArray:
    """Victimizations expected from youth and poverty alone (C,), up to a factor.

    poverty_ratio: of poor to other households; None for what the agency believes.
    """
    ratio = view.beliefs.poverty_ratio if poverty_ratio is None else poverty_ratio
    return np.asarray(view.youth * (1.0 + (ratio - 1.0) * view.poverty_share))


@dataclass(frozen=True)
class Posterior:
    """The agency's posterior of N_i: Gamma.  Arrays are (C,)."""

    shape: FloatArray
    rate: FloatArray
    seen: FloatArray  # a_i

    @property
    def mean(self) -> FloatArray:
        """Mean victimizations a year (C,)."""
        return np.asarray(self.shape / self.rate)

    @property
    def sd(self) -> FloatArray:
        """Standard deviation (C,)."""
        return np.asarray(np.sqrt(self.shape) / self.rate)

    def undetected(self, victimizations: FloatArray) -> FloatArray:
        """What of so many victimizations (C,) is left undetected."""
        return np.asarray(victimizations * (1.0 - self.seen))


def fit(
    view: RecordView,
    poverty_ratio: float | None,
    share_seen: float,
    k: float,
    u: FloatArray | None = None,
) -> Posterior:
    """Fit the model of this module to the record so far.

    share_seen: mean of a_i; k: shape of N_i, the larger the less a community's own counts move its
    estimate; u: uniforms (3,), if the slopes are to be drawn from their (normal) posterior.
    """
    survey = answers(view, expected(view, poverty_ratio))
    prior = survey.expected
    takes_part = view.takes_part.astype(float)
    years = takes_part.sum(axis=1)
    counts = (view.published_reports * takes_part).sum(axis=1)
    features = attention_features(view, takes_part, years)
    slopes, covariance = poisson_fit(features, prior * years, counts)
    if u is not None:
        slopes = slopes + np.linalg.cholesky(covariance) @ ndtri(u)
    relative = np.exp(features[:, 1:] @ slopes[1:])  # the level is a belief, set below
    mean = float((relative * prior).sum() / max(prior.sum(), 1e-300))
    seen = np.minimum(MOST, share_seen * relative / max(mean, 1e-300))
    by_prior = float((seen * years * prior).sum())
    scale = counts.sum() / by_prior if counts.any() else 1.0
    scaled = np.maximum(prior * scale, 1e-12)
    told = survey.fitted / scaled
    return Posterior(k + counts + survey.said_so, k / scaled + seen * years + told, seen)


def attention_features(view: RecordView, takes_part: FloatArray, years: FloatArray) -> FloatArray:
    """Columns of the regression (C, 3): one, log population, log(1 + dollars a resident)."""
    people = np.maximum(view.population, 1.0)
    size = np.log(people)
    spent = (view.attention_dollars * takes_part).sum(axis=1) / np.maximum(years, 1.0) / people
    return np.column_stack([np.ones(len(size)), size - size.mean(), np.log1p(spent)])
