"""Small worlds for the hand checks of the plain model: all mechanisms off but those named."""

from __future__ import annotations

import gc
import math
from typing import Any

from streetlight.model.communities.region import Region
from streetlight.model.parameters import Parameters, Switches

from .model import PlainModel
from .youth import Victim

SIGMAS = 4.5
STEPS = 52
FOREVER = 10**9
MADE: list[PlainModel] = []

#: The values the hand checks reckon with, so that a new calibration does not undo them.
PINNED: dict[str, Any] = {
    "attention.reading": "even",
    "assessment.posts": "solved",
    "assessment.discipline": "first come",
    "assessment.lapse_weeks": 0.0,
    "recording.participation_ar": 0.0,
    "recording.participation_training": 0.0,
    "recording.participation_denial": 0.0,
    "incidence.place_ratio": (1.0, 1.0, 1.1, 1.0),
    "incidence.poverty_ratio": 3.0,
    "incidence.high_risk_ratio": 5.0,
    "incidence.high_risk_share": 0.05,
    "incidence.frailty_cv": 0.0,
    "incidence.age_mode": 14.5,
    "incidence.type_mix": (0.65, 0.25, 0.10),
    "incidence.family_controlled": (0.25, 0.25, 0.45, 0.45),
    "incidence.known_offender": (0.5, 0.5, 0.8, 0.8),
    "spell.recognisable_floor": 0.1,
    "spell.reexploited_12m": 0.35,
    "spell.reexploited_ratio_served": 0.6,
    "spell.reexploited_after": "any end",
    "knowing.told_stock": 0.10,
    "knowing.told_ratio": 2.5,
    "disclosure.hazard": 0.05,
    "disclosure.blame_ratio": 0.4,
    "disclosure.anonymity_ratio": 0.55,
    "disclosure.known_offender_ratio": 0.5,
    "disclosure.acquaintance_population": 25_000.0,
    "disclosure.acquaintance_slope": 1.0,
    "disclosure.channel_ratio": 1.6,
    "disclosure.channel_relief": 0.5,
    "disclosure.channel_coverage": 0.1,
    "encounter.tool_sensitivity": 0.85,
    "encounter.tool_use": 0.35,
    "encounter.second_look_true": 0.6,
    "denial.public": 0.51,
    "denial.leaders": (0.30, 0.45, 0.75, 0.88),
    "denial.ratio": 0.4,
    "denial.half_life": 40.0,
    "denial.training_effect": 0.5,
    "denial.campaign_effect": 0.2,
    "denial.form": "mechanisms",
    "denial.reduced_report_ratio": (1.0, 0.9, 0.65, 0.6),
    "denial.barrier_scale": 1.0,
    "training.trained_share": (0.45, 0.35, 0.25, 0.20),
    "training.skill_half_life": 12.0,
    "training.turnover": 0.25,
    "awareness.hotline": (0.30, 0.25, 0.15, 0.15),
    "awareness.campaign_lift": 1.67,
    "awareness.salience_half_life": 1.0,
    "awareness.norm_half_life": 36.0,
    "awareness.diffusion": 0.01,
    "awareness.neighbour_share": 0.1,
    "reporting.report": (0.45, 0.60, 0.90, 0.80, 0.70),
    "reporting.general_contact_rate": (0.70, 0.15, 0.005, 0.010, 0.002),
    "reporting.general_contact_high_risk": 10.0,
    "reporting.false_suspicion": (0.004, 0.008, 0.08, 0.08, 0.08),
    "assessment.screen_in": 0.6,
    "assessment.screen_in_sd": 0.0,
    "assessment.investigation_weeks": 4.0,
    "assessment.backlog_weeks": 4.3,
    "assessment.backlog_ratio": 0.7,
    "services.distance_ratio": (1.0, 1.0, 0.5, 0.5),
    "recording.publish_small": 0.35,
    "recording.publish_large": 0.97,
    "recording.publish_population": 100_000.0,
    "recording.touch_months": 6.0,
    "feedback.follow_share": 0.5,
    "feedback.discretionary_share": 0.2,
    "feedback.follow_cap": 5.0,
    "feedback.publicity_denial": 0.01,
    "feedback.publicity_salience": 0.05,
    "feedback.news_market": 50_000.0,
}

#: A youth knows and tells a formal body in every week, and is believed.
CERTAIN_DISCLOSURE = {
    "knowing__self_recognition": 1e9,
    "disclosure__hazard": 1e9,
    "disclosure__formal_share": 1.0,
    "assessment__screen_in": 1.0,
    "assessment__substantiation": 1.0,
    "assessment__family_ratio": 1.0,
    "spell__exit_hazard": 1e-12,
}


def release_all() -> None:
    """Mesa's register keeps every model alive: empty it, after each test."""
    while MADE:
        MADE.pop().release()
    gc.collect()


def p_month(rate: float) -> float:
    """Probability a week of a hazard a month."""
    return 1.0 - math.exp(-12.0 * rate / STEPS)


def only(*switches: str, **values: Any) -> Parameters:
    """The pinned values, ageing out and these switches on, all others off; a__b stands for a.b."""
    chosen: dict[str, Any] = {f"switches.{name}": False for name in Switches.model_fields}
    chosen |= {f"switches.{name}": True for name in ("ageing_out", *switches)}
    chosen |= {name.replace("__", "."): value for name, value in values.items()}
    return Parameters().with_values(PINNED | chosen)


def town(population: float = 20_000, youth: float = 0.0, at_risk: float = 0.0) -> Region:
    """One town with a tenth of its youth in poverty."""
    return Region.of(
        ids=["A"], population=[population], youth=[max(youth, at_risk)], youth_12_17=[at_risk],
        poverty_share=[0.1], place_class=["town"],
    )  # fmt: skip


def build(
    parameters: Parameters, region: Region | None = None, *, early: bool = False, **options: Any
) -> PlainModel:
    """A model that starts in its first policy year, unless the early years are asked for."""
    if not early:
        skipped = {"time.filling_years": 0, "time.burn_in_years": 0}
        parameters = parameters.with_values(skipped)
    defaults = {"years": 2, "seed": 1, "false_scale": 0.0, "rate_norm": 1.0}
    defaults["baseline_investigators"] = 0.0
    model = PlainModel(parameters, region or town(), **(defaults | options))
    MADE.append(model)
    return model


def cohort(model: PlainModel, number: int, community: int = 0) -> list[Victim]:
    """Youth whose first spells start in the coming step and who do not grow up."""
    youth = [Victim(model, model.communities[community]) for _ in range(number)]
    for one in youth:
        one.ages_out = FOREVER
    return youth


def run_steps(model: PlainModel, steps: int) -> None:
    """Some weeks."""
    for _ in range(steps):
        model.step()


def assert_count(found: float, trials: float, share: float) -> None:
    """A binomial count."""
    spread = math.sqrt(trials * share * (1.0 - share))
    assert abs(found - trials * share) <= SIGMAS * spread
