"""Two plans watched week by week in the same world: truth and record read off the models.

Nothing here changes a run. What is read is what `simulate` would give (tests hold it to that).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streetlight.experiments.explorer.choices import (
    EVENT_WEEKS,
    EVENTS,
    YEARS,
    Choices,
    Kind,
    region,
)
from streetlight.model.agents.model import ReportingModel
from streetlight.model.arrays import BoolArray, FloatArray, Table
from streetlight.model.names import (
    CLASSES,
    INVESTIGATED,
    N_CLASSES,
    REPORTS,
    SCREENED,
    SERVED,
    End,
    Tally,
)
from streetlight.model.run.simulation import Simulation
from streetlight.model.world.shocks import Shock
from streetlight.model.world.state import Count

ONSETS = (Tally.FIRST_ONSETS, Tally.LATER_ONSETS)
RECENT_YEARS = 5  # the year of the clock and those before it; at the end, all of the plans'


@dataclass(frozen=True)
class Moment:
    """A week's end, the whole region together.

    exploited: youth in a spell now; known: of them, those reported to someone; onsets (spells
    begun), reports (true and false), identified: since the plans started.
    """

    week: int
    exploited: int
    known: int
    onsets: int
    reports: int
    identified: int


@dataclass(frozen=True)
class PlaceRow:
    """A kind of place: communities, and its shares (percent) of youth, truth, record and money.

    onsets and reports are those of the recent years under plan B, money all that was spent;
    reported: of 100 victimizations that began in the recent years, under plan A, plan B, and plan A
    in the world as assumed. NaN of nothing.
    """

    place: str
    communities: int
    youth: float
    onsets: float
    reports: float
    money: tuple[float, float]
    reported: tuple[float, float, float]


def counted(run: Simulation, tallies: tuple[Tally, ...], years: slice) -> np.ndarray:
    """Events of these kinds in some years of the clock by community: (C,)."""
    return np.asarray(run.state.yearly[list(tallies), years].sum(axis=(0, 1)))


def recent_years(run: Simulation) -> slice:
    """The year of the clock and the four before it."""
    year = min(run.step_number // run.clock.steps_per_year, run.clock.n_years - 1)
    return slice(year - RECENT_YEARS + 1, year + 1)


def moment_of(run: Simulation) -> Moment:
    """What there is to say about a run now."""
    policy_years = slice(run.clock.n_years - run.clock.policy_years, None)

    def since_start(*tallies: Tally) -> int:
        return int(counted(run, tallies, policy_years).sum())

    return Moment(
        week=run.step_number - run.clock.first_policy_step,
        exploited=int(run.state.active[0].sum()),
        known=int(run.state.active[1].sum()),
        onsets=since_start(*ONSETS),
        reports=since_start(*REPORTS),
        identified=since_start(Tally.IDENTIFIED),
    )


def recent_spells(run: Simulation) -> Table:
    """The victimizations that began in the recent years, as they stand now."""
    state, step = run.state, run.step_number
    start = recent_years(run).start * run.clock.steps_per_year
    first = state.spells[state.first_start[start] : state.first_start[step]]
    later = state.spells[len(state.drawn) : state.counts[Count.SPELLS]]
    later = later[(later["start"] >= start) & (later["start"] < step)]
    spells = np.concatenate([first, later])
    return np.asarray(spells[spells["end_reason"] != End.PREVENTED])


def steps_of(spells: Table) -> dict[str, BoolArray]:
    """Which victimizations have come to each step of the cascade; none without the step before."""
    known, identified = spells["known_at"] >= 0, spells["end_reason"] == End.IDENTIFIED
    return {
        "exploited": np.ones(len(spells), bool),
        "seen by someone else": known | (spells["signal_at"] >= 0),
        "reported": known,
        "screened in": known & (spells["stage"] & SCREENED != 0),
        "investigated": known & (spells["stage"] & INVESTIGATED != 0),
        "identified": identified,
        "served": identified & (spells["stage"] & SERVED != 0),
    }


def by_class(values: np.ndarray) -> FloatArray:
    """Sums over the communities of each kind of place: (classes,)."""
    return np.asarray(np.bincount(region().place_class, values, N_CLASSES), float)


def shares(values: np.ndarray) -> np.ndarray:
    """Percent of the region's sum by kind of place; NaN where the sum is 0."""
    return per_100(by_class(values), np.full(N_CLASSES, values.sum()))


