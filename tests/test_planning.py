"""Planning: the model that planners use, the climb, fixed costs, and what agencies believe."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_worlds import REGION, planning_view
from scipy.optimize import brentq, minimize

from streetlight.model.arrays import FloatArray
from streetlight.model.money.levers import purchase
from streetlight.model.money.planning import (
    Cells,
    climb,
    plan,
    waterfill,
    with_fixed_costs,
    working,
)
from streetlight.model.money.response import Market, Response, flow
from streetlight.model.names import LEVER_INDEX, N_LEVERS
from streetlight.model.parameters import Parameters
from streetlight.model.record.beliefs import Prices, Responses

PREVENTION, POSTS = LEVER_INDEX["prevention"], LEVER_INDEX["investigators"]
ONSETS = 0.002 * REGION.youth_12_17

positive = st.floats(0.1, 10.0)


def model(**changes: Any) -> Response:
    """The planner's model of the small region; changes of its responses."""
    view = planning_view()
    return Response(view.prices, replace(view.responses, **changes), ONSETS)


def without_fixed_costs(prices: Prices) -> Prices:
    """The same prices without fixed costs and smallest purchases."""
    return replace(prices, fixed=np.zeros(N_LEVERS), minimum=np.zeros(N_LEVERS))


def saved(one: Response, dollars: FloatArray) -> float:
    """Person-years a year that dollars (C, L) save, fixed costs paid."""
    nothing = one.at(np.zeros_like(dollars)).person_years
    return float((nothing - one.at(working(one.prices, dollars)).person_years).sum())


# ---------------------------------------------------------------------------------- waterfill


@settings(deadline=None, max_examples=80)
@given(
    worth=st.lists(positive, min_size=2, max_size=12),
    start=positive, budget=st.floats(0.01, 100.0), data=st.data(),
)  # fmt: skip
def test_waterfill_is_the_closed_form(
    worth: list[float], start: float, budget: float, data: st.DataObject
) -> None:
    """For responses a s (1 - exp(-x / s)) the shares are s ln(a / price), from any start."""
    a = np.array(worth)
    s = np.array(data.draw(st.lists(positive, min_size=len(a), max_size=len(a))))
    x0 = start * np.arange(len(a)) / len(a)

    def total(log_price: float) -> float:
        return float(np.maximum(0.0, s * (np.log(a) - log_price)).sum()) - budget

    top = float(np.log(a).max())
    log_price = brentq(total, top - budget / s.min() - 1.0, top)
    by_hand = np.maximum(0.0, s * (np.log(a) - log_price))
    assert waterfill(x0, a * np.exp(-x0 / s), s, budget) == pytest.approx(by_hand, abs=1e-6)


def test_waterfill_gives_nothing_where_nothing_is_gained() -> None:
    """Worth of 0 or less and cells without a scale get nothing; without a budget nobody does."""
    x = np.zeros(4)
    worth, scale = np.array([1.0, 0.0, -2.0, 5.0]), np.array([1.0, 1.0, 1.0, 0.0])
    assert waterfill(x, worth, scale, 3.0).tolist() == pytest.approx([3.0, 0.0, 0.0, 0.0])
    assert not waterfill(x, worth, scale, 0.0).any()
    assert not waterfill(x, -np.ones(4), scale, 3.0).any()


def test_a_plan_of_one_concave_lever_is_the_closed_form() -> None:
    """With prevention alone worth buying and no fixed costs, the plan fills to equal worth."""
    nothing = np.zeros((N_LEVERS, 5))
    gain = nothing.copy()
    gain[PREVENTION] = 0.2
    one = model(
        gain=np.zeros((N_LEVERS, 4, 5)), channel_gain=np.zeros(5), false_gain=nothing,
        tool_gain=nothing, replaced=nothing, false_added=nothing,
        onset_gain=gain, onset_bend=np.full((N_LEVERS, 5), np.inf),
        sees_queue=False, sees_services=False,
    )  # fmt: skip
    one = Response(without_fixed_costs(one.prices), one.r, ONSETS)
    budget, p = 4e5, one.prices
    s = p.unit_cost[:, PREVENTION] * p.base[:, PREVENTION] * p.top[PREVENTION]
    years = one.at(np.zeros((5, N_LEVERS))).person_years
    a = years * 0.2 * p.top[PREVENTION] / s
    log_price = brentq(
        lambda z: float(np.maximum(0.0, s * (np.log(a) - z)).sum()) - budget, -60.0, np.log(a).max()
    )
    by_hand = np.maximum(0.0, s * (np.log(a) - log_price))
    dollars = plan(one, budget)
    assert dollars[:, PREVENTION] == pytest.approx(by_hand, rel=1e-6)
    assert dollars.sum() == pytest.approx(budget, rel=1e-9)


