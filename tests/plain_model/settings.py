"""Small worlds in which the engine and the plain model are compared, everything switched on.

Rates are raised so that a few hundred youth give informative counts, and every number that a
mechanism turns on is moved away from the value at which the mechanism does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.parameters import Parameters
from streetlight.model.world.shocks import Shock

from .model import LEVELS


@dataclass(frozen=True)
class Setting:
    """A region, parameters, lever effects bought there (arrays (years, C) by name), and shocks."""

    name: str
    parameters: Parameters
    region: Region
    years: int
    levels: Mapping[str, FloatArray]
    shocks: tuple[Shock, ...] = ()

    def lasting(self, filling: int, burn_in: int, years: int) -> Setting:
        """The same with other years; effects of `levels` are used again from the first year on."""
        values = {"time.filling_years": filling, "time.burn_in_years": burn_in}
        levels = {
            name: np.resize(level, (years, level.shape[1])) for name, level in self.levels.items()
        }
        parameters = self.parameters.with_values(values)
        return replace(self, parameters=parameters, years=years, levels=levels)


#: What differs from the defaults: more happens, and no mechanism is neutral.
RAISED: dict[str, Any] = {
    "attention.reading": "even",
    "assessment.posts": "solved",
    "assessment.discipline": "first come",
    "assessment.lapse_weeks": 0.0,
    "recording.publish_small": 0.35,
    "incidence.normalise": "region",
    "incidence.onset_rate": 12_000.0,
    "incidence.covariate_effect": 0.3,
    "incidence.high_risk_share": 0.15,
    "incidence.frailty_cv": 0.0,
    "incidence.age_mode": 14.0,
    "spell.exit_hazard": 0.03,
    "spell.recognisable_floor": 0.2,
    "spell.recognisable_months": 9.0,
    "spell.reexploited_12m": 0.6,
    "spell.reexploited_ratio_served": 0.3,
    "knowing.told_stock": 0.2,
    "knowing.told_per_trained_contact": 0.1,
    "knowing.self_recognition": 0.06,
    "knowing.told_not_ones_fault": 0.6,
    "disclosure.hazard": 0.25,
    "disclosure.channel_ratio": 2.5,
    "encounter.contact_rate": (0.9, 0.15, 0.15, 0.10, 0.06),
    "encounter.untrained": (0.02, 0.10, 0.10, 0.15, 0.20),
    "encounter.trained": (0.06, 0.30, 0.30, 0.40, 0.50),
    "encounter.public_rate": 0.10,
    "encounter.tool_use": 0.8,
    "encounter.second_look_false": 0.05,
    "encounter.unit_ratio": 3.0,
    "encounter.visibility_cv": 0.8,
    "denial.half_life": 15.0,
    "training.turnover": 0.4,
    "awareness.diffusion": 0.08,
    "awareness.neighbour_share": 0.4,
    "awareness.residue": 0.3,
    "reporting.unfounded": 0.6,
    "reporting.general_contact_high_risk": 5.0,
    "reporting.false_trained_ratio": 1.5,
    "reporting.platform_rate": 0.015,
    "reporting.platform_mandate_ratio": 6.0,
    "assessment.screen_in_sd": 0.0,
    "assessment.utilisation": 0.97,
    "assessment.investigation_weeks": 5.0,
    "assessment.backlog_weeks": 1.0,
    "assessment.backlog_ratio": 0.5,
    "assessment.wrong_substantiation": 0.10,
    "assessment.after_closed_ratio": 1.4,
    "services.places": (700.0, 500.0, 300.0, 100.0),
    "recording.touch_rate": 0.05,
    "feedback.discretionary_share": 0.7,
    "feedback.follow_share": 0.8,
    "feedback.publicity_denial": 0.05,
    "feedback.news_market": 20_000.0,
    "levers.prevention_ratio": 0.4,
    "levers.economic_ratio": 0.5,
}

#: Effects bought in a year lie between 0 and these.
MOST = {
    "training": 1.0, "campaign": 2.0, "screening_universal": 0.6, "screening_targeted": 0.8,
    "education": 0.6, "channel": 0.6, "investigators": 0.15, "places": 2.0, "relief": 1.0,
    "prevention": 1.0, "economic": 0.9, "survey": 120.0, "unit": 1.0, "recording": 0.8,
}  # fmt: skip


def bought(n_communities: int, years: int, seed: int) -> dict[str, FloatArray]:
    """Effects of every lever (years, C), fixed by the seed; in a third of the cells none."""
    draw = np.random.default_rng(seed)
    shape = (years, n_communities)
    cells = {name: (draw.random(shape), draw.random(shape) < 2 / 3) for name in LEVELS}
    return {name: MOST[name] * effect * there for name, (effect, there) in cells.items()}


def city(years: int = 4) -> Setting:
    """A city that stands alone and three suburbs that share investigators and places."""
    region = Region.of(
        name="city and suburbs", ids=["A", "B", "C", "D"], population=[4e5, 8e4, 5e4, 2.5e4],
        youth=[1200.0, 300.0, 300.0, 200.0], youth_12_17=[220.0, 60.0, 60.0, 40.0],
        poverty_share=[0.25, 0.05, 0.1, 0.2],
        place_class=["large metro", "large metro", "small metro", "small metro"],
        covariate=[1.0, -1.0, 0.0, 0.5], neighbours=[("A", "B"), ("A", "C"), ("C", "D")],
    )  # fmt: skip
    parameters = Parameters().with_values(RAISED)
    return Setting(region.name, parameters, region, years, bought(4, years, seed=11))


def small_towns(years: int = 4) -> Setting:
    """A chain of towns and rural places, each the neighbour of the next, in several pools."""
    n = 8
    ids = [f"T{i}" for i in range(n)]
    region = Region.of(
        name="chain of small towns", ids=ids,
        population=[9e3, 2e3, 1.5e4, 3e3, 900, 2.2e4, 4e3, 6e3],
        youth=[200.0, 150.0, 350.0, 150.0, 100.0, 400.0, 150.0, 200.0],
        youth_12_17=[40.0, 30.0, 70.0, 30.0, 20.0, 90.0, 30.0, 40.0],
        poverty_share=[0.1, 0.3, 0.2, 0.4, 0.5, 0.15, 0.25, 0.2],
        place_class=["town", "rural", "town", "rural", "rural", "town", "rural", "town"],
        covariate=np.linspace(-1.0, 1.0, n).tolist(), neighbours=list(pairwise(ids)),
    )  # fmt: skip
    values = {
        "assessment.pool_population": 15_000.0,
        "assessment.pool_size": 20_000.0,
        "disclosure.acquaintance_population": 8_000.0,
        "recording.publish_population": 10_000.0,
        "denial.leaders": (0.3, 0.45, 0.6, 0.7),
    }
    parameters = Parameters().with_values(RAISED | values)
    return Setting(region.name, parameters, region, years, bought(n, years, seed=12))


def mixed(years: int = 4) -> Setting:
    """Invented places of all kinds; frailty and screening-in differ from replicate to replicate."""
    made = Region.synthetic(12, seed=5)
    scale = 380.0 / made.youth_12_17.sum()
    region = replace(
        made, name="mixed", youth=made.youth * scale * 4.0, youth_12_17=made.youth_12_17 * scale
    )
    values = {"incidence.frailty_cv": 0.4, "assessment.screen_in_sd": 0.15}
    parameters = Parameters().with_values(RAISED | values)
    return Setting(region.name, parameters, region, years, bought(12, years, seed=13))


def at_once(years: int = 4) -> Setting:
    """The city with the other choice made wherever the text offers one, in half-weekly steps."""
    values = {
        "time.steps_per_year": 104,
        "spell.reexploited_after": "identification",
        "denial.form": "reduced",
        "assessment.investigation_weeks": 0.0,
        **{
            f"switches.{name}": False
            for name in ("limited_capacity", "pooling", "publication", "neighbours", "ramp")
        },
    }
    setting = city(years)
    return replace(setting, name="at once", parameters=setting.parameters.with_values(values))


def unwaited(years: int = 4) -> Setting:
    """Small towns with decisions in the step of opening, but limited investigators, no spread."""
    values = {
        "assessment.investigation_weeks": 0.0,
        "switches.spread": False,
        "switches.feedback": False,
        "switches.encounters": False,
        "switches.pooling": False,
    }
    setting = small_towns(years)
    return replace(setting, name="unwaited", parameters=setting.parameters.with_values(values))


def grown_up(years: int = 4) -> Setting:
    """Small towns with more youth or fewer than their table says; nobody leaves at 18."""
    values = {
        "incidence.youth_spread": 0.025,
        "agency.youth_error": 0.10,
        "switches.ageing_out": False,
        "assessment.posts": "seen",
        "assessment.investigators": (80.0, 60.0, 45.0, 35.0),
    }
    setting = small_towns(years)
    return replace(setting, name="grown up", parameters=setting.parameters.with_values(values))


def shocked(years: int = 4) -> Setting:
    """The city in a campaign and a wave of training, its suburbs in a wave of victimization.

    Police focus and research too, and laws that make platforms report.
    """
    shocks = (
        Shock("campaign", ("A", "D"), week=10, weeks=60, size=2.0),
        Shock("training", ("A", "B"), week=40, weeks=30, size=1.5),
        Shock("victimization", ("B", "C"), week=30, weeks=70, size=3.0),
        Shock("police", ("A", "C"), week=20, weeks=80, size=0.9),
        Shock("research", ("B", "D"), week=60, weeks=30, size=0.6),
        Shock("mandate", ("A", "C"), week=45, weeks=None, size=0.8),
        Shock("mandate", ("D",), week=20, weeks=50, size=1.0),
    )
    return replace(city(years), name="shocked", shocks=shocks)


def changed(years: int = 4) -> Setting:
    """Places that differ in effort, and a law, new practice, staff who leave, and fewer services.

    They come into force in the second policy year, one of them in the third.
    """
    values = {
        "reporting.report": {1: (0.95, 0.9, 1.0, 0.9, 0.9)},
        "assessment.screen_in": {1: 0.35},
        "assessment.investigations_per_month": {1: 7.0},
        "assessment.investigation_weeks": {1: 2.0},
        "assessment.substantiation": {1: 0.9},
        "assessment.backlog_weeks": {1: 3.0},
        "assessment.wrong_substantiation": {1: 0.0, 2: 0.2},
        "services.places": {1: (100.0, 900.0, 50.0, 400.0)},
        "services.uptake": {1: 0.2},
        "services.service_months": {1: 3.0},
        "training.turnover": {1: 1.2},
        "training.skill_half_life": {1: 6.0},
        "assessment.screen_in_sd": 0.0,
    }
    setting = added(years)
    return replace(setting, name="changed", parameters=setting.parameters.with_values(values))


#: What differs between places: more than by default, and no mechanism is neutral.
UNEVEN: dict[str, Any] = {
    "attention.reading": "mixed",
    "attention.effort_level": (1.0, 1.2),
    "attention.effort_cv": (1.6, 0.8),
    "attention.effort_area_share": (0.3, 0.2),
    "attention.effort_year_share": (0.25, 0.15),
    "attention.with_truth": 0.3,
    "attention.class_spread": 0.5,
    "recording.recorded": 0.45,
    "recording.recorded_cv": (0.8, 0.7),
    "recording.never": (0.2, 0.15),
    "recording.recorded_area_share": (0.15, 0.1),
    "recording.recorded_year_share": (0.4, 0.3),
    "recording.participation_ar": 0.8,
    "recording.participation_training": 1.0,
    "recording.participation_denial": 0.7,
}


def multiplied(years: int = 4) -> Setting:
    """Places of three areas; money works in proportion to effort, and posts follow effort."""
    values = {
        "attention.money": "multiplies",
        "attention.effort_year_share": (0.2, 0.0),  # so that effort of a year is lasting effort
        "assessment.posts": "seen",
        "assessment.posts_exponent": 1.0,
        "assessment.investigators": (80.0, 60.0, 45.0, 35.0),
    }
    return _uneven(mixed(years), "multiplied", values)


def added(years: int = 4) -> Setting:
    """The same places; what is bought adds the same everywhere, and effort moves between years."""
    return _uneven(mixed(years), "added", {"attention.money": "adds"})


def filled(years: int = 4) -> Setting:
    """Small towns in two areas; what is bought fills what effort lacks, some effort is above 2."""
    values = {"attention.money": "fills", "incidence.frailty_cv": 0.3}
    return _uneven(small_towns(years), "filled", values)


def triaged(years: int = 4) -> Setting:
    """The city works off the stronger evidence first, and what waits for half a year lapses."""
    values = {
        "assessment.discipline": "strength",
        "assessment.triage_accuracy": 0.8,
        "assessment.lapse_weeks": 26.0,
        "assessment.utilisation": 1.2,
    }
    setting = city(years)
    return replace(setting, name="triaged", parameters=setting.parameters.with_values(values))


def youngest_first(years: int = 4) -> Setting:
    """Small towns work off the youngest first, and nothing lapses."""
    values = {"assessment.discipline": "youngest", "assessment.utilisation": 1.2}
    setting = small_towns(years)
    return replace(setting, name="youngest", parameters=setting.parameters.with_values(values))


def _uneven(setting: Setting, name: str, values: Mapping[str, Any]) -> Setting:
    n = setting.region.n_communities
    region = replace(setting.region, state=tuple(f"area {i // 4}" for i in range(n)))
    parameters = setting.parameters.with_values({**UNEVEN, **values})
    return replace(setting, name=name, region=region, parameters=parameters)


REGIONS = (city, small_towns, mixed)
OTHERS = (at_once, unwaited, grown_up, shocked, changed)
ATTENTION = (multiplied, added, filled)
QUEUES = (triaged, youngest_first)
