"""Rules that fail, in whole experiments: each is named, and all other runs are done."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from fake_engine import small_experiment

from streetlight.experiments.experiment import the_central_future
from streetlight.experiments.running.runner import RunResult, run
from streetlight.model.money.policies import Policy, build


def not_a_number(view: Any) -> Any:
    """NaN for the third community in the second year."""
    weights = view.youth.copy()
    weights[2] = math.nan if view.period == 1 else weights[2]
    return weights


def negative(view: Any) -> Any:
    """Less than nothing for the second community."""
    return np.where(np.arange(view.n_communities) == 1, -1.0, 1.0)


def too_short(view: Any) -> Any:
    """One weight too few."""
    return view.youth[1:]


def failing(view: Any) -> Any:
    """An error of its own."""
    raise ZeroDivisionError("nobody to divide by")


def over_budget(view: Any, mix: Any) -> Any:
    """A planner that gives everybody everything."""
    return np.outer(np.full(view.n_communities, view.budget_dollars), mix)


def leaving(view: Any) -> Any:
    """Asks the whole program to end."""
    raise SystemExit(3)


BAD = {
    "not_a_number": 'policy "not_a_number", period 1, community "{2}": weight nan',
    "negative": 'policy "negative", period 0, community "{1}": weight -1.0',
    "too_short": 'policy "too_short", period 0: weights of shape (4,): must be one a community',
    "failing": 'policy "failing", period 0: the rule failed: ZeroDivisionError',
    "over_budget": 'policy "over_budget", period 0: allocates ',
    "leaving": 'policy "leaving", period 0: the rule failed: SystemExit',
}


@pytest.fixture(scope="module", params=[1, pytest.param(2, marks=pytest.mark.slow)])
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """An experiment of the bad rules among good ones, with one worker and with two."""
    bad = [Policy(name, globals()[name], plans=name == "over_budget") for name in BAD]
    experiment = small_experiment(
        policies=(build("equal_shares"), *bad, build("per_youth")), futures=the_central_future()
    )
    folder = tmp_path_factory.mktemp("bad") / "small"
    return run(experiment, folder, workers=request.param, figures="none")


def test_each_bad_rule_fails_alone(done: RunResult) -> None:
    """Every run of a bad rule is recorded as failed, every other is done, the exit code is 1."""
    assert done.exit_code == 1
    failed = [f"{name}/central/{replicate}" for name in sorted(BAD) for replicate in (0, 1)]
    assert [failure.run_id for failure in done.failures] == failed
    assert done.n_done == 2 * 3  # no spending and the two good rules, twice
    manifest = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    assert [one["run"] for one in manifest["failures"]] == failed
    assert manifest["status"] == "failed"
    compared = (done.folder / "comparison.csv").read_text(encoding="utf-8")
    assert "per_youth" in compared and "equal_shares" in compared


def test_the_message_names_policy_period_and_community(done: RunResult) -> None:
    """What is said is what the user needs to find the mistake: who, when, where, which value."""
    ids = small_experiment().region.ids
    for failure in done.failures:
        said = BAD[failure.run_id.partition("/")[0]].format(*ids)
        assert failure.error.startswith(f"PolicyError: {said}"), failure.error
    assert "nobody to divide by" in next(
        one.traceback for one in done.failures if one.run_id.startswith("failing")
    )
