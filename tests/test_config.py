"""Experiment files: what they may hold, and that everything wrong is said in one pass."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streetlight.experiments.config.files import shipped_names
from streetlight.experiments.config.loading import load
from streetlight.experiments.config.yaml_reader import LARGEST_FILE
from streetlight.experiments.experiment import ConfigError
from streetlight.experiments.quick import every_kth_by_size
from streetlight.model.communities.region import Region
from streetlight.model.errors import InputError

GOOD = """\
title: "Good"
region: {synthetic: {n_communities: 5, seed: 1}}
policies: [per_youth]
"""


def written(tmp_path: Path, text: str | bytes, name: str = "mine.yaml") -> Path:
    """A file with this text."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems_of(path: Path) -> list[str]:
    """The problems found in a file, without the folder."""
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [text.replace(f"{path.parent}/", "") for text in caught.value.problems]


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_experiments_are_right(name: str) -> None:
    """Every experiment that ships can be loaded by its name."""
    assert load(name).name == name


@pytest.mark.parametrize("name", shipped_names())
def test_no_sampled_future_of_a_shipped_experiment_contradicts_itself(name: str) -> None:
    """Otherwise the futures left would be a lopsided part of those that were meant."""
    sampling = load(name).sampling
    assert sampling is None or sampling.against_rules == 0


def test_a_folded_text_is_one_line(tmp_path: Path) -> None:
    """A question written over two lines with > has a blank between them and nothing else."""
    folded = GOOD + "question: >-\n  Does it\n  matter?\n"
    assert load(written(tmp_path, folded)).question == "Does it matter?"


def test_other_scripts_and_spaces_are_no_control_characters(tmp_path: Path) -> None:
    """Titles may hold joiners and hard spaces, which some languages need."""
    text = GOOD.replace('"Good"', '"\u0645\u06cc\u200c\u0634\u0648\u062f 10\u00a0km"')
    assert load(written(tmp_path, text)).title.endswith("10\u00a0km")


