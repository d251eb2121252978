"""What a rule is shown: the public record, public facts about the region, and money.

The engine fills these types at the start of a budget period. Everything in them is a read-only
copy, so nothing that a rule does can reach the world. This guards against mistakes; it is no
sandbox.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.errors import InputError
from model.lever_names import N_LEVERS

FloatArray = npt.NDArray[np.float64]
ByteArray = npt.NDArray[np.int8]

__all__ = ["OracleView", "RecordView"]


@dataclass(frozen=True, eq=False, kw_only=True)
class RecordView:
    """The record as it is public at the start of a budget period.

    C communities, Y record years so far (oldest first, the years of burn-in among them), L levers
    in the order of `lever_names.LEVER_NAMES`.

    period: policy year, 0 the first; ids (C,): community ids, ascending; population, youth (10-17),
    youth_12_17 (C,): persons; poverty_share (C,): of youth, 0-1; place_class (C,): 0 large metro,
    1 small metro, 2 town, 3 rural; published_reports, published_identified (C, Y): a year, 0 where
    the agency took no part in publication; spent (C, Y, L): dollars a year, 0 in burn-in;
    budget_dollars: what this year's allocation may come to, over all communities.

    InputError names a field of the wrong shape and a budget that is negative or not finite.
    """

    period: int
    ids: tuple[str, ...]
    population: FloatArray
    youth: FloatArray
    youth_12_17: FloatArray
    poverty_share: FloatArray
    place_class: ByteArray
    published_reports: FloatArray
    published_identified: FloatArray
    spent: FloatArray
    budget_dollars: float

    def __post_init__(self) -> None:
        one = (self.n_communities,)
        years = (self.n_communities, np.shape(self.published_reports)[-1])
        for name in ("population", "youth", "youth_12_17", "poverty_share"):
            self._lock(name, one)
        self._lock("place_class", one, np.int8)
        for name in ("published_reports", "published_identified"):
            self._lock(name, years)
        self._lock("spent", (*years, N_LEVERS))
        if not (math.isfinite(self.budget_dollars) and self.budget_dollars >= 0):
            raise InputError(f"budget_dollars: {self.budget_dollars!r}: must be finite, 0 or more")

    def _lock(self, name: str, shape: tuple[int, ...], dtype: type[Any] = np.float64) -> None:
        """Put a read-only copy in the place of an array."""
        array = np.array(getattr(self, name), dtype=dtype)
        if array.shape != shape:
            raise InputError(f"{name}: shape {array.shape}: must be {shape}")
        array.setflags(write=False)
        object.__setattr__(self, name, array)

    @property
    def n_communities(self) -> int:
        """Number of communities, C."""
        return len(self.ids)

    @property
    def n_record_years(self) -> int:
        """Number of record years so far, Y."""
        return int(self.published_reports.shape[1])


@dataclass(frozen=True, eq=False, kw_only=True)
class OracleView(RecordView):
    """The record and, as no real agency has it, the truth to come. For reference rules only.

    expected_onsets (C,): onsets of first spells expected in the coming year, before any prevention:
    a rate, not what will happen.
    """

    expected_onsets: FloatArray

    def __post_init__(self) -> None:
        super().__post_init__()
        self._lock("expected_onsets", (self.n_communities,))
