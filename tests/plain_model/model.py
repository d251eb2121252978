"""docs/model.md with one agent a youth: the week, and what is counted in the policy years."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

import mesa
import numpy as np
from scipy import stats

from streetlight.model.arrays import FloatArray
from streetlight.model.names import SECTORS
from streetlight.model.parameters import Parameters

from .agency import Case, Pool, Report
from .attention import (
    AGENCY_OF_CHANNEL,
    Attention,
    draw_attention,
    seen_posts,
    takes_part,
)
from .census import draw_counted_youth, draw_true_youth
from .clock import Clock
from .community import Community
from .outcomes import CHANNELS, CLASS_NAMES, gather
from .shocks import asked_by_research, researched, strike, tips_by_law
from .youth import PLATFORM, Susceptible, Victim


@cache
def _visibilities(cv: float) -> tuple[float, ...]:
    """The sixteen levels of section 7."""
    if cv == 0.0:
        return (1.0,)
    gamma = stats.gamma(cv**-2, scale=cv**2)
    cuts = gamma.ppf(np.arange(17) / 16)
    return tuple(16.0 * gamma.expect(lb=low, ub=high) for low, high in pairwise(cuts))


#: Effects of levers that can be handed in, each (years, C); training may also be (years, C, 5).
#: That of a survey is the number of youth who are paid for.
LEVELS = (
    "training", "campaign", "screening_universal", "screening_targeted", "education", "channel",
    "investigators", "places", "relief", "prevention", "economic", "survey", "unit", "recording",
)  # fmt: skip


A = TypeVar("A", bound=mesa.Agent)


class PlainModel(mesa.Model):
    """One agent a youth.

    region: anything with the arrays of a `Region`. false_scale, rate_norm: `false_scale` at effort
    1 and `norm` of docs/model.md. baseline_investigators: (C,); None where `assessment.posts` are
    seen. levels: lever effects already bought, see LEVELS. Drawn unless given: frailty (C,),
    screen_in (C,), attention (an `Attention` a community), true_youth and counted_youth (true over
    the region's, and the census's over the true, (C,) each) and participation (burn-in + policy
    years, C) in publication. noise_calls: calls about nothing per resident and year at full
    awareness. false_tips: of platforms, per youth and year without a law. shocks:
    `world.shocks.Shock`s or anything like them.
    """

    def __init__(
        self,
        parameters: Parameters,
        region: Any,
        *,
        years: int,
        seed: int,
        levels: Mapping[str, Any] | None = None,
        false_scale: float,
        rate_norm: float,
        baseline_investigators: Any,
        frailty: Any = None,
        screen_in: Any = None,
        attention: Sequence[Attention] | None = None,
        participation: Any = None,
        true_youth: Any = None,
        counted_youth: Any = None,
        noise_calls: float = 0.0,
        false_tips: float = 0.0,
        shocks: Sequence[Any] = (),
    ) -> None:
        super().__init__(seed=seed)
        self.parameters = self.at_first = parameters
        true = np.asarray(draw_true_youth(self, region) if true_youth is None else true_youth)
        region = replace(region, youth=region.youth * true, youth_12_17=region.youth_12_17 * true)
        self.region = region
        counted = draw_counted_youth(self, region) if counted_youth is None else counted_youth
        self.counted_youth = [float(x) for x in region.youth * np.asarray(counted)]
        uneven = parameters.attention
        level = uneven.of(uneven.effort_level) if uneven.effort_differs else 1.0
        self.false_scale, self.rate_norm = false_scale / level, rate_norm
        self.noise_calls, self.shocks = noise_calls, tuple(shocks)
        self.false_tips = false_tips if parameters.switches.platforms else 0.0
        self.n_communities = len(region.population)
        time = parameters.time
        self.clock = Clock(time.steps_per_year, time.filling_years, time.burn_in_years, years)
        self.step_number = self.clock.first_step
        self.step_of_year = 0
        self.in_policy_years = False
        self.levels = self._checked_levels(levels or {}, years)
        self._set_constants()
        self.tally: defaultdict[str, float] = defaultdict(float)
        self.case_file: list[Case] = []
        self.reports: list[Report] = []
        self.identified_now: list[Victim] = []
        self._participation_given = participation
        self.participation: list[list[bool]] = []  # a row a year from burn-in on
        self.published_reports: list[list[int]] = []
        self.published_identified: list[list[int]] = []
        frailty = self._draw_frailty() if frailty is None else np.asarray(frailty, dtype=float)
        drawn = self._draw_screen_in() if screen_in is None else np.asarray(screen_in, dtype=float)
        attention = draw_attention(self, frailty) if attention is None else attention
        posts = baseline_investigators
        if posts is None:
            posts = seen_posts(parameters, region, self.counted_youth, attention)
        posts = np.broadcast_to(np.asarray(posts, dtype=float), (self.n_communities,))
        self.baseline_investigators = posts.tolist()
        self._populate(frailty, drawn, attention)

    def _checked_levels(self, levels: Mapping[str, Any], years: int) -> dict[str, FloatArray]:
        unknown = sorted(set(levels) - set(LEVELS))
        if unknown:
            raise ValueError(f"levels: unknown {', '.join(unknown)}; allowed: {', '.join(LEVELS)}")
        shape = (years, self.n_communities)
        filled = {}
        for name in LEVELS:
            level = np.asarray(levels.get(name, 0.0), dtype=float)
            if name == "training" and level.ndim < 3:
                level = np.broadcast_to(level, shape)[..., np.newaxis]
            wanted = (*shape, len(SECTORS)) if name == "training" else shape
            filled[name] = np.broadcast_to(level, wanted).copy()
        return filled

    def _set_constants(self) -> None:
        """Probabilities and delays that are the same everywhere and always."""
        p, clock = self.parameters, self.clock
        scale = p.denial.barrier_scale
        denies = p.switches.denial and p.denial.form == "mechanisms"
        self.denial_ratio = p.denial.ratio**scale if denies else 1.0
        reference, lift = p.awareness.hotline[0], p.awareness.campaign_lift
        self.standard_dose = math.log((1.0 - reference) / (1.0 - lift * reference))
        self.p_exit = clock.p_month(p.spell.exit_hazard)
        soon = -math.log(1.0 - p.spell.reexploited_12m) / 12.0
        self.p_return = clock.p_month(soon)
        self.p_return_served = clock.p_month(soon * p.spell.reexploited_ratio_served)
        self.visibilities = _visibilities(p.encounter.visibility_cv)
        self.p_touch = clock.p_month(p.recording.touch_rate)
        self.ramp_steps = clock.months(p.spell.recognisable_months)
        self.touch_steps = clock.months(p.recording.touch_months)
        self._set_delays()

    def _set_delays(self) -> None:
        p, clock = self.parameters, self.clock
        self.investigation_steps = clock.weeks(p.assessment.investigation_weeks)
        self.backlog_steps = clock.weeks(p.assessment.backlog_weeks)
        self.place_steps = clock.months(p.services.service_months)

    def _change_parameters(self, policy_year: int) -> None:
        """Section 11: what comes into force in this policy year, 0 the first."""
        self.parameters = self.at_first.in_year(policy_year)
        if not self.at_first.later.changes:
            return
        self._set_delays()
        assert self.parameters.assessment.screen_in_sd == 0.0, "screening is drawn once"
        for community in self.communities:
            community.screen_in = self.parameters.assessment.screen_in
            community.read_reporting()
            for responder in community.responders:
                responder.read_fading()

    def _draw_frailty(self) -> FloatArray:
        cv = self.parameters.incidence.frailty_cv
        if cv == 0:
            return np.ones(self.n_communities)
        return np.asarray(self.rng.gamma(cv**-2, cv**2, self.n_communities))

    def _draw_screen_in(self) -> FloatArray:
        assessment = self.parameters.assessment
        mean, sd = assessment.screen_in, assessment.screen_in_sd
        if sd == 0:
            return np.full(self.n_communities, mean)
        size = mean * (1.0 - mean) / sd**2 - 1.0
        return np.asarray(self.rng.beta(mean * size, (1.0 - mean) * size, self.n_communities))

    def _populate(
        self, frailty: FloatArray, screen_in: FloatArray, attention: Sequence[Attention]
    ) -> None:
        self.communities = [
            Community(self, i, float(frailty[i]), float(screen_in[i]), attention[i])
            for i in range(self.n_communities)
        ]
        groups: dict[int, list[Community]] = defaultdict(list)
        if self.parameters.switches.pooling:
            a = self.parameters.assessment
            pool_of = self.region.investigation_region(a.pool_population, a.pool_size)
        else:
            pool_of = np.arange(self.n_communities)
        for community in self.communities:
            groups[int(pool_of[community.index])].append(community)
        self.pools = [Pool(self, members) for _, members in sorted(groups.items())]
        for community in self.communities:
            for _ in range(community.n_susceptible):
                Susceptible(self, community)

    # -- time

    def run(self) -> None:
        """All steps that are left."""
        while self.running:
            self.step()

    def step(self) -> None:
        """Section 2: one step, phase by phase."""
        clock = self.clock
        self.step_of_year = clock.step_of_year(self.step_number)
        self.in_policy_years = self.step_number >= clock.burn_in_years * clock.steps_per_year
        if self.step_of_year == 0:
            self._start_year()
        self._learn()
        self._each(Victim, Victim.leave)
        self._each(Victim, Victim.return_to_exploitation)
        self._each(Susceptible, Susceptible.live)
        exploited = [youth for youth in self._all(Victim) if youth.spell is not None]
        for phase in (Victim.disclose, Victim.be_noticed, Victim.meet_responders):
            for youth in exploited:
                phase(youth)
        for youth in exploited:
            if youth.recognised_by:
                youth.be_reported()
        for youth in exploited:
            youth.be_tipped()
        self._report_falsely()
        self._assess()
        self._serve()
        self._record()
        self.step_number += 1
        self.running = self.step_number < clock.end_step

    def _all(self, kind: type[A]) -> list[A]:
        """All agents of a kind, also those that will leave while the list is gone through."""
        return list(self.agents_by_type.get(kind, ()))

    def _each(self, kind: type[A], phase: Callable[[A], None]) -> None:
        """As mesa's `do`, which asks each agent for its method by name and takes twice as long."""
        for agent in self._all(kind):
            phase(agent)

    def _start_year(self) -> None:
        """Levers of this year, who takes part in publication, what follows the record."""
        year, policy_year = self.clock.year(self.step_number), None
        if self.in_policy_years:
            policy_year = self.clock.policy_year(self.step_number)
            self._change_parameters(policy_year)
        for community in self.communities:
            community.buy(policy_year)
            community.look_harder(year + self.clock.filling_years)
        self._each(Victim, Victim.follow_effort)
        if year < 0:
            return
        switches = self.parameters.switches
        for c in self.communities:
            luck = c.attention.publishing[year + self.clock.filling_years]
            c.takes_part = takes_part(c, luck) or researched(self, c, year)
            if self._participation_given is not None:
                c.takes_part = bool(self._participation_given[year][c.index])
            if not switches.publication:
                c.takes_part = True
        self.participation.append([c.takes_part for c in self.communities])
        late = self.parameters.feedback.starts == "policy" and year < self.clock.burn_in_years
        if switches.feedback and self.published_reports and not late:
            self._follow_the_record(self.published_reports[-1])

    def _follow_the_record(self, published: list[int]) -> None:
        """Section 9, feedback: phi of each community from last year's published referrals."""
        feedback = self.parameters.feedback
        d, follow = feedback.discretionary_share, feedback.follow_share
        counted = self.counted_youth
        total, youth = sum(published), sum(counted)
        for c in self.communities:
            ratio = 1.0
            if total and c.youth:
                ratio = (published[c.index] / total) / (counted[c.index] / youth)
            ratio = min(feedback.follow_cap, ratio)
            c.feedback_factor = 1.0 - d + d * ((1.0 - follow) + follow * ratio)

    # -- phases that concern more than one agent

    def _learn(self) -> None:
        excesses = [community.awareness_excess() for community in self.communities]
        for community in self.communities:
            community.learn(excesses)
        strike(self)

    def first_onset(self, community: Community) -> None:
        """Phase 4: a first onset happens, unless prevention or economic support averts it."""
        if self.random.random() < community.p_prevented():
            self.count("prevented_onsets")
            return
        self.count("first_onsets")
        self.count(f"first_onsets_{CLASS_NAMES[community.place]}")
        Victim(self, community)

    def report(self, youth: Victim, channel: int) -> None:
        """A true report, to be assessed later in this step."""
        spell = youth.spell
        assert spell is not None
        self.reports.append(Report(youth.community, channel, youth, spell))
        self._keep_books(self.reports[-1])
        self.count("reports")
        self.count(f"reports_{CHANNELS[channel]}")
        if channel < 3:
            self.count("hotline_calls")
        if spell.first_report is None:
            spell.first_report = self.step_number
            self.count("known")
            self.count("steps_until_known", self.step_number - spell.start)
            self.count(f"known_{CLASS_NAMES[youth.community.place]}")

    def _report_falsely(self) -> None:
        if not self.parameters.switches.false_reports:
            return
        for community in self.communities:
            means = [r.expected_false_reports() for r in community.responders]
            n_reports = int(self.rng.poisson(sum(means)))
            channels = self.random.choices(range(3, 8), means, k=n_reports) if n_reports else []
            for channel in channels + [PLATFORM] * self._false_tips(community):
                self.reports.append(Report(community, channel))
                self._keep_books(self.reports[-1])
                self.count("false_reports")
                self.count(f"false_reports_{CHANNELS[channel]}")

    def _false_tips(self, community: Community) -> int:
        """False tips of platforms that are taken in, in this step."""
        yearly = self.false_tips * community.youth * tips_by_law(self, community)
        mean = yearly / self.clock.steps_per_year * community.p_taken_in
        return int(self.rng.poisson(mean))

    def _keep_books(self, report: Report) -> None:
        """Section 9: a report enters the books of its agency, or not."""
        community = report.community
        share = community.books[AGENCY_OF_CHANNEL[report.channel]]
        share += (1.0 - share) * community.covered_by_records
        report.in_books = self.random.random() < share
        community.referrals_of_year += report.in_books

    def _assess(self) -> None:
        """Phase 9.  Reports are heard in the order in which they were made."""
        for report in self.reports:
            report.community.pool.file(report)
        self.reports.clear()
        for pool in self.pools:
            pool.gain_credits()
            pool.work()

    def identify(self, youth: Victim, case: Case) -> None:
        """A true case was substantiated: the spell ends now."""
        assert case.spell is not None
        self.count("steps_until_identified", self.step_number - case.spell.start)
        youth.end_spell(identified=True)
        youth.identified_by.append(case)
        youth.touched_until = self.step_number + self.touch_steps
        self.identified_now.append(youth)
        self.count("identified")
        self.count(f"identified_{CLASS_NAMES[youth.community.place]}")

    def _serve(self) -> None:
        if self.parameters.switches.services:
            self.random.shuffle(self.identified_now)
            for youth in self.identified_now:
                youth.community.pool.offer_place(youth)
        self.identified_now.clear()

    def _record(self) -> None:
        self._each(Victim, Victim.be_touched)
        if self.in_policy_years:
            self._count_active()
        for community in self.communities:
            community.publicised_before = community.publicised_now
            community.publicised_now = 0
            community.awareness_of_month.append(community.awareness)
        if self.clock.ends_month(self.step_number):
            self._answer_hotline()
        if self.step_of_year == self.clock.steps_per_year - 1:
            self._publish()
            if self.in_policy_years:
                self._ask_youth()

    def _count_active(self) -> None:
        """A spell counts at the end of each of its steps: from s to t - 1 if it ends in t."""
        for youth in self.agents_by_type.get(Victim, ()):
            spell = youth.spell
            if spell is not None:
                self.tally["active_steps"] += 1
                self.tally["active_steps_later"] += spell.later
                self.tally["known_active_steps"] += spell.first_report is not None

    def _answer_hotline(self) -> None:
        """Section 9: calls of the month that are about nothing."""
        for c in self.communities:
            aware = sum(c.awareness_of_month) / len(c.awareness_of_month)
            mean = self.noise_calls / 12.0 * aware * c.population
            self.count("hotline_calls", int(self.rng.poisson(mean)))
            c.awareness_of_month.clear()

    def _publish(self) -> None:
        """The counts of the year, 0 for communities that do not take part."""
        if self.step_number >= 0:
            reports = [c.referrals_of_year * c.takes_part for c in self.communities]
            identified = [c.identified_of_year * c.takes_part for c in self.communities]
            self.published_reports.append(reports)
            self.published_identified.append(identified)
            self.count("published_reports", sum(reports))
            self.count("published_identified", sum(identified))
        for c in self.communities:
            c.referrals_of_year = c.identified_of_year = 0

    def _ask_youth(self) -> None:
        """Section 10: surveys of the policy year that ends, one answer after the other."""
        year = self.clock.policy_year(self.step_number)
        disclosed = self.parameters.levers.survey_disclosed
        for c in self.communities:
            youth = float(self.region.youth_12_17[c.index])
            wanted = self.levels["survey"][year, c.index] + asked_by_research(self, c)
            n_asked = math.floor(min(wanted, youth))
            if not n_asked:
                continue
            victims = self.agents_by_type.get(Victim, ())
            n_open = sum(v.spell is not None for v in victims if v.community is c)
            p_says_so = min(1.0, n_open / youth) * disclosed
            said_so = sum(self.random.random() < p_says_so for _ in range(n_asked))
            self.count("survey_respondents", n_asked)
            self.count("survey_estimates", said_so / (n_asked * disclosed))

    # -- what came of it

    def count(self, what: str, number: float = 1) -> None:
        """Count an event if it happens in the policy years."""
        if self.in_policy_years:
            self.tally[what] += number

    def outcomes(self) -> dict[str, float]:
        """What happened in the policy years; see `outcomes.gather`."""
        return gather(self)

    @property
    def n_susceptible(self) -> int:
        """Youth aged 12-17: one agent each."""
        return sum(community.n_susceptible for community in self.communities)

    def release(self) -> None:
        """Let go of all agents; Mesa's own register would keep the model alive otherwise."""
        self.remove_all_agents()
        mesa.Agent._ids.pop(self, None)
