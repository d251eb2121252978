"""What runs give for targets: worlds without added money, the same ones at every look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import stdtrit

from streetlight.experiments.calibrate.flows import Flows, run_flows
from streetlight.experiments.calibrate.quantities import Target
from streetlight.experiments.calibrate.task import Calibration
from streetlight.model.arrays import FloatArray
from streetlight.model.money import policies
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import simulate

#: Whose worlds are drawn. The same youth and the same luck at every look, so that looks differ by
#: their parameters alone.
FUTURE = "calibrate"
LEVEL = 0.95

#: Told after every world.
Tick = Callable[[], None]


@dataclass(frozen=True, eq=False)
class Simulated:
    """What some worlds give: part and whole of every target in each, (worlds, targets, 2).

    NaN where a world cannot tell.
    """

    ratios: FloatArray

    @property
    def means(self) -> FloatArray:
        """Every target over all worlds together, (targets,); NaN where none can tell."""
        return over_worlds(self.ratios)

    @property
    def half_widths(self) -> FloatArray:
        """Half the widths of 95% intervals, by leaving out one world at a time, (targets,)."""
        n = len(self.ratios)
        if n < 2:
            return np.full(self.ratios.shape[1], np.nan)
        without = np.array([over_worlds(np.delete(self.ratios, w, axis=0)) for w in range(n)])
        spread = np.sqrt((n - 1) / n * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
        return np.asarray(float(stdtrit(n - 1, (1.0 + LEVEL) / 2.0)) * spread)


def over_worlds(ratios: FloatArray) -> FloatArray:
    """Sum of parts over sum of wholes, (targets,), of the worlds that can tell."""
    told = np.isfinite(ratios).all(axis=2, keepdims=True)
    part, whole = np.moveaxis(np.where(told, ratios, 0.0).sum(axis=0), 1, 0)
    found = np.full(len(part), np.nan)
    np.divide(part, whole, out=found, where=whole > 0.0)
    return found


def simulated(
    task: Calibration, parameters: Parameters, first: int, n: int, tick: Tick
) -> Simulated:
    """The targets in n worlds, from replicate `first`."""
    run = partial(
        simulate, parameters, task.region, policies.none(), future=FUTURE, seed=task.seed,
        years=task.years,
    )  # fmt: skip
    rows = []
    for replicate in range(first, first + n):
        rows.append(ratios_of(task.targets, run_flows(run(replicate=replicate))))
        tick()
    return Simulated(np.array(rows))


def ratios_of(targets: Sequence[Target], flows: Flows) -> FloatArray:
    """Part and whole of every target, (targets, 2)."""
    return np.array([target.of(flows) for target in targets], float)
