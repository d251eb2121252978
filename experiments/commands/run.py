"""`streetlight run CONFIG`: do the experiment, write the results, print the comparison."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from streetlight.experiments.commands.compare import rows_for_json
from streetlight.experiments.commands.compare_tables import print_comparison
from streetlight.experiments.config.loading import load
from streetlight.experiments.remarks import remarks
from streetlight.experiments.running.cells import RULE_SECONDS
from streetlight.experiments.running.executors import opened
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.runner import RunResult, default_folder, run
from streetlight.experiments.running.shards import folders_of, shard_folder, shard_of


def run_experiment(
    config: str,
    *,
    out: Path | None = None,
    workers: int | None = None,
    seed: int | None = None,
    quick: bool = False,
    quiet: bool = False,
    as_json: bool = False,
    retry: bool = False,
    executor: str = "processes",
    scheduler: str | None = None,
    figures: str = "page",
    rules: Path | None = None,
    rule_seconds: float = RULE_SECONDS,
    shard: str | None = None,
    taken: str | None = None,
) -> int:
    """Do an experiment, or a shard of it; taken: a pattern of shards' folders to take over.

    Exit code: 0 done; 1 a run failed, a precision target was missed, the disk was full or the
    scheduler lost; 130 or 143 stopped. InputError before anything is run.
    """
    experiment = load(config, seed=seed, quick=quick, rules=rules)
    folder = out or default_folder(experiment)
    if shard is not None:
        experiment, folder = shard_of(experiment, shard), out or shard_folder(folder, shard)
    shards = [] if taken is None else folders_of(taken)
    known = remarks(experiment.resolved())
    progress = Progress("silent" if quiet else "events" if as_json else "auto")
    with opened(executor, scheduler, folder, progress.say) as (given, n_threads):
        for one in () if quiet or as_json else known:
            print(f"! {one}", file=sys.stderr)
        result = run(
            experiment, folder, workers=workers or n_threads, executor=given, retry=retry,
            progress=progress, figures=figures, rule_seconds=rule_seconds, shards=shards,
        )  # fmt: skip
    if as_json:
        print(json.dumps({**in_json(result), "remarks": known}, indent=2))
    elif result.comparison and not result.stopped_by and not quiet:
        print_comparison(result.comparison)
        print(f"\nResults: {result.folder}")
        if result.report:
            print(f"Report:  {result.report}")
    if not as_json:
        say_what_went_wrong(result)
    return result.exit_code


def say_what_went_wrong(result: RunResult) -> None:
    """Failures, and how to go on, on standard error."""
    if result.stopped_by and not result.complete:
        finished = result.n_kept + result.n_done
        print(
            f"stopped: {finished} of {result.n_runs} runs are kept in {result.folder}; "
            "the same command goes on from there",
            file=sys.stderr,
        )
    for problem in result.problems + result.precision_missed:
        print(problem, file=sys.stderr)
    if result.failures:
        first = result.failures[0]
        print(
            f"{len(result.failures)} of {result.n_runs} runs failed; the first: {first.run_id}: "
            f"{first.error}\ntracebacks: {result.folder / 'manifest.json'}",
            file=sys.stderr,
        )
    if result.n_old_failures:
        print(
            f"{result.n_old_failures} of these failed before and were not repeated; "
            "--retry tries them again",
            file=sys.stderr,
        )


def in_json(result: RunResult) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "results": str(result.folder),
        "report": str(result.report) if result.report else None,
        "exit_code": result.exit_code,
        "runs": result.n_runs,
        "kept": result.n_kept,
        "done": result.n_done,
        "failed": [failure.run_id for failure in result.failures],
        "not_repeated": [one.run_id for one in result.failures[: result.n_old_failures]],
        "problems": result.problems,
        "precision_missed": result.precision_missed,
        "comparison": rows_for_json(result.comparison) if result.comparison else [],
    }