def test_defaults_are_filled_in(tmp_path: Path) -> None:
    """A file of three lines gets horizon, budget, future, metrics, replicates and seed."""
    experiment = load(written(tmp_path, GOOD))
    assert experiment.horizon == 10
    assert [policy.budget for policy in experiment.all_policies()] == [0.0, 0.5]
    assert [future.name for future in experiment.futures] == ["central"]
    assert experiment.metrics[0].name == "averted_person_years"
    assert (experiment.replications, experiment.seed) == (4, 0)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("titel: x", '4:1: titel: unknown key (did you mean "title"?); allowed: title, question'),
        ("horizon:", "4:1: horizon: has no value"),
        ("horizon: ~", "4:1: horizon: has no value"),
        ("horizon: 0", "4:10: horizon: 0: must be 1 or more"),
        ("horizon: true", "4:10: horizon: true: must be a whole number"),
        ('horizon: "3"', "4:10: horizon: '3': must be a whole number; without quotes: 3"),
        ("horizon: 0x10", "4:10: horizon: 0x10: write numbers in the decimal system"),
        ("seed: -1", "4:7: seed: -1: must be 0 or more"),
        ("budget: .inf", "4:9: budget: .inf: must be a finite number"),
        ("budget: 1e999", "4:9: budget: 1e999: must be a finite number"),
        ("budget: -0.5", "4:9: budget: -0.5: must be 0 or more"),
        ("policies: []", "4:1: policies: given twice; first in line 3"),
        ("question: !!str x", "4:11: question: tag:yaml.org,2002:str: tags are not used"),
        ("question: !!python/object:os.system x", "tags are not used"),
        ("question: &a x", "4:11: question: &a: anchors are not used"),
        ("question: ' '", "4:11: question:  : must not be blank"),
        ("mix: balancd", 'mix: balancd: must be one of: balanced, awareness_only, training_only, '
         'services_first, small_town_package (did you mean "balanced"?)'),
        ("teams: regionl", '4:8: teams: regionl: must be own or regional (did you mean "regional'),
        ("teams: [own]", "4:8: teams:"),
        ("mix: {training: 0.5}", "4:6: mix: the shares sum to 0.5: must sum to 1"),
        ("baseline: per_yout", 'must be one of: none, per_youth (did you mean "per_youth"?)'),
        ("parameters: {spell.exit_hazrd: 1}", '(did you mean "spell.exit_hazard"?)'),
        ("parameters: {exit_hazard: 1}", '(did you mean "spell.exit_hazard"?)'),
        ("parameters: {spell: {exit_hazard: 1}}", "parameters are named in full"),
        ("parameters: {spell.exit_hazard: 0}", "4:33: spell.exit_hazard: 0: must be above 0"),
        ("parameters: {spell.exit_hazard: true}", "must be a number (per month)"),
        ("parameters: {switches.denial: no}", "switches.denial: no: a switch is true or false"),
        ("parameters: {denial.form: full}", "must be one of: mechanisms, reduced"),
        ("parameters: {denial.leaders: [1, 2]}", "must be a list of 4 numbers: large metro, "),
        ("parameters: {denial.leaders: [0, 0, 0, 2]}", "rural: 2: must lie between 0 and 1"),
        ("parameters: {knowing.told_ratio: 0.5}", "knowing.told_ratio: 0.5: must be 1 or more"),
        ("futures: {named: {2020: {}}}", "4:19: key: 2020: a name is text; write '2020' in quotes"),
        ("futures: {named: {UP: {}}}", "name: UP: lower-case letters, digits"),
        ("futures: {named: {}}", "name at least one future, or sample some"),
        ("futures: {sampled: {n: 2, parameters: [spell.exit_hazrd]}}", "no parameter has this na"),
        ("futures: {sampled: {n: 2, parameters: [denial.form]}}", "or choice has no range"),
        ("metrics: [identifed]", 'no metric has this name (did you mean "identified"?)'),
        ("metrics: {identified: {direction: up}}", "direction: up: must be more or less"),
        ("metrics: {identified: {smallest_difference_that_matters: x}}", "must be a percentage"),
        ("metrics: [identified, identified]", "listed twice; first in line 4"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(tmp_path: Path, line: str, problem: str) -> None:
    """Each mistake is reported once, at its line and column, with what is allowed."""
    found = problems_of(written(tmp_path, GOOD + line + "\n"))
    assert len(found) == 1, found
    assert found[0].startswith("mine.yaml:4:")
    assert problem in found[0]


@pytest.mark.parametrize(
    ("policies", "problem"),
    [
        ("[zzz]", 'must be one of: none, equal_shares, per_youth'),
        ("[1]", 'policies: 1: must be text; in quotes: "1"'),
        ("[per_youth, per_youth]", "listed twice"),
        ("{a: {rule: per_yuth}}", '(did you mean "per_youth"?)'),
        ("{a: {rule: per_youth, bugdet: 1}}", 'bugdet: unknown key (did you mean "budget"?)'),
        ("{a: {rule: per_youth, settings: {added: 1}}}", 'no setting is called "added"'),
        ("{a: {rule: none, budget: 1}}", "this rule spends nothing"),
        ("{a: {rule: per_youth, teams: ours}}", "teams: ours: must be own or regional"),
        ("{a: {rule: per_youth, teams: regional}, m: {blend: {a: 0.5, hotspots: 0.5}}}",
         'a buys in regional teams and hotspots in own ones: give the whole its teams'),
        ("{a: {}}", "policy: a: is no rule's name; give it a rule, a blend, a schedule or a"),
        ("3", "must be a list of rules, or a mapping of names to policies"),
        ("[]", "policies: []: must not be empty"),
        ("{m: {blend: {per_yuoth: 1.0}}}", "blend: per_yuoth: no rule has this name (did you mean"),
        ("{a: {rule: per_youth, only_part: true}, hotspots: {}}",
         "only_part: no blend or schedule has a as a part"),
        ("{m: {blend: {per_youth: 0.9}}}", "blend: the shares sum to 0.9: must sum to 1"),
        ("{m: {blend: {information_oracle: 1.0}}}", "is an oracle, and cannot be a part"),
        ("{m: {rule: per_youth, blend: {per_youth: 1.0}}}", "must have one of rule (with its se"),
        ("{m: {schedule: [{from_year: 1, policy: per_youth}]}}", "schedule: years must be whole"),
        ("{m: {schedule: [{from_year: 0, policy: per_youth, to: 3}]}}", "to: unknown key"),
        ("{m: {schedule: [{from_year: 0, policy: hotspots}, {from_year: 0, policy: per_youth}]}}",
         "schedule: must name each from_year once"),
    ],
)  # fmt: skip
def test_a_wrong_policy_is_named(tmp_path: Path, policies: str, problem: str) -> None:
    """Policies are checked against the register of rules before anything runs."""
    found = problems_of(written(tmp_path, GOOD.replace("[per_youth]", policies)))
    assert len(found) == 1, found
    assert problem in found[0]


@pytest.mark.parametrize(
    ("region", "problem"),
    [
        ("us", "must be us_counties, or a mapping"),
        ("{}", "needs exactly one of us_counties, synthetic, csv"),
        ("{csv: none.csv, synthetic: {n_communities: 3}}", "needs exactly one"),
        ("{csv: none.csv}", "none.csv"),
        ("{us_counties: {states: [06]}}", 'begins with a zero: a code is written "06"'),
        ("{us_counties: {ids: [01001]}}", 'begins with a zero: a code is written "01001"'),
        ("{us_counties: {states: [ZZ]}}", "states: value 'ZZ': no community is in this state"),
        ("{synthetic: {seed: 3}}", "n_communities: is missing; it is required"),
        ("{synthetic: {n_communities: 200001}}", "must be 200,000 or less"),
        ("{synthetic: {n_communities: 9, population: 449}}", "449.0: 50 or more persons"),
    ],
)  # fmt: skip
def test_a_wrong_region_is_named(tmp_path: Path, region: str, problem: str) -> None:
    """Regions are read or made while the file is checked; ids are text."""
    text = GOOD.replace("{synthetic: {n_communities: 5, seed: 1}}", region)
    found = problems_of(written(tmp_path, text))
    assert problem in " ".join(found)
    assert found[0].startswith("mine.yaml:2:")


def test_an_invented_region_has_the_people_it_is_given(tmp_path: Path) -> None:
    """200,000 places are the most, and their people may be few."""
    text = GOOD.replace("seed: 1}}", "population: 10000}}")
    assert load(written(tmp_path, text)).region.population.sum() == pytest.approx(10_000, abs=3)


def test_all_problems_come_in_one_pass(tmp_path: Path) -> None:
    """Problems of every kind in one file are all listed, in the order of the lines."""
    text = (
        "titel: x\nregion: {us_counties: {states: [ZZ]}}\npolicies: [per_yuth]\nhorizon: 0\n"
        "parameters: {spell.exit_hazrd: 1}\nmetrics: [identifed]\nbaseline: x\nseed: *a\n"
    )
    found = problems_of(written(tmp_path, text))
    lines = [int(one.split(":")[1]) for one in found]
    assert lines == [1, 1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "1:1: file: is empty"),
        (b"# nothing\n", "1:1: file: is empty"),
        (b"- a\n- b\n", "file: [a, b]: must be a mapping of keys to values"),
        (b"title: caf\xe9\n", "1:11: file: byte 0xe9: is not UTF-8"),
        ("title: x\n".encode("utf-16"), "is not UTF-8"),
        (b"title: [1\nhorizon: 2\n", "1:8: YAML: a bracket opens here; its end"),
        (b"title: \x01\n", "holds a character that is not allowed"),
        (b"%YAML 1.1\n---\ntitle: x\n", "files are read as YAML 1.2"),
        (b"title: x\n---\ntitle: y\n", "2:1: ---: a second document"),
        (b"title: " + b"[" * 5000, "nested"),
        (b"#" * (LARGEST_FILE + 1), "is larger than 1 MB"),
    ],
)  # fmt: skip
def test_unreadable_files_are_refused(tmp_path: Path, raw: bytes, problem: str) -> None:
    """Whatever bytes a file holds, the answer is a sentence with its name, never a traceback."""
    assert problem in " ".join(problems_of(written(tmp_path, raw)))