def per_100(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Of 100 of the whole; NaN of nothing."""
    ratio = np.full(whole.shape, np.nan)
    np.divide(100.0 * part, whole, out=ratio, where=whole > 0)
    return ratio


class Side:
    """A plan at work and what has been seen of it: moments, one a week, the first before any."""

    def __init__(self, model: ReportingModel) -> None:
        self.model = model
        self.moments = [moment_of(model.simulation)]

    @property
    def now(self) -> Moment:
        """The last week seen."""
        return self.moments[-1]

    def advance(self, weeks: int) -> None:
        """So many weeks further, or to the end if that comes first."""
        for _ in range(weeks):
            if self.model.finished:
                return
            self.model.step()
            self.moments.append(moment_of(self.model.simulation))

    def spent(self) -> np.ndarray:
        """Money spent so far by community: (C,)."""
        return np.asarray(self.model.simulation.spending.spent.sum(axis=(0, 2)))

    def recent(self, tallies: tuple[Tally, ...]) -> np.ndarray:
        """Events of the recent years by community: (C,)."""
        return counted(self.model.simulation, tallies, recent_years(self.model.simulation))

    def cascade(self) -> dict[str, int]:
        """How many of the recent victimizations have come to each step."""
        steps = steps_of(recent_spells(self.model.simulation))
        return {name: int(reached.sum()) for name, reached in steps.items()}

    def reported(self) -> np.ndarray:
        """Of 100 recent victimizations, how many have been reported: (classes,)."""
        spells = recent_spells(self.model.simulation)
        place = region().place_class[spells["community"]]
        n = np.bincount(place, minlength=N_CLASSES)
        return per_100(np.bincount(place, spells["known_at"] >= 0, N_CLASSES), n)

    def against_mean(self, tallies: tuple[Tally, ...]) -> np.ndarray:
        """Rate per youth over that of the region, (C,); NaN without youth or without any event."""
        events, youth = self.recent(tallies), region().youth
        if not events.sum():
            return np.full(events.shape, np.nan)
        return np.asarray(per_100(events, youth) / (100.0 * events.sum() / youth.sum()))


class Watch:
    """Plan A and plan B in the world of some choices, as far as they have been seen.

    Both sides have the same youth and the same luck. What happens during play (`shocks`) happens
    on plan B's side only. assumed: plan A in the world as assumed, None where the choices leave the
    world as it is assumed.
    """

    n_weeks = 52 * YEARS

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.restart()

    def restart(self) -> None:
        """Back to the start of both plans, in the same world, with nothing having happened."""
        chosen, assumed = self.choices, self.choices.as_assumed()
        self.shocks: tuple[Shock, ...] = ()
        self.a = Side(chosen.model(chosen.plan_a))
        self.b = Side(chosen.model(chosen.plan_b))
        self.assumed = Side(assumed.model(chosen.plan_a)) if assumed != chosen else None

    @property
    def week(self) -> int:
        """Weeks seen so far."""
        return self.a.now.week

    @property
    def finished(self) -> bool:
        """Whether the plans' years are over."""
        return self.week == self.n_weeks

    def advance(self, weeks: int) -> None:
        """So many weeks further on all sides, or to the end if that comes first."""
        for side in (self.a, self.b, self.assumed):
            if side:
                side.advance(weeks)

    def strike(self, kind: Kind) -> None:
        """Let an event begin now on plan B's side, everywhere.

        The run is made anew with the shock and brought to this week, as a shock belongs to the
        world that a run is given. Its past stays as it was.
        """
        size = EVENTS[kind].size
        new = Shock(kind, region().ids, week=self.week, weeks=EVENT_WEEKS, size=size)
        self.shocks = (*self.shocks, new)
        seen = self.week
        self.b = Side(self.choices.model(self.choices.plan_b, self.shocks))
        self.b.advance(seen)

    def ends(self, kind: Kind) -> int | None:
        """The week in which an event of this kind that goes on now will be over; None without."""
        weeks = [s.week + (s.weeks or 0) for s in self.shocks if s.kind == kind]
        return next((week for week in weeks if week > self.week), None)

    def places(self) -> list[PlaceRow]:
        """The kinds of place, from large metro to rural."""
        n = np.bincount(region().place_class, minlength=N_CLASSES)
        youth = shares(region().youth)
        onsets, reports = (shares(self.b.recent(kinds)) for kinds in (ONSETS, REPORTS))
        money = [shares(side.spent()) for side in (self.a, self.b)]
        reported = [
            side.reported() if side else np.full(N_CLASSES, np.nan)
            for side in (self.a, self.b, self.assumed)
        ]
        return [
            PlaceRow(
                CLASSES[k].capitalize(), int(n[k]), float(youth[k]), float(onsets[k]),
                float(reports[k]), (float(money[0][k]), float(money[1][k])),
                (float(reported[0][k]), float(reported[1][k]), float(reported[2][k])),
            )
            for k in range(N_CLASSES)
        ]  # fmt: skip
