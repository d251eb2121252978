"""What following counts costs, and when it pays: the tables and figures of docs/counts.md.

    python -m streetlight run counts_league
    python -m studies.counts results/counts_league [--figures docs/figures]

All differences are paired within worlds; intervals are 95% Monte-Carlo intervals of one future.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib

from streetlight.experiments.analyse.intervals import Estimate, estimate
from streetlight.model.arrays import FloatArray
from studies.league import METRIC, League, print_lines, shown

#: Pairs of policies and what the first one does: each against heads.
AGAINST_HEADS = {
    "last_years_counts": "last year's counts",
    "cumulative_counts": "all counts so far",
    "last_years_identified": "last year's identified",
    "small_towns_first": "small towns first",
    "equal_shares": "equal shares",
    "poverty_need": "youth in poverty",
    "estimate_based": "estimate of the undetected",
}
HEADS, COUNTS = "per_youth", "last_years_counts"
#: The same two without investigators in the mix.
NO_POSTS = ("per_youth_no_investigators", "counts_no_investigators")
SILENT = ("identified_share_silent", "averted_per_100k_silent", "spending_per_youth_silent")


def one_future(values: FloatArray, future: int) -> Estimate:
    """Mean and interval of the replicates of a future; values (F, R)."""
    return estimate(values[future][None])


def with_half_width(found: Estimate, unit: float = 1.0) -> str:
    """A mean and the half-width of its interval, in some unit."""
    return f"{shown(found.mean / unit)} ({shown((found.high - found.low) / 2 / unit)})"


def against_heads(league: League) -> list[str]:
    """A row a future: what heads avert, and what each way averts more or less, in percent of it."""
    lines = ["| future | averted by heads | " + " | ".join(AGAINST_HEADS.values()) + " |",
             "| --- " * (len(AGAINST_HEADS) + 2) + "|"]  # fmt: skip
    heads = league.of(HEADS)
    for f, future in enumerate(league.futures):
        base = float(heads[f].mean())
        cells = [
            with_half_width(one_future(league.of(policy) - heads, f), base / 100.0)
            for policy in AGAINST_HEADS
        ]
        lines.append(f"| {future} | {shown(base)} | " + " | ".join(cells) + " |")
    return lines


def without_posts(league: League) -> list[str]:
    """A row a future: counts against heads with and without investigators in the mix."""
    lines = ["| future | heads without investigators | counts, % of it | with investigators, % |",
             "| --- | --- | --- | --- |"]  # fmt: skip
    for f, future in enumerate(league.futures):
        cells = []
        for heads, counts in (NO_POSTS, (HEADS, COUNTS)):
            base = league.of(heads)
            percent = float(base[f].mean()) / 100.0
            cells.append(with_half_width(one_future(league.of(counts) - base, f), percent))
        averted = shown(float(league.of(NO_POSTS[0])[f].mean()))
        lines.append(f"| {future} | {averted} | {cells[0]} | {cells[1]} |")
    return lines


def silent_places(leagues: dict[str, League]) -> list[str]:
    """A row a future: what heads and counts do where nobody was identified before."""
    found, averted, money = (leagues[metric] for metric in SILENT)
    lines = [
        "| future | more found of 100: heads | counts | averted per 100,000 youth: heads | counts "
        "| dollars a youth: heads | counts |",
        "| --- " * 7 + "|",
    ]
    for f, future in enumerate(found.futures):
        cells = [
            with_half_width(one_future(league.of(policy), f), unit)
            for league, unit in ((found, 0.01), (averted, 1.0), (money, 1.0))
            for policy in (HEADS, COUNTS)
        ]
        lines.append(f"| {future} | " + " | ".join(cells) + " |")
    return lines


def draw(folder: Path, league: League, silent: League) -> None:
    """The figure of the sign change, and the figure of what does not change."""
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    heads = league.of(HEADS)
    futures = [future.replace("_", " ") for future in league.futures]
    rows = range(len(futures))[::-1]
    gain = [one_future(league.of(COUNTS) - heads, f) for f in range(len(futures))]
    base = heads.mean(axis=1) / 100.0
    figure, axes = plt.subplots(figsize=(7.2, 4.6), layout="constrained")
    for f, row in enumerate(rows):
        low, mean, high = (x / base[f] for x in (gain[f].low, gain[f].mean, gain[f].high))
        colour = "#1b6ca8" if low > 0 else "#b5432a" if high < 0 else "#777777"
        axes.plot([low, high], [row, row], color=colour, lw=2)
        axes.plot(mean, row, "o", color=colour)
    axes.axvline(0.0, color="black", lw=0.8)
    axes.set_yticks(list(rows), futures)
    axes.set_xlabel("person-years averted by last year's counts against heads, %")
    axes.set_title("Following counts against heads, by what makes the record uneven", loc="left")
    figure.savefig(folder / "counts_sign.png", dpi=150, bbox_inches="tight")
    figure, axes = plt.subplots(figsize=(7.2, 4.6), layout="constrained")
    for policy, marker, label in ((HEADS, "o", "heads"), (COUNTS, "D", "last year's counts")):
        values = [100.0 * one_future(silent.of(policy), f).mean for f in range(len(futures))]
        axes.plot(values, list(rows), marker, label=label)
    axes.axvline(0.0, color="black", lw=0.8)
    axes.set_yticks(list(rows), futures)
    axes.set_xlabel("more found of 100 exploited where nobody was identified before the money")
    axes.set_title("Where nobody was identified before the money", loc="left")
    axes.legend(frameon=False)
    figure.savefig(folder / "counts_silent.png", dpi=150, bbox_inches="tight")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables of a results folder, and draw its figures if asked to."""
    parser = argparse.ArgumentParser(prog="python -m studies.counts", description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--figures", type=Path)
    given = parser.parse_args(arguments)
    if given.figures:  # before the work, not after it
        given.figures.mkdir(parents=True, exist_ok=True)
    leagues = {metric: League.read(given.results, metric) for metric in (METRIC, *SILENT)}
    print_lines(against_heads(leagues[METRIC]))
    print_lines(without_posts(leagues[METRIC]))
    print_lines(silent_places(leagues))
    if given.figures:
        draw(given.figures, leagues[METRIC], leagues[SILENT[0]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
