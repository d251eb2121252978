"""How often the intervals of a comparison hold the truth.

    python -m studies.coverage

Nominal is 95%, of ranks 90%. Made-up data with a known mean (normal; gamma with the skewness of
the engine's differences in a small region; exponential, for the worst that counts do) show each
interval at work; a small region run by the real engine shows the whole. Printed as Markdown, as
docs/comparison.md has it; an experiment is one draw of all replicates, and the error given is
binomial.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from streetlight.experiments.analyse.bootstrap import population
from streetlight.experiments.analyse.intervals import ALPHA, estimate, family_level, t_quantile
from streetlight.experiments.analyse.ranks import rank
from streetlight.experiments.analyse.robustness import (
    CRITERIA,
    Means,
    ranges_given_futures,
    regrets,
)
from streetlight.experiments.analyse.verdicts import verdict
from streetlight.experiments.running.replication import LOOKS
from streetlight.model.arrays import FloatArray

Draw = Callable[[np.random.Generator, tuple[int, ...]], FloatArray]


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Standard normal."""
    return rng.standard_normal(shape)


def skewed(rng: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Exponential less its mean: skewness 2."""
    return rng.standard_exponential(shape) - 1


def mild(rng: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Gamma of shape 16: skewness 0.5, as person-years averted have in the region of the study."""
    return rng.standard_gamma(16.0, shape) / 4 - 4


#: Policies, futures, replicates, and the share of the variance that all policies have in common.
FAMILIES = ((5, 1, 4, 0.5), (30, 1, 4, 0.0), (30, 1, 4, 0.9), (30, 8, 4, 0.5))
#: Futures of an experiment that a precision rule ends, and the most replicates of each.
STOPPED_FUTURES, MOST_STOPPED = 64, 128
SHAPES: dict[str, Draw] = {"normal": normal, "mild skew": mild, "strong skew": skewed}


def share(held: Sequence[bool] | NDArray[np.bool_]) -> str:
    """A share in per cent with its binomial standard error."""
    p, n = float(np.mean(held)), len(held)
    return f"{100 * p:.1f} ± {100 * math.sqrt(max(p * (1 - p), 1 / n) / n):.1f}"


def family(
    rng: np.random.Generator, draw: Draw, k: int, futures: int, n: int, shared: float
) -> FloatArray:
    """Differences (K, F, R) with mean 0: a share of the variance common to all K policies.

    Policies differ in spread, from 1 to 3, and futures likewise.
    """
    common, own = draw(rng, (1, futures, n)), draw(rng, (k, futures, n))
    values = math.sqrt(shared) * common + math.sqrt(1 - shared) * own
    spread = np.linspace(1, 3, k)[:, None] * np.linspace(1, 3, futures)[None, :]
    return np.asarray(spread[:, :, None] * values)


def simultaneous(
    draw: Draw, k: int, futures: int, n: int, shared: float, experiments: int, seed: int
) -> tuple[list[bool], list[bool], list[bool]]:
    """Whether one interval holds 0, whether all K do alone, and whether all K do at once."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    one, alone, at_once = [], [], []
    for _ in range(experiments):
        values = family(rng, draw, k, futures, n, shared)
        level = family_level(values, draws=2000)
        found = [estimate(policy) for policy in values]
        one.append(holds(found[0].interval()))
        alone.append(all(holds(each.interval()) for each in found))
        at_once.append(all(holds(each.interval(level)) for each in found))
    return one, alone, at_once


def holds(bounds: tuple[float, float], truth: float = 0.0) -> bool:
    """Whether an interval holds the truth."""
    return bounds[0] <= truth <= bounds[1]


def sequential(
    draw: Draw, least: int, batch: int, needed: float, looks: int, experiments: int, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], float]:
    """Whether intervals hold 0 when a `Precision` rule ends each future, and replicates on average.

    The interval of each future of every experiment, and that of the experiment's mean over its
    `STOPPED_FUTURES` futures. Up to `MOST_STOPPED` replicates; a future ends with the look at which
    it is precise enough for the `looks`-th time; with a known spread it would be at `needed`.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
    values = draw(rng, (experiments * STOPPED_FUTURES, MOST_STOPPED))
    ends = np.arange(least, MOST_STOPPED + 1, batch)
    sums, squares = values.cumsum(axis=1)[:, ends - 1], (values**2).cumsum(axis=1)[:, ends - 1]
    means = sums / ends
    variances = (squares - ends * means**2) / (ends - 1) / ends
    halves = np.array([t_quantile(ALPHA / 2, float(n) - 1) for n in ends]) * np.sqrt(variances)
    met = (halves <= 1.96 / math.sqrt(needed)).cumsum(axis=1)
    over = (met >= looks) & (halves <= 1.96 / math.sqrt(needed))
    over[:, -1] = True
    at = (np.arange(len(values)), over.argmax(axis=1))
    alone = np.abs(means[at]) <= halves[at]
    n = ends[at[1]].reshape(experiments, -1)
    mean, parts = (one[at].reshape(experiments, -1) for one in (means, variances))
    total = parts.sum(axis=1)
    df = total**2 / (parts**2 / (n - 1)).sum(axis=1)
    half = np.array([t_quantile(ALPHA / 2, d) for d in df]) * np.sqrt(total)
    return alone, np.abs(mean.sum(axis=1)) <= half, float(n.mean())


def of_population(
    draw: Draw, futures: int, n: int, experiments: int, seed: int
) -> dict[str, NDArray[np.bool_]]:
    """Whether intervals for the mean over all futures hold 0, by three schemes.

    Futures differ with variance 1, replicates within them with variance 4.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(3,)))
    held: dict[str, list[bool]] = {"ours": [], "percentile": [], "two stages": []}
    for _ in range(experiments):
        values = draw(rng, (futures, 1)) + 2 * normal(rng, (futures, n))
        found = population(values.mean(axis=1), resamples=1000)
        held["ours"].append(holds((found.low, found.high)))
        chosen = rng.integers(0, futures, (1000, futures))
        once = values.mean(axis=1)[chosen].mean(axis=1)
        held["percentile"].append(holds(tuple(np.quantile(once, [0.025, 0.975]))))
        within = rng.integers(0, n, (1000, futures, n))
        twice = values[chosen[:, :, None], within].mean(axis=(1, 2))
        held["two stages"].append(holds(tuple(np.quantile(twice, [0.025, 0.975]))))
    return {name: np.array(each) for name, each in held.items()}


def falsely_depends(draw: Draw, futures: int, n: int, experiments: int, seed: int) -> list[bool]:
    """Whether "depends on the future" is said where no future is worse.

    The policy is far better in one future and no different in the others: nothing errs more often.
    """
    better = np.where(np.arange(futures) == 0, 100.0, 0.0)[:, None]
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(4,)))
    return [
        verdict(estimate(better + draw(rng, (futures, n))), 0.0).startswith("depends")
        for _ in range(experiments)
    ]


def ranks(
    draw: Draw, k: int, futures: int, n: int, apart: float, experiments: int, seed: int
) -> dict[str, tuple[float, float]]:
    """Share of policies whose range holds their true rank, and its mean width, by criterion.

    apart: standard deviation of the policies' true means in a future, in standard errors of them.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(5,)))
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in CRITERIA}
    nothing = np.zeros(futures)
    for _ in range(experiments):
        truth = apart / math.sqrt(n) * normal(rng, (k, futures))
        values = truth[:, :, None] + draw(rng, (k, futures, n))
        base = Means(
            rows=list(range(k)), futures=list(range(futures)), values=values,
            means=values.mean(axis=2), ranked=list(range(k)), sampled=[], sign=1.0, enough=nothing,
        )  # fmt: skip
        ranges = ranges_given_futures(base, base.means)
        for name, score in CRITERIA.items():
            low, high = ranges[name]
            true = rank(score(truth, regrets(truth), nothing))
            held = float(np.mean((low <= true) & (true <= high)))
            found[name].append((held, float(np.mean(high - low + 1))))
    return {name: tuple(np.mean(rows, axis=0).tolist()) for name, rows in found.items()}


