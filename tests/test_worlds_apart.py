"""What a policy may not change: worlds that differ in one thing, compared youth by youth."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, settings
from hypothesis import given as generated
from hypothesis import strategies as st
from small_worlds import (
    begun,
    cases_of,
    columns,
    evenly,
    finished,
    spells_of,
    spend,
    to_first,
)

from streetlight import policies
from streetlight.model.arrays import Table
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import MIXES
from streetlight.model.names import End, Tally
from streetlight.model.parameters import Parameters
from streetlight.model.record.case_files import CaseRegister
from streetlight.model.run.history import History
from streetlight.model.run.simulation import Simulation, burn_in, draw_world, run_policy, simulate
from streetlight.model.world.state import State
from streetlight.model.world.world import World

SPILL_OVERS = ("spread", "neighbours", "feedback", "publicity", "pooling")
#: Levers that act on reports and on what follows them, and not on onset.
AFTER_ONSET = {
    "campaign": 0.1, "training": 0.2, "screening_universal": 0.1, "screening_targeted": 0.1,
    "education": 0.1, "channel": 0.1, "investigators": 0.2, "navigators": 0.1,
}  # fmt: skip
BUSY = {"incidence.onset_rate": 2000.0, "incidence.normalise": "region"}


def busy(**switches: bool) -> Parameters:
    """Parameters with ten times the incidence and some switches set."""
    chosen = {f"switches.{name}": on for name, on in switches.items()}
    return Parameters().with_values({**BUSY, **chosen})


def small_region() -> Region:
    """Twelve invented places with about 400,000 people."""
    return Region.synthetic(12, seed=2, population=400_000)


def first_spells(history: History) -> Table:
    """First spells, those prevented too, in the order of their onset."""
    return history.truth.spells[: history.truth.n_first]


def onsets(history: History) -> set[tuple[str, int, int]]:
    """(community id, number of the youth, step) of first spells that happened."""
    rows = first_spells(history)
    rows = rows[rows["end_reason"] != End.PREVENTED]
    ids = history.region.ids
    return {(ids[row["community"]], int(row["number"]), int(row["start"])) for row in rows}


def arrays(one: Any) -> dict[str, np.ndarray]:
    """The arrays of a part of a history by name, and those of its own parts.

    The register is left out: what it holds is compared as case files, whose order means something.
    """
    found: dict[str, np.ndarray] = {}
    for field in fields(one):
        value = getattr(one, field.name)
        if isinstance(value, np.ndarray):
            found[field.name] = value
        elif is_dataclass(value) and not isinstance(value, CaseRegister):
            found |= arrays(value)
    return found


def as_bytes(parts: dict[str, np.ndarray]) -> dict[str, bytes]:
    """Bytes by name; a table column by column, because what pads its rows says nothing."""
    found = {}
    for name, value in parts.items():
        for column in value.dtype.names or ("",):
            values = value[column] if column else value
            found[f"{name} {column}".rstrip()] = np.ascontiguousarray(values).tobytes()
    return found


def everything(history: History) -> dict[str, bytes]:
    """All that a history holds, as bytes by name."""
    parts = {**arrays(history.truth), **arrays(history.record), **arrays(history.spending)}
    counts, files = history.record.counts, history.record.cases
    return as_bytes(parts | arrays(counts) | {"cases": files.cases, "touches": files.touches})


def by_community(history: History, c: int) -> dict[str, bytes]:
    """All that a history holds about one community, as bytes by name; rows in an order of luck."""
    truth, record, end = history.truth, history.record, history.truth.conditions
    found: dict[str, np.ndarray] = {
        "yearly": truth.ledger.yearly[:, :, c], "person_steps": truth.ledger.person_steps[:, :, c],
        "backlog": end.backlog[c], "trained": end.trained[:, c], "skill": end.skill[:, c],
        "denial": end.denial[:, c], "public": end.public[:, c],
        "published": record.published_reports[c], "takes_part": record.takes_part[c],
        "published_identified": record.published_identified[c],
        "referrals": record.counts.referrals[:, c],
        "investigated": record.counts.investigated[:, c],
        "identified": record.counts.identified[:, c], "calls": record.counts.calls[:, c],
    }  # fmt: skip
    spells = truth.spells[truth.spells["community"] == c]
    order = np.lexsort((spells["ordinal"], spells["number"]))
    for name in spells.dtype.names or ():
        if name not in ("community", "case"):  # positions in tables that hold others as well
            found[f"spell {name}"] = spells[name][order]
    files = record.cases
    here = np.flatnonzero(files.cases["community"] == c)
    for name in files.cases.dtype.names or ():
        if name != "community":
            found[f"case {name}"] = files.cases[name][here]
    touches = files.touches[np.isin(files.touches["case"], here)]
    found["touches"] = np.stack(
        [np.searchsorted(here, touches["case"]), touches["step"], touches["channel"]]
    )
    return as_bytes({name: np.asarray(value) for name, value in found.items()})


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Names of what differs."""
    assert one.keys() == other.keys()
    return [name for name in one if one[name] != other[name]]


