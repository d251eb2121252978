"""Who bears the errors, its numbers and words: wrong investigations, waiting, no place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.figures.estimates import clearly_above, estimate, ratio_values
from streetlight.experiments.figures.groups import PLACE, Group, GroupSums, group_sums
from streetlight.experiments.figures.left_behind_words import under
from streetlight.experiments.figures.spread import Spread, spread
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy
from streetlight.experiments.figures.words import capitalised, listing, number, numbers, percent
from streetlight.experiments.labels import quoted
from streetlight.model.arrays import FloatArray


@dataclass(frozen=True)
class Burden:
    """One kind of error: the columns it is a ratio of, its scale, and how it is called.

    yearly: whether it is per year; words: inside a sentence, in the plural or not.
    """

    name: str
    top: str
    bottom: str
    per: float
    yearly: bool
    words: str
    plural: bool


WRONG = Burden(
    "wrongly investigated",
    "false_investigated",
    "youth",
    1_000,
    True,
    "wrong investigations",
    True,
)
STILL = Burden(
    "known but still exploited",
    "known_still_exploited_person_years",
    "youth",
    100_000,
    True,
    "time known but still exploited",
    False,
)
NO_PLACE = Burden(
    "no service place",
    "offered_no_place",
    "identified",
    100,
    False,
    "the share of identified youth without a service place",
    False,
)
BURDENS = (WRONG, STILL, NO_PLACE)
COLUMNS = tuple(dict.fromkeys(name for burden in BURDENS for name in (burden.top, burden.bottom)))
EVERYWHERE = "all"


@dataclass(frozen=True)
class ErrorsRow:
    """One dot: how much of one kind of error falls on a group under a policy.

    low, high: 95% Monte-Carlo interval; difference and its interval: paired, to the baseline;
    future, difference_future: how value and difference spread over futures.
    """

    error: str
    unit: str
    grouping: str
    group: str
    policy: str
    is_baseline: bool
    is_oracle: bool
    value: float
    low: float
    high: float
    difference: float
    difference_low: float
    difference_high: float
    future: Spread
    difference_future: Spread
    futures: int
    runs: int


@dataclass(frozen=True)
class ClearChanges:
    """Labels of the policies on offer under which an error clearly rises, and clearly falls."""

    rises: tuple[str, ...] = ()
    falls: tuple[str, ...] = ()


@dataclass(frozen=True)
class ErrorsFinding:
    """What the headline is made of.

    baseline: label; years: whether the rate is per year; wrong: wrong investigations per 1,000
    youth under the baseline; least, most: rate and kind of place under the baseline if those two
    are clearly apart, else None; no_place: of 100 identified youth under the baseline, NaN if
    nobody is identified; changes: by the error's name; offered: how many policies are on offer.
    """

    baseline: str
    yearly: bool
    wrong: float
    least: tuple[float, str] | None
    most: tuple[float, str] | None
    no_place: float
    changes: dict[str, ClearChanges]
    offered: int


def headline(finding: ErrorsFinding) -> str:
    """The finding in words."""
    base = f"the baseline ({quoted(finding.baseline)})"
    if math.isnan(finding.wrong):
        return f"There are no youth in these results, so no errors under {base}."
    period = " a year" if finding.yearly else ""
    if finding.wrong == 0:
        first = f"Under {base} nobody is wrongly investigated"
    else:
        rate = number(finding.wrong)
        first = f"Under {base} there are {rate} wrong investigations per 1,000 youth{period}"
        if finding.least is not None and finding.most is not None:
            (low, low_place), (high, high_place) = finding.least, finding.most
            texts = numbers(low, high)
            first += f", most in {high_place} ({texts[1]}), fewest in {low_place} ({texts[0]})"
    if finding.no_place > 0:
        first += f", and {percent(finding.no_place)} of identified youth find no service place"
    parts = [_change(burden, finding) for burden in BURDENS]
    if not finding.offered:
        return f"{first}."
    if not any(parts):
        return f"{first}. That any policy changes these errors cannot be told."
    return f"{first}. {capitalised('; '.join(part for part in parts if part))}."


def _change(burden: Burden, finding: ErrorsFinding) -> str:
    change = finding.changes[burden.name]
    verbs = ("rise", "fall") if burden.plural else ("rises", "falls")
    sides = [
        f"{verb} under {under(labels, finding.offered)}"
        for verb, labels in zip(verbs, (change.rises, change.falls), strict=True)
        if labels
    ]
    return f"{burden.words} {listing(sides)}" if sides else ""


# The numbers.


@dataclass(frozen=True)
class ErrorsBorne:
    """All that is drawn: rows, the groups in which youth live, and the finding."""

    rows: list[ErrorsRow]
    groups: tuple[Group, ...]
    finding: ErrorsFinding


def unit_of(burden: Burden, results: ResultTables) -> str:
    """What the numbers count: 'cases per 1,000 youth a year'."""
    per = f"{burden.per:,.0f}"
    if burden is NO_PLACE:
        return f"youth per {per} identified"
    period = " a year" if results.years else ""
    what = "cases" if burden is WRONG else "person-years"
    return f"{what} per {per} youth{period}"


def values_of(
    sums: GroupSums, burden: Burden, policy: ShownPolicy, group: Group | None = None
) -> FloatArray:
    """The error's rate, one value a world (W,)."""
    years = (sums.results.years or 1) if burden.yearly else 1
    values = ratio_values(
        sums.of(burden.top, policy, group),
        sums.of(burden.bottom, policy, group),
        sums.results.future,
    )
    return burden.per / years * values


