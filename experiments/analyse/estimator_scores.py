"""How near every estimator comes to the truth behind a simulated record.

Scores: rank agreement (Spearman) of rates with the true rate, over all places, weighted by youth,
and over places with thirty cases; share of the true top tenth found; spread of the log error, the
level taken out; share of 90% intervals that hold the truth; root mean square of the log error with
the level of a stated share. The ceiling is the rank of somebody who knows everything but each
place's frailty: effort, recording and participation of every year, and what reports are to be
expected from them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import nnls

from streetlight.experiments.analyse.estimates import ASKED, DISCLOSED, PREVALENCE
from streetlight.experiments.analyse.intervals import Estimate, estimate
from streetlight.model.arrays import FloatArray, divided, ratio
from streetlight.model.communities.region import Region
from streetlight.model.inference.by_place import every_estimate, place_counts, take
from streetlight.model.inference.class_surveys import with_surveys
from streetlight.model.inference.hidden_risk import HIDDEN_CV, RelativeRates
from streetlight.model.inference.places import PlaceCounts
from streetlight.model.inference.regression import poisson_fit
from streetlight.model.names import AGENCY_OF_CHANNEL, N_AGENCIES, N_CLASSES
from streetlight.model.outcome_equity import spearman
from streetlight.model.record.counts import CountsTable, counts_of
from streetlight.model.run.history import History
from streetlight.model.run.truth_key import truth_key
from streetlight.model.world.state import AttentionRow

#: Cases that a place must have to be among those of the score `thirty`.
ENOUGH = 30.0
#: Places with thirty cases, or in all, below which there is no rank agreement.
FEWEST_RANKED = 10
REFERENCE, CEILING, SURVEYED = "raw rates", "ceiling", "and a class survey"


class Score(NamedTuple):
    """Scores of one estimator in one world, NaN where it has none."""

    all: float = math.nan
    by_youth: float = math.nan
    thirty: float = math.nan
    top: float = math.nan
    error: float = math.nan
    coverage: float = math.nan
    with_level: float = math.nan


class Scored(NamedTuple):
    """Scores by name of estimator, and by name why one could not be used."""

    scores: dict[str, Score]
    refused: dict[str, str]


def ranks(value: FloatArray, rate: FloatArray, youth: FloatArray) -> tuple[float, float]:
    """Rank agreement of a value with the true rate, (C,) each: of places, and weighted by youth."""
    return spearman(value, rate), spearman(value, rate, youth)


def in_top(values: FloatArray, n: int) -> FloatArray:
    """Probability of each value to be among the n highest, ties in an order by lot: same shape."""
    least = np.sort(values)[-n]
    above, tied = values > least, values == least
    return np.asarray(above + tied * (n - above.sum()) / tied.sum())


def score(
    one: FloatArray | RelativeRates, rate: FloatArray, table: PlaceCounts, level: float = math.nan
) -> Score:
    """Scores of values by place (C,), or of relative rates and their intervals.

    rate (C,): the true one; level: estimated rate of the region over the true one.
    """
    relative = one if isinstance(one, RelativeRates) else None
    value = one.rate if isinstance(one, RelativeRates) else one
    ok = (table.exposure > 0.0) & (rate > 0.0) & ~np.isnan(value)
    if ok.sum() < FEWEST_RANKED:
        return Score()
    v, r, youth = value[ok], rate[ok], table.youth[ok]
    enough = table.counts[ok] >= ENOUGH
    n = max(1, len(v) // 10)
    top = in_top(v, n) @ in_top(r, n) / n
    few = ranks(v[enough], r[enough], youth[enough])[0] if enough.sum() >= FEWEST_RANKED else np.nan
    scores = Score(*ranks(v, r, youth), few, float(top))
    if not (v > 0.0).all():
        return scores
    truth = r / ((r @ youth) / youth.sum())
    off = np.log((v if relative else v / ((v @ youth) / youth.sum())) / truth)
    scores = scores._replace(error=float(off.std()))
    if level > 0.0:
        scores = scores._replace(with_level=float(np.sqrt(np.mean((off + np.log(level)) ** 2))))
    if relative is None:
        return scores
    low, high = (end[ok] for end in relative.interval())
    return scores._replace(coverage=float(((truth >= low) & (truth <= high)).mean()))


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
        slopes = poisson_fit(x, onsets, reports[:, of_agency].sum(axis=1) * 1.0, ridge=1e-3)
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
    if not some.any():
        return np.ones(len(held))
    over = held[some] / expected[some]
    x = np.column_stack([1.0 / expected[some], np.ones(some.sum())])
    weight = 1.0 / (1.0 / expected[some] + 0.1)
    off = (over - frailty[some]) ** 2
    fitted = nnls(x * weight[:, None], off * weight)[0]
    found, cv2 = np.ones(len(held)), frailty.var()
    found[some] += cv2 / (cv2 + x @ fitted) * (over - 1.0)
    return found


def with_answers(
    relative: RelativeRates, rate: FloatArray, region: Region, rng: np.random.Generator
) -> RelativeRates:
    """The rates after a survey of `ASKED` youth in each class, of whom `DISCLOSED` say so."""
    classes = region.place_class[:, None] == np.arange(N_CLASSES)
    youth = region.youth @ classes
    over = divided((rate * region.youth) @ classes, youth) / (rate @ region.youth / youth.sum())
    asked = np.where(youth > 0.0, ASKED, 0)
    said_so = rng.binomial(asked, np.minimum(PREVALENCE * DISCLOSED * over, 1.0))
    return with_surveys(
        relative, region.place_class, region.youth, asked.astype(float), said_so.astype(float)
    )


def luck_of_survey(*numbers: int) -> np.random.Generator:
    """What a survey's answers are drawn with in a world that these numbers name."""
    return np.random.default_rng(np.random.SeedSequence(numbers, spawn_key=(14,)))


def record_scores(
    history: History,
    told: Region,
    survey: np.random.Generator | None,
    hidden_cv: float = HIDDEN_CV,
    share: float = 1.0,
) -> Scored:
    """Scores of every estimator, and the ceiling, on the published record of a run.

    told: the region as estimators are told of it; survey: luck of a survey of each class of place,
    None: there is none; hidden_cv, share: stated variation of hidden risk, and of victimizations
    what share is in the counts.
    """
    counts, rate = counts_of(history.record), truth_key(history).rate.mean(axis=1)
    table = place_counts(counts.reports, told)
    onsets = rate @ history.region.youth_12_17 / history.region.youth.sum()
    level = ratio(float(table.counts.sum()), float(table.exposure.sum())) / share / onsets
    values, relative, refused = every_estimate(counts, told, hidden_cv)
    if survey is not None and "channel factors" in relative:
        known = relative["channel factors"]
        take({SURVEYED: lambda: with_answers(known, rate, told, survey)}, relative, refused)
    best = ceiling(history, counts, rate)
    found: dict[str, FloatArray | RelativeRates] = {**values, **relative, CEILING: best}
    return Scored({name: score(one, rate, table, level) for name, one in found.items()}, refused)


def difference(
    worlds: Sequence[Sequence[Mapping[str, Any]]], field: str, name: str, reference: str
) -> Estimate:
    """Mean over futures and their worlds of a difference within worlds; worlds: by future."""
    apart = [
        [getattr(row[name], field) - getattr(row[reference], field) for row in rows]
        for rows in worlds
    ]
    return estimate(np.array(apart))
