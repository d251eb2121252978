"""numpy: an array of states, and every youth every week."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.peers.cascade import Outcome, step


def run(n_youth: int, weeks: int, seed: int) -> Outcome:
    """Two uniform numbers a youth and week."""
    rng = np.random.default_rng(seed)
    state = np.zeros(n_youth, np.int8)
    events = 0
    for _ in range(weeks):
        after = step(state, rng.random(n_youth), rng.random(n_youth)).astype(np.int8)
        events += int(np.count_nonzero(after != state))
        state = after
    return Outcome(n_youth, tuple(np.bincount(state, minlength=4)), events, n_youth * weeks)
