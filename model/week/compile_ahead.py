"""Compile the week before there is a world, so that two processes can share this work."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import typeof, types

from streetlight.model.parameters import Parameters
from streetlight.model.rates import make_rates
from streetlight.model.week.week import PHASES
from streetlight.model.world.rows import CASE, COMMUNITY, NODE, OCCASION, POOL, SPELL, TOUCH
from streetlight.model.world.shocks import SHOCK
from streetlight.model.world.state import State, When


def empty_state() -> State:
    """Tables of the kinds that a state has, with nothing in them."""
    return State(
        world=np.empty(0, np.uint32), rates=make_rates(Parameters(), 1.0),
        communities=np.empty(0, COMMUNITY), neighbours=np.empty(0, np.int32),
        attention=np.empty((0, 0, 0)), shocks=np.empty(0, SHOCK),
        calendar=np.empty((0, 0), np.int32), prepared=np.empty(0, OCCASION),
        nodes=np.empty(0, NODE), drawn=np.empty(0, SPELL), spells=np.empty(0, SPELL),
        cases=np.empty(0, CASE), touches=np.empty(0, TOUCH), pools=np.empty(0, POOL),
        conditions=np.empty((0, 0)), yearly=np.empty((0, 0, 0), np.int32),
        monthly=np.empty((0, 0, 0), np.int32), handed=np.empty((0, 0), np.int64),
        scratch=np.empty(0), counts=np.empty(0, np.int64),
    )  # fmt: skip


def signature() -> tuple[Any, Any]:
    """The types that a phase of the week is called with."""
    return typeof(empty_state()), types.NamedTuple((types.int64,) * 4 + (types.boolean,), When)


def compile_phases() -> None:
    """Compile the phases of a week into the cache, the last first: a world begins with the first.

    One that is in the cache already is read from there.
    """
    for phase in reversed(PHASES.values()):
        phase.compile(signature())  # type: ignore[attr-defined]
