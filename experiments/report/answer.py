"""The answer in three sentences: which plan, for whom, and how sure.

Every sentence is made from the comparison's own rows and verdicts, so that it cannot say more than
they do. What chance could have put first is not called best, and of plans that all do harm the one
that does least is called so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from streetlight.experiments.analyse.differences import Difference
from streetlight.experiments.analyse.leads import (
    ahead_by_enough,
    alike,
    clearly_ahead,
    level,
    smallest,
)
from streetlight.experiments.analyse.verdicts import (
    CANNOT_TELL,
    CLEARLY_BETTER,
    CLEARLY_WORSE,
    MAYBE_BETTER,
    MAYBE_WORSE,
    NO_DIFFERENCE,
)
from streetlight.experiments.analyse.whole import Comparison
from streetlight.experiments.figures.words import capitalised, listing, plural
from streetlight.experiments.labels import label, quoted
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.report.numbers import amount, ends, plain, with_interval

MOST_NAMED = 4
#: Metrics whose titles, made for the heads of columns, do not read in a sentence.
IN_WORDS = {
    "averted_prevented": "person-years averted by prevention",
    "averted_shortened": "person-years averted by shorter spells",
    "averted_reexploitation": "person-years of re-exploitation averted",
    "worst_class_identified_share": "the share identified in the kind of place where it is lowest",
    "worst_class_averted_per_100k": "person-years averted where least is averted",
    "known": "youth known",
    "identified": "youth identified",
    "extra_identified": "youth identified beyond the baseline's",
    "served": "youth served",
    "offered_no_place": "youth identified with no place free",
}
VERDICTS = {
    CLEARLY_BETTER: "clearly better",
    MAYBE_BETTER: "which is better, but may be too little to matter",
    NO_DIFFERENCE: "which is no difference that matters",
    MAYBE_WORSE: "which is worse, but may be too little to matter",
    CLEARLY_WORSE: "clearly worse",
}
WORSE = (MAYBE_WORSE, CLEARLY_WORSE)
CONDITION = "all of it holds only under the assumptions listed below"


def answer(comparison: Comparison) -> list[str]:
    """Three sentences, or the one there is to say when nothing can be compared."""
    ranked = comparison.policies()
    base = quoted(label(comparison.baseline))
    if not ranked:
        others = " and references" if comparison.rows else ""
        verb = "were" if others else "was"
        return [f"Only {base}{others} {verb} run, so there is nothing to choose between."]
    first = comparison.row(ranked[0], comparison.primary)
    if math.isnan(first.difference):
        return [
            f"{capitalised(in_metric(first))} cannot be measured in these runs, so no plan leads."
        ]
    return [
        f"{which(comparison, ranked)}.",
        f"{for_whom(comparison, ranked)}.",
        f"{how_sure(comparison, first)}; {CONDITION}.",
    ]


def which(comparison: Comparison, ranked: Sequence[str]) -> str:
    """Which plan comes first in the metric that decides, and which others may be as good."""
    rows = measured(comparison, ranked, comparison.primary)
    row, base = rows[0], quoted(label(comparison.baseline))
    found = f"{with_interval(row)} against {base}{as_share(comparison, row)}, "
    found += verdict_in_words(row)
    unknown = ""
    if len(rows) < len(ranked):
        unknown = f"; in {plural(len(ranked) - len(rows), 'plan')} it cannot be measured"
    if len(rows) == 1:
        name = quoted(label(row.policy))
        return f"In {in_metric(row)} {name} makes a difference of {found}{unknown}"
    tied = equals(rows)
    text = f"{standing(comparison, rows, tied)}: {found}{unknown}"
    if math.isnan(ends(row)[0]) or row.verdict in WORSE:
        return text
    return f"{text}; {rivals_in_words(comparison, comparison.primary, tied)}"


def standing(comparison: Comparison, rows: Sequence[Difference], tied: Sequence[str]) -> str:
    """'Of 5 plans, "A" comes first in youth identified'; of plans that do harm, the least."""
    names = listing([quoted(label(name)) for name in tied[:MOST_NAMED]])
    if len(tied) > MOST_NAMED:
        names = f"{len(tied)} plans"
    metric = in_metric(rows[0])
    many = len(tied) > 1
    if all(one.verdict in WORSE for one in rows):
        base = quoted(label(comparison.baseline))
        does = "do least harm, all alike, by their means" if many else "does least harm by its mean"
        every = "Both" if len(rows) == 2 else f"All {len(rows)}"
        return f"{every} plans are worse than {base} in {metric}; {names} {does}"
    comes = "come first, with one and the same mean," if many else "comes first"
    return f"Of {len(rows)} plans, {names} {comes} in {metric}"


def rivals_in_words(comparison: Comparison, metric: str, tied: Sequence[str]) -> str:
    """Which others may be as good as those that come first; the baseline is one of them."""
    able = comparison.may_be_best(metric)
    if not set(tied) & set(able):
        names = [quoted(label(one)) for one in able[:MOST_NAMED]]
        if len(able) > MOST_NAMED:
            names.append(f"{len(able) - MOST_NAMED} more")
        return f"{listing(names, 'or')} is better still, by more than chance explains"
    rows = measured(comparison, comparison.policies(), metric)
    rest = [row.policy for row in rows if row.policy not in tied]
    close = [name for name in rest if alike(comparison, metric, tied[0], name)]
    if close:
        return too_close(comparison, metric, tied, close)
    others = [name for name in able if name not in tied]
    names = [quoted(label(one)) for one in others[:MOST_NAMED]]
    if len(others) > MOST_NAMED:
        names.append(f"{len(others) - MOST_NAMED} more")
    if not others:
        if not all(ahead_by_enough(comparison, metric, tied[0], name) for name in rest):
            return f"{'their' if len(tied) > 1 else 'its'} lead may be too little to matter"
        lead = "their average lead" if len(tied) > 1 else "its average lead"
        return f"chance alone does not explain {lead} over any other"
    return f"{listing(names)} may be as good, as far as chance can tell"


def too_close(
    comparison: Comparison,
    metric: str,
    tied: Sequence[str],
    close: Sequence[str],
    told: Sequence[str] = (),
) -> str:
    """From which plans the first do not differ by what matters, and which may be as good beside.

    told: plans whose lag the sentence tells apart.
    """
    names = [quoted(label(one)) for one in close[:MOST_NAMED]]
    if len(close) > MOST_NAMED:
        names.append(f"{len(close) - MOST_NAMED} more")
    enough = amount(smallest(comparison, metric), METRICS[metric].unit)
    text = f"no difference that matters ({enough} or more) to {listing(names)}"
    able = comparison.may_be_best(metric)
    rest = [name for name in comparison.policies() if name not in (*tied, *close, *told, *able)]
    unsure = [name for name in rest if not ahead_by_enough(comparison, metric, tied[0], name)]
    if unsure:
        text += ", and its lead over some others may be too little to matter"
    others = [name for name in able if name not in (*tied, *close, *told)]
    if not others:
        return text
    beside = [quoted(label(one)) for one in others[:MOST_NAMED]]
    if len(others) > MOST_NAMED:
        beside.append(f"{len(others) - MOST_NAMED} more")
    return f"{text}, and {listing(beside)} may be as good, as far as chance can tell"


def as_share(comparison: Comparison, row: Difference) -> str:
    """' (1.0% of its 1,365,490)'; '' where nothing is a share of the level."""
    whole = level(comparison, row.metric)
    if math.isnan(whole) or whole <= 0 or METRICS[row.metric].unit == "share":
        return ""
    share = 100 * abs(row.difference) / whole
    part, of = plain(share, share, signed=False), plain(whole, whole, signed=False)
    if comparison.origin == comparison.baseline:
        return f" ({part}% of its {of})"
    return f" ({part}% of the {of} under {quoted(label(comparison.origin))})"


def verdict_in_words(row: Difference) -> str:
    """The verdict inside a sentence."""
    if row.verdict.startswith(CANNOT_TELL):
        if math.isnan(ends(row)[0]):
            return "which cannot be told from chance with one replicate in a future"
        more = row.verdict.removeprefix(CANNOT_TELL).strip(" ()")
        settles = f" ({more} would probably settle it)" if more else ""
        return f"which cannot be told from chance yet{settles}"
    if row.verdict in VERDICTS:
        return VERDICTS[row.verdict]
    return f"but it {row.verdict.replace(': better', ' and is better')}"


def for_whom(comparison: Comparison, ranked: Sequence[str]) -> str:
    """Whether the first plan is also first in what else is compared, the worst-off first."""
    first, metric = ranked[0], second_metric(comparison)
    if metric is None:
        return "Nothing else was compared, so who is left behind is not known from this table"
    own = comparison.row(first, metric)
    title, name = in_metric(own), quoted(label(first))
    rows = measured(comparison, ranked, metric)
    if not rows:
        return f"{capitalised(title)} cannot be measured in these runs"
    if math.isnan(own.difference):
        return f"{capitalised(title)} cannot be measured under {name}"
    mine = f"{with_interval(own)} against {quoted(label(comparison.baseline))}, "
    mine += verdict_in_words(own)
    if len(ranked) == 1:
        return f"In {title} the difference is {mine}"
    if same(own.difference, rows[0].difference):
        text = f"In {title} {name} also has the best mean of the plans: {mine}"
        if math.isnan(ends(own)[0]) or own.verdict in WORSE:
            return text
        return f"{text}; {rivals_in_words(comparison, metric, equals(rows))}"
    best = rows[0]
    sure = clearly_ahead(comparison, metric, best.policy, first)
    how = "is ahead" if sure else "has the better mean, though chance may explain it"
    if sure and alike(comparison, metric, best.policy, first):
        how = "is ahead by too little to matter"
    elif sure and not ahead_by_enough(comparison, metric, best.policy, first):
        how = "is ahead, by what may be too little to matter"
    if best.verdict in WORSE:
        how = "does least harm by its mean"
    close = [
        row.policy for row in rows[1:]
        if row.policy != first and alike(comparison, metric, best.policy, row.policy)
    ]  # fmt: skip
    near = f", {too_close(comparison, metric, equals(rows), close, [first])}" if close else ""
    return (
        f"In {title} {quoted(label(best.policy))} {how}: {with_interval(best)}{near}, and "
        f"{name} {mine}"
    )


def equals(rows: Sequence[Difference]) -> list[str]:
    """The policies whose mean is that of the first."""
    return [row.policy for row in rows if same(row.difference, rows[0].difference)]


def measured(comparison: Comparison, ranked: Sequence[str], metric: str) -> list[Difference]:
    """The rows of ranked policies in which a metric is defined, the best mean first."""
    rows = [comparison.row(policy, metric) for policy in ranked]
    rows = [row for row in rows if not math.isnan(row.difference)]
    return sorted(rows, key=lambda row: -gain(row))


def gain(row: Difference) -> float:
    """The difference counted so that more is better."""
    return row.difference if row.direction == "more" else -row.difference


def same(a: float, b: float) -> bool:
    """Whether two means are equal but for rounding."""
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def in_metric(row: Difference) -> str:
    """A metric inside a sentence, with a word on what counts as better where it is less."""
    text = IN_WORDS.get(row.metric, row.title)
    return text if row.direction == "more" else f"{text} (less is better)"


def second_metric(comparison: Comparison) -> str | None:
    """The metric about those who are worst off, else the second one compared."""
    others = [name for name in comparison.metrics if name != comparison.primary]
    worst = [name for name in others if "worst" in name]
    return next(iter([*worst, *others]), None)


def how_sure(comparison: Comparison, row: Difference) -> str:
    """In how many futures the first plan is better, and what choosing it could cost."""
    name, base = quoted(label(row.policy)), quoted(label(comparison.baseline))
    if row.futures == 1:
        better = "better" if row.better_in else "worse" if row.worse_in else "the same"
        than = "as" if better == "the same" else "than"
        return f"By its mean {name} is {better} {than} {base} in the one future run"
    where = f"{row.better_in or 'none'} of the {row.futures} futures"
    if row.better_in == row.futures:
        where = "both futures" if row.futures == 2 else f"all {row.futures} futures"
    text = f"By its mean {name} is better than {base} in {where}"
    regret = largest_regret(comparison, row.policy)
    if math.isnan(regret):
        return text
    if regret == 0.0:
        return f"{text}, and in none of them does anything compared do better"
    known = ", references included," if comparison.worlds.references.any() else ""
    return (
        f"{text}, and the most it falls short of the best compared in any of them{known} is "
        f"{amount(regret, row.unit)}"
    )


def largest_regret(comparison: Comparison, policy: str) -> float:
    """Largest regret of a policy over futures in the metric that decides; NaN where undefined."""
    for one in comparison.robustness:
        if (one.policy, one.metric) == (policy, comparison.primary):
            return abs(one.criteria["regret_max"].value)
    return math.nan
