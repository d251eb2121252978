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
    of_baseline = (study.baseline,) if study.yearly(study.baseline) > 0 else ()
    identical = [listing([inside(plan) for plan in plans]) for plans in study.identical()]
    return {
        "lead": lead(study), "same": [say("compared.identical", plans=of) for of in identical],
        "places": [(place(g), PLACES[g]) for g in study.groups],
        "plans": [row(study, p) for p in (*of_baseline, *study.plans)],
        "youth": shares(study, "youth_share", study.baseline), "bought": bought(study),
        "baseline": compared_with(study),
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


def compared_with(study: Study) -> str:
    """What changes are differences from, and what is spent under that."""
    plan = inside(study.baseline)
    if (money := study.yearly(study.baseline)) > 0:
        return say("compared.baseline_spends", plan=plan, money=dollars(money))
    return say("compared.baseline", plan=plan)


def row(study: Study, plan: Plan) -> dict[str, Any]:
    """A plan: its name, who gets how much, and its money by kind of place."""
    parts = shares(study, "money_share", plan)
    told = about(study.config["policies"][plan.name])
    if len(study.budgets()) > 1 or study.yearly(study.baseline) > 0:
        told = f"{told} {hands_out(study, plan)}".strip()
    return {
        "name": named(plan), "marker": marker(plan.look), "about": told, "parts": parts,
        "label": said(named(plan), parts),
    }  # fmt: skip


def hands_out(study: Study, plan: Plan) -> str:
    """What a plan hands out a year, and how that changes over the years."""
    config, money = study.config["policies"][plan.name], study.yearly(plan)
    budgets = config.get("budgets")
    if not isinstance(budgets, list) or not config["budget"]:
        return say("compared.spends", money=dollars(money))
    least, most = (dollars(money * end(budgets) / config["budget"]) for end in (min, max))
    if least == most:
        return say("compared.spends", money=dollars(money))
    return say("compared.spends_unlike", money=dollars(money), least=least, most=most)


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
    if table := policy.get("table"):
        return say("compared.table_levers" if table["levers"] > 1 else "compared.table")
    name = str(policy.get("rule")).rpartition(":")[2]
    told = typographic(RULES[name].summary) if name in RULES else ""
    by_class = [name for name in policy.get("class_mixes", ()) if name != "others"]
    if by_class:
        places = listing([place(one).lower() for one in by_class])
        told = f"{told} {say('compared.class_mixes', places=places)}"
    return told


def blended(one: Any, other: Any) -> str:
    """A part of a blend, whichever of share and policy comes first."""
    share, policy = (one, other) if isinstance(one, float) else (other, one)
    return say("compared.part", share=f"{100 * float(share):.0f}%", plan=rule_title(policy))


def rule_title(policy: Any) -> str:
    """A rule's title inside a sentence, or the quoted name of what is no rule."""
    told = policy if isinstance(policy, Mapping) else {"rule": policy}
    name = str(told.get("rule")).rpartition(":")[2]
    if name in RULES:
        return typographic(lower(RULES[name].title))
    return typographic(quoted(pretty(str(told.get("name", name)))))


def bought(study: Study) -> dict[str, Any] | None:
    """What the money buys: shares and dollars a year by lever; None without money."""
    yearly = [study.yearly(p) for p in study.plans]
    if not yearly or not max(yearly) > 0 or not all(map(math.isfinite, yearly)):
        return None
    plans = [p for p, money in zip(study.plans, yearly, strict=True) if money > 0]
    yearly = [money for money in yearly if money > 0]
    total = ends(dollars, yearly)
    if all(study.config["policies"][p.name].get("plans") and not p.mix for p in plans):
        return {"head": say("compared.buys", money=total), "rows": [], "note": say("compared.own")}
    mixes = [mix for p in plans if (mix := mix_of(study, p))]
    levers = dict.fromkeys(lever for mix in mixes for lever in mix)
    spread = {lever: [mix.get(lever, 0.0) for mix in mixes] for lever in levers}
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
    key = "compared.buys_alike" if alike and len(plans) > 1 else "compared.buys"
    note = "" if alike else say("compared.mixes_differ")
    return {"head": say(key, money=total), "rows": rows, "note": note}


def mix_of(study: Study, plan: Plan) -> Mapping[str, float]:
    """Shares of levers in what a plan spends; where a class of place decides, by its money."""
    by_class = study.config["policies"][plan.name].get("class_mixes")
    if plan.mix or not by_class:
        return plan.mix
    shares: dict[str, float] = {}
    for group in study.groups:
        of_group = study.row("money_share", plan, group).mean
        for lever, share in by_class.get(group, by_class["others"]).items():
            shares[lever] = shares.get(lever, 0.0) + share * of_group
    return shares


def futures(study: Study) -> list[str]:
    """How many were drawn, how numbers are averaged over them, and which questions they answer."""
    n, drawn = len(study.futures), sum(future.sampled for future in study.futures)
    asked = [question for question in by_question(study.futures) if question]
    told = [say("compared.drawn", n=drawn)] if drawn else []
    key = "one" if n < 2 else "asked" if asked and drawn < n else "averages"
    return [*told, say(f"compared.{key}", n=n, questions=" ".join(asked))]
