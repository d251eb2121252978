"""What maps and event studies need to know beyond sums: the places of a run, and the experiment.

Community ids serve to find positions and which places a shock struck. They are written to no file
and drawn in no figure.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from streetlight.experiments.figures.tables import (
    N_PLACES,
    ResultTables,
    coded,
    floats,
    place_codes,
    run_batches,
)
from streetlight.model.arrays import FloatArray


def read_config(results: ResultTables) -> dict[str, Any]:
    """The resolved experiment as the manifest holds it; empty if it holds none."""
    manifest = json.loads((results.folder / "manifest.json").read_text(encoding="utf-8"))
    return dict(manifest.get("config") or {})


def baseline_places(
    results: ResultTables, columns: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, FloatArray]]:
    """Community ids (C,), ascending, and the columns of the baseline's runs, each (W, C).

    NaN in worlds without a baseline run.
    """
    pieces = []
    ids: set[str] = set()
    baseline = results.position(results.baseline)
    for policy, world, batch in run_batches(
        results, "communities.parquet", ("community", *columns)
    ):
        names, code = coded(batch["community"])
        mine = policy == baseline
        values = {name: floats(batch[name])[mine] for name in columns}
        pieces.append((names, code[mine], world[mine], values))
        ids.update(names)
    order = {name: c for c, name in enumerate(sorted(ids))}
    found = {name: np.full((results.future.size, len(order)), math.nan) for name in columns}
    for names, code, world, values in pieces:
        place = np.array([order[name] for name in names], dtype=np.int64)[code]
        for name in columns:
            found[name][world, place] = values[name]
    return tuple(order), found


def struck_places(results: ResultTables, ids: set[str]) -> tuple[tuple[int, ...], float]:
    """Place classes of the communities `ids`, and their share of these classes' youth (per 100)."""
    youth = np.zeros((2, N_PLACES))
    seen: set[str] = set()
    wanted = ("community", "youth", "place_class")
    for policy, world, batch in run_batches(results, "communities.parquet", wanted):
        one = (policy == policy[0]) & (world == world[0])  # every run has the same places
        names, code = coded(batch["community"])
        people, place = floats(batch["youth"]), place_codes(batch["place_class"])
        for row in np.flatnonzero(one):
            name = names[code[row]]
            if name not in seen:
                seen.add(name)
                youth[int(name in ids), place[row]] += people[row]
    touched = tuple(int(k) for k in np.flatnonzero(youth[1] > 0))
    inside = youth[:, touched].sum(axis=1)
    return touched, 100 * float(inside[1] / max(inside.sum(), 1))
