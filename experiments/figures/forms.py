"""The four forms of figures: intervals in rows, stacked bars, lines, and a table of tints.

A form draws the panels of a figure into a part of a matplotlib figure that has a constrained
layout: titles, labels and the key find their own room there. `height_of` says how many inches the
panels should have, so that rows are never too close to read.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from streetlight.experiments.figures.parts import MINUS, Figure, Panel, Series, Valued, number
from streetlight.experiments.looks import GOOD, HARM, INK, QUIET, RULE, Look

MARKERS = {
    "circle": "o", "star": "*", "diamond": "D", "triangle": "^", "square": "s", "hexagon": "h",
    "plus": "P", "down": "v", "ring": "o", "cross": "X",
}  # fmt: skip
ACROSS = {"rows": 3, "stacks": 3, "lines": 4, "heat": 1}
#: With more lines than this a panel has no bands.
MOST_BANDS = 7
LABEL, CELL = 26, 14  # letters in a line of a row's label, of a column's
RANGE, BAR = "#e2ddd0", "#b9c6d1"


def fold(text: object, width: int) -> str:
    """A label in lines of so many letters."""
    return "\n".join(textwrap.wrap(str(text), width, break_on_hyphens=False)) or ""


def lines_in(texts: Sequence[object], width: int) -> int:
    """The most lines that one of the labels needs."""
    return max((fold(text, width).count("\n") + 1 for text in texts), default=1)


def marks_in(panel: Panel) -> int:
    """The most marks that a row of the panel holds beside its bar."""
    series = panel.series[1:] if panel.bars else panel.series
    counts = [sum(s.points[row] is not None for s in series) for row in range(len(panel.at))]
    return max(counts, default=1)


def row_height(panel: Panel) -> float:
    """Inches of a row: room for its marks, and for its label."""
    return max(0.3, 0.13 * marks_in(panel) + 0.12, 0.15 * lines_in(panel.at, LABEL) + 0.06)


def height_of(figure: Figure) -> float:
    """Inches that the panels of a figure should have."""
    if not isinstance(figure.form, str) or figure.height:
        return figure.height
    across = figure.across or ACROSS[figure.form]
    key = 0.25 * math.ceil(key_letters(figure.panels) / 130) if figure.form != "heat" else 0.6
    total = key
    for first in range(0, len(figure.panels), across):
        panels = figure.panels[first : first + across]
        if figure.form == "lines":
            total += 2.5
        elif figure.form == "heat":
            names = [series.label for series in panels[0].series]
            total += len(names) * (0.12 + 0.14 * lines_in(names, LABEL * 2)) + 0.5
        else:
            total += max(len(panel.at) * row_height(panel) for panel in panels) + 0.75
    return max(total, 1.6)


def key_letters(panels: Sequence[Panel]) -> int:
    """Letters of all labels of the key, with room for their signs."""
    return sum(len(label) + 8 for label in {s.label for panel in panels for s in panel.series})


def axes_of(part: Any, figure: Figure, **more: Any) -> list[Axes]:
    """Axes for the panels, side by side as far as they may; the others of the grid are taken."""
    across = min(figure.across or ACROSS[str(figure.form)], len(figure.panels))
    down = math.ceil(len(figure.panels) / across)
    grid = part.subplots(down, across, squeeze=False, **more).ravel()
    for axes in grid[len(figure.panels) :]:
        axes.remove()
    for axes, panel in zip(grid, figure.panels, strict=False):
        axes.set_title(fold(panel.title, 96 // across))
    return list(grid[: len(figure.panels)])


def key(part: Any, signs: dict[str, Any]) -> None:
    """The key above the panels, one entry a label."""
    if len(signs) > 1:
        longest = max(map(len, signs))
        part.legend(
            signs.values(), [fold(label, 48) for label in signs], loc="outside upper left",
            ncols=max(1, min(len(signs), 150 // (min(longest, 48) + 8))), handlelength=2.6,
        )  # fmt: skip


def style(look: Look) -> dict[str, Any]:
    """Marker and colour of a look."""
    return {
        "color": look.colour, "marker": MARKERS[look.marker],
        "markersize": 8.0 if look.marker == "star" else 5.5,
        "markerfacecolor": "white" if look.marker == "ring" else look.colour,
        "markeredgecolor": look.colour if look.marker == "ring" else "white",
        "markeredgewidth": 1.2 if look.marker == "ring" else 0.5,
    }  # fmt: skip


def amounts(axes: Axes, which: Literal["x", "y"]) -> None:
    """Few round numbers along an axis, with a true minus and commas."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.10g}".replace("-", MINUS)))
    axes.grid(axis=which)


