"""Tiny worlds worked by hand: what is told and prevented, false reports, record, feedback."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_worlds import (
    ALWAYS,
    NEVER,
    SCHOOLS_SEE,
    YOUTH_TELL,
    begun,
    cases_of,
    columns,
    finished,
    given,
    only,
    place,
    record_of,
    set_queue,
    spells_of,
    tally,
    tiny,
)

from streetlight import policies
from streetlight.model.communities.region import Region
from streetlight.model.names import Channel, End, Outcome, Tally
from streetlight.model.run.simulation import Simulation, burn_in, run_policy
from streetlight.model.world.state import Bought, Public

FOUR = [(0, 0, 3), (0, 1, 3), (0, 2, 5), (0, 3, 9)]  # community, number of the youth, start
OPEN, IDENTIFIED = End.OPEN, End.IDENTIFIED
TWO_PLACES = Region.of(
    ids=["A", "B"], population=[1_000.0, 1_000.0], youth=[100.0, 100.0],
    poverty_share=[0.0, 0.0], place_class=["large metro", "large metro"],
)  # fmt: skip


# ------------------------------------------------------------------- what is told and prevented


def test_support_and_groups_prevent_onsets() -> None:
    """Full coverage with an effect of 1 prevents every first spell, by either lever."""
    poor = place(poverty_share=[1.0])
    parameters = only(levers__economic_ratio=0.0, levers__prevention_ratio=0.0)
    for row in (Bought.ECONOMIC, Bought.PREVENTION):
        sim = tiny(parameters, [(0, n, 0) for n in range(4)] + [(0, 4, 1)], poor)
        sim.state.conditions[row] = 1.0 if row == Bought.ECONOMIC else ALWAYS
        sim.step()
        sim.state.conditions[row] = 0.0
        if row == Bought.PREVENTION:
            assert sim.state.conditions[Public.PREVENTION].tolist() == [1.0]
            sim.state.conditions[Public.PREVENTION] = 0.0
        finished(sim)
        spells = spells_of(sim)
        assert spells["end_reason"].tolist() == [End.PREVENTED] * 4 + [OPEN]
        assert (tally(sim, Tally.PREVENTED), tally(sim, Tally.FIRST_ONSETS)) == (4, 1)
        assert sim.state.active[0].tolist() == [1]


@pytest.mark.parametrize(("relieved", "known_at"), [(1.0, 10), (0.0, -1)])
def test_being_told_lets_a_youth_recognise_and_stop_blaming(relieved: float, known_at: int) -> None:
    """Education reaches everybody in step 10: those who blamed themselves then tell, or do not."""
    parameters = only(
        "telling", "disclosure", "self_blame", values=YOUTH_TELL, knowing__told_stock=0.0,
        knowing__self_recognition=NEVER, knowing__told_ratio=1e21, knowing__self_blame=1.0,
        knowing__told_not_ones_fault=relieved, knowing__contacts=0.0,
        knowing__told_per_trained_contact=0.0, disclosure__blame_ratio=0.0,
    )  # fmt: skip
    sim = tiny(parameters, FOUR)
    while not sim.finished:
        sim.state.conditions[Bought.EDUCATION] = ALWAYS if sim.step_number == 10 else 0.0
        sim.step()
    spells = spells_of(sim)
    assert spells["knew_at"].tolist() == [10] * 4
    assert spells["known_at"].tolist() == [known_at] * 4
    assert tally(sim, Tally.KNEW) == 4


def test_denial_keeps_responders_and_the_public_from_seeing() -> None:
    """Where denial is total and blinds, nobody is seen; without the switch all are."""
    blind = {"denial.leaders": (1.0,) * 4, "denial.public": 1.0, "denial.ratio": 0.0}
    for switch in ("encounters", "public_notice"):
        for denial, reason in ((("denial",), OPEN), ((), IDENTIFIED)):
            parameters = only(switch, *denial, values={**SCHOOLS_SEE, **blind},
                              encounter__public_rate=ALWAYS)  # fmt: skip
            ends = spells_of(finished(tiny(parameters, FOUR)))["end_reason"]
            assert set(ends.tolist()) == {reason}


@pytest.mark.parametrize("lever", [Bought.SCREENING_UNIVERSAL, Bought.SCREENING_TARGETED])
def test_a_screening_tool_finds_those_it_covers(lever: Bought) -> None:
    """Staff who see nothing find all youth with a perfect tool, or only those at high risk."""
    parameters = only(
        "encounters", encounter__contact_rate=(ALWAYS, ALWAYS, 0.0, 0.0, 0.0),
        encounter__untrained=(0.0,) * 5, encounter__trained=(0.0,) * 5,
        encounter__tool_sectors=(0.0, 1.0, 1.0, 0.0, 1.0), encounter__tool_use=1.0,
        encounter__tool_sensitivity=1.0, encounter__second_look_true=1.0,
        incidence__high_risk_share=0.4,
    )  # fmt: skip
    sim = tiny(parameters, [(0, n, 3) for n in range(20)])
    sim.state.conditions[lever] = 1.0
    spells = spells_of(finished(sim))
    high = (spells["traits"] & 16) != 0
    assert 0 < high.sum() < 20
    found = spells["end_reason"] == IDENTIFIED
    expected = high if lever == Bought.SCREENING_TARGETED else np.ones(20, bool)
    assert found.tolist() == expected.tolist()
    assert set(cases_of(sim)["channel"].tolist()) == {Channel.HEALTH}


# ------------------------------------------------------------------------- false reports, record


def forced(sim: Simulation, per_youth: float) -> None:
    """Let every sector suspect falsely at one contact a step for each youth: the mean is exact."""
    rates = sim.state.rates
    rates["false_general"] = rates["false_high_risk"] = np.array([0.0, 0.0, 0.0, 1.0, 0.0])
    rates["false_base"] = per_youth
    sim._false_reports = 1000  # room for what was forced


def false_world(**values: Any) -> Simulation:
    """A world with false reports forced to a mean of 2.5 a step, all by the police."""
    sim = tiny(only("false_reports", **values), [(0, 0, 51)])
    forced(sim, 2.5 / 10_000.0)
    return sim


def poisson_by_hand(sim: Simulation, mean: float) -> list[int]:
    """Counts of the first year by inversion of the documented uniforms."""
    from scipy import stats

    from streetlight.model.draws import Decision, uniforms

    key = sim.state.communities[0]["key"]
    luck = [
        uniforms(sim.state.world, key, step, int(Decision.FALSE_COUNT), 0, 0)[0]
        for step in range(52)
    ]
    return stats.poisson.ppf(luck, mean).astype(int).tolist()


def test_false_reports_by_hand() -> None:
    """Poisson counts by inversion; each opens a case of its own, which comes to nothing."""
    sim = finished(false_world())
    counts = poisson_by_hand(sim, 2.5)
    cases = cases_of(sim)
    assert np.bincount(cases["opened"], minlength=52).tolist() == counts
    assert set(cases["spell"].tolist()) == {-1}
    assert set(cases["channel"].tolist()) == {Channel.POLICE}
    assert set(cases["outcome"].tolist()) == {Outcome.NOT_SUBSTANTIATED}
    n = sum(counts)
    assert tally(sim, Tally.FALSE_REPORTS) == tally(sim, Tally.FALSE_INVESTIGATED) == n
    assert tally(sim, Tally.REPORTS) == tally(sim, Tally.FALSE_IDENTIFIED) == 0
    assert record_of(sim).sum(axis=(1, 2, 3)).tolist() == [n, n, 0]


def test_false_reports_wrongly_substantiated() -> None:
    """With a wrong substantiation of 1 every false report is 'identified', and no youth is."""
    sim = false_world()
    sim.state.rates["wrong_substantiation"] = 1.0
    finished(sim)
    n = sum(poisson_by_hand(sim, 2.5))
    assert tally(sim, Tally.FALSE_IDENTIFIED) == n
    assert tally(sim, Tally.IDENTIFIED) == 0
    assert record_of(sim).sum(axis=(1, 2, 3)).tolist() == [n, n, n]
    assert sim.state.active[0].tolist() == [1]


def test_false_reports_screened_out() -> None:
    """With nothing screened in, false reports are counted and closed at once."""
    sim = finished(false_world(assessment__screen_in=0.0))
    n = sum(poisson_by_hand(sim, 2.5))
    assert tally(sim, Tally.FALSE_REPORTS) == n
    assert tally(sim, Tally.FALSE_INVESTIGATED) == 0
    assert set(cases_of(sim)["outcome"].tolist()) == {Outcome.SCREENED_OUT}
    assert cases_of(sim)["closed"].tolist() == cases_of(sim)["opened"].tolist()


def test_no_false_reports_without_the_switch() -> None:
    """With false reports off none is made, whatever the rates."""
    sim = tiny(only(), [(0, 0, 51)])
    forced(sim, 2.5 / 10_000.0)
    assert len(cases_of(finished(sim))) == 0


def test_false_reports_wait_in_the_same_queue() -> None:
    """A false report that came first takes the credit that a true one is waiting for."""
    sim = tiny(
        only("false_reports", "encounters", "limited_capacity", values=SCHOOLS_SEE), [(0, 0, 51)]
    )
    forced(sim, 2.5 / 10_000.0)
    set_queue(sim, capacity=0.5, credit=0.0)
    finished(sim)
    n = sum(poisson_by_hand(sim, 2.5))
    cases = cases_of(sim)
    assert len(cases) == n + 1
    assert sim.state.pools["backlog"].tolist() == [n + 1 - 26]
    assert int((cases["investigated"] >= 0).sum()) == 26
    assert spells_of(sim)["end_reason"].tolist() == [OPEN]
    started = cases[cases["investigated"] >= 0]
    assert started["opened"].max() <= cases[cases["investigated"] < 0]["opened"].min()


@pytest.mark.parametrize(("on", "probability"), [(True, 1.0), (True, 0.0), (False, 0.0)])
def test_publication_by_hand(on: bool, probability: float) -> None:
    """A community that takes part publishes its year; one that does not publishes nothing."""
    parameters = only(
        "encounters", *(["publication"] if on else []), values=SCHOOLS_SEE,
        recording__publish_small=probability, recording__publish_large=probability,
        assessment__investigation_weeks=4.0,
    )  # fmt: skip
    youth = [*FOUR, (0, 4, 60)]
    world = burn_in(begun(parameters, place(), spells=given(youth)))
    history = run_policy(world, policies.none())
    takes_part = probability == 1.0 or not on
    assert history.record.takes_part.tolist() == [[takes_part, takes_part]]
    published = history.record.published_reports.tolist()
    assert published == ([[20.0, 5.0]] if takes_part else [[0.0, 0.0]])
    assert history.record.published_identified.tolist() == (
        [[4.0, 1.0]] if takes_part else [[0.0, 0.0]]
    )
    assert history.record.counts.referrals.sum() == 25


def test_case_files_by_hand() -> None:
    """An agency's file holds weeks, channels, touches, and here the onset without an error."""
    parameters = only(
        "encounters", values=SCHOOLS_SEE, assessment__investigation_weeks=1.0,
        recording__recall_sd=0.0, recording__touch_rate=ALWAYS, recording__touch_months=0.25,
    )  # fmt: skip
    world = begun(parameters, place(), spells=given([(0, 0, 3), (0, 1, 51)]))
    files = run_policy(burn_in(world), policies.none()).record.cases
    names = ("opened", "investigated", "closed", "recalled_onset", "channel", "outcome")
    assert columns(files.cases, *names) == [
        (3, 3, 4, 3.0, Channel.SCHOOL, Outcome.SUBSTANTIATED),
        (51, 51, 52, 51.0, Channel.SCHOOL, Outcome.SUBSTANTIATED),
    ]
    after = [(n, t + 2, c) for n, t in ((0, 3), (1, 51)) for c in range(Channel.SCHOOL, 8)]
    seen = [(n, t + i, Channel.SCHOOL) for n, t in ((0, 3), (1, 51)) for i in range(2)]
    assert columns(files.touches, "case", "step", "channel") == sorted(seen + after)


