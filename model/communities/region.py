"""A region: the communities that a simulation covers, and what is publicly known about them.

    Region.us_counties()            all 3,142 counties of the United States, built in
    Region.from_csv("towns.csv")    your own; the file format is in `communities.file`
    Region.synthetic(150, seed=1)   invented places, for tests and teaching
    Region.of(ids=["A", "B"], population=[900, 80_000], neighbours=[("A", "B")])

Communities stand in the order of their ids, whatever the order they came in.
"""

from __future__ import annotations

import functools
import hashlib
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import ByteArray, FloatArray, Int32Array, lock_fields, locked
from streetlight.model.calling import explained, path_of
from streetlight.model.communities import groups
from streetlight.model.communities.columns import RegionColumns, RegionError
from streetlight.model.communities.gaps import Told
from streetlight.model.errors import InputError
from streetlight.model.names import PlaceClass

if TYPE_CHECKING:
    from streetlight.model.communities.lists import Numbers, Places
    from streetlight.model.communities.select import Wanted

# Readers of files and lists are imported where they are used: who runs a world, as workers do, has
# its region already, and each of them compiles expressions of its own.

__all__ = ["Region", "RegionError"]


def _key_words(names: Iterable[str]) -> npt.NDArray[np.uint32]:
    """BLAKE2b-64 of each name as two 32-bit words, low word first: (n, 2)."""
    digests = [hashlib.blake2b(name.encode("utf-8"), digest_size=8).digest() for name in names]
    words = np.frombuffer(b"".join(digests), dtype="<u4").astype(np.uint32)
    return words.reshape(-1, 2)


