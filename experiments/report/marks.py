"""Marks that the sections share, as positions in percent: html/marks.html draws them.

Text stays HTML and scales with the page; only markers are SVG.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from streetlight.experiments.looks import Look

#: Shapes of the markers in a box of 14 by 14, filled with the plan's colour.
SHAPES = {
    "circle": '<circle cx="7" cy="7" r="6" {fill}/>',
    "ring": '<circle cx="7" cy="7" r="4.8" fill="#fff" stroke="{colour}" stroke-width="2.4"/>',
    "square": '<rect x="2" y="2" width="10" height="10" {fill}/>',
    "diamond": '<path d="M7 0 14 7 7 14 0 7Z" {fill}/>',
    "triangle": '<path d="M7 1 14 13 0 13Z" {fill}/>',
    "down": '<path d="M7 13 0 1 14 1Z" {fill}/>',
    "hexagon": '<path d="M3.5 1h7L14 7l-3.5 6h-7L0 7Z" {fill}/>',
    "star": '<path d="M7 0 9 4.8 14 5.2 10.2 8.5 11.4 13.6 7 10.9 2.6 13.6 3.8 8.5 0 5.2 5 4.8Z" '
    "{fill}/>",
    "plus": '<path d="M5 1h4v4h4v4H9v4H5V9H1V5h4Z" {fill}/>',
    "dot": '<circle cx="7" cy="7" r="4" {fill}/>',
    "cross": '<path d="M2 2 12 12M12 2 2 12" stroke="{colour}" stroke-width="2.6"/>',
}


def marker(look: Look, size: int = 14) -> str:
    """A plan's marker as inline SVG; a plan that shares its colour with another is hollow."""
    hollow = 'fill="#fff" stroke="{colour}" stroke-width="2"' if look.dash else 'fill="{colour}"'
    fill = hollow.format(colour=look.colour)
    shape = SHAPES[look.marker].format(fill=fill, colour=look.colour)
    box = f'width="{size}" height="{size}" viewBox="0 0 14 14"'
    return f'<svg class="mk" {box} aria-hidden="true">{shape}</svg>'


class Axis(NamedTuple):
    """An axis from low to high with round ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Where a value lies, in percent of the axis, within it."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(max(share, 0.0), 1.0), 2)


def axis(values: Iterable[float], n: int = 4, zero: bool = True) -> Axis:
    """An axis over all finite values (and 0), with about n steps of 1, 2, 2.5 or 5.

    >>> from streetlight.experiments.report.marks import axis
    >>> axis([3.1, 7.2]).ticks
    (0.0, 2.0, 4.0, 6.0, 8.0)
    """
    known = [v for v in values if math.isfinite(v)] + ([0.0] if zero else [])
    low, high = min(known, default=0.0), max(known, default=0.0)
    if high - low < 1e-12 * max(1.0, abs(high)):
        high = low + (abs(low) or 1.0)
    raw = (high - low) / n
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(k * size for k in (1, 2, 2.5, 5, 10) if k * size >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(k * step, 12) for k in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def ticks(axis: Axis, unit: str = "") -> list[dict[str, Any]]:
    """Ticks as the templates want them: position in percent, and text."""
    step = axis.ticks[1] - axis.ticks[0]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    if step < 10 and round(step, decimals) != step:
        decimals += 1
    return [
        {"at": axis.at(v), "text": f"{v:,.{decimals}f}{unit}".replace("-", "\N{MINUS SIGN}")}
        for v in axis.ticks
    ]


def stacked(shares: Mapping[str, float], colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """Parts of a bar of 100%: width, colour, the number in it where there is room for one."""
    return [
        {
            "name": name, "width": round(100 * share, 2),
            "colour": colours[name], "dark": is_dark(colours[name]),
            "text": f"{100 * share:.0f}" if share >= 0.045 else "",
            "tip": f"{100 * share:.0f}" if share >= 0.005 else "under 1",
        }
        for name, share in shares.items()
        if math.isfinite(share) and share > 0
    ]  # fmt: skip


def is_dark(colour: str) -> bool:
    """Whether white text is read better on a colour."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def widths(values: Sequence[float]) -> list[float]:
    """Lengths of bars in percent of the longest; 0 for what is not known."""
    most = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    return [round(100 * abs(v) / most, 2) if most and math.isfinite(v) else 0.0 for v in values]


@dataclass(frozen=True)
class Dot:
    """A point of a scatter; ringed: among those that tie; without a name it has its tip alone."""

    name: str
    look: Look
    x: float
    y: float
    tip: str
    ringed: bool = False


