"""Columns by which places are pooled, and what is believed of their slopes beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streetlight.model.arrays import FloatArray, IndexArray
from streetlight.model.names import CLASSES, N_CLASSES

#: Classes of place differ by some factor of exp(1.5), 4.5, in what is recorded (police data: 6).
CLASS_SPREAD = 1.5
#: Log rate by poverty share. Three times the rate among the poor (Sedlak et al. 2010, NIS-4) has a
#: slope of 1.4 at a share of 0.2, and 1.5 to 5 times (P3) have 0.5 to 2.2. Firm, as attention
#: may go with poverty as well, and the record cannot tell the two apart.
POVERTY_SLOPE, POVERTY_SPREAD = 1.4, 0.5
LEVEL_SPREAD = 20.0


@dataclass(frozen=True, eq=False)
class PoolingDesign:
    """A matrix of columns (C, m), the first of ones, and a normal prior (m,) of their slopes."""

    columns: FloatArray
    names: tuple[str, ...]
    mean: FloatArray
    spread: FloatArray

    def penalty(self, slopes: FloatArray) -> tuple[float, FloatArray]:
        """Negative log prior up to a constant, and its gradient (m,)."""
        z = (slopes - self.mean) / self.spread
        return float(z @ z) / 2.0, z / self.spread


def by_class_and_poverty(place_class: IndexArray, poverty_share: FloatArray) -> PoolingDesign:
    """Ones, the classes that occur, and the poverty share less its mean: (C, 1 + classes + 1).

    place_class (C,): numbers of `names.PlaceClass`; poverty_share (C,): 0 to 1. A column that does
    not vary is left out.
    """
    n = len(place_class)
    columns, names = [np.ones(n)], ["level"]
    present = [k for k in range(N_CLASSES) if (place_class == k).any()]
    for k in present if len(present) > 1 else []:
        columns.append((place_class == k).astype(float))
        names.append(CLASSES[k])
    if np.ptp(poverty_share) > 0.0:
        columns.append(poverty_share - poverty_share.mean())
        names.append("poverty")
    mean = [POVERTY_SLOPE if name == "poverty" else 0.0 for name in names]
    spreads = {"level": LEVEL_SPREAD, "poverty": POVERTY_SPREAD}
    spread = [spreads.get(name, CLASS_SPREAD) for name in names]
    return PoolingDesign(np.column_stack(columns), tuple(names), np.array(mean), np.array(spread))
