"""The probe behind `check`: on an engine whose clock we hold, the estimate is arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from fake_engine import FAKE, Engine, small_experiment

from streetlight.experiments.commands.check import (
    REPORT_BYTES,
    REPORT_SECONDS,
    START_SECONDS,
    costs,
    estimate,
    in_lines,
)
from streetlight.experiments.experiment import Precision
from streetlight.experiments.running.probe import (
    Probe,
    RunCost,
    growth,
    probe,
    representatives,
    scale_up,
)
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import blend, build, table

#: Seconds of a run by the name of its rule, for each community.
SECONDS = {"none": 0.001, "equal_shares": 0.002, "per_youth": 0.003, "planned_portfolio": 0.05}


@dataclass
class Clock:
    """A clock that the engine moves on."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def timed(clock: Clock, world: Callable[[str], float] = lambda future: 0.01) -> Engine:
    """The fake engine; a world takes `world(future)` a community, a run `SECONDS` a community."""

    def draw_world(parameters: Any, region: Region, **words: Any) -> Any:
        clock.now += world(words["future"]) * region.n_communities
        return FAKE.draw_world(parameters, region, **words)

    def run_policy(drawn: Any, policy: Any) -> Any:
        clock.now += SECONDS[policy.rule.__name__] * drawn.region.n_communities
        return FAKE.run_policy(drawn, policy)

    return Engine(draw_world, run_policy, FAKE.summarise)


def test_a_small_region_is_measured_whole() -> None:
    """World and runs have the seconds that the clock gave them; nothing is scaled."""
    clock = Clock()
    found = probe(small_experiment(), timed(clock), clock=clock)
    assert found.communities == 5
    assert found.world_seconds == pytest.approx(0.05)
    seconds = {name: one.run_seconds for name, one in found.policies.items()}
    assert seconds == pytest.approx({"none": 0.005, "equal_shares": 0.01, "per_youth": 0.015})
    assert all(one.bytes > one.runs_bytes > 1000 for one in found.policies.values())
    assert found.futures_factor == pytest.approx(1.0)


def test_a_larger_region_is_measured_whole_if_there_is_time() -> None:
    """With seconds to spare all 400 communities are tried, else as many as can be afforded."""
    region = Region.synthetic(400, seed=1)
    clock = Clock()
    found = probe(small_experiment(region=region), timed(clock), most_seconds=100, clock=clock)
    assert found.communities == 400
    assert found.policies["per_youth"].run_seconds == pytest.approx(1.2)
    clock = Clock()
    part = probe(small_experiment(region=region), timed(clock), most_seconds=5, clock=clock)
    assert part.communities == 150
    assert part.policies["per_youth"].run_seconds == pytest.approx(1.2, rel=0.25)
    assert clock.now == pytest.approx(11.164)  # the first size twice and its futures: no larger one


def test_scaling_is_by_youth_and_communities() -> None:
    """Seconds grow with the mean of the two, bytes with communities but for the table of runs."""
    whole = Region.of(
        ids=["a", "b", "c", "d"], population=[900] * 4, youth=[100, 100, 100, 500],
        poverty_share=[0.1] * 4,
    )  # fmt: skip
    part = whole.select(ids=["a", "b"])
    found = Probe("central", 2, 1.0, policies={"none": RunCost(2.0, 0.5, 1000.0, 400.0)})
    scale_up(found, part, whole)
    assert found.world_seconds == pytest.approx(3.0)  # twice the communities, four times the youth
    assert found.policies["none"] == RunCost(6.0, 1.0, 1600.0, 400.0)


