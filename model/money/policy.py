"""A policy: a rule (who gets money), a lever mix (for what) and a budget."""

from __future__ import annotations

import inspect
import math
import operator
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np

from streetlight.model.advice import number_advice, share_advice
from streetlight.model.arrays import ByteArray, FloatArray
from streetlight.model.errors import InputError, did_you_mean
from streetlight.model.money.asking import TooSlow, answer_in_time, is_own
from streetlight.model.money.mixes import DEFAULT_MIX, checked_shares
from streetlight.model.money.registry import Rule, range_of, settings_of, view_of
from streetlight.model.names import CLASSES, LEVER_NAMES
from streetlight.model.record.view import OracleView, RecordView

#: Who buys together: every community its own, or the small ones of an investigation region.
Teams = Literal["own", "regional"]
TEAMS: tuple[Teams, ...] = get_args(Teams)

#: A budget in dollars per resident per year that is no slip of the pen is far below this.
MOST_DOLLARS = 100_000.0

#: A policy's name is part of a run's id and of file names.
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class PolicyError(InputError):
    """A policy that cannot be used, or a rule that returned what cannot be allocated."""


class OwnMoney(ABC):
    """A rule that knows itself how much it spends: a blend, a schedule, a table of dollars."""

    @abstractmethod
    def changes(self) -> Collection[int]:
        """Policy years from which on its budget may be another; the first is 0."""

    @abstractmethod
    def budget_in(self, year: int) -> float:
        """Dollars per resident in a policy year."""

    @abstractmethod
    def dollars_in(self, year: int, ids: Sequence[str], population: FloatArray) -> float:
        """Dollars in a policy year over these communities, (C,) both."""

    @abstractmethod
    def with_budget(self, budget: float) -> Rule:
        """The same with another budget, in every year in which it spends."""


