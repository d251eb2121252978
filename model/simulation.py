"""The week, written once as data, and the run that goes through it.

    world = draw_world(parameters, region, future=0, replicate=0)
    history = run_policy(world, policies.per_youth(budget=0.50))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from model import assessment, conditions, encounters, recording, reporting, services, spells
from model.columns import Bought, Count, Public, State, Tally, When
from model.history import History
from model.lever_names import N_LEVERS
from model.levers import Levels, purchase
from model.parameters import Parameters
from model.policies import Policy
from model.record_view import OracleView, RecordView
from model.region import Region
from model.world import World, begin_world, copy_state, grown, set_capacity

N_SIGNALS_A_SPELL = 7  # disclosure, notice, five sectors


class Simulation:
    """A policy at work in a world, step by step.

    `phases` replaces phases by name: a callable (simulation, when) that does what it likes with
    `simulation.state`.  Without a policy the run covers filling and burn-in.
    """

    def __init__(
        self,
        world: World,
        policy: Policy | None,
        *,
        phases: Mapping[str, Callable[[Simulation, When], None]] | None = None,
    ) -> None:
        self.world = world
        self.policy = policy
        self.clock = world.clock
        self.week = tuple(
            phase._replace(run=(phases or {}).get(phase.name, phase.run)) for phase in WEEK
        )
        if unknown := set(phases or {}) - {phase.name for phase in WEEK}:
            raise KeyError(f"no phase is called {sorted(unknown)[0]!r}")
        in_policy_years = policy is not None
        self.step_number = self.clock.first_policy_step if in_policy_years else 0
        self.last_step = self.clock.n_steps if in_policy_years else self.clock.first_policy_step
        self.state = copy_state(world.state, self._room()) if in_policy_years else world.state
        self._month = self.clock.month_of_step()
        self._spell_occasions = _most_occasions(self.state)
        c, years, levers = world.region.n_communities, self.clock.policy_years, N_LEVERS
        self.allocated = np.zeros((years, c, levers))
        self.spent = np.zeros((years, c, levers))
        self.units = np.zeros((years, c, levers))
        self.returned = np.zeros((years, c, levers))
        self.carried = np.zeros((c, levers))

    def _room(self) -> dict[str, int]:
        """Rows the policy years will take, from what the years before took, with a margin."""
        counts = self.world.state.counts
        later = int(counts[Count.SPELLS]) - self.world.n_first_spells
        share = 1.5 * self.clock.policy_years / max(1, self.clock.n_years - self.clock.policy_years)
        before = {
            "spells": later, "nodes": int(counts[Count.NODES]), "cases": int(counts[Count.CASES]),
            "touches": int(counts[Count.TOUCHES]),
        }  # fmt: skip
        return {name: int(share * n) + 1024 for name, n in before.items()}

    @property
    def finished(self) -> bool:
        """Whether the last step has been made."""
        return self.step_number >= self.last_step

    def now(self) -> When:
        """The moment of the next step."""
        t, per_year = self.step_number, self.clock.steps_per_year
        month = int(self._month[t])
        record_month = month - 12 * self.clock.filling_years
        return When(t, t % per_year, t // per_year, month, max(-1, record_month))

    def step(self) -> None:
        """One week: every phase in the order of `WEEK`."""
        when = self.now()
        for phase in self.week:
            phase.run(self, when)
        self.step_number += 1

    def run(self) -> None:
        """All remaining steps."""
        while not self.finished:
            self.step()

    def make_room(self, **needed: int) -> None:
        """Let growing tables (spells, nodes, cases, touches) take that many more rows."""
        for name, n in needed.items():
            self.state = grown(self.state, name, n)

    def buffers(self, n: int, *names: str) -> None:
        """Let hand-overs between phases hold at least n entries."""
        for name in names:
            buffer = getattr(self.state, name)
            if buffer.shape[-1] < n:
                longer = np.empty((*buffer.shape[:-1], int(1.5 * n) + 64), buffer.dtype)
                self.state = self.state._replace(**{name: longer})

    def published(self, tallies: tuple[Tally, ...]) -> np.ndarray:
        """Published counts of the record years so far: float64 (C, Y)."""
        first, year = self.clock.filling_years, self.step_number // self.clock.steps_per_year
        total = sum(self.state.yearly[t, first:year].astype(float) for t in tallies)
        return np.asarray((total * self.state.takes_part[first:year]).T)

    def history(self) -> History:
        """The finished run."""
        return History.of(self)


def _most_occasions(state: State) -> int:
    """Room to keep for the occasions of one later spell: the mean over six years and 12 sd."""
    rates = state.rates[0]
    steps = 6.0 / rates["dt"]
    sectors = (rates["p_contact"] * rates["bound"]).sum(axis=1).max()
    public = rates["h_public"] * rates["family_public"]
    mean = steps * (rates["p_self_bound"] + rates["h_disclose_bound"] + public + sectors)
    return int(min(mean + 12.0 * np.sqrt(mean) + 50, 8 * steps + 1))


# ---------------------------------------------------------------------------------- the phases


def allocate(sim: Simulation, when: When) -> None:
    """At the start of a year: resources follow the record; the policy reads it and spends."""
    if when.step_of_year:
        return
    if sim.world.parameters.switches.feedback and when.year > sim.clock.filling_years:
        _follow_the_record(sim)
    if sim.policy is not None:
        _spend(sim, sim.policy, when.year - sim.clock.filling_years - sim.clock.burn_in_years)


def _follow_the_record(sim: Simulation) -> None:
    """Discretionary resources follow last year's published reports (section 9)."""
    f, youth = sim.world.parameters.feedback, sim.state.places["youth"]
    reports = sim.published(REPORTS)[:, -1]
    total, all_youth = reports.sum(), youth.sum()
    ratio = np.ones_like(youth)
    if total > 0 and all_youth > 0:
        expected = total * youth / all_youth
        np.divide(reports, expected, out=ratio, where=expected > 0)
    d, share = f.discretionary_share, f.follow_share
    followed = (1.0 - share) + share * np.minimum(f.follow_cap, ratio)
    sim.state.public[Public.FOLLOW] = 1.0 - d + d * followed


