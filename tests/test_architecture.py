"""Who may import whom. Each test names the line that breaks the rule."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent

#: From the ground up. A module may import from its own layer and from those before it.
LAYERS: list[tuple[str, ...]] = [
    ("model.text",),
    ("model.errors", "model.clock", "model.columns", "model.lever_names"),
    ("model.kernel_files",),
    ("model.compiled",),
    ("model.parameters", "model.parameters.*", "model.draws", "model.beliefs", "model.record_view"),
    ("model.region", "model.region_*"),
    ("model.policies", "model.policies.*", "model.levers", "model.levers_page", "model.hazards"),
    ("model.expect*", "model.ascertainment", "model.rates", "model.shocks"),
    ("model.conditions",),
    ("model.victimization", "model.spells", "model.encounters", "model.disclosure"),
    ("model.reporting", "model.assessment", "model.services", "model.recording"),
    ("model.surveys",),
    ("model.world", "model.hotline", "model.case_files"),
    ("model.history",),
    ("model.allocation",),
    ("model.simulation",),
    ("model.outcomes", "model.outcome_*", "model.agents", "model.agent_*", "model.youth_view"),
    (
        "experiments.labels",
        "experiments.metrics",
        "experiments.config.yaml_tree",
        "experiments.config.yaml_reader",
        "experiments.running.progress",
    ),
    ("experiments.distributions",),
    ("experiments.schema.types", "experiments.sampling", "experiments.config.files"),
    ("experiments.schema.futures", "experiments.schema.policies"),
    ("experiments.schema.experiment_file",),
    ("experiments.schema.json_schema", "experiments.schema.names", "experiments.schema.page"),
    ("experiments.experiment", "experiments.future_words"),
    (
        "experiments.config",
        "experiments.config.loading",
        "experiments.config.checks",
        "experiments.config.policies",
        "experiments.config.futures",
        "experiments.config.sampled",
        "experiments.config.shocks",
        "experiments.schema",
    ),
    ("experiments.running.rule_code",),
    ("experiments.running.design", "experiments.studies.calibration*"),
    ("experiments.running.replication", "experiments.running.executors"),
    ("experiments.running.reading",),
    ("experiments.running.store", "experiments.running.tables", "experiments.design_table"),
    ("experiments.running.cells", "experiments.running.probe"),
    ("experiments.running.plan",),
    ("experiments.running.workers", "experiments.running.manifest"),
    ("experiments.comparison", "experiments.comparison.*"),
    ("experiments.studies.league", "experiments.studies.coverage"),
    ("experiments.drivers", "experiments.drivers.*"),
    ("experiments.figures", "experiments.figures.*"),
    ("experiments.running.precision", "experiments.results"),
    ("experiments.running.replay",),
    ("experiments.report", "experiments.report.*"),
    ("experiments.running", "experiments.running.runner"),
    ("experiments.studies", "experiments.studies.control*"),
    ("experiments.explorer", "experiments.explorer.*"),
    ("experiments.commands", "experiments.commands.*"),
    ("experiments.cli",),
    ("experiments.__main__",),
]

#: All that a policy may reach, directly or not: nothing of the truth, nothing of its parameters.
POLICY_MAY_REACH = (
    "model", "model.beliefs", "model.errors", "model.lever_names", "model.record_view",
    "model.policies", "model.policies.*", "model.text",
)  # fmt: skip

#: Packages that one part of the code alone may import.
ONLY_IN = {
    # the explorer's page is built of Mesa's inputs; what it shows is read in modules without Mesa
    "mesa": ("model.agents", "model.agent_*", "model.youth_view", "experiments.explorer.page"),
    "solara": ("experiments.explorer.page", "experiments.explorer.server"),
    "uvicorn": ("experiments.explorer.server",),
    "matplotlib": ("experiments.figures", "experiments.figures.*"),
    "rich": ("experiments.running.progress", "experiments.commands.*"),
    "typer": ("experiments.cli", "experiments.commands.options"),
    "ruamel": ("experiments.config.yaml_reader",),
    "pyarrow": ("experiments.*",),
    "numba": ("model.*",),
    "pandas": ("experiments.results",),
    "distributed": ("experiments.running.executors",),
    "SALib": ("experiments.drivers.morris_sobol",),
    "sklearn": ("experiments.drivers.cart",),
}

#: Modules of model/ that may open files: the region loader and packaged data.
MAY_OPEN = (
    "model.region_file", "model.levers", "model.compiled", "model.kernel_files",
    "model.parameters.sources",
)  # fmt: skip
OPENING = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "savez", "loadtxt"}


class Import(NamedTuple):
    """One import: who, where, what."""

    module: str
    place: str
    target: str


@cache
def modules() -> dict[str, Path]:
    """Every module of the two packages by name; the scripts beside the data are none."""
    found = {}
    for package in ("model", "experiments"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "data" not in parts:
                name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                found[name] = path
    return found


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a module is meant by one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def statements(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker sees, or that run only as a script."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and any(
            word in ast.unparse(node.test) for word in ("TYPE_CHECKING", "__main__")
        ):
            continue
        yield node
        yield from statements(node)


@cache
def imports() -> list[Import]:
    """Every import of every module, also those inside functions."""
    found = []
    for module, path in modules().items():
        for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
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
            found += [Import(module, place, target) for target in targets]
    return found


def layer(module: str) -> int:
    """Which layer a module stands in."""
    found = [i for i, patterns in enumerate(LAYERS) if matches(module, patterns)]
    assert len(found) == 1, f"{module} stands in {len(found)} layers; give it one in LAYERS"
    return found[0]


def own() -> list[Import]:
    """Imports between our modules; the two package roots, which import lazily, are left out."""
    roots = ("model", "experiments")
    return [i for i in imports() if i.target in modules() and not {i.module, i.target} & set(roots)]


def test_every_module_has_a_layer() -> None:
    """A new module has to say where it belongs."""
    for module in modules():
        if module not in ("model", "experiments"):
            layer(module)


def test_imports_go_down() -> None:
    """No module imports from a layer above its own."""
    wrong = [
        f"{i.place}: {i.module} imports {i.target}, which stands above it"
        for i in own()
        if layer(i.target) > layer(i.module)
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


def test_no_policy_can_reach_the_truth() -> None:
    """Whatever model.policies imports, step by step, is public."""
    reached = {"model.policies"}
    frontier = ["model.policies", *(m for m in modules() if m.startswith("model.policies."))]
    wrong = []
    while frontier:
        module = frontier.pop()
        for one in imports():
            if one.module != module or one.target in reached or one.target not in modules():
                continue
            reached.add(one.target)
            if matches(one.target, POLICY_MAY_REACH):
                frontier.append(one.target)
            else:
                wrong.append(f"{one.place}: a policy can reach {one.target} here")
    assert not wrong, "\n".join(wrong)


def test_importing_policies_loads_neither_mesa_nor_the_truth() -> None:
    """A fresh interpreter that imports model.policies has only public modules of ours loaded."""
    code = "import sys, model.policies; print(*sys.modules, sep='\\n')"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = answer.stdout.split()
    assert "model.policies" in loaded
    assert [m for m in loaded if m.startswith("model") and not matches(m, POLICY_MAY_REACH)] == []
    assert [m for m in loaded if m.partition(".")[0] in ("mesa", "numba", "experiments")] == []


def test_the_model_knows_nothing_of_experiments() -> None:
    """model/ imports neither experiments/ nor tests/."""
    wrong = [
        f"{i.place}: imports {i.target}"
        for i in imports()
        if i.module.partition(".")[0] == "model"
        and i.target.partition(".")[0] in ("experiments", "tests")
    ]
    assert not wrong, "\n".join(wrong)


def test_packages_are_imported_where_they_belong() -> None:
    """Mesa, drawing, terminal and file libraries stay in the one part that needs them."""
    wrong = [
        f"{i.place}: {i.module} imports {i.target}"
        for i in imports()
        if not matches(i.module, ONLY_IN.get(i.target.partition(".")[0], ("*",)))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_model_neither_prints_nor_opens_files() -> None:
    """model/ is quiet: no print, and files only in the region loader and for packaged data."""
    wrong = []
    for module, path in modules().items():
        if not module.startswith("model"):
            continue
        for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "print" or (name in OPENING and module not in MAY_OPEN):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {name}")
    assert not wrong, "\n".join(wrong)


def test_the_rules_above_can_fail() -> None:
    """The walk sees imports inside functions, and skips those that only a type checker sees."""
    text = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\n"
        "def f():\n    import b\n"
    )
    names = [n.names[0].name for n in statements(ast.parse(text)) if isinstance(n, ast.Import)]
    assert names == ["b"]
