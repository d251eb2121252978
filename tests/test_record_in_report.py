"""A record of one's own in the report of an experiment: its shape beside that of the futures."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_engine import FAKE

from streetlight.experiments.analyse import likeness, own_record
from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import Experiment, Future
from streetlight.experiments.report.own_record import own_record as block_of
from streetlight.experiments.running import runner
from streetlight.model.inference.shape import PATTERNS
from streetlight.model.parameters import Parameters

PLACES = "id,name,population,youth\n" + "".join(
    f"P{i:02},Place {i},{50_000 * (i + 1)},{5_000 * (i + 1)}\n" for i in range(12)
)
COUNTS = "place,2019,2020,2021\n" + "".join(f"P{i:02},{3 * i},{2 * i},{i % 4}\n" for i in range(12))


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """An experiment of twelve places with a record, in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("places.csv").write_text(PLACES, encoding="utf-8")
    Path("counts.csv").write_text(COUNTS, encoding="utf-8")
    Path("mine.yaml").write_text(
        "title: x\nregion: {csv: places.csv}\nrecord: {csv: counts.csv}\n"
        "horizon: 1\nreplications: 1\npolicies: [per_youth]\n"
        "parameters: {attention.reading: even}\n",
        encoding="utf-8",
    )
    return load("mine.yaml")


def told(**changes: Any) -> dict[str, Any]:
    """A comparison as a folder holds it: all inside but the last pattern, the first untold."""
    patterns: dict[str, Any] = dict.fromkeys(PATTERNS, [0.5, 0.4, 0.2, 0.6])
    names = [*PATTERNS]
    patterns |= {names[0]: None, names[-1]: [0.9, 0.4, 0.2, 0.6]}
    plain = {"key": "k", "worlds": 20, "of": "reports", "alike": True, "as_far": 3}
    return plain | {"patterns": patterns} | changes


def shown(folder: Path, found: object) -> Any:
    """The block of a folder that holds this comparison."""
    (folder / own_record.FILE).write_text(json.dumps(found), encoding="utf-8")
    return block_of(SimpleNamespace(folder=folder))  # type: ignore[arg-type]


def test_the_record_is_shown_beside_the_worlds(tmp_path: Path) -> None:
    """Sentence and table say whether it looks alike, and where each number lies."""
    block = shown(tmp_path, told())
    assert "looks like what the futures of this study make" in block["text"][0]
    assert "20 worlds, three are as far" in block["text"][0]
    rows = [[cell["text"] for cell in row["cells"]] for row in block["table"]["rows"]]
    assert rows[0][-1] == "cannot be told"
    assert rows[1] == ["0.50", "0.40", "0.20 to 0.60", "inside"]
    assert rows[-1] == ["0.90", "0.40", "0.20 to 0.60", "outside"]
    assert "does not look like" in shown(tmp_path, told(alike=False))["text"][0]
    refused = shown(tmp_path, {"refused": "the record is too small"})
    assert refused["text"] == [
        "The record that the file names was not compared: the record is too small."
    ]


@pytest.mark.parametrize(
    "found",
    [[], {}, told(worlds=10**9), told(as_far=21), told(of="calls"), told(alike="yes"),
     told(patterns=[]), told(patterns={}), told(patterns=dict.fromkeys(PATTERNS, [1.0])),
     told(patterns=dict.fromkeys(PATTERNS, ["1", 0.4, 0.2, 0.6]))],
)  # fmt: skip
def test_a_damaged_comparison_is_not_shown(tmp_path: Path, found: object) -> None:
    """Nothing of a file that another hand wrote is taken on trust."""
    assert shown(tmp_path, found) == {}


def test_worlds_are_spread_over_the_futures(mine: Experiment) -> None:
    """Twenty worlds: every second of 39 futures, or each of two ten times."""

    even = Parameters().with_values({"attention.reading": "even"})

    def with_futures(n: int) -> list[float]:
        futures = tuple(
            Future.of(f"f{i}", {"spell.exit_hazard": (i + 1) / 1000.0}, base=even) for i in range(n)
        )
        chosen = own_record.chosen_parameters(dataclasses.replace(mine, futures=futures))
        return [round(1000.0 * p.spell.exit_hazard) for p in chosen]

    assert with_futures(39) == [*range(1, 40, 2)]
    assert with_futures(2) == [1, 2] * 10


def test_a_record_is_compared_once(mine: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder holds the shape and no count; a new record is compared anew, none is forgotten."""
    looked: list[int] = []
    run_world = likeness.compared_with

    def counting(*given: Any, **more: Any) -> Any:
        looked.append(1)
        return run_world(*given, **more)

    monkeypatch.setattr(likeness, "compared_with", counting)

    def run(experiment: Experiment) -> str:
        done = runner.run(experiment, "out", engine=FAKE, workers=1)
        assert not done.problems
        return (done.folder / "report.html").read_text(encoding="utf-8")

    assert "Your record beside" in run(mine) and "Your record beside" in run(mine)
    assert len(looked) == 1
    found = json.loads(Path("out", own_record.FILE).read_text(encoding="utf-8"))
    assert set(found) == {"key", "worlds", "of", "alike", "as_far", "patterns"}
    assert found["patterns"]["zeros"][0] == pytest.approx(5 / 36)
    counts = dataclasses.replace(mine.record.counts, reports=mine.record.counts.reports[::-1])
    run(dataclasses.replace(mine, record=dataclasses.replace(mine.record, counts=counts)))
    assert len(looked) == 2
    assert "Your record beside" not in run(dataclasses.replace(mine, record=None))
    assert not Path("out", own_record.FILE).exists()


def test_a_quick_version_of_fewer_places_has_no_record(mine: Experiment) -> None:
    """Counts are of all places: with all of them --quick keeps the record."""
    assert mine.quickened().record is mine.record
