"""What was found about drivers and failures, as sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from streetlight.experiments.drivers.discover import FEWEST_FAILURES, Discovery, Limit
from streetlight.experiments.drivers.inputs import level
from streetlight.experiments.drivers.sensitivity import PERHAPS, Sensitivity, amount
from streetlight.experiments.labels import label, listing, quoted
from streetlight.experiments.metrics import METRICS

#: Share of resamples that limit an input again, below which its limit is called not stable.
STABLE = 0.5


def name(policy: str) -> str:
    """A policy's name inside a sentence."""
    return quoted(label(policy))


def parted(items: Sequence[str]) -> str:
    """Items as a sentence lists them; 'a; b, c; and d' where one has a comma."""
    if len(items) > 1 and any(", " in item for item in items):
        return f"{'; '.join(items[:-1])}; and {items[-1]}"
    return listing(items)


def of_metric(metric: str) -> str:
    """A metric's title, marked where its comma would part the sentence."""
    title = METRICS[metric].title
    return f"'{title}'" if "," in title else title


def beyond(found: Discovery) -> str:
    """By how much a failure is worse at least; empty for a threshold of 0."""
    if not found.threshold:
        return ""
    unit = METRICS[found.metric].unit
    number = amount(found.threshold)
    number = number.rstrip("0").rstrip(".") if "." in number and "e" not in number else number
    return f" by more than {number}{'' if unit == 'share' else f' {unit}'}"


def percent(share: float) -> str:
    """A share as a percentage."""
    return "?" if math.isnan(share) else f"{100 * share:.0f}%"


def condition(limit: Limit) -> str:
    """What the box asks of one input."""
    if limit.levels:
        return f"{limit.title} is {' or '.join(level(one) for one in limit.levels.split(' or '))}"
    low, high = limit.low, limit.high
    if is_switch(limit):
        return f"the switch '{limit.title}' is {'on' if math.isfinite(low) else 'off'}"
    if math.isfinite(low) and math.isfinite(high):
        return f"{limit.title} is between {amount(low)} and {amount(high)}"
    if math.isfinite(low):
        return f"{limit.title} is above {amount(low)}"
    return f"{limit.title} is below {amount(high)}"


def is_switch(limit: Limit) -> bool:
    """Whether the input is a switch, 0 or 1."""
    return limit.input.startswith("switches.")


def worse(found: Discovery) -> str:
    """Who is worse than whom, in what and by how much: what a failure is."""
    return (
        f"{name(found.policy)} is worse than {name(found.against)} in {of_metric(found.metric)}"
        f"{beyond(found)}"
    )


def failing(found: Discovery) -> str:
    """What counts as a failure, and how many futures there are."""
    text = f"{worse(found)} in {found.failures} of {found.futures} sampled futures"
    if found.unsure == 1:
        text += "; one future is too noisy to be sure on which side it is"
    if found.unsure > 1:
        text += f"; {found.unsure} futures are too noisy to be sure on which side they are"
    if found.unsure < 0:
        text += "; with one replicate a future, how many of them by luck is not known"
    return f"{text}."


def discovered(found: Discovery) -> list[str]:
    """The findings, a sentence each."""
    sentences = [failing(found)]
    if found.failures == 0:
        lower = " A lower --threshold asks for smaller failures." if found.threshold else ""
        return [*sentences, f"There is no failure to explain.{lower}"]
    if found.failures == found.futures:
        higher = "A higher --threshold asks for larger failures."
        return [*sentences, f"It fails in every future, so there is no condition. {higher}"]
    fewest = min(found.failures, found.futures - found.failures)
    if fewest < FEWEST_FAILURES:
        if found.failures == fewest:
            which = "failure is" if fewest == 1 else "failures are"
        else:
            which = "future" if fewest == 1 else "futures"
            which += " without a failure is" if fewest == 1 else " without a failure are"
        return [
            *sentences,
            f"No condition is looked for: {fewest} {which} too few (at least {FEWEST_FAILURES} are "
            "needed).",
        ]
    if not found.is_condition:
        chance = f": {percent(found.p)} of searches on shuffled failures find a box as good"
        return [
            *sentences,
            f"No condition found that is better than chance{chance if found.limits else ''}.",
        ]
    return [*sentences, *box_in_words(found)]


def box_in_words(found: Discovery) -> list[str]:
    """The condition, how well it tells failures apart, and how sure its limits are."""
    when = parted([condition(limit) for limit in found.limits])
    coverage = over_resamples(found.coverage_low, found.coverage_high)
    density = over_resamples(found.density_low, found.density_high)
    sentences = [
        f"{worse(found)} when {when} (true in {found.inside} of {found.futures} futures).",
        f"{percent(found.coverage)} of the failures are in there (coverage; {coverage}), and "
        f"{percent(found.density)} of the futures in there are failures (density; {density}), "
        f"against {percent(found.failures / found.futures)} of all futures.",
        f"Chance finds a box as good with {chances('p', found.p)}. Boxes found in resamples keep a "
        f"density of {percent(found.density_elsewhere)} in the futures they have not seen.",
    ]
    for limit in found.limits:
        places = [
            f"{side} limit {amount(low)} to {amount(high)}"
            for side, low, high in (
                ("lower", limit.low_from, limit.low_to),
                ("upper", limit.high_from, limit.high_to),
            )
            if math.isfinite(low) and not is_switch(limit)
        ]
        where = f" ({parted(places)})" if places else ""
        shaky = ", so this limit is not stable" if limit.again < STABLE else ""
        sentences.append(
            f"{limit.title}: limited again in {percent(limit.again)} of the resamples{shaky}{where}"
            f"; {chances('quasi-p', limit.quasi_p)}."
        )
    return sentences


def over_resamples(low: float, high: float) -> str:
    """A range over resamples."""
    if percent(low) == percent(high):
        return f"{percent(low)} in all resamples"
    return f"{percent(low)} to {percent(high)} over resamples"


def chances(what: str, p: float) -> str:
    """A p-value with two digits, not below 0.001."""
    return f"{what} below 0.001" if p < 0.001 else f"{what} = {p:.2g}"


def driven(found: Sensitivity) -> list[str]:
    """What drives the difference, a sentence each."""
    what = (
        f"the difference between {name(found.policy)} and {name(found.against)} in "
        f"{of_metric(found.metric)}"
    )
    mattering = found.mattering()
    maybe = [row.title for row in found.of(found.main_index) if row.says == PERHAPS]
    index = "PAWN" if found.main_index == "pawn" else found.main_index
    if mattering:
        sentences = [f"What drives {what}: {parted([row.title for row in mattering])}."]
    else:
        sentences = [
            f"Nothing surely drives {what} by {index}: no input's interval is above the "
            "noise floor."
        ]
    if maybe:
        sentences.append(
            f"Perhaps{' also' if mattering else ''}: {parted(maybe)}. Of inputs that do nothing, "
            "one in twenty gets as far."
        )
    if directed := found.directed():
        shown = [f"{row.input} {row.direction:+.2f}" for row in directed]
        sentences.append(
            "Not sure by this index, but clear by rank correlation (5% for all inputs together): "
            f"{parted(shown)}."
        )
    if math.isfinite(found.noise_share):
        advice = ": more replicates would show more" if found.noise_share >= 0.5 else ""
        sentences.append(
            f"{percent(found.noise_share)} of the variance of the difference over futures is "
            f"Monte-Carlo error{advice}."
        )
    return [*sentences, *(f"{note[:1].upper()}{note[1:]}." for note in found.notes)]
