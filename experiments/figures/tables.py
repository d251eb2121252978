"""What the figures read from a results folder: the manifest and the parquet tables, as arrays.

Runs are laid out as (policy, world), a world being one (future, replicate), so that policies are
compared in the same world. Whatever the order of rows in the files, policies come in the order of
the manifest and worlds sorted, so the same results give the same figures byte for byte.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from streetlight.experiments.figures.words import TIMES, count_range, plural
from streetlight.experiments.labels import label
from streetlight.experiments.running.reading import (
    OF_FIGURES,
    again,
    column_names,
    opened,
    read_manifest,
    read_parquet,
    readable,
)
from streetlight.model.arrays import BoolArray, FloatArray, IntArray
from streetlight.model.errors import InputError
from streetlight.model.names import CLASSES

N_PLACES = len(CLASSES)
BURN_IN_MONTHS = 36
CLASS_METRICS = tuple(f"averted_per_100k_{name.replace(' ', '_')}" for name in CLASSES)
METRICS = ("averted_person_years", "extra_identified", *CLASS_METRICS)
BATCH_ROWS = 1 << 18
#: Columns of text; `EITHER` may be numbers or words.
TEXTS = ("policy", "future", "lever", "community", "exploitation_type", "gender")
EITHER = ("place_class",)


@dataclass(frozen=True)
class ShownPolicy:
    """A policy as the figures know it.

    order: its place in the experiment file among its kind (on offer, baseline, oracle), from 0.
    """

    name: str
    order: int
    is_baseline: bool = False
    is_oracle: bool = False

    @property
    def label(self) -> str:
        """The name in words, saying so if it is no choice on offer but a reference."""
        return label(self.name) + (" (is told the truth)" if self.is_oracle else "")


@dataclass(frozen=True)
class ResultTables:
    """One experiment's runs.

    policies: those that have runs, in the manifest's order; futures: names, sorted; is_draw: which
    of them are random draws (F,); future, replicate: (W,) of each world, future as a position in
    `futures`; has_run: which policy was run in which world, (P, W); metrics: each (P, W), NaN where
    undefined or not run; years: policy years, None when not known.
    """

    folder: Path
    policies: tuple[ShownPolicy, ...]
    futures: tuple[str, ...]
    is_draw: BoolArray
    future: IntArray
    replicate: IntArray
    has_run: BoolArray
    metrics: dict[str, FloatArray]
    years: int | None

    @property
    def baseline(self) -> ShownPolicy:
        """The policy the others are compared with."""
        return next(policy for policy in self.policies if policy.is_baseline)

    @property
    def ranked(self) -> tuple[ShownPolicy, ...]:
        """The policies on offer: neither the baseline nor an oracle."""
        return tuple(p for p in self.policies if not (p.is_baseline or p.is_oracle))

    def position(self, policy: ShownPolicy) -> int:
        """The policy's row in arrays of shape (P, ...)."""
        return self.policies.index(policy)

    @cached_property
    def sums(self) -> dict[str, FloatArray]:
        """Sums over communities by place class, each (P, W, 4); NaN where there was no run."""
        return _class_sums(self)

    def class_sum(self, column: str, policy: ShownPolicy) -> FloatArray:
        """One column summed by place class under one policy, (W, 4)."""
        of_policy: FloatArray = self.sums[column][self.position(policy)]
        return of_policy

    @property
    def places(self) -> tuple[int, ...]:
        """The place classes in which youth live."""
        youth = np.nan_to_num(self.sums["youth"]).sum(axis=(0, 1))
        return tuple(int(k) for k in np.flatnonzero(youth > 0))

    def sizes(self, policies: Sequence[ShownPolicy]) -> str:
        """'n = 3 futures x 20 replicates', over the runs of these policies."""
        ran = self.has_run[[self.position(p) for p in policies]]
        counts = [
            int(ran[p, self.future == f].sum())
            for p in range(len(ran))
            for f in np.unique(self.future[ran[p]])
        ]
        n_futures = int(np.unique(self.future[ran.any(axis=0)]).size)
        word = "replicate" if max(counts) == 1 else "replicates"
        text = f"n = {plural(n_futures, 'future')} {TIMES} {count_range(counts)} {word}"
        return text.replace(" ", "\N{NO-BREAK SPACE}")

    def whiskers(self, meaning: str) -> str:
        """`meaning`, or that a future has but one replicate, so that nothing has an interval."""
        return meaning if self.repeated else "No interval where a future has only one replicate."

    @property
    def repeated(self) -> bool:
        """Whether no policy has a future with but one replicate, so that all has an interval."""
        ran = np.unique(self.future)
        return all((self.has_run[:, self.future == f].sum(axis=1) != 1).all() for f in ran)

    @property
    def span(self) -> str:
        """'over the 10 policy years'."""
        if self.years is None:
            return "over the policy years"
        return (
            "over the one policy year" if self.years == 1 else f"over the {self.years} policy years"
        )


