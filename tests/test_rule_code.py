"""An edited rule is another rule: results are kept by what a rule does, not by its name alone."""

from __future__ import annotations

import functools
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_engine import small_experiment

from streetlight.experiments.running.rule_code import rule_hash
from streetlight.experiments.running.runner import run
from streetlight.model.errors import InputError
from streetlight.model.money.combine import blend, schedule
from streetlight.model.money.policies import Policy, build

Rule = Callable[..., Any]

#: A rule and all that it uses, as a user would write it; the tests edit a line of it.
SOURCE = """
import functools
from dataclasses import dataclass

import numba
import numpy as np

FLOOR = 1.0
TABLE = {"large": (1, 2.0), "small": frozenset({"b", "a", "c"})}


def helper(x):
    return other(x) + FLOOR


def other(x):
    return x if x is FLOOR else helper_of_helper(x, TABLE["large"])


def helper_of_helper(x, pair):
    return np.sqrt(x) * pair[1] if len(pair) else helper(x)


@functools.lru_cache
def kept(n):
    return 0.5 * n


@numba.njit
def compiled(x):
    return x + 0.25


@dataclass(frozen=True)
class Slope:
    by: float = 2.0

    def of(self, x):
        return self.by * x


SLOPE = Slope()


def rule(view, *, power=1.0):
    def inner(x):
        return x ** power if 7 in {7, 8} else x
    try:
        return inner(helper(view.population)) + kept(3) + compiled(0.5) + SLOPE.of(1.0)
    except ZeroDivisionError:
        return view.youth
"""

#: Edits of SOURCE, each in a line that the rule uses: directly, through others, or in its head.
EDITS = {
    "its own code": ("x ** power if", "x * power if"),
    "a constant of an inner function": ("7 in {7, 8}", "7 in {7, 9}"),
    "a default": ("power=1.0", "power=2.0"),
    "an error that it catches": ("ZeroDivisionError", "OverflowError"),
    "an attribute that it reads": ("view.youth", "view.keys"),
    "a helper": ("other(x) + FLOOR", "other(x) - FLOOR"),
    "a helper's helper": ("np.sqrt(x)", "np.cbrt(x)"),
    "a number of the module": ("FLOOR = 1.0", "FLOOR = 1.5"),
    "a table of the module": ("(1, 2.0)", "(1, 2.5)"),
    "a set in a table": ('"c"}', '"d"}'),
    "a function that is cached": ("0.5 * n", "0.6 * n"),
    "a function that is compiled": ("x + 0.25", "x + 0.5"),
    "a field of an object": ("by: float = 2.0", "by: float = 3.0"),
    "a method of an object": ("self.by * x", "self.by + x"),
}


def made(source: str, name: str = "rule") -> Rule:
    """The rule that source code defines, made afresh."""
    space: dict[str, Any] = {"__name__": "rules_of_a_user"}
    exec(compile(source, "<typed in>", "exec"), space)
    rule: Rule = space[name]
    return rule


@pytest.fixture(autouse=True)
def _module_of_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module for `dataclass` to look names up in."""
    monkeypatch.setitem(sys.modules, "rules_of_a_user", type(sys)("rules_of_a_user"))


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_of_whatever_a_rule_uses_changes_its_hash(what: str) -> None:
    """Code, constants, defaults, helpers, tables and objects are all in the hash."""
    old, new = EDITS[what]
    assert SOURCE.count(old) == 1
    assert rule_hash(made(SOURCE)) != rule_hash(made(SOURCE.replace(old, new)))


def test_what_a_rule_does_not_use_leaves_its_hash_alone() -> None:
    """Comments, blank lines, another function and running it once change nothing."""
    rule = made(SOURCE)
    before = rule_hash(rule)
    moved = "# a comment\n\n\ndef unused():\n    return 1\n" + SOURCE
    assert rule_hash(made(moved)) == before
    rule(small_experiment().region)
    assert rule_hash(rule) == before


def test_another_process_finds_the_same_hash(tmp_path: Path) -> None:
    """Neither addresses nor the order of sets, which differ between processes, are in the hash."""
    (tmp_path / "rules_in_a_file.py").write_text(SOURCE)
    code = (
        "import rules_in_a_file as r;"
        "from streetlight.experiments.running.rule_code import rule_hash;"
        "print(rule_hash(r.rule))"
    )
    found = set()
    for seed in ("1", "2", "3"):
        root = Path(__file__).parent.parent
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": f"{tmp_path}:{root}", "PATH": ""}
        answer = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True,
            check=True, cwd=tmp_path,
        )  # fmt: skip
        found.add(answer.stdout)
    assert len(found) == 1


def test_a_module_of_helpers_is_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper reached as `module.function` counts as one that is imported by name."""
    monkeypatch.syspath_prepend(tmp_path)
    found = set()
    for value in ("1.0", "2.0"):
        (tmp_path / "helpers_of_a_user.py").write_text(f"def weigh(x):\n    return x + {value}\n")
        monkeypatch.delitem(sys.modules, "helpers_of_a_user", raising=False)
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        source = "import helpers_of_a_user as h\ndef rule(view):\n    return h.weigh(view.youth)\n"
        found.add(rule_hash(made(source)))
    assert len(found) == 2


