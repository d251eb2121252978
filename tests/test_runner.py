"""Running: the same bytes however it is done, failures that stay where they are, polite stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_engine import (
    DRY,
    DYING,
    FAILING,
    FAKE,
    Engine,
    bytes_of,
    draw_world,
    name_process,
    small_experiment,
    summarise,
)

from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import ConfigError, Future
from streetlight.experiments.running.design import expand, in_table_order
from streetlight.experiments.running.parts import Kept, found_in
from streetlight.experiments.running.plan import RunPlan
from streetlight.experiments.running.progress import Progress, in_words
from streetlight.experiments.running.runner import default_folder, is_small, run
from streetlight.model.errors import InputError
from streetlight.model.money.policies import Policy, build
from streetlight.model.parameters import Parameters

TESTS = Path(__file__).parent


def test_all_policies_share_a_world(tmp_path: Path) -> None:
    """A world is drawn once for each (future, replicate), and the baseline runs first on it."""
    worlds: list[str] = []
    order: list[str] = []

    def draw(*args: object, **kwargs: object) -> object:
        worlds.append(f"{kwargs['future']}/{kwargs['replicate']}")
        return draw_world(*args, **kwargs)  # type: ignore[arg-type]

    def run_policy(world: object, policy: Policy) -> object:
        order.append(policy.name)
        return FAKE.run_policy(world, policy)

    engine = Engine(draw, run_policy, summarise)
    run(small_experiment(), tmp_path / "small", workers=1, engine=engine, figures="none")
    assert worlds == ["central/0", "central/1", "dry/0", "dry/1"]
    assert order == ["none", "equal_shares", "per_youth"] * 4


@pytest.mark.parametrize(("name", "small"), [("tiny", True), ("first_look", False)])
def test_a_small_experiment_needs_no_processes_of_its_own(name: str, small: bool) -> None:
    """12 runs of 12 communities are done at once; 224 of all counties take minutes."""
    experiment = load(name)
    assert is_small(expand(experiment), experiment) == small


@pytest.mark.parametrize(
    ("runs", "communities", "small"),
    [(12, 1_400, True), (12, 1_500, False), (99, 0, True), (101, 0, False)],
)
def test_what_small_means(runs: int, communities: int, small: bool) -> None:
    """Four seconds: 12 runs of 1,400 places and ten years take 3.84, 101 of nothing 4.04."""
    groups: Any = [SimpleNamespace(cells=range(runs))]
    experiment: Any = SimpleNamespace(region=SimpleNamespace(n_communities=communities), horizon=10)
    assert is_small(groups, experiment) == small


def test_a_small_experiment_starts_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default it is run here; who asks for two workers gets them."""

    def refused(*_args: Any) -> Any:
        raise AssertionError("a process was to be started")

    monkeypatch.setattr("streetlight.experiments.running.runner.processes", refused)
    assert run(small_experiment(), tmp_path / "here", engine=FAKE, figures="none").exit_code == 0
    with pytest.raises(AssertionError, match="a process"):
        run(small_experiment(), tmp_path / "there", workers=2, engine=FAKE, figures="none")


