"""Fit what makes the record uneven to the real moments, by simulated moments.

What is written down changes nothing of what happens, so recording is fitted to reports drawn once:
the shares of each setting are drawn as the engine draws them, and the reports that enter the books
by inversion of the same uniforms.  Effort changes what happens and needs whole runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import binom

from streetlight.model.arrays import FloatArray
from streetlight.model.names import AGENCY_OF_CHANNEL, N_AGENCIES
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import Simulation
from streetlight.model.world.attention import draw_attention
from streetlight.model.world.communities import make_communities
from streetlight.model.world.state import AttentionRow
from studies.attention_moments import REAL, loss, moments, thinned
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


class Reports(NamedTuple):
    """The reports of one world, before any of them enters a book."""

    run: Simulation
    counts: FloatArray  # (agencies, YEARS, C)
    luck: FloatArray  # (agencies, YEARS, C) uniforms of how many of them enter the books


def reports_of(run: Simulation) -> Reports:
    """The reports of the policy years of a run by agency."""
    by_month = run.history().record.counts.referrals
    months = by_month[-12 * YEARS :].reshape(YEARS, 12, *by_month.shape[1:]).sum(1)
    counts = np.zeros((N_AGENCIES, *months.shape[:2]))
    np.add.at(counts, list(AGENCY_OF_CHANNEL), np.moveaxis(months, 2, 0))
    rng = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(2, run.world.replicate)))
    return Reports(run, counts, np.asarray(rng.random(counts.shape)))


def published(parameters: Parameters, reports: Reports) -> FloatArray:
    """Published reports (C, YEARS) with the recording and participation of these parameters.

    What training and denial of a place do to its participation is left out: it is a matter of a few
    hundredths of the normal score.
    """
    world = reports.run.world
    clock, key = world.clock, world.state.world
    communities, spread = make_communities(parameters, world.region, clock, key)
    attention = draw_attention(parameters, world.region, key, clock.n_years, spread)
    attention = attention[clock.first_policy_year :]
    share = np.moveaxis(attention[:, AttentionRow.RECORDED :], 1, 0)
    some = reports.counts > 0
    books = np.zeros_like(reports.counts)
    books[some] = binom.ppf(reports.luck[some], reports.counts[some], share[some])
    takes_part = attention[:, AttentionRow.TAKES_PART] < communities["takes_part"]
    return np.asarray((books.sum(0) * takes_part).T)


def recorded_moments(parameters: Parameters, worlds: Sequence[Reports]) -> dict[str, float]:
    """Mean moments of the published reports, thinned to the real volume."""
    rows = []
    for reports in worlds:
        counts = published(parameters, reports)
        luck = luck_of_thinning(reports.run.world.replicate, counts.shape)
        rows.append(moments(thinned(counts, luck), us_places(reports.run.world.region)))
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def current(parameters: Parameters, free: Sequence[Moved]) -> list[float]:
    """The values these numbers have; of a pair, the one in force."""
    found = []
    for one in free:
        group, name = one.name.split(".")
        value = getattr(getattr(parameters, group), name)
        found.append(parameters.attention.of(value) if isinstance(value, tuple) else value)
    return found


def with_free(parameters: Parameters, free: Sequence[Moved], values: Sequence[float]) -> Parameters:
    """Parameters with these numbers; of a pair, the one in force is replaced."""
    changed: dict[str, Any] = {}
    for one, value in zip(free, values, strict=True):
        group, name = one.name.split(".")
        now = getattr(getattr(parameters, group), name)
        changed[one.name] = float(value)
        if isinstance(now, tuple):
            mixed = parameters.attention.reading == "mixed"
            changed[one.name] = (now[0], float(value)) if mixed else (float(value), now[1])
    return parameters.with_values(changed)


def fit(
    score: Callable[[Parameters], float], start: Parameters, free: Sequence[Moved], most: int
) -> Parameters:
    """Parameters at which the score is small: Nelder-Mead on logits between the ends.

    most: evaluations; numbers that cannot hold together have no score.
    """
    low, high = (np.array([getattr(one, end) for one in free]) for end in ("low", "high"))

    def parameters_at(z: FloatArray) -> Parameters:
        return with_free(start, free, list(low + (high - low) * expit(z)))

    def score_at(z: FloatArray) -> float:
        try:
            return score(parameters_at(z))
        except ValueError:
            return np.inf

    z0 = logit(np.clip((np.array(current(start, free)) - low) / (high - low), 0.03, 0.97))
    simplex = np.vstack([z0, z0 + 0.7 * np.eye(len(free))])
    options = {"maxfev": most, "initial_simplex": simplex, "xatol": 0.02, "fatol": 0.005}
    return parameters_at(minimize(score_at, z0, method="Nelder-Mead", options=options).x)


def fit_recording(start: Parameters, worlds: int, most: int) -> tuple[Parameters, float]:
    """The reading of `start` with its recording fitted, and the loss."""
    drawn = [reports_of(run_world(start, r)) for r in range(worlds)]

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
