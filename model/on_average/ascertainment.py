"""What becomes of spells, from the stationary baseline alone: who is ever reported, and when."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.names import N_CLASSES
from streetlight.model.on_average.cascade import per_onset, share_of, yearly_columns
from streetlight.model.on_average.youth import (
    COUNTS,
    class_spells,
    class_table,
    spells_ahead,
    sum_over,
)
from streetlight.model.parameters import Parameters


def known_by_class(parameters: Parameters, region: Region | None = None) -> FloatArray:
    """Share of spells ever reported in each place class at equal true incidence, (classes,).

    Every youth of 12-17 has the same onset rate, whatever the place; NaN for a class that the
    region does not have.
    """
    region = Region.us_counties() if region is None else region
    table = class_table(parameters, True)
    equal = np.full(region.n_communities, sum(table.base) / 2.0)
    screen_in = np.full(region.n_communities, parameters.assessment.screen_in)
    values = per_onset(parameters, region, table, screen_in, equal)
    begun_and_known = values[:, [COUNTS.index("spells"), COUNTS.index("first")]]
    weighed = begun_and_known * region.youth_12_17[:, None]
    by_class = np.zeros((N_CLASSES, 2))
    np.add.at(by_class, region.place_class, weighed)
    return share_of(by_class[:, 1], by_class[:, 0])


def identified_weighed(
    parameters: Parameters, region: Region, weight: FloatArray, after: int = 0
) -> FloatArray:
    """Identified a year in every community, (C,), each weighed by how long its spell had lasted.

    weight: (L,) by steps since the spell began; after: only who is identified so many steps or more
    after the youth's first onset.
    """
    p, table = parameters, class_table(parameters, True)
    _, fluxes = class_spells(p, True, 0.0)
    ahead = spells_ahead(p, fluxes, table.served, table.base, after)
    late = sum_over(table.nodes, fluxes.identified * weight[:, None, None], ahead)
    alike = np.ones(region.n_communities)
    screen_in = p.assessment.screen_in * alike
    _, values = yearly_columns(p, region, replace(table, identified=late), alike, screen_in)
    return np.asarray(values[:, COUNTS.index("identified")])
