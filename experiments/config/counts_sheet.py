"""A table of counts of one's own as text: its lines, and which column means what.

The header is described in docs/own-record.md. Columns may have other names, and years may stand in
columns of their own.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streetlight.model.communities.columns import MOST_CELLS, shown
from streetlight.model.communities.file import read_text, records_of
from streetlight.model.errors import NO_UNSEEN, UNSEEN, InputError, Problems, did_you_mean

#: Columns with a meaning.
COLUMNS = ("place", "year", "month", "count", "channel", "agency", "kind", "about_a_case",
           "took_part")  # fmt: skip
#: Headers that are years, and not as a year is written here: fiscal, or with a mark behind.
NEARLY_YEAR = re.compile(r"(FY ?)?(19|20)[0-9]{2}([/-][0-9]{2,4}|[^0-9]{1,12})", re.I)
#: Headers that mean a known column but do not look like it.
OTHER_NAMES = {
    "fips": "place", "geoid": "place", "id": "place", "code": "place", "county": "place",
    "place_id": "place", "n": "count", "number": "count", "counts": "count", "reports": "count",
    "yr": "year", "date": "month", "source": "channel", "type": "kind", "participated": "took_part",
}  # fmt: skip
MOST_LINES = 1_000_000
YEAR = re.compile(r"(19|20)[0-9]{2}")


@dataclass
class CountSheet:
    """A table of counts as text: its header by meaning, and the cells of each line."""

    path: Path
    header_line: int = 1
    names: dict[str, str] = field(default_factory=dict)  # meaning -> the file's own name
    header: list[str] = field(default_factory=list)
    records: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    @property
    def year_columns(self) -> list[str]:
        """Columns that are years, of a table that has a column a year."""
        return [column for column in self.header if YEAR.fullmatch(column)]

    @property
    def unused(self) -> list[str]:
        """Columns that nothing is taken from."""
        used = {*self.names.values(), *(() if "count" in self.names else self.year_columns)}
        return [column for column in self.header if column not in used]

    def cell(self, row: int, meaning: str) -> str:
        """The text of a cell, "" where the file has no such column."""
        name = self.names.get(meaning)
        return "" if name is None else self.records[row][self.header.index(name)]


def read_sheet(path: Path, problems: Problems) -> CountSheet:
    """Header and records of a CSV file with commas, semicolons or tabs; blank lines left out."""
    text = read_text(path)
    first = next((line for line in text.splitlines() if line.strip(" ,;\t")), "")
    separator = max(",;\t", key=lambda one: len(next(csv.reader([first], delimiter=one), [])))
    sheet = CountSheet(path)
    try:
        records = records_of(text, separator, MOST_LINES + 1)
    except csv.Error as error:
        what, line = error.args
        problems.add((0, line), f"{path}:{line}: not CSV: {what}")
        problems.raise_any(InputError)
    if len(records) > MOST_LINES + 1:
        raise InputError(f"{path}: more than {MOST_LINES:,} lines of data")
    for line, cells in records:
        if not sheet.header:
            sheet.header, sheet.header_line = cells, line
            continue
        refuse_late_header(sheet, cells, line)
        sheet.records.append(cells)
        sheet.lines.append(line)
    even_out(sheet, problems)
    if not sheet.header:
        raise InputError(f"{path}: is empty; the first line must be the header")
    if not sheet.records:
        raise InputError(f"{path}: has a header but no count below it")
    return sheet


def even_out(sheet: CountSheet, problems: Problems) -> None:
    """Make all records as long as the header; others are noted, by the first where many are."""
    width = len(sheet.header)
    uneven = [k for k, cells in enumerate(sheet.records) if len(cells) != width]
    many = len(uneven) > MOST_CELLS
    more = f"; {len(uneven) - 1:,} more rows are uneven" if many else ""
    for k in uneven[: 1 if many else None]:
        n, line = len(sheet.records[k]), sheet.lines[k]
        some = "1 cell" if n == 1 else f"{n} cells"
        text = f"{sheet.path}:{line}: {some}; the header has {width}{more}"
        problems.add((0, line), text, alone=True)
    sheet.records = [(cells + [""] * width)[:width] for cells in sheet.records]


def meaning_of(column: str) -> str:
    """The known column that a header most likely means, "" for none."""
    folded = re.sub(r"[\s-]+", "_", column.casefold())
    return folded if folded in COLUMNS else OTHER_NAMES.get(folded, "")


def refuse_late_header(sheet: CountSheet, cells: list[str], line: int) -> None:
    """InputError where a line below the first looks more like a header than the first does."""
    if any(map(meaning_of, sheet.header)) or len({*map(meaning_of, cells)} - {""}) < 2:
        return
    raise InputError(
        f"{sheet.path}:{line}: looks like the header, which must be the first line: delete the "
        "lines above it"
    )


def check_header(sheet: CountSheet, columns: Mapping[str, str], problems: Problems) -> None:
    """Find the columns by meaning; nameless, repeated, misspelt and missing ones are noted."""

    def note(text: str) -> None:
        problems.add((0, sheet.header_line), f"{sheet.path}:{sheet.header_line}: {text}")

    for meaning, name in columns.items():
        if meaning not in COLUMNS:
            advice = did_you_mean(meaning, COLUMNS)
            note(f"columns: {shown(meaning)}: must be one of: {', '.join(COLUMNS)}{advice}")
        elif name not in sheet.header:
            advice = did_you_mean(name, sheet.header)
            note(f"columns: {meaning}: value {shown(name)}: no column of the file{advice}")
        else:
            sheet.names[meaning] = name
    for column in sheet.header:
        meaning = column.casefold()
        if meaning in COLUMNS and meaning not in columns and column not in columns.values():
            sheet.names.setdefault(meaning, column)
    for position, column in enumerate(sheet.header):
        if not column:
            note(f"column {position + 1} has no name")
        elif column in sheet.header[:position]:
            note(f'column "{column}": appears more than once')
        elif UNSEEN.search(column):
            note(f'column "{column}": must be {NO_UNSEEN}')
        elif "count" not in sheet.names and NEARLY_YEAR.fullmatch(column):
            note(f'column "{column}": a year of counts is headed by four digits, as 2019')
    mapped = all(meaning in sheet.names for meaning in columns)
    for wanted in missing(sheet) if mapped else ():
        note(f'column "{wanted}": required, and missing{column_meant(wanted, sheet)}')
    if "year" in sheet.names and "month" in sheet.names:
        note("columns year and month: give one of them; a month is written with its year, 2019-03")


def missing(sheet: CountSheet) -> list[str]:
    """Required columns that the file lacks; a column a year stands for year and count."""
    wanted = [] if "place" in sheet.names else ["place"]
    if sheet.year_columns and not {"count", "year", "month"} & {*sheet.names}:
        return wanted
    wanted += [] if {"year", "month"} & {*sheet.names} else ["year or month"]
    return wanted + ([] if "count" in sheet.names else ["count"])


def column_meant(wanted: str, sheet: CountSheet) -> str:
    """Advice naming the unknown column that most likely is the wanted one."""
    meanings = wanted.split(" or ")
    for column in sheet.unused:
        if (meant := meaning_of(column)) in meanings:
            return f'; is it "{column}"? Rename it, or map it (columns: {meant}={column})'
    if len(sheet.header) == 1:
        return "; columns are separated by commas, semicolons or tabs"
    return f"; the header is: {', '.join(sheet.header)[:200]}"
