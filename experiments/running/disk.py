"""Files of a results folder: moved, removed, checked and locked, never written through a link."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

PARQUET_END = b"PAR1"
TEMPORARY = ".tmp-"


def read_json(path: Path) -> dict[str, Any] | None:
    """The mapping in a JSON file, or None when there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def hashed(text: str) -> str:
    """A hash of a text, in hex."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def of_file(path: Path) -> str:
    """Hash of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the disk say which file it is about, where it does not say it itself."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            error.filename = os.fspath(path)
        raise


def of_disk(error: OSError) -> str:
    """What is said of an error in writing results: the file, where it is known, and why."""
    why = (os.strerror(error.errno) if error.errno else str(error)).lower()
    return f"{error.filename}: cannot be written: {why}" if error.filename else str(error)


def remove(path: Path) -> None:
    """Remove a file or a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def is_parquet(path: Path) -> bool:
    """Whether a file exists and ends as a parquet file does."""
    try:
        with path.open("rb") as stream:
            stream.seek(-len(PARQUET_END), os.SEEK_END)
            return stream.read() == PARQUET_END
    except OSError:
        return False


def move(source: Path, target: Path) -> None:
    """Move a file or a folder; a file of the same name is replaced, others stay beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir() and target.is_dir():
        for path in sorted(source.iterdir()):
            move(path, target / path.name)
        source.rmdir()
    else:
        os.replace(source, target)


if sys.platform == "win32":
    import msvcrt

    def lock_file(stream: IO[str]) -> bool:
        """Lock an open file; False when another process holds it."""
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def lock_file(stream: IO[str]) -> bool:
        """Lock an open file; False when another process holds it."""
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
