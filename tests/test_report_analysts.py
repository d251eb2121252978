"""The part for analysts: tables with intervals, switching values, the placebo, what was assumed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from made_study import AVERTED, made_study, policy, three_plans

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.report import analysts, assumptions
from streetlight.experiments.report.blocks import figure, with_interval

MINUS = "\N{MINUS SIGN}"


def titled(study: Study, title: str) -> dict[str, Any]:
    """The block of this title."""
    return next(b for b in analysts.section(study)["blocks"] if b["title"] == title)


def cells(block: dict[str, Any]) -> dict[str, list[str]]:
    """The texts of a block's table by head of row."""
    return {r["head"]: [c["text"] for c in r["cells"]] for r in block["table"]["rows"]}


@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "text"),
    [
        (14000.65, 13909.2, 14093.1, "youth", "+14,001 (13,909 to 14,093)"),
        (0.0346, 0.0341, 0.0359, "share", "+3.5 (3.4 to 3.6)"),
        (-2.04, -4.0, 0.0, "cases", f"{MINUS}2.0 ({MINUS}4.0 to 0.0)"),
        (5.0, float("nan"), float("nan"), "youth", "+5.0"),
        (float("nan"), 0.0, 1.0, "youth", "not known"),
    ],
)
def test_a_difference_with_its_interval(
    value: float, low: float, high: float, unit: str, text: str
) -> None:
    """As many digits as the largest of the three bears; shares in points."""
    assert with_interval(value, low, high, unit) == text


def test_numbers_that_round_to_zero_have_no_sign() -> None:
    """No plus or minus before a zero."""
    assert figure(0.001, "youth", size=200.0) == "0"


def test_every_plan_and_pair_is_there() -> None:
    """Best mean first; two tie, and both are ahead of the third by 200 or so."""
    study = three_plans()
    plans = titled(study, "All plans")
    assert list(cells(plans)) == ["By number of youth", "By youth in poverty", "Small towns first"]
    assert [cell["v"] for cell in plans["table"]["rows"][0]["cells"]] == ["1000", "400", "0.01"]
    found = cells(titled(study, "Every pair of plans that spend alike"))
    assert [texts[1] for texts in found.values()] == [
        "no difference that matters", "ahead, by what matters", "ahead, by what matters",
    ]  # fmt: skip


def test_prices_and_patterns() -> None:
    """Twenty million a year for 80 to 100 years of it averted; what the model fails comes first."""
    study = three_plans(count_follows_youth={"none": 0.5})
    assert titled(study, "All plans")["text"][-1] == (
        "A year of exploitation averted costs $200,000 to $250,000."
    )
    block = next(b for b in analysts.section(study)["blocks"] if b["key"] == "patterns")
    matched = [row["cells"][2]["text"] for row in block["table"]["rows"]]
    assert matched == sorted(matched) and matched[0] == "no"
    assert "agree by 0.50" in block["text"][0]


def test_switching_values() -> None:
    """Last year's reports lead with an even record, level with effort; two changes tell nothing."""
    sets: dict[str, dict[str, Any]] = {
        "central": {}, "even": {"attention.reading": "even"},
        "tight": {"assessment.utilisation": 1.1}, "slow": {"assessment.utilisation": 0.95},
        "both": {"attention.reading": "even", "assessment.utilisation": 1.1},
    }  # fmt: skip
    study = made_study(
        {AVERTED: {"none": 0, "per_youth": 1000,
                   "last_years_counts": [500, 1200, 1000, 900, 500]}},
        futures=tuple(sets), matters={AVERTED: 50.0}, luck=1e-4,
    )  # fmt: skip
    study.futures = tuple(replace(f, sets=sets[f.name]) for f in study.futures)
    block = titled(study, "How far an assumption must move before the choice turns")
    assert [[cell["text"] for cell in row["cells"]] for row in block["table"]["rows"]] == [
        ["mixed", "even", "the choice turns: sharing by last year’s reports ahead"],
        ["0.9", "1.1", "the lead of sharing by number of youth stops to matter"],
        ["0.9", "0.95", "the choice stays"],
    ]
    assert block["text"][1].startswith("One future changes several things at once")


def test_the_placebo_says_what_differs() -> None:
    """A plan without money that is the baseline again, and one that is not."""
    measures = {
        AVERTED: {"none": 0.0, "idle": 0.0, "odd": 7.0},
        "spending": {"none": 0.0, "idle": 0.0, "odd": 0.0},
    }
    plans = {name: policy("per_youth", 0.0) for name in ("idle", "odd")}
    study = made_study(measures, policies=plans, matters={AVERTED: 1.0}, luck=0.0)
    assert titled(study, "Where nothing may differ")["text"] == [
        "“Idle” spends nothing, and all 4 of its differences are exactly 0.",
        "“Odd” spends nothing and yet differs by up to 7: something is wrong.",
    ]


def test_warnings() -> None:
    """Plans that did the same, a target that was missed, runs that are missing."""
    study = made_study(
        {AVERTED: {"none": 0.0, "one": 5.0, "other": 5.0}},
        policies={name: policy("per_youth") for name in ("one", "other")},
        matters={AVERTED: 1.0}, luck=0.0,
    )  # fmt: skip
    study.manifest = {**study.manifest, "precision": {"reached_share": 0.5}}
    said = list(analysts.warnings(study))
    assert said[-1] == "“One” and “Other” did exactly the same in every run."
    assert said[0].endswith("and nothing failed.")
    assert len(said) == 2


def test_few_replicates_warn() -> None:
    """Of three runs."""
    study = three_plans()
    study.comparison.rows[:] = [replace(row, replicates=3) for row in study.comparison.rows]
    assert next(analysts.warnings(study)) == (
        "Only three runs of each plan and future: intervals lean on very little."
    )


def test_values_outside_the_evidence_are_marked() -> None:
    """Utilisation of 3 lies outside, of 1 inside; a parameter that is gone is left out."""
    study = three_plans()
    (future,) = study.futures
    outside = replace(future, title="Full", sets={"assessment.utilisation": 3.0, "gone.now": 1})
    study.futures = (outside, replace(future, title="As ever"))
    rows = [(head, [c["text"] for c in row]) for head, row in assumptions.of_future(
        outside, study.config)]  # fmt: skip
    assert len(rows) == 1 and rows[0][0] == "Full" and rows[0][1][1] == "3 !"
    assert cells(titled(study, "What each future sets"))["As ever"][0] == "nothing"
    register = next(b for b in assumptions.blocks(study) if b["title"].endswith("assumptions"))
    small = {r["head"]: r["cells"][0]["small"] for r in register["table"]["rows"]}
    named = next(head for head in small if head.endswith("[assessment.utilisation]"))
    assert small[named] == "varied in one future"


def test_figures_have_a_place() -> None:
    """What the caller drew stands under its title."""
    shown = analysts.section(three_plans(), [("Map", "Where.", "<svg></svg>")])
    assert shown["figures"] == [{"title": "Map", "caption": "Where.", "picture": "<svg></svg>"}]
