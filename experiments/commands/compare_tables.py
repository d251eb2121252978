"""A comparison as tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from streetlight.experiments.analyse.differences import Difference
from streetlight.experiments.analyse.pareto import Place, Ratio
from streetlight.experiments.analyse.robustness import Criterion, Robustness
from streetlight.experiments.analyse.whole import Comparison
from streetlight.experiments.currency import money_word, speaking
from streetlight.experiments.labels import label, quoted
from streetlight.experiments.metrics import METRICS
from streetlight.model.money.levers import GRADES_IN_WORDS, graded

if TYPE_CHECKING:
    from rich.console import Console

#: Decimals for a number by its size in the table.
SMALL = 1.0
WIDTH = 120
#: Policies named in a line before the rest are counted.
NAMED = 8


def print_comparison(comparison: Comparison) -> None:
    """Print differences to the baseline, the verdicts, robustness and the Pareto front."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:  # a file or a pipe has no width of its own
        console = Console(highlight=False, markup=False, emoji=False, width=WIDTH)
    if not comparison.rows:
        console.print(comparison.title)
        console.print(f"Nothing to compare: {label(comparison.baseline)} is the only policy.")
        return
    print_differences(console, comparison)
    for line in comparison.worlds.dropped.in_words():
        console.print(line)
    if comparison.levers:
        console.print(f"Bought, with evidence for cost and effect: {graded(comparison.levers)}.")
        console.print(f"Evidence: {GRADES_IN_WORDS}.")
    console.print()
    for policy in comparison.policies():
        console.print(f"{label(policy)}: {comparison.row(policy, comparison.primary).verdict}")
    best = comparison.may_be_best()
    if best:
        console.print(f"\nMay be the best of all, with 95%: {named(map(label, best))}.")
    print_robustness(console, comparison)
    with speaking({"currency": comparison.currency}):
        print_pareto(console, comparison.pareto)


def print_differences(console: Console, comparison: Comparison) -> None:
    """The table of differences, and what its numbers are."""
    from rich.table import Table

    metrics = list(dict.fromkeys(row.metric for row in comparison.rows))
    table = Table(title=f"{comparison.title}\n{header(comparison)}", title_justify="left")
    table.add_column("policy", overflow="fold")
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
        "Differences in the same worlds: mean, [95% Monte-Carlo interval, of all policies at once; "
        "of a reference alone], (spread over futures).",
        "Policies stand in the order of their means; two that stand together need not differ.",
        "Conditional on the assumptions; not estimates for real places.",
        sep="\n",
    )


def print_robustness(console: Console, comparison: Comparison) -> None:
    """The table of the primary metric over futures, if there are two of them."""
    from rich.table import Table

    rows = [row for row in comparison.robustness if row.metric == comparison.primary]
    ranked = sorted((row for row in rows if not row.reference), key=by_mean_regret)
    if not ranked or ranked[0].futures < 2:
        return
    info = METRICS[comparison.primary]
    table = Table(
        title=f"\nOver {ranked[0].futures} futures: {info.title} ({info.unit}), least mean regret "
        "first", title_justify="left",
    )  # fmt: skip
    oracles = list(ranked[0].gaps)
    has_level = not math.isnan(ranked[0].criteria["satisfied"].value)
    table.add_column("policy", overflow="fold")
    for name in ("mean regret", "90% regret", "largest regret", "worst future"):
        table.add_column(name, justify="right")
    if has_level:
        table.add_column("good enough", justify="right")
    for name in oracles:
        table.add_column(f"gap to {label(name)}", justify="right")
    for row in ranked:
        one = row.criteria
        cells = [
            ranked_number(one["regret_mean"], info.unit, row.regret_mean_crossfit),
            ranked_number(one["regret_p90"], info.unit),
            ranked_number(one["regret_max"], info.unit, row.regret_max_crossfit),
            ranked_number(one["worst"], info.unit),
        ]
        cells += [ranked_number(one["satisfied"], "share")] * has_level
        cells += [signed(row.gaps[name], info.unit) for name in oracles]
        table.add_row(label(row.policy), *cells)
    console.print(table)
    console.print(
        "Regret: short of the best policy or oracle of each future; errs upwards. After / it is "
        "cross-fitted and errs downwards. #: rank and its 90% range by Monte-Carlo error."
    )


