"""How sure is this: what the runs show, what depends on the world, what is not known here."""

from __future__ import annotations

import math
from typing import Any

from streetlight.experiments.analyse.patterns import patterns
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.report.first import direction, order_holds
from streetlight.experiments.report.leading import better, leading
from streetlight.experiments.report.rounded import percent, span
from streetlight.experiments.report.words import listing, say

FEWEST_REPLICATES = 4
#: Measures whose direction under every plan is said, and their names in the catalogue.
TOLD = {"identified": "found", "all_reports": "reports", "person_years": "harm"}


def section(study: Study) -> dict[str, Any]:
    """Data of sure.html: three columns of sentences."""
    return {"columns": [
        {"head": say("sure.model"), "lines": of_the_model(study)},
        {"head": say("sure.world"), "lines": of_the_world(study)},
        {"head": say("sure.unknown"), "lines": not_known(study)},
    ]}  # fmt: skip


def of_the_model(study: Study) -> list[str]:
    """What the runs show beyond chance."""
    ways = {key: direction(study, measure) for measure, key in TOLD.items()} if study.plans else {}
    told = [say(f"sure.{key}_{way}") for key, way in ways.items() if way != "unsure"]
    who = "every_plan" if len(study.plans) > 1 else "this_plan"
    lines = [say(f"sure.{who}", what=listing(told)) if told else say("sure.nothing_sure")]
    if any(better(study, study.row(study.primary, p)) for p in study.plans):
        claim = leading(study)
        lines.append(claim.body if len(study.budgets()) > 1 else claim.head)
    n = study.comparison.worlds.shape[2]
    key = "few" if n < FEWEST_REPLICATES else "luck"
    return [*lines, say(f"sure.{key}", n=n)]


def of_the_world(study: Study) -> list[str]:
    """What depends on what the world is like."""
    lines = [order_holds(study)]
    if study.plans and len(study.futures) > 1:
        shares = over_futures(study)
        if shares:
            lines.append(say("sure.range", range=span((percent(shares[0]), percent(shares[-1])))))
    every = patterns()
    missed = sum(not p.matched for p in every)
    lines.append(say("sure.missed", n=missed, m=len(every)))
    return [*lines, say("sure.effects")]


def over_futures(study: Study) -> list[float]:
    """Exploitation averted by the plan at the head, as shares, lowest first; none below 0."""
    leaders = study.leaders() or study.plans[:1]
    shares = [
        study.row("averted_person_years", leaders[0], future=f.name).mean
        / study.row("person_years", study.baseline, future=f.name).mean
        for f in study.futures
        if study.row("person_years", study.baseline, future=f.name).mean > 0
    ]
    usable = shares and all(math.isfinite(s) and s > 0 for s in shares)
    return sorted(shares) if usable else []


def not_known(study: Study) -> list[str]:
    """What no run of this study can say."""
    lines = [say("sure.real"), say("sure.offenders"), say("sure.wrong")]
    if len(study.groups) < 2:
        lines.append(say("sure.places"))
    return [*lines, say("sure.after", n=study.years)]
