"""LASER with squashing: a frame of those in exploitation, the susceptible as a count."""

from __future__ import annotations

import numpy as np
from laser.core import LaserFrame

from tests.benchmarks.peers.cascade import EXIT, NEXT, Outcome
from tests.benchmarks.peers.laser_all_engine import start, week


def run(n_youth: int, weeks: int, seed: int) -> Outcome:
    """Onsets are one binomial number a week; whoever becomes susceptible leaves the frame."""
    rng = np.random.default_rng(seed)
    people = LaserFrame(max(1000, n_youth // 50), initial_count=0)
    people.add_scalar_property("state", dtype=np.uint8)
    start(seed)
    events = occasions = 0
    for _ in range(weeks):
        begun = int(rng.binomial(n_youth - people.count, NEXT[0]))
        state = people.state[: people.count]
        occasions += len(state) + begun
        events += int(week(state, NEXT, EXIT)) + begun
        people.squash(state > 0)
        first, last = people.add(begun)
        people.state[first:last] = 1
    own = np.bincount(people.state[: people.count], minlength=4)
    at_end = (n_youth - people.count, *own[1:])
    return Outcome(n_youth, at_end, events, occasions)
