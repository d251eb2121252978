"""Money that follows estimates, and youth followed in case files: the accounting of both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streetlight.model.communities.region import Region
from streetlight.model.money import policies
from streetlight.model.names import Outcome
from streetlight.model.parameters import Parameters
from streetlight.model.record.case_files import CASE_FILE, TOUCH_FILE, CaseFiles
from streetlight.model.run.history import History
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.world.world import World
from studies.decision_value import (
    IN_THE_PLANNER,
    PLANNED,
    Worth,
    by_rate,
    plans,
    read_kept,
    worlds_worth,
    worth,
)
from studies.estimators import KINDS, as_told, paired
from studies.repeat_reports import followed, years_at_risk

REGION = Region.synthetic(20, seed=3)


@pytest.fixture(scope="module")
def world() -> World:
    """Twenty places with much victimization, two policy years to come."""
    parameters = Parameters().with_values({"incidence.onset_rate": 2000.0})
    return draw_world(parameters, REGION, years=2)


@pytest.fixture(scope="module")
def base(world: World) -> History:
    """The world without added money."""
    return run_policy(world, policies.none())


@pytest.fixture(scope="module")
def runs(world: World, base: History) -> dict[str, History]:
    """A run of every plan."""
    found = plans(world, KINDS["mixed (default)"], base)
    return {name: run_policy(world, one) for name, one in found.items()}


def test_every_plan_spends_the_budget_every_year(runs: dict[str, History]) -> None:
    """Half a dollar a resident, by whatever estimate and whichever map."""
    assert {name for name in runs if name.startswith(PLANNED)} == {
        PLANNED + name for name in IN_THE_PLANNER
    }
    for name, run in runs.items():
        dollars = run.spending.allocated.sum(axis=(1, 2))
        assert dollars == pytest.approx([0.5 * REGION.population.sum()] * 2, rel=1e-9), name


def test_one_plan_is_the_same_under_two_names(world: World, base: History) -> None:
    """Rates of 1 and of 3 everywhere are both heads, and differ in nothing."""
    made = {n: by_rate(np.full(20, n), REGION) for n in (1.0, 3.0)}
    row = {str(n): worth(run_policy(world, one), base) for n, one in made.items()}
    assert row["1.0"].averted > 0.0
    assert paired([row, row], "averted", "3.0", "1.0") == (0.0, 0.0)


@pytest.mark.parametrize(
    ("name", "rule"),
    [("heads", "per_youth"), ("true risk", "information_oracle"),
     ("estimate_based, once", "estimate_based")],
)  # fmt: skip
def test_a_plan_is_what_the_rule_of_that_name_does_in_its_first_year(
    world: World, runs: dict[str, History], name: str, rule: str
) -> None:
    """The truth as an estimate gives what the oracle gives, and so on; the plan is kept."""
    asked = run_policy(world, policies.build(rule)).spending.allocated
    own = runs[name].spending.allocated
    np.testing.assert_allclose(own[0], asked[0], rtol=1e-9)
    np.testing.assert_array_equal(own[1], own[0])


def test_dollars_go_where_the_true_rate_is(base: History, runs: dict[str, History]) -> None:
    """By heads the average dollar meets the mean rate; by true risk it meets more."""
    heads, truth = (worth(runs[name], base) for name in ("heads", "true risk"))
    assert heads.aimed == pytest.approx(1.0, abs=0.01)
    assert truth.aimed > 1.02
    assert truth.rank == pytest.approx(1.0)
    assert np.isnan(heads.rank)
    assert heads.uneven == pytest.approx(0.0, abs=1e-9)


def test_worlds_that_are_kept_are_read(tmp_path: Path) -> None:
    """A world in the file is not run again, and is not taken for one of another kind."""
    keep = tmp_path / "worth.csv"
    line = ",".join(["{}", "0", "heads", *(str(float(i)) for i in range(8))])
    keep.write_text("\n".join(map(line.format, ("even", "effort"))) + "\n", encoding="utf-8")
    expected = {"heads": Worth(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)}
    assert worlds_worth("even", 1, 6, REGION, keep) == [expected]
    assert read_kept(keep, "recording") == {}


def test_a_column_that_is_not_told_is_the_same_everywhere(world: World) -> None:
    """Poverty is then its mean as the census has it, and nothing else is kept back."""
    told, all_told = (as_told(world, KINDS[name]) for name in ("poverty untold", "even"))
    assert told.poverty_share == pytest.approx(np.full(20, all_told.poverty_share.mean()))
    assert np.ptp(all_told.poverty_share) > 0.0
    np.testing.assert_array_equal(told.place_class, all_told.place_class)


def test_youth_are_followed_from_the_first_report_to_the_end() -> None:
    """A has two reports after the first until its second case is substantiated, and B none.

    A touch that is no report counts only if touches do. B's case is open when the record ends.
    """
    cases, touches = np.zeros(3, CASE_FILE), np.zeros(6, TOUCH_FILE)
    cases["community"], cases["opened"] = [4, 4, 7], [10, 40, 60]
    cases["closed"] = [20, 62, -1]
    cases["outcome"] = [Outcome.SCREENED_OUT, Outcome.SUBSTANTIATED, Outcome.WAITING]
    touches["case"], touches["step"] = [0, 1, 1, 1, 1, 2], [10, 40, 50, 55, 70, 60]
    touches["report"] = [True, True, True, False, True, True]
    end = np.array([np.nan, 62.0, np.nan])
    files = CaseFiles(cases, touches, np.array([0, 0, 2], np.int32), end)
    follow = followed(files, False, 112)
    assert follow.community.tolist() == [4, 7]
    assert follow.repeats.tolist() == [2.0, 0.0]
    assert follow.substantiated.tolist() == [True, False]
    assert followed(files, True, 112).repeats.tolist() == [3.0, 0.0]
    years = years_at_risk(follow, 0.5, 112, 52)
    assert years.tolist() == pytest.approx([1.0, (1.0 - np.exp(-0.5)) / 0.5])
