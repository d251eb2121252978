"""The plans that a section shows when it cannot show all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from streetlight.experiments.analyse.study import Plan, Study

BY_HEAD = ":per_youth"
WORST = "worst_class_identified_share"
#: Plans on offer of which each has its own mark; of more, those that nothing beats both ways have.
MOST_MARKED = 12
#: First metrics in the place of which the first picture shows another one.
INSTEAD = {WORST: "identified", "person_years": "averted_person_years"}


def by_head(study: Study, among: Sequence[Plan]) -> Plan | None:
    """The plan that gives by number of youth, None without one."""
    rules = {p.name: str(study.config["policies"][p.name].get("rule", "")) for p in among}
    return next((plan for plan in among if rules[plan.name].endswith(BY_HEAD)), None)


def leading(study: Study) -> Plan | None:
    """The plan that stands for the money: by head where nothing is ahead of it, else the best.

    Of several budgets, which are never ranked as alike, the one with most plans (the larger of
    equals); None without any plan on offer.
    """
    if not study.plans:
        return None
    groups = study.budgets().values()
    among = max(reversed(list(groups)), key=len) if len(groups) > 1 else study.plans
    leaders = study.leaders(among=among)
    return by_head(study, leaders or among) or (leaders or among)[0]


def peers(study: Study, plan: Plan) -> tuple[Plan, ...]:
    """The plans on offer that are handed as much money, itself among them."""
    groups = study.budgets().values()
    return next((plans for plans in groups if plan in plans), study.plans)


def best_for_worst_off(study: Study, plan: Plan) -> Plan | None:
    """The peer of a plan that finds most where it itself finds fewest; None where none can tell."""
    shares = {
        peer.order: study.row("identified_share", peer, study.worst_off(peer)).mean
        for peer in peers(study, plan)
    }
    known = {order: share for order, share in shares.items() if not math.isnan(share)}
    if not known:
        return None
    if WORST in study.comparison.metrics:
        leaders = study.leaders(WORST, among=peers(study, plan))
        return plan if plan in leaders else leaders[0]
    most = max(known, key=known.__getitem__)
    return next(one for one in study.plans if one.order == most)


def shown(study: Study) -> tuple[Plan, ...]:
    """The line without money, the leading plan, and the best for the worst-off."""
    plan = leading(study)
    if plan is None:
        return (study.baseline,)
    other = best_for_worst_off(study, plan)
    return (study.baseline, plan, *([other] if other not in (None, plan) else []))


def both_ways(study: Study) -> tuple[str, dict[Plan, tuple[float, float]]]:
    """A metric, and by plan what it gains in it and the share found where fewest are.

    Plans of which both can be told, the baseline first.
    """
    metric = INSTEAD.get(study.primary, study.primary)
    sign = study.sign() if metric == study.primary else 1.0
    plans = (study.baseline, *study.plans)
    at = {p: (sign * study.row(metric, p).difference, study.row(WORST, p).mean) for p in plans}
    return metric, {plan: spot for plan, spot in at.items() if all(map(math.isfinite, spot))}


def marked(study: Study) -> tuple[Plan, ...]:
    """The plans that pictures name: all, or of many those that no other beats both ways.

    The baseline and the plan that gains least are always among them.
    """
    if len(study.plans) <= MOST_MARKED:
        return (study.baseline, *study.plans)
    at = {plan: spot for plan, spot in both_ways(study)[1].items() if plan is not study.baseline}

    def beaten(plan: Plan) -> bool:
        x, y = at[plan]
        return any(spot != (x, y) and spot[0] >= x and spot[1] >= y for spot in at.values())

    last = min(at, key=lambda plan: at[plan], default=None)
    return (study.baseline, *(plan for plan in at if plan is last or not beaten(plan)))
