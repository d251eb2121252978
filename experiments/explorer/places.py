"""The explorer's drawings of steps and places: where youth are lost, and two maps."""

from __future__ import annotations

import math
from html import escape

import numpy as np

from streetlight.experiments.explorer.choices import region
from streetlight.experiments.explorer.sentences import tenths
from streetlight.experiments.explorer.svg import (
    PLAN_A,
    PLAN_B,
    WIDTH,
    block,
    mark,
    ring,
    stroke,
    svg,
    text,
    ticks,
)
from streetlight.experiments.explorer.watch import ONSETS, Side, Watch
from streetlight.experiments.looks import INK, QUIET, RULE
from streetlight.model.names import CLASSES, REPORTS, Tally

#: Upper bounds of a rate over the region's mean, the words for it, and from light to dark.
BOUNDS = (0.5, 0.8, 1.25, 2.0, math.inf)
BOUND_WORDS = ("under half", "below", "about the mean", "above", "over twice")
SHADES = ("#FFFFFF", "#C6DBEF", "#7FB3D8", "#2F7EBC", "#08306B")


def reported(watch: Watch) -> str:
    """Of 100 victimizations, how many are reported, by kind of place and plan."""
    rows, left, right, top, row = watch.places(), 120, 20, 34, 42
    values = [v for place in rows for v in place.reported if math.isfinite(v)]
    marks = ticks(0.0, max(values, default=0.0))
    floor = top + row * len(rows)

    def x(value: float) -> float:
        return left + (WIDTH - left - right) * value / marks[-1]

    body = [mark(14, 10, PLAN_A), text(26, 15, "plan A"), mark(94, 10, PLAN_B)]
    body.append(text(106, 15, "plan B"))
    if watch.assumed:
        body += [ring(174, 10), text(188, 15, "plan A in the world as assumed")]
    for value in marks:
        body.append(stroke(x(value), top - 6, x(value), floor, RULE))
        body.append(text(x(value), floor + 18, f"{value:.0f}", text_anchor="middle", fill=QUIET))
    said = []
    for k, place in enumerate(rows):
        y = top + row * (k + 0.5)
        body += [text(left - 12, y + 5, place.place, text_anchor="end")]
        body.append(stroke(left, y, WIDTH - right, y, RULE))
        a, b, assumed = place.reported
        # each mark on a level of its own, so that none hides another
        body += [mark(x(a), y - 7, PLAN_A)] * math.isfinite(a)
        body += [mark(x(b), y + 7, PLAN_B)] * math.isfinite(b)
        body += [ring(x(assumed), y - 7)] * math.isfinite(assumed)
        also = f" (as assumed {tenths(assumed)})" if math.isfinite(assumed) else ""
        said.append(f"{place.place} plan A {tenths(a)}{also}, plan B {tenths(b)}")
    label = f"Marks, reported of 100 victimizations: {'; '.join(said)}."
    return svg(body, label, floor + 26)


def cascade(watch: Watch) -> str:
    """Of 100 recent victimizations, how many have come to each step under both plans."""
    counts, top, row = [watch.a.cascade(), watch.b.cascade()], 31, 42
    steps = list(counts[0])
    per_100 = [
        [100 * n / max(1, reached[steps[0]]) for n in reached.values()] for reached in counts
    ]
    left, scale = 176, (WIDTH - 176 - 50) / 100
    body = [
        block(4, 3, 32, 13, PLAN_A.colour), text(44, 15, "plan A"),
        block(114, 3, 32, 13, PLAN_B.colour), text(154, 15, "plan B"),
    ]  # fmt: skip
    for k, step in enumerate(steps):
        y = top + k * row
        body.append(text(left - 8, y + 20, step, text_anchor="end"))
        for half, (plan, values) in enumerate(zip((PLAN_A, PLAN_B), per_100, strict=True)):
            length, y_bar = values[k] * scale, y + 16 * half
            body.append(block(left, y_bar, length, 14, plan.colour))
            body.append(text(left + length + 6, y_bar + 12, tenths(values[k]), font_size=13))
    said = ", ".join(
        f"{step} {tenths(a)} under plan A and {tenths(b)} under plan B"
        for step, a, b in zip(steps, *per_100, strict=True)
    )
    return svg(body, f"Bars, per 100 victimizations: {said}.", top + row * len(steps))


def shade(ratio: float) -> int:
    """Which of the five shades a rate over the region's mean has."""
    return next(k for k, bound in enumerate(BOUNDS) if ratio < bound or bound == math.inf)


def dots(side: Side, kinds: tuple[Tally, ...], what: str) -> str:
    """A map: a dot a community, its size the youth who live there, its shade the rate per youth."""
    here, size = region(), WIDTH - 60.0
    ratio, events = side.against_mean(kinds), side.recent(kinds)
    radius = 3 + 17 * np.sqrt(here.youth / float(here.youth.max()))
    x, y = (spread(one, size) for one in (here.longitude, -here.latitude))
    body = []
    for c in np.argsort(-radius, kind="stable").tolist():  # large ones first, small ones on top
        fill = SHADES[shade(ratio[c])] if math.isfinite(ratio[c]) else "none"
        words = (
            f"{here.names[c]} (invented), {CLASSES[here.place_class[c]]}: "
            f"{events[c]:,.0f} {what}, {here.youth[c]:,.0f} youth"
        )
        body.append(
            f'<circle cx="{x[c] + 30:.1f}" cy="{y[c] + 24:.1f}" r="{radius[c]:.1f}" fill="{fill}" '
            f'stroke="{INK}" stroke-width="1"><title>{escape(words)}</title></circle>'
        )
    high = int((ratio >= BOUNDS[-2]).sum())
    label = (
        f"Map with a dot for each invented community: {what} per youth; {high} over twice the mean."
    )
    return svg(body, label, size + 48)


def spread(values: np.ndarray, size: float) -> np.ndarray:
    """Coordinates from 0 to `size`."""
    return np.asarray(size * (values - values.min()) / (values.max() - values.min()))


def key() -> str:
    """The key of both maps."""
    step = WIDTH / len(SHADES)
    body = []
    for k, (colour, words) in enumerate(zip(SHADES, BOUND_WORDS, strict=True)):
        middle = (k + 0.5) * step
        body.append(
            f'<circle cx="{middle:.1f}" cy="12" r="9" fill="{colour}" stroke="{INK}"/>'
            + text(middle, 38, words, text_anchor="middle", font_size=12)
        )
    return svg(body, f"Shades, from light to dark: {', '.join(BOUND_WORDS)}.", 46)


def maps(side: Side) -> tuple[str, str]:
    """The map that the record shows and the map of the truth."""
    return dots(side, REPORTS, "reports"), dots(side, ONSETS, "victimizations")
