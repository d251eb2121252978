"""The files of a comparison: comparison.csv, robustness.csv, regret.csv, pareto.csv."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from streetlight.experiments.analyse.differences import Difference
from streetlight.experiments.analyse.pareto import OBJECTIVES, Place, Ratio
from streetlight.experiments.analyse.regret import Regret
from streetlight.experiments.analyse.robustness import (
    CRITERIA,
    OF_A_POPULATION,
    Criterion,
    Robustness,
)
from streetlight.experiments.analyse.whole import Comparison
from streetlight.model.text import marked

Row = Mapping[str, Any]
#: Comparison of `robustness.csv` to each oracle: one column an oracle.
GAP = "gap_to_"


def cell_text(value: object) -> str:
    """A value as a CSV file holds it: blank for NaN and None, ten digits for a number."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value + 0.0:.10g}"  # never -0
    if isinstance(value, tuple):
        return marked("; ".join(map(str, value)))
    return marked(value) if isinstance(value, str) else str(value)


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> None:
    """Write a CSV file of these columns."""
    columns = list(columns)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([cell_text(row[name]) for name in columns])


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write comparison.csv."""
    write_table(path, [f.name for f in fields(Difference)], map(asdict, comparison.rows))


def write_robustness(comparison: Comparison, path: Path) -> None:
    """Write robustness.csv."""
    rows = [robustness_row(row) for row in comparison.robustness]
    oracles = [n for n, o in zip(comparison.worlds.policies, comparison.worlds.references,
                                 strict=True) if o]  # fmt: skip
    gaps = [GAP + name for name in oracles]
    write_table(path, [*robustness_columns(), *gaps], [dict.fromkeys(gaps) | row for row in rows])


def robustness_columns() -> list[str]:
    """The columns of robustness.csv but those of the gaps."""
    names = ["policy", "metric", "reference", "futures"]
    for name in CRITERIA:
        names += [name, f"{name}_rank", f"{name}_rank_low", f"{name}_rank_high"]
        if name in OF_A_POPULATION:
            names += [f"{name}_population_rank_low", f"{name}_population_rank_high"]
    return [*names, "regret_max_crossfit", "regret_mean_crossfit"]


def robustness_row(row: Robustness) -> dict[str, Any]:
    """A row with a criterion's parts in columns of their own."""
    flat: dict[str, Any] = {
        "policy": row.policy, "metric": row.metric, "reference": row.reference,
        "futures": row.futures, "regret_max_crossfit": row.regret_max_crossfit,
        "regret_mean_crossfit": row.regret_mean_crossfit,
    }  # fmt: skip
    for name, one in row.criteria.items():
        flat[name] = one.value
        for part in fields(Criterion)[1:]:
            flat[f"{name}_{part.name}"] = getattr(one, part.name)
    return flat | {GAP + name: gap for name, gap in row.gaps.items()}


def write_regret(comparison: Comparison, path: Path) -> None:
    """Write regret.csv."""
    rows = (row._asdict() for row in comparison.regret)
    write_table(path, Regret._fields, rows)


def pareto_columns() -> list[str]:
    """The columns of pareto.csv."""
    ends = ("", "_low", "_high")
    return [
        "policy", "reference", *OBJECTIVES, "metric", "value",
        "on_front", "dominated_by", "front_share",
        *(f"cost_per_{what}{end}" for what in ("identified", "person_year") for end in ends),
    ]  # fmt: skip


def write_pareto(comparison: Comparison, path: Path) -> None:
    """Write pareto.csv."""
    name = comparison.metrics[comparison.primary]["name"]
    write_table(path, pareto_columns(), (pareto_row(place, name) for place in comparison.pareto))


def pareto_row(place: Place, primary: str) -> dict[str, Any]:
    """A row with a ratio's parts in columns of their own."""
    flat: dict[str, Any] = {
        "policy": place.policy, "reference": place.reference, "metric": primary,
        "value": place.values.get(primary, math.nan), "on_front": place.on_front,
        "dominated_by": place.dominated_by, "front_share": place.front_share,
    }  # fmt: skip
    flat |= {name: place.values.get(name, math.nan) for name in OBJECTIVES}
    for what in ("identified", "person_year"):
        one: Ratio = getattr(place, f"cost_per_{what}")
        for end, value in (("", one.value), ("_low", one.low), ("_high", one.high)):
            flat[f"cost_per_{what}{end}"] = value
    return flat


WRITERS: dict[str, Callable[[Comparison, Path], None]] = {
    "comparison.csv": write_comparison,
    "robustness.csv": write_robustness,
    "regret.csv": write_regret,
    "pareto.csv": write_pareto,
}


def write_all(comparison: Comparison, write: Callable[[str, Callable[[Path], Any]], Any]) -> None:
    """Write every file of a comparison; write: a store's, which makes each appear whole."""
    for name, writer in WRITERS.items():
        write(name, lambda path, writer=writer: writer(comparison, path))  # type: ignore[misc]
