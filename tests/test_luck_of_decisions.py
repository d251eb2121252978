"""Every decision looks at its own draw: outcomes worked out from Philox in plain integers.

Expected values come from `plain_philox` and the numbers of `docs/model.md`; a key, decision, lane,
spell or occasion that is off by one gives other youth another life.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from plain_philox import luck
from scipy import special, stats
from small_worlds import (
    SCHOOLS_SEE,
    STEPS,
    YOUTH_TELL,
    begun,
    cases_of,
    cohort,
    false_means,
    finished,
    only,
    place,
    set_queue,
    spells_of,
    tiny,
    touches_of,
)

from streetlight.model.communities.region import Region
from streetlight.model.names import SERVED, Channel, End, Outcome
from streetlight.model.run.case_files import recall_uniforms
from streetlight.model.run.hotline import noise
from streetlight.model.run.simulation import Simulation
from streetlight.model.run.surveys import uniforms_of_year
from streetlight.model.week.report import report
from streetlight.model.world.attention import taking_part_uniforms
from streetlight.model.world.shocks import FIRST_NUMBER, Shock
from streetlight.model.world.state import (
    AttentionRow,
    Block,
    Bought,
    Count,
    Covered,
    FixedPoint,
    Hand,
)

N = 60  # youth, or years: a lane off by one agrees with half of so many by a chance of 2^-60
#: Numbers of decisions, which are never used again for another.
PLACE, ONSET, YOUTH, HOME, SPELL, CLOCK, SKIP, OCCASION, CASE, SERVICE = range(1, 11)
TOUCH, RECALL, FALSE_COUNT, FALSE_CASE, TAKES_PART, CALLS, SHOCK, SURVEY = range(11, 19)
SELF, DISCLOSE, NOTICE, SCHOOL = range(1, 5)  # kinds of occasions


def drawn(
    of: Simulation, decision: int, number: int, spell: int = 0, occasion: int = 0
) -> list[float]:
    """The four lanes of a draw in community A of a world."""
    return luck(of.state.world, of.state.communities["key"][0], number, decision, spell, occasion)


def lanes(of: Simulation, decision: int, n: int = N, spell: int = 0, occasion: int = 0) -> Any:
    """Draws of numbers 0 to n - 1, lane by lane: (4, n)."""
    return np.array([drawn(of, decision, i, spell, occasion) for i in range(n)]).T


def candidates(sim: Simulation, number: int, kind: int, p: float) -> list[int]:
    """Steps with an occasion of a kind that each step has with probability p, in a year.

    The first gaps of all kinds share the occasions 0 and 1, four lanes each, in the order of kinds;
    a kind's further gaps have occasions of its own.
    """
    first = kind - 1
    u = drawn(sim, SKIP, number, 0, first // 4)[first % 4]
    steps, t = [], -1
    for j in range(STEPS):
        t += 1 + int(math.log(u) / math.log(1.0 - p))
        if t >= STEPS:
            break
        steps.append(t)
        u = drawn(sim, SKIP, number, 0, kind * 4096 + j // 4)[j % 4]
    return steps


def reports(sim: Simulation, number: int) -> list[int]:
    """Steps of the reports of a youth."""
    spell = spells_of(sim)["number"][cases_of(sim)["spell"]][touches_of(sim)["case"]]
    return touches_of(sim)["step"][spell == number].tolist()


def test_traits_ends_and_clocks_of_a_youth() -> None:
    """Youth, home, spell and clock: each trait and time is read off its lane."""
    p = only(
        "self_blame", incidence__type_mix=(0.3, 0.3, 0.4), incidence__gender_mix=(0.5, 0.3, 0.2),
        incidence__high_risk_share=0.4, incidence__high_risk_ratio=1.0,
        incidence__family_controlled=(0.5,) * 4, incidence__known_offender=(0.4,) * 4,
        knowing__self_blame=0.5, knowing__told_not_ones_fault=0.4, spell__exit_hazard=0.05,
    )  # fmt: skip
    sim = tiny(p, cohort(N))
    rows, youth, home = sim.state.drawn[:N], lanes(sim, YOUTH), lanes(sim, HOME)
    spell, clock = lanes(sim, SPELL), lanes(sim, CLOCK)
    traits = rows["traits"]
    assert (traits & 3).tolist() == ((youth[2] >= 0.3) * 1 + (youth[2] >= 0.6)).tolist()
    assert (traits >> 2 & 3).tolist() == ((youth[3] >= 0.5) * 1 + (youth[3] >= 0.8)).tolist()
    for bit, u, share in (
        (4, youth[0], 0.4), (5, home[0], 0.5), (6, home[1], 0.4), (7, spell[2], 0.5),
        (8, spell[3], 0.4),
    ):  # fmt: skip
        assert (traits >> bit & 1).tolist() == (u < share).tolist()
    left = np.ceil(6.0 * np.sqrt(1.0 - youth[1]) * STEPS)  # to 18, where 12 is the likeliest age
    assert rows["age_out"].tolist() == left.tolist()
    exits = 1.0 + np.floor(np.log(spell[0]) / (-12.0 * 0.05 / STEPS))
    assert rows["end"].tolist() == np.minimum(exits, left).tolist()
    assert rows["told_before"] == pytest.approx(spell[1])
    assert rows["told_threshold"] == pytest.approx(-np.log(clock[0]))


@pytest.mark.parametrize("sector", range(5))
def test_occasions_and_reports_of_a_sector(sector: int) -> None:
    """Contacts come at the gaps of *skip*; the second lane of an occasion says if they report."""
    rate, share = [0.0] * 5, [1.0] * 5
    rate[sector], share[sector] = 2.0, 0.4
    p = only(
        "encounters", encounter__contact_rate=tuple(rate), encounter__untrained=(1.0,) * 5,
        encounter__trained=(1.0,) * 5, reporting__report=tuple(share),
        assessment__substantiation=0.0, denial__leaders=(0.0,) * 4, encounter__unit_ratio=1.0,
    )  # fmt: skip
    sim = finished(tiny(p, cohort(N)))
    kind = SCHOOL + sector
    for number in range(N):
        steps = candidates(sim, number, kind, -math.expm1(-2.0 * 12.0 / STEPS))
        told = [t for t in steps if drawn(sim, OCCASION, number, 0, kind * 4096 + t)[1] < 0.4]
        assert reports(sim, number) == told


def test_notice_by_the_public() -> None:
    """The first lane of an occasion thins the candidates to those the aware would report."""
    p = only("public_notice", encounter__public_rate=2.0, assessment__substantiation=0.0,
             denial__public=0.0)  # fmt: skip
    sim = finished(tiny(p, cohort(N)))
    most = 2.0 * 12.0 / STEPS
    for number in range(N):
        steps = candidates(sim, number, NOTICE, -math.expm1(-most))
        kept = math.expm1(-0.3 * most) / math.expm1(-most)  # 3 in 10 are aware
        seen = [t for t in steps if drawn(sim, OCCASION, number, 0, NOTICE * 4096 + t)[0] < kept]
        assert reports(sim, number) == seen


def test_to_whom_a_youth_turns() -> None:
    """The second lane says if to a formal body, the third if a confidant acts."""
    told = {**YOUTH_TELL, "disclosure.formal_share": 0.3, "disclosure.confidant_acts": 0.5}
    sim = finished(tiny(only("disclosure", values=told), cohort(N)))
    rows = spells_of(sim)
    for number in range(N):
        for step in range(STEPS):
            u = drawn(sim, OCCASION, number, 0, DISCLOSE * 4096 + step)
            if u[1] < 0.3 or u[2] < 0.5:
                channel = Channel.SELF if u[1] < 0.3 else Channel.CONFIDANT
                assert (rows["known_at"][number], rows["first_channel"][number]) == (step, channel)
                break


def test_screening_and_substantiation_of_a_case() -> None:
    """A case's lanes are screening, order in the queue and substantiation, by channel and step."""
    p = only("encounters", values=SCHOOLS_SEE, assessment__screen_in=0.5,
             assessment__substantiation=0.6)  # fmt: skip
    sim = finished(tiny(p, cohort(N)))
    for case in cases_of(sim):
        u = drawn(sim, CASE, case["spell"], 0, Channel.SCHOOL * 4096 + case["opened"])
        assert (case["order"], case["substantiation"]) == pytest.approx((u[1], u[2]))
        found = Outcome.SUBSTANTIATED if u[2] < 0.6 else Outcome.NOT_SUBSTANTIATED
        assert case["outcome"] == (found if u[0] < 0.5 else Outcome.SCREENED_OUT)
    assert len(cases_of(sim)) > N


