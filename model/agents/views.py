"""Communities and responders as Mesa agents: views of the columns, to be read only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa  # type: ignore[import-untyped]
from mesa.discrete_space import Cell  # type: ignore[import-untyped]

from streetlight.model.names import N_SECTORS, SECTORS, Channel, PlaceClass, Tally
from streetlight.model.world.state import Bought, Public, State

if TYPE_CHECKING:
    from streetlight.model.agents.model import ReportingModel


class View(mesa.Agent):  # type: ignore[misc]
    """An agent that shows one place of the state and can be read only."""

    model: ReportingModel

    def __init__(self, model: ReportingModel, row: int) -> None:
        self.row = row
        super().__init__(model)
        self._sealed = True

    def __setattr__(self, name: str, value: object) -> None:
        if "_sealed" in self.__dict__:
            raise AttributeError(f"{type(self).__name__}.{name}: agents can be read only")
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name}: agents can be read only")

    @property
    def _state(self) -> State:
        """The arrays of this moment: the simulation replaces them as they grow."""
        return self.model.simulation.state

    @property
    def community_id(self) -> str:
        """Id of the community, as the region has it."""
        return self.model.region.ids[self.row]

    @property
    def place_class(self) -> str:
        """Kind of place: "large metro", "small metro", "town" or "rural"."""
        return PlaceClass(int(self.model.region.place_class[self.row])).label


class Community(View):
    """A community: what is known of it, what its public believes, and what happened so far.

    Counts are of the policy years so far and of the truth, whether known to anyone or not.
    """

    @property
    def name(self) -> str:
        """Name of the place."""
        return self.model.region.names[self.row]

    @property
    def state(self) -> str:
        """State the place is in; "" where unknown."""
        return self.model.region.state[self.row]

    @property
    def population(self) -> float:
        """Residents."""
        return float(self.model.region.population[self.row])

    @property
    def youth(self) -> float:
        """Residents aged 10-17."""
        return float(self.model.region.youth[self.row])

    @property
    def poverty_share(self) -> float:
        """Share of youth in poverty."""
        return float(self.model.region.poverty_share[self.row])

    @property
    def neighbours(self) -> list[Community]:
        """Communities next to it."""
        everyone = self.model.communities
        return [everyone[row] for row in self.model.region.neighbours(self.row)]

    @property
    def cell(self) -> Cell:
        """Its cell of `model.network`."""
        return self.model.network[self.community_id]

    @property
    def responders(self) -> tuple[Responder, ...]:
        """Its five responders, in the order of `SECTORS`."""
        first = self.row * N_SECTORS
        return self.model.responders[first : first + N_SECTORS]

    # -- what money can move

    def _public(self, row: Public) -> float:
        return float(self._state.public[row, self.row])

    @property
    def awareness(self) -> float:
        """Public awareness: share that would recall and use the hotline."""
        return self._public(Public.AWARENESS)

    @property
    def norm(self) -> float:
        """Lasting part of awareness."""
        return self._public(Public.NORM)

    @property
    def salience(self) -> float:
        """Short-lived part of awareness."""
        return self._public(Public.SALIENCE)

    @property
    def denial(self) -> float:
        """Share of the public that holds it does not happen here."""
        return self._public(Public.DENIAL)

    @property
    def told(self) -> float:
        """Share of youth told what exploitation is."""
        return self._public(Public.TOLD)

    @property
    def prevention(self) -> float:
        """Share of youth covered by prevention groups."""
        return self._public(Public.PREVENTION)

    @property
    def spent(self) -> float:
        """Dollars spent on it so far."""
        return float(self.model.simulation.spending.spent[:, self.row].sum())

    # -- its pool: itself, or the small communities that share investigators

    @property
    def pool(self) -> int:
        """Number of its investigation region."""
        return int(self._state.communities["pool"][self.row])

    @property
    def backlog(self) -> int:
        """Screened-in reports that wait for an investigator, in the whole pool."""
        return int(self._state.pools["backlog"][self.pool])

    @property
    def capacity(self) -> float:
        """Investigations the pool can begin a week."""
        return float(self._state.pools["capacity"][self.pool])

    # -- what happened

    @property
    def active_spells(self) -> int:
        """Spells open now."""
        return int(self._state.active[0, self.row])

    @property
    def known_active(self) -> int:
        """Spells open now that have been reported."""
        return int(self._state.active[1, self.row])

    def total(self, what: Tally) -> int:
        """Any count of the ledger."""
        clock = self.model.simulation.clock
        first = clock.first_policy_year
        return int(self._state.yearly[what, first:, self.row].sum())

    @property
    def onsets(self) -> int:
        """Spells begun, first and later ones."""
        return self.total(Tally.FIRST_ONSETS) + self.total(Tally.LATER_ONSETS)

    @property
    def known(self) -> int:
        """Spells reported for the first time."""
        return self.total(Tally.KNOWN)

    @property
    def reports(self) -> int:
        """True reports."""
        return self.total(Tally.REPORTS)

    @property
    def false_reports(self) -> int:
        """Reports that name no victimized youth."""
        return self.total(Tally.FALSE_REPORTS)

    @property
    def identified(self) -> int:
        """Victimized youth confirmed, which ended the spell."""
        return self.total(Tally.IDENTIFIED)


class Responder(View):
    """A sector of a community: those whose work may bring them into contact with youth."""

    def __init__(self, model: ReportingModel, row: int, sector_number: int) -> None:
        self.sector_number = sector_number
        super().__init__(model, row)

    @property
    def sector(self) -> str:
        """One of `SECTORS`."""
        return SECTORS[self.sector_number]

    @property
    def community(self) -> Community:
        """The community it works in."""
        return self.model.communities[self.row]

    @property
    def trained_share(self) -> float:
        """Share of staff trained."""
        return float(self._state.trained[self.sector_number, self.row])

    @property
    def skill(self) -> float:
        """Trained share times how fresh the training is, on average."""
        return float(self._state.skill[self.sector_number, self.row])

    @property
    def denial(self) -> float:
        """Share of staff who hold it does not happen here."""
        return float(self._state.denial[self.sector_number, self.row])

    @property
    def screened_share(self) -> float:
        """Share of contacts screened with a tool this year, outside the high-risk group."""
        used = self._state.rates["tool"][0, self.sector_number]
        return float(used * self._state.conditions[Bought.SCREENING_UNIVERSAL, self.row])

    @property
    def reports(self) -> int:
        """Reports made in the policy years so far, true and false."""
        channel = Channel.SCHOOL + self.sector_number
        return int(self.model.reports_so_far()[self.row, channel])
