"""Phase *report*: recognised youth are reported or not, and false reports are made."""

from __future__ import annotations

from streetlight.model.compiled import part, phase
from streetlight.model.draws import Decision, poisson_of
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
from streetlight.model.week.encounters import occasion_draws
from streetlight.model.world.state import AttentionRow, Block, Bought, Count, Covered, Hand, Kind


@part
def true_reports(s, when):
    """True reports: sectors by their probability; what others tell where it is taken in."""
    rates = s.rates[0]
    n = 0
    for j in range(s.counts[Count.SIGNALS]):
        i, channel = s.handed[Hand.SIGNALS, j], s.handed[Hand.SIGNAL_CHANNEL, j]
        row = s.spells[i]
        if channel >= Channel.SCHOOL:
            sector = channel - Channel.SCHOOL
            p = rates.report[sector] * s.communities[row.community].report_ratio
            if occasion_draws(s, row, Kind.SCHOOL + sector, when.step)[1] >= p:
                continue
        elif rates.effort_on:
            kind = Kind.NOTICE if channel == Channel.PUBLIC else Kind.DISCLOSE
            p = taken_in(s.attention[when.year, AttentionRow.EFFORT, row.community])
            if occasion_draws(s, row, kind, when.step)[3] >= p:
                continue
        s.handed[Hand.REPORTS, n], s.handed[Hand.REPORT_CHANNEL, n] = i, channel
        n += 1
    s.counts[Count.REPORTS] = n


@part
def false_means(s, sector, year):
    """Mean number of false reports of a sector in each community in this step (F_s)."""
    rates, out = s.rates[0], s.conditions[Block.FALSE_MEAN + sector]
    # what communities share is read once
    base, ratio, deny = rates.false_base[sector], rates.false_trained, rates.deny
    tool, by_tool, share = rates.tool[sector], rates.tool_false, rates.high_risk_share
    general, high = rates.false_general[sector], rates.false_high_risk[sector]
    reported = rates.report[sector]
    skills, denials = s.conditions[Block.SKILL + sector], s.conditions[Block.DENIAL + sector]
    all_screened = s.conditions[Bought.SCREENING_UNIVERSAL]
    some_screened = s.conditions[Bought.SCREENING_TARGETED]
    for c in range(out.shape[0]):
        universal, targeted = all_screened[c], some_screened[c]
        community, skill, denial = s.communities[c], skills[c], denials[c]
        covered = tool_coverage(tool, universal, targeted, False)
        usual = general * false_suspicion(base, ratio, deny, by_tool, skill, denial, covered)
        covered = tool_coverage(tool, universal, targeted, True)
        at_risk = high * false_suspicion(base, ratio, deny, by_tool, skill, denial, covered)
        per_youth = mean_false_reports(share, usual, at_risk, reported)
        out[c] = community.youth * per_youth * community.report_ratio
    most, by_unit = rates.unit_ratio[sector], s.conditions[Covered.UNIT]
    if rates.effort_on:
        rest, attention = s.conditions[Block.FALSE_REST + sector], s.attention[year]
        for c in range(out.shape[0]):
            effort, weight = attention[AttentionRow.EFFORT, c], attention[AttentionRow.BOUGHT, c]
            own, bought = with_unit(effort, weight, applied(most, by_unit[c]))
            out[c] = looked(own, bought, rest[c], out[c])
    elif most > 1.0:
        for c in range(out.shape[0]):
            out[c] *= applied(most, by_unit[c])


@part
def false_reports(s, when):
    """Draw false reports by inversion of keyed uniforms."""
    n = 0
    if s.rates[0].false_on:
        for sector in range(N_SECTORS):
            false_means(s, sector, when.year)
        for c in range(s.communities.shape[0]):
            mean = 0.0
            for sector in range(N_SECTORS):
                mean += s.conditions[Block.FALSE_MEAN + sector, c]
            key = s.communities[c].key
            for j in range(poisson_of(s.world, key, when.step, Decision.FALSE_COUNT, mean)):
                s.handed[Hand.FALSE_REPORTS, n], s.handed[Hand.FALSE_NUMBER, n] = c, j
                n += 1
    s.counts[Count.FALSE_REPORTS] = n


@phase
def report(s, when):
    """Phase *report*: true and false."""
    true_reports(s, when)
    false_reports(s, when)
