"""Small worlds for the tests of the engine: mechanisms off but those named, youth given by hand.

Nothing here comes from a calibration: `PLAIN` sets every number that a hand-worked table uses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streetlight.model.arrays import FloatArray, Table
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import Policy, Rule
from streetlight.model.names import End, Tally
from streetlight.model.parameters import Parameters
from streetlight.model.record.view import RecordView
from streetlight.model.run.case_files import register_of
from streetlight.model.run.simulation import Simulation
from streetlight.model.week.report import false_mean
from streetlight.model.world.begin import begin_world
from streetlight.model.world.state import Count
from streetlight.model.world.victimization import untouched_spells
from streetlight.model.world.world import World

STEPS = 52
plainly_false_mean = getattr(false_mean, "py_func", false_mean)
LN2 = math.log(2.0)
HIGH_RISK, FAMILY, KNOWN_OFFENDER, BLAMES = 16, 32, 64, 128  # bits of `traits`
ALWAYS, NEVER = 1e9, 1e-12  # rates that make a thing sure, or keep it from happening
SIGMAS = 4.5  # random counts may miss their expectation by this many standard errors

#: Everybody is alike and leaves at 18 alone, every report is believed, decisions fall at once.
PLAIN: dict[str, Any] = {
    "switches.ageing_out": True,
    "incidence.normalise": "region",
    "incidence.age_mode": 12.0,
    "spell.exit_hazard": NEVER,
    "knowing.self_recognition": NEVER,
    "encounter.contact_rate": (0.0, 0.0, 0.0, 0.0, 0.0),
    "encounter.contact_ratio_labour": (1.0, 1.0, 1.0, 1.0, 1.0),
    "encounter.contact_ratio_high_risk": (1.0, 1.0, 1.0, 1.0, 1.0),
    "encounter.labour_ratio": 1.0,
    "encounter.gender_ratio": (1.0, 1.0, 1.0),
    "encounter.family_ratio": 1.0,
    "encounter.family_public_ratio": 1.0,
    "denial.form": "mechanisms",
    "denial.barrier_scale": 1.0,
    "awareness.hotline": (0.3, 0.3, 0.3, 0.3),
    "reporting.report": (1.0, 1.0, 1.0, 1.0, 1.0),
    "assessment.posts": "seen",  # posts solved for their work need the expected cascade
    "assessment.screen_in": 1.0,
    "assessment.substantiation": 1.0,
    "assessment.family_ratio": 1.0,
    "assessment.investigation_weeks": 0.0,
    "assessment.after_closed_ratio": 1.0,
    "assessment.wrong_substantiation": 0.0,
    "recording.touch_rate": 0.0,
}

#: Schools see every youth in every week, and know what they see.
SCHOOLS_SEE: dict[str, Any] = {
    "encounter.contact_rate": (ALWAYS, 0.0, 0.0, 0.0, 0.0),
    "encounter.untrained": (1.0, 1.0, 1.0, 1.0, 1.0),
    "encounter.trained": (1.0, 1.0, 1.0, 1.0, 1.0),
}

#: Columns of a spell that tell its story.
STORY = ("number", "start", "signal_at", "known_at", "end", "end_reason", "n_reports")

#: Youth know at once and tell a formal body in every week.
YOUTH_TELL: dict[str, Any] = {
    "knowing.self_recognition": ALWAYS,
    "disclosure.hazard": ALWAYS,
    "disclosure.formal_share": 1.0,
}


def only(*switches: str, values: dict[str, Any] | None = None, **more: Any) -> Parameters:
    """Plain parameters, ageing out and these switches on, all others off; a__b stands for a.b."""
    chosen = {**PLAIN, **{f"switches.{name}": True for name in switches}, **(values or {})}
    chosen |= {name.replace("__", "."): value for name, value in more.items()}
    return Parameters.plain().with_values(chosen)


def place(population: float = 100_000.0, **columns: Any) -> Region:
    """A region of one community, "A": a large metro of 100,000 with 10,000 youth, none poor."""
    one: dict[str, Any] = {
        "youth": [10_000.0], "youth_12_17": [7_500.0], "poverty_share": [0.0],
        "place_class": ["large metro"],
    }  # fmt: skip
    return Region.of(ids=["A"], population=[population], **{**one, **columns})


def given(youth: Iterable[tuple[int, int, int]]) -> Table:
    """First spells by hand: (community, number of the youth, start) each, sorted by start."""
    rows = list(youth)
    spells = untouched_spells(len(rows))
    spells["community"], spells["number"], spells["start"] = zip(*rows, strict=True)
    return spells


def cohort(n: int) -> Table:
    """Many first spells that start in step 0 of community A."""
    spells = untouched_spells(n)
    spells["number"] = np.arange(n)
    return spells


def false_means(sim: Simulation, c: int = 0) -> FloatArray:
    """Mean false reports of each sector in a place, in the step that was made last: (5,)."""
    year = (sim.step_number - 1) // sim.clock.steps_per_year
    return np.array([plainly_false_mean(sim.state, sector, c, year) for sector in range(5)])


def tiny(
    parameters: Parameters,
    youth: Iterable[tuple[int, int, int]] | Table,
    region: Region | None = None,
    burn_in_years: int = 1,
) -> Simulation:
    """Youth in an otherwise empty world at its first step, which is step 0 of burn-in."""
    spells = youth if isinstance(youth, np.ndarray) else given(youth)
    world = begun(parameters, region or place(), burn_in_years, spells=spells)
    return Simulation(world, None)


def begun(
    parameters: Parameters, region: Region, burn_in_years: int = 1, years: int = 1, **more: Any
) -> World:
    """A world at its first step, without filling years.

    The expected cascade, which scales false reports, takes the logarithm of 0 where something is
    sure; no test here depends on it.
    """
    short = {"time.filling_years": 0, "time.burn_in_years": burn_in_years}
    with np.errstate(divide="ignore", invalid="ignore"):
        return begin_world(parameters.with_values(short), region, years=years, **more)


def finished(sim: Simulation) -> Simulation:
    """The same simulation after its last step."""
    sim.run()
    return sim


def columns(table: Table, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of a table as plain tuples, a row each."""
    return [tuple(row[name].item() for name in names) for row in table]


