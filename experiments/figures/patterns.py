"""Which of the known patterns hold, at the model's defaults and in this study."""

from __future__ import annotations

import math
from typing import NamedTuple

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.analyse.study_patterns import PatternRow, patterns
from streetlight.experiments.figures.figure import Figure, Panel, Series
from streetlight.experiments.looks import GOOD, INK, Look

NAME = "patterns"
QUESTION = "Should we believe it? Known patterns, and whether the model shows them"
HEADLINE = (
    "The model at its defaults shows {inside} of {known} known patterns: {fitted} of {n_fitted} "
    "that it was fitted to and {free} of {n_free} that it was not; this study shows {own} of "
    "{n_own}."
)
CAPTION = (
    "Grey: what was observed (open ranges run on). “Fitted”: the model was adjusted to it, so that "
    "agreement is no proof. Lines: 95% intervals. Sources are in the table."
)


class Shown(NamedTuple):
    """A pattern's value as a mark."""

    value: float
    low: float
    high: float


def make(study: Study) -> Figure:
    """A panel of shares and one of ratios, a row a pattern."""
    rows = patterns(study)
    panels = [
        panel("Shares, of 100", [r for r in rows if r.unit == "share"], 100.0),
        panel("Ratios and correlations", [r for r in rows if r.unit != "share"], 1.0),
    ]
    known = [row for row in rows if row.defaults_verdict]
    fitted = [row for row in known if row.fitted == "yes"]
    free = [row for row in known if row.fitted != "yes"]
    own = [row.study_verdict for row in rows if row.study_verdict]
    text = HEADLINE.format(
        inside=inside(known), known=len(known), fitted=inside(fitted), n_fitted=len(fitted),
        free=inside(free), n_free=len(free), n_own=f"{len(own)} that its tables can tell",
        own=sum(verdict.startswith("inside") for verdict in own),
    )  # fmt: skip
    return Figure(NAME, QUESTION, text, CAPTION, panels, "rows", rows)


def inside(rows: list[PatternRow]) -> int:
    """How many lie inside the observed range at the defaults."""
    return sum(row.defaults_verdict.startswith("inside") for row in rows)


def panel(title: str, rows: list[PatternRow], scale: float) -> Panel:
    """Patterns of one unit; open ranges end where the largest value drawn does."""
    defaults = [Shown(r.defaults, r.defaults_low, r.defaults_high) for r in rows]
    own = [Shown(r.study, r.study_low, r.study_high) for r in rows]
    values = [v for one in (*defaults, *own) for v in one if math.isfinite(v)]
    values += [r.observed_high for r in rows if math.isfinite(r.observed_high)]
    values += [r.observed_low for r in rows]
    most = 1.0 if scale > 1 else 1.05 * max(values)
    ranges = [(r.observed_low * scale, min(r.observed_high, most) * scale) for r in rows]
    names = [row.pattern + (" (fitted)" if row.fitted == "yes" else "") for row in rows]
    series = [
        Series("The model at its defaults", Look(INK, "diamond"), defaults),
        Series("This study, without a plan", Look(GOOD, "circle"), own),
    ]
    return Panel(title, names, series, "", scale, ranges)