# ------------------------------------------------------------------- onset is out of reach


@pytest.fixture(scope="module")
def world() -> World:
    """A busy world with every feedback on."""
    return draw_world(busy(), small_region(), years=5)


@pytest.fixture(scope="module")
def idle(world: World) -> History:
    """A run of it without spending, which is only read."""
    return run_policy(world, policies.none())


@pytest.mark.parametrize("rule", [to_first, evenly])
def test_money_after_onset_changes_no_first_onset(
    world: World, idle: History, rule: policies.Rule
) -> None:
    """Spending on reports, capacity and services leaves all first onsets as they were."""
    before = idle
    after = run_policy(world, spend(rule, 20.0, **AFTER_ONSET))
    assert onsets(before) == onsets(after)
    assert len(onsets(before)) > 2000
    for name in ("community", "number", "start", "age_out"):
        assert (first_spells(before)[name] == first_spells(after)[name]).all()
    lasting = 0b1111111  # type, gender, risk, home, known offender
    traits = [first_spells(history)["traits"] & lasting for history in (before, after)]
    assert (traits[0] == traits[1]).all()
    assert after.truth.tally(Tally.IDENTIFIED).sum() > before.truth.tally(Tally.IDENTIFIED).sum()


@pytest.mark.parametrize("mix", sorted(MIXES))
def test_every_shipped_mix_leaves_first_onsets_alone(world: World, idle: History, mix: str) -> None:
    """No mix that a league uses thins onsets."""
    after = run_policy(world, policies.per_youth(budget=5.0, mix=mix))
    assert onsets(idle) == onsets(after)


@pytest.mark.parametrize("lever", ["prevention", "economic"])
def test_prevention_and_support_only_take_onsets_away(
    world: World, idle: History, lever: str
) -> None:
    """Levers that act on onset prevent some first spells and make none."""
    after = run_policy(world, spend(evenly, 100.0, **{lever: 1.0}))
    assert onsets(after) < onsets(idle)
    prevented = int(after.truth.tally(Tally.PREVENTED).sum())
    assert len(onsets(idle)) - len(onsets(after)) == prevented > 20


@pytest.fixture(scope="module")
def begin(world: World) -> State:
    """The state in which the same world begins."""
    return begun(world.parameters, world.region).state


