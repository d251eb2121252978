"""Stylised facts about capacity and money: SF14, SF17, SF19 (docs/facts.md)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fact_worlds import (
    CITY,
    ISOLATED,
    NO_ECHO,
    REPLICATES,
    Values,
    history,
    median,
    share,
    share_of,
    small_places,
    us,
    world,
)
from scipy.stats import qmc

from streetlight import policies
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import MIXES
from streetlight.model.outcomes import by_community
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import run_policy
from streetlight.model.world.world import World

# ------------------------------------------------------------------- SF14: reports without capacity

TWICE: Values = {"incidence.onset_rate": 400.0}


def city_totals(values: Values) -> dict[str, float]:
    """Sums of the large city's columns."""
    table = by_community(history(ISOLATED | values, CITY))
    return {name: float(column.sum()) for name, column in table.items()}


def test_sf14_reports_without_capacity_are_no_protection() -> None:
    """SF14: twice the reports at fixed capacity verify fewer per report; more posts restore it."""
    one = city_totals({})
    stuck = city_totals(TWICE | {"assessment.utilisation": 1.8})  # the investigators of before
    restored = city_totals(TWICE)
    assert stuck["reports"] > 1.8 * one["reports"]
    assert stuck["identified"] < 1.5 * one["identified"]
    assert stuck["identified"] / stuck["reports"] < one["identified"] / one["reports"]
    assert stuck["backlog_end"] > one["backlog_end"] + 1000
    assert restored["identified"] > 1.8 * one["identified"]


@pytest.mark.slow
def test_sf14_without_limits_reports_are_protection() -> None:
    """SF14: with unlimited capacity twice the reports are twice the identified."""
    free: Values = {"switches.limited_capacity": False}
    one, twice = city_totals(free), city_totals(free | TWICE)
    assert twice["identified"] > 1.8 * one["identified"]
    assert twice["backlog_end"] == 0.0


# ---------------------------------------------------------------------------------- SF17: screening

#: Screening alone recognises, all who come are seen, every flag is a report.
ALL_FLAGS: Values = {
    "incidence.high_risk_share": 0.0,
    "incidence.frailty_cv": 0.0,
    "switches.disclosure": False,
    "switches.public_notice": False,
    "switches.platforms": False,
    "switches.reexploitation": False,
    "spell.recognisable_floor": 1.0,
    "encounter.contact_rate": (0.0, 0.1, 0.0, 0.0, 0.0),
    "encounter.contact_ratio_labour": (1.0,) * 5,
    "reporting.general_contact_rate": (0.0, 0.1, 0.0, 0.0, 0.0),
    "encounter.untrained": (0.0,) * 5,
    "encounter.trained": (0.0,) * 5,
    "encounter.tool_use": 1.0,
    "encounter.second_look_true": 1.0,
    "encounter.second_look_false": 1.0,
    "reporting.report": (1.0,) * 5,
    "assessment.substantiation": 0.3,
}


def flags(onset_rate: float, specificity: float = 0.6) -> tuple[float, float]:
    """Share of youth in a spell, and share of flags that are true, under universal screening."""
    town = Region.of(
        ids=["A"], population=[2e6], youth=[2e5], youth_12_17=[1.5e5], poverty_share=[0.17],
        place_class=["large metro"],
    )  # fmt: skip
    values = {"incidence.onset_rate": onset_rate, "encounter.tool_specificity": specificity}
    screen = policies.per_youth(mix={"screening_universal": 1.0}, budget=5.0)
    table = by_community(history(ISOLATED | ALL_FLAGS | values, town, screen, years=3))
    true, false = float(table["reports"].sum()), float(table["false_reports"].sum())
    return float(table["true_active_person_years"].sum()) / 3.0 / 2e5, true / (true + false)


def test_sf17_most_flags_are_false_where_it_is_rare() -> None:
    """SF17: of flags under 10% are true at 1-2% prevalence, 15-35% at 9-13%; all if specific."""
    rare, of_rare = flags(1000.0)
    common, of_common = flags(7000.0)
    assert 0.01 <= rare <= 0.02
    assert of_rare < 0.10
    assert 0.09 <= common <= 0.13
    assert 0.15 <= of_common <= 0.35
    assert flags(1000.0, specificity=1.0)[1] == 1.0


#: Dollars per resident at which the two screening levers cover the same share of contacts.
SAME_COVERAGE = {"screening_universal": 0.4, "screening_targeted": 0.1}


def screened(lever: str, limited: bool) -> float:
    """Identified under one screening lever, against none, in the same worlds: median."""
    policy = policies.per_youth(mix={lever: 1.0}, budget=SAME_COVERAGE[lever])
    ratios = []
    for r in REPLICATES:
        here = world({"switches.limited_capacity": limited}, ohio(), replicate=r)
        runs = (run_policy(here, one) for one in (policies.none(), policy))
        none, screening = (by_community(run)["identified"] for run in runs)
        ratios.append(share(screening, none))
    return median(ratios)


