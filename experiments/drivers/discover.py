"""When does the preferred policy fail? A box of inputs, how sure it is, and what luck would do.

A future is a failure when `policy` is worse than `against` by more than a threshold: by default
the smallest difference that matters, or 0 where there is none. Three things keep a box honest:

- chance: the same search on failures shuffled over the futures; p is the share of shuffles (and 1)
  in which the box found is at least as good (by phi)
- bootstrap: resamples of the futures give ranges for the coverage and density of the box; the
  search is repeated on each, which gives ranges for the limits, how often an input is limited
  again, and the density in the futures that the resample left out
- quasi-p-values of each input's limits (Bryant and Lempert 2010), in `prim`
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streetlight.experiments.analyse.writing import cell_text
from streetlight.experiments.drivers import cart, prim
from streetlight.experiments.drivers.inputs import Input, Inputs
from streetlight.experiments.drivers.pairs import Pair
from streetlight.experiments.drivers.prim import Box, Fit, fit, limit_p, words_of
from streetlight.experiments.drivers.sensitivity import in_json, stream
from streetlight.experiments.running.store import Store
from streetlight.model.arrays import BoolArray, FloatArray

Search = Callable[[FloatArray, BoolArray, BoolArray], Box]

SEARCHES: dict[str, Search] = {"prim": prim.find_box, "cart": cart.find_box}
#: Shuffles of the failures, resamples of the futures, fewest failures (and successes) to search.
SHUFFLES, RESAMPLES, FEWEST_FAILURES = 199, 200, 5
#: A box is no condition when shuffled failures give one as good more often than this.
CHANCE = 0.05
RANGE = (0.025, 0.975)
#: Children of seed 0 (SeedSequence spawn keys); never reused. 21, 22: `sensitivity`.
SHUFFLE_KEY, BOX_KEY = 23, 24


@dataclass(frozen=True)
class Limit:
    """What the box asks of one input: a row of discover.csv.

    low, high: the limits, NaN where open; low_from to low_to, high_from to high_to: where 95% of
    the resamples that limit this side again put it, NaN if none; levels: the words left of a
    choice, separated by " or "; range_low, range_high: what the input was over the futures;
    quasi_p: see `prim.limit_p`; again: share of resamples that limit this input on a side the box
    limits.
    """

    input: str
    title: str
    low: float
    high: float
    levels: str
    low_from: float
    low_to: float
    high_from: float
    high_to: float
    range_low: float
    range_high: float
    quasi_p: float
    again: float


@dataclass(frozen=True)
class Discovery:
    """When `policy` fails against `against`.

    threshold: a failure is worse by more than this, in the metric's unit; futures, failures,
    unsure: how many there are, fail, and have a Monte-Carlo interval that holds the threshold
    (-1: one replicate, not known); inside: futures in the box; coverage, density and their ranges;
    density_elsewhere: mean density of the resamples' boxes in the futures they left out; p: how
    often chance finds a box as good; is_condition: whether the box is better than chance.
    """

    method: str
    policy: str
    against: str
    metric: str
    threshold: float
    futures: int
    failures: int
    unsure: int
    inside: int = 0
    coverage: float = math.nan
    coverage_low: float = math.nan
    coverage_high: float = math.nan
    density: float = math.nan
    density_low: float = math.nan
    density_high: float = math.nan
    density_elsewhere: float = math.nan
    p: float = math.nan
    is_condition: bool = False
    limits: tuple[Limit, ...] = ()
    chosen: str = ""
    notes: tuple[str, ...] = ()


def default_threshold(pair: Pair) -> float:
    """The smallest difference that matters, or 0 where there is none."""
    return pair.matters if pair.matters > 0 else 0.0


def failures(pair: Pair, threshold: float) -> BoolArray:
    """In which futures `policy` is worse than `against` by more than the threshold, (n,)."""
    return np.asarray(pair.better < -threshold)


def discover(
    inputs: Inputs,
    pair: Pair,
    threshold: float | None = None,
    method: str = "prim",
    *,
    shuffles: int = SHUFFLES,
    resamples: int = RESAMPLES,
) -> Discovery:
    """The box in which failures are common, with ranges, and whether it is better than chance."""
    inputs = inputs.rows(pair.futures)
    threshold = default_threshold(pair) if threshold is None else threshold
    failed = failures(pair, threshold)
    intervals = pair.intervals
    unsure = int(np.sum((intervals[:, 0] < -threshold) & (intervals[:, 1] > -threshold)))
    start = Discovery(
        method, pair.policy, pair.against, pair.metric, float(threshold), len(failed),
        int(failed.sum()), -1 if np.isnan(intervals).any() else unsure, chosen=pair.chosen,
        notes=tuple(notes_of(inputs, pair)),
    )  # fmt: skip
    if min(failed.sum(), (~failed).sum()) < FEWEST_FAILURES:
        return start
    return searched(start, inputs, failed, SEARCHES[method], shuffles, resamples)


def notes_of(inputs: Inputs, pair: Pair) -> list[str]:
    """What was left out."""
    notes = pair.notes
    if inputs.constant:
        notes.append(f"the same in all futures, so not judged: {', '.join(inputs.constant)}")
    return notes


def searched(
    start: Discovery,
    inputs: Inputs,
    failed: BoolArray,
    search: Search,
    shuffles: int,
    resamples: int,
) -> Discovery:
    """The discovery with its box, and all that says how sure it is."""
    x, words = inputs.values, words_of(inputs)
    box = search(x, failed, words)
    found = fit(box, x, failed)
    if not box.limited():
        return with_fit(start, found, 1.0)
    p = chance(search, x, failed, words, found.phi, shuffles)
    again = [resampled(search, x, failed, words, b) for b in range(resamples)]
    ranges = [fit(box, x[drawn], failed[drawn]) for drawn, _ in again]
    others = [one for drawn, one in again]
    limits = tuple(
        limit_of(j, inputs, box, others, limit_p(box, box.without(j), x, failed))
        for j in box.limited()
    )
    coverage = np.quantile([one.coverage for one in ranges], RANGE)
    density = np.quantile([one.density for one in ranges], RANGE)
    values = {
        "coverage_low": float(coverage[0]), "coverage_high": float(coverage[1]),
        "density_low": float(density[0]), "density_high": float(density[1]),
        "density_elsewhere": elsewhere(again, x, failed), "limits": limits,
    }  # fmt: skip
    return with_fit(start, found, p, **values)


def with_fit(start: Discovery, found: Fit, p: float, **values: object) -> Discovery:
    """The discovery with the counts of its box."""
    own = {field.name: getattr(start, field.name) for field in fields(Discovery)} | {
        "inside": found.inside, "coverage": found.coverage, "density": found.density,
        "p": p, "is_condition": p <= CHANCE,
    }  # fmt: skip
    return Discovery(**(own | values))


def chance(
    search: Search, x: FloatArray, failed: BoolArray, words: BoolArray, phi: float, n: int
) -> float:
    """How often the search finds a box at least as good when nothing is to be found."""
    rng = stream(SHUFFLE_KEY)
    as_good = 0
    for _ in range(n):
        shuffled = rng.permutation(failed)
        as_good += fit(search(x, shuffled, words), x, shuffled).phi >= phi
    return (1 + as_good) / (1 + n)


def resampled(
    search: Search, x: FloatArray, failed: BoolArray, words: BoolArray, b: int
) -> tuple[NDArray[np.intp], Box]:
    """Futures drawn with replacement, and the box found in them."""
    drawn = stream(BOX_KEY, b).integers(len(failed), size=len(failed))
    return drawn, search(x[drawn], failed[drawn], words)


def elsewhere(
    again: Sequence[tuple[NDArray[np.intp], Box]], x: FloatArray, failed: BoolArray
) -> float:
    """Failures per future in the resamples' boxes, among futures the resamples left out."""
    inside = failed_inside = 0
    for drawn, box in again:
        left = np.setdiff1d(np.arange(len(failed)), drawn)
        found = fit(box, x[left], failed[left])
        inside, failed_inside = inside + found.inside, failed_inside + found.failed_inside
    return failed_inside / inside if inside else math.nan


