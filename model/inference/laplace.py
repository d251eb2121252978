"""The highest point of a posterior, and the normal distribution that it has there."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from streetlight.model.arrays import FloatArray

#: Loss, the negative log posterior up to a constant, with its gradient.
Loss = Callable[[FloatArray], tuple[float, FloatArray]]
STEP = 1e-4  # of the differences of the gradient that give the curvature


class Peak(NamedTuple):
    """Where a loss is least, and the inverse of its curvature there."""

    at: FloatArray  # (p,)
    covariance: FloatArray  # (p, p)

    def draws(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draws from the normal distribution at the peak: (n, p)."""
        return np.asarray(rng.multivariate_normal(self.at, self.covariance, n, method="cholesky"))


def peak_of(loss: Loss, start: FloatArray) -> Peak:
    """Minimise by L-BFGS; the curvature comes from central differences of the gradient.

    Two Newton steps then take it to the last digits, which hang on the machine otherwise.
    """
    from scipy.optimize import minimize  # here, as it takes long to import

    options = {"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-6}
    at = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    rows = [(loss(at + e)[1] - loss(at - e)[1]) / (2.0 * STEP) for e in STEP * np.eye(len(at))]
    curvature = (np.array(rows) + np.array(rows).T) / 2.0
    values, vectors = np.linalg.eigh(curvature)
    values = np.maximum(values, 1e-8)  # a direction that nothing fixes is known as little as that
    covariance = (vectors / values) @ vectors.T
    for _ in range(2):
        slope = loss(at)[1]
        nearer = at - covariance @ slope
        at = nearer if np.abs(loss(nearer)[1]).max() < np.abs(slope).max() else at
    return Peak(at, covariance)
