"""Closed forms of posts that are seen, of who comes first, and of cases that lapse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from small_worlds import STEPS, assert_share, begun, cases_of, finished

from streetlight import policies
from streetlight.model.arrays import IntArray, Table
from streetlight.model.communities.region import Region
from streetlight.model.names import Outcome, Tally
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import Simulation, draw_world

#: Eight times the usual incidence, and posts that do not know: strong evidence goes first, and what
#: has waited half a year is let go.
OVERLOADED: dict[str, Any] = {
    "incidence.normalise": "region", "incidence.onset_rate": 1600.0, "attention.reading": "even",
    "switches.feedback": False, "switches.publicity": False, "assessment.posts": "seen",
    "assessment.investigators": (0.7, 0.6, 0.5, 0.4), "assessment.utilisation": 0.9,
    "assessment.investigations_per_month": 4.5, "assessment.discipline": "strength",
    "assessment.triage_accuracy": 0.7, "assessment.lapse_weeks": 26.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def overloaded() -> Simulation:
    """A region of 60 places after its last week, 13 years from the first."""
    region = Region.synthetic(60, seed=5, population=6e6)
    world = draw_world(Parameters().with_values(OVERLOADED), region, years=4)
    return finished(Simulation(world, policies.none()))


def queued(sim: Simulation) -> Table:
    """Cases that were screened in."""
    cases = cases_of(sim)
    return cases[cases["outcome"] != Outcome.SCREENED_OUT]


def pool_of(sim: Simulation, cases: Table) -> IntArray:
    """The investigation region of each case."""
    return np.asarray(sim.state.communities["pool"][cases["community"]])


def test_seen_posts_follow_class_and_youth(overloaded: Simulation) -> None:
    """Capacity is that of posts by class and youth, whatever they are asked for."""
    region, state = overloaded.world.region, overloaded.state
    posts = np.array([0.7, 0.6, 0.5, 0.4])[region.place_class] * region.youth / 1e5 / 0.9
    capacity = np.bincount(state.communities["pool"], posts * 4.5 * 12 / STEPS)
    np.testing.assert_allclose(state.pools["capacity"], capacity, rtol=1e-12)
    assert len(queued(overloaded)) > 4.0 * capacity.sum() * 13 * STEPS


def test_overloaded_posts_open_what_they_can(overloaded: Simulation) -> None:
    """In the seven years of the record each pool opens its capacity, to less than a case."""
    state, record = overloaded.state, overloaded.clock.filling_years
    begun = state.yearly[Tally.INVESTIGATED] + state.yearly[Tally.FALSE_INVESTIGATED]
    of_pool = np.bincount(state.communities["pool"], begun[record:].sum(axis=0))
    assert (np.abs(of_pool - state.pools["capacity"] * 7 * STEPS) < 1.0).all()


def test_a_case_lapses_after_26_weeks(overloaded: Simulation) -> None:
    """None is opened after so long, none waits longer, and those let go waited just so long."""
    cases, last = queued(overloaded), overloaded.clock.n_steps - 1
    started = cases[cases["investigated"] >= 0]
    assert (started["investigated"] - started["opened"]).max() == 25
    waiting = cases[cases["outcome"] == Outcome.WAITING]
    assert (last - waiting["opened"]).max() == 25
    lapsed = cases[cases["outcome"] == Outcome.LAPSED]
    assert len(lapsed) > 1000
    assert (lapsed["closed"] - lapsed["opened"] == 26).all()


def test_where_nobody_investigates_every_case_lapses() -> None:
    """From the very first case of a world on: none waits longer than 26 weeks."""
    none = OVERLOADED | {
        "assessment.investigators": (0.0, 0.0, 0.0, 0.0), "assessment.screen_in": 1.0,
        "assessment.screen_in_sd": 0.0,
    }  # fmt: skip
    region = Region.synthetic(3, seed=5, population=2e6)
    world = begun(Parameters().with_values(none), region, burn_in_years=3)
    world.state.pools["credit"] = 0.0  # pools begin with one investigation
    sim = finished(Simulation(world, None))
    cases, last = queued(sim), sim.last_step - 1
    assert cases_of(sim)["outcome"][0] == Outcome.LAPSED
    assert len(cases) > 100 and (cases["investigated"] < 0).all()
    assert (cases["opened"][cases["outcome"] == Outcome.WAITING] > last - 26).all()


def test_every_case_that_no_post_opened_is_somewhere(overloaded: Simulation) -> None:
    """It still waits, has lapsed, or its spell has ended; backlogs are what waits."""
    cases = queued(overloaded)
    unopened = cases[cases["investigated"] < 0]
    assert set(unopened["outcome"].tolist()) == {
        Outcome.WAITING, Outcome.LAPSED, Outcome.SPELL_ENDED,
    }  # fmt: skip
    waiting = cases[cases["outcome"] == Outcome.WAITING]
    pools = overloaded.state.pools
    backlog = np.bincount(pool_of(overloaded, waiting), minlength=len(pools))
    assert backlog.tolist() == pools["backlog"].tolist()


def test_a_queue_is_worked_off_oldest_first(overloaded: Simulation) -> None:
    """Of equal evidence nobody who came in an earlier step is opened after one who came later."""
    cases = queued(overloaded)
    cases = cases[cases["investigated"] >= 0]
    queue = 16 * pool_of(overloaded, cases) + cases["rank"]
    for q in np.unique(queue):
        mine = cases[queue == q]
        by_arrival = np.lexsort((mine["investigated"], mine["opened"]))
        assert (np.diff(mine["investigated"][by_arrival]) >= 0).all()


def test_nobody_is_opened_while_stronger_evidence_waits(overloaded: Simulation) -> None:
    """A case is opened only in a step in which the queues before its own are emptied."""
    cases = queued(overloaded)
    left = np.where(cases["investigated"] >= 0, cases["investigated"], cases["closed"])
    left[left < 0] = overloaded.clock.n_steps  # the step in which a case leaves its queue
    pool = pool_of(overloaded, cases)
    for p in np.unique(pool):
        mine, gone = cases[pool == p], left[pool == p]
        for case in mine[mine["investigated"] >= 0]:
            step = case["investigated"]
            waits = (mine["opened"] <= step) & (gone > step)
            assert not (waits & (mine["rank"] < case["rank"])).any()


def test_strength_of_evidence_is_normal(overloaded: Simulation) -> None:
    """False cases join sixteen queues alike; true ones as evidence of mean sqrt(2) z(0.7) does."""
    cases = cases_of(overloaded)
    mean = math.sqrt(2.0) * stats.norm.ppf(0.7)
    exceeded = stats.norm.sf(stats.norm.isf(np.arange(17) / 16), loc=mean)
    for true, shares in ((True, np.diff(exceeded)), (False, np.full(16, 1 / 16))):
        ranks = np.bincount(cases["rank"][(cases["spell"] >= 0) == true], minlength=16)
        for rank in range(16):
            assert_share(ranks[rank], ranks.sum(), shares[rank])
