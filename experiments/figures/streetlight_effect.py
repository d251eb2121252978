"""Streetlight effect, its numbers and its words: do places with many reports rank high in truth?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from streetlight.experiments.analyse.order import membership, rank_agreement, ranks, top_size
from streetlight.experiments.figures.estimates import RunMean, estimate
from streetlight.experiments.figures.tables import ResultTables, baseline_communities
from streetlight.experiments.figures.words import correlation, percent
from streetlight.model.arrays import FloatArray

# The public record: reports, true and false, of the years in which a community's agencies took part
# in publishing. The same as in the metric report_truth_rank_correlation.
RECORD = "published"
# Below this many youth a decade's rate is mostly luck.
FEWEST_YOUTH = 1_000
# With fewer communities than this above the cut, all communities with youth are ranked.
FEWEST_COMMUNITIES = 10
# Up to this many communities each is a line; more would be a grey surface, so tenths are drawn.
MOST_LINES = 60
TENTHS = 10
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
KINDS = ("counts", "rates")
LINE, FLOW = "community in the example run", "communities from tenth to tenth"
AGREEMENT, TOP = "rank agreement", "reported top truly top"
TOP_TENTH = "reported top tenth truly top"


@dataclass(frozen=True)
class StreetlightRow:
    """One number: of a line, of a flow between tenths, or of a whole panel. Rank 1 is the most.

    quantity: 'community in the example run' (value: its part of a place in the reported top, 1 in
    it, 0 not, between when it ties for the last places), 'communities from tenth to tenth' (per
    100), 'rank agreement' (Spearman, -1..1), 'reported top truly top' (number of communities) or
    'reported top tenth truly top' (per 100); panel: counts or rates; ranks: of communities, but of
    tenths in a flow; of a top its first and last.
    """

    quantity: str
    panel: str
    reported_rank_from: float
    reported_rank_to: float
    true_rank_from: float
    true_rank_to: float
    value: float
    low: float
    high: float
    futures: int
    runs: int


@dataclass(frozen=True)
class StreetlightFinding:
    """What the headline is made of: rank agreement of counts and of rates; how many of the `size`
    communities with the highest reported rate are truly among as many highest; by luck alone."""

    counts: RunMean
    rates: RunMean
    top: RunMean
    size: int
    luck: float


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
        text += f" {_top_sentence(finding)}"
    return text


def _top_sentence(finding: StreetlightFinding) -> str:
    found, luck = of_top(finding.top.mean), of_top(finding.luck)
    verb = "is" if found == "1" else "are"
    if finding.size == 1:
        return (
            "The community with the highest reported rate truly has the highest in "
            f"{percent(100 * finding.top.mean)} of runs ({percent(100 * finding.luck)} by luck "
            "alone)."
        )
    size = in_words(finding.size)
    top = finding.top
    could = top.has_interval and top.low <= finding.luck <= top.high
    return (
        f"Of the {size} communities with the highest reported rate, {found} {verb} truly among "
        f"the {size} highest ({luck} by luck alone{', within the interval' if could else ''})."
    )


def of_top(number: float) -> str:
    """How many of a top, on average: one decimal, none when it is whole."""
    if 0 < number < 0.05:
        return "under 0.1"
    return f"{number:.0f}" if number == int(number) else f"{number:.1f}"


def in_words(size: int) -> str:
    """'three'."""
    return NUMBERS[size - 1]


def _brackets(agreement: RunMean) -> str:
    if math.isnan(agreement.mean):
        return ""
    return f" (rank agreement {correlation(agreement.mean)})"


def _verb(agreement: RunMean) -> str:
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
    """One run's communities: ranks (n,) by record and by truth, 1 the most, ties sharing; parts of
    the places in the reported top (n,); flow (10, 10) of communities from reported to true tenths.

    agreement, top, top_tenth: NaN where nothing can be ranked; top_tenth and flow also where a
    tenth is less than one community.
    """

    reported_rank: FloatArray
    true_rank: FloatArray
    in_top: FloatArray
    flow: FloatArray
    agreement: float
    top: float
    top_tenth: float


def _world(truth: FloatArray, record: FloatArray, size: int) -> _World:
    n = truth.size
    agreement = rank_agreement(truth, record)
    top = [membership(values, [0, size])[:, 0] for values in (record, truth)]
    # Whole communities to a tenth: the first holds as many as in the metric top_decile_truly_top.
    edges = [round(n * k / TENTHS) for k in range(TENTHS + 1)]
    tenths = [membership(values, edges) for values in (record, truth)]
    flow = tenths[0].T @ tenths[1]
    known, enough = math.isfinite(agreement), n >= FEWEST_COMMUNITIES
    return _World(
        n + 1 - ranks(record),
        n + 1 - ranks(truth),
        top[0],
        100 * flow / n,
        agreement,
        float(top[0] @ top[1]) if known else math.nan,
        100 * float(flow[0, 0]) / edges[1] if known and enough else math.nan,
    )


def _worlds(results: ResultTables) -> tuple[dict[str, list[_World | None]], int, bool]:
    """Each baseline run ranked by counts and by rates; the least number ranked; whether cut."""
    table = baseline_communities(results, ("youth", "true_onsets", RECORD))
    order = np.argsort(table["world"], kind="stable")
    edges = np.searchsorted(table["world"][order], np.arange(results.future.size + 1))
    pieces = [order[a:b] for a, b in pairwise(edges)]
    enough = [piece[table["youth"][piece] >= FEWEST_YOUTH] for piece in pieces]
    cut = min((e.size for e in enough if e.size), default=0) >= FEWEST_COMMUNITIES
    kept = enough if cut else [piece[table["youth"][piece] > 0] for piece in pieces]
    n_ranked = min((piece.size for piece in kept if piece.size), default=0)
    worlds: dict[str, list[_World | None]] = {kind: [] for kind in KINDS}
    for piece in kept:
        youth = table["youth"][piece]
        for kind, base in zip(KINDS, (np.ones_like(youth), youth), strict=True):
            truth, record = table["true_onsets"][piece] / base, table[RECORD][piece] / base
            one = _world(truth, record, top_size(n_ranked)) if piece.size > 1 else None
            worlds[kind].append(one)
    return worlds, n_ranked, cut


@dataclass(frozen=True)
class Streetlight:
    """All that is drawn: the rows, how many communities a run ranks at least, whether those with
    few youth were left out, the world that serves as the example in each panel, by kind (missing
    where no run can be ranked), how many communities it ranks, and the finding."""

    rows: list[StreetlightRow]
    n_ranked: int
    cut: bool
    example: dict[str, int]
    n_example: int
    finding: StreetlightFinding


def streetlight_of(results: ResultTables) -> Streetlight:
    """The numbers of the figure for these results."""
    worlds, n_ranked, cut = _worlds(results)
    size = top_size(n_ranked)
    rows: list[StreetlightRow] = []
    found: dict[tuple[str, str], RunMean] = {}
    example: dict[str, int] = {}
    n_example = 0
    for kind in KINDS:
        ran = worlds[kind]
        tenth = max(1, round(n_ranked / TENTHS))
        for quantity, values, last in (
            (AGREEMENT, [w.agreement if w else math.nan for w in ran], n_ranked),
            (TOP, [w.top if w else math.nan for w in ran], size),
            (TOP_TENTH, [w.top_tenth if w else math.nan for w in ran], tenth),
        ):
            one = estimate(np.array(values), results.future)
            found[quantity, kind] = one
            numbers = (one.mean, one.low, one.high, len(one.futures), one.n_runs)
            rows.append(StreetlightRow(quantity, kind, 1, last, 1, last, *numbers))
        usable = [k for k, w in enumerate(ran) if w and math.isfinite(w.agreement)]
        if not usable:
            continue
        example[kind] = usable[0]
        shown = ran[usable[0]]
        assert shown is not None
        n_example = shown.true_rank.size
        if n_ranked > MOST_LINES:
            rows += _flows(results, kind, {k: w.flow for k in usable if (w := ran[k])})
        rows += _lines(kind, shown, everyone=n_ranked <= MOST_LINES)
    finding = StreetlightFinding(
        found[AGREEMENT, "counts"],
        found[AGREEMENT, "rates"],
        found[TOP, "rates"],
        size,
        size * size / max(n_ranked, 1),
    )
    return Streetlight(rows, n_ranked, cut, example, n_example, finding)


def _lines(kind: str, world: _World, everyone: bool) -> list[StreetlightRow]:
    """Communities of one run, without names, in the order of their ranks."""
    order = np.lexsort((world.true_rank, world.reported_rank))
    none = math.nan
    return [
        StreetlightRow(LINE, kind, reported, reported, true, true, part, none, none, 1, 1)
        for reported, true, part in np.stack(
            [world.reported_rank, world.true_rank, world.in_top], axis=1
        )[order].tolist()
        if everyone or part == 1
    ]


def _flows(results: ResultTables, kind: str, flows: dict[int, FloatArray]) -> list[StreetlightRow]:
    """Communities from each reported to each true tenth, mean over replicates, then futures."""
    futures = np.unique(results.future[list(flows)])
    means = [
        np.mean([flow for k, flow in flows.items() if results.future[k] == f], axis=0)
        for f in futures
    ]
    flow = np.mean(means, axis=0)
    blank = (math.nan, math.nan, len(futures), len(flows))
    return [
        StreetlightRow(FLOW, kind, i + 1, i + 1, j + 1, j + 1, float(flow[i, j]), *blank)
        for i in range(TENTHS)
        for j in range(TENTHS)
    ]
