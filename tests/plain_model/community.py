"""Section 3: communities and their responders, and how they learn and forget."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa

from streetlight.model.names import SECTORS

from .attention import Attention, looked

if TYPE_CHECKING:
    from .agency import Pool
    from .model import PlainModel

LN2 = math.log(2.0)
SCHOOL, POLICE = 0, 3


def clip(value: float) -> float:
    """A share between 0 and 1."""
    return min(1.0, max(0.0, value))


def add_dose(level: float, dose: float) -> float:
    """A bounded level after a dose."""
    return 1.0 - (1.0 - level) * math.exp(-dose)


class Responder(mesa.Agent):
    """The staff of one sector in one community: trained share, skill, denial."""

    model: PlainModel

    def __init__(self, community: Community, sector: int) -> None:
        super().__init__(community.model)
        parameters = self.model.parameters
        self.community = community
        self.sector = sector
        training = parameters.training
        share = community.attention.trained
        self.read_fading()
        self.background = training.turnover * share / (1.0 - share)
        inflow = self.background
        self.trained = share
        self.skill = inflow / (inflow + training.turnover + self.fading) if inflow > 0 else 0.0
        self.skill_start = self.skill
        self.denial_start = community.attention.denial
        self.denial = self.denial_start
        self.at_rest = self._recognition(self.skill, self.denial)  # like `recognition`
        self.recognition = self.at_rest  # at a contact, without tool and before youth's own factors

    def read_fading(self) -> None:
        """How fast skill fades, by what is in force."""
        self.fading = LN2 / (self.model.parameters.training.skill_half_life / 12.0)

    def learn(self) -> None:
        """Turnover, background and bought training, fading, denial."""
        parameters, community = self.model.parameters, self.community
        dt = 1.0 / self.model.clock.steps_per_year
        bought = community.training[self.sector]
        inflow = community.feedback_factor * self.background + bought
        turnover = parameters.training.turnover
        pull = LN2 / (parameters.denial.half_life / 12.0)
        trained, skill, denial = self.trained, self.skill, self.denial
        self.trained = clip(trained + dt * (inflow * (1 - trained) - turnover * trained))
        self.skill = clip(skill + dt * (inflow * (1 - skill) - (turnover + self.fading) * skill))
        removed = bought * parameters.denial.training_effect * denial
        self.denial = clip(denial + dt * (pull * (self.denial_start - denial) - removed))

    def read_out(self) -> None:
        """Section 7: recognition at a contact, from the state after learning."""
        self.recognition = self._recognition(self.skill, self.denial)

    def _recognition(self, skill: float, denial: float) -> float:
        encounter, s = self.model.parameters.encounter, self.sector
        low, high = encounter.untrained[s], encounter.trained[s]
        believing = 1.0 - denial * (1.0 - self.model.denial_ratio)
        return (low + (high - low) * skill) * believing

    def expected_false_reports(self) -> float:
        """Section 8: F_s, expected false reports in this step."""
        community, s = self.community, self.sector
        screened = [community.screened[high_risk][s] for high_risk in (False, True)]
        now = self._false_reports(self.skill, self.denial, screened)
        rest = self._false_reports(self.skill_start, self.denial_start, [0.0, 0.0])
        extra = community.contacts_by_unit - 1.0 if s == POLICE else 0.0
        weight = community.weight_of_money
        return looked(community.effort + extra * weight, weight + extra * weight, rest, now)

    def _false_reports(self, skill: float, denial: float, screened: list[float]) -> float:
        """F_s before effort; screened: c without and with high risk."""
        model, community, s = self.model, self.community, self.sector
        parameters = model.parameters
        encounter, reporting = parameters.encounter, parameters.reporting
        share = parameters.incidence.high_risk_share
        believing = 1.0 - denial * (1.0 - model.denial_ratio)
        skilled = 1.0 + (reporting.false_trained_ratio - 1.0) * skill
        by_eye = model.false_scale * reporting.false_suspicion[s] * skilled * believing
        by_tool = (1.0 - encounter.tool_specificity) * encounter.second_look_false
        suspicion = [(1.0 - c) * by_eye + c * by_tool for c in screened]
        more = 1.0 if s == SCHOOL else reporting.general_contact_high_risk
        contacts = reporting.general_contact_rate[s]
        flagged = (1 - share) * contacts * suspicion[0] + share * contacts * more * suspicion[1]
        per_month = community.youth * flagged * community.p_report[s]
        return 12.0 / model.clock.steps_per_year * per_month


class Community(mesa.Agent):
    """A place: who lives there, what the public knows, what was bought this year."""

    model: PlainModel

    def __init__(
        self,
        model: PlainModel,
        index: int,
        frailty: float,
        screen_in: float,
        attention: Attention,
    ) -> None:
        super().__init__(model)
        self.attention = attention
        self.look_harder(0)
        region = model.region
        self.index = index
        self.population = float(region.population[index])
        self.youth = float(region.youth[index])
        self.youth_at_risk = float(region.youth_12_17[index])
        self.poverty = float(region.poverty_share[index])
        self.place = int(region.place_class[index])
        self.frailty = frailty
        self.screen_in = screen_in
        start, end = region.neighbour_start[index], region.neighbour_start[index + 1]
        self.neighbours = [int(i) for i in region.neighbour_index[start:end]]
        self.pool: Pool
        self._set_onset(float(region.covariate[index]))
        self._set_public()
        self._set_record()
        self.read_reporting()
        self.buy(None)
        self.responders = [Responder(self, s) for s in range(len(SECTORS))]

    def read_reporting(self) -> None:
        """Section 8: what of the recognised is reported, by what is in force."""
        parameters = self.model.parameters
        self.p_report = list(parameters.reporting.report)
        if parameters.denial.form == "reduced":
            ratio = parameters.denial.reduced_report_ratio[self.place]
            self.p_report = [p * ratio for p in self.p_report]

    def look_harder(self, year: int) -> None:
        """Effort and what follows from it; year: counted from the start of filling."""
        self.effort = self.attention.effort[year]
        self.books = self.attention.books[year]
        self.p_taken_in = min(1.0, self.effort)
        fills = max(0.0, 2.0 - self.effort)
        weights = {"multiplies": self.effort, "adds": 1.0, "fills": fills}
        self.weight_of_money = weights[self.model.parameters.attention.money]

    def _set_onset(self, covariate: float) -> None:
        """Section 4: rates of first and later spells."""
        incidence, clock = self.model.parameters.incidence, self.model.clock
        poor_ratio, ratio = incidence.poverty_ratio, incidence.high_risk_ratio
        base = incidence.onset_rate / 100_000 * self.model.rate_norm
        base *= incidence.place_ratio[self.place] * (1 + (poor_ratio - 1) * self.poverty)
        base *= math.exp(incidence.poverty_context * self.poverty)
        base *= self.frailty * math.exp(incidence.covariate_effect * covariate)
        weight = 1.0 + incidence.high_risk_share * (ratio - 1.0)
        self.annual_onsets = base * weight * self.youth_at_risk
        self.p_high_risk = incidence.high_risk_share * ratio / weight
        self.p_return_late = clock.p_month(base * ratio / 12.0)
        self.n_susceptible = math.ceil(self.youth_at_risk)
        self.multiply_onsets(1.0)
        self.poor = poor_ratio * self.poverty / (1 + (poor_ratio - 1) * self.poverty)

    def multiply_onsets(self, factor: float) -> None:
        """First onsets at so many times their rate, until told otherwise."""
        slots = max(1, self.n_susceptible)
        yearly = factor * self.annual_onsets
        self.onsets_per_slot = yearly / self.model.clock.steps_per_year / slots
        self.p_onset = -math.expm1(-self.onsets_per_slot)

    def _set_public(self) -> None:
        """Fixed points of what the public and the youth know."""
        parameters = self.model.parameters
        disclosure, knowing = parameters.disclosure, parameters.knowing
        ratio = self.population / disclosure.acquaintance_population
        self.acquaintance = 1.0 / (1.0 + ratio**disclosure.acquaintance_slope)
        self.norm_start = self.norm = self.attention.norm
        self.salience = 0.0
        self.denial_start = self.denial = parameters.denial.public
        self.told_stock = knowing.told_stock
        self.told_fading = LN2 / (knowing.told_half_life / 12.0)
        stock = knowing.told_stock
        self.background_education = stock * self.told_fading / (1.0 - stock)
        self.prevention_coverage = 0.0
        self.feedback_factor = 1.0

    def _set_record(self) -> None:
        """Counters of this year and month, and what was publicised of this step and the last."""
        self.takes_part = False
        self.publicised_now = 0
        self.publicised_before = 0
        self.referrals_of_year = 0  # these and the next line: as far as they are in the books
        self.identified_of_year = 0
        self.awareness_of_month: list[float] = []

    @property
    def awareness(self) -> float:
        """A: the public knows where to call."""
        return 1.0 - (1.0 - self.norm) * (1.0 - self.salience)

    def buy(self, policy_year: int | None) -> None:
        """Phase 1: lever effects of this year; none (None) before the policy years."""

        def level(name: str) -> float:
            if policy_year is None:
                return 0.0
            return float(self.model.levels[name][policy_year, self.index])

        n_sectors = len(SECTORS)
        self.training = [0.0] * n_sectors
        if policy_year is not None:
            row = self.model.levels["training"][policy_year, self.index]
            self.training = [float(row[s]) for s in range(n_sectors)]
        self.campaign = level("campaign")
        self.education = level("education")
        self.channel = level("channel")
        self.investigators_bought = level("investigators")
        self.places_bought = level("places")
        self.relief = level("relief")
        self.prevention = level("prevention")
        self.economic = level("economic")
        self.unit, self.recording = level("unit"), level("recording")
        self.cover(self.unit, self.recording)
        universal, targeted = level("screening_universal"), level("screening_targeted")
        encounter = self.model.parameters.encounter
        required = [1.0 - (1.0 - universal) * (1.0 - targeted * risk) for risk in (0, 1)]
        self.screened = [  # c, by high-risk and sector
            [has_tool * encounter.tool_use * share for has_tool in encounter.tool_sectors]
            for share in required
        ]

    def cover(self, unit: float, recording: float) -> None:
        """Section 3: shares that posts that look and posts that record cover, until told anew."""
        self.covered_by_records = recording
        self.contacts_by_unit = 1.0 + (self.model.parameters.encounter.unit_ratio - 1.0) * unit

    def awareness_excess(self) -> float:
        """How far awareness stands above the norm's fixed point."""
        return max(self.awareness - self.norm_start, 0.0)

    def learn(self, excesses: list[float]) -> None:
        """Phase 2; excesses: `awareness_excess` of every community before the step."""
        for responder in self.responders:
            responder.learn()
        self._learn_stocks()
        self._learn_awareness(excesses)
        self._hear_campaign()
        self._hear_publicity()
        self.read_out()

    def _learn_stocks(self) -> None:
        parameters = self.model.parameters
        dt = 1.0 / self.model.clock.steps_per_year
        pull = LN2 / (parameters.denial.half_life / 12.0)
        told, covered = self.told_stock, self.prevention_coverage
        education = self.background_education + self.education
        self.denial = clip(self.denial + dt * pull * (self.denial_start - self.denial))
        self.told_stock = clip(told + dt * (education * (1 - told) - self.told_fading * told))
        self.prevention_coverage = clip(
            covered + dt * (self.prevention * (1 - covered) - self.told_fading * covered)
        )

    def _learn_awareness(self, excesses: list[float]) -> None:
        """The norm relaxes and spreads; salience fades unless a campaign runs."""
        model, clock = self.model, self.model.clock
        awareness, switches = model.parameters.awareness, model.parameters.switches
        steps = clock.steps_per_year
        norm, told = self.norm, 0.0
        if switches.spread:
            spread = excesses[self.index]
            if switches.neighbours and self.neighbours:
                w = awareness.neighbour_share
                around = sum(excesses[i] for i in self.neighbours) / len(self.neighbours)
                spread = (1.0 - w) * spread + w * around
            told = 12.0 / steps * awareness.diffusion * spread * (1.0 - norm)
        relaxed = LN2 / (awareness.norm_half_life / 12.0) * (self.norm_start - norm) / steps
        self.norm = clip(norm + relaxed + told)
        running = self.campaign > 0 and model.step_of_year < clock.weeks(13)
        if not running:
            self.salience *= 2.0 ** (-(12.0 / steps) / awareness.salience_half_life)

    def _hear_campaign(self) -> None:
        """The dose of a campaign arrives in equal parts over its first four weeks."""
        model = self.model
        steps = model.clock.weeks(4)
        if self.campaign <= 0 or model.step_of_year >= steps:
            return
        self.hear_dose(self.campaign * model.standard_dose / steps)

    def hear_dose(self, dose: float) -> None:
        """What a campaign does to salience, norm and public denial."""
        parameters = self.model.parameters
        self.salience = add_dose(self.salience, dose)
        self.norm = add_dose(self.norm, dose * parameters.awareness.residue)
        self.denial *= 1.0 - parameters.denial.campaign_effect * (1.0 - math.exp(-dose))

    def _hear_publicity(self) -> None:
        """Section 9: publicised identifications of the last step."""
        model = self.model
        feedback = model.parameters.feedback
        if not model.parameters.switches.publicity or not self.publicised_before:
            return
        residents = max(self.population, feedback.news_market)
        publicised = self.publicised_before / (residents / 100_000)
        kept = (1.0 - feedback.publicity_denial) ** publicised
        self.denial *= kept
        for responder in self.responders:
            responder.denial *= kept
        dose = feedback.publicity_salience * model.standard_dose * publicised
        self.salience = add_dose(self.salience, dose)

    def read_out(self) -> None:
        """Hazards of this step that are common to the youth of the community."""
        model = self.model
        parameters = model.parameters
        aware = self.awareness
        believing = 1.0 - self.denial * (1.0 - model.denial_ratio)
        self.notice_rate = parameters.encounter.public_rate * aware * believing
        coverage = parameters.disclosure.channel_coverage
        self.channel_known = (coverage + (1 - coverage) * self.channel) * aware
        spread = parameters.awareness.diffusion * parameters.knowing.contacts * self.told_stock
        education = (self.background_education + self.education) / 12.0
        self.told_rate = education + spread
        for responder in self.responders:
            responder.read_out()

    def p_prevented(self) -> float:
        """Section 4: probability that prevention or economic support averts a first onset."""
        levers = self.model.parameters.levers
        groups = 1.0 - self.prevention_coverage * (1.0 - levers.prevention_ratio)
        money = 1.0 - self.economic * self.poor * (1.0 - levers.economic_ratio)
        return 1.0 - groups * money
