"""Many policies at once: levels, who may be the best, and when it depends on the future."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from streetlight.experiments.analyse.best import may_be_best
from streetlight.experiments.analyse.differences import differences
from streetlight.experiments.analyse.intervals import (
    ALPHA,
    Estimate,
    covariance_of_means,
    estimate,
    family_level,
    fieller,
    interval,
    shrunk,
)
from streetlight.experiments.analyse.values import Worlds
from streetlight.experiments.analyse.verdicts import (
    CANNOT_TELL,
    depends,
    grid,
    in_words,
    more_replicates,
    probability_settled,
    verdict,
)

RNG = np.random.default_rng


def test_one_policy_needs_no_adjustment() -> None:
    """A family of one has the level it was given, and so has one noisy policy among sure ones."""
    noisy = RNG(0).normal(size=(1, 2, 5))
    assert family_level(noisy) == ALPHA
    assert family_level(np.concatenate([noisy, np.zeros((3, 2, 5))])) == ALPHA


def test_copies_of_one_policy_need_next_to_no_adjustment() -> None:
    """Policies that move together are one policy; independent ones are as Sidak has it."""
    one = RNG(1).normal(size=(1, 1, 60))
    assert family_level(np.repeat(one, 10, axis=0)) == pytest.approx(ALPHA, abs=0.006)
    independent = RNG(2).normal(size=(10, 1, 200))
    sidak = 1 - 0.95 ** (1 / 10)
    assert family_level(independent) == pytest.approx(sidak, rel=0.12)


def test_many_degrees_of_freedom_give_the_published_quantile_of_dunnett() -> None:
    """Five policies, correlations of one half, 60 degrees of freedom: |t| of 2.60 for 5%.

    The table of Dunnett (1964) for two-sided comparisons; 60 stands for many here, as 40 does.
    """
    n = 41
    common, own = RNG(3).normal(size=(1, n)), RNG(4).normal(size=(5, n))
    values = np.concatenate([common, own])
    values = values - values.mean(axis=1, keepdims=True)
    basis, _ = np.linalg.qr(values.T)  # exactly uncorrelated, so that correlations are one half
    exact = (basis[:, 1:] + basis[:, :1]).T[:, None, :]
    level = family_level(exact)
    assert -stats.t.ppf(level / 2, 40) == pytest.approx(2.64, abs=0.06)


def test_a_one_sided_level_leaves_all_error_to_one_side() -> None:
    """For one side the critical t is smaller: 1.97 rather than 2.24 for two normal ones."""
    values = RNG(5).normal(size=(2, 1, 400))
    for sides, critical in ((1, 1.95), (2, 2.236)):
        level = family_level(values, sides=sides)
        assert -stats.norm.ppf(level / sides) == pytest.approx(critical, abs=0.05)


@settings(max_examples=30, deadline=None)
@given(k=st.integers(2, 8), n=st.integers(2, 6), futures=st.integers(1, 4), seed=st.integers(0, 99))
def test_the_level_lies_between_bonferroni_and_none(
    k: int, n: int, futures: int, seed: int
) -> None:
    """Whatever the data, and the same each time."""
    values = RNG(seed).normal(size=(k, futures, n))
    level = family_level(values, draws=500)
    assert ALPHA / k <= level <= ALPHA
    assert family_level(values, draws=500) == level


def test_one_replicate_gives_no_level() -> None:
    """Where there is no Monte-Carlo error to be known there is no family of intervals."""
    assert math.isnan(family_level(np.ones((3, 2, 1))))


def test_intervals_of_a_family_hold_together() -> None:
    """Of 300 experiments of 6 policies with unlike spreads, all six hold in 95%; alone in fewer."""
    rng, n = RNG(6), 300
    spread = np.linspace(1, 4, 6)[:, None, None]
    at_once = alone = 0
    for _ in range(n):
        values = spread * rng.normal(size=(6, 2, 5))
        level = family_level(values, draws=1000)
        found = [estimate(one) for one in values]
        at_once += all(low <= 0 <= high for low, high in (f.interval(level) for f in found))
        alone += all(f.low <= 0 <= f.high for f in found)
    error = math.sqrt(0.95 * 0.05 / n)
    assert abs(at_once / n - 0.95) < 4 * error
    assert alone / n < 0.95 - 6 * error


def test_the_covariance_of_means_is_that_of_the_futures_luck() -> None:
    """By hand: the mean over two futures with unlike numbers of replicates."""
    first = np.array([[1.0, 2.0, 6.0], [0.0, 4.0, math.nan]])
    second = np.array([[3.0, 0.0, 3.0], [1.0, 1.0, math.nan]])
    found, df = covariance_of_means(np.array([first, second]))
    by_hand = (np.cov(first[0], second[0]) / 3 + np.cov(first[1, :2], second[1, :2]) / 2) / 4
    assert found == pytest.approx(by_hand)
    assert df.tolist() == pytest.approx([estimate(first).df, estimate(second).df])
    assert found[0, 0] == pytest.approx(estimate(first).variance)


def test_correlations_from_few_replicates_are_shrunk() -> None:
    """By the formula: two of 0.6 from 4 degrees of freedom; next to nothing from 400."""
    matrix = np.array([[1, 0.6], [0.6, 1]])
    intensity = (1 - 0.36) ** 2 / 4 / 0.36
    assert shrunk(matrix, 4)[0, 1] == pytest.approx(0.6 * (1 - intensity))
    assert shrunk(matrix, 400)[0, 1] == pytest.approx(0.6, abs=0.002)
    assert shrunk(np.array([[1, 0.1], [0.1, 1]]), 3)[0, 1] == 0.0
    np.linalg.cholesky(shrunk(np.ones((3, 3)), 4))


def test_the_best_is_kept_and_a_far_worse_one_is_not() -> None:
    """Two that differ by noise both may be the best; a clearly worse one may not."""
    rng = RNG(12)
    world = rng.normal(0, 50, (1, 2, 8))
    values = world + np.array([10.0, 10.1, 2.0])[:, None, None] + rng.normal(size=(3, 2, 8))
    assert may_be_best(values).tolist() == [True, True, False]
    assert may_be_best(-values).tolist() == [False, False, True]


def test_sure_values_and_single_replicates_are_judged_as_they_are() -> None:
    """Without spread the highest alone stays; with one replicate nobody can be ruled out."""
    sure = np.array([1.0, 2.0, 2.0])[:, None, None] * np.ones((3, 2, 4))
    assert may_be_best(sure).tolist() == [False, True, True]
    assert may_be_best(np.arange(3.0)[:, None, None] * np.ones((3, 2, 1))).all()


def test_the_truly_best_is_among_those_that_may_be() -> None:
    """In 300 experiments of five alike, any one of them is in the set in 95% at least."""
    rng, n = RNG(8), 300
    kept = sum(int(may_be_best(rng.normal(size=(5, 1, 6)))[0]) for _ in range(n))
    assert kept / n > 0.95 - 4 * math.sqrt(0.95 * 0.05 / n)


def test_one_future_worse_by_chance_is_not_said_to_depend() -> None:
    """Far better in one of 64 futures and alike in the others: said in 5% at most."""
    rng, n = RNG(9), 400
    better = np.where(np.arange(64) == 0, 100.0, 0.0)[:, None]
    said = sum(depends(estimate(better + rng.normal(size=(64, 6))), 0.0) for _ in range(n))
    assert abs(said / n - 0.05) < 4 * math.sqrt(0.05 * 0.95 / n)


def test_reversals_of_many_policies_are_judged_together() -> None:
    """p-values of 0.02 and next to 0 in two futures: said of one policy at 5%, and not of ten at
    0.5%, though copies of one policy need no wider intervals."""
    n = 41
    luck = RNG(13).normal(size=n)
    luck = (luck - luck.mean()) / luck.std(ddof=1) / -stats.t.ppf(0.02, n - 1) * math.sqrt(n)
    one = np.stack([luck + 100.0, luck - 1.0])
    for k, said in ((1, True), (2, True), (3, False), (10, False)):
        values = np.concatenate([np.zeros((1, 2, n)), np.repeat(one[None], k, axis=0)])
        names = tuple(f"p{i}" for i in range(k + 1))
        worlds = Worlds(names, ("f", "g"), np.zeros(k + 1, bool), np.zeros(2, bool),
                        {"known": values}, 0, 0)  # fmt: skip
        metric = {"name": "known", "direction": "more", "matters": 0.0, "relative_to": ""}
        rows = differences(worlds, metric, 0, 0)
        assert {row.verdict.startswith("depends") for row in rows} == {said}


def test_what_depends_is_found() -> None:
    """Half of eight futures better and half worse by ten standard errors: said."""
    signs = np.where(np.arange(8) % 2, 1.0, -1.0)[:, None]
    values = 10 * signs + RNG(10).normal(size=(8, 8))
    assert verdict(estimate(values), 1.0, 0.01) == "depends on the future: better in 4 of 8"
    assert not depends(estimate(values), 20.0)


def test_a_wider_family_makes_the_verdict_more_careful() -> None:
    """What is clear alone cannot be told when it is one of very many."""
    values = np.array([[1.0, 2.0, 3.0, 4.0]])
    assert verdict(estimate(values), 0.0) == "clearly better"
    assert verdict(estimate(values), 0.0, 0.001).startswith(CANNOT_TELL)


def test_settled_is_beyond_the_interval_or_within_what_matters() -> None:
    """By hand for N(1, 4): half-width 2 leaves (-2, 2) open; where 3 matters, [-1, 1] is not."""
    inside = stats.norm.cdf(0.5) - stats.norm.cdf(-1.5)
    assert probability_settled(1, 4, 2, 0) == pytest.approx(1 - inside)
    small = stats.norm.cdf(0) - stats.norm.cdf(-1)
    assert probability_settled(1, 4, 2, 3) == pytest.approx(1 - inside + small)
    assert probability_settled(1, 4, 2, 4) == 1.0
    assert probability_settled(3, 0, 2, 0) == 1.0 and probability_settled(1, 0, 2, 0) == 0.0


def test_more_replicates_are_as_many_as_the_formula_asks_for() -> None:
    """With a difference of 0 the half-width has to come to half of what matters, or near it."""
    values = np.array([np.linspace(-1, 1, 20)])
    found = estimate(values)
    more = more_replicates(found, 0.2)
    assert more is not None
    sd = float(values.std(ddof=1))
    enough = stats.norm.ppf(0.975) * sd / math.sqrt(20 + more)
    assert 0.1 < enough < 0.2
    assert more_replicates(found, 0.1) > 2 * more  # type: ignore[operator]
    assert more_replicates(estimate(np.array([np.linspace(-1, 1, 2000)])), 1e-6) is None
    assert in_words(None) == "more than 10,000 more replicates"
    assert in_words(1) == "about 1 more replicate"
    assert grid()[:11] == list(range(1, 12)) and grid()[-1] == 10_000


def test_that_many_more_replicates_mostly_settle_it() -> None:
    """Of 200 open questions, with truths as unsure as the data leave them, N more settle most."""
    rng, settled, asked = RNG(11), 0, 0
    while asked < 200:
        truth = rng.normal(0, 1.0)
        values = truth + 2 * rng.normal(size=(2, 4))
        found = estimate(values)
        if not verdict(found, 0.5).startswith(CANNOT_TELL):
            continue
        more = more_replicates(found, 0.5)
        assert more is not None
        asked += 1
        extended = np.concatenate([values, truth + 2 * rng.normal(size=(2, more))], axis=1)
        settled += not verdict(estimate(extended), 0.5).startswith(CANNOT_TELL)
    assert settled / asked > 0.65  # 80% if the spread were known; it is from six degrees of freedom


def test_fieller_gives_the_ratios_that_the_data_allow() -> None:
    """The ends are the ratios at which the t-test of top - ratio x bottom is at its limit."""
    covariance = np.array([[4.0, 1.0], [1.0, 2.0]])
    value, low, high = fieller(30.0, 10.0, covariance, 12.0)
    assert value == 3.0 and low < 3.0 < high
    for end in (low, high):
        variance = covariance[0, 0] - 2 * end * covariance[0, 1] + end**2 * covariance[1, 1]
        assert abs(30 - end * 10) / math.sqrt(variance) == pytest.approx(stats.t.ppf(0.975, 12))


def test_a_ratio_to_what_may_be_nothing_is_undefined() -> None:
    """The interval of the bottom holds 0; a bottom of exactly 0 is no better."""
    assert all(math.isnan(x) for x in fieller(30.0, 1.0, np.diag([1.0, 1.0]), 12.0))
    assert all(math.isnan(x) for x in fieller(30.0, 0.0, np.zeros((2, 2)), 12.0))
    assert fieller(30.0, 10.0, np.zeros((2, 2)), 12.0) == (3.0, 3.0, 3.0)


def test_an_interval_at_a_tiny_level_keeps_its_digits() -> None:
    """The quantile is taken from the lower tail: 1 - 1e-20 would be 1."""
    assert math.isfinite(interval(0.0, 1.0, 10.0, 1e-20)[1])
    assert isinstance(estimate(np.ones((1, 3))), Estimate)
