"""Reach more youth, or more places: the trade-off in a sentence and in the first picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.looks import UNNAMED
from streetlight.experiments.report.chosen import WORST, both_ways, marked
from streetlight.experiments.report.leading import Claim, claim, gain, metric_words
from streetlight.experiments.report.marks import Dot, scatter
from streetlight.experiments.report.places import names
from streetlight.experiments.report.rounded import dollars, of_100, portion, signed_count
from streetlight.experiments.words import inside, listing, named, place, say


def compared_plans(study: Study) -> tuple[Plan, ...]:
    """The plans that may be compared: of the largest budget that several share, if any does."""
    shared = [plans for plans in study.budgets().values() if len(plans) > 1]
    return shared[-1] if shared else study.plans[-1:]


def values(study: Study) -> Claim:
    """Whether who finds most where fewest are found also leads in all, or what that costs."""
    if len(study.groups) < 2:
        kind = place(study.groups[0]).lower() if study.groups else ""
        return claim(f"values.{'one_kind' if kind else 'too_few'}", kind=kind)
    if all(study.row(WORST, p).mean == 0 for p in (study.baseline, *study.plans)):
        return claim("values.nobody")
    plans = compared_plans(study)
    head, body = of_one_sum(study, plans)
    if len(study.budgets()) > 1 and len(plans) > 1:
        body += " " + say("values.at", money=dollars(study.yearly(plans[0])))
    return Claim(head, body)


def of_one_sum(study: Study, plans: Sequence[Plan]) -> Claim:
    """The same among plans that spend one sum."""
    leaders = study.leaders(among=plans)
    kept = study.leaders(WORST, plans) if WORST in study.comparison.metrics else ()
    if len(plans) < 2 or not kept or not leaders or study.primary == WORST:
        return where_fewest(study, (leaders or plans)[0])
    both = [p for p in leaders if p in kept]
    if len(kept) == len(plans):
        return claim("values.no_matter", n=len(plans))
    if both:
        shares = found(study, both[0], study.baseline)
        return claim("values.no_choice", plan=inside(both[0]), **shares)
    other = max(kept, key=lambda p: gain(study, p))
    return a_choice(study, other, leaders[0])


def a_choice(study: Study, other: Plan, leader: Plan) -> Claim:
    """The plan that finds most where fewest are found falls short in all."""
    head = say("values.choice", plan=inside(other))
    there = place(study.worst_off(leader)).lower()
    kinds = dict.fromkeys(say(f"kinds.{group.replace(' ', '_')}") for group in study.groups)
    fields = {**found(study, other, leader), "other": inside(leader), "kinds": listing([*kinds])}
    body = say("values.choice_found", there=there, **fields)
    most = gain(study, leader)
    short = 1.0 - gain(study, other) / most if most > 0 else math.nan
    if not 0 < short < 1:
        return Claim(head, f"{body} {say('values.choice_behind')}")
    falls = metric_words(study.primary, "short", by=portion(short))
    losers = losing(study, other, leader)
    key = "values.choice_costs_where" if losers else "values.choice_costs"
    return Claim(head, f"{body} {say(key, falls=falls, where=losers)}")


def found(study: Study, plan: Plan, other: Plan) -> dict[str, str]:
    """Found of 100 where fewest are found, under one plan and another."""
    shares = [of_100(study.row(WORST, one).mean) for one in (plan, other)]
    return dict(zip(("own", "instead"), shares, strict=True))


def losing(study: Study, plan: Plan, leader: Plan) -> str:
    """The kind of place that loses most youth found from one plan to another, if it gets less."""

    def less(measure: str, group: str) -> float:
        return study.row(measure, leader, group).mean - study.row(measure, plan, group).mean

    lost = {g: less("identified", g) for g in study.groups}
    group = max(study.groups, key=lambda g: lost[g] if lost[g] > 0 else 0.0)
    return place(group).lower() if lost[group] > 0 and less("money_share", group) > 0 else ""


def where_fewest(study: Study, plan: Plan) -> Claim:
    """What one plan does where fewest are found."""
    row, kind = study.row(WORST, plan), place(study.worst_off(plan)).lower()
    if not kind or math.isnan(row.mean):
        return claim("values.too_few")
    head = say("values.fewest", kind=kind)
    key = "fewest_sure" if row.sure else "fewest_unsure"
    return Claim(head, say(f"values.{key}", **found(study, plan, study.baseline)))


def picture(study: Study) -> dict[str, Any] | None:
    """Total against where fewest are found; nothing where either cannot be told."""
    metric, at = both_ways(study)
    shown = list(at)
    if len(study.groups) < 2 or len(shown) < 2 or not any(at[p][1] for p in shown):
        return None
    leaders = study.leaders() if len(study.budgets()) == 1 else ()
    ringed = leaders if len(leaders) < len(study.plans) else ()
    told = [plan for plan in marked(study) if plan in at]
    points = []
    for plan in (*(p for p in shown if p not in told), *told):
        more, share = at[plan]
        tip = say("first.tip", plan=named(plan), gain=signed_count(more), found=of_100(share))
        name, look = (named(plan), plan.look) if plan in told else ("", UNNAMED)
        points.append(Dot(name, look, more, 100 * share, tip, plan in ringed))
    across = say("first.across", what=metric_words(metric, "axis"), n=study.years)
    label = " ".join(point.tip for point in points)
    fewest = [g for g in study.groups if g in map(study.worst_off, shown)]
    up = say(f"first.up{'_in' if fewest else ''}", kinds=names(fewest, "or"))
    n = len(shown) - len(told)
    others = say("first.unnamed", n=n) if n else ""
    return {**scatter(points), "across": across, "up": up, "label": label, "others": others}
