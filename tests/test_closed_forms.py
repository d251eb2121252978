"""What can be worked out on paper, against the engine.  Tolerances come from n."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from small_worlds import (
    ALWAYS,
    NEVER,
    SCHOOLS_SEE,
    SIGMAS,
    STEPS,
    assert_mean,
    assert_share,
    begun,
    cases_of,
    cohort,
    finished,
    only,
    p_step,
    place,
    spells_of,
    tiny,
    touches_of,
)

from model import expectation, policies
from model.clock import Clock
from model.columns import Bought, Channel, Outcome, Public, Table, Tally
from model.hazards import steps_until_again
from model.parameters import Parameters
from model.rates import pack
from model.region import Region
from model.simulation import Simulation, burn_in, draw_world, run_policy

LN2 = math.log(2.0)
HIGH_RISK, FAMILY, KNOWN, BLAMES = 16, 32, 64, 128  # bits of `traits`


def lasting(sim: Simulation, steps: int) -> Table:
    """First spells of youth who will not turn 18 within some steps of onset."""
    first = spells_of(sim)
    first = first[first["ordinal"] == 0]
    return first[first["age_out"] - first["start"] > steps]


# ---------------------------------------------------------------- the clock


@pytest.mark.parametrize("steps", [52, 104, 365])
def test_clock_turns_rates_and_delays_into_steps(steps: int) -> None:
    """Probabilities compound to those of a year; delays keep their time; months fill the year."""
    clock = Clock(steps, 0, 1, 1)
    assert (1.0 - clock.per_month(0.1)) ** steps == pytest.approx(math.exp(-1.2), rel=1e-12)
    assert clock.weeks(4.3) == round(4.3 * steps / 52)
    assert clock.months(30.0) == round(30.0 * steps / 12)
    months = clock.month_of_step()
    assert [int(np.flatnonzero(months == m)[0]) for m in range(12)] == [
        steps * m // 12 for m in range(12)
    ]
    assert months[-1] == 23 and (np.diff(months) >= 0).all()


# ---------------------------------------------------------------- the cascade


def known_by(channel: Channel) -> tuple[Parameters, float]:
    """Parameters in which one channel alone makes youth known, and its probability a step."""
    values: dict[str, Any] = {"spell.exit_hazard": 0.5}
    if channel == Channel.PUBLIC:
        parameters = only("public_notice", values=values, encounter__public_rate=1.5)
        return parameters, p_step(1.5 * 0.3)
    if channel == Channel.SELF:
        values |= {"knowing.self_recognition": ALWAYS, "disclosure.hazard": 0.8}
        parameters = only(
            "disclosure", values=values, disclosure__formal_share=0.3,
            disclosure__confidant_acts=0.4, disclosure__channel_coverage=0.0,
        )  # fmt: skip
        return parameters, p_step(0.8) * (0.3 + 0.7 * 0.4)
    parameters = only(
        "encounters", values=values, encounter__contact_rate=(0.0, 0.0, 0.0, 2.0, 0.0),
        encounter__untrained=(0.3,) * 5, encounter__trained=(0.3,) * 5,
        reporting__report=(1.0, 1.0, 1.0, 0.8, 1.0),
    )  # fmt: skip
    return parameters, p_step(2.0) * 0.3 * 0.8


@pytest.mark.parametrize("channel", [Channel.PUBLIC, Channel.SELF, Channel.POLICE])
def test_ascertainment_is_a_race_between_report_and_exit(channel: Channel) -> None:
    """Share known p / (1 - (1 - p)(1 - q)), and a geometric wait, for report p and exit q."""
    parameters, p = known_by(channel)
    q = p_step(0.5)
    rows = lasting(finished(tiny(parameters, cohort(12_000), burn_in_years=2)), 104)
    known = rows[rows["known_at"] >= 0]
    assert_share(len(known), len(rows), p / (1.0 - (1.0 - p) * (1.0 - q)))
    stop = 1.0 - (1.0 - p) * (1.0 - q)
    assert_mean(known["known_at"].astype(float), (1.0 - stop) / stop)
    assert set(known["first_channel"].tolist()) <= {channel, Channel.CONFIDANT}
    if channel == Channel.SELF:
        to_self = int((known["first_channel"] == Channel.SELF).sum())
        assert_share(to_self, len(known), 0.3 / (0.3 + 0.7 * 0.4))


def test_self_recognition_comes_before_disclosure() -> None:
    """The wait until disclosure is that until recognition plus one of its own, in steps."""
    parameters = only(
        "disclosure", knowing__self_recognition=0.6, disclosure__hazard=0.9,
        disclosure__formal_share=1.0, disclosure__channel_coverage=0.0,
    )  # fmt: skip
    rows = lasting(finished(tiny(parameters, cohort(8_000), burn_in_years=2)), 104)
    assert (rows["known_at"] >= rows["knew_at"]).all() and (rows["knew_at"] >= 0).all()
    knows, tells = p_step(0.6), p_step(0.9)
    assert_mean(rows["knew_at"].astype(float), (1.0 - knows) / knows)
    assert_mean((rows["known_at"] - rows["knew_at"]).astype(float), (1.0 - tells) / tells)


def test_stage_probabilities_multiply() -> None:
    """In spells of one step, every stage keeps its own share of what the stage before it passed."""
    turnover, fade, share = 0.3, LN2 / (9.0 / 12.0), 0.5
    background = turnover * share / (1.0 - share)
    skill = background / (background + turnover + fade)
    parameters = only(
        "encounters", "denial", "ramp", spell__exit_hazard=ALWAYS,
        spell__recognisable_floor=0.7,
        encounter__contact_rate=(0.0, 0.0, 9.0, 0.0, 0.0), encounter__untrained=(0.5,) * 5,
        encounter__trained=(0.95,) * 5, training__trained_share=(share,) * 4,
        training__turnover=turnover, training__skill_half_life=9.0,
        denial__leaders=(0.4,) * 4, denial__ratio=0.5, denial__barrier_scale=1.0,
        reporting__report=(1.0, 1.0, 0.8, 1.0, 1.0), assessment__screen_in=0.7,
        assessment__substantiation=0.6,
    )  # fmt: skip
    n = 20_000
    sim = finished(tiny(parameters, cohort(n)))
    p = p_step(9.0) * 0.7 * (0.5 + 0.45 * skill) * (1.0 - 0.4 * 0.5)
    for what, keeps in (
        (Tally.RECOGNISED, 1.0), (Tally.KNOWN, 0.8), (Tally.EVER_SCREENED_IN, 0.7),
        (Tally.EVER_INVESTIGATED, 1.0), (Tally.IDENTIFIED, 0.6),
    ):  # fmt: skip
        p *= keeps
        assert_share(sim.state.yearly[what].sum(), n, p)
    assert (spells_of(sim)["end"] <= 1).all()


def test_recognition_by_type_gender_home_and_risk() -> None:
    """Contact and recognition carry the factors of section 7 in every group of youth."""
    parameters = only(
        "encounters", spell__exit_hazard=ALWAYS,
        encounter__contact_rate=(0.0, 3.0, 0.0, 0.0, 0.0),
        encounter__contact_ratio_labour=(1.0, 2.0, 1.0, 1.0, 1.0),
        encounter__contact_ratio_high_risk=(1.0, 0.5, 1.0, 1.0, 1.0),
        encounter__untrained=(0.9,) * 5, encounter__trained=(0.9,) * 5,
        encounter__labour_ratio=0.49, encounter__gender_ratio=(0.95, 0.6, 0.8),
        encounter__family_ratio=0.7, incidence__high_risk_share=0.3,
        incidence__gender_mix=(0.4, 0.3, 0.3), incidence__family_controlled=(0.4,) * 4,
    )  # fmt: skip
    spells = spells_of(finished(tiny(parameters, cohort(40_000))))
    seen, traits = spells["signal_at"] == 0, spells["traits"]
    groups = 0
    for kind, contact, ratio in ((0, 1.0, 1.0), (1, 2.0, 0.49), (2, math.sqrt(2.0), 0.7)):
        for gender, by_gender in enumerate((0.95, 0.6, 0.8)):
            for family in (0, 1):
                for high in (0, 1):
                    here = (traits & 3 == kind) & (traits >> 2 & 3 == gender)
                    here &= (traits & FAMILY > 0) == family
                    here &= (traits & HIGH_RISK > 0) == high
                    p = p_step(3.0 * contact * (0.5 if high else 1.0)) * 0.9 * ratio * by_gender
                    assert_share(seen[here].sum(), here.sum(), p * (0.7 if family else 1.0))
                    groups += 1
    assert groups == 36


@pytest.mark.parametrize("settings", [1.0, 0.5, 0.0])
def test_a_tool_in_a_part_of_the_settings(settings: float) -> None:
    """With the tool in a share c of contacts, recognition is a mixture of eye and tool."""
    parameters = only(
        "encounters", spell__exit_hazard=ALWAYS,
        encounter__contact_rate=(0.0, ALWAYS, 0.0, 0.0, 0.0), encounter__untrained=(0.4,) * 5,
        encounter__trained=(0.4,) * 5, encounter__tool_sectors=(0.0, settings, 0.0, 0.0, 0.0),
        encounter__tool_use=0.8, encounter__tool_sensitivity=0.9, encounter__second_look_true=0.9,
        incidence__high_risk_share=0.3,
    )  # fmt: skip
    sim = tiny(parameters, cohort(12_000))
    sim.state.bought[Bought.SCREENING_UNIVERSAL] = 0.5
    sim.state.bought[Bought.SCREENING_TARGETED] = 0.6
    spells = spells_of(finished(sim))
    for high, required in ((0, 0.5), (1, 1.0 - 0.5 * 0.4)):
        here = (spells["traits"] & HIGH_RISK > 0) == high
        c = settings * 0.8 * required
        p = (1.0 - c) * 0.4 + c * 0.9 * 0.9
        assert_share((spells["signal_at"][here] == 0).sum(), here.sum(), p)


@pytest.mark.parametrize(
    ("population", "bought"), [(1e6, 0.0), (25_000.0, 0.0), (500.0, 0.0), (500.0, 0.5)]
)
def test_disclosure_in_small_places(population: float, bought: float) -> None:
    """Acquaintances, a known offender, blame and the channel act as section 5 says."""
    parameters = only(
        "disclosure", "anonymity", "known_offender", "self_blame", spell__exit_hazard=ALWAYS,
        knowing__self_recognition=ALWAYS, knowing__self_blame=0.5, disclosure__hazard=2.0,
        disclosure__blame_ratio=0.4, disclosure__anonymity_ratio=0.5,
        disclosure__known_offender_ratio=0.6, disclosure__acquaintance_population=25_000.0,
        disclosure__acquaintance_slope=1.5, disclosure__channel_ratio=2.0,
        disclosure__channel_relief=0.75, disclosure__channel_coverage=0.2,
        disclosure__formal_share=1.0, awareness__hotline=(0.45,) * 4,
        denial__barrier_scale=1.5, incidence__known_offender=(0.5,) * 4,
    )  # fmt: skip
    sim = tiny(parameters, cohort(16_000), place(population, youth=[100.0], youth_12_17=[75.0]))
    sim.state.bought[Bought.CHANNEL] = bought
    spells = spells_of(finished(sim))
    tells = spells["known_at"] == 0
    density = 1.0 / (1.0 + (population / 25_000.0) ** 1.5)
    reached = (0.2 + 0.8 * bought) * 0.45
    for known in (0, 1):
        for blames in (0, 1):
            here = (spells["traits"] & KNOWN > 0) == known
            here &= (spells["traits"] & BLAMES > 0) == blames
            m = math.exp(1.5 * (density * math.log(0.5) + known * math.log(0.6)))
            h = 2.0 * (0.4 if blames else 1.0)
            h *= (1.0 - reached) * m + reached * 2.0 * m**0.25
            assert_share(tells[here].sum(), here.sum(), p_step(h))


def test_the_public_notices_by_awareness_denial_and_home() -> None:
    """The hazard of notice carries awareness, public denial, the family factor and the ramp."""
    parameters = only(
        "public_notice", "denial", "ramp", encounter__public_rate=2.0,
        encounter__family_public_ratio=1.5, denial__public=0.6, denial__ratio=0.25,
        awareness__hotline=(0.4,) * 4, spell__recognisable_floor=0.5,
        spell__recognisable_months=6.0, incidence__family_controlled=(0.5,) * 4,
        assessment__substantiation=0.0, assessment__investigation_weeks=60.0,
    )  # fmt: skip
    sim = finished(tiny(parameters, cohort(6_000)))
    for family in (0, 1):
        here = spells_of(sim)["traits"] & FAMILY > 0
        rows = spells_of(sim)[here == bool(family)]
        rows = rows[rows["age_out"] > 40]
        h = 2.0 * 0.4 * (1.0 - 0.6 * 0.75) * (1.5 if family else 1.0)
        for step, ramp in ((0, 0.5), (13, 0.75), (26, 1.0), (39, 1.0)):
            touched = touches_of(sim)
            cases = cases_of(sim)[touched["case"][touched["step"] == step]]
            seen = np.isin(rows["number"], spells_of(sim)["number"][cases["spell"]])
            assert_share(seen.sum(), len(rows), p_step(h * ramp))


@pytest.mark.parametrize("seen", [1.0, 0.95])
def test_the_expected_cascade_of_a_sure_thing_is_a_number(seen: float) -> None:
    """Where every youth is reported at once, or nearly so, all are expected to be known."""
    values = SCHOOLS_SEE | {
        "encounter.untrained": (seen,) * 5, "encounter.trained": (seen,) * 5,
        "encounter.contact_rate": (ALWAYS, 0.0, 0.0, 0.05, 0.0),
        "encounter.contact_ratio_high_risk": (1.0, 1.0, 1.0, ALWAYS, 1.0),
    }  # fmt: skip
    expected = expectation.expected_cascade(only("encounters", values=values), place())
    assert expected.known == pytest.approx(expected.onsets, rel=1e-3)
    assert expected.identified == pytest.approx(expected.onsets, rel=1e-3)


def test_a_covariate_that_is_the_same_everywhere_changes_nothing() -> None:
    """The norm undoes it, for first spells and for later ones, in the engine and as expected."""
    later = []
    for effect in (0.0, 2.0):
        parameters = only(
            "reexploitation", spell__exit_hazard=0.5, incidence__onset_rate=20_000.0,
            incidence__covariate_effect=effect,
        )  # fmt: skip
        region = place(covariate=[1.0])
        again = begun(parameters, region).state.places["again"][0]
        expected = expectation.expected_cascade(parameters, region)
        later.append((again, expected.first_onsets[0], expected.later_onsets[0]))
    assert later[0] == pytest.approx(later[1], rel=1e-9)


# ---------------------------------------------------------------- the truth


def test_onsets_follow_the_rate_of_section_4_and_the_stock_is_rate_times_duration() -> None:
    """Spells are Poisson at the worked-out rate; the mean stock is that times the mean length."""
    parameters = only(
        spell__exit_hazard=0.03, incidence__onset_rate=3000.0, incidence__age_mode=14.5,
        incidence__place_ratio=(1.0, 1.0, 1.5, 1.0), incidence__poverty_ratio=3.0,
        incidence__high_risk_share=0.05, incidence__high_risk_ratio=5.0,
    )  # fmt: skip
    region = Region.of(
        ids=["A", "B"], population=[1e6, 1e5], youth=[40_000.0, 40_000.0],
        youth_12_17=[30_000.0, 30_000.0], poverty_share=[0.0, 0.5],
        place_class=["large metro", "town"],
    )  # fmt: skip
    history = run_policy(draw_world(parameters, region, years=1), policies.none())
    factors = np.array([1.0, 1.5 * 2.0])
    annual = 0.03 * factors / factors.mean() * 30_000.0
    onsets = history.truth.yearly[Tally.FIRST_ONSETS].sum(axis=0)
    assert np.all(np.abs(onsets - 10 * annual) <= SIGMAS * np.sqrt(10 * annual))
    k = np.arange(6 * STEPS)
    age = stats.triang(2.5 / 6.0, 12.0, 6.0)
    open_after = (1.0 - p_step(0.03)) ** k * age.cdf(18.0 - k / STEPS)
    rate, length, window = annual / STEPS, open_after.sum(), 4 * STEPS
    stock = history.truth.person_steps[0, 6:].sum(axis=0)
    lag = np.abs(np.subtract.outer(np.arange(window), np.arange(window)))
    tail = open_after[::-1].cumsum()[::-1]
    error = np.sqrt(rate * tail[lag].sum())
    assert np.all(np.abs(stock - rate * length * window) <= SIGMAS * error)
    assert history.truth.active_sum[72:].sum() == stock.sum()


def test_attributes_of_victimized_youth() -> None:
    """Risk, type, gender, home and known offender have the shares of section 4."""
    values = {
        "incidence.high_risk_share": 0.05, "incidence.high_risk_ratio": 5.0,
        "incidence.type_mix": (0.65, 0.25, 0.10), "incidence.gender_mix": (0.49, 0.48, 0.03),
        "incidence.family_controlled": (0.1, 0.2, 0.3, 0.45),
        "incidence.known_offender": (0.1, 0.2, 0.3, 0.8),
        "knowing.self_blame": 0.4, "knowing.told_not_ones_fault": 0.3,
    }  # fmt: skip
    n, rural = 20_000, place(place_class=["rural"])
    for switches, blaming in (((), 0.0), (("self_blame",), 0.4)):
        traits = tiny(only(*switches, values=values), cohort(n), rural).state.drawn["traits"]
        expected = {HIGH_RISK: 0.25 / 1.2, FAMILY: 0.45, KNOWN: 0.8, BLAMES: blaming, 256: 0.3}
        for bit, p in expected.items():
            assert_share((traits & bit > 0).sum(), n, p)
        for kind, p in enumerate((0.65, 0.25, 0.10)):
            assert_share((traits & 3 == kind).sum(), n, p)
        for gender, p in enumerate((0.49, 0.48, 0.03)):
            assert_share((traits >> 2 & 3 == gender).sum(), n, p)


def test_a_spell_lasts_a_geometric_time() -> None:
    """In each step after the first a spell ends with the probability of the exit hazard."""
    sim = finished(tiny(only(spell__exit_hazard=0.4), cohort(12_000), burn_in_years=2))
    rows = lasting(sim, 104)
    left = rows["end"] - rows["start"]
    assert (left >= 1).all()
    assert_mean(left.astype(float), 1.0 / p_step(0.4))
    assert_share((left == 1).sum(), len(left), p_step(0.4))


def test_frailty_and_screening_differ_between_places() -> None:
    """Frailty is gamma of mean 1 and the CV given, screening beta of the mean and sd given."""
    parameters = Parameters().with_values({
        "incidence.frailty_cv": 0.4, "incidence.onset_rate": 1.0, "assessment.screen_in": 0.6,
        "assessment.screen_in_sd": 0.15,
    })  # fmt: skip
    places = begun(parameters, Region.synthetic(800, seed=3)).state.places
    shape = 1.0 / 0.4**2
    assert stats.kstest(places["frailty"], stats.gamma(shape, scale=1 / shape).cdf).pvalue > 1e-3
    weight = 0.6 * 0.4 / 0.15**2 - 1.0
    law = stats.beta(0.6 * weight, 0.4 * weight)
    assert stats.kstest(places["screen_in"], law.cdf).pvalue > 1e-3
    assert (law.mean(), law.std()) == pytest.approx((0.6, 0.15))


# ---------------------------------------------------------------- being told


def test_told_before_onset_is_the_stock() -> None:
    """The share of youth who were told before their spell is the told stock."""
    parameters = only("telling", knowing__told_stock=0.3)
    sim = tiny(parameters, cohort(10_000))
    sim.step()
    assert_share((spells_of(sim)["told_at"] < 0).sum(), 10_000, 0.3)


def test_the_hazard_of_being_told() -> None:
    """Background, word of mouth and trained workers add up to the hazard of section 5, by group."""
    half_life, stock = 9.0, 0.2
    parameters = only(
        "telling", knowing__told_stock=stock, knowing__told_half_life=half_life,
        knowing__contacts=4.0, awareness__diffusion=0.02, knowing__told_per_trained_contact=0.1,
        knowing__self_recognition=NEVER, knowing__told_ratio=1e21,
        encounter__contact_rate=(0.7, 0.0, 0.0, 2.0, 0.0),
        encounter__contact_ratio_labour=(1.0, 1.0, 1.0, 2.0, 1.0),
        encounter__contact_ratio_high_risk=(0.5, 1.0, 1.0, 3.0, 1.0),
        training__trained_share=(0.4,) * 4, incidence__high_risk_share=0.3,
    )  # fmt: skip
    sim = finished(tiny(parameters, cohort(20_000)))
    rows = lasting(sim, STEPS)
    rows = rows[rows["told_at"] >= 0]
    background = stock * LN2 / half_life / (1.0 - stock)
    for kind, ratio in ((0, 1.0), (1, 2.0), (2, math.sqrt(2.0))):
        for high in (0, 1):
            here = (rows["traits"] & 3 == kind) & ((rows["traits"] & HIGH_RISK > 0) == high)
            workers = 0.7 * (0.5 if high else 1.0) + 2.0 * ratio * (3.0 if high else 1.0)
            hazard = background + 0.02 * 4.0 * stock + workers * 0.1 * 0.4
            p, at = p_step(hazard), rows["knew_at"][here]
            assert_share((at == 0).sum(), len(at), p)
            assert_share(((at >= 0) & (at < 26)).sum(), len(at), 1.0 - (1.0 - p) ** 26)


def test_told_youth_recognise_themselves_sooner() -> None:
    """Told before onset multiplies the hazard of self-recognition by the ratio."""
    parameters = only(
        "telling", knowing__told_stock=0.5, knowing__told_half_life=1e9, knowing__contacts=0.0,
        knowing__told_per_trained_contact=0.0, knowing__self_recognition=0.5,
        knowing__told_ratio=2.5,
    )  # fmt: skip
    rows = lasting(finished(tiny(parameters, cohort(8_000))), STEPS)
    told = rows["told_at"] < 0
    for group, p in ((told, p_step(0.5 * 2.5)), (~told, p_step(0.5))):
        assert_mean(np.where(rows["knew_at"][group] >= 0, rows["knew_at"][group], 0) == 0, p)
        at = rows["knew_at"][group]
        assert_share(((at >= 0) & (at < 13)).sum(), len(at), 1.0 - (1.0 - p) ** 13)


# ---------------------------------------------------------------- conditions


def test_conditions_rest_at_their_fixed_points() -> None:
    """Without spending, feedback and publicity nothing moves in ten years, and skill is Q*."""
    switches = {"switches.feedback": False, "switches.publicity": False}
    region = Region.of(
        ids=list("ABCD"), population=[2e6, 3e5, 3e4, 5e3],
        place_class=["large metro", "small metro", "town", "rural"],
        neighbours=[("A", "B"), ("C", "D")],
    )  # fmt: skip
    parameters = Parameters().with_values(switches)
    history = run_policy(burn_in(begun(parameters, region, years=10)), policies.none())
    truth, t = history.truth, parameters.training
    share = np.array(t.trained_share)
    background = t.turnover * share / (1.0 - share)
    skill = background / (background + t.turnover + LN2 / (t.skill_half_life / 12.0))
    close = dict(rtol=1e-9, atol=1e-12)
    for sector in range(5):
        np.testing.assert_allclose(truth.trained[sector], share, **close)
        np.testing.assert_allclose(truth.skill[sector], skill, **close)
        np.testing.assert_allclose(truth.denial[sector], parameters.denial.leaders, **close)
    expected = {
        Public.NORM: parameters.awareness.hotline, Public.AWARENESS: parameters.awareness.hotline,
        Public.SALIENCE: 0.0, Public.DENIAL: parameters.denial.public,
        Public.TOLD: parameters.knowing.told_stock, Public.PREVENTION: 0.0, Public.FOLLOW: 1.0,
    }  # fmt: skip
    for row, value in expected.items():
        np.testing.assert_allclose(truth.public[row], value, **close)


def quiet(*switches: str, region: Region | None = None, **values: Any) -> Simulation:
    """A world in which nobody is victimized, for watching conditions."""
    parameters = only(*switches, **values, incidence__onset_rate=0.0)
    return Simulation(begun(parameters, region or place(), burn_in_years=3), None)


def run_to(sim: Simulation, step: int) -> None:
    """All steps before `step`."""
    while sim.step_number < step:
        sim.step()


@pytest.mark.parametrize("campaigns", [1.0, 0.4])
def test_a_campaign_lifts_awareness_and_fades(campaigns: float) -> None:
    """One standard campaign multiplies reference awareness by the lift; salience then halves."""
    sim = quiet(
        awareness__hotline=(0.25, 0.1, 0.1, 0.1), awareness__campaign_lift=1.8,
        awareness__residue=0.0, awareness__salience_half_life=1.5, denial__public=0.5,
        denial__campaign_effect=0.2, denial__half_life=1e9,
    )  # fmt: skip
    sim.state.bought[Bought.CAMPAIGN] = campaigns
    dose = math.log((1 - 0.25) / (1 - 1.8 * 0.25))
    lifted = 1 - 0.75 * math.exp(-campaigns * dose)
    if campaigns == 1.0:
        assert lifted == pytest.approx(1.8 * 0.25)
    run_to(sim, 2)
    half = 1 - 0.75 * math.exp(-campaigns * dose / 2)
    assert sim.state.public[Public.AWARENESS, 0] == pytest.approx(half, rel=1e-12)
    for step in (4, 9, 13):
        run_to(sim, step)
        assert sim.state.public[Public.AWARENESS, 0] == pytest.approx(lifted, rel=1e-12)
    denial = 0.5 * (1 - 0.2 * (1 - math.exp(-campaigns * dose / 4))) ** 4
    assert sim.state.public[Public.DENIAL, 0] == pytest.approx(denial, rel=1e-6)
    salience = 1 - math.exp(-campaigns * dose)
    run_to(sim, 26)  # three months later: two half-lives
    assert sim.state.public[Public.SALIENCE, 0] == pytest.approx(salience / 4, rel=1e-12)
    run_to(sim, 52)
    assert sim.state.public[Public.SALIENCE, 0] == pytest.approx(salience / 64, rel=1e-12)


def test_the_residue_of_a_campaign_goes_back_as_a_norm_does() -> None:
    """A share of the dose stays as norm, and halves towards the fixed point in its half-life."""
    sim = quiet(
        awareness__hotline=(0.25,) * 4, awareness__campaign_lift=1.8, awareness__residue=0.3,
        awareness__norm_half_life=12.0, awareness__salience_half_life=0.5,
    )  # fmt: skip
    sim.state.bought[Bought.CAMPAIGN] = 1.0
    fade = LN2 / STEPS
    norm = 0.25
    dose = 0.3 * math.log((1 - 0.25) / (1 - 1.8 * 0.25)) / 4
    for step in range(104):
        run_to(sim, step + 1)
        sim.state.bought[Bought.CAMPAIGN] = float(step < 12)
        norm += fade * (0.25 - norm)
        norm = 1 - (1 - norm) * math.exp(-dose) if step < 4 else norm
        assert sim.state.public[Public.NORM, 0] == pytest.approx(norm, rel=1e-12)
    peak = 1 - 0.75 * math.exp(-4 * dose)
    assert (norm - 0.25) / (peak - 0.25) == pytest.approx(0.5 ** (102 / 52), rel=0.01)


@pytest.mark.parametrize("neighbours", [True, False])
def test_awareness_spreads_to_neighbours(neighbours: bool) -> None:
    """What is above the fixed point raises the norm here and, by a share, next door."""
    region = Region.of(
        ids=["A", "B", "C"], population=[1e5] * 3, poverty_share=[0.0] * 3,
        place_class=["town"] * 3, neighbours=[("A", "B")],
    )  # fmt: skip
    sim = quiet(
        "spread", *(("neighbours",) if neighbours else ()), region=region,
        awareness__hotline=(0.2,) * 4, awareness__diffusion=0.05, awareness__neighbour_share=0.25,
        awareness__norm_half_life=36.0,
    )  # fmt: skip
    sim.state.public[Public.NORM, [0, 2]] = sim.state.public[Public.AWARENESS, [0, 2]] = 0.5
    norm = np.array([0.5, 0.2, 0.5])
    w = 0.25 if neighbours else 0.0
    for _ in range(60):
        sim.step()
        x = np.maximum(norm - 0.2, 0.0)
        heard = np.array([(1 - w) * x[0] + w * x[1], (1 - w) * x[1] + w * x[0], x[2]])
        norm = norm + LN2 / 3 / 52 * (0.2 - norm) + 12 / 52 * 0.05 * heard * (1 - norm)
        np.testing.assert_allclose(sim.state.public[Public.NORM], norm, rtol=1e-12)
    assert (norm[1] > 0.2) == neighbours


def test_training_bought_moves_trained_share_skill_and_denial() -> None:
    """Each goes geometrically to its new level, and back when the money ends."""
    turnover, share, half_life = 0.25, 0.4, 8.0
    sim = quiet(
        training__turnover=turnover, training__trained_share=(share,) * 4,
        training__skill_half_life=half_life, denial__leaders=(0.6,) * 4, denial__half_life=40.0,
        denial__training_effect=0.5, denial__public=0.5,
    )  # fmt: skip
    bought, background = 0.7, turnover * share / (1 - share)
    fade, attitude = LN2 / (half_life / 12), LN2 / (40 / 12)
    skill0 = background / (background + turnover + fade)

    def towards(start: float, gain: float, loss: float, steps: int) -> float:
        """Level after some steps of x += (gain - (gain + loss) x) / 52."""
        rest = gain / (gain + loss)
        return rest + (start - rest) * (1 - (gain + loss) / 52) ** steps

    sim.state.bought[Bought.TRAINING] = bought
    run_to(sim, 60)
    expected = [
        towards(share, background + bought, turnover, 60),
        towards(skill0, background + bought, turnover + fade, 60),
    ]
    rest = attitude * 0.6 / (attitude + bought * 0.5)
    denial = rest + (0.6 - rest) * (1 - (attitude + bought * 0.5) / 52) ** 60
    for sector in range(5):
        got = [values[sector, 0] for values in (sim.state.trained, sim.state.skill)]
        assert got == pytest.approx(expected, rel=1e-12)
        assert sim.state.denial[sector, 0] == pytest.approx(denial, rel=1e-12)
    assert sim.state.public[Public.DENIAL, 0] == pytest.approx(0.5, rel=1e-12)
    sim.state.bought[Bought.TRAINING] = 0.0
    run_to(sim, 100)
    back = towards(expected[0], background, turnover, 40)
    assert sim.state.trained[3, 0] == pytest.approx(back, rel=1e-12)


def test_education_and_prevention_fill_stocks_that_fade() -> None:
    """Told stock and prevention coverage go to their levels at the rates bought, and fade."""
    sim = quiet("telling", knowing__told_stock=0.1, knowing__told_half_life=18.0)
    fade = LN2 / 1.5
    e0 = 0.1 * fade / 0.9
    sim.state.bought[Bought.EDUCATION] = 0.3
    sim.state.bought[Bought.PREVENTION] = 0.2
    run_to(sim, 80)
    for row, start, rate in ((Public.TOLD, 0.1, e0 + 0.3), (Public.PREVENTION, 0.0, 0.2)):
        rest = rate / (rate + fade)
        level = rest + (start - rest) * (1 - (rate + fade) / 52) ** 80
        assert sim.state.public[row, 0] == pytest.approx(level, rel=1e-12)


def test_prevention_and_support_thin_first_onsets() -> None:
    """A share of first spells does not happen: coverage times effect, by each lever alone."""
    parameters = only(
        levers__prevention_ratio=0.6, levers__economic_ratio=0.7, incidence__poverty_ratio=3.0
    )
    sim = tiny(parameters, cohort(20_000), place(poverty_share=[0.25]))
    sim.state.bought[Bought.ECONOMIC] = 0.8
    sim.state.bought[Bought.PREVENTION] = 20.0  # a year, that is 20 / 52 of all in the first step
    sim.step()
    kept = (1 - 20 / 52 * 0.4) * (1 - 0.8 * 0.5 * 0.3)
    assert_share(sim.state.yearly[Tally.FIRST_ONSETS].sum(), 20_000, kept)
    assert sim.state.yearly[Tally.PREVENTED].sum() + sim.state.active[0, 0] == 20_000


# ---------------------------------------------------------------- exploited again


@pytest.mark.parametrize("served", [False, True])
def test_exploited_again_within_a_year_and_after_it(served: bool) -> None:
    """A share p within twelve months, 1 - (1 - p)^ratio if served, and the base rate after that."""
    p, ratio = 0.35, 0.5
    parameters = only(
        "reexploitation", "encounters", *(("services",) if served else ()), values=SCHOOLS_SEE,
        spell__reexploited_12m=p, spell__reexploited_ratio_served=ratio,
        services__places=(1e9,) * 4, services__uptake=1.0, services__distance_ratio=(1.0,) * 4,
        incidence__onset_rate=20_000.0, incidence__high_risk_ratio=4.0,
        incidence__high_risk_share=0.2, incidence__poverty_ratio=3.0,
    )  # fmt: skip
    n = 12_000
    sim = finished(tiny(parameters, cohort(n), place(poverty_share=[0.3]), burn_in_years=3))
    spells = spells_of(sim)
    first = spells[:n]
    assert (first["end"] == 0).all()
    second = spells[spells["ordinal"] == 1]
    start = np.full(n, 10**6)
    start[second["number"]] = second["start"]
    rows = first["age_out"] > 2 * STEPS + 2
    start = start[rows]
    assert (start >= 1).all()
    share = 1 - (1 - p) ** (ratio if served else 1.0)
    assert_share((start <= 52).sum(), len(start), share)
    assert_share((start <= 26).sum(), len(start), 1 - math.sqrt(1 - share))
    base = 0.2 / (1 + 0.2 * 3.0) * 4.0  # the only community: norm undoes place and poverty
    left = start[start > 52]
    assert_share((left <= 104).sum(), len(left), 1 - math.exp(-base))


@pytest.mark.parametrize(
    ("clock", "served", "steps"),
    [
        (0.004, False, 1), (0.016, False, 2), (0.515, False, 52), (0.5205, False, 53),
        (0.5215, False, 54), (0.5255, False, 58), (0.004, True, 1), (0.016, True, 4),
        (0.2605, True, 53), (0.2625, True, 55),
    ],
)  # fmt: skip
def test_steps_until_exploited_again_by_hand(clock: float, served: bool, steps: int) -> None:
    """Hazard 0.01 a step for 52 steps, half of it if served, then 0.001."""
    rates = np.rec.array(pack(h_again=0.01, again_served=0.5, again_steps=52))[0]
    assert steps_until_again(rates, 0.001, clock, served) == steps


@pytest.mark.parametrize("base", [0.0, 1e-300, 1e-25, 1e-19, 1e-12])
def test_a_base_rate_of_next_to_nothing_means_never(base: float) -> None:
    """However small the base rate, a later spell lies ahead and not in the past."""
    rates = np.rec.array(pack(h_again=0.01, again_served=0.5, again_steps=52))[0]
    assert steps_until_again(rates, base, 3.0, False) > 10**9


# ---------------------------------------------------------------- false reports, the queue


@pytest.mark.parametrize("screened", [False, True])
def test_false_reports_have_the_mean_of_section_8(screened: bool) -> None:
    """Each sector's false reports are Poisson with the mean worked out, with and without a tool."""
    share, more, scale = 0.1, 8.0, 0.5
    rates, suspicion = (0.7, 0.15, 0.05, 0.10, 0.02), (0.004, 0.008, 0.08, 0.08, 0.08)
    report, tools = (0.45, 0.6, 0.9, 0.8, 0.7), (0.0, 1.0, 1.0, 0.0, 1.0)
    turnover, fade, trained = 0.25, LN2, 0.5
    parameters = only(
        "false_reports", "denial", reporting__general_contact_rate=rates,
        reporting__general_contact_high_risk=more, reporting__false_suspicion=suspicion,
        reporting__false_trained_ratio=0.6, reporting__report=report,
        incidence__high_risk_share=share, denial__leaders=(0.5,) * 4, denial__ratio=0.4,
        denial__barrier_scale=1.0, training__trained_share=(trained,) * 4,
        training__turnover=turnover, training__skill_half_life=12.0,
        encounter__tool_sectors=tools, encounter__tool_use=0.5, encounter__tool_specificity=0.6,
        encounter__second_look_false=0.1,
    )  # fmt: skip
    sim = tiny(parameters, cohort(1), place())
    sim.state.rates["false_base"] = scale * np.array(suspicion)
    if screened:
        sim.state.bought[Bought.SCREENING_UNIVERSAL] = 0.5
        sim.state.bought[Bought.SCREENING_TARGETED] = 0.4
    finished(sim)
    background = turnover * trained / (1 - trained)
    skill = background / (background + turnover + fade)
    seen = np.bincount(cases_of(sim)["channel"] - Channel.SCHOOL, minlength=5)
    covered = (0.5, 1 - 0.5 * 0.6) if screened else (0.0, 0.0)
    for s in range(5):
        base = scale * suspicion[s] * (1 - 0.4 * skill) * (1 - 0.5 * 0.6)
        suspected = [
            (1 - tools[s] * 0.5 * u) * base + tools[s] * 0.5 * u * 0.4 * 0.1 for u in covered
        ]
        contacts = [rates[s], rates[s] * (1.0 if s == 0 else more)]
        mean = 12 * 10_000 * report[s] * (
            (1 - share) * contacts[0] * suspected[0] + share * contacts[1] * suspected[1]
        )  # fmt: skip
        assert mean > 20
        assert abs(seen[s] - mean) <= SIGMAS * math.sqrt(mean)


