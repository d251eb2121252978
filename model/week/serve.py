"""Phase *serve*: places for the identified, touches afterwards, and the clock of a later spell."""

from __future__ import annotations

import numpy as np

from streetlight.model.compiled import part, phase
from streetlight.model.draws import Decision, slot, sort_by, uniforms
from streetlight.model.equations import added
from streetlight.model.names import N_SECTORS, SERVED, Channel, Tally
from streetlight.model.week.calendar import count, touch
from streetlight.model.week.spells import plan_next
from streetlight.model.world.state import Bought, Count, Hand
from streetlight.model.world.victimization import geometric


@part
def offer(s, row, when):
    """Offer a place if the pool has one; the youth may take it."""
    c = row.community
    community, rates = s.communities[c], s.rates[0]
    pool = s.pools[community.pool]
    if pool.place_credit < 1.0:
        count(s, Tally.OFFERED_NO_PLACE, c, when)
        return
    u = uniforms(s.world, community.key, row.number, Decision.SERVICE, row.ordinal, 0)[1]
    distance = added(community.distance, s.conditions[Bought.RELIEF, c])
    if u >= rates.uptake * distance:
        return
    pool.place_credit -= 1.0
    row.stage |= np.uint8(SERVED)
    count(s, Tally.SERVED, c, when)


@part
def touches_afterwards(s, n, row, step):
    """Other sectors go on recording an identified youth for a while."""
    rates, key = s.rates[0], s.communities[row.community].key
    for sector in range(N_SECTORS):
        t, j = 0, 0
        while True:
            at = slot(sector, j)
            u = uniforms(s.world, key, row.number, Decision.TOUCH, row.ordinal, at)[0]
            t += 1 + geometric(u, rates.p_touch)
            j += 1
            if t > rates.touch_steps:
                break
            touch(s, n, Channel.SCHOOL + sector, step + t, False, False)


@phase
def serve(s, when):
    """Phase *serve*, in an order drawn for each youth."""
    rates = s.rates[0]
    for p in range(s.pools.shape[0]):
        pool = s.pools[p]
        pool.place_credit = min(pool.place_credit, pool.places_top) + pool.place_rate
    n, cases = s.counts[Count.IDENTIFIED], s.handed[Hand.SUBSTANTIATED]
    for j in range(n):
        row = s.spells[s.cases[cases[j]].spell]
        key = s.communities[row.community].key
        s.scratch[j] = uniforms(s.world, key, row.number, Decision.SERVICE, row.ordinal, 0)[0]
    sort_by(cases, s.scratch, n)
    for j in range(n):
        i = np.int64(s.cases[cases[j]].spell)
        row = s.spells[i]
        if rates.services_on:
            offer(s, row, when)
        plan_next(s, i, when.step)
        touches_afterwards(s, cases[j], row, when.step)
