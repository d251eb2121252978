"""The answer in three sentences: which plan, for whom, and how sure.

Every sentence is made from the comparison's own rows and verdicts, so that it cannot say more than
they do. Nothing is called best that chance could have put first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.comparison.differences import Difference
from experiments.comparison.verdicts import CANNOT_TELL
from experiments.comparison.whole import Comparison
from experiments.figures.words import listing
from experiments.labels import label, quoted
from experiments.report.numbers import amount, with_interval

MOST_NAMED = 4
#: Metrics whose titles, made for the heads of columns, do not read in a sentence.
IN_WORDS = {
    "worst_class_identified_share": "the share identified in the kind of place where it is lowest",
    "worst_class_averted_per_100k": "person-years averted where least is averted",
    "identified": "youth identified",
    "extra_identified": "youth identified beyond the baseline's",
}


def answer(comparison: Comparison) -> list[str]:
    """Three sentences, or the one there is to say when nothing can be compared."""
    ranked = comparison.policies()
    if not ranked:
        return [
            f"Only {quoted(label(comparison.baseline))} and references were run, so there is "
            "nothing to choose between."
        ]
    first = comparison.row(ranked[0], comparison.primary)
    if math.isnan(first.difference):
        return [f"{first.title.capitalize()} cannot be measured in these runs, so no plan leads."]
    return [which(comparison, ranked), for_whom(comparison, ranked), how_sure(comparison, first)]


def which(comparison: Comparison, ranked: Sequence[str]) -> str:
    """Which plan comes first in the metric that decides, and which others may be as good."""
    row = comparison.row(ranked[0], comparison.primary)
    of = f"Of {len(ranked)} plans, " if len(ranked) > 1 else ""
    name, base = quoted(label(row.policy)), quoted(label(comparison.baseline))
    start = f"{of}{name} comes first in {in_metric(row)}" if of else f"{name} was compared"
    text = f"{start}: {with_interval(row)} against {base}, {verdict_in_words(row)}"
    if len(ranked) == 1:
        return f"{text}."
    if math.isnan(row.mc_low):
        return f"{text}; with one replicate a future, chance cannot be told from difference."
    others = [name for name in comparison.may_be_best if name != row.policy]
    if not others:
        return f"{text}; chance alone does not explain its lead over any other plan."
    names = [quoted(label(one)) for one in others[:MOST_NAMED]]
    if len(others) > MOST_NAMED:
        names.append(f"{len(others) - MOST_NAMED} more")
    return f"{text}; {listing(names)} may be as good, as far as chance can tell."


def verdict_in_words(row: Difference) -> str:
    """The verdict inside a sentence."""
    if row.verdict.startswith(CANNOT_TELL):
        rest = row.verdict.removeprefix(CANNOT_TELL).strip()
        return f"but more than chance cannot be told from it yet {rest}".strip()
    return row.verdict


def for_whom(comparison: Comparison, ranked: Sequence[str]) -> str:
    """Whether the first plan is also first in what else is compared, the worst-off first."""
    first = ranked[0]
    metric = second_metric(comparison)
    if metric is None:
        return "Nothing else was compared, so who is left behind is not known from this table."
    rows = [comparison.row(policy, metric) for policy in ranked]
    known = [row for row in rows if not math.isnan(row.difference)]
    if not known:
        return f"{rows[0].title.capitalize()} cannot be measured in these runs."
    sign = 1.0 if rows[0].direction == "more" else -1.0
    best = max(known, key=lambda row: sign * row.difference)
    own = comparison.row(first, metric)
    title = in_metric(own)
    if best.policy == first or best.difference == own.difference:
        return f"It also comes first in {title}: {with_interval(own)}."
    apart = sign * (best.mc_low - own.mc_high) > 0 or sign * (best.mc_high - own.mc_low) < 0
    ahead = not math.isnan(best.mc_low) and apart
    how = "is ahead" if ahead else "has the better mean, though chance may explain it"
    return (
        f"In {title} {quoted(label(best.policy))} {how}: {with_interval(best)} against "
        f"{with_interval(own)} under {quoted(label(first))}."
    )


def in_metric(row: Difference) -> str:
    """A metric inside a sentence."""
    if row.metric in IN_WORDS:
        return IN_WORDS[row.metric]
    return row.title


def second_metric(comparison: Comparison) -> str | None:
    """The metric about those who are worst off, else the second one compared."""
    others = [name for name in comparison.metrics if name != comparison.primary]
    worst = [name for name in others if "worst" in name]
    return next(iter([*worst, *others]), None)


def how_sure(comparison: Comparison, row: Difference) -> str:
    """In how many futures the first plan is better, and what choosing it could cost."""
    name = quoted(label(row.policy))
    several = f"{row.better_in} of {row.futures} futures"
    futures = "the one future run" if row.futures == 1 else several
    better = "is better" if row.futures > 1 or row.better_in else "is not better"
    text = f"{name} {better} than {quoted(label(comparison.baseline))} in {futures}"
    regret = next(
        (
            one.criteria["regret_max"].value
            for one in comparison.robustness
            if (one.policy, one.metric) == (row.policy, comparison.primary)
        ),
        math.nan,
    )
    if row.futures > 1 and not math.isnan(regret):
        short = amount(abs(regret), row.unit)
        if regret == 0.0:
            text += "; in none of them does anything compared do better"
        else:
            text += f"; the most it falls short of the best compared in any of them is {short}"
    return f"{text}. All of it is conditional on the assumptions listed below."


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


