"""Phase *allocate*: what a policy is shown at the start of a year, and what its dollars buy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from streetlight.model.arrays import BoolArray, IndexArray, divided
from streetlight.model.communities.region import Region
from streetlight.model.money.levers import Levels, prices, purchase
from streetlight.model.money.policy import Policy
from streetlight.model.names import LEVER_INDEX, N_LEVERS
from streetlight.model.on_average.agency import agency_responses
from streetlight.model.on_average.response import standing, true_responses
from streetlight.model.record.view import PlanningView, RecordView
from streetlight.model.run.feedback import follow_factor
from streetlight.model.run.surveys import estimates, respondents, uniforms_of_year
from streetlight.model.world.pools import set_capacity
from streetlight.model.world.shocks import researched
from streetlight.model.world.state import Bought, Public, When

if TYPE_CHECKING:
    from streetlight.model.run.simulation import Simulation


def allocate(sim: Simulation, when: When) -> None:
    """At the start of a year: resources follow the record; the policy reads it and spends."""
    if when.step_of_year:
        return
    p, first = sim.parameters, sim.clock.first_record_year + 1
    if p.feedback.starts == "policy":
        first = sim.clock.first_policy_year
    if p.switches.feedback and when.year >= first:
        _follow_the_record(sim)
    if sim.policy is not None:
        enter_survey_answers(sim)
        _spend(sim, sim.policy, when.year - sim.clock.first_policy_year)


def enter_survey_answers(sim: Simulation) -> None:
    """Enter the answers to surveys of the policy year that has just ended, if there were any.

    Those bought, and those that research projects bring.
    """
    per_year, state, youth = sim.clock.steps_per_year, sim.state, sim.world.region.youth_12_17
    year = sim.step_number // per_year - 1
    period = year - sim.clock.first_policy_year
    if period < 0:
        return
    units = sim.spending.units[period, :, LEVER_INDEX["survey"]]
    if len(state.shocks):
        by_research = researched(state.shocks, year, per_year, len(youth))
        units = units + by_research * sim.parameters.recording.research_asked
    if not units.any():
        return
    asked = respondents(units, youth)
    u = uniforms_of_year(state.world, state.communities, year)
    disclosed = sim.parameters.levers.survey_disclosed
    column = sim.clock.burn_in_years + period
    sim.survey_respondents[:, column] = asked
    sim.survey_estimates[:, column] = estimates(asked, state.active[0], youth, disclosed, u)


def _follow_the_record(sim: Simulation) -> None:
    """Discretionary resources follow last year's published reports (section 9)."""
    f, youth = sim.parameters.feedback, sim.region_as_seen.youth
    reports = sim.published_reports(last=1)[:, -1].sum(axis=1)
    sim.state.conditions[Public.FOLLOW] = follow_factor(f, reports, youth)
    if f.moves == "training and posts":
        _set_posts(sim, Levels.nothing(sim.world.region.n_communities))


def _set_posts(sim: Simulation, levels: Levels) -> None:
    """Capacity of this year: posts that stand, which may follow the record, and what is bought."""
    world, posts = sim.world, sim.world.investigators
    if sim.parameters.feedback.moves == "training and posts":
        posts = posts * sim.state.conditions[Public.FOLLOW]
    set_capacity(
        sim.state.pools, sim.parameters, world.region, sim.state.communities,
        posts + levels.investigators, levels.places, sim.clock,
    )  # fmt: skip


def view_of_record(sim: Simulation, policy: Policy, period: int) -> RecordView:
    """What the policy's rule is shown at the start of a year; an oracle is shown more."""
    clock = sim.clock
    region = sim.world.region if policy.uses_oracle else sim.region_as_seen
    past = np.zeros((region.n_communities, clock.burn_in_years + period, N_LEVERS))
    past[:, clock.burn_in_years :] = sim.spending.spent[:period].transpose(1, 0, 2)
    by_agency = sim.published_reports()
    facts: dict[str, Any] = dict(
        period=period,
        ids=region.ids,
        population=region.population,
        youth=region.youth,
        youth_12_17=region.youth_12_17,
        poverty_share=region.poverty_share,
        place_class=region.place_class,
        published_reports=by_agency.sum(axis=2),
        published_by_agency=by_agency,
        published_identified=sim.published_identified(),
        takes_part=_seen_participation(sim, past.shape[1]),
        survey_respondents=sim.survey_respondents[:, : past.shape[1]],
        survey_estimates=sim.survey_estimates[:, : past.shape[1]],
        keys=sim.world.region.keys.view(np.uint64)[:, 0],  # hashed once for all runs
        luck=int(sim.state.world.view(np.uint64)[0]),
        spent=past,
        budget_dollars=policy.dollars_in(period, region.ids, region.population),
        beliefs=sim.beliefs,
    )
    if issubclass(policy.view_type, PlanningView):
        facts |= _planning_facts(sim, policy, region, period)
    if policy.uses_oracle:
        facts["expected_onsets"] = sim.state.communities["onset"] * clock.steps_per_year
    return policy.view_type(**facts)


def _seen_participation(sim: Simulation, years: int) -> BoolArray:
    """Which places took part in publication (C, years), as far as rules may know it."""
    first = sim.clock.first_record_year
    took_part = sim.state.takes_part[first : first + years].T.astype(bool)
    known = sim.parameters.recording.silence_known
    return took_part if known else np.ones_like(took_part)


def _planning_facts(sim: Simulation, policy: Policy, seen: Region, period: int) -> dict[str, Any]:
    """What a planner is shown beside the record; seen: the region as it knows it.

    So a planner is as wrong about how many poor youth there are to support as about where they are,
    and counts false reports by the youth of its census.
    """
    world, p = sim.world, sim.parameters
    trained = sim.state.trained.mean(axis=0)
    true = true_responses(p, world.region)
    believed = agency_responses(true, p, world.region, world.seed, world.future)
    if seen.youth is not world.region.youth:
        counted = divided(seen.youth, world.region.youth)
        believed = replace(believed, false_added=believed.false_added * counted)
    facts: dict[str, Any] = dict(
        prices=prices(seen, p, trained, _team(sim, policy)),
        responses=standing(believed, p, world.investigators),  # an agency knows its posts
    )
    if policy.uses_oracle:
        left = float(sim.clock.policy_years - period)
        facts["true_responses"] = true_responses(p, world.region, world.investigators, left)
    return facts


def _team(sim: Simulation, policy: Policy) -> IndexArray | None:
    """Who buys with whom (C,); None where every community is its own team."""
    return sim.state.communities["pool"] if policy.teams == "regional" else None


def _spend(sim: Simulation, policy: Policy, period: int) -> None:
    """Turn the policy's dollars into this year's lever effects and capacity."""
    world, state = sim.world, sim.state
    if policy.budget > 0.0:
        dollars = policy.allocate(view_of_record(sim, policy, period))
        trained = state.trained.mean(axis=0)
        team = _team(sim, policy)
        spending = sim.spending
        bought = purchase(dollars, spending.carried, world.region, sim.parameters, trained, team)
        levels = bought.levels
        spending.allocated[period], spending.spent[period] = dollars, bought.spent
        spending.units[period], spending.returned[period] = bought.units, bought.returned
        spending.carried[:] = bought.carried
    else:
        levels = Levels.nothing(world.region.n_communities)
    for row in Bought:
        state.conditions[row] = getattr(levels, row.name.lower())
    _set_posts(sim, levels)
