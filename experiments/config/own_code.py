"""Rules and metrics of the user's own: `streetlight run FILE --rules my_rules.py`.

The file is Python code that runs with the rights of whoever gives it on the command line, which is
why no experiment file can name one. A rule in it is a function whose first argument is declared as
a view; a metric is a function under `@sl.metric(...)`.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
import traceback
from pathlib import Path
from types import FunctionType, ModuleType

import cloudpickle

from streetlight.experiments.experiment import OwnCode
from streetlight.experiments.labels import pretty
from streetlight.experiments.metrics import METRICS, OWN_METRICS
from streetlight.model.errors import InputError, visible
from streetlight.model.money.asking import TooSlow, answer_in_time, rules_within
from streetlight.model.money.policy import NAME
from streetlight.model.money.registry import VIEWS, RuleInfo, declared_view, sees_oracle, take_own

#: What the file is called as a module, wherever it lies: a rule's module is in the key of its runs.
MODULE = "rules_of_a_user"
#: Seconds that a file may take to define its rules and metrics.
LONGEST_START = 60.0
NONE_IN_IT = (
    "holds no rule and no metric: a rule is a function whose first argument is declared as a view, "
    "as `def my_rule(view: sl.RecordView):`; a metric is one under `@sl.metric(...)`"
)


def take_rules(path: Path | None) -> OwnCode | None:
    """Run a file of rules: until the next one, experiment files can name what it defines.

    None: no file, and nothing of an earlier one can be named. InputError names the file, and the
    line where there is one, when it cannot be read or run, defines nothing, or gives a rule a name
    that is taken or cannot be one.
    """
    take_own({})
    for name in metrics_of_file():
        del OWN_METRICS[name], METRICS[name]
    if path is None:
        return None
    try:
        source = path.read_bytes()
    except OSError as error:
        found = "is a folder" if path.is_dir() else (error.strerror or str(error)).lower()
        raise InputError(f"--rules: {path}: {found}") from None
    module = run_as_module(path, source)
    rules = {one.__name__: one for one in vars(module).values() if is_rule(one, module)}
    metrics = metrics_of_file()
    problems = [] if rules or metrics else [NONE_IN_IT]
    problems += [
        f'rule "{name}": the name of a rule must be lower-case letters, digits and _'
        for name in rules
        if not NAME.fullmatch(name)
    ]
    try:
        take_own({name: info_of(function) for name, function in rules.items()})
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(*(f"--rules: {path}: {one}" for one in problems))
    return OwnCode(path.name, hashlib.sha256(source).hexdigest(), tuple(rules), tuple(metrics))


def run_as_module(path: Path, source: bytes) -> ModuleType:
    """The module that a file makes; what it imports may lie beside it."""
    module = ModuleType(MODULE)
    module.__file__ = str(path.resolve())
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)  # last, so that nothing of ours or of Python's is hidden
    sys.modules[MODULE] = module
    cloudpickle.register_pickle_by_value(module)  # workers cannot import it
    try:
        code = compile(source, module.__file__, "exec")
        with rules_within(LONGEST_START):
            answer_in_time(exec, code, vars(module))
    except TooSlow:
        told = f"--rules: {path}: is not read to its end within {LONGEST_START:g} seconds"
        raise InputError(told) from None
    except SyntaxError as error:
        where = f"{path}:{error.lineno}:{error.offset}" if error.lineno else str(path)
        raise InputError(f"--rules: {where}: {error.msg}") from None
    except (Exception, SystemExit) as error:  # whatever the user's code raises
        steps = traceback.extract_tb(error.__traceback__)
        line = next((one.lineno for one in reversed(steps) if one.filename == module.__file__), 1)
        plain = (f"{type(error).__name__}: {error}",)
        problems = error.problems if isinstance(error, InputError) else plain
        raise InputError(*(f"--rules: {path}:{line}: {visible(one)}" for one in problems)) from None
    return module


def metrics_of_file() -> list[str]:
    """Names of the metrics that a file of rules has defined."""
    return [
        n for n, one in OWN_METRICS.items() if getattr(one.function, "__module__", "") == MODULE
    ]


def is_rule(value: object, module: ModuleType) -> bool:
    """Whether a value of a module is a rule: a public function of its own that asks for a view."""
    return (
        isinstance(value, FunctionType)
        and value.__module__ == module.__name__
        and not value.__name__.startswith("_")
        and declared_view(value) is not None
    )


def info_of(function: FunctionType) -> RuleInfo:
    """What there is to know of an own rule; one that is handed a mix as well is a planner."""
    doc = inspect.cleandoc(function.__doc__ or "")
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    given = [p for p in inspect.signature(function).parameters.values() if p.kind in kinds]
    view = declared_view(function)
    sees = next(name for name, one in VIEWS.items() if one is view)
    return RuleInfo(
        function.__name__, function, pretty(function.__name__), doc.partition("\n")[0], doc,
        f"a {sees}", "nobody yet", sees_oracle(function), spends=True, plans=len(given) > 1,
    )  # fmt: skip
