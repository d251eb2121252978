"""Whatever a file holds, checking it ends soon: counts of what is done, never the time it took."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streetlight.experiments import sampling
from streetlight.experiments.config import yaml_reader, yaml_tree
from streetlight.experiments.config.loading import load
from streetlight.experiments.config.yaml_tree import MOST_NOTED
from streetlight.experiments.experiment import ConfigError
from streetlight.experiments.remarks import remarks
from streetlight.model.communities.synthetic import nearest_pairs
from streetlight.model.errors import InputError
from streetlight.model.money import policies
from streetlight.model.money.policy import Policy, PolicyError

HEAD = "title: T\nregion: {synthetic: {n_communities: 12}}\nhorizon: 5\n"
POLICIES = "policies: [per_youth]\n"


def problems_of(tmp_path: Path, text: str) -> list[str]:
    """What is said of a file, without its name."""
    path = tmp_path / "many.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        load(path)
    return [line.removeprefix(f"{path}:") for line in str(error.value).splitlines()]


def chained(n: int) -> dict[str, Policy]:
    """Blends of one part each, every one of the one before."""
    made = {"b0": policies.build("per_youth")}
    for k in range(1, n):
        made[f"b{k}"] = policies.blend({made[f"b{k - 1}"]: 1.0}, name=f"b{k}")
    return made


def test_blends_of_blends_have_a_depth() -> None:
    """Parts have seven levels; with an eighth the whole is refused, and no stack overflows."""
    deepest = chained(8)["b7"]
    with pytest.raises(PolicyError, match="b8.: 8 parts on 8 levels: at most 200 parts"):
        policies.schedule({0: deepest}, name="b8")


def test_blends_that_double_have_a_size() -> None:
    """Two parts on each level are 2, 6, 14, 30, 62, 126 policies, and then too many."""
    left, right = policies.build("per_youth"), policies.build("equal_shares")
    for k in range(6):
        left, right = (
            policies.blend({left: share, right: 1.0 - share}, name=f"{name}{k}")
            for name, share in (("a", 0.25), ("b", 0.75))
        )
    with pytest.raises(PolicyError, match="254 parts on 7 levels: at most 200 parts"):
        policies.blend({left: 0.5, right: 0.5}, name="last")


@pytest.mark.parametrize(
    "text",
    [
        HEAD + POLICIES + "parameters:\n" + "".join(f"  spell.no{k}: 1\n" for k in range(9000)),
        HEAD + POLICIES + "".join(f"horizn{k}: 1\n" for k in range(9000)),
        HEAD + "policies:\n" + "".join(f"- per_yuth{k}\n" for k in range(900)),
        HEAD + POLICIES + "metrics:\n" + "".join(f"- no{k}\n" for k in range(9000)),
        HEAD + POLICIES + "".join(f"a{k}: &a{k} [*a]\n" for k in range(9000)),
    ],
)
def test_checking_stops_at_many_problems(tmp_path: Path, text: str) -> None:
    """Thousands of unknown names or aliases: the first are told, and that checking stopped."""
    said = problems_of(tmp_path, text)
    assert said[0] == f"1:1: file: {MOST_NOTED} problems, at which checking stops; the first are"
    assert said[-1] == f"and {MOST_NOTED + 1 - 50} more"
    assert len(said) == 51


def test_as_many_problems_as_are_read_are_all_counted(tmp_path: Path) -> None:
    """One problem below the limit, nothing is said of stopping."""
    n = MOST_NOTED - 1
    lines = "".join(f"  spell.no{k}: 1\n" for k in range(n))
    said = problems_of(tmp_path, HEAD + POLICIES + "parameters:\n" + lines)
    assert said[0].startswith("6:3: spell.no0")
    assert said[-1] == f"and {n - 50} more"


def test_a_file_has_so_many_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading ends where the limit is passed; a file at the limit is read."""
    monkeypatch.setattr(yaml_reader, "MOST_VALUES", 10)  # so many hold the head and its policies
    text = HEAD + POLICIES
    path = tmp_path / "few.yaml"
    path.write_text(text)
    load(path)
    said = problems_of(tmp_path, text + "seed: 1\nmix: balanced\n")
    assert said == ["5:1: file: holds more than 10 keys and values; reading stops here"]