# ----------------------------------------------------------------------------------- the model


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.booleans(), st.booleans(), st.booleans())
def test_slopes_are_those_of_the_model(
    seed: int, queue: bool, channel: bool, services: bool
) -> None:
    """What a dollar more is said to save is what it saves: central differences agree."""
    one = model(sees_queue=queue, sees_channel=channel, sees_services=services)
    rng = np.random.default_rng(seed)
    p = one.prices
    x = rng.random((5, N_LEVERS)) * 0.3 * p.unit_cost * np.maximum(p.base, 0.0)
    x[:, POSTS] = rng.random(5) * 2e5
    ahead = rng.random((5, N_LEVERS)) * 10.0
    weights = rng.random(5) + 0.5

    def lost(dollars: FloatArray) -> float:
        return float((weights * one.at(dollars, weights).person_years).sum())

    by_difference = (lost(x - ahead) - lost(x + ahead)) / 2.0
    parts = one.at(x, weights).slope * ahead  # some of them harm
    assert abs(parts.sum() - by_difference) < 2e-3 * np.abs(parts).sum()


def test_the_queue_in_its_limits() -> None:
    """Far from full little is lost; twice as much work as can be done halves what is done."""
    r = replace(planning_view().responses, late_ratio=1.0)
    many, no_exit = np.array([1e7]), np.zeros(1)
    assert flow(0.5 * many, many, no_exit, r)[0] == pytest.approx(1.0, abs=1e-4)
    assert flow(2.0 * many, many, no_exit, r)[0] == pytest.approx(0.5, abs=1e-4)
    with_exit = flow(2.0 * many, many, np.array([0.4]), r)[0]
    assert with_exit == pytest.approx(0.5 * math.exp(-0.4 * 0.25 * r.horizon_years), rel=1e-4)
    late = replace(r, late_ratio=0.7)
    assert flow(2.0 * many, many, no_exit, late)[0] == pytest.approx(
        0.5 * (1.0 - 0.3 * math.exp(-r.late_years / (0.25 * r.horizon_years))), rel=1e-4
    )
    assert flow(2.0 * many, many, no_exit, replace(r, sees_queue=False))[0] == 1.0


def test_effects_of_dollars_are_the_engine_s() -> None:
    """Units and effects of working dollars are those of `money.levers.purchase`."""
    p = planning_view().prices
    rng = np.random.default_rng(1)
    dollars = rng.random((5, N_LEVERS)) * 4e5
    trained = np.array(Parameters().training.trained_share)[REGION.place_class]
    engine = purchase(dollars, np.zeros_like(dollars), REGION, Parameters(), trained)
    works = working(p, dollars)
    assert works / p.unit_cost == pytest.approx(engine.units, rel=1e-12)
    effect, _ = Market(p).buys(works.T)
    for lever in ("training", "campaign", "screening_targeted", "channel", "prevention"):
        moved = getattr(engine.levels, lever)
        assert effect[LEVER_INDEX[lever]] == pytest.approx(moved, rel=1e-12)


# ----------------------------------------------------------------------------------- the plans


def test_fixed_costs_are_paid_and_undone() -> None:
    """Dollars with fixed costs work as much as was asked, alone and in teams."""
    alone = planning_view().prices
    teams = replace(alone, team=np.array([0, 1, 2, 2, 2]))
    works = np.random.default_rng(2).random((5, N_LEVERS)) * 1e5 + 1e4
    works *= alone.base > 0.0
    for prices in (alone, teams):
        assert working(prices, with_fixed_costs(prices, works)) == pytest.approx(works, rel=1e-9)
    paid = (with_fixed_costs(teams, works) - works).sum()
    assert paid == pytest.approx(3 * alone.fixed.sum(), rel=1e-9)


