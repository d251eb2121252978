"""Closed forms of the clock and the cascade, against the engine.  Tolerances come from n."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from small_worlds import (
    ALWAYS,
    BLAMES,
    FAMILY,
    HIGH_RISK,
    KNOWN_OFFENDER,
    LN2,
    SCHOOLS_SEE,
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

from streetlight.model import equations
from streetlight.model.clock import Clock
from streetlight.model.names import Channel, Tally
from streetlight.model.on_average import cascade
from streetlight.model.parameters import Parameters
from streetlight.model.world.state import Bought

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
