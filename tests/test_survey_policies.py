"""What an agency learns from surveys, how audits buy them, and when that pays."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planning_worlds import planning_view
from scipy import stats
from small_worlds import SIGMAS
from test_policies import record_view
from test_policy_library import big_view, dollars

from streetlight import Region, policies
from streetlight.model.arrays import FloatArray
from streetlight.model.inference.surveys import DISCLOSED, answers
from streetlight.model.inference.undetected import expected, fit
from streetlight.model.money.levers import prices
from streetlight.model.money.policies import Policy
from streetlight.model.names import LEVER_INDEX
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import PlanningView, RecordView
from streetlight.model.run.simulation import draw_world, run_policy

SURVEY = LEVER_INDEX["survey"]
N = 400


def surveyed(rate: FloatArray, asked: FloatArray, luck: int = 1, **changes: Any) -> RecordView:
    """Places of one size in two classes after five years, surveyed at these true rates (C,)."""
    size = {
        "population": np.full(N, 1e4), "youth": np.full(N, 1e3), "youth_12_17": np.full(N, 750.0),
        "place_class": np.where(np.arange(N) < N // 2, 0, 3),
    }  # fmt: skip
    respondents, found = np.zeros((N, 5)), np.zeros((N, 5))
    respondents[:, 2] = asked
    said_so = np.random.default_rng(luck).binomial(asked.astype(int), rate * DISCLOSED)
    found[:, 2] = np.divide(said_so, asked * DISCLOSED, out=np.zeros(N), where=asked > 0)
    seen: dict[str, Any] = {"survey_respondents": respondents, "survey_estimates": found}
    return big_view(N, luck, **{**size, **seen, **changes})


# -------------------------------------------------------------------------- what is learned


def exactly(said_so: FloatArray, asked: FloatArray, **changes: Any) -> RecordView:
    """The same places, in which so many of those asked said so, (C,) each."""
    estimates = np.zeros((N, 5))
    estimates[:, 2] = said_so / (asked * DISCLOSED)
    return surveyed(np.zeros(N), asked, survey_estimates=estimates, **changes)


def test_effects_of_classes_by_hand() -> None:
    """300 and 700 answers where as many were expected: log ratios of log(3/5) and log(7/5).

    Weighted by answers they scatter by x; 2.706 of that is what chance gives in nine of ten
    surveys, and the rest over 1000 - (300^2 + 700^2) / 1000 = 420 is the variance of classes.
    """
    said_so = np.where(np.arange(N) < N // 2, 300.0, 700.0) / (N / 2)
    learned = answers(exactly(said_so, np.full(N, 500.0)), np.ones(N))
    off = math.log(7.0 / 3.0) * np.array([-0.7, 0.3])  # from their mean, weighted by answers
    x = 300.0 * off[0] ** 2 + 700.0 * off[1] ** 2
    between = (x - 2.70554) / 420.0
    effects = off * between / (between + 1.0 / np.array([300.0, 700.0]))
    assert np.log(learned.expected[[0, -1]]) == pytest.approx(effects, rel=1e-5)
    assert learned.said_so == pytest.approx(said_so)


def test_differences_that_chance_explains_teach_nothing() -> None:
    """480 and 520 answers where as many were expected: x = 1.6, below 2.7."""
    said_so = np.where(np.arange(N) < N // 2, 480.0, 520.0) / (N / 2)
    learned = answers(exactly(said_so, np.full(N, 500.0)), np.ones(N))
    assert learned.expected.tolist() == [1.0] * N


def test_surveys_in_some_places_teach_about_all_of_their_class() -> None:
    """Twice the rate among a third of the rural places raises what all of them are expected."""
    asked = np.where(np.arange(N) % 3 == 0, 700.0, 0.0)
    ratios = []
    for luck in range(20):
        view = surveyed(np.where(np.arange(N) < N // 2, 0.005, 0.01), asked, luck)
        learned = answers(view, np.ones(N))
        assert np.ptp(learned.expected[N // 2 :]) == 0.0
        ratios.append(math.log(learned.expected[-1] / learned.expected[0]))
    # what shrinking leaves of log 2 where effects are as far apart as the expected counts say
    counts = np.array([0.005, 0.01]) * DISCLOSED * 700.0 * 67
    off = math.log(2.0) * np.array([-counts[1], counts[0]]) / counts.sum()
    between = (counts @ off**2 - 2.70554) / (2.0 * counts.prod() / counts.sum())
    kept = between / (between + 1.0 / counts) @ (off * [-1.0, 1.0])
    error = math.sqrt((1.0 / counts).sum() / 20)
    assert abs(np.mean(ratios) - kept) < SIGMAS * error


def test_what_one_class_alone_tells_stays_in_the_level() -> None:
    """A survey in one class shifts no class against another: its level is free."""
    asked = np.where(np.arange(N) < 50, 700.0, 0.0)
    learned = answers(surveyed(np.full(N, 0.02), asked), np.ones(N))
    assert learned.expected == pytest.approx(np.ones(N), abs=1e-6)


def test_without_surveys_nothing_is_learned() -> None:
    """Expectations are passed on as they are, so that every estimate is what it was, to the bit."""
    view = record_view()
    prior = expected(view, 2.0)
    learned = answers(view, prior)
    assert learned.expected is prior
    assert not learned.said_so.any() and not learned.share_asked.any()


def test_hidden_need_is_found_only_by_asking() -> None:
    """Where rural reports are silent, the estimate gives rural places more once they are asked."""
    rate = np.where(np.arange(N) < N // 2, 0.005, 0.02)
    counts = np.where(np.arange(N) < N // 2, 3.0, 1.0)[:, None] * np.ones(5)
    record: dict[str, Any] = {
        "published_reports": counts, "population": np.where(np.arange(N) < N // 2, 2e5, 5e3)
    }  # fmt: skip
    views = [surveyed(rate, np.full(N, asked), **record) for asked in (0.0, 700.0)]
    found = [fit(view, 2.0, 0.2, 0.3).mean for view in views]
    share = [one[N // 2 :].sum() / one.sum() for one in found]
    assert share[0] < 0.55 < 0.75 < share[1] < 0.85  # 0.8 is true
    rural = [dollars("estimate_based", view)[N // 2 :].sum() for view in views]
    assert rural[0] < 0.6e6 < 0.8e6 < rural[1]


def test_answers_are_no_reports() -> None:
    """Counts over attention give nothing to a place without reports, whatever it was asked."""
    counts = np.where(np.arange(N) % 4 == 0, 3.0, 0.0)[:, None] * np.ones(5)
    view = surveyed(np.full(N, 0.02), np.full(N, 500.0), published_reports=counts)
    funded = dollars("inverse_weighted", view)
    assert ((funded > 0.0) == (np.arange(N) % 4 == 0)).all()


# -------------------------------------------------------------------------- audits


def four_classes(**changes: Any) -> PlanningView:
    """400 places of 1,000 youth, a hundred in each class of place, in the first year."""
    base: dict[str, Any] = {
        "period": 0, "place_class": np.arange(N) % 4, "youth_12_17": np.full(N, 2000.0),
        "budget_dollars": 1e8,
    }  # fmt: skip
    view = big_view(N, 3, **{**base, **changes})
    region = Region.of(ids=view.ids, population=view.population, youth=view.youth)
    facts = {"prices": prices(region, Parameters(), np.zeros(N)),
             "responses": planning_view().responses}  # fmt: skip
    return PlanningView(**vars(view), **facts)


def given(view: PlanningView, **settings: float) -> FloatArray:
    """Dollars (C, L) of audits."""
    return policies.build("audits", mix={"training": 1.0}, **settings).allocate(view)


def test_audits_ask_as_many_places_of_every_class() -> None:
    """100 winners: 25 of each class, each at 1,500 + 30 x 1,000 dollars, by the year's lot."""
    view = four_classes()
    surveys = given(view)[:, SURVEY]
    assert set(surveys.tolist()) == {0.0, 31_500.0}
    assert np.bincount(view.place_class, surveys > 0.0).tolist() == [25.0] * 4
    other = given(replace(view, luck=9))[:, SURVEY]
    shared = ((other > 0.0) & (surveys > 0.0)).sum()
    assert abs(shared - 25.0) < SIGMAS * math.sqrt(4 * stats.hypergeom(100, 25, 25).var())