@dataclass(frozen=True)
class Policy:
    """Who gets how much for what, a year at a time.

    name: lower-case letters, digits, _ and -; rule: from a view to weights (C,), any importable
    callable; mix: lever name to share of a community's dollars, sum 1; budget: dollars per resident
    per year, 0 or more; budgets: from policy year (0 the first) to the budget from then on, in the
    place of one budget, which is then the largest of them; class_mixes: class of place ("rural") to
    a mix of its own, not for planners; plans: whether the rule is a planner, called with the mix's
    shares (L,) and returning dollars (C, L); version: text to change when a rule of your own reads
    a file, or calls an installed package, that changed (its code is looked at anyway); settings:
    values of the rule's keyword arguments; teams: "own", every community buys alone, or "regional",
    the small communities that share investigators buy together (docs/model.md, section 10);
    view_type: what the rule asks to be shown, and uses_oracle: whether that is what nobody can know
    (read off the rule, not set).

    PolicyError, which is an InputError, lists everything wrong with these.

    >>> def towns_and_rural(view: sl.RecordView) -> np.ndarray:
    ...     return np.where(view.place_class >= sl.PlaceClass.TOWN, view.youth, 0.0)
    >>> sl.Policy("towns_and_rural", towns_and_rural, {"training": 1.0}, budget=0.25)
    <Policy towns_and_rural: 0.25 dollars per resident a year, training 100%>
    >>> sl.Policy("mine", towns_and_rural, budget=-1.0)
    Traceback (most recent call last):
    streetlight.model.money.policy.PolicyError: policy "mine": budget: -1.0: must be dollars ...
    """

    name: str
    rule: Rule
    mix: Mapping[str, float] = field(default_factory=lambda: DEFAULT_MIX, hash=False)
    budget: float = 0.5
    version: str = "1"
    settings: Mapping[str, float] = field(default_factory=dict, hash=False)
    plans: bool = False
    teams: Teams = "own"
    budgets: Mapping[int, float] = field(default_factory=dict, hash=False)
    class_mixes: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)
    view_type: type[RecordView] = field(init=False, hash=False)
    uses_oracle: bool = field(init=False)

    def __post_init__(self) -> None:
        problems = list(_problems(self.name, self.rule, self.budget, self.settings))
        problems += _problems_of_budgets(self.budgets)
        if self.teams not in TEAMS:
            advice = did_you_mean(str(self.teams), TEAMS)
            problems.append(f"teams: {self.teams!r}: must be one of: {', '.join(TEAMS)}{advice}")
        mixes = {"": self.mix, **self.class_mixes}
        for place, mix in mixes.items():
            try:
                mixes[place] = checked_shares(mix)
            except InputError as error:
                problems += [f"{place}: {text}" if place else text for text in error.problems]
        problems += _problems_of_classes(self)
        if self.budgets and isinstance(self.rule, OwnMoney):
            problems.append("budgets: the rule knows how much it spends, year by year")
        if problems:
            raise PolicyError(*(f'policy "{self.name}": {problem}' for problem in problems))
        object.__setattr__(self, "mix", mixes.pop(""))
        object.__setattr__(self, "class_mixes", MappingProxyType(mixes))
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))
        self._settle_budget()
        object.__setattr__(self, "view_type", view_of(self.rule))
        object.__setattr__(self, "uses_oracle", issubclass(self.view_type, OracleView))

    def _settle_budget(self) -> None:
        """One budget for all: what a rule knows itself follows it, or gives it."""
        budgets = {year: float(self.budgets[year]) for year in sorted(self.budgets)}
        budget = max(budgets.values(), default=float(self.budget))
        if isinstance(self.rule, OwnMoney):
            if budget != most(self.rule):
                object.__setattr__(self, "rule", self.rule.with_budget(budget))
            budget = most(self.rule)
        object.__setattr__(self, "budgets", MappingProxyType(budgets))
        object.__setattr__(self, "budget", budget)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the constructor: the read-only mappings cannot be pickled."""
        mix, settings, budgets = dict(self.mix), dict(self.settings), dict(self.budgets)
        class_mixes = {place: dict(mix) for place, mix in self.class_mixes.items()}
        return Policy, (
            self.name, self.rule, mix, self.budget, self.version, settings, self.plans, self.teams,
            budgets, class_mixes,
        )  # fmt: skip

    def __repr__(self) -> str:
        dollars = f"{self.budget:g} dollars per resident a year"
        if len({self.budget_in(year) for year in self.changes()}) > 1:
            dollars = f"at most {dollars}"
        bought = ", ".join(f"{name} {share:.0%}" for name, share in self.mix.items() if share)
        bought += "; ".join(["", *(f"another mix in {place}" for place in self.class_mixes)])
        own = hasattr(self.rule, "parts")  # which have mixes of their own
        return f"<Policy {self.name}: {dollars}{'' if own or not self.budget else ', ' + bought}>"

    @property
    def mix_shares(self) -> FloatArray:
        """Share of dollars by lever (L,), in the order of `LEVER_NAMES`; sums to 1."""
        return shares_of(self.mix)

    def changes(self) -> Collection[int]:
        """Policy years from which on its budget may be another; the first is 0."""
        return self.rule.changes() if isinstance(self.rule, OwnMoney) else [0, *self.budgets]

    def budget_in(self, year: int) -> float:
        """Dollars per resident in a policy year, 0 the first."""
        if isinstance(self.rule, OwnMoney):
            return self.rule.budget_in(year)
        began = [first for first in self.budgets if first <= year]
        return self.budgets[max(began)] if began else self.budget

    def dollars_in(self, year: int, ids: Sequence[str], population: FloatArray) -> float:
        """Dollars in a policy year over these communities; ids, population: (C,)."""
        if isinstance(self.rule, OwnMoney):
            return self.rule.dollars_in(year, ids, population)
        return self.budget_in(year) * float(population.sum())

    def split(self, dollars: FloatArray, place_class: ByteArray) -> FloatArray:
        """Dollars (C, L) by the mix of each community's class; dollars: (C,)."""
        if not self.class_mixes:
            return np.outer(dollars, self.mix_shares)
        by_class = [
            shares_of(self.class_mixes[place]) if place in self.class_mixes else self.mix_shares
            for place in CLASSES
        ]
        return np.asarray(dollars[:, None] * np.array(by_class)[place_class])

    def description(self) -> dict[str, Any]:
        """Everything that tells this policy from another, as plain values for a manifest or key."""
        where = getattr(self.rule, "__module__", type(self.rule).__module__)
        what = getattr(self.rule, "__qualname__", type(self.rule).__qualname__)
        return {
            "name": self.name,
            "rule": f"{where}:{what}",
            "version": self.version,
            "mix": dict(self.mix),
            "budget": self.budget,
            "settings": {**(settings_of(self.rule) or {}), **self.settings},
            "plans": self.plans,
            "teams": self.teams,
            "uses_oracle": self.uses_oracle,
            **({"budgets": {str(y): b for y, b in self.budgets.items()}} if self.budgets else {}),
            **({"class_mixes": self._by_class()} if self.class_mixes else {}),
            **(self.rule.description() if hasattr(self.rule, "description") else {}),
        }

    def _by_class(self) -> dict[str, dict[str, float]]:
        """The mixes of classes of place, and that of the others, as plain values."""
        return {**{place: dict(mix) for place, mix in self.class_mixes.items()},
                "others": dict(self.mix)}  # fmt: skip

    def allocate(self, view: RecordView) -> FloatArray:
        """Dollars (C, L) for this year: the view's budget by the rule's weights and the mix.

        A planner's dollars are its own, at most the budget.  Without a budget nothing is asked of
        the rule. PolicyError naming policy, period, community and value when the rule fails or what
        it returns is not finite, negative, too few or too much.
        """
        shape = (view.n_communities, len(LEVER_NAMES))
        if view.budget_dollars == 0.0:
            return np.zeros(shape)
        if self.plans:
            return self._plan(view, shape)
        weights = self._weights(view)
        weights = weights / weights.max()  # so that the sum stays finite
        shares = weights / math.fsum(weights)
        return self.split(view.budget_dollars * shares, view.place_class)

    def _weights(self, view: RecordView) -> FloatArray:
        """The rule's weights (C,), checked."""
        weights = self._answer(view, "weights", "one a community", (view.n_communities,))
        if not weights.any():
            raise PolicyError(
                f"{self._where(view)}: the weight of every community is 0: nobody to give "
                f"{view.budget_dollars:,.0f} dollars to"
            )
        return weights

    def _plan(self, view: RecordView, shape: tuple[int, int]) -> FloatArray:
        """A planner's dollars (C, L), checked; what rounding adds to the budget is taken off."""
        if getattr(self.rule, "by_community", False):
            own = self._answer(view, "dollars", "one a community", shape[:1])
            dollars = self.split(own, view.place_class)
        else:
            dollars = self._answer(view, "dollars", "one a community and lever", shape)
        total = math.fsum(dollars.ravel())
        if total > view.budget_dollars * (1.0 + 1e-9):
            raise PolicyError(
                f"{self._where(view)}: allocates {total:,.2f} dollars: must be at most the budget "
                f"of {view.budget_dollars:,.2f}"
            )
        return dollars * min(1.0, view.budget_dollars / total) if total else dollars

    def _where(self, view: RecordView) -> str:
        return f'policy "{self.name}", period {view.period}'

    def _asked(self, view: RecordView) -> FloatArray:
        """What the rule answers; one of the user's own is asked twice in its first year."""
        given = (view, self.mix_shares) if self.plans else (view,)
        where, own = self._where(view), is_own(self.rule)
        ask = answer_in_time if own else operator.call
        twice = 2 if own and view.period == 0 else 1
        try:
            asked = [ask(self.rule, *given, **self.settings) for _ in range(twice)]
            if odd := _odd(asked[0], view.ids):
                raise PolicyError(f"{where}: {odd}")
            answers = [np.array(one).astype(np.float64) for one in asked]
        except PolicyError:
            raise
        except TooSlow as error:
            raise PolicyError(
                f"{where}: the rule {error}; --rule-seconds (in Python rule_seconds) gives it more"
            ) from error
        except (Exception, SystemExit) as error:  # whatever a rule of the user's raises: say where
            raise PolicyError(f"{where}: the rule failed: {error!r}") from error
        if not np.array_equal(answers[0], answers[-1], equal_nan=True):
            raise PolicyError(f"{where}: {_differs(*answers)}")
        return answers[0]

    def _answer(
        self, view: RecordView, what: str, wanted: str, shape: tuple[int, ...]
    ) -> FloatArray:
        """What the rule returns, of this shape, finite and not negative."""
        where = self._where(view)
        if self.uses_oracle != isinstance(view, OracleView) or not isinstance(view, self.view_type):
            plain = self.view_type is RecordView
            shown = "the public record only" if plain else f"the {self.view_type.__name__} it names"
            raise PolicyError(f"{where}: the rule is to be shown {shown}")
        answer = self._asked(view)
        if answer.shape != shape:
            raise PolicyError(f"{where}: {what} of shape {answer.shape}: must be {wanted}, {shape}")
        wrong = np.argwhere(~(np.isfinite(answer) & (answer >= 0.0)))
        if len(wrong):
            first = tuple(wrong[0])
            lever = f', lever "{LEVER_NAMES[first[1]]}"' if len(first) > 1 else ""
            more = f" (and {len(wrong) - 1:,} more)" if len(wrong) > 1 else ""
            raise PolicyError(
                f'{where}, community "{view.ids[first[0]]}"{lever}: {what.removesuffix("s")} '
                f"{float(answer[first])!r}: must be finite, 0 or more{more}"
            )
        return answer


