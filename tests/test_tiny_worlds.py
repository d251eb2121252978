"""Four youths in worlds worked by hand: every step of every spell is known before the run.

All mechanisms are off but those named, and what is left is sure or impossible.  Step 0 is the first
step of burn-in; times are steps, -1 never.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_worlds import (
    ALWAYS,
    NEVER,
    SCHOOLS_SEE,
    YOUTH_TELL,
    begun,
    cases_of,
    columns,
    finished,
    given,
    only,
    place,
    record_of,
    spells_of,
    tiny,
    touches_of,
)

from model import policies
from model.columns import Bought, Channel, Count, End, Outcome, Public, Tally
from model.region import Region
from model.simulation import Simulation, burn_in, run_policy
from model.world import set_capacity

FOUR = [(0, 0, 3), (0, 1, 3), (0, 2, 5), (0, 3, 9)]  # community, number of the youth, start
STORY = ("number", "start", "signal_at", "known_at", "end", "end_reason", "n_reports")
CASE = ("spell", "opened", "investigated", "closed", "outcome")
OPEN, NATURAL, AGED_OUT, IDENTIFIED = End.OPEN, End.NATURAL, End.AGED_OUT, End.IDENTIFIED
TWO_PLACES = Region.of(
    ids=["A", "B"], population=[1_000.0, 1_000.0], youth=[100.0, 100.0],
    poverty_share=[0.0, 0.0], place_class=["large metro", "large metro"],
)  # fmt: skip


def tally(sim: Simulation, what: Tally) -> int:
    """A count of the ledger over all years and communities."""
    total = int(sim.state.yearly[what].sum())
    assert total == int(sim.state.monthly[what].sum())
    return total


def set_queue(sim: Simulation, capacity: float, credit: float) -> None:
    """Give every pool a capacity (investigations a step) and a credit at the start."""
    sim.state.pools["capacity"], sim.state.pools["credit"] = capacity, credit


def story(sim: Simulation) -> list[tuple[Any, ...]]:
    """The spells of a finished run, youth without an end shown with end -1."""
    rows = columns(spells_of(sim), *STORY)
    return [(*row[:4], -1 if row[5] == OPEN else row[4], *row[5:]) for row in rows]


# ------------------------------------------------------------------ from a spell to its decision


def test_nothing_happens_when_everything_is_off() -> None:
    """With all mechanisms off, spells start and go on, unseen."""
    sim = finished(tiny(only(), FOUR))
    assert story(sim) == [
        (0, 3, -1, -1, -1, OPEN, 0),
        (1, 3, -1, -1, -1, OPEN, 0),
        (2, 5, -1, -1, -1, OPEN, 0),
        (3, 9, -1, -1, -1, OPEN, 0),
    ]
    assert sim.state.active[:, 0].tolist() == [4, 0]
    assert sim.state.person_steps[0, 0, 0] == 49 + 49 + 47 + 43
    assert tally(sim, Tally.FIRST_ONSETS) == 4
    assert sum(tally(sim, what) for what in Tally) == 4


def test_schools_see_everybody_and_a_decision_takes_four_weeks() -> None:
    """Known in the step of onset, identified four steps later, with a report in every step."""
    parameters = only("encounters", values=SCHOOLS_SEE, assessment__investigation_weeks=4.0)
    sim = finished(tiny(parameters, FOUR))
    assert story(sim) == [
        (0, 3, 3, 3, 7, IDENTIFIED, 5),
        (1, 3, 3, 3, 7, IDENTIFIED, 5),
        (2, 5, 5, 5, 9, IDENTIFIED, 5),
        (3, 9, 9, 9, 13, IDENTIFIED, 5),
    ]
    assert columns(cases_of(sim), *CASE) == [
        (0, 3, 3, 7, Outcome.SUBSTANTIATED),
        (1, 3, 3, 7, Outcome.SUBSTANTIATED),
        (2, 5, 5, 9, Outcome.SUBSTANTIATED),
        (3, 9, 9, 13, Outcome.SUBSTANTIATED),
    ]
    by_case = sorted(columns(touches_of(sim), "case", "step", "channel"))
    assert by_case == [
        (case, start + week, Channel.SCHOOL)
        for case, start in enumerate((3, 3, 5, 9))
        for week in range(5)
    ]
    assert sim.state.person_steps[:, 0, 0].tolist() == [16, 16]
    expected = {
        Tally.FIRST_ONSETS: 4, Tally.RECOGNISED: 4, Tally.KNOWN: 4, Tally.REPORTS: 20,
        Tally.SCREENED_IN: 4, Tally.EVER_SCREENED_IN: 4, Tally.INVESTIGATED: 4,
        Tally.EVER_INVESTIGATED: 4, Tally.IDENTIFIED: 4,
    }  # fmt: skip
    assert {what: tally(sim, what) for what in Tally if tally(sim, what)} == expected
    assert record_of(sim)[:, 0, 0, Channel.SCHOOL].tolist() == [2, 2, 0]  # steps 0 to 3
    assert record_of(sim)[:, 1, 0, Channel.SCHOOL].tolist() == [11, 1, 2]  # steps 4 to 7
    assert record_of(sim).sum(axis=(1, 2, 3)).tolist() == [20, 4, 4]


def test_months_of_the_record_follow_the_calendar() -> None:
    """Month m covers steps floor(52 m / 12) to floor(52 (m + 1) / 12) - 1."""
    starts = [0, 4, 8, 13, 17, 21, 26, 30, 34, 39, 43, 47]
    youth = [(0, n, s) for n, s in enumerate(starts)]
    sim = finished(tiny(only("encounters", values=SCHOOLS_SEE), youth))
    assert record_of(sim)[2, :12, 0].sum(axis=1).tolist() == [1] * 12
    assert sim.state.monthly[Tally.FIRST_ONSETS, :12, 0].tolist() == [1] * 12


def test_a_decision_at_once_ends_the_spell_in_its_first_step() -> None:
    """Without delay a spell lasts no step; a later report of that step is a touch of its case."""
    sees = {**SCHOOLS_SEE, "encounter.contact_rate": (ALWAYS, 0.0, 0.0, ALWAYS, 0.0)}
    sim = finished(tiny(only("encounters", values=sees), FOUR))
    assert story(sim) == [(n, s, s, s, s, IDENTIFIED, 2) for _, n, s in FOUR]
    assert columns(cases_of(sim), *CASE) == [
        (n, s, s, s, Outcome.SUBSTANTIATED) for _, n, s in FOUR
    ]
    assert sim.state.person_steps.sum() == 0.0
    assert (tally(sim, Tally.REPORTS), len(touches_of(sim))) == (8, 8)
    assert record_of(sim)[0].sum(axis=(0, 1)).tolist() == [0, 0, 0, 4, 0, 0, 4, 0]


def test_reports_of_one_step_are_heard_in_the_order_of_the_phases() -> None:
    """Disclosure comes before notice, notice before the five sectors in their order."""
    parameters = only(
        "disclosure", "public_notice", "encounters",
        values={**YOUTH_TELL, **SCHOOLS_SEE, "encounter.contact_rate": (ALWAYS,) * 5},
        encounter__public_rate=ALWAYS, assessment__investigation_weeks=1.0,
    )  # fmt: skip
    sim = finished(tiny(parameters, FOUR[:1]))
    assert story(sim) == [(0, 3, 3, 3, 4, IDENTIFIED, 14)]
    channels = [Channel.SELF, Channel.PUBLIC, *range(Channel.SCHOOL, 8)]
    expected = [(step, channel) for step in (3, 4) for channel in channels]
    assert columns(touches_of(sim), "step", "channel") == expected
    assert spells_of(sim)["first_channel"].tolist() == [Channel.SELF]
    assert spells_of(sim)["knew_at"].tolist() == [3]
    assert cases_of(sim)["channel"].tolist() == [Channel.SELF]


@pytest.mark.parametrize(("acts", "known_at"), [(1.0, 3), (0.0, -1)])
def test_a_confidant_acts_or_does_not(acts: float, known_at: int) -> None:
    """A disclosure to a confidant is recognition, and a report if the confidant acts."""
    told = {**YOUTH_TELL, "disclosure.formal_share": 0.0, "disclosure.confidant_acts": acts}
    sim = finished(tiny(only("disclosure", values=told), FOUR[:1]))
    row = spells_of(sim)[0]
    assert (row["signal_at"], row["known_at"]) == (3, known_at)
    assert row["first_channel"] == (Channel.CONFIDANT if acts else -1)
    assert tally(sim, Tally.RECOGNISED) == 1
    assert tally(sim, Tally.REPORTS) == int(acts)


@pytest.mark.parametrize("switch", ["encounters", "public_notice"])
def test_recognisability_grows_with_time(switch: str) -> None:
    """With a floor of 0 and a ramp of one step, nobody is seen before the second step."""
    values = {**SCHOOLS_SEE, "spell.recognisable_floor": 0.0, "spell.recognisable_months": 0.1}
    parameters = only(switch, "ramp", values=values, encounter__public_rate=ALWAYS)
    sim = finished(tiny(parameters, FOUR))
    assert story(sim) == [(n, s, s + 1, s + 1, s + 1, IDENTIFIED, 1) for _, n, s in FOUR]


def test_recognised_youth_need_not_be_reported() -> None:
    """A sector that reports nothing leaves the youth recognised and unknown."""
    sees = {**SCHOOLS_SEE, "reporting.report": (0.0, 1.0, 1.0, 1.0, 1.0)}
    sim = finished(tiny(only("encounters", values=sees), FOUR))
    assert story(sim) == [(n, s, s, -1, -1, OPEN, 0) for _, n, s in FOUR]


def test_reports_screened_out_close_at_once() -> None:
    """A case screened out closes in the step it opens, and the next report opens another."""
    sim = finished(tiny(only("encounters", values=SCHOOLS_SEE, assessment__screen_in=0.0), FOUR))
    assert story(sim) == [(n, s, s, s, -1, OPEN, 52 - s) for _, n, s in FOUR]
    assert sorted(columns(cases_of(sim), *CASE)) == [
        (n, step, -1, step, Outcome.SCREENED_OUT) for _, n, s in FOUR for step in range(s, 52)
    ]
    assert spells_of(sim)["closed_cases"].tolist() == [52 - s for _, _, s in FOUR]
    assert sim.state.person_steps[:, 0, 0].tolist() == [188, 188]


def test_a_case_not_substantiated_leaves_the_spell_open() -> None:
    """Decided after four steps, last of its step; the report of the step after opens a new case."""
    parameters = only(
        "encounters", values=SCHOOLS_SEE, assessment__substantiation=0.0,
        assessment__investigation_weeks=4.0,
    )  # fmt: skip
    sim = finished(tiny(parameters, FOUR[3:]))
    done = [(0, s, s, s + 4, Outcome.NOT_SUBSTANTIATED) for s in range(9, 47, 5)]
    under_way = (0, 49, 49, -1, Outcome.INVESTIGATED)
    assert columns(cases_of(sim), *CASE) == [*done, under_way]
    assert story(sim) == [(3, 9, 9, 9, -1, OPEN, 43)]
    assert (tally(sim, Tally.INVESTIGATED), tally(sim, Tally.EVER_INVESTIGATED)) == (9, 1)


def test_a_closed_case_lowers_the_chance_of_the_next() -> None:
    """With a relative chance of 0, no report after the first closed case is screened in."""
    parameters = only(
        "encounters", values=SCHOOLS_SEE, assessment__substantiation=0.0,
        assessment__after_closed_ratio=0.0,
    )  # fmt: skip
    sim = finished(tiny(parameters, FOUR[3:]))
    assert (tally(sim, Tally.SCREENED_IN), tally(sim, Tally.REPORTS)) == (1, 43)


def test_family_control_can_keep_a_report_from_being_substantiated() -> None:
    """With a family factor of 0, only youth not controlled by family are identified."""
    parameters = only("encounters", values=SCHOOLS_SEE, assessment__family_ratio=0.0)
    for share, reason in ((1.0, OPEN), (0.0, IDENTIFIED)):
        chosen = parameters.with_values({"incidence.family_controlled": (share,) * 4})
        sim = finished(tiny(chosen, FOUR))
        assert spells_of(sim)["end_reason"].tolist() == [reason] * 4


def test_a_spell_that_ends_during_an_investigation_closes_it_without_a_finding() -> None:
    """Everybody leaves after one step; the decision still falls after four weeks."""
    parameters = only(
        "encounters", values=SCHOOLS_SEE, spell__exit_hazard=ALWAYS,
        assessment__investigation_weeks=4.0,
    )  # fmt: skip
    sim = finished(tiny(parameters, FOUR))
    assert story(sim) == [(n, s, s, s, s + 1, NATURAL, 1) for _, n, s in FOUR]
    assert columns(cases_of(sim), *CASE) == [
        (n, s, s, s + 4, Outcome.SPELL_ENDED) for _, n, s in FOUR
    ]
    assert sim.state.person_steps[0, 0, 0] == 4


# --------------------------------------------------------------------------------- the queue


def test_a_queue_at_half_an_investigation_a_step() -> None:
    """Capacity 0.5 and a credit of 1: openings at 3, 4, 6 and 8, in order of arrival."""
    parameters = only(
        "encounters", "limited_capacity", values=SCHOOLS_SEE, assessment__investigation_weeks=4.0
    )
    sim = tiny(parameters, [(0, 0, 3), (0, 1, 4), (0, 2, 5), (0, 3, 6)])
    set_queue(sim, capacity=0.5, credit=1.0)
    backlog = []
    while not sim.finished:
        sim.step()
        backlog.append(int(sim.state.pools["backlog"][0]))
    assert columns(cases_of(sim), *CASE) == [
        (0, 3, 3, 7, Outcome.SUBSTANTIATED),
        (1, 4, 4, 8, Outcome.SUBSTANTIATED),
        (2, 5, 6, 10, Outcome.SUBSTANTIATED),
        (3, 6, 8, 12, Outcome.SUBSTANTIATED),
    ]
    assert backlog[:10] == [0, 0, 0, 0, 0, 1, 1, 1, 0, 0]
    assert spells_of(sim)["end"].tolist() == [7, 8, 10, 12]


def test_the_order_within_a_step_is_luck() -> None:
    """Four reports of one step are opened in the order of their own luck."""
    parameters = only("encounters", "limited_capacity", values=SCHOOLS_SEE)
    youth = [(0, n, 3) for n in range(4)]
    orders = set()
    for seed in range(5):
        sim = Simulation(begun(parameters, place(), seed=seed, spells=given(youth)), None)
        set_queue(sim, capacity=0.5, credit=0.5)
        cases = cases_of(finished(sim))
        by_luck = np.argsort(cases["order"])
        assert cases["investigated"][by_luck].tolist() == [3, 4, 6, 8]
        assert cases["closed"][by_luck].tolist() == [3, 4, 6, 8]
        orders.add(tuple(by_luck.tolist()))
    assert len(orders) > 1


@pytest.mark.parametrize(("capacity", "opened"), [(0.75, 1), (3.0, 6)])
def test_credit_left_over_is_capped(capacity: float, opened: int) -> None:
    """What is carried to a step is at most the larger of 1 and the capacity of a step."""
    sim = tiny(only("encounters", "limited_capacity", values=SCHOOLS_SEE),
               [(0, n, 40) for n in range(10)])  # fmt: skip
    set_queue(sim, capacity=capacity, credit=0.0)
    finished(sim)
    assert int((cases_of(sim)["investigated"] == 40).sum()) == opened


def test_a_case_whose_spell_has_ended_takes_no_place_in_the_queue() -> None:
    """Three leave while waiting: their cases close then, and the credit goes to the next youth."""
    parameters = only(
        "encounters", "limited_capacity", values=SCHOOLS_SEE, spell__exit_hazard=ALWAYS
    )
    sim = tiny(parameters, [(0, 0, 3), (0, 1, 3), (0, 2, 3), (0, 3, 4)])
    set_queue(sim, capacity=0.5, credit=0.0)
    while sim.step_number < 3:
        sim.step()
    sim.state.pools["credit"] = 0.0
    finished(sim)
    assert sorted(columns(cases_of(sim), *CASE)) == [
        (0, 3, -1, 4, Outcome.SPELL_ENDED),
        (1, 3, -1, 4, Outcome.SPELL_ENDED),
        (2, 3, -1, 4, Outcome.SPELL_ENDED),
        (3, 4, 4, 4, Outcome.SUBSTANTIATED),
    ]
    assert sim.state.pools["backlog"].tolist() == [0]
    assert sim.state.pools["queue_head"].tolist() == [-1]


def test_a_long_wait_costs_substantiation() -> None:
    """Waits of 0, 1, 3 and 5 steps: those longer than three weeks are not substantiated."""
    parameters = only(
        "encounters", "limited_capacity", values=SCHOOLS_SEE, assessment__backlog_weeks=3.0,
        assessment__backlog_ratio=0.0, assessment__investigation_weeks=30.0,
    )  # fmt: skip
    sim = tiny(parameters, [(0, n, 3) for n in range(4)])
    set_queue(sim, capacity=0.5, credit=1.0)
    cases = cases_of(finished(sim))
    first = cases[cases["opened"] == 3]
    by_wait = sorted(columns(first, "investigated", "closed", "outcome"))
    assert by_wait == [
        (3, 33, Outcome.SUBSTANTIATED),
        (4, 34, Outcome.SUBSTANTIATED),
        (6, 36, Outcome.SUBSTANTIATED),
        (8, 38, Outcome.NOT_SUBSTANTIATED),
    ]


@pytest.mark.parametrize(("pooled", "investigated"), [(True, [3, 4]), (False, [3, 3])])
def test_small_communities_share_their_investigators(
    pooled: bool, investigated: list[int]
) -> None:
    """Two places of 1,000 people have one queue, and two with pooling off."""
    switches = ("encounters", "limited_capacity", *(("pooling",) if pooled else ()))
    sim = tiny(only(*switches, values=SCHOOLS_SEE), [(0, 0, 3), (1, 0, 3)], TWO_PLACES)
    assert len(sim.state.pools) == (1 if pooled else 2)
    set_queue(sim, capacity=0.5, credit=0.5)
    assert sorted(cases_of(finished(sim))["investigated"].tolist()) == investigated


def test_there_is_room_when_a_whole_backlog_is_decided_in_one_step() -> None:
    """Without a delay, all who wait may be identified, touched and exploited again at once."""
    parameters = only(
        "public_notice", "limited_capacity", "reexploitation", encounter__public_rate=0.5
    )
    sim = tiny(parameters, [(0, n, 0) for n in range(3000)])
    set_queue(sim, capacity=0.0, credit=0.0)
    while sim.step_number < 50:
        sim.step()
    backlog = int(sim.state.pools["backlog"][0])
    assert backlog > 1000
    sim.make_room(sim.now())
    for buffer in (sim.state.found, sim.state.luck):
        assert len(buffer) >= backlog
    assert len(sim.state.spells) - int(sim.state.counts[Count.SPELLS]) >= backlog


def test_capacity_comes_from_investigators() -> None:
    """Posts times investigations a month, in steps, summed over the pool."""
    parameters = only("limited_capacity", "pooling", assessment__investigations_per_month=4.0)
    sim = tiny(parameters, [(0, 0, 3)], TWO_PLACES)
    posts = np.array([1.5, 0.5])
    set_capacity(
        sim.state.pools, parameters, TWO_PLACES, sim.state.places, posts, None, sim.clock
    )
    assert sim.state.pools["capacity"] == pytest.approx([2.0 * 4.0 * 12 / 52], rel=1e-14)


# ---------------------------------------------------------------------- after identification


@pytest.mark.parametrize(("uptake", "served", "refused"), [(1.0, 2, 2), (0.0, 0, 0)])
def test_services_with_one_place(uptake: float, served: int, refused: int) -> None:
    """A place is free again four steps after it was taken; a youth who declines takes none."""
    parameters = only(
        "encounters", "services", values=SCHOOLS_SEE, services__uptake=uptake,
        services__places=(10.0, 0.0, 0.0, 0.0), services__distance_ratio=(1.0, 0.0, 0.0, 0.0),
        services__service_months=1.0,
    )  # fmt: skip
    sim = finished(tiny(parameters, [(0, 0, 3), (0, 1, 3), (0, 2, 5), (0, 3, 6)]))
    assert sim.state.pools["places_top"].tolist() == [1.0]
    assert sim.state.pools["places"].tolist() == [0.25]
    assert tally(sim, Tally.SERVED) == served
    assert tally(sim, Tally.OFFERED_NO_PLACE) == refused
    got = (spells_of(sim)["stage"] & 4) != 0
    if served:
        assert int(got[:2].sum()) == 1
        assert got[2:].tolist() == [False, True]


@pytest.mark.parametrize(("relief", "served"), [(0.0, 0), (1.0, 1)])
def test_distance_keeps_youth_from_a_place(relief: float, served: int) -> None:
    """In a rural place with a ratio of 0 nobody takes a place, unless the distance is relieved."""
    parameters = only(
        "encounters", "services", values=SCHOOLS_SEE, services__uptake=1.0,
        services__places=(0.0, 0.0, 0.0, 10.0), services__distance_ratio=(1.0, 1.0, 1.0, 0.0),
    )  # fmt: skip
    sim = tiny(parameters, FOUR, place(place_class=["rural"]))
    sim.state.bought[Bought.RELIEF] = relief
    finished(sim)
    assert (tally(sim, Tally.SERVED) >= 1) == bool(served)
    assert tally(sim, Tally.SERVED) + tally(sim, Tally.OFFERED_NO_PLACE) == 4 * served


def test_sectors_go_on_recording_an_identified_youth() -> None:
    """For one month from the step after, every sector touches the case in every step."""
    parameters = only(
        "encounters", values=SCHOOLS_SEE, recording__touch_rate=ALWAYS, recording__touch_months=1.0
    )
    sim = finished(tiny(parameters, FOUR[:1]))
    expected = [(3, Channel.SCHOOL)]
    expected += [(t, c) for t in (4, 5, 6, 7) for c in range(Channel.SCHOOL, 8)]
    assert sorted(columns(touches_of(sim), "step", "channel")) == expected
    assert set(touches_of(sim)["case"].tolist()) == {0}
    assert tally(sim, Tally.REPORTS) == 1


def luck_of(sim: Simulation, number: int, ordinal: int) -> float:
    """The unit exponential of a youth's clock of the next spell (community A)."""
    from model.draws import Decision, uniforms

    key = sim.state.places[0]["key"]
    u = uniforms(sim.state.world, key, number, int(Decision.CLOCK), ordinal, 0)[1]
    return float(-np.log(u))


