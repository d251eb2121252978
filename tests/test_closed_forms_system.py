"""Closed forms of false reports, the queue and the record."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from small_worlds import (
    LN2,
    SCHOOLS_SEE,
    SIGMAS,
    STEPS,
    assert_mean,
    assert_share,
    begun,
    cases_of,
    cohort,
    finished,
    only,
    p_step,
    place,
    tiny,
    touches_of,
)

from streetlight import policies
from streetlight.model.communities.region import Region
from streetlight.model.names import Channel, Outcome, Tally
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import Simulation, burn_in, draw_world, run_policy
from streetlight.model.world.state import Bought

# ---------------------------------------------------------------- false reports, the queue


@pytest.mark.parametrize("screened", [False, True])
def test_false_reports_have_the_mean_of_section_8(screened: bool) -> None:
    """Each sector's false reports are Poisson with the mean worked out, with and without a tool."""
    share, more, scale = 0.1, 8.0, 0.5
    rates, suspicion = (0.7, 0.15, 0.05, 0.10, 0.02), (0.004, 0.008, 0.08, 0.08, 0.08)
    report, tools = (0.45, 0.6, 0.9, 0.8, 0.7), (0.0, 1.0, 1.0, 0.0, 1.0)
    turnover, fade, trained = 0.25, LN2, 0.5
    parameters = only(
        "false_reports", "denial", reporting__general_contact_rate=rates,
        reporting__general_contact_high_risk=more, reporting__false_suspicion=suspicion,
        reporting__false_trained_ratio=0.6, reporting__report=report,
        incidence__high_risk_share=share, denial__leaders=(0.5,) * 4, denial__ratio=0.4,
        denial__barrier_scale=1.0, training__trained_share=(trained,) * 4,
        training__turnover=turnover, training__skill_half_life=12.0,
        encounter__tool_sectors=tools, encounter__tool_use=0.5, encounter__tool_specificity=0.6,
        encounter__second_look_false=0.1,
    )  # fmt: skip
    sim = tiny(parameters, cohort(1), place())
    sim.state.rates["false_base"] = scale * np.array(suspicion)
    if screened:
        sim.state.conditions[Bought.SCREENING_UNIVERSAL] = 0.5
        sim.state.conditions[Bought.SCREENING_TARGETED] = 0.4
    finished(sim)
    background = turnover * trained / (1 - trained)
    skill = background / (background + turnover + fade)
    seen = np.bincount(cases_of(sim)["channel"] - Channel.SCHOOL, minlength=5)
    covered = (0.5, 1 - 0.5 * 0.6) if screened else (0.0, 0.0)
    for s in range(5):
        base = scale * suspicion[s] * (1 - 0.4 * skill) * (1 - 0.5 * 0.6)
        suspected = [
            (1 - tools[s] * 0.5 * u) * base + tools[s] * 0.5 * u * 0.4 * 0.1 for u in covered
        ]
        contacts = [rates[s], rates[s] * (1.0 if s == 0 else more)]
        mean = 12 * 10_000 * report[s] * (
            (1 - share) * contacts[0] * suspected[0] + share * contacts[1] * suspected[1]
        )  # fmt: skip
        assert mean > 20
        assert abs(seen[s] - mean) <= SIGMAS * math.sqrt(mean)


@pytest.fixture(scope="module")
def baseline() -> Simulation:
    """A region of 60 places with eight times the usual incidence at the end of burn-in.

    Effort is even and posts are solved, which is what shares at baseline are set for; cases are
    taken in their turn.  `test_closed_forms_queues.py` has the rest.
    """
    parameters = Parameters().with_values({
        "incidence.normalise": "region", "incidence.onset_rate": 1600.0,
        "switches.feedback": False, "switches.publicity": False, "attention.reading": "even",
        "assessment.posts": "solved", "assessment.discipline": "first come",
        "assessment.lapse_weeks": 0.0,
    })  # fmt: skip
    region = Region.synthetic(60, seed=5, population=6e6)
    world = draw_world(parameters, region, years=4)
    sim = Simulation(world, policies.none())
    return finished(sim)


