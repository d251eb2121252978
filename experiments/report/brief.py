"""The brief: one page of a study that prints to one sheet, made of what the sections say."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from streetlight.experiments.analyse.study import Plan, Study, open_study
from streetlight.experiments.currency import speaking
from streetlight.experiments.report import compared, first, places, seeing
from streetlight.experiments.report.chosen import leading, shown
from streetlight.experiments.report.marks import marker
from streetlight.experiments.report.rounded import of_100, signed_count
from streetlight.experiments.report.write import framed, save
from streetlight.experiments.words import lower, named, place, say

FILE = "brief.html"
#: Plans for which the sheet has rows; the report has all.
MOST_PLANS = 7


def write_brief(folder: str | os.PathLike[str], out: str | os.PathLike[str] | None = None) -> Path:
    """Write the brief of a results folder and return its path.

    out: by default brief.html in the folder. InputError when there are no results.
    """
    study = open_study(folder)
    return save(Path(out) if out else Path(folder) / FILE, brief(study))


def brief(study: Study) -> str:
    """The brief as text."""
    with speaking(study.config):
        return framed(study, "brief.html", s=section(study))


def section(study: Study) -> dict[str, Any]:
    """Data of brief.html: the first screen, a table, bars and three short answers."""
    told = buys(study), loses(study), " ".join(first.how_sure(study))
    answers = dict(zip(("brief.buys", "brief.loses", "sure.short"), told, strict=True))
    return {
        **first.section(study), "table": table(study), "seeing": seeing.section(study),
        "answers": [{"head": say(key), "text": text} for key, text in answers.items() if text],
        "foot": say("brief.foot", runs=f"{study.comparison.n_runs:,}"),
    }  # fmt: skip


def table(study: Study) -> dict[str, Any]:
    """Youth found by plan: more of them a year, and of 100 in each kind of place."""
    plans = (study.baseline, *study.plans[:MOST_PLANS])
    rest = len(study.plans) + 1 - len(plans)
    return {
        "heads": [*map(place, study.groups)], "rows": [row(study, plan) for plan in plans],
        "rest": say("brief.rest", n=rest) if rest else "",
    }  # fmt: skip


def row(study: Study, plan: Plan) -> dict[str, Any]:
    """One plan of the table; a dash where nothing can be told."""
    more = study.row("identified", plan).difference / study.years
    shares = [study.row("identified_share", plan, group).mean for group in study.groups]
    told = math.isfinite(more) and not plan.is_baseline
    return {
        "name": named(plan), "marker": marker(plan.look),
        "more": signed_count(more) if told else say("brief.none"),
        "found": [of_100(v) if math.isfinite(v) else say("brief.none") for v in shares],
    }  # fmt: skip


def buys(study: Study) -> str:
    """What the money buys, with dollars a year where all plans spend alike."""
    found = compared.bought(study)
    parts = [
        say("brief.part", name=one["name"] if not k else lower(one["name"]),
            money=one["money"] or one["share"])
        for k, one in enumerate(found["rows"] if found else [])
    ]  # fmt: skip
    return "; ".join(parts) + "." * bool(parts)


def loses(study: Study) -> str:
    """Where a plan finds more, who loses by it, and the price in wrong investigations."""
    plans = shown(study)
    told = [*places.of_classes(study, plans)] if len(plans) > 2 else []
    plan = leading(study)
    told += [*seeing.follows(study, plan)][-1:] if plan else []
    return " ".join(told)
