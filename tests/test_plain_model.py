"""Hand checks of the plain model itself: the life of a youth in docs/model.md, sections 4 to 8.

Most put youth into an otherwise empty world, with all mechanisms off but one, and compare with a
number worked out from the page.  Random counts may miss their expectation by `SIGMAS` standard
errors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from plain_model import simple
from plain_model.simple import P_EXIT, SimpleCascade, youth_weeks_per_second
from plain_model.worlds import (
    CERTAIN_DISCLOSURE,
    SIGMAS,
    STEPS,
    assert_count,
    build,
    cohort,
    only,
    p_month,
    release_all,
    run_steps,
    town,
)
from plain_model.youth import LABOUR, SEXUAL, Susceptible, Victim

from streetlight.model.communities.region import Region
from streetlight.model.parameters import Parameters


@pytest.fixture(autouse=True)
def release() -> Iterator[None]:
    """Let go of every model that a test built."""
    yield
    release_all()


def test_onsets_follow_the_rate_of_section_4() -> None:
    """First onsets in three years are Poisson with the mean worked out by hand."""
    parameters = only(incidence__onset_rate=4000.0)
    model = build(parameters, town(at_risk=999.5), years=3, rate_norm=0.8)
    model.run()
    ratio_town, poor, high_risk = 1.1, 1.0 + 2.0 * 0.1, 1.0 + 0.05 * 4.0
    expected = 3 * 0.04 * 0.8 * ratio_town * poor * high_risk * 999.5
    assert abs(model.outcomes()["first_onsets"] - expected) <= SIGMAS * math.sqrt(expected)
    assert len(model.agents_by_type[Susceptible]) == model.n_susceptible == 1000


def test_attributes_of_victimized_youth() -> None:
    """High-risk youth are over-represented by the ratio; ages, types and kin follow section 4."""
    n = 4000
    model = build(only())
    youth = [Victim(model, model.communities[0]) for _ in range(n)]
    assert_count(sum(y.high_risk for y in youth), n, 0.05 * 5 / (1 + 0.05 * 4))
    assert_count(sum(y.kind == SEXUAL for y in youth), n, 0.65)
    assert_count(sum(y.kind == LABOUR for y in youth), n, 0.25)
    assert_count(sum(y.family for y in youth), n, 0.45)
    assert_count(sum(y.known_offender for y in youth), n, 0.8)
    younger = sum(y.ages_out > (18 - 14.5) * STEPS for y in youth)  # below the mode
    assert_count(younger, n, 2.5 / 6.0)
    assert min(y.ages_out for y in youth) >= 1
    assert max(y.ages_out for y in youth) <= 6 * STEPS


def test_half_of_prevention_at_no_risk_averts_half_the_onsets() -> None:
    """With everyone in the groups at ratio 0 and half covered, half of the onsets are prevented."""
    parameters = only(
        incidence__onset_rate=10_000.0, levers__prevention_ratio=0.0, knowing__told_half_life=1e12
    )
    model = build(parameters, town(at_risk=1000.0), years=1)
    model.communities[0].prevention_coverage = 0.5
    model.run()
    found = model.outcomes()
    both = found["first_onsets"] + found["prevented_onsets"]
    assert both > 50
    assert_count(found["prevented_onsets"], both, 0.5)


def test_economic_support_reaches_poor_onsets_only() -> None:
    """The averted share is coverage x share of onsets in poor households x effect."""
    parameters = only(levers__economic_ratio=0.9)
    model = build(parameters, levels={"economic": np.full((2, 1), 0.4)})
    model.step()
    poor = 0.1 * 3 / (1 + 2 * 0.1)
    assert model.communities[0].p_prevented() == pytest.approx(0.4 * poor * 0.1)


def test_ascertainment_of_one_channel_against_exit() -> None:
    """Identified share is p_h / (1 - (1 - p_h)(1 - p_d)), person-years (1 - p_h) / (same)."""
    n, h, d = 4000, 0.6, 0.5
    certain = CERTAIN_DISCLOSURE | {"disclosure__hazard": h, "spell__exit_hazard": d}
    parameters = only(
        "disclosure",
        assessment__investigation_weeks=0.0,
        disclosure__channel_coverage=0.0,
        **certain,
    )
    model = build(parameters)
    cohort(model, n)
    model.run()
    p_h, p_d = p_month(h), p_month(d)
    ends = 1.0 - (1.0 - p_h) * (1.0 - p_d)
    found = model.outcomes()
    assert_count(found["identified"], n, p_h / ends)
    assert found["reports"] == found["known"] == found["identified"]
    weeks = found["person_years"] * STEPS
    mean = (1.0 - p_h) / ends
    spread = math.sqrt(mean * (2.0 / ends - 1.0 - mean))  # T >= 1 with 1 - p_h, then geometric
    assert abs(weeks - n * mean) <= SIGMAS * spread * math.sqrt(n)


def test_a_certain_disclosure_worked_by_hand() -> None:
    """Reported in week 0, investigated at once, identified four weeks later, then touched."""
    parameters = only("disclosure", recording__touch_rate=1e9, **CERTAIN_DISCLOSURE)
    model = build(parameters)
    (youth,) = cohort(model, 1)
    run_steps(model, 4)
    assert youth.spell is not None
    model.run()
    found = model.outcomes()
    assert found["person_years"] == found["known_still_exploited_person_years"] == 4 / STEPS
    assert found["reports"] == found["reports_self"] == 5  # weeks 0 to 4, attached to one case
    assert found["known"] == found["screened_in"] == found["investigated"] == 1
    assert found["identified"] == 1
    (case,) = model.case_file
    assert (case.arrived, case.begun, case.closed, case.outcome) == (0, 0, 4, "identified")
    assert found["touches_after_identification"] == 26 * 5  # half a year, five sectors
    assert len(case.touches) == 5 + 26 * 5
    assert case.recalled_onset is not None
    assert case.recalled_onset <= 0.0


def test_natural_exit_starts_one_week_after_onset() -> None:
    """A spell that certainly ends naturally lasts one week."""
    model = build(only(spell__exit_hazard=1e9))
    cohort(model, 3)
    model.run()
    assert model.outcomes()["person_years"] == 3 / STEPS


def test_growing_up_ends_a_spell_for_good() -> None:
    """Who ages out in three weeks is exploited for three at most, and never from then on."""
    soon = 1.0 - 1e-12
    parameters = only("reexploitation", spell__exit_hazard=1e-12, spell__reexploited_12m=soon)
    model = build(parameters)
    victimized, between_spells = cohort(model, 2)
    victimized.ages_out, between_spells.ages_out = 3, 1
    between_spells.end_spell()
    between_spells.touched_until = 60  # and so stays in the world after growing up
    model.run()
    found = model.outcomes()
    assert (found["person_years"], found["reexploitation_onsets"]) == (3 / STEPS, 0)
    assert Victim not in {type(agent) for agent in model.agents}


def test_without_ageing_out_a_spell_outlasts_growing_up() -> None:
    """Who turns 18 in the second week stays exploited, or is not exploited once more."""
    soon = 1.0 - 1e-12
    parameters = only("reexploitation", spell__exit_hazard=1e-12, spell__reexploited_12m=soon)
    model = build(parameters.with_values({"switches.ageing_out": False}))
    victimized, between_spells = cohort(model, 2)
    victimized.ages_out = between_spells.ages_out = 1
    between_spells.end_spell()
    model.run()
    assert model.outcomes()["reexploitation_onsets"] == 0
    assert victimized.spell is not None and victimized.spell.start == 0
    victimized.end_spell()
    victimized.leave()
    assert victimized.ended_at is None


@pytest.mark.parametrize("served", [False, True])
def test_exploited_again_within_a_year(served: bool) -> None:
    """The share is P61 without services, and 1 - (1 - P61)^P62 with them."""
    n = 4000
    model = build(only("reexploitation", spell__exit_hazard=1e-12))
    youth = cohort(model, n)
    for one in youth:
        one.end_spell()
        one.served = served
    model.step()  # the week of the end itself: too early
    assert model.outcomes()["reexploitation_onsets"] == 0
    run_steps(model, 52)
    expected = 1.0 - (1.0 - 0.35) ** (0.6 if served else 1.0)
    assert_count(model.outcomes()["reexploitation_onsets"], n, expected)


def test_only_identified_youth_are_exploited_again_if_so_chosen() -> None:
    """With `reexploited_after = identification` a natural exit is not followed by a spell."""
    parameters = only(
        "reexploitation", spell__exit_hazard=1e9, spell__reexploited_12m=0.99,
        spell__reexploited_after="identification",
    )  # fmt: skip
    model = build(parameters)
    cohort(model, 20)
    model.run()
    assert model.outcomes()["reexploitation_onsets"] == 0


def test_telling_multiplies_self_recognition_and_removes_blame() -> None:
    """Everyone is told at once; knowing then comes at 2.5 times the rate, and blame goes."""
    n, rate = 4000, 0.2
    parameters = only(
        "telling", "self_blame", knowing__contacts=1e9, knowing__told_not_ones_fault=1.0,
        knowing__self_blame=1.0, knowing__self_recognition=rate, spell__exit_hazard=1e-12,
    )  # fmt: skip
    model = build(parameters)
    youth = cohort(model, n)
    assert_count(sum(one.spell.told for one in youth if one.spell), n, 0.10)
    model.step()
    assert all(one.spell and one.spell.told and not one.spell.blames for one in youth)
    assert_count(sum(one.spell.knows for one in youth if one.spell), n, p_month(2.5 * rate))


def test_disclosure_rate_in_a_small_place() -> None:
    """Half of the acquaintance penalty and a known offender, and what the channel gives back."""
    parameters = only("anonymity", "known_offender", "self_blame", awareness__hotline=(0.2,) * 4)
    model = build(parameters, town(25_000), levels={"channel": np.full((2, 1), 0.5)})
    (youth,) = cohort(model, 1)
    youth.known_offender = True
    youth._set_rates()
    model.step()
    assert youth.spell is not None
    youth.spell.blames = True
    m, known = math.sqrt(0.55) * 0.5, (0.1 + 0.9 * 0.5) * 0.2
    expected = 0.05 * 0.4 * ((1 - known) * m + known * 1.6 * math.sqrt(m))
    assert youth.disclosure_rate(youth.spell) == pytest.approx(expected)


def test_notice_and_encounter_at_the_start_of_a_spell() -> None:
    """In its first week a spell has a tenth of its full recognisability, in every channel."""
    n = 20_000
    parameters = only(
        "public_notice", "encounters", "ramp", "denial", encounter__public_rate=3.0,
        encounter__contact_rate=(0.0, 1e9, 0.0, 0.0, 0.0), reporting__report=(1.0,) * 5,
        incidence__family_controlled=(0.0,) * 4, incidence__type_mix=(1.0, 0.0, 0.0),
        incidence__gender_mix=(1.0, 0.0, 0.0), encounter__untrained=(0.0, 0.2, 0.0, 0.0, 0.0),
        encounter__trained=(0.0, 0.2, 0.0, 0.0, 0.0),
    )  # fmt: skip
    model = build(parameters)
    cohort(model, n)
    model.step()
    found = model.outcomes()
    noticed = 3.0 * 0.15 * (1 - 0.51 * 0.6) * 0.1
    assert_count(found["reports_public"], n, p_month(noticed))
    assert_count(found["reports_health"], n, 0.1 * 0.2 * (1 - 0.75 * 0.6))


def test_screening_tool_takes_the_place_of_the_eye() -> None:
    """Where screening is required it is done at P33, and then finds what the tool finds."""
    n = 5000
    parameters = only(
        "encounters", encounter__contact_rate=(0.0, 1e9, 0.0, 0.0, 0.0),
        reporting__report=(1.0,) * 5, encounter__untrained=(0.0,) * 5,
        encounter__trained=(0.0,) * 5,
    )  # fmt: skip
    model = build(parameters, levels={"screening_universal": np.ones((2, 1))})
    cohort(model, n)
    model.step()
    assert_count(model.outcomes()["reports_health"], n, 0.35 * 0.85 * 0.6)


def test_stages_of_a_whole_world_add_up() -> None:
    """From an empty world on: channels sum to reports, and no stage exceeds the one before."""
    region = Region.of(
        ids=["A", "B", "C"], population=[9e3, 3e4, 4e5], youth=[600.0] * 3, neighbours=[("A", "B")]
    )
    levels = {name: np.full((3, 3), 0.5) for name in ("training", "education", "prevention")}
    model = build(
        Parameters().with_values({"incidence.onset_rate": 5000.0}), region, years=3,
        levels=levels, false_scale=0.05, baseline_investigators=[0.2, 0.2, 0.4],
    )  # fmt: skip
    model.run()
    found = model.outcomes()
    assert found["identified"] > 0
    assert sum(v for k, v in found.items() if k.startswith("reports_")) == found["reports"]
    classes = ("large_metro", "small_metro", "town", "rural")
    for what in ("first_onsets", "known", "identified"):
        assert sum(found[f"{what}_{name}"] for name in classes) == found[what]
    assert found["known"] <= found["reports"]
    assert found["identified"] <= found["investigated"] <= found["screened_in"] <= found["reports"]
    assert found["served"] + found["offered_no_place"] <= found["identified"]
    assert found["known"] <= found["first_onsets"] + found["reexploitation_onsets"]
    assert found["prevented_onsets"] > 0
    assert sum(map(sum, model.published_reports)) == found["published_reports"]
    assert found["published_reports"] <= found["reports"] + found["false_reports"]


def test_filling_and_burn_in_years_come_first() -> None:
    """Six filling years are unpublished, three of burn-in are; both are outside the outcomes."""
    model = build(
        Parameters().with_values({"incidence.onset_rate": 3000.0}), town(youth=100, at_risk=75),
        early=True, years=1,
    )  # fmt: skip
    assert model.step_number == -6 * STEPS
    model.run()
    assert model.steps == 10 * STEPS
    assert len(model.published_reports) == len(model.participation) == 4
    assert model.outcomes()["person_years"] > 0


def test_same_seed_same_world() -> None:
    """A run is a function of its seed, and an unknown lever is refused."""
    parameters = Parameters().with_values({"incidence.onset_rate": 3000.0})
    runs = []
    for seed in (1, 1, 2):
        model = build(parameters, town(youth=4000), years=1, seed=seed, false_scale=0.05)
        model.run()
        runs.append(model.outcomes())
    assert runs[0] == runs[1] != runs[2]
    with pytest.raises(ValueError, match="trainings"):
        build(parameters, levels={"trainings": 0.0})


def test_simple_cascade_moves_youth_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The speed reference is a real cascade, and its speed is a number."""
    assert youth_weeks_per_second(n_youth=2000, weeks=20) > 0
    often = (0.002, *simple.P_NEXT[1:])  # four times the onsets in a tenth of the youth
    monkeypatch.setattr(simple, "P_NEXT", often)
    model = SimpleCascade(400, seed=3)
    for _ in range(1500):
        model.step()
    events = model.events
    n_left = sum(youth.state != 0 for youth in model.agents)
    model.release()
    assert events["exploited"] == events["identified"] + events["exited"] + n_left
    assert events["identified"] <= events["reported"] <= events["recognised"] < events["exploited"]
    assert_count(events["recognised"], events["exploited"] - n_left, 0.004 / (0.004 + P_EXIT))
