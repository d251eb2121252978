"""Regional teams: small communities that buy together, and what of it stays each one's own."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from small_worlds import SIGMAS, evenly
from test_worlds_apart import busy, differing, everything, small_region

from streetlight import policies
from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.money.levers import LEVERS, Purchase, purchase
from streetlight.model.money.policies import Policy, PolicyError
from streetlight.model.names import LEVER_INDEX, LEVER_NAMES
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.world.world import World

L = len(LEVER_NAMES)
TRAINING = LEVER_INDEX["training"]
JOINT = [LEVER_INDEX[name] for name in LEVER_NAMES if LEVERS[name].fixed_dollars > 0]
SHARED = [LEVER_INDEX["investigators"], LEVER_INDEX["navigators"]]

# A city alone; two towns and a place without youth that buy together.
PLACES = Region.of(
    ids=["city", "mill", "none", "ridge"],
    population=[100_000, 2_000, 400, 6_000],
    youth=[10_000, 200, 0, 600],
    poverty_share=[0.2, 0.1, 0.0, 0.3],
)
TEAM = np.array([0, 1, 1, 1])
TRAINED = np.array([0.4, 0.2, 0.0, 0.4])
NOTHING = np.zeros((4, L))

money = arrays(np.float64, (4, L), elements=st.floats(0, 1e7))
teams = arrays(np.int64, 4, elements=st.integers(0, 3))


def bought(
    dollars: FloatArray, carried: FloatArray = NOTHING, team: Any = TEAM, **more: Any
) -> Purchase:
    """A purchase in PLACES; a__b stands for parameter a.b."""
    values = {name.replace("__", "."): value for name, value in more.items()}
    parameters = Parameters().with_values(values)
    return purchase(dollars, carried, PLACES, parameters, TRAINED, team)


def spend_on(lever: str, **dollars: float) -> FloatArray:
    """Dollars (4, L) for one lever by community."""
    table = np.zeros((4, L))
    for place, amount in dollars.items():
        table[PLACES.ids.index(place), LEVER_INDEX[lever]] = amount
    return table


#: A training for staff of whom 0.2 x 2,000 + 0.4 x 6,000 of 8,400 are trained, with a team that
#: travels: 1.1 x (150 - 100 / 3) dollars.
UNIT = 1.1 * (150 - 100 * (0.2 * 2_000 + 0.4 * 6_000) / 8_400)


def test_two_towns_below_the_minimum_alone_buy_together() -> None:
    """400 + 1,200 dollars against 750 + 5 units: one fixed cost, units by each one's dollars."""
    dollars = spend_on("training", mill=400, ridge=1_200)
    alone, together = bought(dollars, team=None), bought(dollars)
    assert not alone.spent.any() and np.array_equal(alone.carried, dollars)
    assert np.array_equal(together.spent, dollars)
    assert not together.carried.any() and not together.returned.any()
    by_hand = [0.0, (400 - 750 * 0.25) / UNIT, 0.0, (1_200 - 750 * 0.75) / UNIT]
    assert together.units[:, TRAINING] == pytest.approx(by_hand, rel=1e-12)
    assert (together.levels.training > 0).tolist() == [False, True, False, True]


def test_the_minimum_is_the_regions() -> None:
    """The team's smallest purchase buys exactly the minimum; a cent less buys nobody anything."""
    smallest = 750 + 5 * UNIT
    dollars = spend_on("training", mill=smallest / 2, ridge=smallest / 2)
    assert bought(dollars * (1 + 1e-9)).units[:, TRAINING].sum() == pytest.approx(5.0, rel=1e-6)
    assert not bought(dollars * (1 - 1e-9)).units.any()


def test_a_region_carries_and_returns_as_a_community_does() -> None:
    """Too little together: every member's money waits a year, then its own comes back to it."""
    first = bought(spend_on("training", mill=300, ridge=400))
    second = bought(spend_on("training", mill=100, ridge=0), first.carried)
    assert not first.spent.any() and not second.spent.any()
    assert first.carried[:, TRAINING].tolist() == [0, 300, 0, 400]
    assert second.returned[:, TRAINING].tolist() == [0, 300, 0, 400]
    assert second.carried[:, TRAINING].tolist() == [0, 100, 0, 0]
    third = bought(spend_on("training", ridge=2_000), second.carried)
    assert third.spent[:, TRAINING].tolist() == [0, 100, 0, 2_000]


