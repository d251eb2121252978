"""The futures of an experiment file: what is read, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from streetlight.experiments.commands.check import check
from streetlight.experiments.commands.show import described, show
from streetlight.experiments.config.loading import load
from streetlight.experiments.experiment import ConfigError, the_central_future
from streetlight.experiments.running.design import expand
from streetlight.model.parameters import Parameters
from studies.ascertainment import known_ratio
from tests.fake_engine import small_experiment

GOOD = """\
title: "Good"
region: {synthetic: {n_communities: 12, seed: 1}}
policies: [per_youth]
"""


def written(tmp_path: Path, text: str) -> Path:
    """A good file with these lines added."""
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD + text, encoding="utf-8")
    return path


def problems_of(tmp_path: Path, text: str) -> list[str]:
    """The problems found in such a file, without the folder."""
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    return [one.replace(f"{tmp_path}/", "") for one in caught.value.problems]


def sampled(parameters: str, more: str = "n: 3, ") -> str:
    """The lines of sampled futures."""
    return f"futures: {{sampled: {{{more}parameters: {parameters}}}}}\n"


def one(choice: str, more: str = "n: 3, ", name: str = "denial.ratio") -> str:
    """The lines of one sampled parameter."""
    return sampled(f"{{{name}: {choice}}}", more)


def test_a_list_and_a_mapping_of_evidence_are_the_same(tmp_path: Path) -> None:
    """`[a, b]` is short for `{a: {from: evidence}, b: {from: evidence}}`."""
    short = load(written(tmp_path, sampled("[denial.ratio, training.staff]")))
    mapping = "{denial.ratio: {from: evidence}, training.staff: {from: evidence}}"
    long = load(written(tmp_path, sampled(mapping)))
    assert [f.overrides for f in short.futures] == [f.overrides for f in long.futures]
    assert [f.name for f in short.futures] == ["sampled_0000", "sampled_0001", "sampled_0002"]
    assert all(f.sampled and f.kind == "lhs" for f in short.futures)


def test_named_futures_come_first_and_the_seed_moves_the_sampled_ones(tmp_path: Path) -> None:
    """The same seed gives the same futures, another seed others."""
    text = "futures: {named: {central: {}}, sampled: {n: 3, parameters: [denial.ratio]}}\n"
    path = written(tmp_path, text)
    first, again, other = load(path), load(path), load(path, seed=9)
    assert [(f.name, f.sampled) for f in first.futures][:2] == [
        ("central", False), ("sampled_0000", True)
    ]  # fmt: skip
    assert first.futures == again.futures
    assert first.futures[1].overrides != other.futures[1].overrides


def test_raising_n_keeps_every_run(tmp_path: Path) -> None:
    """With `first` kept, the cells of a larger design hold all those of the smaller one."""

    def keys(n: int, first: int) -> list[str]:
        text = one("{from: evidence}", f"n: {n}, first: {first}, ")
        groups = expand(load(written(tmp_path, text)), code="x")
        return [cell.key for group in groups for cell in group.cells]

    assert keys(9, 4)[: len(keys(4, 4))] == keys(4, 4)
    assert keys(9, 9)[: len(keys(4, 4))] != keys(4, 4)


def test_the_middle_of_evidence_is_the_file_s_own_value(tmp_path: Path) -> None:
    """`parameters` of the file move the middle of a card's distribution, not its bounds."""
    text = one("{from: evidence}", "n: 40, ", name="incidence.poverty_ratio")
    plain = load(written(tmp_path, text))
    moved = load(written(tmp_path, text + "parameters: {incidence.poverty_ratio: 1.8}\n"))
    for a, b in zip(plain.futures, moved.futures, strict=True):
        assert 1.5 <= b.overrides["incidence.poverty_ratio"]
        assert b.overrides["incidence.poverty_ratio"] < a.overrides["incidence.poverty_ratio"]


