"""The experiments with the real engine: what it hands over fits, and the bytes are the same."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from fake_engine import bytes_of

from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import Experiment
from streetlight.experiments.metrics import METRICS
from streetlight.experiments.running.cells import Engine, is_compiled
from streetlight.experiments.running.runner import run
from streetlight.experiments.running.tables import MEASURED


@pytest.fixture(scope="module")
def shortest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, Path]:
    """The tiny experiment over two years, in one process."""
    folder = tmp_path_factory.mktemp("real") / "tiny"
    experiment = dataclasses.replace(load("tiny"), horizon=2)
    assert run(experiment, folder, workers=1, figures="none").exit_code == 0
    return experiment, folder


def test_every_metric_is_computed(shortest: tuple[Experiment, Path]) -> None:
    """All metrics that a file may name are columns of runs.parquet."""
    names = set(pq.read_schema(shortest[1] / "runs.parquet").names)
    assert set(METRICS) <= names


def test_averted_is_the_paired_difference(shortest: tuple[Experiment, Path]) -> None:
    """Person-years averted are those of the baseline minus those of the policy, world by world."""
    table = pq.read_table(shortest[1] / "runs.parquet").to_pydict()
    years = dict(zip(zip(table["policy"], table["future"], table["replicate"], strict=True),
                     table["person_years"], strict=True))  # fmt: skip
    for (policy, *world), averted in zip(years, table["averted_person_years"], strict=True):
        expected = years["none", *world] - years[policy, *world]
        assert averted == pytest.approx(expected, abs=1e-6)
    assert any(table["averted_person_years"])


def test_the_monthly_backlog_ends_where_the_communities_do(
    shortest: tuple[Experiment, Path],
) -> None:
    """Cases waiting in the last month are those waiting at the end; some wait in between."""
    series = pq.read_table(shortest[1] / "series.parquet").to_pydict()
    communities = pq.read_table(shortest[1] / "communities.parquet").to_pydict()
    months = np.array(series["month"])
    waiting = np.array(series["backlog"])
    at_end = waiting[months == months.max()].sum()
    assert at_end == pytest.approx(sum(communities["backlog_end"]), abs=1e-3)
    assert waiting.min() == 0
    assert waiting.max() > 0


def test_tables_add_up_to_the_metrics(shortest: tuple[Experiment, Path]) -> None:
    """Sums over communities are the run's metrics, and spending adds up over levers."""
    experiment, folder = shortest
    runs = pq.read_table(folder / "runs.parquet").to_pydict()
    n = experiment.region.n_communities
    communities = pq.read_table(folder / "communities.parquet").to_pydict()
    for name in ("known", "identified", "first_onsets", "true_active_person_years"):
        metric = "person_years" if name == "true_active_person_years" else name
        sums = np.array(communities[name], dtype=float).reshape(-1, n).sum(axis=1)
        assert sums == pytest.approx(runs[metric], rel=1e-5)
    levers = pq.read_table(folder / "levers.parquet").to_pydict()
    assert all(map(any, zip(levers["spent"], levers["units"], strict=True)))  # no empty row
    spent = sum(levers["spent"])
    assert spent > 0
    assert spent == pytest.approx(sum(communities["spending"]), rel=1e-4)


def test_columns_are_those_of_the_design(shortest: tuple[Experiment, Path]) -> None:
    """communities.parquet has every column that the design names, counts as int32."""
    schema = pq.read_schema(shortest[1] / "communities.parquet")
    for name in (
        "population", "youth", "place_class", "poverty_quintile", "first_onsets",
        "reexploitation_onsets", "prevented_onsets", "true_onsets", "true_active_person_years",
        "known", "reports", "false_reports", "screened_in", "investigated", "false_investigated",
        "identified", "published", "offered_no_place", "served",
        "known_still_exploited_person_years", "backlog_end", "allocated", "spending", "unspent",
        "knew", "recognised", "ever_screened_in", "ever_investigated", "false_identified",
    ):  # fmt: skip
        kind = str(schema.field(name).type)
        expected = "float" if name in MEASURED else "int32"
        assert kind == (kind if name == "place_class" else expected), name


@pytest.mark.slow
def test_workers_order_and_resuming_change_no_byte(tmp_path: Path) -> None:
    """Figures included, the results are the same bytes for one worker, two, and resumed runs in
    another order."""
    experiment = dataclasses.replace(load("tiny"), horizon=2)
    reversed_half = dataclasses.replace(
        experiment, futures=experiment.futures[:0:-1], replications=1
    )
    run(experiment, tmp_path / "one", workers=1)
    run(experiment, tmp_path / "two", workers=2)
    run(reversed_half, tmp_path / "parts", workers=1)
    resumed = run(experiment, tmp_path / "parts", workers=2)
    assert resumed.n_kept == 3
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "parts")
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text())
    assert manifest["status"] == "done"


def test_kernels_are_compiled_once(shortest: tuple[Experiment, Path]) -> None:
    """After a run the cache holds the kernels, so that the next one does not say `compiling`."""
    assert shortest[1].exists()
    assert is_compiled()
    assert Engine.of_model().compile is None
