"""The drawings of the explorer, as SVG in text: quick to make, sharp at every width.

Each drawing is one image to a screen reader, with its numbers in the label.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from streetlight.experiments.explorer.watch import ONSETS, STEPS, Moment, Watch
from streetlight.experiments.looks import INK, QUIET, RULE
from streetlight.model.names import CLASSES, REPORTS, Tally

BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
WIDTH, HEIGHT = 420, 280
LEFT, RIGHT, BOTTOM = 50, 12, 34
LEGEND_ROW = 19
QUARTER = 13  # weeks that a rate is counted over
#: Upper bounds of a rate over the region's mean, the words for it, and from light to dark.
BOUNDS = (0.5, 0.8, 1.25, 2.0, math.inf)
BOUND_WORDS = ("under half", "below", "about the mean", "above", "over twice")
SHADES = ("#FFFFFF", "#C6DBEF", "#7FB3D8", "#2F7EBC", "#08306B")
FONT = 'font-family="system-ui, Roboto, Arial, sans-serif"'


@dataclass(frozen=True)
class Line:
    """A line of a chart: label, values (weeks,), colour, dashes, and whether filled below."""

    label: str
    values: Sequence[float]
    colour: str
    dash: str = ""
    filled: bool = False


def svg(body: Sequence[str], label: str, height: float = HEIGHT) -> str:
    """An image with these parts; `label` is what a screen reader says."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(label)}" {FONT} '
        f'font-size="14" fill="{INK}" xmlns="http://www.w3.org/2000/svg">{"".join(body)}</svg>'
    )


def text(x: float, y: float, words: str, **style: object) -> str:
    """A line of text; style: attributes, with _ for -."""
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(words)}</text>'


def stroke(x1: float, y1: float, x2: float, y2: float, colour: str, dash: str = "") -> str:
    """A straight line, 2 pixels wide if dashed or coloured, else hair-thin."""
    width = 0.8 if colour == RULE else 2.4
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}" stroke-dasharray="{dash}"/>'
    )


def ticks(top: float) -> list[float]:
    """Round numbers from 0 to at least `top`, three to six of them."""
    top = max(top, 1.0)
    size = 10.0 ** math.floor(math.log10(top))
    step = next(s for s in (0.2 * size, 0.5 * size, size, 2 * size) if top / s <= 5)
    step = max(step, 1.0)
    return [step * k for k in range(math.ceil(top / step) + 1)]


def lines(series: Sequence[Line], n_weeks: int, label: str) -> str:
    """Lines over the weeks of the policy years, the axis of time always whole."""
    head = LEGEND_ROW * len(series) + 10
    finite = [v for line in series for v in line.values if math.isfinite(v)]
    marks = ticks(max(finite, default=0.0))
    high = marks[-1]

    def x(week: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * week / n_weeks

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - head) * value / high

    body = []
    for mark in marks:
        body.append(stroke(LEFT, y(mark), WIDTH - RIGHT, y(mark), RULE))
        body.append(text(LEFT - 6, y(mark) + 5, f"{mark:,.0f}", text_anchor="end", fill=QUIET))
    for year in range(n_weeks // 52 + 1):
        words = "start" if not year else f"year {year}" if year == 1 else f"{year}"
        anchor = "end" if year == n_weeks // 52 else "middle"
        body.append(text(x(52 * year), HEIGHT - 12, words, text_anchor=anchor, fill=QUIET))
    if not finite:
        body.append(text((LEFT + WIDTH) / 2, y(high / 2), label, text_anchor="middle"))
    for row, line in enumerate(series):
        middle = LEGEND_ROW * (row + 0.5)
        body.append(stroke(4, middle, 36, middle, line.colour, line.dash))
        body.append(text(44, middle + 5, line.label))
        body += _path(line, x, y)
    return svg(body, label)


def _path(line: Line, x: Callable[[float], float], y: Callable[[float], float]) -> list[str]:
    known = [(x(k), y(v)) for k, v in enumerate(line.values) if math.isfinite(v)]
    if not known:
        return []
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in known)
    parts = []
    if line.filled:
        area = f"{known[0][0]:.1f},{y(0):.1f} {points} {known[-1][0]:.1f},{y(0):.1f}"
        parts.append(f'<polygon points="{area}" fill="{line.colour}" fill-opacity="0.25"/>')
    parts.append(
        f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="2.4" '
        f'stroke-dasharray="{line.dash}" stroke-linejoin="round"/>'
    )
    if not line.dash:
        a, b = known[-1]
        parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{line.colour}"/>')
    return parts


def truth(watch: Watch) -> str:
    """Youth exploited now, and those of them that anyone has reported."""
    shown = watch.untouched[: watch.now.week + 1]
    series = (
        Line("Exploited now", [m.exploited for m in watch.moments], BLUE),
        Line("Exploited now, without added money", [m.exploited for m in shown], QUIET, "6 4"),
        Line("of these, reported to someone", [m.known for m in watch.moments], VERMILLION,
             filled=True),
    )  # fmt: skip
    now = watch.now
    label = (
        f"Lines by week, now week {now.week}: {now.exploited:,} youth exploited, "
        f"{watch.baseline_now.exploited:,} without added money, {now.known:,} of them reported."
    )
    return lines(series, watch.n_weeks, label)


