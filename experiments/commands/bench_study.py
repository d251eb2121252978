"""`streetlight bench --study`: what users wait for.

A first answer, runs a second, two workers, figures; seconds also in the unit of `timing`.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from streetlight.experiments.commands.timing import best, timed, with_draws
from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import Experiment

#: Of the small study, 150 places and nine plans: replicates of each of its two futures.
STUDY, REPLICATES = "wide_futures", 8
FIRST = "tiny"


def measure_study(study: Experiment | None = None, whole: bool = True) -> dict[str, float]:
    """Seconds, runs a second and megabytes of a small study, by one worker and by two.

    study: by default the quick look of `wide_futures`; whole: whether to time a first answer too,
    `tiny` from the command line, with kernels that have to be compiled and with those of a cache,
    and page and all figure files of the study.
    """
    study = study or dataclasses.replace(
        load(STUDY, quick=True), replications=REPLICATES, precision=None
    )
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("first_answer", "first_answer_again") if whole else ():
            found[f"{name}_seconds"] = first_answer(place / name, place / "kernels")
        timed(dataclasses.replace(study, replications=1), place / "loaded")
        for workers in (1, 2):
            took = timed(study, place / str(workers), workers)
            runs = took.pop("runs")
            took["runs_per_second"] = runs / took["run_seconds"]
            took["run_seconds"] /= runs
            found |= {f"{name}_by_{workers}": value for name, value in took.items()}
        if whole:
            found["figures_seconds"] = best(lambda: timed(study, place / "1", figures="all"), 1)
    found["efficiency_of_two"] = found["runs_per_second_by_2"] / found["runs_per_second_by_1"] / 2
    return with_draws(found)


def first_answer(folder: Path, kernels: Path) -> float:
    """Seconds of `streetlight run tiny` in a process of its own, with kernels kept in a folder."""
    words = [sys.executable, "-m", "streetlight", "run", FIRST, "--out", str(folder)]
    start = time.perf_counter()
    subprocess.run(
        [*words, "--quiet"], env={**os.environ, "NUMBA_CACHE_DIR": str(kernels)},
        stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    return time.perf_counter() - start