def view_of_record(sim: Simulation, policy: Policy, period: int) -> RecordView:
    """What the policy's rule is shown at the start of a year; an oracle is shown more."""
    region, clock = sim.world.region, sim.clock
    past = np.zeros((region.n_communities, clock.burn_in_years + period, N_LEVERS))
    past[:, clock.burn_in_years :] = sim.spent[:period].transpose(1, 0, 2)
    facts = dict(
        period=period,
        ids=region.ids,
        population=region.population,
        youth=region.youth,
        youth_12_17=region.youth_12_17,
        poverty_share=region.poverty_share,
        place_class=region.place_class,
        published_reports=sim.published(REPORTS),
        published_identified=sim.published(FOUND),
        spent=past,
        budget_dollars=policy.budget * float(region.population.sum()),
    )
    if policy.uses_oracle:
        onsets = sim.state.places["onset"] * clock.steps_per_year
        return OracleView(**facts, expected_onsets=onsets)
    return RecordView(**facts)


def _spend(sim: Simulation, policy: Policy, period: int) -> None:
    """Turn the policy's dollars into this year's lever effects and capacity."""
    world, state = sim.world, sim.state
    if policy.budget > 0.0:
        dollars = policy.allocate(view_of_record(sim, policy, period))
        trained = state.trained.mean(axis=0)
        bought = purchase(dollars, sim.carried, world.region, world.parameters, trained)
        levels = bought.levels
        sim.allocated[period], sim.spent[period] = dollars, bought.spent
        sim.units[period], sim.returned[period] = bought.units, bought.returned
        sim.carried = bought.carried
    else:
        levels = Levels.nothing(world.region.n_communities)
    for row in Bought:
        state.bought[row] = getattr(levels, row.name.lower())
    investigators = world.investigators + levels.investigators
    set_capacity(
        state.pools, world.parameters, world.region, state.places, investigators,
        levels.places, sim.clock,
    )  # fmt: skip


