"""What could happen to a spell: who has an occasion, and what an occasion needs to count."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from plain_philox import luck
from small_worlds import SCHOOLS_SEE, begun, cohort, only, place

from streetlight.model.world.occasions import noticed_above, recognised_above
from streetlight.model.world.state import Calendar, Kind

N = 200  # youth
SKIP = 7  # the decision of the gaps between occasions
LUCK = (0.001, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999)
NOW = (0.0, 0.01, 0.1, 0.2, 0.25, 0.3, 0.5, 0.6)
plainly_recognised_above = getattr(recognised_above, "py_func", recognised_above)
plainly_noticed_above = getattr(noticed_above, "py_func", noticed_above)


@pytest.mark.parametrize("effort_cv", [None, 0.5])
def test_who_has_an_occasion_of_a_rare_kind(effort_cv: float | None) -> None:
    """All whose first gap ends in time have one, though most youth are passed over unasked."""
    reading = {} if effort_cv is None else {
        "attention.reading": "effort", "attention.effort_level": (0.5, 0.5),
        "attention.effort_cv": (effort_cv, effort_cv), "attention.class_spread": 0.0,
    }  # fmt: skip
    values = {**SCHOOLS_SEE, "encounter.contact_rate": (0.02, 0.0, 0.0, 0.0, 0.0), **reading}
    state = begun(only("encounters", values=values), place(), spells=cohort(N)).state
    column = Calendar.PREPARED + Kind.SCHOOL
    kept = [state.prepared[a:b] for a, b in state.calendar[:-1, column : column + 2].tolist()]
    having = set(np.concatenate(kept)["spell"].tolist())
    per_year = int(state.rates["steps_per_year"][0])
    expected = set()
    for i, row in enumerate(state.drawn):
        u = luck(state.world, state.communities["key"][0], int(row["number"]), SKIP, 0, 0)
        left = -math.log(u[Kind.SCHOOL - 1]) / (0.02 * 12.0 / per_year)
        for step in range(row["start"], min(row["end"], len(state.calendar) - 1)):
            left -= float(state.attention[step // per_year, 0, 0]) if effort_cv else 1.0
            if left <= 0.0:
                expected.add(i)
                break
    assert having == expected
    assert 5 < len(having) < N / 2


@pytest.mark.parametrize("effort_cv", [0.5, 1.0])
def test_contacts_come_where_gaps_end_from_year_to_year(effort_cv: float) -> None:
    """Gaps are used up at the effort of each step, one after the other, until the spell ends."""
    values = {
        **SCHOOLS_SEE, "encounter.contact_rate": (0.3, 0.0, 0.0, 0.0, 0.0),
        "attention.reading": "effort", "attention.effort_level": (0.5, 0.5),
        "attention.effort_cv": (effort_cv, effort_cv), "attention.class_spread": 0.0,
    }  # fmt: skip
    state = begun(only("encounters", values=values), place(), years=4, spells=cohort(N)).state
    column, expected = Calendar.PREPARED + Kind.SCHOOL, set()
    kept = [state.prepared[a:b] for a, b in state.calendar[:-1, column : column + 2].tolist()]
    found = {(step, i) for step, rows in enumerate(kept) for i in rows["spell"].tolist()}
    per_year, key = int(state.rates["steps_per_year"][0]), state.communities["key"][0]
    for i, row in enumerate(state.drawn):
        u = luck(state.world, key, int(row["number"]), SKIP, 0, 0)[Kind.SCHOOL - 1]
        left, n = -math.log(u) / (0.3 * 12.0 / per_year), 0
        for step in range(row["start"], min(row["end"], len(state.calendar) - 1)):
            left -= float(state.attention[step // per_year, 0, 0])
            if left <= 0.0:
                expected.add((step, i))
                at = Kind.SCHOOL * 4096 + n // 4
                u = luck(state.world, key, int(row["number"]), SKIP, 0, at)[n % 4]
                left, n = -math.log(u) / (0.3 * 12.0 / per_year), n + 1
    assert found == expected
    assert len({step // per_year for step, _ in found}) > 3 and len(found) > 2 * N


@pytest.mark.parametrize("most", [1.0, 3.0])
@pytest.mark.parametrize(("effort", "weight"), [(1.4, 1.0), (0.3, 1.7), (2.5, 0.0), (0.0, 1.0)])
def test_what_recognition_needs_is_the_comparison_of_the_page(
    effort: float, weight: float, most: float
) -> None:
    """A candidate counts where its uniform is below what is looked, over the most possible."""
    hazard, rest, bound = 0.2, 0.25, 0.6
    rates = SimpleNamespace(
        h_contact=np.array([[hazard]]), bound=[bound], unit_ratio=[most], effort_on=True,
        steps_per_year=52,
    )  # fmt: skip
    row = SimpleNamespace(traits=0, community=0)
    attention = np.array([[[effort], [weight]]])
    own, bought = (1.0 - math.exp(-hazard * w) for w in (effort, weight))
    own_most, bought_most = effort + weight * (most - 1.0), weight * most
    pace = hazard * (own_most * rest + bought_most * (bound - rest))
    counted = 0
    for u in LUCK:
        needed = plainly_recognised_above(rates, attention, 0, row, 7, 1.0, rest, u)
        for now in NOW:
            looked = own * min(rest, now) + bought * max(0.0, now - rest)
            assert (now > needed) == (u * (1.0 - math.exp(-pace)) < looked)
            counted += now > needed
    assert 0 < counted < len(LUCK) * len(NOW)


@pytest.mark.parametrize("offset", [0, 20, 40])
def test_what_notice_needs_is_the_comparison_of_the_page(offset: int) -> None:
    """A candidate of notice counts by the hazard that the ramp leaves of it."""
    rates = SimpleNamespace(
        h_public=0.4, family_public=0.5, deny=0.2, ramp_floor=0.0, ramp_steps=40.0
    )
    share, family = offset / 40.0, 1 << 5
    counted = 0
    for u in LUCK:
        needed = plainly_noticed_above(rates, family, offset, 1.0, u)
        for gate in NOW:
            hazard = 0.4 * 0.5 * gate
            p, bound = 1.0 - math.exp(-hazard * share), 1.0 - math.exp(-0.4 * 0.5)
            assert (hazard > needed) == (u * bound < p)
            counted += hazard > needed
    assert (counted > 0) == (offset > 0)
