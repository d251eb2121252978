"""The highest point of a posterior, and the normal distribution that it has there."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from streetlight.model.arrays import FloatArray

#: Loss, the negative log posterior up to a constant, with its gradient.
Loss = Callable[[FloatArray], tuple[float, FloatArray]]
#: The same with its curvature.
CurvedLoss = Callable[[FloatArray], tuple[float, FloatArray, FloatArray]]
STEP = 1e-4  # of the differences of the gradient that give the curvature
FLAT = 1e-8  # curvature of a direction that nothing fixes
NEWTON_STEPS, SETTLED = 200, 1e-8
ROUNDING = 1e-12  # of a loss, by which values next to the peak may differ


class Peak(NamedTuple):
    """Where a loss is least, and the inverse of its curvature there."""

    at: FloatArray  # (p,)
    covariance: FloatArray  # (p, p)

    def draws(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draws from the normal distribution at the peak: (n, p)."""
        return np.asarray(rng.multivariate_normal(self.at, self.covariance, n, method="cholesky"))


def newton_peak(loss: CurvedLoss, start: FloatArray) -> Peak:
    """Minimise by Newton's method to the last digits, a step halved until it leads down.

    Where the loss is not convex, a step goes down along a direction as far as its curvature says.
    """
    at, (value, slope, curvature) = start, loss(start)
    for _ in range(NEWTON_STEPS):
        ahead = -positive_inverse(curvature) @ slope
        while True:
            there, slope_there, curvature_there = loss(at + ahead)
            settled = bool(np.abs(ahead).max() < SETTLED)  # what is left is the square of that
            down = there <= value + ROUNDING * abs(value)
            if down or settled:
                break
            ahead = ahead / 2.0
        if down:
            at, value, slope, curvature = at + ahead, there, slope_there, curvature_there
        if settled:
            break
    return Peak(at, positive_inverse(curvature))


def positive_inverse(curvature: FloatArray) -> FloatArray:
    """The inverse (p, p) of a symmetric matrix with its eigenvalues made positive."""
    values, vectors = np.linalg.eigh(curvature)
    return np.asarray((vectors / np.maximum(np.abs(values), FLAT)) @ vectors.T)


def peak_of(loss: Loss, start: FloatArray) -> Peak:
    """Minimise by L-BFGS; the curvature comes from central differences of the gradient.

    Two Newton steps then take it to the last digits, which hang on the machine otherwise.
    """
    from scipy.optimize import minimize  # here, as it takes long to import

    options = {"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-6}
    at = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    rows = [(loss(at + e)[1] - loss(at - e)[1]) / (2.0 * STEP) for e in STEP * np.eye(len(at))]
    curvature = (np.array(rows) + np.array(rows).T) / 2.0
    covariance = positive_inverse(curvature)
    for _ in range(2):
        slope = loss(at)[1]
        nearer = at - covariance @ slope
        at = nearer if np.abs(loss(nearer)[1]).max() < np.abs(slope).max() else at
    return Peak(at, covariance)
