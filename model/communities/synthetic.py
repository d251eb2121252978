"""An invented region: plausible sizes, classes, poverty and neighbours, and no real place.

Places lie on a square around latitude 0, longitude 0, about as dense as US counties. Every number
is drawn from `seed` alone.
"""

from __future__ import annotations

from enum import IntEnum
from itertools import chain
from statistics import NormalDist

import numpy as np

from streetlight.model.arrays import ByteArray, FloatArray
from streetlight.model.communities.columns import MOST_COMMUNITIES, RegionColumns, RegionError
from streetlight.model.communities.gaps import POVERTY_SHARE, YOUTH_12_17_SHARE, YOUTH_SHARE
from streetlight.model.names import PlaceClass

# Fitted to the shipped table of US counties (ACS 2015-19).
MEDIAN_POPULATION = 25_740  # persons a community
LOG_SD_BELOW, LOG_SD_ABOVE = 1.33, 1.68  # of log(population) below and above the median
SPACING_DEGREES = 0.48  # side of the mean county's square: 3.5 million square miles, 3,142 counties
COMMUNITIES_PER_STATE = 62
# Assumed, tuned so that classes are about as common as among US counties (.14, .24, .46, .16).
CORE_POPULATION = 200_000  # smallest community that draws others into a metropolitan area
COMMUTE_DEGREES = 0.4  # furthest from the core that a member of its area lies, 28 miles
SUBURB_CHANCE = 0.3  # that the largest community without a core lies near one; 0 for the smallest
LARGE_METRO_AREA = 1_000_000  # persons of the whole area, as in the US table
RURAL_BELOW = 8_000  # persons, outside metropolitan areas, as in the US table
# Assumed.
SMALLEST_POPULATION = 50  # persons
YOUTH_SHARE_LOG_SD = 0.09  # 9% is the median error of a flat share in US counties
POVERTY_LOGIT_SD = 0.45  # gives a standard deviation near .07 around .167; US counties: .085
POVERTY_NOISE = 0.4  # share of that variance without spatial pattern
POVERTY_WAVES = 16  # plane waves that sum to the smooth part

NAME_STARTS = (
    "Alder", "Amber", "Birch", "Bram", "Cinder", "Clear", "Copper", "Dapple", "Elder", "Fallow",
    "Fern", "Flint", "Hazel", "Heather", "Juniper", "Lark", "Linden", "Maple", "Moss", "Nettle",
    "Oat", "Pebble", "Quill", "Reed", "Rowan", "Sorrel", "Thistle", "Umber", "Willow", "Yarrow",
)  # fmt: skip
NAME_ENDS = (
    "beck", "bend", "bridge", "brook", "combe", "croft", "dale", "fell", "fen", "field", "ford",
    "gate", "glen", "haven", "heath", "hollow", "holm", "lea", "mead", "mere", "mill", "moor",
    "ridge", "rise", "side", "stead", "vale", "water", "well", "wick",
)  # fmt: skip


class Draw(IntEnum):
    """Independent streams of one seed; numbers are never reused."""

    SIZE = 0
    PLACE = 1
    POVERTY = 2
    NAME = 3
    YOUTH = 4


