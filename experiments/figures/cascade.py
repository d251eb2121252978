"""Of 100 exploited youth, how many get to each step, by kind of place."""

from __future__ import annotations

import math

from streetlight.experiments.analyse.measures import ALL
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures.figure import (
    LEVEL,
    PLACES,
    Absent,
    Drawn,
    Figure,
    Panel,
    Rows,
    number,
    places,
    plan_series,
)

NAME = "cascade"
QUESTION = "Where are youth lost on the way to help?"
STEPS = {
    "noticed": "Seen by someone", "known": "Reported", "screened": "Report accepted",
    "investigated": "Investigated", "identified": "Found", "served": "Got services",
}  # fmt: skip
HEADLINE = (
    "Of 100 exploited youth under {plan}, most are lost before step “{step}”: {lost} of 100. "
    "{found} are found."
)
CAPTION = (
    "Of 100 youth first exploited in the years with money, how many got to each step. Bars: under "
    "{baseline}; marks: under the plans with the best means in the first metric."
)
MOST = 3


def make(study: Study) -> Figure | Absent:
    """A panel a kind of place, a row a step."""
    rows = Rows(study, LEVEL)
    plans = (study.baseline, *study.ranked[:MOST])

    def point(step: str, plan: str, group: str) -> Drawn:
        name = f"cohort_{step}_share" if group == ALL else f"{step}_share"
        return rows(name, plan, group)

    steps = [s for s in STEPS if math.isfinite(point(s, study.baseline.name, ALL).value)]
    if not steps:
        return Absent(NAME, "Nobody's exploitation began early enough to be followed.")
    panels = [
        Panel(
            "All places" if group == ALL else PLACES[group], [STEPS[s] for s in steps],
            [plan_series(p, [point(s, p.name, group) for s in steps]) for p in plans],
            "of 100", 100.0, bars=True,
        )
        for group in (ALL, *places(study))
    ]  # fmt: skip
    best = plans[-1] if len(plans) == 1 else plans[1]
    shares = [1.0, *(point(s, best.name, ALL).value for s in steps)]
    losses = [before - after for before, after in zip(shares, shares[1:], strict=False)]
    worst = max(range(len(steps)), key=lambda k: losses[k] if losses[k] == losses[k] else -1.0)
    found = point("identified", best.name, ALL).value
    text = HEADLINE.format(
        plan=best.label, step=STEPS[steps[worst]].lower(), lost=number(100 * losses[worst]),
        found=number(100 * found),
    )  # fmt: skip
    caption = CAPTION.format(baseline=study.baseline.label)
    return Figure(NAME, QUESTION, text, caption, panels, "rows")
