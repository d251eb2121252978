"""Every estimator of this room on counts by place, so that they can be compared on one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.inference.channel_factors import channel_factors
from streetlight.model.inference.design import PoolingDesign
from streetlight.model.inference.empirical_bayes import empirical_bayes
from streetlight.model.inference.hidden_risk import HIDDEN_CV, RelativeRates, relative_rates
from streetlight.model.inference.identified import NotIdentifiedError
from streetlight.model.inference.places import PlaceCounts, relative_of, yearly
from streetlight.model.inference.poisson_logistic import (
    SHARE,
    PoissonLogistic,
    poisson_logistic,
)
from streetlight.model.names import CLASSES, N_CLASSES, Channel
from streetlight.model.record.counts import CountsTable

T = TypeVar("T")

#: Channels of the groups of reports: self and confidants, responders, the public.
CHANNELS_OF_GROUPS = (
    (Channel.SELF, Channel.CONFIDANT),
    (Channel.SCHOOL, Channel.HEALTH, Channel.WELFARE, Channel.POLICE, Channel.YOUTH_SERVICES),
    (Channel.PUBLIC,),
)


class Estimates(NamedTuple):
    """What every estimator makes of one record, by its name.

    values (C,): numbers by place that go with its rate, NaN where there is none; relative: rates
    with intervals; refused: why an estimator cannot be used.
    """

    values: dict[str, FloatArray]
    relative: dict[str, RelativeRates]
    refused: dict[str, str]


def place_counts(held: FloatArray, region: Region) -> PlaceCounts:
    """Counts (C, Y) by place; the years of a place without youth count as unknown: no rate."""
    cases, years = yearly(held)
    no_youth = region.youth <= 0.0
    return PlaceCounts(
        counts=np.where(no_youth, 0.0, cases), years=np.where(no_youth, 0.0, years),
        youth=region.youth, place_class=region.place_class, poverty_share=region.poverty_share,
    )  # fmt: skip


def channel_groups(counts: CountsTable, region: Region) -> tuple[FloatArray, FloatArray]:
    """Counts and exposures (C, G) of the groups of `channel_factors`, from channels and calls."""
    totals = [
        *(yearly(counts.by_channel[:, :, list(one)].sum(axis=2)) for one in CHANNELS_OF_GROUPS),
        yearly(counts.other_calls),
    ]
    people = [region.youth] * len(CHANNELS_OF_GROUPS) + [region.population]
    exposures = [years * one for (_, years), one in zip(totals, people, strict=True)]
    return np.stack([cases for cases, _ in totals], axis=1), np.stack(exposures, axis=1)


def reporting_fit(table: PlaceCounts, share: float) -> tuple[PoolingDesign, PoissonLogistic]:
    """Poisson-logistic with poverty on the side of truth and classes on that of reporting."""
    one_class = replace(table, place_class=np.zeros_like(table.place_class)).design
    present = [k for k in range(N_CLASSES) if (table.place_class == k).any()][1:]
    reporting = (table.place_class[:, None] == np.array(present, int)).astype(float)
    names = tuple(CLASSES[k] for k in present)
    return one_class, poisson_logistic(
        table.counts, table.exposure, one_class, reporting, names, share=share
    )


def every_estimate(counts: CountsTable, region: Region, hidden_cv: float = HIDDEN_CV) -> Estimates:
    """Rates of victimization by place, up to a common factor, by every estimator of counts.

    region: as it is told to them; hidden_cv: stated variation of hidden risk. "counts" and "poverty
    alone" (three times the rate among the poor) are no estimators, but what one would do without.

    >>> from streetlight.model.inference.by_place import every_estimate
    >>> region = sl.Region.synthetic(n_communities=30, seed=1, population=5_000_000)
    >>> record = sl.simulate(sl.Parameters(), region, sl.policies.none(), years=2).record
    >>> from streetlight.model.record.counts import counts_of
    >>> list(every_estimate(counts_of(record), region).relative)
    ['hidden risk', 'Poisson-logistic', 'channel factors']
    """
    table = place_counts(counts.reports, region)
    fit = cache(lambda: empirical_bayes(table.counts, table.exposure, table.design))
    found = Estimates(
        {
            "counts": table.counts,
            "raw rates": table.counts / np.where(table.exposure > 0.0, table.exposure, np.nan),
            "poverty alone": 1.0 + 2.0 * region.poverty_share,
        },
        {},
        {},
    )
    of_values = {"empirical Bayes": lambda: fit().rate}
    of_relative = {
        "hidden risk": lambda: relative_of(table, fit(), hidden_cv),
        "Poisson-logistic": lambda: by_poisson_logistic(table, hidden_cv),
        "channel factors": lambda: by_channel_factors(counts, region, hidden_cv),
    }
    take(of_values, found.values, found.refused)
    take(of_relative, found.relative, found.refused)
    return found


def take(
    makers: Mapping[str, Callable[[], T]], made: dict[str, T], refused: dict[str, str]
) -> None:
    """Add what each maker makes, or why it does not."""
    for name, make in makers.items():
        try:
            made[name] = make()
        except NotIdentifiedError as error:
            refused[name] = str(error)


def by_poisson_logistic(table: PlaceCounts, hidden_cv: float) -> RelativeRates:
    """Relative rates around what `reporting_fit` gives."""
    truth, logistic = reporting_fit(table, SHARE)
    return relative_rates(
        table.counts, logistic.usual * table.exposure, logistic.spread, truth, logistic.peak,
        table.youth, hidden_cv,
    )  # fmt: skip


def by_channel_factors(counts: CountsTable, region: Region, hidden_cv: float) -> RelativeRates:
    """Relative rates from channels and calls."""
    groups, exposure = channel_groups(counts, region)
    factors = channel_factors(
        groups, exposure, region.place_class, region.poverty_share, region.youth, hidden_cv
    )
    return factors.relative
