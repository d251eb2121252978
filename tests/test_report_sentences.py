"""What the report says in words: every sentence of the answer against numbers made up for it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from report_worlds import Means, comparison

from streetlight.experiments.comparison import verdicts
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.report.answer import IN_WORDS, VERDICTS, answer, second_metric
from streetlight.experiments.report.numbers import amount, decimals, dollars, plain, with_interval
from streetlight.experiments.report.rivals import clearly_ahead

FOUND, WORST = "identified", "worst_class_identified_share"
NONE: Means = {"none": [0, 0]}
NAN = math.nan
LAST = "; all of it holds only under the assumptions listed below."


def said(metrics: dict[str, Means], **more: object) -> list[str]:
    """The answer to made-up numbers."""
    return answer(comparison(metrics, **more))  # type: ignore[arg-type]


def test_the_answer_is_three_sentences() -> None:
    """The plan, for whom, and how sure: with the simultaneous interval, by hand 70 and 0.1."""
    found = said(
        {
            FOUND: {"none": [0, 0], "per_youth": [50, 90], "small_towns_first": [20, 30]},
            WORST: {"none": [1, 1], "per_youth": [2, 2], "small_towns_first": [9, 9]},
        }
    )
    assert found == [
        "Of 2 plans, “Per youth” comes first in youth identified: +70.0 youth (95% interval 69.9 "
        "to 70.1) against “No spending”, clearly better; chance alone does not explain its "
        "average lead over any other.",
        "In the share identified in the kind of place where it is lowest “Small towns first” is "
        "ahead: +8.0 percentage points (95% interval 7.9 to 8.1), and “Per youth” +1.0 percentage "
        "points (95% interval 0.9 to 1.1) against “No spending”, which is better, but may be too "
        "little to matter.",
        "By its mean “Per youth” is better than “No spending” in both futures, and in none of "
        f"them does anything compared do better{LAST}",
    ]


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


def test_nothing_to_choose_between_is_said() -> None:
    """The baseline alone, or with references only, gives one sentence."""
    nothing = "so there is nothing to choose between."
    assert said({FOUND: NONE}) == [f"Only “No spending” was run, {nothing}"]
    found = said({FOUND: NONE | {"information_oracle": [3, 3]}}, oracles=["information_oracle"])
    assert found == [f"Only “No spending” and references were run, {nothing}"]


def test_one_plan_is_first_of_nothing() -> None:
    """A single plan is compared with the baseline and not said to lead."""
    first, second, third = said({FOUND: NONE | {"a": [50, 90]}})
    assert first == (
        "In youth identified “a” makes a difference of +70.0 youth (95% interval 69.9 to 70.1) "
        "against “No spending”, clearly better."
    )
    assert second == (
        "Nothing else was compared, so who is left behind is not known from this table."
    )
    assert "best compared" not in third


def test_plans_that_do_harm_are_not_said_to_come_first() -> None:
    """Where all are worse, the answer says so before it names the least harmful."""
    first, second, third = said(
        {
            FOUND: NONE | {"a": [-50, -90], "b": [-20, -30]},
            WORST: {"none": [9, 9], "a": [1, 1], "b": [0, 0]},
        }
    )
    assert first == (
        "Both plans are worse than “No spending” in youth identified; “b” does least harm by its "
        "mean: −25.0 youth (95% interval −25.1 to −24.9) against “No spending”, clearly worse."
    )
    assert "“a” does least harm by its mean: −8.0 percentage points" in second
    assert "“b” −9.0 percentage points" in second
    assert second.endswith("against “No spending”, clearly worse.")
    assert third == (
        "By its mean “b” is better than “No spending” in none of the 2 futures, and the most it "
        f"falls short of the best compared in any of them is 30.0 youth{LAST}"
    )


def test_a_lone_plan_that_does_harm_is_called_worse() -> None:
    """One plan, one future, worse."""
    first, _, third = said({FOUND: {"none": [0], "a": [-4]}})
    assert first.endswith("against “No spending”, clearly worse.")
    assert third == f"By its mean “a” is worse than “No spending” in the one future run{LAST}"


def test_one_that_is_not_worse_is_enough_for_a_first() -> None:
    """If one plan's difference cannot be told, the others' harm is no harm of all."""
    first = said({FOUND: NONE | {"a": [-0.1, -0.1], "b": [-20, -30]}}, luck=2.0)[0]
    assert first.startswith("Of 2 plans, “a” comes first")
    assert "cannot be told from chance yet" in first
    assert "“No spending” may be as good, as far as chance can tell." in first


def test_the_baseline_can_be_surely_better_than_the_first() -> None:
    """A first that is not worse by the verdict may still be beaten by the baseline."""
    found = comparison({FOUND: NONE | {"a": [-0.2, -0.2], "b": [-0.9, -0.9]}}, luck=0.05)
    assert found.row("a", FOUND).verdict == verdicts.NO_DIFFERENCE
    assert answer(found)[0].endswith(
        "which is no difference that matters; “No spending” is better still, by more than chance "
        "explains."
    )


def test_ties_are_said() -> None:
    """Two plans with one mean come first together; a third is not among them."""
    first = said({FOUND: NONE | {"a": [4, 4], "b": [4, 4], "c": [1, 1]}})[0]
    assert first.startswith("Of 3 plans, “a” and “b” come first, with one and the same mean, in")
    assert first.endswith("chance alone does not explain their average lead over any other.")
    nothing = said({FOUND: NONE | {"a": [0, 0], "b": [0, 0]}}, luck=0.0)[0]
    assert "0 youth (95% interval 0 to 0)" in nothing
    assert nothing.endswith("“No spending” may be as good, as far as chance can tell.")
    many = {f"p{k}": [4, 4] for k in range(6)}
    assert "Of 6 plans, 6 plans come first" in said({FOUND: NONE | many})[0]


def test_a_lead_too_small_to_matter_is_no_lead() -> None:
    """A surely better mean within the threshold is no difference that matters, and is said so."""
    means = NONE | {"a": [60, 60], "b": [59.5, 59.5], "c": [20, 20]}
    first = said({FOUND: means})[0]
    assert first.endswith("; no difference that matters (1.0 youth or more) to “b”.")
    unsure = said({FOUND: NONE | {"a": [60, 60], "b": [59.0, 59.0]}})[0]
    assert unsure.endswith("; its lead may be too little to matter.")
    both = said({FOUND: NONE | {"a": [60, 60], "b": [59.5, 59.5], "c": [59, 59]}})[0]
    assert both.endswith("to “b”, and its lead over some others may be too little to matter.")
    clear = said({FOUND: NONE | {"a": [60, 60], "b": [58, 58]}})[0]
    assert clear.endswith("chance alone does not explain its average lead over any other.")


@pytest.mark.parametrize(
    ("best", "how"),
    [(2.4, "by too little to matter"), (3.0, "by what may be too little to matter"), (9.0, "")],
)
def test_being_ahead_elsewhere_is_measured_too(best: float, how: str) -> None:
    """Where another plan is ahead for the worst-off, the sentence says whether that matters."""
    second = said({
        FOUND: NONE | {"a": [60, 60], "b": [50, 50], "c": [40, 40]},
        WORST: {"none": [0, 0], "a": [2, 2], "b": [best, best], "c": [best - 0.3] * 2},
    })[1]  # fmt: skip
    assert how in second.split(":")[0]
    assert ("too little to matter" in second.split(":")[0]) == bool(how)
    assert "no difference that matters (1.0 percentage points or more) to “c”, and “a”" in second


def test_a_gain_is_shown_as_a_share_of_the_baseline() -> None:
    """The level that the threshold is a share of stands beside the gain."""
    found = comparison({FOUND: {"none": [200, 200], "a": [230, 230]}})
    assert "% of" not in answer(found)[0]
    relative = replace(found, metrics={FOUND: {**found.metrics[FOUND], "relative_to": FOUND}})
    assert "against “No spending” (15.0% of its 200), clearly" in (answer(relative)[0])


def test_rivals_are_named_up_to_four() -> None:
    """Plans that chance cannot part from the first are named, more are counted."""
    many = {f"p{k}": [4 - k / 100, 4 - k / 100] for k in range(8)}
    first = said({FOUND: NONE | many}, luck=5.0)[0]
    assert "“No spending”, “p1”, “p2”, “p3” and 4 more may be as good" in first


@pytest.mark.parametrize("replicates", [1, 4])
def test_one_replicate_tells_no_chance(replicates: int) -> None:
    """Without a second replicate nothing is said of intervals, rivals or a sure lead."""
    numbers = {
        FOUND: NONE | {"a": [6, 6], "b": [3, 3]},
        WORST: {"none": [1, 1], "a": [2, 2], "b": [9, 9]},
    }
    first, second, _ = said(numbers, replicates=replicates)
    alone = "which cannot be told from chance with one replicate in a future."
    assert (alone in first, alone in second) == (replicates == 1,) * 2
    assert ("interval" in first, "average lead" in first) == (replicates > 1,) * 2
    assert ("“b” is ahead" in second) == (replicates > 1)
    assert ("“b” has the better mean, though chance may explain it" in second) == (replicates == 1)


def test_a_metric_that_cannot_be_measured_is_said() -> None:
    """Undefined in all plans, in some, in the first, and in the second metric."""
    title = "The share identified in the kind of place where it is lowest"
    nowhere = {"none": [NAN, NAN], "a": [NAN, NAN], "b": [NAN, NAN]}
    assert said({WORST: nowhere}) == [
        f"{title} cannot be measured in these runs, so no plan leads."
    ]
    numbers = NONE | {"a": [5, 5], "b": [4, 4]}
    assert said({FOUND: numbers, WORST: nowhere})[1] == f"{title} cannot be measured in these runs."
    partly = {"none": [1, 1], "a": [NAN, NAN], "b": [2, 2]}
    assert said({FOUND: numbers, WORST: partly})[1] == f"{title} cannot be measured under “a”."
    some = said({FOUND: NONE | {"a": [NAN, NAN], "b": [4, 4]}})[0]
    assert some.startswith("In youth identified “b” makes a difference of +4.0 youth")
    assert some.endswith("clearly better; in 1 plan it cannot be measured.")
    two = said({FOUND: NONE | {"a": [NAN, NAN], "b": [4, 4], "c": [3, 3]}})[0]
    assert two.startswith("Of 2 plans, “b” comes first")


def test_depends_on_the_future_is_said() -> None:
    """The verdict in a sentence, and in how many futures the plan is better."""
    first, _, third = said({FOUND: {"none": [0] * 3, "a": [40, 40, -20], "b": [3, 3, 3]}})
    assert "against “No spending”, but it depends on the future and is better in 2 of 3;" in first
    assert "“a” is better than “No spending” in 2 of the 3 futures" in third
    assert "falls short of the best compared in any of them is 23.0 youth" in third


def test_less_can_be_better() -> None:
    """The lowest comes first where less is better, and the sentence says which way is better."""
    lower = {"none": [90, 90], "a": [50, 50], "b": [40, 40]}
    first, second, third = said({"person_years": lower, "false_reports": lower})
    assert "“b” comes first in person-years of exploitation (less is better): −50.0" in first
    assert "clearly better" in first
    assert "In false reports (less is better) “b” also has the best mean of the plans" in second
    assert "“b” is better than “No spending” in both futures" in third
    higher = {"none": [0, 0], "a": [50, 50], "b": [40, 40]}
    assert said({"person_years": higher})[0].startswith(
        "Both plans are worse than “No spending” in person-years of exploitation (less is better); "
        "“b” does least harm"
    )


def test_the_largest_regret_counts_references() -> None:
    """What a reference does better is part of the regret, and is said to be."""
    third = said(
        {FOUND: NONE | {"a": [5, 5], "information_oracle": [9, 12]}},
        oracles=["information_oracle"],
    )[2]
    assert "the best compared in any of them, references included, is 7.0 youth" in third


def test_another_baseline_than_no_spending() -> None:
    """Every sentence names the baseline there is."""
    found = said({FOUND: {"equal_shares": [10, 10], "a": [12, 12], "b": [14, 14]}})
    assert "No spending" not in " ".join(found)
    assert "+4.0 youth (95% interval 3.9 to 4.1) against “Equal shares”" in found[0]
    assert "better than “Equal shares” in both futures" in found[2]


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
