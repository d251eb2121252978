"""`streetlight report RESULTS`: write the report of a results folder again."""

from __future__ import annotations

import sys
from pathlib import Path

from streetlight.experiments.analyse.study import open_study
from streetlight.experiments.commands.writing import cannot_be_written, check_out
from streetlight.experiments.figures import slides, write
from streetlight.experiments.figures.parts import Absent
from streetlight.experiments.report.brief import FILE as BRIEF
from streetlight.experiments.report.brief import write_brief
from streetlight.experiments.report.two import FILE as CHANGES
from streetlight.experiments.report.two import write_changes
from streetlight.experiments.report.write import FILE, write_report
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.runner import DRAWN
from streetlight.model.errors import InputError


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


def report_results(
    folder: Path, *, out: Path | None = None, quiet: bool = False, figures: str = "page"
) -> int:
    """Write report.html and say where it is. InputError when there are no results.

    figures: "all" draws those for analysts too, folded in the page and as files in figures/.
    Exit code: 0 done; 1 a figure failed.
    """
    if figures not in DRAWN:
        raise InputError(f"--figures: {figures}: must be one of {', '.join(DRAWN)}")
    if out is not None:
        check_out(out)
    failed: dict[str, Absent] = {}

    def note(absent: Absent) -> None:
        failed.setdefault(absent.name, absent)

    progress = Progress("silent" if quiet else "auto")
    paths: list[Path] = []
    try:
        path = write_report(folder, out, figures=figures == "all", on_failure=note)
        if figures == "all":
            study = open_study(folder)
            paths = write(study, folder / "figures", on_failure=note, say=progress.say)
            paths += slides(study, folder / "slides")
    except OSError as error:
        raise cannot_be_written(out or folder / FILE, error) from None
    if not quiet:
        print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
        if paths:
            print(f"{folder / 'figures'} and {folder / 'slides'} ({len(paths)} files)")
    for one in failed.values():
        print(f"figure {one.name}: {one.reason}", file=sys.stderr)
    return int(bool(failed))
