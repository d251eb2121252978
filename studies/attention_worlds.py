"""Worlds without added spending, and what the table of `studies.attention` says of them.

All US counties, six policy years.  Published counts are thinned to the volume of the real ones
before their shape is described.
"""

from __future__ import annotations

import numpy as np

from streetlight.model.arrays import FloatArray
from streetlight.model.communities.region import Region
from streetlight.model.inference.shape import thinned
from streetlight.model.money import policies
from streetlight.model.names import CLASSES, N_AGENCIES, N_CLASSES, Outcome, Tally
from streetlight.model.parameters import Parameters
from streetlight.model.record.record import Record
from streetlight.model.run.simulation import Simulation, draw_world
from streetlight.model.world.state import AttentionRow, Stock
from studies.attention_moments import VOLUME, CountedPlaces, loss, moments, of_states

YEARS = 6
FUTURE = "attention"  # every reading draws its worlds from the same random numbers
#: Above this share of reports a place counts as recording everything.
ALL_RECORDED = 0.99


def us_places(region: Region) -> CountedPlaces:
    """The built-in counties as the moments need them."""
    area = np.unique(region.state, return_inverse=True)[1]
    return CountedPlaces(region.population, region.place_class, area.astype(np.int64))


def luck_of_thinning(replicate: int, shape: tuple[int, ...]) -> FloatArray:
    """The uniforms that thin the counts of a world, whatever its parameters."""
    rng = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(1, replicate)))
    return rng.random(shape)


def run_world(parameters: Parameters, replicate: int) -> Simulation:
    """A finished run without added spending, all US counties."""
    region = Region.us_counties()
    world = draw_world(parameters, region, future=FUTURE, replicate=replicate, years=YEARS)
    run = Simulation(world, policies.none())
    run.run()
    return run


def facts(run: Simulation, record: Record) -> dict[str, float]:
    """What a world comes to besides the shape of its record."""
    clock, world = run.clock, run.world
    a, kind = world.parameters.assessment, world.region.place_class
    yearly = run.state.yearly[:, clock.first_policy_year :].astype(float)
    by_place = yearly.sum(1)
    onsets = by_place[Tally.FIRST_ONSETS] + by_place[Tally.LATER_ONSETS]
    begun = by_place[Tally.INVESTIGATED] + by_place[Tally.FALSE_INVESTIGATED]
    found = by_place[Tally.IDENTIFIED] + by_place[Tally.FALSE_IDENTIFIED]
    reports = by_place[Tally.REPORTS] + by_place[Tally.FALSE_REPORTS]
    cases = record.register.cases
    since = clock.first_policy_step - clock.first_record_step
    asked = (cases["opened"] >= since) & (cases["outcome"] != Outcome.SCREENED_OUT)
    capacity = world.investigators.sum() * 12.0 * a.investigations_per_month * YEARS
    attention = run.state.attention[clock.first_policy_year :]
    effort, books = attention[:, AttentionRow.EFFORT], attention[:, AttentionRow.RECORDED :]
    shares = {"known": Tally.KNOWN, "identified": Tally.IDENTIFIED}
    out = {name: by_place[tally].sum() / onsets.sum() for name, tally in shares.items()}
    for name, tally in shares.items():
        part, whole = (np.bincount(kind, x, N_CLASSES) for x in (by_place[tally], onsets))
        out |= {f"{name}, {CLASSES[k]}": part[k] / whole[k] for k in range(N_CLASSES)}
    out |= {
        "not substantiated": 1.0 - found.sum() / begun.sum(),
        "mean effort": effort.mean(),
        "places at the cap of effort": share_at_top(effort),
        "mean recorded share": books.mean(),
        "places that record all": (books > ALL_RECORDED).mean(),
        "reports a year": reports.sum() / YEARS,
        "recorded a year": by_place[Stock.RECORDED : Stock.RECORDED + N_AGENCIES].sum() / YEARS,
        "published reports a year": record.published_reports[:, -YEARS:].sum() / YEARS,
        "published identified a year": record.published_identified[:, -YEARS:].sum() / YEARS,
        "investigations asked / capacity": asked.sum() / capacity,
        "investigations begun / capacity": begun.sum() / capacity,
        "posts": world.investigators.sum(),
    }
    return {name: float(value) for name, value in out.items()}


def share_at_top(effort: FloatArray) -> float:
    """Share of effort (years, C) that is cut, 0 where all are alike."""
    top = effort.max()
    return float((effort == top).mean()) if top > effort.min() else 0.0


def judged(run: Simulation) -> dict[str, float]:
    """Everything the table prints of one world."""
    places = us_places(run.world.region)
    out: dict[str, float] = {}
    record = run.history().record
    counts = {"reports": record.published_reports, "identified": record.published_identified}
    for name, every_year in counts.items():
        published = every_year[:, -YEARS:]
        luck = luck_of_thinning(run.world.replicate, published.shape)
        shape = moments(thinned(published, luck, VOLUME), places)
        out |= {f"{name}: {key}": value for key, value in shape.items()}
        out[f"{name}: loss"] = loss(shape)
        states = of_states(published, places)
        out |= {f"{name}, states: {key}": value for key, value in states.items()}
    return out | facts(run, record)


def judge(parameters: Parameters, worlds: int) -> dict[str, FloatArray]:
    """Every number of the table, (worlds,) each."""
    rows = [judged(run_world(parameters, r)) for r in range(worlds)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
