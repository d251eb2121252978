"""The whole comparison of a results folder: differences, the best, robustness, Pareto front."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from streetlight.experiments.analyse.best import may_be_best
from streetlight.experiments.analyse.differences import Difference, differences
from streetlight.experiments.analyse.pareto import NEEDED, Place, pareto
from streetlight.experiments.analyse.regret import Regret, regret_rows
from streetlight.experiments.analyse.robustness import Robustness, robustness
from streetlight.experiments.analyse.values import Worlds, defined, read_worlds, sign_of
from streetlight.experiments.currency import DOLLARS, speaking
from streetlight.experiments.experiment import ComparedMetric
from streetlight.experiments.metrics import METRICS, OF_GAIN
from streetlight.experiments.running.reading import A_FOLDER, OF_CONFIG, column_names, read_manifest
from streetlight.model.arrays import FloatArray
from streetlight.model.calling import explained, path_of
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.names import LEVER_NAMES


@dataclass(frozen=True, eq=False)
class Comparison:
    """All differences, policy by policy; `primary` is the metric that decides the verdicts.

    baseline: what the differences are to; metrics: what is compared, as the configuration has it;
    origin: the experiment's own baseline, of which levels and amounts are shares; levers: what the
    policies buy, in the order of their names. What else there is to know is worked out when asked.

    >>> comparison = sl.compare("results/tiny")
    >>> comparison
    <Comparison of "Tiny: does it run?": 2 policies to none, by averted_person_years, 12 runs>
    >>> row = comparison.row("per_youth", "identified")
    >>> row.difference, row.unit, row.verdict
    (15.25, 'youth', 'cannot tell yet (about 1 more replicate)')
    """

    title: str
    baseline: str
    primary: str
    rows: list[Difference]
    worlds: Worlds
    metrics: Mapping[str, Mapping[str, Any]]
    origin: str
    levers: tuple[str, ...] = ()
    currency: str = DOLLARS

    def __repr__(self) -> str:
        n = len({row.policy for row in self.rows})
        return (
            f'<Comparison of "{self.title}": {n} policies to {self.baseline}, '
            f"by {self.primary}, {self.n_runs:,} runs>"
        )

    @property
    def n_runs(self) -> int:
        """Runs that are there."""
        return self.worlds.n_runs

    @property
    def n_expected(self) -> int:
        """Runs that were asked for."""
        return self.worlds.n_expected

    def row(self, policy: str, metric: str) -> Difference:
        """The row of one policy and metric; KeyError when there is none."""
        for row in self.rows:
            if (row.policy, row.metric) == (policy, metric):
                return row
        raise KeyError((policy, metric))

    def policies(self, *, reference: bool = False) -> list[str]:
        """Policies, best mean of the primary metric first; or the oracles, which have no rank."""
        rows = [r for r in self.rows if r.metric == self.primary and r.reference == reference]
        if not reference:
            sign = {"more": -1.0, "less": 1.0}
            rows.sort(key=lambda r: (math.isnan(r.difference), sign[r.direction] * r.difference))
        return [row.policy for row in rows]

    @property
    def _origin(self) -> int:
        return self.worlds.policies.index(self.origin)

    def gains(self, metric: str) -> FloatArray:
        """A metric's values (P, F, R), counted so that more is better."""
        about = self.metrics[metric]
        return sign_of(about) * defined(self.worlds.values[about["name"]])

    def may_be_best(self, metric: str | None = None) -> list[str]:
        """Policies, the baseline among them, that may be the best in a metric, with 95%.

        metric: by default the primary one.
        """
        values = self.gains(metric or self.primary)
        there = np.isfinite(values).any(axis=(1, 2)) & ~self.worlds.references
        rows = np.flatnonzero(there)
        if not len(rows):
            return []
        found = may_be_best(values[rows])
        return [self.worlds.policies[p] for p, kept in zip(rows, found, strict=True) if kept]

    @cached_property
    def robustness(self) -> list[Robustness]:
        """A row a policy and metric."""
        return [
            row for metric in self.metrics.values()
            for row in robustness(self.worlds, metric, self._origin)
        ]  # fmt: skip

    @cached_property
    def regret(self) -> list[Regret]:
        """Rows policy by policy and future by future, in the primary metric."""
        return regret_rows(self.worlds, self.metrics[self.primary], self._origin)

    @cached_property
    def pareto(self) -> list[Place]:
        """A row a policy."""
        return pareto(self.worlds, self.metrics[self.primary], self._origin)


