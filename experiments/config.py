"""An experiment: read from a file by `load`, or built in Python with policies of your own.

experiment = load("experiments/first_look.yaml")
experiment = Experiment(name="mine", title="...", region=Region.us_counties(), policies=(...,))
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments import sampling
from experiments.config_checks import (
    checked_metrics,
    checked_overrides,
    checked_region,
    note_repeats,
    read_shape,
    unknown_parameter,
)
from experiments.config_files import find_config, read_files
from experiments.config_policies import checked_baseline, checked_policies
from experiments.metrics import DEFAULT_METRICS, METRICS, Direction
from experiments.schema import NAME_IN_WORDS, ExperimentFile, MetricChoice
from experiments.yaml_tree import Mark, Node, note
from model.errors import InputError, Problems
from model.parameters import Parameters
from model.policies import Policy, build
from model.policies.policy import NAME
from model.region import Region

QUICK_COMMUNITIES, QUICK_FUTURES, QUICK_REPLICATES = 150, 2, 2


class ConfigError(InputError):
    """An experiment that cannot be run, with every problem found in one pass."""


@dataclass(frozen=True)
class Future:
    """One setting of what nobody controls: its name, what it changes, all parameters in it."""

    name: str
    overrides: Mapping[str, Any]
    parameters: Parameters


@dataclass(frozen=True)
class ComparedMetric:
    """A metric as this experiment compares it.

    matters: smallest difference that matters, in the metric's unit, or, if `relative_to` is a
    metric's name, as a share of the baseline's value of that metric.
    """

    name: str
    direction: Direction
    matters: float
    relative_to: str = ""

    @classmethod
    def default(cls, name: str, choice: MetricChoice | None = None) -> ComparedMetric:
        """The metric with its own defaults, where `choice` says nothing else."""
        own = METRICS[name]
        direction = (choice and choice.direction) or own.direction
        matters = choice.smallest_difference_that_matters if choice else None
        if isinstance(matters, str):
            share = float(matters.rstrip("% ")) / 100
            return cls(name, direction, share, own.relative_to or name)
        if matters is not None:
            return cls(name, direction, float(matters))
        return cls(name, direction, own.matters, own.relative_to)


def the_central_future() -> tuple[Future, ...]:
    """The one future in which nothing is changed."""
    return (Future("central", {}, Parameters()),)


@dataclass(frozen=True)
class Experiment:
    """A question put to the model: every policy, in every future, `replications` times.

    policies are without the baseline, unless one of them is it; region_choice says in words of the
    file where the region comes from; sources are the files read.
    """

    name: str
    title: str
    region: Region
    policies: tuple[Policy, ...]
    question: str = ""
    region_choice: Any = "given in Python"
    horizon: int = 10
    overrides: Mapping[str, Any] = field(default_factory=dict)
    baseline: Policy = field(default_factory=lambda: build("none"))
    futures: tuple[Future, ...] = field(default_factory=the_central_future)
    metrics: tuple[ComparedMetric, ...] = tuple(map(ComparedMetric.default, DEFAULT_METRICS))
    replications: int = 4
    seed: int = 0
    quick: bool = False
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ConfigError(f"name: {self.name}: {NAME_IN_WORDS}")
        names = [policy.name for policy in self.all_policies()]
        if len(set(names)) < len(names):
            raise ConfigError(f"policies: names must differ: {', '.join(names)}")

    def all_policies(self) -> tuple[Policy, ...]:
        """The baseline first, then the others in the order of the file."""
        others = (p for p in self.policies if p.name != self.baseline.name)
        return self.baseline, *others

    def quickened(self) -> Experiment:
        """A smaller experiment of the same kind: 150 communities, 2 futures, 2 replicates."""
        return dataclasses.replace(
            self,
            region=every_kth_by_size(self.region, QUICK_COMMUNITIES),
            futures=self.futures[:QUICK_FUTURES],
            replications=min(self.replications, QUICK_REPLICATES),
            quick=True,
        )

    def resolved(self) -> dict[str, Any]:
        """Everything that decides the results, as plain values."""
        return {
            "name": self.name,
            "title": self.title,
            "question": self.question,
            "region": self.region_choice,
            "quick": self.quick,
            "communities": self.region.n_communities,
            "youth": self.region.total_youth,
            "region_fingerprint": self.region.fingerprint(),
            "horizon": self.horizon,
            "parameters": dict(self.overrides),
            "baseline": self.baseline.name,
            "policies": {p.name: p.description() for p in self.all_policies()},
            "futures": {future.name: dict(future.overrides) for future in self.futures},
            "metrics": {metric.name: dataclasses.asdict(metric) for metric in self.metrics},
            "replications": self.replications,
            "seed": self.seed,
        }

    def digest(self) -> str:
        """SHA-256 of `resolved`."""
        text = json.dumps(self.resolved(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def load(config: str | Path, *, seed: int | None = None, quick: bool = False) -> Experiment:
    """The experiment of a file or of a shipped name; ConfigError lists all that is wrong."""
    path = find_config(config)
    problems = Problems()
    root, sources = read_files(path, problems)
    if not NAME.fullmatch(path.stem):
        note(problems, Mark(str(path), 1, 1), "file name", path.stem, NAME_IN_WORDS)
    if root is None:
        problems.raise_any(ConfigError)
        raise ConfigError(f"{path}: cannot be read")
    file = read_shape(root, problems)
    if seed is not None:
        file = file.model_copy(update={"seed": seed})
    base = checked_overrides(root.get("parameters"), Parameters(), problems)
    policies = checked_policies(root, file, problems)
    baseline = checked_baseline(root, file, policies, problems)
    checked_metrics(root, file, problems)
    futures = checked_futures(root, file, base, problems)
    region = checked_region(root, file.region, problems)
    problems.raise_any(ConfigError)
    assert region is not None  # otherwise a problem was noted
    chosen = file.metrics if isinstance(file.metrics, dict) else dict.fromkeys(file.metrics)
    experiment = Experiment(
        name=path.stem,
        title=file.title,
        question=(file.question or "").strip(),
        region=region,
        region_choice=file.region.model_dump(exclude_none=True),
        horizon=file.horizon,
        overrides=base,
        policies=policies,
        baseline=baseline,
        futures=futures,
        metrics=tuple(ComparedMetric.default(name, choice) for name, choice in chosen.items()),
        replications=file.replications,
        seed=file.seed,
        sources=tuple(source.name for source in sources),
    )
    return experiment.quickened() if quick else experiment


def checked_futures(
    root: Node, file: ExperimentFile, base: dict[str, Any], problems: Problems
) -> tuple[Future, ...]:
    """The named futures, then the sampled ones."""
    node = root.get("futures")
    named = node.get("named") if node else None
    start = Parameters().with_values(base)
    found: list[Future] = []
    for name in file.futures.named:
        entry = named.entries().get(name) if named else None
        own = checked_overrides(entry.node if entry else None, start, problems)
        found.append(Future(name, own, start.with_values(own)))
    if file.futures.sampled is not None and node is not None:
        found += sampled_futures(node.at(("sampled",))[1], file, start, problems)
        for future in found[: len(file.futures.named)]:
            if named and future.name in {one.name for one in found[len(file.futures.named) :]}:
                mark = named.entries()[future.name].mark
                note(problems, mark, "futures", future.name, "is the name of a sampled future")
    given = bool(named and named.entries()) or file.futures.sampled is not None
    if not (found or given):
        mark = node.mark if node else root.mark
        note(problems, mark, "futures", None, "name at least one future, or sample some")
    return tuple(found)


def sampled_futures(
    node: Node, file: ExperimentFile, start: Parameters, problems: Problems
) -> list[Future]:
    """The sampled futures, sampled_0000 and on; parameters that cannot be sampled are noted."""
    sampled = file.futures.sampled
    assert sampled is not None
    items = node.get("parameters")
    nodes = items.items() if items else []
    note_repeats("parameters", nodes, problems)
    good = []
    cards = Parameters.all_cards()
    for item in nodes:
        name = str(item.value)
        if name not in cards:
            note(problems, item.mark, "parameters", name, unknown_parameter(name, None, cards))
        elif reason := sampling.not_sampled(name):
            note(problems, item.mark, "parameters", name, reason)
        elif name not in good:
            good.append(name)
    if not good or len(good) < len(nodes):
        return []
    try:
        draws = sampling.sample(good, sampled.n, file.seed, start)
    except InputError as error:
        note(problems, node.mark, "sampled", None, str(error))
        return []
    return [Future(f"sampled_{i:04d}", own, p) for i, (own, p) in enumerate(draws)]


def every_kth_by_size(region: Region, n: int) -> Region:
    """n communities of a region, spread evenly over its communities in the order of size."""
    if region.n_communities <= n:
        return region
    order = sorted(
        range(region.n_communities), key=lambda c: (-region.population[c], region.ids[c])
    )
    chosen = [order[int((i + 0.5) * region.n_communities / n)] for i in range(n)]
    return region.select(ids=[region.ids[c] for c in chosen])
