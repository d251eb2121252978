"""What another dollar buys, in words: who gains most for it, and who is dominated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streetlight.experiments.figures.estimates import RunMean
from streetlight.experiments.figures.words import dollars, listing
from streetlight.experiments.labels import quoted

#: Digits of an amount of money that are printed at most.
MOST_DIGITS = 6
AVERTED, IDENTIFIED = "averted_person_years", "extra_identified"
MEASURES = (AVERTED, IDENTIFIED)
UNITS = {AVERTED: "person-year averted", IDENTIFIED: "additional youth identified"}
VERBS = {AVERTED: "averts", IDENTIFIED: "identifies"}


@dataclass(frozen=True)
class Price:
    """What is known of the price of one measure.

    cheapest: labels of the policies on offer that no other clearly beats per dollar, whether or not
    their own gain is clear; prices: theirs, in the same order, NaN where undefined; dominated:
    labels; defined: how many policies on offer have a price.
    """

    cheapest: tuple[str, ...]
    prices: tuple[RunMean, ...]
    dominated: tuple[str, ...]
    defined: int


@dataclass(frozen=True)
class DollarFinding:
    """What the headline is made of.

    baseline: label; offered: how many policies are on offer; spends: whether any of them spends
    more than the baseline; prices: by measure.
    """

    baseline: str
    offered: int
    spends: bool
    prices: Mapping[str, Price]


def headline(finding: DollarFinding) -> str:
    """The finding in words."""
    base = f"the baseline ({quoted(finding.baseline)})"
    if not finding.offered:
        return f"Nothing to buy: no policy on offer was run besides {base}."
    if not finding.spends:
        return f"No policy spends more than {base}, so nothing has a price."
    averted, identified = (finding.prices[measure] for measure in MEASURES)
    priced = all(one.defined and math.isfinite(one.prices[0].mean) for one in (averted, identified))
    if priced and len(averted.cheapest) == 1 and averted.cheapest == identified.cheapest:
        most = " most per dollar" if finding.offered > 1 else ""
        costs = listing([_cost(measure, finding.prices[measure].prices[0]) for measure in MEASURES])
        sentences = [f"{quoted(averted.cheapest[0])} averts and identifies{most}: {costs}."]
    else:
        sentences = [_price(measure, finding) for measure in MEASURES]
    return " ".join([*sentences, _dominated(finding)]).strip()


def _cost(measure: str, price: RunMean) -> str:
    """'$12 ($10 to $15) per person-year averted'."""
    text = dollars(price.mean)
    if price.has_interval:
        text, low, high = apart((price.mean, price.low, price.high))
        text += f" ({low} to {high})"
    return f"{text} per {UNITS[measure]}"


def apart(values: Sequence[float]) -> list[str]:
    """Dollars with as many digits, from three on, as keep a mean off its interval's ends."""
    texts = [dollars(value) for value in values]
    for digits in range(4, MOST_DIGITS + 1):
        if len(set(texts)) == len(set(values)):
            break
        texts = [dollars(value, digits) for value in values]
    return texts


def _price(measure: str, finding: DollarFinding) -> str:
    price, unit = finding.prices[measure], UNITS[measure]
    if not price.defined:
        return f"What one {unit} costs is undefined: no policy clearly gains any."
    known = {
        label: one
        for label, one in zip(price.cheapest, price.prices, strict=True)
        if math.isfinite(one.mean)
    }
    if len(price.cheapest) == 1:
        most = " most per dollar" if finding.offered > 1 else ""
        costs = [_cost(measure, one) for one in known.values()]
        cost = "".join(costs) or f"at a price per {unit} that cannot be told"
        return f"{quoted(price.cheapest[0])} {VERBS[measure]}{most}: {cost}."
    names = [quoted(label) for label in price.cheapest]
    who = listing(names) if len(names) <= 3 else f"{len(names)} policies"
    first = f"Which of {who} {VERBS[measure]} most per dollar cannot be told"
    return f"{first}: {_costs(known, price.cheapest, unit)}."


def _costs(known: Mapping[str, RunMean], cheapest: Sequence[str], unit: str) -> str:
    """'$12 to $15 per person-year averted', and whose price is undefined."""
    unknown = [quoted(label) for label in cheapest if label not in known]
    if not known:
        return f"none of them has a defined price per {unit}"
    means = [one.mean for one in known.values()]
    low, high = dollars(min(means)), dollars(max(means))
    cost = f"{low if low == high else f'{low} to {high}'} per {unit}"
    if not unknown:
        return cost
    if len(cheapest) > 3:
        return f"{cost} for {len(known)} of them, undefined for {len(unknown)}"
    under = listing([quoted(label) for label in known])
    return f"{cost} under {under}, undefined under {listing(unknown)}"


def _dominated(finding: DollarFinding) -> str:
    names = finding.prices[AVERTED].dominated
    if not names:
        return ""
    which = listing([quoted(n) for n in names])
    if len(names) > 3:
        return (
            f"{len(names)} of {finding.offered} policies are dominated: another costs no more "
            "(within 1%) and averts clearly more."
        )
    verb = "is" if len(names) == 1 else "are"
    return f"{which} {verb} dominated: another costs no more (within 1%) and averts clearly more."
