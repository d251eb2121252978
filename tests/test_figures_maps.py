"""Where places lie on a map: outlines, projections, tiles, and names where they are few."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streetlight.experiments.analyse import layouts, outlines
from streetlight.model.communities.region import Region

# Two squares of one degree side by side that share an arc; the second walks it backwards.
TOPOLOGY: dict[str, Any] = {
    "transform": {"scale": [0.1, 0.1], "translate": [-100.0, 40.0]},
    "arcs": [
        [[10, 0], [0, 10]],
        [[10, 10], [-10, 0], [0, -10], [10, 0]],
        [[10, 0], [10, 0], [0, 10], [-10, 0]],
    ],
    "objects": {
        "counties": {
            "geometries": [
                {"type": "Polygon", "id": "20001", "arcs": [[0, 1]]},
                {"type": "MultiPolygon", "id": "20003", "arcs": [[[2, -1]]]},
            ],
        },
    },
}
LONGITUDE, LATITUDE = np.array([-99.5, -98.5, -99.5]), np.array([40.5, 40.5, 40.9])


@pytest.fixture
def tiny(tmp_path: Path) -> outlines.Atlas:
    """Two counties of one state."""
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(TOPOLOGY))
    return outlines.read_atlas(path)


def test_arcs_are_decoded_walked_backwards_and_joined(tiny: outlines.Atlas) -> None:
    """Both squares are closed, have area 1 and lie where they should."""
    for name, west in (("20001", -100.0), ("20003", -99.0)):
        (ring,) = tiny[name]
        assert ring[0] == pytest.approx(ring[-1])
        assert ring.min(axis=0) == pytest.approx((west, 40.0))
        assert ring.max(axis=0) == pytest.approx((west + 1, 41.0))
        x, y = ring.T
        assert abs((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2) == pytest.approx(1.0)


def test_an_outline_is_only_for_a_place_that_lies_in_it(tiny: outlines.Atlas) -> None:
    """Another country's place of the same id has none, nor has an unknown id."""
    found = outlines.known(
        tiny, ("20001", "20003", "x"), np.array([-99.5, 9.4, -99.5]), np.array([40.5, 54.8, 40.5])
    )
    assert [one is not None for one in found] == [True, False, False]


def test_the_projection_keeps_areas() -> None:
    """A degree in the south and one in the north have the areas they have on the sphere."""
    steps = np.linspace(0, 1, 400)
    for south in (25.0, 37.0, 48.0):
        edge = np.concatenate([
            np.column_stack([-90 + steps, np.full(400, south)]),
            np.column_stack([np.full(400, -89.0), south + steps]),
            np.column_stack([-89 - steps, np.full(400, south + 1)]),
            np.column_stack([np.full(400, -90.0), south + 1 - steps]),
        ])  # fmt: skip
        x, y = outlines.LOWER_48(edge).T
        area = abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)
        sines = np.sin(np.radians([south, south + 1]))
        assert area == pytest.approx(np.radians(1) * (sines[1] - sines[0]), rel=1e-4)


def test_both_sides_of_the_date_line_lie_together() -> None:
    """A degree across the date line is as near as one beside it."""
    points = outlines.ALASKA(np.array([[-179.5, 52.0], [179.5, 52.0], [-178.5, 52.0]]))
    across, beside = (np.hypot(*(points[k] - points[0])) for k in (1, 2))
    assert across == pytest.approx(beside, rel=1e-6)


def test_a_place_without_an_outline_is_a_dot_beside_the_outlined(
    tiny: outlines.Atlas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outlines lie in the page from 0 to 1; the dot lies north of the county below it."""
    monkeypatch.setattr(layouts, "installed", lambda: tiny)
    where = layouts.projected(("20001", "20003", "20999"), LONGITUDE, LATITUDE, (), True)
    assert where.kind == layouts.OUTLINES
    assert [shape is not None for shape in where.shapes] == [True, True, False]
    points = np.concatenate([ring for shape in where.shapes for ring in shape or ()])
    assert (points[:, 0].min(), points[:, 0].max()) == pytest.approx((0, 1))
    assert where.x[0] < where.x[1]
    assert where.y[2] < where.y[0]
    monkeypatch.setattr(layouts, "installed", lambda: None)
    bare = layouts.projected(("20001", "20003", "20999"), LONGITUDE, LATITUDE, (), True)
    assert bare.kind == layouts.CENTRES


def test_alaska_and_hawaii_are_drawn_apart_below(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is left of the page, and both are below the middle of the other states."""
    monkeypatch.setattr(layouts, "installed", lambda: None)
    ids = ("20001", "53001", "12001", "02001", "02003", "15001", "15003")
    longitude = np.array([-98.0, -124.0, -80.0, -150.0, -179.0, -156.0, -158.0])
    latitude = np.array([38.0, 48.0, 26.0, 62.0, 52.0, 20.0, 21.5])
    where = layouts.projected(ids, longitude, latitude, (), True)
    assert (where.x >= 0).all()
    assert where.y[3:].min() > where.y[0]
    assert where.x[3:5].max() < where.x[5:].min()


def test_tiles_keep_neighbours_and_hide_none() -> None:
    """Four places at the corners of a square are tiles at those corners."""
    x, y = np.array([0.0, 9.0, 0.0, 9.0]), np.array([5.0, 5.0, 0.0, 0.0])
    where = layouts.neighbourhood(x, y, ())
    assert len(set(zip(where.x, where.y, strict=True))) == 4
    assert where.x[0] < where.x[1]
    assert where.y[0] < where.y[2]
    many = layouts.neighbourhood(np.arange(1200.0), np.zeros(1200), ())
    assert len(set(zip(many.x, many.y, strict=True))) == 1200


def test_places_are_named_only_where_they_are_few() -> None:
    """Twelve have their names, thirteen none; what is not known any more goes by its id."""
    for n, named in ((12, True), (13, False)):
        region = Region.synthetic(n, seed=1)
        config = {"region": {"synthetic": {"n_communities": n, "seed": 1}},
                  "region_fingerprint": region.fingerprint()}  # fmt: skip
        where = layouts.layout(config, list(region.ids), region.youth)
        assert where.names == (tuple(region.names) if named else ())
    gone = layouts.layout({"region": {"csv": "gone.csv"}}, ["a", "b"], np.array([1.0, 9.0]))
    assert (gone.kind, gone.names, gone.x[1] < gone.x[0]) == (layouts.SIZE, ("a", "b"), True)