def test_folded_text_is_folded(tmp_path: Path) -> None:
    """Lines of a folded text are joined by a blank and by nothing else."""
    question = "question: >-\n  One line\n  and another.\n"
    assert load(written(tmp_path, GOOD + question)).question == "One line and another."


def test_yaml_is_version_1_2(tmp_path: Path) -> None:
    """`no` is text, not false; a BOM is skipped; 010, octal to other readers, is refused."""
    text = "\ufeff" + GOOD.replace('"Good"', "no")
    assert load(written(tmp_path, text)).title == "no"
    (problem,) = problems_of(written(tmp_path, text + "seed: 010\n"))
    assert 'seed: 010: begins with a zero: a code is written "010", a number 10' in problem


def test_a_missing_file_names_what_ships(tmp_path: Path) -> None:
    """An unknown name gets the shipped experiments and the likely one."""
    with pytest.raises(InputError, match=r'did you mean "first_look"\?\); shipped: .*first_look'):
        load("first_lok")
    with pytest.raises(InputError, match="a folder"):
        load(tmp_path)


def test_the_file_name_is_the_name_of_the_experiment(tmp_path: Path) -> None:
    """A stem that could not be a folder or part of a run's id is refused."""
    assert "file name: My Study: lower-case" in problems_of(
        written(tmp_path, GOOD, "My Study.yaml")
    )[0]  # fmt: skip


