"""The command `streetlight` without its commands."""

from __future__ import annotations

import os
from typing import Annotated

import typer

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
