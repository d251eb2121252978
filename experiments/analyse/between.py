"""What changed between two results folders of one region: in settings, and in outcomes.

A change of outcome is what a policy has in the second folder minus what it has in the first, in the
futures that both have. Where the worlds are the same (seed, horizon and all that a future sets are
equal, and the code, or else every run of the baseline) it is taken world by world, so that luck
common to both drops out; else the two means are independent, and the interval is Welch's.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from streetlight.experiments.analyse.intervals import Estimate, estimate, interval
from streetlight.experiments.analyse.measures import FALLS, RISES, SAME, UNSURE
from streetlight.experiments.analyse.study import Study, open_study
from streetlight.experiments.analyse.values import Worlds, defined, read_worlds
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.running.reading import column_names
from streetlight.experiments.schema.names import value_in_words
from streetlight.model.arrays import FloatArray
from streetlight.model.errors import InputError

#: Entries of the configuration that follow from others, or are no settings.
NO_SETTINGS = (
    "name", "region_fingerprint", "youth_by_class", "youth", "communities", "sampled_futures",
)  # fmt: skip
#: Mappings whose entries are named: one that only one folder has is one change.
NAMED = ("policies", "futures", "metrics")
ABSENT = "not there"


class SettingChange(NamedTuple):
    """A setting by its dotted key, with its value in the first folder and in the second."""

    key: str
    old: Any
    new: Any


class OutcomeChange(NamedTuple):
    """What a policy has in a metric in both folders; future "" is the mean over the shared ones.

    paired: whether it was taken world by world; verdict: rises, falls, the same or cannot tell.
    """

    metric: str
    policy: str
    future: str
    old: float
    new: float
    difference: float
    low: float
    high: float
    paired: bool
    verdict: str

    @property
    def unit(self) -> str:
        """Unit of the metric."""
        return METRICS[self.metric].unit


@dataclass(frozen=True)
class Between:
    """Two studies, the settings that differ, and how outcomes do.

    futures: those that both have; unlike: of these, in which the worlds are not the same; only_old,
    only_new: policies that one folder alone has.
    """

    old: Study
    new: Study
    settings: tuple[SettingChange, ...]
    outcomes: tuple[OutcomeChange, ...]
    futures: tuple[str, ...]
    unlike: tuple[str, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]

    def over_all(self) -> list[OutcomeChange]:
        """Changes of the means over the shared futures."""
        return [one for one in self.outcomes if not one.future]

    def apart(self) -> list[OutcomeChange]:
        """Single futures whose change surely has another direction than that over all."""
        whole = {(one.metric, one.policy): one.verdict for one in self.over_all()}
        return [
            one
            for one in self.outcomes
            if one.future
            and one.verdict in (RISES, FALLS)
            and one.verdict != whole[one.metric, one.policy]
        ]

    def pairing(self) -> str:
        """In a sentence, how the worlds of both were held against each other."""
        if not self.unlike:
            return "Both ran the same worlds, so changes are taken world by world."
        if len(self.unlike) == len(self.futures):
            return "The worlds of both differ (*), so changes hold the luck of both."
        names = ", ".join(self.unlike)
        return f"Changes are taken world by world but for {names}, where the worlds differ (*)."


def between(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> Between:
    """What changed from one results folder to another.

    InputError when they are of different regions or share no policy, future or metric.
    """
    old, new = open_study(first), open_study(second)
    one_region(old, new)
    futures = shared([f.name for f in old.futures], [f.name for f in new.futures])
    plans = shared([p.name for p in old.every_plan], [p.name for p in new.every_plan])
    metrics = compared(old, new)
    for what, names in (("future", futures), ("policy", plans), ("metric", metrics)):
        if not names:
            raise InputError(f"{old.folder} and {new.folder}: have no {what} in common")
    values = tuple(read_worlds(one.folder, one.config, metrics) for one in (old, new))
    same_code = old.manifest.get("code_sha256") == new.manifest.get("code_sha256")
    baselines = old.baseline.name, new.baseline.name
    unlike = tuple(
        name for name in futures
        if decides(old, name) != decides(new, name)
        or not (same_code or same_runs(values, metrics, baselines, name))
    )  # fmt: skip
    outcomes = [
        change
        for metric in metrics
        for plan in plans
        for change in changes_of(values, metric, plan, futures, unlike)
    ]
    return Between(
        old, new, tuple(settings_between(old, new)), tuple(outcomes), tuple(futures), unlike,
        tuple(p.name for p in old.every_plan if p.name not in plans),
        tuple(p.name for p in new.every_plan if p.name not in plans),
    )  # fmt: skip


def one_region(old: Study, new: Study) -> None:
    """InputError unless both studies have the same communities."""
    prints = [one.config.get("region_fingerprint") for one in (old, new)]
    if prints[0] != prints[1] or prints[0] is None:
        sizes = [f"{one.folder} ({one.config['communities']:,})" for one in (old, new)]
        raise InputError(
            f"{' and '.join(sizes)}: are not of one region; outcomes of other communities cannot "
            "be held against each other"
        )


def shared(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Names that both have, in the order of the first."""
    return [name for name in first if name in second]


