"""What agencies write down, and the case files and counts by month that follow from it.

Nothing here tells a true report from a false one, or names a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import Int32Array, Table
from streetlight.model.names import N_CHANNELS, Outcome

#: A case: place in the region, channel and week of the first report, weeks of investigation and
#: closing (-1 none), outcome, and for substantiated cases the onset as recalled (NaN otherwise).
CASE_FILE = np.dtype(
    [("community", "i4"), ("opened", "i4"), ("investigated", "i4"), ("closed", "i4"),
     ("recalled_onset", "f8"), ("channel", "i1"), ("outcome", "i1")],
    align=True,
)  # fmt: skip

#: The step, in a `CaseRegister`, of what has not happened.
NEVER = int(np.iinfo(np.int32).min)


@dataclass(frozen=True, eq=False)
class CaseFiles:
    """cases: rows of `CASE_FILE`, in order of community, opening and channel; touches: case (row of
    `cases`), step, channel and whether it is a report, in that order, of every recorded touch.
    Steps count from the start of the record; outcomes are `names.Outcome`.
    """

    cases: Table
    touches: Table


@dataclass(frozen=True, eq=False, kw_only=True)
class CaseRegister:
    """Every case and touch, in the order in which they were written down.

    cases (n,): rows of `CASE_FILE`, those opened before the record starts among them; queue (n,):
    the order in which cases of one step, place and channel are dealt with; touches (m,): case (row
    of `cases`), step, channel, report; month_of_step (steps of the record,); n_communities.
    Steps and months count from the start of the record: those before it are negative, and what has
    not happened has the step `NEVER`.
    """

    cases: Table
    queue: npt.NDArray[np.float32]
    touches: Table
    month_of_step: Int32Array
    n_communities: int

    @property
    def n_months(self) -> int:
        """Months of the record."""
        return int(self.month_of_step[-1]) + 1 if len(self.month_of_step) else 0

    def referrals(self, *, by_channel: bool = True) -> Int32Array:
        """Reports, true and false, by month: (months, C, channels), or (months, C)."""
        reports = self.touches[self.touches["report"]]
        community = self.cases["community"][reports["case"]]
        channel = reports["channel"] if by_channel else None
        return self._by_month(community, reports["step"], channel)

    def investigations(self) -> tuple[Int32Array, Int32Array]:
        """Investigations opened, and cases substantiated, by month: (months, C, channels) each."""
        opened = self.cases
        found = opened[opened["outcome"] == Outcome.SUBSTANTIATED]
        return (
            self._by_month(opened["community"], opened["investigated"], opened["channel"]),
            self._by_month(found["community"], found["closed"], found["channel"]),
        )

    def waiting(self) -> Int32Array:
        """Cases waiting for an investigator at the end of each month: (months, C)."""
        n_steps = len(self.month_of_step)
        left = np.full(len(self.cases), n_steps, np.int32)
        for end in ("closed", "investigated"):
            happened = self.cases[end] != NEVER
            np.minimum(left, self.cases[end], out=left, where=happened)
        change = self._changes(self.cases["opened"]) - self._changes(left)
        return np.asarray(change[:-1].cumsum(axis=0, dtype=np.int32))

    def case_files(self) -> CaseFiles:
        """The files of cases opened since the record started, and their touches, in order."""
        rows = np.flatnonzero(self.cases["opened"] >= 0)
        cases = self.cases[rows]
        order = np.lexsort(
            (self.queue[rows], cases["channel"], cases["opened"], cases["community"])
        )
        cases = cases[order]
        for name in ("investigated", "closed"):
            cases[name][cases[name] == NEVER] = -1
        position = np.full(len(self.cases), -1, np.int32)
        position[rows[order]] = np.arange(len(rows))
        touches = self.touches.copy()
        touches["case"] = position[touches["case"]]
        touches = touches[(touches["case"] >= 0) & (touches["step"] < len(self.month_of_step))]
        touches = touches[np.lexsort((touches["channel"], touches["step"], touches["case"]))]
        return CaseFiles(cases, touches)

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

    def _changes(self, step: Int32Array) -> Int32Array:
        """Cases by month of a step and community, (months + 1, C).

        Steps before the record count for its first month, those after it for the month after.
        """
        month = np.append(self.month_of_step, self.n_months)[np.maximum(step, 0)]
        cell = month.astype(np.int64) * self.n_communities + self.cases["community"]
        return _counted(cell, [self.n_months + 1, self.n_communities])


def _counted(cell: npt.NDArray[Any], shape: list[int]) -> Int32Array:
    """How often each cell of an array of this shape occurs."""
    counts = np.bincount(cell, minlength=int(np.prod(shape)))
    return np.asarray(counts.astype(np.int32).reshape(shape))
