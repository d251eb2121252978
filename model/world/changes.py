"""Parameters that change in a policy year, as the state has them (see `parameters.later`)."""

from __future__ import annotations

import numpy as np

from streetlight.model.names import N_SECTORS
from streetlight.model.parameters import Parameters
from streetlight.model.rates import make_rates
from streetlight.model.world.communities import community_uniforms, draw_screen_in, false_at_rest
from streetlight.model.world.state import Block, FixedPoint, State


def with_parameters(state: State, parameters: Parameters) -> State:
    """The state with other parameters in force from now on.

    What the world shares with all policies stays: where something is drawn (how much a place
    screens in), it is the same draw with other parameters.  False suspicions keep the scale that
    the world began with.  Conditions move from where they are.  Their table is that of `state`, and
    what false reports are at effort 1 is written into it in place.
    """
    rates = make_rates(parameters, 1.0)
    rates["false_base"] = state.rates["false_base"]
    communities = state.communities.copy()
    u = np.empty((2, len(communities)))
    community_uniforms(state.world, np.ascontiguousarray(communities["key"]), u)
    communities["screen_in"] = draw_screen_in(parameters, u[1])
    by_class = np.array(parameters.services.distance_ratio)
    communities["distance"] = by_class[communities["place_class"]]
    if rates["effort_on"][0] and rates["false_on"][0]:
        x = state.conditions
        rest = false_at_rest(rates[0], communities, x[FixedPoint.SKILL], x[FixedPoint.DENIAL])
        x[Block.FALSE_REST : Block.FALSE_REST + N_SECTORS] = rest
    return state._replace(rates=rates, communities=communities)