def stream(seed: int, draw: Draw) -> np.random.Generator:
    """Generator of one kind of draw, the same whatever else is drawn."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(draw,))))


def draw_region(
    n_communities: int,
    seed: int = 0,
    *,
    population: float | None = None,
    poverty_share: float = POVERTY_SHARE,
    n_states: int | None = None,
    n_nearest: int = 4,
) -> RegionColumns:
    """Columns of an invented region of `n_communities` places.

    population: persons in all (rounding moves it by at most half a person a place, the floor of 50
    persons by more), default the sum of the sizes drawn; poverty_share: population-weighted mean;
    n_states: default one for 62 communities; n_nearest: communities are neighbours when either is
    among the other's `n_nearest`. RegionError when an argument is out of range.
    """
    check_arguments(n_communities, seed, population, poverty_share, n_states, n_nearest)
    n = n_communities
    people = draw_sizes(n, seed, population)
    x, y = draw_places(people, seed)
    poverty = draw_poverty(x, y, people, poverty_share, seed)
    luck = stream(seed, Draw.YOUTH).standard_normal(n)
    youth = np.rint(people * YOUTH_SHARE * np.exp(YOUTH_SHARE_LOG_SD * luck.clip(-3, 3)))
    width = max(4, len(str(n)))
    ids = [f"S{number:0{width}d}" for number in range(1, n + 1)]
    wanted_states = n_states or max(1, round(n / COMMUNITIES_PER_STATE))
    return RegionColumns(
        name=f"synthetic {n} seed {seed}",
        ids=ids,
        names=draw_names(n, seed),
        state=[f"State {number + 1}" for number in cut_into_states(x, y, wanted_states)],
        population=people,
        youth=youth,
        youth_12_17=np.rint(youth * YOUTH_12_17_SHARE),
        poverty_share=poverty,
        place_class=classes_by_nearness(people, x, y),
        latitude=y,
        longitude=x,
        covariate=np.zeros(n),
        neighbours=[(ids[a], ids[b]) for a, b in nearest_pairs(x, y, n_nearest)],
    )


def check_arguments(
    n_communities: int,
    seed: int,
    population: float | None,
    poverty_share: float,
    n_states: int | None,
    n_nearest: int,
) -> None:
    """RegionError naming every argument of `draw_region` that is out of range."""
    n = n_communities if is_whole(n_communities) else 0
    checks = (
        ("n_communities", n_communities, f"a whole number from 1 to {MOST_COMMUNITIES:,}",
         1 <= n <= MOST_COMMUNITIES),
        ("seed", seed, "a whole number, 0 or more", is_whole(seed) and seed >= 0),
        ("population", population, f"{SMALLEST_POPULATION} or more persons a community",
         population is None
         or (is_number(population) and SMALLEST_POPULATION * n <= population <= 2e9)),
        ("poverty_share", poverty_share, "a number more than 0, less than 1",
         is_number(poverty_share) and 0 < poverty_share < 1),
        ("n_states", n_states, "a whole number from 1 to n_communities",
         n_states is None or (is_whole(n_states) and 1 <= n_states <= n)),
        ("n_nearest", n_nearest, "a whole number from 0 to 50",
         is_whole(n_nearest) and 0 <= n_nearest <= 50),
    )  # fmt: skip
    problems = [f"{name}: value {value!r}: {wanted}" for name, value, wanted, fine in checks
                if not fine]  # fmt: skip
    if problems:
        raise RegionError(*problems)


def is_whole(value: object) -> bool:
    """Whether a value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether a value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def draw_sizes(n: int, seed: int, population: float | None) -> FloatArray:
    """Persons (C,), whole numbers: one from each of C equal slices of a skewed lognormal.

    Slices, so that a small region has small and large places as well.
    """
    generator = stream(seed, Draw.SIZE)
    quantile = (generator.permutation(n) + generator.uniform(0.001, 0.999, n)) / n
    normal = NormalDist()
    z = np.array([normal.inv_cdf(q) for q in quantile.tolist()])
    people = MEDIAN_POPULATION * np.exp(np.where(z < 0, LOG_SD_BELOW, LOG_SD_ABOVE) * z)
    if population is not None:
        people *= population / people.sum()
    whole: FloatArray = np.maximum(np.rint(people), SMALLEST_POPULATION)
    return whole


