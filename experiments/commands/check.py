"""`streetlight check CONFIG`: is the file right, and what would running it take?"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import Experiment
from streetlight.experiments.remarks import remarks
from streetlight.experiments.running.cells import RULE_SECONDS, Engine, compiling
from streetlight.experiments.running.probe import Probe, probe
from streetlight.experiments.running.progress import in_words
from streetlight.experiments.running.runner import default_folder, default_workers

# Measured with two workers on two cores, where the probe cannot see them: seconds until workers
# have started and loaded the model, seconds and bytes of measures and report (0.8 to 3.5 seconds
# and 0.2 to 1.8 MB of `tiny` and `first_look`).
START_SECONDS, REPORT_SECONDS, REPORT_BYTES = 3.5, 2.0, 1.0e6

NO_RUN_READS_THEM = "`streetlight record` and `policies --record` do, given this file"


def check(
    config: str,
    *,
    workers: int | None = None,
    seed: int | None = None,
    quick: bool = False,
    quiet: bool = False,
    as_json: bool = False,
    with_probe: bool = True,
    rules: Path | None = None,
    rule_seconds: float = RULE_SECONDS,
) -> int:
    """Print what a run would take; 1 when a policy fails in the probe, else 0.

    InputError, listing every problem, when the file is wrong.
    """
    experiment = load(config, seed=seed, quick=quick, rules=rules)
    measured = measure(experiment, rule_seconds) if with_probe else None
    facts = estimate(experiment, workers or default_workers(), measured)
    if as_json:
        print(json.dumps(facts, indent=2))
    elif not quiet:
        print("\n".join(in_lines(experiment, facts)))
    failures = measured.failures if measured else {}
    for policy, error in failures.items():
        print(f"{policy} failed when it was tried: {error}", file=sys.stderr)
    return int(bool(failures))


def measure(experiment: Experiment, rule_seconds: float = RULE_SECONDS) -> Probe:
    """The probe with the model's engine, compiled first if need be."""
    engine = Engine.of_model()
    if engine.compile is not None:
        print(compiling(), file=sys.stderr)
        engine.compile()
    return probe(experiment, engine, rule_seconds=rule_seconds)


def estimate(experiment: Experiment, workers: int, measured: Probe | None = None) -> dict[str, Any]:
    """Numbers of runs, and the minutes and megabytes they take by a probe.

    With a replication rule the numbers are those of the most replicates, and `least` has those of
    the fewest.
    """
    facts: dict[str, Any] = {
        "policies": len(experiment.all_policies()),
        "futures": len(experiment.futures),
        "communities": experiment.region.n_communities,
        "workers": workers,
        "remarks": remarks(experiment.resolved()),
        **costs(experiment, workers, measured, experiment.replications),
    }
    if experiment.precision is not None:
        facts["least"] = costs(experiment, workers, measured, experiment.precision.least)
    if measured is not None:
        facts["probe"] = {
            "communities": measured.communities,
            "policies": measured.n_run,
            "future": measured.future,
            "seconds": measured.seconds,
        }
    return facts


def costs(
    experiment: Experiment, workers: int, measured: Probe | None, replications: int
) -> dict[str, float]:
    """Runs, minutes and megabytes of so many replicates of every future."""
    n_worlds = len(experiment.futures) * replications
    n_runs = n_worlds * len(experiment.all_policies())
    counts: dict[str, float] = {"replications": replications, "worlds": n_worlds, "runs": n_runs}
    if measured is None:
        return counts
    runs = measured.policies.values()
    engine = measured.world_seconds + sum(run.run_seconds for run in runs)
    writing = sum(run.write_seconds for run in runs)
    a_world = engine * measured.futures_factor + writing
    rounds = math.ceil(n_worlds / workers)  # of groups that share a world, side by side
    n_first = len(experiment.futures) * min(workers, replications)  # a worker's first of a future
    first = math.ceil(n_first / workers) * measured.future_seconds
    # the tables of all runs are written once more, in one process
    seconds = START_SECONDS + first + rounds * a_world + n_worlds * writing + REPORT_SECONDS
    tables = n_worlds * sum(run.bytes - run.runs_bytes for run in runs)
    return {
        **counts,
        "minutes": seconds / 60,
        "megabytes": 1e-6 * (tables + REPORT_BYTES),
    }


def in_lines(experiment: Experiment, facts: dict[str, Any]) -> list[str]:
    """The facts in words."""
    least = facts.get("least")
    lines = [
        experiment.title,
        f"{facts['runs']:,} runs: {facts['policies']} policies (with the baseline) x "
        f"{facts['futures']:,} futures x {facts['replications']:,} replicates, "
        f"{facts['communities']:,} communities, {experiment.horizon} years",
    ]
    lines += experiment.sampling.sentences() if experiment.sampling else []
    told = experiment.region.told
    lines += [f"region: {one}" for one in (told.done() if told else ())]
    if experiment.record is not None:
        lines += [*experiment.record.notes, f"(no run reads them; {NO_RUN_READS_THEM})"]
    lines += [f"! {one}" for one in facts["remarks"]]
    if least:
        lines.append(
            f"or as few as {least['runs']:,}, with {least['replications']:,} replicates where "
            "these are precise enough"
        )
    if "minutes" not in facts:
        return lines
    time, size = in_words(facts["minutes"] * 60), f"{facts['megabytes']:,.0f} MB"
    if least:
        time = f"{in_words(least['minutes'] * 60)} to {time}"
        size = f"{least['megabytes']:,.0f} to {size}"
    lines.append(
        f"about {time} with {facts['workers']} workers, {size} in {default_folder(experiment)}"
    )
    tried = facts["probe"]
    lines.append(
        f"(from a probe of {tried['seconds']:.1f} s: {tried['policies']} policies once, in one "
        f"world of the future {tried['future']}, {tried['communities']:,} communities)"
    )
    return lines
