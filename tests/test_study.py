"""A study: who leads, who is ahead, which plans are alike, and where a plan does worst."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_results import Folder, metric

from streetlight.experiments.analyse.study import Study, open_study
from streetlight.model.errors import InputError

#: Luck of four worlds that all plans share, with mean 0.
LUCK = np.array([-30.0, -10.0, 10.0, 30.0])
#: Luck of a plan's own.
OWN = np.array([1.0, -1.0, -1.0, 1.0])


def values(*means: float, own: float = 0.0) -> list[list[float]]:
    """Values of a plan in futures of these means."""
    return [(mean + LUCK + own * OWN).tolist() for mean in means]


def study(folder: Path, matters: float = 5.0, of: str = "", **plans: Any) -> Study:
    """A study of person-years averted; plan to mean, or to values in both futures."""
    found = {
        name: values(given, given) if isinstance(given, (int, float)) else given
        for name, given in {"none": 0.0, **plans}.items()
    }
    made = Folder({"averted_person_years": found}, [metric("averted_person_years", matters, of=of)])
    return open_study(made.write(folder))


def names(plans: Sequence[Any]) -> list[str]:
    """Their names."""
    return [plan.name for plan in plans]


def test_the_leader_stands_alone_where_it_is_ahead_by_what_matters(tmp_path: Path) -> None:
    """A plan 6 ahead where 5 matter leads alone; one 4 ahead leads with the other."""
    assert names(study(tmp_path / "a", one=20, two=14).leaders()) == ["one"]
    assert names(study(tmp_path / "b", one=20, two=16).leaders()) == ["one", "two"]
    assert names(study(tmp_path / "c", one=14, two=20, three=18).leaders()) == ["two", "three"]


def test_ahead_needs_to_be_sure(tmp_path: Path) -> None:
    """Ten ahead in the mean, and luck of its own as large: not ahead."""
    made = study(tmp_path, one=values(30, 30, own=10.0), two=20)
    one, two = made.plan("one"), made.plan("two")
    assert not made.ahead("averted_person_years", one, two)
    assert not made.alike("averted_person_years", one, two)
    assert names(made.leaders()) == ["one", "two"]


def test_plans_are_alike_when_their_difference_surely_does_not_matter(tmp_path: Path) -> None:
    """Three apart in every world, where five matter."""
    made = study(tmp_path, one=20, two=17)
    one, two = made.plan("one"), made.plan("two")
    assert made.alike("averted_person_years", one, two)
    assert made.lead("averted_person_years", one, two) == (3.0, 3.0)


def test_less_is_better_turns_the_order_round(tmp_path: Path) -> None:
    """Of person-years the lowest leads."""
    found = {"none": values(100, 100), "one": values(80, 80), "two": values(60, 60)}
    made = Folder({"person_years": found}, [metric("person_years", 5.0, "less")]).write(tmp_path)
    assert names(open_study(made).order("person_years")) == ["two", "one"]
    assert names(open_study(made).leaders("person_years")) == ["two"]


def test_five_percent_of_the_gain_is_what_matters(tmp_path: Path) -> None:
    """The best plan gains 100, so 5 matter: 4 less is level and 10 less is behind."""
    made = study(tmp_path, matters=0.05, of="gain", best=100, near=96, far=90)
    assert names(made.leaders()) == ["best", "near"]
    assert [row.matters for row in made.comparison.rows] == pytest.approx([5.0] * 3)


def test_the_gain_is_that_of_plans_on_offer(tmp_path: Path) -> None:
    """What an oracle gains is nobody's to have."""
    found = {"none": values(0, 0), "plan": values(100, 100), "seer": values(1000, 1000)}
    about = metric("averted_person_years", 0.05, of="gain")
    made = Folder({"averted_person_years": found}, [about], oracles=["seer"]).write(tmp_path)
    study_of = open_study(made)
    assert study_of.comparison.row("plan", "averted_person_years").matters == pytest.approx(5.0)
    assert names(study_of.references) == ["seer"]


def test_where_nobody_surely_gains_all_are_level(tmp_path: Path) -> None:
    """A share of no gain is no share: no difference matters, and all plans lead."""
    made = study(
        tmp_path, matters=0.05, of="gain", one=values(5, 5, own=30.0), two=values(-50, -50)
    )
    assert names(made.leaders()) == ["one", "two"]
    assert {row.verdict for row in made.comparison.rows} == {"no difference that matters"}


