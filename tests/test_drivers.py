"""What drives a difference: inputs as numbers, pairs, indices against closed forms and SALib."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from driver_worlds import (
    FIRST,
    LINEAR,
    METRIC,
    SECOND,
    folder_of,
    inputs_of,
    ishigami,
    pair_of,
)
from fake_engine import small_experiment
from SALib.analyze import morris as salib_morris
from SALib.analyze import pawn as salib_pawn
from SALib.analyze.delta import calc_delta

from streetlight.experiments import cli
from streetlight.experiments.distributions import Choice, Varied, all_from_evidence
from streetlight.experiments.drivers import morris_sobol
from streetlight.experiments.drivers.indices import (
    bootstrap,
    classes,
    delta,
    density,
    distances,
    dummies,
    half_area,
    n_classes,
)
from streetlight.experiments.drivers.indices import pawn as pawn_index
from streetlight.experiments.drivers.inputs import read_inputs
from streetlight.experiments.drivers.pairs import read_pair, results_config
from streetlight.experiments.drivers.sensitivity import (
    MATTERS,
    PERHAPS,
    Driver,
    Sensitivity,
    by_level,
    given_data,
)
from streetlight.experiments.drivers.sentences import driven, parted
from streetlight.experiments.experiment import Experiment, Future
from streetlight.experiments.running.adopting import Adopting
from streetlight.experiments.running.cells import Engine as RealEngine
from streetlight.experiments.running.store import PRODUCTS, Store
from streetlight.experiments.sampling import sample
from streetlight.model.errors import InputError
from streetlight.model.parameters import Parameters

SHIPPED = Parameters()


def overrides(n: int, seed: int = 3) -> list[dict[str, Any]]:
    """n settings of a number, a tuple, a switch and a choice."""
    rng = np.random.default_rng(seed)
    family = np.array(SHIPPED.incidence.family_controlled)
    return [
        {
            "denial.barrier_scale": float(2 * rng.random()),
            "incidence.family_controlled": (family * (0.5 + rng.random())).tolist(),
            "switches.denial": bool(rng.random() < 0.5),
            "incidence.normalise": ["us", "region"][int(rng.integers(2))],
        }
        for _ in range(n)
    ]


# Inputs.


def test_overrides_become_numbers(tmp_path: Path) -> None:
    """A tuple is a factor, a switch 0 or 1, a choice the place of its word; named ones are out."""
    own = overrides(20)
    folder = folder_of(tmp_path / "made", own, np.arange(20.0))
    inputs = read_inputs(folder, results_config(folder))
    assert inputs.futures == tuple(f"sampled_{i:04d}" for i in range(20))
    names = [one.name for one in inputs.inputs]
    order = [names.index(name) for name in own[0]]
    inputs = dataclasses.replace(
        inputs, inputs=tuple(inputs.inputs[k] for k in order), values=inputs.values[:, order]
    )
    scale, place, switch, choice = inputs.inputs
    assert inputs.values[:, 0].tolist() == [one["denial.barrier_scale"] for one in own]
    last = SHIPPED.incidence.family_controlled[3]
    factors = [one["incidence.family_controlled"][3] / last for one in own]
    assert inputs.values[:, 1] == pytest.approx(factors)
    assert inputs.values[:, 2].tolist() == [float(one["switches.denial"]) for one in own]
    assert choice.levels == ("region", "us")
    words = [choice.levels[int(code)] for code in inputs.values[:, 3]]
    assert words == [one["incidence.normalise"] for one in own]
    assert (place.is_factor, scale.is_factor, switch.is_switch) == (True, False, True)
    assert "a factor on all its values" in place.in_words
    assert (scale.is_ordered, choice.is_ordered) == (True, False)


def test_what_never_changes_is_set_apart(tmp_path: Path) -> None:
    """An input with one value is named and not judged."""
    own = [{**one, "switches.denial": False} for one in overrides(20)]
    folder = folder_of(tmp_path / "made", own, np.arange(20.0))
    inputs = read_inputs(folder, results_config(folder))
    assert inputs.constant == ("switches.denial",)
    assert inputs.values.shape == (20, 3)
    pair = read_pair(folder, results_config(folder), inputs.futures)
    assert any("switches.denial" in note for note in given_data(inputs, pair, resamples=5).notes)


def test_the_design_table_comes_first(tmp_path: Path) -> None:
    """With design.parquet, its rows of kinds lhs and sobol are the sample, and no others."""
    folder = folder_of(tmp_path / "made", overrides(3), np.arange(3.0))
    columns = {
        "future": ["central", *(f"sampled_{i:04d}" for i in range(3))],
        "kind": ["named", "lhs", "sobol", "grid"],
        "denial.barrier_scale": [None, 0.25, 1.5, 1.0],
        "spell.exit_hazard": [None, None, 0.02, 0.03],
        "switches.denial": [True, False, True, True],
        "incidence.place_ratio": ["[1, 1]", "[1, 1]", "[1, 2]", "[1, 3]"],
        "shocks": ["", "", "", "wave"],
    }
    table = pa.table(columns)
    for name, kind in (("switches.denial", b"switch"), ("incidence.place_ratio", b"list")):
        at = table.schema.get_field_index(name)
        field = table.schema.field(at).with_metadata({b"kind": kind})
        table = table.set_column(at, field, table[name])
    pq.write_table(table, folder / "design.parquet")
    inputs = read_inputs(folder, results_config(folder))
    assert inputs.futures == ("sampled_0000", "sampled_0001")
    assert [one.name for one in inputs.inputs] == [
        "denial.barrier_scale", "switches.denial", "incidence.place_ratio",
    ]  # fmt: skip
    assert inputs.values.T.tolist() == [[0.25, 1.5], [0.0, 1.0], [0.0, 1.0]]
    assert inputs.inputs[1].is_switch
    assert inputs.inputs[2].levels == ("[1, 1]", "[1, 2]")


# Pairs.


def test_a_difference_is_paired_by_world_and_averaged(tmp_path: Path) -> None:
    """y is policy minus against, mean over replicates; the named future is not in it."""
    y = np.linspace(-3, 4, 20)
    folder = folder_of(tmp_path / "made", overrides(20), y)
    config = results_config(folder)
    futures = [name for name in config["futures"] if name.startswith("sampled")]
    pair = read_pair(folder, config, futures)
    assert (pair.policy, pair.against) == ("a", "b")
    assert "a is the best ranked" in pair.chosen
    assert pair.means == pytest.approx(y)
    swapped = read_pair(folder, config, futures, "b", "a")
    assert swapped.means == pytest.approx(-y)
    assert read_pair(folder, config, futures, "a").against == "b"
    assert read_pair(folder, config, futures, "a", "none").means == pytest.approx(10 + y)


def test_the_only_policy_is_held_against_the_baseline(tmp_path: Path) -> None:
    """Without a second policy the baseline is the other."""
    folder = folder_of(tmp_path / "m", overrides(20), np.arange(20.0), policies=("none", "a"))
    config = results_config(folder)
    pair = read_pair(folder, config, list(config["futures"])[1:])
    assert (pair.policy, pair.against) == ("a", "none")
    assert "none is the baseline" in pair.chosen


def test_pairs_of_equal_budget_are_chosen(tmp_path: Path) -> None:
    """More money would drive any difference, so plans with another budget are passed over."""
    y = np.linspace(-1, 1, 16)
    folder = folder_of(tmp_path, [{FIRST: 0.5}] * 16, y, policies=("none", "a", "b", "c"))
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    budgets = {"none": 0.0, "a": 2.0, "b": 1.0, "c": 1.0}
    about = manifest["config"]["policies"]
    manifest["config"]["policies"] = {n: {**about[n], "budget": budgets[n]} for n in about}
    path.write_text(json.dumps(manifest))
    config = results_config(folder)
    futures = list(config["futures"])[1:]
    pair = read_pair(folder, config, futures)
    assert {pair.policy, pair.against} == {"b", "c"}
    pair = read_pair(folder, config, futures, policy="a")
    assert (pair.against, pair.chosen) == ("none", "none is the baseline")
    assert read_pair(folder, config, futures, against="c").policy == "b"


def test_what_matters_may_be_a_share_of_the_gain(tmp_path: Path) -> None:
    """A tenth of the gain of 10 in every future is 1; where nobody gains it is unknown."""
    for gain, expected in ((0.1, 1.0), (-0.1, math.nan)):
        folder = folder_of(
            tmp_path / str(gain), [{FIRST: 0.5}] * 16, np.zeros(16),
            direction="more" if gain > 0 else "less",
        )  # fmt: skip
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text())
        own = manifest["config"]["metrics"]["identified"]
        own |= {"matters": abs(gain), "relative_to": "gain"}
        path.write_text(json.dumps(manifest))
        config = results_config(folder)
        pair = read_pair(folder, config, list(config["futures"])[1:])
        assert pair.matters == pytest.approx(expected, nan_ok=True)
        assert pair.notes == []


def test_what_matters_may_be_a_share_of_the_baseline(tmp_path: Path) -> None:
    """A metric the experiment does not name has its own default: 2% of the baseline's 50."""
    folder = folder_of(tmp_path / "made", overrides(20), np.arange(20.0))
    config = results_config(folder)
    futures = list(config["futures"])[1:]
    assert read_pair(folder, config, futures).matters == 0.5
    pair = read_pair(folder, config, futures, metric="extra_identified")
    assert pair.matters == pytest.approx(1.0)


