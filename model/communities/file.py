"""Read a region from a CSV file, and say everything that is wrong with it in one pass.

The file: UTF-8 (a byte-order mark is fine), commas, a header line, one community a line. `id`,
`name` and `population` are required; `youth`, `youth_12_17`, `poverty_share`, `place_class`,
`latitude`, `longitude`, `state`, `covariate` are optional; other columns are kept as text. A blank
cell is unknown. An apostrophe before = + - @ marks text that is no formula, and is taken away.
Neighbours stand in `<stem>_neighbours.csv` beside it, columns `id_a,id_b`.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streetlight.model.arrays import ByteArray, FloatArray
from streetlight.model.communities.columns import (
    BOUNDS,
    CLASS_OF_LABEL,
    KNOWN_COLUMNS,
    REQUIRED,
    UNKNOWN_CLASS,
    Origin,
    RegionColumns,
    RegionError,
    check_columns,
    check_neighbours,
    classes_allowed,
    fill_gaps,
    shown,
)
from streetlight.model.errors import NO_UNSEEN, UNSEEN, Problems, closest, did_you_mean
from streetlight.model.text import unmarked

LARGEST_FILE = 50_000_000  # bytes
MOST_RECORDS = 1_000_000  # lines of one file; three hundred times the US counties
# Headers that mean a known column but do not look like it.
OTHER_NAMES = {
    "fips": "id", "geoid": "id", "code": "id", "pop": "population", "residents": "population",
    "youth_10_17": "youth", "poverty": "poverty_share", "poverty_rate": "poverty_share",
    "child_poverty_rate": "poverty_share", "class": "place_class", "rural_class": "place_class",
    "lat": "latitude", "lon": "longitude", "lng": "longitude", "long": "longitude",
}  # fmt: skip

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

REGION_FILE, NEIGHBOUR_FILE = 0, 1  # order of the two files among the problems


@dataclass
class TextTable:
    """A CSV file as text: header, records (each as long as the header), line of each record."""

    path: Path
    file: int  # its place among the problems
    header: list[str]
    records: list[list[str]]
    lines: list[int]

    def column(self, name: str) -> list[str] | None:
        """Cells of one column, or None when the file has no such column."""
        if name not in self.header:
            return None
        position = self.header.index(name)
        return [record[position] for record in self.records]

    def origin(self, problems: Problems) -> Origin:
        """Where its cells stand, by file, line and column."""
        return Origin(
            problems,
            where=lambda row, column: f'{self.path}:{self.lines[row]}: column "{column}"',
            place=lambda row: (self.file, self.lines[row]),
        )


def read_region(path: str | os.PathLike[str]) -> RegionColumns:
    """Columns of a region file, complete and checked; RegionError listing every problem."""
    path = Path(path)
    problems = Problems()
    table = read_table(path, REGION_FILE, problems)
    check_header(table, problems)
    origin = table.origin(problems)
    columns = columns_of(table, origin)
    check_columns(columns, origin)
    beside = path.with_name(f"{path.stem}_neighbours.csv")
    if beside.exists() and "id" in table.header:
        columns.neighbours = read_neighbours(beside, columns.ids, problems)
    problems.raise_any(RegionError)
    fill_gaps(columns)
    return columns


def read_neighbours(path: Path, ids: Sequence[str], problems: Problems) -> list[tuple[str, str]]:
    """Pairs of ids of a neighbour file; what is wrong with it goes to `problems`."""
    try:
        table = read_table(path, NEIGHBOUR_FILE, problems, may_have_no_rows=True)
    except RegionError as error:
        problems.add((NEIGHBOUR_FILE, 0), str(error))
        return []
    first, second = table.column("id_a"), table.column("id_b")
    if first is None or second is None:
        found = ", ".join(table.header)
        text = f"{path}:1: the header must be id_a,id_b; found {shown(found)}"
        problems.add((NEIGHBOUR_FILE, 1), text)
        return []
    pairs = list(zip(first, second, strict=True))
    check_neighbours(pairs, ids, table.origin(problems))
    return pairs


def read_text(path: Path) -> str:
    """Whole file as text; RegionError when it is missing, no file, too large or not UTF-8."""
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise RegionError(f"{path}: is a folder; give the CSV file itself")
        if not path.is_file():
            raise RegionError(f"{path}: is no ordinary file")
        if size > LARGEST_FILE:
            raise RegionError(f"{path}: {size:,} bytes; a region file has at most {LARGEST_FILE:,}")
        content = path.read_bytes()
    except FileNotFoundError:
        beside = [other.name for other in path.parent.glob("*.csv")]
        advice = did_you_mean(path.name, beside)
        raise RegionError(f"{path}: no such file{advice}") from None
    except OSError as error:
        raise RegionError(f"{path}: cannot be read: {error.strerror}") from None
    except RegionError:
        raise
    except ValueError:  # NUL, or half a character
        raise RegionError(f"{path}: no file can have this name") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        advice = 'save it as UTF-8 (in a spreadsheet: "CSV UTF-8")'
        raise RegionError(f"{path}:{line}: not UTF-8 text; {advice}") from None


def read_table(
    path: Path, file: int, problems: Problems, may_have_no_rows: bool = False
) -> TextTable:
    """Header and records of a CSV file, cells stripped, blank lines left out.

    Ragged records are noted, then padded or cut, so that the ids in them stay known. RegionError
    when nothing sensible can be read.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    table = TextTable(path, file, [], [], [])
    end_of_last = 0
    try:
        for record in reader:
            line, end_of_last = end_of_last + 1, reader.line_num
            cells = [unmarked(cell.strip()) for cell in record]
            if not any(cells):
                continue
            if not table.header:
                table.header = cells
                continue
            width = len(table.header)
            if len(cells) != width:
                text = f"{path}:{line}: {len(cells)} cells; the header has {width}"
                problems.add((file, line), text, alone=True)
                cells = (cells + [""] * width)[:width]
            if len(table.records) == MOST_RECORDS:
                raise RegionError(f"{path}: more than {MOST_RECORDS:,} lines of data")
            table.records.append(cells)
            table.lines.append(line)
    except csv.Error as error:
        problems.add((file, reader.line_num), f"{path}:{reader.line_num}: not CSV: {error}")
        problems.raise_any(RegionError)
    refuse_without_rows(table, may_have_no_rows)
    return table


