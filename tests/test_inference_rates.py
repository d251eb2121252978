"""Estimators on counts by place, against tables, closed forms and what was simulated."""

from __future__ import annotations

import numpy as np
import pytest

from streetlight.model.inference.class_surveys import with_surveys
from streetlight.model.inference.design import by_class_and_poverty
from streetlight.model.inference.duplicates import reporting_rates
from streetlight.model.inference.empirical_bayes import empirical_bayes, pooled_rates
from streetlight.model.inference.hidden_risk import RelativeRates, deviations
from streetlight.model.inference.identification import identification_rates
from streetlight.model.inference.identified import NotIdentifiedError, tails
from streetlight.model.inference.places import PlaceCounts, relative_of
from streetlight.model.inference.poisson_logistic import loss_of, poisson_logistic
from streetlight.model.inference.raw_rates import raw_rates


def test_exact_intervals_are_those_of_the_published_table() -> None:
    """Garwood's 95% limits of 0, 1 and 10 cases; no exposure and unknown counts have no rate."""
    counts, exposure = np.array([0.0, 1.0, 10.0, 3.0, np.nan]), np.array([1.0, 1.0, 2.0, 0.0, 1.0])
    low, high = raw_rates(counts, exposure, 0.95).interval
    assert low[:3] == pytest.approx([0.0, 0.0253, 4.795 / 2.0], abs=5e-4)
    assert high[:3] == pytest.approx([3.689, 5.572, 18.39 / 2.0], abs=5e-3)
    assert np.isnan([low[3:], high[3:]]).all()


@pytest.mark.parametrize("counts", [[-1.0, 2.0], [0.5, 2.0], [np.inf, 2.0]])
def test_counts_that_are_none_are_refused(counts: list[float]) -> None:
    """Negative, fractional and infinite counts are errors, not estimates."""
    with pytest.raises(ValueError, match="whole numbers"):
        raw_rates(np.array(counts), np.ones(2))
    with pytest.raises(ValueError, match="exposure"):
        raw_rates(np.ones(2), np.array([-1.0, 1.0]))
    with pytest.raises(ValueError, match="level"):
        tails(1.0)


def places(n: int, k: float) -> tuple[PlaceCounts, np.ndarray]:
    """Places whose rates are gamma of shape k about 2 per 1,000, half of that in towns."""
    rng = np.random.default_rng(5)
    kind = np.arange(n) % 2 * 2
    youth, poverty = rng.uniform(500.0, 20_000.0, n), rng.uniform(0.05, 0.4, n)
    usual = np.where(kind == 0, 0.002, 0.001) * np.exp(1.4 * (poverty - 0.225))
    rate = usual * rng.gamma(k, 1.0 / k, n)
    table = PlaceCounts(
        counts=rng.poisson(3.0 * youth * rate).astype(float), years=np.full(n, 3.0), youth=youth,
        place_class=kind, poverty_share=poverty,
    )  # fmt: skip
    return table, rate


def test_the_slope_of_the_poisson_logistic_is_that_of_its_value() -> None:
    """By central differences, error of order h^2, at three points off the peak."""
    table, _ = places(40, 2.0)
    x, n = table.design.columns, len(table.counts)
    z = np.column_stack([np.ones(n), np.linspace(-1.0, 1.0, n)])
    prior = np.array([-1.5, 0.0]), np.array([0.5, 1.0])
    loss = loss_of(table.counts, table.exposure, x, z, table.design, prior)
    step = 1e-5 * np.eye(x.shape[1] + 3)
    for shift in (-0.4, 0.1, 0.7):
        at = np.full(len(step), shift)
        slope = [(loss(at + h)[0] - loss(at - h)[0]) / 2e-5 for h in step]
        assert loss(at)[1] == pytest.approx(slope, rel=1e-5, abs=1e-4)


def test_empirical_bayes_finds_what_was_simulated() -> None:
    """Shape, class ratio and slope of poverty within four standard errors; 90% intervals hold."""
    table, rate = places(600, 2.0)
    fit = empirical_bayes(table.counts, table.exposure, table.design)
    at = dict(zip((*table.design.names, "log k"), fit.peak.at, strict=True))
    error = dict(zip(at, np.sqrt(np.diag(fit.peak.covariance)), strict=True))
    assert abs(at["log k"] - np.log(2.0)) < 4.0 * error["log k"]
    assert abs(at["poverty"] - 1.4) < 4.0 * error["poverty"]
    cities_over_towns = at["large metro"] - at["town"]
    assert cities_over_towns == pytest.approx(np.log(2.0), abs=4.0 * 2.0 / 600**0.5)
    inside = ((rate >= fit.interval.low) & (rate <= fit.interval.high)).mean()
    assert abs(inside - 0.9) < 4.0 * (0.09 / 600) ** 0.5


