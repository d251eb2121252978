"""What the runs of an experiment cost, measured on this machine: one world, each rule once.

A region that is too large for the seconds allowed is represented by fewer of its communities, of
all sizes; seconds are then scaled by youth and communities, bytes by communities. Runs of many
communities take more than their share, see `growth`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from streetlight.experiments.experiment import Experiment, Future
from streetlight.experiments.quick import every_kth_by_size
from streetlight.experiments.running.cells import RULE_SECONDS, Engine, tables_of_run
from streetlight.model.communities.region import Region
from streetlight.model.errors import visible
from streetlight.model.money.asking import rules_within
from streetlight.model.money.policies import Policy
from streetlight.model.money.table import within

#: Seconds that a probe may take, not counting the loading of the model.
PROBE_SECONDS = 10.0
#: A larger region is tried with so many of its communities first.
FIRST_COMMUNITIES = 150
#: Futures whose worlds are tried, at the first size, to see how much they differ.
MOST_FUTURES = 8
#: The state of so many communities still fits the caches. Beyond, a run of ten years took a
#: community 0.138, 0.177 and 0.233 (per_youth), 0.115, 0.151 and 0.201 (last_years_counts)
#: microseconds a week at 8,000, 20,000 and 100,000 communities.
CACHED, GROWTH = 8000, 0.2


@dataclass(frozen=True)
class RunCost:
    """One run: seconds in the engine, seconds to write, bytes of its tables, of them in `runs`."""

    run_seconds: float
    write_seconds: float
    bytes: float
    runs_bytes: float = 0.0

    def scaled(self, seconds: float, size: float) -> RunCost:
        """The cost when seconds and bytes are so many times as much."""
        return RunCost(
            self.run_seconds * seconds,
            self.write_seconds * size,
            (self.bytes - self.runs_bytes) * size + self.runs_bytes,
            self.runs_bytes,
        )


@dataclass
class Probe:
    """Costs at the experiment's own size, and what they were measured on.

    policies: by name, also of those that were not run but share a rule with one that was;
    n_run: policies run; futures_factor: a future's world and baseline, in the mean over futures,
    against those of `future`; future_seconds: what a worker's first world of a future costs more
    than the next, since expectations are then kept; failures: policies that failed, and the error.
    """

    future: str
    communities: int = 0
    world_seconds: float = 0.0
    futures_factor: float = 1.0
    future_seconds: float = 0.0
    policies: dict[str, RunCost] = field(default_factory=dict)
    n_run: int = 0
    seconds: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)


def probe(
    experiment: Experiment,
    engine: Engine | None = None,
    *,
    most_seconds: float = PROBE_SECONDS,
    rule_seconds: float | None = RULE_SECONDS,
    clock: Callable[[], float] = time.perf_counter,
) -> Probe:
    """Measure one world of an experiment's first future, and one policy of every rule in it.

    rule_seconds: as in `runner.run`. An error of the engine in drawing the world or in the baseline
    is passed on.
    """
    with rules_within(rule_seconds):
        return _probe(experiment, engine, most_seconds, clock)


def _probe(
    experiment: Experiment,
    engine: Engine | None,
    most_seconds: float,
    clock: Callable[[], float],
) -> Probe:
    engine = engine or Engine.of_model()
    measure = Measure(experiment, engine, clock)
    whole = experiment.region
    tried = representatives(experiment.all_policies())
    measure(every_kth_by_size(whole, 4), tried)  # loads what is loaded once
    start = clock()
    part = every_kth_by_size(whole, FIRST_COMMUNITIES)
    result = measure.twice(part, tried)
    factor = measure.futures_factor(part)
    took = clock() - start
    affordable = int(part.n_communities * (most_seconds - took) / took) if took else 0
    larger = min(whole.n_communities, affordable)
    if larger > 2 * part.n_communities or part.n_communities < larger == whole.n_communities:
        part = every_kth_by_size(whole, larger)
        result = measure.twice(part, tried)
    result.futures_factor = factor
    result.n_run = len(result.policies)
    scale_up(result, part, whole)
    for policy in experiment.all_policies():
        stand_in = next(one for one in tried if one.rule is policy.rule)
        if stand_in.name in result.policies:
            result.policies[policy.name] = result.policies[stand_in.name]
    result.seconds = clock() - start
    return result


def representatives(policies: Sequence[Policy]) -> list[Policy]:
    """The first policy, the baseline, and the first of every other rule."""
    found: list[Policy] = []
    for policy in policies:
        if all(policy.rule is not one.rule for one in found):
            found.append(policy)
    return found


def growth(n_communities: int) -> float:
    """What a community costs a run, against one of a region that fits the caches."""
    return float(max(1.0, n_communities / CACHED) ** GROWTH)


def scale_up(result: Probe, part: Region, whole: Region) -> None:
    """Bring costs measured on a part of a region to the size of the whole."""
    size = whole.n_communities / part.n_communities
    youth = whole.total_youth / part.total_youth if part.total_youth else size
    seconds = (size + youth) / 2
    result.world_seconds *= seconds
    result.future_seconds *= seconds
    running = seconds * growth(whole.n_communities) / growth(part.n_communities)
    result.policies = {n: one.scaled(running, size) for n, one in result.policies.items()}


@dataclass
class Measure:
    """Draws a world of a region and runs policies on it, with a clock."""

    experiment: Experiment
    engine: Engine
    clock: Callable[[], float]

    def __call__(self, region: Region, policies: Sequence[Policy]) -> Probe:
        """The costs on this region, unscaled; the first policy is the baseline."""
        from streetlight.experiments.running.parts import TABLES
        from streetlight.experiments.running.tables import write_runs

        future, own = self.experiment.futures[0], self.experiment.own_metrics()
        start = self.clock()
        world = self._draw(region, future)
        result = Probe(future.name, region.n_communities, self.clock() - start)
        baseline = None
        with tempfile.TemporaryDirectory() as folder:
            for i, policy in enumerate(policies):
                start = self.clock()
                try:
                    here = within(policy, region.ids, region.population)
                    history = self.engine.run_policy(world, here)
                    baseline = history if i == 0 else baseline
                    tables = tables_of_run(self.engine, own, history, baseline)
                except Exception as error:
                    if i == 0:
                        raise
                    result.failures[policy.name] = visible(f"{type(error).__name__}: {error}")
                    continue
                ran = self.clock()
                part = write_runs(Path(folder), [(str(i), tables)])
                sizes = {name: part.path(name).stat().st_size for name in TABLES}
                result.policies[policy.name] = RunCost(
                    ran - start,
                    self.clock() - ran,
                    sum(sizes.values()),
                    sizes["runs"],
                )
        return result

    def twice(self, region: Region, policies: Sequence[Policy]) -> Probe:
        """The costs of a future's second world, and what its first costs more."""
        first, second = self(region, policies), self(region, policies)
        seconds = [
            one.world_seconds + sum(run.run_seconds for run in one.policies.values())
            for one in (first, second)
        ]
        second.future_seconds = max(0.0, seconds[0] - seconds[1])
        return second

    def futures_factor(self, region: Region) -> float:
        """World and baseline of several futures, in the mean, against those of the first."""
        every = self.experiment.futures
        n = min(len(every), MOST_FUTURES)
        chosen = [every[i * len(every) // n] for i in range(n)]
        if n == 1:
            return 1.0
        seconds = []
        baseline = within(self.experiment.baseline, region.ids, region.population)
        for future in chosen:
            self._draw(region, future)  # the first world of a future is another matter
            start = self.clock()
            self.engine.run_policy(self._draw(region, future), baseline)
            seconds.append(self.clock() - start)
        return fmean(seconds) / seconds[0] if seconds[0] else 1.0

    def _draw(self, region: Region, future: Future) -> object:
        # a shock names communities of the whole region, which a part of it may not have
        whole = region.n_communities == self.experiment.region.n_communities
        return self.engine.draw_world(
            future.parameters,
            region,
            seed=self.experiment.seed,
            future=future.name,
            replicate=0,
            years=self.experiment.horizon,
            shocks=future.shocks if whole else (),
        )
