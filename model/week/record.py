"""Phase *record* (running totals), and the counts an agency keeps by month."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streetlight.model.clock import Clock
from streetlight.model.columns import I4, N_CHANNELS, Count, Outcome, Public, State
from streetlight.model.compiled import phase

_AWARENESS = int(Public.AWARENESS)


@phase
def record(s, when):
    """Phase *record*: add this step to the running totals."""
    for c in range(s.places.shape[0]):
        k = s.places[c].place_class
        s.person_steps[0, when.year, c] += s.active[0, c]
        s.person_steps[1, when.year, c] += s.active[1, c]
        s.active_sum[when.month, k] += s.active[0, c]
        s.awareness_sum[when.month, c] += s.public[_AWARENESS, c]


def _counted(
    clock: Clock, state: State, community: I4, step: I4, channel: NDArray[np.int8] | None
) -> I4:
    """Events by month of the record and community, and by channel if given."""
    months = 12 * (clock.burn_in_years + clock.policy_years)
    shape = [months, len(state.places)]
    month = clock.month_of_step()[step] - 12 * clock.filling_years
    cell = month.astype(np.int64) * shape[1] + community
    if channel is not None:
        shape.append(N_CHANNELS)
        cell = cell * N_CHANNELS + channel
    counts = np.bincount(cell[month >= 0], minlength=int(np.prod(shape)))
    return counts.astype(np.int32).reshape(shape)


def referrals(clock: Clock, state: State, *, by_channel: bool = True) -> I4:
    """Reports, true and false, by month of the record: (months, C, channels) or (months, C)."""
    touches = state.touches[: state.counts[Count.TOUCHES]]
    touches = touches[touches["report"]]
    community = state.cases["community"][touches["case"]]
    channel = touches["channel"] if by_channel else None
    return _counted(clock, state, community, touches["step"], channel)


def investigations(clock: Clock, state: State) -> tuple[I4, I4]:
    """Investigations opened, and cases substantiated, by month: (months, C, channels) each."""
    cases = state.cases[: state.counts[Count.CASES]]
    opened = cases[cases["investigated"] >= 0]
    found = cases[cases["outcome"] == Outcome.SUBSTANTIATED]
    return (
        _counted(clock, state, opened["community"], opened["investigated"], opened["channel"]),
        _counted(clock, state, found["community"], found["closed"], found["channel"]),
    )
