"""Attribution, drawn: a waterfall a policy, from the baseline's reports to the policy's."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from streetlight.experiments.figures.attribution import (
    BASELINE,
    PART_WORDS,
    Attribution,
    Bar,
    attribution_of,
    headline,
    rows_for,
)
from streetlight.experiments.figures.looks import BASELINE as GREY
from streetlight.experiments.figures.looks import INK, QUIET, RULE, look
from streetlight.experiments.figures.page import SMALL_SIZE, Page, line_height, wrap
from streetlight.experiments.figures.picture import Absent, Picture
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy
from streetlight.experiments.figures.words import capitalised, number
from streetlight.experiments.labels import quoted

NAME = "attribution"
# No path: the same results give the same report, wherever they lie.
COMMAND = "streetlight attribute RESULTS"
LABEL_ROOM = 2.7
NUMBER_ROOM = 1.0
ROW = 0.3
MOST_POLICIES = 4


def picture(results: ResultTables) -> Picture | Absent:
    """The figure for these results, absent until the changes have been taken apart."""
    drawn = attribution_of(results)
    if isinstance(drawn, str):
        return Absent(NAME, drawn, COMMAND)
    text = headline(drawn.findings[0])
    return Picture(NAME, text, drawn.rows, Bar, lambda: _draw(results, drawn, text))


def _notes(results: ResultTables, drawn: Attribution) -> list[str]:
    notes = [
        "How to read: reports, true and false, per 100 under the baseline "
        f"({quoted(results.baseline.label)}) in the same simulated worlds, {results.span}; the "
        "axis does not begin at zero. Each bar starts where the one above ends: what one part of "
        "the policy's money adds to the reports, its average over all orders in which the parts "
        "could be added (Shapley value, from runs of every combination); the parts sum to the "
        "whole change. A part is whatever its levers do: training also lowers denial.",
        "Below: the same change split into victimizations, true reports for each of them, and "
        "false reports. Reports are counted before publication, and population and luck are the "
        "same in both, so nothing is due to recording or to them.",
        f"{results.whiskers('Whisker: 95% Monte-Carlo interval over replicates.')} "
        f"n = {min(row.runs for row in drawn.rows):,} worlds.",
    ]
    if len(drawn.policies) > MOST_POLICIES:
        notes.append(
            f"The first {MOST_POLICIES} of {len(drawn.policies)} policies are shown; all are in "
            "the table. The headline is about the first."
        )
    elif len(drawn.policies) > 1:
        notes.append("The headline is about the first policy.")
    return notes


def _draw(results: ResultTables, drawn: Attribution, text: str) -> Figure:
    shown = drawn.policies[:MOST_POLICIES]
    inner = 9.3
    blocks = [rows_for(drawn.rows, policy) for policy in shown]
    if any(math.isnan(row.value) for rows in blocks for row in rows):
        return Page(text, 0.1, _notes(results, drawn), f"{NAME}.csv").figure
    titles = [wrap(f"{policy.label}", inner, 10.0, True) for policy in shown]
    heights = [
        len(title) * line_height(10.0) + 0.08 + ROW * (len(rows) + 0.6) + 0.55
        for title, rows in zip(titles, blocks, strict=True)
    ]
    page = Page(text, sum(heights), _notes(results, drawn), f"{NAME}.csv")
    top = 0.0
    limits = _limits([row for rows in blocks for row in rows])
    for policy, title, rows, height in zip(shown, titles, blocks, heights, strict=True):
        page.lines(0, top, title, 10.0, weight="bold")
        start = top + len(title) * line_height(10.0) + 0.08
        width = inner - LABEL_ROOM - NUMBER_ROOM
        axes = page.axes(LABEL_ROOM, start, width, ROW * (len(rows) + 0.6))
        axes.set_xlim(*limits)
        axes.set_ylim(len(rows) + 0.1, -0.5)
        _waterfall(page, axes, rows, policy, start)
        top += height
    return page.figure


def _limits(rows: Sequence[Bar]) -> tuple[float, float]:
    """The axis: not from zero, as bars are changes; wide enough for every end and whisker."""
    ends = [100.0]
    level = 100.0
    for row in rows:
        if row.kind == "level":
            level = row.value
            ends.append(level)
            continue
        start = 100.0 if row.kind == "split" else level
        reach = [row.value, row.low, row.high]
        ends += [start + value for value in reach if math.isfinite(value)]
        level = level + row.value if row.kind == "part" else level
    room = max(0.06 * (max(ends) - min(ends)), 0.5)
    return min(ends) - 2 * room, max(ends) + room


def _waterfall(
    page: Page, axes: Axes, rows: Sequence[Bar], policy: ShownPolicy, top: float
) -> None:
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.axvline(100, color=GREY, linewidth=1.0, linestyle=(0, (1.5, 1.5)))
    axes.set_xlabel("reports per 100 under the baseline", fontsize=SMALL_SIZE)
    left = axes.get_xlim()[0]
    colour = look(policy).colour
    level = 100.0
    for line, row in enumerate(rows):
        y = line + (0.4 if row.kind == "split" else 0.0)
        middle = top + (y + 0.5) * ROW - line_height(SMALL_SIZE) / 2
        if row.kind == "level":
            fill = GREY if row.part == BASELINE else colour
            axes.barh(
                y, row.value - left, left=left, height=0.7, color=fill, edgecolor=INK, linewidth=0.6
            )
            level, end = row.value, row.value
        else:
            start = 100.0 if row.kind == "split" else level
            end = start + row.value
            fall = row.value < 0
            fill = _colour(row, colour)
            axes.barh(
                y, row.value, left=start, height=0.7, color="white" if fall else fill,
                edgecolor=fill if fall else INK, linewidth=0.9, hatch="////" if fall else None,
            )  # fmt: skip
            level = end if row.kind == "part" else level
            if math.isfinite(row.low):
                axes.plot(
                    [start + row.low, start + row.high], [y, y], color=INK, linewidth=1.3, zorder=5
                )
        if row.kind == "part":
            axes.plot([end, end], [y + 0.35, y + 0.65], color=QUIET, linewidth=0.7)
        weight = "bold" if row.kind == "level" else "normal"
        page.lines(0, middle, [_label(row)], SMALL_SIZE, weight=weight)
        size = number(row.value, signed=row.kind != "level")
        page.lines(page.inner - NUMBER_ROOM + 0.15, middle, [size], SMALL_SIZE, weight=weight)


def _colour(row: Bar, colour: str) -> str:
    """Colour of a bar: the policy's for levels and parts, for a split one that no policy has."""
    return QUIET if row.kind == "split" else colour


def _label(row: Bar) -> str:
    if row.kind == "level":
        return "Reports under the baseline" if row.part == BASELINE else "Reports under the policy"
    if row.kind == "split":
        return f"Change through {row.part}"
    return capitalised(PART_WORDS.get(row.part, row.part))
