"""Counts that an agency holds: by place and year, what is blank or missing being unknown.

The header is that of docs/own-record.md. Counts become the view that rules see of a simulated
record, with the same limits: what is unknown is unknown, and a rule that asks for what the record
does not hold is told so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from streetlight.model.arrays import BoolArray, FloatArray, lock_fields
from streetlight.model.communities.region import Region
from streetlight.model.errors import StreetlightError
from streetlight.model.names import AGENCIES, N_CHANNELS, N_LEVERS
from streetlight.model.record.record import Record
from streetlight.model.record.tables import FIRST_YEAR
from streetlight.model.record.view import RecordView

#: What a count can be of.
KINDS = ("call", "report", "investigated", "identified")

_POLICE = AGENCIES.index("police")

V = TypeVar("V", bound=RecordView)


@dataclass(frozen=True, eq=False, kw_only=True)
class CountsTable:
    """Counts by place and year: C places of a region in its order, Y years that follow each other.

    years: ascending; reports (C, Y): of all agencies that say something; identified (C, Y):
    youth; by_agency (C, Y, agencies): reports, in the order of `names.AGENCIES`; by_channel
    (C, Y, channels): reports, in the order of `names.CHANNELS`; other_calls (C, Y): calls that are
    known not to be about a case. NaN is unknown in all of them, also where the record says that
    nobody took part in publication. What is not given is unknown.
    """

    years: tuple[int, ...]
    reports: FloatArray
    identified: FloatArray
    by_agency: FloatArray
    by_channel: FloatArray = field(default_factory=lambda: np.full((), np.nan))
    other_calls: FloatArray = field(default_factory=lambda: np.full((), np.nan))

    def __post_init__(self) -> None:
        cells = self.reports.shape
        for name, shape in {"by_channel": (*cells, N_CHANNELS), "other_calls": cells}.items():
            if getattr(self, name).ndim == 0:
                object.__setattr__(self, name, np.full(shape, np.nan))
        lock_fields(self)

    @property
    def known(self) -> BoolArray:
        """Where reports or identified are known: (C, Y)."""
        return ~(np.isnan(self.reports) & np.isnan(self.identified))

    def lacks(self) -> dict[str, str]:
        """Fields of a view that the record cannot fill, and what it would have to hold for them.

        Reports by agency are there when those by police are: no rule reads another agency's.
        """
        needed = {
            "published_reports": (self.reports, "reports (rows of kind report)"),
            "published_identified": (self.identified, "identified youth (rows of kind identified)"),
            "published_by_agency": (
                self.by_agency[:, :, _POLICE],
                "reports by police (column agency, or channel)",
            ),
        }
        return {name: words for name, (held, words) in needed.items() if np.isnan(held).all()}


def counts_of(record: Record, silence_known: bool | None = None) -> CountsTable:
    """The published counts of a simulated record, as they are read from a file of its tables.

    silence_known: whether it is known who took part in publication, by default as the record says;
    without it a place that took no part reads 0.
    """
    known = record.silence_known if silence_known is None else silence_known
    silent = np.where(record.takes_part | (not known), 0.0, np.nan)
    return CountsTable(
        years=tuple(FIRST_YEAR + y for y in range(record.takes_part.shape[1])),
        reports=record.published_reports + silent,
        identified=record.published_identified + silent,
        by_agency=record.published_by_agency + silent[:, :, None],
        by_channel=record.published_by_channel + silent[:, :, None],
        other_calls=record.calls_not_about_a_case.astype(float),
    )


@dataclass(frozen=True)
class OwnRecord:
    """Counts of a user's own. notes: what was understood of the file, a sentence each."""

    path: Path
    counts: CountsTable
    notes: tuple[str, ...]


class NotInRecordError(StreetlightError):
    """A rule asked for what the record does not hold; needs: what that is, in words."""

    def __init__(self, needs: str) -> None:
        self.needs = needs
        super().__init__(f"needs {needs}, which the record does not hold")


def view_of_counts(
    counts: CountsTable,
    region: Region,
    view_type: type[V],
    budget_dollars: float,
    **more: Any,
) -> V:
    """What a rule sees at the first decision about a budget, from counts of one's own.

    As in the simulation a place that took no part, or of which nothing is known, has 0 in the
    counts and False in takes_part. Nothing of this budget was spent before and no survey was made.
    Lots are drawn as in the world of luck 0. more: the fields that `view_type` has beside those of
    `RecordView`, and beliefs. Whatever reads a field that the record lacks raises NotInRecordError.
    """
    shape = counts.reports.shape
    return _sparing(view_type, counts.lacks())(
        period=0,
        ids=region.ids,
        population=region.population,
        youth=region.youth,
        youth_12_17=region.youth_12_17,
        poverty_share=region.poverty_share,
        place_class=region.place_class,
        published_reports=np.nan_to_num(counts.reports),
        published_identified=np.nan_to_num(counts.identified),
        published_by_agency=np.nan_to_num(counts.by_agency),
        takes_part=counts.known,
        spent=np.zeros((*shape, N_LEVERS)),
        budget_dollars=budget_dollars,
        keys=region.keys.view(np.uint64)[:, 0],
        luck=0,
        **more,
    )


def _sparing(view_type: type[V], lacks: Mapping[str, str]) -> type[V]:
    """The view with fields that nobody can read once it has been made."""

    class SparingView(view_type):  # type: ignore[valid-type,misc]
        def __post_init__(self) -> None:
            super().__post_init__()
            object.__setattr__(self, "_made", True)

        def __getattribute__(self, name: str) -> Any:
            if name in lacks and "_made" in object.__getattribute__(self, "__dict__"):
                raise NotInRecordError(lacks[name])
            return super().__getattribute__(name)

    return SparingView
