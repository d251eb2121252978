"""Complete worlds, futures as a sample, robustness and regret, worked by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from streetlight.experiments.analyse.bootstrap import drawn_futures, population, resampled_means
from streetlight.experiments.analyse.differences import differences
from streetlight.experiments.analyse.ranks import mean_tests, rank, rank_range
from streetlight.experiments.analyse.regret import BEST, regret_rows
from streetlight.experiments.analyse.robustness import quantile, robustness
from streetlight.experiments.analyse.values import Worlds, complete, defined

RNG = np.random.default_rng
NAMES = ("none", "a", "b", "oracle")


def metric(name: str = "averted_person_years", **changes: Any) -> dict[str, Any]:
    """A metric as a configuration has it."""
    one = {"name": name, "direction": "more", "matters": 1.0, "relative_to": "",
           "enough": None, "enough_relative_to": ""}  # fmt: skip
    return one | changes


def worlds(values: Any, *, sampled: int = 0, **more: Any) -> Worlds:
    """Worlds of the four policies: values (4, F, R) of person-years averted, and others."""
    values = np.asarray(values, dtype=float)
    n = values.shape[1]
    return Worlds(
        NAMES, tuple(f"f{i}" for i in range(n)), np.array([False, False, False, True]),
        np.arange(n) >= n - sampled, {"averted_person_years": values, **more}, 0, 0,
    )  # fmt: skip


def around(means: list[list[float]], sd: float = 0.5) -> np.ndarray:
    """Values (P, F, 3) with these means (P, F) and this spread, the same luck for all."""
    return np.asarray(means)[:, :, None] + np.array([-sd, 0.0, sd])


MEANS = [[0.0, 0.0], [5.0, 1.0], [3.0, 4.0], [6.0, 3.0]]


def test_only_worlds_with_every_policy_count() -> None:
    """A failed run takes its world along; a policy that never ran is set aside and takes none."""
    there = np.ones((4, 2, 3), bool)
    there[1, 0, 2] = there[2, 0, 2] = there[2, 1, 0] = False
    there[3] = False
    there[:, 1, 2] = False  # never begun: a future that needed fewer replicates
    used, dropped = complete(there, list(NAMES))
    assert used.tolist() == [[True, True, False], [False, True, False]]
    assert (dropped.absent, dropped.worlds, dropped.runs) == (("oracle",), 2, 3)
    assert dropped.missing == {"a": 1, "b": 2}
    words = dropped.in_words()
    assert "oracle" in words[0] and "2 worlds (3 finished runs)" in words[1]
    assert "a in 1, b in 2" in words[1]
    assert complete(np.zeros((4, 2, 3), bool), list(NAMES))[0].sum() == 0


def test_an_undefined_metric_takes_its_world_along() -> None:
    """Where one policy has no value no other is compared; one that never has any stands aside."""
    values = np.ones((3, 1, 3))
    values[0, 0, 1] = math.nan
    values[2] = math.nan
    found = defined(values)
    assert np.isfinite(found).tolist() == [[[True, False, True]]] * 2 + [[[False] * 3]]


def test_futures_count_alike_whatever_their_replicates() -> None:
    """A future with two replicates weighs as much as one with three."""
    values = around(MEANS)
    values[:, 1, 2] = math.nan
    values[:, 1, :2] = np.asarray(MEANS)[:, 1, None]
    row = differences(worlds(values), metric(), 0, 0)[0]
    assert (row.policy, row.difference, row.futures, row.replicates) == ("a", 3.0, 2, 2)


def test_simultaneous_intervals_are_wider_and_not_of_references() -> None:
    """sim holds mc; an oracle has none, and no part in the family."""
    values = np.asarray(MEANS)[:, :, None] + RNG(1).normal(size=(4, 2, 6))
    a, b, oracle = differences(worlds(values), metric(), 0, 0)
    for row in (a, b):
        assert row.sim_low < row.mc_low < row.mc_high < row.sim_high
    assert math.isnan(oracle.sim_low) and oracle.mc_low < oracle.mc_high
    other = values.copy()
    other[3] *= 100
    assert differences(worlds(other), metric(), 0, 0)[0] == a


def test_a_policy_that_changes_nothing_is_exactly_nothing() -> None:
    """Differences and intervals are 0 to the bit, and the verdict says so; also against another."""
    values = RNG(2).normal(1e6, 1e3, size=(4, 3, 5))
    values[1] = values[0]
    row = differences(worlds(values, sampled=3), metric(), 0, 0)[0]
    numbers = (row.difference, row.mc_low, row.mc_high, row.sim_low, row.sim_high,
               row.future_low, row.future_high)  # fmt: skip
    assert numbers == (0.0,) * 7
    assert (row.better_in, row.worse_in) == (0, 0)
    assert row.verdict == "no difference that matters"
    none = differences(worlds(values), metric(), 1, 0)[0]
    assert (none.policy, none.sim_low, none.sim_high) == ("none", 0.0, 0.0)


def test_a_share_is_of_the_experiments_own_baseline() -> None:
    """Against another policy, what matters stays a share of the baseline."""
    values = around(MEANS)
    base = np.full(values.shape, 7.0)
    base[0] = 100.0
    one = metric(matters=0.02, relative_to="person_years")
    rows = differences(worlds(values, person_years=base), one, 1, 0)
    assert [row.matters for row in rows] == [2.0, 2.0, 2.0]


def test_the_population_interval_needs_eight_futures() -> None:
    """Below eight there is a mean alone, and for named futures not even that."""
    means = RNG(3).normal(size=8)
    assert population(means).low < population(means).mean < population(means).high
    few = population(means[:7])
    assert few.mean == pytest.approx(means[:7].mean()) and math.isnan(few.low)
    assert math.isnan(population(np.zeros(0)).mean)
    assert population(np.full(9, 2.5)) == population(np.full(20, 2.5))
    values = RNG(4).normal(size=(4, 10, 3))
    row = differences(worlds(values, sampled=8), metric(), 0, 0)[0]
    pairs = (values[1] - values[0]).mean(axis=1)
    assert row.population == pytest.approx(pairs[2:].mean())
    assert row.difference == pytest.approx(pairs.mean())
    assert math.isnan(differences(worlds(values), metric(), 0, 0)[0].population)


def test_the_population_interval_is_that_of_a_mean_of_futures() -> None:
    """For many normal futures it is the t-interval of their means, within its own noise."""
    means = RNG(5).normal(3.0, 2.0, 100)
    found = population(means)
    half = stats.t.ppf(0.975, 99) * means.std(ddof=1) / 10
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.1)
    assert population(means) == found


def test_replicates_are_not_counted_twice() -> None:
    """Futures that are all alike but for luck: covered about 95%, where two stages give 99%."""
    rng, n = RNG(6), 300
    held = 0
    for _ in range(n):
        found = population(rng.normal(size=(12, 4)).mean(axis=1), resamples=500)
        held += found.low <= 0 <= found.high
    assert abs(held / n - 0.95) < 4 * math.sqrt(0.95 * 0.05 / n)


def test_resampled_means_have_the_covariance_of_the_means() -> None:
    """Not the (n - 1) / n of it that drawing replicates again would give; one replicate stays."""
    values = RNG(7).normal(size=(2, 2, 4))
    values[:, 1, 1:] = math.nan
    drawn = resampled_means(values, 40_000)
    expected = np.cov(values[:, 0]) / 4
    tolerance = 5 * math.sqrt(2 / 40_000) * np.diag(expected).max()
    assert np.abs(np.cov(drawn[:, :, 0].T) - expected).max() < tolerance
    assert drawn[:, :, 0].mean(axis=0) == pytest.approx(values[:, 0].mean(axis=1), abs=0.02)
    assert (drawn[:, :, 1] == values[:, 1, 0]).all()


def test_resamples_can_be_students() -> None:
    """Of four replicates they are t with 3 degrees of freedom, scaled by the standard error, and
    the same scale for all policies of a future."""
    values = np.array([-3.0, -1.0, 1.0, 3.0]) * np.array([1.0, 2.0])[:, None]
    drawn = resampled_means(values[:, None], 40_000, student=True)[:, :, 0]
    t = drawn[:, 0] / (values[0].std(ddof=1) / 2)
    for p in (0.9, 0.975):
        above = float(np.mean(t > stats.t.ppf(p, 3)))
        assert abs(above - (1 - p)) < 4 * math.sqrt(p * (1 - p) / 40_000)
    assert drawn[:, 1] == pytest.approx(2 * drawn[:, 0])


def test_another_future_leaves_the_resamples_of_the_others_alone() -> None:
    """Seeds belong to a future's place and not to how many there are."""
    values = RNG(8).normal(size=(2, 3, 4))
    assert (resampled_means(values[:, :2], 10) == resampled_means(values, 10)[:, :, :2]).all()
    assert drawn_futures(9, 5).max() < 9


