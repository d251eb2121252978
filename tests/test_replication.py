"""The replication rule: what it asks of the runs, and that nothing but the runs decides."""

from __future__ import annotations

import csv
import json
import math
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from fake_engine import (
    DRY,
    FAKE,
    PAIRED,
    Engine,
    bytes_of,
    paired_summarise,
    run_policy,
    small_experiment,
)
from hypothesis import given
from hypothesis import strategies as st

from streetlight.experiments.experiment import Experiment, Precision
from streetlight.experiments.running.parts import found_in
from streetlight.experiments.running.precision import PrecisionRow, independent
from streetlight.experiments.running.replication import (
    FutureRuns,
    checkpoints,
    enough,
    half_width,
    pairing,
    target,
)
from streetlight.experiments.running.runner import RunResult, run
from streetlight.model.money.policies import build

RULE = Precision("person_years", 1.5, least=3, batch=2)


def ruled(rule: Precision = RULE, most: int = 16, **changes: object) -> Experiment:
    """The small experiment under a rule."""
    return small_experiment(precision=rule, replications=most, **changes)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """The small experiment under the rule, run by one worker; its folder is only read."""
    folder = tmp_path_factory.mktemp("ruled") / "small"
    return run(ruled(), folder, workers=1, engine=PAIRED, figures="none")


def of(policy: list[float], baseline: list[float]) -> FutureRuns:
    """Runs of one policy and the baseline with these person-years."""
    values = np.array([baseline, policy])
    return FutureRuns(np.ones(values.shape, dtype=bool), {"person_years": values})


def replicates_in(folder: Path) -> dict[str, int]:
    """Replicates of each future, from the manifest."""
    found: dict[str, int] = json.loads((folder / "manifest.json").read_text())["replicates"]
    return found


