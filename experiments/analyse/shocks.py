"""Months around a shock: reports, true onsets and cases waiting under the baseline.

Reports and onsets are rates a week as an index: 100 is the year before in the same runs. The years
of a run end with its last month, so that burn-in may be as long as it likes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow.compute as pc

from streetlight.experiments.analyse.intervals import estimate
from streetlight.experiments.analyse.measures import codes, places
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.running.columns import numbers_in, of_words
from streetlight.experiments.running.reading import column_names, read_parquet
from streetlight.model.arrays import FloatArray
from streetlight.model.names import CLASSES

REPORTS, TRUTH, BACKLOG = "reports", "victimizations", "backlog"
#: What each is the sum of, in series.parquet.
COLUMNS = {REPORTS: ("reports", "false_reports"), TRUTH: ("onsets",), BACKLOG: ("backlog",)}
ATTENTION, HARM, BOTH = "attention", "exploitation", "attention and exploitation"
YEAR, WEEKS = 12, 52
BEFORE, AFTER = 12, 36  # months looked at before and after the shock begins
#: With fewer reports a month, over all runs, a point is a quarter of a year.
ENOUGH_A_MONTH = 2000


@dataclass(frozen=True)
class Event:
    """A shock of one future.

    start, stop: its first month and the month after its last, from the first of the run; groups:
    kinds of place that it touches; calm: the future that is the same without it, '' if none is.
    """

    future: str
    title: str
    kind: str
    start: int
    stop: int
    groups: tuple[int, ...]
    calm: str


class Around(NamedTuple):
    """Some months, counted from the first of the shock: a mean, and the same without the shock."""

    future: str
    kind: str
    what: str
    months_from: int
    months_below: int
    value: float
    low: float
    high: float
    calm: float
    calm_low: float
    calm_high: float
    n: int


class EventStudy(NamedTuple):
    """A shock, its points, and whole years after it began."""

    event: Event
    points: list[Around]
    years: list[Around]


def event_studies(study: Study) -> list[EventStudy]:
    """At most one shock of each kind, in the order of the experiment; empty without any."""
    series = monthly(study) if any(f.sets.get("shocks") for f in study.futures) else {}
    if not series:
        return []
    found = events(study, next(iter(series.values())).shape[2])
    few = [monthly_mean(study, event, series[REPORTS]) < ENOUGH_A_MONTH for event in found]
    step = 3 if any(few) else 1
    return [
        EventStudy(
            event,
            around(study, event, series, range(-BEFORE, AFTER, step), step),
            around(study, event, series, range(0, AFTER, YEAR), YEAR),
        )
        for event in found
    ]


def events(study: Study, months: int) -> list[Event]:
    """The first shock of each kind that touches places where youth live."""
    burn_in = months - YEAR * study.years
    sets = {future.name: dict(future.sets) for future in study.futures}
    found: dict[str, Event] = {}
    for future in study.futures:
        shocks = future.sets.get("shocks") or []
        kinds = {HARM if shock["kind"] == "victimization" else ATTENTION for shock in shocks}
        kind = BOTH if len(kinds) > 1 else "".join(kinds)
        if not shocks or kind in found:
            continue
        same = {key: value for key, value in future.sets.items() if key != "shocks"}
        calm = next((name for name, other in sets.items() if other == same), "")
        groups = struck(study, {str(c) for shock in shocks for c in shock["communities"]})
        start = min(month_of_week(int(shock["week"])) for shock in shocks)
        stop = max(month_after(shock, YEAR * study.years) for shock in shocks)
        if groups:
            found[kind] = Event(
                future.name, future.title, kind, burn_in + start, burn_in + stop, groups, calm
            )
    return list(found.values())


def month_after(shock: Mapping[str, Any], end: int) -> int:
    """The month after the last of a shock; end: the same of the run, to which a law stays."""
    if shock["weeks"] is None:
        return end
    return month_of_week(int(shock["week"]) + int(shock["weeks"]) - 1) + 1


def month_of_week(week: int) -> int:
    """The month with money in which a week with money lies: month m begins in week 52 m / 12."""
    return (YEAR * (week + 1) - 1) // WEEKS


def struck(study: Study, ids: set[str]) -> tuple[int, ...]:
    """The kinds of place that have one of these communities with youth in it."""
    table = read_parquet(
        study.folder / "communities.parquet", ("community", "place_class"), ("youth",)
    )
    inside = numbers_in(pc.is_in(table["community"], value_set=of_words(sorted(ids))))
    inside = inside & (numbers_in(table["youth"]) > 0)
    return tuple(int(k) for k in np.unique(places(table["place_class"])[inside]))


def monthly(study: Study) -> dict[str, FloatArray]:
    """Each quantity under the baseline, (F, R, months, place classes); NaN without a run."""
    path = study.folder / "series.parquet"
    there = column_names(path)
    wanted = {what: names for what, names in COLUMNS.items() if set(names) <= there}
    columns = [name for names in wanted.values() for name in names]
    table = read_parquet(
        path, ("policy", "future", "place_class"), ("replicate", "month", *columns)
    )
    table = table.filter(pc.equal(table["policy"], study.baseline.name))
    future = codes(table["future"], [f.name for f in study.futures])
    month = numbers_in(table["month"])
    at = future, numbers_in(table["replicate"]), month, places(table["place_class"])
    used = study.comparison.worlds.used
    shape = (*used.shape, int(month.max(initial=-1)) + 1, len(CLASSES))
    found = {}
    for what, names in wanted.items():
        values = np.full(shape, math.nan)
        values[at] = sum(numbers_in(table[name]).astype(float) for name in names)
        values[~used] = math.nan
        found[what] = values
    return found


def monthly_mean(study: Study, event: Event, reports: FloatArray) -> float:
    """Reports a month in the places touched, over all replicates of the shock's future."""
    return float(np.nansum(runs_of(study, event.future, event, reports), axis=0).mean())


