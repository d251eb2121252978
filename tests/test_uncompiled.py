"""Kernels also run as plain Python, with the same results: mutants of them need no compiling."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from streetlight import policies
from streetlight.model.arrays import row_type
from streetlight.model.communities.region import Region
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import simulate
from streetlight.model.week.week import PHASES, WEEK, week
from streetlight.model.world.shocks import KINDS, Shock, sizes


def columns_of_a_run() -> dict[str, NDArray[np.generic]]:
    """What a short run with spending and shocks leaves, by name; tables column by column."""
    region = Region.synthetic(6, seed=1)
    parameters = Parameters().with_values({"time.filling_years": 1, "time.burn_in_years": 1})
    shocks = [Shock(kind, region.ids[:2], 2, 6, min(3.0, sizes(kind)[1])) for kind in KINDS]
    policy = policies.per_youth(budget=5.0)
    history = simulate(parameters, region, policy, years=1, shocks=shocks)
    record = history.record
    tables = {
        "spell": history.truth.spells, "case": record.cases.cases, "touch": record.cases.touches,
    }  # fmt: skip
    found = {
        f"{kind} {name}": table[name]
        for kind, table in tables.items()
        for name in table.dtype.names
    }
    for part in (history.truth.ledger, history.truth.conditions):
        found |= vars(part)
    return {**found, "calls": record.counts.calls}


def test_kernels_give_the_same_run_compiled_and_uncompiled(tmp_path: Path) -> None:
    """Whole numbers are equal and others agree to 1e-12, in every column of truth and record."""
    file = tmp_path / "uncompiled.npz"
    subprocess.run(
        [sys.executable, "-W", "error", __file__, str(file)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, check=True, timeout=300,
    )  # fmt: skip
    compiled = columns_of_a_run()
    assert min(len(compiled[f"{table} community"]) for table in ("spell", "case")) > 20
    with np.load(file) as uncompiled:
        assert set(uncompiled) == set(compiled)
        for name, values in compiled.items():
            assert values.dtype == uncompiled[name].dtype, name
            exact = values.dtype.kind != "f"
            rtol = 0.0 if exact else 1e-12
            np.testing.assert_allclose(uncompiled[name], values, rtol=rtol, err_msg=name)


def test_the_list_of_phases_is_what_the_week_does() -> None:
    """After spending, a week calls the phases of `WEEK` in their order and nothing else."""
    tree = ast.parse(inspect.getsource(week))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    calls.sort(key=lambda call: call.lineno)
    assert tuple(ast.unparse(call.func) for call in calls) == tuple(PHASES) == WEEK[1:]
    assert WEEK[0] == "allocate"
    assert all(phase.__name__ == name for name, phase in PHASES.items())


def test_a_column_that_hides_behind_an_attribute_of_every_row_is_refused() -> None:
    """A column called "size" would be read as the number of items of the row, which is 1."""
    with pytest.raises(ValueError, match="'size'"):
        row_type([("kind", "i4"), ("size", "f8")])


if __name__ == "__main__":
    np.savez(sys.argv[1], **columns_of_a_run())
