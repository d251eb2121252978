"""What more money buys: gain against budget, where several budgets were run."""

from __future__ import annotations

from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.figures.figure import (
    DIFFERENCE,
    LEVEL,
    Absent,
    Figure,
    Panel,
    Rows,
    Series,
    Valued,
    capitalised,
    number,
)
from streetlight.experiments.labels import label
from streetlight.experiments.metrics import METRICS

NAME = "another_dollar"
QUESTION = "What does another dollar buy?"
HEADLINE = (
    "From ${low} to ${high} million a year the best gain in {metric} goes from {least} to {most} "
    "{unit}."
)
CAPTION = (
    "Gain over {baseline} in the same worlds against money a year. Plans that share out by one "
    "rule are joined. Bands: 95% intervals of simulation noise."
)


def make(study: Study) -> Figure | Absent:
    """A panel a compared metric, a line a rule over its budgets."""
    budgets = study.budgets()
    if len(budgets) < 2:
        return Absent(NAME, "All plans have the same budget.")
    families = by_rule(study)
    rows, dollars = Rows(study, DIFFERENCE), Rows(study, LEVEL)
    money = {p.name: dollars("allocated", p).value / study.years / 1e6 for p in study.plans}
    at = sorted(set(money.values()))
    panels = []
    for metric in study.comparison.metrics:
        about = METRICS[metric]
        share = about.unit == "share"
        series = []
        for name, plans in families.items():
            points: list[Valued | None] = [None] * len(at)
            for plan in plans:
                points[at.index(money[plan.name])] = rows(metric, plan)
            series.append(Series(name, plans[0].look, points))
        unit = "points of 100" if share else about.unit
        panels.append(
            Panel(capitalised(about.title), at, series, unit, 100.0 if share else 1.0,
                  along="million dollars a year", line=0.0)
        )  # fmt: skip
    about = METRICS[study.primary]
    scale = 100.0 if about.unit == "share" else 1.0
    ranks = {plan.name: place for place, plan in enumerate(study.ranked)}
    ends = [
        min(budgets[key], key=lambda plan: ranks[plan.name]) for key in (min(budgets), max(budgets))
    ]
    least, most = (number(scale * rows(study.primary, plan).value) for plan in ends)
    low, high = (number(key / study.years / 1e6) for key in (min(budgets), max(budgets)))
    text = HEADLINE.format(
        low=low, high=high, metric=about.title, least=least, most=most,
        unit="points of 100" if scale > 1 else about.unit,
    )  # fmt: skip
    table: list[Valued] = [dollars("allocated", plan) for plan in study.plans]
    table += [p for panel in panels for one in panel.series for p in one.points if p]
    caption = CAPTION.format(baseline=study.baseline.label)
    return Figure(NAME, QUESTION, text, caption, panels, "lines", table)


def by_rule(study: Study) -> dict[str, list[Plan]]:
    """Plans of one rule, mix and settings that differ in nothing but their budget, by a name."""
    found: dict[str, list[Plan]] = {}
    for plan in study.plans:
        about = study.config["policies"][plan.name]
        key = repr((about.get("rule"), about.get("settings"), about.get("mix")))
        found.setdefault(key, []).append(plan)
    named: dict[str, list[Plan]] = {}
    for plans in found.values():
        budgets = {repr(plan.budget) for plan in plans}
        rule = str(study.config["policies"][plans[0].name].get("rule", "")).rpartition(":")[2]
        if len(plans) == 1 or len(budgets) < len(plans):
            named |= {plan.label: [plan] for plan in plans}
        else:
            name = label(rule)
            named[name if name not in named else plans[0].label] = plans
    return named
