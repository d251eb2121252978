"""What a planner is given beside the record: prices, and how communities are thought to respond.

Prices are facts of the region.  Responses are somebody's: an agency's own (drawn around the truth,
once a future) or, for an oracle, the true ones.  Both are columns; the planner's model that reads
them is `money.response`, and nothing here knows the simulator's parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import FloatArray

#: Where reports come from, as a planner tells them apart.
SOURCES = ("responders", "public", "youth")

__all__ = ["SOURCES", "Prices", "Responses", "RiskBeliefs"]


class _Columns:
    """Arrays that could be written to are copied and locked: no rule can change another's."""

    def __post_init__(self) -> None:
        for one in fields(self):  # type: ignore[arg-type]
            value: Any = getattr(self, one.name)
            if isinstance(value, np.ndarray) and value.flags.writeable:
                value = value.copy()
                value.setflags(write=False)
                object.__setattr__(self, one.name, value)


@dataclass(frozen=True, eq=False, kw_only=True)
class RiskBeliefs(_Columns):
    """An agency's slope of risk: poverty_ratio, poor against other households.

    By default that of an agency that was told nothing.  It believes classes of place to be alike,
    as nothing settles whether they are: what the record hides by class only surveys can tell it.
    """

    poverty_ratio: float = 2.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Prices(_Columns):
    """What money buys this year, over C communities and L levers.

    unit_cost (C, L): dollars a unit; fixed (L,): dollars before the first unit, and minimum (L,):
    smallest useful units, both of a team; base (C, L): what units are divided by to give a dose;
    top (L,): limit of the effect, inf for none; team (C,): index of those who buy together.
    """

    unit_cost: FloatArray
    fixed: FloatArray
    minimum: FloatArray
    base: FloatArray
    top: FloatArray
    team: npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Responses(_Columns):
    """How communities respond, as columns (C,) unless said otherwise.

    *What stands at the start, known to whoever runs the agencies.*  pool (C,): investigation
    region; true_load, false_load: investigations to be made a year of true and of false reports;
    posts: investigators; per_post: investigations a post makes a year; places: service places;
    place_years: youth a place serves a year.

    *What is believed.*  signals (3, C): investigations opened per exploited youth and year by
    `SOURCES`; confirmed: share of true investigations, not late, that identify the youth; leave:
    rate a year at which exploitation ends otherwise, net of what follows; keep, keep_served: part
    of an identification that lasts, without and with services; wanted: share of the identified who
    would take a place nearby; distance: factor on it where services are far; late_ratio,
    late_years: factor on confirmation after that long a wait.

    gain, bend (L, 3, C): an effect y of a lever multiplies a source by 1 + gain y / (1 + y / bend);
    tool_gain, replaced (L, C): a screening tool adds tool_gain y times responders' reports at the
    start, with workers as they were then, and takes the place of the share replaced y of their
    looks;
    false_gain (L, C): it multiplies false reports by 1 + false_gain y; false_added (L, C): and adds
    false_added y false investigations a year; channel_gain, heard: the
    confidential channel multiplies the youth's own reports by 1 + channel_gain y (1 + heard w), w
    the campaign's bent effect; onset_gain, onset_bend (L, C): first onsets fall by the share
    onset_gain y / (1 + y / onset_bend).

    lasting (L,): share of a year's effect that comes while it counts (1: the programme goes on);
    horizon_years: time over which queues are thought to grow.  sees_queue, sees_channel,
    sees_services: False where the planner's model leaves that interaction out.
    """

    pool: npt.NDArray[np.integer[Any]]
    true_load: FloatArray
    false_load: FloatArray
    posts: FloatArray
    per_post: float
    places: FloatArray
    place_years: float
    signals: FloatArray
    confirmed: FloatArray
    leave: FloatArray
    keep: FloatArray
    keep_served: FloatArray
    wanted: FloatArray
    distance: FloatArray
    late_ratio: float
    late_years: float
    gain: FloatArray
    bend: FloatArray
    tool_gain: FloatArray
    replaced: FloatArray
    false_gain: FloatArray
    false_added: FloatArray
    channel_gain: FloatArray
    heard: FloatArray
    onset_gain: FloatArray
    onset_bend: FloatArray
    lasting: FloatArray
    horizon_years: float = 5.0
    sees_queue: bool = True
    sees_channel: bool = True
    sees_services: bool = True