def test_extends_merges_and_keeps_lines(tmp_path: Path) -> None:
    """The extending file's values win, mappings merge, and a problem is told in its own file."""
    written(tmp_path, GOOD + "parameters: {spell.exit_hazard: 0.02, knowing.contacts: 4}\n",
            "base.yaml")  # fmt: skip
    path = written(tmp_path, "extends: base\ntitle: Over\nparameters: {knowing.contacts: 6}\n")
    experiment = load(path)
    assert experiment.title == "Over"
    assert experiment.overrides == {"spell.exit_hazard": 0.02, "knowing.contacts": 6}
    assert experiment.futures[0].parameters.knowing.contacts == 6
    assert experiment.sources == ("mine.yaml", "base.yaml")
    written(tmp_path, GOOD + "horizon: 0\n", "base.yaml")
    assert problems_of(path) == ["base.yaml:4:10: horizon: 0: must be 1 or more"]


def test_extends_stays_close_to_home(tmp_path: Path) -> None:
    """Paths, links out of the folder, cycles, unknown names and long chains are errors."""
    inner = tmp_path / "inner"
    inner.mkdir()
    written(tmp_path, GOOD, "outer.yaml")
    (inner / "link.yaml").symlink_to(tmp_path / "outer.yaml")
    for name, problem in {
        "../outer.yaml": "must be the name of a file in the same folder",
        "link": "is a link that leads out of the folder",
        "nowhere": "no such file beside this one, nor shipped",
        "mine": "extends itself: mine.yaml -> mine.yaml",
    }.items():
        assert problem in problems_of(written(inner, f"{GOOD}extends: {name}\n"))[0]
    for i in range(7):
        written(tmp_path, f"{GOOD}extends: e{i + 1}\n", f"e{i}.yaml")
    written(tmp_path, GOOD, "e7.yaml")
    assert "at most 5 files deep" in problems_of(tmp_path / "e0.yaml")[0]
    assert load(tmp_path / "e2.yaml").title == "Good"


def test_a_shipped_experiment_can_be_extended(tmp_path: Path) -> None:
    """`extends: tiny` takes everything from the experiment that ships."""
    experiment = load(written(tmp_path, "extends: tiny\nhorizon: 3\n"))
    assert (experiment.horizon, experiment.name) == (3, "mine")
    assert experiment.region.n_communities == load("tiny").region.n_communities


def test_a_csv_region_is_found_beside_the_file(tmp_path: Path) -> None:
    """The path of a region file is relative to the experiment file; its faults are passed on."""
    (tmp_path / "towns.csv").write_text("id,name,population\na,A,900\nb,B,80000\n")
    text = GOOD.replace("{synthetic: {n_communities: 5, seed: 1}}", "{csv: towns.csv}")
    assert load(written(tmp_path, text)).region.ids == ("a", "b")
    (tmp_path / "towns.csv").write_text("id,name,population\na,A,x\nb,B,-3\n")
    assert len(problems_of(tmp_path / "mine.yaml")) == 2


