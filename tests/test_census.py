"""How many youth really live in a place, what the census counts, and who goes by which."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from plain_model.census import draw_counted_youth, draw_true_youth
from plain_model.worlds import build
from plain_philox import luck
from small_worlds import SIGMAS, begun

from streetlight import Region, policies
from streetlight.model.arrays import FloatArray
from streetlight.model.draws import world_key
from streetlight.model.errors import InputError
from streetlight.model.money.policies import Policy
from streetlight.model.outcomes import by_community
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import OraclePlanningView, PlanningView
from streetlight.model.run.allocation import view_of_record
from streetlight.model.run.simulation import Simulation, draw_world, run_policy
from streetlight.model.world.census import as_agencies_see, with_true_youth
from streetlight.model.world.world import World

CENSUS = 23  # number of the decision
SHARE = 0.10345
QUICK = {"time.steps_per_year": 13, "incidence.onset_rate": 2000.0}

#: A chain of three, and a place alone in which all but a few are youth.
PLACES = Region.of(
    ids=["a", "b", "c", "school"], population=[400, 10_000, 90_000, 1_000],
    youth=[50, 1_000, 9_000, 990], youth_12_17=[40, 700, 7_000, 980],
    neighbours=[("a", "b"), ("b", "c")],
)  # fmt: skip
BESIDE = {"a": "b", "b": "ac", "c": "b", "school": ""}


def uneven(spread: float = 0.02, **values: Any) -> Parameters:
    """Parameters with a spread of the youth share; a__b stands for a.b."""
    changed = {name.replace("__", "."): value for name, value in values.items()}
    return Parameters().with_values({"incidence.youth_spread": spread} | QUICK | changed)


def normal(key: Any, name: str, lane: int) -> float:
    """A standard normal of a place."""
    at = PLACES.keys[PLACES.ids.index(name)]
    return NormalDist().inv_cdf(luck(key, at, 0, CENSUS, 0, 0)[lane])


# ----------------------------------------------------------------------------------- truth


@pytest.mark.parametrize("replicate", range(6))
@pytest.mark.parametrize("spread", [0.02, 0.034])
def test_true_youth_worked_by_hand(replicate: int, spread: float) -> None:
    """A place and its neighbours, over the root of how many; the total is kept, but who fits."""
    key = world_key(0, "central", replicate)
    factors = []
    for name in PLACES.ids:
        together = [name, *BESIDE[name]]
        score = sum(normal(key, one, 2) for one in together) / len(together) ** 0.5
        factors.append(1.0 + spread / SHARE * max(-3.0, min(3.0, score)))
    total = float(PLACES.youth @ factors) / 11_040
    by_hand = [factor / total for factor in factors]
    by_hand[3] = min(by_hand[3], 1_000 / 990)
    found = with_true_youth(uneven(spread), PLACES, key)
    assert found.youth == pytest.approx(PLACES.youth * by_hand, rel=1e-9)
    assert found.youth_12_17 == pytest.approx(PLACES.youth_12_17 * by_hand, rel=1e-9)
    assert (found.youth <= found.population).all() and (found.youth > 0.0).all()


def test_shares_differ_as_stated_and_neighbours_are_alike() -> None:
    """The spread is that of the setting; of two neighbours' scores, as much is common as they have.

    Expected correlations are those of sums over a place and its neighbours, in US counties.
    """
    region, errors, together = Region.us_counties(), [], []
    members = [{c, *region.neighbours(c).tolist()} for c in range(region.n_communities)]
    pairs = region.neighbour_pairs()
    alike = [
        len(members[a] & members[b]) / (len(members[a]) * len(members[b])) ** 0.5 for a, b in pairs
    ]
    for replicate in range(12):
        found = with_true_youth(uneven(0.018), region, world_key(0, 0, replicate))
        assert found.youth.sum() == pytest.approx(region.youth.sum(), rel=1e-9)
        off = (found.youth / found.population - SHARE) / 0.018
        errors.append(np.sqrt(np.mean(off**2)))
        together.append(np.mean(off[pairs[:, 0]] * off[pairs[:, 1]]))
    assert np.mean(errors) == pytest.approx(1.0, abs=0.02)
    assert np.mean(together) == pytest.approx(np.mean(alike), abs=0.02)
    assert 0.5 < np.mean(alike) < 0.7


def test_off_the_region_is_the_truth_and_is_read_as_it_is() -> None:
    """With a spread of 0 nothing is drawn: the very same region is simulated, youth counted so."""
    key = world_key(0, 0, 0)
    parameters = Parameters().with_values({"agency.youth_error": 0.1})
    assert with_true_youth(parameters, PLACES, key) is PLACES
    assert as_agencies_see(parameters, PLACES, key).youth is PLACES.youth


def test_truth_and_outcomes_go_by_true_youth() -> None:
    """Onsets and false reports come with who is there, in a region with youth of its own too."""
    world = begun(uneven(incidence__frailty_cv=0.0, incidence__poverty_ratio=1.0), PLACES)
    true = world.region
    assert not np.allclose(true.youth, PLACES.youth)
    same_class = [0, 3]
    onset = world.state.communities["onset"][same_class]
    assert onset / onset[0] == pytest.approx(true.youth_12_17[same_class] / true.youth_12_17[0])
    assert world.state.communities["youth"].tolist() == true.youth.tolist()
    drawn = draw_world(uneven(), PLACES, years=1)
    table = by_community(run_policy(drawn, policies.none()))
    assert table["youth"].tolist() == drawn.region.youth.tolist()


@pytest.mark.parametrize("spread", [-0.01, 0.035])
def test_a_spread_that_would_leave_no_youth_is_refused(spread: float) -> None:
    """Three standard deviations must leave some youth everywhere."""
    with pytest.raises(InputError, match="youth_spread"):
        uneven(spread)


# -------------------------------------------------------------------------------- the census


@pytest.mark.parametrize("replicate", range(6))
def test_youth_are_counted_with_an_error_worked_by_hand(replicate: int) -> None:
    """The true number times 1 plus a normal of the place, which the census cannot miss by half."""
    key, parameters = world_key(0, "central", replicate), uneven(agency__youth_error=0.08)
    true = with_true_youth(parameters, PLACES, key)
    seen = as_agencies_see(parameters, true, key)
    sigmas = {"a": 0.4, "b": 0.08, "c": 0.08 / 3.0, "school": 0.08 * 10**0.5}
    for c, name in enumerate(PLACES.ids):
        off = max(-0.5, min(0.5, sigmas[name] * normal(key, name, 1)))
        counted = min(true.youth[c] * (1.0 + off), true.population[c])
        assert seen.youth[c] == pytest.approx(counted, rel=1e-9)
        older = true.youth_12_17[c] * counted / true.youth[c]
        assert seen.youth_12_17[c] == pytest.approx(older, rel=1e-9)


def shown(world: World, policy: Policy) -> Any:
    """What a policy is shown when it first allocates."""
    return view_of_record(Simulation(world, policy), policy, 0)


def test_rules_count_by_the_census_and_oracles_by_the_truth() -> None:
    """Weights per youth, prices of education and posts go by counts; they are not per head now."""
    world = begun(uneven(attention__reading="even"), PLACES)
    counted = as_agencies_see(world.parameters, world.region, world.state.world)
    by_youth = policies.per_youth()
    view = shown(world, by_youth)
    assert view.youth.tolist() == counted.youth.tolist()
    assert view.youth_12_17.tolist() == counted.youth_12_17.tolist()
    per_head = view.youth / view.population
    assert np.ptp(per_head[:3]) > 0.001
    planner = shown(world, policies.planned_portfolio())
    assert isinstance(planner, PlanningView) and not isinstance(planner, OraclePlanningView)
    assert planner.youth.tolist() == counted.youth.tolist()
    oracle = shown(world, policies.full_oracle())
    assert oracle.youth.tolist() == world.region.youth.tolist()
    by_class = np.array(world.parameters.assessment.investigators)[PLACES.place_class]
    posts = by_class * counted.youth / 1e5 / world.parameters.assessment.utilisation
    assert world.investigators == pytest.approx(posts, rel=1e-12)


def test_the_error_of_the_census_moves_no_truth_where_posts_do_not_follow_it() -> None:
    """The same youth in the same weeks, whatever the census says; rules divide money otherwise."""
    spells, dollars = [], []
    for error in (0.0, 0.1):
        parameters = uneven(
            agency__youth_error=error, assessment__posts="solved", switches__feedback=False
        )
        world = draw_world(parameters, PLACES, years=1)
        spells.append(run_policy(world, policies.none()).truth.spells.tobytes())
        dollars.append(run_policy(world, policies.per_youth()).spending.allocated)
    assert spells[0] == spells[1]
    assert not np.allclose(*dollars)


# --------------------------------------------------------------------------- the plain model


def factors_of_engine(parameters: Parameters, replicates: int) -> tuple[FloatArray, FloatArray]:
    """True over the table's youth and counted over true youth: (replicates, C) each."""
    true, counted = [], []
    for replicate in range(replicates):
        key = world_key(1, 0, replicate)
        there = with_true_youth(parameters, PLACES, key)
        true.append(there.youth / PLACES.youth)
        counted.append(as_agencies_see(parameters, there, key).youth / there.youth)
    return np.array(true), np.array(counted)


def test_the_plain_model_draws_youth_alike() -> None:
    """Means, spreads and common parts of both factors agree with the engine's over 2,000 draws."""
    n, parameters = 2000, uneven(agency__youth_error=0.08)
    model = build(parameters, PLACES)
    plain = np.array([draw_true_youth(model, PLACES) for _ in range(n)])
    counted = np.array([draw_counted_youth(model, model.region) for _ in range(n)])
    engine, engine_counted = factors_of_engine(parameters, n)
    for one, other in ((plain, engine), (counted[:, :3], engine_counted[:, :3])):
        error = np.sqrt((one.var(axis=0) + other.var(axis=0)) / n)
        assert (abs(one.mean(axis=0) - other.mean(axis=0)) < SIGMAS * error).all()
        assert one.std(axis=0) == pytest.approx(other.std(axis=0), rel=SIGMAS / n**0.5)
    gap = np.corrcoef(plain.T)[:3, :3] - np.corrcoef(engine.T)[:3, :3]
    assert abs(gap).max() < SIGMAS * (2.0 / n) ** 0.5
