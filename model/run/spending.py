"""The money of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.names import N_LEVERS


@dataclass(frozen=True, eq=False, kw_only=True)
class Spending:
    """What a policy allocated and what was bought with it, by policy year, community and lever.

    Arrays are (years, C, levers) unless said otherwise.
    """

    allocated: FloatArray  # dollars
    spent: FloatArray  # dollars
    units: FloatArray  # of what was bought
    returned: FloatArray  # dollars
    carried: FloatArray  # (C, levers): dollars kept for the year to come

    @classmethod
    def nothing(cls, years: int, n_communities: int) -> Spending:
        """No dollar spent yet."""
        names = ("allocated", "spent", "units", "returned")
        by_year = {name: np.zeros((years, n_communities, N_LEVERS)) for name in names}
        return cls(**by_year, carried=np.zeros((n_communities, N_LEVERS)))

    @property
    def unspent(self) -> FloatArray:
        """Dollars returned, or still carried at the end, by community: (C,)."""
        return np.asarray(self.returned.sum(axis=(0, 2)) + self.carried.sum(axis=1))

    def lock(self) -> None:
        """Let nobody write to it any more."""
        for array in (self.allocated, self.spent, self.units, self.returned, self.carried):
            array.setflags(write=False)
