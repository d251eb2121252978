"""The plans by different attitudes to risk, and how sure their ranks are: two tables for people."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streetlight.experiments.analyse.robustness import Criterion
from streetlight.experiments.analyse.whole import Comparison
from streetlight.experiments.labels import label
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.report.numbers import UNKNOWN, amount, in_unit
from streetlight.experiments.running.reading import again
from streetlight.model.errors import InputError

MOST_NAMED = 3
#: With fewer futures than this, nine of ten of them are all of them.
FEW = 10

#: The criteria in the order of the table: what each asks, in words.
CRITERIA = {
    "regret_mean": "regret on average",
    "regret_p90": "regret not exceeded in 9 of 10 futures",
    "regret_max": "largest regret",
    "worst": "the worst future",
    "satisfied": "futures that are good enough",
}


@dataclass(frozen=True)
class Attitude:
    """A plan's line: name, value and rank by each criterion, and what beats it in everything."""

    name: str
    cells: list[tuple[str, str]]
    front: str


@dataclass(frozen=True)
class Attitudes:
    """The table: heads and lines."""

    heads: list[str]
    rows: list[Attitude]


def attitudes(comparison: Comparison) -> Attitudes | None:
    """The robustness table in the metric that decides; None with one future or nothing ranked."""
    rows = [r for r in comparison.robustness if r.metric == comparison.primary and not r.reference]
    if not rows or rows[0].futures < 2:
        return None
    kept = [c for c in CRITERIA if any(not math.isnan(r.criteria[c].value) for r in rows)]
    if rows[0].futures < FEW:
        # nine of ten of fewer than ten futures are all of them: the largest regret again
        kept.remove("regret_p90")
    unit = METRICS[comparison.primary].unit
    fronts = {place.policy: place for place in comparison.pareto}
    lines = []
    for row in sorted(rows, key=lambda r: r.criteria["regret_mean"].rank or len(rows)):
        cells = [criterion(c, row.criteria[c], unit) for c in kept]
        place = fronts.get(row.policy)
        front = ""
        if place is not None and place.on_front is not None:
            front = "no" if place.on_front else f"yes: {beaten_by(place.dominated_by)}"
        lines.append(Attitude(label(row.policy), cells, front))
    return Attitudes([CRITERIA[c] for c in kept], lines)


def beaten_by(policies: Sequence[str]) -> str:
    """The plans that beat one in everything, the first few by name."""
    names = [label(policy) for policy in policies[:MOST_NAMED]]
    if len(policies) > MOST_NAMED:
        names.append(f"{len(policies) - MOST_NAMED} more")
    return ", ".join(names)


def criterion(name: str, found: Criterion, unit: str) -> tuple[str, str]:
    """A criterion's value and rank with its range."""
    if math.isnan(found.value):
        return UNKNOWN, ""
    if name == "satisfied":
        value = f"{100 * found.value:.0f}%"
    elif name == "worst":
        value = in_unit(found.value, unit, abs(found.value), signed=False)
    else:
        value = in_unit(abs(found.value), unit, abs(found.value), signed=False)
    if found.rank is None:
        return value, ""
    rank = f"rank {found.rank}"
    if found.rank_low is not None and (found.rank_low, found.rank_high) != (found.rank,) * 2:
        rank += f" ({found.rank_low} to {found.rank_high})"
    return value, rank


@dataclass(frozen=True)
class Precise:
    """A future's line: the widest half-width of a plan in the metric of this title.

    reached: whether every plan met the target; independent: replicates without shared luck.
    """

    title: str
    future: str
    replicates: str
    half_width: str
    target: str
    reached: str
    independent: str


def precisions(folder: Path) -> list[Precise]:
    """The widest interval of each future, from precision.csv; empty without the file.

    InputError when it is there and cannot be read.
    """
    path = folder / "precision.csv"
    if not path.exists():
        return []
    try:
        return precisions_of(path)
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        # cells that lack, or hold no number, or columns of something else
        raise InputError(
            f"{path}: is damaged ({type(error).__name__}: {error}); {again(folder)}"
        ) from None


def precisions_of(path: Path) -> list[Precise]:
    """The widest interval of each future, from a file of the columns of precision.csv."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["reference"] == "no"]
    by_future: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_future.setdefault(row["future"], []).append(row)
    return [precise(future, own) for future, own in by_future.items()]


def precise(future: str, rows: list[dict[str, Any]]) -> Precise:
    """One future's line."""
    about = METRICS[rows[0]["metric"]]
    unit = about.unit
    widest = max(rows, key=lambda row: float(row["half_width"] or "inf"))
    independent = float(widest["independent_replicates"] or "nan")
    return Precise(
        title=about.title,
        future=future.replace("_", " "),
        replicates=widest["replicates"],
        half_width=amount(float(widest["half_width"] or "nan"), unit),
        target=amount(float(widest["target"]), unit) if widest["target"] else "",
        reached="" if not widest["reached"] else
        "no" if any(row["reached"] == "no" for row in rows) else "yes",
        independent="" if math.isnan(independent) else f"{independent:,.0f}",
    )  # fmt: skip