def test_a_line_has_a_length(tmp_path: Path) -> None:
    """The parser's time grows with the square of a word's length, so a line of 100,001 is named."""
    said = problems_of(tmp_path, HEAD + POLICIES + "question: " + "!" * 99_991 + "\n")
    assert said == ["5:1: file: 100,001 characters: at most 100,000 in a line"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("policies:\n" + "".join(f"  p{k}: {{rule: per_youth}}\n" for k in range(1001)),
         "5:3: policies: a mapping: at most 1,000; there are more"),
        ("policies:\n" + "- per_youth\n" * 1001, "at most 1,000; there are more"),
        (POLICIES + "shocks:\n" + "".join(f"  s{k}: {{kind: training, week: 1, size: 1, weeks: 1}}"
                                          "\n" for k in range(1001)),
         "at most 1,000; there are more"),
    ],
)  # fmt: skip
def test_lists_have_a_length(tmp_path: Path, key: str, words: str) -> None:
    """Policies and shocks are as many as a comparison can hold."""
    assert words in problems_of(tmp_path, HEAD + key)[0]


def test_a_band_that_nothing_is_in_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After 50 points outside it no more are looked at, and the message says so."""
    asked = []
    monkeypatch.setattr(sampling, "in_band", asked.append)
    said = problems_of(
        tmp_path,
        HEAD + POLICIES + "futures: {sampled: {n: 300, within_bands: true, parameters: "
        "[denial.barrier_scale]}}\n",
    )
    assert len(asked) == 50
    assert said == [
        "5:20: sampled: only 0 of 300 futures are valid among the first 50 points, where the "
        "search stops: known in large metro over rural is not 1.4-3 in 50 of them"
    ]


def test_a_band_that_few_are_in_is_searched_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every tenth point is in it, so that 300 points give 30 futures and no more are looked at."""
    asked = []
    monkeypatch.setattr(sampling, "in_band", lambda one: asked.append(one) or not len(asked) % 10)
    said = problems_of(
        tmp_path,
        HEAD + POLICIES + "futures: {sampled: {n: 31, within_bands: true, parameters: "
        "[denial.barrier_scale]}}\n",
    )
    assert len(asked) == 300
    assert said[0].startswith("5:20: sampled: only 30 of 31 futures are valid among the first 300")


def test_a_turn_after_the_horizon_is_refused(tmp_path: Path) -> None:
    """A schedule's year that never comes is named as a shock's is; the last year is allowed."""
    text = HEAD + "policies: {a: {schedule: [{from_year: 0, policy: per_youth}, "
    said = problems_of(tmp_path, text + "{from_year: 5, policy: equal_shares}]}}\n")
    assert said == ["4:74: from_year: 5: starts after the horizon: must be 4 or less"]
    path = tmp_path / "last.yaml"
    path.write_text(text + "{from_year: 4, policy: equal_shares}]}}\n")
    load(path)


def test_remarks_do_not_fill_the_screen(tmp_path: Path) -> None:
    """Of values outside the evidence and of names of one policy, twenty are listed."""
    names = "".join(f"  p{k}: {{rule: per_youth}}\n" for k in range(30))
    futures = "".join(f"    a{k}: {{spell.exit_hazard: 0.{k + 51}}}\n" for k in range(30))
    path = tmp_path / "many.yaml"
    path.write_text(f"{HEAD}policies:\n{names}futures:\n  named:\n{futures}replications: 8\n")
    said = remarks(load(path).resolved())
    assert len(said) == 1 + 20 + 1
    assert said[0].startswith("p0, p1, ")
    assert " p19 and 10 more are the same policy under 30 names" in said[0]
    assert said[-1] == "and 10 more values are outside what the evidence allows"


@pytest.mark.parametrize(("n", "k", "expected"), [
    (1, 5, []), (2, 5, [(0, 1)]), (5, 1, [(0, 1), (1, 2), (2, 3), (3, 4)]),
    (4, 2, [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]),
])  # fmt: skip
def test_nearest_neighbours_on_a_line(n: int, k: int, expected: list[tuple[int, int]]) -> None:
    """Places at 0, 1, 2, ...: of two that are as near, the earlier is taken."""
    x = np.arange(float(n))
    assert nearest_pairs(x, np.zeros(n), k) == expected


def test_places_on_one_spot_are_neighbours_of_the_first() -> None:
    """Four places on one spot: each takes the earliest other one."""
    assert nearest_pairs(np.ones(4), np.ones(4), 1) == [(0, 1), (0, 2), (0, 3)]


def test_a_file_that_is_too_wrong_is_still_a_config_error(tmp_path: Path) -> None:
    """What stops checking never reaches the user as another kind of error."""
    assert not issubclass(yaml_tree.TooMany, ConfigError)
    path = tmp_path / "many.yaml"
    path.write_text(HEAD + POLICIES + "".join(f"a{k}: 1\n" for k in range(2000)))
    with pytest.raises(ConfigError) as error:
        load(path)
    assert error.value.more == MOST_NOTED + 1 - 50
