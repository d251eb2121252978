"""A results folder made by somebody else: nothing is written outside it, nothing of theirs lost."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_engine import FAKE, bytes_of, small_experiment, unmerged

from streetlight.experiments import cli
from streetlight.experiments.config.loading import load
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.replay import replay
from streetlight.experiments.running.runner import run
from streetlight.experiments.running.store import FolderError
from streetlight.model.errors import InputError

FILE = """
title: Small
region: {synthetic: {n_communities: 12, seed: 1}}
horizon: 3
policies: [equal_shares]
replications: 2
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the small experiment, which tests copy."""
    folder = tmp_path_factory.mktemp("made") / "small"
    run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    return folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of it, in a folder that is otherwise empty."""
    return shutil.copytree(finished, tmp_path / "small")


def again(folder: Path, **changes: object) -> Any:
    """The small experiment in a folder that is there."""
    return run(small_experiment(**changes), folder, workers=1, engine=FAKE, figures="none")


def said(folder: Path, **changes: Any) -> None:
    """Let the manifest say something else."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("name", ["../../../x", "/x", "..", "a/b", "", 7, None, "x\0y", "é" * 300])
def test_a_digest_that_is_a_path_leads_nowhere(folder: Path, name: object) -> None:
    """Whatever the manifest says of its configuration, old tables stay within the folder."""
    said(folder, config_sha256=name)
    assert again(folder, seed=4).exit_code == 0
    assert os.listdir(folder.parent) == ["small"]
    shelves = [one.name for one in (folder / "stale").iterdir() if one.name != "cells"]
    assert len(shelves) == 1
    assert (folder / "stale" / shelves[0] / "runs.parquet").is_file()


def swap(first: Path, second: Path) -> None:
    """Exchange two files or folders."""
    aside = first.with_name("aside")
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


@pytest.mark.parametrize("table", ["", "runs.parquet", "communities.parquet", "levers.parquet"])
def test_swapped_runs_are_found_and_done_again(finished: Path, tmp_path: Path, table: str) -> None:
    """Two parts, or a table of each, in each other's place: set aside, and done again."""
    folder = unmerged(tmp_path / "small")
    one, other, *_ = sorted((folder / "cells").iterdir())
    swap(one / table, other / table)
    codes = [again(folder).exit_code for _ in range(3)]
    assert codes == ([1, 1, 0] if table else [0, 0, 0])
    assert {path.name for path in (folder / "stale/damaged").iterdir()} == {one.name, other.name}
    shutil.rmtree(folder / "stale")
    assert bytes_of(folder) == bytes_of(finished)


OWN = ("notes.txt", ".tmp-letter.txt", "cells/notes/a.txt", "cells/b.txt", "cells/.tmp-c/c.txt",
       "failures/d.json", "stale/e.txt")  # fmt: skip


def test_files_of_ones_own_are_never_taken_away(folder: Path) -> None:
    """Whatever lies in the folder beside what a run wrote is there after other settings ran."""
    for name in OWN:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine")
    cell = folder / "cells" / ("ab" * 16)
    cell.mkdir()
    (cell / "why.txt").write_text("mine")
    (folder / "figures").mkdir()
    for turn, seed in enumerate((4, 3, 4, 3)):
        (folder / "figures").mkdir(exist_ok=True)
        (folder / "figures" / f"{turn}.txt").write_text("mine")
        again(folder, seed=seed)
    assert all((folder / name).read_text() == "mine" for name in OWN)
    kept = [path.name for path in folder.rglob("*.txt") if path.read_text() == "mine"]
    assert {"why.txt", "0.txt", "1.txt", "2.txt", "3.txt"} <= set(kept)


LINKS = ("log.txt", ".lock", "stale", "cells", "figures", "runs.parquet", ".tmp-manifest.json")


@pytest.mark.parametrize("name", LINKS)
def test_a_link_in_the_folder_is_refused(folder: Path, name: str) -> None:
    """A run would write through it: it is named, and nothing is changed here or there."""
    target = folder.parent / "target"
    target.mkdir() if "." not in name else target.write_text("mine")
    path = folder / name
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(target)
    before = bytes_of(folder)
    with pytest.raises(FolderError, match=f"{name}: is a link, and would be written through"):
        again(folder, seed=4)
    assert bytes_of(folder) == before
    assert not os.listdir(target) if target.is_dir() else target.read_text() == "mine"


