"""An experiment as the rest of the house sees it, read from a file or built in Python.

experiment = Experiment(name="mine", title="...", region=Region.us_counties(), policies=(...,))
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from streetlight.experiments.budgets import money_of
from streetlight.experiments.consistency import (
    problems_of_names,
    problems_of_values,
    problems_of_words,
)
from streetlight.experiments.metrics import DEFAULT_METRICS, METRICS, OF_GAIN, Direction
from streetlight.experiments.quick import FUTURES, REPLICATES, quick_region, within_region
from streetlight.experiments.running.rule_code import rule_hash
from streetlight.experiments.sampling import Sampling
from streetlight.experiments.schema.experiment_file import MetricChoice
from streetlight.experiments.schema.types import MOST_YEARS, NAME_IN_WORDS
from streetlight.model.calling import explained, shown
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.money.policies import Policy, build
from streetlight.model.money.policy import NAME
from streetlight.model.money.table import PlanTable, within
from streetlight.model.names import CLASSES
from streetlight.model.parameters import Parameters
from streetlight.model.record.counts import OwnRecord
from streetlight.model.world.shocks import Shock

#: Kinds of futures that are drawn from the inputs' distributions, as a grid is not.
DRAWS = ("lhs", "sobol")


class ConfigError(InputError):
    """An experiment that cannot be run, with every problem found in one pass."""


@dataclass(frozen=True)
class Future:
    """One setting of what nobody controls: its name, what it changes, all parameters in it.

    shocks: rises of attention or victimization that happen in it, whatever the policy, and their
    names in the file; kind: "named", or the design that it comes from; title: what people are to
    call it. `Future.of` makes one.

    >>> sl.Future.of("longer", {"spell.exit_hazard": 0.015}).parameters.spell.exit_hazard
    0.015
    """

    name: str
    overrides: Mapping[str, Any]
    parameters: Parameters
    shocks: tuple[Shock, ...] = ()
    shock_names: tuple[str, ...] = ()
    kind: str = "named"
    title: str = ""

    @classmethod
    @explained("Future.of")
    def of(
        cls,
        name: str,
        values: Mapping[str, Any] | None = None,
        *,
        shocks: Sequence[Shock] = (),
        base: Parameters | None = None,
        title: str = "",
    ) -> Future:
        """A named future that changes parameters of `base` (default: the calibrated ones).

        values: by dotted name, as `Parameters.with_values` takes them; its errors are those of it.

        >>> sl.Future.of("no_denial", {"switches.denial": False}).name
        'no_denial'
        """
        if isinstance(shocks, str | Shock) or not all(isinstance(one, Shock) for one in shocks):
            raise ConfigError(f"shocks: {shown(shocks)}: must be a list of Shock")
        changed = dict(values or {})
        parameters = (base or Parameters()).with_values(changed)
        names = tuple(f"shock_{number}" for number in range(1, len(shocks) + 1))
        return cls(name, changed, parameters, tuple(shocks), names, title=title)

    @property
    def sampled(self) -> bool:
        """Whether it comes from a design, as against named in the file."""
        return self.kind != "named"

    @property
    def is_draw(self) -> bool:
        """Whether it is a random draw, so that many of them are a sample of all futures."""
        return self.kind in DRAWS

    def described(self) -> dict[str, Any]:
        """What it changes, as plain values."""
        struck = [dataclasses.asdict(shock) for shock in self.shocks]
        return dict(self.overrides) | ({"shocks": struck} if struck else {})


@dataclass(frozen=True)
class ComparedMetric:
    """A metric as this experiment compares it.

    matters: smallest difference that matters, in the metric's unit, or, if `relative_to` is a
    metric's name, as a share of the baseline's value of that metric. enough: the satisficing
    level, None where none is set: a future in which the metric's own value is at least as good
    counts as satisfied; in the metric's unit, or as a share of the baseline's `enough_relative_to`.

    >>> sl.ComparedMetric.default("identified").direction
    'more'
    """

    name: str
    direction: Direction
    matters: float
    relative_to: str = ""
    enough: float | None = None
    enough_relative_to: str = ""
    function: Callable[..., Any] | None = field(default=None, repr=False)

    def described(self) -> dict[str, Any]:
        """As plain values; of a metric of the user's own also what it is called and its code."""
        told = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        function = told.pop("function")
        if function is None:
            return told
        own = METRICS[self.name]
        return told | {"title": own.title, "unit": own.unit, "code": rule_hash(function)}

    @classmethod
    def default(cls, name: str, choice: MetricChoice | None = None) -> ComparedMetric:
        """The metric with its own defaults, where `choice` says nothing else.

        ConfigError when no metric has this name.
        """
        if not isinstance(name, str):
            raise ConfigError(f"metrics: {shown(name)}: must be the name of one metric")
        if name not in METRICS:
            raise ConfigError(f'no metric is called "{name}"{did_you_mean(name, METRICS)}')
        own = METRICS[name]
        choice = choice or MetricChoice()
        matters, relative_to = own.matters, own.relative_to
        if choice.smallest_difference_that_matters is not None:
            matters, relative_to = amount(choice.smallest_difference_that_matters, name)
        enough, enough_relative_to = None, ""
        if choice.satisficing_level is not None:
            enough, enough_relative_to = amount(choice.satisficing_level, name)
        direction = choice.direction or own.direction
        return cls(name, direction, matters, relative_to, enough, enough_relative_to, own.function)

    @classmethod
    def of(cls, function: Callable[..., Any]) -> ComparedMetric:
        """The metric that a function under `sl.metric` computes; ConfigError for any other."""
        name = getattr(function, "__name__", repr(function))
        if name in METRICS and METRICS[name].function is function:
            return cls.default(name)
        raise ConfigError(
            f"metrics: {name}: a function is a metric under a line such as "
            '`@sl.metric(title="...", unit="youth", direction="more", matters=10)`'
        )


