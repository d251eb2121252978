"""Hand checks of the plain model's attention, books and queues: docs/model.md, sections 3, 8, 9."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from plain_model.agency import Case, Report
from plain_model.attention import Attention, looked
from plain_model.worlds import (
    CERTAIN_DISCLOSURE,
    STEPS,
    assert_count,
    build,
    cohort,
    only,
    p_month,
    release_all,
    run_steps,
    town,
)

from streetlight.model.world.shocks import Shock

N = 3000
#: All who arrive are screened in, and a post investigates one case a week.
QUEUE: dict[str, Any] = {
    "assessment__investigations_per_month": 52 / 12, "assessment__screen_in": 1.0
}  # fmt: skip


@pytest.fixture(autouse=True)
def release() -> Iterator[None]:
    """Let go of every model that a test built."""
    yield
    release_all()


def attention(*effort: float, books: list[float] | None = None) -> list[Attention]:
    """One place with this effort, a number a year, and books of its four agencies."""
    years = len(effort)
    return [
        Attention(list(effort), 1.0, [books or [1.0] * 4] * years, [0.0] * years, 0.25, 0.75, 0.15)
    ]


def test_what_is_told_is_taken_in_with_effort() -> None:
    """At effort a quarter a quarter of the disclosures is a report, at effort 3 all are."""
    for effort, share in ((0.25, 0.25), (3.0, 1.0)):
        model = build(only("disclosure", **CERTAIN_DISCLOSURE), attention=attention(effort, effort))
        cohort(model, N)
        model.step()
        assert model.outcomes()["recognised"] == N
        assert_count(model.outcomes()["reports_self"], N, share)


@pytest.mark.parametrize(("money", "weight"), [("multiplies", 0.5), ("adds", 1.0), ("fills", 1.5)])
def test_contacts_by_own_effort_and_by_money(money: str, weight: float) -> None:
    """Of what is seen, what was seen at rest is seen by effort, the rest by the weight of money."""
    parameters = only("encounters", attention__money=money).with_values(
        {
            "encounter.contact_rate": (0.0, 0.0, 0.0, 0.0, 2.0),
            "encounter.contact_ratio_labour": (1.0,) * 5,
            "encounter.contact_ratio_high_risk": (1.0,) * 5,
            "encounter.untrained": (0.0, 0.0, 0.0, 0.0, 0.2),
            "encounter.trained": (0.0, 0.0, 0.0, 0.0, 0.8),
            "encounter.labour_ratio": 1.0,
            "encounter.gender_ratio": (1.0,) * 3,
            "encounter.family_ratio": 1.0,
        }
    )
    model = build(parameters, attention=attention(0.5, 0.5))
    responder = model.communities[0].responders[4]
    at_rest = 0.2 + 0.6 * responder.skill
    responder.skill, responder.fading, responder.background = 0.9, 0.0, 1e9  # all trained
    cohort(model, N)
    model.step()
    now = 0.2 + 0.6 * responder.skill
    expected = p_month(2.0 * 0.5) * at_rest + p_month(2.0 * weight) * (now - at_rest)
    assert now > at_rest
    assert_count(model.outcomes()["recognised"], N, expected)


def test_false_reports_follow_effort() -> None:
    """At effort 3 there are three times as many at rest; what skill adds is weighed as money."""
    quiet = only("false_reports", attention__money="fills", reporting__false_trained_ratio=1.5)
    means = []
    for effort in (1.0, 3.0):
        model = build(quiet, attention=attention(effort, effort), false_scale=1.0)
        community = model.communities[0]
        community.youth = 1000.0
        responder = community.responders[1]
        means.append(responder.expected_false_reports())
    assert means[1] == pytest.approx(3.0 * means[0])
    responder.skill += 0.1
    assert responder.expected_false_reports() == pytest.approx(means[1])  # the weight is 0
    responder.skill -= 0.2
    assert responder.expected_false_reports() < means[1]
    assert looked(2.0, 0.5, 0.3, 0.5) == pytest.approx(0.7)
    assert looked(2.0, 0.5, 0.3, 0.2) == pytest.approx(0.4)


def test_effort_changes_at_the_turn_of_the_year() -> None:
    """Contacts of youth and what is taken in follow the number of the year."""
    model = build(only(), attention=attention(0.5, 2.0))
    (youth,) = cohort(model, 1)
    run_steps(model, STEPS)
    assert youth.p_own == pytest.approx([p_month(0.5 * rate) for rate in youth.contacts])
    assert youth.community.p_taken_in == 0.5
    model.step()
    assert youth.p_own == pytest.approx([p_month(2.0 * rate) for rate in youth.contacts])
    assert youth.community.p_taken_in == 1.0


def test_only_what_is_in_the_books_is_published() -> None:
    """Three in ten reports enter the hotline's book; a case is in it if its first report is."""
    parameters = only("disclosure", assessment__investigation_weeks=0.0, **CERTAIN_DISCLOSURE)
    books = [0.0, 0.0, 0.3, 0.0]
    model = build(parameters, attention=attention(1.0, 1.0, books=books))
    cohort(model, N)
    run_steps(model, STEPS)
    found = model.outcomes()
    assert found["reports_self"] == found["identified"] == N
    assert found["published_reports"] == found["published_identified"]
    assert_count(found["published_reports"], N, 0.3)
    others = build(parameters, attention=attention(1.0, 1.0, books=[1.0, 1.0, 0.0, 1.0]))
    cohort(others, 20)
    run_steps(others, STEPS)
    assert others.outcomes()["identified"] == 20
    assert others.outcomes()["published_reports"] == 0


