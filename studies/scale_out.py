"""What a cluster costs beside the runs: tasks, bytes, the scheduler and the one who writes.

`python -m studies.scale_out` starts schedulers and workers of dask on this machine, as processes of
their own, and prints what docs/clusters.md says. Seconds are those of processors, not of a clock.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Executor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running import runner
from streetlight.experiments.running.cells import Engine, GroupReport, Job, Task, draw
from streetlight.experiments.running.design import RunGroup, expand
from streetlight.experiments.running.executors import dask
from streetlight.experiments.running.parts import Kept
from streetlight.experiments.running.plan import RunPlan
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.store import Store
from streetlight.experiments.running.workers import packed

WORKERS = (1, 2, 4)
QUEUED = (100, 1000, 10_000)
N_TASKS = 1000
#: Groups of `tiny`, three runs each, that are run on the cluster.
N_GROUPS = 200
GROUPS_HERE = (100, 400, 1600)
PAYLOADS = (2_000, 460_000)
SIZES = (10_000, 100_000, 1_000_000)


def nothing(_payload: bytes, _task: bytes) -> list[GroupReport]:
    """A task that does nothing and answers as a group does that has done three runs."""
    return [GroupReport("central/0", ["none/central/0", "a/central/0", "b/central/0"], ["0" * 32])]


@contextmanager
def cluster(n_workers: int) -> Iterator[tuple[str, int]]:
    """The address of a scheduler with so many workers, and its process id."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "scheduler.json"
        scheduler = started("scheduler", "--host", "127.0.0.1", "--port", "0",
                            "--scheduler-file", str(found))  # fmt: skip
        while not found.exists():
            time.sleep(0.05)
        workers = started("worker", "--scheduler-file", str(found), "--nthreads", "1",
                          "--nworkers", str(n_workers), "--local-directory", folder)  # fmt: skip
        try:
            address = json.loads(found.read_text(encoding="utf-8"))["address"]
            while threads_at(address, Path(folder) / "x") < n_workers:
                time.sleep(0.5)
            yield address, scheduler.pid
        finally:
            for one in (workers, scheduler):
                one.terminate()
                one.wait()


def threads_at(address: str, folder: Path) -> int:
    """How many workers have come."""
    with dask(address, folder) as (_, n_threads):
        return n_threads


def started(*words: str) -> subprocess.Popen[bytes]:
    """A command of dask, under way."""
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *words, "--no-dashboard"], stderr=subprocess.DEVNULL
    )


