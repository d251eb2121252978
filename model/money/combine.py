"""Policies made of policies: a blend of several at once, or one after the other.

    blend({per_youth(): 0.7, last_years_counts(): 0.3}, name="mostly_by_youth")
    schedule({0: exploration_floor(), 3: estimate_based()}, name="explore_first")

Each part keeps its own rule, settings, mixes and budget; name and teams are those of the whole:
what the parts allocate is one sum of dollars, and is spent once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from streetlight.model.advice import number_advice, share_advice
from streetlight.model.arrays import FloatArray
from streetlight.model.calling import explained, shown
from streetlight.model.money.mixes import SUM_TOLERANCE
from streetlight.model.money.policy import OwnMoney, Policy, PolicyError, Teams, most
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

    def with_budget(self, budget: float) -> Self:
        """The same with one budget for all parts but those that spend nothing."""
        return self.with_parts(
            lambda part: replace(part, budget=budget, budgets={}) if part.budget else part
        )

    def with_parts(self, change: Callable[[Policy], Policy]) -> Self:
        """The same with every part changed."""
        parts = tuple((number, change(part)) for number, part in self.parts)
        return replace(self, parts=parts)  # type: ignore[type-var]


@dataclass(frozen=True)
class Blend(_OfPolicies, OwnMoney):
    """A planner of policies at once. parts: (share, policy), shares sum to 1.

    Every part does at its share what it would do alone: of a part's budget its share is spent.
    """

    parts: tuple[tuple[float, Policy], ...]

    def __call__(self, view: RecordView, mix: FloatArray) -> FloatArray:
        """Dollars (C, L) of all parts; each has its own mix."""
        own = [part.dollars_in(view.period, view.ids, view.population) for _, part in self.parts]
        whole = self.dollars_in(view.period, view.ids, view.population)
        if not whole:
            return np.zeros((view.n_communities, len(mix)))
        given = (
            part.allocate(replace(view, budget_dollars=share * (one / whole) * view.budget_dollars))
            for (share, part), one in zip(self.parts, own, strict=True)
        )
        return np.asarray(sum(given))

    def changes(self) -> Collection[int]:
        """The years in which a part's budget changes."""
        return {year for _, part in self.parts for year in part.changes()}

    def budget_in(self, year: int) -> float:
        """The mean of the parts' budgets by their shares."""
        return self._mean([part.budget_in(year) for _, part in self.parts])

    def dollars_in(self, year: int, ids: Sequence[str], population: FloatArray) -> float:
        """The mean of the parts' dollars by their shares."""
        return self._mean([part.dollars_in(year, ids, population) for _, part in self.parts])

    def _mean(self, values: list[float]) -> float:
        if len(set(values)) == 1:  # shares sum to 1 only as far as numbers do
            return values[0]
        return math.fsum(share * v for (share, _), v in zip(self.parts, values, strict=True))

    def description(self) -> dict[str, Any]:
        """The parts, as plain values."""
        return {"mix": {}, "blend": [[share, part.description()] for share, part in self.parts]}


@dataclass(frozen=True)
class Schedule(_OfPolicies, OwnMoney):
    """A planner that is one policy after the other. parts: (first policy year, policy), from 0."""

    parts: tuple[tuple[int, Policy], ...]

    def __call__(self, view: RecordView, mix: FloatArray) -> FloatArray:
        """Dollars (C, L) of the part whose turn it is; parts have mixes of their own."""
        return self.part(view.period).allocate(view)

    def part(self, year: int) -> Policy:
        """The policy whose turn it is in a policy year."""
        return max((one for one in self.parts if one[0] <= year), key=lambda one: one[0])[1]

    def changes(self) -> Collection[int]:
        """The years in which the part changes, or the budget of a part does during its turn."""
        starts = {year for year, _ in self.parts}
        within = {year for _, part in self.parts for year in part.changes()}
        return starts | within

    def budget_in(self, year: int) -> float:
        """That of the part whose turn it is."""
        return self.part(year).budget_in(year)

    def dollars_in(self, year: int, ids: Sequence[str], population: FloatArray) -> float:
        """Those of the part whose turn it is."""
        return self.part(year).dollars_in(year, ids, population)

    def description(self) -> dict[str, Any]:
        """The parts, as plain values."""
        return {"mix": {}, "schedule": [[year, part.description()] for year, part in self.parts]}


