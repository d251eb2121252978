"""Regret, drawn: a row a policy, a column a future, darker where more is given away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from streetlight.experiments.figures.looks import INK, QUIET, RULE, look
from streetlight.experiments.figures.page import (
    SMALL_SIZE,
    TEXT_SIZE,
    Page,
    line_height,
    text_width,
    wrap,
)
from streetlight.experiments.figures.picture import Absent, Picture
from streetlight.experiments.figures.regret import (
    CLEAR,
    LEAST_REPLICATES,
    UNIT,
    RegretRow,
    Regrets,
    finding_of,
    headline,
    in_order,
    regrets_of,
)
from streetlight.experiments.figures.tables import ResultTables
from streetlight.experiments.figures.words import number
from streetlight.experiments.labels import pretty

NAME = "regret"
SHADES = LinearSegmentedColormap.from_list("regret", ["#FFFFFF", "#9CC4DF", "#0072B2", "#062C47"])
LABEL_ROOM = 2.2
FUTURE_ROOM = 1.5
NUMBER_ROOM = 0.6  # a column of numbers at the right
ROW = 0.3
WIDTH = 9.3
# More futures than this have no number in their cells and no name below them.
MOST_NAMED = 14
HEAD = 0.62


def picture(results: ResultTables) -> Picture | Absent:
    """The figure for these results."""
    regrets = regrets_of(results)
    text = headline(finding_of(results, regrets))
    return Picture(NAME, text, regrets.rows, RegretRow, lambda: _draw(results, regrets, text))


def _notes(results: ResultTables, regrets: Regrets, columns: Sequence[int]) -> list[str]:
    left_out = len(results.futures) - len(columns)
    repeated = all(np.isfinite(row.low) for row in regrets.rows)
    notes = [
        f"How to read this: regret is how much less a policy averts, in {UNIT} {results.span}, "
        "than the best of all policies and oracles in that future, by means over replicates. "
        "White: none given away; darker: more, shaded by its square root. Largest and mean: over "
        "all futures run. The best in a future is known only by its runs, so noise alone makes "
        "some regret.",
        (
            "Hatched: within noise, the paired difference to the best may be 0 (95%, for all that "
            "might be the best at once). "
            if repeated
            else "Hatched: within noise, or only one replicate, so that nothing has an interval. "
        )
        + f"{results.sizes(results.policies)}. A dot marks the best. "
        + "The headline says 'cannot be told' unless the same choice has the least largest regret "
        f"in {CLEAR:.1%} of resamples of the replicates, of which each future needs "
        f"{LEAST_REPLICATES}.",
    ]
    if len(columns) > MOST_NAMED:
        notes.append(
            "Each narrow column is a future, ordered by the regret of the first row; the table "
            "names them."
        )
    if left_out:
        notes.append(
            f"Left out: {left_out} futures in which no world is complete for all policies."
        )
    if any(policy.is_oracle for policy in results.policies):
        notes.append("Policies that are told the truth are references, not choices on offer.")
    return notes


def _draw(results: ResultTables, regrets: Regrets, text: str) -> Figure:
    rows, columns = in_order(results, regrets)
    notes = _notes(results, regrets, columns)
    if not columns or not results.ranked:
        return Page(text, 0.1, notes, f"{NAME}.csv").figure
    named = [results.policies[p] for p in rows]
    labels = [
        wrap(p.label + (" (baseline)" if p.is_baseline else ""), LABEL_ROOM, TEXT_SIZE)
        for p in named
    ]
    heights = [max(ROW, len(label) * line_height(TEXT_SIZE) + 0.08) for label in labels]
    edges = np.concatenate([[0.0], np.cumsum(heights)])
    left = 0.35 + max(text_width(line, TEXT_SIZE) for label in labels for line in label)
    panel = WIDTH - left - 2 * NUMBER_ROOM - 0.1
    below, futures = _future_labels(results, columns, panel)
    page = Page(text, HEAD + float(edges[-1]) + below, notes, f"{NAME}.csv")
    for policy, label, top, height in zip(named, labels, edges, heights, strict=False):
        middle = HEAD + float(top) + height / 2
        page.lines(0.22, middle - len(label) * line_height(TEXT_SIZE) / 2, label)
        mine = look(policy)
        page.sheet.plot([0.07], [middle], mine.marker, color=mine.colour, markeredgecolor=INK)
    axes = page.axes(left, HEAD, panel, float(edges[-1]))
    shown = regrets.regret[np.ix_(rows, columns)]
    scale = PowerNorm(0.5, 0.0, float(shown.max()) or 1.0)
    _cells(axes, shown, regrets.noise[np.ix_(rows, columns)], edges, scale)
    _name_futures(axes, futures, len(columns))
    _summary(page, shown, edges, left + panel + 0.1)
    _key(page, scale, left, panel)
    choices = sum(not policy.is_oracle for policy in named)
    if choices < len(named):
        axes.axhline(float(edges[choices]), color=INK, linewidth=1.4)
    return page.figure


def _cells(axes: Axes, regret: Any, noise: Any, edges: Any, scale: PowerNorm) -> None:
    n_rows, n_columns = regret.shape
    axes.set(xlim=(0, n_columns), ylim=(float(edges[-1]), 0))
    few = n_columns <= MOST_NAMED
    line: dict[str, Any] = {"edgecolors": RULE, "linewidth": 0.6} if few else {}
    axes.pcolormesh(
        np.arange(n_columns + 1), edges, regret, cmap=SHADES, norm=scale, rasterized=False, **line
    )
    axes.set_yticks([])
    axes.set_xticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
    for r in range(n_rows):
        top, height = float(edges[r]), float(edges[r + 1] - edges[r])
        for start, stop in _stretches(noise[r]):
            hatch: dict[str, Any] = {"fill": False, "hatch": "/////", "edgecolor": "#8A8A8A"}
            axes.add_patch(Rectangle((start, top), stop - start, height, linewidth=0, **hatch))
        for c in range(n_columns):
            middle = (c + 0.5, top + height / 2)
            if regret[r, c] == 0:
                axes.plot(*middle, ".", color=INK, markersize=6 if few else 2.5)
            elif few:
                dark = scale(regret[r, c]) > 0.55
                box = None
                if noise[r, c]:
                    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
                axes.text(
                    *middle,
                    number(float(regret[r, c])).replace("under ", "<"),
                    ha="center",
                    va="center_baseline",
                    fontsize=SMALL_SIZE,
                    color="white" if dark and not noise[r, c] else INK,
                    bbox=box,
                )


def _stretches(mask: Any) -> list[tuple[int, int]]:
    """First and one past the last position of each unbroken stretch of True."""
    steps = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(steps[::2], steps[1::2], strict=True)]


def _future_labels(
    results: ResultTables, columns: Sequence[int], panel: float
) -> tuple[float, list[list[str]]]:
    """Room below the cells and the futures' wrapped names, none where there are too many."""
    if len(columns) > MOST_NAMED:
        return 0.35, []
    slot = panel / len(columns)
    lines = max(1, int((slot - 0.04) / line_height(SMALL_SIZE)))
    for room in (FUTURE_ROOM, 2 * FUTURE_ROOM, 4 * FUTURE_ROOM):
        names = [wrap(pretty(results.futures[f]), room, SMALL_SIZE) for f in columns]
        if max(len(name) for name in names) <= lines:
            break
    longest = max(text_width(line, SMALL_SIZE) for name in names for line in name)
    return longest + 0.2, names


