"""The first screen: what it costs, what it brings, three sentences, one picture, how sure."""

from __future__ import annotations

import math
import re
from typing import Any

from streetlight.experiments.analyse.patterns import patterns
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.report.leading import Claim, claim, leading, prices
from streetlight.experiments.report.rounded import count, dollars, ends, percent, with_sign
from streetlight.experiments.report.tradeoff import compared_plans, picture, values
from streetlight.experiments.words import inside, one_line, say, typographic


def section(study: Study) -> dict[str, Any]:
    """Data of first.html."""
    return {
        "title": typographic(one_line(study.manifest["title"])),
        "question": typographic(first_sentence(study.manifest.get("question") or "")),
        "cards": [costs(study), averts(study), finds(study)] if study.plans else [],
        "says": [leading(study), *([values(study), reports(study)] if study.plans else [])],
        "how": how_sure(study), "plot": picture(study),
    }  # fmt: skip


def first_sentence(text: str) -> str:
    """Up to the first full stop or question mark that ends a sentence."""
    return re.split(r"(?<=[.?!])\s+(?=[A-Z\"“])", one_line(text), maxsplit=1)[0]


# Cards


def costs(study: Study) -> dict[str, str]:
    """What the plans cost a year."""
    money = list(map(study.yearly, study.plans))
    a_head = {p.budget for p in study.plans if isinstance(p.budget, float)}
    alike = len(a_head) == 1 and max(money) > 0
    cents = dollars(a_head.pop()) if alike else ""
    found = card("costs", ends(dollars, money), "a_head" if alike else "a_year",
                 n=study.years, cents=cents)  # fmt: skip
    if (spent := study.yearly(study.baseline)) > 0:
        key = "as_much" if dollars(spent) == found["head"] else "instead"
        found["small"] = say(f"first.costs.{key}", head=found["small"], money=dollars(spent),
                             plan=inside(study.baseline))  # fmt: skip
    return found


def averts(study: Study) -> dict[str, str]:
    """Exploitation averted, in percent of what happens under the baseline."""
    base = study.row("person_years", study.baseline).mean
    rows = [study.row("averted_person_years", p) for p in study.plans]
    shares = [row.mean / base if base else math.nan for row in rows]
    if not all(map(math.isfinite, shares)):
        return card("averts", say("first.unknown"), "unknown")
    if not any(row.sure for row in rows):
        return card("averts", say("first.averts.unsure"), "chance")
    low, high, both = min(shares), max(shares), ends(with_sign, shares)
    middle = round(50 * (low + high))
    if low > 0 and high < 2 * low and middle > 0:
        return card("averts", say("first.about", what=f"{middle:d}%"), "range", range=both)
    return card("averts", both, "of")


def finds(study: Study) -> dict[str, str]:
    """Youth found more than under the baseline."""
    rows = [study.row("identified", p) for p in study.plans]
    more, changes = [row.difference / study.years for row in rows], [row.change for row in rows]
    if not all(map(math.isfinite, more)):
        return card("finds", say("first.unknown"), "unknown")
    if not any(row.sure for row in rows):
        return card("finds", say("first.finds.unsure"), "chance")
    told = all(map(math.isfinite, changes))
    if min(more) < 0 < max(more):
        both = ends(with_sign, changes) if told else say("first.mixed")
        return card("finds", both, "more" if told else "found")
    word, counts = "fewer" if max(more) <= 0 else "more", ends(count, map(abs, more))
    key, head = ("count", ends(percent, map(abs, changes))) if told else ("a_year", counts)
    found = card("finds", head, f"{word}_{key}", count=counts)
    if each := prices(study, "identified"):
        found["small"] = say("first.finds.each", small=found["small"], each=each)
    return found


def card(name: str, head: str, small: str, **fields: Any) -> dict[str, str]:
    """A card; small: the key of what stands beneath."""
    key = f"first.{name}"
    return {"label": say(f"{key}.label"), "head": head, "small": say(f"{key}.{small}", **fields)}


# Sentences


def reports(study: Study) -> Claim:
    """What happens to reports while exploitation falls, or does not."""
    told, harm = direction(study, "all_reports"), direction(study, "person_years")
    who = say("phrases.every_plan" if len(study.plans) > 1 else "phrases.this_plan")
    changes = [study.row("all_reports", p).change for p in study.plans]
    known = told != "unsure" and all(map(math.isfinite, changes))
    by = say("phrases.by", range=ends(percent, map(abs, changes))) if known else ""
    head, body = claim(f"reports.{told}_{harm}", who=who, by=by)
    holds = sum(held(study, future.name, told, harm) for future in study.futures)
    if "unsure" not in (told, harm) and holds < len(study.futures):
        body += " " + say("reports.futures", n=holds, m=len(study.futures))
    if all(study.row("false_investigated", plan).difference_low > 0 for plan in study.plans):
        body += " " + say("reports.wrong")
    return Claim(head, body)


def direction(study: Study, measure: str) -> str:
    """'up' or 'down' where that is sure of every plan, else 'unsure'."""
    ways = {study.row(measure, plan).way for plan in study.plans}
    return ways.pop() if len(ways) == 1 else "unsure"


def held(study: Study, future: str, told: str, harm: str) -> bool:
    """Whether every plan's means go the same ways in one future."""
    signs = {"up": 1.0, "down": -1.0, "unsure": math.nan}
    return all(
        signs[way] * study.row(measure, plan, future=future).difference > 0
        for plan in study.plans
        for way, measure in ((told, "all_reports"), (harm, "person_years"))
    )


def how_sure(study: Study) -> tuple[str, str, str]:
    """Whether the order holds in all futures, how well the model matches, and what follows."""
    matches = [pattern.matched for pattern in patterns()]
    matched = say("sure.patterns", n=f"{sum(matches)}", m=f"{len(matches)}")
    return order_holds(study), matched, say("sure.trust")


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
    sign, of = study.sign(), [list(study.by_future(study.primary, p)) for p in plans]
    gains = sum(all(sign * row.difference > 0 for _, row in rows) for rows in zip(*of, strict=True))
    return say("sure.gains_all" if gains == n else "sure.gains", n=gains, m=n)