def test_one_and_two_workers_write_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of processes changes nothing that is written; what can be compiled ahead of the
    runs is, in another process."""
    monkeypatch.setenv("NAMED_PROCESS", str(tmp_path / "process"))
    one, two = tmp_path / "one", tmp_path / "two"
    run(small_experiment(), one, workers=1, engine=FAKE, figures="none")
    compiled = replace(FAKE, compile=dict, ahead=name_process)
    result = run(small_experiment(), two, workers=2, engine=compiled, figures="none")
    assert result.exit_code == 0
    assert bytes_of(one) == bytes_of(two)
    assert int((tmp_path / "process").read_text(encoding="utf-8")) != os.getpid()


def test_reordered_and_resumed_runs_write_the_same_bytes(tmp_path: Path) -> None:
    """Doing the last future first, or half of it earlier, changes nothing that is written."""
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    run(small_experiment(), whole, workers=1, engine=FAKE, figures="none")
    last = small_experiment().futures[1:]
    half = small_experiment(futures=last, replications=1)
    run(half, parts, workers=1, engine=FAKE, figures="none")
    result = run(small_experiment(), parts, workers=1, engine=FAKE, figures="none")
    assert result.n_kept == 3
    assert bytes_of(whole) == bytes_of(parts)


def test_a_failing_run_leaves_the_others_alone(tmp_path: Path) -> None:
    """The failure is in the manifest with its traceback; the rest is compared; the exit code is 1;
    failed runs are not repeated unasked, and alone when asked."""
    folder = tmp_path / "small"
    result = run(small_experiment(), folder, workers=1, engine=FAILING, figures="none")
    assert result.exit_code == 1
    assert [f.run_id for f in result.failures] == ["per_youth/central/1", "per_youth/dry/1"]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "failed"
    assert manifest["failures"][0]["error"] == "ZeroDivisionError: on purpose"
    assert "failing_run_policy" in manifest["failures"][0]["traceback"]
    assert (folder / "comparison.csv").exists()
    again = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert (again.exit_code, again.n_kept, again.n_done, again.n_old_failures) == (1, 10, 0, 2)
    assert again.failures == result.failures
    mended = run(small_experiment(), folder, workers=1, engine=FAKE, retry=True, figures="none")
    assert (mended.exit_code, mended.n_kept, mended.n_done) == (0, 10, 2)
    fresh = tmp_path / "fresh"
    run(small_experiment(), fresh, workers=1, engine=FAKE, figures="none")
    assert bytes_of(folder) == bytes_of(fresh)


def test_a_world_that_cannot_be_drawn_fails_its_group_only(tmp_path: Path) -> None:
    """All policies of that future fail with the same reason; the other future is complete."""
    result = run(small_experiment(), tmp_path / "small", workers=1, engine=DRY, figures="none")
    assert (result.n_done, len(result.failures)) == (6, 6)
    assert {f.error for f in result.failures} == {"RuntimeError: no world"}


def test_a_worker_that_dies_is_reported(tmp_path: Path) -> None:
    """A killed process fails the runs of the world it had, does not hang, and can be gone on."""
    folder = tmp_path / "small"
    result = run(small_experiment(), folder, workers=2, engine=DYING, figures="none")
    assert result.exit_code == 1
    assert "worker process died" in result.failures[0].error
    again = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert (again.exit_code, again.n_kept + again.n_done) == (0, 12)


class Bound:
    """A rule that says of itself that it is a global that is not there."""

    def __call__(self, view: Any) -> Any:
        """By head."""
        return view.youth

    def __reduce__(self) -> str:
        """What pickling makes of it."""
        return "not_there"


def test_rules_that_cannot_be_sent_are_refused(tmp_path: Path) -> None:
    """A rule that cannot be copied works with one worker, and is refused with two at once."""
    experiment = small_experiment(policies=(Policy("own", Bound()),))
    run(experiment, tmp_path / "one", workers=1, engine=FAKE, figures="none")
    with pytest.raises(InputError, match="copied into other processes, .* with one worker"):
        run(experiment, tmp_path / "two", workers=2, engine=FAKE, figures="none")
    assert not (tmp_path / "two").exists()


@pytest.mark.parametrize(
    ("number", "code", "workers"),
    [
        (signal.SIGINT, 130, 2),
        (signal.SIGTERM, 143, 1),
        pytest.param(signal.SIGINT, 130, 1, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 143, 2, marks=pytest.mark.slow),
    ],
)
def test_a_stopped_run_keeps_what_is_done(
    tmp_path: Path, number: signal.Signals, code: int, workers: int
) -> None:
    """Ctrl-C and SIGTERM end a run soon, with the exit code a shell expects; it can be resumed."""
    folder = tmp_path / "small"
    script = tmp_path / "go.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys
        from pathlib import Path
        sys.path[:0] = [{str(TESTS.parent)!r}, {str(TESTS)!r}]
        from streetlight.experiments.running.runner import run
        from fake_engine import SLOW, small_experiment
        if __name__ == "__main__":
            experiment = small_experiment(replications=50)
            result = run(experiment, Path({str(folder)!r}), workers={workers}, engine=SLOW)
            sys.exit(result.exit_code)
        """)
    )
    process = subprocess.Popen([sys.executable, str(script)])
    deadline = time.monotonic() + 120
    while not (folder / "cells").exists() or len(list((folder / "cells").iterdir())) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    assert process.wait(timeout=60) == code
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "stopped"
    kept = [part for path in (folder / "cells").iterdir() if (part := found_in(path))]
    assert 4 <= len(kept) < 100
    assert manifest["counts"]["done"] == sum(len(part.keys) for part in kept)
    assert not list((folder / "cells").glob(".tmp*"))


