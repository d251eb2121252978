"""Phase *learn*: learning, forgetting, campaigns and publicity (docs/model.md, section 3)."""

from __future__ import annotations

from streetlight.model.columns import N_GROUPS, N_SECTORS, Bought, Fixed, Public
from streetlight.model.compiled import kernel, phase
from streetlight.model.equations import (
    awareness,
    denial_left,
    dosed,
    eased,
    filled,
    persuaded,
    settled,
    told_at_large,
)
from streetlight.model.world.shocks import strike

NORM, SALIENCE, AWARENESS, DENIAL, TOLD, PREVENTION, FOLLOW, NEWS, EXCESS = (
    int(row) for row in Public
)
NORM0, DENIAL_PUBLIC0, DENIAL0, TRAINING0 = (int(row) for row in Fixed)
TRAINING, CAMPAIGN, EDUCATION, GROUPS = (
    int(row) for row in (Bought.TRAINING, Bought.CAMPAIGN, Bought.EDUCATION, Bought.PREVENTION)
)


@kernel
def train(s):
    """Trained share, skill and denial of responders, one step."""
    rates = s.rates[0]
    dt, turnover = rates.dt, rates.turnover
    lost = turnover + rates.skill_fade
    attitude, effect = rates.attitude_fade, rates.training_denial
    follow, bought = s.public[FOLLOW], s.bought[TRAINING]
    training0, denial0 = s.fixed[TRAINING0], s.fixed[DENIAL0]
    for sector in range(N_SECTORS):
        trained, skill, denial = s.trained[sector], s.skill[sector], s.denial[sector]
        for c in range(trained.shape[0]):
            extra = bought[c] * dt
            rate = follow[c] * training0[c] * dt + extra
            trained[c] = filled(trained[c], rate, turnover)
            skill[c] = filled(skill[c], rate, lost)
            denial[c] = eased(denial[c], denial0[c], attitude, extra * effect)


@kernel
def heard(s, c):
    """Awareness above the fixed point that reaches community c: its own and its neighbours'."""
    own, w = s.public[EXCESS, c], s.rates[0].neighbour_share
    a, b = s.neighbour_start[c], s.neighbour_start[c + 1]
    if w == 0.0 or a == b:
        return own
    total = 0.0
    for j in range(a, b):
        total += s.public[EXCESS, s.neighbour_index[j]]
    return (1.0 - w) * own + w * total / (b - a)


@kernel
def raise_awareness(s, step_of_year):
    """Norm, salience and public denial, one step, with spread and campaigns."""
    rates = s.rates[0]
    n = s.public.shape[1]
    norm_fade, attitude_fade, diffusion = rates.norm_fade, rates.attitude_fade, rates.diffusion
    spread = rates.spread_on
    for c in range(n):
        s.public[EXCESS, c] = max(0.0, s.public[AWARENESS, c] - s.fixed[NORM0, c])
    for c in range(n):
        norm, salience, denial = s.public[NORM, c], s.public[SALIENCE, c], s.public[DENIAL, c]
        raised = diffusion * heard(s, c) if spread else 0.0
        norm = settled(norm, s.fixed[NORM0, c], norm_fade, raised)
        denial = eased(denial, s.fixed[DENIAL_PUBLIC0, c], attitude_fade, 0.0)
        campaign = s.bought[CAMPAIGN, c]
        if campaign <= 0.0 or step_of_year >= rates.campaign_steps:
            salience *= rates.salience_keep
        elif step_of_year < rates.rise_steps:
            dose = campaign * rates.dose / rates.rise_steps
            salience, norm = dosed(salience, dose), dosed(norm, dose * rates.residue)
            denial = persuaded(denial, rates.campaign_denial, dose)
        s.public[NORM, c], s.public[SALIENCE, c], s.public[DENIAL, c] = norm, salience, denial


@kernel
def publicise(s):
    """Publicised identifications of the last step move denial and salience."""
    rates = s.rates[0]
    for c in range(s.public.shape[1]):
        if s.public[NEWS, c] > 0.0:
            y = s.public[NEWS, c] * s.places[c].news_scale
            keep = denial_left(rates.publicity_denial, y)
            s.public[DENIAL, c] *= keep
            for sector in range(N_SECTORS):
                s.denial[sector, c] *= keep
            dose = rates.publicity_dose * rates.dose * y
            s.public[SALIENCE, c] = dosed(s.public[SALIENCE, c], dose)
            s.public[NEWS, c] = 0.0


@kernel
def inform(s):
    """Awareness, told stock and prevention coverage, one step."""
    rates = s.rates[0]
    for c in range(s.public.shape[1]):
        s.public[AWARENESS, c] = awareness(s.public[NORM, c], s.public[SALIENCE, c])
        if rates.told_on:
            rate = rates.tell_base + s.bought[EDUCATION, c] * rates.dt
            s.public[TOLD, c] = filled(s.public[TOLD, c], rate, rates.told_fade)
        rate = s.bought[GROUPS, c] * rates.dt
        s.public[PREVENTION, c] = filled(s.public[PREVENTION, c], rate, rates.told_fade)


@kernel
def tell(s):
    """The hazard of being told in this step, and its running total, by group."""
    rates = s.rates[0]
    base, spread, dt = rates.tell_base, rates.tell_spread, rates.dt
    told, education = s.public[TOLD], s.bought[EDUCATION]
    for g in range(N_GROUPS):
        step, total = s.told_step[g], s.told_hazard[g]
        for c in range(step.shape[0]):
            step[c] = told_at_large(base, education[c] * dt, spread, told[c])
        for sector in range(N_SECTORS):
            weight, trained = rates.tell_contact[g, sector], s.trained[sector]
            for c in range(step.shape[0]):
                step[c] += weight * trained[c]
        for c in range(step.shape[0]):
            total[c] += step[c]


@phase
def learn(s, when):
    """Move every condition by one step, shocks included; what comes later reads the result."""
    train(s)
    raise_awareness(s, when.step_of_year)
    publicise(s)
    strike(s, when)
    inform(s)
    if s.rates[0].told_on:
        tell(s)
