"""Cascade, its numbers and its words: of 100 victimizations, how many get to each step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from streetlight.experiments.figures.estimates import RunMean, contenders, estimate, ratio_values
from streetlight.experiments.figures.spread import Spread, spread
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy
from streetlight.experiments.figures.words import PLACES, capitalised, listing, percent, percents
from streetlight.experiments.labels import quoted
from streetlight.model.arrays import FloatArray
from streetlight.model.names import CLASSES


@dataclass(frozen=True)
class Step:
    """A step of the cascade: its column, its label, and how a loss before it is put in words."""

    column: str
    label: str
    loss: str


STEPS = (
    Step("true_onsets", "exploited", ""),
    Step("recognised", "seen by someone else", "before anyone else sees them"),
    Step("known", "reported", "after someone saw it and before a report"),
    Step("ever_screened_in", "screened in", "because reports are screened out"),
    Step("ever_investigated", "investigated", "waiting for an investigation"),
    Step("identified", "identified", "in investigations that do not confirm them"),
    Step("served", "served", "after identification, without services"),
)
# Beside the chain, as a youth can know without being known, and be known without knowing.
ASIDE = Step("knew", "aside: the youth recognised it", "")
# The first loss where more are reported than seen: some of them were seen before the period.
UNREPORTED = "before anyone reports them"


@dataclass(frozen=True)
class CascadeRow:
    """One bar: how many of 100 victimizations of a place class reach a step under a policy.

    lost_before: of the same 100, how many are lost between the step before and this one; blank for
    the first step, the one aside, and recognition where more are reported than recognised;
    future: how per_100 spreads over futures.
    """

    place_class: str
    policy: str
    is_baseline: bool
    step: str
    per_100: float
    low: float
    high: float
    lost_before: float
    future: Spread
    futures: int
    runs: int


@dataclass(frozen=True)
class CascadeFinding:
    """What the headline is made of; losses go by the words for them.

    baseline: label; losses: per 100 over all places, in the order of the steps, NaN if nothing
    began; largest: those that no other clearly exceeds (the largest, if there is no interval);
    elsewhere: the same by place class, None where nothing began; best: label of the policy that
    averts most, '' if none; before, after: the largest loss under the baseline and under it;
    change: their paired difference; sure: whether there are intervals.
    """

    baseline: str
    losses: Mapping[str, float]
    largest: tuple[str, ...] = ()
    elsewhere: tuple[tuple[str, ...] | None, ...] = ()
    best: str = ""
    before: float = math.nan
    after: float = math.nan
    change: RunMean | None = None
    sure: bool = True


def headline(finding: CascadeFinding) -> str:
    """The finding in words."""
    base = f"the baseline ({quoted(finding.baseline)})"
    sizes = finding.losses
    if any(math.isnan(size) for size in sizes.values()):
        return f"No victimization began under {base}, so nothing can be lost on the way."
    if all(size == 0 for size in sizes.values()):
        return f"Under {base} every victimization gets as far as services: none is lost on the way."
    start = capitalised if finding.sure else "In these runs {}".format
    if len(finding.largest) == 1:
        step = finding.largest[0]
        much = f"{_of_100(sizes[step])}"
        if sizes[step] > 50:
            first = f"most victimizations, {much}, are lost {step}"
        else:
            first = f"the largest loss, {much} victimizations, comes {step}"
        return start(f"{first}{_everywhere(finding)}.{_policy(finding)}")
    steps = sorted(finding.largest, key=lambda step: -sizes[step])
    parts = listing([f"{step} ({_of_100(sizes[step])})" for step in steps])
    if len({sizes[step] for step in steps}) == 1:
        first = f"equally many victimizations are lost {parts}"
    else:
        first = f"victimizations are lost above all {parts}; which loss is larger cannot be told"
    return start(f"{first}.{_policy(finding)}")


def _of_100(share: float) -> str:
    return f"{percent(share).rstrip('%')} of 100"


def _everywhere(finding: CascadeFinding) -> str:
    """'; so it is in every kind of place', or where it is clearly another step."""
    places = [(k, found) for k, found in enumerate(finding.elsewhere) if found is not None]
    if len(places) > 1 and all(found == finding.largest for _, found in places):
        return "; so it is in every kind of place"
    others: dict[str, list[str]] = {}
    for k, found in places:
        if len(found) == 1 and found != finding.largest:
            others.setdefault(found[0], []).append(PLACES[k])
    texts = [f"in {listing(names)} {step}" for step, names in others.items()]
    return f", but {listing(texts)}" if texts else ""


def _policy(finding: CascadeFinding) -> str:
    """What the policy that averts most does to the largest loss."""
    change = finding.change
    if not finding.best or change is None or math.isnan(change.mean):
        return ""
    name = quoted(finding.best)
    loss = "that loss" if len(finding.largest) == 1 else "the first of them"
    if change.mean == 0 and change.low == change.high:
        return f" {name} leaves {loss} as it is."
    if change.covers_zero:
        return f" Whether {name} changes {loss} cannot be told."
    verb = "lowers" if change.mean < 0 else "raises"
    texts = percents(finding.before, finding.after)
    return f" {name} {verb} {loss} from {texts[0]} to {texts[1]}."


# The numbers.


def best_policy(results: ResultTables) -> ShownPolicy | None:
    """The policy on offer with the most person-years averted on average; None if there is none."""
    averted = results.metrics["averted_person_years"]
    means = [
        (estimate(averted[results.position(p)], results.future).mean, p) for p in results.ranked
    ]
    defined = [(mean, p) for mean, p in means if math.isfinite(mean)]
    return max(defined, key=lambda pair: pair[0])[1] if defined else None


def _reached(
    results: ResultTables, policy: ShownPolicy, step: Step, places: Sequence[int]
) -> FloatArray:
    """Per 100 victimizations of these places, how many get to a step; (W,)."""
    top = results.class_sum(step.column, policy)[:, places].sum(axis=1)
    bottom = results.class_sum("true_onsets", policy)[:, places].sum(axis=1)
    return 100 * ratio_values(top, bottom, results.future)


def _skipped(results: ResultTables, policy: ShownPolicy, places: Sequence[int]) -> bool:
    """Whether more are reported than seen by someone else, so that being seen is no step."""
    recognised, known = (
        estimate(_reached(results, policy, step, places), results.future).mean
        for step in STEPS[1:3]
    )
    return known > recognised


def _losses(
    results: ResultTables, policy: ShownPolicy, places: Sequence[int], skip: bool
) -> dict[str, FloatArray]:
    """What is lost before each step, per 100, (W,) each, by the words for the loss.

    skip: leave recognition out. A later step that more reach than an earlier one (services for
    youth identified before the policy years) counts for both, so no loss is negative on average.
    """
    steps = [step for step in STEPS if not (skip and step.column == "recognised")]
    values = [_reached(results, policy, step, places) for step in steps]
    means = [estimate(value, results.future).mean for value in values]
    for k in range(len(steps) - 2, -1, -1):
        if means[k + 1] > means[k]:
            values[k], means[k] = values[k + 1], means[k + 1]
    words = [UNREPORTED if skip and s.column == "known" else s.loss for s in steps[1:]]
    drops = [before - after for before, after in pairwise(values)]
    return dict(zip(words, drops, strict=True))


def _largest(results: ResultTables, losses: Mapping[str, FloatArray]) -> tuple[str, ...] | None:
    """The losses that no other clearly exceeds; None where nothing began."""
    all_of_them = {step: estimate(loss, results.future) for step, loss in losses.items()}
    if any(math.isnan(one.mean) for one in all_of_them.values()):
        return None
    most = max(one.mean for one in all_of_them.values())
    if not all(one.has_interval for one in all_of_them.values()):
        return tuple(step for step, one in all_of_them.items() if one.mean == most)
    left = contenders(losses, results.future)
    return tuple(step for step in left if all_of_them[step].mean > 0 or most == 0)


def finding_of(results: ResultTables, best: ShownPolicy | None) -> CascadeFinding:
    """What the headline says about these results."""
    base, everywhere = results.baseline, list(results.places)
    skip = _skipped(results, base, everywhere)
    losses = _losses(results, base, everywhere, skip)
    ones = {step: estimate(loss, results.future) for step, loss in losses.items()}
    means = {step: round(one.mean, 9) for step, one in ones.items()}  # exact ties stay ties
    largest = _largest(results, losses)
    if largest is None:
        return CascadeFinding(base.label, means)
    elsewhere = tuple(
        _largest(results, _losses(results, base, [k], _skipped(results, base, [k])))
        for k in results.places
    )
    by_place = dict(zip(results.places, elsewhere, strict=True))
    finding = CascadeFinding(
        base.label,
        means,
        largest,
        tuple(by_place.get(k) for k in range(len(CLASSES))),
        sure=all(one.has_interval for one in ones.values()),
    )
    if best is None:
        return finding
    step = max(largest, key=lambda words: means[words])
    theirs = _losses(results, best, everywhere, skip)[step]
    return replace(
        finding,
        best=best.label,
        before=means[step],
        after=estimate(theirs, results.future).mean,
        change=estimate(theirs - losses[step], results.future),
    )


def rows_of(results: ResultTables, policies: Sequence[ShownPolicy]) -> list[CascadeRow]:
    """Every bar: place classes where youth live, in each the policies, in each the steps."""
    rows = []
    for k in results.places:
        for policy in policies:
            skip = _skipped(results, policy, [k])
            losses = _losses(results, policy, [k], skip).values()
            means = [math.nan] * (2 if skip else 1)
            means += [estimate(loss, results.future).mean for loss in losses]
            for step, loss in zip((*STEPS, ASIDE), [*means, math.nan], strict=True):
                values = _reached(results, policy, step, [k])
                one = estimate(values, results.future)
                rows.append(
                    CascadeRow(
                        CLASSES[k],
                        policy.name,
                        policy.is_baseline,
                        step.label,
                        one.mean,
                        one.low,
                        one.high,
                        loss,
                        spread(values, results),
                        len(one.futures),
                        one.n_runs,
                    )
                )
    return rows
