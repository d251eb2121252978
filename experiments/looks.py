"""How plans and kinds of place look: one colour, marker and dash each, wherever they are drawn.

Nothing is said by colour alone: markers and words carry the same difference, and the places run
from light to dark, so that a grey print reads too.
"""

from __future__ import annotations

from typing import NamedTuple


class Look(NamedTuple):
    """A colour, the name of a marker (see `report.marks`), and a dash as on and off lengths."""

    colour: str
    marker: str
    dash: tuple[int, ...] = ()


#: The line without money, and a plan that is told the truth.
BASELINE = Look("#6b6b6b", "ring", (6, 4))
REFERENCE = Look("#1b1b1b", "cross", (2, 3))
#: A plan among so many that not all are named.
UNNAMED = Look("#9a9a9a", "dot")
_LOOKS = (
    Look("#00558c", "circle"), Look("#bd4a07", "star"), Look("#7b4a8c", "diamond"),
    Look("#1f78ac", "triangle"), Look("#7a5c00", "square"), Look("#2f6f4f", "hexagon"),
    Look("#a02c5a", "plus"), Look("#4d4d9a", "down"),
)  # fmt: skip
#: Large cities to rural places.
PLACES = {
    "large metro": "#c9d6e2", "small metro": "#8fabc4", "town": "#b05a17", "rural": "#5a2600",
}  # fmt: skip
INK, QUIET, RULE, TINT = "#1b1b1b", "#555555", "#d9d5cb", "#f4f2ed"
GOOD, HARM, NEUTRAL = "#00558c", "#bd4a07", "#6b6b6b"


def look(order: int, *, is_baseline: bool = False, is_reference: bool = False) -> Look:
    """The look of the plan that is the `order`-th on offer in its study (from 0).

    After eight plans the colours come again with dashes, and after sixteen with other markers.

    >>> from streetlight.experiments.looks import look
    >>> look(0).marker, look(8).dash, look(0, is_baseline=True).marker
    ('circle', (9, 3), 'ring')
    >>> look(8).marker, look(16).marker, look(24).marker
    ('circle', 'triangle', 'plus')
    """
    if is_baseline or is_reference:
        return BASELINE if is_baseline else REFERENCE
    again, place = divmod(order, len(_LOOKS))
    if not again:
        return _LOOKS[place]
    marker = _LOOKS[(place + 3 * (again - 1)) % len(_LOOKS)].marker
    return Look(_LOOKS[place].colour, marker, (9, 3 * again))
