"""Do the runs of one group: draw its world once, run the baseline, then every policy on it.

This is what a worker process does. It writes each run's results itself and returns only how it
went, because sending the tables home would cost more than the runs.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from streetlight.experiments.running.design import Cell, RunGroup
from streetlight.experiments.running.store import Store, of_disk
from streetlight.model.communities.region import Region
from streetlight.model.errors import visible


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
        from streetlight.model import outcomes
        from streetlight.model.run import simulation

        needed = None if is_compiled() else compile_kernels
        return cls(simulation.draw_world, simulation.run_policy, outcomes.summarise, needed)


def is_compiled() -> bool:
    """Whether the cache holds the weeks of this version of the model, the largest kernel."""
    from streetlight.model.week import week

    weeks: Any = week.weeks
    cache: str | None = weeks.stats.cache_path
    return bool(cache) and any(Path(str(cache)).glob("*.weeks-*.nbc"))


def compiling() -> str:
    """What is said before kernels are compiled."""
    from streetlight.model import compiled

    if compiled.folder:
        return "compiling the model (the first time only, about half a minute)"
    return (
        "compiling the model (about half a minute, now and every time: no cache folder can be "
        "written to; set NUMBA_CACHE_DIR to one that can)"
    )


def compile_kernels() -> None:
    """Compile every kernel by a run of four communities for a year, and its tables."""
    from streetlight.model.communities.region import Region
    from streetlight.model.money.policies import build
    from streetlight.model.outcomes import summarise
    from streetlight.model.parameters import Parameters
    from streetlight.model.run.simulation import draw_world, run_policy

    world = draw_world(Parameters(), Region.synthetic(4, seed=1), years=1)
    history = run_policy(world, build("per_youth"))
    summarise(history, history)
    history.record.other_calls()  # drawn for nobody else


@dataclass(frozen=True)
class Failure:
    """A run that ended in an error."""

    run_id: str
    error: str
    traceback: str


@dataclass(frozen=True)
class Job:
    """What all groups of an experiment share; code is the version of the model it is meant for."""

    region: Region
    horizon: int
    seed: int
    store: Store
    engine: Engine
    code: str


@dataclass(frozen=True)
class Task:
    """A group, and those of its runs that are to be done."""

    group: RunGroup
    todo: tuple[Cell, ...]


@dataclass
class GroupReport:
    """How a group went: runs done, runs failed, seconds for the world and for the policies.

    trouble: why nothing more can be done at all (a full disk, other code on a worker), or "".
    """

    name: str
    done: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    world_seconds: float = 0.0
    policy_seconds: float = 0.0
    trouble: str = ""

    def failed(self, cells: Iterable[Cell], error: BaseException) -> None:
        """Note that cells failed with an error."""
        text = visible(f"{type(error).__name__}: {error}")
        trace = "".join(traceback.format_exception(error))
        self.failures += [Failure(cell.run_id, text, trace) for cell in cells]


def run_group(job: Job, task: Task, stopped: Callable[[], bool] = lambda: False) -> GroupReport:
    """Do the runs of a task; stop between runs if asked to.

    What goes wrong in a run is recorded in the store, so that it is not tried again unasked. What
    goes wrong with the machine (no memory, no space) is only reported.
    """
    group = task.group
    report = GroupReport(group.name)
    if stopped():
        return report
    start = time.perf_counter()
    try:
        world = draw(job, group)
    except Exception as error:  # whatever it is, other groups go on
        fail(job, report, task.todo, error)
        return report
    report.world_seconds = time.perf_counter() - start
    start = time.perf_counter()
    try:
        _run_policies(job, task, world, report, stopped)
    except OSError as error:  # from writing: a rule's own errors do not get here
        left = [cell for cell in task.todo if cell.run_id not in finished(report)]
        report.failed(left, error)
        report.trouble = of_disk(error)
    report.policy_seconds = time.perf_counter() - start
    return report


def draw(job: Job, group: RunGroup) -> Any:
    """The world of a group."""
    return job.engine.draw_world(
        group.future.parameters,
        job.region,
        seed=job.seed,
        future=group.future.name,
        replicate=group.replicate,
        years=job.horizon,
        shocks=group.future.shocks,
    )


def _run_policies(
    job: Job, task: Task, world: Any, report: GroupReport, stopped: Callable[[], bool]
) -> None:
    """Run the baseline, then the other policies of a task, and write what is to be done."""
    from streetlight.experiments.running.tables import cell_tables, write_tables

    first = task.group.cells[0]
    written: set[str] = set()
    baseline: Any = None
    for cell in [first, *(cell for cell in task.todo if cell is not first)]:
        if stopped():
            return
        if cell.key in written:  # the same policy under another name
            report.done.append(cell.run_id)
            continue
        try:
            history = job.engine.run_policy(world, cell.policy)
            baseline = history if cell is first else baseline
            tables = (
                cell_tables(job.engine.summarise(history, baseline)) if cell in task.todo else None
            )
        except Exception as error:
            if cell is first:  # nothing can be compared without it
                fail(job, report, task.todo, error)
                return
            fail(job, report, [cell], error)
            continue
        del history  # before the next one is made: it is the largest thing here
        if tables is not None:
            write_tables(job.store.cell(cell.key), tables)
            written.add(cell.key)
            report.done.append(cell.run_id)


def fail(job: Job, report: GroupReport, cells: Iterable[Cell], error: Exception) -> None:
    """Note that cells failed, and record it in the store unless the machine is to blame."""
    cells = list(cells)
    report.failed(cells, error)
    if is_of_machine(error):
        return
    for cell, failure in zip(cells, report.failures[-len(cells) :], strict=True):
        job.store.record_failure(cell.key, asdict(failure))


def is_of_machine(error: BaseException) -> bool:
    """Whether an error may be gone next time: no memory, or a file that could not be used.

    A rule's own errors arrive as causes of what the model says of them. An OSError among those is
    the rule's, which read or wrote something. Running out of memory is the machine's fault wherever
    it happens.
    """
    if isinstance(error, OSError):
        return True
    found: BaseException | None = error
    while found is not None and not isinstance(found, MemoryError):
        found = found.__cause__
    return found is not None


def finished(report: GroupReport) -> set[str]:
    """Ids of the runs that a report says are done or have failed."""
    return {*report.done, *(failure.run_id for failure in report.failures)}
