"""A planner's model of what money does: person-years in exploitation, and their slope in dollars.

How communities truly respond is in `on_average/response.py`.

A stationary year of community i, with the columns of `record.beliefs.Responses`:

    s   = sum over sources of signals * product over levers (1 + gain y / (1 + y / bend))
          (responders' with a tool in the place of a part of their own looks)
    h   = confirmed * s * phi        identified per exploited youth and year
    P   = n (1 - cut) / (leave + keep h)     person-years, n first onsets a year

phi is the share of a pool's investigations that still does what it should, with load l and capacity
k a year, horizon T, and the mean wait w in years:

    w = T a / 2,  a = (d + sqrt(d^2 + 4 / (4 + k T))) / 2,  d = 1 - k / l
    phi = (1 - a) (1 - (1 - late_ratio) exp(-late_years / w)) exp(-leave w)

(a queue with steady service under Poisson arrivals: w tends to l / (2 k (k - l)) when far from
full and to T d / 2 when it only grows; 1 - a is then the share k / l that is reached in time.)
docs/policies.md says what it leaves out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from streetlight.model.arrays import FloatArray, divided
from streetlight.model.names import LEVER_INDEX
from streetlight.model.record.beliefs import Prices, Responses

CAMPAIGN, CHANNEL = LEVER_INDEX["campaign"], LEVER_INDEX["channel"]
POSTS, PLACES = LEVER_INDEX["investigators"], LEVER_INDEX["navigators"]
YOUTH = 2  # the youth's own reports, in the order of SOURCES
SMALL = 1e-12
STEP = 1e-4  # relative step of the slopes of phi, which is smooth; they only steer a climb


class Market:
    """What working dollars buy: prices by lever (L, C), prepared for many questions."""

    def __init__(self, prices: Prices) -> None:
        self.cost = np.ascontiguousarray(prices.unit_cost.T)
        base = np.ascontiguousarray(prices.base.T)
        worth = divided(1.0, base)
        self.dose_per_dollar = worth / self.cost
        self.linear = np.isinf(prices.top)[:, None]
        self.top = np.where(self.linear, 1.0, prices.top[:, None])

    def buys(self, dollars: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Effect and its slope in dollars (L, C), of dollars (L, C) less fixed costs."""
        dose = dollars * self.dose_per_dollar
        left = np.exp(-dose / self.top)
        effect = np.where(self.linear, dose, self.top * (1.0 - left))
        return effect, np.where(self.linear, 1.0, left) * self.dose_per_dollar


def bent(y: FloatArray, bend: FloatArray) -> tuple[FloatArray, FloatArray]:
    """y / (1 + y / bend) and its slope."""
    room = 1.0 + y / bend
    return y / room, 1.0 / room**2


def flow(load: FloatArray, capacity: FloatArray, leave: FloatArray, r: Responses) -> FloatArray:
    """phi by pool: the share of investigations that does what it should."""
    if not r.sees_queue:
        return np.ones_like(load)
    horizon, capacity = r.horizon_years, np.maximum(capacity, SMALL)
    d = 1.0 - capacity / np.maximum(load, SMALL)
    missed = 0.5 * (d + np.sqrt(d * d + 4.0 / (4.0 + capacity * horizon)))
    missed = np.minimum(missed, 1.0)
    wait = np.maximum(0.5 * horizon * missed, SMALL)
    late = (1.0 - r.late_ratio) * np.exp(-r.late_years / wait)
    return np.asarray((1.0 - missed) * (1.0 - late) * np.exp(-leave * wait))


@dataclass(frozen=True)
class Result:
    """Person-years a year (C,) and their weighted sum; slopes: what works out how fast it falls."""

    person_years: FloatArray
    lost: float
    slopes: Callable[[], FloatArray]

    @cached_property
    def slope(self) -> FloatArray:
        """How fast the sum falls with a dollar (C, L): more work than the sum, and rarely asked."""
        return self.slopes()


