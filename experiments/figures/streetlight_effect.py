"""Streetlight effect, its numbers and its words: do places with many reports rank high in truth?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from experiments.figures.estimates import Estimate, FloatArray, estimate
from experiments.figures.tables import Results, baseline_communities
from experiments.figures.words import correlation, percent

# What anybody can see: reports, true and false, of the years in which a community's agencies took
# part in publishing. The same as in the metric report_truth_rank_correlation.
RECORD = "published"
# Below this many youth a decade's rate is mostly luck.
FEWEST_YOUTH = 1_000
# With fewer communities than this above the cut, all communities with youth are ranked.
FEWEST_COMMUNITIES = 10
MANY_COMMUNITIES = 200
KINDS = ("counts", "rates")
CELL, AGREEMENT, TOP = "communities in cell", "rank agreement", "reported top tenth truly top"


@dataclass(frozen=True)
class StreetlightRow:
    """One number: of a cell of the grid (its edges given as percentile ranks) or of a whole panel.

    quantity: 'communities in cell' (per 100 communities), 'rank agreement' (Spearman, -1..1) or
    'reported top tenth truly top' (per 100); panel: counts or rates.
    """

    quantity: str
    panel: str
    true_rank_from: float
    true_rank_to: float
    reported_rank_from: float
    reported_rank_to: float
    value: float
    low: float
    high: float
    futures: int
    runs: int


@dataclass(frozen=True)
class StreetlightFinding:
    """What the headline is made of: rank agreement of counts and of rates, and the share (per 100)
    of the tenth with the highest reported rate that is truly in the top tenth by rate."""

    counts: Estimate
    rates: Estimate
    top: Estimate


def headline(finding: StreetlightFinding) -> str:
    """The finding in words."""
    counts, rates = finding.counts, finding.rates
    if math.isnan(counts.mean) and math.isnan(rates.mean):
        return (
            "Nothing can be ranked: reports or victimizations are the same in all communities "
            "(or there are too few)."
        )
    verbs = _verb(counts), _verb(rates)
    joint = "and" if verbs[0] == verbs[1] else "but"
    text = (
        f"Counts of reports {verbs[0]} counts of victimizations{_brackets(counts)}, "
        f"{joint} rates of reports {verbs[1]} rates of victimizations{_brackets(rates)}."
    )
    if math.isfinite(finding.top.mean):
        text += (
            " Of the tenth of communities with the highest reported rate, "
            f"{percent(finding.top.mean)} truly belong there (10% by luck alone)."
        )
    return text


def _brackets(agreement: Estimate) -> str:
    if math.isnan(agreement.mean):
        return ""
    return f" (rank agreement {correlation(agreement.mean)})"


def _verb(agreement: Estimate) -> str:
    """How the record goes with the truth: the words follow sign, size and interval."""
    value = agreement.mean
    if math.isnan(value):
        return "cannot be ranked against"
    if agreement.has_interval and agreement.low < 0 < agreement.high:
        return "cannot be told to follow"
    if value == 0:
        return "do not follow"
    if value >= 0.8:
        return "closely follow"
    if value >= 0.5:
        return "only partly follow"
    if value >= 0.2:
        return "only loosely follow"
    return "hardly follow" if value > -0.2 else "run against"


@dataclass(frozen=True)
class _World:
    """One run's communities: percentile ranks (n,) in truth and record, and two numbers.

    top_share is NaN where a tenth is less than one community or nothing can be ranked.
    """

    true_rank: FloatArray
    reported_rank: FloatArray
    agreement: float
    top_share: float


def ranks(values: FloatArray) -> FloatArray:
    """Average ranks 1..n; equal values share a rank."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    shared: FloatArray = (last - (sizes - 1) / 2)[group]
    return shared


def rank_agreement(first: FloatArray, second: FloatArray) -> float:
    """Spearman's correlation; NaN with fewer than two values or when either is constant."""
    if first.size < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return math.nan
    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


def top_tenth(values: FloatArray) -> FloatArray:
    """Membership (0..1) of each in the top tenth; ties at the edge share the places left."""
    size = max(1, round(values.size / 10))
    edge = np.sort(values)[-size]
    above = values > edge
    tied = values == edge
    members: FloatArray = above + tied * (size - above.sum()) / tied.sum()
    return members


