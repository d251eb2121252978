"""Channel factors: counts by channel, whose common part is risk and attention that all share.

In place c and group of channels g, over an exposure E_cg (youth-years; for calls person-years),

    Y_cg ~ Poisson(E_cg exp(a[class, g] + b poverty_c + u_cg)),   u_c ~ Normal(0, S)
    S = (h2 + r2) on all pairs of report groups  +  p2 on all pairs of public groups  +  diagonal

b is of report groups alone.  What report groups have in common is hidden risk (h2, stated) and
attention or recording that all of them share (r2); reports of the public and calls that are not
about a case share attention of the public (p2); what a group has of its own is on the diagonal and
stands for overdispersion and for noise of recording.  Log risk given u_c is normal, by h2.  A place
whose agencies never record is a state of its own: with probability q all its reports are 0.

Poisson-lognormal counts: Aitchison and Ho (1989), Biometrika 76, 643-653; factors of them: Chiquet,
Mariadassou and Robin (2018), Annals of Applied Statistics 12, 2674-2698.  Fitted by variational EM:
u of a place is taken for normal given its counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from streetlight.model.arrays import BoolArray, FloatArray, IndexArray
from streetlight.model.inference.design import POVERTY_SLOPE, POVERTY_SPREAD
from streetlight.model.inference.hidden_risk import (
    HIDDEN_CLASS,
    HIDDEN_CV,
    RelativeRates,
    risk_variance,
    standardised,
)
from streetlight.model.inference.identified import NotIdentifiedError, checked_counts

#: Groups: self and confidants, responders, the public, calls that are not about a case.
GROUPS = ("self and confidants", "responders", "public", "calls not about a case")
OF_REPORTS = np.array([True, True, True, False])
OF_PUBLIC = np.array([False, False, True, True])
MOST_ROUNDS, NEWTON_STEPS = 80, 2
#: A change of the covariance and of the slope below which the fit has settled.
SETTLED = 1e-3
FEWEST_PLACES = 20
#: Prior of q, the share of places that never record: 1 of 10, as firm as 10 places.
SILENT, SILENT_PLACES = 0.1, 10.0
LEAST_VARIANCE = 1e-3


@dataclass(frozen=True, eq=False)
class ChannelFactors:
    """The fit. C places, G groups.

    relative: rates of victimization; means (C, G): rates of the middle place of the kind; silent
    (C,): probability that the place never records; covariance (G, G): S; common, public: r2 and p2;
    poverty, poverty_error: b and its standard error.
    """

    relative: RelativeRates
    means: FloatArray
    silent: FloatArray
    covariance: FloatArray
    common: float
    public: float
    poverty: float
    poverty_error: float


@dataclass(eq=False)
class Fitting:
    """What changes from round to round."""

    level: FloatArray  # (K, G) a
    slope: float  # b
    covariance: FloatArray  # (G, G) S
    silent: float  # q
    u: FloatArray  # (C, G) means, of those that record
    variance: FloatArray  # (C, G, G) and variances
    weight: FloatArray  # (C,) probability of recording at all
    none: BoolArray  # (C,) without any report
    apart: Approximation | None = None  # of those, if they never record


#: Means (n, G), variances (n, G, G) and the lower bound of the log likelihood (n,), up to what
#: hangs on counts alone.
Approximation = tuple[FloatArray, FloatArray, FloatArray]


def channel_factors(
    counts: FloatArray,
    exposure: FloatArray,
    place_class: IndexArray,
    poverty_share: FloatArray,
    youth: FloatArray,
    hidden_cv: float = HIDDEN_CV,
) -> ChannelFactors:
    """Fit counts (C, G) over exposures (C, G), in the order of `GROUPS`.

    An exposure of 0 and a count of NaN: nothing is known. Assumes that classes of place differ by
    `HIDDEN_CLASS` in truth and otherwise in reporting, that poverty moves risk and not attention,
    that attention of a group is unrelated to risk within a class, and hidden_cv as stated.  Where
    rural truth is higher all of it is taken for reporting, and class surveys are needed.
    NotIdentifiedError with fewer than twenty places, or with one group of reports that has counts.
    """
    checked_counts(counts, exposure)
    known = (exposure > 0.0) & ~np.isnan(counts)
    y, e = np.where(known, counts, 0.0), np.where(known, exposure, 0.0)
    told = y.sum(axis=0) > 0
    if not told[OF_REPORTS].any():
        raise NotIdentifiedError("no reports by channel", "reports by channel")
    if known.any(axis=1).sum() < FEWEST_PLACES:
        raise NotIdentifiedError(
            f"fewer than {FEWEST_PLACES} places: what channels have in common cannot be told",
            "more places")  # fmt: skip
    if told[OF_REPORTS].sum() < 2:
        raise NotIdentifiedError("reports of one channel alone", "reports by channel")
    h2 = risk_variance(hidden_cv)
    classes, kind = np.unique(place_class, return_inverse=True)
    in_class = kind[:, None] == np.arange(len(classes))
    x = poverty_share - poverty_share.mean()
    now = started(y, e, in_class, h2)
    for _ in range(MOST_ROUNDS):
        eta, before, slope = log_means(now, kind, x), now.covariance, now.slope
        find_places(now, y, e, eta, known)
        fit_means(now, y, e, eta, in_class, x)
        fit_covariance(now, h2)
        if max(np.abs(now.covariance - before).max(), abs(now.slope - slope)) < SETTLED:
            break
    return result(now, e, kind, x, youth, h2)


def started(y: FloatArray, e: FloatArray, in_class: BoolArray, h2: float) -> Fitting:
    """Crude rates, and places that differ by a factor of e."""
    n, g = y.shape
    crude = np.log((y.sum(axis=0) + 0.5) / np.maximum(e.sum(axis=0), 1e-300))
    level = np.log((in_class.T @ y + 0.5) / (in_class.T @ e + 0.5 * np.exp(-crude)))
    return Fitting(
        level=level, slope=POVERTY_SLOPE, covariance=structured(np.zeros(2 + g), h2),
        silent=SILENT, u=np.zeros((n, g)), variance=np.zeros((n, g, g)), weight=np.ones(n),
        none=np.zeros(n, bool),
    )  # fmt: skip


def log_means(now: Fitting, kind: IndexArray, x: FloatArray) -> FloatArray:
    """Log rates of places of the kind: (C, G)."""
    return np.asarray(now.level[kind] + now.slope * x[:, None] * OF_REPORTS)


def structured(theta: FloatArray, h2: float) -> FloatArray:
    """S from logs of r2, p2 and the diagonal: (G, G)."""
    common, public, *own = np.exp(theta)
    return np.asarray(
        (h2 + common) * np.outer(OF_REPORTS, OF_REPORTS)
        + public * np.outer(OF_PUBLIC, OF_PUBLIC) + np.diag(own)
    )  # fmt: skip


def find_places(
    now: Fitting, y: FloatArray, e: FloatArray, eta: FloatArray, known: BoolArray
) -> None:
    """u of every place, and the chance that one without reports records at all."""
    precision = np.asarray(np.linalg.inv(now.covariance), float)
    now.u, now.variance, bound = approximated(now.u, now.variance, y, e * np.exp(eta), precision)
    none = (y[:, OF_REPORTS].sum(axis=1) == 0) & known[:, OF_REPORTS].any(axis=1)
    now.weight = np.ones(len(y))
    if none.any():
        calls = e[none] * ~OF_REPORTS * np.exp(eta[none])
        u, variance = now.apart[:2] if now.apart else (now.u[none] * 0, now.variance[none] * 0)
        now.apart = approximated(u, variance, y[none], calls, precision)
        odds = (1.0 - now.silent) * np.exp(np.minimum(bound[none] - now.apart[2], 0.0))
        now.weight[none] = odds / (odds + now.silent)
    silent = (1.0 - now.weight).sum() + SILENT * SILENT_PLACES
    now.silent = float(silent / (known[:, OF_REPORTS].any(axis=1).sum() + SILENT_PLACES))
    now.none = none


def approximated(
    u: FloatArray, variance: FloatArray, y: FloatArray, usual: FloatArray, precision: FloatArray
) -> Approximation:
    """The normal distribution of u nearest to its posterior, from that of the round before."""
    diagonal = np.arange(y.shape[1])
    for _ in range(NEWTON_STEPS):
        mean = usual * np.exp(np.minimum(u + variance[:, diagonal, diagonal] / 2.0, 30.0))
        curvature = np.broadcast_to(precision, variance.shape).copy()
        curvature[:, diagonal, diagonal] += mean
        variance = np.asarray(np.linalg.inv(curvature), float)
        u = u + np.clip(np.einsum("cij,cj->ci", variance, y - mean - u @ precision), -2.0, 2.0)
    mean = usual * np.exp(np.minimum(u + variance[:, diagonal, diagonal] / 2.0, 30.0))
    bound = (y * u - mean).sum(axis=1) - np.einsum("ci,ij,cj->c", u, precision, u) / 2.0
    bound += np.linalg.slogdet(variance)[1] / 2.0
    bound -= np.einsum("ij,cji->c", precision, variance) / 2.0
    return u, variance, bound


def fit_means(
    now: Fitting, y: FloatArray, e: FloatArray, eta: FloatArray, in_class: BoolArray, x: FloatArray
) -> None:
    """Steps for the levels of classes and the slope of poverty; reports of silent places out."""
    weight = np.where(OF_REPORTS, now.weight[:, None], 1.0)
    half = np.einsum("cgg->cg", now.variance) / 2.0
    mean = e * np.exp(np.minimum(eta + now.u + half, 40.0)) * weight
    now.level += np.clip(np.log((in_class.T @ y + 0.5) / (in_class.T @ mean + 0.5)), -1.0, 1.0)
    off, worth = (y - mean)[:, OF_REPORTS].sum(axis=1), mean[:, OF_REPORTS].sum(axis=1)
    move_slope(now, float(x @ off), float(worth @ x**2))
    together = np.linalg.solve(now.covariance, OF_REPORTS.astype(float))  # (G,)
    worth = now.weight * float(OF_REPORTS @ together)
    score = float((now.weight * x) @ (now.u @ together))
    step = move_slope(now, score, float(worth @ x**2))
    now.u -= step * x[:, None] * OF_REPORTS


def move_slope(now: Fitting, score: float, curvature: float) -> float:
    """One step for the slope of poverty, and its prior; how far it was.

    Steps that leave u and steps that leave the log rates alternate: the first are quick where
    counts are small, the second where they are large.
    """
    prior = POVERTY_SPREAD**-2.0
    step = (score - (now.slope - POVERTY_SLOPE) * prior) / (curvature + prior)
    moved = float(np.clip(step, -0.5, 0.5))
    now.slope += moved
    return moved


def fit_covariance(now: Fitting, h2: float) -> None:
    """The structured S that is nearest to the second moments of u (Gaussian likelihood)."""
    weight = now.weight
    moments = np.einsum("c,ci,cj->ij", weight, now.u, now.u)
    moments += np.einsum("c,cij->ij", weight, now.variance)
    if now.apart is not None:
        u, variance, _ = now.apart
        silent = 1.0 - weight[now.none]
        moments += np.einsum("c,ci,cj->ij", silent, u, u)
        moments += np.einsum("c,cij->ij", silent, variance)
    moments /= len(now.u)

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        s = structured(theta, h2)
        inverse = np.linalg.inv(s)
        by_s = inverse - inverse @ moments @ inverse
        value = np.linalg.slogdet(s)[1] + np.trace(inverse @ moments)
        parts = [OF_REPORTS @ by_s @ OF_REPORTS, OF_PUBLIC @ by_s @ OF_PUBLIC, *np.diag(by_s)]
        return float(value), np.array(parts) * np.exp(theta)

    low = np.log(LEAST_VARIANCE)
    start = np.log(np.maximum(np.diag(now.covariance) / 3.0, LEAST_VARIANCE))
    start = np.concatenate([[0.0, 0.0], start])
    bounds = [(low, 4.0)] * len(start)
    theta = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    now.covariance = structured(theta, h2)


def result(
    now: Fitting, e: FloatArray, kind: IndexArray, x: FloatArray, youth: FloatArray, h2: float
) -> ChannelFactors:
    """Log risk from u, with the doubt about it, about the slope of poverty and about classes."""
    towards = np.linalg.solve(now.covariance, h2 * OF_REPORTS.astype(float))  # (G,)
    left = h2 - h2 * float(OF_REPORTS @ towards)
    risk, doubt = now.u @ towards, np.einsum("i,cij,j->c", towards, now.variance, towards)
    if now.apart is not None:
        u, variance, _ = now.apart
        weight, off = now.weight[now.none], risk[now.none] - u @ towards
        silent = np.einsum("i,cij,j->c", towards, variance, towards)
        risk[now.none] -= (1.0 - weight) * off
        doubt[now.none] = weight * doubt[now.none] + (1.0 - weight) * silent
        doubt[now.none] += weight * (1.0 - weight) * off**2
    error = slope_error(now, e, kind, x)
    log_sd = np.sqrt(left + doubt + (error * x) ** 2 + HIDDEN_CLASS**2)
    common = float(now.covariance[0, 1]) - h2
    return ChannelFactors(
        relative=standardised(now.slope * x + risk, log_sd, youth),
        means=np.exp(log_means(now, kind, x)),
        silent=1.0 - now.weight,
        covariance=now.covariance,
        common=max(common, 0.0),
        public=float(now.covariance[2, 3]),
        poverty=now.slope,
        poverty_error=error,
    )


def slope_error(now: Fitting, e: FloatArray, kind: IndexArray, x: FloatArray) -> float:
    """Standard error of the slope of poverty: each place is worth what its reports fix of it."""
    reports = (e * np.exp(log_means(now, kind, x)))[:, OF_REPORTS].sum(axis=1)
    between = float(now.covariance[np.ix_(OF_REPORTS, OF_REPORTS)].mean())
    worth = now.weight * reports / (1.0 + between * reports)
    middle = np.bincount(kind, worth * x) / np.maximum(np.bincount(kind, worth), 1e-300)
    return float((worth @ (x - middle[kind]) ** 2 + POVERTY_SPREAD**-2.0) ** -0.5)