def draw_places(people: FloatArray, seed: int) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude (C,) in degrees: scattered, with suburbs around the cores."""
    n = len(people)
    generator = stream(seed, Draw.PLACE)
    side = min(SPACING_DEGREES * np.sqrt(n), 100.0)
    x, y = generator.uniform(-side / 2, side / 2, (2, n))
    rank = np.argsort(np.argsort(people, kind="stable"), kind="stable") / n
    near = generator.uniform(size=n) < SUBURB_CHANCE * rank
    which = generator.uniform(size=n)
    angle = generator.uniform(0, 2 * np.pi, n)
    distance = COMMUTE_DEGREES * np.sqrt(generator.uniform(0.04, 1, n)) * 0.9
    cores = np.flatnonzero(people >= CORE_POPULATION)
    if len(cores):
        share = np.cumsum(people[cores]) / people[cores].sum()
        core = cores[np.minimum(np.searchsorted(share, which), len(cores) - 1)]
        near &= people < CORE_POPULATION
        x = np.where(near, x[core] + distance * np.cos(angle), x)
        y = np.where(near, y[core] + distance * np.sin(angle), y)
    return np.round(x, 5), np.round(y, 5)


def classes_by_nearness(people: FloatArray, x: FloatArray, y: FloatArray) -> ByteArray:
    """Place class (C,) from own size and that of the metropolitan area, if in one.

    A community belongs to the area of the largest core within commuting distance.
    """
    area = np.full(len(people), -1)
    cores = np.flatnonzero(people >= CORE_POPULATION)
    cores = cores[np.argsort(people[cores], kind="stable")]  # the largest has the say
    if len(cores):
        from scipy.spatial import cKDTree  # takes time to load, and most regions are read

        points = np.column_stack([x, y])
        around = cKDTree(points).query_ball_point(points[cores], COMMUTE_DEGREES * (1 + 1e-9))
        for core, near in zip(cores.tolist(), around, strict=True):
            rows = np.array(near)
            area[rows[np.hypot(x[rows] - x[core], y[rows] - y[core]) <= COMMUTE_DEGREES]] = core
    area_people = np.bincount(area + 1, weights=people, minlength=len(people) + 1)[area + 1]
    large = area_people >= LARGE_METRO_AREA
    metro = np.where(large, PlaceClass.LARGE_METRO, PlaceClass.SMALL_METRO)
    other = np.where(people >= RURAL_BELOW, PlaceClass.TOWN, PlaceClass.RURAL)
    return np.where(area >= 0, metro, other).astype(np.int8)


def draw_poverty(
    x: FloatArray, y: FloatArray, people: FloatArray, mean: float, seed: int
) -> FloatArray:
    """Poverty share (C,): alike among near places, `mean` over all people, to four decimals."""
    generator = stream(seed, Draw.POVERTY)
    angle, phase = generator.uniform(0, 2 * np.pi, (2, POVERTY_WAVES))
    side = max(np.ptp(x), np.ptp(y), SPACING_DEGREES)
    number = generator.uniform(0.5, 3, POVERTY_WAVES) * 2 * np.pi / side  # waves across the square
    along = np.outer(x, number * np.cos(angle)) + np.outer(y, number * np.sin(angle))
    smooth = np.cos(along + phase).sum(axis=1) * np.sqrt(2 / POVERTY_WAVES)
    noise = generator.standard_normal(len(x)).clip(-3, 3)
    z = np.sqrt(1 - POVERTY_NOISE) * smooth + np.sqrt(POVERTY_NOISE) * noise
    share = np.zeros(len(x))
    low, high = -20.0, 20.0
    for _ in range(60):  # bisection for the level that gives the wanted mean
        middle = (low + high) / 2
        share = 1 / (1 + np.exp(-(middle + POVERTY_LOGIT_SD * z)))
        low, high = (middle, high) if np.average(share, weights=people) < mean else (low, middle)
    return np.round(share, 4)


def cut_into_states(x: FloatArray, y: FloatArray, n_states: int) -> list[int]:
    """State number (C,) of each place: halves of halves, each cut across its longer side."""
    state = np.zeros(len(x), dtype=np.int64)
    blocks = [(np.arange(len(x)), 0, n_states)]
    while blocks:
        rows, first, count = blocks.pop()
        if count == 1:
            state[rows] = first
            continue
        along = x if np.ptp(x[rows]) >= np.ptp(y[rows]) else y
        walk = rows[np.argsort(along[rows], kind="stable")]
        half = count // 2
        cut = round(len(rows) * half / count)
        blocks.append((walk[:cut], first, half))
        blocks.append((walk[cut:], first + half, count - half))
    return state.tolist()


def nearest_pairs(x: FloatArray, y: FloatArray, n_nearest: int) -> list[tuple[int, int]]:
    """Pairs of rows of which one is among the other's `n_nearest`; ties go to the earlier row."""
    from scipy.spatial import cKDTree

    n_nearest = min(n_nearest, len(x) - 1)
    if n_nearest < 1:
        return []
    points = np.column_stack([x, y])
    tree = cKDTree(points)
    reach = tree.query(points, [n_nearest + 1])[0][:, 0]  # the nearest of all is the place itself
    around = tree.query_ball_point(points, reach * (1 + 1e-9))
    place = np.repeat(np.arange(len(x)), [len(near) for near in around])
    other = np.fromiter(chain.from_iterable(around), dtype=np.int64, count=len(place))
    place, other = place[place != other], other[place != other]
    squared = (x[other] - x[place]) ** 2 + (y[other] - y[place]) ** 2
    order = np.lexsort((other, squared, place))
    place, other = place[order], other[order]
    rank = np.arange(len(place)) - np.searchsorted(place, place)  # among those of the same place
    place, other = place[rank < n_nearest], other[rank < n_nearest]
    pairs = np.unique(np.minimum(place, other) * len(x) + np.maximum(place, other))
    return list(zip((pairs // len(x)).tolist(), (pairs % len(x)).tolist(), strict=True))


def draw_names(n: int, seed: int) -> list[str]:
    """Invented names, each used once; a number follows once the simple ones are used up."""
    simple = [start + end for start in NAME_STARTS for end in NAME_ENDS]
    order = stream(seed, Draw.NAME).permutation(len(simple))
    turns = range(1, n // len(simple) + 2)
    return [f"{simple[k]} {turn}".removesuffix(" 1") for turn in turns for k in order][:n]