def learn(sim: Simulation, when: When) -> None:
    """Awareness, training, denial, told stock and coverage move."""
    conditions.learn(sim.state, when)


def exits(sim: Simulation, when: When) -> None:
    """Natural exits and ageing out."""
    s = sim.state
    active = int(s.active[0].sum())
    starts = int(s.n_starts[when.step] + np.diff(s.first_start[when.step : when.step + 2])[0])
    may_end = active + starts  # in this step, so that many later spells may be entered
    sim.make_room(spells=may_end, nodes=may_end + starts * sim._spell_occasions)
    sim.buffers(N_SIGNALS_A_SPELL * may_end, "signals", "reports")
    sim.buffers(may_end, "found", "luck")
    spells.exits(sim.state, when)


def onsets(sim: Simulation, when: When) -> None:
    """First and later spells that start now."""
    spells.onsets(sim.state, when)


def disclose(sim: Simulation, when: When) -> None:
    """Being told, self-recognition, disclosure."""
    encounters.disclosures(sim.state, when)


def notice(sim: Simulation, when: When) -> None:
    """The public notices."""
    encounters.notices(sim.state, when)


def encounter(sim: Simulation, when: When) -> None:
    """Responders recognise."""
    encounters.recognitions(sim.state, when)


def report(sim: Simulation, when: When) -> None:
    """Recognised youth are reported or not; false reports."""
    reporting.reports(sim.state, when)
    reporting.false_reports(sim.state, when)
    n = int(sim.state.counts[Count.FALSE_REPORTS])
    if n > sim.state.false_reports.shape[1]:
        sim.buffers(n, "false_reports")
        reporting.false_reports(sim.state, when)


def assess(sim: Simulation, when: When) -> None:
    """Screening, queue, investigation, decisions."""
    counts = sim.state.counts
    new = int(counts[Count.REPORTS] + counts[Count.FALSE_REPORTS])
    waiting = int(sim.state.pools["backlog"].sum())
    sim.make_room(cases=new, touches=new, nodes=new + waiting)
    sim.buffers(new, "queued", "luck")
    assessment.assess(sim.state, when)


def serve(sim: Simulation, when: When) -> None:
    """Places for the identified; the clock of a later spell."""
    found = int(sim.state.counts[Count.IDENTIFIED])
    sim.make_room(touches=found * 5 * int(sim.state.rates[0]["touch_steps"]))
    services.serve(sim.state, when)


def record(sim: Simulation, when: When) -> None:
    """Running totals."""
    recording.record(sim.state, when)


class Phase(NamedTuple):
    """A named part of the week."""

    name: str
    run: Callable[[Simulation, When], None]


#: The order of a week.  Hazards are read from the state after *learn*; an event passes through all
#: later phases of the same week.
WEEK: tuple[Phase, ...] = tuple(
    Phase(phase.__name__, phase)
    for phase in (
        allocate, learn, exits, onsets, disclose, notice, encounter, report, assess, serve, record,
    )
)  # fmt: skip


REPORTS = (Tally.REPORTS, Tally.FALSE_REPORTS)
FOUND = (Tally.IDENTIFIED, Tally.FALSE_IDENTIFIED)


# ------------------------------------------------------------------------------ the entry points


def draw_world(
    parameters: Parameters,
    region: Region,
    *,
    seed: int = 0,
    future: int | str = 0,
    replicate: int = 0,
    years: int = 10,
) -> World:
    """Draw a world and run its filling years and burn-in (no added spending).

    years: policy years to come.  The same arguments give the same world, whatever else is run.
    """
    world = begin_world(
        parameters, region, seed=seed, future=future, replicate=replicate, years=years
    )
    return burn_in(world)


def burn_in(world: World) -> World:
    """The world at the end of its burn-in."""
    run = Simulation(world, None)
    run.run()
    return replace(world, state=run.state)


def run_policy(world: World, policy: Policy) -> History:
    """Run a policy in a world, which is left as it was."""
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
) -> History:
    """One run, a pure function of its arguments."""
    world = draw_world(
        parameters, region, seed=seed, future=future, replicate=replicate, years=years
    )
    return run_policy(world, policy)
