"""The tidy table of a study, `measures.parquet`: every number that a sentence or picture may use.

A row is one measure, group of places, year, plan and future. Levels are means over replicates and
then over futures, which count alike; `future` "" stands for all of them. `difference` is the plan
minus the baseline in the same worlds, so that luck common to both drops out. Intervals are 95%
Monte-Carlo intervals, the futures given. `year` -1 is the whole time with money, 0 the last year
before it, 1 the first year with it.

What happens to each community, month and run is read once here; nobody else works out a mean.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from streetlight.experiments.analyse.intervals import half_width, moments, over_futures
from streetlight.experiments.analyse.record import of_the_record
from streetlight.experiments.analyse.values import Worlds, defined
from streetlight.experiments.currency import in_currency
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.running.columns import numbers_in, of_labels, of_numbers, of_words
from streetlight.experiments.running.reading import again, column_names, read_in_parts
from streetlight.model.arrays import BoolArray, FloatArray, IntArray
from streetlight.model.errors import InputError
from streetlight.model.names import CLASSES, FEWEST_YOUTH

FILE = "measures.parquet"
WHOLE = -1
ALL = "all"
FIFTHS = tuple(f"poverty fifth {k}" for k in range(1, 6))
#: Groups told apart by what went before the policy, and how communities.parquet marks them.
BEFORE = {
    "silent": ("silent", 1), "unpublished": ("unpublished", 1),
    "effort low": ("effort_third", 1), "effort high": ("effort_third", 3),
}  # fmt: skip
GROUPS = (*CLASSES, *FIFTHS, *BEFORE)
#: Columns of communities.parquet that are summed over each group.
SUMMED = (
    "youth", "true_onsets", "reports", "false_reports", "known", "investigated",
    "false_investigated", "identified", "served", "published", "spending",
    "true_active_person_years",
)  # fmt: skip
#: Measures by year: columns of series.parquet; all but `active` are summed over months. There is
#: `all_reports` too, true and false.
BY_YEAR = ("reports", "false_reports", "known", "identified", "onsets", "published", "active")

#: Steps of the cascade of a cohort, in order; none is larger than the one before.
STEPS = ("noticed", "known", "screened", "investigated", "identified", "served")

#: Numbers that are averaged together; the means of 30,000 runs would take gigabytes at once.
CELLS_AT_A_TIME = 500_000

Key = tuple[str, str, int]


@dataclass(frozen=True)
class Sums:
    """Columns of communities.parquet summed by group: name to (G, P, F, R), NaN without a run."""

    columns: Mapping[str, FloatArray]

    def of(self, column: str, group: int | None = None) -> FloatArray:
        """One column in a group, or everywhere, (P, F, R)."""
        values = self.columns[column]
        if group is None:
            everywhere: FloatArray = values[: len(CLASSES)].sum(axis=0)
            return everywhere
        one: FloatArray = values[group]
        return one


def measured(folder: Path, worlds: Worlds, baseline: int, years: int) -> dict[Key, FloatArray]:
    """All measures of a results folder, by (measure, group, year), each (P, F, R)."""
    values: dict[Key, FloatArray] = {}
    for name, array in worlds.values.items():
        measure, group = split(name)
        values[measure, group, WHOLE] = array
    sums, record = community_sums(folder, worlds, baseline)
    values.update(from_sums(sums, years))
    values.update({(name, ALL, WHOLE): array for name, array in record.items()})
    values.update(by_year(folder, worlds, years))
    return values


def split(name: str) -> tuple[str, str]:
    """The measure and the group that a column of runs.parquet is of.

    >>> from streetlight.experiments.analyse.measures import split
    >>> split("identified_share_small_metro"), split("identified")
    (('identified_share', 'small metro'), ('identified', 'all'))
    """
    for group in GROUPS:
        end = "_" + group.removeprefix("poverty ").replace(" ", "_")
        if name.endswith(end):
            return name.removesuffix(end), group
    return name, ALL


def community_sums(
    folder: Path, worlds: Worlds, baseline: int
) -> tuple[Sums, dict[str, FloatArray]]:
    """Sums by group, and what the baseline's record says of each world, from one reading."""
    path = folder / "communities.parquet"
    there = column_names(path)
    marks = [column for column, _ in BEFORE.values() if column in there]
    wanted = (*SUMMED, *dict.fromkeys(marks))
    shape = worlds.shape
    sums = {name: np.zeros((len(GROUPS), *shape)) for name in SUMMED}
    seen = np.zeros(shape, dtype=bool)
    record: dict[str, FloatArray] = {}
    for place, part in run_parts(path, worlds, wanted):
        seen[place] = True
        columns = {name: numbers_in(part[name]).astype(float) for name in wanted}
        group = places(part["place_class"]), numbers_in(part["poverty_quintile"])
        member = [group[0] == k for k in range(len(CLASSES))]
        member += [group[1] == k for k in range(1, 6)]
        member += [
            columns[column] == value if column in columns else np.zeros(len(group[0]), dtype=bool)
            for column, value in BEFORE.values()
        ]
        inside = np.array(member, dtype=float)
        for name in SUMMED:
            sums[name][(slice(None), *place)] = inside @ columns[name]
        if place[0] == baseline:
            for name, value in of_the_record(columns).items():
                record.setdefault(name, np.full(shape, math.nan))[place] = value
    expected = np.array([name not in worlds.dropped.absent for name in worlds.policies])
    if (worlds.used & ~seen)[expected].any():
        raise InputError(f"{path}: lacks runs that runs.parquet has; {again(folder)}")
    used = seen & worlds.used
    for values in (*sums.values(), *record.values()):
        values[..., ~used] = math.nan
    return Sums(sums), record


