"""Why did reports change here?  Probabilities of causes from one place's counts by channel.

Counts y of year t and group g (`signatures.GROUPS`) are Poisson with log mean

    b_g + u_t [reports] + v_t [responders] + w_tg + s_tg

b_g: level, Normal(log of the mean count, 4); u, v, w: what moves from year to year without a cause
(recording and intake, responders' effort, each channel's own), autoregressive with correlation 0.8
and standard deviations from a grid, which is averaged over; s: the signature of what changed.

What changed is nothing, one cause, two causes at once, or something else: a step of any size in any
group, Normal(0, .4 or .9), in all reports together as well.  Sizes of a cause are equally likely.
Probabilities follow by Bayes, with a Gaussian approximation of the likelihood around the most
likely means (Laplace), and the evidence taken to the power 0.8.  A cause's probability is that it
took part, alone or beside another.

Assumes that signatures are those of the engine, that the change begins with the first year given,
and that no second change follows.  It cannot tell apart what moves all channels alike from a change
of recording, if calls are not known.
"""

from __future__ import annotations

import math
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.identified import NotIdentifiedError
from streetlight.model.inference.signatures import (
    CALLS,
    CAUSES,
    IS_REPORT,
    IS_RESPONDER,
    N_GROUPS,
    signatures,
)

#: Prior probabilities of nothing, one cause, two causes and something else.
PRIOR = {"nothing": 0.15, "one": 0.5, "two": 0.2, "else": 0.15}
YEAR_AR, LEVEL_VARIANCE = 0.8, 4.0
#: Power of the evidence: what moves from year to year is not quite as assumed here, and with the
#: full evidence probabilities above 0.9 are too often wrong (`studies/diagnose.py`).
EVIDENCE_POWER = 0.8
#: Standard deviations of what moves all reports, responders and single channels between years.
GRID = tuple(product((0.05, 0.2, 0.5, 1.2), (0.05, 0.35), (0.1, 0.4, 0.9)))
STEPS = (0.4, 0.9)  # standard deviations of the sizes of something else
#: A cause is named if its probability is above this, victimization only where there are so many
#: reports a year.
NAMED, FEWEST_FOR_VICTIMIZATION = 0.9, 50.0
#: Fewest years before and after the change, and fewest reports in all.
FEWEST_YEARS, FEWEST_REPORTS, FEWEST_GROUPS = (3, 1), 20, 3


class Diagnosis(NamedTuple):
    """What can be said of a change."""

    probability: dict[str, float]  # that each cause took part; "nothing", "something else"
    named: str  # the cause that is named, or ""
    leading: str  # the one with the highest probability
    reports_a_year: float
    ratio: float  # of reports a year after the change to before


class Models(NamedTuple):
    """All that may have happened: M models and their signatures."""

    causes: list[tuple[str, ...]]  # of each
    log_prior: FloatArray  # (M,)
    shift: FloatArray  # (M, T G)


def probabilities(counts: FloatArray, change: int, *, small: bool) -> dict[str, float]:
    """Probability that each cause took part, "nothing" and "something else"; as in `diagnose`."""
    refuse(counts, change)
    models = possible(small, change, len(counts) - change)
    return took_part(models, weigh(counts, change, models))


def diagnose(counts: FloatArray, change: int, *, small: bool) -> Diagnosis:
    """Probabilities of causes from counts (T, N_GROUPS) of years that follow each other.

    change: position of the first year after it; small: whether the place is a town or rural; NaN is
    unknown.  NotIdentifiedError where years or reports are too few, or channels are not known.
    """
    probability = probabilities(counts, change, small=small)
    reports = np.nansum(counts[:, :CALLS], axis=1)
    leading = max(probability, key=probability.__getitem__)
    few = leading == "victimization" and reports.mean() < FEWEST_FOR_VICTIMIZATION
    named = leading if probability[leading] > NAMED and not few else ""
    ratio = reports[change:].mean() / max(reports[:change].mean(), 0.5)
    return Diagnosis(probability, named, leading, float(reports.mean()), float(ratio))


def took_part(models: Models, weights: FloatArray) -> dict[str, float]:
    """Probability that each cause took part, from those of the models and of something else."""
    found = {"nothing": 0.0, **dict.fromkeys(CAUSES, 0.0), "something else": float(weights[-1])}
    for causes, weight in zip(models.causes, weights, strict=False):
        for cause in causes or ("nothing",):
            found[cause] += float(weight)
    return found


def refuse(counts: FloatArray, change: int) -> None:
    """NotIdentifiedError, with the reason, where nothing can be said."""
    known = ~np.isnan(counts)
    years = np.asarray(known[:, :CALLS].any(axis=1))
    if not years.any():
        raise NotIdentifiedError(
            "no reports by channel are known, and a total has no signature of its cause",
            "reports by channel, and calls where there are",
        )
    before, after = int(years[:change].sum()), int(years[change:].sum())
    if before < FEWEST_YEARS[0] or after < FEWEST_YEARS[1]:
        raise NotIdentifiedError(
            f"{before} known years before the change and {after} since",
            f"at least {FEWEST_YEARS[0]} and {FEWEST_YEARS[1]}",
        )
    if known.any(axis=0).sum() < FEWEST_GROUPS:
        raise NotIdentifiedError(
            "a total has no signature of its cause", "reports by channel, and calls where there are"
        )
    if np.nansum(counts[:, :CALLS]) < FEWEST_REPORTS:
        raise NotIdentifiedError(
            f"fewer than {FEWEST_REPORTS} reports in all years", "more cases, or more places as one"
        )


