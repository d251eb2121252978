"""Reports drawn once, and what of them would enter the books under other numbers of recording.

What is written down changes nothing of what happens, so recording is varied on one run: the shares
are drawn as the engine draws them, and how many reports enter the books by inversion of uniforms
that stay the same.  Effort changes what happens and needs runs of its own.

No run uses this: likeness and studies do.  How many of a year's reports enter the books is drawn
for all of them at once, from a generator of its own, and not report by report as in a run.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import binom

from streetlight.model.arrays import FloatArray, Uint32Array
from streetlight.model.clock import Clock
from streetlight.model.communities.region import Region
from streetlight.model.names import AGENCY_OF_CHANNEL, N_AGENCIES
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import Simulation
from streetlight.model.world.attention import draw_attention
from streetlight.model.world.communities import make_communities
from streetlight.model.world.state import AttentionRow


class Reports(NamedTuple):
    """The reports of the last years of one world, before any of them enters a book."""

    region: Region
    clock: Clock
    key: Uint32Array  # of the world's draws
    replicate: int
    counts: FloatArray  # (agencies, Y, C)
    luck: FloatArray  # (agencies, Y, C) uniforms of how many of them enter the books


def reports_of(run: Simulation, years: int) -> Reports:
    """The reports of the last so many record years of a finished run, by agency."""
    by_month = run.history().record.counts.referrals
    months = by_month[-12 * years :].reshape(years, 12, *by_month.shape[1:]).sum(1)
    counts = np.zeros((N_AGENCIES, *months.shape[:2]))
    np.add.at(counts, list(AGENCY_OF_CHANNEL), np.moveaxis(months, 2, 0))
    world = run.world
    rng = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(2, world.replicate)))
    luck = np.asarray(rng.random(counts.shape))
    return Reports(world.region, world.clock, world.state.world, world.replicate, counts, luck)


def published(parameters: Parameters, reports: Reports) -> FloatArray:
    """Published reports (C, Y) with the recording and participation of these parameters.

    What training and denial of a place do to its participation is left out: it is a matter of a few
    hundredths of the normal score.
    """
    region, clock, years = reports.region, reports.clock, reports.counts.shape[1]
    communities, lasting = make_communities(parameters, region, clock, reports.key)
    attention = draw_attention(parameters, region, reports.key, clock.n_years, lasting)[-years:]
    share = np.moveaxis(attention[:, AttentionRow.RECORDED :], 1, 0)
    some = reports.counts > 0
    books = np.zeros_like(reports.counts)
    books[some] = binom.ppf(reports.luck[some], reports.counts[some], share[some])
    takes_part = attention[:, AttentionRow.TAKES_PART] < communities["usual_score"]
    return np.asarray((books.sum(0) * takes_part).T)
