"""What the record would make you think: rates and lists, of made-up numbers."""

from __future__ import annotations

from made_study import numbers, three_plans

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.report import record


def rates(city: tuple[float, float], rural: tuple[float, float], **more: float) -> Study:
    """True and recorded rates of two kinds of place; more: measures of the record."""
    return three_plans(
        **{"true_rate__large metro": {"none": city[0]}, "true_rate__rural": {"none": rural[0]},
           "recorded_rate__large metro": {"none": city[1]},
           "recorded_rate__rural": {"none": rural[1]}},
        **{name: {"none": value} for name, value in more.items()},
    )  # fmt: skip


def test_the_record_points_elsewhere_than_the_truth() -> None:
    """Rural places have most in truth, cities on record."""
    shown = record.section(rates((1.0, 0.4), (2.0, 0.2)))
    assert shown["lead"] == (
        "The record shows where people look. In the simulated truth, exploitation is most common "
        "in rural places; on record, in large cities."
    )
    assert shown["lists"] == []


def test_truth_and_record_agree_or_nothing_is_on_record() -> None:
    """Both highest in cities; no report at all."""
    assert record.lead(rates((2.0, 0.4), (1.0, 0.2))) == (
        "The record shows where people look. Truth and record both are highest in large cities."
    )
    assert record.lead(rates((2.0, 0.0), (1.0, 0.0))) == "Nothing at all is on record."


def test_lists_of_ten() -> None:
    """9 of 10 by counts, fewer than one by rates, 7 overlooked."""
    study = rates((1, 1), (1, 1), top_size=10, top_by_count=9.1, top_by_rate=0.4, overlooked=7.2)
    shown = record.section(study)
    assert shown["list_title"] == "If you drew up a list of ten places…"
    assert [f"{one['head']} {one['text']}" for one in shown["lists"]] == [
        "By number of reports: Nine truly are among the ten with most exploited youth.",
        "By reports per youth: On average fewer than one truly is among the ten with the highest "
        "rates.",
        "The ten places with truly the highest rates: Three belong to the third of places with "
        "most reports.",
    ]
    assert [sum(one["squares"]) for one in shown["lists"]] == [9, 0, 3]


def test_no_list_of_few_places_or_of_nothing() -> None:
    """A list of two says nothing; what is undefined is left out."""
    assert record.section(rates((1, 1), (1, 1), top_size=2, top_by_count=2))["lists"] == []
    study = rates((1, 1), (1, 1), top_size=10, top_by_count=0.04, top_by_rate=10)
    assert [one["text"] for one in record.section(study)["lists"]] == [
        "None truly is among the ten with most exploited youth.",
        "All ten truly have the highest rates.",
    ]
    assert record.section(three_plans(true_rate__rural=dict(numbers(1, 1, 1, 1)))) == {}
