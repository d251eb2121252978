"""Who may import whom. Each test names the line that breaks the rule."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent

NAME = "streetlight"

#: Folders of modules that only a checkout has: they use the product, which knows nothing of them.
NOT_INSTALLED = ("studies", "docs")

#: The rooms, from the ground up.  A module may import from its own room and from those before it.
ROOMS: list[tuple[str, ...]] = [
    (
        "model.advice",
        "model.calling",
        "model.text",
        "model.errors",
        "model.arrays",
        "model.names",
        "model.compiled",
    ),
    ("model.draws",),
    ("model.parameters",),
    ("model.communities",),
    ("model.equations",),
    ("model.clock", "model.rates"),
    ("model.record",),
    ("model.inference",),
    ("model.money",),
    ("model.on_average",),
    ("model.world",),
    ("model.week",),
    ("model.run",),
    ("model.outcome_equity", "model.outcome_groups", "model.outcome_places", "model.outcomes"),
    ("model.agents",),
    (
        "experiments.currency",
        "experiments.labels",
        "experiments.looks",
        "experiments.metrics",
        "experiments.config.yaml_tree",
        "experiments.config.yaml_reader",
        "experiments.running.progress",
        "experiments.running.rule_code",
    ),
    ("experiments.distributions",),
    ("experiments.calibrate",),
    ("experiments.schema.types", "experiments.sampling", "experiments.config.files"),
    ("experiments.schema.futures", "experiments.schema.policies", "experiments.schema.region"),
    ("experiments.schema.experiment_file",),
    ("experiments.schema.json_schema", "experiments.schema.names"),
    (
        "experiments.budgets",
        "experiments.consistency",
        "experiments.future_words",
        "experiments.quick",
    ),
    ("experiments.experiment",),
    ("experiments.remarks",),
    ("experiments.config", "experiments.schema"),
    ("experiments.running.design",),
    ("experiments.running.replication", "experiments.running.executors"),
    ("experiments.running.reading",),
    ("experiments.running.disk",),
    ("experiments.running.parts", "experiments.running.columns"),
    ("experiments.running.store", "experiments.running.tables", "experiments.design_table"),
    ("experiments.running.adopting", "experiments.running.merging"),
    ("experiments.running.cells", "experiments.running.probe"),
    ("experiments.running.plan",),
    ("experiments.running.workers", "experiments.running.manifest"),
    ("experiments.analyse",),
    ("experiments.words",),
    ("experiments.drivers",),
    ("experiments.figures",),
    ("experiments.running.precision", "experiments.results", "experiments.exports"),
    ("experiments.running.replay",),
    ("experiments.report",),
    ("experiments.running",),
    ("experiments.explorer",),
    ("experiments.commands",),
    ("experiments.command_line",),
    ("experiments.cli",),
    ("experiments.__main__",),
    ("studies",),
    ("docs",),
]

#: All that a rule may reach, directly or not: nothing of the truth, nothing of its parameters.
RULE_MAY_REACH = (
    "advice", "arrays", "calling",
    "errors", "names", "text", "record", "record.*", "inference", "inference.*", "money",
    "money.policies", "money.policy", "money.mixes", "money.registry", "money.combine",
    "money.asking", "money.planning", "money.response", "money.rules", "money.rules.*",
    "money.table",
)  # fmt: skip
POLICY_MAY_REACH = (NAME, f"{NAME}.model", *(f"{NAME}.model.{name}" for name in RULE_MAY_REACH))

#: Packages that one part of the code alone may import.
ONLY_IN = {
    # the explorer's page is built of Mesa's inputs; what it shows is read in modules without Mesa
    "mesa": ("model.agents.*", "experiments.explorer.page"),
    "solara": ("experiments.explorer.page", "experiments.explorer.server"),
    "uvicorn": ("experiments.explorer.server",),
    # two studies draw figures of their own, of tables that no experiment has
    "matplotlib": (
        "experiments.figures",
        "experiments.figures.*",
        "studies.counts",
        "studies.two_worlds_figure",
    ),
    "rich": ("experiments.running.progress", "experiments.commands.*"),
    "typer": ("experiments.command_line.*", "experiments.commands.options"),
    "ruamel": ("experiments.config.yaml_reader", "experiments.words"),
    "pyarrow": ("experiments.*",),
    "numba": ("model.*",),
    "loky": ("experiments.running.workers",),
    "cloudpickle": ("experiments.running.workers", "experiments.config.own_code"),
    "pandas": ("experiments.results",),
    "distributed": ("experiments.running.executors",),
    "SALib": ("experiments.drivers.morris_sobol",),
    "sklearn": ("experiments.drivers.cart",),
    "xlsxwriter": ("experiments.commands.export",),
}

#: Modules of model/ that may open files: the region loader and packaged data.
MAY_OPEN = (
    "model.communities.file", "model.compiled", "model.inference.signatures",
    "model.parameters.lever_table",
    "model.parameters.sources",
)  # fmt: skip
OPENING = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "savez", "loadtxt"}


#: The longest chain of modules of model/ that importing one of them loads one after the other.
DEEPEST = 10


class Import(NamedTuple):
    """One import: who, where, what, and whether it is done when the module is imported."""

    module: str
    place: str
    target: str
    at_once: bool


@cache
def modules() -> dict[str, Path]:
    """Every module by the name it is imported by; the scripts beside the data are none."""
    found = {}
    for folder in (NAME, "model", "experiments", *NOT_INSTALLED):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "data" not in parts:
                parts = parts[:-1] if parts[-1] == "__init__" else parts
                own_name = folder in (NAME, *NOT_INSTALLED)
                found[".".join(parts if own_name else (NAME, *parts))] = path
    return found


def inside(module: str) -> str:
    """The name of a module within the package."""
    return module.removeprefix(f"{NAME}.")


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a module is meant by one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@cache
def tree_of(module: str) -> ast.Module:
    """A module's text, parsed."""
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


