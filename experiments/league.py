"""Tables of a league: `python -m experiments.league RESULTS [--metric NAME] [--pair A B ...]`.

Printed as Markdown, as docs/league.md has them.  All differences are paired within worlds;
intervals are 95% Monte-Carlo intervals, given the futures: each future's replicates say how sure
its own mean is, and futures count alike.  Regret, in each future, is what a policy's mean falls
short of the best mean of all policies and references; the largest of them, and ranks, are of means
that have Monte-Carlo error, so that they err upwards and apart.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from experiments.analysis import read_values
from experiments.metrics import METRICS
from experiments.store import read_manifest
from model.errors import InputError, did_you_mean

FloatArray = NDArray[np.float64]

CONFIDENCE = 0.95
METRIC, EQUITY = "averted_person_years", "worst_class_identified_share"


@dataclass(frozen=True, eq=False)
class League:
    """Differences (P, F, R) of a metric to the baseline: policies, futures, complete replicates.

    references: names of the policies that are lines to compare with; sign: 1 where more is better
    and -1 where less is.
    """

    policies: tuple[str, ...]
    futures: tuple[str, ...]
    values: FloatArray
    references: frozenset[str]
    sign: int = 1

    @classmethod
    def read(cls, folder: Path, metric: str) -> League:
        """Differences to the baseline of a results folder; only complete worlds are used.

        InputError when there are no results or no such metric.
        """
        manifest = read_manifest(folder)
        if manifest is None:
            raise InputError(f"{folder}: holds no results (no manifest.json)")
        config = manifest["config"]
        names, futures = list(config["policies"]), list(config["futures"])
        found, _ = read_values(folder, [metric], names, futures, config["replications"])
        base = names.index(config["baseline"])
        values = np.delete(found[metric] - found[metric][base], base, axis=0)
        del names[base]
        whole = np.isfinite(values).all(axis=(0, 1))
        if not whole.any():
            raise InputError(f"{folder}: no replicate of {metric} is complete in every world")
        references = frozenset(n for n in names if config["policies"][n]["uses_oracle"])
        sign = -1 if METRICS[metric].direction == "less" else 1
        return cls(tuple(names), tuple(futures), values[:, :, whole], references, sign)

    def of(self, policy: str) -> FloatArray:
        """Values (F, R) of one policy."""
        return np.asarray(self.values[self.policies.index(policy)])

    @property
    def means(self) -> FloatArray:
        """Means over replicates (P, F)."""
        return np.asarray(self.values.mean(axis=2))

    @property
    def regret(self) -> FloatArray:
        """What each policy falls short of the best of its future (P, F), 0 or more."""
        good = self.sign * self.means
        return np.asarray(good.max(axis=0) - good)

    @property
    def order(self) -> list[int]:
        """Policies from the best to the worst, by the mean over futures."""
        return [int(i) for i in np.argsort(-self.sign * self.means.mean(axis=1), kind="stable")]


def interval(values: FloatArray, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Mean over futures of (F, R) values or differences, and its Monte-Carlo half-width.

    Futures count alike and are not sampled; degrees of freedom by Welch and Satterthwaite.
    """
    n_futures, n = values.shape
    mean = float(values.mean())
    if n < 2:
        return mean, float("nan")
    variance = values.var(axis=1, ddof=1) / n / n_futures**2
    total = float(variance.sum())
    if total == 0.0:
        return mean, 0.0
    freedom = total**2 / float((variance**2 / (n - 1)).sum())
    return mean, float(stats.t.ppf(0.5 + confidence / 2, freedom)) * total**0.5


def flips(difference: FloatArray) -> tuple[int, int]:
    """Futures in which (F, R) differences are surely above and surely below 0.

    Sure of all futures at once: with no difference anywhere, 95% of leagues have none (Bonferroni).
    """
    confidence = 1.0 - (1.0 - CONFIDENCE) / len(difference)
    sure = [interval(one[None], confidence) for one in difference]
    return (
        sum(mean - half > 0.0 for mean, half in sure),
        sum(mean + half < 0.0 for mean, half in sure),
    )


def shown(value: float) -> str:
    """A number to the whole where it is large, else to three digits."""
    return f"{value:,.0f}" if abs(value) >= 100.0 or value == 0.0 else f"{value:.3g}"


def in_words(mean: float, half: float) -> str:
    """A difference with its interval."""
    return f"{shown(mean)} [{shown(mean - half)}, {shown(mean + half)}]"


def summary(league: League, equity: League) -> list[str]:
    """A row a policy: mean over futures, worst-off class, largest regret; by the mean."""
    lines = ["| policy | mean over futures | worst-off class | largest regret | ranks |",
             "| --- | --- | --- | --- | --- |"]  # fmt: skip
    ranked = [p for p in league.policies if p not in league.references]
    rows = [league.policies.index(p) for p in ranked]
    ranks = np.argsort(np.argsort(league.regret[rows], axis=0), axis=0) + 1
    for i in league.order:
        name = league.policies[i]
        worst = 100.0 * float(equity.of(name).mean())
        place = "reference"
        if name in ranked:
            own = ranks[ranked.index(name)]
            place = f"{own.min()}-{own.max()}"
        lines.append(
            f"| {name} | {in_words(*interval(league.of(name)))} | {worst:+.2f} pp | "
            f"{shown(league.regret[i].max())} | {place} |"
        )
    return lines


def by_future(league: League) -> list[str]:
    """A row a policy: mean of every future, and the median half-width of its interval."""
    lines = ["| policy | " + " | ".join(league.futures) + " | half-width |",
             "| --- " * (len(league.futures) + 2) + "|"]  # fmt: skip
    for i in league.order:
        halves = [interval(one[None])[1] for one in league.values[i]]
        cells = " | ".join(map(shown, league.means[i]))
        lines.append(f"| {league.policies[i]} | {cells} | {shown(float(np.median(halves)))} |")
    return lines


def pair(league: League, one: str, other: str) -> list[str]:
    """What one policy has over another: in all, by future, and in how many futures surely."""
    difference = league.of(one) - league.of(other)
    up, down = flips(difference)
    lines = [f"{one} - {other}: {in_words(*interval(difference))}; surely more in {up} and surely "
             f"less in {down} of {len(difference)} futures"]  # fmt: skip
    for future, row in zip(league.futures, difference, strict=True):
        lines.append(f"  {future}: {in_words(*interval(row[None]))}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables of a results folder."""
    parser = argparse.ArgumentParser(prog="python -m experiments.league", description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--metric", default=METRIC)
    parser.add_argument("--pair", nargs=2, action="append", default=[], metavar=("A", "B"))
    given = parser.parse_args(arguments)
    if given.metric not in METRICS:
        parser.error(f"no metric is called {given.metric}{did_you_mean(given.metric, METRICS)}")
    league, equity = (League.read(given.results, metric) for metric in (given.metric, EQUITY))
    print_lines(summary(league, equity))
    print_lines(by_future(league))
    for one, other in given.pair:
        print_lines(pair(league, one, other))
    return 0


def print_lines(lines: Iterable[str]) -> None:
    """Print a table and a blank line."""
    print("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
