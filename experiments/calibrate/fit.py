"""The fit of a calibration: to the expectation first, then to what runs give.

The expectation is exact and quick, and leaves out queues, differences in effort, and the record.
Runs have all of it, and are slow and noisy. So the expectation says how a number moves a target,
and runs how far the expectation is off where the fit stands; of what the expectation does not give,
runs say both. All looks at runs share their worlds, so that these do not differ by luck.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from streetlight.experiments.calibrate.flows import expected_flows
from streetlight.experiments.calibrate.free import (
    overrides_of,
    steps_at_ends,
    values_at,
    with_free,
)
from streetlight.experiments.calibrate.least_squares import STEP, Misses, fit_steps, slopes_of
from streetlight.experiments.calibrate.simulated import Simulated, Tick, simulated
from streetlight.experiments.calibrate.task import Calibration
from streetlight.model.arrays import FloatArray
from streetlight.model.parameters import Parameters

#: Times that runs correct the fit.
ROUNDS = 3
#: Step by which runs say how a number moves a target, in halves of its range: far enough to be
#: seen beside what luck the worlds leave.
RUN_STEP = 0.25
#: The farthest that a round moves a number whose effect runs had to tell.
RADIUS = 1.0
#: A round is made only if it is to make the sum of squared misses smaller by this, in tolerances.
WORTHWHILE = 0.02
#: Digits of a value that a file holds, and that the last look is taken at.
DIGITS = 4
#: A number that moves no target by this many tolerances over half its range has no effect.
NO_EFFECT = 1e-6


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a calibration came to; in the order of targets (T,) and free numbers (n,).

    values: with `DIGITS` digits; overrides: what they make of parameters by name; steps: where
    they are in their ranges, before that; limits: as `limits_at` has them; expected and
    expected_before: by the expectation, NaN where only runs tell; runs: at the values, in worlds
    that the fit did not see; runs_before: where the numbers stood; slopes (T, n): how half a range
    of each number moves each target, in tolerances.
    """

    values: FloatArray
    overrides: dict[str, Any]
    steps: FloatArray
    limits: tuple[str, ...]
    expected: FloatArray
    expected_before: FloatArray
    runs: Simulated | None
    runs_before: Simulated | None
    slopes: FloatArray


def expected_of(task: Calibration, parameters: Parameters) -> FloatArray:
    """The targets by the expectation, (T,); NaN where only runs tell."""
    flows = expected_flows(parameters, task.region)
    return np.array([target.expected(flows) for target in task.targets])


def missed(task: Calibration, found: FloatArray) -> FloatArray:
    """How far values (T,) are from the targets, in tolerances; 0 where they cannot be told."""
    return np.array([one.miss(v) for one, v in zip(task.targets, found.tolist(), strict=True)])


def calibrated(task: Calibration, say: Callable[[str], None], tick: Tick) -> Fitted:
    """Fit a calibration; say: what is being done, tick: after every world."""

    @functools.lru_cache(maxsize=256)
    def misses_at(values: tuple[float, ...]) -> FloatArray:
        moved = with_free(task.parameters, task.free, np.array(values))
        return missed(task, expected_of(task, moved))

    def expected_misses(values: FloatArray) -> FloatArray:
        return misses_at(tuple(values.tolist()))

    before = expected_of(task, task.parameters)
    say("fitting to the expectation")
    steps = fit_steps(task.free, expected_misses, task.weight)
    slopes, runs_before, runs = slopes_of(task.free, expected_misses, steps), None, None
    if task.replicates:
        say("runs where the numbers stood")
        runs_before = simulated(task, task.parameters, 0, task.replicates, tick)
        steps, slopes = Correction(task, expected_misses, steps, slopes, say, tick).fitted()
    values = rounded(task, steps)
    overrides = overrides_of(task.parameters, task.free, values)
    parameters = task.parameters.with_values(overrides)
    if task.replicates:
        say("runs in worlds that the fit has not seen")
        runs = simulated(task, parameters, task.replicates, task.replicates, tick)
    expected = expected_of(task, parameters)
    limits = limits_at(task, steps)
    return Fitted(values, overrides, steps, limits, expected, before, runs, runs_before, slopes)


def rounded(task: Calibration, steps: FloatArray) -> FloatArray:
    """Values (n,) at steps as a file holds them: those next to an end at it, else few digits.

    All their digits where, with fewer, they could not hold together.
    """
    exact, out = values_at(task.free, steps), []
    for one, value in zip(task.free, exact.tolist(), strict=True):
        short, nearly = float(f"{value:.{DIGITS}g}"), 1e-6 * (one.high - one.low)
        low, high = one.low + nearly, one.high - nearly
        out.append(one.low if short < low else one.high if short > high else short)
    try:
        with_free(task.parameters, task.free, np.array(out))
    except ValueError:
        return exact
    return np.array(out)


