"""Planning by an agency's own model: dollars where the next one saves most.

    maximise  sum of weights (person-years without money - person-years with it)
    over dollars that sum to at most the budget

The model (`money.response`) says what a dollar more is worth in every community and lever.
`waterfill` moves money until that is the same wherever money goes; `plan` then drops purchases that
do not earn their fixed cost, and moves what they cost.  It climbs, so it finds a good plan and not
surely the best: queues and fixed costs make several hills.  The planners that use it are in
`money.rules.portfolios`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from streetlight.model.arrays import FloatArray, Item, divided
from streetlight.model.money.response import POSTS, Response
from streetlight.model.record.beliefs import Prices

ROUNDS = 12  # steps of a plan from nothing; a test says what four times as many would add
ROUNDS_AGAIN = 2  # steps of a plan from last year's
SHRINK, SMALLEST_STEP = 0.4, 0.02  # of a step that would not save more
FIRST_STEP = 1e-4  # the same from nothing: a little may help where all the money does harm

Weights = FloatArray | float


def waterfill(
    dollars: FloatArray, worth: FloatArray, scale: FloatArray, budget: float
) -> FloatArray:
    """Dollars at which the next one is worth the same, its worth falling e-fold every `scale`.

    All arrays of one shape. Where the worth or the scale is 0 or less, nothing. For responses
    a (1 - exp(-x / scale)) this is the exact solution, from any start.
    """
    result = np.zeros_like(dollars)
    use = (worth > 0.0) & (scale > 0.0)
    if budget <= 0.0 or not use.any():
        return result
    s = scale[use]
    level = dollars[use] / s + np.log(worth[use])  # dollars = s (level - log price) where above 0
    order = np.argsort(-level)
    prices = (np.cumsum((s * level)[order]) - budget) / np.cumsum(s[order])
    enough = np.append(prices[:-1] >= level[order][1:], True)  # the next one would get nothing
    result[use] = np.maximum(0.0, s * (level - prices[int(np.argmax(enough))]))
    return result


# ------------------------------------------------------------------------- what fixed costs do


def of_teams(prices: Prices, cells: FloatArray) -> FloatArray:
    """Sums of columns (C, L) over teams: (teams, L)."""
    if prices.alone:
        return cells
    n = int(prices.team.max(initial=-1)) + 1
    return np.stack([np.bincount(prices.team, column, n) for column in cells.T], axis=1)


def of_members(prices: Prices, by_team: NDArray[Item]) -> NDArray[Item]:
    """What holds for each team (teams, L), for every community in it: (C, L)."""
    return by_team if prices.alone else by_team[prices.team]


def working(prices: Prices, dollars: FloatArray) -> FloatArray:
    """Dollars (C, L) left once teams paid fixed costs; none of a team below its least purchase."""
    usable = np.where(prices.base > 0.0, dollars, 0.0)
    together = of_teams(prices, usable)
    rest = together - prices.fixed
    left = divided(rest, together)
    enough = of_members(prices, together) >= prices.fixed + prices.minimum * prices.unit_cost
    return np.where(enough, usable * of_members(prices, left), 0.0)


def with_fixed_costs(prices: Prices, works: FloatArray) -> FloatArray:
    """Dollars (C, L) of which `works` is left: the inverse of `working`, members in proportion."""
    together = of_teams(prices, works)
    paid = divided(prices.fixed, together)
    return np.asarray(works * (1.0 + of_members(prices, paid)))


def mean_worth(works: FloatArray, scale: FloatArray) -> FloatArray:
    """Mean worth of a cell's dollars over that of the last (C, L), falling e-fold a `scale`."""
    fall = np.minimum(divided(works, scale), 30.0)
    return np.where(fall > 1e-9, divided(np.expm1(fall), fall), 1.0)


def earning(prices: Prices, works: FloatArray, scale: FloatArray) -> FloatArray:
    """1 where a team's purchase is large enough and worth all it costs, 0 elsewhere: (C, L).

    Where the last dollar of every purchase is worth the same, that is so if its mean dollar is
    worth as much more than the last as the fixed cost adds.
    """
    money, worth = of_teams(prices, works), of_teams(prices, works * mean_worth(works, scale))
    enough = of_members(prices, money) >= prices.minimum * prices.unit_cost
    pays = of_members(prices, worth >= money + prices.fixed)
    return np.asarray(enough & pays & (works > 0.0), np.float64)


# ---------------------------------------------------------------------------------- the climb


