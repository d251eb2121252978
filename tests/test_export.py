"""What `streetlight export` writes: tidy tables, numbers as numbers, nothing that runs."""

from __future__ import annotations

import csv
import re
import sys
import zipfile
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from made_results import Folder, metric

from streetlight.experiments.analyse.study import open_study
from streetlight.experiments.commands.export import export_results, write_xlsx
from streetlight.experiments.commands.report import report_results
from streetlight.experiments.exports import Sheet, sheets
from streetlight.model.errors import InputError

FOUND = {"none": [[20.0, 20.0]] * 2, "plan": [[12.0, 12.0], [16.0, 16.0]]}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A plan that finds six fewer, called by what a spreadsheet would run."""
    about = {"budget": 0.5, "mix": {"training": 1.0}, "settings": {}, "uses_oracle": False}
    config = {
        "policies": {"none": about | {"budget": 0.0}, "plan": about | {"title": "=1+1"}},
        "futures": {"a": {"assessment.utilisation": 1.1}, "b": {}},
        "future_titles": {"a": "@home"},
    }
    made = Folder({"identified": FOUND}, [metric("identified")], config=config)
    return made.write(tmp_path / "results")


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_headlines_hold_levels_and_differences(results: Path) -> None:
    """A row a headline and plan, with the change as a share; negative numbers are plain numbers."""
    assert export_results(results) == 0
    rows = rows_of(results / "export" / "headlines.csv")
    row = next(one for one in rows if (one["measure"], one["plan"]) == ("identified", "plan"))
    assert (row["headline"], row["mean"], row["base"]) == ("youth found", "14", "20")
    assert (row["difference"], row["change"], row["unit"]) == ("-6", "-0.3", "youth")
    assert row["verdict"] == "clearly worse"
    assert {one["measure"] for one in rows} == {"identified", "all_reports"}


def test_text_that_would_run_is_marked_and_numbers_are_not(results: Path) -> None:
    """Titles of formulas get an apostrophe; nothing else has one."""
    export_results(results)
    titles = {one["plan"]: one["plan_title"] for one in rows_of(results / "export" / "plans.csv")}
    assert titles["plan"] == "'=1+1"
    assert not titles["none"].startswith("'")
    futures = rows_of(results / "export" / "futures.csv")
    assert [tuple(one.values()) for one in futures] == [
        ("a", "'@home", "named", "assessment.utilisation", "1.1"), ("b", "B", "named", "", ""),
    ]  # fmt: skip
    for one in rows_of(results / "export" / "measures.csv"):
        for name in ("mean", "low", "high", "base", "difference"):
            assert re.fullmatch(r"-?[\d.e+-]+|", one[name]), one


def test_measures_have_a_row_wherever_something_is_defined(results: Path) -> None:
    """Futures by title, years by number, and no row of blanks."""
    found = sheets(open_study(results))["measures"]
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    titles = {one["future_title"] for one in rows}
    assert titles == {"@home", "B", "all futures"}
    assert all(isinstance(one["mean"], float) for one in rows)
    assert {one["year"] for one in rows if one["measure"] == "reports"} == {0, 1, 2}


def test_a_workbook_holds_text_as_text(results: Path, tmp_path: Path) -> None:
    """No cell of any sheet is a formula or a link, and numbers are stored as numbers."""
    path = tmp_path / "book.xlsx"
    assert export_results(results, out=path) == 0
    with zipfile.ZipFile(path) as book:
        pages = {name: book.read(name).decode() for name in book.namelist()}
    sheets_of = [text for name, text in pages.items() if "worksheets/" in name]
    assert len(sheets_of) == 5
    assert not any("<f>" in text or "<hyperlink" in text for text in sheets_of)
    assert "=1+1" in "".join(sheets_of)
    assert any(re.search(r'<c r="I\d+"><v>-6</v>', text) for text in sheets_of)
    assert 'name="headlines"' in pages["xl/workbook.xml"]


def test_without_the_package_the_extra_is_named(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workbook needs XlsxWriter, and what is said tells how to get it; CSV needs nothing."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(InputError, match=r'extra "excel"'):
        export_results(results, to="xlsx")
    assert export_results(results, to="csv") == 0


def test_what_cannot_be_written_is_said(results: Path, tmp_path: Path) -> None:
    """An unknown kind, a file where a folder should be, and a sheet that is too long."""
    with pytest.raises(InputError, match="must be csv or xlsx"):
        export_results(results, to="xls")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="is a file; name a folder"):
        export_results(results, out=tmp_path / "file")
    with pytest.raises(InputError, match="no such folder"):
        export_results(tmp_path / "nowhere")
    long = Sheet(("x",), [(1,)] * 1_048_576)
    with pytest.raises(InputError, match="more than a sheet holds"):
        write_xlsx(tmp_path / "long.xlsx", {"measures": long})


def test_files_of_ones_own_are_not_written_over(results: Path, tmp_path: Path) -> None:
    """A file that is no export, page or table of ours stays; one that is gets replaced."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "measures.csv").write_text("precious\n")
    (mine / "mine.yaml").write_text("precious\n")
    refusals = [
        (lambda: export_results(results, out=mine), "measures.csv: is there already, and no table"),
        (lambda: export_results(results, to="xlsx", out=mine / "mine.yaml"), "and no workbook"),
        (lambda: report_results(results, out=mine / "mine.yaml"), "and no page of Streetlight"),
    ]
    for write, said in refusals:
        with pytest.raises(InputError, match=said):
            write()
    assert {one.name: one.read_text() for one in mine.iterdir()} == {
        "measures.csv": "precious\n", "mine.yaml": "precious\n",
    }  # fmt: skip
    (mine / "measures.csv").unlink()
    assert [export_results(results, out=mine), export_results(results, out=mine)] == [0, 0]


def test_a_plan_of_which_no_run_is_left_has_no_rank(results: Path) -> None:
    """It stays out of the page, as one all of whose runs failed does."""
    path = results / "runs.parquet"
    table = pq.read_table(path)
    pq.write_table(table.filter(pc.not_equal(table["policy"], "plan")), path)
    assert open_study(results).ranked == ()