def refuse_without_rows(table: TextTable, may_have_no_rows: bool) -> None:
    """RegionError when a table is empty, has only a header, or is not separated by commas."""
    if not table.header:
        raise RegionError(f"{table.path}: is empty; the first line must be the header")
    for separator in (";", "\t"):
        if len(table.header) == 1 and separator in table.header[0]:
            raise RegionError(f"{table.path}:1: separated by {separator!r}; use commas")
    if not table.records and not may_have_no_rows:
        raise RegionError(f"{table.path}: has a header but no community below it")


def check_header(table: TextTable, problems: Problems) -> None:
    """Note nameless, repeated, misspelt and missing columns of a region file."""

    def note(text: str) -> None:
        problems.add((REGION_FILE, 1), f"{table.path}:1: {text}")

    absent = [column for column in KNOWN_COLUMNS if column not in table.header]
    for position, column in enumerate(table.header):
        if not column:
            note(f"column {position + 1} has no name")
        elif column in table.header[:position]:
            note(f'column "{column}": appears more than once')
        elif UNSEEN.search(column):
            note(f'column "{column}": must be {NO_UNSEEN}')
        elif column not in KNOWN_COLUMNS:
            meant = column_meant(column, absent)
            if meant:
                absent.remove(meant)
                note(f'column "{column}": did you mean "{meant}"? Rename it, or add that column')
    for column in absent:
        if column in REQUIRED:
            note(f'column "{column}": required, and missing')


def column_meant(column: str, absent: list[str]) -> str | None:
    """The missing known column that an unknown header most likely stands for, if any."""
    folded = re.sub(r"[\s-]+", "_", column.casefold())
    meant = OTHER_NAMES.get(folded, folded)
    return meant if meant in absent else closest(folded, absent, cutoff=0.8)


def columns_of(table: TextTable, origin: Origin) -> RegionColumns:
    """The cells of a table as region columns; unreadable cells are noted and count as unknown."""
    others = [column for column in table.header if column not in KNOWN_COLUMNS]
    return RegionColumns(
        name=table.path.stem,
        ids=texts(table, "id", origin),
        names=texts(table, "name", origin),
        state=texts(table, "state", origin),
        place_class=place_classes(table, origin),
        extras={column: tuple(table.column(column) or ()) for column in others},
        neighbours=(),
        **{column: numbers(table, column, origin) for column in BOUNDS},
    )


def texts(table: TextTable, column: str, origin: Origin) -> list[str]:
    """Cells of a text column; control characters are noted, and blanks where it is required."""
    cells = table.column(column)
    if cells is None:
        return [""] * len(table.records)
    for row, cell in enumerate(cells):
        if UNSEEN.search(cell) or (not cell and column in REQUIRED):
            allowed = NO_UNSEEN if cell else "required text, on one line"
            origin.refuse(row, column, cell, allowed)
    return cells


def numbers(table: TextTable, column: str, origin: Origin) -> FloatArray:
    """Cells of a numeric column as floats (C,), NaN where blank or unreadable."""
    values = np.full(len(table.records), np.nan)
    for row, cell in enumerate(table.column(column) or []):
        if NUMBER.fullmatch(cell):
            values[row] = float(cell)
        elif cell or column in REQUIRED:
            origin.refuse(row, column, cell, number_allowed(column, cell))
    return values


def number_allowed(column: str, cell: str) -> str:
    """What a numeric column allows, with advice where the mistake is a common one."""
    allowed = BOUNDS[column].allowed
    if not cell:
        return f"required: {allowed}"
    joined = re.sub(r"[,_'\s]", "", cell)
    if NUMBER.fullmatch(joined):
        return f"{allowed}, without separators: {joined}"
    if column not in REQUIRED and cell.casefold() in ("na", "n/a", "nan", "none", "null", "-", "?"):
        return f"{allowed}; leave the cell blank when unknown"
    return allowed


def place_classes(table: TextTable, origin: Origin) -> ByteArray:
    """Cells of `place_class` as codes (C,); blank or unreadable is UNKNOWN_CLASS."""
    codes = np.full(len(table.records), UNKNOWN_CLASS, dtype=np.int8)
    for row, cell in enumerate(table.column("place_class") or []):
        place = CLASS_OF_LABEL.get(cell.casefold())
        if place is not None:
            codes[row] = place
        elif cell:
            origin.refuse(row, "place_class", cell, classes_allowed(cell))
    return codes
