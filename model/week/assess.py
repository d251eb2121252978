"""Phase *assess*: screening, the queue, investigation and the decision."""

from __future__ import annotations

import numpy as np

from streetlight.model.compiled import part, phase
from streetlight.model.draws import Decision, slot, sort_by, uniforms
from streetlight.model.equations import (
    added,
    rank_by_age,
    screened_in,
    substantiation,
    triangular_age,
)
from streetlight.model.names import (
    AGENCY_OF_CHANNEL,
    INVESTIGATED,
    SCREENED,
    Channel,
    End,
    Outcome,
    Tally,
)
from streetlight.model.week.calendar import count, entered, push, touch
from streetlight.model.week.spells import finish
from streetlight.model.world.rows import BEYOND_ANY_STEP
from streetlight.model.world.state import (
    AttentionRow,
    Block,
    Count,
    Covered,
    Hand,
    Kind,
    Public,
    Stock,
)


@part
def enter_books(s, c, channel, u, when):
    """Whether a report enters the books of the agency of its channel; counts it if it does."""
    agency = AGENCY_OF_CHANNEL[channel]
    by_itself = s.attention[when.year, AttentionRow.RECORDED + agency, c]
    recorded = u < added(by_itself, s.conditions[Covered.RECORDING, c])
    s.yearly[Stock.RECORDED + agency, when.year, c] += recorded
    if recorded and s.yearly[Stock.TAKES_PART, when.year, c]:
        count(s, Stock.PUBLISHED, c, when)
    return recorded


@part
def open_case(s, spell, c, channel, step, order, substantiation_draw, recorded, rank):
    """A new row of the case file, waiting, with its first touch."""
    n = s.counts[Count.CASES]
    s.counts[Count.CASES] = n + 1
    case = s.cases[n]
    case.spell, case.community, case.channel = spell, c, channel
    case.opened, case.investigated, case.closed = step, -1, -1
    case.outcome, case.next_in_queue = Outcome.WAITING, -1
    case.order, case.substantiation = order, substantiation_draw
    case.recorded, case.rank = recorded, rank
    touch(s, n, channel, step, True, recorded)
    return n


@part
def decide(s, n, when):
    """The decision of an investigation; a substantiated true case ends the spell."""
    case = s.cases[n]
    c, i = case.community, np.int64(case.spell)
    case.closed = when.step
    if i < 0:
        substantiated = case.substantiation < s.rates[0].wrong_substantiation
        if substantiated:
            count(s, Tally.FALSE_IDENTIFIED, c, when)
    else:
        row = s.spells[i]
        if row.end_reason != End.OPEN:
            row.case = -1
            case.outcome = Outcome.SPELL_ENDED
            return
        waited = case.investigated - case.opened
        substantiated = case.substantiation < substantiation(s.rates[0], row.traits, waited)
        if substantiated:
            finish(s, i, when.step, End.IDENTIFIED)
            count(s, Tally.IDENTIFIED, c, when)
            s.handed[Hand.SUBSTANTIATED, s.counts[Count.IDENTIFIED]] = n
            s.counts[Count.IDENTIFIED] += 1
        else:
            row.case = -1
            row.closed_cases += 1
    case.outcome = Outcome.SUBSTANTIATED if substantiated else Outcome.NOT_SUBSTANTIATED
    if substantiated:
        s.yearly[Stock.RECORDED_IDENTIFIED, when.year, c] += case.recorded
        if s.yearly[Stock.TAKES_PART, when.year, c] and s.rates[0].publicity_on and when.in_record:
            s.conditions[Public.NEWS, c] += 1.0  # read by *learn* in the next step


@part
def investigate(s, n, when):
    """Begin an investigation; its decision comes after the delay."""
    case = s.cases[n]
    c, i = case.community, case.spell
    case.outcome = Outcome.UNDER_INVESTIGATION
    case.investigated = when.step
    if i < 0:
        count(s, Tally.FALSE_INVESTIGATED, c, when)
    else:
        count(s, Tally.INVESTIGATED, c, when)
        row = s.spells[i]
        if not row.stage & INVESTIGATED:
            row.stage |= np.uint8(INVESTIGATED)
            count(s, Tally.EVER_INVESTIGATED, c, when)
    delay = s.rates[0].decision_steps
    if delay == 0:
        decide(s, n, when)
    elif when.step + delay < s.calendar.shape[0] - 1:
        push(s, when.step + delay, Kind.DECIDE, n, 0.0)


