"""Tables of many runs are read part by part, and what comes out does not hang on the parts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_results import Folder, metric

from streetlight.experiments.analyse import measures
from streetlight.experiments.analyse.measures import whole_runs
from streetlight.experiments.analyse.study import open_study
from streetlight.experiments.analyse.values import Worlds
from streetlight.model.errors import InputError

FOUND = {"none": [[10, 14], [20, 20]], "plan": [[13, 15], [26, 24]]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Results of two plans, two futures a and b, two replicates."""
    return Folder({"identified": FOUND}, [metric("identified")]).write(tmp_path)  # type: ignore[arg-type]


def parts_of(
    worlds: Worlds, path: Path, runs: list[tuple[str, str, int]], rows_in_a_group: int
) -> list[tuple[list[int], list[int]]]:
    """Numbers of runs, and rows, of each part of a table with a row a run in `runs`."""
    plans, futures, replicates = zip(*runs, strict=True)
    columns = {"policy": plans, "future": futures, "replicate": replicates, "x": range(len(runs))}
    pq.write_table(
        pa.table({name: list(values) for name, values in columns.items()}), path,
        row_group_size=rows_in_a_group,
    )  # fmt: skip
    return [
        (code.tolist(), table["x"].to_pylist())
        for code, table in whole_runs(path, worlds, (), ("x",))
    ]


FIRST, SECOND, LAST = ("none", "a", 0), ("none", "b", 1), ("plan", "b", 1)


def test_a_run_that_lies_in_several_row_groups_comes_in_one_piece(folder: Path) -> None:
    """Runs of 3, 1 and 2 rows in groups of 2: the first is held back until its third row."""
    worlds = open_study(folder).comparison.worlds
    runs = [FIRST, FIRST, FIRST, SECOND, LAST, LAST]
    assert parts_of(worlds, folder / "t.parquet", runs, 2) == [
        ([0, 0, 0], [0, 1, 2]), ([3], [3]), ([7, 7], [4, 5]),
    ]  # fmt: skip
    assert parts_of(worlds, folder / "t.parquet", runs, 6) == [
        ([0, 0, 0, 3], [0, 1, 2, 3]), ([7, 7], [4, 5]),
    ]  # fmt: skip


@pytest.mark.parametrize("rows", [1, 2, 9])
def test_a_run_whose_rows_lie_apart_is_refused(folder: Path, rows: int) -> None:
    """It would be counted twice, whether the two ends lie in one row group or not."""
    worlds = open_study(folder).comparison.worlds
    with pytest.raises(InputError, match="a run's rows lie apart"):
        parts_of(worlds, folder / "t.parquet", [FIRST, SECOND, FIRST, LAST], rows)


def test_blocks_of_measures_change_no_number(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Averaged one by one they are what they are together."""
    together = open_study(folder).table
    monkeypatch.setattr(measures, "CELLS_AT_A_TIME", 1)
    (folder / measures.FILE).unlink(missing_ok=True)
    apart = open_study(folder).table
    pd.testing.assert_frame_equal(apart.to_pandas(), together.to_pandas(), check_exact=True)
