"""Columns in a few numbers: exact for whole numbers and texts, sums for measured ones."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = Mapping[str, NDArray[Any]]

#: What is kept of a column: a text, or three or four numbers (see `sums_of`).
Kept = str | list[float]

#: Measured columns agree when they differ by no more than this, as a share of their size.
TOLERANCE = 1e-9

#: What rounding may leave of a sum that is 0.
SMALLEST = 1e-12

#: Fractions of its multiples are spread evenly over (0, 1) and never repeat.
GOLDEN_RATIO = (math.sqrt(5.0) - 1.0) / 2.0


def in_order(columns: Columns, keys: Iterable[str]) -> Columns:
    """The columns with rows sorted by some of them, the first key first; equal rows stay put."""
    sort_by = [columns[key] for key in keys]
    if not sort_by:
        return columns
    order = np.lexsort(sort_by[::-1])
    return {name: values[order] for name, values in columns.items()}


def kept_of(values: NDArray[Any]) -> Kept:
    """What is kept of a column: whole numbers, truth values and texts exactly, others as sums."""
    return sums_of(values) if values.dtype.kind == "f" else digest_of(values)


def digest_of(values: NDArray[Any]) -> str:
    """The sum of whole numbers (for texts, how many they are) and 6 hex digits of their hash."""
    if values.dtype.kind in "iub":
        total, content = int(values.sum(dtype=np.int64)), values.astype("<i8").tobytes()
    else:
        total, content = len(values), "\n".join(map(str, values)).encode()
    return f"{total} {hashlib.sha256(content).hexdigest()[:6]}"


def sums_of(values: NDArray[Any]) -> list[float]:
    """How many values are finite, their sum, a weighted sum, and the sum of their sizes.

    The last is left out where no value is negative.  The weight of a value is set by its row, so
    that values that change places are noticed.
    """
    weights = np.arange(1, len(values) + 1) * GOLDEN_RATIO % 1.0
    finite = np.isfinite(values)
    numbers = values[finite].astype(float)
    sums = [numbers.sum(), (numbers * weights[finite]).sum()]
    if (numbers < 0.0).any():
        sums.append(np.abs(numbers).sum())
    return [len(numbers), *(rounded(number) for number in sums)]


def rounded(number: float) -> float:
    """A number to 11 digits, more than `TOLERANCE` asks for; -0 is 0, a whole number is one."""
    kept = float(f"{number + 0.0:.11g}")
    return int(kept) if kept.is_integer() else kept


def agree(kept: Any, now: Any) -> bool:
    """Whether two columns agree: equal texts, or the same count and sums up to `TOLERANCE`."""
    if isinstance(kept, str) or isinstance(now, str):
        return bool(kept == now)
    if kept[0] != now[0]:
        return False
    size = max(*map(abs, kept[1:]), *map(abs, now[1:]))
    return all(
        abs(a - b) <= TOLERANCE * size + SMALLEST for a, b in zip(kept[1:3], now[1:3], strict=True)
    )
