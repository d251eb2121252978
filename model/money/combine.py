"""Policies made of policies: a blend of several at once, or one after the other.

    blend({per_youth(): 0.7, last_years_counts(): 0.3}, name="mostly_by_youth")
    schedule({0: exploration_floor(), 3: estimate_based()}, name="explore_first")

Each part keeps its own rule, settings and mix; budget, name and teams are those of the whole: what
the parts allocate is one sum of dollars, and is spent once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.money.mixes import SUM_TOLERANCE
from streetlight.model.money.policy import Policy, PolicyError, Teams
from streetlight.model.record.view import PlanningView, RecordView

#: Each year asks every part, and parts of parts: as many as anybody can tell apart.
MOST_PARTS, MOST_LEVELS = 200, 8


class _OfPolicies:
    """What blends and schedules share: parts (number, policy), each with a mix of its own."""

    parts: tuple[tuple[float, Policy], ...]

    @property
    def view_type(self) -> type[RecordView]:
        """A `PlanningView` if any part plans; a part that does not looks at the record in it."""
        plans = any(issubclass(part.view_type, PlanningView) for _, part in self.parts)
        return PlanningView if plans else RecordView


@dataclass(frozen=True)
class Blend(_OfPolicies):
    """A planner that divides the budget among policies. parts: (share, policy), shares sum to 1."""

    parts: tuple[tuple[float, Policy], ...]

    def __call__(self, view: RecordView, mix: FloatArray) -> FloatArray:
        """Dollars (C, L) of every part at its share of the budget; each has its own mix."""
        given = (
            part.allocate(replace(view, budget_dollars=share * view.budget_dollars))
            for share, part in self.parts
        )
        return np.asarray(sum(given))

    def description(self) -> dict[str, Any]:
        """The parts, as plain values."""
        return {"blend": [[share, part.description()] for share, part in self.parts]}


@dataclass(frozen=True)
class Schedule(_OfPolicies):
    """A planner that is one policy after the other. parts: (first policy year, policy), from 0."""

    parts: tuple[tuple[int, Policy], ...]

    def __call__(self, view: RecordView, mix: FloatArray) -> FloatArray:
        """Dollars (C, L) of the part whose turn it is; parts have mixes of their own."""
        _, part = max((one for one in self.parts if one[0] <= view.period), key=lambda one: one[0])
        return part.allocate(view)

    def description(self) -> dict[str, Any]:
        """The parts, as plain values."""
        return {"schedule": [[year, part.description()] for year, part in self.parts]}


def blend(
    parts: Mapping[Policy, float],
    *,
    name: str,
    budget: float | None = None,
    teams: Teams | None = None,
) -> Policy:
    """A policy that gives each part its share of the budget (default: that of the first part).

    teams: who buys together, whatever the parts say (default: what they all say). PolicyError when
    the shares are not positive numbers that sum to 1, a part is an oracle, or teams is not given
    and the parts differ in it.
    """
    shares = list(parts.values())
    if not shares or not all(isinstance(s, (int, float)) and 0 < s <= 1 for s in shares):
        raise PolicyError(f'policy "{name}": blend: shares must be numbers above 0, 1 at most')
    if abs(math.fsum(shares) - 1.0) > SUM_TOLERANCE:
        raise PolicyError(
            f'policy "{name}": blend: the shares sum to {math.fsum(shares):.12g}: must sum to 1'
        )
    rule = Blend(tuple((float(share), part) for part, share in parts.items()))
    return _whole(name, rule, list(parts), budget, teams)


def schedule(
    parts: Mapping[int, Policy],
    *,
    name: str,
    budget: float | None = None,
    teams: Teams | None = None,
) -> Policy:
    """A policy that changes: from each policy year given on (0 the first) it is that part.

    teams: who buys together, in all years, whatever the parts say (default: what they all say).
    PolicyError when the years are not whole numbers from 0 on, a part is an oracle, or teams is not
    given and the parts differ in it.
    """
    years = list(parts)
    if not years or not all(isinstance(y, int) and y >= 0 for y in years) or min(years) != 0:
        raise PolicyError(f'policy "{name}": schedule: years must be whole numbers, the first 0')
    rule = Schedule(tuple(sorted(parts.items())))
    return _whole(name, rule, list(parts.values()), budget, teams)


def size(policy: Policy) -> tuple[int, int]:
    """How many policies one is made of, itself among them, and how many levels deep."""
    if not isinstance(policy.rule, _OfPolicies):
        return 1, 1
    sizes = [size(part) for _, part in policy.rule.parts]
    return 1 + sum(n for n, _ in sizes), 1 + max(depth for _, depth in sizes)


def _whole(
    name: str,
    rule: Blend | Schedule,
    parts: list[Policy],
    budget: float | None,
    teams: Teams | None,
) -> Policy:
    sizes = [size(part) for part in parts]
    n, depth = sum(one[0] for one in sizes), max(one[1] for one in sizes)
    if n > MOST_PARTS or depth >= MOST_LEVELS:
        raise PolicyError(
            f'policy "{name}": {n:,} parts on {depth} levels: at most {MOST_PARTS} parts, those of '
            f"its parts counted, on {MOST_LEVELS - 1} levels"
        )
    for part in parts:
        if part.uses_oracle:
            raise PolicyError(f'policy "{name}": {part.name} is an oracle, and cannot be a part')
        if teams is None and part.teams != parts[0].teams:
            raise PolicyError(
                f'policy "{name}": {parts[0].name} buys in {parts[0].teams} teams and {part.name} '
                f"in {part.teams} ones: give the whole its teams"
            )
    budget = parts[0].budget if budget is None else budget
    return Policy(name, rule, budget=budget, plans=True, teams=teams or parts[0].teams)