def _name_futures(axes: Axes, names: Sequence[Sequence[str]], n_columns: int) -> None:
    if not names:
        axes.set_xlabel(f"{n_columns} futures", fontsize=SMALL_SIZE)
        return
    axes.set_xticks(
        np.arange(n_columns) + 0.5,
        ["\n".join(name) for name in names],
        rotation=90,
        linespacing=1.15,
        multialignment="right",
    )
    axes.tick_params(axis="x", length=2)


def _summary(page: Page, regret: Any, edges: Any, left: float) -> None:
    """Largest and mean regret of each row, as numbers at the right."""
    columns = (("largest", regret.max(axis=1)), ("mean", regret.mean(axis=1)))
    for k, (title, values) in enumerate(columns):
        right = left + (k + 1) * NUMBER_ROOM - 0.1
        page.lines(right, HEAD - 0.18, [title], SMALL_SIZE, ha="right", weight="bold")
        for r, value in enumerate(values):
            middle = HEAD + float(edges[r] + edges[r + 1]) / 2
            text = number(float(value)).replace("under ", "<")
            page.lines(right, middle - line_height(SMALL_SIZE) / 2, [text], SMALL_SIZE, ha="right")


def _key(page: Page, scale: PowerNorm, left: float, panel: float) -> None:
    """The scale of shades, above the cells."""
    words = f"regret, {UNIT}:"
    page.lines(0, 0.06, [words], SMALL_SIZE, color=QUIET)
    start = max(left, text_width(words, SMALL_SIZE) + 0.2)
    axes = page.axes(start, 0.06, min(2.4, left + panel - start), 0.12)
    bar = page.figure.colorbar(ScalarMappable(scale, SHADES), cax=axes, orientation="horizontal")
    most = float(scale.vmax or 1.0)
    ticks = [0.0, most / 4, most]
    bar.set_ticks(ticks, labels=[number(value) for value in ticks])
    bar.ax.tick_params(length=2, pad=1)
    hatch: dict[str, Any] = {
        "fill": False,
        "hatch": "/////",
        "edgecolor": "#8A8A8A",
        "linewidth": 0.0,
    }
    at = start + min(2.4, left + panel - start) + 0.45
    page.sheet.add_patch(Rectangle((at, 0.06), 0.35, 0.14, **hatch))
    page.lines(at + 0.42, 0.05, ["within noise of the best"], SMALL_SIZE)
