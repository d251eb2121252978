"""What happens in a region in a year, place by place: by the expectation, or in a finished run.

Both give the same numbers, so that what a target is about is written once (`quantities`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.names import Channel, End, Tally
from streetlight.model.on_average import cascade
from streetlight.model.on_average.ascertainment import identified_weighed
from streetlight.model.on_average.spell import years_watched
from streetlight.model.parameters import Parameters
from streetlight.model.run.history import History

#: Exploited for longer than this is long.
LONG_MONTHS = 24
SECTOR_CHANNELS = slice(Channel.SCHOOL, Channel.PLATFORM)


@dataclass(frozen=True, eq=False, kw_only=True)
class Flows:
    """Numbers a year by place, (C,) each unless said otherwise.

    by_duration: identified a year (C,), each weighed by a function of the months (n,) since the
    spell began; published: published reports of the last years (C, Y), None where no run was made.
    """

    region: Region
    onsets: FloatArray  # spells that begin, first and later
    knew: FloatArray  # youth who recognise what happens to them
    known: FloatArray  # spells reported for the first time
    known_knowing: FloatArray  # of these, those of youth who knew before
    reports: FloatArray  # (C, 9) reports by channel, true and false
    investigated: FloatArray  # investigations begun, of true reports
    identified: FloatArray  # true cases substantiated
    false_investigated: FloatArray
    false_identified: FloatArray
    by_duration: Callable[[Callable[[FloatArray], FloatArray]], FloatArray] = field(repr=False)
    published: FloatArray | None = None


def expected_flows(parameters: Parameters, region: Region) -> Flows:
    """What the stationary expectation gives: no queue, no differences in effort, nothing spent."""
    p, e = parameters, cascade.expected_cascade(parameters, region)
    scale = cascade.false_scale(p, region)
    false = scale * e.false_investigated_per_scale + e.false_tips_investigated
    reports = e.channels.copy()
    reports[:, SECTOR_CHANNELS] += cascade.false_by_sector(p, region, scale)
    reports[:, Channel.PLATFORM] += e.false_tips

    def by_duration(weight: Callable[[FloatArray], FloatArray]) -> FloatArray:
        per_year = p.time.steps_per_year
        steps = np.arange(years_watched(p) * per_year, dtype=float)
        return identified_weighed(p, region, weight(steps * 12.0 / per_year))

    return Flows(
        region=region, onsets=e.onsets, knew=e.knew, known=e.known, known_knowing=e.known_knowing,
        reports=reports, investigated=e.investigated, identified=e.identified,
        false_investigated=false,
        false_identified=false * p.assessment.wrong_substantiation, by_duration=by_duration,
    )  # fmt: skip


def run_flows(history: History) -> Flows:
    """What a run did in its policy years, a year."""
    truth, clock, years = history.truth, history.truth.clock, history.years
    n, spells = history.region.n_communities, history.truth.spells
    since = clock.first_policy_step

    def a_year(tally: Tally) -> FloatArray:
        return truth.tally(tally) / years

    def by_place(rows: FloatArray, weight: FloatArray | None = None) -> FloatArray:
        return np.bincount(rows, weight, n) / years

    ended = spells[(spells["end_reason"] == End.IDENTIFIED) & (spells["end"] >= since)]
    months = (ended["end"] - ended["start"]) * 12.0 / clock.steps_per_year
    known = spells[spells["known_at"] >= since]
    knew = (known["knew_at"] >= 0) & (known["knew_at"] <= known["known_at"])
    referrals = history.record.counts.referrals[-12 * years :]
    return Flows(
        region=history.region, onsets=a_year(Tally.FIRST_ONSETS) + a_year(Tally.LATER_ONSETS),
        knew=a_year(Tally.KNEW), known=a_year(Tally.KNOWN),
        known_knowing=by_place(known["community"][knew]), reports=referrals.sum(axis=0) / years,
        investigated=a_year(Tally.INVESTIGATED), identified=a_year(Tally.IDENTIFIED),
        false_investigated=a_year(Tally.FALSE_INVESTIGATED),
        false_identified=a_year(Tally.FALSE_IDENTIFIED),
        by_duration=lambda weight: by_place(ended["community"], weight(months)),
        published=np.asarray(history.record.published_reports[:, -years:], float),
    )  # fmt: skip
