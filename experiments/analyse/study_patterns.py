"""Which of the known patterns hold: what was observed, the model at its defaults, and this study.

The model at its defaults is a table kept with the code, which `studies/calibration_patterns.py`
makes; the study's own baseline is worked out here, for the patterns that its tables can tell.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from streetlight.experiments.analyse.intervals import estimate
from streetlight.experiments.analyse.measures import run_parts
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.analyse.values import read_worlds
from streetlight.experiments.running.columns import numbers_in
from streetlight.experiments.running.reading import column_names
from streetlight.model.arrays import FloatArray
from streetlight.model.outcome_equity import spearman
from streetlight.model.parameters.sources import named_for_readers

#: Columns of the table of communities that patterns are worked out from.
COUNTED = (
    "population", "youth", "poverty_quintile", "true_onsets", "reports", "false_reports",
    "published",
)  # fmt: skip
LARGE = 5000.0  # youth: communities in which rates are not mostly chance
#: Patterns that are a column of runs.parquet, or the mean of one over the mean of another.
OF_RUNS: Mapping[str, tuple[str, ...]] = {
    "known": ("cohort_known_share",),
    "identified": ("cohort_identified_share",),
    "metro_rural": ("known_share_large_metro", "known_share_rural"),
    "not_substantiated": ("not_substantiated_share",),
}
#: A correlation is told of so many communities or more, with half as many that count anything.
FEWEST = 20


class PatternRow(NamedTuple):
    """One pattern: the observed range, the model at its defaults, and this study's baseline.

    observed_high is infinite where the range is open; verdicts: see `verdict`.
    """

    key: str
    pattern: str
    unit: str
    observed_low: float
    observed_high: float
    source: str
    fitted: str
    defaults: float
    defaults_low: float
    defaults_high: float
    defaults_verdict: str
    study: float
    study_low: float
    study_high: float
    study_verdict: str


def patterns(study: Study) -> list[PatternRow]:
    """Every pattern, in the order of the table kept with the code."""
    path = files("streetlight.experiments").joinpath("data", "patterns.csv")
    known = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    own = of_runs(study) | of_places(study)
    return [pattern(row, own.get(row["key"])) for row in known]


def pattern(known: Mapping[str, str], own: FloatArray | None) -> PatternRow:
    """A row of the table kept with the code, and the study's values (F, R)."""
    low, high = number(known["low"], -math.inf), number(known["high"], math.inf)
    mean, mean_low, mean_high = (number(known[k]) for k in ("mean", "mean_low", "mean_high"))
    value, value_low, value_high = math.nan, math.nan, math.nan
    if own is not None and np.isfinite(own).any():
        found = estimate(own)
        value, value_low, value_high = found.mean, found.low, found.high
    return PatternRow(
        known["key"], known["pattern"], known["unit"], low, high,
        named_for_readers(known["source"]), known["fitted"],
        mean, mean_low, mean_high, verdict(mean, mean_low, mean_high, low, high),
        value, value_low, value_high, verdict(value, value_low, value_high, low, high),
    )  # fmt: skip


def number(text: str, blank: float = math.nan) -> float:
    """A number of the table."""
    return float(text) if text else blank


def verdict(mean: float, low: float, high: float, range_low: float, range_high: float) -> str:
    """'inside' or 'outside', 'narrowly' when the interval holds an edge; '' without a value."""
    if math.isnan(mean):
        return ""
    word = "inside" if range_low <= mean <= range_high else "outside"
    edges = [edge for edge in (range_low, range_high) if math.isfinite(edge)]
    return f"{word}, narrowly" if any(low < edge < high for edge in edges) else word


def of_runs(study: Study) -> dict[str, FloatArray]:
    """Patterns that are columns of runs.parquet, under the baseline, (F, R)."""
    there = column_names(study.folder / "runs.parquet")
    told = {key: names for key, names in OF_RUNS.items() if set(names) <= there}
    columns = {name for names in told.values() for name in names}
    worlds = read_worlds(study.folder, study.config, columns)
    at = worlds.policies.index(study.baseline.name)
    values = {name: worlds.values[name][at] for name in columns}
    return {
        key: ratio(values[names[0]], values[names[1]]) if len(names) > 1 else values[names[0]]
        for key, names in told.items()
    }


