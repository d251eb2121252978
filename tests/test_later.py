"""Parameters that change in a policy year: what they move, from when on, and what they leave."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from small_worlds import SCHOOLS_SEE, begun, cases_of, columns, finished, given, only, place

from streetlight.experiments import exports
from streetlight.experiments.analyse.likeness import run_world
from streetlight.experiments.analyse.study import Study, StudyFuture
from streetlight.experiments.analyse.sweeps import sweep
from streetlight.experiments.commands.policies_on_record import apply
from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import Future
from streetlight.experiments.report import assumptions
from streetlight.experiments.running.design import expand
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.money.policies import build
from streetlight.model.names import LEVER_INDEX, Outcome
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.later import CHANGEABLE
from streetlight.model.record.counts import OwnRecord, counts_of
from streetlight.model.run.history import History
from streetlight.model.run.simulation import Simulation, burn_in, draw_world, simulate
from streetlight.model.world.changes import with_parameters
from streetlight.model.world.room import GROWING, copy_state

#: Another value for each parameter that may change, far enough from the default to be seen.
OTHER: dict[str, Any] = {
    "reporting.report": (1.0, 1.0, 1.0, 1.0, 1.0),
    "assessment.screen_in": 0.3,
    "assessment.investigations_per_month": 9.0,
    "assessment.lapse_weeks": 2.0,
    "assessment.investigation_weeks": 12.0,
    "assessment.substantiation": 0.1,
    "assessment.family_ratio": 0.1,
    "assessment.backlog_weeks": 1.0,
    "assessment.backlog_ratio": 0.1,
    "assessment.wrong_substantiation": 0.9,
    "assessment.after_closed_ratio": 0.1,
    "services.places": (500.0, 500.0, 500.0, 500.0),
    "services.distance_ratio": (0.3, 0.3, 0.3, 0.3),
    "services.uptake": 0.1,
    "services.service_months": 1.0,
    "training.turnover": 2.0,
    "training.skill_half_life": 1.0,
    "levers.unit_cost_ratio": 2.0,
    "levers.fixed_cost_ratio": 5.0,
    "levers.minimum_ratio": 5.0,
}
REGION = Region.synthetic(12, seed=2, population=1_500_000)
BUSY = {"incidence.onset_rate": 2000.0}


def three_years(**values: Any) -> History:
    """Three policy years of money by youth in a busy region; a__b stands for a.b."""
    dotted = {name.replace("__", "."): value for name, value in values.items()}
    parameters = Parameters().with_values(BUSY | dotted)
    return simulate(parameters, REGION, build("per_youth", budget=3.0), years=3)


@pytest.fixture(scope="module")
def as_ever() -> History:
    """The run in which nothing changes."""
    return three_years()


@pytest.mark.parametrize("name", [*OTHER, "costs.training_unit_cost", "costs.campaign_fixed_cost"])
def test_a_change_leaves_the_years_before_it_and_moves_what_follows(
    name: str, as_ever: History
) -> None:
    """Counts and money of all years before the second are equal, of the others they are not."""
    changed = three_years(**{name.replace(".", "__"): {1: OTHER.get(name, 500.0)}})
    first = as_ever.truth.clock.first_policy_year + 1
    before, after = as_ever.truth.ledger.yearly, changed.truth.ledger.yearly
    money, other_money = as_ever.spending.units, changed.spending.units
    assert (before[:, :first] == after[:, :first]).all()
    assert (money[0] == other_money[0]).all()
    assert (before[:, first:] != after[:, first:]).any() or (money != other_money).any()


def test_every_parameter_that_may_change_is_tried_above() -> None:
    """But for the costs of single levers, which all go one way."""
    assert {name for name in CHANGEABLE if not name.startswith("costs.")} == set(OTHER)


def test_a_change_to_the_same_value_changes_nothing(as_ever: History) -> None:
    """All that may change, set to what it is in every year: the same run to the last number."""
    values = {}
    for name in OTHER:
        group, field = name.split(".")
        value = getattr(getattr(Parameters(), group), field)
        values[name.replace(".", "__")] = {0: value, 2: value}
    same = three_years(**values)
    for one, other in ((as_ever.truth.ledger, same.truth.ledger), (as_ever.record, same.record)):
        for name in ("yearly", "monthly", "published_by_agency", "takes_part"):
            if hasattr(one, name):
                assert np.array_equal(getattr(one, name), getattr(other, name))
    assert np.array_equal(as_ever.truth.conditions.skill, same.truth.conditions.skill)
    assert np.array_equal(as_ever.spending.spent, same.spending.spent)


def test_nobody_is_screened_in_until_the_law_says_so() -> None:
    """Schools see one youth at the end of policy year 0 and one in year 1, each week anew.

    The first is turned away in every week of year 0, and identified in the first of year 1.
    """
    parameters = only(
        "encounters", values=SCHOOLS_SEE, assessment__screen_in={"start": 0.0, 1: 1.0}
    )
    start, year_1 = 52 + 50, 52 + 52  # a year of burn-in
    youth = given([(0, 0, start), (0, 1, year_1 + 6)])
    world = burn_in(begun(parameters, place(), years=2, spells=youth))
    sim = finished(Simulation(world, build("none")))
    assert columns(cases_of(sim), "opened", "outcome") == [
        (start, Outcome.SCREENED_OUT), (start + 1, Outcome.SCREENED_OUT),
        (year_1, Outcome.SUBSTANTIATED), (year_1 + 6, Outcome.SUBSTANTIATED),
    ]  # fmt: skip


def test_an_investigation_keeps_its_week_and_is_decided_by_what_is_in_force() -> None:
    """Five weeks until year 1, then two; nothing substantiated until then, then everything.

    What began two weeks before year 1 is decided five weeks later, after what began in its first
    week and was decided in its third.
    """
    parameters = only(
        "encounters", values=SCHOOLS_SEE, assessment__investigation_weeks={"start": 5.0, 1: 2.0},
        assessment__substantiation={"start": 0.0, 1: 1.0},
    )  # fmt: skip
    year_1 = 52 + 52  # a year of burn-in
    youth = given([(0, 0, year_1 - 8), (0, 1, year_1)])
    world = burn_in(begun(parameters, place(), years=2, spells=youth))
    sim = finished(Simulation(world, build("none")))
    assert columns(cases_of(sim), "investigated", "closed", "outcome") == [
        (year_1 - 8, year_1 - 3, Outcome.NOT_SUBSTANTIATED),
        (year_1 - 2, year_1 + 3, Outcome.SUBSTANTIATED),
        (year_1, year_1 + 2, Outcome.SUBSTANTIATED),
    ]


def test_money_buys_half_as_much_where_the_price_doubles() -> None:
    """Prevention has no fixed cost here: 100 dollars a place, then 200."""
    costs = {"prevention_unit_cost": {"start": 100.0, 2: 200.0}, "prevention_fixed_cost": 0.0,
             "prevention_minimum": 0.0}  # fmt: skip
    parameters = Parameters().with_values({f"costs.{name}": one for name, one in costs.items()})
    policy = build("per_youth", budget=0.01, mix={"prevention": 1.0})
    history = simulate(parameters, REGION, policy, years=4)
    units = history.spending.units[:, :, LEVER_INDEX["prevention"]].sum(axis=1)
    assert units == pytest.approx([150.0, 150.0, 75.0, 75.0])


def test_years_are_read_and_put_in_order() -> None:
    """Numbers and words for years are the same; a value for all time takes the years away."""
    one = Parameters().with_values(
        {"services.uptake": {"year 5": 0.2, "start": 0.5, "year 2": 0.4}}
    )
    assert one == Parameters().with_values({"services.uptake": {"start": 0.5, 2: 0.4, 5: 0.2}})
    uptake = [one.in_year(year).services.uptake for year in range(-1, 6)]
    assert uptake == [0.5, 0.5, 0.5, 0.4, 0.4, 0.4, 0.2]
    assert one.with_values({"services.uptake": 0.5}) == Parameters().with_values(
        {"services.uptake": 0.5}
    )
    assert repr(one) == (
        "Parameters().with_values({'services.uptake': {'start': 0.5, 2: 0.4, 5: 0.2}})"
    )


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"spell.exit_hazard": {2: 0.1}}, "spell.exit_hazard: cannot change in a policy year"),
        ({"services.uptake": {}}, "services.uptake: must have a year and a value"),
        ({"services.uptake": {2.5: 0.1}}, "services.uptake: 2.5: must be "),
        ({"services.uptake": {100: 0.1}}, "services.uptake: 100: must be "),
        ({"services.uptake": {2: 0.1, "year 2": 0.2}}, "'year 2': is the same year as 2"),
        ({"services.uptake": {2: 1.5}}, "from year 2: services.uptake: 1.5: must lie between"),
        ({"assessment.screen_in": {3: 0.99}}, "from year 3: assessment.screen_in_sd: 0.15 is too"),
    ],
)
def test_what_cannot_be_is_refused(values: dict[str, Any], problem: str) -> None:
    """Each names the parameter, the year, and what is allowed."""
    with pytest.raises(InputError, match=problem.replace("(", r"\(")):
        Parameters().with_values(values)


def test_a_value_for_all_time_must_go_with_those_of_later_years() -> None:
    """A spread that the start allows and year 3 does not is refused at once, not in year 3."""
    law = Parameters().with_values({"assessment.screen_in": {3: 0.9}})
    with pytest.raises(InputError, match="from year 3: assessment.screen_in_sd: 0.4 is too wide"):
        law.with_values({"assessment.screen_in_sd": 0.4})


def test_a_wrong_value_is_told_once() -> None:
    """It holds in all years after its own, which are not to blame."""
    with pytest.raises(InputError) as error:
        Parameters().with_values({"services.uptake": {1: 1.5, 4: 0.5}, "services.places": {2: 1}})
    years = [text.partition(": ")[0] for text in error.value.problems]
    assert years == ["from year 1", "from year 2"]


def test_lists_and_numbers_of_numpy_are_taken_as_everywhere() -> None:
    """Both are what Python's own are: equal, and with one hash."""
    one, other = (
        Parameters().with_values(
            {"services.distance_ratio": {year: values}, "services.uptake": {2: n}}
        )
        for year, values, n in (
            (3, (1.0, 0.5, 0.5, 0.5), 1.0),
            (np.int64(3), [1, 0.5, 0.5, 0.5], 1),
        )
    )
    assert one == other and hash(one) == hash(other)


