"""What money buys: the table of levers, the dose-response, and where every dollar goes."""

from __future__ import annotations

import csv
import math
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.equations import saturating
from streetlight.model.money.levers import (
    BASES,
    LEVERS,
    Levels,
    graded,
    mix_in_words,
    purchase,
)
from streetlight.model.names import LEVER_INDEX, LEVER_NAMES
from streetlight.model.parameters import Parameters

L = len(LEVER_NAMES)
DOCS = Path(__file__).parents[1] / "docs"

# A city, a town and a place without youth; 975 staff per 100,000 people by default.
PLACES = Region.of(
    ids=["city", "empty", "town"],
    population=[100_000, 400, 2_000],
    youth=[10_000, 0, 200],
    poverty_share=[0.2, 0.5, 0.0],
)
TRAINED = np.array([0.4, 0.2, 0.2])
NOTHING = np.zeros((3, L))

money = arrays(np.float64, (3, L), elements=st.floats(0, 1e7))


def dollars_for(community: str, **dollars: float) -> FloatArray:
    """Dollars (3, L) for one of PLACES, by lever."""
    table = np.zeros((3, L))
    for lever, amount in dollars.items():
        table[PLACES.ids.index(community), LEVER_INDEX[lever]] = amount
    return table


def test_the_table_has_every_lever_in_order_and_no_blank_cell() -> None:
    """The csv holds eleven levers in the order of their names, and every cell says something."""
    text = files("streetlight.model").joinpath("data", "levers.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert tuple(row["id"] for row in rows) == LEVER_NAMES == tuple(LEVERS)
    assert all(cell.strip() for row in rows for cell in row.values())


@pytest.mark.parametrize("name", LEVER_NAMES)
def test_a_row_agrees_with_itself(name: str) -> None:
    """Cost in its range, half dose = top ln 2, fixed cost = a tenth of the standard package."""
    one = LEVERS[name]
    assert 0 < one.cost_low <= one.unit_cost_dollars <= one.cost_high
    assert 0 < one.repeat_cost_dollars <= one.unit_cost_dollars
    assert one.half_dose == pytest.approx(one.top * math.log(2), abs=5e-5)
    pooled = name in ("investigators", "navigators")
    package_dollars = one.package_units * one.unit_cost_dollars
    assert one.fixed_dollars == (0.0 if pooled else pytest.approx(0.1 * package_dollars))
    assert (one.minimum_units == 0.0) == pooled
    assert one.base in BASES


@pytest.mark.parametrize("name", LEVER_NAMES)
def test_half_lives_are_parameters_that_exist(name: str) -> None:
    """A half-life names parameters with a card, or says what else the effect lasts by."""
    half_life = LEVERS[name].half_life
    assert (half_life == "the record keeps it") == (name == "survey")
    others = ("while funded", "the record keeps it")
    assert half_life in others or set(half_life.split("; ")) <= set(Parameters.all_cards())


def test_purchases_worked_by_hand() -> None:
    """In a city of 100,000 with 10,000 youth, 2,000 of them poor, and 975 staff, 40% trained."""
    bought = purchase(
        dollars_for(
            "city",
            training=750 + 100 * (0.4 * 50 + 0.6 * 150),  # 100 persons at 110 dollars
            campaign=750 + 15_000,  # one campaign
            screening_universal=3_000 + 0.5 * 60_000,
            screening_targeted=750 + 0.5 * 15_000,
            education=1_250 + 25 * 1_000,  # a tenth of the youth
            channel=1_000 + 20_000,
            investigators=190_000,
            navigators=24_000,
            prevention=800 + 400 * 1_000,
            economic=3_000 + 3_000 * 500,  # a quarter of the poor youth
            survey=1_500 + 30 * 700,
            unit=4_750 + 2 * 95_000,  # two posts for 100,000 people
            recording=1_500 + 15_000,  # half a records post
        ),
        NOTHING,
        PLACES,
        Parameters(),
        TRAINED,
    )
    by_hand = dict(
        training=2 * (1 - math.exp(-(100 / 975) / 2)),
        campaign=3 * (1 - math.exp(-1 / 3)),
        screening_universal=1 - math.exp(-0.5),
        screening_targeted=1 - math.exp(-0.5),
        education=0.5 * (1 - math.exp(-0.1 / 0.5)),
        channel=0.9 * (1 - math.exp(-1 / 0.9)),
        investigators=2.0,
        places=1.0,
        relief=1 - math.exp(-1),
        prevention=0.5 * (1 - math.exp(-0.1 / 0.5)),
        economic=1 - math.exp(-0.25),
        unit=1 - math.exp(-2),
        recording=1 - math.exp(-0.5),
    )
    levels = {name: level[0] for name, level in bought.levels._asdict().items()}
    assert levels == pytest.approx(by_hand, rel=1e-12)
    assert not any(level[1:].any() for level in bought.levels)
    assert bought.units[0, LEVER_INDEX["training"]] == pytest.approx(100, rel=1e-12)
    assert bought.units[0, LEVER_INDEX["survey"]] == pytest.approx(700, rel=1e-12)


def test_a_class_with_half_the_staff_is_trained_with_half_the_money() -> None:
    """100 trainings are 100 of 975 staff in a large metro, and 100 of 39 in rural places twice."""
    region = Region.of(
        ids=["metro", "rural"], population=[100_000, 8_000], place_class=["large metro", "rural"]
    )
    parameters = Parameters().with_values({"training.staff_ratio": (1.0, 1.0, 1.0, 0.5)})
    dollars = np.zeros((2, L))
    dollars[:, LEVER_INDEX["training"]] = 750 + 100 * 150  # nobody is trained yet
    bought = purchase(dollars, np.zeros((2, L)), region, parameters, np.zeros(2))
    by_hand = [2 * (1 - math.exp(-(100 / staff) / 2)) for staff in (975, 39)]
    assert bought.levels.training == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("name", LEVER_NAMES)
def test_a_lever_moves_its_own_levels_only(name: str) -> None:
    """Money for one lever leaves the level of every other at nothing, and a survey all of them."""
    bought = purchase(
        dollars_for("city", **{name: 1e6}), NOTHING, PLACES, Parameters(), TRAINED
    ).levels
    moved = {field for field, level in bought._asdict().items() if level[0] > 0}
    assert moved == {"navigators": {"places", "relief"}, "survey": set()}.get(name, {name})


def test_what_is_too_little_is_carried_once_then_returned() -> None:
    """1,000 dollars a year against a smallest training purchase of 750 + 5 x 130 = 1,400."""
    column, row = LEVER_INDEX["training"], PLACES.ids.index("town")
    carried, story = NOTHING, []
    for amount in (1_000, 1_000, 300, 200, 0, 0):
        bought = purchase(
            dollars_for("town", training=amount), carried, PLACES, Parameters(), TRAINED
        )
        carried = bought.carried
        story.append(
            [table[row, column] for table in (bought.spent, bought.carried, bought.returned)]
        )
    assert story == [[0, 1000, 0], [2000, 0, 0], [0, 300, 0], [0, 200, 300], [0, 0, 200], [0, 0, 0]]


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_the_smallest_purchase_is_a_sharp_edge(ratio: float) -> None:
    """Fixed cost + minimum (times its ratio) buys exactly that; a cent less buys nothing."""
    column, row = LEVER_INDEX["education"], PLACES.ids.index("town")
    parameters = Parameters().with_values({"levers.minimum_ratio": ratio})
    smallest = 1_250 + 25 * ratio * 25
    for amount, units in ((smallest, 25.0 * ratio), (smallest - 0.01, 0.0)):
        dollars = dollars_for("town", education=amount)
        bought = purchase(dollars, NOTHING, PLACES, parameters, TRAINED)
        assert bought.units[row, column] == units


@settings(deadline=None, max_examples=60)
@given(dollars=money, carried=money, fixed=st.floats(0, 5), unit=st.floats(0.3, 3))
def test_every_dollar_is_accounted_for(
    dollars: FloatArray, carried: FloatArray, fixed: float, unit: float
) -> None:
    """Allocated + carried in = spent + returned + carried out, exactly, in every cell."""
    parameters = Parameters().with_values(
        {"levers.fixed_cost_ratio": fixed, "levers.unit_cost_ratio": unit}
    )
    bought = purchase(dollars, carried, PLACES, parameters, TRAINED)
    assert np.array_equal(dollars + carried, bought.spent + bought.returned + bought.carried)
    for table in (bought.spent, bought.returned, bought.carried, bought.units):
        assert (table >= 0).all()
    assert (bought.carried <= dollars).all()
    tops = {name: LEVERS[name].top for name in LEVER_NAMES} | {"relief": 1.0, "places": math.inf}
    for name, level in bought.levels._asdict().items():
        assert (level >= 0).all() and (level <= tops[name]).all()


@settings(deadline=None, max_examples=40)
@given(dollars=money, more=money)
def test_more_money_never_buys_less(dollars: FloatArray, more: FloatArray) -> None:
    """Every level is non-decreasing in the dollars of its lever."""
    few = purchase(dollars, NOTHING, PLACES, Parameters(), TRAINED)
    many = purchase(dollars + more, NOTHING, PLACES, Parameters(), TRAINED)
    for low, high in zip(few.levels, many.levels, strict=True):
        assert (low <= high).all()


def test_money_for_nobody_is_returned() -> None:
    """Without youth or poverty, youth levers spend nothing and their money comes back in a year."""
    columns = [LEVER_INDEX[name] for name in ("education", "prevention", "economic", "survey")]
    dollars = np.full((3, L), 1e6)
    first = purchase(dollars, NOTHING, PLACES, Parameters(), TRAINED)
    second = purchase(dollars, first.carried, PLACES, Parameters(), TRAINED)
    empty = PLACES.ids.index("empty")
    assert (first.spent[empty, columns] == 0).all() and (first.carried[empty, columns] == 1e6).all()
    assert (second.returned[empty, columns] == 1e6).all()
    assert second.spent[PLACES.ids.index("town"), LEVER_INDEX["economic"]] == 0
    assert all(np.isfinite(level).all() for level in second.levels)


def test_cost_ratios_scale_unit_costs_and_fixed_costs() -> None:
    """Twice the unit cost halves the units; without fixed cost they are dollars / unit cost."""
    dollars = dollars_for("city", channel=41_000)
    column = LEVER_INDEX["channel"]
    for values, units in (
        ({}, 2.0),
        ({"levers.unit_cost_ratio": 2.0}, 1.0),
        ({"levers.fixed_cost_ratio": 0.0}, 2.05),
        ({"levers.fixed_cost_ratio": 3.0}, 1.9),
    ):
        bought = purchase(dollars, NOTHING, PLACES, Parameters().with_values(values), TRAINED)
        assert bought.units[0, column] == pytest.approx(units, rel=1e-12)


def test_refreshers_are_cheaper_and_for_training_only() -> None:
    """With all staff trained a training costs 50; other levers cost the same whoever is trained."""
    dollars = np.full((3, L), 1e6)
    fresh = purchase(dollars, NOTHING, PLACES, Parameters(), np.zeros(3))
    again = purchase(dollars, NOTHING, PLACES, Parameters(), np.ones(3))
    column = LEVER_INDEX["training"]
    assert again.units[0, column] == pytest.approx(3 * fresh.units[0, column], rel=1e-12)
    others = [at for at in range(L) if at != column]
    assert np.array_equal(again.units[:, others], fresh.units[:, others])


def test_dose_response_has_slope_one_half_at_half_dose_and_a_limit() -> None:
    """Slope 1 at 0, half the top at top x ln 2, the top in the limit; linear without a top."""
    top = np.array([0.5, 3.0, math.inf])
    small = np.full((1, 3), 1e-9)
    assert saturating(small, top)[0] == pytest.approx([1e-9] * 3, rel=1e-8)
    half = np.array([[0.5, 3.0, 7.0]]) * math.log(2)
    assert saturating(half, top)[0] == pytest.approx([0.25, 1.5, 7 * math.log(2)], rel=1e-12)
    assert saturating(np.full((1, 3), 1e9), top)[0] == pytest.approx([0.5, 3.0, 1e9], rel=1e-12)


def test_a_community_buys_the_same_in_any_company() -> None:
    """What the city's money buys does not depend on which other communities are simulated."""
    dollars, carried = np.full((3, L), 40_000.0), np.full((3, L), 300.0)
    together = purchase(dollars, carried, PLACES, Parameters(), TRAINED)
    town = PLACES.select(ids=["town"])
    row = PLACES.ids.index("town")
    alone = purchase(dollars[[row]], carried[[row]], town, Parameters(), TRAINED[[row]])
    for name in Levels._fields:
        assert getattr(together.levels, name)[row] == getattr(alone.levels, name)[0]


def test_no_money_is_no_lever() -> None:
    """Without dollars the levels are those of `Levels.nothing`, to the bit."""
    bought = purchase(NOTHING, NOTHING, PLACES, Parameters(), TRAINED).levels
    assert all(
        np.array_equal(one, zero) for one, zero in zip(bought, Levels.nothing(3), strict=True)
    )


def test_levers_are_named_with_their_evidence() -> None:
    """Cost and effect grades of the table stand beside a lever, and in the league's own words."""
    assert graded(["navigators"]) == "navigators (cost D; effect S upper bound)"
    text = mix_in_words({"training": 0.3, "campaign": 0.7})
    assert text == "training 30% (cost U; effect A), campaign 70% (cost A; effect S2)"
    league = " ".join((DOCS / "league.md").read_text(encoding="utf-8").split())
    assert all(graded([name]) in league for name in LEVER_NAMES)
