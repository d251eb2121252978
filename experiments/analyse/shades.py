"""What a map of reports would show and hide: rates of each community, and shades that hold them.

Ids of communities serve to find where they lie. They are written to no file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from streetlight.experiments.analyse.intervals import Estimate, estimate
from streetlight.experiments.analyse.measures import run_parts, summary
from streetlight.experiments.analyse.study import Study
from streetlight.experiments.analyse.study_patterns import ratio
from streetlight.experiments.running.columns import numbers_in
from streetlight.model.arrays import BoolArray, FloatArray, IntArray

REPORTS, TRUTH, MISSED = "reports published", "victimizations", "never reported"
MAPS = (REPORTS, TRUTH, MISSED)
N_SHADES = 8
#: A rate is uncertain when its interval reaches further to a side than this share of it.
UNSURE = 0.5


class ShadeRow(NamedTuple):
    """One shade of one map: places whose mean rate, per 1,000 youth a year, lies in it."""

    map: str
    shade: int
    rate_from: float
    rate_below: float
    communities: int
    youth_share: float
    uncertain: int


@dataclass(frozen=True)
class Shades:
    """Rates under the baseline.

    ids, youth: (C,); rates, uncertain: of each map (C,), NaN and False without youth; edges: lower
    edges of the shades; missed, living: shares of what nobody reports, and of youth, in places that
    a world's own map of reports shows paler than the region as a whole; seen: reports published for
    each onset.
    """

    ids: tuple[str, ...]
    youth: FloatArray
    rates: Mapping[str, FloatArray]
    uncertain: Mapping[str, BoolArray]
    edges: FloatArray
    rows: list[ShadeRow]
    missed: Estimate
    living: Estimate
    seen: Estimate


def shades(study: Study) -> Shades:
    """The maps of a study."""
    ids, counts, youth = communities(study)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.where(youth > 0, 1000.0 / youth / study.years, math.nan)
    rates, uncertain = {}, {}
    for name in MAPS:
        found = summary(counts[name] * scale[:, None, None])
        rates[name] = found["mean"][:, -1]
        half = found["high"][:, -1] - rates[name]
        uncertain[name] = half > UNSURE * np.abs(rates[name])
    edges = shade_edges(rates[TRUTH], youth)
    rows = [
        shade_row(name, k, edges, rates[name], youth, uncertain[name])
        for name in MAPS
        for k in range(N_SHADES)
    ]
    missed, living = hidden(counts, youth)
    seen = estimate(ratio(counts[REPORTS].sum(axis=0), counts[TRUTH].sum(axis=0)))
    return Shades(ids, youth, rates, uncertain, edges, rows, missed, living, seen)


def communities(study: Study) -> tuple[tuple[str, ...], dict[str, FloatArray], FloatArray]:
    """Ids, counts of each map under the baseline (C, F, R; NaN without a run), and youth (C,)."""
    worlds = study.comparison.worlds
    at = worlds.policies.index(study.baseline.name)
    columns = ("youth", "published", "true_onsets", "known")
    ids: tuple[str, ...] = ()
    counts: dict[str, FloatArray] = {}
    youth = np.zeros(0)
    for (plan, future, replicate), part in run_parts(
        study.folder / "communities.parquet", worlds, columns, ("community",)
    ):
        if plan != at or not worlds.used[future, replicate]:
            continue
        if not ids:  # every run has the same places, in one order
            ids = tuple(part["community"].to_pylist())
            youth = numbers_in(part["youth"]).astype(float)
            counts = {name: np.full((len(ids), *worlds.used.shape), math.nan) for name in MAPS}
        published, true, known = (numbers_in(part[n]).astype(float) for n in columns[1:])
        values = published, true, np.maximum(true - known, 0.0)
        for name, value in zip(MAPS, values, strict=True):
            counts[name][:, future, replicate] = value
    return ids, counts, youth


def hidden(counts: Mapping[str, FloatArray], youth: FloatArray) -> tuple[Estimate, Estimate]:
    """Shares of what nobody reports, and of youth, in the places that look quiet on each map."""
    reports, missed = counts[REPORTS], counts[MISSED]
    with np.errstate(divide="ignore", invalid="ignore"):
        shown = reports / np.where(youth > 0, youth, math.nan)[:, None, None]
        paler = shown < (reports.sum(axis=0) / youth.sum())[None]
        lost = (missed * paler).sum(axis=0) / missed.sum(axis=0)
        living = (youth[:, None, None] * paler).sum(axis=0) / youth.sum()
    return estimate(lost), estimate(np.where(np.isfinite(lost), living, math.nan))


def shade_edges(truth: FloatArray, youth: FloatArray) -> FloatArray:
    """Lower edges of the shades, two digits each, closer together where rates are low.

    The darkest begins where only a tenth of youth live in places of a higher true rate.
    """
    order = np.argsort(np.nan_to_num(truth), kind="stable")
    reached = np.cumsum(youth[order])
    if not reached.size or reached[-1] <= 0:
        return np.arange(N_SHADES) / N_SHADES
    at = order[np.searchsorted(reached, 0.9 * reached[-1])]
    top = float(np.nan_to_num(truth[at])) or 1.0
    edges = [top * (k / (N_SHADES - 1)) ** 1.5 for k in range(N_SHADES)]
    return np.array([float(f"{edge:.2g}") for edge in edges])


def shade_of(rates: FloatArray, edges: FloatArray) -> IntArray:
    """The shade (C,) of each rate, -1 where there is none."""
    found: IntArray = np.searchsorted(edges, np.nan_to_num(rates), side="right") - 1
    found[~np.isfinite(rates)] = -1
    return found


def shade_row(
    name: str, shade: int, edges: FloatArray, rates: FloatArray, youth: FloatArray,
    uncertain: BoolArray,
) -> ShadeRow:  # fmt: skip
    """Places of one shade."""
    mine = shade_of(rates, edges) == shade
    below = float(edges[shade + 1]) if shade + 1 < N_SHADES else math.inf
    share = float(youth[mine].sum() / max(youth.sum(), 1.0))
    return ShadeRow(
        name,
        shade,
        float(edges[shade]),
        below,
        int(mine.sum()),
        share,
        int((uncertain & mine).sum()),
    )
