"""Money and reports, their numbers and words: does one follow the other, by kind of place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.figures.estimates import RunMean, estimate, ratio_values
from streetlight.experiments.figures.groups import on_grid
from streetlight.experiments.figures.left_behind_words import under
from streetlight.experiments.figures.spread import Spread, spread
from streetlight.experiments.figures.tables import (
    BURN_IN_MONTHS,
    N_PLACES,
    ResultTables,
    ShownPolicy,
    coded,
    floats,
    place_codes,
    run_batches,
)
from streetlight.experiments.figures.words import listing
from streetlight.experiments.labels import quoted
from streetlight.model.arrays import FloatArray, IntArray
from streetlight.model.names import CLASSES

SERIES, LEVERS, COMMUNITIES = "series.parquet", "levers.parquet", "communities.parquet"
SERIES_COLUMNS = ("month", "place_class", "published")
LEVER_COLUMNS = ("year", "community", "spent")
BURN_IN_YEARS = BURN_IN_MONTHS // 12
LEVEL = 0.95


@dataclass(frozen=True)
class MoneyRow:
    """Shares of one place class in one policy year under one policy, per 100.

    reports: of published reports in that year; reports_baseline: the same under the baseline in the
    same worlds; money: of dollars spent; low, high: 95% Monte-Carlo intervals; follows: of the
    policy over all years and places, by how many points the share of money changes when the share
    of reports of the year before changes by one; answers: by how many points the share of reports
    lies above the baseline's for each point of money beyond the share of reports before the
    policies start; reports_future, money_future: how these shares spread over futures.
    """

    policy: str
    is_oracle: bool
    year: int
    place_class: str
    reports: float
    reports_low: float
    reports_high: float
    reports_baseline: float
    money: float
    money_low: float
    money_high: float
    follows: float
    follows_low: float
    follows_high: float
    answers: float
    answers_low: float
    answers_high: float
    reports_future: Spread
    money_future: Spread
    futures: int
    runs: int


@dataclass(frozen=True)
class MoneyFinding:
    """What the headline is made of.

    baseline: label; offered: how many policies are on offer; paid, reported: whether any money is
    spent, any report published; places: how many kinds of place there are; follow, against: labels
    of the policies whose money clearly follows last year's reports, or runs against them; answer,
    shun: those where reports clearly follow money, or go where it is not.
    """

    baseline: str
    offered: int
    paid: bool
    reported: bool
    places: int
    follow: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    shun: tuple[str, ...] = ()


def headline(finding: MoneyFinding) -> str:
    """The finding in words."""
    base = f"the baseline ({quoted(finding.baseline)})"
    if not finding.offered:
        return f"No money to follow: no policy on offer was run besides {base}."
    if not finding.paid:
        return "No policy on offer spends money in these runs."
    if not finding.reported:
        return "No report is published in these runs, so money cannot follow reports."
    if finding.places < 2:
        return "All youth live in one kind of place, so no share of money or reports can move."
    n = finding.offered
    first = [
        f"{words} under {under(labels, n)}"
        for words, labels in (
            ("follows last year's reports", finding.follow),
            ("runs against them" if finding.follow else "runs against last year's reports",
             finding.against),
        )
        if labels
    ]  # fmt: skip
    second = [
        f"{words} under {under(labels, n)}"
        for words, labels in (
            ("follow money", finding.answer),
            ("go where it is not" if finding.answer else "go where money is not", finding.shun),
        )
        if labels
    ]
    money = f"Money {listing(first)}" if first else "That money follows reports cannot be told"
    if not second:
        return f"{money}; that reports follow money cannot be told."
    return f"{money}; reports {listing(second)}."


# The numbers.


@dataclass(frozen=True)
class MoneyAndReports:
    """All that is drawn.

    money: share of dollars, (P, W, Y, 4), NaN where none is spent; reports: share of published
    reports, (P, W, 3 + Y, 4), the burn-in's three years first; follows, answers: (P,) each.
    """

    results: ResultTables
    money: FloatArray
    reports: FloatArray
    follows: tuple[RunMean, ...]
    answers: tuple[RunMean, ...]
    rows: list[MoneyRow]
    finding: MoneyFinding


def money_and_reports_of(results: ResultTables) -> MoneyAndReports:
    """The numbers of the figure for these results."""
    n_years = results.years or 0
    reported = _reports(results, n_years)
    spent = _money(results, n_years)
    money, reports = _shares(spent), _shares(reported)
    base = results.position(results.baseline)
    followed = [_follow_values(results, money[p], reports[p]) for p in range(len(money))]
    answered = [
        _answer_values(results, money[p], reports[p], reports[base]) for p in range(len(money))
    ]
    follows = tuple(estimate(values, results.future) for values in followed)
    answers = tuple(estimate(values, results.future) for values in answered)
    offered = [results.position(policy) for policy in results.ranked]

    def clear(values: Sequence[FloatArray], sign: float) -> tuple[str, ...]:
        level = 1 - (1 - LEVEL) / max(2 * len(offered), 1)
        return tuple(
            results.policies[p].label
            for p in offered
            if estimate(sign * values[p], results.future, level).low > 0
        )

    finding = MoneyFinding(
        baseline=results.baseline.label,
        offered=len(offered),
        paid=bool(np.nansum(spent[offered]) > 0) if offered else False,
        reported=bool(np.nansum(reported) > 0),
        places=len(results.places),
        follow=clear(followed, 1.0),
        against=clear(followed, -1.0),
        answer=clear(answered, 1.0),
        shun=clear(answered, -1.0),
    )
    rows = [
        _row(results, policy, (year, k), (money, reports), (follows, answers))
        for policy in results.policies
        for year in range(n_years)
        for k in results.places
    ]
    return MoneyAndReports(results, money, reports, follows, answers, rows, finding)


def _reports(results: ResultTables, n_years: int) -> FloatArray:
    """Published reports by year and place class, (P, W, 3 + Y, 4), NaN where there was no run."""
    shape = (*results.has_run.shape, BURN_IN_YEARS + n_years, N_PLACES)
    sums = np.zeros(math.prod(shape))
    for policy, world, batch in run_batches(results, SERIES, SERIES_COLUMNS):
        year = floats(batch["month"]).astype(np.int64) // 12
        run = policy * shape[1] + world
        cell = (run * shape[2] + year) * N_PLACES + place_codes(batch["place_class"])
        sums += np.bincount(cell, on_grid(floats(batch["published"])), sums.size)
    laid_out = sums.reshape(shape)
    laid_out[~results.has_run] = math.nan
    return laid_out


def _money(results: ResultTables, n_years: int) -> FloatArray:
    """Dollars spent by policy year and place class, (P, W, Y, 4), NaN where there was no run."""
    place_of = _place_of_community(results)
    shape = (*results.has_run.shape, n_years, N_PLACES)
    sums = np.zeros(math.prod(shape))
    for policy, world, batch in run_batches(results, LEVERS, LEVER_COLUMNS):
        year = floats(batch["year"]).astype(np.int64)
        names, codes = coded(batch["community"])
        place: IntArray = np.array([place_of[name] for name in names], dtype=np.int64)[codes]
        cell = ((policy * shape[1] + world) * shape[2] + year) * N_PLACES + place
        sums += np.bincount(cell, on_grid(floats(batch["spent"])), sums.size)
    laid_out = sums.reshape(shape)
    laid_out[~results.has_run] = math.nan
    return laid_out


def _place_of_community(results: ResultTables) -> dict[str, int]:
    """Place class of each community, used to add up money and then thrown away."""
    place_of: dict[str, int] = {}
    for _, _, batch in run_batches(results, COMMUNITIES, ("community", "place_class")):
        names, codes = coded(batch["community"])
        if all(name in place_of for name in names):
            continue
        places = place_codes(batch["place_class"])
        first = np.unique(codes, return_index=True)[1]
        place_of.update((names[int(codes[k])], int(places[k])) for k in first)
    return place_of


def _shares(amounts: FloatArray) -> FloatArray:
    """Shares per 100 over the last axis; NaN where the whole is nothing."""
    whole = amounts.sum(axis=-1, keepdims=True)
    shares: FloatArray = np.divide(
        100 * amounts, whole, out=np.full(amounts.shape, math.nan), where=whole > 0
    )
    return shares


def _follow_values(results: ResultTables, money: FloatArray, reports: FloatArray) -> FloatArray:
    """Slope of changes of the share of money on those of reports a year before, (W,)."""
    moved = np.diff(money, axis=1)
    before = reports[:, BURN_IN_YEARS - 1 : BURN_IN_YEARS - 1 + money.shape[1]]
    changed = np.diff(before, axis=1)
    return _slope_values(results, moved, changed)


def _answer_values(
    results: ResultTables, money: FloatArray, reports: FloatArray, baseline: FloatArray
) -> FloatArray:
    """Slope of the share of reports, against the baseline's, on money beyond reports, (W,)."""
    start = baseline[:, :BURN_IN_YEARS].mean(axis=1)
    # Money of the first year has had no time: years from the second on, averaged.
    gained = (reports - baseline)[:, BURN_IN_YEARS + 1 :]
    if gained.shape[1] == 0:
        return np.full(len(money), math.nan)
    beyond = money.mean(axis=1) - start
    return _slope_values(results, gained.mean(axis=1), beyond)


