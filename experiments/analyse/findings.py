"""Estimates in sentences, tables and intervals: the same for the terminal and for the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streetlight.experiments.analyse.estimate_lists import ListsEstimate
from streetlight.experiments.analyse.estimates import (
    FEWEST_ESTIMATED,
    FEWEST_SHOWN,
    PER,
    ClassRow,
    CountsEstimate,
)
from streetlight.model.communities.region import Region
from streetlight.model.inference.contacts import Unmet
from streetlight.model.inference.identified import LEVEL, Interval
from streetlight.model.names import CLASSES

NINE = f"{LEVEL:.0%} interval"
NOT_SHOWN = f"under {FEWEST_SHOWN}"


@dataclass(frozen=True)
class Grid:
    """A small table: heads, and rows of as many cells."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Span:
    """An interval to draw; at: its estimate, None where only the interval is told."""

    name: str
    low: float
    high: float
    at: float | None = None


def span_of(name: str, interval: Interval, at: float) -> Span:
    """The span of an estimate and its interval."""
    return Span(name, float(interval.low), float(interval.high), at)


@dataclass(frozen=True)
class Findings:
    """Everything that is said. spans: intervals on one logarithmic axis, of what `axis` names."""

    title: str
    notes: tuple[str, ...]
    can: tuple[str, ...]
    cannot: tuple[str, ...]
    grids: tuple[Grid, ...]
    axis: str
    spans: tuple[Span, ...]


def number(value: float) -> str:
    """Three digits, with commas."""
    if not np.isfinite(value):
        return "-"
    return f"{float(f'{value:.3g}'):,.10g}"


def between(interval: Interval, scale: float = 1.0) -> str:
    """The two ends of an interval in words."""
    return f"{number(float(interval.low) * scale)} to {number(float(interval.high) * scale)}"


# ------------------------------------------------------------------------------ counts by place


def of_counts(one: CountsEstimate, region: Region, notes: tuple[str, ...]) -> Findings:
    """What is said of counts by place."""
    known = one.table.exposure > 0.0
    first, last = one.years[0], one.years[-1]
    span = f"{first}-{last}" if last > first else str(first)
    return Findings(
        title=f"What {one.what} of {span} say of victimization",
        notes=notes,
        can=tuple(can_of_counts(one, known)),
        cannot=(*cannot_of_counts(one, known), *one.refused),
        grids=(class_grid(one), help_grid(one)),
        axis="victimizations per youth over those of the region (log scale)",
        spans=tuple(place_spans(one, region, known)),
    )


def can_of_counts(one: CountsEstimate, known: np.ndarray) -> list[str]:
    """Sentences on what the record gives."""
    total = float(one.table.counts.sum())
    low, high = one.relative.interval()
    apart = int(((low > 1.0) | (high < 1.0))[known].sum())
    wide = float(np.median(one.relative.interval().ratio[known]))
    recorded = "" if total < FEWEST_SHOWN else (
        f": {total:,.0f} cases in {int(known.sum()):,} places, "
        f"{number(float(one.raw.rate) * PER)} per 100,000 youth a year ({NINE} "
        f"{between(one.raw.interval, PER)})"
    )  # fmt: skip
    factor = float(np.exp(1.645 * one.fit.spread))
    return [
        f"What was recorded{recorded}.",
        f"Recorded rates of places of one class differ by more than chance: nine in ten lie within "
        f"a factor of {number(factor)} of the middle one."
        if one.beyond_chance
        else "Recorded rates of places of one class differ by no more than chance would have them.",
        f"Victimization behind them, place over region: the median place's {NINE} has an upper end "
        f"{number(wide)} times its lower end. In {apart:,} of {int(known.sum()):,} places it lies "
        f"wholly above or below the region's own rate. It rests on {one.how}. "
        "Stated, and not estimated: hidden risk varies by "
        f"{one.hidden_cv:g} (coefficient of variation); all else that differs is attention.",
    ]


