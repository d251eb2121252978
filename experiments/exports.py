"""A study as tidy tables for a spreadsheet: what `streetlight export` writes.

A table is its columns and its rows; numbers are numbers, None where something is undefined.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from streetlight.experiments.analyse.study import Plan, Study
from streetlight.experiments.currency import in_currency, speaking
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.schema.names import value_in_words

#: What the first screen of the report is about, in the words of its columns.
HEADLINES = {
    "allocated": "money in all policy years",
    "person_years": "years of exploitation",
    "averted_person_years": "years of exploitation averted",
    "identified": "youth found",
    "cohort_identified_share": "found, of those exploited",
    "worst_class_identified_share": "found, where fewest are found",
    "all_reports": "reports, true and false",
    "false_investigated": "wrong investigations",
}

NUMBERS = (
    "mean", "low", "high", "base", "difference", "difference_low", "difference_high",
)  # fmt: skip


class Sheet(NamedTuple):
    """A table: names of its columns, and its rows."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


def sheets(study: Study) -> dict[str, Sheet]:
    """The tables by name."""
    with speaking(study.config):
        return {
            "about": about(study),
            "headlines": headlines(study),
            "plans": plans(study),
            "futures": futures(study),
            "measures": measures(study),
        }


def about(study: Study) -> Sheet:
    """What the numbers come from, a fact a row."""
    manifest = study.manifest
    facts = {
        "title": manifest["title"],
        "question": manifest.get("question") or "",
        "experiment": manifest["experiment"],
        "status": manifest.get("status", ""),
        "runs": manifest["counts"]["runs"],
        "years with money": study.years,
        "compared with": study.baseline.label,
        "intervals": "95%, of the luck of the runs, the futures given",
        "settings": manifest.get("config_sha256", ""),
        "code": manifest.get("code_sha256", ""),
    }
    return Sheet(("fact", "value"), list(facts.items()))


def headlines(study: Study) -> Sheet:
    """The numbers of the first screen, a row a headline and plan, over all futures.

    Besides them every metric that the study compares; `change` is the difference as a share.
    """
    compared = {name: METRICS[name].title for name in study.comparison.metrics}
    rows = []
    for measure, words in {**HEADLINES, **compared, **HEADLINES}.items():
        for plan in study.every_plan:
            row = study.row(measure, plan)
            if row.n:
                numbers = [known(getattr(row, name)) for name in NUMBERS]
                tail = (known(row.change), row.verdict, row.unit)
                rows.append((words, measure, plan.name, plan.label, *numbers, *tail))
    names = ("headline", "measure", "plan", "plan_title", *NUMBERS, "change", "verdict", "unit")
    return Sheet(names, rows)


def plans(study: Study) -> Sheet:
    """Who gets how much for what, a row a plan."""
    rows = [
        (plan.name, plan.label, role(plan), known(plan.budget), known(study.yearly(plan)),
         mixes(study, plan))
        for plan in study.every_plan
    ]  # fmt: skip
    money_in = [in_currency(f"dollars_{one}") for one in ("per_resident", "a_year")]
    names = ("plan", "plan_title", "role", *money_in, "mix")
    return Sheet(names, rows)


def mixes(study: Study, plan: Plan) -> str:
    """What a plan buys: one mix, or one for each class of place that has its own."""
    by_class = study.config["policies"][plan.name].get("class_mixes") or {"": plan.mix}
    found = []
    for name, mix in by_class.items() if plan.budget else ():
        bought = ", ".join(f"{lever} {share:.0%}" for lever, share in mix.items())
        found.append(f"{name}: {bought}" if name else bought)
    return "; ".join(found)


def role(plan: Plan) -> str:
    """What a plan is in the study."""
    if plan.is_baseline:
        return "compared with"
    return "told the truth, so no choice" if plan.is_reference else "on offer"


def futures(study: Study) -> Sheet:
    """What is assumed, a row a future and setting; a future that sets nothing has one row."""
    rows = [
        (future.name, future.title, "drawn" if future.sampled else "named", name, in_cell(value))
        for future in study.futures
        for name, value in (future.sets or {"": ""}).items()
    ]
    return Sheet(("future", "future_title", "kind", "setting", "value"), rows)


def in_cell(value: Any) -> Any:
    """A setting as one cell: a number, or text."""
    plain_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(value, Mapping):  # by policy year
        return value_in_words(value)
    return value if plain_number else str(value)


def measures(study: Study) -> Sheet:
    """measures.parquet with titles, without the rows in which nothing is defined."""
    titles = {future.name: future.title for future in study.futures} | {"": "all futures"}
    labels = {plan.name: plan.label for plan in study.every_plan}
    rows = [tuple(row.values()) for row in defined(study, labels, titles)]
    first = ("measure", "group", "year", "plan", "plan_title", "future", "future_title")
    return Sheet((*first, *NUMBERS, "verdict", "n", "unit"), rows)


def defined(
    study: Study, labels: Mapping[str, str], titles: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """The rows of measures.parquet that say something, by column."""
    for row in study.table.to_pylist():
        if math.isfinite(row["mean"]) and row["plan"] in labels:
            yield {
                "measure": row["measure"], "group": row["group"], "year": row["year"],
                "plan": row["plan"], "plan_title": labels[row["plan"]], "future": row["future"],
                "future_title": titles[row["future"]],
                **{name: known(row[name]) for name in NUMBERS},
                "verdict": row["verdict"], "n": row["n"], "unit": row["unit"],
            }  # fmt: skip


def known(value: Any) -> float | None:
    """A number, or None where there is none."""
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
