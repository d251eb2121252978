"""The peak of a posterior and the normal distribution there."""

from __future__ import annotations

import numpy as np
import pytest

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.laplace import newton_peak, peak_of


def test_the_peak_of_a_normal_posterior_is_its_mean_and_covariance() -> None:
    """Curvature ((2, 1), (1, 3)) at (1, -2): the inverse is ((3, -1), (-1, 2)) / 5."""
    curvature, mean = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([1.0, -2.0])

    def loss(at: FloatArray) -> tuple[float, FloatArray]:
        gradient = curvature @ (at - mean)
        return float((at - mean) @ gradient) / 2.0, gradient

    peak = peak_of(loss, np.zeros(2))
    assert peak.at == pytest.approx(mean, abs=1e-5)
    assert peak.covariance == pytest.approx(np.array([[0.6, -0.2], [-0.2, 0.4]]), abs=1e-6)


def test_newtons_method_finds_the_peak_from_where_a_plain_step_would_leave_it() -> None:
    """Of log(1 + x^2), not convex beyond 1: from 3 to 0, where the curvature is 2."""

    def loss(at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        (x,) = at
        whole = 1.0 + x * x
        slope, curvature = 2.0 * x / whole, 2.0 * (1.0 - x * x) / whole**2
        return float(np.log(whole)), np.array([slope]), np.array([[curvature]])

    peak = newton_peak(loss, np.array([3.0]))
    assert peak.at == pytest.approx(np.zeros(1), abs=1e-12)
    assert peak.covariance == pytest.approx(np.array([[0.5]]))
