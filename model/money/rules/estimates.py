"""Rules that ask what the record hides: shortfalls, estimates of the undetected, exploration.

What they estimate, and how, is in `inference.undetected`; docs/policies.md states each rule.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.hidden_risk import HIDDEN_CV
from streetlight.model.inference.undetected import expected, fit
from streetlight.model.money.registry import rule
from streetlight.model.money.rules.counts import recent
from streetlight.model.record.view import RecordView

#: A number of the rule's own, or None for what the agency believes.
OrBelieved = float | None


@rule(
    title="Unusually silent places first",
    summary="Each place by how far its reports fall short of what its youth would suggest.",
    sees="youth aged 10-17, poverty share, reports published in the last years",
    used_by="outreach to places that report less than their youth would suggest",
)
def silence_targeted(
    view: RecordView, *, years: float = 3.0, prior: float = 5.0, poverty_ratio: OrBelieved = None
) -> FloatArray:
    """In proportion to how far counts fall short of what youth and poverty alone would give.

    The expectation shares out all reports of the last `years` (3) by youth, weighted by
    `poverty_ratio` for the poor. A shortfall of E - C counts E / (E + `prior`) of itself (5
    reports), as chance makes small places silent. It is never divided by a count. Where nobody
    falls short (or there is no record) it is per youth.

    It takes differences of true need for silence: a place that reports little because little
    happens there looks like one that is not heard, and gets money that places in need then lack.
    """
    counts = recent(view, years).sum(axis=1)
    share = expected(view, poverty_ratio)
    expectation = counts.sum() * share / max(float(share.sum()), 1e-300)
    short = np.maximum(0.0, expectation - counts)
    weights = short * expectation / (expectation + prior)
    return weights if weights.any() else view.youth


@rule(
    title="By estimate of youth not found",
    summary="Each place by how many youth are estimated to be exploited there and not found.",
    sees="reports published, who publishes, surveys, youth, poverty share, class of place",
    used_by="nobody yet; what a statistician would propose",
)
def estimate_based(
    view: RecordView,
    *,
    poverty_ratio: OrBelieved = None,
    share_seen: float = 0.2,
    hidden_cv: float = HIDDEN_CV,
) -> FloatArray:
    """In proportion to the youth estimated to be exploited and undetected, shrunken to expectation.

    Of what a community reports beyond others of its class only a part is put down to need, the
    more, the more hidden risk is thought to vary (`hidden_cv`, 0.3); the rest is attention, as in
    `streetlight estimate`. Surveys, if there are any, correct the expectation of each class of
    place and count beside the counts.
    """
    estimate = fit(view, poverty_ratio, share_seen, hidden_cv)
    return estimate.undetected(estimate.mean)


@rule(
    title="By reports over attention",
    summary="By reports divided by the share thought to be seen, however few they are.",
    sees="as the estimate of the undetected",
    used_by="nobody should; what the estimate becomes without shrinkage",
)
def inverse_weighted(
    view: RecordView, *, poverty_ratio: OrBelieved = None, share_seen: float = 0.2
) -> FloatArray:
    """Counts divided by the share thought to be seen in the class, unshrunken: (Y / t) / a - Y / t.

    A small place gets a great deal for one report and nothing for none. Per youth before there is a
    record.
    """
    estimate = fit(view, poverty_ratio, share_seen, HIDDEN_CV)
    counts = (view.published_reports * view.takes_part).sum(axis=1)
    years = np.maximum(view.takes_part.sum(axis=1), 1.0)
    weights = counts / years / estimate.seen * (1.0 - estimate.seen)
    return weights if weights.any() else view.youth


@rule(
    title="By one draw of the estimate",
    summary="Each year by another draw from what the agency believes of youth not found.",
    sees="as the estimate of the undetected",
    used_by="adaptive trials; learning and helping at once",
)
def thompson_sampling(
    view: RecordView,
    *,
    poverty_ratio: OrBelieved = None,
    share_seen: float = 0.2,
    hidden_cv: float = HIDDEN_CV,
) -> FloatArray:
    """In proportion to the undetected in one draw from what the agency believes.

    Every community's victimizations are drawn from their posterior; next year it is another draw.
    """
    estimate = fit(view, poverty_ratio, share_seen, hidden_cv)
    drawn = gammaincinv(estimate.shape, view.uniforms("rate")) / estimate.rate
    return estimate.undetected(drawn)


@rule(
    title="By estimate, doubt included",
    summary="By the estimate of youth not found, and more where it is in doubt.",
    sees="as the estimate of the undetected",
    used_by="adaptive trials; the doubtful gets the benefit of the doubt",
)
def upper_confidence(
    view: RecordView,
    *,
    kappa: float = 1.0,
    poverty_ratio: OrBelieved = None,
    share_seen: float = 0.2,
    hidden_cv: float = HIDDEN_CV,
) -> FloatArray:
    """In proportion to the undetected at the estimate plus `kappa` (1) standard deviations."""
    estimate = fit(view, poverty_ratio, share_seen, hidden_cv)
    return estimate.undetected(estimate.mean + kappa * estimate.sd)


@rule(
    title="By estimate, with a part for all",
    summary="By the estimate of youth not found, after a part that all places get.",
    sees="as the estimate of the undetected",
    used_by="programmes that set a part aside for places they know nothing of",
)
def exploration_floor(
    view: RecordView,
    *,
    floor: float = 0.2,
    winners: float = 0.0,
    poverty_ratio: OrBelieved = None,
    share_seen: float = 0.2,
    hidden_cv: float = HIDDEN_CV,
) -> FloatArray:
    """1 - `floor` (0.8) by the estimate of the undetected; `floor` (0.2) in equal shares.

    With `winners` above 0 the floor goes to that many communities drawn by lot each year.
    """
    weights = estimate_based(
        view, poverty_ratio=poverty_ratio, share_seen=share_seen, hidden_cv=hidden_cv
    )
    total = float(weights.sum())
    by_estimate = weights / total if total > 0.0 else weights
    some = np.ones(len(weights))
    if winners > 0.0:
        some = (np.argsort(np.argsort(view.uniforms("lot"))) < int(winners)).astype(float)
    return np.asarray((1.0 - floor) * by_estimate + floor * some / some.sum())
