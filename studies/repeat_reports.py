"""How well repeat reports of linked cases tell what share of youth is ever reported.

    python -m studies.repeat_reports --worlds 8

`inference.duplicates`, for the region and for each class of place, from thirteen years of case
files without added money. Followed are, from their first report on, youth with a substantiated case
(until that closed), or everybody with a case (where nothing ended it, for as long as the supplied
exit hazard lets expect). The truth is reports a year of exploitation, and the share of those who
became victims in six of the years who were reported at all. One assumption is broken at a time; the
exit hazard that is supplied is that of the world (ends by age among them), or half or twice of it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from streetlight.experiments.analyse.likeness import run_world
from streetlight.model.arrays import BoolArray, FloatArray, IntArray, divided
from streetlight.model.communities.region import Region
from streetlight.model.inference.duplicates import reporting_rates
from streetlight.model.names import End, Outcome, Tally
from streetlight.model.outcome_places import CLASS_NAMES, cohort, places_of
from streetlight.model.outcomes import by_community
from streetlight.model.parameters import Parameters
from streetlight.model.record.case_files import CaseFiles
from streetlight.model.run.history import History
from studies.estimators import FIRST, arguments_of, print_kinds


class LinkedKind(NamedTuple):
    """A kind of world. values: of its parameters; touches: every touch counts as a report."""

    values: dict[str, Any]
    touches: bool = False


#: Errors of linkage at the ends of their ranges, like that of casework.
KINDS: Mapping[str, LinkedKind] = {
    "default": LinkedKind({}),
    "links right": LinkedKind({"recording.link_missed": 0.0, "recording.link_false": 0.0}),
    "links missed": LinkedKind({"recording.link_missed": 0.3}),
    "links wrong": LinkedKind({"recording.link_false": 0.1}),
    "visibility differs": LinkedKind({"encounter.visibility_cv": 1.0}),
    "casework, told apart": LinkedKind({"recording.casework_touch": 0.3}),
    "casework, counted": LinkedKind({"recording.casework_touch": 0.3}, touches=True),
    "no false reports": LinkedKind({"switches.false_reports": False}),
}
#: Supplied exit hazards over that of the world, and what is thought possible over what is supplied.
SUPPLIED = {"right": 1.0, "half": 0.5, "twice": 2.0}
POSSIBLE = (0.75, 1.75)
FOLLOWED = ("substantiated", "all")


class Follow(NamedTuple):
    """Youth as far as files tell them apart, (n,) each; steps are those of the record."""

    community: IntArray
    first: FloatArray  # step of the first report
    end: FloatArray  # step in which exploitation is known to have ended, NaN: not known
    repeats: FloatArray  # reports after the first one, until the end
    substantiated: BoolArray


class Found(NamedTuple):
    """What was estimated in one world, over the truth, and whether intervals hold the truth."""

    rate: float  # estimated over true, the region's
    share: float  # estimated share reported over the true one, the region's
    classes: float  # the same, mean over classes of place
    rate_held: float  # share of the intervals of region and classes that hold the truth
    share_held: float
    true_rate: float  # reports a year of exploitation, the region's
    true_share: float  # of youth, ever reported
    exit_hazard: float  # ends a year that no case brought about


def followed(files: CaseFiles, touches: bool, n_steps: int) -> Follow:
    """Youth of the case files; touches: what is no report counts as one."""
    cases, person = files.cases, files.person
    end = np.full(len(cases), np.inf)
    told = ~np.isnan(files.exposure_end)
    np.minimum.at(end, person[told], files.exposure_end[told])
    own = np.zeros(len(cases), bool)
    own[person[cases["outcome"] == Outcome.SUBSTANTIATED]] = True
    counted = files.touches[files.touches["report"] | touches]
    of = person[counted["case"]]
    in_time = counted["step"] <= end[of]
    n = np.bincount(of[in_time], minlength=len(cases))
    rows = np.unique(person)
    end = np.minimum(end, n_steps, where=np.isfinite(end), out=end)
    end[np.isinf(end)] = np.nan
    return Follow(
        cases["community"][rows].astype(np.int64), cases["opened"][rows].astype(float), end[rows],
        np.maximum(n[rows] - 1.0, 0.0), own[rows],
    )  # fmt: skip


def years_at_risk(follow: Follow, exit_hazard: float, n_steps: int, per_year: int) -> FloatArray:
    """Years from the first report to the end, or to be expected until the record ends: (n,)."""
    left = (n_steps - follow.first) / per_year
    expected = -np.expm1(-exit_hazard * left) / exit_hazard
    return np.where(np.isnan(follow.end), expected, (follow.end - follow.first) / per_year)


class GroupTruth(NamedTuple):
    """Of region and classes, (1 + classes,); exit_hazard: of the region, a year."""

    rate: FloatArray
    share: FloatArray
    exit_hazard: float


def truth_of(history: History) -> GroupTruth:
    """Reports a year of exploitation, share reported, and ends that no case brought about."""
    truth, clock = history.truth, history.truth.clock
    first = clock.first_record_year
    years = truth.ledger.person_steps[0, first:].sum(axis=0) / clock.steps_per_year
    reports = truth.ledger.yearly[Tally.REPORTS, first:].sum(axis=0)
    groups = groups_of(history.region)
    metrics = cohort(history, places_of(by_community(history)))
    share = ["cohort_known_share", *(f"known_share_{name}" for name in CLASS_NAMES)]
    over = np.isin(truth.spells["end_reason"], (End.NATURAL, End.AGED_OUT))
    over &= truth.spells["end"] >= clock.first_record_step
    return GroupTruth(
        divided(groups @ reports, groups @ years), np.array([metrics[name] for name in share]),
        float(over.sum() / years.sum()),
    )  # fmt: skip


def groups_of(region: Region) -> FloatArray:
    """The region and each class of place, 1 where a place is of it: (1 + classes, C)."""
    classes = region.place_class == np.arange(len(CLASS_NAMES))[:, None]
    return np.concatenate([np.ones((1, region.n_communities)), classes])


def world_found(name: str, replicate: int, years: int, region: Region) -> dict[str, Found]:
    """What is found in one world, by who is followed and which exit hazard is supplied."""
    kind = KINDS[name]
    run = run_world(Parameters().with_values(kind.values), region, FIRST + replicate, years)
    history = run.history()
    truth, clock = truth_of(history), history.truth.clock
    n_steps = clock.n_steps - clock.first_record_step
    follow = followed(history.record.cases, kind.touches, n_steps)
    of_groups = groups_of(region)[:, follow.community]
    found = {}
    for who in FOLLOWED:
        some = of_groups * (follow.substantiated | (who == "all"))
        for supplied, factor in SUPPLIED.items():
            x = factor * truth.exit_hazard
            at_risk = years_at_risk(follow, x, n_steps, clock.steps_per_year)
            rates = reporting_rates(
                some @ follow.repeats, some @ at_risk, x, (x * POSSIBLE[0], x * POSSIBLE[1])
            )
            share = rates.share / truth.share
            found[f"{who}, {supplied}"] = Found(
                float(rates.rate[0] / truth.rate[0]), float(share[0]), float(np.nanmean(share[1:])),
                held(rates.interval, truth.rate), held(rates.share_interval, truth.share),
                float(truth.rate[0]), float(truth.share[0]), truth.exit_hazard,
            )  # fmt: skip
    return found


def held(interval: tuple[FloatArray, FloatArray], truth: FloatArray) -> float:
    """Share of intervals that hold the truth, of those that there are."""
    told = ~np.isnan(interval[0])
    inside = (interval[0] <= truth) & (truth <= interval[1])
    return float(inside[told].mean())


def main(arguments: Sequence[str]) -> None:
    """Print a table for each kind of world."""
    parser = arguments_of("repeat_reports", __doc__)
    parser.set_defaults(years=13)
    print_kinds(parser, arguments, KINDS, world_found, {"share": "all, right"})


if __name__ == "__main__":
    main(sys.argv[1:])
