"""Results folders that are damaged: told in one line, with what mends it, and never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from driver_worlds import folder_of
from fake_engine import FAKE, bytes_of, small_experiment, unmerged
from test_drivers import overrides

from streetlight.experiments import cli, figures
from streetlight.experiments.__main__ import main
from streetlight.experiments.commands.discover import discover_failures
from streetlight.experiments.config.loading import load
from streetlight.experiments.figures import plans
from streetlight.experiments.results import Results
from streetlight.experiments.running.cells import GroupReport, is_of_machine
from streetlight.experiments.running.design import expand
from streetlight.experiments.running.manifest import RunResult
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.runner import run
from streetlight.model.errors import InputError, visible

ROOT = Path(__file__).parent.parent
SMALL = """
title: Small
question: Which?
region: {synthetic: {n_communities: 20, seed: 1}}
horizon: 2
policies: [equal_shares, per_youth]
futures: {named: {plain: {}, fading: {awareness.norm_half_life: 2.0}}}
replications: 2
seed: 3
"""
#: What a file may hold instead of what it should.
BROKEN = {"cut": b'{"experiment": "sm', "empty": b"", "list": b"[1, 2]", "keys": b"{}"}


@pytest.fixture(scope="module")
def report_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder that every figure can read."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "small.yaml").write_text(SMALL)
    run(load(str(folder / "small.yaml")), folder / "made", workers=1, figures="none")
    return folder / "made"


@pytest.fixture(scope="module")
def driver_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder with twenty sampled futures."""
    return folder_of(tmp_path_factory.mktemp("drive") / "made", overrides(20), np.arange(20.0))


@pytest.fixture
def made(report_folder: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    return shutil.copytree(report_folder, tmp_path / "made")


@pytest.fixture
def driven(driver_folder: Path, tmp_path: Path) -> Path:
    """A copy of the other one to damage."""
    return shutil.copytree(driver_folder, tmp_path / "driven")


def refused(capsys: pytest.CaptureFixture[str], arguments: list[str], *words: str) -> None:
    """A command ends with 2 and one line on standard error that holds these words."""
    capsys.readouterr()
    assert cli.call(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    for word in words:
        assert word in err


READERS = (["compare"], ["report"], ["sensitivity"], ["discover"], ["replay", "--run", "a/b/0"])


@pytest.mark.parametrize("how", BROKEN)
def test_a_damaged_manifest_is_named(
    made: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    """Every command that reads results names the file and how to make it anew."""
    (made / "manifest.json").write_bytes(BROKEN[how])
    for command, *more in READERS:
        refused(
            capsys, [command, str(made), *more],
            f"{made}/manifest.json: is damaged (", f"`streetlight run CONFIG --out {made}`",
        )  # fmt: skip
    with pytest.raises(InputError, match=r"manifest\.json: is damaged"):
        Results.open(made)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"policies": []}, "config.policies: must be a mapping"),
        ({"policies": {"none": 3}}, "config.policies.none: must be a mapping"),
        ({"replications": "many"}, "config.replications: must be a whole number"),
        ({"replications": True}, "config.replications: must be a whole number"),
        ({"futures": {"central": 1}}, "config.futures.central: must be a mapping"),
        ({"baseline": "nobody"}, "a baseline that is no policy"),
        ({"metrics": {}}, "no metric"),
    ],
)
def test_a_manifest_of_other_types_is_named(
    made: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], words: str
) -> None:
    """A value of another type is named by its path within the manifest."""
    path = made / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["config"] |= change
    path.write_text(json.dumps(manifest))
    for command in ("compare", "report"):
        refused(capsys, [command, str(made)], words)


