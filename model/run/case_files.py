"""From the state to what agencies wrote down: no identities, every touch, the onset as recalled."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from streetlight.model.arrays import FloatArray, Int32Array, IntArray, Table
from streetlight.model.compiled import kernel, part
from streetlight.model.draws import Decision, uniforms
from streetlight.model.names import N_SECTORS, Channel, End, Outcome
from streetlight.model.record.case_files import CASE_FILE, NEVER, CaseRegister
from streetlight.model.world.begin import World
from streetlight.model.world.rows import TOUCH
from streetlight.model.world.shocks import FIRST_NUMBER
from streetlight.model.world.state import Count, State

#: The spell that the draws of a false case name: youth have fewer (6 bits of the key).
NO_SPELL = 63


@part
def case_uniforms(world, communities, case, spells, decision, part_of):
    """Four uniforms of a case; part_of: which four of a decision that needs more."""
    key = communities[case.community].key
    if case.spell >= 0:
        row = spells[case.spell]
        at = case.opened - row.start + (part_of << 16)
        return uniforms(world, key, row.number, decision, row.ordinal, at)
    own = int(case.order * 65536.0) + (part_of << 16)  # tells it from other cases of the step
    return uniforms(world, key, case.opened, decision, NO_SPELL, own)


@kernel
def recall_uniforms(world, communities, cases, spells, out):
    """Two uniforms for the error of each case's recalled onset: fills out (2, n)."""
    for n in range(cases.shape[0]):
        u = case_uniforms(world, communities, cases[n], spells, Decision.RECALL, 0)
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


@kernel
def link(world, communities, cases, spells, youth, first, missed, mistaken, before, luck, person):
    """The pseudonym of each case: fills person (n,) by the number of a case that it is named after.

    youth (n,): the first case of the same youth; first: step in which the record starts, as earlier
    cases are in no file; missed, mistaken: probabilities of either error of linkage; before (C,):
    the case written down last in each place, -1 at first.  Fills luck (2, n): uniforms of whether,
    and with what error, the end of exploitation is learned.
    """
    for n in range(cases.shape[0]):
        case = cases[n]
        u = case_uniforms(world, communities, case, spells, Decision.LINK, 0)
        luck[0, n], luck[1, n] = u[2], u[3]
        if case.opened < first:
            person[n] = n
            continue
        last = before[case.community]
        if last >= 0 and youth[last] != youth[n] and u[1] < mistaken:
            person[n] = person[last]
        else:
            person[n] = n if u[0] < missed else youth[n]
        before[case.community] = n


@kernel
def casework_uniforms(world, communities, cases, spells, out):
    """A uniform for each case and sector that may record its youth: fills out (sectors, n)."""
    for n in range(cases.shape[0]):
        for sector in range(out.shape[0]):
            u = case_uniforms(world, communities, cases[n], spells, Decision.CASEWORK, sector >> 2)
            out[sector, n] = u[sector & 3]


def youth_of(spells: Table, spell: Int32Array) -> IntArray:
    """For each case the first case of the same youth (n,); a false report is of a youth alone.

    spell (n,): row of the spell that a case is about, -1 for a false report.
    """
    n = np.arange(len(spell))
    true = np.flatnonzero(spell >= 0)
    if not len(true):
        return n
    rows = spell[true]
    community, number = spells["community"][rows], spells["number"][rows].astype(np.int64)
    by_shock = number >= FIRST_NUMBER  # the numbers of all others leave no gaps: a table holds them
    _, number[by_shock] = np.unique(
        community[by_shock].astype(np.int64) << 32 | number[by_shock], return_inverse=True
    )
    community[by_shock] = community.max() + 1
    most = np.zeros(community.max() + 1, np.int64)
    np.maximum.at(most, community, number + 1)
    youth = (np.cumsum(most) - most)[community] + number
    first = np.empty(most.sum(), np.int64)
    first[youth[::-1]] = true[::-1]  # the first case is written last
    n[true] = first[youth]
    return n


def linked(world: World, state: State, cases: Table) -> tuple[Int32Array, FloatArray]:
    """Pseudonyms of cases (n,), and the step from the start of filling in which exploitation ended.

    A case that is substantiated ends it, as the agency sees it.  Of other ends it may learn later.
    """
    rec, clock = world.parameters.recording, world.clock
    youth = youth_of(state.spells, cases["spell"])
    person, luck = np.empty(len(cases), np.int32), np.empty((2, len(cases)))
    link(
        state.world, state.communities, cases, state.spells, youth, clock.first_record_step,
        rec.link_missed, rec.link_false, np.full(len(state.communities), -1), luck, person,
    )  # fmt: skip
    ended = np.full(len(cases), np.nan)
    reason = state.spells["end_reason"][cases["spell"]]  # that of a false report is not read
    over = (reason == End.NATURAL) | (reason == End.AGED_OUT) | (reason == End.IDENTIFIED)
    told = (cases["spell"] >= 0) & over & (luck[0] < rec.end_learned)
    told &= cases["outcome"] != Outcome.SCREENED_OUT  # nobody looked
    end = state.spells["end"][cases["spell"][told]]
    end = end + rec.recall_sd * clock.steps_per_year / 12.0 * ndtri(luck[1][told])
    ended[told] = np.minimum(np.maximum(end, cases["opened"][told]), clock.n_steps)
    own = cases["outcome"] == Outcome.SUBSTANTIATED
    ended[own] = cases["closed"][own]
    return person if rec.linked else np.full_like(person, -1), ended


def casework_touches(world: World, state: State, cases: Table) -> Table:
    """Touches by sectors that record a youth when its investigation begins."""
    p = world.parameters.recording.casework_touch
    if p == 0.0:
        return np.empty(0, TOUCH)
    u = np.empty((N_SECTORS, len(cases)))
    casework_uniforms(state.world, state.communities, cases, state.spells, u)
    sector, case = np.nonzero((u < p) & (cases["investigated"] >= 0))
    touches = np.zeros(len(case), TOUCH)
    touches["case"], touches["channel"] = case, Channel.SCHOOL + sector
    touches["step"] = cases["investigated"][case]
    return touches


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
    person, ended = linked(world, state, written)
    touches = state.touches[: int(state.counts[Count.TOUCHES])]
    touches = np.concatenate([touches, casework_touches(world, state, written)])
    touches["step"] -= first
    months = clock.month_of_step()[first:] - clock.first_record_month
    ended -= first
    for array in (cases, person, ended, touches, months):
        array.setflags(write=False)
    return CaseRegister(
        cases=cases, person=person, exposure_end=ended, queue=written["order"].copy(),
        touches=touches, month_of_step=months, n_communities=len(state.communities),
    )  # fmt: skip
