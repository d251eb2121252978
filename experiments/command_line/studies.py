"""Commands that begin, check and do a study, and measure its speed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streetlight.experiments.commands.options import (
    Config,
    ExecutorName,
    FigureFiles,
    Json,
    Out,
    Quick,
    Quiet,
    Retry,
    Rules,
    RuleSeconds,
    Scheduler,
    Seed,
    Shard,
    Taken,
    Workers,
)

commands = typer.Typer()


@commands.command("run")
def run_command(
    config: Config,
    out: Out = None,
    workers: Workers = None,
    seed: Seed = None,
    quick: Quick = False,
    quiet: Quiet = False,
    json: Json = False,
    retry: Retry = False,
    executor: ExecutorName = "processes",
    scheduler: Scheduler = None,
    figures: FigureFiles = "page",
    rules: Rules = None,
    rule_seconds: RuleSeconds = 300.0,
    shard: Shard = None,
    take: Taken = None,
) -> None:
    """Do an experiment, write its results and print the comparison."""
    from streetlight.experiments.commands.run import run_experiment

    code = run_experiment(
        config, out=out, workers=workers, seed=seed, quick=quick, quiet=quiet, as_json=json,
        retry=retry, executor=executor, scheduler=scheduler, figures=figures, rules=rules,
        rule_seconds=rule_seconds, shard=shard, taken=take,
    )  # fmt: skip
    raise typer.Exit(code)


@commands.command("check")
def check_command(
    config: Config,
    workers: Workers = None,
    seed: Seed = None,
    quick: Quick = False,
    quiet: Quiet = False,
    probe: Annotated[
        bool,
        typer.Option("--probe/--no-probe", help="Time one world (about 10 s), or only count."),
    ] = True,
    json: Json = False,
    rules: Rules = None,
    rule_seconds: RuleSeconds = 300.0,
) -> None:
    """Say what is wrong with an experiment file, or what running it would take."""
    from streetlight.experiments.commands.check import check

    code = check(
        config, workers=workers, seed=seed, quick=quick, quiet=quiet, as_json=json,
        with_probe=probe, rules=rules, rule_seconds=rule_seconds,
    )  # fmt: skip
    raise typer.Exit(code)


@commands.command("show")
def show_command(
    config: Config,
    seed: Seed = None,
    quick: Quick = False,
    json: Json = False,
    rules: Rules = None,
) -> None:
    """Print an experiment with everything resolved, and what differs from the defaults."""
    from streetlight.experiments.commands.show import show

    raise typer.Exit(show(config, seed=seed, quick=quick, as_json=json, rules=rules))


@commands.command("new")
def new_command(
    name: Annotated[str, typer.Argument(help="Name of the experiment; NAME.yaml is written.")],
    template: Annotated[
        str, typer.Option("--template", help="compare, sweep, shock, region, budget or calibrate.")
    ] = "compare",
) -> None:
    """Write a commented experiment file to start from, and the schema for editors."""
    from streetlight.experiments.commands.new import new_experiment

    raise typer.Exit(new_experiment(name, template))


@commands.command("schema")
def schema_command(
    out: Annotated[Path | None, typer.Option("--out", help="Write it to this file.")] = None,
) -> None:
    """Print the JSON Schema of the experiment file, by which editors complete and check it."""
    from streetlight.experiments.commands.schema import show_schema

    raise typer.Exit(show_schema(out))


@commands.command("explore")
def explore_command(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="On 127.0.0.1; 0: any free one.")
    ] = 8765,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address.")
    ] = False,
) -> None:
    """Watch one simulated region week by week in a browser: for intuition, not evidence."""
    from streetlight.experiments.commands.explore import explore

    raise typer.Exit(explore(port=port, open_browser=not no_browser))


@commands.command("bench")
def bench_command(
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Best of this many.")] = 3,
    scale: Annotated[
        bool,
        typer.Option("--scale", help="By number of communities, incidence and number of runs."),
    ] = False,
    split: Annotated[bool, typer.Option("--split", help="By phase of a policy run.")] = False,
    study: Annotated[
        bool, typer.Option("--study", help="A first answer, a small study by two workers, figures.")
    ] = False,
    json: Json = False,
) -> None:
    """Measure speed and memory on all US counties."""
    from streetlight.experiments.commands.bench import bench

    raise typer.Exit(bench(repeats=repeats, scale=scale, split=split, study=study, as_json=json))
