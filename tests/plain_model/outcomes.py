"""What is counted in the policy years, and its names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streetlight.model.names import CLASSES, SECTORS

if TYPE_CHECKING:
    from .model import PlainModel

SECTOR_NAMES = tuple(name.replace(" ", "_") for name in SECTORS)
CHANNELS = ("self", "confidant", "public", *SECTOR_NAMES, "platform")
CLASS_NAMES = tuple(name.replace(" ", "_") for name in CLASSES)
EVENTS = (
    "first_onsets", "reexploitation_onsets", "prevented_onsets", "told", "knew", "known",
    "reports", "false_reports", "screened_in", "false_screened_in", "investigated",
    "false_investigated", "identified", "false_identified", "served", "offered_no_place",
    "touches_after_identification", "published_reports", "published_identified", "recognised",
    "natural_exits", "aged_out", "cases", "false_cases", "steps_waited", "steps_until_known",
    "steps_until_identified", "recalled_steps", "hotline_calls", "survey_respondents",
    "survey_estimates",
    *(f"reports_{channel}" for channel in CHANNELS),
    *(f"{what}_{channel}" for what in ("opened", "confirmed") for channel in CHANNELS),
    *(f"false_reports_{channel}" for channel in CHANNELS[3:]),
    *(f"{what}_{name}" for what in ("first_onsets", "known", "identified") for name in CLASS_NAMES),
)  # fmt: skip


def gather(model: PlainModel) -> dict[str, float]:
    """Totals of the policy years, and plain means over communities of the state at their end.

    reports, screened_in and investigated are true ones; told, knew and known are the spells to
    which it happened (for the first time) in the policy years, whenever they began.
    """
    tally, steps = model.tally, model.clock.steps_per_year
    found = {name: float(tally[name]) for name in EVENTS}
    found["person_years"] = tally["active_steps"] / steps
    found["person_years_later"] = tally["active_steps_later"] / steps
    found["known_still_exploited_person_years"] = tally["known_active_steps"] / steps
    found["mean_active"] = found["person_years"] / max(1, model.clock.policy_years)
    found["backlog_end"] = float(sum(pool.backlog() for pool in model.pools))
    responders = [r for c in model.communities for r in c.responders]
    found["trained_end"] = float(np.mean([r.trained for r in responders]))
    found["skill_end"] = float(np.mean([r.skill for r in responders]))
    found["denial_end"] = float(np.mean([r.denial for r in responders]))
    found["public_denial_end"] = float(np.mean([c.denial for c in model.communities]))
    found["awareness_end"] = float(np.mean([c.awareness for c in model.communities]))
    found["told_stock_end"] = float(np.mean([c.told_stock for c in model.communities]))
    for year, row in enumerate(model.participation[model.clock.burn_in_years :], start=1):
        found[f"publication_year_{year}"] = float(np.mean(row))
    return found