# Columns of communities.parquet that are summed by place class.
SUMMED = (
    "youth",
    "true_onsets",
    "knew",
    "recognised",
    "known",
    "ever_screened_in",
    "ever_investigated",
    "identified",
    "served",
)


def read_results(folder: Path) -> ResultTables:
    """Read a results folder; InputError names what is missing or does not fit together."""
    listed, baseline, drawn = _listed(folder)
    path = folder / "runs.parquet"
    columns = _read(path, ("policy", "future", "replicate", *METRICS))
    names, policy = coded(columns["policy"])
    future_names, raw_future = coded(columns["future"])
    unlisted = sorted(set(names) - {p.name for p in listed})
    if unlisted:
        raise InputError(f"{path.name}: policy {unlisted[0]!r} is not in manifest.json")
    policies = tuple(p for p in listed if p.name in names)
    if not any(p.is_baseline for p in policies):
        raise InputError(f"{path.name}: no run of the baseline policy {baseline!r}")
    futures = tuple(sorted(future_names, key=lambda name: (not name.isdigit(), len(name), name)))
    future = np.array([futures.index(name) for name in future_names])[raw_future]
    replicate = floats(columns["replicate"]).astype(np.int64)
    worlds, world = np.unique(np.stack([future, replicate]), axis=1, return_inverse=True)
    row = np.array([[p.name for p in policies].index(name) for name in names])[policy]
    if np.unique(np.stack([row, world.ravel()]), axis=1).shape[1] < row.size:
        raise InputError(f"{path.name}: a run appears twice (same policy, future and replicate)")
    has_run = np.zeros((len(policies), worlds.shape[1]), dtype=bool)
    has_run[row, world.ravel()] = True
    metrics = {}
    for name in METRICS:
        metrics[name] = np.full(has_run.shape, math.nan)
        metrics[name][row, world.ravel()] = floats(columns[name])
    years = _policy_years(folder / "series.parquet")
    is_draw = np.array([name in drawn for name in futures])
    return ResultTables(
        folder, policies, futures, is_draw, worlds[0], worlds[1], has_run, metrics, years
    )


def baseline_communities(results: ResultTables, columns: Sequence[str]) -> dict[str, FloatArray]:
    """Every community of every baseline run: `world` and the columns, each (rows,).

    Community ids are not even read: no figure may point at a place.
    """
    kept: dict[str, list[FloatArray]] = {name: [] for name in ("world", *columns)}
    for policy, world, batch in run_batches(results, "communities.parquet", columns):
        mine = policy == results.position(results.baseline)
        kept["world"].append(world[mine].astype(np.float64))
        for name in columns:
            kept[name].append(floats(batch[name])[mine])
    return {name: np.concatenate(parts) for name, parts in kept.items()}


def _class_sums(results: ResultTables) -> dict[str, FloatArray]:
    shape = (len(results.policies), results.future.size, N_PLACES)
    size = math.prod(shape)
    sums = {name: np.zeros(size) for name in SUMMED}
    rows = np.zeros(size)
    wanted = (*SUMMED, "place_class")
    for policy, world, batch in run_batches(results, "communities.parquet", wanted):
        cell = (policy * shape[1] + world) * N_PLACES + place_codes(batch["place_class"])
        rows += np.bincount(cell, minlength=size)
        for name in SUMMED:
            sums[name] += np.bincount(cell, weights=floats(batch[name]), minlength=size)
    absent = rows.reshape(shape).sum(axis=2) == 0
    if np.any(absent & results.has_run):
        raise InputError("communities.parquet: lacks runs that runs.parquet has")
    for name in SUMMED:
        sums[name] = sums[name].reshape(shape)
        sums[name][absent] = math.nan
    return sums


