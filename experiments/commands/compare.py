"""`streetlight compare RESULTS`: the comparison as a table and a verdict a policy."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments.analysis import Comparison, Difference, compare
from model.levers import GRADES_IN_WORDS, graded
from model.policies import RULES

#: Decimals for a number by its size in the table.
SMALL = 1.0


def compare_results(folder: Path, *, as_json: bool = False) -> int:
    """Print the comparison of a results folder. InputError when there is none."""
    comparison = compare(folder)
    if as_json:
        print(json.dumps(rows_for_json(comparison), indent=2))
    else:
        print_comparison(comparison)
    return 0


def rows_for_json(comparison: Comparison) -> list[dict[str, Any]]:
    """The rows of the comparison with None for what is undefined."""
    return [
        {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(row).items()}
        for row in comparison.rows
    ]


def print_comparison(comparison: Comparison) -> None:
    """Print a table of differences to the baseline, and the verdicts under it."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:  # a file or a pipe has no width of its own
        console = Console(highlight=False, markup=False, width=120)
    metrics = list(dict.fromkeys(row.metric for row in comparison.rows))
    table = Table(title=f"{comparison.title}\n{header(comparison)}", title_justify="left")
    table.add_column("policy")
    for metric in metrics:
        row = next(row for row in comparison.rows if row.metric == metric)
        table.add_column(f"{row.title}\n({row.unit})", justify="right")
    for reference in (False, True):
        if reference and comparison.policies(reference=True):
            table.add_section()
        for policy in comparison.policies(reference=reference):
            name = f"{label(policy)} (reference)" if reference else label(policy)
            table.add_row(name, *(numbers(comparison.row(policy, metric)) for metric in metrics))
    console.print(table)
    console.print(
        "Differences to the baseline in the same worlds: mean, [95% Monte-Carlo interval], "
        "(spread over futures).",
        "Policies stand in the order of their means; two that stand together need not differ.",
        "Conditional on the assumptions; not estimates for real places.",
        sep="\n",
    )
    if comparison.levers:
        console.print(f"Bought, with evidence for cost and effect: {graded(comparison.levers)}.")
        console.print(f"Evidence: {GRADES_IN_WORDS}.")
    console.print()
    for policy in comparison.policies():
        console.print(f"{label(policy)}: {comparison.row(policy, comparison.primary).verdict}")


def header(comparison: Comparison) -> str:
    """What the table compares, in one line."""
    runs = f"{comparison.n_runs} runs"
    if comparison.n_runs < comparison.n_expected:
        runs += f" of {comparison.n_expected}, the others are missing"
    return f"against {label(comparison.baseline).lower()}; {runs}"


def label(policy: str) -> str:
    """A policy's name in words."""
    return RULES[policy].title if policy in RULES else policy.replace("_", " ")


def numbers(row: Difference) -> str:
    """Mean, interval and spread of a difference, a line each."""
    lines = [number(row.difference, row)]
    lines.append(f"[{number(row.mc_low, row)} to {number(row.mc_high, row)}]")
    if row.futures > 1:
        lines.append(f"({number(row.future_low, row)} to {number(row.future_high, row)})")
    return "\n".join(lines)


def number(value: float, row: Difference) -> str:
    """A number with as many decimals as its row's size asks for; a share as percentage points."""
    if math.isnan(value):
        return "?"
    if row.unit == "share":
        return f"{100 * value:+.2f} pp"
    size = max((abs(v) for v in (row.difference, row.mc_low, row.mc_high) if not math.isnan(v)),
               default=0.0)  # fmt: skip
    decimals = 0 if size >= 100 else 1 if size >= SMALL else 3
    return f"{value:+,.{decimals}f}"
