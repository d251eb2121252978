"""The levers by name. The order is that of every array with an axis over levers (L of them).

What each costs and moves is in `money.levers`, which needs the parameters of the world; a rule must
not, and this module lets it name a lever all the same.
"""

from __future__ import annotations

LEVER_NAMES = (
    "campaign",
    "training",
    "screening_universal",
    "screening_targeted",
    "education",
    "channel",
    "investigators",
    "navigators",
    "prevention",
    "economic",
    "survey",
)

LEVER_INDEX = {name: position for position, name in enumerate(LEVER_NAMES)}
N_LEVERS = len(LEVER_NAMES)
