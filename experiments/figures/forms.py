"""The four forms of figures: intervals in rows, stacked bars, lines, and a table of tints.

A form draws the panels of a figure into a part of a matplotlib figure that has a constrained
layout: titles, labels and the key find their own room there. `height_of` says how many inches the
panels should have, so that rows are never too close to read.
"""

from __future__ import annotations

import math
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from streetlight.experiments.figures.parts import MINUS, Figure, Panel, Series, Valued, number, say
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
    """A text in lines of so many letters; those of wide scripts count twice."""
    words = str(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in words)
    room = max(4, round(width * len(words) / max(1, len(words) + wide)))
    return "\n".join(textwrap.wrap(words, room, break_on_hyphens=False))


def lines_in(texts: Sequence[object], width: int) -> int:
    """The most lines that one of the labels needs."""
    return max((fold(text, width).count("\n") + 1 for text in texts), default=1)


def marks_in(panel: Panel) -> int:
    """The most marks that a row of the panel holds beside its bar."""
    columns = zip(*(one.points for one in panel.series[panel.bars :]), strict=True)
    return max((sum(mark is not None for mark in marks) for marks in columns), default=1)


def height_of(figure: Figure) -> float:
    """Inches that the panels of a figure should have."""
    if not isinstance(figure.form, str):
        return figure.height
    labels = {one.label for panel in figure.panels for one in panel.series}
    total = 0.25 * math.ceil(sum(len(label) + 8 for label in labels) / 130)
    if figure.form == "heat":
        return 1.1 + len(labels) * (0.12 + 0.14 * lines_in([*labels], LABEL * 2))
    across = figure.across or ACROSS[figure.form]
    for first in range(0, len(figure.panels), across):
        heights = [2.5 if figure.form == "lines" else 0.75]
        for panel in figure.panels[first : first + across] if figure.form != "lines" else ():
            row = max(0.13 * marks_in(panel) + 0.12, 0.15 * lines_in(panel.at, LABEL) + 0.06, 0.3)
            heights.append(0.75 + row * len(panel.at))
        total += max(heights)
    return max(total, 1.6)