@pytest.mark.parametrize("served", [False, True])
@pytest.mark.parametrize("after", ["any end", "identification"])
@pytest.mark.parametrize("end", ["natural", "identification"])
def test_the_next_spell_starts_when_its_clock_runs_out(
    end: str, after: str, served: bool
) -> None:
    """A unit exponential against the hazard of section 8 says when each spell starts."""
    exits = {"spell.exit_hazard": ALWAYS} if end == "natural" else SCHOOLS_SEE
    switches = ["reexploitation", *(["encounters"] if end == "identification" else [])]
    parameters = only(
        *switches, *(["services"] if served else []), values=exits,
        spell__reexploited_12m=0.99, spell__reexploited_after=after,
        spell__reexploited_ratio_served=0.4, services__uptake=1.0,
        services__places=(1e9,) * 4, services__distance_ratio=(1.0,) * 4,
        incidence__onset_rate=0.0,
    )  # fmt: skip
    sim = finished(tiny(parameters, FOUR, burn_in_years=2))
    hazard = -np.log(1.0 - 0.99) / 52
    if served and end == "identification":
        hazard *= 0.4
    lasts = 1 if end == "natural" else 0
    expected = []
    for first in spells_of(sim)[:4]:
        number, starts = first["number"].item(), first["start"].item()
        last = min(104 + 52, first["age_out"].item())
        for ordinal in range(60):
            expected.append((number, ordinal, starts))
            ends = starts + lasts
            waits = int(np.floor(luck_of(sim, number, ordinal) / hazard)) + 1
            starts = ends + waits
            may_follow = after == "any end" or end == "identification"
            if not may_follow or ends >= 104 or waits > 52 or starts >= last:
                break
    if after == "identification" and end == "natural":
        assert len(expected) == 4
    else:
        assert len(expected) > 8
    assert sorted(columns(spells_of(sim), "number", "ordinal", "start")) == sorted(expected)


