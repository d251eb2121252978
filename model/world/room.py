"""Memory: how long the tables of the state are, and how they grow.

Kernels allocate nothing, so before a step there must be room for whatever it can bring: occasions
are known beforehand, false reports are bounded.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streetlight.model.arrays import FloatArray, Table
from streetlight.model.clock import Clock
from streetlight.model.compiled import kernel, part
from streetlight.model.equations import mean_false_reports
from streetlight.model.names import N_SECTORS
from streetlight.model.world.rows import empty_spells
from streetlight.model.world.state import (
    N_PREPARED,
    AttentionRow,
    Bought,
    Calendar,
    Count,
    State,
)

#: Fields of the state that nothing changes once the world is drawn, so that copies share them.
NEVER_CHANGED = frozenset(
    {"world", "rates", "communities", "neighbours", "attention", "shocks", "prepared", "drawn"}
)  # fmt: skip

#: Tables that grow, and the count that says how much of each is in use.  One more needs a field of
#: `Room` and a line of `has_room` too, as kernels cannot go through a table by name.
GROWING = {
    "spells": Count.SPELLS, "nodes": Count.NODES, "cases": Count.CASES, "touches": Count.TOUCHES,
}  # fmt: skip

#: Tables through which one phase hands something to the next, and which are empty between steps.
HANDED_OVER = ("handed", "scratch")


class Room(NamedTuple):
    """The most rows that a step can add to each growing table, and the length of a hand-over."""

    spells: int
    nodes: int
    cases: int
    touches: int
    handed: int


def empty_rows(name: str, n: int, like: NDArray[Any], used: int) -> NDArray[Any]:
    """Room for n rows of a growing table, the first `used` of them for the rows it has.

    The others are 0 for spells: a later one is written in two steps, and the second may never come.
    """
    if name != "spells":
        return np.empty((n, *like.shape[1:]), like.dtype)
    spells = empty_spells(n, zeroed=False)
    spells[used:].view(np.uint8)[...] = 0
    return spells


def copy_rows(to: NDArray[Any], rows: NDArray[Any]) -> None:
    """Copy rows as bytes: numpy copies fields one by one, which takes ten times as long."""
    to.view(np.uint8)[...] = rows.view(np.uint8)


def copy_state(state: State, room: dict[str, int], step: int) -> State:
    """An independent copy at the start of a step; growing tables get `room` more rows.

    First spells that start later are not copied: phase *onsets* takes them from `drawn`.
    """
    fields = {}
    for name, value in state._asdict().items():
        if name in NEVER_CHANGED:
            continue
        if name in GROWING:
            used = int(state.counts[GROWING[name]])
            copied = empty_rows(name, used + room[name], value, used)
            begun = used
            if name == "spells":
                begun, later = int(state.first_start[step]), len(state.drawn)
                copy_rows(copied[later:used], value[later:used])
            copy_rows(copied[:begun], value[:begun])
            fields[name] = copied
        else:
            fields[name] = np.empty_like(value) if name in HANDED_OVER else value.copy()
    return state._replace(**fields)


def room_for_policy(state: State, clock: Clock, step: Room) -> dict[str, int]:
    """Rows the policy years will take, from what the years before took, with a margin.

    step: the most that the first step of the policy can add, twice which is to stay free. Rows that
    are never written cost nothing, and a table that has to grow is copied whole.
    """
    past = max(1, clock.filling_years + clock.burn_in_years)
    share = 1.5 * clock.policy_years / past
    before = {name: int(state.counts[count]) for name, count in GROWING.items()}
    before["spells"] -= len(state.drawn)
    return {name: int(share * n) + 2 * getattr(step, name) + 1024 for name, n in before.items()}


def with_room(state: State, step: int, spell_occasions: int, false_reports: int) -> State:
    """The state with tables and hand-overs that hold whatever a step can bring."""
    needed = room_needed(state, step, spell_occasions, false_reports)
    longer = {}
    for name, count in GROWING.items():
        table, used, more = getattr(state, name), int(state.counts[count]), getattr(needed, name)
        if used + more > len(table):
            longer[name] = empty_rows(name, int(1.5 * (used + more)) + 1024, table, used)
            copy_rows(longer[name][:used], table[:used])
    if state.handed.shape[1] < needed.handed:
        n = 2 * needed.handed + 64
        longer["handed"] = np.empty((len(state.handed), n), state.handed.dtype)
        longer["scratch"] = np.empty(n)
    return state._replace(**longer)


@kernel
def room_needed(s, step, spell_occasions, false_reports):
    """The most that a step can add.

    A phase that adds a spell, a node, a case or a touch, or hands over more, must raise it here:
    kernels write without looking whether there is room.
    """
    now = s.calendar[step]
    due = now[Calendar.PREPARED + N_PREPARED] - now[Calendar.PREPARED] + now[Calendar.ENTERED]
    due += now[Calendar.LATER] * spell_occasions
    begun = 0  # of those who wait: all that begin may be decided at once, without a delay
    for p in range(s.pools.shape[0]):
        pool = s.pools[p]
        begun += min(pool.backlog, int(pool.credit + pool.capacity))
    new = due + false_reports
    ends = due + begun
    touches = new + ends * N_SECTORS * s.rates[0].touch_steps
    # each spell may be followed by another, which is a node; each case is a node to decide it
    return Room(ends, ends + new, new, touches, new + begun)


@part
def has_room(s, step, spell_occasions, false_reports):
    """Whether tables and hand-overs hold whatever a step can bring."""
    needed = room_needed(s, step, spell_occasions, false_reports)
    return (
        s.counts[Count.SPELLS] + needed.spells <= s.spells.shape[0]
        and s.counts[Count.NODES] + needed.nodes <= s.nodes.shape[0]
        and s.counts[Count.CASES] + needed.cases <= s.cases.shape[0]
        and s.counts[Count.TOUCHES] + needed.touches <= s.touches.shape[0]
        and needed.handed <= s.handed.shape[1]
    )


def most_occasions(rates: Table, reach: float, n_steps: int) -> int:
    """Room to keep for the occasions of one later spell: the mean over its time and 12 sd.

    reach: the most effort, or weight of what is bought, of a community and year; n_steps: of the
    whole run. A spell that age ends takes six years at most.
    """
    row = rates[0]
    steps = 6.0 / row["dt"] if row["ageing_out"] else float(n_steps)
    contacts = row["h_contact"] * row["unit_ratio"]
    visible = row["visibility"].max()
    sectors = visible * reach * (contacts * row["bound"]).sum(axis=1).max()
    public = visible * row["h_public"] * row["family_public"]
    tips = row["h_platform"] * row["mandate_ratio"]
    mean = steps * (row["p_self_bound"] + row["h_disclose_bound"] + public + sectors + tips)
    return int(min(mean + 12.0 * np.sqrt(mean) + 50, (N_PREPARED - 1) * steps + 1))


def most_attention(state: State) -> FloatArray:
    """The most effort, or weight of what is bought, of each community in any year: (C,)."""
    rows = slice(AttentionRow.EFFORT, AttentionRow.WEIGHT + 1)
    return np.asarray(state.attention[:, rows].max(axis=(0, 1)))


def most_false_reports(state: State, reach: FloatArray) -> int:
    """More false reports than a step of this year can bring: the mean under no denial and 12 sd.

    reach (C,): `most_attention`.
    """
    rates, x = state.rates[0], state.conditions
    by_eye = rates["false_base"] * max(1.0, float(rates["false_trained"]))
    by_tool = np.where(rates["tool"] > 0, np.maximum(by_eye, rates["tool_false"]), by_eye)
    usual, at_risk = rates["false_general"], rates["false_high_risk"]
    contacts = mean_false_reports(rates["high_risk_share"], usual, at_risk, rates["report"])
    contacts = contacts * rates["unit_ratio"]
    screened = x[Bought.SCREENING_UNIVERSAL] + x[Bought.SCREENING_TARGETED] > 0
    youth = state.communities["youth"] * reach
    most = youth[screened].sum() * by_tool + youth[~screened].sum() * by_eye
    total = float(most @ contacts)
    return int(total + 12.0 * np.sqrt(total)) + 64
