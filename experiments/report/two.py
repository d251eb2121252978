"""What changed between two results folders, as a page: settings, and outcomes of each policy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from streetlight.experiments.analyse.between import (
    Between,
    OutcomeChange,
    amount,
    between,
    in_words,
)
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.exports import HEADLINES
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.report.marks import marker
from streetlight.experiments.report.write import framed, save
from streetlight.experiments.words import named, say, typographic, upper

FILE = "changes.html"


def write_changes(
    first: str | os.PathLike[str],
    second: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
) -> Path:
    """Write what changed from one results folder to another, and return the page's path.

    out: by default changes.html in the second. InputError unless both hold results of one region.
    """
    found = between(first, second)
    html = framed(found.new, "two.html", s=section(found), title=say("two.title"), mark="")
    return save(Path(out) if out else Path(second) / FILE, html)


def section(found: Between) -> dict[str, Any]:
    """Data of two.html."""
    return {
        "studies": [name_of(1, found.old), name_of(2, found.new)],
        "settings": [(one.key, in_words(one.old), in_words(one.new)) for one in found.settings],
        "outcomes": [row(found, one) for one in found.over_all()],
        "head": say("two.outcomes", n=len(found.futures)),
        "apart": [row(found, one) for one in found.apart()],
        "notes": [found.pairing(), say("two.intervals"), *only(found)],
    }


def name_of(k: int, study: Study) -> str:
    """The first or second study: its title, where it is, and how many runs it has."""
    title, runs = typographic(str(study.manifest["title"])), f"{study.comparison.n_runs:,}"
    return say(f"two.study_{k}", title=title, folder=study.folder.name, runs=runs)


def row(found: Between, one: OutcomeChange) -> dict[str, str]:
    """A change as the table shows it; the plan by the title it has now."""
    plan = found.new.plan(one.policy)
    titles = {future.name: future.title for future in found.new.futures}
    told = one.low == one.low
    return {
        "metric": upper(HEADLINES.get(one.metric, METRICS[one.metric].title)),
        "unit": METRICS[one.metric].unit,
        "plan": named(plan), "marker": marker(plan.look),
        "future": typographic(titles.get(one.future, "")), "old": amount(one.old),
        "new": amount(one.new), "change": minus(amount(one.difference, sign=True)),
        "interval": say("two.range", low=minus(amount(one.low, sign=True)),
                        high=minus(amount(one.high, sign=True))) if told else "",
        "verdict": f"{one.verdict}{'' if one.paired else ' *'}",
    }  # fmt: skip


def minus(text: str) -> str:
    """A number with the minus sign of print."""
    return text.replace("-", "\N{MINUS SIGN}")


def only(found: Between) -> list[str]:
    """Plans that one study alone has."""
    told = []
    sides = (("first", found.only_old, found.old), ("second", found.only_new, found.new))
    for key, names, study in sides:
        plans = "; ".join(named(study.plan(name)) for name in names)
        told += [say(f"two.only_{key}", plans=plans)] if plans else []
    return told
