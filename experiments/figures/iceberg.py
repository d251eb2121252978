"""Iceberg, its numbers and its words: what is identified, known or not reported.

All are events of the policy years: what is reported in them over what begins in them. Spells are
not followed, so that some reported began earlier, and some that begin are reported later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.figures.estimates import RunMean, clearly_above, estimate, ratio_values
from streetlight.experiments.figures.spread import Spread, future_means, luck_in, spread_of
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy
from streetlight.experiments.figures.words import PLACES, percent, percents
from streetlight.experiments.labels import quoted
from streetlight.model.arrays import FloatArray
from streetlight.model.names import CLASSES


@dataclass(frozen=True)
class IcebergRow:
    """One bar: shares per 100 true victimizations of one place class under one policy.

    never_reported: what is left of 100; never_reported_future: how that share spreads over futures.
    """

    place_class: str
    policy: str
    is_baseline: bool
    is_oracle: bool
    identified: float
    identified_low: float
    identified_high: float
    known_not_identified: float
    never_reported: float
    never_reported_future: Spread
    futures: int
    runs: int


@dataclass(frozen=True)
class IcebergFinding:
    """What the headline is made of; shares per 100 victimizations.

    baseline: label; hidden, identified: over all places under the baseline, NaN if nothing began;
    lowest, highest: identified share and place under the baseline, None with fewer than two
    places; differ: whether those two are clearly apart; best: highest identified share under any
    other policy that is no oracle, with its label and place.
    """

    baseline: str
    hidden: float
    identified: float
    lowest: tuple[float, str] | None = None
    highest: tuple[float, str] | None = None
    differ: bool = False
    best: tuple[float, str, str] | None = None


def headline(finding: IcebergFinding) -> str:
    """The finding in words."""
    base = f"the baseline ({quoted(finding.baseline)})"
    if math.isnan(finding.hidden):
        return f"No victimization began under {base}, so there are no shares to show."
    if finding.hidden <= 0:
        first = f"Under {base} at least as many victimizations are reported as begin"
    elif finding.hidden == 100:
        first = f"Under {base} no victimization is reported in these years"
    else:
        first = f"Under {base}, for every 100 victimizations that begin, {_known(finding.hidden)}"
    if finding.identified == 0:
        first += "; none is identified"
    else:
        first += f"; {percent(finding.identified)} are identified"
    return f"{first}{_places(finding)}. {_best(finding)}".strip()


def _known(hidden: float) -> str:
    """'18 become known in the same years and 82 do not', with decimals that add up to 100."""
    decimals = 1 if min(hidden, 100 - hidden) < 10 else 0
    parts = [percent(share, decimals).removesuffix("%") for share in (100 - hidden, hidden)]
    return f"{parts[0]} become known in the same years and {parts[1]} do not"


def _places(finding: IcebergFinding) -> str:
    if finding.lowest is None or finding.highest is None or finding.identified == 0:
        return ""
    (low, low_place), (high, high_place) = finding.lowest, finding.highest
    if low == high:
        return ", the same in every kind of place"
    texts = percents(low, high)
    if finding.differ:
        return f", from {texts[0]} in {low_place} to {texts[1]} in {high_place}"
    return f"; that kinds of place differ ({texts[0]} to {texts[1]}) cannot be told from chance"


def _best(finding: IcebergFinding) -> str:
    if finding.best is None:
        return ""
    share, label, place = finding.best
    if share == 0:
        return "No other policy identifies anyone in these runs."
    return (
        f"The highest share identified under any other policy is {percent(share)} "
        f"({quoted(label)}, {place})."
    )


def _share(
    results: ResultTables, column: str, policy: ShownPolicy, places: Sequence[int]
) -> FloatArray:
    """Per 100 true victimizations of these places, one value a world (W,)."""
    top = results.class_sum(column, policy)[:, places].sum(axis=1)
    bottom = results.class_sum("true_onsets", policy)[:, places].sum(axis=1)
    return 100 * ratio_values(top, bottom, results.future)


def _unseen(results: ResultTables, policy: ShownPolicy, place: int) -> Spread:
    """How the share never reported spreads over futures, per 100."""
    values = [_share(results, column, policy, [place]) for column in ("identified", "known")]
    reported = np.maximum(*(future_means(one, results) for one in values))
    # Their noise is that of the share reported, except where more are identified than reported,
    # which happens at the edge of the period.
    return spread_of(np.maximum(100 - reported, 0.0), results, luck_in(values[1], results))


def rows_of(results: ResultTables) -> list[IcebergRow]:
    """Every bar: place classes where youth live, in each the policies in their order."""
    return [row for k in results.places for row in _rows(results, k)]


def _rows(results: ResultTables, place: int) -> list[IcebergRow]:
    rows = []
    for policy in results.policies:
        identified = estimate(_share(results, "identified", policy, [place]), results.future)
        known = estimate(_share(results, "known", policy, [place]), results.future)
        rows.append(_row(policy, place, identified, known, _unseen(results, policy, place)))
    return rows


def _row(
    policy: ShownPolicy, place: int, identified: RunMean, known: RunMean, never: Spread
) -> IcebergRow:
    return IcebergRow(
        place_class=CLASSES[place],
        policy=policy.name,
        is_baseline=policy.is_baseline,
        is_oracle=policy.is_oracle,
        identified=identified.mean,
        identified_low=identified.low,
        identified_high=identified.high,
        known_not_identified=float(np.maximum(known.mean - identified.mean, 0.0)),
        never_reported=float(np.maximum(100 - np.maximum(known.mean, identified.mean), 0.0)),
        never_reported_future=never,
        futures=len(identified.futures),
        runs=identified.n_runs,
    )


def finding_of(results: ResultTables, rows: Sequence[IcebergRow]) -> IcebergFinding:
    """What the headline says about these results."""
    base = results.baseline
    everywhere = list(results.places)
    known = estimate(_share(results, "known", base, everywhere), results.future).mean
    identified = estimate(_share(results, "identified", base, everywhere), results.future).mean
    mine = [r for r in rows if r.is_baseline and math.isfinite(r.identified)]
    others = [r for r in rows if not (r.is_baseline or r.is_oracle) and math.isfinite(r.identified)]
    labels = {policy.name: policy.label for policy in results.policies}
    best = max(others, key=lambda r: r.identified, default=None)
    low = min(mine, key=lambda r: r.identified, default=None)
    high = max(mine, key=lambda r: r.identified, default=None)
    several = len(mine) > 1 and low is not None and high is not None
    return IcebergFinding(
        baseline=base.label,
        hidden=100 - max(known, identified),
        identified=identified,
        lowest=(low.identified, _place(low)) if several and low else None,
        highest=(high.identified, _place(high)) if several and high else None,
        differ=bool(several and low and high) and _differ(results, low, high, len(mine)),
        best=(best.identified, labels[best.policy], _place(best)) if best else None,
    )


def _place(row: IcebergRow) -> str:
    return PLACES[CLASSES.index(row.place_class)]


def _differ(
    results: ResultTables, low: IcebergRow | None, high: IcebergRow | None, n_places: int
) -> bool:
    """Whether the two place classes are clearly apart under the baseline, among all pairs."""
    if low is None or high is None:
        return False
    values = [
        _share(results, "identified", results.baseline, [CLASSES.index(row.place_class)])
        for row in (high, low)
    ]
    return clearly_above(values[0], values[1], results.future, n_places * (n_places - 1) // 2)
