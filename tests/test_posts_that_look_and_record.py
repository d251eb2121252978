"""A special unit and records posts, bought or brought by a shock, worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from small_worlds import (
    SCHOOLS_SEE,
    STEPS,
    STORY,
    assert_share,
    begun,
    cohort,
    false_means,
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
from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.money.policies import Policy
from streetlight.model.names import Channel, Tally
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import RecordView
from streetlight.model.run.simulation import Simulation, burn_in, draw_world, run_policy
from streetlight.model.world.shocks import Shock
from streetlight.model.world.state import (
    N_PREPARED,
    AttentionRow,
    Bought,
    Calendar,
    Covered,
    Kind,
    Stock,
)
from streetlight.model.world.world import World

N = 400
POLICE = 3  # position among sectors
RATE = 0.05  # contacts of a youth with police a month
#: Police know what they see, and report nothing, so that first recognitions can be timed.
POLICE_SEE: dict[str, Any] = {
    "encounter.contact_rate": (0.0, 0.0, 0.0, RATE, 0.0),
    "encounter.untrained": (1.0,) * 5,
    "encounter.trained": (1.0,) * 5,
    "reporting.report": (0.0,) * 5,
}
#: Effort is the same everywhere and always.
HALF_EFFORT: dict[str, Any] = {
    "attention.reading": "effort",
    "attention.effort_level": (0.5, 0.5),
    "attention.effort_cv": (0.0, 0.0),
    "attention.effort_area_share": (0.0, 0.0),
    "attention.effort_year_share": (0.0, 0.0),
    "attention.class_spread": 0.0,
}


def seen_by_police(covered: float, ratio: float, **values: Any) -> Simulation:
    """A year of many youth whom only police can see, a unit covering a share of the place."""
    parameters = only("encounters", values=POLICE_SEE | values, encounter__unit_ratio=ratio)
    sim = tiny(parameters, cohort(N))
    sim.state.conditions[Bought.UNIT] = covered
    return finished(sim)


# ------------------------------------------------------------------------------ posts that look


@pytest.mark.parametrize(("covered", "factor"), [(0.0, 1.0), (0.25, 1.5), (1.0, 3.0)])
@pytest.mark.parametrize("effort", [1.0, 0.5])
def test_a_unit_multiplies_contacts_of_police(covered: float, factor: float, effort: float) -> None:
    """Where a unit trebles contacts a quarter of it adds half of those at effort 1, anywhere."""
    sim = seen_by_police(covered, 3.0, **(HALF_EFFORT if effort < 1.0 else {}))
    signal_at = spells_of(sim)["signal_at"]
    for weeks in (12, 40):
        seen = 1.0 - math.exp(-weeks * 12 / STEPS * RATE * (effort + factor - 1.0))
        assert_share(((signal_at >= 0) & (signal_at < weeks)).sum(), N, seen)


def test_a_unit_lets_police_see_the_same_youth_sooner() -> None:
    """Who is seen without a unit is seen with it, no later; onsets and ends stay."""
    without, with_unit = (spells_of(seen_by_police(covered, 3.0)) for covered in (0.0, 1.0))
    seen = without["signal_at"] >= 0
    assert 0 < seen.sum() < (with_unit["signal_at"] >= 0).sum()
    assert (with_unit["signal_at"][seen] <= without["signal_at"][seen]).all()
    assert (with_unit["signal_at"][seen] >= 0).all()
    for name in ("number", "start", "end", "traits"):
        np.testing.assert_array_equal(with_unit[name], without[name])


def candidates(ratio: float, **values: Any) -> list[int]:
    """How many occasions of each kind are drawn with a world."""
    usual = {"encounter.contact_rate": (RATE,) * 5}
    parameters = only("encounters", values=POLICE_SEE | usual | values, encounter__unit_ratio=ratio)
    state = begun(parameters, place(), spells=cohort(N)).state
    starts = state.calendar[:-1, Calendar.PREPARED : Calendar.PREPARED + N_PREPARED + 1]
    return np.diff(starts, axis=1).sum(axis=0).tolist()


@pytest.mark.parametrize("values", [{}, HALF_EFFORT])
def test_only_police_have_candidates_for_a_unit(values: dict[str, Any]) -> None:
    """A ratio of 1 draws as many as there are contacts; a ratio of 4 more of police alone."""
    one, four = candidates(1.0, **values), candidates(4.0, **values)
    police = Kind.SCHOOL + POLICE
    assert [one[k] for k in range(N_PREPARED) if k != police] == [
        four[k] for k in range(N_PREPARED) if k != police
    ]
    effort = 0.5 if values else 1.0
    trials = 2 * STEPS * N  # a year of burn-in and one of a policy: nobody leaves before 18
    for drawn, ratio in ((one, 1.0), (four, 4.0)):
        p = 1.0 - math.exp(-12 / STEPS * RATE * (effort + ratio - 1.0))
        assert abs(drawn[police] / (trials * p) - 1.0) < 0.2


def test_a_unit_that_sees_no_more_changes_nothing() -> None:
    """With a ratio of 1 a place that a unit covers has the same history, false reports too."""
    false = {"reporting.report": (1.0,) * 5, "reporting.unfounded": 0.5}
    found = []
    for covered in (0.0, 1.0):
        parameters = only(
            "encounters", "false_reports", values=POLICE_SEE | false, encounter__unit_ratio=1.0,
            time__filling_years=0, time__burn_in_years=1, incidence__onset_rate=2_000.0,
        )  # fmt: skip
        sim = Simulation(begun(parameters, place()), None)
        sim.state.conditions[Bought.UNIT] = covered
        found.append(finished(sim))
    assert tally(found[0], Tally.REPORTS) > 0
    assert tally(found[0], Tally.FALSE_REPORTS) > 0
    np.testing.assert_array_equal(found[0].state.yearly, found[1].state.yearly)
    np.testing.assert_array_equal(spells_of(found[0]), spells_of(found[1]))


@pytest.mark.parametrize("values", [{}, HALF_EFFORT])
def test_a_unit_multiplies_false_suspicions_of_police_alone(values: dict[str, Any]) -> None:
    """Half a unit that trebles contacts doubles false reports of police; trebles at half effort."""
    some = {"reporting.report": (1.0,) * 5, "reporting.unfounded": 0.5}
    parameters = only(
        "encounters", "false_reports", values=POLICE_SEE | some | values, encounter__unit_ratio=3.0
    )
    means = []
    for covered in (0.0, 0.5):
        sim = tiny(parameters, [(0, 0, 0)])
        sim.state.conditions[Bought.UNIT] = covered
        sim.step()
        means.append(false_means(sim))
    assert (means[0] > 0.0).all()
    factor = np.where(np.arange(5) == POLICE, 3.0 if values else 2.0, 1.0)
    np.testing.assert_allclose(means[1], factor * means[0], rtol=1e-12)


def test_a_unit_somewhere_moves_nobody_else() -> None:
    """Money for a unit in the first place finds more there, and leaves onsets and all others."""
    region = Region.synthetic(3, seed=1)
    values = {
        "time.filling_years": 1, "time.burn_in_years": 1, "incidence.onset_rate": 4_000.0,
        "switches.feedback": False, "switches.publicity": False, "switches.spread": False,
        "switches.pooling": False, "switches.reexploitation": False,
        "encounter.contact_rate": (0.85, 0.05, 0.055, 0.5, 0.007),
    }  # fmt: skip
    world = draw_world(Parameters().with_values(values), region, years=1)
    plain = run_policy(world, policies.none()).truth
    found = run_policy(world, spend(to_first, 20.0, unit=1.0)).truth
    np.testing.assert_array_equal(plain.spells["start"], found.spells["start"])
    first = plain.spells["community"] == 0
    for column in STORY:
        np.testing.assert_array_equal(plain.spells[column][~first], found.spells[column][~first])
    seen = [int((truth.spells[first]["known_at"] >= 0).sum()) for truth in (plain, found)]
    assert seen[1] > seen[0]


# ------------------------------------------------------------------------------ posts that record


def silent(world: World) -> World:
    """The same world with places that never record."""
    world.state.attention[:, AttentionRow.RECORDED :] = 0.0
    return world


@pytest.mark.parametrize("covered", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_records_posts_fill_the_books(covered: float, share: float) -> None:
    """Of what a place would not record the share that is covered is recorded."""
    parameters = only("encounters", values=SCHOOLS_SEE, attention__reading="recording")
    sim = tiny(parameters, cohort(N))
    sim.state.attention[:, AttentionRow.RECORDED :] = share
    sim.state.conditions[Bought.RECORDING] = covered
    finished(sim)
    assert tally(sim, Tally.REPORTS) == N
    others = Stock.RECORDED + 3
    assert_share(sim.state.yearly[others].sum(), N, share + (1.0 - share) * covered)
    assert sim.state.yearly[Stock.RECORDED :].sum() == sim.state.yearly[others].sum()


def test_money_makes_a_silent_place_publish_and_moves_no_truth() -> None:
    """A place that never records and never publishes does both when posts pay for all of it."""
    values = {
        "attention.reading": "recording", "recording.publish_small": 0.0,
        "recording.publish_large": 0.0, "incidence.onset_rate": 400.0,
    }  # fmt: skip
    parameters = only("encounters", "publication", values=SCHOOLS_SEE | values)
    world = burn_in(silent(begun(parameters, place(), years=2)))
    none = run_policy(world, policies.none())
    paid = run_policy(world, spend(to_first, 20.0, recording=1.0))  # 67 times a dose of 1
    assert none.record.published_reports.sum() == none.record.published_identified.sum() == 0
    assert not none.record.takes_part.any()
    assert paid.record.takes_part.tolist() == [[False, True, True]]
    reports = paid.truth.tally(Tally.REPORTS)
    assert paid.record.published_reports[0, 1:].sum() == reports.sum() > 20
    assert paid.record.published_identified[0, 1:].sum() == reports.sum()
    np.testing.assert_array_equal(paid.truth.spells, none.truth.spells)


def test_more_places_take_part_by_the_same_luck() -> None:
    """Where .4 take part, records posts that cover a half make it .7, settled after the money."""
    n = 200
    region = Region.of(
        ids=[f"P{i:03d}" for i in range(n)], population=[1e5] * n, youth=[1e4] * n,
        place_class=["town"] * n, poverty_share=[0.1] * n,
    )  # fmt: skip
    parameters = only(
        "publication", recording__publish_small=0.4, recording__publish_large=0.4,
        recording__participation_training=0.0, recording__participation_denial=0.0,
        incidence__onset_rate=1e-6,
    )  # fmt: skip
    world = burn_in(begun(parameters, region, years=2))
    each = 1_500 + 30_000 * math.log(2)  # a dose of ln 2 covers a half

    def once(view: RecordView, mix: FloatArray) -> FloatArray:
        return np.outer(view.population * (view.period == 0) * each / 1e5, mix)

    paid = run_policy(world, Policy("once", once, {"recording": 1.0}, each / 1e5, plans=True))
    luck = stats.norm.cdf(world.state.attention[:, AttentionRow.TAKES_PART])
    expected = luck < np.array([0.4, 0.7, 0.4])[:, None]
    np.testing.assert_array_equal(paid.record.takes_part.T, expected)
    assert expected[1].sum() > expected[0].sum()


# -------------------------------------------------------------------------------------- shocks


def struck(*shocks: Shock, spells: Any = None, years: int = 3, **values: Any) -> Simulation:
    """A world that never records or publishes, with shocks; policy week w is step 52 + w."""
    parameters = only(
        "encounters", "publication", values=SCHOOLS_SEE, attention__reading="recording",
        recording__publish_small=0.0, recording__publish_large=0.0, **values,
    )  # fmt: skip
    spells = given([(0, 0, 0)]) if spells is None else spells
    world = begun(parameters, place(), years=years, shocks=shocks, spells=spells)
    sim = Simulation(silent(world), None)
    sim.last_step = sim.clock.n_steps
    return sim


@pytest.mark.parametrize(
    ("kind", "row", "bought"),
    [("police", Covered.UNIT, Bought.UNIT), ("research", Covered.RECORDING, Bought.RECORDING)],
)
def test_a_shock_covers_at_least_its_size_while_it_lasts(
    kind: Any, row: Covered, bought: Bought
) -> None:
    """In weeks 2 to 5 of the policy years .6 is covered, or the .8 that is bought."""
    sim = struck(Shock(kind, ("A",), week=2, weeks=4, size=0.6), years=1)
    for paid in (0.1, 0.8):
        sim.state.conditions[bought] = paid
        while sim.step_number < (56 if paid < 0.5 else 62):
            week = sim.step_number - 52
            sim.step()
            during = max(0.6, paid) if 2 <= week < 6 else paid
            assert sim.state.conditions[row, 0] == during
            others = [other for other in Covered if other != row]
            assert not sim.state.conditions[others].any()


def test_police_focus_is_a_unit_for_its_weeks() -> None:
    """With all covered police see at three times the rate for half a year, and then no longer."""
    parameters = only("encounters", values=POLICE_SEE, encounter__unit_ratio=3.0)
    spells = cohort(N)
    spells["start"] = STEPS  # with the policy years
    focus = Shock("police", ("A",), week=0, weeks=26, size=1.0)
    sim = Simulation(begun(parameters, place(), spells=spells, shocks=[focus]), None)
    sim.last_step = sim.clock.n_steps
    weeks = spells_of(finished(sim))["signal_at"] - STEPS
    monthly = 12 / STEPS * RATE
    early = ((weeks >= 0) & (weeks < 26)).sum()
    assert_share(early, N, 1.0 - math.exp(-26 * monthly * 3.0))
    assert_share((weeks >= 26).sum(), N - early, 1.0 - math.exp(-26 * monthly))


def test_research_makes_a_silent_place_record_and_publish() -> None:
    """Reports of its weeks enter the books, and the two years it touches are published."""
    starts = [52, 90, 101, 102, 104, 105, 106, 150, 160]  # policy weeks 0, 38, 49, 50, 52, 53, ...
    youth = given((0, number, start) for number, start in enumerate(starts))
    project = Shock("research", ("A",), week=50, weeks=4, size=1.0)  # steps 102 to 105
    sim = finished(struck(project, spells=youth))
    state = sim.state
    assert tally(sim, Tally.REPORTS) == len(starts)
    assert state.yearly[Stock.RECORDED + 3, :, 0].tolist() == [0, 1, 2, 0]
    assert state.yearly[Stock.TAKES_PART, :, 0].tolist() == [0, 1, 1, 0]
    assert state.yearly[Stock.RECORDED_IDENTIFIED, :, 0].tolist() == [0, 1, 2, 0]
    assert int(state.monthly[Stock.PUBLISHED].sum()) == 3
    assert (spells_of(sim)["first_channel"] == Channel.SCHOOL).all()


def test_research_of_no_size_is_none() -> None:
    """A project that covers nothing makes nobody take part, and other places are left alone."""
    nothing = Shock("research", ("A",), week=0, weeks=52, size=0.0)
    assert not finished(struck(nothing)).state.yearly[Stock.TAKES_PART].any()
    two = Region.of(ids=["A", "B"], population=[1e5, 1e5], place_class=["town", "town"])
    parameters = only("publication", recording__publish_small=0.0, recording__publish_large=0.0)
    project = Shock("research", ("B",), week=0, weeks=52, size=0.5)
    with_project = begun(parameters, two, shocks=[project], spells=cohort(1))
    sim = Simulation(with_project, None)
    sim.last_step = sim.clock.n_steps
    assert finished(sim).state.yearly[Stock.TAKES_PART].tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize("kind", ["police", "research"])
@pytest.mark.parametrize("size", [-0.1, 1.5, math.nan])
def test_a_share_covered_is_a_share(kind: Any, size: float) -> None:
    """Sizes outside 0 to 1 are refused in words."""
    with pytest.raises(InputError, match="must be between 0 and 1"):
        Shock(kind, ("A",), week=0, weeks=1, size=size)