def statements(tree: ast.AST, *, at_once: bool = False) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker sees, or that run only as a script.

    at_once: without those inside functions, which do not run when the module is imported.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and any(
            word in ast.unparse(node.test) for word in ("TYPE_CHECKING", "__main__")
        ):
            continue
        if at_once and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        yield node
        yield from statements(node, at_once=at_once)


@cache
def imports() -> list[Import]:
    """Every import of every module, also those inside functions."""
    found = []
    for module, path in modules().items():
        outside = {*statements(tree_of(module), at_once=True)}
        for node in statements(tree_of(module)):
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
                base = str(node.module)
                submodules = [f"{base}.{alias.name}" for alias in node.names]
                inside = [one for one in submodules if one in modules()]
                targets = inside + [base] * (len(inside) < len(submodules))
            else:
                continue
            place = f"{path.relative_to(ROOT)}:{node.lineno}"  # type: ignore[attr-defined]
            found += [Import(module, place, target, node in outside) for target in targets]
    return found


def room(module: str) -> int:
    """Number of the room a module is in: the one whose name is the longest part of its own."""
    name, fits = inside(module), []
    for number, rooms in enumerate(ROOMS):
        fits += [(len(r), number) for r in rooms if name == r or name.startswith(f"{r}.")]
    assert fits, f"{module} is in no room; give it one in ROOMS"
    return max(fits)[1]


#: The face, which imports lazily from everywhere, and the roots of the two folders.
ROOTS = (NAME, f"{NAME}.__main__", f"{NAME}.model", f"{NAME}.experiments")


@cache
def own() -> list[Import]:
    """Imports between our modules, but for the roots."""
    return [i for i in imports() if i.target in modules() and not {i.module, i.target} & {*ROOTS}]


def test_every_module_is_in_a_room_and_every_room_is_there() -> None:
    """A new module has to say where it belongs, and the list names nothing that is gone."""
    for module in modules():
        if module not in ROOTS:
            room(module)
    names = {inside(module) for module in modules()}
    assert [r for rooms in ROOMS for r in rooms if r not in names] == []


