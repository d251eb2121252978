"""What counts by place say of victimization, what they do not, and what would help most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.inference.empirical_bayes import EmpiricalBayes, empirical_bayes
from streetlight.model.inference.hidden_risk import (
    HIDDEN_CLASS,
    HIDDEN_CV,
    RelativeRates,
    risk_variance,
)
from streetlight.model.inference.identified import LEVEL, Interval
from streetlight.model.inference.places import PlaceCounts, relative_of, yearly
from streetlight.model.inference.poisson_logistic import SHARE, PoissonLogistic
from streetlight.model.inference.poisson_logistic import poisson_logistic as fit_poisson_logistic
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
#: Asked in each class of place by the survey of which the worth is said; who says so of those
#: exploited; and the share of youth exploited by the central values.
ASKED, DISCLOSED, PREVALENCE = 5000, 0.6, 0.005
#: Part of the variance of attention that calls, staff and campaigns are taken to explain.
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
    level: float  # the same of the region's level, given what is stated


@dataclass(frozen=True, eq=False)
class CountsEstimate:
    """Everything that is said of a record of counts. Arrays are (C,).

    what: which counts were used; table: those; raw: of the region, per youth-year; fit: empirical
    Bayes; relative: rates of victimization over the region's; level: interval of the true rate per
    youth-year by the stated prior; warnings, refused: sentences; helps: the most helpful first.
    """

    what: str
    years: tuple[int, ...]
    table: PlaceCounts
    raw: RawRates
    fit: EmpiricalBayes
    relative: RelativeRates
    level: Interval
    classes: tuple[ClassRow, ...]
    helps: tuple[Help, ...]
    warnings: tuple[str, ...]
    hidden_cv: float
    share: float


def estimate_counts(
    counts: CountsTable, region: Region, hidden_cv: float = HIDDEN_CV, share: float = SHARE
) -> CountsEstimate:
    """Estimate from counts of the places of a region.

    hidden_cv, share: stated variation of hidden risk, and stated mean share recorded. InputError
    where no place has youth and counts; NotIdentifiedError where there is nothing to estimate.
    """
    what, held, table = used_counts(counts, region)
    warnings = silent_zeros(held)
    fit = empirical_bayes(table.counts, table.exposure, table.design)
    relative = relative_of(table, fit, hidden_cv)
    total, exposure = table.counts.sum(), table.exposure.sum()
    logistic = reporting_fit(table, share)
    return CountsEstimate(
        what=what,
        years=counts.years,
        table=table,
        raw=raw_rates(np.array(total), np.array(exposure)),
        fit=fit,
        relative=relative,
        level=logistic.level,
        classes=tuple(by_class(table, fit)),
        helps=tuple(helps(table, fit, relative, hidden_cv, logistic)),
        warnings=(*warnings, *logistic.warnings),
        hidden_cv=hidden_cv,
        share=share,
    )


def used_counts(counts: CountsTable, region: Region) -> tuple[str, FloatArray, PlaceCounts]:
    """The kind of counts that is used, reports before identified youth; they (C, Y); by place.

    A place without youth has no rate: its years count as unknown.
    """
    what, held = "reports", counts.reports
    if np.isnan(held).all():
        what, held = "identified youth", counts.identified
    cases, years = yearly(held)
    no_youth = region.youth <= 0.0
    if (no_youth | (years == 0.0)).all():
        raise InputError(f"no place of the region has both youth and known {what}")
    table = PlaceCounts(
        counts=np.where(no_youth, 0.0, cases), years=np.where(no_youth, 0.0, years),
        youth=region.youth, place_class=region.place_class, poverty_share=region.poverty_share,
    )  # fmt: skip
    return what, held, table


def reporting_fit(table: PlaceCounts, share: float) -> PoissonLogistic:
    """Poisson-logistic with poverty on the side of truth and classes on that of reporting."""
    one_class = replace(table, place_class=np.zeros_like(table.place_class)).design
    present = [k for k in range(N_CLASSES) if (table.place_class == k).any()][1:]
    reporting = (table.place_class[:, None] == np.array(present, int)).astype(float)
    names = tuple(CLASSES[k] for k in present)
    return fit_poisson_logistic(
        table.counts, table.exposure, one_class, reporting, names, share=share
    )


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
    """A warning where unknown years (NaN) of counts (C, Y) stand beside no zero at all.

    InputError where several counts are 1: about as many should be 0, so that these were left out.
    """
    known = held[~np.isnan(held)]
    if not np.isnan(held).any() or (known == 0).any():
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


def helps(
    table: PlaceCounts,
    fit: EmpiricalBayes,
    relative: RelativeRates,
    hidden_cv: float,
    logistic: PoissonLogistic,
) -> list[Help]:
    """What more data would be expected to do, as it is now first, then the most helpful."""
    z = 1.645

    def ratio_with(change: Callable[[FloatArray], FloatArray]) -> float:
        variance = np.maximum(change(relative.log_sd**2), 1e-12)
        changed = RelativeRates(relative.log_rate, np.sqrt(variance))
        return median_ratio(changed, table)

    level = float(logistic.level.ratio)
    answers = ASKED * PREVALENCE * DISCLOSED
    survey_sd = np.sqrt(1.0 / answers)
    in_all = np.sqrt(1.0 / (answers * max(len(by_class(table, fit)), 1)))
    left = HIDDEN_CLASS**2 * survey_sd**2 / (HIDDEN_CLASS**2 + survey_sd**2)
    now = Help("this record", median_ratio(relative, table), level)
    found = [
        Help(f"a survey that asks {ASKED:,} youth in each class of place",
             ratio_with(lambda v: v - HIDDEN_CLASS**2 + left), float(np.exp(2 * z * in_all))),
        Help("calls that are not about a case, staff trained and campaigns, by place and year",
             ratio_with(lambda v: v - explained(table, fit, hidden_cv)), level),
        Help("persons linked across three agencies or more", now.interval, LINKED_RATIO),
        Help("as many years again", with_more_years(table, fit, hidden_cv), level),
    ]  # fmt: skip
    return [now, *sorted(found, key=lambda one: one.interval * one.level)]


#: Upper over lower end of the level from linked lists: UK 2013, 10,000 to 13,000.
LINKED_RATIO = 1.3


def explained(table: PlaceCounts, fit: EmpiricalBayes, hidden_cv: float) -> FloatArray:
    """By how much the variance (C,) falls if half of what attention differs by were known."""
    h2 = risk_variance(hidden_cv)
    s2 = max(fit.spread**2, h2)
    less = h2 + (s2 - h2) * (1.0 - EXPLAINED)
    usual = fit.usual * table.exposure
    poisson = 1.0 / np.maximum(usual, 1e-9)
    return np.asarray(h2 * h2 / (less + poisson) - h2 * h2 / (s2 + poisson))


def with_more_years(table: PlaceCounts, fit: EmpiricalBayes, hidden_cv: float) -> float:
    """The median place's interval if twice the years had shown twice the cases."""
    doubled = replace(table, counts=2.0 * table.counts, years=2.0 * table.years)
    return median_ratio(relative_of(doubled, fit, hidden_cv), doubled)
