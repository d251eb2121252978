"""Event study, its numbers and its words: reports, truth and backlog around a shock."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from streetlight.experiments.figures.estimates import RunMean, estimate, ratio_values
from streetlight.experiments.figures.places import read_config, struck_places
from streetlight.experiments.figures.tables import (
    BURN_IN_MONTHS,
    N_PLACES,
    ResultTables,
    floats,
    lacking,
    place_codes,
    run_batches,
)
from streetlight.experiments.figures.words import capitalised, percent
from streetlight.experiments.labels import pretty, quoted
from streetlight.model.arrays import FloatArray

REPORTS, TRUTH, BACKLOG = "reports", "victimizations", "backlog"
# What each is the sum of, in series.parquet.
COLUMNS = {REPORTS: ("reports", "false_reports"), TRUTH: ("onsets",), BACKLOG: ("backlog",)}
ATTENTION, HARM, BOTH = "attention", "victimization", "attention and victimization"
BEFORE, AFTER = 12, 36  # months drawn before and after the shock begins
YEAR = 12
# With fewer reports a month, over all replicates, points are quarters.
ENOUGH_A_MONTH = 2000
WEEKS = 52


@dataclass(frozen=True)
class EventRow:
    """One point: a future's mean over some months, and over the same calendar without shocks.

    months_from, months_below: since the shock began; index: 100 is the mean of the year before in
    the same runs, for the backlog cases waiting; calm: the same in the future without shocks.
    """

    future: str
    shock: str
    quantity: str
    months_from: int
    months_below: int
    value: float
    low: float
    high: float
    calm: float
    calm_low: float
    calm_high: float
    runs: int


@dataclass(frozen=True)
class Event:
    """A shock of one future: its kind, first month and the month after its last (from the start of
    burn-in), share of youth struck (per 100, of the place classes that it touches), these classes,
    and the future that is the same but for the shock, if there is one."""

    future: str
    kind: str
    start: int
    stop: int
    youth_share: float
    places: tuple[int, ...]
    calm: str | None


@dataclass(frozen=True)
class ChangeAfterShock:
    """A shock's first year, or the `months` there are: change of each, per 100, from the year
    before."""

    kind: str
    future: str
    months: int
    reports: RunMean
    truth: RunMean


@dataclass(frozen=True)
class EventStudy:
    """All that is drawn; events: at most one of each kind; step: months in a point."""

    events: tuple[Event, ...]
    changes: tuple[ChangeAfterShock, ...]
    rows: list[EventRow]
    step: int
    quantities: tuple[str, ...]
    n_events: int


def headline(changes: Sequence[ChangeAfterShock]) -> str:
    """The finding in words."""
    parts = [
        f"In the {_span(one.months)} after the {one.kind} shock ({quoted(pretty(one.future))}) "
        f"begins reports {_moves(one.reports)} {_joint(one)} victimizations {_moves(one.truth)}"
        for one in changes
    ]
    text = "; ".join([parts[0], *(p[0].lower() + p[1:] for p in parts[1:])]) + "."
    kinds = {one.kind for one in changes if one.reports.low > 0}
    if {ATTENTION, HARM} <= kinds:
        text += " Reports rise after both: a rise alone does not say which it was."
    return capitalised(text)


def _span(months: int) -> str:
    return "year" if months == YEAR else "month" if months == 1 else f"{months} months"


def _joint(change: ChangeAfterShock) -> str:
    signs = [
        0 if c.covers_zero else math.copysign(1, c.mean) for c in (change.reports, change.truth)
    ]
    return "and" if signs[0] == signs[1] else "while"


def _moves(change: RunMean) -> str:
    if math.isnan(change.mean):
        return "cannot be compared (there were none before)"
    if change.low == change.high == 0:
        return "stay exactly the same"
    if change.covers_zero:
        return "do not change clearly"
    return f"{'rise' if change.mean > 0 else 'fall'} by {percent(abs(change.mean))}"


def month_of_week(week: int) -> int:
    """Month, from the start of burn-in, in which a policy week lies (floor(52 m / 12) begins m)."""
    return BURN_IN_MONTHS + (YEAR * (week + 1) - 1) // WEEKS


def weeks_of_month(n_months: int) -> FloatArray:
    """Weeks in each month: four or five."""
    edges = WEEKS * np.arange(n_months + 1) // YEAR
    weeks: FloatArray = np.diff(edges).astype(float)
    return weeks


def events_of(results: ResultTables) -> tuple[list[Event], int]:
    """At most one event of each kind, in the experiment's order, and how many futures have one."""
    futures = read_config(results).get("futures") or {}
    found: dict[str, Event] = {}
    struck = [name for name in futures if name in results.futures and _shocks(futures[name])]
    for name in struck:
        shocks = _shocks(futures[name])
        kinds = {HARM if shock["kind"] == "victimization" else ATTENTION for shock in shocks}
        kind = BOTH if len(kinds) > 1 else kinds.pop()
        if kind in found:
            continue
        ids = {str(community) for shock in shocks for community in shock["communities"]}
        places, share = struck_places(results, ids)
        start = min(month_of_week(int(shock["week"])) for shock in shocks)
        end = BURN_IN_MONTHS + YEAR * (results.years or 0)
        stop = max(_month_after(shock, end) for shock in shocks)
        calm = _calm(futures, name, results.futures)
        found[kind] = Event(name, kind, start, stop, share, places, calm)
    shown = [found[kind] for kind in (ATTENTION, HARM, BOTH) if kind in found]
    return [event for event in shown if event.places], len(struck)


