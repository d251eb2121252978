"""Phase *report*: recognised youth are reported or not, and false reports are made.

What comes from outside of the agencies, from youth to platforms, is a report where it is taken in.
"""

from __future__ import annotations

from streetlight.model.compiled import part, phase
from streetlight.model.draws import Decision, poisson_of, uniforms
from streetlight.model.equations import (
    applied,
    false_suspicion,
    looked,
    mean_false_reports,
    taken_in,
    tool_coverage,
    with_unit,
)
from streetlight.model.names import N_SECTORS, Channel
from streetlight.model.week.calendar import entered
from streetlight.model.week.spells import occasion_draws
from streetlight.model.world.state import (
    AttentionRow,
    Block,
    Bought,
    Count,
    Covered,
    FixedPoint,
    Hand,
    Kind,
)


@part
def true_reports(s, when):
    """True reports: sectors by their probability; what comes from outside where it is taken in."""
    rates = s.rates[0]
    n = 0
    for j in range(s.counts[Count.SIGNALS]):
        i, channel = s.handed[Hand.SIGNALS, j], s.handed[Hand.SIGNAL_CHANNEL, j]
        row = s.spells[i]
        if Channel.SCHOOL <= channel < Channel.PLATFORM:
            sector = channel - Channel.SCHOOL
            p = rates.report[sector] * s.communities[row.community].report_ratio
            if occasion_draws(s, row, Kind.SCHOOL + sector, when.step)[1] >= p:
                continue
        elif rates.effort_on:
            kind, lane = Kind.NOTICE if channel == Channel.PUBLIC else Kind.DISCLOSE, 3
            if channel == Channel.PLATFORM:
                kind, lane = Kind.PLATFORM, 0  # its last one is the ramp's (Decision.OCCASION)
            p = taken_in(s.attention[when.year, AttentionRow.EFFORT, row.community])
            if occasion_draws(s, row, kind, when.step)[lane] >= p:
                continue
        s.handed[Hand.REPORTS, n], s.handed[Hand.REPORT_CHANNEL, n] = i, channel
        n += 1
    s.counts[Count.REPORTS] = n


@part
def false_means(s, sector, year):
    """Mean number of false reports of a sector in each community in this step (F_s).

    F_s also stands in `communities.false_at_rest` and, a year, in `cascade.false_by_sector`.
    """
    rates, out = s.rates[0], s.conditions[Block.FALSE_MEAN + sector]
    # what communities share is read once
    base, ratio, deny = rates.false_base[sector], rates.false_trained, rates.deny
    tool, by_tool, share = rates.tool[sector], rates.tool_false, rates.high_risk_share
    general, high = rates.false_general[sector], rates.false_high_risk[sector]
    reported = rates.report[sector]
    skill, denial = s.conditions[Block.SKILL + sector], s.conditions[Block.DENIAL + sector]
    universal = s.conditions[Bought.SCREENING_UNIVERSAL]
    targeted = s.conditions[Bought.SCREENING_TARGETED]
    youth = s.conditions[FixedPoint.YOUTH_REPORTED]
    for c in range(out.shape[0]):
        covered = tool_coverage(tool, universal[c], targeted[c], False)
        usual = false_suspicion(base, ratio, deny, by_tool, skill[c], denial[c], covered)
        covered = tool_coverage(tool, universal[c], targeted[c], True)
        at_risk = false_suspicion(base, ratio, deny, by_tool, skill[c], denial[c], covered)
        out[c] = youth[c] * mean_false_reports(share, general * usual, high * at_risk, reported)
    most, by_unit = rates.unit_ratio[sector], s.conditions[Covered.UNIT]
    if rates.effort_on:
        rest, effort = (
            s.conditions[Block.FALSE_REST + sector],
            s.attention[year, AttentionRow.EFFORT],
        )
        weight = s.attention[year, AttentionRow.WEIGHT]
        for c in range(out.shape[0]):
            own, bought = with_unit(effort[c], weight[c], applied(most, by_unit[c]))
            out[c] = looked(own, bought, rest[c], out[c])
    elif most > 1.0:
        for c in range(out.shape[0]):
            out[c] *= applied(most, by_unit[c])


@part
def whose_false(s, c, j, mean, when):
    """The channel of a false report of responders; j: its number in this community and step."""
    u = uniforms(s.world, s.communities[c].key, when.step, Decision.FALSE_CASE, 0, j)[0]
    left = u * mean - s.conditions[Block.FALSE_MEAN, c]
    sector = 0
    while left >= 0.0 and sector < N_SECTORS - 1:
        sector += 1
        left -= s.conditions[Block.FALSE_MEAN + sector, c]
    return Channel.SCHOOL + sector


@part
def hand_over_false(s, c, j, channel):
    """A false report for *assess*; j: its number in this community and step."""
    n = s.counts[Count.FALSE_REPORTS]
    s.handed[Hand.FALSE_REPORTS, n], s.handed[Hand.FALSE_NUMBER, n] = c, j
    s.handed[Hand.FALSE_CHANNEL, n] = channel
    s.counts[Count.FALSE_REPORTS] = n + 1


@part
def false_tips_in(s, when):
    """False tips of platforms that are taken in, of those drawn with the world.

    Those of a community follow each other: they were entered in the order of communities.
    """
    last, number = -1, 0
    for k in range(entered(s, when.step, Kind.FALSE_TIP, 0)):
        c = s.handed[Hand.ITEMS, k]
        number = number + 1 if c == last else 0
        last = c
        if s.rates[0].effort_on:
            p = taken_in(s.attention[when.year, AttentionRow.EFFORT, c])
            key = s.communities[c].key
            if uniforms(s.world, key, when.step, Decision.FALSE_BOOKS, 1, number)[2] >= p:
                continue
        hand_over_false(s, c, number, Channel.PLATFORM)


@part
def false_reports(s, when):
    """Draw false reports of responders by inversion of keyed uniforms."""
    s.counts[Count.FALSE_REPORTS] = 0
    if s.rates[0].false_on:
        for sector in range(N_SECTORS):
            false_means(s, sector, when.year)
        for c in range(s.communities.shape[0]):
            mean = 0.0
            for sector in range(N_SECTORS):
                mean += s.conditions[Block.FALSE_MEAN + sector, c]
            key = s.communities[c].key
            for j in range(poisson_of(s.world, key, when.step, Decision.FALSE_COUNT, mean)):
                hand_over_false(s, c, j, whose_false(s, c, j, mean, when))


@phase
def report(s, when):
    """Phase *report*: true and false."""
    true_reports(s, when)
    false_reports(s, when)
    false_tips_in(s, when)