def over_record(sim: Simulation, what: Tally) -> int:
    """A count over burn-in and policy years."""
    return int(sim.state.yearly[what, sim.clock.filling_years :].sum())


def test_unfounded_share_at_baseline(baseline: Simulation) -> None:
    """About the share `reporting.unfounded` of investigated reports is not substantiated."""
    true, false = Tally.INVESTIGATED, Tally.FALSE_INVESTIGATED
    begun_ = over_record(baseline, true) + over_record(baseline, false)
    found = over_record(baseline, Tally.IDENTIFIED) + over_record(baseline, Tally.FALSE_IDENTIFIED)
    unfounded = baseline.world.parameters.reporting.unfounded
    # the queue costs a little: some spells end, and long waits lower substantiation
    error = SIGMAS * math.sqrt(unfounded * (1 - unfounded) / begun_)
    assert begun_ > 3000
    assert -error <= 1 - found / begun_ - unfounded <= error + 0.02


def test_every_report_screened_in_is_somewhere(baseline: Simulation) -> None:
    """Screened in = investigated + still waiting + closed while waiting, in every pool."""
    cases = cases_of(baseline)
    pool = baseline.state.communities["pool"][cases["community"]]
    n = len(baseline.state.pools)
    screened = cases["outcome"] != Outcome.SCREENED_OUT
    waiting = cases["outcome"] == Outcome.WAITING
    started = cases["investigated"] >= 0
    ended = screened & ~started & ~waiting
    assert set(cases["outcome"][ended].tolist()) == {Outcome.SPELL_ENDED}
    counted = [np.bincount(pool[m], minlength=n) for m in (screened, started, waiting, ended)]
    assert (counted[0] == counted[1] + counted[2] + counted[3]).all()
    assert counted[2].tolist() == baseline.state.pools["backlog"].tolist()
    assert waiting.sum() > 0 and ended.sum() > 0
    true = cases["spell"] >= 0
    totals = {
        Tally.SCREENED_IN: screened & true, Tally.INVESTIGATED: started & true,
        Tally.FALSE_INVESTIGATED: started & ~true,
        Tally.IDENTIFIED: (cases["outcome"] == Outcome.SUBSTANTIATED) & true,
        Tally.FALSE_IDENTIFIED: (cases["outcome"] == Outcome.SUBSTANTIATED) & ~true,
        Tally.FALSE_REPORTS: ~true,
    }  # fmt: skip
    for what, rows in totals.items():
        assert int(baseline.state.yearly[what].sum()) == int(rows.sum())


def test_queues_are_first_come_first_served(baseline: Simulation) -> None:
    """In a pool nobody who came in an earlier step is opened after one who came later."""
    cases = cases_of(baseline)
    cases = cases[cases["investigated"] >= 0]
    pool = baseline.state.communities["pool"][cases["community"]]
    for p in np.unique(pool):
        mine = cases[pool == p]
        mine = mine[np.argsort(mine["opened"], kind="stable")]
        latest = np.maximum.accumulate(mine["investigated"])
        later = np.searchsorted(mine["opened"], mine["opened"], side="left") - 1
        before = np.where(later >= 0, latest[np.maximum(later, 0)], -1)
        assert (mine["investigated"] >= before).all()


def test_utilisation_at_baseline(baseline: Simulation) -> None:
    """Investigations begun over capacity are near the utilisation that posts were set for."""
    capacity = baseline.state.pools["capacity"].sum() * 7 * STEPS
    begun_ = over_record(baseline, Tally.INVESTIGATED)
    begun_ += over_record(baseline, Tally.FALSE_INVESTIGATED)
    utilisation = baseline.world.parameters.assessment.utilisation
    # reports of one youth come together, so counts scatter more than Poisson ones
    error = SIGMAS * math.sqrt(2.0 / begun_) * utilisation
    assert begun_ / capacity == pytest.approx(utilisation, abs=error + 0.02)


