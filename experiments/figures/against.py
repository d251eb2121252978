"""Outcomes against a number: the money of plans, or what the futures sweep."""

from __future__ import annotations

from streetlight.experiments.analyse.measures import ALL
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.analyse.sweeps import by_rule, sweep
from streetlight.experiments.figures import parts
from streetlight.experiments.figures.parts import DIFFERENCE, Absent, Figure, Panel, Rows, say
from streetlight.experiments.labels import quoted
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.words import listing
from streetlight.model.parameters import Parameters


def another_dollar(study: Study) -> Figure | Absent:
    """A panel a compared metric, a line a rule over its budgets."""
    if len(study.budgets()) < 2:
        return parts.absent("another_dollar")
    rows = Rows(study, DIFFERENCE)
    money = {plan.name: study.yearly(plan) / 1e6 for plan in study.plans}
    at, panels, along = sorted(set(money.values())), [], say("another_dollar", "along")
    for metric in study.comparison.metrics:
        title, unit, scale = parts.counted(metric)
        series = []
        for name, plans in by_rule(study).items():
            points = {money[plan.name]: rows(metric, plan) for plan in plans}
            series.append(parts.Series(name, plans[0].look, [points.get(x) for x in at]))
        panels.append(Panel(title, at, series, unit, scale, along=along, line=0.0))
    _, unit, scale = parts.counted(study.primary)
    first, *_, last = study.budgets().values()
    least, most = (next(p for p in study.ranked if p in plans) for plans in (first, last))
    text = say(
        "another_dollar", "finding", low=money[least.name], high=money[most.name], unit=unit,
        metric=METRICS[study.primary].title, least=scale * rows(study.primary, least).value,
        most=scale * rows(study.primary, most).value,
    )  # fmt: skip
    drawn = [p for panel in panels for one in panel.series for p in one.points if p]
    handed = [Rows(study)("allocated", plan) for plan in study.plans]
    return parts.figure("another_dollar", text, panels, "lines", [*handed, *drawn],
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
    futures = [future for future in study.futures if future.name in values.values()]
    firsts = [study.firsts(study.primary, future)[:1] for future in futures]
    best = list(dict.fromkeys(quoted(plan.label) for plans in firsts for plan in plans))
    key = ("unknown", "one", "finding")[min(len(best), 2)]
    text = say("swept", key, first=listing(best[:4]), metric=METRICS[study.primary].title)
    return parts.figure("swept", text, panels, "lines", baseline=study.baseline.label,
                        title=card.title, unit=card.unit)  # fmt: skip
