"""The page docs/levers.md, from the table of levers."""

from __future__ import annotations

import math
from collections.abc import Iterable

from streetlight.model.money.levers import GRADES_IN_WORDS, LEVERS, Lever
from streetlight.model.names import LEVER_NAMES
from streetlight.model.parameters.sources import named_for_readers


def levers_page() -> str:
    """Costs, effects and evidence: a table each, with what every reader of them needs."""
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
    sources = [(f"`{one.id}`", one.evidence_grade, named_for_readers(one.source)) for one in levers]
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

*Written by docs/generate.py from `model/data/levers.csv`: change the table, not this page.*
P-numbers are those of the evidence tables, works are listed in [sources.md](sources.md), symbols
are those of [model.md](model.md). Who gets money, and the mixes, are in [policies.md](policies.md).

## Costs

{costs}

*Fixed* is spent once per community and year before the first unit: a tenth of a standard package
for 50,000 people (column `package_units` of the table), and nothing for posts and places, which
communities of a region share. `levers.unit_cost_ratio` multiplies every unit cost and
`levers.fixed_cost_ratio` (0-5) every fixed cost.

Every number of these is a parameter of its own: `costs.training_unit_cost`,
`costs.training_fixed_cost`, `costs.training_minimum`, and so on for each lever. An experiment sets
them (`costs: {{training: {{unit_cost: 220}}}}`), or draws them in sampled futures. A refresher
keeps its share of the cost of a training.

A training costs the mean of a first training and
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
levers with a fixed cost. Posts and places have none and are shared already, so teams do not change
their price. Money is carried over, returned and accounted for community by community as above, the
region's sum deciding for all of its members. The sum leaves out communities in which a lever has
nobody to reach.

## Effects

    units = (spent - fixed) / unit cost,  dose = units / base,  effect = top (1 - exp(-dose / top))

{effects}

*Base*: staff are those of all five sectors (`training.staff`, times `training.staff_ratio` of the
class of place); youth are aged 10-17; poor youth are youth x poverty share, one to a household. The
first unit has its full effect; half of *top* is reached at the *half dose*, top x ln 2. Navigators
do two things: a place is a place, and their presence relieves the penalty of distance by
1 - exp(-places per 10,000 youth). Effects hold for the year they are bought in; a stock they filled
then fades by the half-life named, and what has none ends with the money. A *survey* changes nothing
but what is known: its result stays in the record. That navigators identify nobody is a choice;
[model.md](model.md), section 13, has the reason.

## Evidence

{sources}

{grades}

The first grade is for the unit cost, the second for the size of the effect. All minimum units,
standard packages and tops are assumed.
"""
