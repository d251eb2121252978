"""Commands on parameters, regions and records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streetlight.experiments.commands.options import (
    Json,
    OwnColumns,
    OwnRegion,
    Quiet,
    Rules,
)

commands = typer.Typer()


@commands.command("params")
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
commands.add_typer(regions_app, name="regions", invoke_without_command=True)


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


@commands.command("policies")
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


@commands.command("record")
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


@commands.command("estimate")
def estimate_command(
    record: Annotated[
        Path | None,
        typer.Argument(help="Counts by place and year, or persons by lists (CSV), of your own."),
    ] = None,
    league: Annotated[
        str | None,
        typer.Option(
            "--league",
            help="An experiment: which estimator comes nearest to the truth in its worlds?",
        ),
    ] = None,
    worlds: Annotated[
        int | None,
        typer.Option("--worlds", help="With --league: of each future (default: replications)."),
    ] = None,
    region: OwnRegion = None,
    columns: OwnColumns = None,
    hidden: Annotated[
        float,
        typer.Option("--hidden", help="Stated variation of hidden risk between places of a class."),
    ] = 0.3,
    share: Annotated[
        float | None,
        typer.Option("--share", help="Stated share of victimizations that these counts hold."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder for what is written (default results/<record>-estimate, or -league).",
        ),
    ] = None,
    rules: Rules = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Say what a record of your own can tell of victimization, what not, and what would help.

    With --league: score all estimators against the truth in the worlds of an experiment.
    """
    from streetlight.model.errors import InputError

    def refuse(of: str, **given: object) -> None:
        if wrong := [f"--{key}" for key, value in given.items() if value]:
            raise InputError(f"{', '.join(wrong)}: only {of}")

    if league is not None:
        from streetlight.experiments.commands.estimate_league import estimate_league

        if record is not None:
            raise InputError(f"{record}: --league is of simulated worlds, and reads no record")
        refuse("beside a record, not with --league", region=region, columns=columns)
        code = estimate_league(
            league, worlds=worlds, hidden_cv=hidden, share=share, out=out, rules=rules,
            quiet=quiet, as_json=json,
        )  # fmt: skip
        raise typer.Exit(code)
    from streetlight.experiments.commands.estimate import estimate_record

    if record is None:
        raise InputError("RECORD: required: a file of counts or lists; or --league EXPERIMENT")
    refuse("with --league", worlds=worlds, rules=rules, quiet=quiet)
    code = estimate_record(
        record, region=region, columns=columns, hidden_cv=hidden, share=share, out=out,
        as_json=json,
    )  # fmt: skip
    raise typer.Exit(code)


@commands.command("diagnose")
def diagnose_command(
    record: Annotated[Path, typer.Argument(help="Counts by channel and year of your own (CSV).")],
    change: Annotated[int, typer.Option("--change", help="The first year after the change.")],
    place: Annotated[
        str | None, typer.Option("--place", help="Id of the place, where there are several.")
    ] = None,
    region: OwnRegion = None,
    columns: OwnColumns = None,
    json: Json = False,
) -> None:
    """Say how probable each cause of a change in reports is: attention, victimization, others."""
    from streetlight.experiments.commands.diagnose import diagnose_record

    code = diagnose_record(
        record, change=change, place=place, region=region, columns=columns, as_json=json
    )
    raise typer.Exit(code)


@commands.command("calibrate")
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
