"""`streetlight report RESULTS`: write the report of a results folder again."""

from __future__ import annotations

from pathlib import Path

from experiments.report.build import write_report


def report_results(folder: Path, *, out: Path | None = None, quiet: bool = False) -> int:
    """Write report.html and say where it is. InputError when there are no results."""
    path = write_report(folder, out)
    if not quiet:
        print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0
