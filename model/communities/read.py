"""From a CSV file to a region's columns, with everything that is wrong with it in one pass.

A file as we would write it: UTF-8, commas, a header line, one community a line; `id`, `name` and
`population` are required, the other columns of `columns.COLUMNS` optional, further ones kept as
text. A blank cell is unknown. Neighbours stand in `<stem>_neighbours.csv` beside it, columns
`id_a,id_b`. A `FileReading` says how another file is to be read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from streetlight.model.arrays import ByteArray, FloatArray
from streetlight.model.communities import counties
from streetlight.model.communities.columns import (
    BOUNDS,
    CLASS_OF_LABEL,
    COLUMNS,
    MOST_COMMUNITIES,
    UNKNOWN_CLASS,
    Origin,
    RegionColumns,
    RegionError,
    check_columns,
    check_neighbours,
    classes_of,
    numbers_of,
    shown,
    texts_of,
)
from streetlight.model.communities.file import (
    NEIGHBOUR_FILE,
    REGION_FILE,
    TextTable,
    content_of,
    read_pairs,
    read_table,
)
from streetlight.model.communities.gaps import Told, class_by_population, classes_in_words, fill
from streetlight.model.communities.reading import (
    ClassRule,
    FileReading,
    Trial,
    flow,
    in_plain,
)
from streetlight.model.errors import NO_UNSEEN, UNSEEN, Problems, did_you_mean

if TYPE_CHECKING:
    from streetlight.model.communities.region import Region


def read_region(
    path: str | os.PathLike[str],
    how: Mapping[str, Any] | None = None,
    us: Callable[[], Region] | None = None,
) -> RegionColumns:
    """Columns of a region file, complete and checked; RegionError listing every problem.

    how: how the file is read, as plain values of a `FileReading`; us: gives the built-in table of
    counties; None reads that table itself, without doubts.
    """
    path = Path(path)
    problems = Problems()
    trial = Trial(path, FileReading.of(how or {}, problems), problems)
    table = read_table(content_of(path), trial)
    header = list(table.header)
    rename(table, trial, us is not None)
    left_out = keep_rows(table, trial)
    if len(table.records) > MOST_COMMUNITIES:
        n, most = len(table.records), MOST_COMMUNITIES
        raise RegionError(f"{path}: {n:,} communities; a region has at most {most:,}")
    if us is not None:
        trial_numbers(table, trial)
    origin = table.origin(problems)
    columns = columns_of(table, trial, origin)
    check_columns(columns, origin)
    if us is not None and trial.only_proposed():
        from streetlight.model.communities.plausible import doubt  # slow to load

        doubt(columns, table.lines, us, trial)
    read_neighbours(columns, table, left_out, trial)
    if us is not None and trial.reading.county_facts:
        counties.join_facts(columns, table.lines, us(), trial)
    elif us is not None:
        counties.offer_facts(columns, us, trial)
    trial.finish()
    problems.raise_any(RegionError)
    columns.told = told(header, table, trial, us is not None)
    fill(columns)
    return columns


def told(header: list[str], table: TextTable, trial: Trial, own_file: bool) -> Told:
    """What was read of a file and what was not."""
    reading = trial.reading
    own = {one: named(reading).get(one, one) for one in (*COLUMNS, "area")}
    read = {one: of for one, of in own.items() if one in table.header}
    rule = reading.place_class
    if rule is not None:
        read["place_class"] = reading.columns.get(rule.by, rule.by)
    used = {*read.values(), *reading.where, *reading.without}
    used |= {part for one in used for part in one.split("+")}
    unused = tuple(one for one in header if one not in used)
    if own_file:
        from streetlight.model.communities.meaning import with_ages

        unused = tuple(map(with_ages, unused))
    return Told(len(table.records), tuple(read.items()), unused, notes=tuple(trial.notes))


# -- columns and rows


def rename(table: TextTable, trial: Trial, own_file: bool) -> None:
    """Give columns of the file the names they have here; note what is missing, twice or unclear."""
    check_header(table, trial)
    own = named(trial.reading)
    for column, of in own.items():
        at = ("area",) if column == "area" else ("columns", column)
        if join_columns(table, of):
            continue
        if of not in table.header:
            advice = did_you_mean(of, table.header) or f"; there are: {', '.join(table.header)}"
            text = f"{': '.join(at)}: no column {of!r} in {trial.path}{advice}"
            trial.problems.add((REGION_FILE, 0), text, at=at)
    if own_file:
        from streetlight.model.communities.meaning import propose_columns  # slow to load

        propose_columns(table, trial)
    cells = {one: table.column(of) for one, of in named(trial.reading).items()}
    for column, of in named(trial.reading).items():
        if join_columns(table, of):
            cells[column] = table.column(of)
    for column, found in cells.items():
        if found is not None:
            add_column(table, column, found)


def join_columns(table: TextTable, of: str) -> bool:
    """Whether a column is two or more joined, as STATE+COUNTY; it is then put into the table."""
    parts = of.split("+")
    if of in table.header or len(parts) < 2 or not set(parts) <= set(table.header):
        return False
    cells = zip(*(table.column(part) or () for part in parts), strict=True)
    add_column(table, of, ["".join(one) for one in cells])
    return True


def named(reading: FileReading) -> dict[str, str]:
    """Our columns whose name in the file is said."""
    return {**reading.columns, **({"area": reading.area} if reading.area else {})}


def add_column(table: TextTable, name: str, cells: list[str]) -> None:
    """Put a column into a table, in the place of one of the same name."""
    if name in table.header:
        position = table.header.index(name)
        for record, cell in zip(table.records, cells, strict=True):
            record[position] = cell
        return
    table.header.append(name)
    for record, cell in zip(table.records, cells, strict=True):
        record.append(cell)


def drop_empty(table: TextTable, trial: Trial) -> None:
    """Leave out columns that have neither a name nor a value."""
    empty = [
        position
        for position, name in enumerate(table.header)
        if not name and not any(record[position] for record in table.records)
    ]
    for position in reversed(empty):
        for cells in (table.header, *table.records):
            del cells[position]
    if empty:
        trial.notes.append(f"left out: {len(empty)} empty columns without a name")


def check_header(table: TextTable, trial: Trial) -> None:
    """Note nameless and repeated columns, and names that no column may have."""
    drop_empty(table, trial)
    for position, column in enumerate(table.header):
        text = ""
        if not column:
            text = f"column {position + 1} has no name; give it one, or take it away"
        elif column in table.header[:position]:
            text = f'column "{column}": appears more than once'
        elif UNSEEN.search(column):
            text = f'column "{column}": must be {NO_UNSEEN}'
        if text:
            line = trial.header_line()
            trial.problems.add((REGION_FILE, line), f"{trial.path}:{line}: {text}")
    for name in trial.reading.unused:
        if name not in table.header:
            text = f"unused: no column {name!r} in {trial.path}{did_you_mean(name, table.header)}"
            trial.problems.add((REGION_FILE, 0), text, at=("unused",))


def keep_rows(table: TextTable, trial: Trial) -> set[str]:
    """Leave out the rows that the reading does not want; gives their ids."""
    keep = np.ones(len(table.records), dtype=bool)
    for key, wanted, inside in (
        ("where", trial.reading.where, True),
        ("without", trial.reading.without, False),
    ):
        for column, values in wanted.items():
            chosen = rows_with(table, key, column, values, trial)
            keep &= chosen if inside else ~chosen
    if not keep.any():
        if trial.only_proposed():
            trial.problems.add((REGION_FILE, 0), "where: no row is left", at=("where",))
        keep[:] = True
    if keep.all():
        return set()
    ids = table.column("id") or []
    left_out = {one for one, kept in zip(ids, keep.tolist(), strict=False) if not kept}
    trial.notes.append(f"rows left out by where and without: {int((~keep).sum()):,}")
    table.records = [one for one, kept in zip(table.records, keep, strict=True) if kept]
    table.lines = [one for one, kept in zip(table.lines, keep, strict=True) if kept]
    return left_out


def rows_with(
    table: TextTable, key: str, column: str, values: tuple[str, ...], trial: Trial
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows (C,) whose cell in a column is one of some values; unknown ones are noted."""
    cells = table.column(column)
    if cells is None:
        advice = did_you_mean(column, table.header)
        text = f"{key}: no column {column!r} in {trial.path}{advice}"
        trial.problems.add((REGION_FILE, 0), text, at=(key, column))
        return np.ones(len(table.records), dtype=bool)
    there = set(cells)
    for position, value in enumerate(values):
        if value not in there:
            meant = counties.meant_state if column == "state" else counties.meant_place
            text = f"{key}: {column}: {value!r}: no row has this value{meant(value, there)}"
            trial.problems.add((REGION_FILE, 0), text, at=(key, column, position))
    return np.array([cell in values for cell in cells])


