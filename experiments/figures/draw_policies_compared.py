"""Policies compared, drawn: a row a policy, a panel a measure, the baseline at zero."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from streetlight.experiments.figures.looks import BASELINE, INK, QUIET, RULE, look
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
from streetlight.experiments.figures.policies_compared import (
    IDENTIFIED,
    MEASURES,
    TOTAL,
    WORST,
    ComparedPolicies,
    ComparedRow,
    comparison_of,
    headline,
)
from streetlight.experiments.figures.spread import banded, draw_spread, note, signs
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy
from streetlight.experiments.figures.words import tick
from streetlight.experiments.labels import quoted
from streetlight.model.arrays import FloatArray

NAME = "policies_compared"
TITLES = {
    TOTAL: ("Person-years averted", "per 100,000 youth, all places"),
    WORST: ("Person-years averted", "per 100,000 youth, where least is averted"),
    IDENTIFIED: ("Youth identified", "more than under the baseline"),
}
LABEL_ROOM = 2.2
ROW = 0.4
FUTURES_BELOW = 0.12  # inches from a policy's mark down to the line of its futures
CLASS_ROOM = 0.78
BETWEEN = 0.25


def picture(results: ResultTables) -> Picture:
    """The figure for these results."""
    drawn = comparison_of(results)
    text = headline(drawn.total, drawn.worst, results.baseline.label)
    return Picture(NAME, text, drawn.rows, ComparedRow, lambda: _draw(results, drawn, text))


def _notes(results: ResultTables, rows: Sequence[ComparedRow]) -> list[str]:
    several = any(row.futures > 1 for row in rows)
    marks = results.whiskers("Framed bar: 95% Monte-Carlo interval of the mean over replicates.")
    if several and not banded(results):
        marks += " Pale line below: from the lowest to the highest future."
    marks += note(results, [row.future for row in rows])
    notes = [
        f"Differences to the baseline ({quoted(results.baseline.label)}) in the same simulated "
        f"worlds, {results.span}. Averted: person-years of exploitation under the baseline minus "
        "under the policy. Where least is averted: the kind of place with the least under that "
        "policy in the mean over runs, named at the right; worst_class_averted_per_100k in the "
        "tables is the mean of every run's own least, which is lower.",
        f"{marks} {results.sizes(results.policies)}. The headline compares all pairs of policies, "
        "at 95% together; a pair that is not clear at that level 'cannot be told'.",
    ]
    if any(row.is_oracle for row in rows):
        notes.append(
            "Policies that are told the truth are reference lines (in the middle "
            "panel in the kind of place where they avert least) and are not ranked."
        )
    return notes


def _draw(results: ResultTables, drawn: ComparedPolicies, text: str) -> Figure:
    rows, ranked = drawn.rows, results.ranked
    if not ranked:
        advice = "A policy added to the experiment is compared with the baseline here."
        return Page(text, 0.1, [advice], f"{NAME}.csv").figure
    oracles = [policy for policy in results.policies if policy.is_oracle]
    labels = [wrap(policy.label, LABEL_ROOM, TEXT_SIZE) for policy in ranked]
    heights = [max(ROW, len(label) * line_height(TEXT_SIZE) + 0.1) for label in labels]
    name = f"baseline: {results.baseline.label}"
    entries = [Sign(name, line={"color": BASELINE, "linewidth": 1.6})]
    entries += [Sign(policy.label, line=_dashed(policy)) for policy in oracles]
    framed = {"facecolor": BASELINE, "edgecolor": INK, "linewidth": 0.6}
    entries += signs(results, {"patch": framed, "line": None})
    inner = 9.3
    head = key_height(entries, inner) + 0.55
    body = head + sum(heights) + 0.3
    page = Page(text, body, _notes(results, rows), f"{NAME}.csv")
    page.key(0, 0, entries, inner)
    left = 0.15 + max(text_width(line, TEXT_SIZE) for label in labels for line in label)
    panel = (inner - left - CLASS_ROOM - 2 * BETWEEN - 0.1) / 3
    centres = np.cumsum(heights) - np.array(heights) / 2
    for label, centre in zip(labels, centres, strict=True):
        page.lines(0, head + centre - len(label) * line_height(TEXT_SIZE) / 2, label)
    for measure in MEASURES:
        axes = page.axes(left, head, panel, sum(heights))
        axes.set_ylim(sum(heights), 0)
        mine = {row.policy: row for row in rows if row.measure == measure}
        _panel(axes, mine, ranked, oracles, centres)
        _marks(axes, mine, ranked, centres)
        _title(axes, measure)
        left += panel + BETWEEN
        if measure == WORST:
            _name_classes(axes, mine, ranked, centres)
            left += CLASS_ROOM
    return page.figure


def _title(axes: Axes, measure: str) -> None:
    """The measure in bold and its unit below, above the panel's left edge."""
    for line, words in enumerate(TITLES[measure]):
        axes.annotate(
            words,
            (0, 1),
            (0, 18 - 12 * line),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=TEXT_SIZE if line == 0 else SMALL_SIZE,
            weight="bold" if line == 0 else "normal",
        )