def amount(given: float | str, metric: str) -> tuple[float, str]:
    """A number in the metric's unit and "", or a share and what it is of.

    That is the metric whose baseline it is a share of, or `OF_GAIN` for "5% of gain".

    >>> from streetlight.experiments.experiment import amount
    >>> amount(20.0, "identified"), amount("2%", "identified"), amount("5% of gain", "identified")
    ((20.0, ''), (0.02, 'identified'), (0.05, 'gain'))
    """
    if isinstance(given, str):
        number, _, of = given.partition("%")
        return float(number) / 100, OF_GAIN if of else METRICS[metric].relative_to or metric
    return float(given), ""


@dataclass(frozen=True)
class Precision:
    """When to stop adding replicates to a future; the same number then holds for all its policies.

    After `least` replicates, and after every `batch` more, up to the experiment's `replications`,
    it is looked whether, for every policy that is no reference, the 95% interval of the paired
    difference to the baseline in `metric` in this future is at most `half_width` to either side;
    the second time that this is so ends it (`running.replication` says why). half_width: in the
    metric's unit, or as a share of the baseline's `relative_to`.
    """

    metric: str
    half_width: float
    relative_to: str = ""
    least: int = 8
    batch: int = 8


def the_central_future() -> tuple[Future, ...]:
    """The one future in which nothing is changed."""
    return (Future("central", {}, Parameters()),)