def ends(mark: Valued, scale: float) -> tuple[float, float]:
    """The ends of a mark's interval; the mark itself where there is none."""
    low = mark.low if math.isfinite(mark.low) else mark.value
    high = mark.high if math.isfinite(mark.high) else mark.value
    return low * scale, high * scale


def rows(part: Any, figure: Figure) -> None:
    """Intervals in rows: a panel a measure, a row a name, a mark a series."""
    same = len({tuple(map(str, panel.at)) for panel in figure.panels}) == 1
    for axes, panel in zip(axes_of(part, figure, sharey=same), figure.panels, strict=True):
        axes.set_ylim(len(panel.at) - 0.5, -0.5)
        axes.set_yticks(range(len(panel.at)), [fold(name, LABEL) for name in panel.at])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.axvline(0, color=QUIET, linewidth=0.9, zorder=1)
        for row, (low, high) in enumerate(panel.ranges):
            axes.barh(row, high - low, 0.78, left=low, color=RANGE, zorder=0.5)
        for row in range(len(panel.at)):
            row_of(axes, panel, row)
            if row:
                axes.axhline(row - 0.5, color=RULE, linewidth=0.6, zorder=0)
        amounts(axes, "x")
        axes.set_xlabel(fold(panel.axis, 40))
        if same:
            axes.label_outer()
            axes.tick_params(axis="x", labelbottom=True)
            axes.set_xlabel(fold(panel.axis, 40))
    signs = {}
    for panel in figure.panels:
        for place, one in enumerate(panel.series):
            bar = panel.bars and place == 0
            signs[one.label] = (
                Patch(color=BAR) if bar else Line2D([], [], ls="none", **style(one.look))
            )
    alone = all(marks_in(panel) < 2 and not panel.bars for panel in figure.panels)
    key(part, {} if alone else signs)


def row_of(axes: Axes, panel: Panel, row: int) -> None:
    """The marks of one row, side by side where there are several."""
    shown = [one for one in panel.series if one.points[row] is not None]
    if panel.bars and panel.series[0].points[row] is not None:
        bar = shown.pop(0).points[row]
        assert bar is not None
        if math.isfinite(bar.value):
            axes.barh(row, bar.value * panel.scale, 0.6, color=BAR, zorder=1)
            axes.plot(ends(bar, panel.scale), (row, row), color=INK, linewidth=1.1, zorder=2)
    for place, one in enumerate(shown):
        mark = one.points[row]
        assert mark is not None
        y = row + 0.78 * ((place + 0.5) / len(shown) - 0.5)
        if not math.isfinite(mark.value):
            if len(shown) == 1:
                axes.text(0, y, " too few to tell", va="center", fontsize=8, color=QUIET)
            continue
        axes.plot(ends(mark, panel.scale), (y, y), color=one.look.colour, linewidth=1.4, zorder=3)
        if one.dots:
            values = np.array(one.dots[row], dtype=float) * panel.scale
            axes.plot(values, np.full(len(values), y + 0.28 / len(shown)), "|", markersize=4,
                      color=one.look.colour, alpha=0.6, zorder=2)  # fmt: skip
        axes.plot(mark.value * panel.scale, y, zorder=4, clip_on=False, **style(one.look))


def stacks(part: Any, figure: Figure) -> None:
    """Stacked bars: a panel a plan, a row a name, a stretch a series."""
    drawn = axes_of(part, figure, sharey=True, sharex=True)
    for axes, panel in zip(drawn, figure.panels, strict=True):
        axes.set_ylim(len(panel.at) - 0.5, -0.5)
        axes.set_yticks(range(len(panel.at)), [fold(name, LABEL) for name in panel.at])
        axes.tick_params(axis="y", length=0)
        left = np.zeros(len(panel.at))
        for one in panel.series:
            width = np.array([p.value * panel.scale if p else 0.0 for p in one.points])
            width = np.nan_to_num(np.maximum(width, 0.0))
            axes.barh(range(len(width)), width, 0.7, left=left, color=one.look.colour,
                      edgecolor="white", linewidth=0.6)  # fmt: skip
            left += width
        amounts(axes, "x")
        axes.set_xlabel(panel.axis)
        axes.label_outer()
    key(part, {
        one.label: Patch(color=one.look.colour) for panel in figure.panels for one in panel.series
    })  # fmt: skip


