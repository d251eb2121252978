"""Types of arrays and of tables, named once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
ByteArray = NDArray[np.int8]
Int32Array = NDArray[np.int32]
IntArray = NDArray[np.int64]
Uint32Array = NDArray[np.uint32]
Uint64Array = NDArray[np.uint64]
IndexArray = NDArray[np.integer[Any]]
Table = NDArray[np.void]  # a structured array: rows of columns


def row_type(columns: Sequence[tuple[Any, ...]]) -> np.dtype[Any]:
    """The type of a table with these columns, each (name, code) or (name, code, shape).

    A row gives its columns as attributes in Python too, as it does in a compiled kernel, so that
    kernels also run uncompiled.  A column may therefore not be called like an attribute that
    every row of numpy has, such as "size".
    """
    if taken := [column[0] for column in columns if hasattr(np.record, column[0])]:
        raise ValueError(f"rows of numpy have an attribute of this name: {taken[0]!r}")
    return np.dtype((np.record, np.dtype(list(columns), align=True)))