@pytest.mark.parametrize("name", ["cells", "stale", "failures", ".stop", ".tmp-manifest.json"])
def test_a_folder_of_another_shape_is_refused(folder: Path, name: str) -> None:
    """A file where a run has a folder, or the other way round: named, and nothing is changed."""
    path = folder / name
    if path.is_dir():
        shutil.rmtree(path)
    path.mkdir() if "." in name else path.write_text("mine")
    before = bytes_of(folder)
    with pytest.raises(FolderError, match=f"{name}: is a .* where a run has a"):
        again(folder, seed=4)
    assert bytes_of(folder) == before


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m", "a\u202eb"])
def test_a_folder_with_commands_in_its_name_is_refused(tmp_path: Path, name: str) -> None:
    """It would be printed where results are, as a command to the terminal."""
    with pytest.raises(FolderError, match="without control characters or invisible ones"):
        again(tmp_path / name)
    assert not os.listdir(tmp_path)


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    """The system's own limit is told as any other folder that cannot be used."""
    with pytest.raises(FolderError, match="cannot be read: file name too long"):
        again(tmp_path / ("x" * 5000))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"horizon": 10**12}, "config.horizon: must be 1 to 50"),
        ({"horizon": -1}, "config.horizon: must be 1 to 50"),
        ({"youth_by_class": {}}, "config.youth_by_class.large metro: is missing"),
    ],
)
def test_numbers_of_a_manifest_are_looked_at(
    from_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    words: str,
) -> None:
    """What readers make tables of is refused in one line when no experiment has it."""
    made = shutil.copytree(from_file, tmp_path / "made")
    config = json.loads((made / "manifest.json").read_text())["config"]
    said(made, config=config | change)
    assert cli.call(["report", str(made)]) == 2
    assert words in capsys.readouterr().err


def test_a_second_experiment_of_a_name_says_whose_results_it_replaces(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Title, time and the place where they are now, on the terminal and in the log."""
    said(folder, title="Mine\x1b[31m", started="2026-01-02T03:04:05+00:00")
    run(small_experiment(seed=4), folder, workers=1, engine=FAKE, figures="none",
        progress=Progress())  # fmt: skip
    words = f'{folder} held results of "Mine\\x1b[31m" with other settings, begun 2026-01-02T03:04'
    assert f"! {words}" in capsys.readouterr().err
    log = (folder / "log.txt").read_text()
    assert words in log
    assert Path(log.partition("is now in ")[2].split()[0]).is_dir()
    run(small_experiment(seed=4), folder, workers=1, engine=FAKE, figures="none",
        progress=Progress())  # fmt: skip
    assert "held results" not in capsys.readouterr().err


@pytest.fixture(scope="module")
def from_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of an experiment file, by the stand-in engine."""
    place = tmp_path_factory.mktemp("file")
    (place / "small.yaml").write_text(FILE)
    run(load(place / "small.yaml"), place / "made", workers=1, engine=FAKE, figures="none")
    return place / "made"


def other_region(source: dict[str, Any]) -> None:
    source["region"] = {"csv": "../secret.csv"}


def other_file(source: dict[str, Any]) -> None:
    source["extends"] = "first_look"


def other_table(source: dict[str, Any]) -> None:
    source["policies"] = {"plan": {"table": "../../secret.csv"}}


@pytest.mark.parametrize("change", [other_region, other_file, other_table])
def test_a_replay_reads_no_other_file(
    from_file: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    """What the folder keeps of its file may name only what lies beside it."""
    made = shutil.copytree(from_file, tmp_path / "made")
    source = json.loads((made / "experiment.json").read_text())
    change(source)
    (made / "experiment.json").write_text(json.dumps(source))
    with pytest.raises(InputError, match="names files that the run did not leave"):
        replay(made, "none/central/0", FAKE)


def test_a_replay_takes_its_run_from_the_folder_itself(from_file: Path, tmp_path: Path) -> None:
    """A key that is a path is no run's, and files of another run are told."""
    made = shutil.copytree(from_file, tmp_path / "made")
    cells = json.loads((made / "manifest.json").read_text())["cells"]
    said(made, cells=cells | {"none/central/0": "../../made/cells/x"})
    with pytest.raises(InputError, match="no longer gives this run"):
        replay(made, "none/central/0", FAKE)
    said(made, cells=cells)
    shutil.copy(made / "runs.parquet", made / "groups.parquet")
    with pytest.raises(InputError, match="groups.parquet: is damaged .*is another run's"):
        replay(made, "none/central/1", FAKE)


@pytest.mark.parametrize(
    ("n", "words"),
    [(10**12, "runs: must be at most 1,000,000"), (0, "must be 1 or more"), (-5, "1 or more")],
)
def test_no_table_is_made_as_large_as_a_manifest_says(
    from_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], n: int, words: str
) -> None:
    """A number of replicates that no experiment has is refused before memory is taken."""
    made = shutil.copytree(from_file, tmp_path / "made")
    config = json.loads((made / "manifest.json").read_text())["config"]
    said(made, config=config | {"replications": n})
    assert cli.call(["compare", str(made)]) == 2
    assert words in capsys.readouterr().err
