"""A finished run: the truth and the record, two types that share nothing mutable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from streetlight.model.clock import Clock
from streetlight.model.columns import F8, I4, Count, State, Table, Tally
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import Policy
from streetlight.model.parameters import Parameters
from streetlight.model.run.case_files import CaseFiles, case_files
from streetlight.model.run.hotline import calls
from streetlight.model.week.record import investigations, referrals
from streetlight.model.world.begin import World

Locked = TypeVar("Locked", bound=np.generic)


def locked(array: NDArray[Locked]) -> NDArray[Locked]:
    """The array, which nobody can write to any more."""
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Truth:
    """What happened.  Times are steps from the start of the filling years (see `clock`).

    spells: table of all spells that started or were prevented, columns as in `columns.SPELL`;
    n_first: how many of them are first spells (they come first); yearly (tallies, years, C) and
    monthly (tallies, months, 4): counts by `columns.Tally`; person_steps (2, years, C): in spells,
    and in spells already known; active_sum (months, 4): spells open, summed over the steps of the
    month; backlog (pools,) and community (C,) at the end; case_spell: row of `spells` of each case,
    -1 for a false report.

    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> truth = sl.simulate(sl.Parameters(), region, sl.policies.none(), years=2).truth
    >>> bool((truth.spells["known_at"] < 0).any())  # nobody ever reported these
    True
    """

    clock: Clock
    spells: Table
    n_first: int
    yearly: I4
    monthly: I4
    person_steps: F8
    active_sum: F8
    backlog: F8
    trained: F8
    skill: F8
    denial: F8
    public: F8
    case_spell: I4

    @cached_property
    def policy_steps(self) -> F8:
        """Steps of the policy years in which each spell was open: (n,)."""
        end = np.minimum(self.spells["end"], self.clock.n_steps)
        start = np.maximum(self.spells["start"], self.clock.first_policy_step)
        return np.asarray(np.maximum(0, end - start), float)

    def tally(self, what: Tally) -> I4:
        """Counts over the policy years by community: (C,)."""
        first = self.clock.filling_years + self.clock.burn_in_years
        return np.asarray(self.yearly[what, first:].sum(axis=0))


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of the record by month (from the start of burn-in), community and channel."""

    referrals: I4
    opened: I4
    identified: I4
    calls: I4  # (months, C): hotline calls, about a case or not


@dataclass(frozen=True, eq=False)
class Record:
    """What could be known.  No persons: counts by place, and case files without identities.

    published_reports, published_identified (C, Y): by record year, 0 where the agency took no part
    in publication; takes_part (C, Y); survey_respondents (C, Y): youth 12-17 asked at the end of
    the year; survey_estimates (C, Y): the share of them found to be exploited, 0 where nobody was
    asked.

    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> record = sl.simulate(sl.Parameters(), region, sl.policies.none(), years=2).record
    >>> record.published_reports.shape  # three years of burn-in and two policy years
    (12, 5)
    >>> record.counts.referrals.shape[:2], record.cases.cases["community"].max() < 12
    ((60, 12), np.True_)
    """

    published_reports: F8
    published_identified: F8
    takes_part: NDArray[np.bool_]
    survey_respondents: F8
    survey_estimates: F8
    _world: World
    _state: State

    @cached_property
    def referrals_by_month(self) -> I4:
        """All reports, true and false, by month of the record and community: (months, C)."""
        return referrals(self._world.clock, self._state, by_channel=False)

    @cached_property
    def waiting_by_month(self) -> I4:
        """Cases waiting for an investigator at the end of each month of the record: (months, C)."""
        clock, state = self._world.clock, self._state
        cases = state.cases[: int(state.counts[Count.CASES])]
        left = np.full(len(cases), clock.n_steps)
        for end in ("closed", "investigated"):
            left = np.where(cases[end] >= 0, np.minimum(left, cases[end]), left)
        month = np.append(clock.month_of_step(), clock.n_months)  # the last: still waiting
        change = np.zeros((clock.n_months + 1, len(state.places)), np.int32)
        np.add.at(change, (month[cases["opened"]], cases["community"]), 1)
        np.add.at(change, (month[left], cases["community"]), -1)
        return locked(change.cumsum(axis=0, dtype=np.int32)[12 * clock.filling_years : -1])

    @cached_property
    def counts(self) -> Counts:
        """Counts by month, community and channel."""
        clock, state = self._world.clock, self._state
        reports = referrals(clock, state)
        opened, identified = investigations(clock, state)
        phoned = calls(self._world, state, reports)
        return Counts(*(locked(counts) for counts in (reports, opened, identified, phoned)))

    @cached_property
    def cases(self) -> CaseFiles:
        """The agencies' case files, opened since the record started."""
        return case_files(self._world, self._state)


@dataclass(frozen=True, eq=False)
class History:
    """One run.  allocated, spent, units, returned: (policy years, C, levers), dollars and units;
    carried (C, levers): dollars still carried at the end.

    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> history = sl.simulate(sl.Parameters(), region, sl.policies.per_youth(), years=2)
    >>> history.spent.shape, round(float(history.allocated.sum() / region.population.sum()), 6)
    ((2, 12, 11), 1.0)
    """

    parameters: Parameters
    region: Region
    policy: Policy
    future: int | str
    replicate: int
    seed: int
    years: int
    world: World
    truth: Truth
    record: Record
    allocated: F8
    spent: F8
    units: F8
    returned: F8
    carried: F8
