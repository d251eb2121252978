"""Designs of sampled futures: Latin hypercube, Sobol, grid, one at a time.

The points of a Latin hypercube and of a Sobol design are read off a sequence, so a larger design
begins with the points of a smaller one, bit for bit. A point that two parameters forbid together is
skipped and the sequence read on; so is one outside the band, if the design is held to it.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from streetlight.experiments.distributions import Choice, Varied, plain, value_of
from streetlight.model.arrays import FloatArray
from streetlight.model.errors import InputError
from streetlight.model.parameters import Parameters

Design = Literal["lhs", "sobol", "grid", "one_at_a_time"]
SEQUENCES = ("lhs", "sobol")

#: Children of the experiment's seed (SeedSequence spawn keys) that draw futures; never reused. (1,)
#: drew the hypercubes of before, which could not be extended.
LHS_KEY, SOBOL_KEY = (1, 0), (1, 1)
# A sequence is given up after this many points for each that is asked for, after this many in all,
# and with `within_bands`, which takes 0.03 s a point, after this many, or these without one in it.
MOST_READ, MOST_READ_IN_ALL, MOST_IN_BAND, NONE_IN_BAND = 50, 25_000, 300, 50
#: Quantiles that one_at_a_time takes, by the name of the end.
ENDS = {"low": 0.05, "high": 0.95}
#: SF8: share of spells ever known, large metro over rural, at equal true incidence.
KNOWN_RATIO_BAND = (1.4, 3.0)
LONGEST_NAME = 64


@dataclass(frozen=True)
class Point:
    """A sampled future: its name, what it changes, and all parameters in it."""

    name: str
    overrides: dict[str, Any]
    parameters: Parameters


@dataclass(frozen=True)
class Sampling:
    """How the sampled futures of an experiment came about.

    read: points of the sequence looked at; against_rules: of these, skipped because two parameters
    cannot be true together; outside_band: skipped because their expected known ratio leaves
    `KNOWN_RATIO_BAND`; parameters: `Varied.described` by name.
    """

    design: Design
    n: int
    parameters: dict[str, dict[str, Any]]
    first: int | None = None
    within_bands: bool = False
    read: int = 0
    against_rules: int = 0
    outside_band: int = 0

    def sentences(self) -> list[str]:
        """What a reader should know of the design, a line each."""
        lines = [f"{self.n} futures sampled ({self.design}) over {len(self.parameters)} parameters"]
        if self.against_rules:
            lines.append(f"{self.against_rules} points skipped: their values contradict each other")
        if self.within_bands:
            low, high = KNOWN_RATIO_BAND
            lines.append(f"{self.outside_band} points skipped: known in large metro over rural is "
                         f"not {low:g}-{high:g} in them")  # fmt: skip
        for name, one in self.parameters.items():
            if one.get("outside_evidence"):
                low, high = one["evidence"]
                factor = "a factor of " if one.get("of") == "factor" else ""
                lines.append(f"{name}: {factor}{one['low']:g}-{one['high']:g} reaches beyond the "
                             f"evidence ({low:g}-{high:g})")  # fmt: skip
        return lines


def latin_blocks(n_columns: int, first: int, seed: int) -> Iterator[FloatArray]:
    """Blocks of probabilities (m, n_columns) of a hypercube that is doubled without end.

    The first block is a Latin hypercube of `first` points. Each further block doubles the number of
    points: every slice is halved, and the new points take the empty halves in random order, so that
    all points so far are a Latin hypercube again (nested: Qian 2009). Each column has its own
    generator: columns added at the end leave the others as they are.
    """
    generators = [
        np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(*LHS_KEY, k)))
        for k in range(n_columns)
    ]
    slices = np.array([rng.permutation(first) for rng in generators])  # (n_columns, points)
    places = np.array([rng.random(first) for rng in generators])  # within the slice
    new, n = slice(0, first), first
    while True:
        yield ((slices[:, new] + places[:, new]) / n).T
        upper = places >= 0.5
        slices, places, n = 2 * slices + upper, 2.0 * places - upper, 2 * n  # exact
        empty = [np.setdiff1d(np.arange(n), taken) for taken in slices]
        pairs = zip(generators, empty, strict=True)
        added = [(rng.permutation(free), rng.random(n // 2)) for rng, free in pairs]
        slices = np.hstack([slices, [one for one, _ in added]])
        places = np.hstack([places, [one for _, one in added]])
        new = slice(n // 2, n)


def sobol_blocks(n_columns: int, seed: int) -> Iterator[FloatArray]:
    """Blocks of probabilities (m, n_columns) of a scrambled Sobol sequence: 64, 64, 128, 256..."""
    from scipy.stats import qmc

    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=SOBOL_KEY))
    sequence = qmc.Sobol(d=n_columns, rng=rng)
    yield np.asarray(sequence.random_base2(6))
    for power in itertools.count(6):
        yield np.asarray(sequence.random_base2(power))


def sample(
    varied: Sequence[Varied],
    n: int,
    seed: int,
    base: Parameters,
    *,
    design: Literal["lhs", "sobol"] = "lhs",
    first: int | None = None,
    within_bands: bool = False,
) -> tuple[list[Point], Sampling]:
    """The first n usable points of a sequence; the same for every larger n.

    first: points of the first hypercube (lhs; n by default). InputError when too few points are
    usable.
    """
    first = first or n
    is_lhs = design == "lhs"
    blocks = latin_blocks(len(varied), first, seed) if is_lhs else sobol_blocks(len(varied), seed)
    points = list[Point]()
    read = against_rules = outside = 0
    most = min(MOST_READ * n, MOST_IN_BAND if within_bands else MOST_READ_IN_ALL)
    for overrides in itertools.islice(settings(varied, base, blocks), most):
        read += 1
        parameters = allowed_together(overrides, base)
        if parameters is None:
            against_rules += 1
        elif within_bands and not in_band(parameters):
            outside += 1
            if outside == NONE_IN_BAND and not points:
                break
        else:
            points.append(Point(f"sampled_{len(points):04d}", overrides, parameters))
            if len(points) == n:
                break
    if len(points) < n:
        raise InputError(too_few(len(points), n, read, against_rules, outside))
    described = {one.name: one.described(base) for one in varied}
    how = Sampling(
        design, n, described, first if is_lhs else None, within_bands, read, against_rules, outside
    )
    return points, how


def settings(
    varied: Sequence[Varied], base: Parameters, blocks: Iterator[FloatArray]
) -> Iterator[dict[str, Any]]:
    """Overrides by dotted name, one set a point of the sequence.

    Values are made for whole blocks, so that their rounding cannot depend on how many are read.
    """
    names = [one.name for one in varied]
    for u in blocks:
        columns = [one.values(base, np.ascontiguousarray(u[:, k])) for k, one in enumerate(varied)]
        for values in zip(*columns, strict=True):
            yield dict(zip(names, values, strict=True))


def too_few(found: int, n: int, read: int, against_rules: int, outside: int) -> str:
    """What is said when a sequence gives too few usable points."""
    low, high = KNOWN_RATIO_BAND
    reason = (
        f"known in large metro over rural is not {low:g}-{high:g} in {outside:,} of them"
        if outside >= against_rules and outside
        else "these parameters' ranges contradict one another; sample fewer of them"
        if against_rules
        else "ask for fewer"
    )
    return (
        f"only {found:,} of {n:,} futures are valid among the first {read:,} points, where the "
        f"search stops: {reason}"
    )


def allowed_together(overrides: dict[str, Any], base: Parameters) -> Parameters | None:
    """The parameters with these values, or None if two of them cannot be true together."""
    try:
        return base.with_values(overrides)
    except ValueError:
        return None


def in_band(parameters: Parameters) -> bool:
    """Whether the expected known ratio lies in `KNOWN_RATIO_BAND` (about 0.03 s a point)."""
    from streetlight.model.on_average.ascertainment import known_by_class

    known = known_by_class(parameters)
    low, high = KNOWN_RATIO_BAND
    return bool(low * known[3] <= known[0] <= high * known[3])


def grid(varied: Sequence[Varied], base: Parameters) -> tuple[list[Point], Sampling]:
    """All combinations, the last parameter changing fastest: grid_0000 and on.

    A range is taken at the middles of `levels` equal slices of its probability. InputError when a
    combination cannot be true.
    """
    names, levels = [one.name for one in varied], list[list[Any]]()
    for one in varied:
        count = one.levels
        if isinstance(one.distribution, Choice):
            levels.append(list(one.distribution.values))
        else:
            levels.append(one.values(base, (np.arange(count) + 0.5) / count))
    points = []
    for i, values in enumerate(itertools.product(*levels)):
        overrides = dict(zip(names, values, strict=True))
        points.append(certain_point(f"grid_{i:04d}", overrides, base))
    described = {
        one.name: one.described(base) | {"values": [plain(value) for value in values]}
        for one, values in zip(varied, levels, strict=True)
    }
    return points, Sampling("grid", len(points), described, read=len(points))


def grid_size(varied: Sequence[Varied]) -> int:
    """How many futures a grid has."""
    return math.prod(
        len(one.distribution.values) if isinstance(one.distribution, Choice) else one.levels
        for one in varied
    )


def one_at_a_time(varied: Sequence[Varied], base: Parameters) -> tuple[list[Point], Sampling]:
    """Each parameter at its 5th and 95th percentile, or at each choice but the base's own value.

    All other parameters are as in the base. A future is named after its parameter and value, so
    that adding one renames none. InputError when a value cannot be true, or has no name.
    """
    points, described = list[Point](), {}
    for one in varied:
        if isinstance(one.distribution, Choice):
            own = value_of(base, one.name)
            steps = {in_name(v): v for v in one.distribution.values if v != own}
        else:
            steps = dict(zip(ENDS, one.values(base, np.array(list(ENDS.values()))), strict=True))
        described[one.name] = one.described(base) | {"values": [plain(v) for v in steps.values()]}
        for end, value in steps.items():
            name = f"{one.name.replace('.', '_')}_{end}"
            if len(name) > LONGEST_NAME:
                shown = json.dumps(plain(value))
                raise InputError(f"{one.name}: {shown}: is too long for the name of a future; "
                                 "set it in a named future")  # fmt: skip
            points.append(certain_point(name, {one.name: value}, base))
    return points, Sampling("one_at_a_time", len(points), described, read=len(points))


def in_name(value: Any) -> str:
    """A value as part of a future's name: 0.25 is 0_25, a list has - between its values."""
    if isinstance(value, (tuple, list)):
        return "-".join(map(in_name, value))
    text = str(value).lower()
    return "".join("_" if letter in ". " else letter for letter in text if letter != "+")


def certain_point(name: str, overrides: dict[str, Any], base: Parameters) -> Point:
    """A point that must be possible; InputError saying which values contradict which."""
    try:
        return Point(name, overrides, base.with_values(overrides))
    except ValueError:
        values = ", ".join(f"{key} = {json.dumps(plain(v))}" for key, v in overrides.items())
        raise InputError(f"{name}: {values}: cannot be true together") from None
