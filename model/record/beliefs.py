"""What a planner is given beside the record: prices, and how communities are thought to respond.

Prices are facts of the region.  Responses are somebody's: an agency's own (drawn around the truth,
once a future) or, for an oracle, the true ones.  Both are columns; the planner's model that reads
them is `money.response`, and nothing here knows the simulator's parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from streetlight.model.arrays import FloatArray, IndexArray, lock_fields

#: Where reports come from, as a planner tells them apart.
SOURCES = ("responders", "public", "youth", "platforms")

__all__ = ["SOURCES", "Prices", "Responses", "RiskBeliefs"]


class _Columns:
    """Arrays are copied and locked, so that no rule can change what another is shown."""

    def __post_init__(self) -> None:
        lock_fields(self)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False, kw_only=True)
class RiskBeliefs(_Columns):
    """An agency's slope of risk: poverty_ratio, poor against other households.

    By default that of an agency that was told nothing.  It believes classes of place to be alike,
    as nothing settles whether they are: what the record hides by class only surveys can tell it.
    """

    poverty_ratio: float = 2.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Prices(_Columns):
    """What money buys this year, over C communities and L levers."""

    unit_cost: FloatArray  # (C, L): dollars a unit
    fixed: FloatArray  # (L,): dollars that a team pays before the first unit
    minimum: FloatArray  # (L,): smallest useful units of a team
    base: FloatArray  # (C, L): what units are divided by to give a dose
    top: FloatArray  # (L,): limit of the effect, inf for none
    team: IndexArray  # (C,): index of those who buy together

    @cached_property
    def alone(self) -> bool:
        """Whether every community is a team of its own, in their order."""
        return np.array_equal(self.team, np.arange(len(self.team)))


@dataclass(frozen=True, eq=False, kw_only=True)
class Responses(_Columns):
    """How communities respond, as columns (C,) unless said otherwise; y: the effect of a lever."""

    # What stands at the start, which those who run the agencies know.
    pool: IndexArray  # investigation region
    true_load: FloatArray  # investigations of true reports to be made a year
    false_load: FloatArray  # of false reports
    posts: FloatArray  # investigators
    per_post: float  # investigations a post makes a year
    places: FloatArray  # service places
    place_years: float  # youth a service place serves a year

    # What is believed of the cascade.
    signals: FloatArray  # (4, C): investigations begun per exploited youth and year, by `SOURCES`
    confirmed: FloatArray  # share of true investigations, not late, that identify the youth
    leave: FloatArray  # rate a year at which exploitation ends otherwise, net of what follows
    keep: FloatArray  # part of an identification that lasts without services
    keep_served: FloatArray  # the same with services
    wanted: FloatArray  # share of the identified who would take a place nearby
    distance: FloatArray  # factor on it where services are far
    late_ratio: float  # factor on `confirmed` after a wait of `late_years`
    late_years: float

    # What is believed of levers.
    gain: FloatArray  # (L, 4, C): multiplies a source by 1 + gain y / (1 + y / bend)
    bend: FloatArray  # (L, 4, C)
    #: (L, C): a screening tool adds tool_gain y times responders' reports at the start, made by
    #: workers as they were then, and replaces the share replaced y of their own looks.
    tool_gain: FloatArray
    replaced: FloatArray
    false_gain: FloatArray  # (L, C): multiplies false reports by 1 + false_gain y
    false_added: FloatArray  # (L, C): adds false_added y false investigations a year
    #: The channel multiplies the youth's own reports by 1 + channel_gain y (1 + heard w), w being
    #: the bent effect of the campaign.
    channel_gain: FloatArray
    heard: FloatArray
    onset_gain: FloatArray  # (L, C): first onsets fall by onset_gain y / (1 + y / onset_bend)
    onset_bend: FloatArray  # (L, C)

    # What the planner counts.
    lasting: FloatArray  # (L,): share of a year's effect that comes while it counts; 1: it goes on
    horizon_years: float = 5.0  # time over which queues are thought to grow
    sees_queue: bool = True  # False: the planner's model leaves this interaction out
    sees_channel: bool = True
    sees_services: bool = True