def _world(truth: FloatArray, record: FloatArray) -> _World:
    agreement = rank_agreement(truth, record)
    members = top_tenth(truth), top_tenth(record)
    share = 100 * float((members[0] * members[1]).sum() / members[1].sum())
    scale = 100 / truth.size
    return _World(
        (ranks(truth) - 0.5) * scale,
        (ranks(record) - 0.5) * scale,
        agreement,
        share if math.isfinite(agreement) and truth.size >= FEWEST_COMMUNITIES else math.nan,
    )


def _worlds(results: Results) -> tuple[dict[str, list[_World | None]], int, bool]:
    """Each baseline run ranked by counts and by rates; the least number ranked; whether cut."""
    table = baseline_communities(results, ("youth", "true_onsets", RECORD))
    order = np.argsort(table["world"], kind="stable")
    edges = np.searchsorted(table["world"][order], np.arange(results.future.size + 1))
    pieces = [order[a:b] for a, b in pairwise(edges)]
    enough = [piece[table["youth"][piece] >= FEWEST_YOUTH] for piece in pieces]
    cut = min((e.size for e in enough if e.size), default=0) >= FEWEST_COMMUNITIES
    kept = enough if cut else [piece[table["youth"][piece] > 0] for piece in pieces]
    worlds: dict[str, list[_World | None]] = {kind: [] for kind in KINDS}
    for piece in kept:
        youth = table["youth"][piece]
        for kind, base in zip(KINDS, (np.ones_like(youth), youth), strict=True):
            truth, record = table["true_onsets"][piece] / base, table[RECORD][piece] / base
            worlds[kind].append(_world(truth, record) if piece.size > 1 else None)
    return worlds, min((piece.size for piece in kept if piece.size), default=0), cut


@dataclass(frozen=True)
class Streetlight:
    """All that is drawn: the rows, the grid's cells along a side, how many communities a run ranks
    at least, whether those with few youth were left out, and the finding."""

    rows: list[StreetlightRow]
    bins: int
    n_ranked: int
    cut: bool
    finding: StreetlightFinding


def streetlight_of(results: Results) -> Streetlight:
    """The numbers of the figure for these results."""
    worlds, n_ranked, cut = _worlds(results)
    bins = 20 if n_ranked >= MANY_COMMUNITIES else 10
    rows: list[StreetlightRow] = []
    found: dict[tuple[str, str], Estimate] = {}
    for kind in KINDS:
        ran = worlds[kind]
        for quantity, values in (
            (AGREEMENT, [w.agreement if w else math.nan for w in ran]),
            (TOP, [w.top_share if w else math.nan for w in ran]),
        ):
            one = estimate(np.array(values), results.future)
            found[quantity, kind] = one
            whole = (quantity, kind, 0.0, 100.0, 0.0, 100.0)
            numbers = (one.mean, one.low, one.high, len(one.futures), one.n_runs)
            rows.append(StreetlightRow(*whole, *numbers))
        rows += _cells(results, kind, ran, bins)
    finding = StreetlightFinding(
        found[AGREEMENT, "counts"], found[AGREEMENT, "rates"], found[TOP, "rates"]
    )
    return Streetlight(rows, bins, n_ranked, cut, finding)


def _cells(
    results: Results, kind: str, worlds: Sequence[_World | None], bins: int
) -> list[StreetlightRow]:
    """Share of communities in each cell of ranks, mean over replicates, then over futures."""
    shares = np.full((results.future.size, bins, bins), math.nan)
    for w, world in enumerate(worlds):
        if world is not None:
            cell = [(r * bins / 100).astype(int) for r in (world.true_rank, world.reported_rank)]
            counts = np.bincount(cell[0] * bins + cell[1], minlength=bins * bins)
            shares[w] = 100 * counts.reshape(bins, bins) / world.true_rank.size
    ran = [w for w, world in enumerate(worlds) if world is not None]
    futures = np.unique(results.future[ran])
    means = [shares[[w for w in ran if results.future[w] == f]].mean(axis=0) for f in futures]
    share = np.mean(means, axis=0) if means else np.zeros((bins, bins))
    step = 100 / bins
    blank = (math.nan, math.nan, len(futures), len(ran))
    return [
        StreetlightRow(
            CELL,
            kind,
            i * step,
            (i + 1) * step,
            j * step,
            (j + 1) * step,
            float(share[i, j]),
            *blank,
        )
        for i in range(bins)
        for j in range(bins)
    ]