def test_every_way_of_saying_what_a_parameter_may_be(tmp_path: Path) -> None:
    """Distributions, choices and evidence side by side; tuples by their factor or as lists."""
    text = """
futures:
  sampled:
    design: sobol
    n: 8
    parameters:
      denial.ratio: {from: evidence}
      knowing.contacts: {distribution: uniform, low: 3, high: 9}
      incidence.poverty_ratio: {distribution: triangular, low: 1, mode: 2, high: 6}
      services.uptake: {distribution: beta, low: 0.2, mode: 0.5, high: 0.9}
      training.skill_half_life: {distribution: lognormal, low: 3, median: 9, high: 30}
      training.staff: {distribution: uniform, low: 0.5, high: 2}
      switches.anonymity: {choice: [true, false], weights: [3, 1]}
      denial.form: {choice: [mechanisms, reduced]}
      incidence.place_ratio: {choice: [[1, 1, 1, 1], [1, 1, 2, 2]]}
"""
    experiment = load(written(tmp_path, text))
    values = [one.overrides for one in experiment.futures]
    assert {v["switches.anonymity"] for v in values} == {True, False}
    assert sum(v["switches.anonymity"] for v in values) > 4
    assert {v["denial.form"] for v in values} == {"mechanisms", "reduced"}
    assert {v["incidence.place_ratio"] for v in values} == {(1, 1, 1, 1), (1, 1, 2, 2)}
    assert experiment.sampling is not None
    described = experiment.sampling.parameters
    assert described["training.staff"]["of"] == "factor"
    assert described["training.skill_half_life"]["middle"] == 9.0
    assert described["denial.form"] == {"choice": ["mechanisms", "reduced"]}
    assert [one.kind for one in experiment.futures] == ["sobol"] * 8


