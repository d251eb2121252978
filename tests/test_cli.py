"""The command: what it prints, its exit codes, and how soon it answers."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from fake_engine import FAILING, FAKE, Engine, bytes_of, small_experiment

from streetlight.experiments import cli
from streetlight.experiments.__main__ import LOADED, collect_later
from streetlight.experiments.analyse import whole
from streetlight.experiments.commands import timing
from streetlight.experiments.commands.bench import (
    n_occasions,
    phase_seconds,
    plain_rate,
    simple_rate,
)
from streetlight.experiments.commands.bench_scale import as_lines, of_region, of_study
from streetlight.experiments.commands.bench_study import measure_study
from streetlight.experiments.running.cells import Engine as RealEngine
from streetlight.experiments.running.runner import run
from streetlight.model.communities.region import Region
from streetlight.model.money.policies import RULES, build
from streetlight.model.parameters import Parameters
from streetlight.model.run.simulation import Simulation, draw_world
from streetlight.model.week.week import WEEK

ROOT = Path(__file__).parent.parent
MINE = """\
title: "Mine"
region: {synthetic: {n_communities: 5, seed: 1}}
horizon: 2
policies: [equal_shares, per_youth, information_oracle]
replications: 2
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An experiment file in an empty folder that is the current one, run by the fake engine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(RealEngine, "of_model", classmethod(lambda cls: FAKE))
    monkeypatch.setattr(
        "streetlight.experiments.running.runner.Session._draw", lambda session: None
    )
    path = tmp_path / "mine.yaml"
    path.write_text(MINE)
    return path