def test_places_touches_and_another_spell() -> None:
    """Of a youth identified: uptake, touches of other sectors, and when the next spell starts."""
    p = only(
        "encounters", "services", "reexploitation", values=SCHOOLS_SEE, services__uptake=0.5,
        services__places=(1e6,) * 4, services__distance_ratio=(1.0,) * 4,
        spell__reexploited_12m=0.5, spell__reexploited_ratio_served=1.0,
        recording__touch_rate=0.4, recording__touch_months=6.0, knowing__self_blame=0.5,
    )  # fmt: skip
    sim = finished(tiny(p, cohort(N), burn_in_years=2))
    rows, clock = spells_of(sim), lanes(sim, CLOCK)
    first = rows[:N]
    assert ((first["stage"] & SERVED) > 0).tolist() == (lanes(sim, SERVICE)[1] < 0.5).tolist()
    hazard = math.log(2.0) / STEPS  # half within a year
    for number in range(N):
        again = rows[(rows["number"] == number) & (rows["ordinal"] == 1)]
        start = 1 + int(-math.log(clock[1][number]) / hazard)
        if start <= STEPS and start < first["age_out"][number]:
            assert again["start"].tolist() == [start]
            assert again["told_before"][0] == pytest.approx(drawn(sim, SPELL, number, 1)[1])
        else:
            assert not (again["start"] <= STEPS).any()
        found = []
        for sector in range(5):
            t, j = 0, 0
            while True:
                u = drawn(sim, TOUCH, number, 0, sector * 4096 + j)[0]
                t, j = t + 1 + int(math.log(u) / (-12.0 * 0.4 / STEPS)), j + 1
                if t > STEPS // 2:
                    break
                found.append((t, Channel.SCHOOL + sector))
        of_case = touches_of(sim)[touches_of(sim)["case"] == first["case"][number]]
        of_case = of_case[~of_case["report"]]
        assert sorted(zip(of_case["step"], of_case["channel"], strict=True)) == sorted(found)


