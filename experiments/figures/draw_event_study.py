"""Event study, drawn: a column a shock, a row each for reports, truth and backlog."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from streetlight.experiments.figures.event_study import (
    AFTER,
    BACKLOG,
    BEFORE,
    REPORTS,
    TRUTH,
    Event,
    EventRow,
    EventStudy,
    event_study_of,
    headline,
)
from streetlight.experiments.figures.looks import (
    BASELINE,
    BLUE,
    INK,
    PURPLE,
    QUIET,
    RULE,
    VERMILLION,
    WATER,
)
from streetlight.experiments.figures.page import SMALL_SIZE, Page, Sign, key_height, wrap
from streetlight.experiments.figures.picture import Absent, Picture
from streetlight.experiments.figures.tables import ResultTables
from streetlight.experiments.figures.words import capitalised, percent
from streetlight.experiments.labels import pretty, quoted

NAME = "event_study"
COLOURS = {REPORTS: BLUE, TRUTH: VERMILLION, BACKLOG: PURPLE}
MARKERS = {REPORTS: "o", TRUTH: "^", BACKLOG: "s"}
LABELS = {
    REPORTS: "reports, index",
    TRUTH: "victimizations, index",
    BACKLOG: "cases waiting",
}
PANEL_HEIGHT = 1.75
LEFT = 0.65
BETWEEN = 0.35


def picture(results: ResultTables) -> Picture | Absent:
    """The figure for these results, absent where no future has a shock."""
    drawn = event_study_of(results)
    if drawn is None:
        return Absent(
            NAME,
            "No future of this experiment has a shock of attention or of victimization.",
            "streetlight new NAME --template shock, then streetlight run NAME.yaml",
        )
    text = headline(drawn.changes)
    return Picture(NAME, text, drawn.rows, EventRow, lambda: _draw(results, drawn, text))


def _notes(results: ResultTables, drawn: EventStudy) -> list[str]:
    points = "a month" if drawn.step == 1 else "a quarter of a year"
    notes = [
        f"How to read: each point is {points}, counted from the month in which the shock begins "
        "(shaded: while it lasts); reports, true and false, and victimizations that begin, per "
        "week, as an index: 100 is the year before in the same runs. Under the baseline "
        f"({quoted(results.baseline.label)}). " + (" ".join(_who(event) for event in drawn.events)),
        f"{results.whiskers('Band: 95% Monte-Carlo interval over replicates.')} "
        f"{_runs(drawn)}. Futures have luck of their own: where two lines differ by less than "
        "their bands, they cannot be told apart.",
    ]
    if drawn.n_events > len(drawn.events):
        notes.append(f"{drawn.n_events} futures have shocks; the first of each kind is shown.")
    return notes


def _who(event: Event) -> str:
    return (
        f"The {event.kind} shock strikes places with {percent(event.youth_share)} of the youth in "
        "the kinds of place drawn."
    )


def _runs(drawn: EventStudy) -> str:
    counts = sorted({row.runs for row in drawn.rows})
    text = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"n = {text} {'replicate' if counts == [1] else 'replicates'} a future"


def _draw(results: ResultTables, drawn: EventStudy, text: str) -> Figure:
    n_columns, inner = len(drawn.events), 9.3
    signs = [
        Sign(
            capitalised("cases waiting" if name == BACKLOG else name),
            line={"color": COLOURS[name], "marker": MARKERS[name], "markersize": 4},
        )
        for name in drawn.quantities
    ]
    if any(event.calm for event in drawn.events):
        signs.append(
            Sign("the same without the shock", line={"color": BASELINE, "linestyle": (0, (4, 2))})
        )
    panel = min((inner - n_columns * LEFT - (n_columns - 1) * BETWEEN) / n_columns, 6.5)
    titles = [
        wrap(f"{capitalised(event.kind)} shock ({quoted(pretty(event.future))})", panel, 10.0, True)
        for event in drawn.events
    ]
    head = key_height(signs, inner) + 0.1 + max(len(lines) for lines in titles) * 0.19 + 0.1
    step = PANEL_HEIGHT + 0.2
    body = head + len(drawn.quantities) * step + 0.35
    page = Page(text, body, _notes(results, drawn), f"{NAME}.csv")
    page.key(0, 0, signs, inner)
    for line, quantity in enumerate(drawn.quantities):
        limits = _limits([row for row in drawn.rows if row.quantity == quantity])
        for column, event in enumerate(drawn.events):
            left = LEFT + column * (panel + LEFT + BETWEEN)
            if line == 0:
                top = key_height(signs, inner) + 0.1
                page.lines(left, top, titles[column], 10.0, weight="bold")
            axes = page.axes(left, head + line * step, panel, PANEL_HEIGHT)
            rows = [r for r in drawn.rows if (r.future, r.quantity) == (event.future, quantity)]
            _panel(axes, event, quantity, rows)
            axes.set_ylim(*limits)
            if column == 0:
                axes.set_ylabel(LABELS[quantity], fontsize=SMALL_SIZE)
            if line == len(drawn.quantities) - 1:
                axes.set_xlabel("months since the shock began", fontsize=SMALL_SIZE)
            else:
                axes.set_xticks(axes.get_xticks(), [""] * len(axes.get_xticks()))
    return page.figure


def _limits(rows: Sequence[EventRow]) -> tuple[float, float]:
    values = [
        value
        for r in rows
        for value in (r.value, r.low, r.high, r.calm, r.calm_low, r.calm_high)
        if math.isfinite(value)
    ]
    if rows[0].quantity == BACKLOG or not values:
        return 0.0, max([*values, 1.0]) * 1.08
    low, high = min([*values, 100.0]), max([*values, 100.0])
    room = max(0.08 * (high - low), 5.0)
    return max(0.0, low - room), high + room


def _panel(axes: Axes, event: Event, quantity: str, rows: Sequence[EventRow]) -> None:
    axes.set_xlim(-BEFORE, AFTER)
    axes.set_xticks(range(-BEFORE, AFTER + 1, 12))
    axes.axvspan(0, event.stop - event.start, color=WATER, linewidth=0, zorder=0)
    axes.axvline(0, color=INK, linewidth=0.9, zorder=1)
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    axes.locator_params(axis="y", nbins=5)
    if quantity != BACKLOG:
        axes.axhline(100, color=QUIET, linewidth=0.8, linestyle=(0, (1.5, 1.5)))
    if not any(math.isfinite(row.value) for row in rows):
        axes.text(12, 100, "none in the year before", ha="center", va="center", color=QUIET)
        return
    x = [(row.months_from + row.months_below) / 2 for row in rows]
    calm: dict[str, Any] = {"color": BASELINE, "linestyle": (0, (4, 2)), "linewidth": 1.3}
    axes.fill_between(
        x, [r.calm_low for r in rows], [r.calm_high for r in rows], color=BASELINE, alpha=0.18,
        linewidth=0, zorder=2,
    )  # fmt: skip
    axes.plot(x, [row.calm for row in rows], zorder=3, label="calm", **calm)
    colour = COLOURS[quantity]
    axes.fill_between(
        x, [row.low for row in rows], [row.high for row in rows], color=colour, alpha=0.22,
        linewidth=0, zorder=4,
    )  # fmt: skip
    axes.plot(
        x, [row.value for row in rows], color=colour, linewidth=1.6, marker=MARKERS[quantity],
        markersize=3.5, zorder=5, label="shock",
    )  # fmt: skip