@pytest.fixture(scope="module")
def baseline() -> Simulation:
    """A region of 60 places with eight times the usual incidence at the end of burn-in."""
    parameters = Parameters().with_values({
        "incidence.normalise": "region", "incidence.onset_rate": 1600.0,
        "switches.feedback": False, "switches.publicity": False,
    })  # fmt: skip
    region = Region.synthetic(60, seed=5, population=6e6)
    world = draw_world(parameters, region, years=4)
    sim = Simulation(world, policies.none())
    return finished(sim)


def over_record(sim: Simulation, what: Tally) -> int:
    """A count over burn-in and policy years."""
    return int(sim.state.yearly[what, sim.clock.filling_years :].sum())


def test_unfounded_share_at_baseline(baseline: Simulation) -> None:
    """About the share `reporting.unfounded` of investigated reports is not substantiated."""
    true, false = Tally.INVESTIGATED, Tally.FALSE_INVESTIGATED
    begun_ = over_record(baseline, true) + over_record(baseline, false)
    found = over_record(baseline, Tally.IDENTIFIED) + over_record(baseline, Tally.FALSE_IDENTIFIED)
    unfounded = baseline.world.parameters.reporting.unfounded
    # the queue costs a little: some spells end, and long waits lower substantiation
    error = SIGMAS * math.sqrt(unfounded * (1 - unfounded) / begun_)
    assert begun_ > 3000
    assert -error <= 1 - found / begun_ - unfounded <= error + 0.02


