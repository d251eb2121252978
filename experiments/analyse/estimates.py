"""What counts by place say of victimization, what they do not, and what would help most."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit, ndtri
from scipy.stats import chi2

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.inference.by_place import by_channel_factors, place_counts
from streetlight.model.inference.design import by_class_and_poverty
from streetlight.model.inference.empirical_bayes import EmpiricalBayes, empirical_bayes
from streetlight.model.inference.hidden_risk import (
    HIDDEN_CLASS,
    HIDDEN_CV,
    RelativeRates,
    risk_variance,
)
from streetlight.model.inference.identified import LEVEL, Interval, NotIdentifiedError, tails
from streetlight.model.inference.places import PlaceCounts, relative_of
from streetlight.model.inference.poisson_logistic import SHARE_SPREAD, confounded
from streetlight.model.inference.raw_rates import RawRates, raw_rates
from streetlight.model.names import CLASSES, N_CLASSES
from streetlight.model.record.counts import CountsTable

#: A count below this is not shown, and nothing from which it could be told.
FEWEST_SHOWN = 10
#: A place with fewer cases has an interval, and no estimate of its own.
FEWEST_ESTIMATED = 30
PER = 100_000
#: So many counts of 1 without any 0 are not there by chance.
ONES_WITHOUT_ZERO = 5
#: Above this share of zeros, with nothing unknown, some of them may be silence.
MOST_ZEROS = 0.5
P_CHANCE = 0.05
#: Asked in each class of place by the survey of which the worth is said; who says so of those
#: exploited; and the share of youth exploited by the central values.
ASKED, DISCLOSED, PREVALENCE = 5000, 0.6, 0.005
#: Part of the variance of attention that channels and calls are taken to explain.
EXPLAINED = 0.5


@dataclass(frozen=True, eq=False)
class ClassRow:
    """One class of place: its size, recorded rate and usual rate. Rates per 100,000 a year."""

    name: str
    places: int
    youth: float
    cases: float
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Help:
    """What a kind of data would do to the interval of the median place, and to the level."""

    data: str
    interval: float  # upper over lower end of the median place's relative rate
    level: float  # the same of the region's level; inf where nothing is stated of it


@dataclass(frozen=True, eq=False)
class CountsEstimate:
    """Everything that is said of a record of counts. Arrays are (C,).

    what: which counts were used; table: those; raw: of the region, per youth-year; fit: empirical
    Bayes; beyond_chance: whether places of a kind differ by more than chance; relative: rates of
    victimization over the region's; how: what they rest on; level: interval of the true rate per
    youth-year by the stated prior; warnings, refused: sentences; helps: as it is now first, then
    the most helpful.
    """

    what: str
    years: tuple[int, ...]
    table: PlaceCounts
    raw: RawRates
    fit: EmpiricalBayes
    relative: RelativeRates
    level: Interval | None
    classes: tuple[ClassRow, ...]
    helps: tuple[Help, ...]
    beyond_chance: bool
    how: str
    refused: tuple[str, ...]
    warnings: tuple[str, ...]
    hidden_cv: float
    share: float | None


def estimate_counts(
    counts: CountsTable,
    region: Region,
    hidden_cv: float = HIDDEN_CV,
    share: float | None = None,
) -> CountsEstimate:
    """Estimate from counts of the places of a region.

    hidden_cv, share: stated variation of hidden risk, and stated mean share of victimizations that
    is in these counts; without it no level is told, as counts hold none. InputError
    where no place has youth and counts; NotIdentifiedError where there is nothing to estimate.
    """
    what, held = used_counts(counts)
    table = place_counts(held, region)
    if not table.exposure.any():
        raise InputError(f"no place of the region has both youth and known {what}")
    warnings = silent_zeros(held)
    fit = empirical_bayes(table.counts, table.exposure, table.design)
    relative, how, refused = best_relative(counts, region, table, fit, hidden_cv)
    total, exposure = table.counts.sum(), table.exposure.sum()
    raw = raw_rates(np.array(total), np.array(exposure))
    level = None if share is None else level_of_prior(float(raw.rate), share)
    return CountsEstimate(
        what=what,
        years=counts.years,
        table=table,
        raw=raw,
        fit=fit,
        relative=relative,
        level=level,
        classes=tuple(by_class(table, fit)),
        helps=tuple(helps(table, fit, relative, hidden_cv, level, not refused)),
        beyond_chance=beyond_chance(table, fit),
        how=how,
        refused=(refused,) if refused else (),
        warnings=(*warnings, *warned_of(table, fit, hidden_cv)),
        hidden_cv=hidden_cv,
        share=share,
    )


def beyond_chance(table: PlaceCounts, fit: EmpiricalBayes) -> bool:
    """Whether places differ from their kind by more than chance (p < .05, Pearson).

    Over places with a case expected: with fewer the test is not to be trusted.
    """
    usual = fit.usual * table.exposure
    some = usual >= 1.0
    off = ((table.counts - usual) ** 2 / np.where(some, usual, 1.0))[some].sum()
    freedom = int(some.sum()) - fit.peak.at.size + 1
    return freedom > 0 and bool(chi2.sf(off, freedom) < P_CHANCE)


def level_of_prior(recorded: float, share: float) -> Interval:
    """The region's true rate if a share of it, with the stated doubt, is recorded."""
    shares = expit(logit(share) + SHARE_SPREAD * ndtri(np.array(tails(LEVEL))))
    return Interval(recorded / shares[1], recorded / shares[0])