def axes_of(part: Any, figure: Figure, **more: Any) -> list[tuple[Axes, Panel]]:
    """Axes for the panels, side by side as far as they may; the others of the grid are taken."""
    across = min(figure.across or ACROSS[str(figure.form)], len(figure.panels))
    down = math.ceil(len(figure.panels) / across)
    grid = part.subplots(down, across, squeeze=False, **more).ravel()
    for axes in grid[len(figure.panels) :]:
        axes.remove()
    for axes, panel in zip(grid, figure.panels, strict=False):
        axes.set_title(fold(panel.title, 96 // across))
    return list(zip(grid, figure.panels, strict=False))


def named_rows(axes: Axes, panel: Panel) -> None:
    """A name beside each row, the first on top; amounts along the x axis."""
    axes.set_ylim(len(panel.at) - 0.5, -0.5)
    axes.set_yticks(range(len(panel.at)), [fold(name, LABEL) for name in panel.at])
    axes.tick_params(axis="y", length=0)
    amounts(axes, "x")
    axes.set_xlabel(fold(panel.axis, 40))


def key(part: Any, signs: dict[str, Any]) -> None:
    """The key above the panels, one entry a label."""
    if len(signs) > 1:
        across = 150 // (min(max(map(len, signs)), 48) + 8)
        part.legend(
            signs.values(), [fold(label, 48) for label in signs], loc="outside upper left",
            ncols=min(len(signs), across), handlelength=2.6,
        )  # fmt: skip


def style(look: Look) -> dict[str, Any]:
    """Marker and colour of a look."""
    inside, edge, width = look.colour, "white", 0.5
    if look.marker == "ring":
        inside, edge, width = "white", look.colour, 1.2
    return {
        "color": look.colour, "marker": MARKERS[look.marker], "markerfacecolor": inside,
        "markeredgecolor": edge, "markeredgewidth": width,
        "markersize": 8.0 if look.marker == "star" else 5.5,
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
    signs: dict[str, Any] = {}
    for place, (axes, panel) in enumerate(axes_of(part, figure, sharey=same)):
        named_rows(axes, panel)
        axes.tick_params(axis="y", labelleft=not same or place % ACROSS["rows"] == 0)
        axes.spines["left"].set_visible(False)
        axes.axvline(0, color=QUIET, linewidth=0.9, zorder=1)
        for row, (low, high) in enumerate(panel.ranges):
            axes.barh(row, high - low, 0.78, left=low, color=RANGE, zorder=0.5)
        for row in range(len(panel.at)):
            row_of(axes, panel, row)
            axes.axhline(row - 0.5, color=RULE, linewidth=0.6 if row else 0, zorder=0)
        for place, one in enumerate(panel.series):
            mark = Line2D([], [], linestyle="none", **style(one.look))
            signs[one.label] = mark if place or not panel.bars else Patch(color=BAR)
    if any(marks_in(panel) > 1 or panel.bars for panel in figure.panels):
        key(part, signs)


def row_of(axes: Axes, panel: Panel, row: int) -> None:
    """The marks of one row, side by side where there are several."""
    shown = [(one, mark) for one in panel.series if (mark := one.points[row]) is not None]
    if panel.bars:
        low, high = ends(bar := shown.pop(0)[1], panel.scale)
        axes.barh(row, bar.value * panel.scale, 0.6, color=BAR, zorder=1)
        axes.plot((low, high), (row, row), color=INK, linewidth=1.1, zorder=2)
    for place, (one, mark) in enumerate(shown):
        y, colour = row + 0.78 * ((place + 0.5) / len(shown) - 0.5), one.look.colour
        if not math.isfinite(mark.value) and len(shown) == 1:
            axes.text(0, y, f" {say('shared', 'few')}", va="center", fontsize=8, color=QUIET)
        axes.plot(ends(mark, panel.scale), (y, y), color=colour, linewidth=1.4, zorder=3)
        dots = np.array(one.dots[row] if one.dots else (), dtype=float) * panel.scale
        axes.plot(dots, np.full(len(dots), y + 0.28 / len(shown)), "|", markersize=4,
                  color=colour, alpha=0.6, zorder=2)  # fmt: skip
        axes.plot(mark.value * panel.scale, y, zorder=4, clip_on=False, **style(one.look))


def stacks(part: Any, figure: Figure) -> None:
    """Stacked bars: a panel a plan, a row a name, a stretch a series."""
    for axes, panel in axes_of(part, figure, sharey=True, sharex=True):
        named_rows(axes, panel)
        left = np.zeros(len(panel.at))
        for one in panel.series:
            width = np.nan_to_num([p.value * panel.scale if p else 0.0 for p in one.points])
            axes.barh(range(len(width)), width, 0.7, left=left, color=one.look.colour,
                      edgecolor="white", linewidth=0.6)  # fmt: skip
            left += width
        axes.label_outer()
    every = [one for panel in figure.panels for one in panel.series]
    key(part, {one.label: Patch(color=one.look.colour) for one in every})


def lines(part: Any, figure: Figure) -> None:
    """Lines in small multiples: a panel a measure, numbers along it, a line a series."""
    signs: dict[str, Any] = {}
    for axes, panel in axes_of(part, figure):
        if panel.span:
            axes.axvspan(*panel.span, color=RANGE, linewidth=0, zorder=0)
        if panel.line is not None:
            axes.axhline(panel.line, color=QUIET, linewidth=0.9, zorder=1)
        for one in panel.series:
            line_of(axes, panel, one)
            signs[one.label] = Line2D([], [], dashes=one.look.dash or (1, 0), **style(one.look))
        first, last = min(panel.at), max(panel.at)
        pad = 0.04 * (last - first or 1.0)
        axes.set(xlim=(first - pad, last + pad), ylim=limits(panel), xlabel=panel.along)
        amounts(axes, "y")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=all(x == int(x) for x in panel.at)))
        axes.set_ylabel(fold(panel.axis, 30))
        if not known(panel):
            axes.text(
                0.5,
                0.5,
                say("shared", "nothing"),
                transform=axes.transAxes,
                ha="center",
                color=QUIET,
            )
    key(part, signs)


def known(panel: Panel) -> list[Valued]:
    """The marks of a panel that are defined."""
    return [m for one in panel.series for m in one.points if m and math.isfinite(m.value)]


def limits(panel: Panel) -> tuple[float, float]:
    """Ends of the y axis: all values, and of their intervals no more than twice that room."""
    values = [mark.value * panel.scale for mark in known(panel)]
    if not values:
        return 0.0, 1.0
    values += [] if panel.line is None else [panel.line]
    reach = [end for mark in known(panel) for end in ends(mark, panel.scale)]
    reach = values + (reach if len(panel.series) <= MOST_BANDS else [])
    room = (max(values) - min(values)) or abs(max(values)) or 1.0
    low, high = max(min(reach), min(values) - room), min(max(reach), max(values) + room)
    if panel.line is None and min(values) >= 0:  # a level has no end below 0
        low = max(low, 0.0)
    pad = 0.05 * (high - low or room)
    return low - pad, high + pad


def line_of(axes: Axes, panel: Panel, one: Series) -> None:
    """One line with the band of its intervals; a lone point has whiskers."""
    kept = [(x, p) for x, p in zip(panel.at, one.points, strict=True) if p]
    x, y = [place for place, _ in kept], [mark.value * panel.scale for _, mark in kept]
    band = np.array([ends(mark, panel.scale) for _, mark in kept]).reshape(-1, 2).T
    if len(x) == 1:
        axes.vlines(x, *band, color=one.look.colour, linewidth=1.3, zorder=2)
    elif len(panel.series) <= MOST_BANDS:  # bands of more would hide all lines
        axes.fill_between(x, *band, color=one.look.colour, alpha=0.15, linewidth=0, zorder=2)
    looks = style(one.look)
    looks["markersize"] *= 1.0 if len(x) < 5 else 0.6 if len(x) < 17 else 0.0
    axes.plot(x, y, linewidth=1.5, dashes=one.look.dash or (1, 0), zorder=3, **looks)


def heat(part: Any, figure: Figure) -> None:
    """A table of tints: rows are series, columns the names along the panel."""
    ((axes, panel),) = axes_of(part, figure)
    values = [[p.value if p else math.nan for p in one.points] for one in panel.series]
    table = np.array(values) * panel.scale
    most = float(np.nanmax(np.abs(np.nan_to_num(table)))) or 1.0
    tints = LinearSegmentedColormap.from_list("tints", [GOOD, "white", HARM])
    axes.pcolormesh(table, cmap=tints, vmin=-1.6 * most, vmax=1.6 * most)
    for row, column in np.ndindex(table.shape):
        words = number(float(table[row, column]))
        axes.text(column + 0.5, row + 0.5, words, ha="center", va="center", fontsize=8)
    axes.invert_yaxis()
    axes.set_xticks(np.arange(len(panel.at)) + 0.5, [fold(name, CELL) for name in panel.at])
    names = [fold(one.label, LABEL * 2) for one in panel.series]
    axes.set_yticks(np.arange(len(table)) + 0.5, names)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


FORMS: dict[str, Callable[[Any, Figure], None]] = {
    "rows": rows, "stacks": stacks, "lines": lines, "heat": heat,
}  # fmt: skip
