"""Which plans lead on the study's first metric, which fall short, and by how much, in words.

"Leads", "ties" and "most" come from `Study.leaders` alone, so that no two places on the page can
name different leaders. Plans that spend differently are compared within each budget only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from streetlight.experiments.analyse.study import Plan, Row, Study
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.report.rounded import count, dollars, percent, portion, span
from streetlight.experiments.report.words import has, inside, listing, say

#: Plans that are named one by one; of more, how many there are is said.
MOST_NAMED = 3
MOST_BUDGETS = 2


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
    for word, plainer in (
        ("person-years", "years of exploitation"), ("identified", "found"),
        ("substantiated", "confirmed"), ("false", "wrong"), ("onsets", "newly exploited youth"),
        ("cohort", "exploited youth"),
    ):  # fmt: skip
        title = title.replace(word, plainer)
    return title


def gain(study: Study, plan: Plan, metric: str | None = None) -> float:
    """How much better than the baseline a plan is in its mean."""
    metric = metric or study.primary
    sign = 1.0 if study.comparison.metrics[metric]["direction"] == "more" else -1.0
    return sign * study.row(metric, plan).difference


def better(study: Study, row: Row, metric: str | None = None) -> bool:
    """Whether a row is surely better than the baseline."""
    more = study.comparison.metrics[metric or study.primary]["direction"] == "more"
    return row.difference_low > 0 if more else row.difference_high < 0


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
    if not any(better(study, study.row(study.primary, p)) for p in study.plans):
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
        head = say(
            "leading.leads", plan=inside(leaders[0]), what=metric_words(study.primary, "leads")
        )
        return Claim(head, short_of(study, leaders[0], behind))
    same = all(study.alike(study.primary, leaders[0], p) for p in leaders[1:])
    likeness = "alike" if same else "unsure"
    if not behind:
        head = say("leading.all_tie", n=len(leaders), best=best)
        return Claim(head, say(f"leading.all_{likeness}"))
    head = say("leading.tie", n=len(leaders), best=best)
    if len(leaders) <= MOST_NAMED:
        first = say(f"leading.{likeness}", plans=listing([inside(p) for p in leaders]))
    else:
        first = say(f"leading.these_{likeness}")
    return Claim(head, f"{first} {short_of(study, leaders[0], behind)}")


def short_of(study: Study, leader: Plan, behind: Sequence[Plan]) -> str:
    """By how much plans surely fall short of the leader's gain."""
    most = gain(study, leader)
    short = [1.0 - gain(study, p) / most if most > 0 else math.nan for p in behind]
    told = [s for s in short if 0 < s < 1]
    if len(told) < len(short):
        return say(
            "leading.last", plan=inside(behind[-1]), least=metric_words(study.primary, "least")
        )
    if len(behind) <= 2:
        named = [
            say(
                "leading.short",
                plan=inside(p),
                falls=metric_words(study.primary, "short", by=portion(s)),
            )
            for p, s in zip(behind, short, strict=True)
        ]
        return " ".join(named)
    fall = metric_words(
        study.primary, "shorts", by=span((percent(min(short)), percent(max(short))))
    )
    least = metric_words(study.primary, "least")
    return say(
        "leading.others_short", n=len(behind), fall=fall, last=inside(behind[-1]), least=least
    )


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
    leaders = study.leaders(among=plans)
    if not leaders or not better(study, study.row(study.primary, leaders[0])):
        return say(
            "leading.at_none", money=dollars(money), what=metric_words(study.primary, "none")
        )
    if len(leaders) == 1:
        leads = metric_words(study.primary, "leads")
        return say("leading.at_leads", money=dollars(money), plan=inside(leaders[0]), what=leads)
    best = metric_words(study.primary, "best")
    if len(leaders) == len(plans) or len(leaders) > MOST_NAMED:
        return say("leading.at_tie", money=dollars(money), n=len(leaders), best=best)
    names = listing([inside(p) for p in leaders])
    return say("leading.at_tie_named", money=dollars(money), plans=names, best=best)


def per_dollar(study: Study) -> str:
    """What a million dollars averts under plans that spend unlike sums; '' where one does not."""
    rows = [(study.row("averted_person_years", p), study.row("allocated", p)) for p in study.plans]
    if not all(averted.difference_low > 0 and money.mean > 0 for averted, money in rows):
        return ""
    bought = sorted(1e6 * averted.mean / money.mean for averted, money in rows)
    return say("leading.per_dollar", range=span((count(bought[0]), count(bought[-1]))))
