"""Estimators on linked lists, against tables worked by hand and published estimates."""

from __future__ import annotations

import csv
import os
from itertools import compress, product
from pathlib import Path

import numpy as np
import pytest
from small_worlds import SIGMAS

from streetlight.model.inference.contacts import poisson_of, unmet
from streetlight.model.inference.identified import NotIdentifiedError
from streetlight.model.inference.internal_check import internal_checks
from streetlight.model.inference.lists import ListTable, chao, chapman
from streetlight.model.inference.log_linear import exists, fit, matrix, poisson_newton, profile
from streetlight.model.inference.systems import averaged, population, stepwise
from studies.list_intervals import drawn, held

#: 1,000 persons, independent lists with shares .5, .4 and .25: 225 are on none.
INDEPENDENT = {"A": 225, "B": 150, "C": 75, "AB": 150, "AC": 75, "BC": 50, "ABC": 50}
ODD = {"A": 60, "B": 45, "C": 30, "AB": 12, "AC": 8, "BC": 5, "ABC": 3}
PUBLISHED = Path(os.environ.get("STREETLIGHT_TABLES", "none")) / "reported" / "mse_lists.csv"


def test_chapman_by_hand() -> None:
    """201 x 151 / 31 - 1, and the variance of Seber; no overlap is refused."""
    estimate, error = chapman(200, 150, 30)
    assert estimate == pytest.approx(978.0645, abs=1e-3)
    assert error == pytest.approx(141.89, abs=0.01)
    with pytest.raises(NotIdentifiedError, match="nobody is on both"):
        chapman(20, 30, 0)
    with pytest.raises(ValueError, match="at most"):
        chapman(20, 30, 21)


def test_independent_lists_give_back_the_whole() -> None:
    """Expected counts of three independent lists: exactly 1,000, and no pair is added."""
    table = ListTable.of("ABC", INDEPENDENT)
    model = stepwise(table)
    assert model.pairs == frozenset()
    assert table.n + model.unseen == pytest.approx(1000.0, abs=1e-4)
    low, high = profile(table, model)
    assert low < 1000.0 < high < 1100.0


def test_a_fit_is_that_of_a_generalised_linear_model() -> None:
    """Level, its error and likelihood as statsmodels 0.15.0 gives them; BIC for 163 persons."""
    table = ListTable.of("ABC", ODD)
    model = fit(table, {(0, 1)})
    assert (model.unseen, model.unseen_error) == pytest.approx(GLM_WITH_PAIR[:2], rel=1e-6)
    assert model.bic == pytest.approx(GLM_WITH_PAIR[2], rel=1e-6)
    assert fit(table, ()).unseen == pytest.approx(GLM_INDEPENDENT, rel=1e-6)


GLM_WITH_PAIR = (219.375, 0.32307946681604705, 58.024205921204164)
GLM_INDEPENDENT = 209.1327183464742


def test_a_fit_that_does_not_settle_to_the_last_digits_is_still_the_fit() -> None:
    """Means from thousands down to a billionth: rounding stirs the slopes, and margins hold."""
    persons = {"A": 1, "C": 1, "AB": 2, "AC": 3000, "BC": 1, "BD": 2, "CD": 3000, "BCD": 3000}
    table = ListTable.of("ABCD", {**persons, "ABCD": 1})
    pairs = [(0, 2), (0, 3), (1, 3), (2, 3)]
    x = matrix(table.histories, pairs)
    assert exists(table, pairs) and not poisson_newton(x, table.counts).converged
    model = fit(table, pairs)
    assert model.unseen == pytest.approx(0.0258149, rel=1e-5)  # statsmodels 0.15.0
    assert x.T @ model.means == pytest.approx(x.T @ table.counts, rel=1e-6)


def test_chao_by_hand() -> None:
    """39 persons, 30 on one list and 9 on two of three: 39 + (10 x 10 + 10 x 10 + 10 x 10) / 10."""
    table = ListTable.of("ABC", {"A": 10, "B": 10, "C": 10, "AB": 4, "BC": 5})
    assert chao(table) == pytest.approx(69.0)


def mean_table(p: np.ndarray) -> ListTable:
    """Mean counts, rounded, of persons (n,) on independent lists with probabilities (n, k)."""
    names, persons = "ABCDE"[: p.shape[1]], {}
    for on in product([False, True], repeat=len(names)):
        if any(on):
            mean = np.where(on, p, 1.0 - p).prod(axis=1).sum()
            persons["".join(compress(names, on))] = round(mean)
    return ListTable.of(names, persons)


