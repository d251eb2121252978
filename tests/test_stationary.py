"""Without added spending, feedback and publicity nothing drifts: the start is stationary."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import SIGMAS

from streetlight import policies
from streetlight.model.communities.region import Region
from streetlight.model.names import Tally
from streetlight.model.on_average import cascade
from streetlight.model.parameters import Parameters
from streetlight.model.run.history import History
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.world.state import Public

STILL = {"switches.feedback": False, "switches.publicity": False}


def ten_years(region: Region, replicate: int = 0, **values: float | str) -> History:
    """Ten years without spending."""
    parameters = Parameters().with_values({**STILL, **values})
    return run_policy(draw_world(parameters, region, replicate=replicate), policies.none())


def assert_conditions_rest(history: History) -> None:
    """Trained share, skill, denial, norm, awareness and told stock move by less than 1%.

    They rest at those of their class or, where places of a class differ, at those of burn-in.
    """
    end, p, start = history.truth.conditions, history.parameters, history.world.state
    kind, background = history.region.place_class, p.training.turnover
    trained, denial, hotline = (
        np.array(of_class)[kind]
        for of_class in (p.training.trained_share, p.denial.leaders, p.awareness.hotline)
    )
    if p.attention.effort_differs:
        trained, denial, hotline = start.trained[0], start.denial[0], start.public[Public.NORM]
    inflow, fade = (
        background * trained / (1 - trained),
        np.log(2) / (p.training.skill_half_life / 12),
    )
    for now, before in (
        (end.trained, trained), (end.skill, inflow / (inflow + background + fade)),
        (end.denial, denial), (end.public[Public.NORM], hotline),
        (end.public[Public.AWARENESS], hotline), (end.public[Public.DENIAL], p.denial.public),
        (end.public[Public.TOLD], p.knowing.told_stock),
    ):  # fmt: skip
        np.testing.assert_allclose(now, np.broadcast_to(before, now.shape), rtol=0.01)


def yearly_stock(history: History) -> np.ndarray:
    """Mean number of spells open in each year of burn-in and policy."""
    return np.asarray(history.truth.ledger.person_steps[0, 6:].sum(axis=1) / 52)


@pytest.mark.parametrize("reading", ["even", "mixed"])
def test_conditions_do_not_move_in_ten_years(reading: str) -> None:
    """Every condition ends within 1% of where it began, in all classes of place."""
    history = ten_years(Region.synthetic(40, seed=2), **{"attention.reading": reading})
    assert set(history.region.place_class.tolist()) == {0, 1, 2, 3}
    assert_conditions_rest(history)


def test_the_stock_of_spells_does_not_move_in_ten_years() -> None:
    """Years 1-3 and 8-10 have the same number of open spells, up to Monte-Carlo error."""
    region = Region.synthetic(20, seed=2, population=1_000_000)
    values = {"incidence.onset_rate": 2000.0, "incidence.normalise": "region"}
    stocks = np.array([yearly_stock(ten_years(region, r, **values)) for r in range(6)])
    early, late = stocks[:, 3:6].mean(axis=1), stocks[:, 10:13].mean(axis=1)
    change = late / early - 1.0
    error = change.std(ddof=1) / np.sqrt(len(change))
    assert error < 0.02
    assert abs(change.mean()) < SIGMAS * error + 0.005


@pytest.mark.parametrize("ageing_out", [True, False])
def test_the_engine_agrees_with_and_without_ageing_out(ageing_out: bool) -> None:
    """Spells open, onsets, known and identified a year, over 8 worlds, by `SIGMAS` standard errors.

    And 1% for what the expectation leaves out: two reports of one youth in one step.
    """
    values = {
        "switches.ageing_out": ageing_out, "spell.exit_hazard": 0.05, "incidence.frailty_cv": 0.0,
        "incidence.onset_rate": 2000.0, "assessment.screen_in_sd": 0.0, "attention.reading": "even",
        "switches.limited_capacity": False, "switches.feedback": False,
        "switches.publicity": False, "switches.services": False, "assessment.posts": "seen",
    }  # fmt: skip
    parameters, region = (
        Parameters().with_values(values),
        Region.synthetic(8, seed=4, population=2_000_000),
    )
    expected = cascade.expected_cascade(parameters, region)
    found = []
    for replicate in range(8):
        drawn = draw_world(parameters, region, replicate=replicate, years=4)
        truth = run_policy(drawn, policies.none()).truth
        first = truth.clock.first_policy_year
        open_ = truth.ledger.person_steps[0, first:].sum() / truth.clock.steps_per_year
        tallies = (Tally.LATER_ONSETS, Tally.KNOWN, Tally.IDENTIFIED)
        found.append([open_, *(truth.tally(tally).sum() for tally in tallies)])
    yearly = np.array(found) / 4.0
    error = yearly.std(axis=0, ddof=1) / np.sqrt(len(yearly))
    names = ("active", "later_onsets", "known", "identified")
    for i, name in enumerate(names):
        aim = float(getattr(expected, name).sum())
        assert yearly[:, i].mean() == pytest.approx(aim, abs=SIGMAS * error[i] + 0.01 * aim), name


@pytest.mark.slow
def test_the_whole_country_is_stationary() -> None:
    """Over the US table conditions and the mean stock of spells move by less than 1%."""
    changes = []
    for replicate in range(6):
        history = ten_years(Region.us_counties(), replicate)
        stock = yearly_stock(history)
        changes.append(stock[10:13].mean() / stock[:3].mean() - 1.0)
    assert_conditions_rest(history)
    error = np.std(changes, ddof=1) / np.sqrt(len(changes))
    assert error < 0.003
    assert abs(np.mean(changes)) < 0.01
