"""Commands on the results of a study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streetlight.experiments.commands.options import (
    Against,
    FigureFiles,
    Json,
    MetricName,
    Other,
    PolicyName,
    Quiet,
    Results,
    Rules,
    Workers,
)

commands = typer.Typer()


@commands.command("report")
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


@commands.command("compare")
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


@commands.command("export")
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


@commands.command("verify")
def verify_command(
    path: Annotated[Path, typer.Argument(help="A results folder, or a report.html.")],
) -> None:
    """Say whether settings, code and tables are what the run left; needs no network."""
    from streetlight.experiments.commands.verify import verify

    raise typer.Exit(verify(path))


@commands.command("replay")
def replay_command(
    results: Results,
    run: Annotated[str, typer.Option("--run", help="Which run: POLICY/FUTURE/REPLICATE.")],
    json: Json = False,
    rules: Rules = None,
) -> None:
    """Recompute one run of a results folder and say whether it is identical."""
    from streetlight.experiments.commands.replay import replay_run

    raise typer.Exit(replay_run(results, run, as_json=json, rules=rules))


@commands.command("sensitivity")
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


@commands.command("discover")
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


@commands.command("attribute")
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
