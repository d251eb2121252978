"""Types of arrays and of tables, arrays that are closed to writing, and division that may fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
ByteArray = NDArray[np.int8]
Int32Array = NDArray[np.int32]
IntArray = NDArray[np.int64]
Uint32Array = NDArray[np.uint32]
Uint64Array = NDArray[np.uint64]
IndexArray = NDArray[np.integer[Any]]
Table = NDArray[np.void]  # a structured array: rows of columns

Item = TypeVar("Item", bound=np.generic)


def locked(array: NDArray[Item]) -> NDArray[Item]:
    """The array, which nobody can write to any more."""
    array.setflags(write=False)
    return array


def lock_fields(record: DataclassInstance) -> None:
    """Put locked copies in the place of a frozen dataclass's arrays; those locked already stay."""
    for column in fields(record):
        value = getattr(record, column.name)
        if isinstance(value, np.ndarray) and (value.flags.writeable or value.base is not None):
            object.__setattr__(record, column.name, locked(value.copy()))


def divided(part: ArrayLike, whole: FloatArray, otherwise: ArrayLike = 0.0) -> FloatArray:
    """part / whole where the whole is above 0, and `otherwise` elsewhere; the three broadcast."""
    result = np.empty(np.broadcast(part, whole, otherwise).shape)
    result[...] = otherwise
    np.divide(part, whole, out=result, where=whole > 0.0)
    return result


def ratio(part: float, whole: float) -> float:
    """part / whole, NaN where there is nothing to divide by."""
    return float(part) / float(whole) if whole > 0 else float("nan")


def row_type(columns: Sequence[tuple[Any, ...]]) -> np.dtype[Any]:
    """The type of a table with these columns, each (name, code) or (name, code, shape).

    A row gives its columns as attributes in Python too, as it does in a compiled kernel, so that
    kernels also run uncompiled.  A column may therefore not be called like an attribute that
    every row of numpy has, such as "size".
    """
    if taken := [column[0] for column in columns if hasattr(np.record, column[0])]:
        raise ValueError(f"rows of numpy have an attribute of this name: {taken[0]!r}")
    return np.dtype((np.record, np.dtype(list(columns), align=True)))