def test_criteria_by_hand() -> None:
    """Regret against the best of all, the oracle among them; the worst future; good enough."""
    base = worlds(around(MEANS))
    rows = {row.policy: row for row in robustness(base, metric(enough=3.5), 0)}
    a, b = rows["a"].criteria, rows["b"].criteria
    assert [a[name].value for name in a] == [3.0, 3.0, 2.0, 1.0, 0.5]
    assert [b[name].value for name in b] == [3.0, 3.0, 1.5, 3.0, 0.5]
    assert [a[n].rank for n in a] == [1, 1, 2, 2, 1] and [b[n].rank for n in b] == [1, 1, 1, 1, 1]
    none = rows["none"].criteria
    assert none["regret_max"].value == 6.0 and none["regret_max"].rank == 3
    oracle = rows["oracle"]
    assert oracle.reference and all(one.rank is None for one in oracle.criteria.values())
    assert rows["a"].gaps == {"oracle": -1.5} and rows["b"].gaps == {"oracle": -1.0}
    assert a["regret_mean"].rank_low == 2 and a["regret_mean"].rank_high == 2  # luck is shared
    assert a["regret_mean"].population_rank_low is None


def test_less_can_be_better() -> None:
    """Of costs the smallest is best, the worst future the highest, enough at most the level."""
    rows = robustness(worlds(around(MEANS)), metric(direction="less", enough=1.0), 0)
    a = rows[1].criteria
    assert [a[name].value for name in a] == [5.0, 5.0, 3.0, 5.0, 0.5]
    assert [a[name].rank for name in a] == [3, 3, 2, 3, 2]


