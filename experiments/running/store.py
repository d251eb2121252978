"""The results folder: what is in it, who may write to it, and what happens to older results.

    cells/<key>/    one run: runs, communities, groups, levers, series (parquet), in one step
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
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from streetlight.model.errors import NO_UNSEEN, UNSEEN, InputError, visible

TABLES = ("runs", "communities", "groups", "levers", "series")
COMPARED = ("comparison.csv", "robustness.csv", "regret.csv", "pareto.csv")
DRIVERS = ("sensitivity.csv", "sensitivity.json", "discover.csv", "discover.json")
#: What is made from the runs, and goes stale with the configuration.
PRODUCTS = (
    *(f"{name}.parquet" for name in (*TABLES, "design")),
    *COMPARED, "measures.parquet", "precision.csv", "own_record.json", *DRIVERS, "attribution.csv",
    "report.html", "brief.html", "changes.html", "export", "export.xlsx", "figures",
    "experiment.json", "region.csv", "region_neighbours.csv", "plans.csv",
)  # fmt: skip
TEMPORARY = ".tmp-"
#: Name of a cell: its content key (`design.cell_key`).
KEY = r"[0-9a-f]{32}"
CELL_NAME = re.compile(KEY)
DIGEST = re.compile(r"[0-9a-f]{64}")
FAILURE_NAME = re.compile(rf"{KEY}\.json")
#: What a run that was killed leaves in cells/ and failures/, and beside them.
LEFT_IN_CELLS = re.compile(rf"{re.escape(TEMPORARY)}{KEY}-[0-9a-f]{{8}}")
#: What the record of a failure holds at least.
RECORDED = {"error", "traceback"}
#: Its presence asks workers, on whatever machine, to stop.
STOP = ".stop"
#: Everything that a run writes, by name.
OWN = frozenset({"cells", "stale", "failures", "log.txt", "manifest.json", STOP, ".lock", "slides",
                 *PRODUCTS})  # fmt: skip
LEFT_BESIDE = frozenset(f"{TEMPORARY}{name}" for name in OWN)
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
        (self.folder / STOP).unlink(missing_ok=True)
        for path in self.folder.glob(f"{TEMPORARY}*"):
            if path.name in LEFT_BESIDE and path.is_file():
                path.unlink()  # left behind by a run that was killed
        (self.folder / "cells").mkdir(exist_ok=True)
        self._set_others_aside(wanted)
        for key in sorted(wanted):
            for path in (self.cell(key), self.failure(key)):
                shelved = self.folder / "stale" / path.relative_to(self.folder)
                if not path.exists() and shelved.exists():
                    move(shelved, path)
        if shelf := self.shelf(config_digest):
            for name in (*PRODUCTS, "manifest.json"):
                if (self.folder / name).exists():
                    move(self.folder / name, shelf / name)
        return {key for key in wanted if self.has(key)}

    def _set_others_aside(self, wanted: set[str]) -> None:
        """Remove what a killed run left; move incomplete runs and those not wanted to stale/."""
        stale = self.folder / "stale"
        for path in sorted((self.folder / "cells").glob("*")):
            if LEFT_IN_CELLS.fullmatch(path.name):
                remove(path)
            elif CELL_NAME.fullmatch(path.name) and not self.has(path.name):
                set_aside(path)
            elif CELL_NAME.fullmatch(path.name) and path.name not in wanted:
                move(path, stale / "cells" / path.name)
        for path in sorted((self.folder / "failures").glob("*")):
            if LEFT_IN_CELLS.fullmatch(path.name):
                remove(path)
            elif FAILURE_NAME.fullmatch(path.name) and path.stem not in wanted:
                move(path, stale / "failures" / path.name)

    def shelf(self, config_digest: str) -> Path | None:
        """Where results of another configuration are set aside; None when the folder holds none.

        The manifest may say anything, so the name there is a hash of what it says.
        """
        if not (self.folder / "manifest.json").exists():
            return None
        found = self.manifest()
        said = str((found or {}).get("config_sha256"))
        if found and said == config_digest:
            return None
        known = said if DIGEST.fullmatch(said) else hashed(said)
        return self.folder / "stale" / ("damaged" if found is None else known[:12])

    def replaced(self, config_digest: str) -> str:
        """Whose results the folder holds, in a sentence; "" unless they are of other settings."""
        shelf, found = self.shelf(config_digest), self.manifest()
        if shelf is None or found is None:
            return ""
        title, started = str(found.get("title"))[:200], str(found.get("started"))[:25]
        return visible(
            f'{self.folder} held results of "{title}" with other settings, begun {started}: runs '
            f"that are the same are kept, the rest is now in {shelf}"
        )

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


def hashed(text: str) -> str:
    """A hash of a text, in hex."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


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


def write_cell(cell: Path, writers: dict[str, Callable[[Path], Any]]) -> None:
    """Write one run's tables into a temporary folder, then give it its name."""
    temporary = cell.with_name(f"{TEMPORARY}{cell.name}-{uuid.uuid4().hex[:8]}")
    temporary.mkdir(parents=True)
    try:
        for name, writer in writers.items():
            with naming(cell / f"{name}.parquet"):
                writer(temporary / f"{name}.parquet")
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
    """Move a file or a folder; a file of the same name is replaced, others stay beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir() and target.is_dir():
        for path in sorted(source.iterdir()):
            move(path, target / path.name)
        source.rmdir()
    else:
        os.replace(source, target)


def set_aside(cell: Path) -> None:
    """Move a run that is damaged, with whatever else lies in its folder, to stale/damaged/."""
    move(cell, cell.parent.parent / "stale" / "damaged" / cell.name)


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
