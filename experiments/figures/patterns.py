"""Patterns, their numbers and their words: what has been observed beside what is simulated.

The model at its defaults is a table kept with the code, which `studies/calibration_patterns.py`
makes; the study's own baseline is worked out here, for the patterns that a results folder can tell.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

import numpy as np

from streetlight.experiments.figures.estimates import RunMean, estimate, ratio_values
from streetlight.experiments.figures.spread import Spread, spread
from streetlight.experiments.figures.tables import (
    ResultTables,
    baseline_communities,
    floats,
    lacking,
    run_batches,
)
from streetlight.experiments.figures.words import plural
from streetlight.model.arrays import FloatArray
from streetlight.model.parameters.sources import named_for_readers

SHARE, RATIO = "share", "ratio"
# Patterns that are a column of runs.parquet, or the mean of one over the mean of another.
METRICS: Mapping[str, tuple[str, ...]] = {
    "known": ("cohort_known_share",),
    "identified": ("cohort_identified_share",),
    "metro_rural": ("known_share_large_metro", "known_share_rural"),
    "not_substantiated": ("not_substantiated_share",),
}
# A correlation is shown only of so many communities or more, with half as many that count anything.
FEWEST = 20


@dataclass(frozen=True)
class PatternRow:
    """One pattern: the observed range, the model at its defaults, and this study's baseline.

    observed_high is undefined where the range is open; whether a mean lies inside: 'inside' or
    'outside', 'narrowly' when its interval holds an edge of the range; '' without a value;
    study_future: how the futures of this study spread.
    """

    key: str
    pattern: str
    unit: str
    observed_low: float
    observed_high: float
    source: str
    fitted: bool
    defaults: float
    defaults_low: float
    defaults_high: float
    defaults_verdict: str
    defaults_from: str
    study: float
    study_low: float
    study_high: float
    study_verdict: str
    future_lowest: float
    future_highest: float
    study_future: Spread
    runs: int


def headline(rows: Sequence[PatternRow]) -> str:
    """The finding in words."""
    known = [row for row in rows if row.defaults_verdict]
    fitted = [row for row in known if row.fitted]
    free = [row for row in known if not row.fitted]
    text = (
        f"At its defaults the model lies inside the observed range for {_of(known)} patterns: "
        f"{_of(fitted)} that it was fitted to and {_of(free)} that it was not."
    )
    mine = [row for row in rows if row.study_verdict]
    if mine:
        inside = sum(row.study_verdict.startswith("inside") for row in mine)
        text += (
            f" In this study's baseline {inside} of the {plural(len(mine), 'pattern')} that its "
            f"tables can tell {'lies' if inside == 1 else 'lie'} inside."
        )
    return text


def _of(rows: Sequence[PatternRow]) -> str:
    inside = sum(row.defaults_verdict.startswith("inside") for row in rows)
    if rows and inside == len(rows):
        return f"all {len(rows)}"
    return f"{inside or 'none'} of the {len(rows)}" if rows else "none"


def verdict(mean: float, low: float, high: float, range_low: float, range_high: float) -> str:
    """Whether a mean lies in the range, and whether its interval leaves that open."""
    if math.isnan(mean):
        return ""
    word = "inside" if range_low <= mean <= range_high else "outside"
    edges = [edge for edge in (range_low, range_high) if math.isfinite(edge)]
    return f"{word}, narrowly" if any(low < edge < high for edge in edges) else word


def reference() -> list[dict[str, str]]:
    """The table of the model at its defaults, as it is kept with the code."""
    path = files("streetlight.experiments").joinpath("data", "patterns.csv")
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def rows_of(results: ResultTables) -> list[PatternRow]:
    """Every pattern, in the order of the table."""
    mine = study_values(results)
    nothing = np.full(results.future.size, math.nan)
    values = [(known, mine.get(known["key"], nothing)) for known in reference()]
    return [
        _row(known, estimate(own, results.future), spread(own, results)) for known, own in values
    ]


def _row(known: Mapping[str, str], study: RunMean, future: Spread) -> PatternRow:
    low, high = _number(known["low"], -math.inf), _number(known["high"], math.inf)
    defaults = [_number(known[name]) for name in ("mean", "mean_low", "mean_high")]
    return PatternRow(
        key=known["key"],
        pattern=known["pattern"],
        unit=known["unit"],
        observed_low=low,
        observed_high=high,
        source=named_for_readers(known["source"]),
        fitted=known["fitted"] == "yes",
        defaults=defaults[0],
        defaults_low=defaults[1],
        defaults_high=defaults[2],
        defaults_verdict=verdict(defaults[0], defaults[1], defaults[2], low, high),
        defaults_from=known["how"],
        study=study.mean,
        study_low=study.low,
        study_high=study.high,
        study_verdict=verdict(study.mean, study.low, study.high, low, high),
        future_lowest=min(study.futures, default=math.nan),
        future_highest=max(study.futures, default=math.nan),
        study_future=future,
        runs=study.n_runs,
    )


def _number(text: str, blank: float = math.nan) -> float:
    return float(text) if text else blank


def study_values(results: ResultTables) -> dict[str, FloatArray]:
    """The patterns of the baseline's runs by key, one value a world (W,)."""
    return _of_runs(results) | _of_places(results)


def _of_runs(results: ResultTables) -> dict[str, FloatArray]:
    told = {
        key: names for key, names in METRICS.items() if not lacking(results, "runs.parquet", names)
    }
    columns = sorted({name for names in told.values() for name in names})
    found = {name: np.full(results.future.size, math.nan) for name in columns}
    baseline = results.position(results.baseline)
    for policy, world, batch in run_batches(results, "runs.parquet", columns):
        mine = policy == baseline
        for name in columns:
            found[name][world[mine]] = floats(batch[name])[mine]
    values = {}
    for key, (top, *bottom) in told.items():
        # A ratio of means: small denominators would pull a mean of ratios upwards.
        values[key] = (
            ratio_values(found[top], found[bottom[0]], results.future) if bottom else found[top]
        )
    return values


def _of_places(results: ResultTables) -> dict[str, FloatArray]:
    from streetlight.experiments.figures.community_patterns import COUNTED, of_communities

    if lacking(results, "communities.parquet", COUNTED):
        return {}
    table = baseline_communities(results, COUNTED)
    order = np.argsort(table["world"], kind="stable")
    edges = np.searchsorted(table["world"][order], np.arange(results.future.size + 1))
    values: dict[str, FloatArray] = {}
    for world, (first, below) in enumerate(pairwise(edges)):
        columns = {name: table[name][order[first:below]] for name in COUNTED}
        if not _enough(columns):
            continue
        for key, value in of_communities(columns).items():
            values.setdefault(key, np.full(results.future.size, math.nan))[world] = value
    return values


def _enough(columns: Mapping[str, FloatArray]) -> bool:
    """Whether there are enough communities, with something in them that differs."""
    inhabited = columns["youth"] > 0
    if inhabited.sum() < FEWEST:
        return False
    youth = columns["youth"][inhabited]
    for name in ("true_onsets", "published"):
        counts = columns[name][inhabited]
        if (counts > 0).sum() < FEWEST / 2 or np.ptp(counts) == 0 or np.ptp(counts / youth) == 0:
            return False
    ends = [columns["true_onsets"][columns["poverty_quintile"] == k].sum() for k in (1, 5)]
    return bool(min(ends) > 0 and np.ptp(columns["population"]) > 0)