def in_quarter(moments: Sequence[Moment], name: str) -> list[float]:
    """Events of the last 13 weeks, week by week; NaN before the 13th."""
    total = [getattr(moment, name) for moment in moments]
    return [
        float(total[k] - total[k - QUARTER]) if k >= QUARTER else math.nan
        for k in range(len(total))
    ]


def record(watch: Watch) -> str:
    """What began and what was recorded in the last 13 weeks."""
    columns = {
        name: in_quarter(watch.moments, name) for name in ("onsets", "reports", "identified")
    }
    series = (
        Line("Victimizations that began (truth)", columns["onsets"], BLUE),
        Line("Reports, true and false (record)", columns["reports"], VERMILLION, "10 3"),
        Line("Youth identified (record)", columns["identified"], GREEN, "2 3"),
    )
    last = {name: values[-1] for name, values in columns.items()}
    label = f"The lines begin after {QUARTER} weeks."
    if math.isfinite(last["onsets"]):
        label = (
            f"Lines by week. In the last {QUARTER} weeks: {last['onsets']:,.0f} victimizations "
            f"began, {last['reports']:,.0f} reports, {last['identified']:,.0f} youth identified."
        )
    return lines(series, watch.n_weeks, label)


def tenths(value: float) -> str:
    """A share per 100 beside its bar: one decimal, '0' only for exact zero."""
    return "0" if value == 0 else f"{value:.1f}" if value >= 0.05 else "<0.1"


def percent(value: float) -> str:
    """A whole percentage; only nothing is '0%' and only all is '100%'."""
    if 0 < value < 0.5:
        return "under 1%"
    return "over 99%" if 99.5 < value < 100 else f"{value:.0f}%"


def cascade(watch: Watch) -> str:
    """Of 100 victimizations of the recent years, how many got to each step."""
    rows, top, row = [watch.now.reached, watch.baseline_now.reached], LEGEND_ROW + 12, 36
    per_100 = [[100 * n / max(1, one[0]) for n in one] for one in rows]
    left, right = 176, 50
    body = [
        f'<rect x="4" y="3" width="32" height="13" fill="{BLUE}"/>', text(44, 15, "this policy"),
        stroke(176, 3, 176, 17, INK), text(184, 15, "without added money"),
    ]  # fmt: skip
    for k, (_, step) in enumerate(STEPS):
        mine, theirs = (min(100.0, column[k]) for column in per_100)
        y = top + k * row
        scale = (WIDTH - left - right) / 100
        body += [
            text(left - 8, y + 17, step, text_anchor="end"),
            f'<rect x="{left}" y="{y}" width="{mine * scale:.1f}" height="24" fill="{BLUE}"/>',
            stroke(left + theirs * scale, y - 3, left + theirs * scale, y + 27, INK),
            text(left + max(mine, theirs) * scale + 7, y + 17, tenths(per_100[0][k])),
        ]
    said = ", ".join(f"{step} {tenths(v)}" for (_, step), v in zip(STEPS, per_100[0], strict=True))
    return svg(body, f"Bars, per 100 victimizations: {said}.", top + row * len(STEPS))


def shade(ratio: float) -> int:
    """Which of the five shades a rate over the region's mean has."""
    return next(k for k, bound in enumerate(BOUNDS) if ratio < bound or bound == math.inf)


def dots(watch: Watch, kinds: tuple[Tally, ...], what: str) -> str:
    """A map: a dot a community, its size the youth who live there, its shade the rate per youth."""
    region, size = watch.model.region, WIDTH - 60.0
    ratio = watch.against_mean(kinds)
    events = watch.recent(kinds)
    radius = 3 + 17 * np.sqrt(region.youth / max(1.0, float(region.youth.max())))
    x, y = (_spread(one, size) for one in (region.longitude, -region.latitude))
    body = []
    for c in np.argsort(-radius, kind="stable").tolist():  # large ones first, small ones on top
        fill = SHADES[shade(ratio[c])] if math.isfinite(ratio[c]) else "none"
        words = (
            f"{region.names[c]} (invented), {CLASSES[region.place_class[c]]}: "
            f"{events[c]:,.0f} {what}, {region.youth[c]:,.0f} youth"
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


def _spread(values: np.ndarray, size: float) -> np.ndarray:
    """Coordinates from 0 to `size`; the middle where all are the same."""
    low, high = float(values.min()), float(values.max())
    return np.full(values.shape, size / 2) if low == high else size * (values - low) / (high - low)


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


def maps(watch: Watch) -> tuple[str, str]:
    """The map that the record shows and the map of the truth."""
    return dots(watch, REPORTS, "reports"), dots(watch, ONSETS, "victimizations")