def use(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    """Let runs go through another engine."""
    monkeypatch.setattr(RealEngine, "of_model", classmethod(lambda cls: engine))


def test_help_names_every_command() -> None:
    """`--help` lists what there is."""
    answer = subprocess.run(
        [sys.executable, "-m", "streetlight.experiments.cli", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for command in (
        "run", "check", "show", "new", "schema", "compare", "replay",
        "params", "regions", "policies", "bench",
    ):  # fmt: skip
        assert f"  {command} " in answer.stdout


def test_help_loads_nothing_heavy() -> None:
    """Asking for help imports neither numpy nor the model's parameters."""
    code = (
        "import sys; sys.argv = ['streetlight', '--help']\n"
        "from streetlight.experiments import cli\n"
        "cli.call(['run', '--help'])\n"
        "print(*sys.modules, sep='\\n')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in answer.stdout.split()}
    assert not loaded & {"numpy", "numba", "pyarrow", "mesa", "matplotlib", "scipy"}


def test_version_is_the_packages_own(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints the version of the installed package."""
    try:
        expected = metadata.version("streetlight")
    except metadata.PackageNotFoundError:  # tests run from a folder that is not installed
        expected = "not installed"
    assert cli.call(["--version"]) == 0
    assert capsys.readouterr().out.strip() == expected


def test_run_prints_the_comparison(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run ends with a table, a verdict a policy, and where the results are."""
    assert cli.call(["run", str(mine), "--workers", "1"]) == 0
    out = capsys.readouterr().out
    assert "person-years averted" in out
    assert "against “No added money”; 8 runs" in out
    verdicts = out.split("real places.")[1].split("May be the best")[0]
    assert "Same sum for every place: " in verdicts
    assert "By number of youth: " in verdicts
    assert "By true need" not in verdicts
    assert "By true need (reference)" in out
    assert "training (cost U; effect A)" in " ".join(out.split())
    assert "Results: results/mine" in out
    assert Path("results/mine/comparison.csv").exists()


def test_run_in_json_is_json_only(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json, standard output is one JSON value and standard error a JSON object a line."""
    arguments = ["run", str(mine), "--workers", "1", "--out", "here", "--seed", "5", "--json"]
    assert cli.call(arguments) == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    events = [json.loads(line) for line in err.splitlines()]
    assert [one["event"] for one in events] == ["start", "group", "group", "end"]
    assert events[0] == {
        "event": "start", "experiment": "mine", "futures": 1, "runs": 8, "at_most": False,
        "kept": 0,
        "policies": ["none", "equal_shares", "per_youth", "information_oracle"],
    }  # fmt: skip
    assert events[2]["done"][0] == "none/central/1"
    assert (events[2]["runs_done"], events[2]["runs"], events[2]["failed"]) == (8, 8, [])
    assert (events[3]["status"], events[3]["done"], events[3]["problems"]) == ("done", 8, [])
    assert answer["results"] == "here"
    assert (answer["runs"], answer["done"], answer["failed"]) == (8, 8, [])
    assert len(answer["comparison"]) == 9
    assert json.loads(Path("here/manifest.json").read_text())["seed"] == 5


def test_quiet_says_nothing(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --quiet a successful run prints nothing at all."""
    assert cli.call(["run", str(mine), "--workers", "1", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_failed_run_is_exit_code_1(
    mine: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failures are counted on standard error; what was finished is compared all the same."""
    use(monkeypatch, FAILING)
    assert cli.call(["run", str(mine), "--workers", "1"]) == 1
    out, err = capsys.readouterr()
    assert "1 of 8 runs failed; the first: per_youth/central/1: ZeroDivisionError" in err
    assert "7 runs of 8, the others are missing" in out
    assert cli.call(["run", str(mine), "--workers", "1"]) == 1
    err = capsys.readouterr().err
    assert "1 of these failed before and were not repeated; --retry tries them again" in err
    use(monkeypatch, FAKE)
    assert cli.call(["run", str(mine), "--workers", "1", "--retry"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "nothing"], "nothing: no such file"),
        (["check", "nothing"], "nothing: no such file"),
        (["compare", "nothing"], "nothing: no such folder"),
        (["params", "spel"], 'did you mean "spell"?'),
        (["run", "mine.yaml", "--out", "."], "is not empty and holds no results"),
        (["run", "mine.yaml", "--out", "/proc/none"], "cannot be written to"),
        (["run", "wrong.yaml"], "wrong.yaml:6:1: horizn: unknown key"),
        (["run"], "Missing argument"),
        (["run", "mine.yaml", "--workers", "0"], "--workers"),
        (["jump"], "No such command"),
    ],
)
def test_bad_input_is_exit_code_2(
    mine: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """Bad input is told on standard error, and nothing is run or written."""
    Path("wrong.yaml").write_text(MINE + "horizn: 3\n")
    before = bytes_of(mine.parent)
    assert cli.call(arguments) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert out == ""
    assert bytes_of(mine.parent) == before


def test_ctrl_c_before_anything_runs_is_130(
    mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C while the file is read ends with the exit code a shell expects, not a traceback."""

    def interrupted(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("streetlight.experiments.commands.run.load", interrupted)
    assert cli.call(["run", str(mine)]) == 130


def test_check_counts_runs_and_writes_nothing(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check` gives runs, minutes and megabytes, and leaves the folder as it was."""
    assert cli.call(["check", str(mine), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["runs"], facts["policies"], facts["futures"]) == (8, 4, 1)
    assert 0 < facts["minutes"] < 5
    assert [path.name for path in mine.parent.iterdir()] == ["mine.yaml"]
    assert cli.call(["check", str(mine)]) == 0
    out = capsys.readouterr().out
    assert "8 runs: 4 policies (with the baseline) x 1 futures" in out
    assert "4 policies once, in one world of the future central, 5 communities" in out
    assert cli.call(["check", str(mine), "--no-probe"]) == 0
    assert "MB" not in capsys.readouterr().out


def test_check_tells_of_a_policy_that_fails(
    mine: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy that fails in the probe is named, with its error, and the exit code is 1."""

    def fails(world: object, policy: object) -> object:
        if getattr(policy, "name", "") == "per_youth":
            raise ZeroDivisionError("on purpose")
        return FAKE.run_policy(world, policy)

    use(monkeypatch, Engine(FAKE.draw_world, fails, FAKE.summarise))
    assert cli.call(["check", str(mine)]) == 1
    message = "per_youth failed when it was tried: ZeroDivisionError: on purpose"
    assert message in capsys.readouterr().err


def test_quick_shrinks_the_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    """`--quick` means 150 communities, two futures and two replicates."""
    assert cli.call(["check", "first_look", "--quick", "--no-probe", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [facts[k] for k in ("communities", "futures", "replications")] == [150, 2, 2]


def test_a_run_compares_once(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed is the comparison that was written."""
    counted, real = [], whole.compare
    monkeypatch.setattr(whole, "compare", lambda *given: counted.append(1) or real(*given))
    assert cli.call(["run", "mine.yaml", "--figures", "none"]) == 0
    assert counted == [1]


def test_compare_repeats_what_run_printed(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`compare` needs the results folder only, and its table is that of `run`."""
    cli.call(["run", str(mine), "--workers", "1"])
    printed = capsys.readouterr().out
    mine.unlink()
    assert cli.call(["compare", "results/mine"]) == 0
    assert capsys.readouterr().out in printed
    assert cli.call(["compare", "results/mine", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["differences"]) == 9


def test_lists_can_be_read_by_people_and_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """params, regions and policies print tables, and the same as JSON."""
    for command, word in (("params", "spell.exit_hazard"), ("regions", "us_counties"),
                          ("policies", "per_youth"), ("policies", "cost U; effect A")):  # fmt: skip
        assert cli.call([command]) == 0
        assert word in capsys.readouterr().out
        assert cli.call([command, "--json"]) == 0
        assert word in json.dumps(json.loads(capsys.readouterr().out))


def test_one_parameter_shows_its_card(capsys: pytest.CaptureFixture[str]) -> None:
    """`params NAME` gives default, range, unit, grade in words, and source."""
    assert cli.call(["params", "spell.exit_hazard"]) == 0
    out = capsys.readouterr().out
    for text in ("per month", "0.015 to 0.035", "A (assumed)", "P12"):
        assert text in out


def test_a_policy_is_shown_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """`policies NAME` gives the rule, its settings, and dollars that sum to the budget."""
    assert cli.call(["policies", "small_town_packages"]) == 0
    out = capsys.readouterr().out
    for text in ("package = 120,000", "Hollow", "used by", "60.00"):
        assert text in out
    assert cli.call(["policies", "balanced"]) == 0
    out = capsys.readouterr().out
    assert "30%  cost U; effect A" in out and "U general knowledge" in out
    assert cli.call(["policies", "balancd"]) == 2
    assert 'did you mean "balanced"' in capsys.readouterr().err


def test_every_rule_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """`policies --json` lists all rules; each that spends gives its budget to ten places."""
    assert cli.call(["policies", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    rules = answer["rules"]
    assert answer["mixes"][0]["evidence"]["training"] == "cost U; effect A"
    assert {rule["name"] for rule in rules} == set(RULES)
    for rule in rules:
        given = sum(rule["example_dollars"].values())
        assert given == pytest.approx(0.0 if rule["name"] == "none" else 1_673_000.0, abs=5.0) or (
            rule["plans"] and 0.0 < given < 1_673_000.0
        )


def test_bench_measures_one_thing_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    """Of two, one would be passed over without a word."""
    assert cli.call(["bench", "--scale", "--study"]) == 2
    assert capsys.readouterr().err == "--scale, --study: only one of them at a time\n"


def test_bench_splits_a_run_by_phase() -> None:
    """Every phase has its seconds, and occasions count starts and calendar entries."""
    region = Region.synthetic(4, seed=1)
    world = draw_world(Parameters(), region, years=1)
    seconds = phase_seconds(world, repeats=1)
    assert tuple(seconds) == WEEK[1:] and min(seconds.values()) > 0.0
    run = Simulation(world, build("none"))
    run.run()
    starts = (world.state.drawn["start"] >= run.clock.first_policy_step).sum()
    assert n_occasions(run) > starts > 0


def test_bench_tells_what_more_places_and_more_runs_cost() -> None:
    """A row has its seconds, memory and ratio to a million draws, and columns are named once."""
    place, study = of_region(40, 1, repeats=1), of_study(10)
    assert place["communities"] == 40 and place["spells"] > 100 and study["runs"] == 10
    for row, name in ((place, "policy"), (study, "run")):
        unit = row["million_draws_seconds"]
        assert row[f"{name}_million_draws"] * unit == pytest.approx(row[f"{name}_seconds"])
    assert [line.split()[0] for line in as_lines(iter([place, place, study]))] == [
        "communities", "40", "40", "runs", "10",
    ]  # fmt: skip


def test_bench_measures_a_study_by_one_worker_and_by_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a second and efficiency are what the seconds say; every time has its ratio."""
    asked = []

    def run_here(*given: Any, workers: int, **how: Any) -> Any:
        asked.append(workers)
        return run(*given, workers=1, engine=FAKE, **how)

    monkeypatch.setattr(timing, "run", run_here)
    found = measure_study(small_experiment(), whole=False)
    assert asked == [1, 1, 2]
    assert found["runs_per_second_by_1"] == pytest.approx(1 / found["run_seconds_by_1"], rel=0.1)
    ratio = found["runs_per_second_by_2"] / found["runs_per_second_by_1"]
    assert found["efficiency_of_two"] == pytest.approx(ratio / 2)
    unit = found["million_draws_seconds"]
    assert found["tables_million_draws_by_2"] * unit == pytest.approx(found["tables_seconds_by_2"])
    assert 0 < found["megabytes_by_1"] < 1


@pytest.mark.slow
def test_the_plain_model_is_found_in_a_checkout() -> None:
    """In a checkout, `bench` can compare with the plain Mesa model."""
    for rate in (plain_rate(), simple_rate()):
        assert rate is not None
        assert rate > 1e4


def test_the_first_collection_of_garbage_waits_and_later_ones_come_as_usual() -> None:
    """What is loaded is no garbage; a command that goes on collects as every program does."""
    usual = gc.get_threshold()
    collect_later()
    try:
        assert gc.get_threshold()[0] == LOADED
        gc.collect()
        assert gc.get_threshold() == usual
    finally:
        gc.set_threshold(*usual)
