"""How far the futures' own means lie apart: bands where futures are draws, dots where they are few.

This is about what the future will be and not about the luck of replicates: an `Estimate` has the
interval of the latter, a `Spread` never does, and no mark shows both. A band is made of the futures
that were drawn from the inputs' distributions alone. A named future or one of a grid is there
because somebody put it there; how many such futures lie where says nothing of how probable that is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from streetlight.experiments.analyse.bootstrap import LEAST_FUTURES
from streetlight.experiments.figures.looks import INK
from streetlight.experiments.figures.page import Sign
from streetlight.experiments.figures.tables import ResultTables
from streetlight.experiments.figures.words import percent
from streetlight.model.arrays import FloatArray

# With fewer draws there is no band, just as their mean has no interval: the ends of the 50% would
# be the second future from either end. (Those of the 90% are the outermost futures up to 19 draws.)
LEAST_DRAWS = LEAST_FUTURES
SHARES = (0.05, 0.25, 0.75, 0.95)
# No more dots than this can be told apart in a row beside each of many bars; a grid has more.
MOST_DOTS = 12
PALE = "#8C8C8C"  # of keys, and where a policy has no colour
THIN, THICK, DOT = 1.3, 3.6, 2.6  # of the 90%, of the 50%, in points
NOISE = Sign("95% interval of simulation noise", line={"color": INK, "linewidth": 1.1})
NO_OTHER: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Spread:
    """Where the means of the futures lie.

    low90, low50, high50, high90: quantiles (5, 25, 75, 95%) of the drawn futures' means, NaN where
    there are fewer than `LEAST_DRAWS`; dots: each future's mean where futures are few and no draws;
    luck: share of the variance between the drawn futures' means that replicates make, at most 1.
    """

    low90: float = math.nan
    low50: float = math.nan
    high50: float = math.nan
    high90: float = math.nan
    dots: tuple[float, ...] = ()
    luck: float = math.nan

    @property
    def band(self) -> tuple[float, float, float, float]:
        """The four ends, for a row of a table."""
        return self.low90, self.low50, self.high50, self.high90

    @property
    def has_band(self) -> bool:
        """Whether there is a band to draw."""
        return math.isfinite(self.low90)

    @property
    def ends(self) -> tuple[float, ...]:
        """The lowest and the highest number drawn, none if nothing is."""
        if self.has_band:
            return self.low90, self.high90
        return (min(self.dots), max(self.dots)) if self.dots else ()

    @property
    def each(self) -> str:
        """The dots for a table: '12.5; 14.1'; blank where there are none."""
        return "; ".join(f"{value:.6g}" for value in self.dots)

    def moved(self, by: float) -> Spread:
        """The same spread elsewhere."""
        low90, low50, high50, high90 = (end + by for end in self.band)
        dots = tuple(dot + by for dot in self.dots)
        return Spread(low90, low50, high50, high90, dots, self.luck)

    def cut(self, lowest: float, highest: float) -> Spread:
        """The spread with its ends moved between two numbers, as of a share that is not below 0."""
        low90, low50, high50, high90, *dots = np.clip(
            [*self.band, *self.dots], lowest, highest
        ).tolist()
        return Spread(low90, low50, high50, high90, tuple(dots), self.luck)


def spread(values: FloatArray, results: ResultTables) -> Spread:
    """The spread of one value a world (W,)."""
    return spread_of(future_means(values, results), results, luck_in(values, results))


def future_means(values: FloatArray, results: ResultTables) -> FloatArray:
    """The mean of each future (F,) of one value a world (W,), NaN where none is defined."""
    kept = np.isfinite(values)
    means = np.full(len(results.futures), math.nan)
    for f in np.unique(results.future[kept]):
        means[f] = values[kept & (results.future == f)].mean()
    return means


def luck_in(values: FloatArray, results: ResultTables) -> float:
    """Share of the variance between the drawn futures' means that their replicates make.

    Each mean varies by the variance of its replicates over their number (one alone tells nothing).
    """
    worlds = [results.future == f for f in np.flatnonzero(results.is_draw)]
    groups = [values[mine & np.isfinite(values)] for mine in worlds]
    groups = [group for group in groups if group.size]
    if len(groups) < LEAST_DRAWS or min(group.size for group in groups) < 2:
        return math.nan
    between = float(np.var([group.mean() for group in groups], ddof=1))
    within = float(np.mean([group.var(ddof=1) / group.size for group in groups]))
    return min(within / between, 1.0) if between > 0 else 0.0


def spread_of(means: FloatArray, results: ResultTables, luck: float = math.nan) -> Spread:
    """The spread of the means of the futures (F,), NaN where a future has none."""
    there = np.isfinite(means)
    drawn = means[there & results.is_draw]
    if drawn.size >= LEAST_DRAWS:
        return Spread(*quantiles(drawn), luck=luck)
    few = not banded(results) and 1 < there.sum() <= MOST_DOTS
    return Spread(dots=tuple(means[there].tolist()) if few else ())


def quantiles(means: FloatArray) -> tuple[float, float, float, float]:
    """The four ends of a band: the same whichever sign the numbers have.

    Each is the mean of one future, or of two neighbours where a share of the futures is a whole
    number of them ("averaged inverted distribution function": Hyndman and Fan 1996, definition 2).
    """
    low90, low50, high50, high90 = np.quantile(means, SHARES, method="averaged_inverted_cdf")
    return float(low90), float(low50), float(high50), float(high90)


def banded(results: ResultTables) -> bool:
    """Whether bands are drawn: enough of the futures that were run are draws."""
    return n_drawn(results) >= LEAST_DRAWS


def dotted(results: ResultTables) -> bool:
    """Whether the futures themselves are drawn."""
    return not banded(results) and 1 < np.unique(results.future).size <= MOST_DOTS


def n_drawn(results: ResultTables) -> int:
    """How many of the futures that were run are draws."""
    return int(results.is_draw[np.unique(results.future)].sum())


def note(
    results: ResultTables,
    drawn: Iterable[Spread],
    what: str = "",
    *,
    dots: bool = True,
    shaded: bool = False,
) -> str:
    """How to read the marks of the spread, with a space before; '' where there are none.

    drawn: the marks; what: what they are about, where that is not the number of the mark beside
    them; dots: whether the figure shows futures that are no draws; shaded: whether bands are areas.
    """
    about = f" {what}" if what else ""
    if banded(results):
        n = n_drawn(results)
        thick, thin = ("darker", "lighter") if shaded else ("thick", "thin")
        extremes = ": lowest to highest, as there are few" if n * SHARES[0] < 1 else ""
        return (
            f" Pale band{about}: the middle 50% ({thick}) and 90% ({thin}{extremes}) of the {n} "
            f"futures drawn at random, by each one's mean over replicates{_luck_in_words(drawn)}. "
            "What is clear of the mean over futures need not hold in every one."
        )
    if dots and dotted(results):
        return (
            f" Small dots{about}: the mean of each future, chosen and not drawn at random, so that "
            "they say how far these futures lie apart and not how probable they are."
        )
    return ""


def _luck_in_words(drawn: Iterable[Spread]) -> str:
    """How much of the bands is luck, as small places can have little else in theirs."""
    shares = [one.luck for one in drawn if math.isfinite(one.luck)]
    if not shares:
        return ", with the luck of so few replicates in it"
    middle, high = (percent(100 * of(shares), 0) for of in (median, max))
    worst = "" if middle == high else f" in the middle one of the bands and {high} in the worst"
    return f", whose luck is {middle} of the variance between them{worst} (in the table)"


def signs(
    results: ResultTables, noise: Mapping[str, Any] = NO_OTHER, *, dots: bool = True
) -> list[Sign]:
    """What the marks of the spread, and that of noise beside them, are called in a key.

    noise: the mark of noise, as `patch` and `line` of a Sign, where it is no whisker.
    """
    if banded(results):
        own = [
            Sign("middle 50% of futures", line={"color": PALE, "linewidth": THICK}),
            Sign("90% of futures", line={"color": PALE, "linewidth": THIN}),
        ]
    elif dots and dotted(results):
        own = [Sign("each future", line={"linewidth": 0, **dot(PALE)})]
    else:
        return []
    return [replace(NOISE, **noise), *own] if results.repeated else own


def shades(results: ResultTables, opacities: tuple[float, float]) -> list[Sign]:
    """As `signs`, for areas of two opacities, of 90% and of 50% on top."""
    if not banded(results):
        return []
    outer, inner = opacities
    both = 1 - (1 - outer) * (1 - inner)
    area = {"facecolor": PALE, "linewidth": 0}
    own = [
        Sign("middle 50% of futures", patch=area | {"alpha": both}),
        Sign("90% of futures", patch=area | {"alpha": outer}),
    ]
    return [NOISE, *own] if results.repeated else own


def dot(colour: str) -> dict[str, Any]:
    """The mark of one future, as arguments of a line."""
    return {"marker": "o", "markersize": DOT, "markeredgewidth": 0.0, "color": colour}


def draw_spread(
    axes: Axes, one: Spread, at: float, colour: str, *, upright: bool = False, **style: Any
) -> None:
    """Draw a spread along x at the height `at`, or along y at `at` where `upright`.

    colour: pale enough to stay behind the marks of means and of noise.
    """
    lines: Sequence[tuple[tuple[float, ...], dict[str, Any]]] = ()
    if one.has_band:
        # Ends without a cap lie where the numbers say.
        flat: dict[str, Any] = {"color": colour, "solid_capstyle": "butt"}
        lines = (
            ((one.low90, one.high90), flat | {"linewidth": THIN}),
            ((one.low50, one.high50), flat | {"linewidth": THICK}),
        )
    elif one.dots:
        lines = ((one.dots, {"linestyle": "none", **dot(colour)}),)
    for along, look in lines:
        across = [at] * len(along)
        axes.plot(*((across, along) if upright else (along, across)), **look, **style)
