"""Runs that are killed without warning, and disks that are full: what was finished is kept."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from fake_engine import FAKE, bytes_of, small_experiment, unmerged

from streetlight.experiments import design_table
from streetlight.experiments.running import tables
from streetlight.experiments.running.merging import Merger
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.runner import run

ROOT = Path(__file__).parent.parent
FILE = """\
title: "Killed"
region: {synthetic: {n_communities: 8, seed: 3}}
horizon: 2
policies: [equal_shares, per_youth, information_oracle]
futures:
  named:
    central: {}
    no_barrier: {switches.anonymity: false, switches.denial: false}
    longer: {spell.exit_hazard: 0.016}
metrics: [person_years, known]
replications: {min: 4, max: 14, batch: 3, half_width: 1.1}
seed: 5
"""
KILLS = 10


def command(file: Path, folder: Path, workers: int) -> list[str]:
    """`streetlight run` on a file."""
    call = [
        sys.executable,
        "-m",
        "streetlight.experiments.cli",
        "run",
        str(file),
        "--out",
        str(folder),
    ]
    return [*call, "--workers", str(workers), "--quiet"]


def n_written(folder: Path) -> int:
    """Worlds of a folder whose runs are written or being written."""
    return len(list((folder / "cells").iterdir())) if (folder / "cells").exists() else 0


def killed(file: Path, folder: Path, n: int, delay: float) -> bool:
    """Run until n worlds are written and a moment longer, then kill every process of it.

    Whether it was still running. n is -1 for the moment at which the tables are being written.
    """
    process = subprocess.Popen(command(file, folder, 2), cwd=ROOT, start_new_session=True)
    deadline = time.monotonic() + 120
    while process.poll() is None and (
        n_written(folder) < n if n >= 0 else not list(folder.glob("*.parquet"))
    ):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    time.sleep(delay)
    running = process.poll() is None
    os.killpg(process.pid, signal.SIGKILL) if running else None
    process.wait()
    return running


@pytest.mark.slow
def test_ten_kills_change_no_byte(tmp_path: Path) -> None:
    """kill -9 of all processes at ten moments, the last one while tables are written: resumed, the
    results are those of an undisturbed run with one worker, the replication rule's too."""
    file = tmp_path / "killed.yaml"
    file.write_text(FILE)
    calm, stormy = tmp_path / "calm", tmp_path / "stormy"
    code = subprocess.run(command(file, calm, 1), cwd=ROOT, check=False).returncode
    manifest = json.loads((calm / "manifest.json").read_text())
    counts = set(manifest["replicates"].values())
    assert len(counts) > 1, "the rule is to stop futures at different counts"
    luck = random.Random(20)
    total = manifest["counts"]["runs"] // 4
    moments = sorted(luck.randrange(1, int(0.9 * total)) for _ in range(KILLS - 1))
    hits = 0
    for n in [*moments, -1]:
        hits += killed(file, stormy, n, luck.uniform(0.0, 0.05))
        assert json.loads((stormy / "manifest.json").read_text())["status"] == "running"
    assert hits == KILLS
    last = subprocess.run(command(file, stormy, 2), cwd=ROOT, check=False).returncode
    assert last == code
    assert bytes_of(stormy) == bytes_of(calm)
    assert not [path for path in stormy.rglob("*") if path.name.startswith(".tmp-")]
    again = json.loads((stormy / "manifest.json").read_text())
    for name in ("status", "replicates", "precision", "config_sha256", "cells"):
        assert again[name] == manifest[name], name


def full_disk(*_args: Any, **_kwargs: Any) -> None:
    """No room for anything, in the words of the library that writes tables."""
    raise OSError(errno.ENOSPC, "Error writing bytes to file. Detail: no space left")


