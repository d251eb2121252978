"""What a policy starts from: a region, its parameters and the state at the end of burn-in."""

from __future__ import annotations

from dataclasses import dataclass

from streetlight.model.arrays import FloatArray
from streetlight.model.clock import Clock
from streetlight.model.communities.region import Region
from streetlight.model.parameters import Parameters
from streetlight.model.world.shocks import Shock
from streetlight.model.world.state import State


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class World:
    """One (future, replicate), ready for policies.

    >>> world = sl.draw_world(sl.Parameters(), sl.Region.synthetic(4, seed=1), years=1)
    >>> world.region.n_communities, world.replicate
    (4, 0)
    """

    parameters: Parameters
    region: Region  # with the youth who really live there
    clock: Clock
    seed: int
    future: int | str
    replicate: int
    investigators: FloatArray  # (C,): posts without added spending
    shocks: tuple[Shock, ...]
    state: State  # at the end of burn-in; policies work on copies, this is never written to again

    def __repr__(self) -> str:
        n, years = self.region.n_communities, self.clock.policy_years
        return (
            f"<World of {n:,} communities: {years} years, future {self.future}, "
            f"replicate {self.replicate}, seed {self.seed}>"
        )

    @property
    def n_first_spells(self) -> int:
        """Rows of first spells; later spells follow them in the table."""
        return int(self.state.first_start[-1])
