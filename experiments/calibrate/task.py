"""What is to be fitted to what: a file of targets, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streetlight.experiments.calibrate.free import FreeNumber
from streetlight.experiments.calibrate.quantities import Target
from streetlight.model.communities.region import Region
from streetlight.model.parameters import Parameters


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """Free numbers, targets, and where both hold.

    region_choice: what the file says of its region, as plain values; overrides: the parameters that
    the file sets; parameters: the defaults with these; weight: what moving a number by half its
    range counts for, in tolerances; years, replicates: of every look at runs, none for 0.
    """

    path: Path
    title: str
    region: Region
    region_choice: Any
    overrides: dict[str, Any]
    parameters: Parameters
    free: tuple[FreeNumber, ...]
    targets: tuple[Target, ...]
    weight: float
    years: int
    replicates: int
    seed: int
