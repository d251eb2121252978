"""Who lives in a place, and what census data tell agencies of it.

The region's counts of youth are in the middle of the truth where `incidence.youth_spread` says that
places differ.  Census data are off by the errors of a survey: a community's own, which last as long
as the world and are the same whatever is spent.  Truth and outcomes know nothing of these errors.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from streetlight.model.arrays import FloatArray, Uint32Array, divided, locked
from streetlight.model.communities.gaps import YOUTH_SHARE
from streetlight.model.communities.region import Region
from streetlight.model.compiled import kernel
from streetlight.model.draws import Decision, uniforms
from streetlight.model.parameters import Parameters

LEAST_ERROR = 0.005  # standard error however many were asked (P84): of a share, or relative
PEOPLE = 10_000.0  # population at which the standard errors are those of the group `agency`
MOST_SCORE = 3.0  # how many standard deviations a place's youth share is off, before its total
_CENSUS = int(Decision.CENSUS)


@kernel
def census_uniforms(world, keys, out):
    """Of every community: census error of poverty, of youth, and true youth: fills out (3, C)."""
    for c in range(keys.shape[0]):
        u = uniforms(world, keys[c], 0, _CENSUS, 0, 0)
        out[0, c], out[1, c], out[2, c] = u[0], u[1], u[2]


def normals(region: Region, world: Uint32Array) -> FloatArray:
    """Standard normals (3, C) in the order of `census_uniforms`."""
    u = np.empty((3, region.n_communities))
    census_uniforms(world, np.ascontiguousarray(region.keys), u)
    return np.asarray(ndtri(u))


# ---------------------------------------------------------------------------------- the truth


def smoothed(values: FloatArray, region: Region) -> FloatArray:
    """Independent standard normals (C,) made alike between neighbours, each a standard normal.

    A place has the sum over itself and its neighbours over the root of how many these are.
    """
    n = np.diff(region.neighbour_start)
    place = np.repeat(np.arange(region.n_communities), n)
    around = np.bincount(place, values[region.neighbour_index], region.n_communities)
    return np.asarray((values + around) / np.sqrt(1.0 + n))


def with_true_youth(parameters: Parameters, region: Region, world: Uint32Array) -> Region:
    """The region with the youth who really live there; youth 12-17 go with youth 10-17.

    They are as many in all as the region says, but for places that have too few people.
    """
    spread = parameters.incidence.youth_spread
    if spread == 0.0:
        return region
    score = np.clip(smoothed(normals(region, world)[2], region), -MOST_SCORE, MOST_SCORE)
    factor = 1.0 + spread / YOUTH_SHARE * score
    factor /= divided((region.youth * factor).sum(), region.youth.sum(), 1.0)
    return _with_youth(region, factor)


def _with_youth(region: Region, factor: FloatArray) -> Region:
    """The region with so many times its youth (C,), and never more than people."""
    youth = np.minimum(region.youth * factor, region.population)
    older = region.youth_12_17 * divided(youth, region.youth)
    return replace(region, youth=locked(youth), youth_12_17=locked(older))


# ---------------------------------------------------------------------------- what agencies read


def standard_errors(error: float, population: FloatArray) -> FloatArray:
    """Standard errors (C,) of census data: a sample grows with its place."""
    people = np.maximum(population, 1.0)
    return np.asarray(np.maximum(LEAST_ERROR, error * np.sqrt(PEOPLE / people)))


def as_agencies_see(parameters: Parameters, region: Region, world: Uint32Array) -> Region:
    """The true region with what census data make of it.

    Poverty shares, kept between 0 and 1, and where it is not the same share of residents
    everywhere the number of youth, which the census cannot miss by more than half.
    """
    agency = parameters.agency
    luck = normals(region, world)
    if parameters.incidence.youth_spread > 0.0 and agency.youth_error > 0.0:
        off = standard_errors(agency.youth_error, region.population) * luck[1]
        region = _with_youth(region, 1.0 + np.clip(off, -0.5, 0.5))
    if agency.poverty_error > 0.0:
        seen = region.poverty_share
        seen = seen + standard_errors(agency.poverty_error, region.population) * luck[0]
        region = replace(region, poverty_share=locked(np.clip(seen, 0.0, 1.0)))
    return region
