"""The plans that a section shows when it cannot show all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from streetlight.experiments.analyse.study import Plan, Study

BY_HEAD = ":per_youth"
WORST = "worst_class_identified_share"


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