def lines(part: Any, figure: Figure) -> None:
    """Lines in small multiples: a panel a measure, numbers along it, a line a series."""
    signs: dict[str, Any] = {}
    for axes, panel in zip(axes_of(part, figure), figure.panels, strict=True):
        if panel.span:
            axes.axvspan(*panel.span, color=RANGE, linewidth=0, zorder=0)
        if panel.line is not None:
            axes.axhline(panel.line, color=QUIET, linewidth=0.9, zorder=1)
        for one in panel.series:
            line_of(axes, panel, one)
            signs[one.label] = Line2D([], [], dashes=one.look.dash or (1, 0), **style(one.look))
        first, last = min(panel.at), max(panel.at)
        pad = 0.04 * (last - first or 1.0)
        axes.set(xlim=(first - pad, last + pad), ylim=limits(panel))
        amounts(axes, "y")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=all(x == int(x) for x in panel.at)))
        axes.set_xlabel(panel.along)
        axes.set_ylabel(fold(panel.axis, 30))
        if not any(p and math.isfinite(p.value) for one in panel.series for p in one.points):
            axes.text(0.5, 0.5, "none to show", transform=axes.transAxes, ha="center", color=QUIET)
    key(part, signs)


def limits(panel: Panel) -> tuple[float, float]:
    """Ends of the y axis: all values, and of their intervals no more than twice that room."""
    marks = [mark for one in panel.series for mark in one.points if mark]
    kept = [mark for mark in marks if math.isfinite(mark.value)]
    values = [mark.value * panel.scale for mark in kept]
    values += [] if panel.line is None else [panel.line]
    reach = [end for mark in kept for end in ends(mark, panel.scale)]
    if len(panel.series) > MOST_BANDS:
        reach = []
    if not kept:
        return 0.0, 1.0
    low, high = min(values), max(values)
    room = (high - low) or abs(high) or 1.0
    low, high = max(min([*reach, low]), low - room), min(max([*reach, high]), high + room)
    if panel.line is None and min(values) >= 0:  # a level has no end below 0
        low = max(low, 0.0)
    return low - 0.05 * (high - low or room), high + 0.05 * (high - low or room)


def line_of(axes: Axes, panel: Panel, one: Series) -> None:
    """One line with the band of its intervals; a lone point has whiskers."""
    kept = [(x, p) for x, p in zip(panel.at, one.points, strict=True) if p]
    x = [place for place, _ in kept]
    y = [mark.value * panel.scale for _, mark in kept]
    low, high = (
        zip(*(ends(mark, panel.scale) for _, mark in kept), strict=True) if kept else ((), ())
    )
    colour = one.look.colour
    if len(panel.series) > MOST_BANDS:
        pass  # bands of so many would hide all lines
    elif len(x) > 1:
        axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0, zorder=2)
    else:
        axes.vlines(x, low, high, color=colour, linewidth=1.3, zorder=2)
    looks = style(one.look)
    looks["markersize"] *= 1.0 if len(x) < 5 else 0.6
    if len(x) > 16:
        looks["marker"] = ""
    axes.plot(x, y, linewidth=1.5, dashes=one.look.dash or (1, 0), zorder=3, **looks)


def heat(part: Any, figure: Figure) -> None:
    """A table of tints: rows are series, columns the names along the panel."""
    (axes,) = axes_of(part, figure)
    (panel,) = figure.panels
    table = np.array([
        [p.value * panel.scale if p else math.nan for p in one.points] for one in panel.series
    ])  # fmt: skip
    most = float(np.nanmax(np.abs(table))) if np.isfinite(table).any() else 1.0
    for row, column in np.ndindex(table.shape):
        value = table[row, column]
        share = 0.0 if math.isnan(value) else abs(value) / (most or 1.0)
        tint = HARM if value > 0 else GOOD
        axes.add_patch(
            Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=tint, alpha=0.6 * share, lw=0)
        )
        axes.text(column, row, number(float(value)), ha="center", va="center", fontsize=8)
    axes.set(xlim=(-0.5, table.shape[1] - 0.5), ylim=(table.shape[0] - 0.5, -0.5))
    axes.set_xticks(range(len(panel.at)), [fold(name, CELL) for name in panel.at])
    axes.set_yticks(range(len(table)), [fold(one.label, LABEL * 2) for one in panel.series])
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


FORMS: dict[str, Callable[[Any, Figure], None]] = {
    "rows": rows, "stacks": stacks, "lines": lines, "heat": heat,
}  # fmt: skip
