"""Who gains and who loses: dots by kind of place, of made-up numbers."""

from __future__ import annotations

import pytest
from made_study import numbers, three_plans

from streetlight.experiments.report import places


def test_who_gains_and_who_loses() -> None:
    """Small towns first finds 9 of 100 in rural places, where by head finds 3; cities lose."""
    shown = places.section(three_plans())
    assert shown["title"] == "Who gains and who loses?"
    assert shown["says"] == [
        "Putting small towns first finds more than sharing by number of youth in rural places.",
        "Large cities lose by it, though more are found there than with no added money.",
    ]
    rows = {row["name"]: [dot["text"] for dot in row["dots"]] for row in shown["rows"]}
    assert rows == {"Large cities": ["5.0", "8.0", "6.0"], "Rural places": ["2.0", "3.0", "9.0"]}
    assert [row["note"] for row in shown["rows"]] == [
        "90% of youth", "10% of youth",
    ]  # fmt: skip


def test_below_what_is_found_without_money_is_said() -> None:
    """A plan that takes from cities what they had."""
    study = three_plans(**{"identified_share__large metro": numbers(0.07, 0.08, 0.08, 0.06)})
    assert places.section(study)["says"][1].endswith(
        "and fewer are found there than with no added money."
    )


def test_few_youth_are_too_few_to_tell() -> None:
    """Under a hundred youth in rural places: no dot, and the others as before."""
    few = dict(numbers(99.0, 99.0, 99.0, 99.0))
    rows = places.section(three_plans(youth__rural=few))["rows"]
    assert rows[1]["few"] == "too few youth to tell" and rows[1]["dots"] == []
    assert rows[0]["few"] == ""


@pytest.mark.parametrize(
    ("most", "sentence"),
    [
        (0.008, "Where responders search least, almost nobody is found: 0.8 of 100 at most."),
        (0.012, "Fewest are found where responders search least."),
        (0.04, "Where responders search least, no plan finds more than 4.0 of 100."),
    ],
)
def test_where_people_look_least(most: float, sentence: str) -> None:
    """Almost nobody under one of 100; fewest under the 3 of 100 that by head finds elsewhere."""
    study = three_plans(**{
        "youth__effort low": numbers(500, 500, 500, 500),
        "youth_share__effort low": numbers(0.25, 0.25, 0.25, 0.25),
        "identified_share__effort low": numbers(0.002, 0.005, 0.006, most),
    })  # fmt: skip
    assert places.section(study)["says"][-1] == sentence
    assert places.section(study)["rows"][-1]["name"] == "Places where responders search least"
