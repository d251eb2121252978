"""precision.csv: how precise each difference is in each future, and what pairing has saved."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from streetlight.experiments.analyse.values import read_values
from streetlight.experiments.analyse.writing import write_table
from streetlight.experiments.experiment import Experiment, Precision
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.running.replication import (
    LEVEL_OF,
    FutureRuns,
    compared_metric,
    metrics_needed,
    pairing,
    target,
)


@dataclass(frozen=True)
class PrecisionRow:
    """One policy in one future: a row of precision.csv; docs/data-dictionary.md says the rest."""

    future: str
    policy: str
    reference: bool
    metric: str
    replicates: int
    pairs: int
    failed: int
    half_width: float
    target: float
    reached: str
    levels: str
    correlation: float
    variance_ratio: float
    independent_replicates: float


def precision_rows(
    folder: Path, experiment: Experiment, replicates: dict[str, int]
) -> list[PrecisionRow]:
    """The rows of a results folder, futures in order, then policies; replicates: by future."""
    metric, _ = compared_metric(experiment)
    policies = experiment.all_policies()
    names = [policy.name for policy in policies]
    most = max(replicates.values())
    values, there = read_values(
        folder, set(metrics_needed(experiment)), names, list(replicates), most
    )
    rows = []
    for f, (future, n) in enumerate(replicates.items()):
        own = {name: array[:, f, :n] for name, array in values.items()}
        runs = FutureRuns(there[:, f, :n], own)
        wanted = target(experiment.precision, runs) if experiment.precision else math.nan
        found = [pairing(runs, p, metric) for p in range(1, len(policies))]
        ranked = [
            one.half_width
            for one, policy in zip(found, policies[1:], strict=True)
            if not policy.uses_oracle
        ]
        needed = max(ranked, default=math.nan) if math.isnan(wanted) else wanted
        for p, (policy, one) in enumerate(zip(policies[1:], found, strict=True), start=1):
            rows.append(
                PrecisionRow(
                    future, policy.name, policy.uses_oracle, metric, n, one.pairs,
                    int(n - runs.there[p].sum()), one.half_width, wanted,
                    answer(experiment.precision, policy.uses_oracle, one.half_width, wanted),
                    LEVEL_OF.get(metric, metric), one.correlation, one.variance_ratio,
                    one.independent(needed),
                )
            )  # fmt: skip
    return rows


def answer(rule: Precision | None, is_oracle: bool, half_width: float, wanted: float) -> str:
    """Whether a target was reached; blank where there is none."""
    if rule is None or is_oracle:
        return ""
    return "yes" if half_width <= wanted else "no"


def write_precision(rows: list[PrecisionRow], path: Path) -> None:
    """Write precision.csv."""
    write_table(path, [field.name for field in fields(PrecisionRow)], map(asdict, rows))


def summary(rows: list[PrecisionRow]) -> dict[str, Any]:
    """What the manifest says: over policies that are no references, None where undefined."""
    own = [row for row in rows if not row.reference]
    judged = [row for row in own if row.reached]
    futures = {row.future for row in judged}
    missed = {row.future for row in judged if row.reached == "no"}
    return {
        "metric": own[0].metric if own else None,
        "futures": len({row.future for row in own}),
        "reached_share": 1 - len(missed) / len(futures) if futures else None,
        "max_half_width": number(np.max([row.half_width for row in own] or [math.nan])),
        "median_correlation": middle([row.correlation for row in own]),
        "median_variance_ratio": middle([row.variance_ratio for row in own]),
        "replicates": sum({row.future: row.replicates for row in own}.values()),
        "independent_replicates": independent(own),
    }


def independent(rows: list[PrecisionRow]) -> int | None:
    """Replicates over all futures that independent seeds would have needed.

    Each future by its hardest policy; None where that is undefined for a policy in any future.
    """
    most: dict[str, float] = {}
    for row in rows:
        if math.isnan(row.independent_replicates):
            return None
        most[row.future] = max(most.get(row.future, 0.0), row.independent_replicates)
    return int(sum(most.values())) if most else None


def middle(values: list[float]) -> float | None:
    """The median of what is defined."""
    defined = [value for value in values if not math.isnan(value)]
    return number(np.median(defined)) if defined else None


def number(value: Any) -> float | None:
    """A float as JSON can hold it."""
    return None if math.isnan(value) else float(f"{value:.10g}")


def missed(rows: list[PrecisionRow]) -> list[str]:
    """What is said of each future in which a target was not reached: which, and by how much."""
    found: dict[str, list[PrecisionRow]] = {}
    for row in rows:
        if row.reached == "no":
            found.setdefault(row.future, []).append(row)
    texts = []
    for future, own in found.items():
        worst = max(own, key=lambda row: math.inf if math.isnan(row.half_width) else row.half_width)
        unit = METRICS[worst.metric].unit
        known = not math.isnan(worst.half_width)
        reached = f"{worst.half_width:.4g}" if known else "undefined"
        wanted = f", not {worst.target:.4g}"
        if math.isnan(worst.target):
            wanted = "; its target is undefined" if known else ", and so is its target"
        # `half_width` itself is above 0
        if worst.target == 0.0 or math.isnan(worst.target):
            wanted += ", a share of a baseline of 0 or none: give half_width as an amount"
        texts.append(
            f"precision target missed in {future} after {worst.replicates} replicates: half-width "
            f"of {worst.policy} in {worst.metric} is {reached}{wanted} ({unit})"
        )
    return texts