def cpu_seconds(pid: int) -> float:
    """Seconds that a process has had of processors (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tasks_at_once(executor: Executor, scheduler: int, n: int, payload: bytes) -> dict[str, float]:
    """Microseconds of the scheduler and of this process for each of n tasks queued at once."""
    before, here, clock = cpu_seconds(scheduler), time.process_time(), time.perf_counter()
    wait([executor.submit(nothing, payload, bytes(9000)) for _ in range(n)])
    return {
        "scheduler": 1e6 * (cpu_seconds(scheduler) - before) / n,
        "main": 1e6 * (time.process_time() - here) / n,
        "clock": 1e6 * (time.perf_counter() - clock) / n,
    }


def study(replications: int) -> Experiment:
    """`tiny` with more replicates."""
    return dataclasses.replace(load("tiny"), replications=replications)


def run_groups(
    folder: Path, executor: Executor | None, workers: int, groups: int = N_GROUPS
) -> dict[str, float]:
    """Milliseconds a group of the clock and of this process, without tables and comparison."""
    experiment = study(groups // 2)
    store = Store(folder.absolute(), experiment.name)
    engine = Engine.of_model()
    job = Job.of(experiment, store, engine)
    silent = Progress("silent")
    with Store(folder, experiment.name) as opened:
        session = runner.Session(experiment, expand(experiment), opened, job, silent, retry=False)
        here, clock = time.process_time(), time.perf_counter()
        session.do_missing(executor, workers, lambda: False)
        took = time.perf_counter() - clock
        used = time.process_time() - here
        start = time.process_time()
        session.write_products("none")
        tables = time.process_time() - start
    return {
        "clock": 1e3 * took / groups,
        "main": 1e3 * used / groups,
        "tables": 1e3 * tables / groups,
        "bytes": sum(one.stat().st_size for one in folder.glob("*.parquet")) / groups,
    }


def bytes_that_travel(name: str) -> dict[str, float]:
    """Bytes of a job, a task and its report, and of the world that a task makes."""
    experiment = load(name)
    job = Job.of(experiment, Store(Path("results").absolute(), "x"), Engine.of_model())
    group: RunGroup = expand(experiment)[0]
    report = GroupReport(group.name, [cell.run_id for cell in group.cells], ["0" * 32])
    return {
        "job": len(packed(job)),
        "task": len(packed([Task(group, group.cells)])),
        "report": len(pickle.dumps([report])),
        "world": n_bytes(draw(job, group)),
    }


def n_bytes(thing: Any, seen: set[int] | None = None) -> int:
    """Bytes of all arrays that can be reached from a thing, each counted once."""
    seen = set() if seen is None else seen
    if id(thing) in seen or isinstance(thing, type):
        return 0
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        return int(thing.nbytes) if thing.base is None else n_bytes(thing.base, seen)
    if isinstance(thing, dict):
        return sum(n_bytes(one, seen) for one in thing.values())
    if isinstance(thing, list | tuple):
        return sum(n_bytes(one, seen) for one in thing)
    if type(thing).__module__.startswith("streetlight."):
        return n_bytes(getattr(thing, "__dict__", {}), seen)
    return 0


def plan_of(n_runs: int) -> dict[str, float]:
    """Seconds and megabytes until the main process has a plan of so many runs of three policies."""
    base = study(100)
    futures = tuple(
        dataclasses.replace(base.futures[0], name=f"f{i}") for i in range(max(1, n_runs // 300))
    )
    experiment = dataclasses.replace(base, futures=futures)
    start = time.process_time()
    groups = expand(experiment)
    RunPlan(experiment, groups, Kept(Path("nowhere")))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": time.process_time() - start, "peak_mib": peak}


def main() -> None:
    """Print all of it."""
    for n in SIZES:
        print(f"plan of {n:,} runs:", plan_of(n), flush=True)
    for name in ("tiny", "first_look"):
        print(f"bytes, {name}:", bytes_that_travel(name), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        run_groups(place / "loaded", None, 1, 4)
        for n in GROUPS_HERE:
            print(
                f"{n} groups, this process:", run_groups(place / f"0-{n}", None, 1, n), flush=True
            )
        for n_workers in WORKERS:
            with cluster(n_workers) as (address, pid), dask(address, place / "x") as (far, _):
                wait([far.submit(nothing, b"", b"") for _ in range(100)])
                found = tasks_at_once(far, pid, N_TASKS, bytes(PAYLOADS[0]))
                print(f"{N_TASKS} empty tasks, {n_workers} workers:", found, flush=True)
                run_groups(place / f"warm{n_workers}", far, n_workers, 8 * n_workers)
                before = cpu_seconds(pid)
                found = run_groups(place / str(n_workers), far, n_workers)
                found["scheduler"] = 1e3 * (cpu_seconds(pid) - before) / N_GROUPS
                print(f"groups, {n_workers} workers:", found, flush=True)
        with cluster(2) as (address, pid), dask(address, place / "x") as (far, _):
            wait([far.submit(nothing, b"", b"") for _ in range(100)])
            for n in QUEUED:
                found = tasks_at_once(far, pid, n, bytes(PAYLOADS[0]))
                print(f"{n} tasks queued:", found, flush=True)
            found = tasks_at_once(far, pid, QUEUED[0], bytes(PAYLOADS[1]))
            print(f"{QUEUED[0]} tasks of {PAYLOADS[1]} bytes:", found, flush=True)


if __name__ == "__main__":
    main()