def run_parts(
    path: Path, worlds: Worlds, columns: Iterable[str], texts: Sequence[str] = ()
) -> Iterator[tuple[tuple[int, int, int], pa.Table]]:
    """The rows of each run in communities.parquet, with its place in the arrays.

    columns: of numbers; texts: of words.
    """
    texts, columns = ("place_class", *texts), ("poverty_quintile", *columns)
    for code, table in whole_runs(path, worlds, texts, columns):
        edges = changes(code)
        for first, last in zip((0, *edges), (*edges, len(code)), strict=True):
            place = np.unravel_index(int(code[first]), worlds.shape)
            yield tuple(map(int, place)), table.slice(first, last - first)  # type: ignore[misc]


def whole_runs(
    path: Path, worlds: Worlds, texts: Sequence[str], numbers: Iterable[str]
) -> Iterator[tuple[IntArray, pa.Table]]:
    """A table part by part, each run whole in one of them; of each row the number of its run.

    The number is the run's place in arrays (P, F, R), laid flat. Only a part is in memory.
    """
    done: set[int] = set()
    rest: pa.Table | None = None
    for part in read_in_parts(path, ("policy", "future", *texts), ("replicate", *numbers)):
        table = part if rest is None else pa.concat_tables([rest, part])
        code = run_numbers(table, worlds)
        edges = changes(code)
        begun = code[[0, *edges]] if len(code) else code
        if len(set(begun)) < len(begun) or done.intersection(begun):
            raise InputError(f"{path}: is damaged (a run's rows lie apart); {again(path.parent)}")
        done.update(begun[:-1].tolist())
        n = int(edges[-1]) if len(edges) else 0  # the next part may go on with the last run
        if n:
            yield code[:n], table.slice(0, n)
        rest = table.slice(n)
    if rest is not None and rest.num_rows:
        yield run_numbers(rest, worlds), rest


def run_numbers(table: pa.Table, worlds: Worlds) -> IntArray:
    """Of each row the place of its run in arrays (P, F, R), laid flat."""
    future = codes(table["future"], worlds.futures)
    row = codes(table["policy"], worlds.policies) * worlds.shape[1] + future
    replicate: IntArray = numbers_in(table["replicate"]).astype(np.int64)
    return row * worlds.shape[2] + replicate


def changes(values: IntArray) -> IntArray:
    """Positions of values that are not the one before them."""
    return np.flatnonzero(np.diff(values)) + 1


def codes(column: pa.ChunkedArray, names: Sequence[str]) -> IntArray:
    """Position in `names` of each value of a column of words."""
    found = pc.index_in(column, value_set=of_words(names))
    return np.asarray(numbers_in(found), dtype=np.int64)


def places(column: pa.ChunkedArray) -> IntArray:
    """Place classes as positions in `CLASSES`."""
    return codes(column, CLASSES)


