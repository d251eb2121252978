"""Parts of drawings, as SVG in text: quick to make, sharp at every width.

Each drawing is one image to a screen reader, with its numbers in the label.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from streetlight.experiments.looks import INK, RULE, Look, look

WIDTH = 420
#: The truth and the record, and the two plans: drawings hold the one pair or the other.
TRUTH, RECORD = look(0).colour, look(1).colour
PLAN_A, PLAN_B = look(2), look(5)  # a diamond, a hexagon
FONT = 'font-family="system-ui, Roboto, Arial, sans-serif"'


def svg(body: Sequence[str], label: str, height: float) -> str:
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
    """A straight line, hair-thin if it is a rule."""
    width = 0.8 if colour == RULE else 2.4
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}" stroke-dasharray="{dash}"/>'
    )


def block(x: float, y: float, width: float, height: float, colour: str) -> str:
    """A filled rectangle."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
    )


def ring(x: float, y: float, radius: float = 6.5) -> str:
    """A circle without filling."""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="none" stroke="{INK}" '
        'stroke-width="1.6"/>'
    )


def mark(x: float, y: float, plan: Look, radius: float = 7) -> str:
    """The mark of a plan: a diamond or a hexagon."""
    corners = {"diamond": 4, "hexagon": 6}[plan.marker]
    turns = [2 * math.pi * k / corners for k in range(corners)]
    points = " ".join(
        f"{x + radius * math.sin(turn):.1f},{y - radius * math.cos(turn):.1f}" for turn in turns
    )
    return f'<polygon points="{points}" fill="{plan.colour}" stroke="#ffffff"/>'


def ticks(low: float, high: float) -> list[float]:
    """Round whole numbers, at most seven, from `low` or less over 0 to `high` or more."""
    low, high = min(low, 0.0), max(high, 0.0)
    size = 10.0 ** math.floor(math.log10(max(high - low, 1.0)))
    for step in (max(1.0, factor * size) for factor in (0.2, 0.5, 1, 2)):
        first, last = math.floor(low / step), max(math.ceil(high / step), 1)
        if last - first <= 6:
            break
    return [step * k for k in range(first, last + 1)]
