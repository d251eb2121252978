"""What another dollar buys, drawn: spending against gain, and the price of one more gained."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from streetlight.experiments.figures.another_dollar import (
    FILE,
    SPENDING,
    DollarRow,
    Dollars,
    dollars_of,
    same_budget,
)
from streetlight.experiments.figures.dollar_words import AVERTED, IDENTIFIED, MEASURES, headline
from streetlight.experiments.figures.group_panels import marker, panel_title
from streetlight.experiments.figures.looks import BASELINE, INK, QUIET, RULE, look
from streetlight.experiments.figures.page import (
    SMALL_SIZE,
    TEXT_SIZE,
    Page,
    key_height,
    line_height,
    text_width,
    wrap,
)
from streetlight.experiments.figures.picture import Absent, Picture
from streetlight.experiments.figures.spread import draw_spread, note, signs
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy, lacking
from streetlight.experiments.figures.words import dollars, tick
from streetlight.model.arrays import FloatArray

NAME = "another_dollar"
# Gains of a smaller size than this are rounding.
LEAST_GAIN = 1e-9
PLANES = {
    AVERTED: ("Person-years averted", "per 100,000 youth, against money spent"),
    IDENTIFIED: ("Youth identified", "more, per 100,000 youth, against money spent"),
}
PRICES = {
    AVERTED: ("Price of a person-year averted", "dollars"),
    IDENTIFIED: ("Price of one more youth identified", "dollars"),
}
WIDTH = 9.3
BESIDE = "right of the marks above, in the order of the list, of what is gained"
LABEL_ROOM = 2.2
PLANE_HEIGHT = 2.5
TITLE_ROOM = 0.42
ROW = 0.28
BETWEEN = 0.9
FLAG_ROOM = 0.75
# Prices further apart than this are shown on a logarithmic scale.
WIDE = 20.0
# Shares of the range of spending: policies that spend this nearly the same have their bands side by
# side, each in a strip of this width.
SAME_PLACE, BAND_ROOM = 0.02, 0.02


def picture(results: ResultTables) -> Picture | Absent:
    """The figure for these results."""
    if lacking(results, FILE, (SPENDING,)):
        command = f"streetlight run {results.folder.name}"
        return Absent(NAME, f"{FILE} has no column {SPENDING}", command)
    drawn = dollars_of(results)
    text = headline(drawn.finding)
    return Picture(NAME, text, drawn.rows, DollarRow, lambda: _draw(results, drawn, text))


def _notes(results: ResultTables, rows: Sequence[DollarRow]) -> list[str]:
    spreads = [row.gained_future for row in rows if not row.is_baseline]
    futures = note(results, spreads, BESIDE, dots=False)
    notes = [
        "How to read this: above, each mark is a policy, further right the more it spends and "
        "higher the more it gains than the baseline in the same simulated worlds, "
        f"{results.span}; the line joins the policies that gain most for what they spend, by means "
        "(efficient frontier). Below: what one more gained costs, money and gains both counted "
        "against the baseline. Pale mark: dominated, another policy on offer or the baseline costs "
        "no more (within 1%) and gains clearly more, all pairs at 95% together.",
        f"{results.whiskers('Whiskers: 95% Monte-Carlo interval over replicates.')} "
        f"{results.sizes(results.policies)}. A price is undefined where the interval of what is "
        f"gained covers 0 or lies below it.{futures}",
    ]
    if same_budget(rows):
        notes.append(
            "All policies on offer spend nearly the same (within 5%), so this compares what one "
            "budget buys and not what a larger one would."
        )
    if any(policy.is_oracle for policy in results.policies):
        notes.append(
            "Policies that are told the truth are references, not choices on offer: neither on the "
            "frontier nor dominating."
        )
    return notes


def _draw(results: ResultTables, drawn: Dollars, text: str) -> Figure:
    listed = in_list(results)
    notes = _notes(results, drawn.rows)
    if not results.ranked or not drawn.finding.spends:
        return Page(text, 0.1, notes, f"{NAME}.csv").figure
    labels = [wrap(policy.label, LABEL_ROOM, TEXT_SIZE) for policy in listed]
    heights = [max(ROW, len(label) * line_height(TEXT_SIZE) + 0.08) for label in labels]
    edges = np.concatenate([[0.0], np.cumsum(heights)])
    entries = signs(results, dots=False)
    first = (key_height(entries, WIDTH) + 0.1 if entries else 0.0) + TITLE_ROOM
    second = first + PLANE_HEIGHT + 0.65 + TITLE_ROOM
    page = Page(text, second + float(edges[-1]) + 0.5, notes, f"{NAME}.csv")
    if entries:
        page.key(0, 0, entries, WIDTH)
    plane = (WIDTH - 0.55 - BETWEEN) / 2
    left = 0.3 + max(text_width(line, TEXT_SIZE) for label in labels for line in label)
    price = (WIDTH - left - 2 * FLAG_ROOM - 0.35) / 2
    for policy, label, top, height in zip(listed, labels, edges, heights, strict=False):
        middle = second + float(top) + height / 2
        page.lines(0.22, middle - len(label) * line_height(TEXT_SIZE) / 2, label)
        page.sheet.plot([0.07], [middle], linestyle="none", **marker(policy, 6.0))
    for k, measure in enumerate(MEASURES):
        rows = {row.policy: row for row in drawn.rows if row.measure == measure}
        axes = page.axes(0.55 + k * (plane + BETWEEN), first, plane, PLANE_HEIGHT)
        _plane(axes, results, rows)
        panel_title(axes, *PLANES[measure])
        axes = page.axes(left + k * (price + FLAG_ROOM + 0.35), second, price, float(edges[-1]))
        _prices(axes, listed, rows, edges)
        panel_title(axes, *PRICES[measure])
    return page.figure


def in_list(results: ResultTables) -> list[ShownPolicy]:
    """The policies in the order of the list: those on offer, then those told the truth."""
    return [*results.ranked, *(p for p in results.policies if p.is_oracle)]


def _plane(axes: Axes, results: ResultTables, rows: Mapping[str, DollarRow]) -> None:
    axes.grid(color=RULE, linewidth=0.6)
    axes.locator_params(nbins=5)
    axes.axhline(0, color=BASELINE, linewidth=1.0, zorder=1)
    axes.yaxis.set_major_formatter(lambda value, _: tick(value))
    axes.xaxis.set_major_formatter(lambda value, _: dollars(value))
    yearly = any(row.yearly for row in rows.values())
    axes.set_xlabel(f"more spent than the baseline, per youth{' a year' if yearly else ''}")
    hull = sorted((r.spent, r.gained) for r in rows.values() if r.on_frontier)
    axes.plot([x for x, _ in hull], [y for _, y in hull], color=QUIET, linewidth=1.2, zorder=2)
    _gains(axes, results, rows)
    # Those that gain least first, so that the frontier's marks lie on top.
    for policy in sorted(results.policies, key=lambda p: rows[p.name].on_frontier):
        row = rows[policy.name]
        if not (math.isfinite(row.spent) and math.isfinite(row.gained)):
            continue
        if math.isfinite(row.gained_low):
            ends = [row.gained_low, row.gained_high]
            axes.plot([row.spent] * 2, ends, color=INK, linewidth=0.8, zorder=3)
        style = marker(policy, 6.5)
        if row.dominated_by:
            style["markerfacecolor"] = look(policy).tint(0.3)
        axes.plot([row.spent], [row.gained], linestyle="none", zorder=4, **style)
    if max(map(abs, axes.get_ylim())) < LEAST_GAIN:  # nothing but what rounding leaves
        axes.set_ylim(-1.0, 1.0)


def _gains(axes: Axes, results: ResultTables, rows: Mapping[str, DollarRow]) -> None:
    """How what is gained spreads over futures, right of each mark.

    Of policies that spend nearly the same each has a place of its own, in the order of the list.
    """
    listed = [p for p in in_list(results) if rows[p.name].gained_future.has_band]
    spent = {p.name: rows[p.name].spent for p in listed}
    width = max([*spent.values(), 0.0]) - min([*spent.values(), 0.0])
    right = axes.get_xlim()[1]
    for policy in listed:
        near = [p for p in listed if abs(spent[p.name] - spent[policy.name]) <= SAME_PLACE * width]
        x = max(spent[p.name] for p in near) + width * (0.035 + BAND_ROOM * near.index(policy))
        one = rows[policy.name].gained_future
        draw_spread(axes, one, x, look(policy).pale, upright=True, zorder=2)
        right = max(right, x + BAND_ROOM * width)
    axes.set_xlim(right=right)


def _prices(
    axes: Axes, listed: Sequence[ShownPolicy], rows: Mapping[str, DollarRow], edges: FloatArray
) -> None:
    axes.set_ylim(float(edges[-1]), 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    for edge in edges:
        axes.axhline(float(edge), color=RULE, linewidth=0.5, zorder=0)
    mine = [rows[policy.name] for policy in listed]
    ends = [v for r in mine for v in (r.dollars, r.dollars_low, r.dollars_high) if v > 0]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    if low and high / low > WIDE:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.3, high * 1.3)
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        axes.set_xlabel("logarithmic scale", fontsize=SMALL_SIZE)
    else:
        room = 0.06 * (high - low) or 0.1 * high
        axes.set_xlim(max(low - room, 0.0), high + room)
        axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: dollars(value))
    axes.xaxis.set_minor_formatter(lambda value, _: "")
    for k, (policy, row) in enumerate(zip(listed, mine, strict=True)):
        _price(axes, policy, row, float(edges[k] + edges[k + 1]) / 2)


def _price(axes: Axes, policy: ShownPolicy, row: DollarRow, y: float) -> None:
    flag = "dominated" if row.dominated_by else ""
    if math.isnan(row.dollars):
        where: dict[str, Any] = {
            "xycoords": ("axes fraction", "data"),
            "textcoords": "offset points",
        }
        why = "undefined: gains less" if row.gained_high < 0 else "undefined"
        axes.annotate(why, (0, y), (4, 0), va="center", fontsize=SMALL_SIZE, color=QUIET, **where)
    else:
        if math.isfinite(row.dollars_low):
            ends = [row.dollars_low, row.dollars_high]
            axes.plot(ends, [y, y], color=INK, linewidth=1.0, zorder=3)
        style = marker(policy, 6.0)
        if row.dominated_by:
            style["markerfacecolor"] = look(policy).tint(0.3)
        axes.plot([row.dollars], [y], linestyle="none", zorder=4, **style)
    if flag:
        axes.annotate(
            flag,
            (1, y),
            (4, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=SMALL_SIZE,
            color=QUIET,
        )
