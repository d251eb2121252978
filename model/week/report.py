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
from streetlight.model.week.learn import AT_ONCE
from streetlight.model.week.spells import occasion_draws
from streetlight.model.world.occasions import ROUNDING
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
def false_mean(s, sector, c, year):
    """Mean number of false reports of a sector in a community in this step (F_s).

    F_s also stands in `communities.false_at_rest` and, a year, in `cascade.false_by_sector`.
    """
    rates, x = s.rates[0], s.conditions
    skill, denial = x[Block.SKILL + sector, c], x[Block.DENIAL + sector, c]
    universal, targeted = x[Bought.SCREENING_UNIVERSAL, c], x[Bought.SCREENING_TARGETED, c]
    tool, base, ratio = rates.tool[sector], rates.false_base[sector], rates.false_trained
    covered = tool_coverage(tool, universal, targeted, False)
    usual = false_suspicion(base, ratio, rates.deny, rates.tool_false, skill, denial, covered)
    covered = tool_coverage(tool, universal, targeted, True)
    at_risk = false_suspicion(base, ratio, rates.deny, rates.tool_false, skill, denial, covered)
    usual, at_risk = rates.false_general[sector] * usual, rates.false_high_risk[sector] * at_risk
    per_youth = mean_false_reports(rates.high_risk_share, usual, at_risk, rates.report[sector])
    mean = x[FixedPoint.YOUTH_REPORTED, c] * per_youth
    times = applied(rates.unit_ratio[sector], x[Covered.UNIT, c])
    if not rates.effort_on:
        return mean * times
    effort = s.attention[year, AttentionRow.EFFORT, c]
    own, bought = with_unit(effort, s.attention[year, AttentionRow.WEIGHT, c], times)
    return looked(own, bought, x[Block.FALSE_REST + sector, c], mean)


@part
def most_false(rates):
    """No fewer than the false reports of a youth at effort 1 in a step.

    Returns what they are expected to be at most by eye, and what tools add where all are screened.
    """
    by_eye, by_tool = 0.0, 0.0
    worst = max(1.0, rates.false_trained) * max(1.0, rates.deny)
    for sector in range(N_SECTORS):
        usual, at_risk = rates.false_general[sector], rates.false_high_risk[sector]
        contacts = mean_false_reports(rates.high_risk_share, usual, at_risk, rates.report[sector])
        contacts *= max(1.0, rates.unit_ratio[sector])
        by_eye += contacts * rates.false_base[sector] * worst
        by_tool += contacts * rates.tool[sector] * rates.tool_false
    return by_eye, by_tool


@part
def may_report_falsely(s, when, a, b):
    """Put those of communities a to b into `items` that may have a false report of responders.

    Nearly all have none, as the uniform of their number is below what their mean, and so its upper
    bound, leaves of 1.  Returns how many are left.
    """
    n, items, luck, x = 0, s.handed[Hand.ITEMS], s.scratch[: b - a], s.conditions
    attention, keys = s.attention, s.communities[a:b]
    by_eye, by_tool = most_false(s.rates[0])
    universal, targeted = x[Bought.SCREENING_UNIVERSAL, a:b], x[Bought.SCREENING_TARGETED, a:b]
    effort = attention[when.year, AttentionRow.EFFORT, a:b]
    weight = attention[when.year, AttentionRow.WEIGHT, a:b]
    youth = x[FixedPoint.YOUTH_REPORTED, a:b]
    for c in range(luck.shape[0]):
        luck[c] = uniforms(s.world, keys[c].key, when.step, Decision.FALSE_COUNT, 0, 0)[0]
    for c in range(luck.shape[0]):
        most = by_eye + by_tool * (universal[c] + targeted[c])
        most *= youth[c] * max(effort[c], weight[c]) * ROUNDING
        items[n] = a + c
        n += luck[c] >= 1.0 - most
    return n


@part
def whose_false(s, c, j, mean, when):
    """The channel of a false report of responders; j: its number in this community and step."""
    u = uniforms(s.world, s.communities[c].key, when.step, Decision.FALSE_CASE, 0, j)[0]
    left = u * mean - s.scratch[0]
    sector = 0
    while left >= 0.0 and sector < N_SECTORS - 1:
        sector += 1
        left -= s.scratch[sector]
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
def draw_false(s, c, when):
    """Draw the false reports of responders in a community by inversion of keyed uniforms."""
    mean, key = 0.0, s.communities[c].key
    for sector in range(N_SECTORS):
        s.scratch[sector] = false_mean(s, sector, c, when.year)
        mean += s.scratch[sector]
    for j in range(poisson_of(s.world, key, when.step, Decision.FALSE_COUNT, mean)):
        hand_over_false(s, c, j, whose_false(s, c, j, mean, when))


@part
def false_reports(s, when):
    """False reports of responders, some communities at a time."""
    s.counts[Count.FALSE_REPORTS] = 0
    if s.rates[0].false_on:
        n = s.communities.shape[0]
        for first in range(0, n, AT_ONCE):
            for j in range(may_report_falsely(s, when, first, min(n, first + AT_ONCE))):
                draw_false(s, s.handed[Hand.ITEMS, j], when)


@phase
def report(s, when):
    """Phase *report*: true and false."""
    true_reports(s, when)
    false_reports(s, when)
    false_tips_in(s, when)
