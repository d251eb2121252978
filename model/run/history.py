"""A finished run: the truth and the record, two types that share nothing mutable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from streetlight.model.arrays import FloatArray, Int32Array, Table
from streetlight.model.clock import Clock
from streetlight.model.communities.region import Region
from streetlight.model.compiled import kernel
from streetlight.model.money.policy import Policy
from streetlight.model.names import Tally
from streetlight.model.parameters import Parameters
from streetlight.model.record.record import Record
from streetlight.model.run.spending import Spending
from streetlight.model.world.world import World


@dataclass(frozen=True, eq=False, kw_only=True)
class Ledger:
    """Counts of what happened, all years, filling years first."""

    yearly: Int32Array  # (tallies, years, C): counts by `names.Tally`
    monthly: Int32Array  # (tallies, months, 4): the same by class of place
    person_steps: FloatArray  # (2, years, C): steps in spells, and in spells already known
    active_sum: FloatArray  # (months, 4): spells open, summed over the steps of the month


@dataclass(frozen=True, eq=False, kw_only=True)
class Conditions:
    """What communities are like at the end of the run."""

    trained: FloatArray  # (sectors, C): share of responders who are trained
    skill: FloatArray  # (sectors, C): trained share times how fresh the training is
    denial: FloatArray  # (sectors, C): share of responders who hold it does not happen here
    public: FloatArray  # (9, C): rows `world.state.Public`
    backlog: FloatArray  # (C,): cases waiting for an investigator, a community's share of its pool


@kernel
def steps_between(spells, first, stop, out):
    """Steps from `first` up to `stop` in which each spell was open: fills out (n,)."""
    for n in range(spells.shape[0]):
        row = spells[n]
        out[n] = max(0, min(row.end, stop) - max(row.start, first))


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Truth:
    """What happened.  Times are steps from the start of the filling years (see `clock`).

    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> truth = sl.simulate(sl.Parameters(), region, sl.policies.none(), years=2).truth
    >>> bool((truth.spells["known_at"] < 0).any())  # nobody ever reported these
    True
    """

    clock: Clock
    spells: Table  # all spells that started or were prevented; columns as in `world.rows.SPELL`
    n_first: int  # how many of them are first spells, which come first
    case_spell: Int32Array  # row of `spells` of each case of `record.register`, -1: a false report
    ledger: Ledger
    conditions: Conditions

    def __repr__(self) -> str:
        years, communities = self.ledger.yearly.shape[1:]
        return f"<Truth of {years} years: {communities:,} communities, {len(self.spells):,} spells>"

    @cached_property
    def policy_steps(self) -> FloatArray:
        """Steps of the policy years in which each spell was open: (n,)."""
        out = np.empty(len(self.spells))
        steps_between(self.spells, self.clock.first_policy_step, self.clock.n_steps, out)
        return out

    @property
    def person_years(self) -> FloatArray:
        """Years of the policy spent in exploitation, and those after it was known: (2, C)."""
        steps = self.ledger.person_steps[:, self.clock.first_policy_year :].sum(axis=1)
        return np.asarray(steps / self.clock.steps_per_year)

    def tally(self, what: Tally) -> Int32Array:
        """Counts over the policy years by community: (C,)."""
        return np.asarray(self.ledger.yearly[what, self.clock.first_policy_year :].sum(axis=0))


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class History:
    """One run: the world it was made in, the policy, what happened, what is known, and the money.

    Runs that can be compared share their world: `a.world is b.world`.

    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> history = sl.simulate(sl.Parameters(), region, sl.policies.per_youth(), years=2)
    >>> spending = history.spending
    >>> spending.spent.shape, round(float(spending.allocated.sum() / region.population.sum()), 6)
    ((2, 12, 13), 1.0)
    """

    world: World  # what the run started from, shared by all runs that can be compared
    policy: Policy
    truth: Truth  # what happened
    record: Record  # what agencies and the public can know of it
    spending: Spending  # what was allocated, and what was bought

    def __repr__(self) -> str:
        return (
            f"<History of {self.policy.name}: {self.region.n_communities:,} communities, "
            f"{self.years} years, future {self.future}, replicate {self.replicate}>"
        )

    @property
    def parameters(self) -> Parameters:
        """The parameters of the world; `in_year` has those in force in a policy year."""
        return self.world.parameters

    @property
    def region(self) -> Region:
        """The communities, in the order of every array with an axis over them."""
        return self.world.region

    @property
    def seed(self) -> int:
        """The seed of the world."""
        return self.world.seed

    @property
    def future(self) -> int | str:
        """The future of the world."""
        return self.world.future

    @property
    def replicate(self) -> int:
        """Which of the worlds of its future this is."""
        return self.world.replicate

    @property
    def years(self) -> int:
        """Policy years."""
        return self.world.clock.policy_years