def _odd(answer: Any, ids: Sequence[str]) -> str:
    """Why numbers would be taken for what they are not: rows of pandas, masks, complex numbers."""
    if hasattr(answer, "iloc") and [*answer.index] not in ([*range(len(ids))], [*ids]):
        return ("answers with rows of pandas in another order than the view's: put them in the "
                "order of view.ids")  # fmt: skip
    if np.ma.is_masked(answer):
        return "answers with masked values: fill them"
    return "answers with complex numbers" if np.iscomplexobj(answer) else ""


def shares_of(mix: Mapping[str, float]) -> FloatArray:
    """Share of dollars by lever (L,), in the order of `LEVER_NAMES`; sums to 1."""
    total = math.fsum(mix.values())
    return np.array([mix.get(name, 0.0) / total for name in LEVER_NAMES])


def most(rule: OwnMoney) -> float:
    """Dollars per resident in the year in which a rule spends most."""
    return max(rule.budget_in(year) for year in rule.changes())


def _problems_of_budgets(budgets: Mapping[int, float]) -> list[str]:
    """What is wrong with budgets by year."""
    problems = []
    if budgets and 0 not in budgets:
        problems.append("budgets: the first policy year, 0, is missing")
    for year, budget in budgets.items():
        if not isinstance(year, int) or isinstance(year, bool) or year < 0:
            problems.append(f"budgets: {year!r}: must be a policy year, 0 the first")
        if not _is_number(budget) or budget < 0:
            allowed = "must be dollars per resident per year, 0 or more"
            problems.append(f"budgets: {year!r}: {budget!r}: {allowed}")
    return problems


