"""Parameters of the truth: who is victimized, for how long, and what they know about it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import model_validator

from streetlight.model.names import CLASSES
from streetlight.model.parameters.card import ByClass, Card, Group


class Incidence(Group):
    """Onset of first spells among youth aged 12-17, and the attributes drawn at onset."""

    onset_rate: Annotated[float, Card(
        "onset rate, mean over the built-in US table", "per 100,000 youth-years (12-17)",
        50, 600, "D", "R9 R4", "P1", "lognormal")] = 200.0
    place_ratio: Annotated[ByClass, Card(
        "true incidence relative to large metro", "ratio", 0.5, 2.0, "S, conflicting",
        "R9 R14 R61", "P2", "lognormal", "positive", CLASSES)] = (1.0, 1.0, 1.1, 1.0)
    poverty_ratio: Annotated[float, Card(
        "incidence in poor against other households", "ratio", 1.5, 5.0, "S", "R14 R9", "P3",
        "lognormal", "positive")] = 3.0
    high_risk_ratio: Annotated[float, Card(
        "incidence in care, runaway or unstable housing against other youth", "ratio", 3, 9,
        "D", "R9", "P4", "lognormal", "positive")] = 5.0
    high_risk_share: Annotated[float, Card(
        "share of youth in the high-risk group", "share", 0.02, 0.10, "A", "assumed", "P5",
        "beta", "share")] = 0.05
    frailty_cv: Annotated[float, Card(
        "variation between communities that nobody can see (gamma, mean 1)",
        "coefficient of variation", 0.1, 0.6, "A", "assumed", "P6", "uniform")] = 0.3
    covariate_effect: Annotated[float, Card(
        "log rate per unit of the region's placebo covariate; 0 = no causal weight", "log ratio",
        0, 0, "A", "assumed: no causal weight for highways or density", "", "fixed", "real")] = 0.0
    age_mode: Annotated[float, Card(
        "most likely age at first onset (triangular on 12 to 18)", "years", 12, 17, "S, mixed",
        "R36 R72", "P8", "triangular", "positive")] = 14.5
    type_mix: Annotated[tuple[float, float, float], Card(
        "exploitation type: sexual, labour or criminal, both", "shares, sum 1", 0.05, 0.8, "S",
        "R12 R34 R73", "P9", "dirichlet", "share",
        ("sexual", "labour or criminal", "both"))] = (0.65, 0.25, 0.10)
    gender_mix: Annotated[tuple[float, float, float], Card(
        "gender of victimized youth: girls, boys, gender-diverse", "shares, sum 1", 0.01, 0.7,
        "D", "R9 (girls 1.3%, boys about equal); small share assumed", "", "dirichlet", "share",
        ("girls", "boys", "gender-diverse"))] = (0.49, 0.48, 0.03)
    family_controlled: Annotated[ByClass, Card(
        "exploited by family or kin", "probability", 0.10, 0.60, "S direction, A level",
        "R17 R73 R64", "P10", "beta", "probability", CLASSES)] = (0.25, 0.25, 0.45, 0.45)
    known_offender: Annotated[ByClass, Card(
        "offender known in the community", "probability", 0.3, 0.95, "S direction, A level",
        "R60", "P11", "beta", "probability", CLASSES)] = (0.5, 0.5, 0.8, 0.8)
    normalise: Annotated[Literal["us", "region"], Card(
        "table on which the mean onset rate equals onset_rate", "choice", 0, 0, "A",
        "design choice: one state alone has the same onsets as within the country")] = "us"

    @model_validator(mode="after")
    def _shares_sum_to_one(self) -> Self:
        for name in ("type_mix", "gender_mix"):
            if abs(sum(getattr(self, name)) - 1.0) > 1e-9:
                raise ValueError(f"{name}: the three shares must sum to 1")
        if not 12.0 <= self.age_mode <= 18.0:
            raise ValueError(f"age_mode: {self.age_mode!r} must lie between 12 and 18")
        return self


class Spell(Group):
    """How a spell becomes recognisable and how it ends without help."""

    exit_hazard: Annotated[float, Card(
        "natural exit, without any identification", "per month", 0.015, 0.035, "A",
        "assumed; range narrowed in the joint fit (docs/calibration.md)", "P12", "lognormal",
        "positive")] = 0.02
    recognisable_floor: Annotated[float, Card(
        "recognisability to providers and public at onset, relative to its full value",
        "ratio", 0.0, 1.0, "A", "assumed; serves SF11 (R36)", "", "uniform", "share")] = 0.2
    recognisable_months: Annotated[float, Card(
        "time until recognisability reaches its full value", "months", 24, 36, "A",
        "assumed; serves SF11 (R36)", "", "uniform", "positive")] = 30.0
    reexploited_12m: Annotated[float, Card(
        "exploited again within 12 months of an end without services", "probability", 0.15, 0.6,
        "A", "no usable source", "P61", "beta", "probability")] = 0.35
    reexploited_ratio_served: Annotated[float, Card(
        "hazard ratio of re-exploitation with services", "ratio", 0.3, 0.95, "S upper bound",
        "R65", "P62", "lognormal")] = 0.6
    reexploited_after: Annotated[Literal["any end", "identification"], Card(
        "which ends of a spell can be followed by another", "choice", 0, 0, "A", "assumed")
        ] = "any end"

    @model_validator(mode="after")
    def _below_certainty(self) -> Self:
        if self.reexploited_12m >= 1.0:
            raise ValueError(f"reexploited_12m: {self.reexploited_12m!r} must be below 1")
        return self


class Knowing(Group):
    """Being told, recognising oneself, and self-blame."""

    told_stock: Annotated[float, Card(
        "youth reached by education without added spending", "share", 0.0, 0.3, "A", "assumed",
        "", "uniform", "share")] = 0.10
    told_half_life: Annotated[float, Card(
        "half-life of the stock of told youth, and of prevention", "months", 6, 36, "A", "R52",
        "P64", "lognormal", "positive")] = 12.0
    contacts: Annotated[float, Card(
        "people a youth hears from", "persons", 2, 15, "A", "assumed", "", "uniform")] = 5.0
    told_per_trained_contact: Annotated[float, Card(
        "told what exploitation is, per contact with a trained worker", "probability", 0.0, 0.1,
        "A", "assumed", "", "uniform", "probability")] = 0.02
    self_recognition: Annotated[float, Card(
        "spontaneous self-recognition", "per month", 0.003, 0.03, "D", "R36", "P14",
        "lognormal")] = 0.0075
    told_ratio: Annotated[float, Card(
        "self-recognition after being told", "ratio", 1.1, 6.0, "S", "R52", "P15",
        "lognormal", "positive")] = 2.5
    self_blame: Annotated[float, Card(
        "blames self at the start", "probability", 0.2, 0.8, "A", "existence: R1", "P16", "beta",
        "probability")] = 0.5
    told_not_ones_fault: Annotated[float, Card(
        "being told removes self-blame", "probability", 0.0, 0.8, "A", "assumed", "", "uniform",
        "probability")] = 0.3

    @model_validator(mode="after")
    def _told_never_lowers(self) -> Self:
        if self.told_ratio < 1.0:
            raise ValueError(f"told_ratio: {self.told_ratio!r} must be 1 or more")
        if self.told_stock >= 1.0:
            raise ValueError(f"told_stock: {self.told_stock!r} must be below 1")
        return self


class Disclosure(Group):
    """Telling someone, and what smallness does to it."""

    hazard: Annotated[float, Card(
        "disclosure once recognised, large city, stranger", "per month", 0.01, 0.10, "A", "R56",
        "P18", "lognormal")] = 0.05
    blame_ratio: Annotated[float, Card(
        "disclosure while blaming oneself", "ratio", 0.2, 0.8, "A", "assumed", "P17", "uniform",
        "share")] = 0.4
    anonymity_ratio: Annotated[float, Card(
        "disclosure at the highest acquaintance density", "ratio", 0.3, 1.0,
        "S direction, A level", "R58 R50; 1.0 is included for R59", "P19", "uniform",
        "share")] = 0.55
    known_offender_ratio: Annotated[float, Card(
        "disclosure if the offender is known locally", "ratio", 0.25, 0.9, "S direction", "R59",
        "P20", "uniform", "share")] = 0.5
    acquaintance_population: Annotated[float, Card(
        "population at which acquaintance density is half its maximum", "persons", 5_000, 100_000,
        "A", "assumed", "", "lognormal", "positive")] = 25_000.0
    acquaintance_slope: Annotated[float, Card(
        "steepness of acquaintance density in log population", "exponent", 0.5, 2.0, "A",
        "assumed", "", "uniform", "positive")] = 1.0
    formal_share: Annotated[float, Card(
        "disclosure goes to a formal body", "probability", 0.05, 0.35, "D", "R56", "P21", "beta",
        "probability")] = 0.2
    peer_share: Annotated[float, Card(
        "otherwise to a peer rather than an adult", "probability", 0.3, 0.7, "S2", "R56", "P22",
        "beta", "probability")] = 0.5
    confidant_acts: Annotated[float, Card(
        "the confidant takes action", "probability", 0.2, 0.55, "S", "R12", "P23", "beta",
        "probability")] = 0.36
    channel_ratio: Annotated[float, Card(
        "disclosure with a text or chat channel, if known", "ratio", 1.1, 3.0,
        "S direction, A level", "R47 R48", "P24", "lognormal", "positive")] = 1.6
    channel_relief: Annotated[float, Card(
        "share of the small-town penalty that the channel removes", "share", 0.1, 0.8, "A",
        "bounded by R49", "P25", "uniform", "share")] = 0.5
    channel_coverage: Annotated[float, Card(
        "confidential-channel coverage without added spending", "share", 0.0, 0.5, "A",
        "assumed", "", "uniform", "share")] = 0.1

    @model_validator(mode="after")
    def _channel_never_lowers(self) -> Self:
        if self.channel_ratio < 1.0:
            raise ValueError(f"channel_ratio: {self.channel_ratio!r} must be 1 or more")
        return self
