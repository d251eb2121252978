"""LASER: a frame of youth, and a compiled loop over all of them."""

from __future__ import annotations

import numba as nb
import numpy as np
from laser.core import LaserFrame

from tests.benchmarks.peers.cascade import EXIT, NEXT, REPORTED, Outcome


@nb.njit
def week(state, to_next, to_exit):
    """One week of everybody; how many changed."""
    changed = 0
    for i in range(len(state)):
        if np.random.random() < to_next[state[i]]:  # noqa: NPY002  # compiled code has this one only
            state[i] = 0 if state[i] == REPORTED else state[i] + 1
            changed += 1
        elif state[i] and np.random.random() < to_exit[state[i]]:  # noqa: NPY002
            state[i] = 0
            changed += 1
    return changed


@nb.njit
def start(seed):
    """Seed the generator of compiled code."""
    np.random.seed(seed)  # noqa: NPY002


def run(n_youth: int, weeks: int, seed: int) -> Outcome:
    """A uniform number a youth and week, a second one for the few who may exit."""
    people = LaserFrame(n_youth)
    people.add_scalar_property("state", dtype=np.uint8)
    start(seed)
    events = sum(week(people.state, NEXT, EXIT) for _ in range(weeks))
    at_end = np.bincount(people.state, minlength=4)
    return Outcome(n_youth, tuple(at_end), events, n_youth * weeks)
