"""Streetlight effect, drawn: from the rank by reports to the rank by truth, by counts and rates."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from streetlight.experiments.figures.looks import INK, QUIET, VERMILLION
from streetlight.experiments.figures.page import TEXT_SIZE, Page, line_height, wrap
from streetlight.experiments.figures.picture import Picture
from streetlight.experiments.figures.streetlight_effect import (
    AGREEMENT,
    FEWEST_COMMUNITIES,
    FEWEST_YOUTH,
    FLOW,
    KINDS,
    LINE,
    MOST_LINES,
    TENTHS,
    TOP,
    TOP_TENTH,
    Streetlight,
    StreetlightRow,
    headline,
    in_words,
    of_top,
    streetlight_of,
)
from streetlight.experiments.figures.tables import ResultTables
from streetlight.experiments.figures.words import correlation, percent
from streetlight.experiments.labels import quoted

NAME = "streetlight_effect"
WIDTH, HEIGHT = 3.45, 4.3
LEFT, BETWEEN = 0.5, 1.4
HEAD = 0.62
#: Grey of all communities, and the lighter vermillion of the reported top tenth's flow.
FLOW_GREY, FLOW_TOP, LINE_GREY = "#B8B8B8", "#F3C3A3", "#A8A8A8"


def picture(results: ResultTables) -> Picture:
    """The figure for these results."""
    drawn = streetlight_of(results)
    text = headline(drawn.finding)
    return Picture(NAME, text, drawn.rows, StreetlightRow, lambda: _draw(results, drawn, text))


def _draw(results: ResultTables, drawn: Streetlight, text: str) -> Figure:
    notes = _notes(results, drawn)
    if not drawn.example:
        return Page(text, 0.1, notes, f"{NAME}.csv").figure
    said = {kind: _said(drawn, kind) for kind in KINDS}
    below = max(len(lines) for lines in said.values()) * line_height(TEXT_SIZE)
    page = Page(text, HEAD + HEIGHT + 0.15 + below, notes, f"{NAME}.csv")
    left = LEFT
    for kind in KINDS:
        mine = [row for row in drawn.rows if row.panel == kind]
        agreement = next(row for row in mine if row.quantity == AGREEMENT)
        title = f"By {kind}: rank agreement {_with_interval(agreement)}"
        page.lines(left - 0.3, 0, [title], 9.5, weight="bold")
        per = "number" if kind == "counts" else "per 1,000 youth"
        right = left + WIDTH + 0.3
        page.lines(left - 0.3, 0.28, [f"rank by reports, {per}"], color=QUIET)
        page.lines(right, 0.28, [f"by truth, {per}"], color=QUIET, ha="right")
        _panel(page.axes(left, HEAD, WIDTH, HEIGHT), mine, drawn, kind in drawn.example)
        page.lines(left - 0.3, HEAD + HEIGHT + 0.15, said[kind], TEXT_SIZE)
        left += WIDTH + BETWEEN
    return page.figure


def _panel(axes: Axes, rows: Sequence[StreetlightRow], drawn: Streetlight, ranked: bool) -> None:
    """Two axes of ranks, most on top; between them flows, lines, the reported top in colour."""
    n = max(drawn.n_example, 2)
    axes.set(xlim=(0, 1), ylim=(n + 0.5, 0.5), xticks=[])
    ticks = sorted({1, *(max(1, round(n * k / 4)) for k in range(1, 5))})
    axes.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.spines["bottom"].set_visible(False)
    axes.spines["right"].set_visible(True)
    axes.tick_params(right=True, labelright=True)
    if not ranked:
        axes.text(0.5, n / 2, "cannot be ranked", ha="center", va="center", color=QUIET)
        return
    _flows(axes, [row for row in rows if row.quantity == FLOW], n)
    lines = [row for row in rows if row.quantity == LINE]
    others = [row for row in lines if row.value < 1]
    axes.add_collection(_segments(others, color=LINE_GREY, linewidth=0.8, zorder=2))
    top = [row for row in lines if row.value == 1]
    axes.add_collection(_segments(top, color=VERMILLION, linewidth=1.6, zorder=3))
    for x, ranks in (
        (0.0, [row.reported_rank_from for row in top]),
        (1.0, [row.true_rank_from for row in top]),
    ):
        axes.plot(
            [x] * len(ranks), ranks, "o", color=VERMILLION, markersize=4, clip_on=False, zorder=4
        )


def _segments(rows: Sequence[StreetlightRow], **style: object) -> LineCollection:
    ends = [[(0, row.reported_rank_from), (1, row.true_rank_from)] for row in rows]
    return LineCollection(ends, **style)  # type: ignore[arg-type]  # as matplotlib has it


def _flows(axes: Axes, rows: Sequence[StreetlightRow], n: int) -> None:
    """Ribbons as wide as their share; on both sides in the order of the other side's tenths."""
    if not rows:
        return
    flow = np.array([row.value for row in rows]).reshape(TENTHS, TENTHS)
    scale = n / flow.sum()
    left = scale * np.cumsum(flow.ravel()).reshape(TENTHS, TENTHS) + 0.5
    right = scale * np.cumsum(flow.T.ravel()).reshape(TENTHS, TENTHS).T + 0.5
    shapes = [
        [
            (0, left[k] - scale * flow[k]),
            (1, right[k] - scale * flow[k]),
            (1, right[k]),
            (0, left[k]),
        ]
        for k in np.ndindex(TENTHS, TENTHS)
    ]
    rest, top = shapes[TENTHS:], shapes[:TENTHS]
    axes.add_collection(PolyCollection(rest, facecolors=FLOW_GREY, alpha=0.45, linewidths=0))
    axes.add_collection(
        PolyCollection(top, facecolors=FLOW_TOP, alpha=0.8, linewidths=0, zorder=1.5)
    )
    for x, edges in ((0.0, left[:-1, -1]), (1.0, right[-1, :-1])):
        axes.plot(
            [x] * len(edges), edges, linestyle="", marker="_", color=INK, markersize=5, zorder=2
        )