def test_less_is_better_turns_the_sign() -> None:
    """`better` counts so that more is better; `means` stays as measured."""
    y = np.array([1.0, -2.0])
    assert pair_of(y, "less").better.tolist() == [-1.0, 2.0]
    assert pair_of(y, "less").means.tolist() == [1.0, -2.0]


def test_the_share_of_noise_by_hand() -> None:
    """Means 1 and 5 have variance 8; each mean's own is 2 / 2 = 1: an eighth is noise."""
    assert pair_of(np.array([[0.0, 2.0], [4.0, 6.0]])).noise_share == pytest.approx(1 / 8)
    assert math.isnan(pair_of(np.array([[0.0], [4.0]])).noise_share)


def test_a_future_without_a_pair_is_dropped_and_counted() -> None:
    """Missing runs leave NaN out of the mean."""
    pair = pair_of(np.array([[1.0, math.nan], [2.0, 4.0]]))
    assert pair.means.tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--policy", "aa"], "no such policy here"),
        (["--against", "c"], "there are none, a, b"),
        (["--policy", "b", "--against", "b"], "the same policy"),
        (["--metric", "identifid"], 'did you mean "identified"'),
        (["--method", "pwan"], 'did you mean "pawn"'),
    ],
)
def test_bad_arguments_are_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """One clear line, and nothing is written."""
    folder = folder_of(tmp_path / "made", overrides(20), np.arange(20.0))
    assert cli.call(["sensitivity", str(folder), *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not (folder / "sensitivity.csv").exists()


@pytest.mark.parametrize("command", ["sensitivity", "discover"])
def test_few_futures_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """15 sampled futures say nothing; the message names what to raise. None at all says so too."""
    few = folder_of(tmp_path / "few", overrides(15), np.arange(15.0))
    assert cli.call([command, str(few)]) == 2
    assert "raise `n`" in capsys.readouterr().err
    none = folder_of(tmp_path / "none", [], np.zeros(0))
    assert cli.call([command, str(none)]) == 2
    assert "no sampled futures" in capsys.readouterr().err


# Indices.


def test_classes_are_equal_parts_or_levels() -> None:
    """By rank into k parts; a column with few values keeps its levels."""
    x = np.array([5.0, 1.0, 4.0, 2.0, 3.0, 0.0])
    assert classes(x, 3).tolist() == [2, 0, 2, 1, 1, 0]
    assert classes(np.array([0.0, 1.0, 1.0, 0.0]), 3).tolist() == [0, 1, 1, 0]
    assert [n_classes(n) for n in (16, 64, 1000)] == [3, 4, 10]


def test_distances_by_hand() -> None:
    """Two halves apart have distance 1/2 to all; equal values at both ends none."""
    halves = np.array([0, 0, 0, 1, 1, 1])
    assert distances(np.arange(6.0), halves).tolist() == [0.5, 0.5]
    assert pawn_index(np.arange(6.0), halves) == 0.5
    assert pawn_index(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0, 1, 0, 1])) == 0.0


