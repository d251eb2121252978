"""The tidy table: every kind of measure worked out by hand from tables made up here."""

from __future__ import annotations

import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_results import Folder, Values, metric

from streetlight.experiments.analyse.measures import GROUPS, write_measures
from streetlight.experiments.analyse.study import NOTHING, Row, Study, open_study
from streetlight.experiments.results import Results
from streetlight.model.errors import InputError

FOUND: Values = {"none": [[10, 14], [20, 20]], "plan": [[13, 15], [26, 24]]}
#: Student's t exceeded with 2.5%, with one and with two degrees of freedom (from a table).
T1, T2 = 12.7062, 4.30265


def study(folder: Path, found: Values = FOUND, **more: object) -> Study:
    """The study of one metric."""
    made = Folder({"identified": found}, [metric("identified")], **more)  # type: ignore[arg-type]
    return open_study(made.write(folder))


def numbers(row: Row) -> list[float]:
    """The numbers of a row."""
    return list(row[:7])


def test_means_are_over_replicates_and_then_over_futures(tmp_path: Path) -> None:
    """A future counts as much with two replicates as with four; n counts the worlds."""
    found = {"none": [[1, 2, 3, 6], [10, 20]], "plan": [[2, 3, 4, 7], [14, 24]]}
    row = study(tmp_path, found).row("identified", "plan")
    assert (row.mean, row.base, row.difference, row.n) == (11.5, 9.0, 2.5, 6)
    assert row.unit == "youth"


def test_intervals_are_those_of_the_futures_given(tmp_path: Path) -> None:
    """Welch's interval over futures, and Student's within one, by a table of t."""
    made = study(tmp_path)
    over_all = T2 * math.sqrt(0.5)  # each future's mean difference has variance 1
    expected = [19.5, 19.5 - over_all, 19.5 + over_all, 16, 3.5, 3.5 - over_all, 3.5 + over_all]
    assert numbers(made.row("identified", "plan")) == pytest.approx(expected, rel=1e-5)
    in_a = [14, 14 - T1, 14 + T1, 12, 2, 2 - T1, 2 + T1]
    row = made.row("identified", "plan", future="a")
    assert numbers(row) == pytest.approx(in_a, rel=1e-5)
    assert (row.verdict, row.n, row.sure) == ("cannot tell", 2, False)


def test_luck_common_to_both_plans_drops_out(tmp_path: Path) -> None:
    """Worlds that differ by a hundred and plans by exactly three: the difference has no width."""
    found = {"none": [[0, 100], [50, 250]], "plan": [[3, 103], [53, 253]]}
    row = study(tmp_path, found).row("identified", "plan", future="a")
    assert numbers(row)[4:] == [3, 3, 3]
    assert (row.verdict, row.low < 0 < row.high) == ("rises", True)


def test_a_difference_is_said_to_rise_fall_or_be_the_same(tmp_path: Path) -> None:
    """By its own interval; exactly nothing in every world is the same."""
    found = {"none": [[9, 9], [9, 9]], "plan": [[9, 9], [8, 8]]}
    made = study(tmp_path, found)
    assert [row.verdict for _, row in made.by_future("identified", "plan")] == ["the same", "falls"]


def test_one_replicate_has_no_interval(tmp_path: Path) -> None:
    """Means and differences are told, and that nothing can be said of luck."""
    row = study(tmp_path, {"none": [[1], [2]], "plan": [[2], [4]]}).row("identified", "plan")
    assert (row.mean, row.difference, row.verdict) == (3.0, 1.5, "cannot tell yet")
    assert math.isnan(row.low) and math.isnan(row.difference_high)


def test_worlds_in_which_a_measure_is_undefined_are_left_out_for_all(tmp_path: Path) -> None:
    """A plan's blank takes the baseline's value of that world along."""
    found = {"none": [[10, 14], [20, 20]], "plan": [[13, math.nan], [26, 24]]}
    row = study(tmp_path, found).row("identified", "plan")
    assert (row.base, row.mean, row.n) == (15.0, 19.0, 3)


def test_a_measure_that_one_plan_never_has_stays_for_the_others(tmp_path: Path) -> None:
    """The plan's own row is blank, and nobody else loses a world."""
    found = {**FOUND, "other": [[math.nan] * 2] * 2}
    made = study(tmp_path, found)
    assert math.isnan(made.row("identified", "other").mean)
    assert made.row("identified", "plan").n == 4
    assert made.leaders("identified") == (made.plan("plan"),)