def test_a_youth_exploited_again_is_the_same_youth() -> None:
    """Age, type, gender, risk and home stay; identification has to be reached anew."""
    parameters = only(
        "reexploitation", "encounters", values=SCHOOLS_SEE, spell__reexploited_12m=0.999,
        assessment__investigation_weeks=4.0, assessment__after_closed_ratio=0.0,
    )  # fmt: skip
    sim = finished(tiny(parameters, FOUR))
    first, lasting = spells_of(sim)[:4], 0b1111111
    later = spells_of(sim)[4:]
    later = later[later["start"] < 40]
    assert len(later) > 4
    mother = first[later["number"]]
    for name in ("community", "age_out"):
        assert (later[name] == mother[name]).all()
    assert (later["traits"] & lasting == mother["traits"] & lasting).all()
    assert (later["known_at"] == later["start"]).all()
    assert (later["end"] == later["start"] + 4).all()
    assert tally(sim, Tally.LATER_ONSETS) == int((spells_of(sim)[4:]["start"] < 52).sum())


def test_ageing_out_ends_a_spell_for_good() -> None:
    """Onset at age a ends at ceil((18 - a) 52) steps, before others notice, and nothing follows."""
    from scipy import stats

    from model.draws import Decision, uniforms

    parameters = only("reexploitation", incidence__age_mode=18.0, spell__reexploited_12m=0.999)
    youth = [(0, n, 0) for n in range(40)]
    sim = finished(tiny(parameters, youth))
    key = sim.state.places[0]["key"]
    luck = [uniforms(sim.state.world, key, n, int(Decision.YOUTH), 0, 0)[1] for n in range(40)]
    left = np.ceil((18.0 - stats.triang.ppf(luck, 1.0, 12.0, 6.0)) * 52).astype(int)
    spells = spells_of(sim)
    assert spells["age_out"].tolist() == left.tolist()
    assert len(spells) == 40
    old = left < 52
    assert 0 < old.sum() < 40
    assert spells["end"][old].tolist() == left[old].tolist()
    assert set(spells["end_reason"][old].tolist()) == {AGED_OUT}
    assert set(spells["end_reason"][~old].tolist()) == {OPEN}
    assert sim.state.person_steps[0, 0, 0] == np.minimum(left, 52).sum()


