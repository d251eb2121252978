"""What a policy's money comes to over the years of an experiment: a resident, and by lever."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from streetlight.model.money.combine import Blend, Schedule
from streetlight.model.money.mixes import SUM_TOLERANCE
from streetlight.model.money.policies import Policy
from streetlight.model.money.table import ShareTable


def money_of(policy: Policy, horizon: int) -> dict[str, Any]:
    """What a manifest says of a policy's money beside its own budget and mix.

    budget: mean dollars per resident per year; budgets: those of every year, if they differ; mix:
    what is bought over all years, empty where that hangs on the class of place; unspent: the share
    of its budget that a table of shares leaves.
    """
    a_head = [policy.budget_in(year) for year in range(horizon)]
    found: dict[str, Any] = {"budget": a_head[0]}
    if len(set(a_head)) > 1:
        found = {"budget": math.fsum(a_head) / horizon, "budgets": a_head}
    if isinstance(policy.rule, ShareTable) and (total := math.fsum(a_head)):
        used = [math.fsum(policy.rule.of_year(year).ravel()) for year in range(horizon)]
        spent = math.fsum(share * dollars for share, dollars in zip(used, a_head, strict=True))
        if 1.0 - spent / total > SUM_TOLERANCE:
            found["unspent"] = 1.0 - spent / total
    return {**found, "mix": mix_over(policy, horizon)}


def mix_over(policy: Policy, horizon: int) -> dict[str, float]:
    """Shares of levers in all that a policy allocates; empty where that cannot be told before."""
    spending = [
        (dollars, part)
        for year in range(horizon)
        for dollars, part in spending_in(policy, year)
        if dollars
    ] or [(1.0, policy)]
    if any(part.class_mixes for _, part in spending):
        return {}
    first = dict(spending[0][1].mix)
    if all(dict(part.mix) == first for _, part in spending):
        return first
    total = math.fsum(dollars for dollars, _ in spending)
    by_lever: dict[str, float] = {}
    for dollars, part in spending:
        for lever, share in part.mix.items():
            by_lever[lever] = by_lever.get(lever, 0.0) + share * dollars / total
    return by_lever


def spending_in(policy: Policy, year: int) -> Iterator[tuple[float, Policy]]:
    """Dollars a resident in a year, by the policies without parts that spend them."""
    rule = policy.rule
    if isinstance(rule, Schedule):
        yield from spending_in(rule.part(year), year)
    elif isinstance(rule, Blend):
        for share, part in rule.parts:
            yield from ((share * one, of) for one, of in spending_in(part, year))
    else:
        yield policy.budget_in(year), policy
