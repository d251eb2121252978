"""What each plan falls short of the best in each future."""

from __future__ import annotations

from typing import NamedTuple

from streetlight.experiments.analyse.regret import BEST
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.figures import parts
from streetlight.experiments.figures.parts import Absent, Bare, Figure, Panel, Series, say
from streetlight.experiments.looks import BASELINE
from streetlight.experiments.metrics import METRICS


class Shortfall(NamedTuple):
    """A row of the table."""

    plan: str
    future: str
    metric: str
    best: str
    value: float
    standard_error: float
    within_noise: bool


def make(study: Study) -> Figure | Absent:
    """A table of futures and plans."""
    rows = {
        (r.policy, r.future): Shortfall(
            r.policy, r.future, r.metric, r.best, r.value, r.standard_error, r.within_noise
        )
        for r in study.comparison.regret
        if r.against == BEST
    }
    plans = [plan for plan in study.ranked if (plan.name, study.futures[0].name) in rows]
    if len(study.futures) < 2 or not plans:
        return parts.absent("regret")
    _, unit, scale = parts.counted(study.primary)
    series, most = [], dict.fromkeys((plan.label for plan in plans), 0.0)
    for future in study.futures:
        values = [Bare(rows[plan.name, future.name].value) for plan in plans]
        series.append(Series(future.title, BASELINE, values))
        most = {name: max(most[name], v.value) for name, v in zip(most, values, strict=True)}
    least, metric = min(most, key=most.__getitem__), METRICS[study.primary].title
    key = "finding" if most[least] > 0 else "none"
    text = say("regret", key, plan=least, most=scale * most[least], unit=unit)
    panel = Panel("", [plan.label for plan in plans], series, unit, scale)
    return parts.figure(
        "regret", text, [panel], "heat", list(rows.values()), metric=metric, unit=unit
    )
