"""A stand-in for the engine: right shapes, made-up numbers, instant. For tests of experiments/."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from streetlight.experiments.experiment import ComparedMetric, Experiment, Future
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.running.cells import Engine
from streetlight.experiments.running.runner import run
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import build
from streetlight.model.names import LEVER_INDEX
from streetlight.model.parameters import Parameters

COUNTED = ("first_onsets", "known", "identified", "reports", "knew", "published")
#: Columns that are there and hold nothing.
EMPTY = ("false_reports", "investigated", "false_investigated", "served", "true_onsets")
YEARS = ("true_active_person_years", "spending", "allocated")
SERIES = (
    *("active", "onsets", "known", "reports", "false_reports", "identified", "published"),
    "backlog",
)


@dataclass
class World:
    """What a run shares: the numbers it was drawn for."""

    region: Region
    years: int
    key: str
    future: str


@dataclass
class History:
    """A run: its world and policy."""

    world: World
    policy: Any


@dataclass
class Summary:
    """The five tables, as `outcomes.Summary` has them."""

    metrics: dict[str, float]
    communities: dict[str, np.ndarray]
    series: dict[str, np.ndarray]
    levers: dict[str, Any]
    groups: dict[str, np.ndarray]


def draw_world(parameters, region, *, seed, future, replicate, years, shocks=()) -> World:
    """A world is its name."""
    del parameters, shocks
    return World(region, years, f"{seed}/{future}/{replicate}", future)


def run_policy(world: World, policy: Any) -> History:
    """Nothing happens."""
    return History(world, policy)


def summarise(history: History, baseline: History) -> Summary:
    """Numbers that depend on world, policy and nothing else."""
    assert history.world is baseline.world
    world = history.world
    digest = hashlib.sha256(f"{world.key}/{history.policy.budget}".encode()).digest()
    rng = np.random.default_rng(list(digest))
    n = world.region.n_communities
    metrics = {name: float(rng.normal(100, 5)) for name in METRICS}
    if history is baseline:
        metrics["averted_person_years"] = 0.0
    metrics["misallocation"] = float("nan")
    metrics["spending"] = 1000.0 * history.policy.budget
    spent = rng.random(3) if history.policy.budget else np.zeros(0)
    return Summary(
        metrics=metrics,
        communities={name: rng.integers(0, 9, n) for name in COUNTED}
        | {name: rng.random(n) for name in YEARS}
        | {name: np.zeros(n, dtype=int) for name in EMPTY},
        series={name: rng.random((36 + 12 * world.years, 4)) for name in SERIES},
        levers={
            "year": np.arange(len(spent)),
            "community": np.zeros(len(spent), dtype=int),
            "lever": [LEVER_INDEX[one] for one in ("training", "campaign", "channel")][
                : len(spent)
            ],
            "spent": spent,
            "units": spent / 2,
        },
        groups={"exploitation_type": np.repeat(np.arange(3), 3), "gender": np.tile(np.arange(3), 3)}
        | {name: rng.integers(0, 9, 9) for name in COUNTED[1:3]}
        | {name: rng.random(9) for name in YEARS[:1]},
    )


def failing_run_policy(world: World, policy: Any) -> History:
    """One policy fails in one world."""
    if policy.name == "per_youth" and world.key.endswith("/1"):
        raise ZeroDivisionError("on purpose")
    return History(world, policy)


def failing_draw_world(parameters, region, *, seed, future, replicate, years, shocks=()) -> World:
    """One world cannot be drawn."""
    if future == "dry":
        raise RuntimeError("no world")
    return draw_world(
        parameters, region, seed=seed, future=future, replicate=replicate, years=years
    )


def slow_run_policy(world: World, policy: Any) -> History:
    """A run that takes a moment."""
    time.sleep(0.1)
    return History(world, policy)


def dying_run_policy(world: World, policy: Any) -> History:
    """A worker that is killed, as for want of memory."""
    if policy.name == "per_youth":
        import os

        os._exit(9)
    return History(world, policy)


#: Standard deviation of a policy's own luck in each future; that of the world is 10.
OWN_LUCK = {"central": 1.0, "dry": 4.0}


def paired_summarise(history: History, baseline: History) -> Summary:
    """Person-years that share the luck of the world, and differ by a little of their own."""
    summary = summarise(history, baseline)
    world = history.world
    digest = hashlib.sha256(f"{world.key}/{history.policy.budget}".encode()).digest()
    shared = hashlib.sha256(world.key.encode()).digest()
    luck = 10.0 * np.random.default_rng(list(shared)).normal()
    own = OWN_LUCK[world.future] * np.random.default_rng(list(digest)).normal()
    summary.metrics["person_years"] = 1000.0 + luck + own
    return summary


def name_process() -> None:
    """Write the number of this process to the file that the environment names."""
    Path(os.environ["NAMED_PROCESS"]).write_text(str(os.getpid()), encoding="utf-8")


FAKE = Engine(draw_world, run_policy, summarise)
FAILING = Engine(draw_world, failing_run_policy, summarise)
DRY = Engine(failing_draw_world, run_policy, summarise)
SLOW = Engine(draw_world, slow_run_policy, summarise)
PAIRED = Engine(draw_world, run_policy, paired_summarise)
DYING = Engine(draw_world, dying_run_policy, summarise)


def small_experiment(**changes: Any) -> Experiment:
    """Two policies and the baseline, two futures, two replicates, five communities."""
    values: dict[str, Any] = {
        "name": "small",
        "title": "Small",
        "region": Region.synthetic(5, seed=1),
        "policies": (build("equal_shares", budget=0.25), build("per_youth", budget=0.5)),
        "horizon": 2,
        "futures": (Future("central", {}, Parameters()), Future("dry", {}, Parameters())),
        "metrics": (ComparedMetric.default("averted_person_years"),),
        "replications": 2,
        "seed": 3,
    }
    return Experiment(**(values | changes))


def unmerged(folder: Path, **changes: Any) -> Path:
    """A folder whose runs are all done, killed before its tables were written."""
    full = OSError(errno.ENOSPC, "no space left")
    with patch("streetlight.experiments.running.merging.Merger.write", side_effect=full):
        run(small_experiment(**changes), folder, workers=1, engine=FAKE, figures="none")
    return folder


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Everything a run writes but what may differ: manifest, log and lock."""
    exempt = ("manifest.json", "log.txt", ".lock")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in exempt and "stale" not in path.parts
    }
