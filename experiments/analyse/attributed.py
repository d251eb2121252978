"""What a plan's change in reports is made of: attribution.csv, averaged over worlds.

`streetlight attribute` writes the contributions of what the money buys, exact in every world.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from streetlight.experiments.analyse.intervals import estimate
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.analyse.study_patterns import ratio
from streetlight.experiments.analyse.values import read_worlds
from streetlight.model.arrays import FloatArray

FILE = "attribution.csv"
COLUMNS = ("policy", "future", "replicate", "part", "reports", "false_reports", "victimizations")
BASELINE, TOTAL = "baseline", "policy"
HARM, SEEING, FALSE = "victimizations", "true reports per victimization", "false reports"


class Contribution(NamedTuple):
    """What a part of the money adds to a plan's reports, or a split of the whole change.

    kind: 'change' (the whole), 'part' or 'split'; value: a share of the baseline's reports.
    """

    plan: str
    kind: str
    part: str
    value: float
    low: float
    high: float
    n: int


def contributions(study: Study) -> list[Contribution] | str:
    """A row a plan and part, or why there are none."""
    if not (study.folder / FILE).is_file():
        return "Not asked here yet: streetlight attribute RESULTS."
    table = read(study)
    if not table:
        return f"{FILE} is not of the runs in this folder; make it again."
    return [row for plan, parts in table.items() for row in of_plan(plan, parts)]


def read(study: Study) -> dict[str, dict[str, FloatArray]]:
    """By plan and part the three quantities (3, F, R); empty if they do not fit the runs."""
    futures, shape = [f.name for f in study.futures], study.comparison.worlds.used.shape
    names = {plan.name for plan in study.every_plan}
    table: dict[str, dict[str, FloatArray]] = {}
    with (study.folder / FILE).open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            return {}
        for row in reader:
            r = int(row["replicate"])
            if row["policy"] not in names or row["future"] not in futures or r >= shape[1]:
                return {}
            parts = table.setdefault(row["policy"], {})
            values = parts.setdefault(row["part"], np.full((3, *shape), math.nan))
            values[:, futures.index(row["future"]), r] = [float(row[k]) for k in COLUMNS[-3:]]
    return table if fits(study, table) else {}


def fits(study: Study, table: Mapping[str, Mapping[str, FloatArray]]) -> bool:
    """Whether the levels are those of the runs, in every world that was taken apart."""
    worlds = read_worlds(study.folder, study.config, ("reports", "false_reports"))
    reports = worlds.values["reports"] + worlds.values["false_reports"]
    for plan, parts in table.items():
        for part, name in ((BASELINE, study.baseline.name), (TOTAL, plan)):
            if part not in parts:
                return False
            gap = parts[part][:2].sum(axis=0) - reports[worlds.policies.index(name)]
            if not np.isfinite(parts[part]).any() or np.nanmax(np.abs(gap), initial=0.0) > 0.5:
                return False
    return True


def of_plan(plan: str, parts: Mapping[str, FloatArray]) -> list[Contribution]:
    """The whole change first, then what the parts of the money add, then its split in three."""
    before, after = parts[BASELINE], parts[TOTAL]
    base = before[:2].sum(axis=0)
    harm, seeing = split(before[[0, 2]], after[[0, 2]])
    listed = [("change", TOTAL, after[:2].sum(axis=0) - base)]
    listed += [
        ("part", name, values[:2].sum(axis=0))
        for name, values in parts.items() if name not in (BASELINE, TOTAL)
    ]  # fmt: skip
    listed += [
        ("split", HARM, harm),
        ("split", SEEING, seeing),
        ("split", FALSE, after[1] - before[1]),
    ]
    rows = []
    for kind, name, values in listed:
        share = ratio(values, base)
        mean = estimate(share)
        n = int(np.isfinite(share).sum())
        rows.append(Contribution(plan, kind, name, mean.mean, mean.low, mean.high, n))
    return rows


def split(before: FloatArray, after: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The change in true reports through onsets and through reports of each, (F, R) each.

    before, after: true reports and onsets (2, F, R). The Shapley values of the two factors, so they
    sum to the change; NaN without onsets.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = [np.where(one[1] > 0, one[0] / one[1], math.nan) for one in (before, after)]
    harm = (after[1] - before[1]) * (rate[0] + rate[1]) / 2
    return harm, (rate[1] - rate[0]) * (before[1] + after[1]) / 2
