"""The week, written once as data, and the run that goes through it.

world = draw_world(parameters, region, future=0, replicate=0)
history = run_policy(world, policies.per_youth(budget=0.50))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from streetlight.model.columns import (
    FOUND,
    N_PREPARED,
    N_SECTORS,
    REPORTS,
    Count,
    State,
    Tally,
    When,
)
from streetlight.model.communities.region import Region
from streetlight.model.compiled import kernel, phase
from streetlight.model.lever_names import N_LEVERS
from streetlight.model.money.policies import Policy
from streetlight.model.money.rules.formulas import per_youth
from streetlight.model.parameters import Parameters
from streetlight.model.run.allocation import allocate, hear_surveys
from streetlight.model.run.history import History, Record, Truth, locked
from streetlight.model.week.assess import assess
from streetlight.model.week.encounters import disclose, encounter, notice
from streetlight.model.week.learn import learn
from streetlight.model.week.record import record
from streetlight.model.week.report import most_false_reports, report
from streetlight.model.week.serve import serve
from streetlight.model.week.spells import exits, onsets
from streetlight.model.world.begin import GROWING, World, begin_world, copy_state, grown
from streetlight.model.world.shocks import Shock
from streetlight.model.world.victimization import most_occasions

#: Columns that one phase hands to the next within a step.
HANDED_OVER = ("items", "signals", "reports", "false_reports", "queued", "found", "luck")
_SPELLS, _NODES, _CASES, _TOUCHES = (int(count) for count in GROWING.values())

Stub = Callable[["Simulation", When], None]


class Simulation:
    """A policy at work in a world, step by step.

    `phases` replaces phases of `WEEK` by name: a callable (simulation, when) that does what it
    likes with `simulation.state`.  Without a policy the run covers filling and burn-in.
    """

    def __init__(
        self, world: World, policy: Policy | None, *, phases: Mapping[str, Stub] | None = None
    ) -> None:
        self.world = world
        self.policy = policy
        self.clock = world.clock
        self.stubs = dict(phases or {})
        if unknown := sorted(set(self.stubs) - set(WEEK)):
            raise KeyError(f"no phase is called {unknown[0]!r}: there are {', '.join(WEEK)}")
        after = policy is not None
        self.step_number = self.clock.first_policy_step if after else 0
        self.last_step = self.clock.n_steps if after else self.clock.first_policy_step
        state = world.state
        self.state = copy_state(state, self._room(), self.step_number) if after else state
        if self.stubs:  # a stub need not begin spells
            waiting = slice(self.state.first_start[self.step_number], len(self.state.drawn))
            self.state.spells[waiting] = self.state.drawn[waiting]
        self._month = self.clock.month_of_step()
        self._spell_occasions = most_occasions(self.state.rates)
        self._false_reports = most_false_reports(self.state)
        shape = (self.clock.policy_years, world.region.n_communities, N_LEVERS)
        self.allocated, self.spent = np.zeros(shape), np.zeros(shape)
        self.units, self.returned = np.zeros(shape), np.zeros(shape)
        self.carried = np.zeros(shape[1:])
        record_years = self.clock.burn_in_years + self.clock.policy_years
        self.survey_respondents = np.zeros((world.region.n_communities, record_years))
        self.survey_estimates = np.zeros_like(self.survey_respondents)

    def _room(self) -> dict[str, int]:
        """Rows the policy years will take, from what the years before took, with a margin."""
        counts = self.world.state.counts
        past = max(1, self.clock.filling_years + self.clock.burn_in_years)
        share = 1.5 * self.clock.policy_years / past
        before = {name: int(counts[count]) for name, count in GROWING.items()}
        before["spells"] -= self.world.n_first_spells
        return {name: int(share * n) + 1024 for name, n in before.items()}

    @property
    def finished(self) -> bool:
        """Whether the last step has been made."""
        return self.step_number >= self.last_step

    def now(self) -> When:
        """The moment of the next step."""
        t, per_year = self.step_number, self.clock.steps_per_year
        recorded = t >= self.clock.first_record_step
        return When(t, t % per_year, t // per_year, int(self._month[t]), recorded)

    def step(self) -> None:
        """One week: every phase in the order of `WEEK`."""
        when = self.now()
        self.stubs.get("allocate", allocate)(self, when)
        if self.stubs or when.step_of_year == 0:
            self._false_reports = most_false_reports(self.state)
        self.make_room(when)
        if self.stubs:
            self.state.counts[: Count.SPELLS] = 0  # what a stub may leave undone, nobody hears of
            for name in WEEK[1:]:
                self.stubs.get(name, PHASES[name])(self, when)
            self.step_number += 1
        else:
            self._weeks(self.step_number + 1)

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
        needed = room_needed(self.state, when.step, self._spell_occasions, self._false_reports)
        for name, n in zip(GROWING, needed, strict=False):
            self.state = grown(self.state, name, n)
        for name in HANDED_OVER:
            buffer = getattr(self.state, name)
            if buffer.shape[-1] < needed[-1]:
                longer = np.empty((*buffer.shape[:-1], 2 * needed[-1] + 64), buffer.dtype)
                self.state = self.state._replace(**{name: longer})

    def published(self, tallies: tuple[Tally, ...]) -> np.ndarray:
        """Published counts of the record years so far: float64 (C, Y)."""
        first, year = self.clock.filling_years, self.step_number // self.clock.steps_per_year
        total = sum(self.state.yearly[t, first:year].astype(float) for t in tallies)
        return np.asarray((total * self.state.takes_part[first:year]).T)

    def history(self) -> History:
        """The finished run."""
        if not self.finished or self.policy is None:
            raise ValueError("a history needs a finished run of a policy")
        hear_surveys(self)
        s, world, clock = self.state, self.world, self.clock
        first = clock.filling_years
        members = np.bincount(s.places["pool"], minlength=len(s.pools))
        backlog = s.pools["backlog"] / np.maximum(1, members)
        truth = Truth(
            clock, locked(s.spells[: s.counts[Count.SPELLS]]), world.n_first_spells,
            locked(s.yearly), locked(s.monthly), locked(s.person_steps), locked(s.active_sum),
            backlog[s.places["pool"]], locked(s.trained), locked(s.skill), locked(s.denial),
            locked(s.public), s.cases["spell"][: s.counts[Count.CASES]].copy(),
        )  # fmt: skip
        record = Record(
            locked(self.published(REPORTS)), locked(self.published(FOUND)),
            s.takes_part[first:].T.astype(bool), locked(self.survey_respondents),
            locked(self.survey_estimates), world, s,
        )  # fmt: skip
        return History(
            world.parameters, world.region, self.policy, world.future, world.replicate,
            world.seed, clock.policy_years, world, truth, record, self.allocated, self.spent,
            self.units, self.returned, self.carried,
        )  # fmt: skip


# ------------------------------------------------------------------------------------ the week


@kernel
def week(s, when):
    """The order of a week.

    Hazards are read from the state after *learn*; an event passes through all later phases of the
    same week.
    """
    learn(s, when)
    exits(s, when)
    onsets(s, when)
    disclose(s, when)
    notice(s, when)
    encounter(s, when)
    report(s, when)
    assess(s, when)
    serve(s, when)
    record(s, when)


@kernel
def room_needed(s, step, spell_occasions, false_reports):
    """The most rows a step can add: spells, nodes, cases, touches, and length of a hand-over."""
    a, b = step * N_PREPARED, (step + 1) * N_PREPARED
    due = s.prepared_start[b] - s.prepared_start[a] + s.n_due[0, step]
    due += s.n_due[1, step] * spell_occasions
    waiting = 0
    for p in range(s.pools.shape[0]):
        waiting += s.pools[p].backlog
    new = due + false_reports
    ends = due + waiting  # all who wait may be decided at once, where a decision takes no time
    touches = new + ends * N_SECTORS * s.rates[0].touch_steps
    return ends, ends + new, new, touches, new + waiting  # each spell may be followed by another


@kernel
def has_room(s, step, spell_occasions, false_reports):
    """Whether tables and hand-overs hold whatever a step can bring."""
    needed = room_needed(s, step, spell_occasions, false_reports)
    return (
        s.counts[_SPELLS] + needed[0] <= s.spells.shape[0]
        and s.counts[_NODES] + needed[1] <= s.nodes.shape[0]
        and s.counts[_CASES] + needed[2] <= s.cases.shape[0]
        and s.counts[_TOUCHES] + needed[3] <= s.touches.shape[0]
        and needed[4] <= min(s.items.shape[0], s.luck.shape[0], s.found.shape[0])
        and needed[4] <= min(s.queued.shape[0], s.false_reports.shape[1])
        and needed[4] <= min(s.signals.shape[1], s.reports.shape[1])
    )


@phase
def weeks(s, step, stop, months, per_year, first_recorded, spell_occasions, false_reports):
    """Weeks of one year, until `stop` or the first that might lack room; returns that step."""
    while step < stop and has_room(s, step, spell_occasions, false_reports):
        recorded = step >= first_recorded
        week(s, When(step, step % per_year, step // per_year, months[step], recorded))
        step += 1
    return step


#: The phases by name: the one in which money is spent, then those that `week` calls, in its order.
WEEK = (
    "allocate", "learn", "exits", "onsets", "disclose", "notice", "encounter", "report", "assess",
    "serve", "record",
)  # fmt: skip


def _phase(run: Callable[[State, When], None]) -> Stub:
    return lambda sim, when: run(sim.state, when)


PHASES: dict[str, Stub] = {name: _phase(globals()[name]) for name in WEEK[1:]}


# ------------------------------------------------------------------------------ the entry points


def draw_world(
    parameters: Parameters,
    region: Region,
    *,
    seed: int = 0,
    future: int | str = 0,
    replicate: int = 0,
    years: int = 10,
    shocks: Sequence[Shock] = (),
) -> World:
    """Draw a world and run its filling years and burn-in (no added spending).

    years: policy years to come; shocks: rises of attention or victimization in them.  The same
    arguments give the same world, whatever else is run.

    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> world = sl.draw_world(sl.Parameters(), region, replicate=3, years=2)
    >>> before, after = (sl.run_policy(world, policy).truth.spells["start"][:100]
    ...                  for policy in (sl.policies.none(), sl.policies.per_youth()))
    >>> bool((before == after).all())  # the same youth, at the same time
    True
    """
    world = begin_world(
        parameters, region, seed=seed, future=future, replicate=replicate, years=years,
        shocks=shocks,
    )  # fmt: skip
    return burn_in(world)


def burn_in(world: World) -> World:
    """The world at the end of its burn-in."""
    run = Simulation(world, None)
    run.run()
    return replace(world, state=run.state)


def run_policy(world: World, policy: Policy) -> History:
    """Run a policy in a world, which is left as it was.

    >>> world = sl.draw_world(sl.Parameters(), sl.Region.synthetic(4, seed=1), years=1)
    >>> sl.run_policy(world, sl.policies.none()).spent.sum()
    np.float64(0.0)
    """
    run = Simulation(world, policy)
    run.run()
    return run.history()


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
) -> History:
    """One run, a pure function of its arguments.

    future, replicate, seed: which world; years: policy years; shocks: rises of attention or
    victimization in them. Filling years and burn-in come before.

    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> policy = sl.policies.per_youth(budget=0.50)
    >>> history = sl.simulate(sl.Parameters(), region, policy, replicate=1, years=2)
    >>> history.record.published_reports.shape, history.years
    ((12, 5), 2)
    """
    world = draw_world(
        parameters, region, seed=seed, future=future, replicate=replicate, years=years,
        shocks=shocks,
    )  # fmt: skip
    return run_policy(world, policy)


def warm_up() -> None:
    """Compile every kernel, or load those compiled before: a run on four invented places."""
    region = Region.synthetic(4, seed=1)
    history = simulate(Parameters(), region, Policy("warm_up", per_youth, budget=0.5), years=1)
    assert len(history.record.cases.cases) >= 0 and len(history.record.counts.calls) > 0
