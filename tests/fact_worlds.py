"""Regions, runs and measures that the tests of stylised facts share (docs/facts.md)."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from streetlight import policies
from streetlight.model.arrays import Table
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import Policy
from streetlight.model.names import End
from streetlight.model.outcomes import by_community
from streetlight.model.parameters import Parameters
from streetlight.model.run.history import History
from streetlight.model.run.simulation import draw_world, run_policy
from streetlight.model.world.world import World
from studies.calibration_bands import list_overlap

Array = NDArray[Any]
Values = dict[str, Any]

REPLICATES = (0, 1, 2)  # n of every median over runs of the whole country

#: Places of a class look and record alike, and have the investigators that their reports need.
EVEN: Values = {"attention.reading": "even", "assessment.posts": "solved"}

#: Reports wait for their turn, however long it takes.
FIRST_COME: Values = {"assessment.discipline": "first come", "assessment.lapse_weeks": 0.0}

#: Places differ in population, poverty, frailty and nothing else: they notice and publish alike.
EQUAL_PLACES: Values = EVEN | {
    "training.trained_share": (0.3,) * 4,
    "denial.leaders": (0.5,) * 4,
    "awareness.hotline": (0.25,) * 4,
    "incidence.family_controlled": (0.3,) * 4,
    "incidence.known_offender": (0.6,) * 4,
    "switches.anonymity": False,
    "assessment.screen_in_sd": 0.0,
    "switches.publication": False,
    "switches.feedback": False,
    "switches.publicity": False,
}

#: Every youth has the same onset rate, wherever it lives.
EQUAL_TRUTH: Values = {
    "incidence.place_ratio": (1.0,) * 4,
    "incidence.poverty_ratio": 1.0,
    "incidence.frailty_cv": 0.0,
}

#: The record moves nothing, and screening-in is the same everywhere.
NO_ECHO: Values = {
    "switches.feedback": False,
    "switches.publicity": False,
    "assessment.screen_in_sd": 0.0,
}

#: One mechanism is looked at, so that unevenness and loss of the record would only be noise.
ISOLATED: Values = NO_ECHO | EVEN | FIRST_COME

#: One large city of 50 million, so that shares are precise.
CITY = Region.of(
    ids=["A"], population=[5e7], youth=[5e6], youth_12_17=[3.75e6], poverty_share=[0.17],
    place_class=["large metro"],
)  # fmt: skip

#: One place of each class, each of 20 million.
FOUR = Region.of(
    ids=["A", "B", "C", "D"], population=[2e7] * 4, youth=[2e6] * 4, youth_12_17=[1.5e6] * 4,
    poverty_share=[0.17] * 4, place_class=["large metro", "small metro", "town", "rural"],
)  # fmt: skip


def us() -> Region:
    """All counties of the United States."""
    return Region.us_counties()


def world(values: Values | None = None, region: Region | None = None, **more: Any) -> World:
    """A world with some values replaced; the United States unless a region is given."""
    return draw_world(Parameters().with_values(values or {}), region or us(), **more)


def history(
    values: Values | None = None,
    region: Region | None = None,
    policy: Policy | None = None,
    **more: Any,
) -> History:
    """A run, without added spending unless a policy is given."""
    return run_policy(world(values, region, **more), policy or policies.none())


class Facts(NamedTuple):
    """What is kept of a run: over the policy years unless said.

    table: `outcomes.by_community`; expected (C,): first onsets a year; spells: those open in the
    policy years; lists (n, 8): recorded in that time by each channel, spells as before; reports
    (C, 8): true and false by channel; yearly (C, Y), published (C, Y): reports of all record years,
    as made and as published; found (C,): published identified; overlap:
    `calibration_bands.list_overlap`.
    """

    table: dict[str, Array]
    expected: Array
    spells: Table
    lists: Array
    reports: Array
    yearly: Array
    published: Array
    found: Array
    overlap: float
    first_step: int
    last_step: int


def facts(run: History) -> Facts:
    """The measures of a finished run."""
    clock, spells, touches = run.truth.clock, run.truth.spells, run.record.register.touches
    first, last = clock.first_policy_step, clock.n_steps
    referrals = run.record.counts.referrals
    step = touches["step"] + clock.first_record_step
    touches = touches[(step >= first) & (step < last)]
    spell = run.truth.case_spell[touches["case"]]
    lists = np.zeros((len(spells), referrals.shape[2]), bool)
    lists[spell[spell >= 0], touches["channel"][spell >= 0]] = True
    here = (spells["end"] > first) & (spells["start"] < last)
    here &= spells["end_reason"] != End.PREVENTED
    policy_years = slice(clock.burn_in_years, None)
    return Facts(
        by_community(run), run.world.state.communities["onset"] * clock.steps_per_year,
        spells[here].copy(), lists[here], referrals[12 * clock.burn_in_years :].sum(axis=0),
        referrals.sum(axis=2).reshape(-1, 12, referrals.shape[1]).sum(axis=1).T,
        run.record.published_reports, run.record.published_identified[:, policy_years].sum(axis=1),
        list_overlap(run), first, last,
    )  # fmt: skip


@functools.cache
def usual(replicate: int = 0) -> Facts:
    """The United States as the defaults have it, without added spending."""
    return facts(history(replicate=replicate))


@functools.cache
def equal_places(replicate: int = 0) -> Facts:
    """The United States with places that notice, report and publish alike."""
    return facts(history(EQUAL_PLACES, replicate=replicate))


def median(values: Any) -> float:
    """Median over replicates."""
    return float(np.median(list(values)))


def share(part: Array, whole: Array) -> float:
    """Total of a part over total of the whole."""
    return float(np.sum(part) / np.sum(whole))


def share_of(table: dict[str, Array], name: str, rows: Any = slice(None)) -> float:
    """A column of the community table per true onset, over some communities."""
    return share(table[name][rows], table["true_onsets"][rows])


def elasticity(count: Array, size: Array) -> float:
    """Slope of log count on log size over the places with a count."""
    ok = (count > 0) & (size > 0)
    return float(np.polyfit(np.log(size[ok]), np.log(count[ok]), 1)[0])


def spearman(a: Array, b: Array) -> float:
    """Rank correlation."""
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def cv(values: Array) -> float:
    """Coefficient of variation."""
    return float(values.std() / values.mean())


def by_state(values: Array) -> Array:
    """Sums over the states."""
    names, index = np.unique(np.array(us().state), return_inverse=True)
    return np.bincount(index, values, len(names))


def small_places() -> Array:
    """Towns and rural places of the country."""
    return us().place_class >= 2
