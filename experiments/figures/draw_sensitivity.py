"""What drives a difference, drawn: a bar an input, its interval, the noise floor as a band."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from streetlight.experiments.drivers.sensitivity import (
    MATTERS,
    NOT_SEEN,
    PERHAPS,
    Driver,
    Sensitivity,
)
from streetlight.experiments.drivers.sentences import driven, name
from streetlight.experiments.figures.looks import BLUE, INK, QUIET, RULE, SKY
from streetlight.experiments.figures.page import (
    SMALL_SIZE,
    TEXT_SIZE,
    Page,
    Sign,
    key_height,
    line_height,
    text_width,
    wrap,
)
from streetlight.experiments.figures.picture import Picture
from streetlight.experiments.metrics import METRICS

NAME = "sensitivity"
LABEL_ROOM, INNER, TOWARD_ROOM = 3.6, 9.3, 1.45
ROW, MOST_INPUTS = 0.36, 20
CLEAR_DIRECTION = 0.3  # rank correlation from which a direction is written
AXIS = {
    "pawn": "PAWN index (mean over classes of the Kolmogorov-Smirnov distance)",
    "delta": "Delta index (mean half area between densities)",
    "mu_star": "mean absolute change over the whole range, or of a switch or choice (mu*)",
    "ST": "total share of the variance (ST)",
}
#: Face, hatch and edge by what is said of the input: told apart without colour.
BARS: dict[str, dict[str, Any]] = {
    MATTERS: {"facecolor": BLUE, "edgecolor": INK},
    PERHAPS: {"facecolor": SKY, "edgecolor": INK, "hatch": "////"},
    NOT_SEEN: {"facecolor": "white", "edgecolor": QUIET},
}


def picture(found: Sensitivity) -> Picture:
    """The figure of these results."""
    return Picture(NAME, driven(found)[0], found.rows, Driver, lambda: _draw(found))


def _draw(found: Sensitivity) -> Figure:
    rows = found.of(found.main_index)[:MOST_INPUTS]
    labels = [wrap(row.title, LABEL_ROOM, TEXT_SIZE) for row in rows]
    heights = [max(ROW, len(label) * line_height(TEXT_SIZE) + 0.08) for label in labels]
    signs = [Sign(says, patch=style) for says, style in BARS.items()]
    signs.append(Sign("noise floor", patch={"facecolor": RULE, "edgecolor": "none"}))
    head = key_height(signs, INNER) + 0.1
    page = Page(driven(found)[0], head + sum(heights) + 0.55, _notes(found), f"{NAME}.csv")
    page.key(0, 0, signs, INNER)
    left = 0.15 + max(text_width(line, TEXT_SIZE) for label in labels for line in label)
    axes = page.axes(left, head, INNER - left - TOWARD_ROOM, sum(heights))
    _axis(axes, found, sum(heights))
    middle = 0.0
    for row, label, height in zip(rows, labels, heights, strict=True):
        centre = middle + height / 2
        page.lines(0, head + centre - len(label) * line_height(TEXT_SIZE) / 2, label)
        _bar(axes, row, middle, height)
        middle += height
    _scale(axes, rows)
    return page.figure


def _axis(axes: Axes, found: Sensitivity, height: float) -> None:
    unit = f", {METRICS[found.metric].unit}" if found.main_index == "mu_star" else ""
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.spines["left"].set_color(QUIET)
    axes.set_xlabel(AXIS[found.main_index] + unit, fontsize=SMALL_SIZE)


def _bar(axes: Axes, row: Driver, top: float, height: float) -> None:
    centre = top + height / 2
    axes.fill_betweenx([top, top + height], 0, row.floor, color=RULE, linewidth=0, zorder=1)
    axes.plot([row.floor] * 2, [top, top + height], color=QUIET, linewidth=0.8, zorder=2)
    axes.barh(centre, row.value, height=0.17, zorder=3, linewidth=0.8, **BARS[row.says])
    if math.isfinite(row.low):
        axes.plot([row.low, row.high], [centre] * 2, color=INK, linewidth=1.2, zorder=4)
        axes.plot([row.low, row.high], [centre] * 2, "|", color=INK, markersize=7, zorder=4)
    if abs(row.direction) >= CLEAR_DIRECTION and row.says != NOT_SEEN:
        axes.annotate(
            f"{'more' if row.direction > 0 else 'less'} with more of it",
            (1, centre),
            (6, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center_baseline",
            fontsize=SMALL_SIZE,
            color=QUIET,
        )


def _scale(axes: Axes, rows: list[Driver]) -> None:
    ends = [v for r in rows for v in (r.value, r.low, r.high, r.floor) if math.isfinite(v)]
    axes.set_xlim(min(0.0, *ends), max(ends) * 1.02 or 1.0)


def _notes(found: Sensitivity) -> list[str]:
    metric = METRICS[found.metric]
    notes = [
        f"The difference: {name(found.policy)} minus {name(found.against)} in {metric.title} "
        f"({metric.unit}), mean over {found.replicates} replicates in each of {found.futures} "
        "futures. Whiskers: 95% interval. Noise floor: what an input that nothing reads would "
        "reach. Matters: the whole interval is above the floor; perhaps: only the bar is. "
        "'More with more of it': the difference has a rank correlation of 0.3 or more with the "
        "input; 'less': of -0.3 or below.",
        *driven(found)[1:],
    ]
    left_out = len(found.of(found.main_index)) - MOST_INPUTS
    if left_out > 0:
        notes.append(f"{left_out} inputs with smaller indices are in the table alone.")
    return notes
