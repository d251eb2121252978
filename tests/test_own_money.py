"""Plans that are written down, budgets by year, mixes by class, costs of single levers."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from streetlight import policies
from streetlight.model.communities.region import Region
from streetlight.model.money.levers import purchase
from streetlight.model.money.policies import Policy, PolicyError
from streetlight.model.money.table import within
from streetlight.model.names import LEVER_INDEX, LEVER_NAMES
from streetlight.model.outcomes import summarise
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import RecordView
from streetlight.model.run.simulation import draw_world, run_policy

L = len(LEVER_NAMES)
TRAINING, CAMPAIGN = LEVER_INDEX["training"], LEVER_INDEX["campaign"]
#: 10,000 people, 1,000 of them youth, in a town and a rural place.
PLACES = Region.of(
    ids=["A", "B"], population=[8_000, 2_000], youth=[750, 250], place_class=["town", "rural"]
)
TRAIN, TELL = {"training": 1.0}, {"campaign": 1.0}


def told(policy: Policy, year: int = 0, region: Region = PLACES) -> np.ndarray:
    """Dollars (C, L) of a policy year, by a view without any record."""
    n = region.n_communities
    view = RecordView(
        period=year, ids=region.ids, population=region.population, youth=region.youth,
        youth_12_17=region.youth_12_17, poverty_share=np.zeros(n), place_class=region.place_class,
        published_reports=np.zeros((n, 1)), published_identified=np.zeros((n, 1)),
        takes_part=np.ones((n, 1)), spent=np.zeros((n, 1, L)), keys=np.arange(n, dtype=np.uint64),
        luck=1, budget_dollars=policy.dollars_in(year, region.ids, region.population),
    )  # fmt: skip
    return policy.allocate(view)


def spent(**dollars: tuple[float, float]) -> np.ndarray:
    """Dollars (C, L) by lever, in places A and B."""
    table = np.zeros((2, L))
    for lever, both in dollars.items():
        table[:, LEVER_INDEX[lever]] = both
    return table


def by_hand(amounts: object, **more: object) -> Policy:
    """A table for the two places."""
    return policies.table(amounts, PLACES.ids, PLACES.population, name="plan", **more)  # type: ignore[arg-type]


def test_a_table_of_dollars_is_spent_to_the_dollar() -> None:
    """Every sum goes where it is written, a year without a row has nothing."""
    amounts = np.zeros((3, 2, L))
    amounts[0, 0, TRAINING], amounts[0, 1, CAMPAIGN], amounts[2, 1, TRAINING] = 900.1, 77.7, 3.3
    plan = by_hand(amounts)
    assert [told(plan, year).tolist() for year in range(4)] == [
        *amounts.tolist(), np.zeros((2, L)).tolist(),
    ]  # fmt: skip
    a_head = [plan.budget_in(year) for year in (0, 1, 2, 3)]
    assert a_head == pytest.approx([0.09778, 0.0, 0.00033, 0.0]) and plan.budget == a_head[0]
    assert plan.mix == pytest.approx({"training": 903.4 / 981.1, "campaign": 77.7 / 981.1})


def test_a_table_without_levers_is_split_by_the_mixes() -> None:
    """The town has the mix, the rural place that of its class; every year is the same."""
    plan = by_hand([[[400.0], [100.0]]], mix=TRAIN, class_mixes={"rural": TELL})
    for year in (0, 7):
        assert told(plan, year).tolist() == spent(training=(400, 0), campaign=(0, 100)).tolist()


def test_a_table_of_shares_divides_the_budget_and_leaves_the_rest() -> None:
    """A half and a quarter of ten thousand, then of twenty thousand dollars."""
    plan = by_hand([[[0.5], [0.25]]], of="share", mix=TRAIN, budgets={0: 1.0, 2: 2.0})
    assert told(plan, 1).tolist() == spent(training=(5_000, 2_500)).tolist()
    assert told(plan, 2).tolist() == spent(training=(10_000, 5_000)).tolist()


@pytest.mark.parametrize(
    ("amounts", "more", "message"),
    [
        ([[1.0, 2.0]], {}, r"amounts of shape \(1, 2\): must be \(years, 2, 13 or 1\)"),
        ([[[1.0]]], {}, "amounts of shape"),
        ([[[1.0], [-2.0]]], {}, 'year 0, community "B": -2.0: must be finite, 0 or more'),
        ([[[1.0], [np.nan]]], {}, "nan: must be finite"),
        ([[[0.7], [0.4]]], {"of": "share"}, "year 0: the shares sum to 1.1: must be at most 1"),
        ([[[0.7], [0.2]]], {"of": "shares"}, 'must be dollars or share .did you mean "share"'),
    ],
)
def test_what_cannot_be_a_table_is_refused(
    amounts: list[object], more: dict[str, str], message: str
) -> None:
    """Shape, values and sums are checked, and the place is named."""
    with pytest.raises(PolicyError, match=message):
        by_hand(amounts, **more)


def test_a_part_of_the_region_keeps_its_part_of_the_table() -> None:
    """Of two places one is left, with its sum, its mix and its budget; parts of policies too."""
    amounts = np.zeros((1, 2, L))
    amounts[0, 0, TRAINING], amounts[0, 1, CAMPAIGN] = 800.0, 100.0
    plan = by_hand(amounts)
    part = within(plan, ("B",), np.array([2_000.0]))
    assert part.budget == 100 / 2_000 and part.mix == {"campaign": 1.0}
    both = policies.blend({plan: 0.5, policies.per_youth(budget=0.1): 0.5}, name="both")
    assert within(both, ("B",), np.array([2_000.0])).budget == pytest.approx(0.5 * 0.05 + 0.05)


def test_a_table_for_another_region_is_refused() -> None:
    """Money for a place that is not there is named; nothing is lost silently."""
    other = Region.of(ids=["A", "C"], population=[8_000, 2_000])
    with pytest.raises(PolicyError, match='table: community "B": not in this region'):
        told(by_hand([[[400.0], [100.0]]]), region=other)
    only_a = told(by_hand([[[400.0], [0.0]]], mix=TRAIN), region=other)
    assert only_a.tolist() == spent(training=(400, 0)).tolist()


def test_a_table_is_known_by_what_it_says() -> None:
    """Another dollar is another plan; a copy from another process is the same."""
    one, other = by_hand([[[400.0], [100.0]]]), by_hand([[[400.0], [101.0]]])
    assert one.description() != other.description()
    assert pickle.loads(pickle.dumps(one)).description() == one.description()


def test_a_plan_that_spends_nothing_changes_nothing() -> None:
    """All that is counted under a table of zeros is exactly what is counted without money."""
    world = draw_world(Parameters(), PLACES, years=2)
    nothing = run_policy(world, policies.none())
    plan = run_policy(world, by_hand(np.zeros((1, 2, L))))
    first, second = summarise(nothing, nothing), summarise(plan, nothing)
    np.testing.assert_equal(second.metrics, first.metrics)  # where both are undefined as well


def test_a_blend_keeps_the_budgets_of_its_parts() -> None:
    """Half of a plan of a dollar by youth, half of one of ten cents that trains."""
    rich = policies.per_youth(name="rich", budget=1.0, mix=TELL)
    poor = policies.per_youth(name="poor", budget=0.1, mix=TRAIN)
    both = policies.blend({rich: 0.5, poor: 0.5}, name="both")
    assert both.budget == pytest.approx(0.55)
    wanted = spent(campaign=(3_750, 1_250), training=(375, 125))
    assert told(both) == pytest.approx(wanted, rel=1e-12)
    nested = policies.blend({both: 0.5, policies.none(): 0.5}, name="nested")
    assert told(nested) == pytest.approx(wanted / 2, rel=1e-12)


def test_a_schedule_keeps_budgets_and_turns_without_money() -> None:
    """Nothing, then ten cents, then the part's own rise to a dollar."""
    rising = policies.per_youth(name="rising", budget={0: 0.1, 3: 1.0}, mix=TRAIN)
    turns = policies.schedule({0: policies.none(), 1: rising}, name="turns")
    assert [turns.budget_in(year) for year in range(5)] == [0.0, 0.1, 0.1, 1.0, 1.0]
    assert [told(turns, year).sum() for year in range(5)] == pytest.approx([0, 1e3, 1e3, 1e4, 1e4])
    assert turns.budget == 1.0