def from_sums(sums: Sums, years: int) -> Iterator[tuple[Key, FloatArray]]:
    """Measures that are ratios or shares of sums, in every group and in all."""
    with np.errstate(invalid="ignore", divide="ignore"):
        for k, group in ((None, ALL), *enumerate(GROUPS)):
            youth = sums.of("youth", k)
            few = ~(youth >= FEWEST_YOUTH)
            per_1000 = np.where(few, math.nan, 1000.0 / youth / years)
            reports = sums.of("reports", k) + sums.of("false_reports", k)
            yield ("youth", group, WHOLE), youth
            yield ("youth_share", group, WHOLE), youth / sums.of("youth")
            yield ("true_rate", group, WHOLE), sums.of("true_onsets", k) * per_1000
            yield ("recorded_rate", group, WHOLE), sums.of("published", k) * per_1000
            yield ("money_share", group, WHOLE), sums.of("spending", k) / sums.of("spending")
            yield ("money_per_youth", group, WHOLE), sums.of("spending", k) * per_1000 / 1000.0
            yield ("all_reports", group, WHOLE), reports
            if group != ALL:
                for name in ("identified", "false_investigated", "true_onsets", "spending"):
                    yield (name, group, WHOLE), sums.of(name, k)
                yield ("person_years", group, WHOLE), sums.of("true_active_person_years", k)


def by_year(folder: Path, worlds: Worlds, years: int) -> Iterator[tuple[Key, FloatArray]]:
    """Measures by year and place class from series.parquet, the last year before the money too."""
    sums, seen = yearly_sums(folder / "series.parquet", worlds, years)
    sums["all_reports"] = sums["reports"] + sums["false_reports"]
    unused = ~(seen & worlds.used)
    for name, parts in sums.items():
        for y in range(years + 1):
            whole = parts[..., y, :].sum(axis=-1)
            by_group = (whole, *np.moveaxis(parts[..., y, :], -1, 0))
            for group, counted in zip((ALL, *CLASSES), by_group, strict=True):
                yield (name, group, y), np.where(unused, math.nan, counted)
                if name == "published" and group != ALL:
                    with np.errstate(invalid="ignore", divide="ignore"):
                        share = np.where(unused, math.nan, counted / whole)
                    yield ("published_share", group, y), share


def yearly_sums(path: Path, worlds: Worlds, years: int) -> tuple[dict[str, FloatArray], BoolArray]:
    """`BY_YEAR` by year and class, (P, F, R, years + 1, classes), and which runs are there."""
    shape = (*worlds.shape, years + 1, len(CLASSES))
    sums = {name: np.zeros(shape) for name in BY_YEAR}
    seen = np.zeros(worlds.shape, dtype=bool)
    for run, table in whole_runs(path, worlds, ("place_class",), ("month", *BY_YEAR)):
        there, index = np.unique(run, return_inverse=True)
        month = numbers_in(table["month"]).astype(np.int64)
        last = np.zeros(len(there), dtype=np.int64)
        np.maximum.at(last, index, month)
        if (last + 1 < 12 * years).any():
            raise InputError(f"{path}: holds fewer months than the {years} years of the experiment")
        year = years - (last[index] - month) // 12
        place = (index * (years + 1) + year) * len(CLASSES) + places(table["place_class"])
        shown = year >= 0
        for name, whole in sums.items():
            per = 12.0 if name == "active" else 1.0  # the mean of its months, not their sum
            values = numbers_in(table[name]).astype(float)[shown]
            flat = np.bincount(place[shown], values, len(there) * math.prod(shape[3:])) / per
            whole.reshape(-1, *shape[3:])[there] = flat.reshape(-1, *shape[3:])
        seen.reshape(-1)[there] = True
    return sums, seen


NUMBERS = ("mean", "low", "high", "base", "difference", "difference_low", "difference_high")
RISES, FALLS, SAME, UNSURE = "rises", "falls", "the same", "cannot tell"