class DollarChoice(Protocol):
    """What is chosen: numbers x, the dollars that then work, and how worth falls along x."""

    def works(self, x: FloatArray) -> FloatArray:
        """Working dollars (C, L) of a choice."""

    def steer(self, x: FloatArray, slope: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Worth of the next dollar of x, and dollars over which it falls e-fold."""


def scales(model: Response) -> FloatArray:
    """Dollars over which a cell's worth is taken to fall e-fold (C, L), 0 for what has no base.

    A community's posts: what doubles those it has, since how fast queues shorten is not known yet.
    """
    prices = model.prices
    top = np.where(np.isfinite(prices.top), prices.top, 0.0)
    dollars = prices.unit_cost * prices.base * top
    dollars[:, POSTS] = model.r.posts * prices.unit_cost[:, POSTS]
    return dollars


@dataclass(frozen=True)
class Cells:
    """x (C, L): working dollars of every community and lever, where open (1) and not closed (0)."""

    scale: FloatArray
    open: FloatArray | float = 1.0

    def works(self, x: FloatArray) -> FloatArray:
        """The choice itself."""
        return x

    def steer(self, x: FloatArray, slope: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The slope of what is open."""
        return slope * self.open, self.scale


@dataclass(frozen=True)
class Held:
    """x (C,): dollars of every open community, all in the proportions of a mix (L,).

    prices: to take fixed costs off; None leaves them out.
    """

    scale: FloatArray
    mix: FloatArray
    prices: Prices | None = None
    open: FloatArray | float = 1.0

    def works(self, x: FloatArray) -> FloatArray:
        """Dollars by the mix, what works of them."""
        dollars = np.outer(x, self.mix)
        return dollars if self.prices is None else working(self.prices, dollars)

    def steer(self, x: FloatArray, slope: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Slopes added up by the mix; the fall is their mean, weighed by what they are worth."""
        worth = slope @ self.mix
        falls = divided(slope, self.scale)
        fall = falls @ self.mix**2
        scale = divided(worth, fall)
        return worth * self.open, scale


def climb(
    model: Response,
    choice: DollarChoice,
    x: FloatArray,
    budget: float,
    weights: Weights,
    rounds: int,
) -> FloatArray:
    """Step towards equal worth, each time as far as saves more person-years by the model."""
    here = model.at(choice.works(x), weights)
    step, least = 1.0, SMALLEST_STEP if x.any() else FIRST_STEP
    for _ in range(rounds):
        ahead = waterfill(x, *choice.steer(x, here.slope), budget) - x
        step = min(1.0, step / SHRINK)
        while step > least:
            there = model.at(choice.works(x + step * ahead), weights)
            if there.lost < here.lost:
                break
            step *= SHRINK
        else:
            break
        x, here = x + step * ahead, there
        least = min(SMALLEST_STEP, step)  # who begins with small steps goes on with them
    return x


def plan(
    model: Response,
    budget: float,
    *,
    weights: Weights = 1.0,
    mix: FloatArray | None = None,
    last: FloatArray | None = None,
) -> FloatArray:
    """Dollars (C, L) that save most by the model, as far as a climb finds them.

    weights (C,): of a community's person-years; mix (L,): held in every community, if given; last
    (C, L): last year's dollars, from which to start, and which are kept if nothing better is found.
    """
    if budget <= 0.0:
        return np.zeros_like(model.prices.unit_cost)
    if mix is None:
        plans = _by_cell(model, budget, weights, last)
    else:
        plans = _by_mix(model, budget, weights, mix, last)
    if last is not None:
        plans.append(last)
    within = [dollars * (budget / max(budget, float(dollars.sum()))) for dollars in plans]
    return min(within, key=lambda dollars: model.at(working(model.prices, dollars), weights).lost)


def _by_cell(
    model: Response, budget: float, weights: Weights, last: FloatArray | None
) -> list[FloatArray]:
    """Plans over communities and levers: purchases that do not pay dropped."""
    prices, scale = model.prices, scales(model)
    rounds = ROUNDS if last is None else ROUNDS_AGAIN
    x = np.zeros_like(scale) if last is None else working(prices, last)
    x = climb(model, Cells(scale), x, budget, weights, rounds)
    open_ = earning(prices, x, scale)
    left = max(0.0, budget - float((of_teams(prices, open_).astype(bool) * prices.fixed).sum()))
    x = x * open_
    x = x * left / max(float(x.sum()), 1e-300)
    x = climb(model, Cells(scale, open_), x, left, weights, max(2, rounds // 2))
    return [with_fixed_costs(prices, x)]


def _by_mix(
    model: Response, budget: float, weights: Weights, mix: FloatArray, last: FloatArray | None
) -> list[FloatArray]:
    """Plans in the proportions of a mix: for everybody, and only where it pays."""
    prices, scale = model.prices, scales(model)
    rounds = ROUNDS if last is None else ROUNDS_AGAIN
    x = np.zeros(len(scale)) if last is None else last.sum(axis=1)
    x = climb(model, Held(scale, mix), x, budget, weights, rounds)
    works = working(prices, np.outer(x, mix))
    slope = np.maximum(model.at(works, weights).slope, 0.0)
    worth = (slope * works * mean_worth(works, scale)).sum(axis=1)
    price = float((slope * works).sum()) / max(float(works.sum()), 1e-300)
    open_ = (worth >= price * x).astype(float)
    fewer = climb(
        model, Held(scale, mix, prices, open_), x * open_, budget, weights, max(2, rounds // 2)
    )
    return [np.outer(x, mix), np.outer(fewer, mix)]
