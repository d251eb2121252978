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
    lasting,
    only,
    p_step,
    place,
    spells_of,
    tiny,
    touches_of,
)

from streetlight import policies
from streetlight.model import equations
from streetlight.model.clock import Clock
from streetlight.model.communities.region import Region
from streetlight.model.names import Channel, Tally
from streetlight.model.on_average import cascade
from streetlight.model.parameters import Parameters
from streetlight.model.rates import pack
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.world.state import Bought

LN2 = math.log(2.0)
HIGH_RISK, FAMILY, KNOWN_OFFENDER, BLAMES = 16, 32, 64, 128  # bits of `traits`


# ---------------------------------------------------------------- the clock


@pytest.mark.parametrize("steps", [52, 104, 365])
def test_clock_turns_rates_and_delays_into_steps(steps: int) -> None:
    """Probabilities compound to those of a year; delays keep their time; months fill the year."""
    clock = Clock(steps, 0, 1, 1)
    assert (1.0 - equations.p_step(1.2 / steps)) ** steps == pytest.approx(
        math.exp(-1.2), rel=1e-12
    )
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
    sim.state.conditions[Bought.SCREENING_UNIVERSAL] = 0.5
    sim.state.conditions[Bought.SCREENING_TARGETED] = 0.6
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
    sim.state.conditions[Bought.CHANNEL] = bought
    spells = spells_of(finished(sim))
    tells = spells["known_at"] == 0
    density = 1.0 / (1.0 + (population / 25_000.0) ** 1.5)
    reached = (0.2 + 0.8 * bought) * 0.45
    for known in (0, 1):
        for blames in (0, 1):
            here = (spells["traits"] & KNOWN_OFFENDER > 0) == known
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
    expected = cascade.expected_cascade(only("encounters", values=values), place())
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
        again = begun(parameters, region).state.communities["again"][0]
        expected = cascade.expected_cascade(parameters, region)
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
    onsets = history.truth.ledger.yearly[Tally.FIRST_ONSETS].sum(axis=0)
    assert np.all(np.abs(onsets - 10 * annual) <= SIGMAS * np.sqrt(10 * annual))
    k = np.arange(6 * STEPS)
    age = stats.triang(2.5 / 6.0, 12.0, 6.0)
    open_after = (1.0 - p_step(0.03)) ** k * age.cdf(18.0 - k / STEPS)
    rate, length, window = annual / STEPS, open_after.sum(), 4 * STEPS
    stock = history.truth.ledger.person_steps[0, 6:].sum(axis=0)
    lag = np.abs(np.subtract.outer(np.arange(window), np.arange(window)))
    tail = open_after[::-1].cumsum()[::-1]
    error = np.sqrt(rate * tail[lag].sum())
    assert np.all(np.abs(stock - rate * length * window) <= SIGMAS * error)
    assert history.truth.ledger.active_sum[72:].sum() == stock.sum()


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
        expected = {HIGH_RISK: 0.25 / 1.2, FAMILY: 0.45, KNOWN_OFFENDER: 0.8}
        expected |= {BLAMES: blaming, 256: 0.3}
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
    places = begun(parameters, Region.synthetic(800, seed=3)).state.communities
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
    assert_share((spells_of(sim)["told_threshold"] < 0).sum(), 10_000, 0.3)


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
    rows = rows[rows["told_threshold"] >= 0]
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
    told = rows["told_threshold"] < 0
    for group, p in ((told, p_step(0.5 * 2.5)), (~told, p_step(0.5))):
        assert_mean(np.where(rows["knew_at"][group] >= 0, rows["knew_at"][group], 0) == 0, p)
        at = rows["knew_at"][group]
        assert_share(((at >= 0) & (at < 13)).sum(), len(at), 1.0 - (1.0 - p) ** 13)


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
    assert equations.steps_until_again(rates, 0.001, clock, served) == steps


@pytest.mark.parametrize("base", [0.0, 1e-300, 1e-25, 1e-19, 1e-12])
def test_a_base_rate_of_next_to_nothing_means_never(base: float) -> None:
    """However small the base rate, a later spell lies ahead and not in the past."""
    rates = np.rec.array(pack(h_again=0.01, again_served=0.5, again_steps=52))[0]
    assert equations.steps_until_again(rates, base, 3.0, False) > 10**9
