"""Groups of the youth themselves: by type of exploitation and by gender."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from streetlight.experiments.figures.groups import Group, GroupSums, not_empty, on_grid
from streetlight.experiments.figures.tables import (
    ResultTables,
    coded,
    floats,
    lacking,
    run_batches,
)
from streetlight.model.arrays import IntArray
from streetlight.model.errors import InputError
from streetlight.model.names import GENDERS, TYPES

TYPE, GENDER = "exploitation type", "gender"
FILE = "groups.parquet"
BY = {"exploitation_type": TYPES, "gender": GENDERS}
YOUTH_GROUPS = (
    Group(TYPE, TYPES[0], "Sexual", "sexual exploitation"),
    Group(TYPE, TYPES[1], "Labour or criminal", "labour or criminal exploitation"),
    Group(TYPE, TYPES[2], "Both", "sexual and labour or criminal exploitation together"),
    Group(GENDER, GENDERS[0], "Girls", "girls"),
    Group(GENDER, GENDERS[1], "Boys", "boys"),
    Group(GENDER, GENDERS[2], "Gender-diverse", "gender-diverse youth"),
)


def without_youth_groups(results: ResultTables, columns: Sequence[str]) -> str:
    """Why these results cannot be shown by type and gender; '' where they can."""
    absent = lacking(results, FILE, (*BY, *columns))
    if not absent:
        return ""
    there = (results.folder / FILE).is_file()
    return f"{FILE} has no column {', '.join(absent)}" if there else f"there is no {FILE}"


def with_youth_groups(sums: GroupSums, columns: Sequence[str]) -> GroupSums:
    """The sums with those of the youth's groups behind them.

    Columns that groups.parquet does not count are NaN there. `true_onsets` is among those it does.
    """
    results = sums.results
    shape = (len(results.policies), results.future.size, len(YOUTH_GROUPS))
    added = {name: np.zeros(math.prod(shape)) for name in columns}
    n_rows = np.zeros(shape[0] * shape[1])
    for policy, world, batch in run_batches(results, FILE, (*BY, *columns)):
        run = policy * shape[1] + world
        n_rows += np.bincount(run, minlength=n_rows.size)
        first = 0
        for by, names in BY.items():
            group = run * len(YOUTH_GROUPS) + first + _codes(batch[by], by, names)
            for name in columns:
                values = on_grid(floats(batch[name]))
                added[name] += np.bincount(group, values, added[name].size)
            first += len(names)
    if np.any((n_rows.reshape(shape[:2]) == 0) & results.has_run):
        raise InputError(f"{FILE}: lacks runs that runs.parquet has")
    joined = {}
    for name, values in sums.sums.items():
        more = added[name].reshape(shape) if name in added else np.full(shape, math.nan)
        more[~results.has_run] = math.nan
        joined[name] = np.concatenate([values, more], axis=2)
    onsets = joined["true_onsets"][:, :, len(sums.every) :]
    groups = (*sums.groups, *not_empty(YOUTH_GROUPS, onsets))
    return replace(sums, sums=joined, groups=groups, every=(*sums.every, *YOUTH_GROUPS))


def _codes(column: object, by: str, names: Sequence[str]) -> IntArray:
    """Where each row's name stands in `names`."""
    used, codes = coded(column)
    for name in used:
        if name not in names:
            raise InputError(f"{FILE}: {by} {name!r} is none of {', '.join(names)}")
    return np.array([names.index(name) for name in used], dtype=np.int64)[codes]
