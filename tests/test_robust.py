"""Plans for many futures: the linear program, what each goal promises, repetition."""

from __future__ import annotations

import numpy as np
import pytest
from planning_worlds import REGION, oracle_planning_view, planning_view, spent_on

from streetlight import policies
from streetlight.model.arrays import FloatArray
from streetlight.model.money.rules.robust import (
    ANSWERS,
    RISKS,
    Candidates,
    _best_shares,
    alike,
    classes_told,
    futures,
    hidden,
    steeper,
)
from streetlight.model.names import N_LEVERS

N_FUTURES = 1 + len(RISKS) + len(ANSWERS)
NAMES = ("minimax_regret", "maximin", "worst_off_first")


def saved_by(name: str, dollars: FloatArray) -> FloatArray:
    """Person-years that dollars save in each future of the small region, by its agency's model."""
    view = planning_view()
    candidates = Candidates(dollars[None], futures(view, 0.2, 0.3), np.ones((5, 1)))
    return candidates.saved(dollars)


def test_shares_solve_games_known_by_hand() -> None:
    """Matching pennies mixes evenly, a plan that dominates gets all, and a 2 x 2 game its value."""
    assert _best_shares(np.eye(2)) == pytest.approx([0.5, 0.5])
    assert _best_shares(np.array([[3.0, 2.0], [1.0, 1.0]])) == pytest.approx([1.0, 0.0])
    assert _best_shares(np.array([[4.0, 1.0], [2.0, 3.0]])) == pytest.approx([0.25, 0.75])
    assert _best_shares(np.array([[-4.0, -1.0], [-2.0, -3.0]])) == pytest.approx([0.25, 0.75])


def test_the_futures_prepared_for() -> None:
    """Each changes what it says: spread by youth, steeper in poverty, twice in small places."""
    view = planning_view()
    onsets = np.array([100.0, 30.0, 8.0, 8.0, 2.0])
    assert alike(view, onsets) == pytest.approx(148.0 * REGION.youth / REGION.youth.sum())
    tilted = steeper(view, onsets)
    assert tilted.sum() == pytest.approx(148.0)
    assert np.argsort(tilted / onsets).tolist() == np.argsort(view.poverty_share).tolist()
    assert hidden(view, onsets).tolist() == [100.0, 30.0, 16.0, 16.0, 4.0]
    models = futures(view, 0.2, 0.3)
    assert len(models) == N_FUTURES
    assert models[-1].r.true_load == pytest.approx(1.2 * models[0].r.true_load)
    gain = models[-2].r.gain / np.where(models[0].r.gain != 0.0, models[0].r.gain, 1.0)
    assert sorted(set(np.round(gain.ravel(), 9))) == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("held", [0.0, 1.0])
def test_each_goal_keeps_its_promise(held: float) -> None:
    """By the agency's model no single plan has a smaller largest regret, or a larger least gain."""
    view = planning_view()
    policy = {name: policies.build(name, hold_mix=held) for name in NAMES}
    mix = policy["maximin"].mix_shares if held else None
    plans = Candidates.of(view, mix, futures(view, 0.2, 0.3), np.ones((5, 1)))
    table = np.array([plans.saved(one) for one in plans.plans])
    best = table.max(axis=0)
    regret = (best - saved_by("", policy["minimax_regret"].allocate(view))).max()
    assert regret <= (best - table).max(axis=1).min() + 1e-9
    least = saved_by("", policy["maximin"].allocate(view)).min()
    assert least >= table.min(axis=1).max() - 1e-9


def test_the_worst_off_class_gets_more_than_under_any_other_goal() -> None:
    """Person-years saved per youth in the class with least are most where that is the goal."""
    view = planning_view()
    classes = np.array([view.place_class == k for k in range(4)], float).T
    youth = np.tile(view.youth @ classes, N_FUTURES)
    worst = {}
    for name in NAMES:
        dollars = policies.build(name).allocate(view)
        judge = Candidates(dollars[None], futures(view, 0.2, 0.3), classes)
        worst[name] = float((judge.saved(dollars) / youth).min())
    assert worst["worst_off_first"] >= max(worst["minimax_regret"], worst["maximin"])
    assert worst["worst_off_first"] > 0.0