def test_ageing_out_comes_before_natural_exit_and_before_reports() -> None:
    """Who turns 18 in a step is not seen in it, and counts as aged out even if leaving then."""
    youth = [(0, n, 0) for n in range(40)]
    young = only(incidence__age_mode=18.0)
    left = {
        row["number"].item(): row["age_out"].item()
        for row in spells_of(finished(tiny(young, youth)))
    }
    number, last = min(left.items(), key=lambda item: item[1])
    late = {**SCHOOLS_SEE, "spell.recognisable_floor": 0.0}
    parameters = only("encounters", values=late, incidence__age_mode=18.0,
                      assessment__substantiation=0.0)  # fmt: skip
    sim = finished(tiny(parameters, [(0, number, 0)]))
    assert story(sim) == [(number, 0, 0, 0, last, AGED_OUT, last)]


# ------------------------------------------------------------------- what is told and prevented


def test_support_and_groups_prevent_onsets() -> None:
    """Full coverage with an effect of 1 prevents every first spell, by either lever."""
    poor = place(poverty_share=[1.0])
    parameters = only(levers__economic_ratio=0.0, levers__prevention_ratio=0.0)
    for row in (Bought.ECONOMIC, Bought.PREVENTION):
        sim = tiny(parameters, [(0, n, 0) for n in range(4)] + [(0, 4, 1)], poor)
        sim.state.bought[row] = 1.0 if row == Bought.ECONOMIC else ALWAYS
        sim.step()
        sim.state.bought[row] = 0.0
        if row == Bought.PREVENTION:
            assert sim.state.public[Public.PREVENTION].tolist() == [1.0]
            sim.state.public[Public.PREVENTION] = 0.0
        finished(sim)
        spells = spells_of(sim)
        assert spells["end_reason"].tolist() == [End.PREVENTED] * 4 + [OPEN]
        assert (tally(sim, Tally.PREVENTED), tally(sim, Tally.FIRST_ONSETS)) == (4, 1)
        assert sim.state.active[0].tolist() == [1]


