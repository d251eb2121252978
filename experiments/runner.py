"""Run an experiment: `run(load("first_look"), Path("results/first_look"))`.

Runs that are there already are kept; what is missing is done; then the tables, the comparison and
the figures are written. The results are the same bytes for any number of workers, in any order,
in one go or resumed.
"""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from experiments.cells import Engine, Failure
from experiments.design import Group, code_hash, expand, in_table_order
from experiments.experiment import Experiment
from experiments.progress import Progress
from experiments.store import Store
from experiments.workers import StopRequest, listening, run_groups

MANIFEST_FORMAT = 1
PACKAGES = ("streetlight", "numpy", "numba", "scipy", "pyarrow", "pydantic", "matplotlib", "mesa")


@dataclass
class RunResult:
    """How an experiment went. exit_code: 0, 1 when a run failed, 130 or 143 when it was stopped."""

    folder: Path
    n_runs: int
    n_kept: int = 0
    n_done: int = 0
    failures: list[Failure] = field(default_factory=list)
    stopped_by: int = 0
    figures: list[Path] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """What the command returns."""
        return self.stopped_by or int(bool(self.failures or self.problems))

    @property
    def complete(self) -> bool:
        """Whether every run of the experiment is there."""
        return self.n_kept + self.n_done == self.n_runs


def default_folder(experiment: Experiment) -> Path:
    """Where results go without `--out`: results/<name>, or results/<name>-quick."""
    return Path("results") / (experiment.name + ("-quick" if experiment.quick else ""))


def default_workers() -> int:
    """Number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    experiment: Experiment,
    folder: Path | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    engine: Engine | None = None,
    figures: bool = True,
) -> RunResult:
    """Do an experiment and write its results folder.

    FolderError (nothing run, nothing changed) when the folder cannot be used.
    """
    folder = folder or default_folder(experiment)
    progress = progress or Progress("silent")
    with Store(folder, experiment.name) as store, listening() as stopped:
        engine = engine or Engine.of_model()
        groups = expand(experiment)
        keys = [cell.key for group in groups for cell in group.cells]
        result = RunResult(folder, len(keys), n_kept=store.adopt(keys, experiment.digest()))
        started = time.time()
        record = Record(store, experiment, groups, started)
        record.write("running", result)
        store.log(f"{clock()} start: {len(keys)} runs, {result.n_kept} kept from before")
        times = _do_missing(
            experiment,
            groups,
            store,
            engine,
            workers or default_workers(),
            progress,
            stopped,
            result,
        )
        record.times = {**times, "seconds": time.time() - started}
        if stopped():
            result.stopped_by = stopped.exit_code
            store.log(f"{clock()} stopped: {result.n_done} runs done, all finished runs kept")
            record.write("stopped", result)
            return result
        _write_products(experiment, groups, store, progress, result, figures)
        record.times["seconds"] = time.time() - started
        record.write("failed" if result.exit_code else "done", result)
        store.log(f"{clock()} end: {result.n_done} done, {len(result.failures)} failed")
        result.stopped_by = stopped.exit_code
    return result


def _do_missing(
    experiment: Experiment,
    groups: list[Group],
    store: Store,
    engine: Engine,
    workers: int,
    progress: Progress,
    stopped: StopRequest,
    result: RunResult,
) -> dict[str, float]:
    """Do the runs that are not there; gives the seconds spent on worlds and on policies."""
    todo = [g for g in groups if not all(store.has(cell.key) for cell in g.cells)]
    if todo and engine.compile is not None:
        progress.say("compiling the model (the first time only, about a minute)")
        engine.compile()
    times = {"world_seconds": 0.0, "policy_seconds": 0.0}
    progress.start(result.n_runs, result.n_kept)
    try:
        for report in run_groups(experiment, todo, store, engine, workers, stopped):
            result.n_done += len(report.done)
            result.failures += report.failures
            times["world_seconds"] += report.world_seconds
            times["policy_seconds"] += report.policy_seconds
            progress.advance(len(report.done) + len(report.failures))
            for failure in report.failures:
                progress.say(f"failed: {failure.run_id}: {failure.error}")
                store.log(f"{clock()} failed: {failure.run_id}\n{failure.traceback}")
            if report.done:
                store.log(f"{clock()} done: {', '.join(report.done)}")
    finally:
        progress.finish()
    result.failures.sort(key=lambda failure: failure.run_id)
    return times


def _write_products(
    experiment: Experiment,
    groups: list[Group],
    store: Store,
    progress: Progress,
    result: RunResult,
    figures: bool,
) -> None:
    """Write tables, comparison and figures from all runs that are there."""
    from experiments.comparison.whole import compare
    from experiments.comparison.writing import write_all
    from experiments.design_table import FILE, design_writer
    from experiments.tables import Merger

    cells = [cell for cell in in_table_order(groups, experiment) if store.has(cell.key)]
    if not cells:
        return
    progress.say("writing tables and figures")
    Merger(store, experiment, cells).write()
    store.write(FILE, design_writer(experiment))
    write_all(compare(store.folder, experiment.resolved()), store.write)
    if figures and find_spec("experiments.figures") is not None:
        from experiments.figures import draw_all

        try:
            result.figures = list(draw_all(store.folder))
        except Exception as error:  # the results are there; a figure must not take them along
            result.problems.append(f"figures: {type(error).__name__}: {error}")
            store.log(f"{clock()} figures failed: {error!r}")


@dataclass
class Record:
    """What manifest.json says about a run."""

    store: Store
    experiment: Experiment
    groups: list[Group]
    started: float
    times: dict[str, float] = field(default_factory=dict)

    def write(self, status: str, result: RunResult) -> None:
        """Write the manifest as things stand."""
        self.store.write_manifest(self.content(status, result))

    def content(self, status: str, result: RunResult) -> dict[str, Any]:
        """The manifest."""
        experiment = self.experiment
        return {
            "format": MANIFEST_FORMAT,
            "experiment": experiment.name,
            "title": experiment.title,
            "question": experiment.question,
            "status": status,
            "baseline": experiment.baseline.name,
            "policies": [
                {"name": policy.name, "is_oracle": policy.uses_oracle}
                for policy in experiment.all_policies()
            ],
            "futures": [future.name for future in experiment.futures],
            "replications": experiment.replications,
            "horizon": experiment.horizon,
            "seed": experiment.seed,
            "config": experiment.resolved(),
            "config_sha256": experiment.digest(),
            "code_sha256": code_hash(),
            "sources": list(experiment.sources),
            "counts": {
                "runs": result.n_runs,
                "kept": result.n_kept,
                "done": result.n_done,
                "failed": len(result.failures),
            },
            "failures": [
                {"run": f.run_id, "error": f.error, "traceback": f.traceback}
                for f in result.failures
            ],
            "problems": result.problems,
            "started": datetime.fromtimestamp(self.started, UTC).isoformat(timespec="seconds"),
            "times": {name: round(seconds, 3) for name, seconds in self.times.items()},
            "packages": versions(),
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "cells": {cell.run_id: cell.key for group in self.groups for cell in group.cells},
        }


def versions() -> dict[str, str]:
    """Versions of the packages that results depend on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def clock() -> str:
    """The time of day, for the log."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
