"""Run an experiment: `run(load("first_look"), Path("results/first_look"))`.

Runs that are there already are kept; what is missing is done; then the tables, the comparison and
the figures are written. The results are the same bytes for any number of workers, in any order,
in one go or resumed.
"""

from __future__ import annotations

import json
import math
import os
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.adopting import Adopting
from streetlight.experiments.running.cells import (
    RULE_SECONDS,
    Engine,
    Failure,
    GroupReport,
    Job,
    Task,
    compiling,
)
from streetlight.experiments.running.design import RunGroup, expand, in_table_order
from streetlight.experiments.running.disk import of_disk, read_json
from streetlight.experiments.running.manifest import RunRecord, RunResult, clock, git_state
from streetlight.experiments.running.plan import FuturePlan, RunPlan
from streetlight.experiments.running.progress import Progress, by_itself
from streetlight.experiments.running.replay import unsteady, write_source
from streetlight.experiments.running.shards import take
from streetlight.experiments.running.store import Store
from streetlight.experiments.running.workers import listening, load, packed, processes, run_tasks
from streetlight.model.calling import explained
from streetlight.model.errors import InputError, visible

if TYPE_CHECKING:
    from pyarrow import Table

    from streetlight.experiments.analyse.study import Values
    from streetlight.experiments.analyse.whole import Comparison
    from streetlight.experiments.figures.parts import Absent, Figure

#: What is made of the results at the end: neither, the report, or files of the figures too.
DRAWN = ("none", "page", "all")

__all__ = ["RunResult", "default_folder", "default_workers", "run"]


def default_folder(experiment: Experiment) -> Path:
    """Where results go without `--out`: results/<name>, or results/<name>-quick."""
    return Path("results") / (experiment.name + ("-quick" if experiment.quick else ""))


