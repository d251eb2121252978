"""The state, as columns: what a spell, a case, a community and a pool carry.

Settled before anything else, because it decides everything else:

- a **spell** is a row; a youth is (community, number), the number being that of its first onset
  within the community; attributes are packed in `traits`;
- **occasions** (everything that could happen to a spell) sit in a calendar by step and channel:
  `prepared` ones of first spells, drawn with the world, and linked `nodes` for later spells;
- a **case** is a row of the agency's file, true (it names a spell) or false (-1);
- **conditions** are what money can move, per community;
- the **ledger** counts, per community and year and per place class and month.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

I1 = NDArray[np.int8]
I4 = NDArray[np.int32]
U4 = NDArray[np.uint32]
F8 = NDArray[np.float64]
Table = NDArray[np.void]  # a structured array: rows of columns

N_SECTORS, N_GROUPS, N_CLASSES = 5, 6, 4

# Bits of `traits`: type 0-2 in bits 0-1, gender 0-2 in bits 2-3, then one bit each.
HIGH_RISK, FAMILY, KNOWN, BLAMES, UNBLAMABLE = 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8

#: Exploitation types and genders of youth, by their number in `traits`.
TYPES = ("sexual", "labour or criminal", "both")
GENDERS = ("girl", "boy", "gender-diverse")


class Kind(IntEnum):
    """Kinds of calendar entries, in the order in which a step passes through them."""

    EXIT = 0
    RECOGNISE_SELF = 1
    DISCLOSE = 2
    NOTICE = 3
    SCHOOL = 4  # the five sectors follow each other
    START = 9  # start of a later spell
    DECIDE = 10  # decision of an investigation (the entry names a case)


N_PREPARED, N_KINDS = 9, 11


class Channel(IntEnum):
    """Who a report comes from."""

    SELF = 0
    CONFIDANT = 1
    PUBLIC = 2
    SCHOOL = 3
    HEALTH = 4
    WELFARE = 5
    POLICE = 6
    YOUTH_SERVICES = 7


N_CHANNELS = 8


class End(IntEnum):
    """How a spell ended."""

    OPEN = 0
    NATURAL = 1
    AGED_OUT = 2
    IDENTIFIED = 3
    PREVENTED = 4  # never began
    AHEAD = 5  # has not begun


class Outcome(IntEnum):
    """Where a case stands, or how it ended."""

    WAITING = 0
    UNDER_INVESTIGATION = 1
    SCREENED_OUT = 2
    NOT_SUBSTANTIATED = 3
    SUBSTANTIATED = 4
    SPELL_ENDED = 5


class Tally(IntEnum):
    """What the ledger counts."""

    FIRST_ONSETS = 0
    LATER_ONSETS = 1
    PREVENTED = 2
    KNEW = 3
    RECOGNISED = 4
    KNOWN = 5
    REPORTS = 6
    FALSE_REPORTS = 7
    SCREENED_IN = 8
    INVESTIGATED = 9
    FALSE_INVESTIGATED = 10
    IDENTIFIED = 11
    FALSE_IDENTIFIED = 12
    OFFERED_NO_PLACE = 13
    SERVED = 14
    EVER_SCREENED_IN = 15
    EVER_INVESTIGATED = 16


N_TALLIES = 17

#: What an agency counts as reports and as identified: it cannot tell true from false.
REPORTS = (Tally.REPORTS, Tally.FALSE_REPORTS)
FOUND = (Tally.IDENTIFIED, Tally.FALSE_IDENTIFIED)


def row_type(columns: Sequence[tuple[Any, ...]]) -> np.dtype[Any]:
    """The type of a table with these columns, each (name, code) or (name, code, shape).

    A row gives its columns as attributes in Python too, as it does in a compiled kernel, so that
    kernels also run uncompiled.  A column may therefore not be called like an attribute that
    every row of numpy has, such as "size".
    """
    if taken := [column[0] for column in columns if hasattr(np.record, column[0])]:
        raise ValueError(f"rows of numpy have an attribute of this name: {taken[0]!r}")
    return np.dtype((np.record, np.dtype(list(columns), align=True)))


#: One row a spell: first spells in order of onset, later spells appended.  -1 means never.
SPELL = row_type(
    [
        ("community", "i4"),
        ("number", "u4"),  # of the youth within the community
        ("start", "i4"),
        ("end", "i4"),  # until the spell ends: its policy-free end
        ("age_out", "i4"),
        ("traits", "u2"),
        ("ordinal", "u1"),  # 0 first spell, 1 second, ...
        ("end_reason", "i1"),
        # told once the community's cumulative telling hazard reaches this (before the spell starts:
        # the unit exponential to be used up by then); the uniform of being told before it started
        ("told_at", "f8"),
        ("told_before", "f8"),
        ("knew_at", "i4"),
        ("signal_at", "i4"),  # first disclosed, noticed or recognised
        ("known_at", "i4"),  # first true report
        ("case", "i4"),  # the open case, or the one that identified the youth
        ("closed_cases", "i2"),
        ("n_reports", "i2"),
        ("first_channel", "i1"),
        ("stage", "u1"),  # bits: 1 ever screened in, 2 ever investigated, 4 served
    ]
)
SCREENED, INVESTIGATED, SERVED = 1, 2, 4
CACHE_LINE = 64  # bytes, and the size of a row of SPELL: an occasion then touches one line


def empty_spells(n: int) -> Table:
    """Room for n rows of SPELL, all 0, each in a cache line of its own."""
    room = np.zeros((n + 1) * CACHE_LINE, np.uint8)
    first = -room.ctypes.data % CACHE_LINE
    return room[first : first + n * CACHE_LINE].view(SPELL)


#: One row a case of the agency's file.
CASE = row_type(
    [
        ("spell", "i4"),  # -1: a false report
        ("community", "i4"),
        ("opened", "i4"),  # step of the report that opened it
        ("investigated", "i4"),
        ("closed", "i4"),
        ("next_in_queue", "i4"),
        ("order", "f4"),  # luck in the queue
        ("luck", "f4"),  # luck in substantiation
        ("channel", "i1"),
        ("outcome", "i1"),
    ]
)

#: Every recorded touch of a case: reports, and what is recorded after identification.
TOUCH = row_type([("case", "i4"), ("step", "i4"), ("channel", "i1"), ("report", "?")])

#: An investigation region: capacity, credits and queue.
POOL = row_type(
    [
        ("capacity", "f8"),  # investigations a step
        ("credit", "f8"),
        ("places", "f8"),  # service starts a step
        ("places_top", "f8"),  # most credits held
        ("place_credit", "f8"),
        ("queue_head", "i4"),
        ("queue_tail", "i4"),
        ("backlog", "i4"),
    ]
)

#: What does not change in a community.
PLACE = row_type(
    [
        ("key", "u4", (2,)),
        ("population", "f8"),
        ("youth", "f8"),
        ("acquaintance", "f8"),
        ("screen_in", "f8"),
        ("frailty", "f8"),
        ("onset", "f8"),  # first onsets a step, before thinning
        ("again", "f8"),  # hazard of a later spell per step after the first 12 months
        ("poor", "f8"),  # share of victimized youth from poor households
        ("family", "f8"),
        ("known", "f8"),
        ("report_ratio", "f8"),
        ("norm0", "f8"),  # conditions without added spending
        ("denial0", "f8"),
        ("denial_public0", "f8"),
        ("training0", "f8"),  # background trainings per staff a year
        ("trained0", "f8"),
        ("skill0", "f8"),
        ("distance", "f8"),
        ("news_scale", "f8"),  # 100,000 / max(population, news market)
        ("takes_part", "f8"),  # probability of publishing in a year
        ("pool", "i4"),
        ("place_class", "i4"),
    ]
)


class Public(IntEnum):
    """Rows of `State.public`: what the public of a community knows and believes."""

    NORM = 0
    SALIENCE = 1
    AWARENESS = 2
    DENIAL = 3
    TOLD = 4
    PREVENTION = 5
    FOLLOW = 6  # feedback factor on background training
    NEWS = 7  # publicised identifications of the last step
    EXCESS = 8  # scratch: awareness above its fixed point


class Fixed(IntEnum):
    """Rows of `State.fixed`: fixed points, and the training inflow that holds one of them."""

    NORM = 0
    DENIAL_PUBLIC = 1
    DENIAL = 2
    TRAINING = 3  # background trainings per staff a year


class Bought(IntEnum):
    """Rows of `State.bought`: lever effects of this year."""

    TRAINING = 0
    CAMPAIGN = 1
    SCREENING_UNIVERSAL = 2
    SCREENING_TARGETED = 3
    EDUCATION = 4
    CHANNEL = 5
    RELIEF = 6
    PREVENTION = 7
    ECONOMIC = 8


class Count(IntEnum):
    """Positions in `State.counts`: what one phase hands to the next, and table sizes."""

    SIGNALS = 0
    REPORTS = 1
    FALSE_REPORTS = 2
    QUEUED = 3
    IDENTIFIED = 4
    SPELLS = 5
    NODES = 6
    CASES = 7
    TOUCHES = 8


class State(NamedTuple):
    """Everything a phase may read or write.  Policies never see it (see model.record_view)."""

    world: U4  # (2,) key of the world
    rates: Table  # (1,) model.rates
    places: Table  # (C,) PLACE
    neighbour_start: I4
    neighbour_index: I4
    shocks: Table  # model.shocks.SHOCK
    # the calendar: occasions by step and kind
    prepared_start: I4  # (n_steps * N_PREPARED + 1,)
    prepared: U4  # spell of each prepared occasion
    head: I4  # (n_steps, N_KINDS) first node, -1 none
    nodes: I4  # (n, 2): item (spell or case), next node
    n_due: I4  # (2, n_steps): nodes entered for a step; of these later spells that start
    first_start: I4  # (n_steps + 1,) rows of first spells that start in a step
    # tables
    drawn: Table  # first spells as drawn with the world; rows of `spells` are filled as they start
    spells: Table
    cases: Table
    touches: Table
    pools: Table
    # conditions
    fixed: F8  # (4, C), rows Fixed: where they rest without added spending
    trained: F8  # (N_SECTORS, C)
    skill: F8
    denial: F8
    public: F8  # (9, C), rows Public
    told_hazard: F8  # (N_GROUPS, C), cumulative
    told_step: F8  # (N_GROUPS, C), this step's
    bought: F8  # (9, C), rows Bought
    # the ledger
    yearly: I4  # (N_TALLIES, n_years, C)
    monthly: I4  # (N_TALLIES, n_months, N_CLASSES)
    active: I4  # (2, C): spells open now; of these known
    person_steps: F8  # (2, n_years, C): in spells; in known spells
    active_sum: F8  # (n_months, N_CLASSES), sum over steps
    awareness_sum: F8  # (n_months, C), sum over steps
    takes_part: I1  # (n_years, C)
    # hand-overs between phases
    items: I4  # what is due
    signals: I4  # (2, n): spell, channel
    reports: I4  # (2, n)
    false_reports: I4  # (2, n): community, number within the step
    false_mean: F8  # (N_SECTORS, C), of this step
    queued: I4
    found: I4  # cases substantiated in this step
    scratch: I4  # (2, SCRATCH): occasions of one spell
    luck: F8  # order of those who wait for the same thing
    counts: NDArray[np.int64]


class When(NamedTuple):
    """A moment: step, year and month from the start of filling; whether the record has started."""

    step: int
    step_of_year: int
    year: int
    month: int
    recorded: bool
