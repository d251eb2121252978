"""The values of a folder of results in one digest, or two folders compared value by value.

    python -m tests.reference.digest results/tiny
    python -m tests.reference.digest results/before results/after

Rows are sorted and columns have their first names (`names.py`), so that neither the order of rows
nor a new name matters.  The digest takes measured numbers at six digits; the comparison takes whole
numbers and texts exactly and measured numbers to 1e-9, and prints `equal` or what differs.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from .columns import SMALLEST, TOLERANCE
from .names import first_name

TABLES = ("runs.parquet", "communities.parquet", "groups.parquet", "levers.parquet",
          "series.parquet", "comparison.csv")  # fmt: skip

#: Columns that say what a row is about, in the order of sorting.
KEYS = ("policy", "future", "replicate", "metric", "year", "month", "community", "lever",
        "place_class", "exploitation_type", "gender")  # fmt: skip

#: Tables and columns that hold names of a kind: the columns of runs are metrics.
KIND = {"runs": "metrics"}
NAMED_IN = {"metric": "metrics", "lever": "levers"}

#: Bits of a measured number that the digest takes: six digits.
BITS = 20


def main(arguments: list[str] | None = None) -> int:
    """Print the digests, and whether two folders are equal; 1 where they are not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="one or two")
    folders = parser.parse_args(arguments).folders
    whole = {folder: hashlib.sha256() for folder in folders}
    found = []
    for name in TABLES:
        tables = [read_table(folder / name) for folder in folders]
        for folder, table in zip(folders, tables, strict=True):
            own = digest_of_table(table)
            whole[folder].update(own.encode())
            print(f"{own[:12]}  {folder / name}")
        if len(tables) == 2:
            found += [f"{name}: {line}" for line in differences(*tables)]
    for folder in folders:
        print(f"{whole[folder].hexdigest()[:12]}  {folder}")
    if len(folders) == 2:
        print("\n".join(found) or "equal")
    return int(bool(found))


def read_table(path: Path) -> pd.DataFrame:
    """A table with first names, columns by name, rows sorted by what they are about."""
    if path.suffix == ".csv":
        table = pd.read_csv(path)
    else:
        table = pq.read_table(path).to_pandas()
    kind = KIND.get(path.stem, path.stem)
    table.columns = [first_name(kind, column) for column in table.columns]
    for column in NAMED_IN.keys() & {*table.columns}:
        table[column] = table[column].map(partial(first_name, NAMED_IN[column]))
    table = table[sorted(table.columns)]
    keys = [first_name(kind, key) for key in KEYS]
    order = row_order(table[[key for key in keys if key in table.columns]])
    return table.iloc[order].reset_index(drop=True)


def row_order(keys: pd.DataFrame) -> NDArray[np.intp]:
    """The order of rows by their keys, the first key first; by one number a row, as it is fast."""
    rank = np.zeros(len(keys), np.int64)
    for name in keys.columns:
        codes, values = pd.factorize(keys[name], sort=True)
        rank = rank * len(values) + codes
    return np.argsort(rank, kind="stable")


def cells(column: pd.Series) -> NDArray[np.generic]:
    """A column as floats, whole numbers, or texts."""
    if column.dtype.kind in "iub":
        return np.asarray(column, np.int64)
    if column.dtype.kind == "f":
        return np.asarray(column, np.float64)
    return np.asarray(column.astype(object).fillna(""), object)


def digest_of_table(table: pd.DataFrame) -> str:
    """SHA-256 over names and values."""
    digest = hashlib.sha256()
    for name in table.columns:
        values = cells(table[name])
        digest.update(f"\n{name}\n".encode())
        if values.dtype.kind == "f":
            part, power = np.frexp(values)
            values = np.ldexp(np.rint(np.ldexp(part, BITS)), power - BITS) + 0.0  # -0 is 0
            values[np.isnan(values)] = np.nan
        if values.dtype.kind == "O":
            digest.update("\n".join(map(str, values)).encode())
        else:
            digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


def differences(one: pd.DataFrame, other: pd.DataFrame) -> Iterator[str]:
    """What differs between two tables, a line a column."""
    for name in sorted({*one.columns} ^ {*other.columns}):
        yield f"{name}: only in {'the first' if name in one.columns else 'the second'}"
    if len(one) != len(other):
        yield f"{len(one)} rows and {len(other)} rows"
        return
    for name in one.columns.intersection(other.columns):
        a, b = cells(one[name]), cells(other[name])
        rows = np.flatnonzero(apart(a, b))
        if len(rows):
            first = rows[0]
            about = ", ".join(str(one[key][first]) for key in KEYS if key in one.columns)
            yield f"{name}: {len(rows)} rows differ, first {about}: {a[first]} -> {b[first]}"


def apart(a: NDArray[np.generic], b: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Where two columns differ: floats by more than `TOLERANCE` of their size."""
    if a.dtype.kind == "f" and b.dtype.kind == "f":
        one, other = a.astype(float), b.astype(float)
        near = np.isclose(one, other, rtol=TOLERANCE, atol=SMALLEST, equal_nan=True)
        return np.asarray(~near)
    return np.asarray(a != b)


if __name__ == "__main__":
    sys.exit(main())
