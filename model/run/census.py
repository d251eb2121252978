"""What census data tell agencies of poverty: the true share, off by the error of a survey.

The error is a community's own and lasts as long as the world: the same whatever is spent, and
whichever other communities are simulated.  Truth and outcomes know nothing of it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from streetlight.model.arrays import FloatArray, Uint32Array, locked
from streetlight.model.communities.region import Region
from streetlight.model.compiled import kernel
from streetlight.model.draws import Decision, uniforms
from streetlight.model.parameters import Parameters

LEAST_ERROR = 0.005  # standard error of a poverty share however many were asked (P84)
PEOPLE = 10_000.0  # population at which the standard error is `agency.poverty_error`
_CENSUS = int(Decision.CENSUS)


@kernel
def census_uniforms(world, keys, out):
    """A uniform for every community's poverty share in census data: fills out (C,)."""
    for c in range(keys.shape[0]):
        out[c] = uniforms(world, keys[c], 0, _CENSUS, 0, 0)[0]


def standard_errors(poverty_error: float, population: FloatArray) -> FloatArray:
    """Standard error (C,) of the poverty share in census data: a sample grows with its place."""
    people = np.maximum(population, 1.0)
    return np.asarray(np.maximum(LEAST_ERROR, poverty_error * np.sqrt(PEOPLE / people)))


def as_agencies_see(parameters: Parameters, region: Region, world: Uint32Array) -> Region:
    """The region with the poverty shares of census data, kept between 0 and 1."""
    error = parameters.agency.poverty_error
    if error == 0.0:
        return region
    u = np.empty(region.n_communities)
    census_uniforms(world, np.ascontiguousarray(region.keys), u)
    seen = region.poverty_share + standard_errors(error, region.population) * ndtri(u)
    return replace(region, poverty_share=locked(np.clip(seen, 0.0, 1.0)))
