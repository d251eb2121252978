"""What `streetlight calibrate` prints: targets, free numbers, and what could not be had."""

from __future__ import annotations

import math
from collections.abc import Iterable

from streetlight.experiments.calibrate.fit import Fitted
from streetlight.experiments.calibrate.free import FreeNumber, steps_at_ends
from streetlight.experiments.calibrate.quantities import Target
from streetlight.experiments.calibrate.task import Calibration
from streetlight.experiments.calibrate.told import NEAR, identified
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.card import Card

MET, LUCK, NOT_MET, UNTOLD = "met", "within luck", "NOT MET", "cannot be told"


def verdicts_of(task: Calibration, fitted: Fitted) -> list[str]:
    """Whether each target is met: by runs where there are any."""
    if fitted.runs is None:
        pairs = [(value, 0.0) for value in fitted.expected]
    else:
        pairs = list(zip(fitted.runs.means, fitted.runs.half_widths, strict=True))
    return [
        verdict(one, float(value), float(half))
        for one, (value, half) in zip(task.targets, pairs, strict=True)
    ]


def verdict(target: Target, value: float, half: float) -> str:
    """Whether a target is met by a value known to half an interval."""
    if not math.isfinite(value):
        return UNTOLD
    if target.met(value):
        return MET
    return LUCK if abs(value - target.value) <= target.tolerance + half else NOT_MET


def lines_of(task: Calibration, fitted: Fitted) -> list[str]:
    """All that is printed."""
    return [
        *target_table(task, fitted), "", *number_table(task, fitted), "", *words(task, fitted),
    ]  # fmt: skip


def shown(value: float) -> str:
    """A number with three digits, or a dash."""
    return f"{value:.3g}" if math.isfinite(value) else "-"


def table(rows: list[list[str]]) -> list[str]:
    """Rows under a header, columns as wide as they need to be."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if k in (0, len(widths) - 1) else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def target_table(task: Calibration, fitted: Fitted) -> list[str]:
    """A row a target: aimed, before and fitted, by expectation and runs."""
    runs, before = fitted.runs, fitted.runs_before
    head = ["target", "aimed", "give or take", "before"]
    head += ["fitted: expectation", "fitted: runs [95%]" if runs else "runs", ""]
    rows = [head]
    for i, (one, met) in enumerate(zip(task.targets, verdicts_of(task, fitted), strict=True)):
        value = before.means[i] if before else fitted.expected_before[i]
        by_runs = "not made"
        if runs:
            mean, half = runs.means[i], runs.half_widths[i]
            by_runs = f"{shown(mean)} [{shown(mean - half)}, {shown(mean + half)}]"
        rows.append([
            one.label, shown(one.value), shown(one.tolerance), shown(value),
            shown(fitted.expected[i]), by_runs, met,
        ])  # fmt: skip
    return table(rows)


def number_table(task: Calibration, fitted: Fitted) -> list[str]:
    """A row a free number: before, fitted, its range."""
    rows = [["free", "before", "fitted", "range", ""]]
    for one, value, end in zip(task.free, fitted.values, ends(task, fitted), strict=True):
        label = f"{one.label} (a factor on all its values)" if one.factor_of else one.label
        range_ = f"{shown(one.low)} to {shown(one.high)}"
        rows.append([label, f"{one.central:.4g}", f"{value:.4g}", range_, end])
    return table(rows)


def ends(task: Calibration, fitted: Fitted) -> list[str]:
    """Which end of its range each free number stands at, in words; "" for neither."""
    found = []
    for step, low, high in zip(fitted.steps, *steps_at_ends(task.free), strict=True):
        at = "at its lower end" if step - low < NEAR else ""
        found.append("at its upper end" if high - step < NEAR else at)
    return found


def words(task: Calibration, fitted: Fitted) -> list[str]:
    """What the tables come to, in sentences."""
    verdicts = verdicts_of(task, fitted)
    by_verdict = {
        kind: [one.label for one, v in zip(task.targets, verdicts, strict=True) if v == kind]
        for kind in (MET, LUCK, NOT_MET, UNTOLD)
    }
    lines = [f"{len(by_verdict[MET])} of {len(verdicts)} targets are met."]
    if near := by_verdict[LUCK]:
        lines.append(f"No farther off than luck can be: {listed(near)}; more replicates tell.")
    if missed := by_verdict[NOT_MET]:
        lines.append(f"Could not be met: {listed(missed)}.")
        at_end = [one.label for one, end in zip(task.free, ends(task, fitted), strict=True) if end]
        if at_end:
            lines.append(f"At an end of the range, which may be why: {', '.join(at_end)}.")
        if fitted.limits:
            lines.append(f"Cannot be moved on beside the others: {listed(fitted.limits)}.")
    if untold := by_verdict[UNTOLD]:
        lines.append(f"Too little happens in these runs to tell: {listed(untold)}.")
    return [*lines, *identification(task, fitted), *beyond_evidence(task)]


def listed(labels: Iterable[str]) -> str:
    """Labels in a sentence; some hold a comma."""
    return "; ".join(labels)


def identification(task: Calibration, fitted: Fitted) -> list[str]:
    """Which free numbers the targets do not fix."""
    found, names = identified(fitted.slopes), [one.label for one in task.free]
    if not found.alone and not found.together:
        return ["The targets fix all free numbers, within their tolerances."]
    n = len(names)
    lines = [f"{n} {'number is' if n == 1 else 'numbers are'} free, and the targets can fix "
             f"{found.n_told}."]  # fmt: skip
    if found.alone:
        lines.append(
            f"Hardly moves any target, so where it stands is no finding: "
            f"{', '.join(names[j] for j in found.alone)}."
        )
    if found.together:
        lines.append(
            f"Can make up for each other, so other values would do as well: "
            f"{', '.join(names[j] for j in found.together)}."
        )
    return lines


def beyond_evidence(task: Calibration) -> list[str]:
    """Ends of the file's own that lie beyond the range of a parameter's card."""
    return [
        f"{one.label}: its ends in the file reach beyond what the evidence allows, "
        f"{shown(card.low)} to {shown(card.high)}."
        for one in task.free
        if beyond(one, card := Parameters.all_cards()[one.name])
    ]


def beyond(one: FreeNumber, card: Card) -> bool:
    """Whether a number, or a value that gets a factor, can leave the range of its card."""
    values = [x for xs in one.factor_of.values() for x in xs] or [1.0]
    lowest = min(one.low * x for x in values)
    return lowest < card.low * (1.0 - 1e-9) or max(one.high * x for x in values) > card.high * (
        1.0 + 1e-9
    )
