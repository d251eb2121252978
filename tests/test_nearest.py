"""Who lies near whom in an invented region, on places set by hand."""

from __future__ import annotations

import numpy as np
import pytest

from streetlight.model.communities.synthetic import classes_by_nearness, nearest_pairs
from streetlight.model.names import PlaceClass


@pytest.mark.parametrize(
    ("x", "n_nearest", "pairs"),
    [
        ([0.0, 1.0, 2.0, 4.0, 7.0], 1, [(0, 1), (1, 2), (2, 3), (3, 4)]),  # 1 is as near to 0 and 2
        ([2.0, 1.0, 0.0], 1, [(0, 1), (1, 2)]),
        ([5.0, 5.0, 5.0, 9.0], 1, [(0, 1), (0, 2), (0, 3)]),  # three on one spot
        ([0.0, 1.0, 3.0], 9, [(0, 1), (0, 2), (1, 2)]),
        ([3.0], 4, []),
        ([3.0, 4.0], 0, []),
    ],
)
def test_the_nearest_are_neighbours_and_ties_go_to_the_earlier(
    x: list[float], n_nearest: int, pairs: list[tuple[int, int]]
) -> None:
    """A pair is a pair when one is among the other's nearest, on a line of places."""
    places = np.array(x)
    assert nearest_pairs(places, np.zeros(len(x)), n_nearest) == pairs
    assert nearest_pairs(np.zeros(len(x)), places, n_nearest) == pairs


def test_a_place_belongs_to_the_largest_core_within_commuting_distance() -> None:
    """0.4 degrees count as near and 0.41 do not; areas of a million people are large."""
    people = np.array([900_000.0, 200_000.0, 100_000.0, 9_000.0, 7_000.0])
    x = np.array([0.0, 0.7, 0.4, 1.11, -0.41])
    assert classes_by_nearness(people, x, np.zeros(5)).tolist() == [
        PlaceClass.LARGE_METRO,  # with the third: a million
        PlaceClass.SMALL_METRO,
        PlaceClass.LARGE_METRO,  # near both cores: the larger has it
        PlaceClass.TOWN,
        PlaceClass.RURAL,
    ]