def test_every_package_is_listed_for_installation() -> None:
    """The packages named in pyproject.toml are the folders that hold modules."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {
        name
        for name, path in modules().items()
        if path.name == "__init__.py" and name.partition(".")[0] not in NOT_INSTALLED
    }
    assert sorted(project["tool"]["setuptools"]["packages"]) == sorted(packages)


def test_imports_go_down() -> None:
    """No module imports from a layer above its own."""
    wrong = [
        f"{i.place}: {i.module} imports {i.target}, which stands above it"
        for i in own()
        if room(i.target) > room(i.module)
    ]
    assert not wrong, "\n".join(wrong)


def test_imports_have_no_cycle() -> None:
    """The graph of imports can be sorted, those inside functions included."""
    graph: dict[str, set[str]] = {}
    for one in own():
        inner = one.target.startswith(f"{one.module}.")  # a package gathering its own modules
        outer = one.module.startswith(f"{one.target}.")
        if not inner and not outer:
            graph.setdefault(one.module, set()).add(one.target)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        cycle = error.args[1]
        pairs = set(zip(cycle[1:], cycle, strict=False)) | set(zip(cycle, cycle[1:], strict=False))
        lines = [f"{i.place}: imports {i.target}" for i in own() if (i.module, i.target) in pairs]
        raise AssertionError("\n".join(lines)) from None


@cache
def chain(module: str) -> tuple[str, ...]:
    """The longest chain of modules of model/ that importing this one loads, this one first."""
    below = [
        chain(i.target) for i in own()
        if i.module == module and i.at_once and not module.startswith(f"{i.target}.")
    ]  # fmt: skip
    return (module, *max(below, key=len, default=()))


def test_chains_of_imports_are_short() -> None:
    """Whoever reads a module of model/ from the ground up passes few others on the way."""
    chains = [chain(module) for module in modules() if inside(module).startswith("model.")]
    longest = max(chains, key=len)
    assert len(longest) <= DEEPEST, " > ".join(map(inside, longest))


def out_of_bounds(starts: Iterable[str], allowed: tuple[str, ...], who: str) -> list[str]:
    """Imports, step by step from some modules, that reach one that is not allowed."""
    frontier, reached, wrong = list(starts), set(starts), []
    while frontier:
        module = frontier.pop()
        for one in imports():
            if one.module != module or one.target in reached or one.target not in modules():
                continue
            reached.add(one.target)
            if matches(one.target, allowed):
                frontier.append(one.target)
            else:
                wrong.append(f"{one.place}: {who} can reach {one.target} here")
    return wrong


def test_no_policy_can_reach_the_truth() -> None:
    """Whatever the policies import, step by step, is public."""
    wrong = out_of_bounds([f"{NAME}.model.money.policies"], POLICY_MAY_REACH, "a policy")
    assert not wrong, "\n".join(wrong)


def test_no_estimator_can_reach_the_truth() -> None:
    """Whatever estimators import, step by step, is of the record or below it."""
    below = [module for room in ROOMS[: 1 + ROOMS.index(("model.inference",))] for module in room]
    allowed = tuple(f"{NAME}.{name}{end}" for name in below for end in ("", ".*"))
    estimators = [one for one in modules() if matches(inside(one), ("model.inference.*",))]
    assert len(estimators) > 5
    wrong = out_of_bounds(estimators, (*allowed, NAME, f"{NAME}.model"), "an estimator")
    assert not wrong, "\n".join(wrong)


def test_importing_policies_loads_neither_mesa_nor_the_truth() -> None:
    """A fresh interpreter that imports the policies has only public modules of ours loaded."""
    code = "import sys; from streetlight import policies; print(*sys.modules, sep='\\n')"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = answer.stdout.split()
    assert f"{NAME}.model.money.policies" in loaded
    ours = [m for m in loaded if m.partition(".")[0] == NAME]
    assert [m for m in ours if not matches(m, POLICY_MAY_REACH)] == []
    assert not {m.partition(".")[0] for m in loaded} & {"mesa", "numba", "pydantic"}
    # which take a fifth and half a second of every command and worker
    assert not {"scipy.optimize", "scipy.stats"} & {*loaded}


def test_the_model_knows_nothing_of_experiments() -> None:
    """model/ imports neither experiments/ nor tests/, and nobody uses a bare folder name."""
    wrong = [
        f"{i.place}: imports {i.target}"
        for i in imports()
        if i.target.partition(".")[0] in ("model", "experiments", "tests")
        or (inside(i.module).startswith("model.") and inside(i.target).startswith("experiments"))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_product_knows_nothing_of_what_is_not_installed() -> None:
    """Nothing in the wheel imports a study or the generator of the docs."""
    wrong = [
        f"{i.place}: imports {i.target}"
        for i in imports()
        if i.target.partition(".")[0] in NOT_INSTALLED and i.module.partition(".")[0] == NAME
    ]
    assert not wrong, "\n".join(wrong)


def test_packages_are_imported_where_they_belong() -> None:
    """Mesa, drawing, terminal and file libraries stay in the one part that needs them."""
    wrong = [
        f"{i.place}: {i.module} imports {i.target}"
        for i in imports()
        if not matches(inside(i.module), ONLY_IN.get(i.target.partition(".")[0], ("*",)))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_model_neither_prints_nor_opens_files() -> None:
    """model/ is quiet: no print, and files only in the region loader and for packaged data."""
    wrong = []
    for module, path in modules().items():
        if not inside(module).startswith("model"):
            continue
        for node in statements(tree_of(module)):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "print" or (name in OPENING and inside(module) not in MAY_OPEN):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {name}")
    assert not wrong, "\n".join(wrong)


def test_every_class_has_a_name_of_its_own() -> None:
    """A word means one thing: no two classes of the project have the same name."""
    places: dict[str, list[str]] = {}
    for module, path in modules().items():
        for node in ast.walk(tree_of(module)):
            if isinstance(node, ast.ClassDef):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                places.setdefault(node.name, []).append(place)
    assert len(places) > 200
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_the_rules_above_can_fail() -> None:
    """The walk sees imports inside functions, and skips those that only a type checker sees."""
    text = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\n"
        "def f():\n    import b\n"
    )
    names = [n.names[0].name for n in statements(ast.parse(text)) if isinstance(n, ast.Import)]
    assert names == ["b"]
    assert not [n for n in statements(ast.parse(text), at_once=True) if isinstance(n, ast.Import)]
