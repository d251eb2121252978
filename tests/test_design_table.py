"""design.parquet: one row a future, one column a parameter that differs, and reading it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from streetlight.experiments.config.loading import load
from streetlight.experiments.design_table import common_factor, read_design
from streetlight.experiments.experiment import Experiment, Future
from streetlight.experiments.running.runner import run
from streetlight.model.errors import InputError
from streetlight.model.parameters import Parameters
from streetlight.model.world.shocks import Shock
from tests.fake_engine import FAKE, small_experiment

FILE = """\
title: "Mixed"
region: {synthetic: {n_communities: 5, seed: 1}}
horizon: 2
policies: [per_youth]
replications: 1
parameters: {knowing.contacts: 4}
shocks:
  a: {kind: campaign, year: 1, weeks: 4, size: 2}
  b: {kind: training, year: 0, weeks: 4, size: 1}
futures:
  named:
    central: {}
    hidden: {training.staff: [1, 1, 1, 1, 1], shocks: [b, a], denial.form: reduced}
  sampled:
    n: 4
    shocks: [a]
    parameters:
      knowing.contacts: {distribution: uniform, low: 3, high: 9}
      training.staff: {from: evidence}
      switches.denial: {choice: [true, false]}
      incidence.place_ratio: {choice: [[1, 1, 1, 1], [1, 1, 2, 2]]}
