"""Who is left behind, its numbers: what is identified and known, group by group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.figures.estimates import clearly_above, estimate
from streetlight.experiments.figures.groups import (
    GROUPS,
    LEAST_POOR,
    PLACE,
    POOREST,
    Group,
    GroupSums,
    group_sums,
)
from streetlight.experiments.figures.left_behind_words import GapChanges, LeftBehindFinding
from streetlight.experiments.figures.policies_compared import Verdict, verdict
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy
from streetlight.experiments.figures.widest_gap import WidestGap, widest_gap
from streetlight.experiments.figures.youth_groups import with_youth_groups, without_youth_groups
from streetlight.model.arrays import FloatArray, IntArray

IDENTIFIED, KNOWN = "identified", "known"
SHARES = (IDENTIFIED, KNOWN)
WORST, AVERTED = "identified, worst-off place class", "person-years averted per 100,000 youth"
COLUMNS = (IDENTIFIED, KNOWN, "true_onsets")
EVERYWHERE = "all"


@dataclass(frozen=True)
class LeftBehindRow:
    """One dot: a policy's value in one group.

    measure: a share per 100 victimizations (SHARES; WORST in the place class named, where it is
    lowest under that policy), or AVERTED against the baseline of the same worlds; low, high: 95%
    Monte-Carlo interval; difference and its interval: paired, to the baseline in the same group
    (for WORST to the baseline's own worst-off place class); onsets: victimizations that began there
    in a run under the policy, on average.
    """

    measure: str
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
    onsets: float
    futures: int
    runs: int


@dataclass(frozen=True)
class LeftBehind:
    """All that is drawn: rows, the groups in which youth live, and the finding.

    onsets: victimizations that began in each group in a baseline run, on average; lacking: why
    there is nothing by type and gender, '' if there is.
    """

    rows: list[LeftBehindRow]
    groups: tuple[Group, ...]
    finding: LeftBehindFinding
    onsets: dict[Group, float]
    lacking: str


def left_behind_of(results: ResultTables) -> LeftBehind:
    """The numbers of the figure for these results."""
    sums, lacking = group_sums(results, COLUMNS), without_youth_groups(results, COLUMNS)
    if not lacking:
        sums = with_youth_groups(sums, COLUMNS)
    rows = [
        _row(sums, measure, group, policy, values, base)
        for measure in SHARES
        for group in sums.groups
        for base in [_share(sums, measure, results.baseline, group)]
        for policy in results.policies
        for values in [_share(sums, measure, policy, group)]
    ]
    _, base_worst = worst_off(sums, results.baseline)
    for policy in results.policies:
        group, values = worst_off(sums, policy)
        rows.append(_row(sums, WORST, group, policy, values, base_worst))
        averted = averted_per_100k(sums, policy)
        nothing = np.where(np.isfinite(averted), 0.0, math.nan)
        rows.append(_row(sums, AVERTED, None, policy, averted, nothing))
    onsets = {group: _onsets(sums, results.baseline, group) for group in sums.groups}
    return LeftBehind(rows, sums.groups, finding_of(results, sums), onsets, lacking)


def _onsets(sums: GroupSums, policy: ShownPolicy, group: Group | None) -> float:
    return estimate(sums.of("true_onsets", policy, group), sums.results.future).mean


def _share(sums: GroupSums, column: str, policy: ShownPolicy, group: Group | None) -> FloatArray:
    return 100 * sums.share(column, "true_onsets", policy, group)


def worst_off(sums: GroupSums, policy: ShownPolicy) -> tuple[Group, FloatArray]:
    """The place class with the lowest share identified under a policy, and that share, (W,)."""
    places = [group for group in sums.groups if group.grouping == PLACE]
    shares = {g.name: _share(sums, IDENTIFIED, policy, g) for g in places}
    means = {name: estimate(v, sums.results.future).mean for name, v in shares.items()}
    least = min(places, key=lambda g: (math.isnan(means[g.name]), means[g.name]))
    return least, shares[least.name]


def averted_per_100k(sums: GroupSums, policy: ShownPolicy) -> FloatArray:
    """Person-years averted per 100,000 youth, (W,); zero under the baseline."""
    results = sums.results
    p = results.position(policy)
    if policy.is_baseline:
        return np.where(results.has_run[p], 0.0, math.nan)
    youth = sums.of("youth", policy)
    averted = results.metrics["averted_person_years"][p]
    per: FloatArray = np.divide(
        1e5 * averted, youth, out=np.full(youth.shape, math.nan), where=youth > 0
    )
    return per


def _row(
    sums: GroupSums,
    measure: str,
    group: Group | None,
    policy: ShownPolicy,
    values: FloatArray,
    base: FloatArray,
) -> LeftBehindRow:
    one = estimate(values, sums.results.future)
    difference = estimate(values - base, sums.results.future)
    return LeftBehindRow(
        measure,
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
        _onsets(sums, policy, group),
        len(one.futures),
        one.n_runs,
    )


def finding_of(results: ResultTables, sums: GroupSums) -> LeftBehindFinding:
    """What the headline says about these results."""
    base, future = results.baseline, results.future
    overall = estimate(_share(sums, IDENTIFIED, base, None), future).mean
    places = [g for g in sums.groups if g.grouping == PLACE]
    shares = {g.words: _share(sums, IDENTIFIED, base, g) for g in places}
    means = {words: estimate(v, future).mean for words, v in shares.items()}
    defined = [words for words in shares if math.isfinite(means[words])]
    if not defined:
        return LeftBehindFinding(base.label, overall)
    low, high = min(defined, key=means.__getitem__), max(defined, key=means.__getitem__)
    pairs = len(defined) * (len(defined) - 1) // 2
    differ = clearly_above(shares[high], shares[low], future, pairs)
    several = len(defined) > 1
    poor, least_poor = (_share(sums, IDENTIFIED, base, g) for g in (POOREST, LEAST_POOR))
    by_words = {g.words: g for g in places}
    changes = GapChanges()
    if differ:
        changes = _changes(results, sums, by_words[high], by_words[low])
    found, before, after = _verdict(results, sums)
    return LeftBehindFinding(
        baseline=base.label,
        overall=overall,
        lowest=(means[low], low) if several else None,
        highest=(means[high], high) if several else None,
        differ=differ,
        poorest=estimate(poor, future).mean,
        least_poor=estimate(least_poor, future).mean,
        poverty=estimate(poor - least_poor, future),
        widest=_widest(sums, base),
        worst=found,
        before=before,
        after=after,
        gap=changes,
        offered=len(results.ranked),
        only_place=low,
    )


def _widest(sums: GroupSums, policy: ShownPolicy) -> WidestGap | None:
    """The widest gap between two groups, where the results have those of the youth themselves."""
    if sums.every == GROUPS:
        return None
    shares = {group: _share(sums, IDENTIFIED, policy, group) for group in sums.groups}
    return widest_gap(shares, sums.results.future)


def _changes(results: ResultTables, sums: GroupSums, high: Group, low: Group) -> GapChanges:
    """What clearly happens to the gap under each policy, all of it together at 95%."""

    def gap(policy: ShownPolicy) -> FloatArray:
        return _share(sums, IDENTIFIED, policy, high) - _share(sums, IDENTIFIED, policy, low)

    base = gap(results.baseline)
    return gap_changes(base, {p.label: gap(p) for p in results.ranked}, results.future)


def gap_changes(base: FloatArray, gaps: Mapping[str, FloatArray], future: IntArray) -> GapChanges:
    """Which gaps clearly differ from the baseline's, all (W,) and by label; that is above zero."""
    # Three intervals a policy: of the gap, and of its distances to the gap and to its mirror image.
    tests, nothing = 3 * len(gaps), np.zeros(base.shape)
    found: dict[str, list[str]] = {"narrows": [], "widens": [], "turns": []}
    for label, theirs in gaps.items():
        if clearly_above(nothing, theirs, future, tests):
            found["turns"].append(label)
        elif clearly_above(theirs, base, future, tests):
            found["widens"].append(label)
        # Smaller in size: less than the gap, and more than the gap turned round.
        elif clearly_above(base, theirs, future, tests) and clearly_above(
            theirs, -base, future, tests
        ):
            found["narrows"].append(label)
    return GapChanges(**{name: tuple(labels) for name, labels in found.items()})


def _verdict(results: ResultTables, sums: GroupSums) -> tuple[Verdict | None, float, float]:
    """Who is ahead in the worst-off place class, and that share before and after."""
    if not results.ranked:
        return None, math.nan, math.nan
    offered = (results.baseline, *results.ranked)
    _, base = worst_off(sums, results.baseline)
    worst = {policy.name: worst_off(sums, policy)[1] for policy in offered}
    found = verdict(
        {name: values - base for name, values in worst.items()},
        {policy.name: policy.label for policy in offered},
        results.baseline.name,
        results.future,
    )
    before = estimate(base, results.future).mean
    ahead = next((p.name for p in offered if (p.label,) == found.labels), None)
    after = estimate(worst[ahead], results.future).mean if ahead else math.nan
    return found, before, after