def test_a_manifest_has_the_years_as_files_have_them(tmp_path: Path) -> None:
    """Numbers and words for years in Python, which JSON and the report cannot both read."""
    law = Future.of("law", {"services.uptake": {2: 0.9, "start": 0.5}})
    path = tmp_path / "law.yaml"
    path.write_text(FILE, encoding="utf-8")
    made = dataclasses.replace(load(path), futures=(law,), overrides={})
    assert law.described() == {"services.uptake": {"start": 0.5, "year 2": 0.9}}
    assert len(made.digest()) == 64
    both = dataclasses.replace(
        made, overrides={"services.uptake": {2: 0.9, "start": 0.5}},
        futures=(Future("x", {}, law.parameters),),
    )  # fmt: skip
    assert both.resolved()["parameters"] == {"services.uptake": {"start": 0.5, "year 2": 0.9}}


FILE = """
title: A law
region: {synthetic: {n_communities: 12}}
horizon: 5
policies: [per_youth]
costs: {training: {unit_cost: {start: 100, year 2: 200}}}
futures:
  named:
    today: {}
    law: {reporting.report: {year 3: [0.9, 0.9, 0.9, 0.9, 0.9]}}
"""


def test_an_experiment_file_says_from_which_year(tmp_path: Path) -> None:
    """Futures have the parameters of Python's, and their runs keys of their own."""
    path = tmp_path / "law.yaml"
    path.write_text(FILE, encoding="utf-8")
    experiment = load(path)
    price = {"costs.training_unit_cost": {"start": 100.0, 2: 200.0}}
    law = {"reporting.report": {3: (0.9, 0.9, 0.9, 0.9, 0.9)}}
    expected = [Future.of("today", base=Parameters().with_values(price)).parameters,
                Parameters().with_values(price | law)]  # fmt: skip
    assert [future.parameters for future in experiment.futures] == expected
    keys = {cell.key for group in expand(experiment) for cell in group.cells}
    path.write_text(FILE.replace("year 3", "year 4"), encoding="utf-8")
    others = {cell.key for group in expand(load(path)) for cell in group.cells}
    assert len(keys & others) == len(keys) / 2


