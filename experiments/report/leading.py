"""Which plans lead on the study's first metric, which fall short, and by how much, in words.

"Leads", "ties" and "most" come from `Study.leaders` alone, so that no two places on the page can
name different leaders. Plans that spend differently are compared within each budget only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.report.rounded import count, dollars, percent, portion, span
from streetlight.experiments.words import has, inside, listing, say

#: Plans that are named one by one; of more, how many there are is said.
MOST_NAMED = 3
MOST_BUDGETS = 2
#: Words of the titles of metrics, and those of the page.
PLAINER = {
    "person-years": "years of exploitation", "identified": "found", "substantiated": "confirmed",
    "false": "wrong", "onsets": "newly exploited youth", "cohort": "exploited youth",
}  # fmt: skip


class Claim(NamedTuple):
    """A sentence in bold and what is said after it."""

    head: str
    body: str = ""


def metric_words(metric: str, part: str, **fields: Any) -> str:
    """A phrase about a metric: `best`, `leads`, `short`, `none`, `axis`; see the catalogue."""
    key = f"metrics.{metric}.{part}"
    if has(key):
        return say(key, **fields)
    return say(f"metrics.other.{part}", title=plain_title(metric), **fields)


def plain_title(metric: str) -> str:
    """A metric's title in the words of the page."""
    title = METRICS[metric].title
    for word, plainer in PLAINER.items():
        title = title.replace(word, plainer)
    return title


def gain(study: Study, plan: Plan) -> float:
    """How much better than the baseline a plan is in its mean."""
    return study.sign() * study.row(study.primary, plan).difference


def better(study: Study, plan: Plan) -> bool:
    """Whether a plan is surely better than the baseline."""
    row = study.row(study.primary, plan)
    return row.difference_low > 0 if study.sign() > 0 else row.difference_high < 0


def leading(study: Study) -> Claim:
    """The study's first finding."""
    budgets = study.budgets()
    if not study.plans:
        return Claim(say("leading.nothing"), say("leading.nothing_why"))
    if not study.order(study.primary):
        return Claim(
            say("leading.undefined"),
            say("leading.undefined_why", what=metric_words(study.primary, "noun")),
        )
    if not any(better(study, p) for p in study.plans):
        return no_gain(study)
    if len(budgets) > 1:
        return by_budget(study, budgets)
    if len(study.plans) == 1:
        return alone(study, study.plans[0])
    return among(study, study.plans)


def no_gain(study: Study) -> Claim:
    """No plan is surely better than the baseline."""
    if any(set(study.plans) <= set(same) for same in study.identical()):
        if all(study.row("allocated", p).mean == 0 for p in study.plans):
            return Claim(say("leading.no_money"), say("leading.no_money_why"))
    best = metric_words(study.primary, "none")
    return Claim(
        say("leading.no_gain", n=len(study.plans), what=best),
        say("leading.no_gain_why", baseline=inside(study.baseline)),
    )


def alone(study: Study, plan: Plan) -> Claim:
    """One plan, which is better than the baseline."""
    return Claim(
        say("leading.alone", plan=inside(plan), what=metric_words(study.primary, "gains")),
        say(f"leading.alone_{size(study, plan)}", baseline=inside(study.baseline)),
    )


def size(study: Study, plan: Plan) -> str:
    """Whether a plan's gain is one that matters: `matters`, `small` or `unsure`."""
    verdict = study.row(study.primary, plan).verdict
    if verdict.startswith("clearly"):
        return "matters"
    return "small" if verdict.startswith("no difference") else "unsure"


def among(study: Study, plans: Sequence[Plan]) -> Claim:
    """Plans of one budget: who leads or ties, and who falls short."""
    leaders = study.leaders(among=plans)
    behind = [p for p in study.order(study.primary) if p in plans and p not in leaders]
    best = metric_words(study.primary, "best")
    if len(leaders) == 1:
        leads = metric_words(study.primary, "leads")
        head = say("leading.leads", plan=inside(leaders[0]), what=leads)
        return Claim(head, short_of(study, leaders[0], behind))
    same = all(study.alike(study.primary, leaders[0], p) for p in leaders[1:])
    likeness = "alike" if same else "unsure"
    if not behind:
        head = say("leading.all_tie", n=len(leaders), best=best)
        return Claim(head, say(f"leading.all_{likeness}"))
    key = likeness if len(leaders) <= MOST_NAMED else f"these_{likeness}"
    first = say(f"leading.{key}", plans=listing([inside(p) for p in leaders]))
    head = say("leading.tie", n=len(leaders), best=best)
    return Claim(head, f"{first} {short_of(study, leaders[0], behind)}")


def short_of(study: Study, leader: Plan, behind: Sequence[Plan]) -> str:
    """By how much plans surely fall short of the leader's gain."""
    most = gain(study, leader)
    short = [1.0 - gain(study, p) / most if most > 0 else math.nan for p in behind]
    least, last = metric_words(study.primary, "least"), inside(behind[-1])
    if not all(0 < s < 1 for s in short):
        return say("leading.last", plan=last, least=least)
    if len(behind) > 2:
        by = span((percent(min(short)), percent(max(short))))
        fall = metric_words(study.primary, "shorts", by=by)
        return say("leading.others_short", n=len(behind), fall=fall, last=last, least=least)
    falls = [metric_words(study.primary, "short", by=portion(s)) for s in short]
    pairs = zip(behind, falls, strict=True)
    return " ".join(say("leading.short", plan=inside(p), falls=how) for p, how in pairs)


def by_budget(study: Study, budgets: dict[float, tuple[Plan, ...]]) -> Claim:
    """Plans that spend differently: who leads at each sum, or what a dollar brings."""
    yearly = {money / study.years: plans for money, plans in budgets.items()}
    spent = span((dollars(min(yearly)), dollars(max(yearly))))
    head = say("leading.budgets", spent=spent)
    shared = {money: plans for money, plans in yearly.items() if len(plans) > 1}
    if not shared:
        return Claim(head, f"{say('leading.never_equal')} {per_dollar(study)}".strip())
    shown = list(shared.items())
    if len(shown) > MOST_BUDGETS:
        shown = [shown[0], shown[-1]]
    return Claim(head, " ".join(at_budget(study, money, plans) for money, plans in shown))


def at_budget(study: Study, money: float, plans: Sequence[Plan]) -> str:
    """Who leads among plans that spend one sum a year."""
    leaders, sum_ = study.leaders(among=plans), {"money": dollars(money)}
    if not leaders or not better(study, leaders[0]):
        return say("leading.at_none", what=metric_words(study.primary, "none"), **sum_)
    names = listing([inside(p) for p in leaders])
    if len(leaders) == 1:
        what = metric_words(study.primary, "leads")
        return say("leading.at_leads", plan=names, what=what, **sum_)
    key = "at_tie" if len(leaders) == len(plans) or len(leaders) > MOST_NAMED else "at_tie_named"
    best = metric_words(study.primary, "best")
    return say(f"leading.{key}", n=len(leaders), plans=names, best=best, **sum_)


def per_dollar(study: Study) -> str:
    """What a million dollars averts under plans that spend unlike sums; '' where one does not."""
    rows = [(study.row("averted_person_years", p), study.row("allocated", p)) for p in study.plans]
    if not all(averted.difference_low > 0 and money.mean > 0 for averted, money in rows):
        return ""
    bought = sorted(1e6 * averted.mean / money.mean for averted, money in rows)
    return say("leading.per_dollar", range=span((count(bought[0]), count(bought[-1]))))
