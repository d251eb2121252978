"""Maps, drawn: reports, victimizations and what is never reported, on one scale of shades."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline

from streetlight.experiments.figures.layouts import CENTROIDS, NEIGHBOURS, OUTLINES, SIZE, Layout
from streetlight.experiments.figures.looks import INK, QUIET, RULE
from streetlight.experiments.figures.maps import (
    MAPS,
    N_SHADES,
    REPORTS,
    TRUTH,
    MapRow,
    Maps,
    headline,
    maps_of,
    shades,
)
from streetlight.experiments.figures.outlines import INSTALL, Rings
from streetlight.experiments.figures.page import SMALL_SIZE, Page
from streetlight.experiments.figures.picture import Picture
from streetlight.experiments.figures.places import read_config
from streetlight.experiments.figures.positions import layout
from streetlight.experiments.figures.tables import ResultTables
from streetlight.experiments.figures.words import number
from streetlight.experiments.labels import quoted
from streetlight.model.arrays import BoolArray, FloatArray, IntArray

NAME = "maps"
WIDTH = 4.5  # of a map, inches
BETWEEN = 0.3
TITLE = 0.45
MARK_HEIGHT = 0.25
# Said on each map, as a map may be cut out of its page.
MARK = "Simulated. Not a finding about any real place."
SHADE, SHADE_STEP = 0.2, 0.27  # of the key: side of a box, and from box to box
KEY_HEIGHT = 0.25 + (N_SHADES + 1) * SHADE_STEP
# From pale to dark, ColorBrewer's YlGnBu, the darkest darker: reads in grey.
TINTS = (
    *("#FFFFD9", "#EDF8B1", "#C7E9B4", "#7FCDBB"),
    *("#41B6C4", "#1D91C0", "#225EA8", "#081D58"),
)
LARGEST, LEAST = 0.16, 0.022  # diameters of dots, inches
# More places than this are drawn as pixels in the SVG, which would else be megabytes.
MANY = 600
# And outlines with more points than this: three maps of them would be about a megabyte.
MANY_POINTS = 15_000
# Shades from this on are dark: hatched in white.
FIRST_DARK = 5
HATCH = "//////"
TITLES = {
    REPORTS: "What a map of reports shows",
    TRUTH: "What is true in the simulation",
    MAPS[2]: "What nobody ever reports",
}
UNITS = {
    REPORTS: "reports published, true and false",
    TRUTH: "victimizations that begin",
    MAPS[2]: "victimizations without any report",
}
WHERE = {
    OUTLINES: "Counties are drawn in equal area, Alaska smaller and it and Hawaii moved (states "
    "that have a place here in outline, a place without a known outline as a dot); a large area "
    "need not have many youth",
    CENTROIDS: "Dots lie at the centre of each place, their area goes with its youth (the smallest "
    "are drawn larger)",
    NEIGHBOURS: "Each tile is an invented place, none hides another; tiles keep their "
    "neighbourhood only roughly",
    SIZE: "Each tile is a place, from the one with most youth, upper left, to the one with "
    "fewest, as positions are not known",
}


def picture(results: ResultTables) -> Picture:
    """The figure for these results."""
    drawn = maps_of(results)
    text = headline(drawn.finding)
    return Picture(NAME, text, drawn.rows, MapRow, lambda: _draw(results, drawn, text))


def _unit(results: ResultTables) -> str:
    return "per 1,000 youth a year" if results.years else "per 1,000 youth in all policy years"


def _hatched(where: Layout) -> bool:
    """Whether places have an area that can be hatched; dots are struck through."""
    return bool(where.tile or where.shapes)


def _notes(results: ResultTables, drawn: Maps, where: Layout) -> list[str]:
    mark = "Hatched" if _hatched(where) else "Struck through"
    if drawn.repeated:
        sure = (
            f"{mark}: uncertain, the 95% Monte-Carlo interval over replicates reaches more than "
            "half the value to a side."
        )
    else:
        sure = "How uncertain a shade is cannot be told where a future has only one replicate."
    more = f" County outlines instead of dots: {INSTALL}." if where.may_outline else ""
    return [
        f"How to read: one scale for all three maps, {_unit(results)}, so that the same shade is "
        "the same rate; a place that is dark on the second and pale on the first is hidden by the "
        f"record. {WHERE[where.kind]}.{more} Under the baseline "
        f"({quoted(results.baseline.label)}), "
        f"{results.span}, means over futures. In the headline each run has a map of its own.",
        f"{sure} {results.sizes([results.baseline])}.",
        "Simulated places under stated assumptions: nothing here is a finding about a real place, "
        "also where positions or outlines are real.",
    ]


def _draw(results: ResultTables, drawn: Maps, text: str) -> Figure:
    where = layout(read_config(results), drawn.ids, drawn.youth)
    height = WIDTH * where.height
    step = height + TITLE + MARK_HEIGHT + 0.15
    body = step + TITLE + max(height + MARK_HEIGHT, KEY_HEIGHT) + 0.1
    page = Page(text, body, _notes(results, drawn, where), f"{NAME}.csv")
    for k, name in enumerate(MAPS):
        left, top = (k % 2) * (WIDTH + BETWEEN), (k // 2) * step
        page.lines(left, top, [TITLES[name]], 10.0, weight="bold")
        page.lines(left, top + 0.2, [UNITS[name]], SMALL_SIZE, color=QUIET)
        page.lines(left, top + TITLE + height + 0.05, [MARK], SMALL_SIZE, color=QUIET)
        axes = page.axes(left, top + TITLE, WIDTH, height)
        # A margin, so that dots at the edge are whole.
        axes.set(xlim=(-0.02, 1.02), ylim=(where.height + 0.02, -0.02), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        colours = shades(drawn.rates[name], drawn.edges)
        if where.tile:
            _tiles(axes, where, colours, drawn.uncertain[name])
            continue
        with_area = np.array([shape is not None for shape in where.shapes], dtype=bool)
        if with_area.size:
            _counties(axes, where, colours, drawn.uncertain[name])
            colours = np.where(with_area, -1, colours)
        _dots(axes, where, colours, drawn.uncertain[name], drawn.youth)
    _key(page, WIDTH + BETWEEN + 0.35, step + TITLE, drawn, where, _unit(results))
    return page.figure


def _outline(rings: Rings) -> Outline:
    """One path of several rings; holes turn the other way and stay empty."""
    return Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings))


def _counties(axes: Axes, where: Layout, colours: IntArray, uncertain: BoolArray) -> None:
    """Counties filled with their shades, over the outlines of their states."""
    shapes = {c: _outline(shape) for c, shape in enumerate(where.shapes) if shape is not None}
    behind = [_outline(rings) for rings in where.behind]
    points = sum(len(ring) for shape in (*where.shapes, *where.behind) for ring in shape or ())
    flat = points > MANY_POINTS
    chosen = [c for c in shapes if colours[c] >= 0]
    axes.add_collection(
        PathCollection(
            [shapes[c] for c in chosen],
            facecolors=[TINTS[colours[c]] for c in chosen],
            edgecolors=QUIET,
            linewidths=0.15 if flat else 0.4,
            rasterized=flat,
        )
    )
    for ink, some in _hatchings(colours, uncertain):
        mine = [shapes[c] for c in some if c in shapes]
        if mine:
            _hatch(axes, Outline.make_compound_path(*mine), ink, flat)
    axes.add_collection(
        PathCollection(behind, facecolors="none", edgecolors=QUIET, linewidths=0.4, rasterized=flat)
    )


def _hatchings(colours: IntArray, uncertain: BoolArray) -> list[tuple[str, list[int]]]:
    """Ink that shows on the shade, and the uncertain places that are hatched with it."""
    dark = colours >= FIRST_DARK
    return [
        (ink, np.flatnonzero((colours >= 0) & uncertain & (dark == on_dark)).tolist())
        for ink, on_dark in ((INK, False), ("white", True))
    ]


def _frames(axes: Axes, where: Layout) -> None:
    """Frames around what is drawn apart."""
    for left, top, width, height in where.boxes:
        axes.add_patch(
            Rectangle((left, top), width, height, facecolor="none", edgecolor=RULE, linewidth=0.8)
        )


def _tiles(axes: Axes, where: Layout, colours: IntArray, uncertain: BoolArray) -> None:
    side = where.tile * 0.92
    squares = [
        Rectangle((x - side / 2, y - side / 2), side, side)
        for x, y in zip(where.x, where.y, strict=True)
    ]
    chosen = np.flatnonzero(colours >= 0)
    axes.add_collection(
        PatchCollection(
            [squares[c] for c in chosen],
            facecolors=[TINTS[colours[c]] for c in chosen],
            edgecolors=QUIET,
            linewidths=0.5,
        )
    )
    for ink, some in _hatchings(colours, uncertain):
        if some:
            paths = [squares[c].get_transform().transform_path(squares[c].get_path()) for c in some]
            _hatch(axes, Outline.make_compound_path(*paths), ink, flat=False)


def _hatch(axes: Axes, area: Outline, ink: str, flat: bool) -> None:
    """Hatch an area in one go: place by place, a figure of all counties took twice the time."""
    # Without a line around: hatches take the colour of the edge
    axes.add_patch(
        PathPatch(area, facecolor="none", edgecolor=ink, linewidth=0, hatch=HATCH, rasterized=flat)
    )


def _dots(
    axes: Axes, where: Layout, colours: IntArray, uncertain: BoolArray, youth: FloatArray
) -> None:
    flat = youth.size > MANY
    _frames(axes, where)
    order = np.argsort(-youth, kind="stable")
    order = order[colours[order] >= 0]
    sizes = np.maximum(LARGEST * np.sqrt(youth / max(youth.max(), 1)), LEAST)
    axes.scatter(
        where.x[order],
        where.y[order],
        s=(sizes[order] * 72) ** 2,
        c=[TINTS[colours[c]] for c in order],
        edgecolors=QUIET,
        linewidths=0.25,
        rasterized=flat,
    )
    struck = order[uncertain[order]]
    reach = sizes[struck] / WIDTH * 0.55
    ends = np.stack(
        [
            np.column_stack([where.x[struck] - reach, where.y[struck] + reach]),
            np.column_stack([where.x[struck] + reach, where.y[struck] - reach]),
        ],
        axis=1,
    )
    axes.add_collection(LineCollection(list(ends), colors=INK, linewidths=0.45, rasterized=flat))


def _key(page: Page, left: float, top: float, drawn: Maps, where: Layout, unit: str) -> None:
    """The scale of shades as a column of boxes with the number of places of each map beside."""
    page.lines(left, top - TITLE, ["One scale for all three"], 10.0, weight="bold")
    page.lines(
        left,
        top - TITLE + 0.2,
        [f"{unit}; places of that shade"],
        SMALL_SIZE,
        color=QUIET,
    )
    side, step = SHADE, SHADE_STEP
    head = ("reports", "true", "never reported")
    offsets = (1.35, 2.05, 2.55)
    for word, offset in zip(head, offsets, strict=True):
        page.lines(left + offset, top, [word], SMALL_SIZE, color=QUIET)
    for line in range(N_SHADES):
        k = N_SHADES - 1 - line
        y = top + 0.25 + line * step
        page.sheet.add_patch(
            Rectangle((left, y), side, side, facecolor=TINTS[k], edgecolor=QUIET, linewidth=0.5)
        )
        low = number(float(drawn.edges[k]))
        words = (
            f"{low} or more"
            if k == N_SHADES - 1
            else f"{low} to {number(float(drawn.edges[k + 1]))}"
        )
        page.lines(left + side + 0.1, y + 0.02, [words], SMALL_SIZE)
        for name, offset in zip(MAPS, offsets, strict=True):
            row = next(r for r in drawn.rows if r.map == name and r.shade == k)
            page.lines(left + offset, y + 0.02, [f"{row.communities:,}"], SMALL_SIZE)
    y = top + 0.25 + N_SHADES * step
    if drawn.repeated:
        hatch = HATCH if _hatched(where) else ""
        page.sheet.add_patch(
            Rectangle(
                (left, y),
                side,
                side,
                facecolor="white",
                edgecolor=INK,
                linewidth=0.5,
                hatch=hatch,
            )
        )
        if not hatch:
            page.sheet.plot([left, left + side], [y + side, y], color=INK, linewidth=0.8)
        page.lines(left + side + 0.1, y + 0.02, ["uncertain"], SMALL_SIZE)
        for name, offset in zip(MAPS, offsets, strict=True):
            unsure = sum(r.uncertain_communities for r in drawn.rows if r.map == name)
            page.lines(left + offset, y + 0.02, [f"{unsure:,}"], SMALL_SIZE)