def default_workers() -> int:
    """Number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@explained("run")
def run(
    experiment: Experiment,
    folder: str | os.PathLike[str] | None = None,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    retry: bool = False,
    progress: Progress | bool | None = None,
    engine: Engine | None = None,
    figures: str = "page",
    rule_seconds: float | None = RULE_SECONDS,
    shards: Sequence[Path] = (),
) -> RunResult:
    """Do an experiment and write its results folder; runs that are there already are kept.

    folder: by default results/<name>, which `RunResult.folder` says; workers: processes, by default
    one a processor, or this one alone for a small experiment; figures: "page" writes the report,
    "all" also files in figures/, "none" neither.
    executor: any `concurrent.futures` executor whose workers can write to the folder and have the
    same code, with about `workers` workers; it stays open. None: `workers` processes of our own.
    progress: whether to say how far it is, by default where a person looks on: a bar on a terminal,
    a line that is written over in a notebook.
    retry: whether runs that failed before are tried again; rule_seconds: how long a rule of your
    own may take over one answer, a policy year; None: as long as it likes.
    shards: results folders whose runs are taken over before, see `shards.shard_of`.

    FolderError (nothing run, nothing changed) when the folder cannot be used; InputError when a
    rule cannot be sent to workers. A run that fails raises nothing: see `RunResult.failures`.

    >>> done = sl.run(sl.load("tiny"), "results/tiny", workers=1, figures="none")
    >>> done.complete, done.exit_code
    (True, 0)
    >>> len(sl.Results.open(done.folder).runs)
    12
    """
    check_call(experiment, workers, executor, progress, figures, rule_seconds)
    folder = Path(folder) if folder else default_folder(experiment)
    if not isinstance(progress, Progress):
        progress = by_itself() if progress is None else Progress("auto" if progress else "silent")
    engine = engine or Engine.of_model()
    groups = expand(experiment)
    n_workers = workers or (
        1 if executor is None and is_small(groups, experiment) else default_workers()
    )
    if executor is None:
        n_workers = min(n_workers, len(groups))
    job = Job.of(experiment, Store(folder.absolute(), experiment.name), engine, rule_seconds)
    if executor is not None or n_workers > 1:
        packed(job)
        packed([Task(groups[0], groups[0].cells)])
    with Store(folder, experiment.name) as store, listening() as stopped:
        take(store, (cell.key for group in groups for cell in group.cells), shards)
        session = Session(experiment, groups, store, job, progress, retry=retry)
        session.do_missing(executor, n_workers, stopped)
        if stopped():
            session.result.stopped_by = stopped.exit_code
            session.end("stopped")
            return session.result
        session.do_again()
        try:
            session.write_products(figures)
        except OSError as error:
            session.result.problems.append(of_disk(error))
        session.end("failed" if session.result.exit_code else "done")
        if figures != "none":
            session.beside_own_record(stopped)
            session.write_report()
        session.result.stopped_by = stopped.exit_code
    return session.result


def check_call(
    experiment: Any, workers: Any, executor: Any, progress: Any, figures: Any, rule_seconds: Any
) -> None:
    """InputError naming every argument of `run` that cannot be used."""
    problems = []
    if not isinstance(experiment, Experiment):
        problems.append(f"experiment: {experiment!r}: must be an Experiment; load(FILE) reads one")
    if workers is not None and not (type(workers) is int and workers >= 1):
        problems.append(f"workers: {workers!r}: must be a whole number, 1 or more, or None")
    if executor is not None and not hasattr(executor, "submit"):
        problems.append(f"executor: {executor!r}: must be an executor of concurrent.futures")
    if progress is not None and not isinstance(progress, (Progress, bool)):
        problems.append(f"progress: {progress!r}: must be True, False or None")
    if figures not in DRAWN:
        problems.append(f"figures: {figures}: must be one of {', '.join(DRAWN)}")
    if rule_seconds is not None and not (
        isinstance(rule_seconds, (int, float)) and 0 < rule_seconds < math.inf
    ):
        problems.append(f"rule_seconds: {rule_seconds!r}: must be seconds above 0, or None")
    if problems:
        raise InputError(*problems)


class Session:
    """One pass over an experiment in its open results folder: what `run` does, step by step."""

    def __init__(
        self,
        experiment: Experiment,
        groups: list[RunGroup],
        store: Store,
        job: Job,
        progress: Progress,
        *,
        retry: bool,
    ) -> None:
        self.experiment, self.store, self.job, self.progress = experiment, store, job, progress
        self.made: tuple[Comparison, Table, Values] | None = None  # what is written, once it is
        self.drawn: list[Figure | Absent] = []  # figures that were made
        started = time.time()
        cells = [cell for group in groups for cell in group.cells]
        found = Adopting(store, [cell.key for cell in cells], experiment.digest())
        self.kept = found.kept
        if retry:
            store.forget_failures()
        self.old_failures = store.failures()
        names = [policy.name for policy in experiment.all_policies()]
        has_rule = experiment.precision is not None
        progress.expect(experiment.name, names, len(experiment.futures), has_rule)
        self.plan = RunPlan(
            experiment, groups, self.kept, self.old_failures, on_settled=self._settled
        )
        self.result = RunResult(store.folder)
        self.record = RunRecord(store, experiment, self.plan, started, git_state())
        self._count()
        write_source(experiment, store)
        self.record.write("running", self.result)
        self.log(f"start: {self.result.n_runs} runs, {self.result.n_kept} kept from before")
        for text in found.said:
            progress.say(f"! {text}")
            self.log(text)

    def do_missing(
        self, executor: Executor | None, workers: int, stopped: Callable[[], bool]
    ) -> None:
        """Do the runs that are not there."""
        result, times = self.result, self.record.times
        start = time.perf_counter()
        times |= {"world_seconds": 0.0, "policy_seconds": 0.0}
        try:
            with executor_of(executor, workers, self.plan) as chosen:
                self._compile(chosen if executor is None else None, workers)
                self.progress.start(result.n_runs, result.n_kept, workers)
                for report in run_tasks(self.job, self.plan, chosen, workers, stopped):
                    self._take(report)
        finally:
            self.progress.finish()
            self.store.clear_stop()
            times["run_seconds"] = time.perf_counter() - start
            self._count()

    def _compile(self, own: Executor | None, workers: int) -> None:
        """Compile what has to be; our own workers load the model, and one compiles some of it."""
        if self.plan.complete or self.job.engine.compile is None:
            return
        self.progress.say(compiling())
        if own is not None:
            for _ in range(workers):
                own.submit(load, packed(self.job))
            if workers > 1 and self.job.engine.ahead is not None:
                own.submit(self.job.engine.ahead)
        self.job.engine.compile()

    def do_again(self) -> None:
        """Do finished runs of the user's own rules once more: they must come out the same."""
        if self.result.n_done:
            self.result.problems += unsteady(self.job, self.kept, self.plan.groups())

    def _take(self, report: GroupReport) -> None:
        """Count, log and show how a group went."""
        self.result.n_done += len(report.done)
        self.result.failures += report.failures
        if report.trouble and report.trouble not in self.result.problems:
            self.result.problems.append(report.trouble)
        self.record.times["world_seconds"] += report.world_seconds
        self.record.times["policy_seconds"] += report.policy_seconds
        if report.done:
            self.log(f"done: {', '.join(report.done)}")
        for failure in report.failures:
            self.log(f"failed: {failure.run_id}\n{failure.traceback}")
        failed = [(failure.run_id, failure.error) for failure in report.failures]
        self.progress.group(report.name, report.done, failed, self.plan.most_runs)

    def _settled(self, future: FuturePlan) -> None:
        self.progress.settled(future.name, future.n, future.reached)

    def _count(self) -> None:
        """Numbers of runs needed and kept, and the failures of before that were not repeated."""
        result, plan = self.result, self.plan
        result.n_runs = plan.most_runs
        result.n_kept = len(plan.cells(plan.kept))
        old = [
            Failure(cell.run_id, facts["error"], facts["traceback"])
            for cell in plan.cells(set(self.old_failures))
            if (facts := self.old_failures[cell.key]) and cell.key not in plan.there
        ]
        new = sorted(result.failures[result.n_old_failures :], key=lambda one: one.run_id)
        result.failures, result.n_old_failures = old + new, len(old)

    def write_products(self, figures: str) -> None:
        """Write tables, precision, comparison, measures and figures from all runs there are."""
        from streetlight.experiments.analyse import measures
        from streetlight.experiments.analyse.study import measures_of
        from streetlight.experiments.analyse.whole import compare
        from streetlight.experiments.analyse.writing import write_all
        from streetlight.experiments.design_table import FILE, design_writer
        from streetlight.experiments.running.merging import merge
        from streetlight.experiments.running.precision import (
            missed,
            precision_rows,
            summary,
            write_precision,
        )

        experiment, store, result, plan = self.experiment, self.store, self.result, self.plan
        cells = [one for one in in_table_order(plan.groups(), experiment) if one.key in plan.there]
        if not cells:
            return
        self.progress.say("writing tables")
        merge(store, experiment, self.kept, cells)
        rows = precision_rows(store.folder, experiment, plan.replicates())
        store.write("precision.csv", lambda path: write_precision(rows, path))
        self.record.precision = summary(rows)
        if plan.complete and not result.problems:
            result.precision_missed = missed(rows)
        self.record.write("running", result)  # the comparison may look up the replicates
        store.write(FILE, design_writer(experiment))
        config = experiment.resolved()
        comparison = compare(store.folder, config)
        write_all(comparison, store.write)
        table, values = measures_of(store.folder, config, comparison)
        store.write(measures.FILE, lambda path: measures.write_measures(path, table))
        self.made = comparison, table, values
        result.comparison = comparison
        if figures == "all":
            self._draw()

    def _draw(self) -> None:
        """Draw figures and slides, which must not take the results along."""
        from streetlight.experiments.analyse.study import open_study
        from streetlight.experiments.figures import wanted, write_all

        folder = self.store.folder
        try:
            self.drawn = wanted(open_study(folder, self.made))
            self.result.figures = write_all(self.drawn, folder, self._missing, self.progress.say)
        except Exception as error:
            self.result.problems.append(visible(f"figures: {type(error).__name__}: {error}"))
            self.log(f"figures failed: {''.join(traceback.format_exception(error))}")

    def _missing(self, figure: Absent) -> None:
        """Count and log a figure that failed, once."""
        problem = f"figure {figure.name}: "
        if not any(one.startswith(problem) for one in self.result.problems):
            self.result.problems.append(problem + figure.reason)
            self.log(f"figure failed: {figure.name}\n{figure.traceback}")

    def beside_own_record(self, stopped: Callable[[], bool]) -> None:
        """Hold the record that the experiment names, if any, beside worlds of its futures, once."""
        from streetlight.experiments.analyse import own_record

        def look() -> None:
            if stopped():
                raise KeyboardInterrupt

        path = self.store.folder / own_record.FILE
        try:
            if self.experiment.record is None:
                path.unlink(missing_ok=True)  # of a record that the file named before
            elif (read_json(path) or {}).get("key") != own_record.key_of(self.experiment):
                self.progress.say("holding your record beside worlds of these futures")
                found = own_record.record_beside(self.experiment, look)
                text = json.dumps(found, indent=1) + "\n"
                self.store.write(own_record.FILE, lambda to: to.write_text(text, encoding="utf-8"))
        except KeyboardInterrupt:
            return  # the next start does it
        except OSError as error:
            self.result.problems.append(of_disk(error))

    def write_report(self) -> None:
        """Write the report, once the manifest says how the run ended."""
        if not self.result.n_kept + self.result.n_done:
            return
        before = len(self.result.problems)
        self.progress.say("writing the report")
        try:
            from streetlight.experiments.analyse.study import open_study
            from streetlight.experiments.report.write import write_page

            study = open_study(self.store.folder, self.made)
            self.result.report = write_page(study, figures=self.drawn, on_failure=self._missing)
        except Exception as error:
            self.result.problems.append(visible(f"report: {type(error).__name__}: {error}"))
            self.log(f"report failed: {''.join(traceback.format_exception(error))}")
        if self.result.problems[before:]:
            self.record.write("failed", self.result)

    def end(self, status: str) -> None:
        """Write the manifest for good, and say that it is over."""
        from streetlight.experiments.analyse.fingerprint import fingerprint

        result = self.result
        self.record.times["seconds"] = time.time() - self.record.started
        try:
            self.record.fingerprint = fingerprint(self.store.folder)
            self.record.write(status, result)
        except OSError as error:  # a full disk: what is finished is there all the same
            result.problems.append(of_disk(error))
        new = len(result.failures) - result.n_old_failures
        self.log(f"{status}: {result.n_done} runs done, {new} failed; finished runs are kept")
        self.progress.end(
            status, runs=result.n_runs, kept=result.n_kept, done=result.n_done,
            failed=len(result.failures), problems=result.problems + result.precision_missed,
        )  # fmt: skip

    def log(self, text: str) -> None:
        """Add lines to the log."""
        self.store.log(f"{clock()} {text}")


def is_small(groups: Sequence[RunGroup], experiment: Experiment) -> bool:
    """Whether one process is done before others have loaded the model, which takes them seconds.

    A run takes about 0.04 seconds, and 20 microseconds a community and year.
    """
    runs = sum(len(group.cells) for group in groups)
    size = experiment.region.n_communities * experiment.horizon
    return runs * (0.04 + 2e-5 * size) < 4.0


@contextmanager
def executor_of(given: Executor | None, workers: int, plan: RunPlan) -> Iterator[Executor | None]:
    """The executor given, worker processes of our own, or None for this process alone."""
    if given is not None or workers <= 1 or plan.complete:
        yield given
    else:
        with processes(workers) as pool:
            yield pool