def test_pawn_is_salibs() -> None:
    """SALib leaves the largest value out, which moves a distance by at most 2 / 200."""
    rng = np.random.default_rng(1)
    x = rng.random((2000, 2))
    y = x[:, 0] ** 2 + 0.1 * rng.normal(size=2000)
    theirs = salib_pawn.analyze({"num_vars": 2, "names": ["a", "b"]}, x, y, S=10)
    for j in range(2):
        own = distances(y, classes(x[:, j], 10))
        assert own.mean() == pytest.approx(theirs["mean"][j], abs=0.01)
        assert own.max() == pytest.approx(theirs["maximum"][j], abs=0.01)


def test_delta_is_salibs() -> None:
    """The same estimate, to rounding, on equal parts and on levels."""
    rng = np.random.default_rng(2)
    x, y = rng.random(90), rng.normal(size=90)
    grid = np.linspace(y.min(), y.max(), 100)
    edges = np.array([0, 30, 60, 90])
    assert delta(y, classes(x, 3)) == pytest.approx(calc_delta(y, grid, x, edges), rel=1e-9)
    levels = (x > 0.3).astype(float)
    edges = np.array([0, int((levels == 0).sum()), 90])
    assert delta(y, classes(levels, 3)) == pytest.approx(
        calc_delta(y, grid, levels, edges), rel=1e-9
    )
    assert delta(np.ones(90), classes(x, 3)) == 0.0


