"""Which plans lead on the study's first metric, which fall short, and by how much, in words.

"Leads", "ties" and "most" come from `Study.leaders` alone, so that no two places on the page can
name different leaders. Plans that spend differently are compared within each budget only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.analyse.verdicts import NO_DIFFERENCE
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.report.rounded import digits, dollars, ends, percent, portion
from streetlight.experiments.words import has, inside, listing, say, under

#: Plans that are named one by one; of more, how many there are is said.
MOST_NAMED = 3
MOST_BUDGETS = 2


class Claim(NamedTuple):
    """A sentence in bold and what is said after it."""

    head: str
    body: str = ""


def claim(key: str, **fields: Any) -> Claim:
    """A claim of the catalogue: a sentence, and under "_why" what is said after it."""
    return Claim(say(key, **fields), say(f"{key}_why", **fields))


def metric_words(metric: str, part: str, **fields: Any) -> str:
    """A phrase about a metric: `best`, `leads`, `short`, `none`, `axis`; see the catalogue."""
    key = f"metrics.{metric}.{part}"
    if has(key):
        return say(key, **fields)
    title = METRICS[metric].title
    for word, plainer in under("plainer").items():
        title = title.replace(word, plainer)
    return say(f"metrics.other.{part}", title=title, **fields)


def gain(study: Study, plan: Plan) -> float:
    """How much better than the baseline a plan is in its mean."""
    return study.sign() * study.row(study.primary, plan).difference


def better(study: Study, plan: Plan) -> bool:
    """Whether a plan is surely better than the baseline."""
    return study.row(study.primary, plan).sure and gain(study, plan) > 0


def leading(study: Study) -> Claim:
    """The study's first finding."""
    budgets, primary = study.budgets(), study.primary
    if not study.plans:
        return claim("leading.nothing")
    if not study.order(primary):
        return claim("leading.undefined", what=metric_words(primary, "noun"))
    if not any(better(study, p) for p in study.plans):
        return no_gain(study)
    if len(budgets) > 1:
        return by_budget(study, budgets)
    if len(study.plans) == 1:
        return alone(study, study.plans[0])
    if all(is_small(study, plan) for plan in study.plans):
        what = metric_words(primary, "noun")
        return claim("leading.too_small", what=what, baseline=inside(study.baseline))
    return among(study, study.plans)


def no_gain(study: Study) -> Claim:
    """No plan is surely better than the baseline."""
    same = any(set(study.plans) <= set(plans) for plans in study.identical())
    if same and all(study.yearly(p) == 0 for p in study.plans):
        return claim("leading.no_money")
    what = metric_words(study.primary, "none")
    return claim("leading.no_gain", what=what, baseline=inside(study.baseline))


def is_small(study: Study, plan: Plan) -> bool:
    """Whether a plan's difference from the baseline is known to be too small to matter."""
    return study.row(study.primary, plan).verdict.startswith(NO_DIFFERENCE)


def alone(study: Study, plan: Plan) -> Claim:
    """One plan, which is better than the baseline: by enough to matter, or not, or perhaps."""
    verdict = study.row(study.primary, plan).verdict
    size = "small" if is_small(study, plan) else "unsure"
    size = "matters" if verdict.startswith("clearly") else size
    head = say("leading.alone", plan=inside(plan), what=metric_words(study.primary, "gains"))
    return Claim(head, say(f"leading.alone_{size}", baseline=inside(study.baseline)))


def among(study: Study, plans: Sequence[Plan]) -> Claim:
    """Plans of one budget: who leads or ties, and who falls short."""
    leaders = study.leaders(among=plans)
    behind = [p for p in study.order(study.primary) if p in plans and p not in leaders]
    best, n = metric_words(study.primary, "best"), len(leaders)
    if n == 1:
        leads = metric_words(study.primary, "leads")
        head = say("leading.leads", plan=inside(leaders[0]), what=leads)
        return Claim(head, short_of(study, leaders[0], behind))
    same = all(study.alike(study.primary, leaders[0], p) for p in leaders[1:])
    likeness = "alike" if same else "unsure"
    if not behind:
        return Claim(say("leading.all_tie", n=n, best=best), say(f"leading.all_{likeness}"))
    key = likeness if n <= MOST_NAMED else f"these_{likeness}"
    first = say(f"leading.{key}", plans=listing([inside(p) for p in leaders]))
    short = short_of(study, leaders[0], behind)
    head = "tie" if n <= MOST_NAMED else "tie_of"
    return Claim(say(f"leading.{head}", n=n, m=len(plans), best=best), f"{first} {short}")


def short_of(study: Study, leader: Plan, behind: Sequence[Plan]) -> str:
    """By how much plans surely fall short of the leader's gain."""
    most = gain(study, leader)
    short = [1.0 - gain(study, p) / most if most > 0 else math.nan for p in behind]
    least, last = metric_words(study.primary, "least"), inside(behind[-1])
    if not all(0 < s < 1 for s in short):
        return say("leading.last", plan=last, least=least)
    if len(behind) > 2:
        fall = metric_words(study.primary, "shorts", by=ends(percent, short))
        return say("leading.others_short", n=len(behind), fall=fall, last=last, least=least)
    falls = [metric_words(study.primary, "short", by=portion(s)) for s in short]
    pairs = zip(behind, falls, strict=True)
    return " ".join(say("leading.short", plan=inside(p), falls=how) for p, how in pairs)


def by_budget(study: Study, budgets: dict[float, tuple[Plan, ...]]) -> Claim:
    """Plans that spend differently: who leads at each sum, or what a dollar brings."""
    head = say("leading.budgets", spent=ends(dollars, map(study.yearly, study.plans)))
    shared = [plans for plans in budgets.values() if len(plans) > 1]
    if not shared:
        each = prices(study, "averted_person_years")
        costs = each and say("leading.per_dollar", each=each)
        return Claim(head, f"{say('leading.never_equal')} {costs}".strip())
    told = shared if len(shared) <= MOST_BUDGETS else [shared[0], shared[-1]]
    return Claim(head, " ".join(at_budget(study, plans) for plans in told))


def at_budget(study: Study, plans: Sequence[Plan]) -> str:
    """Who leads among plans that spend one sum a year."""
    leaders, money = study.leaders(among=plans), dollars(study.yearly(plans[0]))
    n = len(leaders)
    if not leaders or not better(study, leaders[0]):
        key, what = "none", metric_words(study.primary, "none")
    elif n == 1:
        key, what = "leads", metric_words(study.primary, "leads")
    else:
        key = "tie" if n == len(plans) or n > MOST_NAMED else "tie_named"
        what = metric_words(study.primary, "best")
    names = listing([inside(p) for p in leaders])
    return say(f"leading.at_{key}", n=n, plans=names, what=what, money=money)


def prices(study: Study, measure: str) -> str:
    """What one more of a measure costs over plans, in dollars; '' where one surely adds none."""
    rows = [(study.row(measure, p), study.row("allocated", p)) for p in study.plans]
    if not rows or not all(m.difference_low > 0 and money.difference > 0 for m, money in rows):
        return ""
    costs = (digits(money.difference / more.difference) for more, money in rows)
    return ends(dollars, costs)
