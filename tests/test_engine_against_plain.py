"""The engine against docs/model.md read a second time: the same means, the same variances.

Both sides run the settings of `plain_model.settings`: everything switched on, money spent, what
is drawn once a world shared.  `python tests/plain_model/compare.py` prints what is compared here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from plain_model.attention import Attention, draw_attention
from plain_model.community import Community
from plain_model.compare import (
    Difference,
    compared,
    largest_by_chance,
    mean_score,
    plain_model,
    table,
    variance_score,
)
from plain_model.engine_side import attention_of, outcomes, policy_years, world_of
from plain_model.settings import (
    ATTENTION,
    OTHERS,
    QUEUES,
    REGIONS,
    Setting,
    added,
    at_once,
    changed,
    city,
    filled,
    grown_up,
    mixed,
    multiplied,
    shocked,
    small_towns,
    triaged,
)
from plain_model.speed import youth_weeks_per_second
from plain_model.youth import Victim
from scipy import stats
from small_worlds import false_means

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import build
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import Simulation
from streetlight.model.week.week import PHASES
from streetlight.model.world.begin import begin_world
from streetlight.model.world.state import Block, Covered, Public, When

SHORT = (1, 1, 3)  # years of filling, burn-in and policies


def assert_agreement(rows: list[Difference]) -> None:
    """No score is larger than chance makes the largest of as many, over all settings."""
    limit = largest_by_chance(2 * len(rows) * len(REGIONS + OTHERS + ATTENTION + QUEUES))
    apart = [row for row in rows if max(abs(row.z_mean), abs(row.z_variance)) > limit]
    assert len(rows) > 60
    assert not apart, f"beyond {limit:.2f}\n{table(apart)}"


@pytest.mark.parametrize(
    ("make", "n_plain", "n_engine"),
    [(small_towns, 10, 30), (mixed, 10, 10), (shocked, 6, 18), (triaged, 6, 18)],
)
def test_same_means_and_variances(make: Callable[[], Setting], n_plain: int, n_engine: int) -> None:
    """In few and short runs of four settings no outcome differs by more than chance, in mean or
    variance; the slow test has all settings and more runs."""
    assert_agreement(compared(make().lasting(*SHORT), n_plain, n_engine))


@pytest.mark.slow
@pytest.mark.parametrize("make", [*REGIONS, *OTHERS, *ATTENTION, *QUEUES])
def test_same_means_and_variances_in_many_runs(make: Callable[[], Setting]) -> None:
    """In many runs of full length no outcome differs by more than chance."""
    assert_agreement(compared(make(), 40, 120, first=1000))


@pytest.mark.parametrize(
    "make", [small_towns, at_once, grown_up, shocked, changed, multiplied, filled]
)
def test_conditions_move_alike_in_every_step(make: Callable[[], Setting]) -> None:
    """Without the feedback of chance, conditions, hazards and capacity agree exactly."""
    setting = make().lasting(0, 1, 3)
    off = {"switches.feedback": False, "switches.publicity": False, "incidence.onset_rate": 900.0}
    setting = replace(setting, parameters=setting.parameters.with_values(off))
    world = world_of(setting, 0)
    plain, sim = plain_model(setting, 0, world), policy_years(setting, world)
    for _ in range(sim.clock.first_policy_step):
        plain.step()
    steps = setting.parameters.time.steps_per_year
    onsets = [c.annual_onsets / steps for c in plain.communities]
    np.testing.assert_allclose(world.state.communities["onset"], onsets, rtol=1e-10)
    again = -np.log1p([-c.p_return_late for c in plain.communities])
    np.testing.assert_allclose(world.state.communities["again"], again, rtol=1e-10)
    while not sim.finished:
        sim.step()
        plain.step()
        state, towns = sim.state, plain.communities
        sectors = range(5)
        pairs: list[tuple[Any, Any]] = [
            (state.trained, [[c.responders[s].trained for c in towns] for s in sectors]),
            (state.skill, [[c.responders[s].skill for c in towns] for s in sectors]),
            (state.denial, [[c.responders[s].denial for c in towns] for s in sectors]),
            (state.conditions[Public.NORM], [c.norm for c in towns]),
            (state.conditions[Public.SALIENCE], [c.salience for c in towns]),
            (state.conditions[Public.AWARENESS], [c.awareness for c in towns]),
            (state.conditions[Public.DENIAL], [c.denial for c in towns]),
            (state.conditions[Public.TOLD], [c.told_stock for c in towns]),
            (state.conditions[Public.PREVENTION], [c.prevention_coverage for c in towns]),
            (1.0 + 2.0 * state.conditions[Covered.UNIT], [c.contacts_by_unit for c in towns]),
            (state.conditions[Covered.RECORDING], [c.covered_by_records for c in towns]),
            (
                [false_means(sim, c).sum() for c in range(len(towns))],
                [_false_reports(c) for c in towns],
            ),
            (state.pools["capacity"], [pool.capacity() for pool in plain.pools]),
            (state.pools["places_top"], [max(1.0, pool.places()) for pool in plain.pools]),
        ]
        for found, expected in pairs:
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
        for youth in plain.agents_by_type.get(Victim, ()):
            group = 2 * youth.kind + youth.high_risk
            told = state.conditions[Block.TOLD_STEP + group, youth.community.index]
            assert told == pytest.approx(12 / steps * youth.told_rate(), rel=1e-10)
            contacts = 12 / steps * np.array(youth.contacts)
            assert state.rates[0]["h_contact"][group] == pytest.approx(contacts, rel=1e-10)
    plain.release()


def _false_reports(community: Community) -> float:
    return sum(responder.expected_false_reports() for responder in community.responders)


def test_frailty_and_screening_are_the_gamma_and_the_beta_of_section_3() -> None:
    """Over many worlds both have the mean, the spread and the shape that the page states."""
    setting = mixed()
    worlds = [
        begin_world(setting.parameters, setting.region, replicate=replicate, years=1)
        for replicate in range(60)
    ]
    places = np.concatenate([world.state.communities for world in worlds])
    frailty = stats.gamma(a=0.4**-2, scale=0.4**2)
    mean, sd = 0.6, 0.15
    assert setting.parameters.assessment.screen_in == mean
    size = mean * (1.0 - mean) / sd**2 - 1.0
    screening = stats.beta(mean * size, (1.0 - mean) * size)
    for drawn, law in ((places["frailty"], frailty), (places["screen_in"], screening)):
        assert len(drawn) == 60 * 12
        assert stats.kstest(drawn, law.cdf).pvalue > 1e-4
        spread = law.std() / math.sqrt(len(drawn))
        assert abs(drawn.mean() - law.mean()) < 4.5 * spread


def test_attention_is_drawn_alike() -> None:
    """Effort, books and taking part have the same moments on both sides, place by place."""
    n = 600
    region = Region.of(
        ids=[f"P{i:03d}" for i in range(n)], state=[f"area {i // 3}" for i in range(n)],
        population=np.geomspace(1e3, 1e6, n).tolist(), poverty_share=np.resize([0.1, 0.3], n),
        youth=[100.0] * n, youth_12_17=[10.0] * n, place_class=["town"] * n,
    )  # fmt: skip
    values = {
        "incidence.onset_rate": 1e-6, "attention.with_population": 0.3,
        "attention.with_poverty": -0.3, "attention.effort_cv": (1.6, 1.1),
    }  # fmt: skip
    setting = replace(added().lasting(1, 1, 2), region=region, levels={})
    setting = replace(setting, parameters=setting.parameters.with_values(values))
    world = world_of(setting, 1)
    frailty, engine = world.state.communities["frailty"], attention_of(world)
    plain = draw_attention(plain_model(setting, 1, world), frailty)
    rows = [_moments(drawn, frailty) for drawn in (plain, engine)]
    limit = largest_by_chance(len(rows[0]))
    scores = {name: mean_score(rows[0][name], rows[1][name], paired=False) for name in rows[0]}
    assert max(map(abs, scores.values())) <= limit, scores


def _moments(drawn: list[Attention], frailty: FloatArray) -> dict[str, FloatArray]:
    """Products whose means are moments of what was drawn, each averaged over an area of three."""
    effort = np.sqrt([place.effort for place in drawn]).T - 0.8
    books = np.array([place.books for place in drawn]).transpose(1, 2, 0)
    part = np.array([place.publishing for place in drawn]).T
    own = {"trained": [p.trained for p in drawn], "denial": [p.denial for p in drawn]}
    own["norm"] = [p.norm for p in drawn]
    size = np.linspace(-1.0, 1.0, len(drawn))
    poor = np.resize([-1.0, 1.0], len(drawn))
    place = {
        **{name: np.array(values) for name, values in own.items()},
        **{f"{name} squared": np.square(values) for name, values in own.items()},
        "trained and norm": np.multiply(own["trained"], own["norm"]),
        "effort": effort[0], "effort to 4": effort[3] ** 4, "effort squared": effort[1] ** 2,
        "effort, a year on": effort[1] * effort[2], "three years on": effort[0] * effort[3],
        "effort, frailty": effort[2] * (frailty - 1.0), "effort, size": effort[2] * size,
        "effort, poverty": effort[3] * poor, "effort, books": effort[1] * books[1, 2],
        "effort, part": effort[1] * part[1], "effort, trained": effort[0] * own["trained"],
        "never": (books == 0.0).all(axis=(0, 1)),
        **{f"books {k}": books[0, k] for k in range(4)},
        **{f"books {k} squared": books[3, k] ** 2 for k in range(4)},
        "books, a year on": books[0, 1] * books[1, 1], "three years": books[0, 3] * books[3, 3],
        "two agencies": books[2, 0] * books[2, 3], "in two years": books[2, 1] * books[3, 2],
        "part": part[0], "part squared": part[3] ** 2, "part, a year on": part[1] * part[2],
        "part, three years on": part[0] * part[3], "part and books": part[2] * books[2, 0],
    }  # fmt: skip
    by_area = {name: values.reshape(-1, 3).mean(axis=1) for name, values in place.items()}
    for name, values in (("effort", effort[0]), ("books", books[0, 1])):
        first, second, third = values.reshape(-1, 3).T
        by_area[f"{name} in an area"] = first * second + second * third
    by_area["books and effort in an area"] = books[0, 0, ::3] * effort[0, 1::3]
    return by_area


def test_the_week_is_its_phases() -> None:
    """The week in one piece and phase by phase, as compared here, give the same history."""
    setting = city().lasting(1, 1, 2)
    world = world_of(setting, 0)
    whole = Simulation(world, build("none"))

    def learn(sim: Simulation, when: When) -> None:
        PHASES["learn"](sim.state, when)

    by_phase = Simulation(world, build("none"), phases={"learn": learn})
    assert outcomes(whole) == outcomes(by_phase)


def test_money_reaches_the_engine() -> None:
    """The effects of a setting's levers move the outcomes by more than chance."""
    setting = city().lasting(*SHORT)
    world = world_of(setting, 0)
    free = outcomes(Simulation(world, build("none")))
    with_money = outcomes(policy_years(setting, world))
    assert with_money["prevented_onsets"] > free["prevented_onsets"] == 0.0
    assert with_money["trained_end"] > free["trained_end"]
    assert with_money["investigated"] > free["investigated"]


