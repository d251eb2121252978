"""Of 100 exploited youth: how many get to each step, and how many are never reported."""

from __future__ import annotations

import math

from streetlight.experiments.analyse.measures import ALL, STEPS
from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.figures import parts
from streetlight.experiments.figures.parts import Absent, Drawn, Figure, Panel, Rows, Series, say
from streetlight.experiments.looks import Look

ICEBERG = {"found": "#00558c", "reported": "#8fabc4", "never": "#e2ddd0"}
#: Plans beside the baseline that a panel of the cascade holds.
MOST = 3


def share(study: Study, step: str, plan: Plan, group: str = ALL) -> Drawn:
    """The share of those exploited that gets to a step."""
    name = f"cohort_{step}_share" if group == ALL else f"{step}_share"
    return Rows(study)(name, plan, group)


def cascade(study: Study) -> Figure | Absent:
    """A panel a kind of place, a row a step."""
    plans = (study.baseline, *study.ranked[:MOST])
    steps = [s for s in STEPS if math.isfinite(share(study, s, plans[0]).value)]
    if not steps:
        return parts.absent("cascade")
    panels = []
    for group in (ALL, *study.groups):
        series = [parts.plan_series(p, (share(study, s, p, group) for s in steps)) for p in plans]
        title, names = parts.place(group), [say("cascade", s) for s in steps]
        panels.append(Panel(title, names, series, say("cascade", "axis"), 100.0, bars=True))
    best = plans[min(1, len(plans) - 1)]
    shares = [1.0, *(share(study, s, best).value for s in steps)]
    losses = [100 * (before - after) for before, after in zip(shares, shares[1:], strict=False)]
    worst = max(range(len(steps)), key=lambda k: losses[k] if math.isfinite(losses[k]) else -1.0)
    text = say(
        "cascade", "finding", plan=best.label, step=say("cascade", steps[worst]).lower(),
        lost=losses[worst], found=100 * share(study, "identified", best).value,
    )  # fmt: skip
    return parts.figure("cascade", text, panels, baseline=study.baseline.label)


def iceberg(study: Study) -> Figure | Absent:
    """A panel for the baseline and the plan with the best mean, a bar a kind of place."""
    groups, base = [ALL, *study.groups], study.baseline
    if math.isnan(share(study, "known", base).value):
        return parts.absent("iceberg")
    table, panels = [], []
    for plan in (base, *study.ranked[:1]):
        bars = []
        for group in groups:
            known, found = (share(study, step, plan, group) for step in ("known", "identified"))
            table += [known, found]
            values = found.value, known.value - found.value, 1.0 - known.value
            bars.append([found._replace(value=value) for value in values])
        series = [
            Series(say("iceberg", key), Look(colour, "square"), [bar[k] for bar in bars])
            for k, (key, colour) in enumerate(ICEBERG.items())
        ]
        names = [parts.place(group) for group in groups]
        panels.append(Panel(plan.label, names, series, say("iceberg", "axis"), 100.0))
    best = study.ranked[0] if study.ranked else base
    text = say(
        "iceberg", "plan" if study.ranked else "finding", plan=best.label,
        hidden=100 * (1 - share(study, "known", base).value),
        found=100 * share(study, "identified", base).value,
        more=100 * share(study, "identified", best).value, baseline=base.label,
    )  # fmt: skip
    return parts.figure("iceberg", text, panels, "stacks", table)