def by(factor: Any) -> Rule:
    """A rule that holds a value in its closure."""
    return lambda view: factor * view.youth


@dataclass(frozen=True)
class Weighted:
    """A rule that is an object with state."""

    weights: Any

    def __call__(self, view: Any) -> Any:
        """Weights of its own."""
        return self.weights


def test_what_a_rule_holds_is_in_its_hash() -> None:
    """Closures, arrays, arguments given in advance and the state of an object count by value."""
    one, other = np.arange(4.0), np.array([0.0, 1.0, 2.0, 4.0])
    for make in (by, Weighted, lambda value: functools.partial(np.multiply, value)):
        assert rule_hash(make(one)) == rule_hash(make(one.copy()))
        assert rule_hash(make(one)) != rule_hash(make(other))
        assert len({rule_hash(make(value)) for value in (1, 1.0, True, "1", b"1", None)}) == 6
    assert rule_hash(by({"a": [1, 2]})) != rule_hash(by({"a": [1, 3]}))


@pytest.mark.parametrize("whole", ["blend", "schedule"])
def test_a_part_of_a_policy_counts_for_the_whole(whole: str) -> None:
    """An edit of a rule changes whatever blend or schedule it is a part of."""
    found = []
    for source in (SOURCE, SOURCE, SOURCE.replace("FLOOR = 1.0", "FLOOR = 1.5")):
        own, first = Policy("own", made(source)), build("per_youth")
        if whole == "blend":
            policy = blend({first: 0.5, own: 0.5}, name="whole")
        else:
            policy = schedule({0: first, 2: own}, name="whole")
        found.append(rule_hash(policy.rule))
    assert found[0] == found[1] != found[2]


def test_two_things_that_hold_each_other_come_to_an_end() -> None:
    """A rule that reads a table in which it stands itself is followed once."""
    source = "RULES = {}\ndef rule(view):\n    return len(RULES) + {}\nRULES['own'] = rule\n"
    found = {rule_hash(made(source.replace("+ {}", f"+ {n}"))) for n in (1, 2)}
    assert len(found) == 2


def test_what_cannot_be_told_apart_is_refused() -> None:
    """A lock has no content to keep results by: the message names its type and the policy."""
    experiment = small_experiment(policies=(Policy("own", by(threading.Lock())),))
    with pytest.raises(InputError, match=r'policy "own": the rule uses .* type _thread\.lock'):
        run(experiment, Path("never_written"), workers=1)


def test_an_edited_rule_is_run_again(tmp_path: Path) -> None:
    """Into the same folder: a rule made again keeps all results, an edited one none of its own."""
    source = textwrap.dedent("""
        def share(view):
            return view.youth

        def rule(view):
            return 1.0 + share(view)
    """)
    other = source.replace("return view.youth", "return view.population")
    experiment = small_experiment(horizon=1)

    def done(code: str) -> tuple[int, int]:
        own = replace(experiment, policies=(Policy("own", made(code)),))
        result = run(own, tmp_path / "own", workers=1, figures="none")
        assert not result.failures
        return result.n_kept, result.n_done

    assert done(source) == (0, 8)  # with the baseline: two futures of two replicates
    assert done(f"# typed in again\n{source}") == (8, 0)
    assert done(other) == (4, 4)  # the baseline's are kept
    assert done(source) == (8, 0)  # the first rule's are taken back
