"""What agencies write down, and the case files and counts by month that follow from it.

Nothing here tells a true report from a false one, or names a person.  `run/case_files.py` fills
these from the state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import (
    BoolArray,
    FloatArray,
    Int32Array,
    IntArray,
    Table,
    row_type,
)
from streetlight.model.compiled import kernel
from streetlight.model.names import N_CHANNELS, Outcome

#: A case: row of its community in the region, channel and week of the first report, weeks of
#: investigation and closing (-1 none), outcome, and for substantiated cases the onset as recalled
#: (NaN otherwise).
CASE_FILE = row_type(
    [(name, "i4") for name in ("community", "opened", "investigated", "closed")]
    + [("recalled_onset", "f8"), ("channel", "i1"), ("outcome", "i1")]
)

#: A touch of a case file.
TOUCH_FILE = np.dtype(
    [("case", "i4"), ("step", "i4"), ("channel", "i1"), ("report", "?")], align=True
)

#: The step, in a `CaseRegister`, of what has not happened.
NEVER = int(np.iinfo(np.int32).min)


@kernel
def come_and_go(cases: Any, month: Any, change: Any) -> None:
    """How the cases that wait for an investigator change by month and community: adds to `change`.

    month: of each step of the record, and behind them that of what comes later.  What happened
    before the record counts for its first month.
    """
    later = month.shape[0] - 1
    for n in range(cases.shape[0]):
        case, left = cases[n], later
        if case.investigated != NEVER:
            left = min(left, case.investigated)
        if case.closed != NEVER:
            left = min(left, case.closed)
        change[month[max(0, case.opened)], case.community] += 1
        change[month[max(0, left)], case.community] -= 1


@dataclass(frozen=True, eq=False)
class CaseFiles:
    """The case files of all agencies.

    Steps count from the start of the record; outcomes are `names.Outcome`.
    """

    cases: Table  # rows of `CASE_FILE`, in order of community, opening and channel
    #: Of every recorded touch: case (row of `cases`), step, channel and whether it is a report; in
    #: that order.
    touches: Table
    #: Pseudonym of the youth of each case: the first row of `cases` that bears it, -1 where cases
    #: are not linked.  A youth may have several, and two youth the same one.
    person: Int32Array
    exposure_end: FloatArray  # step in which exploitation ended, NaN where the agency never learned


@dataclass(frozen=True, eq=False, kw_only=True)
class CaseRegister:
    """Every case and touch, in the order in which they were written down.

    Steps and months count from the start of the record: those before it are negative, and what has
    not happened has the step `NEVER`.
    """

    cases: Table  # (n,) rows of `CASE_FILE`, those opened before the record starts among them
    person: Int32Array  # (n,) number of the pseudonym, -1 none
    exposure_end: FloatArray  # (n,) as in `CaseFiles`
    queue: npt.NDArray[np.float32]  # (n,) order of cases of one step, community and channel
    touches: Table  # (m,) case (row of `cases`), step, channel, report, recorded (in the books)
    month_of_step: Int32Array  # (steps of the record,)
    n_communities: int

    @property
    def n_months(self) -> int:
        """Months of the record."""
        return int(self.month_of_step[-1]) + 1 if len(self.month_of_step) else 0

    def referrals(self, *, by_channel: bool = True) -> Int32Array:
        """Reports, true and false, by month: (months, C, channels), or (months, C)."""
        return self._reports(self.touches["report"], by_channel)

    def recorded(self) -> Int32Array:
        """Reports in the books, true and false, by month: (months, C, channels)."""
        return self._reports(self.touches["recorded"], True)

    def _reports(self, which: BoolArray, by_channel: bool) -> Int32Array:
        reports = self.touches[which]
        community = self.cases["community"][reports["case"]]
        channel = reports["channel"] if by_channel else None
        return self._by_month(community, reports["step"], channel)

    def investigations(self) -> tuple[Int32Array, Int32Array]:
        """Investigations begun, and cases substantiated, by month: (months, C, channels) each."""
        cases = self.cases
        closed = cases[cases["outcome"] == Outcome.SUBSTANTIATED]
        return (
            self._by_month(cases["community"], cases["investigated"], cases["channel"]),
            self._by_month(closed["community"], closed["closed"], closed["channel"]),
        )

    def waiting(self) -> Int32Array:
        """Cases waiting for an investigator at the end of each month: (months, C)."""
        change = np.zeros((self.n_months + 1, self.n_communities), np.int32)
        come_and_go(self.cases, np.append(self.month_of_step, self.n_months), change)
        return np.asarray(change[:-1].cumsum(axis=0, dtype=np.int32))

    def in_order(self) -> IntArray:
        """Rows of `cases` as the files of cases opened since the record started have them."""
        rows = np.flatnonzero(self.cases["opened"] >= 0)
        cases = self.cases[rows]
        by = (self.queue[rows], cases["channel"], cases["opened"], cases["community"])
        return np.asarray(rows[np.lexsort(by)])

    def case_files(self) -> CaseFiles:
        """The files of cases opened since the record started, and their touches, in order."""
        rows = self.in_order()
        cases = self.cases[rows]
        for name in ("investigated", "closed"):
            cases[name][cases[name] == NEVER] = -1
        position = np.full(len(self.cases), -1, np.int32)
        position[rows] = np.arange(len(rows))
        touches = np.empty(len(self.touches), TOUCH_FILE)
        for name in TOUCH_FILE.names or ():
            touches[name] = self.touches[name]
        touches["case"] = position[touches["case"]]
        touches = touches[(touches["case"] >= 0) & (touches["step"] < len(self.month_of_step))]
        touches = touches[np.lexsort((touches["channel"], touches["step"], touches["case"]))]
        number = self.person[rows]
        _, first, of = np.unique(number, return_index=True, return_inverse=True)
        person = np.where(number < 0, -1, first[of]).astype(np.int32)
        return CaseFiles(cases, touches, person, self.exposure_end[rows])

    def _by_month(
        self, community: Int32Array, step: Int32Array, channel: npt.NDArray[np.int8] | None
    ) -> Int32Array:
        """Events of the record by month and community, and by channel if given."""
        shape = [self.n_months, self.n_communities]
        recorded = step >= 0
        cell = self.month_of_step[step[recorded]].astype(np.int64) * shape[1] + community[recorded]
        if channel is not None:
            shape.append(N_CHANNELS)
            cell = cell * N_CHANNELS + channel[recorded]
        return _counted(cell, shape)


def _counted(cell: npt.NDArray[Any], shape: list[int]) -> Int32Array:
    """How often each cell of an array of this shape occurs."""
    counts = np.bincount(cell, minlength=int(np.prod(shape)))
    return np.asarray(counts.astype(np.int32).reshape(shape))
