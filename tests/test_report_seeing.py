"""Reports are not harm: the four bars and their sentences, of made-up numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_study import AVERTED, made_study, numbers, three_plans

from streetlight.experiments.report import seeing

HEADS = {"false_reports": numbers(900, 1000, 1000, 1000),
         "false_investigated": numbers(500, 600, 600, 600)}  # fmt: skip


def test_reports_rise_while_harm_falls() -> None:
    """Of 1,000 more reports 100 are false; 400 more found for 100 more wrong investigations."""
    shown = seeing.section(three_plans(**HEADS))
    assert shown["title"] == "More reports will not mean more harm"
    assert shown["says"] == [
        "About nine in ten extra reports concern youth who truly are exploited.",
        "The price: nobody can be sure beforehand which reports are wrong, and 60% of all wrong "
        "ones are now investigated, up from 56%.",
    ]
    assert [(b["name"], b["text"], b["note"]) for b in shown["bars"]] == [
        ("Reports", "+10%", "1,000 more reports"),
        ("Youth found", "+40%", "400 more youth"),
        ("Exploitation", "\N{MINUS SIGN}1%", "1,000 fewer years"),
        ("Wrong investigations", "+20%", "100 more: one for every four more youth found"),
    ]
    assert shown["caption"] == "By number of youth: change over ten years"


def test_as_many_wrong_reports_followed_up_as_before_explain_nothing() -> None:
    """Half of the wrong reports are investigated with and without the money."""
    half = {"false_reports": numbers(1000, 1200, 1200, 1200),
            "false_investigated": numbers(500, 600, 600, 600)}  # fmt: skip
    says = seeing.section(three_plans(**half))["says"]
    assert says[-1] == "The price: more people are investigated wrongly."


def test_bars_start_at_the_line_and_stay_in_their_track() -> None:
    """The longest of 40% and 1% fill 68 of 100 together; less lies left of the line."""
    bars = seeing.section(three_plans(**HEADS))["bars"]
    assert bars[1]["left"] == bars[1]["zero"] and bars[1]["width"] == pytest.approx(66.3, abs=0.1)
    harm = bars[2]
    assert harm["left"] + harm["width"] == pytest.approx(harm["zero"], abs=0.11)


@pytest.mark.parametrize(
    ("reports", "sentence"),
    [
        ([11_000, 12_000], "Reports rise in both futures."),
        ([11_000, 9_000], "Reports rise in one of two futures, and fall under “Tight”."),
        ([10_000, 10_000], "Reports surely rise or fall in no future."),
    ],
)  # fmt: skip
def test_signs_over_futures(reports: list[float], sentence: str) -> None:
    """All futures alike, one the other way round (named), and none."""
    study = made_study(
        {
            AVERTED: {"none": 0, "per_youth": 100},
            "all_reports": {"none": 10_000, "per_youth": reports},
        },
        futures=("central", "tight"), matters={AVERTED: 1.0}, luck=0,
    )  # fmt: skip
    study.futures = tuple(replace(f, sets={"nobody.knows": 1}) for f in study.futures)
    assert next(iter(seeing.signs(study, study.plans[0]))) == sentence


def test_nothing_is_said_without_plans_or_numbers() -> None:
    """A study of the baseline alone has no such section."""
    assert seeing.section(made_study({AVERTED: {"none": 0}}, matters={AVERTED: 1.0})) == {}


def test_what_was_never_counted_has_no_percent() -> None:
    """No wrong investigation with or without the money, and some only with it."""
    zero = dict.fromkeys(("none", "per_youth", "poverty_need", "small_towns_first"), 0.0)
    texts = [
        [bar["text"] for bar in seeing.section(three_plans(false_investigated=counts))["bars"]][-1]
        for counts in (zero, {**zero, "per_youth": 5.0})
    ]
    assert texts == ["none counted", "none before"]