def warned_of(table: PlaceCounts, fit: EmpiricalBayes, hidden_cv: float) -> list[str]:
    """Columns that may move truth and reporting both, and a stated risk that the record denies."""
    known = table.exposure > 0.0
    kind = table.place_class[known]
    classes = [k for k in range(N_CLASSES) if (kind == k).any()][1:]
    reporting = (kind[:, None] == np.array(classes, int)).astype(float)
    truth = by_class_and_poverty(np.zeros_like(kind), table.poverty_share[known])
    said = [*confounded(truth, reporting, tuple(CLASSES[k] for k in classes))]
    if fit.spread**2 < risk_variance(hidden_cv):
        said.append("recorded rates differ less than hidden risk is stated to: nothing of it is "
                    "put down to attention")  # fmt: skip
    return said


def used_counts(counts: CountsTable) -> tuple[str, FloatArray]:
    """The kind of counts that is used, reports before identified youth, and they: (C, Y)."""
    if np.isnan(counts.reports).all():
        return "identified youth", counts.identified
    return "reports", counts.reports


def best_relative(
    counts: CountsTable, region: Region, table: PlaceCounts, fit: EmpiricalBayes, hidden_cv: float
) -> tuple[RelativeRates, str, str]:
    """Relative rates by channel factors where the record has channels; how, and why not."""
    try:
        relative = by_channel_factors(counts, region, hidden_cv)
    except NotIdentifiedError as error:
        how = "counts of all channels together, drawn towards places of their kind"
        return relative_of(table, fit, hidden_cv), how, f"What channels tell: {error}."
    return relative, "what reports by channel have in common, and calls", ""


def by_class(table: PlaceCounts, fit: EmpiricalBayes) -> list[ClassRow]:
    """A row for every class of place that occurs among places with counts."""
    rows = []
    for k, name in enumerate(CLASSES):
        here = (table.place_class == k) & (table.exposure > 0.0)
        if not here.any():
            continue
        cases, exposure = table.counts[here].sum(), table.exposure[here].sum()
        one = raw_rates(np.array(cases), np.array(exposure))
        shown = cases >= FEWEST_SHOWN
        values = (one.rate, one.interval.low, one.interval.high)
        rate, low, high = (float(v) * PER if shown else np.nan for v in values)
        youth = float(table.youth[here].sum())
        rows.append(ClassRow(name, int(here.sum()), youth, float(cases), rate, low, high))
    return rows


