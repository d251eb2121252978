"""Rules that follow the published counts, and two repairs of them.

Places without a count get something too: `added` times the mean count over communities, so that the
equal part is `added` / (1 + `added`) of the money however much is published.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import bdtrik

from streetlight.model.arrays import FloatArray, divided
from streetlight.model.money.registry import rule
from streetlight.model.names import AGENCIES
from streetlight.model.record.view import RecordView

POLICE = AGENCIES.index("police")


def with_equal_part(counts: FloatArray, added: float) -> FloatArray:
    """Counts (C,) plus `added` times their mean; the same for all where nothing was counted."""
    total = math.fsum(counts)
    return counts + added * total / len(counts) if total > 0.0 else np.ones(len(counts))


@rule(
    title="By last year's reports",
    summary="Each place by how many reports it had last year.",
    sees="reports published last year",
    used_by="task forces and grants that go where the reports are",
)
def last_years_counts(view: RecordView, *, added: float = 0.1) -> FloatArray:
    """In proportion to last year's published reports plus `added` (0.1) of their mean.

    The mean is over communities, those without a report among them. What is added gives something
    to a community that published nothing: with 0.1 a part 0.1 / 1.1 of the money, an eleventh, is
    in equal shares, however much is published. All get the same after a year without any report.
    """
    return with_equal_part(latest(view), added)


@rule(
    title="By all reports so far",
    summary="Each place by all reports it ever had.",
    sees="reports published in all years so far",
    used_by="lists of known trouble spots that are added to and seldom cleared",
)
def cumulative_counts(view: RecordView, *, added: float = 0.1) -> FloatArray:
    """In proportion to all reports published so far, plus `added` (0.1) of their mean."""
    return with_equal_part(view.published_reports.sum(axis=1), added)


@rule(
    title="By youth found last year",
    summary="Each place by how many youth were found there last year.",
    sees="identified youth published last year",
    used_by="programmes that count victims served or confirmed, not reports",
)
def last_years_identified(view: RecordView, *, added: float = 0.1) -> FloatArray:
    """In proportion to the identified published last year plus `added` (0.1) of their mean."""
    return with_equal_part(latest(view, view.published_identified), added)


@rule(
    title="By all youth found so far",
    summary="Each place by how many youth were ever found there.",
    sees="identified youth published in all years so far",
    used_by="lists of places in which victims were ever confirmed",
)
def cumulative_identified(view: RecordView, *, added: float = 0.1) -> FloatArray:
    """In proportion to all identified published so far, plus `added` (0.1) of their mean."""
    return with_equal_part(view.published_identified.sum(axis=1), added)


@rule(
    title="By last year's police reports",
    summary="Each place by how many reports its police published last year.",
    sees="reports by police published last year",
    used_by="justice grants that read police data alone",
)
def police_counts(view: RecordView, *, added: float = 0.1) -> FloatArray:
    """In proportion to last year's published reports by police plus `added` (0.1) of their mean.

    What child welfare, the hotline, schools and health services published is not looked at.
    """
    return with_equal_part(latest(view, view.published_by_agency[:, :, POLICE]), added)


def top(score: FloatArray, k: float, luck: FloatArray) -> FloatArray:
    """1 for the k largest scores (C,) and 0 for the others; ties are drawn by lot."""
    chosen = np.lexsort((luck, -score))[: int(k)]
    weights = np.zeros(len(score))
    weights[chosen] = 1.0
    return weights


@rule(
    title="Places with most reports",
    summary="The same amount to each of the places with most reports, none to others.",
    sees="reports published last year",
    used_by="task forces for the places with most reports",
)
def hotspots(view: RecordView, *, k: float = 50.0) -> FloatArray:
    """The same amount, B/k, to each of the `k` (50) largest counts of last year."""
    return top(latest(view), k, view.uniforms("tie"))


@rule(
    title="Places with most reports per youth",
    summary="The same amount to each of the places with most reports per youth, none to others.",
    sees="reports published last year, youth aged 10-17",
    used_by="maps of reports per head",
)
def hotspot_rates(view: RecordView, *, k: float = 50.0, least_youth: float = 1000.0) -> FloatArray:
    """The same amount to each of the `k` (50) largest rates of last year's reports per youth.

    Places with fewer than `least_youth` (1,000) youth are left out, as one report makes their rate.
    """
    large_enough = view.youth >= least_youth
    rates = np.where(large_enough, divided(latest(view), view.youth), -1.0)
    return top(rates, k, view.uniforms("tie"))


def latest(view: RecordView, published: FloatArray | None = None) -> FloatArray:
    """Last year of what was published (C,), reports if not said; zeros without a record."""
    if view.n_record_years == 0:
        return np.zeros(view.n_communities)
    return (view.published_reports if published is None else published)[:, -1]


def recent(view: RecordView, years: float) -> FloatArray:
    """Published reports of the last so many years, or of as many as there are: (C, years)."""
    n = min(int(years), view.n_record_years)
    return view.published_reports[:, view.n_record_years - n :]


# ----------------------------------------------------------------------------------- repairs


def attention(view: RecordView, years: int, least: float) -> FloatArray:
    """Dollars a resident over their mean, at least `least`: (C, years), 1 in years without money.

    The spending of the year in which the counts were made.
    """
    spent = view.attention_dollars[:, view.n_record_years - years :]
    people = np.maximum(view.population, 1.0)[:, None]
    mean = spent.sum(axis=0) / people.sum()
    a_head = spent / people
    relative = divided(a_head, mean, 1.0)
    return np.asarray(np.maximum(relative, least))


@rule(
    title="By reports, corrected for money",
    summary="By reports, each counting for less where much was spent to find it.",
    sees="reports published, what was spent where",
    used_by="nobody yet; a repair of counts known from predictive policing (Ensign et al. 2018)",
)
def corrected_counts(
    view: RecordView, *, years: float = 1.0, added: float = 0.1, least: float = 0.2
) -> FloatArray:
    """The published counts of the last `years` (1), each divided by the attention that made it.

    Attention is dollars a resident in that year over their mean, at least `least` (0.2); a report
    found where much was spent counts for less. `added` (0.1) of the mean corrected count goes to
    all, as for last year's counts.
    """
    counts = recent(view, years)
    corrected = counts / attention(view, counts.shape[1], least)
    return with_equal_part(corrected.sum(axis=1), added)


@rule(
    title="By reports, thinned by money",
    summary="By reports, of which fewer are kept where much was spent to find them.",
    sees="reports published, what was spent where",
    used_by="nobody yet; the other repair of Ensign et al. (2018)",
)
def thinned_counts(
    view: RecordView, *, years: float = 1.0, added: float = 0.1, least: float = 0.2
) -> FloatArray:
    """The published counts of the last `years` (1), thinned the more, the more was spent.

    Each report is kept with probability `least` over attention (see corrected counts), so that what
    is kept is about what equal attention would have brought everywhere. `added` (0.1) of the mean
    kept count goes to all, as for last year's counts.
    """
    counts = recent(view, years)
    kept = least / attention(view, counts.shape[1], least)
    left = np.zeros(view.n_communities)
    for year in range(counts.shape[1]):
        left += thinned(counts[:, year], kept[:, year], view.uniforms(f"thinning {year}"))
    return with_equal_part(left, added)


def thinned(counts: FloatArray, kept: FloatArray, luck: FloatArray) -> FloatArray:
    """Binomial numbers (C,) of counts (C,) kept with probability `kept`, by inversion of luck."""
    left = counts.copy()
    some = (counts > 0.0) & (kept < 1.0)
    left[some] = np.maximum(0.0, np.ceil(bdtrik(luck[some], counts[some], kept[some])))
    return left
