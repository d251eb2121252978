"""`streetlight report RESULTS`: write the report of a results folder again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from streetlight.experiments.analyse.study import open_study
from streetlight.experiments.commands.writing import cannot_be_written, check_out, check_replaced
from streetlight.experiments.figures import wanted, write_all
from streetlight.experiments.figures.parts import Absent
from streetlight.experiments.report.brief import FILE as BRIEF
from streetlight.experiments.report.brief import write_brief
from streetlight.experiments.report.two import FILE as CHANGES
from streetlight.experiments.report.two import write_changes
from streetlight.experiments.report.write import FILE, write_page
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.store import check_links
from streetlight.model.errors import InputError

T = TypeVar("T")


def brief_of(folder: Path, *, out: Path | None = None, quiet: bool = False) -> int:
    """Write brief.html, one page that prints to one sheet, and say where it is."""
    told(written(lambda: write_brief(folder, out), out, folder / BRIEF), quiet)
    return 0


def changes_between(
    first: Path, second: Path, *, out: Path | None = None, quiet: bool = False
) -> int:
    """Write what changed from one results folder to another, and say where it is."""
    told(written(lambda: write_changes(first, second, out), out, second / CHANGES), quiet)
    return 0


def report_results(
    folder: Path, *, out: Path | None = None, quiet: bool = False, figures: str = "page"
) -> int:
    """Write report.html and say where it is. InputError when there are no results.

    figures: "all" draws those for analysts too, folded in the page and as files in figures/ and
    slides/. Exit code: 0 done; 1 a figure failed.
    """
    if figures not in ("page", "all"):
        raise InputError(f"--figures: {figures}: a report is a page; must be one of page, all")
    failed: dict[str, Absent] = {}

    def note(absent: Absent) -> None:
        failed.setdefault(absent.name, absent)

    study = open_study(folder)
    check_links(folder)
    drawn = wanted(study) if figures == "all" else []
    path = written(
        lambda: write_page(study, out, figures=drawn, on_failure=note), out, folder / FILE
    )
    told(path, quiet)
    if drawn:
        say = Progress("silent" if quiet else "auto").say
        paths = written(lambda: write_all(drawn, folder, note, say), None, folder / "figures")
        if not quiet:
            print(f"{folder / 'figures'} and {folder / 'slides'} ({len(paths)} files)")
    for one in failed.values():
        print(f"figure {one.name}: {one.reason}", file=sys.stderr)
    return int(bool(failed))


def written(write: Callable[[], T], out: Path | None, default: Path) -> T:
    """What `write` gives; one line where the disk is at fault."""
    if out is not None:
        check_out(out)
    try:
        if out is not None:
            check_replaced(out, b"<!doctype html>", b"streetlight", "page of Streetlight", "--out")
        return write()
    except OSError as error:
        raise cannot_be_written(out or default, error) from None


def told(path: Path, quiet: bool) -> None:
    """Say where a page is."""
    if not quiet:
        print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
