"""Section 8: cases, and the pools of communities that share investigators and places."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import mesa

if TYPE_CHECKING:
    from .community import Community
    from .model import PlainModel
    from .youth import Spell, Victim

ALMOST = 1.0 - 1e-9  # ten credits of 0.1 are one


@dataclass(slots=True, eq=False)
class Report:
    """A report by a channel; youth and spell are None when it is false."""

    community: Community
    channel: int
    youth: Victim | None = None
    spell: Spell | None = None


@dataclass(slots=True, eq=False)
class Case:
    """An agency's file: about a spell of a youth, or about nothing (youth is None)."""

    community: Community
    youth: Victim | None
    spell: Spell | None
    arrived: int
    recalled_onset: float | None = None
    begun: int | None = None
    closed: int | None = None
    outcome: str = ""
    touches: list[tuple[int, int]] = field(default_factory=list)  # (channel, step)

    def close(self, outcome: str) -> None:
        """Close; from now on a report of this youth opens a new case."""
        self.closed = self.community.model.step_number
        self.outcome = outcome
        if self.youth is not None and self.youth.open_case is self:
            self.youth.open_case = None
        if self.spell is not None:
            self.spell.had_closed_case = True


class Pool(mesa.Agent):
    """Communities that share a queue, investigators and service places."""

    model: PlainModel

    def __init__(self, model: PlainModel, communities: list[Community]) -> None:
        super().__init__(model)
        self.communities = communities
        for community in communities:
            community.pool = self
        self.queue: deque[Case] = deque()
        self.under_investigation: deque[Case] = deque()
        self.credits = 0.0
        self.place_credits = self.places()

    def capacity(self) -> float:
        """Investigations a step."""
        model = self.model
        baseline: list[float] = model.baseline_investigators
        staff = sum(baseline[c.index] + c.investigators_bought for c in self.communities)
        a_month = model.parameters.assessment.investigations_per_month
        return staff * a_month * 12.0 / model.clock.steps_per_year

    def places(self) -> float:
        """Service places."""
        by_class = self.model.parameters.services.places
        return sum(
            by_class[c.place] * c.youth / 100_000 + c.places_bought for c in self.communities
        )

    def backlog(self) -> int:
        """Screened-in cases that wait for an investigator."""
        return sum(case.closed is None for case in self.queue)

    def gain_credits(self) -> None:
        """Investigations and places that become possible in this step."""
        capacity, places = self.capacity(), self.places()
        self.credits = self._gained(self.credits, capacity, max(1.0, capacity))
        freed = places / self.model.place_steps
        self.place_credits = self._gained(self.place_credits, freed, max(1.0, places))

    def _gained(self, held: float, gain: float, most: float) -> float:
        """Credits after a gain, "held at most" `most`; the two readings differ in what is lost."""
        if self.model.credits_capped == "after gain":
            return min(held + gain, most)
        return min(held, most) + gain

    def file(self, report: Report) -> None:
        """Attach a report to the youth's open case, or open one and screen it."""
        model, youth, spell = self.model, report.youth, report.spell
        if youth is not None and youth.open_case is not None:
            youth.open_case.touches.append((report.channel, model.step_number))
            return
        case = Case(report.community, youth, spell, model.step_number)
        case.touches.append((report.channel, model.step_number))
        p_screened_in = report.community.screen_in
        if spell is not None:
            sd = model.parameters.recording.recall_sd * model.clock.steps_per_year / 12.0
            recalled = spell.start + model.random.gauss(0.0, sd)
            case.recalled_onset = min(recalled, float(model.step_number))
            if spell.had_closed_case:
                ratio = model.parameters.assessment.after_closed_ratio
                p_screened_in = min(1.0, p_screened_in * ratio)
        if model.step_number >= 0:
            model.case_file.append(case)
        if model.random.random() >= p_screened_in:
            case.close("screened out")
            return
        model.count("screened_in" if youth is not None else "false_screened_in")
        if youth is not None and youth.spell is not spell:  # ended earlier in this very step
            case.close("spell ended")
            return
        if youth is not None:
            youth.open_case = case
        self.queue.append(case)

    def work(self) -> None:
        """Open investigations while credits last, then take the decisions that are due."""
        model, queue = self.model, self.queue
        limited = model.parameters.switches.limited_capacity
        while queue and (queue[0].closed is not None or not limited or self.credits >= ALMOST):
            case = queue.popleft()
            if case.closed is not None:
                continue
            if limited:
                self.credits -= 1.0
            case.begun = model.step_number
            case.community.investigations_of_year += 1
            model.count("investigated" if case.youth is not None else "false_investigated")
            self.under_investigation.append(case)
        due = model.step_number - model.investigation_steps
        running = self.under_investigation
        while running and running[0].begun is not None and running[0].begun <= due:
            self._decide(running.popleft())

    def _decide(self, case: Case) -> None:
        model, assessment = self.model, self.model.parameters.assessment
        youth = case.youth
        if youth is None:
            wrong = model.random.random() < assessment.wrong_substantiation
            case.close("wrongly identified" if wrong else "not substantiated")
            if wrong:
                model.count("false_identified")
                self._record_identification(case)
            return
        if case.spell is not youth.spell:
            case.close("no finding")
            return
        p = assessment.substantiation
        if youth.family:
            p *= assessment.family_ratio
        if case.begun is not None and case.begun - case.arrived > model.backlog_steps:
            p *= assessment.backlog_ratio
        if model.random.random() < p:
            case.close("identified")
            self._record_identification(case)
            model.identify(youth, case)
        else:
            case.close("not substantiated")

    @staticmethod
    def _record_identification(case: Case) -> None:
        case.community.identified_now += 1
        case.community.identified_of_year += 1

    def offer_place(self, youth: Victim) -> None:
        """Phase 10: a place for an identified youth, if there is one."""
        model, services = self.model, self.model.parameters.services
        if self.place_credits < ALMOST:
            model.count("offered_no_place")
            return
        near = services.distance_ratio[youth.community.place]
        distance = near + (1.0 - near) * youth.community.relief
        if model.random.random() < services.uptake * distance:
            self.place_credits -= 1.0
            youth.served = True
            model.count("served")