def test_the_peak_of_rates_that_are_known_exactly_has_the_error_of_a_gamma() -> None:
    """Half the rates 1 + s and half 1 - s of the mean, log(1 - s^2) twice digamma(1): k is 1.

    Then the curvature of log k is n (trigamma(1) - 1) and that of its prior, with pi^2 / 6 for
    trigamma(1).  The mean is known as well as the mean of n gammas of shape 1.
    """
    n, euler = 50, 0.57721566490153286
    s = np.sqrt(1.0 - np.exp(-2.0 * euler))
    design = by_class_and_poverty(np.zeros(n, int), np.zeros(n))
    rates = 1.0 + s * np.resize([1.0, -1.0], n)
    fit = pooled_rates(np.rint(1e9 * rates), np.full(n, 1e9), design)
    assert fit.peak.at == pytest.approx([0.0, 0.0], abs=1e-6)
    of_log_k = n * (np.pi**2 / 6.0 - 1.0) + 1.0 / 1.5**2
    assert fit.peak.covariance == pytest.approx(
        np.array([[1.0 / (n + 1.0 / 20.0**2), 0.0], [0.0, 1.0 / of_log_k]]), rel=1e-5, abs=1e-8
    )


def test_shrinkage_draws_a_place_towards_its_kind_the_more_the_less_is_known() -> None:
    """A place without years has the rate of its kind; one with many cases nearly its own."""
    table, _ = places(200, 2.0)
    counts, exposure = table.counts.copy(), table.exposure.copy()
    exposure[0], counts[0] = 0.0, 0.0
    exposure[1], counts[1] = 1e7, 1e5
    fit = empirical_bayes(counts, exposure, table.design)
    assert fit.rate[0] == pytest.approx(fit.usual[0])
    assert fit.rate[1] == pytest.approx(0.01, rel=0.01)


def test_nothing_recorded_and_nobody_to_pool_with_is_refused() -> None:
    """No case anywhere, or one place alone: no rate, and the reason."""
    design = by_class_and_poverty(np.zeros(3, int), np.array([0.1, 0.2, 0.3]))
    with pytest.raises(NotIdentifiedError, match="no case was recorded"):
        empirical_bayes(np.zeros(3), np.ones(3), design)
    with pytest.raises(NotIdentifiedError, match="fewer than two places"):
        empirical_bayes(np.array([5.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0]), design)


def test_deviations_are_the_prior_without_counts_and_the_record_with_many() -> None:
    """Quadrature against two limits that are known."""
    spread, off = 0.8, 0.5
    usual = np.array([0.0, 1e5])
    counts = np.array([0.0, np.round(1e5 * np.exp(off - spread**2 / 2.0))])
    mean, variance = deviations(counts, usual, spread)
    assert mean == pytest.approx([0.0, off], abs=0.05)
    assert variance == pytest.approx([spread**2, 0.0], abs=5e-3)


def test_of_what_differs_only_the_stated_part_is_put_down_to_risk() -> None:
    """A place tenfold above its kind is a little above it in risk: more where more is stated."""
    table, _ = places(300, 1.0)
    counts = table.counts.copy()
    usual = empirical_bayes(table.counts, table.exposure, table.design).usual
    counts[0] = np.round(10.0 * usual[0] * table.exposure[0])
    one = PlaceCounts(counts=counts, years=table.years, youth=table.youth,
                      place_class=table.place_class, poverty_share=np.full(300, 0.2))  # fmt: skip
    small, large = (relative_of(one, hidden_cv=cv) for cv in (0.1, 0.6))
    middle = np.median(small.rate), np.median(large.rate)
    assert 1.0 < small.rate[0] / middle[0] < 1.1
    assert 1.4 < large.rate[0] / middle[1] < 4.0
    wide = large.interval().ratio[0] / small.interval().ratio[0]
    assert wide > 1.5


def test_the_level_is_that_of_the_stated_prior() -> None:
    """Half the share stated gives twice the level, and the relative rates do not move."""
    table, _ = places(300, 2.0)
    one_class = by_class_and_poverty(np.zeros(300, int), table.poverty_share)
    towns = (table.place_class == 2).astype(float)[:, None]
    fits = [
        poisson_logistic(table.counts, table.exposure, one_class, towns, ("town",), share=share)
        for share in (0.1, 0.05)
    ]
    assert fits[1].level.low / fits[0].level.low == pytest.approx(2.0, rel=0.1)
    assert fits[1].usual == pytest.approx(fits[0].usual, rel=0.02)
    towns_over_cities = fits[0].share[1] / fits[0].share[0]
    assert towns_over_cities == pytest.approx(0.5, abs=0.15)


def test_a_column_that_may_move_both_is_named() -> None:
    """Reporting by a column that goes with poverty cannot be told from risk."""
    table, _ = places(100, 2.0)
    one_class = by_class_and_poverty(np.zeros(100, int), table.poverty_share)
    staff = table.poverty_share[:, None] * 10.0
    fit = poisson_logistic(table.counts, table.exposure, one_class, staff, ("staff",))
    assert len(fit.warnings) == 1
    assert "staff may move victimization as well" in fit.warnings[0]


