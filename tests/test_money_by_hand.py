"""What planners and estimators work out of small tables, each number by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from test_policies import record_view

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.inference import undetected
from streetlight.model.money.levers import prices, purchase
from streetlight.model.money.response import Response
from streetlight.model.money.rules.estimates import inverse_weighted
from streetlight.model.money.rules.grants import funded, standard
from streetlight.model.names import LEVER_INDEX, N_LEVERS
from streetlight.model.on_average.response import _by_source, _lasting, _through
from streetlight.model.parameters import Parameters
from streetlight.model.record.beliefs import Prices, Responses
from streetlight.model.record.view import RecordView
from streetlight.model.run.spending import Spending

TRAINING, CAMPAIGN, CHANNEL = (LEVER_INDEX[n] for n in ("training", "campaign", "channel"))
TOOL, GROUPS = LEVER_INDEX["screening_universal"], LEVER_INDEX["prevention"]
POSTS, PLACES = LEVER_INDEX["investigators"], LEVER_INDEX["navigators"]
RESPONDERS, PUBLIC, YOUTH = range(3)
ONSETS = np.array([3.0, 4.0])

# ------------------------------------------------------------------ the planner's model


def two_places(**changes: Any) -> Response:
    """Two communities of one pool; only the first has anything that money can move."""
    base = np.ones((2, N_LEVERS))
    base[:, PLACES] = 4.0
    top = np.full(N_LEVERS, np.inf)
    top[TRAINING] = 2.0
    costs = Prices(
        unit_cost=np.full((2, N_LEVERS), 1_000.0), fixed=np.zeros(N_LEVERS),
        minimum=np.zeros(N_LEVERS), base=base, top=top, team=np.arange(2),
    )  # fmt: skip
    gain, bend = np.zeros((N_LEVERS, 3, 2)), np.full((N_LEVERS, 3, 2), np.inf)
    gain[TRAINING, RESPONDERS, 0], bend[TRAINING, RESPONDERS, 0] = 0.5, 2.0
    gain[CAMPAIGN, PUBLIC, 0], gain[CAMPAIGN, YOUTH, 0] = 0.4, 0.2
    bend[CAMPAIGN, YOUTH, 0] = 1.0
    by_lever = np.zeros((6, N_LEVERS, 2))
    tool_gain, replaced, false_gain, false_added, onset_gain, onset_bend = by_lever
    tool_gain[TOOL, 0], replaced[TOOL, 0], false_added[TOOL, 0] = 0.3, 0.1, 2.0
    false_gain[TRAINING, 0], onset_gain[GROUPS, 0], onset_bend[GROUPS, 0] = 0.2, 0.2, 2.0
    lasting = np.ones(N_LEVERS)
    lasting[TRAINING] = 0.5
    given: dict[str, Any] = dict(
        pool=np.array([0, 0]), true_load=np.array([10.0, 20.0]), false_load=np.array([5.0, 5.0]),
        posts=np.array([0.5, 0.5]), per_post=40.0, places=np.array([1.0, 0.0]), place_years=4.0,
        signals=np.array([[0.2, 0.4], [0.1, 0.1], [0.1, 0.3]]), confirmed=np.array([0.5, 0.5]),
        leave=np.array([0.5, 0.5]), keep=np.array([0.6, 0.6]), keep_served=np.array([0.8, 0.8]),
        wanted=np.array([0.5, 0.5]), distance=np.array([0.6, 0.5]), late_ratio=0.7, late_years=0.25,
        gain=gain, bend=bend, tool_gain=tool_gain, replaced=replaced, false_gain=false_gain,
        false_added=false_added, channel_gain=np.array([0.5, 0.0]), heard=np.array([0.4, 0.0]),
        onset_gain=onset_gain, onset_bend=np.where(onset_bend > 0.0, onset_bend, np.inf),
        lasting=lasting, horizon_years=2.0,
    )  # fmt: skip
    return Response(costs, Responses(**{**given, **changes}), ONSETS)


def done(load: float, capacity: float) -> float:
    """phi of a pool with two years to go, a rate of leaving of 0.5 and delays of a quarter year."""
    d = 1.0 - capacity / load
    missed = (d + math.sqrt(d * d + 4.0 / (4.0 + 2.0 * capacity))) / 2.0
    wait = 2.0 * missed / 2.0
    return (1.0 - missed) * (1.0 - 0.3 * math.exp(-0.25 / wait)) * math.exp(-0.5 * wait)


@pytest.mark.parametrize("left_out", ["", "sees_queue", "sees_channel", "sees_services"])
def test_person_years_of_a_mix_by_hand(left_out: str) -> None:
    """A bit of every lever in the first place, by the formulas of the planner's model."""
    dollars = np.zeros((2, N_LEVERS))
    for lever, amount in (
        (TRAINING, 1_000.0), (CAMPAIGN, 2_000.0), (CHANNEL, 500.0), (TOOL, 250.0),
        (GROUPS, 1_000.0), (POSTS, 500.0), (PLACES, 1_000.0),
    ):  # fmt: skip
        dollars[0, lever] = amount
    trained = 0.5 * 2.0 * (1.0 - math.exp(-0.5))
    looks = 0.2 * (1.0 + 0.5 * trained / (1.0 + trained / 2.0))
    by_responders = 0.975 * looks + 0.2 * (0.025 + 0.3 * 0.25)
    by_public = 0.1 * (1.0 + 0.4 * 2.0)
    heard = 0.0 if left_out == "sees_channel" else 0.4 * 2.0 / 3.0
    by_youth = 0.1 * (1.0 + 0.2 * 2.0 / 3.0) * (1.0 + 0.5 * 0.5 * (1.0 + heard))
    signals = by_responders + by_public + by_youth
    load = 25.0 * signals + 5.0 * (1.0 + 0.2 * trained) + 0.5 + 25.0
    phi0, phi = (1.0, 1.0) if left_out == "sees_queue" else (done(40.0, 40.0), done(load, 60.0))
    demand = phi0 * 0.5 * 0.5 * (10.0 * 0.6 + 20.0 * 0.5)
    found = 0.0 if left_out == "sees_services" else 1.0 - math.exp(-2.0 * 4.0 / demand)
    keep = [0.6 + 0.2 * 0.5 * 0.7 * found, 0.6 + 0.2 * 0.5 * 0.5 * found]
    expected = [
        3.0 * (1.0 - 0.2 / 1.5) / (0.5 + keep[0] * 0.5 * signals * phi),
        4.0 / (0.5 + keep[1] * 0.5 * 0.8 * phi),
    ]
    model = two_places(**({left_out: False} if left_out else {}))
    assert model.at(dollars).person_years == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("lever", [TRAINING, CAMPAIGN, CHANNEL, TOOL, GROUPS, POSTS, PLACES])
