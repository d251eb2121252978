"""Results in a notebook, a run done again, and what of an imported region may leave its file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from fake_engine import FAKE, Engine, History, Summary, small_experiment, summarise

from streetlight.experiments import cli
from streetlight.experiments.config.loading import load
from streetlight.experiments.results import Results
from streetlight.experiments.running.cells import Engine as RealEngine
from streetlight.experiments.running.replay import difference, replay
from streetlight.experiments.running.runner import run
from streetlight.model.errors import InputError

FILE = """\
title: "Mine"
region: {csv: towns.csv}
horizon: 2
policies: [equal_shares, per_youth]
replications: 2
seed: 4
"""
TOWNS = """\
id,name,population,poverty_share,latitude,longitude,cases_2019
a1,=Able,12000,0.123456789012345,40.1,-80.1,7
b2,Baker,130000,0.2,,,8.125e3
c3,Charlie,9000,,38.2,-80.3,cases48151623
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The results of an experiment on three imported towns, by the fake engine."""
    (tmp_path / "towns.csv").write_text(TOWNS)
    (tmp_path / "towns_neighbours.csv").write_text("id_a,id_b\na1,c3\n")
    (tmp_path / "mine.yaml").write_text(FILE)
    folder = tmp_path / "results" / "mine"
    experiment = load(tmp_path / "mine.yaml")
    assert run(experiment, folder, workers=1, engine=FAKE, figures="none").exit_code == 0
    return folder


def other_summarise(history: History, baseline: History) -> Summary:
    """One number a little different."""
    found = summarise(history, baseline)
    found.metrics["known"] += 0.25
    return found


def test_results_are_data_frames(mine: Path) -> None:
    """Every table is a DataFrame with the rows of its file; the manifest is a dict."""
    results = Results.open(mine)
    assert results.experiment == "mine"
    assert repr(results) == "<Results of mine: 6 runs, done>"
    assert len(results.runs) == 6 and len(results.communities) == 18
    assert list(results.runs.columns) == pq.read_schema(mine / "runs.parquet").names
    assert len(results.groups) == 6 * 9
    assert set(results.groups["gender"]) == {"girl", "boy", "gender-diverse"}
    assert set(results.levers["lever"]) == {"training", "campaign", "channel"}
    assert len(results.series) == 6 * (36 + 24) * 4
    assert set(results.comparison["policy"]) == {"equal_shares", "per_youth"}
    assert set(results.precision["replicates"]) == {2}
    assert results.manifest["replicates"] == {"central": 2}
    assert results.runs is results.runs


def test_what_is_no_results_folder_is_refused(tmp_path: Path, mine: Path) -> None:
    """A missing folder, another folder and a missing table each have their own message."""
    with pytest.raises(InputError, match="nowhere: no such folder"):
        Results.open(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"holds no results \(no manifest.json\)"):
        Results.open(tmp_path)
    (mine / "design.parquet").unlink()
    with pytest.raises(InputError, match=r"has no design.parquet \(status: done\)"):
        _ = Results.open(mine).design


def test_a_run_is_done_again(mine: Path) -> None:
    """The same code gives the same values, though the files of the experiment are gone."""
    for name in ("mine.yaml", "towns.csv", "towns_neighbours.csv"):
        (mine.parent.parent / name).unlink()
    for run_id in ("none/central/0", "per_youth/central/1"):
        found = replay(mine, run_id, FAKE)
        assert found.identical and found.same_code
    other = Engine(FAKE.draw_world, FAKE.run_policy, other_summarise)
    changed = replay(mine, "per_youth/central/1", other)
    assert changed.differences == {"runs": "differs by up to 0.25, in known"}


def test_replay_says_identical_or_not(
    mine: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code is 0 when identical and 1 when not; another version of the model is said."""
    monkeypatch.setattr(RealEngine, "of_model", classmethod(lambda cls: FAKE))
    call = ["replay", str(mine), "--run", "per_youth/central/1"]
    assert cli.call(call) == 0
    assert capsys.readouterr().out == "per_youth/central/1: identical\n"
    other = Engine(FAKE.draw_world, FAKE.run_policy, other_summarise)
    monkeypatch.setattr(RealEngine, "of_model", classmethod(lambda cls: other))
    monkeypatch.setattr("streetlight.experiments.running.replay.code_hash", lambda: "other")
    assert cli.call(call) == 1
    out = capsys.readouterr().out
    assert "not identical\n  runs: differs by up to 0.25, in known" in out
    assert "not the version these results were made with" in out
    assert cli.call([*call, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["same_code"] is False


@pytest.mark.parametrize(
    ("run_id", "message"),
    [
        ("per_yuth/central/1", 'no such run .did you mean "per_youth/central/1"'),
        ("per_youth/central/2", "no such run"),
    ],
)
def test_a_run_that_is_not_there_is_refused(mine: Path, run_id: str, message: str) -> None:
    """A misspelt run is named with the one that was meant."""
    with pytest.raises(InputError, match=message):
        replay(mine, run_id, FAKE)


def test_replay_needs_a_file(mine: Path, tmp_path: Path) -> None:
    """An experiment built in Python, or changed there, cannot be replayed, and the message says
    why; nor can a run that was never finished."""
    folder = tmp_path / "built"
    run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    with pytest.raises(InputError, match="was built in Python"):
        replay(folder, "none/central/0", FAKE)
    text = (mine / "experiment.json").read_text()
    (mine / "experiment.json").write_text(text.replace('"horizon": 2', '"horizon": 3'))
    with pytest.raises(InputError, match="no longer gives this run"):
        replay(mine, "none/central/0", FAKE)
    (mine / "experiment.json").write_text(text)
    (mine / "groups.parquet").unlink()
    with pytest.raises(InputError, match="was not finished"):
        replay(mine, "none/central/0", FAKE)


def test_the_quick_look_can_be_replayed(tmp_path: Path) -> None:
    """What `--quick` and `--seed` changed is in the folder too."""
    experiment = load("tiny", quick=True, seed=77)
    run(experiment, tmp_path / "tiny", workers=1, engine=FAKE, figures="none")
    assert replay(tmp_path / "tiny", "per_youth/no_barrier/1", FAKE).identical


def test_tables_are_compared_by_value() -> None:
    """Blanks are equal to blanks and to nothing else; columns and rows must be the same."""
    import pyarrow as pa

    table = pa.table({"a": [1.0, np.nan], "b": [1, 2]})
    assert difference(table, table) == ""
    assert difference(table, table.rename_columns(["a", "c"])) == "other columns"
    assert difference(table, table.slice(1)) == "2 rows, and 1 are stored"
    filled = pa.table({"a": [1.0, 2.0], "b": [1, 2]})
    assert difference(table, filled) == "differs by up to inf, in a"
    assert difference(filled, pa.table({"a": [1.5, 2.0], "b": [1, 4]})).endswith("2, in b")


def test_no_imported_count_leaves_its_file(mine: Path) -> None:
    """Columns that the model does not read are in no file of the results, neither by name nor by
    value: counts of real reports, cases or persons served stay where they were."""
    texts = []
    for path in sorted(mine.rglob("*")):
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            texts.append(" ".join(table.column_names))
            texts += [str(value) for column in table.columns for value in column.to_pylist()]
        elif path.is_file():
            texts.append(path.read_text(encoding="utf-8"))
    everything = "\n".join(texts)
    assert "Baker" in everything  # the walk sees what is there
    for told in ("cases_2019", "8.125e3", "8125", "8125.0", "cases48151623"):
        assert not re.search(rf"\b{re.escape(told)}\b", everything)
    header, first = (mine / "region.csv").read_text().splitlines()[:2]
    assert header.split(",") == [
        "id", "name", "state", "place_class", "population", "youth", "youth_12_17",
        "poverty_share", "latitude", "longitude", "covariate",
    ]  # fmt: skip
    assert first.startswith("a1,'=Able,") and "0.123456789012345" in first
    assert (mine / "region_neighbours.csv").read_text() == "id_a,id_b\na1,c3\n"