def test_the_only_place_goes_to_the_least_in_the_order() -> None:
    """With a place a week, the first lane of *service* says who of those identified has it."""
    p = only("encounters", "services", values=SCHOOLS_SEE, services__uptake=1.0,
             services__distance_ratio=(1.0,) * 4)  # fmt: skip
    sim = tiny(p, cohort(N))
    sim.state.pools["place_rate"], sim.state.pools["place_credit"] = 0.0, 1.0
    sim.step()
    assert np.flatnonzero(spells_of(sim)["stage"] & SERVED) == np.argmin(lanes(sim, SERVICE)[0])


def test_the_only_post_takes_the_least_in_the_order() -> None:
    """With room for one investigation, the second lane of *case* says whose it is."""
    sim = tiny(only("encounters", "limited_capacity", values=SCHOOLS_SEE), cohort(N))
    set_queue(sim, capacity=0.0, credit=1.0)
    sim.step()
    order = lanes(sim, CASE, occasion=Channel.SCHOOL * 4096)[1]
    assert np.flatnonzero(spells_of(sim)["end_reason"] == End.IDENTIFIED) == np.argmin(order)


def test_whose_onset_is_prevented() -> None:
    """The third lane of the clock decides, against the share that support prevents."""
    sim = tiny(only(levers__economic_ratio=0.6), cohort(N), place(poverty_share=[1.0]))
    sim.state.conditions[Bought.ECONOMIC] = 1.0
    sim.step()
    prevented = spells_of(sim)["end_reason"] == End.PREVENTED
    assert prevented.tolist() == (lanes(sim, CLOCK)[2] >= 0.6).tolist()