def cannot_of_counts(one: CountsEstimate, known: np.ndarray) -> list[str]:
    """Sentences on what the record does not give, and why."""
    few = int((one.table.counts[known] < FEWEST_ESTIMATED).sum())
    said = [
        f"How many victimizations there are. {of_level(one)}",
        "Whether classes of place differ in victimization or in how much of it is recorded. Rates "
        "by class are of the record.",
        f"Where a place stands among others: {few:,} of {int(known.sum()):,} have fewer than "
        f"{FEWEST_ESTIMATED} cases and get an interval alone; none gets a rank.",
        "Whether attention follows victimization. Intervals assume that it does not within a class "
        "of place; where it does, places with much of both look riskier than they are.",
        f"Whether hidden risk varies by {one.hidden_cv:g}. In simulated worlds in which it varied "
        "by twice what was stated, intervals held the truth in two places of three.",
    ]
    unknown = int((~known).sum())
    if unknown:
        places = "place" if unknown == 1 else "places"
        said.append(
            f"Anything of {unknown:,} {places} of the region without youth or known years, beyond "
            "what is usual for their class and poverty."
        )
    return said + [f"Careful: {text}." for text in one.warnings]


def of_level(one: CountsEstimate) -> str:
    """What can be said of how much victimization there is."""
    if one.level is None or one.share is None:
        return (
            "No count tells: it is that number times the share which is counted. Where something "
            "else speaks for a share, state it (--share)."
        )
    return (
        f"If {one.share:.0%} of them are in these counts, give or take a factor of two, they are "
        f"{between(one.level, PER)} per 100,000 youth a year. That is the stated prior; no count "
        "of reports can confirm or change it."
    )


def shown_classes(rows: tuple[ClassRow, ...]) -> list[bool]:
    """Whether the cases of each class are shown: no sum gives a small one away."""
    shown = [row.cases >= FEWEST_SHOWN or row.cases == 0 for row in rows]
    if shown.count(False) == 1:
        rest = [k for k, is_shown in enumerate(shown) if is_shown]
        if rest:
            shown[min(rest, key=lambda k: rows[k].cases)] = False
    return shown


def class_grid(one: CountsEstimate) -> Grid:
    """Recorded rates by class of place."""
    rows = []
    for row, shown in zip(one.classes, shown_classes(one.classes), strict=True):
        told = shown and np.isfinite(row.rate)
        rate = (number(row.rate), f"{number(row.low)} to {number(row.high)}")
        cases = f"{row.cases:,.0f}" if shown else ("not shown" if row.cases >= FEWEST_SHOWN
                                                   else NOT_SHOWN)  # fmt: skip
        rows.append((row.name, f"{row.places:,}", cases, *(rate if told else ("-", "-"))))
    heads = ("class of place", "places", "cases", "recorded per 100,000 youth a year", NINE)
    return Grid("What was recorded, by class of place", heads, tuple(rows))


def help_grid(one: CountsEstimate) -> Grid:
    """What more data would do."""
    rows = tuple((h.data, number(h.interval), number(h.level)) for h in one.helps)
    heads = ("data", "median place", "level of the region")
    caption = "What would help most: upper end of the interval over its lower end, as expected"
    return Grid(caption, heads, rows)


#: With more places than these, spans by place are left to the file.
MOST_SPANS = 40


