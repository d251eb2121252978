"""Tables of a league.

    python -m studies.league RESULTS [--metric NAME] [--pair A B ...]

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

from streetlight.experiments.analyse.intervals import ALPHA, Estimate, estimate
from streetlight.experiments.analyse.values import defined, read_worlds
from streetlight.experiments.analyse.verdicts import sure_futures
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.running.reading import OF_CONFIG, read_manifest
from streetlight.model.arrays import FloatArray
from streetlight.model.errors import InputError, did_you_mean

METRIC, EQUITY = "averted_person_years", "worst_class_identified_share"


@dataclass(frozen=True, eq=False)
class League:
    """Differences (P, F, R) of a metric to the baseline, NaN where a world is not complete.

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
        config = read_manifest(folder, OF_CONFIG)["config"]
        names, futures = list(config["policies"]), list(config["futures"])
        worlds = read_worlds(folder, config, [metric])
        values = worlds.values[metric]
        base = names.index(config["baseline"])
        values = defined(np.delete(values - values[base], base, axis=0))
        del names[base]
        done = np.any(np.isfinite(values), axis=2)
        if not np.all(np.any(done, axis=0)):
            raise InputError(f"{folder}: {metric}: a future has no complete replicate")
        kept = np.flatnonzero(np.all(done, axis=1))
        names, values = [names[k] for k in kept], values[kept]
        references = frozenset(n for n in names if config["policies"][n]["uses_oracle"])
        less = metric in METRICS and METRICS[metric].direction == "less"  # else a plain column
        return cls(tuple(names), tuple(futures), values, references, -1 if less else 1)

    def of(self, policy: str) -> FloatArray:
        """Values (F, R) of one policy; InputError where the league has none of that name."""
        if policy not in self.policies:
            text = f"no policy is called {policy}{did_you_mean(policy, self.policies)}"
            raise InputError(text)
        return np.asarray(self.values[self.policies.index(policy)])

    @property
    def means(self) -> FloatArray:
        """Means over replicates (P, F)."""
        return np.asarray(np.nanmean(self.values, axis=2))

    @property
    def regret(self) -> FloatArray:
        """What each policy falls short of the best of its future (P, F), 0 or more."""
        good = self.sign * self.means
        return np.asarray(good.max(axis=0) - good)

    @property
    def order(self) -> list[int]:
        """Policies from the best to the worst, by the mean over futures."""
        return [int(i) for i in np.argsort(-self.sign * self.means.mean(axis=1), kind="stable")]


def flips(found: Estimate) -> tuple[int, int]:
    """Futures in which differences are surely above and surely below 0.

    Sure of all futures at once: with no difference anywhere, 95% of leagues have none (Bonferroni).
    """
    above, below = sure_futures(found, ALPHA / 2 / found.n_futures)
    return int(above.sum()), int(below.sum())


def shown(value: float) -> str:
    """A number to the whole where it is large, else to three digits."""
    return f"{value:,.0f}" if abs(value) >= 100.0 or value == 0.0 else f"{value:.3g}"


def in_words(found: Estimate) -> str:
    """A difference with its interval."""
    return f"{shown(found.mean)} [{shown(found.low)}, {shown(found.high)}]"


def summary(league: League, equity: League) -> list[str]:
    """A row a policy: mean over futures, worst-off class, largest regret; by the mean."""
    lines = ["| policy | mean over futures | worst-off class | largest regret | ranks |",
             "| --- | --- | --- | --- | --- |"]  # fmt: skip
    ranked = [p for p in league.policies if p not in league.references]
    rows = [league.policies.index(p) for p in ranked]
    ranks = np.argsort(np.argsort(league.regret[rows], axis=0), axis=0) + 1
    for i in league.order:
        name = league.policies[i]
        worst = 100.0 * estimate(equity.of(name)).mean
        place = "reference"
        if name in ranked:
            own = ranks[ranked.index(name)]
            place = f"{own.min()}-{own.max()}"
        lines.append(
            f"| {name} | {in_words(estimate(league.of(name)))} | {worst:+.2f} pp | "
            f"{shown(league.regret[i].max())} | {place} |"
        )
    return lines


def by_future(league: League) -> list[str]:
    """A row a policy: mean of every future, and the median half-width of its interval."""
    lines = ["| policy | " + " | ".join(league.futures) + " | half-width |",
             "| --- " * (len(league.futures) + 2) + "|"]  # fmt: skip
    for i in league.order:
        found = [estimate(one[None]) for one in league.values[i]]
        halves = [(one.high - one.low) / 2 for one in found]
        cells = " | ".join(map(shown, league.means[i]))
        lines.append(f"| {league.policies[i]} | {cells} | {shown(float(np.median(halves)))} |")
    return lines


def pair(league: League, one: str, other: str) -> list[str]:
    """What one policy has over another: in all, by future, and in how many futures surely."""
    difference = league.of(one) - league.of(other)
    found = estimate(difference)
    up, down = flips(found)
    lines = [f"{one} - {other}: {in_words(found)}; surely more in {up} and surely "
             f"less in {down} of {len(difference)} futures"]  # fmt: skip
    for future, row in zip(league.futures, difference, strict=True):
        lines.append(f"  {future}: {in_words(estimate(row[None]))}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables of a results folder."""
    parser = argparse.ArgumentParser(prog="python -m studies.league", description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--metric", default=METRIC)
    parser.add_argument("--pair", nargs=2, action="append", default=[], metavar=("A", "B"))
    given = parser.parse_args(arguments)
    if given.metric not in METRICS:
        parser.error(f"no metric is called {given.metric}{did_you_mean(given.metric, METRICS)}")
    league, equity = (League.read(given.results, metric) for metric in (given.metric, EQUITY))
    print_lines(summary(league, equity))
    print_lines(by_future(league))
    try:
        for one, other in given.pair:
            print_lines(pair(league, one, other))
    except InputError as error:
        parser.error(f"--pair: {error}")
    return 0


def print_lines(lines: Iterable[str]) -> None:
    """Print a table and a blank line."""
    print("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
