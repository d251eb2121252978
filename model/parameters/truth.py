"""Parameters of the truth: who is victimized, for how long, and what they know about it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from streetlight.model.names import CLASSES
from streetlight.model.parameters.card import ByClass, ParameterGroup, card

MOST_YOUTH_SPREAD = 0.034  # a third of the share of youth among residents


class Incidence(ParameterGroup):
    """Onset of first spells among youth aged 12-17, and the attributes drawn at onset."""

    onset_rate: float = card(200.0, "onset rate, mean over the built-in US table",
        "per 100,000 youth-years (12-17)", 50, 600, "D", "R9 R4", "P1", "lognormal")
    place_ratio: ByClass = card((1.0, 1.0, 1.1, 1.0), "true incidence relative to large metro",
        "ratio", 0.5, 2.0, "S, conflicting", "R9 R14 R61", "P2", "lognormal", "positive", CLASSES)
    poverty_ratio: float = card(3.0, "incidence in poor against other households", "ratio",
        1.5, 5.0, "S", "R14 R9", "P3", "lognormal", "positive")
    high_risk_ratio: float = card(5.0,
        "incidence in care, runaway or unstable housing against other youth", "ratio", 3, 9, "D",
        "R9", "P4", "lognormal", "positive")
    high_risk_share: float = card(0.05, "share of youth in the high-risk group", "share",
        0.02, 0.10, "A", "assumed", "P5", "beta", "share")
    frailty_cv: float = card(0.3,
        "variation between communities that nobody can see (gamma, mean 1)",
        "coefficient of variation", 0.1, 0.6, "A", "assumed", "P6", "uniform")
    poverty_context: float = card(0.0,
        "log rate of a place where all are poor, for all its youth alike, beside poverty_ratio",
        "log ratio", 0.0, 1.5, "A", "assumed; 0: poverty acts on households alone", "", "uniform",
        "real")
    youth_spread: float = card(0.0,
        "how much the true share of youth (10-17) among residents differs between places, around "
        "the share that the region's table has them all at (0.10345 in the built-in one); 0: as in "
        "the table", "share (standard deviation)", 0.0, 0.025, "D",
        "0.018 (0.010-0.025) gives the 2nd to 98th percentile of real counties, 6.7-14.1%; off, "
        "since rates then have no common denominator (docs/model.md, section 3)", "P85", "uniform",
        "share")
    covariate_effect: float = card(0.0,
        "log rate per unit of the region's placebo covariate; 0 = no causal weight", "log ratio",
        0, 0, "A", "assumed: no causal weight for highways or density", "", "fixed", "real")
    age_mode: float = card(14.5, "most likely age at first onset (triangular on 12 to 18)", "years",
        12, 17, "S, mixed", "R36 R72", "P8", "triangular", "positive")
    type_mix: tuple[float, float, float] = card((0.65, 0.25, 0.10),
        "exploitation type: sexual, labour or criminal, both", "shares, sum 1", 0.05, 0.8, "S",
        "R12 R34 R73", "P9", "dirichlet", "share", ("sexual", "labour or criminal", "both"))
    gender_mix: tuple[float, float, float] = card((0.49, 0.48, 0.03),
        "gender of victimized youth: girls, boys, gender-diverse", "shares, sum 1", 0.01, 0.7, "D",
        "R9 (girls 1.3%, boys about equal); small share assumed", "", "dirichlet", "share",
        ("girls", "boys", "gender-diverse"))
    family_controlled: ByClass = card((0.25, 0.25, 0.45, 0.45), "exploited by family or kin",
        "probability", 0.10, 0.60, "S direction, A level", "R17 R73 R64", "P10", "beta",
        "probability", CLASSES)
    known_offender: ByClass = card((0.5, 0.5, 0.8, 0.8), "offender known in the community",
        "probability", 0.3, 0.95, "S direction, A level", "R60", "P11", "beta", "probability",
        CLASSES)
    normalise: Literal["us", "region"] = card("us",
        "table on which the mean onset rate equals onset_rate", "choice", 0, 0, "A",
        "our choice: one state alone has the same onsets as within the country")

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        for name in ("type_mix", "gender_mix"):
            if abs(sum(getattr(self, name)) - 1.0) > 1e-9:
                raise ValueError(f"{name}: the three shares must sum to 1")
        if self.youth_spread > MOST_YOUTH_SPREAD:
            raise ValueError(
                f"youth_spread: {self.youth_spread!r} must be at most {MOST_YOUTH_SPREAD}, so that "
                "three standard deviations leave some youth everywhere"
            )
        if not 12.0 <= self.age_mode <= 18.0:
            raise ValueError(f"age_mode: {self.age_mode!r} must lie between 12 and 18")
        return self


class Spell(ParameterGroup):
    """How a spell becomes recognisable and how it ends without help."""

    below_one = ("reexploited_12m",)

    exit_hazard: float = card(0.02, "natural exit, without any identification", "per month",
        0.015, 0.035, "A", "assumed; range narrowed in the joint fit (docs/calibration.md)", "P12",
        "lognormal", "positive")
    recognisable_floor: float = card(0.2,
        "recognisability to providers and public at onset, relative to its full value", "ratio",
        0.0, 1.0, "A", "assumed; serves SF11 (R36)", "", "uniform", "share")
    recognisable_months: float = card(30.0, "time until recognisability reaches its full value",
        "months", 24, 36, "A", "assumed; serves SF11 (R36)", "", "uniform", "positive")
    reexploited_12m: float = card(0.35,
        "exploited again within 12 months of an end without services", "probability", 0.15, 0.6,
        "A", "no usable source", "P61", "beta", "probability")
    reexploited_ratio_served: float = card(0.6, "hazard ratio of re-exploitation with services",
        "ratio", 0.3, 0.95, "S upper bound", "R65", "P62", "lognormal")
    reexploited_after: Literal["any end", "identification"] = card("any end",
        "which ends of a spell can be followed by another", "choice", 0, 0, "A", "assumed")


class Knowing(ParameterGroup):
    """Being told, recognising oneself, and self-blame."""

    below_one = ("told_stock",)
    at_least_one = ("told_ratio",)  # to be told never lowers it

    told_stock: float = card(0.10, "youth reached by education without added spending", "share",
        0.0, 0.3, "A", "assumed", "", "uniform", "share")
    told_half_life: float = card(12.0, "half-life of the stock of told youth, and of prevention",
        "months", 6, 36, "A", "R52", "P64", "lognormal", "positive")
    contacts: float = card(5.0, "people a youth hears from", "persons", 2, 15, "A", "assumed", "",
        "uniform")
    told_per_trained_contact: float = card(0.02,
        "told what exploitation is, per contact with a trained worker", "probability", 0.0, 0.1,
        "A", "assumed", "", "uniform", "probability")
    self_recognition: float = card(0.0075, "spontaneous self-recognition", "per month", 0.003, 0.03,
        "D", "R36", "P14", "lognormal")
    told_ratio: float = card(2.5, "self-recognition after being told", "ratio", 1.1, 6.0, "S",
        "R52", "P15", "lognormal", "positive")
    self_blame: float = card(0.5, "blames self at the start", "probability", 0.2, 0.8, "A",
        "existence: R1", "P16", "beta", "probability")
    told_not_ones_fault: float = card(0.3, "being told removes self-blame", "probability", 0.0, 0.8,
        "A", "assumed", "", "uniform", "probability")


class Disclosure(ParameterGroup):
    """Telling someone, and what smallness does to it."""

    at_least_one = ("channel_ratio",)  # a channel never lowers it

    hazard: float = card(0.05, "disclosure once recognised, large city, stranger", "per month",
        0.01, 0.10, "A", "R56", "P18", "lognormal")
    blame_ratio: float = card(0.4, "disclosure while blaming oneself", "ratio", 0.2, 0.8, "A",
        "assumed", "P17", "uniform", "share")
    anonymity_ratio: float = card(0.55, "disclosure at the highest acquaintance density", "ratio",
        0.3, 1.0, "S direction, A level", "R58 R50; 1.0 is included for R59", "P19", "uniform",
        "share")
    known_offender_ratio: float = card(0.5, "disclosure if the offender is known locally", "ratio",
        0.25, 0.9, "S direction", "R59", "P20", "uniform", "share")
    acquaintance_population: float = card(25_000.0,
        "population at which acquaintance density is half its maximum", "persons", 5_000, 100_000,
        "A", "assumed", "", "lognormal", "positive")
    acquaintance_slope: float = card(1.0, "steepness of acquaintance density in log population",
        "exponent", 0.5, 2.0, "A", "assumed", "", "uniform", "positive")
    formal_share: float = card(0.2, "disclosure goes to a formal body", "probability", 0.05, 0.35,
        "D", "R56", "P21", "beta", "probability")
    peer_share: float = card(0.5,
        "otherwise to a peer rather than an adult; read by nothing, as both act alike",
        "probability", 0.3, 0.7, "S2", "R56", "P22", "beta", "probability")
    confidant_acts: float = card(0.36, "the confidant takes action", "probability", 0.2, 0.55, "S",
        "R12", "P23", "beta", "probability")
    channel_ratio: float = card(1.6, "disclosure with a text or chat channel, if known", "ratio",
        1.1, 3.0, "S direction, A level", "R47 R48", "P24", "lognormal", "positive")
    channel_relief: float = card(0.5, "share of the small-town penalty that the channel removes",
        "share", 0.1, 0.8, "A", "bounded by R49", "P25", "uniform", "share")
    channel_coverage: float = card(0.1, "confidential-channel coverage without added spending",
        "share", 0.0, 0.5, "A", "assumed", "", "uniform", "share")
