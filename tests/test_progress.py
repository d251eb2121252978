"""What a run says of itself, and what the manifest says of the code."""

from __future__ import annotations

import io
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fake_engine import FAILING, FAKE, PAIRED, small_experiment

from streetlight.experiments.experiment import Precision
from streetlight.experiments.running.manifest import ROOT, git_state
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.runner import run

RULE = Precision("person_years", 1e9, least=2, batch=2)


def events(stream: io.StringIO) -> list[dict[str, object]]:
    """The events printed."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_plain_lines_tell_precision_and_failures(tmp_path: Path) -> None:
    """With a rule the total is said to be the most; the last line counts futures and failures."""
    stream = io.StringIO()
    experiment = small_experiment(precision=RULE, replications=4)
    run(experiment, tmp_path / "small", workers=1, engine=FAILING, figures="none",
        progress=Progress("auto", stream))  # fmt: skip
    lines = stream.getvalue().splitlines()
    assert lines[0] == "at most 24 runs"
    assert "failed: per_youth/central/1: ZeroDivisionError: on purpose" in lines
    (last,) = [line for line in lines if " of 24 runs" in line]
    assert last == "24 of 24 runs; 2 of 2 futures precise enough; failed: per_youth 2"


def test_the_time_left_follows_from_the_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four runs in two seconds are two a second; eight left take four seconds."""
    now = [100.0]
    monkeypatch.setattr("streetlight.experiments.running.progress.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    progress = Progress("events", stream)
    progress.start(14, 2)
    now[0] = 102.0
    progress.group("central/0", ["a/b/0", "c/b/0", "d/b/0"], [("e/b/0", "no")], 14)
    last = events(stream)[-1]
    assert (last["runs_done"], last["runs_per_second"], last["seconds_left"]) == (6, 2.0, 4)
    plain = Progress("auto", io.StringIO())
    plain.start(14, 2)
    now[0] = 112.0
    plain.group("central/0", ["a/b/0"] * 4, [], 14)
    assert isinstance(plain.stream, io.StringIO)
    assert "6 of 14 runs, 0.4 a second, about 20 seconds left" in plain.stream.getvalue()


def test_workers_that_load_the_model_do_not_make_the_time_left_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first groups of two workers come after 30 seconds, then one a second: six left take six
    seconds, not the minute that 32 seconds for four groups would come to."""
    now = [100.0]
    monkeypatch.setattr("streetlight.experiments.running.progress.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    progress = Progress("events", stream)
    progress.start(10, 0, workers=2)
    for seconds in (130.0, 130.0, 131.0, 132.0):
        now[0] = seconds
        progress.group("central/0", ["a/b/0"], [], 10)
    assert [one["seconds_left"] for one in events(stream)[1:]] == [0, 0, 0, 6]


def test_in_a_notebook_one_line_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a kernel `run` says unasked how far it is, in one line; elsewhere nothing."""
    kernel = type("Shell", (), {"kernel": object()})()
    monkeypatch.setattr("builtins.get_ipython", lambda: kernel, raising=False)
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    run(small_experiment(), tmp_path / "small", workers=1, engine=FAKE, figures="none")
    first, counted, *rest = stream.getvalue().split("\n")
    assert (first, rest[0]) == ("12 runs", "writing tables")
    assert [one.split(",")[0].strip() for one in counted.split("\r")] == [
        "", "3 of 12 runs", "6 of 12 runs", "9 of 12 runs", "12 of 12 runs",
    ]  # fmt: skip
    monkeypatch.delattr("builtins.get_ipython")
    said = len(stream.getvalue())
    run(small_experiment(), tmp_path / "other", workers=1, engine=FAKE, figures="none")
    assert len(stream.getvalue()) == said


def test_futures_that_are_precise_enough_are_events(tmp_path: Path) -> None:
    """One event a future, with its replicates; on a second run before anything starts."""
    folder = tmp_path / "small"
    experiment = small_experiment(precision=RULE, replications=6)
    for first in ("start", "precision"):
        stream = io.StringIO()
        run(experiment, folder, workers=1, engine=PAIRED, figures="none",
            progress=Progress("events", stream))  # fmt: skip
        found = events(stream)
        assert found[0]["event"] == first
        settled = [one for one in found if one["event"] == "precision"]
        assert [(one["future"], one["replicates"], one["reached"]) for one in settled] == [
            ("central", 4, True), ("dry", 4, True),
        ]  # fmt: skip


def test_a_worker_with_other_code_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker compares the model with the one the run is of, and does nothing when it differs."""
    monkeypatch.setattr("streetlight.experiments.running.workers.code_hash", lambda: "other")
    with ThreadPoolExecutor(2) as threads:
        result = run(small_experiment(), tmp_path / "small", executor=threads, engine=FAKE)
    assert (result.exit_code, result.n_done, result.failures) == (1, 0, [])
    (problem,) = result.problems
    assert "this worker has another version of the model" in problem


def test_the_manifest_names_the_commit(tmp_path: Path) -> None:
    """In a checkout the commit, and whether code differs from it; elsewhere nothing, and never an
    error: not in a folder inside another checkout either."""
    assert git_state(tmp_path) == {}
    assert git_state(tmp_path / "nowhere") == {}
    for words in (["init", "-q"], ["config", "user.email", "a@b.c"], ["config", "user.name", "A"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a.py").write_text("a = 1\n")
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    subprocess.run(["git", "commit", "-q", "-m", "first"], cwd=tmp_path, check=True)
    clean = git_state(tmp_path)
    assert clean["code_dirty"] is False and len(str(clean["code_commit"])) == 40
    (tmp_path / "notes.txt").write_text("not code")
    assert git_state(tmp_path) == clean
    (tmp_path / "model" / "a.py").write_text("a = 2\n")
    assert git_state(tmp_path) == clean | {"code_dirty": True}
    assert git_state(tmp_path / "model") == {}
    assert set(git_state(ROOT)) <= {"code_commit", "code_dirty"}