def test_a_class_with_few_youth_is_never_the_worst_off() -> None:
    """99 rural youth are no class to plan for, 100 are; where all have few, those with any are."""

    def told(youth: list[float]) -> list[list[float]]:
        return classes_told(planning_view(youth=np.array(youth))).T.tolist()

    large, small, towns, rural = [1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]
    assert told([90_000, 15_000, 60, 39, 99]) == [large, small]
    assert told([90_000, 15_000, 60, 40, 100]) == [large, small, towns, rural]
    assert told([0, 50, 20, 0, 99]) == [small, towns, rural]
    assert told([0, 0, 0, 0, 0]) == []


@pytest.mark.parametrize("name", NAMES)
def test_plans_are_repeated_between_planning_years(name: str) -> None:
    """In the years between, last year's dollars are spent again; in the fifth a plan is made."""
    policy = policies.build(name)
    first = policy.allocate(planning_view())
    spent = spent_on(REGION, first)
    for year in (1, 4):
        again = policy.allocate(planning_view(period=year, spent=spent))
        assert again == pytest.approx(first, rel=1e-12)
    half = policy.allocate(planning_view(period=1, spent=2.0 * spent))
    assert half.sum() == pytest.approx(first.sum())
    replanned = policy.allocate(planning_view(period=5, spent=0.5 * spent))
    assert replanned.sum() > 0.9 * first.sum()


@pytest.mark.parametrize("name", [*NAMES, "planned_portfolio"])
def test_planners_work_before_there_is_a_record(name: str) -> None:
    """Without burn-in, and where nobody publishes, a plan is still made."""
    no_years = np.zeros((5, 0))
    empty = {
        "published_reports": no_years, "published_identified": no_years, "takes_part": no_years,
        "spent": np.zeros((5, 0, N_LEVERS)),
    }  # fmt: skip
    silent = {"takes_part": np.zeros((5, 3)), "published_reports": np.zeros((5, 3))}
    for changes in (empty, silent):
        view = planning_view(**changes)
        given = policies.build(name).allocate(view).sum()
        assert 0.9 * view.budget_dollars < given <= view.budget_dollars * (1 + 1e-9)


def test_a_plan_follows_what_is_seen_and_an_oracle_does_not() -> None:
    """More reports draw an agency's money; reference planners ignore the record."""
    reports = np.tile(np.floor(REGION.youth / 1000.0)[:, None], 3)
    more = reports * np.array([[1.0], [6.0], [1.0], [1.0], [1.0]])
    for name in ("planned_portfolio", *NAMES):
        policy = policies.build(name)
        before = policy.allocate(planning_view(published_reports=reports))
        after = policy.allocate(planning_view(published_reports=more))
        assert not np.allclose(before, after, rtol=1e-3)
        if name in ("planned_portfolio", "minimax_regret"):  # the others look at who has least
            assert after[1].sum() > before[1].sum()
    for name in ("information_planner", "full_oracle"):
        policy = policies.build(name)
        before = policy.allocate(oracle_planning_view(published_reports=reports))
        assert np.array_equal(before, policy.allocate(oracle_planning_view(published_reports=more)))
        risky = 0.002 * REGION.youth_12_17 * np.array([1.0, 3.0, 1.0, 1.0, 1.0])
        drawn = policy.allocate(oracle_planning_view(expected_onsets=risky))
        assert drawn[1].sum() > before[1].sum()


def test_a_region_of_one_class_and_one_place_can_be_planned() -> None:
    """One community, and a class without youth, are no special case."""
    alone = REGION.select(ids=["c-town"])
    for name in NAMES:
        dollars = policies.build(name).allocate(planning_view(alone))
        assert dollars.shape == (1, N_LEVERS) and dollars.sum() > 0.0