@pytest.mark.parametrize(("relieved", "known_at"), [(1.0, 10), (0.0, -1)])
def test_being_told_lets_a_youth_recognise_and_stop_blaming(
    relieved: float, known_at: int
) -> None:
    """Education reaches everybody in step 10: those who blamed themselves then tell, or do not."""
    parameters = only(
        "telling", "disclosure", "self_blame", values=YOUTH_TELL, knowing__told_stock=0.0,
        knowing__self_recognition=NEVER, knowing__told_ratio=1e21, knowing__self_blame=1.0,
        knowing__told_not_ones_fault=relieved, knowing__contacts=0.0,
        knowing__told_per_trained_contact=0.0, disclosure__blame_ratio=0.0,
    )  # fmt: skip
    sim = tiny(parameters, FOUR)
    while not sim.finished:
        sim.state.bought[Bought.EDUCATION] = ALWAYS if sim.step_number == 10 else 0.0
        sim.step()
    spells = spells_of(sim)
    assert spells["knew_at"].tolist() == [10] * 4
    assert spells["known_at"].tolist() == [known_at] * 4
    assert tally(sim, Tally.KNEW) == 4


def test_denial_keeps_responders_and_the_public_from_seeing() -> None:
    """Where denial is total and blinds, nobody is seen; without the switch all are."""
    blind = {"denial.leaders": (1.0,) * 4, "denial.public": 1.0, "denial.ratio": 0.0}
    for switch in ("encounters", "public_notice"):
        for denial, reason in ((("denial",), OPEN), ((), IDENTIFIED)):
            parameters = only(switch, *denial, values={**SCHOOLS_SEE, **blind},
                              encounter__public_rate=ALWAYS)  # fmt: skip
            ends = spells_of(finished(tiny(parameters, FOUR)))["end_reason"]
            assert set(ends.tolist()) == {reason}


