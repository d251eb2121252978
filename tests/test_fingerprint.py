"""The fingerprint: what a run left is found unchanged, and every change is named."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from fake_engine import FAKE, small_experiment

from streetlight.experiments.analyse import fingerprint as module
from streetlight.experiments.analyse.fingerprint import fingerprint, in_meta, sealed
from streetlight.experiments.commands.verify import verify
from streetlight.experiments.report.brief import write_brief
from streetlight.experiments.report.write import write_report
from streetlight.experiments.running.runner import run
from streetlight.model.errors import InputError

PAGE = '<!doctype html><meta name="streetlight-fingerprint" content="{}"><p>Ahead: per youth.</p>'


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """The results of the small experiment."""
    folder = tmp_path / "small"
    run(small_experiment(), folder, workers=1, engine=FAKE, figures="none")
    return folder


def told(path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What does not match, without the path."""
    assert verify(path) == 1
    return capsys.readouterr().err.replace(f"{path}: ", "").splitlines()


def report(folder: Path) -> Path:
    """A page of these results."""
    path = folder / "report.html"
    path.write_text(sealed(PAGE.format(in_meta(fingerprint(folder)))), encoding="utf-8")
    return path


def test_what_a_run_left_matches(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing was touched: exit code 0, and a short form for people."""
    assert verify(results) == 0
    line = capsys.readouterr().out
    assert re.search(r"and 12 files match; fingerprint ([0-9a-f]{4} ){3}[0-9a-f]{4}$", line.strip())


def test_the_hashes_are_sha_256_of_the_files(results: Path) -> None:
    """Anyone can check them with other tools."""
    kept = json.loads((results / "manifest.json").read_text(encoding="utf-8"))["fingerprint"]
    data = (results / "runs.parquet").read_bytes()
    assert kept["files"]["runs.parquet"] == hashlib.sha256(data).hexdigest()
    assert "measures.parquet" in kept["files"] and "manifest.json" not in kept["files"]


def test_the_same_study_has_the_same_fingerprint(results: Path, tmp_path: Path) -> None:
    """Done again elsewhere it is equal; with another seed it is not."""
    run(small_experiment(), tmp_path / "again", workers=1, engine=FAKE, figures="none")
    assert fingerprint(results) == fingerprint(tmp_path / "again")
    run(small_experiment(seed=4), tmp_path / "other", workers=1, engine=FAKE, figures="none")
    assert fingerprint(results)["short"] != fingerprint(tmp_path / "other")["short"]


def test_a_changed_a_missing_and_an_added_file_are_named(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line each, exit code 1."""
    table = results / "comparison.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("1", "2", 1), encoding="utf-8")
    (results / "precision.csv").unlink()
    (results / "region.csv").write_text("id\n", encoding="utf-8")
    assert told(results, capsys) == [
        "comparison.csv: was changed after the run", "precision.csv: is missing",
        "region.csv: was added after the run",
    ]  # fmt: skip


def test_changed_settings_are_named(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A horizon that was edited in the manifest is not the one that was run."""
    path = results / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["config"]["horizon"] = 7
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert told(results, capsys) == [
        "settings: the configuration in manifest.json is not the one that was run"
    ]


def test_another_version_of_the_model_is_named(
    results: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers of another version are whole, but this one would not give them."""
    monkeypatch.setattr(module, "code_hash", lambda: "0" * 64)
    (line,) = told(results, capsys)
    assert line.startswith("code: made with another version of the model")


def test_a_page_is_checked_with_its_results_and_without(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside its results a page is compared with them; alone it is checked by itself."""
    page = report(results)
    assert verify(page) == 0
    alone = tmp_path / "sent.html"
    alone.write_bytes(page.read_bytes())
    assert verify(alone) == 0
    assert "its results are not beside it" in capsys.readouterr().out
    alone.write_text(
        page.read_text(encoding="utf-8").replace("per youth", "towns"), encoding="utf-8"
    )
    assert told(alone, capsys) == ["sent.html: was changed after it was written"]


def test_a_page_of_other_results_is_named(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tables that were made anew since the page was written are not the page's."""
    page = report(results)
    (results / "regret.csv").write_text("other\n", encoding="utf-8")
    (line,) = told(page, capsys)
    assert line.startswith("files: not those of the results beside it")


def test_what_has_no_fingerprint_is_bad_input(results: Path, tmp_path: Path) -> None:
    """A page of something else, a folder of nothing, and a run that has not ended."""
    (tmp_path / "other.html").write_text("<p>Hello", encoding="utf-8")
    with pytest.raises(InputError, match="is no report with a fingerprint"):
        verify(tmp_path / "other.html")
    with pytest.raises(InputError, match="no such folder"):
        verify(tmp_path / "nowhere")
    path = results / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) | {"fingerprint": None}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError, match="holds no fingerprint"):
        verify(results)


def test_the_report_and_the_brief_hold_it(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pages made of a folder match it, and say its fingerprint in short."""
    for page in (write_report(results), write_brief(results)):
        assert verify(page) == 0
        assert "12 files match" in capsys.readouterr().out
    text = (results / "report.html").read_text(encoding="utf-8")
    assert f"Fingerprint {fingerprint(results)['short']}" in text
