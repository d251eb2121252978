"""`streetlight verify RESULTS|report.html`: is everything still what the run wrote?"""

from __future__ import annotations

import sys
from pathlib import Path

from streetlight.experiments.analyse.fingerprint import (
    fingerprint,
    problems_of_folder,
    problems_of_page,
)
from streetlight.model.errors import visible


def verify(path: Path) -> int:
    """Say whether settings, code and files match their fingerprint. Needs no network.

    Exit code: 0 all matches, 1 something does not; InputError when there is no fingerprint.
    """
    is_page = path.is_file()
    problems = problems_of_page(path) if is_page else problems_of_folder(path)
    for problem in problems:
        print(visible(f"{path}: {problem}"), file=sys.stderr)
    if problems:
        return 1
    folder = path.parent if is_page else path
    if (folder / "manifest.json").is_file():
        found = fingerprint(folder)
        what = f"settings, code and {len(found['files'])} files match; fingerprint {found['short']}"
    else:
        what = "unchanged since it was written; its results are not beside it"
    print(f"{path}: {what}")
    return 0
