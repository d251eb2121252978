"""What an agency believes of risk and response: the truth by place class, off by its own errors.

Each belief is the true mean of a place class times a log-normal error, drawn once a future (and
seed) and the same in all its replicates; the agency's model may also leave one interaction out.
What it can count, its posts and the work they have, it knows.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from enum import IntEnum
from typing import Any

import numpy as np

from model.beliefs import FloatArray, Responses, RiskBeliefs
from model.draws import belief_draws
from model.expected_response import standing, true_responses
from model.lever_names import LEVER_INDEX, LEVER_NAMES, N_LEVERS
from model.parameters import Parameters
from model.region import Region


class Belief(IntEnum):
    """What an agency can be wrong about. Errors are drawn in this order; no number is reused."""

    POVERTY = 0
    RESPONDERS = 1
    PUBLIC = 2
    YOUTH = 3
    LEAVE = 4
    CAMPAIGN = 5
    TRAINING = 6
    SCREENING_UNIVERSAL = 7
    SCREENING_TARGETED = 8
    EDUCATION = 9
    CHANNEL = 10
    SERVICES = 11
    PREVENTION = 12
    ECONOMIC = 13
    FALSE_REPORTS = 14


#: Interactions an agency's model may leave out, in the order of the draw.
OMITTED = ("sees_queue", "sees_channel", "sees_services")


def risk_beliefs(parameters: Parameters, seed: int, future: int | str) -> RiskBeliefs:
    """What an agency believes about risk in this future: the truth, off by its errors."""
    error = _errors(parameters, seed, future)
    ratio = parameters.incidence.poverty_ratio * float(error[Belief.POVERTY])
    return RiskBeliefs(poverty_ratio=ratio)


def agency_responses(
    parameters: Parameters,
    region: Region,
    investigators: FloatArray | None,
    seed: int,
    future: int | str,
) -> Responses:
    """What an agency believes about responses in this future.

    investigators (C,): posts of this world, which it knows, as it does their work.
    """
    believed = _believed(parameters, region, seed, future)
    return believed if investigators is None else standing(believed, parameters, investigators)


@functools.lru_cache(maxsize=8)
def _believed(parameters: Parameters, region: Region, seed: int, future: int | str) -> Responses:
    true = true_responses(parameters, region)
    error = _errors(parameters, seed, future)
    level = error[[Belief.RESPONDERS, Belief.PUBLIC, Belief.YOUTH]][:, None]

    def mean(column: FloatArray) -> FloatArray:
        return _class_means(column, region)

    by_lever = np.ones(N_LEVERS)
    for name in LEVER_NAMES:
        if name.upper() in Belief.__members__:
            by_lever[LEVER_INDEX[name]] = error[Belief[name.upper()]]
    lever = by_lever[:, None]
    changes: dict[str, Any] = dict(
        signals=mean(true.signals) * level,
        confirmed=mean(true.confirmed),
        leave=mean(true.leave) * error[Belief.LEAVE],
        keep=mean(true.keep),
        keep_served=_served(mean(true.keep), mean(true.keep_served), float(error[Belief.SERVICES])),
        gain=mean(true.gain) * lever[:, None],
        bend=mean(true.bend),
        false_gain=mean(true.false_gain) * error[Belief.FALSE_REPORTS],
        channel_gain=mean(true.channel_gain) * error[Belief.CHANNEL],
        heard=mean(true.heard),
        onset_gain=np.minimum(mean(true.onset_gain) * lever, 1.0),
        onset_bend=mean(true.onset_bend),
    )
    omitted = _omitted(parameters, seed, future)
    if omitted:
        changes[omitted] = False
    return replace(true, **changes)


def _served(keep: FloatArray, served: FloatArray, error: float) -> FloatArray:
    """What lasts with services, the gain of services off by a factor, at most all of it."""
    return np.asarray(np.minimum(1.0, keep + (served - keep) * error))


def _class_means(column: FloatArray, region: Region) -> FloatArray:
    """Each community's place-class mean, by youth, of columns (..., C)."""
    means = np.empty_like(column)
    for k in range(4):
        members = region.place_class == k
        weight = region.youth_12_17[members]
        if members.any():
            own = weight if weight.sum() > 0.0 else np.ones(len(weight))
            values = column[..., members]
            known = np.where(np.isinf(values), 0.0, values)
            mean = np.average(known, axis=-1, weights=own)
            infinite = np.isinf(values).all(axis=-1)
            means[..., members] = np.where(infinite, np.inf, mean)[..., None]
    return means


def _errors(parameters: Parameters, seed: int, future: int | str) -> FloatArray:
    """Factors on the truth, log-normal with median 1, by `Belief`."""
    normals, _ = belief_draws(seed, future, len(Belief))
    return np.exp(parameters.agency.log_error_sd * normals)


def _omitted(parameters: Parameters, seed: int, future: int | str) -> str | None:
    """The interaction that an agency's model leaves out in this future, if any."""
    agency = parameters.agency
    if agency.leaves_out != "drawn":
        return None if agency.leaves_out == "nothing" else f"sees_{agency.leaves_out}"
    _, u = belief_draws(seed, future, len(Belief))
    return OMITTED[min(2, int(3.0 * u / agency.omits))] if u < agency.omits else None