def by_mean_regret(row: Robustness) -> float:
    """What the table of robustness is sorted by."""
    return row.criteria["regret_mean"].value


def print_pareto(console: Console, places: list[Place]) -> None:
    """Who is on the front, who is dominated, and what one identified youth costs."""
    on = [place for place in places if place.on_front]
    off = [place for place in places if place.on_front is False]
    if not on:
        return
    console.print(
        "\nNot dominated in cost, identified, worst-off class and the first metric (share of "
        f"resamples): {named(f'{label(p.policy)}{share(p.front_share)}' for p in on)}."
    )
    if off:
        console.print(
            "Dominated: "
            + named(f"{label(p.policy)} (by {label(p.dominated_by[0])})" for p in off) + "."
        )  # fmt: skip
    for title, name in (("identified youth", "cost_per_identified"),
                        ("person-year averted", "cost_per_person_year")):  # fmt: skip
        known = [(p, getattr(p, name)) for p in places if not p.reference]
        told = [f"{label(p.policy)} {dollars(one)}" for p, one in known if one.value == one.value]
        if told:
            console.print(f"For one more {title}, {money_word()}: {named(told)}; others undefined.")


def share(value: float) -> str:
    """A share in brackets, or nothing where there is none."""
    return "" if math.isnan(value) else f" ({value:.0%})"


def dollars(ratio: Ratio) -> str:
    """A ratio and its interval; below 0 it is no price, but what is saved for each one gained."""
    if ratio.value < 0:
        sure = "saves money" if ratio.high < 0 else "may save money"
        return f"{sure} ({ratio.value:,.0f} [{ratio.low:,.0f} to {ratio.high:,.0f}])"
    return f"{ratio.value:,.0f} [{ratio.low:,.0f} to {ratio.high:,.0f}]"


def named(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def ranked_number(one: Criterion, unit: str, other: float | None = None) -> str:
    """A criterion with its rank and the rank's range under it."""
    value = amount(one.value, unit)
    if other is not None and not math.isnan(other):
        value += f" / {amount(other, unit)}"
    if one.rank is None:
        return value
    bounds = "" if one.rank_low is None else f" ({one.rank_low}-{one.rank_high})"
    return f"{value}\n#{one.rank}{bounds}"


def header(comparison: Comparison) -> str:
    """What the table compares, in one line."""
    runs = f"{comparison.n_runs} runs"
    if comparison.n_runs < comparison.n_expected:
        runs += f" of {comparison.n_expected}, the others are missing"
    return f"against {quoted(label(comparison.baseline))}; {runs}"


def numbers(row: Difference) -> str:
    """Mean, interval and spread of a difference, a line each."""
    low, high = bounds(row)
    lines = [number(row.difference, row), f"[{number(low, row)} to {number(high, row)}]"]
    if row.futures > 1:
        lines.append(f"({number(row.future_low, row)} to {number(row.future_high, row)})")
    return "\n".join(lines)


def bounds(row: Difference) -> tuple[float, float]:
    """The interval that is shown: that of all at once, but of a reference alone."""
    return (row.mc_low, row.mc_high) if row.reference else (row.sim_low, row.sim_high)


def number(value: float, row: Difference) -> str:
    """A difference with as many decimals as its row's size asks for."""
    sizes: list[Any] = [row.difference, *bounds(row)]
    return signed(value, row.unit, max((abs(v) for v in sizes if not math.isnan(v)), default=0.0))


def signed(value: float, unit: str, size: float | None = None) -> str:
    """A number with its sign, with decimals by `size`; a share as percentage points."""
    if math.isnan(value):
        return "?"
    if unit == "share":
        return f"{100 * value:+.2f} pp"
    return f"{value + 0.0:+,.{decimals(abs(value) if size is None else size)}f}"


def amount(value: float, unit: str) -> str:
    """A number without a plus; a share in per cent."""
    if math.isnan(value):
        return "?"
    return f"{value:.1%}" if unit == "share" else f"{value:,.{decimals(abs(value))}f}"


def decimals(size: float) -> int:
    """Decimals for numbers of this size."""
    return 0 if size >= 100 or size == 0 else 1 if size >= SMALL else 3
