"""The command `streetlight`. Each command's work is a function in `experiments.commands`.

Nothing heavy is imported here, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from streetlight.experiments.commands.options import (
    Against,
    Config,
    ExecutorName,
    FigureFiles,
    Json,
    MetricName,
    Other,
    Out,
    OwnColumns,
    OwnRegion,
    PolicyName,
    Quick,
    Quiet,
    Results,
    Retry,
    Rules,
    RuleSeconds,
    Scheduler,
    Seed,
    Workers,
)

app = typer.Typer(
    name="streetlight",
    help="Compare policies against exploitation of youth in simulated communities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        from streetlight.experiments.running.manifest import versions

        print(versions()["streetlight"])
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Streetlight compares policies against exploitation of youth in simulated communities."""
    # Processes share the work: threads of a linear-algebra library would only wait for each other.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


@app.command("run")
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
) -> None:
    """Do an experiment, write its results and print the comparison."""
    from streetlight.experiments.commands.run import run_experiment

    code = run_experiment(
        config, out=out, workers=workers, seed=seed, quick=quick, quiet=quiet, as_json=json,
        retry=retry, executor=executor, scheduler=scheduler, figures=figures, rules=rules,
        rule_seconds=rule_seconds,
    )  # fmt: skip
    raise typer.Exit(code)


@app.command("check")
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


@app.command("show")
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


@app.command("new")
def new_command(
    name: Annotated[str, typer.Argument(help="Name of the experiment; NAME.yaml is written.")],
    template: Annotated[
        str, typer.Option("--template", help="compare, sweep, shock, region, budget or calibrate.")
    ] = "compare",
) -> None:
    """Write a commented experiment file to start from, and the schema for editors."""
    from streetlight.experiments.commands.new import new_experiment

    raise typer.Exit(new_experiment(name, template))


@app.command("schema")
def schema_command(
    out: Annotated[Path | None, typer.Option("--out", help="Write it to this file.")] = None,
) -> None:
    """Print the JSON Schema of the experiment file, by which editors complete and check it."""
    from streetlight.experiments.commands.schema import show_schema

    raise typer.Exit(show_schema(out))


@app.command("report")
def report_command(
    results: Results,
    other: Other = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write it (default in the folder).")
    ] = None,
    brief: Annotated[
        bool, typer.Option("--brief", help="One page that prints to one sheet.")
    ] = False,
    quiet: Quiet = False,
    figures: FigureFiles = "page",
) -> None:
    """Write the report of a results folder, one HTML file, or of what changed between two."""
    from streetlight.experiments.commands.report import brief_of, changes_between, report_results

    if (other is not None) + brief + (figures != "page") > 1:
        from streetlight.model.errors import InputError

        raise InputError("a second folder, --brief and --figures exclude each other")
    if other is not None:
        raise typer.Exit(changes_between(results, other, out=out, quiet=quiet))
    if brief:
        raise typer.Exit(brief_of(results, out=out, quiet=quiet))
    raise typer.Exit(report_results(results, out=out, quiet=quiet, figures=figures))


@app.command("compare")
def compare_command(
    results: Results,
    other: Other = None,
    metric: Annotated[
        str | None, typer.Option("--metric", help="Compare by this metric alone.")
    ] = None,
    against: Annotated[
        str | None, typer.Option("--against", help="A policy to take as the baseline.")
    ] = None,
    json: Json = False,
) -> None:
    """Print the comparison of a results folder, or what changed from one to another."""
    from streetlight.experiments.commands.compare import compare_results

    if other is not None:
        from streetlight.experiments.commands.between import compare_two
        from streetlight.model.errors import InputError

        if metric or against:
            raise InputError("--metric and --against are for one results folder, not for two")
        raise typer.Exit(compare_two(results, other, as_json=json))

    raise typer.Exit(compare_results(results, metric=metric, against=against, as_json=json))


@app.command("export")
def export_command(
    results: Results,
    to: Annotated[
        str | None, typer.Option("--to", help="csv (a folder of files) or xlsx (a workbook).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to write it (default in the folder).")
    ] = None,
    record: Annotated[
        str | None,
        typer.Option(
            "--record",
            help="The record of one run, POLICY/FUTURE/REPLICATE, of results or an experiment.",
        ),
    ] = None,
    suppress: Annotated[
        bool, typer.Option("--suppress", help="With --record: as shared, small counts blank.")
    ] = False,
) -> None:
    """Write the numbers of a results folder as tidy tables for a spreadsheet.

    With --record: what agencies would have written down in one run, in the columns of a record of
    one's own.
    """
    from streetlight.experiments.commands.export import export_results

    if record is not None:
        from streetlight.experiments.commands.export_record import export_record

        if to is not None:
            from streetlight.model.errors import InputError

            raise InputError("--to: for the tables of a study; a record is written as CSV files")
        raise typer.Exit(export_record(str(results), record, out=out, suppress=suppress))

    raise typer.Exit(export_results(results, to=to, out=out))