@pytest.mark.parametrize("jitter", [0.0, 1e-9, 1e-3, 0.1])
def test_delta_of_a_class_in_which_y_is_constant(jitter: float) -> None:
    """Off, y is 0 (or hardly moves); on, it is far away: 1/2 x 1/2 for the half that is off, and as
    much for the other but for the kernels' blur, whatever the jitter.
    """
    rng = np.random.default_rng(13)
    on = np.arange(400) % 2
    y = np.where(on, 5 + rng.normal(size=400), jitter * rng.normal(size=400))
    found = delta(y, on.astype(np.intp))
    assert 0.4 < found <= 0.5
    assert delta(np.where(on, y, 0.0), on) == pytest.approx(found, abs=0.02)


def test_delta_by_hand_of_classes_that_are_all_constant() -> None:
    """Shares 1/4 and 3/4 at two values: 1/4 x 3/4 twice. Where a class shares its value with half
    of another, all y has 3/4 there: 1/2 x (1 - 3/4), and the other class by its kernels.
    """
    of = np.array([0, 1, 1, 1])
    assert delta(np.array([2.0, 7.0, 7.0, 7.0]), of) == pytest.approx(2 * 3 / 16)
    y = np.array([0.0] * 4 + [0.0, 0.0, 1.0, 1.0])
    halves = np.repeat([0, 1], 4)
    other = half_area(y, halves == 1, np.linspace(0, 1, 100), density(y, np.linspace(0, 1, 100)))
    assert delta(y, halves) == pytest.approx(1 / 2 * 1 / 4 + other / 2)
    assert delta(np.array([2.0, 7.0, 7.0, 7.0]), np.zeros(4, int)) == 0.0


def test_delta_of_nothing_is_low_where_y_is_mostly_constant() -> None:
    """Nine futures in ten at 0: classes of an idle input are often constant, and add a tenth."""
    rng = np.random.default_rng(14)
    y = np.where(rng.random(200) < 0.9, 0.0, rng.normal(5, 1, 200))
    assert max(delta(y, rng.permutation(np.arange(200) % 10)) for _ in range(20)) < 0.35


def test_a_dummy_keeps_the_classes_and_loses_the_rest() -> None:
    """Shuffled classes have the same sizes, and an index that does not depend on y's order."""
    rng = np.random.default_rng(4)
    y = np.arange(60.0)
    of = classes(y, 3)
    found = dummies(pawn_index, y, of, 200, rng)
    assert pawn_index(y, of) > 3 * found.max() / 2
    resampled = bootstrap(pawn_index, y, y, 3, 50, rng)
    assert abs(resampled.mean() - pawn_index(y, of)) < 0.1


@pytest.mark.parametrize("method", ["pawn", "delta"])
def test_what_drives_is_above_the_floor(method: str) -> None:
    """Of five inputs one decides y, a switch helps, and three do nothing; signs come out."""
    rng = np.random.default_rng(6)
    x = rng.random((96, 5))
    x[:, 1] = x[:, 1] > 0.5
    y = -4 * x[:, 0] + 1.5 * x[:, 1] + 0.3 * rng.normal(size=96)
    found = given_data(inputs_of(x), pair_of(y), method, resamples=60, n_dummies=60)
    says = {row.input: row.says for row in found.rows}
    assert [row.input for row in found.rows[:2]] == ["x0", "x1"]
    assert says["x0"] == MATTERS
    assert says["x1"] in (MATTERS, PERHAPS)
    assert found.rows[0].direction < -0.6
    assert found.rows[1].direction > 0.3
    assert [row.input for row in found.mattering()][0] == "x0"
    assert all(row.low <= row.value <= row.high for row in found.rows)


def test_what_nothing_reads_seldom_passes() -> None:
    """Of 200 inputs that nothing reads at most 5% (and 4 standard errors) pass the floor, hardly
    any with its interval.
    """
    rng = np.random.default_rng(7)
    x = rng.random((64, 200))
    found = given_data(inputs_of(x), pair_of(rng.normal(size=64)), resamples=30)
    passed = sum(row.says != "not seen" for row in found.rows)
    assert passed <= 10 + 4 * math.sqrt(200 * 0.05 * 0.95)
    assert passed > 0
    assert len(found.mattering()) <= 2