def test_hotline_noise_share(baseline: Simulation) -> None:
    """About the share `reporting.noise_contacts` of hotline calls is not about a case."""
    counts = baseline.history().record.counts
    about = counts.referrals[:, :, : Channel.SCHOOL].sum()
    calls = counts.calls.sum()
    share = baseline.world.parameters.reporting.noise_contacts
    assert (counts.calls >= counts.referrals[:, :, : Channel.SCHOOL].sum(axis=2)).all()
    # Poisson noise, and true calls that come two or three to a youth
    error = SIGMAS * math.sqrt(3.0 * share * (1 - share) / calls)
    assert 1 - about / calls == pytest.approx(share, abs=error)


# ---------------------------------------------------------------- the record


@pytest.mark.parametrize("memory", [0.0, 0.8])
def test_publication_shares_by_size(memory: float) -> None:
    """A community takes part with the probability of its size, each year anew or with memory."""
    population = 50_000.0
    n, years = 400, 20
    region = Region.of(ids=[f"{i:03d}" for i in range(n)], population=[population] * n,
                       place_class=["town"] * n, poverty_share=[0.1] * n)  # fmt: skip
    parameters = only(
        "publication", recording__publish_small=0.3, recording__publish_large=0.9,
        recording__publish_population=100_000.0, recording__participation_ar=memory,
        incidence__onset_rate=0.0,
    )  # fmt: skip
    takes_part = finished(
        Simulation(begun(parameters, region, years=years - 1), policies.none())
    ).state.takes_part.astype(bool)
    p = 0.3 + 0.6 / 3
    assert takes_part.shape == (years, n)
    if memory == 0.0:
        assert_share(takes_part.sum(), n * years, p)
        both = (takes_part[:-1] & takes_part[1:]).sum()
        assert abs(both - n * (years - 1) * p**2) <= SIGMAS * math.sqrt(2 * n * (years - 1) * p**2)
        return
    assert_mean(takes_part.mean(axis=0), p)
    for lag in (
        1,
        2,
        5,
    ):  # two scores with correlation r are both below 0 with 1/4 + asin(r) / 2 pi
        both = (takes_part[:-lag] & takes_part[lag:]).mean(axis=0)
        assert_mean(both, 0.25 + math.asin(memory**lag) / (2.0 * math.pi))


def test_list_overlap_of_touches() -> None:
    """After identification each sector records a youth with 1 - (1 - p)^steps, independently."""
    rate, months = 0.1, 6.0
    parameters = only(
        "encounters", values=SCHOOLS_SEE, recording__touch_rate=rate,
        recording__touch_months=months,
    )  # fmt: skip
    n = 6_000
    sim = finished(tiny(parameters, cohort(n)))
    touches = touches_of(sim)
    after = touches[touches["step"] > 0]
    assert after["step"].max() == 26 and after["step"].min() == 1
    assert_share(len(after), n * 5 * 26, p_step(rate))
    on_list = np.zeros((n, 5), bool)
    on_list[after["case"], after["channel"] - Channel.SCHOOL] = True
    p = 1 - (1 - p_step(rate)) ** 26
    for sector in range(5):
        assert_share(on_list[:, sector].sum(), n, p)
    assert_share((on_list[:, 1] & on_list[:, 3]).sum(), n, p * p)


def test_onset_as_recalled() -> None:
    """Recall errs by a normal error in months, and never past the report that opened the case."""
    parameters = only(
        "public_notice", encounter__public_rate=0.5, recording__recall_sd=2.0,
        spell__exit_hazard=0.02,
    )  # fmt: skip
    history = run_policy(
        burn_in(begun(parameters, place(), burn_in_years=2, spells=cohort(6_000))), policies.none()
    )
    files = history.record.cases.cases
    files = files[files["outcome"] == Outcome.SUBSTANTIATED]
    assert (files["recalled_onset"] <= files["opened"]).all()
    late = files["recalled_onset"][files["opened"] > 5 * 2.0 * STEPS / 12]
    assert len(late) > 500
    assert stats.kstest(late, stats.norm(0.0, 2.0 * STEPS / 12).cdf).pvalue > 1e-3
