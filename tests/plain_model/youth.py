"""Sections 4 to 8 as one youth lives them: susceptible youth, victimized youth, their spells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa

from .attention import looked
from .community import POLICE
from .shocks import tips_by_law

if TYPE_CHECKING:
    from .agency import Case
    from .community import Community
    from .model import PlainModel

SEXUAL, LABOUR, BOTH = 0, 1, 2
SELF, CONFIDANT, PUBLIC, FIRST_SECTOR, PLATFORM = 0, 1, 2, 3, 8


class Susceptible(mesa.Agent):
    """A youth aged 12-17 who is not victimized."""

    model: PlainModel

    def __init__(self, model: PlainModel, community: Community) -> None:
        super().__init__(model)
        self.community = community
        self.draw = model.random.random  # looked up once: this is the innermost line of the model

    def live(self) -> None:
        """A week in which almost always nothing happens."""
        if self.draw() < self.community.p_onset:
            self.suffer_onset()

    def suffer_onset(self) -> None:
        """Become a victim; whoever takes the place in the population can do so in the same step.

        The onsets of one place in the population are a Poisson process: the first of the step
        falls at an exponential time cut off at the step's end, further ones follow it.
        """
        model, community = self.model, self.community
        rate = community.onsets_per_slot
        time = -math.log1p(-model.random.random() * community.p_onset) / rate
        while time < 1.0:
            model.first_onset(community)
            time += model.random.expovariate(rate)
        self.remove()
        Susceptible(model, community)


@dataclass(slots=True, eq=False)
class Spell:
    """One victimization of one youth."""

    start: int
    told: bool
    blames: bool
    unblamable: bool
    later: bool
    knows: bool = False
    seen: bool = False
    first_report: int | None = None
    had_closed_case: bool = False


class Victim(mesa.Agent):
    """A youth from the first onset to ageing out: in a spell, or between spells."""

    model: PlainModel

    def __init__(self, model: PlainModel, community: Community) -> None:
        super().__init__(model)
        self.community = community
        self.spell: Spell | None = None
        self.ended_at: int | None = None  # end of the last spell, if another one can follow
        self.served = False
        self.open_case: Case | None = None
        self.identified_by: list[Case] = []
        self.touched_until = model.step_number  # last step with touches after identification
        self.recognised_by: list[int] = []
        self._draw_attributes()
        self._set_rates()
        self.begin_spell(later=False)

    def _draw_attributes(self) -> None:
        model, place = self.model, self.community.place
        incidence, random = model.parameters.incidence, self.model.random
        self.high_risk = random.random() < self.community.p_high_risk
        age = random.triangular(12.0, 18.0, incidence.age_mode)
        steps_left = max(1, math.ceil((18.0 - age) * model.clock.steps_per_year))
        self.ages_out = model.step_number + steps_left
        self.kind = random.choices((SEXUAL, LABOUR, BOTH), incidence.type_mix)[0]
        self.gender = random.choices((0, 1, 2), incidence.gender_mix)[0]
        self.family = random.random() < incidence.family_controlled[place]
        self.known_offender = random.random() < incidence.known_offender[place]
        self.visibility = random.choice(model.visibilities)

    def _set_rates(self) -> None:
        """What follows from the attributes: contacts, recognisability, barrier m."""
        parameters = self.model.parameters
        encounter, disclosure = parameters.encounter, parameters.disclosure
        weight = {SEXUAL: 0.0, LABOUR: 1.0, BOTH: 0.5}[self.kind]
        self.contacts = [
            rate * labour**weight * (risk if self.high_risk else 1.0)
            for rate, labour, risk in zip(
                encounter.contact_rate,
                encounter.contact_ratio_labour,
                encounter.contact_ratio_high_risk,
                strict=True,
            )
        ]
        self.follow_effort()
        family = encounter.family_ratio if self.family else 1.0
        gender = encounter.gender_ratio[self.gender]
        self.recognisability = encounter.labour_ratio**weight * gender * family
        log_barrier = 0.0
        if parameters.denial.form == "mechanisms":
            if parameters.switches.anonymity:
                log_barrier += self.community.acquaintance * math.log(disclosure.anonymity_ratio)
            if parameters.switches.known_offender and self.known_offender:
                log_barrier += math.log(disclosure.known_offender_ratio)
        self.barrier = math.exp(parameters.denial.barrier_scale * log_barrier)

    def follow_effort(self) -> None:
        """Contacts by the place's own effort of this year, and by what is bought."""
        p_month, community = self.model.clock.p_month, self.community
        self.seen_at = [self.visibility * rate for rate in self.contacts]
        self.p_own = [p_month(community.effort * rate) for rate in self.seen_at]
        self.p_bought = [p_month(community.weight_of_money * rate) for rate in self.seen_at]

    # -- the spell

    def begin_spell(self, *, later: bool) -> None:
        """Draw what is drawn per spell."""
        knowing, switches = self.model.parameters.knowing, self.model.parameters.switches
        draw = self.model.random.random
        told = switches.telling and draw() < self.community.told_stock
        blames = switches.self_blame and draw() < knowing.self_blame
        unblamable = draw() < knowing.told_not_ones_fault
        self.spell = Spell(self.model.step_number, told, blames, unblamable, later)
        self.ended_at = None
        self.served = False
        if told:
            self._hear(self.spell)

    def _hear(self, spell: Spell) -> None:
        spell.told = True
        self.model.count("told")
        if spell.unblamable:
            spell.blames = False

    def end_spell(self, *, identified: bool = False, aged_out: bool = False) -> None:
        """End the spell; a case not yet under investigation closes with it."""
        self.spell = None
        if self.open_case is not None and self.open_case.begun is None:
            self.open_case.close("spell ended")
        self.open_case = None  # an investigation that has begun goes on by itself
        only_identified = self.model.parameters.spell.reexploited_after == "identification"
        if not aged_out and (identified or not only_identified):
            self.ended_at = self.model.step_number

    # -- phase 3 and 4

    def leave(self) -> None:
        """Natural exit and ageing out."""
        model = self.model
        goes_on = self.spell is not None and not model.parameters.switches.ageing_out
        if model.step_number >= self.ages_out and not goes_on:
            if self.spell is not None:
                self.end_spell(aged_out=True)
                model.count("aged_out")
            self.ended_at = None
            if model.step_number > self.touched_until:
                self.remove()
            return
        can_exit = self.spell is not None and self.spell.start < model.step_number
        if can_exit and model.random.random() < model.p_exit:
            self.end_spell()
            model.count("natural_exits")

    def return_to_exploitation(self) -> None:
        """A later spell may start, from one step after the end of the last one."""
        model = self.model
        if self.ended_at is None or not model.parameters.switches.reexploitation:
            return
        since = model.step_number - self.ended_at
        if since < 1:
            return
        if since > model.clock.months(12):
            p = self.community.p_return_late
        else:
            p = model.p_return_served if self.served else model.p_return
        if model.random.random() < p:
            model.count("reexploitation_onsets")
            self.begin_spell(later=True)

    # -- phase 5

    def disclose(self) -> None:
        """Be told, recognise oneself, tell someone."""
        spell = self.spell
        if spell is None:
            return
        model, draw = self.model, self.model.random.random
        parameters, p_month = model.parameters, model.clock.p_month
        knowing = parameters.knowing
        if not spell.told and parameters.switches.telling:
            if draw() < p_month(self.told_rate()):
                self._hear(spell)
        if not spell.knows:
            rate = knowing.self_recognition * (knowing.told_ratio if spell.told else 1.0)
            if draw() < p_month(rate):
                spell.knows = True
                model.count("knew")
        may_tell = spell.knows and parameters.switches.disclosure
        if may_tell and draw() < p_month(self.disclosure_rate(spell)):
            self._tell(spell)

    def age(self) -> float:
        """In years, to the step."""
        return 18.0 - (self.ages_out - self.model.step_number) / self.model.clock.steps_per_year

    def told_rate(self) -> float:
        """t, a month."""
        trained_contacts = sum(
            rate * responder.trained
            for rate, responder in zip(self.contacts, self.community.responders, strict=True)
        )
        per_contact = self.model.parameters.knowing.told_per_trained_contact
        return self.community.told_rate + trained_contacts * per_contact

    def disclosure_rate(self, spell: Spell) -> float:
        """h, a month."""
        disclosure, m = self.model.parameters.disclosure, self.barrier
        known = self.community.channel_known
        relieved = disclosure.channel_ratio * math.pow(m, 1.0 - disclosure.channel_relief)
        blame = disclosure.blame_ratio if spell.blames else 1.0
        return disclosure.hazard * blame * ((1.0 - known) * m + known * relieved)

    def _be_seen(self, spell: Spell) -> None:
        if not spell.seen:
            spell.seen = True
            self.model.count("recognised")

    def _tell(self, spell: Spell) -> None:
        """To a formal body, or to a peer or adult who acts or not (the same for both)."""
        disclosure, draw = self.model.parameters.disclosure, self.model.random.random
        self._be_seen(spell)
        if draw() < disclosure.formal_share:
            self._be_taken_in(SELF)
        elif draw() < disclosure.confidant_acts:
            self._be_taken_in(CONFIDANT)

    def _be_taken_in(self, channel: int) -> None:
        """Section 3, attention: what is not taken in is no report."""
        if self.model.random.random() < self.community.p_taken_in:
            self.model.report(self, channel)

    # -- phases 6 to 8

    def ramp(self, spell: Spell) -> float:
        """Recognisability relative to its full value."""
        model, limits = self.model, self.model.parameters.spell
        if not model.parameters.switches.ramp:
            return 1.0
        full, age = model.ramp_steps, model.step_number - spell.start
        grown = min(1.0, age / full) if full > 0 else 1.0
        return limits.recognisable_floor + (1.0 - limits.recognisable_floor) * grown

    def be_noticed(self) -> None:
        """By the public."""
        model = self.model
        if self.spell is None or not model.parameters.switches.public_notice:
            return
        ratio = model.parameters.encounter.family_public_ratio if self.family else 1.0
        rate = self.community.notice_rate * ratio * self.ramp(self.spell)
        if model.random.random() < model.clock.p_month(self.visibility * rate):
            self._be_seen(self.spell)
            self._be_taken_in(PUBLIC)

    def meet_responders(self) -> None:
        """A contact with each sector may happen in which the youth is recognised."""
        model = self.model
        if self.spell is None or not model.parameters.switches.encounters:
            return
        encounter, draw = model.parameters.encounter, model.random.random
        ramp = self.ramp(self.spell)
        by_tool = encounter.tool_sensitivity * encounter.second_look_true
        for responder in self.community.responders:
            s = responder.sector
            c = self.community.screened[self.high_risk][s]
            by_eye = responder.recognition * self.recognisability
            now = ramp * ((1.0 - c) * by_eye + c * by_tool)
            rest = ramp * responder.at_rest * self.recognisability
            p_own, p_bought = self.p_own[s], self.p_bought[s]
            if s == POLICE and self.community.contacts_by_unit > 1.0:
                weight = self.community.weight_of_money
                by_unit = (self.community.contacts_by_unit - 1.0) * weight
                p_own = model.clock.p_month((self.community.effort + by_unit) * self.seen_at[s])
                p_bought = model.clock.p_month((weight + by_unit) * self.seen_at[s])
            if draw() < looked(p_own, p_bought, rest, now):
                self._be_seen(self.spell)
                self.recognised_by.append(s)

    def be_reported(self) -> None:
        """Each sector that recognised the youth in this step reports, or not."""
        for s in self.recognised_by:
            if self.model.random.random() < self.community.p_report[s]:
                self.model.report(self, FIRST_SECTOR + s)
        self.recognised_by.clear()

    def be_tipped(self) -> None:
        """A platform sends a tip, whoever looks."""
        model = self.model
        if self.spell is None or not model.parameters.switches.platforms:
            return
        rate = model.parameters.reporting.platform_rate * tips_by_law(model, self.community)
        if model.random.random() < model.clock.p_month(rate) * self.ramp(self.spell):
            self._be_seen(self.spell)
            self._be_taken_in(PLATFORM)

    # -- phase 11

    def be_touched(self) -> None:
        """Sectors go on recording the youth for some time after each identification."""
        model = self.model
        if model.step_number > self.touched_until:
            return
        for case in self.identified_by:
            since = model.step_number - (case.closed or 0)
            if not 1 <= since <= model.touch_steps:
                continue
            for s in range(len(self.contacts)):
                if model.random.random() < model.p_touch:
                    case.touches.append((FIRST_SECTOR + s, model.step_number))
                    model.count("touches_after_identification")
