"""Who gains and who loses: youth found of 100, by kind of place and where nothing was reported."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.report.chosen import called, shown
from streetlight.experiments.report.marks import Axis, axis, marker, ticks
from streetlight.experiments.report.rounded import of_100, percent
from streetlight.experiments.report.words import listing, named, place, say
from streetlight.model.names import CLASSES

FOUND = "identified_share"
#: Places by what went before the money, and the row they share.
BEFORE = ("silent", "effort low")
#: With fewer youth a share is mostly luck.
FEWEST = 100
#: Found by no plan, of all exploited: almost nobody.
ALMOST_NOBODY = 0.03


def section(study: Study) -> dict[str, Any]:
    """Dots of the plans in rows of places."""
    plans = shown(study)
    there = [g for g in (*CLASSES, *BEFORE) if study.row("youth", study.baseline, g).mean > 0]
    rows = [row(study, group, plans) for group in there]
    values = [value for one in rows for value in one["values"]]
    if not any(map(math.isfinite, values)):
        return {}
    scale = axis([100 * value for value in values])
    for one in rows:
        one["dots"] = dots(plans, one.pop("values"), one["name"], scale)
    return {
        "title": title(study, plans),
        "says": [*of_classes(study, plans), *left_out(study)],
        "rows": rows,
        "ticks": ticks(scale),
        "key": [(named(plan), marker(plan.look)) for plan in plans],
        "caption": say("gains.caption"),
    }


def told(study: Study, group: str) -> bool:
    """Whether enough youth live in a group for a share to be told."""
    return study.row("youth", study.baseline, group).mean >= FEWEST


def row(study: Study, group: str, plans: Sequence[Plan]) -> dict[str, Any]:
    """One row, without its dots."""
    share = study.row("youth_share", study.baseline, group).mean
    enough = told(study, group)
    values = [study.row(FOUND, plan, group).mean if enough else math.nan for plan in plans]
    return {
        "name": place(group),
        "note": say("gains.live", n=of_100_youth(share)),
        "few": "" if any(map(math.isfinite, values)) else say("gains.few"),
        "values": values,
        "before": group in BEFORE,
    }


def of_100_youth(share: float) -> str:
    """How many of 100 youth."""
    return f"{100 * share:.0f}" if share >= 0.0095 else say("gains.under_1")


def dots(
    plans: Sequence[Plan], values: Sequence[float], name: str, scale: Axis
) -> list[dict[str, Any]]:
    """The plans' marks, with their numbers above for the last plan and below for the others."""
    return [
        {
            "left": scale.at(100 * value), "marker": marker(plan.look, 16),
            "colour": plan.look.colour, "text": of_100(value), "up": k == 2,
            "tip": say("gains.tip", place=name, plan=named(plan), n=of_100(value)),
        }
        for k, (plan, value) in enumerate(zip(plans, values, strict=True))
        if math.isfinite(value)
    ]  # fmt: skip


def gains(study: Study, plan: Plan, other: Plan) -> tuple[list[str], list[str]]:
    """Kinds of place in which one plan surely finds more of 100 than another, and fewer.

    By the intervals of both differences to the baseline, which do not overlap.
    """
    more, fewer = [], []
    for group in study.groups:
        own, its = study.row(FOUND, plan, group), study.row(FOUND, other, group)
        if own.difference_low > its.difference_high:
            more.append(group)
        elif own.difference_high < its.difference_low:
            fewer.append(group)
    return more, fewer


def names(groups: Sequence[str]) -> str:
    """Kinds of place inside a sentence."""
    return listing([say(f"places.{group.replace(' ', '_')}") for group in groups])


def title(study: Study, plans: Sequence[Plan]) -> str:
    """Who gains and who loses, where a plan trades one for the other."""
    if len(study.groups) < 2:
        return say("gains.title_one")
    more, fewer = gains(study, plans[-1], plans[1]) if len(plans) > 2 else ([], [])
    if not (more and fewer):
        return say("gains.title")
    return say("gains.title_trade", gain=names(more), lose=names(fewer))


def of_classes(study: Study, plans: Sequence[Plan]) -> Iterator[str]:
    """What the plan that is best for the worst-off gives, and who loses by it."""
    if len(plans) == 2:
        yield say("gains.one_plan", plan=called(plans[1]))
    if len(plans) < 3:
        return
    base, plan, other = plans
    more, fewer = gains(study, other, plan)
    if more:
        yield say("gains.gains", plan=called(other), than=called(plan), where=names(more))
    elif len(study.groups) > 1:
        yield say("gains.no_gain", plan=called(other), than=called(plan))
    if not fewer:
        return
    most = max(fewer, key=lambda g: study.row("youth", base, g).mean)
    own, its, without = (study.row(FOUND, one, most) for one in (other, plan, base))
    key = "still" if own.difference_low > 0 else "below" if own.difference_high < 0 else "lose"
    yield say(
        f"gains.{key}", where=names(fewer), place=names([most]), own=of_100(own.mean),
        its=of_100(its.mean), base=of_100(without.mean),
    )  # fmt: skip


def left_out(study: Study) -> Iterator[str]:
    """What any plan finds in the third of places that look least, and where nobody reported."""
    for group in ("effort low", "silent"):
        shares = [study.row(FOUND, plan, group).mean for plan in study.plans]
        known = [share for share in shares if math.isfinite(share)]
        if not known or not told(study, group):
            continue
        best, key = max(known), group.replace(" ", "_")
        live = percent(study.row("youth_share", study.baseline, group).mean)
        almost = "almost_" if best < ALMOST_NOBODY else ""
        yield say(f"gains.{almost}{key}_say", n=of_100(best), live=live)
        return
