"""The results folder: what is in it, who may write to it, and what happens to older results.

    cells/<id>/     runs that are not in the tables below yet (`parts`), in one step
    cells.json      which runs are in the tables below, which they are kept in
    failures/<key>.json    a run that ended in an error: its id, the error, the traceback
    stale/          runs, failures and tables of other settings; taken back when those return
    runs.parquet, communities.parquet, groups.parquet, levers.parquet, series.parquet,
    design.parquet, precision.csv, comparison.csv, robustness.csv, regret.csv, pareto.csv,
    measures.parquet, manifest.json, log.txt, figures/
    experiment.json, region.csv, region_neighbours.csv, plans.csv    what its file said

Every file appears under its name complete or not at all. The folder may come from somebody else:
nothing that stands in its files becomes a path, and links in it are refused, because a run would
write through them. Only what bears a name of ours is moved or removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from streetlight.experiments.running.disk import TEMPORARY, lock_file, naming, read_json
from streetlight.experiments.running.parts import INDEX, TABLES
from streetlight.model.errors import NO_UNSEEN, UNSEEN, InputError, visible

COMPARED = ("comparison.csv", "robustness.csv", "regret.csv", "pareto.csv")
DRIVERS = ("sensitivity.csv", "sensitivity.json", "discover.csv", "discover.json")
#: What is made from the runs, and goes stale with the configuration.
PRODUCTS = (
    INDEX, *(f"{name}.parquet" for name in (*TABLES, "design")), *COMPARED,
    "measures.parquet", "precision.csv", "own_record.json", *DRIVERS, "attribution.csv",
    "report.html", "brief.html", "changes.html", "export", "export.xlsx", "figures",
    "experiment.json", "region.csv", "region_neighbours.csv", "plans.csv",
)  # fmt: skip
FAILURE_NAME = re.compile(r"[0-9a-f]{32}\.json")
#: What the record of a failure holds at least.
RECORDED = {"error", "traceback"}
#: Its presence asks workers, on whatever machine, to stop.
STOP = ".stop"
#: Everything that a run writes, by name.
OWN = frozenset({"cells", "stale", "failures", "log.txt", "manifest.json", STOP, ".lock", "slides",
                 *PRODUCTS})  # fmt: skip
LEFT_BESIDE = frozenset(f"{TEMPORARY}{name}" for name in OWN)
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
        self._made: list[Path] = []  # what was not there before: the lock, the folder, those above

    def __enter__(self) -> Store:
        self._check_contents()
        paths = (self.folder / ".lock", self.folder, *self.folder.parents)
        try:
            self._made = [path for path in paths if not path.exists()]
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
            if error is not None:
                self._leave_as_it_was()
            self._lock.close()  # gives up the lock
            self._lock = None

    def _leave_as_it_was(self) -> None:
        """Remove a folder in which nothing was done."""
        with contextlib.suppress(OSError):
            if [one.name for one in self.folder.iterdir()] == [".lock"]:
                for path in self._made:
                    if path.is_dir():
                        path.rmdir()
                    else:
                        path.unlink()

    def _check_contents(self) -> None:
        try:
            os.fspath(self.folder).encode()
        except UnicodeEncodeError:
            raise FolderError(f"{self.folder}: a results folder's path must be UTF-8") from None
        if UNSEEN.search(os.fspath(self.folder)):
            raise FolderError(f"{self.folder}: a results folder's path must be {NO_UNSEEN}")
        if any(":" in part for part in self.folder.relative_to(self.folder.anchor).parts):
            raise FolderError(f"{self.folder}: a results folder's path may hold no colon")
        try:
            if not self.folder.exists():
                return
            if not self.folder.is_dir():
                raise FolderError(f"{self.folder}: is a file, not a folder")
            manifest = self.manifest()
            others = [one.name for one in self.folder.iterdir() if one.name != ".lock"]
            check_links(self.folder)
            check_kinds(self.folder)
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
        temporary.unlink(missing_ok=True)  # were it a link, it would be written through
        try:
            with naming(final):
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
            if FAILURE_NAME.fullmatch(path.name):
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


def began(names: Iterable[str]) -> bool:
    """Whether a folder that holds these names and no others was left behind by a run.

    By one that was killed at once, or by one whose manifest was damaged later.
    """
    names = list(names)
    return "cells" in names and all(one in OWN or one.startswith(TEMPORARY) for one in names)


def links(folder: Path) -> Iterator[Path]:
    """Symbolic links in what a run writes to; cells and failures are only looked at themselves."""
    many = ("cells", "failures")
    for name in sorted(OWN | LEFT_BESIDE):
        if (folder / name).is_symlink():
            yield folder / name
        elif name not in many:
            for root, folders, files in os.walk(folder / name):
                yield from (
                    path for one in (*folders, *files) if (path := Path(root, one)).is_symlink()
                )
                folders[:] = [one for one in folders if one not in many]


def check_links(folder: Path) -> None:
    """FolderError when a link would lead what is written out of the folder."""
    if (link := next(links(folder), None)) is not None:
        raise FolderError(f"{link}: is a link, and would be written through; take it away")


def check_kinds(folder: Path) -> None:
    """FolderError when a file stands where a run has a folder, or a folder where it has a file."""
    for name in ("cells", "failures", "stale"):
        if (folder / name).is_file():
            raise FolderError(f"{folder / name}: is a file where a run has a folder; take it away")
    for name in sorted({STOP, "log.txt"} | LEFT_BESIDE):
        if (folder / name).is_dir():
            raise FolderError(f"{folder / name}: is a folder where a run has a file; take it away")
