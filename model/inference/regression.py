"""Poisson regression with a ridge."""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import FloatArray


def poisson_fit(
    features: FloatArray,
    offset: FloatArray,
    counts: FloatArray,
    *,
    ridge: float,
    steps: int = 25,
) -> FloatArray:
    """Slopes (m,) of a Poisson regression of counts (n,) on features (n, m) with exposure (n,).

    Newton steps, halved while they overshoot; `ridge` is the prior precision of all but the level.
    """
    used = offset > 0.0
    x, exposure, y = features[used], offset[used], counts[used]
    penalty = np.diag([1e-9, *[ridge] * (x.shape[1] - 1)])
    slopes = np.zeros(x.shape[1])
    slopes[0] = np.log(max(y.sum(), 0.5) / exposure.sum()) if len(y) else 0.0

    def loss(b: FloatArray) -> float:
        return float((exposure * np.exp(x @ b)).sum() - y @ (x @ b) + b @ penalty @ b / 2.0)

    for _ in range(steps):
        fitted = exposure * np.exp(x @ slopes)
        information = (x * fitted[:, None]).T @ x + penalty
        step = np.linalg.solve(information, x.T @ (y - fitted) - penalty @ slopes)
        while loss(slopes + step) > loss(slopes) + 1e-12 and np.abs(step).max() > 1e-10:
            step /= 2.0
        slopes = slopes + step
        if np.abs(step).max() < 1e-9:
            break
    return slopes
