"""What `--quick` leaves of an experiment: fewer places of every size, futures and replicates."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from streetlight.model.communities.region import Region
from streetlight.model.world.shocks import Shock

COMMUNITIES, FUTURES, REPLICATES = 150, 2, 2


def quick_region(region: Region, shocks: Sequence[Shock]) -> Region:
    """The communities of --quick, and the largest one of each shock that would strike none."""
    part = every_kth_by_size(region, COMMUNITIES)
    missed = [one for one in shocks if one.communities and not {*one.communities} & {*part.ids}]
    size = dict(zip(region.ids, region.population.tolist(), strict=True))
    largest = {max(shock.communities, key=lambda c: (size[c], c)) for shock in missed}
    return region.select(ids=[*part.ids, *sorted(largest)]) if largest else part


def within_region(shocks: Sequence[Shock], region: Region) -> tuple[Shock, ...]:
    """Shocks in the communities of a region alone."""
    inside = set(region.ids)
    return tuple(
        dataclasses.replace(one, communities=tuple(c for c in one.communities if c in inside))
        for one in shocks
    )


def every_kth_by_size(region: Region, n: int) -> Region:
    """n communities of a region, spread evenly over its communities in the order of size."""
    if region.n_communities <= n:
        return region
    order = sorted(
        range(region.n_communities), key=lambda c: (-region.population[c], region.ids[c])
    )
    chosen = [order[int((i + 0.5) * region.n_communities / n)] for i in range(n)]
    return region.select(ids=[region.ids[c] for c in chosen])
