"""What is written is true: pages made from code, the data dictionary, the README, the links."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from pathlib import Path
from typing import get_args

import pyarrow.parquet as pq
import pytest
from fake_engine import FAILING, small_experiment

from docs import generate
from streetlight.experiments.config.loading import load
from streetlight.experiments.design_table import ColumnKind
from streetlight.experiments.experiment import Precision
from streetlight.experiments.running.progress import Progress
from streetlight.experiments.running.runner import run

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny experiment over one year."""
    folder = tmp_path_factory.mktemp("docs") / "tiny"
    experiment = dataclasses.replace(load("tiny"), horizon=1)
    assert run(experiment, folder, workers=1, figures="none").exit_code == 0
    return folder


def test_the_pages_made_from_code_are_current() -> None:
    """`python -m docs.generate` would change no file."""
    assert list(generate.stale()) == []


def test_a_check_names_the_pages_that_are_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page that is missing or was edited is named by a check and repaired without one."""
    pages = {"docs/one.md": lambda: "one\n", "docs/two.md": lambda: "two\n"}
    monkeypatch.setattr(generate, "PAGES", pages)
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/one.md").write_text("one\n", encoding="utf-8")
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/two.md: is stale\n"
    assert generate.main([]) == 0
    assert (tmp_path / "docs/two.md").read_text(encoding="utf-8") == "two\n"
    (tmp_path / "docs/one.md").write_text("edited\n", encoding="utf-8")
    assert list(generate.stale()) == ["docs/one.md"]
    assert generate.main([]) == generate.main(["--check"]) == 0


def test_the_symbols_of_the_model_are_in_its_code() -> None:
    """Every name that the table of symbols gives for the code is a word of it."""
    rows = (ROOT / "docs/model.md").read_text(encoding="utf-8").split("## 12. Symbols")[1]
    names = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\|[^|]*\|([^|]*)\|", rows, re.M))))
    code = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "model").rglob("*.py"))
    assert len(names) > 50
    assert names <= set(re.findall(r"\w+", code))


def described(name: str) -> list[str]:
    """The columns that the data dictionary describes for a file."""
    page = (ROOT / "docs/data-dictionary.md").read_text(encoding="utf-8")
    section = page.split(f"## {name}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.M)


@pytest.mark.parametrize("name", ["runs", "communities", "groups", "levers", "series", "measures"])
def test_the_data_dictionary_describes_the_tables(results: Path, name: str) -> None:
    """Every column of a table is in the dictionary, and no other."""
    columns = pq.read_schema(results / f"{name}.parquet").names
    assert sorted(described(f"{name}.parquet")) == sorted(columns)


@pytest.mark.parametrize("name", ["comparison", "robustness", "regret", "pareto"])
def test_the_data_dictionary_describes_the_comparison(results: Path, name: str) -> None:
    """Every column of the CSV files is in the dictionary in its order, and no other."""
    with (results / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        columns = [one for one in next(csv.reader(file)) if not one.startswith("gap_to_")]
    assert described(f"{name}.csv") == columns


def test_the_data_dictionary_describes_the_design(results: Path) -> None:
    """Columns of design.parquet that are no parameters are in the dictionary, and no other.

    Every kind of column that a parameter can have is described.
    """
    schema = pq.read_schema(results / "design.parquet")
    columns = [name for name in schema.names if "." not in name]
    assert described("design.parquet") == columns
    page = (ROOT / "docs/data-dictionary.md").read_text(encoding="utf-8")
    kinds = {schema.field(name).metadata[b"kind"] for name in schema.names if "." in name}
    assert kinds == {b"switch"}
    for kind in get_args(ColumnKind):
        assert f"\n| {kind} | " in page


def test_the_data_dictionary_describes_the_precision(results: Path) -> None:
    """Every column of precision.csv is in the dictionary, and no other."""
    with (results / "precision.csv").open(encoding="utf-8", newline="") as file:
        assert described("precision.csv") == next(csv.reader(file))


def test_the_python_of_the_results_page_runs(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The notebook example does what it says, on the results of the tiny experiment."""
    (results.parent / "results").mkdir()
    (results.parent / "results" / "tiny").symlink_to(results)
    monkeypatch.chdir(results.parent)
    text = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    exec(compile(block, "docs/results.md", "exec"), {"__name__": "page"})
    assert "tiny done" in capsys.readouterr().out


def test_the_results_page_lists_the_events(tmp_path: Path) -> None:
    """Every event and field that a run prints is in the table of docs/results.md."""
    page = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.M))
    stream = io.StringIO()
    experiment = small_experiment(precision=Precision("known", 1e9, least=2), replications=2)
    run(experiment, tmp_path / "small", workers=1, engine=FAILING, figures="none",
        progress=Progress("events", stream))  # fmt: skip
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {one["event"] for one in events} == set(rows)
    for one in events:
        fields = set(one) - {"event"}
        assert fields == set(re.findall(r"`(\w+)`", rows[one["event"]])), one["event"]


def test_the_python_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every Python block of the README does what a reader would try."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {"__name__": "readme"})
    assert "poverty_need" in capsys.readouterr().out


def test_the_yaml_of_the_readme_is_a_valid_experiment(tmp_path: Path) -> None:
    """The README's experiment passes the checks."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)[0]
    path = tmp_path / "my_idea.yaml"
    path.write_text(block, encoding="utf-8")
    assert load(str(path)).horizon == 10


def test_the_yaml_of_the_page_on_futures_is_valid(tmp_path: Path) -> None:
    """Every YAML block of docs/futures.md passes the checks, added to a small experiment."""
    text = (ROOT / "docs/futures.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    region = "region: {synthetic: {n_communities: 400, seed: 1}}"
    names = []
    for i, block in enumerate(blocks):
        path = tmp_path / f"block_{i}.yaml"
        path.write_text(f'title: "x"\n{region}\npolicies: [per_youth]\n{block}', encoding="utf-8")
        names.append([future.name for future in load(path).futures])
    assert len(names) == 8
    assert names[4] == [
        "central", "denial_ratio_low", "denial_ratio_high", "assessment_utilisation_0_8",
        "assessment_utilisation_1_1", "switches_denial_false",
    ]  # fmt: skip
    assert (len(names[3]), len(names[5])) == (96, 12)


def test_contributing_shows_every_room_of_the_model() -> None:
    """Folders and files of model/ are all named, and the table of rooms names no others."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {f"{path.parent.name}/" for path in (ROOT / "model").glob("*/__init__.py")}
    rooms |= {path.name for path in (ROOT / "model").glob("*.py")} - {"__init__.py"}
    assert [room for room in sorted(rooms) if f"`{room}`" not in page] == []
    table = re.findall(r"^\| \d+ \| `([\w/.]+)` \| (?:`([\w/.]+)`)?", page, re.M)
    assert len(table) == 15
    assert [row for row in table if not (ROOT / "model" / "".join(row)).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    """Every path in the folders of the source that stands in backquotes exists."""
    folders = "docs|experiments|model|streetlight|studies|tests"
    named = re.findall(rf"`((?:{folders})/[\w/.]*)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link and picture of a page exists."""
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
