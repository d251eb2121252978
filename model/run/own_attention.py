"""What agencies know of what they put in: staff, campaigns and investigators, year by year.

Effort and recording (`world/attention.py`) they cannot see.
"""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import FloatArray, Int32Array, locked
from streetlight.model.names import LEVER_INDEX
from streetlight.model.record.record import OwnAttention
from streetlight.model.run.feedback import follow_factor
from streetlight.model.run.spending import Spending
from streetlight.model.world.shocks import CAMPAIGN
from streetlight.model.world.state import State
from streetlight.model.world.world import World


def trained_staff(world: World, state: State) -> Int32Array:
    """Responders who are trained now, of all sectors: whole persons (C,)."""
    p, region = world.parameters.training, world.region
    residents = region.population * np.array(p.staff_ratio)[region.place_class] / 1e5
    return np.asarray(np.rint(np.array(p.staff) @ state.trained * residents).astype(np.int32))


def own_attention(
    world: World, spending: Spending, staff: Int32Array, reports: FloatArray, youth: FloatArray
) -> OwnAttention:
    """What was put in, by record year; staff (C, Y): as `trained_staff` counted them at their ends.

    reports (C, Y): published, which posts may follow; youth (C,): as agencies count them.
    """
    first, region = world.clock.burn_in_years, world.region
    bought = np.zeros((2, *staff.shape))
    for row, lever in zip(bought, ("campaign", "investigators"), strict=True):
        row[:, first:] = spending.units[:, :, LEVER_INDEX[lever]].T
    campaigns = bought[0] / np.maximum(region.population / 1e5, 1e-300)[:, None]
    shocks = world.state.shocks
    years = shocks["start"] // world.clock.steps_per_year - world.clock.first_record_year
    struck = (shocks["kind"] == CAMPAIGN) & (years < staff.shape[1])  # a later one never comes
    np.add.at(campaigns, (shocks["community"][struck], years[struck]), shocks["amount"][struck])
    posts = np.repeat(world.investigators[:, None], staff.shape[1], axis=1)
    f = world.parameters.feedback
    if world.parameters.switches.feedback and f.moves == "training and posts":
        start = first if f.starts == "policy" else 1
        for year in range(start, staff.shape[1]):
            posts[:, year] *= follow_factor(f, reports[:, year - 1], youth)
    return OwnAttention(
        staff_trained=locked(staff.astype(float)), campaigns=locked(campaigns),
        posts=locked(posts + bought[1]),
    )  # fmt: skip