@app.command("verify")
def verify_command(
    path: Annotated[Path, typer.Argument(help="A results folder, or a report.html.")],
) -> None:
    """Say whether settings, code and tables are what the run left; needs no network."""
    from streetlight.experiments.commands.verify import verify

    raise typer.Exit(verify(path))


@app.command("replay")
def replay_command(
    results: Results,
    run: Annotated[str, typer.Option("--run", help="Which run: POLICY/FUTURE/REPLICATE.")],
    json: Json = False,
    rules: Rules = None,
) -> None:
    """Recompute one run of a results folder and say whether it is identical."""
    from streetlight.experiments.commands.replay import replay_run

    raise typer.Exit(replay_run(results, run, as_json=json, rules=rules))


@app.command("sensitivity")
def sensitivity_command(
    target: Annotated[
        str, typer.Argument(help="A results folder; for morris and sobol an experiment file.")
    ],
    policy: PolicyName = None,
    against: Against = None,
    metric: MetricName = None,
    method: Annotated[
        str, typer.Option("--method", help="pawn or delta (no new runs); morris or sobol.")
    ] = "pawn",
    trajectories: Annotated[
        int, typer.Option("--trajectories", min=2, help="Of a Morris design.")
    ] = 10,
    levels: Annotated[int, typer.Option("--levels", min=2, help="Of a Morris design's grid.")] = 4,
    base: Annotated[
        int, typer.Option("--base", min=2, help="Base sample of a Sobol design, a power of two.")
    ] = 64,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the runs of a design.")
    ] = None,
    workers: Workers = None,
    yes: Annotated[bool, typer.Option("--yes", help="Run a design without asking.")] = False,
    json: Json = False,
    rules: Rules = None,
) -> None:
    """Say which parameters drive the difference between two policies."""
    from streetlight.experiments.commands.sensitivity import sensitivity

    code = sensitivity(
        target, policy=policy, against=against, metric=metric, method=method,
        trajectories=trajectories, levels=levels, base=base, out=out, workers=workers,
        yes=yes, as_json=json, rules=rules,
    )  # fmt: skip
    raise typer.Exit(code)


@app.command("discover")
def discover_command(
    results: Results,
    policy: PolicyName = None,
    against: Against = None,
    metric: MetricName = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            min=0.0,
            help="A failure is worse by more than this (default: the smallest that matters).",
        ),
    ] = None,
    method: Annotated[str, typer.Option("--method", help="prim or cart.")] = "prim",
    json: Json = False,
) -> None:
    """Say when the preferred policy fails against another."""
    from streetlight.experiments.commands.discover import discover_failures

    code = discover_failures(
        results, policy=policy, against=against, metric=metric, threshold=threshold,
        method=method, as_json=json,
    )  # fmt: skip
    raise typer.Exit(code)


@app.command("attribute")
def attribute_command(
    target: Annotated[
        str, typer.Argument(help="A results folder, or the experiment it was made from.")
    ],
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", help="Of this policy (default: the first); may be repeated."),
    ] = None,
    replicates: Annotated[
        int | None, typer.Option("--replicates", min=1, help="At most so many of each future.")
    ] = None,
    workers: Workers = None,
    quiet: Quiet = False,
    json: Json = False,
    rules: Rules = None,
) -> None:
    """Say to what a policy's change in reports is due: more harm or better seeing."""
    from streetlight.experiments.commands.attribute import attribute_results

    code = attribute_results(
        target, policies=policy or (), replicates=replicates, workers=workers, quiet=quiet,
        as_json=json, rules=rules,
    )  # fmt: skip
    raise typer.Exit(code)


@app.command("params")
def params_command(
    name: Annotated[
        str | None, typer.Argument(help="A parameter, as spell.exit_hazard, or a group.")
    ] = None,
    json: Json = False,
) -> None:
    """List the parameters with unit, range, grade and source; or show one."""
    from streetlight.experiments.commands.params import show_parameters

    raise typer.Exit(show_parameters(name, as_json=json))


regions_app = typer.Typer(help="List where communities can come from, or check a region file.")
app.add_typer(regions_app, name="regions", invoke_without_command=True)


@regions_app.callback()
def regions_command(context: typer.Context, json: Json = False) -> None:
    """List where communities can come from."""
    from streetlight.experiments.commands.regions import show_regions

    if context.invoked_subcommand is None:
        raise typer.Exit(show_regions(as_json=json))


@regions_app.command("check")
def regions_check_command(
    file: Annotated[Path, typer.Argument(help="A region's CSV file, or an experiment file.")],
    json: Json = False,
) -> None:
    """Print what is understood of a region file, or the lines that it lacks."""
    from streetlight.experiments.commands.regions import check_region

    raise typer.Exit(check_region(file, as_json=json))


