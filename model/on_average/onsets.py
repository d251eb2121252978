"""Rates at which spells begin in communities, and the pools that investigate them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from streetlight.model.arrays import FloatArray, Int32Array
from streetlight.model.communities.region import Region
from streetlight.model.equations import applied, onset_hazard, place_risk

if TYPE_CHECKING:
    from streetlight.model.parameters import Parameters
    from streetlight.model.parameters.truth import Incidence


def rate_norm(parameters: Parameters, region: Region) -> float:
    """The constant `norm` of section 4: mean onset factor before frailty equals 1.

    The mean is weighted by youth aged 12-17, over the built-in US table or, with
    ``incidence.normalise = "region"``, over the region.  1 in a region without youth.
    """
    return _norm(parameters.incidence, reference(parameters, region))


def reference(parameters: Parameters, region: Region | None) -> Region:
    """The region over which rates are normalised: the built-in US table, or the region itself."""
    own = region if parameters.incidence.normalise == "region" else None
    return Region.us_counties() if own is None else own


@functools.lru_cache(maxsize=64)
def _norm(incidence: Incidence, region: Region) -> float:
    youth, risk = region.youth_12_17, _risk(incidence, region)
    weighted = float((risk * youth).sum()) * _mean_risk(incidence)
    return float(youth.sum()) / weighted if weighted > 0.0 else 1.0


def _mean_risk(i: Incidence) -> float:
    """Mean factor of the risk groups on the onset rate."""
    return float(applied(i.high_risk_ratio, i.high_risk_share))


def _risk(i: Incidence, region: Region) -> FloatArray:
    """Factors of places on the onset rate before frailty and norm, (C,)."""
    place, q = np.array(i.place_ratio)[region.place_class], region.poverty_share
    effect, road = i.covariate_effect, region.covariate
    return np.asarray(place_risk(place, i.poverty_ratio, q, i.poverty_context, effect, road))


def _hazard(i: Incidence, region: Region, norm: float, frailty: FloatArray | float) -> FloatArray:
    """First onsets a year of a youth not high-risk, (C,)."""
    return np.asarray(onset_hazard(i.onset_rate, norm, _risk(i, region), frailty))


def onset_rate(
    parameters: Parameters, region: Region, norm: float, frailty: FloatArray | float = 1.0
) -> FloatArray:
    """First spells a year before thinning by prevention and economic support, (C,)."""
    i = parameters.incidence
    return _hazard(i, region, norm, frailty) * _mean_risk(i) * region.youth_12_17


def later_rate(
    parameters: Parameters, region: Region, norm: float, frailty: FloatArray | float = 1.0
) -> FloatArray:
    """Hazard a year of a later spell, after the first 12 months: that of high-risk youth, (C,)."""
    i = parameters.incidence
    return _hazard(i, region, norm, frailty) * i.high_risk_ratio


def pools_of(parameters: Parameters, region: Region) -> Int32Array:
    """Investigation region of each community, (C,)."""
    if not parameters.switches.pooling:
        return np.arange(region.n_communities, dtype=np.int32)
    a = parameters.assessment
    return region.investigation_region(a.pool_population, a.pool_size)