def test_slopes_are_those_of_the_person_years(lever: int) -> None:
    """What a dollar more in the first place saves over both, weighed, is the stated slope."""
    dollars = np.full((2, N_LEVERS), 400.0)
    more, less = dollars.copy(), dollars.copy()
    more[0, lever], less[0, lever] = 401.0, 399.0
    model, weights = two_places(), np.array([1.0, 3.0])
    saved = (model.at(less).person_years - model.at(more).person_years) @ weights / 2.0
    assert model.at(dollars, weights).slope[0, lever] == pytest.approx(saved, rel=1e-3)


# ---------------------------------------------------------- how responses are read off


def test_what_lasts_of_a_year_by_hand() -> None:
    """A stock that loses ln 2 a year: of what one year fills, what works in so many years."""
    ln2 = math.log(2.0)
    assert _lasting(ln2, 1.0) == pytest.approx(1.0 - 0.5 / ln2, rel=1e-12)
    assert _lasting(ln2, 3.0) == pytest.approx(1.0 - 0.125 / ln2, rel=1e-12)
    assert _lasting(math.inf, 1.0) == _lasting(0.0, 5.0) == 1.0


def test_a_bent_line_through_two_points() -> None:
    """0.6 y / (1 + y / 2) goes through 0.4 at 1 and 0.6 at 2; steeper rises are straight."""
    gain, bend = _through(1.0, np.array([0.4, 0.1, 0.0]), 2.0, np.array([0.6, 0.4, 0.0]))
    assert gain == pytest.approx([0.6, 0.15, 0.0], rel=1e-12)
    assert bend == pytest.approx([2.0, math.inf, math.inf], rel=1e-12)