# -- cells


def trial_numbers(table: TextTable, trial: Trial) -> None:
    """Find in which form the numbers of a file are."""
    for key in ("percent", "in_thousands"):
        for column in getattr(trial.reading, key):
            if column not in table.header:
                text = f"{key}: {column}: {trial.path} has no such column"
                trial.problems.add((REGION_FILE, 0), text, at=(key,))
    from streetlight.model.communities.meaning import sniff_numbers
    from streetlight.model.communities.plausible import doubt_form

    cells = {one: table.column(one) for one in BOUNDS}
    sniff_numbers({one: found for one, found in cells.items() if found}, table.lines, trial)
    for column, of in cells.items():
        if column not in trial.useless:
            doubt_form(column, of or [], table.lines, trial)


def columns_of(table: TextTable, trial: Trial, origin: Origin) -> RegionColumns:
    """The cells of a table as region columns; unreadable cells are noted and count as unknown."""
    reading = trial.reading
    texts = {one: table.column(one) or [""] * len(table.records) for one in ("name", "state")}
    ids = table.column("id")
    ids = [one.zfill(reading.id_length) for one in ids] if ids else [""] * len(table.records)
    others = [one for one in table.header if one not in COLUMNS]
    numbers: dict[str, Any] = {one: scaled(table, one, trial, origin) for one in BOUNDS}
    return RegionColumns(
        name=table.path.stem,
        ids=texts_of("id", ids, origin) if "id" in table.header else ids,
        names=texts_of("name", texts["name"], origin) if "name" in table.header else ids,
        state=texts_of("state", texts["state"], origin),
        place_class=own_classes(table, trial, origin),
        extras={column: tuple(table.column(column) or ()) for column in others},
        **numbers,
    )


