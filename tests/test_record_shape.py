"""The shape of a table of counts with unknown years, and how a record compares with worlds."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from streetlight.experiments import cli
from streetlight.experiments.analyse import likeness as compared
from streetlight.experiments.analyse.likeness import (
    TRIED,
    Compared,
    Likeness,
    TriedSetting,
    compare_record,
    description,
    run_world,
    settings_tried,
    spread_known,
)
from streetlight.experiments.analyse.recorded import published, reports_of
from streetlight.experiments.commands.record import verdict
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.inference.shape import (
    PATTERNS,
    between_years,
    gone_next_year,
    negative_binomial,
    shape_of,
    thinned,
)
from streetlight.model.names import N_AGENCIES
from streetlight.model.parameters import Parameters
from streetlight.model.record.counts import CountsTable

NAN = math.nan


def test_zeros_are_shares_of_what_is_known() -> None:
    """Of seven known place-years four are 0; of three known places one never has any."""
    counts = np.array([[0.0, 3, 1], [0, 0, NAN], [NAN, 2, 0], [NAN, NAN, NAN]])
    found = shape_of(counts, np.array([1e5, 1e4, 2e5, 1e6]), np.array([0, 1, 2, 3]))
    assert found["zeros"] == pytest.approx(4 / 7)
    assert found["never"] == pytest.approx(1 / 3)
    assert found.keys() == PATTERNS.keys()


def test_areas_have_rates_by_known_years() -> None:
    """Rates 4/200, 2/100 and 0/100 persons a known year: mean 4/300, deviations by hand."""
    counts = np.array([[1.0, 3], [NAN, 2], [0, NAN]])
    found = shape_of(counts, np.array([100.0, 100, 100]), np.array([0, 1, 2]))
    rates = 0.02, 0.02, 0.0
    mean = sum(rates) / 3
    spread = math.sqrt(sum((rate - mean) ** 2 for rate in rates) / 3)
    assert found["areas"] == pytest.approx(spread / mean)
    assert math.isnan(shape_of(counts[:2], np.array([100.0, 100]), np.array([0, 1]))["areas"])


def test_pairs_of_years_use_what_both_know() -> None:
    """Places known in both years correlate by 1; a report is gone only if the next year says so."""
    counts = np.array([[0.0, 0], [1, 1], [5, NAN], [NAN, 7]])
    assert between_years(counts)[0] == pytest.approx(1.0)
    small = np.ones(4, bool)
    assert gone_next_year(counts, small) == 0.0
    assert gone_next_year(np.array([[1.0, 0], [1, NAN], [2, 2]]), small[:3]) == 0.5
    assert math.isnan(between_years(np.full((3, 2), NAN))[0])


def test_a_count_over_more_years_is_no_higher_rate() -> None:
    """Counts of 4 a year at every size have no slope, though large places are known for longer."""
    population, years = np.repeat([1e4, 1e5], 50), np.repeat([1.0, 5.0], 50)
    assert negative_binomial(4.0 * years, population, years).slope == pytest.approx(0.0, abs=1e-3)
    assert negative_binomial(4.0 * years, population).slope > 0.5
    counts = np.where(np.arange(5) < years[:, None], 4.0, NAN)
    assert shape_of(counts, population, np.zeros(100, int))["slope"] == pytest.approx(0.0, abs=1e-3)


def test_thinning_leaves_the_unknown_unknown() -> None:
    """Half of 8 known cases a year are kept (163/256 for at most 4), and NaN stays."""
    kept = thinned(np.array([[8.0], [NAN]]), np.array([[0.63], [0.5]]), 4.0)
    assert kept[0, 0] == 4.0 and math.isnan(kept[1, 0])


def test_a_table_that_cannot_tell_says_nothing() -> None:
    """One year without any count has zeros and nothing else, and no warning is given."""
    found = shape_of(np.zeros((3, 1)), np.array([1e3, 1e4, 0.0]), np.array([0, 1, 2]))
    assert (found["zeros"], found["never"]) == (1.0, 1.0)
    others = {name: value for name, value in found.items() if name not in ("zeros", "never")}
    assert all(math.isnan(value) for value in others.values())


# ------------------------------------------------------------------------------- beside worlds


def two_readings(own: float, even: float = 10.0) -> Likeness:
    """Worlds of one pattern: `mixed` 0 to 4, `even` 10 to 14, all with a spread of 2."""

    def worlds(first: float) -> Compared:
        shapes = np.full((5, len(PATTERNS)), NAN)
        shapes[:, 0] = first + np.arange(5.0)
        return Compared(shapes, ())

    shapes = np.full((1, len(PATTERNS)), NAN)
    shapes[0, 0] = own
    readings = {"even": worlds(even), "recording": worlds(30), "effort": worlds(60),
                "mixed": worlds(0)}  # fmt: skip
    spread = np.array([2.0] + [0.0] * (len(PATTERNS) - 1))
    return Likeness("reports", shapes, lambda counts, world: counts[0], readings, spread, 9.0, 9.0)


def test_distances_are_in_spreads_between_worlds() -> None:
    """A record of 5 is 3 from the mean of 2, one and a half spreads; no world is as far."""
    likeness = two_readings(5.0)
    assert likeness.distance("mixed") == pytest.approx(1.5)
    # worlds at the ends are 0 - 2.5 and 4 - 1.5 from the others: 1.25 spreads
    assert likeness.as_far("mixed") == 0 and two_readings(4.5).as_far("mixed") == 2
    assert likeness.told.tolist() == [True] + [False] * (len(PATTERNS) - 1)
    assert not likeness.inside("mixed").any() and two_readings(4.0).inside("mixed")[0]


def test_spreads_leave_out_what_cannot_be_told() -> None:
    """Worlds of 1, 3 and unknown have a variance of 2, those of 0, 4 and 8 one of 16: 9 on average.

    A pattern that two worlds of three cannot tell has no spread.
    """
    first = np.array([[1.0, 1], [3, NAN], [NAN, NAN]])
    second = np.array([[0.0, 2], [4, NAN], [8, NAN]])
    assert spread_known([first, second]).tolist() == [3.0, 0.0]


def test_the_verdict_names_what_makes_such_a_record() -> None:
    """The default if it does, else another reading, else the nearest of all and what helps."""
    likeness = two_readings(2.0)
    assert likeness.looks_alike("mixed") and not likeness.looks_alike("even")
    assert verdict(two_readings(2.0), "mixed", None) == [
        "The record looks like what the model makes for such a region; no other setting of "
        "recording is called for."
    ]
    assert verdict(two_readings(4.5, even=3.0), "mixed", None)[1] == (
        "attention.reading: even would do as well; even comes nearest."
    )
    other = verdict(two_readings(12.0), "mixed", None)
    assert other[1] == "It does with attention.reading: even."
    far = verdict(two_readings(7.0), "mixed", [])
    assert far[1].startswith("Of the readings attention.reading: even comes nearest")
    assert far[2].startswith("No single number of recording")
    helps = TriedSetting("mixed", "recording.publish_population", 1e5, 3e4, 2.5, 1.0)
    assert verdict(two_readings(7.0), "mixed", [helps])[2] == (
        "With attention.reading: mixed and recording.publish_population: 30000 instead of 100000 "
        "the distance is 1.0 instead of 2.5."
    )


def test_settings_are_tried_on_the_same_worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of books that follow one number alone, that number is found at the end that fits."""
    likeness = two_readings(10 * 0.43)
    with_reports = {
        name: Compared(one.shapes, [SimpleNamespace(replicate=0)])  # type: ignore[list-item]
        for name, one in likeness.readings.items()
    }
    likeness = replace(likeness, readings=with_reports)
    monkeypatch.setattr(
        compared, "published", lambda p, reports: np.array([[10 * p.recording.never[1]]] * 8).T
    )
    found = compared.nearer_settings(likeness, Parameters(), lambda text: None)
    never = Parameters().recording.never[1]
    assert [(one.reading, one.name, one.value, one.tried) for one in found] == [
        ("mixed", "recording.never", never, 0.43)
    ]
    assert found[0].distance == pytest.approx((4.3 - 10 * never) / 2.0)
    assert found[0].distance_tried == pytest.approx(0.0)


