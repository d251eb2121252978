"""Rules and metrics of a user's own: named with --rules, found when they are not to be trusted."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from fake_engine import FAKE, small_experiment

import streetlight as sl
from streetlight.experiments.config import own_code
from streetlight.experiments.config.own_code import take_rules
from streetlight.experiments.metrics import METRICS, OWN_METRICS
from streetlight.experiments.running.cells import own_value
from streetlight.experiments.running.design import expand
from streetlight.experiments.running.runner import run
from streetlight.model.money.asking import rules_within

RULES = """
import numpy as np
import streetlight as sl
import helper_beside


def towns(view: sl.RecordView, *, larger: float = 0.0) -> np.ndarray:
    return np.where(view.place_class >= 2, view.youth, larger) + helper_beside.FLOOR


def half(view: "sl.PlanningView", mix) -> np.ndarray:
    return 0.5 * view.budget_dollars * np.outer(view.youth / view.youth.sum(), mix)


def helper(x):
    return x


@sl.metric(title="dollars asked for", unit="dollars", direction="less", matters=0.1)
def asked(history, baseline) -> float:
    return history.policy.budget - baseline.policy.budget
"""
STUDY = """
title: Own
region: {synthetic: {n_communities: 4, seed: 1}}
horizon: 1
policies: {towns: {settings: {larger: 0.5}}, half: {budget: 0.25}}
metrics: [asked]
replications: 2
"""


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """What a test defines is gone after it."""
    before, path = dict(METRICS), list(sys.path)
    yield
    take_rules(None)
    for names in (METRICS, OWN_METRICS):
        for name in [one for one in names if one not in before]:
            del names[name]
    sys.path[:] = path
    sys.modules.pop("helper_beside", None)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """An experiment file, and beside it a file of rules and what that imports."""
    (tmp_path / "my_rules.py").write_text(RULES)
    (tmp_path / "helper_beside.py").write_text("FLOOR = 1.0\n")
    (tmp_path / "own.yaml").write_text(STUDY)
    return tmp_path / "own.yaml"


def test_a_file_of_rules_gives_policies_and_metrics(study: Path) -> None:
    """Both rules and the metric are run, and the folder says later what the metric is."""
    rules = study.parent / "my_rules.py"
    experiment = sl.load(study, rules=rules)
    assert [policy.plans for policy in experiment.policies] == [False, True]
    done = run(experiment, study.parent / "out", workers=1, engine=FAKE, figures="none")
    assert (done.exit_code, done.n_done) == (0, 6)
    table = pq.read_table(done.folder / "runs.parquet").to_pydict()
    found = dict(zip(table["policy"], table["asked"], strict=True))
    assert found == {"none": 0.0, "towns": 0.5, "half": 0.25}
    take_rules(None)
    assert "asked" not in METRICS
    comparison = sl.compare(done.folder)
    assert comparison.primary == "asked"
    assert METRICS["asked"].title == "dollars asked for"


def test_without_its_file_an_experiment_is_told_the_way_out(study: Path) -> None:
    """Names of an earlier file are forgotten; every unknown one is named, with --rules."""
    sl.load(study, rules=study.parent / "my_rules.py")
    with pytest.raises(sl.InputError) as caught:
        sl.load(study)
    assert len(caught.value.problems) == 3
    for text, name in zip(caught.value.problems, ("towns", "half", "asked"), strict=True):
        assert name in text and "--rules FILE" in text


def test_what_a_rule_or_metric_does_is_in_the_keys(study: Path) -> None:
    """An edited metric concerns every run, an edited rule its own, a comment none."""
    rules = study.parent / "my_rules.py"

    def keys() -> dict[str, str]:
        cells = [c for group in expand(sl.load(study, rules=rules), "c") for c in group.cells]
        return {cell.run_id: cell.key for cell in cells}

    first = keys()
    rules.write_text(f"# a comment\n{RULES}")
    assert keys() == first
    rules.write_text(RULES.replace("0.5 * view", "0.4 * view"))
    changed = {run_id.partition("/")[0] for run_id, key in keys().items() if key != first[run_id]}
    assert changed == {"half"}
    rules.write_text(RULES.replace("- baseline", "+ baseline"))
    assert not set(keys().values()) & set(first.values())


def test_replay_asks_for_the_file_and_compares_it(study: Path) -> None:
    """Without it the folder names it; another file is told by its hash; the right one replays."""
    rules, other = study.parent / "my_rules.py", study.parent / "other.py"
    folder = study.parent / "out"
    run(sl.load(study, rules=rules), folder, workers=1, engine=FAKE, figures="none")
    assert json.loads((folder / "manifest.json").read_text())["rules"]["file"] == "my_rules.py"
    with pytest.raises(sl.InputError, match=r"my_rules\.py .*: name that file with --rules"):
        sl.replay(folder, "half/central/0", FAKE)
    other.write_text(RULES.replace("0.5 * view", "0.4 * view"))
    with pytest.raises(sl.InputError, match=r"other\.py is not the file that this run was made"):
        sl.replay(folder, "half/central/0", FAKE, rules=other)
    assert sl.replay(folder, "half/central/0", FAKE, rules=rules).identical


BROKEN = {
    "def f(view:\n": r"rules\.py:1:6: '\(' was never closed",
    "import nothing_there\n": r"rules\.py:1: ModuleNotFoundError",
    "x = 1\nraise SystemExit\n": r"rules\.py:2: SystemExit",
    "def f(view): return view.youth\n": "holds no rule and no metric",
    "import streetlight as sl\ndef per_youth(view: sl.RecordView): ...\n": "of a built-in rule",
    "import streetlight as sl\ndef Mine(view: sl.RecordView): ...\n": "lower-case letters",
}


@pytest.mark.parametrize("source", BROKEN)
def test_a_file_that_gives_no_rules_is_refused(tmp_path: Path, source: str) -> None:
    """File, line and what is wrong are named, before anything is run."""
    rules = tmp_path / "rules.py"
    rules.write_text(source)
    with pytest.raises(sl.InputError, match=BROKEN[source]):
        sl.load("tiny", rules=rules)


def test_a_file_that_never_ends_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a file does before its rules are there has a time limit, too."""
    path = tmp_path / "rules.py"
    path.write_text("while True:\n    pass\n")
    monkeypatch.setattr(own_code, "LONGEST_START", 0.1)
    with pytest.raises(sl.InputError, match=r"is not read to its end within 0\.1 seconds"):
        take_rules(path)