def test_enough_can_be_a_share_of_the_baseline_in_each_future() -> None:
    """Two of the baseline's value: 2 x 2 in the first future and 2 x 0.25 in the second."""
    values = around(MEANS)
    base = np.ones_like(values)
    base[0] = np.array([2.0, 0.25])[:, None]
    one = metric(enough=2.0, enough_relative_to="known")
    rows = robustness(worlds(values, known=base), one, 0)
    assert [row.criteria["satisfied"].value for row in rows] == [0.0, 1.0, 0.5, 1.0]
    assert math.isnan(robustness(worlds(values), metric(), 0)[0].criteria["satisfied"].value)


def test_noise_makes_regret_too_large_and_cross_fitting_too_small() -> None:
    """With a known regret: on average the plain value lies above it, the cross-fitted one below."""
    rng, plain, fitted, n = RNG(9), [], [], 60
    truth = np.zeros((4, 6, 1))
    truth[1] = -1.0  # its true regret is 1 in every future
    for _ in range(n):
        row = robustness(worlds(truth + rng.normal(size=(4, 6, 4))), metric(), 0)[1]
        plain.append([row.criteria[name].value for name in ("regret_mean", "regret_max")])
        fitted.append([row.regret_mean_crossfit, row.regret_max_crossfit])
    error = np.std(plain, axis=0) / math.sqrt(n)
    assert (np.mean(plain, axis=0) > 1.0 + 3 * error).all()
    assert (np.mean(fitted, axis=0) < 1.0 + 3 * np.std(fitted, axis=0) / math.sqrt(n)).all()
    assert np.mean(fitted, axis=0)[0] == pytest.approx(1.0, abs=0.15)


def test_the_halves_are_every_other_replicate() -> None:
    """By hand: b is best on one half and c on the other, so each is measured where it was not
    chosen."""
    values = np.zeros((4, 1, 2))
    values[1, 0] = [4.0, 0.0]
    values[2, 0] = [0.0, 6.0]
    row = robustness(worlds(values), metric(), 0)[0]
    assert row.criteria["regret_mean"].value == 3.0
    assert row.regret_mean_crossfit == 0.0
    assert math.isnan(robustness(worlds(values[:, :, :1]), metric(), 0)[0].regret_mean_crossfit)


def test_ranks_have_ranges_where_luck_could_turn_them() -> None:
    """Two alike by noise may change places, a far better one may not; one replicate says nothing;
    sampled futures give a second range."""
    means = np.array([0.0, 5.0, 5.1, 50.0])[:, None, None]
    values = means + RNG(10).normal(size=(4, 8, 4))
    rows = robustness(worlds(values, sampled=8), metric(), 0)
    ranges = [(one.rank_low, one.rank_high)
              for one in (row.criteria["regret_mean"] for row in rows[:3])]  # fmt: skip
    assert ranges == [(3, 3), (1, 2), (1, 2)]
    one = rows[1].criteria
    assert one["regret_mean"].population_rank_low is not None
    assert one["regret_max"].population_rank_low is None
    alone = robustness(worlds(values[:, :, :1]), metric(), 0)[1].criteria["regret_mean"]
    assert alone.rank is not None and alone.rank_low is None


