"""Outlines of US counties from the optional extra `map`, and how the round earth lies on a page.

The file is us-atlas 3.0.1 (outlines of the Census Bureau, edition 2017, public domain) as TopoJSON;
the package that ships it is looked up, never imported. Nothing is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.model.arrays import FloatArray

PACKAGE, FILE = "dubois_charts", "charts/data/us-counties-10m.json"
# A place: its rings, each (n, 2) of longitude and latitude.
Rings = tuple[FloatArray, ...]


#: Outlines by the five digits of a county.
Atlas = dict[str, Rings]


def installed() -> Atlas | None:
    """The outlines, None without the extra."""
    package = find_spec(PACKAGE)
    for folder in (package and package.submodule_search_locations) or ():
        if (Path(folder) / FILE).is_file():
            return read_atlas(Path(folder) / FILE)
    return None


@lru_cache(maxsize=1)
def read_atlas(path: Path) -> Atlas:
    """Counties of a TopoJSON file."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    scale, corner = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    # Points of an arc are steps from the one before, in whole numbers.
    arcs = [np.cumsum(arc, axis=0) * scale + corner for arc in topology["arcs"]]
    counties = topology["objects"]["counties"]["geometries"]
    return {one["id"]: rings_of(one, arcs) for one in counties}


def rings_of(geometry: dict[str, Any], arcs: Sequence[FloatArray]) -> Rings:
    """The rings of a Polygon or MultiPolygon; an arc ~k is arc k walked backwards."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    return tuple(
        np.concatenate([arcs[k] if k >= 0 else arcs[~k][::-1] for k in ring])
        for polygon in polygons
        for ring in polygon
    )


def known(
    atlas: Atlas, ids: Iterable[str], longitude: FloatArray, latitude: FloatArray
) -> list[Rings | None]:
    """The outline of each place, None where there is none.

    Ids of other countries may look like those of US counties: a place's position has to lie within
    the bounds of its outline.
    """
    found: list[Rings | None] = []
    for name, x, y in zip(ids, longitude, latitude, strict=True):
        rings = atlas.get(name)
        if rings is not None:
            points = np.concatenate(rings)
            (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
            if not (west <= x <= east and south <= y <= north):
                rings = None
        found.append(rings)
    return found


@dataclass(frozen=True)
class Albers:
    """The conic equal-area projection of Albers on a sphere of radius 1.

    south, north: its standard parallels; latitude, longitude: what comes to lie at (0, 0); degrees.
    """

    south: float
    north: float
    latitude: float
    longitude: float

    def __call__(self, points: FloatArray) -> FloatArray:
        """Points (n, 2) on the page, x to the east and y downward.

        Snyder, Map Projections: A Working Manual (1987), equations 14-1 to 14-6.
        """
        south, north, middle = np.radians((self.south, self.north, self.latitude))
        n = (np.sin(south) + np.sin(north)) / 2
        c = np.cos(south) ** 2 + 2 * n * np.sin(south)
        # No place is half the earth away: what seems so lies on the other side of the date line.
        turned = (points[:, 0] - self.longitude + 180) % 360 - 180
        angle = n * np.radians(turned)
        rho = np.sqrt(c - 2 * n * np.sin(np.radians(points[:, 1]))) / n
        rho_0 = np.sqrt(c - 2 * n * np.sin(middle)) / n
        return np.column_stack([rho * np.sin(angle), rho * np.cos(angle) - rho_0])


# Parallels as the US Geological Survey uses them (Snyder 1987, page 94), Alaska's and Hawaii's too.
LOWER_48 = Albers(29.5, 45.5, 23.0, -96.0)
ALASKA = Albers(55.0, 65.0, 50.0, -154.0)
HAWAII = Albers(8.0, 18.0, 3.0, -157.0)