def ratio(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """Values (F, R) whose mean in each future is the ratio of means, and whose spread its error.

    The residuals, (top - ratio * bottom) / mean(bottom), are added to the ratio: to first order.
    """
    there = np.isfinite(top) & np.isfinite(bottom)
    n = there.sum(axis=1, keepdims=True)
    above, below = (np.where(there, v, 0.0).sum(axis=1, keepdims=True) / n.clip(1)
                    for v in (top, bottom))  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        found = above / below + (top - above / below * bottom) / below
    return np.where(there & (below > 0), found, math.nan)


def of_places(study: Study) -> dict[str, FloatArray]:
    """Patterns in the table of communities, under the baseline, (F, R)."""
    path, worlds = study.folder / "communities.parquet", study.comparison.worlds
    if not set(COUNTED) <= column_names(path):
        return {}
    at = worlds.policies.index(study.baseline.name)
    values: dict[str, FloatArray] = {}
    for (plan, future, replicate), part in run_parts(path, worlds, COUNTED):
        if plan != at or not worlds.used[future, replicate]:
            continue
        columns = {name: numbers_in(part[name]).astype(float) for name in COUNTED}
        if enough(columns):
            for key, value in of_communities(columns).items():
                empty = np.full(worlds.used.shape, math.nan)
                values.setdefault(key, empty)[future, replicate] = value
    return values


def enough(columns: Mapping[str, FloatArray]) -> bool:
    """Whether there are enough communities, with something in them that differs."""
    inhabited = columns["youth"] > 0
    if inhabited.sum() < FEWEST:
        return False
    youth = columns["youth"][inhabited]
    for name in ("true_onsets", "published"):
        counts = columns[name][inhabited]
        if (counts > 0).sum() < FEWEST / 2 or np.ptp(counts) == 0 or np.ptp(counts / youth) == 0:
            return False
    fifths = [columns["true_onsets"][columns["poverty_quintile"] == k].sum() for k in (1, 5)]
    return bool(min(fifths) > 0 and np.ptp(columns["population"]) > 0)


def of_communities(columns: Mapping[str, FloatArray]) -> dict[str, float]:
    """The patterns by key; columns: those of COUNTED, each (C,)."""
    inhabited = columns["youth"] > 0
    youth, true, published = (
        columns[name][inhabited] for name in ("youth", "true_onsets", "published")
    )
    reports = (columns["reports"] + columns["false_reports"])[inhabited]
    true_rate, published_rate, large = true / youth, published / youth, youth > LARGE
    counts, rates = spearman(published, true), spearman(published_rate, true_rate)
    n = len(youth)
    top = np.argsort(-true_rate)[: n // 10]
    funded = np.argsort(-published)[: n // 3]
    return {
        "elasticity_true": elasticity(youth, true),
        "elasticity_reports": elasticity(youth, reports),
        "elasticity_published": elasticity(youth, published),
        "rank_counts": counts,
        "rank_rates": rates,
        "rank_gap": counts - rates,
        "variation": variation(published_rate) / variation(true_rate),
        "variation_large": variation(published_rate[large]) / variation(true_rate[large]),
        "overlooked": float(1.0 - np.isin(top, funded).mean()),
        "population": float(np.corrcoef(columns["published"], columns["population"])[0, 1]),
        "poverty": gradient(columns),
    }


def elasticity(youth: FloatArray, counts: FloatArray) -> float:
    """Slope of log counts on log youth, where anything is counted."""
    some = counts > 0
    return float(np.polyfit(np.log(youth[some]), np.log(counts[some]), 1)[0])


def gradient(columns: Mapping[str, FloatArray]) -> float:
    """True rate per youth in the poorest fifth of places over that in the least poor."""
    true, youth, fifth = (columns[k] for k in ("true_onsets", "youth", "poverty_quintile"))
    poor, rich = fifth == 5, fifth == 1
    return float(true[poor].sum() / youth[poor].sum() / (true[rich].sum() / youth[rich].sum()))


def variation(values: FloatArray) -> float:
    """Standard deviation over mean; NaN of nothing."""
    return float(values.std() / values.mean()) if len(values) else math.nan
