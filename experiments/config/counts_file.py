"""Read a table of counts of one's own, and say everything that is wrong with it in one pass.

What each column may hold is described in docs/own-record.md. A blank cell is unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from streetlight.experiments.config.counts_sheet import (
    YEAR,
    CountSheet,
    check_header,
    missing,
    read_sheet,
)
from streetlight.model.communities.columns import LEAVE_OUT, MOST_CELLS, TOTAL, Origin
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, Problems, did_you_mean
from streetlight.model.names import AGENCIES, AGENCY_OF_CHANNEL, CHANNELS
from streetlight.model.record.counts import KINDS

#: The largest count.
MOST = 1_000_000_000
#: So many reports may be of a place of fewer youth: several are of one.
MOST_FOR_FEW = 20
LONGEST_GAP = 10  # years without any count between two that have some

MONTH = re.compile(r"((?:19|20)[0-9]{2})-(0[1-9]|1[0-2])")
WHOLE = re.compile(r"[0-9]+(\.0)?")
SUPPRESSED = re.compile(r"(<|<=|≤|under )\s*[0-9]+|\*+|s|suppressed|x", re.I)
UNKNOWN_WORDS = ("na", "n/a", "nan", "none", "null", "-", "--", ".", "..", "?")
ONE_YEAR = "a year from 1900 to 2099, in four digits"
ONE_MONTH = "a year and month, as 2019-03"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
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


def read_rows(
    path: Path, region: Region, columns: Mapping[str, str] | None = None, fewest: int = 2
) -> tuple[CountSheet, list[CountRow]]:
    """The rows of a table of counts of places of a region; InputError listing every problem.

    columns: what the file calls the columns of docs/own-record.md, where it calls them otherwise;
    fewest: places that the table must have, 1 or 2.
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
    check_together(rows, sheet, region, problems, fewest)
    problems.raise_any(InputError)
    return sheet, rows


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
    broken = None in words.values()
    known = {meaning: word or "" for meaning, word in words.items()}
    known["agency"] = known["agency"] or agency_of(known["channel"])
    known["kind"] = known["kind"] or "report"
    for year, month, column in times_of(sheet, r, origin):
        cell = sheet.records[r][sheet.header.index(column)]
        count = count_of(cell, r, column, origin)
        if known["took_part"] == "0" and count:
            allowed = f"blank or 0 where nobody took part (column {sheet.names['took_part']})"
            origin.refuse(r, column, cell, allowed)
        if place is not None and year and not broken:
            yield CountRow(sheet.lines[r], place, year, month, count, **known)


def agency_of(channel: str) -> str:
    """Whose book a report of a channel goes into; "" where no channel is known."""
    return AGENCIES[AGENCY_OF_CHANNEL[CHANNELS.index(channel)]] if channel else ""


def place_of(sheet: CountSheet, r: int, places: PlaceNames, origin: Origin) -> int | None:
    """Position of the place in the region; None, which is noted, where there is no such place."""
    text = sheet.cell(r, "place")
    if text in places.position:
        return places.position[text]

    def allowed() -> str:
        if text in places.id_of:
            return f'the id of a place of the region; this is the name of "{places.id_of[text]}"'
        advice = "" if origin.problems.many else did_you_mean(text, places.position)
        advice = LEAVE_OUT if TOTAL.match(text) else advice
        return f"the id of a place of the region{advice}"

    origin.refuse(r, sheet.names["place"], text, allowed)
    return None


def word_of(
    sheet: CountSheet, r: int, meaning: str, allowed: tuple[str, ...], origin: Origin
) -> str | None:
    """A cell that holds one of a few words, "" where it is blank; None, which is noted, else."""
    cell = sheet.cell(r, meaning)
    word = cell.casefold()
    if not word or word in allowed:
        return word

    def wanted() -> str:
        advice = "" if origin.problems.many else did_you_mean(word, allowed)
        return f"one of: {', '.join(allowed)}, or blank where unknown{advice}"

    origin.refuse(r, sheet.names[meaning], cell, wanted)
    return None


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
        origin.refuse(r, sheet.names["month"], cell, ONE_MONTH + month_meant(cell))
    else:
        cell = sheet.cell(r, "year")
        if YEAR.fullmatch(cell):
            yield int(cell), 0, column
            return
        year = re.search(r"(?<!\d)(19|20)\d\d(?![\d/])", cell)
        advice = f"; is it {year[0]}?" if year and not month_meant(cell) else ""
        if MONTH.fullmatch(cell):
            advice = f"; {cell} is a month: call the column month"
        elif month_meant(cell):
            advice = f"; {cell} is in a month: call the column month, and write it as 2019-03"
        origin.refuse(r, sheet.names["year"], cell, ONE_YEAR + advice)
    yield 0, 0, column


def month_meant(cell: str) -> str:
    """The month that a date or a name of a month means, as a question; "" where none does."""
    if found := re.fullmatch(r"((?:19|20)\d\d)[-/.](\d\d?)(?:[-/.]\d\d?)?", cell):
        year, month = found[1], int(found[2])
    elif found := re.fullmatch(r"(\d\d?)[-/.]((?:19|20)\d\d)", cell):
        year, month = found[2], int(found[1])
    elif found := re.fullmatch(r"([a-z]{3})[a-z]*\.?[ -]((?:19|20)\d\d)", cell.casefold()):
        year, month = found[2], MONTHS.index(found[1]) + 1 if found[1] in MONTHS else 0
    else:
        return ""
    return f"; is it {year}-{month:02d}?" if 1 <= month <= 12 else ""


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
    rows: list[CountRow], sheet: CountSheet, region: Region, problems: Problems, fewest: int
) -> None:
    """Note what no row shows alone: one place, no count at all, a year twice, a row of sums."""

    def note(line: int, text: str) -> None:
        problems.add((0, line), f"{sheet.path}:{line}: {text}")

    places, alone = {row.place for row in rows}, not problems.count
    if len(places) == 1 < fewest and alone:
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
    again = repeats(rows)
    many = len(again) > MOST_CELLS
    more = f"; {len(again) - 1:,} more rows stand twice" if many else ""
    for row, line in again[: 1 if many else None]:
        when = f"{row.year}-{row.month:02d}" if row.month else str(row.year)
        here = f'place "{region.ids[row.place]}" has {when} already in line {line}'
        note(row.line, f"{here}: one count each{more}")
    for row in rows:
        most = max(MOST_FOR_FEW, float(region.youth[row.place]))
        if row.kind != "call" and row.count is not None and row.count > most:
            youth = f"{region.youth[row.place]:,.0f} youth: must be {most:,.0f} at most"
            note(row.line, f"{row.count:,.0f} of {row.year} in a place with {youth}")
    for row in sums_of_others(rows):
        note(row.line, f"{row.count:g} is the sum of the other rows of this place and time, which "
                       "name their agency: leave totals out, or they count twice")  # fmt: skip


def repeats(rows: list[CountRow]) -> list[tuple[CountRow, int]]:
    """Rows that say again what a row above says, and the line of that one."""
    first: dict[tuple[object, ...], int] = {}
    again = []
    for row in rows:
        key = (row.place, row.year, row.month, row.kind, row.agency, row.channel, row.about_a_case)
        if first.setdefault(key, row.line) != row.line:
            again.append((row, first[key]))
    return again


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
