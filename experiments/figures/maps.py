"""Maps: reports, exploitation, and what is never reported, on one scale of shades."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import Patch, Rectangle
from matplotlib.path import Path as Outline

from streetlight.experiments.analyse.layouts import CENTRES, Layout, layout
from streetlight.experiments.analyse.shades import MAPS, N_SHADES, Shades, shade_of, shades
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures import parts
from streetlight.experiments.figures.parts import Absent, Figure, say
from streetlight.experiments.looks import INK, QUIET

NAME = "maps"
#: From pale to dark (ColorBrewer's YlGnBu, the darkest darker): reads in grey.
TINTS = (
    "#FFFFD9", "#EDF8B1", "#C7E9B4", "#7FCDBB", "#41B6C4", "#1D91C0", "#225EA8", "#081D58",
)  # fmt: skip
HATCH = "/////"
#: More places than this are drawn as pixels, which would else be megabytes.
MANY = 600
WIDTH = 4.7  # of a map, inches


def make(study: Study) -> Figure | Absent:
    """Three maps and the key; the table counts places by shade and names none."""
    found = shades(study)
    if not found.youth.sum() > 0:
        return parts.absent(NAME)
    where = layout(study.config, found.ids, found.youth)
    seen, missed = found.seen.mean, found.missed.mean
    key = "nothing" if math.isnan(seen) else "finding" if seen and missed == missed else "blank"
    text = say(NAME, key, seen=100 * seen, living=100 * found.living.mean, missed=100 * missed)
    return parts.figure(
        NAME, text, (), lambda part, _: draw(part, found, where), found.rows,
        height=2 * (WIDTH * min(max(where.height, 0.3), 1.4) + 0.35),
        baseline=study.baseline.label, where=say(NAME, where.kind),
        pale=say(NAME, "hollow" if where.kind == CENTRES else "hatched"),
    )  # fmt: skip


def draw(part: Any, found: Shades, where: Layout) -> None:
    """The three maps, and the key in the place of a fourth."""
    grid = part.subplots(2, 2).ravel()
    for axes, name in zip(grid, MAPS, strict=False):
        axes.set_title(say(NAME, name))
        axes.set(xlim=(-0.02, 1.02), ylim=(where.height + 0.02, -0.02), aspect="equal")
        axes.set_axis_off()
        one_map(axes, found, where, name)
    grid[3].set_axis_off()
    signs = [Patch(facecolor=tint, edgecolor=QUIET) for tint in TINTS]
    rows = {(row.map, row.shade): row for row in found.rows}
    words = []
    for k in range(N_SHADES):
        counts = ", ".join(f"{rows[name, k].communities:,}" for name in MAPS)
        words.append(say(NAME, "edge", low=float(found.edges[k]), counts=counts))
    title = say(NAME, "key")
    grid[3].legend(signs[::-1], words[::-1], loc="center", title=title, alignment="left")


def one_map(axes: Axes, found: Shades, where: Layout, name: str) -> None:
    """The places of one map: outlines or tiles, and dots for those without."""
    tint = shade_of(found.rates[name], found.edges)
    unsure = found.uncertain[name]
    flat = len(tint) > MANY
    areas = {c: area for c in np.flatnonzero(tint >= 0).tolist() if (area := outline(where, c))}
    axes.add_collection(PathCollection(
        list(areas.values()), facecolors=[TINTS[tint[c]] for c in areas], edgecolors=QUIET,
        linewidths=0.15 if flat else 0.5, rasterized=flat,
    ))  # fmt: skip
    for ink, dark in ((QUIET, False), ("white", True)):
        some = [area for c, area in areas.items() if unsure[c] and (tint[c] > 4) == dark]
        if some:  # in one go: place by place takes twice the time
            axes.add_collection(PathCollection(
                [Outline.make_compound_path(*some)], facecolors="none", edgecolors=ink,
                linewidths=0, hatch=HATCH, rasterized=flat,
            ))  # fmt: skip
    dots(axes, found, where, tint, unsure, flat)
    for c, word in enumerate(where.names):
        ink = "white" if areas and tint[c] > 4 else INK
        axes.text(where.x[c], where.y[c], word, ha="center", va="center", fontsize=7.5, color=ink,
                  bbox={"facecolor": TINTS[max(tint[c], 0)], "lw": 0, "pad": 1})  # fmt: skip


def outline(where: Layout, c: int) -> Outline | None:
    """The area of a place, None for a dot; holes turn the other way and stay empty."""
    if where.tile:
        half = 0.46 * where.tile
        square = Rectangle((where.x[c] - half, where.y[c] - half), 2 * half, 2 * half)
        return square.get_transform().transform_path(square.get_path())
    rings = where.shapes[c] if where.shapes else None
    return Outline.make_compound_path(*(Outline(r, closed=True) for r in rings)) if rings else None


def dots(axes: Axes, found: Shades, where: Layout, tint: Any, unsure: Any, flat: bool) -> None:
    """Places without an area, the largest first; hollow where uncertain."""
    order = np.argsort(-found.youth, kind="stable").tolist()
    order = [c for c in order if tint[c] >= 0 and outline(where, c) is None]
    if order:
        sizes = np.maximum(11.5 * np.sqrt(found.youth[order] / found.youth.max()), 1.8) ** 2
        inside = ["white" if unsure[c] else TINTS[tint[c]] for c in order]
        edges = [TINTS[tint[c]] if unsure[c] else QUIET for c in order]
        axes.scatter(where.x[order], where.y[order], s=sizes, c=inside, edgecolors=edges,
                     linewidths=0.5, rasterized=flat)  # fmt: skip
