"""Designs of Morris and Sobol: futures to be run for the question, and the indices from them.

Morris (1991), with the mean of absolute effects of Campolongo, Cariboni and Saltelli (2007): one
input at a time along trajectories on a grid. Sobol with the estimators of Saltelli and others
(2010). Sampled by SALib on the unit cube; each point becomes a future through the inputs' own
distributions, so effects are those of moving along the quantiles. SALib analyses Sobol's design;
effects of Morris are in `elementary`, since SALib's take a switch for a number.

One more input, which nothing reads, is part of the design. Every future has its own luck, so its
effects are what Monte-Carlo error alone makes of an index: the upper end of its interval is the
noise floor.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from streetlight.experiments.distributions import Choice, Varied, from_description
from streetlight.experiments.drivers import elementary
from streetlight.experiments.drivers.inputs import Input, Inputs, coded
from streetlight.experiments.drivers.pairs import Pair
from streetlight.experiments.drivers.sensitivity import (
    Driver,
    Sensitivity,
    driver,
    rank_correlation,
    result,
    stream,
    varies,
)
from streetlight.experiments.experiment import Experiment, Future
from streetlight.experiments.schema.types import MOST_SAMPLED
from streetlight.model.arrays import FloatArray
from streetlight.model.errors import InputError
from streetlight.model.parameters import Parameters

METHODS = ("morris", "sobol")
DUMMY = Input("dummy", "an input that nothing reads", "")
RESAMPLES = 1000
MOST_LISTED = 3
#: Half-width of a share's interval from which the base sample is said to be small.
WIDEST = 0.25
#: Child of the experiment's seed that draws the design (SeedSequence spawn key); never reused.
DESIGN_KEY = 25
#: Child of seed 0 that draws resamples.
SOBOL_KEY = 27


@dataclass(frozen=True)
class Design:
    """A design: points (N, d + 1) in the unit cube, the last column the dummy's; inputs' names.

    size: trajectories of Morris, base sample of Sobol; levels: of Morris' grid.
    """

    method: str
    names: tuple[str, ...]
    points: FloatArray
    size: int
    levels: int


def varied_in(experiment: Experiment) -> list[Varied]:
    """The parameters that the experiment file samples; InputError when it samples none."""
    if experiment.sampling is None:
        raise InputError(
            f"{', '.join(experiment.sources) or experiment.name}: samples no parameters; name them "
            "under `futures: sampled: parameters`"
        )
    described = experiment.sampling.parameters
    return [from_description(name, how) for name, how in described.items()]


def design(names: Sequence[str], method: str, size: int, seed: int, levels: int = 4) -> Design:
    """The design for these inputs and a dummy. Reproducible by seed.

    Morris: `size` trajectories of d + 2 points; Sobol: `size` (a power of two) times d + 3 points.
    """
    if method == "sobol" and (size < 2 or size & (size - 1)):
        raise InputError(f"--base: {size}: must be a power of two, as 64 or 128")
    if method == "morris" and (levels < 2 or levels % 2):
        raise InputError(f"--levels: {levels}: must be an even number, 2 or more")
    points = size * (len(names) + (2 if method == "morris" else 3))
    if points > MOST_SAMPLED:
        option = "--trajectories" if method == "morris" else "--base"
        raise InputError(f"{option}: {size:,}: makes {points:,} futures; at most {MOST_SAMPLED:,}")
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(DESIGN_KEY,)))
    unit = problem(names)
    if method == "morris":
        from SALib.sample import morris

        points = morris.sample(unit, size, num_levels=levels, seed=rng)
    else:
        from SALib.sample import sobol

        points = sobol.sample(unit, size, calc_second_order=False, seed=rng)
    return Design(method, tuple(names), np.asarray(points, dtype=np.float64), size, levels)


def problem(names: Sequence[str]) -> dict[str, Any]:
    """What SALib calls the inputs: those named and the dummy, each from 0 to 1."""
    every = [*names, DUMMY.name]
    return {"num_vars": len(every), "names": every, "bounds": [[0.0, 1.0]] * len(every)}


def futures_of(plan: Design, varied: Sequence[Varied], base: Parameters) -> tuple[Future, ...]:
    """A future for each point, <method>_00000 and on.

    InputError when points break a rule between parameters: such a design has no holes.
    """
    points = np.ascontiguousarray(plan.points.T)
    columns = [one.values(base, u) for one, u in zip(varied, points, strict=False)]
    futures: list[Future] = []
    broken: list[str] = []
    for i, values in enumerate(zip(*columns, strict=True)):
        overrides = dict(zip(plan.names, values, strict=True))
        try:
            parameters = base.with_values(overrides)
        except InputError as error:
            broken += error.problems
            continue
        name = f"{plan.method}_{i:05d}"
        futures.append(Future(name, overrides, parameters, kind=f"{plan.method} design"))
    if broken:
        reasons = list(dict.fromkeys(broken))
        raise InputError(
            f"{len(broken)} of {len(plan.points)} points of the {plan.method} design break a rule "
            "between parameters, and such a design cannot leave points out; sample fewer of them "
            "or narrower ranges, or use --method pawn on a sample that was run. For example:",
            *reasons[:MOST_LISTED],
            more=max(0, len(reasons) - MOST_LISTED),
        )
    return tuple(futures)


def experiment_of(experiment: Experiment, plan: Design, policy: str, against: str) -> Experiment:
    """An experiment of its own, <name>-<method>: the two policies and the baseline."""
    base = Parameters().with_values(dict(experiment.overrides))
    chosen = tuple(p for p in experiment.all_policies() if p.name in (policy, against))
    return dataclasses.replace(
        experiment,
        name=f"{experiment.name}-{plan.method}",
        title=f"{experiment.title} ({plan.method.capitalize()} design)",
        policies=chosen,
        futures=futures_of(plan, varied_in(experiment), base),
        sampling=None,
        precision=None,
        file=None,
    )


def analyse(
    plan: Design,
    pair: Pair,
    futures: Sequence[Future],
    base: Parameters,
    chosen: str = "",
    varied: Sequence[Varied] = (),
) -> Sensitivity:
    """The indices of a design that was run; `varied` says which inputs are choices.

    InputError when a future of it is missing, or no two steps change the value of a choice.
    """
    lost = len(plan.points) - len(pair.futures)
    if lost or pair.dropped:
        raise InputError(
            f"{lost} of {len(plan.points)} futures of the design have no finished pair of runs; "
            "the same command goes on from there"
        )
    varies(pair)
    columns = {name: [future.overrides[name] for future in futures] for name in plan.names}
    inputs = coded([future.name for future in futures], columns, base)
    if inputs.constant:
        raise InputError(f"these do not vary in the design: {', '.join(inputs.constant)}")
    pair = dataclasses.replace(pair, chosen=chosen)
    if plan.method == "sobol":
        rows = sobol_rows(plan, pair, inputs)
        return result(plan.method, pair, rows, sobol_notes(rows))
    values = {v.name: v.distribution.values for v in varied if isinstance(v.distribution, Choice)}
    codes = {name: elementary.codes_of(columns[name], own) for name, own in values.items()}
    rows = morris_rows(plan, pair, inputs, codes)
    return result(plan.method, pair, rows, morris_notes(plan, values, codes))


def morris_rows(plan: Design, pair: Pair, inputs: Inputs, codes: Mapping[str, Any]) -> list[Driver]:
    """mu_star and sigma of each input and the dummy; codes: those (N,) of the inputs' choices.

    The dummy's effects are those of a number; the floor of a choice is a step's length of theirs.
    """
    step, x, y = elementary.step_of(plan.levels), plan.points, pair.means
    luck = elementary.of_number(x, y, x.shape[1] - 1, step)
    floors = sum(elementary.mean_and_half(luck)), float(luck.std(ddof=1))
    stars, sigmas = [], []
    for j, one in enumerate((*inputs.inputs, DUMMY)):
        is_choice = one.name in codes
        effects = (
            elementary.of_choice(x, y, j, codes[one.name]) if is_choice
            else elementary.of_number(x, y, j, step)
        )  # fmt: skip
        if len(effects) < elementary.FEWEST:
            raise InputError(
                f"{one.name}: fewer than {elementary.FEWEST} steps of the design change it; raise "
                "--trajectories"
            )
        star, half = elementary.mean_and_half(effects)
        bounds = max(0.0, star - half), star + half
        floor, spread = (step * of_dummy if is_choice else of_dummy for of_dummy in floors)
        toward = direction(inputs, j, pair)
        stars.append(driver("morris", pair, one, "mu_star", star, bounds, floor, toward))
        sigma = effects.std(ddof=1)
        row = driver("morris", pair, one, "sigma", sigma, (math.nan,) * 2, spread)
        sigmas.append(dataclasses.replace(row, says=""))
    return stars + sigmas


def sobol_rows(plan: Design, pair: Pair, inputs: Inputs) -> list[Driver]:
    """ST and S1 of each input and the dummy."""
    from SALib.analyze import sobol

    y = pair.means
    found = sobol.analyze(
        problem(plan.names), y, calc_second_order=False, num_resamples=RESAMPLES,
        seed=stream(SOBOL_KEY),
    )  # fmt: skip
    rows = []
    for index in ("ST", "S1"):
        value, conf = np.asarray(found[index], float), np.asarray(found[f"{index}_conf"], float)
        floor = max(0.0, float(value[-1] + conf[-1]))
        for j, one in enumerate((*inputs.inputs, DUMMY)):
            bounds = value[j] - conf[j], value[j] + conf[j]
            toward = direction(inputs, j, pair)
            rows.append(driver("sobol", pair, one, index, value[j], bounds, floor, toward))
    return rows


def direction(inputs: Inputs, j: int, pair: Pair) -> float:
    """Rank correlation of an input with the difference; NaN for the dummy, which comes last."""
    if j == len(inputs.inputs):
        return math.nan
    return rank_correlation(inputs.inputs[j], inputs.values[:, j], pair.means)


def morris_notes(
    plan: Design, values: Mapping[str, Sequence[Any]], codes: Mapping[str, Any]
) -> list[str]:
    """What a reader must know of the method, and between which values of a choice no step goes."""
    step = elementary.step_of(plan.levels)
    notes = [
        "mu_star is the mean absolute change of the difference over an input's whole range, "
        f"reckoned from steps of {step:.2g} of it along its quantiles; sigma shows bends and "
        "interactions, and luck"
    ]
    if values:
        notes.append(
            "of a switch or choice, mu_star is the mean absolute change when its value changes"
        )
    for name, own in values.items():
        j = plan.names.index(name)
        missed = elementary.never_met(plan.points, j, codes[name], len(own))
        if missed:
            pairs = [f"{words(own[a])} and {words(own[b])}" for a, b in missed]
            more = f", and {len(pairs) - MOST_LISTED} more" if len(pairs) > MOST_LISTED else ""
            notes.append(
                f"no step of {name} goes between {'; '.join(pairs[:MOST_LISTED])}{more}: other "
                "--levels, or more --trajectories, may"
            )
    return notes


def words(value: Any) -> str:
    """A value of a choice, as in a file."""
    return json.dumps(value, ensure_ascii=False).strip('"')


def sobol_notes(rows: Sequence[Driver]) -> list[str]:
    """What a reader must know of the method, and whether the design was too small."""
    notes = ["ST and S1 are shares of a variance of which Monte-Carlo error is a part"]
    widest = max(row.high - row.value for row in rows)
    if widest > WIDEST:
        notes.append(
            f"shares are known only to within {widest:.2f}, and may come out below 0 or above "
            "1: raise --base (finished runs are kept)"
        )
    return notes