def test_a_metric_says_all_that_is_wrong_with_it() -> None:
    """Name, arguments, direction, size, title and unit are refused together."""
    with pytest.raises(sl.InputError) as caught:

        @sl.metric(title=" ", unit=3, direction="up", matters=-1)  # type: ignore[arg-type]
        def identified(history: Any) -> float:
            return 0.0

    assert len(caught.value.problems) == 6
    with pytest.raises(sl.InputError, match=r"metrics: <lambda>: .*@sl\.metric"):
        small_experiment(metrics=[lambda history, baseline: 1.0])


@pytest.mark.parametrize("answer", ["many", "1", None, True, float("inf"), np.zeros(2)])
def test_a_metric_that_gives_no_number_is_refused(answer: Any) -> None:
    """The message names metric and answer."""
    with pytest.raises(sl.InputError, match=r'metric "own": returned .*: must be a number, or nan'):
        own_value("own", lambda history, baseline: answer, None, None)


def test_a_metric_that_fails_fails_its_runs(tmp_path: Path) -> None:
    """Those in which it fails; nan is a number that says that there is none."""

    def own(history: Any, baseline: Any) -> Any:
        return 1 / 0 if history is not baseline else float("nan")

    decorated = sl.metric(title="t", unit="u", direction="more", matters=0)(own)
    experiment = small_experiment(metrics=[decorated])
    done = run(experiment, tmp_path / "out", workers=1, engine=FAKE, figures="none")
    assert (done.n_done, len(done.failures)) == (4, 8)
    assert done.failures[0].error.startswith('InputError: metric "own": failed: ZeroDivisionError')