def _shocks(future: Any) -> list[dict[str, Any]]:
    return list(future.get("shocks") or []) if isinstance(future, dict) else []


def _month_after(shock: Mapping[str, Any], end: int) -> int:
    """The month after the last one of a shock; end: the same of the run, to which a law stays."""
    if shock["weeks"] is None:
        return end
    return month_of_week(int(shock["week"]) + int(shock["weeks"]) - 1) + 1


def _calm(futures: Mapping[str, Any], name: str, ran: Sequence[str]) -> str | None:
    """The first future that changes the same and has no shock."""
    mine = {key: value for key, value in futures[name].items() if key != "shocks"}
    return next((other for other in futures if futures[other] == mine and other in ran), None)


def monthly(results: ResultTables, quantity: str) -> FloatArray:
    """The baseline's series by world, month and place class, (W, months, 4); NaN where not run."""
    columns = COLUMNS[quantity]
    baseline = results.position(results.baseline)
    n_months = BURN_IN_MONTHS + YEAR * (results.years or 0)
    series = np.full((results.future.size, n_months, N_PLACES), math.nan)
    wanted = ("month", "place_class", *columns)
    for policy, world, batch in run_batches(results, "series.parquet", wanted):
        mine = policy == baseline
        month = floats(batch["month"]).astype(np.int64)[mine]
        total = sum(floats(batch[name])[mine] for name in columns)
        series[world[mine], month, place_codes(batch["place_class"])[mine]] = total
    return series


def event_study_of(results: ResultTables) -> EventStudy | None:
    """The numbers of the figure; None when no future that was run has a shock."""
    events, n_events = events_of(results)
    if not events or lacking(results, "series.parquet", (*COLUMNS[REPORTS], *COLUMNS[TRUTH])):
        return None
    has_backlog = not lacking(results, "series.parquet", COLUMNS[BACKLOG])
    quantities = (REPORTS, TRUTH, BACKLOG) if has_backlog else (REPORTS, TRUTH)
    series = {quantity: monthly(results, quantity) for quantity in quantities}
    step = _step(results, events, series[REPORTS])
    rows = [
        row
        for event in events
        for quantity in quantities
        for row in _rows(results, event, quantity, series[quantity], step)
    ]
    changes = tuple(_change(results, event, series) for event in events)
    return EventStudy(tuple(events), changes, rows, step, quantities, n_events)


def _worlds(results: ResultTables, future: str, values: FloatArray) -> FloatArray:
    """The runs of one future, (R, ...)."""
    mine = results.future == results.futures.index(future)
    runs: FloatArray = values[mine & np.isfinite(values).reshape(len(values), -1).all(axis=1)]
    return runs


def _step(results: ResultTables, events: Sequence[Event], reports: FloatArray) -> int:
    a_month = [
        _worlds(results, e.future, reports)[:, :, e.places].sum(axis=(0, 2)).mean() for e in events
    ]
    return 1 if min(a_month) >= ENOUGH_A_MONTH else 3


def _points(
    results: ResultTables, future: str, event: Event, quantity: str, series: FloatArray, step: int
) -> dict[int, RunMean]:
    """Estimates by the first month of each point, since the shock began."""
    runs = _worlds(results, future, series)[:, :, event.places].sum(axis=2)
    n_months = runs.shape[1]
    weeks = weeks_of_month(n_months)
    one = np.zeros(len(runs), dtype=np.int64)
    before = _rate(runs, weeks, event.start - BEFORE, event.start)
    points = {}
    for since in range(-BEFORE, AFTER, step):
        first = event.start + since
        if first < 0 or first + step > n_months:
            continue
        if quantity == BACKLOG:
            points[since] = estimate(runs[:, first : first + step].mean(axis=1), one)
        else:
            now = _rate(runs, weeks, first, first + step)
            points[since] = estimate(100 * ratio_values(now, before, one), one)
    return points


def _rate(runs: FloatArray, weeks: FloatArray, first: int, below: int) -> FloatArray:
    """Events a week of each run (R,) over some months."""
    per_week: FloatArray = runs[:, first:below].sum(axis=1) / weeks[first:below].sum()
    return per_week


def _rows(
    results: ResultTables, event: Event, quantity: str, series: FloatArray, step: int
) -> list[EventRow]:
    mine = _points(results, event.future, event, quantity, series, step)
    nothing = RunMean(math.nan, math.nan, math.nan, (), 0)
    calm = _points(results, event.calm, event, quantity, series, step) if event.calm else {}
    rows = []
    for since, one in mine.items():
        other = calm.get(since, nothing)
        rows.append(
            EventRow(
                future=event.future,
                shock=event.kind,
                quantity=quantity,
                months_from=since,
                months_below=since + step,
                value=one.mean,
                low=one.low,
                high=one.high,
                calm=other.mean,
                calm_low=other.low,
                calm_high=other.high,
                runs=one.n_runs,
            )
        )
    return rows


def _change(
    results: ResultTables, event: Event, series: Mapping[str, FloatArray]
) -> ChangeAfterShock:
    changes, months = [], 0
    for quantity in (REPORTS, TRUTH):
        runs = _worlds(results, event.future, series[quantity])[:, :, event.places].sum(axis=2)
        weeks = weeks_of_month(runs.shape[1])
        months = min(YEAR, runs.shape[1] - event.start)
        before = _rate(runs, weeks, event.start - BEFORE, event.start)
        after = _rate(runs, weeks, event.start, event.start + months)
        one = np.zeros(len(runs), dtype=np.int64)
        changes.append(estimate(100 * (ratio_values(after, before, one) - 1), one))
    return ChangeAfterShock(event.kind, event.future, months, *changes)
