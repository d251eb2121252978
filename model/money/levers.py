"""Levers: what money buys. Costs are parameters, effects are those of the table of levers.

    units = (dollars - fixed) / unit cost,   dose = units / base
    effect = top (1 - exp(-dose / top))

Money below a lever's smallest purchase is kept for one year, then returned: nothing is lost.
Communities of one team buy together: one fixed cost and one smallest purchase for all of them.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from streetlight.model.arrays import FloatArray, IndexArray, divided, locked
from streetlight.model.communities.region import Region
from streetlight.model.equations import saturating
from streetlight.model.names import LEVER_INDEX, LEVER_NAMES
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.card import GRADES
from streetlight.model.parameters.costs import FIXED_COST, MINIMUM, UNIT_COST, Costs
from streetlight.model.parameters.lever_table import LEVERS, Lever
from streetlight.model.record.beliefs import Prices

__all__ = ["LEVERS", "Levels", "Lever", "Purchase", "graded", "mix_in_words", "prices", "purchase"]

#: What units are divided by to give a dose (C,).
BASES: Mapping[str, Callable[[Region, Parameters], FloatArray]] = {
    "one": lambda region, _: np.ones(region.n_communities),
    "population/100000": lambda region, _: region.population / 1e5,
    "staff": lambda region, p: math.fsum(p.training.staff) * _residents_staffed(region, p) / 1e5,
    "youth": lambda region, _: region.youth,
    "youth 12-17": lambda region, _: region.youth_12_17,
    "youth/10000": lambda region, _: region.youth / 1e4,
    "poor youth": lambda region, _: region.youth * region.poverty_share,
}


def _residents_staffed(region: Region, parameters: Parameters) -> FloatArray:
    """Residents (C,) times how many staff a resident has in their class, against all classes."""
    by_class = np.array(parameters.training.staff_ratio)
    return np.asarray(region.population * by_class[region.place_class])


@functools.cache
def _column(name: str) -> FloatArray:
    """One number of every lever (L,)."""
    values = [getattr(LEVERS[lever], name) for lever in LEVER_NAMES]
    return locked(np.array(values, dtype=np.float64))


@functools.lru_cache(maxsize=64)
def _costs(costs: Costs, what: str) -> FloatArray:
    """One of `costs.COSTS` of every lever (L,)."""
    return locked(np.array([getattr(costs, f"{lever}_{what}") for lever in LEVER_NAMES]))


@functools.lru_cache(maxsize=8)
def _bases(region: Region, parameters: Parameters) -> FloatArray:
    """What units of every lever are divided by to give a dose (C, L)."""
    base = [BASES[LEVERS[name].base](region, parameters) for name in LEVER_NAMES]
    return locked(np.column_stack(base))


class Levels(NamedTuple):
    """What a year's money does, per community (C,), as the equations use it."""

    training: FloatArray  # trainings per staff a year
    campaign: FloatArray  # standard campaigns
    screening_universal: FloatArray  # share of youth covered
    screening_targeted: FloatArray  # share of youth covered
    education: FloatArray  # youth reached per youth a year
    channel: FloatArray  # share of youth covered
    investigators: FloatArray  # full-time posts
    places: FloatArray  # service places
    relief: FloatArray  # share of the penalty of distance removed
    prevention: FloatArray  # youth reached per youth a year
    economic: FloatArray  # share of poor households' youth supported
    unit: FloatArray  # share covered by posts that look
    recording: FloatArray  # share covered by the means to record and publish

    @classmethod
    def nothing(cls, n_communities: int) -> Levels:
        """The levels without any spending."""
        return cls(*(np.zeros(n_communities) for _ in cls._fields))


@dataclass(frozen=True, eq=False)
class Purchase:
    """A year's purchase. spent, carried (to next year), returned: dollars (C, L); units (C, L).

    allocated + carried in = spent + returned + carried, exactly, in every cell.
    """

    levels: Levels
    spent: FloatArray
    units: FloatArray
    carried: FloatArray
    returned: FloatArray


