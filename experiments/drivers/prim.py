"""PRIM, the patient rule induction method: a box of inputs in which failures are common.

Friedman and Fisher (1999); used to say when a plan fails as Bryant and Lempert (2010) do. A box
holds a range an input. Peeling starts from all futures and takes off, again and again, the edge of
one input (about 5% of the futures in the box) whose loss raises the share of failures most for each
future given up. Of the boxes on the way, the one is kept for which being in the box and failing are
correlated most (phi, the correlation of two yes-or-no columns: it weighs coverage against density
whatever the share of failures, and is 0 for the box that holds everything); then limits that could
be luck are lifted, and each edge is pushed out again as long as phi rises (pasting).

coverage: share of all failures that are in the box. density: share of the futures in the box that
are failures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from streetlight.experiments.drivers.inputs import Inputs
from streetlight.model.arrays import BoolArray, FloatArray

#: Share of the box taken off at a step, and the fewest futures a box may hold.
ALPHA, FEWEST_IN_BOX = 0.05, 5
#: A limit is lifted when chance alone would do as well as it in this share of samples.
LIMIT_P = 0.05


@dataclass(frozen=True)
class Box:
    """Ranges of the inputs: low and high (d,), infinite where there is no limit.

    out: of a choice among words, the codes that are not in the box, by position of the input.
    """

    low: FloatArray
    high: FloatArray
    out: tuple[tuple[int, float], ...] = ()

    @classmethod
    def everything(cls, d: int) -> Box:
        """The box without any limit."""
        return cls(np.full(d, -np.inf), np.full(d, np.inf))

    def holds(self, x: FloatArray) -> BoolArray:
        """Which futures (n,) of x (n, d) are inside."""
        inside = np.asarray(((x >= self.low) & (x <= self.high)).all(axis=1))
        for j, code in self.out:
            inside &= x[:, j] != code
        return inside

    def limited(self) -> list[int]:
        """Positions of the inputs that have a limit."""
        ranged = np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high)).tolist()
        return sorted({*ranged, *(j for j, _ in self.out)})

    def without(self, j: int) -> Box:
        """The box with the limits of one input lifted."""
        words = tuple(pair for pair in self.out if pair[0] != j)
        return replace(self, out=words).moved(j, "low", -np.inf).moved(j, "high", np.inf)

    def wider(self) -> list[Box]:
        """The boxes with one limit lifted: one side of an input, or the words of a choice."""
        low, high = np.flatnonzero(np.isfinite(self.low)), np.flatnonzero(np.isfinite(self.high))
        return [
            *(self.moved(int(j), "low", -np.inf) for j in low),
            *(self.moved(int(j), "high", np.inf) for j in high),
            *(self.without(j) for j in dict(self.out)),
        ]

    def moved(self, j: int, side: str, value: float) -> Box:
        """The box with one limit set: side "low" or "high"."""
        edge = (self.low if side == "low" else self.high).copy()
        edge[j] = value
        return replace(self, low=edge) if side == "low" else replace(self, high=edge)


@dataclass(frozen=True)
class Fit:
    """How well a box tells failures apart: counts of futures and failures in it and overall."""

    inside: int
    failed_inside: int
    failed: int
    futures: int

    @property
    def coverage(self) -> float:
        """Share of all failures that are in the box."""
        return self.failed_inside / self.failed if self.failed else 0.0

    @property
    def density(self) -> float:
        """Share of the futures in the box that are failures."""
        return self.failed_inside / self.inside if self.inside else 0.0

    @property
    def phi(self) -> float:
        """Correlation of being in the box with failing; 0 where one of the two never changes."""
        n, inside, failed = self.futures, self.inside, self.failed
        spread = inside * (n - inside) * failed * (n - failed)
        return (n * self.failed_inside - inside * failed) / math.sqrt(spread) if spread else 0.0


def fit(box: Box, x: FloatArray, failed: BoolArray) -> Fit:
    """How a box fits the futures x (n, d) of which some failed (n,)."""
    inside = box.holds(x)
    return Fit(int(inside.sum()), int((inside & failed).sum()), int(failed.sum()), len(failed))


@dataclass(frozen=True)
class Edge:
    """A piece that can be taken off a box: what is left, and which futures (n in box,) stay."""

    box: Box
    stay: BoolArray


def edges(box: Box, x: FloatArray, words: BoolArray) -> Iterator[Edge]:
    """What can be taken off: the lowest or highest values of each input, or a word of a choice.

    x: the futures in the box; words (d,): which inputs are choices among words. Limits are set
    half-way between the last value that goes and the first that stays.
    """
    n = len(x)
    k = max(1, int(ALPHA * n))
    for j in range(x.shape[1]):
        column = x[:, j]
        if words[j]:
            for code in np.unique(column):
                yield Edge(replace(box, out=(*box.out, (j, float(code)))), column != code)
            continue
        ordered = np.sort(column)
        if ordered[0] == ordered[-1]:
            continue
        above = ordered[ordered > ordered[k - 1]]
        if len(above):
            low = (above[0] + ordered[k - 1]) / 2
            yield Edge(box.moved(j, "low", float(low)), column > low)
        below = ordered[ordered < ordered[-k]]
        if len(below):
            high = (below[-1] + ordered[-k]) / 2
            yield Edge(box.moved(j, "high", float(high)), column < high)


def peel(x: FloatArray, failed: BoolArray, words: BoolArray) -> list[Box]:
    """The boxes of one peeling, each inside the one before; the first holds everything."""
    box = Box.everything(x.shape[1])
    trajectory = [box]
    while 0 < failed.sum() < len(failed):
        mean = failed.mean()
        best, gain = None, 0.0
        for edge in edges(box, x, words):
            left = int(edge.stay.sum())
            if left < FEWEST_IN_BOX:
                continue
            own = (failed[edge.stay].mean() - mean) / (len(failed) - left)
            if best is None or own > gain:
                best, gain = edge, own
        if best is None:
            break
        box, x, failed = best.box, x[best.stay], failed[best.stay]
        trajectory.append(box)
    return trajectory


def limit_p(box: Box, without: Box, x: FloatArray, failed: BoolArray) -> float:
    """Quasi-p-value of the limits that `box` has beyond `without` (Bryant and Lempert 2010).

    The chance of at least as many failures in as many futures as the box holds, if each failed with
    the share of failures in the wider box.
    """
    from scipy.special import bdtrc

    own, wider = fit(box, x, failed), fit(without, x, failed)
    if own.failed_inside == 0:
        return 1.0
    return float(bdtrc(own.failed_inside - 1, own.inside, wider.density))


def lift_lucky_limits(box: Box, x: FloatArray, failed: BoolArray) -> Box:
    """Lift the least sure limit, one at a time, until all that are left are sure."""
    while wider := box.wider():
        p = [limit_p(box, one, x, failed) for one in wider]
        worst = int(np.argmax(p))
        if p[worst] <= LIMIT_P:
            break
        box = wider[worst]
    return box


def paste(box: Box, x: FloatArray, failed: BoolArray) -> Box:
    """Push each edge out by about 5% of the futures in the box, as long as phi rises."""
    best = fit(box, x, failed).phi
    while True:
        wider = [(fit(one, x, failed).phi, one) for one in wider_boxes(box, x)]
        scores = [score for score, _ in wider]
        if not scores or max(scores) <= best:
            return box
        best, box = wider[int(np.argmax(scores))]


def wider_boxes(box: Box, x: FloatArray) -> Iterator[Box]:
    """The box with one edge pushed out, or one word taken back."""
    k = max(1, int(ALPHA * box.holds(x).sum()))
    for j, code in box.out:
        yield replace(box, out=tuple(pair for pair in box.out if pair != (j, code)))
    for j in box.limited():
        reachable = x[box.without(j).holds(x), j]
        for side in ("low", "high"):
            limit = (box.low if side == "low" else box.high)[j]
            if not np.isfinite(limit):
                continue
            beyond = np.unique(reachable[reachable < limit if side == "low" else reachable > limit])
            outward = beyond[::-1] if side == "low" else beyond
            if len(outward) <= k:
                yield box.moved(j, side, -np.inf if side == "low" else np.inf)
            else:
                yield box.moved(j, side, float(outward[k - 1] + outward[k]) / 2)


def find_box(x: FloatArray, failed: BoolArray, words: BoolArray) -> Box:
    """The box of all steps of this module's text; without limits when none helps."""
    boxes = peel(x, failed, words)
    scores = [fit(box, x, failed).phi for box in boxes]
    return paste(lift_lucky_limits(boxes[int(np.argmax(scores))], x, failed), x, failed)


def words_of(inputs: Inputs) -> BoolArray:
    """Which inputs are choices among words, (d,)."""
    return np.array([not one.is_ordered for one in inputs.inputs])
