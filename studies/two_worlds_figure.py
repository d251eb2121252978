"""The figure of docs/two-worlds.md: truth, record, what tells them apart, and what money does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from streetlight.experiments.analyse.intervals import estimate
from streetlight.model.arrays import FloatArray
from studies.two_worlds_seen import SETTINGS, Seen, Telling

COLOURS = ("#1b6ca8", "#b5432a")


def draw(
    folder: Path,
    worlds: Sequence[Sequence[Mapping[str, Seen]]],
    rows: Sequence[Telling],
    money: Sequence[Mapping[str, FloatArray]],
) -> None:
    """Draw two_worlds.png into a folder.

    worlds: what is seen of worlds of both settings; money: by mix, person-years averted per million
    dollars in worlds of both.
    """
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    mixes = list(money[0])
    figure = plt.figure(figsize=(7.2, 9.4), layout="constrained")
    parts: Any = figure.subfigures(3, 1, height_ratios=[2.2, 5.2, 1.9])
    top, middle, bottom = parts
    panels: Any = (
        ("The truth", "truth", "youth exploited at a time", "linear", np.linspace),
        ("The record", "published", "reports", "log", np.geomspace),
    )
    for axes, (title, source, name, scale, spaced) in zip(top.subplots(1, 2), panels, strict=True):
        values = [np.array([w[source][name] for w in one]) for one in worlds]
        bins = spaced(min(v.min() for v in values), max(v.max() for v in values), 31)
        for one, colour, setting in zip(values, COLOURS, SETTINGS, strict=True):
            axes.hist(one, bins.tolist(), color=colour, alpha=0.55, label=setting)
        axes.set(
            xlabel=name if source == "truth" else "reports published in eight years",
            ylabel="worlds",
            xscale=scale,
        )
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.set_title(title, loc="left")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2,
                  frameon=False)  # fmt: skip
    axes, rungs = middle.subplots(), np.arange(len(rows))[::-1]
    for (_, told, _), y in zip(rows, rungs, strict=True):
        colour = "black" if told.low > 0.5 else "#999999"
        axes.plot([100.0 * told.low, 100.0 * told.high], [y, y], color=colour, lw=2)
        axes.plot(100.0 * told.share, y, "o", color=colour)
    axes.axvline(50.0, color="black", lw=0.8)
    axes.set_yticks(rungs, [one.source for one in rows])
    axes.set(xlabel="worlds told right, % (50: a coin)", xlim=(40.0, 101.0))
    axes.set_title("What tells them apart", loc="left")
    axes, rungs = bottom.subplots(), np.arange(len(mixes))[::-1]
    for averted_by, colour, shift in zip(money, COLOURS, (0.12, -0.12), strict=True):
        means = [estimate(averted_by[mix][None]) for mix in mixes]
        ends = [e.low for e in means], [e.high for e in means]
        axes.hlines(rungs + shift, *ends, color=colour, lw=2)
        axes.plot([e.mean for e in means], rungs + shift, "o", color=colour)
    axes.set_ylim(-0.5, len(mixes) - 0.5)
    axes.axvline(0.0, color="black", lw=0.8)
    axes.set_yticks(rungs, mixes)
    axes.set_xlabel("person-years averted per million dollars")
    axes.set_title("What the same money does", loc="left")
    figure.savefig(folder / "two_worlds.png", dpi=150, bbox_inches="tight")
