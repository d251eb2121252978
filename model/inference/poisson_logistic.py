"""Poisson-logistic: victimizations, and the share of them that is recorded, in one regression.

    Y_i ~ NegBin(mean exposure_i exp(X_i b) expit(g0 + Z_i g), size k)

X holds what moves the truth, Z what moves the share recorded.  Counts give X b + log expit(Z g)
alone: how much of it is level and how much is reporting comes from a *stated* prior of the mean
share, g0 ~ Normal(logit m, s).  Stoner, Economou and Drummond Marques da Silva (2019), Journal of
the American Statistical Association 114, 1481-1492, whose random effects are the size k here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, expit, gammaln, logit, ndtri

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.design import PoolingDesign
from streetlight.model.inference.identified import (
    LEVEL,
    Interval,
    NotIdentifiedError,
    checked_counts,
    tails,
)
from streetlight.model.inference.laplace import Loss, Peak, peak_of

#: Prior of the mean share recorded: 0.2, of which a 90% interval is 0.09 to 0.40. Estimates from
#: linked lists abroad are 0.1 to 0.3 (R2 R4 R5 R6).
SHARE, SHARE_SPREAD = 0.2, 0.6
#: Prior spread of the slopes of Z, whose columns should have a spread of about 1.
REPORTING_SPREAD = 1.0
LOG_K_SPREAD = 1.5
#: From this correlation on a column of X and one of Z are said to be one for the other.
CONFOUNDED = 0.3


@dataclass(frozen=True, eq=False)
class PoissonLogistic:
    """The fit. Arrays are (C,).

    usual: rate recorded in places of its kind; share: recorded of victimizations; spread: of log
    rates between places of a kind, as in `empirical_bayes`; level: interval of the region's true
    rate, which is the prior's; warnings: sentences on columns that may move both; peak: of (b, g0,
    g, log k), b first.
    """

    usual: FloatArray
    share: FloatArray
    spread: float
    level: Interval
    warnings: tuple[str, ...]
    peak: Peak


def poisson_logistic(
    counts: FloatArray,
    exposure: FloatArray,
    truth: PoolingDesign,
    reporting: FloatArray,
    names: tuple[str, ...],
    *,
    share: float = SHARE,
    share_spread: float = SHARE_SPREAD,
    level: float = LEVEL,
) -> PoissonLogistic:
    """Fit counts (C,) over exposure (C,), with columns of truth, and of reporting (C, q) by name.

    share, share_spread: the prior of g0, as a share and as a standard deviation of its logit.
    Assumes that no column of one side belongs to the other, and that what is left over is
    unrelated to both.  NotIdentifiedError without counts, or with fewer places than columns.
    """
    checked_counts(counts, exposure)
    used = (exposure > 0.0) & ~np.isnan(counts)
    m, q = truth.columns.shape[1], reporting.shape[1]
    if not np.nan_to_num(counts)[used].any():
        raise NotIdentifiedError("no case was recorded anywhere", "more years")
    if used.sum() < m + q + 2:
        text = f"{used.sum()} places with counts, and {m + q + 2} numbers to fit"
        raise NotIdentifiedError(text, "more places")
    x, z = truth.columns[used], np.column_stack([np.ones(used.sum()), reporting[used]])
    prior = (
        np.append(logit(share), np.zeros(q)),
        np.append(share_spread, np.full(q, REPORTING_SPREAD)),
    )
    y, e = counts[used], exposure[used]
    loss = loss_of(y, e, x, z, truth, prior)
    start = np.concatenate([truth.mean, prior[0], [0.0]])
    start[0] = np.log(y.sum() / e.sum() / share)
    peak = peak_of(loss, start)
    b, g = peak.at[:m], peak.at[m:-1]
    shares = expit(g[0] + reporting @ g[1:])
    rate = np.exp(truth.columns @ b)
    return PoissonLogistic(
        usual=rate * shares,
        share=shares,
        spread=float(np.sqrt(np.log1p(np.exp(-peak.at[-1])))),
        level=level_of(exposure @ rate / exposure.sum(), peak, level),
        warnings=confounded(truth, reporting, names),
        peak=peak,
    )


def loss_of(
    y: FloatArray,
    e: FloatArray,
    x: FloatArray,
    z: FloatArray,
    truth: PoolingDesign,
    prior: tuple[FloatArray, FloatArray],
) -> Loss:
    """Negative log posterior of (b, g0, g, log k), from counts, exposures and the two matrices.

    prior: means and spreads of (g0, g).
    """
    m = x.shape[1]

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        b, g, k = theta[:m], theta[m:-1], np.exp(np.clip(theta[-1], -12.0, 12.0))
        at = z @ g
        mean = e * np.exp(np.clip(x @ b, -60.0, 40.0)) * expit(at)
        together = np.log(k + mean)
        value = gammaln(y + k) - gammaln(k) + k * (np.log(k) - together)
        value += y * (np.log(np.maximum(mean, 1e-300)) - together)
        residual = (y - mean) * k / (k + mean)
        by_k = digamma(y + k) - digamma(k) + np.log(k) + 1.0 - together - (y + k) / (k + mean)
        penalty, slope = truth.penalty(b)
        off, size = (g - prior[0]) / prior[1], float(theta[-1]) / LOG_K_SPREAD
        gradient = np.concatenate([
            slope - residual @ x, off / prior[1] - (residual * expit(-at)) @ z,
            [size / LOG_K_SPREAD - k * by_k.sum()],
        ])  # fmt: skip
        return penalty + float(off @ off + size * size) / 2.0 - float(value.sum()), gradient

    return loss


def level_of(rate: float, peak: Peak, level: float) -> Interval:
    """Interval of the region's true rate: that of the level of X b at the peak."""
    ends = np.exp(ndtri(tails(level)) * np.sqrt(peak.covariance[0, 0]))
    return Interval(*(rate * ends))


def confounded(
    truth: PoolingDesign, reporting: FloatArray, names: tuple[str, ...]
) -> tuple[str, ...]:
    """A sentence for each pair of columns of the two sides that go together."""
    said = []
    for a, one in zip(truth.names[1:], truth.columns.T[1:], strict=True):
        for b, other in zip(names, reporting.T, strict=True):
            together = a == b or abs(np.corrcoef(one, other)[0, 1]) >= CONFOUNDED
            if np.ptp(one) > 0 and np.ptp(other) > 0 and together:
                said.append(
                    f"{b} may move victimization as well as reporting: it goes with {a}, and the "
                    "counts cannot share its effect out between the two"
                )
    return tuple(said)
