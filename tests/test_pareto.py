"""The Pareto front, what dominates what, and what a gain costs, worked by hand."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from test_comparison_futures import MEANS, around, metric, worlds

from streetlight.experiments.analyse.differences import differences
from streetlight.experiments.analyse.pareto import Ratio, dominated, pareto
from streetlight.experiments.analyse.values import Worlds
from streetlight.experiments.commands.compare_tables import dollars


def objectives(**changes: list[float]) -> Worlds:
    """One future: the policies' means of all objectives, with shared luck."""
    means = {
        "averted_person_years": [0.0, 5.0, 4.0, 9.0],
        "spending": [0.0, 100.0, 100.0, 100.0],
        "identified": [10.0, 20.0, 15.0, 30.0],
        "worst_class_identified_share": [0.1, 0.2, 0.2, 0.3],
    } | changes
    luck = np.array([-0.01, 0.0, 0.01, 0.03])
    values = {name: np.array(one)[:, None, None] + luck for name, one in means.items()}
    base = worlds(values["averted_person_years"])
    return dataclasses.replace(base, values=values)


def test_dominated_means_no_better_in_anything() -> None:
    """At least as good in all and better in one; equals do not dominate each other."""
    good = np.array([[1.0, 2.0], [1.0, 3.0], [2.0, 1.0], [1.0, 3.0]])
    assert np.argwhere(dominated(good)).tolist() == [[0, 1], [0, 3]]


def test_the_front_by_hand() -> None:
    """b costs what a does and finds fewer; doing nothing is cheapest; the oracle is no member."""
    none, a, b, oracle = pareto(objectives(), metric(), 0)
    assert (none.on_front, a.on_front, b.on_front, oracle.on_front) == (True, True, False, None)
    assert b.dominated_by == ("a",) and a.dominated_by == ()
    assert (none.front_share, a.front_share, b.front_share) == (1.0, 1.0, 0.0)
    assert a.values["identified"] == pytest.approx(20.0075)
    assert a.cost_per_identified.value == pytest.approx(10.0)
    assert a.cost_per_person_year.value == pytest.approx(20.0)
    assert math.isnan(none.cost_per_identified.value)


def test_how_sure_the_front_is_comes_from_resamples() -> None:
    """A policy a little behind by noise is on the front in some resamples and not in others."""
    base = objectives()
    noisy = base.values["identified"].copy()
    noisy[2] = noisy[1] - 0.1 + np.array([-1.0, 1.0, -1.0, 1.0])
    base = dataclasses.replace(base, values={**base.values, "identified": noisy})
    b = pareto(base, metric(), 0)[2]
    assert b.on_front is False and 0.2 < b.front_share < 0.6


def test_cost_of_what_may_be_nothing_is_undefined() -> None:
    """The denominator's interval holds 0: no ratio, whatever its mean."""
    base = objectives()
    noisy = base.values["identified"].copy()
    noisy[1] = noisy[0] + np.array([-5.0, 6.0, -5.0, 6.0])
    base = dataclasses.replace(base, values={**base.values, "identified": noisy})
    assert math.isnan(pareto(base, metric(), 0)[1].cost_per_identified.value)


def test_what_makes_it_worse_has_no_price_and_what_saves_is_below_zero() -> None:
    """a surely identifies fewer, b more and spends less than the baseline; printed in words."""
    base = objectives(identified=[10.0, 5.0, 15.0, 30.0], spending=[50.0, 100.0, 40.0, 100.0])
    _, a, b, _ = pareto(base, metric(), 0)
    assert math.isnan(a.cost_per_identified.value) and math.isnan(a.cost_per_identified.low)
    assert b.cost_per_identified.value == pytest.approx(-2.0)
    assert dollars(b.cost_per_identified) == "saves money (-2 [-2 to -2])"
    assert dollars(Ratio(-5.0, -20.0, 3.0)).startswith("may save money (-5")
    assert dollars(Ratio(5.0, 3.0, 20.0)) == "5 [3 to 20]"


def test_a_few_dollars_less_are_no_reason_to_be_on_the_front() -> None:
    """b spends 0.9% less than a and is worse in all else: dominated; 2% less keeps it."""
    for spent, dominated_by in ((99.1, ("a",)), (98.0, ())):
        b = pareto(objectives(spending=[0.0, 100.0, spent, 100.0]), metric(), 0)[2]
        assert b.dominated_by == dominated_by
        assert b.front_share == float(not dominated_by)
    a = pareto(objectives(spending=[0.0, 100.0, 99.1, 100.0]), metric(), 0)[1]
    assert a.on_front and a.front_share == 1.0


def test_a_share_of_nothing_is_one_of_the_policys_own() -> None:
    """The baseline is given no money: 5% of what each policy is given, and not 0."""
    values = around(MEANS)
    given = np.array([0.0, 200.0, 100.0, 40.0])[:, None, None] * np.ones_like(values)
    one = metric("unspent", matters=0.05, relative_to="allocated", direction="less")
    rows = differences(worlds(values, unspent=values, allocated=given), one, 0, 0)
    assert [row.matters for row in rows] == [10.0, 5.0, 2.0]
    assert rows[0].verdict == "no difference that matters"


def test_objectives_that_are_missing_are_left_out() -> None:
    """A metric that is an objective anyway is not counted twice; one without values not at all."""
    base = objectives()
    values = {**base.values, "worst_class_identified_share": np.full((4, 1, 4), math.nan)}
    rows = pareto(dataclasses.replace(base, values=values), metric("identified"), 0)
    assert set(rows[1].values) == {"spending", "identified"}
    assert rows[1].on_front and rows[2].dominated_by == ("a",)
