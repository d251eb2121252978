"""The first screen: what it costs, what it brings, three sentences, one picture, how sure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from streetlight.experiments.analyse.patterns import patterns
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.report.leading import Claim, leading, sign_of
from streetlight.experiments.report.rounded import MINUS, count, dollars, percent, span
from streetlight.experiments.report.tradeoff import compared_plans, picture, values
from streetlight.experiments.report.words import inside, one_line, say, typographic


def section(study: Study) -> dict[str, Any]:
    """Data of first.html."""
    return {
        "title": typographic(one_line(study.manifest["title"])),
        "question": typographic(first_sentence(study.manifest.get("question") or "")),
        "cards": [costs(study), averts(study), finds(study)] if study.plans else [],
        "says": [leading(study), *([values(study), reports(study)] if study.plans else [])],
        "how": how_sure(study),
        "plot": picture(study),
    }


def first_sentence(text: str) -> str:
    """Up to the first full stop or question mark that ends a sentence."""
    return re.split(r"(?<=[.?!])\s+(?=[A-Z\"“])", one_line(text), maxsplit=1)[0]


# Cards


def costs(study: Study) -> dict[str, str]:
    """What the plans cost a year."""
    money = [study.row("allocated", p).mean / study.years for p in study.plans]
    head = span((dollars(min(money)), dollars(max(money))))
    a_head = {p.budget for p in study.plans if isinstance(p.budget, float)}
    detail = say("first.costs.a_year", n=study.years)
    if len(a_head) == 1 and max(money) > 0:
        detail = say("first.costs.a_head", cents=dollars(a_head.pop()), n=study.years)
    spent = study.row("allocated", study.baseline).mean / study.years
    if spent > 0:
        detail = say(
            "first.costs.instead", head=detail, money=dollars(spent), plan=inside(study.baseline)
        )
    return card("costs", head, detail)


def averts(study: Study) -> dict[str, str]:
    """Exploitation averted, in percent of what happens under the baseline."""
    base = study.row("person_years", study.baseline).mean
    rows = [study.row("averted_person_years", p) for p in study.plans]
    shares = [row.mean / base if base else math.nan for row in rows]
    if not all(map(math.isfinite, shares)):
        return card("averts", say("first.unknown"), say("first.averts.unknown"))
    if not any(row.sure for row in rows):
        return card("averts", say("first.averts.unsure"), say("first.chance"))
    low, high = min(shares), max(shares)
    both = span((with_sign(low), with_sign(high)))
    middle = round(50 * (low + high))
    if low > 0 and high < 2 * low and middle > 0:
        about = say("first.about", what=f"{middle:d}%")
        return card("averts", about, say("first.averts.range", range=both))
    return card("averts", both, say("first.averts.of"))


def finds(study: Study) -> dict[str, str]:
    """Youth found more than under the baseline."""
    rows = [study.row("identified", p) for p in study.plans]
    more = [row.difference / study.years for row in rows]
    if not all(map(math.isfinite, more)):
        return card("finds", say("first.unknown"), say("first.finds.unknown"))
    if not any(row.sure for row in rows):
        return card("finds", say("first.finds.unsure"), say("first.chance"))
    word = "fewer" if max(more) <= 0 else "more"
    changes = [row.change for row in rows]
    told = all(map(math.isfinite, changes))
    if min(more) < 0 < max(more):
        both = span((with_sign(min(changes)), with_sign(max(changes)))) if told else ""
        small = say("first.finds.more" if told else "first.finds.found")
        return card("finds", both or say("first.mixed"), small)
    counts = ends(count, more)
    if not told:
        return card("finds", counts, say(f"first.finds.{word}_a_year"))
    return card("finds", ends(percent, changes), say(f"first.finds.{word}_count", count=counts))


def ends(written: Callable[[float], str], values: Iterable[float]) -> str:
    """The smallest and the largest size of some changes."""
    sizes = sorted(map(abs, values))
    return span((written(sizes[0]), written(sizes[-1])))


def with_sign(share: float) -> str:
    """A share in percent, with a sign when it is below 0."""
    return (MINUS if share < 0 else "") + percent(share)


def card(key: str, head: str, small: str) -> dict[str, str]:
    """A card."""
    return {"label": say(f"first.{key}.label"), "head": head, "small": small}


# Sentences


def reports(study: Study) -> Claim:
    """What happens to reports while exploitation falls, or does not."""
    told, harm = direction(study, "all_reports"), direction(study, "person_years")
    who = say("phrases.every_plan" if len(study.plans) > 1 else "phrases.this_plan")
    changes = [study.row("all_reports", p).change for p in study.plans]
    known = told != "unsure" and all(map(math.isfinite, changes))
    by = say("phrases.by", range=ends(percent, changes)) if known else ""
    body = say(f"reports.{told}_{harm}_why", who=who, by=by)
    if "unsure" not in (told, harm):
        holds = sum(held(study, future.name, told, harm) for future in study.futures)
        if holds < len(study.futures):
            body += " " + say("reports.futures", n=holds, m=len(study.futures))
    wrong = [study.row("false_investigated", plan) for plan in study.plans]
    if all(row.difference_low > 0 for row in wrong):
        body += " " + say("reports.wrong")
    return Claim(say(f"reports.{told}_{harm}"), body)


def direction(study: Study, measure: str) -> str:
    """'up' or 'down' where that is sure of every plan, else 'unsure'."""
    rows = [study.row(measure, p) for p in study.plans]
    if all(row.difference_low > 0 for row in rows):
        return "up"
    return "down" if all(row.difference_high < 0 for row in rows) else "unsure"


def held(study: Study, future: str, told: str, harm: str) -> bool:
    """Whether every plan's means go the same ways in one future."""
    signs = {"up": 1.0, "down": -1.0}
    return all(
        signs[way] * study.row(measure, plan, future=future).difference > 0
        for plan in study.plans
        for way, measure in ((told, "all_reports"), (harm, "person_years"))
    )


def how_sure(study: Study) -> str:
    """One line: whether the order holds in all futures, and how well the model matches."""
    matches = [pattern.matched for pattern in patterns()]
    matched = say("sure.patterns", n=f"{sum(matches)}", m=f"{len(matches)}")
    return " ".join((order_holds(study), matched, say("sure.trust")))


def order_holds(study: Study) -> str:
    """Whether the plans that lead do so in every future."""
    n = len(study.futures)
    if n == 1:
        return say("sure.one_future")
    plans = compared_plans(study) if study.plans else ()
    if len(plans) > len(study.leaders(among=plans)) > 0:
        turns = study.turns(plans)
        others = {plan for _, plan in turns}
        if len(others) == 1:
            return say("sure.turns_to", n=len(turns), m=n, plan=inside(others.pop()))
        return say("sure.turns" if turns else "sure.holds", n=len(turns), m=n)
    if not plans:
        return say("sure.nothing", m=n)
    sign, of = sign_of(study), [list(study.by_future(study.primary, p)) for p in plans]
    gains = sum(all(sign * row.difference > 0 for _, row in rows) for rows in zip(*of, strict=True))
    return say("sure.gains_all" if gains == n else "sure.gains", n=gains, m=n)
