"""The difference between two policies in every sampled future, which the drivers explain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.analyse.intervals import by_future, estimate, interval
from streetlight.experiments.analyse.leads import smallest
from streetlight.experiments.analyse.values import read_values
from streetlight.experiments.analyse.whole import compare
from streetlight.experiments.experiment import ComparedMetric
from streetlight.experiments.metrics import METRICS, OF_GAIN, title_of
from streetlight.experiments.running.reading import OF_CONFIG, read_manifest
from streetlight.model.arrays import FloatArray
from streetlight.model.errors import InputError, did_you_mean

#: Fewer sampled futures than this say nothing about what drives a difference.
FEWEST_FUTURES = 16


@dataclass(frozen=True)
class Pair:
    """Two policies, a metric, and the futures in which both were run.

    differences: `policy` minus `against` in the same worlds, (n futures, replicates), in the
    metric's unit, NaN where a run is missing; matters: smallest difference that matters, in the
    same unit, NaN where unknown; chosen: how the policies were chosen, in words; dropped: sampled
    futures without any pair; share_of: the metric of which `matters` was to be a share, where the
    baseline has nothing of it.
    """

    policy: str
    against: str
    metric: str
    direction: str
    futures: tuple[str, ...]
    differences: FloatArray
    matters: float
    chosen: str = ""
    dropped: int = 0
    share_of: str = ""

    @property
    def means(self) -> FloatArray:
        """Mean difference of each future over its replicates, (n,)."""
        return np.asarray(np.nanmean(self.differences, axis=1))

    @property
    def better(self) -> FloatArray:
        """The means counted so that more is better, (n,)."""
        return self.means if self.direction == "more" else -self.means

    @property
    def intervals(self) -> FloatArray:
        """95% Monte-Carlo interval of each future's `better`, (n, 2); NaN with one replicate."""
        sign = 1.0 if self.direction == "more" else -1.0
        n, means, variances = by_future(sign * self.differences[None])
        rows = zip(means[0], variances[0], n - 1, strict=True)
        return np.array([interval(*row) for row in rows])

    @property
    def noise_share(self) -> float:
        """Share of the variance of the means over futures that is Monte-Carlo error.

        Mean over futures of s^2 / r, over the variance of the means; NaN when a future has one
        replicate. At most 1.
        """
        n = np.sum(~np.isnan(self.differences), axis=1)
        total = float(self.means.var(ddof=1))
        if n.min() < 2 or total == 0.0:
            return math.nan
        own = np.nanvar(self.differences, axis=1, ddof=1) / n
        return min(1.0, float(own.mean()) / total)

    @property
    def is_luck(self) -> bool:
        """Whether most of what differs between futures is luck, or nothing differs at all."""
        return self.noise_share >= 0.5 or not self.means.any()

    @property
    def left_out(self) -> list[str]:
        """What was left out, in words."""
        if not self.dropped:
            return []
        return [f"{self.dropped} sampled futures have no finished pair of runs and are out"]

    @property
    def notes(self) -> list[str]:
        """What was left out, and whether the smallest difference that matters is not known."""
        notes = self.left_out
        if self.share_of:
            notes.append(
                "the smallest difference that matters is a share of the baseline's "
                f"{title_of(self.share_of)}, which is 0 or unknown there, so any difference "
                "counts as a failure unless --threshold says otherwise"
            )
        return notes

    @property
    def unit(self) -> str:
        """Unit of the metric."""
        return METRICS[self.metric].unit

    @property
    def title(self) -> str:
        """The metric in words."""
        return METRICS[self.metric].title


def results_config(folder: Path) -> dict[str, Any]:
    """The resolved configuration of a results folder; InputError when it holds none."""
    manifest = read_manifest(folder, OF_CONFIG, {"config": {"name": str, "parameters": dict}})
    config: dict[str, Any] = manifest["config"]
    return config


