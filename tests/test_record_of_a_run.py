"""What the record of one run would make a reader think, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from streetlight.experiments.analyse.record import of_the_record

#: Two small places with the highest rates, and six large ones; who reports is another matter.
PLACES = {
    "youth": [100, 100, 1000, 1000, 1000, 1000, 1000, 1000],
    "true_onsets": [5, 4, 8, 7, 6, 5, 4, 3],
    "published": [0, 2, 9, 8, 1, 1, 1, 1],
}


def columns(**named: list[int]) -> dict[str, np.ndarray]:
    """Columns of these numbers."""
    return {name: np.array(values, dtype=float) for name, values in named.items()}


def test_lists_of_two_by_counts_and_by_rates() -> None:
    """Of the two with most reports both belong there; by rates one of two does.

    Both places with the highest rates lie outside the third (two of eight) with most reports.
    """
    found = of_the_record(columns(**PLACES))
    assert found["top_size"] == 2
    assert (found["top_by_count"], found["top_by_rate"], found["overlooked"]) == (2, 1, 2)


def test_rates_are_ranked_with_ties_sharing_a_rank() -> None:
    """Ranks of true rates 8 to 1; of reported ones 1, 8, 7, 6 and four that share 3.5."""
    found = of_the_record(columns(**PLACES))
    assert found["rate_follows_truth"] == pytest.approx(9 / math.sqrt(42 * 37))


def test_places_with_few_youth_are_not_ranked_where_enough_others_are() -> None:
    """Of eleven places of 1,000 and one of 500 eleven are ranked: a list of two, not of three."""
    youth = [1000] * 11 + [500]
    found = of_the_record(columns(youth=youth, true_onsets=[*range(12)], published=[*range(12)]))
    assert found["top_size"] == 2


def test_where_few_places_are_large_all_are_ranked() -> None:
    """Four large places of eight would make a list of one; all eight make one of two."""
    youth = [1000] * 4 + [500] * 4
    found = of_the_record(columns(youth=youth, true_onsets=[*range(8)], published=[*range(8)]))
    assert found["top_size"] == 2


def test_nothing_is_said_where_nothing_can_be_ranked() -> None:
    """One place, or a record that is the same everywhere."""
    one = of_the_record(columns(youth=[1000], true_onsets=[1], published=[1]))
    assert all(map(math.isnan, one.values()))
    same = of_the_record(columns(youth=[1000] * 8, true_onsets=[*range(8)], published=[1] * 8))
    assert math.isnan(same["top_by_count"]) and math.isnan(same["count_follows_truth"])
