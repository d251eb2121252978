"""Where youth are lost: how many of 100 exploited youth reach each step, without and with money."""

from __future__ import annotations

import math
from typing import Any

from streetlight.experiments.analyse.measures import STEPS
from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.report.chosen import leading
from streetlight.experiments.report.rounded import of_100, portion
from streetlight.experiments.words import inside, named, say

#: Percent of its track that the bar of all 100 fills; the rest is for the number.
ROOM = 86.0


def section(study: Study) -> dict[str, Any]:
    """The steps, with what opens and what closes each."""
    plan = leading(study)
    shown = [study.baseline] if plan is None else [study.baseline, plan]
    shares = [cascade(study, one) for one in shown]
    steps = [step for step in STEPS if all(step in share for share in shares)]
    if not steps:
        return {}
    rows = [
        {
            "name": say(f"lost.{step}"), "opens": say(f"lost.{step}_opens"),
            "closes": say(f"lost.{step}_closes"),
            "bars": [bar(one, share[step]) for one, share in zip(shown, shares, strict=True)],
        }
        for step in steps
    ]  # fmt: skip
    return {
        "title": title(shares[0]), "rows": rows,
        "lead": "" if plan is None else lead(study.baseline, plan, *shares),
        "all": {"name": say("lost.exploited"), "bars": [bar(study.baseline, 1.0)], "opens": ""},
        "key": [(named(one), one.look.colour) for one in shown],
    }  # fmt: skip


def cascade(study: Study, plan: Plan) -> dict[str, float]:
    """Shares of the cohort that reach each step that was counted; never more than the one before.

    The steps are counted on one cohort, so that only rounding could ever be cut.
    """
    found: dict[str, float] = {}
    last = 1.0
    for step in STEPS:
        share = study.row(f"cohort_{step}_share", plan).mean
        if math.isfinite(share):
            last = found[step] = min(share, last)
    return found


def bar(plan: Plan, share: float) -> dict[str, Any]:
    """One bar."""
    text = f"{100 * share:.0f}" if share > 0.0995 else of_100(share)
    return {"width": round(ROOM * share, 2), "text": text, "colour": plan.look.colour,
            "tip": say("lost.tip", plan=named(plan), n=of_100(share))}  # fmt: skip


def title(shares: dict[str, float]) -> str:
    """How many are never noticed, where that was counted."""
    tenths = round(10 * (1 - shares.get("noticed", 1.0)))
    return say(f"lost.title{'_tenths' if 0 < tenths < 10 else ''}", n=tenths)


def lead(base: Plan, plan: Plan, without: dict[str, float], given: dict[str, float]) -> str:
    """What part of those who are reported is found, under the baseline and the plan."""
    if not (without.get("known") and given.get("known") and "identified" in without):
        return ""
    parts = [portion(share["identified"] / share["known"]) for share in (without, given)]
    key = "lost.lead" if parts[0] != parts[1] else "lost.lead_same"
    return say(key, before=parts[0], after=parts[1], base=inside(base), plan=inside(plan))