GRID = "design: grid, "
ONCE = "design: one_at_a_time, "


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        (one("{from: evidence}", ""), "4:20", "n: is missing; lhs needs it"),
        (one("{from: evidence}", "n: 3, design: sobl, "), "4:35",
         'must be lhs, sobol, grid or one_at_a_time (did you mean "sobol"?)'),
        (one("{from: evidence, levels: 4}", "design: gird, "), "4:29", '(did you mean "grid"?)'),
        (one("{values: [0.2, 0.3]}", "n: 3, design: once, "), "4:35", "must be lhs, sobol, "),
        (one("{from: evidence}", "n: 0, "), "4:24", "n: 0: must be 1 or more"),
        (one("{from: evidence}", "n: 3, first: 2, design: sobol, "), "4:27",
         "first: only lhs has a first hypercube; leave it out with sobol"),
        (one("{from: evidence}", f"n: 3, {GRID}"), "4:21", "n: comes from the parameters' values"),
        (one("{from: evidence}", f"{GRID}within_bands: true, "), "4:35",
         "within_bands: only lhs and sobol can skip points"),
        (one("{from: evidense}"), "4:61", "from: evidense: must be evidence"),
        (one("{}"), "4:54", "says nothing of its values; give one of from, distribution, choice"),
        (one("{from: evidence, choice: [1]}"), "4:54", "has from and choice; give one of from"),
        (one("{from: evidence, low: 0.3}"), "4:71", "low: not with from"),
        (one("{distribution: uniform, low: 0.3, mode: 0.4, high: 0.5}"), "4:88",
         "mode: uniform takes low, high"),
        (one("{distribution: beta, low: 0.3, high: 0.5}"), "4:54",
         "mode is missing; beta takes low, mode, high"),
        (one("{distribution: beta, low: 0.3}"), "4:54", "mode, high are missing; beta takes"),
        (one("{distribution: unifrm, low: 0, high: 1}"), "4:69", '(did you mean "uniform"?)'),
        (one("{distribution: uniform, low: 0.5, high: 0.5}"), "4:83", "must be below high, 0.5"),
        (one("{distribution: beta, low: 0.2, mode: 0.6, high: 0.5}"), "4:91",
         "mode: 0.6: must lie between low and high, 0.2 and 0.5"),
        (one("{distribution: lognormal, low: 0, median: 0.3, high: 0.5}"), "4:85",
         "low: 0: must be above 0 for a lognormal"),
        (one("{distribution: uniform, low: 0.2, high: 1.2}"), "4:94",
         "high: 1.2: must lie between 0 and 1 (denial.ratio)"),
        (one("{distribution: uniform, low: 0.2, high: 1.2}", name="denial.leaders"), "4:96",
         "as a factor it makes rural 1.056 (0.88 in the base): must lie"),
        (one("{distribution: uniform, low: 0, high: 1}", name="denial.form"), "4:53",
         "a switch or choice has no range; give its choice"),
        (one("{distribution: uniform, low: 50, high: 60}", name="time.steps_per_year"), "4:61",
         "is a whole number; give its choice"),
        (one("{from: evidence}", name="denial.raito"), "4:40", '(did you mean "denial.ratio"?)'),
        (one("{choice: []}"), "4:63", "must not be empty"),
        (one("{choice: [0.2, 1.2]}"), "4:69", "denial.ratio: 1.2: must lie between 0 and 1"),
        (one("{choice: [0.2, 0.20]}"), "4:69", "denial.ratio: 0.20: listed twice"),
        (one("{choice: [[1, 2]]}", name="denial.leaders"), "4:66", "must be a list of 4 numbers"),
        (one("{choice: [0.2, 0.3], weights: [1]}"), "4:84", "must be 2 numbers, one a value"),
        (one("{choice: [0.2, 0.3], weights: [1, 0]}"), "4:84", "weights: 0.0: must be above 0"),
        (one("{choice: [0.2, 0.3], weights: [1, 1]}", GRID), "4:83",
         "weights: only a choice of lhs or sobol has weights"),
        (one("{from: evidence, levels: 3}"), "4:71", "levels: only a range of a grid has levels"),
        (one("{choice: [0.2, 0.3], levels: 3}", GRID), "4:83", "levels: only a range of a grid"),
        (one("{values: [0.2, 0.3]}"), "4:55", "only grid and one_at_a_time take values"),
        (one("{from: evidence, levels: 10001}", GRID), "4:87", "must be 10,000 or less"),
        (one("{from: evidence, levels: 1}", GRID), "4:87", "levels: 1: must be 2 or more"),
        (sampled("3"), "4:39", "must be a list of parameters, or a mapping of parameters"),
        (sampled("[denial.ratio, denial.ratio]"), "4:54", "listed twice; first in line 4"),
        (sampled("{denial.ratio: evidence}"), "4:54", "denial.ratio: evidence: must be a mapping"),
        ("futures: {named: {sampled_0000: {}}, sampled: {n: 2, parameters: [denial.ratio]}}\n",
         "4:19", "sampled_0000: is the name of a sampled future"),
    ],
)  # fmt: skip
def test_a_wrong_design_is_named(tmp_path: Path, text: str, place: str, problem: str) -> None:
    """Each mistake is reported once, where it stands, with what is allowed."""
    found = problems_of(tmp_path, text)
    assert len(found) == 1, found
    assert found[0].startswith(f"mine.yaml:{place}: ")
    assert problem in found[0]


def test_a_grid_that_is_too_large_names_its_product(tmp_path: Path) -> None:
    """The product of the numbers of values is shown before anything is drawn."""
    text = sampled(
        "{denial.ratio: {from: evidence, levels: 100}, switches.denial: {choice: [true, false]}, "
        "knowing.contacts: {from: evidence, levels: 100}}",
        GRID,
    )
    assert problems_of(tmp_path, text) == [
        "mine.yaml:4:20: grid: 100 x 2 x 100 = 20,000 futures: at most 10,000 combinations; "
        "take fewer values or parameters"
    ]


def test_grids_and_single_steps_are_read(tmp_path: Path) -> None:
    """`values` for both, `levels` for a grid; names say what a single step is."""
    text = sampled(
        "{denial.ratio: {values: [0.3, 0.6]}, knowing.contacts: {distribution: uniform, low: 2, "
        "high: 6, levels: 2}}",
        GRID,
    )
    futures = load(written(tmp_path, text)).futures
    assert [tuple(f.overrides.values()) for f in futures] == [
        (0.3, 3.0), (0.3, 5.0), (0.6, 3.0), (0.6, 5.0)
    ]  # fmt: skip
    text = sampled("{denial.ratio: {from: evidence}, switches.denial: {choice: [false]}}", ONCE)
    futures = load(written(tmp_path, text)).futures
    names = ["denial_ratio_low", "denial_ratio_high", "switches_denial_false"]
    assert [f.name for f in futures] == names
    assert futures[0].overrides == {"denial.ratio": pytest.approx(0.2 + 0.05 * 0.6)}