def _dashed(policy: ShownPolicy) -> dict[str, Any]:
    mine = look(policy)
    return {"color": mine.colour, "linestyle": (0, mine.dash), "linewidth": 1.3}


def _panel(
    axes: Axes,
    rows: Mapping[str, ComparedRow],
    ranked: Sequence[ShownPolicy],
    oracles: Sequence[ShownPolicy],
    centres: FloatArray,
) -> None:
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: tick(value))
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    for edge in (centres[1:] + centres[:-1]) / 2:
        axes.axhline(float(edge), color=RULE, linewidth=0.5, zorder=0)
    axes.axvline(0, color=BASELINE, linewidth=1.6, zorder=2)
    for policy in oracles:
        value = rows[policy.name].difference
        if math.isfinite(value):
            axes.axvline(value, zorder=2, **_dashed(policy))
    extent = [v for r in rows.values() for v in (r.difference, r.low, r.high, r.future_highest)]
    if not any(value for value in extent if math.isfinite(value)):
        axes.set_xlim(-1, 1)  # all exactly zero: no scale of its own


def _marks(
    axes: Axes,
    rows: Mapping[str, ComparedRow],
    ranked: Sequence[ShownPolicy],
    centres: FloatArray,
) -> None:
    for policy, y in zip(ranked, centres, strict=True):
        row, mine = rows[policy.name], look(policy)
        if math.isnan(row.difference):
            axes.text(0, y, " undefined", va="center_baseline", fontsize=SMALL_SIZE, color=QUIET)
            continue
        pale, below = mine.pale, y + FUTURES_BELOW
        if row.futures > 1 and not row.future.has_band:
            ends = [row.future_lowest, row.future_highest]
            axes.plot(ends, [below] * 2, color=pale, linewidth=1.0, zorder=3)
        draw_spread(axes, row.future, below, pale, zorder=3)
        if math.isfinite(row.low):
            axes.plot([row.low, row.high], [y, y], color=INK, linewidth=5.2, zorder=4)
            axes.plot([row.low, row.high], [y, y], color=mine.colour, linewidth=4.0, zorder=4)
        axes.plot(
            [row.difference],
            [y],
            marker=mine.marker,
            markersize=6.5,
            color=mine.colour,
            markeredgecolor=INK,
            markeredgewidth=0.8,
            zorder=5,
        )


def _name_classes(
    axes: Axes, rows: Mapping[str, ComparedRow], ranked: Sequence[ShownPolicy], centres: FloatArray
) -> None:
    for policy, y in zip(ranked, centres, strict=True):
        if math.isfinite(rows[policy.name].difference):
            axes.annotate(
                rows[policy.name].place_class,
                (1, y),
                (4, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                va="center",
                fontsize=SMALL_SIZE,
                color=QUIET,
            )