def rows_in(folder: Path) -> list[dict[str, str]]:
    """The rows of precision.csv."""
    with (folder / "precision.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@given(least=st.integers(2, 30), batch=st.integers(1, 30), most=st.integers(2, 60))
def test_a_future_is_looked_at_after_every_batch(least: int, batch: int, most: int) -> None:
    """First after `least`, then every `batch` more, last at the most; without a rule, once."""
    stages = checkpoints(Precision("known", 1.0, least=least, batch=batch), most)
    assert (stages[0], stages[-1]) == (min(least, most), most)
    steps = np.diff(stages)
    assert (steps[:-1] == batch).all() and (steps > 0).all() and (steps <= batch).all()
    assert checkpoints(None, most) == (most,)


def test_the_half_width_is_that_of_a_t_interval() -> None:
    """Of 1, 2, 3 the standard error is 1/sqrt(3), and t at 2 degrees of freedom is 4.3027."""
    assert half_width(np.array([1.0, 2.0, 3.0])) == pytest.approx(4.30265 / math.sqrt(3), rel=1e-5)
    assert half_width(np.array([5.0, 5.0])) == 0.0
    assert math.isnan(half_width(np.array([5.0])))


def test_enough_means_at_most_the_target_for_every_policy_judged() -> None:
    """Equal to the target is enough; a policy without runs holds nobody up; one pair is too few."""
    runs = of([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
    reached = half_width(np.array([1.0, 2.0, 3.0]))
    assert enough(Precision("person_years", reached), runs, [1])
    assert not enough(Precision("person_years", 0.999 * reached), runs, [1])
    assert enough(Precision("person_years", 0.0), runs, [])
    undefined = of([1.0, math.nan, math.nan], [0.0, 0.0, 0.0])
    assert not enough(Precision("person_years", 1e9), undefined, [1])
    undefined.there[1] = False
    assert enough(Precision("person_years", 1e9), undefined, [1])


def test_a_share_is_of_the_baselines_mean() -> None:
    """2% of a baseline that averages -300 is 6; of a baseline without values it is undefined."""
    rule = Precision("known", 0.02, relative_to="person_years")
    assert target(rule, of([0.0, 0.0], [-200.0, -400.0])) == pytest.approx(6.0)
    nothing = of([0.0, 0.0], [math.nan, math.nan])
    assert math.isnan(target(rule, nothing))
    assert not enough(replace(rule, metric="person_years"), nothing, [1])


def test_what_pairing_saves_by_hand() -> None:
    """Variances 1 and 1, of the difference 0.5: correlation 3/4, four times the replicates."""
    a = np.array([-1.0, 0.0, 1.0])
    b = np.array([-0.5, -0.5, 1.0]) / math.sqrt(0.75)
    expected = float(np.corrcoef(a, b)[0, 1])
    found = pairing(of((a + 7).tolist(), b.tolist()), 1, "person_years")
    assert found.pairs == 3
    assert found.correlation == pytest.approx(expected)
    assert found.variance_ratio == pytest.approx(1 / (1 - expected))
    assert found.independent(found.half_width) == math.ceil(3 / (1 - expected))
    assert found.independent(found.half_width / 2) == math.ceil(12 / (1 - expected))
    same = pairing(of([1.0, 2.0], [1.0, 2.0]), 1, "person_years")
    assert (same.half_width, same.correlation) == (0.0, pytest.approx(1.0))
    assert math.isnan(same.variance_ratio) and math.isnan(same.independent(0.0))
    # the t quantile of one degree of freedom, 12.706; variances 0.5 each
    assert same.independent(1.0) == math.ceil(12.7062**2)


def test_correlation_of_what_is_averted_is_that_of_person_years() -> None:
    """What is a difference already is paired by the metric it is a difference of."""
    runs = of([9.0, 18.0, 30.0], [10.0, 20.0, 30.0])
    values = runs.values["person_years"]
    runs.values["averted_person_years"] = values[0] - values
    found = pairing(runs, 1, "averted_person_years")
    assert found.half_width == half_width(np.array([1.0, 2.0, 0.0]))
    assert found.correlation == pairing(runs, 1, "person_years").correlation > 0.9


def test_what_independent_seeds_would_need_is_unknown_where_it_is_undefined() -> None:
    """One undefined policy makes the sum over futures undefined, not smaller."""
    row = PrecisionRow("a", "p", False, "known", 8, 8, 0, 1.0, 2.0, "yes", "known", 0.9, 10.0, 20.0)
    other = replace(row, policy="q", independent_replicates=30.0)
    assert independent([row, other, replace(row, future="b")]) == 30 + 20
    assert independent([other, replace(row, independent_replicates=math.nan)]) is None
    assert independent([replace(row, independent_replicates=math.nan)]) is None


def test_a_noisy_future_gets_more_replicates(done: RunResult) -> None:
    """Each future stops by itself, all its policies at the same count; the tables hold those."""
    n = replicates_in(done.folder)
    assert 5 <= n["central"] < n["dry"] == 16
    assert n["central"] % 2 == 1
    assert (done.n_runs, done.n_done) == (3 * (n["central"] + 16), done.n_runs)
    rows = rows_in(done.folder)
    assert [row["replicates"] for row in rows] == [str(n["central"])] * 2 + ["16"] * 2
    assert [row["reached"] for row in rows[:2]] == ["yes", "yes"]
    for row in rows[:2]:  # own lucks of sd 1, a shared one of sd 10: correlation 100/101
        assert float(row["half_width"]) <= 1.5 == float(row["target"])
        assert float(row["correlation"]) > 0.9
        assert int(row["independent_replicates"]) > 10 * n["central"]
    hardest = max(rows[:2], key=lambda row: float(row["half_width"]))
    assert float(hardest["independent_replicates"]) == pytest.approx(
        n["central"] * float(hardest["variance_ratio"]) * (float(hardest["half_width"]) / 1.5) ** 2,
        abs=1.0,
    )


def test_the_decision_is_that_of_the_runs_alone(done: RunResult, tmp_path: Path) -> None:
    """A future stops at the second look at which every policy's half-width is small enough."""
    everything = tmp_path / "all"
    run(small_experiment(replications=16), everything, workers=1, engine=PAIRED, figures="none")
    import pyarrow.parquet as pq

    table = pq.read_table(everything / "runs.parquet")
    values = table["person_years"].to_numpy().reshape(3, 2, 16)
    for f, future in enumerate(("central", "dry")):
        looks = [
            n for n in (3, 5, 7, 9, 11, 13, 15, 16)
            if all(half_width(values[p, f, :n] - values[0, f, :n]) <= 1.5 for p in (1, 2))
        ]  # fmt: skip
        assert replicates_in(done.folder)[future] == (looks[1] if len(looks) > 1 else 16)


def test_a_missed_target_is_exit_code_1(done: RunResult) -> None:
    """The message says in which future and by how much; everything finished is in the tables."""
    assert done.exit_code == 1 and not done.failures
    (text,) = done.precision_missed
    worst = max(float(row["half_width"]) for row in rows_in(done.folder)[2:])
    assert text.startswith("precision target missed in dry after 16 replicates")
    assert f"{worst:.4g}, not 1.5 (person-years)" in text
    manifest = json.loads((done.folder / "manifest.json").read_text())
    assert manifest["status"] == "failed" and manifest["problems"] == [text]
    assert manifest["precision"]["reached_share"] == 0.5
    assert manifest["precision"]["max_half_width"] == pytest.approx(worst)


def test_workers_order_and_resuming_decide_the_same(done: RunResult, tmp_path: Path) -> None:
    """One worker, two threads, futures done in another order, a run resumed in the middle of a
    batch: the same bytes."""
    with ThreadPoolExecutor(2) as threads:
        run(ruled(), tmp_path / "threads", executor=threads, engine=PAIRED, figures="none")
    parts = small_experiment(replications=4, futures=small_experiment().futures[1:])
    run(parts, tmp_path / "parts", workers=1, engine=PAIRED, figures="none")
    resumed = run(ruled(), tmp_path / "parts", workers=1, engine=PAIRED, figures="none")
    assert resumed.n_kept == 12
    for other in ("threads", "parts"):
        assert bytes_of(tmp_path / other) == bytes_of(done.folder), other


@pytest.mark.slow
def test_two_processes_decide_the_same(done: RunResult, tmp_path: Path) -> None:
    """Under the rule, as without it (test_runner.py), worker processes change no byte."""
    run(ruled(), tmp_path / "two", workers=2, engine=PAIRED, figures="none")
    assert bytes_of(tmp_path / "two") == bytes_of(done.folder)


def test_a_looser_target_keeps_runs_but_not_in_the_tables(done: RunResult, tmp_path: Path) -> None:
    """Tables hold exactly the replicates that the rule asks for; the others wait in cells/."""
    folder, fresh = shutil.copytree(done.folder, tmp_path / "small"), tmp_path / "fresh"
    loose = ruled(replace(RULE, half_width=90.0))
    result = run(loose, folder, workers=1, engine=PAIRED, figures="none")
    assert (result.exit_code, result.n_runs, result.n_kept, result.n_done) == (0, 30, 30, 0)
    (waiting,) = (folder / "cells").iterdir()
    part = found_in(waiting)
    assert part is not None and len(part.keys) == done.n_runs > 30
    run(loose, fresh, workers=1, engine=PAIRED, figures="none")
    for name in ("runs.parquet", "communities.parquet", "precision.csv", "comparison.csv"):
        assert (folder / name).read_bytes() == (fresh / name).read_bytes()
    back = run(ruled(), folder, workers=1, engine=PAIRED, figures="none")
    assert (back.n_kept, back.n_done) == (done.n_runs, 0)
    assert bytes_of(folder) == bytes_of(done.folder)


def test_another_policy_changes_no_run(tmp_path: Path) -> None:
    """A policy added later may ask for more replicates; every run that was there stays as it is."""
    folder = tmp_path / "small"
    few = small_experiment().policies[:1]
    run(ruled(policies=few), folder, workers=1, engine=PAIRED, figures="none")
    before = [str(row) for row in pq.read_table(folder / "runs.parquet").to_pylist()]
    found = run(ruled(), folder, workers=1, engine=PAIRED, figures="none")
    assert found.n_kept == len(before)
    after = [str(row) for row in pq.read_table(folder / "runs.parquet").to_pylist()]
    assert {*before} < {*after}


def test_references_are_run_but_not_judged(tmp_path: Path) -> None:
    """An oracle has the same replicates as the others, and no target."""
    oracle = build("information_oracle", budget=7.0)
    rule = replace(RULE, half_width=1e9)
    run(ruled(rule, policies=(oracle,)), tmp_path / "a", workers=1, engine=PAIRED, figures="none")
    assert replicates_in(tmp_path / "a") == {"central": 5, "dry": 5}
    tight = replace(RULE, half_width=1e-9)
    again = ruled(tight, policies=(oracle,))
    result = run(again, tmp_path / "b", workers=1, engine=PAIRED, figures="none")
    assert result.exit_code == 0
    assert {row["reached"] for row in rows_in(tmp_path / "b")} == {""}


def test_failed_runs_leave_the_pairs_that_are_there(done: RunResult, tmp_path: Path) -> None:
    """A future without any world ends at its most; failures are in the table, and the other future
    is none the worse."""
    engine = Engine(DRY.draw_world, run_policy, paired_summarise)
    result = run(ruled(), tmp_path / "small", workers=1, engine=engine, figures="none")
    assert result.exit_code == 1
    rows = rows_in(tmp_path / "small")
    assert rows[:2] == rows_in(done.folder)[:2]
    assert {row["failed"] for row in rows[2:]} == {row["replicates"] for row in rows[2:]}
    again = run(ruled(), tmp_path / "small", workers=1, engine=engine, figures="none")
    assert (again.n_done, again.n_old_failures) == (0, len(result.failures))


def test_without_a_rule_there_is_no_target(tmp_path: Path) -> None:
    """precision.csv is written for every experiment; the target and its answer stay blank."""
    result = run(small_experiment(), tmp_path / "small", workers=1, engine=FAKE, figures="none")
    assert result.exit_code == 0
    rows = rows_in(tmp_path / "small")
    assert len(rows) == 4
    assert {(row["target"], row["reached"], row["replicates"]) for row in rows} == {("", "", "2")}
    assert {row["levels"] for row in rows} == {"person_years"}
