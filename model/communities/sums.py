"""Rows of a file that are the sum of others: totals, and the parts that rows are listed by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from streetlight.model.communities.columns import RegionColumns, shown
from streetlight.model.communities.counties import STATES
from streetlight.model.communities.meaning import folded
from streetlight.model.communities.reading import Trial, flow, more

TOTAL = re.compile(
    r"totals?|all|sum|overall|whole|national|nation|country|united states|usa|us|england|wales|"
    r"scotland|great britain|united kingdom|uk|deutschland|germany|france|insgesamt|gesamt|summe|"
    r"ensemble|suma|totaal|everywhere|region total|state total"
)
#: Names that no place has, only a sum of places.
WHOLE = re.compile(
    r"(sub-?)?total|all (places|count|town|district|area)|sum of|united states$|usa?$"
)
#: So few rows show too little to doubt what they say together.
FEW_ROWS = 5


def doubt_sums(columns: RegionColumns, lines: Sequence[int], trial: Trial) -> None:
    """Rows that are the sum of others: the whole, or one of the parts that rows are listed by."""
    parts = {*part_sums(columns), *wholes_by_code(columns), *wholes_by_area(columns)}
    rows = sorted(parts | set(whole_sums(columns, parts)))
    if rows:
        k = rows[0]
        ids = [columns.ids[row] for row in rows[:20]]
        told = f'column "id": value {shown(columns.ids[k])}: {columns.names[k]} has as many people'
        fix = f"if it is a sum, add  without: {{{flow(column_of_ids(trial))}: {flow(ids)}}}"
        trial.doubt(lines[k], f"{told} as other rows together, or more{more(rows)}", "sums", fix)


def column_of_ids(trial: Trial) -> str:
    """What the file calls its ids."""
    return trial.reading.columns.get("id", "id")


def looks_total(columns: RegionColumns, row: int) -> bool:
    """Whether a row is named as a whole is."""
    name = folded(columns.names[row])
    return bool(TOTAL.fullmatch(name) or TOTAL.fullmatch(folded(columns.ids[row]))
                or WHOLE.match(columns.names[row].casefold()) or name.endswith(" total")
                or columns.names[row].title() in STATES.values())  # fmt: skip


def whole_sums(columns: RegionColumns, parts: set[int]) -> Iterator[int]:
    """Rows with as many people as all others together, to half a percent; parts: no others."""
    people = columns.population.copy()
    people[list(parts)] = 0
    total, many = people.sum(), np.count_nonzero(people) > FEW_ROWS
    for row in np.flatnonzero((people > 0.49 * total) & (people > 0)).tolist():
        others = total - people[row]
        exact = abs(people[row] - others) <= 0.5
        near = abs(people[row] - others) <= 0.005 * others
        by_name = WHOLE.match(columns.names[row].casefold()) and people[row] > others
        if (exact and many) or by_name or ((near or exact) and looks_total(columns, row)):
            yield row


def part_sums(columns: RegionColumns) -> Iterator[int]:
    """Rows with exactly as many people as a run of rows beside them, with a sign of being a whole.

    The sign: a name as wholes have, an id that begins the ids of the run, or that the run's state
    is called by the row's name.
    """
    people = np.round(columns.population)
    for step in (1, -1):
        up_to = np.cumsum(people[::step])
        for position in np.flatnonzero(people[::step] > 0).tolist():
            wanted = up_to[position] + people[::step][position]
            end = int(np.searchsorted(up_to, wanted))  # the last row of the run
            if end > position + 1 and end < len(people) and up_to[end] == wanted:
                rows = range(len(people))[::step]
                if is_whole(columns, rows[position], rows[position + 1 : end + 1]):
                    yield rows[position]


def wholes_by_code(columns: RegionColumns) -> Iterator[int]:
    """Rows whose code begins those of others, as 01000 does 01001, with at least their people."""
    longest = max(map(len, columns.ids))
    of_stem: dict[str, float] = {}
    coarse = {}
    for row, one in enumerate(columns.ids):
        stem = one.removesuffix("000") if one.endswith("000") else one
        if stem and len(stem) <= longest - 2 and one.isdigit():
            coarse[row] = stem
    stems = set(coarse.values())
    for row, one in enumerate(columns.ids):
        for width in {len(stem) for stem in stems}:
            if row not in coarse and one[:width] in stems:
                of_stem[one[:width]] = of_stem.get(one[:width], 0) + columns.population[row]
    for row, stem in coarse.items():
        if columns.population[row] >= of_stem.get(stem, np.inf):
            yield row


def wholes_by_area(columns: RegionColumns) -> Iterator[int]:
    """Rows called as a state or an area is, with as many people as the rows that lie in it."""
    names_and_ids = zip(columns.names, columns.ids, strict=True)
    called = [{name.casefold(), one.casefold()} for name, one in names_and_ids]
    for areas in (columns.state, columns.extras.get("area", ())):
        rows_of: dict[str, list[int]] = {}
        for row, area in enumerate(areas):
            for name in {area.casefold(), STATES.get(area, "").casefold()} - {""}:
                rows_of.setdefault(name, []).append(row)
        for row, names in enumerate(called):
            for name in names & rows_of.keys():
                inside = [k for k in rows_of[name] if not called[k] & names]
                total = columns.population[inside].sum()
                if len(inside) > 1 and abs(columns.population[row] - total) <= 0.005 * total:
                    yield row


def is_whole(columns: RegionColumns, row: int, run: range) -> bool:
    """Whether a row looks like the whole of a run of rows."""
    stem = columns.ids[row].rstrip("0")
    prefix = bool(stem) and all(columns.ids[k].startswith(stem) for k in run)
    state = {columns.state[k] for k in run}
    called = {columns.names[row], columns.ids[row]}
    return (
        prefix
        or looks_total(columns, row)
        or (state != {""} and len(state) == 1 and state <= called)
    )
