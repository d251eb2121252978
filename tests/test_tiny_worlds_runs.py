"""Tiny worlds: what a run passes on to its parts, and what a share of a thing does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from plain_philox import luck
from scipy import stats
from small_worlds import (
    SCHOOLS_SEE,
    YOUTH_TELL,
    begun,
    finished,
    given,
    only,
    place,
    spells_of,
    spend,
    tally,
    tiny,
    to_first,
)

from streetlight import policies
from streetlight.model.draws import world_key
from streetlight.model.names import SERVED, Tally
from streetlight.model.run.case_files import register_of
from streetlight.model.run.simulation import Simulation, burn_in, draw_world, run_policy, simulate
from streetlight.model.world.begin import begin_world
from streetlight.model.world.shocks import Shock
from streetlight.model.world.state import Bought, When

YOUTH_40 = [(0, n, 3) for n in range(40)]
SPELL, SERVICE, FALSE_COUNT = 5, 10, 13  # numbers of decisions


def drawn(sim: Simulation, decision: int, number: int, lane: int) -> float:
    """A lane of the draw of a youth of community A in its first spell."""
    lanes = luck(sim.state.world, sim.state.communities["key"][0], number, decision, 0, 0)
    return float(lanes[lane])


def test_half_of_the_distance_is_relieved() -> None:
    """Uptake of 0.8 and a distance of 0.4, half of it bridged: 56% of youth take a place."""
    parameters = only(
        "encounters", "services", values=SCHOOLS_SEE, services__uptake=0.8,
        services__places=(1e6,) * 4, services__distance_ratio=(0.4,) * 4,
    )  # fmt: skip
    sim = tiny(parameters, YOUTH_40)
    sim.state.conditions[Bought.RELIEF] = 0.5
    served = (spells_of(finished(sim))["stage"] & SERVED) != 0
    expected = [drawn(sim, SERVICE, n, 1) < 0.8 * (0.4 + 0.6 * 0.5) for n in range(40)]
    assert served.tolist() == expected
    assert 0 < served.sum() == tally(sim, Tally.SERVED) < 40


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_only_who_blames_itself_is_held_back(share: float) -> None:
    """Where blame silences, those who do not blame themselves tell in their first week."""
    parameters = only(
        "disclosure", "self_blame", values=YOUTH_TELL, knowing__self_blame=share,
        knowing__told_not_ones_fault=0.5, disclosure__blame_ratio=0.0,
    )  # fmt: skip
    sim = finished(tiny(parameters, YOUTH_40))
    known_at = [-1 if drawn(sim, SPELL, n, 2) < share else 3 for n in range(40)]
    assert spells_of(sim)["known_at"].tolist() == known_at
    assert (min(known_at) == -1) == (share > 0.0)


def test_a_world_is_that_of_its_arguments() -> None:
    """Seed, future, replicate, years and shocks reach the world, alone and in one go."""
    parameters = only(time__filling_years=0, time__burn_in_years=1, assessment__utilisation=0.5)
    shocks = (Shock("campaign", ("A",), week=2, weeks=3, size=1.0),)
    asked: dict[str, Any] = dict(seed=3, future="wet", replicate=2, years=2, shocks=shocks)
    one = draw_world(parameters, place(), **asked)
    history = simulate(parameters, place(), policies.none(), **asked)
    other = run_policy(one, policies.none())
    for world in (one, history.world, other.world):
        assert (world.seed, world.future, world.replicate) == (3, "wet", 2)
        assert world.clock.n_years == 3 and world.shocks == shocks
        assert world.state.world.tolist() == world_key(3, "wet", 2).tolist()
        assert world.state.shocks["start"].tolist() == [54]
    assert history.policy.name == other.policy.name == "none"
    assert (history.truth.spells["start"] == other.truth.spells["start"]).all()


def test_a_stub_is_called_every_week_in_the_place_of_its_phase() -> None:
    """A stubbed phase sees every step once, before and after money, and the others go on."""
    seen: list[tuple[int, int, int, bool]] = []

    def note(sim: Simulation, when: When) -> None:
        seen.append((int(when.step), int(when.step_of_year), int(when.year), bool(when.in_record)))

    parameters = only(
        "encounters", values=SCHOOLS_SEE, time__filling_years=1, time__burn_in_years=1,
        incidence__onset_rate=400.0, assessment__utilisation=0.5,
    )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        history = simulate(
            parameters, place(), policies.none(), years=1, phases={"serve": note, "notice": None}
        )
    assert seen == [(t, t % 52, t // 52, t >= 52) for t in range(156)]
    spells = history.truth.spells
    begun = spells[spells["start"] < 156]
    assert len(begun) > 30 and (begun["end"] == begun["start"]).all()


def test_room_for_false_reports_follows_what_is_bought() -> None:
    """Screening that suspects everybody makes 120 false reports a week where there were none."""
    parameters = only(
        "false_reports", incidence__onset_rate=0.0, reporting__false_suspicion=(0.0,) * 5,
        reporting__general_contact_rate=(0.0, 0.052, 0.0, 0.0, 0.0),
        reporting__general_contact_high_risk=1.0, encounter__tool_sectors=(0.0, 1.0, 0.0, 0.0, 0.0),
        encounter__tool_use=1.0, encounter__tool_specificity=0.0, encounter__second_look_false=1.0,
    )  # fmt: skip
    world = burn_in(begun(parameters, place(), spells=given([(0, 0, 0)])))
    sim = Simulation(world, spend(to_first, 50.0, screening_universal=1.0))
    assert sim._false_reports == 64
    sim.step()
    bought = sim.state.conditions[Bought.SCREENING_UNIVERSAL, 0]
    assert bought > 0.99
    assert sim._false_reports == 64 + int(120.0 + 12.0 * math.sqrt(120.0))
    key = sim.state.communities["key"][0]
    chunks = [luck(sim.state.world, key, 52, FALSE_COUNT, 0, chunk)[0] for chunk in (0, 1)]
    made = stats.poisson.ppf(chunks, [100.0, 120.0 * bought - 100.0])
    assert tally(sim, Tally.FALSE_REPORTS) == made.sum()


def test_case_files_count_from_the_first_recorded_week() -> None:
    """After a year of filling week 55 is the record's week 3, and older onsets are not told."""
    parameters = only(
        "encounters", values=SCHOOLS_SEE, recording__recall_sd=0.0, time__filling_years=1,
        time__burn_in_years=1,
    )  # fmt: skip
    with np.errstate(divide="ignore", invalid="ignore"):
        world = begin_world(parameters, place(), years=1, spells=given([(0, 0, 3), (0, 1, 55)]))
    register = register_of(world, finished(Simulation(world, None)).state)
    for name in ("opened", "investigated", "closed"):
        assert register.cases[name].tolist() == [-49, 3]
    np.testing.assert_array_equal(register.cases["recalled_onset"], [np.nan, 3.0])
    assert register.touches["step"].tolist() == [-49, 3]


def test_a_shock_of_size_1_adds_nobody() -> None:
    """Once the usual onsets is the usual onsets."""
    shock = Shock("victimization", ("A",), week=0, weeks=52, size=1.0)
    with_it, without = (begun(only(), place(), shocks=shocks) for shocks in ((shock,), ()))
    assert len(without.state.drawn) > 0
    assert (with_it.state.drawn == without.state.drawn).all()


@pytest.mark.parametrize(("youth", "share"), [(40.0, 1.0), (10.0, 1.0), (0.0, 0.0)])
def test_a_survey_counts_who_is_hidden_too(youth: float, share: float) -> None:
    """All who live there are exploited, say so, and are known to nobody: the estimate is all."""
    parameters = only(levers__survey_disclosed=1.0)
    region = place(youth_12_17=[youth])
    world = burn_in(begun(parameters, region, spells=given([(0, n, 103) for n in range(40)])))
    record = run_policy(world, spend(to_first, 50.0, survey=1.0)).record
    assert record.survey_respondents.tolist() == [[0.0, youth]]
    assert record.survey_estimates.tolist() == [[0.0, share]]
