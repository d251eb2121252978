"""What the report's answer names and counts; its words are in wording/sentences.txt."""

from __future__ import annotations

import re

import pytest
from report_worlds import Means, comparison
from wording.answers import FOUND, NAN, NONE, WORST, said

from streetlight.experiments.analyse import verdicts
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.report.answer import IN_WORDS, VERDICTS, answer, second_metric
from streetlight.experiments.report.numbers import amount, decimals, dollars, plain, with_interval
from streetlight.experiments.analyse.leads import clearly_ahead

BASE = "No added money"


def named(sentence: str) -> list[str]:
    """The plans that a sentence names, in its order."""
    return re.findall("“(.*?)”", sentence)


@pytest.mark.parametrize(
    ("metrics", "luck", "first", "second"),
    [
        (
            {
                FOUND: NONE | {"a": [50, 90], "b": [20, 30]},
                WORST: {"none": [1, 1], "a": [2, 2], "b": [9, 9]},
            },
            0.1, ["a", BASE], ["b", "a", BASE],
        ),
        (
            {
                FOUND: NONE | {"a": [-50, -90], "b": [-20, -30]},
                WORST: {"none": [9, 9], "a": [1, 1], "b": [0, 0]},
            },
            0.1, [BASE, "b", BASE], ["a", "b", BASE],
        ),
        ({FOUND: NONE | {"a": [-0.1, -0.1], "b": [-20, -30]}}, 2.0, ["a", BASE, BASE], []),
        ({FOUND: NONE | {"a": [-0.2, -0.2], "b": [-0.9, -0.9]}}, 0.05, ["a", BASE, BASE], []),
        ({FOUND: NONE | {"a": [4, 4], "b": [4, 4], "c": [1, 1]}}, 0.1, ["a", "b", BASE], []),
        ({FOUND: NONE | {"a": [0, 0], "b": [0, 0]}}, 0.0, ["a", "b", BASE, BASE], []),
        ({FOUND: NONE | {"a": [60, 60], "b": [59.5, 59.5], "c": [20, 20]}}, 0.1,
         ["a", BASE, "b"], []),
        ({FOUND: NONE | {"a": [60, 60], "b": [58, 58]}}, 0.1, ["a", BASE], []),
        ({FOUND: NONE | {f"p{k}": [4 - k / 100] * 2 for k in range(8)}}, 5.0,
         ["p0", BASE, BASE, "p1", "p2", "p3"], []),
        ({FOUND: NONE | {"a": [NAN, NAN], "b": [4, 4], "c": [3, 3]}}, 0.1, ["b", BASE], []),
        ({"person_years": {"none": [90, 90], "a": [50, 50], "b": [40, 40]}}, 0.1,
         ["b", BASE], []),
        ({FOUND: {"equal_shares": [10, 10], "a": [12, 12], "b": [14, 14]}}, 0.1,
         ["b", "Same sum for every place"], []),
    ],
    ids=["ahead", "all harm", "open", "beaten by the baseline", "tie", "all nothing",
         "small lead", "lead", "rivals", "undefined", "less is better", "other baseline"],
)  # fmt: skip
def test_the_answer_names_who_leads_and_who_may_be_as_good(
    metrics: dict[str, Means], luck: float, first: list[str], second: list[str]
) -> None:
    """In total and for the worst-off: first the leader, then the baseline, then rivals."""
    found = said(metrics, luck=luck)
    assert [named(found[0]), named(found[1])] == [first, second]
    assert named(found[2])[0] == next(name for name in first if name != BASE)


def test_the_answer_counts_futures_and_regret_with_references() -> None:
    """Better in 2 of 3, and 23 behind in the third; 9 - 5 and 12 - 5 behind a reference."""
    third = said({FOUND: {"none": [0] * 3, "a": [40, 40, -20], "b": [3, 3, 3]}})[2]
    assert re.findall(r"\d+(?:\.\d+)?", third) == ["2", "3", "23.0"]
    told = NONE | {"a": [5, 5], "information_oracle": [9, 12]}
    assert " 7.0 youth" in said({FOUND: told}, oracles=["information_oracle"])[2]


