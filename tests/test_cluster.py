"""The dask executor: the same bytes as one worker, and a clear message for what cannot be used."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_engine import bytes_of, small_experiment

from streetlight.experiments import cli
from streetlight.experiments.experiment import Experiment, the_central_future
from streetlight.experiments.running.executors import dask, opened, seen_by_worker
from streetlight.experiments.running.runner import run
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


@pytest.mark.slow
def test_a_scheduler_that_is_lost_ends_the_run(tmp_path: Path) -> None:
    """What was finished is kept, the exit code is 1, and the same command goes on from there."""
    script = tmp_path / "cluster.py"
    script.write_text(
        "import sys, time\n"
        "from distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    cluster = LocalCluster(n_workers=1, processes=False, host='127.0.0.1',\n"
        "                           protocol='tcp://', dashboard_address=':0')\n"
        "    print(cluster.scheduler_address, flush=True)\n"
        "    time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    experiment = small_experiment(replications=400, futures=the_central_future())
    folder = tmp_path / "far"

    def kill_soon() -> None:
        while not (folder / "cells").exists() or len(list((folder / "cells").iterdir())) < 6:
            time.sleep(0.02)
        process.kill()

    killer = threading.Thread(target=kill_soon)
    try:
        with dask(address, folder) as (executor, n_threads):
            killer.start()
            result = run(experiment, folder, executor=executor, workers=n_threads, figures="none")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    killer.join()
    assert result.exit_code == 1
    assert result.problems == ["the scheduler was lost"]
    assert 0 < result.n_done < 1200
    again = run(experiment, folder, workers=1, figures="none")
    assert again.exit_code == 0 and again.n_kept >= result.n_done


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
