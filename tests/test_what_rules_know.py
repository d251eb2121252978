"""What rules know: poverty with a survey's error, silence that looks like zero, whose counts."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from plain_philox import luck
from small_worlds import SIGMAS, begun
from test_policies import record_view
from test_policy_library import big_view, weights

from streetlight import Region, policies
from streetlight.model.arrays import FloatArray
from streetlight.model.draws import world_key
from streetlight.model.money.policies import Policy
from streetlight.model.names import LEVER_INDEX
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import OraclePlanningView, PlanningView, RecordView
from streetlight.model.run.allocation import view_of_record
from streetlight.model.run.simulation import Simulation, draw_world, run_policy
from streetlight.model.world.census import as_agencies_see
from streetlight.model.world.world import World

CENSUS = 23  # number of the decision
ECONOMIC = LEVER_INDEX["economic"]
#: Steps of four weeks: nothing here hangs on the step, and planners' expectations come sooner.
QUICK = {"time.steps_per_year": 13, "incidence.onset_rate": 2000.0}

PLACES = Region.of(
    ids=["village", "town", "city", "metropolis", "void"],
    population=[400, 10_000, 90_000, 4_000_000, 0],
    poverty_share=[0.9, 0.2, 0.3, 0.15, 0.2],
)


TOWNS = PLACES.select(ids=["village", "town", "city"])


def world_of(**values: Any) -> World:
    """A world of three places at its first step; a__b stands for parameter a.b."""
    changed = {name.replace("__", "."): value for name, value in values.items()}
    return begun(Parameters().with_values(QUICK | changed), TOWNS)


def shown(world: World, policy: Policy | None = None) -> RecordView:
    """What a policy is shown when it first allocates."""
    policy = policy or policies.per_youth()
    return view_of_record(Simulation(world, policy), policy, 0)


def read(region: Region, key: Any, error: float | None = None) -> FloatArray:
    """Poverty shares of census data in the world of a key, with the default error or another."""
    values = {} if error is None else {"agency.poverty_error": error}
    return as_agencies_see(Parameters().with_values(values), region, key).poverty_share


# ------------------------------------------------------------------------------- poverty


@pytest.mark.parametrize("replicate", range(6))
def test_poverty_is_read_with_an_error_worked_by_hand(replicate: int) -> None:
    """Rules see the truth plus a normal of the community times a standard error, from 0 to 1."""
    key = world_key(0, "central", replicate)
    errors = {"village": 0.3, "town": 0.06, "city": 0.02, "metropolis": 0.005, "void": 6.0}
    seen = read(PLACES, key, 0.06)
    for c, name in enumerate(PLACES.ids):
        u = luck(key, PLACES.keys[c], 0, CENSUS, 0, 0)[0]
        by_hand = PLACES.poverty_share[c] + errors[name] * NormalDist().inv_cdf(u)
        assert seen[c] == pytest.approx(min(1.0, max(0.0, by_hand)), rel=1e-9, abs=1e-12), name


def test_errors_of_many_places_have_the_stated_spread() -> None:
    """By default the standard error is 4 points in places of 10,000 people, and nothing leans."""
    n = 2000
    region = Region.of(
        ids=[f"{c:04d}" for c in range(n)], population=[10_000] * n, poverty_share=[0.4] * n
    )
    errors = read(region, world_key(0, 0, 0)) - 0.4
    assert abs(errors.mean()) < SIGMAS * 0.04 / n**0.5
    assert errors.std() == pytest.approx(0.04, abs=SIGMAS * 0.04 / (2 * n) ** 0.5)


def test_an_error_of_0_leaves_poverty_as_it_is() -> None:
    """Switched off, rules read the true share to the bit, in the largest place too."""
    assert read(PLACES, world_key(0, 0, 0), 0.0).tolist() == PLACES.poverty_share.tolist()


def test_an_error_belongs_to_the_world_and_the_place_alone() -> None:
    """Fewer places leave it as it is, another replicate has another, and every policy the same."""
    here = [PLACES.ids.index(name) for name in TOWNS.ids]
    world = world_of()
    key = world.state.world
    some = read(TOWNS, key)
    assert some.tolist() == read(PLACES, key)[here].tolist()
    assert not np.isin(some, read(TOWNS, world_key(0, 0, 1))).any()
    for policy in (policies.per_youth(), policies.equal_shares(budget=9.0)):
        assert shown(world, policy).poverty_share.tolist() == some.tolist()


def test_truth_knows_nothing_of_the_error() -> None:
    """The same youth in the same weeks, and the same effect of money that does not read poverty."""
    region = Region.synthetic(6, seed=2, population=60_000)
    spells, dollars = [], []
    for error in (0.0, 0.08):
        values = QUICK | {"agency.poverty_error": error}
        world = draw_world(Parameters().with_values(values), region, years=2)
        by_head, by_need = (
            run_policy(world, policies.build(rule, mix={"economic": 1.0}))
            for rule in ("per_youth", "poverty_need")
        )
        spells.append(by_head.truth.spells.tobytes())
        dollars.append(by_need.spending.allocated)
    assert spells[0] == spells[1]
    assert not np.allclose(*dollars)


def test_planners_count_poor_youth_as_they_see_them_and_oracles_as_they_are() -> None:
    """Who can be reached with economic support follows the share that is read."""
    world = world_of()
    seen = shown(world, policies.planned_portfolio())
    assert isinstance(seen, PlanningView) and not isinstance(seen, OraclePlanningView)
    assert seen.poverty_share.tolist() != TOWNS.poverty_share.tolist()
    assert seen.prices.base[:, ECONOMIC] == pytest.approx(TOWNS.youth * seen.poverty_share)
    oracle = shown(world, policies.full_oracle())
    assert isinstance(oracle, OraclePlanningView)
    assert oracle.poverty_share.tolist() == TOWNS.poverty_share.tolist()
    assert oracle.prices.base[:, ECONOMIC] == pytest.approx(TOWNS.youth * TOWNS.poverty_share)


# ------------------------------------------------------------------------------- silence


def one_size(**changes: Any) -> RecordView:
    """50 places alike for five years, 8 reports a year where a place took part, else none.

    The first 25 always took part, the others in the last year only.
    """
    took_part = np.ones((50, 5))
    took_part[25:, :4] = 0.0
    alike = {"population": np.full(50, 1e5), "youth": np.full(50, 1e4), "youth_12_17": [7e3] * 50}
    return big_view(
        50, published_reports=8.0 * took_part, **{"takes_part": took_part, **alike, **changes}
    )


def test_silence_that_is_not_known_counts_as_zero() -> None:
    """Known, all places are estimated alike; unknown, the silent ones below the others.

    A place of N a year publishes N / 5. Known: 8 a year everywhere, so 40 victimizations each; less
    is sure of those that are silent, by a hundredth. Unknown: five times as many in some places as
    in others: a gamma of shape 1.85 (log k - digamma(k) = log(24 / sqrt(40 x 8))), of which
    log(1.09) / log(1 + 1 / 1.85), a fifth, is put down to need.
    """
    known = weights("estimate_based", one_size())
    assert known == pytest.approx(np.full(50, 40.0 * 0.8), rel=0.02)
    unknown = weights("estimate_based", one_size(takes_part=np.ones((50, 5))))
    loud, silent = unknown[:25], unknown[25:]
    assert np.ptp(loud) == pytest.approx(0.0, abs=1e-9) == np.ptp(silent)
    assert loud[0] / silent[0] == pytest.approx(5.0**0.2, rel=0.05)


def test_rules_are_not_told_who_is_silent_unless_it_is_known() -> None:
    """With `silence_known` off every place seems to have taken part, and planners plan on."""
    region = Region.synthetic(12, seed=2, population=120_000)
    dollars = []
    for known in (True, False):
        values = QUICK | {
            "recording.silence_known": known, "recording.publish_small": 0.5,
            "recording.publish_large": 0.5,
        }  # fmt: skip
        world = draw_world(Parameters().with_values(values), region, years=1)
        assert shown(world).takes_part.all() != known
        for rule in ("estimate_based", "thompson_sampling", "planned_portfolio"):
            spent = run_policy(world, policies.build(rule)).spending.allocated
            assert np.isfinite(spent).all() and spent.sum() > 0.0
            dollars.append(spent)
    assert not any(np.allclose(a, b) for a, b in zip(dollars[:3], dollars[3:], strict=True))


def test_silence_is_taken_for_need_where_little_happens() -> None:
    """Four towns alike, each reporting a quarter of what happens: all goes to the one in peace.

    40, 40, 40 and 4 victimizations a year make 30, 30, 30 and 3 reports in three years. By youth
    each should have 23.25, which only the last falls short of.
    """
    quarter = np.array([40.0, 40.0, 40.0, 4.0]) / 4.0
    alike: dict[str, Any] = {
        "population": [50_000] * 4, "youth": [5_000] * 4, "youth_12_17": [3_750] * 4,
        "poverty_share": [0.2] * 4, "place_class": [2] * 4, "takes_part": np.ones((4, 3)),
        "published_identified": np.zeros((4, 3)), "spent": np.zeros((4, 3, len(LEVER_INDEX))),
    }  # fmt: skip
    view = record_view(published_reports=np.repeat(quarter[:, None], 3, axis=1), **alike)
    assert weights("silence_targeted", view) == pytest.approx([0, 0, 0, 20.25 * 23.25 / 28.25])


# -------------------------------------------------------------------------- whose counts


def by_agency() -> RecordView:
    """The four communities of tests/test_policies.py with what each agency published."""
    counts = np.zeros((4, 2, 4))
    counts[:, 0, 0] = [40, 9, 0, 0]
    counts[:, 1] = [[30, 50, 20, 0], [6, 0, 1, 0], [4, 0, 0, 0], [0, 0, 0, 0]]
    return record_view(published_by_agency=counts)


def test_police_counts_are_those_of_police() -> None:
    """30, 6, 4 and 0 last year, of mean 10, whatever others and earlier years have."""
    assert weights("police_counts", by_agency()) == pytest.approx([31, 7, 5, 1])
    assert weights("police_counts", by_agency(), added=0.5) == pytest.approx([35, 11, 9, 5])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("last_years_identified", [12, 2, 2, 4]), ("cumulative_identified", [23, 13, 3, 5])],
)
def test_identified_are_followed_and_not_reports(rule: str, expected: list[float]) -> None:
    """10, 0, 0 and 2 last year and 10, 10, 0 and 0 before, plus a share of the mean."""
    identified = [[10, 10], [10, 0], [0, 0], [0, 2]]
    view = record_view(published_identified=identified)
    added = {"last_years_identified": 2.0 / 3.0, "cumulative_identified": 3.0 / 8.0}[rule]
    assert weights(rule, view, added=added) == pytest.approx(expected)
    more = replace(view, published_reports=np.full((4, 2), 99.0))
    assert weights(rule, more, added=added) == pytest.approx(expected)


COUNT_RULES = (
    "last_years_counts", "cumulative_counts", "corrected_counts", "thinned_counts",
    "last_years_identified", "cumulative_identified", "police_counts",
)  # fmt: skip


@pytest.mark.parametrize("rule", COUNT_RULES)
def test_where_nothing_was_published_all_get_the_same(rule: str) -> None:
    """No mean to take a share of: equal weights, with and without something added."""
    nothing = {"published_reports": np.zeros((4, 2)), "published_identified": np.zeros((4, 2))}
    for added in (0.0, 0.1):
        assert weights(rule, record_view(**nothing), added=added).tolist() == [1.0] * 4


@pytest.mark.parametrize("volume", [0.01, 1.0, 1000.0])
def test_the_equal_part_does_not_hang_on_how_much_is_published(volume: float) -> None:
    """With a tenth of the mean added, places without a report share in 1/11 of the money."""
    counts = volume * np.array([[90.0, 100.0], [9.0, 7.0], [5.0, 0.0], [0.0, 0.0]])
    for rule in ("last_years_counts", "cumulative_counts", "corrected_counts"):
        given = weights(rule, record_view(published_reports=counts))
        assert given[3] / given.sum() == pytest.approx(1.0 / 11.0 / 4.0)


def test_bands_begin_where_they_say() -> None:
    """A place of exactly 10,000, 50,000 or 250,000 people is in the next band."""
    view = record_view(population=[9_999, 10_000, 50_000, 250_000], youth=[100] * 4)
    assert weights("small_towns_first", view) == pytest.approx([85, 50, 15, 3])
    mine = weights("small_towns_first", view, under_10000=1.0, larger=0.0)
    assert mine == pytest.approx([100, 50, 15, 0])
