"""What was compared: who gets how much under each plan, what the money buys, and the futures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.labels import pretty, quoted
from streetlight.experiments.looks import PLACES
from streetlight.experiments.report.conditions import by_question
from streetlight.experiments.report.marks import marker, stacked, widths
from streetlight.experiments.report.rounded import dollars, ends
from streetlight.experiments.words import inside, listing, lower, named, place, say, typographic
from streetlight.model.money.policies import RULES

#: Kinds of region that are said in words; others are the study's own.
BUILT_IN = ("us_counties", "synthetic")


def section(study: Study) -> dict[str, Any]:
    """Data of compared.html."""
    identical = [listing([inside(plan) for plan in plans]) for plans in study.identical()]
    return {
        "lead": lead(study), "same": [say("compared.identical", plans=of) for of in identical],
        "places": [(place(g), PLACES[g]) for g in study.groups],
        "plans": [row(study, p) for p in study.plans],
        "youth": shares(study, "youth_share", study.baseline), "bought": bought(study),
        "baseline": say("compared.baseline", plan=inside(study.baseline)),
        "futures": futures(study),
    }  # fmt: skip


def lead(study: Study) -> str:
    """How many plans, for how long, on which map."""
    n = len(study.plans)
    money = "same" if len(study.budgets()) <= 1 else "unlike"
    key = f"compared.plans_{money if n else 'none'}"
    kind = next(iter(study.config["region"]), "")
    kind = kind if kind in BUILT_IN else "other"
    where = say(f"compared.region_{kind}", n=f"{study.config['communities']:,}")
    return f"{say(key, n=n, years=study.years)} {where}"


def row(study: Study, plan: Plan) -> dict[str, Any]:
    """A plan: its name, who gets how much, and its money by kind of place."""
    parts = shares(study, "money_share", plan)
    told = about(study.config["policies"][plan.name])
    if len(study.budgets()) > 1:
        money = dollars(study.yearly(plan))
        told = f"{told} {say('compared.spends', money=money)}".strip()
    return {
        "name": named(plan), "marker": marker(plan.look), "about": told, "parts": parts,
        "label": said(named(plan), parts),
    }  # fmt: skip


def shares(study: Study, measure: str, plan: Plan) -> list[dict[str, Any]]:
    """Parts of 100 by kind of place, largest cities first."""
    found = {g: study.row(measure, plan, g).mean for g in study.groups}
    return [{**part, "name": place(part["name"])} for part in stacked(found, PLACES)]


def said(name: str, parts: list[dict[str, Any]]) -> str:
    """A stacked bar in words, for those who do not see it."""
    return f"{name}: " + listing([f"{part['name']} {part['tip']}" for part in parts])


def about(policy: Mapping[str, Any]) -> str:
    """Who gets how much under a policy of the configuration, in one sentence."""
    parts = [(float(at[0]), at[1]) for at in policy.get("schedule") or ()]
    if parts:
        turns = ((int(year) + 1, rule_title(one)) for year, one in parts)
        said_of = [say("compared.turn", year=year, plan=title) for year, title in turns]
        return say("compared.schedule", turns=listing(said_of))
    if blend := policy.get("blend"):
        pairs = blend.items() if isinstance(blend, Mapping) else blend
        return say("compared.blend", parts=listing([blended(*pair) for pair in pairs]))
    name = str(policy.get("rule")).rpartition(":")[2]
    return typographic(RULES[name].summary) if name in RULES else ""


def blended(one: Any, other: Any) -> str:
    """A part of a blend, whichever of share and policy comes first."""
    share, policy = (one, other) if isinstance(one, float) else (other, one)
    return say("compared.part", share=f"{100 * float(share):.0f}%", plan=rule_title(policy))


def rule_title(policy: Any) -> str:
    """A rule's title inside a sentence, or the quoted name of what is no rule."""
    own = policy.get("rule") if isinstance(policy, Mapping) else policy
    name = str(own).rpartition(":")[2]
    return typographic(lower(RULES[name].title) if name in RULES else quoted(pretty(name)))


def bought(study: Study) -> dict[str, Any] | None:
    """What the money buys: shares and dollars a year by lever; None without money."""
    yearly = [study.yearly(p) for p in study.plans]
    if not yearly or not max(yearly) > 0 or not all(map(math.isfinite, yearly)):
        return None
    total = ends(dollars, yearly)
    if all(study.config["policies"][p.name].get("plans") and not p.mix for p in study.plans):
        return {"head": say("compared.buys", money=total), "rows": [], "note": say("compared.own")}
    mixes = [p.mix for p in study.plans if p.mix]
    spread = {lever: [mix.get(lever, 0.0) for mix in mixes] for mix in mixes for lever in mix}
    alike = all(max(own) - min(own) < 1e-9 for own in spread.values())
    order = sorted(spread, key=lambda lever: -max(spread[lever]))
    one_sum = max(yearly) <= 1.001 * min(yearly)
    lengths = widths([max(spread[lever]) for lever in order])
    rows = [
        {"name": say(f"levers.{lever}"), "width": length,
         "share": ends(lambda share: f"{100 * share:.0f}%", spread[lever]),
         "money": dollars(spread[lever][0] * yearly[0]) if alike and one_sum else ""}
        for lever, length in zip(order, lengths, strict=True)
    ]  # fmt: skip
    key = "compared.buys_alike" if alike and len(study.plans) > 1 else "compared.buys"
    note = "" if alike else say("compared.mixes_differ")
    return {"head": say(key, money=total), "rows": rows, "note": note}


def futures(study: Study) -> list[str]:
    """How many were drawn, how numbers are averaged over them, and which questions they answer."""
    n, drawn = len(study.futures), sum(future.sampled for future in study.futures)
    asked = [question for question in by_question(study.futures) if question]
    told = [say("compared.drawn", n=drawn)] if drawn else []
    key = "one" if n < 2 else "asked" if asked and drawn < n else "averages"
    return [*told, say(f"compared.{key}", n=n, questions=" ".join(asked))]
