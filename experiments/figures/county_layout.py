"""US counties on the page in equal area, Alaska and Hawaii moved below the south-west."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.figures.layouts import OUTLINES, Layout
from streetlight.experiments.figures.outlines import ALASKA, HAWAII, LOWER_48, Albers, Atlas, Rings
from streetlight.model.arrays import FloatArray, IntArray

# The parts of the map, with the width of each as a share of the whole where it is set aside.
PARTS = ((LOWER_48, 1.0), (ALASKA, 0.2), (HAWAII, 0.1))
PART_OF_STATE = {"02": 1, "15": 2}
GAP = 0.02  # around parts set aside, as a share of the map's width


@dataclass(frozen=True)
class MapPart:
    """What is drawn with one projection, the western and northern edges at 0, width 1.

    places: (n,) which communities; middles: (n, 2); shapes: outlines of these; behind: of states.
    """

    places: IntArray
    middles: FloatArray
    shapes: list[Rings | None]
    behind: list[Rings]

    @property
    def corners(self) -> FloatArray:
        """All points drawn (n, 2)."""
        rings = [ring for shape in (*self.shapes, *self.behind) for ring in shape or ()]
        return np.concatenate([self.middles, *rings])

    def moved(self, left: float, top: float, scale: float) -> MapPart:
        """The part with its upper left corner, so far at (0, 0), at another place."""

        def move(points: FloatArray) -> FloatArray:
            return points * scale + (left, top)

        shapes = [None if shape is None else tuple(map(move, shape)) for shape in self.shapes]
        behind = [tuple(map(move, rings)) for rings in self.behind]
        return MapPart(self.places, move(self.middles), shapes, behind)


def outlined(
    atlas: Atlas,
    ids: Sequence[str],
    shapes: Sequence[Rings | None],
    longitude: FloatArray,
    latitude: FloatArray,
) -> Layout:
    """The layout of places (C,) with these outlines, and of the states that have one of them."""
    names = sorted({name[:2] for name, shape in zip(ids, shapes, strict=True) if shape})
    centres = np.column_stack([longitude, latitude])
    # By state where there is an outline: it may lie on both sides of the date line
    of_place = _parts_of(longitude, latitude)
    for c, shape in enumerate(shapes):
        if shape is not None:
            of_place[c] = PART_OF_STATE.get(ids[c][:2], 0)
    parts = []
    for k, (projection, share) in enumerate(PARTS):
        mine = np.flatnonzero(of_place == k)
        states = [atlas.states[name] for name in names if PART_OF_STATE.get(name, 0) == k]
        if mine.size:
            part = _part(projection, mine, centres, [shapes[c] for c in mine.tolist()], states)
            parts.append((part, share))
    placed, boxes, height = _arranged(parts)
    xy = np.empty_like(centres)
    drawn: list[Rings | None] = [None] * len(shapes)
    for part in placed:
        xy[part.places] = part.middles
        for c, shape in zip(part.places.tolist(), part.shapes, strict=True):
            drawn[c] = shape
    return Layout(
        OUTLINES,
        xy[:, 0],
        xy[:, 1],
        height,
        boxes=tuple(boxes),
        shapes=tuple(drawn),
        behind=tuple(rings for part in placed for rings in part.behind),
    )


def _parts_of(longitude: FloatArray, latitude: FloatArray) -> IntArray:
    """Which of PARTS each place (C,) belongs to; the date line runs through the Aleutians."""
    alaska = (latitude > 50) & ((longitude < -129) | (longitude > 0))
    hawaii = (latitude < 30) & (longitude < -150)
    return np.where(alaska, 1, np.where(hawaii, 2, 0))


def _part(
    projection: Albers,
    places: IntArray,
    centres: FloatArray,
    shapes: Sequence[Rings | None],
    states: Sequence[Rings],
) -> MapPart:
    drawn = [None if shape is None else tuple(map(projection, shape)) for shape in shapes]
    middles = projection(centres[places])
    for k, shape in enumerate(drawn):
        if shape is not None:
            middles[k] = np.concatenate(shape).mean(axis=0)
    flat = MapPart(
        places,
        middles,
        drawn,
        [tuple(map(projection, rings)) for rings in states],
    )
    corners = flat.corners
    west, north = corners.min(axis=0)
    scale = 1 / max(float(np.ptp(corners[:, 0])), 1e-9)
    return flat.moved(-west * scale, -north * scale, scale)


def _arranged(
    parts: Sequence[tuple[MapPart, float]],
) -> tuple[list[MapPart], list[tuple[float, float, float, float]], float]:
    """The first part across the page, the others below its south-west; boxes; height of all."""
    first = parts[0][0]
    ground = first.corners
    height = float(ground[:, 1].max())
    placed, boxes, left = [first], [], 0.0
    for part, share in parts[1:]:
        tall = float(part.corners[:, 1].max()) * share + GAP
        wide = share + GAP
        top = height - tall
        inside = (ground[:, 0] < left + wide + GAP) & (ground[:, 0] > left - GAP)
        if (ground[inside, 1] > top - GAP).any():
            top = float(ground[inside, 1].max()) + GAP
        placed.append(part.moved(left + GAP / 2, top + GAP / 2, share))
        boxes.append((left, top, wide, tall))
        left += wide + GAP
    return placed, boxes, max([height, *(top + tall for _, top, _, tall in boxes)])
