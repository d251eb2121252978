"""Regions: the built-in table, files and their faults, selections, groupings, invented places."""

from __future__ import annotations

import copy
import csv
import math
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streetlight.model.communities.columns import shown
from streetlight.model.communities.groups import hilbert_position
from streetlight.model.communities.reading import DOUBTS
from streetlight.model.communities.region import Region, RegionError
from streetlight.model.communities.synthetic import Draw, stream
from streetlight.model.errors import NO_UNSEEN, InputError, StreetlightError
from streetlight.model.names import PlaceClass

DATA = Path(__file__).resolve().parents[1] / "model" / "data"
#: A folder of tables that the project may not ship, for those who have them.
SHARED = Path(os.environ.get("STREETLIGHT_TABLES", DATA / "none"))
HEADER = "id,name,population\n"
ARRAYS = ("population", "youth", "youth_12_17", "poverty_share", "place_class", "latitude",
          "longitude", "neighbour_start", "neighbour_index", "covariate")  # fmt: skip


def written(folder: Path, text: str | bytes, name: str = "towns.csv") -> Path:
    """A file of that content in `folder`."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def save(region: Region, folder: Path, order: list[int] | None = None) -> Path:
    """The region as a CSV file with its neighbour file, rows in the given order."""
    path = folder / "saved.csv"
    number = {"population", "youth", "youth_12_17", "poverty_share", "covariate"}
    columns: dict[str, Sequence[str]] = {
        c: [repr(float(v)) for v in getattr(region, c)] for c in sorted(number)
    }
    for degrees in ("latitude", "longitude"):
        values = getattr(region, degrees)
        columns[degrees] = ["" if math.isnan(v) else repr(float(v)) for v in values]
    columns["place_class"] = [PlaceClass(c).label for c in region.place_class]
    columns |= {"id": region.ids, "name": region.names, "state": region.state, **region.extras}
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(columns)
        rows = list(zip(*columns.values(), strict=True))
        out.writerows(rows[k] for k in order or range(len(rows)))
    pairs = [f"{region.ids[b]},{region.ids[a]}" for a, b in region.neighbour_pairs()]
    written(folder, "\n".join(["id_a,id_b", *pairs]) + "\n", "saved_neighbours.csv")
    return path


def faults(folder: Path, text: str | bytes) -> tuple[str, ...]:
    """Problems of a region file, without the path in front."""
    path = written(folder, text)
    with pytest.raises(RegionError) as caught:
        Region.from_csv(path)
    return tuple(problem.replace(str(path), "towns.csv") for problem in caught.value.problems)


FOUR: dict[str, Any] = {
    "ids": ["D", "B", "A", "C"],
    "population": [900, 60_000, 2_000_000, 9_000],
    "neighbours": [("A", "B"), ("C", "B"), ("B", "A")],
}

sizes = st.one_of(st.just(0), st.integers(1, 400_000))
degrees = st.floats(-60, 60).map(lambda v: round(v, 4))


@st.composite
def towns(draw: st.DrawFn) -> dict[str, Any]:
    """Keyword lists for `Region.of`, with gaps, in any order of ids."""
    letters = st.text("abcé019-", min_size=1, max_size=4)
    ids = draw(st.lists(letters, min_size=1, max_size=14, unique=True))
    n = len(ids)
    population = draw(st.lists(sizes, min_size=n, max_size=n))
    places = [draw(st.one_of(st.none(), st.tuples(degrees, degrees))) for _ in ids]
    near = st.sampled_from(ids)
    pairs = draw(st.lists(st.tuples(near, near), max_size=10)) if n > 1 else []
    gaps = st.one_of(st.none(), st.floats(0, 1))
    return {
        "ids": ids,
        "names": [f"Place, “{one}”" for one in ids],
        "state": [draw(st.sampled_from(["X", "Y"])) for _ in ids],
        "population": population,
        "poverty_share": draw(st.lists(gaps, min_size=n, max_size=n)),
        "place_class": [draw(st.sampled_from([None, *PlaceClass])) for _ in ids],
        "latitude": [place and place[0] for place in places],
        "longitude": [place and place[1] for place in places],
        "neighbours": [(a, b) for a, b in pairs if a != b],
        "extras": {"note": [f"{k} of\n{n}" for k in range(n)]},
    }


def reordered(lists: dict[str, Any], order: list[int]) -> dict[str, Any]:
    """The same towns with their rows in another order."""
    rows = {k: [v[i] for i in order] for k, v in lists.items() if k not in ("neighbours", "extras")}
    extras = {k: [v[i] for i in order] for k, v in lists["extras"].items()}
    return {**rows, "neighbours": lists["neighbours"][::-1], "extras": extras}


# -- the built-in table


@pytest.mark.parametrize(("length", "kept"), [(58, 58), (59, 55)])
def test_long_values_are_cut_where_they_are_shown(length: int, kept: int) -> None:
    """With its quotes a value has up to sixty signs, or fifty-six and three points."""
    text = "x" * length
    assert shown(text) == (f"'{text}'" if kept == length else f"'{text[:kept]}...'")


def test_the_built_in_table_is_all_us_counties() -> None:
    """The shipped table holds 3,142 counties with the published ACS 2015-19 total."""
    region = Region.us_counties()
    assert region.n_communities == 3142
    assert region.population.sum() == 324_697_795
    assert len(set(region.state)) == 51
    assert region.ids[0] == "01001" and all(len(one) == 5 for one in region.ids)
    assert {label: row["communities"] for label, row in region.describe().items()} == {
        "all": 3142, "large metro": 433, "small metro": 747, "town": 1455, "rural": 507,
    }  # fmt: skip
    assert len(region.neighbour_pairs()) == 8759
    assert int((np.diff(region.neighbour_start) == 0).sum()) == 6
    assert region.names[region.ids.index("35013")] == "Doña Ana County"
    assert region is Region.us_counties()


def test_built_in_youth_and_poverty_follow_the_stated_assumptions() -> None:
    """Youth are 10.345% of residents, three quarters of them 12-17, poverty 1.25 x all ages."""
    region = Region.us_counties()
    assert np.abs(region.youth - 0.10345 * region.population).max() <= 0.5 + 1e-9
    assert np.abs(region.youth_12_17 - 0.75 * region.youth).max() <= 0.5
    all_ages = np.array([float(cell) for cell in region.extras["poverty_share_all_ages"]])
    assert np.abs(region.poverty_share - 1.25 * all_ages).max() < 1.2e-4
    assert np.average(region.poverty_share, weights=region.youth) == pytest.approx(0.167, abs=2e-3)


def test_the_shipped_table_has_only_the_columns_that_may_ship() -> None:
    """The header is exactly the documented one: nothing from a repository snapshot."""
    with (DATA / "us_counties.csv").open(encoding="utf-8") as file:
        header = file.readline().strip()
    assert header == (
        "id,name,state,population,youth,youth_12_17,poverty_share,place_class,latitude,longitude,"
        "poverty_share_all_ages,median_income,broadband_share,cbsa"
    )


def test_no_shipped_column_equals_one_that_may_not_ship() -> None:
    """Against the shared table: same counties, and no number column copies an S column."""
    if not (SHARED / "us_counties.csv").exists():
        pytest.skip("no shared data here")
    with (SHARED / "us_counties.csv").open(encoding="utf-8") as file:
        shared = {row["fips"]: row for row in csv.DictReader(file)}
    region = Region.us_counties()
    assert set(shared) == set(region.ids)
    ours = {
        "population": region.population, "youth": region.youth, "youth_12_17": region.youth_12_17,
        "poverty_share": 100 * region.poverty_share,
        "median_income": np.array([float(cell) for cell in region.extras["median_income"]]),
    }  # fmt: skip
    may_not_ship = ["population", "youth_population", "under18_population", "population_acs2018",
                    "child_poverty_rate", "poverty_rate", "median_income"]  # fmt: skip
    for column in may_not_ship:
        theirs = np.array([float(shared[one][column] or "nan") for one in region.ids])
        for name, values in ours.items():
            assert np.isclose(values, theirs, rtol=0, atol=0.005).mean() < 0.05, (name, column)


def test_the_built_in_table_agrees_with_the_prototype() -> None:
    """Against the shared registry-only table and border pairs: every shared fact is equal."""
    if not (SHARED / "us_counties_registry_only.csv").exists():
        pytest.skip("no shared data here")
    with (SHARED / "us_counties_registry_only.csv").open(encoding="utf-8") as file:
        prototype = list(csv.DictReader(file))
    region = Region.us_counties()
    assert [row["fips"] for row in prototype] == list(region.ids)
    assert [row["name"] for row in prototype] == list(region.names)
    assert [row["cbsa_metro"] for row in prototype] == list(region.extras["cbsa"])
    labels = [PlaceClass(code).label for code in region.place_class]
    assert [row["derived_class"] for row in prototype] == labels
    assert [float(row["youth_10_17_flat"]) for row in prototype] == region.youth.tolist()
    assert [float(row["latitude"]) for row in prototype] == region.latitude.tolist()
    with (SHARED / "us_county_adjacency.csv").open(encoding="utf-8") as file:
        pairs = {tuple(row) for row in list(csv.reader(file))[1:]}
    assert {(region.ids[a], region.ids[b]) for a, b in region.neighbour_pairs()} == pairs


def test_reading_a_table_loads_little() -> None:
    """A fresh process reads the county table without what takes long to load."""
    code = (
        "import sys; from streetlight import Region; Region.us_counties()\n"
        "print(sorted({'pandas', 'mesa', 'scipy', 'matplotlib', 'pytest'} & set(sys.modules)))"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=DATA.parents[1])
    assert done.stdout == "[]\n"


# -- what a region is


def test_communities_stand_in_the_order_of_their_ids() -> None:
    """Four towns worked by hand: rows sorted, neighbours both ways and once, classes by size."""
    region = Region.of(**FOUR)
    assert region.ids == ("A", "B", "C", "D")
    assert region.population.tolist() == [2_000_000, 60_000, 9_000, 900]
    assert region.place_class.tolist() == list(PlaceClass)
    assert region.neighbour_start.tolist() == [0, 1, 3, 4, 4]
    assert region.neighbour_index.tolist() == [1, 0, 2, 1]
    assert region.neighbours(1).tolist() == [0, 2]
    assert region.total_youth == pytest.approx(0.10345 * 2_069_900)


def test_gaps_are_filled_as_documented() -> None:
    """Youth from 12-17 where only that is known; poverty by the population-weighted mean."""
    region = Region.of(
        ids=["A", "B", "C"],
        population=[1000, 3000, 500],
        youth=[200, None, None],
        youth_12_17=[None, 150, None],
        poverty_share=[0.1, 0.3, None],
    )
    assert region.youth.tolist() == [200, 200, 500 * 0.10345]
    assert region.youth_12_17.tolist() == [150, 150, 500 * 0.10345 * 0.75]
    assert region.poverty_share[2] == pytest.approx((1000 * 0.1 + 3000 * 0.3) / 4000)
    assert Region.of(ids=["A"], population=[5]).poverty_share.tolist() == [0.167]
    assert Region.of(ids=["A"], population=[5]).covariate.tolist() == [0.0]


def test_the_bounds_of_the_defaults_are_as_documented() -> None:
    """A class begins at its bound, and youth reckoned from 12-17 stay within the population."""
    region = Region.of(ids=list("ABCD"), population=[1_000_000, 50_000, 8_000, 7_999])
    assert region.place_class.tolist() == list(PlaceClass)
    assert Region.of(ids=["A"], population=[100], youth_12_17=[90]).youth.tolist() == [100]


def test_a_region_made_directly_must_be_in_order() -> None:
    """The constructor copies its arrays, and refuses ids that are unsorted or repeated."""
    region = Region.of(**FOUR)
    values = {one.name: getattr(region, one.name) for one in fields(region)}
    values["population"] = population = region.population.copy()
    again = Region(**values)
    population[0] = 99
    assert again.fingerprint() == region.fingerprint()
    for ids in (("B", "A", "C", "D"), ("A", "A", "C", "D")):
        with pytest.raises(RegionError, match="ascending"):
            Region(**{**values, "ids": ids})


def test_nothing_in_a_region_can_be_changed() -> None:
    """Arrays, extras and fields are read-only, in a copy and after pickling as well."""
    population = np.array([1.0, 2.0])
    region = Region.of(ids=["A", "B"], population=population, extras={"x": ["1", "2"]})
    population[0] = 99
    assert region.population[0] == 1
    for one in (region, copy.deepcopy(region), pickle.loads(pickle.dumps(region))):
        assert one.fingerprint() == region.fingerprint()
        for name in (*ARRAYS, "keys", "poverty_quintile"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(one, name)[...] = 0
        with pytest.raises(TypeError):
            one.extras["x"] = ()  # type: ignore[index]
        with pytest.raises(AttributeError):
            one.name = "other"  # type: ignore[misc]


def test_keys_depend_on_the_id_alone() -> None:
    """A community has the same random-number key in every region, and no two share one."""
    us = Region.us_counties()
    wyoming = us.select(states=["WY"])
    rows = [us.ids.index(one) for one in wyoming.ids]
    assert (us.keys[rows] == wyoming.keys).all()
    assert len(np.unique(us.keys, axis=0)) == 3142
    assert us.keys.dtype == np.uint32
    # the first and last four bytes of `printf A | b2sum -l 64`, little-endian
    assert Region.of(ids=["A"], population=[1]).keys.tolist() == [[2577631514, 1179679946]]


def test_the_fingerprint_sees_every_field_but_the_regions_name() -> None:
    """Changing any one value, neighbour or extra cell changes the fingerprint."""
    base: dict[str, Any] = {
        "ids": ["A", "B"], "population": [100, 200], "neighbours": [("A", "B")], "latitude": [0, 1],
        "longitude": [0, 1], "extras": {"x": ["1", "2"]},
    }  # fmt: skip
    changes: list[dict[str, Any]] = [
        {"ids": ["A", "C"], "neighbours": [("A", "C")]}, {"population": [100, 201]},
        {"names": ["a", "B"]}, {"state": ["", "Z"]}, {"youth": [11, None]},
        {"youth_12_17": [7, None]}, {"poverty_share": [0.2, None]}, {"latitude": [0, 2]},
        {"place_class": ["town", None]}, {"longitude": [0, 2]}, {"covariate": [0, 1]},
        {"neighbours": []}, {"extras": {"x": ["1", "3"]}}, {"extras": {"y": ["1", "2"]}},
    ]  # fmt: skip
    prints = [Region.of(**base).fingerprint()]
    prints += [Region.of(**{**base, **change}).fingerprint() for change in changes]
    assert len(set(prints)) == len(prints)
    assert Region.of(**base, name="other").fingerprint() == prints[0]
    assert Region.of(**{**base, "covariate": [-0.0, 0.0]}).fingerprint() == prints[0]


@given(towns(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_input_never_matters(lists: dict[str, Any], random: Any) -> None:
    """Shuffled rows give the same region, pools and quintiles."""
    order = list(range(len(lists["ids"])))
    random.shuffle(order)
    one, other = Region.of(**lists), Region.of(**reordered(lists, order))
    assert one.fingerprint() == other.fingerprint()
    assert (one.poverty_quintile == other.poverty_quintile).all()
    assert (one.investigation_region() == other.investigation_region()).all()


@given(towns(), st.randoms(use_true_random=False))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_region_survives_a_round_trip_through_a_file(
    tmp_path: Path, lists: dict[str, Any], random: Any
) -> None:
    """Written to CSV in any row order and read back, nothing changes."""
    region = Region.of(**lists)
    order = list(range(region.n_communities))
    random.shuffle(order)
    again = Region.from_csv(save(region, tmp_path, order), accept=list(DOUBTS))
    assert again.fingerprint() == region.fingerprint()
    assert again.name == "saved"


# -- parts and groups


def test_a_selection_keeps_the_facts_and_the_neighbours_inside_it() -> None:
    """Conditions are combined; borders to places left out are dropped."""
    region = Region.of(**FOUR, state=["Y", "X", "X", "X"])
    part = region.select(ids=["C", "B"])
    assert part.ids == ("B", "C")
    assert part.neighbour_pairs().tolist() == [[0, 1]]
    assert part.neighbour_index.tolist() == [1, 0]
    assert part.population.tolist() == [60_000, 9_000]
    assert region.select(states="X", classes=[PlaceClass.TOWN, "small metro"]).ids == ("B", "C")
    assert region.select(ids=["D"]).neighbour_pairs().tolist() == []
    assert region.select().fingerprint() == region.fingerprint()
    us = Region.us_counties()
    assert us.select(states=["WY"]).n_communities == 23


NO_ID, NO_STATE = "no community has this id", "no community is in this state"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"ids": ["1001"]}, f'ids: value \'1001\': {NO_ID} (did you mean "01001"?)'),
        ({"ids": [1001]}, f"ids: value 1001: {NO_ID}; ids are text, in quotes: '01001'"),
        ({"ids": ["42064"]}, f'ids: value \'42064\': {NO_ID} (did you mean "42069"?)'),
        ({"ids": ["02063"]}, f'ids: value \'02063\': {NO_ID} (did you mean "02261"? Chugach is a '
                             "part of what was Valdez-Cordova until 2019)"),
        ({"states": ["Wy"]}, f'states: value \'Wy\': {NO_STATE} (did you mean "WY"?)'),
        ({"states": "Minnesota"}, f'states: value \'Minnesota\': {NO_STATE} (did you mean "MN"?)'),
        ({"classes": ["twon"]}, "classes: value 'twon': must be one of: large metro, small metro, "
                                'town, rural (did you mean "town"?)'),
        ({"ids": ["01001"], "states": ["WY"]},
         "no community meets every condition of the selection"),
    ],
)  # fmt: skip
def test_a_selection_of_nothing_known_is_an_error(wanted: dict[str, Any], message: str) -> None:
    """Unknown values are named, with what was probably meant."""
    with pytest.raises(RegionError) as caught:
        Region.us_counties().select(**wanted)
    assert str(caught.value) == message


def test_quintiles_hold_a_fifth_of_the_youth_each() -> None:
    """1 is the least poor; equal poverty gives equal quintiles; no youth counts places alike."""
    five = Region.of(
        ids=list("EDCBA"), population=[100] * 5, poverty_share=[0.5, 0.4, 0.3, 0.2, 0.1]
    )
    assert five.poverty_quintile.tolist() == [1, 2, 3, 4, 5]
    flat = Region.of(ids=list("ABC"), population=[10, 20, 99], poverty_share=[0.2] * 3)
    assert flat.poverty_quintile.tolist() == [3, 3, 3]
    childless = Region.of(ids=["A", "B"], population=[0, 0], poverty_share=[0.1, 0.2])
    assert childless.poverty_quintile.tolist() == [2, 4]
    us = Region.us_counties()
    youth = np.bincount(us.poverty_quintile, weights=us.youth)[1:] / us.total_youth
    assert youth == pytest.approx([0.2] * 5, abs=0.02)


def test_small_places_share_investigators_with_those_next_to_them() -> None:
    """Eight towns worked by hand: gathered along the walk, the remainder joins the last pool."""
    line = Region.of(
        ids=["a", "b", "c", "d", "e", "f", "big", "other"],
        population=[60_000, 60_000, 60_000, 60_000, 60_000, 900, 100_000, 10],
        state=["X"] * 7 + ["Y"],
        latitude=[-10.0, -10.1, 10.0, 10.1, 10.0, 10.1, 10.0, 10.0],
        longitude=[-10.0, -10.1, -10.0, -10.1, 10.0, 10.1, 10.0, 10.0],
    )
    # the walk goes from the south-west (a, b) to the north-west (c, d) and north-east (e, f);
    pool = dict(zip(line.ids, line.investigation_region().tolist(), strict=True))
    # pools are numbered by their first community in id order: a, big, c, other
    assert pool == {"a": 0, "b": 0, "big": 1, "c": 2, "d": 2, "e": 2, "f": 2, "other": 3}
    assert line.investigation_region(0).tolist() == list(range(8))
    # a has no coordinates, so the walk is b, c, d, a
    nowhere = Region.of(
        ids=list("abcd"),
        population=[60_000] * 4,
        latitude=[None, 0, 0, 0],
        longitude=[None, 10, 10, 10],
    )
    assert nowhere.investigation_region().tolist() == [0, 1, 1, 0]
    with pytest.raises(InputError, match="threshold"):
        line.investigation_region(math.nan)


@given(towns(), st.sampled_from([1, 50_000, 100_000, 1_000_000]))
@settings(max_examples=80, deadline=None)
def test_pools_are_large_enough_or_hold_all_small_places_of_a_state(
    lists: dict[str, Any], threshold: int
) -> None:
    """Every community is in one pool, within its state; a pool below the threshold is complete."""
    region = Region.of(**lists)
    pool = region.investigation_region(threshold)
    assert sorted(set(pool.tolist())) == list(range(pool.max() + 1))
    small = region.population < threshold
    state = np.array(region.state)
    for number in range(pool.max() + 1):
        members = pool == number
        assert len(set(state[members])) == 1
        assert members.sum() == 1 or small[members].all()
        if region.population[members].sum() < threshold:
            assert (members == (small & (state == state[members][0]))).all()


def test_the_geographic_walk_steps_to_a_neighbouring_cell() -> None:
    """The Hilbert curve visits each cell of a grid once, and each next to the one before."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(16), np.arange(16)))
    position = hilbert_position(x, y, bits=4)
    assert sorted(position.tolist()) == list(range(256))
    walk = np.argsort(position)
    steps = np.abs(np.diff(x[walk])) + np.abs(np.diff(y[walk]))
    assert (steps == 1).all()
    assert [(x[k] > 7, y[k] > 7) for k in walk[[0, 64, 128, 192]]] == [
        (False, False), (False, True), (True, True), (True, False),
    ]  # fmt: skip


