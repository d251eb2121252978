"""Reports, truth and cases waiting, month by month, around a shock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from streetlight.experiments.analyse.shocks import (
    ATTENTION,
    BACKLOG,
    HARM,
    REPORTS,
    TRUTH,
    Around,
    EventStudy,
    event_studies,
)
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures.figure import Absent, Figure, Panel, Series, number
from streetlight.experiments.looks import BASELINE, GOOD, NEUTRAL, Look
from streetlight.experiments.looks import HARM as ORANGE

NAME = "event_study"
QUESTION = "Reports go up: is it attention, or exploitation?"
TITLES = {
    REPORTS: ("reports", "index", Look(GOOD, "circle")),
    TRUTH: ("exploitation that begins", "index", Look(ORANGE, "triangle")),
    BACKLOG: ("cases waiting", "cases", Look(NEUTRAL, "square")),
}
HEADLINE = (
    "In year {year} after a rise in {kind}, reports stand at {reports} and exploitation that "
    "begins at {truth} (100: the year before)."
)
SILENT = "After a rise in {kind}, what happens cannot be told: nothing was reported before it."
BOTH = "Reports rise after either, so a rise alone does not say which it was."
CAPTION = (
    "Months since it begins (shaded: while it lasts), under {baseline}, in the kinds of place it "
    "touches; per week, 100 is the year before. Bands: 95% intervals, of replicates."
)


class Calm(NamedTuple):
    """The same months in the future without the shock."""

    value: float
    low: float
    high: float


def make(study: Study) -> Figure | Absent:
    """A panel a shock and quantity."""
    found = event_studies(study)
    if not found:
        return Absent(NAME, "No future of this study has a shock.")
    panels = [panel(one, what) for one in found for what in TITLES if rows_of(one.points, what)]
    risen = {o.event.kind for o in found if any(r.low > 100 for r in rows_of(o.years, REPORTS))}
    text = [headline(one) for one in found]
    text += [BOTH] if {ATTENTION, HARM} <= risen else []
    table = [row for one in found for row in one.points]
    caption = CAPTION.format(baseline=study.baseline.label)
    return Figure(NAME, QUESTION, " ".join(text), caption, panels, "lines", table)


def headline(one: EventStudy) -> str:
    """The whole year after the shock in which reports move most, as detection lags behind."""
    years = rows_of(one.years, REPORTS)
    known = [row for row in years if row.value == row.value]
    if not known:
        return SILENT.format(kind=one.event.kind)
    most = max(known, key=lambda row: abs(row.value - 100))
    truth = next(r for r in rows_of(one.years, TRUTH) if r.months_from == most.months_from)
    return HEADLINE.format(
        year=most.months_from // 12 + 1, kind=one.event.kind, reports=number(round(most.value)),
        truth=number(round(truth.value) if truth.value == truth.value else truth.value),
    )  # fmt: skip


def rows_of(rows: Sequence[Around], what: str) -> list[Around]:
    """The rows of one quantity."""
    return [row for row in rows if row.what == what]


def panel(one: EventStudy, what: str) -> Panel:
    """One quantity after one shock, and without it."""
    rows = rows_of(one.points, what)
    title, axis, look = TITLES[what]
    series = [Series(title.capitalize(), look, rows)]
    if one.event.calm:
        calm = [Calm(row.calm, row.calm_low, row.calm_high) for row in rows]
        series.append(Series("The same without the shock", BASELINE, calm))
    at = [(row.months_from + row.months_below) / 2 for row in rows]
    return Panel(
        f"{one.event.title}: {title}", at, series, axis, along="months since it began",
        span=(0, one.event.stop - one.event.start), line=None if what == BACKLOG else 100.0,
    )  # fmt: skip
