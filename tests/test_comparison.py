"""Paired differences: intervals worked out by hand, and every branch of the verdict."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from streetlight.experiments.analyse import verdicts
from streetlight.experiments.analyse.differences import difference
from streetlight.experiments.analyse.intervals import estimate
from streetlight.experiments.analyse.verdicts import verdict
from streetlight.experiments.analyse.whole import levers_bought
from streetlight.model.money.policies import blend, build, schedule

MORE = {"name": "identified", "direction": "more", "matters": 1.0, "relative_to": ""}


def spread(mean: float, sd: float, n: int = 10) -> np.ndarray:
    """n values with exactly this mean and standard deviation."""
    values = np.linspace(-1, 1, n)
    return mean + sd * values / values.std(ddof=1)


def test_one_future_gives_the_t_interval() -> None:
    """With one future the Monte-Carlo interval is the t-interval of the paired differences."""
    values = np.array([1.0, 2.0, 4.0, 3.5])
    found = estimate(values[None, :])
    half = stats.t.ppf(0.975, 3) * values.std(ddof=1) / 2
    assert found.mean == pytest.approx(2.625)
    assert (found.low, found.high) == (pytest.approx(2.625 - half), pytest.approx(2.625 + half))


def test_spread_over_futures_does_not_widen_the_monte_carlo_interval() -> None:
    """Moving a future's mean moves the mean and the spread, never the width of the interval."""
    near, far = (np.array([spread(0, 1), spread(shift, 1)]) for shift in (1, 100))
    widths = [e.high - e.low for e in (estimate(near), estimate(far))]
    assert widths[0] == pytest.approx(widths[1])
    by_hand = 2 * stats.t.ppf(0.975, 18) * math.sqrt(2 * 0.1 / 4)
    assert widths[0] == pytest.approx(by_hand)
    row = difference("p", MORE, far, np.zeros((2, 10)), far, False)
    assert (row.future_low, row.future_high) == (pytest.approx(0), pytest.approx(100))


def test_intervals_cover_as_often_as_they_say() -> None:
    """In 2,000 experiments of 3 futures x 4 replicates the 95% interval covers the mean."""
    rng = np.random.default_rng(1)
    n = 2000
    sds = np.array([1.0, 2.0, 5.0])[:, None]
    covered = 0
    for _ in range(n):
        found = estimate(np.array([[0.0], [3.0], [-3.0]]) + sds * rng.standard_normal((3, 4)))
        covered += found.low <= 0 <= found.high
    # Satterthwaite is approximate: 0.95 within 4 standard errors and one more per cent
    assert abs(covered / n - 0.95) < 4 * math.sqrt(0.95 * 0.05 / n) + 0.01


def test_pairing_removes_what_both_share() -> None:
    """Differences between worlds that both policies see do not enter the interval."""
    world = np.random.default_rng(2).normal(0, 100, (2, 5))
    row = difference("p", MORE, world + 3.0, world, world, False)
    assert (row.mc_low, row.difference, row.mc_high) == tuple(map(pytest.approx, (3.0, 3.0, 3.0)))
    assert row.verdict == verdicts.CLEARLY_BETTER


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([spread(5, 1)], verdicts.CLEARLY_BETTER),
        ([spread(1, 1)], verdicts.MAYBE_BETTER),
        ([spread(0.1, 0.5)], verdicts.NO_DIFFERENCE),
        ([spread(0.5, 0.05)], verdicts.NO_DIFFERENCE),
        ([spread(0.5, 5)], verdicts.CANNOT_TELL),
        ([spread(-1, 1)], verdicts.MAYBE_WORSE),
        ([spread(-5, 1)], verdicts.CLEARLY_WORSE),
        ([spread(5, 1), spread(-5, 1)], "depends on the future: better in 1 of 2"),
        ([spread(5, 1), spread(4, 1), spread(-2, 0.1)], "depends on the future: better in 2 of 3"),
        ([spread(5, 1), spread(-0.5, 0.1)], verdicts.CLEARLY_BETTER),  # -0.5 does not matter
        ([[5.0], [6.0]], verdicts.CANNOT_TELL),
        ([[math.nan] * 3], verdicts.CANNOT_TELL),
    ],
)  # fmt: skip
def test_every_verdict_has_its_rule(values: list[np.ndarray], expected: str) -> None:
    """Worked examples of the published rule, with 1 the smallest difference that matters."""
    assert verdict(estimate(np.array(values)), 1.0).partition(" (")[0] == expected


def test_less_is_better_mirrors_the_verdict() -> None:
    """For a metric of which less is better, the same numbers give the opposite verdict."""
    own, zero = np.array([spread(5, 1)]), np.zeros((1, 10))
    less = {**MORE, "direction": "less"}
    assert difference("p", MORE, own, zero, zero, False).verdict == verdicts.CLEARLY_BETTER
    worse = difference("p", less, own, zero, zero, False)
    assert (worse.verdict, worse.better_in, worse.worse_in) == (verdicts.CLEARLY_WORSE, 0, 1)
    assert worse.difference == pytest.approx(5)


def test_an_oracle_has_no_verdict() -> None:
    """A reference has its difference and interval, but is not judged."""
    own, zero = np.array([spread(5, 1)]), np.zeros((1, 10))
    assert difference("o", MORE, own, zero, zero, True).verdict == verdicts.REFERENCE


def test_a_share_of_the_baseline_is_what_matters() -> None:
    """With `relative_to`, the smallest difference that matters scales with the baseline."""
    metric = {**MORE, "matters": 0.02, "relative_to": "person_years"}
    own, base = np.array([spread(5, 0.1)]), np.zeros((1, 10))
    assert difference("p", metric, own, base, base + 100, False).matters == pytest.approx(2)
    small = difference("p", metric, own, base, base + 1000, False)
    assert small.verdict == verdicts.NO_DIFFERENCE


def test_missing_runs_are_left_out_of_pairs() -> None:
    """A run that failed takes its pair with it, and nothing else."""
    own, base = np.array([[1.0, 2.0, math.nan]]), np.array([[0.0, 0.0, 50.0]])
    row = difference("p", MORE, own, base, base, False)
    assert (row.baseline, row.mean, row.difference, row.replicates) == (0.0, 1.5, 1.5, 2)


def test_what_a_policy_buys_is_read_off_its_description() -> None:
    """Levers of the mix, or of the parts of a whole; nothing where nothing is spent."""
    single = build("per_youth", mix={"training": 0.5, "channel": 0.5})
    other = build("hotspots", mix={"campaign": 1.0})
    whole = blend({single: 0.5, other: 0.5}, name="b")
    later = schedule({0: single, 2: whole}, name="s")
    assert levers_bought(single.description()) == {"training", "channel"}
    assert levers_bought(later.description()) == {"training", "channel", "campaign"}
    assert levers_bought(build("none").description()) == set()
