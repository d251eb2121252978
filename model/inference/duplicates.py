"""Repeat reports of linked cases: how fast cases are reported, and the share that ever is.

After its first report a case goes on until it ends.  Reports of it that come in between are a
Poisson process of rate r, whatever happened before: Liu, Bhandaram and Garg (2024), Nature
Computational Science 4, 57-65.  A case may be followed to any end that later reports of it do not
move.  Added here: with natural ends at a constant hazard x, which no report shows and which must be
supplied, the share r / (r + x) of cases is reported before it ends.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import gamma

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.group_rates import GroupRates, check_exits
from streetlight.model.inference.identified import LEVEL, Interval, NotIdentifiedError, tails

#: Repeat reports below which a group has no rate.
FEWEST_REPEATS = 10


def reporting_rates(
    repeats: FloatArray,
    years: FloatArray,
    exit_hazard: float,
    exit_range: tuple[float, float],
    level: float = LEVEL,
) -> GroupRates:
    """Rates of groups, a region or a class each, from repeats (G,) over years at risk (G,).

    repeats: reports of cases after their first; years: from the first report to the end of the
    case, or of the record, summed over cases; exit_hazard, exit_range: natural ends a year, and
    what is thought possible.  Intervals are exact gamma intervals of a Poisson rate.  It fails
    where a first report brings work that finds the case again, where a queue delays what ends it,
    and where cases differ in how visible they are: those reported are then the visible ones, and
    the share is too high.  Never of a small place: NotIdentifiedError if no group has ten repeats.
    """
    check_exits(exit_hazard, exit_range)
    repeats, years = np.asarray(repeats, float), np.asarray(years, float)
    told = (repeats >= FEWEST_REPEATS) & (years > 0.0)
    if not told.any():
        text = f"no group has {FEWEST_REPEATS} repeat reports of linked cases"
        raise NotIdentifiedError(text, "cases linked across reports, more years, larger groups")
    low, high = tails(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(told, repeats / years, np.nan)
        ends = Interval(gamma.ppf(low, repeats) / years, gamma.ppf(high, repeats + 1.0) / years)
    interval = Interval(*(np.where(told, end, np.nan) for end in ends))
    return GroupRates.of(rate, interval, exit_hazard, exit_range)
