"""Parameters of those who could notice: contact, recognition, denial, training, awareness."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from streetlight.model.names import CLASSES, SECTORS
from streetlight.model.parameters.card import ByClass, BySector, ParameterGroup, card


class Encounter(ParameterGroup):
    """Contact of exploited youth with responders, and recognition at a contact."""

    at_least_one = ("unit_ratio",)  # posts that look never make police see less

    contact_rate: BySector = card((0.85, 0.05, 0.055, 0.03, 0.007), "contacts while exploited",
        "per month", 0.003, 0.9, "D school and health, A others", "R55 R28; youth services assumed",
        "P26-P29", "lognormal", "non-negative", SECTORS)
    contact_ratio_labour: BySector = card((0.9, 0.7, 0.9, 1.6, 0.8),
        "contact of youth in labour or criminal exploitation against sexual", "ratio", 0.3, 3.0,
        "A", "assumed", "", "uniform", "non-negative", SECTORS)
    contact_ratio_high_risk: BySector = card((0.7, 1.2, 2.0, 1.5, 3.0),
        "contact of high-risk youth against others", "ratio", 0.3, 4.0, "A", "assumed", "",
        "uniform", "non-negative", SECTORS)
    untrained: BySector = card((0.004, 0.10, 0.10, 0.16, 0.20),
        "recognition per contact, untrained", "probability", 0.0008, 0.3, "A",
        "low: R36 R55; youth services assumed", "P30", "lognormal", "probability", SECTORS)
    trained: BySector = card((0.012, 0.30, 0.30, 0.40, 0.50),
        "recognition per contact, freshly trained", "probability", 0.0024, 0.5, "A",
        "ratio 2-3; knowledge +30 points (R27); youth services assumed", "P31", "lognormal",
        "probability", SECTORS)
    labour_ratio: float = card(0.6, "recognition of labour or criminal exploitation against sexual",
        "ratio", 0.3, 1.0, "A", "SF22; level assumed", "", "uniform", "share")
    gender_ratio: tuple[float, float, float] = card((1.0, 0.7, 0.8),
        "recognition by gender: girls, boys, gender-diverse", "ratio", 0.4, 1.0, "A",
        "SF22; level assumed", "", "uniform", "share", ("girls", "boys", "gender-diverse"))
    family_ratio: float = card(0.7, "recognition by professionals if family-controlled", "ratio",
        0.4, 1.0, "S direction", "R17; level assumed", "", "uniform", "share")
    public_rate: float = card(0.0045, "notice by the public at full awareness", "per month",
        5e-4, 0.005, "A", "R45", "P35", "lognormal")
    family_public_ratio: float = card(1.5, "notice by the public if family-controlled", "ratio",
        1.0, 2.5, "S direction", "R17; level assumed", "", "uniform", "positive")
    tool_sectors: BySector = card((0.0, 1.0, 1.0, 0.0, 1.0),
        "sectors whose settings can use a screening tool (1 yes, 0 no)", "indicator", 0, 1, "S",
        "R32 R33 R34 (health and youth-serving settings)", "", "fixed", "share", SECTORS)
    tool_sensitivity: float = card(0.85, "sensitivity of the screening tool", "probability",
        0.75, 0.92, "S", "R32 R33 R34", "P32", "beta", "probability")
    tool_specificity: float = card(0.60, "specificity of the screening tool", "probability",
        0.50, 0.77, "S", "R32 R33 R34", "P32", "beta", "probability")
    tool_use: float = card(0.35, "screening done where required", "probability", 0.1, 0.8, "S",
        "R37", "P33", "beta", "probability")
    second_look_true: float = card(0.6, "a true flag is upheld at the second look", "probability",
        0.3, 0.95, "A", "assumed", "", "uniform", "probability")
    second_look_false: float = card(0.02, "a false flag is upheld at the second look",
        "probability", 0.005, 0.2, "A", "assumed", "", "uniform", "probability")
    unit_ratio: float = card(2.0,
        "contacts of police, right and wrong suspicions alike, where a special unit covers all",
        "ratio", 1.2, 4.0, "A", "R85 (direction); level assumed", "P80", "uniform", "positive")
    visibility_cv: float = card(0.0,
        "variation between exploited youth in how visible they are to the public and responders "
        "(gamma, in sixteen levels); 0: all alike", "coefficient of variation", 0.0, 1.5, "A",
        "nobody knows, so vary it")

    @model_validator(mode="after")
    def _trained_is_not_worse(self) -> Self:
        for sector, low, high in zip(SECTORS, self.untrained, self.trained, strict=True):
            if low > high:
                raise ValueError(f"trained: {high!r} for {sector} is below untrained {low!r}")
        return self


class Denial(ParameterGroup):
    """The belief that it does not happen here, and what smallness does through it."""

    public: float = card(0.51, "adults who hold 'not here'", "share", 0.3, 0.7, "S", "R24", "P38",
        "beta", "share")
    leaders: ByClass = card((0.30, 0.45, 0.75, 0.88),
        "responders whose agency does not see it locally", "share", 0.2, 0.95, "S rural, A others",
        "R23", "P39", "beta", "share", CLASSES)
    ratio: float = card(0.4, "recognition under denial", "ratio", 0.2, 0.8, "S direction, A level",
        "R19", "P40", "uniform", "share")
    half_life: float = card(40.0, "half-life of an attitude change", "months", 12, 100, "D", "R27",
        "P49", "lognormal", "positive")
    training_effect: float = card(0.5, "denial removed when a sector's whole staff is trained once",
        "share", 0.1, 0.9, "A", "assumed", "", "uniform", "share")
    campaign_effect: float = card(0.2, "public denial removed per unit of campaign dose", "share",
        0.0, 0.5, "A", "assumed", "", "uniform", "share")
    form: Literal["mechanisms", "reduced"] = card("mechanisms",
        "small-town barriers by mechanism (P19, P20, P40) or as one factor on reporting (P37)",
        "choice", 0, 0, "A", "one option, not two switches: the same barrier is not counted twice")
    reduced_report_ratio: ByClass = card((1.0, 0.9, 0.65, 0.6),
        "reporting relative to large metro, used only with form = reduced", "ratio", 0.4, 1.0,
        "S direction, A level", "R15 R17 R58", "P37", "uniform", "share", CLASSES)
    barrier_scale: float = card(0.77,
        "strength of the barriers of small places (0: none, 1: as the sources have them)",
        "factor", 0.0, 2.0, "D",
        "fitted so that known in large metro is 1.7 x rural at equal incidence", "", "uniform")


class Training(ParameterGroup):
    """Skill that fades and leaves with staff."""

    below_one = ("trained_share",)

    trained_share: ByClass = card((0.45, 0.35, 0.25, 0.20), "trained share without added spending",
        "share", 0.05, 0.65, "S direction, A level", "R15 R78", "P51", "beta", "share", CLASSES)
    skill_half_life: float = card(12.0, "half-life of recognition skill without a refresher",
        "months", 2, 24, "S, small sample",
        "R27; 12 by default, 6 in the future 'fast-fading training'", "P48", "lognormal",
        "positive")
    turnover: float = card(0.25, "staff replaced by untrained staff", "per year", 0.14, 0.40, "S",
        "R30 R31", "P50", "beta")
    staff: BySector = card((400.0, 300.0, 25.0, 220.0, 30.0),
        "staff who could recognise, per sector", "per 100,000 residents", 10, 1000, "A", "assumed",
        "", "lognormal", "positive", SECTORS)
    staff_ratio: ByClass = card((1.0, 1.0, 1.0, 1.0),
        "staff per resident in a class of place, against training.staff (all sectors alike)",
        "ratio", 0.5, 1.5, "A",
        "assumed; R78 says that staff outside cities are trained less, and counts none", "",
        "uniform", "positive", CLASSES)


class Awareness(ParameterGroup):
    """Public awareness: a lasting norm and short-lived salience."""

    hotline: ByClass = card((0.30, 0.25, 0.15, 0.15), "would recall and use the hotline", "share",
        0.05, 0.8, "S upper bound, A gap", "R25", "P41", "beta", "share", CLASSES)
    campaign_lift: float = card(1.67,
        "contacts in the first month of a standard campaign against before", "ratio", 1.1, 3.0,
        "S2", "R38 R39 R40", "P44", "lognormal", "positive")
    salience_half_life: float = card(1.0, "half-life of salience after a campaign", "months",
        0.5, 3.0, "S2", "R41", "P45", "lognormal", "positive")
    residue: float = card(0.10, "share of the dose that stays as norm change", "share", 0.0, 0.4,
        "S", "R40", "P46", "beta", "share")
    norm_half_life: float = card(36.0, "half-life of a norm's way back to its fixed point",
        "months", 12, 120, "A", "assumed", "", "lognormal", "positive")
    diffusion: float = card(0.01, "one aware person informs a contact, net of forgetting",
        "per month", 0.002, 0.05, "S existence, A level", "R65 R51", "P42", "lognormal")
    neighbour_share: float = card(0.1,
        "share of the spread that comes from neighbouring communities", "share", 0.0, 0.3, "A",
        "assumed", "", "uniform", "share")

    @model_validator(mode="after")
    def _a_standard_campaign_is_possible(self) -> Self:
        if max(self.hotline) * self.campaign_lift >= 1.0 or max(self.hotline) <= 0.0:
            raise ValueError(
                "campaign_lift: lift x awareness of the best-informed class must be between 0 and 1"
            )
        return self
