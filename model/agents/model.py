"""The Mesa face: the same run week by week, with communities and responders as agents.

    model = ReportingModel(region=region, policy=policies.per_youth(budget=0.50), seed=1)
    model.step()
    model.agents_by_type[Community].groupby("place_class").agg("awareness", max)
    model.datacollector.get_model_vars_dataframe()

The state lives in the tables of `Simulation.state` (`world/state.py`). Agents are views of it:
built when first asked for, always of this moment, and read only (what a week does is changed by
`phases`). Mesa's clock, order of agents and random numbers have no part in a run, so using them
changes no result.

Importing Mesa makes "spawn" the start method of `multiprocessing` for the whole process. Nothing
else in `model/` imports it.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property
from inspect import signature
from typing import Any

import mesa  # type: ignore[import-untyped]
import networkx as nx
import numpy as np
from mesa.discrete_space import Cell, Network  # type: ignore[import-untyped]

from streetlight.model.agents.reporters import collector
from streetlight.model.agents.views import Community, Responder
from streetlight.model.agents.youth import Youth
from streetlight.model.arrays import Int32Array
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError, StreetlightError, did_you_mean
from streetlight.model.money.policy import Policy
from streetlight.model.names import N_CHANNELS, N_SECTORS, End
from streetlight.model.parameters import Parameters
from streetlight.model.run.arguments import problems_of
from streetlight.model.run.history import History
from streetlight.model.run.simulation import Phases, Simulation, draw_world
from streetlight.model.world.shocks import Shock
from streetlight.model.world.state import Count

__all__ = ["Community", "ReportingModel", "Responder", "Youth"]

#: What a refused argument is told beside what it must be: `mesa.batch_run` takes lists of values.
_AS_LIST = " (for mesa.batch_run: [{}])"
FOR_BATCH = {name: _AS_LIST.format(name) for name in ("parameters", "shocks", "phases")} | {
    "seed": "; without it all runs would be the same. For mesa.batch_run put "
    '"seed": [1, 2, 3] among the parameters, or rng=[1, 2, 3] where it takes rng'
}


class ReportingModel(mesa.Model):  # type: ignore[misc]
    """A policy at work in one world, a week at a time, with the very results of `simulate`.

    Filling and burn-in are run on creation; a step is a week (a step of the parameters' clock) of
    the policy years.

    region, policy, parameters, seed, future, replicate, years, shocks, phases: as in `simulate`;
    the seed must be given. `week` counts; Mesa's own `steps` and `time` are not used.
    model_reporters, agenttype_reporters: columns for `datacollector` beside those of
    `reporters.REPORTERS`, as `mesa.DataCollector` takes them. collect_every: weeks from one row of
    the collector to the next; 0: none but those you collect.
    InputError names every argument that cannot be used.

    >>> region, policy = sl.Region.synthetic(4, seed=1), sl.policies.per_youth(budget=0.50)
    >>> model = sl.ReportingModel(region=region, policy=policy, seed=1, years=1)
    >>> model.step()
    >>> model.week, len(model.agents), model.communities[0].community_id == region.ids[0]
    (1, 24, True)
    >>> model.run()
    >>> table = model.datacollector.get_model_vars_dataframe()
    >>> list(table["week"]) == list(range(1, 53))
    True

    `mesa.batch_run` needs seeds: an iteration with the same seed is the same run again.

        given = {"region": region, "policy": [policies.none(), policy]}
        mesa.batch_run(ReportingModel, {**given, "seed": [1, 2, 3]})
        mesa.batch_run(ReportingModel, given, rng=[1, 2, 3])  # newer Mesa, which takes `rng`

    It takes what can be iterated for a list of values, so put parameters, shocks and phases in a
    list of their own. Its `max_steps` must not be less than the weeks, and `collect_every` stays 1.
    """

    def __init__(
        self,
        *,
        region: Region,
        policy: Policy,
        parameters: Parameters | None = None,
        seed: int | None = None,
        future: int | str = 0,
        replicate: int = 0,
        years: int = 10,
        shocks: Sequence[Shock] = (),
        phases: Phases | None = None,
        model_reporters: Mapping[str, Any] | None = None,
        agenttype_reporters: Mapping[type, Mapping[str, Any]] | None = None,
        collect_every: int = 1,
    ) -> None:
        parameters = Parameters() if parameters is None else parameters
        asked: dict[str, Any] = {
            "seed": seed, "future": future, "replicate": replicate, "years": years,
            "shocks": shocks, "phases": phases,
        }  # fmt: skip
        wrong = problems_of(parameters=parameters, region=region, policy=policy, **asked)
        wrong = [text + FOR_BATCH.get(text.partition(":")[0], "") for text in wrong]
        if not isinstance(collect_every, int) or collect_every < 0:
            wrong.append(f"collect_every: {collect_every!r}: must be 0 or more weeks")
        if wrong:
            raise InputError(*wrong)
        super().__init__(rng=seed)
        world = draw_world(parameters, region, **asked)
        self.simulation = Simulation(world, policy, phases=phases)
        self.running = not self.finished
        self.collect_every = collect_every
        self._reports: tuple[int, Int32Array] | None = None
        self._communities: tuple[Community, ...] = ()
        self._responders: tuple[Responder, ...] = ()
        self.datacollector = collector(self, model_reporters, agenttype_reporters)

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
        """One week, and its row in `datacollector`; StreetlightError after the policy years."""
        if self.finished:
            raise StreetlightError(f"the run is over: its {self.week} weeks have passed")
        self.simulation.step()
        self.running = not self.finished
        if self.collect_every and self.week % self.collect_every == 0:
            self.datacollector.collect(self)

    def run(self) -> None:
        """All remaining weeks."""
        while not self.finished:
            self.step()

    def history(self) -> History:
        """The finished run, as `simulate` returns it; ValueError before its end."""
        return self.simulation.history()

    def reports_so_far(self) -> Int32Array:
        """Reports made in the policy years so far by community and channel: (C, channels)."""
        step = self.simulation.step_number
        if self._reports is None or self._reports[0] != step:
            state, shape = self.simulation.state, (self.region.n_communities, N_CHANNELS)
            touches = state.touches[: int(state.counts[Count.TOUCHES])]
            first = self.simulation.clock.first_policy_step
            made = touches[touches["report"] & (touches["step"] >= first)]
            cell = state.cases["community"][made["case"]] * N_CHANNELS + made["channel"]
            counts = np.bincount(cell, minlength=shape[0] * shape[1])
            self._reports = (step, counts.astype(np.int32).reshape(shape))
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

    @cached_property
    def network(self) -> Network:
        """The communities as a Mesa network: a cell each, by id, with edges between neighbours.

        `model.network[community_id].neighborhood.agents` are the communities next to one. Mesa
        remembers a neighbourhood asked for, and its model, until another network is asked for.
        """
        graph = nx.Graph()
        graph.add_nodes_from(self.region.ids)
        for place in self.communities:
            graph.add_edges_from((place.community_id, c.community_id) for c in place.neighbours)
        # newer Mesa lays a network out with springs unless told not to, which is slow for a country
        circle = {"layout": nx.circular_layout} if "layout" in signature(Network).parameters else {}
        # Mesa 3.3 forgets all it remembers when a cell changes whose neighbourhood was asked for
        spare = Cell(None, random=self.random)
        spare.connect(next(iter(spare.neighborhood), spare))
        network = Network(graph, random=self.random, **circle)
        for place in self.communities:
            network[place.community_id].add_agent(place)
        return network

    def _build_agents(self) -> None:
        if not self._communities:
            rows = range(self.region.n_communities)
            self._communities = tuple(Community(self, row) for row in rows)
            pairs = itertools.product(rows, range(N_SECTORS))
            self._responders = tuple(Responder(self, row, sector) for row, sector in pairs)
            # Mesa 3.3 numbers agents by a table that keeps every model alive for good (mesa#3179).
            if hasattr(mesa.Agent, "_ids"):
                mesa.Agent._ids.pop(self, None)

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
