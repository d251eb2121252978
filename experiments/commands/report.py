"""`streetlight report RESULTS`: write the report of a results folder again."""

from __future__ import annotations

import sys
from pathlib import Path

from streetlight.experiments.commands.writing import cannot_be_written, check_out
from streetlight.experiments.figures.picture import Absent
from streetlight.experiments.report.brief import FILE as BRIEF
from streetlight.experiments.report.brief import write_brief
from streetlight.experiments.report.build import FILE, write_report
from streetlight.experiments.report.two import FILE as CHANGES
from streetlight.experiments.report.two import write_changes


def brief_of(folder: Path, *, out: Path | None = None, quiet: bool = False) -> int:
    """Write brief.html, one page that prints to one sheet, and say where it is."""
    if out is not None:
        check_out(out)
    try:
        path = write_brief(folder, out)
    except OSError as error:
        raise cannot_be_written(out or folder / BRIEF, error) from None
    if not quiet:
        print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


def changes_between(
    first: Path, second: Path, *, out: Path | None = None, quiet: bool = False
) -> int:
    """Write what changed from one results folder to another, and say where it is."""
    if out is not None:
        check_out(out)
    try:
        path = write_changes(first, second, out)
    except OSError as error:
        raise cannot_be_written(out or second / CHANGES, error) from None
    if not quiet:
        print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


def report_results(folder: Path, *, out: Path | None = None, quiet: bool = False) -> int:
    """Write report.html and say where it is. InputError when there are no results.

    Exit code: 0 done; 1 a figure failed, and the report lists it as missing.
    """
    if out is not None:
        check_out(out)
    failed: dict[str, Absent] = {}
    try:
        path = write_report(folder, out, on_failure=lambda one: failed.setdefault(one.name, one))
    except OSError as error:
        raise cannot_be_written(out or folder / FILE, error) from None
    if not quiet:
        print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    for one in failed.values():
        print(f"figure {one.name}: {one.reason}", file=sys.stderr)
    return int(bool(failed))
