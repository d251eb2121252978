"""Where the communities of a map lie on it: in their outlines, at their centres, or as tiles.

US counties have outlines when the extra `map` is installed, else dots at their centres, as other
real places have. Invented places have no geography worth a scale: they are tiles that keep their
neighbours roughly. Places whose positions are not known are tiles by size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.analyse.outlines import (
    ALASKA,
    HAWAII,
    LOWER_48,
    Rings,
    installed,
    known,
)
from streetlight.model.arrays import BoolArray, FloatArray, IntArray
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError

OUTLINES, CENTRES, NEIGHBOURS, SIZE = "outlines", "centres", "neighbours", "size"
#: Alaska and Hawaii are drawn apart, so wide (1 is the whole map), from this left edge.
APART = {"02": (ALASKA, 0.2, 0.01), "15": (HAWAII, 0.1, 0.24)}
#: More tiles than this are laid line by line: the best places for all take time as their cube.
MOST_ASSIGNED = 1_000
#: Places are named only where they are fewer than this.
FEW = 13


@dataclass(frozen=True)
class Layout:
    """Places on the map: x from 0 to 1, y downward from 0 to `height`.

    shapes: the outline of each place, None for a dot; tile: side of the tiles, 0 for others; names:
    of the places where they are few, else empty.
    """

    kind: str
    x: FloatArray
    y: FloatArray
    height: float
    tile: float = 0.0
    shapes: tuple[Rings | None, ...] = ()
    names: tuple[str, ...] = ()


def layout(config: Mapping[str, Any], ids: Sequence[str], youth: FloatArray) -> Layout:
    """Where the communities `ids` of an experiment go; youth: (C,) orders them if nothing else."""
    region = region_of(config, ids)
    names = tuple(region.names if region else ids) if len(ids) < FEW else ()
    if region is None:
        return tiles(SIZE, np.argsort(-youth, kind="stable"), names)
    if not (np.isfinite(region.latitude).all() and np.isfinite(region.longitude).all()):
        return tiles(SIZE, np.argsort(-youth, kind="stable"), names)
    if "synthetic" in config["region"]:
        return neighbourhood(region.longitude, region.latitude, names)
    return projected(
        ids, region.longitude, region.latitude, names, "us_counties" in config["region"]
    )


def region_of(config: Mapping[str, Any], ids: Sequence[str]) -> Region | None:
    """The experiment's region, None unless it is the same to the last bit."""
    choice = config["region"]
    try:
        if "us_counties" in choice:
            region = Region.us_counties()
        elif "synthetic" in choice:
            region = Region.synthetic(**choice["synthetic"])
        elif Path(choice.get("csv", "")).is_file():
            region = Region.from_csv(**{"path" if k == "csv" else k: v for k, v in choice.items()})
        else:
            return None
        region = region.select(ids=ids)
    except InputError:
        return None
    return region if region.fingerprint() == config.get("region_fingerprint") else None


def columns_of(n: int) -> int:
    """Tiles side by side, three for every two lines."""
    return max(1, int(np.ceil(np.sqrt(1.5 * n))))


def tiles(kind: str, order: IntArray, names: tuple[str, ...] = ()) -> Layout:
    """Tiles line by line; order: (C,) communities from the upper left to the lower right."""
    side = 1 / columns_of(order.size)
    row, column = np.divmod(np.arange(order.size), columns_of(order.size))
    x, y = np.empty(order.size), np.empty(order.size)
    x[order], y[order] = (column + 0.5) * side, (row + 0.5) * side
    return Layout(kind, x, y, float(row.max() + 1) * side, side, names=names)


def neighbourhood(x: FloatArray, y: FloatArray, names: tuple[str, ...]) -> Layout:
    """Tiles as near as can be to where places (C,) lie, y northward, once stretched to the grid."""
    n_columns = columns_of(x.size)
    if x.size > MOST_ASSIGNED:  # north to south in lines, each line from west to east
        north = np.argsort(-y, kind="stable")
        cuts = [north[k : k + n_columns] for k in range(0, north.size, n_columns)]
        order = np.concatenate([line[np.argsort(x[line], kind="stable")] for line in cuts])
        return tiles(NEIGHBOURS, order)
    from scipy.optimize import linear_sum_assignment

    n_rows = -(-x.size // n_columns)
    row, column = np.divmod(np.arange(n_rows * n_columns), n_columns)
    across = (x - x.min()) / max(float(np.ptp(x)), 1e-9) * (n_columns - 1)
    down = (y.max() - y) / max(float(np.ptp(y)), 1e-9) * (n_rows - 1)
    cell = linear_sum_assignment((across[:, None] - column) ** 2 + (down[:, None] - row) ** 2)[1]
    side = 1 / n_columns
    x, y = (column[cell] + 0.5) * side, (row[cell] + 0.5) * side
    return Layout(NEIGHBOURS, x, y, n_rows * side, side, names=names)


def projected(
    ids: Sequence[str], longitude: FloatArray, latitude: FloatArray, names: tuple[str, ...],
    is_us: bool,
) -> Layout:  # fmt: skip
    """Real places: US counties in equal area with Alaska and Hawaii apart, others as they lie."""
    centres = np.column_stack([longitude, latitude])
    if not is_us:
        shrink = np.cos(np.radians(latitude.mean()))
        flat = np.column_stack([longitude * shrink, -latitude])
        corner, wide = flat.min(axis=0), max(float(np.ptp(flat[:, 0])), 1e-9)
        flat = (flat - corner) / wide
        return Layout(CENTRES, flat[:, 0], flat[:, 1], float(flat[:, 1].max()), names=names)
    atlas = installed()
    shapes: list[Rings | None] = [None] * len(ids)
    if atlas:
        shapes = known(atlas, ids, longitude, latitude)
    state = np.array([name[:2] for name in ids])
    main = ~np.isin(state, list(APART))
    boxes = {"": (LOWER_48, 1.0, 0.0)} if main.any() else {}
    boxes |= {key: box for key, box in APART.items() if (state == key).any()}
    height = 0.0
    for key, (projection, width, left) in boxes.items():
        mine = main if not key else state == key
        width, left = (width, left) if main.any() or len(boxes) > 1 else (1.0, 0.0)
        top = max(0.0, 0.8 * height)
        height = max(height, place(mine, projection, (left, top, width), centres, shapes))
    kind = OUTLINES if any(shape is not None for shape in shapes) else CENTRES
    return Layout(kind, centres[:, 0], centres[:, 1], height, shapes=tuple(shapes), names=names)


def place(
    mine: BoolArray, projection: Any, box: tuple[float, float, float], centres: FloatArray,
    shapes: list[Rings | None],
) -> float:  # fmt: skip
    """Move centres and shapes of some places into a box (left, top, width); its lower edge."""
    left, top, width = box
    at = np.flatnonzero(mine).tolist()
    rings = {c: [projection(ring) for ring in shapes[c] or ()] for c in at}
    flat = projection(centres[mine])
    every = np.concatenate([flat, *(ring for one in rings.values() for ring in one)])
    corner, scale = every.min(axis=0), width / max(float(np.ptp(every[:, 0])), 1e-9)
    centres[mine] = (flat - corner) * scale + (left, top)
    for c, one in rings.items():
        if one:
            shapes[c] = tuple((ring - corner) * scale + (left, top) for ring in one)
    return float((every[:, 1].max() - corner[1]) * scale + top)
