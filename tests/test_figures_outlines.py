"""Outlines of US counties: read from a TopoJSON made here, projected, laid out; dots without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from test_figures import Made, texts_keep_apart

from streetlight.experiments.figures import county_layout, draw_maps, layouts, outlines, positions
from streetlight.experiments.figures.tables import read_results
from streetlight.model.communities.region import Region

# Two squares of one degree side by side, from west to east; the second is the mirror of the first
# at their common arc, which it walks backwards. Steps are tenths of a degree.
TOPOLOGY = {
    "type": "Topology",
    "transform": {"scale": [0.1, 0.1], "translate": [-100.0, 40.0]},
    "arcs": [
        [[10, 0], [0, 10]],
        [[10, 10], [-10, 0], [0, -10], [10, 0]],
        [[10, 0], [10, 0], [0, 10], [-10, 0]],
        [[0, 0], [20, 0], [0, 10], [-20, 0], [0, -10]],
    ],
    "objects": {
        "counties": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "id": "20001", "arcs": [[0, 1]]},
                {"type": "MultiPolygon", "id": "20003", "arcs": [[[2, -1]]]},
            ],
        },
        "states": {
            "type": "GeometryCollection",
            "geometries": [{"type": "Polygon", "id": "20", "arcs": [[3]]}],
        },
    },
}


@pytest.fixture
def tiny(tmp_path: Path) -> outlines.Atlas:
    """Two counties of one state."""
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(TOPOLOGY))
    return outlines.read_atlas(path)


def test_arcs_are_decoded_walked_backwards_and_joined(tiny: outlines.Atlas) -> None:
    """Both squares are closed, have area 1 and lie where they should."""
    for name, west in (("20001", -100.0), ("20003", -99.0)):
        (ring,) = tiny.counties[name]
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
        edge = np.concatenate(
            [
                np.column_stack([-90 + steps, np.full(400, south)]),
                np.column_stack([np.full(400, -89.0), south + steps]),
                np.column_stack([-89 - steps, np.full(400, south + 1)]),
                np.column_stack([np.full(400, -90.0), south + 1 - steps]),
            ]
        )
        x, y = outlines.LOWER_48(edge).T
        area = abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)
        sines = np.sin(np.radians([south, south + 1]))
        assert area == pytest.approx(np.radians(1) * (sines[1] - sines[0]), rel=1e-4)


def test_both_sides_of_the_date_line_lie_together() -> None:
    """A degree across the date line is as near as one beside it."""
    points = outlines.ALASKA(np.array([[-179.5, 52.0], [179.5, 52.0], [-178.5, 52.0]]))
    across, beside = (np.hypot(*(points[k] - points[0])) for k in (1, 2))
    assert across == pytest.approx(beside, rel=1e-6)


def test_a_place_without_an_outline_is_a_dot_beside_the_outlined(tiny: outlines.Atlas) -> None:
    """Outlines lie in the page from 0 to 1; the dot lies north of the county below it."""
    longitude, latitude = np.array([-99.5, -98.5, -99.5]), np.array([40.5, 40.5, 40.9])
    ids = ("20001", "20003", "20999")
    shapes = outlines.known(tiny, ids, longitude, latitude)
    where = county_layout.outlined(tiny, ids, shapes, longitude, latitude)
    assert where.kind == layouts.OUTLINES
    assert [shape is not None for shape in where.shapes] == [True, True, False]
    points = np.concatenate([ring for shape in where.shapes for ring in shape or ()])
    assert points[:, 0].min() == pytest.approx(0)
    assert points[:, 0].max() == pytest.approx(1)
    assert where.x[0] < where.x[1]
    assert where.y[2] < where.y[0]
    assert len(where.behind) == 1


def small_us(monkeypatch: pytest.MonkeyPatch, folder: Path, found: Any) -> Any:
    """The figure of 30 counties, with these outlines installed or, if None, none."""
    region = Region.us_counties()
    region = region.select(ids=region.ids[60:90])  # the last of Alabama, the first of Alaska
    config = {"region": {"us_counties": {}}, "region_fingerprint": region.fingerprint()}
    monkeypatch.setattr(outlines, "installed", lambda: found)
    monkeypatch.setattr(
        draw_maps, "layout", lambda _, __, youth: positions.layout(config, region.ids, youth)
    )
    return draw_maps.picture(read_results(Made(communities=30).write(folder)))


def boxes(region: Region) -> outlines.Atlas:
    """An atlas in which every county is a square around its centre, and every state too."""
    square = np.array([[-0.2, -0.2], [-0.2, 0.2], [0.2, 0.2], [0.2, -0.2], [-0.2, -0.2]])
    centres = np.column_stack([region.longitude, region.latitude])
    counties = {name: (centre + square,) for name, centre in zip(region.ids, centres, strict=True)}
    return outlines.Atlas(counties, {name[:2]: shape for name, shape in counties.items()})


def test_with_and_without_the_extra_the_figure_is_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With it outlines and hatches, without it dots and how to get them; texts keep apart."""
    for found, said in ((boxes(Region.us_counties()), False), (None, True)):
        picture = small_us(monkeypatch, tmp_path / str(said), found)
        texts_keep_apart(picture)
        svg, notes = picture.for_a_page()
        assert svg
        assert (outlines.INSTALL in " ".join(notes)) is said
        assert ("Hatched: uncertain" in " ".join(notes)) is not said
        words = [text.get_text() for axes in picture.figure().axes for text in axes.texts]
        assert words.count(draw_maps.MARK) == 3