# ------------------------------------------------------------------- publicity and feedback


def test_publicity_of_one_identification_moves_denial_and_salience() -> None:
    """In the step after, denial falls and salience rises by the sizes of section 9, and fade."""
    parameters = only(
        "encounters", "publicity", values=SCHOOLS_SEE, feedback__publicity_denial=0.2,
        feedback__publicity_salience=0.5, feedback__news_market=50_000.0,
        denial__leaders=(0.4,) * 4, denial__public=0.6, awareness__hotline=(0.25,) * 4,
        awareness__campaign_lift=1.6, awareness__salience_half_life=1.0, denial__half_life=40.0,
    )  # fmt: skip
    sim = tiny(parameters, FOUR[:1], place(20_000.0))
    while sim.step_number < 4:
        sim.step()
    assert sim.state.denial[:, 0].tolist() == [0.4] * 5
    assert sim.state.conditions[Public.SALIENCE, 0] == 0.0
    sim.step()
    y = 100_000.0 / 50_000.0
    dose = np.log((1 - 0.25) / (1 - 1.6 * 0.25))
    salience = 1 - np.exp(-0.5 * dose * y)
    assert sim.state.denial[:, 0] == pytest.approx([0.4 * 0.8**y] * 5, rel=1e-12)
    assert sim.state.conditions[Public.DENIAL, 0] == pytest.approx(0.6 * 0.8**y, rel=1e-12)
    assert sim.state.conditions[Public.SALIENCE, 0] == pytest.approx(salience, rel=1e-12)
    awareness = 1 - 0.75 * (1 - salience)
    assert sim.state.conditions[Public.AWARENESS, 0] == pytest.approx(awareness, rel=1e-12)
    sim.step()
    assert sim.state.conditions[Public.SALIENCE, 0] == pytest.approx(
        salience * 2 ** (-12 / 52), rel=1e-12
    )
    back = 0.4 * 0.8**y + np.log(2) / (40 / 12) / 52 * (0.4 - 0.4 * 0.8**y)
    assert sim.state.denial[:, 0] == pytest.approx([back] * 5, rel=1e-12)


