"""What agencies believe, drawn around the truth once a future; how good the true model is."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from planning_worlds import REGION, planning_view
from small_worlds import SIGMAS, YOUTH_TELL, only

from streetlight import Parameters, Region, draw_world, policies, run_policy
from streetlight.model.arrays import FloatArray
from streetlight.model.draws import belief_draws
from streetlight.model.money.levers import prices
from streetlight.model.money.planning import working
from streetlight.model.money.policies import MIXES
from streetlight.model.money.response import Response
from streetlight.model.names import LEVER_INDEX, LEVER_NAMES
from streetlight.model.on_average.agency import OMITTED, Belief, agency_responses, risk_beliefs
from streetlight.model.on_average.cascade import expected_cascade
from streetlight.model.on_average.response import _lasting, _moved, standing, true_responses
from streetlight.model.record.view import PlanningView, RecordView
from streetlight.model.run.allocation import view_of_record
from streetlight.model.run.simulation import Simulation

#: Steps of four weeks: what an agency expects is then worked out in a tenth of the time.
LONG_STEPS = {"time.steps_per_year": 13}
USUAL = Parameters().with_values(LONG_STEPS)
SURE = USUAL.with_values({"agency.log_error_sd": 0.0, "agency.omits": 0.0})


def test_an_agency_without_errors_believes_the_class_means() -> None:
    """With no error and nothing left out, beliefs are the truth, the same for all of a class."""
    true = true_responses(SURE, REGION)
    believed = agency_responses(true, SURE, REGION, 0, "central")
    one_of_a_class = [0, 1, 4]  # the only ones of theirs
    assert believed.signals[:, one_of_a_class] == pytest.approx(true.signals[:, one_of_a_class])
    towns = true.signals[:, [2, 3]] @ REGION.youth_12_17[[2, 3]] / REGION.youth_12_17[[2, 3]].sum()
    assert believed.signals[:, 2] == pytest.approx(towns)
    assert believed.gain[:, :, 0] == pytest.approx(true.gain[:, :, 0])
    assert (believed.sees_queue, believed.sees_channel, believed.sees_services) == (True,) * 3
    assert risk_beliefs(SURE, 0, "central").poverty_ratio == SURE.incidence.poverty_ratio


def test_beliefs_are_the_future_s_and_the_seed_s() -> None:
    """One draw a future and seed: nothing else moves it, and another future has another."""
    p = Parameters()
    first = risk_beliefs(p, 0, "central").poverty_ratio
    assert first == risk_beliefs(p, 0, "central").poverty_ratio
    others = [risk_beliefs(p, 1, "central"), risk_beliefs(p, 0, "other"), risk_beliefs(p, 0, 0)]
    assert len({first, *(other.poverty_ratio for other in others)}) == 4
    few, many = belief_draws(0, "central", 3), belief_draws(0, "central", 30)
    assert few[0].tolist() == many[0][:3].tolist() and few[1] == many[1]


def test_errors_have_the_stated_spread() -> None:
    """Over 4,000 futures log errors are normal with the stated sd, each independent."""
    n = 4000
    normals = np.array([belief_draws(5, future, len(Belief))[0] for future in range(n)])
    assert np.abs(normals.mean(axis=0)).max() < SIGMAS / math.sqrt(n)
    assert np.abs(normals.std(axis=0) - 1.0).max() < SIGMAS / math.sqrt(2 * n)
    off = np.corrcoef(normals.T) - np.eye(len(Belief))
    assert np.abs(off).max() < SIGMAS / math.sqrt(n)
    p = Parameters()
    logs = [math.log(risk_beliefs(p, 5, i).poverty_ratio / p.incidence.poverty_ratio)
            for i in range(400)]  # fmt: skip
    assert np.std(logs) == pytest.approx(p.agency.log_error_sd, abs=SIGMAS * 0.5 / math.sqrt(800))


def test_each_lever_is_misjudged_by_its_own_factor() -> None:
    """Campaigns, training and education are off everywhere, each by an error of its own."""
    p = USUAL.with_values({"agency.omits": 0.0})
    true = true_responses(p, REGION)
    believed = agency_responses(true, p, REGION, 3, "central")
    sure = agency_responses(true, SURE, REGION, 3, "central")
    normals = belief_draws(3, "central", len(Belief))[0]
    for lever, drawn in (("campaign", 5), ("training", 6), ("education", 9)):
        row = LEVER_INDEX[lever]
        moved = sure.gain[row] > 0.0
        assert moved.any()
        factor = math.exp(p.agency.log_error_sd * normals[drawn])
        assert believed.gain[row][moved] / sure.gain[row][moved] == pytest.approx(factor)


def test_every_interaction_is_left_out_in_its_share_of_futures() -> None:
    """Half of the futures leave one out, each of the three as often."""
    n, p = 600, USUAL
    true, omitted = true_responses(p, REGION), []
    for future in range(n):
        r = agency_responses(true, p, REGION, 7, future)
        omitted += [name for name in OMITTED if not getattr(r, name)]
    sd = math.sqrt(n / 6 * (1 - 1 / 6))
    for name in OMITTED:
        assert abs(omitted.count(name) - n / 6) < SIGMAS * sd
    assert abs(len(omitted) - n / 2) < SIGMAS * math.sqrt(n) / 2  # never two at once


@pytest.mark.parametrize("left_out", ["queue", "channel", "services", "nothing"])
def test_what_is_left_out_can_be_named(left_out: str) -> None:
    """An agency can be told which interaction it does not see, whatever its future would draw."""
    p = Parameters().with_values({**LONG_STEPS, "agency.leaves_out": left_out})
    true = true_responses(p, REGION)
    for future in range(5):
        r = agency_responses(true, p, REGION, 7, future)
        blind = [name for name in OMITTED if not getattr(r, name)]
        assert blind == ([] if left_out == "nothing" else [f"sees_{left_out}"])


def work_of(posts: FloatArray, p: Parameters, region: Region) -> FloatArray:
    """Investigations a year (C,) that busy the posts of a world, as an agency counts them.

    Posts that were solved are busy for the share that they were solved for.  Those that are seen
    have the work of an average place for each post that it has: those of its class and youth.
    """
    if p.assessment.posts == "solved":
        return 12.0 * p.assessment.investigations_per_month * p.assessment.utilisation * posts
    usual = true_responses(p, region)
    of_class = np.array(p.assessment.investigators)[region.place_class]
    average = of_class * region.youth / 1e5 / p.assessment.utilisation
    return np.asarray((usual.true_load + usual.false_load) * posts / average)


@pytest.mark.parametrize("posts", ["solved", "seen"])
def test_all_replicates_of_a_future_share_an_agency_and_its_posts_are_the_world_s(
    posts: str,
) -> None:
    """Beliefs are the future's; posts and their load are facts of the world drawn."""
    region = Region.synthetic(12, seed=3)
    p = USUAL.with_values({"assessment.posts": posts})
    seen = []
    for replicate in (0, 1):
        world = draw_world(p, region, future="central", replicate=replicate, years=1)
        policy = policies.planned_portfolio()
        view = view_of_record(Simulation(world, policy), policy, 0)
        assert isinstance(view, PlanningView)
        load = view.responses.true_load + view.responses.false_load
        assert load == pytest.approx(work_of(world.investigators, p, region))
        seen.append(view)
    assert seen[0].responses.signals.tolist() == seen[1].responses.signals.tolist()
    assert seen[0].beliefs.poverty_ratio == seen[1].beliefs.poverty_ratio
    assert seen[0].responses.posts.tolist() != seen[1].responses.posts.tolist()


