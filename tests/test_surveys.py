"""Prevalence surveys: what is asked, what is answered, who hears of it, and that nothing moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import stats
from test_policies import record_view
from test_worlds_apart import arrays, as_bytes, busy, differing, everything, small_region

from streetlight.model.arrays import FloatArray
from streetlight.model.draws import Decision, uniforms
from streetlight.model.errors import InputError
from streetlight.model.money.levers import LEVERS
from streetlight.model.money.policies import Policy
from streetlight.model.names import LEVER_INDEX, End
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import RecordView
from streetlight.model.run.history import History
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.world.shocks import Shock
from streetlight.model.world.world import World

SURVEY, TRAINING = LEVER_INDEX["survey"], LEVER_INDEX["training"]
YEARS = 3


@dataclass(frozen=True)
class Buys:
    """A planner that buys training everywhere, and surveys of so many youth in some places."""

    asked: tuple[float, ...] = ()  # the first communities
    years: tuple[int, ...] = tuple(range(YEARS))
    training: float = 20_000.0

    def __call__(self, view: RecordView, mix: FloatArray) -> FloatArray:
        dollars = np.zeros((view.n_communities, len(mix)))
        dollars[:, TRAINING] = self.training
        if view.period in self.years:
            one, n = LEVERS["survey"], len(self.asked)
            asked = np.array(self.asked)
            cost = one.fixed_dollars + one.unit_cost_dollars * asked
            dollars[:n, SURVEY] = np.where(asked > 0.0, cost, 0.0)
        return dollars

    def policy(self) -> Policy:
        """As a policy with plenty of money."""
        return Policy("buys", self, budget=20.0, plans=True)


@pytest.fixture(scope="module")
def world() -> World:
    """A busy world with every feedback on."""
    return draw_world(busy(), small_region(), years=YEARS)


# -------------------------------------------------------------------------- in a run


def open_at_the_end(history: History, period: int, c: int) -> int:
    """Spells of a community that are open after the last step of a policy year."""
    after = history.truth.clock.first_policy_step + 52 * (period + 1)
    spells = history.truth.spells[history.truth.spells["community"] == c]
    begun = (spells["start"] < after) & (spells["end_reason"] != End.PREVENTED)
    return int((begun & (spells["end"] >= after)).sum())


def test_a_run_s_surveys_are_worked_out_from_its_truth(world: World) -> None:
    """Every estimate of every year is the quantile of its uniform at the spells open then."""
    asked = (300.0, 0.0, 200.0, 24_000.0, 150.0)
    history = run_policy(world, Buys(asked).policy())
    clock, region, state = world.clock, world.region, world.state
    youth = np.floor(region.youth_12_17)
    expected_m = np.zeros((region.n_communities, clock.burn_in_years + YEARS))
    expected = np.zeros_like(expected_m)
    s = Parameters().levers.survey_disclosed
    for period in range(YEARS):
        year = clock.first_policy_year + period
        for c, wanted in enumerate(asked):
            key = state.communities["key"][c]
            u = uniforms(state.world, key, year, int(Decision.SURVEY), 0, 0)[0]
            m = min(wanted, youth[c])
            q = open_at_the_end(history, period, c) / region.youth_12_17[c]
            column = clock.burn_in_years + period
            expected_m[c, column] = m
            if m:
                expected[c, column] = stats.binom.ppf(u, m, q * s) / (m * s)
    assert history.record.survey_respondents.tolist() == expected_m.tolist()
    assert history.record.survey_estimates == pytest.approx(expected, rel=1e-12)
    assert expected_m[3].max() == youth[3] < 24_000.0
    assert (expected > 0.0).sum() > 6
    assert not history.record.survey_estimates.flags.writeable


def test_research_brings_its_survey() -> None:
    """Half of 600 youth are asked in each of the two years it touches, beside whom money asks."""
    region = small_region()
    struck, others = region.ids[1], (0, 2, 3, 4)
    shocks = [
        Shock("research", (struck,), week=40, weeks=20, size=0.5),
        Shock("research", (struck,), week=45, weeks=2, size=0.1),
    ]
    parameters = busy().with_values({"recording.research_asked": 600.0})
    world = draw_world(parameters, region, years=YEARS, shocks=shocks)
    for bought in (0.0, 150.0):
        history = run_policy(world, Buys((0.0, bought), years=(1, 2)).policy())
        clock, disclosed = world.clock, parameters.levers.survey_disclosed
        asked = history.record.survey_respondents[:, clock.burn_in_years :]
        assert asked[1].tolist() == [300.0, 300.0 + bought, bought]
        assert not asked[others, :].any()
        q = open_at_the_end(history, 0, 1) / region.youth_12_17[1]
        key, year = world.state.communities["key"][1], clock.first_policy_year
        u = uniforms(world.state.world, key, year, int(Decision.SURVEY), 0, 0)[0]
        found = history.record.survey_estimates[1, clock.burn_in_years]
        assert found == pytest.approx(stats.binom.ppf(u, 300, q * disclosed) / (300 * disclosed))


def test_a_rule_hears_of_a_survey_in_the_next_year(world: World) -> None:
    """In the year in which it is bought it is not known; from the next on it stays as it is."""
    seen: dict[int, tuple[list[list[float]], list[list[float]]]] = {}

    @dataclass(frozen=True)
    class Looks(Buys):
        def __call__(self, view: RecordView, mix: FloatArray) -> FloatArray:
            assert view.survey_respondents.shape == view.published_reports.shape
            asked, answered = (
                view.survey_respondents[:2].tolist(),
                view.survey_estimates[0].tolist(),
            )
            seen[view.period] = asked, answered
            return super().__call__(view, mix)

    history = run_policy(world, Looks((250.0,), years=(0,)).policy())
    estimate = float(history.record.survey_estimates[0, 3])
    assert seen[0] == ([[0.0] * 3, [0.0] * 3], [0.0] * 3)
    assert seen[1] == ([[0.0, 0.0, 0.0, 250.0], [0.0] * 4], [0.0, 0.0, 0.0, estimate])
    assert seen[2][1] == [0.0, 0.0, 0.0, estimate, 0.0]


def test_the_last_year_s_survey_is_answered_too(world: World) -> None:
    """What is bought in the last year is in the record, though no rule will read it."""
    record = run_policy(world, Buys((250.0,), years=(YEARS - 1,)).policy()).record
    assert record.survey_respondents[0].tolist() == [0.0] * (2 + YEARS) + [250.0]


# -------------------------------------------------------------------------- worlds apart


def test_a_survey_changes_nothing_but_what_is_known(world: World) -> None:
    """With the same dollars for other levers, everybody's history is the same, youth by youth."""
    before = run_policy(world, Buys().policy())
    after = run_policy(world, Buys((400.0,) * 12).policy())
    assert differing(as_bytes(arrays(before.truth)), as_bytes(arrays(after.truth))) == []
    moved = differing(everything(before), everything(after))
    answers = {"survey_estimates", "survey_respondents"}
    assert set(moved) == answers | {"allocated", "spent", "units"}
    others = [at for at in range(before.spending.spent.shape[2]) if at != SURVEY]
    assert (before.spending.units[:, :, others] == after.spending.units[:, :, others]).all()
    assert after.spending.spent[:, :, SURVEY].sum() > 0.0