def test_training_follows_last_years_published_reports() -> None:
    """A place with 3 of 4 reports and half the youth gets the factor of section 9, next year."""
    parameters = only(
        "encounters", "feedback", values=SCHOOLS_SEE, feedback__discretionary_share=0.4,
        feedback__follow_share=0.5, feedback__follow_cap=1.4, training__turnover=0.25,
        training__trained_share=(0.4,) * 4,
    )  # fmt: skip
    youth = [(0, 0, 3), (0, 1, 5), (0, 2, 51), (1, 0, 51)]
    sim = tiny(parameters, youth, TWO_PLACES, burn_in_years=2)
    while sim.step_number < 52:
        sim.step()
    assert sim.state.conditions[Public.FOLLOW].tolist() == [1.0, 1.0]
    assert sim.state.trained[0].tolist() == pytest.approx([0.4, 0.4], rel=1e-12)
    sim.step()
    phi = np.array([0.6 + 0.4 * (0.5 + 0.5 * 1.4), 0.6 + 0.4 * (0.5 + 0.5 * 0.5)])
    assert sim.state.conditions[Public.FOLLOW] == pytest.approx(phi, rel=1e-12)
    background = 0.25 * 0.4 / 0.6
    trained = 0.4 + (phi * background * 0.6 - 0.25 * 0.4) / 52
    for sector in range(5):
        assert sim.state.trained[sector] == pytest.approx(trained, rel=1e-12)