def test_a_budget_of_the_whole_is_that_of_every_part_that_spends() -> None:
    """None goes on spending nothing; a changed budget changes the parts."""
    part = policies.per_youth(budget=0.1, mix=TRAIN)
    whole = policies.schedule({0: policies.none(), 1: part}, name="whole", budget=0.4)
    assert [whole.budget_in(year) for year in (0, 1)] == [0.0, 0.4]
    assert [replace(whole, budget=0.8).budget_in(year) for year in (0, 1)] == [0.0, 0.8]


def test_money_of_a_year_without_a_budget_is_not_lost() -> None:
    """What was carried from a year with money is returned in the year without, and told."""
    plan = policies.schedule(
        {0: policies.per_youth(budget=0.01, mix=TRAIN), 1: policies.none()}, name="once"
    )
    history = run_policy(draw_world(Parameters(), PLACES, years=2), plan)
    assert history.spending.allocated.sum(axis=(1, 2)).tolist() == [100.0, 0.0]
    assert history.spending.spent.sum() == 0.0 and history.spending.returned[1].sum() == 100.0


def test_a_class_of_place_may_have_a_mix_of_its_own() -> None:
    """By youth, three quarters to the town; the rural quarter goes to campaigns."""
    plan = policies.per_youth(budget=0.1, mix=TRAIN, class_mixes={"rural": TELL})
    assert told(plan) == pytest.approx(spent(training=(750, 0), campaign=(0, 250)))
    assert plan.description()["class_mixes"] == {"rural": TELL, "others": TRAIN}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"class_mixes": {"rurall": TELL}}, 'no class of place is called "rurall" .did you mean'),
        ({"class_mixes": {"rural": {"campaign": 0.5}}}, "rural: mix: the shares sum to 0.5"),
        ({"budgets": {1: 0.5}}, "the first policy year, 0, is missing"),
        ({"budgets": {0: -0.5}}, "budgets: 0: -0.5: must be dollars per resident"),
        ({"budgets": {0: 1.0, 1.5: 1.0}}, "budgets: 1.5: must be a policy year"),
    ],
)
def test_wrong_budgets_and_mixes_are_refused(wrong: dict[str, object], message: str) -> None:
    """Years, sums and classes are named with what is allowed."""
    with pytest.raises(PolicyError, match=message):
        Policy("mine", lambda view: view.youth, **wrong)  # type: ignore[arg-type]