def test_a_setting_that_cannot_be_is_tried_half_way() -> None:
    """The share of areas cannot be 0.6 beside the share of years, so half of the way is tried."""
    tried = {(name, value) for name, value, _ in settings_tried(Parameters())}
    assert {name for name, _ in tried} == set(TRIED)
    area, year = (Parameters().recording.recorded_area_share[1],
                  Parameters().recording.recorded_year_share[1])  # fmt: skip
    assert ("recording.recorded_area_share", 0.0) in tried
    # 0.6 beside a year share of 0.53 would be more than all of the variance
    assert ("recording.recorded_area_share", 0.6) not in tried and 0.6 + year > 1.0
    half = (area + 0.6) / 2.0
    assert (("recording.recorded_area_share", half) in tried) == (half + year <= 1.0)


COUNTS = np.array([[30.0, 20, 25]] + [[1, 0, 2]] * 11)


def table(counts: np.ndarray) -> CountsTable:
    """Reports of the places of `region`."""
    shape = counts.shape
    return CountsTable(
        years=tuple(range(2018, 2018 + shape[1])), reports=counts, identified=np.full(shape, NAN),
        by_agency=np.full((*shape, N_AGENCIES), NAN),
    )  # fmt: skip


def region(size: float = 1.0) -> Region:
    """Twelve places, one of them a city, in three areas; size: factor on their populations."""
    ids = [f"P{i:02}" for i in range(12)]
    population = [4e6 * size] + [size * (60_000.0 + 40_000.0 * i) for i in range(11)]
    return Region.of(ids=ids, population=population, state=["A", "B", "C"] * 4)


