"""Parts: folders that hold the tables of several runs, and which runs those are.

A worker writes the runs of a group as one part, `cells/<id>/`. The tables of a results folder are a
part as well, of all runs: once they are complete they take the place of those in cells/, so that
nothing is kept twice. A part is five tables and `cells.json`, which has the rows that each run has
in each of them. Every table carries the part's id, a hash of that list, and is checked when it is
read.
"""

from __future__ import annotations

import json
import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from streetlight.experiments.running.disk import (
    TEMPORARY,
    hashed,
    is_parquet,
    move,
    naming,
    of_file,
    read_json,
)

TABLES = ("runs", "communities", "groups", "levers", "series")
INDEX = "cells.json"
#: Name of a run: its content key (`design.cell_key`); of a part: its id.
KEY = re.compile(r"[0-9a-f]{32}")
#: Under which a table says which part it is of.
OWNER = b"streetlight.part"

#: Of each run its key, and its rows in each of `TABLES`.
Rows = Sequence[tuple[str, Sequence[int]]]
Writer = Callable[[Path], Any]


@dataclass(frozen=True)
class RunPart:
    """A folder of tables. rows: of each run its key, and its rows in each of `TABLES`, in order.

    A run that an experiment has under two names is in it twice. sums: hashes of the tables' bytes,
    which only the tables of the whole folder have.
    """

    folder: Path
    rows: Rows
    sums: Mapping[str, str]

    @cached_property
    def id(self) -> str:
        """Name of the part: a hash of its runs and their rows."""
        return id_of(self.rows)

    @cached_property
    def keys(self) -> list[str]:
        """Its runs, in order."""
        return [key for key, _ in self.rows]

    @cached_property
    def spans(self) -> dict[str, dict[str, tuple[int, int]]]:
        """By table and run: the position of its first row, and the number of its rows."""
        found = {}
        for k, name in enumerate(TABLES):
            counts = [rows[k] for _, rows in self.rows]
            firsts = accumulate([0, *counts[:-1]])
            found[name] = dict(zip(self.keys, zip(firsts, counts, strict=True), strict=True))
        return found

    def path(self, name: str) -> Path:
        """The file of a table."""
        return self.folder / f"{name}.parquet"

    def is_whole(self) -> bool:
        """Whether all tables are there, and end as tables do."""
        return all(is_parquet(self.path(name)) for name in TABLES)

    def is_unchanged(self) -> bool:
        """Whether the bytes of every table are those that were written."""
        try:
            return all(self.sums.get(name) == of_file(self.path(name)) for name in TABLES)
        except OSError:
            return False

    def owns(self, table: pa.Schema, name: str, n_rows: int) -> bool:
        """Whether a table was written as one of this part."""
        expected = sum(counts[TABLES.index(name)] for _, counts in self.rows)
        return (table.metadata or {}).get(OWNER) == self.id.encode() and n_rows == expected

    def slices(self, name: str, keys: Iterable[str]) -> Iterator[tuple[str, pa.Table]]:
        """The rows of some of its runs; what holds none of them is not read.

        ArrowException or OSError when the table cannot be read, or is another part's.
        """
        spans = {key: self.spans[name][key] for key in keys}
        with pq.ParquetFile(self.path(name)) as file:
            found = file.metadata
            if not self.owns(file.schema_arrow, name, found.num_rows):
                raise OSError(f"{self.path(name)}: is another run's")
            sizes = [found.row_group(k).num_rows for k in range(found.num_row_groups)]
            edges = list(accumulate([0, *sizes]))
            groups = [
                k for k in range(len(sizes))
                if any(a < edges[k + 1] and a + n > edges[k] for a, n in spans.values())
            ]  # fmt: skip
            starts = dict(zip(groups, accumulate([0, *(sizes[k] for k in groups)]), strict=False))
            table = file.read_row_groups(groups, use_threads=False)
        for key, (first, n) in spans.items():
            group = next((k for k in groups if edges[k] <= first < edges[k + 1]), None)
            start = 0 if group is None else starts[group] + first - edges[group]
            yield key, table.slice(start, n)


def id_of(rows: Rows) -> str:
    """Name of the part that holds these runs, with so many rows each."""
    return hashed(json.dumps(listed(rows)))[:32]


def listed(rows: Rows) -> list[list[Any]]:
    """The runs of a part as the index has them."""
    return [[key, *counts] for key, counts in rows]


def found_in(folder: Path) -> RunPart | None:
    """The part in a folder, or None; its tables are not looked at."""
    content = read_json(folder / INDEX) or {}
    cells, sums = content.get("cells"), content.get("sha256", {})
    if not isinstance(cells, list) or not cells or not isinstance(sums, dict):
        return None
    if not all(is_row(row) for row in cells):
        return None
    return RunPart(folder, tuple((key, tuple(counts)) for key, *counts in cells), sums)