@explained("compare")
def compare(
    folder: str | os.PathLike[str],
    config: Mapping[str, Any] | None = None,
    *,
    metric: str | None = None,
    against: str | None = None,
) -> Comparison:
    """The comparison of a results folder; InputError when it holds no runs.

    config: the resolved configuration, by default the manifest's; metric: compare by this one
    alone; against: take differences to this policy in the place of the baseline. InputError also
    for a metric or policy that is not there.

    >>> comparison = sl.compare("results/tiny", metric="identified", against="equal_shares")
    >>> [row.policy for row in comparison.rows]
    ['none', 'per_youth']
    """
    folder = path_of("folder", folder, A_FOLDER)
    if config is None:
        config = read_manifest(folder, OF_CONFIG)["config"]
    metrics = chosen(config["metrics"], metric)
    policies = list(config["policies"])
    against = config["baseline"] if against is None else against
    if against not in policies:
        meant = did_you_mean(against, policies)
        raise InputError(
            f"--against: {against or 'empty'}: no such policy here{meant}; there are "
            f"{', '.join(policies)}"
        )
    shares = {
        one[key] for one in metrics.values() for key in ("relative_to", "enough_relative_to")
        if one.get(key) not in (None, "", OF_GAIN)
    }  # fmt: skip
    extra = set(NEEDED) & column_names(folder / "runs.parquet")
    worlds = read_worlds(folder, config, {one["name"] for one in metrics.values()} | shares | extra)
    position, origin = policies.index(against), policies.index(config["baseline"])
    with speaking(config):
        found = [differences(worlds, one, position, origin) for one in metrics.values()]
    levers = set[str]().union(*map(levers_bought, config["policies"].values()))
    return Comparison(
        title=config["title"],
        baseline=against,
        primary=next(iter(metrics)),
        rows=[row for rows in zip(*found, strict=True) for row in rows],
        worlds=worlds,
        metrics=metrics,
        origin=config["baseline"],
        levers=tuple(name for name in LEVER_NAMES if name in levers),
        currency=config.get("currency", DOLLARS),
    )


def chosen(
    metrics: Mapping[str, Mapping[str, Any]], name: str | None
) -> dict[str, Mapping[str, Any]]:
    """The metrics to compare by: the configuration's, or one, by its own defaults if not there."""
    if name is None:
        return dict(metrics)
    if name in metrics:
        return {name: metrics[name]}
    if name not in METRICS:
        meant = did_you_mean(name, METRICS)
        raise InputError(f"--metric: {name or 'empty'}: no such metric{meant}")
    return {name: asdict(ComparedMetric.default(name))}


def levers_bought(policy: Mapping[str, Any]) -> set[str]:
    """Levers that a policy, as it describes itself, or the parts it is made of may spend on.

    Those of its mix; a planner that does not hold the mix may buy all that moves the truth, and
    audits buy surveys beside it.
    """
    if not policy["budget"]:
        return set()
    parts = [part for _, part in [*policy.get("blend", ()), *policy.get("schedule", ())]]
    if parts:
        return set[str]().union(*map(levers_bought, parts))
    if policy["settings"].get("hold_mix") == 0.0:
        return set(LEVER_NAMES) - {"survey", "recording"}
    asks = bool(policy["settings"].get("surveyed"))
    mixes = policy["mix"], *policy.get("class_mixes", {}).values()
    return set[str]().union(*mixes, {"survey"} if asks else ())
