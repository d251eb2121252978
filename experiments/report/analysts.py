"""For analysts: every number with its interval, what was assumed, and what was run.

A block is a title with sentences, a table or facts; html/analysts.html draws all blocks alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from streetlight.experiments.analyse.differences import Difference
from streetlight.experiments.analyse.leads import smallest
from streetlight.experiments.analyse.study import Plan, Study, StudyFuture
from streetlight.experiments.currency import in_currency
from streetlight.experiments.metrics import FEWEST_REPLICATES, METRICS
from streetlight.experiments.report import assumptions
from streetlight.experiments.report.blocks import Block, block, cell, figure, heads, texts
from streetlight.experiments.report.blocks import with_interval as ranged
from streetlight.experiments.report.chosen import leading, peers
from streetlight.experiments.report.leading import gain, prices
from streetlight.experiments.report.own_record import own_record
from streetlight.experiments.running.columns import numbers_in
from streetlight.experiments.words import inside, listing, named, say, typographic, under

#: Futures and plans that a table has room for.
MOST_FUTURES, MOST_PLANS = 40, 12
Figure = tuple[str, str, str]


def section(study: Study, figures: Sequence[Figure] = ()) -> dict[str, Any]:
    """All that is folded; figures: title, caption and picture as HTML of those drawn apart."""
    blocks = [
        compared(study), by_future(study), pairs(study), switching(study), placebo(study),
        own_record(study), *assumptions.blocks(study), downloads(study),
    ]  # fmt: skip
    return {
        "warnings": list(warnings(study)), "blocks": [block for block in blocks if block],
        "figures": [{"title": t, "caption": c, "picture": p} for t, c, p in figures],
    }  # fmt: skip


def warnings(study: Study) -> Iterator[str]:
    """What makes the numbers less sure than they look."""
    replicates = min((row.replicates for row in study.comparison.rows), default=0)
    if 0 < replicates < FEWEST_REPLICATES:
        yield say("analysts.few_replicates", n=replicates)
    missing = study.comparison.n_expected - study.comparison.n_runs
    if missing > 0:
        yield say("analysts.missing", n=missing, of=f"{study.comparison.n_expected:,}")
    reached = (study.manifest.get("precision") or {}).get("reached_share")
    if isinstance(reached, float) and reached < 1:
        yield say("analysts.precision")
    for same in study.identical():
        yield say("analysts.identical", plans=listing([inside(plan) for plan in same]))


def compared(study: Study) -> Block:
    """Every metric of the study, the plans' differences to the baseline."""
    metrics = list(study.comparison.metrics)
    if not study.comparison.rows:
        return {}
    columns = [f"{METRICS[m].title} ({unit(m)})" for m in metrics]
    rows = [(named(plan), [cell_of(study.comparison.row(plan.name, m)) for m in metrics])
            for plan in (*study.ranked, *study.references)]  # fmt: skip
    caption = say("analysts.compared_caption", base=inside(study.baseline), years=study.years,
                  runs=f"{study.comparison.n_runs:,}")  # fmt: skip
    each = prices(study, "averted_person_years")
    costs = [say("analysts.price", each=each)] if each else []
    text = [say("analysts.matters", what=matters(study)), *costs]
    return block("compared", text, first="plan", heads=columns, rows=rows, caption=caption)


def unit(metric: str) -> str:
    """A metric's unit as differences have it."""
    own = METRICS[metric].unit
    return say("analysts.points") if own == "share" else in_currency(own)


def cell_of(row: Difference) -> dict[str, Any]:
    """A difference with the interval and the verdict."""
    ends = (row.mc_low, row.mc_high) if row.reference else (row.sim_low, row.sim_high)
    return cell(row.difference, ranged(row.difference, *ends, row.unit), row.verdict)


def matters(study: Study) -> str:
    """From where on a difference matters, metric by metric."""
    sizes = {m: smallest(study.comparison, m) for m in study.comparison.metrics}
    parts = [f"{figure(size, METRICS[m].unit, signed=False)} {unit(m)} ({METRICS[m].title})"
             for m, size in sizes.items() if 0 < size < math.inf]  # fmt: skip
    return listing(parts) or say("analysts.any")


def by_future(study: Study) -> Block:
    """The first metric in every future."""
    if len(study.futures) < 2:
        return {}
    plans, own = study.ranked[:MOST_PLANS], METRICS[study.primary]
    rows = []
    for future in study.futures[:MOST_FUTURES]:
        found = [study.row(study.primary, plan, future=future.name) for plan in plans]
        ends = [(r.difference, r.difference_low, r.difference_high) for r in found]
        cells = [cell(three[0], ranged(*three, own.unit)) for three in ends]
        rows.append((typographic(future.title), cells))
    caption = say("analysts.by_future_caption", what=own.title,
                  unit=unit(study.primary), base=inside(study.baseline))  # fmt: skip
    text = rest(len(study.futures) - len(rows), "futures")
    text += rest(len(study.ranked) - len(plans), "plans")
    names = [named(plan) for plan in plans]
    return block("by_future", text, first="future", heads=names, rows=rows, caption=caption)


