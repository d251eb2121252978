"""Conditions week by week, each worked by hand: what money, news and attention shocks move."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from small_worlds import LN2, STEPS, begun, only, place

from streetlight.model.communities.region import Region
from streetlight.model.run.simulation import Simulation
from streetlight.model.world.shocks import Shock
from streetlight.model.world.state import Bought, Public


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
    sim.state.conditions[Bought.CAMPAIGN] = campaigns
    dose = math.log((1 - 0.25) / (1 - 1.8 * 0.25))
    lifted = 1 - 0.75 * math.exp(-campaigns * dose)
    if campaigns == 1.0:
        assert lifted == pytest.approx(1.8 * 0.25)
    run_to(sim, 2)
    half = 1 - 0.75 * math.exp(-campaigns * dose / 2)
    assert sim.state.conditions[Public.AWARENESS, 0] == pytest.approx(half, rel=1e-12)
    for step in (4, 9, 13):
        run_to(sim, step)
        assert sim.state.conditions[Public.AWARENESS, 0] == pytest.approx(lifted, rel=1e-12)
    denial = 0.5 * (1 - 0.2 * (1 - math.exp(-campaigns * dose / 4))) ** 4
    assert sim.state.conditions[Public.DENIAL, 0] == pytest.approx(denial, rel=1e-6)
    salience = 1 - math.exp(-campaigns * dose)
    run_to(sim, 26)  # three months later: two half-lives
    assert sim.state.conditions[Public.SALIENCE, 0] == pytest.approx(salience / 4, rel=1e-12)
    run_to(sim, 52)
    assert sim.state.conditions[Public.SALIENCE, 0] == pytest.approx(salience / 64, rel=1e-12)


def test_the_residue_of_a_campaign_goes_back_as_a_norm_does() -> None:
    """A share of the dose stays as norm, and halves towards the fixed point in its half-life."""
    sim = quiet(
        awareness__hotline=(0.25,) * 4, awareness__campaign_lift=1.8, awareness__residue=0.3,
        awareness__norm_half_life=12.0, awareness__salience_half_life=0.5,
    )  # fmt: skip
    sim.state.conditions[Bought.CAMPAIGN] = 1.0
    fade = LN2 / STEPS
    norm = 0.25
    dose = 0.3 * math.log((1 - 0.25) / (1 - 1.8 * 0.25)) / 4
    for step in range(104):
        run_to(sim, step + 1)
        sim.state.conditions[Bought.CAMPAIGN] = float(step < 12)
        norm += fade * (0.25 - norm)
        norm = 1 - (1 - norm) * math.exp(-dose) if step < 4 else norm
        assert sim.state.conditions[Public.NORM, 0] == pytest.approx(norm, rel=1e-12)
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
    sim.state.conditions[Public.NORM, [0, 2]] = sim.state.conditions[Public.AWARENESS, [0, 2]] = 0.5
    norm = np.array([0.5, 0.2, 0.5])
    w = 0.25 if neighbours else 0.0
    for _ in range(60):
        sim.step()
        x = np.maximum(norm - 0.2, 0.0)
        heard = np.array([(1 - w) * x[0] + w * x[1], (1 - w) * x[1] + w * x[0], x[2]])
        norm = norm + LN2 / 3 / 52 * (0.2 - norm) + 12 / 52 * 0.05 * heard * (1 - norm)
        np.testing.assert_allclose(sim.state.conditions[Public.NORM], norm, rtol=1e-12)
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

    sim.state.conditions[Bought.TRAINING] = bought
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
    assert sim.state.conditions[Public.DENIAL, 0] == pytest.approx(0.5, rel=1e-12)
    sim.state.conditions[Bought.TRAINING] = 0.0
    run_to(sim, 100)
    back = towards(expected[0], background, turnover, 40)
    assert sim.state.trained[3, 0] == pytest.approx(back, rel=1e-12)


def test_education_and_prevention_fill_stocks_that_fade() -> None:
    """Told stock and prevention coverage go to their levels at the rates bought, and fade."""
    sim = quiet("telling", knowing__told_stock=0.1, knowing__told_half_life=18.0)
    fade = LN2 / 1.5
    e0 = 0.1 * fade / 0.9
    sim.state.conditions[Bought.EDUCATION] = 0.3
    sim.state.conditions[Bought.PREVENTION] = 0.2
    run_to(sim, 80)
    for row, start, rate in ((Public.TOLD, 0.1, e0 + 0.3), (Public.PREVENTION, 0.0, 0.2)):
        rest = rate / (rate + fade)
        level = rest + (start - rest) * (1 - (rate + fade) / 52) ** 80
        assert sim.state.public[row, 0] == pytest.approx(level, rel=1e-12)


# ------------------------------------------------------------------------------------ shocks


def struck(shocks: Sequence[Shock], **values: Any) -> Simulation:
    """A quiet world of one year of burn-in with shocks; policy week w is step 52 + w."""
    parameters = only(**values, incidence__onset_rate=0.0)
    sim = Simulation(begun(parameters, place(), shocks=shocks), None)
    sim.last_step = sim.clock.n_steps
    run_to(sim, 52)
    return sim


def test_a_campaign_shock_keeps_salience_up_until_it_ends() -> None:
    """Two campaigns' dose over four weeks, held for eight weeks, then halved every month."""
    sim = struck(
        [Shock("campaign", ("A",), week=2, weeks=8, size=2.0)],
        awareness__hotline=(0.25,) * 4, awareness__campaign_lift=1.6, awareness__residue=0.5,
        awareness__salience_half_life=1.0, awareness__norm_half_life=1e9, denial__public=0.5,
        denial__campaign_effect=0.4, denial__half_life=1e9,
    )  # fmt: skip
    dose = 2.0 * math.log(1.25)
    for week in range(14):
        run_to(sim, 53 + week)
        weeks_of_dose = min(4, max(0, week - 1))
        salience = 1 - math.exp(-dose * weeks_of_dose / 4)
        salience *= 2.0 ** (-12 / 52 * max(0, week - 9))
        norm = 1 - 0.75 * math.exp(-0.5 * dose * weeks_of_dose / 4)
        denial = 0.5 * (1 - 0.4 * (1 - math.exp(-dose / 4))) ** weeks_of_dose
        got = sim.state.conditions[[Public.SALIENCE, Public.NORM, Public.DENIAL], 0]
        assert got == pytest.approx([salience, norm, denial], rel=1e-6, abs=1e-12)


