"""When a policy fails: boxes by hand, known boxes found again, pure luck seen through."""

from __future__ import annotations

import csv
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from driver_worlds import folder_of, inputs_of, pair_of
from hypothesis import given, settings
from hypothesis import strategies as st

from streetlight.experiments import cli
from streetlight.experiments.drivers import cart, prim
from streetlight.experiments.drivers.discover import (
    Limit,
    default_threshold,
    discover,
    elsewhere,
    failures,
)
from streetlight.experiments.drivers.inputs import coded
from streetlight.experiments.drivers.prim import Box, edges, fit, limit_p, paste, peel
from streetlight.experiments.drivers.sensitivity import amount
from streetlight.experiments.drivers.sentences import condition, discovered
from streetlight.model.errors import InputError
from streetlight.model.parameters import Parameters

NUMBERS = np.zeros(1, dtype=bool)


def line(n: int) -> np.ndarray:
    """One input, 0 to n - 1."""
    return np.arange(float(n))[:, None]


def corner(n: int, seed: int, flips: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Five inputs; failures where x0 > 0.6 and x1 < 0.4, some flipped."""
    rng = np.random.default_rng(seed)
    x = rng.random((n, 5))
    failed = (x[:, 0] > 0.6) & (x[:, 1] < 0.4)
    return x, failed ^ (rng.random(n) < flips)


# Boxes, by hand.


def test_coverage_density_and_phi_by_hand() -> None:
    """Of ten futures five are in the box and four fail, three of them inside."""
    failed = np.zeros(10, dtype=bool)
    failed[[0, 5, 6, 9]] = True
    found = fit(Box.everything(1).moved(0, "low", 4.5), line(10), failed)
    assert (found.inside, found.failed_inside) == (5, 3)
    assert found.coverage == pytest.approx(3 / 4)
    assert found.density == pytest.approx(3 / 5)
    assert found.phi == pytest.approx((10 * 3 - 5 * 4) / math.sqrt(5 * 5 * 4 * 6))
    assert fit(Box.everything(1), line(10), failed).phi == 0.0


@given(st.lists(st.booleans(), min_size=4, max_size=30), st.integers(-1, 30))
@settings(max_examples=50, deadline=None)
def test_phi_is_the_correlation_of_two_yes_or_no_columns(failed: list[bool], cut: int) -> None:
    """As numpy's, wherever both columns change."""
    column, x = np.array(failed), line(len(failed))
    box = Box.everything(1).moved(0, "low", cut + 0.5)
    inside = box.holds(x)
    phi = fit(box, x, column).phi
    if inside.min() == inside.max() or column.min() == column.max():
        assert phi == 0.0
    else:
        assert phi == pytest.approx(np.corrcoef(inside, column)[0, 1])


def test_a_peel_takes_a_twentieth_off_either_end() -> None:
    """Of 40 values two go; the limit is half-way to the first that stays."""
    low, high = edges(Box.everything(1), line(40), NUMBERS)
    assert (low.box.low[0], low.stay.sum()) == (1.5, 38)
    assert (high.box.high[0], high.stay.sum()) == (37.5, 38)


def test_equal_values_are_peeled_together() -> None:
    """A switch goes as a whole, and what is constant in the box not at all."""
    x = np.array([[0.0]] * 3 + [[1.0]] * 7)
    low, high = edges(Box.everything(1), x, NUMBERS)
    assert (low.box.low[0], low.stay.sum()) == (0.5, 7)
    assert (high.box.high[0], high.stay.sum()) == (0.5, 3)
    assert list(edges(Box.everything(1), x[:3], NUMBERS)) == []


def test_a_word_is_peeled_by_itself() -> None:
    """Each word of a choice can go, whatever its code."""
    x = np.array([[0.0], [1.0], [1.0], [2.0]])
    found = list(edges(Box.everything(1), x, ~NUMBERS))
    assert [edge.box.out for edge in found] == [((0, 0.0),), ((0, 1.0),), ((0, 2.0),)]
    assert [edge.stay.sum() for edge in found] == [3, 2, 3]


def test_peeling_is_patient() -> None:
    """A word that gives up ten futures for 0.2 loses against one success at an end (0.026 each)."""
    words = np.array([0.0] * 10 + [1.0] * 10)
    failed = np.array([True] * 7 + [False] * 3 + [True] * 3 + [False] * 7)
    position = np.argsort(np.argsort(np.where(failed, 0.5, [*[0.4] * 9, 0.1, *[0.6] * 10])))
    x = np.stack([words, position.astype(float)], axis=1)
    first = peel(x, failed, np.array([True, False]))[1]
    assert first.out == ()
    assert np.flatnonzero(~first.holds(x)).tolist() == [9]


def test_density_elsewhere_is_of_futures_left_out() -> None:
    """Of futures 3 to 9 and 0 to 6, left out by one resample each, 7 and 4 are in the box."""
    failed = np.arange(10) >= 4
    box = Box.everything(1).moved(0, "low", 2.5)
    drawn = [np.array([0, 1, 2] * 3 + [0]), np.array([7, 8, 9] * 3 + [7])]
    expected = (6 + 3) / (7 + 4)
    assert elsewhere([(one, box) for one in drawn], line(10), failed) == pytest.approx(expected)


def test_peeling_ends_at_the_failures() -> None:
    """Twenty values of which the last five fail: the box is those five."""
    failed = np.arange(20) >= 15
    trajectory = peel(line(20), failed, NUMBERS)
    assert len(trajectory) == 16
    box = prim.find_box(line(20), failed, NUMBERS)
    assert (box.low[0], box.high[0]) == (14.5, math.inf)
    assert fit(box, line(20), failed).phi == pytest.approx(1)


def test_the_quasi_p_value_by_hand() -> None:
    """Four of four failures, where half of all fail: (1/2)^4; a limit that does nothing has 1/2."""
    failed = np.array([True] * 4 + [False] * 4)
    box = Box.everything(1).moved(0, "high", 3.5)
    assert limit_p(box, box.without(0), line(8), failed) == pytest.approx(1 / 16)
    both = np.array([True, False] * 4)
    box = Box.everything(1).moved(0, "high", 1.5)
    assert limit_p(box, box.without(0), line(8), both) == pytest.approx(3 / 4)  # one or two of two


def test_pasting_pushes_an_edge_out() -> None:
    """A box that starts too late is widened to where the failures start, and not beyond."""
    failed = np.arange(40) >= 30
    box = paste(Box.everything(1).moved(0, "low", 33.5), line(40), failed)
    assert box.low[0] == 29.5


def test_pasting_takes_a_word_back() -> None:
    """A word left out although its futures fail comes back."""
    x = np.array([[0.0]] * 6 + [[1.0]] * 6 + [[2.0]] * 6)
    failed = x[:, 0] > 0
    box = paste(Box(np.full(1, -np.inf), np.full(1, np.inf), ((0, 0.0), (0, 2.0))), x, failed)
    assert box.out == ((0, 0.0),)


# Known boxes.


@pytest.mark.parametrize("find", [prim.find_box, cart.find_box])
def test_a_known_box_is_found(find: object) -> None:
    """Limits within 0.05 (24 futures of 480 lie in such a strip), and no other input."""
    x, failed = corner(480, 1, flips=0.03)
    box = find(x, failed, np.zeros(5, dtype=bool))  # type: ignore[operator]
    assert box.limited() == [0, 1]
    assert box.low[0] == pytest.approx(0.6, abs=0.05)
    assert box.high[1] == pytest.approx(0.4, abs=0.05)
    assert math.isinf(box.high[0])
    assert math.isinf(box.low[1])


@pytest.mark.parametrize("find", [prim.find_box, cart.find_box])
def test_a_choice_of_words_is_found(find: object) -> None:
    """Failures under the words 0 and 2 of four, whose codes are not neighbours."""
    rng = np.random.default_rng(2)
    x = np.stack([rng.integers(0, 4, 120).astype(float), rng.random(120)], axis=1)
    failed = np.isin(x[:, 0], (0.0, 2.0)) ^ (rng.random(120) < 0.02)
    box = find(x, failed, np.array([True, False]))  # type: ignore[operator]
    # a tree's box is one word, as every cut is in two and a leaf is one side
    words = {0.0, 1.0, 2.0, 3.0} - {code for _, code in box.out}
    assert words == {0.0, 2.0} if find is prim.find_box else words < {0.0, 2.0}
    assert not np.isfinite([*box.low, *box.high]).any()


def test_discovery_of_a_known_box() -> None:
    """Better than chance, counts as worked out from the data, and ranges around the limits."""
    x, failed = corner(160, 3)
    found = discover(inputs_of(x), pair_of(np.where(failed, -1.0, 1.0)), shuffles=39, resamples=30)
    assert found.is_condition
    assert found.p == pytest.approx(1 / 40)
    assert (found.futures, found.failures, found.unsure) == (160, int(failed.sum()), 0)
    assert [limit.input for limit in found.limits] == ["x0", "x1"]
    first, second = found.limits
    assert first.low_from <= first.low <= first.low_to
    assert second.high_from <= second.high <= second.high_to
    assert math.isnan(first.high)
    assert math.isnan(first.high_from)
    assert (first.again, second.again) == (1.0, 1.0)
    assert found.coverage_low <= found.coverage <= found.coverage_high
    assert found.density_low <= found.density <= found.density_high
    assert found.density_elsewhere > 0.7
    assert "when input 0 (x0) is above" in discovered(found)[1]
    assert "and input 1 (x1) is below" in discovered(found)[1]


def test_pure_luck_is_no_condition() -> None:
    """Coin tosses have boxes that look good; shuffles have boxes as good."""
    rng = np.random.default_rng(4)
    y = np.where(rng.random(64) < 0.3, -1.0, 1.0)
    found = discover(inputs_of(rng.random((64, 5))), pair_of(y), shuffles=39, resamples=5)
    assert not found.is_condition
    assert found.p > 0.05
    assert "No condition found that is better than chance" in discovered(found)[-1]


@pytest.mark.slow
def test_luck_passes_as_often_as_it_should() -> None:
    """Of 60 data sets of coin tosses at most 5% (and 4 standard errors) give a condition."""
    rng = np.random.default_rng(5)
    passed = 0
    for _ in range(60):
        y = np.where(rng.random(48) < 0.3, -1.0, 1.0)
        found = discover(inputs_of(rng.random((48, 3))), pair_of(y), shuffles=39, resamples=1)
        passed += found.is_condition
    assert passed <= 3 + 4 * math.sqrt(60 * 0.05 * 0.95)


# What a failure is.


def test_a_failure_is_worse_by_more_than_what_matters() -> None:
    """The default threshold is the smallest difference that matters, or 0; less can be better."""
    y = np.array([-2.0, -0.5, 0.0, 3.0])
    pair = pair_of(y, matters=1.0)
    assert default_threshold(pair) == 1.0
    assert failures(pair, 1.0).tolist() == [True, False, False, False]
    assert failures(pair, 0.0).tolist() == [True, True, False, False]
    assert failures(pair_of(y, "less"), 1.0).tolist() == [False, False, False, True]
    assert default_threshold(pair_of(y, matters=math.nan)) == 0.0


def test_futures_within_noise_are_counted() -> None:
    """A future is unsure when its interval holds the threshold."""
    y = np.array([[-1.0, 1.0]] * 3 + [[5.0, 5.1]] * 17)
    found = discover(inputs_of(np.random.default_rng(6).random((20, 2))), pair_of(y))
    assert found.unsure == 3
    single = discover(inputs_of(np.random.default_rng(6).random((20, 2))), pair_of(y[:, :1]))
    assert single.unsure == -1
    assert "not known" in discovered(single)[0]


@pytest.mark.parametrize(
    ("n", "said"),
    [(0, "There is no failure to explain"), (4, "4 failures are too few"),
     (17, "3 futures without a failure are too few")],
)  # fmt: skip
def test_too_few_to_tell_is_said(n: int, said: str) -> None:
    """Without five of either kind no box is looked for."""
    y = np.where(np.arange(20) < n, -1.0, 1.0)
    found = discover(inputs_of(np.random.default_rng(7).random((20, 2))), pair_of(y))
    assert (found.failures, found.limits) == (n, ())
    assert said in discovered(found)[1]


# Sentences.


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1.3, "1.30"), (1234.5, "1,234"), (0.02, "0.0200"), (-3.14159, "-3.14"),
     (math.nan, "?"), (2e6, "2.00e+06")],
)  # fmt: skip
def test_numbers_have_three_digits(value: float, text: str) -> None:
    """Short enough for a sentence."""
    assert amount(value) == text


