"""Iceberg, drawn: bars of 100 victimizations around a waterline, one panel a kind of place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from streetlight.experiments.figures.iceberg import IcebergRow, finding_of, headline, rows_of
from streetlight.experiments.figures.looks import BLUE, INK, QUIET, RULE, WATER, look
from streetlight.experiments.figures.page import (
    SMALL_SIZE,
    Page,
    Sign,
    key_height,
    line_height,
    text_width,
    wrap,
)
from streetlight.experiments.figures.picture import Picture
from streetlight.experiments.figures.spread import PALE, draw_spread, note, signs
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy
from streetlight.experiments.figures.words import PLACE_TITLES, percent
from streetlight.model.arrays import IntArray
from streetlight.model.names import CLASSES

NAME = "iceberg"
PAGE_WIDTH = 10.0
PANEL_HEIGHT = 2.7
LEFT = 0.65  # room for the axis labels
BAR = 0.72  # of a policy's room
# Room a policy's label may take when it stands on its side: the first that keeps it in its slot.
LABEL_ROOMS = (1.1, 1.6, 2.4)
WHISKER = "Whisker: 95% Monte-Carlo interval of the identified share over replicates, cut at 0."
BESIDE = "beside the bar, of its part that is not reported"
# Height below which a part of a bar, per 100, has no room for its number.
LEAST_LABELLED = 6.5
MOST_POLICIES_IN_TWO_COLUMNS = 8


def picture(results: ResultTables) -> Picture:
    """The figure for these results."""
    rows = rows_of(results)
    text = headline(finding_of(results, rows))
    return Picture(NAME, text, rows, IcebergRow, lambda: _draw(results, rows, text))


def _notes(results: ResultTables, rows: Sequence[IcebergRow]) -> list[str]:
    notes = [
        f"Per 100 victimizations that began in that kind of place, {results.span}. "
        "Above the waterline: identified. Just under it: reported to someone who keeps a list, but "
        "not identified. Below: what is left of the 100, not reported in these years. The figures "
        "are means over futures.",
        "Reported and identified is what happens in these years, also to youth whose victimization "
        "began before them; what began in them and is reported later is not counted. The shares of "
        "the figure on patterns differ a little, as those follow first victimizations for years.",
        f"{results.whiskers(WHISKER)} {results.sizes(results.policies)}."
        f"{note(results, [row.never_reported_future for row in rows], BESIDE)}",
    ]
    if any(r.known_not_identified + r.never_reported + r.identified > 100.0001 for r in rows):
        notes.append(
            "Some bars are longer than 100: reports in the policy years can concern victimizations "
            "that began before them."
        )
    if any(policy.is_oracle for policy in results.policies):
        notes.append("Policies that are told the truth are references, not choices on offer.")
    return notes


def _signs(policy: ShownPolicy) -> list[Sign]:
    mine = look(policy)
    edge = {"edgecolor": INK, "linewidth": 0.6}
    return [
        Sign("identified", patch={"facecolor": mine.colour, **edge}),
        Sign(
            "known, not identified",
            patch={"facecolor": mine.tint(0.35), "hatch": "////", **edge},
        ),
        Sign("not reported", patch={"facecolor": mine.tint(0.1), **edge}),
    ]


def _draw(results: ResultTables, rows: Sequence[IcebergRow], text: str) -> Figure:
    policies = results.policies
    if all(math.isnan(row.identified) for row in rows):
        return Page(text, 0.1, _notes(results, rows), f"{NAME}.csv").figure
    n_columns = (
        2 if len(policies) <= MOST_POLICIES_IN_TWO_COLUMNS and len(results.places) > 1 else 1
    )
    n_rows = -(-len(results.places) // n_columns)
    slots = max(len(policies), 3)
    inner = PAGE_WIDTH - 0.7
    labels, upright, deepest = _labels(policies, (inner / n_columns - LEFT) / slots)
    lines = max(len(label) for label in labels)
    # A label on its side needs as many line heights as it has lines.
    slot = (inner / n_columns - LEFT) / slots
    if not upright:
        slot = max(slot, lines * line_height(SMALL_SIZE) + 0.1)
    panel = slot * slots
    width = max(PAGE_WIDTH, n_columns * (panel + LEFT) + 0.7)
    entries = [*_signs(results.baseline), *signs(results)]
    head = key_height(entries, inner) + 0.45
    step = PANEL_HEIGHT + 0.45
    page = Page(
        text,
        head + n_rows * step - 0.45 + deepest + 0.15,
        _notes(results, rows),
        f"{NAME}.csv",
        width,
    )
    page.key(0, 0, entries, inner)
    top = max((_top(row) for row in rows), default=10.0)
    for place, k in enumerate(results.places):
        column, line = place % n_columns, place // n_columns
        axes = page.axes(column * (panel + LEFT) + LEFT, head + line * step, panel, PANEL_HEIGHT)
        mine = [row for row in rows if row.place_class == CLASSES[k]]
        _panel(axes, mine, policies, top)
        axes.set_title(PLACE_TITLES[k])
        axes.set_xlim(-0.5 - (slots - len(policies)) / 2, slots - 0.5 - (slots - len(policies)) / 2)
        if column == 0:
            axes.set_ylabel("per 100 victimizations")
        if place + n_columns >= len(results.places):
            _label_bars(axes, labels, upright)
    return page.figure


def _top(row: IcebergRow) -> float:
    """How far above the waterline a bar and its whisker reach, with room for the number."""
    parts = [v for v in (row.identified, row.identified_high) if math.isfinite(v)]
    return max(parts, default=0.0)


def _labels(policies: Sequence[ShownPolicy], slot: float) -> tuple[list[list[str]], bool, float]:
    """Wrapped labels, whether they stand upright (else on their side), and the room they need."""
    names = [p.label + (" (baseline)" if p.is_baseline else "") for p in policies]
    upright = [wrap(name, slot - 0.08, SMALL_SIZE) for name in names]
    broken = any(
        text_width(word, SMALL_SIZE) > slot - 0.08 for name in names for word in name.split()
    )
    height = line_height(SMALL_SIZE)
    if not broken and max(len(label) for label in upright) <= 3:
        return upright, True, max(len(label) for label in upright) * height + 0.1
    for room in LABEL_ROOMS:
        turned = [wrap(name, room, SMALL_SIZE) for name in names]
        if max(len(label) for label in turned) * height + 0.06 <= slot:
            break
    longest = max(text_width(line, SMALL_SIZE) for label in turned for line in label)
    return turned, False, longest + 0.15


def _label_bars(axes: Axes, labels: Sequence[Sequence[str]], upright: bool) -> None:
    axes.set_xticks(
        range(len(labels)),
        ["\n".join(label) for label in labels],
        rotation=0 if upright else 90,
        linespacing=1.15,
        multialignment="center" if upright else "right",
    )


def _panel(
    axes: Axes, rows: Sequence[IcebergRow], policies: Sequence[ShownPolicy], top: float
) -> None:
    ceiling = max(top * 1.15 + 9, 15.0)
    axes.set_ylim(-104, ceiling)
    axes.axhspan(-104, 0, color=WATER, linewidth=0, zorder=0)
    axes.set_yticks([-100, -75, -50, -25, 0], ["100", "75", "50", "25", "0"])
    if ceiling > 32:
        above = [v for v in (25, 50, 75, 100) if v < ceiling - 5]
        axes.set_yticks([*axes.get_yticks(), *above], [*_tick_texts(axes), *map(str, above)])
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    axes.tick_params(axis="x", length=0)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    if all(math.isnan(row.identified) for row in rows):
        axes.text(0.5, 0.5, "no victimization began here", transform=axes.transAxes, ha="center")
        return
    _bars(axes, rows, policies)
    axes.axhline(0, color=BLUE, linewidth=2.2, zorder=4)
    for x, row in enumerate(rows):
        _number(axes, x, row)


def _tick_texts(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def _bars(axes: Axes, rows: Sequence[IcebergRow], policies: Sequence[ShownPolicy]) -> None:
    x: IntArray = np.arange(len(rows))
    looks = [look(policy) for policy in policies]
    known = np.nan_to_num([row.known_not_identified for row in rows])
    edge: dict[str, Any] = {"edgecolor": INK, "linewidth": 0.6, "width": BAR, "zorder": 3}
    identified = np.nan_to_num([row.identified for row in rows])
    axes.bar(x, identified, color=[one.colour for one in looks], label="identified", **edge)
    axes.bar(
        x, -known, color=[one.tint(0.35) for one in looks], hatch="////", label="known", **edge
    )
    never = np.nan_to_num([row.never_reported for row in rows])
    axes.bar(
        x, -never, bottom=-known, color=[one.tint(0.1) for one in looks], label="never", **edge
    )
    for k, row in enumerate(rows):
        if math.isfinite(row.identified_low):
            ends = [max(row.identified_low, 0.0), row.identified_high]
            axes.plot([k, k], ends, color=INK, linewidth=1.1, zorder=5)
        # From the bottom of the bar up, where the share begins.
        bottom = row.known_not_identified + row.never_reported
        part = row.never_reported_future.moved(-bottom)
        draw_spread(axes, part, k + BAR / 2 + 0.08, PALE, upright=True, zorder=4)


def _number(axes: Axes, x: int, row: IcebergRow) -> None:
    """The numbers of one bar, where they fit."""
    if math.isnan(row.identified):
        axes.text(x, -50, "none\nbegan", ha="center", va="center", fontsize=SMALL_SIZE, color=QUIET)
        return
    style: dict[str, Any] = {"ha": "center", "fontsize": SMALL_SIZE, "zorder": 6}
    axes.text(x, _top(row) + 1.5, percent(row.identified), va="bottom", weight="bold", **style)
    if row.known_not_identified >= LEAST_LABELLED:
        middle = -row.known_not_identified / 2
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        axes.text(x, middle, percent(row.known_not_identified), va="center", bbox=box, **style)
    if row.never_reported >= LEAST_LABELLED:
        middle = -row.known_not_identified - row.never_reported / 2
        axes.text(x, middle, percent(row.never_reported), va="center", **style)
