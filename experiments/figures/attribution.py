"""Attribution, its numbers and its words: reports changed, so more harm or better seeing?

Read from `attribution.csv`, which `streetlight attribute` writes: contributions of what a
policy's money buys, exact in every world. Here they are averaged over worlds.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.figures.estimates import RunMean, contenders, estimate, ratio_values
from streetlight.experiments.figures.tables import (
    ResultTables,
    ShownPolicy,
    floats,
    lacking,
    run_batches,
)
from streetlight.experiments.figures.words import listing, percent
from streetlight.experiments.labels import quoted
from streetlight.model.arrays import FloatArray

FILE = "attribution.csv"
COLUMNS = ("policy", "future", "replicate", "part", "reports", "false_reports", "victimizations")
BASELINE, TOTAL = "baseline", "policy"
HARM, SEEING, FALSE = "victimizations", "true reports per victimization", "false reports"
REPORTS = ("reports", "false_reports")
MOST_NAMED = 3
# What a part of the money is, in a sentence and beside its bar.
PART_WORDS = {
    "awareness": "awareness and education",
    "barrier": "a confidential channel",
    "training": "training",
    "unit": "special units",
    "screening": "screening tools",
    "victimization": "prevention and services",
    "investigation": "investigators",
    "recording": "recording and publishing",
    "information": "surveys",
}


@dataclass(frozen=True)
class Bar:
    """One bar: a level, what a part of the money adds to it, or a split of the whole change.

    kind: 'level', 'part' or 'split'; value: per 100 reports under the baseline.
    """

    policy: str
    kind: str
    part: str
    value: float
    low: float
    high: float
    futures: int
    runs: int


@dataclass(frozen=True)
class AttributionFinding:
    """One policy's change in reports, and in what it consists; per 100 reports under the baseline.

    harm, seeing, false: what more victimizations, more true reports for each, and more false
    reports add to the change; parts: what each part of the money adds to it, by its name; most: the
    parts that no other clearly surpasses in the change's own direction.
    """

    label: str
    change: RunMean
    harm: RunMean
    seeing: RunMean
    false: RunMean
    parts: Mapping[str, RunMean]
    most: tuple[str, ...]


def headline(finding: AttributionFinding) -> str:
    """The finding in words."""
    change, name = finding.change, quoted(finding.label)
    if math.isnan(change.mean):
        return f"Nothing is reported under the baseline, so a change under {name} has no size."
    if change.low == change.high == 0:
        return f"Reports under {name} are exactly those under the baseline."
    if change.covers_zero:
        return f"Whether reports change under {name} cannot be told."
    up = change.mean > 0
    text = (
        f"Under {name} reports are {percent(abs(change.mean))} {'higher' if up else 'lower'} than "
        f"under the baseline: {_why(finding, up)}."
    )
    return f"{text} {_most(finding, up)}" if finding.most else text


def _most(finding: AttributionFinding, up: bool) -> str:
    """Which part of the money moves reports most in the direction in which they moved."""
    names = [PART_WORDS.get(part, part) for part in finding.most]
    verb = "adds" if up else "takes away"
    if len(names) > MOST_NAMED:
        return f"Which of {len(names)} parts of its money {verb} most cannot be told."
    if len(names) > 1:
        return f"Which part of its money {verb} most cannot be told: {listing(names, 'or')}."
    one = finding.parts[finding.most[0]]
    if one.covers_zero:
        return f"That any part of its money {verb} reports cannot be told."
    only = "" if len(finding.parts) == 1 else " most"
    return (
        f"The part of its money that goes to {names[0]} {verb}{only} ({percent(abs(one.mean))} of "
        "the baseline's reports)."
    )


def _why(finding: AttributionFinding, up: bool) -> str:
    more, fewer = ("more", "fewer") if up else ("fewer", "more")
    found = {
        "true reports for each victimization": finding.seeing,
        "false reports": finding.false,
        "victimizations": finding.harm,
    }
    clear = {words: one for words, one in found.items() if not one.covers_zero}
    along = [words for words, one in clear.items() if (one.mean > 0) == up]
    against = [words for words in clear if words not in along]
    if not along:
        return "through what cannot be told"
    verb = "adding" if up else "taking away"
    sizes = [f"{verb} {percent(abs(found[words].mean))}" for words in along]
    sizes[0] += " of the baseline's reports"
    text = listing([f"{more} {words} ({size})" for words, size in zip(along, sizes, strict=True)])
    if against:
        text += f", in spite of {listing([f'{fewer} {words}' for words in against])}"
    return text if "victimizations" in clear else f"{text}, not clearly {more} victimizations"


@dataclass(frozen=True)
class Attribution:
    """All that is drawn: rows and findings of the policies that were taken apart."""

    policies: tuple[ShownPolicy, ...]
    rows: list[Bar]
    findings: tuple[AttributionFinding, ...]


def attribution_of(results: ResultTables) -> Attribution | str:
    """The numbers of the figure for these results, or why there are none."""
    path = results.folder / FILE
    if not path.is_file():
        return "No policy's change in reports has been taken apart yet."
    table = _read(results)
    if table is None or not table:
        return f"{FILE} is not of the runs in this folder; make it again."
    policies = tuple(p for p in results.policies if p.name in table)
    rows: list[Bar] = []
    findings = []
    for policy in policies:
        finding, mine = _policy(results, policy, table[policy.name])
        findings.append(finding)
        rows += mine
    return Attribution(policies, rows, tuple(findings))


def _read(results: ResultTables) -> dict[str, dict[str, FloatArray]] | None:
    """By policy and part: the three quantities (3, W); None if they do not fit the runs."""
    worlds = {
        (results.futures[f], int(r)): w
        for w, (f, r) in enumerate(zip(results.future, results.replicate, strict=True))
    }
    names = {policy.name for policy in results.policies}
    table: dict[str, dict[str, FloatArray]] = {}
    with (results.folder / FILE).open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            return None
        for row in reader:
            world = worlds.get((row["future"], int(row["replicate"])))
            if world is None or row["policy"] not in names:
                return None
            parts = table.setdefault(row["policy"], {})
            pair = parts.setdefault(row["part"], np.full((3, results.future.size), math.nan))
            pair[:, world] = [float(row[name]) for name in COLUMNS[-3:]]
    return table if _fits(results, table) else None


def _fits(results: ResultTables, table: Mapping[str, Mapping[str, FloatArray]]) -> bool:
    """Whether the levels are those of runs.parquet."""
    if lacking(results, "runs.parquet", REPORTS):
        return False
    reports = np.full((len(results.policies), results.future.size), math.nan)
    for row, world, batch in run_batches(results, "runs.parquet", REPORTS):
        reports[row, world] = floats(batch[REPORTS[0]]) + floats(batch[REPORTS[1]])
    for policy in results.policies:
        for part, of in ((BASELINE, results.baseline), (TOTAL, policy)):
            if policy.name not in table:
                continue
            mine = table[policy.name].get(part)
            if mine is None or np.isnan(mine[0]).all():
                return False
            gap = mine[:2].sum(axis=0) - reports[results.position(of)]
            if np.nanmax(np.abs(np.where(np.isnan(mine[0]), 0.0, gap)), initial=0.0) > 0.5:
                return False
    return True


def _policy(
    results: ResultTables, policy: ShownPolicy, parts: Mapping[str, FloatArray]
) -> tuple[AttributionFinding, list[Bar]]:
    before, after = parts[BASELINE], parts[TOTAL]

    def shares(values: FloatArray) -> FloatArray:
        base = before[:2].sum(axis=0)
        return 100 * ratio_values(values, base, results.future)

    def share(values: FloatArray) -> RunMean:
        return estimate(shares(values), results.future)

    harm, seeing = split(before[[0, 2]], after[[0, 2]])
    total = {part: pair[:2].sum(axis=0) for part, pair in parts.items()}
    part_values = {k: shares(one) for k, one in total.items() if k not in (BASELINE, TOTAL)}
    found = {part: estimate(values, results.future) for part, values in part_values.items()}
    change = share(total[TOTAL] - total[BASELINE])
    direction = -1.0 if change.mean < 0 else 1.0
    moved = {part: direction * values for part, values in part_values.items()}
    finding = AttributionFinding(
        policy.label,
        change,
        share(harm),
        share(seeing),
        share(after[1] - before[1]),
        found,
        contenders(moved, results.future),
    )
    listed = [
        ("level", BASELINE, share(total[BASELINE])),
        *(("part", part, one) for part, one in found.items()),
        ("level", TOTAL, share(total[TOTAL])),
        ("split", HARM, finding.harm),
        ("split", SEEING, finding.seeing),
        ("split", FALSE, finding.false),
    ]
    return finding, [
        Bar(policy.name, kind, part, one.mean, one.low, one.high, len(one.futures), one.n_runs)
        for kind, part, one in listed
    ]


def split(before: FloatArray, after: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The change in true reports through victimizations and through reports of each, (W,) each.

    before, after: true reports and victimizations (2, W). The Shapley values of the two factors,
    so they sum to the change; NaN where there are no victimizations.
    """
    (reports_before, truth_before), (reports_after, truth_after) = before, after
    rate = [
        np.divide(top, below, out=np.full(below.shape, math.nan), where=below > 0)
        for top, below in ((reports_before, truth_before), (reports_after, truth_after))
    ]
    harm = (truth_after - truth_before) * (rate[0] + rate[1]) / 2
    seeing = (rate[1] - rate[0]) * (truth_before + truth_after) / 2
    return harm, seeing


def rows_for(rows: Sequence[Bar], policy: ShownPolicy) -> list[Bar]:
    """The rows of one policy."""
    return [row for row in rows if row.policy == policy.name]