def test_investigations_opened_by_source() -> None:
    """A fifth of reports opens one, per half a youth exploited; nothing where nobody is."""
    expected: Any = SimpleNamespace(
        channels=np.array([[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 5.0], [0.0] * 9]),
        joining=np.array([52.0, 0.0]), reports=np.array([260.0, 0.0]), active=np.array([0.5, 0.0]),
    )  # fmt: skip
    by_source = _by_source(expected)
    assert by_source[:, 0] == pytest.approx([99.2, 1.6, 1.2, 2.0], rel=1e-12)
    assert by_source[:, 1].tolist() == [0.0, 0.0, 0.0, 0.0]


# ------------------------------------------------------------- what an agency estimates


def one_year(**changes: Any) -> RecordView:
    """A year's record of two places of the same size and class."""
    facts: dict[str, Any] = dict(
        period=0, ids=("a", "b"), population=[1_000.0, 1_000.0], youth=[100.0, 300.0],
        youth_12_17=[75.0, 225.0], poverty_share=[0.25, 0.25], place_class=[1, 1],
        published_reports=[[6.0], [6.0]], published_identified=[[0.0], [0.0]],
        takes_part=np.ones((2, 1), bool), spent=np.zeros((2, 1, N_LEVERS)),
        keys=np.arange(2, dtype=np.uint64),
    )  # fmt: skip
    return record_view(**{**facts, **changes})


def test_victimizations_expected_from_youth_and_poverty() -> None:
    """A quarter is poor: three times the risk makes 1.5 a youth, and no ratio the agency's."""
    assert undetected.expected(one_year(), 3.0).tolist() == [150.0, 450.0]
    believed = replace(one_year().beliefs, poverty_ratio=2.0)
    assert undetected.expected(one_year(beliefs=believed), None).tolist() == [125.0, 375.0]


#: Rates over their mean of half of the places and of the others: exp(x) and exp(-x) over cosh(x).
#: With cosh(x) = exp(euler gamma) the most likely gamma has shape 1, as log k - digamma(k) is then
#: log(cosh x) at k = 1; log rates vary by log 2, of which log(1.09) is stated to be hidden risk.
APART = math.acosh(math.exp(np.euler_gamma))
SHARE = math.log(1.09) / math.log(2.0)


def two_rates(**changes: Any) -> RecordView:
    """Four thousand places of a thousand youth, in which counts are too large to leave doubt."""
    n = 4_000
    rates = np.exp(np.where(np.arange(n) % 2 == 0, APART, -APART)) / math.cosh(APART)
    facts: dict[str, Any] = dict(
        ids=tuple(f"{i:04d}" for i in range(n)), population=np.full(n, 1e4), youth=np.full(n, 1e3),
        youth_12_17=np.full(n, 750.0), poverty_share=np.full(n, 0.25), place_class=np.ones(n),
        published_reports=np.round(1e7 * rates)[:, None], published_identified=np.zeros((n, 1)),
        takes_part=np.ones((n, 1), bool), spent=np.zeros((n, 1, N_LEVERS)),
        keys=np.arange(n, dtype=np.uint64),
    )  # fmt: skip
    return one_year(**{**facts, **changes})


def test_what_is_undetected_by_hand() -> None:
    """An eighth of what a place has above the others is need; half of all is seen by belief."""
    found = undetected.fit(two_rates(), 3.0, share_seen=0.5, hidden_cv=0.3)
    assert found.seen == pytest.approx(np.full(4_000, 0.5), rel=1e-12)
    needed = math.exp(SHARE * APART), math.exp(-SHARE * APART)
    mean = 1e7 / 0.5  # a year, over all places
    by_hand = [mean * one / (sum(needed) / 2) for one in needed]
    assert found.mean[:2] == pytest.approx(by_hand, rel=2e-4)  # the prior of log k moves it so far
    log_variance = math.log(1.09) * (1.0 - SHARE) + 0.2**2  # and classes differ by 0.2
    assert found.shape[:2] == pytest.approx([1.0 / math.expm1(log_variance)] * 2, rel=2e-4)
    assert found.sd == pytest.approx(found.mean / np.sqrt(found.shape))
    assert found.undetected(np.array([8.0, 2.0] * 2_000))[:2] == pytest.approx([4.0, 1.0])


