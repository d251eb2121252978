"""The record of a run: what agencies and the public can know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import FloatArray, Int32Array, locked
from streetlight.model.names import Channel
from streetlight.model.record.case_files import CaseFiles, CaseRegister

#: Who reports by phone.
BY_PHONE = (Channel.SELF, Channel.CONFIDANT, Channel.PUBLIC)


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of the record by month (from the start of burn-in), community and channel."""

    referrals: Int32Array
    opened: Int32Array
    identified: Int32Array
    calls: Int32Array  # (months, C): hotline calls, about a case or not


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Record:
    """What could be known.  No persons: counts by place, and case files without identities.

    published_reports, published_identified (C, Y): by record year, 0 where the agency took no part
    in publication; takes_part (C, Y); survey_respondents (C, Y): youth 12-17 asked at the end of
    the year; survey_estimates (C, Y): the share of them found to be exploited, 0 where nobody was
    asked; register: what agencies wrote down; other_calls: gives hotline calls that are not about a
    case, (months, C).

    Case files and counts by month are made from the register when they are first asked for, and
    then kept: most runs are never asked.

    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> record = sl.simulate(sl.Parameters(), region, sl.policies.none(), years=2).record
    >>> record.published_reports.shape  # three years of burn-in and two policy years
    (12, 5)
    >>> record.counts.referrals.shape[:2], bool(record.cases.cases["community"].max() < 12)
    ((60, 12), True)
    """

    published_reports: FloatArray
    published_identified: FloatArray
    takes_part: npt.NDArray[np.bool_]
    survey_respondents: FloatArray
    survey_estimates: FloatArray
    register: CaseRegister
    other_calls: Callable[[], Int32Array]

    def __repr__(self) -> str:
        communities, years = self.takes_part.shape
        cases = int((self.register.cases["opened"] >= 0).sum())
        return f"<Record of {years} years: {communities:,} communities, {cases:,} cases>"

    @cached_property
    def referrals_by_month(self) -> Int32Array:
        """All reports, true and false, by month of the record and community: (months, C)."""
        return locked(self.register.referrals(by_channel=False))

    @cached_property
    def waiting_by_month(self) -> Int32Array:
        """Cases waiting for an investigator at the end of each month of the record: (months, C)."""
        return locked(self.register.waiting())

    @cached_property
    def counts(self) -> Counts:
        """Counts by month, community and channel."""
        referrals = self.register.referrals()
        opened, identified = self.register.investigations()
        calls = self.other_calls() + referrals[:, :, list(BY_PHONE)].sum(axis=2, dtype=np.int32)
        return Counts(*(locked(counts) for counts in (referrals, opened, identified, calls)))

    @cached_property
    def cases(self) -> CaseFiles:
        """The agencies' case files, opened since the record started."""
        files = self.register.case_files()
        return CaseFiles(locked(files.cases), locked(files.touches))