def test_what_is_not_there_is_an_empty_row(tmp_path: Path) -> None:
    """A measure or group without a row gives blanks, never an error."""
    assert study(tmp_path).row("no_such", "plan", "nowhere") is NOTHING


def test_shares_and_their_intervals_stay_within_0_and_1(tmp_path: Path) -> None:
    """An interval of a share is cut where a share can go no further; a difference is not."""
    shares = {"none": [[0.01, 0.03], [0.01, 0.03]], "plan": [[0.97, 1.0], [0.97, 1.0]]}
    made = Folder(
        {"identified": FOUND, "identified_share_town": shares}, [metric("identified")]
    ).write(tmp_path)
    row = open_study(made).row("identified_share", "plan", "town", future="a")
    assert (row.high, row.low < 0.97, row.low >= 0) == (1.0, True, True)
    assert open_study(made).row("identified_share", "none", "town", future="a").low == 0.0
    assert row.difference == pytest.approx(0.965)


def test_rates_of_few_youth_are_not_told(tmp_path: Path) -> None:
    """With under 100 youth a rate is luck: blank; with 100 it is per 1,000 youth and year."""
    made = study(
        tmp_path,
        places=[("large metro", 99.0), ("town", 100.0)],
        counts={"true_onsets": lambda _plan, _place: 3.0},
    )
    assert math.isnan(made.row("true_rate", "none", "large metro").mean)
    assert made.row("true_rate", "none", "town").mean == 15.0  # 3 of 100 youth in 2 years
    assert made.row("youth", "none", "large metro").mean == 99.0
    assert made.groups == ("town",)


def test_a_class_without_places_is_not_told(tmp_path: Path) -> None:
    """A region without large cities has no rate there, and nothing warns."""
    made = study(tmp_path, places=[("town", 500.0), ("rural", 500.0)])
    assert math.isnan(made.row("true_rate", "none", "large metro").mean)
    assert made.row("youth_share", "none", "town").mean == 0.5
    assert math.isnan(made.row("money_share", "none", "town").mean)  # no money at all


def test_shares_of_money_and_youth_are_of_all_places(tmp_path: Path) -> None:
    """Money by place class, as a share and a head a year."""
    made = study(
        tmp_path,
        places=[("large metro", 3000.0), ("rural", 1000.0)],
        counts={"spending": lambda plan, place: (plan == "plan") * [100.0, 300.0][place]},
    )
    assert made.row("money_share", "plan", "rural").mean == 0.75
    assert made.row("youth_share", "plan", "rural").mean == 0.25
    assert made.row("money_per_youth", "plan", "rural").mean == pytest.approx(0.15)
    assert made.row("spending", "plan", "rural").mean == 300.0


@pytest.mark.parametrize("burn_in_years", [1, 5])
def test_years_are_counted_from_the_end_of_the_run(tmp_path: Path, burn_in_years: int) -> None:
    """However long the time before the money was, year 0 is its last year."""
    made = study(
        tmp_path,
        burn_in_years=burn_in_years,
        series={
            "reports": lambda month: 1.0 + month // 12,
            "active": lambda month: 1.0 + month // 12,
        },
    )
    totals = [made.row("reports", "none", year=year).mean for year in (0, 1, 2)]
    assert totals == [48 * (burn_in_years + year) for year in (0, 1, 2)]  # 12 months, 4 classes
    active = [made.row("active", "none", "town", year=year).mean for year in (0, 1, 2)]
    assert active == [burn_in_years + year for year in (0, 1, 2)]  # the mean of its months
    assert made.row("reports", "none", year=3) is NOTHING


def test_fewer_months_than_years_are_a_damaged_folder(tmp_path: Path) -> None:
    """A series that is too short is named, not drawn."""
    Folder({"identified": FOUND}, [metric("identified")], years=1).write(tmp_path)
    manifest = tmp_path / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"horizon": 1', '"horizon": 5'), encoding="utf-8")
    with pytest.raises(InputError, match="fewer months than the 5 years"):
        open_study(tmp_path)


