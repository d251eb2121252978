"""What commands and the report say of a region file, and of the words for money."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from streetlight.experiments.cli import call
from streetlight.experiments.config.loading import load
from streetlight.experiments.currency import in_currency, speaking
from streetlight.experiments.experiment import ConfigError
from streetlight.experiments.report import assumptions, sure
from streetlight.experiments.report.rounded import dollars
from streetlight.model.outcome_places import lowest_of_classes

PLACES = "code,name,population,youth,colour\n01,A,90000,8000,red\n02,B,7000,700,blue\n"
FILE = """title: "Two places"
region:
  csv: places.csv
  columns: {id: code}
currency: GBP
policies: [per_youth]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a region file and an experiment, as the working folder."""
    (tmp_path / "places.csv").write_text(PLACES)
    (tmp_path / "mine.yaml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_regions_check_says_what_is_understood(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that lacks a line is refused with it; with the line all that was read is printed."""
    assert call(["regions", "check", "places.csv"]) == 2
    told = 'places.csv:1: column "code": seems to be id; add  columns: {id: code}\n'
    assert capsys.readouterr().err == told
    assert call(["regions", "check", "mine.yaml"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "mine.yaml: understood"
    assert "  read: id from code, name, population, youth" in lines
    assert "  not used: colour" in lines
    assert any(line.startswith("  poverty_share: not given in all places") for line in lines)
    assert lines[-1].startswith("  the first by id: 01 A: 90,000 residents, 8,000 youth")


@pytest.mark.parametrize("command", [["check", "--no-probe"], ["show"]])
def test_gaps_are_told_before_anything_runs(
    folder: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """`check` and `show` name the columns that are not used and what stands in for gaps."""
    assert call([*command, "mine.yaml"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "region" in text and "not used: colour" in text
    assert "place_class: not given in all places; filled in: by population, 1 small metro" in text


def test_a_wrong_argument_has_a_caret_under_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line of the file is shown, and the place in it, also for values that a region refuses."""
    text = FILE.replace("{id: code}", "{id: code}\n  where: {colour: [red, bleu]}")
    (folder / "mine.yaml").write_text(text)
    assert call(["check", "--no-probe", "mine.yaml"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "mine.yaml:5:25: where: colour: 'bleu': no row has this value (did you mean \"blue\"?)",
        "  |",
        "5 |   where: {colour: [red, bleu]}",
        "  |                         ^",
    ]


def test_the_line_shown_is_that_of_the_file_as_it_is_now(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that was changed between two calls is read again, in one process too."""
    for colour in ("bleu", "grene"):
        text = FILE.replace("{id: code}", f"{{id: code}}\n  where: {{colour: [{colour}]}}")
        (folder / "mine.yaml").write_text(text)
        assert call(["check", "--no-probe", "mine.yaml"]) == 2
        assert f"5 |   where: {{colour: [{colour}]}}" in capsys.readouterr().err


def test_keys_of_a_file_need_a_file(folder: Path) -> None:
    """What says how a file is read is refused where none is."""
    (folder / "mine.yaml").write_text(
        'title: "x"\nregion: {us_counties: {}, decimal: ","}\npolicies: [per_youth]\n'
    )
    with pytest.raises(ConfigError, match="decimal: says how the file of csv is read"):
        load(folder / "mine.yaml")


def test_the_report_says_what_the_region_did_not(folder: Path) -> None:
    """The fold has every gap; the page itself says where numbers of the United States stand in."""
    study = SimpleNamespace(config=load(folder / "mine.yaml").resolved())
    block = assumptions.region(study)  # type: ignore[arg-type]
    assert block["title"] == "What your region did not say" and block["fold"] is False
    assert "Not used: 1 column of the file" in block["text"]  # no name leaves the file
    assert sure.of_the_region(study) == [  # type: ignore[arg-type]
        "The region’s file does not say how many live in poverty and what kind each place is: "
        "values for the United States stand in."
    ]
    built_in = SimpleNamespace(config=load("tiny").resolved())
    assert assumptions.region(built_in) == {}  # type: ignore[arg-type]


def test_money_has_the_words_of_its_currency() -> None:
    """Pounds are never called dollars or cents, and outside of a study nothing is changed."""
    with speaking({"currency": "GBP"}):
        assert dollars(161e6) == "GBP 161 million"
        assert dollars(0.5) == "GBP 0.50"
        assert in_currency("dollars a year") == "GBP a year"
    assert dollars(0.5) == "50 cents" and in_currency("dollars") == "dollars"


def test_a_file_in_pounds_never_speaks_of_dollars(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check` and `show` count in the file's currency, in titles and metrics too."""
    (folder / "mine.yaml").write_text(
        FILE + "budget: [0.5, 30]\nmetrics: [identified, unspent]\nreplications: 8\n"
    )
    assert call(["check", "--no-probe", "mine.yaml"]) == 0
    text = capsys.readouterr().out
    assert "per_youth_3000_cents has 30 GBP per resident per year" in text and "dollar" not in text
    assert call(["show", "mine.yaml"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "per_youth_50_cents is called: By number of youth, GBP 0.50" in text
    assert "money unspent (GBP) less 5% of the baseline's money allocated" in text
    assert "$" not in text and "dollar" not in text


def test_a_class_with_few_youth_is_not_the_worst_off() -> None:
    """Of 99 youth no share is told; with 100 the class counts."""
    shares = {"large_metro": 0.3, "small_metro": 0.2, "town": np.nan, "rural": 0.0}
    metrics = {f"x_{name}": share for name, share in shares.items()}
    places = {name: np.arange(4) == k for k, name in enumerate(shares)}
    youth = np.array([500.0, 100.0, 500.0, 99.0])
    assert lowest_of_classes(metrics, "x", places, youth) == 0.2
    youth[3] = 100.0
    assert lowest_of_classes(metrics, "x", places, youth) == 0.0
