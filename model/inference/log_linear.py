"""Log-linear models of persons by lists: fits, and whether a fit exists at all.

Counts of the 2^k - 1 combinations are Poisson with log mean: a level, an effect of every list, and
one for some pairs of lists. The level is the log of the number on no list. A pair of the model that
nobody is on has an effect of minus infinity: combinations with it are impossible and left out.
Chan, Silverman and Vincent (2021), Journal of the American Statistical Association 116, 1297-1306.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, linprog
from scipy.special import gammaln, xlogy
from scipy.stats import chi2

from streetlight.model.arrays import BoolArray, FloatArray
from streetlight.model.inference.identified import LEVEL, Interval
from streetlight.model.inference.lists import ListTable, Pair

MOST_STEPS = 30
#: Above this many persons on no list a profile is not followed.
MOST_UNSEEN = 1e9


@dataclass(frozen=True, eq=False)
class LogLinear:
    """One fitted model.

    pairs: those in the model; possible (2^k - 1,): combinations that it allows; means (2^k - 1,):
    fitted, 0 where impossible; unseen: fitted persons on no list; unseen_error: standard error of
    its log; bic: with the log of the number of persons, not of combinations.
    """

    pairs: frozenset[Pair]
    possible: BoolArray
    means: FloatArray
    unseen: float
    unseen_error: float
    bic: float


def possible_rows(table: ListTable, pairs: Iterable[Pair]) -> tuple[BoolArray, list[Pair]]:
    """Combinations that a model allows (2^k - 1,), and its pairs that somebody is on."""
    possible, some = np.ones(len(table.counts), bool), []
    for i, j in sorted(pairs):
        if table.overlaps[i, j] > 0:
            some.append((i, j))
        else:
            possible &= ~(table.histories[:, i] & table.histories[:, j])
    return possible, some


def matrix(histories: BoolArray, pairs: Iterable[Pair]) -> FloatArray:
    """Columns of a model: the level, lists, pairs; shape (n, 1 + k + pairs)."""
    terms = [histories[:, i] & histories[:, j] for i, j in pairs]
    return np.column_stack([np.ones(len(histories)), histories, *terms]).astype(float)


def exists(table: ListTable, pairs: Iterable[Pair]) -> bool:
    """Whether the most likely values of a model exist and are one point.

    They exist if some table of positive means has the margins of the counts (Fienberg and Rinaldo
    2012, Annals of Statistics 40, 996-1023). A fit that has converged to such means is one;
    otherwise a linear program looks for one: the largest s with x >= s and A'x = A'n is above 0.
    """
    possible, some = possible_rows(table, pairs)
    x, y = matrix(table.histories[possible], some), table.counts[possible]
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return False
    if poisson_newton(x, y).converged:
        return True
    return positive_means(x, x.T @ y) > 1e-7 * max(1.0, table.n)


def positive_means(x: FloatArray, margins: FloatArray) -> float:
    """Largest s for which means of at least s, (n,), have these margins (p,) under x (n, p)."""
    n, p = x.shape
    found = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.column_stack([-np.eye(n), np.ones(n)]), b_ub=np.zeros(n),
        A_eq=np.column_stack([x.T, np.zeros(p)]), b_eq=margins,
        bounds=[(0.0, None)] * (n + 1),
    )  # fmt: skip
    return float(-found.fun) if found.status == 0 else 0.0


class PoissonFit(NamedTuple):
    """Slopes (p,) of a Poisson regression, their information (p, p), and whether they settled.

    Slopes that did not settle are those of the last step.
    """

    slopes: FloatArray
    information: FloatArray
    converged: bool


def poisson_newton(x: FloatArray, y: FloatArray) -> PoissonFit:
    """Regression of y (n,) on x (n, p), of full rank.

    Where the most likely value lies at infinity the fitted logs move by about 1 a step for ever.
    """
    eta: FloatArray = np.log(y + 0.5)
    slopes: FloatArray = np.zeros(x.shape[1])
    for _ in range(MOST_STEPS):
        mean = np.exp(np.minimum(eta, 50.0))
        information = (x * mean[:, None]).T @ x
        try:
            slopes = np.asarray(np.linalg.solve(information, x.T @ (mean * eta + y - mean)), float)
        except np.linalg.LinAlgError:
            break
        before, eta = eta, x @ slopes
        if np.abs(before - eta).max() < 1e-8:
            return PoissonFit(slopes, information, True)
    return PoissonFit(slopes, information, False)


def fit(table: ListTable, pairs: Iterable[Pair]) -> LogLinear:
    """The fit of a model, which must exist."""
    pairs = frozenset(pairs)
    possible, some = possible_rows(table, pairs)
    x, y = matrix(table.histories[possible], some), table.counts[possible]
    slopes, information, _ = poisson_newton(x, y)
    mean = np.exp(np.minimum(x @ slopes, 50.0))
    means = np.zeros(len(table.counts))
    means[possible] = mean
    log_likelihood = float((xlogy(y, mean) - mean - gammaln(y + 1.0)).sum())
    n_effects = 1 + table.k + len(pairs)
    covariance = np.linalg.inv(information)
    return LogLinear(
        pairs=pairs,
        possible=possible,
        means=means,
        unseen=float(np.exp(min(slopes[0], 50.0))),
        unseen_error=float(np.sqrt(max(covariance[0, 0], 0.0))),
        bic=n_effects * np.log(max(table.n, 1.0)) - 2.0 * log_likelihood,
    )


def profile(table: ListTable, model: LogLinear, level: float = LEVEL) -> Interval:
    """Profile likelihood interval of the persons on any list or none, the model given.

    Cormack (1992), Biometrics 48, 567-576: for each number on no list the model is fitted to the
    completed table. It knows nothing of the choice of the model. Depths are taken from the number
    that the model fits, which is a few persons above the most likely one: the ends are a little
    too wide.
    """
    _, some = possible_rows(table, model.pairs)
    rows = np.vstack([np.zeros((1, table.k), bool), table.histories[model.possible]])
    x, seen = matrix(rows, some), table.counts[model.possible]

    def log_likelihood(unseen: float) -> float:
        y = np.append(unseen, seen)
        slopes = poisson_newton(x, y).slopes
        shares = np.exp(x @ slopes)
        shares /= shares.sum()
        fixed = gammaln(table.n + unseen + 1.0) - gammaln(unseen + 1.0)
        return float(fixed + xlogy(y, shares).sum())

    best = log_likelihood(model.unseen)
    drop = float(chi2.ppf(level, 1)) / 2.0

    def beyond(unseen: float) -> float:
        return log_likelihood(unseen) - best + drop

    low, high = model.unseen, max(model.unseen, 1.0)
    while high < MOST_UNSEEN and beyond(high) > 0.0:
        high *= 2.0
    ends = [0.0 if beyond(1e-6) > 0.0 else brentq(beyond, 1e-6, low, xtol=0.01)]
    ends += [brentq(beyond, model.unseen, high, xtol=0.01) if high < MOST_UNSEEN else np.inf]
    return Interval(*(table.n + np.array(ends)))
