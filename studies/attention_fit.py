"""Fit what makes the record uneven to the real moments, by simulated moments.

Recording is fitted to reports drawn once (`streetlight.experiments.analyse.recorded`).  Effort
changes what happens and needs whole runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from streetlight.experiments.analyse.recorded import Reports, published, reports_of
from streetlight.model.arrays import FloatArray
from streetlight.model.inference.shape import thinned
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.in_force import in_force, with_in_force
from studies.attention_moments import REAL, VOLUME, loss, moments
from studies.attention_worlds import YEARS, judge, luck_of_thinning, run_world, us_places


class Moved(NamedTuple):
    """A number that a fit moves: its name and the ends it stays between."""

    name: str
    low: float
    high: float


#: Numbers that every reading has in common, fitted with `recording`.
SHARED = (
    Moved("recording.recorded_year_ar", 0.5, 0.9),
    Moved("recording.participation_ar", 0.6, 0.95),
    Moved("recording.publish_small", 0.1, 0.5),
)
RECORDING = (
    Moved("recording.recorded_cv", 0.7, 1.75),
    Moved("recording.never", 0.05, 0.43),
    Moved("recording.recorded_area_share", 0.0, 0.45),
    Moved("recording.recorded_year_share", 0.0, 0.55),
)
EFFORT = (
    Moved("attention.effort_cv", 0.6, 2.5),
    Moved("attention.effort_level", 0.8, 2.6),
    Moved("attention.effort_area_share", 0.0, 0.5),
    Moved("attention.effort_year_share", 0.0, 0.5),
    Moved("attention.effort_year_ar", 0.5, 0.9),
)
#: What each reading is fitted by; `mixed` keeps its effort, and what every reading has in common.
FREE = {"recording": (*RECORDING, *SHARED), "effort": EFFORT, "mixed": RECORDING}
#: What effort may not do to the level: the share known as in reading even, give or take, at least
#: so many identified (docs/calibration.md), at most so many investigations without a finding (P47).
KNOWN, SPREAD = 0.183, 0.01
LEAST_IDENTIFIED, MOST_UNFOUNDED = 0.04, 0.80


def recorded_moments(parameters: Parameters, worlds: Sequence[Reports]) -> dict[str, float]:
    """Mean moments of the published reports, thinned to the real volume."""
    rows = []
    for reports in worlds:
        counts = published(parameters, reports)
        luck = luck_of_thinning(reports.replicate, counts.shape)
        rows.append(moments(thinned(counts, luck, VOLUME), us_places(reports.region)))
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def fit(
    score: Callable[[Parameters], float], start: Parameters, free: Sequence[Moved], most: int
) -> Parameters:
    """Parameters at which the score is small: Nelder-Mead on logits between the ends.

    most: evaluations; numbers that cannot hold together have no score.
    """
    names = [one.name for one in free]
    low, high = (np.array([getattr(one, end) for one in free]) for end in ("low", "high"))

    def parameters_at(z: FloatArray) -> Parameters:
        values = low + (high - low) * expit(z)
        return with_in_force(start, dict(zip(names, values.tolist(), strict=True)))

    def score_at(z: FloatArray) -> float:
        try:
            return score(parameters_at(z))
        except ValueError:
            return np.inf

    current = np.array([in_force(start, name) for name in names])
    z0 = logit(np.clip((current - low) / (high - low), 0.03, 0.97))
    simplex = np.vstack([z0, z0 + 0.7 * np.eye(len(free))])
    options = {"maxfev": most, "initial_simplex": simplex, "xatol": 0.02, "fatol": 0.005}
    return parameters_at(minimize(score_at, z0, method="Nelder-Mead", options=options).x)


def fit_recording(start: Parameters, worlds: int, most: int) -> tuple[Parameters, float]:
    """The reading of `start` with its recording fitted, and the loss."""
    drawn = [reports_of(run_world(start, r), YEARS) for r in range(worlds)]

    def score(parameters: Parameters) -> float:
        return loss(recorded_moments(parameters, drawn))

    found = fit(score, start, FREE[start.attention.reading], most)
    return found, score(found)


def fit_effort(start: Parameters, worlds: int, most: int) -> tuple[Parameters, float]:
    """The reading `effort` with the spread and level of effort fitted, and the loss.

    Levels that leave their bands add to the loss.
    """

    def score(parameters: Parameters) -> float:
        found = {name: float(values.mean()) for name, values in judge(parameters, worlds).items()}
        misses = (
            found["known"] - KNOWN,
            max(0.0, LEAST_IDENTIFIED - found["identified"]),
            max(0.0, found["not substantiated"] - MOST_UNFOUNDED),
        )
        shape = {name: found[f"reports: {name}"] for name in REAL}
        return loss(shape) + sum((miss / SPREAD) ** 2 for miss in misses)

    found = fit(score, start, EFFORT, most)
    return found, score(found)