@pytest.mark.slow
def test_sf17_universal_screening_swamps() -> None:
    """SF17: if capacity binds universal screening verifies fewer than targeted, as widely used."""
    assert screened("screening_universal", True) < screened("screening_targeted", True)
    assert screened("screening_universal", False) > screened("screening_targeted", False) > 1.0


# ------------------------------------------------------------------------- SF19: no single approach

SINGLE = ("campaign", "training", "screening_targeted", "education", "channel", "investigators",
          "navigators", "prevention", "economic")  # fmt: skip
TOGETHER = ("balanced", "services_first", "small_town_package")

#: What the draws vary, each over the range on its card.
DRAWN = ("spell.exit_hazard", "denial.ratio", "assessment.substantiation",
         "assessment.utilisation", "spell.reexploited_12m", "training.skill_half_life",
         "levers.prevention_ratio", "incidence.onset_rate")  # fmt: skip


def ohio() -> Region:
    """A state with places of every size."""
    return us().select(states=["OH"])


def years_averted(here: World, mix: Any, budget: float = 0.5) -> float:
    """Person-years averted by a lever or mix against no spending, in one world."""
    none, spent = policies.none(), policies.per_youth(mix=mix, budget=budget)
    years = [by_community(run_policy(here, p))["true_active_person_years"] for p in (none, spent)]
    return float(years[0].sum() - years[1].sum())


def mixes_win(here: World) -> bool:
    """Whether a mix averts more than every single lever at the same budget."""
    single = max(years_averted(here, {lever: 1.0}) for lever in SINGLE)
    return max(years_averted(here, MIXES[name].shares) for name in TOGETHER) > single


def draws(n: int = 9) -> list[Values]:
    """Futures over the ranges of the cards (Latin hypercube)."""
    cards = Parameters.all_cards()
    low, high = (np.array([getattr(cards[name], end) for name in DRAWN]) for end in ("low", "high"))
    points = low + qmc.LatinHypercube(d=len(DRAWN), seed=1).random(n) * (high - low)
    return [dict(zip(DRAWN, map(float, point), strict=True)) for point in points]


@pytest.mark.slow
def test_sf19_some_mix_beats_every_lever() -> None:
    """SF19: in two thirds of the draws or more a mix averts more than any lever alone."""
    wins = [mixes_win(world(NO_ECHO | values, ohio())) for values in draws()]
    assert np.mean(wins) >= 2.0 / 3.0


@pytest.mark.slow
def test_sf19_without_detection_no_mix_beats_prevention() -> None:
    """SF19: where nobody notices or tells only what thins onsets counts, and no mix beats it."""
    unseen: Values = {
        "switches.disclosure": False,
        "switches.public_notice": False,
        "switches.encounters": False,
    }
    assert not mixes_win(world(NO_ECHO | unseen, ohio()))


@pytest.mark.slow
def test_sf19_each_lever_does_its_part() -> None:
    """SF19: investigators shorten spells, navigators cut later ones, prevention cuts onsets."""
    here = world(NO_ECHO)
    tables = {"none": by_community(run_policy(here, policies.none()))}
    for lever in ("investigators", "navigators", "prevention"):
        paid = policies.per_youth(mix={lever: 1.0})
        tables[lever] = by_community(run_policy(here, paid))

    def change(lever: str, name: str) -> float:
        return share(tables[lever][name], tables["none"][name]) - 1.0

    assert change("investigators", "true_active_person_years") < 0.0
    assert change("investigators", "first_onsets") == 0.0
    assert change("navigators", "reexploitation_onsets") < 0.0
    assert change("navigators", "first_onsets") == 0.0
    assert change("prevention", "first_onsets") < 0.0
    idle = world(NO_ECHO | {"levers.prevention_ratio": 1.0})
    onsets = [
        by_community(run_policy(idle, p))["first_onsets"]
        for p in (policies.none(), policies.per_youth(mix={"prevention": 1.0}))
    ]
    assert np.array_equal(*onsets)


@pytest.mark.slow
def test_sf19_training_and_lifted_barriers_add_up_to_more() -> None:
    """SF19: training and lifted barriers together make more youth known than the sum of the two."""
    trained: Values = {"training.trained_share": (0.9,) * 4}
    barriers = ("denial", "anonymity", "known_offender")
    lifted: Values = {f"switches.{name}": False for name in barriers}

    def known(values: Values) -> float:
        return share_of(by_community(history(NO_ECHO | values)), "known", small_places())

    one, train, lift, both = (known(v) for v in ({}, trained, lifted, trained | lifted))
    assert both - train - lift + one > 0.005