def test_a_team_travels_and_one_alone_does_not() -> None:
    """The ratio divides what a team buys with a fixed cost; posts, places and the city pay none."""
    dollars = np.full((4, L), 1e6)
    near, far = (bought(dollars, levers__team_travel_ratio=ratio).units for ratio in (1.0, 1.25))
    towns = [1, 3]
    assert near[towns][:, JOINT] == pytest.approx(1.25 * far[towns][:, JOINT], rel=1e-12)
    assert np.array_equal(near[:, SHARED], far[:, SHARED])
    assert np.array_equal(near[0], far[0])


def test_money_for_nobody_does_not_help_the_others() -> None:
    """What a place without youth has for education counts towards no one's minimum."""
    column = LEVER_INDEX["education"]
    little = bought(spend_on("education", mill=500, ridge=500, none=50_000))
    enough = bought(spend_on("education", mill=500, ridge=1_500, none=50_000))
    assert not little.spent.any()
    assert enough.spent[:, column].tolist() == [0, 500, 0, 1_500]
    assert little.carried[:, column].tolist() == [0, 500, 50_000, 500]


def test_a_team_without_residents_has_prices_all_the_same() -> None:
    """Where nobody lives there is nobody to train, and a post costs what a post costs."""
    empty = Region.of(ids=["a", "b"], population=[0, 0], youth=[0, 0])
    dollars = np.zeros((2, L))
    dollars[:, [TRAINING, LEVER_INDEX["investigators"]]] = 95_000.0
    share, team = np.array([0.2, 0.4]), np.zeros(2, int)
    got = purchase(dollars, np.zeros((2, L)), empty, Parameters(), share, team)
    assert got.levels.investigators.tolist() == [1.0, 1.0]
    assert not got.units[:, TRAINING].any()


