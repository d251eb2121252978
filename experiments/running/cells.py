"""Do the runs of one group: draw its world once, run the baseline, then every policy on it.

This is what a worker process does. It writes the results of its runs itself, together, and returns
only how it went, because sending the tables home would cost more than the runs.
"""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.design import Cell, RunGroup, code_hash
from streetlight.experiments.running.disk import of_disk
from streetlight.experiments.running.store import Store
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, visible
from streetlight.model.money.asking import TooSlow, rules_within

if TYPE_CHECKING:
    from pyarrow import Table


#: Seconds that a rule of the user's own may take over the answer of one year.
RULE_SECONDS = 300.0
#: Runs of a group are written together, but not later than after so many bytes or seconds: so much
#: is held in memory, and lost when a worker is killed.
HELD_BYTES, HELD_SECONDS = 64e6, 30.0


@dataclass(frozen=True)
class Engine:
    """The three functions of the model that a run needs; a test or study may put in its own.

    They must be importable by name, because they are sent to worker processes. compile: what to
    call once, before any worker starts, if something has to be compiled first; ahead: what a worker
    calls meanwhile, to compile some of it.
    """

    draw_world: Callable[..., Any]
    run_policy: Callable[..., Any]
    summarise: Callable[..., Any]
    compile: Callable[[], Any] | None = None
    ahead: Callable[[], Any] | None = None

    @classmethod
    def of_model(cls) -> Engine:
        """The engine in `model`."""
        from streetlight.model import outcomes
        from streetlight.model.run import simulation
        from streetlight.model.week.compile_ahead import compile_phases

        needed = (None, None) if is_compiled() else (compile_kernels, compile_phases)
        return cls(simulation.draw_world, simulation.run_policy, outcomes.summarise, *needed)


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
    """What all groups of an experiment share.

    code: the version of the model it is meant for; metrics: those of the user's own, by name;
    rule_seconds: how long a rule may take over one answer, None for as long as it likes; too_slow:
    policies whose rule took longer here, and is not asked again.
    """

    region: Region
    horizon: int
    seed: int
    store: Store
    engine: Engine
    code: str
    metrics: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    rule_seconds: float | None = None
    too_slow: set[str] = field(default_factory=set)

    @classmethod
    def of(
        cls, experiment: Experiment, store: Store, engine: Engine, rule_seconds: float | None = None
    ) -> Job:
        """The job of an experiment, by the model as it is here."""
        return cls(
            experiment.region, experiment.horizon, experiment.seed, store, engine, code_hash(),
            experiment.own_metrics(), rule_seconds,
        )  # fmt: skip

    def tables(self, history: Any, baseline: Any) -> dict[str, Table]:
        """The tables of a run."""
        return tables_of_run(self.engine, self.metrics, history, baseline)


def tables_of_run(
    engine: Engine, metrics: Mapping[str, Callable[..., Any]], history: Any, baseline: Any
) -> dict[str, Table]:
    """The tables of a run, with the user's own metrics; history: what was run."""
    from streetlight.experiments.running.tables import cell_tables

    summary = engine.summarise(history, baseline)
    for name, function in metrics.items():
        summary.metrics[name] = own_value(name, function, history, baseline)
    return cell_tables(summary)


def own_value(name: str, function: Callable[..., Any], history: Any, baseline: Any) -> float:
    """What a metric of the user's own says of a run; InputError when it is no number."""
    try:
        found = function(history, baseline)
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        raise InputError(f'metric "{name}": failed: {error!r}') from error
    try:
        value = math.nan if isinstance(found, (str, bool)) else float(found)
    except (TypeError, ValueError, OverflowError):
        value = math.inf
    if isinstance(found, (str, bool)) or math.isinf(value):
        shown = visible(repr(found))[:60]
        raise InputError(f'metric "{name}": returned {shown}: must be a number, or nan')
    return value


@dataclass(frozen=True)
class Task:
    """A group, and those of its runs that are to be done."""

    group: RunGroup
    todo: tuple[Cell, ...]


@dataclass
class GroupReport:
    """How a group went: runs done, runs failed, seconds for the world and for the policies.

    parts: names of the parts that the runs done were written to; trouble: why nothing more can be
    done at all (a full disk, other code on a worker), or "".
    """

    name: str
    done: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
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
        with rules_within(job.rule_seconds):
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


class Unwritten:
    """Runs of a group that are done and not written yet."""

    def __init__(self, store: Store, report: GroupReport) -> None:
        self.cells, self.report = store.folder / "cells", report
        self.names: list[str] = []
        self.tables: dict[str, dict[str, Table]] = {}
        self.bytes, self.since = 0, time.monotonic()

    def add(self, cell: Cell, tables: dict[str, Table]) -> None:
        """Hold a run, and write all there are when it is time to."""
        self.names.append(cell.run_id)
        self.tables[cell.key] = tables
        self.bytes += sum(table.nbytes for table in tables.values())
        if self.bytes > HELD_BYTES or time.monotonic() - self.since > HELD_SECONDS:
            self.write()

    def write(self) -> None:
        """Write them, and report them as done; OSError when that cannot be."""
        from streetlight.experiments.running.tables import write_runs

        if self.tables:
            part = write_runs(self.cells, list(self.tables.items()))
            self.report.parts.append(part.id)
        self.report.done += self.names
        self.names, self.tables, self.bytes, self.since = [], {}, 0, time.monotonic()


def _run_policies(
    job: Job, task: Task, world: Any, report: GroupReport, stopped: Callable[[], bool]
) -> None:
    """Run the baseline, then the other policies of a task, and write what is to be done."""
    held = Unwritten(job.store, report)
    _run_all(job, task, world, held, stopped)
    held.write()


def _run_all(
    job: Job, task: Task, world: Any, held: Unwritten, stopped: Callable[[], bool]
) -> None:
    """The runs of a task one after the other, until it is asked to stop."""
    first = task.group.cells[0]
    made: set[str] = set()
    baseline: Any = None
    for cell in [first, *(cell for cell in task.todo if cell is not first)]:
        if stopped():
            return
        if cell.key in made:  # the same policy under another name
            held.names.append(cell.run_id)
            continue
        try:
            if cell.policy.name in job.too_slow:
                raise InputError("its rule gave no answer in time in an earlier run of this pass")
            history = job.engine.run_policy(world, cell.policy)
            baseline = history if cell is first else baseline
            tables = job.tables(history, baseline) if cell in task.todo else None
        except Exception as error:
            if comes_from(error, TooSlow):
                job.too_slow.add(cell.policy.name)
            if cell is first:  # nothing can be compared without it
                fail(job, held.report, task.todo, error)
                return
            fail(job, held.report, [cell], error)
            continue
        del history  # before the next one is made: it is the largest thing here
        if tables is not None:
            made.add(cell.key)
            held.add(cell, tables)


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
    return isinstance(error, OSError) or comes_from(error, MemoryError)


def comes_from(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether an error, or what it was raised from, is of a kind."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__
    return error is not None


def finished(report: GroupReport) -> set[str]:
    """Ids of the runs that a report says are done or have failed."""
    return {*report.done, *(failure.run_id for failure in report.failures)}
