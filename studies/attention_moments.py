"""Patterns of an uneven record: the moments by which a table of counts is described.

A table holds counts of communities in years that follow each other, (C, Y), with the population and
class of each community.  What a table of police data gave stands in `REAL`; the data themselves are
not part of this repository (`python -m studies.attention --table PATH` describes a copy).
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from streetlight.model.arrays import FloatArray, IntArray
from streetlight.model.inference.shape import (
    SMALL,
    between_years,
    by_area,
    correlation,
    gone_next_year,
    negative_binomial,
)
from streetlight.model.names import CLASSES, N_CLASSES

#: Published counts a year, all US counties, to which simulated tables are thinned: as many a head
#: as the police data have.
VOLUME = 2_200.0

#: Human-trafficking offences known to police by county, 2016-2021: 806 counties of 16 states, all
#: ages, so that only shapes mean anything (FBI Uniform Crime Reports; R21 in model/parameters).
REAL = {
    "slope": 1.29,
    "alpha": 5.1,
    "rate small metro": 0.71,
    "rate town": 0.37,
    "rate rural": 0.16,
    "any large metro": 0.516,
    "any small metro": 0.484,
    "any town": 0.153,
    "any rural": 0.041,
    "neighbouring years": 0.71,
    "first and last year": 0.53,
    "gone next year": 0.67,
    "states: with population": 0.08,
    "states: CV of rates": 1.31,
}

#: How far each would move by the luck of which counties there are (standard deviation over 300
#: bootstrap samples of the same counties; of states for the CV of their rates).
LUCK = {
    "slope": 0.10,
    "alpha": 0.95,
    "rate small metro": 0.40,
    "rate town": 0.27,
    "rate rural": 0.11,
    "any large metro": 0.053,
    "any small metro": 0.041,
    "any town": 0.019,
    "any rural": 0.013,
    "neighbouring years": 0.03,
    "first and last year": 0.09,
    "gone next year": 0.06,
    "states: CV of rates": 0.39,
}

#: Cases known to the National Human Trafficking Hotline by state, 2012-2015, and all signals it had
#: (all ages; the hotline's statistics as published).
HOTLINE = {
    "cases": {
        "slope": 0.92,
        "alpha": 0.30,
        "CV of rates": 0.99,
        "with population": 0.96,
        "neighbouring years": 0.98,
    },
    "signals": {
        "slope": 0.86,
        "alpha": 0.30,
        "CV of rates": 1.15,
        "with population": 0.97,
        "neighbouring years": 0.97,
    },
}


class CountedPlaces(NamedTuple):
    """What a table of counts knows about its communities."""

    population: FloatArray  # (C,)
    place_class: npt.NDArray[np.int8]  # (C,)
    area: npt.NDArray[np.int64]  # (C,) number of the state


def read_table(path: Path) -> tuple[FloatArray, CountedPlaces]:
    """Counts (C, Y) and places of a file with columns state, place_class, population and years."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    years = sorted(column for column in rows[0] if column.isdigit())
    counts = np.array([[float(row[year]) for year in years] for row in rows])
    states = np.unique([row["state"] for row in rows], return_inverse=True)[1]
    kinds = np.array([CLASSES.index(row["place_class"]) for row in rows], np.int8)
    population = np.array([float(row["population"]) for row in rows])
    return counts, CountedPlaces(population, kinds, states.astype(np.int64))


def of_areas(total: FloatArray, population: FloatArray, area: IntArray) -> tuple[float, float]:
    """Areas: correlation of reports with population, and CV of their rates."""
    reports, people = by_area(total, area), by_area(population, area)
    rates = reports[people > 0] / people[people > 0]
    return correlation(reports, people), float(rates.std() / rates.mean())


def moments(counts: FloatArray, places: CountedPlaces) -> dict[str, float]:
    """The moments of a table of counts (C, Y), in the order and by the names of `REAL`."""
    total, kind = counts.sum(1), places.place_class
    regression = negative_binomial(total, places.population)
    people = np.bincount(kind, places.population, N_CLASSES)
    rate = np.bincount(kind, total, N_CLASSES) / people
    neighbouring, far = between_years(counts)
    with_population, spread = of_areas(total, places.population, places.area)
    found = {"slope": regression.slope, "alpha": regression.alpha}
    found |= {f"rate {CLASSES[k]}": rate[k] / rate[0] for k in range(1, N_CLASSES)}
    found |= {f"any {CLASSES[k]}": (total[kind == k] > 0).mean() for k in range(N_CLASSES)}
    found |= {
        "neighbouring years": neighbouring,
        "first and last year": far,
        "gone next year": gone_next_year(counts, places.population < SMALL),
        "states: with population": with_population,
        "states: CV of rates": spread,
    }
    return {name: float(value) for name, value in found.items()}


def of_states(counts: FloatArray, places: CountedPlaces) -> dict[str, float]:
    """The moments of states, by the names of `HOTLINE`, of a table of communities (C, Y)."""
    by_state = np.stack([by_area(year, places.area) for year in counts.T], axis=1)
    return state_moments(by_state, by_area(places.population, places.area))


def state_moments(counts: FloatArray, people: FloatArray) -> dict[str, float]:
    """The moments of counts (S, Y) of states with so many people (S,)."""
    total = counts.sum(1)
    regression, rates = negative_binomial(total, people), total / people
    return {
        "slope": regression.slope,
        "alpha": regression.alpha,
        "CV of rates": float(rates.std() / rates.mean()),
        "with population": correlation(total, people),
        "neighbouring years": between_years(counts)[0],
    }


def read_states(path: Path, people: dict[str, float]) -> dict[str, dict[str, float]]:
    """Moments of signals and of cases of a file with columns state, year, signals and cases.

    people: by state; years before 2016 (later ones count otherwise), states in every year.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["year"]) < 2016]
    years = sorted({row["year"] for row in rows})
    names = sorted({row["state"] for row in rows} & set(people))
    cells = {(row["state"], row["year"]): row for row in rows}
    out = {}
    for what in ("signals", "cases"):
        counts = np.array([[float(cells[s, y][what] or 0.0) for y in years] for s in names])
        out[what] = state_moments(counts, np.array([people[s] for s in names]))
    return out


def loss(found: dict[str, float]) -> float:
    """Mean squared distance from the real moments, in units of their luck."""
    return float(np.mean([((found[k] - REAL[k]) / luck) ** 2 for k, luck in LUCK.items()]))
