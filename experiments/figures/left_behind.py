"""Who is left behind, its numbers and words: what is identified and known, group by group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from experiments.figures.estimates import (
    Estimate,
    FloatArray,
    clearly_above,
    estimate,
)
from experiments.figures.groups import (
    LEAST_POOR,
    PLACE,
    POOREST,
    Group,
    GroupSums,
    group_sums,
)
from experiments.figures.policies_compared import Verdict, verdict
from experiments.figures.tables import Policy, Results
from experiments.figures.words import capitalised, listing, percent, percents
from experiments.labels import quoted

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
    (for WORST to the baseline's own worst-off place class).
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
    futures: int
    runs: int


@dataclass(frozen=True)
class LeftBehindFinding:
    """What the headline is made of; shares identified per 100 victimizations.

    baseline: label; overall: everywhere under the baseline, NaN if nothing began; lowest, highest:
    share and place class under the baseline, None with fewer than two; differ: whether those two
    are clearly apart; poorest, least_poor: the same of the outer fifths by poverty, NaN if either
    has no youth; poverty: their paired difference; worst: who is ahead in the worst-off place
    class, None without policies on offer; before, after: that share under the baseline and under
    the one ahead; narrows, widens: labels of the policies on offer under which the gap between
    `highest` and `lowest` clearly shrinks or grows; offered: how many policies are on offer.
    """

    baseline: str
    overall: float
    lowest: tuple[float, str] | None = None
    highest: tuple[float, str] | None = None
    differ: bool = False
    poorest: float = math.nan
    least_poor: float = math.nan
    poverty: Estimate | None = None
    worst: Verdict | None = None
    before: float = math.nan
    after: float = math.nan
    narrows: tuple[str, ...] = ()
    widens: tuple[str, ...] = ()
    offered: int = 0
    only_place: str = field(default="")


def headline(finding: LeftBehindFinding) -> str:
    """The finding in words."""
    base = f"the baseline ({quoted(finding.baseline)})"
    if math.isnan(finding.overall):
        return f"No victimization began under {base}, so there are no shares to compare."
    if finding.overall == 0:
        first = f"Under {base} nobody is identified anywhere"
    else:
        first = f"{_places(finding, base)}{_poverty(finding)}"
    return " ".join(part for part in (f"{first}.", _worst(finding), _gap(finding)) if part)


def _places(finding: LeftBehindFinding, base: str) -> str:
    if finding.lowest is None or finding.highest is None:
        return (
            f"Under {base} {percent(finding.overall)} of victimizations are identified; all youth "
            f"live in {finding.only_place}"
        )
    (low, low_place), (high, high_place) = finding.lowest, finding.highest
    if low == high:
        share = percent(low)
        return f"Under {base} {share} of victimizations are identified in every kind of place"
    texts = percents(low, high)
    if not finding.differ:
        return (
            f"Under {base} no kind of place can be told to be left behind ({texts[0]} to "
            f"{texts[1]} of victimizations identified)"
        )
    return (
        f"Under {base} fewest are identified in {low_place}: {texts[0]} of victimizations, "
        f"against {texts[1]} in {high_place}"
    )


def _poverty(finding: LeftBehindFinding) -> str:
    """What is clear about the outer fifths by poverty; '' where nothing is."""
    one = finding.poverty
    if one is None or one.covers_zero:
        return ""
    texts = percents(finding.poorest, finding.least_poor)
    return f"; {texts[0]} in the poorest fifth of communities, {texts[1]} in the least poor"


def _worst(finding: LeftBehindFinding) -> str:
    verdict = finding.worst
    if verdict is None or verdict.kind == "undefined":
        return ""
    where = "the share in the worst-off kind of place"
    names = [quoted(label) for label in verdict.labels]
    if verdict.kind == "ahead":
        texts = percents(finding.before, finding.after)
        most = " most" if finding.offered > 1 else ""
        return f"{names[0]} raises {where}{most}, to {texts[1]}."
    if verdict.kind == "same":
        return f"No policy changes {where}."
    if verdict.kind == "behind":
        return f"Every policy lowers {where}."
    if verdict.kind == "no gain":
        return f"No policy clearly raises {where}."
    who = listing(names) if len(names) <= 3 else f"{len(names)} policies"
    if verdict.kind == "level":
        return f"{who} raise {where} most, exactly alike."
    return f"Which of {who} raises {where} most cannot be told."


def _gap(finding: LeftBehindFinding) -> str:
    if not finding.differ or finding.lowest is None or finding.highest is None:
        return ""
    if finding.offered == 0:
        return ""
    gap = f"the gap between {finding.highest[1]} and {finding.lowest[1]}"
    parts = [
        f"{verb} under {under(labels, finding.offered)}"
        for verb, labels in (("narrows", finding.narrows), ("widens", finding.widens))
        if labels
    ]
    if not parts:
        return f"That any policy changes {gap} cannot be told."
    return f"{capitalised(gap)} {listing(parts)}."


def under(labels: Sequence[str], offered: int) -> str:
    """'“a”', 'all 3 policies', '2 of 3 policies': the policies under which something holds."""
    if len(labels) == 1:
        return quoted(labels[0])
    if len(labels) < offered:
        return f"{len(labels)} of {offered} policies"
    return "both policies" if offered == 2 else f"all {offered} policies"


# The numbers.


@dataclass(frozen=True)
class LeftBehind:
    """All that is drawn: rows, the groups in which youth live, and the finding."""

    rows: list[LeftBehindRow]
    groups: tuple[Group, ...]
    finding: LeftBehindFinding


def left_behind_of(results: Results) -> LeftBehind:
    """The numbers of the figure for these results."""
    sums = group_sums(results, COLUMNS)
    rows = [
        _row(results, measure, (group.grouping, group.name), policy, values, base)
        for measure in SHARES
        for group in sums.groups
        for base in [_share(sums, measure, results.baseline, group)]
        for policy in results.policies
        for values in [_share(sums, measure, policy, group)]
    ]
    _, base_worst = worst_off(sums, results.baseline)
    for policy in results.policies:
        group, values = worst_off(sums, policy)
        rows.append(_row(results, WORST, (PLACE, group.name), policy, values, base_worst))
        averted = averted_per_100k(sums, policy)
        nothing = np.where(np.isfinite(averted), 0.0, math.nan)
        rows.append(_row(results, AVERTED, (EVERYWHERE, EVERYWHERE), policy, averted, nothing))
    return LeftBehind(rows, sums.groups, finding_of(results, sums))


def _share(sums: GroupSums, column: str, policy: Policy, group: Group | None) -> FloatArray:
    return 100 * sums.share(column, "true_onsets", policy, group)


def worst_off(sums: GroupSums, policy: Policy) -> tuple[Group, FloatArray]:
    """The place class with the lowest share identified under a policy, and that share, (W,)."""
    places = [group for group in sums.groups if group.grouping == PLACE]
    shares = {g.name: _share(sums, IDENTIFIED, policy, g) for g in places}
    means = {name: estimate(v, sums.results.future).mean for name, v in shares.items()}
    least = min(places, key=lambda g: (math.isnan(means[g.name]), means[g.name]))
    return least, shares[least.name]


def averted_per_100k(sums: GroupSums, policy: Policy) -> FloatArray:
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
    results: Results,
    measure: str,
    group: tuple[str, str],
    policy: Policy,
    values: FloatArray,
    base: FloatArray,
) -> LeftBehindRow:
    one = estimate(values, results.future)
    difference = estimate(values - base, results.future)
    return LeftBehindRow(
        measure,
        *group,
        policy.name,
        policy.is_baseline,
        policy.is_oracle,
        one.mean,
        one.low,
        one.high,
        difference.mean,
        difference.low,
        difference.high,
        len(one.futures),
        one.n_runs,
    )


def finding_of(results: Results, sums: GroupSums) -> LeftBehindFinding:
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
    narrows, widens = _changes(results, sums, by_words[high], by_words[low]) if differ else ((), ())
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
        worst=found,
        before=before,
        after=after,
        narrows=narrows,
        widens=widens,
        offered=len(results.ranked),
        only_place=low,
    )


def _changes(
    results: Results, sums: GroupSums, high: Group, low: Group
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Labels of the policies under which the gap clearly narrows, and clearly widens."""

    def gap(policy: Policy) -> FloatArray:
        return _share(sums, IDENTIFIED, policy, high) - _share(sums, IDENTIFIED, policy, low)

    base, tests, future = gap(results.baseline), 2 * len(results.ranked), results.future
    narrows, widens = [], []
    for policy in results.ranked:
        theirs = gap(policy)
        # A gap turned round is narrower only if it is also smaller.
        smaller = abs(estimate(theirs, future).mean) < estimate(base, future).mean
        if smaller and clearly_above(base, theirs, future, tests):
            narrows.append(policy.label)
        elif clearly_above(theirs, base, future, tests):
            widens.append(policy.label)
    return tuple(narrows), tuple(widens)


def _verdict(results: Results, sums: GroupSums) -> tuple[Verdict | None, float, float]:
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
