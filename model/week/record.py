"""Phase *record* (running totals), and the counts an agency keeps by month."""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import ByteArray, Int32Array
from streetlight.model.clock import Clock
from streetlight.model.compiled import phase
from streetlight.model.names import N_CHANNELS, Outcome
from streetlight.model.world.state import Block, Count, Public, State, Stock


@phase
def record(s, when):
    """Phase *record*: add this step to the running totals."""
    for c in range(s.places.shape[0]):
        k = s.places[c].place_class
        active = int(s.conditions[Block.ACTIVE, c])
        s.yearly[Stock.ACTIVE, when.year, c] += active
        s.yearly[Stock.KNOWN, when.year, c] += int(s.conditions[Block.ACTIVE + 1, c])
        s.monthly[Stock.ACTIVE, when.month, k] += active
        s.conditions[Block.AWARENESS_SUM + when.month, c] += s.conditions[Public.AWARENESS, c]


def _counted(
    clock: Clock, state: State, community: Int32Array, step: Int32Array, channel: ByteArray | None
) -> Int32Array:
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


def referrals(clock: Clock, state: State, *, by_channel: bool = True) -> Int32Array:
    """Reports, true and false, by month of the record: (months, C, channels) or (months, C)."""
    touches = state.touches[: state.counts[Count.TOUCHES]]
    touches = touches[touches["report"]]
    community = state.cases["community"][touches["case"]]
    channel = touches["channel"] if by_channel else None
    return _counted(clock, state, community, touches["step"], channel)


def investigations(clock: Clock, state: State) -> tuple[Int32Array, Int32Array]:
    """Investigations opened, and cases substantiated, by month: (months, C, channels) each."""
    cases = state.cases[: state.counts[Count.CASES]]
    opened = cases[cases["investigated"] >= 0]
    found = cases[cases["outcome"] == Outcome.SUBSTANTIATED]
    return (
        _counted(clock, state, opened["community"], opened["investigated"], opened["channel"]),
        _counted(clock, state, found["community"], found["closed"], found["channel"]),
    )
