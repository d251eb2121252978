"""A finished run: in a line, built of plain parts, and its record without the truth."""

from __future__ import annotations

import gc
import pickle
import weakref
from typing import Any

import numpy as np
import pytest

from streetlight import policies
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.money.policy import Policy
from streetlight.model.money.rules.formulas import per_youth
from streetlight.model.names import Channel, Outcome
from streetlight.model.parameters import Parameters
from streetlight.model.record.case_files import CASE_FILE, NEVER, CaseRegister
from streetlight.model.run.simulation import Simulation, draw_world, run_policy, simulate
from streetlight.model.world.rows import TOUCH
from streetlight.model.world.world import World

REGION = Region.synthetic(4, seed=1)
SHORT = Parameters().with_values({"time.filling_years": 1, "time.burn_in_years": 2})


@pytest.fixture(scope="module")
def world() -> World:
    """Four invented places, three policy years to come."""
    return draw_world(SHORT, REGION, seed=7, future="dry", replicate=2, years=3)


# ----------------------------------------------------------------------------- in a line


def test_each_part_of_a_run_says_what_it_is_in_a_line(world: World) -> None:
    """Histories, truths, records and worlds are one readable line each."""
    history = run_policy(world, policies.per_youth(budget=0.5))
    spells, cases = len(history.truth.spells), len(history.record.cases.cases)
    assert (
        repr(history) == "<History of per_youth: 4 communities, 3 years, future dry, replicate 2>"
    )
    assert repr(history.truth) == f"<Truth of 6 years: 4 communities, {spells:,} spells>"
    assert repr(history.record) == f"<Record of 5 years: 4 communities, {cases:,} cases>"
    assert repr(world) == "<World of 4 communities: 3 years, future dry, replicate 2, seed 7>"


def test_a_history_tells_what_it_is_a_run_of(world: World) -> None:
    """What was asked for is read off the world that the run was made in."""
    policy = policies.none()
    history = run_policy(world, policy)
    told = (history.seed, history.future, history.replicate, history.years)
    assert told == (7, "dry", 2, 3)
    assert (history.parameters, history.region) == (world.parameters, world.region)
    assert history.policy is policy


# ------------------------------------------------------------------ the record by itself


def test_a_record_keeps_nothing_of_the_state(world: World) -> None:
    """With the run gone, spells, cases and queues are gone, and the record still answers."""
    run = Simulation(world, policies.per_youth(budget=5.0))
    run.run()
    history = run.history()
    record = pickle.loads(pickle.dumps(history.record))  # before anything is made of it
    expected = history.record.counts.calls.sum(), len(history.record.cases.touches)
    gone = [weakref.ref(run.state.cases), weakref.ref(run.state.nodes), weakref.ref(history.truth)]
    kept = run.history().record
    del run, history
    gc.collect()
    assert [one() for one in gone] == [None] * 3
    for one in (record, kept):
        assert (one.counts.calls.sum(), len(one.cases.touches)) == expected
        assert "spell" not in one.register.cases.dtype.names
        assert not one.cases.cases.flags.writeable
    assert not kept.register.cases.flags.writeable


def register() -> CaseRegister:
    """Six weeks, two a month, and two places: cases from before the record and of it."""
    nan, done, no = np.nan, Outcome.SUBSTANTIATED, Outcome.NOT_SUBSTANTIATED
    cases = [
        # community, opened, investigated, closed, recalled onset, channel, outcome
        (0, -9, -5, -4, nan, 3, no),  # over before the record starts
        (0, -3, 1, 3, 0.5, 3, done),  # waits into the first month
        (1, -1, -1, 4, nan, 3, done),  # under investigation when the record starts
        (1, 2, NEVER, NEVER, nan, 0, Outcome.WAITING),  # waits to the end
        (1, 2, NEVER, 2, nan, 5, Outcome.SCREENED_OUT),  # never waits
        (0, 3, 4, 5, 1.5, 0, done),  # waits over the end of a month
        (1, 2, 2, 5, -1.5, 0, done),  # goes first in the queue of its week
    ]
    touches = [
        # case, step, channel, report, in the books
        (1, -3, 3, True, True), (1, 0, 4, True, True), (3, 2, 0, True, False),
        (4, 2, 5, True, False), (6, 2, 0, True, True), (5, 5, 6, False, False),
        (5, 3, 0, True, False), (5, 7, 6, False, False),
    ]  # fmt: skip
    return CaseRegister(
        cases=np.array(cases, CASE_FILE),
        person=np.array([0, 1, 2, 1, 4, 4, -1], np.int32),
        exposure_end=np.array([nan, 3.0, nan, nan, nan, 5.0, nan]),
        queue=np.array([0.0, 0.0, 0.0, 0.9, 0.0, 0.0, 0.1], np.float32),
        touches=np.array(touches, TOUCH),
        month_of_step=np.array([0, 0, 1, 1, 2, 2], np.int32),
        n_communities=2,
    )


def cells(counts: np.ndarray) -> dict[tuple[int, ...], int]:
    """The cells of an array that are not 0."""
    return {tuple(map(int, at)): int(counts[tuple(at)]) for at in np.argwhere(counts)}


def test_counts_by_month_by_hand() -> None:
    """Reports, investigations, substantiated cases and those who wait, by month and place."""
    assert cells(register().referrals()) == {
        (0, 0, 4): 1, (1, 1, 0): 2, (1, 1, 5): 1, (1, 0, 0): 1,
    }  # fmt: skip
    assert cells(register().referrals(by_channel=False)) == {(0, 0): 1, (1, 1): 3, (1, 0): 1}
    assert cells(register().recorded()) == {(0, 0, 4): 1, (1, 1, 0): 1}
    opened, identified = register().investigations()
    assert cells(opened) == {(0, 0, 3): 1, (2, 0, 0): 1, (1, 1, 0): 1}
    assert cells(identified) == {(1, 0, 3): 1, (2, 1, 3): 1, (2, 0, 0): 1, (2, 1, 0): 1}
    assert register().waiting().tolist() == [[0, 0], [1, 1], [0, 1]]