def real_engine(
    truth_from: int, experiments: int, n: int, communities: int = 12, years: int = 3
) -> tuple[float, float, list[bool], list[bool]]:
    """Person-years averted in experiments of `n` paired runs each of a small region.

    Gives the difference known from `truth_from` other runs, its standard error, and whether each
    experiment's intervals hold it: for one policy alone, and for both policies at once.
    """
    from streetlight.model.communities.region import Region
    from streetlight.model.money import policies
    from streetlight.model.outcomes import summarise
    from streetlight.model.parameters import Parameters
    from streetlight.model.run.simulation import draw_world, run_policy

    region = Region.synthetic(communities, seed=1)
    compared = [policies.build("per_youth"), policies.build("equal_shares")]
    baseline = policies.build("none")
    runs = truth_from + experiments * n
    found = np.zeros((2, runs))
    for r in range(runs):
        world = draw_world(Parameters(), region, seed=7, future="f", replicate=r, years=years)
        base = run_policy(world, baseline)
        found[:, r] = [
            summarise(run_policy(world, policy), base).metrics["averted_person_years"]
            for policy in compared
        ]
    known, rest = found[:, :truth_from], found[:, truth_from:]
    truth = known.mean(axis=1)
    error = float(known[0].std(ddof=1) / math.sqrt(truth_from))
    alone, at_once = [], []
    for e in range(experiments):
        values = rest[:, None, e * n : (e + 1) * n]
        level = family_level(values, draws=4000)
        both = [estimate(policy) for policy in values]
        alone.append(holds(both[0].interval(), truth[0]))
        at_once.append(all(holds(b.interval(level), t) for b, t in zip(both, truth, strict=True)))
    return float(truth[0]), error, alone, at_once


