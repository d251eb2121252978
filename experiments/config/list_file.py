"""Read a table of persons by lists, and say everything that is wrong with it in one pass.

Four forms, told apart by their header:

    lists, count         persons on exactly these lists ("police+school", 12)
    A, B, C, count       the same, a column of 0 and 1 for every list
    person, list         a line for every person on a list (or channel, or agency)
    contacts, persons    of one list: how many persons were met so many times
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streetlight.experiments.config.counts_sheet import CountSheet, read_sheet
from streetlight.model.arrays import FloatArray
from streetlight.model.communities.columns import Origin
from streetlight.model.errors import InputError, Problems
from streetlight.model.inference.lists import MOST_LISTS, ListTable

WHOLE = re.compile(r"[0-9]{1,9}(\.0)?")
ONE_COUNT = "a whole number of persons, 0 or more"
#: Columns of a line a person that say which list it is.
LIST_COLUMNS = ("list", "channel", "agency")
MOST_CONTACTS = 1000
BY_LISTS, BY_COLUMNS, BY_PERSON, BY_CONTACTS = "lists", "columns", "person", "contacts"


@dataclass(frozen=True, eq=False)
class OwnLists:
    """A table of one's own: persons by lists, or persons by contacts (m,); the other is None.

    notes: what was understood of the file, a sentence each.
    """

    path: Path
    table: ListTable | None
    contacts: FloatArray | None
    notes: tuple[str, ...]


def form_of(header: list[str]) -> str | None:
    """Which of the four forms a header has; None where it is no table of persons."""
    names = {name.casefold() for name in header}
    if "person" in names and names & {*LIST_COLUMNS}:
        return BY_PERSON
    if "lists" in names:
        return BY_LISTS
    if {"contacts", "persons"} <= names:
        return BY_CONTACTS
    if "count" in names and not names & {"place", "year", "month"} and len(names) > 2:
        return BY_COLUMNS
    return None


def is_list_file(path: Path) -> bool:
    """Whether the header is that of a table of persons, and not of counts by place."""
    return form_of(read_sheet(path, Problems()).header) is not None


def read_lists(path: Path) -> OwnLists:
    """The table of a file; InputError listing every problem."""
    problems = Problems()
    sheet = read_sheet(path, problems)
    for position, name in enumerate(sheet.header):
        if not name or name in sheet.header[:position]:
            text = "has no name" if not name else f'"{name}": appears more than once'
            problems.add((0, sheet.header_line), f"{path}:{sheet.header_line}: column {text}")
    problems.raise_any(InputError)
    sheet.names = {name.casefold(): name for name in sheet.header}
    origin = Origin(
        problems,
        where=lambda row, column: f'{path}:{sheet.lines[row]}: column "{column}"',
        place=lambda row: (0, sheet.lines[row]),
    )
    readers = {
        BY_LISTS: by_lists, BY_COLUMNS: by_columns, BY_PERSON: by_person, BY_CONTACTS: by_contacts,
    }  # fmt: skip
    form = form_of(sheet.header)
    assert form is not None
    found = readers[form](sheet, origin)
    problems.raise_any(InputError)
    if form == BY_CONTACTS:
        frequencies = np.zeros(max(int(one) for (one,) in found))
        for (times,), persons in found.items():
            frequencies[int(times) - 1] = persons
        note = f"{path}: {frequencies.sum():,.0f} persons of one list by how often they were met"
        return OwnLists(path, None, frequencies, (note,))
    return with_table(path, found, sheet)


def with_table(path: Path, found: dict[tuple[str, ...], float], sheet: CountSheet) -> OwnLists:
    """The table of persons by lists; InputError where there are no persons or too many lists."""
    names = sorted({name for on, persons in found.items() for name in on if persons})
    if not names:
        raise InputError(f"{path}: no person is on any list")
    if len(names) > MOST_LISTS:
        raise InputError(f"{path}: {len(names)} lists: at most {MOST_LISTS}; join some of them")
    some = {on: persons for on, persons in found.items() if persons}
    table = ListTable.of(names, some)
    note = f"{path}: {table.n:,.0f} persons on {table.k} lists ({', '.join(names)})"
    notes = [note]
    if "person" in sheet.names and set(map(str.casefold, sheet.header)) - {"person", "list"}:
        notes.append("each channel or agency is taken for a list, whatever case or year it was in")
    return OwnLists(path, table, None, tuple(notes))


def by_lists(sheet: CountSheet, origin: Origin) -> dict[tuple[str, ...], float]:
    """Persons by the lists that a cell joins with +."""
    if "count" not in sheet.names:
        raise InputError(f'{sheet.path}:{sheet.header_line}: column "count": required, and missing')
    found: dict[tuple[str, ...], float] = {}
    first: dict[tuple[str, ...], int] = {}
    for r in range(len(sheet.records)):
        persons = whole(sheet, r, "count", origin)
        cell = sheet.cell(r, "lists")
        names = [one.strip() for one in cell.split("+")]
        on = tuple(sorted({*names}))
        if not all(names):
            allowed = "the lists that persons are on, joined by +; how many are on none is asked"
            origin.refuse(r, sheet.names["lists"], cell, allowed)
        elif len(on) < len(names):
            origin.refuse(r, sheet.names["lists"], cell, "each list once: a person is on it or not")
        else:
            take(found, first, on, persons, sheet, r, origin)
    return found


def by_columns(sheet: CountSheet, origin: Origin) -> dict[tuple[str, ...], float]:
    """Persons by lists that are columns of 0 and 1."""
    columns = [name for name in sheet.header if name.casefold() != "count"]
    found: dict[tuple[str, ...], float] = {}
    first: dict[tuple[str, ...], int] = {}
    for r, record in enumerate(sheet.records):
        persons = whole(sheet, r, "count", origin)
        on, bad = [], False
        for name in columns:
            cell = record[sheet.header.index(name)]
            if cell not in ("0", "1"):
                origin.refuse(r, name, cell, "0 or 1: whether these persons are on the list")
                bad = True
            elif cell == "1":
                on.append(name)
        if not bad and not on and persons:
            allowed = "on a list at least: how many are on none is what is asked"
            origin.refuse(r, sheet.names["count"], f"{persons:g}", allowed)
        elif not bad and on:
            take(found, first, tuple(sorted(on)), persons, sheet, r, origin)
    return found


def by_person(sheet: CountSheet, origin: Origin) -> dict[tuple[str, ...], float]:
    """Persons by lists, from a line a person and list; a line without a person is not linked."""
    column = next(name for name in LIST_COLUMNS if name in sheet.names)
    lists: dict[str, set[str]] = defaultdict(set)
    first: dict[tuple[str, ...], int] = {}
    for r in range(len(sheet.records)):
        person, name = sheet.cell(r, "person"), sheet.cell(r, column)
        if not person:
            allowed = "the key of a person: rows that are not linked to one cannot be counted"
            origin.refuse(r, sheet.names["person"], "", allowed)
        if not name:
            origin.refuse(r, sheet.names[column], "", "the list that the person is on")
        key = (sheet.cell(r, "case"),) if "case" in sheet.names else (person, name)
        if all(key) and first.setdefault(key, sheet.lines[r]) != sheet.lines[r]:
            what = "case" if "case" in sheet.names else "person"
            allowed = f"{'+'.join(key)} stands in line {first[key]} already"
            origin.refuse(r, sheet.names[what], sheet.cell(r, what), allowed)
        elif person and name:
            lists[person].add(name)
    found: dict[tuple[str, ...], float] = defaultdict(float)
    for on in lists.values():
        found[tuple(sorted(on))] += 1.0
    return found


def by_contacts(sheet: CountSheet, origin: Origin) -> dict[tuple[str, ...], float]:
    """Persons by how often they were met, the number as text."""
    found: dict[tuple[str, ...], float] = {}
    first: dict[tuple[str, ...], int] = {}
    for r in range(len(sheet.records)):
        cell = sheet.cell(r, "contacts")
        persons = whole(sheet, r, "persons", origin)
        if not WHOLE.fullmatch(cell) or not 1 <= float(cell) <= MOST_CONTACTS:
            allowed = f"how often they were met, a whole number from 1 to {MOST_CONTACTS}"
            origin.refuse(r, sheet.names["contacts"], cell, allowed)
        else:
            take(found, first, (str(int(float(cell))),), persons, sheet, r, origin)
    return found


def whole(sheet: CountSheet, r: int, meaning: str, origin: Origin) -> float:
    """A number of persons; 0, and noted, where a cell holds none."""
    cell = sheet.cell(r, meaning)
    if WHOLE.fullmatch(cell):
        return float(cell)
    origin.refuse(r, sheet.names[meaning], cell, ONE_COUNT)
    return 0.0


def take(
    found: dict[tuple[str, ...], float],
    first: dict[tuple[str, ...], int],
    key: tuple[str, ...],
    persons: float,
    sheet: CountSheet,
    r: int,
    origin: Origin,
) -> None:
    """Keep the persons of a combination; one that stands twice is noted."""
    if key in first:
        text = f"stands in line {first[key]} already: one count for each combination"
        origin.refuse(r, sheet.header[0], "+".join(key), text)
    first.setdefault(key, sheet.lines[r])
    found[key] = persons