#: Plots on a desk and on a phone: width, height, width of a letter, height of a line, in pixels.
SCREENS = {"wide": (508.0, 520.0, 7.5, 18.0), "narrow": (328.0, 232.0, 6.8, 17.0)}
#: Where the name of a point may stand, in the order it is tried: which part of the name stands
#: there (its start, middle or end), and how many pixels to the right of the point and above it.
SIDES = (
    ("start", 13, 0), ("end", -13, 0), ("middle", 0, 20), ("middle", 0, -20), ("end", 9, 20),
    ("end", 9, -20), ("start", -9, 20), ("start", -9, -20),
)  # fmt: skip
Side = tuple[str, int, int]
Spot = tuple[float, float]
Screen = tuple[float, float, float, float]
#: How often names are put anew where one found no room.
MOST_TRIES = 6


def scatter(points: Sequence[Dot]) -> dict[str, Any]:
    """Positions of points and, for a desk and for a phone, of names that overlap nothing.

    Names for which there is no room stand in a key under the plot.
    """
    shown = [p for p in points if math.isfinite(p.x) and math.isfinite(p.y)]
    across, up = axis([p.x for p in shown]), axis([p.y for p in shown])
    at = [(across.at(p.x), up.at(p.y)) for p in shown]
    sides = {key: placed([p.name for p in shown], at, size) for key, size in SCREENS.items()}
    drawn: list[dict[str, Any]] = [
        {"left": spot[0], "bottom": spot[1], "name": point.name, "tip": point.tip,
         "colour": point.look.colour, "marker": marker(point.look),
         "sides": {key: every[k] for key, every in sides.items()}}
        for k, (point, spot) in enumerate(zip(shown, at, strict=True))
    ]  # fmt: skip
    ringed = [spot for point, spot in zip(shown, at, strict=True) if point.ringed]
    others = [spot for point, spot in zip(shown, at, strict=True) if not point.ringed]
    return {
        "points": drawn, "key": [one for one in drawn if None in one["sides"].values()],
        "x": ticks(across), "y": ticks(up), "ring": ring(ringed, others),
    }  # fmt: skip


Box = tuple[float, float, float, float]


def dot_box(spot: Spot, screen: Screen) -> Box:
    """The pixels that a point covers: left, bottom, right, top."""
    x, y = spot[0] * screen[0] / 100, spot[1] * screen[1] / 100
    return x - 8, y - 8, x + 8, y + 8


def placed(names: Sequence[str], at: Sequence[Spot], screen: Screen) -> list[Side | None]:
    """A place for each name, None without room; names that found none are put first next time."""
    order, tried = list(range(len(at))), []
    for _ in at[:MOST_TRIES]:
        taken = [dot_box(spot, screen) for spot in at]
        sides = {k: free_side(names[k], at[k], screen, taken) for k in order}
        tried.append([sides[k] for k in range(len(at))])
        order = [k for k in order if not sides[k]] + [k for k in order if sides[k]]
    return max(tried, key=lambda found: -found.count(None), default=[])


def free_side(name: str, spot: Spot, screen: Screen, taken: list[Box]) -> Side | None:
    """The first place for a name where it touches nothing, and takes it; no name needs none."""
    if not name:
        return SIDES[0]
    for side in SIDES:
        box = name_box(name, spot, side, screen)
        if is_free(box, screen, taken):
            taken.append(box)
            return side
    return None


def is_free(box: Box, screen: Screen, taken: Sequence[Box]) -> bool:
    """Whether a name fits into a plot and touches nothing."""
    left, bottom, right, top = box
    inside = left >= -24 and right <= screen[0] + 8 and bottom >= 2 and top <= screen[1] + 10
    return inside and not any(overlap(box, other) for other in taken)


def name_box(name: str, spot: Spot, side: Side, screen: Screen) -> Box:
    """The pixels that a name covers at one of its places."""
    part, right, up = side
    x, y = spot[0] * screen[0] / 100 + right, spot[1] * screen[1] / 100 + up
    wide = len(name) * screen[2]
    left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[part]
    return left, y - screen[3] / 2, left + wide, y + screen[3] / 2


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def ring(spots: Sequence[Spot], others: Sequence[Spot] = ()) -> dict[str, float] | None:
    """The box of percent around points that tie; None for fewer than two, or with others in it."""
    if len(spots) < 2:
        return None
    xs, ys = zip(*spots, strict=True)
    left, bottom, right, top = min(xs), min(ys), max(xs), max(ys)
    if any(left <= x <= right and bottom <= y <= top for x, y in others):
        return None
    return {
        "left": left, "bottom": bottom,
        "width": round(right - left, 2), "height": round(top - bottom, 2),
    }  # fmt: skip