def test_scores_of_differences_have_the_size_they_claim() -> None:
    """Of independent normal and skewed samples without any difference few exceed two."""
    draw = np.random.default_rng(3)
    for sample in (draw.normal, draw.exponential):
        pairs = [(sample(size=25), sample(size=75)) for _ in range(400)]
        means = np.array([mean_score(a, b, paired=False) for a, b in pairs])
        variances = np.array([variance_score(a, b) for a, b in pairs])
        together = np.array([mean_score(a, b, paired=True) for a, b in pairs])
        for scores in (means, variances, together):
            beyond = (abs(scores) > 2.0).mean()
            assert beyond <= 0.0455 + 4.0 * math.sqrt(0.0455 / 400)
    a, b = draw.normal(size=100), draw.normal(size=300)
    assert mean_score(a, b + 1.0, paired=False) > 6.0
    assert mean_score(a, a - 0.2 + 0.1 * b[:100], paired=True) < -6.0
    assert variance_score(a, 2.0 * b) > 4.0 > -4.0 > variance_score(2.0 * a, b)
    assert mean_score(np.ones(9), np.ones(9), paired=False) == 0.0
    assert variance_score(np.ones(9), np.ones(9)) == 0.0
    once, often = np.eye(1, 60)[0], np.resize([0.0, 1.0], 60)
    assert abs(variance_score(np.zeros(20), once)) < 1.0 < 4.0 < variance_score(np.zeros(20), often)
    assert mean_score(np.ones(9), np.full(9, 2.0), paired=False) == math.inf


def test_speed_of_the_plain_model_is_a_number() -> None:
    """`streetlight bench` gets youth-weeks a second of the whole cascade."""
    region = Region.of(ids=["A"], population=[5_000.0], youth=[500.0])
    parameters = Parameters().with_values(
        {"time.filling_years": 0, "time.burn_in_years": 0, "incidence.normalise": "region"}
    )
    assert 1e4 < youth_weeks_per_second(parameters, region, years=1) < 1e8