def test_a_county_is_pooled_alike_in_its_state_and_in_the_country() -> None:
    """Pools of one state selected alone are those of the state within the US."""
    us = Region.us_counties()
    for code in ("TX", "AK", "WY"):
        inside = us.investigation_region()[np.array(us.state) == code]
        alone = us.select(states=[code]).investigation_region()
        _, renumbered = np.unique(inside, return_inverse=True)
        assert renumbered.tolist() == alone.tolist()


# -- files and what is wrong with them


def test_a_file_of_four_rows_is_a_region(tmp_path: Path) -> None:
    """Required columns suffice; byte-order mark, blank lines and further columns are fine."""
    text = '\ufeffname,id,population,colour\r\nOne,02,1000,red\r\n\r\n"Two, East",01,0,\r\n,,,\r\n'
    region = Region.from_csv(written(tmp_path, text))
    assert region.ids == ("01", "02") and region.names == ("Two, East", "One")
    assert dict(region.extras) == {"colour": ("", "red")}
    assert region.population.tolist() == [0, 1000] and region.youth[0] == 0
    assert region.state == ("", "") and np.isnan(region.latitude).all()
    assert str(region.name) == "towns"


FULL = "id,name,population,youth,youth_12_17,poverty_share,place_class,latitude,longitude\n"
PERSONS = "a number of persons from 0 to 2,000,000,000"
CLASSES = "large metro, small metro, town, rural"