def test_the_lower_bound_stays_below_the_truth_where_lists_differ_in_size() -> None:
    """Lists of 30% down to 1%: 100,000 persons alike are given back, persons who differ are not.

    Taking the lists for equally large would give 114,000 of those alike, and 101,000.
    """
    share = np.array([0.3, 0.2, 0.1, 0.03, 0.01])
    assert chao(mean_table(np.tile(share, (100_000, 1)))) == pytest.approx(1e5, rel=1e-3)
    visible = np.exp(0.5 * np.random.default_rng(1).normal(size=(100_000, 1)))
    odds = visible * share / (1.0 - share)
    assert 0.88e5 < chao(mean_table(odds / (1.0 + odds))) < 0.93e5


def test_a_fit_that_lies_at_infinity_is_seen() -> None:
    """Without overlaps nothing exists; a pair that takes up all overlaps leaves nothing either."""
    assert exists(ListTable.of("ABC", ODD), {(0, 1), (0, 2), (1, 2)})
    assert not exists(ListTable.of("ABC", {"A": 5, "B": 5, "C": 5}), ())
    alone = ListTable.of("ABC", {"A": 5, "B": 5, "C": 5, "AB": 3})
    assert exists(alone, ())
    assert not exists(alone, {(0, 1)})


def test_a_pair_that_nobody_is_on_leaves_its_combinations_out() -> None:
    """With A and B exclusive, C is independent of both: 10 x 10 / 5 in A, 20 x 10 / 5 in B."""
    table = ListTable.of("ABC", {"A": 5, "B": 15, "C": 10, "AC": 5, "BC": 5})
    model = fit(table, {(0, 1)})
    assert model.means[~model.possible].sum() == 0.0
    # mains and a level on five possible combinations: C's odds are common to A, B and neither
    assert model.unseen == pytest.approx(10.0 * 20.0 / 10.0, rel=1e-6)


@pytest.mark.parametrize(
    ("names", "persons", "reason"),
    [
        ("A", {"A": 50}, "one list alone"),
        ("AB", {"A": 50, "B": 40, "AB": 10}, "two lists"),
        ("ABC", {"A": 50, "B": 40, "C": 30}, "nobody is on two lists"),
        ("ABC", {"A": 50, "B": 40, "C": 30, "AB": 4}, "fewer than 5 persons"),
        ("ABCD", {"A": 50, "B": 40, "AB": 30, "C": 50, "D": 40, "CD": 30}, "nobody on A or B is"),
    ],
)
def test_tables_that_say_nothing_are_refused(
    names: str, persons: dict[str, float], reason: str
) -> None:
    """One list, two lists, no overlap, few, and lists that exclude each other: with the reason."""
    with pytest.raises(NotIdentifiedError, match=reason):
        population(ListTable.of(names, persons))


def test_dependence_of_a_pair_is_found_and_allowed_for() -> None:
    """Where everybody on A is sent to B as well, independence would see too few."""
    sent = {"A": 60, "B": 150, "C": 75, "AB": 315, "AC": 20, "BC": 50, "ABC": 105}
    table = ListTable.of("ABC", sent)  # A and B tie; C takes a quarter of all
    model = stepwise(table)
    assert (0, 1) in model.pairs
    assert table.n + model.unseen == pytest.approx(1000.0, rel=0.06)
    assert table.n + fit(table, ()).unseen < 900.0


def test_intervals_hold_the_choice_of_the_model() -> None:
    """What is said spans both the repeated choice and the average over models, and the truth."""
    found = population(ListTable.of("ABC", INDEPENDENT), bootstraps=60)
    assert found.interval.low <= min(found.bootstrap.low, found.averaged.interval.low)
    assert found.interval.high >= max(found.bootstrap.high, found.averaged.interval.high)
    assert found.interval.low < 1000.0 < found.interval.high
    assert averaged(ListTable.of("ABC", INDEPENDENT)).models > 1


def test_members_of_a_list_are_a_check() -> None:
    """Of independent lists the other two give about the members of each (Chapman)."""
    checks = {one.name: one for one in internal_checks(ListTable.of("ABC", INDEPENDENT))}
    assert (checks["A"].known, checks["C"].known) == (500.0, 250.0)
    # of 500 on A, 200 are on B, 125 on C and 50 on both: 201 x 126 / 51 - 1
    assert checks["A"].estimate == pytest.approx(495.588, abs=1e-3)
    few = internal_checks(ListTable.of("ABC", ODD))[1]
    assert np.isnan(few.estimate) and few.reason


