"""When a policy fails, drawn: a row an input, the futures as marks, the condition as a bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from streetlight.experiments.drivers.discover import Discovery, Limit
from streetlight.experiments.drivers.inputs import Input, Inputs, level
from streetlight.experiments.drivers.sensitivity import amount
from streetlight.experiments.figures.looks import BLUE, INK, QUIET, RULE, VERMILLION, WATER
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

NAME = "discover"
LABEL_ROOM, INNER, GAP = 3.4, 9.3, 0.2
ROW, MOST_INPUTS = 0.62, 12


@dataclass(frozen=True)
class FuturePoint:
    """One mark: an input in a future; failed: whether the policy fails there; inside: the box."""

    input: str
    title: str
    future: str
    value: float
    failed: bool
    inside: bool


def picture(
    found: Discovery, inputs: Inputs, failed: NDArray[np.bool_], sentences: Sequence[str]
) -> Picture:
    """The figure of a discovery; inputs and failed: of the same futures."""
    inside = _inside(found, inputs)
    points = [
        FuturePoint(one.name, one.in_words, future, float(inputs.values[f, j]), bool(failed[f]),
                    bool(inside[f]))
        for j, one in enumerate(inputs.inputs)
        for f, future in enumerate(inputs.futures)
    ]  # fmt: skip
    head = sentences[1] if len(sentences) > 1 else sentences[0]
    notes = [sentences[0], *sentences[2:]]
    return Picture(NAME, _first_upper(head), points, FuturePoint,
                   lambda: _draw(found, inputs, failed, _first_upper(head), notes))  # fmt: skip


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _inside(found: Discovery, inputs: Inputs) -> NDArray[np.bool_]:
    """Which futures are in the box; all without one."""
    inside = np.ones(len(inputs.futures), dtype=bool)
    position = {one.name: j for j, one in enumerate(inputs.inputs)}
    for limit in found.limits:
        j = position[limit.input]
        column = inputs.values[:, j]
        if limit.levels:
            words = limit.levels.split(" or ")
            inside &= np.isin(column, [inputs.inputs[j].levels.index(word) for word in words])
        low = limit.low if math.isfinite(limit.low) else -math.inf
        high = limit.high if math.isfinite(limit.high) else math.inf
        inside &= (column >= low) & (column <= high)
    return inside


def _draw(
    found: Discovery,
    inputs: Inputs,
    failed: NDArray[np.bool_],
    head: str,
    notes: Sequence[str],
) -> Figure:
    limits = {limit.input: limit for limit in found.limits} if found.is_condition else {}
    order = sorted(range(len(inputs.inputs)), key=lambda j: inputs.inputs[j].name not in limits)
    order = order[:MOST_INPUTS]
    labels = [wrap(inputs.inputs[j].in_words, LABEL_ROOM, TEXT_SIZE) for j in order]
    heights = [max(ROW, len(label) * line_height(TEXT_SIZE) + 0.1) for label in labels]
    signs = _signs(bool(limits))
    top = key_height(signs, INNER) + 0.1
    page = Page(head, top + sum(heights) + 0.1, _notes(found, inputs, notes), f"{NAME}.csv")
    page.key(0, 0, signs, INNER)
    left = 0.2 + max(text_width(line, TEXT_SIZE) for label in labels for line in label)
    for j, label, height in zip(order, labels, heights, strict=True):
        one = inputs.inputs[j]
        page.lines(0, top + height / 2 - len(label) * line_height(TEXT_SIZE) / 2, label)
        axes = page.axes(left, top + 0.03, INNER - left - GAP, height - 0.25)
        _row(axes, one, inputs.values[:, j], failed, limits.get(one.name))
        top += height
    return page.figure


def _signs(has_box: bool) -> list[Sign]:
    fails = {"color": VERMILLION, "marker": "x", "linestyle": "none", "markersize": 5}
    holds = {"color": QUIET, "marker": "|", "linestyle": "none", "markersize": 6}
    signs = [Sign("a future in which it fails", line=fails), Sign("does not fail", line=holds)]
    if has_box:
        signs.append(Sign("the condition", patch={"facecolor": WATER, "edgecolor": BLUE}))
        again = {"color": BLUE, "linewidth": 3}
        signs.append(Sign("where resamples put a limit (95%)", line=again))
    return signs


def _row(
    axes: Axes, one: Input, values: NDArray[np.float64], failed: NDArray[np.bool_],
    limit: Limit | None,
) -> None:  # fmt: skip
    low, high = float(values.min()), float(values.max())
    has_words = not one.is_ordered or one.is_switch
    room = 0.25 if has_words else 0.04 * (high - low)
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(-1, 1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.tick_params(labelsize=SMALL_SIZE, length=2)
    axes.xaxis.set_major_formatter(lambda value, _: amount(value))
    axes.locator_params(axis="x", nbins=5)
    if has_words:
        words = [level(word) for word in one.levels] or ["off", "on"]
        axes.set_xticks(range(len(words)), words)
    if limit is not None:
        _condition(axes, one, limit, low - room, high + room)
    axes.axhline(0, color=RULE, linewidth=0.6, zorder=1)
    for which, height, mark, color, size in (
        (~failed, -0.45, "|", QUIET, 6),
        (failed, 0.45, "x", VERMILLION, 5),
    ):
        at = spread(values[which]) if has_words else values[which]
        axes.plot(at, np.full(len(at), height), mark, color=color, markersize=size)


def spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whole numbers (n,), those that are equal set side by side over 0.3, so that each is seen."""
    at = values.copy()
    for value in np.unique(values):
        same = np.flatnonzero(values == value)
        at[same] += 0.3 * ((np.arange(len(same)) + 0.5) / len(same) - 0.5)
    return at


def _condition(axes: Axes, one: Input, limit: Limit, low: float, high: float) -> None:
    box: dict[str, Any] = {"facecolor": WATER, "edgecolor": BLUE, "linewidth": 1.0, "zorder": 0}
    if limit.levels:
        for word in limit.levels.split(" or "):
            code = one.levels.index(word)
            axes.axvspan(code - 0.2, code + 0.2, **box)
        return
    start = limit.low if math.isfinite(limit.low) else low
    end = limit.high if math.isfinite(limit.high) else high
    axes.axvspan(start, end, **box)
    if one.is_switch:
        return
    for first, last in ((limit.low_from, limit.low_to), (limit.high_from, limit.high_to)):
        if math.isfinite(first):
            axes.plot([first, last], [0, 0], color=BLUE, linewidth=3, zorder=3)
    for edge in (limit.low, limit.high):
        if math.isfinite(edge):
            axes.plot([edge], [0], "D", color=INK, markersize=4, zorder=4)


def _notes(found: Discovery, inputs: Inputs, notes: Sequence[str]) -> list[str]:
    text = [_first_upper(note) for note in notes]
    if len(inputs.inputs) > MOST_INPUTS:
        text.append(f"{len(inputs.inputs) - MOST_INPUTS} inputs without a limit are not drawn.")
    how = "PRIM (peeling and pasting)" if found.method == "prim" else "a classification tree"
    text.append(f"Searched by {how} over {found.futures} sampled futures; mean over replicates.")
    return text