def errors_of(results: ResultTables) -> ErrorsBorne:
    """The numbers of the figure for these results."""
    sums = group_sums(results, COLUMNS)
    rows = [
        _row(sums, burden, group, policy)
        for burden in BURDENS
        for group in (*sums.groups, None)
        for policy in results.policies
    ]
    return ErrorsBorne(rows, sums.groups, finding_of(sums))


def _row(sums: GroupSums, burden: Burden, group: Group | None, policy: ShownPolicy) -> ErrorsRow:
    results = sums.results
    values = values_of(sums, burden, policy, group)
    one = estimate(values, results.future)
    base = values_of(sums, burden, results.baseline, group)
    difference = estimate(values - base, results.future)
    return ErrorsRow(
        burden.name,
        unit_of(burden, results),
        group.grouping if group else EVERYWHERE,
        group.name if group else EVERYWHERE,
        policy.name,
        policy.is_baseline,
        policy.is_oracle,
        one.mean,
        one.low,
        one.high,
        difference.mean,
        difference.low,
        difference.high,
        spread(values, results),
        spread(values - base, results),
        len(one.futures),
        one.n_runs,
    )


def finding_of(sums: GroupSums) -> ErrorsFinding:
    """What the headline says about these results."""
    results = sums.results
    base, future = results.baseline, results.future
    places = {g.words: g for g in sums.groups if g.grouping == PLACE}
    rates = {words: values_of(sums, WRONG, base, g) for words, g in places.items()}
    means = {words: estimate(v, future).mean for words, v in rates.items()}
    defined = [words for words, mean in means.items() if math.isfinite(mean)]
    least = most = None
    if len(defined) > 1:
        low, high = min(defined, key=means.__getitem__), max(defined, key=means.__getitem__)
        pairs = len(defined) * (len(defined) - 1) // 2
        if clearly_above(rates[high], rates[low], future, pairs):
            least, most = (means[low], low), (means[high], high)
    return ErrorsFinding(
        baseline=base.label,
        yearly=bool(results.years),
        wrong=estimate(values_of(sums, WRONG, base), future).mean,
        least=least,
        most=most,
        no_place=estimate(values_of(sums, NO_PLACE, base), future).mean,
        changes={burden.name: _changes(sums, burden) for burden in BURDENS},
        offered=len(results.ranked),
    )


def _changes(sums: GroupSums, burden: Burden) -> ClearChanges:
    results = sums.results
    base = values_of(sums, burden, results.baseline)
    tests = 2 * len(results.ranked)

    def clear(policies: Sequence[ShownPolicy], sign: float) -> tuple[str, ...]:
        return tuple(
            policy.label
            for policy in policies
            if clearly_above(
                sign * (values_of(sums, burden, policy) - base),
                np.zeros(base.shape),
                results.future,
                tests,
            )
        )

    return ClearChanges(clear(results.ranked, 1.0), clear(results.ranked, -1.0))
