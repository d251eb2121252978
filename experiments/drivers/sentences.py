"""What was found about drivers and failures, as sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from experiments.drivers.discover import FEWEST_FAILURES, Discovery, Limit
from experiments.drivers.sensitivity import PERHAPS, Sensitivity
from experiments.labels import label, quoted
from experiments.metrics import METRICS


def name(policy: str) -> str:
    """A policy's name inside a sentence."""
    return quoted(label(policy))


def listing(items: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def amount(value: float) -> str:
    """A number with three significant digits."""
    if not math.isfinite(value):
        return "?"
    if abs(value) >= 1e5 or 0 < abs(value) < 1e-4:
        return f"{value:.2e}"
    decimals = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{round(value, decimals):,.{min(decimals, 6)}f}"


def percent(share: float) -> str:
    """A share as a percentage."""
    return "?" if math.isnan(share) else f"{100 * share:.0f}%"


def condition(limit: Limit) -> str:
    """What the box asks of one input."""
    if limit.levels:
        return f"{limit.title} is {limit.levels}"
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


def failing(found: Discovery) -> str:
    """What counts as a failure, and how many futures there are."""
    title, unit = METRICS[found.metric].title, METRICS[found.metric].unit
    by = f" by more than {amount(found.threshold)} {unit}" if found.threshold else ""
    text = (
        f"{name(found.policy)} is worse than {name(found.against)} in {title}{by} in "
        f"{found.failures} of {found.futures} sampled futures"
    )
    if found.unsure > 0:
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
    fewest = min(found.failures, found.futures - found.failures)
    if fewest < FEWEST_FAILURES:
        which = "failures" if found.failures == fewest else "futures without a failure"
        return [
            *sentences,
            f"No condition is looked for: {fewest} {which} are too few (at least "
            f"{FEWEST_FAILURES} are needed).",
        ]
    if not found.is_condition:
        chance = f": shuffled failures give a box as good with p = {found.p:.2g}"
        return [
            *sentences,
            f"No condition found that is better than chance{chance if found.limits else ''}.",
        ]
    return [*sentences, *box_in_words(found)]


def box_in_words(found: Discovery) -> list[str]:
    """The condition, how well it tells failures apart, and how sure its limits are."""
    when = listing([condition(limit) for limit in found.limits])
    coverage = f"{percent(found.coverage_low)} to {percent(found.coverage_high)}"
    density = f"{percent(found.density_low)} to {percent(found.density_high)}"
    sentences = [
        f"{name(found.policy)} is worse than {name(found.against)} when {when} (true in "
        f"{found.inside} of {found.futures} futures).",
        f"{percent(found.coverage)} of the failures are in there (coverage; {coverage} over "
        f"resamples), and {percent(found.density)} of the futures in there are failures (density; "
        f"{density}), against {percent(found.failures / found.futures)} of all futures.",
        f"Chance finds a box as good with p = {found.p:.2g}. Boxes found in resamples keep a "
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
        where = f" ({listing(places)})" if places else ""
        sentences.append(
            f"{limit.title}: limited again in {percent(limit.again)} of the resamples{where}; "
            f"quasi-p {limit.quasi_p:.2g}."
        )
    return sentences


def driven(found: Sensitivity) -> list[str]:
    """What drives the difference, a sentence each."""
    title = METRICS[found.metric].title
    what = f"the difference between {name(found.policy)} and {name(found.against)} in {title}"
    mattering = found.mattering()
    maybe = [row.title for row in found.of(found.main_index) if row.says == PERHAPS]
    if mattering:
        sentences = [f"What drives {what}: {listing([row.title for row in mattering])}."]
    else:
        sentences = [f"Nothing surely drives {what}: no input's interval is above the noise floor."]
    if maybe:
        sentences.append(f"Perhaps also: {listing(maybe)}." if mattering
                         else f"Perhaps: {listing(maybe)}.")  # fmt: skip
    if math.isfinite(found.noise_share):
        sentences.append(
            f"{percent(found.noise_share)} of the variance over futures is Monte-Carlo error."
        )
    return [*sentences, *(f"{note[:1].upper()}{note[1:]}." for note in found.notes)]