def test_a_choice_among_words_has_no_direction() -> None:
    """Its codes have no order; whether it matters is found all the same."""
    rng = np.random.default_rng(8)
    x = rng.integers(0, 3, (96, 1)).astype(float)
    y = np.where(x[:, 0] == 1, 5.0, 0.0) + rng.normal(size=96)
    inputs = inputs_of(x, {0: ("north", "south", "west")})
    found = given_data(inputs, pair_of(y), resamples=30, n_dummies=60)
    assert math.isnan(found.rows[0].direction)
    assert found.rows[0].says == MATTERS


def test_the_mean_under_each_word_is_said() -> None:
    """By hand: 1 and 3 (half a 95% interval of 1.96 sd / sqrt 2 = 1.96), 5 and 5; same digits."""
    x = np.array([[0.0], [0.0], [1.0], [1.0]])
    one = inputs_of(x, {0: ("[1.0, 2.5]", "[1.0, 0.5]")}).inputs[0]
    said = by_level(one, x[:, 0], np.array([1.0, 3.0, 5.0, 5.0]))
    assert said.endswith("2.00 ± 1.96 under 1 / 2.5; 5.00 ± 0.00 under 1 / 0.5")


def test_a_clear_direction_is_said_where_the_index_is_not_sure() -> None:
    """At 2.5% / 2 a side of 65 futures a rank correlation must be above 2.241 / 8 = 0.280."""

    def row(name: str, says: str, direction: float) -> Driver:
        return Driver("pawn", "a", "b", METRIC, name, name, "pawn", 0.3, 0.2, 0.4, 0.25,
                      direction, says)  # fmt: skip

    rows = (row("first", PERHAPS, -0.79), row("second", "not seen", 0.27))
    found = Sensitivity("pawn", "a", "b", METRIC, 65, 2, 0.1, rows)
    assert [one.input for one in found.directed()] == ["first"]
    assert any(one.endswith("together): first -0.79.") for one in driven(found))
    other = (rows[0], row("second", "not seen", 0.29))
    found = dataclasses.replace(found, rows=other)
    assert [one.input for one in found.directed()] == ["first", "second"]
    assert "by PAWN: no input's interval" in driven(found)[0]
    sure = dataclasses.replace(found, rows=(row("first", MATTERS, -0.79), rows[1]))
    assert sure.directed() == []
    assert dataclasses.replace(found, method="morris").directed() == []


def test_items_with_commas_are_parted_by_semicolons() -> None:
    """Otherwise a reader cannot tell one from the next."""
    assert parted(["a", "b", "c"]) == "a, b and c"
    assert parted(["a, of b", "c"]) == "a, of b; and c"
    assert parted(["a, of b"]) == "a, of b"


def test_nothing_to_explain_is_an_error() -> None:
    """Equal policies have no drivers."""
    x = np.random.default_rng(9).random((20, 2))
    with pytest.raises(InputError, match="nothing to explain"):
        given_data(inputs_of(x), pair_of(np.ones(20)))


def test_noise_is_said_aloud() -> None:
    """Where replicates differ more than futures, the reader is told to add replicates."""
    rng = np.random.default_rng(10)
    x = rng.random((40, 2))
    found = given_data(inputs_of(x), pair_of(rng.normal(size=(40, 2))), resamples=20)
    assert found.noise_share > 0.5
    sentences = driven(found)
    assert sentences[0].startswith("Nothing surely drives")
    assert any("more replicates" in sentence for sentence in sentences)
    single = given_data(inputs_of(x), pair_of(rng.normal(size=(40, 1))), resamples=20)
    assert any("not known" in note for note in single.notes)


# The command.