@dataclass(frozen=True)
class OwnCode:
    """A file of the user's own rules and metrics: its name, its SHA-256, what it defines."""

    name: str
    sha256: str
    rules: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Experiment:
    """A question put to the model: every policy, in every future, `replications` times.

    precision: None, or the rule by which a future may do with fewer replications; sampling: how the
    sampled futures came about, if there are any.
    policies are without the baseline, unless one of them is it; region_choice says in words of the
    file where the region comes from; sources are the files read, and file what they say together,
    as plain values (None for an experiment built in Python). name: letters, digits, _ and -;
    horizon: policy years; currency: the word for money, three capital letters; overrides: values of
    parameters that all futures share, as the file says them (the futures hold whole parameters);
    seed: 0 or more; policy_titles: by name, what people are to call policies that have a title;
    metrics: `ComparedMetric`s, and functions under `sl.metric`; own_code: the file of rules that
    was given beside the experiment's; record: counts of one's own, which no run reads.

    ConfigError, which is an InputError, lists all that is wrong.

    >>> experiment = sl.Experiment(
    ...     name="by_head_or_by_need",
    ...     title="By head or by need",
    ...     region=sl.Region.synthetic(n_communities=12, seed=1),
    ...     policies=(sl.policies.per_youth(), sl.policies.poverty_need()),
    ...     futures=(sl.Future.of("central"), sl.Future.of("open", {"switches.denial": False})),
    ...     metrics=(sl.ComparedMetric.default("identified"),),
    ...     horizon=5,
    ...     replications=2,
    ... )
    >>> experiment
    <Experiment by_head_or_by_need: 3 policies x 2 futures x 2 replicates, 12 communities, 5 years>
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
    sampling: Sampling | None = None
    metrics: Sequence[ComparedMetric] = tuple(map(ComparedMetric.default, DEFAULT_METRICS))
    replications: int = 4
    precision: Precision | None = None
    currency: str = "USD"
    seed: int = 0
    policy_titles: Mapping[str, str] = field(default_factory=dict)
    policy_axes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tables: Mapping[str, PlanTable] = field(default_factory=dict)
    quick: bool = False
    sources: tuple[str, ...] = ()
    file: Mapping[str, Any] | None = None
    record: OwnRecord | None = None
    own_code: OwnCode | None = None

    def __post_init__(self) -> None:
        problems = []
        if isinstance(self.metrics, Sequence) and not isinstance(
            self.metrics, str
        ):  # what else it may be is refused below
            each = [ComparedMetric.of(one) if isinstance(one, FunctionType) else one
                    for one in self.metrics]  # fmt: skip
            object.__setattr__(self, "metrics", tuple(each))
        if not (isinstance(self.name, str) and NAME.fullmatch(self.name)):
            problems.append(f"name: {self.name}: {NAME_IN_WORDS}")
        for what, least, most in (
            ("horizon", 1, MOST_YEARS), ("replications", 1, None), ("seed", 0, None),
        ):  # fmt: skip
            value = getattr(self, what)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole or value < least or (most is not None and value > most):
                allowed = f"{least} or more" if most is None else f"{least} to {most}"
                problems.append(f"{what}: {value!r}: must be a whole number, {allowed}")
        for what, items, kind in (
            ("region", (self.region,), Region),
            ("baseline", (self.baseline,), Policy),
            ("policies", self.policies, Policy),
            ("futures", self.futures, Future),
            ("metrics", self.metrics, ComparedMetric),
        ):
            problems += problems_of(what, items, kind)
        problems += problems_of_words(self.title, self.currency)
        if not isinstance(self.precision, Precision | None):
            problems.append(f"precision: {self.precision!r}: must be a Precision, or None")
        if problems:
            raise ConfigError(*problems)
        names = [policy.name for policy in self.all_policies()]
        if len(set(names)) < len(names):
            raise ConfigError(f"policies: names must differ: {', '.join(names)}")
        names = [future.name for future in self.futures]
        twice = [name for name, n in Counter(names).items() if n > 1]
        if twice:
            raise ConfigError(f"futures: names must differ: {', '.join(twice)}")
        metrics = [metric.name for metric in self.metrics]
        problems += problems_of_names(metrics, self.all_policies(), self.policy_titles)
        problems += problems_of_values(self.futures, self.overrides)
        if problems:
            raise ConfigError(*problems)

    def __repr__(self) -> str:
        counts = f"{len(self.all_policies())} policies x {len(self.futures):,} futures"
        return (
            f"<Experiment {self.name}: {counts} x {self.replications:,} replicates, "
            f"{self.region.n_communities:,} communities, {self.horizon} years>"
        )

    def all_policies(self) -> tuple[Policy, ...]:
        """The baseline first, then the others in the order of the file."""
        others = (p for p in self.policies if p.name != self.baseline.name)
        return self.baseline, *others

    def quickened(self) -> Experiment:
        """A smaller experiment of the same kind: 150 communities, 2 futures, 2 replicates.

        >>> sl.load("first_look").quickened().region.n_communities
        150
        """
        futures = self.futures[:FUTURES]
        region = quick_region(self.region, [shock for one in futures for shock in one.shocks])
        return dataclasses.replace(
            self,
            region=region,
            policies=tuple(within(one, region.ids, region.population) for one in self.policies),
            baseline=within(self.baseline, region.ids, region.population),
            tables={
                name: plan.within(region.ids, region.population)
                for name, plan in self.tables.items()
            },
            futures=tuple(
                dataclasses.replace(one, shocks=within_region(one.shocks, region))
                for one in futures
            ),
            record=self.record if region.ids == self.region.ids else None,  # it is of all places
            replications=min(self.replications, REPLICATES),
            precision=None,
            quick=True,
        )

    def own_metrics(self) -> dict[str, Callable[..., Any]]:
        """The functions of the metrics of the user's own, by name."""
        return {one.name: one.function for one in self.metrics if one.function is not None}

    def resolved(self) -> dict[str, Any]:
        """Everything that decides the results, as plain values."""
        told = self.region.told
        return {
            "name": self.name,
            "title": self.title,
            "question": self.question,
            "region": self.region_choice,
            "quick": self.quick,
            "communities": self.region.n_communities,
            "youth": self.region.total_youth,
            "youth_by_class": {
                name: float(self.region.youth[self.region.place_class == k].sum())
                for k, name in enumerate(CLASSES)
            },
            "region_fingerprint": self.region.fingerprint(),
            "horizon": self.horizon,
            "parameters": dict(self.overrides),
            "baseline": self.baseline.name,
            "policies": {p.name: self.described(p) for p in self.all_policies()},
            "futures": {future.name: future.described() for future in self.futures},
            "future_titles": {one.name: one.title for one in self.futures if one.title},
            "sampling": dataclasses.asdict(self.sampling) if self.sampling else None,
            "sampled_futures": [future.name for future in self.futures if future.is_draw],
            "metrics": {metric.name: metric.described() for metric in self.metrics},
            "replications": self.replications,
            "precision": dataclasses.asdict(self.precision) if self.precision else None,
            "seed": self.seed,
            **({"currency": self.currency} if self.currency != "USD" else {}),
            **({"region_told": dataclasses.asdict(told.kept())} if told else {}),
        }

    def described(self, policy: Policy) -> dict[str, Any]:
        """A policy's description, with its money in this experiment, its title and its axes."""
        title, axes = self.policy_titles.get(policy.name), self.policy_axes.get(policy.name)
        own = {**({"title": title} if title else {}), **({"axes": dict(axes)} if axes else {})}
        return policy.description() | money_of(policy, self.horizon) | own

    def digest(self) -> str:
        """SHA-256 of `resolved`."""
        text = json.dumps(self.resolved(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def problems_of(what: str, items: Any, kind: type) -> list[str]:
    """What is wrong with a part of an experiment that must hold things of one kind."""
    if not isinstance(items, Sequence) or isinstance(items, str):
        return [f"{what}: {items!r}: must be a tuple of {kind.__name__}"]
    if not items and what in ("futures", "metrics"):
        return [f"{what}: there must be at least one"]
    return [
        f"{what}: {item!r}: must be a {kind.__name__}"
        for item in items
        if not isinstance(item, kind)
    ]
