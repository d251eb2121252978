"""Who is left behind, in words: the headline, made from its finding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from streetlight.experiments.figures.estimates import RunMean
from streetlight.experiments.figures.policies_compared import Verdict
from streetlight.experiments.figures.widest_gap import WidestGap, sentence
from streetlight.experiments.figures.words import capitalised, listing, percent, percents
from streetlight.experiments.labels import quoted


@dataclass(frozen=True)
class GapChanges:
    """Labels of the policies under which the baseline's gap clearly shrinks, grows or changes sign.

    A gap that changes sign is in `turns` whatever its size, and in no other.
    """

    narrows: tuple[str, ...] = ()
    widens: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeftBehindFinding:
    """What the headline is made of; shares identified per 100 victimizations.

    baseline: label; overall: everywhere under the baseline, NaN if nothing began; lowest, highest:
    share and place class under the baseline, None with fewer than two; differ: whether those two
    are clearly apart; poorest, least_poor: the same of the outer fifths by poverty, NaN if either
    has no youth; poverty: their paired difference; widest: the widest gap of all groups, None in
    results that have none by type and gender; worst: who is ahead in the worst-off place
    class, None without policies on offer; before, after: that share under the baseline and under
    the one ahead; gap: what policies on offer do to the gap between `highest` and `lowest`;
    offered: how many policies are on offer.
    """

    baseline: str
    overall: float
    lowest: tuple[float, str] | None = None
    highest: tuple[float, str] | None = None
    differ: bool = False
    poorest: float = math.nan
    least_poor: float = math.nan
    poverty: RunMean | None = None
    widest: WidestGap | None = None
    worst: Verdict | None = None
    before: float = math.nan
    after: float = math.nan
    gap: GapChanges = GapChanges()
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
    parts = (f"{first}.", sentence(finding.widest), _worst(finding), _gap(finding))
    return " ".join(part for part in parts if part)


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
    # Another measure may have another kind of place that is worst off: this one is named.
    where = "the share identified in the kind of place where it is lowest"
    names = [quoted(label) for label in verdict.labels]
    if verdict.kind == "ahead":
        texts = percents(finding.before, finding.after)
        most = " most" if finding.offered > 1 else ""
        return f"{names[0]} raises{most} {where}: to {texts[1]}."
    if verdict.kind == "same":
        return f"No policy changes {where}."
    if verdict.kind == "behind":
        return f"Every policy lowers {where}."
    if verdict.kind == "no gain":
        return f"No policy clearly raises {where}."
    who = listing(names) if len(names) <= 3 else f"{len(names)} policies"
    if verdict.kind == "level":
        return f"{who} raise most, exactly alike, {where}."
    return f"Which of {who} raises most {where} cannot be told."


def _gap(finding: LeftBehindFinding) -> str:
    if not finding.differ or finding.lowest is None or finding.highest is None:
        return ""
    if finding.offered == 0:
        return ""
    gap = f"the gap between {finding.highest[1]} and {finding.lowest[1]}"
    changes = finding.gap
    told = [
        (verb, labels)
        for verb, labels in (
            ("narrows", changes.narrows), ("widens", changes.widens), ("turns round", changes.turns)
        )
        if labels
    ]  # fmt: skip
    if not told:
        return f"That any policy changes {gap} cannot be told."
    parts = [f"{verb} under {under(labels, finding.offered)}" for verb, labels in told]
    left = finding.offered - sum(len(labels) for _, labels in told)
    others = "the other policy" if left == 1 else f"the other {left}"
    rest = f"; under {others} that cannot be told" if left else ""
    return f"{capitalised(gap)} {listing(parts)}{rest}."


def under(labels: Sequence[str], offered: int) -> str:
    """'“a”', 'all 3 policies', '2 of 3 policies': the policies under which something holds."""
    if len(labels) == 1:
        return quoted(labels[0])
    if len(labels) < offered:
        return f"{len(labels)} of {offered} policies"
    return "both policies" if offered == 2 else f"all {offered} policies"
