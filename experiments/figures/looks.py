"""How things look: one colour, marker and dash a policy, the same in every figure.

Colours are those of Okabe and Ito (2008, "Color Universal Design"), which people with any common
colour vision can tell apart. Nothing is said by colour alone: markers, dashes, hatches and words
carry the same difference, so that a grey print reads too.
"""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.colors import to_hex, to_rgb

from streetlight.experiments.figures.tables import ShownPolicy

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
PALE_BLUE = "#66A9D1"  # BLUE with 40% of white
YELLOW = "#F0E442"

INK = "#222222"
QUIET = "#5F5F5F"
RULE = "#D9D9D9"
WATER = "#EAF3F9"
BASELINE = "#7A7A7A"

# What red, green and blue add to how bright a colour looks (ITU-R BT.601), and the brightest that
# a thin line may be: as the orange and the green are, which yellow would be far beyond.
LUMA, PALEST = (0.299, 0.587, 0.114), 0.72

_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, YELLOW)
# Eight markers against seven colours: 56 policies before a pair comes again.
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", ">")
# Dashes of the oracles' lines, in points on and off.
_DASHES = ((6.0, 2.0), (1.5, 1.5), (6.0, 2.0, 1.5, 2.0), (10.0, 3.0), (3.0, 3.0))


@dataclass(frozen=True)
class Look:
    """A policy's colour, marker and (for reference lines) dash."""

    colour: str
    marker: str
    dash: tuple[float, ...]

    def tint(self, share: float) -> str:
        """The colour mixed with white; `share` of it is left."""
        red, green, blue = (1 - share * (1 - part) for part in to_rgb(self.colour))
        return to_hex((red, green, blue))

    @property
    def pale(self) -> str:
        """The colour of what lies behind marks: mixed with white, and yet to be seen on white."""
        parts = to_rgb(self.tint(0.55))
        luma = sum(weight * part for weight, part in zip(LUMA, parts, strict=True))
        red, green, blue = (part * min(1.0, PALEST / luma) for part in parts)
        return to_hex((red, green, blue))


def look(policy: ShownPolicy) -> Look:
    """The look of a policy, fixed by its place in the experiment file."""
    dash = _DASHES[policy.order % len(_DASHES)]
    if policy.is_baseline:
        return Look(BASELINE, "s", dash)
    if policy.is_oracle:
        return Look(INK, "d", dash)
    return Look(
        _COLOURS[policy.order % len(_COLOURS)], _MARKERS[policy.order % len(_MARKERS)], dash
    )