def test_the_command_writes_the_same_bytes_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Table, JSON and figure; every column in the dictionary; JSON output is JSON alone."""
    own = overrides(24)
    y = np.array([3 * one["denial.barrier_scale"] for one in own])
    folder = folder_of(tmp_path / "made", own, y, noise=0.1)
    written = []
    for _ in range(2):
        assert cli.call(["sensitivity", str(folder), "--json"]) == 0
        names = ("sensitivity.csv", "sensitivity.json", "figures/sensitivity.svg")
        written.append([(folder / name).read_bytes() for name in names])
    assert written[0] == written[1]
    out = capsys.readouterr().out
    found = json.loads(out[: len(out) // 2])
    assert found == json.loads((folder / "sensitivity.json").read_text())
    with (folder / "sensitivity.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["input"] == "denial.barrier_scale"
    assert rows[0]["says"] == MATTERS
    page = (Path(__file__).parent.parent / "docs/data-dictionary.md").read_text(encoding="utf-8")
    section = page.split("## sensitivity.csv\n")[1].split("\n## ")[0]
    assert [f"| `{name}` |" in section for name in rows[0]] == [True] * len(rows[0])
    assert cli.call(["sensitivity", str(folder)]) == 0
    assert "What drives the difference between “a” and “b”" in capsys.readouterr().out


def test_other_settings_put_the_findings_aside(tmp_path: Path) -> None:
    """Sensitivity and discovery are products of a configuration and go stale with it."""
    folder = folder_of(tmp_path / "made", [], np.zeros(0))
    manifest = json.loads((folder / "manifest.json").read_text()) | {"config_sha256": "a" * 64}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    files = ("sensitivity.csv", "sensitivity.json", "discover.csv", "discover.json")
    for name in files:
        (folder / name).write_text("old")
    with Store(folder, "made") as store:
        Adopting(store, [], "new")
    for name in files:
        assert name in PRODUCTS
        assert not (folder / name).exists()
        assert (folder / "stale" / ("a" * 12) / name).read_text() == "old"


# Designs of their own.


def analysed(
    method: str,
    size: int,
    names: list[str],
    y: Any,
    seed: int = 1,
    levels: int = 4,
    choices: dict[str, Choice] | None = None,
) -> Sensitivity:
    """The indices of a function y of the unit cube, through the same code as a run design."""
    plan = morris_sobol.design(names, method, size, seed, levels)
    columns = {name: plan.points[:, j].tolist() for j, name in enumerate(names)}
    varied = [Varied(name, one) for name, one in (choices or {}).items()]
    for one in varied:
        columns[one.name] = one.values(SHIPPED, np.array(columns[one.name]))
    futures = [
        Future(f"sampled_{i:04d}", dict(zip(names, values, strict=True)), SHIPPED)
        for i, values in enumerate(zip(*columns.values(), strict=True))
    ]
    pair = pair_of(y(plan.points))
    return morris_sobol.analyse(plan, pair, futures, SHIPPED, varied=varied)


THREE = ["denial.barrier_scale", "spell.exit_hazard", "incidence.onset_rate"]


def test_morris_finds_the_slopes_of_a_plane() -> None:
    """Of y = 3 a - b the effects over the whole range are 3, 1, 0 and do not vary."""
    found = analysed("morris", 6, THREE, lambda u: 3 * u[:, 0] - u[:, 1])
    star = {row.input: row for row in found.of("mu_star")}
    assert [star[name].value for name in (*THREE, "dummy")] == pytest.approx([3, 1, 0, 0])
    assert [row.value for row in found.of("sigma")] == pytest.approx([0] * 4, abs=1e-12)
    assert [star[name].says for name in THREE] == [MATTERS, MATTERS, "not seen"]
    assert star[THREE[0]].direction > 0.5
    assert star[THREE[1]].direction < 0


def test_effects_of_morris_are_salibs() -> None:
    """Of numbers the same mean and spread; the interval is that of SALib's resamples, to 4 of
    their standard errors (1 / sqrt(2 x 1000) of it) and the n - 1 of a standard error.
    """
    plan = morris_sobol.design(THREE, "morris", 12, 1)
    y = ishigami(plan.points[:, :3]) + np.random.default_rng(2).normal(size=len(plan.points))
    found = analysed("morris", 12, THREE, lambda u: y)
    theirs = salib_morris.analyze(
        morris_sobol.problem(THREE), plan.points, y, num_resamples=1000, num_levels=4, seed=1
    )
    for j, name in enumerate((*THREE, "dummy")):
        star = next(row for row in found.of("mu_star") if row.input == name)
        sigma = next(row for row in found.of("sigma") if row.input == name)
        assert star.value == pytest.approx(theirs["mu_star"][j])
        assert sigma.value == pytest.approx(theirs["sigma"][j])
        half = float(theirs["mu_star_conf"][j]) * math.sqrt(12 / 11)
        assert star.high - star.value == pytest.approx(half, rel=4 / math.sqrt(2000))


SWITCH = "switches.denial"


@pytest.mark.parametrize("levels", [2, 4, 6])
def test_a_switch_ranks_with_a_number_of_the_same_effect(levels: int) -> None:
    """y = 10 [switch] + 10 quantile: both are 10, whatever the step's length."""
    found = analysed(
        "morris", 10, [SWITCH, FIRST], lambda u: 10.0 * (u[:, 0] >= 0.5) + 10.0 * u[:, 1],
        levels=levels, choices={SWITCH: Choice((False, True))},
    )  # fmt: skip
    star = {row.input: row.value for row in found.of("mu_star")}
    assert (star[SWITCH], star[FIRST]) == pytest.approx((10.0, 10.0))
    assert [row.value for row in found.of("sigma")] == pytest.approx([0.0] * 3, abs=1e-9)
    assert any("when its value changes" in note for note in found.notes)


