"""Types of arrays, named once."""

from __future__ import annotations

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