@app.command("policies")
def policies_command(
    name: Annotated[str | None, typer.Argument(help="A rule or a mix.")] = None,
    record: Annotated[
        Path | None, typer.Option("--record", help="Counts of your own (CSV): who would get what?")
    ] = None,
    region: OwnRegion = None,
    budget: Annotated[
        float | None, typer.Option("--budget", help="With --record: dollars a resident a year.")
    ] = None,
    mix: Annotated[
        str | None, typer.Option("--mix", help="With --record: what the money buys.")
    ] = None,
    columns: OwnColumns = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="With --record: write dollars by place (CSV).")
    ] = None,
    json: Json = False,
) -> None:
    """List the rules and lever mixes that an experiment can name; or show one, with an example.

    With --record: what one rule, or all, would give with your own counts.
    """
    from streetlight.experiments.commands.policies import show_policies

    if record is not None:
        from streetlight.experiments.commands.policies_on_record import policies_on_record

        code = policies_on_record(
            name, record=record, region=region, budget=budget, mix=mix, columns=columns, to=to,
            as_json=json,
        )  # fmt: skip
        raise typer.Exit(code)
    asked = {"region": region, "budget": budget, "mix": mix, "columns": columns, "to": to}
    if without := [f"--{key}" for key, value in asked.items() if value is not None]:
        from streetlight.model.errors import InputError

        raise InputError(f"{', '.join(without)}: for --record, which names the file of counts")

    raise typer.Exit(show_policies(name, as_json=json))


@app.command("record")
def record_command(
    record: Annotated[Path, typer.Argument(help="Counts of your own by place and year (CSV).")],
    region: OwnRegion = None,
    columns: OwnColumns = None,
    worlds: Annotated[int, typer.Option("--worlds", help="Of each reading of the record.")] = 20,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Say whether a record of your own looks like what the model makes for such a region."""
    from streetlight.experiments.commands.record import show_record

    code = show_record(
        record, region=region, columns=columns, worlds=worlds, quiet=quiet, as_json=json
    )
    raise typer.Exit(code)


@app.command("estimate")
def estimate_command(
    record: Annotated[
        Path,
        typer.Argument(help="Counts by place and year, or persons by lists (CSV), of your own."),
    ],
    region: OwnRegion = None,
    columns: OwnColumns = None,
    hidden: Annotated[
        float,
        typer.Option("--hidden", help="Stated variation of hidden risk between places of a class."),
    ] = 0.3,
    share: Annotated[
        float, typer.Option("--share", help="Stated mean share of victimizations recorded.")
    ] = 0.2,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for CSV and page (default results/<record>-estimate)."),
    ] = None,
    json: Json = False,
) -> None:
    """Say what a record of your own can tell of victimization, what not, and what would help."""
    from streetlight.experiments.commands.estimate import estimate_record

    code = estimate_record(
        record, region=region, columns=columns, hidden_cv=hidden, share=share, out=out,
        as_json=json,
    )  # fmt: skip
    raise typer.Exit(code)


@app.command("calibrate")
def calibrate_command(
    targets: Annotated[Path, typer.Argument(help="A file of targets (docs/calibrate.md).")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Where to write it (default TARGETS_fitted.yaml beside it)."),
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Fit chosen parameters to targets of your own setting, and write them as an experiment."""
    from streetlight.experiments.commands.calibrate import calibrate

    raise typer.Exit(calibrate(targets, out=out, quiet=quiet, as_json=json))


@app.command("explore")
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


@app.command("bench")
def bench_command(
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Best of this many.")] = 3,
    scale: Annotated[
        bool, typer.Option("--scale", help="By number of communities and by incidence.")
    ] = False,
    split: Annotated[bool, typer.Option("--split", help="By phase of a policy run.")] = False,
    study: Annotated[
        bool, typer.Option("--study", help="A first answer, and a small study by two workers.")
    ] = False,
    json: Json = False,
) -> None:
    """Measure speed and memory on all US counties."""
    from streetlight.experiments.commands.bench import bench

    raise typer.Exit(bench(repeats=repeats, scale=scale, split=split, study=study, as_json=json))


def main() -> None:
    """Entry point: the exit codes are 0 done, 1 a run failed, 2 bad input, 130 Ctrl-C, 143 TERM."""
    code = call(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader of our output (such as `head`) has closed it: what Python writes at the exit is
        # thrown away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = code or 1
    except OSError as error:
        print(f"standard output: {(error.strerror or str(error)).lower()}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = code or 1
    sys.exit(code)


def call(arguments: list[str]) -> int:
    """Run the command with these arguments and give its exit code."""
    from streetlight.model.errors import InputError, visible

    try:
        app(args=arguments, prog_name="streetlight", standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except InputError as error:
        from streetlight.experiments.commands.carets import in_terminal

        print(in_terminal(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 1  # the reader of our output has closed it
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        gone = isinstance(error, FileNotFoundError)  # a stream is never not there
        what = error.filename or ("the current folder" if gone else "standard output")
        print(visible(f"{what}: {reason}"), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    main()
