"""What a region's source did not say: what stands in its place, and the words for it.

`fill` replaces every unknown of a region's columns by the documented default and says so in `Told`,
which a region carries with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from streetlight.model.arrays import BoolArray, ByteArray, FloatArray
from streetlight.model.names import PlaceClass

if TYPE_CHECKING:
    from streetlight.model.communities.columns import RegionColumns

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


class Gap(NamedTuple):
    """What a source left out: of which column, in how many places, and what stands there now."""

    column: str
    places: int
    filled_with: str


@dataclass(frozen=True)
class Told:
    """Where a region's columns come from.

    communities: how many the source has; read: columns, and the column of the file that each was
    read from; unused: columns of the file that nothing reads; gaps: what was missing; notes:
    anything else that was done, a sentence each.
    """

    communities: int
    read: tuple[tuple[str, str], ...]
    unused: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Told:
        """The same from plain values, as `dataclasses.asdict` gives them."""
        return cls(
            communities=plain["communities"],
            read=tuple((one, of) for one, of in plain["read"]),
            unused=tuple(plain["unused"]),
            gaps=tuple(Gap(*one) for one in plain["gaps"]),
            notes=tuple(plain["notes"]),
        )

    def kept(self) -> Told:
        """What results may keep: not the names of columns that nothing reads."""
        n = f"{len(self.unused):,} {'column' if len(self.unused) == 1 else 'columns'} of the file"
        return replace(self, unused=(n,) if self.unused else ())

    def done(self) -> list[str]:
        """Which columns were read, which were not, and what else was done, a line each."""
        columns = [one if one == of else f"{one} from {of}" for one, of in self.read]
        unused = [f"not used: {', '.join(self.unused)}"] if self.unused else []
        return [f"read: {', '.join(columns)}", *unused, *self.notes]

    def filled(self) -> list[str]:
        """What was missing and with what it was filled in, a line a column."""
        return [self.in_words(gap) for gap in self.gaps]

    def in_words(self, gap: Gap) -> str:
        """One gap as a line."""
        n = "all" if gap.places == self.communities else f"{gap.places:,} of {self.communities:,}"
        return f"{gap.column}: not given in {n} places; filled in: {gap.filled_with}"


def fill(columns: RegionColumns) -> None:
    """Replace every unknown by the documented default, in place, and say so in `columns.told`.

    Youth from youth 12-17 where only that is known, else a flat share of the population; poverty by
    the population-weighted mean of the communities that give it; class by population.
    """
    told, gaps = columns.told, []

    def gap(column: str, there: BoolArray, filled_with: str) -> None:
        if n := int(np.count_nonzero(there)):
            gaps.append(Gap(column, n, filled_with))

    no_youth, no_older = np.isnan(columns.youth), np.isnan(columns.youth_12_17)
    gap("youth", no_youth & ~no_older, "youth 12-17 times 8/6")
    gap("youth", no_youth & no_older, f"{YOUTH_SHARE:.3%} of residents, the US share aged 10-17")
    gap("youth_12_17", no_older, "three quarters of youth 10-17")
    unknown = np.isnan(columns.poverty_share)
    poverty = mean_poverty(columns)
    mean = f"{poverty:.3g}, the mean of the others by population"
    us = f"{poverty:.3g}, the US share of under-18s in poverty"
    gap("poverty_share", unknown, us if unknown.all() else mean)
    unclassed = columns.place_class < 0
    by_size = class_by_population(columns.population)
    columns.place_class = np.where(unclassed, by_size, columns.place_class)
    gap("place_class", unclassed, f"by population, {classes_in_words(by_size[unclassed])}")
    unplaced = np.isnan(columns.latitude)
    gap(
        "latitude, longitude",
        unplaced,
        "nothing; small places share investigators in the order of ids",
    )
    apart = "" if "area" in columns.extras else "; each is an area of its own"
    shared = f"nothing; small places share investigators across the region{apart}"
    gap("state", np.array([not one for one in columns.state]), shared)
    none = "none, so that awareness does not spread between places"
    alone = not columns.neighbours and len(columns.ids) > 1
    gap("neighbours", np.full(len(columns.ids), alone), none)
    fill_numbers(columns, poverty)
    columns.told = told and replace(told, gaps=tuple(gaps))


def fill_numbers(columns: RegionColumns, poverty: float) -> None:
    """Put numbers in the place of unknown ones."""
    from_older = np.minimum(columns.youth_12_17 / YOUTH_12_17_SHARE, columns.population)
    columns.youth = first_known(columns.youth, from_older, columns.population * YOUTH_SHARE)
    columns.youth_12_17 = first_known(columns.youth_12_17, columns.youth * YOUTH_12_17_SHARE)
    columns.poverty_share = first_known(columns.poverty_share, poverty)
    columns.covariate = first_known(columns.covariate, 0.0)


def classes_in_words(classes: ByteArray) -> str:
    """How many places of each class: '7 large metro, 354 small metro'."""
    counts = {place.label: int(np.count_nonzero(classes == place)) for place in PlaceClass}
    return ", ".join(f"{n:,} {label}" for label, n in counts.items() if n)


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


def class_by_population(
    population: FloatArray,
    large: float = LARGE_METRO_POPULATION,
    small: float = SMALL_METRO_POPULATION,
    town: float = TOWN_POPULATION,
) -> ByteArray:
    """Place class (C,) from the number of residents (or another size) alone."""
    steps_up = np.searchsorted(np.array([town, small, large]), population, side="right")
    return (PlaceClass.RURAL - steps_up).astype(np.int8)
