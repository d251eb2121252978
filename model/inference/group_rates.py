"""Rates of groups, and the share that an event reaches before exploitation ends by itself.

An event at a constant hazard r against ends at a constant hazard x comes first in r / (r + x). Ends
that no record shows are in none: x is supplied, with a range of what is thought possible.
"""

from __future__ import annotations

from dataclasses import dataclass

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.identified import Interval


@dataclass(frozen=True, eq=False)
class GroupRates:
    """By group, (G,) each, NaN where a group has none. rate: events a year of exploitation; share:
    of youth, ever. The interval of the share has the exit hazard's range in it.
    """

    rate: FloatArray
    interval: Interval
    share: FloatArray
    share_interval: Interval

    @classmethod
    def of(
        cls,
        rate: FloatArray,
        interval: Interval,
        exit_hazard: float,
        exit_range: tuple[float, float],
    ) -> GroupRates:
        """The shares that follow from rates (G,) and their interval."""
        low, high = interval
        return cls(
            rate, interval, rate / (rate + exit_hazard),
            Interval(low / (low + exit_range[1]), high / (high + exit_range[0])),
        )  # fmt: skip


def check_exits(exit_hazard: float, exit_range: tuple[float, float]) -> None:
    """ValueError unless both are above 0 and the range holds the hazard."""
    if not 0.0 < exit_range[0] <= exit_hazard <= exit_range[1]:
        raise ValueError(f"exit_range: {exit_range!r}: must hold exit_hazard, {exit_hazard!r}")
