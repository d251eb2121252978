"""Known patterns, and whether the model at its defaults matches them.

The table is kept with the code; `studies/calibration_patterns.py` makes it.
"""

from __future__ import annotations

import csv
import math
from importlib.resources import files
from typing import NamedTuple


class KnownPattern(NamedTuple):
    """One of them: what has been observed (NaN: open end) and the model's mean.

    fitted: whether the model's numbers were chosen to meet it.
    """

    key: str
    text: str
    unit: str
    low: float
    high: float
    model: float
    source: str
    fitted: bool

    @property
    def matched(self) -> bool:
        """Whether the model's mean lies in the observed range."""
        return not (self.model < self.low or self.model > self.high)


def patterns() -> tuple[KnownPattern, ...]:
    """All patterns whose value under the model is known, in the order of the table."""
    path = files("streetlight.experiments").joinpath("data", "patterns.csv")
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return tuple(
        KnownPattern(
            row["key"], row["pattern"], row["unit"], number(row["low"]), number(row["high"]),
            number(row["mean"]), row["source"], row["fitted"] == "yes",
        )
        for row in rows
        if row["mean"]
    )  # fmt: skip


def number(text: str) -> float:
    """A number of the table; NaN where it is blank."""
    return float(text) if text else math.nan
