"""Hotline calls that are not about a case: there are many (P43)."""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import FloatArray, Int32Array, Uint32Array
from streetlight.model.clock import Clock
from streetlight.model.communities.region import Region
from streetlight.model.compiled import kernel
from streetlight.model.draws import Decision, poisson_of
from streetlight.model.on_average import cascade
from streetlight.model.parameters import Parameters


@kernel
def noise(world, keys, mean, out):
    """Calls not about a case, Poisson by inversion: fills out (months, C) from mean (months, C).

    keys (C, 2): of the communities.
    """
    for month in range(mean.shape[0]):
        for c in range(mean.shape[1]):
            out[month, c] = poisson_of(world, keys[c], month, Decision.CALLS, mean[month, c])


def other_calls(
    parameters: Parameters,
    region: Region,
    clock: Clock,
    world: Uint32Array,
    keys: Uint32Array,
    awareness: FloatArray,
) -> Int32Array:
    """Hotline calls not about a case by record month and community: (months, C).

    world (2,), keys (C, 2): keys of the world and of its communities; awareness (months, C): summed
    over the steps of a month, filling years included.
    """
    first = clock.first_record_month
    steps = np.bincount(clock.month_of_step(), minlength=clock.n_months)[first:, None]
    scale = cascade.expected_noise(parameters, region)
    means = scale / 12.0 * (awareness[first:] / steps) * region.population
    out = np.zeros(means.shape, np.int32)
    noise(world, keys, means, out)
    return out