def at(line: int, column: str, value: str, allowed: str) -> str:
    """The message about one cell."""
    return f'towns.csv:{line}: column "{column}": value {value!r}: {allowed}'


WHOLE_FILE_FAULTS = [
    ("", "towns.csv: is empty; the first line must be the header"),
    ("\n\n", "towns.csv: is empty; the first line must be the header"),
    (HEADER, "towns.csv: has a header but no community below it"),
    (
        b"id,name,population\nA,\xe9,5\n",
        'towns.csv:2: not UTF-8 text; save it as UTF-8 (in a spreadsheet: "CSV UTF-8"); add  '
        "encoding: windows-1252",
    ),
    ("id;name;population\nA;a;5\n", "towns.csv:1: cells are separated by ';'; add  separator: ';'"),
    (HEADER + 'A,"a,5\n', "towns.csv:2: not CSV: a quote is opened in this row and nowhere closed"),
    (HEADER + "A,a\n", "towns.csv:2: 2 cells; the header has 3"),
    (HEADER + "A,a,5,6\n", "towns.csv:2: 4 cells; the header has 3"),
]
HEADER_FAULTS = [
    ("id,name,id,population\nA,a,B,5\n", 'column "id": appears more than once'),
    ("id,name,population,\nA,a,5,9\n", "column 4 has no name; give it one, or take it away"),
    ("id,name\nA,a\n", 'column "population": required, and missing; there are: id, name'),
    (
        "id,name,Populaton\nA,a,5\n",
        'column "Populaton": seems to be population; add  columns: {population: Populaton}',
    ),
    ("fips,name,population\n1,a,5\n", 'column "fips": seems to be id; add  columns: {id: fips}'),
    (
        "id,name,population,latitude,lng\nA,a,5,1,2\n",
        'column "lng": seems to be longitude; add  columns: {longitude: lng}  or, if it is not,  '
        "unused: [lng]",
    ),
]
TEXT_FAULTS = [
    (",a,5\n", at(2, "id", "", "required text, on one line")),
    ('A,"a\nb",5\n', at(2, "name", "a\nb", NO_UNSEEN)),
    ("A,a,5\nA,b,6\n",
     at(3, "id", "A", 'an id used once; already used at towns.csv:2: column "id"')),
]  # fmt: skip
POPULATION_FAULTS = [
    ("", "", f"required: {PERSONS}"),
    ("-1", "-1", PERSONS),
    ("3e9", "3000000000", PERSONS),
    ("inf", "inf", PERSONS),
    ("1e999", "inf", PERSONS),
    ("nan", "nan", PERSONS),
]
BOTH_DEGREES = "degrees where the other coordinate is given, or neither"
OPTIONAL_FAULTS = [
    ("5,6,,,,,", "youth", "6", "no more than the population, 5 here"),
    ("9,5,6,,,,", "youth_12_17", "6", "no more than youth 10-17, 5 here"),
    ("5,,6,,,,", "youth_12_17", "6", "no more than youth 10-17, 5 here"),
    ("5,,,nan,,,", "poverty_share", "nan",
     "a share from 0 to 1; leave the cell blank when unknown"),
    ("5,,,,city,,", "place_class", "city", CLASSES + "; or say what it is:  place_class: "
     "{by: place_class, values: {rural: [...], ...}}"),
    ("5,,,,Rurall,,", "place_class", "Rurall", CLASSES + ' (did you mean "rural"?)'),
    ("5,,,,,0,-181", "longitude", "-181", "degrees from -180 to 180"),
    ("5,,,,,0,", "longitude", "", BOTH_DEGREES),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    WHOLE_FILE_FAULTS
    + [(text, f"towns.csv:1: {problem}") for text, problem in HEADER_FAULTS]
    + [(HEADER + rows, problem) for rows, problem in TEXT_FAULTS]
    + [(f"{HEADER}A,a,{c}\n", at(2, "population", v, ok)) for c, v, ok in POPULATION_FAULTS]
    + [(f"{FULL}A,a,{row}\n", at(2, c, v, ok)) for row, c, v, ok in OPTIONAL_FAULTS],
)
def test_each_fault_of_a_file_is_named(tmp_path: Path, text: str | bytes, problem: str) -> None:
    """One fault gives exactly one problem: line, column, value and what is allowed."""
    assert faults(tmp_path, text) == (problem,)