def _problems_of_classes(policy: Policy) -> list[str]:
    """What is wrong with the classes that have mixes of their own."""
    problems = [
        f'class_mixes: no class of place is called "{place}"{did_you_mean(str(place), CLASSES)}: '
        f"there are {', '.join(CLASSES)}"
        for place in policy.class_mixes
        if place not in CLASSES
    ]
    if policy.class_mixes and policy.plans and not getattr(policy.rule, "by_community", False):
        problems.append("class_mixes: a planner has one mix, or chooses what it buys")
    return problems


def _differs(answer: FloatArray, again: FloatArray) -> str:
    """What is said of a rule that gives two answers to one view."""
    found = "of other shapes"
    if answer.shape == again.shape:
        first = tuple(np.argwhere(~((answer == again) | np.isnan(answer) & np.isnan(again)))[0])
        found = f"{float(answer[first]):.6g}, then {float(again[first]):.6g}"
    return (
        f"the rule was asked twice on one view and gave two answers ({found}): it must depend on "
        "its view alone, not on the time, a count or luck of its own; for luck: view.uniforms"
    )


def _problems(name: Any, rule: Any, budget: Any, settings: Mapping[str, float]) -> list[str]:
    """What is wrong with a policy's parts, the mix apart."""
    problems = []
    if not (isinstance(name, str) and NAME.fullmatch(name)):
        problems.append("name: lower-case letters, digits, _ and -, at most 64 of them")
    if not callable(rule):
        shown = f'"{rule.name}" is a policy already' if isinstance(rule, Policy) else repr(rule)
        return [*problems, f"rule: {shown}: must be callable"]
    if not _is_number(budget) or budget < 0:
        allowed = f"must be dollars per resident per year, 0 or more{number_advice(budget)}"
        problems.append(f"budget: {budget!r}: {allowed}")
    elif budget > MOST_DOLLARS:
        problems.append(f"budget: {budget!r}: must be at most {MOST_DOLLARS:,.0f} dollars")
    known = settings_of(rule)
    for setting, default in (known or {}).items():
        if default is inspect.Parameter.empty and setting not in settings:
            problems.append(f"{setting}: the rule needs this setting")
    for setting, value in settings.items():
        if known is not None and setting not in known:
            problems.append(f'no setting is called "{setting}"{did_you_mean(setting, known)}')
        elif not _is_number(value):
            advice = number_advice(value)
            problems.append(f"{setting}: {value!r}: must be a finite number{advice}")
        else:
            low, high = range_of(rule, setting)
            if not low <= value <= high:
                advice = share_advice(value) if high == 1.0 else ""
                allowed = f"must lie between {low:,g} and {high:,.12g}{advice}"
                problems.append(f"{setting}: {value!r}: {allowed}")
    return problems


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