def test_repeat_contacts_by_hand() -> None:
    """120 met once, 30 twice, 8 three times, 2 four times: 160 persons and 212 contacts."""
    found = unmet(np.array([120.0, 30.0, 8.0, 2.0]))
    told = found.estimates
    assert told["chao"] == pytest.approx(160.0 + 120.0 * 119.0 / 62.0)
    assert told["zelterman"] == pytest.approx(160.0 / (1.0 - np.exp(-0.5)))
    assert told["geometric"] == pytest.approx(160.0 * 212.0 / 52.0)
    assert poisson_of(1000.0, 1000.0 * np.log(2.0) / 0.5) == pytest.approx(2000.0)
    assert all(found.intervals[name].low < told[name] < found.intervals[name].high for name in told)


def test_missed_links_lower_the_estimate_and_led_on_contacts_raise_it() -> None:
    """A third of second contacts not linked: 30 pairs were 45, and 30 once met were nobody."""
    found = unmet(np.array([120.0, 20.0]))
    half = {row[0]: row[1] for row in found.fragility}[0.5]
    assert half == pytest.approx(120.0 + 80.0 * 79.0 / 82.0)  # 40 twice, 80 once, 120 persons
    led = {row[0]: row[1] for row in found.led_on}[0.5]
    assert led == pytest.approx(140.0 + 130.0 * 129.0 / 22.0)  # 10 twice, 130 once
    with pytest.raises(NotIdentifiedError, match="fewer than 5"):
        unmet(np.array([120.0, 4.0]))


def test_more_missed_links_than_persons_met_once_are_not_possible() -> None:
    """10 met once cannot be the halves of 30 persons whose second contact was missed."""
    rows = unmet(np.array([10.0, 30.0])).fragility
    assert [np.isnan(row[1:]).all() for row in rows] == [False, False, True, True, True]
    # a tenth of 33.3 missed: 6.67 of those met once are 3.33 persons
    once, twice = 10.0 - 20.0 / 3.0, 100.0 / 3.0
    assert rows[1][1] == pytest.approx(once + twice + once * (once - 1.0) / (2.0 * twice + 2.0))


@pytest.mark.skipif(not PUBLISHED.exists(), reason="needs the published tables, not shipped")
def test_the_published_estimate_of_the_united_kingdom() -> None:
    """Five lists of 2013: 11,313 persons, published as 10,000 to 13,000 (Silverman 2014)."""
    persons: dict[frozenset[str], float] = {}
    with PUBLISHED.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["dataset"] == "UKdat":
                on = frozenset("PF" if x == "NCA" else x for x in row["lists"].split("+"))
                persons[on] = persons.get(on, 0.0) + float(row["count"])
    table = ListTable.of(sorted({x for on in persons for x in on}), persons)
    assert table.n == 2744.0
    assert table.n + stepwise(table).unseen == pytest.approx(11_313.0, abs=0.5)
    low, high = profile(table, stepwise(table), 0.95)
    assert (low, high) == pytest.approx((10_000.0, 13_000.0), rel=0.03)


def test_tables_drawn_from_a_model_have_its_means() -> None:
    """Three lists that 0.4 of 1,000 are on each: 784 on any, 64 on all, over twenty tables."""
    counts = {"A": 144, "B": 144, "C": 144, "AB": 96, "AC": 96, "BC": 96, "ABC": 64}
    table = ListTable.of("ABC", counts)
    tables = [*drawn(table, fit(table, ()), 20, seed=1)]
    assert len(tables) == 20
    for mean, chance in ((np.mean([t.n for t in tables]), 0.784),
                         (np.mean([t.on_exactly(3) for t in tables]), 0.064)):  # fmt: skip
        error = np.sqrt(1000 * chance * (1.0 - chance) / 20)
        assert abs(mean - 1000 * chance) < SIGMAS * error


def test_intervals_of_a_table_that_is_not_in_doubt_hold() -> None:
    """With 64,000 on all three lists every table is estimated, and most intervals hold."""
    counts = {"A": 144, "B": 144, "C": 144, "AB": 96, "AC": 96, "BC": 96, "ABC": 64}
    found, refused = held(ListTable.of("ABC", {on: 1000 * n for on, n in counts.items()}), 6, 20, 1)
    assert not refused
    assert {*found} == {"all that is said", "choice repeated", "averaged", "chosen model alone"}
    assert found["all that is said"].sum() >= 3  # of nine in ten: fewer by chance 1 in 800