def test_runs_of_many_communities_take_more_than_their_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As long as the caches hold all nothing grows; 32 times beyond them a community costs twice.

    A world of as many more communities takes its share: what it draws is drawn once.
    """
    assert growth(100) == growth(8000) == 1.0
    assert growth(32 * 8000) == pytest.approx(2.0)
    monkeypatch.setattr("streetlight.experiments.running.probe.CACHED", 2)
    whole = Region.synthetic(64, seed=1)
    part = whole.select(ids=whole.ids[:4])
    share = (16 + whole.total_youth / part.total_youth) / 2
    found = Probe("central", 4, 1.0, policies={"none": RunCost(1.0, 0.5, 1000.0, 400.0)})
    scale_up(found, part, whole)
    assert found.world_seconds == pytest.approx(share)
    assert found.policies["none"].run_seconds == pytest.approx(share * 16**0.2)
    assert found.policies["none"].write_seconds == 8.0


def test_policies_of_one_rule_are_run_once() -> None:
    """Two mixes of a rule share a measurement; a planner and a blend have their own."""
    spenders = (
        build("per_youth"),
        build("per_youth", mix="training_only", name="trainers"),
        build("planned_portfolio"),
    )
    clock = Clock()
    found = probe(small_experiment(policies=spenders), timed(clock), clock=clock)
    assert found.n_run == 3
    assert found.policies["trainers"] == found.policies["per_youth"]
    planned, plain = (found.policies[n].run_seconds for n in ("planned_portfolio", "per_youth"))
    assert planned / plain == pytest.approx(50 / 3)
    mixed = blend({build("per_youth"): 0.5, build("equal_shares"): 0.5}, name="both")
    assert mixed in representatives([*spenders, mixed])


def test_futures_with_more_to_do_count() -> None:
    """Worlds that take three times as long in one of two futures take twice as long in the mean."""
    clock = Clock()
    slow = {"central": 0.099, "dry": 0.299}  # with the baseline's 0.001: 0.1 and 0.3
    found = probe(small_experiment(), timed(clock, slow.__getitem__), clock=clock)
    assert found.futures_factor == pytest.approx(2.0)


def test_the_first_world_of_a_future_is_told_apart() -> None:
    """What is computed once a future is not counted for each of its worlds."""
    clock = Clock()
    plain, met = timed(clock), set()

    def draw_world(parameters: Any, region: Region, **words: Any) -> Any:
        key = (words["future"], region.n_communities)
        clock.now += 0.0 if key in met else 8.0
        met.add(key)
        return plain.draw_world(parameters, region, **words)

    engine = Engine(draw_world, plain.run_policy, plain.summarise)
    found = probe(small_experiment(), engine, most_seconds=100, clock=clock)
    assert found.world_seconds == pytest.approx(0.05)
    assert found.future_seconds == pytest.approx(8.0)
    assert found.futures_factor == pytest.approx(1.0)


def test_the_estimate_is_the_sum_of_its_parts() -> None:
    """Groups side by side in rounds, tables kept once without `runs`, start and figures once."""
    measured = Probe(
        "central", 5, 1.0, 2.0, 7.0,
        {name: RunCost(3.0, 0.5, 1e6, 4e5) for name in ("none", "equal_shares", "per_youth")},
    )  # fmt: skip
    found = costs(small_experiment(), 3, measured, 2)  # 4 worlds, 3 policies
    group = 2.0 * (1.0 + 3 * 3.0) + 3 * 0.5
    first = math.ceil(2 * 2 / 3) * 7.0  # two futures, each met by two of the three workers
    seconds = START_SECONDS + first + math.ceil(4 / 3) * group + 12 * 0.5 + REPORT_SECONDS
    assert found["minutes"] * 60 == pytest.approx(seconds)
    assert found["megabytes"] * 1e6 == pytest.approx(12 * 6e5 + REPORT_BYTES)
    assert (found["runs"], found["worlds"]) == (12, 4)


def test_a_replication_rule_gives_a_range() -> None:
    """From the least replicates to the most, in runs, minutes and megabytes."""
    rule = Precision("averted_person_years", 0.01, least=2)
    experiment = small_experiment(replications=10, precision=rule)
    clock = Clock()
    facts = estimate(experiment, 2, probe(experiment, timed(clock), clock=clock))
    assert (facts["runs"], facts["least"]["runs"]) == (60, 12)
    assert facts["least"]["minutes"] < facts["minutes"]
    lines = in_lines(experiment, facts)
    assert any("or as few as 12, with 2 replicates" in line for line in lines)
    assert any("seconds to " in line for line in lines)


def test_a_failing_policy_is_told_and_the_others_are_measured() -> None:
    """The baseline's error is passed on; that of another policy is noted."""

    def fails(world: Any, policy: Any) -> Any:
        if policy.name in failing:
            raise ZeroDivisionError("on purpose")
        return FAKE.run_policy(world, policy)

    failing = ["per_youth"]
    engine = Engine(FAKE.draw_world, fails, FAKE.summarise)
    found = probe(small_experiment(), engine)
    assert found.failures == {"per_youth": "ZeroDivisionError: on purpose"}
    assert list(found.policies) == ["none", "equal_shares"]
    failing = ["none"]
    with pytest.raises(ZeroDivisionError):
        probe(small_experiment(), engine)


def test_a_plan_that_is_a_table_is_tried_on_a_part_of_its_region() -> None:
    """The first part has four of the five communities: rows of the fifth are left out."""
    region = Region.synthetic(5, seed=1)
    seen: list[int] = []

    def run_policy(drawn: Any, policy: Any) -> Any:
        if policy.name == "today":
            seen.append(len(policy.rule.ids))
            assert set(policy.rule.ids) == set(drawn.region.ids)
        return FAKE.run_policy(drawn, policy)

    today = table(np.ones((1, 5, 1)), region.ids, region.population, name="today")
    engine = Engine(FAKE.draw_world, run_policy, FAKE.summarise)
    assert not probe(small_experiment(baseline=today), engine).failures
    assert set(seen) == {4, 5}
