"""Does a record of one's own look like what the model makes for such a region?

Worlds of the region are drawn in each reading of attention, without added money. Their published
counts are made unknown where the record's are, thinned to its volume, and described by the numbers
of `model.inference.shape`. The distance of a table from the worlds of a reading is the root mean
square of its distances from their means, in standard deviations between worlds (mean square over
readings, so that no reading comes near by being broad). How far the worlds themselves are from each
other says what luck alone does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.analyse.recorded import Reports, published, reports_of
from streetlight.model.arrays import BoolArray, FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.inference.shape import PATTERNS, shape_of, thinned
from streetlight.model.money import policies
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.in_force import in_force, with_in_force
from streetlight.model.parameters.later import BEFORE
from streetlight.model.record.counts import CountsTable
from streetlight.model.run.simulation import Simulation, draw_world

READINGS = ("even", "recording", "effort", "mixed")
#: Places with a known count, and counts in all, that a record must have to be described.
FEWEST_PLACES, FEWEST_COUNTS = 10, 20
#: A record is unlike the model's if less than this share of worlds is as far from the others.
UNLIKE = 0.1
#: Whose worlds are drawn, and the spawn key of the uniforms by which counts are thinned.
FUTURE, LUCK = "own record", 3
#: Numbers that move the books and nothing else, and are tried at the ends of their ranges.
TRIED = tuple(
    f"recording.{name}" for name in (
        "recorded_cv", "never", "recorded_area_share", "recorded_year_share", "recorded_year_ar",
        "participation_ar", "publish_small", "publish_large", "publish_population",
    )
)  # fmt: skip
#: A reading or setting comes nearer if it takes this part of the distance away.
NEARER = 0.1

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Compared:
    """The worlds of one reading. shapes (W, patterns): in the order of `PATTERNS`."""

    shapes: FloatArray
    reports: Sequence[Reports]  # before they enter the books

    @property
    def means(self) -> FloatArray:
        """Mean of each pattern over worlds, NaN where no world can tell."""
        return mean_known(self.shapes)


@dataclass(frozen=True, eq=False)
class Likeness:
    """A record beside the worlds of every reading.

    what: "reports" or "identified"; shapes (T, patterns): of the record, as it is or thinned T
    times, NaN where it cannot tell; readings: by name; spread (patterns,): standard deviation
    between worlds; describe: from published counts (C, Y) and the number of the world to
    (patterns,); volume: counts a year at which all are described; held: counts a year that the
    record has.
    """

    what: str
    shapes: FloatArray
    describe: Callable[[FloatArray, int], FloatArray]
    readings: Mapping[str, Compared]
    spread: FloatArray
    volume: float
    held: float

    @property
    def own(self) -> FloatArray:
        """Each pattern of the record (patterns,), NaN where it cannot tell."""
        return mean_known(self.shapes)

    @property
    def told(self) -> BoolArray:
        """Which patterns (patterns,) both the record and the worlds can tell."""
        known = [np.isfinite(one.means) for one in self.readings.values()]
        return np.asarray(np.isfinite(self.own) & (self.spread > 0.0) & np.all(known, axis=0))

    def distance(self, reading: str) -> float:
        """How far the record is from the worlds of a reading; luck alone gives about 1."""
        return self.from_means(self.readings[reading].means)

    def from_means(self, means: FloatArray) -> float:
        """How far the record is from means of worlds (patterns,), on average over its thinnings."""
        return float(np.mean([self.between(one, means) for one in self.shapes]))

    def as_far(self, reading: str) -> int:
        """Worlds of a reading that are as far from the others as the record is from all."""
        shapes, own = self.readings[reading].shapes, self.distance(reading)
        others = [mean_known(np.delete(shapes, w, axis=0)) for w in range(len(shapes))]
        far = [self.between(one, rest) for one, rest in zip(shapes, others, strict=True)]
        return int(sum(one >= own for one in far))

    def looks_alike(self, reading: str) -> bool:
        """Whether enough worlds of a reading are as far from the others as the record is."""
        return self.as_far(reading) >= UNLIKE * len(self.readings[reading].shapes)

    def inside(self, reading: str) -> BoolArray:
        """Which patterns (patterns,) of the record lie within the range of the worlds."""
        shapes = self.readings[reading].shapes
        low, high = ends_known(shapes)
        return np.asarray(self.told & (low <= self.own) & (self.own <= high))

    def between(self, one: FloatArray, other: FloatArray) -> float:
        """Distance of two descriptions, over the patterns that can be told."""
        apart = ((one - other) / np.where(self.told, self.spread, 1.0))[self.told]
        apart = apart[np.isfinite(apart)]
        return float(np.sqrt(np.mean(apart**2))) if len(apart) else math.nan


@dataclass(frozen=True)
class TriedSetting:
    """A number of recording, what it is in a reading, what was tried, and the distances there."""

    reading: str
    name: str
    value: float
    tried: float
    distance: float
    distance_tried: float


def mean_known(shapes: FloatArray) -> FloatArray:
    """Means over worlds of shapes (W, patterns), NaN where half of them or more cannot tell."""
    known = np.isfinite(shapes)
    total, n = np.where(known, shapes, 0.0).sum(axis=0), known.sum(axis=0)
    return np.asarray(np.where(2 * n > len(shapes), total / np.maximum(n, 1), np.nan))


def spread_known(readings: Iterable[FloatArray]) -> FloatArray:
    """Standard deviation between worlds (patterns,), mean square over readings (W, patterns) each.

    0 where no two worlds of a reading differ, or half of them or more cannot tell.
    """
    of_reading = []
    for shapes in readings:
        n = np.isfinite(shapes).sum(axis=0)
        apart = mean_known((shapes - mean_known(shapes)) ** 2)
        of_reading.append(apart * n / np.maximum(n - 1, 1))
    return np.sqrt(np.nan_to_num(mean_known(np.array(of_reading))))


def ends_known(shapes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest over worlds (patterns,), NaN left out."""
    known = np.isfinite(shapes)
    low = np.where(known, shapes, np.inf).min(axis=0)
    return np.asarray(low), np.asarray(np.where(known, shapes, -np.inf).max(axis=0))


