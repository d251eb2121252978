"""From the state to what agencies wrote down: no identities, every touch, the onset as recalled.

What they have then, and what follows from it, is in `record/case_files.py`.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from streetlight.model.arrays import FloatArray, Int32Array, Table
from streetlight.model.compiled import kernel, part
from streetlight.model.draws import Decision, uniforms
from streetlight.model.names import N_SECTORS, Channel, End, Outcome
from streetlight.model.record.case_files import CASE_FILE, NEVER, CaseRegister
from streetlight.model.world.rows import TOUCH
from streetlight.model.world.state import Count, State
from streetlight.model.world.world import World

#: The spell that the draws of a false case name: youth have fewer (6 bits of the key).
NO_SPELL = 63
#: Odd factors that spread numbers and communities over a table by hash: 2^31 over the golden ratio
#: (Knuth's multiplicative hashing) and one of MurmurHash3. Numbers have 32 bits and communities
#: far fewer, so the sum stays below 2^63.
SPREAD = (1327217885, 2246822507)
#: Cases whose spells are fetched together, and stay in the nearest cache until they are needed.
AT_ONCE = 256


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


@part
def first_case(n, who, slots):
    """The first case of the same youth: n or one before it.

    who (n,): youth of the cases up to n; slots: first cases by youth, a table by hash with -1 where
    there is none, its length a power of two above the number of cases.
    """
    number, community = who[n] & 0xFFFFFFFF, who[n] >> 32
    at = number * SPREAD[0] + community * SPREAD[1] >> 11 & slots.shape[0] - 1
    while slots[at] >= 0:
        if who[slots[at]] == who[n]:
            return slots[at]
        at = at + 1 & slots.shape[0] - 1
    slots[at] = n
    return n


@part
def name_youth(spells, spell, first, stop, who):
    """Fill `who` of the cases from `first` to `stop` with community << 32 | number of the youth.

    A pass before the work is done: rows of spells are fetched all at once instead of one by one.
    That of a false case stays as it is, and nobody reads it.
    """
    for n in range(first, stop):
        if spell[n] >= 0:
            row = spells[spell[n]]
            who[n] = np.int64(row.community) << 32 | np.int64(row.number)


@kernel
def first_cases(spells, spell, who, slots, out):
    """The first case of the same youth for each case: fills out (n,); spell (n,) as in a case."""
    name_youth(spells, spell, 0, spell.shape[0], who)
    for n in range(spell.shape[0]):
        out[n] = first_case(n, who, slots) if spell[n] >= 0 else n


@kernel
def link(world, communities, cases, spells, rules, who, slots, before, luck, person, ended):
    """The pseudonym of each case, the number of a case it is named after, and its end if learned.

    rules: first step of the record (earlier cases are in no file), probabilities of a missed and of
    a false link, and of learning the end of exploitation.  before (2, C): youth and pseudonym of
    the case written down last in each place, -1 at first; who, slots: as in `first_case`.  Fills
    person (n,), ended (n,) with the true end, NaN if it is not learned, and luck (n,) with the
    uniform of the error that the agency makes with it.
    """
    first, missed, mistaken, learned = rules
    for n in range(cases.shape[0]):
        if n % AT_ONCE == 0:
            name_youth(spells, cases["spell"], n, min(n + AT_ONCE, cases.shape[0]), who)
        case = cases[n]
        u = case_uniforms(world, communities, case, spells, Decision.LINK, 0)
        luck[n], ended[n], youth = u[3], np.nan, n
        if case.spell >= 0:
            youth, row = first_case(n, who, slots), spells[case.spell]
            over = row.end_reason
            if over == End.NATURAL or over == End.AGED_OUT or over == End.IDENTIFIED:
                if u[2] < learned and case.outcome != Outcome.SCREENED_OUT:  # else nobody looked
                    ended[n] = row.end
        if case.opened < first:
            person[n] = n
            continue
        last = before[:, case.community]
        if last[0] >= 0 and last[0] != youth and u[1] < mistaken:
            person[n] = last[1]
        else:
            person[n] = n if u[0] < missed else youth
        last[0], last[1] = youth, person[n]


@kernel
def casework_uniforms(world, communities, cases, spells, out):
    """A uniform for each case and sector that may record its youth: fills out (sectors, n)."""
    for n in range(cases.shape[0]):
        for sector in range(out.shape[0]):
            u = case_uniforms(world, communities, cases[n], spells, Decision.CASEWORK, sector >> 2)
            out[sector, n] = u[sector & 3]


def empty_slots(n: int) -> Int32Array:
    """A table for the first cases of as many youth as n cases can have (see `first_case`)."""
    return np.full(1 << (2 * n + 1).bit_length(), -1, np.int32)


def youth_of(spells: Table, spell: Int32Array) -> Int32Array:
    """For each case the first case of the same youth (n,); a false report is of a youth alone.

    spell (n,): row of the spell that a case is about, -1 for a false report.
    """
    n = len(spell)
    out = np.empty(n, np.int32)
    first_cases(spells, spell, np.empty(n, np.int64), empty_slots(n), out)
    return out


def linked(world: World, state: State, cases: Table) -> tuple[Int32Array, FloatArray]:
    """Pseudonyms of cases (n,), and the step from the start of filling in which exploitation ended.

    A case that is substantiated ends it, as the agency sees it.  Of other ends it may learn later.
    """
    rec, clock, n = world.parameters.recording, world.clock, len(cases)
    person, luck, ended = np.empty(n, np.int32), np.empty(n), np.empty(n)
    link(
        state.world, state.communities, cases, state.spells,
        (clock.first_record_step, rec.link_missed, rec.link_false, rec.end_learned),
        np.empty(n, np.int64), empty_slots(n), np.full((2, len(state.communities)), -1), luck,
        person, ended,
    )  # fmt: skip
    learned = np.flatnonzero(~np.isnan(ended))
    end = ended[learned] + rec.recall_sd * clock.steps_per_year / 12.0 * ndtri(luck[learned])
    ended[learned] = np.minimum(np.maximum(end, cases["opened"][learned]), clock.n_steps)
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
    substantiated = written["outcome"] == Outcome.SUBSTANTIATED
    rows = np.flatnonzero(substantiated & (written["opened"] >= first))
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
