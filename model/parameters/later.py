"""Values that a parameter has from a policy year on: a law, a price rise, a new practice.

Only what the world does not hang on can change while a policy runs.  Everything else (who is
victimized, what could happen to whom, how places look and record) is drawn before the first policy
year, so that all policies meet the same youth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from streetlight.model.parameters.card import ParameterGroup
from streetlight.model.parameters.costs import Costs

#: All the time before the policy years, whose numbers begin with 0, and the last of them.
BEFORE, LAST_YEAR = -1, 99

#: Parameters that may change: prices, the duty to report, the practice of agencies, services.
CHANGEABLE: tuple[str, ...] = (
    "reporting.report",
    "assessment.screen_in", "assessment.investigations_per_month", "assessment.lapse_weeks",
    "assessment.investigation_weeks", "assessment.substantiation", "assessment.family_ratio",
    "assessment.backlog_weeks", "assessment.backlog_ratio", "assessment.wrong_substantiation",
    "assessment.after_closed_ratio",
    "services.places", "services.distance_ratio", "services.uptake", "services.service_months",
    "training.turnover", "training.skill_half_life",
    "levers.unit_cost_ratio", "levers.fixed_cost_ratio", "levers.minimum_ratio",
    *(f"costs.{name}" for name in Costs.model_fields),
)  # fmt: skip

CAN = "these can: {} and all of costs".format(
    ", ".join(name for name in CHANGEABLE if not name.startswith("costs."))
)
A_YEAR = f'must be "year 0" (the first policy year) to "year {LAST_YEAR}", or "start" (before)'

#: What a parameter is from a policy year on, by "year 3" or 3; "start" is for the time before.
Dated = Mapping[Any, Any]


class Later(ParameterGroup):
    """What changes in the policy years."""

    #: Name, the policy year (0, 1, ...) from which it holds, and value, by year.
    changes: tuple[tuple[str, int, Any], ...] = ()


def year_of(key: object) -> int | None:
    """A key of `Dated` as a number, or None."""
    if key == "start":
        return BEFORE
    if isinstance(key, str) and re.fullmatch("year [0-9]{1,2}", key):
        key = int(key.removeprefix("year "))
    if isinstance(key, bool) or not isinstance(key, int) or not 0 <= key <= LAST_YEAR:
        return None
    return key


def year_in_words(year: int) -> str:
    """A number as the key of `Dated` that files have."""
    return "start" if year == BEFORE else f"year {year}"


def problems_of_dated(name: str, dated: Dated) -> list[str]:
    """What is wrong with the name or the years of values by year, apart from the values."""
    if name not in CHANGEABLE:
        return [f"cannot change in a policy year, as the world is drawn with it; {CAN}"]
    if not dated:
        return ["must have a year and a value, as {year 3: VALUE}"]
    found = []
    seen: dict[int, object] = {}
    for key in dated:
        year = year_of(key)
        if year is None:
            found.append(f"{key!r}: {A_YEAR}")
        elif year in seen:
            found.append(f"{key!r}: is the same year as {seen[year]!r}")
        else:
            seen[year] = key
    return found


def split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[int, Any]]]:
    """Values that hold from the start, and by name those that follow, by year; all can be used."""
    start: dict[str, Any] = {}
    later: dict[str, dict[int, Any]] = {}
    for name, value in values.items():
        if not isinstance(value, Mapping):
            start[name] = value
            continue
        years = {year: one for key, one in value.items() if (year := year_of(key)) is not None}
        if BEFORE in years:
            start[name] = years.pop(BEFORE)
        later[name] = {year: years[year] for year in sorted(years)}
    return start, later
