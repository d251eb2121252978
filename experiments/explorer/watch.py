"""A run watched week by week: truth and record read off the model, beside the same world untouched.

Nothing here changes a run. What is read is what `simulate` would give (tests hold it to that).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from streetlight.experiments.explorer.choices import Choices
from streetlight.model.money.policies import none
from streetlight.model.names import N_CLASSES, REPORTS, Tally
from streetlight.model.outcomes import TALLIES
from streetlight.model.run.simulation import Simulation

ONSETS = (Tally.FIRST_ONSETS, Tally.LATER_ONSETS)
#: The steps of the cascade: what is counted, and its label.
STEPS = (
    ("true_onsets", "exploited"), ("recognised", "seen by someone else"), ("known", "reported"),
    ("ever_screened_in", "screened in"), ("ever_investigated", "investigated"),
    ("identified", "identified"), ("served", "served"),
)  # fmt: skip
#: A kind of place as the head of a row, in the order of `PlaceClass`.
PLACE_TITLES = ("Large metro", "Small metro", "Town", "Rural")
RECENT_YEARS = 3  # the year of the clock and those before it, of which at least two are whole
STEP_TALLIES = tuple(
    ONSETS if column == "true_onsets" else (TALLIES[column],) for column, _ in STEPS
)


@dataclass(frozen=True)
class Moment:
    """A week's end, the whole region together.

    exploited: youth in a spell now; known: of them, those reported to someone; onsets (spells
    begun), reports (true and false), false_reports, identified: since the policy started;
    reached: spells that got to each step of the cascade in the recent years, (steps,).
    """

    week: int
    exploited: int
    known: int
    onsets: int
    reports: int
    false_reports: int
    identified: int
    reached: tuple[int, ...]


@dataclass(frozen=True)
class PlaceRow:
    """A place class: communities, and its shares (percent) of youth, truth, record and money.

    onsets and reports are those of the recent years, money all that was spent; NaN of nothing.
    """

    place: str
    communities: int
    youth: float
    onsets: float
    reports: float
    money: float


def counted(run: Simulation, tallies: tuple[Tally, ...], years: slice) -> np.ndarray:
    """Events of these kinds in some years of the clock by community: (C,)."""
    return np.asarray(run.state.yearly[list(tallies), years].sum(axis=(0, 1)))


def recent_years(run: Simulation) -> slice:
    """The year of the clock and the two before it."""
    year = min(run.step_number // run.clock.steps_per_year, run.clock.n_years - 1)
    return slice(year - RECENT_YEARS + 1, year + 1)


def moment_of(run: Simulation) -> Moment:
    """What there is to say about a run now."""
    policy_years = slice(run.clock.n_years - run.clock.policy_years, None)
    recent = recent_years(run)

    def since_start(*tallies: Tally) -> int:
        return int(counted(run, tallies, policy_years).sum())

    return Moment(
        week=run.step_number - run.clock.first_policy_step,
        exploited=int(run.state.active[0].sum()),
        known=int(run.state.active[1].sum()),
        onsets=since_start(*ONSETS),
        reports=since_start(*REPORTS),
        false_reports=since_start(Tally.FALSE_REPORTS),
        identified=since_start(Tally.IDENTIFIED),
        reached=tuple(int(counted(run, tallies, recent).sum()) for tallies in STEP_TALLIES),
    )


def share_of_sum(values: np.ndarray) -> np.ndarray:
    """Percent of the sum; NaN where the sum is 0."""
    total = float(values.sum())
    return 100.0 * values / total if total > 0 else np.full(values.shape, np.nan)


class Watch:
    """The run of some choices and what has been seen of it so far.

    moments: one a week, the first before any step; untouched: the same world without added money,
    all its weeks.
    """

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.restart()

    def restart(self) -> None:
        """Back to the start of the policy years, in the same world."""
        self.model = self.choices.model()
        self.moments = [moment_of(self.model.simulation)]

    @cached_property
    def untouched(self) -> list[Moment]:
        """The same world without added money, week by week."""
        run = Simulation(self.model.simulation.world, none())
        moments = [moment_of(run)]
        while not run.finished:
            run.step()
            moments.append(moment_of(run))
        return moments

    @property
    def now(self) -> Moment:
        """The last week seen."""
        return self.moments[-1]

    @property
    def baseline_now(self) -> Moment:
        """The same week without added money."""
        return self.untouched[self.now.week]

    @property
    def n_weeks(self) -> int:
        """Weeks of the policy years."""
        return len(self.untouched) - 1

    @property
    def finished(self) -> bool:
        """Whether the policy years are over."""
        return self.model.finished

    def advance(self, weeks: int) -> None:
        """So many weeks further, or to the end if that comes first."""
        for _ in range(weeks):
            if self.model.finished:
                return
            self.model.step()
            self.moments.append(moment_of(self.model.simulation))

    def spent(self) -> np.ndarray:
        """Dollars spent so far by community: (C,)."""
        return np.asarray(self.model.simulation.spending.spent.sum(axis=(0, 2)))

    def recent(self, tallies: tuple[Tally, ...]) -> np.ndarray:
        """Events of the recent years by community: (C,)."""
        return counted(self.model.simulation, tallies, recent_years(self.model.simulation))

    def places(self) -> list[PlaceRow]:
        """The place classes that the region has, from large metro to rural."""
        place = self.model.region.place_class
        n = np.bincount(place, minlength=N_CLASSES)

        def shares(values: np.ndarray) -> np.ndarray:
            return share_of_sum(np.bincount(place, values, N_CLASSES))

        columns = [
            shares(self.model.region.youth), shares(self.recent(ONSETS)),
            shares(self.recent(REPORTS)), shares(self.spent()),
        ]  # fmt: skip
        return [
            PlaceRow(PLACE_TITLES[k], int(n[k]), *(float(column[k]) for column in columns))
            for k in range(N_CLASSES)
            if n[k]
        ]

    def against_mean(self, tallies: tuple[Tally, ...]) -> np.ndarray:
        """Rate per youth over that of the region, (C,); NaN without youth or without any event."""
        events, youth = self.recent(tallies).astype(float), self.model.region.youth
        if not events.sum():
            return np.full(events.shape, np.nan)
        rate = np.full(events.shape, np.nan)
        np.divide(events, youth, out=rate, where=youth > 0)
        return np.asarray(rate / (events.sum() / youth.sum()))


def summary(watch: Watch) -> str:
    """The state of the truth and of the record in one or two sentences."""
    now = watch.now
    if not now.exploited:
        first = "No youth is exploited in this invented region now."
    else:
        verb = "is" if now.exploited == 1 else "are"
        who = f"{now.exploited:,} youth {verb} exploited in this invented region now"
        first = f"{who}; {_known(now)}."
    if now.week == 0:
        return first
    other = watch.baseline_now
    return f"{first} Without the added money, in the same world, it would be {other.exploited:,}."


def _known(now: Moment) -> str:
    """How many of those exploited now have been reported, one or more being exploited."""
    if now.exploited == 1:
        return "reported to someone" if now.known else "reported to nobody"
    if not now.known:
        return "none of them has been reported to anyone"
    verb = "has" if now.known == 1 else "have"
    return f"{now.known:,} of them {verb} been reported to someone"


def streetlight(watch: Watch) -> str:
    """How far the places that report most are those where most happens."""
    reported, true = (watch.against_mean(kinds) for kinds in (REPORTS, ONSETS))
    if np.isnan(reported).all():
        return "Nothing has been reported in these years."
    if np.isnan(true).all():
        return "No victimization began in these years: all reports are false ones."
    n = max(1, len(true) // 10)
    tops = [
        set(np.argsort(-np.nan_to_num(one), kind="stable")[:n].tolist()) for one in (reported, true)
    ]
    both = len(tops[0] & tops[1])
    if n == 1:
        same = "also" if both else "not"
        return (
            f"The place with most reports per youth is {same} the one with most victimizations "
            "per youth."
        )
    words = "none is" if not both else "all are" if both == n else f"{both} {_be(both)}"
    return (
        f"Of the {n} places with most reports per youth, {words} among the {n} with most "
        "victimizations per youth."
    )


def _be(count: int) -> str:
    return "is" if count == 1 else "are"
