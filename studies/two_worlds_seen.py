"""What can be seen of a world, and how well two kinds of worlds are told apart by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from streetlight.model.arrays import FloatArray
from streetlight.model.inference.shape import PATTERNS, shape_of
from streetlight.model.names import AGENCY_OF_CHANNEL, CHANNELS, Tally
from streetlight.model.parameters import Parameters
from streetlight.model.record.record import by_year
from streetlight.model.run.history import History

#: Numbers that were seen, by name.
Seen = Mapping[str, float]
#: What the two settings are called.
SETTINGS = ("less, seen more", "more, seen less")
#: Youth asked in a place by a survey: a standard package of the lever.
ASKED = 500
#: Added to the covariance, in standard deviations: worlds are few beside numbers.
RIDGE = 0.1


def truth(history: History) -> Seen:
    """What nobody sees: youth exploited at a time, spells a year, and how many are identified."""
    ledger, clock = history.truth.ledger, history.world.clock
    years = slice(clock.first_record_year, None)
    tally = {t: float(ledger.yearly[t, years].sum()) for t in Tally}
    onsets = tally[Tally.FIRST_ONSETS] + tally[Tally.LATER_ONSETS]
    active = ledger.person_steps[0, years].sum() / clock.steps_per_year
    return {
        "youth exploited at a time": active / clock.record_years,
        "onsets a year": onsets / clock.record_years,
        "identified of 100 onsets": 100.0 * tally[Tally.IDENTIFIED] / onsets,
    }


def published(history: History) -> Seen:
    """Published counts by channel and year, of the identified, calls, and the table's shape."""
    record, region = history.record, history.region
    reports = record.published_reports
    shape = shape_of(reports, region.population, region.area_keys[1].astype(np.int64))
    return {
        "reports": reports.sum(),
        "identified": record.published_identified.sum(),
        "calls not about a case": record.calls_not_about_a_case.sum(),
        **{f"reports, {c}": n for c, n in by_channel(record.published_by_channel).items()},
        **{f"reports, year {y + 1}": n for y, n in enumerate(reports.sum(axis=0))},
        **{words: shape[name] for name, words in PATTERNS.items()},
    }


def by_channel(counts: npt.NDArray[Any]) -> dict[str, float]:
    """Sums of counts (..., channels) by the name of the channel."""
    return dict(zip(CHANNELS, counts.reshape(-1, len(CHANNELS)).sum(axis=0).tolist(), strict=True))


def own_files(history: History, first: int = 0, last: int | None = None) -> Seen:
    """All that agencies hold, counted: by channel, investigated, identified, calls, years."""
    counts, years = history.record.counts, slice(first, last)
    reports = by_year(counts.referrals)[years]
    totals = {
        name: float(by_year(table)[years].sum())
        for name, table in (("investigated", counts.investigated),
                            ("identified", counts.identified), ("calls", counts.calls))
    }  # fmt: skip
    yearly = {f"year {y + 1}": float(n) for y, n in enumerate(reports.sum(axis=(1, 2)))}
    return {**by_channel(reports), **totals, **yearly}


def before_and_after(history: History, event: int) -> Seen:
    """The same before and since the record year of an event."""
    parts = own_files(history, last=event), own_files(history, first=event)
    return {
        f"{when} {k}": n for when, part in zip("<>", parts, strict=True) for k, n in part.items()
    }


def linked(history: History) -> Seen:
    """Persons as agencies link them: how many agencies hold each, how often they are reported."""
    files = history.record.cases
    touches = files.touches[files.touches["report"]]
    person = files.person[touches["case"]]
    agency = np.array(AGENCY_OF_CHANNEL)[touches["channel"]]
    lists = np.unique(np.stack([person, agency], axis=1), axis=0)[:, 0]
    agencies, reports = (np.unique(x, return_counts=True)[1] for x in (lists, person))
    return {"held by two agencies or more": (agencies > 1).mean(), "reported": reports.mean()}