@part
def queue_or_investigate(s, n, when):
    """A screened-in case joins the queue at the end of the step, or is investigated at once."""
    if s.rates[0].limited:
        s.handed[Hand.QUEUED, s.counts[Count.QUEUED]] = n
        s.counts[Count.QUEUED] += 1
    else:
        investigate(s, n, when)


@part
def rank_of_true(s, row, u, step):
    """Which queue of its pool a true case joins; u: uniform of the strength of its evidence."""
    rates = s.rates[0]
    if rates.youngest:
        return rank_by_age(18.0 - (row.age_out - step) * rates.dt, rates.ranks)
    rank = 0
    while rank < rates.ranks - 1 and u >= rates.rank_true[rank]:
        rank += 1
    return rank


@part
def rank_of_false(s, u):
    """Which queue of its pool a false case joins, by the strength of its evidence or an age."""
    rates = s.rates[0]
    if rates.youngest:
        return rank_by_age(triangular_age(u, rates.age_mode), rates.ranks)
    return int(u * rates.ranks)


@part
def take_true_report(s, i, channel, when):
    """A true report: attach to the open case, or open, screen and queue a new one.

    A report heard after its spell has ended (by identification earlier in this step, or while the
    case is under investigation) attaches to the case that is there; without one it is lost.
    """
    row = s.spells[i]
    c, ended = row.community, row.end_reason != End.OPEN
    if ended and row.case < 0:
        return
    count(s, Tally.REPORTS, c, when)
    community = s.communities[c]
    # one disclosure reports as *self* (0) or *confidant* (1): the same occasion, the same luck
    at = slot(max(channel, 1), when.step - row.start)
    luck = 0.0  # of entering the books: below any share but 0
    if s.rates[0].recording_on:
        key = community.key
        luck = uniforms(s.world, key, row.number, Decision.RECORDED, row.ordinal, at)[0]
    recorded = enter_books(s, c, channel, luck, when)
    row.n_reports += 1
    if ended:
        touch(s, row.case, channel, when.step, True, recorded)
        return
    if row.known_at < 0:
        row.known_at = when.step
        row.first_channel = channel
        s.conditions[Block.KNOWN_ACTIVE, c] += 1
        count(s, Tally.KNOWN, c, when)
    if row.case >= 0:
        touch(s, row.case, channel, when.step, True, recorded)
        return
    u = uniforms(s.world, community.key, row.number, Decision.CASE, row.ordinal, at)
    rank = rank_of_true(s, row, u[3], when.step)
    n = open_case(s, i, c, channel, when.step, u[1], u[2], recorded, rank)
    if u[0] >= screened_in(community.screen_in, s.rates[0].after_closed, row.closed_cases > 0):
        s.cases[n].outcome = Outcome.SCREENED_OUT
        s.cases[n].closed = when.step
        row.closed_cases += 1
        return
    count(s, Tally.SCREENED_IN, c, when)
    if not row.stage & SCREENED:
        row.stage |= np.uint8(SCREENED)
        count(s, Tally.EVER_SCREENED_IN, c, when)
    row.case = n
    queue_or_investigate(s, n, when)


@part
def take_false_report(s, c, j, channel, when):
    """A false report: a case of its own.

    j: its number in this community and step, those of platforms counted by themselves.
    """
    by, key = 1 if channel == Channel.PLATFORM else 0, s.communities[c].key
    u = uniforms(s.world, key, when.step, Decision.FALSE_CASE, by, j)
    count(s, Tally.FALSE_REPORTS, c, when)
    luck = (0.0, 0.0, 0.0, 0.0)
    if s.rates[0].recording_on or s.rates[0].ranks > 1:
        luck = uniforms(s.world, key, when.step, Decision.FALSE_BOOKS, by, j)
    recorded = enter_books(s, c, channel, luck[0], when)
    n = open_case(s, -1, c, channel, when.step, u[2], u[3], recorded, rank_of_false(s, luck[1]))
    if u[1] >= s.communities[c].screen_in:
        s.cases[n].outcome = Outcome.SCREENED_OUT
        s.cases[n].closed = when.step
    else:
        queue_or_investigate(s, n, when)


