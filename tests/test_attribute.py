"""`streetlight attribute`: a policy's change in reports taken apart, from a results folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from streetlight.experiments import cli, figures
from streetlight.experiments.analyse.study import open_study
from streetlight.experiments.config.loading import load
from streetlight.experiments.figures.parts import Absent, Figure
from streetlight.experiments.running.runner import run

ROOT = Path(__file__).parent.parent
SMALL = """
title: Small
question: To what is a change in reports due?
region: {synthetic: {n_communities: 6, seed: 1}}
horizon: 1
budget: 5
mix: {training: 0.6, campaign: 0.4}
policies: [equal_shares, per_youth]
futures: {named: {plain: {}, fading: {awareness.norm_half_life: 2.0}}}
replications: 2
seed: 3
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An experiment file whose results lie beside it."""
    path = tmp_path_factory.mktemp("attribute") / "small.yaml"
    path.write_text(SMALL)
    run(load(path), path.parent / "made", workers=1, figures="none")
    return path


def test_the_command_writes_what_the_report_then_shows(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cost first, on standard error; the finding; the same file by one worker and two threads."""
    made = config.parent / "made"
    missing = figures.made(open_study(made), "attribution")
    assert missing == Absent("attribution", "Not asked here yet: streetlight attribute RESULTS.")
    assert cli.call(["attribute", str(made), "--workers", "1"]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("4 worlds x 3 (equal_shares) combinations of what money buys = 12")
    assert "12 of 12 runs" in said.err
    assert "eports" in said.out
    alone = (made / "attribution.csv").read_bytes()
    assert (made / "figures" / "attribution.svg").is_file()
    monkeypatch.setattr("streetlight.experiments.commands.attribute.processes", ThreadPoolExecutor)
    command = ["attribute", str(made), "--policy", "equal_shares", "--workers", "2", "--json"]
    assert cli.call(command) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert {row["part"] for row in json.loads(said.out)["rows"]} >= {"awareness", "training"}
    assert (made / "attribution.csv").read_bytes() == alone
    assert isinstance(figures.made(open_study(made), "attribution"), Figure)


@pytest.mark.slow
def test_two_processes_write_the_same_file(config: Path, tmp_path: Path) -> None:
    """Worker processes of our own change nothing that is written."""
    made, written = shutil.copytree(config.parent / "made", tmp_path / "made"), []
    for workers in ("1", "2"):
        assert cli.call(["attribute", str(made), "--workers", workers, "--quiet"]) == 0
        written.append((made / "attribution.csv").read_bytes())
        (made / "attribution.csv").unlink()
    assert written[0] == written[1]


def test_an_experiment_stands_for_its_results_and_replicates_can_be_fewer(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without results the command that makes them is named; several policies are taken together."""
    monkeypatch.chdir(config.parent)
    assert cli.call(["attribute", "small.yaml"]) == 2
    assert "do `streetlight run small.yaml` first" in capsys.readouterr().err
    Path("results").mkdir()
    Path("results/small").symlink_to(config.parent / "made")
    both = ["--policy", "per_youth", "--policy", "equal_shares"]
    command = ["attribute", "small.yaml", "--replicates", "2", "--workers", "1", "--quiet", *both]
    assert cli.call(command) == 0
    assert capsys.readouterr().out == ""
    rows = Path("results/small/attribution.csv").read_text().splitlines()[1:]
    assert len(rows) == 2 * 4 * (2 + 2)  # policies x worlds x (two parts and two levels)
    assert {row.split(",")[2] for row in rows} == {"0", "1"}
    assert [row.split(",")[0] for row in rows] == ["per_youth"] * 16 + ["equal_shares"] * 16


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--policy", "equal_share"], "--policy: equal_share: no such policy (did you mean"),
        (["--policy", "none"], "--policy: none: no such policy"),
        (["--workers", "0"], "--workers"),
        (["--replicates", "1"], "2 worlds, one of each future, cannot tell a change from luck"),
    ],
)
def test_bad_arguments_are_exit_code_2(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """The problem is named, before anything is run."""
    assert cli.call(["attribute", str(config.parent / "made"), *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "worlds x" not in err


def test_results_that_cannot_be_run_again_are_refused(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder without results; other model code; an experiment file changed since."""
    (tmp_path / "empty").mkdir()
    assert cli.call(["attribute", str(tmp_path / "empty")]) == 2
    assert "holds no results" in capsys.readouterr().err
    for name in ("manifest.json", "experiment.json", "runs.parquet", "series.parquet"):
        (tmp_path / name).write_bytes((config.parent / "made" / name).read_bytes())
    kept = json.loads((tmp_path / "experiment.json").read_text())
    (tmp_path / "experiment.json").write_text(json.dumps(kept | {"budget": 9}))
    assert cli.call(["attribute", str(tmp_path)]) == 2
    assert "no longer gives this run" in capsys.readouterr().err
    manifest = json.loads((tmp_path / "manifest.json").read_text()) | {"code_sha256": "0" * 64}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert cli.call(["attribute", str(tmp_path)]) == 2
    assert "another version of the model" in capsys.readouterr().err


def test_ctrl_c_leaves_the_folder_as_it_was(config: Path, tmp_path: Path) -> None:
    """Exit code 130, one line, no file of half the worlds; the next run is not locked out."""
    made = tmp_path / "made"
    shutil.copytree(config.parent / "made", made, ignore=shutil.ignore_patterns("attribution*"))
    command = [
        sys.executable,
        "-m",
        "streetlight.experiments.cli",
        "attribute",
        str(made),
        "--workers",
        "2",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        assert "4 worlds" in process.stderr.readline()
        assert process.stderr.readline() == "12 runs\n"  # workers take longer than this to start
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130, rest
    assert rest.endswith("stopped: nothing was written\n")
    assert "Traceback" not in rest
    assert not (made / "attribution.csv").exists()
    assert cli.call(["attribute", str(made), "--workers", "1", "--quiet"]) == 0
