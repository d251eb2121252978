"""The record as an agency would write it down: four tables in the columns of docs/own-record.md.

Tables are structured arrays; pandas.DataFrame(table) works.  Numbers that are unknown are NaN and
text that is unknown is "", never 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from streetlight.model.arrays import FloatArray, Table
from streetlight.model.names import AGENCIES, AGENCY_OF_CHANNEL, CHANNELS, Outcome

if TYPE_CHECKING:
    from streetlight.model.record.record import Record

#: What the first year of a simulated record is called.
FIRST_YEAR = 2001
#: What the outcomes of cases are called; of one that is open nothing is known yet.
OUTCOMES = {
    Outcome.SCREENED_OUT: "screened out", Outcome.NOT_SUBSTANTIATED: "not substantiated",
    Outcome.SUBSTANTIATED: "substantiated", Outcome.LAPSED: "lapsed",
}  # fmt: skip


class RecordTables(NamedTuple):
    """The tables; times are weeks from the start of the record, and case names a row of cases.

    cases: case, person, place, channel, opened, screened, investigated, decided, outcome,
    exposure_end, onset_recalled; person is the first case with the same pseudonym.
    touches: case, channel, week, is_report (0, 1).
    counts: place, year, count, kind (report, identified, call), agency, channel, about_a_case (of
    calls), took_part.
    attention: place, year, staff_trained, campaigns, posts, waiting, took_part.
    """

    cases: Table
    touches: Table
    counts: Table
    attention: Table


def tables_of(record: Record, first_year: int = FIRST_YEAR) -> RecordTables:
    """The tables of a record."""
    return RecordTables(
        cases_table(record), touches_table(record), counts_table(record, first_year),
        attention_table(record, first_year),
    )  # fmt: skip


def table(**columns: Any) -> Table:
    """A table of these columns, which have the same length."""
    arrays = {name: np.asarray(values) for name, values in columns.items()}
    kinds = [(name, array.dtype) for name, array in arrays.items()]
    out = np.empty(len(next(iter(arrays.values()))), kinds)
    for name, array in arrays.items():
        out[name] = array
    return out


def week(step: Any, per_year: float) -> FloatArray:
    """Weeks of steps, NaN of those that have not happened (-1)."""
    steps = np.asarray(step, float)
    return np.where(steps < 0.0, np.nan, steps * 52.0 / per_year)


def cases_table(record: Record) -> Table:
    """A row a case."""
    files, per_year = record.cases, record.steps_per_year
    cases, outcomes = files.cases, np.array([OUTCOMES.get(one, "") for one in Outcome])
    return table(
        case=np.arange(len(cases)),
        person=np.where(files.person < 0, np.nan, files.person),
        place=np.array(record.places)[cases["community"]],
        channel=np.array(CHANNELS)[cases["channel"]],
        opened=week(cases["opened"], per_year),
        screened=week(cases["opened"], per_year),  # in the week of the report
        investigated=week(cases["investigated"], per_year),
        decided=week(cases["closed"], per_year),
        outcome=outcomes[cases["outcome"]],
        exposure_end=files.exposure_end * 52.0 / per_year,
        onset_recalled=cases["recalled_onset"] * 52.0 / per_year,
    )


def touches_table(record: Record) -> Table:
    """A row a touch."""
    touches = record.cases.touches
    return table(
        case=touches["case"],
        channel=np.array(CHANNELS)[touches["channel"]],
        week=week(touches["step"], record.steps_per_year),
        is_report=touches["report"].astype(np.int8),
    )


def counts_table(record: Record, first_year: int) -> Table:
    """A row a place, year and kind of count: zeros are written down, what is unknown is blank.

    Where the public cannot tell a place that took no part it reads 0, and nothing of took_part.
    """
    silent = np.where(record.takes_part, 0.0, np.nan) if record.silence_known else 0.0
    took_part = record.takes_part.astype(float) if record.silence_known else np.nan
    blocks: list[tuple[Any, ...]] = [
        (record.published_by_channel[:, :, k] + silent, "report", AGENCIES[AGENCY_OF_CHANNEL[k]],
         channel, np.nan, took_part)
        for k, channel in enumerate(CHANNELS)
    ]  # fmt: skip
    blocks += [
        (record.published_identified + silent, "identified", "", "", np.nan, took_part),
        (record.calls_about_a_case, "call", "hotline", "", 1.0, np.nan),
        (record.calls_not_about_a_case, "call", "hotline", "", 0.0, np.nan),
    ]
    shape = record.takes_part.shape
    columns = [
        [np.broadcast_to(block[k], shape) for block in blocks] for k in range(len(blocks[0]))
    ]
    counts, kinds, agencies, channels, about, took = (
        np.stack(one, axis=-1).ravel() for one in columns
    )
    place, year = place_and_year(record, first_year, len(blocks))
    return table(
        place=place, year=year, count=counts, kind=kinds, agency=agencies, channel=channels,
        about_a_case=about, took_part=took,
    )  # fmt: skip


def place_and_year(record: Record, first_year: int, times: int = 1) -> tuple[Any, Any]:
    """Columns of places and years, each so many times."""
    n_places, n_years = record.takes_part.shape
    place = np.repeat(np.array(record.places), n_years * times)
    return place, np.tile(np.repeat(first_year + np.arange(n_years), times), n_places)


def attention_table(record: Record, first_year: int) -> Table:
    """A row a place and year, of what the agency knows of itself."""
    own, (place, year) = record.own_attention, place_and_year(record, first_year)
    return table(
        place=place, year=year, staff_trained=own.staff_trained.ravel(),
        campaigns=own.campaigns.ravel(), posts=own.posts.ravel(),
        waiting=record.waiting_by_month[11::12].T.ravel().astype(float),
        took_part=record.takes_part.ravel().astype(np.int8),
    )  # fmt: skip