def tidy(
    values: Mapping[Key, FloatArray],
    worlds: Worlds,
    baseline: int,
    verdicts: Mapping[tuple[str, str], str],
) -> pa.Table:
    """The tidy table, rows by measure, group, year, plan and future.

    verdicts: of (plan, measure) over all futures, where the study compares the measure itself; all
    other rows say whether the difference surely rises or falls.
    """
    keys = list(values)
    some = max(1, CELLS_AT_A_TIME // math.prod(worlds.shape))
    parts = [
        numbers_of([values[key] for key in keys[k : k + some]], baseline)
        for k in range(0, len(keys), some)
    ]
    numbers = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    shares = [k for k, (measure, _, _) in enumerate(keys) if unit_of(measure) == "share"]
    for name in ("low", "high"):
        numbers[name][shares] = np.clip(numbers[name][shares], 0.0, 1.0)
    shape = numbers["mean"].shape  # (K, P, F + 1): the mean over futures last
    of_key, of_plan, of_future = (index.ravel() for index in np.indices(shape))
    judged = direction(numbers["difference_low"], numbers["difference_high"]).ravel()
    futures = (*worlds.futures, "")
    for (plan, measure), words in verdicts.items():
        if (key := (measure, ALL, WHOLE)) in values:
            place = keys.index(key), worlds.policies.index(plan), len(worlds.futures)
            judged[np.ravel_multi_index(place, shape)] = words
    return pa.table(
        {
            "measure": words_at(of_key, [key[0] for key in keys]),
            "group": words_at(of_key, [key[1] for key in keys]),
            "year": of_numbers(np.array([key[2] for key in keys], dtype=np.int32)[of_key]),
            "plan": words_at(of_plan, worlds.policies),
            "future": words_at(of_future, futures),
            **{name: of_numbers(numbers[name].ravel()) for name in NUMBERS},
            "verdict": of_words(judged.tolist()).dictionary_encode(),
            "n": of_numbers(numbers["n"].ravel().astype(np.int32)),
            "unit": words_at(of_key, [unit_of(key[0]) for key in keys]),
        }
    )


def numbers_of(values: Sequence[FloatArray], baseline: int) -> dict[str, FloatArray]:
    """`NUMBERS` and n of some measures, each (P, F, R), as (K, P, F + 1)."""
    levels = np.stack([defined(one) for one in values])
    pairs = levels - levels[:, baseline : baseline + 1]
    base = np.where(np.isfinite(pairs), levels[:, baseline : baseline + 1], math.nan)
    level, change = summary(levels), summary(pairs)
    return {
        "mean": level["mean"], "low": level["low"], "high": level["high"],
        "base": summary(base)["mean"], "difference": change["mean"],
        "difference_low": change["low"], "difference_high": change["high"], "n": level["n"],
    }  # fmt: skip


def words_at(index: IntArray, names: Sequence[str]) -> pa.Array:
    """A column of words, by position in `names`."""
    distinct = list(dict.fromkeys(names))
    codes = np.array([distinct.index(name) for name in names], dtype=np.int32)[index]
    return of_labels(codes, distinct)


def summary(values: FloatArray) -> dict[str, FloatArray]:
    """Means, 95% intervals and n of values (..., F, R), of each future and of all: (..., F + 1)."""
    n, means, variances = moments(values)
    mean, variance, df = over_futures(n, means, variances)
    half = half_width(with_all(variances, variance), with_all(n - 1, df))
    every = with_all(np.where(n > 0, means, math.nan), mean)
    counted = with_all(n, n.sum(axis=-1))
    return {"mean": every, "low": every - half, "high": every + half, "n": counted}


def with_all(of_each: FloatArray, of_all: FloatArray) -> FloatArray:
    """What is known of each future, and last what is known of all, along the last axis."""
    return np.concatenate([of_each, of_all[..., None]], axis=-1)


def direction(low: FloatArray, high: FloatArray) -> np.ndarray[Any, Any]:
    """'rises', 'falls', 'the same' (exactly) or 'cannot tell', by the interval of a difference."""
    exact = (low == 0) & (high == 0)
    return np.select([exact, low > 0, high < 0], [SAME, RISES, FALLS], UNSURE).astype(object)


def unit_of(measure: str) -> str:
    """The unit of a measure."""
    own = METRICS[measure].unit if measure in METRICS else UNITS.get(measure, "")
    return in_currency(own)


#: Units of the measures that no experiment compares.
UNITS = {
    "youth": "youth", "youth_share": "share", "money_share": "share", "true_rate":
    "onsets per 1,000 youth a year", "recorded_rate": "reports per 1,000 youth a year",
    "money_per_youth": "dollars a year", "all_reports": "reports", "reports": "reports",
    "screened_in": "cases", "investigated": "cases", "spending": "dollars",
    "allocated": "dollars", "onsets": "youth", "active": "youth", "published": "reports",
    "published_share": "share",
    **{f"{step}_share": "share" for step in STEPS},
    **{f"cohort_{step}_share": "share" for step in STEPS},
}  # fmt: skip


def write_measures(path: Path, table: pa.Table) -> None:
    """Write measures.parquet."""
    pq.write_table(table, path, compression="zstd")