@pytest.mark.parametrize("held", [False, True])
def test_a_plan_stays_within_its_budget_and_buys_what_works(held: bool) -> None:
    """No plan is over budget; a free plan pays for nothing below the smallest useful purchase."""
    one = model()
    mix = np.zeros(N_LEVERS)
    mix[[LEVER_INDEX["training"], POSTS]] = 0.5
    for budget in (3e4, 3e5, 3e6):
        dollars = plan(one, budget, mix=mix if held else None)
        assert dollars.sum() <= budget * (1.0 + 1e-12)
        assert dollars.sum() > 0.9 * budget
        if held:
            assert dollars == pytest.approx(np.outer(dollars.sum(axis=1), mix), rel=1e-9)
        else:
            assert ((working(one.prices, dollars) > 0.0) == (dollars > 0.0)).all()
    assert not plan(one, 0.0).any()


@pytest.mark.parametrize("budget", [1e5, 5e5, 2e6])
def test_a_plan_comes_close_to_a_general_optimiser(budget: float) -> None:
    """Without fixed costs, three levers in five places: within 3% of the best of six SLSQPs."""
    rows = [LEVER_INDEX["training"], POSTS, LEVER_INDEX["channel"]]
    view = planning_view()
    one = Response(without_fixed_costs(view.prices), view.responses, ONSETS)
    gain = np.zeros_like(one.r.gain)
    gain[rows] = one.r.gain[rows]
    one = Response(one.prices, replace(one.r, gain=gain, onset_gain=np.zeros((N_LEVERS, 5)),
                                       sees_services=False), ONSETS)  # fmt: skip

    def spread(share: FloatArray) -> FloatArray:
        dollars = np.zeros((5, N_LEVERS))
        dollars[:, rows] = budget * share.reshape(5, len(rows))
        return dollars

    rng, best = np.random.default_rng(3), 0.0
    for _ in range(6):
        found = minimize(
            lambda share: -saved(one, spread(np.abs(share))),
            rng.dirichlet(np.ones(5 * len(rows))),
            bounds=[(0.0, 1.0)] * (5 * len(rows)),
            constraints={"type": "ineq", "fun": lambda share: 1.0 - share.sum()},
            method="SLSQP",
        )
        best = max(best, -float(found.fun))
    assert saved(one, plan(one, budget)) >= 0.97 * best


def test_the_first_dollar_is_found_where_all_of_them_would_do_harm() -> None:
    """What is lost is least at a thousandth of the budget: steps of 1 to 0.004 all lose more."""

    def at(works: FloatArray, _: object = 1.0) -> SimpleNamespace:
        x = float(works.sum())
        return SimpleNamespace(lost=(x - 1.0) ** 2, slope=np.full_like(works, 2.0 * (1.0 - x)))

    model = cast("Response", SimpleNamespace(at=at))
    found = climb(model, Cells(np.ones((1, 1))), np.zeros((1, 1)), 1000.0, 1.0, 12)
    assert found.sum() == pytest.approx(1.0, abs=0.1)


def test_planning_again_is_never_worse() -> None:
    """A plan from last year's dollars saves at least what last year's would, by the model."""
    one, budget = model(), 6e5
    dollars = plan(one, budget)
    for _ in range(4):
        again = plan(one, budget, last=dollars)
        assert saved(one, again) >= saved(one, dollars) - 1e-9
        dollars = again


def test_who_does_not_see_the_queue_buys_no_investigators() -> None:
    """Investigators are worth something to a planner only if its model has a queue."""
    assert plan(model(sees_queue=False), 6e5)[:, POSTS].sum() == 0.0
    assert plan(model(sees_queue=True), 6e5)[:, POSTS].sum() > 0.0


def test_without_services_in_mind_places_are_worth_relief_of_nothing() -> None:
    """A planner that leaves services out pays for no navigators."""
    navigators = LEVER_INDEX["navigators"]
    blind: Responses = model(sees_services=False).r
    assert plan(Response(planning_view().prices, blind, ONSETS), 6e5)[:, navigators].sum() == 0.0
    x = np.zeros((5, N_LEVERS))
    assert model(sees_services=True).at(x).slope[:, navigators].min() > 0.0


def test_weights_move_money_to_whom_they_favour() -> None:
    """A plan that counts rural person-years alone spends more there than one that counts all."""
    one, budget = model(), 6e5
    rural = np.where(REGION.place_class == 3, 1.0, 1e-3)
    assert plan(one, budget, weights=rural)[4].sum() > 2.0 * plan(one, budget)[4].sum()