def cut(path: Path) -> None:
    """Leaves the first half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    """Leaves nothing in it."""
    path.write_bytes(b"")


def replaced(path: Path) -> None:
    """Puts a folder in its place."""
    path.unlink()
    path.mkdir()


def other_columns(path: Path) -> None:
    """Puts another table in its place."""
    pq.write_table(pa.table({"x": [1, 2]}), path)


def scrambled(path: Path) -> None:
    """Overwrites the numbers and leaves the end, which says where they are."""
    content = bytearray(path.read_bytes())
    content[4:200] = b"\xff" * 196
    path.write_bytes(bytes(content))


DAMAGES = (cut, emptied, replaced, other_columns, scrambled, Path.unlink)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_tables_are_named(
    made: Path, driven: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None]
) -> None:
    """Whatever became of a table, whoever reads it says which and what to do."""
    again = "`streetlight run CONFIG --out "
    damage(driven / "design.parquet")
    for command in ("sensitivity", "discover"):
        refused(capsys, [command, str(driven)], "design.parquet", again)
    damage(made / "communities.parquet")
    refused(capsys, ["report", str(made)], "communities.parquet", again)
    damage(made / "runs.parquet")
    for command in ("report", "compare"):
        refused(capsys, [command, str(made)], "runs.parquet", again)


def changed(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Rewrite a table."""
    pq.write_table(change(pq.read_table(path)), path)


def with_column(name: str, values: Callable[[int], Any]) -> Callable[[pa.Table], pa.Table]:
    """A table with one column made anew from the number of rows."""

    def change(table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index(name)
        return table.set_column(at, name, pa.array(values(table.num_rows)))

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (with_column("policy", lambda n: ["stranger"] * n), "policy: stranger: is not in manifest"),
        (with_column("future", lambda n: ["later"] * n), "future: later: is not in manifest.json"),
        (with_column("future", lambda n: [None] * n), "future: has blanks"),
        (with_column("replicate", lambda n: [99] * n), "replicate: 99: must be 0 to"),
        (with_column("replicate", lambda n: [0.5] * n), "replicate: 0.5: must be 0 to"),
        (with_column("replicate", lambda n: ["one"] * n), "replicate: must be numbers"),
        (with_column("identified", lambda n: ["one"] * n), "identified: must be numbers"),
        (lambda table: pa.concat_tables([table, table.slice(0, 1)]), "holds a run twice"),
        (lambda table: table.slice(0, 0), "holds no runs"),
    ],
)
def test_runs_of_another_experiment_are_named(
    made: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[pa.Table], pa.Table],
    words: str,
) -> None:
    """Rows that do not fit the manifest are told, and no comparison is made of them."""
    changed(made / "runs.parquet", change)
    refused(capsys, ["compare", str(made)], f"{made}/runs.parquet: {words}")