# The command.


def made(folder: Path) -> Path:
    """80 futures of four parameters; "a" fails where one is high and a switch is on."""
    rng = np.random.default_rng(8)
    own = [
        {
            "denial.barrier_scale": float(2 * rng.random()),
            "spell.exit_hazard": float(0.015 + 0.02 * rng.random()),
            "switches.denial": bool(rng.random() < 0.6),
            "incidence.normalise": ["us", "region"][int(rng.integers(2))],
        }
        for _ in range(80)
    ]
    fails = np.array([o["denial.barrier_scale"] > 1.0 and o["switches.denial"] for o in own])
    return folder_of(folder, own, np.where(fails, -2.0, 3.0))


def test_the_command_says_when_and_writes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sentences, table, JSON and figure, the same bytes twice."""
    folder = made(tmp_path / "made")
    names = ("discover.csv", "discover.json", "figures/discover.svg", "figures/discover.csv")
    written = []
    for _ in range(2):
        assert cli.call(["discover", str(folder), "--policy", "a", "--against", "b"]) == 0
        written.append([(folder / name).read_bytes() for name in names])
    assert written[0] == written[1]
    out = capsys.readouterr().out
    assert "“a” is worse than “b” in identified by more than 0.5 youth when" in out
    assert "the switch" in out
    assert " is on" in out
    with (folder / "discover.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["input"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"denial.barrier_scale", "switches.denial"}
    assert float(rows["denial.barrier_scale"]["low"]) == pytest.approx(1.0, abs=0.1)
    page = (Path(__file__).parent.parent / "docs/data-dictionary.md").read_text(encoding="utf-8")
    section = page.split("## discover.csv\n")[1].split("\n## ")[0]
    columns = rows["switches.denial"]
    assert [f"| `{name}` |" in section for name in columns] == [True] * len(columns)
    content = json.loads((folder / "discover.json").read_text())
    assert content["coverage"] == content["density"] == 1.0
    with (folder / "figures/discover.csv").open(newline="", encoding="utf-8") as file:
        drawn = [row["limit"].split(" or ") for row in csv.DictReader(file)]
    assert [row[-1] for row in drawn] == ["more", "more"]


def test_the_tree_is_an_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without scikit-learn `--method cart` says how to get it; an unknown method is refused."""
    folder = made(tmp_path / "made")
    monkeypatch.setitem(sys.modules, "sklearn.tree", None)
    assert cli.call(["discover", str(folder), "--method", "cart"]) == 2
    assert "pip install -e '.[analysis]'" in capsys.readouterr().err
    assert cli.call(["discover", str(folder), "--method", "crat"]) == 2
    assert 'did you mean "cart"' in capsys.readouterr().err
    with pytest.raises(InputError):
        cart.tree_class()


