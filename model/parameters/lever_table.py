"""The table of levers (`model/data/levers.csv`): what a unit is, costs and does; read once."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True)
class Lever:
    """One row of the table of levers."""

    id: str
    title: str
    unit: str
    unit_cost_dollars: float
    cost_low: float  # lowest dollars a unit
    cost_high: float  # highest
    repeat_cost_dollars: float  # a unit for those who had one before (a refresher)
    package_units: float  # a standard package for 50,000 people; its tenth is the fixed cost
    fixed_dollars: float  # per community and year
    minimum_units: float  # smallest useful purchase
    base: str  # what units are divided by to give a dose
    top: float  # limit of the effect; inf: none, and the effect is the dose
    half_dose: float  # dose that gives half the top
    #: The parameters by which the effect fades, "while funded", or "the record keeps it".
    half_life: str
    moves: str  # the states it moves, as named in docs/model.md
    evidence_grade: str
    source: str


def _read_levers() -> Mapping[str, Lever]:
    """The table, in the order of `LEVER_NAMES` (a test compares the two)."""
    text = files("streetlight.model").joinpath("data", "levers.csv").read_text(encoding="utf-8")
    kinds = Lever.__annotations__
    levers = {}
    for row in csv.DictReader(text.splitlines()):
        values = {k: float(v) if kinds[k] == "float" else v for k, v in row.items()}
        levers[row["id"]] = Lever(**values)  # type: ignore[arg-type]
    return MappingProxyType(levers)


#: Every lever by name.
LEVERS = _read_levers()
