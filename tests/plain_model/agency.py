"""Section 8: cases, and the pools of communities that share investigators and places."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING

import mesa

from .outcomes import CHANNELS

if TYPE_CHECKING:
    from .community import Community
    from .model import PlainModel
    from .youth import Spell, Victim

NORMAL = NormalDist()
N_QUEUES = 16
ALMOST = 1.0 - 1e-9  # ten credits of 0.1 are one


@dataclass(slots=True, eq=False)
class Report:
    """A report by a channel; youth and spell are None when it is false."""

    community: Community
    channel: int
    youth: Victim | None = None
    spell: Spell | None = None
    in_books: bool = True


@dataclass(slots=True, eq=False)
class Case:
    """An agency's file: about a spell of a youth, or about nothing (youth is None)."""

    community: Community
    youth: Victim | None
    spell: Spell | None
    arrived: int
    in_books: bool
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
        self.arrived: list[Case] = []  # screened in, in this step
        self.queues: list[deque[Case]] = [deque() for _ in range(N_QUEUES)]
        self.decisions: defaultdict[int, list[Case]] = defaultdict(list)  # by the step they fall in
        self.credits = max(1.0, self.capacity())
        self.place_credits = max(1.0, self.places())

    def capacity(self) -> float:
        """Investigations a step."""
        model = self.model
        baseline: list[float] = model.baseline_investigators
        follow = model.parameters.feedback.moves == "training and posts"
        staff = sum(
            baseline[c.index] * (c.feedback_factor if follow else 1.0) + c.investigators_bought
            for c in self.communities
        )
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
        return sum(case.closed is None for queue in self.queues for case in queue)

    def gain_credits(self) -> None:
        """Investigations and places that become possible in this step."""
        places = self.places()
        self.credits += self.capacity()
        carried = min(self.place_credits, max(1.0, places))
        self.place_credits = carried + places / self.model.place_steps

    def file(self, report: Report) -> None:
        """Attach a report to the youth's open case, or open one and screen it."""
        model, youth, spell = self.model, report.youth, report.spell
        if youth is not None and youth.spell is not spell:  # identified earlier in this very step
            return
        if youth is not None and youth.open_case is not None:
            youth.open_case.touches.append((report.channel, model.step_number))
            return
        case = Case(report.community, youth, spell, model.step_number, report.in_books)
        case.touches.append((report.channel, model.step_number))
        p_screened_in = report.community.screen_in
        if spell is not None and spell.had_closed_case:
            ratio = model.parameters.assessment.after_closed_ratio
            p_screened_in = min(1.0, p_screened_in * ratio)
        if model.step_number >= 0:
            model.case_file.append(case)
        model.count("cases" if youth is not None else "false_cases")
        if model.random.random() >= p_screened_in:
            case.close("screened out")
            return
        model.count("screened_in" if youth is not None else "false_screened_in")
        if youth is not None:
            youth.open_case = case
        if model.parameters.switches.limited_capacity:
            self.arrived.append(case)
            return
        self._begin(case)

    def work(self) -> None:
        """Queue what arrived, begin investigations while credits last, take the decisions due."""
        self.model.random.shuffle(self.arrived)
        for case in self.arrived:
            self.queues[self._rank(case)].append(case)
        self.arrived.clear()
        self._let_lapse()
        for queue in self.queues:
            while queue and (queue[0].closed is not None or self.credits >= ALMOST):
                case = queue.popleft()
                if case.closed is None:
                    self.credits -= 1.0
                    self._begin(case)
        self.credits = min(self.credits, max(1.0, self.capacity()))
        for case in self.decisions.pop(self.model.step_number, ()):
            self._decide(case)

    def _rank(self, case: Case) -> int:
        """Number of the queue that a case joins."""
        model, assessment = self.model, self.model.parameters.assessment
        if assessment.discipline == "strength":
            strength = model.random.gauss(0.0, 1.0)
            if case.youth is not None:
                strength += math.sqrt(2.0) * NORMAL.inv_cdf(assessment.triage_accuracy)
            place = 1.0 - NORMAL.cdf(strength)
        elif assessment.discipline == "youngest":
            drawn = model.random.triangular(12.0, 18.0, model.parameters.incidence.age_mode)
            place = ((drawn if case.youth is None else case.youth.age()) - 12.0) / 6.0
        else:
            place = 0.0
        return min(N_QUEUES - 1, math.floor(N_QUEUES * place))

    def _let_lapse(self) -> None:
        """Close what has waited for too long."""
        model, weeks = self.model, self.model.parameters.assessment.lapse_weeks
        if weeks <= 0.0:
            return
        for queue in self.queues:
            for case in queue:
                waited = model.step_number - case.arrived
                if case.closed is None and waited >= model.clock.weeks(weeks):
                    case.close("lapsed")

    def _begin(self, case: Case) -> None:
        """An investigation begins, with its decision in so many weeks as holds now."""
        model = self.model
        case.begun = model.step_number
        model.count("investigated" if case.youth is not None else "false_investigated")
        model.count("steps_waited", case.begun - case.arrived)
        model.count(f"opened_{CHANNELS[case.touches[0][0]]}")
        if model.investigation_steps == 0:
            self._decide(case)
        else:
            self.decisions[model.step_number + model.investigation_steps].append(case)

    def _decide(self, case: Case) -> None:
        model, assessment = self.model, self.model.parameters.assessment
        youth = case.youth
        if youth is None:
            wrong = model.random.random() < assessment.wrong_substantiation
            case.close("wrongly identified" if wrong else "not substantiated")
            if wrong:
                model.count("false_identified")
                told_onset = case.arrived - model.random.random() * model.clock.steps_per_year
                self._record_identification(case, told_onset)
            return
        if case.spell is None or case.spell is not youth.spell:
            case.close("no finding")
            return
        p = assessment.substantiation
        if youth.family:
            p *= assessment.family_ratio
        if case.begun is not None and case.begun - case.arrived > model.backlog_steps:
            p *= assessment.backlog_ratio
        if model.random.random() < p:
            case.close("identified")
            self._record_identification(case, case.spell.start)
            model.identify(youth, case)
        else:
            case.close("not substantiated")

    def _record_identification(self, case: Case, onset: float) -> None:
        """Section 9: the onset as recalled, and what is counted and published."""
        model, community = self.model, case.community
        sd = model.parameters.recording.recall_sd * model.clock.steps_per_year / 12.0
        case.recalled_onset = min(onset + model.random.gauss(0.0, sd), float(case.arrived))
        if case.arrived >= 0:
            model.count("recalled_steps", case.arrived - case.recalled_onset)
        model.count(f"confirmed_{CHANNELS[case.touches[0][0]]}")
        community.identified_of_year += case.in_books
        if community.takes_part and model.step_number >= 0:
            community.publicised_now += 1

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
