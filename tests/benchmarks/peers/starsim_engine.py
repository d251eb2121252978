"""Starsim: a module with a state a youth, and one stream of random numbers a decision."""

from __future__ import annotations

import numpy as np
import starsim as ss

from tests.benchmarks.peers.cascade import EXIT, NEXT, REPORTED, Outcome


class Cascade(ss.Module):
    """Everybody is susceptible at first."""

    def __init__(self) -> None:
        super().__init__(name="cascade")
        self.define_states(ss.FloatArr("stage", default=0.0))
        self.onset = ss.bernoulli(p=NEXT[0])
        self.later = [ss.bernoulli(p=p) for p in NEXT[1:]]
        self.exit = ss.bernoulli(p=EXIT[1])
        self.n_events = 0

    def step(self) -> None:
        """One week: all decide on the state in which the week begins."""
        stage = np.asarray(self.stage.values)
        within = [(stage == k).nonzero()[0] for k in range(4)]
        advanced = [self.onset.filter(ss.uids(within[0]))]
        advanced += [
            draw.filter(ss.uids(who)) for draw, who in zip(self.later, within[1:], strict=True)
        ]
        stay = np.setdiff1d(np.flatnonzero(stage), np.concatenate(advanced))
        left = self.exit.filter(ss.uids(stay))
        for k, who in enumerate(advanced):
            self.stage[who] = 0 if k == REPORTED else k + 1
        self.stage[left] = 0
        self.n_events += len(left) + sum(len(who) for who in advanced)


def run(n_youth: int, weeks: int, seed: int) -> Outcome:
    """A uniform number for everybody who may change."""
    model = Cascade()
    sim = ss.Sim(
        modules=model, n_agents=n_youth, start=0, dur=weeks - 1, dt=1, rand_seed=seed,
        use_aging=False, verbose=0, copy_inputs=False,
    )  # fmt: skip
    sim.run()
    at_end = np.bincount(np.asarray(model.stage.values, int), minlength=4)
    return Outcome(n_youth, tuple(at_end), model.n_events, n_youth * weeks)
