"""Do the engine and the plain model agree in distribution?

    python tests/plain_model/compare.py --plain 40 --engine 120 city mixed

prints, for each setting, mean and standard deviation of every outcome on both sides and the
z-scores of their differences.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import stats

if not __package__:  # run as a script of a checkout
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]
    __package__ = "plain_model"

from streetlight.model.arrays import FloatArray
from streetlight.model.on_average import cascade, onsets
from streetlight.model.world.census import as_agencies_see
from streetlight.model.world.world import World

from . import engine_side
from .model import PlainModel
from .settings import ATTENTION, OTHERS, QUEUES, REGIONS, Setting

Runs = list[dict[str, float]]
FAMILY_ERROR = 0.01  # probability that any of the differences compared is called one by chance
ROUNDING = 1e-9


class Difference(NamedTuple):
    """An outcome on both sides: means, standard deviations, z-scores of both differences."""

    outcome: str
    plain_mean: float
    engine_mean: float
    z_mean: float
    plain_sd: float
    engine_sd: float
    z_variance: float


def plain_model(setting: Setting, seed: int, world: World) -> PlainModel:
    """The plain model, in the frailties, screening and attention of the engine's world."""
    parameters, region, places = setting.parameters, setting.region, world.state.communities
    census = as_agencies_see(parameters, world.region, world.state.world).youth
    uneven, seen = parameters.attention.reading != "even", parameters.assessment.posts == "seen"
    return PlainModel(
        parameters, region, years=setting.years, seed=seed, levels=setting.levels,
        false_scale=cascade.false_scale(parameters, world.region),
        rate_norm=onsets.rate_norm(parameters, world.region),
        baseline_investigators=None if seen else world.investigators,
        frailty=places["frailty"], screen_in=places["screen_in"],
        attention=engine_side.attention_of(world) if uneven else None,
        noise_calls=cascade.expected_noise(parameters, world.region), shocks=setting.shocks,
        true_youth=world.region.youth / region.youth, counted_youth=census / world.region.youth,
        false_tips=float(
            cascade.false_tips(parameters, world.region).sum() / world.region.youth.sum()
        ),
    )  # fmt: skip


def plain_run(setting: Setting, seed: int) -> dict[str, float]:
    """Outcomes of the plain model, under the names that both sides use."""
    model = plain_model(setting, seed, engine_side.world_of(setting, seed))
    model.run()
    found = model.outcomes()
    burn_in = setting.parameters.time.burn_in_years
    found["publication"] = float(np.mean(model.participation[burn_in:]))
    for name in [name for name in found if name.startswith("reports_")]:
        found[name.replace("reports", "referrals")] = found[name] + found.get(f"false_{name}", 0.0)
    model.release()
    return found


def engine_run(setting: Setting, replicate: int) -> dict[str, float]:
    """Outcomes of the engine."""
    world = engine_side.world_of(setting, replicate)
    return engine_side.outcomes(engine_side.policy_years(setting, world))


def mean_score(plain: FloatArray, engine: FloatArray, *, paired: bool) -> float:
    """Normal score of the difference in means: Welch's t, or Student's t of the pairs."""
    if paired:
        engine = engine[: len(plain)]
        differences = engine - plain
        centre, spread = differences.mean(), differences.var(ddof=1) / len(plain)
        degrees = len(plain) - 1.0
    else:
        parts = [runs.var(ddof=1) / len(runs) for runs in (plain, engine)]
        centre, spread = engine.mean() - plain.mean(), sum(parts)
        sizes = (len(plain), len(engine))
        below = sum(part**2 / (n - 1) for part, n in zip(parts, sizes, strict=True))
        degrees = spread**2 / below if below > 0.0 else 1.0
    if abs(centre) <= ROUNDING * (1.0 + abs(plain.mean())):
        return 0.0
    if spread <= 0.0:
        return math.copysign(math.inf, centre)
    tail = stats.t.sf(abs(centre) / math.sqrt(spread), degrees)
    return math.copysign(float(stats.norm.isf(tail)), centre)