def test_a_gain_may_be_less_of_what_is_bad(tmp_path: Path) -> None:
    """Of person-years the gain is what is taken off: 5% of 40 are 2."""
    found = {"none": values(100, 100), "one": values(60, 60), "two": values(63, 63)}
    about = metric("person_years", 0.05, "less", of="gain")
    made = open_study(Folder({"person_years": found}, [about]).write(tmp_path))
    assert made.comparison.row("one", "person_years").matters == pytest.approx(2.0)
    assert names(made.leaders("person_years")) == ["one"]


def test_no_plan_leads_in_a_metric_without_values(tmp_path: Path) -> None:
    """A metric that is undefined everywhere has no order and no leader."""
    made = study(tmp_path, one=[[math.nan] * 4] * 2, two=[[math.nan] * 4] * 2)
    assert (made.leaders(), made.order("averted_person_years")) == ((), ())


SHARES = {
    "identified_share_large_metro": {"none": 0.04, "one": 0.05, "two": 0.05},
    "identified_share_small_metro": {"none": 0.04, "one": 0.06, "two": 0.06},
    "identified_share_town": {"none": 0.04, "one": 0.07, "two": 0.04},
    "identified_share_rural": {"none": 0.01, "one": 0.01, "two": 0.02},
}


def test_the_worst_off_are_where_a_plan_has_its_lowest_mean(tmp_path: Path) -> None:
    """Rural places have the lowest mean but too few youth; then it is each plan's own class."""
    metrics = {
        name: {plan: [[v, v], [v, v]] for plan, v in means.items()}
        for name, means in SHARES.items()
    }
    few = [("large metro", 500.0), ("small metro", 500.0), ("town", 500.0), ("rural", 50.0)]
    for places, expected in ((few, ["large metro", "town"]), (None, ["rural", "rural"])):
        more = {"places": places} if places else {}
        folder = tmp_path / expected[0].replace(" ", "_")
        made = Folder(metrics, [metric("identified_share_town")], **more).write(folder)  # type: ignore[arg-type]
        found = open_study(made)
        assert [found.worst_off(plan) for plan in ("one", "two")] == expected


def test_the_worst_class_is_chosen_by_means_and_not_run_by_run(tmp_path: Path) -> None:
    """Luck that makes now this class lowest and now that one does not lower the measure."""
    town = [[0.02, 0.06], [0.02, 0.06]]
    city = [[0.07, 0.03], [0.07, 0.03]]
    lowest = [[0.02, 0.03], [0.02, 0.03]]  # the runs' own lowest, as runs.parquet has it
    metrics = {
        "worst_class_identified_share": lowest, "identified_share_large_metro": city,
        "identified_share_town": town,
        **{f"identified_share_{name}": [[0.5] * 2] * 2 for name in ("small_metro", "rural")},
    }  # fmt: skip
    found = {name: {"none": one, "plan": one} for name, one in metrics.items()}
    name = "worst_class_identified_share"
    made = open_study(Folder(found, [metric(name, 0.005)]).write(tmp_path))
    assert made.row(name, "plan").mean == pytest.approx(0.04)
    assert made.comparison.row("plan", name).mean == pytest.approx(0.04)


def test_identical_plans_are_found(tmp_path: Path) -> None:
    """Plans with the same value in every run, the baseline among them."""
    made = study(tmp_path, one=20, two=20, three=0, four=21)
    assert [names(group) for group in made.identical()] == [["none", "three"], ["one", "two"]]


def test_budgets_hold_plans_together_that_spend_the_same(tmp_path: Path) -> None:
    """To a tenth of a percent of what they are handed."""
    handed = {"none": 0.0, "one": 1000.0, "two": 1000.5, "three": 2000.0}
    metrics = {
        "averted_person_years": {name: values(1, 1) for name in handed},
        "allocated": {name: [[v] * 4] * 2 for name, v in handed.items()},
    }
    made = open_study(Folder(metrics, [metric("averted_person_years")]).write(tmp_path))
    found = {money: names(plans) for money, plans in made.budgets().items()}
    assert found == {1000.0: ["one", "two"], 2000.0: ["three"]}