def test_ranges_of_ranks_hold_however_close_policies_are() -> None:
    """16 nearly alike policies: their true ranks are in the 90% ranges in 90% at least, where
    resampled ranks hold them in about 71%; far apart, ranges are as narrow as one rank."""
    rng, n = RNG(13), 60
    for apart in (0.01, 1.0):
        held: dict[str, list[float]] = {}
        for _ in range(n):
            truth = np.append(apart * rng.normal(size=15) / 8, -1e9)  # SEs of a mean over futures
            values = truth[:, None, None] + rng.normal(size=(16, 8, 8))
            names = tuple(f"p{k}" for k in range(16))
            base = Worlds(names, tuple("abcdefgh"), np.arange(16) == 15, np.zeros(8, bool),
                          {"averted_person_years": values}, 0, 0)  # fmt: skip
            true = rank(truth[:15])
            for row, place in zip(robustness(base, metric(), 0), true, strict=False):
                for name in ("regret_mean", "regret_max", "regret_p90", "worst"):
                    one = row.criteria[name]
                    held.setdefault(name, []).append(one.rank_low <= place <= one.rank_high)
        assert all(np.mean(one) > 0.9 for one in held.values()), held
    far = 50.0 * np.arange(16)[:, None, None] + RNG(14).normal(size=(16, 8, 8))
    assert (rank_range(mean_tests(far)) == rank(np.arange(16.0))).all()


def test_ranks_for_all_futures_are_told_by_those_drawn() -> None:
    """Ten drawn futures and two named ones: far apart in each, ranks are sure; futures that differ
    by more than policies do leave them open, however sure each future is."""
    luck = RNG(15).normal(size=(1, 12, 4))
    near = RNG(16).normal(size=(4, 12, 1)) * 10.0
    for differ, ranges in ((0.0, [(3, 3), (2, 2), (1, 1)]), (1.0, [(1, 3)] * 3)):
        values = np.arange(4.0)[:, None, None] + luck + differ * near
        values[:, :2] += np.array([900.0, 500.0, 100.0, 0.0])[:, None, None]  # named: not counted
        rows = robustness(worlds(values, sampled=10), metric(enough=-1e9), 0)[:3]
        ones = [row.criteria["regret_mean"] for row in rows]
        assert [(o.population_rank_low, o.population_rank_high) for o in ones] == ranges
        even = [row.criteria["satisfied"] for row in rows]
        assert {(o.population_rank_low, o.population_rank_high) for o in even} == {(1, 3)}


def test_a_range_of_ranks_by_hand() -> None:
    """Four p-values of a policy and their opposites: Holm's steps are 10% over 4, 3, 2 and 1."""
    p = np.array([[1.0, 0.024, 0.034], [0.976, 1.0, 0.5], [0.966, 0.5, 1.0]])
    assert rank_range(p)[:, 0].tolist() == [2, 3]  # 0.024 < 10% / 4, 0.034 > 10% / 3
    p[0, 2] = 0.033
    assert rank_range(p)[:, 0].tolist() == [3, 3]
    assert rank_range(p.T)[:, 0].tolist() == [1, 1]
    assert rank_range(p)[:, 1].tolist() == [1, 2]


def test_equal_scores_share_the_better_rank() -> None:
    """Ranks count the strictly better ones; the 90% quantile is one of the values."""
    assert rank(np.array([2.0, 3.0, 3.0, 1.0])).tolist() == [3, 1, 1, 4]
    assert quantile(np.arange(10.0), 0.9) == 8.0
    assert quantile(np.arange(11.0), 0.9) == 9.0


def test_regret_by_future_has_its_noise() -> None:
    """Each future's regret, its paired standard error, and the gap to each oracle."""
    values = np.asarray(MEANS)[:, :, None] + np.zeros((4, 2, 3))
    values[1, 0] += [-3.0, 0.0, 3.0]
    values[2, 1] += [-0.1, 0.0, 0.1]
    rows = regret_rows(worlds(values), metric(), 0)
    a = [row for row in rows if row.policy == "a"]
    assert [(r.future, r.against, r.best, r.value) for r in a] == [
        ("f0", "best", "oracle", 1.0), ("f0", "oracle", "oracle", 1.0),
        ("f1", "best", "b", 3.0), ("f1", "oracle", "b", 2.0),
    ]  # fmt: skip
    assert a[0].standard_error == pytest.approx(3 / math.sqrt(3)) and a[0].within_noise
    assert a[2].standard_error == pytest.approx(0.1 / math.sqrt(3)) and not a[2].within_noise
    of_best = {(r.policy, r.future): r.value for r in rows if r.against == BEST}
    by_hand = ((6.0, 4.0), (1.0, 3.0), (3.0, 0.0), (0.0, 1.0))
    assert of_best == {
        (name, f): pytest.approx(v) for name, pair in zip(NAMES, by_hand, strict=True)
        for f, v in zip(("f0", "f1"), pair, strict=True)
    }  # fmt: skip