@pytest.mark.parametrize(
    "change",
    [
        {"disclosure.hazard": 0.01}, {"encounter.public_rate": 0.005}, {"denial.ratio": 0.9},
        {"encounter.contact_rate": (0.1,) * 5}, {"assessment.substantiation": 0.9},
        {"knowing.told_stock": 0.3}, {"awareness.hotline": (0.1,) * 4},
        {"reporting.unfounded": 0.4}, {"services.places": (0.0,) * 4},
        {"training.trained_share": (0.6,) * 4}, {"switches.false_reports": False},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_no_reporting_parameter_moves_an_onset(
    world: World, begin: State, change: dict[str, Any]
) -> None:
    """Who is victimized, and when, depends on no parameter of the reporting side."""
    other = begun(world.parameters.with_values(change), world.region).state
    for name in ("community", "number", "start", "age_out", "end"):
        assert (other.drawn[name] == begin.drawn[name]).all()
    assert (other.drawn["traits"] & 127 == begin.drawn["traits"] & 127).all()


def luck_of_cases(sim: Simulation) -> dict[tuple[int, ...], tuple[float, float]]:
    """Luck in the queue and in substantiation of true cases, by youth, spell, channel and step."""
    cases = cases_of(sim)
    cases = cases[cases["spell"] >= 0]
    spells = spells_of(sim)[cases["spell"]]
    keys = np.stack(
        [spells["community"], spells["number"], spells["ordinal"], spells["start"],
         cases["channel"], cases["opened"]], axis=1
    )  # fmt: skip
    luck = columns(cases, "order", "substantiation")
    return dict(zip(map(tuple, keys.tolist()), luck, strict=True))


def test_the_luck_of_a_report_is_its_own(world: World) -> None:
    """A report's luck belongs to youth, channel and step: reports made before do not move it."""
    before = luck_of_cases(finished(Simulation(world, policies.none())))
    after = luck_of_cases(finished(Simulation(world, spend(evenly, 20.0, **AFTER_ONSET))))
    shared = before.keys() & after.keys()
    assert len(shared) > 500
    assert {key: before[key] for key in shared} == {key: after[key] for key in shared}
    assert len(set(after.values())) == len(after)


# ------------------------------------------------------------------- money stays where it is spent


def test_money_in_one_community_leaves_all_others_as_they_were() -> None:
    """With spill-overs, feedbacks and pooling off, everybody elsewhere has the same history."""
    parameters = busy(**dict.fromkeys(SPILL_OVERS, False))
    parameters = parameters.with_values({"assessment.wrong_substantiation": 0.3})
    world = draw_world(parameters, small_region(), years=4)
    mix = {**{k: 0.8 * v for k, v in AFTER_ONSET.items()}, "prevention": 0.1, "economic": 0.1}
    before = run_policy(world, policies.none())
    after = run_policy(world, spend(to_first, 30.0, **mix))
    assert after.spending.spent[:, 0].sum() > 0
    assert after.spending.spent[:, 1:].sum() == 0.0
    moved = {}
    for c in range(1, world.region.n_communities):
        names = differing(by_community(before, c), by_community(after, c))
        if names:
            moved[c] = names
    assert moved == {}
    changed = differing(by_community(before, 0), by_community(after, 0))
    assert {"yearly", "trained", "skill", "denial", "public", "referrals"} <= set(changed)


@pytest.mark.parametrize("switch", ["spread", "pooling", "feedback"])
def test_spill_overs_do_reach_others(switch: str) -> None:
    """The control: with one spill-over on, the same money does change another community."""
    on = {switch, "neighbours"} if switch == "spread" else {switch}
    parameters = busy(**{name: name in on for name in SPILL_OVERS})
    parameters = parameters.with_values({"attention.reading": "even"})  # all is written down
    world = draw_world(parameters, small_region(), years=4)
    before = run_policy(world, policies.none())
    after = run_policy(world, spend(to_first, 30.0, **AFTER_ONSET))
    others = range(1, world.region.n_communities)
    assert any(differing(by_community(before, c), by_community(after, c)) for c in others)


def test_a_community_alone_is_as_it_is_among_others() -> None:
    """Without spill-overs and queues a community's whole history is the same in any region."""
    parameters = busy(**dict.fromkeys((*SPILL_OVERS, "limited_capacity", "services"), False))
    parameters = parameters.with_values({"incidence.normalise": "us"})
    region = small_region()
    alone = region.select(ids=[region.ids[4]])
    whole = simulate(parameters, region, policies.none(), years=2)
    part = simulate(parameters, alone, policies.none(), years=2)
    assert differing(by_community(whole, 4), by_community(part, 0)) == []


# ------------------------------------------------------------------- nothing is nothing


def test_a_policy_that_does_nothing_is_no_policy(world: World) -> None:
    """No budget, the rule "none" and an engine that never allocates: the same bytes."""
    quiet = draw_world(busy(feedback=False), small_region(), years=3)
    nothing = everything(run_policy(quiet, policies.none()))
    no_budget = everything(run_policy(quiet, spend(to_first, 0.0, campaign=1.0)))
    assert differing(nothing, no_budget) == []
    sim = Simulation(quiet, policies.none(), phases={"allocate": lambda sim, when: None})
    sim.run()
    assert differing(nothing, everything(sim.history())) == []
    assert differing(
        everything(run_policy(world, policies.none())),
        everything(run_policy(world, policies.per_youth(budget=0.0))),
    ) == []  # fmt: skip


def test_money_below_the_smallest_purchase_buys_nothing() -> None:
    """Dollars that buy no unit are carried and returned, and change no life."""
    world = draw_world(busy(feedback=False), small_region(), years=3)
    nothing = run_policy(world, policies.none())
    little = run_policy(world, spend(evenly, 1e-6, campaign=0.5, training=0.5))
    assert little.spending.allocated.sum() > 0.0
    assert little.spending.spent.sum() == 0.0
    moved = differing(everything(nothing), everything(little))
    assert moved == ["allocated", "returned", "carried"]


def test_stepping_a_policy_leaves_the_world_as_it_was(world: World) -> None:
    """A run writes to nothing that another run of the same world reads."""
    before = everything(run_policy(world, policies.none()))
    run_policy(world, spend(evenly, 50.0, **AFTER_ONSET))
    assert differing(before, everything(run_policy(world, policies.none()))) == []


# ------------------------------------------------------------------- the same, and not the same


def test_the_same_inputs_give_the_same_bytes() -> None:
    """A run is a pure function of its arguments."""
    policy = policies.per_youth(budget=3.0)
    arguments: dict[str, Any] = dict(future="fast", replicate=2, seed=5, years=2)
    one, two = (everything(simulate(busy(), small_region(), policy, **arguments)) for _ in range(2))
    assert differing(one, two) == []


@pytest.mark.parametrize("other", [{"future": 1}, {"future": "0"}, {"replicate": 1}, {"seed": 1}])
def test_another_future_replicate_or_seed_is_other_luck(other: dict[str, Any]) -> None:
    """Nobody's first onset is where it was when future, replicate or seed changes."""
    region = small_region()
    same: dict[str, Any] = {"future": 0, "replicate": 0, "seed": 0}
    one, two = (
        draw_world(busy(), region, years=1, **arguments) for arguments in (same, {**same, **other})
    )
    names = ("community", "number", "start", "age_out")
    youth = [set(columns(w.state.drawn, *names)) for w in (one, two)]
    assert min(len(youth[0]), len(youth[1])) > 3000
    assert len(youth[0] & youth[1]) < 50
    assert not (one.state.communities["frailty"] == two.state.communities["frailty"]).any()


def test_the_order_of_the_communities_does_not_matter() -> None:
    """A region given in another order is the same region, and gives the same bytes."""
    region = small_region()
    order = np.random.default_rng(1).permutation(region.n_communities)
    pairs = [
        (region.ids[b], region.ids[a]) for a, b in region.neighbour_pairs()[::-1].tolist()
    ]  # turned round
    lists = {
        name: [getattr(region, name)[i] for i in order]
        for name in (
            "ids", "names", "state", "population", "youth", "youth_12_17", "poverty_share",
            "place_class", "latitude", "longitude", "covariate",
        )
    }  # fmt: skip
    shuffled = Region.of(**lists, neighbours=pairs)
    assert lists["ids"] != list(region.ids)
    policy = policies.per_youth(budget=3.0)
    one, two = (everything(simulate(busy(), r, policy, years=2)) for r in (region, shuffled))
    assert differing(one, two) == []


def test_a_state_alone_has_the_onsets_it_has_in_the_country() -> None:
    """With the national norm, first onsets are the same youth by youth in any region."""
    region = Region.synthetic(30, seed=4, population=1_500_000, n_states=4)
    parameters = Parameters().with_values({"incidence.onset_rate": 1000.0})
    part = region.select(states=["State 2"])
    assert 1 < part.n_communities < region.n_communities
    whole, alone = (simulate(parameters, r, policies.none(), years=1) for r in (region, part))
    expected = {one for one in onsets(whole) if one[0] in part.ids}
    assert onsets(alone) == expected
    assert len(expected) > 100


def test_more_years_do_not_change_the_earlier_ones() -> None:
    """The first three years are the same, to the last count, in a run of three and of six."""
    policy = spend(evenly, 5.0, **AFTER_ONSET)
    short, long = (simulate(busy(), small_region(), policy, years=years) for years in (3, 6))
    years, steps = 12, 12 * 52
    assert (short.truth.ledger.yearly == long.truth.ledger.yearly[:, :years]).all()
    assert (short.truth.ledger.monthly == long.truth.ledger.monthly[:, : 12 * years]).all()
    assert (short.truth.ledger.person_steps == long.truth.ledger.person_steps[:, :years]).all()
    assert (short.record.counts.referrals == long.record.counts.referrals[: 12 * 6]).all()
    assert (short.record.counts.calls == long.record.counts.calls[: 12 * 6]).all()
    assert (short.record.published_reports == long.record.published_reports[:, :6]).all()
    assert (short.spending.spent == long.spending.spent[:3]).all()
    assert {one for one in onsets(long) if one[2] < steps} == onsets(short)


# ------------------------------------------------------------------- more is not later

#: Reports are all screened and decided in the step they are made; nothing feeds back.
PROMPT = dict.fromkeys(
    ("limited_capacity", "reexploitation", "feedback", "spread", "publicity"), False
)
PROMPT_VALUES = {
    "assessment.investigation_weeks": 0.0, "assessment.after_closed_ratio": 1.0,
    "assessment.screen_in": 0.6, "assessment.screen_in_sd": 0.0,
    "assessment.substantiation": 0.55,
    "knowing.self_recognition": 0.05, "disclosure.hazard": 0.3,
    "encounter.untrained": (0.01, 0.1, 0.1, 0.1, 0.1),
    "encounter.trained": (0.02, 0.3, 0.3, 0.3, 0.3),
}  # fmt: skip
#: Probabilities of recognition and report that do not enter the bounds of candidate occasions,
#: each with the values it may take, rising.
RAISED: dict[str, list[Any]] = {
    "encounter.untrained": [(x / 2, 10 * x, 10 * x, 10 * x, 10 * x) for x in (0.001, 0.01, 0.03)],
    "encounter.labour_ratio": [0.2, 0.6, 1.0],
    "encounter.gender_ratio": [(0.9, 0.3, 0.3), (1.0, 0.7, 0.8), (1.0, 1.0, 1.0)],
    "encounter.family_ratio": [0.3, 0.7, 1.0],
    "reporting.report": [(0.1,) * 5, (0.45, 0.6, 0.9, 0.8, 0.7), (1.0,) * 5],
    "disclosure.confidant_acts": [0.0, 0.36, 1.0],
    "disclosure.formal_share": [0.0, 0.2, 1.0],
    "disclosure.blame_ratio": [0.1, 0.4, 1.0],
    "disclosure.anonymity_ratio": [0.3, 0.55, 1.0],
    "disclosure.known_offender_ratio": [0.3, 0.5, 1.0],
    "disclosure.channel_coverage": [0.0, 0.1, 1.0],
    "knowing.told_stock": [0.0, 0.1, 0.5],
    "knowing.told_not_ones_fault": [0.0, 0.3, 1.0],
    "awareness.hotline": [(0.1,) * 4, (0.3, 0.25, 0.15, 0.15), (0.5,) * 4],
    "denial.ratio": [0.1, 0.4, 1.0],
    "training.trained_share": [(0.05,) * 4, (0.45, 0.35, 0.25, 0.2), (0.8,) * 4],
    "assessment.screen_in": [0.3, 0.6, 0.9],
    "assessment.substantiation": [0.3, 0.55, 0.9],
}
EVEN = {"attention.reading": "even"}
#: What of it enters the bounds where places differ in effort: those know how well a place sees.
IN_BOUNDS = {
    "encounter.untrained", "encounter.labour_ratio", "encounter.gender_ratio",
    "encounter.family_ratio", "denial.ratio", "training.trained_share",
}  # fmt: skip
#: Capacity is off and re-exploitation is off, but the world is the default one otherwise.
SMALL = Region.synthetic(6, seed=3, population=300_000)


def identified_at(history: History) -> np.ndarray:
    """Step of identification of every first spell, in order of onset; never is far away."""
    rows = first_spells(history)
    return np.where(rows["end_reason"] == End.IDENTIFIED, rows["end"], 10**6)


def prompt_run(values: dict[str, Any]) -> np.ndarray:
    """Steps of identification in a short run of the prompt world with some values changed."""
    return run_of(busy(**PROMPT).with_values({**PROMPT_VALUES, **values}))


@cache
def run_of(parameters: Parameters) -> np.ndarray:
    """The run itself, once for each set of parameters: the middle of many is the default."""
    world = burn_in(begun(parameters, SMALL, burn_in_years=3))
    return identified_at(run_policy(world, policies.none()))


@pytest.mark.parametrize(
    ("reading", "name"),
    [("even", name) for name in sorted(RAISED)]
    + [("mixed", name) for name in sorted(RAISED.keys() - IN_BOUNDS)],
)
def test_more_recognition_or_reporting_identifies_nobody_later(reading: str, name: str) -> None:
    """In the prompt world a raised probability identifies every first spell as soon or sooner."""
    low, middle, high = (
        prompt_run({"attention.reading": reading, name: value}) for value in RAISED[name]
    )
    for less, more in ((low, middle), (middle, high)):
        assert (more <= less).all(), f"{name}: {int((more > less).sum())} later"
    assert (high < low).any()


@generated(st.lists(st.integers(0, 1), min_size=len(RAISED), max_size=len(RAISED)),
           st.sets(st.sampled_from(sorted(RAISED)), min_size=1))  # fmt: skip
@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate])
def test_more_of_several_identifies_nobody_later(base: list[int], raised: set[str]) -> None:
    """The same from any base and for any set of probabilities raised together."""
    before = dict(zip(sorted(RAISED), base, strict=True))
    after = {name: position + (name in raised) for name, position in before.items()}
    less, more = (
        prompt_run(EVEN | {name: RAISED[name][position] for name, position in positions.items()})
        for positions in (before, after)
    )
    assert (more <= less).all(), f"{sorted(raised)}: {int((more > less).sum())} later"