def limits_at(task: Calibration, steps: FloatArray) -> tuple[str, ...]:
    """What keeps a number from moving on from where the fit stands, besides its ends."""
    (low, high), found = steps_at_ends(task.free), list[str]()
    for j in range(len(steps)):
        for by in (-STEP, STEP):
            moved = steps.copy()
            moved[j] = np.clip(moved[j] + by, low[j], high[j])
            try:
                with_free(task.parameters, task.free, values_at(task.free, moved))
            except ValueError as error:
                found.append(f"{task.free[j].label} ({error})")
    return tuple(dict.fromkeys(found))


class Correction:
    """The fit to what runs give, round by round.

    steps (n,): where the fit stands; now (T,): misses by runs there; by_runs (T, n): what of the
    slopes only runs can tell; effects (T, n): these slopes, 0 elsewhere.
    """

    def __init__(
        self, task: Calibration, expected_misses: Misses, steps: FloatArray, slopes: FloatArray,
        say: Callable[[str], None], tick: Tick,
    ) -> None:  # fmt: skip
        self.task, self.expected_misses, self.say, self.tick = task, expected_misses, say, tick
        self.steps = steps
        from_runs = np.array([not one.quantity.expected for one in task.targets])
        silent = np.abs(slopes).max(axis=0) < NO_EFFECT
        self.by_runs = from_runs[:, None] | silent
        say("runs where the fit to the expectation stands")
        self.now = self.misses(steps)
        self.effects = np.zeros(slopes.shape)
        for j in np.flatnonzero(self.by_runs.any(axis=0)).tolist():
            self.effects[:, j] = np.where(self.by_runs[:, j], self.effect(j), 0.0)
        self.radius = RADIUS if self.by_runs.any() else np.inf

    def misses(self, steps: FloatArray) -> FloatArray:
        """Misses (T,) by runs; ValueError where values cannot hold together."""
        task = self.task
        p = with_free(task.parameters, task.free, values_at(task.free, steps))
        return missed(task, simulated(task, p, 0, task.replicates, self.tick).means)

    def effect(self, j: int) -> FloatArray:
        """How runs say that a number moves the misses, (T,); 0 where it cannot be moved."""
        self.say(f"runs with another {self.task.free[j].label}")
        low, high = steps_at_ends(self.task.free)
        up = RUN_STEP if self.steps[j] + RUN_STEP <= high[j] else -RUN_STEP
        for by in (up, -up):
            moved = self.steps.copy()
            moved[j] = np.clip(moved[j] + by, low[j], high[j])
            if moved[j] == self.steps[j]:
                continue
            try:
                moves = self.misses(moved) - self.now
                return np.asarray(moves / (moved[j] - self.steps[j]))
            except ValueError:
                continue
        return np.zeros(len(self.now))

    def fitted(self) -> tuple[FloatArray, FloatArray]:
        """Steps (n,) that miss least by runs, and all slopes (T, n) there."""
        for number in range(1, ROUNDS + 1):
            steps = fit_steps(
                self.task.free, self.foreseen(), self.task.weight, self.steps, self.radius
            )
            apart = steps - self.steps
            foreseen = self.loss(self.foreseen()(values_at(self.task.free, steps)), steps)
            if self.loss(self.now, self.steps) - foreseen < WORTHWHILE:
                break
            self.say(f"runs of the fit, round {number} of at most {ROUNDS}")
            then = self.misses(steps)
            if self.loss(then, steps) >= self.loss(self.now, self.steps):
                self.radius = float(np.abs(apart).max()) / 3.0
                continue
            self.learn(then, apart)
            self.steps, self.now = steps, then
        slopes = slopes_of(self.task.free, self.expected_misses, self.steps)
        return self.steps, np.where(self.by_runs, self.effects, slopes)

    def foreseen(self) -> Misses:
        """Misses by runs elsewhere: as here, and as the expectation and the effects move them."""
        free, here = self.task.free, self.steps
        expected_here = self.expected_misses(values_at(free, here))

        def misses(values: FloatArray) -> FloatArray:
            steps = np.array([one.step_of(v) for one, v in zip(free, values, strict=True)])
            moved = self.expected_misses(values) - expected_here
            return np.asarray(self.now + moved + self.effects @ (steps - here))

        return misses

    def loss(self, misses: FloatArray, steps: FloatArray) -> float:
        """What the fit makes small."""
        return float((misses**2).sum() + (self.task.weight**2 * steps**2).sum())

    def learn(self, then: FloatArray, apart: FloatArray) -> None:
        """Take what a step showed into the effects of what runs alone tell (Broyden)."""
        rows = self.by_runs.all(axis=1)
        wrong = then - self.now - self.effects @ apart
        self.effects[rows] += np.outer(wrong, apart / (apart @ apart))[rows]