def test_steps_that_leave_a_choice_as_it_is_do_not_count() -> None:
    """At weights 3 to 1 only the topmost of 4 levels has the second value: half the steps do
    nothing, and the mean is over the others.
    """
    found = analysed(
        "morris", 16, [SWITCH, FIRST], lambda u: 10.0 * (u[:, 0] >= 0.75) + u[:, 1],
        choices={SWITCH: Choice((False, True), (3.0, 1.0))},
    )  # fmt: skip
    assert {row.input: row.value for row in found.of("mu_star")}[SWITCH] == pytest.approx(10.0)


def test_the_floor_of_a_choice_is_that_of_plain_changes() -> None:
    """Luck is not blown up by a step's length, so the dummy's 2/3 of it is what a switch beats."""
    rng = np.random.default_rng(12)
    found = analysed(
        "morris", 200, [SWITCH, FIRST], lambda u: rng.normal(size=len(u)),
        choices={SWITCH: Choice((False, True))},
    )  # fmt: skip
    star = {row.input: row for row in found.of("mu_star")}
    assert star[SWITCH].floor == pytest.approx(star["dummy"].floor * 2 / 3)
    # |difference of two normals|: mean 2 / sqrt(pi), sd sqrt(2 - 4 / pi)
    error = math.sqrt((2 - 4 / math.pi) / 200)
    assert star[SWITCH].value == pytest.approx(2 / math.sqrt(math.pi), abs=4 * error)
    assert found.mattering() == []


def test_values_of_a_choice_that_no_step_compares_are_named() -> None:
    """Three on 4 levels: from 0 to 2/3 and 1/3 to 1, so first and second are never compared."""
    three = Choice((0.5, 1.0, 1.5))
    arguments = ("morris", 16, [SECOND, FIRST], lambda u: u[:, 1] + u[:, 0])
    note = f"no step of {SECOND} goes between 0.5 and 1.0"
    assert any(one.startswith(note) for one in analysed(*arguments, choices={SECOND: three}).notes)
    other = analysed(*arguments, levels=6, choices={SECOND: three})
    assert not any("no step" in one for one in other.notes)


def test_a_choice_that_hardly_changes_is_an_error() -> None:
    """One step that changes the value has no interval."""
    rare = {SWITCH: Choice((False, True), (9.0, 1.0))}
    with pytest.raises(InputError, match=f"{SWITCH}: fewer than 2 steps"):
        analysed("morris", 2, [SWITCH, FIRST], lambda u: u[:, 1], 2, choices=rare)


def test_luck_alone_gives_the_dummy_its_floor() -> None:
    """With noise and no effect at all, no input stands out against the dummy by its interval."""
    rng = np.random.default_rng(11)
    found = analysed("morris", 20, THREE, lambda u: rng.normal(size=len(u)))
    dummy = next(row for row in found.of("mu_star") if row.input == "dummy")
    # |difference of two normals| / (2/3) has mean 1.5 * 2 / sqrt(pi) = 1.69
    assert dummy.value == pytest.approx(1.69, abs=4 * 1.5 * 1.41 * 0.6 / math.sqrt(20))
    assert dummy.floor == pytest.approx(dummy.high)
    assert found.mattering() == []


def test_sobol_finds_the_shares_of_ishigamis_function() -> None:
    """S1 is 0.314, 0.442, 0 and ST 0.558, 0.442, 0.244, as in Saltelli and others (2010)."""
    found = analysed("sobol", 1024, THREE, lambda u: ishigami(u[:, :3]))
    for index, expected in (("S1", (0.3139, 0.4424, 0.0)), ("ST", (0.5576, 0.4424, 0.2437))):
        rows = {row.input: row for row in found.of(index)}
        for name, share in zip(THREE, expected, strict=True):
            half = rows[name].high - rows[name].value
            assert abs(rows[name].value - share) < max(2 * half, 0.01)
            assert half < 0.15
        assert rows["dummy"].value == pytest.approx(0, abs=1e-12)
    assert {row.input for row in found.mattering()} == set(THREE)


