"""How well estimators tell victimization from records, in worlds that break their assumptions.

    python -m studies.estimators --worlds 8 --years 6

One assumption is broken at a time. Scores: rank agreement (Spearman) of rates with the true rate,
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
from scipy.stats import rankdata

from streetlight.experiments.analyse.estimates import (
    ASKED,
    DISCLOSED,
    PREVALENCE,
    channel_groups,
    place_counts,
)
from streetlight.experiments.analyse.likeness import run_world
from streetlight.model.arrays import FloatArray
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
from streetlight.model.world.state import AttentionRow

#: Worlds, and what each breaks.
KINDS: Mapping[str, Mapping[str, Any]] = {
    "mixed (default)": {},
    "even": {"attention.reading": "even"},
    "recording": {"attention.reading": "recording"},
    "effort": {"attention.reading": "effort"},
    "attention follows truth": {"attention.with_truth": 0.5},
    "attention avoids truth": {"attention.with_truth": -0.5},
    "hidden rural need": {"incidence.place_ratio": (1.0, 1.0, 1.1, 2.0)},
    "frailty 0.6": {"incidence.frailty_cv": 0.6},
    "attention follows people": {"attention.with_population": 0.5},
    "attention avoids poverty": {"attention.with_poverty": -0.5},
    "visibility differs": {"encounter.visibility_cv": 1.0},
}
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
    """Correlation of weighted mid-ranks."""

    def rank(values: FloatArray) -> FloatArray:
        order = np.argsort(values, kind="stable")
        up = np.empty(len(values))
        up[order] = np.cumsum(weight[order]) - weight[order] / 2.0
        return up - np.average(up, weights=weight)

    a, b = rank(x), rank(y)
    return float((weight @ (a * b)) / np.sqrt((weight @ a**2) * (weight @ b**2)))


def score(value: FloatArray, rate: FloatArray, table: PlaceCounts, relative: Any = None) -> Score:
    """Scores of a value by place (C,), and of its intervals where it has some."""
    ok = (table.youth > 0.0) & (rate > 0.0) & ~np.isnan(value)
    v, r, youth = value[ok], rate[ok], table.youth[ok]
    ones, enough = np.ones(len(v)), table.counts[ok] >= ENOUGH
    n = max(1, len(v) // 10)
    top = np.isin(np.argsort(-v)[:n], np.argsort(-r)[:n]).mean()
    everywhere, by_youth = (weighted_spearman(rankdata(v), r, w) for w in (ones, youth))
    few = weighted_spearman(v[enough], r[enough], ones[enough]) if enough.sum() > 9 else np.nan
    if relative is None:
        return Score(everywhere, by_youth, few, float(top))
    truth = r / ((r @ youth) / youth.sum())
    low, high = (end[ok] for end in relative.interval())
    off = np.log(relative.rate[ok] / truth)
    inside = float(((truth >= low) & (truth <= high)).mean())
    return Score(everywhere, by_youth, few, float(top), float(off.std()), inside)


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
    mean = (rate * region.youth) @ classes / (region.youth @ classes)
    over = mean / ((rate @ region.youth) / region.youth.sum())
    said_so = rng.binomial(ASKED, np.minimum(PREVALENCE * DISCLOSED * over, 1.0)).astype(float)
    asked = np.full(N_CLASSES, float(ASKED))
    return with_surveys(relative, region.place_class, region.youth, asked, said_so)


def world_scores(kind: str, replicate: int, years: int, region: Region) -> dict[str, Score]:
    """Scores of every estimator, and the ceiling, in one world."""
    run = run_world(Parameters().with_values(dict(KINDS[kind])), region, FIRST + replicate, years)
    history = run.history()
    counts = counts_of(history.record)
    rate = truth_key(history).rate.mean(axis=1)
    table = place_counts(counts.reports, region)
    found = {}
    for name, one in estimators(counts, region).items():
        relative = one if isinstance(one, RelativeRates) else None
        found[name] = score(one.rate if relative else one, rate, table, relative)
        if name == "channel factors":
            asked = with_answers(one, rate, region, replicate)
            found["and a class survey"] = score(asked.rate, rate, table, asked)
    found["ceiling"] = score(ceiling(history, counts, rate), rate, table)
    return found


def main(arguments: Sequence[str]) -> None:
    """Print a table for each kind of world: means over worlds, and half-widths of the ranks."""
    parser = argparse.ArgumentParser(prog="python -m studies.estimators", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--worlds", type=int, default=8, help="of each kind")
    parser.add_argument("--years", type=int, default=6, help="of the record")
    parser.add_argument("--kinds", nargs="*", default=[*KINDS], help="which worlds")
    parser.add_argument("--states", nargs="*", help="counties of these alone")
    given = parser.parse_args(arguments)
    region = Region.us_counties()
    if given.states:
        region = region.select(states=given.states)
    for kind in given.kinds:
        rows = [world_scores(kind, w, given.years, region) for w in range(given.worlds)]
        print_kind(kind, rows)


def print_kind(kind: str, rows: list[dict[str, Score]], say: Callable[[str], None] = print) -> None:
    """A row an estimator: means, and the paired difference of rank from raw rates."""
    say(f"\n{kind}, {len(rows)} worlds")
    say(f"{'':<18}" + "".join(f"{name:>10}" for name in Score._fields) + "   rank over raw rates")
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        over = values[:, 0] - np.array([row["raw rates"].all for row in rows])
        half = 2.0 * over.std(ddof=1) / len(over) ** 0.5 if len(over) > 1 else np.nan
        told = "".join(f"{v:>10.3f}" if np.isfinite(v) else f"{'-':>10}" for v in values.mean(0))
        say(f"{name:<18}{told}   {over.mean():+.3f} ({half:.3f})")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
