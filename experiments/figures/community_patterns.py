"""The patterns that lie in the table of communities: how counts and rates follow size and need."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import spearmanr

from streetlight.model.arrays import FloatArray

#: Columns of the table of communities that the patterns are worked out from.
COUNTED = (
    "population", "youth", "poverty_quintile", "true_onsets", "reports", "false_reports",
    "published",
)  # fmt: skip
LARGE = 5000.0  # youth: communities in which rates are not mostly chance


def _elasticity(youth: FloatArray, counts: FloatArray) -> float:
    some = counts > 0
    return float(np.polyfit(np.log(youth[some]), np.log(counts[some]), 1)[0])


def _gradient(columns: Mapping[str, FloatArray]) -> float:
    """True rate per youth in the poorest fifth of places over that in the least poor."""
    true, youth, fifth = (columns[k] for k in ("true_onsets", "youth", "poverty_quintile"))
    poor, rich = fifth == 5, fifth == 1
    return float(true[poor].sum() / youth[poor].sum() / (true[rich].sum() / youth[rich].sum()))


def _variation(values: FloatArray) -> float:
    return float(values.std() / values.mean())


def of_communities(columns: Mapping[str, FloatArray]) -> dict[str, float]:
    """The patterns by key; columns: those of COUNTED, each (C,)."""
    inhabited = columns["youth"] > 0
    youth, true, published = (
        columns[name][inhabited] for name in ("youth", "true_onsets", "published")
    )
    reports = (columns["reports"] + columns["false_reports"])[inhabited]
    true_rate, published_rate, large = true / youth, published / youth, youth > LARGE
    counts = float(spearmanr(published, true)[0])
    rates = float(spearmanr(published_rate, true_rate)[0])
    n = len(youth)
    top = np.argsort(-true_rate)[: n // 10]
    funded = np.argsort(-published)[: n // 3]
    return {
        "elasticity_true": _elasticity(youth, true),
        "elasticity_reports": _elasticity(youth, reports),
        "elasticity_published": _elasticity(youth, published),
        "rank_counts": counts,
        "rank_rates": rates,
        "rank_gap": counts - rates,
        "variation": _variation(published_rate) / _variation(true_rate),
        "variation_large": _variation(published_rate[large]) / _variation(true_rate[large]),
        "overlooked": float(1.0 - np.isin(top, funded).mean()),
        "population": float(np.corrcoef(columns["published"], columns["population"])[0, 1]),
        "poverty": _gradient(columns),
    }
