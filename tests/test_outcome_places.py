"""Outcomes by kind of place: silent places, thirds of effort, place classes, fifths of poverty."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from small_worlds import begun, given, only

from streetlight import policies
from streetlight.model.communities.region import Region
from streetlight.model.names import End, PlaceClass, Tally
from streetlight.model.outcome_places import (
    averted_by_place,
    before_policy,
    by_fifth,
    cohort,
    money_by_place,
    places_of,
)
from streetlight.model.outcomes import summarise
from streetlight.model.parameters import Parameters
from streetlight.model.run.history import History
from streetlight.model.run.simulation import burn_in, draw_world, run_policy
from streetlight.model.world.state import AttentionRow, Stock
from streetlight.model.world.world import World

#: Of each of the four places of `four`, the first a large metro, the last rural.
TABLE = {
    "place_class": np.array([0.0, 1.0, 2.0, 3.0]),
    "silent": np.array([0.0, 1.0, 1.0, 0.0]),
    "unpublished": np.array([0.0, 0.0, 1.0, 0.0]),
    "effort_third": np.array([1.0, 2.0, 2.0, 3.0]),
    "poverty_quintile": np.array([1.0, 1.0, 5.0, 4.0]),
    "youth": np.array([5_000.0, 2_000.0, 3_000.0, 0.0]),
    "spending": np.array([10_000.0, 6_000.0, 2_000.0, 0.0]),
    "true_onsets": np.array([20.0, 8.0, 12.0, 0.0]),
    "published": np.array([6.0, 1.0, 0.0, 0.0]),
    "true_active_person_years": np.array([10.0, 7.0, 9.0, 1.0]),
}


def four(burn_in_years: int = 2, years: int = 1, youth: tuple[tuple[int, int, int], ...] = ()
         ) -> World:  # fmt: skip
    """A world of four places, one a class, in which nothing happens to the youth in it."""
    region = Region.of(
        ids=["A", "B", "C", "D"], population=[5e4] * 4, youth=[5_000.0] * 4,
        youth_12_17=[3_750.0] * 4, poverty_share=[0.0] * 4, place_class=list(PlaceClass),
    )  # fmt: skip
    return begun(only(), region, burn_in_years, years=years, spells=given(youth or [(0, 0, 0)]))


def test_silent_places_by_hand() -> None:
    """What agencies identified or published counts in the record years before the policy alone."""
    world = four()
    yearly, part = world.state.yearly, world.state.yearly[Stock.TAKES_PART]
    yearly[Stock.RECORDED_IDENTIFIED, 0, 0] = 3
    yearly[Stock.RECORDED_IDENTIFIED, 1, 2] = 1
    yearly[Stock.RECORDED_IDENTIFIED, 2, 1] = 9  # in the policy year
    yearly[Tally.IDENTIFIED, :2] = 5  # is not all in the books
    yearly[Stock.RECORDED, 0, :3] = 5
    yearly[Stock.RECORDED + 3, 1, 1] = 2  # of the last agency
    part[0], part[1], part[2] = [1, 0, 0, 1], [0, 1, 0, 1], 1
    found = before_policy(world)
    assert found["silent"].tolist() == [0, 1, 0, 1]
    assert found["unpublished"].tolist() == [0, 0, 1, 1]


def test_filling_years_make_no_place_heard() -> None:
    """The record starts after the filling years, so what was identified then is nowhere in it."""
    world = four(burn_in_years=1)
    clock = replace(world.clock, filling_years=1, policy_years=0)
    world.state.yearly[Stock.RECORDED_IDENTIFIED, 0, 0] = 1
    world.state.yearly[Stock.RECORDED_IDENTIFIED, 1, 1] = 1
    assert before_policy(replace(world, clock=clock))["silent"].tolist() == [1, 0, 1, 1]


def test_thirds_of_effort_by_hand() -> None:
    """Mean effort of 1, 2, 4 and 4 over two years: of 20,000 youth 5,000 are lowest, then next.

    The middles of the youth at these levels lie at 1/8, 3/8 and 3/4 of all youth.
    """
    world = four()
    effort = world.state.attention[:, AttentionRow.EFFORT]
    effort[0], effort[1], effort[2] = [2, 0, 4, 1], [0, 4, 4, 7], [9, 0, 0, 0]
    assert before_policy(world)["effort_third"].tolist() == [1, 2, 3, 3]


def test_without_a_record_nobody_is_heard() -> None:
    """Where the policy starts with the record, all places are silent and alike in effort."""
    found = before_policy(four(burn_in_years=0))
    assert found["silent"].tolist() == found["unpublished"].tolist() == [1] * 4
    assert found["effort_third"].tolist() == [2] * 4


#: Community, number, start; how each ended, and when.  Policy year 1 is steps 52 to 103.
YOUTH = ((0, 0, 51), (0, 1, 60), (0, 2, 61), (0, 3, 62), (1, 0, 63), (1, 1, 64), (2, 0, 65),
         (3, 0, 104))  # fmt: skip
ENDS = [
    (End.IDENTIFIED, 60),  # began before the policy years
    (End.IDENTIFIED, 70),
    (End.IDENTIFIED, 61 + 53),  # a year and a week after its onset
    (End.NATURAL, 70),
    (End.PREVENTED, 63),
    (End.IDENTIFIED, 64 + 52),  # a year after its onset
    (End.OPEN, 999),
    (End.IDENTIFIED, 105),  # began in the last year
]
KNOWN = [55, 66, 100, 64, -1, 90, -1, 105]
#: First seen by somebody else; bits of the steps reached: 1 screened in, 2 investigated, 4 served.
SEEN = [55, 65, 90, 63, -1, -1, 70, 105]
STAGES = [7, 7, 3, 5, 0, 3, 1, 3]  # no bit counts without what comes before it


def ended(years: int) -> History:
    """A run of the four places in which the spells are given the ends above."""
    history = run_policy(burn_in(four(1, years, YOUTH)), policies.none())
    spells = history.truth.spells.copy()
    spells["end_reason"], spells["end"] = zip(*ENDS, strict=True)
    spells["known_at"], spells["signal_at"], spells["stage"] = KNOWN, SEEN, STAGES
    return replace(history, truth=replace(history.truth, spells=spells))


def test_a_cohort_by_hand() -> None:
    """Three youth in A, one in B and one in C; three are identified, two of them within a year."""
    found = cohort(ended(2), places_of(TABLE))
    assert found["cohort_known_share"] == 4 / 5
    assert found["cohort_identified_share"] == 3 / 5
    assert found["cohort_identified_within_year"] == 2 / 5
    assert found["identified_share_large_metro"] == found["identified_share_effort_low"] == 2 / 3
    assert found["known_share_large_metro"] == found["known_share_small_metro"] == 1
    assert found["identified_share_small_metro"] == 1
    assert found["identified_share_silent"] == 1 / 2
    assert found["identified_share_unpublished"] == found["worst_class_identified_share"] == 0
    for name in ("effort_high", "rural"):
        assert math.isnan(found[f"identified_share_{name}"])
    assert "known_share_silent" not in found


def test_a_cohort_s_cascade_by_hand() -> None:
    """Of five, all are noticed (one by its own report alone), four reported and screened in.

    Three of these are investigated and identified, and one of the three in A takes a place.
    """
    found = cohort(ended(2), places_of(TABLE))
    steps = ("noticed", "known", "screened", "investigated", "identified", "served")
    shares = [found[f"cohort_{step}_share"] for step in steps]
    assert shares == [1, 4 / 5, 4 / 5, 3 / 5, 3 / 5, 1 / 5]
    assert [found[f"{step}_share_large_metro"] for step in steps] == [1, 1, 1, 2 / 3, 2 / 3, 1 / 3]
    assert [found[f"{step}_share_town"] for step in steps] == [1, 0, 0, 0, 0, 0]


def test_the_cohort_begins_until_four_years_before_the_end() -> None:
    """Of six policy years those of the first two are followed: one of year 3 is not among them."""
    later = ((3, 1, 52 + 2 * 52),)
    history = run_policy(burn_in(four(1, 6, (*YOUTH, *later))), policies.none())
    spells = history.truth.spells.copy()
    spells["end_reason"], spells["known_at"] = End.OPEN, -1
    spells["end_reason"][-1], spells["known_at"][-1] = End.IDENTIFIED, 160
    spells["end_reason"][1], spells["known_at"][1] = End.IDENTIFIED, 70
    history = replace(history, truth=replace(history.truth, spells=spells))
    assert cohort(history, places_of(TABLE))["cohort_identified_share"] == 1 / 7


def test_who_is_not_followed_for_a_year_says_nothing_of_it() -> None:
    """With one policy year no share within a year is given."""
    history = ended(2)
    world = replace(history.world, clock=replace(history.truth.clock, policy_years=1))
    short = replace(history, world=world, truth=replace(history.truth, clock=world.clock))
    found = cohort(short, places_of(TABLE))
    assert math.isnan(found["cohort_identified_within_year"])
    assert found["cohort_identified_share"] == 3 / 5


def test_averted_by_place_by_hand() -> None:
    """2, 1, -3 and 1 person-years averted, over 5,000, 2,000, 3,000 and no youth."""
    gain = np.array([2.0, 1.0, -3.0, 1.0])
    active = TABLE["true_active_person_years"] + gain
    found = averted_by_place(TABLE, {"true_active_person_years": active}, places_of(TABLE))
    expected = {
        "large_metro": 40.0, "small_metro": 50.0, "town": -100.0, "rural": math.nan,
        "silent": -40.0, "unpublished": -100.0, "effort_low": 40.0, "effort_high": math.nan,
    }  # fmt: skip
    assert found.pop("worst_class_averted_per_100k") == pytest.approx(-100.0)
    expected = {f"averted_per_100k_{name}": value for name, value in expected.items()}
    assert found == pytest.approx(expected, nan_ok=True)


def test_money_by_place_by_hand() -> None:
    """8,000 dollars for 5,000 youth of 10,000 in silent places, 2,000 for 3,000 unpublished."""
    assert money_by_place(TABLE, places_of(TABLE)) == pytest.approx(
        {
            "spending_per_youth_silent": 1.6, "youth_share_silent": 0.5,
            "spending_per_youth_unpublished": 2 / 3, "youth_share_unpublished": 0.3,
            "spending_per_youth_effort_low": 2.0, "youth_share_effort_low": 0.5,
            "spending_per_youth_effort_high": math.nan, "youth_share_effort_high": 0.0,
        },
        nan_ok=True,
    )  # fmt: skip


def test_rates_by_fifth_by_hand() -> None:
    """28 onsets and 7 reports among 7,000 youth in two years, and 12 and 0 among 3,000."""
    found = by_fifth(TABLE, 2)
    assert found["onsets_per_1000_fifth_1"] == pytest.approx(2.0)
    assert found["published_per_1000_fifth_1"] == pytest.approx(0.5)
    assert found["onsets_per_1000_fifth_5"] == pytest.approx(2.0)
    assert found["published_per_1000_fifth_5"] == 0.0
    assert math.isnan(found["onsets_per_1000_fifth_2"])
    assert math.isnan(found["published_per_1000_fifth_4"])  # nobody young lives there


def test_groups_are_those_of_the_world() -> None:
    """Where effort differs, both runs of a world have the same groups, and some of each kind."""
    values = {"incidence.onset_rate": 500.0, "attention.reading": "mixed"}
    world = draw_world(Parameters().with_values(values), Region.synthetic(40, seed=2), years=2)
    baseline = run_policy(world, policies.none())
    runs = [summarise(run, baseline) for run in (baseline, run_policy(world, policies.per_youth()))]
    for name in ("silent", "unpublished", "effort_third"):
        assert (runs[0].communities[name] == runs[1].communities[name]).all()
        assert len(set(runs[0].communities[name])) > 1
    first, years, record = world.clock.first_record_year, slice(0, 3), baseline.record
    found = world.state.yearly[Stock.RECORDED_IDENTIFIED, first : first + 3]
    table, metrics = runs[1].communities, runs[1].metrics
    assert (table["silent"] == (found.sum(axis=0) == 0)).all()
    assert (table["unpublished"] == (record.published_reports[:, years].sum(axis=1) == 0)).all()
    silent = found.sum(axis=0) == 0
    youth = world.region.youth
    assert metrics["youth_share_silent"] == pytest.approx(youth[silent].sum() / youth.sum())
    spent = table["spending"][silent].sum() / youth[silent].sum()
    assert metrics["spending_per_youth_silent"] == pytest.approx(spent)
    assert spent > 0