def test_designs_are_reproducible_and_sized_as_said() -> None:
    """Morris: r (d + 2) points with the dummy; Sobol: N (d + 3); the seed decides."""
    for method, size, n in (("morris", 4, 4 * 5), ("sobol", 8, 8 * 6)):
        first, again, other = (morris_sobol.design(THREE, method, size, s) for s in (1, 1, 2))
        assert first.points.shape == (n, 4)
        assert np.array_equal(first.points, again.points)
        assert not np.array_equal(first.points, other.points)
    for method, size in (("morris", 10**6), ("sobol", 2**20)):
        with pytest.raises(InputError, match="at most 10,000"):
            morris_sobol.design(THREE, method, size, 1)
    for arguments in (("sobol", 12, 1, 4), ("morris", 4, 1, 3)):
        with pytest.raises(InputError, match="must be"):
            morris_sobol.design(THREE, *arguments)


@pytest.mark.parametrize("method", morris_sobol.METHODS)
def test_a_larger_design_keeps_the_smaller(method: str) -> None:
    """The first points are the same, so that runs already done are kept."""
    small, large = (morris_sobol.design(THREE, method, size, 1).points for size in (8, 16))
    assert np.array_equal(large[: len(small)], small)


def test_a_small_sobol_design_says_so() -> None:
    """Shares known only roughly come with advice; those of a large design do not."""
    small = analysed("sobol", 4, THREE, lambda u: ishigami(u[:, :3]))
    assert any("raise --base" in note for note in small.notes)
    large = analysed("sobol", 1024, THREE, lambda u: ishigami(u[:, :3]))
    assert not any("raise --base" in note for note in large.notes)


def test_points_that_break_a_rule_are_named() -> None:
    """Trained below untrained cannot be; the design has no holes, so nothing is run."""
    plan = morris_sobol.design(["encounter.trained", "encounter.untrained"], "morris", 4, 1)
    with pytest.raises(InputError, match="break a rule") as caught:
        morris_sobol.futures_of(plan, all_from_evidence(plan.names, SHIPPED), SHIPPED)
    assert "trained" in caught.value.problems[1]
    assert "pydantic" not in str(caught.value)


def designed_file(path: Path) -> Path:
    """An experiment file that samples two parameters."""
    path.write_text(
        "title: Mine\nregion: {synthetic: {n_communities: 4, seed: 1}}\nhorizon: 1\n"
        "policies: [per_youth, equal_shares, small_towns_first]\nreplications: 2\n"
        f"metrics: [{METRIC}]\nfutures:\n  sampled:\n    n: 4\n"
        f"    parameters: [{FIRST}, {SECOND}]\n"
    )
    return path


def test_a_design_is_run_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cost first, nothing without --yes; then the slopes 3 and 1 of the engine; runs are kept."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(RealEngine, "of_model", classmethod(lambda cls: LINEAR))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    arguments = ["sensitivity", str(designed_file(tmp_path / "mine.yaml")), "--method", "morris",
                 "--trajectories", "4", "--workers", "1"]  # fmt: skip
    assert cli.call(arguments) == 2
    said = capsys.readouterr().err
    assert "16 futures x 2 replicates x 3 policies (with the baseline) = 96 runs" in said
    assert "add --yes" in said
    assert not (tmp_path / "results").exists()
    assert cli.call([*arguments, "--yes", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["policy"], found["against"]) == ("per_youth", "equal_shares")
    star = {row["input"]: row for row in found["rows"] if row["index"] == "mu_star"}
    # each effect has a standard error of 0.05 sqrt(2 / 2) / (2 / 3) / sqrt(4) at most
    assert star[FIRST]["value"] == pytest.approx(3, abs=4 * 0.0375)
    assert star[SECOND]["value"] == pytest.approx(1, abs=4 * 0.0375)
    assert star["dummy"]["value"] < 0.3
    assert 0 < star["dummy"]["floor"] < 0.6
    manifest = json.loads((tmp_path / "results/mine-morris/manifest.json").read_text())
    assert list(manifest["config"]["policies"]) == ["none", "per_youth", "equal_shares"]
    assert cli.call([*arguments, "--yes", "--json"]) == 0
    again = json.loads((tmp_path / "results/mine-morris/manifest.json").read_text())
    assert (again["counts"]["kept"], again["counts"]["done"]) == (96, 0)


def test_a_file_without_sampled_parameters_has_no_design() -> None:
    """There is nothing to vary."""
    experiment: Experiment = small_experiment()
    with pytest.raises(InputError, match="samples no parameters"):
        morris_sobol.varied_in(experiment)
    varied = all_from_evidence([FIRST], SHIPPED)
    _, sampling = sample(varied, 4, 1, SHIPPED)
    (found,) = morris_sobol.varied_in(dataclasses.replace(experiment, sampling=sampling))
    u = np.array([0.1, 0.9])
    assert (found.name, found.values(SHIPPED, u)) == (FIRST, varied[0].values(SHIPPED, u))
