"""Where communities are drawn on a map: at their centroids, or as tiles in a grid.

A built-in region has real centroids. An invented region has no geography worth a scale, so its
communities become tiles that keep their neighbours roughly. A region whose positions are not known
is laid out by size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.figures.estimates import FloatArray, IntArray
from model.errors import InputError
from model.region import Region

CENTROIDS, NEIGHBOURS, SIZE = "centroids", "neighbours", "size"
# A state alone in a corner gets a box of its own when the rest then fills this share of the page.
CROWDED = 0.75
MOST_BOXES = 2


@dataclass(frozen=True)
class Layout:
    """Places on the page, in units of the map's width.

    kind: CENTROIDS, NEIGHBOURS or SIZE; x, y: (C,), x from 0 to 1, y downward from 0 to `height`;
    tile: side of a tile, 0 for dots; boxes: (left, top, width, height) of those drawn apart.
    """

    kind: str
    x: FloatArray
    y: FloatArray
    height: float
    tile: float = 0.0
    boxes: tuple[tuple[float, float, float, float], ...] = ()


def layout(config: Mapping[str, Any], ids: Sequence[str], youth: FloatArray) -> Layout:
    """Where the communities `ids` of an experiment go; youth: (C,) orders them if nothing else."""
    region = region_of(config, ids)
    if region is None:
        return tiles(SIZE, np.argsort(-youth, kind="stable"))
    if "synthetic" in config["region"]:
        return tiles(NEIGHBOURS, _by_neighbourhood(region.longitude, region.latitude))
    return dots(region.longitude, region.latitude, region.state)


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


def _by_neighbourhood(x: FloatArray, y: FloatArray) -> IntArray:
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
