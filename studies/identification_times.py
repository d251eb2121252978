"""How well times from onset to identification tell what share of youth is ever identified.

    python -m studies.identification_times --worlds 8

`inference.identification`, for the region, from substantiated cases of thirteen years without added
money whose onset is recalled: once with the time to the decision, once with that to the report that
opened the case. The truth is identifications a year of exploitation, and the share of those who
became victims in six of the years who were identified. The exit hazard that is supplied is that of
the world (ends by age among them), or half or twice of it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from streetlight.experiments.analyse.likeness import run_world
from streetlight.model.communities.region import Region
from streetlight.model.inference.identification import identification_rates
from streetlight.model.inference.identified import NotIdentifiedError
from streetlight.model.names import Outcome, Tally
from streetlight.model.outcome_places import cohort, places_of
from streetlight.model.outcomes import by_community
from streetlight.model.parameters import Parameters
from streetlight.model.record.case_files import CaseFiles
from streetlight.model.run.history import History
from studies.estimators import FIRST, arguments_of, print_kinds
from studies.repeat_reports import POSSIBLE, SUPPLIED, truth_of

#: Queues and visibility at the ends of their ranges.
KINDS: Mapping[str, dict[str, Any]] = {
    "default": {},
    "onset recalled exactly": {"recording.recall_sd": 0.0},
    "youth differ in visibility (CV 1)": {"encounter.visibility_cv": 1.0},
    "short queues": {"assessment.utilisation": 0.7},
    "long queues": {"assessment.utilisation": 1.1},
}
#: Which time is taken for the end of the wait.
ENDS = {"decision": "closed", "report": "opened"}


class TimesFound(NamedTuple):
    """What was estimated in one world; NaN where it was refused."""

    rate: float  # estimated over true, the region's
    share: float  # the same of the share identified
    rate_held: float  # whether the interval holds the truth
    share_held: float
    true_rate: float  # identifications a year of exploitation
    true_share: float
    waited: float  # years, mean
    cases: float


def waits(files: CaseFiles, end: str, per_year: int) -> np.ndarray:
    """Years (n,) from the recalled onset to an end of the wait, of substantiated cases."""
    cases = files.cases[files.cases["outcome"] == Outcome.SUBSTANTIATED]
    years = (cases[end] - cases["recalled_onset"]) / per_year
    return np.asarray(np.maximum(years[~np.isnan(years)], 0.0))


def world_identified(
    name: str, replicate: int, years: int, region: Region
) -> dict[str, TimesFound]:
    """What is found in one world, by the end of the wait and the exit hazard that is supplied."""
    run = run_world(Parameters().with_values(KINDS[name]), region, FIRST + replicate, years)
    history = run.history()
    exit_hazard, clock = truth_of(history).exit_hazard, history.truth.clock
    rate, share = true_rates(history)
    found = {}
    for end, column in ENDS.items():
        times = waits(history.record.cases, column, clock.steps_per_year)
        for supplied, factor in SUPPLIED.items():
            x = factor * exit_hazard
            possible = (x * POSSIBLE[0], x * POSSIBLE[1])
            n, total = np.array([float(len(times))]), np.array([times.sum()])
            try:
                one = identification_rates(n, total, x, possible)
                held = [
                    float(ends.low[0] <= truth <= ends.high[0])
                    for ends, truth in ((one.interval, rate), (one.share_interval, share))
                ]
                scores = [one.rate[0] / rate, one.share[0] / share, *held]
            except NotIdentifiedError:
                scores = [np.nan] * 4
            found[f"{end}, {supplied}"] = TimesFound(
                scores[0],
                scores[1],
                scores[2],
                scores[3],
                rate,
                share,
                float(times.mean()),
                float(len(times)),
            )
    return found


def true_rates(history: History) -> tuple[float, float]:
    """Identifications a year of exploitation in the region, and the share of a cohort."""
    ledger, clock = history.truth.ledger, history.truth.clock
    years = ledger.person_steps[0, clock.first_record_year :].sum() / clock.steps_per_year
    known = ledger.yearly[Tally.IDENTIFIED, clock.first_record_year :].sum()
    metrics = cohort(history, places_of(by_community(history)))
    return float(known / years), float(metrics["cohort_identified_share"])


def main(arguments: Sequence[str]) -> None:
    """Print a table for each kind of world."""
    parser = arguments_of("identification_times", __doc__)
    parser.set_defaults(years=13)
    print_kinds(parser, arguments, KINDS, world_identified, {"share": "decision, right"})


if __name__ == "__main__":
    main(sys.argv[1:])