def silent_zeros(held: FloatArray) -> list[str]:
    """Warnings of what zeros of counts (C, Y) may stand for: places with counts, NaN unknown.

    Most are 0 and none is unknown: silence may be read as 0. Some are unknown and none is 0: zeros
    may have been left out; InputError where several counts are 1, as about as many should be 0.
    """
    known = held[~np.isnan(held)]
    zeros = float((known == 0).mean())
    if zeros > MOST_ZEROS and known.size == held[~np.isnan(held).all(axis=1)].size:
        return [f"{zeros:.0%} of counts are 0 and none is unknown. If a place whose agencies sent "
                "nothing reads 0, places differ by who takes part, and every rate is too low; "
                "leave such years blank"]  # fmt: skip
    if not np.isnan(held).any() or zeros > 0.0:
        return []
    ones = int((known == 1).sum())
    if ones >= ONES_WITHOUT_ZERO:
        raise InputError(
            f"{ones} counts are 1 and none is 0, beside years that are unknown: are those years "
            "without a case? Then write 0, or estimates are too high"
        )
    return ["no count is 0, and some years are unknown: if they are years without a case, "
            "write 0, or every rate is too high"]  # fmt: skip


def median_ratio(relative: RelativeRates, table: PlaceCounts) -> float:
    """Upper over lower end of the relative rate, in the median place with counts."""
    return float(np.median(relative.interval(LEVEL).ratio[table.exposure > 0.0]))


#: Upper over lower end of the level from linked lists: UK 2013, 10,000 to 28,800 persons.
LINKED_RATIO = 2.9


def helps(
    table: PlaceCounts,
    fit: EmpiricalBayes,
    relative: RelativeRates,
    hidden_cv: float,
    of_prior: Interval | None,
    has_channels: bool,
) -> list[Help]:
    """What more data would be expected to do, as it is now first, then the most helpful."""

    def less(by: FloatArray | float) -> float:
        """The median place's ratio with the variance lower by so much."""
        variance = np.maximum(relative.log_sd**2 - by, 1e-12)
        return median_ratio(RelativeRates(relative.log_rate, np.sqrt(variance)), table)

    now = Help("this record", less(0.0), np.inf if of_prior is None else float(of_prior.ratio))
    answers = ASKED * PREVALENCE * DISCLOSED  # in a class
    of_class = HIDDEN_CLASS**2 / (1.0 + HIDDEN_CLASS**2 * answers)
    classes = len(np.unique(table.place_class[table.exposure > 0.0]))
    level = float(np.exp(2.0 * ndtri(tails(LEVEL)[1]) / np.sqrt(answers * classes)))
    found = [
        Help(f"a survey that asks {ASKED:,} youth in each class of place",
             less(HIDDEN_CLASS**2 - of_class), level),
        Help("persons linked across three agencies or more", now.interval, LINKED_RATIO),
        Help("as many years again", less(by_more_years(table, fit, hidden_cv)), now.level),
    ]  # fmt: skip
    if not has_channels:
        channels = "reports by channel, and calls that are not about a case"
        found.append(Help(channels, less(explained(table, fit, hidden_cv)), now.level))
    return [now, *sorted(found, key=lambda one: (one.interval * one.level, one.interval))]


def explained(table: PlaceCounts, fit: EmpiricalBayes, hidden_cv: float) -> FloatArray:
    """By how much the variance (C,) falls if half of what attention differs by were known."""
    h2 = risk_variance(hidden_cv)
    s2 = max(fit.spread**2, h2)
    less = h2 + (s2 - h2) * (1.0 - EXPLAINED)
    usual = fit.usual * table.exposure
    poisson = 1.0 / np.maximum(usual, 1e-9)
    return np.asarray(h2 * h2 / (less + poisson) - h2 * h2 / (s2 + poisson))


def by_more_years(table: PlaceCounts, fit: EmpiricalBayes, hidden_cv: float) -> FloatArray:
    """By how much the variance (C,) falls if twice the years had shown twice the cases."""
    doubled = replace(table, counts=2.0 * table.counts, years=2.0 * table.years)
    now, then = (relative_of(one, fit, hidden_cv).log_sd ** 2 for one in (table, doubled))
    return np.asarray(now - then)
