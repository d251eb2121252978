"""The comparison with other engines: the engines that are always there agree with the chain."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from tests.benchmarks.peers import cascade, numpy_arrays_engine, plain_mesa_engine
from tests.plain_model import simple


def test_the_numbers_are_those_of_the_simple_cascade() -> None:
    """What every engine is given is what one Mesa agent a youth is given."""
    assert tuple(cascade.NEXT) == simple.P_NEXT
    assert tuple(cascade.EXIT[1:]) == (simple.P_EXIT,) * 3
    assert cascade.EXIT[0] == 0


def test_a_week_by_hand() -> None:
    """Below the probability of the next state: on, and from reported back; else exit, or stay."""
    state = np.array([0, 0, 1, 1, 1, 2, 2, 3, 3, 3])
    to_next = np.array([0.0, 0.5, 0.003, 0.5, 0.5, 0.09, 0.11, 0.09, 0.11, 0.11])
    to_exit = np.array([0.0, 0.0, 0.0, 0.004, 0.005, 0.0, 0.005, 0.0, 0.004, 0.005])
    after = cascade.step(state, to_next, to_exit)
    assert after.tolist() == [1, 0, 2, 0, 1, 3, 2, 0, 0, 3]


def test_two_weeks_of_the_chain_by_hand() -> None:
    """Exploited after two weeks: begun in the first and still there, or begun in the second."""
    p = 200 / 100_000 / 52
    exploited = p * (1 - 0.004) * (1 - 0.0046) + (1 - p) * p
    assert cascade.shares(2) == pytest.approx(
        [1 - exploited - p * 0.004, exploited, p * 0.004, 0.0], rel=1e-12
    )


@pytest.mark.parametrize("engine", [plain_mesa_engine, numpy_arrays_engine])
def test_engines_agree_with_the_chain(engine: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """With onsets so frequent that 1,500 youth are in every state: within 4.5 standard errors."""
    often = (0.05, 0.1, 0.1, 0.1)
    monkeypatch.setattr(simple, "P_NEXT", often)
    monkeypatch.setattr(cascade, "NEXT", np.array(often))
    outcome = engine.run(1500, 40, seed=1)
    assert sum(outcome.at_end) == 1500 and min(outcome.at_end) > 100
    assert cascade.largest_error(outcome, 40) < 4.5
    assert outcome.occasions == 1500 * 40
