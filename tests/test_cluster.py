"""The dask executor: the same bytes as one worker, and a clear message for what cannot be used."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_engine import bytes_of, small_experiment

from streetlight.experiments import cli
from streetlight.experiments.experiment import Experiment, the_central_future
from streetlight.experiments.running.executors import (
    SILENCE,
    dask,
    opened,
    seen_by_worker,
    watched,
)
from streetlight.experiments.running.runner import RunResult, run
from streetlight.experiments.running.workers import SCHEDULER_LOST
from streetlight.model.errors import InputError
from streetlight.model.money.policies import build

pytestmark = pytest.mark.filterwarnings("ignore")  # what the cluster's own code warns of


def tiny() -> Experiment:
    """The small experiment, for the real engine."""
    return small_experiment(policies=(build("per_youth"),), futures=the_central_future())


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A cluster of two worker processes on this machine."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, processes=True, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.slow
def test_a_cluster_writes_the_same_bytes(tmp_path: Path, scheduler: str) -> None:
    """Two worker processes of a cluster and this process alone: every file is the same."""
    with dask(scheduler, tmp_path / "far") as (executor, n_threads):
        assert n_threads == 2
        result = run(tiny(), tmp_path / "far", executor=executor, workers=2, figures="none")
    assert (result.exit_code, result.n_done) == (0, 4)
    run(tiny(), tmp_path / "near", workers=1, figures="none")
    assert bytes_of(tmp_path / "far") == bytes_of(tmp_path / "near")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.slow
def test_a_cluster_that_cannot_do_it_is_refused_before(
    tmp_path: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers with other code, or without our folder, are named before anything is run."""
    monkeypatch.setattr("streetlight.experiments.running.executors.code_hash", lambda: "other")
    other = pytest.raises(InputError, match="has another version of the model")
    with other, dask(scheduler, tmp_path / "far"):
        pass
    monkeypatch.undo()
    monkeypatch.setattr("streetlight.experiments.running.executors.seen_by_worker", blind)
    with pytest.raises(InputError, match="does not see"), dask(scheduler, tmp_path / "far"):
        pass


def blind(token: str) -> tuple[str, bool]:
    """A worker on a machine without our file system."""
    return seen_by_worker(token)[0], False


class Processes:
    """A scheduler and a nanny with two workers, as processes of their own."""

    def __init__(self, folder: Path) -> None:
        from distributed import Client

        found = folder / "scheduler.json"
        self.scheduler = dask_process(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(found)
        )
        while not found.exists():
            time.sleep(0.05)
        self.nanny = dask_process(
            *("worker", "--scheduler-file", str(found), "--nworkers", "2", "--nthreads", "1"),
            *("--local-directory", str(folder)),
        )
        self.address: str = json.loads(found.read_text())["address"]
        with Client(self.address) as client:
            client.wait_for_workers(2)

    def end(self) -> None:
        """End all of them, also those that are stopped."""
        self.scheduler.kill()
        self.nanny.terminate()
        for one in (self.scheduler, self.nanny):
            one.wait()


def dask_process(*words: str) -> subprocess.Popen[bytes]:
    """A command of dask, under way."""
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *words, "--no-dashboard"], stderr=subprocess.DEVNULL
    )


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Processes]:
    """A cluster that a test may damage."""
    found = Processes(tmp_path)
    yield found
    found.end()


def run_on(cluster: Processes, folder: Path, damage: Callable[[int], object]) -> RunResult:
    """Run `LONG` there, and do the damage once six groups are done; it is told a worker's id."""
    said: list[str] = []
    with dask(cluster.address, folder, said.append) as (executor, n_threads):
        (victim, *_) = executor._client.run(os.getpid).values()  # type: ignore[attr-defined]

        def soon() -> None:
            while not (folder / "cells").exists() or len(list((folder / "cells").iterdir())) < 6:
                time.sleep(0.02)
            damage(victim)

        threading.Thread(target=soon).start()
        return run(LONG, folder, executor=executor, workers=n_threads, figures="none")


#: Long enough to be damaged.
LONG = small_experiment(replications=80, futures=the_central_future())