def test_futures_of_one_name_are_refused_in_python_too() -> None:
    """Their luck and their rows in the results would be one another's."""
    with pytest.raises(ConfigError, match="futures: names must differ: central$"):
        small_experiment(futures=the_central_future() * 2)


def test_check_prints_what_is_to_know_of_the_design(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A range beyond the evidence is accepted and told."""
    text = one("{distribution: uniform, low: 0.1, high: 0.9}")
    assert check(str(written(tmp_path, text))) == 0
    printed = capsys.readouterr().out
    assert "3 futures sampled (lhs) over 1 parameters" in printed
    assert "denial.ratio: 0.1-0.9 reaches beyond the evidence (0.2-0.8)" in printed
    resolved = load(written(tmp_path, text)).resolved()["sampling"]
    assert resolved["parameters"]["denial.ratio"]["outside_evidence"] is True
    assert (resolved["design"], resolved["n"], resolved["read"]) == ("lhs", 3, 3)


def test_within_bands_is_read(tmp_path: Path) -> None:
    """The known ratio of every future lies within the band, and skipped points are counted."""
    text = one("{from: evidence}", "n: 4, within_bands: true, ", name="denial.barrier_scale")
    experiment = load(written(tmp_path, text))
    assert experiment.sampling is not None
    assert experiment.sampling.outside_band == experiment.sampling.read - 4 > 0
    assert experiment.resolved()["sampling"]["outside_band"] > 0
    assert all(1.4 <= known_ratio(one.parameters) <= 3.0 for one in experiment.futures)


def test_ranges_are_of_the_file_s_base(tmp_path: Path) -> None:
    """The base of a factor is the file's own value, not the default."""
    text = one("{distribution: uniform, low: 0.9, high: 1.1}", name="denial.leaders")
    base = "parameters: {denial.leaders: [0.5, 0.5, 0.5, 0.5]}\n"
    for future in load(written(tmp_path, text + base)).futures:
        values = future.overrides["denial.leaders"]
        assert len(set(values)) == 1 and 0.45 <= values[0] <= 0.55
    assert Parameters().denial.leaders[0] == 0.3


def test_titles_are_read_and_change_no_run(tmp_path: Path) -> None:
    """Policies and futures keep their titles in any script; the keys of runs know nothing of them.

    What has no title has none in the configuration either.
    """
    region = "title: x\nregion: {synthetic: {n_communities: 12, seed: 1}}\n"
    texts = {
        "with": "policies: {per_youth: {title: Nach Köpfen}, equal_shares: {}}\n"
        "futures: {named: {central: {title: 今の世界}, "
        'open: {title: "עולם", switches.denial: false}}}',
        "without": "policies: {per_youth: {}, equal_shares: {}}\n"
        "futures: {named: {central: {}, open: {switches.denial: false}}}",
    }
    pages = {}
    for kind, text in texts.items():
        (tmp_path / f"{kind}.yaml").write_text(region + text, encoding="utf-8")
        pages[kind] = load(tmp_path / f"{kind}.yaml")
    config = pages["with"].resolved()
    assert config["policies"]["per_youth"]["title"] == "Nach Köpfen"
    assert "title" not in config["policies"]["equal_shares"]
    assert config["future_titles"] == {"central": "今の世界", "open": "עולם"}
    assert pages["without"].resolved()["future_titles"] == {}
    keys = [[cell.key for group in expand(one) for cell in group.cells] for one in pages.values()]
    assert keys[0] == keys[1]


def test_show_says_what_things_are_called(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for every title, and the facts hold it."""
    path = written(tmp_path, "futures: {named: {central: {title: Wie wir denken}, other: {}}}\n")
    assert show(str(path)) == 0
    assert "central is called: Wie wir denken" in capsys.readouterr().out
    assert [one["title"] for one in described(load(path))["futures"]] == ["Wie wir denken", ""]