def test_an_answer_hangs_on_nobody_else_s(world: World) -> None:
    """A community's estimate is the same whoever else is asked, and however it was before."""
    alone = run_policy(world, Buys((300.0,), years=(1,)).policy()).record
    together = run_policy(world, Buys((300.0,) * 12).policy()).record
    assert alone.survey_estimates[0, 4] == together.survey_estimates[0, 4] > 0.0


def test_more_respondents_are_not_other_luck(world: World) -> None:
    """The years' luck differs: the same survey made again gives other answers."""
    record = run_policy(world, Buys((300.0,) * 12).policy()).record
    found = record.survey_estimates[:, 3:] * record.survey_respondents[:, 3:]
    assert not np.array_equal(found[:, 0], found[:, 1])
    assert not np.array_equal(found[:, 1], found[:, 2])


# -------------------------------------------------------------------------- the view


def test_a_view_without_surveys_has_zeros() -> None:
    """By default nobody was ever asked, and the arrays have the shape of the record."""
    view = record_view()
    for name in ("survey_respondents", "survey_estimates"):
        array = getattr(view, name)
        assert array.shape == view.published_reports.shape and not array.any()
        assert not array.flags.writeable


@pytest.mark.parametrize("name", ["survey_respondents", "survey_estimates"])
def test_surveys_of_the_wrong_shape_are_refused(name: str) -> None:
    """A row a community and a column a record year, or an error that names the field."""
    wrong: Any = {name: np.zeros((4, 3))}
    with pytest.raises(InputError, match=rf"{name}: shape \(4, 3\): must be \(4, 2\)"):
        record_view(**wrong)