@pytest.mark.parametrize("replicates", [1, 4])
def test_one_replicate_tells_no_interval(replicates: int) -> None:
    """Without a second replicate no interval is printed."""
    means = {FOUND: NONE | {"a": [6, 6], "b": [3, 3]}}
    assert ("interval" in said(means, replicates=replicates)[0]) == (replicates > 1)


def test_the_intervals_are_those_of_the_verdict() -> None:
    """Plans are printed with the simultaneous interval, references with their own."""
    found = comparison(
        {FOUND: NONE | {"a": [3, 4], "b": [2, 2], "information_oracle": [9, 9]}},
        luck=1.0, oracles=["information_oracle"],
    )  # fmt: skip
    plan, reference = found.row("a", FOUND), found.row("information_oracle", FOUND)
    assert plan.sim_high > plan.mc_high + 0.1
    assert f"({plan.sim_low:.1f} to {plan.sim_high:.1f})" in with_interval(plan).replace(
        "95% interval ", ""
    )
    assert f"interval {reference.mc_low:.1f} to {reference.mc_high:.1f}" in with_interval(reference)


def test_how_many_more_replicates_are_said() -> None:
    """An open question comes with what would probably settle it, as the verdict has it."""
    found = comparison({FOUND: NONE | {"a": [0.5, 0.5], "b": [-3, -3]}}, luck=3.0)
    more = found.row("a", FOUND).verdict.removeprefix("cannot tell yet (").removesuffix(")")
    assert more.startswith("about ")
    assert f"yet ({more} would probably settle it); " in answer(found)[0]


def test_every_verdict_has_words() -> None:
    """No verdict of the rule is printed that no sentence was made for."""
    fixed = {
        value for name, value in vars(verdicts).items()
        if name.isupper() and isinstance(value, str)
    }  # fmt: skip
    assert fixed - {verdicts.CANNOT_TELL, verdicts.REFERENCE} == set(VERDICTS)


def test_metrics_in_words_exist() -> None:
    """No phrase is kept for a metric that is gone."""
    assert set(IN_WORDS) <= set(METRICS)


def test_the_second_sentence_is_about_those_worst_off() -> None:
    """The metric of the worst-off goes before the others; without it the second is taken."""
    some = NONE | {"a": [1, 1]}
    assert second_metric(comparison({FOUND: some, "known": some, WORST: some})) == WORST
    assert second_metric(comparison({FOUND: some, "known": some})) == "known"
    assert second_metric(comparison({WORST: some})) is None


def test_a_lead_is_judged_by_the_paired_difference() -> None:
    """Two plans that share their luck are told apart however wide their own intervals are."""
    found = comparison({FOUND: {"none": [0, 0], "a": [5, 5], "b": [4, 4]}}, luck=3.0)
    values = found.worlds.values[FOUND]
    assert not clearly_ahead(found, FOUND, "a", "b")
    values[2] = values[1] - 1.0 + 0.01 * (values[1] - values[1].mean())
    assert clearly_ahead(found, FOUND, "a", "b")
    assert not clearly_ahead(found, FOUND, "b", "a")
    assert found.may_be_best(FOUND)[-1] == "a"


def test_numbers_have_the_digits_they_bear() -> None:
    """Decimals by size, a true minus, no sign on zero, and at least two digits of small ones."""
    assert [decimals(x) for x in (1234.0, 100.0, 99.0, 1.0, 0.5, 0.05, 0.0)] == [
        0,
        0,
        1,
        1,
        2,
        3,
        0,
    ]
    assert plain(1234.5, 1234.5) == "+1,234"
    assert plain(-0.004, 0.05) == "−0.004"
    assert plain(-0.0001, 5.0) == "0.0"
    assert plain(NAN, 1.0) == "?"
    assert amount(0.0123, "share") == "1.2 percentage points"
    assert amount(0.0003, "share") == "0.030 percentage points"
    assert [dollars(x) for x in (12.3, -45_678.0, 2.35e6, 3e9)] == [
        "$12", "−$45,678", "$2.4 million", "$3.0 billion",
    ]  # fmt: skip
