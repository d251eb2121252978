"""Whether a record of one's own looks like what the futures of an experiment make.

The numbers are kept in the results folder: no count is, only the shape of the whole table.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.experiment import Experiment
from streetlight.experiments.running.design import code_hash
from streetlight.experiments.running.disk import read_json
from streetlight.model.errors import InputError
from streetlight.model.parameters import Parameters

FILE = "own_record.json"
#: Worlds without added money that a record is held beside, one a future where there are as many.
WORLDS = 20
KIND = "futures"


@dataclass(frozen=True)
class PatternBeside:
    """A number of shape: of the record, mean and range of the worlds; NaN cannot be told."""

    name: str
    record: float
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class RecordBeside:
    """A record beside worlds of an experiment's futures.

    refused: why it could not be compared, "" where it was; as_far: worlds that are as far from the
    others as the record is from all.
    """

    refused: str = ""
    of: str = ""
    alike: bool = False
    worlds: int = 0
    as_far: int = 0
    patterns: tuple[PatternBeside, ...] = ()


def chosen_parameters(experiment: Experiment) -> list[Parameters]:
    """Parameters of `WORLDS` worlds: futures evenly over the list, or all of a few in turn."""
    futures = experiment.futures
    if len(futures) >= WORLDS:
        at = np.linspace(0, len(futures) - 1, WORLDS).round().astype(int)
        return [futures[i].parameters for i in at]
    return [futures[w % len(futures)].parameters for w in range(WORLDS)]


def key_of(experiment: Experiment) -> str:
    """What decides the comparison: record, region, futures and the model's code."""
    assert experiment.record is not None
    counts, region = experiment.record.counts, experiment.region
    parts = [code_hash(), *(p.model_dump_json() for p in chosen_parameters(experiment))]
    parts += [repr(region.ids), repr(counts.years)]
    found = hashlib.sha256("\n".join(parts).encode())
    for array in (counts.reports, counts.identified, region.population, region.youth):
        found.update(array.tobytes())
    return found.hexdigest()


def record_beside(experiment: Experiment, look: Callable[[], None]) -> dict[str, Any]:
    """The comparison as plain values, for `FILE`; what cannot be told is null.

    look: called before every world; what it raises ends the comparison.
    """
    # Takes as long to load as a small report takes, and few experiments have a record.
    from streetlight.experiments.analyse.likeness import compared_with, ends_known
    from streetlight.model.inference.shape import PATTERNS

    assert experiment.record is not None
    worlds = chosen_parameters(experiment)
    found: dict[str, Any] = {"key": key_of(experiment), "worlds": len(worlds)}
    try:
        one = compared_with(experiment.record.counts, experiment.region, {KIND: worlds}, look=look)
    except InputError as error:
        return found | {"refused": str(error)}
    told, shapes = one.told, one.readings[KIND].shapes
    low, high = ends_known(shapes)
    rows = zip(PATTERNS, told, one.own, one.readings[KIND].means, low, high, strict=True)
    return found | {
        "of": one.what, "alike": one.looks_alike(KIND), "as_far": one.as_far(KIND),
        "patterns": {
            name: [float(v) for v in values] if known else None for name, known, *values in rows
        },
    }  # fmt: skip


def read_beside(folder: Path) -> RecordBeside | None:
    """The comparison that a folder holds; None where there is none that can be used."""
    found = read_json(folder / FILE)
    if not found:
        return None
    if isinstance(refused := found.get("refused"), str):
        return RecordBeside(refused=refused[:500])
    from streetlight.model.inference.shape import PATTERNS

    n, as_far = found.get("worlds"), found.get("as_far")
    of, alike, patterns = found.get("of"), found.get("alike"), found.get("patterns")
    if not (isinstance(n, int) and isinstance(as_far, int) and 0 <= as_far <= n <= WORLDS):
        return None
    if of not in ("reports", "identified") or not isinstance(alike, bool):
        return None
    rows = [row_of(name, patterns) for name in PATTERNS] if isinstance(patterns, dict) else [None]
    known = tuple(one for one in rows if one is not None)
    return RecordBeside("", of, alike, n, as_far, known) if len(known) == len(rows) else None


def row_of(name: str, patterns: Mapping[str, Any]) -> PatternBeside | None:
    """A pattern as the file has it; None where it is damaged."""
    values = patterns.get(name, 0)
    if values is None:
        return PatternBeside(name, math.nan, math.nan, math.nan, math.nan)
    if not isinstance(values, list) or len(values) != 4:
        return None
    if not all(isinstance(v, float) and math.isfinite(v) for v in values):
        return None
    return PatternBeside(name, *values)
