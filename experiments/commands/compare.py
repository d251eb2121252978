"""`streetlight compare RESULTS`: differences, verdicts, robustness and the Pareto front."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from streetlight.experiments.analyse.whole import Comparison, compare
from streetlight.experiments.commands.compare_tables import print_comparison


def compare_results(
    folder: Path,
    *,
    metric: str | None = None,
    against: str | None = None,
    as_json: bool = False,
) -> int:
    """Print the comparison of a results folder. InputError when there is none.

    metric: by this one alone; against: differences to this policy in the place of the baseline.
    """
    comparison = compare(folder, metric=metric, against=against)
    if as_json:
        print(json.dumps(in_json(comparison), indent=2))
    else:
        print_comparison(comparison)
    return 0


def in_json(comparison: Comparison) -> dict[str, Any]:
    """The whole comparison as plain values, with None for what is undefined."""
    found: dict[str, Any] = plain({
        "title": comparison.title,
        "against": comparison.baseline,
        "primary": comparison.primary,
        "runs": comparison.n_runs,
        "runs_expected": comparison.n_expected,
        "dropped": comparison.worlds.dropped,
        "differences": comparison.rows,
        "may_be_best": comparison.may_be_best(),
        "robustness": comparison.robustness,
        "pareto": comparison.pareto,
    })  # fmt: skip
    return found


def rows_for_json(comparison: Comparison) -> list[dict[str, Any]]:
    """The differences alone, with None for what is undefined."""
    rows: list[dict[str, Any]] = plain(comparison.rows)
    return rows


def plain(value: Any) -> Any:
    """A value of lists, dictionaries, numbers and text alone; None for NaN."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value
