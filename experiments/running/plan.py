"""What is to be done next: the groups of every future, batch by batch under a replication rule.

Futures do not wait for each other: as soon as the last run of a future's batch is in, it is decided
whether it has enough, and its next batch joins the end of the queue.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.cells import GroupReport, Task
from streetlight.experiments.running.design import Cell, RunGroup
from streetlight.experiments.running.parts import Kept
from streetlight.experiments.running.replication import (
    LOOKS,
    FutureRuns,
    checkpoints,
    enough,
    judged_rows,
    metrics_needed,
)
from streetlight.experiments.running.tables import read_metrics

#: So many futures a worker have to wait before one is given to one worker alone.
MANY_FUTURES = 4


@dataclass
class FuturePlan:
    """Where one future stands.

    n: its replicates so far asked for; waiting: replicates under way; settled: whether no more will
    be asked for; met: looks at which it was precise enough; reached: whether it was at the last
    look, None without a rule.
    """

    name: str
    groups: list[RunGroup]
    runs: FutureRuns
    n: int = 0
    stage: int = -1
    waiting: set[int] = field(default_factory=set)
    settled: bool = False
    met: int = 0
    reached: bool | None = None


class RunPlan:
    """The queue of tasks: `next` gives one, `note` takes its report; `settled` ends a future.

    results: the runs that are there; failed: keys of runs that failed before and are not to be
    repeated; on_settled: told of each future that needs no more replicates.
    """

    def __init__(
        self,
        experiment: Experiment,
        groups: Sequence[RunGroup],
        results: Kept,
        failed: Iterable[str] = (),
        on_settled: Callable[[FuturePlan], Any] = lambda future: None,
    ) -> None:
        self.precision = experiment.precision
        self.results = results
        self.there = {cell.key for group in groups for cell in group.cells if cell.key in results}
        self.kept = frozenset(self.there)
        self.failed = set(failed)
        self.on_settled = on_settled
        self.stages = checkpoints(experiment.precision, experiment.replications)
        self._metrics = metrics_needed(experiment) if self.precision else ()
        self._judged = judged_rows(experiment)
        shape = (len(experiment.all_policies()), experiment.replications)
        self.futures: dict[str, FuturePlan] = {}
        for future in experiment.futures:
            values = {name: np.full(shape, np.nan) for name in self._metrics}
            runs = FutureRuns(np.zeros(shape, dtype=bool), values)
            self.futures[future.name] = FuturePlan(future.name, [], runs)
        for group in groups:
            self.futures[group.future.name].groups.append(group)
        self._queue: deque[Task] = deque()
        self._queued: Counter[str] = Counter()  # tasks in it, by future
        for one in self.futures.values():
            self._go_on(one)

    def next(self, workers: int = 1) -> list[Task]:
        """The next tasks to do, for one worker of so many; none when there are none for now.

        What is expected of a future is computed by every worker that meets it, so while there are
        many futures one worker is given all that is queued of one. Towards the end workers share
        futures again, or one would wait for the other.
        """
        own = self._queue[0].group.future.name if self._queue else ""
        n = 1 if workers == 1 or len(self._queued) <= MANY_FUTURES * workers else self._queued[own]
        found = [self._queue.popleft() for _ in range(min(n, len(self._queue)))]
        self._queued -= Counter(task.group.future.name for task in found)
        return found

    def note(self, task: Task, report: GroupReport) -> None:
        """A task has ended; when it was the last of its future's batch, decide how to go on."""
        for name in report.parts:
            self.results.add(name)
        done, failed = set(report.done), {failure.run_id for failure in report.failures}
        for cell in task.todo:
            if cell.run_id in done:
                self.there.add(cell.key)
            elif cell.run_id in failed:
                self.failed.add(cell.key)
            else:
                return  # it was stopped; so is everything else
        future = self.futures[task.group.future.name]
        future.waiting.discard(task.group.replicate)
        if not future.waiting:
            self._go_on(future)

    def _go_on(self, future: FuturePlan) -> None:
        """Settle a future whose batch is complete, or queue its next batch that has runs to do."""
        while not future.waiting:
            if future.n:
                self._read(future)
            if future.n and self.precision is not None:
                future.reached = enough(self.precision, future.runs.first(future.n), self._judged)
                future.met += future.reached
            sure = future.reached and future.met >= LOOKS
            if sure or future.stage + 1 == len(self.stages):
                future.settled = True
                self.on_settled(future)
                return
            future.stage += 1
            before, future.n = future.n, self.stages[future.stage]
            for group in future.groups[before : future.n]:
                todo = tuple(
                    cell for cell in group.cells if cell.key not in self.there | self.failed
                )
                if todo:
                    future.waiting.add(group.replicate)
                    self._queue.append(Task(group, todo))
                    self._queued[future.name] += 1

    def _read(self, future: FuturePlan) -> None:
        """Read the values of those runs of a future that are there and not read yet."""
        if self.precision is None:
            return
        new = {
            (p, group.replicate): cell.key
            for group in future.groups[: future.n] for p, cell in enumerate(group.cells)
            if cell.key in self.there and not future.runs.there[p, group.replicate]
        }  # fmt: skip
        rows = dict(read_metrics(self.results, dict.fromkeys(new.values()), self._metrics))
        for place, key in new.items():
            future.runs.there[place] = True
            for name, value in rows[key].items():
                future.runs.values[name][place] = value

    # -- where things stand

    @property
    def complete(self) -> bool:
        """Whether every future has the replicates it needs."""
        return all(future.settled for future in self.futures.values())

    @property
    def most_runs(self) -> int:
        """Runs of the experiment; at most, while a rule has still to decide."""
        return sum(
            len(group.cells)
            for future in self.futures.values()
            for group in future.groups[: future.n if future.settled else None]
        )

    def groups(self) -> list[RunGroup]:
        """The groups asked for so far, in the order of the configuration: what the tables hold."""
        return [g for future in self.futures.values() for g in future.groups[: future.n]]

    def cells(self, keys: set[str] | frozenset[str]) -> list[Cell]:
        """Those cells of `groups` whose keys are among these."""
        return [cell for group in self.groups() for cell in group.cells if cell.key in keys]

    def replicates(self) -> dict[str, int]:
        """Number of replicates of each future."""
        return {future.name: future.n for future in self.futures.values()}
