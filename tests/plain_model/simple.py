"""A speed reference: the cascade boiled down to five states, one Mesa agent a youth.

susceptible -> exploited -> recognised -> reported -> identified, with a natural exit from every
state in between.  Whoever is identified or exits is replaced by a susceptible youth, so that the
number of agents stays the same.

It is meant to be as fast as idiomatic Mesa gets: one `AgentSet.do` a week, the generator's method
and the probabilities looked up once, no property, no data collector, and a first line that is all
most youth ever run.  What is left is Mesa's own loop over weak references and one method call
and one random number a youth and week.
"""

from __future__ import annotations

import time
from collections import Counter
from enum import IntEnum

import mesa


class State(IntEnum):
    """Where a youth stands in the cascade."""

    SUSCEPTIBLE = 0
    EXPLOITED = 1
    RECOGNISED = 2
    REPORTED = 3


#: Probability a week of the next state: onset, recognition, report, identification.
P_NEXT = (200.0 / 100_000 / 52, 0.004, 0.10, 0.10)
P_EXIT = 0.0046


class Youth(mesa.Agent):
    """A youth in one of the states."""

    def __init__(self, model: SimpleCascade) -> None:
        super().__init__(model)
        self.state = State.SUSCEPTIBLE
        self.draw = model.random.random
        self.p_next = P_NEXT[State.SUSCEPTIBLE]

    def step(self) -> None:
        """One week."""
        if self.draw() < self.p_next:
            self.advance_state()
        elif self.state and self.draw() < P_EXIT:
            self.enter(State.SUSCEPTIBLE)
            self.model.events["exited"] += 1

    def advance_state(self) -> None:
        """The next state; after identification a susceptible youth takes the place."""
        if self.state is State.REPORTED:
            self.enter(State.SUSCEPTIBLE)
            self.model.events["identified"] += 1
        else:
            self.enter(State(self.state + 1))
            self.model.events[self.state.name.lower()] += 1

    def enter(self, state: State) -> None:
        """Take a state."""
        self.state = state
        self.p_next = P_NEXT[state]


class SimpleCascade(mesa.Model):
    """Youth of one place; `events` counts the entries into each state."""

    def __init__(self, n_youth: int, seed: int = 0) -> None:
        super().__init__(seed=seed)
        self.events: Counter[str] = Counter()
        Youth.create_agents(self, n_youth)

    def step(self) -> None:
        """One week of everybody."""
        self.agents.do("step")

    def release(self) -> None:
        """Let go of all agents; Mesa's own register would keep the model alive otherwise."""
        self.remove_all_agents()
        mesa.Agent._ids.pop(self, None)


def youth_weeks_per_second(n_youth: int = 100_000, weeks: int = 52) -> float:
    """Speed of the weeks alone, without building the agents."""
    model = SimpleCascade(n_youth)
    start = time.perf_counter()
    for _ in range(weeks):
        model.step()
    seconds = time.perf_counter() - start
    model.release()
    return n_youth * weeks / seconds