def test_all_faults_are_listed_in_one_pass_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Several faulty lines, and a faulty neighbour file, are told together."""
    written(tmp_path, "id_a,id_b\nA,Q\nB,B\nA,B,C\n", "towns_neighbours.csv")
    listed = faults(tmp_path, FULL + "A,a,x,,,2,,,\nB,b,5\n,c,-1,,,,,,\n")
    beside = tmp_path / "towns_neighbours.csv"
    assert [one.replace(str(beside), "n.csv").split(": value")[0] for one in listed] == [
        'towns.csv:2: column "poverty_share"', 'towns.csv:2: column "population"',
        "towns.csv:3: 3 cells; the header has 9",
        'towns.csv:4: column "id"', 'towns.csv:4: column "population"',
        'n.csv:2: column "id_b"', 'n.csv:3: column "id_b"', "n.csv:4: 3 cells; the header has 2",
    ]  # fmt: skip


def test_the_neighbour_file_needs_its_header(tmp_path: Path) -> None:
    """Another header, an empty file and a file of only the header."""
    path = written(tmp_path, HEADER + "A,a,5\nB,b,6\n")
    beside = written(tmp_path, "from,to\nA,B\n", "towns_neighbours.csv")
    with pytest.raises(RegionError, match="the header must be id_a,id_b; found 'from, to'"):
        Region.from_csv(path)
    written(tmp_path, "", beside.name)
    with pytest.raises(RegionError, match="is empty"):
        Region.from_csv(path)
    written(tmp_path, "id_a,id_b\n", beside.name)
    assert Region.from_csv(path).neighbour_index.size == 0


def test_a_path_that_is_no_file_is_an_error(tmp_path: Path) -> None:
    """Missing files (with what is there), folders, and files that are too large."""
    written(tmp_path, HEADER, "county.csv")
    with pytest.raises(RegionError, match=r'no such file \(did you mean "county.csv"\?\)'):
        Region.from_csv(tmp_path / "conty.csv")
    with pytest.raises(RegionError, match="is a folder"):
        Region.from_csv(tmp_path)
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(50_000_001)
    with pytest.raises(RegionError, match="50,000,001 bytes; a region file has at most 50,000,000"):
        Region.from_csv(large)


def test_a_long_list_of_faults_is_cut(tmp_path: Path) -> None:
    """Fifty problems are listed, the others counted, and the error can be pickled."""
    pairs = "".join(f"X{k},A\n" for k in range(20_000))
    written(tmp_path, "id_a,id_b\n" + pairs, "towns_neighbours.csv")
    path = written(tmp_path, HEADER + "A,a,5\n")
    with pytest.raises(RegionError) as caught:
        Region.from_csv(path)
    assert len(caught.value.problems) == 50
    assert str(caught.value).endswith("\nand 19,950 more")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is RegionError and str(again) == str(caught.value)


def test_a_region_error_is_a_value_error_of_streetlight() -> None:
    """Callers may catch it by any of its families."""
    assert issubclass(RegionError, InputError)
    assert issubclass(InputError, StreetlightError) and issubclass(InputError, ValueError)


def test_lists_are_checked_like_files() -> None:
    """Region.of names community, column, value and what is allowed, all at once."""
    with pytest.raises(RegionError) as caught:
        Region.of(
            ids=["A", "B"],
            population=[math.nan, math.inf],
            poverty_share=[30, None],
            place_class=["hamlet", None],
            neighbours=[("A", "A"), ("A", "C")],
        )
    starts = [one.split(": value")[0] for one in caught.value.problems]
    assert starts == [
        'community 1, "A": column "place_class"',
        'community 1, "A": column "population": required: '
        "a number of persons from 0 to 2,000,000,000",
        'community 1, "A": column "poverty_share"',
        'community 2, "B": column "population"',
        "neighbours, pair 1: id_b",
        "neighbours, pair 2: id_b",
    ]
    for lists, message in (
        ({"ids": [], "population": []}, "at least one community"),
        ({"ids": [1], "population": [1]}, "write '1'"),
        ({"ids": ["A"], "population": [1, 2]}, "population: 2 values; there are 1 ids"),
        ({"ids": ["A"], "population": ["many"]}, "value 'many'"),
    ):
        with pytest.raises(RegionError, match=message):
            Region.of(**lists)


# -- invented regions


@pytest.mark.parametrize("n", [1, 2, 3, 40, 150, 1000])
def test_an_invented_region_is_plausible_and_repeatable(n: int) -> None:
    """Same seed, same region; another seed, another; all values in range, names unique."""
    region = Region.synthetic(n, seed=3)
    assert region.fingerprint() == Region.synthetic(n, seed=3).fingerprint()
    assert region.fingerprint() != Region.synthetic(n, seed=4).fingerprint()
    assert region.n_communities == n and len(set(region.names)) == n
    assert region.ids[0] == "S0001"
    assert (region.population >= 50).all() and (region.youth <= region.population).all()
    assert (region.youth_12_17 <= region.youth).all()
    assert np.average(region.poverty_share, weights=region.population) == pytest.approx(
        0.167, abs=1e-3
    )
    degree = np.diff(region.neighbour_start)
    assert (degree >= min(4, n - 1)).all()
    away = (region.latitude[:, None] - region.latitude) ** 2
    away += (region.longitude[:, None] - region.longitude) ** 2
    np.fill_diagonal(away, np.inf)
    for row in range(n):
        assert row not in region.neighbours(row)
        assert n == 1 or away[row].argmin() in region.neighbours(row)


def test_what_is_drawn_for_one_purpose_is_not_drawn_for_another() -> None:
    """Every kind of draw has its own stream, which depends on the seed."""
    first = [stream(seed, draw).random() for seed in (0, 1) for draw in Draw]
    assert len(set(first)) == 2 * len(Draw)


def test_an_invented_country_looks_like_the_real_one() -> None:
    """With 3,142 places: size, classes, poverty and its spatial pattern are near the US table."""
    us, made = Region.us_counties(), Region.synthetic(3142, seed=1)
    for region in (us, made):
        pairs = region.neighbour_pairs()
        poor = region.poverty_share
        assert 0.4 < np.corrcoef(poor[pairs[:, 0]], poor[pairs[:, 1]])[0, 1] < 0.7
        assert 0.04 < poor.std() < 0.09
        assert np.median(region.population) == pytest.approx(25_740, rel=0.02)
        assert np.percentile(region.population, 99) == pytest.approx(1.25e6, rel=0.1)
        shares = np.bincount(region.place_class) / 3142
        assert shares == pytest.approx([0.14, 0.24, 0.46, 0.16], abs=0.04)


def test_an_invented_region_takes_its_total_from_the_caller() -> None:
    """population, poverty_share and n_states are met; arguments out of range are errors."""
    region = Region.synthetic(60, population=1_000_000, poverty_share=0.3, n_states=5)
    assert region.population.sum() == pytest.approx(1_000_000, rel=1e-3)
    assert np.average(region.poverty_share, weights=region.population) == pytest.approx(
        0.3, abs=1e-3
    )
    assert len(set(region.state)) == 5
    with pytest.raises(RegionError) as caught:
        Region.synthetic(0, seed=-1, poverty_share=1.0, n_nearest=-1)
    assert [one.split(":")[0] for one in caught.value.problems] == [
        "n_communities", "seed", "poverty_share", "n_nearest",
    ]  # fmt: skip


def test_the_centres_of_counties_lie_in_their_part_of_the_country() -> None:
    """Alaska and Hawaii lie west of all others, also where the date line runs through a county."""
    region = Region.us_counties()
    states = np.array(region.state)
    far = (states == "AK") | (states == "HI")
    assert np.all((region.longitude[far] < -129) | (region.longitude[far] > 170))
    assert np.all((region.longitude[~far] > -125) & (region.longitude[~far] < -66))
