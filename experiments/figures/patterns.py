"""Which of the known patterns hold, at the model's defaults and in this study."""

from __future__ import annotations

import math
from collections.abc import Sequence

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.analyse.study_patterns import PatternRow, patterns
from streetlight.experiments.figures import parts
from streetlight.experiments.figures.parts import Bare, Figure, Panel, Series, say
from streetlight.experiments.looks import GOOD, INK, Look

NAME = "patterns"


def make(study: Study) -> Figure:
    """A panel of shares and one of ratios, a row a pattern."""
    rows = patterns(study)
    shares = [row for row in rows if row.unit == "share"]
    others = [row for row in rows if row.unit != "share"]
    panels = [panel("shares", shares, 100.0), panel("ratios", others, 1.0)]
    verdicts = {
        "inside": [row.defaults_verdict for row in rows],
        "fitted": [row.defaults_verdict for row in rows if row.fitted == "yes"],
        "free": [row.defaults_verdict for row in rows if row.fitted != "yes"],
        "own": [row.study_verdict for row in rows],
    }
    inside = {key: sum(w.startswith("inside") for w in of) for key, of in verdicts.items()}
    known = {f"n_{key}": sum(map(bool, of)) for key, of in verdicts.items()}
    return parts.figure(NAME, say(NAME, "finding", **inside, **known), panels, "rows", rows)


def panel(key: str, rows: Sequence[PatternRow], scale: float) -> Panel:
    """Patterns of one unit; open ranges end where the largest value drawn does."""
    defaults = [Bare(r.defaults, r.defaults_low, r.defaults_high) for r in rows]
    own = [Bare(r.study, r.study_low, r.study_high) for r in rows]
    values = [v for one in (*defaults, *own) for v in one]
    values += [v for row in rows for v in (row.observed_low, row.observed_high)]
    most = 1.0 if scale > 1 else 1.05 * max(v for v in values if math.isfinite(v))
    ranges = [(r.observed_low * scale, min(r.observed_high, most) * scale) for r in rows]
    names = [say(NAME, f"fitted_{row.fitted}", pattern=row.pattern) for row in rows]
    series = [
        Series(say(NAME, "defaults"), Look(INK, "diamond"), defaults),
        Series(say(NAME, "own_runs"), Look(GOOD, "circle"), own),
    ]
    return Panel(say(NAME, key), names, series, "", scale, ranges)