@explained("policies.blend", '; as policies.blend({policies.per_youth(): 0.5, ...}, name="both")')
def blend(
    parts: Mapping[Policy, float],
    *,
    name: str,
    budget: float | None = None,
    teams: Teams | None = None,
) -> Policy:
    """A policy of several at once: each part does at its share what it would do alone.

    budget: one for all parts but those that spend nothing, in the place of their own (default: each
    keeps its own). teams: who buys together, whatever the parts say (default: what they all say).
    PolicyError when the shares are not positive numbers that sum to 1, a part is an oracle, or
    teams is not given and the parts differ in it.
    """
    check_parts(name, "blend", "policies to shares", parts, parts)
    shares = list(parts.values())
    if not shares:
        raise PolicyError(f'policy "{name}": blend: must name its parts')
    for part, share in parts.items():
        if not isinstance(share, (int, float)) or not 0 < share <= 1:
            advice = number_advice(share) or (
                share_advice(share) if isinstance(share, (int, float)) else ""
            )
            allowed = f"must be a share above 0, 1 at most{advice}"
            raise PolicyError(f'policy "{name}": blend: {part.name}: {share!r}: {allowed}')
    if abs(math.fsum(shares) - 1.0) > SUM_TOLERANCE:
        raise PolicyError(
            f'policy "{name}": blend: the shares sum to {math.fsum(shares):.12g}: must sum to 1'
        )
    rule = Blend(tuple((float(share), part) for part, share in parts.items()))
    return _whole(name, rule, list(parts), budget, teams)


@explained(
    "policies.schedule", '; as policies.schedule({0: policies.per_youth(), ...}, name="two")'
)
def schedule(
    parts: Mapping[int, Policy],
    *,
    name: str,
    budget: float | None = None,
    teams: Teams | None = None,
) -> Policy:
    """A policy that changes: from each policy year given on (0 the first) it is that part.

    budget: one for all parts but those that spend nothing, in the place of their own (default: each
    keeps its own). teams: who buys together, in all years, whatever the parts say (default: what
    they all say). PolicyError when the years are not whole numbers from 0 on, a part is an oracle,
    or teams is not given and the parts differ in it.
    """
    mapped = isinstance(parts, Mapping)
    check_parts(name, "schedule", "years to policies", parts, parts.values() if mapped else ())
    years = list(parts)
    if not years or not all(isinstance(y, int) and y >= 0 for y in years) or min(years) != 0:
        raise PolicyError(f'policy "{name}": schedule: years must be whole numbers, the first 0')
    rule = Schedule(tuple(sorted(parts.items())))
    return _whole(name, rule, list(parts.values()), budget, teams)


def check_parts(name: str, kind: str, wanted: str, parts: Any, policies: Iterable[Any]) -> None:
    """PolicyError unless the parts are a mapping that holds policies where it should."""
    if not isinstance(parts, Mapping):
        allowed = f"must be a mapping of {wanted}"
        raise PolicyError(f'policy "{name}": {kind}: {shown(parts)}: {allowed}')
    for one in policies:
        if not isinstance(one, Policy):
            called = f", as policies.{one}()" if isinstance(one, str) else ""
            raise PolicyError(f'policy "{name}": {kind}: {shown(one)}: must be a Policy{called}')


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
    budget = most(rule) if budget is None else budget
    return Policy(name, rule, budget=budget, plans=True, teams=teams or parts[0].teams)
