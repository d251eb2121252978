"""What is compared: metrics of every policy in the worlds that are complete.

A world is one (future, replicate). It is complete when every policy has a run in it; the others
are dropped and counted, because a mean over unlike worlds would mix policy and luck. A policy
without any run is set aside, so that one broken rule does not empty the comparison. Futures may
have different numbers of replicates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streetlight.experiments.analyse.intervals import estimate
from streetlight.experiments.metrics import OF_WORST_CLASS
from streetlight.experiments.running.columns import numbers_in
from streetlight.experiments.running.reading import again, misfit, read_parquet
from streetlight.model.arrays import BoolArray, FloatArray
from streetlight.model.errors import InputError
from streetlight.model.names import CLASSES, FEWEST_YOUTH


@dataclass(frozen=True)
class Dropped:
    """What a comparison leaves out.

    absent: policies without any run; worlds: worlds begun but not complete for the others; runs:
    runs that are there and not used; missing: a policy and the number of begun worlds it lacks.
    """

    absent: tuple[str, ...] = ()
    worlds: int = 0
    runs: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)

    def in_words(self) -> list[str]:
        """A line each, for people; none when nothing was dropped."""
        lines = []
        if self.absent:
            lines.append(f"set aside, without any finished run: {', '.join(self.absent)}")
        if self.worlds:
            lacking = ", ".join(f"{name} in {n}" for name, n in self.missing.items())
            lines.append(
                f"dropped: {self.worlds} worlds ({self.runs} finished runs) that are not complete "
                f"for all policies; missing: {lacking}"
            )
        return lines


@dataclass(frozen=True, eq=False)
class Worlds:
    """Metrics of all policies in the complete worlds.

    values: a metric's values (P, F, R), NaN where there is no run or its world is not complete;
    references: whether a policy is an oracle (P,); sampled: whether a future was drawn (F,);
    n_runs, n_expected: runs that are there, and that were asked for; used: which worlds are
    complete (F, R).
    """

    policies: tuple[str, ...]
    futures: tuple[str, ...]
    references: BoolArray
    sampled: BoolArray
    values: Mapping[str, FloatArray]
    n_runs: int
    n_expected: int
    dropped: Dropped = Dropped()
    used: BoolArray = field(default_factory=lambda: np.zeros((0, 0), dtype=bool))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Policies, futures, and the largest number of replicates."""
        return len(self.policies), len(self.futures), self.used.shape[1]


def read_worlds(folder: Path, config: Mapping[str, Any], metrics: Iterable[str]) -> Worlds:
    """The complete worlds of a results folder. InputError when it holds no runs or metric.

    config: the resolved configuration, as the manifest has it.
    """
    policies, futures = list(config["policies"]), list(config["futures"])
    most = int(config["replications"])
    wanted = set(metrics)
    worst = wanted & set(OF_WORST_CLASS)
    youth = {"youth_by_class": dict.fromkeys(CLASSES, (int, float))}
    if worst and (problem := misfit(config, youth)):
        raise InputError(f"{folder}: manifest.json is damaged (config.{problem}); {again(folder)}")
    by_class = {name: classes_of(OF_WORST_CLASS[name], config) for name in worst}
    wanted = wanted.union(*by_class.values())
    values, there = read_values(folder, wanted, policies, futures, most)
    begun = there.any(axis=0)
    n_worlds = int(begun.sum()) if config.get("precision") else len(futures) * most
    used, dropped = complete(there, policies)
    drawn = set(config.get("sampled_futures", ()))
    for name, parts in by_class.items():
        classes = [np.where(used, values[one], math.nan) for one in parts]
        values[name] = worst_off(classes, values[name])
    return Worlds(
        policies=tuple(policies),
        futures=tuple(futures),
        references=np.array([bool(config["policies"][p]["uses_oracle"]) for p in policies]),
        sampled=np.array([name in drawn for name in futures]),
        values={name: np.where(used, array, math.nan) for name, array in values.items()},
        n_runs=int(there.sum()),
        n_expected=len(policies) * n_worlds,
        dropped=dropped,
        used=used,
    )


def classes_of(metric: str, config: Mapping[str, Any]) -> list[str]:
    """The metric in each place class with enough youth, as columns of runs.parquet."""
    youth = config["youth_by_class"]
    kept = [name for name in CLASSES if youth[name] >= FEWEST_YOUTH]
    return [f"{metric}_{name.replace(' ', '_')}" for name in kept]


