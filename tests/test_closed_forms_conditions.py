"""Closed forms of what money and news can move: training, denial, awareness."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import (
    LN2,
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
from streetlight.model.run.simulation import burn_in, run_policy
from streetlight.model.world.state import Bought, Public

# ---------------------------------------------------------------- conditions


@pytest.mark.parametrize("reading", ["even", "mixed"])
def test_conditions_rest_at_their_fixed_points(reading: str) -> None:
    """Without spending, feedback and publicity nothing moves in ten years, and skill is Q*.

    Where effort differs so do the fixed points, and each place rests at those it starts from.
    """
    values = {
        "switches.feedback": False, "switches.publicity": False, "attention.reading": reading,
    }  # fmt: skip
    region = Region.of(
        ids=list("ABCD"), population=[2e6, 3e5, 3e4, 5e3],
        place_class=["large metro", "small metro", "town", "rural"],
        neighbours=[("A", "B"), ("C", "D")],
    )  # fmt: skip
    parameters = Parameters().with_values(values)
    world = begun(parameters, region, years=10)
    t, start = parameters.training, world.state
    share, denial = np.array(t.trained_share), np.array(parameters.denial.leaders)
    norm = np.array(parameters.awareness.hotline)
    if reading == "mixed":
        usual = share, denial, norm
        share, denial, norm = (
            x.copy() for x in (start.trained[0], start.denial[0], start.conditions[Public.NORM])
        )
        for own, of_class in zip((share, denial, norm), usual, strict=True):
            assert (np.abs(own / of_class - 1.0) > 1e-3).all()
    truth = run_policy(burn_in(world), policies.none()).truth
    background = t.turnover * share / (1.0 - share)
    skill = background / (background + t.turnover + LN2 / (t.skill_half_life / 12.0))
    close = dict(rtol=1e-9, atol=1e-12)
    for sector in range(5):
        np.testing.assert_allclose(truth.conditions.trained[sector], share, **close)
        np.testing.assert_allclose(truth.conditions.skill[sector], skill, **close)
        np.testing.assert_allclose(truth.conditions.denial[sector], denial, **close)
    expected = {
        Public.NORM: norm, Public.AWARENESS: norm,
        Public.SALIENCE: 0.0, Public.DENIAL: parameters.denial.public,
        Public.TOLD: parameters.knowing.told_stock, Public.PREVENTION: 0.0, Public.FOLLOW: 1.0,
    }  # fmt: skip
    for row, value in expected.items():
        np.testing.assert_allclose(truth.conditions.public[row], value, **close)


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