@pytest.mark.slow
@pytest.mark.parametrize("how", ["ends", "hangs"])
def test_a_scheduler_that_is_lost_ends_the_run(
    tmp_path: Path,
    cluster: Processes,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    """What was finished is kept, the exit code is 1, and the same command goes on from there.

    Nothing failed, so nothing is named as failed, and dask says nothing beside it.
    """
    monkeypatch.setattr("streetlight.experiments.running.executors.WATCH", 1)
    monkeypatch.setattr("streetlight.experiments.running.executors.SILENCE", 2)
    harm = signal.SIGKILL if how == "ends" else signal.SIGSTOP
    folder = tmp_path / "far"
    result = run_on(cluster, folder, lambda _: cluster.scheduler.send_signal(harm))
    assert (result.exit_code, result.failures) == (1, [])
    assert result.problems == [SCHEDULER_LOST]
    assert 0 < result.n_done < 240
    assert [one for one in caplog.records if one.name == "distributed.client"] == []
    again = run(LONG, folder, workers=1, figures="none")
    assert again.exit_code == 0 and again.n_kept >= result.n_done


@pytest.mark.slow
def test_a_worker_that_is_killed_takes_nothing_along(tmp_path: Path, cluster: Processes) -> None:
    """Its group is done again by another worker, and the bytes are those of one process."""
    result = run_on(cluster, tmp_path / "far", lambda worker: os.kill(worker, signal.SIGKILL))
    assert (result.exit_code, result.n_done, result.failures) == (0, 240, [])
    run(LONG, tmp_path / "near", workers=1, figures="none")
    assert bytes_of(tmp_path / "far") == bytes_of(tmp_path / "near")


class Answers:
    """A client of dask whose scheduler says how many threads each worker has, answer by answer."""

    def __init__(self, *answers: dict[str, int] | Exception) -> None:
        self.answers = list(answers)
        self.aborted = 0
        self.scheduler = self.loop = self.scheduler_comm = self
        self.ncores = None

    def sync(self, _what: object, *, callback_timeout: float) -> dict[str, int]:
        """The next answer."""
        assert callback_timeout == SILENCE
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def add_callback(self, what: Callable[[], object]) -> None:
        """Done at once."""
        what()

    def abort(self) -> None:
        """Close the connection."""
        self.aborted += 1


def test_a_cluster_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is said that workers are gone, once that they are back; silence ends it."""
    monkeypatch.setattr("streetlight.experiments.running.executors.WATCH", 0.001)
    said: list[str] = []
    client = Answers({"a": 1}, {}, {}, {"b": 1}, {"b": 1}, TimeoutError("silence"))
    with watched(client, said.append):
        for _ in range(1000):
            if client.aborted:
                break
            time.sleep(0.005)
    assert said == [
        "! the cluster has no workers: waiting for some; Ctrl-C ends the run",
        "the cluster has workers again, after 0 s",
    ]
    assert (client.aborted, client.answers) == (1, [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--executor", "dusk"], 'must be one of: processes, dask (did you mean "dask"?)'),
        (["--executor", "dask"], "--scheduler: an address is needed"),
        (["--scheduler", "tcp://127.0.0.1:1"], "only there"),
        (["--executor", "dask", "--scheduler", "tcp://127.0.0.1:1"], "cannot be reached"),
        (["--executor", "dask", "--scheduler", "nonsense"], "must be scheme://host:port"),
        (["--executor", "dask", "--scheduler", "127.0.0.1:9"], 'you mean "tcp://127.0.0.1:9"?'),
        (["--executor", "dask", "--scheduler", "tcp://127.0.0.1:0"], "must be scheme://host:port"),
        (["--executor", "dask", "--scheduler", "tcp://127.0.0.1:65536"], "must be scheme"),
        (["--executor", "dask", "--scheduler", "http://127.0.0.1:80"], "schemes: tcp, tls"),
        (["--executor", "dask", "--scheduler", "tcp://a..b:80"], "cannot be reached"),
    ],
)
def test_what_is_no_cluster_is_exit_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    """A name that is misspelt, an address that is missing or dead: nothing is run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("streetlight.experiments.running.executors.PATIENCE", 1)
    assert cli.call(["run", "tiny", *arguments]) == 2
    told = capsys.readouterr().err
    assert message in told and told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_processes_are_the_default(tmp_path: Path) -> None:
    """Without a scheduler the runner starts its own processes."""
    with opened("processes", None, tmp_path) as found:
        assert found == (None, None)
