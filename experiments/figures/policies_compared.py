"""Policies compared, their numbers and words: differences to the baseline in the same worlds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from streetlight.experiments.figures.estimates import RunMean, contenders, estimate
from streetlight.experiments.figures.spread import Spread, spread
from streetlight.experiments.figures.tables import CLASS_METRICS, ResultTables, ShownPolicy
from streetlight.experiments.figures.words import listing, number
from streetlight.experiments.labels import quoted
from streetlight.model.arrays import FloatArray, IntArray
from streetlight.model.names import CLASSES

TOTAL, WORST, IDENTIFIED = "averted in total", "averted in worst-off place", "identified"
MEASURES = (TOTAL, WORST, IDENTIFIED)
# In words: which place it is depends on what is measured, so "worst-off" alone would not say.
LEAST = "in the kind of place where least is averted"


@dataclass(frozen=True)
class ComparedRow:
    """One mark: a policy's paired difference to the baseline in one measure.

    place_class: the worst-off one for that measure, else 'all'; low, high: 95% Monte-Carlo
    interval; future_lowest, future_highest: of the futures' own means; future: how these spread.
    """

    measure: str
    unit: str
    policy: str
    is_oracle: bool
    place_class: str
    difference: float
    low: float
    high: float
    future_lowest: float
    future_highest: float
    future: Spread
    futures: int
    runs: int


@dataclass(frozen=True)
class Verdict:
    """Who is ahead in one measure.

    kind: 'ahead' (one policy is clearly above all others), 'level' (several are, and exactly equal
    in every run), 'open' (several cannot be told apart), 'behind' (the baseline is clearly above
    all others), 'no gain' (no policy is clearly above the baseline), 'same' (all equal the
    baseline in every run), 'undefined' (no policy has a value); labels: of the policies not clearly
    below any other; gain: of the one that is ahead.
    """

    kind: Literal["ahead", "level", "open", "behind", "no gain", "same", "undefined"]
    labels: tuple[str, ...] = ()
    gain: float = math.nan


def headline(total: Verdict | None, worst: Verdict | None, baseline: str) -> str:
    """The finding in words; both None when only the baseline or oracles were run."""
    base = f"the baseline ({quoted(baseline)})"
    if total is None or worst is None:
        return f"Nothing to compare: no policy on offer was run besides {base}."
    if total.kind == worst.kind and total.labels == worst.labels:
        gain = f" ({_gain(total)}, in total)" if total.kind == "ahead" else ""
        return f"{_sentence(total, ('in total', LEAST), base)}{gain}."
    first = _sentence(total, ("in total",), base)
    if total.kind == "ahead":
        first += f" ({_gain(total)})"
    second = _sentence(worst, (LEAST,), base)
    return f"{first}; {second[:1].lower() + second[1:]}.{_relation(total, worst)}"


def _gain(verdict: Verdict) -> str:
    gain = number(verdict.gain, signed=True)
    return f"{gain} per 100,000 youth against the baseline"


def _sentence(verdict: Verdict, where: Sequence[str], base: str) -> str:
    names, what = [quoted(label) for label in verdict.labels], "in person-years averted "
    either = ("either " if len(where) > 1 else "") + listing(where, "or")
    both = ("both " if len(where) > 1 else "") + listing(where)
    if verdict.kind == "ahead":
        return f"{names[0]} is ahead {what}{both}"
    if verdict.kind == "level":
        return f"{listing(names)} are exactly level and ahead {what}{both}"
    if verdict.kind == "behind":
        return f"Every policy is behind {base} {what}{both}"
    if verdict.kind == "no gain":
        return f"No policy is clearly ahead of {base} {what}{either}"
    if verdict.kind == "same":
        return f"No policy differs at all from {base} {what}{either}"
    if verdict.kind == "undefined":
        return f"What is averted is undefined {both}"
    who = listing(names) if len(names) <= 3 else f"{len(names)} policies"
    return f"Which of {who} is ahead {what}{both} cannot be told"


def _relation(total: Verdict, worst: Verdict) -> str:
    """Whether the two verdicts name different policies."""
    named = all(v.kind in ("ahead", "level", "open") for v in (total, worst))
    return " The two differ." if named and not set(total.labels) & set(worst.labels) else ""


def verdict(
    values: Mapping[str, FloatArray], labels: Mapping[str, str], baseline: str, future: IntArray
) -> Verdict:
    """Who is ahead, from one sample (W,) a policy, the baseline among them."""
    defined = {name: v for name, v in values.items() if np.isfinite(v).any()}
    if len(defined) < 2:
        return Verdict("undefined")
    if all(np.all((v == 0) | np.isnan(v)) for v in defined.values()):
        return Verdict("same")
    left = contenders(defined, future)
    names = tuple(labels[name] for name in left)
    if baseline in left:
        return Verdict("behind" if len(left) == 1 else "no gain")
    if len(left) > 1:
        first = defined[left[0]]
        level = all(np.array_equal(first, defined[name], equal_nan=True) for name in left)
        return Verdict("level" if level else "open", names)
    return Verdict("ahead", names, estimate(defined[left[0]], future).mean)


# The numbers.


def _samples(results: ResultTables, policy: ShownPolicy) -> dict[str, tuple[str, FloatArray]]:
    """By measure: the place class it is about and the paired differences to the baseline (W,)."""
    p = results.position(policy)
    youth = results.sums["youth"][p].sum(axis=1)
    averted = results.metrics["averted_person_years"][p]
    total = np.divide(averted, youth, out=np.full(youth.shape, math.nan), where=youth > 0) * 1e5
    classes = {k: results.metrics[CLASS_METRICS[k]][p] for k in results.places}
    means = {k: estimate(values, results.future).mean for k, values in classes.items()}
    defined = [k for k in classes if math.isfinite(means[k])]
    worst = min(defined, key=lambda k: means[k]) if defined else results.places[0]
    identified = results.metrics["extra_identified"][p]
    if policy.is_baseline:
        total, identified = (np.where(results.has_run[p], 0.0, math.nan) for _ in range(2))
        classes[worst] = total
    return {
        TOTAL: ("all", total),
        WORST: (CLASSES[worst], classes[worst]),
        IDENTIFIED: ("all", identified),
    }


def _row(
    measure: str, policy: ShownPolicy, place: str, one: RunMean, future: Spread
) -> ComparedRow:
    unit = "youth" if measure == IDENTIFIED else "person-years per 100,000 youth"
    return ComparedRow(
        measure=measure,
        unit=unit,
        policy=policy.name,
        is_oracle=policy.is_oracle,
        place_class=place,
        difference=one.mean,
        low=one.low,
        high=one.high,
        future_lowest=min(one.futures, default=math.nan),
        future_highest=max(one.futures, default=math.nan),
        future=future,
        futures=len(one.futures),
        runs=one.n_runs,
    )


@dataclass(frozen=True)
class ComparedPolicies:
    """All that is drawn: rows, and the verdicts on total and worst-off place, None when there is
    nothing to compare."""

    rows: list[ComparedRow]
    total: Verdict | None
    worst: Verdict | None


def comparison_of(results: ResultTables) -> ComparedPolicies:
    """The numbers of the figure for these results."""
    samples = {policy.name: _samples(results, policy) for policy in results.policies}
    rows: list[ComparedRow] = []
    for measure in MEASURES:
        for policy in results.policies:
            if not policy.is_baseline:
                place, values = samples[policy.name][measure]
                one = estimate(values, results.future)
                rows.append(_row(measure, policy, place, one, spread(values, results)))
    offered = (results.baseline, *results.ranked)
    if not results.ranked:
        return ComparedPolicies(rows, None, None)
    labels = {policy.name: policy.label for policy in offered}
    verdicts = [
        verdict(
            {policy.name: samples[policy.name][measure][1] for policy in offered},
            labels,
            results.baseline.name,
            results.future,
        )
        for measure in (TOTAL, WORST)
    ]
    return ComparedPolicies(rows, *verdicts)
