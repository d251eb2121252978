"""The expected cascade: what a region without added spending comes to on average, by arithmetic.

The stationary baseline of docs/model.md: all conditions at their fixed points, no spending, no
feedback, no publicity, and investigators who keep up (or a stated wait).  The engine takes from it
the scale of false reports, the investigators that stand at the start and the noise on the hotline
(onset rates are in `onsets.py`); calibration takes the rest (`studies/ascertainment.py`).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.equations import (
    false_for,
    false_suspicion,
    mean_false_reports,
    tool_coverage,
)
from streetlight.model.names import N_CLASSES, N_SECTORS, Channel
from streetlight.model.on_average.onsets import later_rate, onset_rate, rate_norm, reference
from streetlight.model.on_average.strata import Setting, density_of
from streetlight.model.on_average.youth import (
    COUNTS,
    YouthTable,
    by_kind,
    class_table,
    community_weights,
    disclosure_weights,
    screening_weights,
)
from streetlight.model.parameters import Parameters
from streetlight.model.rates import rates_of


@dataclass(frozen=True)
class Expected:
    """Expected numbers a year by community, (C,) each unless said otherwise."""

    parameters: Parameters
    region: Region
    screen_in: FloatArray  # probabilities
    first_onsets: FloatArray  # first spells that start
    later_onsets: FloatArray  # later spells that start
    active: FloatArray  # spells going on at a time: a stock
    knew: FloatArray  # youth who recognise what happens to them
    known: FloatArray  # spells reported for the first time
    known_knowing: FloatArray  # of these, those of youth who knew before
    reports: FloatArray  # true reports
    channels: FloatArray  # (C, channels) true reports by channel
    joining: FloatArray  # true reports screened in that ask for an investigation
    attached: FloatArray  # true reports of youth whose case was open
    investigated: FloatArray  # true investigations begun
    identified: FloatArray  # true cases substantiated

    @property
    def false_reports_per_scale(self) -> FloatArray:
        """False reports where the scale of false reports is 1, (C,)."""
        return np.asarray(false_by_sector(self.parameters, self.region).sum(1))

    @property
    def false_investigated_per_scale(self) -> FloatArray:
        """Of these, those that are investigated, (C,)."""
        return self.false_reports_per_scale * self.screen_in

    @property
    def false_tips(self) -> FloatArray:
        """False reports by platforms, which no scale moves, (C,)."""
        return false_tips(self.parameters, self.region)

    @property
    def false_tips_investigated(self) -> FloatArray:
        """Of these, those that are investigated, (C,)."""
        return self.false_tips * self.screen_in

    @property
    def onsets(self) -> FloatArray:
        """All spells that start, first and later, (C,)."""
        return self.first_onsets + self.later_onsets

    @property
    def known_share(self) -> FloatArray:
        """Share of spells ever reported, (C,); NaN where there are none."""
        return share_of(self.known, self.onsets)

    @property
    def identified_share(self) -> FloatArray:
        """Share of spells that end by identification, (C,); NaN where there are none."""
        return share_of(self.identified, self.onsets)


def share_of(part: FloatArray, whole: FloatArray) -> FloatArray:
    """part / whole, same shape; NaN where there is no whole."""
    result = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=result, where=np.asarray(whole) > 0.0)
    return result


def expected_cascade(
    parameters: Parameters,
    region: Region,
    frailty: FloatArray | None = None,
    screen_in: FloatArray | None = None,
    wait_weeks: float = 0.0,
    served: float | None = None,
) -> Expected:
    """The expected cascade of every community.

    frailty: (C,), 1 by default; screen_in: (C,) probabilities, their mean by default; wait_weeks:
    time that every report screened in spends in the queue; served: share of the identified who are
    served, by default as many as places allow.
    """
    p = parameters
    z = np.ones(region.n_communities) if frailty is None else np.asarray(frailty, dtype=float)
    g = p.assessment.screen_in * np.ones(len(z)) if screen_in is None else np.asarray(screen_in)
    table = class_table(p, screen_in is None, wait_weeks, served)
    first, values = yearly_columns(p, region, table, z, g)
    count, channels = dict(zip(COUNTS, values.T, strict=False)), values[:, len(COUNTS) :]
    return Expected(
        p, region, g, first_onsets=first, later_onsets=np.maximum(count.pop("spells") - first, 0.0),
        active=count.pop("steps") / p.time.steps_per_year,
        known=count.pop("first"), known_knowing=count.pop("first_knowing"),
        reports=channels.sum(1), channels=channels, **count,
    )  # fmt: skip


def yearly_columns(
    p: Parameters, region: Region, table: YouthTable, frailty: FloatArray, screen_in: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """First onsets a year (C,), and the columns of `by_kind` a year (C, columns)."""
    norm = rate_norm(p, region)
    first = onset_rate(p, region, norm, frailty)
    again = later_rate(p, region, norm, frailty) / 12.0
    return first, first[:, None] * per_onset(p, region, table, screen_in, again)


def per_onset(
    parameters: Parameters,
    region: Region,
    table: YouthTable,
    screen_in: FloatArray,
    again: FloatArray,
) -> FloatArray:
    """Columns of `by_kind` at every community, (C, columns)."""
    p, kind = parameters, region.place_class
    disclosure = disclosure_weights(
        p,
        np.array(p.awareness.hotline)[kind],
        np.array(p.incidence.known_offender)[kind],
        density_of(p, region.population),
    )
    screening = screening_weights(table.nodes, screen_in)
    weights = community_weights(table, disclosure, screening, again)
    totals = by_kind(p, table, np.array(p.incidence.family_controlled))
    values = np.empty((region.n_communities, totals.shape[-1]))
    for k in range(N_CLASSES):
        values[kind == k] = weights[kind == k] @ totals[k]
    return values


def false_by_sector(
    parameters: Parameters,
    region: Region,
    scale: float = 1.0,
    universal: float = 0.0,
    targeted: float = 0.0,
) -> FloatArray:
    """False reports a year (C, sectors); universal, targeted: shares screened with the tool.

    What a year of `report.false_mean` comes to at the start values, at effort 1.
    """
    rates, kind = rates_of(parameters), region.place_class
    if not rates.false_on:
        return np.zeros((region.n_communities, N_SECTORS))
    setting = Setting.of_classes(parameters)
    skill, denial = setting.skill(parameters)[:, None], setting.denial[:, None]

    def suspected(high_risk: bool) -> FloatArray:
        covered = tool_coverage(rates.tool, universal, targeted, high_risk)
        base, by_tool = rates.false_base * scale, rates.tool_false
        return np.asarray(
            false_suspicion(base, rates.false_trained, rates.deny, by_tool, skill, denial, covered)
        )

    usual, at_risk = rates.false_general * suspected(False), rates.false_high_risk * suspected(True)
    by_class = mean_false_reports(rates.high_risk_share, usual, at_risk, rates.report)
    by_class = by_class * setting.report_ratio[:, None] / rates.dt
    return np.asarray(region.youth[:, None] * by_class[kind])


def false_tips(parameters: Parameters, region: Region) -> FloatArray:
    """False tips of platforms a year where no law covers them, (C,): the same for every youth.

    At baseline the share `reporting.platform_false` of all tips is false, over the built-in US
    table or, with ``incidence.normalise = "region"``, over the region.
    """
    rates = rates_of(parameters)
    if not rates.false_on or rates.h_platform <= 0.0:
        return np.zeros(region.n_communities)
    return _false_tips_per_youth(parameters, reference(parameters, region)) * region.youth


@functools.lru_cache(maxsize=64)
def _false_tips_per_youth(parameters: Parameters, region: Region) -> float:
    alike = np.ones(region.n_communities)
    screen_in = parameters.assessment.screen_in * alike
    _, values = yearly_columns(parameters, region, class_table(parameters, True), alike, screen_in)
    youth = float(region.youth.sum())
    true = float(values[:, -1].sum())
    return false_for(true, parameters.reporting.platform_false) / youth if youth > 0.0 else 0.0


def false_scale(parameters: Parameters, region: Region | None = None) -> float:
    """Scale of false suspicions at which `reporting.unfounded` (P47) holds at baseline.

    Among investigations begun, of true and false reports, that share is not substantiated, over the
    built-in US table or, with ``incidence.normalise = "region"``, over the region given.  0 when
    false reports are switched off, and when true reports alone reach the share.
    """
    if not parameters.switches.false_reports:
        return 0.0
    return _false_scale(parameters, reference(parameters, region))


@functools.lru_cache(maxsize=64)
def _false_scale(parameters: Parameters, region: Region) -> float:
    expected = expected_cascade(parameters, region)
    true, identified = float(expected.investigated.sum()), float(expected.identified.sum())
    false = float(expected.false_investigated_per_scale.sum())
    tips = float(expected.false_tips_investigated.sum())
    return solve_false_scale(parameters, true, identified, false, tips)


def solve_false_scale(
    parameters: Parameters, true: float, identified: float, false: float, tips: float
) -> float:
    """x with (true - identified + (x false + tips) (1 - w)) = u (true + x false + tips).

    w: wrongly substantiated; u: unfounded, of all investigations; tips: false ones of platforms.
    """
    share = parameters.reporting.unfounded
    margin = 1.0 - parameters.assessment.wrong_substantiation - share
    if false <= 0.0:
        return 0.0
    if margin <= 0.0:
        raise ValueError(
            f"reporting.unfounded: value {share!r}: must be below 1 - "
            f"assessment.wrong_substantiation = {share + margin!r}"
        )
    return max(0.0, ((identified - (1.0 - share) * true) / margin - tips) / false)


def baseline_investigators(
    parameters: Parameters, region: Region, expected: Expected, scale: float | None = None
) -> FloatArray:
    """Investigators (C,), real numbers, whose `utilisation` the expected investigations give.

    scale: false_scale if it is known already.
    """
    a = parameters.assessment
    x = false_scale(parameters, region) if scale is None else scale
    false = x * expected.false_investigated_per_scale + expected.false_tips_investigated
    yearly = expected.investigated + false
    return np.asarray(yearly / (12.0 * a.investigations_per_month * a.utilisation))


def seen_posts(parameters: Parameters, region: Region) -> FloatArray:
    """Investigators (C,) by youth and place class, before effort (`assessment.posts: seen`)."""
    a = parameters.assessment
    by_class = np.array(a.investigators)[region.place_class]
    return np.asarray(by_class * region.youth / 1e5 / a.utilisation)


def expected_noise(parameters: Parameters, region: Region) -> float:
    """Calls that are not about a case, per resident and year at full awareness (section 9).

    At baseline the share `reporting.noise_contacts` of all hotline calls is noise, over the
    built-in US table or, with ``incidence.normalise = "region"``, over the region.
    """
    return _noise(parameters, reference(parameters, region))


@functools.lru_cache(maxsize=64)
def _noise(parameters: Parameters, region: Region) -> float:
    expected = expected_cascade(parameters, region)
    awareness = np.array(parameters.awareness.hotline)[region.place_class]
    listeners = float((awareness * region.population).sum())
    share = parameters.reporting.noise_contacts
    calls = float(expected.channels[:, : Channel.SCHOOL].sum())
    return share / (1.0 - share) * calls / listeners if listeners > 0.0 else 0.0
