"""How well estimators tell victimization from records, in worlds that break their assumptions.

    python -m studies.estimators --worlds 8 --years 6

One assumption is broken at a time. Methods know the region as agencies do, with the census's error
of poverty. Scores: rank agreement (Spearman) of rates with the true rate,
over all places, weighted by youth, and over places with thirty cases; share of the true top tenth
found; spread of the log error, the level taken out; share of 90% intervals that hold the truth.
The ceiling is the rank of somebody who knows everything but each place's frailty: effort, recording
and participation of every year, and what reports are to be expected from them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import nnls

from streetlight.experiments.analyse.estimates import (
    ASKED,
    DISCLOSED,
    PREVALENCE,
    channel_groups,
    place_counts,
)
from streetlight.experiments.analyse.intervals import estimate
from streetlight.experiments.analyse.likeness import run_world
from streetlight.model.arrays import FloatArray, divided, locked, ratio
from streetlight.model.communities.region import Region
from streetlight.model.inference.channel_factors import channel_factors
from streetlight.model.inference.class_surveys import with_surveys
from streetlight.model.inference.design import PoolingDesign
from streetlight.model.inference.empirical_bayes import empirical_bayes
from streetlight.model.inference.hidden_risk import RelativeRates, relative_rates
from streetlight.model.inference.places import PlaceCounts, relative_of
from streetlight.model.inference.poisson_logistic import (
    SHARE,
    PoissonLogistic,
    poisson_logistic,
)
from streetlight.model.inference.regression import poisson_fit
from streetlight.model.names import AGENCY_OF_CHANNEL, CLASSES, N_AGENCIES, N_CLASSES
from streetlight.model.parameters import Parameters
from streetlight.model.record.counts import CountsTable, counts_of
from streetlight.model.run.history import History
from streetlight.model.run.truth_key import truth_key
from streetlight.model.world.begin import World
from streetlight.model.world.census import as_agencies_see
from streetlight.model.world.state import AttentionRow


class WorldKind(NamedTuple):
    """A kind of world. values: of its parameters; untold: a column that methods are not told."""

    values: dict[str, Any]
    untold: str = ""


#: Kinds of world, and what each breaks.
KINDS: Mapping[str, WorldKind] = {
    "mixed (default)": WorldKind({}),
    "even": WorldKind({"attention.reading": "even"}),
    "recording": WorldKind({"attention.reading": "recording"}),
    "effort": WorldKind({"attention.reading": "effort"}),
    "attention follows truth": WorldKind({"attention.with_truth": 0.5}),
    "attention avoids truth": WorldKind({"attention.with_truth": -0.5}),
    "hidden rural need": WorldKind({"incidence.place_ratio": (1.0, 1.0, 1.1, 2.0)}),
    "frailty 0.6": WorldKind({"incidence.frailty_cv": 0.6}),
    "attention follows people": WorldKind({"attention.with_population": 0.5}),
    "attention avoids poverty": WorldKind({"attention.with_poverty": -0.5}),
    "visibility differs": WorldKind({"encounter.visibility_cv": 1.0}),
    "silent agencies": WorldKind({"recording.never": (0.3, 0.3)}),
    "poverty untold": WorldKind({}, "poverty_share"),
    "class untold": WorldKind({}, "place_class"),
}
#: The region: 738 counties.
STATES = ("MN", "WI", "IA", "IL", "IN", "MI", "OH", "MO")
#: The first replicate; the command draws others.
FIRST = 2000
ENOUGH = 30.0


class Score(NamedTuple):
    """Scores of one estimator in one world."""

    all: float
    by_youth: float
    thirty: float
    top: float
    error: float = float("nan")
    coverage: float = float("nan")


def weighted_spearman(x: FloatArray, y: FloatArray, weight: FloatArray) -> float:
    """Correlation of weighted mid-ranks; NaN where one of the two is the same everywhere.

    >>> x, y = np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])
    >>> round(weighted_spearman(x, y, np.ones(3)), 3)
    0.866
    """

    def rank(values: FloatArray) -> FloatArray:
        at = np.unique(values, return_inverse=True)[1]
        of_tie = np.bincount(at, weight)
        middle = (np.cumsum(of_tie) - of_tie / 2.0)[at]
        return np.asarray(middle - np.average(middle, weights=weight))

    a, b = rank(x), rank(y)
    return ratio(float(weight @ (a * b)), float(np.sqrt((weight @ a**2) * (weight @ b**2))))


def ranks(value: FloatArray, rate: FloatArray, youth: FloatArray) -> tuple[float, float]:
    """Rank agreement of a value with the true rate, (C,) each: of places, and weighted by youth."""
    return weighted_spearman(value, rate, np.ones(len(value))), weighted_spearman(
        value, rate, youth
    )


def score(value: FloatArray, rate: FloatArray, table: PlaceCounts, relative: Any = None) -> Score:
    """Scores of a value by place (C,), and of its intervals where it has some."""
    ok = (table.youth > 0.0) & (rate > 0.0) & ~np.isnan(value)
    v, r, youth = value[ok], rate[ok], table.youth[ok]
    enough = table.counts[ok] >= ENOUGH
    n = max(1, len(v) // 10)
    top = np.isin(np.argsort(-v)[:n], np.argsort(-r)[:n]).mean()
    few = ranks(v[enough], r[enough], youth[enough])[0] if enough.sum() > 9 else np.nan
    scores = Score(*ranks(v, r, youth), few, float(top))
    if relative is None:
        return scores
    truth = r / ((r @ youth) / youth.sum())
    low, high = (end[ok] for end in relative.interval())
    off = np.log(relative.rate[ok] / truth)
    inside = float(((truth >= low) & (truth <= high)).mean())
    return scores._replace(error=float(off.std()), coverage=inside)


def as_told(world: World, kind: WorldKind) -> Region:
    """The region as methods know it: by the census, without what the kind keeps from them."""
    region = as_agencies_see(world.parameters, world.region, world.state.world)
    if not kind.untold:
        return region
    column = getattr(region, kind.untold)
    alike: dict[str, Any] = {kind.untold: locked(np.full_like(column, column.mean()))}
    return replace(region, **alike)


def reporting_fit(table: PlaceCounts, share: float) -> tuple[PoolingDesign, PoissonLogistic]:
    """Poisson-logistic with poverty on the side of truth and classes on that of reporting."""
    one_class = replace(table, place_class=np.zeros_like(table.place_class)).design
    present = [k for k in range(N_CLASSES) if (table.place_class == k).any()][1:]
    reporting = (table.place_class[:, None] == np.array(present, int)).astype(float)
    names = tuple(CLASSES[k] for k in present)
    return one_class, poisson_logistic(
        table.counts, table.exposure, one_class, reporting, names, share=share
    )


def estimators(counts: CountsTable, region: Region) -> dict[str, Any]:
    """A value by place, or relative rates, of every estimator."""
    table = place_counts(counts.reports, region)
    fit = empirical_bayes(table.counts, table.exposure, table.design)
    truth, logistic = reporting_fit(table, SHARE)
    of_logistic = relative_rates(
        table.counts, logistic.usual * table.exposure, logistic.spread, truth, logistic.peak,
        table.youth,
    )  # fmt: skip
    groups, exposure = channel_groups(counts, region)
    factors = channel_factors(
        groups, exposure, region.place_class, region.poverty_share, region.youth
    )
    raw = table.counts / np.where(table.exposure > 0.0, table.exposure, np.nan)
    return {
        "counts": table.counts, "raw rates": raw,
        "poverty alone": 1.0 + 2.0 * region.poverty_share, "empirical Bayes": fit.rate,
        "hidden risk": relative_of(table, fit), "Poisson-logistic": of_logistic,
        "channel factors": factors.relative,
    }  # fmt: skip


def ceiling(history: History, counts: CountsTable, rate: FloatArray) -> FloatArray:
    """Rate given the counts, all but frailty known.

    What is expected of each agency's reports, before they enter the books, comes from a regression
    on true onsets, class, population and effort over all places of the world.
    """
    region, world = history.region, history.world.state
    n = counts.reports.shape[1]
    attention = np.asarray(world.attention)[-n:]
    effort = np.maximum(attention[:, AttentionRow.EFFORT], 1e-3)
    share = attention[:, AttentionRow.RECORDED :]
    by_month = history.record.counts.referrals[-12 * n :]
    reports = by_month.reshape(n, 12, *by_month.shape[1:]).sum(axis=(0, 1))
    frailty = np.asarray(world.communities["frailty"])
    onsets = rate * region.youth_12_17
    log_effort, middle = np.log(effort), np.log(effort.mean(axis=0))
    size = np.log(np.maximum(region.population, 1.0))
    classes = (region.place_class[:, None] == np.arange(1, 4)).astype(float)
    x = np.column_stack([np.ones(len(size)), classes, size - size.mean(), middle, middle**2])
    expected = np.zeros(len(size))
    for agency in range(N_AGENCIES):
        of_agency = [k for k, a in enumerate(AGENCY_OF_CHANNEL) if a == agency]
        slopes, _ = poisson_fit(x, onsets, reports[:, of_agency].sum(axis=1) * 1.0, ridge=1e-3)
        moved = (log_effort - middle) * slopes[-2] + (log_effort**2 - middle**2) * slopes[-1]
        mean = onsets / frailty * np.exp(x @ slopes) / n
        expected += (
            mean * np.exp(moved) * share[:, agency] * history.record.takes_part.T[-n:]
        ).sum(axis=0)
    held = np.nansum(counts.reports, axis=1)
    return np.asarray(rate / frailty * credible(held, expected, frailty))


def credible(held: FloatArray, expected: FloatArray, frailty: FloatArray) -> FloatArray:
    """Frailty (C,) by the best linear estimate from counts over what is expected at frailty 1.

    The variance of the ratio, a / expected + b, is fitted where frailty is known: youth who are
    reported several times, and what the regression misses, are in it.
    """
    some = expected > 0.1
    ratio = held[some] / expected[some]
    x = np.column_stack([1.0 / expected[some], np.ones(some.sum())])
    weight = 1.0 / (1.0 / expected[some] + 0.1)
    off = (ratio - frailty[some]) ** 2
    fitted = nnls(x * weight[:, None], off * weight)[0]
    found, cv2 = np.ones(len(held)), frailty.var()
    found[some] += cv2 / (cv2 + x @ fitted) * (ratio - 1.0)
    return found


def with_answers(
    relative: RelativeRates, rate: FloatArray, region: Region, replicate: int
) -> RelativeRates:
    """The rates after a survey of `ASKED` youth in each class, of whom `DISCLOSED` say so."""
    rng = np.random.default_rng(np.random.SeedSequence(replicate, spawn_key=(14,)))
    classes = region.place_class[:, None] == np.arange(N_CLASSES)
    youth = region.youth @ classes
    over = divided((rate * region.youth) @ classes, youth) / (rate @ region.youth / youth.sum())
    asked = np.where(youth > 0.0, ASKED, 0)
    said_so = rng.binomial(asked, np.minimum(PREVALENCE * DISCLOSED * over, 1.0))
    return with_surveys(
        relative, region.place_class, region.youth, asked.astype(float), said_so.astype(float)
    )


def world_scores(name: str, replicate: int, years: int, region: Region) -> dict[str, Score]:
    """Scores of every estimator, and the ceiling, in one world."""
    kind = KINDS[name]
    run = run_world(Parameters().with_values(kind.values), region, FIRST + replicate, years)
    history, told = run.history(), as_told(run.world, kind)
    counts = counts_of(history.record)
    rate = truth_key(history).rate.mean(axis=1)
    table = place_counts(counts.reports, told)
    found = {}
    for method, one in estimators(counts, told).items():
        relative = one if isinstance(one, RelativeRates) else None
        found[method] = score(one.rate if relative else one, rate, table, relative)
        if method == "channel factors" and kind.untold != "place_class":
            asked = with_answers(one, rate, told, replicate)
            found["and a class survey"] = score(asked.rate, rate, table, asked)
    found["ceiling"] = score(ceiling(history, counts, rate), rate, table)
    return found


def arguments_of(program: str, text: str | None) -> argparse.ArgumentParser:
    """What all studies of these worlds are told."""
    parser = argparse.ArgumentParser(prog=f"python -m studies.{program}", description=text)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--worlds", type=int, default=8, help="of each kind")
    parser.add_argument("--years", type=int, default=6, help="of the record")
    parser.add_argument("--states", nargs="*", default=STATES, help="whose counties; none: all")
    return parser


def counties(states: Sequence[str]) -> Region:
    """The counties of these states, or all."""
    region = Region.us_counties()
    return region.select(states=list(states)) if states else region


def main(arguments: Sequence[str]) -> None:
    """Print a table for each kind of world: means over worlds, and half-widths of the ranks."""
    parser = arguments_of("estimators", __doc__)
    parser.add_argument("--kinds", nargs="*", default=[*KINDS], help="which worlds")
    given = parser.parse_args(arguments)
    region = counties(given.states)
    for kind in given.kinds:
        rows = [world_scores(kind, w, given.years, region) for w in range(given.worlds)]
        print_kind(kind, rows, {"all": "raw rates"})


def print_kind(
    kind: str,
    rows: Sequence[Mapping[str, Any]],
    over: Mapping[str, str],
    say: Callable[[str], None] = print,
) -> None:
    """A line for each name of the rows: means over worlds, and paired differences.

    rows: of each world, by name a NamedTuple of scores; over: by field, the name from which the
    difference is taken, with the half-width of its 95% interval.
    """
    fields = next(iter(rows[0].values()))._fields
    ends = "".join(f"   {field} over {name}" for field, name in over.items())
    say(f"\n{kind}, {len(rows)} worlds")
    wide = max(map(len, rows[0]))
    say(" " * wide + "".join(f"{field:>12}" for field in fields) + ends)
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        told = "".join(f"{v:>12.4g}" if np.isfinite(v) else f"{'-':>12}" for v in values.mean(0))
        for field, reference in over.items():
            mean, half = paired(rows, field, name, reference)
            told += f"   {mean:+.4g} ({half:.3g})"
        say(f"{name:<{wide}}{told}")
    sys.stdout.flush()


def paired(
    rows: Sequence[Mapping[str, Any]], field: str, name: str, reference: str
) -> tuple[float, float]:
    """Mean over worlds of a difference within worlds, and the half-width of its 95% interval."""
    apart = [getattr(row[name], field) - getattr(row[reference], field) for row in rows]
    found = estimate(np.array([apart]))
    return found.mean, (found.high - found.low) / 2.0


if __name__ == "__main__":
    main(sys.argv[1:])
