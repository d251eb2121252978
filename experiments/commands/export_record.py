"""`streetlight export STUDY --record RUN`: what agencies would have written down in one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.commands.export import write_csv
from streetlight.experiments.commands.writing import cannot_be_written
from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import Experiment
from streetlight.experiments.exports import Sheet
from streetlight.experiments.running.cells import Engine
from streetlight.experiments.running.design import Cell, RunGroup, expand
from streetlight.experiments.running.replay import REGION, rebuilt, write_region
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.record.tables import RecordTables

#: Counts below this are left out of what is meant to be shared.
FEWEST = 10
SIMULATED = "Simulated: says nothing of any real place."


def export_record(
    study: str, run_id: str, *, out: Path | None = None, suppress: bool = False
) -> int:
    """Run one run of an experiment or of its results, and write its record as CSV files.

    suppress: write counts alone, those from 1 to 9 blank, as they would be shared. InputError when
    there is no such run, or nothing can be written.
    """
    experiment = rebuilt(Path(study))[0] if Path(study).is_dir() else load(study)
    group, cell = found(experiment, run_id)
    folder = out or Path(f"{experiment.name}_record")
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--out: {folder}: is a file; name a folder for the CSV files")
    tables = record_of(experiment, group, cell)
    if suppress:
        tables = suppressed(tables)
    try:
        write_csv(
            folder, {name: Sheet(one.dtype.names, one.tolist()) for name, one in tables.items()}
        )
        write_region(experiment.region, folder / REGION)
    except OSError as error:
        raise cannot_be_written(folder, error) from None
    rows = ", ".join(f"{name} ({len(table):,})" for name, table in tables.items())
    print(f"{folder}: {rows}; {REGION} has the places. {SIMULATED}")
    return 0


def found(experiment: Experiment, run_id: str) -> tuple[RunGroup, Cell]:
    """A run of an experiment, and the group that it belongs to."""
    ids = []
    for group in expand(experiment):
        for cell in group.cells:
            if cell.run_id == run_id:
                return group, cell
            ids.append(cell.run_id)
    advice = did_you_mean(run_id, ids) or f" (the first is {ids[0]})"
    raise InputError(f"--record: {run_id}: no such run{advice}; a run is POLICY/FUTURE/REPLICATE")


def record_of(experiment: Experiment, group: RunGroup, cell: Cell) -> dict[str, Any]:
    """The tables of the record of a run, by name."""
    engine = Engine.of_model()
    future = group.future
    world = engine.draw_world(
        future.parameters, experiment.region, seed=experiment.seed, future=future.name,
        replicate=group.replicate, years=experiment.horizon, shocks=future.shocks,
    )  # fmt: skip
    tables: RecordTables = engine.run_policy(world, cell.policy).record.tables()
    return tables._asdict()


def suppressed(tables: dict[str, Any]) -> dict[str, Any]:
    """Counts alone, small ones unknown."""
    counts = tables["counts"].copy()
    small = (counts["count"] > 0) & (counts["count"] < FEWEST)
    counts["count"][small] = np.nan
    return {"counts": counts}