@pytest.mark.parametrize("lever", [Bought.SCREENING_UNIVERSAL, Bought.SCREENING_TARGETED])
def test_a_screening_tool_finds_those_it_covers(lever: Bought) -> None:
    """Staff who see nothing find all youth with a perfect tool, or only those at high risk."""
    parameters = only(
        "encounters", encounter__contact_rate=(ALWAYS, ALWAYS, 0.0, 0.0, 0.0),
        encounter__untrained=(0.0,) * 5, encounter__trained=(0.0,) * 5,
        encounter__tool_sectors=(0.0, 1.0, 1.0, 0.0, 1.0), encounter__tool_use=1.0,
        encounter__tool_sensitivity=1.0, encounter__second_look_true=1.0,
        incidence__high_risk_share=0.4,
    )  # fmt: skip
    sim = tiny(parameters, [(0, n, 3) for n in range(20)])
    sim.state.bought[lever] = 1.0
    spells = spells_of(finished(sim))
    high = (spells["traits"] & 16) != 0
    assert 0 < high.sum() < 20
    found = spells["end_reason"] == IDENTIFIED
    expected = high if lever == Bought.SCREENING_TARGETED else np.ones(20, bool)
    assert found.tolist() == expected.tolist()
    assert set(cases_of(sim)["channel"].tolist()) == {Channel.HEALTH}


