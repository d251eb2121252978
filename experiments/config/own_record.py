"""A record of one's own: its file as counts by place and year, and what was understood of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streetlight.experiments.config.counts_file import CountRow, read_rows
from streetlight.experiments.config.counts_sheet import CountSheet
from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.errors import visible
from streetlight.model.names import AGENCIES, CHANNELS, N_AGENCIES, N_CHANNELS
from streetlight.model.record.counts import CountsTable, OwnRecord

#: Kinds of counts that a rule can see, and what is said of the others.
SEEN = ("report", "identified")
PLURALS = {"call": "calls", "report": "reports", "investigated": "investigations",
           "identified": "identified youth"}  # fmt: skip


@dataclass
class YearCounts:
    """What is known of some counts by place and year: their sum, and how much of it is unknown."""

    total: FloatArray  # (C, Y): sum of known counts
    units: FloatArray  # (C, Y): months with a known count, 12 for a count of the whole year
    blanks: FloatArray  # (C, Y): counts that are unknown

    @property
    def known(self) -> FloatArray:
        """The counts (C, Y), NaN where a year is not known as a whole."""
        return np.where(self.units >= 12.0, self.total, np.nan)


def read_record(
    path: Path, region: Region, columns: Mapping[str, str] | None = None, fewest: int = 2
) -> OwnRecord:
    """The record of a file, for the places of a region; InputError listing every problem.

    fewest: places that it must have, 1 or 2.
    """
    sheet, rows = read_rows(path, region, columns, fewest)
    years = tuple(range(min(row.year for row in rows), max(row.year for row in rows) + 1))
    shape = region.n_communities, len(years)
    seen = {kind: cells_of((r for r in rows if r.kind == kind), years, shape) for kind in SEEN}
    by_agency = np.full((*shape, N_AGENCIES), np.nan)
    for a, agency in enumerate(AGENCIES):
        own = (row for row in rows if row.kind == "report" and row.agency == agency)
        by_agency[:, :, a] = cells_of(own, years, shape).known
    by_channel = np.full((*shape, N_CHANNELS), np.nan)
    for k, channel in enumerate(CHANNELS):
        own = (row for row in rows if row.kind == "report" and row.channel == channel)
        by_channel[:, :, k] = cells_of(own, years, shape).known
    other = (row for row in rows if row.kind == "call" and row.about_a_case == "0")
    counts = CountsTable(
        years=years, reports=seen["report"].known, identified=seen["identified"].known,
        by_agency=by_agency, by_channel=by_channel, other_calls=cells_of(other, years, shape).known,
    )  # fmt: skip
    return OwnRecord(path, counts, notes_on(sheet, rows, counts, [*seen.values()]))


def cells_of(
    rows: Iterable[CountRow], years: tuple[int, ...], shape: tuple[int, int]
) -> YearCounts:
    """The counts of some rows by place and year."""
    cells = YearCounts(np.zeros(shape), np.zeros(shape), np.zeros(shape))
    months: dict[tuple[int, int], set[int]] = defaultdict(set)
    for row in rows:
        at = row.place, row.year - years[0]
        if row.count is None or row.took_part == "0":
            cells.blanks[at] += 1.0
        else:
            cells.total[at] += row.count
            months[at].add(row.month)
    for at, found in months.items():
        cells.units[at] = 12.0 if 0 in found else float(len(found))
    return cells


def notes_on(
    sheet: CountSheet, rows: list[CountRow], counts: CountsTable, seen: list[YearCounts]
) -> tuple[str, ...]:
    """What was understood of a file, and what of it is not used."""
    kinds = [PLURALS[kind] for kind in PLURALS if any(row.kind == kind for row in rows)]
    n_places, (n_region, n_years) = len({row.place for row in rows}), counts.reports.shape
    by = "month" if "month" in sheet.names else "year"
    first, last = counts.years[0], counts.years[-1]
    span = f"{first}-{last}" if last > first else str(first)
    unknown = n_places * n_years - int(counts.known.sum())
    notes = [
        f"{visible(str(sheet.path))}: {' and '.join(kinds)} by {by}, {span}; {n_places:,} of the "
        f"region's {n_region:,} places; unknown are {unknown:,} of their "
        f"{n_places * n_years:,} place-years"
    ]
    renamed = [f"{meaning} is {name}" for meaning, name in sheet.names.items() if meaning != name]
    if "count" not in sheet.names:
        renamed.append(f"a column a year ({', '.join(sheet.year_columns)})")
    if renamed:
        notes.append(f"columns: {', '.join(renamed)}")
    if sheet.unused:
        notes.append(f"columns not used: {', '.join(sheet.unused)}")
    broken = sum(int(((0 < one.units) & (one.units < 12)).sum()) for one in seen)
    if broken:
        notes.append(f"place-years with fewer than twelve known months, thus unknown: {broken:,}")
    partly = sum(int(((one.units >= 12) & (one.blanks > 0)).sum()) for one in seen)
    if partly:
        notes.append(f"place-years with blanks beside known counts, which are summed: {partly:,}")
    if lacking := lacking_lines(rows):
        notes.append(
            "place-years without a line of an agency or channel that the place has in other "
            f"years, which counts as none: {lacking:,}"
        )
    unseen = [words for kind, words in PLURALS.items() if kind not in SEEN and words in kinds]
    if unseen:
        notes.append(f"{' and '.join(unseen)}: read; no policy's rule sees them")
    return tuple(notes)


def lacking_lines(rows: Iterable[CountRow]) -> int:
    """Place-years that have some of a place's series of counts, and not all."""
    of_place: dict[tuple[str, int], set[object]] = defaultdict(set)
    of_year: dict[tuple[str, int, int], set[object]] = defaultdict(set)
    for row in rows:
        series = row.agency, row.channel, row.about_a_case
        of_place[row.kind, row.place].add(series)
        of_year[row.kind, row.place, row.year].add(series)
    return sum(own < of_place[kind, place] for (kind, place, _), own in of_year.items())
