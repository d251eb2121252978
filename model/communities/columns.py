"""The columns of a region: what each may hold, the one checker of all of them, and what fills gaps.

Three sources hand in columns (a CSV file, Python lists, the synthetic region). Cells of files and
of lists are read by `numbers_of`, `texts_of` and `classes_of`, and checked by `check_columns`. NaN,
-1 and None stand for "unknown" until `gaps.fill` has run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from streetlight.model.advice import share_advice
from streetlight.model.arrays import ByteArray, FloatArray
from streetlight.model.errors import NO_UNSEEN, UNSEEN, InputError, Problems, did_you_mean
from streetlight.model.names import PlaceClass

if TYPE_CHECKING:
    from streetlight.model.communities.gaps import Told

MOST_PEOPLE = 2_000_000_000
MOST_COMMUNITIES = 200_000  # more than twice the census tracts of the US; a world takes gigabytes
UNKNOWN_CLASS = -1
#: More cells of a column that are wrong in one way are told by the first.
MOST_CELLS = 5
#: Cells as a source gives them: texts of a file, or what lists hold.
Cells = Sequence[Any] | npt.NDArray[Any]
#: A number with what is none of it before or behind.
WITH_SIGNS = re.compile(
    r"[~\u2248$\u20ac\u00a3#]? *([0-9]+\.?[0-9]*) *(persons|people|inhabitants|residents)?", re.I
)
#: How the name of a row of sums begins, and what to do with one.
TOTAL = re.compile(r"((grand |sub)?total|all|sum|insgesamt|gesamt|summe)\b", re.I)
LEAVE_OUT = "; leave rows of totals out"
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class RegionError(InputError):
    """A region that cannot be used, with every problem found in one pass."""


@dataclass(frozen=True)
class Column:
    """A column with a meaning. low, high: what its numbers may be; allowed: the same in words."""

    kind: str
    allowed: str = "text"
    low: float = 0.0
    high: float = 0.0
    required: bool = False


TEXT, PERSONS, SHARE, NUMBERS, CLASS = "text", "persons", "share", "numbers", "class"
CLASS_OF_LABEL = {place.label: place for place in PlaceClass}
A_COUNT = "a number of persons from 0 to 2,000,000,000"
COLUMNS = {
    "id": Column(TEXT, required=True),
    "name": Column(TEXT, required=True),
    "state": Column(TEXT),
    "population": Column(PERSONS, A_COUNT, 0, MOST_PEOPLE, required=True),
    "youth": Column(PERSONS, A_COUNT, 0, MOST_PEOPLE),
    "youth_12_17": Column(PERSONS, A_COUNT, 0, MOST_PEOPLE),
    "poverty_share": Column(SHARE, "a share from 0 to 1", 0, 1),
    "latitude": Column(NUMBERS, "degrees from -90 to 90", -90, 90),
    "longitude": Column(NUMBERS, "degrees from -180 to 180", -180, 180),
    "covariate": Column(NUMBERS, "a number from -1e9 to 1e9", -1e9, 1e9),
    "place_class": Column(CLASS, ", ".join(CLASS_OF_LABEL)),
}
REQUIRED = tuple(name for name, one in COLUMNS.items() if one.required)
#: The columns that hold numbers.
BOUNDS = {name: one for name, one in COLUMNS.items() if one.kind in (PERSONS, SHARE, NUMBERS)}


@dataclass
class RegionColumns:
    """One value a community in every column (C communities), in any order.

    population, youth (10-17), youth_12_17: persons; poverty_share: 0-1, of youth; place_class: int8
    or UNKNOWN_CLASS; latitude, longitude: degrees; covariate: any number; neighbours: pairs of ids;
    told: where it all comes from.
    """

    name: str
    ids: Sequence[str]
    names: Sequence[str]
    state: Sequence[str]
    population: FloatArray
    youth: FloatArray
    youth_12_17: FloatArray
    poverty_share: FloatArray
    place_class: ByteArray
    latitude: FloatArray
    longitude: FloatArray
    covariate: FloatArray
    neighbours: Sequence[tuple[str, str]] = ()
    extras: dict[str, tuple[str, ...]] = field(default_factory=dict)
    told: Told | None = None


def shown(value: object) -> str:
    """A value as a message shows it: quoted, and cut when long."""
    text = repr(f"{value:.10g}" if isinstance(value, float) else str(value))
    return text if len(text) <= 60 else f"{text[:56]}...'"


@dataclass(frozen=True)
class Origin:
    """Where columns come from: how messages name a cell of it, and who gathers the problems."""

    problems: Problems
    where: Callable[[int, str], str]  # (row, column) -> the cell, as a message begins with it
    place: Callable[[int], tuple[int, int]]  # row -> its place among the problems
    said: dict[tuple[str, object], str] = field(default_factory=dict)  # of a value in a column
    refused: set[tuple[int, str]] = field(default_factory=set)  # cells

    def refuse(
        self,
        row: int,
        column: str,
        value: object,
        allowed: str | Callable[[], str],
        alone: bool = False,
    ) -> None:
        """Note that a cell cannot hold its value, and what it may; alone: as `Problems.add`.

        allowed: a function where it is costly to say; it is asked once for a value of a column.
        """
        if callable(allowed):
            if (column, value) not in self.said:
                self.said[column, value] = allowed()
            allowed = self.said[column, value]
        self.refused.add((row, column))
        text = f"{self.where(row, column)}: value {shown(value)}: {allowed}"
        self.problems.add(self.place(row), text, alone=alone)

    def refuse_rows(
        self,
        column: str,
        rows: Sequence[int],
        value: Callable[[int], object],
        allowed: Callable[[int], str],
    ) -> None:
        """The same of several rows; where they are many, of the first, and how many there are."""
        self.refused.update((row, column) for row in rows)
        many = len(rows) > MOST_CELLS
        more = f"; {len(rows) - 1:,} more rows like this" if many else ""
        for row in rows[: 1 if many else None]:
            self.refuse(row, column, value(row), allowed(row) + more)


# -- cells into values


def texts_of(column: str, cells: Sequence[Any], origin: Origin) -> list[str]:
    """Cells as text; control characters are noted, and blanks where text is required."""
    blank = [row for row, cell in enumerate(cells) if not cell and COLUMNS[column].required]
    unseen = [row for row, cell in enumerate(cells) if UNSEEN.search(cell)]
    origin.refuse_rows(column, blank, lambda _: "", lambda _: "required text, on one line")
    origin.refuse_rows(column, unseen, cells.__getitem__, lambda _: NO_UNSEEN)
    return list(cells)


def numbers_of(
    column: str, cells: Cells, origin: Origin, plain: Callable[[str], str | None] | None = None
) -> FloatArray:
    """Cells as numbers (C,), NaN where unknown (None, NaN or blank) or unreadable, which is noted.

    plain: makes of a text in another form one with a decimal point and no separators.
    """
    about, values = COLUMNS[column], np.full(len(cells), np.nan)
    wrong: list[int] = []
    for row, cell in enumerate(cells):
        text = plain(cell) if plain and isinstance(cell, str) else cell
        if isinstance(cell, bool | np.bool_):
            text = None
        if isinstance(text, str) and text and not NUMBER.fullmatch(text):
            text = None
        if text is None and cell is not None:
            wrong.append(row)
            continue
        try:
            values[row] = np.nan if text in (None, "") else float(text)
        except (TypeError, ValueError):
            wrong.append(row)
            continue
        if about.required and np.isnan(values[row]):
            value = "value '': " if cell == "" else ""
            needed = f"{origin.where(row, column)}: {value}required: {about.allowed}"
            origin.problems.add(origin.place(row), needed)
    origin.refuse_rows(
        column, wrong, cells.__getitem__, lambda row: number_allowed(column, cells[row])
    )
    return values


def number_allowed(column: str, cell: object) -> str:
    """What a numeric column allows, with advice on words for what is not known."""
    allowed = COLUMNS[column].allowed
    words = ("nan", "none", "null")
    if not COLUMNS[column].required and str(cell).casefold() in words:
        return f"{allowed}; leave the cell blank when unknown"
    if re.search(r"(?![0-9])\d", str(cell)):
        return f"{allowed}, in the digits 0 to 9"
    if str(cell).casefold() == column:
        return f"{allowed}; the header stands here again: take this line away"
    if column in ("latitude", "longitude"):
        return f"{allowed}, in decimals, with a minus for south and west, as -12.75"
    bare = WITH_SIGNS.fullmatch(str(cell))
    return f"{allowed}, without signs and words, as {bare[1]}" if bare else allowed


def classes_of(cells: Cells, origin: Origin, otherwise: str = "") -> ByteArray:
    """Place classes, as members, codes or in words, as codes (C,); blank is UNKNOWN_CLASS.

    otherwise: what else may be done about words that are none.
    """
    codes = np.full(len(cells), UNKNOWN_CLASS, dtype=np.int8)
    wrong: dict[str, list[int]] = {}
    for row, place in enumerate(cells):
        if isinstance(place, (int, np.integer)) and 0 <= place < len(PlaceClass):
            codes[row] = place
        elif isinstance(place, str) and place.casefold() in CLASS_OF_LABEL:
            codes[row] = CLASS_OF_LABEL[place.casefold()]
        elif place not in (None, ""):
            wrong.setdefault(str(place), []).append(row)
    for text, rows in wrong.items():
        advice = did_you_mean(text, CLASS_OF_LABEL)
        again = f"; in {len(rows):,} rows" if rows[1:] else ""
        allowed = f"{', '.join(CLASS_OF_LABEL)}{advice or otherwise}{again}"
        origin.refuse(rows[0], "place_class", text, allowed)
    return codes


# -- values that cannot be true


def check_columns(columns: RegionColumns, origin: Origin) -> None:
    """Note every value outside its bounds and every set of values that cannot all be true."""
    check_ids_differ(columns.ids, origin, one_year(columns.extras))
    for column, bounds in BOUNDS.items():
        values = getattr(columns, column)
        outside = np.flatnonzero((values < bounds.low) | (values > bounds.high)).tolist()
        told = dict(zip(outside, values[outside].tolist(), strict=True))
        of_value = partial(out_of_bounds, column)
        origin.refuse_rows(column, outside, told.__getitem__, lambda k: of_value(told[k]))  # noqa: B023
    larger_12_17 = np.where(np.isnan(columns.youth), columns.population, columns.youth)
    for column, values, whole, limit in (
        ("youth", columns.youth, "the population", columns.population),
        ("youth_12_17", columns.youth_12_17, "youth 10-17", larger_12_17),
    ):
        told = dict(enumerate(values.tolist()))
        most = {k: f"no more than {whole}, {one:g} here" for k, one in enumerate(limit)}
        rows = np.flatnonzero(values > limit).tolist()
        origin.refuse_rows(column, rows, told.__getitem__, most.__getitem__)
    both = "degrees where the other coordinate is given, or neither"
    for column, lacking, other in (
        ("latitude", columns.latitude, columns.longitude),
        ("longitude", columns.longitude, columns.latitude),
    ):
        alone = np.flatnonzero(np.isnan(lacking) & ~np.isnan(other)).tolist()
        rows = [row for row in alone if (row, column) not in origin.refused]
        origin.refuse_rows(column, rows, lambda _: "", lambda _: both)


def one_year(extras: Mapping[str, Sequence[str]]) -> str:
    """How the last year is taken of a table that has several, after a semicolon; else ""."""
    for name, cells in extras.items():
        years = {*cells}
        if name.casefold() in ("year", "yr") and len(years) > 1:
            return f"; one year alone:  where: {{{name}: ['{max(years)}']}}"
    return ""


def check_ids_differ(ids: Sequence[str], origin: Origin, way: str = "") -> None:
    """Note ids that stand in several rows; way: what may be done about it."""
    first_row: dict[str, int] = {}
    again = [row for row, text in enumerate(ids) if text and first_row.setdefault(text, row) != row]
    used = "an id used once; already used at "
    origin.refuse_rows(
        "id", again, ids.__getitem__, lambda k: used + origin.where(first_row[ids[k]], "id") + way
    )


def out_of_bounds(column: str, value: float) -> str:
    """What the column allows, with advice where the mistake is a common one."""
    allowed = COLUMNS[column].allowed
    return allowed + share_advice(value) if COLUMNS[column].kind == SHARE else allowed


def unknown_id(text: str, known: Collection[str], problems: Problems) -> str:
    """What is said of an id that no community of the region has."""
    advice = "" if problems.many else did_you_mean(text, known)
    return f"the id of a community of this region{advice}"


def check_neighbours(pairs: Sequence[tuple[str, str]], ids: Sequence[str], origin: Origin) -> None:
    """Note every pair that names an unknown community, or one community twice."""
    known = set(ids)
    for row, pair in enumerate(pairs):
        for column, text in zip(("id_a", "id_b"), pair, strict=True):
            if text not in known:
                origin.refuse(row, column, text, partial(unknown_id, text, known, origin.problems))
        if pair[0] == pair[1]:
            origin.refuse(row, "id_b", pair[1], "another community than id_a")