def test_runs_without_their_communities_are_told(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report is not made of half the communities."""
    changed(made / "communities.parquet", lambda table: table.slice(0, table.num_rows // 2))
    refused(capsys, ["report", str(made)], "communities.parquet: lacks runs")


def test_a_run_mends_a_damaged_manifest(tmp_path: Path) -> None:
    """The same experiment goes on: finished runs are kept, the old tables are put aside."""
    folder = tmp_path / "small"
    experiment = small_experiment()
    run(experiment, folder, workers=1, engine=FAKE, figures="none")
    before = bytes_of(folder)
    for content in BROKEN.values():
        (folder / "manifest.json").write_bytes(content)
        found = run(experiment, folder, workers=1, engine=FAKE, figures="none")
        assert (found.exit_code, found.n_kept, found.n_done) == (0, 12, 0)
        assert bytes_of(folder) == before
        assert (folder / "stale/damaged/manifest.json").read_bytes() == content


def test_a_run_of_other_columns_is_set_aside_and_done_again(tmp_path: Path) -> None:
    """One part's table put in another's place is found when the tables are merged, and mended."""
    folder, experiment = tmp_path / "small", small_experiment()
    run(experiment, tmp_path / "good", workers=1, engine=FAKE, figures="none")
    unmerged(folder)
    last = max((folder / "cells").iterdir())
    other_columns(last / "communities.parquet")
    found = run(experiment, folder, workers=1, engine=FAKE, figures="none")
    assert found.exit_code == 1
    assert f"{last.name}: was damaged on disk" in found.problems[0]
    assert run(experiment, folder, workers=1, engine=FAKE, figures="none").n_done == 3
    assert bytes_of(folder) == bytes_of(tmp_path / "good")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "made", "--against", ""], "--against: empty: no such policy here"),
        (["compare", "made", "--against", "nobody"], "--against: nobody: no such policy here"),
        (["compare", "made", "--metric", ""], "--metric: empty: no such metric"),
        (["discover", "made", "--threshold", "inf"], "--threshold: inf: must be a finite number"),
        (["sensitivity", "made", "--out", "x"], "--out is only for morris and sobol"),
        (["report", "made", "--out", "made"], "--out: made: is a folder; name a file"),
        (["report", "made", "--out", "no/a.html"], "--out: no/a.html: no folder no"),
        (["report", "made", "--out", "\udcff.html"], r"--out: \udcff.html: must be UTF-8"),
        (["report", "made", "--out", "/proc/a.html"], "/proc/a.html: cannot be written"),
        (["schema", "--out", "made"], "--out: made: is a folder; name a file"),
        (["schema", "--out", "no/a.json"], "--out: no/a.json: no folder no"),
        (["run", "first_look", "--out", "\udcff"], "path must be UTF-8"),
        (["compare", "\udcff"], r"\udcff: no such folder"),
        (["run", "\udcff"], r"\udcff: no such file"),
    ],
)
def test_options_that_cannot_be_used_are_refused(
    made: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: str,
) -> None:
    """Each is one line that names the option, and the exit code is 2."""
    monkeypatch.chdir(made.parent)
    refused(capsys, arguments, words)


def test_a_threshold_that_is_no_number_is_refused(made: Path) -> None:
    """From Python as well, where nothing stands before it."""
    for threshold in (float("nan"), float("inf"), -1.0):
        with pytest.raises(InputError, match="--threshold: .*must be a finite number"):
            discover_failures(made, threshold=threshold)


def test_a_share_of_nothing_is_said(driven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What matters as a share of a baseline of 0 is not known, and discover says what it does."""
    path = driven / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["config"]["metrics"]["identified"]["relative_to"] = "extra_identified"
    path.write_text(json.dumps(manifest))
    assert cli.call(["discover", str(driven)]) == 0
    out = capsys.readouterr().out
    assert "which is 0 or unknown there, so any difference counts as a failure" in out


# Whose fault an error is.


def caused(cause: BaseException) -> Exception:
    """An error as a rule's own arrives: the cause of another."""
    error = ValueError("the rule failed")
    error.__cause__ = cause
    return error


def test_want_of_memory_is_the_machines_fault_and_a_rules_file_is_not() -> None:
    """A MemoryError is tried again wherever it shows; an OSError of a rule is the rule's."""
    assert is_of_machine(MemoryError())
    assert is_of_machine(caused(MemoryError()))
    assert is_of_machine(OSError("no space"))
    assert not is_of_machine(caused(OSError("its own file")))
    assert not is_of_machine(ValueError("nothing else"))


def test_errors_are_shown_on_one_line_without_what_does_not_print() -> None:
    """Controls, turned writing and halves of characters become escapes; other text stays."""
    assert visible("a\x1b[2J\u202eb\udc80\nc é") == r"a\x1b[2J\u202eb\udc80\nc é"
    report = GroupReport("g")
    cell = expand(small_experiment())[0].cells[0]
    report.failed([cell], ValueError("two\nlines\u202e"))
    assert [one.error for one in report.failures] == [r"ValueError: two\nlines\u202e"]


def test_half_a_character_breaks_neither_log_nor_manifest(tmp_path: Path) -> None:
    """An error text that UTF-8 does not have is written, and read again."""
    from streetlight.experiments.running.store import Store

    with Store(tmp_path / "small", "small") as store:
        store.log("failed: \udc80\u202e\nnext")
        store.write_manifest({"experiment": "small", "error": "\udc80"})
        assert store.manifest() == {"experiment": "small", "error": "\udc80"}
    lines = (tmp_path / "small/log.txt").read_text(encoding="utf-8").splitlines()
    assert lines == [r"failed: \udc80\u202e", "next"]


# Figures.


def raises(*_args: Any) -> Any:
    """As a figure that has a fault."""
    raise ZeroDivisionError("on \x1bpurpose")


def test_a_run_names_the_figure_that_failed_and_draws_the_others(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a problem of the run, its traceback is in the log, and it is told once."""
    from streetlight.experiments.running.runner import Session
    from streetlight.experiments.running.store import Store

    monkeypatch.setattr(plans, "regret", raises)
    monkeypatch.setattr(figures, "FIGURES", ("regret", "iceberg", "maps"))
    session = Session.__new__(Session)
    session.result, session.progress = RunResult(made), Progress("silent")
    session.store, session.made, session.drawn = Store(made, "made_up"), None, []
    session._draw()
    session._draw()
    assert session.result.problems == [r"figure regret: ZeroDivisionError: on \x1bpurpose"]
    assert session.result.exit_code == 1
    assert "in raises" in (made / "log.txt").read_text()
    drawn = {path.stem for path in session.result.figures}
    assert drawn == {"iceberg", "maps"}
    assert (made / "figures" / "iceberg.svg").is_file()


def test_what_is_drawn_is_one_of_three(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A word that is none of them is refused by run and report."""
    with pytest.raises(InputError, match="figures: some: must be one of none, page, all"):
        run(small_experiment(), made, engine=FAKE, figures="some")
    for word in ("some", "none"):
        words = f"--figures: {word}: a report is a page; must be one of page, all"
        refused(capsys, ["report", str(made), "--figures", word], words)


# Streams and Ctrl-C.


def started(arguments: str) -> subprocess.CompletedProcess[str]:
    """The command by a shell, which closes or cuts streams."""
    line = f'"{sys.executable}" -m streetlight.experiments {arguments}'
    return subprocess.run(
        ["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_progress_without_standard_error_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program without standard error gets none of it on standard output."""
    monkeypatch.setattr(sys, "stderr", None)
    progress = Progress()
    assert progress.manner == "silent"
    progress.start(4, 0)
    progress.group("g", ["a/b/0"], [("a/b/1", "error")], 4)
    progress.finish()


def test_closed_streams_are_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    """With standard error closed the output is the same; a reader that leaves hears nothing."""
    closed = started("regions --json 2>&-")
    assert cli.call(["regions", "--json"]) == 0
    assert (closed.returncode, closed.stdout) == (0, capsys.readouterr().out)
    left = started("params --json | true; exit ${PIPESTATUS[0]}")
    assert (left.returncode, left.stderr) == (1, "")
    both = started("nothing 2>&- >&-")
    assert both.returncode == 2


def test_ctrl_c_while_modules_are_loaded_prints_nothing() -> None:
    """The exit code is 130 and there is no traceback, however early it comes."""
    code = (
        "import os, signal, sys, threading\n"
        "class Finder:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'typer':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from streetlight.experiments.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60,
        check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_console_without_a_letter_prints_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """A title in letters that the console lacks is printed with question marks, exit code 0."""
    (tmp_path / "own.yaml").write_text(
        'title: "\u0141\u00f3d\u017a first"\nregion: {synthetic: {n_communities: 4}}\n'
        "policies: [per_youth]\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["streetlight", "check", "own.yaml", "--no-probe"])
    console, errors = (TextIOWrapper(BytesIO(), encoding=encoding) for _ in range(2))
    monkeypatch.setattr(sys, "stdout", console)
    monkeypatch.setattr(sys, "stderr", errors)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    printed = console.buffer.getvalue()
    assert printed.startswith(b"?") and b"d? first" in printed.splitlines()[0]


def test_a_recorded_failure_of_other_types_is_none(tmp_path: Path) -> None:
    """A record whose error is no text is passed over, and its run is done again."""
    from streetlight.experiments.running.store import Store

    with Store(tmp_path / "small", "small") as store:
        store.record_failure("a", {"run_id": "x", "error": "y", "traceback": "z"})
        (tmp_path / "small/failures/b.json").write_text('{"error": 3, "traceback": "z"}')
        assert list(store.failures()) == ["a"]