# What is said at the edges.


def test_a_condition_on_a_choice_of_lists_says_what_their_places_are() -> None:
    """Numbers without their zeros; the input names the places."""
    lists = ("[1.0, 1.0, 0.7, 0.7]", "[1.0, 1.0, 1.5, 1.5]")
    future = [f"sampled_{i:04d}" for i in range(2)]
    columns = {"incidence.place_ratio": list(lists)}
    one = coded(future, columns, Parameters()).inputs[0]
    assert one.levels == lists
    assert one.in_words.endswith(
        "(incidence.place_ratio, a choice of 2 lists: large metro / small metro / town / rural)"
    )
    limit = Limit(one.name, "place", math.nan, math.nan, " or ".join(lists), *[math.nan] * 8)
    assert condition(limit) == "place is 1 / 1 / 0.7 / 0.7 or 1 / 1 / 1.5 / 1.5"


def test_no_figure_of_an_earlier_question_stands_beside_an_answer(tmp_path: Path) -> None:
    """Without a failure there is nothing to draw, and the last figure goes."""
    folder = made(tmp_path / "made")
    (folder / "figures").mkdir()
    for end in ("svg", "csv"):
        (folder / f"figures/discover.{end}").write_text("of an earlier question")
    arguments = ["--policy", "a", "--against", "b", "--threshold", "99"]
    assert cli.call(["discover", str(folder), *arguments]) == 0
    assert not list((folder / "figures").glob("discover.*"))
