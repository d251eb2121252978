"""Inequality of what a run did: beyond luck, by poverty, and who never gets money."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from small_worlds import begun, given, only

from streetlight import policies
from streetlight.model.communities.region import Region
from streetlight.model.outcome_equity import (
    funding,
    gini,
    gini_of_luck,
    spearman,
    unevenness,
)
from streetlight.model.run.simulation import burn_in, run_policy
from streetlight.model.run.spending import Spending


def test_the_gini_index_of_a_few_values() -> None:
    """Half the mean difference over the mean: 0 where all are equal, 2/3 where one of 3 has all."""
    assert gini(np.array([2.0, 2.0])) == 0.0
    assert gini(np.array([1.0, 0.0, 0.0])) == pytest.approx(2 / 3)
    assert gini(np.array([3.0, 1.0])) == pytest.approx(0.25)
    assert math.isnan(gini(np.zeros(3)))
    assert math.isnan(gini(np.zeros(0)))


@pytest.mark.parametrize(
    ("onsets", "identified", "expected"),
    [
        # found or not with 1/2 each: the two differ by 1 half of the time; 2 (1/2) / (2 4 1/2)
        ([1, 1], [1, 0], 1 / 4),
        # with 1/3: the mean difference of 0, 1 and 0, 1/2, 1 is 4/9; 2 (4/9) / (2 4 1/3)
        ([1, 2], [0, 1], 1 / 3),
        ([7, 9], [7, 9], 0.0),
    ],
)
def test_the_gini_index_of_luck_by_hand(
    onsets: list[float], identified: list[float], expected: float
) -> None:
    """All that small places can find, with its probability, gives the mean difference of two."""
    found = gini_of_luck(np.array(onsets, float), np.array(identified, float))
    assert found == pytest.approx(expected, abs=1e-9)


def test_ties_share_their_rank() -> None:
    """Of 1 1 2 against 1 2 3, ranks -1/2 -1/2 1 and -1 0 1: 3/2 over the root of 3/2 times 2."""
    x, y = np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])
    assert spearman(x, y) == pytest.approx(0.75**0.5)
    assert math.isnan(spearman(np.ones(3), y))


def test_a_place_that_counts_twice_is_two_places() -> None:
    """Of 1 3 2 against 1 2 3 where the first counts twice: ranks as of 1 1 3 2 and 1 1 2 3.

    From the middle they are -1 -1 3/2 1/2 and -1 -1 1/2 3/2: 7/2 over 9/2.
    """
    x, y = np.array([1.0, 3.0, 2.0]), np.array([1.0, 2.0, 3.0])
    assert spearman(x, y, np.array([2.0, 1.0, 1.0])) == pytest.approx(7 / 9)


def test_luck_alone_is_taken_away() -> None:
    """4,000 places that find 6% of 5 to 5,000 onsets by chance: unequal, and not beyond luck."""
    rng = np.random.default_rng(1)
    onsets = np.floor(5.0 * 1_000.0 ** rng.random(4_000))
    table = {"true_onsets": onsets, "identified": rng.binomial(onsets.astype(int), 0.06)}
    found = unevenness(table, rng.random(4_000))
    assert found["identified_gini"] > 0.3
    assert abs(found["identified_gini_beyond_luck"]) < 0.015  # standard error 0.004
    assert abs(found["identified_concentration"]) < 0.006  # standard error 0.0014


def test_difference_beyond_luck_is_left() -> None:
    """Half of the places find a tenth and half find nothing: the Gini index of that is 1/2."""
    onsets = np.full(400, 1e5)
    table = {"true_onsets": onsets, "identified": onsets * np.tile([0.1, 0.0], 200)}
    found = unevenness(table, np.zeros(400))["identified_gini_beyond_luck"]
    # Luck: the standard deviation of a share of 0.05 is 0.00069, of a difference 0.00097; its mean
    # size, 0.00078, is twice the mean of 0.05 times 0.0078.
    assert found == pytest.approx(0.5 - 0.0078, abs=1e-4)


@pytest.mark.parametrize(
    ("poverty", "identified", "expected"),
    [
        # ranks 1/8 and 5/8: 2 (1/8 + 9 5/8) / 10 - 1
        ([0.3, 0.1], [1, 9], 0.15),
        ([0.1, 0.3], [1, 9], 2 * (7 / 8 + 9 * 3 / 8) / 10 - 1),
        ([0.3, 0.1], [1, 3], 0.0),  # the same share in both
        ([0.2, 0.2], [1, 9], 0.0),  # equally poor
    ],
)
def test_the_concentration_index_by_hand(
    poverty: list[float], identified: list[float], expected: float
) -> None:
    """10 and 30 onsets, each place ranked where the middle of its onsets lies, poorest first."""
    table = {"true_onsets": np.array([10.0, 30.0]), "identified": np.array(identified, float)}
    found = unevenness(table, np.array(poverty))["identified_concentration"]
    assert found == pytest.approx(expected)


def test_without_onsets_nothing_is_unequal() -> None:
    """No index is defined where nothing began."""
    found = unevenness(dict.fromkeys(("true_onsets", "identified"), np.zeros(3)), np.zeros(3))
    assert all(math.isnan(value) for value in found.values())


def test_who_never_gets_money_by_hand() -> None:
    """Waits of 0, 2 and 4 years of 4; a place without youth waits for nothing."""
    region = Region.of(
        ids=["A", "B", "C", "D"], population=[5e4] * 4, youth=[5e3, 5e3, 5e3, 0.0],
        youth_12_17=[3e3, 3e3, 3e3, 0.0], poverty_share=[0.0] * 4, place_class=["town"] * 4,
    )  # fmt: skip
    world = burn_in(begun(only(), region, spells=given([(0, 0, 0)])))
    spending = Spending.nothing(4, 4)
    spending.spent[:, 0, 2] = 1.0
    spending.spent[1, 1] = 5.0
    spending.allocated[:, 2] = 1.0  # but nothing is bought with it
    found = funding(replace(run_policy(world, policies.none()), spending=spending))
    assert found["share_never_funded"] == pytest.approx(1 / 3)
    assert found["longest_years_without_money"] == pytest.approx(2.0)
