"""`streetlight report RESULTS`: write the report of a results folder again."""

from __future__ import annotations

import sys
from pathlib import Path

from streetlight.experiments.analyse.study import open_study
from streetlight.experiments.commands.writing import cannot_be_written, check_out
from streetlight.experiments.figures import write
from streetlight.experiments.figures.parts import Absent
from streetlight.experiments.report.build import FILE, write_report
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.runner import DRAWN
from streetlight.model.errors import InputError


def report_results(
    folder: Path, *, out: Path | None = None, quiet: bool = False, figures: str = "page"
) -> int:
    """Write report.html and say where it is. InputError when there are no results.

    figures: "none" leaves the folded ones out, "page" has them in it, "all" also writes files of
    them. Exit code: 0 done; 1 a figure failed, and the report lists it as missing.
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
        path = write_report(folder, out, on_failure=note)
        if figures == "all":
            paths = write(open_study(folder), folder / "figures", on_failure=note, say=progress.say)
    except OSError as error:
        raise cannot_be_written(out or folder / FILE, error) from None
    if not quiet:
        print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
        if paths:
            print(f"{folder / 'figures'} ({len(paths)} files)")
    for one in failed.values():
        print(f"figure {one.name}: {one.reason}", file=sys.stderr)
    return int(bool(failed))