def test_the_record_is_the_baselines(tmp_path: Path) -> None:
    """How far counts follow youth, from the published reports of a run without the plan."""
    made = study(
        tmp_path,
        places=[("town", 1000.0 * k) for k in range(1, 5)],
        counts={
            "published": lambda plan, place: [1, 2, 4, 3][place] if plan == "none" else 4 - place,
            "true_onsets": lambda _plan, place: 4 - place,
        },
    )
    assert made.row("count_follows_youth", "none").mean == pytest.approx(0.8)  # 1 - 6 * 2 / 60
    assert made.row("count_follows_truth", "none").mean == pytest.approx(-0.8)


def test_the_verdict_of_a_compared_metric_is_that_of_the_comparison(tmp_path: Path) -> None:
    """measures.parquet repeats comparison.csv, and says of all else whether it rises."""
    made = study(tmp_path)
    assert made.row("identified", "plan").verdict == made.comparison.rows[0].verdict
    assert made.row("identified", "plan").verdict.startswith(("clearly", "better"))


def test_the_file_holds_every_row(tmp_path: Path) -> None:
    """What is written is read back the same, by parquet and by `Results`."""
    made = study(tmp_path)
    write_measures(tmp_path / "measures.parquet", made.table)
    back = pq.read_table(tmp_path / "measures.parquet")
    assert str(back.to_pylist()) == str(made.table.to_pylist())  # as text: no blank equals another
    table = Results.open(tmp_path).measures
    row = table.query("measure == 'identified' and group == 'all' and year == -1 and future == 'a'")
    assert row["mean"].tolist() == [12.0, 14.0]


def with_column(folder: Path, name: str, values: list[int]) -> None:
    """Give communities.parquet a column: one value a place, the same in every run."""
    path = folder / "communities.parquet"
    table = pq.read_table(path)
    runs = table.num_rows // len(values)
    pq.write_table(table.append_column(name, pa.array(values * runs)), path)


def test_groups_are_told_apart_by_what_the_tables_say(tmp_path: Path) -> None:
    """Fifths by their number, thirds of effort by theirs: places of 10 to 50 youth, one in each."""
    places = [("town", 10.0 * k) for k in range(1, 6)]
    folder = Folder({"identified": FOUND}, [metric("identified")], places=places).write(tmp_path)
    with_column(folder, "effort_third", [1, 2, 3, 2, 2])
    with_column(folder, "silent", [0, 0, 0, 1, 0])
    made = open_study(folder)
    youth = {group: made.row("youth", "none", group).mean for group in GROUPS}
    assert [youth[f"poverty fifth {k}"] for k in range(1, 6)] == [10, 20, 30, 40, 50]
    assert (youth["effort low"], youth["effort high"], youth["silent"]) == (10, 30, 40)


def test_rows_of_communities_may_come_in_any_order(tmp_path: Path) -> None:
    """Runs are found by their names: turned round, the table gives the same sums."""
    counts = {"spending": lambda plan, place: (1 + (plan == "plan")) * 10.0 * (1 + place)}
    folder = Folder({"identified": FOUND}, [metric("identified")], counts=counts).write(tmp_path)
    before = open_study(folder).row("spending", "plan", "town")
    path = folder / "communities.parquet"
    table = pq.read_table(path)
    pq.write_table(table.take(list(range(table.num_rows))[::-1]), path)
    assert open_study(folder).row("spending", "plan", "town") == before
    assert before.mean == 60.0


def test_each_sum_is_of_its_own_column(tmp_path: Path) -> None:
    """Published, not all, reports make the recorded rate; years of exploitation have a column."""
    counts = {"published": 3.0, "reports": 8.0, "true_active_person_years": 7.0}
    made = study(
        tmp_path,
        places=[("town", 100.0)],
        counts={name: (lambda _plan, _place, v=v: v) for name, v in counts.items()},
    )
    assert made.row("recorded_rate", "none", "town").mean == 15.0  # of 100 youth in two years
    assert made.row("person_years", "none", "town").mean == 7.0
    assert made.row("all_reports", "none", "town").mean == 8.0


def test_a_share_of_reports_is_of_the_reports_of_all_places(tmp_path: Path) -> None:
    """Four classes publish alike, so each has a quarter."""
    made = study(tmp_path, series={"published": lambda _month: 5.0})
    assert made.row("published_share", "none", "town", year=1).mean == 0.25
