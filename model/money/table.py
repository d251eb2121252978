"""Plans given as tables: who gets what for what, and when, written down beforehand.

    dollars = np.array([900.0, 5_000.0])[None, :, None]          one year, two communities, one mix
    table(dollars, region.ids, region.population, name="today")

A table of dollars says what is spent. One of shares divides the policy's budget of a year, and may
leave some of it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np

from streetlight.model.arrays import FloatArray, locked
from streetlight.model.calling import explained
from streetlight.model.errors import did_you_mean
from streetlight.model.money.combine import Blend, Schedule
from streetlight.model.money.mixes import DEFAULT_MIX, SUM_TOLERANCE
from streetlight.model.money.policy import OwnMoney, Policy, PolicyError, Teams, most
from streetlight.model.names import LEVER_NAMES, N_LEVERS
from streetlight.model.record.view import RecordView

#: What the amounts of a table are: dollars a year, or shares of the policy's budget of a year.
Amounts = Literal["dollars", "share"]


@dataclass(frozen=True, eq=False)
class PlanTable:
    """A planner that does what is written. ids (C,); amounts (Y, C, L): see `table`.

    A community that it does not know gets nothing.
    """

    ids: tuple[str, ...]
    amounts: FloatArray
    of_what: ClassVar[Amounts]

    @property
    def by_community(self) -> bool:
        """Whether it says nothing of levers, so that the policy's mix splits its dollars."""
        return bool(self.amounts.shape[2] == 1)

    def of_year(self, year: int) -> FloatArray:
        """Amounts (C, L) of a policy year: one stands for all, after several there are none."""
        n = len(self.amounts)
        if 1 < n <= year:
            return np.zeros_like(self.amounts[0])
        return np.asarray(self.amounts[year if n > 1 else 0])

    def of(self, year: int, ids: Sequence[str]) -> FloatArray:
        """The amounts of a policy year in these communities (C,): (C, L).

        PolicyError where it has money for one that is not among them.
        """
        if tuple(ids) == self.ids:
            return self.of_year(year)
        there, paid = set(ids), np.asarray(self.amounts.sum(axis=(0, 2)) > 0.0)
        absent = [name for c, name in enumerate(self.ids) if paid[c] and name not in there]
        if absent:
            more = f" (and {len(absent) - 1:,} more)" if len(absent) > 1 else ""
            raise PolicyError(f'table: community "{absent[0]}"{more}: not in this region')
        return self._part(year, ids)

    def _part(self, year: int, ids: Sequence[str]) -> FloatArray:
        """The amounts of a policy year in those of these communities that it knows: (C, L)."""
        row = {name: c for c, name in enumerate(self.ids)}
        known = np.array([name in row for name in ids], dtype=bool)
        found = np.zeros((len(ids), self.amounts.shape[2]))
        found[known] = self.of_year(year)[[row[name] for name in ids if name in row]]
        return found

    def within(self, ids: Sequence[str], population: FloatArray) -> Self:
        """The table for a part of its region; ids, population: (C,)."""
        own = np.stack([self._part(year, ids) for year in range(len(self.amounts))])
        return replace(self, ids=tuple(ids), amounts=locked(own))

    def description(self) -> dict[str, Any]:
        """Its size, and a hash of all that it says."""
        years, communities, levers = self.amounts.shape
        content = hashlib.sha256("\n".join(self.ids).encode())
        content.update(self.amounts.tobytes())
        size = {"years": years, "communities": communities, "levers": levers}
        return {"table": {**size, "of": self.of_what, "sha256": content.hexdigest()}}


@dataclass(frozen=True, eq=False)
class ShareTable(PlanTable):
    """Shares of the policy's budget of a year, which sum to 1 at most."""

    of_what: ClassVar[Amounts] = "share"

    def __call__(self, view: RecordView, mix: FloatArray) -> FloatArray:
        """Dollars of this year: (C, L), or (C,) for the mix to split."""
        dollars = self.of(view.period, view.ids) * view.budget_dollars
        return dollars[:, 0] if self.by_community else dollars


@dataclass(frozen=True, eq=False)
class DollarTable(PlanTable, OwnMoney):
    """Dollars a year. residents: of the region that it is for, by which its budget is told."""

    residents: float
    of_what: ClassVar[Amounts] = "dollars"

    def within(self, ids: Sequence[str], population: FloatArray) -> Self:
        """The table for a part of its region; ids, population: (C,)."""
        return replace(super().within(ids, population), residents=float(population.sum()))

    def __call__(self, view: RecordView, mix: FloatArray) -> FloatArray:
        """Dollars of this year: (C, L), or (C,) for the mix to split."""
        dollars = self.of(view.period, view.ids)
        total = math.fsum(dollars.ravel())
        if total:  # as part of a blend it has a share of them
            dollars = dollars * (view.budget_dollars / total)
        return dollars[:, 0] if self.by_community else dollars

    def changes(self) -> Collection[int]:
        """Every year of the table, and the one after it."""
        n = len(self.amounts)
        return range(n + 1) if n > 1 else (0,)

    def budget_in(self, year: int) -> float:
        """Dollars per resident in a policy year."""
        return math.fsum(self.of_year(year).ravel()) / self.residents if self.residents else 0.0

    def dollars_in(self, year: int, ids: Sequence[str], population: FloatArray) -> float:
        """Dollars in a policy year in these communities."""
        return math.fsum(self.of(year, ids).ravel())

    def with_budget(self, budget: float) -> Self:
        """All amounts in proportion, so that the most a resident in a year is this budget."""
        largest = max(self.budget_in(year) for year in self.changes())
        return replace(self, amounts=locked(self.amounts * (budget / largest if largest else 0.0)))