def _with_interval(row: StreetlightRow) -> str:
    if math.isnan(row.value):
        return "undefined"
    text = correlation(row.value)
    if math.isfinite(row.low):
        # On the scale of a correlation no interval reaches beyond 1.
        ends = [correlation(min(max(end, -1.0), 1.0)) for end in (row.low, row.high)]
        text += f" ({ends[0]} to {ends[1]})"
    return text


def _said(drawn: Streetlight, kind: str) -> list[str]:
    """The lines below a panel: how much of the reported top is truly top."""
    rows = {row.quantity: row for row in drawn.rows if row.panel == kind and row.quantity != LINE}
    top, tenth = rows[TOP], rows[TOP_TENTH]
    if math.isnan(top.value):
        return wrap("How much of the reported top is truly top cannot be told.", WIDTH + 0.6)
    size = drawn.finding.size
    ends = [of_top(min(max(end, 0.0), size)) for end in (top.low, top.high) if math.isfinite(end)]
    interval = f" ({' to '.join(ends)})" if ends else ""
    verb = "is" if of_top(top.value) == "1" else "are"
    lines = wrap(
        f"Of the reported top {in_words(size)}, {of_top(top.value)}{interval} {verb} truly in the "
        f"top {in_words(size)}; by luck alone {of_top(drawn.finding.luck)}.",
        WIDTH + 0.6,
    )
    if math.isfinite(tenth.value) and drawn.n_ranked > MOST_LINES:
        ends = [
            percent(min(max(end, 0.0), 100.0))
            for end in (tenth.low, tenth.high)
            if math.isfinite(end)
        ]
        interval = f" ({' to '.join(ends)})" if ends else ""
        lines += wrap(
            f"Of the reported top tenth, {percent(tenth.value)}{interval}; by luck 10%.",
            WIDTH + 0.6,
        )
    surely = sum(r.value == 1 for r in drawn.rows if r.panel == kind and r.quantity == LINE)
    if surely < size:
        places = "place" if size - surely == 1 else f"{in_words(size - surely)} places"
        lines += wrap(
            f"In the run drawn, communities tie for the last {places} of the reported top "
            f"{in_words(size)}; they are not in colour.",
            WIDTH + 0.6,
        )
    return lines


def _notes(results: ResultTables, drawn: Streetlight) -> list[str]:
    if drawn.cut:
        who = f"communities with at least {FEWEST_YOUTH:,} youth aged 10-17"
    else:
        who = (
            f"all communities with youth (fewer than {FEWEST_COMMUNITIES} have at least "
            f"{FEWEST_YOUTH:,})"
        )
    interval = results.whiskers("Brackets: 95% Monte-Carlo interval over replicates.")
    notes = [
        f"Under the baseline ({quoted(results.baseline.label)}), {results.span}: {who}, "
        f"{drawn.n_ranked:,} in a run, ranked anew in each run; rank 1 is the most. Ranks are of "
        "simulated communities and have no names: they say nothing of any real place. Reports: "
        "those published, true and false; a community that published in no year has none. "
        "Communities that tie share a rank and their part of a top.",
    ]
    if drawn.example:
        notes.append(_how_to_read(results, drawn))
    notes.append(
        "Rank agreement: Spearman's correlation, 1 the same order, 0 no relation, \N{MINUS SIGN}1 "
        "the reverse order. Numbers are means over all runs. The metrics of the comparison rank "
        "all communities with youth, whatever their number, by rates, and break ties by the order "
        f"of the file. {interval} {results.sizes([results.baseline])}."
    )
    return notes


def _how_to_read(results: ResultTables, drawn: Streetlight) -> str:
    """What a line and a ribbon are, and which run is the example."""
    world = next(iter(drawn.example.values()))
    run = (
        f"one run as an example (future {quoted(results.futures[results.future[world]])}, "
        f"replicate {results.replicate[world]})"
    )
    top = in_words(drawn.finding.size)
    if drawn.n_ranked > MOST_LINES:
        return (
            f"Ribbons: communities from each tenth by reports to each tenth by truth, as wide as "
            f"their share over all runs; light colour, the reported top tenth. Lines: the reported "
            f"top {top} in {run}."
        )
    return f"A line is a community in {run}; in colour, the reported top {top}."