def test_false_reports_and_their_cases() -> None:
    """How many in a week, and of each the sector, screening, order and substantiation."""
    p = only("false_reports", "encounters", assessment__screen_in=0.5,
             assessment__wrong_substantiation=0.3,
             encounter__contact_rate=(1.0,) * 5)  # fmt: skip
    sim = tiny(p, [(0, 0, 0)])
    done = 0
    for step in range(STEPS):
        sim.step()
        means = false_means(sim)
        assert 0.0 < means.sum() < 100.0
        cases = cases_of(sim)[done:]
        cases = cases[cases["spell"] < 0]
        done = len(cases_of(sim))
        assert len(cases) == stats.poisson.ppf(drawn(sim, FALSE_COUNT, step)[0], means.sum())
        for j, case in enumerate(cases):
            u = drawn(sim, FALSE_CASE, step, 0, j)
            sector = np.searchsorted(np.cumsum(means) / means.sum(), u[0], side="right")
            assert case["channel"] == Channel.SCHOOL + sector
            assert (case["order"], case["substantiation"]) == pytest.approx((u[2], u[3]))
            assert (case["outcome"] == Outcome.SCREENED_OUT) == (u[1] >= 0.5)
    assert done > 0


@pytest.mark.parametrize("screened", [0.0, 1.0])
@pytest.mark.parametrize(("effort", "weight", "at_rest"), [(2.0, 0.5, 1e9), (0.5, 2.0, 0.0)])
def test_no_place_with_a_false_report_is_passed_over(
    effort: float, weight: float, at_rest: float, screened: float
) -> None:
    """All have as many as their draw makes, where nothing keeps suspicions down."""
    p = only("false_reports", "encounters", encounter__contact_rate=(1.0,) * 5,
             encounter__unit_ratio=3.0, attention__reading="effort",
             reporting__false_trained_ratio=1.5,
             reporting__general_contact_rate=(0.0, screened, 0.0, 1.0 - screened, 0.0),
             encounter__tool_use=1.0)  # fmt: skip
    sim = Simulation(begun(p, Region.synthetic(300, seed=1)), None)
    x, attention, places = sim.state.conditions, sim.state.attention, range(300)
    x[Block.SKILL : Block.SKILL + 5], x[Block.DENIAL : Block.DENIAL + 5] = 1.0, 0.0
    x[Bought.SCREENING_UNIVERSAL], x[Covered.UNIT] = screened, 1.0
    attention[:, AttentionRow.EFFORT], attention[:, AttentionRow.WEIGHT] = effort, weight
    x[Block.FALSE_REST : Block.FALSE_REST + 5] = at_rest
    sim.step_number = 1  # as `false_means` is of the step that was made last
    x[FixedPoint.YOUTH_REPORTED] *= 0.3 / np.array([false_means(sim, c).sum() for c in places])
    some = 0
    for step in range(STEPS):
        report(sim.state, sim.now()._replace(step=step))
        n = sim.state.counts[Count.FALSE_REPORTS]
        found = np.bincount(sim.state.handed[Hand.FALSE_REPORTS, :n], minlength=300)
        u = [luck(sim.state.world, key, step, FALSE_COUNT, 0, 0)[0]
             for key in sim.state.communities["key"]]  # fmt: skip
        assert found.tolist() == stats.poisson.ppf(u, 0.3).tolist()
        some += n
    assert 0.25 < some / STEPS / 300 < 0.35


def test_draws_of_a_community_and_its_years() -> None:
    """Frailty, screening, publication, calls and surveys: by year or month, none by the youth."""
    p = only(incidence__frailty_cv=0.5, assessment__screen_in=0.5, assessment__screen_in_sd=0.1)
    sim = tiny(p, [(0, 0, 0)])
    state, frail = sim.state, drawn(sim, PLACE, 0)
    assert state.communities["frailty"][0] == pytest.approx(stats.gamma.ppf(frail[0], 4.0) / 4.0)
    weight = 0.25 / 0.01 - 1.0
    beta = special.betaincinv(0.5 * weight, 0.5 * weight, frail[1])
    assert state.communities["screen_in"][0] == pytest.approx(beta)
    takes_part = np.zeros((N, 1))
    taking_part_uniforms(state.world, state.communities["key"].copy(), takes_part)
    assert takes_part[:, 0] == pytest.approx(lanes(sim, TAKES_PART)[0])
    rang = np.zeros((N, 1), np.int32)
    noise(state.world, state.communities["key"].copy(), np.full((N, 1), 3.0), rang)
    assert rang[:, 0].tolist() == stats.poisson.ppf(lanes(sim, CALLS)[0], 3.0).tolist()
    surveys = [uniforms_of_year(state.world, state.communities, year)[0] for year in range(N)]
    assert surveys == pytest.approx(lanes(sim, SURVEY)[0])


