"""Budgets and mixes as an experiment file says them, for all policies or for one of them.

A list in the place of a budget or a mix is an axis: it makes as many policies.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from streetlight.experiments.config.yaml_tree import Node, any_broken, note
from streetlight.experiments.schema.experiment_file import ExperimentFile
from streetlight.experiments.schema.policies import PolicyChoice
from streetlight.model.advice import share_advice
from streetlight.model.errors import InputError, Problems, did_you_mean
from streetlight.model.money.mixes import checked_shares
from streetlight.model.money.policies import DEFAULT_BUDGET, MIXES, AnyMix
from streetlight.model.names import CLASSES


class Money(NamedTuple):
    """How much there is, and for what, where a policy says nothing else.

    budget: dollars per resident per year, or policy years to those from then on; mix: None where it
    cannot be used, which was noted; class_mixes: of classes that have a mix of their own.
    """

    budget: float | Mapping[int, float]
    mix: AnyMix | None
    class_mixes: Mapping[str, AnyMix]


#: Combinations of the values of lists: each is built, described and named apart.
MOST_POINTS = 200

#: What there is where a file says nothing.
USUAL = Money(DEFAULT_BUDGET, "balanced", {})


class AxisPoint(NamedTuple):
    """One combination of the values of all axes; axes: the key of each, with its value."""

    money: Money
    axes: dict[str, Any]


def points(
    node: Node,
    said: ExperimentFile | PolicyChoice,
    otherwise: Money,
    horizon: int,
    problems: Problems,
) -> list[AxisPoint]:
    """Every combination of budgets and mixes that a mapping of the file gives; one without axes."""
    if said.budgets is not None:
        check_years(node, said, horizon, problems)
    budgets = budgets_of(node, said, otherwise, problems)
    mixes = mixes_of(node, said, otherwise, problems)
    if (n := len(budgets) * len(mixes)) > MOST_POINTS:
        allowed = f"at most {MOST_POINTS} combinations of budgets and mixes"
        key = "budget" if len(budgets) > 1 else "mix"
        note(problems, node.at((key,))[0], key, f"{n:,}", allowed)
        budgets, mixes = budgets[:1], mixes[:1]
    own = said.class_mixes is not None
    keeps = not own and (isinstance(said, ExperimentFile) or said.mix is None)
    by_class = otherwise.class_mixes if keeps else {}
    if own:
        by_class = checked_class_mixes(node.get("class_mixes"), problems)
    return [
        AxisPoint(Money(budget, mix, by_class), {**of_budget, **of_mix})
        for (budget, of_budget), (mix, of_mix) in itertools.product(budgets, mixes)
    ]


def budgets_of(
    node: Node, said: ExperimentFile | PolicyChoice, otherwise: Money, problems: Problems
) -> list[tuple[float | Mapping[int, float], dict[str, Any]]]:
    """The budgets that are said, each with its place on an axis if there are several."""
    if said.budgets is not None:
        by_year = {turn.from_year: turn.dollars for turn in said.budgets}
        return [(by_year if 0 in by_year else otherwise.budget, {})]
    if said.budget is None:
        return [(otherwise.budget, {})]
    if not isinstance(said.budget, list):
        return [(said.budget, {})]
    note_equal("budget", node.get("budget"), said.budget, problems)
    return [(one, {"budget": one}) for one in said.budget]


def check_years(
    node: Node, said: ExperimentFile | PolicyChoice, horizon: int, problems: Problems
) -> None:
    """Note a second budget, and years of budgets that are missing, twice there or too late."""
    if said.budget is not None:
        note(problems, node.at(("budget",))[0], "budget", None, "give one of budget and budgets")
    years = [turn.from_year for turn in said.budgets or ()]
    at, _ = node.at(("budgets",))
    if 0 not in years or len(set(years)) < len(years):
        note(problems, at, "budgets", None, "must name each from_year once, the first 0")
    for k, year in enumerate(years):
        if year >= horizon:
            late = node.at(("budgets", k, "from_year"))[1]
            allowed = f"starts after the horizon: must be {horizon - 1} or less"
            note(problems, late.mark, "from_year", year, allowed)


def mixes_of(
    node: Node, said: ExperimentFile | PolicyChoice, otherwise: Money, problems: Problems
) -> list[tuple[AnyMix | None, dict[str, Any]]]:
    """The mixes that are said, each with its place on an axis if there are several."""
    at = node.get("mix")
    if at is None or said.mix is None:
        return [(otherwise.mix if node.entries().get("mix") is None else None, {})]
    if not isinstance(said.mix, list):
        return [(checked_mix(at, said.mix, problems), {})]
    note_equal("mix", at, said.mix, problems)
    return [
        (checked_mix(item, mix, problems), {"mix": mix if isinstance(mix, str) else f"mix_{k}"})
        for k, (item, mix) in enumerate(zip(at.items(), said.mix, strict=True), start=1)
    ]


def note_equal(key: str, node: Node | None, values: Sequence[Any], problems: Problems) -> None:
    """Note every value of an axis that stood there before."""
    for k, item in enumerate(node.items() if node else ()):
        if values[k] in values[:k]:
            note(problems, item.mark, key, item.text or item.plain(), "listed twice")


def checked_mix(node: Node | None, value: object, problems: Problems) -> AnyMix | None:
    """A mix as `policies.build` takes it, or None when it is not usable."""
    if node is not None and any_broken(node):
        return None  # noted already
    if isinstance(value, str):
        if value in MIXES:
            return value
        if node is not None:
            allowed = f"must be one of: {', '.join(MIXES)}{did_you_mean(value, MIXES)}"
            note(problems, node.mark, "mix", value, allowed)
    elif isinstance(value, dict):
        try:
            return checked_shares(value)
        except InputError as error:
            if node is not None:
                note_shares(node, error, problems)
    return None


def note_shares(node: Node, error: InputError, problems: Problems) -> None:
    """Note what is wrong with a mix, each at its lever if it is about one."""
    for text in error.problems:
        lever = text.removeprefix("mix: ").partition(":")[0]
        entry = node.entries().get(lever)
        if entry is None:
            note(problems, node.mark, "mix", None, text.removeprefix("mix: "))
            continue
        share = entry.node.value
        advice = share_advice(share) if isinstance(share, int | float) else ""
        allowed = f"must be a share from 0 to 1{advice}"
        note(problems, entry.node.mark, lever, entry.node.text, allowed)


def checked_class_mixes(node: Node | None, problems: Problems) -> dict[str, AnyMix]:
    """The mixes of classes of place; what is wrong with them is noted."""
    found: dict[str, AnyMix] = {}
    for place, entry in (node.entries() if node else {}).items():
        if place not in CLASSES:
            allowed = f"must be one of: {', '.join(CLASSES)}{did_you_mean(place, CLASSES)}"
            note(problems, entry.mark, "class_mixes", place, allowed)
        elif not entry.node.broken:
            mix = checked_mix(entry.node, entry.node.plain(), problems)
            found |= {place: mix} if mix is not None else {}
    return found
