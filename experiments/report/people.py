"""People first: reports follow how many youth live in a place, then who looks, then the harm."""

from __future__ import annotations

import math
from typing import Any

from streetlight.experiments.analyse.measures import FIFTHS
from streetlight.experiments.analyse.study import Row, Study
from streetlight.experiments.report.marks import widths
from streetlight.experiments.report.rounded import count, of_100, rate
from streetlight.experiments.report.words import place, say

#: Agreement of two orders of places from which one is said to follow the other closely, or at all.
CLOSE, LOOSE = 0.8, 0.3
#: How many times one rate is another's before the two are said to differ.
UNLIKE = 1.05


def section(study: Study) -> dict[str, Any]:
    """Data of people.html; nothing where no reports can be compared."""
    follows = study.row("count_follows_youth", study.baseline).mean
    rows = by_place(study)
    if math.isnan(follows) and not rows:
        return {}
    return {
        "head": say(f"people.head_{how_close(follows)}"),
        "follows": [
            say(f"people.{how_close(follows)}", by=f"{follows:.1f}"),
            *then(study),
            say("people.roads"),
        ],
        "rows": rows,
        "poverty": poverty(study),
    }


def how_close(follows: float) -> str:
    """How the order of places by reports follows that by youth, in a word of the catalogue."""
    if math.isnan(follows):
        return "unknown"
    if follows >= CLOSE:
        return "close"
    return "loose" if follows >= LOOSE else "not"


def by_place(study: Study) -> list[dict[str, Any]]:
    """Of 100 youth, of 100 exploited and of 100 reports, how many are of each kind of place."""
    own = study.baseline
    measures = ("youth", "true_onsets", "all_reports")
    kinds = {g: [study.row(m, own, g).mean for m in measures] for g in study.groups}
    totals = [sum(values[k] for values in kinds.values()) for k in range(3)]
    if len(kinds) < 2 or not all(total > 0 for total in totals):
        return []
    parts = {g: [v / t for v, t in zip(kinds[g], totals, strict=True)] for g in kinds}
    most = max(max(shares) for shares in parts.values())
    return [{"name": place(g), "bars": bars(shares, most)} for g, shares in parts.items()]


def bars(shares: list[float], most: float) -> list[dict[str, Any]]:
    """Three bars of one kind of place, as long as their share of the longest."""
    names = ("youth", "harm", "report")
    return [
        {"kind": name, "width": round(100 * share / most, 2), "text": of_100(share)}
        for name, share in zip(names, shares, strict=True)
    ]


def then(study: Study) -> list[str]:
    """After people: how unlike reports per youth are between kinds of places, and the harm."""
    told, harm = (
        [study.row(m, study.baseline, g).mean for g in study.groups]
        for m in ("recorded_rate", "true_rate")
    )
    if len(told) < 2 or not all(v > 0 for v in (*told, *harm)):
        return []
    reports, truth = (max(values) / min(values) for values in (told, harm))
    fields = {"reports": count(round(reports)), "truth": f"{truth:.1f}"}
    if reports >= 1.5 and reports > truth * UNLIKE:
        return [say("people.attention", **fields)]
    if truth > reports * UNLIKE:
        return [say("people.harm_differs")]
    return [say("people.as_harm")]


def poverty(study: Study) -> dict[str, Any] | None:
    """What is suffered and what is reported by fifth of places by poverty; None if not known."""
    suffered, told = (
        [study.row(m, study.baseline, g) for g in FIFTHS]
        for m in ("onsets_per_1000", "published_per_1000")
    )
    if not all(math.isfinite(row.mean) for row in (*suffered, *told)):
        return None
    one, other = goes(suffered), goes(told)
    lengths = widths([row.mean for row in (*suffered, *told)])
    return {
        "head": say(f"poverty.{one}_{other}"),
        "rows": [
            {
                "name": say(f"poverty.fifth_{k + 1}"),
                "suffered": rate(suffered[k].mean), "told": rate(told[k].mean),
                "suffered_width": lengths[k], "told_width": lengths[5 + k],
            }
            for k in range(5)
        ],
        "uneven": say("poverty.uneven") if uneven(study) else "",
    }  # fmt: skip


def goes(rows: list[Row]) -> str:
    """Whether the poorest fifth surely has more than the least poor, or less: up, down, same."""
    if rows[4].low > rows[0].high:
        return "up"
    return "down" if rows[4].high < rows[0].low else "same"


def uneven(study: Study) -> bool:
    """Whether the fifths hold unlike numbers of youth, as they do on a map of few places."""
    youth = [study.row("youth_share", study.baseline, g).mean for g in FIFTHS]
    return not all(0.15 <= share <= 0.25 for share in youth)