def rest(n: int, what: str) -> list[str]:
    """How many a table has no room for."""
    return [say(f"analysts.rest_{what}", n=n)] if n > 0 else []


def pairs(study: Study) -> Block:
    """Every pair of plans that spend alike, in the first metric."""
    own, rows = METRICS[study.primary], []
    for plan, other in combinations(study.order(study.primary), 2):
        if other in peers(study, plan):
            low, high = study.lead(study.primary, plan, other)
            middle = gain(study, plan) - gain(study, other)
            lead = cell(middle, ranged(middle, low, high, own.unit))
            head = say("analysts.pair", plan=named(plan), other=inside(other))
            rows.append((head, [lead, *texts(contest(study, plan, other, low))]))
    columns = [f"{own.title} ({unit(study.primary)})", say("analysts.verdict")]
    text, fold = [say("analysts.pairs_how")], len(rows) > 10
    found = block("pairs", text, first="pair_head", heads=columns, rows=rows, fold=fold)
    return found if rows else {}


def contest(study: Study, plan: Plan, other: Plan, low: float) -> str:
    """What is known of a pair of plans, the first with the better mean."""
    if study.ahead(study.primary, plan, other):
        return say("analysts.ahead")
    if study.alike(study.primary, plan, other):
        return say("analysts.alike")
    return say("analysts.maybe" if low > 0 else "analysts.open")


# Switching values


def switching(study: Study) -> Block:
    """How each future that changes one parameter alone bears on the choice."""
    leader = leading(study)
    if leader is None or len(study.futures) < 2 or len(peers(study, leader)) < 2:
        return {}
    single = [f for f in study.futures if not f.sampled and len(f.sets) == 1]
    rows = []
    for future in single:
        for _, (what, value, usual, _) in assumptions.of_future(future, study.config):
            if usual["text"]:
                happens = cell(None, switched(study, leader, future))
                rows.append((what["text"], [usual, value, happens]))
    others = len([f for f in study.futures if f.sets]) - len(single)
    columns = heads("otherwise", "tried", "what_happens")
    text = [say("analysts.switching_how"), *rest(others, "switching")]
    text = text if rows else [say("analysts.switching_none")]
    return block("switching", text, first="assumption", heads=columns, rows=rows)


def switched(study: Study, leader: Plan, future: StudyFuture) -> str:
    """What one future does to the lead."""
    others = [plan for plan in peers(study, leader) if plan is not leader]
    low = [study.lead(study.primary, leader, plan, future.name)[0] for plan in others]
    if not any(map(math.isfinite, low)):
        return say("analysts.switch_unknown")
    if ahead := [p for p in others if study.past(p, leader, future)]:
        return say("analysts.switch_turns", plans=listing([inside(p) for p in ahead]))
    behind = [p for p in others if study.ahead(study.primary, leader, p)]
    holds = not behind or any(study.past(leader, p, future) for p in behind)
    return say(f"analysts.switch_{'holds' if holds else 'levels'}", plan=inside(leader))


# Placebo


def placebo(study: Study) -> Block:
    """Plans that spend nothing, and the year before the money: nothing may differ."""
    sizes = np.abs(numbers_in(study.table["difference"]))
    years = numbers_in(study.table["year"])
    names = np.array(study.table["plan"].to_pylist())
    before = (years == 0) & (names != study.baseline.name)
    text = [verdict_of(sizes[before], "before", "")]
    for plan in study.plans:
        if study.row("spending", plan).mean == 0:
            text.append(verdict_of(sizes[names == plan.name], "idle", inside(plan)))
    return block("placebo", [*filter(None, text)])


def verdict_of(sizes: np.ndarray[Any, Any], what: str, plan: str) -> str:
    """Whether some differences are all exactly 0."""
    known = sizes[np.isfinite(sizes)]
    if not len(known):
        return ""
    key = "same" if not known.any() else "differs"
    return say(f"analysts.placebo_{what}_{key}", n=f"{len(known):,}", plan=plan,
               most=f"{known.max():.3g}")  # fmt: skip


def downloads(study: Study) -> Block:
    """The files beside the page."""
    facts = [
        (path.name, what) for name, what in under("files").items()
        for path in sorted(study.folder.glob(f"{name}.*"))
    ]  # fmt: skip
    return block("downloads", facts=facts) if facts else {}