def possible(small: bool, before: int, after: int) -> Models:
    """Nothing, every cause and every pair of causes, at every size."""
    held = signatures(small, before, after)
    causes: list[tuple[str, ...]] = [()]
    prior, shifts = [PRIOR["nothing"]], [np.zeros((before + after) * N_GROUPS)]
    pairs = list(combinations(CAUSES, 2))
    for group, share in ((list(combinations(CAUSES, 1)), PRIOR["one"]), (pairs, PRIOR["two"])):
        for members in group:
            sizes = list(product(*(held[cause] for cause in members)))
            causes += [members] * len(sizes)
            prior += [share / len(group) / len(sizes)] * len(sizes)
            shifts += [sum(size, np.zeros_like(size[0])).ravel() for size in sizes]
    return Models(causes, np.log(prior), np.array(shifts))


def correlation(years: int) -> FloatArray:
    """Of what moves, between years: (T, T)."""
    at = np.arange(years)
    return np.asarray(YEAR_AR ** np.abs(at[:, None] - at))


def covariance(years: int, noise: tuple[float, float, float]) -> FloatArray:
    """Of log means without a cause: (T G, T G); noise: three standard deviations of `GRID`."""
    all_reports, responders, single = (sd**2 for sd in noise)
    of_groups = all_reports * np.outer(IS_REPORT, IS_REPORT) + single * np.eye(N_GROUPS)
    of_groups += responders * np.outer(IS_RESPONDER, IS_RESPONDER)
    level = np.kron(np.ones((years, years)), LEVEL_VARIANCE * np.eye(N_GROUPS))
    return np.asarray(np.kron(correlation(years), of_groups) + level)


def any_step(years: int, change: int) -> FloatArray:
    """Columns of something else, (T G, N_GROUPS + 1): a step in each group, and in all reports."""
    step = (np.arange(years) >= change).astype(float)[:, None]
    return np.concatenate([np.kron(step, np.eye(N_GROUPS)), np.kron(step, IS_REPORT[:, None])], 1)


def working(counts: FloatArray, change: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Counts as log means with normal errors: these, their variances, and the prior means.

    Of the known counts in order of year and group.  The approximation is that around the most
    likely log means where anything may have changed.
    """
    known, years = ~np.isnan(counts).ravel(), len(counts)
    y, before = counts.ravel()[known], np.nan_to_num(counts[:change]).sum(axis=0)
    mean = np.log((before + 0.3) / np.maximum((~np.isnan(counts[:change])).sum(axis=0), 1))
    prior = np.tile(mean, years)[known]
    steps = any_step(years, change)
    spread = covariance(years, (0.3, 0.2, 0.2)) + 0.5 * steps @ steps.T
    spread = spread[np.ix_(known, known)]
    x = 0.3 * prior + 0.7 * np.log(y + 0.3)
    for _ in range(8):
        mu = np.exp(np.clip(x, -12.0, 15.0))
        new = np.linalg.solve(np.eye(len(y)) + mu[:, None] * spread, mu * (x - prior) + y - mu)
        x = x + np.clip(prior + spread @ new - x, -1.5, 1.5)
    mu = np.exp(np.clip(x, -12.0, 15.0))
    return x + (y - mu) / mu, 1.0 / mu, prior


def weigh(counts: FloatArray, change: int, models: Models) -> FloatArray:
    """Probabilities of each model and, last, of something else: (M + 1,)."""
    log_weights = np.append(models.log_prior, math.log(PRIOR["else"]))
    log_weights = log_weights + EVIDENCE_POWER * log_evidence(counts, change, models)
    return np.asarray(np.exp(log_weights - logsumexp(log_weights)))


def log_evidence(counts: FloatArray, change: int, models: Models) -> FloatArray:
    """Log evidence of each model and, last, of something else, up to a constant: (M + 1,)."""
    known, years = ~np.isnan(counts).ravel(), len(counts)
    value, variance, prior = working(counts, change)
    residual = (value - prior)[:, None] - models.shift[:, known].T
    steps = any_step(years, change)[known]
    by_noise = []
    for noise in GRID:
        total = covariance(years, noise)[np.ix_(known, known)] + np.diag(variance)
        root = np.linalg.cholesky(total)
        both = np.concatenate([residual, steps], axis=1)
        scaled = solve_triangular(root, both, lower=True, check_finite=False)
        fit, free = scaled[:, : residual.shape[1]], scaled[:, residual.shape[1] :]
        found = -0.5 * (fit**2).sum(axis=0) - float(np.log(np.diag(root)).sum())
        by_noise.append(np.append(found, found[0] + free_step(free, fit[:, 0])))
    return np.asarray(logsumexp(by_noise, axis=0))


def free_step(steps: FloatArray, residual: FloatArray) -> float:
    """Log evidence of steps of unknown size against none, both scaled by the noise."""
    inner, toward = steps.T @ steps, steps.T @ residual
    found = []
    for sd in STEPS:
        with_prior = np.eye(len(inner)) + sd**2 * inner
        gain = 0.5 * sd**2 * toward @ np.linalg.solve(with_prior, toward)
        found.append(gain - 0.5 * np.linalg.slogdet(with_prior)[1])
    return float(logsumexp(found)) - math.log(len(STEPS))