def table(title: str, columns: str, rows: Sequence[str]) -> None:
    """Print a Markdown table."""
    heads = columns.split("|")
    print(f"**{title}**\n\n| {' | '.join(heads)} |\n{'| --- ' * len(heads)}|")
    print("\n".join(rows) + "\n", flush=True)


def print_simultaneous(experiments: int) -> None:
    """Given futures: one policy alone, and the family."""
    rows = []
    for name, draw in SHAPES.items():
        for k, futures, n, shared in FAMILIES:
            one, alone, at_once = simultaneous(draw, k, futures, n, shared, experiments, 1)
            cells = [name, k, futures, n, shared, share(one), share(alone), share(at_once)]
            rows.append("| " + " | ".join(map(str, cells)) + " |")
    table("Given the futures", "luck|policies|futures|replicates|shared variance|`mc` of one|"
          "`mc` of all together|`sim` of all together", rows)  # fmt: skip


def print_sequential(experiments: int) -> None:
    """After stopping by a precision rule: at the first look that is precise enough, or the second.

    The rule of the project is the second.
    """
    rows = []
    for name, draw in SHAPES.items():
        for needed in (6, 20):
            for least, batch in ((4, 4), (8, 4), (8, 8)):
                cells = [name, needed, f"{least}, {batch}"]
                for looks in (1, LOOKS):
                    alone, mean, n = sequential(draw, least, batch, needed, looks, experiments, 2)
                    cells += [f"{n:.1f}", share(alone), share(mean)]
                rows.append("| " + " | ".join(map(str, cells)) + " |")
    table(
        f"After stopping by a precision rule, {STOPPED_FUTURES} futures",
        "luck|needed|`least`, `batch`|replicates, first look|one future|mean over futures|"
        "replicates, second look|one future|mean over futures",
        rows,
    )


def print_population(experiments: int) -> None:
    """Sampled futures."""
    rows = []
    for name, draw in SHAPES.items():
        for futures in (8, 16, 64):
            held = of_population(draw, futures, 4, experiments, 3)
            cells = [name, futures, *(share(each) for each in held.values())]
            rows.append("| " + " | ".join(map(str, cells)) + " |")
    table("Sampled futures, 4 replicates each", "futures differ|futures|`population` (bootstrap-t)|"
          "percentile, futures drawn|percentile, futures then replicates drawn", rows)  # fmt: skip


def print_depends(experiments: int) -> None:
    """The verdict that the difference depends on the future, where it does not."""
    rows = []
    for name, draw in SHAPES.items():
        for futures, n in ((8, 4), (64, 4), (64, 16)):
            said = falsely_depends(draw, futures, n, experiments, 4)
            rows.append(f"| {name} | {futures} | {n} | {share(said)} |")
    title = "`depends on the future`, a policy being better in one future and alike in the others"
    table(title, "luck|futures|replicates|said", rows)


def print_ranks(experiments: int) -> None:
    """Ranges of ranks; nominal is 90%."""
    rows = []
    for name in ("normal", "strong skew"):
        for k, futures, n in ((16, 8, 8), (16, 20, 4), (5, 8, 4)):
            for apart in (0.01, 1.0, 4.0, 16.0):
                found = ranks(SHAPES[name], k, futures, n, apart, experiments, 5)
                cells = [f"{100 * held:.0f} ({width:.1f})" for held, width in found.values()]
                rows.append(f"| {name} | {k} | {futures} | {n} | {apart} | {' | '.join(cells)} |")
    title = "Ranges of ranks hold the true rank (and how many ranks they have on average)"
    table(title, "luck|policies|futures|replicates|apart|" + "|".join(CRITERIA), rows)


def print_engine(truth_from: int, experiments: int) -> None:
    """The real engine."""
    rows = []
    truth, error, alone, at_once = real_engine(truth_from, experiments, 8)
    rows.append(f"| {truth:.3f} ± {error:.3f} | {len(alone)} | {share(alone)} | {share(at_once)} |")
    table("The engine: 12 communities, 3 years, 8 replicates", "known difference, person-years|"
          "experiments|`mc` of one policy|`sim` of both", rows)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the study."""
    parser = argparse.ArgumentParser(prog="python -m studies.coverage", description=__doc__)
    parser.add_argument("--experiments", type=int, default=300, help="of made-up data, each row")
    parser.add_argument("--engine", type=int, default=400, help="experiments with the engine")
    parser.add_argument("--known-from", type=int, default=4000, help="runs that give the truth")
    given = parser.parse_args(arguments)
    print_simultaneous(given.experiments)
    print_sequential(5 * given.experiments)
    print_population(given.experiments)
    print_depends(3 * given.experiments)
    print_ranks(given.experiments // 2)
    if given.engine:
        print_engine(given.known_from, given.engine)
    return 0


if __name__ == "__main__":
    sys.exit(main())
