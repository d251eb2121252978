"""The public face: what `import streetlight` offers and loads, and its examples."""

from __future__ import annotations

import ast
import doctest
import inspect
import pickle
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import streetlight as sl
from streetlight.experiments.metrics import METRICS, OWN_METRICS

ROOT = Path(__file__).parent.parent

EVERY = sorted(sl.__all__)
CLASSES = [name for name in EVERY if inspect.isclass(getattr(sl, name))]

#: As the face says: what examples take for granted.
GLOBALS = {"sl": sl, "np": np, "Path": Path}
OPTIONS = doctest.ELLIPSIS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the results of the tiny experiment in it, as examples find it."""
    folder = tmp_path_factory.mktemp("face")
    done = sl.run(sl.load("tiny"), folder / "results/tiny", workers=1, figures="none")
    assert done.exit_code == 0
    return folder


# ------------------------------------------------------------------------------------- what it is


def loaded_by(code: str) -> set[str]:
    """Modules in a fresh interpreter after running a line."""
    run = [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"]
    return set(subprocess.run(run, check=True, capture_output=True, text=True).stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import streetlight` loads no other module of the project and no library."""
    loaded = loaded_by("import streetlight")
    assert [name for name in loaded if name.startswith("streetlight.")] == []
    assert loaded.isdisjoint({"numpy", "pydantic", "numba", "mesa", "pandas", "scipy"})


def test_policies_load_nothing_of_the_truth() -> None:
    """`streetlight.policies` loads neither the parameters nor the world."""
    loaded = loaded_by("import streetlight; streetlight.policies")
    rooms = {name.split(".")[2] for name in loaded if name.startswith("streetlight.model.")}
    assert "money" in rooms
    assert rooms.isdisjoint({"parameters", "equations", "on_average", "world", "week", "run"})


def test_the_package_offers_what_it_names() -> None:
    """At most 40 names, each of them there and listed, and its version is the installed one."""
    assert len(EVERY) <= 40
    assert {*EVERY, "__version__"} <= set(dir(sl))
    assert all(getattr(sl, name) is not None for name in EVERY)
    assert sl.__version__ == version("streetlight")


def test_type_checkers_are_told_that_it_is_typed() -> None:
    """The marker that makes them read our annotations is shipped with the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["setuptools"]["package-data"]["streetlight"] == ["py.typed"]
    assert (Path(sl.__file__).parent / "py.typed").is_file()


def test_a_notebook_shows_what_a_rule_does() -> None:
    """The function that builds a rule's policy has the rule's own words, and says what it takes."""
    shown = sl.policies.hotspots.__doc__
    assert sl.policies.RULES["hotspots"].doc in shown and "budget, mix, name, teams" in shown


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A misspelt name is refused as any module refuses it."""
    with pytest.raises(AttributeError, match="has no attribute 'simulat'"):
        sl.simulat  # noqa: B018


def test_type_checkers_and_python_see_the_same_names() -> None:
    """What is imported for type checkers is what is loaded when asked for."""
    tree = ast.parse((ROOT / "streetlight/__init__.py").read_text(encoding="utf-8"))
    imported = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("streetlight."):
            for alias in node.names:
                assert alias.asname == alias.name  # so that it counts as offered
                home = (node.module or "").removeprefix("streetlight.")
                whole = f"{home}.{alias.name}"
                imported[alias.name] = whole if alias.name in sl._MODULES else home
    assert imported == sl._HOME


# -------------------------------------------------------------------------------------- its words


@pytest.fixture
def _metrics_as_they_were() -> Iterator[None]:
    """A metric that an example defines is gone after it."""
    before = set(METRICS)
    yield
    for names in (METRICS, OWN_METRICS):
        for name in set(names) - before:
            del names[name]