def test_a_campaign_shock_of_two_weeks_delivers_half_its_dose() -> None:
    """A campaign shorter than four weeks brings the part that falls in its weeks."""
    sim = struck(
        [Shock("campaign", ("A",), week=0, weeks=2, size=1.0)], awareness__hotline=(0.25,) * 4,
        awareness__campaign_lift=1.6, awareness__salience_half_life=1e12,
    )  # fmt: skip
    run_to(sim, 60)
    half = 1 - math.exp(-0.5 * math.log(1.25))
    assert sim.state.conditions[Public.SALIENCE, 0] == pytest.approx(half, rel=1e-9)


def test_a_training_shock_is_spread_over_its_weeks() -> None:
    """Half a training per staff over five weeks, a tenth each week of those without."""
    sim = struck(
        [Shock("training", ("A",), week=3, weeks=5, size=0.5)], training__trained_share=(0.4,) * 4,
        training__turnover=0.01, training__skill_half_life=1e9, denial__leaders=(0.6,) * 4,
        denial__half_life=1e9, denial__training_effect=0.5,
    )  # fmt: skip
    state = sim.state
    for week in range(10):
        weeks = min(5, max(0, week - 3))
        trained, denial = 1 - 0.6 * 0.9**weeks, 0.6 * 0.95**weeks
        assert state.trained[:, 0] == pytest.approx([trained] * 5, rel=2e-3)
        assert state.skill[:, 0] == pytest.approx([trained] * 5, rel=2e-3)
        assert state.denial[:, 0] == pytest.approx([denial] * 5, rel=1e-6)
        sim.step()
        state = sim.state
