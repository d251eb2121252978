"""What a region's file says and hardly means: refused unless the analyst says that it is meant.

Every doubt is one problem a kind, at the first row that shows it, with the line to add.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from unicodedata import normalize

import numpy as np

from streetlight.model.arrays import BoolArray, FloatArray
from streetlight.model.communities.columns import (
    COLUMNS,
    MOST_PEOPLE,
    PERSONS,
    SHARE,
    RegionColumns,
    shown,
)
from streetlight.model.communities.counties import are_counties, doubt_names
from streetlight.model.communities.gaps import YOUTH_12_17_SHARE
from streetlight.model.communities.meaning import folded
from streetlight.model.communities.reading import Trial, flow, in_plain, more
from streetlight.model.communities.sums import doubt_sums

if TYPE_CHECKING:
    from streetlight.model.communities.region import Region

IN_MILLIONS = re.compile(r"millions?|mn|mio|mill(ones|ionen)?|000000s?")
IN_THOUSANDS = re.compile(r"thousands?|000s?|1 ?000|tsd|tausend|k|miles|milliers")
#: Shares of people aged 10-17 outside which a region is doubted; countries have 0.07 to 0.21.
LEAST_YOUTH, MOST_YOUTH = 0.02, 0.30
#: Shares of those aged 12-17 among them outside which a region is doubted; six of eight years.
LEAST_OLDER, MOST_OLDER = 0.60, 0.90
#: So many degrees from the meridian or the equator a lost minus is told from a place across it.
FAR = 3.0
#: Persons whose fractions are no estimate: of most places, then in thousands; and of a place whose
#: number is so small a part of the usual one, then in another unit than the others.
FEW_PEOPLE, SMALL_PART = 1000, 0.01
#: No region of so many places has so few people in each, unless they have fractions as well.
FEWEST_PEOPLE, SO_MANY = 100, 3
#: Shares of youth outside which a place of so many people is doubted: barracks have no families.
OF_A_PLACE, FROM_PEOPLE = (0.005, 0.5), 1000
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
    if kind == PERSONS and column not in reading.in_thousands:
        header = folded(reading.columns.get(column, column)).split()
        if any(map(IN_MILLIONS.fullmatch, header)):
            what, fix = f"{where}: its header speaks of millions", "give numbers of persons"
            doubted = trial.doubt(line, what, "sizes", fix)
        elif any(map(IN_THOUSANDS.fullmatch, header)) or "1 000" in " ".join(header):
            what, fix = f"{where}: its header speaks of thousands", f"if so, {in_thousands(column)}"
            doubted = trial.doubt(line, what, "sizes", fix)
        else:
            doubted = column == "population" and doubt_point(numbers, trial)
        trial.useless |= {column} if doubted else set()


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
        if len(values) >= SO_MANY:
            what = f"{where}: no youth lives in poverty anywhere"
            trial.doubt(line, what, "shares", "leave the cells blank when unknown")
        return
    middle, most = some[len(some) // 2], some[-1]
    alone = len(values) >= SO_MANY and len({*values}) == 1
    if column in trial.reading.percent:
        if most <= 1 and len(some) > 1:
            what = f"{where}: said to be in percent, but none is over 1"
            trial.doubt(line, what, "shares", f"leave {column} out of percent")
    elif middle > 1 and most > 100:
        text = f"{trial.path}:{line}: {where}: numbers of people, not shares of youth; divide them"
        trial.problems.add((0, line), f"{text} by the youth of each place")
        trial.useless.add(column)
    elif alone and most == 1:
        what = f"{where}: no youth lives out of poverty anywhere"
        trial.doubt(line, what, "shares", "leave the cells blank when unknown")
    elif middle > 1:
        trial.propose(line, f"{where}: a percentage, not a share", percent=(column,))


def in_thousands(column: str) -> str:
    """The line by which a column is in thousands of people."""
    return f"add  in_thousands: [{column}]"


def doubt_point(numbers: list[tuple[int, str, float]], trial: Trial) -> bool:
    """Whether populations are doubted: 12.345 or 50.000 (a point between thousands), thousands or
    millions of people, one place in another unit. numbers: by line, as they stand, and read."""
    reading, values = trial.reading, np.array([value for *_, value in numbers])
    point = re.escape(reading.decimal)
    part = re.compile(rf"{point}(0*[1-9]|000$)")
    broken = [(line, cell, value) for line, cell, value in numbers if part.search(cell)]
    if reading.thousands or not values.any():
        return False
    usual = float(np.median(values))
    few = values.max() < FEWEST_PEOPLE and (bool(broken) or len(values) >= SO_MANY)
    small = [one for one in broken if one[2] < SMALL_PART * usual]
    line, cell, _ = (small or broken or numbers)[0]
    what = f'column "population": value {shown(cell)}'
    fix = f"if so, {in_thousands('population')}"
    if broken and all(re.fullmatch(rf"\d{{1,3}}{point}\d{{3}}", cell) for _, cell, _ in broken):
        other = "," if reading.decimal == "." else "."
        what += ": looks as if the point stood between thousands"
        fix = f"if so, add  thousands: {flow(reading.decimal)}, decimal: {flow(other)}  (or, for "
        fix += "thousands of people, in_thousands: [population])"
    elif few:
        what += f": no place has {FEWEST_PEOPLE}, which looks like thousands or millions of people"
        fix = f"if thousands, {in_thousands('population')}; if millions, give numbers of persons"
    elif len(broken) > len(numbers) / 2 and usual < FEW_PEOPLE:
        what += ": looks like thousands of people"
    elif small:
        what += f": the usual number is {usual:,.6g}, so this looks like another unit"
        fix = "give numbers of persons"
    else:
        return False
    return trial.doubt(line, what, "sizes", fix)


def doubt(
    columns: RegionColumns, lines: Sequence[int], us: Callable[[], Region], trial: Trial
) -> None:
    """Doubt what the columns of a region say together; us: gives the built-in table of counties."""
    for doubts in (doubt_codes, doubt_size, doubt_sums, doubt_youth, doubt_ages):
        doubts(columns, lines, trial)
    counties = are_counties(columns.ids, us)
    doubt_zeros(columns, lines, counties, trial)
    if counties:
        doubt_names(columns, lines, us(), trial)
    doubt_coordinates(columns, lines, counties, trial)
    doubt_points(columns, lines, trial)


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
    for k, one in enumerate(columns.ids):  # an accent may be a letter of its own, or part of one
        same = first.setdefault(normalize("NFKC", one).casefold().lstrip("0"), k)
        if columns.ids[same] != one:
            told = f'column "id": value {shown(one)}: beside {shown(columns.ids[same])} in line '
            trial.doubt(
                lines[k],
                f"{told}{lines[same]}, which it hardly differs from",
                "codes",
                "are both one place?",
            )


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


# -- people and youth


def doubt_size(columns: RegionColumns, lines: Sequence[int], trial: Trial) -> None:
    """More people in all than any country has."""
    people = columns.population.sum()
    if people > MOST_PEOPLE:
        told = f'column "population": {people:,.0f} people in all, more than any country has'
        thousands = "population" in trial.reading.in_thousands
        fix = "leave population out of in_thousands" if thousands else "give numbers of persons"
        trial.doubt(lines[int(columns.population.argmax())], told, "sizes", fix)


def doubt_youth(columns: RegionColumns, lines: Sequence[int], trial: Trial) -> None:
    """Youth that are too few or too many of all people to be counted as 10-17."""
    known = ~np.isnan(columns.youth) & (columns.population > 0)
    people, youth = columns.population[known].sum(), columns.youth[known].sum()
    if known.sum() < 2 or not youth > 0:
        return
    rows, shares = np.flatnonzero(known), columns.youth[known] / columns.population[known]
    line, share, most = lines[int(rows[0])], youth / people, columns.youth[known].max()
    odd = rows[(columns.population[rows] >= FROM_PEOPLE) & ~inside(shares, OF_A_PLACE)].tolist()
    if inside(1000 * shares, (LEAST_YOUTH, MOST_YOUTH)).all():
        what = 'column "youth": looks like thousands of youth'
        trial.doubt(line, what, "shares", f"if so, {in_thousands('youth')}")
    elif most <= 1 or (most <= 100 and share < LEAST_YOUTH and people > 5000 * known.sum()):
        unit = "shares" if most <= 1 else "percent"
        what = (
            f'column "youth": none is over {"1" if most <= 1 else "100"}, which looks like {unit}'
        )
        fix = "multiply them by the population"
        trial.doubt(line, f"{what} of the population", "shares", fix)
    elif not LEAST_YOUTH <= share <= MOST_YOUTH:
        what = f'column "youth": {share:.1%} of all people; of those aged 10-17 there are 7 to 21%'
        thousands = "population" in trial.reading.in_thousands
        or_else = ", or leave population out of in_thousands" if thousands else ""
        trial.doubt(line, what, "shares", f"give people aged 10 to 17{or_else}")
    elif odd:
        one = odd[0]
        what = f'column "youth": value {shown(columns.youth[one])}: '
        what += f"{columns.youth[one] / columns.population[one]:.2%} of the people of this place"
        fix = "give people aged 10 to 17, and leave the cell blank when unknown"
        trial.doubt(lines[one], f"{what}{more(odd)}", "shares", fix)


def doubt_ages(columns: RegionColumns, lines: Sequence[int], trial: Trial) -> None:
    """Youth 12-17 who are too few or too many of those aged 10-17, or, alone, of all people."""
    alone = np.isnan(columns.youth) & ~np.isnan(columns.youth_12_17) & (columns.population > 0)
    of_all = columns.youth_12_17[alone].sum() / max(1.0, columns.population[alone].sum())
    if alone.sum() >= 2 and not LEAST_YOUTH <= of_all / YOUTH_12_17_SHARE <= MOST_YOUTH:
        what = f'column "youth_12_17": {of_all:.1%} of all people; there are 5 to 16% aged 12-17'
        trial.doubt(lines[int(alone.argmax())], what, "shares", "give people aged 12 to 17")
    known = np.flatnonzero(~np.isnan(columns.youth) & ~np.isnan(columns.youth_12_17))
    youth, older = columns.youth[known].sum(), columns.youth_12_17[known].sum()
    if len(known) >= 2 and youth > 0 and not LEAST_OLDER <= older / youth <= MOST_OLDER:
        what = f'column "youth_12_17": {older / youth:.1%} of youth 10-17; there are about 75%'
        trial.doubt(lines[int(known[0])], what, "shares", "give people aged 12 to 17")


# -- coordinates


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


def doubt_points(columns: RegionColumns, lines: Sequence[int], trial: Trial) -> None:
    """Places at 0, 0, where no land is, and places alone on the other side of a meridian."""
    at_zero = np.flatnonzero((columns.latitude == 0) & (columns.longitude == 0)).tolist()
    if at_zero:
        told = f"latitude and longitude: 0 and 0, where there is no land{more(at_zero)}"
        trial.doubt(lines[at_zero[0]], told, "coordinates", "leave the cells blank when unknown")
    for column in ("latitude", "longitude"):
        values = getattr(columns, column)
        signs = np.sign(values[~np.isnan(values) & (values != 0)])
        lost = np.flatnonzero(np.sign(values) == (-1 if signs.sum() > 0 else 1)).tolist()
        others = np.setdiff1d(np.flatnonzero(~np.isnan(values)), lost)
        between = values[others].min(initial=np.inf), values[others].max(initial=-np.inf)
        few = (
            0 < 10 * len(lost) <= len(others)
        )  # a meridian or the equator may run through a country
        if few and (abs(values[lost]) > FAR).all() and inside(-values[lost], between).all():
            told = f'column "{column}": value {shown(values[lost[0]])}: has another sign than the '
            fix = "look whether it lost a minus, or got one"
            trial.doubt(lines[lost[0]], f"{told}others{more(lost)}", "coordinates", fix)


def inside(values: FloatArray, bounds: tuple[float, float]) -> BoolArray:
    """Which values (C,) are within two bounds."""
    return (values >= bounds[0]) & (values <= bounds[1])