def test_classes_differ_in_what_is_seen() -> None:
    """Twice the counts in a class are taken for twice the share seen: 1/3 and 2/3, the mean 1/2."""
    place_class = np.where(np.arange(4_000) < 2_000, 1, 3)
    counts = two_rates().published_reports * np.where(place_class == 3, 2.0, 1.0)[:, None]
    view = two_rates(published_reports=counts, place_class=place_class)
    found = undetected.fit(view, 3.0, share_seen=0.5, hidden_cv=0.3)
    assert found.seen[[0, -1]] == pytest.approx([1 / 3, 2 / 3], rel=1e-4)
    assert found.mean[:2] == pytest.approx(found.mean[-2:], rel=1e-4)
    assert (found.seen @ found.mean) == pytest.approx(counts.sum(), rel=1e-9)


def test_a_survey_counts_beside_the_counts() -> None:
    """Ten of a place's youth said so where the level of all surveys has 5 do so, by need alike."""
    asked, answers = np.zeros((4_000, 1)), np.zeros((4_000, 1))
    asked[[0, 2]], answers[0] = 50.0, 10.0 / (50.0 * 0.6)  # 0.6 of the exploited are thought to say
    plain = undetected.fit(two_rates(), 3.0, share_seen=0.5, hidden_cv=0.3)
    view = two_rates(survey_respondents=asked, survey_estimates=answers)
    found = undetected.fit(view, 3.0, share_seen=0.5, hidden_cv=0.3)
    for place, said_so, fitted in ((0, 10.0, 5.0), (1, 0.0, 0.0), (2, 0.0, 5.0)):
        shape = plain.shape[place]
        by_hand = plain.mean[place] * (shape + said_so) / (shape + fitted)
        assert found.mean[place] == pytest.approx(by_hand, rel=1e-9)


def test_surveys_that_say_what_the_counts_say_change_nothing() -> None:
    """Answers in proportion to need by the counts leave it as it is: it is not counted twice."""
    plain = undetected.fit(two_rates(), 3.0, share_seen=0.5, hidden_cv=0.3)
    answers = (plain.mean / plain.mean.mean())[:, None]  # as many as places, over 50 asked in each
    view = two_rates(
        survey_respondents=np.full((4_000, 1), 50.0), survey_estimates=answers / (50.0 * 0.6)
    )
    found = undetected.fit(view, 3.0, share_seen=0.5, hidden_cv=0.3)
    assert found.mean == pytest.approx(plain.mean, rel=1e-9)


def test_without_a_count_need_is_what_is_expected() -> None:
    """Nobody publishes: the places' youth in poverty alone, and as much doubt as is stated."""
    silent = one_year(takes_part=np.zeros((2, 1), bool), published_reports=np.zeros((2, 1)))
    found = undetected.fit(silent, 3.0, share_seen=0.5, hidden_cv=0.3)
    assert found.mean == pytest.approx([150.0, 450.0])
    assert found.seen.tolist() == [0.5, 0.5]
    assert found.shape == pytest.approx([1.0 / math.expm1(math.log(1.09) + 0.2**2)] * 2)


def test_nothing_is_believed_of_places_without_youth() -> None:
    """Reports where no youth live: nobody is undetected, and what is seen is what was believed."""
    for reports in ([[6.0], [6.0]], [[0.0], [0.0]]):
        nobody = one_year(youth=[0.0, 0.0], youth_12_17=[0.0, 0.0], published_reports=reports)
        found = undetected.fit(nobody, 3.0, share_seen=0.5, hidden_cv=0.3)
        assert found.seen.tolist() == [0.5, 0.5]
        assert found.mean == pytest.approx([0.0, 0.0], abs=1e-9)
        by_hand = reports[0][0] / 0.2 * 0.8
        assert inverse_weighted(nobody, share_seen=0.2).tolist() == pytest.approx([by_hand] * 2)


