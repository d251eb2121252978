"""A finished run: the truth and the record, two types that share nothing mutable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from streetlight.model.arrays import FloatArray, Int32Array, Table
from streetlight.model.clock import Clock
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import Policy
from streetlight.model.names import Tally
from streetlight.model.parameters import Parameters
from streetlight.model.run.case_files import CaseFiles, case_files
from streetlight.model.run.hotline import calls
from streetlight.model.week.record import investigations, referrals
from streetlight.model.world.begin import World
from streetlight.model.world.state import Count, State

Locked = TypeVar("Locked", bound=np.generic)


def locked(array: NDArray[Locked]) -> NDArray[Locked]:
    """The array, which nobody can write to any more."""
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Truth:
    """What happened.  Times are steps from the start of the filling years (see `clock`).

    spells: table of all spells that started or were prevented, columns as in `rows.SPELL`;
    n_first: how many of them are first spells (they come first); yearly (tallies, years, C) and
    monthly (tallies, months, 4): counts by `names.Tally`; person_steps (2, years, C): in spells,
    and in spells already known; active_sum (months, 4): spells open, summed over the steps of the
    month; backlog (pools,) and community (C,) at the end; case_spell: row of `spells` of each case,
    -1 for a false report.
    """

    clock: Clock
    spells: Table
    n_first: int
    yearly: Int32Array
    monthly: Int32Array
    person_steps: FloatArray
    active_sum: FloatArray
    backlog: FloatArray
    trained: FloatArray
    skill: FloatArray
    denial: FloatArray
    public: FloatArray
    case_spell: Int32Array

    @cached_property
    def policy_steps(self) -> FloatArray:
        """Steps of the policy years in which each spell was open: (n,)."""
        end = np.minimum(self.spells["end"], self.clock.n_steps)
        start = np.maximum(self.spells["start"], self.clock.first_policy_step)
        return np.asarray(np.maximum(0, end - start), float)

    def tally(self, what: Tally) -> Int32Array:
        """Counts over the policy years by community: (C,)."""
        first = self.clock.filling_years + self.clock.burn_in_years
        return np.asarray(self.yearly[what, first:].sum(axis=0))


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of the record by month (from the start of burn-in), community and channel."""

    referrals: Int32Array
    opened: Int32Array
    identified: Int32Array
    calls: Int32Array  # (months, C): hotline calls, about a case or not


@dataclass(frozen=True, eq=False)
class Record:
    """What could be known.  No persons: counts by place, and case files without identities.

    published_reports, published_identified (C, Y): by record year, 0 where the agency took no part
    in publication; takes_part (C, Y); survey_respondents (C, Y): youth 12-17 asked at the end of
    the year; survey_estimates (C, Y): the share of them found to be exploited, 0 where nobody was
    asked.
    """

    published_reports: FloatArray
    published_identified: FloatArray
    takes_part: NDArray[np.bool_]
    survey_respondents: FloatArray
    survey_estimates: FloatArray
    _world: World
    _state: State

    @cached_property
    def referrals_by_month(self) -> Int32Array:
        """All reports, true and false, by month of the record and community: (months, C)."""
        return referrals(self._world.clock, self._state, by_channel=False)

    @cached_property
    def waiting_by_month(self) -> Int32Array:
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
    carried (C, levers): dollars still carried at the end."""

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
    allocated: FloatArray
    spent: FloatArray
    units: FloatArray
    returned: FloatArray
    carried: FloatArray
