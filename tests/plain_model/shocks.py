"""Section 11: rises of attention or of victimization in named communities and weeks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

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
    for shock in model.shocks:
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
            else:
                community.multiply_onsets(shock.size)


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