def test_titles_are_those_of_the_file(tmp_path: Path) -> None:
    """A plan and a future with a title of their own have it; the others a name made readable."""
    about = {"budget": 0.5, "mix": {}, "settings": {}, "uses_oracle": False}
    config = {
        "policies": {"none": about, "one": {**about, "title": "Nach Köpfen 按人头"}, "two": about},
        "future_titles": {"a": "The world as we think it is"},
    }
    found = {name: values(1, 1) for name in ("none", "one", "two")}
    made = open_study(
        Folder({"identified": found}, [metric("identified")], config=config).write(tmp_path)
    )
    assert made.plan("one").label == "Nach Köpfen 按人头"
    assert [future.title for future in made.futures] == ["The world as we think it is", "B"]


def test_equal_plans_keep_the_order_of_the_file_and_share_being_best(tmp_path: Path) -> None:
    """Neither leads the other, even where any difference would matter."""
    made = study(tmp_path, matters=0.0, one=20, two=20)
    assert names(made.order("averted_person_years")) == ["one", "two"]
    assert names(made.leaders()) == ["one", "two"]
    assert made.best_in("averted_person_years") == {"one": 0.5, "two": 0.5}


def test_a_lead_that_was_picked_from_three_has_a_wider_interval(tmp_path: Path) -> None:
    """Luck of 10 to either side in two futures of four worlds has a standard error of 4.08.

    Student's t for 5% / 3 to both sides with 6 degrees of freedom is 3.2875.
    """
    made = study(tmp_path, one=values(30, 30, own=10.0), two=20, three=0)
    lead = made.lead("averted_person_years", made.plan("one"), made.plan("two"))
    half = 3.2875 * math.sqrt(100 / 6)
    assert lead == pytest.approx((10 - half, 10 + half), rel=1e-3)


def test_a_lead_may_be_of_one_future(tmp_path: Path) -> None:
    """Three ahead in the first, one in the second, where luck is common."""
    made = study(tmp_path, one=values(20, 10), two=values(17, 9))
    one, two = made.plan("one"), made.plan("two")
    leads = [made.lead("averted_person_years", one, two, future) for future in ("a", "b")]
    assert leads == [(3.0, 3.0), (1.0, 1.0)]


def test_the_worse_of_two_unlike_plans_is_not_alike_to_the_better(tmp_path: Path) -> None:
    """Ten behind where five matter, whichever is named first."""
    made = study(tmp_path, one=20, two=10)
    assert not made.alike("averted_person_years", made.plan("two"), made.plan("one"))


def test_a_plan_without_runs_is_no_plan_and_a_baseline_no_reference(tmp_path: Path) -> None:
    """What was set aside is not shown; a baseline that is told the truth is what others meet."""
    found = {"none": values(0, 0), "one": values(5, 5)}
    made = Folder({"averted_person_years": found}, [metric("averted_person_years")],
                  oracles=["none"]).write(tmp_path)  # fmt: skip
    path = made / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["config"]["policies"]["ghost"] = manifest["config"]["policies"]["one"]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    found_study = open_study(made)
    assert names(found_study.every_plan) == ["none", "one"]
    assert (found_study.baseline.is_reference, found_study.references) == (False, ())


def test_comparisons_leave_out_classes_with_few_youth(tmp_path: Path) -> None:
    """Rural places have the lowest share and 50 youth: the worst-off are found elsewhere."""
    metrics = {
        name: {plan: [[v, v], [v, v]] for plan, v in means.items()}
        for name, means in SHARES.items()
    }
    lowest = "worst_class_identified_share"
    metrics[lowest] = {plan: [[0.01] * 2] * 2 for plan in ("none", "one", "two")}
    few = [("large metro", 500.0), ("small metro", 500.0), ("town", 500.0), ("rural", 50.0)]
    made = Folder(metrics, [metric(lowest)], places=few).write(tmp_path)
    assert [row.mean for row in open_study(made).comparison.rows] == [0.05, 0.04]
    path = made / "manifest.json"
    text = path.read_text(encoding="utf-8").replace("youth_by_class", "youth_by_kind")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="youth_by_class"):
        open_study(made)
