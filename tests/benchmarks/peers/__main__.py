"""The cascade of five states in engines a user could choose instead: `--help` says how to call it.

Every engine is run in a process of its own, after a small run that loads and compiles.  What it
counted is held against the Markov chain that they all simulate: youth are independent, so that the
number in a state is binomial, with a share that four multiplications of a matrix a week give.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import resource
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version

from tests.benchmarks.peers.cascade import Outcome, largest_error

#: Engine: the module here, the package that it needs, and how many youth it is given.
ENGINES = {
    "plain_mesa": ("mesa", 100_000),
    "mesa_frames": ("mesa-frames", 1_000_000),
    "starsim": ("starsim", 1_000_000),
    "amber": ("ambr", 1_000_000),
    "numpy_arrays": ("numpy", 1_000_000),
    "laser_all": ("laser-core", 1_000_000),
    "laser_squashed": ("laser-core", 33_000_000),
    "streetlight": ("streetlight-sim", 0),
}
WEEKS, WARM_UP = 520, 1000
#: Standard errors that a share may be from that of the chain, in any state of any engine.
TOLERANCE = 4.5


def module(name: str):
    """The module of an engine."""
    return importlib.import_module(f"tests.benchmarks.peers.{name}_engine")


def measured(name: str, n_youth: int, weeks: int) -> dict[str, float]:
    """Run an engine here; seconds are of processors, memory the most this process has had."""
    engine = module(name)
    engine.run(WARM_UP, 10, seed=0)
    before = seconds()
    outcome: Outcome = engine.run(n_youth, weeks, seed=1)
    took = seconds() - before
    return {
        "youth": outcome.n_youth,
        "seconds": took,
        "youth_weeks": outcome.n_youth * weeks / took,
        "occasions": outcome.occasions / took,
        "events": outcome.events / took,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "error": largest_error(outcome, weeks) if outcome.at_end is not None else float("nan"),
    }


def seconds() -> float:
    """Seconds that this process has had of processors."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def found(package: str) -> str | None:
    """The version of a package that is installed; "this checkout" for the project's own."""
    if package == "streetlight-sim":
        try:
            importlib.import_module("streetlight.model.run.simulation")
        except ImportError:
            return None
        return "this checkout"
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def main() -> int:
    """Print a line an engine; 1 when one does not agree with the chain."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.peers", description=__doc__)
    parser.add_argument("engine", nargs="*", default=list(ENGINES), help=", ".join(ENGINES))
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)  # a process for one engine
    parser.add_argument("--youth", type=int, help="instead of each engine's own number")
    asked = parser.parse_args()
    if asked.one:
        name, n_youth, weeks = asked.one
        print(json.dumps(measured(name, int(n_youth), int(weeks))))
        return 0
    print(f"Python {platform.python_version()}, {WEEKS} weeks; seconds of processors")
    print(f"{'':16}{'youth':>12}{'s':>8}{'youth-weeks/s':>15}{'occasions/s':>13}{'events/s':>11}"
          f"{'MiB':>7}{'errors':>8}")  # fmt: skip
    wrong = 0
    for name in asked.engine:
        package, n_youth = ENGINES[name]
        installed = found(package)
        if installed is None:
            print(f"{name:16}skipped: {package} is not installed")
            continue
        words = [sys.executable, "-m", "tests.benchmarks.peers", "--one", name]
        done = subprocess.run(
            [*words, str(asked.youth or n_youth), str(WEEKS)], capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            print(f"{name:16}failed with {package} {installed}: {done.stderr.splitlines()[-1]}")
            wrong += 1
            continue
        row = json.loads(done.stdout.splitlines()[-1])
        wrong += row["error"] > TOLERANCE
        print(f"{name:16}{row['youth']:12,.0f}{row['seconds']:8.2f}{row['youth_weeks']:15.2e}"
              f"{row['occasions']:13.2e}{row['events']:11.2e}{row['mib']:7.0f}{row['error']:8.1f}"
              f"  {package} {installed}", flush=True)  # fmt: skip
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
