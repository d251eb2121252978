"""Phase *learn*: learning, forgetting, campaigns and publicity (docs/model.md, section 3)."""

from __future__ import annotations

from streetlight.model.compiled import part, phase
from streetlight.model.equations import (
    awareness,
    campaign_week,
    denial_left,
    dosed,
    eased,
    faded,
    filled,
    settled,
    told_at_large,
)
from streetlight.model.names import N_GROUPS, N_SECTORS
from streetlight.model.world.shocks import strike
from streetlight.model.world.state import Block, Bought, FixedPoint, Public

#: Communities whose rows of conditions stay in the nearest cache while they are gone through again.
AT_ONCE = 256


@part
def train(s):
    """Trained share, skill and denial of responders, one step."""
    # Numbers and rows of conditions are read once, outside the loop over communities, for speed.
    rates, x = s.rates[0], s.conditions
    dt, turnover = rates.dt, rates.turnover
    lost = turnover + rates.skill_fade
    attitude, effect = rates.attitude_fade, rates.training_denial
    follow, bought = x[Public.FOLLOW], x[Bought.TRAINING]
    training0, denial0 = x[FixedPoint.TRAINING], x[FixedPoint.DENIAL]
    for sector in range(N_SECTORS):
        trained, skill = x[Block.TRAINED + sector], x[Block.SKILL + sector]
        denial = x[Block.DENIAL + sector]
        for c in range(trained.shape[0]):
            extra = bought[c] * dt
            rate = follow[c] * training0[c] * dt + extra
            trained[c] = filled(trained[c], rate, turnover)
            skill[c] = filled(skill[c], rate, lost)
            denial[c] = eased(denial[c], denial0[c], attitude, extra * effect)


@part
def spread_awareness(s):
    """Awareness above the fixed point that reaches each community: its own and its neighbours'."""
    x, w = s.conditions, s.rates[0].neighbour_share
    excess, heard = x[Public.EXCESS], x[Block.HEARD]
    aware, rest = x[Public.AWARENESS], x[FixedPoint.NORM]
    for c in range(excess.shape[0]):
        excess[c] = max(0.0, aware[c] - rest[c])
    for c in range(heard.shape[0]):
        heard[c] = excess[c]
        a, b = s.neighbours[c], s.neighbours[c + 1]
        if w > 0.0 and a < b:
            total = 0.0
            for j in range(a, b):
                total += excess[s.neighbours[j]]
            heard[c] = (1.0 - w) * excess[c] + w * total / (b - a)


@part
def raise_awareness(s):
    """Norm and public denial, one step, with spread."""
    rates, x = s.rates[0], s.conditions
    norm_fade, attitude_fade = rates.norm_fade, rates.attitude_fade
    diffusion = rates.diffusion if rates.spread_on else 0.0
    norm, denial, heard = x[Public.NORM], x[Public.DENIAL], x[Block.HEARD]
    norm0, denial0 = x[FixedPoint.NORM], x[FixedPoint.DENIAL_PUBLIC]
    for c in range(norm.shape[0]):
        norm[c] = settled(norm[c], norm0[c], norm_fade, diffusion * heard[c])
        denial[c] = eased(denial[c], denial0[c], attitude_fade, 0.0)


@part
def campaign(s, step_of_year):
    """Campaigns bought this year; without one salience fades."""
    rates, x = s.rates[0], s.conditions
    norm, salience, denial = x[Public.NORM], x[Public.SALIENCE], x[Public.DENIAL]
    keep, bought = rates.salience_keep, x[Bought.CAMPAIGN]
    if step_of_year >= rates.campaign_steps:  # nobody has one: no need to ask each
        for c in range(salience.shape[0]):
            salience[c] = faded(salience[c], keep)
        return
    for c in range(salience.shape[0]):
        salience[c], norm[c], denial[c] = campaign_week(
            rates, salience[c], norm[c], denial[c], bought[c], step_of_year
        )


@part
def publicise(s):
    """Publicised identifications of the last step move denial and salience."""
    rates, x = s.rates[0], s.conditions
    for c in range(x.shape[1]):
        if x[Public.NEWS, c] > 0.0:
            y = x[Public.NEWS, c] * s.communities[c].news_scale
            keep = denial_left(rates.publicity_denial, y)
            x[Public.DENIAL, c] *= keep
            for sector in range(N_SECTORS):
                x[Block.DENIAL + sector, c] *= keep
            dose = rates.publicity_dose * rates.dose * y
            x[Public.SALIENCE, c] = dosed(x[Public.SALIENCE, c], dose)
            x[Public.NEWS, c] = 0.0


@part
def inform(s):
    """Awareness, told stock and prevention coverage, one step."""
    rates, x = s.rates[0], s.conditions
    for c in range(x.shape[1]):
        x[Public.AWARENESS, c] = awareness(x[Public.NORM, c], x[Public.SALIENCE, c])
        if rates.told_on:
            rate = rates.tell_base + x[Bought.EDUCATION, c] * rates.dt
            x[Public.TOLD, c] = filled(x[Public.TOLD, c], rate, rates.told_fade)
        rate = x[Bought.PREVENTION, c] * rates.dt
        x[Public.PREVENTION, c] = filled(x[Public.PREVENTION, c], rate, rates.told_fade)


@part
def telling_hazard(s, a, b):
    """The hazard of being told in this step, and its running total, by group, in places a to b."""
    rates, x = s.rates[0], s.conditions
    base, spread, dt = rates.tell_base, rates.tell_spread, rates.dt
    told, education = x[Public.TOLD, a:b], x[Bought.EDUCATION, a:b]
    for g in range(N_GROUPS):
        step, total = x[Block.TOLD_STEP + g, a:b], x[Block.TOLD_HAZARD + g, a:b]
        for c in range(step.shape[0]):
            step[c] = told_at_large(base, education[c] * dt, spread, told[c])
        for sector in range(N_SECTORS):
            weight, trained = rates.tell_contact[g, sector], x[Block.TRAINED + sector, a:b]
            for c in range(step.shape[0]):
                step[c] += weight * trained[c]
        for c in range(step.shape[0]):
            total[c] += step[c]


@phase
def learn(s, when):
    """Move every condition by one step, shocks included; what comes later reads the result."""
    train(s)
    spread_awareness(s)
    raise_awareness(s)
    campaign(s, when.step_of_year)
    publicise(s)
    strike(s, when)
    inform(s)
    if s.rates[0].told_on:
        n = s.conditions.shape[1]
        for first in range(0, n, AT_ONCE):
            telling_hazard(s, first, min(n, first + AT_ONCE))
