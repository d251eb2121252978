"""Patterns, drawn: a row a pattern, the observed range as a bar, marks for what is simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from streetlight.experiments.figures.looks import BLUE, INK, PALE_BLUE, QUIET, RULE, VERMILLION
from streetlight.experiments.figures.page import (
    SMALL_SIZE,
    Page,
    Sign,
    key_height,
    line_height,
    wrap,
)
from streetlight.experiments.figures.patterns import RATIO, SHARE, PatternRow, headline, rows_of
from streetlight.experiments.figures.picture import Picture
from streetlight.experiments.figures.spread import banded, draw_spread, note, signs
from streetlight.experiments.figures.tables import ResultTables
from streetlight.experiments.figures.words import MINUS
from streetlight.experiments.labels import quoted

NAME = "patterns"
LABEL_ROOM = 3.0
PANEL = 3.1
COLUMNS = (6.28, 7.1, 8.2)  # left edges of the columns of numbers, inches
ROW = 0.44
TINY = 7.0
NOISE = 2.6  # width of the line of an interval, in points
FUTURES_BELOW = 0.34
RANGE_COLOUR = "#BFD8C2"
TITLES = {SHARE: "Shares, per 100", RATIO: "Ratios and correlations"}
DEFAULTS: dict[str, Any] = {
    "marker": "D", "markersize": 5.5, "color": INK, "markeredgecolor": "white",
    "markeredgewidth": 0.6, "linestyle": "none",
}  # fmt: skip
STUDY: dict[str, Any] = {
    "marker": "o", "markersize": 5.5, "color": BLUE, "markeredgecolor": INK,
    "markeredgewidth": 0.6, "linestyle": "none",
}  # fmt: skip


def picture(results: ResultTables) -> Picture:
    """The figure for these results."""
    rows = rows_of(results)
    text = headline(rows)
    return Picture(NAME, text, rows, PatternRow, lambda: _draw(results, rows, text))


def _notes(results: ResultTables, rows: Sequence[PatternRow]) -> list[str]:
    futures = note(results, [row.study_future for row in rows], "below the mark of this study")
    if not banded(results) and np.unique(results.future).size > 1:
        futures = f" Pale line: from the lowest to the highest future of this study.{futures}"
    return [
        "How to read: a mark on the bar agrees with what has been observed, a mark beside it does "
        "not, and its numbers are in the colour of failure and say 'outside'. 'Fitted': the model "
        "was adjusted to this range, so that agreement is no proof; the others played no part "
        "in the fit. Open ranges run to the edge.",
        "Ever reported and identified: of youth's first victimizations that began early enough in "
        "the policy years to be followed for years. The iceberg counts what is reported in the "
        "policy years for all that begins in them, so that its shares differ a little.",
        "Defaults: all US counties (simulated), no added spending, from a table kept with the "
        "code, 10 replicates; patterns without an interval need experiments of their own and are "
        "those of docs/facts.md. This study: its baseline "
        f"({quoted(results.baseline.label)}), {results.span}, where its tables can tell; other "
        "places and futures than those observed may lie outside for that reason alone.",
        f"{results.whiskers('Whiskers: 95% Monte-Carlo interval over replicates.')} 'Narrowly': "
        f"the interval holds the edge of the range. {results.sizes([results.baseline])}.{futures}",
    ]


def _draw(results: ResultTables, rows: Sequence[PatternRow], text: str) -> Figure:
    inner = 9.3
    entries = [
        Sign("observed range", patch={"facecolor": RANGE_COLOUR, "edgecolor": QUIET}),
        Sign(
            "observed range the model was fitted to",
            patch={"facecolor": RANGE_COLOUR, "edgecolor": QUIET, "hatch": "////"},
        ),
        Sign("model at its defaults", line=DEFAULTS),
        Sign("this study's baseline", line=STUDY),
        *signs(results, {"line": {"color": BLUE, "linewidth": NOISE}}),
    ]
    groups = {unit: [row for row in rows if row.unit == unit] for unit in (SHARE, RATIO)}
    top = key_height(entries, inner) + 0.1
    body = top + sum(0.42 + ROW * len(mine) + 0.45 for mine in groups.values())
    page = Page(text, body, _notes(results, rows), f"{NAME}.csv")
    page.key(0, 0, entries, inner)
    for unit, mine in groups.items():
        _heads(page, top, TITLES[unit])
        top += 0.42
        axes = page.axes(LABEL_ROOM + 0.1, top, PANEL, ROW * len(mine))
        _axis(axes, unit, mine)
        for line, row in enumerate(mine):
            _label(page, top + line * ROW, row)
            _mark(axes, line, row)
            _texts(page, top + line * ROW, row)
        top += ROW * len(mine) + 0.45
    return page.figure


def _heads(page: Page, top: float, title: str) -> None:
    page.lines(0, top + 0.1, [title], 10.0, weight="bold")
    for left, word in zip(COLUMNS, ("observed", "defaults", "this study"), strict=True):
        page.lines(left, top + 0.13, [word], SMALL_SIZE, color=QUIET)


def _axis(axes: Axes, unit: str, rows: Sequence[PatternRow]) -> None:
    values = [
        value
        for row in rows
        for value in (
            row.observed_high,
            row.defaults,
            row.study,
            row.study_high,
            row.future_highest,
        )
        if math.isfinite(value)
    ]
    lows = [v for row in rows for v in (row.defaults, row.study, row.future_lowest)]
    low = min([0.0, *(v for v in lows if math.isfinite(v))])
    high = 1.0 if unit == SHARE else max([*values, 1.0])
    room = 0.03 * (high - low)
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    if unit == SHARE:
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
    for edge in range(1, len(rows)):
        axes.axhline(edge - 0.5, color=RULE, linewidth=0.5, zorder=0)


def _label(page: Page, top: float, row: PatternRow) -> None:
    lines = wrap(row.pattern, LABEL_ROOM, SMALL_SIZE)
    more = [source_in_one_line(row)]
    height = len(lines) * line_height(SMALL_SIZE) + line_height(TINY)
    start = top + (ROW - height) / 2
    page.lines(0, start, lines, SMALL_SIZE)
    page.lines(0, start + len(lines) * line_height(SMALL_SIZE), more, TINY, color=QUIET)


def source_in_one_line(row: PatternRow) -> str:
    """The source in one line; works that have no room are named in the figure's table."""
    names = row.source.split("; ")
    end = " \N{MIDDLE DOT} fitted" if row.fitted else ""
    for kept in range(len(names), 0, -1):
        line = "; ".join(names[:kept])
        if kept < len(names):
            line = f"{line.removesuffix(' and others')} and others"
        line += end
        if len(wrap(line, LABEL_ROOM, TINY)) == 1:
            break
    return line