def variance_score(plain: FloatArray, engine: FloatArray) -> float:
    """Normal score of the ratio of variances: Box's F, its degrees reduced by the kurtosis.

    With runs in shared frailties it errs on the side of agreement.  Where one side never varied
    (a rare event) there is no ratio: the score is then that of Fisher's exact probability that all
    runs of that side hold the same value, given how many of all runs do.
    """
    variances = [runs.var(ddof=1) for runs in (engine, plain)]
    rounding = [(ROUNDING * (1.0 + abs(runs.mean()))) ** 2 for runs in (engine, plain)]
    if all(v <= r for v, r in zip(variances, rounding, strict=True)):
        return 0.0
    if min(variances) <= 0.0:
        constant, other = (engine, plain) if variances[0] <= 0.0 else (plain, engine)
        alike = int(np.sum(np.isclose(other, constant[0])))
        n, total = len(constant), len(constant) + len(other)
        chance = float(stats.hypergeom.pmf(n, total, alike + n, n))
        return math.copysign(float(stats.norm.isf(chance / 2.0)), variances[0] - variances[1])
    standard = [
        (runs - runs.mean()) / math.sqrt(v)
        for runs, v in zip((engine, plain), variances, strict=True)
    ]
    kurtosis = max(3.0, float(np.mean(np.concatenate(standard) ** 4)))
    degrees = [(len(runs) - 1) * 2.0 / (kurtosis - 1.0) for runs in (engine, plain)]
    ratio = variances[0] / variances[1]
    if ratio > 1.0:
        return float(stats.norm.isf(stats.f.sf(ratio, *degrees)))
    return float(stats.norm.ppf(stats.f.cdf(ratio, *degrees)))


def differences(setting: Setting, plain: Runs, engine: Runs) -> list[Difference]:
    """Every outcome that both sides count."""
    p = setting.parameters
    paired = p.attention.reading != "even"
    paired |= p.incidence.frailty_cv > 0.0 or p.incidence.youth_spread > 0.0
    rows = []
    for name in (name for name in plain[0] if name in engine[0]):
        a, b = (np.array([run[name] for run in runs]) for runs in (plain, engine))
        if not a.any() and not b.any():
            continue
        rows.append(
            Difference(
                name,
                a.mean(),
                b.mean(),
                mean_score(a, b, paired=paired),
                a.std(ddof=1),
                b.std(ddof=1),
                variance_score(a, b),
            )  # fmt: skip
        )
    return rows


def largest_by_chance(n_scores: int) -> float:
    """The score that none of as many independent ones exceeds, but for `FAMILY_ERROR`."""
    return float(stats.norm.isf(FAMILY_ERROR / 2.0 / n_scores))


def compared(setting: Setting, n_plain: int, n_engine: int, first: int = 0) -> list[Difference]:
    """Run both sides and compare; first: number of the first replicate."""
    plain = [plain_run(setting, first + i) for i in range(n_plain)]
    engine = [engine_run(setting, first + i) for i in range(n_engine)]
    return differences(setting, plain, engine)


def table(rows: Iterable[Difference]) -> str:
    """One line an outcome."""
    heads = ("plain", "engine", "z", "sd plain", "engine", "z")
    head = "outcome".ljust(36) + "".join(map("{:>{}}".format, heads, (11, 11, 7) * 2))
    lines = [
        f"{r.outcome:36}{r.plain_mean:11.5g}{r.engine_mean:11.5g}{r.z_mean:7.2f}"
        f"{r.plain_sd:11.4g}{r.engine_sd:11.4g}{r.z_variance:7.2f}"
        for r in rows
    ]
    return "\n".join([head, *lines])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables; the last line of each says how large the largest scores are."""
    known = {make.__name__: make for make in (*REGIONS, *OTHERS, *ATTENTION, *QUEUES)}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("settings", nargs="*", default=list(known), help=", ".join(known))
    parser.add_argument("--plain", type=int, default=20, help="runs of the plain model")
    parser.add_argument("--engine", type=int, default=60, help="runs of the engine")
    parser.add_argument("--first", type=int, default=0, help="number of the first replicate")
    asked = parser.parse_args(arguments)
    for name in asked.settings:
        start = time.perf_counter()
        rows = compared(known[name](), asked.plain, asked.engine, asked.first)
        limit = largest_by_chance(2 * len(rows) * len(asked.settings))
        scores = [abs(score) for row in rows for score in (row.z_mean, row.z_variance)]
        print(f"\n{name}: {asked.plain} runs of the plain model, {asked.engine} of the engine")
        print(table(rows))
        print(f"largest score {max(scores):.2f}; by chance up to {limit:.2f}", end="; ")
        print(f"{time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
