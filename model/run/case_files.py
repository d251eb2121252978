"""From the state to what agencies wrote down: no identities, every touch, the onset as recalled."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from streetlight.model.arrays import FloatArray, Table
from streetlight.model.compiled import kernel
from streetlight.model.draws import Decision, uniforms
from streetlight.model.names import Outcome
from streetlight.model.record.case_files import CASE_FILE, NEVER, CaseRegister
from streetlight.model.world.begin import World
from streetlight.model.world.state import Count, State

#: The spell that the draws of a false case name: youth have fewer (6 bits of the key).
NO_SPELL = 63


@kernel
def recall_uniforms(world, communities, cases, spells, out):
    """Two uniforms for the error of each case's recalled onset: fills out (2, n)."""
    for n in range(cases.shape[0]):
        case = cases[n]
        key = communities[case.community].key
        if case.spell >= 0:
            row = spells[case.spell]
            u = uniforms(
                world, key, row.number, Decision.RECALL, row.ordinal, case.opened - row.start
            )
        else:
            own = int(case.order * 65536.0)  # tells it from other cases of the step
            u = uniforms(world, key, case.opened, Decision.RECALL, NO_SPELL, own)
        out[0, n], out[1, n] = u[0], u[1]


@kernel
def write_down(cases, first, files):
    """What agencies know of each case, but the onset; first: the step at which the record starts.

    An agency cannot tell "the spell had ended" from "no finding".
    """
    for n in range(cases.shape[0]):
        case, file = cases[n], files[n]
        file.community, file.channel, file.outcome = case.community, case.channel, case.outcome
        if case.outcome == Outcome.SPELL_ENDED:
            file.outcome = Outcome.NOT_SUBSTANTIATED
        file.opened = case.opened - first
        file.investigated = case.investigated - first if case.investigated >= 0 else NEVER
        file.closed = case.closed - first if case.closed >= 0 else NEVER
        file.recalled_onset = np.nan


def recalled_onsets(world: World, state: State, cases: Table) -> FloatArray:
    """The onset of each case as it is recalled, in steps from the start of filling: (n,)."""
    luck = np.empty((2, len(cases)))
    recall_uniforms(state.world, state.communities, cases, state.spells, luck)
    month = world.clock.steps_per_year / 12.0
    onset = np.where(
        cases["spell"] >= 0,
        state.spells["start"][cases["spell"]],
        # a wrongly substantiated case: the story told has some onset within the year before
        cases["opened"] - 12.0 * month * luck[1],
    )
    recalled = onset + world.parameters.recording.recall_sd * month * ndtri(luck[0])
    return np.asarray(np.minimum(recalled, cases["opened"]))


def register_of(world: World, state: State) -> CaseRegister:
    """What agencies have written down so far: copies, without what only the truth knows."""
    clock = world.clock
    first = clock.first_record_step
    written = state.cases[: int(state.counts[Count.CASES])]
    cases = np.empty(len(written), CASE_FILE)
    write_down(written, first, cases)
    told = written["outcome"] == Outcome.SUBSTANTIATED
    rows = np.flatnonzero(told & (written["opened"] >= first))
    cases["recalled_onset"][rows] = recalled_onsets(world, state, written.take(rows)) - first
    touches = state.touches[: int(state.counts[Count.TOUCHES])].copy()
    touches["step"] -= first
    months = clock.month_of_step()[first:] - clock.first_record_month
    for array in (cases, touches, months):
        array.setflags(write=False)
    return CaseRegister(
        cases=cases, queue=written["order"].copy(), touches=touches, month_of_step=months,
        n_communities=len(state.communities),
    )  # fmt: skip
