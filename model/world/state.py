"""The state as twenty tables, and what their rows and columns are called.

All phases depend on this layout:

- a **spell** is a row; a youth is (community, number), the number being that of its first onset
  within the community; attributes are packed in `traits`;
- **occasions** (everything that could happen to a spell) sit in a calendar by step and kind:
  `prepared` ones of first spells, drawn with the world, and linked `nodes` for later spells;
- a **case** is a row of the agency's file, true (it names a spell) or false (-1);
- **conditions** are what changes in a community from step to step, a row each;
- the **ledger** counts, per community and year and per place class and month.

Every phase is handed the whole state, so what it consists of is paid for in every compile and
call: a new column belongs in one of the tables that are there.
"""

from __future__ import annotations

from enum import IntEnum, auto
from typing import NamedTuple

import numpy as np

from streetlight.model.arrays import FloatArray, Int32Array, IntArray, Table, Uint32Array
from streetlight.model.names import N_GROUPS, N_SECTORS, N_TALLIES


class Kind(IntEnum):
    """Kinds of calendar entries, in the order in which a step passes through them."""

    EXIT = 0
    RECOGNISE_SELF = EXIT + 1
    DISCLOSE = RECOGNISE_SELF + 1
    NOTICE = DISCLOSE + 1
    SCHOOL = NOTICE + 1  # the sectors follow each other
    PLATFORM = SCHOOL + N_SECTORS
    START = PLATFORM + 1  # start of a later spell
    FALSE_TIP = START + 1  # a false tip of a platform (the entry names a community)
    DECIDE = FALSE_TIP + 1  # decision of an investigation (the entry names a case)


#: Kinds of occasions that are drawn with the world, and of all that a calendar has.
N_PREPARED, N_KINDS = int(Kind.START), Kind.DECIDE + 1


class Public(IntEnum):
    """Conditions: what the public of a community knows and believes."""

    NORM = 0
    SALIENCE = auto()
    AWARENESS = auto()
    DENIAL = auto()
    TOLD = auto()
    PREVENTION = auto()
    FOLLOW = auto()  # feedback factor on background training
    NEWS = auto()  # publicised identifications of the last step
    EXCESS = auto()  # scratch: awareness above its fixed point


class Bought(IntEnum):
    """Conditions: lever effects of this year."""

    TRAINING = len(Public)
    CAMPAIGN = auto()
    SCREENING_UNIVERSAL = auto()
    SCREENING_TARGETED = auto()
    EDUCATION = auto()
    CHANNEL = auto()
    RELIEF = auto()
    PREVENTION = auto()
    ECONOMIC = auto()
    UNIT = auto()
    RECORDING = auto()


class Covered(IntEnum):
    """Conditions: shares covered in this step, by what is bought or by more that a shock brings."""

    UNIT = len(Public) + len(Bought)  # posts that look (Y_u)
    RECORDING = auto()  # posts that record (Y_r)


class FixedPoint(IntEnum):
    """Conditions as they are where nothing is spent.

    These are the values with a `*` in docs/model.md.  They are also the start values, are called
    `rest` in formulas (what is drawn to them), and `norm0` or `denial0` in loops.
    """

    NORM = len(Public) + len(Bought) + len(Covered)
    DENIAL_PUBLIC = auto()
    DENIAL = auto()
    TRAINING = auto()  # background trainings per staff a year: the inflow that holds the trained
    SKILL = auto()  # of responders
    # no fixed point but a constant: youth 10-17, times the part of what is seen that is reported in
    # this class
    YOUTH_REPORTED = auto()


class Block(IntEnum):
    """Conditions that follow: the first row of each, of most there is one a sector or group."""

    TRAINED = FixedPoint.YOUTH_REPORTED + 1  # share of staff trained, by sector
    SKILL = TRAINED + N_SECTORS
    DENIAL = SKILL + N_SECTORS  # of responders
    FALSE_REST = DENIAL + N_SECTORS  # mean false reports of a step at effort 1, without money
    TOLD_STEP = FALSE_REST + N_SECTORS  # hazard of being told in this step, by group
    TOLD_HAZARD = TOLD_STEP + N_GROUPS  # its total so far
    HEARD = TOLD_HAZARD + N_GROUPS  # awareness above its fixed point that reaches the place
    ACTIVE = HEARD + 1  # spells open now
    KNOWN_ACTIVE = ACTIVE + 1  # of these known
    AWARENESS_SUM = KNOWN_ACTIVE + 1  # awareness summed over the steps of a month, by month


class AttentionRow(IntEnum):
    """Rows of `State.attention`, drawn with the world."""

    EFFORT = 0  # how hard responders look (e)
    WEIGHT = auto()  # of what money adds to recognition (w)
    TAKES_PART = auto()  # normal score of taking part in publication
    RECORDED = auto()  # share of reports that enter the books, a row an agency


class Stock(IntEnum):
    """Rows of the ledger after the tallies: what is summed, and what is noted once a year."""

    PUBLISHED = N_TALLIES  # reports in the books of a place that takes part in publication
    ACTIVE_STEPS = auto()  # spells open, summed over steps
    KNOWN_STEPS = auto()  # of these known (by year alone)
    TAKES_PART = auto()  # whether the agency publishes in that year (by year alone)
    RECORDED_IDENTIFIED = auto()  # the identified whose case is in the books (by year alone)
    STAFF_TRAINED = auto()  # responders who are trained at the end of the year (by year alone)
    RECORDED = auto()  # reports in the books, true and false, a row an agency (by year alone)