def runs_of(study: Study, future: str, event: Event, values: FloatArray) -> FloatArray:
    """The runs of a future in the places that the shock touches, (R, months)."""
    mine = values[[f.name for f in study.futures].index(future)][:, :, event.groups].sum(axis=2)
    return np.asarray(mine[np.isfinite(mine).all(axis=1)])


def around(
    study: Study, event: Event, series: Mapping[str, FloatArray], starts: Sequence[int], step: int
) -> list[Around]:
    """A row a quantity and stretch of months, counted from the shock's first."""
    rows = []
    for what, values in series.items():
        own = runs_of(study, event.future, event, values)
        calm = runs_of(study, event.calm, event, values) if event.calm else own[:0]
        for since in starts:
            if event.start + since >= 0 and event.start + since + step <= values.shape[2]:
                place = what, event.start, since, step
                rows.append(
                    Around(event.future, event.kind, what, since, since + step,
                           *mean_of(own, *place), *mean_of(calm, *place), len(own))
                )  # fmt: skip
    return rows


def mean_of(
    runs: FloatArray, what: str, start: int, since: int, step: int
) -> tuple[float, float, float]:
    """Mean and 95% interval over runs (R, months) of some months, as they are told."""
    first = start + since
    weeks = np.diff(WEEKS * np.arange(runs.shape[1] + 1) // YEAR).astype(float)

    def rate(low: int, high: int) -> Any:
        return runs[:, low:high].sum(axis=1) / weeks[low:high].sum()

    if what == BACKLOG:
        values = runs[:, first : first + step].mean(axis=1)
    else:
        # The ratio of means, with the residuals that give its error to first order.
        before, now = rate(max(0, start - BEFORE), start), rate(first, first + step)
        if not before.sum() > 0:
            return math.nan, math.nan, math.nan
        ratio = now.sum() / before.sum()
        values = 100.0 * (ratio + (now - ratio * before) / before.mean())
    if not len(values):
        return math.nan, math.nan, math.nan
    found = estimate(values[None])
    return found.mean, found.low, found.high