def test_the_onset_that_a_case_recalls() -> None:
    """The two lanes of *recall* go by youth, spell and weeks since onset."""
    sim = finished(tiny(only("encounters", values=SCHOOLS_SEE, assessment__screen_in=0.5),
                        cohort(N)))  # fmt: skip
    state, cases = sim.state, cases_of(sim)
    out = np.empty((2, len(cases)))
    recall_uniforms(state.world, state.communities, cases, state.spells, out)
    expected = [drawn(sim, RECALL, case["spell"], 0, case["opened"])[:2] for case in cases]
    assert out.T == pytest.approx(np.array(expected))


def arrivals(gaps: Sequence[float], rate: float, start: int, stop: int) -> list[int]:
    """Steps of a Poisson process whose gaps are exponentials of these uniforms."""
    times = start - np.cumsum(np.log(gaps)) / rate
    assert times[-1] >= stop, "more gaps are needed"
    return times[times < stop].astype(int).tolist()


def test_first_onsets_and_those_that_a_shock_adds() -> None:
    """Four gaps a draw for the first spells, one a draw for those of a shock."""
    shock = Shock("victimization", ("A",), week=4, weeks=20, size=3.0)
    world = begun(only(), place(), shocks=(shock,))
    sim = Simulation(world, None)
    rows = sim.state.drawn
    stop, rate = world.clock.n_steps, float(sim.state.communities["onset"][0])
    added = rows["number"] >= FIRST_NUMBER
    gaps = [u for j in range(N) for u in drawn(sim, ONSET, 0, 0, j)]
    own = arrivals(gaps, rate, 0, stop)
    assert rows["start"][~added].tolist() == own and own
    begins = world.clock.first_policy_step + 4
    more = [drawn(sim, SHOCK, 0, 0, j)[0] for j in range(4 * N)]
    assert rows["start"][added].tolist() == arrivals(more, 2.0 * rate, begins, begins + 20) != []


def test_the_onsets_that_a_shock_adds_hang_on_no_other_kind_of_shock() -> None:
    """A campaign listed before it moves none of them; a second shock of its kind has other luck."""
    harm = Shock("victimization", ("A",), week=4, weeks=20, size=3.0)
    campaign = Shock("campaign", ("A",), week=0, weeks=8, size=1.0)

    def added(*shocks: Shock) -> list[tuple[int, int]]:
        rows = begun(only(), place(), shocks=shocks).state.drawn
        return rows[rows["number"] >= FIRST_NUMBER][["start", "number"]].tolist()

    assert added(campaign, harm) == added(harm) != []
    assert len(added(harm, harm)) > len(added(harm))
    assert len(set(added(harm, harm))) == len(added(harm, harm))


def test_a_youth_recognises_itself_by_the_first_lane() -> None:
    """Of the candidates of those who might be told, a youth who was not accepts its share."""
    values = {"knowing.self_recognition": 0.5, "knowing.told_ratio": 4.0}
    sim = finished(tiny(only("telling", values=values, knowing__told_stock=0.0), cohort(N)))
    bound, own = -math.expm1(-12.0 * 2.0 / STEPS), -math.expm1(-12.0 * 0.5 / STEPS)
    for number in range(N):
        steps = candidates(sim, number, SELF, bound)
        knew = [
            t for t in steps if drawn(sim, OCCASION, number, 0, SELF * 4096 + t)[0] * bound < own
        ]
        assert spells_of(sim)["knew_at"][number] == (knew[0] if knew else -1)
