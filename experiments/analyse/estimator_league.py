"""Which estimator comes nearest to the truth in the worlds of an experiment.

In every future and replicate the baseline is run, and every estimator is scored on the record of
that run. Estimators know the region as agencies do, with the census's errors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from streetlight.experiments.analyse.estimator_scores import (
    CEILING,
    REFERENCE,
    SURVEYED,
    Score,
    Scored,
    difference,
    luck_of_survey,
    record_scores,
)
from streetlight.experiments.analyse.intervals import estimate
from streetlight.experiments.experiment import Experiment, Future
from streetlight.experiments.running.cells import Engine
from streetlight.model.inference.hidden_risk import HIDDEN_CV
from streetlight.model.world.census import as_agencies_see

#: Scores of the worlds of one future, or of several: by future, then by replicate.
Worlds = Sequence[Sequence[Mapping[str, Score]]]


class LeagueRow(NamedTuple):
    """One score of one estimator: mean over worlds, 95% intervals, NaN where there is none.

    worlds: in which it has the score; ceiling: the ceiling's own; over_raw, over_ceiling: paired
    differences to raw rates and to the ceiling.
    """

    future: str
    method: str
    score: str
    worlds: int
    mean: float
    low: float
    high: float
    over_raw: float
    over_raw_low: float
    over_raw_high: float
    ceiling: float
    over_ceiling: float
    over_ceiling_low: float
    over_ceiling_high: float


class Standing(NamedTuple):
    """Estimators by rank agreement, 95% intervals. even: with the leader, not surely behind it."""

    leader: str
    even: tuple[str, ...]
    ahead: tuple[str, ...]  # of raw rates
    behind: tuple[str, ...]


def world_scored(
    experiment: Experiment,
    future: Future,
    replicate: int,
    hidden_cv: float = HIDDEN_CV,
    share: float = 1.0,
) -> Scored:
    """Scores of every estimator in one world of an experiment."""
    engine = Engine.of_model()
    world = engine.draw_world(
        future.parameters, experiment.region, seed=experiment.seed, future=future.name,
        replicate=replicate, years=experiment.horizon, shocks=future.shocks,
    )  # fmt: skip
    history = engine.run_policy(world, experiment.baseline)
    told = as_agencies_see(world.parameters, world.region, world.state.world)
    luck = luck_of_survey(experiment.seed, experiment.futures.index(future), replicate)
    return record_scores(history, told, luck, hidden_cv, share)


def every_row(worlds: Worlds) -> list[list[dict[str, Score]]]:
    """The same with a row of NaN where an estimator could not be used; the ceiling is the last."""
    names = dict.fromkeys(name for rows in worlds for row in rows for name in row)
    ordered = [*(name for name in names if name != CEILING), CEILING]
    return [[{name: row.get(name, Score()) for name in ordered} for row in rows] for rows in worlds]


def league_rows(future: str, worlds: Worlds) -> list[LeagueRow]:
    """All scores of all estimators, in the worlds of a future or of several."""
    full = every_row(worlds)
    return [row_of(future, name, field, full) for name in full[0][0] for field in Score._fields]


def row_of(future: str, name: str, field: str, worlds: Worlds) -> LeagueRow:
    """One score of one estimator."""
    own, ceiling = (values_of(worlds, one, field) for one in (name, CEILING))
    mean, over_raw, over_ceiling = (
        (one.mean, one.low, one.high)
        for one in (
            estimate(own),
            difference(worlds, field, name, REFERENCE),
            difference(worlds, field, name, CEILING),
        )
    )
    known = int(np.isfinite(own).sum())
    best = estimate(ceiling).mean
    return LeagueRow(future, name, field, known, *mean, *over_raw, best, *over_ceiling)


def values_of(worlds: Worlds, name: str, field: str) -> np.ndarray:
    """A score (F, R) of one estimator."""
    return np.array([[getattr(row[name], field) for row in rows] for rows in worlds])


def standing(worlds: Worlds) -> Standing | None:
    """Who leads by rank agreement over all places, of those that need the record alone, and surely.

    None where no estimator has a rank.
    """
    full = every_row(worlds)
    left_out = {CEILING, SURVEYED, "counts"}
    methods = [name for name in full[0][0] if name not in left_out]
    mean = {name: estimate(values_of(full, name, "all")).mean for name in methods}
    ranked = [name for name in methods if math.isfinite(mean[name])]
    if not ranked:
        return None
    leader = max(ranked, key=mean.__getitem__)
    others = [name for name in ranked if name != leader]
    to_leader = {name: difference(full, "all", name, leader) for name in others}
    to_raw = {name: difference(full, "all", name, REFERENCE) for name in ranked}
    return Standing(
        leader,
        tuple(name for name, one in to_leader.items() if not one.high < 0.0),
        tuple(name for name, one in to_raw.items() if one.low > 0.0),
        tuple(name for name, one in to_raw.items() if one.high < 0.0),
    )
