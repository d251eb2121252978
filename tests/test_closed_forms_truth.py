"""Closed forms of the truth: onsets, ends of spells, being told, later spells."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from small_worlds import (
    BLAMES,
    FAMILY,
    HIGH_RISK,
    KNOWN_OFFENDER,
    LN2,
    NEVER,
    SCHOOLS_SEE,
    SIGMAS,
    STEPS,
    assert_mean,
    assert_share,
    begun,
    cohort,
    finished,
    lasting,
    only,
    p_step,
    place,
    spells_of,
    tiny,
)

from streetlight import policies
from streetlight.model import equations
from streetlight.model.communities.region import Region
from streetlight.model.names import Tally
from streetlight.model.parameters import Parameters
from streetlight.model.rates import pack
from streetlight.model.run.simulation import draw_world, run_policy

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