def scaled(table: TextTable, column: str, trial: Trial, origin: Origin) -> FloatArray:
    """A numeric column (C,) in the unit that the model has."""
    cells = table.column(column)
    if cells is None or column in trial.useless:
        return np.full(len(table.records), np.nan)
    reading = trial.reading
    usual = not (reading.thousands or reading.unknown or reading.percent or reading.decimal != ".")
    values = numbers_of(
        column, cells, origin, None if usual else partial(in_plain, column, reading)
    )
    if column in reading.percent:
        values = values / 100
    return values * 1000 if column in reading.in_thousands else values


def own_classes(table: TextTable, trial: Trial, origin: Origin) -> ByteArray:
    """Place classes (C,) by their column or by the analyst's rule."""
    rule = trial.reading.place_class
    if rule is None:
        given = table.column("place_class") or [""] * len(table.records)
        by = trial.reading.columns.get("place_class", "place_class")
        way = (
            f"; or say what it is:  place_class: {{by: {flow(by)}, values: {{rural: [...], ...}}}}"
        )
        return classes_of(given, origin, way)
    codes = np.full(len(table.records), UNKNOWN_CLASS, dtype=np.int8)
    cells = table.column(rule.by)
    if cells is None:
        text = f"place_class: by: no column {rule.by!r}{did_you_mean(rule.by, table.header)}"
        trial.problems.add((REGION_FILE, 0), text, at=("place_class", "by"))
        return codes
    if rule.values:
        return by_values(rule, cells, codes, trial)
    return by_size(rule, cells, codes, trial, origin)


def by_values(rule: ClassRule, cells: list[str], codes: ByteArray, trial: Trial) -> ByteArray:
    """Classes (C,) by the values of a column; values without a class are noted."""
    class_of = {v: CLASS_OF_LABEL[label] for label, several in rule.values.items() for v in several}
    for row, cell in enumerate(cells):
        codes[row] = class_of.get(cell, UNKNOWN_CLASS)
    if unmapped := sorted({cell for cell in cells if cell and cell not in class_of}):
        text = f"place_class: values: nothing is said of {', '.join(map(shown, unmapped[:8]))}"
        trial.problems.add((REGION_FILE, 0), text, at=("place_class", "values"))
    trial.notes.append(f"place_class by {rule.by}: {classes_in_words(codes)}")
    return codes


def by_size(
    rule: ClassRule, cells: list[str], codes: ByteArray, trial: Trial, origin: Origin
) -> ByteArray:
    """Classes (C,) by how large the numbers of a column are."""
    sizes = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        text = in_plain(rule.by, trial.reading, cell)
        if text is None:
            origin.refuse(row, rule.by, cell, "a number, by which place_class is told")
        else:
            sizes[row] = float(text or np.nan)
    unused = np.inf
    bounds = []
    for label in ("large metro", "small metro", "town"):
        unused = rule.at_least.get(label, unused)
        bounds.append(unused)
    known = ~np.isnan(sizes)
    codes[known] = class_by_population(sizes[known], *bounds)
    trial.notes.append(f"place_class by {rule.by}: {classes_in_words(codes)}")
    return codes


def read_neighbours(
    columns: RegionColumns, table: TextTable, left_out: set[str], trial: Trial
) -> None:
    """The pairs of neighbours of the file beside, if there is one."""
    path, length = trial.path, trial.reading.id_length
    beside = path.with_name(f"{path.stem}_neighbours.csv")
    american = path.with_name(f"{path.stem}_neighbors.csv")
    if american.exists() and not beside.exists():
        text = f"{american}: is not read by this name; call it {beside.name}"
        trial.problems.add((NEIGHBOUR_FILE, 0), text)
    if not beside.exists() or "id" not in table.header:
        return
    if "neighbours" in trial.reading.county_facts:
        text = f"county_facts: neighbours: {beside.name} has them too; leave one out"
        trial.problems.add((REGION_FILE, 0), text, at=("county_facts",))
        return
    pairs = read_pairs(beside, trial.problems)
    if pairs is None:
        return
    sides = [[one.zfill(length) for one in pairs.column(c) or ()] for c in ("id_a", "id_b")]
    known = {one.zfill(length) for one in left_out}
    found = list(zip(*sides, strict=True))
    kept = [k for k, pair in enumerate(found) if not known.intersection(pair)]
    pairs.lines = [pairs.lines[k] for k in kept]
    columns.neighbours = [found[k] for k in kept]
    check_neighbours(columns.neighbours, columns.ids, pairs.origin(trial.problems))
    unused = [one for one in pairs.header if one not in ("id_a", "id_b")]
    if unused:
        trial.notes.append(f"not used of {beside.name}: {', '.join(unused)}")