def test_a_planner_has_no_mixes_by_class() -> None:
    """What chooses levers itself cannot be told them by class."""
    with pytest.raises(PolicyError, match="a planner has one mix, or chooses what it buys"):
        policies.matched_funding(class_mixes={"rural": TELL})


def test_single_levers_may_cost_what_they_cost_here() -> None:
    """10,000 dollars: 400 fixed, the rest at 240 a training, and at 80 a refresher."""
    own = Parameters().with_values(
        {"costs.training_unit_cost": 240.0, "costs.training_fixed_cost": 400.0}
    )
    dollars = spent(training=(10_000, 0), campaign=(10_000, 0))
    units = purchase(dollars, 0 * dollars, PLACES, own, np.zeros(2)).units
    assert units[0, TRAINING] == pytest.approx(9_600 / 240)
    again = purchase(dollars, 0 * dollars, PLACES, own, np.ones(2)).units
    assert again[0, TRAINING] == pytest.approx(9_600 / 80)
    usual = purchase(dollars, 0 * dollars, PLACES, Parameters(), np.zeros(2)).units
    assert units[0, CAMPAIGN] == usual[0, CAMPAIGN] == (10_000 - 750) / 15_000


@pytest.mark.parametrize(("minimum", "bought"), [(10.0, 0.0), (9.0, 9.0)])
def test_a_smallest_purchase_of_ones_own_decides(minimum: float, bought: float) -> None:
    """Money for nine trainings buys them only where nine are enough."""
    own = Parameters().with_values({"costs.training_minimum": minimum})
    dollars = spent(training=(750 + 9 * 150, 0))
    units = purchase(dollars, 0 * dollars, PLACES, own, np.zeros(2)).units
    assert units[0, TRAINING] == bought


def test_every_lever_has_its_costs() -> None:
    """The parameters are named by lever, in the order of the table, three each."""
    names = [f"{lever}_{what}" for lever in LEVER_NAMES
             for what in ("unit_cost", "fixed_cost", "minimum")]  # fmt: skip
    assert list(type(Parameters().costs).model_fields) == names
