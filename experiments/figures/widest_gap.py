"""Between which groups shares differ most, and whether that is clear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from streetlight.experiments.figures.estimates import clearly_above, estimate
from streetlight.experiments.figures.groups import PLACE, POVERTY, Group
from streetlight.experiments.figures.words import listing, percents
from streetlight.experiments.figures.youth_groups import GENDER, TYPE
from streetlight.model.arrays import FloatArray, IntArray

#: What shares differ by, and what stands before the words of a group.
DIFFER_BY = {PLACE: "kind of place", POVERTY: "poverty", TYPE: TYPE, GENDER: GENDER}
BEFORE = {PLACE: "in", POVERTY: "in", TYPE: "for", GENDER: "for"}


@dataclass(frozen=True)
class WidestGap:
    """The two groups of one grouping that lie furthest apart.

    low, high: shares per 100; clear: whether no other grouping has two groups as far apart.
    """

    lowest: Group
    highest: Group
    low: float
    high: float
    clear: bool


def widest_gap(shares: Mapping[Group, FloatArray], future: IntArray) -> WidestGap | None:
    """The widest gap, from one sample (W,) a group; None unless two groupings have two groups.

    It is clear if it is clearly wider than the difference of every other two groups of one
    grouping: each of these has to hold, so that only the choice of the widest is allowed for
    (Bonferroni over all pairs that could have been chosen).
    """
    means = {group: estimate(values, future).mean for group, values in shares.items()}
    pairs = [
        (high, low)
        for high, low in permutations([g for g in shares if np.isfinite(means[g])], 2)
        if high.grouping == low.grouping
    ]
    if len({high.grouping for high, _ in pairs}) < 2:
        return None
    high, low = max(pairs, key=lambda pair: means[pair[0]] - means[pair[1]])
    gap = shares[high] - shares[low]
    clear = all(
        clearly_above(gap, shares[a] - shares[b], future, len(pairs) // 2)
        for a, b in pairs
        if a.grouping != high.grouping
    )
    return WidestGap(low, high, means[low], means[high], clear)


def sentence(gap: WidestGap | None) -> str:
    """By what shares differ most; '' where there is nothing to compare."""
    if gap is None or gap.low == gap.high:
        return ""
    if not gap.clear:
        every = listing([*DIFFER_BY.values()], "or")
        return f"Whether shares differ most by {every} cannot be told."
    by, before = DIFFER_BY[gap.lowest.grouping], BEFORE[gap.lowest.grouping]
    if gap.lowest.grouping == PLACE:  # the sentence before has the numbers
        return f"Shares differ most by {by}."
    low, high = percents(gap.low, gap.high)
    return (
        f"Shares differ most by {by}: {low} {before} {gap.lowest.words}, {high} {before} "
        f"{gap.highest.words}."
    )