def record_of(sim: Simulation) -> np.ndarray:
    """Reports, investigations begun and cases substantiated: (3, months, C, channels)."""
    register = register_of(sim.world, sim.state)
    return np.stack([register.referrals(), *register.investigations()])


def spells_of(sim: Simulation) -> Table:
    """All spells that were entered."""
    return sim.state.spells[: int(sim.state.counts[Count.SPELLS])]


def cases_of(sim: Simulation) -> Table:
    """All cases that were opened."""
    return sim.state.cases[: int(sim.state.counts[Count.CASES])]


def touches_of(sim: Simulation) -> Table:
    """All touches that were written."""
    return sim.state.touches[: int(sim.state.counts[Count.TOUCHES])]


def p_step(hazard_per_month: float, steps_per_year: int = STEPS) -> float:
    """Probability a step of a hazard a month."""
    return -math.expm1(-12.0 * hazard_per_month / steps_per_year)


def assert_share(successes: float, n: float, p: float) -> None:
    """A count of n independent trials is within `SIGMAS` standard errors of n p."""
    assert n > 0
    assert abs(successes - n * p) <= SIGMAS * math.sqrt(n * p * (1.0 - p)) + 1e-9, (
        successes / n, p, n,
    )  # fmt: skip


def assert_mean(values: NDArray[Any], expected: float) -> None:
    """The mean of independent values is within `SIGMAS` of its own standard errors."""
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    assert abs(float(np.mean(values)) - expected) <= SIGMAS * error, (np.mean(values), expected)


def evenly(view: RecordView) -> NDArray[np.float64]:
    """A rule that looks at nothing but the population."""
    return np.array(view.population)


def to_first(view: RecordView) -> NDArray[np.float64]:
    """A rule that gives everything to the first community."""
    return np.eye(view.n_communities)[0]


def spend(rule: Rule, budget: float, **mix: float) -> Policy:
    """A policy of a fixed rule and mix."""
    return Policy("fixed", rule, mix, budget)


def lasting(sim: Simulation, steps: int) -> Table:
    """First spells of youth who will not turn 18 within some steps of onset."""
    first = spells_of(sim)
    first = first[first["ordinal"] == 0]
    return first[first["age_out"] - first["start"] > steps]


def tally(sim: Simulation, what: Tally) -> int:
    """A count of the ledger over all years and communities."""
    total = int(sim.state.yearly[what].sum())
    assert total == int(sim.state.monthly[what].sum())
    return total


def set_queue(sim: Simulation, capacity: float, credit: float) -> None:
    """Give every pool a capacity (investigations a step) and a credit at the start."""
    sim.state.pools["capacity"], sim.state.pools["credit"] = capacity, credit


def story(sim: Simulation) -> list[tuple[Any, ...]]:
    """The spells of a finished run, youth without an end shown with end -1."""
    rows = columns(spells_of(sim), *STORY)
    return [(*row[:4], -1 if row[5] == End.OPEN else row[4], *row[5:]) for row in rows]