def test_surveys_are_paid_from_the_floor() -> None:
    """All of the budget is given; the rest of the floor is in equal shares, as without surveys."""
    view = four_classes()
    plan = given(view)
    surveys = plan[:, SURVEY].sum()
    assert plan.sum() == pytest.approx(1e8)
    floor = given(view, surveyed=0.0)
    assert floor.sum(axis=1) == pytest.approx(dollars("exploration_floor", view), rel=1e-9)
    training = LEVER_INDEX["training"]
    assert floor[:, training] - plan[:, training] == pytest.approx(np.full(N, surveys / N))


def test_surveys_take_their_part_of_the_floor_and_no_more() -> None:
    """With little money the lot is served in its order until half of the floor is gone."""
    view = four_classes(budget_dollars=1e6)  # 100,000 dollars for surveys: three and a bit
    surveys = given(view)[:, SURVEY]
    assert np.sort(surveys)[-5:] == pytest.approx([0.0, 5_500.0, 31_500.0, 31_500.0, 31_500.0])
    assert sorted(view.place_class[surveys > 0.0].tolist()) == [0, 1, 2, 3]


def test_small_places_are_asked_whole_and_tiny_ones_not_at_all() -> None:
    """350 youth cost 1,500 + 30 x 350; places under 100 are left out, and no class is owed."""
    youth = np.array([350.9, 99.0, 350.9, 99.0])[np.arange(N) % 4]
    surveys = given(four_classes(youth_12_17=youth))[:, SURVEY]
    assert set(surveys.tolist()) == {0.0, 12_000.0}
    assert [(surveys[k::4] > 0.0).sum() for k in range(4)] == [50, 0, 50, 0]


