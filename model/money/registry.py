"""The register of rules and planners: each is one function and one decorator.

    @rule(title="By number of youth", sees="the number of youth", used_by="formula grants")
    def per_youth(view: RecordView) -> FloatArray: ...

    @planner(title="Matched funding", sees="population, poverty share", used_by="matching grants")
    def matched_funding(view: RecordView, mix: FloatArray) -> FloatArray: ...

A rule returns weights, and all of the budget is given by them.  A planner returns dollars by
community and lever, given the mix, and may leave some of the budget.  The type of `view` says who
may know: the record (`RecordView`), with prices and beliefs about responses (`PlanningView`), or
what nobody can know (`OracleView`, `OraclePlanningView`: such a rule is an oracle).
"""

from __future__ import annotations

import inspect
import math
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar, cast

from streetlight.model.arrays import FloatArray
from streetlight.model.calling import explained
from streetlight.model.errors import InputError
from streetlight.model.record.view import OraclePlanningView, OracleView, PlanningView, RecordView

#: From what can be seen to weights (C,), not negative; more keyword arguments may have defaults.
Rule = Callable[..., FloatArray]
R = TypeVar("R", bound=Rule)


@dataclass(frozen=True)
class RuleInfo:
    """A registered rule, and what a reader needs to know about it."""

    name: str
    function: Rule
    title: str
    summary: str  # who gets how much, in one plain sentence
    doc: str
    sees: str  # the columns it uses, in words
    used_by: str  # who allocates like this, in words
    is_oracle: bool  # it sees what no agency can
    spends: bool  # False for the rule that never gives money
    plans: bool  # it returns dollars, not weights


#: Views that a rule can ask for, by name.
VIEWS: Mapping[str, type[RecordView]] = {
    view.__name__: view for view in (RecordView, PlanningView, OracleView, OraclePlanningView)
}

_rules: dict[str, RuleInfo] = {}

#: Every rule by name, in the order of registration.
RULES: Mapping[str, RuleInfo] = MappingProxyType(_rules)

_own_rules: dict[str, RuleInfo] = {}

#: Rules that a policy can name: those of `RULES`, then those of the user's own file of rules.
NAMED_RULES: Mapping[str, RuleInfo] = ChainMap(_rules, _own_rules)


@explained("policies.planner", "; above a function, with its brackets")
def planner(*, title: str, sees: str, used_by: str, summary: str = "") -> Callable[[R], R]:
    """Register the decorated function as a planner, as `rule` does a rule."""
    return rule(title=title, summary=summary, sees=sees, used_by=used_by, plans=True)


@explained("policies.rule", "; above a function, with its brackets")
def rule(
    *,
    title: str,
    sees: str,
    used_by: str,
    summary: str = "",
    spends: bool = True,
    plans: bool = False,
) -> Callable[[R], R]:
    """Register the decorated function as a rule under its own name, and return it unchanged.

    summary: who gets how much, in one plain sentence; by default the docstring's first line.
    InputError when the name is taken by another function or the function has no docstring.
    """

    def register(function: R) -> R:
        name = function.__name__
        taken = _rules.get(name)
        if taken is not None and taken.function.__module__ != function.__module__:
            raise InputError(f'rule "{name}": the name is taken by {taken.function.__module__}')
        if not function.__doc__:
            raise InputError(f'rule "{name}": a rule needs a docstring, it is shown to users')
        doc = inspect.cleandoc(function.__doc__)
        about = summary or doc.partition("\n")[0]
        _rules[name] = RuleInfo(
            name, function, title, about, doc, sees, used_by, sees_oracle(function), spends, plans
        )
        return function

    return register


def take_own(rules: Mapping[str, RuleInfo]) -> None:
    """Let policies name these rules, in the place of other rules of the user's own.

    InputError when a name is that of a built-in rule.
    """
    taken = [f'rule "{name}": is the name of a built-in rule' for name in rules if name in _rules]
    if taken:
        raise InputError(*taken)
    _own_rules.clear()
    _own_rules.update(rules)


def view_of(function: Rule) -> type[RecordView]:
    """What a rule asks to be shown: the type its first argument is declared as.

    A rule made of policies says it itself, as `view_type`; what declares nothing sees the record.
    """
    said = getattr(function, "view_type", None)
    if said is not None:
        return cast("type[RecordView]", said)
    return declared_view(function) or RecordView


def declared_view(function: Rule) -> type[RecordView] | None:
    """The view that a function's first argument is declared as; None where it says nothing."""
    try:
        first = next(iter(inspect.signature(function).parameters.values()), None)
    except (TypeError, ValueError):  # some compiled callables tell nothing about themselves
        return None
    declared = first.annotation if first is not None else ""
    text = declared if isinstance(declared, str) else getattr(declared, "__name__", "")
    return VIEWS.get(text.strip("\"'").rpartition(".")[2])


def sees_oracle(function: Rule) -> bool:
    """Whether a rule asks for what nobody can know."""
    return issubclass(view_of(function), OracleView)


def settings_of(function: Rule) -> dict[str, Any] | None:
    """The keyword-only settings of a rule with their defaults; None when it cannot be told.

    A setting without a default has `inspect.Parameter.empty`.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


#: Least and largest value of the settings of registered rules, by name; a rule of its own range
#: stands with it. Money is in dollars.
RANGES: Mapping[str, tuple[float, float]] = MappingProxyType({
    "added": (0.0, 1e6), "least": (0.001, 1.0), "years": (1.0, 50.0), "prior": (0.0, 1e6),
    "poverty_ratio": (0.01, 100.0), "share_seen": (0.001, 1.0), "hidden_cv": (0.001, 2.0),
    "k": (1.0, 1e6), "least_youth": (0.0, 1e9),
    "kappa": (0.0, 100.0), "floor": (0.0, 1.0), "winners": (0.0, 1e6), "hold_mix": (0.0, 1.0),
    "surveyed": (0.0, 1.0), "respondents": (1.0, 1e6), "survey_years": (0.0, 50.0),
    "half_population": (1e-9, 1e30), "ask": (0.01, 1e5), "least_ask": (0.0, 1e12),
    "most_ask": (1.0, 1e12), "noise": (0.0, 100.0), "effort": (0.01, 1e5), "package": (1.0, 1e12),
    "under_10000": (0.0, 1e6), "under_50000": (0.0, 1e6), "under_250000": (0.0, 1e6),
    "larger": (0.0, 1e6),
})  # fmt: skip


def range_of(function: Rule, setting: str) -> tuple[float, float]:
    """Least and largest value of a rule's setting; any number, of a rule that is not registered."""
    name = getattr(function, "__name__", "")
    if name not in _rules or _rules[name].function is not function:
        return -math.inf, math.inf
    return RANGES.get(f"{name}.{setting}", RANGES.get(setting, (-math.inf, math.inf)))


def in_words(value: Any) -> str:
    """A setting's default as it is shown to users."""
    return "as the agency believes" if value is None else f"{value:,g}"