def test_repeat_reports_give_a_rate_and_with_an_exit_hazard_a_share() -> None:
    """40 repeats in 100 years: 0.4 a year, 0.4 / (0.4 + 0.24) reported; three repeats tell none."""
    rates = reporting_rates(np.array([40.0, 3.0]), np.array([100.0, 10.0]), 0.24, (0.18, 0.42))
    assert rates.rate[0] == pytest.approx(0.4)
    assert rates.interval.low[0] == pytest.approx(0.30196, abs=1e-4)
    assert rates.interval.high[0] == pytest.approx(0.52069, abs=1e-4)
    assert rates.share[0] == pytest.approx(0.625)
    assert rates.share_interval.high[0] == pytest.approx(0.52069 / (0.52069 + 0.18), abs=1e-4)
    assert np.isnan(rates.rate[1])
    with pytest.raises(NotIdentifiedError, match="10 repeat reports"):
        reporting_rates(np.array([3.0]), np.array([10.0]), 0.24, (0.18, 0.42))


def test_times_to_identification_give_a_rate_and_a_share() -> None:
    """60 in 40 years: 1.5 ends a year, less 0.5 unidentified; a share of two thirds.

    The ends of a chi-squared with 120 degrees of freedom are 95.705 and 146.567 in printed tables,
    so those of 1.5 are 47.852 / 40 and 73.284 / 40; exits from 0.4 to 0.6 widen both intervals.
    """
    found = identification_rates(np.array([60.0, 9.0]), np.array([40.0, 6.0]), 0.5, (0.4, 0.6))
    low, high = 47.8525 / 40, 73.2835 / 40
    assert (found.rate[0], found.share[0]) == pytest.approx((1.0, 2 / 3))
    assert [end[0] for end in found.interval] == pytest.approx([low - 0.6, high - 0.4], abs=1e-4)
    assert [end[0] for end in found.share_interval] == pytest.approx(
        [1 - 0.6 / low, 1 - 0.4 / high], abs=1e-4
    )
    assert np.isnan([found.rate[1], found.share[1], found.interval.low[1]]).all()


def test_times_to_identification_are_refused_with_the_reason() -> None:
    """Nine are too few; 60 in 120 years are slower than half a year's exits would leave any."""
    with pytest.raises(NotIdentifiedError, match="no group has 10 identified youth"):
        identification_rates(np.array([9.0]), np.array([6.0]), 0.5, (0.4, 0.6))
    with pytest.raises(NotIdentifiedError, match="longer than exploitation lasts"):
        identification_rates(np.array([60.0]), np.array([120.0]), 0.5, (0.4, 0.6))
    with pytest.raises(ValueError, match="must hold exit_hazard"):
        identification_rates(np.array([60.0]), np.array([40.0]), 0.5, (0.6, 0.7))


def test_intervals_of_the_share_identified_hold_it_nine_times_in_ten() -> None:
    """Youth with both hazards known: of 600 samples of fifty identified 540 hold, give or take 22.

    (Three standard deviations of a binomial: 3 root(600 x .9 x .1).)
    """
    rng, h, x, held = np.random.default_rng(8), 0.3, 0.5, 0
    for _ in range(600):
        found, left = rng.exponential(1 / h, 400), rng.exponential(1 / x, 400)
        waits = found[found < left][:50]
        one = identification_rates(np.array([50.0]), np.array([waits.sum()]), x, (x, x))
        held += bool(one.share_interval.low[0] <= h / (h + x) <= one.share_interval.high[0])
    assert abs(held - 540) < 22


def surveyed(said_so: list[float]) -> np.ndarray:
    """Relative rates of four classes of a place each, alike in the record, after 1,000 asked."""
    alike = RelativeRates(np.zeros(4), np.full(4, 0.4))
    kind, youth = np.arange(4), np.full(4, 100.0)
    return with_surveys(alike, kind, youth, np.full(4, 1000.0), np.array(said_so)).log_rate


def test_a_survey_shows_what_the_record_hides_of_a_class() -> None:
    """Twice the answers in rural places: nearly twice the rate there, where it was alike."""
    log_rate = surveyed([100.0, 100.0, 100.0, 200.0])
    assert np.exp(log_rate[3] - log_rate[0]) == pytest.approx(1.9, abs=0.1)


def test_answers_that_differ_by_chance_alone_move_nothing() -> None:
    """Ratios within their standard errors leave the record's rates as they are."""
    log_rate = surveyed([100.0, 104.0, 98.0, 101.0])
    assert np.ptp(log_rate) == 0.0
    with pytest.raises(NotIdentifiedError, match="fewer than two classes"):
        surveyed([3.0, 4.0, 0.0, 9.0])
