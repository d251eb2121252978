"""What single levers cost: their unit cost, fixed cost and smallest purchase, as parameters.

The numbers are those of the table of levers. An experiment sets its own (`costs:`) or draws them,
and `Levers` has factors on all of them at once.
"""

from __future__ import annotations

from typing import Any

from streetlight.model.parameters.card import ParameterGroup, card
from streetlight.model.parameters.lever_table import LEVERS

#: Fields of `Costs` are named <lever>_<one of these>.
UNIT_COST, FIXED_COST, MINIMUM = COSTS = ("unit_cost", "fixed_cost", "minimum")

SOURCE = "see the table of levers"


def _unit_cost(lever: str) -> Any:
    """A field for the dollars of a unit."""
    one = LEVERS[lever]
    return card(one.unit_cost_dollars, f"{one.title}: cost of a unit", f"dollars per {one.unit}",
        one.cost_low, one.cost_high, "A", SOURCE, "", "lognormal", "positive")  # fmt: skip


def _fixed_cost(lever: str) -> Any:
    """A field for the dollars before the first unit: up to half a standard package."""
    one = LEVERS[lever]
    return card(one.fixed_dollars, f"{one.title}: cost before the first unit",
        "dollars per community and year", 0.0, 0.5 * one.package_units * one.unit_cost_dollars,
        "A", SOURCE, "", "uniform")  # fmt: skip


def _minimum(lever: str) -> Any:
    """A field for the smallest useful purchase: up to five times the usual, or a package."""
    one = LEVERS[lever]
    return card(one.minimum_units, f"{one.title}: smallest useful purchase",
        "units per community and year", 0.0,
        5.0 * one.minimum_units or one.package_units, "A", SOURCE, "", "uniform")  # fmt: skip


class Costs(ParameterGroup):
    """What single levers cost, by lever. A refresher costs the share of a unit that the table of
    levers gives it."""

    campaign_unit_cost: float = _unit_cost("campaign")
    campaign_fixed_cost: float = _fixed_cost("campaign")
    campaign_minimum: float = _minimum("campaign")
    training_unit_cost: float = _unit_cost("training")
    training_fixed_cost: float = _fixed_cost("training")
    training_minimum: float = _minimum("training")
    screening_universal_unit_cost: float = _unit_cost("screening_universal")
    screening_universal_fixed_cost: float = _fixed_cost("screening_universal")
    screening_universal_minimum: float = _minimum("screening_universal")
    screening_targeted_unit_cost: float = _unit_cost("screening_targeted")
    screening_targeted_fixed_cost: float = _fixed_cost("screening_targeted")
    screening_targeted_minimum: float = _minimum("screening_targeted")
    education_unit_cost: float = _unit_cost("education")
    education_fixed_cost: float = _fixed_cost("education")
    education_minimum: float = _minimum("education")
    channel_unit_cost: float = _unit_cost("channel")
    channel_fixed_cost: float = _fixed_cost("channel")
    channel_minimum: float = _minimum("channel")
    investigators_unit_cost: float = _unit_cost("investigators")
    investigators_fixed_cost: float = _fixed_cost("investigators")
    investigators_minimum: float = _minimum("investigators")
    navigators_unit_cost: float = _unit_cost("navigators")
    navigators_fixed_cost: float = _fixed_cost("navigators")
    navigators_minimum: float = _minimum("navigators")
    prevention_unit_cost: float = _unit_cost("prevention")
    prevention_fixed_cost: float = _fixed_cost("prevention")
    prevention_minimum: float = _minimum("prevention")
    economic_unit_cost: float = _unit_cost("economic")
    economic_fixed_cost: float = _fixed_cost("economic")
    economic_minimum: float = _minimum("economic")
    survey_unit_cost: float = _unit_cost("survey")
    survey_fixed_cost: float = _fixed_cost("survey")
    survey_minimum: float = _minimum("survey")
    unit_unit_cost: float = _unit_cost("unit")
    unit_fixed_cost: float = _fixed_cost("unit")
    unit_minimum: float = _minimum("unit")
    recording_unit_cost: float = _unit_cost("recording")
    recording_fixed_cost: float = _fixed_cost("recording")
    recording_minimum: float = _minimum("recording")
