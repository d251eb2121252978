"""How many million keyed draws a world and a policy run cost, on this machine and at this moment.

    python -m pytest tests/benchmarks -p no:xdist --benchmark-json speed.json

Ratios (`extra_info.million_draws` of the file), because seconds say more about the machine than
about the code.  Where processes share the work each is run once and nothing is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streetlight import policies
from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import the_central_future
from streetlight.experiments.quick import every_kth_by_size
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.runner import run
from streetlight.model.communities.region import Region
from streetlight.model.compiled import kernel
from streetlight.model.draws import uniforms
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import draw_world, run_policy

YEARS = 10
MILLION = 1_000_000


@kernel
def draw_many(world, n):
    """The sum of the first lanes of n draws."""
    total = 0.0
    for i in range(n):
        total += uniforms(world, world, i, 1, 0, 0)[0]
    return total


def million_draws() -> float:
    """Seconds of a million keyed draws: the best of five."""
    key = np.array([1, 2], np.uint32)
    assert draw_many(key, MILLION) == pytest.approx(MILLION / 2, rel=0.01)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        draw_many(key, MILLION)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def measure(benchmark: Any, work: Callable[[], Any]) -> Any:
    """Run it; where benchmarks are enabled, note its best time in million draws."""
    done = benchmark(work)
    if benchmark.stats is not None:
        benchmark.extra_info["million_draws"] = benchmark.stats.stats.min / million_draws()
    return done


def counties() -> Region:
    """150 counties of all sizes."""
    return every_kth_by_size(Region.us_counties(), 150)


def test_world(benchmark: Any) -> None:
    """A world of 150 counties: nineteen years of first spells drawn, nine of them run."""
    world = measure(benchmark, lambda: draw_world(Parameters(), counties(), years=YEARS))
    assert world.n_first_spells > 30_000


def test_policy(benchmark: Any) -> None:
    """Ten policy years of 150 counties, in a world drawn before."""
    world = draw_world(Parameters(), counties(), years=YEARS)
    policy = policies.per_youth(budget=0.50)
    history = measure(benchmark, lambda: run_policy(world, policy))
    assert history.spending.spent.sum() > 0.0


def test_runs_of_a_small_study(benchmark: Any, tmp_path: Path) -> None:
    """Nine plans of one world of 150 places, in one process, with their tables and comparison."""
    study = replace(
        load("wide_futures", quick=True), futures=the_central_future(), replications=1,
        precision=None,
    )  # fmt: skip
    folders = count()

    def work() -> Any:
        folder = tmp_path / str(next(folders))
        return run(study, folder, workers=1, progress=Progress("silent"), figures="none")

    assert measure(benchmark, work).n_done == 9


def test_planner(benchmark: Any) -> None:
    """The same ten years under a planner, which makes a plan a year."""
    world = draw_world(Parameters(), counties(), years=YEARS)
    policy = policies.planned_portfolio(budget=0.50)
    history = measure(benchmark, lambda: run_policy(world, policy))
    assert history.spending.spent.sum() > 0.0
