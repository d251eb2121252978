"""What the record would make you think: where exploitation seems to be, and lists of ten places."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from streetlight.experiments.analyse.record import FEWEST_LISTED, LISTS
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.report.people import TRUE, of_places
from streetlight.experiments.report.places import names
from streetlight.experiments.words import say


def section(study: Study) -> dict[str, Any]:
    """A sentence, and squares of the lists."""
    lists = list(of_ten(study))
    if not lists and not of_places(study):
        return {}
    return {
        "lead": lead(study), "lists": lists,
        "list_title": say("record.lists", n=size(study)) if lists else "",
    }  # fmt: skip


def lead(study: Study) -> str:
    """Where the truth is highest, and where the record is."""
    rows = of_places(study)
    if len(rows) < 2:
        return say("record.where")
    true, told = (max(rows, key=lambda g: rows[g][k].mean) for k in (0, 1))
    if not rows[told][1].mean:
        return say("record.nothing")
    high, low = ((TRUE, study.baseline, group) for group in (true, told))
    sure = study.surely_above(high, low, len(rows) - 1)
    key = "same" if true == told else "apart" if sure else "unclear"
    where = say(f"record.{key}", true=names([true]), told=names([told]))
    return f"{say('record.where')} {where}"


def size(study: Study) -> int:
    """How many places a list holds; 0 where nothing can be listed."""
    found = study.row("top_size", study.baseline).mean
    return round(found) if math.isfinite(found) else 0


def of_ten(study: Study) -> Iterator[dict[str, Any]]:
    """Each list: how many of it are filled squares, and what that says."""
    n = size(study)
    found = {name: study.row(name, study.baseline).mean for name in LISTS}
    for name, share in found.items():
        if n < FEWEST_LISTED or not math.isfinite(share):
            continue
        share = n - share if name == "overlooked" else share  # filled: what the record points to
        k = min(max(round(share), 0), n)
        which = "none" if k == 0 else "all" if k == n else "some"
        yield {
            "head": say(f"record.{name}", n=n), "text": say(f"record.{name}_{which}", k=k, n=n),
            "squares": [one < k for one in range(n)], "label": say("record.of", k=k, n=n),
        }  # fmt: skip
