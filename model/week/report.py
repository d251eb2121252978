"""Phase *report*: recognised youth are reported or not, and false reports are made."""

from __future__ import annotations

import numpy as np

from streetlight.model.columns import N_SECTORS, Bought, Count, State
from streetlight.model.compiled import kernel, phase
from streetlight.model.draws import Decision, poisson, uniforms
from streetlight.model.equations import false_suspicion, mean_false_reports, tool_coverage
from streetlight.model.week.encounters import SCHOOL, TO_SCHOOL, luck

_FALSE_COUNT = int(Decision.FALSE_COUNT)
_SIGNALS, _REPORTS, _FALSE = int(Count.SIGNALS), int(Count.REPORTS), int(Count.FALSE_REPORTS)
_UNIVERSAL, _TARGETED = int(Bought.SCREENING_UNIVERSAL), int(Bought.SCREENING_TARGETED)
_CHUNK = 100.0  # largest mean drawn by one inversion, far from where exp underflows


@kernel
def true_reports(s, when):
    """True reports: disclosure to a formal body and notice always, sectors with probability q."""
    rates = s.rates[0]
    n = 0
    for j in range(s.counts[_SIGNALS]):
        i, channel = s.signals[0, j], s.signals[1, j]
        if channel >= TO_SCHOOL:
            row, sector = s.spells[i], channel - TO_SCHOOL
            p = rates.report[sector] * s.places[row.community].report_ratio
            if luck(s, row, SCHOOL + sector, when.step)[1] >= p:
                continue
        s.reports[0, n], s.reports[1, n] = i, channel
        n += 1
    s.counts[_REPORTS] = n


@kernel
def false_means(s, sector):
    """Mean number of false reports of a sector in each community in this step (F_s)."""
    rates, out = s.rates[0], s.false_mean[sector]  # what communities share is read once
    base, ratio, deny = rates.false_base[sector], rates.false_trained, rates.deny
    tool, by_tool, share = rates.tool[sector], rates.tool_false, rates.high_risk_share
    general, high = rates.false_general[sector], rates.false_high_risk[sector]
    reported = rates.report[sector]
    for c in range(out.shape[0]):
        universal, targeted = s.bought[_UNIVERSAL, c], s.bought[_TARGETED, c]
        skill, denial, place = s.skill[sector, c], s.denial[sector, c], s.places[c]
        covered = tool_coverage(tool, universal, targeted, False)
        one = general * false_suspicion(base, ratio, deny, by_tool, skill, denial, covered)
        covered = tool_coverage(tool, universal, targeted, True)
        other = high * false_suspicion(base, ratio, deny, by_tool, skill, denial, covered)
        per_youth = mean_false_reports(share, one, other, reported)
        out[c] = place.youth * per_youth * place.report_ratio


@kernel
def false_reports(s, when):
    """Draw false reports by inversion of keyed uniforms."""
    n = 0
    if s.rates[0].false_on:
        for sector in range(N_SECTORS):
            false_means(s, sector)
        for c in range(s.places.shape[0]):
            mean = 0.0
            for sector in range(N_SECTORS):
                mean += s.false_mean[sector, c]
            j, chunk = 0, 0
            while mean > 0.0:
                u = uniforms(s.world, s.places[c].key, when.step, _FALSE_COUNT, 0, chunk)[0]
                for _ in range(poisson(min(mean, _CHUNK), u)):
                    s.false_reports[0, n], s.false_reports[1, n] = c, j
                    n += 1
                    j += 1
                mean -= _CHUNK
                chunk += 1
    s.counts[_FALSE] = n


@phase
def report(s, when):
    """Phase *report*: true and false."""
    true_reports(s, when)
    false_reports(s, when)


def most_false_reports(state: State) -> int:
    """More false reports than a step of this year can bring: the mean under no denial and 12 sd."""
    rates, places, bought = state.rates[0], state.places, state.bought
    general = rates["false_base"] * max(1.0, float(rates["false_trained"]))
    share = rates["high_risk_share"]
    total = 0.0
    for sector in range(N_SECTORS):
        screened = (bought[_UNIVERSAL] + bought[_TARGETED] > 0) & (rates["tool"][sector] > 0)
        suspicion = np.where(
            screened, max(general[sector], float(rates["tool_false"])), general[sector]
        )
        contacts = (1.0 - share) * rates["false_general"][sector]
        contacts += share * rates["false_high_risk"][sector]
        total += float((places["youth"] * suspicion).sum()) * contacts * rates["report"][sector]
    return int(total + 12.0 * np.sqrt(total)) + 64