def test_worlds_are_as_unknown_and_as_many_as_the_record() -> None:
    """Every world is thinned to the record's volume and unknown where the record is."""
    counts, zeros = COUNTS.copy(), list(PATTERNS).index("zeros")
    counts[3, 1] = NAN
    ones = np.where(np.isnan(counts), 0.0, 1.0)
    as_they_are, none_left = (description(region(), np.isnan(counts), v) for v in (1e9, 0.0))
    assert (as_they_are(ones, 0)[zeros], none_left(ones, 0)[zeros]) == (0.0, 1.0)
    said: list[str] = []
    likeness = compare_record(table(counts), region(), 5, Parameters(), said.append)
    assert likeness.held == pytest.approx(np.nansum(counts) / 3) and len(said) == 4
    assert likeness.volume <= likeness.held
    shapes = likeness.readings["mixed"].shapes
    assert shapes.shape == (5, len(PATTERNS)) and np.isfinite(shapes[:, zeros]).all()


def test_books_of_a_run_come_back_under_its_own_numbers() -> None:
    """Where everybody writes down all, and money and denial move no participation, all is known."""
    parameters = Parameters().with_values({
        "attention.reading": "even", "recording.participation_ar": 0.0,
        "recording.participation_training": 0.0, "recording.participation_denial": 0.0,
        "recording.publish_large": 0.7,
    })  # fmt: skip
    run = run_world(parameters, region(), 0, 4)
    reports, record = reports_of(run, 4), run.history().record
    all_reports = record.counts.referrals.sum(axis=2).reshape(-1, 12, 12).sum(axis=1)[-4:].T
    np.testing.assert_array_equal(reports.counts.sum(axis=0).T, all_reports)
    again = published(parameters, reports)
    np.testing.assert_array_equal(again, record.published_reports[:, -4:])
    assert ((again == 0) & (all_reports > 0)).any() and again.any()


def test_a_record_too_small_is_refused() -> None:
    """Nine places, or nineteen reports, have no shape; a small number is not said."""
    few = np.full((12, 1), NAN)
    few[:9] = 100.0
    small = np.full((12, 1), 1.0)
    wrong = (few, "900 reports of 9 places"), (small, "fewer than 20 reports of 12 places")
    for counts, said in wrong:
        with pytest.raises(InputError, match=said):
            compare_record(table(counts), region(), 5, Parameters(), print)


def test_a_region_too_small_for_the_model_is_refused() -> None:
    """Where the model makes hardly any report there is nothing to compare with."""
    with pytest.raises(InputError, match="too few reports in such a region"):
        compare_record(table(COUNTS), region(1e-3), 5, Parameters(), lambda text: None)


def test_the_command_says_what_the_record_looks_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every pattern and reading has its row, small amounts are not told, and worlds are bounded."""
    monkeypatch.chdir(tmp_path)
    places = region()
    rows = [f"{i},Place {i},{p:.0f},{s}" for i, p, s in
            zip(places.ids, places.population, places.state, strict=True)]  # fmt: skip
    Path("places.csv").write_text("\n".join(["id,name,population,state", *rows]), encoding="utf-8")
    cells = [f"{i},{','.join(f'{n:.0f}' for n in line)}" for i, line in
             zip(places.ids, COUNTS, strict=True)]  # fmt: skip
    Path("counts.csv").write_text("\n".join(["place,2018,2019,2020", *cells]), encoding="utf-8")
    asked = ["record", "counts.csv", "--region", "places.csv"]
    assert cli.call([*asked, "--worlds", "5"]) == 0
    out = capsys.readouterr().out
    assert [words for words in PATTERNS.values() if words not in out] == []
    firsts = [line.partition("  ")[0] for line in out.splitlines()]
    assert [firsts.count(name) for name in ("even", "mixed (in force)")] == [1, 1]
    assert "says nothing of how much happens" in out
    assert cli.call([*asked, "--worlds", "4"]) == 2
    assert capsys.readouterr().err == "--worlds: 4: must be from 5 to 200\n"
