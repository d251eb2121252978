"""The first screen: what it costs, what it brings, three sentences, one picture, how sure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from streetlight.experiments.analyse.patterns import patterns
from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.report.leading import Claim, gain, leading, metric_words
from streetlight.experiments.report.marks import Point, scatter
from streetlight.experiments.report.rounded import (
    MINUS,
    count,
    dollars,
    of_100,
    percent,
    portion,
    span,
)
from streetlight.experiments.report.words import inside, named, place, say, typographic

WORST = "worst_class_identified_share"
#: The first metric where it says little of how many are reached; the picture then has this one.
INSTEAD = {WORST: "identified", "person_years": "averted_person_years"}


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


def one_line(text: str) -> str:
    """The text without line breaks."""
    return " ".join(text.split())


def first_sentence(text: str) -> str:
    """Up to the first full stop or question mark that ends a sentence."""
    return re.split(r"(?<=[.?!])\s+(?=[A-Z\"“])", one_line(text), maxsplit=1)[0]


# Cards


def costs(study: Study) -> dict[str, str]:
    """What the plans cost a year."""
    money = [study.row("allocated", p).mean / study.years for p in study.plans]
    head = span((dollars(min(money)), dollars(max(money))))
    a_head = {p.budget for p in study.plans if isinstance(p.budget, float)}
    if len(a_head) == 1 and max(money) > 0:
        return card("costs", head, say("first.costs.a_head", cents=dollars(a_head.pop())))
    return card("costs", head, say("first.costs.a_year"))


def averts(study: Study) -> dict[str, str]:
    """Exploitation averted, in percent of what happens under the baseline."""
    base = study.row("person_years", study.baseline).mean
    rows = [study.row("averted_person_years", p) for p in study.plans]
    shares = [row.mean / base if base else math.nan for row in rows]
    if not all(map(math.isfinite, shares)):
        return card("averts", say("first.unknown"), say("first.averts.of"))
    if not any(row.sure for row in rows):
        return card("averts", say("first.unsure"), say("first.averts.within"))
    low, high = min(shares), max(shares)
    both = span((with_sign(low), with_sign(high)))
    if low > 0 and high < 2 * low and round(100 * high) > 0:
        about = say("first.about", what=f"{round(100 * high):d}%")
        return card("averts", about, say("first.averts.range", range=both))
    return card("averts", both, say("first.averts.of"))


def finds(study: Study) -> dict[str, str]:
    """Youth found more than under the baseline."""
    rows = [study.row("identified", p) for p in study.plans]
    more = [row.difference / study.years for row in rows]
    if not all(map(math.isfinite, more)):
        return card("finds", say("first.unknown"), say("first.finds.more"))
    if not any(row.sure for row in rows):
        return card("finds", say("first.unsure"), say("first.finds.found"))
    word = "fewer" if max(more) <= 0 else "more"
    sizes = sorted(abs(v) for v in more) if min(more) >= 0 or word == "fewer" else []
    counts = span((count(sizes[0]), count(sizes[-1]))) if sizes else ""
    changes = [row.change for row in rows]
    if not all(map(math.isfinite, changes)):
        if not counts:
            return card("finds", say("first.mixed"), say("first.finds.found"))
        return card("finds", counts, say(f"first.finds.{word}_a_year"))
    if not sizes:
        both = span((with_sign(min(changes)), with_sign(max(changes))))
        return card("finds", both, say("first.finds.more"))
    shares = sorted(map(abs, changes))
    head = span((percent(shares[0]), percent(shares[-1])))
    return card("finds", head, say(f"first.finds.{word}_count", count=counts))


def with_sign(share: float) -> str:
    """A share in percent, with a sign when it is below 0."""
    return (MINUS if share < 0 else "") + percent(share)


def card(key: str, head: str, small: str) -> dict[str, str]:
    """A card."""
    return {"label": say(f"first.{key}.label"), "head": head, "small": small}


# Sentences


def compared_plans(study: Study) -> tuple[Plan, ...]:
    """The plans that may be compared: of the largest budget that several share, if any does."""
    shared = [plans for plans in study.budgets().values() if len(plans) > 1]
    return shared[-1] if shared else study.plans[-1:]


def values(study: Study) -> Claim:
    """Whether who finds most where fewest are found also leads in all, or what that costs."""
    plans = compared_plans(study)
    claim = values_of(study, plans)
    if len(study.budgets()) > 1 and len(plans) > 1 and len(study.groups) > 1:
        money = dollars(study.row("allocated", plans[0]).mean / study.years)
        return Claim(claim.head, f"{claim.body} {say('values.at', money=money)}")
    return claim


def values_of(study: Study, plans: Sequence[Plan]) -> Claim:
    """The same among plans that spend one sum."""
    if len(study.groups) < 2:
        kind = place(study.groups[0]).lower() if study.groups else ""
        key = "one_kind" if kind else "too_few"
        return Claim(say(f"values.{key}"), say(f"values.{key}_why", kind=kind))
    leaders = study.leaders(among=plans)
    kept = study.leaders(WORST, plans) if WORST in study.comparison.metrics else ()
    if len(plans) < 2 or not kept or not leaders:
        return where_fewest(study, (leaders or plans)[0])
    both = [p for p in leaders if p in kept]
    if len(kept) == len(plans):
        return Claim(say("values.no_matter"), say("values.no_matter_why", n=len(plans)))
    if both:
        head = say("values.no_choice", plan=inside(both[0]))
        return Claim(head, say("values.no_choice_why", **found(study, both[0], study.baseline)))
    other = max(kept, key=lambda p: gain(study, p))
    return a_choice(study, other, leaders[0])


def a_choice(study: Study, other: Plan, leader: Plan) -> Claim:
    """The plan that finds most where fewest are found falls short in all."""
    head = say("values.choice", plan=inside(other))
    body = say("values.choice_found", **found(study, other, leader))
    most = gain(study, leader)
    short = 1.0 - gain(study, other) / most if most > 0 else math.nan
    if not 0 < short < 1:
        return Claim(head, f"{body} {say('values.choice_behind')}")
    falls = metric_words(study.primary, "short", by=portion(short))
    losers = losing(study, other, leader)
    key = "values.choice_costs_where" if losers else "values.choice_costs"
    return Claim(head, f"{body} {say(key, falls=falls, where=losers)}")


def found(study: Study, plan: Plan, other: Plan) -> dict[str, str]:
    """Found of 100 where fewest are found, under one plan and another."""
    return {
        "own": of_100(study.row(WORST, plan).mean),
        "instead": of_100(study.row(WORST, other).mean),
    }


def losing(study: Study, plan: Plan, leader: Plan) -> str:
    """The kind of place that loses most youth found from one plan to another, if it gets less."""
    lost = {
        g: study.row("identified", leader, g).mean - study.row("identified", plan, g).mean
        for g in study.groups
    }
    known = {g: v for g, v in lost.items() if v > 0}
    group = max(known, key=known.__getitem__, default="")
    money = [study.row("money_share", p, group).mean for p in (plan, leader)]
    return place(group).lower() if group and money[0] < money[1] else ""


def where_fewest(study: Study, plan: Plan) -> Claim:
    """What one plan does where fewest are found."""
    row, kind = study.row(WORST, plan), place(study.worst_off(plan)).lower()
    if not kind or math.isnan(row.mean):
        return Claim(say("values.too_few"), say("values.too_few_why", kind=""))
    head = say("values.fewest", kind=kind)
    key = "fewest_sure" if row.sure else "fewest_unsure"
    return Claim(head, say(f"values.{key}", **found(study, plan, study.baseline)))


def reports(study: Study) -> Claim:
    """What happens to reports while exploitation falls, or does not."""
    told, harm = direction(study, "all_reports"), direction(study, "person_years")
    who = say("phrases.every_plan" if len(study.plans) > 1 else "phrases.this_plan")
    changes = sorted(abs(study.row("all_reports", p).change) for p in study.plans)
    by = ""
    if told != "unsure" and all(map(math.isfinite, changes)):
        by = say("phrases.by", range=span((percent(changes[0]), percent(changes[-1]))))
    body = say(f"reports.{told}_{harm}_why", who=who, by=by)
    holds = sum(held(study, future.name, told, harm) for future in study.futures)
    if "unsure" not in (told, harm) and holds < len(study.futures):
        body += " " + say("reports.futures", n=holds, m=len(study.futures))
    return Claim(say(f"reports.{told}_{harm}"), body)


def direction(study: Study, measure: str) -> str:
    """'up' or 'down' where that is sure of every plan, else 'unsure'."""
    rows = [study.row(measure, p) for p in study.plans]
    if all(row.difference_low > 0 for row in rows):
        return "up"
    return "down" if all(row.difference_high < 0 for row in rows) else "unsure"


def held(study: Study, future: str, told: str, harm: str) -> bool:
    """Whether every plan's means go the same ways in one future."""
    signs: Mapping[str, Callable[[float], bool]] = {
        "up": lambda v: v > 0, "down": lambda v: v < 0, "unsure": lambda v: True,
    }  # fmt: skip
    return all(
        signs[told](study.row("all_reports", p, future=future).difference)
        and signs[harm](study.row("person_years", p, future=future).difference)
        for p in study.plans
    )


