"""Case files as an agency holds them: no identities, every touch, the onset as recalled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from streetlight.model.arrays import Table
from streetlight.model.compiled import kernel
from streetlight.model.draws import Decision, uniforms
from streetlight.model.names import Outcome
from streetlight.model.world.begin import World
from streetlight.model.world.state import Count, State

#: A case: place in the region, channel and week of the first report, weeks of investigation and
#: closing (-1 none), outcome, and for substantiated cases the onset as recalled (NaN otherwise).
CASE_FILE = np.dtype(
    [("community", "i4"), ("opened", "i4"), ("investigated", "i4"), ("closed", "i4"),
     ("recalled_onset", "f8"), ("channel", "i1"), ("outcome", "i1")],
    align=True,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class CaseFiles:
    """cases: rows of `CASE_FILE`, in order of community, opening and channel; touches: case (row of
    `cases`), step, channel and whether it is a report, in that order, of every recorded touch.
    Steps count from the start of the record; outcomes are `names.Outcome`.
    """

    cases: Table
    touches: Table


@kernel
def recall_uniforms(world, places, cases, spells, out):
    """Two uniforms for the error of each case's recalled onset: fills out (2, n)."""
    for n in range(cases.shape[0]):
        case = cases[n]
        key = places[case.community].key
        if case.spell >= 0:
            row = spells[case.spell]
            u = uniforms(
                world, key, row.number, Decision.RECALL, row.ordinal, case.opened - row.start
            )
        else:
            own = int(case.order * 65536.0)  # tells it from other cases of the step
            u = uniforms(world, key, case.opened, Decision.RECALL, 63, own)
        out[0, n], out[1, n] = u[0], u[1]


def case_files(world: World, state: State) -> CaseFiles:
    """Build the case files of a run from its state."""
    n = int(state.counts[Count.CASES])
    first = world.clock.first_record_step
    rows = np.flatnonzero(state.cases["opened"][:n] >= first)
    cases = state.cases[rows]
    luck = np.empty((2, len(cases)))
    recall_uniforms(state.world, state.places, cases, state.spells, luck)
    month = world.clock.steps_per_year / 12.0
    onset = np.where(
        cases["spell"] >= 0,
        state.spells["start"][cases["spell"]],
        # a wrongly substantiated case: the story told has some onset within the year before
        cases["opened"] - 12.0 * month * luck[1],
    )
    recalled = onset + world.parameters.recording.recall_sd * month * ndtri(luck[0])
    recalled = np.minimum(recalled, cases["opened"]) - first
    order = np.lexsort((cases["order"], cases["channel"], cases["opened"], cases["community"]))
    out = np.zeros(len(cases), CASE_FILE)
    for name in ("community", "channel", "outcome"):
        out[name] = cases[name]
    for name in ("opened", "investigated", "closed"):
        out[name] = np.where(cases[name] >= 0, cases[name] - first, -1)
    out["recalled_onset"] = np.where(cases["outcome"] == Outcome.SUBSTANTIATED, recalled, np.nan)
    # an agency cannot tell "the spell had ended" from "no finding"
    ended = out["outcome"] == Outcome.SPELL_ENDED
    out["outcome"][ended] = Outcome.NOT_SUBSTANTIATED
    position = np.full(n, -1, np.int64)
    position[rows[order]] = np.arange(len(rows))
    touches = state.touches[: int(state.counts[Count.TOUCHES])].copy()
    touches["case"] = position[touches["case"]]
    touches = touches[(touches["case"] >= 0) & (touches["step"] < world.clock.n_steps)]
    touches["step"] -= first
    touches = touches[np.lexsort((touches["channel"], touches["step"], touches["case"]))]
    return CaseFiles(out[order], touches)
