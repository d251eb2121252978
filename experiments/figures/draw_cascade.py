"""Cascade, drawn: bars from exploited to served, the baseline beside one policy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from streetlight.experiments.figures.cascade import (
    ASIDE,
    STEPS,
    CascadeRow,
    best_policy,
    finding_of,
    headline,
    rows_of,
)
from streetlight.experiments.figures.looks import INK, QUIET, RULE, look
from streetlight.experiments.figures.page import SMALL_SIZE, Page, Sign, key_height
from streetlight.experiments.figures.picture import Picture
from streetlight.experiments.figures.spread import draw_spread, note, signs
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy
from streetlight.experiments.figures.words import MINUS, PLACE_TITLES, tenths
from streetlight.model.arrays import FloatArray, IntArray
from streetlight.model.names import CLASSES

NAME = "cascade"
LEFT = 1.85
LOST = 0.62  # room right of the bars for what is lost
GAP = 0.35
ROW = 0.36
TOP = 0.42
LANE = 0.3  # of a policy's room, for how futures spread


def picture(results: ResultTables) -> Picture:
    """The figure for these results."""
    best = best_policy(results)
    policies = [results.baseline] + ([best] if best else [])
    rows = rows_of(results, policies)
    text = headline(finding_of(results, best))
    return Picture(NAME, text, rows, CascadeRow, lambda: _draw(results, rows, policies, text))


def _notes(
    results: ResultTables, rows: Sequence[CascadeRow], policies: Sequence[ShownPolicy]
) -> list[str]:
    notes = [
        f"Per 100 victimizations that began in that kind of place, {results.span}; a youth "
        "exploited twice counts twice. Seen by someone else: the youth told someone, the public "
        "noticed or a responder recognised it. 'Lost' is the drop from one step to the next under "
        "the baseline, the largest in bold.",
    ]
    if len(policies) > 1:
        notes[0] += (
            " The policy beside the baseline is the one that averts most person-years on average."
        )
    notes += _waiting(rows)
    whiskers = results.whiskers("Whisker: 95% Monte-Carlo interval over replicates, cut at 0.")
    spreads = [row.future for row in rows if row.step != STEPS[0].label]
    futures = note(results, spreads, "below each bar", dots=False)
    return [*notes, f"{whiskers} {results.sizes(policies)}.{futures}"]


def _waiting(rows: Sequence[CascadeRow]) -> list[str]:
    """A note, if a policy investigates more than are screened in."""
    by_step = {(row.place_class, row.policy, row.step): row.per_100 for row in rows}
    screened, investigated = (
        next(step.label for step in STEPS if step.column == column)
        for column in ("ever_screened_in", "ever_investigated")
    )
    if not any(
        by_step[row.place_class, row.policy, investigated] > row.per_100
        for row in rows
        if row.step == screened
    ):
        return []
    return [
        "Every step counts what happens in the policy years. More are investigated than screened "
        "in where a policy works off the queue: some of those investigated were screened in "
        "before these years and had waited since."
    ]


def _draw(
    results: ResultTables, rows: Sequence[CascadeRow], policies: Sequence[ShownPolicy], text: str
) -> Figure:
    notes = _notes(results, rows, policies)
    if all(math.isnan(row.per_100) for row in rows):
        return Page(text, 0.1, notes, f"{NAME}.csv").figure
    entries = []
    for policy, hatch in zip(policies, ("", "////"), strict=False):
        words = f"baseline: {policy.label}" if policy.is_baseline else policy.label
        face = look(policy).colour if policy.is_baseline else look(policy).tint(0.75)
        entries.append(
            Sign(
                words, patch={"facecolor": face, "hatch": hatch, "edgecolor": INK, "linewidth": 0.6}
            )
        )
    entries += signs(results, dots=False)
    n_columns = min(2, len(results.places))
    n_rows = -(-len(results.places) // n_columns)
    height = ROW * (len(STEPS) + 1.4)
    inner = 9.3
    head = key_height(entries, inner) + TOP
    page = Page(text, head + n_rows * (height + 0.75) - 0.25, notes, f"{NAME}.csv")
    full = (inner - LEFT + 0.0) / n_columns
    panel = full - LOST - GAP / 2
    page.key(0, 0, entries, inner)
    for place, k in enumerate(results.places):
        column, line = place % n_columns, place // n_columns
        axes = page.axes(LEFT + column * full, head + line * (height + 0.75), panel, height)
        mine = [row for row in rows if row.place_class == CLASSES[k]]
        _panel(axes, mine, policies, with_words=column == 0)
        axes.set_title(PLACE_TITLES[k])
        if place + n_columns >= len(results.places):
            axes.set_xlabel("per 100 victimizations")
    return page.figure


def _panel(
    axes: Axes, rows: Sequence[CascadeRow], policies: Sequence[ShownPolicy], with_words: bool
) -> None:
    places: FloatArray = np.array([*range(len(STEPS)), len(STEPS) + 0.4])
    axes.set(xlim=(0, 112), ylim=(places[-1] + 0.5, -0.5), xticks=range(0, 101, 25))
    labels = [step.label for step in (*STEPS, ASIDE)]
    axes.set_yticks(places, labels if with_words else [""] * len(labels))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.axhline(len(STEPS) - 0.3, color=QUIET, linewidth=0.6, linestyle=(0, (2, 2)))
    if all(math.isnan(row.per_100) for row in rows):
        axes.text(0.5, 0.5, "no victimization began here", transform=axes.transAxes, ha="center")
        return
    thick = 0.78 / len(policies)
    for k, policy in enumerate(policies):
        mine = [row for row in rows if row.policy == policy.name]
        y = places + (k - (len(policies) - 1) / 2) * thick
        _bars(axes, mine, y, thick, policy)
    _lost(axes, [row for row in rows if row.is_baseline])


def _bars(
    axes: Axes, rows: Sequence[CascadeRow], y: FloatArray, thick: float, policy: ShownPolicy
) -> None:
    mine = look(policy)
    face = mine.colour if policy.is_baseline else mine.tint(0.75)
    values = np.nan_to_num([row.per_100 for row in rows])
    lane = LANE * any(row.future.has_band for row in rows)  # below the bar
    below = y + thick * (0.46 - lane / 2)
    y = y - thick * lane / 2
    axes.barh(
        y,
        values,
        height=thick * (0.92 - lane),
        color=face,
        hatch="" if policy.is_baseline else "////",
        edgecolor=INK,
        linewidth=0.6,
        label=policy.name,
    )
    for row, height, futures in zip(rows, y, below, strict=True):
        band = row.step != STEPS[0].label and row.future.has_band  # all 100 of 100 are the first
        if band:
            draw_spread(axes, row.future, futures, mine.pale, zorder=4)
        end = row.per_100
        if math.isfinite(row.low):
            axes.plot([max(row.low, 0.0), row.high], [height] * 2, color=INK, linewidth=1.2)
            end = row.high
        if band:
            end = max(end, row.future.high90)
        if math.isfinite(end) and row.step != STEPS[0].label:
            axes.text(
                end + 1, height, tenths(row.per_100), va="center_baseline", fontsize=7.0, zorder=5
            )


def _lost(axes: Axes, rows: Sequence[CascadeRow]) -> None:
    """What is lost before each step, between the two steps, right of the bars."""
    style: dict[str, Any] = {"fontsize": SMALL_SIZE, "clip_on": False, "color": INK}
    losses = [row.lost_before for row in rows[1 : len(STEPS)]]
    axes.text(114, -0.1, "lost", va="center", **style)
    most = max((loss for loss in losses if math.isfinite(loss)), default=0.0)
    steps: IntArray = np.arange(len(losses))
    for k, loss in zip(steps, losses, strict=True):
        if math.isfinite(loss):
            weight = "bold" if loss == most and loss > 0 else "normal"
            text = f"{MINUS}{tenths(loss)}" if loss else "0"
            axes.text(114, k + 0.5, text, va="center", weight=weight, **style)
