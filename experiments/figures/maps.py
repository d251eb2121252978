"""Maps, their numbers and their words: what a map of reports would show, and what it would hide.

Every world's record has its own map. The headline is about those maps; the drawn shades are means
over all of them. The table has classes of shade, never a place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from streetlight.experiments.figures.estimates import LEVEL, RunMean, estimate, ratio_values
from streetlight.experiments.figures.places import baseline_places
from streetlight.experiments.figures.tables import ResultTables
from streetlight.experiments.figures.words import number, percents
from streetlight.model.arrays import BoolArray, FloatArray, IntArray

REPORTS, TRUTH, MISSED = "reports published", "victimizations", "never reported"
MAPS = (REPORTS, TRUTH, MISSED)
N_SHADES = 8
# A value is uncertain when its interval reaches further to a side than this share of it.
UNSURE = 0.5


@dataclass(frozen=True)
class MapRow:
    """One class of shade of one map: places whose mean rate, per 1,000 youth a year, lies in it."""

    map: str
    shade: int
    rate_from: float
    rate_below: float
    communities: int
    youth_share: float
    uncertain_communities: int
    futures: int
    runs: int


@dataclass(frozen=True)
class MapsFinding:
    """What the headline is made of, all under the baseline.

    reports: published reports per 100 victimizations, true and false ones; missed: share (per 100)
    of unreported victimizations in places that a map of reports shows paler than the region as a
    whole; youth: share of youth there; excess: missed minus youth; a world's own map each time.
    """

    reports: RunMean
    missed: RunMean
    youth: RunMean
    excess: RunMean


@dataclass(frozen=True)
class Maps:
    """All that is drawn.

    rates: for each map the mean rate (C,), NaN without youth; uncertain: (C,) each; youth: (C,);
    edges: (N_SHADES,) lower edges of the shades; repeated: whether replicates allow intervals.
    """

    ids: tuple[str, ...]
    youth: FloatArray
    rates: dict[str, FloatArray]
    uncertain: dict[str, BoolArray]
    edges: FloatArray
    repeated: bool
    rows: list[MapRow]
    finding: MapsFinding


def headline(finding: MapsFinding) -> str:
    """The finding in words."""
    reports, missed, youth = finding.reports.mean, finding.missed.mean, finding.youth.mean
    if math.isnan(reports):
        return "No victimization began in these runs, so a map of reports hides nothing."
    if reports == 0:
        return "No report is published in these runs: a map of reports would be blank."
    first = (
        f"A map of reports shows {number(reports)} reports, false ones included, for every 100 "
        "victimizations."
    )
    if math.isnan(missed):
        return f"{first} None goes unreported."
    if youth == 0:
        return f"{first} It shows every place in the same shade."
    texts = percents(youth, missed)
    text = (
        f"{first} The places that look quiet on it, with fewer reports per youth than the region "
        f"as a whole, are home to {texts[0]} of youth and to {texts[1]} of the victimizations that "
        "nobody reports"
    )
    if finding.excess.covers_zero:
        return f"{text}; whether that is more or fewer per youth than elsewhere cannot be told."
    return f"{text}: {'more' if finding.excess.mean > 0 else 'fewer'} per youth than elsewhere."


def maps_of(results: ResultTables) -> Maps:
    """The numbers of the figure for these results."""
    columns = ("youth", "published", "true_onsets", "known")
    ids, found = baseline_places(results, columns)
    ran = np.isfinite(found["youth"]).all(axis=1)
    youth = found["youth"][ran][0]
    missed = np.maximum(found["true_onsets"] - found["known"], 0.0)
    counts = {REPORTS: found["published"], TRUTH: found["true_onsets"], MISSED: missed}
    scale = np.where(youth > 0, 1000 / np.maximum(youth, 1) / (results.years or 1), math.nan)
    rates, uncertain = {}, {}
    future = results.future[ran]
    for name in MAPS:
        mean, half = column_estimates(counts[name][ran] * scale, future)
        rates[name], uncertain[name] = mean, half > UNSURE * np.abs(mean)
    edges = shade_edges(rates[TRUTH], youth)
    repeated = all((future == f).sum() > 1 for f in np.unique(future))
    rows = [
        _row(name, k, edges, rates[name], youth, uncertain[name], future)
        for name in MAPS
        for k in range(N_SHADES)
    ]
    finding = finding_of(counts, found["youth"], results.future)
    return Maps(ids, youth, rates, uncertain, edges, repeated, rows, finding)


def finding_of(counts: dict[str, FloatArray], youth: FloatArray, future: IntArray) -> MapsFinding:
    """What the headline says: counts of each map and youth (W, C), future (W,)."""
    reports, truth, missed = (counts[name] for name in MAPS)
    with np.errstate(divide="ignore", invalid="ignore"):
        shown = reports / np.where(youth > 0, youth, math.nan)
        paler = shown < (reports.sum(axis=1) / youth.sum(axis=1))[:, None]
        hidden = 100 * (missed * paler).sum(axis=1) / missed.sum(axis=1)
        living = 100 * (youth * paler).sum(axis=1) / youth.sum(axis=1)
    seen = ratio_values(reports.sum(axis=1), truth.sum(axis=1), future)
    living[~np.isfinite(hidden)] = math.nan
    return MapsFinding(
        estimate(100 * seen, future),
        estimate(hidden, future),
        estimate(living, future),
        estimate(hidden - living, future),
    )


def column_estimates(values: FloatArray, future: IntArray) -> tuple[FloatArray, FloatArray]:
    """Mean of futures' means and half its interval for every column of `values` (W, C).

    The same as `estimates.estimate`, a column at a time; the half is NaN without replicates.
    """
    from scipy.special import stdtrit

    groups = [values[future == f] for f in np.unique(future)]
    mean = np.mean([group.mean(axis=0) for group in groups], axis=0)
    if any(len(group) < 2 for group in groups):
        return mean, np.full(mean.shape, math.nan)
    parts = np.array([group.var(axis=0, ddof=1) / len(group) for group in groups])
    freedom = np.array([len(group) - 1 for group in groups])[:, None]
    total = parts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        quantile = stdtrit(total**2 / (parts**2 / freedom).sum(axis=0), 0.5 + LEVEL / 2)
    half = np.where(total > 0, quantile * np.sqrt(total) / len(groups), 0.0)
    return mean, np.where(np.isfinite(mean), half, math.nan)


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


def shades(rates: FloatArray, edges: FloatArray) -> IntArray:
    """Class of shade (C,) of each rate, -1 where there is none."""
    found: IntArray = np.searchsorted(edges, np.nan_to_num(rates), side="right") - 1
    found[~np.isfinite(rates)] = -1
    return found


def _row(
    name: str,
    shade: int,
    edges: FloatArray,
    rates: FloatArray,
    youth: FloatArray,
    uncertain: BoolArray,
    future: IntArray,
) -> MapRow:
    mine = shades(rates, edges) == shade
    return MapRow(
        map=name,
        shade=shade,
        rate_from=float(edges[shade]),
        rate_below=float(edges[shade + 1]) if shade + 1 < N_SHADES else math.inf,
        communities=int(mine.sum()),
        youth_share=100 * float(youth[mine].sum() / max(youth.sum(), 1)),
        uncertain_communities=int((uncertain & mine).sum()),
        futures=int(np.unique(future).size),
        runs=int(future.size),
    )
