"""How sure is this: what the runs show, what depends on the world, what is not known here."""

from __future__ import annotations

from typing import Any

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.metrics import FEWEST_REPLICATES
from streetlight.experiments.remarks import told_of
from streetlight.experiments.report.first import direction
from streetlight.experiments.words import has, listing, say

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
    n = study.comparison.worlds.shape[2]
    key = "few" if n < FEWEST_REPLICATES else "luck"
    return [*lines, say(f"sure.{key}", n=n)]


def of_the_world(study: Study) -> list[str]:
    """What depends on what the world is like."""
    nearest = [say("sure.nearest")] if len(study.futures) > 1 else []
    return [*nearest, say("sure.effects"), *of_the_region(study)]


def of_the_region(study: Study) -> list[str]:
    """What the region's file says of no place, so that numbers of the United States stand in."""
    told = told_of(study.config)
    missing = [one.column for one in told.gaps if one.places == told.communities] if told else []
    what = [say(f"sure.region_{one}") for one in missing if has(f"sure.region_{one}")]
    return [say("sure.region", what=listing(what))] if what else []


def not_known(study: Study) -> list[str]:
    """What no run of this study can say."""
    lines = [say("sure.real"), say("sure.offenders"), say("sure.wrong")]
    if len(study.groups) < 2:
        lines.append(say("sure.places"))
    return [*lines, say("sure.after", n=study.years)]
