"""What the answer hangs on: each plan's lead over giving by head in every future."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from streetlight.experiments.analyse.study import Plan, Study, StudyFuture
from streetlight.experiments.looks import UNNAMED
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.report import conditions
from streetlight.experiments.report.chosen import by_head, leading, marked, peers
from streetlight.experiments.report.leading import metric_words
from streetlight.experiments.report.marks import axis, marker, ticks, widths
from streetlight.experiments.report.rounded import percent, portion
from streetlight.experiments.words import has, inside, listing, named, say
from streetlight.model.names import FEWEST_YOUTH

#: From so many drawn futures on, plans are counted and futures not named.
MANY = 8
#: Plans whose swings are told.
MOST_SWINGS = 2
#: The most rows of named futures; the others are in the tables for analysts.
MOST_ROWS = 16


def section(study: Study) -> dict[str, Any]:
    """Dots in rows of futures, or shares of futures where many were drawn."""
    leader = leading(study)
    if leader is None:
        return {}
    head = by_head(study, peers(study, leader)) or leader
    drawn = sum(future.sampled for future in study.futures)
    named_ones = [future for future in study.futures if not future.sampled]
    rivals = [plan for plan in peers(study, head) if plan is not head]
    turns = {future.name for future, _ in study.turns(peers(study, head))}
    many = drawn >= MANY
    swung = swings(study, head, rivals) if study.order(study.primary) else {}
    apart = {*marked(study), *swung}
    shown = [plan for plan in rivals if plan in apart]
    several = len(study.futures) > 1 and not many
    picture = dots(study, head, rivals, shown, named_ones, turns) if several else {}
    shares = best(study) if many else []
    return {
        "title": title(study, rivals, turns), "picture": picture,
        "always": list(always(study, head, rivals)),
        "says": list(says(study, head, rivals, turns, shares, swung)),
        "shares": shares if rivals else [],
    }  # fmt: skip


def title(study: Study, rivals: Sequence[Plan], turns: set[str]) -> str:
    """In how many futures another plan leads."""
    n = len(study.futures)
    holds = rivals and study.order(study.primary) and not turns
    return say(f"hangs.title{'_one' if n < 2 else '_holds' if holds else ''}", n=n)


def leads(study: Study, plan: Plan, head: Plan) -> dict[str, float]:
    """By future, how much better a plan's mean is than another's, as a share of what that gains.

    In the metric's own unit where the other surely gains nothing in some future.
    """
    found, share = {}, relative(study, head)
    for future in study.futures:
        own, its = (study.row(study.primary, one, future=future.name) for one in (plan, head))
        lead = own.mean - its.mean
        found[future.name] = lead / its.difference if share else study.sign() * lead
    return found


def relative(study: Study, head: Plan) -> bool:
    """Whether a plan gains on the baseline in every future, so that a lead is a share of that."""
    rows = [row for _, row in study.by_future(study.primary, head)]
    return all(study.sign() * row.difference > 0 and (row.sure or row.n < 2) for row in rows)


def dots(
    study: Study, head: Plan, rivals: Sequence[Plan], shown: Sequence[Plan],
    futures: Sequence[StudyFuture], turns: set[str],
) -> dict[str, Any]:  # fmt: skip
    """Rows of dots under the question that they answer; the line is the plan compared with.

    shown: the rivals that have a mark of their own.
    """
    by_plan = {plan.order: leads(study, plan, head) for plan in rivals}
    share = relative(study, head)
    unit = METRICS[study.primary].unit
    scale = 100.0 if share or unit == "share" else 1.0
    known = [scale * v for of in by_plan.values() for v in of.values() if math.isfinite(v)]
    if not known:
        return {}
    across = axis(known)

    heads = conditions.rows(futures)
    others = [plan for plan in rivals if plan not in shown]
    key = [(named(plan), marker(plan.look)) for plan in shown]
    if others:
        key.append((say("hangs.others", n=len(others)), marker(UNNAMED)))

    def row(future: StudyFuture) -> dict[str, Any]:
        name, found = heads[future.name], []
        for plan in (*others, *shown):
            lead = scale * by_plan[plan.order][future.name]
            tip = say("hangs.tip", plan=named(plan), future=name, lead=told(lead, share, unit))
            look = UNNAMED if plan in others else plan.look
            if math.isfinite(lead):
                found.append({"left": across.at(lead), "marker": marker(look, 15), "tip": tip})
        return {"name": name, "turned": future.name in turns, "dots": found}

    asked = conditions.by_question(futures[:MOST_ROWS])
    return {
        "groups": [{"question": asks, "rows": [*map(row, of)]} for asks, of in asked.items()],
        "ticks": ticks(across, "%" if share else ""), "zero": across.at(0.0),
        "key": key,
        "caption": say(
            "hangs.caption" if share else "hangs.caption_unit", head=inside(head),
            what=metric_words(study.primary, "noun"), unit=in_words(unit),
        ),
        "rest": max(len(futures) - MOST_ROWS, 0),
    }  # fmt: skip


def told(value: float, share: bool, unit: str) -> str:
    """A lead in words: 34% more, 12 youth more; of a share in points of 100."""
    size = percent(value / 100) if share else f"{abs(value):,.3g} {in_words(unit)}"
    return say("hangs.more" if value > 0 else "hangs.less" if value < 0 else "hangs.level", n=size)


def in_words(unit: str) -> str:
    """A unit in the words of the page."""
    return say(f"hangs.units.{unit}") if has(f"hangs.units.{unit}") else unit


def best(study: Study) -> list[dict[str, Any]]:
    """How often each plan comes first, most often first."""
    shares = study.best_in(study.primary)
    long = dict(zip(shares, widths(list(shares.values())), strict=True))
    plans = sorted(study.plans, key=lambda plan: -shares[plan.name])
    return [
        {"name": named(plan), "plan": inside(plan), "marker": marker(plan.look),
         "width": long[plan.name], "colour": plan.look.colour, "text": percent(shares[plan.name])}
        for plan in plans
    ]  # fmt: skip


def says(
    study: Study, head: Plan, rivals: Sequence[Plan], turns: set[str],
    shares: Sequence[dict[str, Any]], swung: Mapping[Plan, str],
) -> Iterator[str]:  # fmt: skip
    """Where the choice turns, and how much hangs on it.

    shares: of many futures, most first; swung: what is told of plans that are ahead in some.
    """
    if len(study.futures) < 2:
        yield say("hangs.one", future=conditions.row(study.futures[0]))
        return
    if not rivals or not study.order(study.primary):
        yield say("hangs.alone" if not rivals else "hangs.undefined", plan=inside(head))
        return
    if shares:
        plan, share = shares[0]["plan"], shares[0]["text"]
        yield say("hangs.drawn", plan=plan, share=share, n=len(study.futures))
        return
    yield from swung.values()
    if not swung and not turns:
        yield say("hangs.settled", n=len(study.futures))


def swings(study: Study, head: Plan, rivals: Sequence[Plan]) -> dict[Plan, str]:
    """The first plans that are ahead of giving by head in some futures and behind in others."""
    found = ((plan, one_swing(study, head, plan)) for plan in rivals)
    return dict(islice(((plan, text) for plan, text in found if text), MOST_SWINGS))


def one_swing(study: Study, head: Plan, plan: Plan) -> str:
    """Where a plan is ahead of giving by head, and where behind; '' unless both happen."""
    ahead = [f for f in study.futures if study.past(plan, head, f)]
    behind = [f for f in study.futures if study.past(head, plan, f)]
    if not ahead or not behind:
        return ""
    found = leads(study, plan, head)
    rest = len(study.futures) - len(ahead) - len(behind)
    few = len(ahead) <= conditions.MOST_NAMED
    fields: dict[str, Any] = {
        "plan": inside(plan), "head": inside(head), "a": len(ahead), "k": len(behind),
        "when": say("hangs.which", when=conditions.among(ahead)) if few else "",
        "n": len(study.futures), "rest": say("hangs.rest_level", n=rest) if rest else "",
    }  # fmt: skip
    most, least = max(found[f.name] for f in ahead), min(found[f.name] for f in behind)
    key = "swing_by" if relative(study, head) else "swing"
    return say(f"hangs.{key}", most=portion(most), least=portion(-least), **fields)


def always(study: Study, head: Plan, rivals: Sequence[Plan]) -> Iterator[str]:
    """Which plans find fewer than the head where nobody had been found, whatever the future."""
    live = study.row("youth_share", study.baseline, "silent").mean
    if (
        len(study.futures) < 2
        or not live > 0
        or study.row("youth", study.baseline, "silent").mean < FEWEST_YOUTH
    ):
        return
    found = {
        plan: np.array([
            study.row("identified_share", plan, "silent", future.name).mean
            for future in study.futures
        ])
        for plan in (head, *rivals)
    }  # fmt: skip
    fewer = [inside(plan) for plan in rivals if (found[plan] < found[head]).all()]
    if fewer:
        few = len(fewer) <= conditions.MOST_NAMED
        key = f"hangs.silent_fewer{'' if few else '_of'}"
        yield say(
            key, live=portion(live), plan=listing(fewer), head=inside(head), n=len(fewer),
            m=len(rivals),
        )  # fmt: skip
