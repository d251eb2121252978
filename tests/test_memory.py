"""Memory stays what it is: over ten thousand runs, and while their tables are written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from streetlight.experiments.running.tables import TABLES_AT_A_TIME, VALUES_AT_A_TIME, batches

SCRIPT = Path(__file__).parent / "benchmarks" / "measure_memory.py"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory as Linux tells it")
def test_memory_is_flat_over_thousands_of_runs() -> None:
    """From the thousandth run to the four-thousandth a process grows by less than 7 MB (2 kB a
    run; one world alone has 1 MB), and tables and page of all take less than 150 MB more."""
    answer = subprocess.run(
        [sys.executable, str(SCRIPT), "4000"],
        cwd=SCRIPT.parent.parent.parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    at = {(one["what"], one["runs"]): one["megabytes"] for one in lines}
    assert at["runs", 4_000] - at["runs", 1_000] < 7.0
    assert at["tables", 4_000] - at["runs", 4_000] < 150.0


@pytest.mark.parametrize(
    ("rows", "n", "expected"),
    [
        (VALUES_AT_A_TIME // 2, 5, [2, 2, 1]),
        (3, 2 * TABLES_AT_A_TIME + 1, [TABLES_AT_A_TIME, TABLES_AT_A_TIME, 1]),
        (VALUES_AT_A_TIME + 1, 2, [1, 1]),
        (0, 1, [1]),
    ],
)
def test_row_groups_hold_many_small_tables(rows: int, n: int, expected: list[int]) -> None:
    """Small tables are put together up to a bound, in their order, and none is lost."""
    held = batches(pa.table({"a": np.full(rows, i, np.int16)}) for i in range(n))
    groups = [pa.concat_tables(tables) for tables in held]
    assert [group.num_rows for group in groups] == [rows * k for k in expected]
    found = [value for group in groups for value in group["a"].to_numpy()[:: max(rows, 1)]]
    assert found == [i for i in range(n) if rows]
