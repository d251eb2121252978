"""What a region consists of before it is a `Region`: columns, what they may hold, what fills gaps.

Three sources hand in columns (a CSV file, Python lists, the synthetic region); all are checked and
completed here, in the same way. NaN, -1 and None stand for "unknown" until `fill_gaps` has run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from streetlight.model.arrays import ByteArray, FloatArray
from streetlight.model.errors import InputError, Problems, did_you_mean
from streetlight.model.names import PlaceClass

# Share of residents aged 10-17: United States, ACS 2014-18 table B01001 (33,404,896 of
# 322,903,030). Range over counties about 0.07-0.15.
YOUTH_SHARE = 0.10345
# Ages 12-17 are six of the eight single years of age 10-17.
YOUTH_12_17_SHARE = 0.75
# Child poverty where a region gives none at all: US under-18s, Census SAIPE 2019 (16.8%; range over
# counties about 0.03-0.60).
POVERTY_SHARE = 0.167
# Place class from population alone: assumed. 50,000 is the Census Bureau's smallest metropolitan
# core; 1,000,000 is the bound of USDA's largest metropolitan class, but there of the whole area, so
# suburbs of a large metro need their class given; 8,000 is the cut that agrees best with USDA
# rural-urban continuum codes 8-9.
LARGE_METRO_POPULATION = 1_000_000
SMALL_METRO_POPULATION = 50_000
TOWN_POPULATION = 8_000

# Columns with a meaning; all others are kept as text.
REQUIRED = ("id", "name", "population")
OPTIONAL = ("youth", "youth_12_17", "poverty_share", "place_class", "latitude", "longitude")
KNOWN_COLUMNS = (*REQUIRED, *OPTIONAL, "state", "covariate")

MOST_PEOPLE = 2_000_000_000
UNKNOWN_CLASS = -1


class RegionError(InputError):
    """A region that cannot be used, with every problem found in one pass."""


CLASS_OF_LABEL = {place.label: place for place in PlaceClass}


@dataclass
class RegionColumns:
    """One value a community in every column (C communities), in any order.

    population, youth (10-17), youth_12_17: persons; poverty_share: 0-1, of youth; place_class: int8
    or UNKNOWN_CLASS; latitude, longitude: degrees; covariate: any number; neighbours: pairs of ids.
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

    def numeric(self) -> dict[str, FloatArray]:
        """Column name -> values, of the columns that hold numbers."""
        return {column: getattr(self, column) for column in BOUNDS}


@dataclass(frozen=True)
class Bounds:
    """Smallest and largest value a numeric column may hold, and the same in words."""

    low: float
    high: float
    allowed: str


PERSONS = Bounds(0, MOST_PEOPLE, "a number of persons from 0 to 2,000,000,000")
BOUNDS = {
    "population": PERSONS,
    "youth": PERSONS,
    "youth_12_17": PERSONS,
    "poverty_share": Bounds(0, 1, "a share from 0 to 1"),
    "latitude": Bounds(-90, 90, "degrees from -90 to 90"),
    "longitude": Bounds(-180, 180, "degrees from -180 to 180"),
    "covariate": Bounds(-1e9, 1e9, "a number from -1e9 to 1e9"),
}


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

    def refuse(self, row: int, column: str, value: object, allowed: str, **how: bool) -> None:
        """Note that a cell cannot hold its value, and what it may hold; how: as `Problems.add`."""
        text = f"{self.where(row, column)}: value {shown(value)}: {allowed}"
        self.problems.add(self.place(row), text, **how)


def out_of_bounds(column: str, value: float) -> str:
    """What the column allows, with advice where the mistake is a common one."""
    allowed = BOUNDS[column].allowed
    if column == "poverty_share" and 1 < value <= 100:
        return f"{allowed}; if it is a percentage, divide by 100: {value / 100:g}"
    return allowed


def classes_allowed(value: object) -> str:
    """What a place class may be called, and which of these may have been meant."""
    return f"{', '.join(CLASS_OF_LABEL)}{did_you_mean(str(value), CLASS_OF_LABEL)}"


