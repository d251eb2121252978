"""Do the runs of one group: draw its world once, run the baseline, then every policy on it.

This is what a worker process does. It writes each run's results itself and returns only how it
went, because sending the tables home would cost more than the runs.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.design import Cell, Group
from experiments.experiment import Experiment
from experiments.store import Store


@dataclass(frozen=True)
class Engine:
    """The three functions of the model that a run needs; a test or study may put in its own.

    They must be importable by name, because they are sent to worker processes. compile: what to
    call once, before any worker starts, if something has to be compiled first.
    """

    draw_world: Callable[..., Any]
    run_policy: Callable[..., Any]
    summarise: Callable[..., Any]
    compile: Callable[[], Any] | None = None

    @classmethod
    def of_model(cls) -> Engine:
        """The engine in `model`."""
        from model import outcomes, simulation

        needed = None if is_compiled() else compile_kernels
        return cls(simulation.draw_world, simulation.run_policy, outcomes.summarise, needed)


def is_compiled() -> bool:
    """Whether the cache holds the week of this version of the model, the largest kernel."""
    from model import simulation

    week: Any = simulation.week
    cache: str | None = week.stats.cache_path
    return bool(cache) and any(Path(str(cache)).glob("simulation.week-*.nbc"))


def compile_kernels() -> None:
    """Compile every kernel by a run of four communities for a year."""
    from model.parameters import Parameters
    from model.policies import build
    from model.region import Region
    from model.simulation import draw_world, run_policy

    world = draw_world(Parameters(), Region.synthetic(4, seed=1), years=1)
    run_policy(world, build("per_youth"))


@dataclass(frozen=True)
class Failure:
    """A run that ended in an error."""

    run_id: str
    error: str
    traceback: str


@dataclass
class GroupReport:
    """How a group went: runs done, runs failed, seconds for the world and for the policies."""

    name: str
    done: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    world_seconds: float = 0.0
    policy_seconds: float = 0.0

    def failed(self, cells: tuple[Cell, ...] | list[Cell], error: Exception) -> None:
        """Note that cells failed with an error."""
        text = f"{type(error).__name__}: {error}"
        trace = "".join(traceback.format_exception(error))
        self.failures += [Failure(cell.run_id, text, trace) for cell in cells]


def run_group(
    experiment: Experiment,
    group: Group,
    store: Store,
    engine: Engine,
    stopped: Callable[[], bool] = lambda: False,
) -> GroupReport:
    """Do those runs of a group that the store does not have yet; stop between runs if asked to."""
    from experiments.tables import write_summary

    report = GroupReport(group.name)
    todo = [cell for cell in group.cells if not store.has(cell.key)]
    if not todo or stopped():
        return report
    start = time.perf_counter()
    try:
        world = engine.draw_world(
            group.future.parameters,
            experiment.region,
            seed=experiment.seed,
            future=group.future.name,
            replicate=group.replicate,
            years=experiment.horizon,
            shocks=group.future.shocks,
        )
    except Exception as error:  # whatever it is, other groups go on
        report.failed(todo, error)
        return report
    report.world_seconds = time.perf_counter() - start
    start = time.perf_counter()
    baseline: Any = None
    for cell in [group.cells[0], *(cell for cell in todo if cell is not group.cells[0])]:
        if stopped():
            break
        is_baseline = cell is group.cells[0]
        try:
            history = engine.run_policy(world, cell.policy)
            baseline = history if is_baseline else baseline
            if cell in todo:
                write_summary(store.cell(cell.key), engine.summarise(history, baseline))
                report.done.append(cell.run_id)
            del history  # before the next one is made: it is the largest thing here
        except Exception as error:
            if is_baseline:  # nothing can be compared without it
                report.failed(todo, error)
                break
            report.failed([cell], error)
    report.policy_seconds = time.perf_counter() - start
    return report