def _slope_values(results: ResultTables, moved: FloatArray, by: FloatArray) -> FloatArray:
    """Sum of products over sum of squares, a ratio of sums in each future; see `ratio_values`."""
    axes = tuple(range(1, moved.ndim))
    return ratio_values((moved * by).sum(axis=axes), (by**2).sum(axis=axes), results.future)


def _row(
    results: ResultTables,
    policy: ShownPolicy,
    at: tuple[int, int],
    shares: tuple[FloatArray, FloatArray],
    slopes: tuple[Sequence[RunMean], Sequence[RunMean]],
) -> MoneyRow:
    (year, place), (money, reports), (follows, answers) = at, shares, slopes
    p, base = results.position(policy), results.position(results.baseline)
    reported = reports[p, :, BURN_IN_YEARS + year, place]
    mine = estimate(reported, results.future)
    theirs = estimate(reports[base, :, BURN_IN_YEARS + year, place], results.future)
    paid = estimate(money[p, :, year, place], results.future)
    return MoneyRow(
        policy.name,
        policy.is_oracle,
        year,
        CLASSES[place],
        *(mine.mean, mine.low, mine.high),
        theirs.mean,
        *(paid.mean, paid.low, paid.high),
        *(follows[p].mean, follows[p].low, follows[p].high),
        *(answers[p].mean, answers[p].low, answers[p].high),
        spread(reported, results),
        spread(money[p, :, year, place], results),
        len(mine.futures),
        mine.n_runs,
    )