def compare_record(
    counts: CountsTable, region: Region, worlds: int, parameters: Parameters, say: Say
) -> Likeness:
    """Describe a record and the worlds of every reading; InputError for too small a record.

    Reports are compared, or identified youth where the record holds no reports. What is described
    is thinned to the record's volume or, where half of a reading's worlds have less, to theirs.
    """
    by_reading = {
        name: [parameters.with_values({"attention.reading": name})] * worlds for name in READINGS
    }
    return compared_with(counts, region, by_reading, say)


def compared_with(
    counts: CountsTable,
    region: Region,
    worlds: Mapping[str, Sequence[Parameters]],
    say: Say = lambda text: None,
    look: Callable[[], None] = lambda: None,
) -> Likeness:
    """The same with worlds of other kinds: by the name of each kind, parameters of its worlds.

    say: told of every kind; look: called before every world.
    """
    what = "identified" if np.isnan(counts.reports).all() else "reports"
    own = counts.identified if what == "identified" else counts.reports
    refuse_small(own, what)
    unknown = np.isnan(own)
    tables, reports = dict[str, list[FloatArray]](), dict[str, list[Reports]]()
    for kind, parameters in worlds.items():
        say(f"{len(parameters)} worlds of the reading {kind}")
        tables[kind], reports[kind] = [], []
        for w, p in enumerate(parameters):
            look()
            run = run_world(p, region, w, own.shape[1])
            published = getattr(run.history().record, f"published_{what}")
            tables[kind].append(np.where(unknown, np.nan, published[:, -own.shape[1] :]))
            reports[kind].append(reports_of(run, own.shape[1]))
    held = volume_of(own)
    medians = [float(np.median([volume_of(t) for t in one])) for one in tables.values()]
    volume = min(held, *medians)
    if volume * own.shape[1] < FEWEST_COUNTS:
        raise InputError(
            f"the model makes too few {what} in such a region to compare shapes: fewer than "
            f"{FEWEST_COUNTS} in these {own.shape[1]} years in half of its worlds"
        )
    describe = description(region, unknown, volume)
    readings = {
        name: Compared(np.array([describe(t, w) for w, t in enumerate(one)]), reports[name])
        for name, one in tables.items()
    }
    spread = spread_known(one.shapes for one in readings.values())
    n = max(len(one) for one in tables.values())
    shapes = np.array([describe(own, w) for w in range(n if volume < held else 1)])
    return Likeness(what, shapes, describe, readings, spread, volume, held)


