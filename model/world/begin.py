"""A world: everything that is drawn once for a future and a replicate and shared by all policies.

`draw_world` draws the first spells with their occasions, then runs the filling years and burn-in
without added spending.  A policy run starts from a copy of the state at the end of burn-in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streetlight.model.clock import Clock
from streetlight.model.columns import (
    CASE,
    F8,
    N_CLASSES,
    N_GROUPS,
    N_KINDS,
    N_SECTORS,
    N_TALLIES,
    POOL,
    TOUCH,
    U4,
    Bought,
    Count,
    Public,
    State,
    Table,
    empty_spells,
)
from streetlight.model.communities.region import Region
from streetlight.model.draws import world_key
from streetlight.model.on_average import cascade
from streetlight.model.parameters import Parameters
from streetlight.model.world.rates import make_places, make_rates, publishers
from streetlight.model.world.shocks import Shock, shock_onsets, shock_table
from streetlight.model.world.victimization import SCRATCH, first_spells, prepare

#: Fields of the state that nothing changes once the world is drawn, so that copies share them.
FIXED = frozenset(
    {"fixed", "shocks", "world", "rates", "places", "neighbour_start", "neighbour_index",
     "prepared_start", "prepared", "first_start", "takes_part", "drawn"}
)  # fmt: skip

#: Tables that grow, and the count that says how much of each is in use.
GROWING = {
    "spells": Count.SPELLS, "nodes": Count.NODES, "cases": Count.CASES, "touches": Count.TOUCHES,
}  # fmt: skip


#: Columns of the places in the order of `columns.Fixed`.
FIXED_POINTS = ("norm0", "denial_public0", "denial0", "training0")


@dataclass(frozen=True)
class World:
    """One (future, replicate), ready for policies.

    state: at the end of burn-in, never written to again; investigators (C,): baseline posts.

    >>> world = sl.draw_world(sl.Parameters(), sl.Region.synthetic(4, seed=1), years=1)
    >>> world.region.n_communities, world.replicate
    (4, 0)
    """

    parameters: Parameters
    region: Region
    clock: Clock
    seed: int
    future: int | str
    replicate: int
    investigators: F8
    shocks: tuple[Shock, ...]
    state: State

    @property
    def n_first_spells(self) -> int:
        """Rows of first spells; later spells follow them in the table."""
        return int(self.state.first_start[-1])


def empty_rows(name: str, n: int, like: NDArray[Any]) -> NDArray[Any]:
    """Room for n rows of a growing table."""
    return empty_spells(n) if name == "spells" else np.empty((n, *like.shape[1:]), like.dtype)


def copy_state(state: State, room: dict[str, int], step: int) -> State:
    """An independent copy at the start of a step; growing tables get `room` more rows.

    First spells that start later are not copied: phase *onsets* takes them from `drawn`.
    """
    fields = {}
    for name, value in state._asdict().items():
        if name in FIXED:
            continue
        if name in GROWING:
            used = int(state.counts[GROWING[name]])
            copied = empty_rows(name, used + room[name], value)
            begun = used
            if name == "spells":
                begun, later = int(state.first_start[step]), len(state.drawn)
                copied[later:used] = value[later:used]
            copied[:begun] = value[:begun]
            fields[name] = copied
        else:
            fields[name] = value.copy()
    return state._replace(**fields)


def grown(state: State, name: str, needed: int) -> State:
    """The state with room for `needed` more rows in a growing table."""
    table = getattr(state, name)
    used = int(state.counts[GROWING[name]])
    if used + needed <= len(table):
        return state
    longer = empty_rows(name, int(1.5 * (used + needed)) + 1024, table)
    longer[:used] = table[:used]
    return state._replace(**{name: longer})


def make_pools(
    parameters: Parameters, region: Region, places: Table, investigators: F8, clock: Clock
) -> Table:
    """Investigation regions with their baseline capacity, and service places all free."""
    pools = np.zeros(int(places["pool"].max(initial=-1)) + 1, POOL)
    set_capacity(pools, parameters, region, places, investigators, None, clock)
    pools["queue_head"] = pools["queue_tail"] = -1
    pools["place_credit"] = pools["places_top"]
    pools["credit"] = np.maximum(1.0, pools["capacity"])
    return pools


def set_capacity(
    pools: Table,
    parameters: Parameters,
    region: Region,
    places: Table,
    investigators: F8,
    added_places: F8 | None,
    clock: Clock,
) -> None:
    """Write capacity from investigators (C,) and service places; sums go by community order."""
    n = len(pools)
    months = 12.0 / clock.steps_per_year
    per_post = parameters.assessment.investigations_per_month * months
    pools["capacity"] = np.bincount(places["pool"], investigators, n) * per_post
    by_class = np.array(parameters.services.places)[places["place_class"]]
    held = by_class * region.youth / 1e5
    if added_places is not None:
        held = held + added_places
    total = np.bincount(places["pool"], held, n)
    pools["places"] = total / max(1, clock.months(parameters.services.service_months))
    pools["places_top"] = np.maximum(1.0, total)


def empty_state(
    parameters: Parameters,
    region: Region,
    clock: Clock,
    key: U4,
    places: Table,
    rates: Table,
    investigators: F8,
    shocks: Table,
    spells: Table,
    first_start: NDArray[np.int32],
) -> State:
    """The state at the first filling step: fixed points everywhere, nothing has happened."""
    c, steps, years = region.n_communities, clock.n_steps, clock.n_years
    prepared_start, prepared = prepare(key, rates, places, spells, steps)
    public = np.zeros((len(Public), c))
    public[Public.NORM] = public[Public.AWARENESS] = places["norm0"]
    public[Public.DENIAL] = places["denial_public0"]
    public[Public.TOLD] = parameters.knowing.told_stock if parameters.switches.telling else 0.0
    public[Public.FOLLOW] = 1.0
    takes_part = np.zeros((years, c), np.int8)
    publishers(key, places, years, takes_part)
    counts = np.zeros(len(Count), np.int64)
    counts[Count.SPELLS] = len(spells)
    nothing = np.empty(0, np.int32)
    return State(
        world=key, rates=rates, places=places,
        neighbour_start=np.ascontiguousarray(region.neighbour_start, np.int32),
        neighbour_index=np.ascontiguousarray(region.neighbour_index, np.int32),
        shocks=shocks, prepared_start=prepared_start, prepared=prepared,
        head=np.full((steps, N_KINDS), -1, np.int32), nodes=np.empty((0, 2), np.int32),
        n_due=np.zeros((2, steps), np.int32), first_start=first_start,
        drawn=spells, spells=empty_spells(len(spells)), cases=np.empty(0, CASE),
        touches=np.empty(0, TOUCH),
        pools=make_pools(parameters, region, places, investigators, clock),
        fixed=np.array([places[name] for name in FIXED_POINTS]),
        trained=np.tile(places["trained0"], (N_SECTORS, 1)),
        skill=np.tile(places["skill0"], (N_SECTORS, 1)),
        denial=np.tile(places["denial0"], (N_SECTORS, 1)),
        public=public, told_hazard=np.zeros((N_GROUPS, c)), told_step=np.zeros((N_GROUPS, c)),
        bought=np.zeros((len(Bought), c)),
        yearly=np.zeros((N_TALLIES, years, c), np.int32),
        monthly=np.zeros((N_TALLIES, clock.n_months, N_CLASSES), np.int32),
        active=np.zeros((2, c), np.int32), person_steps=np.zeros((2, years, c)),
        active_sum=np.zeros((clock.n_months, N_CLASSES)),
        awareness_sum=np.zeros((clock.n_months, c)), takes_part=takes_part,
        items=nothing, signals=np.empty((2, 0), np.int32), reports=np.empty((2, 0), np.int32),
        false_reports=np.empty((2, 0), np.int32), false_mean=np.zeros((N_SECTORS, c)),
        queued=nothing, found=nothing,
        scratch=np.empty((2, SCRATCH), np.int32), luck=np.empty(0), counts=counts,
    )  # fmt: skip


def begin_world(
    parameters: Parameters,
    region: Region,
    *,
    seed: int = 0,
    future: int | str = 0,
    replicate: int = 0,
    years: int = 10,
    shocks: Sequence[Shock] = (),
    spells: Table | None = None,
) -> World:
    """A world at its first filling step.  `spells` replaces the first spells drawn (tests).

    Given spells need community, number and start, sorted by start; the rest is drawn.
    """
    t = parameters.time
    clock = Clock(t.steps_per_year, t.filling_years, t.burn_in_years, years)
    key = world_key(seed, future, replicate)
    places = make_places(parameters, region, clock, key)
    false_scale = cascade.false_scale(parameters, region)
    rates = make_rates(parameters, clock, false_scale)
    struck = shock_table(shocks, region, clock)
    if spells is None:
        added = shock_onsets(key, places, struck)
        spells, first_start = first_spells(key, places, clock.n_steps, added)
    else:
        at = np.arange(clock.n_steps + 1)
        first_start = np.searchsorted(spells["start"], at).astype(np.int32)
    expected = cascade.expected_cascade(parameters, region, places["frailty"], places["screen_in"])
    investigators = cascade.baseline_investigators(parameters, region, expected, false_scale)
    state = empty_state(
        parameters, region, clock, key, places, rates, investigators, struck, spells, first_start
    )
    return World(
        parameters, region, clock, seed, future, replicate, investigators, tuple(shocks), state
    )
