"""Writing the file that `--out` names, or saying in one line why that cannot be."""

from __future__ import annotations

import os
from pathlib import Path

from streetlight.experiments.running.reading import reason
from streetlight.model.errors import InputError

#: So much of a file shows whether we wrote it.
FIRST_BYTES = 8192


def check_out(path: Path, option: str = "--out") -> None:
    """InputError unless a file can have this name; asked before the work, not after it."""
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        raise InputError(f"{option}: {path}: must be UTF-8") from None
    if path.is_dir():
        raise InputError(f"{option}: {path}: is a folder; name a file")
    if not path.parent.is_dir():
        raise InputError(f"{option}: {path}: no folder {path.parent}; make it first")


def check_replaced(path: Path, begins: bytes, holds: bytes, what: str, option: str) -> None:
    """InputError where a file stands that is not what is written here, which would be lost.

    begins, holds: with what its text begins and what its first lines hold; an empty file is free.
    """
    if not path.exists():
        return
    with path.open("rb") as stream:
        first = stream.read(FIRST_BYTES)
    if first and not (first.startswith(begins) and holds in first):
        raise InputError(f"{option}: {path}: is there already, and no {what}; choose another name")


def cannot_be_written(path: Path, error: OSError, option: str = "--out") -> InputError:
    """What is said of a file that could not be written."""
    return InputError(
        f"{path}: cannot be written: {reason(error)}; {option} names another place for it"
    )