def compared(old: Study, new: Study) -> list[str]:
    """Metrics that either study compares and both have."""
    either = dict.fromkeys([*old.comparison.metrics, *new.comparison.metrics])
    both = [column_names(one.folder / "runs.parquet") for one in (old, new)]
    return [name for name in either if all(name in there for there in both)]


def decides(study: Study, future: str) -> list[Any]:
    """What the worlds of a future follow from, the code apart."""
    config = study.config
    return [config["seed"], config["horizon"], config["parameters"] | config["futures"][future]]


def same_runs(
    worlds: tuple[Worlds, ...], metrics: Sequence[str], plans: tuple[str, str], future: str
) -> bool:
    """Whether a policy has the same values in both, in each replicate of a future that both ran."""
    for metric in metrics:
        old, new = (
            values_of(one, metric, plan, [future])[0]
            for one, plan in zip(worlds, plans, strict=True)
        )
        n = min(len(old), len(new))
        if not np.array_equal(old[:n], new[:n], equal_nan=True):
            return False
    return True


# Settings


def settings_between(old: Study, new: Study) -> Iterator[SettingChange]:
    """The settings that differ, in the order of the first; the model's code among them."""
    configs = [
        {key: value for key, value in one.config.items() if key not in NO_SETTINGS}
        for one in (old, new)
    ]
    yield from differing(configs[0], configs[1])
    codes = [str(one.manifest.get("code_sha256"))[:12] for one in (old, new)]
    if codes[0] != codes[1]:
        yield SettingChange("the model's code", *codes)


def differing(
    old: Mapping[str, Any], new: Mapping[str, Any], at: str = ""
) -> Iterator[SettingChange]:
    """Where two mappings differ, by dotted key."""
    for key in dict.fromkeys([*old, *new]):
        name = f"{at}.{key}" if at else key
        first, second = old.get(key, ABSENT), new.get(key, ABSENT)
        if first == second or (at.startswith("policies.") and key == "name"):
            continue
        if isinstance(first, Mapping) and isinstance(second, Mapping):
            yield from differing(first, second, name)
        elif at in NAMED and ABSENT in (first, second):
            there = ("there" if one is not ABSENT else ABSENT for one in (first, second))
            yield SettingChange(name, *there)
        else:
            yield SettingChange(name, first, second)


# Outcomes


def changes_of(
    worlds: tuple[Worlds, ...],
    metric: str,
    plan: str,
    futures: Sequence[str],
    unlike: Sequence[str],
) -> Iterator[OutcomeChange]:
    """The changes of one policy in one metric: over all shared futures, and in each."""
    old, new = (values_of(one, metric, plan, futures) for one in worlds)
    for k, future in ((slice(None), ""), *((slice(f, f + 1), n) for f, n in enumerate(futures))):
        paired = not unlike if future == "" else future not in unlike
        yield change_of(old[k], new[k], metric, plan, future, paired)


def values_of(worlds: Worlds, metric: str, plan: str, futures: Sequence[str]) -> FloatArray:
    """A policy's values (F, R) in the shared futures."""
    rows = [worlds.futures.index(name) for name in futures]
    values: FloatArray = defined(worlds.values[metric])[worlds.policies.index(plan)][rows]
    return values


def change_of(
    old: FloatArray, new: FloatArray, metric: str, plan: str, future: str, paired: bool
) -> OutcomeChange:
    """One change, from values (F, R) of both."""
    first, second = estimate(old), estimate(new)
    if paired:
        n = min(old.shape[1], new.shape[1])
        pairs = new[:, :n] - old[:, :n]
        found = estimate(pairs)
        there = np.isfinite(pairs)
        first, second = (estimate(np.where(there, one[:, :n], math.nan)) for one in (old, new))
        mean, (low, high) = found.mean, found.interval()
    else:
        mean, (low, high) = second.mean - first.mean, welch(first, second)
    verdict = UNSURE
    if low == high == 0:
        verdict = SAME
    elif low > 0 or high < 0:
        verdict = RISES if low > 0 else FALLS
    return OutcomeChange(
        metric, plan, future, first.mean, second.mean, mean, low, high, paired, verdict
    )


def welch(first: Estimate, second: Estimate) -> tuple[float, float]:
    """95% interval of the difference of two independent means (Welch 1938)."""
    parts = [(one.variance, one.df) for one in (first, second)]
    total = sum(variance for variance, _ in parts)
    below = sum(variance**2 / df for variance, df in parts if variance > 0)
    df = total**2 / below if total > 0 and below > 0 else min(df for _, df in parts)
    return interval(second.mean - first.mean, total, df)


# Words


def in_words(value: Any) -> str:
    """A setting's value as text."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {in_words(one)}" for key, one in value.items()) or "nothing"
    return "none" if value is None else value_in_words(value)


def amount(value: float, *, sign: bool = False) -> str:
    """A number to three digits, blank where undefined."""
    if value != value:
        return ""
    if value == 0:
        return "0"
    return f"{value:{'+' if sign else ''}{',.0f' if abs(value) >= 1000 else '.3g'}}"
