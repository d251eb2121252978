"""The results folder: what is in it, who may write to it, and what happens to older results.

    cells/<key>/    one run: runs, communities, groups, levers, series (parquet), in one step
    failures/<key>.json    a run that ended in an error: its id, the error, the traceback
    stale/          runs, failures and tables of other settings; taken back when those return
    runs.parquet, communities.parquet, groups.parquet, levers.parquet, series.parquet,
    design.parquet, precision.csv, comparison.csv, robustness.csv, regret.csv, pareto.csv,
    measures.parquet, manifest.json, log.txt, figures/
    experiment.json, region.csv, region_neighbours.csv, plans.csv    what its file said

Every file appears under its name complete or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from streetlight.model.errors import InputError, visible

TABLES = ("runs", "communities", "groups", "levers", "series")
COMPARED = ("comparison.csv", "robustness.csv", "regret.csv", "pareto.csv")
DRIVERS = ("sensitivity.csv", "sensitivity.json", "discover.csv", "discover.json")
#: What is made from the runs, and goes stale with the configuration.
PRODUCTS = (
    *(f"{name}.parquet" for name in (*TABLES, "design")),
    *COMPARED, "measures.parquet", "precision.csv", *DRIVERS, "attribution.csv", "report.html",
    "brief.html", "changes.html",
    "export", "export.xlsx", "figures", "experiment.json", "region.csv", "region_neighbours.csv",
    "plans.csv",
)  # fmt: skip
TEMPORARY = ".tmp-"
#: What the record of a failure holds at least.
RECORDED = {"error", "traceback"}
#: Its presence asks workers, on whatever machine, to stop.
STOP = ".stop"
PARQUET_END = b"PAR1"
#: JSON escapes halves of characters, which UTF-8 does not have, as a backslash would.
UTF8: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace"}


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
        try:
            os.fspath(self.folder).encode()
        except UnicodeEncodeError:
            raise FolderError(f"{self.folder}: a results folder's path must be UTF-8") from None
        if any(":" in part for part in self.folder.relative_to(self.folder.anchor).parts):
            raise FolderError(f"{self.folder}: a results folder's path may hold no colon")
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
        if manifest is None and others and not began(others):
            raise FolderError(f"{self.folder}: is not empty and holds no results; name another")
        if manifest is not None and manifest.get("experiment") != self.name:
            other = manifest.get("experiment")
            raise FolderError(f"{self.folder}: holds results of the experiment {other!r}")

    # -- single files

    def manifest(self) -> dict[str, Any] | None:
        """The manifest, or None when there is none that can be read."""
        found = read_json(self.folder / "manifest.json")
        return found if found and isinstance(found.get("experiment"), str) else None

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Write manifest.json."""
        text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        self.write("manifest.json", lambda path: path.write_text(text, **UTF8))

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
        """Add lines to log.txt; a disk that is too full for them is no error."""
        path = self.folder / "log.txt"
        lines = [visible(line) for line in text.rstrip("\n").split("\n")]
        with contextlib.suppress(OSError), path.open("a", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")

    # -- cells

    def cell(self, key: str) -> Path:
        """Folder of one run's results."""
        return self.folder / "cells" / key

    def has(self, key: str) -> bool:
        """Whether a run's results are all there."""
        return all(is_parquet(self.cell(key) / f"{name}.parquet") for name in TABLES)

    def adopt(self, keys: Iterable[str], config_digest: str) -> set[str]:
        """Keep the runs and failures of `keys`, take them back from stale/, move all others there.

        Tables and figures of another configuration go to stale/ as well. Gives the keys kept.
        """
        wanted = set(keys)
        stale = self.folder / "stale"
        (self.folder / STOP).unlink(missing_ok=True)
        for path in self.folder.glob(f"{TEMPORARY}*"):
            remove(path)  # left behind by a run that was killed
        (self.folder / "cells").mkdir(exist_ok=True)
        for name in ("cells", "failures"):
            for path in sorted((self.folder / name).glob("*")):
                if path.name.startswith(TEMPORARY) or (name == "cells" and not self.has(path.name)):
                    remove(path)  # the same
                elif path.stem not in wanted:
                    move(path, stale / name / path.name)
        for key in sorted(wanted):
            for path in (self.cell(key), self.failure(key)):
                shelved = stale / path.relative_to(self.folder)
                if not path.exists() and shelved.exists():
                    move(shelved, path)
        old = self.manifest()
        is_there = old is not None or (self.folder / "manifest.json").exists()
        if is_there and (old is None or old.get("config_sha256") != config_digest):
            shelf = stale / ("damaged" if old is None else str(old.get("config_sha256"))[:12])
            for name in (*PRODUCTS, "manifest.json"):
                if (self.folder / name).exists():
                    move(self.folder / name, shelf / name)
        return {key for key in wanted if self.has(key)}

    # -- failures

    def failure(self, key: str) -> Path:
        """Where it is recorded that a run failed."""
        return self.folder / "failures" / f"{key}.json"

    def record_failure(self, key: str, facts: dict[str, str]) -> None:
        """Record that a run failed; a disk that is too full for the record is no error."""
        path = self.failure(key)
        temporary = path.with_name(f"{TEMPORARY}{key}-{uuid.uuid4().hex[:8]}")
        try:
            path.parent.mkdir(exist_ok=True)
            temporary.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
            os.replace(temporary, path)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)

    def failures(self) -> dict[str, dict[str, str]]:
        """Recorded failures by the key of the run."""
        paths = sorted((self.folder / "failures").glob("[!.]*.json"))
        found = {path.stem: read_json(path) or {} for path in paths}
        return {
            key: facts for key, facts in found.items()
            if all(isinstance(facts.get(name), str) for name in RECORDED)
        }  # fmt: skip

    def forget_failures(self) -> None:
        """Let failed runs be tried again."""
        for path in (self.folder / "failures").glob("*.json"):
            path.unlink()

    # -- stopping

    def ask_to_stop(self) -> None:
        """Ask workers to stop before their next run; a full disk must not keep us from ending."""
        with contextlib.suppress(OSError):
            (self.folder / STOP).touch()

    def asked_to_stop(self) -> bool:
        """Whether workers are to stop."""
        return (self.folder / STOP).exists()

    def clear_stop(self) -> None:
        """Take the request back."""
        (self.folder / STOP).unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any] | None:
    """The mapping in a JSON file, or None when there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def began(names: Iterable[str]) -> bool:
    """Whether a folder that holds these names and no others was left behind by a run.

    By one that was killed at once, or by one whose manifest was damaged later.
    """
    own = {"cells", "stale", "failures", "log.txt", "manifest.json", STOP, *PRODUCTS}
    names = list(names)
    return "cells" in names and all(one in own or one.startswith(TEMPORARY) for one in names)


def write_cell(cell: Path, writers: dict[str, Callable[[Path], Any]]) -> None:
    """Write one run's tables into a temporary folder, then give it its name."""
    temporary = cell.with_name(f"{TEMPORARY}{cell.name}-{uuid.uuid4().hex[:8]}")
    temporary.mkdir(parents=True)
    try:
        for name, writer in writers.items():
            writer(temporary / f"{name}.parquet")
        shutil.rmtree(cell, ignore_errors=True)
        os.replace(temporary, cell)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


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
