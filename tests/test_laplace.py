"""The peak of a posterior and the normal distribution there."""

from __future__ import annotations

import numpy as np
import pytest

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.laplace import peak_of


def test_the_peak_of_a_normal_posterior_is_its_mean_and_covariance() -> None:
    """Curvature ((2, 1), (1, 3)) at (1, -2): the inverse is ((3, -1), (-1, 2)) / 5."""
    curvature, mean = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([1.0, -2.0])

    def loss(at: FloatArray) -> tuple[float, FloatArray]:
        gradient = curvature @ (at - mean)
        return float((at - mean) @ gradient) / 2.0, gradient

    peak = peak_of(loss, np.zeros(2))
    assert peak.at == pytest.approx(mean, abs=1e-5)
    assert peak.covariance == pytest.approx(np.array([[0.6, -0.2], [-0.2, 0.4]]), abs=1e-6)
