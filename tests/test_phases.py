"""Phases replaced by name: in the policy years, and in the years before them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_worlds import (
    SCHOOLS_SEE,
    begun,
    cases_of,
    finished,
    given,
    only,
    place,
    spells_of,
    tally,
    touches_of,
)

from streetlight import policies
from streetlight.model.errors import InputError
from streetlight.model.names import Channel, End, Tally
from streetlight.model.run.history import History
from streetlight.model.run.simulation import Simulation, burn_in, draw_world, run_policy, simulate
from streetlight.model.week.week import WEEK
from streetlight.model.world.state import Count, Hand, When

#: Four youth in the first weeks of burn-in, whom schools see in every week.
FOUR = [(0, 0, 3), (0, 1, 3), (0, 2, 5), (0, 3, 9)]
SEEN = only("encounters", values=SCHOOLS_SEE, assessment__investigation_weeks=4.0)

#: A year of burn-in and no filling, with many onsets.
DRAWN = SEEN.with_values(
    {"time.filling_years": 0, "time.burn_in_years": 1, "incidence.onset_rate": 2000.0}
)


def reports(history: History) -> list[int]:
    """Reports by month of the record, all of them from schools."""
    by_channel = history.record.counts.referrals.sum(axis=1)
    assert by_channel.sum() == by_channel[:, Channel.SCHOOL].sum()
    return [int(n) for n in by_channel.sum(axis=1)]


def test_without_encounters_in_burn_in_the_record_begins_with_the_policy() -> None:
    """Schools report each of four youth five times: from onset, or from the first policy week."""
    weeks = [onset + i for _, _, onset in FOUR for i in range(5)]
    month = np.searchsorted(np.array([52 * m // 12 for m in range(1, 13)]), weeks, side="right")
    heard = np.bincount(month, minlength=24).tolist()
    late = [0] * 12 + [16, 4] + [0] * 10  # the first month of a year has four weeks
    for stubs, expected in (({}, heard), ({"encounter": None}, late)):
        world = burn_in(begun(SEEN, place(), spells=given(FOUR)), phases=stubs)
        assert reports(run_policy(world, policies.none())) == expected


def test_phases_of_a_drawn_world_are_those_of_its_burn_in() -> None:
    """`draw_world` takes stubs for the years before, `run_policy` for the years after."""
    silent: dict[str, Any] = {"encounter": None}
    seen, unseen = (draw_world(DRAWN, place(), years=1, phases=stubs) for stubs in (None, silent))
    for world, stubs, before, after in (
        (seen, None, True, True), (seen, silent, True, False),
        (unseen, None, False, True), (unseen, silent, False, False),
    ):  # fmt: skip
        months = reports(run_policy(world, policies.none(), phases=stubs))
        assert (sum(months[:12]) > 0, sum(months[12:]) > 0) == (before, after)
    assert sum(reports(simulate(DRAWN, place(), policies.none(), years=1, phases=silent))) == 0


def test_a_stub_is_called_in_each_week_of_burn_in_and_of_the_policy_years() -> None:
    """It is handed the simulation, without a policy in burn-in, and the week."""
    calls = []

    def spy(simulation: Simulation, when: When) -> None:
        calls.append((when.step, simulation.policy is None, when.in_record))

    simulate(DRAWN, place(), policies.none(), years=1, phases={"serve": spy})
    assert calls == [(step, step < 52, True) for step in range(104)]


@pytest.mark.parametrize("name", WEEK)
def test_any_phase_can_be_left_out_of_all_weeks(name: str) -> None:
    """A run without a phase gets to its end; some phases are needed for a report on file."""
    four_weeks = DRAWN.with_values({"time.steps_per_year": 13})
    history = simulate(four_weeks, place(), policies.per_youth(), years=1, phases={name: None})
    assert history.truth.ledger.person_steps.shape == (2, 2, 1)
    assert (sum(reports(history)) > 0) == (name not in ("onsets", "encounter", "report", "assess"))


def test_a_report_that_comes_after_its_spell_is_lost_unless_a_case_is_left() -> None:
    """Of two youth who have left, one whose case is decided in week 9, a report in week 7 and one
    in week 10 reach the file once, as a touch of that case."""

    def late(simulation: Simulation, when: When) -> None:
        state = simulation.state
        heard = {3: (0,), 7: (0, 1), 10: (0, 1)}.get(when.step, ())
        for j, spell in enumerate(heard):
            state.handed[Hand.REPORTS, j] = spell
            state.handed[Hand.REPORT_CHANNEL, j] = Channel.SCHOOL
        state.counts[Count.REPORTS], state.counts[Count.FALSE_REPORTS] = len(heard), 0

    leave_in_a_week = only(spell__exit_hazard=1e9, assessment__investigation_weeks=6.0)
    world = begun(leave_in_a_week, place(), spells=given(FOUR[:2]))
    run = finished(Simulation(world, None, phases={"report": late}))
    spells = spells_of(run)
    assert spells["end_reason"].tolist() == [End.NATURAL] * 2
    assert spells["end"].tolist() == [4, 4]
    assert len(cases_of(run)) == 1
    assert touches_of(run)["case"].tolist() == [0, 0]
    assert touches_of(run)["step"].tolist() == [3, 7]
    assert spells["n_reports"].tolist() == [2, 0]
    assert tally(run, Tally.REPORTS) == 2


def test_an_unknown_phase_is_refused_with_the_closest_one() -> None:
    """Names, stubs that cannot be called and what is no mapping, all in words."""
    world = begun(SEEN, place(), spells=given(FOUR))
    with pytest.raises(InputError) as caught:
        burn_in(world, phases={"encuonter": None, "learn": "no"})  # type: ignore[dict-item]
    assert caught.value.problems == (
        'phases: no phase is called "encuonter" (did you mean "encounter"?): there are '
        + ", ".join(WEEK),
        "phases: learn: 'no': must be callable with (simulation, when), or None to leave it out",
    )
    with pytest.raises(InputError, match="^phases: 'learn': must be a mapping from the names"):
        Simulation(world, None, phases="learn")  # type: ignore[arg-type]
