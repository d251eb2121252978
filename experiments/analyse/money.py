"""Shares of a year's money by kind of place, from levers.parquet, which only one figure reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from streetlight.experiments.analyse.measures import codes, places, summary
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.running.columns import numbers_in
from streetlight.experiments.running.reading import read_parquet
from streetlight.model.arrays import FloatArray, IntArray
from streetlight.model.names import CLASSES


class MoneyShare(NamedTuple):
    """The share of a year's dollars that a kind of place gets under a plan, over all futures."""

    measure: str
    group: str
    plan: str
    year: int
    value: float
    low: float
    high: float
    n: int


def money_by_year(study: Study) -> dict[tuple[str, str, int], MoneyShare]:
    """By plan, kind of place and year with money (from 1)."""
    spent = spending(study)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = spent / spent.sum(axis=-1, keepdims=True)
    shares[:, ~study.comparison.worlds.used] = math.nan
    means = summary(np.moveaxis(shares, (3, 4), (0, 1)))  # (years, classes, P, F + 1)
    found = {}
    for y, k, p in np.ndindex(*means["mean"].shape[:3]):
        plan, group = study.comparison.worlds.policies[p], CLASSES[k]
        value, low, high, n = (
            float(means[name][y, k, p, -1]) for name in ("mean", "low", "high", "n")
        )
        found[plan, group, y + 1] = MoneyShare(
            "money_share", group, plan, y + 1, value, max(low, 0.0), min(high, 1.0), int(n)
        )
    return found


def spending(study: Study) -> FloatArray:
    """Dollars spent, (P, F, R, years with money, place classes)."""
    worlds, years = study.comparison.worlds, study.years
    shape = (*worlds.shape, years, len(CLASSES))
    names, classes = classes_of(study)
    found = np.zeros(math.prod(shape))
    path = study.folder / "levers.parquet"
    columns = ["policy", "future", "replicate", "year", "community", "spent"]
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            part = file.read_row_group(group, columns=columns)
            place = classes[coded(part["community"], names)]
            at = coded(part["policy"], worlds.policies) * shape[1]
            at = (at + coded(part["future"], worlds.futures)) * shape[2]
            at = (at + numbers_in(part["replicate"])) * years + numbers_in(part["year"])
            found += np.bincount(at * len(CLASSES) + place, numbers_in(part["spent"]), len(found))
    return found.reshape(shape)


def coded(column: pa.ChunkedArray, names: Sequence[str]) -> IntArray:
    """Position in `names` of each value; words are looked up once and not row by row."""
    words = column.dictionary_encode().unify_dictionaries().combine_chunks()
    position: IntArray = codes(words.dictionary, names)[numbers_in(words.indices)]
    return position


def classes_of(study: Study) -> tuple[list[str], IntArray]:
    """Communities, and the place class of each."""
    path = study.folder / "communities.parquet"
    table = read_parquet(path, ("community", "place_class"))
    column = table["community"].dictionary_encode().unify_dictionaries().combine_chunks()
    used, first = np.unique(numbers_in(column.indices), return_index=True)
    return column.dictionary.take(used).to_pylist(), places(table["place_class"])[first]