def test_run_says_all_that_is_wrong_with_its_arguments(tmp_path: Path) -> None:
    """A name in the place of an experiment, and numbers that cannot be, are refused together."""
    with pytest.raises(sl.InputError) as caught:
        run("tiny", tmp_path, workers=0, figures="most", rule_seconds=-1.0)  # type: ignore[arg-type]
    assert [one.partition(":")[0] for one in caught.value.problems] == [
        "experiment", "workers", "figures", "rule_seconds",
    ]  # fmt: skip
    with pytest.raises(sl.InputError, match="horizon: 51: must be a whole number, 1 to 50"):
        small_experiment(horizon=51)


REGION = sl.Region.synthetic(4, seed=1)


def test_a_rule_that_answers_differently_is_found_at_once() -> None:
    """A rule with a count of its own is asked twice on its first view."""
    count = itertools.count(1)

    def counting(view: sl.RecordView) -> Any:
        return view.youth + next(count)

    with pytest.raises(sl.InputError, match=r"asked twice on one view .* view\.uniforms"):
        sl.simulate(sl.Parameters(), REGION, sl.Policy("own", counting), years=1)


def test_a_rule_that_depends_on_what_was_run_before_is_found_in_the_end(tmp_path: Path) -> None:
    """A count that only moves in the second year comes out otherwise when a run is done again."""
    years = []

    def later(view: sl.RecordView) -> Any:
        if view.period == 1:
            years.append(view.period)
        return view.youth + 100.0 * len(years) * np.arange(4)

    steady = sl.Policy("steady", lambda view: view.youth)
    experiment = sl.Experiment(
        "own", "Own", REGION, (sl.Policy("later", later), steady), horizon=2, replications=1
    )
    done = run(experiment, tmp_path / "out", workers=1, figures="none")
    assert done.exit_code == 1
    (problem,) = done.problems
    assert problem.startswith("later/central/0: done again, it came out otherwise (")


def test_a_rule_that_never_answers_fails_alone_and_is_waited_for_once(tmp_path: Path) -> None:
    """Its first run fails when the time is over, the next at once, the other policy is done."""

    def asleep(view: sl.RecordView) -> Any:
        while True:
            time.sleep(0.01)

    experiment = sl.Experiment(
        "own", "Own", REGION, (sl.Policy("asleep", asleep), sl.policies.per_youth()),
        horizon=1, replications=2,
    )  # fmt: skip
    done = run(experiment, tmp_path / "out", workers=1, figures="none", rule_seconds=0.05)
    assert (done.n_done, [one.run_id[-1] for one in done.failures]) == (4, ["0", "1"])
    assert "period 0: the rule gave no answer within 0.05 seconds" in done.failures[0].error
    assert "in an earlier run" in done.failures[1].error


def test_a_slow_rule_in_its_time_answers_as_ever() -> None:
    """With a limit, answers, errors and what surrounds a rule are the same as without."""

    def plain(view: sl.RecordView) -> Any:
        return np.sqrt(view.youth - 1e9) if view.period else view.youth

    policy = sl.Policy("plain", plain)
    with rules_within(60.0), np.errstate(invalid="raise"):
        history = sl.simulate(sl.Parameters(), REGION, policy, years=1)
        with pytest.raises(sl.InputError, match="period 1: the rule failed: FloatingPointError"):
            sl.simulate(sl.Parameters(), REGION, policy, years=2)
    assert history.spending.spent.sum() > 0


@pytest.mark.slow
def test_code_from_standard_input_runs_in_several_processes(tmp_path: Path) -> None:
    """No file, no guard, a rule that uses a global: two workers do all runs."""
    code = textwrap.dedent("""
        import streetlight as sl
        FLOOR = 1.0
        def by_youth(view):
            return view.youth + FLOOR
        experiment = sl.Experiment(
            "piped", "Piped", sl.Region.synthetic(4, seed=1), (sl.Policy("own", by_youth),),
            horizon=1, replications=2,
        )
        done = sl.run(experiment, workers=2, figures="none")
        print(done.n_done, done.failures, done.problems)
    """)
    done = subprocess.run(
        [sys.executable, "-"], input=code, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("4 [] []\n", "")
