"""Every compared metric, plan by plan: the difference to the baseline."""

from __future__ import annotations

from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.figures.figure import (
    DIFFERENCE,
    Absent,
    Drawn,
    Figure,
    Panel,
    Rows,
    capitalised,
    listing,
    number,
    plan_series,
)
from streetlight.experiments.metrics import METRICS

NAME = "policies_compared"
QUESTION = "Which plan does most, and in what?"
CAPTION = (
    "Difference to {baseline} in the same simulated worlds. Line: 95% interval, for all plans of a "
    "panel at once. Small strokes: means of single futures."
)
LEADS = "{first} is ahead of every other plan in {metric}"
BEST = "{first} has the best mean in {metric}, but is not surely ahead of {rest}"
ALIKE = "no plan is surely ahead of another in {metric}"
ONE = "{first} is the one plan in {metric}"
BUDGETS = "plans spend between ${low} and ${high} million a year, so none is called ahead"
UNKNOWN = "{metric} cannot be measured here"


def make(study: Study) -> Figure | Absent:
    """A panel a metric, a row a plan; plans in the order of the study's first metric."""
    plans = (*study.ranked, *study.references)
    if not study.plans:
        return Absent(NAME, "There is no plan besides the baseline, so nothing to compare.")
    panels = [panel(study, metric, plans) for metric in study.comparison.metrics]
    money = [number(total / study.years / 1e6) for total in study.budgets()]
    heads = [BUDGETS.format(low=money[0], high=money[-1])]
    if len(money) == 1:
        heads = [headline(study, metric) for metric in study.comparison.metrics]
    caption = CAPTION.format(baseline=study.baseline.label)
    return Figure(NAME, QUESTION, capitalised("; ".join(heads)) + ".", caption, panels)


def panel(study: Study, metric: str, plans: tuple[Plan, ...]) -> Panel:
    """One metric."""
    about = METRICS[metric]
    scale = 100.0 if about.unit == "share" else 1.0
    axis = "points of 100" if scale > 1 else about.unit
    series = []
    for place, plan in enumerate(plans):
        cells: list[Drawn | None] = [None] * len(plans)
        cells[place] = difference(study, metric, plan)
        dots: list[list[float]] = [[] for _ in plans]
        if len(study.futures) > 1:
            dots[place] = [row.difference for _, row in study.by_future(metric, plan)]
        series.append(plan_series(plan, cells, dots))
    direction = study.comparison.metrics[metric]["direction"]
    title = f"{capitalised(about.title)} ({direction} is better)"
    return Panel(title, [plan.label for plan in plans], series, axis, scale)


def difference(study: Study, metric: str, plan: Plan) -> Drawn:
    """The difference to the baseline, with the interval that its verdict goes by."""
    drawn = Rows(study, DIFFERENCE)(metric, plan)
    if plan.is_reference:
        return drawn
    row = study.comparison.row(plan.name, metric)
    return drawn._replace(low=row.sim_low, high=row.sim_high)


def headline(study: Study, metric: str) -> str:
    """Who is ahead in a metric, by the study's own contests."""
    leaders = study.leaders(metric)
    if not leaders:
        words = UNKNOWN
    elif len(study.plans) == 1:
        words = ONE
    elif len(leaders) == 1:
        words = LEADS
    else:
        words = ALIKE if len(leaders) == len(study.plans) else BEST
    labels = [plan.label for plan in leaders]
    rest = listing(labels[1:]) if len(labels) < 5 else f"{len(labels) - 1} others"
    return words.format(metric=METRICS[metric].title, first=labels[0] if labels else "", rest=rest)