def limit_of(j: int, inputs: Inputs, box: Box, others: Sequence[Box], quasi_p: float) -> Limit:
    """What the box asks of one input, and where resamples put its limits."""
    one, column = inputs.inputs[j], inputs.values[:, j]
    sides = {"low": box.low[j], "high": box.high[j]}
    spread: list[float] = []
    for side in sides:
        own = np.array([getattr(other, side)[j] for other in others])
        own = own[np.isfinite(own)]
        limited = np.isfinite(sides[side]) and len(own)
        spread += np.quantile(own, RANGE).tolist() if limited else [math.nan, math.nan]
    low_from, low_to, high_from, high_to = spread
    return Limit(
        one.name, one.in_words, finite(sides["low"]), finite(sides["high"]),
        " or ".join(words_left(one, j, box)), low_from, low_to, high_from, high_to,
        float(column.min()), float(column.max()), quasi_p,
        float(np.mean([limits_again(box, other, j) for other in others])),
    )  # fmt: skip


def limits_again(box: Box, other: Box, j: int) -> bool:
    """Whether another box limits an input on a side, or leaves out a word, that this one does."""
    low = np.isfinite(box.low[j]) and np.isfinite(other.low[j])
    high = np.isfinite(box.high[j]) and np.isfinite(other.high[j])
    return bool(low or high or any(pair[0] == j for pair in set(box.out) & set(other.out)))


def words_left(one: Input, j: int, box: Box) -> list[str]:
    """The words of a choice that are in the box; none for a number."""
    out = {code for i, code in box.out if i == j}
    return [word for code, word in enumerate(one.levels) if float(code) not in out]


def finite(value: float) -> float:
    """The value, or NaN for an open side."""
    return float(value) if np.isfinite(value) else math.nan


def write_discovery(found: Discovery, sentences: Sequence[str], store: Store) -> None:
    """Write discover.csv (a row a limit) and discover.json into an open results folder."""
    names = [field.name for field in fields(Limit)]

    def write_csv(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(names)
            for row in found.limits:
                writer.writerow([cell_text(getattr(row, name)) for name in names])

    content = {"sentences": list(sentences)} | in_json(found)
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    store.write("discover.csv", write_csv)
    store.write("discover.json", lambda path: path.write_text(text, encoding="utf-8"))