def is_row(row: Any) -> bool:
    """Whether this is a run's key and the numbers of its rows."""
    return (
        isinstance(row, list)
        and len(row) == 1 + len(TABLES)
        and isinstance(row[0], str)
        and KEY.fullmatch(row[0]) is not None
        and all(type(n) is int and n >= 0 for n in row[1:])
    )


def write_index(path: Path, rows: Rows, sums: Mapping[str, str] | None = None) -> None:
    """Write the list of a part's runs."""
    content = {"cells": listed(rows)} | ({"sha256": dict(sums)} if sums else {})
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


def write_part(cells: Path, rows: Rows, writers: Mapping[str, Writer]) -> RunPart:
    """Write a part into a temporary folder of `cells`, then give it its name.

    writers: by table, what writes it to a path. A part that is there is left as it is: it holds the
    same runs.
    """
    part = RunPart(cells / id_of(rows), rows, {})
    if part.is_whole():
        return part
    temporary = cells / f"{TEMPORARY}{part.id}-{uuid.uuid4().hex[:8]}"
    temporary.mkdir(parents=True)
    try:
        for name, writer in writers.items():
            with naming(part.path(name)):
                writer(temporary / f"{name}.parquet")
        with naming(part.folder / INDEX):
            write_index(temporary / INDEX, rows)
            temporary.rename(part.folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return part


def gather(part: RunPart, cells: Path) -> RunPart:
    """Move the tables of a whole folder to a place of their own in `cells`, the index first.

    Killed on the way, the next run ends it (`complete`).
    """
    target = RunPart(cells / part.id, part.rows, {})
    target.folder.mkdir(parents=True, exist_ok=True)
    move(part.folder / INDEX, target.folder / INDEX)
    complete(target, [part.folder])
    return target


def complete(part: RunPart, others: Iterable[Path]) -> None:
    """Take those tables that a part lacks from other folders, where they still lie."""
    for name in TABLES:
        for folder in others:
            path = folder / f"{name}.parquet"
            if not part.path(name).exists() and is_owned(path, part, name):
                move(path, part.path(name))


def is_owned(path: Path, part: RunPart, name: str) -> bool:
    """Whether a file is a part's table of that name."""
    try:
        with pq.ParquetFile(path) as file:
            return part.owns(file.schema_arrow, name, file.metadata.num_rows)
    except (pa.ArrowException, OSError):
        return False


def set_aside(part: RunPart, stale: Path) -> None:
    """Move a part that is damaged to stale/damaged/."""
    for path in (part.folder / INDEX, *(part.path(name) for name in TABLES)):
        if path.exists():
            move(path, stale / "damaged" / part.id / path.name)
    drop_folder(part.folder)


def drop(part: RunPart) -> None:
    """Remove a part's files from cells/, and its folder if nothing of others lies in it."""
    for path in (part.folder / INDEX, *(part.path(name) for name in TABLES)):
        path.unlink(missing_ok=True)
    drop_folder(part.folder)


def drop_folder(folder: Path) -> None:
    """Remove a folder of cells/ that is empty."""
    if KEY.fullmatch(folder.name) and not any(folder.iterdir()):
        folder.rmdir()


class Kept:
    """Which runs a results folder holds, and where: `key in kept`, `kept.part(key)`.

    The tables of the folder itself come first, then the parts in cells/.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cells = folder / "cells"
        self._by_key: dict[str, RunPart] = {}
        self.whole: RunPart | None = None
        self.look()

    def look(self) -> None:
        """Find all parts that are there."""
        self._by_key = {}
        for path in sorted(self.cells.glob("*")):
            if KEY.fullmatch(path.name):
                self.add(path.name)
        whole = found_in(self.folder)
        self.whole = whole if whole is not None and whole.is_whole() else None
        if self.whole is not None:
            self._by_key |= dict.fromkeys(self.whole.keys, self.whole)

    def add(self, name: str) -> None:
        """Note a part that has come to cells/."""
        part = found_in(self.cells / name)
        if part is not None and part.id == name and part.is_whole():
            self._by_key |= dict.fromkeys(part.keys, part)

    def __contains__(self, key: str) -> bool:
        return key in self._by_key

    def part(self, key: str) -> RunPart:
        """The part that a run is in; KeyError when there is none."""
        return self._by_key[key]

    def by_part(self, keys: Iterable[str]) -> dict[Path, tuple[RunPart, list[str]]]:
        """Runs by the part they are in, in the order in which parts are first met."""
        found: dict[Path, tuple[RunPart, list[str]]] = {}
        for key in keys:
            part = self._by_key[key]
            found.setdefault(part.folder, (part, []))[1].append(key)
        return found
