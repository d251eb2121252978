"""Parameters of what happens to a report: false reports, assessment, services, the record."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from streetlight.model.names import CLASSES, SECTORS
from streetlight.model.parameters.attention import ALONE_OR_MIXED, Pair
from streetlight.model.parameters.card import ByClass, BySector, ParameterGroup, card


class Reporting(ParameterGroup):
    """True and false reports."""

    below_one = ("unfounded", "noise_contacts", "platform_false")
    at_least_one = ("platform_mandate_ratio",)  # a duty to report makes platforms report no less

    report: BySector = card((0.45, 0.60, 0.90, 0.80, 0.70), "report given recognised",
        "probability", 0.25, 1.0, "S/D", "R14; youth services assumed", "P36", "beta",
        "probability", SECTORS)
    general_contact_rate: BySector = card((0.70, 0.15, 0.005, 0.010, 0.002),
        "contacts of youth who are not victimized", "per month", 0.001, 0.9, "A", "assumed", "",
        "lognormal", "non-negative", SECTORS)
    general_contact_high_risk: float = card(10.0,
        "contact of high-risk youth who are not victimized, against others (not school)", "ratio",
        3, 20, "A", "assumed", "", "lognormal")
    false_suspicion: BySector = card((0.004, 0.008, 0.08, 0.08, 0.08),
        "false suspicion per contact by untrained staff, before scaling", "relative", 0.001, 0.2,
        "A", "assumed; sets only the mix between sectors", "P34", "lognormal", "non-negative",
        SECTORS)
    false_trained_ratio: float = card(1.0, "false suspicion by trained against untrained staff",
        "ratio", 0.5, 2.0, "A", "assumed; may go either way", "", "lognormal")
    unfounded: float = card(0.65, "investigated reports that are not substantiated", "share",
        0.35, 0.80, "S", "R63 R75", "P47", "beta", "share")
    noise_contacts: float = card(0.75, "hotline contacts that are not about a case", "share",
        0.7, 0.8, "D", "R46", "P43", "beta", "share")
    platform_rate: float = card(1.5e-4, "tips of online platforms about an exploited youth who is "
        "fully recognisable", "per month", 3e-5, 1e-3, "A",
        "assumed: about one true report in a hundred", "", "lognormal", "non-negative")
    platform_false: float = card(0.5, "tips of platforms that are about no exploited youth",
        "share", 0.2, 0.8, "A", "assumed; the same where a law makes platforms report", "",
        "uniform", "share")
    platform_mandate_ratio: float = card(10.5,
        "tips of platforms where a law makes all of them report, against before", "ratio", 5, 12,
        "S", "R83 (before and after one law, whole country)", "P81", "lognormal", "positive")


class Assessment(ParameterGroup):
    """Screening, investigators, the queue, substantiation."""

    screen_in: float = card(0.6, "screened in, mean over communities", "probability", 0.3, 0.9,
        "S variability, A level", "R77", "P53", "beta", "probability")
    screen_in_sd: float = card(0.15, "screening, spread between communities (beta)",
        "standard deviation", 0.0, 0.25, "S variability, A level", "R77", "P53", "uniform")
    investigations_per_month: float = card(4.5, "investigations per investigator", "per month",
        3, 8, "D", "R30 R79", "P52", "uniform", "positive")
    utilisation: float = card(0.9, "baseline investigations needed over investigators' capacity",
        "ratio", 0.7, 1.1, "A", "assumed", "", "uniform", "positive")
    posts: Literal["seen", "solved"] = card("seen",
        "investigators: what a government sees (youth, class, effort), or solved in every future "
        "and place for its own hidden workload", "choice", 0, 0, "A",
        "assumed (docs/model.md, section 8)")
    investigators: ByClass = card((0.695, 0.634, 0.522, 0.423),
        "investigators whose capacity is the workload of the defaults", "per 100,000 youth (10-17)",
        0.1, 5.0, "D", "solved at the defaults (studies/attention.py)", "", "fixed", "non-negative",
        CLASSES)
    posts_exponent: float = card(1.0, "power of lasting effort that posts follow", "exponent", 0.0,
        1.0, "A", "at 0 identified cannot be uneven", "P78p", "uniform")
    discipline: Literal["first come", "strength", "youngest"] = card("strength",
        "who is investigated first", "choice", 0, 0, "A", "assumed")
    triage_accuracy: float = card(0.70,
        "chance that a true case is put before a false one, by strength of evidence", "probability",
        0.55, 0.85, "A", "R86; R87 reached 0.84 for placement", "P82", "uniform", "probability")
    lapse_weeks: float = card(26.0,
        "wait after which a case is closed without an investigation; 0: never", "weeks", 0, 104,
        "A", "assumed", "", "uniform")
    investigation_weeks: float = card(4.0,
        "time from the start of an investigation to its decision", "weeks", 0, 12, "A", "assumed",
        "", "uniform")
    substantiation: float = card(0.55, "substantiated given a true report investigated in time",
        "probability", 0.3, 0.7, "S", "R75 R63", "P54", "beta", "probability")
    family_ratio: float = card(0.6, "substantiation if family-controlled", "ratio", 0.3, 0.9,
        "S direction", "R17", "P55", "uniform", "share")
    backlog_weeks: float = card(4.3, "wait beyond which substantiation suffers", "weeks", 2, 12,
        "A", "one month as in P56", "", "fixed")
    backlog_ratio: float = card(0.7, "substantiation after a longer wait", "ratio", 0.4, 1.0, "A",
        "direction: R76", "P56", "uniform", "share")
    wrong_substantiation: float = card(0.02, "a false report is substantiated", "probability",
        0.0, 0.1, "A", "assumed", "", "uniform", "probability")
    after_closed_ratio: float = card(1.0, "screening-in after an earlier closed case", "ratio",
        0.5, 1.5, "A", "assumed", "", "uniform")
    pool_population: float = card(100_000.0,
        "communities below this size share investigators and places", "persons", 0, 1_000_000, "A",
        "assumed")
    pool_size: float = card(500_000.0,
        "people an investigation region of small communities holds at least", "persons",
        100_000, 1_000_000, "A", "assumed: about half a full-time post at baseline")

    @model_validator(mode="after")
    def _triage_is_no_worse_than_chance(self) -> Self:
        if not 0.5 <= self.triage_accuracy < 1.0:
            raise ValueError(
                f"triage_accuracy: {self.triage_accuracy!r} must be at least 0.5 and below 1"
            )
        return self

    @model_validator(mode="after")
    def _the_beta_exists(self) -> Self:
        if self.screen_in_sd**2 >= max(self.screen_in * (1 - self.screen_in), 1e-12):
            raise ValueError(
                f"screen_in_sd: {self.screen_in_sd!r} is too wide for mean {self.screen_in!r}"
            )
        return self


class Services(ParameterGroup):
    """Limited places after identification."""

    places: ByClass = card((8.0, 4.0, 0.0, 0.0), "specialist service places",
        "per 100,000 youth (10-17)", 0, 20, "S", "R68", "P58", "lognormal", "non-negative", CLASSES)
    distance_ratio: ByClass = card((1.0, 1.0, 0.5, 0.5), "uptake of an offered place", "ratio",
        0.3, 1.0, "S", "R57", "P59", "uniform", "share", CLASSES)
    uptake: float = card(0.7, "accepts services if offered", "probability", 0.4, 0.9, "A",
        "assumed", "P60", "beta", "probability")
    service_months: float = card(9.0, "how long a youth holds a place", "months", 3, 18, "A",
        "assumed", "", "uniform", "positive")


class Recording(ParameterGroup):
    """What is written down and what is published."""

    publish_small: float = card(0.21, "agency takes part in a publication year, population near 0",
        "probability", 0.1, 0.8, "D direction, A level", "R21", "", "uniform", "probability")
    publish_large: float = card(0.97, "agency takes part in a publication year, large population",
        "probability", 0.7, 1.0, "D direction, A level", "R21", "", "uniform", "probability")
    publish_population: float = card(100_000.0, "population halfway between the two", "persons",
        30_000, 500_000, "A", "assumed", "", "lognormal", "positive")
    touch_months: float = card(6.0,
        "time after identification in which other sectors still record the youth", "months", 3, 12,
        "A", "assumed", "", "fixed")
    touch_rate: float = card(0.002, "recorded contact with each sector in that time", "per month",
        0.0005, 0.05, "D", "fitted to list overlap 4-12% (R22)", "", "lognormal")
    recall_sd: float = card(4.0, "error of the onset as recalled", "months", 0, 12, "A", "assumed",
        "", "uniform")
    participation_ar: float = card(0.876,
        "correlation of taking part in publication between years (probit scale)", "correlation",
        0.6, 0.95, "D", "R21", "P77", "uniform", "share")
    participation_training: float = card(0.3,
        "taking part where all whom the class leaves untrained are trained", "probit", 0.0, 2.0,
        "A", "assumed", "", "uniform")
    participation_denial: float = card(0.3,
        "taking part where none of the denial of the class is left", "probit", 0.0, 2.0, "A",
        "assumed", "", "uniform")
    silence_known: bool = card(False,
        "rules see which places took part in publication, and so tell silence from zero", "switch",
        0, 1, "A", "police data cannot tell them apart (R21)")
    research_asked: float = card(500.0,
        "youth (12-17) whom a research project asks in a community and year, where it covers all",
        "persons", 0.0, 2000.0, "A", "assumed: a standard package of the survey lever", "",
        "uniform")
    recorded: float = card(0.2,
        "reports that enter the books, mean over places, where recording differs", "share", 0.1,
        0.5, "D", "R21: a share of mean m has squared CV at most (1 - m) / m", "P75r", "fixed",
        "share")
    recorded_cv: Pair = card((1.57, 1.35),
        "variation of that share between places that record, and years (beta)",
        "coefficient of variation", 0.7, 1.8, "D", "R21", "P75r", "fixed", "positive",
        ALONE_OR_MIXED)
    never: Pair = card((0.075, 0.057), "places that never record", "share", 0.0, 0.43, "D", "R21",
        "P74", "fixed", "share", ALONE_OR_MIXED)
    recorded_area_share: Pair = card((0.34, 0.36),
        "part of the variance of recording (normal scale) that an area has in common", "share", 0.0,
        0.6, "D", "R21", "P78", "fixed", "share", ALONE_OR_MIXED)
    recorded_year_share: Pair = card((0.47, 0.53),
        "part of the variance of recording (normal scale) that moves from year to year", "share",
        0.0, 0.7, "D", "R21", "P76", "fixed", "share", ALONE_OR_MIXED)
    recorded_year_ar: float = card(0.58,
        "correlation of the moving part of recording between years", "correlation", 0.5, 0.9, "D",
        "R21", "P76", "uniform", "share")
    linked: bool = card(True,
        "case files carry a pseudonym of the youth across cases", "switch", 0, 1, "A",
        "where cases are not linked: False")
    link_missed: float = card(0.05, "a case gets a new pseudonym though its youth has one",
        "probability", 0.0, 0.3, "A", "assumed", "", "fixed", "probability")
    link_false: float = card(0.005,
        "a case gets the pseudonym of the youth of the case written down before it in its place",
        "probability", 0.0, 0.1, "A", "assumed", "", "fixed", "probability")
    end_learned: float = card(0.3,
        "agency learns when exploitation ended that its case did not end, with the error of recall",
        "probability", 0.0, 1.0, "A", "assumed", "", "fixed", "probability")
    casework_touch: float = card(0.0,
        "each sector records the youth when an investigation begins: dependence between channels "
        "by casework", "probability", 0.0, 0.3, "A", "nobody knows, so vary it", "", "fixed",
        "probability")
    agencies_alike: float = card(0.7,
        "part of what a place's recording has of its own that its four agencies have in common",
        "share", 0.0, 1.0, "A", "assumed", "", "uniform", "share")

    @model_validator(mode="after")
    def _shares_can_vary_so(self) -> Self:
        for k, label in enumerate(ALONE_OR_MIXED):
            if not self.recorded + self.never[k] < 1.0 or self.recorded <= 0.0:
                raise ValueError(
                    f"recorded: {self.recorded!r} must be above 0, and below 1 - never "
                    f"({label}) = {1.0 - self.never[k]!r}"
                )
            mean = self.recorded / (1.0 - self.never[k])
            if self.recorded_cv[k] ** 2 >= (1.0 - mean) / mean:
                raise ValueError(
                    f"recorded_cv: {self.recorded_cv[k]!r} ({label}): a share of mean {mean:.3g} "
                    f"varies by less than {((1.0 - mean) / mean) ** 0.5:.3g}"
                )
            moving = self.recorded_area_share[k] + self.recorded_year_share[k]
            if moving > 1.0:
                raise ValueError(
                    f"recorded_area_share and recorded_year_share ({label}) must not sum to more "
                    f"than 1, and are {moving!r}"
                )
        return self


class Feedback(ParameterGroup):
    """What the published record does to the world, each part behind a switch."""

    follow_share: float = card(0.5,
        "share of discretionary resources that follows last year's published reports", "share",
        0, 1, "A", "literature: R62", "P57", "uniform", "share")
    discretionary_share: float = card(0.2, "share of background training that is discretionary",
        "share", 0, 1, "A", "assumed", "", "uniform", "share")
    follow_cap: float = card(5.0,
        "largest ratio of a community's followed resources to its per-youth share", "ratio", 1, 20,
        "A", "assumed", "", "uniform", "positive")
    moves: Literal["training", "training and posts"] = card("training",
        "what follows the record: background training alone, or investigators too", "choice", 0, 0,
        "A", "assumed")
    starts: Literal["record", "policy"] = card("record",
        "when resources begin to follow: the second year of the record, or the first policy year",
        "choice", 0, 0, "A", "policy: for a comparison with its absence from the same start")
    publicity_denial: float = card(0.01,
        "denial removed by one publicised identification per 100,000 residents", "share", 0.0, 0.1,
        "A", "assumed", "", "uniform", "share")
    publicity_salience: float = card(0.05,
        "campaign dose of one publicised identification per 100,000 residents",
        "standard campaigns", 0.0, 0.5, "A", "assumed", "", "uniform")
    news_market: float = card(50_000.0,
        "smallest population over which news of an identification spreads", "persons",
        10_000, 500_000, "A", "assumed", "", "lognormal", "positive")


class Agency(ParameterGroup):
    """How far agencies are from the truth (docs/planning.md).

    Beliefs are drawn once a future, errors of census data once a world.
    """

    log_error_sd: float = card(0.5,
        "standard deviation of the log error of each thing an agency believes about risk and "
        "response", "log ratio", 0.0, 1.0, "A", "assumed", "", "uniform")
    leaves_out: Literal["drawn", "nothing", "queue", "channel", "services"] = card("drawn",
        "the interaction that an agency's model leaves out: queues, what a channel needs to be "
        "known, services; drawn: one of them with probability `omits`", "choice", 0, 0, "A",
        "assumed")
    omits: float = card(0.5,
        "probability that an agency's model leaves one interaction out, if drawn", "probability",
        0.0, 1.0, "A", "assumed", "", "uniform", "probability")
    poverty_error: float = card(0.04,
        "standard error of the poverty share in census data, as rules read it, at 10,000 people; "
        "falls with the root of population to 0.005; 0: no error", "share", 0.02, 0.08, "A",
        "our arithmetic on the American Community Survey, not its published margins: five years "
        "reach some 250 of the 2,300 children of such a place, as good as 110 drawn alone since "
        "siblings are poor together, so sqrt(0.2 x 0.8 / 110) = 0.04; the 0.15 of P84 would be "
        "three quarters of the share itself", "P84", "uniform", "share")

    youth_error: float = card(0.06,
        "relative standard error of the number of youth in census data, as rules read it, at "
        "10,000 people, where incidence.youth_spread is on; falls with the root of population to "
        "0.005; 0: no error", "ratio", 0.02, 0.10, "A",
        "our arithmetic on the American Community Survey: of the 1,034 youth of such a place five "
        "years reach some 110, as good as 75 drawn alone since siblings live together, so "
        "sqrt(0.9 / 75) = 0.11, halved since totals are fitted to counts of births and deaths", "",
        "uniform", "share")


class Levers(ParameterGroup):
    """Scales on the table of levers (model/data/levers.csv), and what levers do."""

    unit_cost_ratio: float = card(1.0, "factor on all unit costs", "ratio", 0.3, 3.0, "A",
        "see the table of levers", "", "lognormal", "positive")
    fixed_cost_ratio: float = card(1.0, "factor on all fixed costs", "ratio", 0.0, 5.0, "A",
        "see the table of levers", "", "lognormal")
    minimum_ratio: float = card(1.0, "factor on the smallest useful units of all levers", "ratio",
        0.0, 5.0, "A", "see the table of levers", "", "uniform")
    team_travel_ratio: float = card(1.1,
        "unit costs of a regional team of several communities against one community's own (levers "
        "with a fixed cost)", "ratio", 1.0, 1.3, "A", "assumed", "", "uniform", "positive")
    prevention_ratio: float = card(0.85, "onset hazard of youth who completed prevention", "ratio",
        0.6, 1.0, "S proxy, shrunk A", "R65", "P63", "triangular", "share")
    economic_ratio: float = card(0.93, "onset hazard of youth in supported poor households",
        "ratio", 0.85, 1.0, "S proxy", "R70", "P65", "triangular", "share")
    survey_disclosed: float = card(0.6, "exploited youth who say so in an anonymous survey",
        "share", 0.3, 0.9, "A", "assumed", "", "beta", "share")

    @model_validator(mode="after")
    def _somebody_says_so(self) -> Self:
        if self.survey_disclosed <= 0.0:
            raise ValueError(f"survey_disclosed: {self.survey_disclosed!r} must be above 0")
        return self
