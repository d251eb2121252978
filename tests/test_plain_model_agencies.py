"""Hand checks of the plain model itself: communities and agencies (docs/model.md, 3 and 8 to 9)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from plain_model.agency import Report
from plain_model.worlds import (
    CERTAIN_DISCLOSURE,
    SIGMAS,
    STEPS,
    assert_count,
    build,
    cohort,
    only,
    release_all,
    run_steps,
    town,
)

from streetlight.model.communities.region import Region
from streetlight.model.parameters import Switches
from streetlight.model.world.shocks import Shock


@pytest.fixture(autouse=True)
def release() -> Iterator[None]:
    """Let go of every model that a test built."""
    yield
    release_all()


def test_false_reports_by_sector() -> None:
    """Their yearly number is Poisson with the mean of section 8, worked out without training."""
    parameters = only("false_reports", training__trained_share=(0.0,) * 4)
    model = build(parameters, town(500_000, youth=50_000.0), years=1, false_scale=0.5)
    model.run()
    rows = [  # contacts a month, ratio for high-risk youth, suspicion, report
        ("school", 0.70, 1, 0.004, 0.45), ("health", 0.15, 10, 0.008, 0.60),
        ("child_welfare", 0.005, 10, 0.08, 0.90), ("police", 0.010, 10, 0.08, 0.80),
        ("youth_services", 0.002, 10, 0.08, 0.70),
    ]  # fmt: skip
    found = model.outcomes()
    for sector, contacts, ratio, suspicion, report in rows:
        contacts_all = 12 * 50_000 * contacts * (0.95 + 0.05 * ratio)
        expected = contacts_all * 0.5 * suspicion * report
        assert abs(found[f"false_reports_{sector}"] - expected) <= SIGMAS * math.sqrt(expected)
    assert found["false_reports"] == sum(found[f"false_reports_{row[0]}"] for row in rows)
    assert_count(found["false_screened_in"], found["false_reports"], 0.6)
    assert found["backlog_end"] == 0


def test_everything_stays_at_its_fixed_point_without_money() -> None:
    """Without money and feedback no state moves, whatever is switched on."""
    switches = [name for name in Switches.model_fields if name not in ("feedback", "publicity")]
    model = build(only(*switches), town(youth=100, at_risk=75), years=5)
    community = model.communities[0]
    model.run()
    found = model.outcomes()
    background = 0.25 * 0.25 / 0.75
    skill = background / (background + 0.25 + math.log(2))
    assert found["trained_end"] == pytest.approx(0.25, abs=1e-12)
    assert found["skill_end"] == pytest.approx(skill, abs=1e-12)
    assert found["denial_end"] == pytest.approx(0.75, abs=1e-12)
    assert found["public_denial_end"] == pytest.approx(0.51, abs=1e-12)
    assert found["awareness_end"] == pytest.approx(0.15, abs=1e-12)
    assert found["told_stock_end"] == pytest.approx(0.10, abs=1e-12)
    assert community.prevention_coverage == 0.0


def test_bought_training_moves_share_skill_and_denial() -> None:
    """Each approaches its new fixed point geometrically, by one sector alone if so bought."""
    years, rate = 3, 0.8
    levels = np.zeros((years, 1, 5))
    levels[..., 3] = rate
    model = build(only(), years=years, levels={"training": levels})
    model.run()
    steps, background, fading = years * STEPS, 0.25 * 0.25 / 0.75, math.log(2)

    def after(start: float, gain: float, loss: float) -> float:
        end = gain / loss
        return end + (start - end) * (1.0 - loss / STEPS) ** steps

    police, school = model.communities[0].responders[3], model.communities[0].responders[0]
    inflow, pull = background + rate, math.log(2) / (40 / 12)
    skill = background / (background + 0.25 + fading)
    assert police.trained == pytest.approx(after(0.25, inflow, inflow + 0.25))
    assert police.skill == pytest.approx(after(skill, inflow, inflow + 0.25 + fading))
    assert police.denial == pytest.approx(after(0.75, pull * 0.75, pull + 0.5 * rate))
    assert school.trained == pytest.approx(0.25)
    assert school.denial == pytest.approx(0.75)


def test_one_standard_campaign_lifts_awareness_and_fades() -> None:
    """In a large metro four weeks multiply awareness by the lift; its excess halves in a month."""
    metro = Region.of(
        ids=["A"], population=[2e6], youth=[0.0], youth_12_17=[0.0], place_class=["large metro"]
    )
    levels = {"campaign": np.array([[1.0], [0.0]])}
    model = build(only(awareness__residue=0.0), metro, levels=levels)
    community = model.communities[0]
    run_steps(model, 4)
    assert community.awareness == pytest.approx(1.67 * 0.30)
    dose = math.log(0.7 / (1 - 1.67 * 0.3)) / 4
    assert community.denial < 0.51 * (1 - 0.2 * (1 - math.exp(-dose))) ** 3
    run_steps(model, 9)
    assert community.awareness == pytest.approx(1.67 * 0.30)  # still running
    salience = community.salience
    run_steps(model, 13)
    assert community.salience == pytest.approx(salience / 8)


def test_excess_awareness_spreads_to_neighbours() -> None:
    """One week moves the norm by 0.23 x P42 x the weighted excess of oneself and the others."""
    region = Region.of(
        ids=["A", "B", "C"], population=[9e3] * 3, youth=[0.0] * 3, youth_12_17=[0.0] * 3,
        place_class=["town"] * 3, neighbours=[("A", "B"), ("A", "C")],
    )  # fmt: skip
    model = build(only("spread", "neighbours"), region)
    first, second, third = model.communities
    second.norm = 0.35
    model.step()
    told = 12 / 52 * 0.01
    relaxed = math.log(2) / 3 / 52 * (0.15 - 0.35)
    assert first.norm == pytest.approx(0.15 + told * 0.1 * (0.20 / 2) * 0.85)
    assert second.norm == pytest.approx(0.35 + relaxed + told * 0.9 * 0.20 * 0.65)
    assert third.norm == pytest.approx(0.15)


def test_a_waiting_queue_takes_every_credit() -> None:
    """Two investigations a week are opened, oldest first, and two more in the first."""
    parameters = only("limited_capacity", assessment__investigations_per_month=52 / 12)
    model = build(parameters, baseline_investigators=2.0)
    pool = model.pools[0]
    for _ in range(3):
        for _ in range(20):
            model.reports.append(Report(model.communities[0], 3))
        model.step()
    n_cases = model.outcomes()["false_screened_in"]
    assert model.outcomes()["false_investigated"] == 8
    assert pool.backlog() == model.outcomes()["backlog_end"] == n_cases - 8
    run_steps(model, 4)
    arrivals = [case.arrived for case in pool.queues[0]]
    assert arrivals == sorted(arrivals)


def test_credits_of_a_part_time_investigator() -> None:
    """A quarter of a credit a week opens a case in four weeks, and idle weeks save up only one."""
    parameters = only(
        "limited_capacity", assessment__investigations_per_month=52 / 12, assessment__screen_in=1.0
    )
    model = build(parameters, baseline_investigators=0.25)
    run_steps(model, 20)
    for _ in range(10):
        model.reports.append(Report(model.communities[0], 3))
    model.step()
    assert model.outcomes()["false_investigated"] == 1
    run_steps(model, 8)
    assert model.outcomes()["false_investigated"] == 3


def test_only_what_is_carried_over_is_limited() -> None:
    """Of 1.5 credits a week none is lost while cases wait, and 1.5 are there at the start."""
    parameters = only(
        "limited_capacity", assessment__investigations_per_month=52 / 12, assessment__screen_in=1.0
    )
    model = build(parameters, baseline_investigators=1.5)
    model.reports.extend(Report(model.communities[0], 3) for _ in range(50))
    run_steps(model, 10)
    assert model.outcomes()["false_investigated"] == 16


def test_a_spell_that_ends_leaves_the_queue_but_not_an_investigation() -> None:
    """A waiting case closes with the spell and costs nothing; a begun one ends with no finding."""
    certain = CERTAIN_DISCLOSURE | {"spell__exit_hazard": 1e9}
    waiting = build(only("disclosure", "limited_capacity", **certain))
    waiting.pools[0].credits = 0.0
    cohort(waiting, 1)
    waiting.run()
    assert [case.outcome for case in waiting.case_file] == ["spell ended"]
    assert waiting.outcomes()["backlog_end"] == waiting.outcomes()["investigated"] == 0
    begun = build(only("disclosure", **certain))
    cohort(begun, 1)
    run_steps(begun, 3)
    assert [case.closed for case in begun.case_file] == [None]
    begun.run()
    assert [(case.outcome, case.closed) for case in begun.case_file] == [("no finding", 4)]
    assert begun.outcomes()["identified"] == 0


def test_an_investigation_keeps_its_week_and_is_decided_by_what_is_in_force() -> None:
    """Five weeks until year 1, then two; nothing substantiated until then, then everything."""
    certain = CERTAIN_DISCLOSURE | {
        "assessment__investigation_weeks": {"start": 5.0, 1: 2.0},
        "assessment__substantiation": {"start": 0.0, 1: 1.0},
    }
    model = build(only("disclosure", **certain), years=2)
    run_steps(model, STEPS - 8)
    cohort(model, 1)  # reported anew in the week after each decision against it
    run_steps(model, 8)
    cohort(model, 1)
    model.run()
    assert [(case.begun, case.closed, case.outcome) for case in model.case_file] == [
        (STEPS - 8, STEPS - 3, "not substantiated"),
        (STEPS - 2, STEPS + 3, "identified"),
        (STEPS, STEPS + 2, "identified"),
    ]


def test_screening_after_a_closed_case_has_its_own_ratio() -> None:
    """Screened out in the first week, a youth is screened in with 1.5 x g in the second."""
    n, g = 4000, 0.3
    certain = CERTAIN_DISCLOSURE | {"assessment__screen_in": g}
    model = build(only("disclosure", assessment__after_closed_ratio=1.5, **certain))
    cohort(model, n)
    run_steps(model, 2)
    assert_count(model.outcomes()["screened_in"], n, g + (1 - g) * 1.5 * g)


def test_a_long_wait_lowers_substantiation() -> None:
    """After more than four weeks in the queue the share is P54 x P56, for kin also x P55."""
    n = 4000
    certain = CERTAIN_DISCLOSURE | {"assessment__substantiation": 0.5}
    parameters = only("disclosure", "limited_capacity", **certain).with_values(
        {"incidence.family_controlled": (1.0,) * 4, "assessment.family_ratio": 0.6}
    )
    model = build(parameters, levels={"investigators": np.zeros((2, 1))})
    model.pools[0].credits = 0.0
    cohort(model, n)
    run_steps(model, 5)
    model.communities[0].investigators_bought = 1e9
    run_steps(model, 5)  # opened in week 5, decided in week 9
    assert_count(model.outcomes()["identified"], n, 0.5 * 0.6 * 0.7)


def test_places_are_offered_while_they_last() -> None:
    """Of ten identified youth four find a bought place, at half the uptake far from it."""
    parameters = only("disclosure", "services", services__uptake=1.0, **CERTAIN_DISCLOSURE)
    levels = {"places": np.full((2, 1), 4.0), "relief": np.ones((2, 1))}
    model = build(parameters, levels=levels)
    model.pools[0].place_credits = 4.0
    cohort(model, 10)
    run_steps(model, 5)
    found = model.outcomes()
    assert (found["identified"], found["served"], found["offered_no_place"]) == (10, 4, 6)
    far = build(parameters, levels={"places": np.full((2, 1), 1e6)})
    far.pools[0].place_credits = 1e6
    cohort(far, 1000)
    run_steps(far, 5)
    assert_count(far.outcomes()["served"], 1000, 0.5)
    assert far.outcomes()["offered_no_place"] == 0


def test_large_agencies_take_part_more_often() -> None:
    """Participation in publication has the probability of section 9, every year anew."""
    region = Region.of(
        ids=["A", "B"], population=[100_000.0, 1.0], youth=[0.0] * 2, youth_12_17=[0.0] * 2
    )
    years = 400
    model = build(only("publication"), region, years=years)
    for _ in range(years):
        model._start_year()
        model.step_number += STEPS
    large, small = np.array(model.participation).sum(axis=0)
    assert_count(large, years, (0.35 + 0.97) / 2)
    assert_count(small, years, 0.35 + 0.62 * 1e-5)


def test_only_those_who_take_part_are_published() -> None:
    """A year in which a community does not take part is a zero in the publication."""
    model = build(only("publication"), participation=[[True], [False]])
    for reports in (5, 7):
        model.communities[0].referrals_of_year = reports
        run_steps(model, STEPS)
    assert model.published_reports == [[5], [0]]
    found = model.outcomes()
    assert found["published_reports"] == 5
    assert (found["publication_year_1"], found["publication_year_2"]) == (1, 0)


def test_discretionary_training_follows_published_reports() -> None:
    """Of two places, one with a tenth of the youth: half is followed, to five times the share."""
    region = Region.of(
        ids=["A", "B"], population=[9e3] * 2, youth=[100.0, 900.0], youth_12_17=[0.0] * 2
    )
    for published, ratios in (((1, 3), (2.5, 0.75 / 0.9)), ((3, 1), (5.0, 0.25 / 0.9))):
        model = build(only("feedback"), region)
        for community, reports in zip(model.communities, published, strict=True):
            community.referrals_of_year = reports
        run_steps(model, STEPS)
        assert [community.feedback_factor for community in model.communities] == [1, 1]
        model.step()
        factors = [community.feedback_factor for community in model.communities]
        assert factors == pytest.approx([1 + 0.2 * 0.5 * (ratio - 1) for ratio in ratios])


@pytest.mark.parametrize("takes_part", [True, False])
def test_news_of_an_identification_lowers_denial_and_raises_salience(takes_part: bool) -> None:
    """One identification in a market of 50,000 counts as two per 100,000, if it is published."""
    parameters = only(
        "disclosure", "publicity", "publication", assessment__investigation_weeks=0.0,
        **CERTAIN_DISCLOSURE,
    )  # fmt: skip
    model = build(parameters, town(9_000), participation=[[takes_part]] * 2)
    community = model.communities[0]
    cohort(model, 1)
    model.step()
    assert community.denial == pytest.approx(0.51)
    model.step()
    publicised = 2 if takes_part else 0
    dose = math.log(0.7 / (1 - 1.67 * 0.3)) * 0.05 * publicised
    assert community.responders[0].denial == pytest.approx(0.75 * 0.99**publicised)
    assert community.denial == pytest.approx(0.51 * 0.99**publicised)
    assert community.salience == pytest.approx(1 - math.exp(-dose))


def test_reduced_form_has_one_factor_only() -> None:
    """In the reduced form barriers and denial do nothing, and sectors report less."""
    parameters = only("anonymity", "known_offender", "denial", denial__form="reduced")
    model = build(parameters)
    (youth,) = cohort(model, 1)
    model.step()
    assert youth.barrier == 1.0
    assert model.denial_ratio == 1.0
    assert youth.community.p_report == pytest.approx([0.65 * p for p in (0.45, 0.6, 0.9, 0.8, 0.7)])


def test_norm_returns_to_its_fixed_point_without_spread() -> None:
    """The switch of spread leaves the norm its half-life."""
    model = build(only(awareness__norm_half_life=12.0))
    model.communities[0].norm = 0.35
    run_steps(model, STEPS)
    assert model.communities[0].norm == pytest.approx(0.15 + 0.20 * (1 - math.log(2) / STEPS) ** 52)


def test_a_new_spell_opens_its_own_case() -> None:
    """The investigation of the old spell runs on beside it, and ends with no finding."""
    model = build(only("disclosure", **CERTAIN_DISCLOSURE))
    (youth,) = cohort(model, 1)
    model.step()
    youth.end_spell()
    youth.begin_spell(later=True)
    model.run()
    assert [(c.arrived, c.closed, c.outcome) for c in model.case_file] == [
        (0, 4, "no finding"),
        (1, 5, "identified"),
    ]


def test_onset_recalled_in_a_wrongly_substantiated_case() -> None:
    """Without an error of memory it is uniform in the year before the report."""
    n = 400
    parameters = only(
        assessment__wrong_substantiation=1.0, assessment__screen_in=1.0, recording__recall_sd=0.0
    )
    model = build(parameters)
    model.reports.extend(Report(model.communities[0], 3) for _ in range(n))
    run_steps(model, 5)
    recalled = [case.recalled_onset for case in model.case_file if case.recalled_onset is not None]
    assert len(recalled) == n
    assert -STEPS <= min(recalled) <= max(recalled) <= 0.0
    assert abs(np.mean(recalled) + STEPS / 2) < SIGMAS * STEPS / math.sqrt(12 * n)


def test_shocks_work_in_the_week_in_which_they_strike() -> None:
    """A campaign is heard, a training taken and a wave of victimization lived at once."""
    shocks = [
        Shock("campaign", ("A",), week=1, weeks=10, size=1.0),
        Shock("training", ("A",), week=1, weeks=4, size=0.8),
        Shock("victimization", ("A",), week=1, weeks=4, size=3.0),
    ]
    model = build(only(awareness__residue=0.0), town(at_risk=100.0), shocks=shocks)
    community = model.communities[0]
    p_onset = community.p_onset
    model.step()
    assert community.awareness == pytest.approx(0.15)
    model.step()
    dose = math.log(0.7 / (1 - 1.67 * 0.3))
    assert community.awareness == pytest.approx(1 - 0.85 * math.exp(-dose / 4))
    assert community.responders[2].trained == pytest.approx(0.25 + 0.2 * 0.75)
    assert community.p_onset == pytest.approx(1 - (1 - p_onset) ** 3)
    run_steps(model, 9)
    assert community.salience == pytest.approx(1 - math.exp(-dose))
    assert community.p_onset == p_onset
    model.step()
    assert community.salience < 1 - math.exp(-dose)
