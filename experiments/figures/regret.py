"""Regret, its numbers and words: how much less a policy averts than the best in each future."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.analyse.bootstrap import resampled_means
from streetlight.experiments.analyse.intervals import ALPHA
from streetlight.experiments.analyse.regret import is_noise
from streetlight.experiments.figures.estimates import estimate
from streetlight.experiments.figures.tables import ResultTables, ShownPolicy
from streetlight.experiments.figures.words import number
from streetlight.experiments.labels import pretty, quoted
from streetlight.model.arrays import BoolArray, FloatArray

UNIT = "person-years per 100,000 youth"
RESAMPLES = 2000
# Share of resamples in which the least has to stay the least, and replicates that tell so much.
CLEAR = 0.975
LEAST_REPLICATES = 4


@dataclass(frozen=True)
class RegretRow:
    """One cell: a policy in a future.

    regret: mean averted under the best policy or oracle of that future minus under this one;
    low, high: 95% interval of that paired difference over the future's replicates; within_noise:
    the policy may be as good as the best, by the rule of `experiments.analyse.regret` for all
    that might be the best (always so without an interval).
    """

    policy: str
    is_baseline: bool
    is_oracle: bool
    future: str
    regret: float
    low: float
    high: float
    within_noise: bool
    is_best: bool
    runs: int


@dataclass(frozen=True)
class Regrets:
    """Regrets laid out: (P, F) each, NaN in futures without a complete world.

    least: position of the choice with the least largest regret, None if there is none; sure: share
    of resamples of the replicates in which it has it, 0 below four replicates; replicates: the
    fewest in any future.
    """

    rows: list[RegretRow]
    regret: FloatArray
    noise: BoolArray
    least: int | None
    sure: float
    replicates: int


@dataclass(frozen=True)
class RegretFinding:
    """What the headline is made of.

    baseline: label; choices: how many policies on offer, the baseline not counted; futures: how
    many have a complete world; policy: label of the choice with the least largest regret; largest:
    that regret; where: the future it is in; clear: whether resampling leaves it the least; good:
    futures in which it is the best or within noise of it, None if a future has one replicate;
    worst: label, regret and future of the largest regret of any choice; first: in how many futures
    the policy has the best mean of the choices, oracles left out.
    """

    baseline: str
    choices: int
    futures: int
    policy: str = ""
    largest: float = math.nan
    where: str = ""
    clear: bool = False
    good: int | None = None
    worst: tuple[str, float, str] | None = None
    first: int | None = None


def headline(finding: RegretFinding) -> str:
    """The finding in words."""
    base = f"the baseline ({quoted(finding.baseline)})"
    if not finding.choices:
        return f"Nothing to regret: no policy on offer was run besides {base}."
    if not finding.futures or not finding.policy:
        return "No future has a complete run of every policy, so regret is undefined."
    if finding.worst is None or finding.worst[1] == 0:
        return "Every policy averts the same in every future: no choice is regretted."
    name = quoted(finding.policy)
    if finding.clear:
        first = f"{name} has the least largest regret of the choices compared"
    else:
        first = (
            f"Which choice has the least largest regret cannot be told; in these runs it is {name}"
        )
    where = "in the one future run" if finding.futures == 1 else f"in {quoted(finding.where)}"
    if finding.largest == 0:
        first += ", never behind the best"
    else:
        first += f": at worst {number(finding.largest)} {UNIT} behind the best policy or oracle, "
        first += where
    if finding.futures > 1 and finding.largest > 0 and finding.good is not None:
        many = finding.good or "none"
        first += f"; it is best or within noise of the best in {many} of {finding.futures} futures"
        if finding.first and finding.first > finding.good:
            first += f", and of the choices alone the best in {finding.first} of them"
    label, size, at = finding.worst
    if label == finding.policy:
        return f"{first}."
    there = "" if finding.futures == 1 else f", in {quoted(at)}"
    return f"{first}. The largest regret is that of {quoted(label)}: {number(size)}{there}."


# The numbers.


def averted_per_100k(results: ResultTables) -> FloatArray:
    """Person-years averted per 100,000 youth, (P, W); zero under the baseline."""
    youth = results.sums["youth"].sum(axis=2)
    averted = results.metrics["averted_person_years"].copy()
    base = results.position(results.baseline)
    averted[base] = np.where(results.has_run[base], 0.0, math.nan)
    per: FloatArray = np.divide(
        1e5 * averted, youth, out=np.full(youth.shape, math.nan), where=youth > 0
    )
    return per


def choices(results: ResultTables) -> tuple[ShownPolicy, ...]:
    """What can be chosen: the policies on offer and the baseline."""
    return tuple(policy for policy in results.policies if not policy.is_oracle)


def regrets_of(results: ResultTables) -> Regrets:
    """The numbers of the figure for these results; only worlds complete for all policies count."""
    values = averted_per_100k(results)
    complete: BoolArray = np.asarray(np.isfinite(values).all(axis=0))
    shape = (len(results.policies), len(results.futures))
    regret, noise = np.full(shape, math.nan), np.zeros(shape, dtype=bool)
    rows: list[RegretRow] = []
    for f in range(shape[1]):
        mine = values[:, complete & (results.future == f)]
        if mine.shape[1]:
            cells = _cells(results, results.futures[f], mine)
            regret[:, f] = [cell.regret for cell in cells]
            noise[:, f] = [cell.within_noise for cell in cells]
            rows.extend(cells)
    least, sure = _least(results, values, complete, regret)
    return Regrets(rows, regret, noise, least, sure, min((row.runs for row in rows), default=0))


def _cells(results: ResultTables, future: str, values: FloatArray) -> list[RegretRow]:
    """The cells of one future from its complete worlds, values (P, R)."""
    means = values.mean(axis=1)
    best = int(np.argmax(means))
    n, alpha = values.shape[1], ALPHA / max(len(values) - 1, 1)
    cells = []
    for p, policy in enumerate(results.policies):
        one = estimate(values[best] - values[p], np.zeros(values.shape[1], dtype=np.int64))
        regret = float(means[best] - means[p])
        error = math.nan
        if n > 1:
            error = float((values[best] - values[p]).std(ddof=1)) / math.sqrt(n)
        cells.append(
            RegretRow(
                policy.name,
                policy.is_baseline,
                policy.is_oracle,
                future,
                regret,
                one.low,
                one.high,
                regret != 0 and is_noise(regret, error, n, alpha),
                regret == 0,
                n,
            )
        )
    return cells


def _least(
    results: ResultTables, values: FloatArray, complete: BoolArray, regret: FloatArray
) -> tuple[int | None, float]:
    """Position of the choice with the least largest regret, and how often resampling agrees.

    Resamples are those of `experiments.analyse.bootstrap`, t-distributed.
    """
    offered = [results.position(policy) for policy in choices(results)]
    done = np.flatnonzero(np.isfinite(regret[offered]).all(axis=0))
    if not done.size:
        return None, 0.0
    largest = regret[np.ix_(np.array(offered), done)].max(axis=1)
    least = int(np.argmin(largest))
    worlds = [np.flatnonzero(complete & (results.future == f)) for f in done]
    if any(one.size < LEAST_REPLICATES for one in worlds):
        return offered[least], 0.0
    laid_out = np.full((len(values), len(worlds), max(one.size for one in worlds)), math.nan)
    for f, one in enumerate(worlds):
        laid_out[:, f, : one.size] = values[:, one]
    means = resampled_means(laid_out, RESAMPLES, student=True)
    again = (means.max(axis=1, keepdims=True) - means)[:, offered].max(axis=2)
    return offered[least], float(np.mean(again[:, least] <= again.min(axis=1)))


def finding_of(results: ResultTables, regrets: Regrets) -> RegretFinding:
    """What the headline says about these results."""
    done = np.flatnonzero(np.isfinite(regrets.regret).all(axis=0))
    base = results.baseline.label
    offered = len(results.ranked)
    if regrets.least is None or not offered:
        return RegretFinding(base, offered, len(done))
    mine = regrets.regret[regrets.least, done]
    at = int(np.argmax(mine))
    good = None
    if regrets.replicates > 1:
        good = int((regrets.noise[regrets.least, done] | (mine == 0)).sum())
    positions = [results.position(policy) for policy in choices(results)]
    sizes = regrets.regret[np.ix_(np.array(positions), done)]
    p, f = np.unravel_index(int(np.argmax(sizes)), sizes.shape)
    worst = results.policies[positions[int(p)]].label
    return RegretFinding(
        baseline=base,
        choices=offered,
        futures=len(done),
        policy=results.policies[regrets.least].label,
        largest=float(mine[at]),
        where=pretty(results.futures[done[at]]),
        clear=regrets.sure >= CLEAR,
        good=good,
        worst=(worst, float(sizes[p, f]), pretty(results.futures[done[int(f)]])),
        first=int((mine == sizes.min(axis=0)).sum()),
    )


def in_order(results: ResultTables, regrets: Regrets) -> tuple[list[int], list[int]]:
    """Rows and columns as drawn: choices by largest regret, then oracles; futures by the regret
    of the first row, least first."""
    done = np.flatnonzero(np.isfinite(regrets.regret).all(axis=0))

    def largest(p: int) -> float:
        return float(regrets.regret[p, done].max()) if done.size else 0.0

    def ordered(policies: Sequence[ShownPolicy]) -> list[int]:
        return sorted((results.position(policy) for policy in policies), key=largest)

    rows = ordered(choices(results)) + ordered([p for p in results.policies if p.is_oracle])
    columns = sorted(
        (int(f) for f in done),
        key=lambda f: (regrets.regret[rows[0], f], regrets.regret[rows[-1], f], f),
    )
    return rows, columns
