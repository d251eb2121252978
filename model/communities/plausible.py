"""What a region's file says and hardly means: refused unless the analyst says that it is meant.

Every doubt is one problem a kind, at the first row that shows it, with the line to add.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from streetlight.model.arrays import BoolArray, FloatArray
from streetlight.model.communities.columns import COLUMNS, PERSONS, SHARE, RegionColumns, shown
from streetlight.model.communities.counties import STATES, are_counties
from streetlight.model.communities.meaning import folded
from streetlight.model.communities.reading import Trial, flow, in_plain

if TYPE_CHECKING:
    from streetlight.model.communities.region import Region

TOTAL = re.compile(
    r"totals?|all|sum|overall|whole|national|nation|country|united states|usa|us|england|wales|"
    r"scotland|great britain|united kingdom|uk|deutschland|germany|france|insgesamt|gesamt|summe|"
    r"ensemble|suma|totaal|everywhere|region total|state total"
)
#: Names that no place has, only a sum of places.
WHOLE = re.compile(
    r"(sub-?)?total|all (places|count|town|district|area)|sum of|united states$|usa?$"
)
IN_THOUSANDS = re.compile(r"thousands?|000s?|1 ?000|tsd|tausend|k|miles|milliers")
#: Shares of people aged 10-17 outside which a region is doubted; countries have 0.07 to 0.21.
LEAST_YOUTH, MOST_YOUTH = 0.02, 0.30
#: So few rows show too little to doubt what they say together.
FEW_ROWS = 5
#: Latitude and longitude, from and to, of UK codes and of US counties (Aleutians and all).
UK_CODE = re.compile(r"[EWSN]\d{8}")
UK_BOX = (49.0, 61.5), (-9.0, 2.5)
US_BOX = (18.0, 72.0), (-180.0, -66.0)


def doubt_form(column: str, cells: Sequence[str], lines: Sequence[int], trial: Trial) -> None:
    """Doubt the unit that the numbers of a column are in, as they stand in the file."""
    reading, kind = trial.reading, COLUMNS[column].kind
    plainly = (
        (n, cell, in_plain(column, reading, cell)) for n, cell in zip(lines, cells, strict=False)
    )
    numbers = [(line, cell, float(text)) for line, cell, text in plainly if text]
    if not numbers:
        return
    line, cell, _ = numbers[0]
    where = f'column "{column}": value {shown(cell)}'
    if column == "latitude":
        doubt_degrees(line, [abs(value) for _, _, value in numbers], trial)
    if kind == SHARE:
        doubt_shares(column, where, line, [value for _, _, value in numbers], trial)
    header = folded(reading.columns.get(column, column))
    words = [w for w in (header, *header.split()) if IN_THOUSANDS.fullmatch(w)]
    if kind == PERSONS and words and column not in reading.in_thousands:
        fix = f"if so, add  in_thousands: [{column}]"
        trial.doubt(line, f"{where}: its header speaks of thousands", "sizes", fix)
    if column == "population" and column not in reading.in_thousands and not words:
        doubt_point([(n, c) for n, c, _ in numbers], max(v for *_, v in numbers), trial)


def crossed(trial: Trial) -> str:
    """The line by which latitude and longitude change places."""
    lat, lon = (trial.reading.columns.get(one, one) for one in ("latitude", "longitude"))
    return f"if they are swapped, add  columns: {flow({'latitude': lon, 'longitude': lat})}"


def doubt_degrees(line: int, values: list[float], trial: Trial) -> None:
    """Latitudes beyond a pole: swapped with longitudes, or metres."""
    if max(values) <= 90:
        return
    trial.useless |= {"latitude", "longitude"}
    text = f'{trial.path}:{line}: column "latitude": up to {max(values):,.6g}: '
    metres = "looks like metres of a national grid; give degrees"
    text += metres if max(values) > 180 else f"degrees from -90 to 90; {crossed(trial)}"
    trial.problems.add((0, line), text)


def doubt_shares(column: str, where: str, line: int, values: list[float], trial: Trial) -> None:
    """Percentages and counts in the place of shares, and shares in that of percentages."""
    some = sorted(one for one in values if one)
    if not some:
        return
    middle, most = some[len(some) // 2], some[-1]
    if column in trial.reading.percent:
        if most <= 1 and len(some) > 1:
            what = f"{where}: said to be in percent, but none is over 1"
            trial.doubt(line, what, "shares", f"leave {column} out of percent")
    elif middle > 1 and most > 100:
        text = f"{trial.path}:{line}: {where}: numbers of people, not shares of youth; divide them"
        trial.problems.add((0, line), f"{text} by the youth of each place")
        trial.useless.add(column)
    elif middle > 1:
        trial.propose(line, f"{where}: a percentage, not a share", percent=(column,))


def doubt_point(cells: list[tuple[int, str]], most: float, trial: Trial) -> None:
    """Populations such as 12.345 or 50.000: a point between thousands, or thousands of people."""
    reading = trial.reading
    point = re.escape(reading.decimal)
    broken = [(line, cell) for line, cell in cells if re.search(rf"{point}0*[1-9]", cell)
              or re.search(rf"{point}000$", cell)]  # fmt: skip
    if not broken or reading.thousands:
        return
    line, cell = broken[0]
    what = f'column "population": value {shown(cell)}'
    if all(re.fullmatch(rf"\d{{1,3}}{point}\d{{3}}", cell) for _, cell in broken):
        other = "," if reading.decimal == "." else "."
        form = f"thousands: {flow(reading.decimal)}, decimal: {flow(other)}"
        fix = f"if so, add  {form}  (or, for thousands of people, in_thousands: [population])"
        trial.doubt(line, f"{what}: looks as if the point stood between thousands", "sizes", fix)
    elif most < 10_000 and len(broken) > len(cells) / 2:
        fix = "if so, add  in_thousands: [population]"
        trial.doubt(line, f"{what}: looks like thousands of people", "sizes", fix)


def doubt(
    columns: RegionColumns, lines: Sequence[int], us: Callable[[], Region], trial: Trial
) -> None:
    """Doubt what the columns of a region say together; us: gives the built-in table of counties."""
    for doubts in (doubt_codes, doubt_sums, doubt_youth):
        doubts(columns, lines, trial)
    counties = are_counties(columns.ids, us)
    doubt_zeros(columns, lines, counties, trial)
    doubt_coordinates(columns, lines, counties, trial)


def doubt_codes(columns: RegionColumns, lines: Sequence[int], trial: Trial) -> None:
    """Ids that a spreadsheet made numbers of, and ids that differ by zeros or case alone."""
    eaten = [k for k, one in enumerate(columns.ids) if re.fullmatch(r"[\d.,]+E\+?\d+", one, re.I)]
    broken = [k for k, one in enumerate(columns.ids) if re.fullmatch(r"\d+[.,]0+", one)]
    for rows, what in ((eaten, "a code that a spreadsheet made a number of"),
                       (broken, "a code written as a number")):  # fmt: skip
        if rows:
            told = f'column "id": value {shown(columns.ids[rows[0]])}: {what}{more(rows)}'
            trial.doubt(lines[rows[0]], told, "codes", "save that column as text")
    first: dict[str, int] = {}
    for k, one in enumerate(columns.ids):
        same = first.setdefault(one.casefold().lstrip("0"), k)
        if columns.ids[same] != one:
            told = f'column "id": value {shown(one)}: beside {shown(columns.ids[same])} in line '
            trial.doubt(
                lines[k],
                f"{told}{lines[same]}, which it hardly differs from",
                "codes",
                "are both one place?",
            )


def more(rows: Sequence[int]) -> str:
    """How many further rows there are like the first."""
    return f" ({len(rows) - 1:,} more like it)" if len(rows) > 1 else ""


def doubt_zeros(columns: RegionColumns, lines: Sequence[int], counties: bool, trial: Trial) -> None:
    """Codes of which some are one digit short and none of the others begins with a zero."""
    lengths = {len(one) for one in columns.ids}
    longest = 5 if counties else max(lengths)
    short = [k for k, one in enumerate(columns.ids) if len(one) == longest - 1]
    if not short or not lengths <= {longest - 1, longest} or longest < 5:
        return
    digits = all(one.isdigit() for one in columns.ids)
    lost = digits and not any(one.startswith("0") for one in columns.ids if len(one) == longest)
    codes = [int(one) for one in columns.ids] if lost else [0]
    if lost and (counties or max(codes) - min(codes) > 3 * len(codes)):
        told = f'column "id": value {shown(columns.ids[short[0]])}: looks like a code that lost '
        fix = f"if so, add  id_length: {longest}"
        trial.doubt(lines[short[0]], f"{told}its zero{more(short)}", "codes", fix)


# -- sums


def doubt_sums(columns: RegionColumns, lines: Sequence[int], trial: Trial) -> None:
    """Rows that are the sum of others: the whole, or one of the parts that rows are listed by."""
    parts = {*part_sums(columns), *wholes_by_code(columns)}
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


# -- youth, coordinates


def doubt_youth(columns: RegionColumns, lines: Sequence[int], trial: Trial) -> None:
    """Youth that are too few or too many of all people to be counted as 10-17."""
    known = ~np.isnan(columns.youth) & (columns.population > 0)
    people, youth = columns.population[known].sum(), columns.youth[known].sum()
    if known.sum() < 2 or not youth > 0:
        return
    line, share, most = (
        lines[int(np.flatnonzero(known)[0])],
        youth / people,
        columns.youth[known].max(),
    )
    if most <= 1 or (most <= 100 and share < LEAST_YOUTH and people > 5000 * known.sum()):
        unit = "shares" if most <= 1 else "percent"
        what = (
            f'column "youth": none is over {"1" if most <= 1 else "100"}, which looks like {unit}'
        )
        fix = "multiply them by the population"
        trial.doubt(line, f"{what} of the population", "shares", fix)
    elif not LEAST_YOUTH <= share <= MOST_YOUTH:
        what = f'column "youth": {share:.1%} of all people; of those aged 10-17 there are 7 to 21%'
        trial.doubt(line, what, "shares", "give people aged 10 to 17")


def doubt_coordinates(
    columns: RegionColumns, lines: Sequence[int], counties: bool, trial: Trial
) -> None:
    """Latitude and longitude that are swapped, or where the places of such codes are not."""
    british = all(UK_CODE.fullmatch(one) for one in columns.ids)
    placed = ~np.isnan(columns.latitude)
    if not placed.any() or not (counties or british):
        return
    latitudes, longitudes = UK_BOX if british else US_BOX
    there = inside(columns.latitude, latitudes) & inside(columns.longitude, longitudes)
    if there[placed].mean() > 0.5:
        return
    swapped = inside(columns.longitude, latitudes) & inside(columns.latitude, longitudes)
    fix = crossed(trial) if swapped.any() else "look again"
    told = "latitude and longitude: these places are not where places of such codes are"
    trial.doubt(lines[int(np.flatnonzero(placed)[0])], told, "coordinates", fix)


def inside(values: FloatArray, bounds: tuple[float, float]) -> BoolArray:
    """Which values (C,) are within two bounds."""
    return (values >= bounds[0]) & (values <= bounds[1])
