"""Who gains and who loses: youth found of 100, by kind of place and where nobody had been found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.report.chosen import shown
from streetlight.experiments.report.marks import Axis, axis, marker, ticks
from streetlight.experiments.report.rounded import of_100, whole_percent
from streetlight.experiments.words import inside, listing, named, place, say
from streetlight.model.names import CLASSES, FEWEST_YOUTH

FOUND = "identified_share"
#: Places by what went before the money, and the row they share.
BEFORE = ("silent", "effort low")
#: A share below which almost nobody is found.
ALMOST_NOBODY = 0.01


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
        "title": say("gains.title" if len(study.groups) > 1 else "gains.title_one"),
        "says": [*of_classes(study, plans), *left_out(study)], "rows": rows, "ticks": ticks(scale),
        "key": [(named(plan), marker(plan.look)) for plan in plans],
    }  # fmt: skip


def told(study: Study, group: str) -> bool:
    """Whether enough youth live in a group for a share to be told."""
    return study.row("youth", study.baseline, group).mean >= FEWEST_YOUTH


def row(study: Study, group: str, plans: Sequence[Plan]) -> dict[str, Any]:
    """One row, without its dots."""
    share = study.row("youth_share", study.baseline, group).mean
    enough = told(study, group)
    values = [study.row(FOUND, plan, group).mean if enough else math.nan for plan in plans]
    return {
        "name": place(group), "note": say("gains.live", n=whole_percent(share)),
        "few": "" if any(map(math.isfinite, values)) else say("gains.few"), "values": values,
        "before": group in BEFORE,
    }  # fmt: skip


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
    """Kinds of place in which one plan surely finds more of 100 than another, and fewer."""

    def above(own: Plan, its: Plan) -> list[str]:
        n = len(study.groups)
        return [g for g in study.groups if study.surely_above((FOUND, own, g), (FOUND, its, g), n)]

    return above(plan, other), above(other, plan)


def names(groups: Sequence[str], last: str = "and") -> str:
    """Kinds of place inside a sentence."""
    return listing([say(f"places.{group.replace(' ', '_')}") for group in groups], last)


def of_classes(study: Study, plans: Sequence[Plan]) -> Iterator[str]:
    """What the plan that is best for the worst-off gives, and who loses by it."""
    if len(plans) == 2:
        yield say("gains.one_plan", base=inside(plans[0]), plan=inside(plans[1]))
    if len(plans) < 3:
        return
    plan, other = plans[1:]
    more, fewer = gains(study, other, plan)
    if more:
        yield say("gains.gains", plan=inside(other), than=inside(plan), where=names(more))
    elif len(study.groups) > 1:
        yield say("gains.no_gain", plan=inside(other), than=inside(plan))
    if fewer:
        rows = [study.row(FOUND, other, group) for group in fewer]
        still = all(row.difference_low > 0 for row in rows)
        below = all(row.difference_high < 0 for row in rows)
        key = "still" if still else "below" if below else "lose"
        yield say(f"gains.{key}", where=names(fewer), base=inside(plans[0]))


def left_out(study: Study) -> Iterator[str]:
    """What any plan finds in the third of places that look least, or where nobody was found."""
    for group in ("effort low", "silent"):
        best = max(shares(study, group), default=math.nan)
        if math.isnan(best) or not told(study, group):
            continue
        others = [v for one in study.groups for v in shares(study, one)]
        how = "fewest_" if best < min(others, default=0.0) else ""
        how = "almost_" if best < ALMOST_NOBODY else how
        yield say(f"gains.{how}{group.replace(' ', '_')}_say", n=of_100(best))
        return


def shares(study: Study, group: str) -> list[float]:
    """What each plan finds in a group of places, where that is known."""
    found = (study.row(FOUND, plan, group).mean for plan in study.plans)
    return [share for share in found if math.isfinite(share)]