# ------------------------------------------------------------------------- false reports, record


def forced(sim: Simulation, per_youth: float) -> None:
    """Let every sector suspect falsely at one contact a step for each youth: the mean is exact."""
    rates = sim.state.rates
    rates["false_general"] = rates["false_high_risk"] = np.array([0.0, 0.0, 0.0, 1.0, 0.0])
    rates["false_base"] = per_youth
    sim._false_reports = 1000  # room for what was forced


def false_world(**values: Any) -> Simulation:
    """A world with false reports forced to a mean of 2.5 a step, all by the police."""
    sim = tiny(only("false_reports", **values), [(0, 0, 51)])
    forced(sim, 2.5 / 10_000.0)
    return sim


def poisson_by_hand(sim: Simulation, mean: float) -> list[int]:
    """Counts of the first year by inversion of the documented uniforms."""
    from scipy import stats

    from model.draws import Decision, uniforms

    key = sim.state.places[0]["key"]
    luck = [
        uniforms(sim.state.world, key, step, int(Decision.FALSE_COUNT), 0, 0)[0]
        for step in range(52)
    ]
    return stats.poisson.ppf(luck, mean).astype(int).tolist()


def test_false_reports_by_hand() -> None:
    """Poisson counts by inversion; each opens a case of its own, which comes to nothing."""
    sim = finished(false_world())
    counts = poisson_by_hand(sim, 2.5)
    cases = cases_of(sim)
    assert np.bincount(cases["opened"], minlength=52).tolist() == counts
    assert set(cases["spell"].tolist()) == {-1}
    assert set(cases["channel"].tolist()) == {Channel.POLICE}
    assert set(cases["outcome"].tolist()) == {Outcome.NOT_SUBSTANTIATED}
    n = sum(counts)
    assert tally(sim, Tally.FALSE_REPORTS) == tally(sim, Tally.FALSE_INVESTIGATED) == n
    assert tally(sim, Tally.REPORTS) == tally(sim, Tally.FALSE_IDENTIFIED) == 0
    assert record_of(sim).sum(axis=(1, 2, 3)).tolist() == [n, n, 0]


def test_false_reports_wrongly_substantiated() -> None:
    """With a wrong substantiation of 1 every false report is 'identified', and no youth is."""
    sim = false_world()
    sim.state.rates["wrong_substantiation"] = 1.0
    finished(sim)
    n = sum(poisson_by_hand(sim, 2.5))
    assert tally(sim, Tally.FALSE_IDENTIFIED) == n
    assert tally(sim, Tally.IDENTIFIED) == 0
    assert record_of(sim).sum(axis=(1, 2, 3)).tolist() == [n, n, n]
    assert sim.state.active[0].tolist() == [1]


def test_false_reports_screened_out() -> None:
    """With nothing screened in, false reports are counted and closed at once."""
    sim = finished(false_world(assessment__screen_in=0.0))
    n = sum(poisson_by_hand(sim, 2.5))
    assert tally(sim, Tally.FALSE_REPORTS) == n
    assert tally(sim, Tally.FALSE_INVESTIGATED) == 0
    assert set(cases_of(sim)["outcome"].tolist()) == {Outcome.SCREENED_OUT}
    assert cases_of(sim)["closed"].tolist() == cases_of(sim)["opened"].tolist()


def test_no_false_reports_without_the_switch() -> None:
    """With false reports off none is made, whatever the rates."""
    sim = tiny(only(), [(0, 0, 51)])
    forced(sim, 2.5 / 10_000.0)
    assert len(cases_of(finished(sim))) == 0


def test_false_reports_wait_in_the_same_queue() -> None:
    """A false report that came first takes the credit that a true one is waiting for."""
    sim = tiny(
        only("false_reports", "encounters", "limited_capacity", values=SCHOOLS_SEE), [(0, 0, 51)]
    )
    forced(sim, 2.5 / 10_000.0)
    set_queue(sim, capacity=0.5, credit=0.0)
    finished(sim)
    n = sum(poisson_by_hand(sim, 2.5))
    cases = cases_of(sim)
    assert len(cases) == n + 1
    assert sim.state.pools["backlog"].tolist() == [n + 1 - 26]
    assert int((cases["investigated"] >= 0).sum()) == 26
    assert spells_of(sim)["end_reason"].tolist() == [OPEN]
    started = cases[cases["investigated"] >= 0]
    assert started["opened"].max() <= cases[cases["investigated"] < 0]["opened"].min()


@pytest.mark.parametrize(("on", "probability"), [(True, 1.0), (True, 0.0), (False, 0.0)])
def test_publication_by_hand(on: bool, probability: float) -> None:
    """A community that takes part publishes its year; one that does not publishes nothing."""
    parameters = only(
        "encounters", *(["publication"] if on else []), values=SCHOOLS_SEE,
        recording__publish_small=probability, recording__publish_large=probability,
        assessment__investigation_weeks=4.0,
    )  # fmt: skip
    youth = [*FOUR, (0, 4, 60)]
    world = burn_in(begun(parameters, place(), spells=given(youth)))
    history = run_policy(world, policies.none())
    takes_part = probability == 1.0 or not on
    assert history.record.takes_part.tolist() == [[takes_part, takes_part]]
    published = history.record.published_reports.tolist()
    assert published == ([[20.0, 5.0]] if takes_part else [[0.0, 0.0]])
    assert history.record.published_identified.tolist() == (
        [[4.0, 1.0]] if takes_part else [[0.0, 0.0]]
    )
    assert history.record.counts.referrals.sum() == 25