class Calendar(IntEnum):
    """Columns of `State.calendar`, which has a row a step and one more."""

    PREPARED = 0  # where the prepared occasions of each kind begin; the next is where they end
    FIRST = PREPARED + N_PREPARED + 1  # row of the first spell that starts in this step or later
    LAST = FIRST + 1  # last entry of each kind in `nodes`, -1 none
    ENTERED = LAST + N_KINDS  # entries of this step
    LATER = ENTERED + 1  # of these later spells that start


class Count(IntEnum):
    """Positions in `State.counts`: first what one phase hands to the next, then sizes of tables."""

    SIGNALS = 0
    REPORTS = 1
    FALSE_REPORTS = 2
    QUEUED = 3
    IDENTIFIED = 4
    SPELLS = 5
    NODES = 6
    CASES = 7
    TOUCHES = 8


class Hand(IntEnum):
    """Rows of `State.handed`."""

    ITEMS = 0  # what is due
    SIGNALS = auto()  # spells that somebody has seen, and through whom
    SIGNAL_CHANNEL = auto()
    REPORTS = auto()  # spells that are reported, and through whom
    REPORT_CHANNEL = auto()
    FALSE_REPORTS = auto()  # communities of false reports; their number within the step, channel
    FALSE_NUMBER = auto()
    FALSE_CHANNEL = auto()
    QUEUED = auto()
    SUBSTANTIATED = auto()  # true cases, in this step
    OCCASIONS = auto()  # offsets of the occasions of one spell, and their kinds
    OCCASION_KIND = auto()


class State(NamedTuple):
    """Everything a phase may read or write.  Policies never see it (see `record.view`).

    Kernels use the tables; the properties are views of parts of them for everybody else.
    """

    world: Uint32Array  # (2,) key of the world, `world` of every kernel; not a `World`
    rates: Table  # (1,) as `rates.make_rates` makes it
    communities: Table  # (C,) COMMUNITY
    neighbours: Int32Array  # (C + 1 + n,): where those of each community begin in this very array
    attention: FloatArray  # (n_years, rows AttentionRow, C)
    shocks: Table  # shocks.SHOCK
    calendar: Int32Array  # (n_steps + 1, columns Calendar)
    prepared: Table  # rows.OCCASION, in the order of the calendar
    nodes: Table  # rows.NODE
    drawn: Table  # first spells as drawn with the world; rows of `spells` are filled as they start
    spells: Table
    cases: Table
    touches: Table
    pools: Table
    conditions: FloatArray  # (rows Public, Bought, Covered, FixedPoint, Block; C)
    yearly: Int32Array  # (rows Tally, Stock; n_years, C)
    monthly: Int32Array  # (rows Tally, Stock; n_months, N_CLASSES)
    handed: IntArray  # (rows Hand; n): what one phase hands to the next
    scratch: FloatArray  # (n,): numbers that a phase works with
    counts: IntArray  # positions Count

    @property
    def public(self) -> FloatArray:
        """What the public knows and believes: (rows `Public`, C)."""
        return self.conditions[: len(Public)]

    @property
    def trained(self) -> FloatArray:
        """Share of staff trained: (N_SECTORS, C)."""
        return self._by_sector(Block.TRAINED)

    @property
    def skill(self) -> FloatArray:
        """Trained share times how fresh the training is: (N_SECTORS, C)."""
        return self._by_sector(Block.SKILL)

    @property
    def denial(self) -> FloatArray:
        """Share of staff who hold it does not happen here: (N_SECTORS, C)."""
        return self._by_sector(Block.DENIAL)

    def _by_sector(self, row: Block) -> FloatArray:
        return self.conditions[row : row + N_SECTORS]

    @property
    def told_hazard(self) -> FloatArray:
        """Total hazard of being told so far: (N_GROUPS, C)."""
        return self.conditions[Block.TOLD_HAZARD : Block.TOLD_HAZARD + N_GROUPS]

    @property
    def active(self) -> FloatArray:
        """Spells open now, and of these known: (2, C)."""
        return self.conditions[Block.ACTIVE : Block.KNOWN_ACTIVE + 1]

    @property
    def awareness_sum(self) -> FloatArray:
        """Awareness summed over the steps of each month: (n_months, C)."""
        return self.conditions[Block.AWARENESS_SUM :]

    @property
    def person_steps(self) -> Int32Array:
        """Steps in spells, and in known spells: (2, n_years, C)."""
        return self.yearly[Stock.ACTIVE_STEPS : Stock.KNOWN_STEPS + 1]

    @property
    def takes_part(self) -> Int32Array:
        """Whether an agency publishes in a year, 0 or 1: (n_years, C)."""
        return np.asarray(self.yearly[Stock.TAKES_PART])

    @property
    def active_sum(self) -> Int32Array:
        """Spells open, summed over the steps of each month: (n_months, N_CLASSES)."""
        return np.asarray(self.monthly[Stock.ACTIVE_STEPS])

    @property
    def first_start(self) -> Int32Array:
        """Row of the first spell that starts in a step or later: (n_steps + 1,)."""
        return self.calendar[:, Calendar.FIRST]


class When(NamedTuple):
    """A moment: step, year and month from the start of filling; whether it is in the record."""

    step: int
    step_of_year: int
    year: int
    month: int
    in_record: bool