def worst_off(classes: list[FloatArray], values: FloatArray) -> FloatArray:
    """The values (P, F, R) of the class in which each policy does worst by its mean.

    classes: each class's values (P, F, R); values: the shape, all NaN where there is no class. The
    class is chosen once a policy, by the mean over futures of the means over replicates: the mean
    of each run's own lowest class would lie below every class's mean, by luck alone.
    """
    worst = np.full(values.shape, math.nan)
    for p in range(len(worst)):
        means = [estimate(one[p]).mean for one in classes]
        if not all(map(math.isnan, means)):
            worst[p] = classes[int(np.nanargmin(means))][p]
    return worst


def complete(there: BoolArray, policies: list[str]) -> tuple[BoolArray, Dropped]:
    """Which worlds (F, R) are complete, and what is dropped; there: the runs (P, F, R)."""
    present: BoolArray = np.any(there, axis=(1, 2))
    if not present.any():
        return np.zeros(there.shape[1:], dtype=bool), Dropped(absent=tuple(policies))
    used: BoolArray = np.all(there[present], axis=0)
    partly = np.any(there, axis=0) & ~used
    lacking = (~there & partly).sum(axis=(1, 2))
    return used, Dropped(
        absent=tuple(name for name, any_run in zip(policies, present, strict=True) if not any_run),
        worlds=int(partly.sum()),
        runs=int((there & partly).sum()),
        missing={
            name: int(n)
            for name, n, any_run in zip(policies, lacking, present, strict=True)
            if n and any_run
        },
    )


def sign_of(metric: Mapping[str, Any]) -> float:
    """1 where more of a metric, as the configuration describes it, is better; else -1."""
    return 1.0 if metric["direction"] == "more" else -1.0


def defined(values: FloatArray) -> FloatArray:
    """The values (P, F, R) with each world left out in which a policy's metric is undefined.

    A policy for which it is undefined in every world keeps no value and takes no world along.
    """
    finite = np.isfinite(values)
    some: BoolArray = np.any(finite, axis=(1, 2))
    if not some.any():
        return np.full(values.shape, math.nan)
    return np.where(finite[some].all(axis=0) & some[:, None, None], values, math.nan)


def read_values(
    folder: Path, metrics: Iterable[str], policies: list[str], futures: list[str], most: int
) -> tuple[dict[str, FloatArray], BoolArray]:
    """Values of each metric (P, F, R), NaN where there is no run; and where there is one (P, F, R).

    most: the largest number of replicates of a future, R.
    """
    path = folder / "runs.parquet"
    names = sorted(metrics)
    table = read_parquet(path, ("policy", "future"), ("replicate", *names))
    if not table.num_rows:
        raise InputError(f"{path}: holds no runs; {again(folder)}")
    place = (
        indices(path, table["policy"].to_pylist(), policies, "policy"),
        indices(path, table["future"].to_pylist(), futures, "future"),
        replicates(path, numbers_in(table["replicate"]), most),
    )
    shape = (len(policies), len(futures), most)
    there = np.zeros(shape, dtype=bool)
    there[place] = True
    if there.sum() < table.num_rows:
        raise InputError(
            f"{path}: holds a run twice (same policy, future and replicate); {again(folder)}"
        )
    values = {}
    for name in names:
        values[name] = np.full(shape, math.nan)
        values[name][place] = numbers_in(table[name])
    return values, there


def indices(path: Path, names: list[str], order: list[str], column: str) -> NDArray[np.intp]:
    """Position of each name in `order`; InputError for one that is not there."""
    position = {name: i for i, name in enumerate(order)}
    for name in dict.fromkeys(names):
        if name not in position:
            raise InputError(
                f"{path}: {column}: {name}: is not in manifest.json, as if the file were another "
                f"experiment's; {again(path.parent)}"
            )
    return np.array([position[name] for name in names], dtype=np.intp)


def replicates(path: Path, column: NDArray[Any], most: int) -> NDArray[np.intp]:
    """Numbers of replicates as positions; InputError unless each is below `most`."""
    for number in np.unique(column):
        if not (0 <= number < most and number == int(number)):
            raise InputError(
                f"{path}: replicate: {number:g}: must be 0 to {most - 1}, as manifest.json has it; "
                f"{again(path.parent)}"
            )
    return column.astype(np.intp)
