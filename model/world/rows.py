"""Rows of the tables that the state is made of: a spell, a case, a touch, a pool, a community."""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import Table, row_type
from streetlight.model.names import N_RANKS

#: One row a spell: first spells in order of onset, later spells appended.  What ends in `_at`,
#: `start`, `end` and `age_out` are steps from the start of filling; -1 means never.
SPELL = row_type(
    [
        ("community", "u4"),  # no sign: kernels need not ask whether it counts from the end
        ("number", "u4"),  # of the youth within the community
        ("start", "i4"),
        ("end", "i4"),  # until the spell ends: its policy-free end
        ("age_out", "i4"),
        ("traits", "u2"),
        ("ordinal", "u1"),  # 0 first spell, 1 second, ...
        ("end_reason", "i1"),
        # told once the community's cumulative telling hazard reaches this: -1 if told before the
        # start, inf if never; before the start it is the unit exponential to be used up from then
        ("told_threshold", "f8"),
        # the uniform of being told before the spell started
        ("told_before", "f8"),
        ("knew_at", "i4"),  # the youth recognised what happens to it (Tally.KNEW)
        ("signal_at", "i4"),  # first disclosed, noticed or recognised (Tally.RECOGNISED)
        ("known_at", "i4"),  # first true report (Tally.KNOWN)
        ("case", "i4"),  # the open case, or the one that identified the youth
        ("closed_cases", "i2"),
        ("n_reports", "i2"),
        ("first_channel", "i1"),
        ("stage", "u1"),  # bits: 1 ever screened in, 2 ever investigated, 4 served
    ]
)
CACHE_LINE = 64  # bytes, and the size of a row of SPELL: an occasion then touches one line
# The columns fill 62 bytes: 2 are free, and what needs more has to go into a table of its own.
assert SPELL.itemsize == CACHE_LINE, f"a spell takes {SPELL.itemsize} bytes, not {CACHE_LINE}"


def empty_spells(n: int, *, zeroed: bool = True) -> Table:
    """Room for n rows of SPELL, each in a cache line of its own, all 0 or whatever was there."""
    make = np.zeros if zeroed else np.empty
    room = make((n + 1) * CACHE_LINE, np.uint8)
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
        ("order", "f4"),  # uniform that decides who of a step is first in the queue
        ("substantiation", "f4"),  # uniform that decides the investigation
        ("channel", "i1"),
        ("outcome", "i1"),
        ("recorded", "?"),  # in the books
        ("rank", "i1"),  # which queue of its pool it joins
    ]
)

#: Bits of `traits`, in what an occasion says of whom it is about.
TRAIT_BITS = 9

#: A prepared occasion: whose, and what makes it count.
OCCASION = row_type(
    [
        ("spell", "i4"),
        ("who", "u4"),  # community << TRAIT_BITS | traits: enough to decide without the spell
        # counts if notice or recognition is above this (see `occasions.weigh`); else 0
        ("needed", "f8"),
    ]
)

#: Entries of a node.  A walk along a list waits for memory at each node, so they hold several.
ENTRIES = 8

#: What is entered in the calendar during a run: linked lists, a node for several entries.
NODE = row_type(
    [
        ("before", "i4"),  # the last entry of the node before this one, -1 none
        ("subject", "i4", (ENTRIES,)),  # a spell, a case to decide, the community of a false tip
        ("needed", "f8", (ENTRIES,)),  # as of a prepared occasion
    ]
)

#: Every recorded touch of a case: reports, and whether they are in the books, and what is recorded
#: after identification.
TOUCH = row_type(
    [("case", "i4"), ("step", "i4"), ("channel", "i1"), ("report", "?"), ("recorded", "?")]
)

#: A step after every other one.
BEYOND_ANY_STEP = 1 << 30

#: An investigation region: capacity, credits and queue.
POOL = row_type(
    [
        ("capacity", "f8"),  # investigations a step
        ("credit", "f8"),
        ("place_rate", "f8"),  # service places that fall free in a step
        ("places_top", "f8"),  # most places that can be free at once
        ("place_credit", "f8"),  # service places free now
        ("queue_head", "i4", (N_RANKS,)),  # case at either end of each queue, -1 none
        ("queue_tail", "i4", (N_RANKS,)),
        ("backlog", "i4"),  # cases that wait
        ("oldest", "i4"),  # no case that waits was opened before; BEYOND_ANY_STEP if none waits
    ]
)

#: What does not change in a community.
COMMUNITY = row_type(
    [
        ("key", "u4", (2,)),
        ("youth", "f8"),
        ("acquaintance", "f8"),
        ("screen_in", "f8"),
        ("frailty", "f8"),
        ("onset", "f8"),  # first onsets a step, before thinning
        ("again", "f8"),  # hazard of a later spell per step after the first 12 months
        ("poor", "f8"),  # share of victimized youth from poor households
        ("family", "f8"),
        ("known_offender", "f8"),
        ("report_ratio", "f8"),
        ("distance", "f8"),
        ("news_scale", "f8"),  # 100,000 / max(population, news market)
        ("usual_score", "f8"),  # normal score of taking part in publication, by size alone
        ("false_tips", "f8"),  # false tips of platforms a step, where no law covers them
        ("mandate", "f8"),  # share of platforms that a law makes report, in these steps:
        ("mandate_start", "i4"),
        ("mandate_stop", "i4"),
        ("pool", "i4"),
        ("place_class", "i4"),
    ]
)
