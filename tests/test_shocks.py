"""Rows of shocks: when they begin and end, and which of them a year or a law counts."""

from __future__ import annotations

import numpy as np

from streetlight.model.clock import Clock
from streetlight.model.communities.region import Region
from streetlight.model.parameters import Parameters
from streetlight.model.world.shocks import Shock, mandate_problems, researched, shock_table

TWO_PLACES = Region.synthetic(2, seed=1)
FIRST, SECOND = TWO_PLACES.ids


def clock(steps_per_year: int) -> Clock:
    """Two years with money after one without."""
    return Clock(steps_per_year, filling_years=0, burn_in_years=1, policy_years=2)


def test_a_shock_of_a_week_lasts_a_step_of_four() -> None:
    """With thirteen steps a year a week is no whole step, and the shock still has one."""
    (row,) = shock_table([Shock("campaign", (FIRST,), 8, 1, 1.0)], TWO_PLACES, clock(13))
    assert (row["start"], row["stop"]) == (13 + 2, 13 + 3)


def test_research_asks_in_the_years_of_which_it_has_a_week() -> None:
    """From week 40 for 12 weeks it has weeks of the first year alone; the larger share counts."""
    projects = [
        Shock("research", (FIRST,), 40, 12, 0.25),
        Shock("research", (FIRST, SECOND), 0, 4, 0.5),
    ]
    table = shock_table(projects, TWO_PLACES, clock(52))
    first = researched(table, 1, 52, TWO_PLACES.n_communities)
    assert first[:2].tolist() == [0.5, 0.5]
    alone = researched(table[:1], 1, 52, TWO_PLACES.n_communities)
    assert alone[:2].tolist() == [0.25, 0.0]
    assert not np.any(researched(table, 2, 52, TWO_PLACES.n_communities))


def test_a_law_may_name_a_place_twice_but_not_two_laws_one_place() -> None:
    """The first is a slip of the pen; of the second nobody could say which holds."""
    once = Shock("mandate", (FIRST, FIRST), 0, None, 1.0)
    assert mandate_problems([once], Parameters()) == []
    (problem,) = mandate_problems([once, Shock("mandate", (FIRST,), 9, 4, 0.5)], Parameters())
    assert FIRST in problem
