"""What would settle a diagnosis that cannot tell yet: more years, or more reports a year.

If the leading cause is right, what comes next is drawn: a size of the cause and the strength of
what moves without one from their probabilities, log means from their normal distribution given the
counts so far (that of `causes`, with its years continued), and Poisson counts around them. With
each draw the diagnosis is made anew: in what share of draws does it name the cause?
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from streetlight.model.arrays import BoolArray, FloatArray
from streetlight.model.inference.causes import (
    GRID,
    Diagnosis,
    covariance,
    diagnose,
    possible,
    weigh,
    working,
)
from streetlight.model.inference.identified import NotIdentifiedError
from streetlight.model.inference.signatures import N_GROUPS

#: Numbers of more years, and factors on the reports of a year, that are tried.
YEARS_TRIED, TIMES_TRIED = (1, 2, 3, 5, 10), (2, 4, 10)
#: Draws of what may come, and the share of them that must name the cause.
DRAWS, ENOUGH = 40, 0.8
#: Seed of the draws, which belong to no world.
SEED = 7402


class Settling(NamedTuple):
    """Shares of draws in which the leading cause is named, if it is right; {}: nothing is drawn.

    years: by how many more years there are, with as many reports; times: by how many times the
    reports of a year there are, in as many years as there are.
    """

    years: dict[int, float]
    times: dict[int, float]


def enough(shares: Mapping[int, float]) -> int | None:
    """The smallest number tried at which the cause is named often enough; None: at none.

    >>> from streetlight.model.inference.settling import enough
    >>> enough({1: 0.3, 2: 0.85, 5: 0.9}), enough({1: 0.3})
    (2, None)
    """
    return next((number for number, share in shares.items() if share >= ENOUGH), None)


def what_settles(counts: FloatArray, change: int, found: Diagnosis, *, small: bool) -> Settling:
    """What would settle a diagnosis of counts (T, N_GROUPS) that names nothing.

    change, small: as `diagnose` had them when it gave `found`. Assumes that the leading cause took
    part and goes on as its signature does, and that what moves from year to year does so as before.
    Nothing settles that "something else" took part, of which no course is known.
    """
    if found.named or found.leading == "something else":
        return Settling({}, {})
    may_come = Continued(counts, change, small, found.leading)
    return Settling(
        {years: may_come.share(years=years) for years in YEARS_TRIED},
        {times: may_come.share(times=times) for times in TIMES_TRIED},
    )


class Continued:
    """What may come of a record, and what may have come in its place, if one cause took part."""

    def __init__(self, counts: FloatArray, change: int, small: bool, leading: str) -> None:
        self.counts, self.change, self.small, self.leading = counts, change, small, leading
        models = possible(small, change, len(counts) - change)
        has = [leading in (causes or ("nothing",)) for causes in models.causes]
        weights = np.where(has, weigh(counts, change, models)[:-1], 0.0)
        self.weights = weights / weights.sum()
        self.known = ~np.isnan(counts)
        self.value, self.variance, prior = working(counts, change)
        self.prior = np.zeros(N_GROUPS)
        self.prior[np.nonzero(self.known)[1]] = prior
        self.shift = models.shift
        self.by_noise: dict[int, list[NoiseFit]] = {}

    def share(self, *, years: int = 0, times: int = 1, draws: int = DRAWS) -> float:
        """Share of draws in which the cause is named."""
        rng = np.random.default_rng([SEED, years, times])
        return sum(self.names(rng, years, times) for _ in range(draws)) / draws

    def names(self, rng: np.random.Generator, years: int, times: int) -> bool:
        """Whether a draw of so many more years, or so many times the reports, names the cause."""
        mean = self.draw(rng, years)
        if years:
            record = np.concatenate([self.counts, rng.poisson(np.nan_to_num(mean[-years:])) * 1.0])
            record[-years:][np.isnan(mean[-years:])] = np.nan
        else:
            record = np.where(self.known, rng.poisson(times * np.nan_to_num(mean)), np.nan)
        try:
            return diagnose(record, self.change, small=self.small).named == self.leading
        except NotIdentifiedError:  # too few reports, by chance
            return False

    def draw(self, rng: np.random.Generator, years: int) -> FloatArray:
        """Expected counts (T + years, N_GROUPS) that the record allows, NaN where never known."""
        total = len(self.counts) + years
        model = int(rng.choice(len(self.weights), p=self.weights))
        shift = possible(self.small, self.change, total - self.change).shift[model]
        fits = self.fits(years)
        past = self.known.ravel()
        off = self.value - np.tile(self.prior, len(self.counts))[past] - self.shift[model][past]
        density = np.array([fit.log_density(off) for fit in fits])
        fit = fits[int(rng.choice(len(fits), p=np.exp(density - logsumexp(density))))]
        cells = self.cells(years)
        log_mean = np.full(total * N_GROUPS, np.nan)
        normal = fit.toward @ off + fit.root @ rng.standard_normal(len(fit.root))
        log_mean[cells] = np.tile(self.prior, total)[cells] + shift[cells] + normal
        return np.asarray(np.exp(log_mean).reshape(total, N_GROUPS))

    def cells(self, years: int) -> BoolArray:
        """Which cells of the years drawn have counts: more years, or those of the record."""
        if not years:
            return self.known.ravel()
        coming = np.tile(self.known.any(axis=0), years)
        return np.concatenate([np.zeros(self.known.size, bool), coming])

    def fits(self, years: int) -> list[NoiseFit]:
        """For each strength of what moves without a cause, log means given those of the record."""
        if years not in self.by_noise:
            past = np.concatenate([self.known.ravel(), np.zeros(years * N_GROUPS, bool)])
            cells = self.cells(years)
            self.by_noise[years] = [
                noise_fit(covariance(len(self.counts) + years, noise), self.variance, past, cells)
                for noise in GRID
            ]
        return self.by_noise[years]


class NoiseFit(NamedTuple):
    """Deviations of log means given those of the record with their errors (n,).

    inverse (n, n), log_root: of the covariance of the latter; toward (k, n): from these to the mean
    of the former; root (k, k): of their covariance.
    """

    inverse: FloatArray
    log_root: float
    toward: FloatArray
    root: FloatArray

    def log_density(self, off: FloatArray) -> float:
        """Log density of deviations of the record, up to a constant."""
        return float(-0.5 * off @ self.inverse @ off) - self.log_root


def noise_fit(
    total: FloatArray, variance: FloatArray, past: BoolArray, cells: BoolArray
) -> NoiseFit:
    """The normal distribution of cells given those of the past, whose errors have a variance."""
    observed = total[np.ix_(past, past)] + np.diag(variance)
    inverse = np.asarray(np.linalg.inv(observed), np.float64)
    toward = total[np.ix_(cells, past)] @ inverse
    left = total[np.ix_(cells, cells)] - toward @ total[np.ix_(past, cells)]
    root = np.asarray(np.linalg.cholesky(left + 1e-9 * np.eye(len(left))), np.float64)
    return NoiseFit(inverse, float(np.linalg.slogdet(observed)[1]) / 2.0, toward, root)