def purchase(
    dollars: FloatArray,
    carried: FloatArray,
    region: Region,
    parameters: Parameters,
    trained_share: FloatArray,
    team: IndexArray | None = None,
) -> Purchase:
    """Buy what this year's dollars (C, L) and last year's carried dollars (C, L) pay for.

    team (C,): number from 0 of the team each community buys with (default: each is its own). All
    available money of a team for a lever is spent if together it reaches the fixed cost and the
    smallest useful purchase, and each member has units by its part of that money. Otherwise this
    year's is carried to the next and last year's is returned; so is money for a lever that has
    nobody to reach there. trained_share (C,): staff trained already, 0-1, for whom a training is a
    refresher.
    """
    p = prices(region, parameters, trained_share, team)
    available = dollars + carried
    usable = np.where(p.base > 0.0, available, 0.0)
    together = usable if team is None else _of_team(usable, team)
    part = divided(usable, together)
    enough = (together >= p.fixed + p.minimum * p.unit_cost) & (p.base > 0.0)
    units = np.where(enough, (available - p.fixed * part) / p.unit_cost, 0.0)
    dose = divided(units, p.base)
    return Purchase(
        levels=_levels(units, saturating(dose, p.top)),
        spent=np.where(enough, available, 0.0),
        units=units,
        carried=np.where(enough, 0.0, dollars),
        returned=np.where(enough, 0.0, carried),
    )


def prices(
    region: Region,
    parameters: Parameters,
    trained_share: FloatArray,
    team: IndexArray | None = None,
) -> Prices:
    """What money buys this year; arguments as in `purchase`."""
    if team is None:
        team = np.arange(region.n_communities)
        cost = _unit_cost(parameters, trained_share)
    else:
        trained = _trained(trained_share, _residents_staffed(region, parameters), team)
        cost = _unit_cost(parameters, trained) * _travel(parameters, team)
    return Prices(
        unit_cost=cost,
        fixed=_costs(parameters.costs, FIXED_COST) * parameters.levers.fixed_cost_ratio,
        minimum=_costs(parameters.costs, MINIMUM) * parameters.levers.minimum_ratio,
        base=_bases(region, parameters),
        top=_column("top"),
        team=team,
    )


def _of_team(values: FloatArray, team: IndexArray) -> FloatArray:
    """Sum over the team (C,) of each community, for every column of values (C, n)."""
    return np.column_stack([np.bincount(team, column)[team] for column in values.T])


def _trained(share: FloatArray, staff: FloatArray, team: IndexArray) -> FloatArray:
    """Share of a team's staff trained already (C,); staff (C,): in any unit."""
    of_team, members = _of_team(np.column_stack([staff, np.ones_like(share)]), team).T
    part = divided(staff, of_team, 1.0 / members)
    return _of_team((share * part)[:, None], team)[:, 0]


def _unit_cost(parameters: Parameters, trained_share: FloatArray) -> FloatArray:
    """Mean dollars a unit (C, L), refreshers for the share trained already (C,)."""
    first = _costs(parameters.costs, UNIT_COST)
    repeat = first * _column("repeat_cost_dollars") / _column("unit_cost_dollars")
    return (first - trained_share[:, None] * (first - repeat)) * parameters.levers.unit_cost_ratio


def _travel(parameters: Parameters, team: IndexArray) -> FloatArray:
    """Factor on the cost of a unit (C, L).

    A team of several communities travels: a unit of what it buys together, which is what has a
    fixed cost, costs more.
    """
    shared = _column("fixed_dollars") == 0.0  # posts and places: the region has them in any case
    travels = (np.bincount(team)[team] > 1)[:, None] & ~shared
    return np.where(travels, parameters.levers.team_travel_ratio, 1.0)


def _levels(units: FloatArray, effect: FloatArray) -> Levels:
    """Levels from units and effects (C, L). Navigators have two effects, surveys move nothing."""
    by_lever = {name: effect[:, column] for name, column in LEVER_INDEX.items()}
    del by_lever["survey"]  # what is bought is an answer: see `run.surveys`
    relief = by_lever.pop("navigators")
    return Levels(places=units[:, LEVER_INDEX["navigators"]], relief=relief, **by_lever)


#: What the letters of evidence grades mean.
GRADES_IN_WORDS = "; ".join(f"{grade} {said}" for grade, said in GRADES.items())


def graded(names: Iterable[str]) -> str:
    """Levers as they are named to users: "training (cost U; effect A), ..."."""
    return ", ".join(f"{name} ({LEVERS[name].evidence_grade})" for name in names)


def mix_in_words(shares: Mapping[str, float]) -> str:
    """A mix as it is shown to users: "training 30% (cost U; effect A), ..."."""
    return ", ".join(
        f"{name} {share:.0%} ({LEVERS[name].evidence_grade})" for name, share in shares.items()
    )