# ------------------------------------------------------------------------ dollars


def test_a_team_of_two_travels_and_shares_its_fixed_cost() -> None:
    """A quarter of the team's staff is trained: 125 dollars a training, half as much more away."""
    region = Region.of(
        ids=["a", "b", "c"], population=[1_000.0, 3_000.0, 1_000.0], youth=[100.0] * 3,
        poverty_share=[0.2] * 3,
    )  # fmt: skip
    parameters = Parameters().with_values(
        {"levers.team_travel_ratio": 1.5, "levers.unit_cost_ratio": 1.0}
    )
    trained, team = np.array([0.4, 0.2, 0.5]), np.array([0, 0, 1])
    cost = prices(region, parameters, trained, team).unit_cost
    assert cost[:, TRAINING] == pytest.approx([187.5, 187.5, 100.0], rel=1e-12)
    assert cost[:, CAMPAIGN] == pytest.approx([22_500.0, 22_500.0, 15_000.0], rel=1e-12)
    assert cost[:, POSTS].tolist() == [95_000.0] * 3
    dollars, carried = np.zeros((3, N_LEVERS)), np.zeros((3, N_LEVERS))
    dollars[:, TRAINING], carried[:, TRAINING] = [1_000.0, 2_500.0, 0.0], [0.0, 500.0, 0.0]
    bought = purchase(dollars, carried, region, parameters, trained, team)
    units = [(1_000.0 - 750.0 / 4) / 187.5, (3_000.0 - 750.0 * 3 / 4) / 187.5, 0.0]
    assert bought.units[:, TRAINING] == pytest.approx(units, rel=1e-12)
    assert bought.spent[:, TRAINING].tolist() == [1_000.0, 3_000.0, 0.0]
    dollars[:, TRAINING] = [400.0, 780.0, 0.0]  # together, with what was carried, 7.50 too little
    short = purchase(dollars, carried, region, parameters, trained, team)
    assert not short.units.any() and not short.spent.any()
    assert short.carried[:, TRAINING].tolist() == [400.0, 780.0, 0.0]
    assert short.returned[:, TRAINING].tolist() == [0.0, 500.0, 0.0]


def test_a_team_counts_staff_and_not_residents() -> None:
    """With six times the staff a resident in towns, a third of the team's staff is trained."""
    region = Region.of(
        ids=["rural", "town"], population=[3_000.0, 1_000.0], place_class=["rural", "town"]
    )
    parameters = Parameters().with_values({"training.staff_ratio": (1.0, 1.0, 3.0, 0.5)})
    trained, team = np.array([0.0, 0.5]), np.array([0, 0])
    cost = prices(region, parameters, trained, team).unit_cost[:, TRAINING]
    travel = parameters.levers.team_travel_ratio
    assert cost == pytest.approx([travel * (150.0 - 100.0 / 3.0)] * 2, rel=1e-12)


def test_scores_and_who_gets_what_is_asked() -> None:
    """Two standard deviations lie between 1 and 3; the last to be met gets what is left."""
    assert standard(np.array([1.0, 3.0])).tolist() == [-1.0, 1.0]
    assert standard(np.array([2.0, 8.0, 2.0, 8.0])).tolist() == [-1.0, 1.0, -1.0, 1.0]
    assert standard(np.array([5.0, 5.0])).tolist() == [0.0, 0.0]
    asked: FloatArray = np.array([50.0, 20.0, 40.0])
    assert funded(asked, np.array([1, 0, 2]), 80.0).tolist() == [50.0, 20.0, 10.0]


def test_what_is_not_spent() -> None:
    """Returned in any year, or still carried at the end."""
    spending = Spending.nothing(2, 2)
    spending.returned[0, 0, TOOL], spending.returned[1, 0, TRAINING] = 3.0, 5.0
    spending.carried[0, TOOL], spending.carried[1, TRAINING] = 2.0, 7.0
    assert spending.unspent.tolist() == [10.0, 7.0]
