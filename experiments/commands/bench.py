"""`streetlight bench`: seconds, memory and youth-weeks a second on all US counties."""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from model.parameters import Parameters
from model.policies import build
from model.region import Region

YEARS = 10
WEEKS = 52 * YEARS
PLAIN_MODEL = "tests/plain_model/simple.py"


def bench(*, repeats: int = 3, as_json: bool = False) -> int:
    """Print what was measured: best of `repeats`, one process, compiled beforehand."""
    figures = measure(repeats)
    if as_json:
        print(json.dumps(figures, indent=2))
        return 0
    for name, value in figures.items():
        shown = "not measured (no checkout)" if value is None else f"{value:,.3g}"
        print(f"{name:<32}{shown}")
    return 0


def measure(repeats: int = 3) -> dict[str, float | None]:
    """World: 3 years of burn-in (and filling) drawn; policy: 10 years run on it, weekly."""
    from model import simulation

    parameters, region = Parameters(), Region.us_counties()
    policy = build("per_youth")
    keep: dict[str, Any] = {}

    def draw() -> None:
        keep.clear()
        keep["world"] = simulation.draw_world(parameters, region, seed=0, years=YEARS)

    def run() -> None:
        keep.pop("history", None)
        keep["history"] = simulation.run_policy(keep["world"], policy)

    draw()
    run()  # whatever is prepared on first use is not measured
    world_seconds, policy_seconds = best(draw, repeats), best(run, repeats)
    youth_weeks = region.total_youth * WEEKS
    plain = plain_rate()
    return {
        "world_seconds": world_seconds,
        "policy_seconds": policy_seconds,
        "peak_mib": peak_mib(),
        "spells": float(n_spells(keep["history"])),
        "youth_weeks_per_second": youth_weeks / policy_seconds,
        "mesa_youth_weeks_per_second": plain,
        "ratio": youth_weeks / policy_seconds / plain if plain else None,
        "ratio_with_world": (
            youth_weeks / (world_seconds + policy_seconds) / plain if plain else None
        ),
    }


def best(work: Callable[[], None], repeats: int) -> float:
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


def n_spells(history: Any) -> int:
    """Spells in a history, of all years."""
    return len(history.truth.spells)


def plain_rate() -> float | None:
    """Youth-weeks a second of the plain Mesa model, if this is a checkout that has it."""
    import model

    checkout = Path(str(model.__file__)).parent.parent
    if not (checkout / PLAIN_MODEL).is_file():
        return None
    sys.path.insert(0, str(checkout))
    try:
        plain = import_module(PLAIN_MODEL.removesuffix(".py").replace("/", "."))
    except ModuleNotFoundError:  # its own dependencies are those of the tests
        return None
    finally:
        sys.path.remove(str(checkout))
    return float(plain.youth_weeks_per_second())
