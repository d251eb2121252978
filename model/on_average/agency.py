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

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.draws import belief_draws
from streetlight.model.names import LEVER_INDEX, LEVER_NAMES, N_CLASSES, N_LEVERS
from streetlight.model.parameters import Parameters
from streetlight.model.record.beliefs import Responses, RiskBeliefs


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
    UNIT = 15
    PLATFORMS = 16


#: Interactions an agency's model may leave out, in the order of the draw.
OMITTED = ("sees_queue", "sees_channel", "sees_services")


def risk_beliefs(parameters: Parameters, seed: int, future: int | str) -> RiskBeliefs:
    """What an agency believes about risk in this future: the truth, off by its errors."""
    error = _errors(parameters, seed, future)
    ratio = parameters.incidence.poverty_ratio * float(error[Belief.POVERTY])
    return RiskBeliefs(poverty_ratio=ratio)


@functools.lru_cache(maxsize=8)
def agency_responses(
    true: Responses, parameters: Parameters, region: Region, seed: int, future: int | str
) -> Responses:
    """What an agency believes about responses in this future, where these are the true ones."""
    error = _errors(parameters, seed, future)
    sources = [Belief.RESPONDERS, Belief.PUBLIC, Belief.YOUTH, Belief.PLATFORMS]
    level = error[sources][:, None]

    def mean(column: FloatArray) -> FloatArray:
        return _class_means(column, region)

    def per_youth(column: FloatArray) -> FloatArray:
        return np.divide(column, region.youth, out=np.zeros_like(column), where=region.youth > 0.0)

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
        bend=_mean_bends(true.bend, region),
        tool_gain=mean(true.tool_gain) * lever,
        replaced=mean(true.replaced),
        false_gain=mean(true.false_gain),
        false_added=mean(per_youth(true.false_added)) * region.youth * error[Belief.FALSE_REPORTS],
        channel_gain=mean(true.channel_gain) * error[Belief.CHANNEL],
        heard=mean(true.heard),
        onset_gain=np.minimum(mean(true.onset_gain) * lever, 1.0),
        onset_bend=_mean_bends(true.onset_bend, region),
        **_believed_load(true, region, float(error[Belief.FALSE_REPORTS])),
    )
    omitted = _omitted(parameters, seed, future)
    if omitted:
        changes[omitted] = False
    return replace(true, **changes)


def _served(keep: FloatArray, served: FloatArray, error: float) -> FloatArray:
    """What lasts with services, the gain of services off by a factor, at most all of it."""
    return np.asarray(np.minimum(1.0, keep + (served - keep) * error))


def _believed_load(true: Responses, region: Region, error: float) -> dict[str, FloatArray]:
    """How an agency splits the load it can count, by the share true in a class of place.

    It cannot tell true reports from false; it is off in false ones by a factor.
    """
    load = true.true_load + true.false_load
    share = np.divide(true.true_load, load, out=np.zeros_like(load), where=load > 0.0)
    share = _class_means(share, region)
    believed = np.divide(
        share, share + (1.0 - share) * error, out=np.zeros_like(share), where=share > 0.0
    )
    return {"true_load": load * believed, "false_load": load * (1.0 - believed)}


def _mean_bends(bend: FloatArray, region: Region) -> FloatArray:
    """Class means of bends (..., C) by their curvature, which is 0 where there is no bend."""
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / _class_means(1.0 / bend, region))


def _class_means(column: FloatArray, region: Region) -> FloatArray:
    """Each community's place-class mean, by youth, of columns (..., C)."""
    means = np.empty_like(column)
    for k in range(N_CLASSES):
        members = region.place_class == k
        weight = region.youth_12_17[members]
        if members.any():
            own = weight if weight.sum() > 0.0 else np.ones(len(weight))
            means[..., members] = np.average(column[..., members], axis=-1, weights=own)[..., None]
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
