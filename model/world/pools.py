"""Pools: communities that share investigators, and what each pool can do in a step."""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import FloatArray, Table
from streetlight.model.clock import Clock
from streetlight.model.communities.region import Region
from streetlight.model.parameters import Parameters
from streetlight.model.world.rows import BEYOND_ANY_STEP, POOL


def make_pools(
    parameters: Parameters,
    region: Region,
    communities: Table,
    investigators: FloatArray,
    clock: Clock,
) -> Table:
    """Investigation regions with their baseline capacity, and service places all free."""
    pools = np.zeros(int(communities["pool"].max(initial=-1)) + 1, POOL)
    nothing = np.zeros(region.n_communities)
    set_capacity(pools, parameters, region, communities, investigators, nothing, clock)
    pools["queue_head"] = pools["queue_tail"] = -1
    pools["oldest"] = BEYOND_ANY_STEP
    pools["place_credit"] = pools["places_top"]
    pools["credit"] = np.maximum(1.0, pools["capacity"])
    return pools


def set_capacity(
    pools: Table,
    parameters: Parameters,
    region: Region,
    communities: Table,
    investigators: FloatArray,
    added_places: FloatArray,
    clock: Clock,
) -> None:
    """Write capacity from investigators (C,) and service places; sums go by community order."""
    n = len(pools)
    months = 12.0 / clock.steps_per_year
    per_post = parameters.assessment.investigations_per_month * months
    pools["capacity"] = np.bincount(communities["pool"], investigators, n) * per_post
    by_class = np.array(parameters.services.places)[communities["place_class"]]
    held = by_class * region.youth / 1e5 + added_places
    total = np.bincount(communities["pool"], held, n)
    pools["place_rate"] = total / max(1, clock.months(parameters.services.service_months))
    pools["places_top"] = np.maximum(1.0, total)
