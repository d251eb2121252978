"""What an estimator says where a table cannot give what is asked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.errors import StreetlightError

#: Share of intervals that should hold the truth, where nothing else is asked for.
LEVEL = 0.9


class NotIdentifiedError(StreetlightError):
    """A table does not fix the quantity. reason: why; needs: what data would."""

    def __init__(self, reason: str, needs: str = "") -> None:
        self.reason, self.needs = reason, needs
        super().__init__(f"{reason}; needs {needs}" if needs else reason)


class Interval(NamedTuple):
    """The two ends of an interval: numbers, or arrays of one shape."""

    low: FloatArray
    high: FloatArray

    @property
    def ratio(self) -> FloatArray:
        """The upper end over the lower."""
        return np.asarray(self.high / self.low)


def tails(level: float) -> tuple[float, float]:
    """The two probabilities outside of which an interval of this level ends.

    >>> tails(0.5)
    (0.25, 0.75)
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level: {level!r}: must lie between 0 and 1")
    return (1.0 - level) / 2.0, (1.0 + level) / 2.0


def checked_counts(counts: FloatArray, exposure: FloatArray) -> None:
    """ValueError unless counts are whole numbers from 0 and exposures are from 0, of one shape."""
    if np.shape(counts) != np.shape(exposure):
        shapes = f"{np.shape(counts)} and {np.shape(exposure)}"
        raise ValueError(f"counts and exposure: shapes {shapes}: must be the same")
    known = counts[~np.isnan(counts)]
    if not (np.isfinite(known).all() and (known >= 0).all() and (known == np.floor(known)).all()):
        raise ValueError("counts: must be whole numbers, 0 or more, or NaN where unknown")
    if not (np.isfinite(exposure).all() and (np.asarray(exposure) >= 0).all()):
        raise ValueError("exposure: must be finite and 0 or more")
