"""Four youths in worlds worked by hand: every step of every spell is known before the run.

All mechanisms are off but those named, and what is left is sure or impossible.  Step 0 is the first
step of burn-in; times are steps, -1 never.
"""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import (
    ALWAYS,
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
    set_queue,
    spells_of,
    story,
    tally,
    tiny,
    touches_of,
)

from streetlight.model.communities.region import Region
from streetlight.model.names import Channel, End, Outcome, Tally
from streetlight.model.run.simulation import Simulation
from streetlight.model.world.pools import set_capacity
from streetlight.model.world.state import Bought, Count

FOUR = [(0, 0, 3), (0, 1, 3), (0, 2, 5), (0, 3, 9)]  # community, number of the youth, start
CASE = ("spell", "opened", "investigated", "closed", "outcome")
OPEN, NATURAL, AGED_OUT, IDENTIFIED = End.OPEN, End.NATURAL, End.AGED_OUT, End.IDENTIFIED
TWO_PLACES = Region.of(
    ids=["A", "B"], population=[1_000.0, 1_000.0], youth=[100.0, 100.0],
    poverty_share=[0.0, 0.0], place_class=["large metro", "large metro"],
)  # fmt: skip


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
    assert record_of(sim)[0].sum(axis=(0, 1)).tolist() == [0, 0, 0, 4, 0, 0, 4, 0, 0]


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
    under_way = (0, 49, 49, -1, Outcome.UNDER_INVESTIGATION)
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
    """Capacity 0.5, a credit of 1: investigations begin at 3, 4, 6 and 8, in order of arrival."""
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
    assert (sim.state.pools["queue_head"] == -1).all()


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
def test_small_communities_share_their_investigators(pooled: bool, investigated: list[int]) -> None:
    """Two places of 1,000 people have one queue, and two with pooling off."""
    switches = ("encounters", "limited_capacity", *(("pooling",) if pooled else ()))
    sim = tiny(only(*switches, values=SCHOOLS_SEE), [(0, 0, 3), (1, 0, 3)], TWO_PLACES)
    assert len(sim.state.pools) == (1 if pooled else 2)
    set_queue(sim, capacity=0.5, credit=0.5)
    assert sorted(cases_of(finished(sim))["investigated"].tolist()) == investigated


def test_there_is_room_when_a_whole_backlog_is_decided_in_one_step() -> None:
    """Without a delay, all who can be investigated in a step may be identified and touched in it.

    The pool has 20,000 credits and earns 30,000 in the step; of the others who wait none is opened.
    """
    parameters = only("limited_capacity", "reexploitation", recording__touch_months=3.0)
    sim = tiny(parameters, FOUR)
    used = sim.state.counts.copy()
    backlog = 50_000
    sim.state.pools["backlog"] = backlog + 7_000_000
    sim.state.pools["credit"], sim.state.pools["capacity"] = 20_000.0, 30_000.0
    sim.make_room(sim.now())
    state = sim.state
    for table in (state.handed, state.scratch):
        assert table.shape[-1] >= backlog
    assert len(state.spells) >= used[Count.SPELLS] + backlog
    assert len(state.nodes) >= used[Count.NODES] + backlog
    assert len(state.touches) >= used[Count.TOUCHES] + backlog * 5 * 13  # five sectors, 13 weeks
    assert len(state.spells) < 1_000_000  # and not for all seven million


def test_capacity_comes_from_investigators() -> None:
    """Posts times investigations a month, in steps, summed over the pool."""
    parameters = only("limited_capacity", "pooling", assessment__investigations_per_month=4.0)
    sim = tiny(parameters, [(0, 0, 3)], TWO_PLACES)
    posts, s = np.array([1.5, 0.5]), sim.state
    set_capacity(s.pools, parameters, TWO_PLACES, s.communities, posts, np.zeros(2), sim.clock)
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
    assert sim.state.pools["place_rate"].tolist() == [0.25]
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
    sim.state.conditions[Bought.RELIEF] = relief
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
    from streetlight.model.draws import Decision, uniforms

    key = sim.state.communities[0]["key"]
    u = uniforms(sim.state.world, key, number, int(Decision.CLOCK), ordinal, 0)[1]
    return float(-np.log(u))


@pytest.mark.parametrize("served", [False, True])
@pytest.mark.parametrize("after", ["any end", "identification"])
@pytest.mark.parametrize("end", ["natural", "identification"])
def test_the_next_spell_starts_when_its_clock_runs_out(end: str, after: str, served: bool) -> None:
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

    from streetlight.model.draws import Decision, uniforms

    parameters = only("reexploitation", incidence__age_mode=18.0, spell__reexploited_12m=0.999)
    youth = [(0, n, 0) for n in range(40)]
    sim = finished(tiny(parameters, youth))
    key = sim.state.communities[0]["key"]
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


def test_without_ageing_out_nobody_leaves_at_18() -> None:
    """Those who would leave are still seen in that step and every later one, and are identified."""
    youth = [(0, n, 0) for n in range(40)]
    grown = {"incidence.age_mode": 18.0, "switches.ageing_out": False}
    sim = finished(tiny(only(values=grown), youth))
    spells = spells_of(sim)
    assert (spells["age_out"] < 52).any()
    assert set(spells["end_reason"].tolist()) == {OPEN}
    assert sim.state.person_steps[0, 0, 0] == 40 * 52
    seen = only("encounters", values={**SCHOOLS_SEE, **grown}, assessment__substantiation=0.0)
    sim = finished(tiny(seen, youth))
    assert set(spells_of(sim)["n_reports"].tolist()) == {52}


def test_without_ageing_out_a_spell_goes_on_for_ever_and_none_begins_after_18() -> None:
    """In eight years youth are seen in every week, but nobody is exploited anew once grown up."""
    grown = {**SCHOOLS_SEE, "switches.ageing_out": False}
    youth = [(0, n, 0) for n in range(4)]
    seen = only("encounters", values=grown, assessment__substantiation=0.0)
    spells = spells_of(finished(tiny(seen, youth, burn_in_years=8)))
    assert set(spells["n_reports"].tolist()) == {8 * 52}
    assert (spells["age_out"] <= 6 * 52).all()
    anew = only("encounters", "reexploitation", values=grown, spell__reexploited_12m=0.999)
    spells = spells_of(finished(tiny(anew, youth, burn_in_years=8)))
    assert set(spells["end_reason"].tolist()) == {IDENTIFIED}
    assert (spells["start"] < spells["age_out"]).all()
    assert len(spells) > 4 * 5
