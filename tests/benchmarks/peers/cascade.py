"""What the engines have in common: the numbers of the cascade, what a run says, and the chain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Probability a week of the next state and of exit, by state, as in `tests.plain_model.simple`: an
#: interpreter of other engines may not have what the rest of the tests need.
NEXT = np.array([200.0 / 100_000 / 52, 0.004, 0.10, 0.10])
EXIT = np.array([0.0, 0.0046, 0.0046, 0.0046])
REPORTED = 3


@dataclass(frozen=True)
class Outcome:
    """A run: youth in each state at the end, changes of state, and how often one was decided on.

    at_end: None where the states are others, so that nothing can be compared.
    """

    n_youth: int
    at_end: tuple[int, ...] | None
    events: int
    occasions: int


def step(state: np.ndarray, to_next: np.ndarray, to_exit: np.ndarray) -> np.ndarray:
    """The states after a week: (n,); to_next, to_exit: uniform numbers in [0, 1), (n,)."""
    advanced = to_next < NEXT[state]
    left = ~advanced & (to_exit < EXIT[state])
    return np.where(left | (advanced & (state == REPORTED)), 0, state + advanced)


def shares(weeks: int) -> np.ndarray:
    """The probability of each state after so many weeks, for who is susceptible at first: (4,)."""
    one = np.zeros((4, 4))
    for state in range(4):
        one[state, (state + 1) % 4] += NEXT[state]
        one[state, 0] += (1 - NEXT[state]) * EXIT[state]
        one[state, state] += (1 - NEXT[state]) * (1 - EXIT[state])
    return np.linalg.matrix_power(one, weeks)[0]


def largest_error(outcome: Outcome, weeks: int) -> float:
    """How far the largest difference to the chain is, in standard errors of a binomial share."""
    p, n = shares(weeks), outcome.n_youth
    return float(np.max(np.abs(np.array(outcome.at_end) - n * p) / np.sqrt(n * p * (1 - p))))
