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
from streetlight.experiments.report.words import named, say, typographic, upper
from streetlight.experiments.report.write import framed, put

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
    html = framed(found.new, "two.html", s=section(found))
    return put(Path(out) if out else Path(second) / FILE, html)


def section(found: Between) -> dict[str, Any]:
    """Data of two.html."""
    titles = [typographic(str(one.manifest["title"])) for one in (found.old, found.new)]
    return {
        "studies": [
            say(f"two.study_{k}", title=title, folder=one.folder.name, runs=runs_of(one))
            for k, (title, one) in enumerate(
                zip(titles, (found.old, found.new), strict=True), start=1
            )
        ],
        "settings": [(one.key, in_words(one.old), in_words(one.new)) for one in found.settings],
        "outcomes": [row(found, one) for one in found.over_all()],
        "head": say("two.outcomes", n=len(found.futures)),
        "apart": [row(found, one) for one in found.apart()],
        "notes": [found.pairing(), say("two.intervals"), *only(found)],
    }


def runs_of(study: Study) -> str:
    """How many runs a study has."""
    return f"{study.comparison.n_runs:,}"


def row(found: Between, one: OutcomeChange) -> dict[str, str]:
    """A change as the table shows it; the plan by the title it has now."""
    plan = found.new.plan(one.policy)
    titles = {future.name: future.title for future in found.new.futures}
    told = one.low == one.low
    return {
        "metric": upper(HEADLINES.get(one.metric, METRICS[one.metric].title)),
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
    for key, names, study in (
        ("first", found.only_old, found.old), ("second", found.only_new, found.new),
    ):  # fmt: skip
        if names:
            told.append(
                say(f"two.only_{key}", plans="; ".join(named(study.plan(name)) for name in names))
            )
    return told
