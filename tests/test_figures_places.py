"""Maps and event studies: what is drawn of places and around shocks, from tables made up here."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_figures import PLACES, Made, picture_of, texts_keep_apart

from streetlight.experiments.figures import (
    absent,
    draw_event_study,
    event_study,
    maps,
    outlines,
    pictures,
    positions,
)
from streetlight.experiments.figures.estimates import estimate
from streetlight.experiments.figures.tables import read_results
from streetlight.model.communities.region import Region

# Maps.


def test_what_a_map_of_reports_hides_is_worked_out_by_hand() -> None:
    """Two places, one world: the paler has 1 of 4 youth and 6 of 8 unreported victimizations."""
    counts = {
        maps.REPORTS: np.array([[1.0, 9.0]]),
        maps.TRUTH: np.array([[7.0, 5.0]]),
        maps.MISSED: np.array([[6.0, 2.0]]),
    }
    found = maps.finding_of(counts, np.array([[1000.0, 3000.0]]), np.array([0]))
    assert found.reports.mean == pytest.approx(100 * 10 / 12)
    assert (found.youth.mean, found.missed.mean) == (25.0, 75.0)
    assert found.excess.mean == 50.0


def test_estimates_by_column_are_those_of_one_sample() -> None:
    """Mean and half interval of each column, also with unequal replicates; none with only one."""
    values = np.random.default_rng(1).normal(size=(7, 3))
    future = np.array([0, 0, 0, 1, 1, 2, 2])
    mean, half = maps.column_estimates(values, future)
    for c in range(3):
        one = estimate(values[:, c], future)
        assert (mean[c], mean[c] + half[c]) == pytest.approx((one.mean, one.high))
    assert np.isnan(maps.column_estimates(values[:6], future[:6])[1]).all()


def test_shades_grow_and_hold_every_place_once(tmp_path: Path) -> None:
    """Edges rise; each map's rows count each place with youth once, youth sums to 100."""
    drawn = maps.maps_of(read_results(Made(communities=60).write(tmp_path)))
    assert (np.diff(drawn.edges) > 0).all()
    for name in maps.MAPS:
        mine = [row for row in drawn.rows if row.map == name]
        assert sum(row.communities for row in mine) == 60
        assert sum(row.youth_share for row in mine) == pytest.approx(100)
        for row in mine:
            inside = (drawn.rates[name] >= row.rate_from) & (drawn.rates[name] < row.rate_below)
            assert row.communities == inside.sum()
            assert row.uncertain_communities == (inside & drawn.uncertain[name]).sum()


def test_rates_of_a_map_are_per_thousand_youth_and_year(tmp_path: Path) -> None:
    """One run of ten years, by hand from its rows."""
    made = Made(policies=("none",), futures=("0",), replicates=1, communities=30).write(tmp_path)
    towns = {t["community"]: t for t in pq.read_table(made / "communities.parquet").to_pylist()}
    drawn = maps.maps_of(read_results(made))
    assert not drawn.repeated
    assert not drawn.uncertain[maps.TRUTH].any()
    for name, rate in zip(drawn.ids, drawn.rates[maps.MISSED], strict=True):
        town = towns[name]
        missed = town["true_onsets"] - town["known"]
        assert rate == pytest.approx(100 * missed / town["youth"])


def config_of(region: Region, choice: Any) -> dict[str, Any]:
    """The part of a manifest's configuration that says where the region comes from."""
    return {"region": choice, "region_fingerprint": region.fingerprint()}


