"""The explorer's drawings over time: the gap between the plans, the truth, and the record."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from streetlight.experiments.explorer.choices import EVENTS
from streetlight.experiments.explorer.sentences import change, signed
from streetlight.experiments.explorer.svg import (
    PLAN_A,
    PLAN_B,
    RECORD,
    TRUTH,
    WIDTH,
    block,
    stroke,
    svg,
    text,
    ticks,
)
from streetlight.experiments.explorer.watch import Side, Watch
from streetlight.experiments.looks import INK, QUIET, RULE, TINT
from streetlight.model.world.shocks import Shock

HEIGHT, LEFT, RIGHT, BOTTOM = 280, 50, 12, 34
LEGEND_ROW = 19
QUARTER = 13  # weeks that events are counted over
DASH, LONG_DASH = "6 4", "12 4"


@dataclass(frozen=True)
class Line:
    """A line of a chart: label, values (weeks,), colour, dashes, and whether filled below."""

    label: str
    values: Sequence[float]
    colour: str
    dash: str = ""
    filled: bool = False


@dataclass(frozen=True)
class Frame:
    """Where weeks and values lie in a chart: its weeks, its marks upwards, and the top in pixels.

    >>> from streetlight.experiments.explorer.charts import Frame
    >>> Frame(260, (-10.0, 0.0, 10.0), 50).y(0.0)
    148.0
    """

    n_weeks: int
    marks: tuple[float, ...]
    top: float

    def x(self, week: float) -> float:
        """The place of a week."""
        return LEFT + (WIDTH - LEFT - RIGHT) * week / self.n_weeks

    def y(self, value: float) -> float:
        """The height of a value."""
        share = (value - self.marks[0]) / (self.marks[-1] - self.marks[0])
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - self.top) * share


def lines(
    series: Sequence[Line],
    watch: Watch,
    label: str,
    *,
    least: float = 0.0,
    write: Callable[[float], str] = "{:,.0f}".format,
) -> str:
    """Lines over the weeks of the plans, the axis of time always whole.

    least: how far the axis reaches at least to both sides of 0 where a line is a difference, so
    that a gap of next to nothing looks like that; write: how a value is written at the axis.
    """
    finite = [v for line in series for v in line.values if math.isfinite(v)]
    marks = ticks(min([-least, *finite]), max([least, *finite]))
    frame = Frame(watch.n_weeks, tuple(marks), LEGEND_ROW * len(series) + 10)
    body = bands(watch.shocks, frame)
    for value in marks:
        height = frame.y(value)
        body.append(stroke(LEFT, height, WIDTH - RIGHT, height, RULE))
        body.append(text(LEFT - 6, height + 5, write(value), text_anchor="end", fill=QUIET))
    if least:
        body.append(stroke(LEFT, frame.y(0), WIDTH - RIGHT, frame.y(0), QUIET, "1 3"))
        body += names(watch.shocks, frame)
    last_year = watch.n_weeks // 52
    for year in range(last_year + 1):
        words = "start" if not year else f"year {year}" if year == 1 else f"{year}"
        anchor = "end" if year == last_year else "middle"
        body.append(text(frame.x(52 * year), HEIGHT - 12, words, text_anchor=anchor, fill=QUIET))
    for row, line in enumerate(series):
        middle = LEGEND_ROW * (row + 0.5)
        body.append(stroke(4, middle, 36, middle, line.colour, line.dash))
        body.append(text(44, middle + 5, line.label))
        body += path(line, frame)
    return svg(body, label, HEIGHT)


def bands(shocks: Sequence[Shock], frame: Frame) -> list[str]:
    """Bands behind the lines for the weeks in which something happens."""
    body = []
    for shock in shocks:
        end = min(shock.week + (shock.weeks or 0), frame.n_weeks)
        left, right = frame.x(shock.week), frame.x(end)
        body.append(block(left, frame.top, right - left, HEIGHT - BOTTOM - frame.top, TINT))
    return body


def names(shocks: Sequence[Shock], frame: Frame) -> list[str]:
    """What happens in each band, the kinds one below the other."""
    body = []
    for shock in shocks:
        title, row = EVENTS[shock.kind].title, list(EVENTS).index(shock.kind)
        late = shock.week > 0.7 * frame.n_weeks  # the name would not fit to the right
        x = frame.x(min(shock.week + late * (shock.weeks or 0), frame.n_weeks))
        style = {"font_size": 12, "fill": QUIET, "text_anchor": "end" if late else "start"}
        body.append(text(x, HEIGHT - BOTTOM - 6 - 15 * row, title, **style))
    return body


def path(line: Line, frame: Frame) -> list[str]:
    """A line, what is filled below it, and a dot where it has got to."""
    known = [(frame.x(k), frame.y(v)) for k, v in enumerate(line.values) if math.isfinite(v)]
    if not known:
        return []
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in known)
    (first, _), (last, height), floor = known[0], known[-1], frame.y(0)
    parts = []
    if line.filled:
        area = f"{first:.1f},{floor:.1f} {points} {last:.1f},{floor:.1f}"
        parts.append(f'<polygon points="{area}" fill="{line.colour}" fill-opacity="0.25"/>')
    return [
        *parts,
        f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="2.4" '
        f'stroke-dasharray="{line.dash}" stroke-linejoin="round"/>',
        f'<circle cx="{last:.1f}" cy="{height:.1f}" r="4" fill="{line.colour}"/>',
    ]


def in_quarter(side: Side, name: str) -> list[float]:
    """Events of the last 13 weeks, week by week; NaN before the 13th."""
    total = [getattr(moment, name) for moment in side.moments]
    return [
        float(total[k] - total[k - QUARTER]) if k >= QUARTER else math.nan
        for k in range(len(total))
    ]


def gap(watch: Watch) -> str:
    """By how many percent reports and exploitation differ between the plans, on one axis."""
    pairs = zip(in_quarter(watch.b, "reports"), in_quarter(watch.a, "reports"), strict=True)
    moments = zip(watch.b.moments, watch.a.moments, strict=True)
    reports = Line("Reports of the last 13 weeks", [change(b, a) for b, a in pairs], RECORD)
    exploited = Line(
        "Youth exploited now", [change(b.exploited, a.exploited) for b, a in moments], TRUTH, DASH
    )
    return differences((reports, exploited), watch, "%")


def gap_in_youth(watch: Watch) -> str:
    """How many youth more are found, and how many more or fewer are exploited, under plan B."""
    moments = list(zip(watch.b.moments, watch.a.moments, strict=True))
    found = Line("Found since the start", [b.identified - a.identified for b, a in moments], RECORD)
    exploited = Line("Exploited now", [b.exploited - a.exploited for b, a in moments], TRUTH, DASH)
    return differences((found, exploited), watch, "")


def differences(series: Sequence[Line], watch: Watch, unit: str) -> str:
    """Lines of plan B less plan A around 0, each with its last value beside its name."""
    last = [signed(line.values[-1], unit) for line in series]
    named = [
        replace(line, label=f"{line.label}: {value.replace('unknown', 'from week 13')}")
        for line, value in zip(series, last, strict=True)
    ]
    said = "; ".join(line.label for line in named)
    label = f"Lines by week, plan B against plan A, now week {watch.week}. {said}."
    return lines(named, watch, label, least=10.0, write=lambda v: signed(v) + unit)


def truth(watch: Watch) -> str:
    """Youth exploited now under plan B, and those of them that anyone has reported."""
    now, moments = watch.b.now, watch.b.moments
    series = (
        Line("Exploited now", [m.exploited for m in moments], TRUTH),
        Line("of these, reported to someone", [m.known for m in moments], RECORD, filled=True),
    )
    label = (
        f"Lines by week, plan B, now week {now.week}: {now.exploited:,} youth exploited, "
        f"{now.known:,} of them reported."
    )
    return lines(series, watch, label)


def record(watch: Watch) -> str:
    """Reports of the last 13 weeks under both plans, and what began."""
    began, reports, others = (
        in_quarter(side, name)
        for side, name in ((watch.b, "onsets"), (watch.b, "reports"), (watch.a, "reports"))
    )
    series = (
        Line("Victimizations that began, plan B (truth)", began, INK, LONG_DASH),
        Line("Reports, plan B (record)", reports, PLAN_B.colour),
        Line("Reports, plan A (record)", others, PLAN_A.colour, DASH),
    )
    label = f"The lines begin after {QUARTER} weeks."
    if math.isfinite(began[-1]):
        label = (
            f"Lines by week. In the last {QUARTER} weeks: under plan B {began[-1]:,.0f} "
            f"victimizations began and {reports[-1]:,.0f} reports were made, under plan A "
            f"{others[-1]:,.0f} reports."
        )
    return lines(series, watch, label)