@part
def join_queues(s):
    """This step's cases join a queue of their pool, in an order drawn for each."""
    n, queued = s.counts[Count.QUEUED], s.handed[Hand.QUEUED]
    for j in range(n):
        s.scratch[j] = s.cases[queued[j]].order
    sort_by(queued, s.scratch, n)
    for j in range(n):
        case = queued[j]
        pool, rank = s.pools[s.communities[s.cases[case].community].pool], s.cases[case].rank
        if pool.queue_head[rank] < 0:
            pool.queue_head[rank] = case
        else:
            s.cases[pool.queue_tail[rank]].next_in_queue = case
        pool.queue_tail[rank] = case
        pool.oldest = min(pool.oldest, s.cases[case].opened)
        pool.backlog += 1


@part
def lapse(s, pool, n, step):
    """A case that has waited too long is closed without an investigation."""
    case = s.cases[n]
    case.outcome, case.closed = Outcome.LAPSED, step
    pool.backlog -= 1
    if case.spell >= 0:
        row = s.spells[np.int64(case.spell)]
        row.case = -1
        row.closed_cases += 1


@part
def drop_waited(s, pool, step):
    """Cases at the heads of the queues of a pool that have waited too long lapse."""
    pool.oldest = BEYOND_ANY_STEP
    for rank in range(s.rates[0].ranks):
        while pool.queue_head[rank] >= 0:
            n = np.int64(pool.queue_head[rank])
            if s.cases[n].outcome == Outcome.WAITING:
                if step - s.cases[n].opened < s.rates[0].lapse_steps:
                    pool.oldest = min(pool.oldest, s.cases[n].opened)
                    break
                lapse(s, pool, n, step)
            pool.queue_head[rank] = s.cases[n].next_in_queue


@part
def work_queue(s, pool, rank, when):
    """Begin investigations of one queue, oldest first, while there is a credit."""
    while pool.queue_head[rank] >= 0 and pool.credit >= 1.0:
        n = np.int64(pool.queue_head[rank])
        if s.cases[n].outcome == Outcome.WAITING:
            pool.credit -= 1.0
            pool.backlog -= 1
            investigate(s, n, when)
        pool.queue_head[rank] = s.cases[n].next_in_queue


@part
def work_queues(s, when):
    """Every pool gains credits and begins as many investigations as it can, rank by rank."""
    for p in range(s.pools.shape[0]):
        pool = s.pools[p]
        pool.credit += pool.capacity
        if s.rates[0].lapse_steps > 0 and when.step - pool.oldest >= s.rates[0].lapse_steps:
            drop_waited(s, pool, when.step)
        rank = 0
        while rank < s.rates[0].ranks and pool.credit >= 1.0 and pool.backlog > 0:
            work_queue(s, pool, rank, when)
            rank += 1
        pool.credit = min(pool.credit, max(1.0, pool.capacity))


@phase
def assess(s, when):
    """Phase *assess*: hear reports, join the queues, begin investigations, decide."""
    s.counts[Count.IDENTIFIED] = 0
    s.counts[Count.QUEUED] = 0
    for j in range(s.counts[Count.REPORTS]):
        take_true_report(s, s.handed[Hand.REPORTS, j], s.handed[Hand.REPORT_CHANNEL, j], when)
    for j in range(s.counts[Count.FALSE_REPORTS]):
        c, number = s.handed[Hand.FALSE_REPORTS, j], s.handed[Hand.FALSE_NUMBER, j]
        take_false_report(s, c, number, s.handed[Hand.FALSE_CHANNEL, j], when)
    if s.rates[0].limited:
        join_queues(s)
        work_queues(s, when)
    for j in range(entered(s, when.step, Kind.DECIDE, 0)):
        decide(s, s.handed[Hand.ITEMS, j], when)