def test_every_report_screened_in_is_somewhere(baseline: Simulation) -> None:
    """Screened in = investigated + still waiting + closed while waiting, in every pool."""
    cases = cases_of(baseline)
    pool = baseline.state.places["pool"][cases["community"]]
    n = len(baseline.state.pools)
    screened = cases["outcome"] != Outcome.SCREENED_OUT
    waiting = cases["outcome"] == Outcome.WAITING
    started = cases["investigated"] >= 0
    ended = screened & ~started & ~waiting
    assert set(cases["outcome"][ended].tolist()) == {Outcome.SPELL_ENDED}
    counted = [np.bincount(pool[m], minlength=n) for m in (screened, started, waiting, ended)]
    assert (counted[0] == counted[1] + counted[2] + counted[3]).all()
    assert counted[2].tolist() == baseline.state.pools["backlog"].tolist()
    assert waiting.sum() > 0 and ended.sum() > 0
    true = cases["spell"] >= 0
    totals = {
        Tally.SCREENED_IN: screened & true, Tally.INVESTIGATED: started & true,
        Tally.FALSE_INVESTIGATED: started & ~true,
        Tally.IDENTIFIED: (cases["outcome"] == Outcome.SUBSTANTIATED) & true,
        Tally.FALSE_IDENTIFIED: (cases["outcome"] == Outcome.SUBSTANTIATED) & ~true,
        Tally.FALSE_REPORTS: ~true,
    }  # fmt: skip
    for what, rows in totals.items():
        assert int(baseline.state.yearly[what].sum()) == int(rows.sum())