def test_a_rule_that_does_not_plan_is_shown_no_responses() -> None:
    """What a view holds is what the rule's type asks for, and no more."""
    world = draw_world(Parameters(), Region.synthetic(4, seed=1), years=1)
    policy = policies.per_youth()
    view = view_of_record(Simulation(world, policy), policy, 0)
    assert type(view) is RecordView and not hasattr(view, "responses")


def test_true_responses_hold_the_expected_cascade() -> None:
    """Without money the planner's person-years are those of the expected cascade, queue apart.

    To a percent: who is served is reckoned in a simpler way.
    """
    r = true_responses(USUAL.with_values({"switches.limited_capacity": False}), REGION)
    expected = expected_cascade(USUAL, REGION)
    one = Response(prices(REGION, USUAL, np.zeros(5)), r, expected.first_onsets)
    years = one.at(np.zeros((5, len(LEVER_NAMES)))).person_years
    assert years == pytest.approx(expected.active, rel=0.01)


#: In pairs that do not undo each other.
CORNERS: tuple[dict[str, Any], ...] = (
    {"awareness.campaign_lift": 3.0, "awareness.diffusion": 0.05, "awareness.residue": 0.4},
    {"training.turnover": 0.0, "denial.leaders": (1.0,) * 4},
    {"training.trained_share": (0.0,) * 4, "denial.form": "reduced"},
    {"reporting.unfounded": 0.4, "assessment.substantiation": 1.0},
    {"switches.services": False, "switches.pooling": False},
    {"switches.encounters": False, "switches.telling": False},
    {"switches.false_reports": False, "switches.public_notice": False},
    {"switches.disclosure": False, "switches.limited_capacity": False},
)