def test_case_files_of_a_register_by_hand() -> None:
    """Cases opened in the record, by place, week, channel and queue, with their touches in it."""
    files = register().case_files()
    names = ("community", "opened", "investigated", "closed", "channel")
    assert [tuple(int(case[name]) for name in names) for case in files.cases] == [
        (0, 3, 4, 5, Channel.SELF), (1, 2, 2, 5, Channel.SELF), (1, 2, -1, -1, Channel.SELF),
        (1, 2, -1, 2, Channel.WELFARE),
    ]  # fmt: skip
    assert files.touches.tolist() == [
        (0, 3, 0, True), (0, 5, 6, False), (1, 2, 0, True), (2, 2, 0, True), (3, 2, 5, True),
    ]  # fmt: skip
    assert files.person.tolist() == [0, -1, 2, 0]  # of the cases 5, 6, 3 and 4 of the register
    assert np.isnan(files.exposure_end).tolist() == [False, True, True, True]


# ------------------------------------------------------------------------ wrong arguments

WHOLE = "must be a whole number, 0 or more"
RULE = "must be a Policy, as policies.none() makes one"


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"seed": None}, f"seed: None: {WHOLE}"),
        ({"seed": -1}, f"seed: -1: {WHOLE}"),
        ({"seed": True}, f"seed: True: {WHOLE}"),
        ({"seed": 1.0}, f"seed: 1.0: {WHOLE}"),
        ({"replicate": "2"}, f"replicate: '2': {WHOLE}"),
        ({"future": -2}, f"future: -2: {WHOLE}, or the name of a future"),
        ({"future": None}, f"future: None: {WHOLE}, or the name of a future"),
        ({"years": 0}, "years: 0: must be a whole number of policy years from 1 to 100"),
        ({"years": 2.5}, "years: 2.5: must be a whole number of policy years from 1 to 100"),
        ({"years": 101}, "years: 101: must be a whole number of policy years from 1 to 100"),
        ({"shocks": "all"}, "shocks: 'all': must be a sequence of Shock"),
        ({"shocks": [3]}, "shocks: 3: must be a sequence of Shock"),
        ({"region": "US"}, "region: 'US': must be a Region, as Region.us_counties() or "
                           "Region.from_csv(path)"),
        ({"parameters": {}}, "parameters: {}: must be Parameters, as Parameters() makes them, or "
                             "Parameters().with_values({name: value})"),
        ({"policy": "per_yuoth"}, f"policy: 'per_yuoth': {RULE}; do you mean "
                                  "policies.per_youth()?"),
        ({"policy": "mine"}, f"policy: 'mine': {RULE}"),
        ({"policy": policies.hotspots}, "policy: policies.hotspots: must be a Policy: call it, "
                                        "policies.hotspots()"),
    ],
    ids=lambda one: one if isinstance(one, str) else next(iter(one)),
)  # fmt: skip
def test_a_wrong_argument_is_refused_in_words(wrong: dict[str, Any], problem: str) -> None:
    """The message names the argument, its value and what is allowed."""
    right: dict[str, Any] = {
        "parameters": SHORT, "region": REGION, "policy": policies.none(), "years": 1,
    }  # fmt: skip
    with pytest.raises(InputError) as caught:
        simulate(**right | wrong)
    assert caught.value.problems == (problem,)
    if "policy" not in wrong:
        del right["policy"]
        with pytest.raises(InputError) as caught:
            draw_world(**right | wrong)
        assert caught.value.problems == (problem,)


def test_all_that_is_wrong_is_told_at_once() -> None:
    """One error lists every argument that cannot be used; long values are cut."""
    with pytest.raises(InputError) as caught:
        simulate(SHORT, "x" * 500, None, seed=-1, years=0)  # type: ignore[arg-type]
    names = [problem.partition(":")[0] for problem in caught.value.problems]
    assert names == ["region", "policy", "seed", "years"]
    assert max(map(len, caught.value.problems)) < 150


def test_a_stub_must_take_a_simulation_and_a_moment(world: World) -> None:
    """One that takes anything else is refused before the run begins."""
    with pytest.raises(InputError, match="phases: learn: .*callable with .simulation, when"):
        run_policy(world, policies.none(), phases={"learn": lambda: None})  # type: ignore[dict-item]


def test_rules_and_policies_are_not_taken_for_each_other(world: World) -> None:
    """A rule in the place of a policy, and a policy in the place of a rule, get advice."""
    advice = "for a rule of your own: Policy\\(name, rule, budget=0.50\\)"
    with pytest.raises(InputError, match=f"^policy: <function per_youth.*{advice}"):
        run_policy(world, per_youth)  # type: ignore[arg-type]
    with pytest.raises(InputError, match='"mine": rule: .*is a policy already'):
        Policy("mine", policies.none())  # type: ignore[arg-type]
    with pytest.raises(InputError, match="^world: .*must be a World, as draw_world"):
        run_policy(REGION, policies.none())  # type: ignore[arg-type]


def test_whole_numbers_of_numpy_are_whole_numbers() -> None:
    """Seeds, replicates, futures and years may come out of an array."""
    one = np.arange(3)
    world = draw_world(
        SHORT, REGION, seed=one[1], future=one[2], replicate=one[0], years=one[1]
    )  # fmt: skip
    plain = draw_world(SHORT, REGION, seed=1, future=2, replicate=0, years=1)
    assert np.array_equal(world.state.yearly, plain.state.yearly)