@pytest.mark.usefixtures("_metrics_as_they_were")
@pytest.mark.parametrize("name", EVERY)
def test_examples_do_what_they_say(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each name has a docstring with an example, and all examples in it and its parts run."""
    monkeypatch.chdir(folder)
    thing = getattr(sl, name)
    tests = doctest.DocTestFinder().find(thing, name, globs=dict(GLOBALS))
    own = next((test for test in tests if test.name == name), None)
    assert own is not None and own.examples, f"{name} has no example"
    runner, said = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False), []
    for test in tests:
        runner.run(test, out=said.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)


def test_the_example_of_the_package_runs() -> None:
    """What the package's own docstring shows is true."""
    (test,) = doctest.DocTestFinder(recurse=False).find(sl, "streetlight", globs={})
    assert test.examples
    said: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(test, out=said.append).failed == 0, said


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_part_of_a_class_has_a_docstring(name: str) -> None:
    """Methods and properties of the classes offered say what they give."""
    parts = {
        part: value
        for part, value in vars(getattr(sl, name)).items()
        if not part.startswith("_")
        and isinstance(value, property | cached_property | classmethod | staticmethod)
        | inspect.isfunction(value)
    }
    assert [part for part, value in parts.items() if not inspect.getdoc(value)] == []


def printed() -> list[Any]:
    """One of each thing that a user may print."""
    region = sl.Region.synthetic(n_communities=4, seed=1)
    views: dict[int, Any] = {}

    def rule(view: sl.PlanningView) -> np.ndarray:
        views[view.period] = view
        return view.youth

    history = sl.simulate(sl.Parameters(), region, sl.Policy("mine", rule), years=1)
    everything = [region, history.policy, history.parameters, *views.values()]
    return [*everything, sl.load("wide_futures"), sl.policies.blend(
        {sl.policies.per_youth(): 0.5, sl.policies.hotspots(): 0.5}, name="both"
    )]  # fmt: skip


def test_what_is_printed_is_one_readable_line() -> None:
    """A region, policy, set of parameters, view and experiment are printed on one line."""
    things = printed()
    assert len(things) == 6
    for thing in things:
        assert "\n" not in repr(thing) and len(repr(thing)) < 200 and " at 0x" not in repr(thing)
    assert repr(things[3]) == (
        "<PlanningView of period 0: 4 communities, 3 years of record, 163,577 dollars>"
    )


# ------------------------------------------------------------------- experiments made in Python


def experiment_of(**changes: Any) -> sl.Experiment:
    """An experiment of four communities, as a notebook makes it."""
    facts: dict[str, Any] = {
        "name": "mine",
        "title": "x",
        "region": sl.Region.synthetic(n_communities=4, seed=1),
        "policies": (sl.policies.per_youth(),),
    }
    return sl.Experiment(**facts | changes)


def test_an_experiment_lists_all_that_is_wrong_with_it() -> None:
    """Parts of the wrong kind are refused together, each named, with what must be there."""
    with pytest.raises(sl.InputError) as caught:
        experiment_of(
            region="us_counties", policies=("per_youth",), futures=(), metrics="identified",
            baseline=sl.policies.none, horizon=0, replications=2.5, seed=True,
        )  # fmt: skip
    assert [text.split(": must")[0] for text in caught.value.problems[:5]] == [
        "horizon: 0", "replications: 2.5", "seed: True", "region: 'us_counties'",
        f"baseline: {sl.policies.none!r}",
    ]  # fmt: skip
    assert list(caught.value.problems[5:]) == [
        "policies: 'per_youth': must be a Policy",
        "futures: there must be at least one",
        "metrics: 'identified': must be a tuple of ComparedMetric",
    ]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"overrides": {"spell.exit_hazard": 0.05}},
         r"futures: central: holds Parameters\(\), and the overrides say .*exit_hazard': 0.05"),
        ({"futures": [sl.Future("a", {"spell.exit_hazard": 0.5}, sl.Parameters())]},
         r"futures: a: holds Parameters\(\), and the overrides say .*0.5"),
        ({"futures": [sl.Future.of("a", base=sl.Parameters().with_values(
            {"switches.denial": False}))]}, "futures: a: holds .*denial': False"),
        ({"policies": [sl.Policy("per_youth", lambda view: view.youth)]},
         "policies: per_youth: is the name of another rule"),
        ({"metrics": [sl.ComparedMetric.default("known")] * 2}, "names must differ: known"),
        ({"policy_titles": {"per_yuth": "x"}}, 'did you mean "per_youth"'),
        ({"currency": "dollars"}, "currency: 'dollars': must be three capital letters"),
    ],
)  # fmt: skip
def test_what_an_experiment_says_and_does_not_hold_is_refused(
    parts: dict[str, Any], said: str
) -> None:
    """Its manifest would tell it as true: parameters no future has, a rule by another name."""
    with pytest.raises(sl.InputError, match=said):
        experiment_of(**parts)


@pytest.mark.parametrize("name", ["per_youth", "blend", "schedule", "table", "rule"])
def test_what_makes_policies_can_be_sent_to_a_process(name: str) -> None:
    """It is found again by the module and the name that it has."""
    function = getattr(sl.policies, name)
    assert pickle.loads(pickle.dumps(function)) is function


