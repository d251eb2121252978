"""Columns of tables from numbers and words, and numbers from columns, without pandas.

pyarrow loads pandas once it is handed a list or an array, or asked for one: a third of a second of
every command and worker process.  Bytes it takes and gives as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def of_numbers(values: NDArray[Any]) -> pa.Array:
    """Numbers as they are."""
    held = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), values.size, [None, held])


def of_known(values: Sequence[float | None]) -> pa.Array:
    """Measured numbers with blanks, which are None."""
    known = np.packbits([value is not None for value in values], bitorder="little")
    numbers = np.array([0.0 if value is None else value for value in values])
    return pa.Array.from_buffers(pa.float64(), len(values), [*map(pa.py_buffer, (known, numbers))])


def of_words(words: Sequence[str]) -> pa.Array:
    """Words one after the other."""
    parts = [word.encode() for word in words]
    ends = np.array([0, *accumulate(map(len, parts))], dtype=np.int32)
    held = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(parts))]
    return pa.Array.from_buffers(pa.string(), len(parts), held)


def of_labels(index: NDArray[Any], names: Sequence[str]) -> pa.Array:
    """A name for every index, each name held once."""
    return pa.DictionaryArray.from_arrays(of_numbers(index.astype(np.int32)), of_words(names))


def numbers_in(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """The numbers of a column, closed to writing; NaN for blanks."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    plain = not whole.null_count and not pa.types.is_boolean(whole.type)
    return np.from_dlpack(whole) if plain else whole.to_numpy(zero_copy_only=False)
