"""Streetlight effect, drawn: ranks in the record against ranks in truth, by counts and by rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.figures.looks import BLUE, INK, QUIET, RULE, VERMILLION
from experiments.figures.page import SMALL_SIZE, TEXT_SIZE, Page, line_height, wrap
from experiments.figures.picture import Picture
from experiments.figures.streetlight_effect import (
    AGREEMENT,
    CELL,
    FEWEST_COMMUNITIES,
    FEWEST_YOUTH,
    KINDS,
    TOP,
    Streetlight,
    StreetlightRow,
    headline,
    streetlight_of,
)
from experiments.figures.tables import Results
from experiments.figures.words import correlation, number, percent
from experiments.labels import quoted

NAME = "streetlight_effect"
SIDE = 3.5
LEFT = 0.5
BETWEEN = 1.15
TINTS = LinearSegmentedColormap.from_list("tints", ["#FFFFFF", "#9ECAE1", BLUE, "#00263D"])


def picture(results: Results) -> Picture:
    """The figure for these results."""
    drawn = streetlight_of(results)
    text = headline(drawn.finding)
    return Picture(NAME, text, drawn.rows, StreetlightRow, lambda: _draw(results, drawn, text))


def _notes(results: Results, drawn: Streetlight) -> list[str]:
    if drawn.cut:
        who = f"communities with at least {FEWEST_YOUTH:,} youth aged 10-17"
    else:
        who = (
            f"all communities with youth (fewer than {FEWEST_COMMUNITIES} have at least "
            f"{FEWEST_YOUTH:,})"
        )
    interval = results.whiskers("Brackets and whiskers: 95% Monte-Carlo interval over replicates.")
    return [
        f"Under the baseline ({quoted(results.baseline.label)}), {results.span}: {who}, "
        f"{drawn.n_ranked:,} in a run, ranked anew in each run from 0 (least) to 100 (most). "
        "Reports: those published, true and false. Rates: per youth. A darker square holds "
        "more communities; if record and truth agreed, all would lie on the dashed diagonal. "
        "Dotted line in the bars: what luck alone would give, one in ten.",
        "Rank agreement: Spearman's correlation, 1 the same order, 0 no relation, \N{MINUS SIGN}1 "
        f"the reverse order; means over runs. {interval} {results.sizes([results.baseline])}.",
    ]


def _draw(results: Results, drawn: Streetlight, text: str) -> Figure:
    notes = _notes(results, drawn)
    if math.isnan(drawn.finding.counts.mean) and math.isnan(drawn.finding.rates.mean):
        return Page(text, 0.1, notes, f"{NAME}.csv").figure
    page = Page(text, SIDE + 2.2, notes, f"{NAME}.csv")
    left = LEFT
    most = max((r.value for r in drawn.rows if r.quantity == CELL), default=0.0) or 1.0
    shades = PowerNorm(0.5, 0, most)
    for kind in KINDS:
        mine = [row for row in drawn.rows if row.panel == kind]
        axes = page.axes(left, 0.3, SIDE, SIDE)
        agreement = next(row for row in mine if row.quantity == AGREEMENT)
        _grid(axes, mine, drawn.bins, shades, math.isfinite(agreement.value))
        axes.set_title(f"By {kind}: rank agreement {_with_interval(agreement)}", fontsize=9.5)
        word = "number" if kind == "counts" else "rate"
        axes.set_xlabel(f"rank by true {word} of victimizations")
        axes.set_ylabel(f"rank by {word} of reports")
        _top_share(page, left, SIDE + 0.85, next(row for row in mine if row.quantity == TOP))
        left += SIDE + BETWEEN
    _scale(page, page.inner / 2 - 1.5, SIDE + 1.7, shades, most)
    return page.figure


def _with_interval(row: StreetlightRow) -> str:
    if math.isnan(row.value):
        return "undefined"
    text = correlation(row.value)
    if math.isfinite(row.low):
        # On the scale of a correlation no interval reaches beyond 1.
        ends = [correlation(min(max(end, -1.0), 1.0)) for end in (row.low, row.high)]
        text += f" ({ends[0]} to {ends[1]})"
    return text


def _grid(
    axes: Axes, rows: Sequence[StreetlightRow], bins: int, shades: PowerNorm, ranked: bool
) -> None:
    cells = [row for row in rows if row.quantity == CELL]
    shares = np.array([row.value for row in cells]).reshape(bins, bins)
    edges = np.linspace(0, 100, bins + 1)
    axes.set(xlim=(0, 100), ylim=(0, 100), xticks=range(0, 101, 20), yticks=range(0, 101, 20))
    if not ranked:
        axes.text(50, 50, "cannot be ranked", ha="center", va="center", color=QUIET)
        return
    axes.pcolormesh(edges, edges, shares.T, cmap=TINTS, norm=shades)
    axes.plot([0, 100], [0, 100], color="white", linewidth=2.4, alpha=0.8)
    axes.plot([0, 100], [0, 100], color=INK, linestyle=(0, (4, 3)), linewidth=0.9)
    style: dict[str, Any] = {
        "facecolor": "none",
        "edgecolor": VERMILLION,
        "linewidth": 1.4,
        "clip_on": False,
    }
    axes.add_patch(Rectangle((0, 90), 100, 10, zorder=5, **style))
    label: dict[str, Any] = {"color": VERMILLION, "fontsize": SMALL_SIZE, "va": "bottom"}
    axes.text(2, 83.5, "reported top tenth", bbox=_white(), **label)


def _white() -> dict[str, Any]:
    return {"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.85}


def _top_share(page: Page, left: float, top: float, row: StreetlightRow) -> None:
    """A bar of 100: the reported top tenth, and how much of it is truly top."""
    kind = "most reports" if row.panel == "counts" else "highest rate of reports"
    title = f"Of the tenth with the {kind}, truly in the top tenth:"
    lines = wrap(title, SIDE + 0.3, SMALL_SIZE)
    page.lines(left, top, lines, SMALL_SIZE)
    axes = page.axes(left, top + len(lines) * line_height(SMALL_SIZE) + 0.05, SIDE, 0.26)
    axes.set(xlim=(0, 100), ylim=(-0.5, 0.5), yticks=[], xticks=range(0, 101, 20))
    axes.set_xticks(range(0, 101, 20), [f"{tick}%" for tick in range(0, 101, 20)])
    axes.spines[:].set_visible(False)
    axes.tick_params(axis="x", length=2, labelsize=7)
    if math.isnan(row.value):
        axes.text(0, 0, "cannot be told", va="center", color=QUIET)
        return
    axes.barh([0], [100], color="white", edgecolor=QUIET, linewidth=0.8, height=0.8)
    axes.barh([0], [row.value], color=VERMILLION, edgecolor=INK, linewidth=0.6, height=0.8)
    if math.isfinite(row.low):
        ends = np.clip([row.low, row.high], 0, 100)
        axes.plot(ends, [0, 0], color=INK, linewidth=1.4)
    axes.axvline(10, color=INK, linestyle=(0, (1.5, 1.5)), linewidth=1.0)
    page.lines(
        left + SIDE + 0.08,
        top + len(lines) * line_height(SMALL_SIZE) + 0.1,
        [percent(row.value)],
        TEXT_SIZE,
        weight="bold",
    )


def _scale(page: Page, left: float, top: float, shades: PowerNorm, most: float) -> None:
    """What the shades mean."""
    axes = page.axes(left, top, 3.0, 0.14)
    edges = np.linspace(0, most, 65)
    axes.pcolormesh(edges, [0, 1], [(edges[1:] + edges[:-1]) / 2], cmap=TINTS, norm=shades)
    axes.set(yticks=[])
    axes.set_xticks([0, most / 2, most], ["0", number(most / 2), number(most)])
    axes.tick_params(labelsize=7, length=2)
    axes.set_xlabel("communities in a square, per 100", fontsize=SMALL_SIZE, labelpad=1)
    axes.spines[:].set_color(RULE)
    axes.spines[:].set_visible(True)