"""


@pytest.fixture
def mixed(tmp_path: Path) -> tuple[Experiment, Path]:
    """An experiment with every kind of column, run by the stand-in for the engine."""
    path = tmp_path / "mixed.yaml"
    path.write_text(FILE, encoding="utf-8")
    experiment = load(path)
    assert run(experiment, tmp_path / "out", engine=FAKE, workers=1, figures="none").exit_code == 0
    return experiment, tmp_path / "out"


def test_a_row_a_future_and_a_column_a_parameter_that_differs(
    mixed: tuple[Experiment, Path],
) -> None:
    """Columns in the order of the parameters; what is the same everywhere has none."""
    experiment, folder = mixed
    table = pq.read_table(folder / "design.parquet")
    assert table.column_names == [
        "future", "kind", "incidence.place_ratio", "knowing.contacts", "denial.form",
        "training.staff", "switches.denial", "shocks",
    ]  # fmt: skip
    assert table["future"].to_pylist() == [one.name for one in experiment.futures]
    assert table["kind"].to_pylist() == ["named"] * 2 + ["lhs"] * 4
    assert table["shocks"].to_pylist() == ["", "b a", "a", "a", "a", "a"]
    contacts = [one.parameters.knowing.contacts for one in experiment.futures]
    assert table["knowing.contacts"].to_pylist() == contacts and contacts[0] == 4.0
    factors = table["training.staff"].to_pylist()
    assert factors[:2] == [1.0, None]  # the named pattern is no multiple of the base
    base = Parameters().training.staff[0]
    own = [one.parameters.training.staff[0] / base for one in experiment.futures]
    assert factors[2:] == pytest.approx(own[2:])
    switches = [one.parameters.switches.denial for one in experiment.futures]
    assert table["switches.denial"].to_pylist() == switches and set(switches) == {True, False}
    places = [list(one.parameters.incidence.place_ratio) for one in experiment.futures]
    assert [json.loads(text) for text in table["incidence.place_ratio"].to_pylist()] == places
    assert table["denial.form"].to_pylist() == ["mechanisms", "reduced"] + ["mechanisms"] * 4


def test_the_design_is_read_as_numbers(mixed: tuple[Experiment, Path]) -> None:
    """Texts and switches are codes with labels; a null is NaN."""
    experiment, folder = mixed
    design = read_design(folder)
    assert design.parameters == (
        "incidence.place_ratio", "knowing.contacts", "denial.form", "training.staff",
        "switches.denial",
    )  # fmt: skip
    assert design.futures == tuple(one.name for one in experiment.futures)
    assert design.values.shape == (6, 5)
    assert design.sampled.tolist() == [False] * 2 + [True] * 4
    assert design.shocks[:3] == ((), ("b", "a"), ("a",))
    assert design.factors == ("training.staff",)
    column = {name: design.values[:, k] for k, name in enumerate(design.parameters)}
    assert np.isnan(column["training.staff"]).tolist() == [False, True] + [False] * 4
    assert np.isnan(design.values).sum() == 1
    assert design.labels["switches.denial"] == ("false", "true")
    own = [float(one.parameters.switches.denial) for one in experiment.futures]
    assert column["switches.denial"].tolist() == own
    assert design.labels["denial.form"] == ("mechanisms", "reduced")
    assert column["denial.form"].tolist() == [0, 1, 0, 0, 0, 0]
    for future, code in zip(experiment.futures, column["incidence.place_ratio"], strict=True):
        text = design.labels["incidence.place_ratio"][int(code)]
        assert tuple(json.loads(text)) == future.parameters.incidence.place_ratio


def test_the_same_futures_give_the_same_bytes(
    mixed: tuple[Experiment, Path], tmp_path: Path
) -> None:
    """A second run elsewhere writes the same file."""
    experiment, folder = mixed
    run(experiment, tmp_path / "again", engine=FAKE, workers=1, figures="none")
    again = (tmp_path / "again/design.parquet").read_bytes()
    assert again == (folder / "design.parquet").read_bytes()


def test_the_design_of_other_futures_goes_to_the_stale_ones(
    mixed: tuple[Experiment, Path], tmp_path: Path
) -> None:
    """With another configuration the old table is moved away with the others."""
    _, folder = mixed
    larger = FILE.replace("    n: 4\n", "    n: 6\n    first: 4\n")
    (tmp_path / "mixed.yaml").write_text(larger, encoding="utf-8")
    run(load(tmp_path / "mixed.yaml"), folder, engine=FAKE, workers=1, figures="none")
    assert len(list(folder.glob("stale/*/design.parquet"))) == 1
    assert len(read_design(folder).futures) == 8


def in_python(tmp_path: Path, *futures: Future, **changes: Any) -> Path:
    """The results of an experiment built in Python with these futures."""
    experiment = small_experiment(futures=futures, replications=1, **changes)
    run(experiment, tmp_path / "out", engine=FAKE, workers=1, figures="none")
    return tmp_path / "out"


def test_futures_that_do_not_differ_have_no_columns(tmp_path: Path) -> None:
    """Two futures of the same parameters, whose luck alone differs."""
    same = [Future(name, {}, Parameters()) for name in ("central", "dry")]
    design = read_design(in_python(tmp_path, *same))
    assert design.parameters == () and design.values.shape == (2, 0)


def test_one_future_that_is_not_the_base_has_columns(tmp_path: Path) -> None:
    """What differs from the base has a column, also where all futures agree."""
    changed = Parameters().with_values({"denial.ratio": 0.7})
    shocks = (Shock("campaign", ("x",), 0, 4, 1.0),)
    design = read_design(in_python(tmp_path, Future("one", {"denial.ratio": 0.7}, changed, shocks)))
    assert design.parameters == ("denial.ratio",) and design.values.tolist() == [[0.7]]
    assert design.shocks == (("campaign",),)  # given in Python without a name


def test_a_tuple_is_a_factor_only_where_its_pattern_is_kept() -> None:
    """Named futures alone: multiples are factors; another pattern makes the column a list."""
    assert common_factor((2.0, 4.0), (1.0, 2.0)) == 2.0
    assert common_factor((2.0, 4.1), (1.0, 2.0)) is None
    assert common_factor((0.0, 0.0), (0.0, 0.0)) == 1.0
    assert common_factor((1.0, 0.0), (0.0, 0.0)) is None
    assert common_factor((0.0, 3.0), (0.0, 2.0)) == 1.5


def test_a_folder_without_a_design_says_so(tmp_path: Path) -> None:
    """Results of before have no design.parquet."""
    with pytest.raises(InputError, match=r"holds no design\.parquet"):
        read_design(tmp_path)
