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
    listing,
    plan_series,
)
from streetlight.experiments.metrics import METRICS

NAME = "policies_compared"
QUESTION = "Which plan does most, and in what?"
CAPTION = (
    "Difference to {baseline} in the same simulated worlds. Line: 95% interval, for all plans of a "
    "panel at once. Small strokes: means of single futures."
)
LEADS = "{} is ahead of every other plan in {}"
ALIKE = "no plan is surely ahead of {} in {}"
UNKNOWN = "{} cannot be measured here"


def make(study: Study) -> Figure | Absent:
    """A panel a metric, a row a plan; plans in the order of the study's first metric."""
    plans = (*study.ranked, *study.references)
    if not study.plans:
        return Absent(NAME, "There is no plan besides the baseline, so nothing to compare.")
    panels = [panel(study, metric, plans) for metric in study.comparison.metrics]
    heads = [headline(study, metric) for metric in study.comparison.metrics]
    text = "; ".join(heads)
    caption = CAPTION.format(baseline=study.baseline.label)
    return Figure(NAME, QUESTION, text[:1].upper() + text[1:] + ".", caption, panels)


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
    title = f"{about.title[:1].upper()}{about.title[1:]} ({direction} is better)"
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
    title, leaders = METRICS[metric].title, study.leaders(metric)
    if not leaders:
        return UNKNOWN.format(title)
    first, rest = leaders[0].label, [plan.label for plan in leaders[1:]]
    if len(study.plans) == 1:
        return f"{title}: one plan, {first}"
    if not rest:
        return LEADS.format(first, title)
    return ALIKE.format(listing([first, *rest][:3]), title) if len(rest) < 3 else (
        f"in {title} {len(leaders)} plans cannot be told apart from the best"
    )  # fmt: skip
