"""The results folder: what is in it, who may write to it, and what happens to older results.

    cells/<key>/    one run: runs, communities, levers, series (parquet), written in one step
    stale/          runs and tables of other settings; taken back when the settings return
    runs.parquet, communities.parquet, levers.parquet, series.parquet, comparison.csv,
    manifest.json, log.txt, figures/

Every file appears under its name complete or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from model.errors import InputError

TABLES = ("runs", "communities", "levers", "series")
PRODUCTS = (*(f"{name}.parquet" for name in TABLES), "comparison.csv", "attribution.csv",
            "report.html", "figures")  # fmt: skip
TEMPORARY = ".tmp-"
PARQUET_END = b"PAR1"


class FolderError(InputError):
    """A results folder that cannot be used; nothing in it was changed."""


class Store:
    """A results folder, locked while it is open: `with Store(path, name) as store`.

    FolderError when the folder cannot be written to, another run holds it, or it holds something
    else than results of the experiment `name`.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self._lock: IO[str] | None = None

    def __enter__(self) -> Store:
        self._check_contents()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("a+", encoding="utf-8")
            with tempfile.TemporaryFile(dir=self.folder):
                pass  # a folder that lists files may still refuse new ones
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise FolderError(f"{self.folder}: cannot be written to: {reason}") from None
        if not lock_file(lock):
            lock.seek(0)
            holder = lock.read(80).strip()
            lock.close()
            raise FolderError(f"{self.folder}: another run is writing here ({holder or 'unknown'})")
        lock.truncate(0)
        lock.write(f"process {os.getpid()}\n")
        lock.flush()
        self._lock = lock
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._lock is not None:
            self._lock.close()  # gives up the lock
            self._lock = None

    def _check_contents(self) -> None:
        if not self.folder.exists():
            return
        if not self.folder.is_dir():
            raise FolderError(f"{self.folder}: is a file, not a folder")
        try:
            manifest = self.manifest()
            others = [one.name for one in self.folder.iterdir() if one.name != ".lock"]
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise FolderError(f"{self.folder}: cannot be read: {reason}") from None
        if manifest is None and others:
            raise FolderError(f"{self.folder}: is not empty and holds no results; name another")
        if manifest is not None and manifest.get("experiment") != self.name:
            other = manifest.get("experiment")
            raise FolderError(f"{self.folder}: holds results of the experiment {other!r}")

    # -- single files

    def manifest(self) -> dict[str, Any] | None:
        """The manifest, or None when there is none that can be read."""
        return read_manifest(self.folder)

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Write manifest.json."""
        text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        self.write("manifest.json", lambda path: path.write_text(text, encoding="utf-8"))

    def write(self, name: str, writer: Callable[[Path], Any]) -> Path:
        """Let `writer` write a file under a temporary name, then give it its own."""
        temporary = self.folder / f"{TEMPORARY}{name}"
        final = self.folder / name
        try:
            writer(temporary)
            os.replace(temporary, final)
        finally:
            temporary.unlink(missing_ok=True)
        return final

    def log(self, text: str) -> None:
        """Add lines to log.txt."""
        with (self.folder / "log.txt").open("a", encoding="utf-8") as stream:
            stream.write(text.rstrip("\n") + "\n")

    # -- cells

    def cell(self, key: str) -> Path:
        """Folder of one run's results."""
        return self.folder / "cells" / key

    def has(self, key: str) -> bool:
        """Whether a run's results are all there."""
        return all(is_parquet(self.cell(key) / f"{name}.parquet") for name in TABLES)

    def adopt(self, keys: Iterable[str], config_digest: str) -> int:
        """Keep the runs of `keys`, take them back from stale/, move all others there.

        Tables and figures of another configuration go to stale/ as well. Gives the number kept.
        """
        wanted = set(keys)
        stale = self.folder / "stale"
        (self.folder / "cells").mkdir(exist_ok=True)
        for path in sorted((self.folder / "cells").iterdir()):
            if path.name.startswith(TEMPORARY) or not self.has(path.name):
                shutil.rmtree(path)  # left behind by a run that was killed
            elif path.name not in wanted:
                move(path, stale / "cells" / path.name)
        kept = 0
        for key in wanted:
            shelved = stale / "cells" / key
            if not self.cell(key).exists() and shelved.exists():
                move(shelved, self.cell(key))
            kept += self.has(key)
        old = self.manifest()
        if old is not None and old.get("config_sha256") != config_digest:
            shelf = stale / str(old.get("config_sha256"))[:12]
            for name in (*PRODUCTS, "manifest.json"):
                if (self.folder / name).exists():
                    move(self.folder / name, shelf / name)
        return kept


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a results folder, or None when there is none that can be read."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


def write_cell(cell: Path, writers: dict[str, Callable[[Path], Any]]) -> None:
    """Write one run's tables into a temporary folder, then give it its name."""
    temporary = cell.with_name(f"{TEMPORARY}{cell.name}-{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        for name, writer in writers.items():
            writer(temporary / f"{name}.parquet")
        shutil.rmtree(cell, ignore_errors=True)
        os.replace(temporary, cell)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def is_parquet(path: Path) -> bool:
    """Whether a file exists and ends as a parquet file does."""
    try:
        with path.open("rb") as stream:
            stream.seek(-len(PARQUET_END), os.SEEK_END)
            return stream.read() == PARQUET_END
    except OSError:
        return False


def move(source: Path, target: Path) -> None:
    """Move a file or folder, replacing what is in its way."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
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
