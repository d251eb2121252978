"""What the explorer says in sentences of the two plans, and how it writes numbers."""

from __future__ import annotations

import math

import numpy as np

from streetlight.experiments.explorer.watch import ONSETS, Moment, Side, Watch
from streetlight.model.names import REPORTS

MINUS = "\N{MINUS SIGN}"


def percent(value: float) -> str:
    """A share in whole percent: '0%' and '100%' only where exact, 'none' of nothing."""
    if math.isnan(value):
        return "none"
    if 0 < value < 0.5:
        return "under 1%"
    return "over 99%" if 99.5 <= value < 100 else f"{value:.0f}%"


def tenths(value: float) -> str:
    """A share per 100 beside its bar: one decimal, '0' only for exact zero."""
    return "0" if value == 0 else f"{value:.1f}" if value >= 0.05 else "<0.1"


def signed(value: float, unit: str = "") -> str:
    """A difference with its sign, '0' where it rounds to none, 'unknown' of nothing.

    A percentage below ten has a decimal.
    """
    if not math.isfinite(value):
        return "unknown"
    size = f"{abs(value):,.1f}" if unit and abs(value) < 9.95 else f"{abs(value):,.0f}"
    if not float(size.replace(",", "")):
        return f"0{unit}"
    return f"{'+' if value > 0 else MINUS}{size}{unit}"


def change(new: float, old: float) -> float:
    """By how many percent something differs from what it is under plan A; NaN of nothing."""
    return 100.0 * (new - old) / old if old else math.nan


def summary(watch: Watch) -> str:
    """The state of the truth and of the record under both plans."""
    a, b = watch.a.now, watch.b.now
    if not b.week:
        who = f"{exploited(b)} in this invented region now" + (f"; {known(b)}" * bool(b.exploited))
        return f"{who}. Both plans start from this world."
    first = f"Under plan B {exploited(b)} now, under plan A {a.exploited:,}."
    text = (
        f"{first} Reports since the start: {against(b.reports, a.reports)}. "
        f"Youth found: {against(b.identified, a.identified)}."
    )
    if watch.assumed is None:
        return text
    there = watch.assumed.now
    return (
        f"{text} In the world as assumed, plan A would have {there.exploited:,} exploited now and "
        f"{there.reports:,} reports."
    )


def exploited(now: Moment) -> str:
    """How many youth are exploited at a moment, as the start of a clause."""
    if not now.exploited:
        return "no youth is exploited" if now.week else "No youth is exploited"
    return f"{now.exploited:,} youth {'is' if now.exploited == 1 else 'are'} exploited"


def known(now: Moment) -> str:
    """How many of those exploited now have been reported, one or more being exploited."""
    if now.exploited == 1:
        return "reported to someone" if now.known else "reported to nobody"
    if not now.known:
        return "none of them has been reported to anyone"
    verb = "has" if now.known == 1 else "have"
    return f"{now.known:,} of them {verb} been reported to someone"


def against(new: int, old: int) -> str:
    """A count under plan B against that under plan A."""
    if new == old:
        return f"{new:,} under both"
    more = "more" if new > old else "fewer"
    return f"{new:,} against {old:,}, {abs(new - old):,} {more}"


def streetlight(side: Side) -> str:
    """How far the places that report most are those where most happens."""
    reported, true = (side.against_mean(kinds) for kinds in (REPORTS, ONSETS))
    if np.isnan(reported).all():
        return "Nothing has been reported in these years."
    if np.isnan(true).all():
        return "No victimization began in these years: all reports are false ones."
    n = len(true) // 10
    tops = [
        set(np.argsort(-np.nan_to_num(one), kind="stable")[:n].tolist()) for one in (reported, true)
    ]
    both = len(tops[0] & tops[1])
    words = "none is" if not both else "all are" if both == n else f"{both} {_be(both)}"
    return (
        f"Of the {n} places with most reports per youth, {words} among the {n} with most "
        "victimizations per youth."
    )


def _be(count: int) -> str:
    return "is" if count == 1 else "are"
