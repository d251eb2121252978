"""Tips of online platforms, and laws that make platforms report, worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from small_worlds import (
    ALWAYS,
    SIGMAS,
    STORY,
    assert_share,
    begun,
    cohort,
    columns,
    finished,
    only,
    place,
    record_of,
    spells_of,
    tally,
    tiny,
)

from streetlight import policies
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.names import AGENCIES, AGENCY_OF_CHANNEL, Channel, End, Tally
from streetlight.model.on_average import cascade
from streetlight.model.parameters import Parameters
from streetlight.model.rates import make_rates
from streetlight.model.run.history import History
from streetlight.model.run.simulation import Simulation, draw_world, run_policy
from streetlight.model.world.occasions import tip_after
from streetlight.model.world.rows import COMMUNITY
from streetlight.model.world.shocks import Shock
from streetlight.model.world.state import Count
from streetlight.model.world.victimization import draw_false_tips

N = 400
HALF = 52 * math.log(2.0) / 12.0  # a month, so that a week has a tip with probability 1/2


def tipped_in(sim: Simulation, stop: int) -> list[int]:
    """True tips in each step up to `stop`, one by one."""
    found = []
    for _ in range(stop):
        before = tally(sim, Tally.REPORTS)
        sim.step()
        found.append(tally(sim, Tally.REPORTS) - before)
    return found


def test_a_tip_makes_a_youth_known_and_goes_to_the_police() -> None:
    """One sure tip: known, investigated and identified in the week of onset, by platform alone."""
    sim = finished(tiny(only("platforms", reporting__platform_rate=ALWAYS), [(0, 0, 5)]))
    youth = columns(spells_of(sim), *STORY)
    assert youth == [(0, 5, 5, 5, 5, End.IDENTIFIED, 1)]
    by_channel = record_of(sim).sum(axis=(1, 2))
    assert by_channel.tolist() == [[0] * 8 + [1]] * 3
    assert AGENCIES[AGENCY_OF_CHANNEL[Channel.PLATFORM]] == "police"


def test_switched_off_there_is_no_tip() -> None:
    """Without the switch nobody is tipped, however high the rate."""
    off = only("false_reports", reporting__platform_rate=ALWAYS)
    sim = finished(tiny(off, cohort(N)))
    assert record_of(sim)[..., Channel.PLATFORM].sum() == 0
    assert tally(sim, Tally.KNOWN) == 0


def test_tips_come_with_their_rate_and_grow_with_the_ramp() -> None:
    """A rate of one half a week, times the ramp, which starts at .2 and is full after 26 weeks."""
    values = {
        "reporting.platform_rate": HALF, "assessment.screen_in": 0.0,
        "spell.recognisable_floor": 0.2, "spell.recognisable_months": 6.0,
    }  # fmt: skip
    found = tipped_in(tiny(only("platforms", values=values), cohort(N)), 27)
    assert_share(found[0], N, 0.5)
    ramped = tipped_in(tiny(only("platforms", "ramp", values=values), cohort(N)), 27)
    assert_share(sum(found), 27 * N, 0.5)
    assert_share(ramped[0], N, 0.1)
    assert_share(ramped[13], N, 0.5 * 0.6)
    assert_share(ramped[26], N, 0.5)


def test_a_tip_is_taken_in_as_far_as_effort_goes() -> None:
    """At effort one half every second tip is a report, and every youth was recognised."""
    values = {
        "reporting.platform_rate": ALWAYS, "attention.reading": "effort",
        "attention.effort_level": (0.5, 0.5), "attention.effort_cv": (0.0, 0.0),
        "attention.class_spread": 0.0, "assessment.screen_in": 0.0,
    }  # fmt: skip
    sim = tiny(only("platforms", values=values), cohort(N))
    sim.step()
    assert tally(sim, Tally.RECOGNISED) == N
    assert_share(tally(sim, Tally.REPORTS), N, 0.5)


def test_a_law_multiplies_tips_while_it_is_in_force() -> None:
    """A law for half of the platforms, ratio 5, makes hazard ln 2 / 10 three times that."""
    values = {
        "reporting.platform_rate": HALF / 10.0, "reporting.platform_mandate_ratio": 5.0,
        "assessment.screen_in": 0.0,
    }  # fmt: skip
    law = Shock("mandate", ("A",), week=10, weeks=8, size=0.5)
    world = begun(only("platforms", values=values), place(), spells=cohort(N), shocks=[law])
    found = tipped_in(Simulation(world, None), 52 + 30)
    usual, more = 1.0 - 0.5**0.1, 1.0 - 0.5**0.3
    assert_share(sum(found[:62]), 62 * N, usual)
    assert_share(sum(found[62:70]), 8 * N, more)
    assert_share(sum(found[70:]), 12 * N, usual)


def test_the_time_of_a_tip_by_hand() -> None:
    """Pace .1 a step, .3 under a law from step 10 to 20: a gap is used up before, in, after it."""
    community, rates = np.zeros(1, COMMUNITY)[0], make_rates_like(mandate_ratio=5.0)
    community["mandate"], community["mandate_start"], community["mandate_stop"] = 0.5, 10, 20
    for at, gap, expected in (
        (0.0, 0.5, 5.0), (0.0, 1.6, 12.0), (0.0, 4.5, 25.0), (15.0, 0.6, 17.0), (20.0, 1.0, 30.0),
    ):  # fmt: skip
        assert tip_after(rates, community, 0.1, at, gap) == pytest.approx(expected)


def make_rates_like(**changes: float) -> Any:
    """The packed rates of the defaults with some numbers changed."""
    row = make_rates(Parameters(), 1.0)
    for name, value in changes.items():
        row[name] = value
    return row[0]


def test_false_tips_are_a_share_of_all_and_follow_the_law() -> None:
    """Ten a step at first and 30 under a law, in order; none where the rate is 0."""
    communities = np.zeros(2, COMMUNITY)
    communities["key"], communities["false_tips"] = [[1, 2], [3, 4]], [10.0, 0.0]
    communities["mandate"], communities["mandate_start"] = 0.5, 50
    communities["mandate_stop"] = 100
    step, where = np.empty(5000, np.int32), np.empty(5000, np.int32)
    world, rates = np.array([5, 6], np.uint32), make_rates_like(mandate_ratio=5.0)
    n = draw_false_tips(world, rates, communities, 100, step, where)
    assert (where[:n] == 0).all() and (np.diff(step[:n]) >= 0).all()
    before = int((step[:n] < 50).sum())
    assert abs(before - 500) < SIGMAS * math.sqrt(500)
    assert abs(n - before - 1500) < SIGMAS * math.sqrt(1500)


# ------------------------------------------------------------------- worlds that differ in a law

#: Reports are many, nothing that is reported ends a spell, and all communities read alike.
BUSY: dict[str, Any] = {
    "incidence.onset_rate": 6000.0, "incidence.normalise": "region",
    "reporting.platform_rate": 0.01, "attention.reading": "even",
}  # fmt: skip
YEARS = 4


def region() -> Region:
    """Eight invented places with about 300,000 people."""
    return Region.synthetic(8, seed=2, population=300_000)


def history(values: dict[str, Any], *shocks: Shock) -> History:
    """A run without money."""
    parameters = Parameters().with_values({**BUSY, **values})
    world = draw_world(parameters, region(), years=YEARS, shocks=shocks)
    return run_policy(world, policies.none())


def law(week: int = 52) -> Shock:
    """A law everywhere that stays."""
    return Shock("mandate", region().ids, week=week, weeks=None, size=1.0)


def test_a_law_raises_tips_by_its_ratio_and_moves_nothing_else() -> None:
    """Where no report ends a spell, tips rise 10.5 times and all else stays, to the youth."""
    nothing_ends = {
        "assessment.substantiation": 0.0, "assessment.wrong_substantiation": 0.0,
        "switches.feedback": False, "reporting.unfounded": 0.8,
    }  # fmt: skip
    calm, struck = history(nothing_ends), history(nothing_ends, law())
    names = ["community", "number", "start", "end", "end_reason", "ordinal", "knew_at"]
    truth = [one.truth.spells[names] for one in (calm, struck)]
    assert (truth[0] == truth[1]).all() and len(truth[0]) > 5000
    tips = [one.record.counts.referrals[..., Channel.PLATFORM] for one in (calm, struck)]
    others = [one.record.counts.referrals[..., : Channel.PLATFORM] for one in (calm, struck)]
    assert (others[0] == others[1]).all()
    months = 12 * (calm.truth.clock.burn_in_years + 1)
    assert (tips[0][:months] == tips[1][:months]).all()
    before, after = int(tips[0][months:].sum()), int(tips[1][months:].sum())
    # the two counts go together, so this is wide; a tip a week at most takes 1% of the ratio
    error = SIGMAS * (after / before) * math.sqrt(1.0 / before + 1.0 / after)
    assert before > 500
    assert after / before == pytest.approx(10.5, abs=error + 0.3)


def test_a_law_moves_no_first_onset() -> None:
    """Where tips lead to protection, first victimizations are the same with and without the law."""
    calm, struck = history({}), history({}, law())
    rows = [one.truth.spells[: one.truth.n_first] for one in (calm, struck)]
    for name in ("community", "number", "start", "age_out"):
        assert (rows[0][name] == rows[1][name]).all()
    onsets = [one.truth.tally(Tally.FIRST_ONSETS) for one in (calm, struck)]
    assert (onsets[0] == onsets[1]).all()


def test_without_platforms_other_reports_keep_their_luck() -> None:
    """Where no report ends a spell, the switch takes away the tips and nothing else."""
    values = {
        "assessment.substantiation": 0.0, "switches.false_reports": False,
        "switches.feedback": False,
    }  # fmt: skip
    found = [
        history({**values, "switches.platforms": on}).record.counts.referrals
        for on in (True, False)
    ]
    assert found[0][..., Channel.PLATFORM].sum() > 500
    assert found[1][..., Channel.PLATFORM].sum() == 0
    assert (found[0][..., :8] == found[1][..., :8]).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_tips_are_as_many_as_expected(seed: int) -> None:
    """True and false tips of twelve years are those of the expected cascade, by their own noise."""
    values = {
        **BUSY, "switches.limited_capacity": False, "switches.feedback": False,
        "switches.publicity": False, "reporting.platform_rate": 0.02,
    }  # fmt: skip
    parameters, here, years = Parameters().with_values(values), region(), 12
    world = draw_world(parameters, here, years=years, seed=seed)
    places = world.state.communities
    expected = cascade.expected_cascade(parameters, here, places["frailty"], places["screen_in"])
    sim = Simulation(world, policies.none())
    sim.run()
    touches = sim.state.touches[: int(sim.state.counts[Count.TOUCHES])]
    touches = touches[touches["report"] & (touches["channel"] == Channel.PLATFORM)]
    touches = touches[touches["step"] >= sim.clock.first_policy_step]
    false = sim.state.cases["spell"][touches["case"]] < 0
    true = years * expected.channels[:, Channel.PLATFORM].sum()
    # true tips come in spells of several: twice the noise of single ones
    assert abs((~false).sum() - true) < 2.0 * SIGMAS * math.sqrt(true)
    mean = years * expected.false_tips.sum()
    assert abs(false.sum() - mean) < SIGMAS * math.sqrt(mean)
    assert true > 500 and mean > 500


def test_half_of_expected_tips_are_false() -> None:
    """On the US table half of the tips are false, and one true report in a hundred is a tip."""
    parameters, us = Parameters(), Region.us_counties()
    e = cascade.expected_cascade(parameters, us)
    true = e.channels[:, Channel.PLATFORM].sum()
    assert e.false_tips.sum() / (e.false_tips.sum() + true) == pytest.approx(0.5)
    assert 0.008 < true / e.reports.sum() < 0.012
    per_youth = e.false_tips / us.youth
    assert per_youth.min() == pytest.approx(per_youth.max())


# ------------------------------------------------------------------- what is refused

OFF = {"switches.platforms": False}


@pytest.mark.parametrize(
    ("values", "shocks", "words"),
    [
        (OFF, [law()], "switches.platforms must be on"),
        ({"reporting.platform_rate": 0.0}, [law()], "reporting.platform_rate above 0"),
        ({}, [law(), law(80)], "one mandate"),
    ],
)
def test_a_law_that_cannot_be_in_force_is_refused(
    values: dict[str, Any], shocks: list[Shock], words: str
) -> None:
    """A law needs platforms that send tips, and a community has one."""
    with pytest.raises(InputError, match=words):
        begun(Parameters().with_values(values), region(), shocks=shocks)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 1.5}, "between 0 and 1"),
        ({"week": -1}, "week must be 0 or more"),
        ({"weeks": 0}, "weeks 1 or more"),
        ({"kind": "campaign", "weeks": None}, "needs a number of weeks"),
    ],
)
def test_a_law_out_of_range_is_refused(change: dict[str, Any], words: str) -> None:
    """Sizes, dates and shocks other than laws that never end are refused in words."""
    usual: dict[str, Any] = {"kind": "mandate", "week": 0, "weeks": 4, "size": 1.0}
    with pytest.raises(InputError, match=words):
        Shock(communities=("A",), **{**usual, **change})


@pytest.mark.parametrize(
    "value",
    [{"platform_rate": -0.1}, {"platform_false": 1.0}, {"platform_mandate_ratio": 0.5}],
)
def test_numbers_that_cannot_be_are_refused(value: dict[str, float]) -> None:
    """No negative rate, no channel of false tips alone, and no law that makes platforms silent."""
    (name,) = value
    with pytest.raises(ValueError, match=name):
        Parameters().with_values({f"reporting.{name}": value[name]})