def test_a_design_does_not_take_years_away(tmp_path: Path) -> None:
    """A sampled parameter has one value for all years, and so none of its own by year."""
    path = tmp_path / "law.yaml"
    text = FILE + "  sampled: {n: 2, parameters: [services.uptake, costs.training_unit_cost]}\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="costs.training_unit_cost: has values by policy year"):
        load(path)


def test_counts_of_ones_own_are_followed_at_the_prices_of_year_0(as_ever: History) -> None:
    """A rule that plans is asked for its first decision, when a price of year 0 is in force."""
    own = OwnRecord(Path("counts.csv"), counts_of(as_ever.record), ())
    rule = build("planned_portfolio", budget=0.5)
    dear = {"costs.training_unit_cost": 5000.0, "costs.prevention_unit_cost": 1.0}
    first = {name: {0: value, 1: 7.0} for name, value in dear.items()}
    always, usual, in_year_0 = (
        apply([rule], own, REGION, Parameters().with_values(values)).dollars[rule.name]
        for values in (dear, {}, first)
    )
    assert np.array_equal(in_year_0, always) and not np.array_equal(always, usual)


def test_values_by_year_are_told_in_words() -> None:
    """In the report's tables and in those for spreadsheets, and they are no axis of a figure."""
    price = {"start": 1500, "year 2": 2000}
    assert assumptions.shown(price) == "1,500; 2,000 from year 2"
    assert exports.in_cell({"year 3": [0.9, 1.0]}) == "[0.9, 1] from year 3"
    futures = [StudyFuture(name, name, {"services.uptake": value}, False)
               for name, value in (("a", 0.5), ("b", 0.6), ("c", {"year 1": 0.9}))]  # fmt: skip
    assert sweep(cast(Study, SimpleNamespace(futures=futures))) == ("", {})


def test_the_same_parameters_make_the_same_state() -> None:
    """What is computed and drawn again at a change is what the world was drawn with."""
    parameters = Parameters().with_values(BUSY)
    world = burn_in(draw_world(parameters, REGION, years=2))
    state = copy_state(world.state, dict.fromkeys(GROWING, 0), 0)
    again = with_parameters(state, parameters)
    for name in ("rates", "communities"):
        before, after = getattr(world.state, name), getattr(again, name)
        assert [n for n in before.dtype.names if not np.array_equal(before[n], after[n])] == []
    assert np.array_equal(again.conditions, world.state.conditions)


def test_a_record_of_ones_own_is_older_than_any_change() -> None:
    """Worlds beside it have what held before the policy years, in all years."""
    law = Parameters().with_values(BUSY | {"reporting.report": {0: (0.0,) * 5}})
    usual = Parameters().with_values(BUSY)
    records = [run_world(p, REGION, 0, 6).published_reports() for p in (law, usual)]
    assert np.array_equal(*records)