def test_a_unit_multiplies_contacts_of_police() -> None:
    """A quarter of a unit that trebles contacts adds half of those at effort 1; false ones too."""
    parameters = only("encounters", attention__money="adds", encounter__unit_ratio=3.0).with_values(
        {
            "encounter.contact_rate": (0.0, 0.0, 0.0, 1.0, 0.0),
            "encounter.contact_ratio_labour": (1.0,) * 5,
            "encounter.contact_ratio_high_risk": (1.0,) * 5,
            "encounter.untrained": (1.0,) * 5,
            "encounter.trained": (1.0,) * 5,
            "encounter.labour_ratio": 1.0,
            "encounter.gender_ratio": (1.0,) * 3,
            "encounter.family_ratio": 1.0,
            "denial.ratio": 1.0,
        }
    )
    means = []
    for unit, added in ((0.0, 0.0), (0.25, 0.5)):
        model = build(
            parameters, attention=attention(0.5, 0.5), levels={"unit": unit}, false_scale=1.0
        )
        cohort(model, N)
        model.step()
        assert_count(model.outcomes()["recognised"], N, p_month(0.5 + added))
        community = model.communities[0]
        community.youth = 1000.0
        means.append([responder.expected_false_reports() for responder in community.responders])
    assert means[1] == pytest.approx(np.array(means[0]) * (1.0, 1.0, 1.0, 2.0, 1.0))


def test_records_posts_fill_books_and_make_a_place_take_part() -> None:
    """Half of what is lacking to full books is recorded; all take part if all is covered."""
    parameters = only("disclosure", "publication", **CERTAIN_DISCLOSURE)
    parameters = parameters.with_values({"recording.publish_small": 0.0})
    books = [0.0, 0.0, 0.2, 0.0]
    for recording, share in ((0.0, 0.2), (0.5, 0.6)):
        model = build(
            parameters, attention=attention(1.0, 1.0, books=books), levels={"recording": recording}
        )
        cohort(model, N)
        model.step()
        assert_count(model.communities[0].referrals_of_year, N, share)
    for recording, takes_part in ((0.0, False), (0.3, False), (0.6, True)):  # a score of 0: a half
        of_nobody = {"recording.publish_large": 0.0}
        model = build(
            parameters.with_values(of_nobody), attention=attention(1.0, 1.0),
            levels={"recording": recording},
        )  # fmt: skip
        model.step()
        assert model.participation == [[takes_part]]


def test_police_focus_and_research_cover_for_their_weeks() -> None:
    """The larger of what is bought and of a shock counts; research is published in its years."""
    shocks = [
        Shock("police", ("A",), week=1, weeks=2, size=0.5),
        Shock("research", ("A",), week=51, weeks=2, size=0.4),
    ]
    values = {"recording.publish_small": 0.0, "recording.publish_large": 0.0}
    model = build(
        only("publication", encounter__unit_ratio=3.0).with_values(values), shocks=shocks,
        levels={"unit": 0.2, "recording": 0.0}, years=3,
    )  # fmt: skip
    community, contacts, recorded = model.communities[0], [], []
    for _ in range(2 * STEPS + 1):
        model.step()
        contacts.append(community.contacts_by_unit)
        recorded.append(community.covered_by_records)
    assert contacts == pytest.approx([1.4, 2.0, 2.0] + [1.4] * (2 * STEPS - 2))
    assert [week for week, share in enumerate(recorded) if share] == [51, 52]
    assert model.participation == [[True], [True], [False]]
    assert model.tally["survey_respondents"] == 0  # in this town nobody is of that age


def test_research_asks_youth_in_its_years() -> None:
    """Two fifths of 50 youth are asked in each of two years, beside the 7 who are paid for."""
    project = Shock("research", ("A",), week=51, weeks=2, size=0.4)
    values = {"recording.research_asked": 50.0}
    model = build(
        only().with_values(values), town(at_risk=1000.0), shocks=[project], years=3,
        levels={"survey": 7.0},
    )  # fmt: skip
    run_steps(model, 3 * STEPS)
    assert model.tally["survey_respondents"] == 2 * 27 + 7