@pytest.mark.parametrize("values", CORNERS, ids=lambda values: next(iter(values)))
def test_responses_hold_in_the_corners_of_the_cards(values: dict[str, Any]) -> None:
    """With extreme parameters and mechanisms off responses are finite, and plans can be made."""
    p = Parameters().with_values({**LONG_STEPS, **values})
    r = true_responses(p, REGION)
    for one in fields(r):
        column = getattr(r, one.name)
        if isinstance(column, np.ndarray) and "bend" not in one.name:
            assert np.isfinite(column).all(), one.name
    assert policies.planned_portfolio().allocate(planning_view(parameters=p)).sum() > 0.0


def test_each_lever_moves_person_years_as_its_cascade_does() -> None:
    """Queues and services apart, a lever's effect does in the model what it does in the cascade.

    Within a quarter: the model is one of constant rates, the cascade ages every spell.
    """
    values = {"switches.limited_capacity": False, "switches.services": False}
    p = USUAL.with_values(values)
    r, before = true_responses(p, REGION), expected_cascade(p, REGION)
    market = prices(REGION, p, np.array(p.training.trained_share)[REGION.place_class])
    one = Response(market, r, before.first_onsets)
    idle = one.at(np.zeros((5, len(LEVER_NAMES)))).person_years
    assert idle == pytest.approx(before.active, rel=1e-6)
    for lever, y in (("training", 0.5), ("education", 0.1), ("channel", 0.5), ("campaign", 0.5)):
        column = LEVER_INDEX[lever]
        top = market.top[column]
        dose = -top * np.log1p(-y / top)
        dollars = np.zeros((5, len(LEVER_NAMES)))
        dollars[:, column] = dose * market.base[:, column] * market.unit_cost[:, column]
        said = idle - one.at(dollars).person_years
        after = expected_cascade(_moved(p, lever, y), REGION)
        assert said == pytest.approx(before.active - after.active, rel=0.25), lever


def test_a_unit_gains_what_more_contacts_of_police_do() -> None:
    """Twice the contacts of police add to responders' reports what a ratio of 2 is said to add.

    To a twentieth, as the cascade ages every spell. Told apart from contacts, as a unit tells
    nobody; records posts are thought to move nothing, and
    a planner with nothing else to buy buys none.
    """
    p = Parameters().with_values({"switches.telling": False})
    r, unit, recording = true_responses(p, REGION), LEVER_INDEX["unit"], LEVER_INDEX["recording"]
    contacts = np.array(p.encounter.contact_rate) * (1.0, 1.0, 1.0, 2.0, 1.0)
    twice = true_responses(p.with_values({"encounter.contact_rate": tuple(contacts)}), REGION)
    assert p.encounter.unit_ratio == 2.0
    assert r.gain[unit, 0] == pytest.approx(twice.signals[0] / r.signals[0] - 1.0, rel=0.05)
    assert (r.gain[unit, 0] > 0.1).all() and not r.gain[unit, 1:].any()
    reporting, high = p.reporting, p.incidence.high_risk_share
    more = np.array([1.0] + [reporting.general_contact_high_risk] * 4)
    by_eye = np.array(reporting.general_contact_rate) * (1.0 - high + high * more)
    by_eye *= np.array(reporting.false_suspicion) * np.array(reporting.report)
    assert r.false_gain[unit] == pytest.approx(by_eye[3] / by_eye.sum())
    for column in (r.gain, r.tool_gain, r.false_gain, r.false_added, r.onset_gain):
        assert not column[recording].any()
    dollars = policies.planned_portfolio().allocate(planning_view(parameters=USUAL))
    assert not dollars[:, recording].any()
    assert dollars.sum() > 0.0