def read_pair(
    folder: Path,
    config: Mapping[str, Any],
    futures: Sequence[str],
    policy: str | None = None,
    against: str | None = None,
    metric: str | None = None,
) -> Pair:
    """The difference between two policies in those of `futures` in which both were run.

    Without names: the best ranked policy against the next best with the same budget from which it
    differs by more than luck (`Pair.is_luck`; else the next best), or against the baseline when
    none has its budget. InputError for an unknown name, and with fewer than 16 futures.
    """
    metric = chosen_metric(config, metric)
    policy, rivals, chosen = chosen_policies(folder, config, policy, against)
    own = ComparedMetric.default(metric)
    matters, relative_to, direction = own.matters, own.relative_to, str(own.direction)
    if metric in config["metrics"]:
        entry = config["metrics"][metric]
        matters, relative_to = entry["matters"], entry["relative_to"]
        direction = entry["direction"]
    policies, names = list(config["policies"]), list(config["futures"])
    if relative_to == OF_GAIN:
        matters, relative_to = share_of_gain(folder, config, metric), ""
    needed = {metric, relative_to} - {""}
    values, _ = read_values(folder, needed, policies, names, int(config["replications"]))
    rows = [names.index(future) for future in futures]
    if relative_to:
        baseline = values[relative_to][policies.index(config["baseline"])]
        level = abs(estimate(baseline[rows]).mean)
        matters = matters * level if level > 0.0 else math.nan

    def pair(rival: str) -> Pair:
        first, second = policies.index(policy), policies.index(rival)
        differences = (values[metric][first] - values[metric][second])[rows]
        there = ~np.isnan(differences).all(axis=1)
        kept = tuple(name for name, has in zip(futures, there, strict=True) if has)
        enough(folder, len(kept), len(rows) - len(kept))
        return Pair(
            policy, rival, metric, direction, kept, differences[there], float(matters),
            chosen.format(against=rival), len(rows) - len(kept),
            relative_to if math.isnan(matters) else "",
        )  # fmt: skip

    found = pair(rivals[0])
    if found.is_luck and len(rivals) > 1:
        found = next((one for one in map(pair, rivals[1:]) if not one.is_luck), found)
    return found


def share_of_gain(folder: Path, config: Mapping[str, Any], metric: str) -> float:
    """The smallest difference that matters where it is a share of the gain; NaN without a gain."""
    matters = smallest(compare(folder, config), metric)
    return matters if math.isfinite(matters) else math.nan


def enough(folder: Path, n: int, dropped: int = 0) -> None:
    """InputError when there are too few sampled futures to say anything."""
    if n < FEWEST_FUTURES:
        without = f" ({dropped} more have no finished pair of runs)" if dropped else ""
        raise InputError(
            f"{folder}: {n} sampled futures{without} are too few to say what drives a difference; "
            f"at least {FEWEST_FUTURES} are needed, and 64 are a fair start: raise `n` under "
            "`futures: sampled:` in the experiment file and run it again"
        )


def chosen_metric(config: Mapping[str, Any], metric: str | None) -> str:
    """The metric asked for, or the first of the experiment."""
    if metric is None:
        return str(next(iter(config["metrics"])))
    if metric not in METRICS:
        raise InputError(f"--metric: {metric}: no such metric{did_you_mean(metric, METRICS)}")
    return metric


def chosen_policies(
    folder: Path, config: Mapping[str, Any], policy: str | None, against: str | None
) -> tuple[str, list[str], str]:
    """The policy, those it may be held against, and how they were chosen in words."""
    known = list(config["policies"])
    for option, name in (("--policy", policy), ("--against", against)):
        if name is not None and name not in known:
            raise InputError(
                f"{option}: {name}: no such policy here{did_you_mean(name, known)}; there are "
                f"{', '.join(known)}"
            )
    baseline = str(config["baseline"])
    ranked = compare(folder, config).policies() if policy is None or against is None else []
    words = []
    if policy is None:
        left = [name for name in ranked if name != against]
        if not left:
            raise InputError(f"{folder}: holds no policy besides the baseline; nothing to compare")
        fair = [
            one
            for one in left
            if alike_in_money(config, one, left if against is None else [against])
        ]
        policy = (fair or left)[0]
        of = "the experiment" if policy == left[0] else "those with a budget that others have"
        words.append(f"{policy} is the best ranked of {of}")
    rivals = [against] if against is not None else alike_in_money(config, policy, ranked)
    if against is None:
        place = (
            "the best ranked of the others with its budget, those left out from which it differs "
            "by luck alone" if rivals else "the baseline"
        )  # fmt: skip
        words.append(f"{{against}} is {place}")
    rivals = rivals or [baseline]
    if policy in rivals:
        raise InputError(f"--against: {policy}: is the same policy; name another")
    return policy, rivals, "; ".join(words)


def alike_in_money(config: Mapping[str, Any], policy: str, others: Sequence[str]) -> list[str]:
    """Those of other policies that have a policy's budget, in their order."""
    budget = {name: about["budget"] for name, about in config["policies"].items()}
    return [one for one in others if one != policy and budget[one] == budget[policy]]