def run_batches(
    results: ResultTables, file: str, columns: Sequence[str]
) -> Iterator[tuple[IntArray, IntArray, dict[str, Any]]]:
    """Policy and world position of each row, and the columns, piece by piece of a table of runs."""
    path = results.folder / file
    wanted = ("policy", "future", "replicate", *columns)
    names = [policy.name for policy in results.policies]
    most = int(results.replicate.max()) + 1
    keys = results.future * most + results.replicate
    for batch in _batches(path, wanted):
        policy = _positions(path, batch["policy"], names)
        future = _positions(path, batch["future"], results.futures)
        replicate = floats(batch["replicate"]).astype(np.int64)
        key = future * most + replicate
        world = np.minimum(np.searchsorted(keys, key), keys.size - 1)
        found = (keys[world] == key) & (replicate < most) & results.has_run[policy, world]
        if not found.all():
            raise InputError(f"{path.name}: holds runs that runs.parquet does not have")
        yield policy, world, batch


def place_codes(column: Any) -> IntArray:
    """Place class 0..3 of each row, from numbers or from words."""
    if pa.types.is_integer(column.type):
        return floats(column).astype(np.int64)
    names, codes = coded(column)
    known = {name: k for k, name in enumerate(CLASSES)}
    for name in names:
        if name.replace("_", " ") not in known:
            raise InputError(f"place_class: {name}: must be one of: {', '.join(CLASSES)}")
    return np.array([known[name.replace("_", " ")] for name in names])[codes]


def _positions(path: Path, column: Any, choices: Sequence[str]) -> IntArray:
    """Where each row's text stands in `choices`."""
    names, codes = coded(column)
    for name in names:
        if name not in choices:
            raise InputError(f"{path.name}: {name!r} has no run in runs.parquet")
    return np.array([choices.index(name) for name in names], dtype=np.int64)[codes]


def coded(column: Any) -> tuple[list[str], IntArray]:
    """The texts that occur in a text or dictionary column, and each row's position in them."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    codes = column.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    texts = [str(text) for text in column.dictionary.to_pylist()]
    used, codes = np.unique(codes, return_inverse=True)
    return [texts[k] for k in used], codes


def floats(column: Any) -> FloatArray:
    array: FloatArray = column.to_numpy(zero_copy_only=False).astype(np.float64)
    return array


def lacking(results: ResultTables, file: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that a table of the results does not have; all of them if there is no table."""
    path = results.folder / file
    names = column_names(path) if path.exists() else set()
    return tuple(name for name in columns if name not in names)


def _read(path: Path, columns: Sequence[str]) -> dict[str, Any]:
    texts = [name for name in columns if name in TEXTS]
    table = read_parquet(path, texts, [name for name in columns if name not in TEXTS])
    if table.num_rows == 0:
        raise InputError(f"{path}: no runs; {again(path.parent)}")
    return {name: table.column(name).combine_chunks() for name in columns}


def _batches(path: Path, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    texts = [name for name in columns if name in TEXTS]
    numbers = [name for name in columns if name not in (*TEXTS, *EITHER)]
    with opened(path, texts, numbers) as file, readable(path):
        absent = [name for name in columns if name not in file.schema_arrow.names]
        if absent:
            raise InputError(f"{path}: has no column {', '.join(absent)}; {again(path.parent)}")
        for batch in file.iter_batches(columns=list(columns), batch_size=BATCH_ROWS):
            yield {name: batch.column(name) for name in columns}


def _policy_years(path: Path) -> int | None:
    """Policy years, from the last month of the series; None when it holds no policy month."""
    last = max((int(floats(b["month"]).max()) for b in _batches(path, ("month",))), default=0)
    return (last + 1 - BURN_IN_MONTHS) // 12 or None if last >= BURN_IN_MONTHS else None


def _listed(folder: Path) -> tuple[tuple[ShownPolicy, ...], str, frozenset[str]]:
    """All policies in the experiment's order, the baseline's name, and the futures drawn."""
    manifest = read_manifest(folder, OF_FIGURES)
    baseline = manifest["baseline"]
    policies: list[ShownPolicy] = []
    for entry in manifest["policies"]:
        kind = (entry["name"] == baseline, bool(entry.get("is_oracle", False)))
        order = sum((p.is_baseline, p.is_oracle) == kind for p in policies)
        policies.append(ShownPolicy(entry["name"], order, *kind))
    drawn = (manifest.get("config") or {}).get("sampled_futures", ())
    return tuple(policies), baseline, frozenset(map(str, drawn))