def test_queues_are_first_come_first_served(baseline: Simulation) -> None:
    """In a pool nobody who came in an earlier step is opened after one who came later."""
    cases = cases_of(baseline)
    cases = cases[cases["investigated"] >= 0]
    pool = baseline.state.places["pool"][cases["community"]]
    for p in np.unique(pool):
        mine = cases[pool == p]
        mine = mine[np.argsort(mine["opened"], kind="stable")]
        latest = np.maximum.accumulate(mine["investigated"])
        later = np.searchsorted(mine["opened"], mine["opened"], side="left") - 1
        before = np.where(later >= 0, latest[np.maximum(later, 0)], -1)
        assert (mine["investigated"] >= before).all()


def test_utilisation_at_baseline(baseline: Simulation) -> None:
    """Investigations begun over capacity are near the utilisation that posts were set for."""
    capacity = baseline.state.pools["capacity"].sum() * 7 * STEPS
    begun_ = over_record(baseline, Tally.INVESTIGATED)
    begun_ += over_record(baseline, Tally.FALSE_INVESTIGATED)
    utilisation = baseline.world.parameters.assessment.utilisation
    # reports of one youth come together, so counts scatter more than Poisson ones
    error = SIGMAS * math.sqrt(2.0 / begun_) * utilisation
    assert begun_ / capacity == pytest.approx(utilisation, abs=error + 0.02)