def test_case_files_by_hand() -> None:
    """An agency's file holds weeks, channels, touches, and here the onset without an error."""
    parameters = only(
        "encounters", values=SCHOOLS_SEE, assessment__investigation_weeks=1.0,
        recording__recall_sd=0.0, recording__touch_rate=ALWAYS, recording__touch_months=0.25,
    )  # fmt: skip
    world = begun(parameters, place(), spells=given([(0, 0, 3), (0, 1, 51)]))
    files = run_policy(burn_in(world), policies.none()).record.cases
    names = ("opened", "investigated", "closed", "recalled_onset", "channel", "outcome")
    assert columns(files.cases, *names) == [
        (3, 3, 4, 3.0, Channel.SCHOOL, Outcome.SUBSTANTIATED),
        (51, 51, 52, 51.0, Channel.SCHOOL, Outcome.SUBSTANTIATED),
    ]
    after = [(n, t + 2, c) for n, t in ((0, 3), (1, 51)) for c in range(Channel.SCHOOL, 8)]
    seen = [(n, t + i, Channel.SCHOOL) for n, t in ((0, 3), (1, 51)) for i in range(2)]
    assert columns(files.touches, "case", "step", "channel") == sorted(seen + after)


# ------------------------------------------------------------------- publicity and feedback


def test_publicity_of_one_identification_moves_denial_and_salience() -> None:
    """In the step after, denial falls and salience rises by the sizes of section 9, and fade."""
    parameters = only(
        "encounters", "publicity", values=SCHOOLS_SEE, feedback__publicity_denial=0.2,
        feedback__publicity_salience=0.5, feedback__news_market=50_000.0,
        denial__leaders=(0.4,) * 4, denial__public=0.6, awareness__hotline=(0.25,) * 4,
        awareness__campaign_lift=1.6, awareness__salience_half_life=1.0, denial__half_life=40.0,
    )  # fmt: skip
    sim = tiny(parameters, FOUR[:1], place(20_000.0))
    while sim.step_number < 4:
        sim.step()
    assert sim.state.denial[:, 0].tolist() == [0.4] * 5
    assert sim.state.public[Public.SALIENCE, 0] == 0.0
    sim.step()
    y = 100_000.0 / 50_000.0
    dose = np.log((1 - 0.25) / (1 - 1.6 * 0.25))
    salience = 1 - np.exp(-0.5 * dose * y)
    assert sim.state.denial[:, 0] == pytest.approx([0.4 * 0.8**y] * 5, rel=1e-12)
    assert sim.state.public[Public.DENIAL, 0] == pytest.approx(0.6 * 0.8**y, rel=1e-12)
    assert sim.state.public[Public.SALIENCE, 0] == pytest.approx(salience, rel=1e-12)
    awareness = 1 - 0.75 * (1 - salience)
    assert sim.state.public[Public.AWARENESS, 0] == pytest.approx(awareness, rel=1e-12)
    sim.step()
    assert sim.state.public[Public.SALIENCE, 0] == pytest.approx(
        salience * 2 ** (-12 / 52), rel=1e-12
    )
    back = 0.4 * 0.8**y + np.log(2) / (40 / 12) / 52 * (0.4 - 0.4 * 0.8**y)
    assert sim.state.denial[:, 0] == pytest.approx([back] * 5, rel=1e-12)


def test_training_follows_last_years_published_reports() -> None:
    """A place with 3 of 4 reports and half the youth gets the factor of section 9, next year."""
    parameters = only(
        "encounters", "feedback", values=SCHOOLS_SEE, feedback__discretionary_share=0.4,
        feedback__follow_share=0.5, feedback__follow_cap=1.4, training__turnover=0.25,
        training__trained_share=(0.4,) * 4,
    )  # fmt: skip
    youth = [(0, 0, 3), (0, 1, 5), (0, 2, 51), (1, 0, 51)]
    sim = tiny(parameters, youth, TWO_PLACES, burn_in_years=2)
    while sim.step_number < 52:
        sim.step()
    assert sim.state.public[Public.FOLLOW].tolist() == [1.0, 1.0]
    assert sim.state.trained[0].tolist() == pytest.approx([0.4, 0.4], rel=1e-12)
    sim.step()
    phi = np.array([0.6 + 0.4 * (0.5 + 0.5 * 1.4), 0.6 + 0.4 * (0.5 + 0.5 * 0.5)])
    assert sim.state.public[Public.FOLLOW] == pytest.approx(phi, rel=1e-12)
    background = 0.25 * 0.4 / 0.6
    trained = 0.4 + (phi * background * 0.6 - 0.25 * 0.4) / 52
    for sector in range(5):
        assert sim.state.trained[sector] == pytest.approx(trained, rel=1e-12)


def test_identifications_not_published_have_no_publicity() -> None:
    """A community that takes no part in the year's publication makes no news."""
    parameters = only(
        "encounters", "publicity", "publication", values=SCHOOLS_SEE,
        recording__publish_small=0.0, recording__publish_large=0.0,
    )  # fmt: skip
    sim = finished(tiny(parameters, FOUR))
    assert sim.state.public[Public.SALIENCE].tolist() == [0.0]
    assert tally(sim, Tally.IDENTIFIED) == 4