def test_screening_adds_false_reports_that_were_not_there() -> None:
    """Where false suspicions are solved to be none, a tool's are still reckoned with."""
    p = USUAL.with_values({"reporting.unfounded": 0.4, "switches.platforms": False})
    r, e, c = true_responses(p, REGION), p.encounter, p.reporting
    assert not r.false_load.any()
    used = np.array(e.tool_sectors) * e.tool_use
    share = p.incidence.high_risk_share
    more = np.array([1.0] + [c.general_contact_high_risk] * 4)
    contacts = np.array(c.general_contact_rate) * np.array(c.report) * used
    wrong = (1.0 - e.tool_specificity) * c_second_look(p)
    by_hand = 12.0 * REGION.youth * (contacts * (1.0 - share + share * more)).sum() * wrong
    row = LEVER_INDEX["screening_universal"]
    assert r.false_added[row] == pytest.approx(by_hand * p.assessment.screen_in)
    targeted = 12.0 * REGION.youth * (contacts * share * more).sum() * wrong
    row = LEVER_INDEX["screening_targeted"]
    assert r.false_added[row] == pytest.approx(targeted * p.assessment.screen_in)


def c_second_look(p: Parameters) -> float:
    """Probability that a false flag is upheld at the second look."""
    return p.encounter.second_look_false


def test_a_tool_adds_less_beside_trained_workers() -> None:
    """A tool takes the place of a worker's own look, so the better that is, the less it adds."""
    p = USUAL
    r = true_responses(p, REGION)
    one = Response(prices(REGION, p, np.zeros(5)), r, np.full(5, 10.0))
    training, tool = LEVER_INDEX["training"], LEVER_INDEX["screening_universal"]
    nobody, trained = np.zeros((2, len(LEVER_NAMES), 5))
    trained[training] = 1.5
    added = []
    for before in (nobody, trained):
        with_tool = before.copy()
        with_tool[tool] = 1.0
        added.append(one._signals(with_tool)[0] - one._signals(before)[0])
    assert added[0] == pytest.approx(r.signals[0] * r.tool_gain[tool])
    assert (added[1] < 0.9 * added[0]).all()


def test_what_lasts_of_a_stock_filled_for_a_year() -> None:
    """Of an inflow over one year into a stock that fades, the share that works before the end."""
    for loss, years in ((0.94, 1.0), (0.94, 3.0), (0.2, 10.0)):
        t = np.linspace(0.0, years, 200_001)
        filled = np.where(t < 1.0, -np.expm1(-loss * t), -np.expm1(-loss) * np.exp(-loss * (t - 1)))
        by_hand = np.trapezoid(filled / loss, t) * loss
        assert _lasting(loss, years) == pytest.approx(by_hand, rel=1e-6)
    assert _lasting(math.inf, 1.0) == 1.0
    late, early = (true_responses(USUAL, REGION, None, years) for years in (1.0, 10.0))
    training = LEVER_INDEX["training"]
    assert late.lasting[training] < 0.5 < 0.99 < early.lasting[training]


@pytest.mark.parametrize("posts", ["solved", "seen"])
def test_an_agency_cannot_tell_true_reports_from_false_in_one_place(posts: str) -> None:
    """Within a class the believed share of true reports is the same; the load is what it counts."""
    region = Region.synthetic(60, seed=4)
    p = USUAL.with_values({"assessment.posts": posts})
    world = draw_world(p, region, future="central", years=1)
    believed = agency_responses(true_responses(p, region), p, region, 0, "central")
    r = standing(believed, p, world.investigators)
    load = r.true_load + r.false_load
    assert load == pytest.approx(work_of(world.investigators, p, region))
    share = r.true_load / load
    for k in range(4):
        of_class = share[region.place_class == k]
        assert np.ptp(of_class) < 1e-12
    assert len(set(np.round(share, 6))) > 1


def _mix(shares: dict[str, float]) -> FloatArray:
    return np.array([shares.get(name, 0.0) for name in LEVER_NAMES])


#: The world that the planners' model is of: even effort, posts set for their work, cases in turn.
AS_MODELLED = {
    "attention.reading": "even", "assessment.posts": "solved",
    "assessment.discipline": "first come", "assessment.lapse_weeks": 0.0,
}  # fmt: skip


def said_and_simulated(
    values: dict[str, Any], mixes: dict[str, dict[str, float]]
) -> tuple[FloatArray, FloatArray]:
    """Person-years that 50 cents a resident avert in ten years on US counties, by mix.

    As the model of the true responses says, and as the engine simulates.
    """
    region, p = Region.us_counties(), Parameters().with_values(values)
    world = draw_world(p, region, future="central", seed=1)
    idle = run_policy(world, policies.none()).truth.policy_steps.sum() / 52
    responses = true_responses(p, region, world.investigators)
    onsets = world.state.communities["onset"] * 52
    trained = np.array(p.training.trained_share)[region.place_class]
    one = Response(prices(region, p, trained), responses, onsets)
    nothing = one.at(np.zeros((region.n_communities, len(LEVER_NAMES)))).person_years.sum()
    said, simulated = [], []
    for name, shares in mixes.items():
        dollars = np.outer(0.5 * region.population.sum() * region.youth / region.total_youth,
                           _mix(shares))  # fmt: skip
        years = one.at(working(one.prices, dollars)).person_years.sum()
        said.append(10.0 * (nothing - years))
        history = run_policy(world, policies.per_youth(mix=shares, name="m"))
        simulated.append(idle - history.truth.policy_steps.sum() / 52)
        print(f"{name:<28}{said[-1]:>10,.0f}{simulated[-1]:>10,.0f}")
    return np.array(said), np.array(simulated)


