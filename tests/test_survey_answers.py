"""What is answered to a prevalence survey: whole persons, binomial quantiles, shares of youth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from small_worlds import SIGMAS

from streetlight.model.parameters import Parameters
from streetlight.model.run.surveys import binomial, estimates, respondents


def test_answers_are_binomial_quantiles() -> None:
    """For small and large surveys, sure and impossible answers, the count is scipy's quantile."""
    n, p = np.meshgrid([0.0, 1.0, 7.0, 100.0, 5000.0], [0.0, 1e-4, 0.003, 0.5, 1.0])
    for u in [1e-9, *np.linspace(0.003, 0.997, 40), 1 - 1e-9]:
        found = binomial(n.ravel(), p.ravel(), np.full(n.size, u))
        assert found.tolist() == stats.binom.ppf(u, n.ravel(), p.ravel()).tolist()


@pytest.mark.parametrize(("asked", "active", "disclosed"), [(150, 40, 0.6), (4000, 3, 0.3)])
def test_estimates_are_unbiased_with_the_binomial_s_spread(
    asked: float, active: float, disclosed: float
) -> None:
    """Mean and variance over many surveys are those of X / (m s), whatever share says so."""
    n, youth = 20_000, 800.0
    luck = np.random.default_rng(8).random(n)
    size = [np.full(n, float(value)) for value in (asked, active, youth)]
    found = estimates(*size, disclosed, luck)
    q = active / youth
    law = stats.binom(asked, q * disclosed)
    sd = law.std() / (asked * disclosed)
    kurtosis = float(law.stats("k"))
    assert abs(found.mean() - q) < SIGMAS * sd / math.sqrt(n)
    assert abs(found.var() / sd**2 - 1.0) < SIGMAS * math.sqrt((2.0 + kurtosis) / n)


def test_nobody_asked_is_nothing_found() -> None:
    """Without respondents, youth or exploited youth it is 0; more than all are not exploited."""
    asked, active = np.array([0.0, 0.0, 10.0, 10.0]), np.array([5.0, 0.0, 0.0, 50.0])
    youth, luck = np.array([50.0, 0.0, 50.0, 25.0]), np.full(4, 0.999)
    assert estimates(asked, active, youth, 1.0, luck).tolist() == [0.0, 0.0, 0.0, 1.0]
    half = stats.binom.ppf(0.3, 10, 0.5) / 5.0
    assert estimates(asked, active, youth, 0.5, np.full(4, 0.3))[3] == half


def test_respondents_are_whole_persons_who_live_there() -> None:
    """Units are rounded down, but for what division lost, and capped by the youth there are."""
    units, youth = np.array([99.7, 1000.0 - 1e-10, 500.0, 0.0]), np.array([1e3, 1e4, 70.5, 9.0])
    assert respondents(units, youth).tolist() == [99.0, 1000.0, 70.0, 0.0]


def test_somebody_has_to_say_so() -> None:
    """A share of 0 who say so is refused, as nothing could be estimated by it."""
    with pytest.raises(ValueError, match=r"survey_disclosed: 0\.0 must be above 0"):
        Parameters().with_values({"levers.survey_disclosed": 0.0})