def test_a_full_disk_ends_the_run_and_keeps_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends at the first result that cannot be written, exit code 1; nothing is recorded
    as failed, so the same command goes on when there is room again."""
    folder = tmp_path / "small"
    write, n_left = tables.write_table, iter(range(2 * 5))  # so many worlds of five tables each
    assert design_table.FILE  # imported before, or it would keep the patched function

    def filling(*arguments: Any) -> None:
        (write if next(n_left, None) is not None else full_disk)(*arguments)

    for module in ("tables", "merging"):
        monkeypatch.setattr(f"streetlight.experiments.running.{module}.write_table", filling)
    result = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert (result.exit_code, result.n_done) == (1, 6)
    assert len(result.problems) == 2  # a run, and the tables of all
    assert all(p.endswith("/runs.parquet: cannot be written: no space left on device")
               for p in result.problems)  # fmt: skip
    assert "/cells/" in result.problems[0]
    lost = [f"{policy}/dry/0" for policy in ("equal_shares", "none", "per_youth")]
    assert [one.run_id for one in result.failures] == lost
    monkeypatch.undo()
    again = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert (again.problems, again.exit_code, again.n_kept, again.n_done) == ([], 0, 6, 6)
    run(small_experiment(), tmp_path / "fresh", workers=1, engine=FAKE, figures="none")
    assert bytes_of(folder) == bytes_of(tmp_path / "fresh")


def test_tables_that_do_not_fit_leave_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up while tables are written: exit code 1, every run is kept."""
    folder = tmp_path / "small"
    write = Merger.write

    def filling(merger: Merger, name: str, path: Path) -> None:
        (full_disk if name == "communities" else write)(merger, name, path)

    monkeypatch.setattr(Merger, "write", filling)
    result = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert result.exit_code == 1
    full = f"{folder.absolute()}/communities.parquet: cannot be written: no space left on device"
    assert result.problems == [full]
    assert json.loads((folder / "manifest.json").read_text())["status"] == "failed"
    monkeypatch.undo()
    again = run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    assert (again.exit_code, again.n_kept) == (0, 12)


def test_tables_that_are_added_to_and_do_not_fit_leave_the_runs(tmp_path: Path) -> None:
    """The same where runs of before were in the tables: they are kept, and so are the new ones."""
    folder = tmp_path / "small"
    run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    unmerged(folder, replications=3)
    again = run(small_experiment(replications=3), folder, workers=1, engine=FAKE, figures="none")
    assert (again.exit_code, again.n_kept, again.n_done) == (0, 18, 0)
    run(small_experiment(replications=3), tmp_path / "fresh", workers=1, engine=FAKE,
        figures="none")  # fmt: skip
    assert bytes_of(folder) == bytes_of(tmp_path / "fresh")


def test_what_a_dead_run_left_is_taken_away(tmp_path: Path) -> None:
    """Temporary files, a stop request and a manifest that says `running` are no obstacle."""
    folder = tmp_path / "small"
    run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    before = bytes_of(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"status": "running"}))
    (folder / ".tmp-runs.parquet").write_bytes(b"PAR1")
    (folder / "cells" / f".tmp-{'ab' * 16}-12345678").mkdir()
    (folder / "failures").mkdir()
    (folder / "failures" / f".tmp-{'ab' * 16}-12345678").write_text("{")
    (folder / ".stop").touch()
    result = run(small_experiment(), folder, workers=2, engine=FAKE, figures="none")
    assert (result.problems, result.exit_code, result.n_kept) == ([], 0, 12)
    assert bytes_of(folder) == before
    assert json.loads((folder / "manifest.json").read_text())["status"] == "done"


class Killing(Progress):
    """After every group, what a worker of a cluster leaves that is killed while it writes."""

    def __init__(self, cells: Path) -> None:
        super().__init__("silent")
        self.left = cells / f".tmp-{'ab' * 16}-12345678"

    def group(self, *facts: Any) -> None:
        """Leave a folder with a table."""
        self.left.mkdir(exist_ok=True)
        (self.left / "runs.parquet").write_bytes(b"PAR1")
        super().group(*facts)


def test_what_a_worker_left_that_was_killed_goes_with_the_run(tmp_path: Path) -> None:
    """The run goes on without it, and its folder ends with the bytes of one without accident."""
    killing = Killing(tmp_path / "far" / "cells")
    run(small_experiment(), tmp_path / "far", workers=1, engine=FAKE, figures="none",
        progress=killing)  # fmt: skip
    run(small_experiment(), tmp_path / "near", workers=1, engine=FAKE, figures="none")
    assert not killing.left.exists()
    assert bytes_of(tmp_path / "far") == bytes_of(tmp_path / "near")
