"""Outcomes against a number: the money of plans, or what the futures sweep."""

from __future__ import annotations

import math

from streetlight.experiments.analyse.measures import ALL
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.analyse.sweeps import by_rule, sweep
from streetlight.experiments.currency import money_word
from streetlight.experiments.figures import parts
from streetlight.experiments.figures.parts import DIFFERENCE, Absent, Figure, Panel, Rows, say
from streetlight.experiments.metrics import METRICS
from streetlight.model.parameters import Parameters


def another_dollar(study: Study) -> Figure | Absent:
    """A panel a compared metric, a line a rule over its budgets."""
    if len(study.budgets()) < 2:
        return parts.absent("another_dollar")
    rows = Rows(study, DIFFERENCE)
    dollars = {p.name: Rows(study)("allocated", p) for p in study.plans}
    money = {name: point.value / study.years / 1e6 for name, point in dollars.items()}
    at, panels = sorted(set(money.values())), []
    for metric in study.comparison.metrics:
        title, unit, scale = parts.counted(metric)
        series = []
        for name, plans in by_rule(study).items():
            points = {money[plan.name]: rows(metric, plan) for plan in plans}
            series.append(parts.Series(name, plans[0].look, [points.get(x) for x in at]))
        axis = f"million {money_word()} a year"
        panels.append(Panel(title, at, series, unit, scale, along=axis, line=0.0))
    _, unit, scale = parts.counted(study.primary)
    first, *_, last = study.budgets().values()
    least, most = (next(p for p in study.ranked if p in plans) for plans in (first, last))
    text = say(
        "another_dollar", "finding", low=money[least.name], high=money[most.name], unit=unit,
        metric=METRICS[study.primary].title, least=scale * rows(study.primary, least).value,
        most=scale * rows(study.primary, most).value,
    )  # fmt: skip
    drawn = [p for panel in panels for one in panel.series for p in one.points if p]
    return parts.figure("another_dollar", text, panels, "lines", [*dollars.values(), *drawn],
                        baseline=study.baseline.label)  # fmt: skip


def swept(study: Study) -> Figure | Absent:
    """A panel a compared metric, a line a plan."""
    key, values = sweep(study)
    if not values or not study.plans:
        return parts.absent("swept")
    card, rows, panels = Parameters.all_cards()[key], Rows(study, DIFFERENCE), []
    for metric in study.comparison.metrics:
        title, unit, scale = parts.counted(metric)
        series = [
            parts.plan_series(plan, [rows(metric, plan, ALL, name) for name in values.values()])
            for plan in study.plans
        ]
        panels.append(Panel(title, list(values), series, unit, scale, along=card.title, line=0.0))
    best = list(dict.fromkeys(best_in(study, name) for name in values.values()))
    text = say("swept", "one" if len(best) == 1 else "finding", first=best[:4],
               metric=METRICS[study.primary].title)  # fmt: skip
    return parts.figure("swept", text, panels, "lines", baseline=study.baseline.label,
                        title=card.title, unit=card.unit)  # fmt: skip


def best_in(study: Study, future: str) -> str:
    """Which plan has the best mean of the first metric in a future."""
    more = study.comparison.metrics[study.primary]["direction"] == "more"
    means = {p.label: study.row(study.primary, p, ALL, future).mean for p in study.plans}
    known = {name: mean if more else -mean for name, mean in means.items()}
    return max(known, key=lambda name: (not math.isnan(known[name]), known[name]))
