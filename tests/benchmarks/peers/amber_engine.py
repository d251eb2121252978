"""AMBER: columns of a population, changed in its vectorised manner."""

from __future__ import annotations

import ambr
import numpy as np

from tests.benchmarks.peers.cascade import Outcome, step


class Cascade(ambr.Model):
    """Everybody is susceptible at first."""

    def setup(self) -> None:
        """The youth."""
        self.n_events = 0
        self.add_agents(self.p.n, state=0)

    def step_vectorized(self) -> None:
        """One week of everybody."""
        state = self.agents.array("state")
        after = step(state, self.rng.random(len(state)), self.rng.random(len(state)))
        self.n_events += int(np.count_nonzero(after != state))
        self.agents.state = after


def run(n_youth: int, weeks: int, seed: int) -> Outcome:
    """Two uniform numbers a youth and week."""
    model = Cascade({"n": n_youth, "steps": weeks, "seed": seed, "show_progress": False})
    model.cpu(mode="vectorized").run()
    at_end = np.bincount(model.agents.array("state"), minlength=4)
    return Outcome(n_youth, tuple(at_end), model.n_events, n_youth * weeks)