def check_columns(columns: RegionColumns, origin: Origin) -> None:
    """Note every value outside its bounds and every set of values that cannot all be true."""
    first_row: dict[str, int] = {}
    for row, text in enumerate(columns.ids):
        first = first_row.setdefault(text, row)
        if text and first != row:
            used = f"an id used once; already used at {origin.where(first, 'id')}"
            origin.refuse(row, "id", text, used)
    for column, values in columns.numeric().items():
        bounds = BOUNDS[column]
        for row in np.flatnonzero((values < bounds.low) | (values > bounds.high)).tolist():
            value = float(values[row])
            origin.refuse(row, column, value, out_of_bounds(column, value))
    larger_12_17 = np.where(np.isnan(columns.youth), columns.population, columns.youth)
    for column, values, whole, limit in (
        ("youth", columns.youth, "the population", columns.population),
        ("youth_12_17", columns.youth_12_17, "youth 10-17", larger_12_17),
    ):
        for row in np.flatnonzero(values > limit).tolist():
            allowed = f"no more than {whole}, {limit[row]:g} here"
            origin.refuse(row, column, float(values[row]), allowed)
    half_placed = np.isnan(columns.latitude) != np.isnan(columns.longitude)
    for row in np.flatnonzero(half_placed).tolist():
        column = "latitude" if np.isnan(columns.latitude[row]) else "longitude"
        origin.refuse(row, column, "", "degrees where the other coordinate is given, or neither")


def check_neighbours(pairs: Sequence[tuple[str, str]], ids: Sequence[str], origin: Origin) -> None:
    """Note every pair that names an unknown community, or one community twice."""
    known = set(ids)
    for row, pair in enumerate(pairs):
        for column, text in zip(("id_a", "id_b"), pair, strict=True):
            if text not in known:
                advice = "" if origin.problems.many else did_you_mean(text, known)
                origin.refuse(row, column, text, f"the id of a community of this region{advice}")
        if pair[0] == pair[1]:
            origin.refuse(row, "id_b", pair[1], "another community than id_a")


def fill_gaps(columns: RegionColumns) -> None:
    """Replace every unknown by the documented default, in place.

    Youth from youth 12-17 where only that is known, else a flat share of the population; poverty by
    the population-weighted mean of the communities that give it; class by population.
    """
    population = columns.population
    from_older = np.minimum(columns.youth_12_17 / YOUTH_12_17_SHARE, population)
    from_all = population * YOUTH_SHARE
    columns.youth = first_known(columns.youth, from_older, from_all)
    columns.youth_12_17 = first_known(columns.youth_12_17, columns.youth * YOUTH_12_17_SHARE)
    columns.poverty_share = first_known(columns.poverty_share, mean_poverty(columns))
    unknown = columns.place_class == UNKNOWN_CLASS
    by_size = class_by_population(population)
    columns.place_class = np.where(unknown, by_size, columns.place_class)
    columns.covariate = first_known(columns.covariate, 0.0)


def first_known(values: FloatArray, *others: FloatArray | float) -> FloatArray:
    """Element by element (C,), the first of the values and the others that is not NaN."""
    for other in others:
        values = np.where(np.isnan(values), other, values)
    return values


def mean_poverty(columns: RegionColumns) -> float:
    """Population-weighted mean of the poverty shares given, or the national one if none is."""
    known = ~np.isnan(columns.poverty_share)
    if not known.any():
        return POVERTY_SHARE
    people = columns.population[known]
    weights = people if people.sum() > 0 else np.ones(len(people))
    # summed exactly, so that the order of the communities cannot matter
    total = math.fsum(weights * columns.poverty_share[known])
    return total / math.fsum(weights)


def class_by_population(population: FloatArray) -> ByteArray:
    """Place class (C,) from the number of residents alone."""
    smallest = np.array([TOWN_POPULATION, SMALL_METRO_POPULATION, LARGE_METRO_POPULATION])
    steps_up = np.searchsorted(smallest, population, side="right")
    return (PlaceClass.RURAL - steps_up).astype(np.int8)
