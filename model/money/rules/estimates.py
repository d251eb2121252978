"""Rules that ask what the record hides: shortfalls, estimates of the undetected, exploration.

An agency's model of its record.  In community i, with E_i victimizations a year expected from
youth and poverty alone, a share a_i of them is published in a year in which the agency takes part:

    log a_i = b0 + b1 log(population_i) + b2 log(1 + dollars a resident)      (attention)
    Y_i ~ Poisson(t_i a_i N_i),   N_i ~ Gamma(mean E_i, shape k)              (counts of t_i years)

b is fitted to all communities together (N_i = E_i, ridge); the level of a is not in the record, it
is the agency's belief `known`.  Then N_i given Y_i is Gamma(k + Y_i, k / E_i + t_i a_i), and
N_i (1 - a_i) is what is left undetected.

Where surveys were made (`surveys` has that part of the model) E_i is first multiplied by what they
say of its class of place, exp(c), and a community's own survey counts beside its reports:

    X_i ~ Poisson(x_i N_i),   N_i given Y_i and X_i ~ Gamma(k + Y_i + X_i, k / E_i + t_i a_i + x_i)

X_i: those who said so; x_i: how many of them one victimization a year brings.

All numbers here are the agency's own beliefs.  Its `poverty_ratio` is drawn around the truth once
a future (`on_average.agency`) unless a policy sets it; the others are set before any run.
docs/policies.md states each rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, ndtri

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.regression import poisson_fit
from streetlight.model.inference.surveys import answers
from streetlight.model.money.registry import rule
from streetlight.model.money.rules.counts import recent
from streetlight.model.record.view import RecordView

MOST = 0.95  # largest share that an agency believes to see


def expected(view: RecordView, poverty_ratio: float | None) -> FloatArray:
    """Victimizations expected from youth and poverty alone (C,), up to a factor.

    poverty_ratio: of poor to other households; None for what the agency believes.
    """
    ratio = view.beliefs.poverty_ratio if poverty_ratio is None else poverty_ratio
    return np.asarray(view.youth * (1.0 + (ratio - 1.0) * view.poverty_share))


@dataclass(frozen=True)
class Estimate:
    """The agency's posterior of N_i (C,): Gamma with this shape and rate; seen: a_i (C,)."""

    shape: FloatArray
    rate: FloatArray
    seen: FloatArray

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
    known: float,
    k: float,
    luck: FloatArray | None = None,
) -> Estimate:
    """Fit the model of this module to the record so far.

    luck: uniforms (3,), if the slopes are to be drawn from their (normal) posterior.
    """
    survey = answers(view, expected(view, poverty_ratio))
    prior = survey.expected
    takes_part = view.takes_part.astype(float)
    years = takes_part.sum(axis=1)
    counts = (view.published_reports * takes_part).sum(axis=1)
    features = attention_features(view, takes_part, years)
    slopes, covariance = poisson_fit(features, prior * years, counts)
    if luck is not None:
        slopes = slopes + np.linalg.cholesky(covariance) @ ndtri(luck)
    relative = np.exp(features[:, 1:] @ slopes[1:])  # the level is a belief, set below
    mean = float((relative * prior).sum() / max(prior.sum(), 1e-300))
    seen = np.minimum(MOST, known * relative / max(mean, 1e-300))
    by_prior = float((seen * years * prior).sum())
    scale = counts.sum() / by_prior if counts.any() else 1.0
    scaled = np.maximum(prior * scale, 1e-12)
    told = survey.fitted / scaled
    return Estimate(k + counts + survey.said_so, k / scaled + seen * years + told, seen)


def attention_features(view: RecordView, takes_part: FloatArray, years: FloatArray) -> FloatArray:
    """Columns of the regression (C, 3): one, log population, log(1 + dollars a resident)."""
    size = np.log(np.maximum(view.population, 1.0))
    people = np.maximum(view.population, 1.0)
    spent = (view.attention_dollars * takes_part).sum(axis=1) / np.maximum(years, 1.0) / people
    return np.column_stack([np.ones(len(size)), size - size.mean(), np.log1p(spent)])


# -------------------------------------------------------------------------------- the rules