@dataclass(frozen=True, eq=False)
class Region:
    """Communities (C of them) and public facts about them. Nothing in it can be changed.

    ids: text, unique, sorted; names; state: "" where unknown; population, youth (10-17) and
    youth_12_17: persons; poverty_share: of youth, 0-1; place_class: `PlaceClass` codes;
    latitude, longitude: degrees, NaN unknown; covariate: a placebo with no causal weight; extras:
    further columns of the source, as text; told: what its source said and what was filled in, None
    where nothing had to be. The neighbours of community c are
    neighbour_index[neighbour_start[c]:neighbour_start[c + 1]], ascending. Every array is (C,) but
    the last two, in the order of `ids`. `us_counties`, `from_csv`, `synthetic` and `of` make one;
    the constructor refuses ids out of order with a RegionError, which is an InputError.

    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> region
    <Region synthetic 12 seed 1: 12 communities, 122,632 youth>
    >>> region.ids[0], region.youth.shape, region.youth[region.place_class == sl.PlaceClass.RURAL]
    ('S0001', (12,), array([211.]))
    """

    name: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    state: tuple[str, ...]
    population: FloatArray
    youth: FloatArray
    youth_12_17: FloatArray
    poverty_share: FloatArray
    place_class: ByteArray
    latitude: FloatArray
    longitude: FloatArray
    neighbour_start: Int32Array
    neighbour_index: Int32Array
    covariate: FloatArray
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    told: Told | None = None

    def __post_init__(self) -> None:
        if list(self.ids) != sorted(set(self.ids)):
            raise RegionError("a Region holds unique ids in ascending order; use Region.of")
        lock_fields(self)
        extras = {column: tuple(cells) for column, cells in self.extras.items()}
        object.__setattr__(self, "extras", MappingProxyType(extras))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the constructor, so that a copy in a worker is read-only as well."""
        values = (getattr(self, column.name) for column in fields(self))
        return Region, tuple(dict(v) if isinstance(v, MappingProxyType) else v for v in values)

    def __repr__(self) -> str:
        communities, youth = f"{self.n_communities:,} communities", f"{self.total_youth:,.0f} youth"
        return f"<Region {self.name}: {communities}, {youth}>"

    # -- where regions come from

    @classmethod
    @explained("Region.us_counties", '; a part of them: Region.us_counties().select(states=["MN"])')
    def us_counties(cls) -> Region:
        """All 3,142 US counties and equivalents, 2019 list; sources in model/data/NOTICE.md.

        Ids are five-digit FIPS codes, states two letters. Read once a process.

        >>> sl.Region.us_counties().select(states=["DE"]).names
        ('Kent County', 'New Castle County', 'Sussex County')
        """
        return built_in()

    @classmethod
    def from_csv(cls, path: str | os.PathLike[str], **how: Any) -> Region:
        """The region of a CSV file, and of the neighbour file `<stem>_neighbours.csv` beside it.

        The file needs the columns id, name and population; `communities.read` describes the others.
        how: how another file is to be read, as `region` says it in an experiment file
        (docs/experiment-file.md): columns, percent, decimal, where, place_class, ... What a file
        leaves out is filled, and `told` says with what. RegionError lists every fault of both files
        with file, line and column, and the argument to add where the file may be read otherwise.

        >>> rows = ["id,name,population,poverty_share", "1,Elmton,52000,0.12", "2,Fernby,900,0.31"]
        >>> _ = Path("towns.csv").write_text(chr(10).join(rows))
        >>> region = sl.Region.from_csv("towns.csv")
        >>> region.names, region.poverty_share, region.place_class
        (('Elmton', 'Fernby'), array([0.12, 0.31]), array([1, 3], dtype=int8))
        >>> print(region.told.gaps[0].filled_with)
        10.345% of residents, the US share aged 10-17
        """
        from streetlight.model.communities.read import read_region

        path = path_of("path", path, "the path of a CSV file; Region.of takes lists")
        return built(read_region(path, how, us=built_in))

    @classmethod
    @explained("Region.synthetic")
    def synthetic(cls, n_communities: int, seed: int = 0, **shape: Any) -> Region:
        """An invented region of up to 200,000 communities: the same arguments, the same region.

        shape: population: persons in all; poverty_share: mean over persons, 0-1; n_states;
        n_nearest: communities are neighbours when either is among the other's `n_nearest`.
        RegionError when an argument is out of range.

        >>> region = sl.Region.synthetic(40, seed=1, population=1_000_000, n_states=2)
        >>> region.n_communities, sorted(set(region.state))
        (40, ['State 1', 'State 2'])
        """
        from streetlight.model.communities.synthetic import draw_region

        return built(draw_region(n_communities, seed, **shape))

    @classmethod
    @explained("Region.of")
    def of(
        cls,
        *,
        ids: Sequence[str],
        population: Numbers,
        name: str = "region",
        names: Sequence[str] | None = None,
        state: Sequence[str] | None = None,
        youth: Numbers | None = None,
        youth_12_17: Numbers | None = None,
        poverty_share: Numbers | None = None,
        place_class: Places | None = None,
        latitude: Numbers | None = None,
        longitude: Numbers | None = None,
        covariate: Numbers | None = None,
        neighbours: Sequence[tuple[str, str]] = (),
        extras: Mapping[str, Sequence[str]] | None = None,
    ) -> Region:
        """Region from lists, one value a community; None is unknown and filled as in a file.

        ids: text, unique; population, youth (10-17), youth_12_17: persons; poverty_share: 0-1;
        place_class: `PlaceClass` or its label; latitude, longitude: degrees; neighbours: pairs of
        ids; extras: further columns of text. Communities are put into the order of their ids.
        RegionError lists every fault.

        >>> region = sl.Region.of(ids=["B", "A"], population=[900, 80_000], neighbours=[("A", "B")])
        >>> region.ids, region.population, region.neighbours(0)
        (('A', 'B'), array([80000.,   900.]), array([1], dtype=int32))
        """
        from streetlight.model.communities.lists import columns_of_lists

        numbers = dict(
            population=population, youth=youth, youth_12_17=youth_12_17, latitude=latitude,
            longitude=longitude, poverty_share=poverty_share, covariate=covariate,
        )  # fmt: skip
        texts, more = {"names": names, "state": state}, extras or {}
        return built(columns_of_lists(name, ids, numbers, texts, place_class, neighbours, more))

    # -- what they hold

    @property
    def n_communities(self) -> int:
        """Number of communities, C."""
        return len(self.ids)

    @functools.cached_property
    def total_youth(self) -> float:
        """Youth aged 10-17 in the whole region."""
        return math.fsum(self.youth)

    @functools.cached_property
    def poverty_quintile(self) -> ByteArray:
        """Quintile (C,) of poverty weighted by youth: 1 the least poor fifth, 5 the poorest."""
        return locked(groups.parts_of_youth(self.poverty_share, self.youth, 5))

    @functools.cached_property
    def keys(self) -> npt.NDArray[np.uint32]:
        """Two 32-bit words (C, 2) a community, low word first, for keying random numbers.

        BLAKE2b-64 of the id: it depends on nothing else, so that a community has the same luck in
        every region that contains it.
        """
        return locked(_key_words(self.ids))

    @functools.cached_property
    def areas(self) -> tuple[str, ...]:
        """Area (C,) of each community: the column `area` where there is one, else its state.

        "" where it is unknown: such a community is an area of its own.
        """
        return tuple(self.extras.get("area", self.state))

    @functools.cached_property
    def area_keys(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.intp]]:
        """Keys (A, 2) of the areas for random numbers, and which area each community is in (C,)."""
        named = [
            f"area {a}" if a else f"alone {i}" for a, i in zip(self.areas, self.ids, strict=True)
        ]
        names, of_area = np.unique(np.array(named, dtype=object), return_inverse=True)
        return locked(_key_words(names)), of_area

    def neighbours(self, community: int) -> Int32Array:
        """Positions (n,) of the communities next to the one in a position, ascending."""
        start, end = self.neighbour_start[community], self.neighbour_start[community + 1]
        return self.neighbour_index[start:end]

    def neighbour_pairs(self) -> Int32Array:
        """Every pair of neighbours once, (n_pairs, 2), the smaller position first."""
        counts = np.diff(self.neighbour_start)
        first = np.repeat(np.arange(self.n_communities, dtype=np.int32), counts)
        pairs = np.column_stack([first, self.neighbour_index])
        return pairs[first < self.neighbour_index]

    def investigation_region(
        self, threshold: float = 100_000, size: float | None = None
    ) -> Int32Array:
        """Pool (C,) of the communities that share investigators.

        A community of at least `threshold` people stands alone; smaller ones are pooled with those
        next along a geographic walk of their state until the pool holds `size` people
        (default: `threshold`). Pools are numbered from 0. InputError when `threshold` is negative.

        >>> region = sl.Region.of(ids=["A", "B", "C"], population=[300_000, 9_000, 4_000])
        >>> region.investigation_region().tolist()
        [0, 1, 1]
        """
        if not threshold >= 0:
            raise InputError(f"threshold: value {threshold!r}: a number of people, 0 or more")
        size = threshold if size is None else size
        places = self.population, self.state, self.latitude, self.longitude
        return locked(groups.pools(*places, threshold, size))

    def describe(self) -> dict[str, dict[str, float]]:
        """Communities, population and youth of each place class that occurs, and of "all".

        >>> region = sl.Region.of(ids=["A", "B"], population=[1000, 2000], youth=[100, 220])
        >>> region.describe()["rural"]
        {'communities': 2, 'population': 3000.0, 'youth': 320.0}
        """
        rows = {"all": np.ones(self.n_communities, dtype=bool)}
        rows |= {place.label: self.place_class == place for place in PlaceClass}
        return {
            label: {
                "communities": int(chosen.sum()),
                "population": math.fsum(self.population[chosen]),
                "youth": math.fsum(self.youth[chosen]),
            }
            for label, chosen in rows.items()
            if chosen.any()
        }

    @functools.cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        for column in fields(self):
            if column.name in ("name", "told"):
                continue
            value = getattr(self, column.name)
            if isinstance(value, np.ndarray):
                if value.dtype.kind == "f":  # one zero and one NaN, whatever their bits
                    value = np.where(np.isnan(value), np.nan, value + 0.0)
                content = value.astype(value.dtype.newbyteorder("<")).tobytes()
            else:
                content = repr(sorted(value.items()) if column.name == "extras" else value).encode()
            digest.update(f"{column.name} {len(content)}\n".encode() + content)
        return digest.hexdigest()

    def fingerprint(self) -> str:
        """SHA-256, in hex, of all contents but the region's own name."""
        return self._fingerprint

    # -- parts of it

    @explained("Region.select")
    def select(
        self,
        *,
        ids: Iterable[str] | None = None,
        states: Iterable[str] | None = None,
        classes: Iterable[PlaceClass | str] | None = None,
    ) -> Region:
        """The communities that meet every condition given, neighbours among them only.

        ids, states: text; classes: `PlaceClass` or its label. One text stands for a list of
        one. RegionError naming each id, state or class that does not occur, or when none is left.

        >>> region = sl.Region.synthetic(n_communities=12, seed=1)
        >>> region.select(classes=["town", sl.PlaceClass.RURAL]).n_communities
        5
        """
        from streetlight.model.communities.select import chosen_rows

        wanted: dict[str, Wanted | None] = {"ids": ids, "states": states, "classes": classes}
        rows = chosen_rows(self.ids, self.state, self.place_class, wanted)
        pairs = self.neighbour_pairs()
        pairs = pairs[np.isin(pairs, rows).all(axis=1)]
        whole = len(rows) == self.n_communities
        name = self.name if whole else "part of " + self.name.removeprefix("part of ")
        return region_of(self, rows, name, np.searchsorted(rows, pairs))


