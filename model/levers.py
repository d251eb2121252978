"""Levers: what money buys. Costs and effects are data (`model/data/levers.csv`), read once.

    units = (dollars - fixed) / unit cost,   dose = units / base
    effect = top (1 - exp(-dose / top))

Money below a lever's smallest purchase is kept for one year, then returned: nothing is lost.
Communities of one team buy together: one fixed cost and one smallest purchase for all of them.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from model.beliefs import Prices
from model.lever_names import LEVER_INDEX, LEVER_NAMES
from model.parameters import Parameters
from model.parameters.card import GRADES
from model.region import Region

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.integer[Any]]

__all__ = [
    "LEVERS",
    "Levels",
    "Lever",
    "Purchase",
    "graded",
    "levers_page",
    "mix_in_words",
    "prices",
    "purchase",
]

#: What units are divided by to give a dose (C,).
BASES: Mapping[str, Callable[[Region, Parameters], FloatArray]] = MappingProxyType(
    {
        "one": lambda region, _: np.ones(region.n_communities),
        "population/100000": lambda region, _: region.population / 1e5,
        "staff": lambda region, p: math.fsum(p.training.staff) * region.population / 1e5,
        "youth": lambda region, _: region.youth,
        "youth 12-17": lambda region, _: region.youth_12_17,
        "youth/10000": lambda region, _: region.youth / 1e4,
        "poor youth": lambda region, _: region.youth * region.poverty_share,
    }
)


@dataclass(frozen=True)
class Lever:
    """One row of the table of levers.

    unit_cost_dollars, cost_low, cost_high: dollars a unit and its range; repeat_cost_dollars: for
    those who had one before (a refresher); package_units: a standard package for 50,000 people, a
    tenth of which is the fixed cost; fixed_dollars: per community and year; minimum_units: smallest
    useful purchase; base: key of `BASES`; top: the effect's limit (inf: none, effect = dose);
    half_dose: dose that gives half the top; half_life: the parameters by which the effect fades,
    "while funded", or "the record keeps it"; moves: the states it moves, as named in docs/model.md.
    """

    id: str
    title: str
    unit: str
    unit_cost_dollars: float
    cost_low: float
    cost_high: float
    repeat_cost_dollars: float
    package_units: float
    fixed_dollars: float
    minimum_units: float
    base: str
    top: float
    half_dose: float
    half_life: str
    moves: str
    evidence_grade: str
    source: str


def _read_levers() -> Mapping[str, Lever]:
    """The table, in the order of `LEVER_NAMES` (a test compares the two)."""
    text = files("model").joinpath("data", "levers.csv").read_text(encoding="utf-8")
    kinds = Lever.__annotations__
    levers = {}
    for row in csv.DictReader(text.splitlines()):
        values = {k: float(v) if kinds[k] == "float" else v for k, v in row.items()}
        levers[row["id"]] = Lever(**values)  # type: ignore[arg-type]
    return MappingProxyType(levers)


#: Every lever by name.
LEVERS = _read_levers()


def _column(name: str) -> FloatArray:
    """One number of every lever (L,)."""
    return np.array([getattr(LEVERS[lever], name) for lever in LEVER_NAMES], dtype=np.float64)


class Levels(NamedTuple):
    """What a year's money does, per community (C,), as the equations use it.

    training: trainings per staff a year; campaign: standard campaigns; screening_universal,
    screening_targeted, channel: share covered; education, prevention: youth reached per youth a
    year; investigators: full-time posts; places: service places; relief: share of the penalty of
    distance removed; economic: share of poor households' youth supported.
    """

    training: FloatArray
    campaign: FloatArray
    screening_universal: FloatArray
    screening_targeted: FloatArray
    education: FloatArray
    channel: FloatArray
    investigators: FloatArray
    places: FloatArray
    relief: FloatArray
    prevention: FloatArray
    economic: FloatArray

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
    together = _of_team(usable, p.team)
    part = np.divide(usable, together, out=np.zeros_like(usable), where=together > 0.0)
    enough = (together >= p.fixed + p.minimum * p.unit_cost) & (p.base > 0.0)
    units = np.where(enough, (available - p.fixed * part) / p.unit_cost, 0.0)
    dose = np.divide(units, p.base, out=np.zeros_like(units), where=p.base > 0.0)
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
    team = np.arange(region.n_communities) if team is None else team
    base = [BASES[LEVERS[name].base](region, parameters) for name in LEVER_NAMES]
    trained = _trained(trained_share, region.population, team)
    return Prices(
        unit_cost=_unit_cost(parameters, trained, team),
        fixed=_column("fixed_dollars") * parameters.levers.fixed_cost_ratio,
        minimum=_column("minimum_units"),
        base=np.column_stack(base),
        top=_column("top"),
        team=team,
    )


def _of_team(values: FloatArray, team: IndexArray) -> FloatArray:
    """Sum over the team (C,) of each community, for every column of values (C, n)."""
    return np.column_stack([np.bincount(team, column)[team] for column in values.T])


def _trained(share: FloatArray, population: FloatArray, team: IndexArray) -> FloatArray:
    """Share of a team's staff trained already (C,): staff are as residents, in every community."""
    residents, members = _of_team(np.column_stack([population, np.ones_like(share)]), team).T
    part = np.divide(population, residents, out=1.0 / members, where=residents > 0.0)
    return _of_team((share * part)[:, None], team)[:, 0]