@rule(
    title="Silence-targeted",
    sees="youth aged 10-17, poverty share, reports published in the last years",
    used_by="outreach to places that report less than their youth would suggest",
)
def silence_targeted(
    view: RecordView, *, years: float = 3.0, prior: float = 5.0, poverty_ratio: float | None = None
) -> FloatArray:
    """In proportion to how far counts fall short of what youth and poverty alone would give.

    The expectation shares out all reports of the last `years` (3) by youth, weighted by
    `poverty_ratio` for the poor. A shortfall of E - C counts E / (E + `prior`) of itself (5
    reports), as chance makes small places silent. It is never divided by a count. Where nobody
    falls short (or there is no record) it is per youth.
    """
    counts = recent(view, years).sum(axis=1)
    share = expected(view, poverty_ratio)
    expectation = counts.sum() * share / max(float(share.sum()), 1e-300)
    short = np.maximum(0.0, expectation - counts)
    weights = short * expectation / (expectation + prior)
    return weights if weights.any() else view.youth


@rule(
    title="Estimate of the undetected",
    sees="reports published, who publishes, surveys, youth, poverty share, population, spending",
    used_by="nobody yet; what a statistician would propose",
)
def estimate_based(
    view: RecordView, *, poverty_ratio: float | None = None, known: float = 0.2, k: float = 10.0
) -> FloatArray:
    """In proportion to the youth estimated to be exploited and undetected, shrunken to expectation.

    Counts are adjusted for attention (size, spending) by a regression over all communities; a
    community's own counts move its estimate the more, the more they are against `k` (10). Surveys,
    if there are any, correct the expectation of each class of place and count beside the counts.
    """
    estimate = fit(view, poverty_ratio, known, k)
    return estimate.undetected(estimate.mean)


@rule(
    title="Counts over attention, raw",
    sees="as the estimate of the undetected",
    used_by="nobody should; what the estimate becomes without shrinkage",
)
def inverse_weighted(
    view: RecordView, *, poverty_ratio: float | None = None, known: float = 0.2, k: float = 10.0
) -> FloatArray:
    """Counts divided by the estimated share that is seen, without shrinkage: (Y / t) / a - Y / t.

    A small place gets a great deal for one report and nothing for none. Per youth before there is a
    record.
    """
    estimate = fit(view, poverty_ratio, known, k)
    counts = (view.published_reports * view.takes_part).sum(axis=1)
    years = np.maximum(view.takes_part.sum(axis=1), 1.0)
    weights = counts / years / estimate.seen * (1.0 - estimate.seen)
    return weights if weights.any() else view.youth


@rule(
    title="Thompson sampling",
    sees="as the estimate of the undetected",
    used_by="adaptive trials; learning and helping at once",
)
def thompson_sampling(
    view: RecordView, *, poverty_ratio: float | None = None, known: float = 0.2, k: float = 10.0
) -> FloatArray:
    """In proportion to the undetected in one draw from what the agency believes.

    The slopes of attention (response to spending among them) are drawn from their posterior, then
    every community's victimizations from theirs; next year it is another draw.
    """
    estimate = fit(view, poverty_ratio, known, k, luck=view.common_uniforms("slopes", 3))
    drawn = gammaincinv(estimate.shape, view.uniforms("rate")) / estimate.rate
    return estimate.undetected(drawn)


@rule(
    title="Upper confidence",
    sees="as the estimate of the undetected",
    used_by="adaptive trials; the doubtful gets the benefit of the doubt",
)
def upper_confidence(
    view: RecordView,
    *,
    kappa: float = 1.0,
    poverty_ratio: float | None = None,
    known: float = 0.2,
    k: float = 10.0,
) -> FloatArray:
    """In proportion to the undetected at the estimate plus `kappa` (1) standard deviations."""
    estimate = fit(view, poverty_ratio, known, k)
    return estimate.undetected(estimate.mean + kappa * estimate.sd)


@rule(
    title="Estimate with an exploration floor",
    sees="as the estimate of the undetected",
    used_by="programmes that set a part aside for places they know nothing of",
)
def exploration_floor(
    view: RecordView,
    *,
    floor: float = 0.2,
    winners: float = 0.0,
    poverty_ratio: float | None = None,
    known: float = 0.2,
    k: float = 10.0,
) -> FloatArray:
    """1 - `floor` (0.8) by the estimate of the undetected; `floor` (0.2) in equal shares.

    With `winners` above 0 the floor goes to that many communities drawn by lot each year.
    """
    estimate = fit(view, poverty_ratio, known, k)
    weights = estimate.undetected(estimate.mean)
    total = float(weights.sum())
    by_estimate = weights / total if total > 0.0 else weights
    luck = view.uniforms("lot")
    some = np.ones(len(luck))
    if winners > 0.0:
        some = (np.argsort(np.argsort(luck)) < int(winners)).astype(float)
    return np.asarray((1.0 - floor) * by_estimate + floor * some / some.sum())
