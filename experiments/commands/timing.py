"""What `streetlight bench` measures with: best times, memory, and a unit that machines share.

The unit is a million keyed draws, measured in the same process as what is told in it, so that
machines and their busy hours can be compared.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.runner import run
from streetlight.model.world.communities import community_uniforms

DRAWS, TRIES = 1_000_000, 5


def best(work: Callable[[], object], repeats: int) -> float:
    """Seconds of the fastest of several times."""
    seconds = []
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def peak_mib() -> float:
    """Most memory this process has had, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def million_draws() -> float:
    """Seconds of a million keyed draws: the best of several times."""
    keys, drawn = np.ones((DRAWS, 2), np.uint32), np.ones((2, DRAWS))
    draw: Any = community_uniforms
    draw(keys[0], keys, drawn)  # which may compile it
    return best(lambda: draw(keys[0], keys, drawn), TRIES)


def with_draws(found: Mapping[str, float]) -> dict[str, float]:
    """What was found, and all its seconds in millions of keyed draws too."""
    unit = million_draws()
    draws = {
        name.replace("seconds", "million_draws"): value / unit
        for name, value in found.items()
        if "seconds" in name
    }
    return {"million_draws_seconds": unit, **found, **draws}


def timed(
    study: Experiment, folder: Path, workers: int = 1, figures: str = "none"
) -> dict[str, float]:
    """What a study takes: runs with the start of workers, and what is made of them after that."""
    done = run(study, folder, workers=workers, progress=Progress("silent"), figures=figures)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    times = manifest["times"]
    files = [one.stat().st_size for one in folder.rglob("*") if one.is_file()]
    return {
        "runs": float(done.n_done), "run_seconds": times["run_seconds"],
        "tables_seconds": times["seconds"] - times["run_seconds"], "megabytes": sum(files) / 1e6,
    }  # fmt: skip