def test_places_lie_where_the_region_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counties at their centroids, far states in boxes; invented places as tiles; else by size."""
    monkeypatch.setattr(outlines, "installed", lambda: None)  # the extra may be
    region = Region.us_counties()
    config = config_of(region, {"us_counties": {}})
    where = positions.layout(config, region.ids, region.youth)
    assert where.kind == positions.CENTROIDS
    assert len(where.boxes) == 2
    assert 0 <= where.x.min() and where.x.max() <= 1
    assert 0 <= where.y.min() and where.y.max() <= where.height + 1e-9
    inside = np.array([state not in ("AK", "HI") for state in region.state])
    east = np.corrcoef(where.x[inside], region.longitude[inside])[0, 1]
    north = np.corrcoef(where.y[inside], region.latitude[inside])[0, 1]
    assert east == pytest.approx(1)
    assert north == pytest.approx(-1)
    invented = Region.synthetic(20, seed=3)
    config = config_of(invented, {"synthetic": {"n_communities": 20, "seed": 3}})
    tiles = positions.layout(config, invented.ids, invented.youth)
    assert tiles.kind == positions.NEIGHBOURS
    assert len(set(zip(tiles.x.tolist(), tiles.y.tolist(), strict=True))) == 20
    assert np.corrcoef(tiles.y, invented.latitude)[0, 1] < -0.8
    other = positions.layout(config | {"region_fingerprint": "x"}, invented.ids, invented.youth)
    assert other.kind == positions.SIZE
    largest = int(np.argmax(invented.youth))
    assert (other.x[largest], other.y[largest]) == (other.x.min(), other.y.min())
    assert positions.layout({}, invented.ids, invented.youth).kind == positions.SIZE


def test_the_maps_name_no_place(tmp_path: Path) -> None:
    """Neither the table nor the picture holds a name or id of a community."""
    made = Made(communities=25).write(tmp_path)
    for path in picture_of(made, "maps").write(tmp_path / "figures"):
        assert b"Real County" not in path.read_bytes()


# Event studies.

CAMPAIGN = {"kind": "campaign", "week": 52, "weeks": 26, "size": 1.0}
WAVE = {"kind": "victimization", "week": 52, "weeks": 52, "size": 2.0}
N_MONTHS = 36 + 12 * 4


def shocked(
    folder: Path,
    futures: dict[str, Any],
    levels: dict[str, tuple[float, float]],
    replicates: int = 3,
    backlog: bool = True,
) -> Path:
    """A results folder whose baseline reports and suffers `levels` times as much from month 48."""
    made = Made(policies=("none",), futures=tuple(futures), replicates=replicates, communities=30)
    made.write(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"config": {"futures": futures}}))
    weeks = event_study.weeks_of_month(N_MONTHS)
    rows = []
    for future in futures:
        more, harm = levels.get(future, (1.0, 1.0))
        for replicate in range(replicates):
            for month in range(N_MONTHS):
                late = month >= 48
                for place in PLACES:
                    noise = 1 + 0.01 * replicate * (-1) ** month
                    reports = 100 * weeks[month] * (more if late else 1) * noise
                    rows.append(
                        {"policy": "none", "future": future, "replicate": replicate}
                        | {"month": month, "place_class": place, "published": reports}
                        | {"reports": 0.7 * reports, "false_reports": 0.3 * reports}
                        | {"onsets": 300 * weeks[month] * (harm if late else 1) * noise}
                        | ({"backlog": 10.0 + replicate} if backlog else {})
                    )
    pq.write_table(pa.Table.from_pylist(rows), folder / "series.parquet")
    return folder


def struck(**shock: Any) -> dict[str, Any]:
    """A future with one shock in three places."""
    return {"shocks": [shock | {"communities": ["Real County 0", "Real County 1", "nowhere"]}]}


BOTH = {"calm": {}, "campaign": struck(**CAMPAIGN), "wave": struck(**WAVE)}


def test_an_event_study_compares_with_the_year_before(tmp_path: Path) -> None:
    """Reports 1.5 times as many after the campaign, 1.2 and harm 2 times after the wave."""
    made = shocked(tmp_path, BOTH, {"campaign": (1.5, 1.0), "wave": (1.2, 2.0)})
    drawn = event_study.event_study_of(read_results(made))
    assert drawn is not None
    attention, harm = drawn.changes
    assert attention.reports.mean == pytest.approx(50, abs=0.5)
    assert attention.truth.mean == pytest.approx(0, abs=0.5)
    assert (harm.reports.mean, harm.truth.mean) == pytest.approx((20, 100), abs=1)
    assert [event.start for event in drawn.events] == [48, 48]
    assert [event.stop for event in drawn.events] == [54, 60]
    assert [event.calm for event in drawn.events] == ["calm", "calm"]
    text = picture_of(made, "event_study").headline
    assert "attention shock (\u201ccampaign\u201d) begins reports rise by 50% while" in text
    assert "begins reports rise by 20% and victimizations rise by 100%. Reports rise after" in text
    for row in drawn.rows:
        level = {event_study.REPORTS: {"campaign": 150, "wave": 120}}.get(row.quantity, {})
        if row.quantity == event_study.REPORTS:
            expected = level[row.future] if row.months_from >= 0 else 100
            assert row.value == pytest.approx(expected, rel=0.02)
            assert row.calm == pytest.approx(100, rel=0.02)
        if row.quantity == event_study.BACKLOG:
            assert row.value == 4 * 11 * len(drawn.events[0].places) / 4
    assert {row.months_below - row.months_from for row in drawn.rows} == {drawn.step}


def test_weeks_and_months_agree() -> None:
    """Months have four or five weeks, 52 a year; a week lies in the month that holds it."""
    weeks = event_study.weeks_of_month(24)
    assert weeks[:12].sum() == weeks[12:].sum() == 52
    first = [event_study.month_of_week(week) - 36 for week in range(104)]
    assert np.bincount(first).tolist() == weeks.tolist()


def test_without_shocks_or_series_the_event_study_is_absent(tmp_path: Path) -> None:
    """It says what is missing and how to get it; a struck place that is nowhere is no event."""
    for k, futures in enumerate(
        ({"calm": {}}, {"a": {"shocks": [CAMPAIGN | {"communities": ["nowhere"]}]}})
    ):
        made = shocked(tmp_path / str(k), futures, {})
        missing = {one.name: one for one in absent(made)}
        assert "shock" in missing["event_study"].reason
        assert "streetlight run" in missing["event_study"].command
        assert "event_study" not in {picture.name for picture in pictures(made)}


def test_two_shocks_of_a_kind_show_the_first_and_no_calm_future_none(tmp_path: Path) -> None:
    """200 shocked futures make one column, and the note says so; no backlog, no row for it."""
    futures = {f"<b>\u0436{k}</b>": struck(**CAMPAIGN) | {"x": k} for k in range(200)}
    made = shocked(tmp_path, futures, {}, replicates=1, backlog=False)
    drawn = event_study.event_study_of(read_results(made))
    assert drawn is not None
    assert [event.future for event in drawn.events] == ["<b>\u04360</b>"]
    assert drawn.events[0].calm is None
    assert drawn.n_events == 200
    assert event_study.BACKLOG not in drawn.quantities
    assert all(math.isnan(row.calm) and math.isnan(row.low) for row in drawn.rows)
    picture_of(made, "event_study").figure()


@pytest.mark.parametrize(
    "futures",
    [BOTH, BOTH | {"l" * 60: struck(**CAMPAIGN)}, {"x_" * 30: struck(**WAVE)}],
    ids=["both", "more", "lone and long"],
)
def test_texts_of_an_event_study_keep_apart(futures: dict[str, Any], tmp_path: Path) -> None:
    """No text leaves the page or touches another, with one shock and with several."""
    made = shocked(tmp_path, futures, {"campaign": (1.5, 1.0), "wave": (0.0, 3.0)})
    texts_keep_apart(draw_event_study.picture(read_results(made)))
