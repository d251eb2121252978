"""The equations of the cascade: pure functions of numbers, used by every kernel.

Each says which section of docs/model.md it is.  They take and return plain numbers, draw nothing
and know nothing of who asks.
"""

from __future__ import annotations

import numpy as np

from streetlight.model.compiled import kernel
from streetlight.model.names import FAMILY, HIGH_RISK, KNOWN


@kernel
def clip(x):
    """A share stays a share."""
    return min(1.0, max(0.0, x))


@kernel
def type_of(traits):
    """0 sexual, 1 labour or criminal, 2 both."""
    return traits & 3


@kernel
def gender_of(traits):
    """0 girls, 1 boys, 2 gender-diverse."""
    return (traits >> 2) & 3


@kernel
def group_of(traits):
    """Group of contact rates: 2 * type + high-risk."""
    return 2 * (traits & 3) + ((traits & HIGH_RISK) != 0)


@kernel
def small_town(rates, acquaintance, traits):
    """Multiplier m on disclosure from acquaintance density and a known offender (section 5)."""
    logm = rates.log_anonymity * acquaintance
    if traits & KNOWN:
        logm += rates.log_known
    return np.exp(logm)


@kernel
def disclosure(rates, m, blaming, known_channel):
    """Disclosure hazard per step of a youth who knows (section 5); known_channel is G = K A."""
    h = rates.h_disclose * (rates.blame_ratio if blaming else 1.0)
    relieved = rates.channel_ratio * m ** (1.0 - rates.channel_relief)
    return h * ((1.0 - known_channel) * m + known_channel * relieved)


@kernel
def ramp(rates, offset):
    """Recognisability `offset` steps after the start of the spell (section 6)."""
    if not rates.ramp_on:
        return 1.0
    return rates.ramp_floor + (1.0 - rates.ramp_floor) * min(1.0, offset / rates.ramp_steps)


@kernel
def notice_hazard(rates, awareness, denial, traits, offset):
    """Hazard per step of notice by the public (section 6)."""
    family = rates.family_public if traits & FAMILY else 1.0
    gate = 1.0 - denial * (1.0 - rates.deny)
    return rates.h_public * awareness * gate * family * ramp(rates, offset)


@kernel
def tool_coverage(tool, universal, targeted, high_risk):
    """Share c of contacts in which the screening tool is used (section 7); tool: of the sector."""
    required = 1.0 - (1.0 - universal) * (1.0 - (targeted if high_risk else 0.0))
    return tool * required


@kernel
def recognition(rates, sector, skill, denial, covered, traits):
    """Probability of recognition at a contact, apart from the ramp (section 7)."""
    base = rates.untrained[sector] + (rates.trained[sector] - rates.untrained[sector]) * skill
    base *= 1.0 - denial * (1.0 - rates.deny)
    base *= rates.type_ratio[type_of(traits)] * rates.gender_ratio[gender_of(traits)]
    if traits & FAMILY:
        base *= rates.family_ratio
    return (1.0 - covered) * base + covered * rates.tool_true


@kernel
def false_suspicion(base, trained_ratio, deny, tool_false, skill, denial, covered):
    """Probability of a false suspicion at a contact with a youth not victimized (section 8).

    base: untrained, by eye; trained_ratio, deny (M): what full skill and full denial make of it;
    tool_false: by the tool.
    """
    by_eye = base * (1.0 + (trained_ratio - 1.0) * skill) * (1.0 - denial * (1.0 - deny))
    return (1.0 - covered) * by_eye + covered * tool_false


@kernel
def substantiation(rates, traits, waited):
    """Probability that an investigated true report is substantiated (section 8)."""
    p = rates.substantiation
    if traits & FAMILY:
        p *= rates.family_substantiation
    if waited > rates.backlog_steps:
        p *= rates.backlog_ratio
    return p


@kernel
def onset_kept(rates, prevention, economic, poor):
    """Probability that a first onset is not prevented (section 4)."""
    groups = 1.0 - prevention * (1.0 - rates.prevention_ratio)
    support = 1.0 - economic * poor * (1.0 - rates.economic_ratio)
    return groups * support


@kernel
def steps_until_again(rates, base, clock, served):
    """Steps from the end of a spell to the next one, from a unit exponential (section 8)."""
    h = rates.h_again * (rates.again_served if served else 1.0)
    first = h * rates.again_steps
    if clock < first:
        return 1 + int(clock / h)
    if base <= 0.0:
        return 1 << 30
    return 1 + rates.again_steps + int(min((clock - first) / base, 1073741824.0))
