"""What an agency estimates from its counts: how many victimizations there are, how many it sees.

In community i of class of place k, E_i victimizations a year are expected from youth, poverty and
what surveys say of the class, up to a factor.  In t_i years in which the agency takes part it
publishes

    Y_i ~ Poisson(t_i E_i m_k exp(d_i - s2 / 2)),   d_i ~ Normal(0, s2)

reports.  m_k and s2 are fitted to all communities (`empirical_bayes`).  Of d_i the share h2 / s2 is
put down to risk (`hidden_risk`; h2 is stated) and the rest to attention, as are all of m_k:

    N_i in proportion to E_i exp(share d_i),   a_k in proportion to m_k

are victimizations a year and the share of them that is published where attention is as usual.  The
level is not in the record: the mean of a_k over victimizations is the agency's belief `share_seen`,
and sum t_i a_k N_i is sum Y_i.  N_i (1 - a_k) is what is left undetected.

A community's own surveys count beside that.  With X_i who said so, and x_i of them expected for
each victimization a year, in proportion to the share of youth asked and with sum x_i N_i that of
X_i, the gamma with mean N_i (by `hidden_risk` the median; by default half a percent of its
differences lie between the two) and the spread of N_i becomes

    N_i given X_i ~ Gamma(g_i + X_i, g_i / N_i + x_i)

All numbers here are the agency's own beliefs.  Its `poverty_ratio` is drawn around the truth once
a future (`on_average.agency`) unless a policy sets it; the others are set before any run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from streetlight.model.arrays import FloatArray, IndexArray
from streetlight.model.inference.design import by_class_and_poverty
from streetlight.model.inference.empirical_bayes import pooled_rates
from streetlight.model.inference.hidden_risk import (
    HIDDEN_CLASS,
    RelativeRates,
    relative_rates,
    risk_variance,
)
from streetlight.model.inference.identified import NotIdentifiedError
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
    seen: FloatArray  # a_k of its class

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
    view: RecordView, poverty_ratio: float | None, share_seen: float, hidden_cv: float
) -> Posterior:
    """Fit the model of this module to the record so far.

    share_seen: mean of a_k; hidden_cv: stated coefficient of variation of hidden risk, the smaller
    the less a community's own counts move its estimate.
    """
    survey = answers(view, expected(view, poverty_ratio))
    years = view.takes_part.sum(axis=1).astype(float)
    counts = (view.published_reports * view.takes_part).sum(axis=1)
    need, usual = need_and_usual(counts, years, survey.expected, view.place_class, hidden_cv)
    likely = survey.expected * need.rate
    seen = np.minimum(MOST, share_seen * usual * _over(likely.sum(), usual @ likely, 1.0))
    level = _over(counts.sum(), (seen * years) @ likely) if counts.any() else 1.0
    mean = np.maximum(level * likely, 1e-12)
    told = survey.share_asked * _over(survey.said_so.sum(), survey.share_asked @ mean)
    shape = 1.0 / np.expm1(need.log_sd**2)
    return Posterior(shape + survey.said_so, shape / mean + told, seen)


def need_and_usual(
    counts: FloatArray, years: FloatArray, prior: FloatArray, place_class: IndexArray,
    hidden_cv: float,
) -> tuple[RelativeRates, FloatArray]:  # fmt: skip
    """Victimizations over those expected, prior (C,) a year, and m_k of each community (C,).

    counts, years (C,): reports of so many years. Without a count nothing is learned.
    """
    kinds = by_class_and_poverty(place_class, np.zeros_like(prior))  # poverty is in the prior
    try:
        pooled = pooled_rates(counts, years * prior, kinds)
    except NotIdentifiedError:
        log_sd = np.full_like(prior, np.sqrt(risk_variance(hidden_cv) + HIDDEN_CLASS**2))
        return RelativeRates(np.zeros_like(prior), log_sd), np.ones_like(prior)
    need = relative_rates(
        counts, pooled.usual * years * prior, pooled.spread, kinds, pooled.peak, prior, hidden_cv
    )
    return need, pooled.usual


def _over(part: Any, whole: Any, otherwise: float = 0.0) -> float:
    """One number over another, or what is to stand where there is nothing to divide by."""
    return float(part / whole) if whole > 0.0 else otherwise
