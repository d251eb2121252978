"""What plans do beside the baseline, metric by metric, and beside the best in each future."""

from __future__ import annotations

from streetlight.experiments.analyse.regret import BEST
from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.figures import parts
from streetlight.experiments.figures.parts import DIFFERENCE, Absent, Bare, Figure, Panel, Rows, say
from streetlight.experiments.labels import quoted
from streetlight.experiments.looks import BASELINE
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.words import listing, upper

NAME = "policies_compared"


def policies_compared(study: Study) -> Figure | Absent:
    """A panel a metric, a row a plan; plans in the order of the study's first metric."""
    if not study.plans:
        return parts.absent(NAME)
    metrics, money = study.comparison.metrics, [m / study.years / 1e6 for m in study.budgets()]
    panels = [panel(study, metric, (*study.ranked, *study.references)) for metric in metrics]
    heads = [headline(study, metric) for metric in metrics]
    if len(money) > 1:
        heads = [say(NAME, "budgets", low=money[0], high=money[-1])]
    return parts.figure(NAME, f"{upper('; '.join(heads))}.", panels, baseline=study.baseline.label)


def panel(study: Study, metric: str, plans: tuple[Plan, ...]) -> Panel:
    """One metric, with the intervals that the verdicts go by."""
    title, unit, scale = parts.counted(metric)
    series = []
    for place, plan in enumerate(plans):
        drawn = Rows(study, DIFFERENCE)(metric, plan)
        if not plan.is_reference:
            row = study.comparison.row(plan.name, metric)
            drawn = drawn._replace(low=row.sim_low, high=row.sim_high)
        futures = [row.difference for _, row in study.by_future(metric, plan)]
        points = [drawn if k == place else None for k in range(len(plans))]
        dots = [futures if k == place and len(futures) > 1 else [] for k in range(len(plans))]
        series.append(parts.plan_series(plan, points, dots))
    better = say(NAME, study.comparison.metrics[metric]["direction"])
    title = say(NAME, "title", metric=title, direction=better)
    return Panel(title, [plan.label for plan in plans], series, unit, scale)


def headline(study: Study, metric: str) -> str:
    """Who is ahead in a metric, by the study's own contests."""
    labels = [plan.label for plan in study.leaders(metric)]
    if len(study.plans) == 1 or len(labels) < 2:
        key = "unknown" if not labels else "one" if len(study.plans) == 1 else "leads"
    else:
        key = "alike" if len(labels) == len(study.plans) else "best"
    rest = listing([quoted(name) for name in labels[1:]])
    rest = rest if len(labels) < 5 else say(NAME, "others", n=len(labels) - 1)
    return say(NAME, key, metric=METRICS[metric].title, first="".join(labels[:1]), rest=rest)


def regret(study: Study) -> Figure | Absent:
    """A table of futures and plans."""
    rows = {(r.policy, r.future): r for r in study.comparison.regret if r.against == BEST}
    plans = [plan for plan in study.ranked if (plan.name, study.futures[0].name) in rows]
    if len(study.futures) < 2 or not plans:
        return parts.absent("regret")
    _, unit, scale = parts.counted(study.primary)
    values = {f: [Bare(rows[plan.name, f.name].value) for plan in plans] for f in study.futures}
    series = [parts.Series(future.title, BASELINE, own) for future, own in values.items()]
    most = [max(point.value for point in of) for of in zip(*values.values(), strict=True)]
    least = min(range(len(plans)), key=most.__getitem__)
    key, metric = "finding" if most[least] > 0 else "none", METRICS[study.primary].title
    text = say("regret", key, plan=plans[least].label, most=scale * most[least], unit=unit)
    panel = Panel("", [plan.label for plan in plans], series, unit, scale)
    return parts.figure(
        "regret", text, [panel], "heat", list(rows.values()), metric=metric, unit=unit
    )
