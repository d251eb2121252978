"""A victimized youth as an object: a view of one row of the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from streetlight.model.equations import gender_of, group_of, still_blames, type_of
from streetlight.model.names import (
    FAMILY,
    GENDERS,
    HIGH_RISK,
    INVESTIGATED,
    KNOWN_OFFENDER,
    SCREENED,
    TYPES,
    End,
)

if TYPE_CHECKING:
    from streetlight.model.run.simulation import Simulation

ENDS = ("open", "natural exit", "aged out", "identified", "prevented")  # by `names.End`


@dataclass(frozen=True)
class Youth:
    """A youth in one spell: a view of one row of the truth, which no policy is shown.

    It goes on showing that spell after its end. There is no score or probability of a person.
    """

    simulation: Simulation = field(repr=False)
    row: int

    @property
    def _spell(self) -> np.void:
        spell: np.void = self.simulation.state.spells[self.row]
        return spell

    def _trait(self, bit: int) -> bool:
        return bool(self._spell["traits"] & bit)

    @property
    def community_id(self) -> str:
        """Id of the community."""
        return self.simulation.world.region.ids[int(self._spell["community"])]

    @property
    def number(self) -> int:
        """Number of the youth within the community: the same in each of its spells."""
        return int(self._spell["number"])

    @property
    def spell(self) -> int:
        """0 for the youth's first spell, 1 for the second, ..."""
        return int(self._spell["ordinal"])

    @property
    def type(self) -> str:
        """One of `TYPES`."""
        return TYPES[type_of(self._spell["traits"])]

    @property
    def gender(self) -> str:
        """One of `GENDERS`."""
        return GENDERS[gender_of(self._spell["traits"])]

    @property
    def high_risk(self) -> bool:
        """Whether in care, runaway or in unstable housing."""
        return self._trait(HIGH_RISK)

    @property
    def family_controlled(self) -> bool:
        """Whether it is the family that exploits."""
        return self._trait(FAMILY)

    @property
    def known_offender(self) -> bool:
        """Whether the offender is known locally."""
        return self._trait(KNOWN_OFFENDER)

    @property
    def age(self) -> float:
        """Age in years, to the week: in the last week made, or that in which the spell ended."""
        steps = int(self._spell["age_out"]) - (self._until - self.active)
        return 18.0 - steps / self.simulation.clock.steps_per_year

    @property
    def active(self) -> bool:
        """Whether the spell goes on."""
        return bool(self._spell["end_reason"] == End.OPEN)

    @property
    def ended(self) -> str:
        """How the spell ended, one of `ENDS`; "open" while it goes on."""
        return ENDS[self._spell["end_reason"]]

    @property
    def _until(self) -> int:
        return self.simulation.step_number if self.active else int(self._spell["end"])

    @property
    def weeks(self) -> int:
        """Weeks in the spell so far, or altogether."""
        return self._until - int(self._spell["start"])

    @property
    def told(self) -> bool | None:
        """Whether told what exploitation is; None once the spell is over, when nothing reads it."""
        if not self.active:
            return None
        spell, state = self._spell, self.simulation.state
        hazard = state.told_hazard[group_of(spell["traits"]), spell["community"]]
        return bool(hazard >= spell["told_threshold"])

    @property
    def blames_self(self) -> bool | None:
        """Whether it blames itself, which being told may end; None once the spell is over."""
        if not self.active:
            return None
        return bool(still_blames(self._spell["traits"], bool(self.told)))

    @property
    def knows(self) -> bool:
        """Whether it has recognised what happens to it as exploitation."""
        return bool(self._spell["knew_at"] >= 0)

    @property
    def seen(self) -> bool:
        """Whether it has disclosed, been noticed or been recognised."""
        return bool(self._spell["signal_at"] >= 0)

    @property
    def known(self) -> bool:
        """Whether it has been reported."""
        return bool(self._spell["known_at"] >= 0)

    @property
    def n_reports(self) -> int:
        """How often it has been reported."""
        return int(self._spell["n_reports"])

    @property
    def screened_in(self) -> bool:
        """Whether a report was ever screened in."""
        return bool(self._spell["stage"] & SCREENED)

    @property
    def investigated(self) -> bool:
        """Whether an investigation ever began."""
        return bool(self._spell["stage"] & INVESTIGATED)