def _mark(axes: Axes, line: int, row: PatternRow) -> None:
    left, right = axes.get_xlim()
    low = row.observed_low if math.isfinite(row.observed_low) else left
    high = row.observed_high if math.isfinite(row.observed_high) else right
    hatch = "////" if row.fitted else None
    axes.barh(
        line, high - low, left=low, height=0.62, color=RANGE_COLOUR, edgecolor=QUIET,
        linewidth=0.5, hatch=hatch, zorder=1,
    )  # fmt: skip
    for value, ends, offset, style in (
        (row.defaults, (row.defaults_low, row.defaults_high), -0.18, DEFAULTS),
        (row.study, (row.study_low, row.study_high), 0.1, STUDY),
    ):
        if math.isnan(value):
            continue
        y = line + offset
        if style is STUDY:
            _futures(axes, line + FUTURES_BELOW, row)
        if math.isfinite(ends[0]):
            axes.plot(ends, [y, y], color=style["color"], linewidth=NOISE, zorder=4)
        axes.plot([value], [y], zorder=5, clip_on=False, **style)


def _futures(axes: Axes, y: float, row: PatternRow) -> None:
    """How the futures of this study spread, below its mark."""
    if not row.study_future.has_band and row.future_highest > row.future_lowest:
        ends = [row.future_lowest, row.future_highest]
        axes.plot(ends, [y, y], color=PALE_BLUE, linewidth=1.0, zorder=3)
    draw_spread(axes, row.study_future, y, PALE_BLUE, zorder=3)


def _texts(page: Page, top: float, row: PatternRow) -> None:
    start = top + (ROW - 2 * line_height(SMALL_SIZE)) / 2
    page.lines(COLUMNS[0], start + line_height(SMALL_SIZE) / 2, [_range(row)], SMALL_SIZE)
    for left, value, word in (
        (COLUMNS[1], row.defaults, row.defaults_verdict),
        (COLUMNS[2], row.study, row.study_verdict),
    ):
        if not word:
            page.lines(left, start + line_height(SMALL_SIZE) / 2, ["\N{EN DASH}"], SMALL_SIZE)
            continue
        failed = word.startswith("outside")
        style: dict[str, Any] = {"color": VERMILLION, "weight": "bold"} if failed else {}
        page.lines(left, start, [_value(value, row.unit)], SMALL_SIZE, **style)
        page.lines(left, start + line_height(SMALL_SIZE), [word], TINY, **style)


def _range(row: PatternRow) -> str:
    low = _value(row.observed_low, row.unit)
    if math.isinf(row.observed_high):
        return f"{low} or more"
    high = _value(row.observed_high, row.unit)
    return low if low == high else f"{low}\N{EN DASH}{high}"


def _value(value: float, unit: str) -> str:
    size = abs(value)
    if unit == RATIO:
        text = f"{size:.2f}"
    else:
        text = f"{100 * size:.1f}".removesuffix(".0")
        if size and float(text) == 0:
            return "under 0.1"
    return MINUS + text if value < 0 else text
