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
    for name in ("community", "channel", "outcome"):
        cases[name] = written[name]
    for name in ("opened", "investigated", "closed"):
        cases[name] = np.where(written[name] < 0, NEVER, written[name] - first)
    told = written["outcome"] == Outcome.SUBSTANTIATED
    rows = np.flatnonzero(told & (written["opened"] >= first))
    cases["recalled_onset"] = np.nan
    cases["recalled_onset"][rows] = recalled_onsets(world, state, written.take(rows)) - first
    # an agency cannot tell "the spell had ended" from "no finding"
    cases["outcome"][written["outcome"] == Outcome.SPELL_ENDED] = Outcome.NOT_SUBSTANTIATED
    touches = state.touches[: int(state.counts[Count.TOUCHES])].copy()
    touches["step"] -= first
    months = clock.month_of_step()[first:] - clock.first_record_month
    for array in (cases, touches, months):
        array.setflags(write=False)
    return CaseRegister(
        cases=cases, queue=written["order"].copy(), touches=touches, month_of_step=months,
        n_communities=len(state.communities),
    )  # fmt: skip