def how_sure(study: Study) -> str:
    """One line: whether the order holds in all futures, and how well the model matches."""
    every = patterns()
    matched = say(
        "sure.patterns", n=str(sum(p.matched for p in every)), m=str(len(every))
    )  # fmt: skip
    return " ".join((order_holds(study), matched, say("sure.trust")))


def order_holds(study: Study) -> str:
    """Whether the plans that lead do so in every future."""
    n = len(study.futures)
    if n == 1:
        return say("sure.one_future")
    plans = compared_plans(study) if study.plans else ()
    if len(plans) > len(study.leaders(among=plans)) > 0:
        turns = len(study.turns(plans))
        return say("sure.turns" if turns else "sure.holds", n=turns, m=n)
    if not plans:
        return say("sure.nothing", m=n)
    helps = sum(
        sign_of(study) * row.difference > 0 for _, row in study.by_future(study.primary, plans[0])
    )
    return say("sure.helps_all" if helps == n else "sure.helps", n=helps, m=n)


def sign_of(study: Study) -> float:
    """1 where more of the first metric is better, else -1."""
    return 1.0 if study.comparison.metrics[study.primary]["direction"] == "more" else -1.0


# The picture


def picture(study: Study) -> dict[str, Any] | None:
    """Total against where fewest are found; nothing where either cannot be told."""
    metric = INSTEAD.get(study.primary, study.primary)
    sign = sign_of(study) if metric == study.primary else 1.0
    plans: Sequence[Plan] = (study.baseline, *study.plans)
    at = {
        p: (sign * study.row(metric, p).difference, 100 * study.row(WORST, p).mean) for p in plans
    }
    shown = [p for p in plans if all(map(math.isfinite, at[p]))]
    if len(study.groups) < 2 or len(shown) < 2:
        return None
    leaders = study.leaders() if len(study.budgets()) == 1 else ()
    ringed = leaders if len(leaders) < len(study.plans) else ()
    points = [
        Point(
            named(p), p.look, *at[p], ringed=p in ringed,
            tip=say(
                "first.tip", plan=named(p), gain=count(at[p][0]), found=of_100(at[p][1] / 100)
            ),
        )
        for p in shown
    ]  # fmt: skip
    return {
        **scatter(points),
        "title": say("first.picture"),
        "up": say("first.up"),
        "across": say("first.across", what=metric_words(metric, "axis"), n=study.years),
        "label": " ".join(point.tip for point in points),
        "tied": say("first.tied") if len(ringed) > 1 else "",
    }