REGION = "the path of a CSV file; Region.of takes lists"
FOLDER = 'must be the path of a results folder, as "results/tiny"'
#: A call, and what is said of it.
CALLS: dict[str, tuple[Callable[[], Any], str]] = {
    "a budget by place": (
        lambda: sl.policies.per_youth(0.5),
        "policies.per_youth: 0.5: arguments are given by name; write "
        "policies.per_youth(budget=..., "
        "mix=..., class_mixes=..., name=..., teams=...); settings of the rule: none"),
    "an argument misspelt": (
        lambda: sl.policies.hotspots(bugdet=0.5),
        'policy "hotspots": no setting is called "bugdet" (did you mean "budget"?); the rule '
        'has: k'),
    "a number as text in a list": (
        lambda: sl.policies.hotspots(k=["1000"]),
        "policy \"hotspots\": k: ['1000']: must be a finite number; as one number, without "
        "brackets: 1000"),
    "a budget as text": (
        lambda: sl.policies.per_youth(budget="0.5"),
        "policy \"per_youth\": budget: '0.5': must be dollars per resident per year, 0 or more; "
        "without quotes: 0.5"),
    "shares in percent": (
        lambda: sl.policies.per_youth(mix={"training": 100}),
        'policy "per_youth": mix: training: 100: must lie between 0 and 1; if it is a percentage, '
        "divide by 100: 1"),
    "counties in a list": (
        lambda: sl.Region.us_counties(["MN"]),
        "Region.us_counties: ['MN']: no such argument; Region.us_counties() takes none; a part of "
        'them: Region.us_counties().select(states=["MN"])'),
    "classes by another name": (
        lambda: sl.Region.synthetic(4).select(place_classes=["rural"]),
        'Region.select: no argument is called "place_classes" (did you mean "classes"?); write '
        "Region.select(ids=..., states=..., classes=...)"),
    "a region without its size": (
        lambda: sl.Region.synthetic(population=1e6),
        "Region.synthetic: n_communities must be given; write Region.synthetic(n_communities=..., "
        "seed=...)"),
    "a shape misspelt": (
        lambda: sl.Region.synthetic(4, nstates=2),
        'Region.synthetic: no argument is called "nstates" (did you mean "n_states"?); write '
        "Region.synthetic(n_communities=..., seed=..., population=..., poverty_share=..., "
        "n_states=..., n_nearest=...)"),
    "one number for all": (
        lambda: sl.Region.of(ids=["A"], population=900),
        "population: 900: must be a list, one value a community, as population=[900, ...]"),
    "yes and no for numbers": (
        lambda: sl.Region.of(ids=["A"], population=[True]),
        "community 1, \"A\": column \"population\": value 'True': a number of persons from 0 to "
        "2,000,000,000"),
    "a number as text": (
        lambda: sl.Region.synthetic("6"),
        "n_communities: value '6': a whole number from 1 to 200,000"),
    "no path": (lambda: sl.Region.from_csv(None), f"path: None: must be {REGION}"),
    "results for a folder": (
        lambda: sl.compare(sl.Results.open("results/tiny")),
        f"folder: <Results of tiny: 12 runs, done>: {FOLDER}; write .folder behind it"),
    "an experiment for a folder": (lambda: sl.Results.open(3), f"path: 3: {FOLDER}"),
    "a folder for results": (
        lambda: sl.Results("results/tiny"),
        "Results: manifest must be given; write Results(folder=..., manifest=...); "
        "Results.open(folder) opens what is in a folder"),
    "a report of a number": (lambda: sl.write_report(3), f"folder: 3: {FOLDER}"),
    "parts without a name": (
        lambda: sl.policies.blend({sl.policies.per_youth(): 1.0}),
        "policies.blend: name must be given; write policies.blend(parts=..., name=..., budget=..., "
        'teams=...); as policies.blend({policies.per_youth(): 0.5, ...}, name="both")'),
    "names for parts": (
        lambda: sl.policies.blend({"per_youth": 1.0}, name="both"),
        "policy \"both\": blend: 'per_youth': must be a Policy, as policies.per_youth()"),
    "a list of parts": (
        lambda: sl.policies.schedule([sl.policies.none()], name="two"),
        'policy "two": schedule: [<Policy none: 0 dollars per resident a year>]: '
        "must be a mapping of years to policies"),
    "parameters by place": (
        lambda: sl.Parameters({"spell.exit_hazard": 0.3}),
        "Parameters: {'spell.exit_hazard': 0.3}: other values are given by name: "
        'Parameters().with_values({"spell.exit_hazard": 0.03})'),
    "a parameter as an argument": (
        lambda: sl.Parameters(exit_hazard=0.3),
        "exit_hazard: other values are given by name: Parameters().with_values("
        '{"spell.exit_hazard": 0.03})'),
    "a group of parameters": (
        lambda: sl.Parameters().with_values({"spell": {"exit_hazard": 0.3}}),
        'no parameter is called "spell"; it is a group of parameters: name one of them in full, as '
        "spell.exit_hazard"),
    "a parameter in percent": (
        lambda: sl.Parameters().with_values({"incidence.high_risk_share": 16.7}),
        "incidence.high_risk_share: 16.7: must lie between 0 and 1; if it is a percentage, divide "
        "by 100: 0.167"),
    "a shock of text": (
        lambda: sl.Shock("campaign", communities="S0001", week="1", weeks=4, size=1.0),
        "shock: communities: 'S0001': must be a tuple of ids, as (\"S0001\",)\n"
        "shock: week: '1': must be a whole number; without quotes: 1"),
    "no shocks": (lambda: sl.Future.of("a", shocks="x"), "shocks: 'x': must be a list of Shock"),
    "a list for a metric": (
        lambda: sl.ComparedMetric.default(["known"]),
        "metrics: ['known']: must be the name of one metric"),
    "a rule without its words": (
        lambda: sl.policies.rule(title="x"),
        "policies.rule: sees and used_by must be given; write policies.rule(title=..., sees=..., "
        "used_by=..., summary=..., spends=..., plans=...); above a function, with its brackets"),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_call_ends_in_a_sentence(
    call: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what was given, what is allowed, and how that is written."""
    monkeypatch.chdir(folder)
    made, said = CALLS[call]
    with pytest.raises(sl.InputError) as caught:
        made()
    assert str(caught.value) == said


def test_a_call_with_arguments_that_are_not_there_is_a_type_error_too() -> None:
    """Code that expects what Python raises finds it, and a numpy number is a budget."""
    with pytest.raises(TypeError):
        sl.Region.us_counties("MN")  # type: ignore[call-arg]
    assert sl.policies.per_youth(budget=np.float32(0.25)).budget == 0.25


def test_overrides_that_all_futures_share_are_their_base() -> None:
    """Futures made on the base of the overrides hold what both say."""
    shared = {"spell.exit_hazard": 0.05}
    base = sl.Parameters().with_values(shared)
    future = sl.Future.of("a", {"switches.denial": False}, base=base)
    assert experiment_of(overrides=shared, futures=(future,)).futures == (future,)


def test_an_unknown_metric_is_refused_with_the_closest() -> None:
    """A misspelt metric is an error that names the one that may be meant."""
    with pytest.raises(sl.InputError, match='"identifed" .did you mean "identified"'):
        sl.ComparedMetric.default("identifed")


def test_a_future_changes_what_it_says() -> None:
    """A future's parameters are those of its base but for its values, and its shocks are named."""
    base = sl.Parameters().with_values({"switches.telling": False})
    shock = sl.Shock("campaign", communities=("S0001",), week=1, weeks=4, size=1.0)
    future = sl.Future.of("louder", {"switches.denial": False}, shocks=[shock], base=base)
    switches = future.parameters.switches
    assert (switches.telling, switches.denial, switches.spread) == (False, False, True)
    assert (future.shocks, future.shock_names, future.sampled) == ((shock,), ("shock_1",), False)
    assert future.described()["switches.denial"] is False
    assert future.described()["shocks"][0]["communities"] == ("S0001",)


# ------------------------------------------------------------------------ what stands beside it

SCRIPT = """
from streetlight import Experiment, Parameters, Region, policies, run, simulate

import model

def by_youth(view):
    return model.twice(view.youth)

region = Region.synthetic(n_communities=6, seed=1)
own = policies.Policy("own", by_youth)

assert simulate(Parameters(), region, own, years=1).record.published_reports.shape == (6, 4)
experiment = Experiment(
    name="beside", title="x", region=region, policies=(own, policies.per_youth()),
    horizon=1, replications=2,
)
done = run(experiment, workers=2, figures="none")
print(done.n_done, done.failures, done.problems, model.__file__)
"""


@pytest.fixture
def strangers(tmp_path: Path) -> Path:
    """A folder, with spaces in its name, that has a model.py and an experiments/ of its own."""
    folder = tmp_path / "with some spaces"
    (folder / "experiments").mkdir(parents=True)
    (folder / "experiments/__init__.py").write_text("raise SystemExit('the wrong experiments')")
    (folder / "model.py").write_text("def twice(youth):\n    return 2 * youth\n")
    (folder / "my script.py").write_text(SCRIPT)
    return folder


def run_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command run in a folder by this Python, which must end well."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_script_beside_its_own_model_and_experiments_runs(strangers: Path) -> None:
    """A run, and an experiment by two worker processes, find our modules and the user's own; the
    script has no guard against being imported by workers."""
    said = run_in(strangers, "my script.py").stdout.strip()
    assert said == f"6 [] [] {strangers / 'model.py'}"
    results = sl.Results.open(strangers / "results/beside")
    assert sorted(set(results.runs["policy"])) == ["none", "own", "per_youth"]


@pytest.mark.slow
def test_the_command_runs_beside_a_model_and_experiments(strangers: Path) -> None:
    """`python -m streetlight run tiny`, whose path begins with that folder, finds our modules."""
    run_in(strangers, "-m", "streetlight", "run", "tiny", "--workers", "2", "--quiet")
    assert len(sl.Results.open(strangers / "results/tiny").runs) == 12
