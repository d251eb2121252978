"""The record of a run: what agencies and the public can know of it.

Phase *record* (`week/record.py`) is something else: it adds up the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import FloatArray, Int32Array, locked
from streetlight.model.names import Channel
from streetlight.model.record.case_files import CaseFiles, CaseRegister
from streetlight.model.record.tables import FIRST_YEAR, RecordTables, tables_of

#: Who reports by phone.
BY_PHONE = (Channel.SELF, Channel.CONFIDANT, Channel.PUBLIC)


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of the record by month (from the start of burn-in), community and channel."""

    referrals: Int32Array  # (months, C, channels): reports, true and false
    investigated: Int32Array  # (months, C, channels): investigations begun
    identified: Int32Array  # (months, C, channels): cases substantiated
    calls: Int32Array  # (months, C): hotline calls, about a case or not


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnAttention:
    """What agencies know of what they put in, by community and record year: (C, Y) each.

    Not the attention of docs/model.md (effort and recording), which they cannot see.
    """

    staff_trained: FloatArray  # responders who are trained at the end of the year, all sectors
    campaigns: FloatArray  # standard campaigns that began
    posts: FloatArray  # investigators


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Record:
    """What could be known.  No persons: counts by community, and case files without identities.

    C communities, Y record years (those of the burn-in among them), oldest first.

    Case files and counts by month are made from the register when they are first asked for, and
    then kept: most runs are never asked.

    >>> region = sl.Region.synthetic(n_communities=12, seed=1)
    >>> record = sl.simulate(sl.Parameters(), region, sl.policies.none(), years=2).record
    >>> record.published_reports.shape  # three years of burn-in and two policy years
    (12, 5)
    >>> record.counts.referrals.shape[:2], bool(record.cases.cases["community"].max() < 12)
    ((60, 12), True)
    """

    places: tuple[str, ...]  # ids of the C communities
    silence_known: bool  # whether the public can tell a place that took no part from one without
    own_attention: OwnAttention
    published_by_agency: FloatArray  # (C, Y, agencies): 0 where none took part in publication
    published_by_month: Int32Array  # (months, place classes)
    published_identified: FloatArray  # (C, Y): likewise
    takes_part: npt.NDArray[np.bool_]  # (C, Y): whether the agency publishes
    steps_per_year: int
    survey_respondents: FloatArray  # (C, Y): youth 12-17 asked at the end of the year
    survey_estimates: FloatArray  # (C, Y): share of youth exploited by their answers, 0: none asked
    register: CaseRegister  # what agencies wrote down
    other_calls: Callable[[], Int32Array]  # gives hotline calls not about a case, (months, C)

    def __repr__(self) -> str:
        communities, years = self.takes_part.shape
        cases = int((self.register.cases["opened"] >= 0).sum())
        return f"<Record of {years} years: {communities:,} communities, {cases:,} cases>"

    @cached_property
    def published_reports(self) -> FloatArray:
        """Published reports of all agencies: (C, Y)."""
        return locked(self.published_by_agency.sum(axis=2))

    @cached_property
    def published_by_channel(self) -> FloatArray:
        """Published reports by who they come from: (C, Y, channels)."""
        books = by_year(self.register.recorded()).transpose(1, 0, 2)
        return locked(np.asarray(books * self.takes_part[:, :, None], float))

    @cached_property
    def calls_about_a_case(self) -> Int32Array:
        """Hotline calls that the hotline knows to be about a case, those in its books: (C, Y)."""
        return locked(by_year(self.register.recorded()[:, :, list(BY_PHONE)].sum(axis=2)).T)

    @cached_property
    def calls_not_about_a_case(self) -> Int32Array:
        """All other hotline calls, those about a case that is in no book among them: (C, Y)."""
        return locked(by_year(self.counts.calls).T - self.calls_about_a_case)

    def tables(self, first_year: int = FIRST_YEAR) -> RecordTables:
        """The record as an agency would write it down, in the columns of docs/own-record.md.

        first_year: what the first year of the record is called.  Weeks count from its start.

        >>> region = sl.Region.synthetic(n_communities=12, seed=1)
        >>> record = sl.simulate(sl.Parameters(), region, sl.policies.none(), years=2).record
        >>> record.tables().attention.dtype.names[:3]
        ('place', 'year', 'staff_trained')
        """
        return tables_of(self, first_year)

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
        begun, identified = self.register.investigations()
        calls = self.other_calls() + referrals[:, :, list(BY_PHONE)].sum(axis=2, dtype=np.int32)
        return Counts(*(locked(counts) for counts in (referrals, begun, identified, calls)))

    @cached_property
    def cases(self) -> CaseFiles:
        """The agencies' case files, opened since the record started."""
        files = self.register.case_files()
        return CaseFiles(*(locked(getattr(files, one.name)) for one in fields(files)))


def by_year(counts: Int32Array) -> Int32Array:
    """Sums of counts by month of the record (months, ...) over its years: (Y, ...)."""
    return np.asarray(counts.reshape(-1, 12, *counts.shape[1:]).sum(axis=1, dtype=np.int32))