def _unit_cost(
    parameters: Parameters, trained_share: FloatArray, team: IndexArray
) -> FloatArray:
    """Mean dollars a unit (C, L), refreshers for the share trained already (C,).

    A team of several communities travels: a unit of what it buys together, which is what has a
    fixed cost, costs more.
    """
    first, again = _column("unit_cost_dollars"), _column("repeat_cost_dollars")
    travels = (np.bincount(team)[team] > 1)[:, None] & (_column("fixed_dollars") > 0.0)
    travel = np.where(travels, parameters.levers.team_travel_ratio, 1.0)
    cost = (first - trained_share[:, None] * (first - again)) * parameters.levers.unit_cost_ratio
    return cost * travel


def saturating(dose: FloatArray, top: FloatArray) -> FloatArray:
    """Effect (C, L) of a dose (C, L): slope 1 at 0, limit top (L,), no limit where that is inf."""
    linear = np.isinf(top)
    limit = np.where(linear, 1.0, top)
    return np.where(linear, dose, -limit * np.expm1(-dose / limit))


def _levels(units: FloatArray, effect: FloatArray) -> Levels:
    """Levels from units and effects (C, L). Navigators have two effects, surveys move nothing."""
    by_lever = {name: effect[:, column] for name, column in LEVER_INDEX.items()}
    del by_lever["survey"]  # what is bought is an answer: see `model.surveys`
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


def levers_page() -> str:
    """The page docs/levers.md, written from the table of levers."""
    levers = [LEVERS[name] for name in LEVER_NAMES]
    costs = [
        (
            f"`{one.id}`",
            one.title,
            one.unit,
            _cost(one),
            f"{one.cost_low:,.0f}-{one.cost_high:,.0f}",
            f"{one.fixed_dollars:,.0f}",
            f"{one.minimum_units:g}",
            f"{one.fixed_dollars + one.minimum_units * one.unit_cost_dollars:,.0f}",
        )
        for one in levers
    ]
    effects = [
        (f"`{one.id}`", one.base, _limit(one.top), _limit(one.half_dose), one.moves, one.half_life)
        for one in levers
    ]
    sources = [(f"`{one.id}`", one.evidence_grade, one.source) for one in levers]
    return _PAGE.format(
        costs=_table(
            "lever|what it is|unit|$ a unit|range|fixed $|minimum units|smallest purchase $", costs
        ),
        effects=_table("lever|base|top|half dose|moves|half-life", effects),
        sources=_table("lever|evidence grade|source", sources),
        grades=f"Grades: {GRADES_IN_WORDS}.",
    )


def _cost(lever: Lever) -> str:
    """Dollars a unit, and for a repeat where that differs."""
    text = f"{lever.unit_cost_dollars:,.0f}"
    if lever.repeat_cost_dollars != lever.unit_cost_dollars:
        text += f" (again {lever.repeat_cost_dollars:,.0f})"
    return text


def _limit(value: float) -> str:
    return "none" if math.isinf(value) else f"{value:.2g}"


def _table(heads: str, rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; heads separated by bars."""
    names = heads.split("|")
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


_PAGE = """# Levers

*Written by `model.levers.levers_page()` from `model/data/levers.csv`; change the table, not this
page.* P-numbers and R-numbers are those of the evidence tables; symbols are those of
[model.md](model.md). Who gets money, and the mixes, are in [policies.md](policies.md).

## Costs

{costs}

*Fixed* is spent once per community and year before the first unit: a tenth of a standard package
for 50,000 people (column `package_units` of the table), and nothing for posts and places, which
communities of a region share. `levers.unit_cost_ratio` multiplies every unit cost and
`levers.fixed_cost_ratio` (0-5) every fixed cost. A training costs the mean of a first training and
a refresher over the community's staff, by the share trained already.

## What happens to a dollar

A community's dollars for a lever, with those carried over from last year, are all spent if they
reach the smallest purchase (fixed cost + minimum units x unit cost). Otherwise this year's dollars
are carried over to next year, and what was carried over from last year is returned and shown as
unspent. So no dollar is carried twice, and in every community, lever and year

    allocated + carried in = spent + returned + carried out

exactly. Money for a lever that has nobody to reach in a community (no youth, no poverty) is not
spent either. Units are real numbers: nothing is rounded.

## Regional teams

A policy with `teams: regional` lets the small communities of an investigation region (model.md,
section 8) buy together; `teams: own`, the default, is the above. Per lever and region the fixed
cost is paid once and the smallest purchase is asked of the money of all members. A member's units
are in proportion to its own dollars, so that money given to a community still works there:

    units = (spent - fixed x spent / spent by the region) / (unit cost x travel)

The staff of the region set its price of a training. Teams travel: `levers.team_travel_ratio` (1.1)
is the factor *travel* on the unit costs of communities that are not alone in their region, for
levers with a fixed cost. Posts and places have none, are shared already, and cost what they cost.
Money is carried over, returned and accounted for community by community as above, the region's sum
deciding for all of its members. Money that has nobody to reach in a community is not counted.

## Effects

    units = (spent - fixed) / unit cost,  dose = units / base,  effect = top (1 - exp(-dose / top))

{effects}

*Base*: staff are those of all five sectors (`training.staff`); youth are aged 10-17; poor youth are
youth x poverty share, one to a household. The first unit has its full effect; half of *top* is
reached at the *half dose*, top x ln 2. *Navigators* do two things: a place is a place, and their
presence relieves the penalty of distance by 1 - exp(-places per 10,000 youth). Effects hold for the
year they are bought in; a stock they filled then fades by the half-life named, and what has none
ends with the money. A *survey* changes nothing but what is known: its result stays in the record.

## Evidence

{sources}

{grades}

The first grade is for the unit cost, the second for the size of the effect. All minimum units,
standard packages and tops are assumed.
"""