@pytest.mark.parametrize("accuracy", [0.5, 0.7])
def test_strength_puts_true_cases_first(accuracy: float) -> None:
    """Of a true and a false case the true one comes first as often as stated, half of ties too."""
    parameters = only(assessment__discipline="strength", assessment__triage_accuracy=accuracy)
    model = build(parameters)
    (youth,) = cohort(model, 1)
    place, pool = model.communities[0], model.pools[0]
    true, false = Case(place, youth, youth.spell, 0, True), Case(place, None, None, 0, True)
    ranks = np.array([(pool._rank(true), pool._rank(false)) for _ in range(N)])
    first = (ranks[:, 0] < ranks[:, 1]).sum() + 0.5 * (ranks[:, 0] == ranks[:, 1]).sum()
    assert_count(first, N, accuracy)
    for rank in range(16):  # false cases are spread evenly
        assert_count((ranks[:, 1] == rank).sum(), N, 1 / 16)


def test_the_youngest_come_first() -> None:
    """Sixteenths of the ages 12 to 18: 12.2 joins the first, 17.99 the last, 15 the ninth."""
    model = build(only(assessment__discipline="youngest"))
    youth = cohort(model, 3)
    for one, age in zip(youth, (12.2, 17.99, 15.01), strict=True):
        one.ages_out = round((18.0 - age) * STEPS)
    place, pool = model.communities[0], model.pools[0]
    ranks = [pool._rank(Case(place, one, one.spell, 0, True)) for one in youth]
    assert ranks == [0, 15, 8]
    false = [pool._rank(Case(place, None, None, 0, True)) for _ in range(N)]
    assert_count(sum(rank < 8 for rank in false), N, 1.0 - 3.0**2 / (6.0 * 3.5))


def test_queues_are_worked_off_in_their_order() -> None:
    """With a credit a week the only case of the first queue is opened before ten older ones."""
    model = build(only("limited_capacity", **QUEUE), baseline_investigators=1.0)
    place, pool = model.communities[0], model.pools[0]
    old = [Case(place, None, None, 0, True) for _ in range(10)]
    for case in old:
        case.touches.append((3, 0))
    pool.queues[5].extend(old)
    new = Case(place, None, None, 0, True)
    new.touches.append((3, 0))
    pool.queues[4].append(new)
    pool.credits = 0.0
    model.step()
    assert new.begun == 0
    assert [case.begun for case in old] == [None] * 10
    model.step()
    assert old[0].begun == 1


def test_a_waiting_case_lapses() -> None:
    """After ten weeks it closes without an investigation, and a report opens a new one."""
    certain = CERTAIN_DISCLOSURE | {"assessment__after_closed_ratio": 1.0}
    parameters = only("disclosure", "limited_capacity", assessment__lapse_weeks=10.0, **certain)
    model = build(parameters)
    model.pools[0].credits = 0.0
    (youth,) = cohort(model, 1)
    run_steps(model, 10)
    (case,) = model.case_file
    assert case.closed is None
    run_steps(model, 2)
    assert (case.closed, case.begun, case.outcome) == (10, None, "lapsed")
    assert [touch[1] for touch in case.touches] == list(range(11))
    assert [later.arrived for later in model.case_file[1:]] == [11]
    assert youth.spell is not None
    assert youth.spell.had_closed_case


def test_a_lapse_comes_before_the_working_off() -> None:
    """Of two false cases one is opened at once; the other lapses in the week of its turn."""
    parameters = only("limited_capacity", assessment__lapse_weeks=2.0, **QUEUE)
    model = build(parameters, baseline_investigators=0.5)
    model.reports.extend(Report(model.communities[0], 3) for _ in range(2))
    model.step()
    model.pools[0].credits = 0.0  # half a credit a week: one is there in week 2
    run_steps(model, 3)
    assert sorted(case.begun is None for case in model.case_file) == [False, True]
    assert sorted(case.closed or 0 for case in model.case_file) == [0, 2]


def test_training_makes_a_place_take_part() -> None:
    """A score of 0 is below the usual one only where training or less denial lifts it."""
    parameters = only(
        "publication", recording__participation_training=2.0, recording__participation_denial=1.0
    )
    # Of 20,000 people .35 + .62 / 6 take part: a normal score of -.117.
    for trained, denial, takes_part in (
        (0.25, 0.75, False),
        (0.25 + 0.75 * 0.05, 0.75, False),
        (0.25 + 0.75 * 0.07, 0.75, True),
        (0.25, 0.75 * 0.9, False),
        (0.25, 0.75 * 0.85, True),
    ):
        model = build(parameters, attention=attention(1.0, 1.0))
        for responder in model.communities[0].responders:
            responder.trained, responder.denial = trained, denial
        model.step()
        assert model.participation == [[takes_part]]
