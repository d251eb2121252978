"""Reports, truth and cases waiting, month by month, around a shock."""

from __future__ import annotations

from collections.abc import Sequence

from streetlight.experiments.analyse import shocks
from streetlight.experiments.analyse.shocks import REPORTS, TRUTH, Around, EventStudy
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures import parts
from streetlight.experiments.figures.parts import Absent, Bare, Figure, Panel, Series, say
from streetlight.experiments.looks import BASELINE, GOOD, NEUTRAL, Look

NAME = "event_study"
LOOKS = {REPORTS: Look(GOOD, "circle"), TRUTH: Look("#bd4a07", "triangle"),
         shocks.BACKLOG: Look(NEUTRAL, "square")}  # fmt: skip


def make(study: Study) -> Figure | Absent:
    """A panel a shock and quantity."""
    found = shocks.event_studies(study)
    if not found:
        return parts.absent(NAME)
    panels = [panel(one, what) for one in found for what in LOOKS if rows_of(one.points, what)]
    risen = {o.event.kind for o in found if any(r.low > 100 for r in rows_of(o.years, REPORTS))}
    text = [headline(one) for one in found]
    text += [say(NAME, "both")] if {shocks.ATTENTION, shocks.HARM} <= risen else []
    table = [row for one in found for row in one.points]
    label = study.baseline.label
    return parts.figure(NAME, " ".join(text), panels, "lines", table, 3, baseline=label)


def headline(one: EventStudy) -> str:
    """The whole year after the shock in which reports move most, as detection lags behind."""
    known = [row for row in rows_of(one.years, REPORTS) if row.value == row.value]
    if not known:
        return say(NAME, "silent", kind=one.event.kind)
    most = max(known, key=lambda row: abs(row.value - 100))
    truth = next(r for r in rows_of(one.years, TRUTH) if r.months_from == most.months_from)
    return say(
        NAME, "finding", year=most.months_from // 12 + 1, kind=one.event.kind,
        reports=most.value, truth=truth.value,
    )  # fmt: skip


def rows_of(rows: Sequence[Around], what: str) -> list[Around]:
    """The rows of one quantity."""
    return [row for row in rows if row.what == what]


def panel(one: EventStudy, what: str) -> Panel:
    """One quantity after one shock, and without it."""
    rows, title = rows_of(one.points, what), say(NAME, what)
    series = [Series(title, LOOKS[what], rows)]
    if one.event.calm:
        calm = [Bare(row.calm, row.calm_low, row.calm_high) for row in rows]
        series.append(Series(say(NAME, "calm"), BASELINE, calm))
    at = [(row.months_from + row.months_below) / 2 for row in rows]
    unit, line = ("cases", None) if what == shocks.BACKLOG else ("index", 100.0)
    span = (0, one.event.stop - one.event.start)
    title = f"{one.event.title}: {title.lower()}"
    along = say(NAME, "along")
    return Panel(title, at, series, say(NAME, unit), along=along, span=span, line=line)
