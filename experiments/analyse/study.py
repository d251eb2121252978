"""A finished study as the report, the figures and the exports see it.

`open_study(folder)` reads a results folder once; everything that is written about it comes from
the rows of its measures and from the contests between plans below, so that no two places can say
different things of one pair of plans.

    >>> from streetlight.experiments.analyse.study import open_study
    >>> study = open_study("results/tiny")
    >>> [plan.name for plan in study.plans], study.baseline.name, study.years
    (['equal_shares', 'per_youth'], 'none', 3)
    >>> row = study.row("identified", "per_youth")
    >>> row.mean - row.base == row.difference
    True
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from streetlight.experiments.analyse.intervals import ALPHA, estimate
from streetlight.experiments.analyse.leads import ahead_by_enough, alike, lead, overtaking
from streetlight.experiments.analyse.measures import ALL, WHOLE, Key, measured, tidy
from streetlight.experiments.analyse.values import defined, read_worlds, sign_of
from streetlight.experiments.analyse.whole import Comparison, compare
from streetlight.experiments.currency import speaking
from streetlight.experiments.labels import label, pretty
from streetlight.experiments.looks import Look, look
from streetlight.experiments.running.reading import (
    A_FOLDER,
    OF_CONFIG,
    OF_REPORT,
    column_names,
    read_manifest,
)
from streetlight.model.arrays import FloatArray
from streetlight.model.calling import path_of
from streetlight.model.names import CLASSES, FEWEST_YOUTH

#: Columns of runs.parquet that say which run a row is.
WHICH = ("policy", "future", "replicate")


@dataclass(frozen=True, eq=False)
class Plan:
    """A policy: its name in the file, its label for people, and its place among those on offer.

    look: how it is drawn; is_reference: told the truth, so that it is no choice; budget: dollars
    per resident and year, as the file has it; mix: shares of the levers.
    """

    name: str
    label: str
    order: int
    look: Look
    is_baseline: bool
    is_reference: bool
    budget: Any
    mix: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class StudyFuture:
    """A future: its name, its title for people, what it sets, and whether it was drawn."""

    name: str
    title: str
    sets: Mapping[str, Any]
    sampled: bool


class Row(NamedTuple):
    """One row of measures.parquet; NaN where undefined."""

    mean: float
    low: float
    high: float
    base: float
    difference: float
    difference_low: float
    difference_high: float
    verdict: str
    n: int
    unit: str

    @property
    def change(self) -> float:
        """The difference as a share of the baseline's level; NaN where that is 0."""
        return self.difference / self.base if self.base else math.nan

    @property
    def sure(self) -> bool:
        """Whether the difference is surely not 0, by its own interval."""
        return self.difference_low > 0 or self.difference_high < 0

    @property
    def way(self) -> str:
        """Whether the difference surely is `up` or `down`, else `unsure`."""
        return "unsure" if not self.sure else "up" if self.difference > 0 else "down"


#: A measure under a plan in a group of places.
Cell = tuple[str, Plan, str]
Values = Mapping[Key, FloatArray]
NOTHING = Row(*(math.nan,) * 7, "cannot tell", 0, "")


