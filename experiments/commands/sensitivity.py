"""`streetlight sensitivity`: what drives the difference between two policies."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

from streetlight.experiments.commands.check import estimate, measure
from streetlight.experiments.config.loading import load
from streetlight.experiments.drivers import morris_sobol
from streetlight.experiments.drivers.indices import INDICES
from streetlight.experiments.drivers.inputs import read_inputs
from streetlight.experiments.drivers.pairs import enough, read_pair, results_config
from streetlight.experiments.drivers.sensitivity import (
    Driver,
    Sensitivity,
    amount,
    given_data,
    in_json,
    write_sensitivity,
)
from streetlight.experiments.drivers.sentences import driven
from streetlight.experiments.experiment import Experiment
from streetlight.experiments.figures.parts import Figure
from streetlight.experiments.labels import label
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.running.progress import Progress, in_words
from streetlight.experiments.running.runner import default_workers, run
from streetlight.experiments.running.store import Store
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.parameters import Parameters

METHODS = (*INDICES, *morris_sobol.METHODS)
WIDTH = 120


def sensitivity(
    target: str,
    *,
    policy: str | None = None,
    against: str | None = None,
    metric: str | None = None,
    method: str = "pawn",
    trajectories: int = 10,
    levels: int = 4,
    base: int = 64,
    out: Path | None = None,
    workers: int | None = None,
    yes: bool = False,
    as_json: bool = False,
    rules: Path | None = None,
) -> int:
    """Exit code: 0 done, otherwise that of the runs. InputError before anything is run."""
    if method not in METHODS:
        hint = did_you_mean(method, METHODS)
        raise InputError(f"--method: {method}: must be one of {', '.join(METHODS)}{hint}")
    if method in INDICES:
        if out is not None:
            raise InputError(
                f"--out: --method {method} writes into the results folder; --out is only for "
                f"{' and '.join(morris_sobol.METHODS)}, which run a design"
            )
        return of_results(Path(target), policy, against, metric, method, as_json)
    experiment = load(target, rules=rules)
    size = trajectories if method == "morris" else base
    varied = morris_sobol.varied_in(experiment)
    plan = morris_sobol.design([one.name for one in varied], method, size, experiment.seed, levels)
    first, second, chosen = two_policies(experiment, policy, against)
    designed = morris_sobol.experiment_of(experiment, plan, first, second)
    say_cost(designed, plan, workers or default_workers())
    confirm(yes)
    folder = out or Path("results") / designed.name
    progress = Progress("silent" if as_json else "auto")
    done = run(designed, folder, workers=workers, progress=progress, figures="none")
    if done.exit_code:
        for failure in done.failures[:1]:
            print(f"{len(done.failures)} runs failed; the first: {failure.run_id}: {failure.error}",
                  file=sys.stderr)  # fmt: skip
        return done.exit_code
    config = results_config(folder)
    futures = [future.name for future in designed.futures]
    pair = read_pair(folder, config, futures, first, second, metric)
    start = Parameters().with_values(dict(designed.overrides))
    found = morris_sobol.analyse(plan, pair, designed.futures, start, chosen, varied)
    finish(folder, designed.name, found, as_json)
    return 0


def of_results(
    folder: Path,
    policy: str | None,
    against: str | None,
    metric: str | None,
    method: str,
    as_json: bool,
) -> int:
    """The indices that need no new run."""
    if not folder.is_dir():
        raise InputError(
            f"{folder}: is no results folder; --method {method} reads results that are there "
            "(--method morris or sobol takes an experiment file and runs it)"
        )
    config = results_config(folder)
    inputs = read_inputs(folder, config)
    enough(folder, len(inputs.futures))
    pair = read_pair(folder, config, inputs.futures, policy, against, metric)
    finish(folder, config["name"], given_data(inputs, pair, method), as_json)
    return 0


def two_policies(
    experiment: Experiment, policy: str | None, against: str | None
) -> tuple[str, str, str]:
    """The two policies to run, and how they were chosen in words."""
    known = [one.name for one in experiment.all_policies()]
    for option, name in (("--policy", policy), ("--against", against)):
        if name is not None and name not in known:
            raise InputError(f"{option}: {name}: no such policy{did_you_mean(name, known)}")
    baseline = experiment.baseline.name
    offered = [p.name for p in experiment.all_policies() if not p.uses_oracle]
    offered = [name for name in offered if name != baseline] + [baseline]
    words = []
    if policy is None:
        policy = next((name for name in offered if name != against), baseline)
        words.append(f"{policy} is the first policy of the file")
    if against is None:
        against = next((name for name in offered if name != policy), baseline)
        words.append(f"{against} is " + (
            "the baseline" if against == baseline else "the first other policy of the file"
        ))  # fmt: skip
    if policy == against:
        raise InputError(f"--against: {against}: is the same policy; name another")
    return policy, against, "; ".join(words)


def say_cost(designed: Experiment, plan: morris_sobol.Design, workers: int) -> None:
    """What the design costs, on standard error, before anything is run."""
    facts = estimate(designed, workers, measure(designed))
    print(
        f"{plan.method} design: {len(plan.names)} inputs and a dummy, {facts['futures']} futures x "
        f"{facts['replications']} replicates x {facts['policies']} policies (with the baseline) = "
        f"{facts['runs']:,} runs; about {in_words(facts['minutes'] * 60)} with {workers} workers; "
        "finished runs are kept",
        file=sys.stderr,
    )


def confirm(yes: bool) -> None:
    """Go on only when told to; InputError otherwise."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("nothing was run; add --yes to run it")
    print("Run it? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise InputError("nothing was run")


def finish(folder: Path, experiment: str, found: Sensitivity, as_json: bool) -> None:
    """Write the files and the figure, and print."""
    from streetlight.experiments.figures import drivers, files

    with Store(folder, experiment) as store:
        write_sensitivity(found, store)
        drawn = drivers.driven(folder)
        paths = files(drawn, folder / "figures") if isinstance(drawn, Figure) else []
    if as_json:
        print(json.dumps(in_json(found), indent=2))
        return
    print_sensitivity(found)
    print("".join(f"\nFigure: {path}" for path in paths[:1]))


def print_sensitivity(found: Sensitivity) -> None:
    """A table an index, and the findings as sentences."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, emoji=False, width=WIDTH)
    metric = METRICS[found.metric]
    console.print(
        f"{label(found.policy)} minus {label(found.against)} in {metric.title} ({metric.unit}); "
        f"{found.futures} futures x {found.replicates} replicates"
    )
    if found.chosen:
        console.print(f"({found.chosen})")
    for index in dict.fromkeys(row.index for row in found.rows):
        table = Table(title=index, title_justify="left")
        table.add_column("input")
        for column in ("index", "95% interval", "noise floor", "direction"):
            table.add_column(column, justify="right")
        table.add_column("says")
        for row in found.of(index):
            table.add_row(*cells(row))
        console.print(table)
    console.print(
        "Direction: rank correlation of the input with the difference. Matters: the whole interval "
        "is above the noise floor,",
        "which is what an input that nothing reads would reach. Perhaps: only the index is.",
        sep="\n",
    )
    console.print()
    for sentence in driven(found):
        console.print(sentence)


def cells(row: Driver) -> list[str]:
    """A row of the table as text."""
    between = "" if math.isnan(row.low) else f"{amount(row.low)} to {amount(row.high)}"
    toward = "" if math.isnan(row.direction) else f"{row.direction:+.2f}"
    return [row.title, amount(row.value), between, amount(row.floor), toward, row.says]
