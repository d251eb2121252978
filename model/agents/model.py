"""The Mesa face: the same run week by week, with communities and responders as agents.

    model = ReportingModel(region=region, policy=policies.per_youth(budget=0.50), seed=1)
    model.step()
    model.agents_by_type[Community].groupby("place_class").agg("awareness", max)

The state lives in the columns of `run.simulation.state`. Agents are views of it: built when first
asked for, always of this moment, and read only (what a week does is changed by `phases`). Mesa's
clock, order of agents and random numbers have no part in a run, so using them changes no result.

Importing Mesa makes "spawn" the start method of `multiprocessing` for the whole process. Nothing
else in `model/` imports it.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

import mesa  # type: ignore[import-untyped]
import numpy as np

from streetlight.model.agents.views import Community, Responder
from streetlight.model.agents.youth import Youth
from streetlight.model.columns import I4, N_SECTORS, Count, End
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, StreetlightError, did_you_mean
from streetlight.model.money.policies import Policy
from streetlight.model.parameters import Parameters
from streetlight.model.run.history import History
from streetlight.model.run.simulation import Simulation, Stub, draw_world
from streetlight.model.week.record import referrals

__all__ = ["Community", "ReportingModel", "Responder", "Youth"]


class ReportingModel(mesa.Model):  # type: ignore[misc]
    """A policy at work in one world, a week at a time, with the very results of `simulate`.

    Filling and burn-in are run on creation; a step is a week (a step of the parameters' clock) of
    the policy years. The arguments are those of `simulate`, and `phases` that of `Simulation`: it
    replaces phases of the policy years, not of the years before.

    `week` counts; Mesa's own `steps` and `time` are not used.

    >>> region = sl.Region.synthetic(n_communities=4, seed=1)
    >>> model = sl.ReportingModel(region=region, policy=sl.policies.per_youth(), years=1)
    >>> model.step()
    >>> model.week, len(model.communities)
    (1, 4)
    """

    def __init__(
        self,
        *,
        region: Region,
        policy: Policy,
        parameters: Parameters | None = None,
        seed: int = 1,
        future: int | str = 0,
        replicate: int = 0,
        years: int = 10,
        phases: Mapping[str, Stub] | None = None,
    ) -> None:
        if not isinstance(policy, Policy):
            raise InputError(f"policy: {policy!r}: must be a Policy, as policies.none() makes one")
        super().__init__(rng=seed)
        world = draw_world(
            Parameters() if parameters is None else parameters,
            region, seed=seed, future=future, replicate=replicate, years=years,
        )  # fmt: skip
        self.simulation = Simulation(world, policy, phases=phases)
        self.running = not self.finished
        self.agent_numbers = itertools.count(1)
        self._built = False
        self._reports: tuple[int, I4] | None = None
        self._communities: tuple[Community, ...] = ()
        self._responders: tuple[Responder, ...] = ()

    # -- the run

    @property
    def region(self) -> Region:
        """The region simulated."""
        return self.simulation.world.region

    @property
    def week(self) -> int:
        """Steps of the policy years made so far."""
        return self.simulation.step_number - self.simulation.clock.first_policy_step

    @property
    def finished(self) -> bool:
        """Whether the policy years are over."""
        return self.simulation.finished

    def step(self) -> None:
        """One week; StreetlightError when the policy years are over."""
        if self.finished:
            raise StreetlightError(f"the run is over: its {self.week} weeks have passed")
        self.simulation.step()
        self.running = not self.finished

    def run(self) -> None:
        """All remaining weeks."""
        while not self.finished:
            self.step()

    def history(self) -> History:
        """The finished run, as `simulate` returns it; ValueError before its end."""
        return self.simulation.history()

    def reports_so_far(self) -> I4:
        """Reports made in the policy years so far by community and channel: (C, channels)."""
        step = self.simulation.step_number
        if self._reports is None or self._reports[0] != step:
            clock = self.simulation.clock
            counts = referrals(clock, self.simulation.state)[12 * clock.burn_in_years :]
            self._reports = (step, np.asarray(counts.sum(axis=0)))
        return self._reports[1]

    # -- its agents

    @property
    def agents(self) -> Any:
        """All communities, then all responders: an AgentSet."""
        self._build_agents()
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """The AgentSet of each type: `Community` and `Responder`."""
        self._build_agents()
        return super().agents_by_type

    @property
    def agent_types(self) -> Any:
        """Both types."""
        self._build_agents()
        return super().agent_types

    @property
    def communities(self) -> tuple[Community, ...]:
        """Communities in the order of the region, which is that of every array."""
        self._build_agents()
        return self._communities

    @property
    def responders(self) -> tuple[Responder, ...]:
        """Responders by community, then sector."""
        self._build_agents()
        return self._responders

    def community(self, community_id: str) -> Community:
        """The community with this id; InputError if there is none."""
        return self.communities[self._row_of(community_id)]

    def _build_agents(self) -> None:
        if not self._built:
            self._built = True
            rows = range(self.region.n_communities)
            self._communities = tuple(Community(self, row) for row in rows)
            pairs = itertools.product(rows, range(N_SECTORS))
            self._responders = tuple(Responder(self, row, sector) for row, sector in pairs)

    def _row_of(self, community_id: str) -> int:
        ids = self.region.ids
        row = bisect_left(ids, community_id)
        if row == len(ids) or ids[row] != community_id:
            hint = did_you_mean(community_id, ids)
            raise InputError(f'no community of the region has the id "{community_id}"{hint}')
        return row

    # -- its youth

    def active_youth(self, community_id: str | None = None) -> list[Youth]:
        """Youth in a spell now, in one community or in all: views made for the caller, not kept."""
        return self._spells(community_id, open_only=True)

    def youth(self, community_id: str) -> list[Youth]:
        """Youth of every spell begun in a community so far, filling years included."""
        return self._spells(community_id, open_only=False)

    def _spells(self, community_id: str | None, open_only: bool) -> list[Youth]:
        state, step = self.simulation.state, self.simulation.step_number
        later = np.arange(len(state.drawn), state.counts[Count.SPELLS])
        rows = np.concatenate([np.arange(state.first_start[step]), later])
        spells = state.spells[rows]
        chosen = spells["start"] < step
        if open_only:
            chosen &= spells["end_reason"] == End.OPEN
        else:
            chosen &= spells["end_reason"] != End.PREVENTED
        if community_id is not None:
            chosen &= spells["community"] == self._row_of(community_id)
        return [Youth(self.simulation, int(row)) for row in rows[chosen]]
