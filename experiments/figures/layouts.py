"""Where the communities of a map lie on the page, whatever kind of map it is."""

from __future__ import annotations

from dataclasses import dataclass

from streetlight.experiments.figures.outlines import Rings
from streetlight.model.arrays import FloatArray

OUTLINES, CENTROIDS, NEIGHBOURS, SIZE = "outlines", "centroids", "neighbours", "size"


@dataclass(frozen=True)
class Layout:
    """Places on the page, in units of the map's width.

    kind: one of the above; x, y: (C,), x from 0 to 1, y downward from 0 to `height`; tile: side of
    a tile, 0 for others; boxes: (left, top, width, height) of those drawn apart; shapes: outline of
    each place with OUTLINES, None where it has none and gets a dot; behind: outlines of states;
    may_outline: whether the extra `map` would give outlines.
    """

    kind: str
    x: FloatArray
    y: FloatArray
    height: float
    tile: float = 0.0
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    shapes: tuple[Rings | None, ...] = ()
    behind: tuple[Rings, ...] = ()
    may_outline: bool = False