@pytest.mark.parametrize(
    ("moves", "starts", "expected"),
    [
        ("training", "record", [1.0, 1.0]),
        ("training and posts", "record", [0.6 + 0.4 * 1.2, 0.6 + 0.4 * 0.75]),
        ("training and posts", "policy", [1.0, 1.0]),
    ],
)
def test_posts_may_follow_the_record_too(moves: str, starts: str, expected: list[float]) -> None:
    """Capacity follows as training does, from the second year of the record or the first policy."""
    parameters = only(
        "encounters", "feedback", values=SCHOOLS_SEE, feedback__discretionary_share=0.4,
        feedback__follow_share=0.5, feedback__follow_cap=1.4, feedback__moves=moves,
        feedback__starts=starts, assessment__posts="seen", assessment__investigators=(9.0,) * 4,
        assessment__pool_population=0.0,
    )  # fmt: skip
    sim = tiny(parameters, [(0, 0, 3), (0, 1, 5), (0, 2, 51), (1, 0, 51)], TWO_PLACES, 2)
    while sim.step_number < 52:
        sim.step()
    before = sim.state.pools["capacity"].copy()
    assert (before > 0.0).all()
    sim.step()
    assert sim.state.pools["capacity"] / before == pytest.approx(expected, rel=1e-12)


def test_identifications_not_published_have_no_publicity() -> None:
    """A community that takes no part in the year's publication makes no news."""
    parameters = only(
        "encounters", "publicity", "publication", values=SCHOOLS_SEE,
        recording__publish_small=0.0, recording__publish_large=0.0,
    )  # fmt: skip
    sim = finished(tiny(parameters, FOUR))
    assert sim.state.conditions[Public.SALIENCE].tolist() == [0.0]
    assert tally(sim, Tally.IDENTIFIED) == 4