def place_spans(one: CountsEstimate, region: Region, known: np.ndarray) -> list[Span]:
    """Intervals of places in the order of their ids; of classes' median places if they are many."""
    low, high = one.relative.interval()
    rate = one.relative.rate
    if known.sum() <= MOST_SPANS:
        enough = one.table.counts >= FEWEST_ESTIMATED
        return [
            Span(region.names[c] or region.ids[c], float(low[c]), float(high[c]),
                 float(rate[c]) if enough[c] else None)
            for c in np.flatnonzero(known)
        ]  # fmt: skip
    spans = []
    for row in one.classes:
        here = known & (one.table.place_class == CLASSES.index(row.name))
        middle = np.flatnonzero(here)[np.argsort(rate[here])[here.sum() // 2]]
        spans.append(Span(f"median place, {row.name}", float(low[middle]), float(high[middle])))
    return spans


# ------------------------------------------------------------------------------ persons by lists


def of_lists(one: ListsEstimate, notes: tuple[str, ...]) -> Findings:
    """What is said of persons by lists."""
    c = one.chosen
    pairs = ", ".join(f"{a} with {b}" for a, b in c.pairs)
    on_two = one.table.n - one.table.on_exactly(1)
    can = [
        f"{c.seen:,.0f} persons are on {one.table.k} lists; {amount(on_two)} of them on two or "
        "more.",
        f"With those on none there are {number(c.estimate)} ({NINE} {between(c.interval)}), so "
        f"that {c.seen / c.estimate:.0%} are on a list. Pairs of lists that depend on each other "
        f"were chosen stepwise{': ' + pairs if pairs else '; there are none'}.",
        f"The interval holds two: {between(c.bootstrap)}, where the choice is repeated on "
        f"resampled tables, and {between(c.averaged.interval)}, averaged over "
        f"{c.averaged.models:,} models, whose estimate is {number(c.averaged.estimate)}. "
        f"For the chosen model alone it would be {between(c.given_model)}, as if it were known.",
        f"Chao's lower bound, for lists that do not exclude each other, is {number(c.chao)}.",
    ]
    cannot = [
        "Whether three lists depend on each other beyond their pairs, whether links are right, and "
        "whether the same people could have been on every list: the table cannot show it.",
        "Who they are, where, and when: the estimate is of persons over all the time of the lists.",
    ]
    if c.chao > c.given_model.high:
        cannot.insert(0, f"Which of the two is right: Chao's bound ({number(c.chao)}) is above the "
                         "estimate. Either lists exclude each other, and it is none, or "
                         "persons differ in how visible they are as no pairs catch.")  # fmt: skip
    help_rows = tuple((data, number(ratio)) for data, ratio in one.helps)
    return Findings(
        title="How many persons are on no list",
        notes=notes, can=tuple(can), cannot=tuple(cannot),
        grids=(
            check_grid(one),
            Grid("What would help most: upper end of the interval over its lower end, as expected",
                 ("data", "interval"), help_rows),
        ),
        axis="persons on any list or none (log scale)",
        spans=(
            span_of("all that is said", c.interval, c.estimate),
            span_of("stepwise, choice repeated", c.bootstrap, c.estimate),
            span_of("stepwise, model given", c.given_model, c.estimate),
            span_of("averaged over models", c.averaged.interval, c.averaged.estimate),
        ),
    )  # fmt: skip


def amount(value: float) -> str:
    """A count, small ones suppressed."""
    return f"{value:,.0f}" if value >= FEWEST_SHOWN or value == 0 else NOT_SHOWN


def check_grid(one: ListsEstimate) -> Grid:
    """The internal check of every list."""
    rows = []
    for check in one.checks:
        told = check.estimate
        if not np.isfinite(told):
            text = f"cannot tell: {check.reason.split(':')[0]}"
        else:
            text = number(told)
        rows.append((check.name, amount(check.known), text))
    heads = ("list", "members", "estimated from the other lists")
    return Grid("Internal check: members of each list, and what the other lists say", heads,
                tuple(rows))  # fmt: skip


def of_contacts(one: Unmet, notes: tuple[str, ...]) -> Findings:
    """What is said of persons by repeat contacts."""
    can = [f"{one.seen:,.0f} persons were met. With those never met:"]
    means = {
        "chao": "a lower bound where persons differ in how often they are met",
        "zelterman": "from those met once and twice alone",
        "poisson": "if all persons are alike",
        "geometric": "if rates of being met are spread exponentially",
    }
    for name, text in means.items():
        interval = between(one.intervals[name])
        can.append(f"{name}: {number(one.estimates[name])} ({NINE} {interval}), {text}.")
    rows = tuple(
        (f"{share:.0%}", number(c), number(z), number(c2), number(z2))
        for (share, c, z), (_, c2, z2) in zip(one.fragility, one.led_on, strict=True)
    )
    heads = ("share of second contacts", "missed by linkage: chao", "zelterman",
             "led to by the first: chao", "zelterman")  # fmt: skip
    return Findings(
        title="How many persons were never met",
        notes=notes, can=tuple(can),
        cannot=(
            "Which of the four holds: one list cannot tell persons who differ from contacts that "
            "lead to each other.",
            "Those who could never be met on this list: no estimate holds them.",
        ),
        grids=(Grid("How fragile the estimates are", heads, rows),),
        axis="persons met or never met (log scale)",
        spans=tuple(
            span_of(name, one.intervals[name], one.estimates[name]) for name in means
        ),
    )  # fmt: skip
