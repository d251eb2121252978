"""The moments of studies/attention, on tables worked by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from streetlight.model.inference.shape import (
    between_years,
    correlation,
    gone_next_year,
    negative_binomial,
    thinned,
)
from streetlight.model.parameters import Parameters
from streetlight.model.parameters.in_force import in_force, with_in_force
from studies.attention_fit import Moved, fit
from studies.attention_moments import (
    REAL,
    CountedPlaces,
    loss,
    moments,
    of_areas,
    read_states,
    read_table,
    state_moments,
)

TABLE = """fips,state,place_class,population,2016,2017,2018
1,AA,large metro,1000000,4,0,8
2,AA,town,20000,0,1,0
3,BB,town,30000,0,0,0
4,BB,rural,10000,1,1,0
"""


@pytest.fixture
def table(tmp_path: Path) -> tuple[np.ndarray, CountedPlaces]:
    """Four places in two states over three years."""
    path = tmp_path / "counts.csv"
    path.write_text(TABLE, encoding="utf-8")
    return read_table(path)


def test_a_table_is_read_in_the_order_of_its_rows(table: tuple[np.ndarray, CountedPlaces]) -> None:
    """Counts by year, classes by their number, states by their order."""
    counts, places = table
    assert counts.tolist() == [[4, 0, 8], [0, 1, 0], [0, 0, 0], [1, 1, 0]]
    assert places.place_class.tolist() == [0, 2, 2, 3]
    assert places.area.tolist() == [0, 0, 1, 1]


def test_moments_of_four_places(table: tuple[np.ndarray, CountedPlaces]) -> None:
    """Rates against large metro, places with any report, and states, as worked on paper."""
    counts, places = table
    with np.errstate(all="ignore"):
        found = moments(counts, places._replace(place_class=np.array([0, 2, 1, 3], np.int8)))
    assert found["rate town"] == pytest.approx((1 / 20_000) / (12 / 1_000_000))
    assert found["rate rural"] == pytest.approx((2 / 10_000) / (12 / 1_000_000))
    assert found["rate small metro"] == 0.0
    assert [found[f"any {k}"] for k in ("large metro", "small metro", "town", "rural")] == [
        1,
        0,
        1,
        1,
    ]
    rates = 13 / 1_020_000, 2 / 40_000
    mean, half = (rates[0] + rates[1]) / 2, abs(rates[0] - rates[1]) / 2
    assert found["states: CV of rates"] == pytest.approx(half / mean)
    assert found["states: with population"] == pytest.approx(1.0)
    assert found.keys() == REAL.keys()


def test_flicker_counts_small_places_with_a_report(table: tuple[np.ndarray, CountedPlaces]) -> None:
    """Three reports of small places have a year after them, and two of them none in it."""
    counts, places = table
    assert gone_next_year(counts, places.population < 100_000) == pytest.approx(2 / 3)
    assert gone_next_year(counts, places.population > 0) == pytest.approx(3 / 4)
    assert math.isnan(gone_next_year(counts[2:3], np.array([True])))


def test_correlations_between_years_use_logs() -> None:
    """Three places whose logs are 1 2 0, then 0 1 0, then log 2, 0, log 4: worked on paper."""
    e = math.e
    counts = np.array([[e - 1, 0.0, 1.0], [e**2 - 1, e - 1, 0.0], [0.0, 0.0, 3.0]])
    neighbouring, far = between_years(counts)
    # deviations 0 1 -1 and -1 2 -1 (thirds); then -1 2 -1 (thirds) and 0 -1 1 (times log 2)
    assert neighbouring == pytest.approx((math.sqrt(3) / 2 - math.sqrt(3) / 2) / 2, abs=1e-12)
    assert far == pytest.approx(-1.0)
    assert math.isnan(correlation(np.ones(3), np.arange(3.0)))


def test_poisson_counts_give_their_slope_and_no_overdispersion() -> None:
    """Counts that lie on a power law of population give its exponent, its error and no alpha."""
    population = np.repeat([1e4, 1e5], 50)
    counts = np.where(population > 2e4, 40.0, 4.0)
    found = negative_binomial(counts, population)
    assert found.slope == pytest.approx(1.0, abs=1e-4)
    assert found.alpha < 1e-3
    # the inverse information of a Poisson slope: 1 / sum mu (x - mean)^2, mean weighted by mu
    spread = math.log(10.0) ** 2 * 50 * 4.0 * 40.0 / 44.0
    assert found.standard_error == pytest.approx(1.0 / math.sqrt(spread), rel=1e-3)


def test_overdispersion_is_found_again() -> None:
    """Ten thousand gamma-Poisson counts give back the alpha and slope they were drawn with."""
    rng = np.random.default_rng(np.random.SeedSequence(5))
    population = np.exp(rng.normal(10.0, 1.0, 10_000))
    mean = 3.0 * (population / np.exp(10.0)) ** 1.3
    found = negative_binomial(rng.poisson(mean * rng.gamma(0.25, 4.0, 10_000)) + 0.0, population)
    assert found.alpha == pytest.approx(4.0, rel=0.08)
    assert found.slope == pytest.approx(1.3, abs=5 * found.standard_error)


def test_thinning_keeps_a_share_of_the_cases() -> None:
    """Of 8 and 2 cases half are kept by inversion; a table below the volume stays as it is."""
    counts = np.array([[8.0], [2.0]])
    # Binomial(8, 1/2) is at most 4 with probability 163/256; Binomial(2, 1/2) is 0 with 1/4
    assert thinned(counts, np.array([[0.63], [0.24]]), volume=5.0).tolist() == [[4.0], [0.0]]
    assert thinned(counts, np.array([[0.64], [0.26]]), volume=5.0).tolist() == [[5.0], [1.0]]
    assert thinned(counts, np.array([[0.5], [0.5]]), volume=10.0) is counts


def test_states_vary_by_their_rates() -> None:
    """Two states of rates 1 and 3 have a CV of one half, and two points correlate by 1."""
    total, people = np.array([1.0, 9.0]), np.array([1.0, 3.0])
    assert of_areas(total, people, np.array([0, 1])) == (pytest.approx(1.0), pytest.approx(0.5))
    found = state_moments(np.array([[1.0, 1.0], [9.0, 9.0]]), people)
    assert found["CV of rates"] == pytest.approx(0.5)
    assert found["neighbouring years"] == pytest.approx(1.0)


def test_states_are_read_before_2016_and_only_where_people_are_known(tmp_path: Path) -> None:
    """Rows of 2016 and of places without people are left out; an empty cell is no case."""
    rows = ["state,year,signals,cases", "AA,2014,3,1", "AA,2015,3,", "BB,2014,9,2", "BB,2015,9,4"]
    path = tmp_path / "states.csv"
    path.write_text("\n".join([*rows, "AA,2016,99,99", "XX,2014,7,7"]), encoding="utf-8")
    found = read_states(path, {"AA": 1.0, "BB": 3.0})
    assert found["signals"]["CV of rates"] == pytest.approx(0.0)
    assert found["cases"]["CV of rates"] == pytest.approx(0.5 / 1.5)


def test_the_real_moments_have_no_loss() -> None:
    """The loss is the mean squared distance in units of luck: one unit in one of thirteen."""
    assert loss(REAL) == 0.0
    assert loss(REAL | {"slope": REAL["slope"] + 0.10}) == pytest.approx(1 / 13)


FREE = (Moved("attention.effort_cv", 0.5, 2.0), Moved("attention.effort_year_ar", 0.5, 0.9))


def test_a_fit_moves_the_number_in_force() -> None:
    """Of a pair the reading alone has the first and `mixed` the second number."""
    alone, mixed = (
        Parameters().with_values({"attention.reading": reading, "attention.effort_cv": (1.6, 1.1)})
        for reading in ("effort", "mixed")
    )
    values = {"attention.effort_cv": 1.3, "attention.effort_year_ar": 0.7}
    assert with_in_force(alone, values).attention.effort_cv == (1.3, 1.1)
    changed = with_in_force(mixed, values)
    assert changed.attention.effort_cv == (1.6, 1.3)
    assert {name: in_force(changed, name) for name in values} == values


def test_a_fit_finds_the_values_that_it_is_asked_for() -> None:
    """The smallest of a paraboloid inside the ends lies where it was put."""

    def score(parameters: Parameters) -> float:
        cv, ar = (in_force(parameters, one.name) for one in FREE)
        return (cv - 1.4) ** 2 + (ar - 0.6) ** 2

    found = fit(score, Parameters(), FREE, 200)
    assert [in_force(found, one.name) for one in FREE] == pytest.approx([1.4, 0.6], abs=0.05)
