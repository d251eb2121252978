"""Section 11: rises of attention or of victimization in named communities and weeks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .community import clip

if TYPE_CHECKING:
    from .community import Community
    from .model import PlainModel


def strike(model: PlainModel) -> None:
    """What the shocks of this step do, after everybody has learned."""
    if not model.shocks:
        return
    clock = model.clock
    for community in model.communities:
        community.multiply_onsets(1.0)
    cover(model)
    for shock in model.shocks:
        if shock.kind == "mandate":
            continue
        first = clock.burn_in_years * clock.steps_per_year + clock.weeks(shock.week)
        since, steps = model.step_number - first, max(1, clock.weeks(shock.weeks))
        if not 0 <= since < steps:
            continue
        for name in shock.communities:
            community = model.communities[model.region.ids.index(name)]
            if shock.kind == "campaign":
                campaign(community, shock.size, since)
            elif shock.kind == "training":
                training(community, shock.size / steps)
            elif shock.kind == "victimization":
                community.multiply_onsets(shock.size)


def strikes(model: PlainModel, shock: Any, community: Community, step: int) -> bool:
    """Whether a shock strikes a community in a step."""
    clock = model.clock
    first = clock.burn_in_years * clock.steps_per_year + clock.weeks(shock.week)
    named = model.region.ids[community.index] in shock.communities
    if shock.weeks is None:  # a law that stays
        return named and first <= step
    return named and first <= step < first + max(1, clock.weeks(shock.weeks))


def cover(model: PlainModel) -> None:
    """Posts that look and posts that record cover what is bought, or what a shock has if more."""
    for community in model.communities:
        unit, recording = community.unit, community.recording
        for shock in model.shocks:
            if strikes(model, shock, community, model.step_number):
                if shock.kind == "police":
                    unit = max(unit, shock.size)
                if shock.kind == "research":
                    recording = max(recording, shock.size)
        community.cover(unit, recording)


def tips_by_law(model: PlainModel, community: Community) -> float:
    """How many times the tips of platforms there are while a law makes a share of them report."""
    more = model.parameters.reporting.platform_mandate_ratio - 1.0
    return 1.0 + more * sum(
        shock.size
        for shock in model.shocks
        if shock.kind == "mandate" and strikes(model, shock, community, model.step_number)
    )


def researched(model: PlainModel, community: Community, year: int) -> bool:
    """Whether research goes on in a community in some week of a year (0: the first of burn-in)."""
    steps = model.clock.steps_per_year
    return any(
        shock.kind == "research" and shock.size > 0.0 and strikes(model, shock, community, step)
        for shock in model.shocks
        for step in range(year * steps, (year + 1) * steps)
    )


def asked_by_research(model: PlainModel, community: Community) -> float:
    """Youth whom the largest project asks at the end of the year of the current step."""
    steps = model.clock.steps_per_year
    first = model.step_number - model.step_of_year
    sizes = [
        shock.size
        for shock in model.shocks
        for step in range(first, first + steps)
        if shock.kind == "research" and strikes(model, shock, community, step)
    ]
    return max(sizes, default=0.0) * model.parameters.recording.research_asked


def campaign(community: Community, size: float, since: int) -> None:
    """A dose in each of the first four weeks; salience then stays at least what they made it."""
    model = community.model
    rise, total = model.clock.weeks(4), size * model.standard_dose
    if since < rise:
        community.hear_dose(total / rise)
    so_far = total * min(since + 1, rise) / rise
    community.salience = max(community.salience, 1.0 - math.exp(-so_far))
    community.read_out()


def training(community: Community, trainings: float) -> None:
    """So many trainings per staff of every sector."""
    effect = community.model.parameters.denial.training_effect
    for responder in community.responders:
        trained, skill, denial = responder.trained, responder.skill, responder.denial
        responder.trained = clip(trained + trainings * (1.0 - trained))
        responder.skill = clip(skill + trainings * (1.0 - skill))
        responder.denial = clip(denial - trainings * effect * denial)
    community.read_out()
