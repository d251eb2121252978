"""A run: a world, a policy, and the weeks one after the other.

    world = draw_world(parameters, region, future=0, replicate=0)
    history = run_policy(world, policies.per_youth(budget=0.50))

What happens in a week, and in which order, is written in `week/week.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from streetlight.model.arrays import locked
from streetlight.model.calling import explained
from streetlight.model.communities.region import Region
from streetlight.model.money.policy import Policy
from streetlight.model.names import N_AGENCIES, N_TALLIES
from streetlight.model.on_average.agency import risk_beliefs
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.later import BEFORE
from streetlight.model.record.beliefs import RiskBeliefs
from streetlight.model.record.record import Record
from streetlight.model.run.allocation import allocate, enter_survey_answers
from streetlight.model.run.arguments import check
from streetlight.model.run.case_files import register_of
from streetlight.model.run.history import Conditions, History, Ledger, Truth
from streetlight.model.run.hotline import other_calls
from streetlight.model.run.own_attention import own_attention, trained_staff
from streetlight.model.run.spending import Spending
from streetlight.model.week.week import PHASES, weeks
from streetlight.model.world.attention import settle_participation
from streetlight.model.world.begin import begin_world
from streetlight.model.world.census import as_agencies_see
from streetlight.model.world.changes import with_parameters
from streetlight.model.world.room import (
    copy_state,
    most_attention,
    most_false_reports,
    most_occasions,
    room_for_policy,
    room_needed,
    with_room,
)
from streetlight.model.world.shocks import Shock
from streetlight.model.world.state import Count, Stock, When
from streetlight.model.world.world import World

#: What stands in for a phase: it may change `simulation.state` in any way.
Stub = Callable[["Simulation", When], None]

#: Stubs by the name of the phase; None leaves the phase out.
Phases = Mapping[str, Stub | None]


def left_out(simulation: Simulation, when: When) -> None:
    """The stub of a phase in which nothing happens."""


class Simulation:
    """A policy at work in a world, step by step.

    `phases` replaces phases of `WEEK` by name: with a callable (simulation, when) that may change
    `simulation.state` in any way, or with None, which leaves the phase out.  Without a policy the
    run covers filling and burn-in.
    """

    def __init__(
        self, world: World, policy: Policy | None, *, phases: Phases | None = None
    ) -> None:
        check(phases=phases)
        self.world = world
        self.policy = policy
        self.clock = world.clock
        self.stubs = {
            name: left_out if stub is None else stub for name, stub in (phases or {}).items()
        }
        after = policy is not None
        self.step_number = self.clock.first_policy_step if after else 0
        self.last_step = self.clock.n_steps if after else self.clock.first_policy_step
        self.state = world.state
        #: Those in force: every reader of what may change in a policy year (`parameters.later`)
        #: asks here.  `world.parameters` has them with their years, and is right for all others.
        self.parameters = world.parameters.in_year(BEFORE)
        self._reach = most_attention(self.state)
        self._spell_occasions = most_occasions(
            self.state.rates, float(self._reach.max(initial=1.0)), self.clock.n_steps
        )
        self._false_reports = most_false_reports(self.state, self._reach)
        if after:
            bounds = self.step_number, self._spell_occasions, self._false_reports
            room = room_for_policy(world.state, self.clock, room_needed(world.state, *bounds))
            self.state = copy_state(world.state, room, self.step_number)
        if self.stubs:  # a stub of *onsets* may leave rows as they are, so they are filled now
            waiting = slice(self.state.first_start[self.step_number], len(self.state.drawn))
            self.state.spells[waiting] = self.state.drawn[waiting]
        self._month = self.clock.month_of_step().astype(np.int64)
        self.spending = Spending.nothing(self.clock.policy_years, world.region.n_communities)
        shape = world.region.n_communities, self.clock.record_years
        self.survey_respondents = np.zeros(shape)
        self.survey_estimates = np.zeros_like(self.survey_respondents)

    @property
    def finished(self) -> bool:
        """Whether the last step has been made."""
        return self.step_number >= self.last_step

    @cached_property
    def region_as_seen(self) -> Region:
        """The region as agencies read it in census data: poverty, and youth."""
        return as_agencies_see(self.world.parameters, self.world.region, self.state.world)

    @cached_property
    def beliefs(self) -> RiskBeliefs:
        """What agencies believe about risk in this future."""
        return risk_beliefs(self.world.parameters, self.world.seed, self.world.future)

    def now(self) -> When:
        """The moment of the next step."""
        t, per_year = self.step_number, self.clock.steps_per_year
        in_record = t >= self.clock.first_record_step
        return When(t, t % per_year, t // per_year, int(self._month[t]), in_record)

    def step(self) -> None:
        """One week: every phase in the order of `WEEK`."""
        when = self.now()
        self.count_staff(when.step_of_year)
        self.change_parameters(when)
        self.stubs.get("allocate", allocate)(self, when)
        if when.step_of_year == 0:
            settle_participation(self.world.parameters, self.state, when.year)
        if self.stubs or when.step_of_year == 0:  # what is bought moves the bound
            self._false_reports = most_false_reports(self.state, self._reach)
        self.make_room(when)
        if self.stubs:
            # A stub may hand nothing on; later phases must not see what the last week handed on.
            self.state.counts[: Count.SPELLS] = 0
            for name, phase in PHASES.items():
                if name in self.stubs:
                    self.stubs[name](self, when)
                else:
                    phase(self.state, when)
            self.step_number += 1
        else:
            self._weeks(self.step_number + 1)

    def count_staff(self, step_of_year: int = 0) -> None:
        """At the turn of a year the agencies count who of their staff is trained.

        Without a step: at the end of a run, which is the turn of a year that does not begin.
        """
        if step_of_year == 0 and (year := self.step_number // self.clock.steps_per_year):
            self.state.yearly[Stock.STAFF_TRAINED, year - 1] = trained_staff(self.world, self.state)

    def change_parameters(self, when: When) -> None:
        """At the turn of a policy year other parameters may come into force."""
        if when.step_of_year or when.year < self.clock.first_policy_year:
            return
        now = self.world.parameters.in_year(when.year - self.clock.first_policy_year)
        if now != self.parameters:
            self.parameters = now
            self.state = with_parameters(self.state, now)

    def run(self) -> None:
        """All remaining steps: where nothing is stubbed, all weeks of a year in one go."""
        while not self.finished:
            self.step()
            if not self.stubs:
                per_year = self.clock.steps_per_year
                self._weeks(min(self.last_step, -(-self.step_number // per_year) * per_year))

    def _weeks(self, stop: int) -> None:
        self.step_number = weeks(
            self.state, self.step_number, stop, self._month, self.clock.steps_per_year,
            self.clock.first_record_step, self._spell_occasions, self._false_reports,
        )  # fmt: skip

    def make_room(self, when: When) -> None:
        """Let tables and hand-overs hold whatever this step can bring."""
        self.state = with_room(self.state, when.step, self._spell_occasions, self._false_reports)

    def published_reports(self, last: int = 0) -> np.ndarray:
        """Published reports of the record years so far, by agency: float64 (C, Y, agencies).

        last: only those of so many years; 0: of all.
        """
        rows = slice(Stock.RECORDED, Stock.RECORDED + N_AGENCIES)
        return np.asarray(self._published(rows, last).transpose(2, 1, 0))

    def published_identified(self) -> np.ndarray:
        """Published identified youth of the record years so far: float64 (C, Y)."""
        return np.asarray(self._published(Stock.RECORDED_IDENTIFIED).T)

    def _published(self, rows: slice | Stock, last: int = 0) -> np.ndarray:
        year = self.step_number // self.clock.steps_per_year
        first = year - last if last else self.clock.first_record_year
        took_part = self.state.takes_part[first:year].astype(float)
        return np.asarray(self.state.yearly[rows, first:year] * took_part)

    def history(self) -> History:
        """The finished run."""
        if not self.finished or self.policy is None:
            raise ValueError("a history needs a finished run of a policy")
        enter_survey_answers(self)
        self.count_staff()
        self.spending.lock()
        return History(
            world=self.world, policy=self.policy, truth=self._truth(), record=self._record(),
            spending=self.spending,
        )  # fmt: skip

    def _truth(self) -> Truth:
        s = self.state
        members = np.bincount(s.communities["pool"], minlength=len(s.pools))
        backlog = s.pools["backlog"] / np.maximum(1, members)
        return Truth(
            clock=self.clock,
            spells=locked(s.spells[: s.counts[Count.SPELLS]]),
            n_first=self.world.n_first_spells,
            case_spell=s.cases["spell"][: s.counts[Count.CASES]].copy(),
            ledger=Ledger(
                yearly=locked(s.yearly[:N_TALLIES]), monthly=locked(s.monthly[:N_TALLIES]),
                person_steps=locked(s.person_steps.astype(float)),
                active_sum=locked(s.active_sum.astype(float)),
            ),
            conditions=Conditions(
                trained=locked(s.trained), skill=locked(s.skill), denial=locked(s.denial),
                public=locked(s.public), backlog=backlog[s.communities["pool"]],
            ),
        )  # fmt: skip

    def _record(self) -> Record:
        s, world, clock = self.state, self.world, self.clock
        published = self.published_reports()
        staff = s.yearly[Stock.STAFF_TRAINED, clock.first_record_year :].T
        return Record(
            places=world.region.ids, steps_per_year=clock.steps_per_year,
            silence_known=world.parameters.recording.silence_known,
            own_attention=own_attention(
                world, self.spending, staff, published.sum(axis=2), self.region_as_seen.youth
            ),
            published_by_agency=locked(published),
            published_identified=locked(self.published_identified()),
            published_by_month=s.monthly[Stock.PUBLISHED, clock.first_record_month :].copy(),
            takes_part=locked(s.takes_part[clock.first_record_year :].T.astype(bool)),
            survey_respondents=locked(self.survey_respondents),
            survey_estimates=locked(self.survey_estimates),
            register=register_of(world, s),
            other_calls=partial(
                other_calls, world.parameters, world.region, clock, s.world,
                np.ascontiguousarray(s.communities["key"]), locked(s.awareness_sum),
            ),
        )  # fmt: skip


# ------------------------------------------------------------------------------ the entry points


@explained("draw_world")
def draw_world(
    parameters: Parameters,
    region: Region,
    *,
    seed: int = 0,
    future: int | str = 0,
    replicate: int = 0,
    years: int = 10,
    shocks: Sequence[Shock] = (),
    phases: Phases | None = None,
) -> World:
    """Draw a world and run its filling years and burn-in (no added spending).

    parameters: `Parameters()` or a copy by `with_values`; region: its C communities; seed and
    replicate: whole numbers, 0 or more; future: such a number or a name; years: policy years to
    come, 1 to 100; shocks: rises of attention or victimization in them; phases: by name of `WEEK`,
    what replaces phases of the weeks before the policy years, callables (simulation, when) or None
    to leave one out (docs/extending.md).  The same arguments give the same world, whatever else is
    run; seed, future and replicate are three ways to another one.  InputError names every argument
    that cannot be used, its value and what is allowed.

    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> world = sl.draw_world(sl.Parameters(), region, replicate=3, years=2)
    >>> before, after = (sl.run_policy(world, policy).truth.spells["start"][:100]
    ...                  for policy in (sl.policies.none(), sl.policies.per_youth()))
    >>> bool((before == after).all())  # the same youth, at the same time
    True
    """
    asked: dict[str, Any] = {
        "seed": seed, "future": future, "replicate": replicate, "years": years, "shocks": shocks,
    }  # fmt: skip
    check(parameters=parameters, region=region, **asked, phases=phases)
    return burn_in(begin_world(parameters, region, **asked), phases=phases)


def burn_in(world: World, *, phases: Phases | None = None) -> World:
    """The world at the end of its burn-in."""
    run = Simulation(world, None, phases=phases)
    run.run()
    return replace(world, state=run.state)


@explained("run_policy")
def run_policy(world: World, policy: Policy, *, phases: Phases | None = None) -> History:
    """Run a policy in a world, which is left as it was.

    phases: replaces phases of the policy years, as in `draw_world`; how the world came about is
    settled already.  The history has `truth` (its spells, a row each), `record` (reports by
    community and record year, (C, Y)) and `spending` (dollars and units, (years, C, levers)).
    InputError names every argument that cannot be used, and policy, period and community of a rule
    that fails or answers what cannot be spent.

    >>> world = sl.draw_world(sl.Parameters(), sl.Region.synthetic(4, seed=1), years=1)
    >>> float(sl.run_policy(world, sl.policies.none()).spending.spent.sum())
    0.0
    """
    check(world=world, policy=policy, phases=phases)
    run = Simulation(world, policy, phases=phases)
    run.run()
    return run.history()


@explained("simulate")
def simulate(
    parameters: Parameters,
    region: Region,
    policy: Policy,
    *,
    future: int | str = 0,
    replicate: int = 0,
    seed: int = 0,
    years: int = 10,
    shocks: Sequence[Shock] = (),
    phases: Phases | None = None,
) -> History:
    """One run, a pure function of its arguments.

    future, replicate, seed: which world, as in `draw_world`; years: policy years, 1 to 100; shocks:
    rises of attention or victimization in them; phases: replaces phases of all weeks, those before
    the policy years among them.  Filling years and burn-in come before.  The history and errors are
    those of `run_policy`.

    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> policy = sl.policies.per_youth(budget=0.50)
    >>> history = sl.simulate(sl.Parameters(), region, policy, replicate=1, years=2)
    >>> history.record.published_reports.shape, history.years
    ((12, 5), 2)
    """
    asked: dict[str, Any] = {
        "seed": seed, "future": future, "replicate": replicate, "years": years, "shocks": shocks,
        "phases": phases,
    }  # fmt: skip
    check(parameters=parameters, region=region, policy=policy, **asked)
    return run_policy(draw_world(parameters, region, **asked), policy, phases=phases)