@pytest.mark.parametrize("lever", ["training", "campaign", "education", "channel",
                                   "screening_universal", "screening_targeted"])  # fmt: skip
def test_no_lever_of_recognition_identifies_anybody_later(lever: str) -> None:
    """In the prompt world money for recognition or disclosure identifies no first spell later."""
    world = burn_in(begun(busy(**PROMPT).with_values(PROMPT_VALUES), SMALL, years=4))
    low = identified_at(run_policy(world, policies.none()))
    high = identified_at(run_policy(world, spend(evenly, 20.0, **{lever: 1.0})))
    assert (high <= low).all(), f"{lever}: {int((high > low).sum())} later"
    assert (high < low).any()


def test_with_queues_and_feedback_some_are_identified_later() -> None:
    """Outside the prompt world the claim is not made: the share identified later is printed."""
    world = draw_world(busy(), SMALL, years=6)
    low = identified_at(run_policy(world, policies.none()))
    high = identified_at(run_policy(world, spend(evenly, 20.0, training=1.0)))
    found = low < 10**6
    later = float((high > low)[found].mean())
    print(f"identified later with training, queues and feedback on: {later:.1%}")
    assert 0.0 < later < 1.0


# ------------------------------------------------------------------- the size of a step


@pytest.mark.slow
def test_half_weekly_steps_agree_with_weekly_ones() -> None:
    """Counts and person-years of the two step sizes agree within Monte-Carlo error and 1%."""
    totals = {}
    region = Region.synthetic(40, seed=6, population=4_000_000)
    for steps in (52, 104):
        parameters = busy().with_values({"time.steps_per_year": steps})
        rows = []
        for replicate in range(12):
            truth = simulate(
                parameters, region, policies.per_youth(budget=2.0), replicate=replicate, years=4
            ).truth
            first = truth.clock.n_years - 4
            tallies = [truth.tally(what).sum() for what in COMPARED]
            rows.append(
                [*tallies, *(truth.ledger.person_steps[:, first:].sum(axis=(1, 2)) / steps)]
            )
        totals[steps] = np.array(rows, float)
    mean = {steps: values.mean(axis=0) for steps, values in totals.items()}
    error = np.sqrt(sum(v.var(axis=0, ddof=1) / len(v) for v in totals.values()))
    gap = np.abs(mean[52] - mean[104])
    assert (gap <= 4.0 * error + 0.01 * mean[52]).all(), (mean, error)


COMPARED = (
    Tally.FIRST_ONSETS, Tally.LATER_ONSETS, Tally.KNEW, Tally.RECOGNISED, Tally.KNOWN,
    Tally.REPORTS, Tally.FALSE_REPORTS, Tally.SCREENED_IN, Tally.INVESTIGATED,
    Tally.FALSE_INVESTIGATED, Tally.IDENTIFIED, Tally.SERVED,
)  # fmt: skip