class Study:
    """One results folder: plans, futures, measures and contests.

    plans: on offer, in the order of the file; baseline, references: the others; comparison: the
    metrics that the study itself compares, with simultaneous intervals and verdicts; years: with
    money; table: measures.parquet; values: what it sums up over all years, each (P, F, R).
    """

    def __init__(
        self, folder: Path, manifest: Mapping[str, Any], comparison: Comparison, table: pa.Table,
        values: Values,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.manifest = manifest
        self.config: Mapping[str, Any] = manifest["config"]
        self.comparison = comparison
        self.table = table
        self.values = values
        self.years = int(self.config["horizon"])
        every = plans_of(self.config, comparison.origin)
        absent = comparison.worlds.dropped.absent
        self.every_plan = tuple(plan for plan in every if plan.name not in absent)
        self.plans = tuple(p for p in self.every_plan if not (p.is_baseline or p.is_reference))
        self.references = tuple(p for p in self.every_plan if p.is_reference)
        self.baseline = next(p for p in every if p.is_baseline)
        sampled = set(self.config.get("sampled_futures", ()))
        titles = self.config.get("future_titles", {})
        self.futures = tuple(
            StudyFuture(name, titles.get(name) or pretty(name).capitalize(), sets, name in sampled)
            for name, sets in self.config["futures"].items()
        )

    def __repr__(self) -> str:
        return (
            f"<Study of {self.manifest['experiment']}: {len(self.plans)} plans against "
            f"{self.baseline.name} in {len(self.futures)} futures, {self.years} years>"
        )

    # Plans

    def plan(self, name: str) -> Plan:
        """The plan of this name; KeyError without it."""
        return {plan.name: plan for plan in self.every_plan}[name]

    @property
    def primary(self) -> str:
        """The metric that decides."""
        return self.comparison.primary

    @cached_property
    def ranked(self) -> tuple[Plan, ...]:
        """Plans on offer that have runs, best mean of the study's first metric first."""
        there = {plan.name: plan for plan in self.every_plan}
        return tuple(there[name] for name in self.comparison.policies() if name in there)

    # Rows

    @cached_property
    def _rows(self) -> dict[tuple[str, str, str, str, int], int]:
        keys = zip(
            *(
                self.table[name].to_pylist()
                for name in ("measure", "plan", "group", "future", "year")
            ),
            strict=True,
        )
        return {key: position for position, key in enumerate(keys)}

    @cached_property
    def _columns(self) -> list[list[Any]]:
        return [self.table[name].to_pylist() for name in Row._fields]

    def row(
        self, measure: str, plan: str | Plan, group: str = ALL, future: str = "", year: int = WHOLE
    ) -> Row:
        """One row; `NOTHING` where there is none. future "" is the mean over all of them."""
        name = plan if isinstance(plan, str) else plan.name
        at = self._rows.get((measure, name, group, future, year))
        return NOTHING if at is None else Row(*(column[at] for column in self._columns))

    def by_future(
        self, measure: str, plan: str | Plan, group: str = ALL
    ) -> Iterator[tuple[StudyFuture, Row]]:
        """One row a future, in the order of the file."""
        for future in self.futures:
            yield future, self.row(measure, plan, group, future.name)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Place classes in which enough youth live for a share to be told, largest first."""
        return tuple(
            name for name in CLASSES if self.row("youth", self.baseline, name).mean >= FEWEST_YOUTH
        )

    # Contests

    def leaders(
        self, metric: str | None = None, among: Collection[Plan] | None = None
    ) -> tuple[Plan, ...]:
        """The plan with the best mean, and all that it is not surely ahead of by what matters.

        Best first. Plans on offer alone; empty where the metric is undefined. metric: one that the
        study compares, by default its first; among: these plans alone, such as those of one budget.
        """
        metric = metric or self.primary
        order = [p for p in self.order(metric) if among is None or p in among]
        if not order:
            return ()
        first, rest = order[0], order[1:]
        return (first, *(p for p in rest if not self.ahead(metric, first, p)))

    def order(self, metric: str) -> tuple[Plan, ...]:
        """Plans on offer by the mean of a metric that the study compares, best first."""
        gains = [(self.sign(metric) * self.row(metric, p).mean, p) for p in self.plans]
        known = [(gain, plan) for gain, plan in gains if not math.isnan(gain)]
        return tuple(plan for _, plan in sorted(known, key=lambda one: (-one[0], one[1].order)))

    def turns(self, among: Collection[Plan] | None = None) -> tuple[tuple[StudyFuture, Plan], ...]:
        """Futures in which a plan that does not lead on the first metric does, and that plan.

        There its mean is above every leader's by what matters, and surely above the best of them.
        """
        leaders = self.leaders(among=among)
        others = [p for p in self.order(self.primary) if p not in leaders]
        if among is not None:
            others = [p for p in others if p in among]
        found = []
        for position, future in enumerate(self.futures):
            over = overtaking(
                self.comparison, self.primary, [p.name for p in leaders],
                [p.name for p in others], position,
            )  # fmt: skip
            if over:
                found.append((future, self.plan(over)))
        return tuple(found)

    def ahead(self, metric: str, plan: Plan, other: Plan) -> bool:
        """Whether a plan is surely better than another, by what matters at least."""
        return ahead_by_enough(self.comparison, metric, plan.name, other.name)

    def past(self, plan: Plan, other: Plan, future: StudyFuture) -> bool:
        """Whether in one future a plan is past another on the first metric, as `turns` has it."""
        position = self.futures.index(future)
        names = [other.name], [plan.name]
        return bool(overtaking(self.comparison, self.primary, *names, position))

    def alike(self, metric: str, plan: Plan, other: Plan) -> bool:
        """Whether two plans surely differ by less than matters."""
        return alike(self.comparison, metric, plan.name, other.name)

    def lead(self, metric: str, plan: Plan, other: Plan, future: str = "") -> tuple[float, float]:
        """Interval of how much better one plan is than another, counted so that more is better."""
        return lead(self.comparison, metric, plan.name, other.name, future)

    def surely_above(self, own: Cell, other: Cell, picked_from: int = 1) -> bool:
        """Whether one level surely is above another, by their difference in every world.

        own, other: measure, plan and group; picked_from: among how many pairs this one was picked.
        """
        pairs = self._worlds(*own) - self._worlds(*other)
        return estimate(pairs).interval(ALPHA / picked_from)[0] > 0

    def _worlds(self, measure: str, plan: Plan, group: str) -> FloatArray:
        """A plan's values of a measure in a group, (F, R); NaN where there are none."""
        found = self.values.get((measure, group, WHOLE))
        if found is None:
            return np.full(self.comparison.worlds.used.shape, math.nan)
        own: FloatArray = defined(found)[self.comparison.worlds.policies.index(plan.name)]
        return own

    def sign(self, metric: str | None = None) -> float:
        """1 where more of a compared metric, by default the first, is better; else -1."""
        return sign_of(self.comparison.metrics[metric or self.primary])

    def firsts(self, metric: str, future: StudyFuture) -> tuple[Plan, ...]:
        """Plans on offer whose mean is the best in one future; none where it is undefined."""
        gains = [(self.sign(metric) * self.row(metric, p, future=future.name).mean, p)
                 for p in self.plans]  # fmt: skip
        best = max((gain for gain, _ in gains if not math.isnan(gain)), default=math.nan)
        return tuple(plan for gain, plan in gains if gain == best)

    def best_in(self, metric: str) -> dict[str, float]:
        """By plan on offer: in which share of futures its mean is the best; ties are shared."""
        found = {plan.name: 0.0 for plan in self.plans}
        for future in self.futures:
            firsts = self.firsts(metric, future)
            for plan in firsts:
                found[plan.name] += 1.0 / len(firsts) / len(self.futures)
        return found

    def worst_off(self, plan: str | Plan) -> str:
        """The place class in which a plan finds fewest of 100; '' where none can be told."""
        shares = {g: self.row("identified_share", plan, g).mean for g in self.groups}
        known = {g: s for g, s in shares.items() if not math.isnan(s)}
        return min(known, key=known.__getitem__) if known else ""

    def identical(self) -> tuple[tuple[Plan, ...], ...]:
        """Plans whose runs are all the same, in every metric; groups of two or more."""
        values = self.comparison.worlds.values
        found: dict[bytes, list[Plan]] = {}
        for plan in (self.baseline, *self.plans):
            p = self.comparison.worlds.policies.index(plan.name)
            key = b"".join(
                np.nan_to_num(array[p], nan=-1e99).tobytes() for array in values.values()
            )
            found.setdefault(key, []).append(plan)
        return tuple(tuple(plans) for plans in found.values() if len(plans) > 1)

    def yearly(self, plan: Plan) -> float:
        """What a plan is handed a year, in dollars."""
        return self.row("allocated", plan).mean / self.years

    def budgets(self) -> dict[float, tuple[Plan, ...]]:
        """Plans on offer by what they are handed in all, in dollars.

        Within a hundredth it is one sum: a planner may leave a little of its budget.
        """
        found: dict[float, list[Plan]] = {}
        for plan in self.plans:
            money = self.row("allocated", plan).mean
            for known in found:
                if math.isclose(known, money, rel_tol=1e-2):
                    money = known
            found.setdefault(money, []).append(plan)
        return {money: tuple(plans) for money, plans in sorted(found.items())}


def plans_of(config: Mapping[str, Any], baseline: str) -> list[Plan]:
    """The plans as the manifest describes them, in its order."""
    plans: list[Plan] = []
    for name, about in config["policies"].items():
        is_baseline = name == baseline
        is_reference = bool(about["uses_oracle"]) and not is_baseline
        order = sum(not (one.is_baseline or one.is_reference) for one in plans)
        shown = look(order, is_baseline=is_baseline, is_reference=is_reference)
        title = about.get("title") or label(name)
        plans.append(
            Plan(
                name, title, order, shown, is_baseline, is_reference, about["budget"],
                about["mix"],
            )
        )  # fmt: skip
    return plans


def open_study(
    folder: str | os.PathLike[str], made: tuple[Comparison, pa.Table, Values] | None = None
) -> Study:
    """The study in a results folder; InputError when it holds no results, or damaged ones.

    made: its comparison and what `measures_of` gives, for one who has just worked them out.
    """
    folder = path_of("folder", folder, A_FOLDER)
    manifest = read_manifest(folder, OF_CONFIG, OF_REPORT)
    config = manifest["config"]
    if made is None:
        comparison = compare(folder, config)
        made = comparison, *measures_of(folder, config, comparison)
    return Study(folder, manifest, *made)


def measures_of(
    folder: Path, config: Mapping[str, Any], comparison: Comparison
) -> tuple[pa.Table, Values]:
    """measures.parquet of a results folder, made from its other tables, and the values behind.

    Of these those over all years alone, which are few: single years are contested nowhere.
    """
    metrics = column_names(folder / "runs.parquet") - set(WHICH)
    worlds = read_worlds(folder, config, metrics)
    baseline = worlds.policies.index(config["baseline"])
    values = measured(folder, worlds, baseline, int(config["horizon"]))
    verdicts = {(row.policy, row.metric): row.verdict for row in comparison.rows}
    whole = {key: array for key, array in values.items() if key[2] == WHOLE}
    with speaking(config):
        return tidy(values, worlds, baseline, verdicts), whole