def test_without_the_package_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that cannot be found gives no outlines."""
    monkeypatch.setattr(outlines, "find_spec", lambda _: None)
    assert outlines.installed() is None


def test_parts_set_aside_hide_nothing() -> None:
    """Frames of Alaska and Hawaii overlap neither each other nor a county of the rest."""
    region = Region.us_counties()
    chosen = region.select(ids=[i for i in region.ids if i[:2] in ("02", "15", "48", "01")])
    atlas = boxes(region)
    shapes = [atlas.counties[name] for name in chosen.ids]
    where = county_layout.outlined(atlas, chosen.ids, shapes, chosen.longitude, chosen.latitude)
    assert len(where.boxes) == 2
    for left, top, width, height in where.boxes:
        for name, shape in zip(chosen.ids, where.shapes, strict=True):
            assert shape is not None
            x, y = np.concatenate(shape).T
            inside = (x > left) & (x < left + width) & (y > top) & (y < top + height)
            assert not inside.any() or name[:2] in ("02", "15")
    (left, _, width, _), (other, *_) = where.boxes
    assert left + width <= other


@pytest.mark.parametrize("n", [1, 2, 7, 300])
def test_no_tile_hides_another_and_neighbours_stay_near(n: int) -> None:
    """Every place has a tile of its own; more neighbours touch than the half of line by line."""
    region = Region.synthetic(n, seed=3)
    where = positions.neighbourhood(region.longitude, region.latitude)
    cells = np.round(np.column_stack([where.x, where.y]) / where.tile - 0.5).astype(int)
    assert len(set(map(tuple, cells.tolist()))) == n
    assert where.y.max() + where.tile / 2 <= where.height + 1e-9
    if n == 300:
        position = np.column_stack([region.longitude, region.latitude])
        apart = np.hypot(*(position[:, None] - position).T)
        np.fill_diagonal(apart, np.inf)
        near = np.abs(cells - cells[apart.argmin(axis=1)]).max(axis=1)
        assert (near == 1).mean() > 0.7


def test_shades_darken_in_grey() -> None:
    """Each shade is darker than the one before when printed without colour."""
    grey = [np.dot(to_rgb(tint), (0.2126, 0.7152, 0.0722)) for tint in draw_maps.TINTS]
    assert (np.diff(grey) < -0.02).all()


@pytest.mark.slow
def test_every_county_has_an_outline_in_the_packaged_file() -> None:
    """The pinned package has all 3,142 counties where the region has them, and all fit."""
    atlas = outlines.installed()
    assert atlas is not None, f"the extra is not installed: {outlines.INSTALL}"
    region = Region.us_counties()
    assert set(region.ids) <= set(atlas.counties)
    found = outlines.known(atlas, region.ids, region.longitude, region.latitude)
    assert all(shape is not None for shape in found)
    where = county_layout.outlined(atlas, region.ids, found, region.longitude, region.latitude)
    assert where.height == pytest.approx(0.62, abs=0.05)
    assert 0 <= where.x.min() and where.x.max() <= 1
    assert 0 <= where.y.min() and where.y.max() <= where.height