def test_one_worker_gets_a_future_while_there_are_many(tmp_path: Path) -> None:
    """Two workers and ten futures of two worlds: the first two futures go whole to one worker each;
    once eight are left, their worlds are given out one by one. None is forgotten or given twice."""
    names = [f"f{k}" for k in range(10)]
    experiment = small_experiment(futures=tuple(Future(one, {}, Parameters()) for one in names))
    plan = RunPlan(experiment, expand(experiment), Kept(tmp_path))
    given = []
    while tasks := plan.next(2):
        given.append([task.group.name for task in tasks])
    assert [len(one) for one in given] == [2, 2] + 16 * [1]
    assert sum(given, []) == [f"{name}/{replicate}" for name in names for replicate in (0, 1)]


def test_keys_change_with_what_decides_the_results() -> None:
    """Seed, horizon, parameters, region, budget and code are in a run's key; its place is not."""
    keys = {cell.run_id: cell.key for g in expand(small_experiment(), "c") for cell in g.cells}
    assert len(set(keys.values())) == 12
    futures = small_experiment().futures
    changes: list[dict[str, object]] = [
        {"seed": 4},
        {"horizon": 3},
        {"baseline": build("equal_shares", budget=0.1, name="other")},
        {"region": small_experiment().region.select(ids=small_experiment().region.ids[:4])},
    ]
    for change in changes:
        changed = {
            c.run_id: c.key for g in expand(small_experiment(**change), "c") for c in g.cells
        }
        assert not set(changed.values()) & set(keys.values()), change
    assert not {c.key for g in expand(small_experiment(), "d") for c in g.cells} & set(
        keys.values()
    )
    reordered = expand(small_experiment(futures=futures[::-1]), "c")
    assert {c.run_id: c.key for g in reordered for c in g.cells} == keys


def test_a_policy_can_be_the_baseline() -> None:
    """The baseline comes first in every group and is not run twice."""
    experiment = small_experiment(baseline=small_experiment().policies[1])
    groups = expand(experiment, "c")
    assert [cell.policy.name for cell in groups[0].cells] == ["per_youth", "equal_shares"]
    assert in_table_order(groups, experiment)[0].run_id == "per_youth/central/0"
    with pytest.raises(ConfigError, match="names must differ"):
        small_experiment(policies=(build("per_youth"), build("equal_shares", name="per_youth")))


def test_progress_says_little_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Plain lines go to standard error; nothing is said when silent."""
    run(small_experiment(), tmp_path / "a", workers=1, engine=FAKE, progress=Progress())
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[:2] == ["12 runs", "12 of 12 runs"]
    run(small_experiment(), tmp_path / "b", workers=1, engine=FAKE)
    assert capsys.readouterr() == ("", "")


def test_durations_are_said_roughly() -> None:
    """Seconds, minutes and hours, as a person would say them."""
    assert [in_words(s) for s in (0.2, 40, 150, 7200)] == [
        "1 second", "40 seconds", "2 minutes", "2.0 hours",
    ]  # fmt: skip


def test_quick_results_have_their_own_folder() -> None:
    """A quick look does not overwrite the results of the whole experiment."""
    assert default_folder(small_experiment()) == Path("results/small")
    assert default_folder(small_experiment().quickened()) == Path("results/small-quick")
