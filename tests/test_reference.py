"""The reference runs come out as they are kept, and the changelog names what is kept."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reference import columns, digest, files, names, tables
from reference.update import ENTRY
from reference.worlds import GOLDEN

CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"
COMMAND = "python -m tests.reference.update"
#: Two rows of reports in a table of results.
ROWS = pd.DataFrame({"policy": ["b", "a"], "reports": [2, 1], "share": [0.25, 0.5]})


# ------------------------------------------------------------------------------ the runs


@pytest.mark.parametrize("golden", GOLDEN)
def test_reference_runs_come_out_as_they_are_kept(golden: str) -> None:
    """Whole numbers and texts are equal and measured numbers agree to 1e-9, run by run."""
    lines = files.moved(files.read(golden), files.content_of(golden))
    assert not lines, (
        f"{len(lines)} values of {golden} moved. If they are meant to, run `{COMMAND}`, which "
        "prints the entry that CHANGELOG.md then needs:\n" + "\n".join(lines[:40])
    )


def test_the_changelog_names_the_reference_runs() -> None:
    """An entry RESULTS CHANGE holds the digest of the files, so that none changes in silence."""
    entries = re.split(r"^- ", CHANGELOG.read_text(encoding="utf-8"), flags=re.MULTILINE)
    marked = [entry for entry in entries if entry.startswith("**RESULTS CHANGE**")]
    assert any(f"`{files.digest()}`" in entry for entry in marked), (
        f"tests/reference/*.json are not those that CHANGELOG.md names. Run `{COMMAND}`, look at "
        f"what moved, and write in CHANGELOG.md:\n{ENTRY.format(files.digest())}"
    )


def test_everything_is_in_use() -> None:
    """Each switch, choice, rule, lever, shock and stub gives other runs than without it."""
    kept = files.read("everything")
    runs = list(zip(*kept["columns"].values(), strict=True))
    of = dict(zip(kept["runs"], map(str, runs), strict=True))
    single = ("tight capacity", "decisions at once", "a placebo with weight")
    unmoved = {
        name for name, run in of.items()
        if run == of["long steps" if name.startswith(("switch", "choice", *single)) else "as it is"]
    }  # fmt: skip
    assert unmoved == {"as it is"}
    rules = [run for name, run in of.items() if name.startswith("rule ")]
    assert len(rules) == len(set(rules))


# --------------------------------------------------------------- what is kept of a column


def test_a_column_of_whole_numbers_is_kept_exactly() -> None:
    """Its sum stands before the hash, which tells two columns of the same sum apart."""
    one, other = columns.kept_of(np.array([1, 2, 4])), columns.kept_of(np.array([2, 1, 4]))
    assert str(one).startswith("7 ") and str(other).startswith("7 ")
    assert not columns.agree(one, other)
    assert columns.agree(one, columns.kept_of(np.array([1, 2, 4], np.int8)))


@pytest.mark.parametrize(("change", "same"), [(1e-12, True), (1e-6, False)])
def test_measured_columns_agree_up_to_rounding(change: float, same: bool) -> None:
    """A billionth of the column's size is rounding, a millionth is a change."""
    values = np.array([1.0, -2.0, np.nan, 3.0])
    moved = values + np.array([change, 0.0, 0.0, 0.0])
    assert columns.agree(columns.kept_of(values), columns.kept_of(moved)) is same


def test_measured_values_that_change_places_are_noticed() -> None:
    """The weighted sum of (1, 2), with weights 0.618 and 0.236, is not that of (2, 1)."""
    one, other = columns.kept_of(np.array([1.0, 2.0])), columns.kept_of(np.array([2.0, 1.0]))
    assert one[:2] == other[:2] == [2, 3]
    assert one[2] == pytest.approx(0.6180339887 + 2 * 0.2360679775, rel=1e-9)
    assert not columns.agree(one, other)


def test_a_value_that_becomes_undefined_is_noticed() -> None:
    """Only finite values count."""
    one, other = np.array([0.0, 1.0]), np.array([np.nan, 1.0])
    assert not columns.agree(columns.kept_of(one), columns.kept_of(other))


def test_what_moved_is_told_by_run_and_column() -> None:
    """A line names the run, the metric or column, and both values."""
    kept = {"runs": ["a", "b"], "metrics": {"known": [1, None]}, "columns": {"t.x": ["1 f", "2 f"]}}
    now = {"runs": ["a", "c"], "metrics": {"known": [2, 0]}, "columns": {"t.x": ["3 f", "0 f"]}}
    assert files.moved(kept, now) == [
        "b: the run is gone", "c: a new run", "a: known: 1 -> 2", "a: t.x: 1 f -> 3 f",
    ]  # fmt: skip
    assert files.moved(kept, kept) == []


def test_a_new_name_moves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that is listed under its new name is kept under its first one."""
    before = tables.with_first_names("t", {"known": np.array([1, 2])})
    monkeypatch.setattr(names, "FIRST_NAMES", {"t": {"reported": "known"}})
    after = tables.with_first_names("t", {"reported": np.array([1, 2])})
    assert list(before) == list(after) == ["known"]


def test_a_first_name_is_nothing_else_of_today() -> None:
    """No name of today is the first name of something else of the same table or kind."""
    for kind, given in names.NAMES.items():
        assert not {*given} & {*given.values()}, kind
        assert len({*given.values()}) == len(given), kind


# -------------------------------------------------------------------- folders of results


def folder_of(path: Path, rows: pd.DataFrame) -> str:
    """A folder of results in which every table holds the same rows."""
    path.mkdir()
    for name in digest.TABLES:
        write = rows.to_csv if name.endswith(".csv") else rows.to_parquet
        write(path / name, index=False)
    return str(path)


def test_the_order_of_rows_does_not_matter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Folders with the same rows in another order are equal and have the same digest."""
    one, other = folder_of(tmp_path / "1", ROWS), folder_of(tmp_path / "2", ROWS[::-1])
    assert digest.main([one, other]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "equal"
    assert lines[-3].split()[0] == lines[-2].split()[0]


def test_new_names_of_metrics_move_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A metric's new name is known as a column of runs and as a value of a column `metric`."""
    before = ROWS.assign(metric=["known", "served"], known=[1, 2])
    after = ROWS.assign(metric=["reported", "served"], reported=[1, 2])
    one, other = folder_of(tmp_path / "1", before), folder_of(tmp_path / "2", after)
    first = {kind: {"reported": "known"} for kind in ("metrics", "communities", "groups", "levers",
                                                      "series", "comparison")}  # fmt: skip
    monkeypatch.setattr(names, "FIRST_NAMES", first)
    assert digest.main([one, other]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "equal"


def test_differences_of_folders_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table, the column, how many rows, and the first of them with both values."""
    other = ROWS.assign(reports=[3, 1], share=[0.25 * (1 + 1e-12), 0.5])
    folders = folder_of(tmp_path / "1", ROWS), folder_of(tmp_path / "2", other)
    assert digest.main(list(folders)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-6:] == [f"{t}: reports: 1 rows differ, first b: 2 -> 3" for t in digest.TABLES]
