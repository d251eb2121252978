"""People first: reports follow how many youth live in a place, then who looks, then the harm."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from streetlight.experiments.analyse.measures import FIFTHS
from streetlight.experiments.analyse.study import Row, Study
from streetlight.experiments.report.marks import widths
from streetlight.experiments.report.rounded import count, rate
from streetlight.experiments.words import inside, place, say

#: Agreement of two orders from which one is said to follow the other closely, or at all. By rank
#: correlations of 0.8 and 0.3, four and three of five pairs of places stand in the same order in
#: both (of values that are normal together); half would by chance.
CLOSE, LOOSE = 0.8, 0.3
#: How many times one ratio is another before the two are said to differ: rates are shown with two
#: digits, and those that differ by less than a twentieth may look the same.
UNLIKE = 1.05
#: How many times reports differ before it is said in whole numbers: from here on it is 2 or more.
TWICE = 1.5
#: The parameter that makes the region's placebo, such as nearness to a road, a cause.
PLACEBO = "incidence.covariate_effect"
TRUE, TOLD = "true_rate", "recorded_rate"
#: The same by fifth of poverty, as runs.parquet has them.
SUFFERED, RECORDED = "onsets_per_1000", "published_per_1000"


def section(study: Study) -> dict[str, Any]:
    """Data of people.html; nothing where no reports can be compared."""
    follows = study.row("count_follows_youth", study.baseline).mean
    rates = of_places(study)
    if math.isnan(follows) and not rates:
        return {}
    close = how_close(follows)
    told = [say(f"people.{close}"), *then(rates), *placebo(study)]
    return {
        "head": say(f"people.head_{close}"), "follows": told, "poverty": poverty(study),
        "rows": bars({place(group): (true.mean, own.mean) for group, (true, own) in rates.items()}),
        "per_1000": say("rates.per_1000", base=inside(study.baseline)),
    }  # fmt: skip


def how_close(follows: float) -> str:
    """How the order of places by reports follows that by youth, in a word of the catalogue."""
    if math.isnan(follows):
        return "unknown"
    return "close" if follows >= CLOSE else "loose" if follows >= LOOSE else "not"


def of_places(study: Study) -> dict[str, tuple[Row, Row]]:
    """True and recorded rate by kind of place, where both are known."""
    rows = {g: tuple(study.row(m, study.baseline, g) for m in (TRUE, TOLD)) for g in study.groups}
    return {g: (true, told) for g, (true, told) in rows.items()
            if math.isfinite(true.mean) and math.isfinite(told.mean)}  # fmt: skip


def bars(pairs: Mapping[str, tuple[float, float]]) -> list[dict[str, Any]]:
    """Two bars each, of what is suffered and what is on record, on one scale."""
    long = iter(widths([value for pair in pairs.values() for value in pair]))
    return [
        {"name": name, "true": rate(true), "told": rate(told), "true_width": next(long),
         "told_width": next(long)}
        for name, (true, told) in pairs.items()
    ]  # fmt: skip


def then(rates: Mapping[str, tuple[Row, Row]]) -> list[str]:
    """After people: how unlike reports per youth are between kinds of places, and the harm."""
    values = [[pair[k].mean for pair in rates.values()] for k in (0, 1)]
    if len(rates) < 2 or not all(v > 0 for own in values for v in own):
        return []
    truth, reports = (max(own) / min(own) for own in values)
    if reports >= TWICE and reports > truth * UNLIKE:
        return [say("people.attention", reports=count(round(reports)), truth=f"{truth:.1f}")]
    return [say("people.harm_differs" if truth > reports * UNLIKE else "people.as_harm")]


def placebo(study: Study) -> Iterator[str]:
    """That roads and hubs add nothing, by the known pattern; not where they were made a cause."""
    sets = (study.config.get("parameters") or {}, *(future.sets for future in study.futures))
    if not any(PLACEBO in one for one in sets):
        yield say("people.roads")


def poverty(study: Study) -> dict[str, Any] | None:
    """What is suffered and what is reported by fifth of places by poverty; None if not known."""
    suffered, told = (
        [study.row(m, study.baseline, g) for g in FIFTHS] for m in (SUFFERED, RECORDED)
    )
    if not all(math.isfinite(row.mean) for row in (*suffered, *told)):
        return None
    pairs = zip(FIFTHS, suffered, told, strict=True)
    return {
        "head": say(f"poverty.{goes(study, SUFFERED)}_{goes(study, RECORDED)}"),
        "rows": bars({place(g): (one.mean, own.mean) for g, one, own in pairs}),
        "uneven": say("poverty.uneven") if uneven(study) else "",
    }


def goes(study: Study, measure: str) -> str:
    """Whether the poorest fifth surely has more than the least poor, or plainly less.

    Plainly: surely less than every other fifth, or than the least poor with a fall at each step.
    """
    *others, most = [(measure, study.baseline, group) for group in FIFTHS]
    if study.surely_above(most, others[0]):
        return "up"
    rates = [study.row(*cell).mean for cell in (*others, most)]
    falls = all(one > after for one, after in pairwise(rates))
    over = others[:1] if falls else others
    return "down" if all(study.surely_above(one, most, len(over)) for one in over) else "same"


def uneven(study: Study) -> bool:
    """Whether the fifths hold different numbers of youth, as they do on a map of few places."""
    youth = [study.row("youth_share", study.baseline, g).mean for g in FIFTHS]
    return not all(0.15 <= share <= 0.25 for share in youth)
