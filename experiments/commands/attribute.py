"""`streetlight attribute`: to what a policy's change in reports is due."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.analyse.values import read_values
from streetlight.experiments.commands.check import measure
from streetlight.experiments.config.loading import load
from streetlight.experiments.drivers.attribution import (
    FILE,
    World,
    attribute,
    chosen,
    n_runs,
    write_attribution,
)
from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.cells import Engine
from streetlight.experiments.running.design import code_hash
from streetlight.experiments.running.progress import Progress, in_words
from streetlight.experiments.running.replay import group_of, rebuilt
from streetlight.experiments.running.runner import default_folder, default_workers
from streetlight.experiments.running.store import Store
from streetlight.experiments.running.workers import packed, processes
from streetlight.model.errors import InputError
from streetlight.model.money.policies import Policy


def attribute_results(
    target: str,
    *,
    policies: Sequence[str] = (),
    replicates: int | None = None,
    workers: int | None = None,
    quiet: bool = False,
    as_json: bool = False,
    engine: Engine | None = None,
    rules: Path | None = None,
) -> int:
    """Exit code: 0 done, 130 stopped, which leaves the folder as it was.

    InputError before anything is run.
    """
    folder = folder_of(target, rules)
    experiment, manifest = rebuilt(folder, rules)
    asked = chosen(experiment, policies)
    worlds = worlds_of(folder, experiment, manifest, asked, replicates)
    enough(worlds)
    n_workers = min(workers or default_workers(), len(worlds))
    say_cost(experiment, asked, worlds, n_workers, quiet or as_json, engine)
    progress = Progress("silent" if quiet or as_json else "auto")
    with Store(folder, experiment.name) as store:
        try:
            rows = do_runs(experiment, asked, worlds, n_workers, progress, engine)
        except KeyboardInterrupt:
            print("stopped: nothing was written", file=sys.stderr)
            return 130
        write_attribution(rows, store)
    finish(folder, quiet=quiet, as_json=as_json)
    return 0


def folder_of(target: str, rules: Path | None) -> Path:
    """A results folder as it is; of an experiment file, where its results go by default."""
    if Path(target).is_dir():
        return Path(target)
    folder = default_folder(load(target, rules=rules))
    if not (folder / "manifest.json").is_file():
        raise InputError(f"{folder}: holds no results; do `streetlight run {target}` first")
    return folder


def worlds_of(
    folder: Path,
    experiment: Experiment,
    manifest: dict[str, Any],
    policies: Sequence[Policy],
    replicates: int | None,
) -> list[World]:
    """The worlds in which baseline and policies were run; InputError unless they can be run again.

    replicates: of each future at most so many.
    """
    if manifest["code_sha256"] != code_hash():
        raise InputError(
            f"{folder}: was made with another version of the model; do `streetlight run` again"
        )
    names = [experiment.baseline.name, *(policy.name for policy in policies)]
    futures = list(manifest["config"]["futures"])
    most = int(manifest["config"]["replications"])
    listed = list(manifest["config"]["policies"])
    there = read_values(folder, set(), listed, futures, most)[1]
    known = [name for name in names if name in listed]
    ran = there[[listed.index(name) for name in known]].all(axis=0)
    worlds = [
        (futures[f], int(r))
        for f, r in np.argwhere(ran)
        if len(known) == len(names) and r < (replicates or math.inf)
    ]
    if not worlds:
        raise InputError(f"{folder}: has no world in which all these policies were run")
    for policy in policies:
        group_of(experiment, manifest, f"{policy.name}/{worlds[0][0]}/{worlds[0][1]}")
    return worlds


def enough(worlds: Sequence[World]) -> None:
    """InputError where every future has one world, so that nothing could be told from luck."""
    futures = {future for future, _ in worlds}
    if len(futures) == len(worlds):
        raise InputError(
            f"{len(worlds)} worlds, one of each future, cannot tell a change from luck: at least 2 "
            "replicates of each future are needed (--replicates 2, or more in the experiment file)"
        )


def say_cost(
    experiment: Experiment,
    policies: Sequence[Policy],
    worlds: Sequence[World],
    workers: int,
    silent: bool,
    engine: Engine | None,
) -> None:
    """What is going to be run and how long it takes, on standard error."""
    if silent:
        return
    each = " and ".join(f"{n_runs(one)} ({one.name})" for one in policies)
    total = len(worlds) * sum(n_runs(one) for one in policies)
    text = f"{len(worlds)} worlds x {each} combinations of what money buys = {total:,} runs"
    if engine is None:
        cost = measure(experiment)
        runs = [(cost.policies[one.name].run_seconds, n_runs(one)) for one in policies
                if one.name in cost.policies]  # fmt: skip
        seconds = cost.world_seconds + sum(each * n for each, n in runs)
        rounds = math.ceil(len(worlds) / workers)
        seconds = rounds * seconds * cost.futures_factor + cost.future_seconds
        text += f"; about {in_words(seconds)} with {workers} workers"
    print(text, file=sys.stderr)


def do_runs(
    experiment: Experiment,
    policies: Sequence[Policy],
    worlds: Sequence[World],
    workers: int,
    progress: Progress,
    engine: Engine | None,
) -> Any:
    """The rows of all worlds, with progress."""
    n = sum(n_runs(one) for one in policies)
    total = len(worlds) * n
    progress.expect(experiment.name, [one.name for one in policies], len(worlds), False)
    progress.start(total, 0, workers)

    def done(world: World) -> None:
        progress.group(f"{world[0]}/{world[1]}", [f"{world[0]}/{world[1]}"] * n, [], total)

    try:
        with pool_of(workers, experiment) as pool:
            return attribute(
                experiment, policies, worlds, engine or Engine.of_model(), pool=pool, done=done
            )
    finally:
        progress.finish()


@contextmanager
def pool_of(workers: int, experiment: Experiment) -> Iterator[Executor | None]:
    """Processes of our own, or none for one worker."""
    if workers == 1:
        yield None
        return
    packed(experiment)
    with processes(workers) as pool:
        yield pool


def finish(folder: Path, *, quiet: bool, as_json: bool) -> None:
    """Draw the figure and print what was found."""
    from streetlight.experiments.analyse.study import open_study
    from streetlight.experiments.figures import drivers, files
    from streetlight.experiments.figures.parts import Absent

    drawn = drivers.attribution(open_study(folder))
    if isinstance(drawn, Absent):  # its numbers are not those of the folder's runs
        raise InputError(f"{folder / FILE}: {drawn.reason}")
    paths = files(drawn, folder / "figures")
    if as_json:
        rows = [row._asdict() for row in drawn.rows]
        clean = [{k: None if v != v else v for k, v in row.items()} for row in rows]
        print(json.dumps({"headline": drawn.headline, "rows": clean}, indent=2))
    elif not quiet:
        print(drawn.headline)
        print(f"\nNumbers: {folder / FILE}\nFigure:  {paths[0]}")
        print(f"`streetlight report {folder}` puts it into the report.")