def refuse_small(own: FloatArray, what: str) -> None:
    """InputError for a record that is too small to have a shape."""
    places, held = int((~np.isnan(own)).any(axis=1).sum()), float(np.nansum(own))
    if places < FEWEST_PLACES or held < FEWEST_COUNTS:
        shown = f"{held:,.0f}" if held >= FEWEST_COUNTS else f"fewer than {FEWEST_COUNTS}"
        raise InputError(
            f"the record is too small to have a shape: {shown} {what} of {places:,} places; must "
            f"be {FEWEST_COUNTS} or more of {FEWEST_PLACES} places or more"
        )


def run_world(parameters: Parameters, region: Region, replicate: int, years: int) -> Simulation:
    """A finished run without added money, whose record has at least so many years.

    All of them are past, so that nothing changes in a policy year.
    """
    parameters = parameters.in_year(BEFORE)
    policy_years = max(1, years - parameters.time.burn_in_years)
    world = draw_world(parameters, region, future=FUTURE, replicate=replicate, years=policy_years)
    run = Simulation(world, policies.none())
    run.run()
    return run


def volume_of(counts: FloatArray) -> float:
    """Known counts a year."""
    return float(np.nansum(counts) / counts.shape[1])


def description(
    region: Region, unknown: BoolArray, volume: float
) -> Callable[[FloatArray, int], FloatArray]:
    """What describes a table (C, Y) of a world, made unknown and thinned as the record is."""
    area = region.area_keys[1].astype(np.int64)

    def describe(counts: FloatArray, replicate: int) -> FloatArray:
        rng = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(LUCK, replicate)))
        uniforms = rng.random(counts.shape)
        kept = thinned(np.where(unknown, np.nan, counts), uniforms, volume)
        shape = shape_of(kept, region.population, area)
        return np.array([shape[name] for name in PATTERNS])

    return describe


def nearer_settings(likeness: Likeness, parameters: Parameters, say: Say) -> list[TriedSetting]:
    """Numbers of recording that, alone, bring the worlds of a reading nearer; the nearest first.

    The reading is the nearest of those in which recording differs. Each number is tried at both
    ends of its range, or half-way there where the end cannot be. Empty for a record without
    reports: what is identified depends on more than the books.
    """
    if likeness.what != "reports":
        return []
    reading = min(("recording", "mixed"), key=likeness.distance)
    base = parameters.with_values({"attention.reading": reading})
    say(f"settings of recording, on the worlds of the reading {reading}")

    def distance(p: Parameters) -> float:
        reports = likeness.readings[reading].reports
        shapes = [likeness.describe(published(p, one), one.replicate) for one in reports]
        return likeness.from_means(mean_known(np.array(shapes)))

    now, found = distance(base), list[TriedSetting]()
    for name, tried, p in settings_tried(base):
        found.append(TriedSetting(reading, name, in_force(base, name), tried, now, distance(p)))
    nearer = [one for one in found if one.distance_tried <= (1.0 - NEARER) * now]
    return sorted(nearer, key=lambda one: one.distance_tried)


def settings_tried(base: Parameters) -> Iterator[tuple[str, float, Parameters]]:
    """Each number of `TRIED` at both ends of its range, or half-way, and the parameters then."""
    cards = Parameters.all_cards()
    for name in TRIED:
        value = in_force(base, name)
        for end in (float(cards[name].low), float(cards[name].high)):
            for tried in (end, (value + end) / 2.0):
                try:
                    p = with_in_force(base, {name: tried})
                except ValueError:  # it cannot be, beside the other numbers
                    continue
                yield name, tried, p
                break
