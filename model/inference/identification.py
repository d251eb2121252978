"""Time to identification: how fast youth are identified, and the share that ever is.

While it lasts, exploitation is identified at a hazard h and ends unidentified at a hazard x.  Of
those who are identified the time D from onset to identification is then exponential with h + x
(Cox 1959, Journal of the Royal Statistical Society B 21, 411-421), so that n such times give

    h + x = n / sum D,    h = n / sum D - x,    share ever identified = h / (h + x) = 1 - x mean D

x is in no record, as those who leave are in none: it must be supplied.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import gamma

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.group_rates import GroupRates, check_exits
from streetlight.model.inference.identified import LEVEL, Interval, NotIdentifiedError, tails

#: Identified youth whose onset is known below which a group has no rate.
FEWEST_IDENTIFIED = 10


def identification_rates(
    n: FloatArray,
    years: FloatArray,
    exit_hazard: float,
    exit_range: tuple[float, float],
    level: float = LEVEL,
) -> GroupRates:
    """Rates of groups, a region or a class each, from identified youth n (G,) and their years (G,).

    n: with a known onset; years: from onset to identification, summed; exit_hazard, exit_range:
    ends without identification a year, and what is thought possible.  Both intervals have that
    range in them, and are cut at 0.  Assumes that both hazards hold at all times and for everybody,
    and that as many are identified from year to year.  It fails where youth differ in how visible
    they are, as those identified are then the visible ones (the share is too high), and where work
    or a queue lies between report and identification (times are longer, the share too low).

    NaN is a group with fewer than ten, and one whose times are so long that its rate would be 0 or
    less: the groups that are left have the higher rates, and so has their mean.  Never of a small
    place.  NotIdentifiedError if no group has ten, or if all have times longer than exploitation
    would last.

    >>> from streetlight.model.inference.identification import identification_rates
    >>> found = identification_rates(np.array([60.0]), np.array([40.0]), 0.5, (0.4, 0.6))
    >>> found.rate.tolist(), found.share.round(3).tolist()
    ([1.0], [0.667])
    """
    check_exits(exit_hazard, exit_range)
    n, years = np.asarray(n, float), np.asarray(years, float)
    many = (n >= FEWEST_IDENTIFIED) & (years > 0.0)
    if not many.any():
        text = f"no group has {FEWEST_IDENTIFIED} identified youth whose onset is known"
        raise NotIdentifiedError(text, "onsets of more cases, more years, larger groups")
    told = many & (n > exit_hazard * years)
    if not told.any():
        raise NotIdentifiedError(
            "times to identification are longer than exploitation lasts by the exit hazard",
            "a better known exit hazard, or the time of the first report instead of identification",
        )
    low, high = tails(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        both = np.where(told, n / years, np.nan)
        ends = (gamma.ppf(low, n) / years, gamma.ppf(high, n) / years)
        least, most = (np.where(told, end, np.nan) for end in ends)
    interval = Interval(
        np.maximum(least - exit_range[1], 0.0), np.maximum(most - exit_range[0], 0.0)
    )
    return GroupRates.of(both - exit_hazard, interval, exit_hazard, exit_range)
