"""The comparison of results folders: nothing for nothing, what is dropped, what is printed."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from fake_engine import FAILING, FAKE, small_experiment

from streetlight.experiments.analyse.differences import differences
from streetlight.experiments.analyse.values import Worlds
from streetlight.experiments.analyse.whole import Comparison, compare
from streetlight.experiments.commands.compare import compare_results
from streetlight.experiments.commands.compare_tables import print_comparison
from streetlight.experiments.experiment import ComparedMetric, Future
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.running.cells import Engine
from streetlight.experiments.running.runner import run
from streetlight.experiments.running.store import COMPARED
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError
from streetlight.model.money.policies import build
from streetlight.model.parameters import Parameters
from studies import coverage


def done(folder: Path, engine: Engine = FAKE, **changes: object) -> Path:
    """The results of the small experiment."""
    run(small_experiment(**changes), folder, workers=1, engine=engine, figures="none")
    return folder


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_no_money_under_another_name_is_no_difference(tmp_path: Path) -> None:
    """With the real engine a policy without budget differs by exactly 0 in every metric."""
    idle = build("per_youth", budget=0.0, name="idle")
    folder = tmp_path / "small"
    run(
        small_experiment(
            policies=(idle, build("per_youth", budget=0.5)),
            replications=4,
            metrics=tuple(map(ComparedMetric.default, METRICS)),
        ),
        folder, workers=1, figures="none",
    )  # fmt: skip
    rows = [row for row in table(folder / "comparison.csv") if row["policy"] == "idle"]
    assert len(rows) == len(METRICS)
    judged = [row for row in rows if int(row["replicates"]) > 1]  # undefined in some small worlds
    assert len(judged) > len(METRICS) / 2
    for row in judged:
        for column in ("difference", "mc_low", "mc_high", "sim_low", "sim_high", "future_low"):
            assert row[column] == "0", (row["metric"], column)
        assert row["verdict"] == "no difference that matters", row["metric"]
    assert any(float(row["difference"] or 0) for row in table(folder / "comparison.csv"))
    places = {row["policy"]: row for row in table(folder / "pareto.csv")}
    assert places["idle"]["cost_per_identified"] == ""
    assert places["idle"]["on_front"] == places["none"]["on_front"] == "yes"


def test_a_failed_run_drops_its_world_and_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only replicate 0 is complete, for all policies; the page says who is missing where."""
    folder = done(tmp_path / "small", FAILING)
    comparison = compare(folder)
    assert (comparison.n_runs, comparison.n_expected) == (10, 12)
    assert {row.replicates for row in comparison.rows} == {1}
    assert compare_results(folder) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "dropped: 2 worlds (4 finished runs)" in out
    assert "missing: per_youth in 2" in out
    assert compare_results(folder, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["dropped"]["missing"] == {"per_youth": 2}
    assert found["differences"][0]["mc_low"] is None


def test_sampled_futures_are_named_in_the_manifest(tmp_path: Path) -> None:
    """The comparison learns from the folder which futures are a sample."""
    drawn = [Future(f"sampled_{i:04d}", {}, Parameters(), kind="lhs") for i in range(8)]
    futures = (Future("central", {}, Parameters()), *drawn)
    folder = done(tmp_path / "small", futures=futures)
    row = compare(folder).rows[0]
    assert row.population_low < row.population < row.population_high
    assert row.population != row.difference
    assert {r["futures"] for r in table(folder / "robustness.csv")} == {"9"}


@pytest.mark.parametrize(
    ("kind", "is_sample"),
    [("lhs", True), ("sobol", True), ("grid", False), ("one_at_a_time", False), ("named", False)],
)
def test_only_draws_are_a_sample_of_all_futures(tmp_path: Path, kind: str, is_sample: bool) -> None:
    """The points of a grid, or of one parameter at a time, have no population interval."""
    futures = tuple(Future(f"one_{i}", {}, Parameters(), kind=kind) for i in range(8))
    folder = done(tmp_path / "small", futures=futures)
    row = compare(folder).rows[0]
    assert math.isfinite(row.population_low) == math.isfinite(row.population) == is_sample
    rows = [r for r in table(folder / "robustness.csv") if r["reference"] == "no"]
    ranks = {r["regret_mean_population_rank_low"] != "" for r in rows}
    assert ranks == {is_sample}


def test_the_same_bytes_and_stale_tables_are_set_aside(tmp_path: Path) -> None:
    """All files of the comparison are written, alike each time, and go to stale/ with the rest."""
    folder = done(tmp_path / "small")
    before = {name: (folder / name).read_bytes() for name in COMPARED}
    assert all(before.values())
    done(folder)
    assert {name: (folder / name).read_bytes() for name in COMPARED} == before
    done(folder, seed=4)
    for name in COMPARED:
        assert (folder / name).read_bytes() != before[name]
        assert [p.read_bytes() for p in (folder / "stale").glob(f"*/{name}")] == [before[name]]


def test_any_policy_and_metric_can_be_compared_by(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--against turns a difference round; --metric takes one that the file does not name."""
    folder = done(tmp_path / "small")
    here = compare(folder).row("per_youth", "averted_person_years")
    there = compare(folder, against="per_youth").row("none", "averted_person_years")
    assert there.difference == pytest.approx(-here.difference)
    assert (there.mc_low, there.mc_high) == pytest.approx((-here.mc_high, -here.mc_low))
    only = compare(folder, metric="known")
    assert {row.metric for row in only.rows} == {only.primary} == {"known"}
    compare_results(folder, metric="known", against="equal_shares")
    out = capsys.readouterr().out
    assert "against “Same sum for every place”" in out and "known" in out
    with pytest.raises(InputError, match=r'--against: per_yout: .*did you mean "per_youth"'):
        compare(folder, against="per_yout")
    with pytest.raises(InputError, match=r'--metric: knwn: .*did you mean "known"'):
        compare(folder, metric="knwn")


def test_many_policies_with_long_names_fit(capsys: pytest.CaptureFixture[str]) -> None:
    """Thirty policies: no line is wider than 120 columns, and lists are cut with a count."""
    names = ("none", *(f"a_policy_with_quite_a_long_name_{i:02d}" for i in range(30)), "oracle")
    chosen = ("averted_person_years", "identified", "worst_class_identified_share", "spending")
    shape = (len(names), 3, 4)
    values = {name: np.random.default_rng(1).normal(1e5, 1e3, shape) for name in chosen}
    references = np.arange(len(names)) == len(names) - 1
    worlds = Worlds(names, ("f", "g", "h"), references, np.zeros(3, bool), values, 384, 384)
    metrics = {name: asdict(ComparedMetric.default(name)) for name in chosen[:3]}
    for one in metrics.values():
        one.update(relative_to="", enough=9e4)
    rows = [row for one in metrics.values() for row in differences(worlds, one, 0, 0)]
    print_comparison(Comparison("Many", "none", chosen[0], rows, worlds, metrics, "none"))
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 120
    verdicts = [line for line in out.splitlines() if line.startswith("a policy with quite a long")]
    assert len([line for line in verdicts if ": " in line]) == 30
    assert "Over 3 futures: person-years averted" in out and "gap to" in out
    assert " more." in out


def test_the_study_of_coverage_prints_its_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """Few experiments, to see that it runs to its end."""
    assert coverage.main(["--experiments", "4", "--engine", "0"]) == 0
    out = capsys.readouterr().out
    assert out.count("**") == 2 * 5
    assert "| normal | 30 | 8 | 4 | 0.5 |" in out


@pytest.mark.slow
def test_intervals_of_the_engine_cover_what_is_known(tmp_path: Path) -> None:
    """A small region: of 150 experiments of 8 replicates 95% hold the mean of 1,500 others."""
    del tmp_path
    _, _, alone, at_once = coverage.real_engine(1500, 150, 8)
    error = (0.95 * 0.05 / 150) ** 0.5
    for held in (alone, at_once):
        assert abs(sum(held) / 150 - 0.95) < 4 * error


def test_the_region_of_the_study_can_be_run() -> None:
    """The part with the engine works on two experiments of two replicates."""
    truth, error, alone, at_once = coverage.real_engine(4, 2, 2, communities=4, years=1)
    assert error >= 0 and len(alone) == len(at_once) == 2
    assert truth == truth
    assert Region.synthetic(4, seed=1).n_communities == 4
