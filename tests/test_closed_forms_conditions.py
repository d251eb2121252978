"""Closed forms of what money and news can move: training, denial, awareness."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from small_worlds import (
    STEPS,
    assert_share,
    begun,
    cohort,
    only,
    place,
    tiny,
)

from streetlight import policies
from streetlight.model.communities.region import Region
from streetlight.model.names import Tally
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import Simulation, burn_in, run_policy
from streetlight.model.world.state import Bought, Public

LN2 = math.log(2.0)
HIGH_RISK, FAMILY, KNOWN_OFFENDER, BLAMES = 16, 32, 64, 128  # bits of `traits`


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
        np.testing.assert_allclose(truth.conditions.trained[sector], share, **close)
        np.testing.assert_allclose(truth.conditions.skill[sector], skill, **close)
        np.testing.assert_allclose(
            truth.conditions.denial[sector], parameters.denial.leaders, **close
        )
    expected = {
        Public.NORM: parameters.awareness.hotline, Public.AWARENESS: parameters.awareness.hotline,
        Public.SALIENCE: 0.0, Public.DENIAL: parameters.denial.public,
        Public.TOLD: parameters.knowing.told_stock, Public.PREVENTION: 0.0, Public.FOLLOW: 1.0,
    }  # fmt: skip
    for row, value in expected.items():
        np.testing.assert_allclose(truth.conditions.public[row], value, **close)


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


def test_prevention_and_support_thin_first_onsets() -> None:
    """A share of first spells does not happen: coverage times effect, by each lever alone."""
    parameters = only(
        levers__prevention_ratio=0.6, levers__economic_ratio=0.7, incidence__poverty_ratio=3.0
    )
    sim = tiny(parameters, cohort(20_000), place(poverty_share=[0.25]))
    sim.state.conditions[Bought.ECONOMIC] = 0.8
    sim.state.conditions[Bought.PREVENTION] = (
        20.0  # a year, that is 20 / 52 of all in the first step
    )
    sim.step()
    kept = (1 - 20 / 52 * 0.4) * (1 - 0.8 * 0.5 * 0.3)
    assert_share(sim.state.yearly[Tally.FIRST_ONSETS].sum(), 20_000, kept)
    assert sim.state.yearly[Tally.PREVENTED].sum() + sim.state.active[0, 0] == 20_000
