"""The plans that a section shows when it cannot show all of them."""

from __future__ import annotations

import math

from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.labels import quoted
from streetlight.experiments.report.words import named

BY_HEAD = "per_youth"
WORST_OFF = "worst_class_identified_share"


def by_head(study: Study) -> Plan | None:
    """The plan that gives by number of youth, None without one."""
    return next((plan for plan in study.plans if plan.name == BY_HEAD), None)


def leading(study: Study) -> Plan | None:
    """The plan that stands for the money: by head where nothing is ahead of it, else the best.

    With several budgets, which are never ranked as alike, it is by head or the largest budget's
    first plan; None without any plan on offer.
    """
    if not study.plans:
        return None
    same = study.leaders() if len(study.budgets()) < 2 else [*study.budgets().values()][-1]
    head = by_head(study)
    if head is not None and (head in same or len(study.budgets()) > 1):
        return head
    return same[0] if same else study.plans[0]


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
    if WORST_OFF in study.comparison.metrics:
        leaders = study.leaders(WORST_OFF, among=peers(study, plan))
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


def called(plan: Plan) -> str:
    """A plan's name in quotes, for sentences in which "by number of youth" would be misread."""
    return quoted(named(plan))