def delay(history: History) -> Seen:
    """Weeks from the onset, as recalled, to the report that opened the case, of the identified."""
    cases = history.record.cases.cases
    weeks = (cases["opened"] - cases["recalled_onset"])[np.isfinite(cases["recalled_onset"])]
    low, middle, high = np.quantile(weeks, (0.25, 0.5, 0.75))
    return {"mean": weeks.mean(), "quarter": low, "half": middle, "three quarters": high}


def active_share(history: History) -> FloatArray:
    """Share of youth 12-17 in a spell, mean of the last year: (C,)."""
    clock, youth = history.world.clock, history.region.youth_12_17
    active = history.truth.ledger.person_steps[0, -1] / clock.steps_per_year
    return np.asarray(np.divide(active, youth, out=np.zeros_like(youth), where=youth > 0.0))


def survey(history: History, places: int, disclosed: tuple[float, float], luck: int) -> Seen:
    """Youth who say so where `ASKED` are asked in each of the places with most youth.

    disclosed: ends of what the share who say so may be.
    """
    rng = np.random.default_rng(np.random.SeedSequence(luck, spawn_key=(places,)))
    largest = np.argsort(-history.region.youth_12_17)[:places]
    share = np.minimum(1.0, active_share(history)[largest] * rng.uniform(*disclosed))
    return {"say so": float(rng.binomial(ASKED, share).sum())}


def survey_dollars(places: int) -> float:
    """What it costs to ask there."""
    costs = Parameters().costs
    return places * (costs.survey_fixed_cost + ASKED * costs.survey_unit_cost)


class Accuracy(NamedTuple):
    """Share of worlds told right, with its 95% interval (Wilson)."""

    share: float
    low: float
    high: float


class Telling(NamedTuple):
    """A source: how well it tells worlds apart, and its dollars where the model has costs."""

    source: str
    told: Accuracy
    dollars: float | None = None


def accuracy(some: Sequence[Seen], others: Sequence[Seen]) -> Accuracy:
    """How many worlds a linear discriminant tells right that it was not trained on.

    Trained on half of the worlds of each kind and tried on the other half, and the other way round,
    on every number and its square, counts on the scale of logs.
    """
    rows = np.array([list(one.values()) for one in (*some, *others)], float)
    kind = np.repeat([0, 1], [len(some), len(others)])
    half = np.concatenate([np.arange(len(some)) % 2, np.arange(len(others)) % 2])
    rows = np.where(rows >= 0.0, np.log1p(np.maximum(rows, 0.0)), rows)
    right = 0
    for trained in (0, 1):
        x, there = standardised(rows, half == trained), half == trained
        right += int((told(x[there], kind[there], x[~there]) == kind[~there]).sum())
    interval = binomtest(right, len(kind)).proportion_ci(method="wilson")
    return Accuracy(right / len(kind), interval.low, interval.high)


def standardised(rows: FloatArray, known: FloatArray) -> FloatArray:
    """Numbers and squares in standard deviations of the known rows; what is unknown is 0."""
    mean, spread = np.nanmean(rows[known], axis=0), np.nanstd(rows[known], axis=0)
    z = np.nan_to_num((rows - mean) / np.where(spread > 0.0, spread, 1.0))
    return np.concatenate([z, z**2 - 1.0], axis=1)


def told(x: FloatArray, kind: FloatArray, new: FloatArray) -> FloatArray:
    """The kind (0, 1) of new rows by the linear discriminant of rows x."""
    means = np.array([x[kind == k].mean(axis=0) for k in (0, 1)])
    covariance = np.cov(x - means[kind], rowvar=False) + RIDGE * np.eye(x.shape[1])
    direction = np.linalg.solve(covariance, means[1] - means[0])
    return np.asarray((new - means.mean(axis=0)) @ direction > 0.0, int)
