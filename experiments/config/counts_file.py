"""Read a table of counts of one's own, and say everything that is wrong with it in one pass.

The header and what each column may hold are described in docs/own-record.md. Columns may have
other names, and years may stand in columns of their own. A blank cell is unknown.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from streetlight.model.communities.columns import Origin, shown
from streetlight.model.communities.file import read_text
from streetlight.model.communities.region import Region
from streetlight.model.errors import NO_UNSEEN, UNSEEN, InputError, Problems, did_you_mean
from streetlight.model.names import AGENCIES, AGENCY_OF_CHANNEL, CHANNELS
from streetlight.model.record.counts import KINDS
from streetlight.model.text import unmarked

#: Columns with a meaning.
COLUMNS = ("place", "year", "month", "count", "channel", "agency", "kind", "about_a_case",
           "took_part")  # fmt: skip
#: Headers that mean a known column but do not look like it.
OTHER_NAMES = {
    "fips": "place", "geoid": "place", "id": "place", "code": "place", "county": "place",
    "place_id": "place", "n": "count", "number": "count", "counts": "count", "reports": "count",
    "yr": "year", "date": "month", "source": "channel", "type": "kind", "participated": "took_part",
}  # fmt: skip
#: The largest count.
MOST = 1_000_000_000
MOST_LINES = 1_000_000
LONGEST_GAP = 10  # years without any count between two that have some

YEAR = re.compile(r"(19|20)[0-9]{2}")
MONTH = re.compile(r"((?:19|20)[0-9]{2})-(0[1-9]|1[0-2])")
WHOLE = re.compile(r"[0-9]+(\.0)?")
SUPPRESSED = re.compile(r"(<|<=|≤|under )\s*[0-9]+|\*+|s|suppressed|x", re.I)
UNKNOWN_WORDS = ("na", "n/a", "nan", "none", "null", "-", "--", ".", "..", "?")
ONE_YEAR = "a year from 1900 to 2099, in four digits"
ONE_MONTH = "a year and month, as 2019-03"
ONE_COUNT = "a whole number, 0 or more"


@dataclass(frozen=True)
class CountRow:
    """One count of a table, checked. Text that the file leaves out or blank is ""."""

    line: int
    place: int  # position in the region
    year: int
    month: int  # 1-12; 0: the count is of the whole year
    count: float | None  # None: unknown
    kind: str
    agency: str
    channel: str
    about_a_case: str
    took_part: str


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


def read_rows(
    path: Path, region: Region, columns: Mapping[str, str] | None = None
) -> tuple[CountSheet, list[CountRow]]:
    """The rows of a table of counts of places of a region; InputError listing every problem.

    columns: what the file calls the columns of docs/own-record.md, where it calls them otherwise.
    """
    problems = Problems()
    sheet = read_sheet(path, problems)
    check_header(sheet, columns or {}, problems)
    if {"place", "year or month", "count"} & {*missing(sheet)}:
        problems.raise_any(InputError)
    origin = Origin(
        problems,
        where=lambda row, column: f'{path}:{sheet.lines[row]}: column "{column}"',
        place=lambda row: (0, sheet.lines[row]),
    )
    places = PlaceNames.of(region)
    rows = [one for r in range(len(sheet.lines)) for one in rows_of_line(sheet, r, places, origin)]
    check_together(rows, sheet, region, problems)
    problems.raise_any(InputError)
    return sheet, rows


# ------------------------------------------------------------------------------ lines and header


def read_sheet(path: Path, problems: Problems) -> CountSheet:
    """Header and records of a CSV file with commas, semicolons or tabs; blank lines left out."""
    text = read_text(path)
    first = next((line for line in text.splitlines() if line.strip(" ,;\t")), "")
    separator = max(",;\t", key=lambda one: len(next(csv.reader([first], delimiter=one), [])))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    sheet, end_of_last = CountSheet(path), 0
    try:
        for record in reader:
            line, end_of_last = end_of_last + 1, reader.line_num
            cells = [unmarked(cell.strip()) for cell in record]
            if not any(cells):
                continue
            if not sheet.header:
                sheet.header, sheet.header_line = cells, line
                continue
            refuse_late_header(sheet, cells, line)
            width = len(sheet.header)
            if len(cells) != width:
                some = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
                text = f"{path}:{line}: {some}; the header has {width}"
                problems.add((0, line), text, alone=True)
                cells = (cells + [""] * width)[:width]
            if len(sheet.records) == MOST_LINES:
                raise InputError(f"{path}: more than {MOST_LINES:,} lines of data")
            sheet.records.append(cells)
            sheet.lines.append(line)
    except csv.Error as error:
        problems.add((0, reader.line_num), f"{path}:{reader.line_num}: not CSV: {error}")
        problems.raise_any(InputError)
    if not sheet.header:
        raise InputError(f"{path}: is empty; the first line must be the header")
    if not sheet.records:
        raise InputError(f"{path}: has a header but no count below it")
    return sheet


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
            note(f'columns: "{meaning}": no column is called so; {", ".join(COLUMNS)}')
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
    for wanted in missing(sheet):
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
            return f'; is it "{column}"? Rename it, or say so: --columns {meant}={column}'
    if len(sheet.header) == 1:
        return "; columns are separated by commas, semicolons or tabs"
    return f"; the header is: {', '.join(sheet.header)[:200]}"


# ------------------------------------------------------------------------------------- the cells


class PlaceNames(NamedTuple):
    """Where the places of a region stand in it, by id, and their ids by name."""

    position: dict[str, int]
    id_of: dict[str, str]

    @classmethod
    def of(cls, region: Region) -> PlaceNames:
        """Those of a region."""
        position = {one: place for place, one in enumerate(region.ids)}
        return cls(position, dict(zip(region.names, region.ids, strict=True)))


def rows_of_line(
    sheet: CountSheet, r: int, places: PlaceNames, origin: Origin
) -> Iterator[CountRow]:
    """The counts of one line: one, or one a year where years are columns."""
    place = place_of(sheet, r, places, origin)
    words = {
        meaning: word_of(sheet, r, meaning, allowed, origin)
        for meaning, allowed in (("kind", KINDS), ("agency", AGENCIES), ("channel", CHANNELS),
                                 ("about_a_case", ("0", "1")), ("took_part", ("0", "1")))
    }  # fmt: skip
    if "kind" in sheet.names and not sheet.cell(r, "kind"):
        allowed = f"one of: {', '.join(KINDS)}; without this column all counts are reports"
        origin.refuse(r, sheet.names["kind"], "", allowed)
    words["agency"] = words["agency"] or agency_of(words["channel"])
    words["kind"] = words["kind"] or "report"
    for year, month, column in times_of(sheet, r, origin):
        cell = sheet.records[r][sheet.header.index(column)]
        count = count_of(cell, r, column, origin)
        if words["took_part"] == "0" and count:
            allowed = f"blank or 0 where nobody took part (column {sheet.names['took_part']})"
            origin.refuse(r, column, cell, allowed)
        if place is not None and year:
            yield CountRow(sheet.lines[r], place, year, month, count, **words)


def agency_of(channel: str) -> str:
    """Whose book a report of a channel goes into; "" where no channel is known."""
    return AGENCIES[AGENCY_OF_CHANNEL[CHANNELS.index(channel)]] if channel else ""


def place_of(sheet: CountSheet, r: int, places: PlaceNames, origin: Origin) -> int | None:
    """Position of the place in the region; None, which is noted, where there is no such place."""
    text = sheet.cell(r, "place")
    if text in places.position:
        return places.position[text]
    allowed = "the id of a place of the region"
    if text in places.id_of:
        allowed += f'; this is the name of "{places.id_of[text]}"'
    elif text and not origin.problems.many:
        allowed += did_you_mean(text, places.position)
    origin.refuse(r, sheet.names["place"], text, allowed)
    return None


def word_of(
    sheet: CountSheet, r: int, meaning: str, allowed: tuple[str, ...], origin: Origin
) -> str:
    """A cell that holds one of a few words, "" where it is blank; others are noted."""
    cell = sheet.cell(r, meaning)
    word = cell.casefold()
    if not word or word in allowed:
        return word
    advice = "" if origin.problems.many else did_you_mean(word, allowed)
    text = f"one of: {', '.join(allowed)}, or blank where unknown{advice}"
    origin.refuse(r, sheet.names[meaning], cell, text)
    return ""


def times_of(sheet: CountSheet, r: int, origin: Origin) -> Iterator[tuple[int, int, str]]:
    """Year (0, noted: none), month (0: whole year) and column of each count of a line."""
    if "count" not in sheet.names:
        yield from ((int(column), 0, column) for column in sheet.year_columns)
        return
    column = sheet.names["count"]
    if "month" in sheet.names:
        cell = sheet.cell(r, "month")
        if found := MONTH.fullmatch(cell):
            yield int(found[1]), int(found[2]), column
            return
        origin.refuse(r, sheet.names["month"], cell, ONE_MONTH)
    else:
        cell = sheet.cell(r, "year")
        if YEAR.fullmatch(cell):
            yield int(cell), 0, column
            return
        advice = f"; {cell} is a month: call the column month" if MONTH.fullmatch(cell) else ""
        origin.refuse(r, sheet.names["year"], cell, ONE_YEAR + advice)
    yield 0, 0, column


def count_of(cell: str, r: int, column: str, origin: Origin) -> float | None:
    """The count of a cell, None where it is blank; what is none is noted."""
    if WHOLE.fullmatch(cell) and float(cell) <= MOST:
        return float(cell)
    if not cell:
        return None
    joined = re.sub(r"[,.'_\s\u00a0\u202f]", "", cell)
    allowed = ONE_COUNT
    if cell.casefold() in UNKNOWN_WORDS:
        allowed += "; leave the cell blank when unknown"
    elif SUPPRESSED.fullmatch(cell):
        allowed += "; leave the cell blank: a count that was suppressed is unknown"
    elif WHOLE.fullmatch(cell):
        allowed += f", at most {MOST:,}"
    elif re.fullmatch(r"[0-9]{1,3}([.,'_\s\u00a0\u202f][0-9]{3})+", cell):
        allowed += f", without separators (is it {joined}?)"
    elif re.fullmatch(r"[0-9]*[.,][0-9]+", cell):
        allowed += "; counts, not rates or averages"
    origin.refuse(r, column, cell, allowed)
    return None


# ------------------------------------------------------------------------------ rows beside others


def check_together(
    rows: list[CountRow], sheet: CountSheet, region: Region, problems: Problems
) -> None:
    """Note what no row shows alone: one place, no count at all, a year twice, a row of sums."""

    def note(line: int, text: str) -> None:
        problems.add((0, line), f"{sheet.path}:{line}: {text}")

    places, alone = {row.place for row in rows}, not problems.count
    if len(places) == 1 and alone:
        name = region.ids[next(iter(places))]
        note(
            sheet.header_line,
            f'the only place is "{name}": a record has counts of two places or more',
        )
    years = sorted({row.year for row in rows})
    for one, after in zip(years, years[1:], strict=False):
        if after - one > LONGEST_GAP:
            note(sheet.header_line, f"no place has a count between {one} and {after}: is one of "
                                    "them mistyped?")  # fmt: skip
    if alone and all(row.count is None for row in rows):
        note(sheet.header_line, "every count is blank: nothing is known")
    first: dict[tuple[object, ...], int] = {}
    for row in rows:
        key = (row.place, row.year, row.month, row.kind, row.agency, row.channel, row.about_a_case)
        if first.setdefault(key, row.line) != row.line:
            when = f"{row.year}-{row.month:02d}" if row.month else str(row.year)
            note(row.line, f'place "{region.ids[row.place]}" has {when} already in line '
                           f"{first[key]}: one count each")  # fmt: skip
    for row in sums_of_others(rows):
        note(row.line, f"{row.count:g} is the sum of the other rows of this place and time, which "
                       "name their agency: leave totals out, or they count twice")  # fmt: skip


def sums_of_others(rows: list[CountRow]) -> Iterator[CountRow]:
    """Rows without an agency that hold what the rows with one add up to, where that is not 0."""
    named: Counter[tuple[int, int, int, str]] = Counter()
    for row in rows:
        if row.agency and row.count:
            named[row.place, row.year, row.month, row.kind] += int(row.count)
    for row in rows:
        total = named[row.place, row.year, row.month, row.kind]
        if not row.agency and row.count and row.count == total:
            yield row
