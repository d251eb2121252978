"""Communities as the equations use them: what is drawn once a world, and what stays as it is.

All units are per step unless the name says otherwise.  The table of communities that this begins
from is that of the room `communities/`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv, ndtri

from streetlight.model.arrays import FloatArray, Table
from streetlight.model.clock import Clock
from streetlight.model.communities.region import Region
from streetlight.model.compiled import kernel
from streetlight.model.draws import Decision, uniforms
from streetlight.model.equations import (
    acquaintance,
    false_suspicion,
    mean_false_reports,
    p_takes_part,
    share_at_risk,
)
from streetlight.model.on_average.onsets import later_rate, onset_rate, pools_of, rate_norm
from streetlight.model.parameters import Parameters
from streetlight.model.rates import report_ratios
from streetlight.model.world.attention import Lasting, draw_lasting
from streetlight.model.world.rows import COMMUNITY


@kernel
def community_uniforms(world, keys, out):
    """Two uniforms a community (frailty, screening-in): fills out (2, C)."""
    for c in range(keys.shape[0]):
        out[0, c], out[1, c], _, _ = uniforms(world, keys[c], 0, Decision.COMMUNITY, 0, 0)


def draw_frailty(parameters: Parameters, u: FloatArray) -> FloatArray:
    """Gamma frailty of mean 1 from uniforms (C,)."""
    cv = parameters.incidence.frailty_cv
    if cv == 0.0:
        return np.ones_like(u)
    shape = 1.0 / cv**2
    return np.asarray(gammaincinv(shape, u) / shape)


def draw_screen_in(parameters: Parameters, u: FloatArray) -> FloatArray:
    """Screen-in probability of each community from uniforms (C,)."""
    mean, sd = parameters.assessment.screen_in, parameters.assessment.screen_in_sd
    if sd == 0.0:
        return np.full_like(u, mean)
    weight = mean * (1.0 - mean) / sd**2 - 1.0
    return np.asarray(betaincinv(mean * weight, (1.0 - mean) * weight, u))


def make_communities(
    parameters: Parameters, region: Region, clock: Clock, world: NDArray[np.uint32]
) -> tuple[Table, Lasting]:
    """The numbers of each community but its false tips, and what of its attention lasts."""
    p, i, d, rec = parameters, parameters.incidence, parameters.disclosure, parameters.recording
    k = region.place_class.astype(np.intp)
    u = np.empty((2, region.n_communities))
    community_uniforms(world, np.ascontiguousarray(region.keys), u)
    frailty = draw_frailty(p, u[0])
    norm = rate_norm(p, region)
    lasting = draw_lasting(p, region, world, u[0])
    takes_part = p_takes_part(
        region.population, rec.publish_small, rec.publish_large, rec.publish_population
    )
    columns = dict(
        key=region.keys,
        youth=region.youth,
        place_class=k,
        pool=pools_of(p, region),
        acquaintance=acquaintance(
            region.population, d.acquaintance_population, d.acquaintance_slope
        ),
        screen_in=draw_screen_in(p, u[1]),
        frailty=frailty,
        onset=onset_rate(p, region, norm, frailty) / clock.steps_per_year,
        again=later_rate(p, region, norm, frailty) / clock.steps_per_year,
        poor=share_at_risk(region.poverty_share, i.poverty_ratio),
        family=np.array(i.family_controlled)[k],
        known_offender=np.array(i.known_offender)[k],
        report_ratio=report_ratios(p)[k],
        distance=np.array(p.services.distance_ratio)[k],
        news_scale=1e5 / np.maximum(region.population, p.feedback.news_market),
        usual_score=ndtri(takes_part) if p.switches.publication else np.inf,
    )
    communities = np.zeros(region.n_communities, COMMUNITY)
    for name, values in columns.items():
        communities[name] = values
    return communities, lasting


def false_at_rest(
    rates: np.record, communities: Table, skill: FloatArray, denial: FloatArray
) -> FloatArray:
    """Mean false reports of a step at effort 1, without money: (sectors, C).

    What `report.false_mean` comes to with start values and no tool.
    """
    suspected = false_suspicion(
        rates.false_base, rates.false_trained, rates.deny, 0.0, skill[:, None], denial[:, None], 0.0
    )
    usual, high = rates.false_general * suspected, rates.false_high_risk * suspected
    per_youth = mean_false_reports(rates.high_risk_share, usual, high, rates.report)
    return np.asarray((per_youth.T * communities["youth"]) * communities["report_ratio"])