def taken(column: Any, rows: npt.NDArray[np.int64]) -> Any:
    """Some rows of one column of a region, of whatever kind; what is told is told of all."""
    if column is None or isinstance(column, Told):
        return column
    if isinstance(column, np.ndarray):
        return column[rows]
    if isinstance(column, Mapping):
        return {name: taken(cells, rows) for name, cells in column.items()}
    return tuple(column[row] for row in rows.tolist())


def region_of(
    source: Region | RegionColumns, rows: npt.NDArray[np.int64], name: str, pairs: groups.Pairs
) -> Region:
    """The region of some rows, in this order, and of pairs of neighbours (positions among them)."""
    start, index = groups.neighbour_table(len(rows), pairs)
    columns = {
        column.name: taken(getattr(source, column.name), rows)
        for column in fields(Region)
        if column.name not in ("name", "neighbour_start", "neighbour_index")
    }
    return Region(name=name, neighbour_start=start, neighbour_index=index, **columns)


def built(columns: RegionColumns) -> Region:
    """Region from complete and checked columns, put into the order of the ids.

    RegionError where a column `area` says nothing: all communities are in one.
    """
    areas: Sequence[str] = columns.extras.get("area", [])
    if len(areas) > 1 and len(set(areas)) == 1:  # a part of a region may well be one area
        raise RegionError(
            f'{columns.name}: column "area": all communities are in {areas[0]!r}: there must be '
            "two areas or more; without the column, states are areas"
        )
    rows = np.array(sorted(range(len(columns.ids)), key=columns.ids.__getitem__))
    position = {columns.ids[row]: place for place, row in enumerate(rows.tolist())}
    pairs = [(position[a], position[b]) for a, b in columns.neighbours]
    return region_of(columns, rows, columns.name, pairs)


@functools.cache
def built_in() -> Region:
    """The US counties, read once a process."""
    from importlib.resources import as_file, files

    from streetlight.model.communities.read import read_region

    with as_file(files("streetlight.model").joinpath("data", "us_counties.csv")) as path:
        columns = read_region(path)
    columns.told = None
    columns.name = "US counties"
    return built(columns)
