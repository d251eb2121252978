"""`streetlight bench --study`: what users wait for: a first answer, runs a second, two workers.

Seconds also stand as ratios to a reference that is measured in the same call, a million keyed
draws, so that machines and their busy hours can be compared.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.runner import run
from streetlight.model.world.communities import community_uniforms

#: Of the small study, 150 places and nine plans: replicates of each of its two futures.
STUDY, REPLICATES = "wide_futures", 8
FIRST = "tiny"
DRAWS, TRIES = 1_000_000, 5


def measure_study(study: Experiment | None = None, first: bool = True) -> dict[str, float]:
    """Seconds, runs a second and megabytes of a small study, by one worker and by two.

    study: by default the quick look of `wide_futures`; first: whether to time the first answer too:
    `tiny`, from the command line, with kernels that have to be compiled and with those of a cache.
    """
    study = study or dataclasses.replace(
        load(STUDY, quick=True), replications=REPLICATES, precision=None
    )
    found = {"million_draws_seconds": million_draws()}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("first_answer", "first_answer_again") if first else ():
            found[f"{name}_seconds"] = first_answer(place / name, place / "kernels")
        run(dataclasses.replace(study, replications=1), place / "loaded", workers=1, **QUIET)
        for workers in (1, 2):
            took = timed(study, place / str(workers), workers)
            found |= {f"{name}_by_{workers}": value for name, value in took.items()}
    found["efficiency_of_two"] = found["runs_per_second_by_2"] / found["runs_per_second_by_1"] / 2
    return found | in_draws(found)


QUIET: dict[str, Any] = {"progress": Progress("silent"), "figures": "none"}


def timed(study: Experiment, folder: Path, workers: int) -> dict[str, float]:
    """What a study takes: runs with the start of workers, and tables and comparison after them."""
    run(study, folder, workers=workers, **QUIET)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    times = manifest["times"]
    return {
        "runs_per_second": manifest["runs_per_second"],
        "run_seconds": times["run_seconds"] / manifest["counts"]["done"],
        "tables_seconds": times["seconds"] - times["run_seconds"],
        "megabytes": sum(one.stat().st_size for one in folder.rglob("*") if one.is_file()) / 1e6,
    }


def first_answer(folder: Path, kernels: Path) -> float:
    """Seconds of `streetlight run tiny` in a process of its own, with kernels kept in a folder."""
    words = [sys.executable, "-m", "streetlight", "run", FIRST, "--out", str(folder)]
    start = time.perf_counter()
    subprocess.run(
        [*words, "--quiet"], env={**os.environ, "NUMBA_CACHE_DIR": str(kernels)},
        stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    return time.perf_counter() - start


def million_draws() -> float:
    """Seconds of a million keyed draws: the best of several times."""
    keys, drawn = np.ones((DRAWS, 2), np.uint32), np.ones((2, DRAWS))
    draw: Any = community_uniforms
    seconds = []
    for _ in range(1 + TRIES):  # the first one may compile
        start = time.perf_counter()
        draw(keys[0], keys, drawn)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def in_draws(found: dict[str, float]) -> dict[str, float]:
    """The seconds found in units of a million keyed draws."""
    unit = found["million_draws_seconds"]
    return {
        name.replace("seconds", "million_draws"): value / unit
        for name, value in found.items()
        if "seconds" in name and name != "million_draws_seconds"
    }
