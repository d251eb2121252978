"""Where communities are drawn on a map: in their outlines, at their centroids, or as tiles.

US counties have outlines when the extra `map` is installed, else dots at their centroids, as other
real places have. An invented region has no geography worth a scale, so its communities become tiles
that keep their neighbours roughly. A region whose positions are not known is laid out by size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.figures import outlines
from streetlight.experiments.figures.county_layout import outlined
from streetlight.experiments.figures.layouts import CENTROIDS, NEIGHBOURS, SIZE, Layout
from streetlight.model.arrays import FloatArray, IntArray
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError

# A state alone in a corner gets a box of its own when the rest then fills this share of the page.
CROWDED = 0.75
MOST_BOXES = 2
# More tiles than this are laid line by line: the best places for all take time as their cube.
MOST_ASSIGNED = 1_000


def layout(config: Mapping[str, Any], ids: Sequence[str], youth: FloatArray) -> Layout:
    """Where the communities `ids` of an experiment go; youth: (C,) orders them if nothing else."""
    region = region_of(config, ids)
    if region is None:
        return tiles(SIZE, np.argsort(-youth, kind="stable"))
    if "synthetic" in config["region"]:
        return neighbourhood(region.longitude, region.latitude)
    atlas = outlines.installed()
    if atlas is not None:
        shapes = outlines.known(atlas, ids, region.longitude, region.latitude)
        if sum(shape is not None for shape in shapes) * 2 >= len(shapes):
            return outlined(atlas, ids, shapes, region.longitude, region.latitude)
    where = dots(region.longitude, region.latitude, region.state)
    return replace(where, may_outline=atlas is None and "us_counties" in config["region"])


def region_of(config: Mapping[str, Any], ids: Sequence[str]) -> Region | None:
    """The experiment's region, None unless it is the same to the last bit and knows positions."""
    choice = config.get("region")
    if not isinstance(choice, dict):
        return None
    try:
        if "us_counties" in choice:
            region = Region.us_counties()
        elif "synthetic" in choice:
            region = Region.synthetic(**choice["synthetic"])
        elif Path(choice.get("csv", "")).is_file():
            region = Region.from_csv(choice["csv"])
        else:
            return None
        region = region.select(ids=ids)
    except InputError:
        return None
    known = np.isfinite(region.latitude).all() and np.isfinite(region.longitude).all()
    return region if known and region.fingerprint() == config.get("region_fingerprint") else None


def tiles(kind: str, order: IntArray) -> Layout:
    """Tiles line by line; order: (C,) communities from the upper left to the lower right."""
    n_columns = columns_of(order.size)
    side = 1 / n_columns
    row, column = np.divmod(np.arange(order.size), n_columns)
    x, y = np.empty(order.size), np.empty(order.size)
    x[order], y[order] = (column + 0.5) * side, (row + 0.5) * side
    return Layout(kind, x, y, float(row.max() + 1) * side, tile=side)


def columns_of(n: int) -> int:
    """Tiles side by side, three for every two lines."""
    return max(1, int(np.ceil(np.sqrt(1.5 * n))))


def neighbourhood(x: FloatArray, y: FloatArray) -> Layout:
    """Tiles as near as can be to where places (C,) lie, y northward, once stretched to the grid."""
    if x.size > MOST_ASSIGNED:
        return tiles(NEIGHBOURS, _line_by_line(x, y))
    from scipy.optimize import linear_sum_assignment

    n_columns = columns_of(x.size)
    n_rows = -(-x.size // n_columns)
    row, column = np.divmod(np.arange(n_rows * n_columns), n_columns)
    across = (x - x.min()) / max(float(np.ptp(x)), 1e-9) * (n_columns - 1)
    down = (y.max() - y) / max(float(np.ptp(y)), 1e-9) * (n_rows - 1)
    far = (across[:, None] - column) ** 2 + (down[:, None] - row) ** 2
    cell = linear_sum_assignment(far)[1]
    side = 1 / n_columns
    return Layout(
        NEIGHBOURS, (column[cell] + 0.5) * side, (row[cell] + 0.5) * side, n_rows * side, tile=side
    )


def _line_by_line(x: FloatArray, y: FloatArray) -> IntArray:
    """North to south in lines of equal length, each line from west to east."""
    north: IntArray = np.argsort(-y, kind="stable")
    n_columns = columns_of(x.size)
    lines = [north[k : k + n_columns] for k in range(0, north.size, n_columns)]
    return np.concatenate([line[np.argsort(x[line], kind="stable")] for line in lines])


def dots(longitude: FloatArray, latitude: FloatArray, state: Sequence[str]) -> Layout:
    """Centroids on a plane (equirectangular at the middle latitude), far states in boxes below."""
    longitude = longitude.copy()
    if np.ptp(longitude) > 180:  # the date line runs through the region
        longitude[longitude > 0] -= 360
    names = np.array(state)
    apart: list[str] = []
    main = np.ones(longitude.size, dtype=bool)
    while len(apart) < MOST_BOXES and (far := _far_state(longitude, latitude, names, main)):
        apart.append(far)
        main &= names != far
    x, y, height = _plane(longitude, latitude, main)
    boxes = []
    for k, far in enumerate(apart):
        mine = names == far
        box_x, box_y, box_height = _plane(longitude, latitude, mine)
        width = min(0.16, 0.14 / max(box_height, 0.2))
        left, top = 0.01 + 0.19 * k, height * 0.82
        x[mine], y[mine] = left + box_x[mine] * width, top + box_y[mine] * width
        boxes.append((left - 0.01, top - 0.02, width + 0.02, box_height * width + 0.04))
    height = max([height, *(top + tall for _, top, _, tall in boxes)])
    return Layout(CENTROIDS, x, y, height, boxes=tuple(boxes))


def _area(longitude: FloatArray, latitude: FloatArray) -> float:
    return float(max(np.ptp(longitude), 0.1) * max(np.ptp(latitude), 0.1))


def _far_state(longitude: FloatArray, latitude: FloatArray, names: Any, main: Any) -> str | None:
    """The state without which the map is much smaller, if there is one."""
    present = np.unique(names[main])
    if present.size < 3:
        return None
    whole = _area(longitude[main], latitude[main])
    areas = {}
    for name in present:
        rest = main & (names != name)
        areas[str(name)] = _area(longitude[rest], latitude[rest])
    far = min(areas, key=lambda name: areas[name])
    return far if areas[far] < CROWDED * whole else None


def _plane(
    longitude: FloatArray, latitude: FloatArray, chosen: Any
) -> tuple[FloatArray, FloatArray, float]:
    """x from 0 to 1 and y downward over the chosen places, and their height."""
    west, north = longitude[chosen].min(), latitude[chosen].max()
    shrink = np.cos(np.radians(latitude[chosen].mean()))
    width = max(float(np.ptp(longitude[chosen])) * shrink, 1e-9)
    x, y = (longitude - west) * shrink / width, (north - latitude) / width
    return x, y, float(y[chosen].max())
