"""What is read from the tables of a folder for one figure alone: months, money, places, parts."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_study import AVERTED, BASE, made_study

from streetlight.experiments.analyse import attributed, money, shades, shocks, study_patterns
from streetlight.experiments.analyse.study import Study
from streetlight.model.names import CLASSES

R = 4  # replicates of a made-up study


def study_in(folder: Path, futures: dict[str, Any] | None = None, years: int = 3) -> Study:
    """A study of one plan whose tables lie in a folder; futures: what each sets."""
    names = tuple(futures or {"central": {}})
    study = made_study({AVERTED: {BASE: 0.0, "per_youth": 9.0}}, futures=names, years=years,
                       matters={AVERTED: 1.0})  # fmt: skip
    manifest = dict(study.manifest)
    youth = dict.fromkeys(CLASSES, 1000.0)
    own = {"futures": futures or {"central": {}}, "youth_by_class": youth}
    manifest["config"] = {**study.config, **own}
    return Study(folder, manifest, study.comparison, study.table, study.values)


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """A table of these rows."""
    pq.write_table(pa.Table.from_pylist(rows), path)


def runs(futures: tuple[str, ...] = ("central",)) -> list[dict[str, Any]]:
    """Who, where and which, for every run."""
    return [
        {"policy": policy, "future": future, "replicate": r}
        for policy in (BASE, "per_youth") for future in futures for r in range(R)
    ]  # fmt: skip


def community(name: str, place: int, **columns: Any) -> dict[str, Any]:
    """A row of communities.parquet."""
    return {"community": name, "place_class": CLASSES[place], "poverty_quintile": 1, **columns}


#: Weeks of the twelve months of a year, as the model counts them.
WEEKS = (4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5)


def test_months_around_a_shock_are_counted_from_its_first(tmp_path: Path) -> None:
    """One year of burn-in, a shock in week 52 of three years: reports double, onsets stay."""
    shock = {"kind": "campaign", "communities": ["a"], "week": 52, "weeks": 26, "size": 2.0}
    study = study_in(tmp_path, {"calm": {}, "loud": {"shocks": [shock]}})
    write(
        tmp_path / "communities.parquet", [community("a", 2, youth=10), community("b", 3, youth=9)]
    )
    write(tmp_path / "series.parquet", [
        run | {
            "month": month, "place_class": CLASSES[place], "onsets": 3.0 * WEEKS[month % 12],
            "reports": WEEKS[month % 12] * (1.0 + (month >= 24 and run["future"] == "loud")),
            "false_reports": 0.0,
        }
        for run in runs(("calm", "loud")) for month in range(48) for place in (2, 3)
    ])  # fmt: skip
    (found,) = shocks.event_studies(study)
    assert (found.event.kind, found.event.start, found.event.stop) == ("attention", 24, 30)
    assert (found.event.groups, found.event.calm) == ((2,), "calm")
    years = {(row.what, row.months_from): row for row in found.years}
    assert years["reports", 12][5:11] == pytest.approx((200, 200, 200, 100, 100, 100))
    assert years["victimizations", 0][5:11] == pytest.approx((100,) * 6)
    assert {row.what for row in found.points} == {"reports", "victimizations"}
    points = [(row.months_from, row.value) for row in found.points if row.what == "reports"]
    assert points == [(m, pytest.approx(100 if m < 0 else 200)) for m in range(-12, 24, 3)]


def test_a_study_without_shocks_has_no_months(tmp_path: Path) -> None:
    """Nothing is read then."""
    assert shocks.event_studies(study_in(tmp_path)) == []


def test_money_is_shared_by_kind_of_place_and_year(tmp_path: Path) -> None:
    """30 of 40 dollars go to the town in the first year, all 20 to the rural place in the next."""
    study = study_in(tmp_path, years=2)
    write(tmp_path / "communities.parquet", [community("a", 2), community("b", 3)])
    spent = [(0, "a", 10.0), (0, "a", 20.0), (0, "b", 10.0), (1, "b", 20.0)]
    rows = [
        run | {"year": year, "community": name, "spent": dollars}
        for run in runs() if run["policy"] != BASE for year, name, dollars in spent
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows)
    for name in ("policy", "future", "community"):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table[name].dictionary_encode())
    pq.write_table(table, tmp_path / "levers.parquet")
    found = money.money_by_year(study)
    assert found["per_youth", "town", 1][4:] == (0.75, 0.75, 0.75, R)
    assert found["per_youth", "rural", 1].value == 0.25
    assert found["per_youth", "town", 2].value == 0.0
    assert math.isnan(found[BASE, "town", 1].value)


def test_maps_show_rates_and_what_quiet_places_hide(tmp_path: Path) -> None:
    """The quiet place is home to half of the youth and to 40 of 50 that nobody reports."""
    study = study_in(tmp_path, years=1)
    write(tmp_path / "communities.parquet", [
        run | community(name, 2, youth=1000, published=published, true_onsets=40 + published,
                        known=known)
        for run in runs()
        for name, published, known in (("loud", 10, 40), ("quiet", 0, 0))
    ])  # fmt: skip
    found = shades.shades(study)
    assert found.ids == ("loud", "quiet")
    assert found.rates[shades.TRUTH].tolist() == [50.0, 40.0]
    assert found.rates[shades.MISSED].tolist() == [10.0, 40.0]
    assert (found.missed.mean, found.living.mean) == (0.8, 0.5)
    assert found.seen.mean == pytest.approx(10 / 90)
    assert sum(row.communities for row in found.rows if row.map == shades.REPORTS) == 2
    assert not any(row.uncertain for row in found.rows)


def test_a_rate_is_in_the_shade_that_begins_at_or_below_it() -> None:
    """Two digits an edge; a tenth of youth live where the true rate is above the last."""
    edges = shades.shade_edges(np.array([1.0, 7.0, 9.0]), np.array([50.0, 45.0, 5.0]))
    assert edges.tolist() == [0.0, 0.38, 1.1, 2.0, 3.0, 4.2, 5.6, 7.0]
    assert shades.shade_of(np.array([0.0, 7.0, 6.9, math.nan]), edges).tolist() == [0, 7, 6, -1]


@pytest.mark.parametrize(
    ("mean", "low", "high", "said"),
    [
        (0.2, 0.15, 0.25, "inside"), (0.2, 0.05, 0.35, "inside, narrowly"),
        (0.5, 0.4, 0.6, "outside"), (0.31, 0.2, 0.4, "outside, narrowly"),
        (math.nan, math.nan, math.nan, ""), (0.2, math.nan, math.nan, "inside"),
    ],
)  # fmt: skip
def test_a_pattern_holds_inside_the_observed_range(
    mean: float, low: float, high: float, said: str
) -> None:
    """The range is 0.1 to 0.3; an interval that holds an edge says 'narrowly'."""
    assert study_patterns.verdict(mean, low, high, 0.1, 0.3) == said


def test_a_ratio_of_means_has_the_error_of_its_residuals() -> None:
    """(1 + 3) over (2 + 2), with a residual of half to each side; nothing over 0."""
    assert study_patterns.ratio(np.array([[1.0, 3.0]]), np.array([[2.0, 2.0]])).tolist() == [
        [0.5, 1.5]
    ]
    assert np.isnan(study_patterns.ratio(np.ones((1, 2)), np.zeros((1, 2)))).all()


def test_patterns_of_places_follow_how_counts_grow() -> None:
    """Onsets by the power 1.5 of youth and reports by its square, in one order."""
    youth = 1000.0 * np.arange(1, 21)
    columns = {
        "population": 10 * youth, "youth": youth, "poverty_quintile": np.arange(20) % 5 + 1,
        "true_onsets": youth**1.5 / 1e3, "reports": youth**2 / 1e6, "false_reports": 0 * youth,
        "published": youth**2 / 1e6,
    }  # fmt: skip
    found = study_patterns.of_communities(columns)
    assert found["elasticity_true"] == pytest.approx(1.5)
    assert found["elasticity_published"] == pytest.approx(2.0)
    assert found["rank_counts"] == pytest.approx(1.0)
    assert found["variation"] > 1.0
    few = {"true_onsets": [6.0, 1.0], "youth": [20.0, 10.0], "poverty_quintile": [5.0, 1.0]}
    ratio = study_patterns.gradient({name: np.array(values) for name, values in few.items()})
    assert ratio == pytest.approx(3.0)


def attribution(folder: Path, level: float = 30.0) -> None:
    """One plan taken apart in every world: reports go from 10 to 30, onsets from 100 to 200."""
    with (folder / "attribution.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(attributed.COLUMNS)
        for r in range(R):
            for part, *values in (
                ("baseline", 10, 0, 100), ("training", 15, 0, 60), ("awareness", 5, 0, 40),
                ("policy", level, 0, 200),
            ):  # fmt: skip
                writer.writerow(["per_youth", "central", r, part, *values])
    write(folder / "runs.parquet", [
        run | {"reports": 10.0 if run["policy"] == BASE else 30.0, "false_reports": 0.0}
        for run in runs()
    ])  # fmt: skip


def test_a_change_in_reports_is_split_by_parts_and_by_ways(tmp_path: Path) -> None:
    """Of 10 reports: 15 and 5 more by parts; 12.5 by harm (100 x 0.125), 7.5 by seeing."""
    attribution(tmp_path)
    rows = attributed.contributions(study_in(tmp_path))
    assert [(row.kind, row.part, row.value) for row in rows] == [
        ("change", "policy", 2.0), ("part", "training", 1.5), ("part", "awareness", 0.5),
        ("split", "victimizations", 1.25),
        ("split", "true reports per victimization", pytest.approx(0.75)),
        ("split", "false reports", 0.0),
    ]  # fmt: skip


def test_parts_of_other_runs_are_not_told(tmp_path: Path) -> None:
    """A table whose levels are not those of the runs is of another experiment."""
    assert "streetlight attribute" in str(attributed.contributions(study_in(tmp_path)))
    attribution(tmp_path, level=31.0)
    assert "make it again" in str(attributed.contributions(study_in(tmp_path)))