@pytest.mark.slow
def test_the_true_model_predicts_what_the_engine_does() -> None:
    """Fourteen ways to spend 50 cents a resident on US counties: order and signs as simulated.

    The model is stationary and the engine takes years to get there, so levels are not compared but
    by a factor: what is simulated over ten years is 0.5 to 1.3 of the model's for whatever the
    model says averts more than 1,000 person-years.
    """
    mixes = {name: dict(mix.shares) for name, mix in MIXES.items()}
    mixes |= {name: {name: 1.0} for name in LEVER_INDEX if name not in ("survey", "recording")}
    mixes["training and investigators"] = {"training": 0.5, "investigators": 0.5}
    said, simulated = said_and_simulated(AS_MODELLED, mixes)
    ranks = [np.argsort(np.argsort(x)) for x in (said, simulated)]
    assert np.corrcoef(*ranks)[0, 1] > 0.9
    for model, engine in zip(said, simulated, strict=True):
        if model > 1000.0:
            assert 0.5 < engine / model < 1.3
        if model < -1000.0:
            assert engine < 0.0


@pytest.mark.slow
def test_the_true_model_does_not_know_who_comes_first() -> None:
    """By default strong evidence goes first, and what adds cases does better than the model says.

    Planners reckon with a queue in turn, in which every case that is added delays the others: they
    make little of training and too much of the harm of screening.
    """
    mixes = {name: {name: 1.0} for name in ("training", "screening_universal")}
    (training, screening), (trained, screened) = said_and_simulated({}, mixes)
    assert trained > 3.0 * max(training, 100.0)
    assert screening < 1.5 * screened < 0.0


def test_a_confidential_channel_brings_in_the_reports_that_are_worked_by_hand() -> None:
    """Covering more youth multiplies their own reports as the equation of disclosure says.

    A youth who knows of a covered channel discloses three times as readily. A fifth is covered and
    3 in 10 know where to turn, so disclosure is 1 + 0.3 x 0.2 x 2 = 1.12 times the plain hazard. An
    effect y covers y of the other four fifths, and adds 0.3 x 0.8 x 2 y = 0.48 y: a rise by the
    share 0.48 y / 1.12 = 3 y / 7.
    """
    p = only(
        "disclosure", "telling", values=YOUTH_TELL, disclosure__hazard=1e-5,
        disclosure__channel_ratio=3.0, disclosure__channel_coverage=0.2,
        disclosure__anonymity_ratio=1.0, disclosure__known_offender_ratio=1.0,
    )  # fmt: skip
    r = true_responses(p, REGION)
    assert r.channel_gain == pytest.approx(3.0 / 7.0, rel=1e-3)
    one = Response(prices(REGION, p, np.zeros(5)), r, np.full(5, 10.0))
    dollars = np.zeros((5, len(LEVER_NAMES)))
    idle = one.at(dollars).person_years
    dollars[:, LEVER_INDEX["channel"]] = 1000.0
    assert (one.at(dollars).person_years < idle).all()


def test_an_agency_misjudges_false_reports_by_its_own_factor() -> None:
    """What it counts is right; its odds of false to true are off by its error in them."""
    p = Parameters().with_values({"agency.omits": 0.0})
    true, single = true_responses(p, REGION), [0, 1, 4]  # the only ones of their class
    factors = []
    for future in range(6):
        normals, _ = belief_draws(3, future, len(Belief))
        factors.append(math.exp(p.agency.log_error_sd * normals[14]))  # the last of the errors
        believed = agency_responses(true, p, REGION, 3, future)
        load = believed.true_load + believed.false_load
        assert load == pytest.approx(true.true_load + true.false_load)
        odds = (believed.false_load / believed.true_load)[single]
        assert odds == pytest.approx(factors[-1] * (true.false_load / true.true_load)[single])
    assert min(factors) < 0.8 < 1.25 < max(factors)
