"""All policies of an experiment file, and what they are compared with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from streetlight.experiments.config.checks import note_repeats
from streetlight.experiments.config.money import USUAL, points
from streetlight.experiments.config.one_policy import Reading, built, checked_policy
from streetlight.experiments.config.tables import PlanTables
from streetlight.experiments.config.yaml_tree import Node, note
from streetlight.experiments.currency import money_sign
from streetlight.experiments.labels import label, pretty
from streetlight.experiments.sampling import in_name
from streetlight.experiments.schema.experiment_file import ExperimentFile
from streetlight.experiments.schema.policies import PolicyChoice
from streetlight.model.errors import Problems, did_you_mean
from streetlight.model.money.policies import Policy, build

#: What a baseline is called that the file describes and does not name.
BASELINE = "baseline"


class Made(NamedTuple):
    """A policy; of: what the file calls it; axes: its values of lists of budgets and mixes."""

    policy: Policy
    of: str
    axes: Mapping[str, Any]


@dataclass(frozen=True)
class Policies:
    """All that a file says of policies. axes: of those that a list makes, `of` and values."""

    policies: tuple[Policy, ...]
    baseline: Policy
    titles: Mapping[str, str]
    axes: Mapping[str, Mapping[str, Any]]


def checked_policies(
    root: Node, file: ExperimentFile, tables: PlanTables, problems: Problems
) -> Policies:
    """The policies of a file in its order, without those that are only parts of others."""
    choices = choices_of(root, file, problems)
    made: list[Made] = []
    readings: list[Reading] = []
    for point in points(root, file, USUAL, file.horizon, problems):
        noted = Problems() if readings else problems  # what is wrong is so at every point
        readings.append(Reading(root, file, tables, point, noted))
        made += [one for choice in choices for one in made_of(*choice, readings[-1])]
    note_only_parts(choices, problems)
    hidden = {name for name, choice, _ in choices if choice.only_part}
    kept: dict[str, Policy] = {}
    titles: dict[str, str] = {}
    axes: dict[str, dict[str, Any]] = {}
    for name, choice, at in choices:
        of_name = [one for one in made if one.of == name]
        for policy, own in named_apart(of_name, at, problems):
            if policy.name in kept:
                mark, _ = root.at(("policies", name))
                allowed = "is the name of one that a list makes, too; rename this one"
                note(problems, mark, "policy", policy.name, allowed)
            elif name not in hidden:
                kept[policy.name] = policy
                title = choice.title or (label(name) if own else "")
                titles |= {policy.name: titled(title, own)} if title else {}
                axes |= {policy.name: {"of": name, "title": title, **own}} if own else {}
    baseline = checked_baseline(readings, kept, problems)
    if isinstance(file.baseline, PolicyChoice) and file.baseline.title:
        titles[BASELINE] = file.baseline.title
    return Policies(tuple(kept.values()), baseline, titles, axes)


def choices_of(
    root: Node, file: ExperimentFile, problems: Problems
) -> list[tuple[str, PolicyChoice, Node]]:
    """Every policy of the file: its name, what is said of it, and where; each name once."""
    node = root.get("policies")
    if node is None:
        return []
    if isinstance(file.policies, list):
        note_repeats("policies", node.items(), problems)
        named = {str(one.value): one for one in reversed(node.items())}
        return [(name, PolicyChoice(), named[name]) for name in reversed(named)]
    return [(name, one, node.entries()[name].node) for name, one in file.policies.items()]


def note_only_parts(choices: Sequence[tuple[str, PolicyChoice, Node]], problems: Problems) -> None:
    """Note a policy that is to be a part alone, and is a part of none."""
    used = {part for _, choice, _ in choices for part in choice.parts()}
    for name, choice, at in choices:
        if choice.only_part and name not in used:
            mark, _ = at.at(("only_part",))
            note(problems, mark, "only_part", None, f"no blend or schedule has {name} as a part")


def made_of(name: str, choice: PolicyChoice, at: Node, reading: Reading) -> list[Made]:
    """The policies of one name: as many as its own lists of budgets and mixes make."""
    own = points(at, choice, reading.point.money, reading.file.horizon, reading.problems)
    found = []
    for k, point in enumerate(own):
        one = reading if k == 0 else replace(reading, problems=Problems())
        policy = checked_policy(name, choice, at, point.money, one)
        if policy is not None:
            found.append(Made(policy, name, {**reading.point.axes, **point.axes}))
    reading.parts[name] = found[0].policy if len(own) == 1 and found else None
    return found


def named_apart(
    made: Sequence[Made], at: Node, problems: Problems
) -> list[tuple[Policy, dict[str, Any]]]:
    """Different policies of one name, with a name of its own for each and the axes it varies on."""
    told = [json.dumps(one.policy.description(), sort_keys=True) for one in made]
    varied = []
    for axis in made[0].axes if made else ():
        by_rest: dict[str, set[str]] = {}
        for one, text in zip(made, told, strict=True):
            rest = repr([value for key, value in one.axes.items() if key != axis])
            by_rest.setdefault(rest, set()).add(text)
        if any(len(texts) > 1 for texts in by_rest.values()):
            varied.append(axis)
    found: dict[str, tuple[Policy, dict[str, Any]]] = {}
    for one in made:
        own = {axis: one.axes[axis] for axis in varied}
        name = "_".join([one.of, *(on_axis(axis, value) for axis, value in own.items())])
        if name not in found:
            policy = built(at, problems, lambda one=one, name=name: replace(one.policy, name=name))  # type: ignore[misc]
            if policy is not None:
                found[name] = policy, own
    return list(found.values())


def on_axis(axis: str, value: Any) -> str:
    """A value of an axis as a part of a policy's name: 0.25 dollars are 25_cents."""
    return f"{in_name(f'{100 * value:g}')}_cents" if axis == "budget" else in_name(value)


def titled(title: str, axes: Mapping[str, Any]) -> str:
    """What people are to call a policy that a list makes: its title and its values."""
    parts = [title]
    if "budget" in axes:
        cents = f"{axes['budget']:,.2f}"
        exact = float(cents.replace(",", "")) == axes["budget"]
        parts.append(f"{money_sign()}{cents if exact else axes['budget']}")
    if "mix" in axes:
        parts.append(pretty(axes["mix"]))
    return ", ".join(parts)


def checked_baseline(
    readings: Sequence[Reading], policies: Mapping[str, Policy], problems: Problems
) -> Policy:
    """The policy that others are compared with."""
    reading = readings[0]
    said, root = reading.file.baseline, reading.root
    mark, node = root.at(("baseline",))
    if isinstance(said, PolicyChoice):
        made = [one for reading in readings for one in made_of(BASELINE, said, node, reading)]
        if len(named_apart(made, node, problems)) > 1:
            note(problems, mark, BASELINE, None, "must be one policy; give it one budget and mix")
        if said.only_part:
            note(problems, node.at(("only_part",))[0], "only_part", None, "a baseline is no part")
        if BASELINE in policies:
            allowed = "a policy of this name stands among the policies too; rename that"
            note(problems, mark, BASELINE, None, allowed)
        return made[0].policy if made else build("none")
    if said in policies:
        return policies[said]
    if said != "none":
        names = ["none", *policies]
        allowed = f"must be one of: {', '.join(names)}{did_you_mean(said, names)}"
        described = (
            reading.file.policies.get(said) if isinstance(reading.file.policies, dict) else None
        )
        is_several = any(name.startswith(f"{said}_") for name in policies)
        if described is None or described.only_part or is_several:  # others were noted already
            note(problems, mark, BASELINE, said, allowed)
    return build("none")