@settings(deadline=None, max_examples=60)
@given(dollars=money, carried=money, team=teams, fixed=st.floats(0, 5), travel=st.floats(1, 1.3))
def test_every_dollar_is_accounted_for_in_teams(
    dollars: FloatArray, carried: FloatArray, team: Any, fixed: float, travel: float
) -> None:
    """The identity holds exactly in every cell, and a team pays its fixed cost once."""
    values = dict(levers__fixed_cost_ratio=fixed, levers__team_travel_ratio=travel)
    got = bought(dollars, carried, team, **values)
    assert np.array_equal(dollars + carried, got.spent + got.returned + got.carried)
    assert (got.units >= 0).all() and (got.carried <= dollars).all()
    free = bought(dollars, carried, team, **(values | {"levers__fixed_cost_ratio": 0.0}))
    for members in (np.flatnonzero(team == number) for number in set(team.tolist())):
        spent, units = got.spent[members].sum(axis=0), got.units[members].sum(axis=0)
        first_cost = np.array([LEVERS[name].fixed_dollars for name in LEVER_NAMES]) * fixed
        whole = np.divide(units, free.units[members].sum(axis=0), where=units > 0, out=0 * units)
        left = np.divide(spent - first_cost, spent, where=units > 0, out=0 * units)
        assert whole == pytest.approx(left, rel=1e-9, abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(dollars=money, more=money, team=teams)
def test_more_money_for_anyone_never_buys_anyone_less(
    dollars: FloatArray, more: FloatArray, team: Any
) -> None:
    """A member's units do not fall when it, or another member, is given more."""
    few, many = bought(dollars, team=team).units, bought(dollars + more, team=team).units
    assert (many >= few * (1 - 1e-9)).all()


@settings(deadline=None, max_examples=40)
@given(dollars=money, carried=money)
def test_a_team_of_one_is_a_community_that_buys_alone(
    dollars: FloatArray, carried: FloatArray
) -> None:
    """With every community its own team, whatever its number, nothing differs by a bit."""
    alone, numbered = (bought(dollars, carried, team) for team in (None, np.array([3, 1, 0, 2])))
    for name in ("spent", "units", "carried", "returned"):
        assert np.array_equal(getattr(alone, name), getattr(numbered, name))


# ---------------------------------------------------------------------------------- in a run


def small_world(**switches: bool) -> World:
    """Twelve invented places, three policy years."""
    return draw_world(busy(**switches), small_region(), years=3)


def both(world: World, **more: Any) -> list[Any]:
    """Histories of the same money, every community alone and in regional teams."""
    mix = {"training": 0.4, "campaign": 0.3, "investigators": 0.3}
    own = Policy("fixed", evenly, mix, 0.5)
    return [run_policy(world, one) for one in (own, replace(own, teams="regional"))]


def test_regional_teams_reach_places_that_could_buy_nothing() -> None:
    """The same dollars are allocated; more of them are spent, and more communities get units."""
    own, regional = (run.spending for run in both(small_world()))
    assert np.array_equal(own.allocated, regional.allocated)
    assert regional.spent.sum() > own.spent.sum()
    some = [(money.units[..., TRAINING] > 0).sum() for money in (own, regional)]
    assert some[1] > some[0]
    for money in (own, regional):
        before = np.zeros_like(money.carried)
        for year in range(len(money.spent)):
            before += money.allocated[year] - money.spent[year] - money.returned[year]
        assert before == pytest.approx(money.carried, abs=1e-9)


def test_without_pooling_a_region_is_a_community() -> None:
    """With pooling off, and where every community is large, regional teams change nothing."""
    own, regional = both(small_world(pooling=False))
    assert differing(everything(own), everything(regional)) == []
    cities = Region.of(
        ids=["A", "B"], population=[2e5, 1e5], youth=[2e4, 1e4], place_class=["small metro"] * 2
    )
    own, regional = both(draw_world(busy(), cities, years=2))
    assert differing(everything(own), everything(regional)) == []


# ---------------------------------------------------------------------------------- the policy


def test_teams_tell_policies_apart_and_travel_with_them() -> None:
    """Teams are in the description (so in the key of a run), in a pickle and in a copy."""
    policy = policies.per_youth(teams="regional")
    assert policy.description()["teams"] == "regional"
    assert policy != policies.per_youth()
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert replace(policy, budget=1.0).teams == "regional"


def test_unknown_teams_are_refused() -> None:
    """The message gives what is allowed and the closest."""
    with pytest.raises(PolicyError, match='must be one of: own, regional.*mean "regional"'):
        policies.build("per_youth", teams="regionl")  # type: ignore[arg-type]


def test_the_whole_says_who_buys_together() -> None:
    """A blend has its parts' teams if they agree; if not it must be given its own, which rule."""
    own, regional = policies.per_youth(), policies.hotspots(teams="regional")
    need = policies.poverty_need(teams="regional")
    assert policies.blend({regional: 0.5, need: 0.5}, name="b").teams == "regional"
    assert policies.schedule({0: own}, name="s").teams == "own"
    assert policies.blend({own: 0.5, need: 0.5}, name="b", teams="regional").teams == "regional"
    assert policies.schedule({0: regional, 2: need}, name="s", teams="own").teams == "own"
    with pytest.raises(PolicyError, match="per_youth buys in own teams and hotspots in regional"):
        policies.schedule({0: own, 1: regional}, name="s")


# ---------------------------------------------------------------------------------- the country


def gain_of_teams(values: dict[str, Any], n: int = 4) -> FloatArray:
    """Person-years that regional teams avert more than each its own, equal shares, $0.10: (n,)."""
    gains = []
    for replicate in range(n):
        country = draw_world(
            Parameters().with_values(values), Region.us_counties(), replicate=replicate
        )
        own, regional = (
            run_policy(country, policies.equal_shares(budget=0.1, teams=who)).truth
            for who in policies.TEAMS
        )
        gains.append((own.policy_steps.sum() - regional.policy_steps.sum()) / 52)
    return np.array(gains)


@pytest.mark.slow
def test_teams_pay_where_fixed_costs_are_dear_and_cost_where_there_are_none() -> None:
    """In the United States teams avert more at threefold fixed costs, and less where nothing is
    fixed; the more so the more travel costs."""
    dear, free, near = (
        gain_of_teams({"levers.fixed_cost_ratio": ratio, "levers.team_travel_ratio": travel})
        for ratio, travel in ((3.0, 1.1), (0.0, 1.3), (0.0, 1.0))
    )
    for gains in (dear, -free):
        assert gains.mean() > SIGMAS * gains.std(ddof=1) / np.sqrt(len(gains)), gains
    assert near.mean() > free.mean()