def test_audits_stop_asking() -> None:
    """After three years, or as many as are set, all goes as under the exploration floor."""
    for period, settings, asks in ((2, {}, True), (3, {}, False), (3, {"survey_years": 4.0}, True)):
        assert given(four_classes(period=period), **settings)[:, SURVEY].any() == asks


# -------------------------------------------------------------------------- when it pays

HIDDEN = {"incidence.place_ratio": (1.0, 1.0, 3.0, 3.0)}
FLAT = {
    "incidence.poverty_ratio": 1.0, "incidence.frailty_cv": 0.0,
    "incidence.place_ratio": (1.0, 1.0, 1.0, 1.0),
}  # fmt: skip


def averted_by_asking(values: dict[str, Any], n_worlds: int) -> FloatArray:
    """Person-years that audits avert and the same without surveys does not, a world each (n,)."""
    region, parameters = Region.us_counties(), Parameters().with_values(values)

    def person_years(policy: Policy) -> float:
        truth = run_policy(world, policy).truth
        first = truth.clock.first_policy_year
        return float(truth.ledger.person_steps[0, first:].sum()) / truth.clock.steps_per_year

    gains = []
    for replicate in range(n_worlds):
        world = draw_world(parameters, region, seed=1, future="asking", replicate=replicate)
        without = person_years(policies.audits(surveyed=0.0))
        gains.append(without - person_years(policies.audits()))
    return np.array(gains)


@pytest.mark.slow
def test_a_survey_pays_for_itself_where_need_is_hidden_and_not_where_all_is_flat() -> None:
    """Need in towns and rural places three times that of cities: asking averts more than its
    dollars would; where need is alike, less. (At twice it just pays: docs/league.md.)"""
    hidden, flat = averted_by_asking(HIDDEN, 4), averted_by_asking(FLAT, 4)
    error = stats.sem(hidden)
    assert hidden.mean() - stats.t.ppf(0.975, 3) * error > 0.0
    assert flat.mean() - stats.t.ppf(0.975, 3) * stats.sem(flat) <= 0.0
    assert hidden.mean() - flat.mean() > 2.0 * math.hypot(error, stats.sem(flat))