@explained("policies.table")
def table(
    amounts: FloatArray,
    ids: Sequence[str],
    population: FloatArray,
    *,
    name: str,
    of: Amounts = "dollars",
    mix: Mapping[str, float] = DEFAULT_MIX,
    class_mixes: Mapping[str, Mapping[str, float]] | None = None,
    budget: float = 0.5,
    budgets: Mapping[int, float] | None = None,
    teams: Teams = "own",
) -> Policy:
    """A policy that spends what a table says, whatever the record.

    amounts: (Y, C, L), by policy year, community and lever in the order of `names.LEVER_NAMES`:
    dollars a year, or shares of the budget of a year that sum to 1 at most. A Y of 1 stands for
    every year, and a year that is not there has nothing; with an L of 1 the mixes say what is
    bought. ids, population: of the region, (C,). budget, budgets: of shares only.
    PolicyError when a number is negative or not finite, shares sum to more than 1, or the shape is
    another.

    >>> region = sl.Region.of(ids=["A", "B"], population=[9_000, 1_000])
    >>> dollars = np.array([[[400.0], [100.0]]])
    >>> sl.policies.table(
    ...     dollars, region.ids, region.population, name="today", mix={"training": 1.0}
    ... )
    <Policy today: 0.05 dollars per resident a year, training 100%>
    """
    given = np.array(amounts, dtype=np.float64)
    if of not in get_args(Amounts):
        advice = did_you_mean(str(of), get_args(Amounts))
        raise PolicyError(f'policy "{name}": table: of: {of!r}: must be dollars or share{advice}')
    check_amounts(given, ids, name, of)
    rule: ShareTable | DollarTable
    if of == "share":
        rule = ShareTable(tuple(ids), locked(given))
    else:
        rule = DollarTable(tuple(ids), locked(given), float(np.sum(population)))
        budget, budgets = most(rule), None
    return Policy(
        name, rule, bought(given) or mix, budget, plans=True, teams=teams,
        budgets=budgets or {}, class_mixes=class_mixes or {},
    )  # fmt: skip


def within(policy: Policy, ids: Sequence[str], population: FloatArray) -> Policy:
    """The policy in a part of its region: what tables say of other communities is left out.

    ids, population: (C,).
    """
    rule = policy.rule
    if isinstance(rule, Blend | Schedule):
        rule = rule.with_parts(lambda part: within(part, ids, population))
        return replace(policy, rule=rule, budget=most(rule))
    if not isinstance(rule, ShareTable | DollarTable):
        return policy
    rule = rule.within(ids, population)
    mix = bought(rule.amounts) or (policy.mix if rule.by_community else DEFAULT_MIX)
    budget = most(rule) if isinstance(rule, DollarTable) else policy.budget
    return replace(policy, rule=rule, mix=mix, budget=budget)


def check_amounts(amounts: FloatArray, ids: Sequence[str], name: str, of: Amounts) -> None:
    """PolicyError when amounts cannot be a table for this region."""
    where = f'policy "{name}": table'
    shapes = [(len(amounts), len(ids), n_levers) for n_levers in (1, N_LEVERS)]
    if amounts.shape not in shapes or not len(amounts):
        shape = f"(years, {len(ids)}, {N_LEVERS} or 1)"
        raise PolicyError(f"{where}: amounts of shape {amounts.shape}: must be {shape}")
    wrong = np.argwhere(~(np.isfinite(amounts) & (amounts >= 0.0)))
    if len(wrong):
        y, c, k = wrong[0]
        raise PolicyError(
            f'{where}: year {y}, community "{ids[c]}": {float(amounts[y, c, k])!r}: must be '
            "finite, 0 or more"
        )
    for year, shares in enumerate(amounts if of == "share" else ()):
        total = math.fsum(shares.ravel())
        if total > 1.0 + SUM_TOLERANCE:
            raise PolicyError(
                f"{where}: year {year}: the shares sum to {total:.12g}: must be at most 1"
            )


def bought(amounts: FloatArray) -> dict[str, float]:
    """Shares of levers in all of a table (Y, C, L); none where it is empty or names no levers."""
    if amounts.shape[2] == 1:
        return {}
    by_lever = amounts.sum(axis=(0, 1))
    total = math.fsum(by_lever)
    if not total:
        return {}
    return {k: float(v) / total for k, v in zip(LEVER_NAMES, by_lever, strict=True) if v}