def test_hotline_noise_share(baseline: Simulation) -> None:
    """About the share `reporting.noise_contacts` of hotline calls is not about a case."""
    counts = baseline.history().record.counts
    about = counts.referrals[:, :, : Channel.SCHOOL].sum()
    calls = counts.calls.sum()
    share = baseline.world.parameters.reporting.noise_contacts
    assert (counts.calls >= counts.referrals[:, :, : Channel.SCHOOL].sum(axis=2)).all()
    # Poisson noise, and true calls that come two or three to a youth
    error = SIGMAS * math.sqrt(3.0 * share * (1 - share) / calls)
    assert 1 - about / calls == pytest.approx(share, abs=error)


# ---------------------------------------------------------------- the record


def test_publication_shares_by_size() -> None:
    """A community takes part with the probability of its size, each year anew."""
    population = 50_000.0
    n, years = 400, 20
    region = Region.of(ids=[f"{i:03d}" for i in range(n)], population=[population] * n,
                       place_class=["town"] * n, poverty_share=[0.1] * n)  # fmt: skip
    parameters = only(
        "publication", recording__publish_small=0.3, recording__publish_large=0.9,
        recording__publish_population=100_000.0, incidence__onset_rate=0.0,
    )  # fmt: skip
    takes_part = begun(parameters, region, years=years - 1).state.takes_part
    p = 0.3 + 0.6 / 3
    assert takes_part.shape == (years, n)
    assert_share(takes_part.sum(), n * years, p)
    both = (takes_part[:-1] & takes_part[1:]).sum()
    assert abs(both - n * (years - 1) * p**2) <= SIGMAS * math.sqrt(2 * n * (years - 1) * p**2)