def test_quick_takes_every_size() -> None:
    """--quick keeps 150 communities from the largest to the smallest, always the same ones."""
    region = Region.us_counties()
    part = every_kth_by_size(region, 150)
    assert part.ids == every_kth_by_size(region, 150).ids
    assert part.n_communities == 150
    shares = [np.mean(one.population < 8_000) for one in (region, part)]
    assert shares[0] == pytest.approx(shares[1], abs=1 / 150)
    assert every_kth_by_size(part, 200) is part


def test_percentages_are_of_the_baseline(tmp_path: Path) -> None:
    """A smallest difference in per cent refers to the baseline's own value of the metric."""
    text = GOOD + (
        "metrics:\n  identified: {smallest_difference_that_matters: 3%}\n"
        "  known: {smallest_difference_that_matters: 40, direction: less}\n"
        "  averted_person_years: {smallest_difference_that_matters: 1.5 %}\n"
    )
    identified, known, averted = load(written(tmp_path, text)).metrics
    assert (identified.matters, identified.relative_to) == (0.03, "identified")
    assert (known.matters, known.relative_to, known.direction) == (40.0, "", "less")
    assert (averted.matters, averted.relative_to) == (0.015, "person_years")


def test_policies_are_made_of_rules_and_of_policies_above(tmp_path: Path) -> None:
    """A blend and a schedule resolve their parts, with the file's mix and their own budget."""
    text = """
title: "Made of others"
region: {synthetic: {n_communities: 3, seed: 1}}
mix: training_only
policies:
  steady: {rule: last_years_counts, settings: {added: 2}}
  mixed: {blend: {steady: 0.7, per_youth: 0.3}, budget: 0.25}
  learning: {schedule: [{from_year: 0, policy: exploration_floor}, {from_year: 3, policy: mixed}]}
"""
    steady, mixed, learning = load(written(tmp_path, text)).policies
    blended = mixed.description()["blend"]
    names = [(share, part["name"]) for share, part in blended]
    assert names == [(0.7, "steady"), (0.3, "per_youth")]
    assert blended[0][1]["settings"] == dict(steady.settings) == {"added": 2}
    assert blended[1][1]["mix"] == {"training": 1.0}
    assert mixed.budget == 0.25 and learning.budget == 0.5
    turns = learning.description()["schedule"]
    names = [(year, part["name"]) for year, part in turns]
    assert names == [(0, "exploration_floor"), (3, "mixed")]


def test_a_part_of_others_is_no_policy_of_its_own(tmp_path: Path) -> None:
    """It is neither run nor compared nor a baseline, and is in the whole with its settings."""
    text = """
  early: {rule: last_years_counts, settings: {added: 2}, only_part: true}
  late: {blend: {early: 0.5, per_youth: 0.5}, only_part: true}
  turns:
    schedule: [{from_year: 0, policy: early}, {from_year: 3, policy: late}]
"""
    experiment = load(written(tmp_path, f"title: Parts\npolicies:{text}"))
    assert [policy.name for policy in experiment.all_policies()] == ["none", "turns"]
    (first, early), (later, late) = experiment.policies[0].description()["schedule"]
    assert (first, later) == (0, 3)
    assert early["settings"] == {"added": 2}
    assert late["blend"][0][1] == early
    with pytest.raises(ConfigError, match="baseline: early: must be one of: none, turns"):
        load(written(tmp_path, f"title: Parts\nbaseline: early\npolicies:{text}"))


def test_teams_of_the_file_and_of_a_policy(tmp_path: Path) -> None:
    """A policy's own teams come before the file's; of a whole its own, else what its parts say."""
    text = """
title: "Who buys together"
region: {synthetic: {n_communities: 3, seed: 1}}
teams: regional
policies:
  per_youth: {}
  alone: {rule: per_youth, teams: own}
  both: {blend: {alone: 0.5, per_youth: 0.5}, teams: own}
  parts: {schedule: [{from_year: 0, policy: hotspots}, {from_year: 2, policy: per_youth}]}
  turns: {schedule: [{from_year: 0, policy: alone}, {from_year: 2, policy: per_youth}], teams: own}
"""
    found = {one.name: one.teams for one in load(written(tmp_path, text)).policies}
    assert found == {
        "per_youth": "regional", "alone": "own", "both": "own", "parts": "regional",
        "turns": "own",
    }  # fmt: skip
    assert load(written(tmp_path, GOOD)).policies[0].teams == "own"
