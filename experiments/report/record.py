"""What the record would make you think: true beside recorded rates, and lists of ten places."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from streetlight.experiments.analyse.study import Study
from streetlight.experiments.report.marks import widths
from streetlight.experiments.report.places import names
from streetlight.experiments.report.rounded import portion, rate
from streetlight.experiments.report.words import place, say

TRUE, TOLD = "true_rate", "recorded_rate"
LISTS = ("top_by_count", "top_by_rate", "overlooked")
#: A shorter list of places says too little to draw.
SHORTEST = 3


def section(study: Study) -> dict[str, Any]:
    """Bars by kind of place, and squares of the lists."""
    base = study.baseline
    pairs = [(g, study.row(TRUE, base, g).mean, study.row(TOLD, base, g).mean)
             for g in study.groups]  # fmt: skip
    pairs = [one for one in pairs if math.isfinite(one[1]) and math.isfinite(one[2])]
    long = widths([value for _, *values in pairs for value in values])
    rows = [
        {"name": place(g), "true": rate(true), "told": rate(told),
         "true_width": long[2 * k], "told_width": long[2 * k + 1]}
        for k, (g, true, told) in enumerate(pairs)
    ]  # fmt: skip
    lists = list(of_ten(study))
    if not rows and not lists:
        return {}
    return {
        "title": say("record.title"), "lead": lead(study), "rows": rows, "lists": lists,
        "caption": say("record.caption"),
        "list_title": say("record.lists", n=size(study)) if lists else "",
    }  # fmt: skip


def lead(study: Study) -> str:
    """Where the truth is highest, and what the record says of the same place."""
    rows = {
        g: (study.row(TRUE, study.baseline, g), study.row(TOLD, study.baseline, g))
        for g in study.groups
    }
    rows = {g: r for g, r in rows.items() if math.isfinite(r[0].mean) and math.isfinite(r[1].mean)}
    if len(rows) < 2:
        return say("record.where")
    true = max(rows, key=lambda g: rows[g][0].mean)
    told = max(rows, key=lambda g: rows[g][1].mean)
    if not rows[told][1].mean:
        return say("record.nothing")
    if true == told or not rows[true][0].low > rows[told][0].high:
        key = "record.same" if true == told else "record.unclear"
        return say("record.where") + " " + say(key, place=names([told]))
    share = rows[true][1].mean / rows[told][1].mean
    return say("record.where") + " " + say(
        "record.apart", true=names([true]), told=names([told]), share=portion(share)
    )  # fmt: skip


def size(study: Study) -> int:
    """How many places a list holds; 0 where nothing can be listed."""
    found = study.row("top_size", study.baseline).mean
    return round(found) if math.isfinite(found) else 0


def of_ten(study: Study) -> Iterator[dict[str, Any]]:
    """Each list: how many of it are filled squares, and what that says."""
    n = size(study)
    if n < SHORTEST:
        return
    for name in LISTS:
        found = study.row(name, study.baseline).mean
        if not math.isfinite(found):
            continue
        k = min(max(round(found), 0), n)
        which = "none" if k == 0 else "all" if k == n else "some"
        yield {
            "head": say(f"record.{name}", n=n), "text": say(f"record.{name}_{which}", k=k, n=n),
            "squares": [one < k for one in range(n)], "label": say("record.of", k=k, n=n),
        }  # fmt: skip