class Response:
    """The model for first onsets n (C,) a year and weights (C,) on person-years (1 by default).

    What is asked of it at some dollars comes as a value and a function that gives its slopes there.
    """

    def __init__(self, prices: Prices, responses: Responses, onsets: FloatArray) -> None:
        self.prices, self.r, self.onsets = prices, responses, onsets
        self.market = Market(prices)
        self.n_pools = int(responses.pool.max(initial=-1)) + 1
        signals = responses.signals.sum(axis=0)
        self.load_per_signal = divided(responses.true_load, signals)
        # by pool: investigations a year, the rate of leaving of those who wait, and service places
        self.base_capacity = self._pooled(responses.posts) * responses.per_post
        load = np.maximum(responses.true_load, SMALL)
        self.leave = self._pooled(responses.leave * load) / self._pooled(load)
        self.places = self._pooled(responses.places)
        self.moves = np.flatnonzero(responses.gain.any(axis=(1, 2)))
        self.tools = np.flatnonzero(responses.tool_gain.any(axis=1))
        self.tool_gain = responses.tool_gain[self.tools]
        self.replaced = responses.replaced[self.tools]
        self.gain, self.bend = responses.gain[self.moves], responses.bend[self.moves]
        self.prevents = np.flatnonzero(responses.onset_gain.any(axis=1))
        self.demand = self._demand()

    def _pooled(self, column: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(self.r.pool, column, self.n_pools), np.float64)

    def _demand(self) -> FloatArray:
        """Youth a year who would take a place, by pool, at the start."""
        r = self.r
        load = self._pooled(r.true_load + r.false_load)
        phi = flow(load, self.base_capacity, self.leave, r)
        identified = r.true_load * r.confirmed * phi[r.pool]
        return np.maximum(self._pooled(identified * r.wanted * r.distance), SMALL)

    def at(self, dollars: FloatArray, weights: FloatArray | float = 1.0) -> Result:
        """Person-years and slopes where dollars (C, L) work, fixed costs taken off already."""
        r, pool, cost = self.r, self.r.pool, self.market.cost
        by_lever = np.ascontiguousarray(dollars.T)
        effect, slope = self.market.buys(by_lever)
        effect = effect * r.lasting[:, None]
        signals, signal_slopes = self._signals(effect)
        phi, flow_slopes = self._flow(signals, effect, by_lever[POSTS] / cost[POSTS])
        served, served_slopes = self._served(by_lever[PLACES] / cost[PLACES], effect[PLACES])
        cut, cut_slopes = self._cut(effect)

        keep = r.keep + (r.keep_served - r.keep) * served
        h = r.confirmed * signals * phi[pool]
        total = r.leave + keep * h
        person_years = self.onsets * (1.0 - cut) / total

        def slopes() -> FloatArray:
            by_load, by_capacity = flow_slopes()
            by_place, by_relief = served_slopes()
            per_hazard = weights * person_years / total * keep  # person-years saved by a unit of h
            at_stake = self._pooled(per_hazard * r.confirmed * signals)
            crowding = (at_stake * by_load)[pool]  # what one more investigation costs, below 0
            per_signal = per_hazard * r.confirmed * phi[pool] + self.load_per_signal * crowding
            gain = per_signal * signal_slopes()
            gain += crowding * (r.false_load * r.false_gain + r.false_added)
            gain += (weights * self.onsets / total) * cut_slopes()
            kept = weights * person_years / total * h * (r.keep_served - r.keep)
            gain[PLACES] += kept * by_relief

            worth = gain * (slope * r.lasting[:, None])
            worth[POSTS] += (at_stake * by_capacity)[pool] * r.per_post / cost[POSTS]
            worth[PLACES] += self._pooled(kept * by_place)[pool] / cost[PLACES]
            return worth.T

        return Result(person_years, float((weights * person_years).sum()), slopes)

    def _flow(
        self, signals: FloatArray, effect: FloatArray, posts: FloatArray
    ) -> tuple[FloatArray, Callable[[], tuple[FloatArray, FloatArray]]]:
        """phi by pool; its slopes in investigations to be made and in capacity a year."""
        r = self.r
        false = r.false_load * (1.0 + (r.false_gain * effect).sum(axis=0))
        false = false + (r.false_added * effect).sum(axis=0)
        load = self._pooled(self.load_per_signal * signals + false)
        capacity = self.base_capacity + self._pooled(posts) * r.per_post
        phi = flow(load, capacity, self.leave, r)

        def slopes() -> tuple[FloatArray, FloatArray]:
            by_load = flow(load * (1.0 + STEP), capacity, self.leave, r) - phi
            by_capacity = flow(load, capacity * (1.0 + STEP), self.leave, r) - phi
            return (
                by_load / np.maximum(STEP * load, SMALL),
                by_capacity / np.maximum(STEP * capacity, SMALL),
            )

        return phi, slopes

    def _signals(self, effect: FloatArray) -> tuple[FloatArray, Callable[[], FloatArray]]:
        """Investigations begun per exploited youth (C,); their slope in effects (L, C)."""
        r, moves = self.r, self.moves
        shape, tilt = bent(effect[moves, None, :], self.bend)
        factor = 1.0 + self.gain * shape  # (moves, 4, C)
        seen = r.signals * factor.prod(axis=0)
        by_tool = effect[self.tools]
        left = 1.0 - (self.replaced * by_tool).sum(axis=0)  # of workers' own looks
        workers, before = seen[0], r.signals[0]
        source = np.stack([
            workers * left + before * (1.0 - left + (self.tool_gain * by_tool).sum(axis=0)),
            *seen[1:],
        ])  # fmt: skip
        y, heard = effect[CHANNEL], r.heard * r.sees_channel
        w, w_slope = bent(effect[CAMPAIGN], r.bend[CAMPAIGN, YOUTH])
        known = r.channel_gain * (1.0 + heard * w)

        def slopes() -> FloatArray:
            own = seen * self.gain * tilt / factor
            own[:, 0] *= left
            slopes = np.zeros_like(effect)
            slopes[moves] = own.sum(axis=1) + own[:, YOUTH] * known * y
            slopes[self.tools] += before * self.tool_gain + self.replaced * (before - workers)
            slopes[CHANNEL] += source[YOUTH] * known
            slopes[CAMPAIGN] += source[YOUTH] * r.channel_gain * y * heard * w_slope
            return slopes

        return source.sum(axis=0) + source[YOUTH] * known * y, slopes

    def _served(
        self, places: FloatArray, relief: FloatArray
    ) -> tuple[FloatArray, Callable[[], tuple[FloatArray, FloatArray]]]:
        """Share of the identified served (C,); its slopes in places and in relief."""
        r = self.r
        if not r.sees_services:
            nothing = np.zeros_like(relief)
            return nothing, lambda: (nothing, nothing)
        offered = (self.places + self._pooled(places)) * r.place_years / self.demand
        wanted = r.wanted * (r.distance + (1.0 - r.distance) * relief)
        placed = -np.expm1(-offered)[r.pool]

        def slopes() -> tuple[FloatArray, FloatArray]:
            by_place = (np.exp(-offered) * r.place_years / self.demand)[r.pool]
            return wanted * by_place, r.wanted * (1.0 - r.distance) * placed

        return wanted * placed, slopes

    def _cut(self, effect: FloatArray) -> tuple[FloatArray, Callable[[], FloatArray]]:
        """Share of first onsets prevented (C,); its slopes in effects (L, C)."""
        gain = self.r.onset_gain[self.prevents]
        shape, tilt = bent(effect[self.prevents], self.r.onset_bend[self.prevents])
        kept = 1.0 - gain * shape
        all_kept = kept.prod(axis=0)

        def slopes() -> FloatArray:
            slopes = np.zeros_like(effect)
            slopes[self.prevents] = all_kept * gain * tilt / np.maximum(kept, SMALL)
            return slopes

        return 1.0 - all_kept, slopes
