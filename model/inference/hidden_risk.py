"""What recorded rates say of victimization, once it is stated how much of it can differ.

Recorded log rates of places of a kind differ by s2 = h2 + a2: by hidden risk (h2) and by attention
(a2), both normal.  No count tells one from the other, so h2 is *stated*.  Of what a place has above
its kind the share h2 / s2 is then put down to risk, and the rest to attention:

    d_i | Y_i   from   Y_i ~ Poisson(usual_i exp(d_i - s2 / 2)),  d_i ~ Normal(0, s2)
    log risk_i  = log expected_i + share E(d_i),   variance  h2 (1 - share) + share^2 var(d_i)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.design import PoolingDesign
from streetlight.model.inference.identified import LEVEL, Interval, tails
from streetlight.model.inference.laplace import Peak

#: Stated variation of hidden risk between places of a kind (coefficient of variation): the centre
#: of 0.1 to 0.6, which is assumed (P6).
HIDDEN_CV = 0.3
#: Stated spread of log risk between classes of place: published ratios of rural to other places
#: contradict each other, between 0.5 and 2 (P2).
HIDDEN_CLASS = 0.2
#: Columns of a design that move the truth; all others are taken for attention.
OF_TRUTH = ("poverty",)
NEWTON_STEPS, SETTLED = 30, 1e-9
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)


@dataclass(frozen=True, eq=False)
class RelativeRates:
    """Victimizations per youth over those of the region, never a level. Arrays are (C,).

    log_rate, log_sd: median and standard deviation of the log, which is taken for normal.
    """

    log_rate: FloatArray
    log_sd: FloatArray

    @property
    def rate(self) -> FloatArray:
        """Median relative rate: 1 is the region's own."""
        return np.asarray(np.exp(self.log_rate))

    def interval(self, level: float = LEVEL) -> Interval:
        """Its interval, ends (C,) each."""
        low, high = ndtri(tails(level))
        return Interval(
            np.exp(self.log_rate + low * self.log_sd), np.exp(self.log_rate + high * self.log_sd)
        )


def risk_variance(cv: float) -> float:
    """Variance of the log of a lognormal with this coefficient of variation."""
    return float(np.log1p(cv * cv))


def deviations(
    counts: FloatArray, usual: FloatArray, spread: float
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance (C,) of d_i given counts (C,), by quadrature about its most likely value.

    usual (C,): counts that places of its kind have on average; 0: nothing is known of the place.
    """
    precision, shift = spread**-2.0, spread**2 / 2.0
    d = np.zeros(len(counts))
    for _ in range(NEWTON_STEPS):
        expected = usual * np.exp(np.minimum(d - shift, 50.0))
        ahead = np.clip((counts - expected - d * precision) / (expected + precision), -2.0, 2.0)
        d += ahead
        if np.abs(ahead).max(initial=0.0) < SETTLED:  # what is left is the square of that
            break
    scale = (usual * np.exp(d - shift) + precision) ** -0.5
    values = d[:, None] + scale[:, None] * _NODES
    log_weight = np.log(_WEIGHTS) + _NODES**2 / 2.0 + counts[:, None] * values
    log_weight -= usual[:, None] * np.exp(values - shift) + values**2 * precision / 2.0
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    mean = (weight * values).sum(axis=1)
    return mean, (weight * (values - mean[:, None]) ** 2).sum(axis=1)


def relative_rates(
    counts: FloatArray,
    usual: FloatArray,
    spread: float,
    design: PoolingDesign,
    peak: Peak,
    youth: FloatArray,
    hidden_cv: float = HIDDEN_CV,
) -> RelativeRates:
    """Relative rates of victimization from counts, by the equations above.

    counts, usual (C,): recorded, and what places of the kind have; spread: sqrt(s2) between places
    of a kind, of which more than hidden_cv states is put down to attention; design, peak: of the
    regression that gave them, whose slope of poverty is taken for truth and whose classes are not;
    youth (C,): weights of the region's own rate.  Assumes that attention does not follow risk
    within a kind, that classes differ by `HIDDEN_CLASS` in truth, and that hidden_cv is as stated.
    """
    of_truth = np.array([name in OF_TRUTH for name in design.names])
    columns, slopes = design.columns[:, of_truth], peak.at[: len(of_truth)][of_truth]
    kept = np.flatnonzero(of_truth)
    covariance = peak.covariance[np.ix_(kept, kept)]
    h2 = risk_variance(hidden_cv)
    s2 = max(spread * spread, h2)
    share = h2 / s2
    mean, variance = deviations(counts, usual, float(np.sqrt(s2)))
    of_slopes = np.einsum("ij,jk,ik->i", columns, covariance, columns)
    total = h2 * (1.0 - share) + share**2 * variance + of_slopes + HIDDEN_CLASS**2
    return standardised(columns @ slopes + share * mean, np.sqrt(total), youth)


def standardised(log_rate: FloatArray, log_sd: FloatArray, youth: FloatArray) -> RelativeRates:
    """Divided by the mean rate over youth (C,), which is that of the region."""
    mean = np.exp(log_rate + log_sd**2 / 2.0) @ youth / max(float(youth.sum()), 1e-300)
    return RelativeRates(log_rate - np.log(mean), log_sd)
