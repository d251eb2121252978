"""What is said of an experiment before its results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_engine import FAKE, small_experiment

from streetlight.experiments import cli
from streetlight.experiments.commands.check import check
from streetlight.experiments.config.loading import load
from streetlight.experiments.remarks import Outside, identical_plans, outside_evidence, remarks
from streetlight.experiments.running.runner import run

START = 'title: "x"\nregion: {synthetic: {n_communities: 12, seed: 1}}\n'


def config_of(folder: Path, text: str) -> dict[str, object]:
    """The resolved configuration of a file with these lines, as its manifest will have it."""
    path = folder / "mine.yaml"
    path.write_text(START + text, encoding="utf-8")
    resolved: dict[str, object] = json.loads(json.dumps(load(path).resolved()))
    return resolved


def test_an_experiment_without_faults_has_no_remarks(tmp_path: Path) -> None:
    """Four replicates, values that the evidence allows, and plans that differ."""
    text = "policies: [per_youth, equal_shares]\nfutures: {named: {a: {spell.exit_hazard: 0.03}}}"
    assert remarks(config_of(tmp_path, text)) == []


@pytest.mark.parametrize("policies", ["[per_youth]", "[per_youth, information_oracle]"])
def test_only_the_baseline_is_nothing_to_compare(tmp_path: Path, policies: str) -> None:
    """A baseline that is the only policy has no rival; an oracle is none."""
    found = remarks(config_of(tmp_path, f"policies: {policies}\nbaseline: per_youth"))
    assert found == ["there is nothing to compare: per_youth, the baseline, is the only policy"]


def test_policies_that_differ_in_name_alone_are_the_same(tmp_path: Path) -> None:
    """Same rule, mix, money and settings; titles and names of parts do not tell them apart."""
    text = """
policies:
  per_youth: {title: By head}
  again: {rule: per_youth, settings: {}}
  richer: {rule: per_youth, budget: 0.75}
  trained: {rule: per_youth, mix: training_only}
  mixed: {blend: {per_youth: 0.5, equal_shares: 0.5}}
  mixed_again: {blend: {again: 0.5, equal_shares: 0.5}}
  poor: {rule: equal_shares, budget: 0.0}
"""
    assert identical_plans(config_of(tmp_path, text)) == [
        ("none", "poor"), ("per_youth", "again"), ("mixed", "mixed_again"),
    ]  # fmt: skip


def test_futures_that_differ_in_name_alone_are_the_same(tmp_path: Path) -> None:
    """A title does not tell two futures apart."""
    text = "policies: [per_youth]\nfutures: {named: {a: {title: A}, b: {title: B}, c: "
    found = remarks(config_of(tmp_path, text + "{spell.exit_hazard: 0.03}}}"))
    assert found == ["a and b are the same future under 2 names"]


def test_a_budget_that_may_be_a_total_is_asked_about(tmp_path: Path) -> None:
    """More than twenty dollars a resident are forty times the usual."""
    found = remarks(config_of(tmp_path, "policies: [per_youth]\nbudget: 20.5"))
    assert found == [
        "per_youth has 20.5 dollars per resident per year; is that what all get together?"
    ]
    assert not remarks(config_of(tmp_path, "policies: [per_youth]\nbudget: 20"))


def test_what_a_table_of_shares_leaves_is_told(tmp_path: Path) -> None:
    """Shares of 0.7 and 0.2 leave a tenth."""
    (tmp_path / "t.csv").write_text("community,share\nS0001,0.7\nS0002,0.2\n")
    found = remarks(config_of(tmp_path, "policies: {plan: {table: t.csv}}"))
    assert found == ["plan leaves 10% of its budget: its shares sum to less than 1"]


def test_values_outside_the_evidence_are_named_with_their_place(tmp_path: Path) -> None:
    """Of every future, of a named one, and of futures drawn more widely than the card allows."""
    text = """
policies: [per_youth]
parameters: {spell.exit_hazard: 3}
futures:
  named: {calm: {}, tight: {assessment.utilisation: 2.5}}
  sampled:
    n: 2
    parameters: {incidence.frailty_cv: {distribution: uniform, low: 0.1, high: 2.5}}
"""
    found = outside_evidence(config_of(tmp_path, text))
    assert [(one.parameter, one.value, one.future) for one in found] == [
        ("spell.exit_hazard", "3", ""), ("assessment.utilisation", "2.5", "tight"),
        ("incidence.frailty_cv", "drawn more widely", "some"),
    ]  # fmt: skip
    assert isinstance(found[0], Outside) and " to " in found[0].allowed


def test_few_replicates_are_too_few(tmp_path: Path) -> None:
    """Under four, and under a rule the fewest count."""
    text = "policies: [per_youth]\nreplications: "
    assert remarks(config_of(tmp_path, text + "4")) == []
    assert remarks(config_of(tmp_path, text + "1"))[0].startswith("1 replicate of each future is")
    rule = "{min: 3, max: 8, batch: 1, half_width: 10}"
    assert remarks(config_of(tmp_path, text + rule))[0].startswith(
        "3 replicates of each future are"
    )


def test_check_and_run_say_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is run; as JSON among the facts; not at all when quiet."""
    monkeypatch.chdir(tmp_path)
    config_of(tmp_path, "horizon: 1\npolicies: [per_youth]\nbaseline: per_youth\nreplications: 2")
    assert check("mine.yaml", with_probe=False) == 0
    assert "! there is nothing to compare: per_youth" in capsys.readouterr().out
    assert check("mine.yaml", with_probe=False, as_json=True) == 0
    assert len(json.loads(capsys.readouterr().out)["remarks"]) == 2
    assert cli.call(["run", "mine.yaml", "--workers", "1"]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("! there is nothing to compare: per_youth, the baseline")
    assert "Nothing to compare: By number of youth is the only policy." in out
    assert "best of all" not in out


def test_a_run_of_the_baseline_alone_has_every_table(tmp_path: Path) -> None:
    """Empty comparisons are files with a heading; nothing fails."""
    experiment = small_experiment(policies=())
    done = run(experiment, tmp_path / "small", workers=1, engine=FAKE, figures="none")
    assert (done.exit_code, done.problems) == (0, [])
    assert (tmp_path / "small" / "comparison.csv").read_text(encoding="utf-8").count("\n") == 1
    assert (tmp_path / "small" / "measures.parquet").is_file()
