"""Phases *disclose*, *notice* and *encounter*: who comes to see that a youth is exploited.

Each goes through the candidate occasions of its kinds in this step and keeps those that the
probabilities of the moment allow.  What passes is handed to *report* as a signal.
"""

from __future__ import annotations

import numpy as np

from streetlight.model.columns import (
    HIGH_RISK,
    N_SECTORS,
    Bought,
    Channel,
    Count,
    Kind,
    Public,
    Tally,
)
from streetlight.model.compiled import kernel, phase
from streetlight.model.draws import Decision, uniforms
from streetlight.model.equations import (
    added,
    disclosure,
    notice_hazard,
    recognition,
    small_town,
    tool_coverage,
)
from streetlight.model.week.spells import count, due, is_blaming, is_told

_OCCASION = int(Decision.OCCASION)
_SELF, _DISCLOSE, _NOTICE, SCHOOL = (
    int(k) for k in (Kind.RECOGNISE_SELF, Kind.DISCLOSE, Kind.NOTICE, Kind.SCHOOL)
)
_TO_SELF, _TO_CONFIDANT, _TO_PUBLIC, TO_SCHOOL = (
    int(c) for c in (Channel.SELF, Channel.CONFIDANT, Channel.PUBLIC, Channel.SCHOOL)
)
_SIGNALS = int(Count.SIGNALS)
_KNEW, _RECOGNISED = int(Tally.KNEW), int(Tally.RECOGNISED)
_AWARENESS, _DENIAL = int(Public.AWARENESS), int(Public.DENIAL)
_CHANNEL, _UNIVERSAL, _TARGETED = (
    int(b) for b in (Bought.CHANNEL, Bought.SCREENING_UNIVERSAL, Bought.SCREENING_TARGETED)
)


@kernel
def luck(s, row, kind, step):
    """The four uniforms of an occasion: accept; to whom or report; the confidant acts; ramp."""
    slot = (kind << 12) | (step - row.start)
    key = s.places[row.community].key
    return uniforms(s.world, key, row.number, _OCCASION, row.ordinal, slot)


@kernel
def signal(s, i, channel, when):
    """Someone sees; channel -1: and makes no report."""
    row = s.spells[i]
    if row.signal_at < 0:
        row.signal_at = when.step
        count(s, _RECOGNISED, row.community, when)
    if channel >= 0:
        n = s.counts[_SIGNALS]
        s.signals[0, n], s.signals[1, n] = i, channel
        s.counts[_SIGNALS] = n + 1


@kernel
def recognise_self(s, i, when):
    """A candidate of self-recognition: always accepted if told, less often if not."""
    row, rates = s.spells[i], s.rates[0]
    if row.knew_at >= 0:
        return
    if not is_told(s, row):
        if luck(s, row, _SELF, when.step)[0] * rates.p_self_bound >= rates.p_self:
            return
    row.knew_at = when.step
    count(s, _KNEW, row.community, when)


@kernel
def tell_someone(s, i, when):
    """A candidate of disclosure by a youth who knows: to a formal body, a peer or an adult."""
    row, rates = s.spells[i], s.rates[0]
    if row.knew_at < 0:
        return
    c = row.community
    u = luck(s, row, _DISCLOSE, when.step)
    coverage = added(rates.channel_base, s.bought[_CHANNEL, c])
    m = small_town(rates, s.places[c].acquaintance, row.traits)
    h = disclosure(rates, m, is_blaming(s, row), coverage * s.public[_AWARENESS, c])
    if u[0] * np.expm1(-rates.h_disclose_bound) <= np.expm1(-h):
        return
    channel = -1  # a confidant who does not act
    if u[1] < rates.formal_share:
        channel = _TO_SELF
    elif u[2] < rates.confidant_acts:
        channel = _TO_CONFIDANT
    signal(s, i, channel, when)


@kernel
def be_noticed(s, i, when):
    """A candidate of notice by the public."""
    row, rates = s.spells[i], s.rates[0]
    c = row.community
    offset = when.step - row.start
    h = notice_hazard(rates, s.public[_AWARENESS, c], s.public[_DENIAL, c], row.traits, offset)
    bound = notice_hazard(rates, 1.0, 0.0, row.traits, 1 << 20)
    if luck(s, row, _NOTICE, when.step)[0] * np.expm1(-bound) > np.expm1(-h):
        signal(s, i, _TO_PUBLIC, when)


@kernel
def be_recognised(s, i, sector, when):
    """A candidate of recognition by a responder (the ramp has been applied)."""
    row, rates = s.spells[i], s.rates[0]
    c, high = row.community, (row.traits & HIGH_RISK) != 0
    universal, targeted = s.bought[_UNIVERSAL, c], s.bought[_TARGETED, c]
    covered = tool_coverage(rates.tool[sector], universal, targeted, high)
    skill, denial = s.skill[sector, c], s.denial[sector, c]
    p = recognition(rates, sector, skill, denial, covered, row.traits)
    if luck(s, row, SCHOOL + sector, when.step)[0] * rates.bound[sector] < p:
        signal(s, i, TO_SCHOOL + sector, when)


@phase
def disclose(s, when):
    """Phase *disclose*: self-recognition, then disclosure; a youth may do both in one step."""
    s.counts[_SIGNALS] = 0
    for j in range(due(s, when.step, _SELF)):
        recognise_self(s, s.items[j], when)
    for j in range(due(s, when.step, _DISCLOSE)):
        tell_someone(s, s.items[j], when)


@phase
def notice(s, when):
    """Phase *notice*: the public."""
    for j in range(due(s, when.step, _NOTICE)):
        be_noticed(s, s.items[j], when)


@phase
def encounter(s, when):
    """Phase *encounter*: responders, sector by sector."""
    for sector in range(N_SECTORS):
        for j in range(due(s, when.step, SCHOOL + sector)):
            be_recognised(s, s.items[j], sector, when)
