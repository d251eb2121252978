"""Policies: who gets how much for what, decided from the public record.

    policies.per_youth(budget=0.50)                    a registered rule, ready to run
    policies.per_youth(mix="training_only")            with another lever mix
    policies.small_towns_first(larger=0.0)             with a setting of the rule changed
    policies.equal_shares(teams="regional")            with small communities that buy together
    Policy("mine", my_rule, budget=0.50)               a rule of your own
    policies.per_youth(budget={0: 0.25, 5: 0.50})      with another budget from policy year 5 on
    policies.table(dollars, region.ids, region.population, name="today")   what is written down
    policies.blend({policies.per_youth(): 0.7, policies.hotspots(): 0.3}, name="both")

A function of this module exists for every rule in `RULES`. Importing this package loads nothing
that knows the truth or the simulator's parameters (tests hold it to that).

>>> policy = sl.policies.per_youth(budget=0.50, mix="training_only")
>>> policy
<Policy per_youth: 0.5 dollars per resident a year, training 100%>
>>> sl.policies.RULES["per_youth"].sees
'youth aged 10-17'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from inspect import signature
from typing import Any, cast

import numpy as np

from streetlight.model.calling import explained
from streetlight.model.errors import did_you_mean

# importing them registers their rules, in this order
from streetlight.model.money.rules import formulas as formulas  # isort: skip
from streetlight.model.money.rules import counts as counts  # isort: skip
from streetlight.model.money.rules import grants as grants  # isort: skip
from streetlight.model.money.rules import estimates as estimates  # isort: skip
from streetlight.model.money.rules import exploration as exploration  # isort: skip
from streetlight.model.money.rules import portfolios as portfolios  # isort: skip
from streetlight.model.money.rules import robust as robust  # isort: skip
from streetlight.model.money.combine import blend, schedule
from streetlight.model.money.mixes import DEFAULT_MIX, MIXES, Mix
from streetlight.model.money.policy import TEAMS, Policy, PolicyError, Teams
from streetlight.model.money.registry import (
    NAMED_RULES,
    RULES,
    Rule,
    RuleInfo,
    planner,
    rule,
    settings_of,
)
from streetlight.model.money.table import table

__all__ = [
    "DEFAULT_BUDGET",
    "DEFAULT_MIX",
    "MIXES",
    "RULES",
    "TEAMS",
    "Mix",
    "Policy",
    "PolicyError",
    "Rule",
    "RuleInfo",
    "Teams",
    "blend",
    "build",
    "planner",
    "rule",
    "schedule",
    "table",
]

#: What a notebook shows of the function of every rule.
ARGUMENTS = (
    "budget, mix, name, teams, class_mixes and the rule's settings are as in `policies.build`."
)

#: A mix by its name in `MIXES`, or as shares by lever.
AnyMix = str | Mapping[str, float]

#: Dollars per resident per year of a policy that names no budget.
DEFAULT_BUDGET = 0.50


def build(
    rule: str,
    *,
    budget: float | Mapping[int, float] | None = None,
    mix: AnyMix = "balanced",
    class_mixes: Mapping[str, AnyMix] | None = None,
    name: str | None = None,
    teams: Teams = "own",
    **settings: float,
) -> Policy:
    """Policy of a registered rule, by names as an experiment file gives them.

    budget: dollars per resident per year (default 0.50, and 0 for a rule that does not spend), or
    from policy year, 0 the first, to the budget from then on; mix: the name of one in `MIXES`, or
    shares by lever; class_mixes: by class of place ("rural"), for those with another mix; name:
    default the rule's; teams: who buys together; settings: the rule's.
    PolicyError for an unknown name, with the closest known one, and for what `Policy` refuses.

    >>> sl.policies.build("per_youth", budget=0.25, teams="regional").teams
    'regional'
    """
    if rule not in NAMED_RULES:
        raise PolicyError(f'no rule is called "{rule}"{did_you_mean(rule, NAMED_RULES)}')
    if "budgets" in settings:
        raise PolicyError("budgets: say budget={0: 0.25, 5: 0.50}: policy years to dollars")
    info = NAMED_RULES[rule]
    known = settings_of(info.function) or {}
    for one in settings:
        if one not in known:
            there = [*known, *(n for n in signature(build).parameters if n != "settings")]
            raise PolicyError(
                f'policy "{name or rule}": no setting is called "{one}"{did_you_mean(one, there)}; '
                f"the rule has: {', '.join(known) or 'none'}"
            )
    by_year: dict[int, float] = {}
    if isinstance(budget, Mapping):
        by_year, budget = dict(budget), None
    if isinstance(budget, np.number):  # a cell of a table
        budget = budget.item()
    if budget is None:
        budget = DEFAULT_BUDGET if info.spends else 0.0
    if (budget or by_year) and not info.spends:
        shown = by_year or budget
        raise PolicyError(f'policy "{name or rule}": budget: {shown!r}: this rule spends nothing')
    return Policy(
        name or rule, info.function, shares_named(mix), budget, settings=settings,
        plans=info.plans, teams=teams, budgets=by_year,
        class_mixes={place: shares_named(one) for place, one in (class_mixes or {}).items()},
    )  # fmt: skip


def shares_named(mix: AnyMix) -> Mapping[str, float]:
    """The shares of a mix that may be given by its name; PolicyError for an unknown one."""
    if not isinstance(mix, str):
        return mix
    if mix not in MIXES:
        raise PolicyError(f'no mix is called "{mix}"{did_you_mean(mix, MIXES)}')
    return MIXES[mix].shares


@cache
def builder_of(name: str) -> Callable[..., Policy]:
    """The function that builds the policy of a registered rule."""
    settings = ", ".join(settings_of(RULES[name].function) or ()) or "none"
    builder = partial(build, name)
    builder.__doc__ = f"Policy of the rule {name}.\n\n{RULES[name].doc}\n\n{ARGUMENTS}"
    made: Any = explained(f"policies.{name}", f"; settings of the rule: {settings}")(builder)
    made.__module__, made.__name__, made.__qualname__ = __name__, name, name  # where it is found
    return cast("Callable[..., Policy]", made)


def __getattr__(name: str) -> Callable[..., Policy]:
    """The function that builds the policy of a registered rule."""
    if name in RULES:
        return builder_of(name)
    raise AttributeError(f"module {__name__!r} has no rule {name!r}{did_you_mean(name, RULES)}")


def __dir__() -> list[str]:
    return [*__all__, *RULES]