def test_list_overlap_of_touches() -> None:
    """After identification each sector records a youth with 1 - (1 - p)^steps, independently."""
    rate, months = 0.1, 6.0
    parameters = only(
        "encounters", values=SCHOOLS_SEE, recording__touch_rate=rate,
        recording__touch_months=months,
    )  # fmt: skip
    n = 6_000
    sim = finished(tiny(parameters, cohort(n)))
    touches = touches_of(sim)
    after = touches[touches["step"] > 0]
    assert after["step"].max() == 26 and after["step"].min() == 1
    assert_share(len(after), n * 5 * 26, p_step(rate))
    on_list = np.zeros((n, 5), bool)
    on_list[after["case"], after["channel"] - Channel.SCHOOL] = True
    p = 1 - (1 - p_step(rate)) ** 26
    for sector in range(5):
        assert_share(on_list[:, sector].sum(), n, p)
    assert_share((on_list[:, 1] & on_list[:, 3]).sum(), n, p * p)


def test_onset_as_recalled() -> None:
    """Recall errs by a normal error in months, and never past the report that opened the case."""
    parameters = only(
        "public_notice", encounter__public_rate=0.5, recording__recall_sd=2.0,
        spell__exit_hazard=0.02,
    )  # fmt: skip
    history = run_policy(
        burn_in(begun(parameters, place(), burn_in_years=2, spells=cohort(6_000))), policies.none()
    )
    files = history.record.cases.cases
    files = files[files["outcome"] == Outcome.SUBSTANTIATED]
    assert (files["recalled_onset"] <= files["opened"]).all()
    late = files["recalled_onset"][files["opened"] > 5 * 2.0 * STEPS / 12]
    assert len(late) > 500
    assert stats.kstest(late, stats.norm(0.0, 2.0 * STEPS / 12).cdf).pvalue > 1e-3
